"""Take back what was ours in the last write, where the owner has worked in the file since: her edits stay.

Rows are told again by their client id, else by who stands in them, since she may have sorted. Columns and sheets that the
write added are emptied; `Sent` stays, for it is a record of what happened and not of what we computed.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

import numpy as np

from sheetcrm.crm.acts import Act
from sheetcrm.crm.derived import comparable
from sheetcrm.crm.fields import TABLES, Kind
from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.tables import Cell, Column, Table
from sheetcrm.crm.values import ColumnChange
from sheetcrm.workbook.book import Workbook
from sheetcrm.workbook.brought_in import BroughtIn, Place, cells_named, rows_of, unfilled
from sheetcrm.workbook.columns import ColumnWriter, is_protected
from sheetcrm.workbook.edge import mapped_errors
from sheetcrm.workbook.kept_out import Withheld
from sheetcrm.workbook.marks import column_mark
from sheetcrm.workbook.placement import marks_of
from sheetcrm.workbook.program_sheets import AMBER, PLAIN, RED, Content, Row, linked_again, with_hers
from sheetcrm.workbook.same_rows import SameRows, cell_text, same_rows
from sheetcrm.workbook.standing import names_field
from sheetcrm.workbook.staying import HERS, added, keeps_header, new_of_ours, rows_named
from sheetcrm.workbook.writing import Writing, proof, put_content
from sheetcrm.xlsx.editor import Editor
from sheetcrm.xlsx.refs import letters
from sheetcrm.xlsx.sameness import same_number

_TAKEN_BACK = ("Today", "Problems", "Duplicates", "Outbox", "Calls", "Why")


class Taken(NamedTuple):
    """What taking back makes of a workbook, the cells that stay since she typed them (`Clients I2`), and imported rows, which stay too."""

    writing: Writing
    stays: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()


def taken_back(
    now: Workbook,
    before: Workbook,
    wrote: Plan | None = None,
    acts: Sequence[Act] = (),
    imports: Sequence[BroughtIn] = (),
) -> Taken:
    """Return the workbook as it is now, with our own cells as they were before the last write. Raises WorkbookError.

    `wrote` is the plan that was written then. Without it a cell passes for ours where it holds what could be our field. `acts` are what
    was done then about pairs of clients, `imports` what was brought in: what merging and importing wrote into cells of hers goes too, but
    for those that she has typed in since.
    """
    stays: list[str] = []
    came: list[str] = []
    with mapped_errors(now.path.name):
        editor = Editor(now.raw.data, edit_signed=now.settings.edit_signed)
        columns = ColumnWriter(now, editor, now.words)
        for name in HERS:
            if name in now.raw.tables:
                rows = _rows(now, before, name)
                imported = rows_of(imports, now.raw, name, rows)
                changes, kept = _changes(now, before, name, rows, wrote, imported)
                cells, typed = _unwritten(now, acts) if name == "Clients" else ({}, [])
                typed += unfilled(imports, now, before, name, rows, cells)
                typed += [(field, at) for at, fields in imported.items() for field in fields]
                columns.write(name, changes + _put_back(now, name, cells))
                kept += cells_named(now.raw, name, typed)
                came += rows_named(now.raw.tables[name], imported)
                if not is_protected(now, now.raw.placements[name].sheet):
                    kept += _behead(now, before, name, editor, {field for field, _ in kept})
                    stays += [place for _, place in kept if place]
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
        return Taken(
            Writing(now.data, 0, lambda _data: None, withheld=tuple(columns.withheld)), tuple(stays), tuple(came)
        )
    writing = Writing(
        out.getvalue(),
        max(1, sum(receipt.cells.values())),
        proof(now, receipt),
        receipt=receipt,
        withheld=tuple(columns.withheld),
        signed=editor.document.has_signature,
    )
    return Taken(writing, tuple(stays), tuple(came))


_Kept = list[tuple[str, str]]
"""Fields and cells (`Clients I2`) that stay; "" for one that stays with a row that is neither new of this write nor was there."""


def _rows(now: Workbook, before: Workbook, name: str) -> SameRows:
    table, earlier = now.raw.tables[name], before.raw.tables.get(name)
    return SameRows([None] * len(table), frozenset(), ()) if earlier is None else same_rows(table, earlier)


def _changes(
    now: Workbook, before: Workbook, name: str, rows: SameRows, wrote: Plan | None, imported: Collection[int]
) -> tuple[list[ColumnChange], _Kept]:
    """Return the cells of ours in one of her tables that are to be what they were, and those that stay as she typed them."""
    table, earlier = now.raw.tables[name], before.raw.tables.get(name)
    place = now.raw.placements[name]
    earlier_ours = before.raw.ours.get(name, {})
    then = [None if at in imported else was for at, was in enumerate(rows.then)]
    given = {at for at, one in enumerate(table.column("client_id").cells()) if cell_text(one) in now.ledger.ids_used}
    came_since = [at for at, was in enumerate(rows.then) if was is None and (at in given or name == "Visits")]
    changes: list[ColumnChange] = []
    kept: _Kept = []
    for field, column in now.raw.ours.get(name, {}).items():
        if (name, field) == ("Clients", "client_id"):
            continue
        old, was = column.cells(), earlier_ours.get(field)
        mine = _ours_of(now, (name, field), old, rows, _written(name, field, was, wrote))
        ours = mine if earlier is None else _of_the_write(mine, old, rows, imported)
        new = [cell if mine else held for mine, cell, held in zip(ours, _cells_at(was, then), old, strict=True)]
        changes.append(_change(name, field, old, new))
        hers = {at for at, (mine, held) in enumerate(zip(ours, old, strict=True)) if not mine and held is not None}
        formulas = now.raw.formulas.get(name, {}).get(field)  # a formula of hers is never written over
        hers |= set(formulas.tolist() if formulas is not None else ())
        unsaid = {at for at in came_since if mine[at]}
        kept += [
            (field, "" if at in unsaid else f"{place.sheet} {letters(place.ours[field])}{table.rows[at]}")
            for at in sorted(hers)
        ]
    if name == "Clients" and "client_id" in table:
        old = table.column("client_id").cells()
        new = _ids(now, old, earlier, rows.then)
        changes.append(_change(name, "client_id", old, new))
        if earlier is None or "client_id" not in earlier:  # the column is ours, and its header stays over an id of hers
            kept += [
                ("client_id", "" if at in given else f"{place.sheet} {letters(place.columns['client_id'])}{row}")
                for at, (row, cell) in enumerate(zip(table.rows.tolist(), new, strict=True))
                if cell is not None
            ]
    return [change for change in changes if len(change.positions)], kept


def _of_the_write(mine: Sequence[bool], cells: Sequence[Cell], rows: SameRows, imported: Collection[int]) -> list[bool]:
    """Tell which cells of ours the write made: none of a row that came since, and of one pasted since only what came with it."""
    return [
        ours and (i in imported or (at is not None and not (i in rows.copies and cell is None)))
        for i, (ours, at, cell) in enumerate(zip(mine, rows.then, cells, strict=True))
    ]


def _unwritten(now: Workbook, acts: Sequence[Act]) -> tuple[dict[Place, Cell], list[Place]]:
    """Return the cells of hers that are what they were before the acts, and those that she has typed in since."""
    table, place = now.raw.tables["Clients"], now.raw.placements["Clients"]
    ids = [cell_text(cell) for cell in table.column("client_id").cells()]
    count = Counter(ids)
    places = {one: at for at, one in enumerate(ids) if count[one] == 1}
    cells: dict[Place, Cell] = {}
    kept: dict[Place, None] = {}
    for change in (change for act in reversed(acts) for change in act.cells):
        where = (change.field, places.get(change.client_id, -1))
        if change.before == change.after or where[1] < 0 or change.field not in place.columns or where in kept:
            continue
        if change.field in now.raw.ours.get("Clients", {}) and change.field != "next_visit":
            continue
        if cell_text(cells.get(where, table.column(where[0]).cell(where[1]))) == cell_text(change.after):
            cells[where] = change.before
        else:
            kept[where] = None
            cells.pop(where, None)
    return cells, list(kept)


def _put_back(now: Workbook, name: str, cells: Mapping[Place, Cell]) -> list[ColumnChange]:
    changes = []
    for field in dict.fromkeys(field for field, _ in cells):
        old = now.raw.tables[name].column(field).cells()
        new = [cells.get((field, at), cell) for at, cell in enumerate(old)]
        changes.append(_change(name, field, old, new))
    return [change for change in changes if len(change.positions)]


def _ours_of(
    now: Workbook, where: tuple[str, str], cells: Sequence[Cell], rows: SameRows, wanted: Mapping[int, Cell] | None
) -> list[bool]:
    """Tell which cells of a column of ours (`where`: its table and field) hold what we wrote."""
    name, field = where
    if field == "next_visit":
        return [not typed for typed in _typed(now, cells)]
    if where == ("Visits", "client_id"):
        given = {*now.ledger.ids_used, *map(cell_text, now.raw.tables["Clients"].column("client_id").values)}
        return [cell_text(cell) in given for cell in cells]
    kind = next((f.kind for f in TABLES[name].fields if f.name == field), Kind.TEXT)
    return [_is_ours(kind, cell, at, rows, wanted) for cell, at in zip(cells, rows.then, strict=True)]


def _written(name: str, field: str, was: Column | None, wrote: Plan | None) -> Mapping[int, Cell] | None:
    """Return what stood in a column of ours after the write, by the row's position before it; None where that is not known."""
    if wrote is None or field not in wrote.figures:
        return None
    cells = dict(enumerate(was.cells())) if was is not None else {}
    for change in wrote.column_changes:
        if (change.table, change.field) == (name, field):
            cells |= zip(change.positions.tolist(), change.new.cells(), strict=True)
    return cells


def _is_ours(kind: Kind, cell: Cell, at: int | None, rows: SameRows, wanted: Mapping[int, Cell] | None) -> bool:
    """Tell whether a cell of a row holds what we wrote into it, or into one that is alike: which is which nobody can tell."""
    if wanted is None:
        return _is_of(kind, cell)
    return at is not None and any(_same(kind, cell, wanted.get(one)) for one in rows.alike[at])


def _same(kind: Kind, one: Cell, other: Cell) -> bool:
    one, other = (comparable(kind, cell) for cell in (one, other))
    if isinstance(one, float) and isinstance(other, float):
        return same_number(one, other)
    return cell_text(one) == cell_text(other)


def _is_of(kind: Kind, cell: Cell) -> bool:
    """Tell whether a cell holds what a field of that kind may."""
    if cell is None or kind not in (Kind.NUMBER, Kind.MONEY, Kind.DATE):
        return True
    return isinstance(cell, int | float) or (kind is Kind.DATE and isinstance(cell, date | datetime))


def _cells_at(column: Column | None, then: Sequence[int | None]) -> list[Cell]:
    return [None if column is None or at is None else column.cell(at) for at in then]


def _typed(now: Workbook, cells: Sequence[Cell]) -> list[bool]:
    """Tell which next visits the owner has typed since."""
    ids = now.raw.tables["Clients"].column("client_id").cells()
    written = now.ledger.written
    days = [str(cell)[:10] for cell in cells]
    return [
        day not in written.get((cell_text(client), "next_visit"), "").split()
        for client, day in zip(ids, days, strict=True)
    ]


def _ids(now: Workbook, old: Sequence[Cell], earlier: Table | None, then: Sequence[int | None]) -> list[Cell]:
    """Return the ids with those emptied that we gave; those that she typed stay."""
    if earlier is None:
        return list(old)
    before = earlier.column("client_id").cells()
    copies = Counter(map(cell_text, before))
    return [
        before[at]
        if at is not None
        and cell_text(cell) in now.ledger.ids_used
        and (not cell_text(before[at]) or copies[cell_text(before[at])] > 1)
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
    part = next(s.part for s in editor.document.sheets if s.title == placement.sheet)
    for field in new_of_ours(now, before, name):
        column = placement.ours[field]
        editor.remove_name(column_mark(name, field))
        if field in filled or not names_field(field, placement.our_headers.get(field, field)):
            kept.append((field, f"{placement.sheet} {letters(column)}{placement.header_row}"))
        else:
            editor.set_cells(part, {(placement.header_row, column): None})
    for field in added(now, before, name):
        if field not in placement.ours and not keeps_header(now, name, field):  # hers to fill, and she did not
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
    if name == "Outbox":
        rows = tuple(map(linked_again, rows))
    error = now.words.choice("error")
    tones = tuple(PLAIN if name != "Problems" else RED if row.get("severity") == error else AMBER for row in rows)
    return with_hers(Content(name, fields, rows, tones), now.raw.tables.get(name))
