"""Rows of a sheet read back as bytes: for what a patch needs to know first, and for the proof after it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from sheetcrm.xlsx.cells import Content, read_content, text_of_runs
from sheetcrm.xlsx.errors import Damaged
from sheetcrm.xlsx.markup import TOKEN, attributes, whole_number
from sheetcrm.xlsx.places import CellFinder
from sheetcrm.xlsx.refs import MAX_ROW, column_number, letters
from sheetcrm.xlsx.searching import count_tags

SHEET_DATA = re.compile(rb"<((?:[^\s/>!?:<]+:)?)sheetData(?:\s[^<>]*?)?(/?)>")
"""The start tag of a sheet's cells: the prefix with its colon, and a slash where there are none."""
_STRING = re.compile(
    rb"<(?:[^\s/>!?:<]+:)?si(?:\s[^<>]*)?(?:/>|>([^<]*(?:<(?!/?(?:[^\s/>!?:<]+:)?si[\s>/])[^<]*)*)</(?:[^\s/>!?:<]+:)?si\s*>)"
)


def iter_rows(chunks: Iterable[bytes], wanted: Collection[int] | None = None) -> Iterator[tuple[int, bytes]]:
    """Give the rows (number, bytes from start to end tag) of a sheet part, all or those wanted, in the file's order."""
    last = 0
    for stretch in _stretches(iter(chunks)):
        for number, row in stretch.rows(last):
            last = number
            if wanted is None or number in wanted:
                yield number, row


def to_the_cells(source: Iterator[bytes]) -> tuple[re.Match[bytes], bytes]:
    """Read up to where the cells begin; gives their start tag and what is there behind it. Raises Damaged."""
    buffer = b""
    while not (found := SHEET_DATA.search(buffer)):
        buffer = grown(buffer, source, "a sheet has no cells, not even an empty list of them")
    return found, buffer[found.end() :]


def grown(buffer: bytes, source: Iterator[bytes], broken: str) -> bytes:
    """Give a buffer with what comes next: as many bytes again at least, so that to search it anew costs no square.

    Raises Damaged, in the words `broken`, where nothing comes.
    """
    pieces, size = [buffer], 0
    for chunk in source:
        pieces.append(chunk)
        size += len(chunk)
        if size >= len(buffer):
            break
    if not size:
        raise Damaged(broken, "malformed")
    return b"".join(pieces)


class _Stretch(NamedTuple):
    """Whole rows of a sheet; `plain` where there are elements and text only."""

    data: bytes
    prefix: bytes
    plain: bool

    def rows(self, last: int) -> Iterator[tuple[int, bytes]]:
        """Give the rows with their numbers, where `last` is that of the row before them."""
        if not self.plain:
            yield from _slow_rows(self.data, self.prefix, last)
            return
        opening = b"<" + self.prefix + b"row"
        starts = [match.start() for match in re.finditer(re.escape(opening), self.data)]
        stops = [*starts[1:], len(self.data)][: len(starts)]  # nothing but blanks: no row
        for start, stop in zip(starts, stops, strict=True):
            last = _number(self.data, start + len(opening), last)
            yield last, self.data[start:stop]

    def last_usual(self) -> int:
        """Give the last row's number where all rows and cells are written as they usually are, each one named; 0 elsewhere."""
        row, cell = b"<" + self.prefix + b"row", b"<" + self.prefix + b"c"
        cells = self.data.count(cell) if self.prefix else count_tags(self.data, b"c")[0]
        named = cell + b' r="'
        if not self.plain or self.data.count(row) != self.data.count(row + b' r="') or cells != self.data.count(named):
            return 0
        start = self.data.rfind(row)
        return _number(self.data, start + len(row), 0) if start >= 0 else 0


def _stretches(source: Iterator[bytes]) -> Iterator[_Stretch]:
    """Give a sheet's rows, many at once. Raises Damaged."""
    found, buffer = to_the_cells(source)
    if found[2]:
        return
    prefix = found[1]
    opening, closing = b"<" + prefix + b"row", b"</" + prefix + b"sheetData"
    while True:
        if b"<!" in buffer or b"<?" in buffer:
            yield _Stretch(buffer + b"".join(source), prefix, plain=False)
            return
        end = buffer.find(closing)
        cut = end if end >= 0 else buffer.rfind(opening)
        if cut > 0:
            yield _Stretch(buffer[:cut], prefix, plain=True)
            buffer = buffer[cut:]
        if end >= 0:
            return
        buffer = grown(buffer, source, "a sheet breaks off in its cells")


def _number(buffer: bytes, at: int, last: int) -> int:
    if buffer.startswith(b' r="', at):
        return _row_number(buffer[at + 4 : buffer.find(b'"', at + 4)].decode("latin-1"))
    number = attributes(buffer[at : buffer.find(b">", at)]).get("r", "")
    return _row_number(number) if number else last + 1


def _row_number(text: str) -> int:
    number = whole_number(text, "row r")
    if not 0 < number <= MAX_ROW:
        raise Damaged(f"a sheet has a row with the number {number}", "reference")
    return number


def _slow_rows(buffer: bytes, prefix: bytes, last: int) -> Iterator[tuple[int, bytes]]:
    start = None
    for token in TOKEN.finditer(buffer):
        if token["name"] == prefix + b"sheetData":
            return
        if token["name"] != prefix + b"row":
            continue
        if not token["close"]:
            number = attributes(token["attributes"]).get("r", "")
            last = _row_number(number) if number else last + 1
            start = token.start()
        if (token["close"] or token["empty"]) and start is not None:
            yield last, buffer[start : token.end()]


def is_free(chunks: Iterable[bytes], columns: range, rows: range) -> bool:
    """Tell whether no cell of some columns and rows holds anything. Styled empty cells do not count."""
    return first_held(chunks, columns, rows) is None


def first_held(chunks: Iterable[bytes], columns: range, rows: range) -> tuple[int, int] | None:
    """Give (row, column) of the first cell of some columns and rows that holds anything."""
    names = b"|".join(letters(column).encode() for column in columns)
    cell = re.compile(rb"c r=\"\$?((?i:" + names + rb"))\$?(\d+)\"[^<>]*>(.{0,2})", re.DOTALL)
    last = 0
    for stretch in _stretches(iter(chunks)):
        if usual := stretch.last_usual():
            last = usual
            if found := _held(cell, stretch.data, rows):
                return found
            continue
        finder = CellFinder(stretch.prefix)
        for number, row in stretch.rows(last):
            last = number
            places = finder.all(row) if number in rows else ()
            if place := next((place for place in places if place.column in columns and place.inner), None):
                return number, place.column
    return None


def _held(cell: re.Pattern[bytes], data: bytes, rows: range) -> tuple[int, int] | None:
    for found in cell.finditer(data):
        closed = data[found.start(3) - 2 : found.start(3)] == b"/>" or found[3] == b"</"
        if not closed and int(found[2]) in rows:
            return int(found[2]), column_number(found[1].decode())
    return None


class SharedStrings:
    """The shared strings, read when the first one is asked for."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._read = read
        self._texts: list[bytes] | None = None

    def __call__(self, index: int) -> str:
        """Give a text by its index; empty where there is none."""
        if self._texts is None:
            self._texts = _STRING.findall(self._read())
        if not 0 <= index < len(self._texts):
            return ""
        return text_of_runs(self._texts[index])


def row_contents(row: bytes, prefix: bytes, shared: Callable[[int], str]) -> dict[int, tuple[Content, int | None]]:
    """Give a row's cells by column: content, and style where it has one."""
    found: dict[int, tuple[Content, int | None]] = {}
    column = 0
    for raw, inner, _, _ in _finder(prefix).extents(row):
        tag = attributes(raw)
        name = tag.get("r", "").rstrip("0123456789").replace("$", "")
        column = column_number(name) if name else column + 1
        style = int(tag["s"]) if tag.get("s", "").isdecimal() else None
        found[column] = (read_content(tag.get("t", "n"), inner, shared), style)
    return found


@lru_cache(maxsize=16)
def _finder(prefix: bytes) -> CellFinder:
    return CellFinder(prefix)
