"""Single entries of a style sheet, as bytes: when two of them are equal, and what one looks like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from sheetcrm.xlsx.markup import Markup

_SAID = re.compile(rb"([^\s=\"'<>/]+)\s*=\s*[\"']([^\"']*)[\"']")
_UNLIKE = ("quotePrefix", "pivotButton")
_UNDER_AND_THROUGH = frozenset({"u", "strike"})


class Decoration(NamedTuple):
    """What of a cell's style is to be seen: other letters than the workbook's own, which fill, which lines around it; 0 for none."""

    letters: bool
    fill: int
    lines: int

    @property
    def shown(self) -> bool:
        """Whether it is to be seen in an empty cell."""
        return bool(self.fill or self.lines)


def is_fill(entry: bytes) -> bool:
    """Tell whether an entry of `fills` colours a cell."""
    node = next(iter(Markup(entry).root.children), None)
    return node is not None and (node.local != "patternFill" or node.get("patternType", "none") != "none")


def has_lines(entry: bytes) -> bool:
    """Tell whether an entry of `borders` draws a line."""
    return any(side.get("style", "none") != "none" for side in Markup(entry).root.children)


def beside_it(hers: bytes, ours: bytes) -> bytes:
    """Give the cell style `hers` without marks that belong to what its cells hold, and with the alignment of `ours`."""
    markup, own = Markup(hers), Markup(ours).root.find("alignment")
    root, alignment = markup.root, markup.root.find("alignment")
    if alignment is not None:
        markup.remove(alignment)
    tag = hers[root.start : root.opened]
    bare = re.sub(rb"\s(?:%b)\s*=\s*(?:\"[^\"]*\"|'[^']*')" % "|".join(_UNLIKE).encode(), b"", tag)
    if bare != tag:
        markup.splice(root.start, root.opened, bare)
    if own is None:
        return bytes(markup)
    markup = Markup(bytes(markup))
    markup.set_attribute(markup.root, "applyAlignment", "1")
    markup.insert_in_order(markup.root, ours[own.start : own.end], "alignment", ("alignment", "protection", "extLst"))
    return bytes(markup)


def unstruck(xml: bytes) -> bytes:
    """Give a font without lines under and through its letters."""
    markup = Markup(xml)
    for node in markup.root.children:
        if node.local in _UNDER_AND_THROUGH:
            markup.remove(node)
    return bytes(markup)


def in_order(xml: bytes, order: Sequence[str]) -> bytes:
    """Give an entry with its children in the schema's order: a font made from one that somebody wrote otherwise has it right."""
    markup = Markup(xml)
    children = markup.root.children
    if all(child.local in order for child in children):
        ranked = sorted(children, key=lambda child: order.index(child.local))
        for place, child in zip(children, ranked, strict=True):
            if place is not child:
                markup.splice(place.start, place.end, xml[child.start : child.end])
    return bytes(markup)


def said_in(xml: bytes) -> tuple[object, ...]:
    """Give what equal entries have in common at least, and few others: their attributes, wherever they stand."""
    return tuple(sorted(_SAID.findall(xml)))


def shape_of(xml: bytes) -> tuple[object, ...]:
    """Give what two entries must share to be equal: names, attributes in any order, children."""
    return tuple(
        (node.local, frozenset(node.attributes.items()), len(node.children)) for node in Markup(xml).root.walk()
    )
