"""The style sheet: entries are appended at the ends of its lists, none is changed or renumbered."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from sheetcrm.xlsx.borrowing import Lender
from sheetcrm.xlsx.errors import Damaged
from sheetcrm.xlsx.markup import MAIN, Markup, escape
from sheetcrm.xlsx.number_codes import BUILT_IN
from sheetcrm.xlsx.style_entries import Decoration, beside_it, has_lines, in_order, is_fill, said_in, shape_of, unstruck

MAX_FORMATS = 65_490
"""Cell styles that Excel can hold."""

_ROOT_ORDER = (
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles", "colors", "extLst",
)  # fmt: skip
_FONT_ORDER = (
    "b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz", "color", "name", "family", "charset", "scheme",
)  # fmt: skip
_FIRST_OWN_FORMAT = 164

_EMPTY = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="{}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts><fills count="2">\
<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/>\
<right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>\
</cellStyleXfs><cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs><cellStyles count="1">\
<cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""


_MOST_LOOKED_AT = 2000


def number_formats(styles: bytes) -> list[str]:
    """Give the number format of each cell style (`s` of a cell is the index)."""
    return StyleSheet(styles).formats


class _Wanted(NamedTuple):
    """A style as it is asked for (see `StyleSheet.add`)."""

    number_format: str | int | None
    fill: str | None
    bold: bool | None
    font_color: str | None
    wrap: bool | None
    border: str | None
    horizontal: str | None
    base: int | None
    beside: int | None


class StyleSheet:
    """A style sheet that grows. Without bytes a minimal one is begun."""

    def __init__(self, data: bytes | None, part: str = "styles.xml", namespace: str = MAIN) -> None:
        self._markup = Markup(data if data is not None else _EMPTY.format(namespace).encode(), part)
        self.is_new = data is None
        self._prefix = self._markup.root.prefix.encode()
        self._lists: dict[str, list[bytes]] = {}
        self._before: dict[str, int] = {}
        for name in ("numFmts", "fonts", "fills", "borders", "cellXfs", "dxfs"):
            node = self._markup.root.find(name)
            children = [] if node is None else node.children
            if name == "cellXfs" and any(child.local != "xf" for child in children):
                raise Damaged(
                    f"{part} has something else among its cell styles, so that they cannot be counted", "styles"
                )
            entries = [self._markup.data[child.start : child.end] for child in children]
            self._lists[name], self._before[name] = entries, len(entries)
        self._codes = dict(map(self._number_format, self._lists["numFmts"]))
        self._known: dict[_Wanted, int] = {}
        self._places: dict[str, dict[tuple[object, ...], list[int]]] = {}
        self._decorations: dict[int | None, Decoration] = {}
        self.borrowed = False
        """Whether a style was asked for that a full style sheet had no room for."""

    @property
    def formats(self) -> list[str]:
        """The number format of each cell style."""
        return [self._code(Markup(entry).root.number("numFmtId")) for entry in self._lists["cellXfs"]]

    def format_of(self, style: int | None) -> str:
        """Give the number format of one cell style."""
        entries = self._lists["cellXfs"]
        if style is None or not 0 <= style < len(entries):
            style = 0
        return self._code(Markup(entries[style]).root.number("numFmtId") if entries else 0)

    def decoration(self, style: int | None) -> Decoration:
        """Tell what of a cell style is to be seen beside what it holds."""
        if style not in self._decorations:
            first, root = (Markup(self._entry("cellXfs", at)).root for at in (0, style or 0))
            self._decorations[style] = Decoration(
                root.number("fontId") != first.number("fontId"),
                root.number("fillId") + 1 if is_fill(self._entry("fills", root.number("fillId"))) else 0,
                root.number("borderId") + 1 if has_lines(self._entry("borders", root.number("borderId"))) else 0,
            )
        return self._decorations[style]

    def decorated(self) -> frozenset[int] | None:
        """Tell which cell styles show anything beside what a cell holds; None where there are too many to look at each."""
        if self._before["cellXfs"] > _MOST_LOOKED_AT:
            return None
        return frozenset(style for style in range(self._before["cellXfs"]) if any(self.decoration(style)))

    def _entry(self, name: str, at: int) -> bytes:
        """Give an entry; an empty one for a place where there is none."""
        entries = self._lists[name]
        return entries[at] if 0 <= at < len(entries) else b"<none/>"

    def _code(self, number: int) -> str:
        return self._codes.get(number, BUILT_IN.get(number, "General"))

    @property
    def changed(self) -> bool:
        """Tell whether anything was added."""
        return any(len(entries) > self._before[name] for name, entries in self._lists.items())

    def content(self) -> bytes:
        """Give the style sheet's bytes with what was added."""
        markup = Markup(self._markup.data, self._markup.part)
        for name, entries in self._lists.items():
            new = b"".join(entries[self._before[name] :])
            if not new:
                continue
            node = markup.root.find(name)
            if node is None:
                xml = b'<%b%b count="%d">%b</%b%b>' % (
                    self._prefix,
                    name.encode(),
                    len(entries),
                    new,
                    self._prefix,
                    name.encode(),
                )
                markup.insert_in_order(markup.root, xml, name, _ROOT_ORDER)
                continue
            markup.append(node, new)
            if node.get("count"):
                markup.set_attribute(node, "count", str(len(entries)))
        return bytes(markup)

    def add(
        self,
        *,
        number_format: str | int | None = None,
        fill: str | None = None,
        bold: bool | None = None,
        font_color: str | None = None,
        wrap: bool | None = None,
        border: str | None = None,
        horizontal: str | None = None,
        base: int | None = None,
        beside: int | None = None,
    ) -> int:
        """Give the index of a style: `base` (the default style) with what is named changed. Equal ones are used again.

        `number_format` is a code or the number of a built-in one; colours are RRGGBB; `border` colours a thin line below;
        `horizontal` is left, center or right. `beside`: the style of a cell's own, where `base` is that of a cell
        beside it: it gets the lines, fill and letters of that, but for what underlines or strikes them, and stands in its cell as its own.

        Where the style sheet is full, the nearest style that it has: a date is shown as one, in the looks of `base`.
        """
        wanted = _Wanted(number_format, fill, bold, font_color, wrap, border, horizontal, base, beside)
        if wanted not in self._known:
            self._known[wanted] = self._make(wanted)
        return self._known[wanted]

    def _make(self, wanted: _Wanted) -> int:
        entries = self._lists["cellXfs"]
        lengths, codes = {name: len(known) for name, known in self._lists.items()}, dict(self._codes)
        at = self._index("cellXfs", self._built(wanted))
        if at < MAX_FORMATS or len(entries) == lengths["cellXfs"]:
            return at
        for name, length in lengths.items():  # nothing but this style asked for them
            for place, gone in enumerate(self._lists[name][length:], length):
                if name in self._places:
                    self._places[name][said_in(gone)].remove(place)
            del self._lists[name][length:]
        self._codes, self.borrowed = codes, True
        code = wanted.number_format
        code = self._code(code) if isinstance(code, int) else code
        return self._lender.nearest(code, self._base_of(wanted))

    def _base_of(self, wanted: _Wanted) -> int:
        at = wanted.base
        return at if at is not None and 0 <= at < len(self._lists["cellXfs"]) else 0

    @cached_property
    def _lender(self) -> Lender:
        return Lender(self._lists["cellXfs"], self._code)

    def _built(self, wanted: _Wanted) -> bytes:
        p = self._prefix
        plainest = b'<%bxf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' % p
        start = self._lists["cellXfs"][self._base_of(wanted)] if self._lists["cellXfs"] else plainest
        new: dict[str, int] = {}
        start = start if wanted.beside is None else beside_it(start, self._entry("cellXfs", wanted.beside))
        root = Markup(start).root
        if (code := wanted.number_format) is not None:
            new["numFmtId"] = code if isinstance(code, int) else self._format_id(code)
        if wanted.bold is not None or wanted.font_color is not None or wanted.beside is not None:
            plain = wanted.beside is not None
            new["fontId"] = self._font(root.number("fontId"), bold=wanted.bold, color=wanted.font_color, plain=plain)
        if wanted.fill is not None:
            pattern = b'<%bfill><%bpatternFill patternType="solid">%b<%bbgColor indexed="64"/></%bpatternFill></%bfill>'
            new["fillId"] = self._index("fills", pattern % (p, p, self._color(b"fgColor", wanted.fill), p, p, p))
        if wanted.border is not None:
            line = b'<%bbottom style="thin">%b</%bbottom>' % (p, self._color(b"color", wanted.border), p)
            xml = b"<%bborder><%bleft/><%bright/><%btop/>%b<%bdiagonal/></%bborder>" % (p, p, p, p, line, p, p)
            new["borderId"] = self._index("borders", xml)
        markup = Markup(start)
        applied = {
            "numFmtId": "applyNumberFormat",
            "fontId": "applyFont",
            "fillId": "applyFill",
            "borderId": "applyBorder",
        }
        for name, number in new.items():
            markup.set_attribute(markup.root, applied[name], "1")
            markup.set_attribute(markup.root, name, str(number))
        alignment = {
            "horizontal": wanted.horizontal,
            "wrapText": None if wanted.wrap is None else str(int(wanted.wrap)),
        }
        self._align(markup, {name: value for name, value in alignment.items() if value is not None})
        return bytes(markup)

    def _align(self, markup: Markup, wanted: Mapping[str, str]) -> None:
        if not wanted:
            return
        node = markup.root.find("alignment")
        if node is not None:
            for name, value in wanted.items():
                markup.set_attribute(node, name, value)
        else:
            values = b"".join(b' %b="%b"' % (name.encode(), value.encode()) for name, value in wanted.items())
            xml = b'<%balignment vertical="top"%b/>' % (self._prefix, values)
            markup.insert_in_order(markup.root, xml, "alignment", ("alignment", "protection", "extLst"))
        markup.set_attribute(markup.root, "applyAlignment", "1")

    def struck(self, font_color: str) -> int:
        """Give the place in `dxfs` of letters of a colour, struck through: what a rule of a conditional format may make of cells."""
        p = self._prefix
        xml = b"<%bdxf><%bfont><%bstrike/>%b</%bfont></%bdxf>" % (p, p, p, self._color(b"color", font_color), p, p)
        return self._index("dxfs", xml)

    def alarm(self, fill: str, font_color: str) -> int:
        """Give the place in `dxfs` of bold letters of a colour on a ground of another (RRGGBB): what a rule may make of cells."""
        p = self._prefix
        ground = b"<%bfill><%bpatternFill>%b</%bpatternFill></%bfill>" % (p, p, self._color(b"bgColor", fill), p, p)
        letters = b"<%bfont><%bb/>%b</%bfont>" % (p, p, self._color(b"color", font_color), p)
        return self._index("dxfs", b"<%bdxf>%b%b</%bdxf>" % (p, letters, ground, p))

    def _font(self, base: int, *, bold: bool | None, color: str | None, plain: bool = False) -> int:
        fonts = self._lists["fonts"]
        start = fonts[base] if 0 <= base < len(fonts) else b"<%bfont/>" % self._prefix
        for local, xml, wanted in (
            ("b", b"<%bb/>" % self._prefix, bold),
            ("color", self._color(b"color", color or ""), color is not None or None),
        ):
            if wanted is None:
                continue
            markup = Markup(start)
            old = markup.root.find(local)
            if old is not None:
                markup.remove(old)
            if wanted:
                markup.insert_in_order(markup.root, xml, local, _FONT_ORDER)
            start = bytes(markup)
        start = unstruck(start) if plain else start
        return self._index("fonts", in_order(start, _FONT_ORDER))

    def _format_id(self, code: str) -> int:
        for known in (self._codes, BUILT_IN):
            for number, text in known.items():
                if text == code and not 27 <= number <= 36 and not 50 <= number <= 58:  # noqa: PLR2004 - differ from country to country
                    return number
        number = max([_FIRST_OWN_FORMAT - 1, *self._codes]) + 1
        self._codes[number] = code
        self._lists["numFmts"].append(
            b'<%bnumFmt numFmtId="%d" formatCode="%b"/>' % (self._prefix, number, escape(code))
        )
        return number

    def _index(self, name: str, xml: bytes) -> int:
        entries, shape, said = self._lists[name], shape_of(xml), said_in(xml)
        if name not in self._places:  # to lay out each of sixty thousand entries for each style would take minutes
            self._places[name] = {}
            for at, entry in enumerate(entries):
                self._places[name].setdefault(said_in(entry), []).append(at)
        same = self._places[name].setdefault(said, [])
        found = next((at for at in same if shape_of(entries[at]) == shape), None)
        if found is not None:
            return found
        same.append(len(entries))
        entries.append(xml)
        return len(entries) - 1

    def _color(self, name: bytes, rgb: str) -> bytes:
        return b'<%b%b rgb="FF%b"/>' % (self._prefix, name, rgb.upper().encode())

    @staticmethod
    def _number_format(entry: bytes) -> tuple[int, str]:
        node = Markup(entry).root
        return node.number("numFmtId"), node.get("formatCode")
