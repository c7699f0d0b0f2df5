"""Single rows of a client list, as they stand there: what is looked at where two of them are united or taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sheetcrm.crm.cells import id_text, shown
from sheetcrm.crm.normalise import ERROR_VALUES
from sheetcrm.crm.people import name_key, phone_key
from sheetcrm.crm.tables import CellError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from sheetcrm.crm.merge_groups import People
    from sheetcrm.crm.tables import Cell

NAMES = ("name", "first_name", "middle_name", "last_name")


@dataclass(frozen=True)
class Row:
    """A client as she stands in the list: raw cells by field or slug, None where empty.

    `locked` are cells that hold a formula or an error: they are never written. What stands in `ours` we computed: it gives way.
    """

    client_id: str
    cells: Mapping[str, Cell]
    locked: frozenset[str] = frozenset()
    ours: frozenset[str] = frozenset()

    def cell(self, name: str) -> Cell:
        """Return what stands there, None for nothing and for an error."""
        found = self.cells.get(name)
        return None if is_error(found) else found

    def lacks(self, name: str) -> bool:
        """Tell whether something can be filled in there."""
        return name not in self.locked and (self.cell(name) is None or name in self.ours)


def is_error(cell: Cell) -> bool:
    """Tell whether a cell holds an error value."""
    return isinstance(cell, CellError) or (isinstance(cell, str) and cell in ERROR_VALUES)


def name_of(row: Row) -> str:
    """Return a full name in the form in which two are compared."""
    whole = row.cell("name")
    parts = [whole] if whole is not None else [row.cell(name) for name in NAMES[1:]]
    return name_key(" ".join(shown(part) for part in parts if part is not None))


def names(cell: Cell, row: Row) -> bool:
    """Tell whether a cell names the client of a row: by id, phone, e-mail address or full name."""
    text = id_text(cell)
    addresses = {id_text(row.cell(name)).casefold() for name in ("email", "other_email")} - {""}
    phones = {phone_key(id_text(row.cell(name))) for name in ("phone", "other_phone")} - {""}
    known = text == row.client_id or text.casefold() in addresses or phone_key(text) in phones
    return known or (bool(name_of(row)) and name_key(text) == name_of(row))


class ClientRows:
    """The rows of a client list, with what may not be written into them.

    `formulas` are positions of formula cells by field or slug; `planned` tells in whose `next_visit` the owner typed a day that is
    still to come (all, where it is not said): one that we computed, or that is over, gives way.
    """

    def __init__(
        self,
        people: People,
        fields: Sequence[str],
        formulas: Mapping[str, Collection[int]],
        planned: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        self._people, self._fields = people, fields
        self._formulas = {name: frozenset(int(at) for at in places) for name, places in formulas.items()}
        self._planned = planned

    def row(self, position: int, changed: Mapping[str, Cell] | None = None) -> Row:
        """Return a row as it stands, but for what has been `changed`."""
        table = self._people.clients.table
        cells = {name: table.column(name).cell(position) for name in self._fields} | dict(changed or {})
        locked = {name for name in self._fields if is_error(cells[name]) or position in self._formulas.get(name, ())}
        gives_way = self._planned is not None and not self._planned[position] and "next_visit" in cells
        ours = frozenset({"next_visit"}) if gives_way else frozenset()
        return Row(self._people.ids[position], cells, frozenset(locked), ours)
