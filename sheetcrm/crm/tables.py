"""A table of cells as the stages take it: each column dictionary-encoded.

A client list repeats itself: a million visits hold some twenty services, a few hundred days, a few thousand clients. So a column
is an array of codes into the list of its distinct values, and whatever parses or checks a value does it once per distinct value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

    from sheetcrm.crm.acts import Merged

Codes = npt.NDArray[np.int32]
Cell = Any
"""What a cell holds: str, float, int, bool, date, datetime, time, `CellError`."""

EMPTY = -1
"""The code of an empty cell."""


class CellError(str):
    """An error value in a cell: `#DIV/0!`, `#N/A`, … (also where Google Sheets writes it as text)."""

    __slots__ = ()


def is_empty(value: Cell) -> bool:
    """Tell whether a value counts as an empty cell: None, NaN, NaT, or text of nothing but blanks."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, float):
        return math.isnan(value)
    return type(value).__name__ in ("NaTType", "NAType")


@dataclass(frozen=True, slots=True)
class Column:
    """A dictionary-encoded column: `values[codes[i]]` is the cell of the i-th row; code -1 is an empty cell.

    `values` are distinct, none of them empty; True and 1 are kept apart (bools are encoded under a key of their own).
    """

    codes: Codes
    values: list[Cell]

    def __len__(self) -> int:
        return len(self.codes)

    @classmethod
    def encode(cls, cells: Iterable[Cell]) -> Column:
        """Encode any iterable of cells."""
        encoder = Encoder()
        encoder.extend(cells)
        return encoder.column()

    @classmethod
    def empty(cls, length: int) -> Column:
        """Return a column of `length` empty cells."""
        return cls(np.full(length, EMPTY, dtype=np.int32), [])

    @property
    def filled(self) -> npt.NDArray[np.bool_]:
        """Which rows are not empty."""
        mask: npt.NDArray[np.bool_] = self.codes != EMPTY
        return mask

    def cell(self, position: int) -> Cell:
        """Return the cell at a position; None where it is empty."""
        code = self.codes[position]
        return None if code == EMPTY else self.values[code]

    def __getitem__(self, position: int) -> Cell:
        return self.cell(position)

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.cells())

    def cells(self) -> list[Cell]:
        """Return all cells as a list, None for empty ones."""
        lookup = [*self.values, None]  # code -1 picks the last one
        return [lookup[c] for c in self.codes.tolist()]

    def objects(self, empty: Cell = None) -> npt.NDArray[np.object_]:
        """Return all cells as an object array, `empty` where there is none."""
        lookup = np.empty(len(self.values) + 1, dtype=object)
        lookup[:-1] = self.values
        lookup[-1] = empty
        return lookup[self.codes]

    def map(self, function: Callable[[Cell], Cell]) -> Column:
        """Apply a function once per distinct value; results are made distinct again, empty results become empty cells."""
        new = Column.encode([function(value) for value in self.values])
        return Column(np.append(new.codes, np.int32(EMPTY))[self.codes], new.values)

    def lookup(self, function: Callable[[Cell], Any], empty: Any, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return an array of `function(value)` per row, computed once per distinct value, `empty` for empty cells."""
        table = np.empty(len(self.values) + 1, dtype=dtype)
        for code, value in enumerate(self.values):
            table[code] = function(value)
        table[-1] = empty
        return table[self.codes]

    def take(self, positions: npt.NDArray[Any]) -> Column:
        """Return the rows at these positions (an index array or a mask), with the same list of values."""
        return Column(self.codes[positions], self.values)


class _Index(dict[Hashable, int]):
    """Codes by value; a value not seen before gets the next code, an empty one none."""

    def __init__(self) -> None:
        super().__init__({None: EMPTY, "": EMPTY})
        self.values_: list[Cell] = []

    def __missing__(self, value: Cell) -> int:
        values = self.values_
        if type(value) is str:  # nearly all: a client list is as long as its names, phones and addresses are many
            if value.isspace():
                return EMPTY
            self[value] = code = len(values)
            values.append(value)
            return code
        if is_empty(value):
            return EMPTY  # NaN is not equal to itself: never a key
        self[value] = code = len(values)
        values.append(value[1] if type(value) is tuple else value)
        return code


class Encoder:
    """Builds a `Column` piece by piece, so that a long sheet is never held as cells altogether."""

    def __init__(self) -> None:
        self._index = _Index()
        self._chunks: list[Codes] = []

    def extend(self, cells: Iterable[Cell]) -> None:
        """Add cells at the end."""
        cells = cells if isinstance(cells, Sequence) else list(cells)
        types = set(map(type, cells))
        if bool in types or np.bool_ in types:
            cells = [(bool, bool(c)) if isinstance(c, bool | np.bool_) else c for c in cells]
        self._chunks.append(np.fromiter(map(self._index.__getitem__, cells), dtype=np.int32, count=len(cells)))

    def skip(self, count: int) -> None:
        """Add so many empty cells."""
        self._chunks.append(np.full(count, EMPTY, dtype=np.int32))

    def column(self) -> Column:
        """Return what was added so far."""
        codes = np.concatenate(self._chunks) if self._chunks else np.empty(0, dtype=np.int32)
        return Column(codes, list(self._index.values_))


def runs(rows: npt.NDArray[np.int64]) -> tuple[tuple[int, int], ...]:
    """Return (first, last) of rising numbers that follow each other."""
    parts = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    return tuple((int(part[0]), int(part[-1])) for part in parts if len(part))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What stands in a table's columns and is no row of it, by Excel row numbers.

    `rows` are (first, last) of such rows below each other, rising. `rearranged` are rows in which headers stand again in
    another order, with these headers; what is below them is among `rows`.
    """

    rows: tuple[tuple[int, int], ...] = ()
    rearranged: tuple[tuple[int, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Table:
    """A table as read: raw cells by field, and where they stand in the owner's file.

    `columns` is keyed by field name, or by slug for a column nobody knows (`own`). A plain frame has no `sheet`, no `letters`.
    """

    name: str
    rows: npt.NDArray[Any]  # index labels, in a workbook the Excel row numbers
    columns: Mapping[str, Column]
    own: tuple[str, ...] = ()  # slugs of the owner's own columns, in order
    sheet: str = ""
    letters: Mapping[str, str] = field(default_factory=dict)  # field or slug → Excel column letter
    headers: Mapping[str, str] = field(default_factory=dict)  # field or slug → header text as it stands
    hers: frozenset[str] = frozenset()  # derived fields typed by the owner: read, never written
    left_out: LeftOut = LeftOut()

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def column(self, name: str) -> Column:
        """Return a column; one of empty cells where the table has no such field."""
        found = self.columns.get(name)
        return found if found is not None else Column.empty(len(self))

    @classmethod
    def from_frame(cls, name: str, frame: pd.DataFrame, known: Iterable[str]) -> Table:
        """Take a plain DataFrame with field names as columns; it stays unchanged. Its index labels become `rows`."""
        known = set(known)
        columns = {str(c): Column.encode(_cells(frame[c])) for c in frame.columns}
        rows = np.fromiter(frame.index, dtype=object, count=len(frame))  # a label may be a tuple
        return cls(name, rows, columns, own=tuple(c for c in columns if c not in known))


def _cells(series: pd.Series[Any]) -> list[Cell]:
    if series.dtype.kind == "M":
        return [None if t is None or t != t else t.to_pydatetime() for t in series.tolist()]  # noqa: PLR0124 - NaT is not itself
    cells: list[Cell] = series.tolist()
    return [c.to_pydatetime() if type(c).__name__ == "Timestamp" else c for c in cells]


Dates = npt.NDArray[np.datetime64]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cleaned:
    """A table after its cells were read for what they mean: what could not be read is empty here and a `Problem` elsewhere.

    `text` has ids, names, e-mails (lower case), phones (E.164), choices (their English word), lists and the owner's own columns;
    `dates` days (`datetime64[D]`, NaT where empty; a birthday only where its year is known); `numbers` money and numbers (NaN where
    empty); `birthday` month * 100 + day for every readable birthday, 0 where there is none; `minutes` since midnight of fields that
    hold a time, -1 where there is none (for Visits also where the time stands within the date's cell).
    """

    table: Table
    text: Mapping[str, Column]
    dates: Mapping[str, Dates] = field(default_factory=dict)
    numbers: Mapping[str, Numbers] = field(default_factory=dict)
    birthday: npt.NDArray[np.int16] | None = None
    minutes: Mapping[str, npt.NDArray[np.int16]] = field(default_factory=dict)
    merges: Mapping[str, Merged] = field(default_factory=dict)  # of Clients: what is remembered, by merged id

    def __len__(self) -> int:
        return len(self.table)

    def texts(self, name: str) -> Column:
        """Return a text column; one of empty cells where the table has no such field."""
        found = self.text.get(name)
        return found if found is not None else Column.empty(len(self))

    def days(self, name: str) -> Dates:
        """Return a date column; NaT throughout where the table has no such field."""
        found = self.dates.get(name)
        return found if found is not None else np.full(len(self), np.datetime64("NaT", "D"))

    def amounts(self, name: str) -> Numbers:
        """Return a number column; NaN throughout where the table has no such field."""
        found = self.numbers.get(name)
        return found if found is not None else np.full(len(self), np.nan)


@dataclass(frozen=True)
class Reading:
    """How the owner's cells are to be read: her languages (first one first), country, own words for choices, and the day."""

    languages: tuple[str, ...] = ("en",)
    country: str = "GB"
    choices: Mapping[str, str] = field(default_factory=dict)
    on: Any = None  # datetime.date
    today: Any = None  # datetime.date: the clock's day, where it differs from `on`
