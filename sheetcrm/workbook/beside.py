"""What the owner has typed beside the rows of a program's sheet: cells that go along with their row, or are to go for good."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from sheetcrm.crm.fields import TABLES
from sheetcrm.workbook.columns import is_protected
from sheetcrm.xlsx.reading import iter_rows, row_contents
from sheetcrm.xlsx.refs import cell_name

if TYPE_CHECKING:
    from sheetcrm.workbook.book import Workbook
    from sheetcrm.workbook.placement import Placement
    from sheetcrm.workbook.program_sheets import Content
    from sheetcrm.xlsx.editor import Editor


def noted_rows(book: Workbook, editor: Editor, table: str, rows: Collection[int]) -> set[int]:
    """Return those rows of a sheet of ours that have something typed beside what is ours; what a formula gives is not typed."""
    return {number for number, columns in _typed(book, editor, table, rows).items() if columns}


def bare_rows(book: Workbook, editor: Editor, content: Content) -> tuple[Mapping[int, Collection[int]], list[str]]:
    """Return what goes out of a sheet's rows in which nothing of the owner's is to stay: columns, by the row's place in `content`.

    And the cells, as `Sheet!A1` after the write, that stay there all the same: those under no header of hers next to the table may belong
    to another list; in a protected sheet all of them.
    """
    rows, placement = book.bare.get(content.table, frozenset()), book.raw.placements.get(content.table)
    if not rows or placement is None:
        return {}, []
    is_left = is_protected(book, placement.sheet)
    own = set() if is_left else _own_columns(book, editor, placement)
    typed = _typed(book, editor, content.table, rows)
    places = {row: at for at, row in enumerate(content.kept) if row is not None}
    gone = {at: found for row, at in places.items() if (found := typed.get(row, set()) & own)}
    stays = [
        f"{placement.sheet}!{cell_name(row if is_left else placement.header_row + 1 + at, column)}"
        for row, at in sorted(places.items())
        for column in sorted(typed.get(row, set()) - own)
    ]
    return gone, stays


def _own_columns(book: Workbook, editor: Editor, placement: Placement) -> set[int]:
    """Return the columns of hers in a sheet of ours: those of the table, and those that follow it without a gap."""
    part = next(s.part for s in book.raw.document.sheets if s.title == placement.sheet)
    last, headers = placement.last_col, editor.read_row(part, placement.header_row)
    if placement.excel_table and (table := editor.document.table(placement.excel_table)) is not None:
        last = table.ref.last_column
    while headers.get(last + 1, (None,))[0] not in (None, ""):
        last += 1
    return set(range(placement.first_col, last + 1)) - _ours(placement)


def _ours(placement: Placement) -> set[int]:
    return {placement.columns[name] for name in TABLES[placement.table].names if name in placement.columns}


def _typed(book: Workbook, editor: Editor, table: str, rows: Collection[int]) -> dict[int, set[int]]:
    """Return by row in which columns that are not ours something is typed; what formulas give is not."""
    placement = book.raw.placements[table]
    part = next(s.part for s in editor.document.sheets if s.title == placement.sheet)
    prefix = editor.prefix(part).encode()
    ours = _ours(placement)
    typed: dict[int, set[int]] = {}
    for number, row in iter_rows(editor.chunks(part)):
        cells = {c: cell for c, (cell, _) in row_contents(row, prefix, editor.shared).items() if c not in ours}
        ours |= {c for c, cell in cells.items() if cell.shape == "array"}  # it fills the cells beneath
        if number in rows:
            typed[number] = {c for c, cell in cells.items() if cell.kind != "formula" and cell.value not in (None, "")}
    return {number: columns - ours for number, columns in typed.items()}
