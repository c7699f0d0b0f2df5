"""Splices in what stands around a sheet's cells: widths before them; drop-downs and table parts behind them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from sheetcrm.xlsx.drop_downs import drop_down, prompt_of
from sheetcrm.xlsx.markup import RELATIONSHIPS, STRICT_RELATIONSHIPS, Markup
from sheetcrm.xlsx.refs import MAX_ROW, Range

if TYPE_CHECKING:
    from sheetcrm.xlsx.sheet_spec import SheetSpec

ORDER = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection", "protectedRanges",
    "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting",
    "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks",
    "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture",
    "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
)  # fmt: skip
"""The sequence of a worksheet's children (ECMA-376 part 1, CT_Worksheet): any other order makes Excel repair the file."""


def set_widths(markup: Markup, widths: Mapping[int, float], hidden: Collection[int] = ()) -> None:
    """Give columns a width where no `col` covers them, each at its place among the others; `hidden` are not to be seen."""
    p = markup.root.prefix.encode()
    cols = markup.root.find("cols")
    spans = [(node.number("min"), node.number("max"), node) for node in cols.children] if cols is not None else []
    fresh = b""
    for column, width in sorted(widths.items()):
        if any(first <= column <= last for first, last, _ in spans):
            continue
        unseen = b' hidden="1"' if column in hidden else b""
        size = f"{width:g}".encode()
        xml = b'<%bcol min="%d" max="%d" width="%b"%b customWidth="1"/>' % (p, column, column, size, unseen)
        after = next((node for first, _, node in spans if first > column), None)
        if cols is None:
            fresh += xml
        elif after is not None:
            markup.splice(after.start, after.start, xml)
        else:
            markup.append(cols, xml)
    if fresh:
        markup.insert_in_order(markup.root, b"<%bcols>%b</%bcols>" % (p, fresh, p), "cols", ORDER)


def add_drop_down(
    markup: Markup, area: Range, choices: Sequence[str] | str, *, prompt: tuple[str, str] = ("", "")
) -> None:
    """Add a drop-down list unless a validation (an x14 one, too) covers some of its cells."""
    for node in markup.root.walk():
        areas = (
            node.get("sqref") if node.local == "dataValidation" else markup.text(node) if node.local == "sqref" else ""
        )
        if any(_meets(text, area) for text in areas.split()):
            return
    p = markup.root.prefix.encode()
    xml = drop_down(str(area), choices, p, prompt=prompt)
    node_list = markup.root.find("dataValidations")
    if node_list is None:
        xml = b'<%bdataValidations count="1">%b</%bdataValidations>' % (p, xml, p)
        markup.insert_in_order(markup.root, xml, "dataValidations", ORDER)
    else:
        markup.append(node_list, xml)
        if node_list.get("count"):
            markup.set_attribute(node_list, "count", str(len(node_list.children) + 1))


def framed(data: bytes, sheet: str, spec: SheetSpec, ref: Range) -> bytes:
    """Give a program sheet with the widths and drop-downs of columns that its table, which reached over `ref`, did not have before."""
    added = {at: c for at, c in zip(spec.places, spec.columns, strict=True) if at > ref.last_column}
    if not added:
        return data
    markup = Markup(data, sheet)
    hidden = {at for at, column in added.items() if column.hidden}
    set_widths(markup, {at: column.width for at, column in added.items()}, hidden)
    for at, column in added.items():
        if column.choices:
            markup = Markup(bytes(markup), sheet)
            area = Range(spec.header_row + 1, at, MAX_ROW, at)
            add_drop_down(markup, area, column.choices, prompt=prompt_of(column))
    return bytes(markup)


def add_table_part(markup: Markup, rel_id: str, *, strict: bool = False) -> None:
    """Name a table part in its sheet."""
    p = markup.root.prefix.encode()
    r = markup.prefix_of(STRICT_RELATIONSHIPS if strict else RELATIONSHIPS)
    declared = b"" if r is not None else b' xmlns:r="%b"' % (STRICT_RELATIONSHIPS if strict else RELATIONSHIPS).encode()
    line = b'<%btablePart%b %bid="%b"/>' % (p, declared, (r or "r:").encode(), rel_id.encode())
    node = markup.root.find("tableParts")
    if node is None:
        xml = b'<%btableParts count="1">%b</%btableParts>' % (p, line, p)
        markup.insert_in_order(markup.root, xml, "tableParts", ORDER)
    else:
        markup.append(node, line)
        if node.get("count"):
            markup.set_attribute(node, "count", str(len(node.children) + 1))


def _meets(text: str, area: Range) -> bool:
    try:
        return Range.parse(text).meets(area)
    except ValueError:
        return False
