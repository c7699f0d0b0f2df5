"""Whole columns at the speed of bytes: values made into XML once per distinct value, and joined to rows without parsing them.

The slow and general way is RowPatcher's; a row that is not as simple as is needed here is handed back to it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache

from sheetcrm.xlsx.cells import CellValue, Writer, number_text
from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.packed import Packed
from sheetcrm.xlsx.refs import MAX_COLUMN, column_number, letters
from sheetcrm.xlsx.row_styles import RowStyles
from sheetcrm.xlsx.rows import Coded, ColumnPatch, RowPatcher, is_empty
from sheetcrm.xlsx.searching import count_pairs
from sheetcrm.xlsx.stretches import Stretch, without_spans

_EXTENSIONS = b"extLst"  # stand at a row's end: no cell may come behind them


class DenseColumns:
    """Columns with one list of rows, prepared for rows that end before the first of them."""

    def __init__(self, columns: Sequence[ColumnPatch], rows: RowPatcher) -> None:
        self._rows = rows
        self._list = columns[0].rows
        self._looking = any(patch.looks is not None for patch in columns)
        self.tails = [_tails(patch, rows) for patch in columns]
        """For each column, by rising number, its cells from behind the row's number on; nothing for an empty one."""
        p = rows.writer.prefix
        self._cell, self._usual = b"<" + p + b"c", b"<" + p + b'c r="'
        self._close = b"</" + p + b"row>"
        self._opening = [self._usual + letters(patch.column).encode() for patch in columns]
        self._first = columns[0].column

    def whole(self, region: bytes, start: int) -> tuple[bytes, int]:
        """Append to each row of a stretch at once, where the next row is that at the place `start` of the columns.

        Gives it and the number of its rows, nothing where some row is not as simple as that.
        """
        if start == len(self._list) or (count_pairs(region, (b"Ls",))[0] and _EXTENSIONS in region):
            return b"", 0
        stretch = Stretch(region, self._rows.writer.prefix)
        stop = start + len(stretch.rows)
        digits = [b"%d" % number for number in self._list[start:stop]]
        if not digits or not stretch.bears(digits) or stretch.last_column() >= self._first:
            return b"", 0
        return self._appended(stretch, digits, start, stop), len(digits)

    def _appended(self, stretch: Stretch, digits: list[bytes], start: int, stop: int) -> bytes:
        """Give the stretch with the cells that stand at some places of the columns."""
        columns = [tails[start:stop] for tails in self.tails]
        pieces = stretch.pieces(digits, columns)
        for opening, tails in zip(self._opening, columns, strict=True):
            empty = tails.count(b"")
            self._rows.tally.dense += sum(map(is_filled, tails)) if self._looking else len(tails) - empty
            if empty:
                pieces.append([tail and opening for tail in tails])
                pieces.append([tail and number for tail, number in zip(tails, digits, strict=True)])
            else:
                pieces += ([opening] * len(tails), digits)
            pieces.append(tails)
        size = len(pieces) + 1
        joined = [stretch.between] * (size * len(digits))
        for place, column in enumerate(pieces):
            joined[place::size] = column
        joined[-1] = stretch.closing
        return stretch.opening + b"".join(joined)

    def patched(self, row: bytes, number: int) -> bytes:
        """Give the row with the columns' cells at its end; nothing where it is not as simple as that."""
        at = place_of(self._list, number)
        last = row.rfind(self._cell)
        if at is None or not row.endswith(self._close) or not row.startswith(self._usual, max(last, 0)) or b"<!" in row:
            return b""
        if _EXTENSIONS in row:
            return b""
        digits = b"%d" % number
        name = row[last + len(self._usual) : row.find(b'"', last + len(self._usual))].removesuffix(digits)
        if _column(name) >= self._first:
            return b""
        cells = [
            opening + digits + tails[at] for opening, tails in zip(self._opening, self.tails, strict=True) if tails[at]
        ]
        self._rows.tally.dense += sum(map(is_filled, cells))
        return without_spans(row[: -len(self._close)] + b"".join(cells) + self._close) if cells else row


def is_filled(tail: bytes) -> bool:
    """Tell whether a cell, as it ends, holds something."""
    return bool(tail) and not tail.endswith(b"/>")


def place_of(rows: Sequence[int], row: int) -> int | None:
    """Give the place of a row among those of a patch, which ascend."""
    at = bisect_left(rows, row)
    return at if at < len(rows) and rows[at] == row else None


def _tails(patch: ColumnPatch, rows: RowPatcher) -> Sequence[bytes]:
    """Give each value's XML from behind its row number on, each distinct value made once; nothing for an empty one without a look."""
    if patch.looks is not None:
        return _looking_tails(patch, patch.looks, rows)
    if isinstance(patch.values, Coded):
        return patch.values.mapped(_distinct_tails(patch.values.distinct, patch.style, rows), b"")
    values = patch.values
    kinds = set(map(type, values))
    kinds.discard(type(None))
    if len(kinds) > 1:  # True, 1 and 1.0 are equal, their cells are not
        return Packed(_tail(value, patch.style, rows) for value in values)
    if kinds in ({float}, {int}):
        return Packed(_number_tails(values, rows.style_for(patch.style, 1.0), rows.writer))
    distinct = [value for value in dict.fromkeys(values) if not is_empty(value)]
    made = dict(zip(distinct, _distinct_tails(distinct, patch.style, rows), strict=True))
    return [made.get(value, b"") for value in values]


def _looking_tails(patch: ColumnPatch, looks: RowStyles, rows: RowPatcher) -> Sequence[bytes]:
    """Do the same where cells look like those beside them: each value made once for each look."""
    made: dict[tuple[type, CellValue, int], bytes] = {}
    tails: list[bytes] = []
    for value, code in zip(patch.values, looks.codes.tolist(), strict=True):
        key = (type(value), value, code)
        if key not in made:
            style, shown = looks.distinct[code], looks.shown[code]
            blank = rows.writer.tail(None, style) if shown else b""
            made[key] = blank if is_empty(value) else _tail(value, style, rows)
        tails.append(made[key])
    return tails


def _distinct_tails(values: Sequence[CellValue], style: int | None, rows: RowPatcher) -> list[bytes]:
    texts = [value for value in values if isinstance(value, str) and value]
    if len(texts) == len(values):
        return rows.writer.text_tails(texts, rows.style_for(style, ""))
    return [_tail(value, style, rows) for value in values]


def _tail(value: CellValue, style: int | None, rows: RowPatcher) -> bytes:
    return b"" if is_empty(value) else rows.writer.tail(value, rows.style_for(style, value))


def _number_tails(values: Sequence[CellValue], style: int | None, writer: Writer) -> Iterator[bytes]:
    """Do the same for numbers, which seldom repeat. Raises Unsupported for those that a cell cannot hold."""
    sample = writer.tail(7, style)
    at = sample.rindex(b"7")
    opening, closing = sample[:at], sample[at + 1 :]
    for value in values:
        try:
            yield b"" if value is None else opening + number_text(value).encode() + closing  # type: ignore[arg-type]
        except ValueError as error:
            raise Unsupported(f"a cell cannot hold {value!r}", "value") from error


@lru_cache(maxsize=20_000)
def _column(name: bytes) -> int:
    return column_number(name) if name.isalpha() else MAX_COLUMN
