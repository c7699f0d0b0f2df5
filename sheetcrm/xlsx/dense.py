"""Whole columns at the speed of bytes: values made into XML once per distinct value, and joined to rows without parsing them.

The slow and general way is RowPatcher's; a row that is not as simple as is needed here is handed back to it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain, repeat

from sheetcrm.xlsx.cells import CellValue, Writer, number_text
from sheetcrm.xlsx.refs import MAX_COLUMN, column_number, letters
from sheetcrm.xlsx.rows import CellEdit, Coded, ColumnPatch, Place, RowPatcher, is_empty
from sheetcrm.xlsx.scan import columns_up_to

_Cells = Mapping[int, Mapping[int, CellEdit]]


class DenseColumns:
    """The columns of one sheet's edits, prepared."""

    def __init__(self, columns: Sequence[ColumnPatch], cells: _Cells, rows: RowPatcher) -> None:
        self._cells = cells
        self._rows = rows
        self._columns = sorted(columns, key=lambda patch: patch.column)
        self.tails: list[list[bytes]] = []
        """For each column, by rising number, its cells from behind the row's number on; nothing for an empty one."""
        one_list = len({id(patch.rows) for patch in self._columns}) == 1
        self._fast = one_list and not rows.blocked and _distinct(self._columns)
        if not self._fast:
            return
        self._list = self._columns[0].rows
        self.tails = [_tails(patch, rows) for patch in self._columns]
        self._standing: dict[tuple[int, int | None], list[bytes]] = {}
        p = rows.writer.prefix
        self._usual = b"<" + p + b'c r="'
        self._close = b"</" + p + b"row>"
        names = [letters(patch.column).encode() for patch in self._columns]
        self._opening = [self._usual + name for name in names]
        self._order = {name: at for at, name in enumerate(names)}
        first = self._columns[0].column
        self._first = first
        q = re.escape(p)
        before = columns_up_to(letters(first - 1).encode()) if first > 1 else b"(?!)"
        self._beyond = re.compile(b"<" + q + rb"c(?! r=\"(?:" + before + rb")\d)")
        self._spans = re.compile(rb"(<" + q + rb"row r=\"\d+\") spans=\"[^\"]*\"")
        self._number = re.compile(rb"<%bv>([0-9.eE+-]+)</%bv>" % (q, q))
        self._cell = re.compile(
            rb"(<%bc r=\"([A-Z]+)\d+\"(?: s=\"(\d+)\")?([^>]*?)(?:/>|>(.*?)</%bc>))" % (q, q), re.DOTALL
        )

    def edits(self, row: int) -> list[CellEdit]:
        """Give a row's edits by column; a single cell beats a column."""
        found: dict[int, CellEdit] = {}
        for patch in self._columns:
            at = _place(patch.rows, row)
            if at is not None:
                found[patch.column] = CellEdit(patch.column, patch.values[at], patch.style, patch.restyle)
        found.update(self._cells.get(row, {}))
        return [found[column] for column in sorted(found)]

    def whole(self, region: bytes, numbers: list[int]) -> bytes:
        """Append to each row of a stretch at once; nothing where some row is not as simple as that."""
        if not self._fast:
            return b""
        at = _place(self._list, numbers[0])
        if at is None or list(self._list[at : at + len(numbers)]) != numbers:
            return b""
        if not self._cells.keys().isdisjoint(numbers) or self._beyond.search(region):
            return b""
        rows = region.split(self._close)
        if len(rows) != len(numbers) + 1:  # one of them is empty: `<row r="7"/>`
            return b""
        stop = at + len(numbers)
        digits = [b"%d" % number for number in numbers]
        columns = []
        for opening, tails in zip(self._opening, self.tails, strict=True):
            cells = [
                opening + number + tail if tail else b"" for number, tail in zip(digits, tails[at:stop], strict=True)
            ]
            self._rows.tally.dense += len(cells) - cells.count(b"")
            columns.append(cells)
        patched = b"".join([*chain.from_iterable(zip(rows, *columns, repeat(self._close), strict=False)), rows[-1]])
        return self._spans.sub(rb"\1", patched) if b' spans="' in patched else patched

    def patched(self, row: bytes, number: int) -> bytes:
        """Give the row with the columns' cells at its end; nothing where it is not as simple as that."""
        if not self._fast or number in self._cells or not row.endswith(self._close):
            return b""
        at = _place(self._list, number)
        last = row.rfind(self._usual)
        if at is None or last < 0 or b"<!" in row:
            return b""
        digits = b"%d" % number
        name = row[last + len(self._usual) : row.find(b'"', last + len(self._usual))].removesuffix(digits)
        if _column(name) >= self._first:
            return self._exchanged(row, number, at, digits)
        cells = [
            opening + digits + tails[at] for opening, tails in zip(self._opening, self.tails, strict=True) if tails[at]
        ]
        self._rows.tally.dense += len(cells)
        return _without_spans(row[: -len(self._close)] + b"".join(cells) + self._close) if cells else row

    def _exchanged(self, row: bytes, number: int, at: int, digits: bytes) -> bytes:
        """Exchange the cells at the row's end, from the first of ours on, if none there is another column's."""
        start = row.find(self._opening[0] + digits + b'"')
        if start < 0:
            return b""
        end = len(row) - len(self._close)
        found = self._cell.findall(row, start, end)
        if sum(len(cell[0]) for cell in found) != end - start:
            return b""
        standing = {cell[1]: cell for cell in found}
        if len(standing) != len(found) or not standing.keys() <= self._order.keys():
            return b""
        cells = []
        for column, opening in enumerate(self._opening):
            cell = standing.get(opening[len(self._usual) :])
            if cell is None:
                tail = self.tails[column][at]
                new = opening + digits + tail if tail else b""
                self._rows.tally.dense += bool(tail)
            else:
                raw, _, style, rest, inner = cell
                tail = self._standing_tails(column, int(style) if style else None)[at]
                new = opening + digits + tail
                if raw != new and self._differs_plainly(rest, inner, tail):
                    self._rows.tally.dense += 1
                    new = new if tail else b""
                elif raw != new:
                    new = self._looked_at(column, at, number, raw, style, rest, inner)
            cells.append(new)
        joined = b"".join(cells)
        return row if joined == row[start:end] else _without_spans(row[:start] + joined + self._close)

    def _differs_plainly(self, rest: bytes, inner: bytes, tail: bytes) -> bool:
        """Tell whether a cell as we write them surely holds another value: a number or a text of its own, no formula."""
        if rest == b' t="inlineStr"':
            return True
        old, new = self._number.fullmatch(inner), self._number.search(tail)
        return not rest and old is not None and (new is None or b" t=" in tail or float(old[1]) != float(new[1]))

    def _looked_at(
        self, column: int, at: int, number: int, raw: bytes, style: bytes, rest: bytes, inner: bytes
    ) -> bytes:
        patch = self._columns[column]
        edit = CellEdit(patch.column, patch.values[at], patch.style, patch.restyle)
        attributes = (b' s="' + style + b'"' if style else b"") + rest
        place = Place(patch.column, attributes, inner, 0, len(raw))
        return self._rows.exchanged(raw, number, place, edit)

    def _standing_tails(self, column: int, style: int | None) -> list[bytes]:
        """Give what a column's cells look like where one of that style stands there."""
        key = (column, style)
        if key not in self._standing:
            patch = self._columns[column]
            self._standing[key] = _tails(patch, self._rows, patch.style if patch.restyle else style, kept=style)
        return self._standing[key]


def _place(rows: Sequence[int], row: int) -> int | None:
    """Give the place of a row among those of a patch, which ascend."""
    at = bisect_left(rows, row)
    return at if at < len(rows) and rows[at] == row else None


def _distinct(columns: Sequence[ColumnPatch]) -> bool:
    return len({patch.column for patch in columns}) == len(columns)


def _tails(patch: ColumnPatch, rows: RowPatcher, style: int | None = -1, kept: int | None = None) -> list[bytes]:
    """Give each value's XML from behind its row number on, each distinct value made once.

    An empty value has none, or that of an empty cell with the style it keeps.
    """
    style = patch.style if style == -1 else style
    nothing = b"" if kept is None else rows.writer.tail(None, kept)

    def make(value: CellValue) -> bytes:
        return nothing if is_empty(value) else rows.writer.tail(value, rows.style_for(style, value))

    if isinstance(patch.values, Coded):
        return patch.values.mapped([make(value) for value in patch.values.distinct], nothing)
    values = list(patch.values)
    kinds = set(map(type, values))
    kinds.discard(type(None))
    if len(kinds) > 1:  # True, 1 and 1.0 are equal, their cells are not
        return [make(value) for value in values]
    if kinds in ({float}, {int}):
        return _number_tails(values, rows.style_for(style, 1.0), rows.writer, nothing)
    made = {value: make(value) for value in set(values)}
    return [made[value] for value in values]


def _number_tails(values: Sequence[CellValue], style: int | None, writer: Writer, nothing: bytes) -> list[bytes]:
    """Do the same for numbers, which seldom repeat."""
    sample = writer.tail(7, style)
    at = sample.rindex(b"7")
    opening, closing = sample[:at], sample[at + 1 :]
    return [nothing if value is None else opening + number_text(value).encode() + closing for value in values]  # type: ignore[arg-type]


def _without_spans(row: bytes) -> bytes:
    spans = row.find(b' spans="', 0, row.find(b">"))
    return row if spans < 0 else row[:spans] + row[row.find(b'"', spans + 8) + 1 :]


@lru_cache(maxsize=20_000)
def _column(name: bytes) -> int:
    return column_number(name) if name.isalpha() else MAX_COLUMN
