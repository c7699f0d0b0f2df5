"""The owner's filter over a list that is no Excel table: sorting by it moves the cells that it covers, and no others.

Columns that say something of a row are therefore only put where it can grow over them.
"""

from __future__ import annotations

from sheetcrm.errors import WorkbookError
from sheetcrm.workbook.placement import Placement
from sheetcrm.xlsx.editor import Editor
from sheetcrm.xlsx.refs import Range


def filter_over(editor: Editor, part: str, placement: Placement) -> Range | None:
    """Return what the sheet's filter covers, if that is some of the list's cells; None for a filter beside it, or none."""
    found = editor.around(part).filter
    if found is None or placement.excel_table:
        return None
    columns = known_columns(placement)
    row = placement.header_row
    return found if found.meets(Range(row, min(columns), row + 1, max(columns))) else None


def can_grow(over: Range, placement: Placement, first: int) -> bool:
    """Tell whether a filter can grow over columns from `first` on and then sorts whole rows of the list."""
    return over.first_column <= min(known_columns(placement)) and over.last_column >= first - 1


def beside_hers(placement: Placement) -> int:
    """Return the first column right of the list as she typed it."""
    return max({*placement.columns.values()} - {*placement.ours.values()}, default=placement.last_col) + 1


def known_columns(placement: Placement) -> list[int]:
    """Return the columns of fields that are hers; one of numbers beside the list may well stay as it is when she sorts it."""
    known = {c for f, c in placement.columns.items() if f not in placement.own and placement.ours.get(f) != c}
    return sorted(known) or [placement.first_col]


def filter_in_the_way(name: str, sheet: str, over: Range) -> WorkbookError:
    """Return the error for a list whose filter cannot grow over the columns that are to be added."""
    return WorkbookError(
        f"{name}: the filter in '{sheet}' covers {over} and cannot grow over the new columns: "
        "sorting by it would tear the rows apart.",
        "Move what stands right of the list to another sheet, or take the filter off (in Excel: Data, Filter), then run again.",
        code="cells-taken",
        text="filter-in-the-way",
        params={"file": name, "sheet": sheet, "area": str(over)},
    )
