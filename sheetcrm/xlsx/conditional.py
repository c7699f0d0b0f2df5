"""Conditional formats: a look that cells take on where a formula holds, so that it goes along with whatever the owner sorts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.xlsx.frame import ORDER
from sheetcrm.xlsx.markup import escape

if TYPE_CHECKING:
    from sheetcrm.xlsx.markup import Markup
    from sheetcrm.xlsx.refs import Range


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
    p = markup.root.prefix.encode()
    xml = (
        b'<%bconditionalFormatting sqref="%b"><%bcfRule type="expression" dxfId="%d" priority="%d">'
        b"<%bformula>%b</%bformula></%bcfRule></%bconditionalFormatting>"
    ) % (p, str(area).encode(), p, look, priority + 1, p, escape(formula), p, p, p)
    markup.insert_in_order(markup.root, xml, "conditionalFormatting", ORDER)
