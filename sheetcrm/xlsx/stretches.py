"""A stretch of a sheet's rows taken apart at the speed of bytes: rows in the usual writing, one right after the other.

A step of Python for each of a million rows costs more than to search all their bytes. So what is to be looked at in every row is
looked at by functions mapped over the rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat

import numpy as np

from sheetcrm.xlsx.refs import MAX_COLUMN, column_number
from sheetcrm.xlsx.searching import count_tags

_NAME = re.compile(rb" r=\"([A-Z]{1,3})\d", re.DOTALL)
_NAME_SIZE = 8  # of ` r="XFD1`
_SPANS = b' spans="'
_HINT = re.compile(rb"(?<!\s)\s+spans\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_ROW, _DATA, _DATA_END = b'<row r="', b"<sheetData>", b"</sheetData>"


class Stretch:
    """Whole rows. `rows` are what stands between `<row r="` and `</row>`; empty where anything else is there, or between them."""

    def __init__(self, data: bytes, prefix: bytes = b"") -> None:
        self.opening = b"<" + prefix + b'row r="'
        self.closing = b"</" + prefix + b"row>"
        self.between = self.closing + self.opening
        self._data = data
        self._cell = b"<" + prefix + b"c"
        self._bare = False
        self.rows: list[bytes] = []
        if data.startswith(self.opening) and data.endswith(self.closing):
            rows = data.split(self.between)
            if self._starts(prefix, len(rows)):  # a row more than that is hidden in another: `<row r="7"/>`
                rows[0] = rows[0][len(self.opening) :]
                rows[-1] = rows[-1][: -len(self.closing)]
                self.rows = rows

    def _starts(self, prefix: bytes, count: int) -> bool:
        """Tell whether so many rows begin."""
        if not prefix and count_tags(self._data, b"r") == [count]:
            return True
        return self._data.count(b"<" + prefix + b"row") == count  # a run of rich text begins with `<r`, too

    def bears(self, digits: Sequence[bytes]) -> bool:
        """Tell whether these are the rows' numbers."""
        if len(digits) != len(self.rows):
            return False
        self._bare = all(map(bytes.startswith, self.rows, [number + b'">' for number in digits]))
        return self._bare or all(map(bytes.startswith, self.rows, [number + b'"' for number in digits]))

    def pieces(self, digits: Sequence[bytes], cells: Sequence[Sequence[bytes]]) -> list[Sequence[bytes]]:
        """Give the rows, which bear these numbers, in columns of pieces that follow each other in each row.

        A row that gets one of these cells is without the hint `spans`, which is too narrow for it then.
        """
        if self._bare:
            return [self.rows]
        hint = b'"' + _SPANS
        if all(map(bytes.startswith, self.rows, [number + hint for number in digits])):
            skip = len(hint)
            rest = [row[row.index(b'"', len(n) + skip) :] for row, n in zip(self.rows, digits, strict=True)]
        else:
            rest = [without_spans(row)[len(n) :] for row, n in zip(self.rows, digits, strict=True)]
        if all(b"" in column for column in cells):
            for at, grows in enumerate(map(any, zip(*cells, strict=True))):
                if not grows:
                    rest[at] = self.rows[at][len(digits[at]) :]
        return [digits, rest]

    def last_column(self) -> int:
        """Give the highest column of the rows' last cells: 0 without any, one that cannot be where one is named in an odd way."""
        count = len(self.rows)
        sizes = np.fromiter(map(len, self.rows), np.int64, count) + len(self.between)
        cells = np.fromiter(map(bytes.rfind, self.rows, repeat(self._cell)), np.int64, count)
        starts = np.cumsum(sizes) - sizes + len(self.opening)
        names = (starts + cells)[cells >= 0] + len(self._cell)
        if not len(names):
            return 0
        if names[-1] + _NAME_SIZE > len(self._data):
            return MAX_COLUMN + 1
        windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(self._data, np.uint8), _NAME_SIZE)
        distinct = np.unique(windows[names].view("<u8"))
        return max(_column(name.to_bytes(_NAME_SIZE, "little")) for name in distinct.tolist())


def without_spans(row: bytes) -> bytes:
    """Take the hint `spans` out of a row's start tag: it may be too narrow now, and need not be there."""
    end = row.find(b">")
    found = _HINT.search(row, 0, end) if row.find(b"spans", 0, end) >= 0 else None
    return row[: found.start()] + row[found.end() :] if found else row


def _column(name: bytes) -> int:
    found = _NAME.match(name)
    return column_number(found[1]) if found else MAX_COLUMN + 1


class SheetRows:
    """The rows of a sheet, in stretches of whole ones; `head` and `tail` stand before them and from their end on, once all were given."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.head: bytes | None = None
        self.tail: bytes | None = None

    def __iter__(self) -> Iterator[bytes]:
        """Give the stretches; of a sheet that is written in another way, all of it."""
        source = iter(self._pieces)
        buffer = b""
        for piece in source:
            buffer += piece
            if (at := buffer.find(_DATA)) >= 0:
                break
        else:
            yield buffer
            return
        self.head, buffer = buffer[:at], buffer[at + len(_DATA) :]
        for piece in chain(source, (b"",)):
            buffer += piece
            cut = max(buffer.rfind(_ROW), 0)
            end = buffer.find(_DATA_END, cut)
            cut = max(cut, end)
            if cut > 0:
                yield buffer[:cut]
                buffer = buffer[cut:]
            if end >= 0:
                self.tail = buffer + b"".join(source)  # to the end, where the checksum is looked at
                break


class NewSheet:
    """A sheet's bytes, compared piece by piece with what they should be; `head` and `tail` stand around the rows, known at the end."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._source = iter(pieces)
        self._buffer = b""
        self._at = 0
        self.head = b""
        self.tail = b""

    def begins(self) -> bool:
        """Go to where the rows begin; False where nothing does."""
        self.head = self.up_to(_DATA)
        return bool(self.head)

    @property
    def frame(self) -> bytes:
        """The sheet without its rows."""
        return self.head + _DATA + self.tail

    def goes_on_with(self, expected: bytes) -> bool:
        """Tell whether these bytes come next, and leave them behind if they do."""
        while len(self._buffer) - self._at < len(expected) and self._more():
            pass
        same = self._buffer.startswith(expected, self._at)
        self._at += len(expected) if same else 0
        return same

    def up_to(self, mark: bytes) -> bytes:
        """Give the bytes up to a mark, and leave the mark behind; nothing where there is none."""
        while (found := self._buffer.find(mark, self._at)) < 0:
            if not self._more():
                return b""
        start, self._at = self._at, found + len(mark)
        return self._buffer[start:found]

    def ends(self) -> bool:
        """Tell whether no row is left."""
        self.tail = self._buffer[self._at :] + b"".join(self._source)
        return self.tail.startswith(_DATA_END)

    def _more(self) -> bool:
        piece = next(self._source, None)
        if piece is None:
            return False
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0
        return True
