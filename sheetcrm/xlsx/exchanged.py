"""The proof of cells that were exchanged in some rows, or put into them: all else has its bytes.

The rows between those that were edited are compared as they stand. An edited row must have the start tag and the other cells that
it had, and in the edited cells what was meant, well-formed. Where rows are written in an unusual way, or were put between others,
that is left to the general proof.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable
from xml.parsers import expat

from sheetcrm.xlsx.expected import EMPTY, CellReader, Expected, keeps_style
from sheetcrm.xlsx.places import ascending
from sheetcrm.xlsx.refs import column_number
from sheetcrm.xlsx.searching import count_tags
from sheetcrm.xlsx.sheet import SheetEdits
from sheetcrm.xlsx.stretches import NewSheet, SheetRows, without_spans

_ROW, _ROW_END, _OPEN = b'<row r="', b"</row>", b'<c r="'
_CELL = re.compile(rb"<c r=\"([A-Z]+)(\d+)(\"[^<>]*?(?:/>|>.*?</c>))", re.DOTALL)
_EMPTY_CELL = re.compile(rb"<c r=\"([A-Z]+)(\d+)(\"[^<>]*?/>)")


class ExchangedCells:
    """What was to change in the rows of one sheet. `left` are cells (row, column) that could not be written and stay as they were.

    `styles` is how many cell styles the workbook has.
    """

    def __init__(
        self,
        edits: SheetEdits,
        left: Collection[tuple[int, int]],
        shared: Callable[[int], str],
        *,
        date1904: bool,
        styles: int | None = None,
    ) -> None:
        self._styles = styles
        self._rows = edits.rows()
        self._left = left
        self._expected = Expected(edits, date1904=date1904)
        self._reader = CellReader(shared)
        self._sound: set[bytes] = set()

    def are_all_that_changed(self, old: SheetRows, new: NewSheet) -> bool:
        """Compare a sheet's rows before and after; False where one is not as it must be, or that cannot be told here."""
        if not new.begins():
            return False
        done = 0
        for stretch in old:
            name = stretch.rfind(_ROW) + len(_ROW)
            last = stretch[name : stretch.find(b'"', name)]
            if name < len(_ROW) or not last.isdigit() or any(count_tags(stretch, b"!?")):
                return False
            stop = bisect_right(self._rows, int(last), done)
            if not self._are_exchanged(stretch, self._rows[done:stop], new):
                return False
            done = stop
        return all(self._is_added(number, new) for number in self._rows[done:]) and new.ends()

    def _are_exchanged(self, stretch: bytes, numbers: Iterable[int], new: NewSheet) -> bool:
        """Tell whether a stretch's rows with some numbers have their edited cells, and all between them is what it was."""
        at = 0
        for number in numbers:
            start = stretch.find(_ROW + b'%d"' % number, at)
            if start < 0 or not new.goes_on_with(stretch[at:start]):
                return False
            at = stretch.find(_ROW, start + 1)
            at = at if at >= 0 else len(stretch)
            if not self.is_exchanged(stretch[start:at], number, new):
                return False
        return new.goes_on_with(stretch[at:] if at else stretch)

    def _is_added(self, number: int, new: NewSheet) -> bool:
        """Tell whether a row below all others is new and holds what was meant; one that was to hold nothing is not there."""
        if all(content == EMPTY for _, content in self._expected.row(number)):
            return True
        return self.is_exchanged(b'<row r="%d"></row>' % number, number, new)

    def is_exchanged(self, row: bytes, number: int, new: NewSheet) -> bool:
        """Tell whether the row that comes next is this one with its edited cells as they were meant to be."""
        wanted = self._expected.row(number)
        behind = row.find(b">") + 1
        start = max(behind, row.find(_OPEN + wanted[0][0] + b'%d"' % number))
        head = row[:start]
        if row.startswith(b"/>", behind - 2) or not row.endswith(_ROW_END):
            return False
        if not new.goes_on_with(head) and not new.goes_on_with(without_spans(head)):
            return False
        before = _cells(row[start : -len(_ROW_END)], number)
        after = _cells(new.up_to(_ROW_END), number)
        if before is None or after is None:
            return False
        for name, content in wanted:
            was, now = before.pop(name, None), after.pop(name, None)
            if self._reader.content(now) == content:
                if was != now and not (self._is_sound(now) and keeps_style(was, now, self._styles)):
                    return False
            elif was != now or (number, column_number(name)) not in self._left:
                return False
        return before == after

    def _is_sound(self, cell: bytes | None) -> bool:
        """Tell whether a cell is well-formed by itself; equal ones are parsed once."""
        if cell is None or cell in self._sound:
            return True
        try:
            parser = expat.ParserCreate()
            parser.Parse(b'<c r="A1' + cell, True)
        except expat.ExpatError:
            return False
        self._sound.add(cell)
        return True


def _cells(row: bytes, number: int) -> dict[bytes, bytes] | None:
    """Give what stands in a row's cells behind its number, by the letters of their columns.

    None where there is anything else than cells, in their order, that bear the number.
    """
    closed = (
        row.rfind(b"</c>") + len(b"</c>") if b"</c>" in row else 0
    )  # no cell behind it is: not to be looked for from each
    found = _CELL.findall(row, 0, closed) + _EMPTY_CELL.findall(row, closed)
    if not found:
        return None if row else {}
    names, digits, cells = zip(*found, strict=True)
    size = len(found) * len(_OPEN) + sum(map(len, names)) + sum(map(len, digits)) + sum(map(len, cells))
    if size != len(row) or set(digits) != {b"%d" % number} or not ascending(names):
        return None
    return dict(zip(names, cells, strict=True))
