"""The proof of columns that were added at the rows' ends, at the speed of bytes.

Such a write puts cells of its own behind the last cell of rows, and does nothing else. So each row must be what it was, then the cells
that were meant for the very number that it bears, then its end; and each distinct cell must read back as what was meant. That is more
than well-formedness proves, in a fraction of the time. Any other write is left to the general proof.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat

from sheetcrm.xlsx.cells import CellValue, meant, unescape_text
from sheetcrm.xlsx.markup import unescape
from sheetcrm.xlsx.refs import column_number, letters
from sheetcrm.xlsx.rows import Coded
from sheetcrm.xlsx.sheet import SheetEdits

_CELL, _ROW, _ROW_END = b'<c r="', b'<row r="', b"</row>"
_DATA, _DATA_END = b"<sheetData>", b"</sheetData>"
_SPANS = re.compile(rb"(<row r=\"\d+\") spans=\"[^\"]*\"")
_WRITTEN = re.compile(
    rb"\"(?: s=\"\d+\")?(?: t=\"(inlineStr|b)\")?>"
    rb"(?:<v>([^<&]+)</v>|<is><t(?: xml:space=\"preserve\")?>((?:[^<&]|&(?:amp|lt|gt|quot|#\d+);)+)</t></is>)</c>"
)


class AppendedColumns:
    """What was to be appended to the rows of one sheet.

    `tails` are the cells as they were written, from behind the row's number on, one list for each column in their order.
    """

    def __init__(self, edits: SheetEdits, tails: Sequence[Sequence[bytes]], *, date1904: bool) -> None:
        self._columns = sorted(edits.columns, key=lambda patch: patch.column)
        self._tails = tails
        self._single = dict(edits.cells)
        self._date1904 = date1904
        self._rows = self._columns[0].rows if self._columns else ()
        self._opening = [_CELL + letters(patch.column).encode() for patch in self._columns]

    def are_simple(self) -> bool:
        """Tell whether the edits are of this kind, and whether each cell's text reads back as its value."""
        single_rows = bool(self._single) and len(self._rows) > 0 and max(self._single) >= self._rows[0]
        if (
            len({id(patch.rows) for patch in self._columns}) != 1
            or single_rows
            or len(self._tails) != len(self._columns)
        ):
            return False
        return all(
            len(tails) == len(patch.values)
            and all(self._reads(tail, value) for tail, value in _distinct(tails, patch.values))
            for patch, tails in zip(self._columns, self._tails, strict=True)
        )

    def are_all_that_changed(self, old: Iterable[bytes], new: SheetRows) -> bool:
        """Compare a sheet's rows before and after; False where one is not as it must be, or that cannot be told here."""
        now = _Stream(new)
        done = 0
        for stretch in SheetRows(old):
            rows = stretch.split(_ROW_END)
            if rows.pop().strip() or not all(row.startswith(_ROW) for row in rows):
                return False
            numbers = [row[len(_ROW) : row.find(b'"', len(_ROW))] for row in rows]
            ahead = 0
            while self._single and ahead < len(rows):
                if not self._is_single(rows[ahead], numbers[ahead], now):
                    return False
                ahead += 1
            rows, numbers = rows[ahead:], numbers[ahead:]
            if list(self._rows[done : done + len(rows)]) != list(map(int, numbers)):
                return False
            expected = self._grown(rows, numbers, done)
            if now.take(len(expected)) != expected:
                return False
            done += len(rows)
        return now.is_over() and not self._single and done == len(self._rows)

    def _grown(self, rows: list[bytes], numbers: list[bytes], at: int) -> bytes:
        """Give rows, the first of them the one at `at` among those that were to change, with the cells that they were to get."""
        last = {row[(cell := row.rfind(_CELL) + len(_CELL)) : cell + 3].rstrip(b'"0123456789') for row in rows}
        if any(not name.isalpha() or column_number(name) >= self._columns[0].column for name in last):
            return b""
        cells = [
            [
                opening + number + tail if tail else b""
                for number, tail in zip(numbers, tails[at : at + len(rows)], strict=True)
            ]
            for opening, tails in zip(self._opening, self._tails, strict=True)
        ]
        return b"".join(chain.from_iterable(zip(rows, *cells, repeat(_ROW_END), strict=False)))

    def _is_single(self, row: bytes, number: bytes, now: _Stream) -> bool:
        """Tell whether a row above the others is what it was, and got the single cells that were meant for it."""
        if now.take(len(row)) != row:
            return False
        edits = sorted(self._single.pop(int(number), {}).items())
        cells = now.take_to(_ROW_END).split(_CELL)[1:]
        names = [letters(column).encode() + number for column, _ in edits]
        return len(cells) == len(names) and all(
            cell.startswith(name) and self._reads(cell[len(name) :], edit.value)
            for cell, name, (_, edit) in zip(cells, names, edits, strict=True)
        )

    def _reads(self, tail: bytes, value: CellValue) -> bool:
        """Tell whether a cell, from behind its row's number on, is written as we write and holds a value."""
        kind, content = meant(value, date1904=self._date1904)
        if kind == "empty":
            return not tail
        found = _WRITTEN.fullmatch(tail)
        if found is None:
            return False
        written, number, text = found.groups()
        if text is not None:
            return written == b"inlineStr" and (kind, content) == ("text", unescape_text(unescape(text)))
        return (written, kind) in ((None, "n"), (b"b", "b")) and content == float(number)


def _distinct(tails: Sequence[bytes], values: Sequence[CellValue]) -> Iterator[tuple[bytes, CellValue]]:
    """Give each cell that was written for a value, and the value, once."""
    if isinstance(values, Coded):
        for tail, code in set(zip(tails, values.codes.tolist(), strict=True)):
            yield tail, None if code < 0 else values.distinct[code]
    else:
        yield from zip(tails, values, strict=True)


class SheetRows:
    """The rows of a sheet in stretches of whole ones, without the hint `spans`; what stands around them is in `frame` at the end."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.frame = b""

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
        self.frame, buffer = buffer[: at + len(_DATA)], buffer[at + len(_DATA) :]
        for piece in chain(source, (b"",)):
            buffer += piece
            end = buffer.find(_DATA_END)
            cut = end if end >= 0 else buffer.rfind(_ROW)
            if cut > 0:
                stretch = buffer[:cut]
                hinted = stretch.find(b' spans="', 0, stretch.find(b">")) >= 0  # all rows of a program have it, or none
                yield _SPANS.sub(rb"\1", stretch) if hinted else stretch
                buffer = buffer[cut:]
            if end >= 0:
                break
        self.frame += buffer + b"".join(source)


class _Stream:
    """Pieces of bytes, taken in other lengths."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._source = iter(pieces)
        self._buffer = b""

    def take(self, length: int) -> bytes:
        """Give the next bytes, fewer where it ends."""
        while len(self._buffer) < length and (piece := next(self._source, None)) is not None:
            self._buffer += piece
        found, self._buffer = self._buffer[:length], self._buffer[length:]
        return found

    def take_to(self, end: bytes) -> bytes:
        """Give the bytes up to a mark, and leave the mark behind; nothing where there is none."""
        while (at := self._buffer.find(end)) < 0:
            piece = next(self._source, None)
            if piece is None:
                return b""
            self._buffer += piece
        found, self._buffer = self._buffer[:at], self._buffer[at + len(end) :]
        return found

    def is_over(self) -> bool:
        """Tell whether all is taken."""
        return not self._buffer and not any(self._source)
