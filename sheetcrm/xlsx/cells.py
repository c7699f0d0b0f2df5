"""One cell: a value as XML, and XML as a value.

Texts are written inline: the shared strings keep their bytes, and Excel converts them at its next save. What stands in a text never
becomes a formula: only `Formula` does.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.markup import unescape

MAX_TEXT = 32_767
"""UTF-16 units a cell can hold."""
_NEEDS_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SPACE = re.compile(r"^\s|\s$|\s\s|[\n\t]")
_CARE = re.compile(r"[&<>]|_x|  |^ | $", re.MULTILINE)
_BATCH = 1000
_DAY_1904 = 1462
_LARGEST = int(sys.float_info.max)
_FORMULA = re.compile(rb"<(?:[^\s/>!?:<]+:)?f((?:\s[^<>]*?)?)(?:/>|>([^<]*)<)")
_SHAPE = re.compile(rb"\st\s*=\s*[\"'](\w+)[\"']")
_VALUE = re.compile(rb"<(?:[^\s/>!?:<]+:)?v(?:\s[^<>]*)?>([^<]*)<")
_TEXT = re.compile(rb"<(?:[^\s/>!?:<]+:)?t(?:\s[^<>]*)?(?<!/)>([^<]*)<")
_PHONETIC = re.compile(
    rb"<(?:[^\s/>!?:<]+:)?rPh\b[^<]*(?:<(?!/?(?:[^\s/>!?:<]+:)?rPh\b)[^<]*)*</(?:[^\s/>!?:<]+:)?rPh>"
)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula (without `=`) and the result to show until Excel computes it. Only a program's own words belong here."""

    text: str
    result: str | float | None = None


CellValue = str | int | float | bool | date | datetime | time | Formula | None


def escape_text(text: str) -> str:
    """Write control characters as `_xHHHH_` and a literal `_x0041_` as `_x005F_x0041_` (MS-OI29500 2.1.1747); markup stays."""
    if text.isprintable() and "_x" not in text:
        return text
    return _NEEDS_ESCAPE.sub(lambda m: "_x005F_" if m[0] == "_" else f"_x{ord(m[0]):04X}_", text)


def fitting(value: CellValue) -> CellValue:
    """Give a value, a text that is longer than a cell can hold cut short, which is to be seen at its end."""
    if not isinstance(value, str) or len(value) <= MAX_TEXT // 2:
        return value
    units = value.encode("utf-16-le", "surrogatepass")
    if len(units) // 2 <= MAX_TEXT:
        return value
    return units[: 2 * (MAX_TEXT - 1)].decode("utf-16-le", "ignore") + "…"


def unescape_text(text: str) -> str:
    """Resolve `_xHHHH_`."""
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text) if "_x" in text else text


def _text_xml(text: str) -> bytes:
    return escape_text(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()


def serial(value: date | datetime | time, *, date1904: bool = False) -> float:
    """Give the number Excel stores for a day or moment.

    Raises ValueError for a day before the calendar's first. Below 61 the 1900 calendar counts a 29 February that never was.
    """
    if isinstance(value, time):
        return (value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6) / 86400
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001 - Excel's days have no zone
    if moment.tzinfo is not None:
        moment = moment.replace(tzinfo=None)
    days = (moment - datetime(1899, 12, 31)) / timedelta(days=1)  # noqa: DTZ001 - see above
    if date1904:
        days -= _DAY_1904 - 1
    elif days >= 60:  # noqa: PLR2004 - the serial of Excel's 29 February 1900
        days += 1
    if days < (0 if date1904 else 1):
        raise ValueError(f"{value} lies before the first day a workbook can hold")
    return days


def number_text(value: float) -> str:
    """Write a number as Excel does: the shortest text that gives the same number.

    Raises ValueError for inf, nan and a whole number that is larger than any a cell holds.
    """
    if isinstance(value, int):
        if abs(value) > _LARGEST:
            raise ValueError("a cell cannot hold so large a number")
        return str(value)
    if value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004 - the digits Excel keeps
        return str(int(value))
    if not math.isfinite(value):
        raise ValueError(f"a cell cannot hold {value}")
    return float.__repr__(value)


class Writer:
    """Makes the XML of cells, each distinct value once."""

    def __init__(self, prefix: str = "", *, date1904: bool = False) -> None:
        self.prefix = prefix.encode()
        self.date1904 = date1904
        self._cache: dict[tuple[type, Any, int | None], bytes] = {}

    def tail(self, value: CellValue, style: int | None) -> bytes:
        """Give a cell's XML from behind its reference on: `" s="5"><v>1</v></c>`.

        Raises Unsupported for what a cell cannot hold.
        """
        key = (type(value), value, style)
        found = self._cache.get(key)
        if found is None:
            found = self._cache[key] = self._make(value, style)
            if len(self._cache) > 500_000:  # noqa: PLR2004 - texts that never repeat must not fill the memory
                self._cache.clear()
        return found

    def text_tails(self, texts: Sequence[str], style: int | None) -> list[bytes]:
        """Give the same for many texts that are not empty: a thousand at once where none of them needs any care."""
        made: list[bytes] = []
        sample = self.tail("x", style)
        at = sample.index(b">x<") + 1
        opening, closing = sample[:at].decode(), sample[at + 1 :].decode()
        between = f"{closing}\n{opening}"
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            if _are_plain(batch):
                made += f"{opening}{between.join(batch)}{closing}".encode().split(b"\n")
            else:
                made += [self.tail(text, style) for text in batch]
        return made

    def cell(self, ref: bytes, value: CellValue, style: int | None) -> bytes:
        """Give a whole cell."""
        return b"<" + self.prefix + b'c r="' + ref + self.tail(value, style)

    def _make(self, value: CellValue, style: int | None) -> bytes:
        s = b"" if style is None else b' s="%d"' % style
        kind, content = self._content(value)
        if not content:
            return b'"' + s + b"/>"
        t = b"" if not kind else b' t="' + kind + b'"'
        return b'"' + s + t + b">" + content + b"</" + self.prefix + b"c>"

    def _content(self, value: CellValue) -> tuple[bytes, bytes]:
        p = self.prefix
        if value is None or value == "":
            return b"", b""
        if isinstance(value, bool):
            return b"b", self._v(b"1" if value else b"0")
        if isinstance(value, str):
            xml = _checked_text(value)
            space = b' xml:space="preserve"' if _SPACE.search(value) else b""
            return b"inlineStr", b"<%bis><%bt%b>%b</%bt></%bis>" % (p, p, space, xml, p, p)
        if isinstance(value, Formula):
            kind = b"str" if isinstance(value.result, str) else b""
            result = _checked_text(value.result) if isinstance(value.result, str) else self._number(value.result)
            return kind, b"<%bf>%b</%bf>%b" % (p, _text_xml(value.text), p, self._v(result) if result else b"")
        return b"", self._v(self._number(value))

    def _number(self, value: float | date | time | None) -> bytes:
        return b"" if value is None else _checked_number(value, date1904=self.date1904).encode()

    def _v(self, content: bytes) -> bytes:
        return b"<" + self.prefix + b"v>" + content + b"</" + self.prefix + b"v>"


def _are_plain(texts: Sequence[str]) -> bool:
    """Tell whether texts stand in XML as they are: nothing to escape, no blanks to be kept, none too long."""
    joined = "\n".join(texts)
    if joined.count("\n") != len(texts) - 1 or not joined.replace("\n", "").isprintable() or _CARE.search(joined):
        return False
    return max(map(len, texts)) <= MAX_TEXT // 2


def _checked_text(text: str) -> bytes:
    if any("\ud800" <= c <= "\udfff" or c in "\ufffe\uffff" for c in text) if not text.isascii() else False:
        raise Unsupported("a text has a character that no file can hold (half of a pair)", "value")
    if len(text) > MAX_TEXT // 2 and len(text.encode("utf-16-le")) // 2 > MAX_TEXT:
        raise Unsupported(f"a text is longer than the {MAX_TEXT:,} characters a cell can hold", "value")
    return _text_xml(text)


def _checked_number(value: float | date | time, *, date1904: bool) -> str:
    try:
        return number_text(serial(value, date1904=date1904) if isinstance(value, date | time) else value)
    except (ValueError, AttributeError, TypeError) as error:
        shown = "so large a number" if isinstance(value, int) else repr(value)
        raise Unsupported(f"a cell cannot hold {shown}", "value") from error


def meant(value: CellValue, *, date1904: bool = False) -> tuple[str, str | float | None]:
    """Give a value in the form in which `read` gives back what it wrote: (kind, content).

    Raises Unsupported for a day or a whole number that a cell cannot hold.
    """
    if value is None or value == "":
        return "empty", None
    if isinstance(value, bool):
        return "b", float(value)
    if isinstance(value, str):
        return "text", value
    if isinstance(value, Formula):
        return "formula", value.text
    if isinstance(value, date | time) or abs(value) > _LARGEST:
        return "n", float(_checked_number(value, date1904=date1904))
    return "n", float(value)


@dataclass(frozen=True, slots=True)
class Content:
    """What a cell holds. `kind`: empty, n, text, b, e, d, formula. `shape` is a formula's t: normal, shared, array, dataTable."""

    kind: str
    value: str | float | None
    shape: str = ""


def text_of_runs(inner: bytes) -> str:
    """Read what a shared or inline string says, its runs joined, without how it is pronounced."""
    bare = _PHONETIC.sub(b"", inner) if b"rPh" in inner else inner
    return unescape_text(unescape(b"".join(_TEXT.findall(bare))))


def read_content(kind: str, inner: bytes, shared: Callable[[int], str]) -> Content:
    """Read a cell by its `t` and what stands inside it. `shared` resolves shared strings. Prefixes do not matter."""
    formula = _FORMULA.search(inner)
    if formula:
        shape = _SHAPE.search(formula[1])
        return Content("formula", unescape(formula[2] or b""), shape[1].decode() if shape else "normal")
    if kind == "inlineStr":
        inline = text_of_runs(inner)
        return Content("text", inline) if inline else Content("empty", None)
    found = _VALUE.search(inner)
    if not found or not found[1]:
        return Content("empty", None)
    text_value = unescape(found[1])
    if kind in {"e", "d"}:
        return Content(kind, text_value)
    try:
        text = shared(int(text_value)) if kind == "s" else unescape_text(text_value)
        if kind not in {"s", "str"}:
            return Content("b" if kind == "b" else "n", float(text_value))
    except ValueError:  # no number where one should be: it is what it is
        text = text_value
    return Content("text", text) if text else Content("empty", None)
