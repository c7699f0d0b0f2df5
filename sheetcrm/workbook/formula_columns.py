"""Which columns are filled by formulas: into the owner's nothing is brought, and from another list nothing without their results."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sheetcrm.xlsx.refs import cell_name
from sheetcrm.xlsx.tables import calculated_columns

if TYPE_CHECKING:
    from collections.abc import Container

    from sheetcrm.workbook.raw_book import RawBook


def filled_by_formulas(raw: RawBook, name: str) -> frozenset[str]:
    """Return the columns of a table, by field or slug, that formulas fill: in every row, or by what her Excel table puts into a new one."""
    placement, length = raw.placements[name], len(raw.tables[name])
    every_row = {field for field, rows in raw.formulas.get(name, {}).items() if len(rows) == length}
    table = raw.document.table(placement.excel_table) if placement.excel_table else None
    if table is None:
        return frozenset(every_row)
    formulas = calculated_columns(raw.document.package.read(table.part), table.part)
    places = {table.ref.first_column + at for at in formulas}
    return frozenset(every_row | {field for field, column in placement.columns.items() if column in places})


def without_results(raw: RawBook, name: str, fields: Container[str]) -> list[str]:
    """Return the headers of a table over formulas whose results were never stored, of some fields: a library wrote them, no spreadsheet.

    An empty text (`=IF(A2="","",...)`) is a result. Nothing of a table that is told together from several sheets.
    """
    if name not in raw.placements:
        return []
    placement = raw.placements[name]
    part = next(sheet.part for sheet in raw.document.sheets if sheet.title == placement.sheet)
    taken = {column: field for field, column in placement.columns.items() if field in fields}
    first = placement.header_row + 1
    places = [(row, column) for row, column in raw.report.sheets[part].uncached if row >= first and column in taken]
    if not places:
        return []
    data = b"".join(raw.document.package.open(part))
    texts = set(re.findall(rb'<(?:[^\s<>]+:)?c r="([A-Z]+[0-9]+)"[^<>]* t="str"', data))
    found = {column for row, column in places if cell_name(row, column).encode() not in texts}
    return [placement.headers[field] for column, field in taken.items() if column in found]
