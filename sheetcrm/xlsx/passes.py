"""One going over of a sheet's rows, a stretch after the other: only rows that change are parsed, the rest is passed on as slices.

Rows are found by their start tags, so that a row out of order is seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from operator import lt

from sheetcrm.xlsx.dense import DenseColumns, place_of
from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.markup import TOKEN, attributes
from sheetcrm.xlsx.rows import CellEdit, ColumnPatch, RowPatcher


class RowPass:
    """Edits of cells, made in stretches of whole rows that are handed over in their order. `rows` are the numbers of the edited ones.

    `dense` are the columns of a pass that does nothing else.
    """

    def __init__(
        self,
        rows: Sequence[int],
        columns: Sequence[ColumnPatch],
        cells: Mapping[int, Mapping[int, CellEdit]],
        patcher: RowPatcher,
        *,
        dense: DenseColumns | None = None,
        part: str = "the sheet",
    ) -> None:
        self._queue = rows
        self._columns = columns
        self._cells = cells
        self._patcher = patcher
        self._dense = dense
        self._part = part
        self._next = 0
        self._last = 0
        p = patcher.writer.prefix
        self._open = b"<" + p + b"row"
        self._number = re.compile(b"<" + re.escape(p) + rb'row r="([1-9]\d*)"')

    def region(self, region: bytes, *, plain: bool = True) -> bytes:
        """Patch a stretch of whole rows; `plain` where it holds elements and text only."""
        if plain and self._dense is not None:
            whole, count = self._dense.whole(region, self._next)
            if count:
                self._next += count
                self._last = self._queue[self._next - 1]
                return whole
        numbers = [int(number) for number in self._number.findall(region)]
        starts: list[int] | None = None
        if len(numbers) != region.count(self._open) or not plain:
            numbers, starts = self._numbered(region)
        if not numbers:
            if b"<" in region:
                raise Unsupported(f"the rows of {self._part} are written in a way that is not understood", "rows")
            return region
        if numbers[0] <= self._last or not all(map(lt, numbers, numbers[1:])):
            raise Unsupported(f"the rows of {self._part} do not stand in their order", "row-order")
        self._last = numbers[-1]
        return b"".join(self._edited(region, numbers, starts))

    def rest(self) -> bytes:
        """Give the rows behind the last one that stands there."""
        rows = self._queue[self._next :]
        self._next = len(self._queue)
        return b"".join(self._patcher.new_row(row, self._edits(row)) for row in rows)

    def skips(self, region: bytes) -> bool:
        """Tell whether a stretch may go by unread: no row of it is edited, and none is to be put into it."""
        if self._next == len(self._queue):
            return True
        found = self._number.match(region, max(region.rfind(self._open), 0))
        if found is None or int(found[1]) >= self._queue[self._next]:
            return False
        self._last = int(found[1])
        return True

    def _edits(self, row: int) -> list[CellEdit]:
        """Give a row's edits by column; a single cell beats a column."""
        found: dict[int, CellEdit] = {}
        for patch in self._columns:
            at = place_of(patch.rows, row)
            if at is not None:
                found[patch.column] = patch.edit(at)
        found.update(self._cells.get(row, {}))
        return [found[column] for column in sorted(found)]

    def _edited(self, region: bytes, numbers: list[int], starts: list[int] | None) -> Iterator[bytes]:
        """Patch those rows of a stretch that are edited, and put new ones between them."""
        at = index = 0
        while self._next < len(self._queue) and self._queue[self._next] <= self._last:
            wanted = self._queue[self._next]
            self._next += 1
            while numbers[index] < wanted:
                index += 1
            start = starts[index] if starts else region.find(self._open + b' r="%d"' % numbers[index], at)
            if start > at:
                yield region[at:start]
            at = start
            if numbers[index] != wanted:
                yield self._patcher.new_row(wanted, self._edits(wanted))
                continue
            if starts:
                stop = starts[index + 1] if index + 1 < len(starts) else len(region)
            else:
                stop = region.find(self._open, start + 4)
                stop = len(region) if stop < 0 else stop
            yield self._row(region[start:stop], wanted)
            at = stop
        yield region[at:]

    def _row(self, row: bytes, number: int) -> bytes:
        patched = self._dense.patched(row, number) if self._dense is not None else b""
        return patched or self._patcher.patch(row, number, self._edits(number))

    def _numbered(self, region: bytes) -> tuple[list[int], list[int]]:
        """Find rows written in an unusual way: their numbers (one without follows the one before it) and places."""
        numbers, starts, last = [], [], self._last
        name = self._open[1:]
        for token in TOKEN.finditer(region):
            if token["name"] == name and not token["close"]:
                number = attributes(token["attributes"]).get("r", "")
                last = int(number) if number.isdecimal() else last + 1
                numbers.append(last)
                starts.append(token.start())
        return numbers, starts
