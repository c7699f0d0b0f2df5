"""What another list brings, written into the owner's lists: cells of rows that stand there, new rows right below the last one.

Nothing is saved here: bytes in, bytes out, and the proof that goes with them.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sheetcrm.workbook.columns import is_protected
from sheetcrm.workbook.edge import mapped_errors, sheet_protected
from sheetcrm.workbook.room_below import RoomBelow
from sheetcrm.workbook.writing import proof
from sheetcrm.xlsx.cells import fitting
from sheetcrm.xlsx.editor import Editor
from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.receipt import Receipt

if TYPE_CHECKING:
    from sheetcrm.crm.incoming.fates import Brought
    from sheetcrm.crm.tables import Cell
    from sheetcrm.workbook.book import Workbook
    from sheetcrm.workbook.placement import Placement
    from sheetcrm.workbook.writing import Writing


@dataclass(frozen=True)
class Placed:
    """A workbook's new bytes with what was brought in; `verify` raises unless bytes are the old ones with exactly these edits."""

    data: bytes
    receipt: Receipt
    verify: Callable[[bytes], None]


def place(book: Workbook, brought: Brought) -> Placed:
    """Write what another list brings into a workbook's lists. Raises WorkbookError where it cannot be written: protected, in the way."""
    with mapped_errors(book.path.name):
        editor = Editor(book.raw.data, book.raw.report.sheets, edit_signed=book.settings.edit_signed)
        for name in ("Clients", "Visits"):
            cells, rows = brought.cells.get(name, {}), brought.rows.get(name, ())
            if cells or rows:
                placement = book.raw.placements[name]
                if is_protected(book, placement.sheet):
                    raise sheet_protected(book.path.name, placement.sheet)
                _fill(book, editor, placement, cells)
                if rows:
                    _append(book, editor, placement, rows)
        if any(scan.formula_refs for scan in book.raw.report.sheets.values()):
            editor.full_calc_on_load()
        out = io.BytesIO()
        receipt = editor.write(out)
    verify = proof(book, receipt)
    verify(out.getvalue())
    return Placed(out.getvalue(), receipt, verify)


def _part(editor: Editor, placement: Placement) -> str:
    return next(sheet.part for sheet in editor.document.sheets if sheet.title == placement.sheet)


def _fill(book: Workbook, editor: Editor, placement: Placement, cells: Mapping[tuple[int, str], Cell]) -> None:
    part, rows = _part(editor, placement), book.raw.tables[placement.table].rows.tolist()
    first = placement.header_row + 1
    styles = {name: editor.column_style(part, placement.columns[name], first) for name in {name for _, name in cells}}
    for (position, name), value in cells.items():
        place = rows[position], placement.columns[name]
        editor.set_cells(part, {place: fitting(value)}, style=styles[name])


def _append(book: Workbook, editor: Editor, placement: Placement, rows: Sequence[Mapping[str, Cell]]) -> None:
    standing = book.raw.tables[placement.table].rows
    table = editor.document.table(placement.excel_table) if placement.excel_table else None
    last = int(standing[-1]) if len(standing) else placement.header_row
    new = [{placement.columns[name]: fitting(cell) for name, cell in row.items()} for row in rows]
    try:
        RoomBelow(editor, _part(editor, placement), placement, table, last).put(new)
    except Unsupported as error:
        error.sheet = error.sheet or placement.sheet
        raise


def joined(placed: Placed, writing: Writing) -> Writing:
    """Return as one write what was brought in and what was made of the workbook then."""
    first, second = placed.receipt, writing.receipt or Receipt()
    cells = {part: first.cells.get(part, 0) + second.cells.get(part, 0) for part in (*first.cells, *second.cells)}
    receipt = replace(
        first,
        replaced=_united(first.replaced, [part for part in second.replaced if part not in first.added]),
        added=_united(first.added, second.added),
        removed=_united(first.removed, second.removed),
        cells=cells,
        left=[*first.left, *second.left],
        dissolved=[*first.dissolved, *second.dissolved],
        not_grown=[*first.not_grown, *second.not_grown],
        full_calculation=first.full_calculation or second.full_calculation,
    )
    whole = replace(writing, changed=max(1, sum(cells.values())), receipt=receipt)
    return whole if writing.changed else replace(whole, data=placed.data, verify=placed.verify)


def _united(*parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for some in parts for part in some))
