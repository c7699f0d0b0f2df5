"""How far a program sheet's table reaches: in the sheet as it is, and as it is going to be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.reading import row_contents
from sheetcrm.xlsx.refs import MAX_ROW, Range
from sheetcrm.xlsx.tables import unique_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sheetcrm.xlsx.document import Table
    from sheetcrm.xlsx.sheet_spec import SheetSpec


def at_its_headers(table: Table, row: int, texts: Mapping[int, object]) -> Table:
    """Give a table with its extent moved to the row of its headers: a program that puts rows in above it may leave it behind.

    `texts` are what stands in this row, by column.
    """
    if not table.header_rows or row == table.ref.first_row:
        return table
    there = [texts.get(column) for column in range(table.ref.first_column, table.ref.last_column + 1)]
    moved = table.ref._replace(first_row=row, last_row=table.ref.last_row + row - table.ref.first_row)
    return replace(table, ref=moved) if there == list(table.columns) else table


def present_extent(spec: SheetSpec, table: Table) -> Range:
    """Give the rows that are written anew: those of the table, and what was typed right below and is among the rows now."""
    last = 0 if table.totals_rows else spec.read_to
    return table.ref._replace(last_row=max(table.ref.last_row, last))


def extent_without_table(
    spec: SheetSpec, rows: Mapping[int, bytes], prefix: bytes, shared: Callable[[int], str]
) -> Range:
    """Give where our rows end in a sheet whose table the owner has dissolved: at the first row without our cells."""
    last = spec.header_row
    places = set(spec.places)
    while last + 1 in rows and places & set(row_contents(rows[last + 1], prefix, shared)):
        last += 1
    return spec.ref()._replace(last_row=max(last, spec.header_row + 1))


def new_extent(
    spec: SheetSpec, table: Table | None, now: Range, texts: Mapping[int, object]
) -> tuple[Range, list[str]]:
    """Give the table's extent as it is going to be, and the names of the columns that it gains.

    They are ours, and those of hers that it takes in beside it; `texts` are what stands in the header row, by column. Raises
    Unsupported where a sheet has not so many rows.
    """
    wanted = spec.ref()
    totals = table.totals_rows if table is not None else 0
    last_column = max(now.last_column, wanted.last_column)
    new = Range(spec.header_row, min(now.first_column, wanted.first_column), wanted.last_row + totals, last_column)
    if new.last_row > MAX_ROW:
        raise Unsupported(f"{spec.table} has more rows than a sheet can hold", "rows")
    if table is None:
        return new, []
    ours = {at: column.header for at, column in zip(spec.places, spec.columns, strict=True)}
    gained = [str(ours.get(c) or texts.get(c) or "") for c in range(now.last_column + 1, last_column + 1)]
    return new, unique_names(gained, table.columns)
