"""The proof of columns that were added at the rows' ends, at the speed of bytes.

Such a write puts cells of its own behind the last cell of rows, and does next to nothing else. So each row must be what it was, then
the cells that were meant for the very number that it bears, then its end; and each distinct cell must read back as what was meant.
That is more than well-formedness proves, in a fraction of the time. What should stand there is put together here once more, not by the
code that wrote it. Rows with other edits, and those between and around the list, are looked at one by one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property, partial
from itertools import islice, takewhile

import numpy as np

from sheetcrm.xlsx.cells import CellValue, meant, unescape_text
from sheetcrm.xlsx.exchanged import ExchangedCells
from sheetcrm.xlsx.markup import unescape
from sheetcrm.xlsx.refs import letters
from sheetcrm.xlsx.rows import Coded
from sheetcrm.xlsx.searching import count_tags
from sheetcrm.xlsx.sheet import SheetEdits
from sheetcrm.xlsx.stretches import NewSheet, SheetRows, Stretch

_CELL = b'<c r="'
_START = re.compile(rb"<row r=\"(\d+)\"")
_WRITTEN = re.compile(
    rb"\"(?: s=\"\d+\")?(?: t=\"(inlineStr|b)\")?>"
    rb"(?:<v>([^<&]+)</v>|<is><t(?: xml:space=\"preserve\")?>((?:[^<&]|&(?:amp|lt|gt|quot|#\d+);)+)</t></is>)</c>"
)
_PLAIN_TEXT = re.compile(rb"^\"(?: s=\"\d+\")? t=\"inlineStr\"><is><t>([^<&\n]+)</t></is></c>$", re.MULTILINE)
_BLANK = re.compile(rb"\"(?: s=\"\d+\")?/>")
_BATCH = 1000


class AppendedColumns:
    """Columns that were to be appended to the rows of one sheet, and the few other edits beside them.

    `tails` are the cells as they were written, from behind the row's number on, one list for each column in their order. `left` are
    cells (row, column) that could not be written.
    """

    def __init__(
        self,
        edits: SheetEdits,
        tails: Sequence[Sequence[bytes]],
        left: Collection[tuple[int, int]],
        shared: Callable[[int], str],
        *,
        date1904: bool,
        styles: int | None = None,
    ) -> None:
        self._columns = edits.whole_columns()
        self._tails = tails
        self._date1904 = date1904
        self._rows = self._columns[0].rows if self._columns else ()
        self._opening = [_CELL + letters(patch.column).encode() for patch in self._columns]
        others = edits.beside(self._columns)
        self._others = others.rows()
        self._beside = ExchangedCells(others, left, shared, date1904=date1904, styles=styles)
        self._make_all = partial(ExchangedCells, edits, left, shared, date1904=date1904, styles=styles)
        self._done = self._others_done = 0

    def are_simple(self) -> bool:
        """Tell whether the edits are of this kind, and whether each cell's text reads back as its value."""
        return 0 < len(self._columns) == len(self._tails) and all(
            len(tails) == len(patch.values) and self._read_back(tails, patch.values)
            for patch, tails in zip(self._columns, self._tails, strict=True)
        )

    def are_all_that_changed(self, old: SheetRows, new: NewSheet) -> bool:
        """Compare a sheet's rows before and after; False where one is not as it must be, or that cannot be told here."""
        if not new.begins():
            return False
        for rows in old:
            if not self._grown(Stretch(rows), new) and not self._one_by_one(rows, new):
                return False
        return self._done == len(self._rows) and self._others_done == len(self._others) and new.ends()

    @cached_property
    def _all(self) -> ExchangedCells:
        return self._make_all()

    def _one_by_one(self, stretch: bytes, new: NewSheet) -> bool:
        """Do it for a stretch in which are other rows, too: some above or below, blank ones, some with other edits."""
        found = list(_START.finditer(stretch))
        numbers = [int(start[1]) for start in found]
        starts = [start.start() for start in found] + [len(stretch)]
        if any(count_tags(stretch, b"!?")) or not new.goes_on_with(stretch[: starts[0]]):
            return False
        at = 0
        while at < len(numbers):
            stop = at + max(1, self._run(numbers[at:]))
            if not self._grown(Stretch(stretch[starts[at] : starts[stop]]), new):
                rows = (stretch[starts[one] : starts[one + 1]] for one in range(at, stop))
                if not all(self._is_one(row, number, new) for row, number in zip(rows, numbers[at:stop], strict=True)):
                    return False
            at = stop
        return True

    def _run(self, numbers: Sequence[int]) -> int:
        """Count the rows, from the first on, that are the next ones of the columns and have no other edits."""
        pairs = zip(numbers, self._rows[self._done : self._done + len(numbers)], strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1] and not self._have_others(*pair), pairs))

    def _is_one(self, row: bytes, number: int, new: NewSheet) -> bool:
        """Tell whether the row that comes next is this one with all that was meant for it."""
        other = self._have_others(number, number)
        self._others_done += other
        if self._done < len(self._rows) and self._rows[self._done] <= number:
            self._done += 1
            return self._rows[self._done - 1] == number and self._all.is_exchanged(row, number, new)
        return self._beside.is_exchanged(row, number, new) if other else new.goes_on_with(row)

    def _have_others(self, first: int, last: int) -> bool:
        """Tell whether there are other edits in some rows."""
        at = bisect_left(self._others, first)
        return at < len(self._others) and self._others[at] <= last

    def _grown(self, stretch: Stretch, new: NewSheet) -> bool:
        """Tell whether each row of a stretch got the cells that it was to get, and nothing else."""
        start, stop = self._done, self._done + len(stretch.rows)
        numbers = self._rows[start:stop]
        digits = [b"%d" % number for number in numbers]
        if not digits or self._have_others(numbers[0], numbers[-1]):
            return False
        if not stretch.bears(digits) or stretch.last_column() >= self._columns[0].column:
            return False
        cells = [tails[start:stop] for tails in self._tails]
        parts = stretch.pieces(digits, cells)
        for opening, tails in zip(self._opening, cells, strict=True):
            if b"" in tails:  # then nothing stands there, no name either
                names = [tail and opening for tail in tails]
                parts += (names, [tail and number for tail, number in zip(tails, digits, strict=True)], tails)
            else:
                parts += ([opening] * len(digits), digits, tails)
        width = len(parts) + 1
        line = [stretch.between] * (width * len(digits))
        for at, part in enumerate(parts):
            line[at::width] = part
        line[-1] = stretch.closing
        self._done = stop if new.goes_on_with(stretch.opening + b"".join(line)) else start
        return self._done == stop

    def _read_back(self, tails: Sequence[bytes], values: Sequence[CellValue]) -> bool:
        """Tell whether each cell of a column holds its value: each distinct one is read once."""
        pairs = _distinct(tails, values)
        while batch := list(islice(pairs, _BATCH)):
            if not _are_plain_texts(batch) and not all(self._reads(tail, value) for tail, value in batch):
                return False
        return True

    def _reads(self, tail: bytes, value: CellValue) -> bool:
        """Tell whether a cell, from behind its row's number on, is written as we write and holds a value."""
        kind, content = meant(value, date1904=self._date1904)
        if kind == "empty":
            return not tail or _BLANK.fullmatch(tail) is not None
        found = _WRITTEN.fullmatch(tail)
        if found is None:
            return False
        written, number, text = found.groups()
        if text is not None:
            return written == b"inlineStr" and (kind, content) == ("text", unescape_text(unescape(text)))
        return (written, kind) in ((None, "n"), (b"b", "b")) and content == float(number)


def _are_plain_texts(cells: Sequence[tuple[bytes, CellValue]]) -> bool:
    """Tell whether cells hold the texts that they were to hold, all of them without anything to resolve."""
    texts = [value for _, value in cells if isinstance(value, str)]
    written = b"\n".join([tail for tail, _ in cells])
    if len(texts) != len(cells) or b"_x" in written or written.count(b"\n") != len(cells) - 1:
        return False
    return _PLAIN_TEXT.findall(written) == [text.encode() for text in texts]


def _distinct(tails: Sequence[bytes], values: Sequence[CellValue]) -> Iterator[tuple[bytes, CellValue]]:
    """Give each cell that was written for a value, and the value, once."""
    if not isinstance(values, Coded):
        yield from zip(tails, values, strict=True)
        return
    place = np.full(len(values.distinct) + 1, -1)  # where each code stands, for one; that of an empty cell is the last
    place[values.codes] = np.arange(len(values.codes))
    written = [tails[at] if at >= 0 else b"" for at in place.tolist()]
    if values.mapped(written[:-1], written[-1]) == list(tails):  # else a value was written in two ways
        used = np.flatnonzero(place >= 0).tolist()
        yield from ((written[code], values.distinct[code] if code < len(values.distinct) else None) for code in used)
    else:
        yield from zip(tails, values, strict=True)
