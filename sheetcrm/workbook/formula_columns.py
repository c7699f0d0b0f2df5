"""Which columns of the owner's are filled by formulas: nothing that another list brings belongs there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.xlsx.tables import calculated_columns

if TYPE_CHECKING:
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
