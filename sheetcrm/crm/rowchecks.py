"""Which rows are the same, and which cells are unlike the rest of their column: vectors of codes, no loop."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.cells import is_number, plain
from sheetcrm.crm.tables import EMPTY, Cell, Codes, Column

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Positions = npt.NDArray[np.intp]

_ROOM = 2**62  # codes of several columns are joined into one int64 while there is room
_LIKE_THE_REST = 0.9
_FEWEST = 20


def filled(columns: Iterable[Column], length: int) -> npt.NDArray[np.bool_]:
    """Return which of `length` rows have anything in any of the columns."""
    found = np.zeros(length, dtype=np.bool_)
    for column in columns:
        found |= column.codes != EMPTY
    return found


def repeated(columns: Sequence[Column], rows: npt.NDArray[np.bool_]) -> tuple[Positions, Positions]:
    """Return (later, first): positions of rows of which all cells equal an earlier row's, and those of that row.

    Only `rows` (a mask) are looked at.
    """
    positions = np.flatnonzero(rows)
    keys = _joined([c.codes[positions] for c in columns], [len(c.values) + 1 for c in columns])
    ordered = np.sort(keys)  # in a fraction of the time that finding their order takes; mostly none repeats another
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(twice):
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    among = np.flatnonzero(twice[np.minimum(np.searchsorted(twice, keys), len(twice) - 1)] == keys)
    positions, keys = positions[among], keys[among]
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    again = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    first = starts[np.searchsorted(starts, again, side="right") - 1]
    later, earlier = positions[order[again]], positions[order[first]]
    by_row = np.argsort(later)
    return later[by_row], earlier[by_row]


def _joined(codes: Sequence[Codes], sizes: Sequence[int]) -> npt.NDArray[np.int64]:
    """Return one number per row that is equal where all codes are."""
    keys = np.zeros(len(codes[0]) if codes else 0, dtype=np.int64)
    most = 1
    for column, size in zip(codes, sizes, strict=True):
        if most * size > _ROOM:
            distinct, keys = np.unique(keys, return_inverse=True)
            most = len(distinct)
        keys = keys * size + (column + 1)
        most *= size
    return keys


def drifting(column: Column) -> Positions:
    """Return the positions of cells that are of another kind than at least 90 % of 20 or more filled ones."""
    kinds = [kind_of(v) for v in column.values]
    if len(set(kinds)) < 2:  # noqa: PLR2004 - nothing to differ from
        return np.empty(0, dtype=np.intp)
    counts = np.bincount(column.codes[column.codes != EMPTY], minlength=len(kinds))
    totals: Counter[str] = Counter()
    for kind, count in zip(kinds, counts.tolist(), strict=True):
        totals[kind] += count
    usual, most = totals.most_common(1)[0]
    total = sum(totals.values())
    if total < _FEWEST or most < _LIKE_THE_REST * total:
        return np.empty(0, dtype=np.intp)
    return np.flatnonzero(column.lookup(lambda v: kind_of(v) != usual, empty=False, dtype=np.bool_))


def kind_of(cell: Cell) -> str:
    """Return in one word what a cell holds: number, text, date, time or yes-no."""
    cell = plain(cell)
    if isinstance(cell, bool):
        return "yes-no"
    if is_number(cell):
        return "number"
    if isinstance(cell, datetime | date):
        return "date"
    return "time" if isinstance(cell, time) else "text"
