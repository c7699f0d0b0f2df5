"""Two versions of a sheet read side by side: stretches that are the same bytes are skipped without a look at their rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from sheetcrm.xlsx.errors import Damaged
from sheetcrm.xlsx.reading import iter_rows, to_the_cells

_ROW, _CLOSE, _NUMBER = b"<row", b"</sheetData", b'<row r="'
_FIRST_LOOK, _LONGEST_LOOK = 64, 1 << 18


class Rows(NamedTuple):
    """A row's bytes before and now, None where there is none; before `same` they are certain to be equal."""

    number: int
    was: bytes | None
    now: bytes | None
    same: int = 0


def all_rows(old: Iterable[bytes], new: Iterable[bytes]) -> Iterator[Rows]:
    """Give the rows of two versions of a sheet by their numbers, however they are written. Raises Damaged."""
    return _paired(iter_rows(old), iter_rows(new))


def unequal_rows(old: Iterable[bytes], new: Iterable[bytes]) -> Iterator[Rows]:
    """Give the same, but for rows that are the very same bytes in both (some of these may be among them). Raises Damaged."""
    a, b = _Reader(old), _Reader(new)
    while a.is_usual and b.is_usual:
        same = _common(a.data, a.at, b.data, b.at)
        row = a.data.rfind(_ROW, a.at, a.at + same)
        skipped = max(row - a.at, 0)
        a.at, b.at, same = a.at + skipped, b.at + skipped, same - skipped
        if not (a.has_row() and b.has_row()):
            break
        one, other = a.number(), b.number()
        if one is None or other is None:
            break
        yield Rows(
            min(one, other),
            a.take() if one <= other else None,
            b.take() if other <= one else None,
            same if one == other else 0,
        )
    yield from _paired(a.rest(), b.rest())


def _paired(left: Iterator[tuple[int, bytes]], right: Iterator[tuple[int, bytes]]) -> Iterator[Rows]:
    a, b = next(left, None), next(right, None)
    while a is not None or b is not None:
        number = min(row[0] for row in (a, b) if row is not None)
        was = now = None
        if a is not None and a[0] == number:
            was, a = a[1], next(left, None)
        if b is not None and b[0] == number:
            now, b = b[1], next(right, None)
        yield Rows(number, was, now)


class _Reader:
    """A sheet's cells as they come, from the row on that begins at `at`."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._source = iter(pieces)
        found, data = to_the_cells(self._source)
        self._prefix = found[1]
        self.is_usual = not found[1]
        self.data, self.at, self._end, self._last = b"", 0, 0, bool(found[2])
        if not self._last:
            self._add(data)

    def _add(self, piece: bytes) -> None:
        before = len(self.data) - self.at
        self.data, self.at = self.data[self.at :] + piece, 0
        self.is_usual = self.is_usual and b"<!" not in piece and b"<?" not in piece
        end = self.data.find(_CLOSE, max(0, before - len(_CLOSE))) if self.is_usual else -1
        if end >= 0:
            self.data, self._last = self.data[:end], True

    def has_row(self) -> bool:
        """Read on until a whole row is there. False at the end of the cells, and where they are not written in the usual way."""
        while self.is_usual:
            start = self.data.find(_ROW, self.at)
            self._end = self.data.find(_ROW, start + 1) if start >= 0 else -1
            if self._end < 0 and self._last:
                self._end = len(self.data)
            if self._end >= 0:
                self.at = max(start, self.at)
                return start >= 0
            piece = next(self._source, None)
            if piece is None:
                raise Damaged("a sheet breaks off in its cells", "malformed")
            self._add(piece)
        return False

    def number(self) -> int | None:
        """Give the number of the row that `has_row` found."""
        start = self.at + len(_NUMBER)
        text = self.data[start : self.data.find(b'"', start)] if self.data.startswith(_NUMBER, self.at) else b""
        return int(text) if text.isdigit() else None

    def take(self) -> bytes:
        """Give that row, and go on to the next."""
        row = self.data[self.at : self._end]
        self.at = self._end
        return row

    def rest(self) -> Iterator[tuple[int, bytes]]:
        """Give the rows from here on, however they are written."""
        p = self._prefix
        left = [b"</%bsheetData>" % p] if self._last else self._source
        return iter_rows(chain([b"<%bsheetData>" % p + self.data[self.at :]], left))


def _common(one: bytes, i: int, other: bytes, j: int) -> int:
    """Give how many bytes are the same, from a place in each on."""
    length, at, look = min(len(one) - i, len(other) - j), 0, _FIRST_LOOK
    while at < length and one[i + at : i + at + look] == other[j + at : j + at + look]:
        at, look = at + look, min(2 * look, _LONGEST_LOOK)
    low, high = min(at, length), min(at + look, length)
    while low < high:
        middle = (low + high + 1) // 2
        if one[i + low : i + middle] == other[j + low : j + middle]:
            low = middle
        else:
            high = middle - 1
    return low
