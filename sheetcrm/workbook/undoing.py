"""Take back what was ours in the last write, where the owner has worked in the file since: her edits stay.

Rows are told again by their client id, else by who stands in them, since she may have sorted. Columns and sheets that the
write added are emptied; `Sent` stays, for it is a record of what happened and not of what we computed.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

import numpy as np

from sheetcrm.crm.derived import comparable
from sheetcrm.crm.fields import TABLES, Kind
from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.tables import Cell, Column, Table, is_empty
from sheetcrm.crm.values import ColumnChange
from sheetcrm.workbook.added_columns import ADDED
from sheetcrm.workbook.book import Workbook
from sheetcrm.workbook.columns import ColumnWriter, Withheld, is_protected
from sheetcrm.workbook.edge import mapped_errors
from sheetcrm.workbook.marks import column_mark
from sheetcrm.workbook.placement import marks_of
from sheetcrm.workbook.program_sheets import AMBER, PLAIN, RED, Content, Row, with_hers
from sheetcrm.workbook.standing import names_field
from sheetcrm.workbook.writing import Writing, proof, put_content
from sheetcrm.xlsx.editor import Editor
from sheetcrm.xlsx.pairing import matched
from sheetcrm.xlsx.refs import letters

_PEOPLE = ("name", "first_name", "last_name", "phone", "email")
WAYS_TO_TELL = (("client_id",), _PEOPLE, ("email",), ("phone",), ("name",), ("first_name", "last_name"))
"""Fields by which a client's row is known again, the surest first."""
_TAKEN_BACK = ("Problems", "Duplicates", "Outbox")


class Taken(NamedTuple):
    """What taking back makes of a workbook, and the cells under our headers that stay, for they hold what she typed: `Clients I2`."""

    writing: Writing
    stays: tuple[str, ...] = ()


def taken_back(now: Workbook, before: Workbook, wrote: Plan | None = None) -> Taken:
    """Return the workbook as it is now, with our own cells as they were before the last write. Raises WorkbookError.

    `wrote` is the plan that was written then. Without it a cell passes for ours where it holds what could be our field.
    """
    stays: list[str] = []
    with mapped_errors(now.path.name):
        editor = Editor(now.raw.data, edit_signed=now.settings.edit_signed)
        columns = ColumnWriter(now, editor, now.words)
        for name in ("Clients", "Visits"):
            if name in now.raw.tables:
                changes, kept = _changes(now, before, name, wrote)
                columns.write(name, changes)
                if not is_protected(now, now.raw.placements[name].sheet):
                    kept += _behead(now, before, name, editor, {field for field, _ in kept})
                    stays += [place for _, place in kept]
        taken = {sheet.title.casefold() for sheet in editor.document.sheets}
        for name in _TAKEN_BACK:
            if name not in now.raw.placements:
                continue
            if is_protected(now, sheet := now.raw.placements[name].sheet):
                columns.withheld.append(Withheld(name, sheet))
            else:
                put_content(now, editor, now.words, _content(now, before, name), taken)
        out = io.BytesIO()
        receipt = editor.write(out)
    if not receipt.changed:
        return Taken(Writing(now.data, 0, lambda _data: None, withheld=tuple(columns.withheld)), tuple(stays))
    writing = Writing(
        out.getvalue(),
        max(1, sum(receipt.cells.values())),
        proof(now, receipt),
        receipt=receipt,
        withheld=tuple(columns.withheld),
        signed=editor.document.has_signature,
    )
    return Taken(writing, tuple(stays))


def left_behind(now: Workbook, before: Workbook) -> list[str]:
    """Return what stays of what an adoption had added: sheets by their titles, columns of her own lists like `Clients F-AG`.

    Both may hold what she typed since.
    """
    placed = now.raw.placements
    if not _was_adoption(now, before):
        return []
    there = {sheet.title for sheet in before.raw.document.sheets}
    ours = {place.sheet for place in placed.values()}
    found = [sheet.title for sheet in now.raw.document.sheets if sheet.title in ours - there]
    for name, place in placed.items():
        new = [place.columns[field] for field in _added(now, before, name) if _stays(now, name, field)]
        if new:
            found.append(f"{place.sheet} {letters(min(new))}-{letters(max(new))}")
    return found


def _was_adoption(now: Workbook, before: Workbook) -> bool:
    """Tell whether the write made a client workbook of a list: nothing else adds a sheet of settings."""
    return "Settings" in now.raw.placements and "Settings" not in before.raw.placements


def _added(now: Workbook, before: Workbook, name: str) -> list[str]:
    """Return the fields whose columns an adoption added to a list of hers; any other new column she made herself."""
    place, then = now.raw.placements[name], before.raw.placements.get(name)
    if then is None or then.sheet != place.sheet or not _was_adoption(now, before):
        return []
    names = ADDED.get(name, frozenset())
    return [field for field in place.columns if field in names and field not in then.columns]


def _stays(now: Workbook, name: str, field: str) -> bool:
    """Tell whether a column that the write added keeps its header: those of an Excel table are its columns' names."""
    place, table = now.raw.placements[name], now.raw.tables[name]
    if place.excel_table:
        return True
    return field not in place.ours and field in table and bool(table.columns[field].filled.any())


def same_rows(now: Table, before: Table) -> list[int | None]:
    """Return for each row of a table the position that it had before, None for one that was not there.

    Clients are told again by id, else by all that names them, else by what only one row has: she may have edited the rest.
    """
    fields = tuple(f.name for f in TABLES[now.name].fields if f.name != "client_id")
    ways = WAYS_TO_TELL if now.name == "Clients" else (fields,)
    return matched(_keys(before, ways), _keys(now, ways), only_single=True)


def _keys(table: Table, ways: Sequence[Sequence[str]]) -> list[tuple[Hashable, ...]]:
    """Return the keys of each row: what stands in its cells of each way, None where nothing does."""
    columns = [zip(*(table.column(name).cells() for name in names), strict=True) for names in ways]
    return [tuple(key if any(key) else None for key in map(_key, row)) for row in zip(*columns, strict=True)]


def _key(cells: Iterable[Cell]) -> tuple[str, ...]:
    return tuple(map(_text, cells))


def _text(cell: Cell) -> str:
    if is_empty(cell):
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


_Kept = list[tuple[str, str]]
"""Fields and cells (`Clients I2`) that stay."""


def _changes(now: Workbook, before: Workbook, name: str, wrote: Plan | None) -> tuple[list[ColumnChange], _Kept]:
    """Return the cells of ours in one of her tables that are to be what they were, and those that stay as she typed them."""
    table, earlier = now.raw.tables[name], before.raw.tables.get(name)
    place = now.raw.placements[name]
    then: list[int | None] = [None] * len(table) if earlier is None else same_rows(table, earlier)
    earlier_ours = before.raw.ours.get(name, {})
    changes: list[ColumnChange] = []
    kept: _Kept = []
    for field, column in now.raw.ours.get(name, {}).items():
        if (name, field) == ("Clients", "client_id"):
            continue
        old, was = column.cells(), earlier_ours.get(field)
        wanted = _written(name, field, was, wrote)
        if field == "next_visit":
            ours = [not typed for typed in _typed(now, column)]
        elif (name, field) == ("Visits", "client_id"):
            given = {*now.ledger.ids_used, *map(_text, now.raw.tables["Clients"].column("client_id").values)}
            ours = [_text(cell) in given for cell in old]
        else:
            kind = next((f.kind for f in TABLES[name].fields if f.name == field), Kind.TEXT)
            ours = [
                _is_of(kind, cell) if wanted is None else at is not None and _same(kind, cell, wanted.get(at))
                for cell, at in zip(old, then, strict=True)
            ]
        if earlier is not None:  # a row that was not there has nothing of ours
            ours = [mine and at is not None for mine, at in zip(ours, then, strict=True)]
        back = _cells_at(was, then)
        new = [cell if mine else held for mine, cell, held in zip(ours, back, old, strict=True)]
        at_column = letters(place.ours[field])
        kept += [
            (field, f"{place.sheet} {at_column}{row}")
            for row, mine, held in zip(table.rows.tolist(), ours, old, strict=True)
            if not mine and held is not None
        ]
        formulas = now.raw.formulas.get(name, {}).get(field)  # a formula of hers is never written over
        kept += [
            (field, f"{place.sheet} {at_column}{table.rows[at]}") for at in (formulas if formulas is not None else ())
        ]
        changes.append(_change(name, field, old, new))
    if name == "Clients" and "client_id" in table:
        old = table.column("client_id").cells()
        changes.append(_change(name, "client_id", old, _ids(now, old, earlier, then)))
    return [change for change in changes if len(change.positions)], kept


def _written(name: str, field: str, was: Column | None, wrote: Plan | None) -> Mapping[int, Cell] | None:
    """Return what stood in a column of ours after the write, by the row's position before it; None where that is not known."""
    if wrote is None or field not in wrote.figures:
        return None
    cells = dict(enumerate(was.cells())) if was is not None else {}
    for change in wrote.column_changes:
        if (change.table, change.field) == (name, field):
            cells |= zip(change.positions.tolist(), change.new.cells(), strict=True)
    return cells


def _same(kind: Kind, one: Cell, other: Cell) -> bool:
    one, other = (comparable(kind, cell) for cell in (one, other))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) < 1e-6  # noqa: PLR2004 - another program may have written it in fewer digits
    return _text(one) == _text(other)


def _is_of(kind: Kind, cell: Cell) -> bool:
    """Tell whether a cell holds what a field of that kind may."""
    if cell is None or kind not in (Kind.NUMBER, Kind.MONEY, Kind.DATE):
        return True
    return isinstance(cell, int | float) or (kind is Kind.DATE and isinstance(cell, date | datetime))


def _cells_at(column: Column | None, then: Sequence[int | None]) -> list[Cell]:
    return [None if column is None or at is None else column.cell(at) for at in then]


def _typed(now: Workbook, column: Column) -> list[bool]:
    """Tell which next visits the owner has typed since."""
    ids = now.raw.tables["Clients"].column("client_id").cells()
    written = now.ledger.written
    days = [str(cell)[:10] for cell in column.cells()]
    return [
        day not in written.get((_text(client), "next_visit"), "").split() for client, day in zip(ids, days, strict=True)
    ]


def _ids(now: Workbook, old: Sequence[Cell], earlier: Table | None, then: Sequence[int | None]) -> list[Cell]:
    """Return the ids with those emptied that we gave; those that she typed stay."""
    if earlier is None:
        return list(old)
    before = earlier.column("client_id").cells()
    copies = Counter(map(_text, before))
    return [
        before[at]
        if at is not None
        and _text(cell) in now.ledger.ids_used
        and (not _text(before[at]) or copies[_text(before[at])] > 1)
        else cell
        for cell, at in zip(old, then, strict=True)
    ]


def _change(table: str, field: str, old: Sequence[Cell], new: Sequence[Cell]) -> ColumnChange:
    at = [i for i, (was, will) in enumerate(zip(old, new, strict=True)) if was != will]
    was, will = (Column.encode([cells[i] for i in at]) for cells in (old, new))
    return ColumnChange(table, field, np.array(at, dtype=np.int64), was, will)


def _behead(now: Workbook, before: Workbook, name: str, editor: Editor, filled: set[str]) -> _Kept:
    """Empty the headers of columns that the write added, and return those that stay: she renamed them, or typed beneath (`filled`).

    Those of an Excel table stay too, for they are its columns' names.
    """
    placement = now.raw.placements[name]
    for mark in marks_of((n.name, n.value) for n in editor.document.defined_names if n.sheet is None):
        if mark.table == name and mark.field and mark.field not in placement.ours:
            editor.remove_name(column_mark(name, mark.field))  # it stood over a column of hers
    if placement.excel_table:
        return []
    kept: _Kept = []
    earlier = before.raw.placements.get(name)
    part = next(s.part for s in editor.document.sheets if s.title == placement.sheet)
    ids = now.raw.tables[name].column("client_id").cells()
    for field, column in placement.ours.items():
        if (name, field) == ("Clients", "client_id") and not now.ledger.ids_used.issuperset(
            map(_text, filter(None, ids))
        ):
            continue  # an id that she typed stands beneath it
        if earlier is None or field not in earlier.columns:
            editor.remove_name(column_mark(name, field))
            if field in filled or not names_field(field, placement.our_headers.get(field, field)):
                kept.append((field, f"{placement.sheet} {letters(column)}{placement.header_row}"))
            else:
                editor.set_cells(part, {(placement.header_row, column): None})
    for field in _added(now, before, name):
        if field not in placement.ours and not _stays(now, name, field):  # hers to fill, and she did not
            editor.set_cells(part, {(placement.header_row, placement.columns[field]): None})
    return kept


def _content(now: Workbook, before: Workbook, name: str) -> Content:
    """Return the rows that a sheet of ours had."""
    fields = TABLES[name].names
    table = before.raw.tables.get(name)
    rows: tuple[Row, ...] = ()
    if table is not None:
        columns = [table.column(field).cells() for field in fields]
        rows = tuple(dict(zip(fields, cells, strict=True)) for cells in zip(*columns, strict=True))
    error = now.words.choice("error")
    tones = tuple(PLAIN if name != "Problems" else RED if row.get("severity") == error else AMBER for row in rows)
    return with_hers(Content(name, fields, rows, tones), now.raw.tables.get(name))
