"""What stands in a row before anybody is typed into it: checkboxes, a drop-down's default, formulas, numbers counted on.

Such a cell tells of nobody, so a row of nothing else is no row. A name always is one, whatever stands beside it. Pure:
cells in, cells and a mask out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.fields import TABLES, Kind
from sheetcrm.crm.tables import EMPTY, CellError, Column

Mask = npt.NDArray[np.bool_]

NAMES = {
    "Clients": ("name", "first_name", "last_name"),
    "Visits": ("client",),
    "Services": ("service",),
}
"""The tables that people keep as plain lists, and the fields that say whose or what a row is."""

_FILLED_AHEAD = ("Clients", "Visits")
_LONGEST_BY_HAND = 6
"""Nobody types the same into so many rows below each other, and no name."""
_REACHING = (Kind.PHONE, Kind.EMAIL, Kind.BIRTHDAY)  # what a formula puts together there is somebody's


def without_fillers(
    table: str,
    columns: Mapping[str, Column],
    formulas: Mapping[str, Collection[int]],
    ours: Collection[str],
    filled: Mask,
) -> tuple[Mapping[str, Column], Mask]:
    """Return the columns without what was filled in ahead, and which of the filled rows have anything else.

    `columns` are the owner's of a Clients or Visits table by field, `formulas` positions of formula cells by field,
    `ours` fields whose cells we wrote: an id of ours is somebody's.
    """
    names = [name for name in NAMES.get(table, ()) if name in columns]
    named = np.zeros(len(filled), dtype=bool)
    for name in names:
        named |= _named(columns[name])
    if table not in _FILLED_AHEAD or not (filled & ~named).any():
        return columns, filled
    bare = {
        name: column if name in ours else _without(column, _ahead(table, name, column, formulas.get(name, ()), named))
        for name, column in columns.items()
    }
    told = np.zeros(len(filled), dtype=bool)
    for column in bare.values():
        told |= column.filled
    return bare, filled & told


def _ahead(table: str, name: str, column: Column, formulas: Collection[int], named: Mask) -> Mask:
    """Tell which cells of a column were filled in ahead; `named`: the rows with a name."""
    if name in NAMES[table]:  # a whole list of names that fail is a list
        return _drawn_down(column, named) & ~_named(column) & named.any()
    field = TABLES[table].field(name)
    kind = (
        field.kind if field is not None else Kind.TEXT
    )  # a column that the table does not have is one that we wrote once
    found = _booleans(column)
    if (table, name) != ("Visits", "date"):  # of a day without its client something may be said
        found |= _drawn_down(column, named)
    if kind not in _REACHING:
        found[[row for row in formulas if row < len(found)]] = True
    if kind is Kind.ID:
        found |= _counted_on(column, named)
    return found


def _without(column: Column, mask: Mask) -> Column:
    return replace(column, codes=np.where(mask, EMPTY, column.codes).astype(np.int32)) if mask.any() else column


def _named(column: Column) -> Mask:
    """Tell in which rows a name stands; a formula that fails is none."""
    return column.lookup(lambda value: type(value) is not CellError, empty=False, dtype=bool)


def _booleans(column: Column) -> Mask:
    return column.lookup(lambda value: type(value) is bool, empty=False, dtype=bool)


def _drawn_down(column: Column, named: Mask) -> Mask:
    """Tell which cells are of a value that fills many rows below each other, from where hardly anybody is named."""
    edges = np.flatnonzero(np.diff(column.codes)) + 1
    starts, ends = np.append(0, edges), np.append(edges, len(column))
    found = np.zeros(len(column), dtype=bool)
    long = (ends - starts >= _LONGEST_BY_HAND) & (column.codes[starts] != EMPTY)
    for start, end in zip(starts[long].tolist(), ends[long].tolist(), strict=True):
        found[_first_unnamed(named, start, end) : end] = True
    return found


def _counted_on(column: Column, named: Mask) -> Mask:
    """Tell which cells go on counting below the last row with a name."""
    found = np.zeros(len(column), dtype=bool)
    numbers = column.lookup(_whole_number, empty=np.nan, dtype=np.float64)
    steps = np.append(np.diff(numbers) == 1, False)
    rows = np.flatnonzero(named)
    start = int(rows[-1]) + 1 if len(rows) else 0
    end = start + int(np.argmin(steps[start:])) + 1 if start < len(steps) else start
    if end - start >= _LONGEST_BY_HAND:
        found[start:end] = True
    return found


def _whole_number(value: object) -> float:
    """Return a number as people count rows with; an id with letters is more than that."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return float(value)
    return float(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else np.nan


def _first_unnamed(named: Mask, start: int, end: int) -> int:
    """Return the first row without a name from which on at least half have none; `end` where there is no such row."""
    unnamed = ~named[start:end]
    left = np.cumsum(unnamed[::-1])[::-1]
    enough = np.flatnonzero(unnamed & (2 * left >= np.arange(end - start, 0, -1)))
    return start + int(enough[0]) if len(enough) else end
