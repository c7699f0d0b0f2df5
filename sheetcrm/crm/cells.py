"""What stands in a cell: as text, as a value of Python's own, as one of a field's choices; never raising."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from sheetcrm.crm.fields import YES_NO
from sheetcrm.languages import choices_named
from sheetcrm.languages.folding import fold_choice

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sheetcrm.crm.tables import Cell

# What no sheet and no message can carry (XML 1.0 §2.2, lone surrogates), and marks that nobody sees: addresses copied
# out of a phone's contacts are wrapped in U+202A … U+202C. Joiners stay: emoji and some scripts need them.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+")
_WHOLE = re.compile(r"(\d+)\.0")
_TOGETHER, _FEW = 100, 4  # cells that are looked at together, and from which on the good are not told from the others

_OWN_TYPES = frozenset((str, float, int, bool, date, datetime, time))

_SEVERAL = re.compile(r"[,;/>\n]+")


def plain(cell: Cell) -> Cell:
    """Return a cell of numpy, or a Decimal, as the same value of Python's own types; any other as it is."""
    if type(cell) in _OWN_TYPES:
        return cell
    if isinstance(cell, np.datetime64):
        moment = cell.astype("datetime64[s]").item()
        return moment if isinstance(moment, datetime) else None
    if isinstance(cell, np.generic):
        return cell.item()
    if isinstance(cell, Decimal):
        return float(cell) if cell.is_finite() else None
    return cell


def is_number(cell: Cell) -> bool:
    """Tell whether a plain cell is a number (a bool is none)."""
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def bare(text: str) -> str:
    """Return text without what cannot be seen or saved, runs of blanks as one, nothing at its ends."""
    text = " ".join(text.split())
    if text.isprintable():
        return text
    return " ".join(_UNPRINTABLE.sub(" ", _INVISIBLE.sub("", text)).split())


def shown(cell: Cell) -> str:
    """Return a cell as a person would read it: whole numbers without `.0`, dates as ISO, text as it stands."""
    if isinstance(cell, str):
        return bare(cell)
    cell = plain(cell)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat("minutes")
    return "" if cell is None else bare(str(cell))


def as_shown(cells: Sequence[Cell]) -> list[str | None]:
    """Return the texts that `shown` leaves as they stand, None for all other cells: of many at once it is soon told."""
    found: list[str | None] = []
    for start in range(0, len(cells), _TOGETHER):
        found += _tidy(cells[start : start + _TOGETHER])
    return found


def _tidy(cells: Sequence[Cell]) -> Sequence[str | None]:
    types = set(map(type, cells))
    if types == {str}:
        text = " ".join(cells)  # a space at the end of any of them makes two; no other blank is printable
        if text.isprintable() and "  " not in text and text == text.strip():
            return cells
    half = len(cells) // 2
    if half < _FEW or str not in types:
        return [None] * len(cells)
    return [*_tidy(cells[:half]), *_tidy(cells[half:])]


def id_text(cell: Cell) -> str:
    """Return the text by which ids are compared: `12.0`, `12` and `" 12 "` are one."""
    text = shown(cell)
    whole = _WHOLE.fullmatch(text) if text.endswith(".0") else None
    return whole[1] if whole else text


def usual_ids(cells: Sequence[Cell]) -> list[str | None]:
    """Return what `id_text` does for ids as most are, whole numbers and tidy texts; None for all other cells."""
    if set(map(type, cells)) == {float}:
        return [str(int(cell)) if cell.is_integer() else None for cell in cells]
    return [None if text is None or text.endswith(".0") else text for text in as_shown(cells)]


def lines_text(cell: Cell) -> str:
    """Return a text of several lines: each without needless blanks, the lines kept."""
    if not isinstance(cell, str) or cell.isprintable():  # a line break is not printable
        return shown(cell)
    return "\n".join(bare(line) for line in cell.splitlines()).strip()


def is_question(cell: Cell) -> bool:
    """Tell whether a word is a question (`merge?`, `yes?`): she has not made up her mind yet, so it is no word."""
    return isinstance(cell, str) and "?" in cell


def parse_choice(cell: Cell, allowed: Collection[str], choices: Mapping[str, str]) -> str | None:
    """Return the English word of a choice, or None where the cell is none of those `allowed`; a question is no choice.

    `choices` are the owner's own words (`choice.<word>` in Settings); then come the words of all languages.
    """
    cell = plain(cell)
    if is_question(cell):
        return None
    if isinstance(cell, bool):
        text = "yes" if cell else "no"
    elif isinstance(cell, str) or is_number(cell):
        text = id_text(cell)
    else:
        return None
    key = fold_choice(text)
    own = next((meaning for word, meaning in choices.items() if fold_choice(word) == key), None)
    found = [own, *choices_named(text)] if own else choices_named(text)
    return next((word for word in found if word in allowed), None)


def is_yes_cell(cell: Cell, choices: Mapping[str, str]) -> bool:
    """Tell whether a cell says yes."""
    return cell is not None and parse_choice(cell, YES_NO, choices) == "yes"


def is_word(cell: Cell, word: str, choices: Mapping[str, str]) -> bool:
    """Tell whether a cell says a word by which something is carried out; a question (`erase?`) does not."""
    return isinstance(cell, str) and parse_choice(cell, (word,), choices) is not None


def parse_choices(cell: Cell, allowed: Collection[str], choices: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the English words of several choices (`SMS, e-mail`) in their order, or None where one of them is none of those `allowed`."""
    parts = _SEVERAL.split(cell) if isinstance(cell, str) else [cell]
    found = [parse_choice(part, allowed, choices) for part in parts if not isinstance(part, str) or part.strip()]
    return tuple(dict.fromkeys(filter(None, found))) if found and all(found) else None


def calendar_day(cell: Cell) -> Any:
    """Return a date for a datetime at midnight (how readers hand over a date), any other cell as it is."""
    return cell.date() if isinstance(cell, datetime) and cell.time() == time() else cell
