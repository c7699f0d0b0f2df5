"""Rows of a sheet read back as bytes: for what a patch needs to know first, and for the proof after it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator

from sheetcrm.xlsx.cells import Content, read_content, unescape_text
from sheetcrm.xlsx.errors import Damaged
from sheetcrm.xlsx.markup import TOKEN, attributes, unescape, whole_number
from sheetcrm.xlsx.refs import MAX_ROW, column_number, letters

_DATA = re.compile(rb"<((?:[^\s/>!?:<]+:)?)sheetData(?:\s[^<>]*?)?(/?)>")
_STRING = re.compile(
    rb"<(?:[^\s/>!?:<]+:)?si(?:\s[^<>]*)?(?:/>|>([^<]*(?:<(?!/?(?:[^\s/>!?:<]+:)?si[\s>/])[^<]*)*)</(?:[^\s/>!?:<]+:)?si\s*>)"
)
_TEXT = re.compile(rb"<(?:[^\s/>!?:<]+:)?t(?:\s[^<>]*)?(?<!/)>([^<]*)<")
_PHONETIC = re.compile(
    rb"<(?:[^\s/>!?:<]+:)?rPh\b[^<]*(?:<(?!/?(?:[^\s/>!?:<]+:)?rPh\b)[^<]*)*</(?:[^\s/>!?:<]+:)?rPh>"
)


def iter_rows(chunks: Iterable[bytes], wanted: Collection[int] | None = None) -> Iterator[tuple[int, bytes]]:
    """Give the rows (number, bytes from start to end tag) of a sheet part, all or those wanted, in the file's order."""
    source = iter(chunks)
    found, buffer = to_the_cells(source)
    if found[2]:
        return
    opening, closing = b"<" + found[1] + b"row", b"</" + found[1] + b"sheetData"
    last = 0
    while True:
        if b"<!" in buffer or b"<?" in buffer:
            yield from _slow_rows(buffer + b"".join(source), found[1], wanted, last)
            return
        end = buffer.find(closing)
        cut = end if end >= 0 else buffer.rfind(opening)
        if cut > 0:
            starts = [match.start() for match in re.finditer(opening, buffer[:cut])]
            for start, stop in zip(
                starts, [*starts[1:], cut][: len(starts)], strict=True
            ):  # nothing but blanks: no row
                last = _number(buffer, start + len(opening), last)
                if wanted is None or last in wanted:
                    yield last, buffer[start:stop]
            buffer = buffer[cut:]
        if end >= 0:
            return
        chunk = next(source, None)
        if chunk is None:
            raise Damaged("a sheet breaks off in its cells", "malformed")
        buffer += chunk


def to_the_cells(source: Iterator[bytes]) -> tuple[re.Match[bytes], bytes]:
    """Read up to where the cells begin; gives their start tag and what is there behind it. Raises Damaged."""
    buffer = b""
    for chunk in source:
        buffer += chunk
        if found := _DATA.search(buffer):
            return found, buffer[found.end() :]
    raise Damaged("a sheet has no cells, not even an empty list of them", "malformed")


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


def _slow_rows(buffer: bytes, prefix: bytes, wanted: Collection[int] | None, last: int) -> Iterator[tuple[int, bytes]]:
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
        if (token["close"] or token["empty"]) and start is not None and (wanted is None or last in wanted):
            yield last, buffer[start : token.end()]


def is_free(chunks: Iterable[bytes], columns: range, rows: range) -> bool:
    """Tell whether no cell of some columns and rows holds anything. Styled empty cells do not count."""
    names = b"|".join(letters(column).encode() for column in columns)
    cell = re.compile(rb"\sr=[\"'](?:" + names + rb")(\d+)[\"'][^<>]*>(.{0,2})", re.DOTALL)
    rest = b""
    for chunk in chunks:
        buffer = rest + chunk
        cut = buffer.rfind(b"<", 0, max(buffer.rfind(b"<"), 0))  # a cell's start tag and what follows it stay together
        if _holds(cell, buffer[: max(cut, 0)], rows):
            return False
        rest = buffer[max(cut, 0) :]
    return not _holds(cell, rest, rows)


def _holds(cell: re.Pattern[bytes], data: bytes, rows: range) -> bool:
    for found in cell.finditer(data):
        closed = data[found.start(2) - 2 : found.start(2)] == b"/>" or found[2] == b"</"
        if not closed and int(found[1]) in rows:
            return True
    return False


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
        inner = self._texts[index]
        if b"rPh" in inner:
            inner = _PHONETIC.sub(b"", inner)
        return unescape_text(unescape(b"".join(_TEXT.findall(inner))))


def row_contents(row: bytes, prefix: bytes, shared: Callable[[int], str]) -> dict[int, tuple[Content, int | None]]:
    """Give a row's cells by column: content, and style where it has one."""
    found: dict[int, tuple[Content, int | None]] = {}
    cell = re.compile(rb"<%bc((?:\s[^<>]*?)?)(?:/>|>(.*?)</%bc\s*>)" % (prefix, prefix), re.DOTALL)
    column = 0
    for match in cell.finditer(row):
        tag = attributes(match[1])
        name = tag.get("r", "").rstrip("0123456789").replace("$", "")
        column = column_number(name) if name else column + 1
        style = int(tag["s"]) if tag.get("s", "").isdecimal() else None
        found[column] = (read_content(tag.get("t", "n"), match[2] or b"", shared), style)
    return found
