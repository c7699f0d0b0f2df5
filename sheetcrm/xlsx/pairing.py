"""Which row of a sheet was which before: by its number, and where rows were put in, taken out or sorted by what stands in them."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sheetcrm.xlsx.lockstep import all_rows, unequal_rows
from sheetcrm.xlsx.matching import matched, rising
from sheetcrm.xlsx.refs import column_number, letters
from sheetcrm.xlsx.sides import EMPTY, Cells, Seen, Side

_MOST_ALIGNED = 100_000
"""Rows beyond this are told by their numbers alone: both versions of them are held in memory."""
_NOTHING: Cells = {}
_NO_CELLS = (b"<sheetData/>",)


@dataclass(frozen=True, slots=True)
class Scheme:
    """What is known of a sheet beforehand. Columns are numbers in the later version.

    `ours`: columns that the caller's program fills; `filled`: those in which it fills empty cells only; `headed`: rows that it writes as a
    whole; `written`: single cells, by row and column, that it fills where they are empty; `everything`: nobody else has written at all.
    `moved`: where columns stand that stood elsewhere, by their earlier number; for one that is no more that number below zero.
    `identities`: columns that tell rows apart, the surest first. `aligned`: rows may have been put in, taken out or sorted.
    """

    ours: frozenset[int] = frozenset()
    filled: frozenset[int] = frozenset()
    moved: Mapping[int, int] = field(default_factory=dict)
    identities: tuple[tuple[int, ...], ...] = ()
    aligned: bool = True
    headed: frozenset[int] = frozenset()
    written: frozenset[tuple[int, int]] = frozenset()
    everything: bool = False

    def is_ours(self, row: int, column: int, *, was_empty: bool) -> bool:
        """Tell whether a change in a cell is the program's."""
        if self.everything or column in self.ours or row in self.headed:
            return True
        return was_empty and (column in self.filled or (row, column) in self.written)


class RowPair(NamedTuple):
    """A row before and after, by number and cells; None where there is none. `moved`: it stands among other rows than before.

    As many cells as `same` are left out: they are the same.
    """

    old: int | None
    new: int | None
    before: Cells
    after: Cells
    moved: bool = False
    same: int = 0


class SheetPair(NamedTuple):
    """Two versions of a sheet: sides and parts. `trusting`: equal bytes mean equal cells."""

    old: Side
    old_part: str | None
    new: Side
    new_part: str | None
    trusting: bool


def differing_rows(sheets: SheetPair, scheme: Scheme, block: Block | None = None) -> Iterator[RowPair]:
    """Give the rows that are not the same in both versions, paired by number, and in the block by what stands in them.

    Raises Damaged, Hostile.
    """
    reading = _Reading(sheets, scheme)
    left = sheets.old.chunks(sheets.old_part) if sheets.old_part else _NO_CELLS
    right = sheets.new.chunks(sheets.new_part) if sheets.new_part else _NO_CELLS
    by_bytes = reading.trusting and block is None
    for number, was, now, same in unequal_rows(left, right) if by_bytes else all_rows(left, right):
        if block is not None and number > block.last:
            yield from block.pairs(reading)
            block = None
        if block is not None and block.first <= number:
            block.take(number, was, now, reading)
        elif not (reading.trusting and _same_bytes(was, now)):
            before, after, equal = reading.tails(was, now, same)
            if before != after and (_has(before) or _has(after)):
                yield RowPair(
                    None if was is None else number, None if now is None else number, before, after, same=equal
                )
    if block is not None:
        yield from block.pairs(reading)


def _same_bytes(was: bytes | None, now: bytes | None) -> bool:
    """Tell whether two rows are the same behind their start tags: height and hints are no cells."""
    if was is None or now is None:
        return False
    return was == now or was[was.find(b">") :] == now[now.find(b">") :]


def _has(cells: Cells) -> bool:
    return any(cell.kind != "empty" for cell in cells.values())


class _Reading:
    """How the rows of two versions are read: columns that stood elsewhere by the names that they have now."""

    def __init__(self, sheets: SheetPair, scheme: Scheme) -> None:
        self._sheets = sheets
        self._moved = {letters(was).encode(): _name(now) for was, now in scheme.moved.items()}
        taken = frozenset(
            self._moved.values()
        )  # a column that nobody knows may have stood where a known one stands now
        self._moved |= {name: _GONE + name for name in taken if name not in self._moved and not name.startswith(_GONE)}
        self.trusting = sheets.trusting and not self._moved

    def old(self, row: bytes | None) -> Cells:
        """Give the cells of a row as it was."""
        cells = _NOTHING if row is None else self._sheets.old.cells(row)
        return {self._moved.get(name, name): cell for name, cell in cells.items()} if self._moved else cells

    def new(self, row: bytes | None) -> Cells:
        """Give the cells of a row as it is now."""
        return _NOTHING if row is None else self._sheets.new.cells(row)

    def tails(self, was: bytes | None, now: bytes | None, same: int) -> tuple[Cells, Cells, int]:
        """Give the cells of both, but for those at their beginnings that are the same bytes, and the number of these."""
        start = was.rfind(b"<c ", 0, same + 1) if was is not None and now is not None and same else -1
        if start > 0 and was is not None and now is not None:
            before, after = self._sheets.old.cells_from(was, start), self._sheets.new.cells_from(now, start)
            if before is not None and after is not None:
                return before, after, was.count(b"<c ", 0, start)
        return self.old(was), self.new(now), 0


_GONE = b"-"  # before the letters of a column that is no more: what stands there now is another one


def _name(column: int) -> bytes:
    return letters(column).encode() if column > 0 else _GONE + letters(-column).encode()


def _column(name: bytes) -> int:
    """Give the number of a column by its name, below zero for one that is no more. Raises Damaged."""
    return -column_number(name.removeprefix(_GONE)) if name.startswith(_GONE) else column_number(name)


class _Row(NamedTuple):
    number: int
    raw: bytes
    keys: tuple[Hashable, ...]


class Block:
    """The rows from the first to the last that are not plainly the same row as before, and who they were.

    Shown all rows that differ by number (`look_at`), it knows whether rows have to be told in another way (`is_wanted`).
    """

    def __init__(self, scheme: Scheme) -> None:
        self.first, self.last = 0, -1
        self._unlike = False
        self._ours = frozenset(letters(column).encode() for column in scheme.ours)
        self._identities = [[letters(column).encode() for column in columns] for columns in scheme.identities]
        self._old: list[_Row] = []
        self._new: list[_Row] = []

    @property
    def is_wanted(self) -> bool:
        """Tell whether rows have to be told by what stands in them."""
        return self._unlike and self.last - self.first < _MOST_ALIGNED

    def look_at(self, pair: RowPair) -> None:
        """Take note of a row that is not the same in both versions."""
        both = pair.old is not None and pair.new is not None
        if both and _are_alike(pair.before, pair.after, self._ours, pair.same):
            return
        self._unlike = self._unlike or both
        number = pair.new if pair.new is not None else pair.old or 0
        self.first = number if self.last < 0 else self.first
        self.last = number

    def take(self, number: int, was: bytes | None, now: bytes | None, reading: _Reading) -> None:
        """Take in the rows of a number. Their bytes are kept: as cells they would take ten times the room."""
        for rows, raw, cells in ((self._old, was, reading.old), (self._new, now, reading.new)):
            if raw is not None and _has(found := cells(raw)):
                rows.append(_Row(number, raw, self._keys(found)))

    def pairs(self, reading: _Reading) -> Iterator[RowPair]:
        """Give the block's rows that are not the same, and those that were moved, in their present order; then those that are gone."""

        def alike(one: int, other: int) -> bool:
            return _are_alike(reading.old(self._old[one].raw), reading.new(self._new[other].raw), self._ours)

        found = matched([row.keys for row in self._old], [row.keys for row in self._new], alike)
        self._add_overwritten(found)
        staying = rising(found)
        for at, (place, row) in enumerate(zip(found, self._new, strict=True)):
            was = None if place is None else self._old[place]
            before, after = reading.old(was.raw if was else None), reading.new(row.raw)
            moved = was is not None and at not in staying
            if before != after or moved:
                yield RowPair(was.number if was else None, row.number, before, after, moved)
        kept = set(found)
        for at, row in enumerate(self._old):
            if at not in kept:
                yield RowPair(row.number, None, reading.old(row.raw), _NOTHING)

    def _add_overwritten(self, found: list[int | None]) -> None:
        """Pair what is left by number: somebody typed over such a row."""
        taken = set(found)
        left = {row.number: at for at, row in enumerate(self._old) if at not in taken}
        for at, row in enumerate(self._new):
            if found[at] is None:
                found[at] = left.get(row.number)

    def _keys(self, cells: Cells) -> tuple[Hashable, ...]:
        filled = {name: cell.key for name, cell in cells.items() if name not in self._ours and cell.kind != "empty"}
        keys = [tuple(filled.get(name) for name in names) for names in self._identities]
        return (hash(frozenset(filled.items())), *(hash(key) if any(key) else None for key in keys))


def _are_alike(before: Cells, after: Cells, ours: Collection[bytes], same: int = 0) -> bool:
    """Tell whether two rows are plainly one: at least half of the cells that are not ours are the same."""
    if same >= min(len(before), len(after)):
        return True
    one = {name: cell for name, cell in before.items() if cell.kind != "empty" and name not in ours}
    other = {name: cell for name, cell in after.items() if cell.kind != "empty" and name not in ours}
    equal = sum(cell.means(other.get(name, EMPTY)) for name, cell in one.items())
    return 2 * (equal + same) >= min(len(one), len(other)) + same


def changed_cells(pair: RowPair) -> Iterator[tuple[int, Seen, Seen]]:
    """Give the cells of a row that are not the same: column, before, after. Cells without content count only where they had or get one.

    A column that is no more has its number below zero.
    """
    names = [name for name, cell in pair.after.items() if pair.before.get(name) != cell]
    names += [name for name in pair.before if name not in pair.after]
    for column, name in sorted(((_column(name), name) for name in names), key=lambda named: abs(named[0])):
        was, now = pair.before.get(name, EMPTY), pair.after.get(name, EMPTY)
        if was.kind != "empty" or now.kind != "empty":
            yield column, was, now
