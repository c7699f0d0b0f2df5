"""The style sheet: entries are appended at the ends of its lists, none is changed or renumbered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sheetcrm.xlsx.errors import Damaged, Unsupported
from sheetcrm.xlsx.markup import MAIN, Markup, escape

SHORT_DATE = 14
"""The built-in format that every Excel shows in its own country's order."""
DATE_AND_TIME = 22
TEXT = 49
MAX_FORMATS = 65_490

BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
    22: "m/d/yy h:mm", 27: "yyyy-mm-dd", 28: "yyyy-mm-dd", 29: "yyyy-mm-dd", 30: "m/d/yy", 31: "yyyy-mm-dd", 32: "h:mm", 33: "h:mm:ss",
    34: "h:mm", 35: "h:mm:ss", 36: "yyyy-mm-dd", 37: "#,##0;-#,##0", 38: "#,##0;[Red]-#,##0", 39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;[Red]-#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0", 48: "##0.0E+0", 49: "@",
    50: "yyyy-mm-dd", 51: "yyyy-mm-dd", 52: "yyyy-mm-dd", 53: "yyyy-mm-dd", 54: "yyyy-mm-dd", 55: "yyyy-mm-dd", 56: "yyyy-mm-dd",
    57: "yyyy-mm-dd", 58: "m-d",
}  # fmt: skip
"""Formats that stand in no file (ECMA-376 part 1, 18.8.30; 27 to 36 and 50 to 58 are dates in East Asian versions)."""

_ROOT_ORDER = (
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles", "colors", "extLst",
)  # fmt: skip
_FONT_ORDER = (
    "b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz", "color", "name", "family", "charset", "scheme",
)  # fmt: skip
_LONGEST_FORMAT = 255
_NO_DATE = re.compile(r"\"[^\"]*\"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|General|AM/PM|A/P", re.IGNORECASE)
_FIRST_OWN_FORMAT = 164

_EMPTY = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="{}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts><fills count="2">\
<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/>\
<right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>\
</cellStyleXfs><cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs><cellStyles count="1">\
<cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""


def _of_date(code: str) -> str:
    """Give what of a number format may show a date; none is longer than 255 characters."""
    return _NO_DATE.sub("", code.partition(";")[0][:_LONGEST_FORMAT])


def shows_date(code: str) -> bool:
    """Tell whether a number format shows a day or a time."""
    return bool(re.search(r"[dmyhs]", _of_date(code), re.IGNORECASE))


def shows_day(code: str) -> bool:
    """Tell whether a number format shows a day, and not only a time of it."""
    letters = set(_of_date(code).lower())
    return bool(letters & set("dy")) or ("m" in letters and not letters & set("hs"))


def shows_year(code: str) -> bool:
    """Tell whether a number format shows a year."""
    return "y" in _of_date(code).lower()


def number_formats(styles: bytes) -> list[str]:
    """Give the number format of each cell style (`s` of a cell is the index)."""
    return StyleSheet(styles).formats


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
        self._known: dict[tuple[object, ...], int] = {}

    @property
    def formats(self) -> list[str]:
        """The number format of each cell style."""
        ids = [Markup(entry).root.number("numFmtId") for entry in self._lists["cellXfs"]]
        return [self._codes.get(number, BUILT_IN.get(number, "General")) for number in ids]

    def format_of(self, style: int | None) -> str:
        """Give the number format of one cell style."""
        entries = self._lists["cellXfs"]
        if style is None or not 0 <= style < len(entries):
            style = 0
        number = Markup(entries[style]).root.number("numFmtId") if entries else 0
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
    ) -> int:
        """Give the index of a style: `base` (the default style) with what is named changed. Equal ones are used again.

        `number_format` is a code or the number of a built-in one; colours are RRGGBB; `border` colours a thin line below;
        `horizontal` is left, center or right.
        """
        key = (number_format, fill, bold, font_color, wrap, border, horizontal, base)
        if key not in self._known:
            self._known[key] = self._make(number_format, fill, bold, font_color, wrap, border, horizontal, base)
        return self._known[key]

    def _make(
        self,
        number_format: str | int | None,
        fill: str | None,
        bold: bool | None,
        font_color: str | None,
        wrap: bool | None,
        border: str | None,
        horizontal: str | None,
        base: int | None,
    ) -> int:
        p = self._prefix
        entries = self._lists["cellXfs"]
        start = entries[base] if base is not None and 0 <= base < len(entries) else entries[0] if entries else b""
        start = start or b'<%bxf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' % p
        new: dict[str, int] = {}
        root = Markup(start).root
        if number_format is not None:
            new["numFmtId"] = number_format if isinstance(number_format, int) else self._format_id(number_format)
        if bold is not None or font_color is not None:
            new["fontId"] = self._font(root.number("fontId"), bold=bold, color=font_color)
        if fill is not None:
            pattern = b'<%bfill><%bpatternFill patternType="solid">%b<%bbgColor indexed="64"/></%bpatternFill></%bfill>'
            new["fillId"] = self._index("fills", pattern % (p, p, self._color(b"fgColor", fill), p, p, p))
        if border is not None:
            line = b'<%bbottom style="thin">%b</%bbottom>' % (p, self._color(b"color", border), p)
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
        alignment = {"horizontal": horizontal, "wrapText": None if wrap is None else str(int(wrap))}
        self._align(markup, {name: value for name, value in alignment.items() if value is not None})
        if len(entries) >= MAX_FORMATS:
            raise Unsupported("the workbook has as many cell styles as Excel can hold", "styles")
        return self._index("cellXfs", bytes(markup))

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

    def _font(self, base: int, *, bold: bool | None, color: str | None) -> int:
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
        return self._index("fonts", _in_order(start, _FONT_ORDER))

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
        entries = self._lists[name]
        shape = _shape(xml)
        found = next(
            (at for at, entry in enumerate(entries) if len(entry) < 2 * len(xml) + 50 and _shape(entry) == shape), None
        )
        if found is not None:
            return found
        entries.append(xml)
        return len(entries) - 1

    def _color(self, name: bytes, rgb: str) -> bytes:
        return b'<%b%b rgb="FF%b"/>' % (self._prefix, name, rgb.upper().encode())

    @staticmethod
    def _number_format(entry: bytes) -> tuple[int, str]:
        node = Markup(entry).root
        return node.number("numFmtId"), node.get("formatCode")


def _in_order(xml: bytes, order: Sequence[str]) -> bytes:
    """Give an entry with its children in the schema's order: a font made from one that somebody wrote otherwise has it right."""
    markup = Markup(xml)
    children = markup.root.children
    if all(child.local in order for child in children):
        ranked = sorted(children, key=lambda child: order.index(child.local))
        for place, child in zip(children, ranked, strict=True):
            if place is not child:
                markup.splice(place.start, place.end, xml[child.start : child.end])
    return bytes(markup)


def _shape(xml: bytes) -> tuple[object, ...]:
    """Give what two entries must share to be equal: names, attributes in any order, children."""
    return tuple(
        (node.local, frozenset(node.attributes.items()), len(node.children)) for node in Markup(xml).root.walk()
    )
