"""What an import wrote into her lists, remembered by prints of its cells: enough to tell by what of it still stands as written.

Nobody's words are remembered: a print is a short salted hash, and the salt is the version of the workbook before the import.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sheetcrm.workbook.backups import mark_of
from sheetcrm.workbook.same_rows import SameRows, cell_text
from sheetcrm.xlsx.matching import matched
from sheetcrm.xlsx.refs import letters

if TYPE_CHECKING:
    from sheetcrm.crm.incoming.fates import Brought
    from sheetcrm.crm.outcome import Plan
    from sheetcrm.crm.tables import Cell, Table
    from sheetcrm.workbook.book import Workbook
    from sheetcrm.workbook.raw_book import RawBook

_DIGITS = 6  # of a print
_NOTHING = "-"  # the print of an empty cell


Place = tuple[str, int]
"""A cell of a list of hers: its field, and the position of its row."""


class Filled(NamedTuple):
    """A cell of a row that was there: its table, the row's position before, the client's id ("" for a visit), field, print."""

    table: str
    position: int
    client_id: str
    field: str
    print: str


@dataclass(frozen=True)
class BroughtIn:
    """What an import wrote: cells that it filled in, and by table the fields of its new rows with the prints of each row.

    `salt` names the version of the workbook before it.
    """

    salt: str
    filled: Sequence[Filled] = ()
    rows: Mapping[str, tuple[Sequence[str], Sequence[str]]] | None = None

    @classmethod
    def noted(cls, salt: str, note: Mapping[str, Any]) -> BroughtIn:
        """Read what `note` made."""
        return cls(salt, [Filled(*each) for each in note["filled"]], note["rows"])

    @property
    def note(self) -> dict[str, Any]:
        """What the journal keeps of it, without the salt."""
        return {"filled": self.filled, "rows": self.rows or {}}

    def stands(self, filled: Filled, cell: Cell) -> bool:
        """Tell whether a cell still holds what was filled in."""
        return _print(cell, self.salt) == filled.print


def brought_in(salt: str, brought: Brought, lengths: Mapping[str, int], raw: RawBook, plan: Plan) -> BroughtIn:
    """Return what is to be remembered of an import: `lengths` are those of her lists before it, `raw` is the workbook with it."""
    last = {
        (change.table, change.field, position): new
        for change in plan.column_changes
        for position, new in zip(change.positions.tolist(), change.new.cells(), strict=True)
        if change.field not in raw.ours.get(change.table, {})
    }
    filled = [
        Filled(name, at, plan.client_ids[at] if name == "Clients" else "", field, _print(cell, salt))
        for name, cells in brought.cells.items()
        for at, field in cells
        for cell in [last.get((name, field, at), raw.tables[name].column(field).cell(at))]
    ]
    rows: dict[str, tuple[Sequence[str], Sequence[str]]] = {}
    for name in (name for name, new in brought.rows.items() if new):
        table = raw.tables[name]
        new = range(lengths[name], len(table))
        fields = [f for f in _hers(table, raw) if any(table.column(f).cell(at) is not None for at in new)]
        columns = [table.column(field) for field in fields]
        rows[name] = fields, [" ".join(_print(column.cell(at), salt) for column in columns) for at in new]
    return BroughtIn(salt, filled, rows)


def rows_of(imports: Iterable[BroughtIn], raw: RawBook, name: str, rows: SameRows) -> dict[int, list[str]]:
    """Return the positions of imported rows in a list of hers, and the fields of each in which she has typed since."""
    table = raw.tables[name]
    formulas = {field: set(at.tolist()) for field, at in raw.formulas.get(name, {}).items()}
    found: dict[int, list[str]] = {}
    for one in imports:
        fields, lines = (one.rows or {}).get(name, ((), ()))
        new = [at for at, was in enumerate(rows.then) if at not in found and (was is None or at in rows.copies)]
        for at, line in _found_again(table, new, fields, lines, one.salt).items():
            then = dict(zip(fields, line, strict=True))
            found[at] = [
                field
                for field in _hers(table, raw)
                if (cell := table.column(field).cell(at)) is not None and at not in formulas.get(field, ())
                if _print(cell, one.salt) != then.get(field, _NOTHING)
            ]
    return found


def unfilled(
    imports: Iterable[BroughtIn], now: Workbook, before: Workbook, name: str, rows: SameRows, cells: dict[Place, Cell]
) -> list[Place]:
    """Put what imports filled in back to what it was, where it still stands as written; return the places where she has typed since.

    `cells` are those of hers that are put back anyway, and get these too.
    """
    table, earlier, typed = now.raw.tables[name], before.raw.tables.get(name), dict[Place, None]()
    if earlier is None:
        return []
    ids = Counter(text := [cell_text(cell) for cell in table.column("client_id").cells()])
    by_id = {one: at for at, one in enumerate(text) if one and ids[one] == 1} if name == "Clients" else {}
    by_place = {was: at for at, was in enumerate(rows.then) if was is not None and at not in rows.copies}
    told = [(source, filled) for source in imports for filled in source.filled if filled.table == name]
    for source, filled in told:
        anyway = None if filled.client_id or source.salt != mark_of(before.path) else by_place.get(filled.position)
        at = by_id.get(filled.client_id, anyway)
        was = None if at is None or at in rows.copies else rows.then[at]
        if at is None or was is None or filled.field not in now.raw.placements[name].columns:
            continue
        where, then = (filled.field, at), earlier.column(filled.field).cell(was)
        cell = cells.get(where, table.column(filled.field).cell(at))
        if at not in now.raw.formulas.get(name, {}).get(filled.field, ()) and source.stands(filled, cell):
            cells[where] = then
        elif where not in cells and cell is not None and cell_text(cell) != cell_text(then):
            typed[where] = None
    return list(typed)


def cells_named(raw: RawBook, name: str, cells: Iterable[Place]) -> list[tuple[str, str]]:
    """Return cells of a list of hers as fields with their places in words: `Clients I2`."""
    place, rows = raw.placements[name], raw.tables[name].rows
    return [(field, f"{place.sheet} {letters(place.columns[field])}{rows[at]}") for field, at in cells]


def _found_again(
    table: Table, places: Sequence[int], fields: Sequence[str], lines: Sequence[str], salt: str
) -> dict[int, list[str]]:
    """Return at which of some places rows stand that were imported, with the prints that each had then."""
    old = [line.split() for line in lines]
    new = [[_print(table.column(field).cell(at), salt) for field in fields] for at in places]

    def alike(one: int, other: int) -> bool:
        filled = [pair for pair in zip(old[one], new[other], strict=True) if pair != (_NOTHING, _NOTHING)]
        return 2 * sum(was == is_ for was, is_ in filled) >= len(filled)

    found = matched([(tuple(line),) for line in old], [(tuple(line),) for line in new], alike)
    return {at: old[was] for at, was in zip(places, found, strict=True) if was is not None}


def _hers(table: Table, raw: RawBook) -> list[str]:
    ours: Collection[str] = raw.ours.get(table.name, {})
    return [field for field in table.columns if field not in ours and field != "client_id"]


def _print(cell: Cell, salt: str) -> str:
    text = cell_text(cell)
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()[:_DIGITS] if text else _NOTHING
