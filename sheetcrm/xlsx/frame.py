"""Splices in what stands around a sheet's cells: widths before them; drop-downs and table parts behind them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING

from sheetcrm.xlsx.drop_downs import DropDown, drop_downs, validations
from sheetcrm.xlsx.framing import ranges
from sheetcrm.xlsx.markup import RELATIONSHIPS, STRICT_RELATIONSHIPS, Markup
from sheetcrm.xlsx.refs import Range

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


def add_drop_downs(markup: Markup, wanted: Sequence[DropDown]) -> None:
    """Add drop-down lists, but for those of whose cells a validation (an x14 one, too) covers some."""
    free = _uncovered(markup, wanted)
    p = markup.root.prefix.encode()
    node_list = markup.root.find("dataValidations")
    if node_list is None:
        if free:
            markup.insert_in_order(markup.root, validations(free, p), "dataValidations", ORDER)
        return
    for one in free:
        markup.append(node_list, one.xml(p))
    if free and node_list.get("count"):
        markup.set_attribute(node_list, "count", str(len(node_list.children) + len(free)))


def _uncovered(markup: Markup, wanted: Sequence[DropDown]) -> list[DropDown]:
    """Return those of whose cells no validation covers any. Some lists have one on 100,000 areas: each is read once."""
    free: list[DropDown] = []
    for one in wanted:
        if not any(other.area.meets(one.area) for other in free):
            free.append(one)
    if not free:
        return free
    around = reduce(Range.joined, (one.area for one in free))
    for node in markup.root.walk():
        areas = ""
        if node.local == "dataValidation":
            areas = node.get("sqref")
        elif node.local == "sqref":
            areas = markup.text(node)
        for covered in ranges(areas.encode().split()):
            if covered.meets(around):
                free = [one for one in free if not covered.meets(one.area)]
    return free


def framed(data: bytes, sheet: str, spec: SheetSpec, ref: Range) -> bytes:
    """Give a program sheet with the widths and drop-downs of columns that its table, which reached over `ref`, did not have before."""
    added = {at: c for at, c in zip(spec.places, spec.columns, strict=True) if at > ref.last_column}
    if not added:
        return data
    markup = Markup(data, sheet)
    hidden = {at for at, column in added.items() if column.hidden}
    set_widths(markup, {at: column.width for at, column in added.items()}, hidden)
    add_drop_downs(markup, [one for at, one in drop_downs(spec).items() if at in added])
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
