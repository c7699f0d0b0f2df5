"""How whole columns look: width, style, hidden, folded away behind an outline group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sheetcrm.xlsx.frame import ORDER
from sheetcrm.xlsx.markup import Markup, Node

_DEFAULT_HEIGHT = b'defaultRowHeight="15"'  # which the schema requires of the element that says how deep the outline is


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """How a column is to look. `width` in characters (None: as it is); `level` of its outline group, 0 for none.

    `collapsed`: it bears the + of the folded group on its left.
    """

    width: float | None
    hidden: bool = False
    level: int = 0
    collapsed: bool = False
    style: int | None = None


@dataclass(frozen=True, slots=True)
class _Span:
    first: int
    last: int
    node: Node


def set_looks(markup: Markup, looks: Mapping[int, ColumnLook]) -> None:
    """Give columns their looks. A `col` that covers one of them and others too is cut: what it says of the others stays."""
    p = markup.root.prefix.encode()
    cols = markup.root.find("cols")
    spans = [_Span(n.number("min"), n.number("max"), n) for n in (cols.children if cols is not None else ())]
    lines = [(column, _line(p, column, look, _said(spans, column))) for column, look in looks.items()]
    for span in spans:
        lines += [(first, _piece(markup, span, first, last)) for first, last in _rest(span, looks)]
    inner = b"".join(xml for _, xml in sorted(lines))
    if cols is None or not cols.children:
        xml = b"<%bcols>%b</%bcols>" % (p, inner, p)
        if cols is None:
            markup.insert_in_order(markup.root, xml, "cols", ORDER)
        else:
            markup.splice(cols.start, cols.end, xml)
    else:
        markup.fill(cols, inner)
    _show_outline(markup, max(look.level for look in looks.values()))


def _rest(span: _Span, looks: Mapping[int, ColumnLook]) -> list[tuple[int, int]]:
    """Return the stretches of a span that none of the new looks covers."""
    found, first = list[tuple[int, int]](), span.first
    for column in sorted(c for c in looks if span.first <= c <= span.last):
        if first < column:
            found.append((first, column - 1))
        first = column + 1
    return [*found, (first, span.last)] if first <= span.last else found


def _piece(markup: Markup, span: _Span, first: int, last: int) -> bytes:
    """Return a span, or a stretch of it with all that it says."""
    if (first, last) == (span.first, span.last):
        return bytes(markup.data[span.node.start : span.node.end])
    p = markup.root.prefix.encode()
    said = {**span.node.attributes, "min": str(first), "max": str(last)}
    written = " ".join(f'{name}="{value}"' for name, value in said.items())  # numbers and booleans: nothing to escape
    return b"<%bcol %b/>" % (p, written.encode())


def _said(spans: Sequence[_Span], column: int) -> dict[str, str]:
    return next((span.node.attributes for span in spans if span.first <= column <= span.last), {})


def _line(p: bytes, column: int, look: ColumnLook, said: Mapping[str, str]) -> bytes:
    """Write a column's look; of one that keeps its width all stays that was `said` of it."""
    new = dict(said) if look.width is None else {}
    new |= {"min": str(column), "max": str(column)}
    if look.width is not None:
        new |= {"width": f"{look.width:g}", "customWidth": "1"}
    if look.style is not None:
        new["style"] = str(look.style)
    if look.hidden:
        new["hidden"] = "1"
    if look.level:
        new["outlineLevel"] = str(look.level)
    if look.collapsed:
        new["collapsed"] = "1"
    written = " ".join(f'{name}="{value}"' for name, value in new.items())
    return b"<%bcol %b/>" % (p, written.encode())


def _show_outline(markup: Markup, level: int) -> None:
    """Say how deep the outline is: else Excel leaves no room for its + signs."""
    node = markup.root.find("sheetFormatPr")
    if not level:
        return
    if node is None:
        p = markup.root.prefix.encode()
        xml = b'<%bsheetFormatPr %b outlineLevelCol="%d"/>' % (p, _DEFAULT_HEIGHT, level)
        markup.insert_in_order(markup.root, xml, "sheetFormatPr", ORDER)
    elif node.number("outlineLevelCol") < level:
        markup.set_attribute(node, "outlineLevelCol", str(level))
