"""One row's bytes: cells exchanged, inserted in their order, emptied; everything else of the row as it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple, overload

import numpy as np
import numpy.typing as npt

from sheetcrm.xlsx.cells import CellValue, Content, Writer, meant, read_content
from sheetcrm.xlsx.errors import Damaged, Unsupported
from sheetcrm.xlsx.markup import attributes
from sheetcrm.xlsx.places import CellFinder, Place
from sheetcrm.xlsx.refs import Range, cell_name
from sheetcrm.xlsx.row_styles import RowStyles
from sheetcrm.xlsx.stretches import without_spans

_MOST_KNOWN = 50_000
_STRIP = 64
"""Rows that share one list of areas; an area over more of them than `_MOST_STRIPS` is looked at for every row."""
_MOST_STRIPS = 64


class CellEdit(NamedTuple):
    """A value for a cell. `style` is for a cell that is made new, and with `restyle` for one that stands there, too.

    `blank`: a cell is made new also where it holds nothing, for its look.
    """

    column: int
    value: CellValue
    style: int | None = None
    restyle: bool = False
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Coded(Sequence[CellValue]):
    """The values of a column that repeats itself: `distinct[codes[i]]` is the i-th one; code -1 is an empty cell."""

    codes: npt.NDArray[np.int32]
    distinct: Sequence[CellValue]

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, at: int) -> CellValue: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[CellValue]: ...
    def __getitem__(self, at: int | slice) -> CellValue | Sequence[CellValue]:
        if isinstance(at, slice):
            return Coded(self.codes[at], self.distinct)
        code = self.codes[at]
        return None if code < 0 else self.distinct[code]

    def mapped(self, values: Sequence[Any], empty: Any) -> list[Any]:
        """Give for each value what stands for it in `values`, which goes with `distinct`; `empty` for an empty cell."""
        lookup = np.empty(len(values) + 1, dtype=object)
        lookup[:-1] = values
        lookup[-1] = empty
        found: list[Any] = lookup[self.codes].tolist()
        return found


@dataclass(frozen=True, slots=True)
class ColumnPatch:
    """Values for one column, plain or coded. `rows` ascend; `values` go with them.

    `style` is for cells that are made new, and with `restyle` for those that stand there, too; `looks` in its place row by row.
    """

    column: int
    rows: Sequence[int]
    values: Sequence[CellValue]
    style: int | None = None
    restyle: bool = False
    looks: RowStyles | None = None

    def edit(self, at: int) -> CellEdit:
        """Give the edit of the cell in one of the rows, by its place."""
        style, blank = (self.style, False) if self.looks is None else self.looks.at(at)
        return CellEdit(self.column, self.values[at], style, self.restyle, blank)


class Left(NamedTuple):
    """A cell that was not written, and why: formula, array, data-table, merged."""

    row: int
    column: int
    reason: str


class Blocked(NamedTuple):
    """An area whose cells are not to be written but for its first one (`merged`) or at all."""

    area: Range
    reason: str


@dataclass(slots=True)
class Tally:
    """What was done in one sheet."""

    changed: list[tuple[int, int]] = field(default_factory=list)
    """(row, column) of single cells that were written."""
    dense: int = 0
    """Cells written by whole columns, beside those."""
    left: list[Left] = field(default_factory=list)
    formulas_removed: int = 0

    @property
    def cells(self) -> int:
        """The number of cells written."""
        return len(self.changed) + self.dense


class RowPatcher:
    """Patches rows of one sheet.

    `fitting_style` gives the style that shows a kind of value (date, moment, number) in a cell that has a given one.
    """

    def __init__(
        self,
        writer: Writer,
        *,
        shared: Callable[[int], str],
        fitting_style: Callable[[int | None, str], int | None],
        own_formulas: Container[str] = frozenset(),
        blocked: Sequence[Blocked] = (),
    ) -> None:
        self.writer = writer
        self.tally = Tally()
        self._shared = shared
        self._fitting_style = fitting_style
        self._own = own_formulas
        self.blocked = tuple(blocked)
        self.unused: tuple[Range, ...] = ()
        """Areas of new columns and rows: what stands there is nobody's to write over."""
        self._strips: defaultdict[int, list[Blocked]] = defaultdict(list)
        self._tall: list[Blocked] = []
        self._sort_blocked()
        self._finder = CellFinder(writer.prefix)
        self._known: dict[tuple[bytes, bytes], tuple[int | None, Content]] = {}
        self._close = b"</" + writer.prefix + b"row>"

    def new_row(self, number: int, edits: Sequence[CellEdit]) -> bytes:
        """Make a row that was not there; nothing where no edit has a value."""
        ref = b"%d" % number
        cells = b"".join(self._new_cell(number, edit) for edit in edits)
        if not cells:
            return b""
        p = self.writer.prefix
        return b"<" + p + b'row r="' + ref + b'">' + cells + b"</" + p + b"row>"

    def patch(self, row: bytes, number: int, edits: Sequence[CellEdit]) -> bytes:
        """Patch a row's bytes, from its start tag to its end tag and whatever blanks follow; edits ascend by column."""
        found = self._finder.some(row, number, [edit.column for edit in edits])
        if not found:
            return self._patched_slowly(row, number, edits)
        pieces: list[bytes] = []
        at = 0
        for edit, place in zip(edits, found, strict=True):
            stands = place.end > place.start
            new = self.exchanged(row, number, place, edit) if stands else self._new_cell(number, edit)
            pieces += (row[at : place.start], new)
            at = place.end
        patched = b"".join(pieces) + row[at:]
        return patched if patched == row else without_spans(patched)

    def _patched_slowly(self, row: bytes, number: int, edits: Sequence[CellEdit]) -> bytes:
        places = list(self.places(row))
        named = all(b"r=" in place.raw for place in places)
        there = {place.column: place for place in places}  # wherever it stands: not all writers keep their order
        opened, end = self._opened(row)
        if b"extLst" in row:  # it stands behind all cells
            end = max((place.end for place in places), default=opened.index(b">") + 1)
        elif any(place.end > end for place in places):
            raise Damaged(f"a sheet has a cell behind row {number} and in none", "malformed")
        splices: list[tuple[int, int, bytes]] = []
        for edit in edits:
            place = there.get(edit.column)
            if place is not None:
                splices.append((place.start, place.end, self.exchanged(row, number, place, edit, keep=not named)))
            elif new := self._new_cell(number, edit):
                start = next((place.start for place in places if place.column > edit.column), end)
                splices.append((start, start, new))
        if not splices:
            return row
        pieces: list[bytes] = []
        at = 0
        for start, stop, new in sorted(splices, key=itemgetter(0, 1)):
            pieces += (opened[at:start], new)
            at = stop
        patched = b"".join(pieces) + opened[at:]
        return patched if patched == row else without_spans(patched)

    def places(self, row: bytes) -> Iterator[Place]:
        """Give the row's cells in their order; one without a name follows the one before it."""
        return self._finder.all(row)

    def _opened(self, row: bytes) -> tuple[bytes, int]:
        """Give the row with an end tag, and where that stands."""
        end = row.rfind(b"</" + self.writer.prefix + b"row")
        if end >= 0:
            return row, end
        end = row.rfind(b"/>")
        if end < 0:
            raise Damaged("a sheet has a row that does not end", "malformed")
        return row[:end] + b">" + self._close + row[end + 2 :], end + 1

    def _new_cell(self, row: int, edit: CellEdit) -> bytes:
        if is_empty(edit.value):
            bare = not edit.blank or self._reason(row, edit.column)
            return b"" if bare else self.writer.cell(cell_name(row, edit.column).encode(), None, edit.style)
        if reason := self._reason(row, edit.column):
            self.tally.left.append(Left(row, edit.column, reason))
            return b""
        self.tally.changed.append((row, edit.column))
        return self.writer.cell(
            cell_name(row, edit.column).encode(), edit.value, self.style_for(edit.style, edit.value)
        )

    def exchanged(self, data: bytes, row: int, place: Place, edit: CellEdit, *, keep: bool = False) -> bytes:
        """Give the cell with the edit's value: its own bytes where that changes nothing or must not be done."""
        old = data[place.start : place.end]
        style, content = self._read(place)
        wanted = edit.style if edit.restyle else style
        if not is_empty(edit.value):
            wanted = self.style_for(wanted, edit.value)
        if self._same(content, edit.value) and (wanted == style or is_empty(edit.value)):
            return old
        if reason := self._reason(row, edit.column) or self._formula_reason(content):
            self.tally.left.append(Left(row, edit.column, reason))
            return old
        if content.kind != "empty" and any(area.holds(row, edit.column) for area in self.unused):
            raise Unsupported(f"{cell_name(row, edit.column)} holds something already", "occupied")
        if content.kind == "formula":
            self.tally.formulas_removed += 1
        self.tally.changed.append((row, edit.column))
        if is_empty(edit.value) and style is None and not keep:
            return b""
        return self.writer.cell(
            cell_name(row, edit.column).encode(), edit.value, style if is_empty(edit.value) else wanted
        )

    def _read(self, place: Place) -> tuple[int | None, Content]:
        """Read a cell's style and content; of cells that are alike the first one only."""
        key = (place.raw, place.inner)
        if key not in self._known:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            found = attributes(place.raw)
            style = int(found["s"]) if found.get("s", "").isdecimal() else None
            self._known[key] = style, read_content(found.get("t", "n"), place.inner, self._shared)
        return self._known[key]

    def _same(self, content: Content, value: CellValue) -> bool:
        kind, wanted = meant(value, date1904=self.writer.date1904)
        return content.kind == kind and content.value == wanted

    def _formula_reason(self, content: Content) -> str:
        if content.kind != "formula":
            return ""
        return "" if content.shape == "normal" and content.value in self._own else "formula"

    def _sort_blocked(self) -> None:
        """Sort the areas by their rows: a sheet may have one in each, and each of its cells asks."""
        for block in self.blocked:
            strips = range(block.area.first_row // _STRIP, block.area.last_row // _STRIP + 1)
            if len(strips) > _MOST_STRIPS:
                self._tall.append(block)
                continue
            for strip in strips:
                self._strips[strip].append(block)

    def _reason(self, row: int, column: int) -> str:
        for block in chain(self._tall, self._strips.get(row // _STRIP, ())):
            first = block.reason == "merged" and (row, column) == block.area[:2]
            if block.area.holds(row, column) and not first:
                return block.reason
        return ""

    def style_for(self, style: int | None, value: CellValue) -> int | None:
        """Give the style to write a value with: a date needs one that shows a date, a number none that does by default."""
        if isinstance(value, date | time):
            return self._fitting_style(style, "moment" if isinstance(value, datetime | time) else "date")
        if style is None and isinstance(value, int | float) and not isinstance(value, bool):
            return self._fitting_style(None, "number")
        return style


def is_empty(value: CellValue) -> bool:
    """Tell whether a value leaves its cell empty."""
    return value is None or (isinstance(value, str) and not value)
