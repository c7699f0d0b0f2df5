"""Rows below a program sheet's table: which of them are in its way when it grows, and how far they move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.xlsx.pinning import hanging

if TYPE_CHECKING:
    from collections.abc import Collection

    from sheetcrm.xlsx.document import Table
    from sheetcrm.xlsx.refs import Range
    from sheetcrm.xlsx.rows import RowPatcher
    from sheetcrm.xlsx.sheet_spec import SheetSpec


def ends_of(spec: SheetSpec, table: Table | None, ref: Range, old: dict[int, bytes], rows: RowPatcher) -> set[int]:
    """Find rows where the table is going to be that hold nothing but the ends of areas which begin in it: they are not in its way."""
    last = ref.last_row - (table.totals_rows if table is not None else 0)
    return {number for number in hanging(old, rows, last) if number <= spec.ref().last_row}


def shift_below(table: Table | None, ref: Range, new_ref: Range, old: Collection[int]) -> int:
    """Give by how many rows what stands below a table has to move: a totals row goes along, other rows only where they are in the way."""
    totals = table.totals_rows if table is not None else 0
    in_the_way = any(ref.last_row - totals < number <= new_ref.last_row for number in old)
    return new_ref.last_row - ref.last_row if totals or in_the_way else 0
