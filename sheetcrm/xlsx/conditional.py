"""Conditional formats: a look that cells take on where a formula holds, so that it goes along with whatever the owner sorts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.xlsx.frame import ORDER
from sheetcrm.xlsx.markup import escape
from sheetcrm.xlsx.refs import MAX_ROW, Range, cell_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from sheetcrm.xlsx.markup import Markup
    from sheetcrm.xlsx.sheet_spec import SheetSpec

ALARM = ("C0392B", "FFFFFF")
"""The ground and the letters of a cell that nobody is to overlook, RRGGBB."""


def add_rule(markup: Markup, area: Range, formula: str, look: int) -> None:
    """Add a rule behind all others, unless one with this formula is there. `formula` (without `=`) is that of the area's first cell.

    `look` is the place of what it looks like in the style sheet's `dxfs`. (ECMA-376 part 1, 18.3.1.10: a lower priority wins.)
    """
    priority = 0
    for node in markup.root.walk():
        if node.local == "cfRule":
            priority = max(priority, int(found) if (found := node.get("priority")).isdecimal() else 0)
            formulas = [markup.text(child).strip() for child in node.children if child.local == "formula"]
            if formulas == [formula]:
                return
    xml = _rule(area, formula, look, priority + 1, markup.root.prefix.encode())
    markup.insert_in_order(markup.root, xml, "conditionalFormatting", ORDER)


def alarms(spec: SheetSpec, look: Callable[[str, str], int]) -> bytes:
    """Write the rules of a sheet that is made new, down to the sheet's last row; `look` gives the place of a fill and letters' colour."""
    first = spec.header_row + 1
    rules = (
        (Range(first, place, MAX_ROW, place), column.alarm)
        for place, column in zip(spec.places, spec.columns, strict=True)
        if column.alarm
    )
    return b"".join(
        _rule(area, formula.replace("{cell}", cell_name(first, area.first_column)), look(*ALARM), priority, b"")
        for priority, (area, formula) in enumerate(rules, 1)
    )


def _rule(area: Range, formula: str, look: int, priority: int, p: bytes) -> bytes:
    return (
        b'<%bconditionalFormatting sqref="%b"><%bcfRule type="expression" dxfId="%d" priority="%d">'
        b"<%bformula>%b</%bformula></%bcfRule></%bconditionalFormatting>"
    ) % (p, str(area).encode(), p, look, priority, p, escape(formula), p, p, p)
