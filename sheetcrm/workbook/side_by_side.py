"""The clients as the sheet Duplicates shows them: two at a time, cell beside cell, and which of these say the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.cells import calendar_day, id_text, shown
from sheetcrm.crm.fields import COMPARED
from sheetcrm.crm.linkage.reasons import shown_name
from sheetcrm.crm.linkage.records import date_key, email_key, phone_end
from sheetcrm.crm.linkage.shadows import shadow
from sheetcrm.crm.people import name_key
from sheetcrm.crm.tables import Cell, CellError
from sheetcrm.languages.folding import fold

if TYPE_CHECKING:
    from sheetcrm.crm.outcome import Plan

SIDES = ("left", "right")
SAME, DIFFERS = "same", "differs"
_FROM_VISITS = ("visits", "last_visit")
_YEARLESS = "--"
_APART = re.compile(r"[\s,.()-]+")
_KEYS: Mapping[str, Callable[[Cell], str]] = {
    "name": lambda cell: name_key(str(cell)),
    "phone": phone_end,
    "email": email_key,
    "birthday": date_key,
    "city": lambda cell: fold(str(cell)),
}
"""The forms in which the cells of two people are compared: how they are typed does not count."""


@dataclass(frozen=True)
class People:
    """The clients of a plan. `day_month` is how their country writes a birthday without its year."""

    plan: Plan
    day_month: str

    @cached_property
    def ids(self) -> list[str]:
        """The ids as they stand when the plan is carried out, by position; `row:N` where there is none."""
        rows = self.plan.tables["Clients"].rows.tolist()
        return [one or f"row:{row}" for one, row in zip(self.plan.client_ids, rows, strict=True)]

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The positions by id."""
        return {one: place for place, one in reversed(list(enumerate(self.ids)))}

    def side_by_side(self, places: tuple[int, int]) -> tuple[dict[str, Cell], dict[str, str]]:
        """Return the cells of two clients by field, and which of them are the same and which differ."""
        cells: dict[str, Cell] = {}
        told: dict[str, str] = {}
        for name in COMPARED:
            fields = [f"{side}_{name}" for side in SIDES]
            both = [self._shown(name, place) for place in places]
            cells |= dict(zip(fields, both, strict=True))
            if name in _KEYS and all(cell is not None for cell in both):
                alike = _alike(name, *(self._raw(name, place) for place in places))
                told |= dict.fromkeys(fields, SAME if alike else DIFFERS)
        return cells, told

    def _raw(self, name: str, place: int) -> Cell:
        clients = self.plan.tables["Clients"]
        return shown_name(clients.columns, place) if name == "name" else clients.column(name).cell(place)

    def _shown(self, name: str, place: int) -> Cell:
        """Return a client's cell as the owner would read it there: a number as an id, a birthday without its year as a day."""
        if name in _FROM_VISITS and "Visits" in self.plan.tables:
            return _figure(self.plan.figures[name][place])
        cell = calendar_day(self._raw(name, place))
        if cell is None or isinstance(cell, CellError):
            return None
        if isinstance(cell, date | datetime) or name in _FROM_VISITS:
            return cell
        text = id_text(cell)
        if name == "birthday" and text.startswith(_YEARLESS):
            month, day = text[2:4], text[5:7]
            return self.day_month.replace("dd", day).replace("mm", month)
        return text or None


def _alike(name: str, one: Cell, other: Cell) -> bool:
    """Tell whether two cells say the same, however they are typed, and in whatever script."""
    if name in ("name", "city") and _is_cyrillic(one) != _is_cyrillic(other):
        return _sounds(one) == _sounds(other)
    left, right = (_KEYS[name](cell) or shown(cell).casefold() for cell in (one, other))
    return left == right


def _is_cyrillic(cell: Cell) -> bool:
    return any("\u0400" <= letter <= "\u04ff" for letter in str(cell))


def _sounds(cell: Cell) -> list[str]:
    return sorted(shadow(word) for word in _APART.split(str(cell)) if word)


def _figure(value: np.generic) -> Cell:
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else value.astype("datetime64[D]").item()
    return None if np.isnan(value) else float(value)  # of a row that was merged there is none
