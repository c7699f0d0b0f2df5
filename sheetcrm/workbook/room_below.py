"""Room for new rows right below a list: rows of her Excel table that are still empty, then rows by which it grows.

A formula that was filled in ahead stays, and the row is a new one all the same; what else stands there is in the way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sheetcrm.workbook.row_looks import is_shown
from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.reading import iter_rows, row_contents
from sheetcrm.xlsx.refs import MAX_ROW, Range, cell_name

if TYPE_CHECKING:
    from sheetcrm.workbook.placement import Placement
    from sheetcrm.xlsx.cells import CellValue
    from sheetcrm.xlsx.document import Table
    from sheetcrm.xlsx.editor import Editor

_LOOKED_AT = 5  # rows

NewRow = Mapping[int, "CellValue"]
"""A row to be, its values by column."""


class RoomBelow:
    """The rows below one list. `last` is the last of its rows that holds anything, or that of its headers."""

    def __init__(self, editor: Editor, part: str, placement: Placement, table: Table | None, last: int) -> None:
        self._editor, self._part, self._placement, self._last = editor, part, placement, last
        self._there: set[int] = set()  # rows that the sheet has already, empty or not
        self._filled: set[tuple[int, int]] = set()  # cells of them that hold anything
        self._table = table if table is not None and last <= table.ref.last_row else None

    def put(self, rows: Sequence[NewRow]) -> None:
        """Write new rows. Raises Unsupported where something is in the way, or the table cannot grow."""
        styles = self._styles()
        if self._table is None:
            self._put_plainly(rows, styles)
            return
        end = self._table.ref.last_row - self._table.totals_rows
        wanted = range(self._last + 1, min(end, self._last + len(rows)) + 1)
        taken = self._held(wanted, rows)
        inside = len(wanted) if taken is None else taken[0] - wanted.start
        self._set(
            [self._with_formulas(number, row) for number, row in zip(wanted, rows[:inside], strict=False)],
            wanted.start,
            styles,
        )
        added = self._editor.append_rows(self._part, rows[inside:], table=self._table, styles=styles)
        self._dress(added, styles)

    def _put_plainly(self, rows: Sequence[NewRow], styles: Mapping[int, int | None]) -> None:
        used = {column for row in rows for column in row}
        first, last = self._last + 1, self._last + len(rows)
        if last > MAX_ROW:
            raise Unsupported(f"no {len(rows)} rows fit below row {self._last}", "size")
        area = Range(first, min(used), last, max(used))
        self._editor.check_free(self._part, area)
        if (taken := self._held(range(first, last + 1), rows)) is not None:
            cell = cell_name(*taken)
            raise Unsupported(f"the cell {cell} below the list holds something already", "occupied", place=cell)
        self._set(rows, first, styles)
        hers = [*self._placement.columns.values()]
        if self._last > self._placement.header_row:
            old = Range(self._placement.header_row + 1, min(hers), self._last, max(hers))
            self._editor.grow_ranges(self._part, old, last)

    def _set(self, rows: Sequence[NewRow], first: int, styles: Mapping[int, int | None]) -> None:
        for number, row in enumerate(rows, first):
            for column, value in row.items():
                self._editor.set_cells(self._part, {(number, column): value}, style=styles.get(column))
        self._dress(range(first, first + len(rows)), styles)

    def _with_formulas(self, number: int, row: NewRow) -> NewRow:
        """Return a row with the table's own formulas, where nothing stands that was filled in ahead."""
        formulas = self._editor.calculated_columns(self._table) if self._table is not None else {}
        return {column: cell for column, cell in formulas.items() if (number, column) not in self._filled} | dict(row)

    def _dress(self, numbers: Sequence[int], styles: Mapping[int, int | None]) -> None:
        """Give cells that hold nothing, in rows that were not there, the fill and the lines of the list."""
        ours = {*self._placement.ours.values()}
        seen = {
            column: style for column, style in styles.items() if column not in ours and is_shown(self._editor, style)
        }
        for number in numbers:
            for column, style in seen.items() if number not in self._there else ():
                if column not in self._editor.edits_of(self._part).cells.get(number, {}):
                    self._editor.set_cells(self._part, {(number, column): None}, style=style, blank=True)

    def _held(self, wanted: range, rows: Sequence[NewRow]) -> tuple[int, int] | None:
        """Return (row, column) of the first cell of the list's columns that holds more than a formula filled in ahead."""
        span = {*self._placement.columns.values()}
        used = {column for row in rows for column in row}
        prefix = self._editor.prefix(self._part).encode()
        for number, row in iter_rows(self._editor.chunks(self._part), wanted):
            self._there.add(number)
            for column, (cell, _) in row_contents(row, prefix, self._editor.shared).items():
                if cell.kind != "empty":
                    self._filled.add((number, column))
                is_ahead = cell.kind == "formula" and column not in used
                if column in span and not is_ahead and (cell.kind == "formula" or cell.value not in (None, "")):
                    return number, column
        return None

    def _styles(self) -> dict[int, int | None]:
        """Return how new cells look, by column: as most of the list's last ones do, else as the whole column."""
        first = max(self._placement.header_row + 1, self._last - _LOOKED_AT + 1)
        prefix = self._editor.prefix(self._part).encode()
        found: dict[int, list[int | None]] = {column: [] for column in self._placement.columns.values()}
        for _, row in iter_rows(self._editor.chunks(self._part), range(first, max(first, self._last) + 1)):
            for column, (_, style) in row_contents(row, prefix, self._editor.shared).items():
                if column in found:
                    found[column].append(style)
        return {
            column: Counter(seen).most_common(1)[0][0] if seen else self._editor.whole_column_style(self._part, column)
            for column, seen in found.items()
        }
