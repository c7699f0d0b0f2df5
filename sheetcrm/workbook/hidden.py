"""What python-calamine hides, put back from the byte scan of the same sheet: errors, formulas, birthdays' formats."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.tables import Cell, CellError, Column
from sheetcrm.xlsx.number_codes import shows_date, shows_year
from sheetcrm.xlsx.refs import letters
from sheetcrm.xlsx.styles import number_formats

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import numpy.typing as npt

    from sheetcrm.xlsx.document import Document
    from sheetcrm.xlsx.scanned import SheetScan

_DAY = timedelta(days=1)
_DAY_1904 = 1462  # days between the two calendars of Excel
_EPOCH = date(1899, 12, 30)
_ERROR = re.compile(r"#(?:[A-Z][A-Z_]+[!?]|DIV/0!|N/A)\Z|Err:\d{3}\Z")
_ERROR_BEGINS = ("#", "Err:")
_REF = re.compile(rb"([A-Z]+)(\d+)\Z")


def with_errors(columns: Mapping[int, Column], scan: SheetScan, first_row: int) -> dict[int, Column]:
    """Return columns, by number, whose cells begin in `first_row`, with the sheet's error values in them."""
    errors: dict[int, list[tuple[int, Cell]]] = {}
    for row, column, text in scan.errors:
        if column in columns and 0 <= row - first_row < len(columns[column]):
            errors.setdefault(column, []).append((row - first_row, CellError(text)))
    found = {number: _plain_values(column) for number, column in columns.items()}
    return found | {number: with_cells(found[number], cells) for number, cells in errors.items()}


def _plain_values(column: Column) -> Column:
    """Return a column with texts that read as errors (so Google Sheets writes them) made errors, times made plain."""
    types = set(map(type, column.values))
    texts = column.values if types == {str} else [value for value in column.values if type(value) is str]
    if timedelta not in types and not any(map(str.startswith, texts, repeat(_ERROR_BEGINS))):
        return column
    values = [CellError(v) if isinstance(v, str) and _ERROR.match(v.rstrip()) else _plain(v) for v in column.values]
    return Column(column.codes, values)


def _plain(cell: Cell) -> Cell:
    """Return a span of time (a cell formatted `[h]:mm`) as the time of day that was meant, or as days."""
    if not isinstance(cell, timedelta):
        return cell
    if timedelta(0) <= cell < _DAY:
        return (datetime(1900, 1, 1) + cell).time()  # noqa: DTZ001 - only the time of day is taken
    return cell / _DAY


def formula_positions(
    scan: SheetScan, columns: Iterable[int], first: int, length: int
) -> dict[int, npt.NDArray[np.int64]]:
    """Return by column the positions of the rows whose cell holds a formula; columns without one are left out."""
    found: dict[int, list[int]] = {column: [] for column in columns}
    by_letters = {letters(column).encode(): positions for column, positions in found.items()}
    for ref in scan.formula_refs:
        parts = _REF.match(ref)
        if parts and parts[1] in by_letters and 0 <= (position := int(parts[2]) - first) < length:
            by_letters[parts[1]].append(position)
    return {column: np.array(sorted(positions), dtype=np.int64) for column, positions in found.items() if positions}


def from_1904(cell: Cell) -> Cell:
    """Return a bare serial number of a date in a 1904 workbook as the 1900 calendar counts it."""
    return cell + _DAY_1904 if isinstance(cell, float) else cell


def yearless_styles(document: Document) -> frozenset[int]:
    """Return the ids of cell styles whose number format shows a date without its year."""
    part = document.part_by_kind("styles")
    codes = number_formats(document.package.read(part)) if part else []
    return frozenset(i for i, code in enumerate(codes) if shows_date(code) and not shows_year(code))


def without_years(column: Column, styles: Mapping[int, int], yearless: Collection[int], first_row: int) -> Column:
    """Return birthdays without a year in their format as the text `--MM-DD`.

    Typing `8 March` into Excel makes a date of this year that shows none. `styles` has the style id of the column's
    cells by row.
    """
    found = [
        (row - first_row, day.strftime("--%m-%d"))
        for row, style in styles.items()
        if style in yearless and 0 <= row - first_row < len(column) and (day := _day(column.cell(row - first_row)))
    ]
    return with_cells(column, found) if found else column


def _day(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, float) and 1 <= cell < 2_958_466:  # noqa: PLR2004 - the serials of 1900-01-01 to 9999-12-31
        return _EPOCH + timedelta(days=int(cell))
    return None


def with_cells(column: Column, cells: Iterable[tuple[int, Cell]]) -> Column:
    """Return a column with the cells at some positions replaced."""
    codes, values = column.codes.copy(), list(column.values)
    index = {(type(value), value): code for code, value in enumerate(values)}
    for position, cell in cells:
        key = (type(cell), cell)
        if key not in index:
            index[key] = len(values)
            values.append(cell)
        codes[position] = index[key]
    return Column(codes, values)
