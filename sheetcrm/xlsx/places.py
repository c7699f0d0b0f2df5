"""Where a row's cells are in its bytes: each of them, or only those that are asked for."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from operator import lt
from typing import NamedTuple

from sheetcrm.xlsx.markup import TOKEN, attributes
from sheetcrm.xlsx.refs import column_number, letters


class Place(NamedTuple):
    """A cell in a row's bytes: attributes as written, what stands inside, and its extent; none where it would be a new one."""

    column: int
    raw: bytes
    inner: bytes
    start: int
    end: int


class CellFinder:
    """Finds cells in the rows of a sheet whose elements have a prefix (with its colon)."""

    def __init__(self, prefix: bytes) -> None:
        p = re.escape(prefix)
        self._cell = re.compile(rb"<%bc((?:\s[^<>]*?)?)(?:/>|>(.*?)</%bc\s*>)" % (p, p), re.DOTALL)
        self._empty = re.compile(rb"<%bc((?:\s[^<>]*?)?)/>" % p)
        self._closing = re.compile(rb"</%bc\s*>" % p)
        self._name = re.compile(rb"<%bc r=\"([A-Z]{1,3})(\d+)\"" % p)
        self._tag = prefix + b"c"
        self._open, self._named = b"<" + self._tag, b"<" + self._tag + b' r="'
        self._close = b"</" + self._tag + b">"
        self._row_end = b"</" + prefix + b"row"

    def all(self, row: bytes) -> Iterator[Place]:
        """Give a row's cells in their order; one without a name follows the one before it."""
        column = 0
        for raw, inner, start, end in self.extents(row):
            name = attributes(raw).get("r", "") if raw else ""
            column = column_number(name.rstrip("0123456789").replace("$", "")) if name else column + 1
            yield Place(column, raw, inner, start, end)

    def some(self, row: bytes, number: int, columns: Iterable[int]) -> list[Place]:
        """Find the cells of some columns, which ascend, without a look into the others; attributes are those behind the name.

        A cell that is not there has the place where it would be. Gives nothing where the row is not written in the usual way.
        """
        if row.count(self._open) != row.count(self._named) or b"<!" in row or b"<?" in row:
            return []
        digits = b"%d" % number
        order: tuple[int, ...] | None = None
        found: list[Place] = []
        at = 0
        for column in columns:
            name = self._named + letters(column).encode() + digits + b'"'
            start = row.find(name, at)
            if start >= 0:
                place = self._usual(row, column, start, start + len(name))
            else:
                order = order or self._order(row, digits)
                place = self._between(row, column, order, digits) if order else None
            if place is None:
                return []
            at = place.end
            found.append(place)
        return found

    def _usual(self, row: bytes, column: int, start: int, behind: int) -> Place | None:
        opened = row.find(b">", behind)
        if row.startswith(b"/", opened - 1):
            return Place(column, row[behind : opened - 1], b"", start, opened + 1)
        closed = row.find(self._close, opened)
        inner = row[opened + 1 : closed]
        if closed < 0 or self._open in inner:
            return None
        return Place(column, row[behind:opened], inner, start, closed + len(self._close))

    def _order(self, row: bytes, digits: bytes) -> tuple[int, ...]:
        """Give the columns of a row's cells; nothing where there is none, or they do not ascend, or bear another row's number."""
        names = self._name.findall(row)
        if not names or len(names) != row.count(self._open) or {number for _, number in names} != {digits}:
            return ()
        return ascending(tuple(name for name, _ in names))

    def _between(self, row: bytes, column: int, order: tuple[int, ...], digits: bytes) -> Place | None:
        after = bisect_right(order, column)
        following = letters(order[after]).encode() + digits if after < len(order) else b""
        if not following and b"extLst" in row:
            return None  # stands behind all cells of the row, and in some of them
        start = row.find(self._named + following + b'"') if following else row.rfind(self._row_end)
        return Place(column, b"", b"", start, start) if start >= 0 else None

    def extents(self, row: bytes) -> Iterator[tuple[bytes, bytes, int, int]]:
        """Give a row's cells in their order: attributes as written, what stands inside, start and end."""
        if b"<!" not in row and b"<?" not in row:
            close = self._last_close(row)  # behind it none is closed: to look for that from each would take long
            for found in self._cell.finditer(row, 0, close):
                yield found[1], found[2] or b"", found.start(), found.end()
            for found in self._empty.finditer(row, close):
                yield found[1], b"", found.start(), found.end()
            return
        open_tag: re.Match[bytes] | None = None
        for token in TOKEN.finditer(row):
            if token["name"] != self._tag:
                continue
            if token["empty"]:
                yield token["attributes"], b"", token.start(), token.end()
            elif not token["close"]:
                open_tag = token
            elif open_tag is not None:
                yield open_tag["attributes"], row[open_tag.end() : token.start()], open_tag.start(), token.end()

    def _last_close(self, row: bytes) -> int:
        mark = b"</" + self._tag
        at = row.rfind(mark)
        while at >= 0:
            if found := self._closing.match(row, at):
                return found.end()
            at = row.rfind(mark, 0, at)
        return 0


@lru_cache(maxsize=4096)
def ascending(names: tuple[bytes, ...]) -> tuple[int, ...]:
    """Give the columns of some letters; nothing where they do not ascend."""
    columns = tuple(map(column_number, names))
    return columns if all(map(lt, columns, columns[1:])) else ()
