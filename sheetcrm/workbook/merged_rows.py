"""Rows that were merged into others look so: letters grey and struck through, by a rule that goes along with whatever she sorts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.crm.acts import MERGE
from sheetcrm.workbook.looks import FAINT
from sheetcrm.workbook.looks_of_ours import rgb
from sheetcrm.xlsx.refs import MAX_ROW, Range, letters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sheetcrm.crm.outcome import Plan
    from sheetcrm.workbook.book import Workbook
    from sheetcrm.xlsx.editor import Editor


def grey_merged(book: Workbook, editor: Editor, plan: Plan, places: Mapping[str, int]) -> None:
    """Add the rule to the client list where a plan merges rows; `places` are the columns of Clients by field, new ones included.

    It is added when somebody is merged and not kept up: one that she takes away or changes is hers.
    """
    column = places.get("merged_into")
    if column is None or not any(act.kind == MERGE for act in plan.new_acts):
        return
    place = book.raw.placements["Clients"]
    first, last = min(place.first_col, *places.values()), max(place.last_col, *places.values())
    part = next(sheet.part for sheet in editor.document.sheets if sheet.title == place.sheet)
    row = place.header_row + 1
    area = Range(row, first, MAX_ROW, last)
    editor.strike_where(part, area, f'${letters(column)}{row}<>""', font_color=rgb(FAINT))
