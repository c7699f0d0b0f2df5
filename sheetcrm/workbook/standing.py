"""Which of our marks still stand over columns of ours.

A hidden name follows its cell through Excel and LibreOffice. A program that puts a column in without shifting names, or an export that
she pastes over the list, leaves it standing over a column of hers. What we write there would be lost to her; so a mark counts where the
header still names its field, else where the cells beneath are what we would write. Where that is not sure, the column is hers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.cells import id_text
from sheetcrm.crm.derived import comparable
from sheetcrm.crm.fields import Field, Kind
from sheetcrm.crm.planning import plan
from sheetcrm.crm.tables import Cell, Cleaned, Column
from sheetcrm.languages import choices_named, fields_named
from sheetcrm.workbook.anchoring import names_field
from sheetcrm.workbook.headers import spec_of
from sheetcrm.workbook.placement import BY_MARK, Mark, marks_of

if TYPE_CHECKING:
    from sheetcrm.workbook.book import Workbook
    from sheetcrm.workbook.placement import Placement
    from sheetcrm.workbook.raw_book import RawBook

__all__ = ["names_field", "true_marks"]

_HERS = ("Clients", "Visits")
_IDS = ("Clients", "client_id")
_TOGETHER = 3  # columns that went equally far were pushed aside by a new one
_YEARS = 3  # ages are compared as of another day than they were written for
_Expected = Mapping[tuple[str, str], Sequence[Cell]]


def true_marks(book: Workbook) -> tuple[Mark, ...] | None:
    """Return the workbook's marks without those that stand over something else by now, moved to the header where it is found.

    None where all of them hold, which is nearly always.
    """
    raw = book.raw
    doubtful = {
        (name, field)
        for name, place in raw.placements.items()
        for field, header in place.our_headers.items()
        if not names_field(field, header)
    }
    if not doubtful:
        return None
    sheets = _moved_in_program_sheets(raw, doubtful)
    lists = _moved_in_her_lists(book, {each for each in doubtful if each[0] in _HERS})
    moved = {**sheets, **lists}
    if not moved:
        return None
    standing = marks_of((n.name, n.value) for n in raw.document.defined_names if n.sheet is None)
    places = raw.placements
    kept = [_in_its_row(mark, places.get(mark.table)) for mark in standing if (mark.table, mark.field) not in moved]
    new = [
        Mark(name, field, places[name].sheet, places[name].header_row, column)
        for (name, field), column in moved.items()
        if column is not None
    ]
    return (*kept, *new)


def _in_its_row(mark: Mark, place: Placement | None) -> Mark:
    """Return a mark in the row in which its table was found by it, where a program has put rows in above."""
    return mark._replace(row=place.header_row) if place and (place.rule, place.sheet) == (BY_MARK, mark.sheet) else mark


def _moved_in_program_sheets(raw: RawBook, doubtful: set[tuple[str, str]]) -> dict[tuple[str, str], int | None]:
    """Return where columns of our own sheets stand whose names a program has left behind.

    One further header may be a column that she added there; a neighbour's, or several, are columns that were pushed aside.
    """
    moved: dict[tuple[str, str], int | None] = {}
    for name, place in raw.placements.items():
        if name in _HERS:
            continue
        texts, found = _texts(place), {}
        for table, field in doubtful:
            others = [c for c, text in texts.items() if c != place.ours.get(field) and _says(table, text) == field]
            if table == name and len(others) == 1:
                found[name, field] = others[0]
        if len(found) > 1 or any(abs(c - place.ours[f]) == 1 for (_, f), c in found.items()):
            moved |= found
    return moved


def _moved_in_her_lists(book: Workbook, doubtful: set[tuple[str, str]]) -> dict[tuple[str, str], int | None]:
    """Return the doubtful columns of her lists that are not ours: None, or the place of ours where that is found."""
    raw = book.raw
    moved: dict[tuple[str, str], int | None] = {}
    if _IDS in doubtful and not _are_ids(raw, raw.ours["Clients"]["client_id"]):
        moved[_IDS] = _elsewhere(raw, *_IDS, _like_ids)
    rest = doubtful - {_IDS}
    expected = _expected(book, rest | moved.keys()) if rest else {}
    for name, field in sorted(rest):
        place, spec = raw.placements[name], spec_of(name)
        judge = _judge(book, expected.get((name, field)), spec.field(field) or Field(field))
        column, said = raw.ours[name][field], _says(name, place.our_headers[field])
        other = _elsewhere(raw, name, field, judge)
        empty = not column.filled.any()
        another = any(f.derived or empty for f in spec.fields if f.name == said)
        if another or (not judge(column) if not empty else other is not None and field not in place.hers):
            moved[name, field] = other
    return moved | _pushed_aside(raw, moved)


def _are_ids(raw: RawBook, column: Column) -> bool:
    """Tell whether the cells beneath a mark whose header says nothing of ids are those of the clients all the same.

    Where a program has taken the ids out, that mark stands over the column right of them: she may have numbers there too, or nothing
    yet. Visits remember ids beside their clients, and a client has one as soon as we have written.
    """
    place = raw.placements["Clients"]
    if _says("Clients", place.our_headers["client_id"]):
        return False  # another field's column
    if not column.filled.any():
        return not len(raw.tables["Clients"])
    beside = raw.ours.get("Visits", {}).get("client_id")
    known = set() if beside is None else {id_text(cell) for cell in beside.values}
    here = {id_text(cell) for cell in column.values}
    return _like_ids(column) and (not known or 2 * len(known & here) > len(known))


def _pushed_aside(raw: RawBook, moved: Mapping[tuple[str, str], int | None]) -> dict[tuple[str, str], int | None]:
    """Return the places of columns whose cells tell nothing, for her visits have changed, but that went as far as their neighbours."""
    steps = Counter(
        (name, to - raw.placements[name].ours[field]) for (name, field), to in moved.items() if to is not None
    )
    found: dict[tuple[str, str], int | None] = {}
    for name, field in [each for each, to in moved.items() if to is None]:
        other = _elsewhere(raw, name, field, lambda _column: True)
        if other is not None and steps[name, other - raw.placements[name].ours[field]] >= _TOGETHER:
            found[name, field] = other
    return found


def _elsewhere(raw: RawBook, name: str, field: str, judge: Callable[[Column], bool]) -> int | None:
    """Return the one other column that bears the field's header and holds what we write."""
    place, cells = raw.placements[name], _cells(raw, name)
    found = [
        at
        for at, text in _texts(place).items()
        if at != place.ours.get(field) and _says(name, text) == field and at in cells and judge(cells[at])
    ]
    return found[0] if len(found) == 1 else None


def _texts(place: Placement) -> dict[int, str]:
    texts = {column: place.headers.get(name, "") for name, column in place.columns.items()}
    return texts | {
        column: place.our_headers.get(name, "") for name, column in place.ours.items() if name in place.our_headers
    }


def _cells(raw: RawBook, name: str) -> dict[int, Column]:
    place, table = raw.placements[name], raw.tables[name]
    cells = {column: table.columns[field] for field, column in place.columns.items() if field in table.columns}
    return cells | {column: raw.ours[name][field] for field, column in place.ours.items() if field in raw.ours[name]}


def _says(table: str, header: str) -> str:
    return next((name for name in fields_named(header) if name in spec_of(table).names), "")


def _expected(book: Workbook, doubtful: set[tuple[str, str]]) -> _Expected:
    """Return what we would write into the doubtful columns, planned without what stands in them."""
    raw = book.raw
    tables, ours = dict(raw.tables), dict(raw.ours)
    for name in {name for name, _ in doubtful}:
        gone = {field for table, field in doubtful if table == name}
        there = {field: column for field, column in tables[name].columns.items() if field not in gone}
        tables[name] = replace(tables[name], columns=there)
        ours[name] = {field: column for field, column in ours[name].items() if field not in gone}
    snapshot = replace(book.snapshot, tables=tables, ours=ours)
    made = plan(snapshot, on=_last_day(book))
    found: dict[tuple[str, str], list[Cell]] = {}
    for change in made.column_changes:
        if (change.table, change.field) in doubtful:
            cells: list[Cell] = [None] * len(tables[change.table])
            for position, cell in zip(change.positions.tolist(), change.new.cells(), strict=True):
                cells[position] = cell
            found[change.table, change.field] = cells
    return found


def _last_day(book: Workbook) -> date:
    """Return the latest day with an amount: figures of visits are then what they were when we wrote them last, whatever the clock says."""
    if "Visits" in book.raw.tables:
        visits: Cleaned = book.cleaned(book.raw.tables["Visits"])
        days = visits.days("date")
        for chosen in (days[visits.amounts("amount") > 0], days):
            known = chosen[~np.isnat(chosen)]
            if len(known):
                day: date = known.max().astype("datetime64[D]").item()
                return day
    return book.day_of_change()


def _judge(book: Workbook, expected: Sequence[Cell] | None, field: Field) -> Callable[[Column], bool]:
    """Return what tells whether the cells of a column are ours: most of them what we would write, or of a kind that only we write."""
    if field.name == "next_visit":
        return lambda column: _mostly(column, lambda cell: isinstance(comparable(Kind.DATE, cell), date | datetime))
    if field.name == "status":
        words = set(field.choices)
        return lambda column: _mostly(column, lambda cell: bool(words & set(choices_named(str(cell)))))
    if field.name == "merged_into":
        ids = {str(cell) for cell in book.raw.tables["Clients"].column("client_id").values}
        return lambda column: _mostly(column, lambda cell: str(cell) in ids)
    if expected is None:
        return lambda _column: False

    def same(cell: Cell, wanted: Cell) -> bool:
        one, other = comparable(field.kind, cell), comparable(field.kind, wanted)
        if field.name == "age" and isinstance(one, float) and isinstance(other, float):
            return abs(one - other) <= _YEARS
        return bool(one == other)

    def ours(column: Column) -> bool:
        pairs = [(c, w) for c, w in zip(column.cells(), expected, strict=True) if c is not None or w is not None]
        return 2 * sum(c is not None and w is not None and same(c, w) for c, w in pairs) > len(pairs) or not pairs

    return ours


def _mostly(column: Column, fits: Callable[[Cell], bool]) -> bool:
    """Tell whether most filled cells fit; an empty column does."""
    good = column.lookup(fits, empty=False, dtype=bool)
    return 2 * int(good.sum()) > int(column.filled.sum()) or not column.filled.any()


def _like_ids(column: Column) -> bool:
    """Tell whether a column may hold ids: no two alike, all of one style, numbered about as high as there are clients."""
    cells = [
        str(int(c)) if isinstance(c, float) and c.is_integer() else str(c).strip()
        for c in column.cells()
        if c is not None
    ]
    heads = {cell.rstrip("0123456789") for cell in cells}
    tails = [cell[len(cell.rstrip("0123456789")) :] for cell in cells]
    return not cells or (
        len(set(cells)) == len(cells)
        and len(heads) == 1
        and all(tails)
        and max(map(int, tails)) <= 10_000 + 100 * len(cells)
    )
