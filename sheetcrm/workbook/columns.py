"""Cells of the owner's tables that are ours: written where our column stands, which is added at the right end where it does not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sheetcrm.crm.tables import EMPTY, Table
from sheetcrm.crm.values import ColumnChange
from sheetcrm.languages import Language
from sheetcrm.workbook.book import Workbook
from sheetcrm.workbook.layout import Placement
from sheetcrm.workbook.looks_of_ours import header_style, style_of, width_of
from sheetcrm.workbook.marks import column_mark, reference, table_mark
from sheetcrm.xlsx.editor import Editor
from sheetcrm.xlsx.refs import letters
from sheetcrm.xlsx.rows import Coded, ColumnPatch


class ColumnWriter:
    """Writes changes into the tables of one workbook."""

    def __init__(self, book: Workbook, editor: Editor, words: Language) -> None:
        self._book = book
        self._editor = editor
        self._words = words

    def write(self, name: str, changes: Sequence[ColumnChange]) -> None:
        """Write the changes of one table, and mark what is ours. A field without a column gets one."""
        table = self._book.raw.tables.get(name)
        if table is None:
            return
        placement = self._book.raw.placements[name]
        part = next(s.part for s in self._editor.document.sheets if s.title == placement.sheet)
        places = {**_own_id(placement), **(placement.ours or {})}
        missing = [change for change in changes if change.field not in places]
        added = self._add(part, placement, table, missing)
        rows = table.rows.tolist()
        for change in missing:
            style = style_of(self._editor, name, change.field, self._book.settings)
            codes = np.full(len(rows), EMPTY, dtype=np.int32)
            codes[change.positions] = change.new.codes
            values = Coded(codes, change.new.values)
            self._editor.set_column(part, ColumnPatch(added[change.field], rows, values, style))
        for change in changes:
            if change.field in places and len(change.positions):
                self._patch(part, placement, name, places[change.field], rows, change)
        self._mark(name, placement, {**(placement.ours or {}), **added})

    def _patch(
        self, part: str, placement: Placement, table: str, column: int, rows: list[int], change: ColumnChange
    ) -> None:
        style = self._editor.column_style(part, column, placement.header_row + 1)
        if style is None and change.field != "client_id":
            style = style_of(self._editor, table, change.field, self._book.settings)
        at = [rows[position] for position in change.positions.tolist()]
        values = Coded(change.new.codes, change.new.values)
        self._editor.set_column(part, ColumnPatch(column, at, values, style))

    def _add(self, part: str, placement: Placement, table: Table, missing: Sequence[ColumnChange]) -> dict[str, int]:
        """Add columns at the right end; return their places."""
        if not missing:
            return {}
        taken = {header.casefold() for header in table.headers.values()}
        headers = [self._header(change.field, taken) for change in missing]
        excel_table = self._editor.document.table(placement.excel_table) if placement.excel_table else None
        new = self._editor.add_table_columns(
            part,
            headers,
            table=excel_table,
            header_row=placement.header_row,
            first_column=placement.last_col + 1,
            widths=[width_of(change.field, header) for change, header in zip(missing, headers, strict=True)],
        )
        first = new[0].column
        neighbour = self._editor.read_row(part, placement.header_row).get(first - 1)
        if neighbour is None or not neighbour[1]:  # a list without any look of its own
            cells = {(placement.header_row, column.column): column.header for column in new}
            self._editor.set_cells(part, cells, style=header_style(self._editor), restyle=True)
        return {change.field: column.column for change, column in zip(missing, new, strict=True)}

    def _header(self, field: str, taken: set[str]) -> str:
        header = self._words.header(field)
        return f"{header} (sheetcrm)" if header.casefold() in taken else header

    def _mark(self, name: str, placement: Placement, ours: dict[str, int]) -> None:
        """Let hidden names point to the table's header row and to the headers of our columns."""
        row = placement.header_row
        first = reference(placement.sheet, f"${letters(placement.first_col)}${row}")
        names = {table_mark(name): first}
        for field, column in ours.items():
            names[column_mark(name, field)] = reference(placement.sheet, f"${letters(column)}${row}")
        for mark, target in names.items():
            if self._editor.document.name(mark) != target:
                self._editor.define_name(mark, target)


def _own_id(placement: Placement) -> dict[str, int]:
    """Clients' ids stand in the owner's own column, where there is one."""
    column = placement.columns.get("client_id")
    return {"client_id": column} if placement.table == "Clients" and column else {}
