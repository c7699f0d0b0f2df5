"""Rows between the rows of a plain list that surely are none: headers again, sums, the letters of an address book.

Only what no person is called is taken for one of these: a row with a name and nothing else is somebody. Pure: cells in,
positions out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.fields import TABLES, Kind
from sheetcrm.crm.tables import Cell, CellError, Column
from sheetcrm.languages import fields_named
from sheetcrm.languages.folding import fold
from sheetcrm.languages.lists import (
    bare,
    bare_all,
    is_heading,
    is_total,
    known_headers,
    maybe_headings,
    maybe_totals,
)
from sheetcrm.workbook.fillers import NAMES
from sheetcrm.workbook.headers import fits, read_headers, spec_of

_LONGEST_HEADER = 60
_LEAST_DIGITS = 6
_LEAST_SERIAL = 1000.0
_FIGURE = re.compile(r"\D{0,4}\d[\d\s.,]*\D{0,5}")  # `3`, `1 200,50 zł`
_LONGEST_LETTER = 3  # what one capital letter may be in small ones
_REPEATED = 2
_FIGURES = (Kind.PHONE, Kind.EMAIL, Kind.BIRTHDAY)  # no word for a sum stands in such a column
_SURE = 3  # headers known, of which a few others may stand there
_LISTS = ("Clients", "Visits")

_Wanted = Callable[[str], bool]
"""Tells whether a text as it stands is one of those that are looked for."""
_Maybe = Callable[[Sequence[str]], list[int]]
"""Tells which of many texts that are `bare` may be: their places."""


@dataclass(frozen=True)
class Rearranged:
    """A row of headers between the rows, in another order than at the top: nothing below it is where it should be.

    `position` counts from the first row below the headers, `headers` are as they stand there; `end` is the first position
    at which the order is the first one again.
    """

    position: int
    headers: tuple[str, ...]
    end: int


@dataclass(frozen=True)
class Headings:
    """A list, and which of its rows are surely none.

    `columns` are all that she may have typed into, by field or slug, `headers` theirs as they stand, `filled` which rows
    have anything. `merged`: positions of rows that are one cell across the list.
    """

    table: str
    columns: Mapping[str, Column]
    headers: Mapping[str, str]
    filled: npt.NDArray[np.bool_]
    formulas: Mapping[str, Collection[int]] = field(default_factory=dict)
    merged: frozenset[int] = frozenset()

    def sure(self) -> list[int]:
        """Return the rows that surely are none, wherever they stand, rising."""
        found = {*self._again}
        if self.table in _LISTS:
            found |= self._sums()
        if self.table == "Clients":
            found |= self._letters() | self._lone()
        return sorted(found)

    def rearranged(self) -> list[Rearranged]:
        """Return where headers stand in another order than at the top and rows below them."""
        if self.table not in _LISTS:
            return []
        rows = sorted(row for row in self._again if self.filled[row])
        found = list[Rearranged]()
        for number, row in enumerate(rows):
            if self._again[row]:
                continue
            end = next((later for later in rows[number + 1 :] if self._again[later]), len(self.filled))
            between = set(range(row + 1, end)) - set(rows)
            if any(self.filled[at] for at in between) and not (found and found[-1].end > row):
                headers = tuple(str(cell) for name, cell in self._cells(row).items() if name != "client_id")
                found.append(Rearranged(row, headers, end))
        return found

    @cached_property
    def _again(self) -> dict[int, bool]:
        """The rows of headers, and whether they say the same of each column as those at the top."""
        count = np.zeros(len(self.filled), dtype=np.int64)
        known = known_headers() | {bare(text) for text in self.headers.values()}
        for name, column in self.columns.items():
            texts = self._texts[name]
            if not known.isdisjoint(texts.bare):
                codes = [code for code, text in zip(texts.codes, texts.bare, strict=True) if text in known]
                count += np.isin(column.codes, codes)
        found = dict[int, bool]()
        for row in np.flatnonzero(count >= _REPEATED).tolist():
            cells = self._cells(row)
            if all(isinstance(cell, str) and len(cell) <= _LONGEST_HEADER for cell in cells.values()):
                same = {name: self._says_the_same(name, cell) for name, cell in cells.items()}
                if all(same.values()):
                    found[row] = True
                elif self._are_headers(cells):
                    found[row] = False
        return found

    def _says_the_same(self, name: str, text: str) -> bool:
        return fold(text) == fold(self.headers.get(name, "")) or name in fields_named(text)

    def _are_headers(self, cells: Mapping[str, str]) -> bool:
        """Tell whether cells are headers that could stand above such a list; the name's cell always must be one."""
        texts = dict(enumerate(cells.values(), 1))
        read = read_headers(texts, spec_of(self.table))
        hers = set(map(fold, self.headers.values()))
        strange = [name for name, text in cells.items() if not fields_named(text) and fold(text) not in hers]
        names = set(NAMES[self.table])
        if not fits(read, self.table) or not read.fields & names or names & set(strange):
            return False
        return not strange or (len(read.fields) >= _SURE and len(strange) < len(read.fields))

    def _sums(self) -> set[int]:
        """Return the rows of one text that says sum, count or average, beside numbers that are nobody's."""
        spoken = [name for name in self.columns if self._kinds.get(name) not in _FIGURES]
        rows = {row for name in spoken for row in self._rows_with(name, is_total, maybe_totals)}
        return {row for row in rows if self._is_sum(row)}

    def _is_sum(self, row: int) -> bool:
        cells = self._cells(row)
        texts = [cell for cell in cells.values() if isinstance(cell, str) and not _is_figure(cell)]
        others = [(name, cell) for name, cell in cells.items() if cell not in texts]
        if len(texts) != 1 or any(self._is_somebodys(name, cell) for name, cell in others):
            return False
        counted = any(type(cell) is not bool for _, cell in others) or any(
            row in rows for rows in self.formulas.values()
        )
        return counted or any(map(str.isdigit, texts[0])) or is_heading(texts[0])

    def _is_somebodys(self, name: str, cell: Cell) -> bool:
        """Tell whether a cell beside a word is more than a number: a phone, a day, an id of ours."""
        kind = self._kinds.get(name, Kind.ANY)
        if kind is Kind.ID:
            return True
        if kind is Kind.PHONE:
            text = f"{cell:.0f}" if isinstance(cell, float) else str(cell)
            return sum(map(str.isdigit, text)) >= _LEAST_DIGITS
        if kind in (Kind.DATE, Kind.BIRTHDAY):
            return not isinstance(cell, float) or cell >= _LEAST_SERIAL
        return not isinstance(cell, float | int | str)  # a time, a day

    def _letters(self) -> set[int]:
        """Return the rows of one capital letter alone that head names: those with another letter, or that begin with it."""
        rows = list(self._alone(_is_letter, _maybe_letters))
        letters = {str(self._only(row)).strip() for row in rows}
        return set(rows) if len(letters) > 1 else {row for row in rows if self._heads(row)}

    def _heads(self, row: int) -> bool:
        later = np.flatnonzero(self.filled[row + 1 :])
        if not len(later):
            return False
        letter = str(self._only(row)).strip()
        return any(str(column.cell(row + 1 + int(later[0]))).startswith(letter) for column in self._names)

    def _lone(self) -> set[int]:
        """Return the rows of nothing but words that head a list (`Nowe klientki`), or of one cell across it."""
        found = set(self._alone(is_heading, maybe_headings))
        rows = np.flatnonzero(self.filled)
        if len(self.merged) * 5 < len(rows):
            named = {row for row in self.merged if row < rows[-1] and any(c.cell(row) is not None for c in self._names)}
            found |= {row for row in named if len(self._cells(row)) == 1}
        return found

    def _alone(self, wanted: _Wanted, maybe: _Maybe) -> Iterator[int]:
        for name in NAMES.get(self.table, ()):
            for row in self._rows_with(name, wanted, maybe) if name in self.columns else ():
                if len(self._cells(row)) == 1:
                    yield row

    def _rows_with(self, name: str, wanted: _Wanted, maybe: _Maybe) -> list[int]:
        """Return the rows of a column whose text is wanted; `maybe` says at once of most texts that they are not."""
        values, texts = self.columns[name].values, self._texts[name]
        codes = [texts.codes[at] for at in maybe(texts.bare)]
        codes = [code for code in codes if type(values[code]) is str and wanted(values[code])]
        rows: list[int] = np.flatnonzero(np.isin(self.columns[name].codes, codes)).tolist() if codes else []
        return rows

    @cached_property
    def _texts(self) -> dict[str, _Texts]:
        return {name: _texts_of(column) for name, column in self.columns.items()}

    def _only(self, row: int) -> Cell:
        return next(iter(self._cells(row).values()))

    def _cells(self, row: int) -> dict[str, Cell]:
        return {name: cell for name, column in self.columns.items() if (cell := column.cell(row)) is not None}

    @cached_property
    def _names(self) -> list[Column]:
        return [self.columns[name] for name in NAMES.get(self.table, ()) if name in self.columns]

    @cached_property
    def _kinds(self) -> dict[str, Kind]:
        return {field.name: field.kind for field in TABLES[self.table].fields}


class _Texts(NamedTuple):
    """The texts among a column's values, `bare`, and their codes."""

    codes: Sequence[int]
    bare: list[str]


def _texts_of(column: Column) -> _Texts:
    values = column.values
    if set(map(type, values)) <= {str}:
        return _Texts(range(len(values)), bare_all(values))
    codes = [code for code, value in enumerate(values) if isinstance(value, str)]
    return _Texts(codes, bare_all(values[code] for code in codes))


def _maybe_letters(texts: Sequence[str]) -> list[int]:
    return [at for at, text in enumerate(texts) if len(text) <= _LONGEST_LETTER]


def _is_letter(text: str) -> bool:
    return len(letter := text.strip()) == 1 and letter.isalpha() and letter.isupper()


def _is_figure(text: str) -> bool:
    return isinstance(text, CellError) or _FIGURE.fullmatch(text.strip()) is not None
