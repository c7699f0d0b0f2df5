"""Tables that grow, to the right and downwards, and tables that are made: their cells and their parts together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from sheetcrm.xlsx import frame, tables
from sheetcrm.xlsx.around import merged_areas
from sheetcrm.xlsx.cells import CellValue, Formula
from sheetcrm.xlsx.document import Table, read_table
from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.markup import Markup
from sheetcrm.xlsx.reading import first_held
from sheetcrm.xlsx.receipt import NewColumn
from sheetcrm.xlsx.refs import Range, cell_name

if TYPE_CHECKING:
    from sheetcrm.xlsx.editor import Editor


_TABLE_ID = re.compile(rb"<table\s[^<>]*?\bid=\"(\d+)\"")  # as we write them
_TABLE_HEAD = 1000


class TableWriter:
    """Grows the tables of an editor's workbook."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    def add_columns(
        self, sheet: str, headers: Sequence[str], table: Table | None, area: Range, widths: Sequence[float]
    ) -> list[NewColumn]:
        """Add columns; without a table at `area`, whose first row is that of the headers."""
        editor = self._editor
        names = list(headers)
        if table is not None:
            table = self._current(table)
            tables.check_growable(table)
            if not table.header_rows and table.ref.first_row == 1:
                raise Unsupported(
                    f"the table {table.display_name} begins in the first row and has no row of headers",
                    "headless-table",
                )
            first = table.ref.last_column + 1
            area = Range(table.ref.first_row, first, table.ref.last_row, first + len(headers) - 1)
            names = tables.unique_names(headers, table.columns)
        self._check_unused(sheet, area, table)
        if table is not None:
            data = editor.parts.read(table.part)
            editor.parts.put(table.part, tables.resize(data, table.part, table.ref.joined(area), names))
        if table is None or table.header_rows:
            neighbour = editor.read_row(sheet, area.first_row).get(area.first_column - 1)
            places = {(area.first_row, area.first_column + at): name for at, name in enumerate(names)}
            editor.set_cells(sheet, places, style=neighbour[1] if neighbour else None, restyle=True)
        editor.set_widths(sheet, {area.first_column + at: width for at, width in enumerate(widths)})
        return [NewColumn(area.first_column + at, name) for at, name in enumerate(names)]

    def append_rows(
        self,
        sheet: str,
        rows: Sequence[Mapping[int, CellValue]],
        table: Table | None,
        after: int,
        styles: Mapping[int, int | None] | None = None,
    ) -> list[int]:
        """Append rows below a table, or below row `after`."""
        editor = self._editor
        calculated: dict[int, CellValue] = {}
        used = sorted({column for row in rows for column in row})
        area = Range(after + 1, used[0], after + len(rows), used[-1])
        if table is not None:
            table = self._current(table)
            tables.check_growable(table)
            if table.totals_rows:
                raise Unsupported(
                    f"the table {table.display_name} has a totals row: no row fits below it",
                    "totals-row",
                    place=str(table.ref.last_row),
                )
            after = table.ref.last_row
            columns = {*used, table.ref.first_column, table.ref.last_column}
            area = Range(after + 1, min(columns), after + len(rows), max(columns))
            calculated = dict(self.calculated_columns(table))
        self._check_unused(sheet, area, table)
        self._check_unmerged(sheet, area)
        looks = {column: style for column, (_, style) in editor.read_row(sheet, after).items()} | dict(styles or {})
        for number, row in enumerate(rows, after + 1):
            for column, value in {**calculated, **row}.items():
                editor.set_cells(sheet, {(number, column): value}, style=looks.get(column))
        if calculated:
            editor.full_calc_on_load()
        if table is not None:
            self._grow_down(sheet, table, area.last_row)
        return list(range(area.first_row, area.last_row + 1))

    def calculated_columns(self, table: Table) -> dict[int, Formula]:
        """Give the formulas that a table puts into each new row, by column."""
        formulas = tables.calculated_columns(self._editor.parts.read(table.part), table.part)
        return {table.ref.first_column + at: Formula(formula) for at, formula in formulas.items()}

    def add(self, sheet: str, name: str, ref: Range, columns: Sequence[str], style: str = tables.STYLE) -> None:
        """Make a table over cells that stand there."""
        editor = self._editor
        if editor.document.table(name) is not None or editor.document.name(name) is not None:
            raise Unsupported(f"the workbook has a table or name {name} already", "table-name")
        tables.check_free(ref, None, self.tables_of(sheet))
        rel_id = self.new_part(sheet, name, ref, columns, style)
        editor.edits_of(sheet).tail.append(partial(frame.add_table_part, rel_id=rel_id, strict=editor.strict))

    def new_part(self, sheet: str, name: str, ref: Range, columns: Sequence[str], style: str = tables.STYLE) -> str:
        """Write a table part and tie it to its sheet; gives the relationship's id."""
        editor = self._editor
        heads = (_TABLE_ID.search(data, 0, _TABLE_HEAD) for data in editor.parts.added.values())  # sheets are new, too
        numbers = [table.id for table in editor.document.tables] + [int(found[1]) for found in heads if found]
        folder = editor.document.part.rpartition("/")[0]
        part = editor.parts.free_name(f"{folder}/tables" if folder else "tables", "table")
        number = max(numbers, default=0) + 1
        editor.parts.put(part, tables.table_xml(number, name, ref, columns, strict=editor.strict, style=style))
        editor.parts.declare(part, "table")
        return editor.parts.relate(sheet, "table", part, strict=editor.strict)

    def _grow_down(self, sheet: str, table: Table, last_row: int) -> None:
        editor = self._editor
        grown = table.ref._replace(last_row=last_row)
        editor.parts.put(table.part, tables.resize(editor.parts.read(table.part), table.part, grown))
        if table.data is not None:
            editor.edits_of(sheet).tail.append(partial(self.grow_ranges, old=table.data, last_row=last_row))

    def grow_ranges(self, markup: Markup, old: Range, last_row: int) -> None:
        """Let drop-downs and formats over exactly the rows of `old` reach further; note the others."""
        self._editor.note_not_grown(tables.grow_ranges(markup, old, last_row))

    def _current(self, table: Table) -> Table:
        """Give a table as it is after the edits so far."""
        return read_table(Markup(self._editor.parts.read(table.part), table.part), table.part, table.sheet)

    def tables_of(self, sheet: str) -> list[Table]:
        """Give a sheet's tables as they are after the edits so far, without those that are new."""
        tables_there = self._editor.document.tables
        return [self._current(table) for table in tables_there if table.sheet.casefold() == sheet.casefold()]

    def check_free(self, sheet: str, area: Range, table: Table | None) -> None:
        """Raise Unsupported where an area meets another table, cells of a formula that fills several, or merged cells."""
        tables.check_free(area, table, self.tables_of(sheet))
        self._check_no_formula(sheet, area)
        self._check_unmerged(sheet, area)

    def _check_unmerged(self, sheet: str, area: Range) -> None:
        """Raise Unsupported where cells are merged: all but the first one hold nothing."""
        for merged in merged_areas(self._editor.chunks(sheet)):
            if merged.meets(area):
                raise Unsupported(f"cells of {area} are merged", "occupied", place=str(merged))

    def _check_no_formula(self, sheet: str, area: Range) -> None:
        """Raise Unsupported where a formula fills cells: they are its own, results or not."""
        for held in self._editor.around(sheet).areas:
            if held.meets(area):
                raise Unsupported(f"cells of {area} belong to a formula", "occupied", place=str(held))

    def _check_unused(self, sheet: str, area: Range, table: Table | None) -> None:
        tables.check_free(area, table, self.tables_of(sheet))
        scan = self._editor.scans.get(sheet)
        columns, rows = range(area.first_column, area.last_column + 1), range(area.first_row, area.last_row + 1)
        self._check_no_formula(sheet, area)
        beyond = scan is not None and area.first_column > scan.last_column
        if not beyond and (first := first_held(self._editor.chunks(sheet), columns, rows)):
            raise Unsupported(f"cells of {area} hold something already", "occupied", place=cell_name(*first))
        self._editor.edits_of(sheet).unused.append(area)  # and looked at once more while it is written
