"""One version of a workbook, as far as it is compared with another: rows of cells that mean the same whatever program wrote them.

A program that saves a workbook renumbers its texts and styles, writes cells in another way, leaves out what follows from something else.
So a cell is compared by what it holds and how that is shown, not by its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import NamedTuple

from sheetcrm.xlsx.background import work_ahead
from sheetcrm.xlsx.cells import CellValue, Writer, read_content
from sheetcrm.xlsx.document import Document, Sheet
from sheetcrm.xlsx.errors import Damaged, Hostile
from sheetcrm.xlsx.markup import Markup, Node, attributes
from sheetcrm.xlsx.number_codes import BUILT_IN, shows_date, shows_day
from sheetcrm.xlsx.package import Package
from sheetcrm.xlsx.preflight import Limits
from sheetcrm.xlsx.reading import SharedStrings, iter_rows
from sheetcrm.xlsx.refs import letters
from sheetcrm.xlsx.rows import RowPatcher
from sheetcrm.xlsx.sameness import number_key, same_number, shown_code

_CELL = re.compile(rb"<c r=\"([A-Z]+)\d+\"([^<>]*?(?:/>|>.*?</c>))", re.DOTALL)
_EMPTY_CELL = re.compile(rb"<c r=\"([A-Z]+)\d+\"([^<>]*?/>)")
_NUMBER = re.compile(rb"(?: s=\"(\d{1,9})\")?(?: t=\"n\")?><v>(-?\d{1,18}(?:\.\d{1,18})?)</v></c>")
_KNOWN_AT_ONCE = 250_000  # cells that never repeat must not fill the memory
_DAY_1904 = 1462
_LAST_DAY = 2_958_466  # the day after 31 December 9999
_GENERAL = "General"


class Seen(NamedTuple):
    """What a cell holds. `kind`: empty, n, text, b, e, d, formula; `shape` of a number: date, time, moment, percent or nothing.

    `look` is the same number for the same look (font, fill, border, number format) in both versions that are compared.
    """

    kind: str
    value: str | float | None
    shape: str = ""
    look: int = 0

    def means(self, other: Seen) -> bool:
        """Tell whether two cells show the same. A formula that Excel keeps at its neighbour (a shared one) may be any."""
        if self[:3] == other[:3]:
            return True
        if isinstance(self.value, float) and isinstance(other.value, float):
            return (self.kind, self.shape) == (other.kind, other.shape) and same_number(self.value, other.value)
        return self.kind == other.kind == "formula" and "" in (self.value, other.value)

    @property
    def key(self) -> tuple[str, str | float | None]:
        """What the cell holds, to look others up by it."""
        return self.kind, number_key(self.value) if isinstance(self.value, float) else self.value


EMPTY = Seen("empty", None)
Cells = Mapping[bytes, Seen]
"""Cells by the letters of their column."""


class Looks:
    """Numbers for looks, shared by the versions that are compared."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {None: 0}

    def number(self, look: Hashable) -> int:
        """Give the number of a look; the first one asked for after the plain one is 1."""
        return self._numbers.setdefault(look, len(self._numbers))


class Side:
    """One of the two versions. Raises what `Package` and `Document` raise."""

    def __init__(self, data: bytes | memoryview | Package, looks: Looks) -> None:
        self.package = data if isinstance(data, Package) else Package(data)
        self.document = Document(self.package)
        self._looks = looks
        self._shared = SharedStrings(self.read_strings)
        self._known = _Known(self)

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """The sheets in their order."""
        return self.document.sheets

    @cached_property
    def strings_part(self) -> str | None:
        """The part of shared strings."""
        return self.document.part_by_kind("sharedStrings")

    def read_strings(self) -> bytes:
        """Give the shared strings' bytes."""
        return b"".join(self._pieces(self.strings_part)) if self.strings_part else b""

    @cached_property
    def styles(self) -> list[tuple[str, int]]:
        """The shape of numbers and the look of each cell style; those of cells without one come first."""
        part = self.document.part_by_kind("styles")
        return _styles(Markup(self.package.read(part), part), self._looks) if part else []

    def rows(self, part: str) -> Iterator[tuple[int, bytes]]:
        """Give the rows of a sheet: number and bytes."""
        return iter_rows(self.chunks(part))

    def chunks(self, part: str) -> Iterator[bytes]:
        """Give a sheet's bytes, without what some programs write and others leave out: more rows are the same bytes then."""
        return work_ahead(piece.replace(b' t="n"><v>', b"><v>") for piece in self._pieces(part))

    def cells(self, row: bytes) -> Cells:
        """Give a row's cells."""
        found = self.cells_from(row, 0)
        if found is None:
            return {name: self._known[raw] for name, raw in self._odd_cells(row)}
        return found

    def cells_from(self, row: bytes, start: int) -> Cells | None:
        """Give those from a place in a row's bytes on; None where they are not written in the usual way."""
        known = self._known
        close = row.rfind(b"</c>") + len(
            b"</c>"
        )  # behind it none is closed: to look for that from each would take long
        found = _CELL.findall(row, start, close) + _EMPTY_CELL.findall(row, max(start, close))
        if len(found) != row.count(b"<c", start) or b"<!" in row or not row.startswith(b"<row"):
            return None
        return {name: known[raw] for name, raw in found}

    def seen(self, raw: bytes) -> Seen:
        """Read what stands behind a cell's name: its other attributes and all that is in it."""
        plain = _NUMBER.fullmatch(raw)
        if plain:
            shape, look = self._style(int(plain[1] or 0))
            return Seen("n", float(plain[2]), shape, look)
        tag, _, inner = raw.partition(b">")
        found = attributes(tag)
        shape, look = self._style(int(found["s"]) if found.get("s", "").isdecimal() else 0)
        try:
            content = read_content(found.get("t", "n"), inner, self._shared)
        except ValueError:  # no number where one should be: it is what it is
            return Seen("text", inner.decode(errors="replace"), "", look)
        return Seen(content.kind, content.value, shape if content.kind == "n" else "", look)

    def _style(self, style: int) -> tuple[str, int]:
        return self.styles[style] if style < len(self.styles) else ("", 0)

    def value(self, cell: Seen) -> CellValue:
        """Give a cell's value as Excel shows it: a day as a date; a formula as its text behind `=`."""
        if cell.kind == "formula":
            return f"={cell.value}" if cell.value else "="
        if cell.kind == "b":
            return bool(cell.value)
        if isinstance(cell.value, float) and cell.shape in _AS_DAYS:
            return _moment(cell.value, cell.shape, date1904=self.document.date1904)
        return cell.value

    def _odd_cells(self, row: bytes) -> Iterator[tuple[bytes, bytes]]:
        prefix = row[1 : row.index(b"row")].decode()
        tag = prefix.encode() + b"c"
        unclosed = re.compile(rb"<" + re.escape(tag) + rb"(?=[\s>])[^<>]*(?<!/)>")
        if b"<!" not in row and unclosed.search(row, row.rfind(b"</" + tag) + 1):
            raise Damaged(
                "a sheet has a cell that does not end", "malformed"
            )  # to look for the end of each would take long
        patcher = RowPatcher(Writer(prefix), shared=self._shared, fitting_style=lambda style, _: style)
        return ((letters(place.column).encode(), place.raw + b">" + place.inner) for place in patcher.places(row))

    def _pieces(self, part: str) -> Iterator[bytes]:
        """Give a part's bytes for as long as there are no more than it says, and it is no bomb. Raises Hostile."""
        entry, limits, size = self.package.entry(part), Limits(), 0
        bomb = entry.size > limits.other_part and entry.size > limits.ratio * entry.compressed
        if entry.size > limits.entry_size or bomb:
            raise Hostile(f"{part} unpacks to {entry.size // 1_000_000:,} MB", "size")
        for piece in self.package.open(part):
            size += len(piece)
            if size > entry.size:
                raise Hostile(f"{part} is larger than it says", "size")
            yield piece


class _Known(dict[bytes, Seen]):
    """Cells by what stands behind their names: equal ones are read once."""

    def __init__(self, side: Side) -> None:
        super().__init__()
        self._side = side

    def __missing__(self, raw: bytes) -> Seen:
        if len(self) > _KNOWN_AT_ONCE:
            self.clear()
        found = self[raw] = self._side.seen(raw)
        return found


_AS_DAYS = frozenset({"date", "time", "moment"})


def _moment(serial: float, shape: str, *, date1904: bool) -> CellValue:
    """Give the day or time of a serial; the number itself where the calendar has none."""
    days = serial + (_DAY_1904 if date1904 else 0)
    if not 0 <= days < _LAST_DAY:
        return serial
    whole, seconds = divmod(round(days * 86400), 86400)
    clock = (datetime.min + timedelta(seconds=seconds)).time()  # noqa: DTZ901 - Excel's times have no zone
    if shape == "time" and whole == 0:
        return clock
    if whole < 1:
        return serial
    day = date(1899, 12, 30 if whole > 60 else 31) + timedelta(days=whole)  # noqa: PLR2004 - Excel's 29 February 1900
    return day if shape == "date" and clock == time() else datetime.combine(day, clock)


def _styles(markup: Markup, looks: Looks) -> list[tuple[str, int]]:
    """Read the cell styles. What a style has in common with the default one is no look: programs write that in many ways."""
    root = markup.root
    codes = {node.get("numFmtId"): node.get("formatCode") for node in _entries(root, "numFmts")}
    fonts, fills, borders = ([read(n) for n in _entries(root, name)] for name, read in _LISTS.items())
    styles: list[tuple[str, int]] = []
    plain: list[Hashable] = []
    for node in _entries(root, "cellXfs"):
        number = node.get("numFmtId", "0")
        code = codes.get(number, BUILT_IN.get(int(number) if number.isdecimal() else 0, _GENERAL))
        parts: list[Hashable] = [shown_code(code)]
        parts += [_at(fonts, node, "fontId"), _at(fills, node, "fillId"), _at(borders, node, "borderId")]
        parts += [_aligned(node.find("alignment"))]
        plain = plain or parts
        own = tuple(None if part == usual else part for part, usual in zip(parts, plain, strict=True))
        styles.append((_shape_of_numbers(code), looks.number(own if any(own) else None)))
    return styles


def _entries(root: Node, name: str) -> list[Node]:
    node = root.find(name)
    return [] if node is None else node.children


def _at(shapes: list[Hashable], node: Node, attribute: str) -> Hashable:
    index = node.get(attribute, "0")
    return shapes[int(index)] if index.isdecimal() and int(index) < len(shapes) else None


def _font(node: Node) -> Hashable:
    """Give what one sees of a font; programs add and leave out much that nobody sees."""
    seen = {child.local: child for child in node.children}
    on = frozenset(name for name in ("b", "i", "strike") if name in seen and seen[name].get("val", "1") not in _OFF)
    under = seen["u"].get("val", "single") if "u" in seen else "none"
    size, name = (seen[each].get("val") if each in seen else "" for each in ("sz", "name"))
    return on, under, size.removesuffix(".0"), name, _colour(seen.get("color"))


def _fill(node: Node) -> Hashable:
    pattern = node.find("patternFill")
    if pattern is None:
        return tuple(frozenset(each.attributes.items()) for each in node.walk())  # a gradient
    kind = pattern.get("patternType", "none")
    return None if kind == "none" else (kind, _colour(pattern.find("fgColor")))


def _border(node: Node) -> Hashable:
    return frozenset((side.local, side.get("style")) for side in node.children if side.get("style", "none") != "none")


def _aligned(node: Node | None) -> Hashable:
    if node is None:
        return None
    across = node.get("horizontal", "general")
    wrapped = node.get("wrapText", "0") not in _OFF
    return (across, wrapped) if across != "general" or wrapped else None


def _colour(node: Node | None) -> Hashable:
    if node is None or node.get("auto") == "1":
        return None
    return node.get("rgb").upper()[-6:], node.get("theme"), node.get("indexed")


_OFF = frozenset({"0", "false", "off"})
_LISTS = {"fonts": _font, "fills": _fill, "borders": _border}


def _shape_of_numbers(code: str) -> str:
    if not shows_date(code):
        return "percent" if "%" in code else ""
    if not shows_day(code):
        return "time"
    return "moment" if re.search(r"[hs]", re.sub(r"\"[^\"]*\"|\[[^\]]*\]", "", code[:255]), re.IGNORECASE) else "date"
