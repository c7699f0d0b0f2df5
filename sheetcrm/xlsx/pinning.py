"""Formulas that fill several cells among rows that are written anew: such an area belongs to its place, not to its rows.

Excel does not let rows of one be sorted either ("you can't change part of an array"). So it stays where it is, whatever row comes there.
Where something else has to stand in its place (a cell of the owner's that goes along with its row, a row that moves up from below, one
of our columns) its results stay as values, each with its row, and that is told.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sheetcrm.xlsx.markup import attributes
from sheetcrm.xlsx.refs import Range, cell_name

if TYPE_CHECKING:
    from sheetcrm.xlsx.keeping import Moves
    from sheetcrm.xlsx.places import Place
    from sheetcrm.xlsx.rows import RowPatcher

_FORMULA = re.compile(rb"<(?:[^\s/>!?:<]+:)?f(\s[^<>]*)>")
_NUMBER = re.compile(rb"\sr\s*=\s*[\"'](\d+)[\"']")


@dataclass(frozen=True, slots=True)
class Pinned:
    """What stays in its place. `cells` are raw, by row and column; `dissolved` those with a formula whose results stay as values."""

    cells: Mapping[int, Mapping[int, bytes]] = field(default_factory=dict)
    dissolved: Collection[tuple[int, int]] = ()

    def holds(self, row: int, column: int) -> bool:
        """Tell whether a cell stays where it is."""
        return column in self.cells.get(row, ())

    def dissolves(self, row: int, column: int) -> bool:
        """Tell whether a cell loses the formula that fills an area from it."""
        return (row, column) in self.dissolved


def pin(old: Mapping[int, bytes], rows: RowPatcher, moves: Moves) -> Pinned:
    """Decide what becomes of each area that one formula fills, in or reaching into the rows that are written anew."""
    cells: dict[int, dict[int, bytes]] = {}
    dissolved = []
    grid = _Grid(old, rows)
    for area, kind, cell in _areas(old, rows):
        if not area.meets(Range(moves.rewritten.start, area.first_column, moves.rewritten.stop - 1, area.last_column)):
            continue
        numbers: Iterable[int] = range(area.first_row, area.last_row + 1)
        shifts = {moves.rows[number] - number if number in moves.rows else None for number in numbers}
        columns = set(range(area.first_column, area.last_column + 1))
        if columns <= set(moves.ours):
            continue  # our cells are written anew, whatever they hold
        ours = not columns.isdisjoint(moves.ours)
        along = kind == "array" and len(shifts) == 1 and None not in shifts
        if not ours and (shifts == {0} or along):
            continue  # it goes with its rows, which stay together
        if ours or _is_in_the_way(area, grid, moves):
            dissolved.append(cell)
            numbers = [
                n for n in numbers if n not in moves.rows and n not in moves.rewritten
            ]  # the table grows over them
        for number in numbers:
            for place in grid.places(number):
                if place.column in columns.difference(moves.ours):
                    raw = _named(old[number][place.start : place.end], number, place, rows.writer.prefix)
                    cells.setdefault(number, {})[place.column] = raw
    return Pinned(cells, tuple(dissolved))


def with_pinned(grid: Iterable[bytes], pinned: Pinned, rows: RowPatcher) -> list[bytes]:
    """Put the cells that stay in their places into the rows that are there now, which ascend; rows of their own where there are none."""
    if not pinned.cells:
        return list(grid)
    p = rows.writer.prefix
    found: dict[int, bytes] = {}
    for row in filter(None, grid):
        named = _NUMBER.search(row, 0, row.index(b">"))
        found[int(named[1]) if named else max(found, default=0) + 1] = row
    for number, cells in pinned.cells.items():
        row = found.get(number, b'<%brow r="%d"></%brow>' % (p, number, p))
        found[number] = _merged(row, cells, rows)
    return [found[number] for number in sorted(found)]


def hanging(old: Mapping[int, bytes], rows: RowPatcher, last: int) -> set[int]:
    """Find the rows behind the table's `last` one that hold nothing but the ends of areas which begin in it or above."""
    areas = [area for area, _, _ in _areas(old, rows) if area.first_row <= last < area.last_row]
    reached = {number for area in areas for number in range(last + 1, area.last_row + 1) if number in old}
    return {
        number
        for number in reached
        if all(
            not place.inner or any(area.holds(number, place.column) for area in areas)
            for place in rows.places(old[number])
        )
    }


class _Grid:
    """Rows as they were, their cells looked for once."""

    def __init__(self, old: Mapping[int, bytes], rows: RowPatcher) -> None:
        self._old, self._rows = old, rows
        self._known: dict[int, list[Place]] = {}

    def places(self, number: int) -> list[Place]:
        if number not in self._known:
            self._known[number] = list(self._rows.places(self._old[number])) if number in self._old else []
        return self._known[number]


def _areas(old: Mapping[int, bytes], rows: RowPatcher) -> Iterator[tuple[Range, str, tuple[int, int]]]:
    """Give each area, what kind of formula fills it, and from which cell."""
    for number, row in old.items():
        if b"array" not in row and b"dataTable" not in row:
            continue
        for place in rows.places(row):
            formula = _FORMULA.search(place.inner)
            said = attributes(formula[1]) if formula else {}
            if said.get("t") in {"array", "dataTable"}:
                try:
                    yield Range.parse(said.get("ref", "")), said["t"], (number, place.column)
                except ValueError:
                    continue


def _is_in_the_way(area: Range, grid: _Grid, moves: Moves) -> bool:
    """Tell whether a cell of the owner's comes to stand in an area, or a row of it moves without being written anew."""
    for source, target in moves.rows.items():
        inside = area.first_row <= source <= area.last_row
        if inside and source not in moves.rewritten and source != target:
            return True
        if inside or not area.first_row <= target <= area.last_row:
            continue
        if any(area.first_column <= p.column <= area.last_column and p.inner for p in grid.places(source)):
            return True
    return False


def _named(raw: bytes, number: int, place: Place, p: bytes) -> bytes:
    if "r" in attributes(place.raw):
        return raw
    tag = b"<%bc" % p
    return tag + b' r="%b"' % cell_name(number, place.column).encode() + raw[len(tag) :]


def _merged(row: bytes, cells: Mapping[int, bytes], rows: RowPatcher) -> bytes:
    there = {**cells}
    for place in rows.places(row):
        if place.inner or place.column not in there:
            there[place.column] = row[place.start : place.end]
    start = row.index(b">") + 1
    end = row.rfind(b"</" + rows.writer.prefix + b"row")
    if end < 0:
        start, end = row.index(b"/>"), len(row)
        return row[:start] + b">" + b"".join(there[c] for c in sorted(there)) + b"</" + rows.writer.prefix + b"row>"
    return row[:start] + b"".join(there[column] for column in sorted(there)) + row[end:]
