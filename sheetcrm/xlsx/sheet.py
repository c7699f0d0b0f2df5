"""A streaming patch of one sheet: its bytes in, its bytes out.

Edits of whole columns that share their rows are made behind all others, in a pass of their own: so they go the fast way also where
some rows have other edits besides. Comments, CDATA, rows and cells without names go a slower way over the whole sheet.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sheetcrm.xlsx.dense import DenseColumns, place_of
from sheetcrm.xlsx.drop_downs import DropDown
from sheetcrm.xlsx.encoding import refuse_doctype
from sheetcrm.xlsx.errors import Damaged, Unsupported
from sheetcrm.xlsx.framing import MERGED, Framing, ranges, root_name
from sheetcrm.xlsx.markup import TOKEN, Markup, attributes
from sheetcrm.xlsx.passes import RowPass
from sheetcrm.xlsx.reading import SHEET_DATA, grown
from sheetcrm.xlsx.refs import MAX_COLUMN, MAX_ROW, Range
from sheetcrm.xlsx.rows import Blocked, CellEdit, ColumnPatch, RowPatcher
from sheetcrm.xlsx.searching import count_pairs

_AREA = re.compile(rb"<(?:[^\s/>!?:<]+:)?f\s[^<>]{0,500}?\bt\s*=\s*[\"'](array|dataTable)[\"'][^<>]{0,500}>")
_REASONS = {b"array": "array", b"dataTable": "data-table"}


@dataclass(slots=True)
class SheetEdits:
    """All that is to be done to one sheet."""

    cells: dict[int, dict[int, CellEdit]] = field(default_factory=dict)
    """Single cells, by row and column."""
    columns: list[ColumnPatch] = field(default_factory=list)
    own_formulas: set[str] = field(default_factory=set)
    """Formulas, without `=`, that are the caller's own and may be written over."""
    unused: list[Range] = field(default_factory=list)
    """Areas that were looked at and found empty: where a cell of them holds something after all, nothing is written."""
    head: list[Callable[[Markup], None]] = field(default_factory=list)
    """Splices before the rows: views, columns' widths."""
    tail: list[Callable[[Markup], None]] = field(default_factory=list)
    """Splices behind the rows: validations, table parts."""
    drop_downs: list[DropDown] = field(default_factory=list)
    """Those that one of the splices adds."""

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is asked."""
        return not (self.cells or self.columns or self.head or self.tail)

    def rows(self) -> Sequence[int]:
        """Give the rows that are edited, ascending."""
        several = list({id(patch.rows): patch.rows for patch in self.columns}.values())
        found = set(self.cells)
        if len(several) == 1 and not found:
            return several[0]
        if len(several) == 1 and several[0] and max(found, default=0) < several[0][0]:
            return [*sorted(found), *several[0]]
        return sorted(found.union(*several))

    def whole_columns(self) -> list[ColumnPatch]:
        """Give the columns that share most of all columns' cells, in most rows of their extent; none where they meet other edits."""
        cells = Counter[int]()
        for patch in self.columns:
            cells[id(patch.rows)] += len(patch.rows)
        most = next((rows for rows, count in cells.most_common(1) if 2 * count > cells.total()), None)
        whole = sorted((patch for patch in self.columns if id(patch.rows) == most), key=lambda patch: patch.column)
        if not whole or len({patch.column for patch in self.columns}) < len(self.columns):
            return []
        rows, numbers = whole[0].rows, {patch.column for patch in whole}
        if 2 * len(rows) <= rows[-1] - rows[0] + 1:
            return []
        meet = any(place_of(rows, row) is not None for row, edits in self.cells.items() if numbers & edits.keys())
        return [] if meet else whole

    def beside(self, whole: Sequence[ColumnPatch]) -> SheetEdits:
        """Give the edits of cells without those columns."""
        return SheetEdits(self.cells, [patch for patch in self.columns if not whole or patch.rows is not whole[0].rows])

    def extent(self) -> Range | None:
        """Give the rectangle around all edits."""
        rows = self.rows()
        if not rows:
            return None
        columns = {column for row in self.cells.values() for column in row} | {patch.column for patch in self.columns}
        extent = Range(rows[0], min(columns), rows[-1], max(columns))
        if (
            extent.first_row < 1
            or extent.first_column < 1
            or extent.last_row > MAX_ROW
            or extent.last_column > MAX_COLUMN
        ):
            raise Unsupported(f"{extent} lies outside of what a sheet can hold", "size")
        return extent

    def touches(self, area: Range) -> bool:
        """Tell whether a cell inside an area, other than its first, is edited."""
        inside = any(
            area.holds(row, column) and (row, column) != area[:2]
            for row in self.cells.keys() & range(area.first_row, area.last_row + 1)
            for column in self.cells[row]
        )
        return inside or any(
            area.first_column <= patch.column <= area.last_column and _has_rows(patch, area) for patch in self.columns
        )


def _has_rows(patch: ColumnPatch, area: Range) -> bool:
    """Tell whether a column that goes through an area has rows in it, without its first cell."""
    first = area.first_row + (patch.column == area.first_column)
    at = bisect_left(patch.rows, first)
    return at < len(patch.rows) and patch.rows[at] <= area.last_row


class BlockedFoundError(Exception):
    """Areas that must not be written came up behind cells that were: patch again, knowing them."""

    def __init__(self, blocked: list[Blocked]) -> None:
        super().__init__("patch again")
        self.blocked = blocked


class SheetPatcher:
    """Patches one sheet. `patch` may be used once; what was done is in `tally` then."""

    def __init__(self, edits: SheetEdits, rows: RowPatcher, part: str = "the sheet") -> None:
        self.edits = edits
        self.part = part
        self._framing = Framing(edits, rows.writer.prefix, part)
        self._patcher = rows
        rows.unused = tuple(edits.unused)
        whole = [] if rows.blocked else edits.whole_columns()
        self._dense = DenseColumns(whole, rows) if whole else None
        others = edits.beside(whole)
        self._passes = []
        if others.rows() or not whole:
            self._passes.append(RowPass(others.rows(), others.columns, others.cells, rows, part=part))
        if self._dense is not None:
            self._passes.append(RowPass(whole[0].rows, whole, {}, rows, dense=self._dense, part=part))
        self._areas: list[Blocked] = []
        p = rows.writer.prefix
        self._open = b"<" + p + b"row"
        self._end = b"</" + p + b"sheetData"
        # of comments, of instructions, of formulas, of the end of all cells
        self._marks = (b"<!", b"<?", b":f" if p else b"<f", b":s" if p else b"/s")

    @property
    def tails(self) -> list[Sequence[bytes]]:
        """The cells of whole columns as they are written, where that goes the fast way: see `DenseColumns.tails`."""
        return self._dense.tails if self._dense is not None else []

    @property
    def frame_changed(self) -> bool:
        """Tell whether the callers' splices changed anything."""
        return self._framing.changed

    def patch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Give the patched sheet's bytes. Raises Damaged, Unsupported, and at the end BlockedFoundError."""
        source = iter(chunks)
        head, buffer, empty = _read_head(source, self.part)
        yield self._framing.head(head)
        if empty:
            added = self._rest()
            p = self._patcher.writer.prefix
            yield b"<%bsheetData>%b</%bsheetData>" % (p, added, p) if added else b"<%bsheetData/>" % p
        else:
            tag_end = buffer.index(b">") + 1
            yield buffer[:tag_end]
            buffer = yield from self._rows(source, buffer[tag_end:])
        tail = buffer + b"".join(source)
        yield self._framing.tail(head, tail)
        found = [*self._areas, *(Blocked(area, "merged") for area in ranges(MERGED.findall(tail)))]
        hit = [block for block in found if self.edits.touches(block.area)]
        known = set(self._patcher.blocked)
        if not known.issuperset(hit):
            raise BlockedFoundError(hit)

    def _rows(self, source: Iterator[bytes], buffer: bytes) -> Generator[bytes, None, bytes]:
        """Patch the rows; returns the bytes from the end tag of the cells on."""
        while True:
            comments, instructions, formulas, ends = count_pairs(buffer, self._marks)
            if comments or instructions:
                buffer += b"".join(source)
                return (yield from self._slow_rows(buffer))
            end = buffer.find(self._end) if ends else -1
            cut = end if end >= 0 else buffer.rfind(self._open)
            if cut > 0:
                if formulas:
                    self._note_areas(buffer[:cut])
                yield self._region(buffer[:cut])
                buffer = buffer[cut:]
            if end >= 0:
                yield self._rest()
                return buffer
            buffer = grown(buffer, source, f"{self.part} breaks off in its cells")

    def _slow_rows(self, buffer: bytes) -> Generator[bytes, None, bytes]:
        for token in TOKEN.finditer(buffer):
            if token["name"] == self._end[2:] and token["close"]:
                self._note_areas(buffer[: token.start()])
                yield self._region(buffer[: token.start()], plain=False)
                yield self._rest()
                return buffer[token.start() :]
        raise Damaged(f"{self.part} breaks off in its cells", "malformed")

    def _region(self, region: bytes, *, plain: bool = True) -> bytes:
        """Patch a stretch of whole rows; `plain` where it holds elements and text only."""
        for one in self._passes[:-1]:
            region = region if plain and one.skips(region) else one.region(region, plain=plain)
        return self._passes[-1].region(region, plain=plain)

    def _rest(self) -> bytes:
        """Give the rows behind the last one that stands there."""
        rest = b""
        for one in self._passes:
            rest = one.region(rest) + one.rest()
        return rest

    def _note_areas(self, region: bytes) -> None:
        if b"array" in region or b"dataTable" in region:
            for found in _AREA.finditer(region):
                for area in ranges([attributes(found[0]).get("ref", "").encode()]):
                    self._areas.append(Blocked(area, _REASONS[found[1]]))


def _read_head(source: Iterator[bytes], part: str) -> tuple[bytes, bytes, bool]:
    """Read up to the cells: what stands before them, the rest from their start tag on, and whether there are none."""
    buffer = b""
    while not (found := SHEET_DATA.search(buffer)):
        buffer = grown(buffer, source, f"{part} has no cells, not even an empty list of them")
    refuse_doctype(buffer[: found.start()], part)
    empty = bool(found[2])
    return buffer[: found.start()], buffer[found.end() :] if empty else buffer[found.start() :], empty


def sheet_prefix(head: bytes) -> str:
    """Give the prefix, with its colon, that a sheet's elements have."""
    return root_name(head).decode().removesuffix("worksheet")
