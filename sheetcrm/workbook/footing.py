"""What stands below a plain list, or between its rows, and is no row of it: a legend, notes.

A row with a phone, an address, a date or an id is a row, whatever its name looks like, and so is a person's name alone:
to lose a client is worse than to count a note as one. Pure: cells in, a mask out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.fields import TABLES, Kind
from sheetcrm.crm.tables import Cell, CellError, Column
from sheetcrm.languages import choices_named
from sheetcrm.languages.folding import fold
from sheetcrm.languages.lists import TOTALS
from sheetcrm.workbook.fillers import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Rows = npt.NDArray[np.int64]

_TELLING: Mapping[str, tuple[str, ...]] = {
    "Clients": ("address", "city", "postcode", "interests", "services"),
    "Visits": ("service", "staff"),
    "Services": (),
}

_HEADING_WORDS = (
    "legend, key, notes, note, remarks, explanation, colours, colors, legenda, uwagi, uwaga, notatki, objaśnienia, kolory, "
    "легенда, примітки, примітка, нотатки, пояснення, умовні позначення, кольори, примечания, примечание, заметки, "
    "пояснения, условные обозначения, обозначения, цвета, nota, osservazioni, annotazioni, colori, leyenda, notas, "
    "observaciones, colores"
)
_HEADINGS = frozenset(map(fold, _HEADING_WORDS.split(", ")))
_NOTE = re.compile(
    r"[*•·–—\-#→►>]+(?:\s.*|\W*)|.*[=:]\s.*|.*[:=]|[\W_]+", re.DOTALL
)  # `Legend: red = VIP`, `* paid`, `-----`
_SENTENCE = re.compile(
    r"(?=\S+(?:\s+\S+){2})(?:\S+\s+)+[^\W\d_]{2,}\.|(?=\S+(?:\s+\S+){3}).*\d.*|(?:\S+\s+){8,}\S+", re.DOTALL
)
"""More than a name would be: of three words and a full stop, of four with figures, or of nine. `Anna 2` and `Ola?` are people."""
_MOST_NAMES = 4  # words of one person
_ID = re.compile(r"(?=[^\s:=]*\d)[^\s:=]*")
_TYPED_DATE = re.compile(r"--\d\d|.*\d{1,4}[./\-\s]\s?\w+")
_LEAST_DIGITS = 6
_LEAST_SERIAL = 1000.0
_LONGEST_BLOCK = 200
"""Rows of a block beyond which nobody's legend goes."""
_MOST_BLOCKS = 2000
"""Blocks, from the end, that are looked at: a list of visits may have a blank row for every day."""
_SAMPLE = 200


class _Sort(Enum):
    ROW = "row"  # with a cell that only a row has
    PERSON = "person"  # nothing but a name, and it is one
    PLAIN = "plain"  # a word that may be a name
    MISFIT = "misfit"  # a name, and beside it what no such cell holds
    ODD = "odd"  # no name at all, or more than one would be
    NOTE = "note"  # clearly none


def without_notes(
    table: str,
    columns: Mapping[str, Column],
    filled: npt.NDArray[np.bool_],
    *,
    inside: int = 0,
    headings: Sequence[int] = (),
) -> npt.NDArray[np.bool_]:
    """Return which of the filled rows are rows of the list. Those before position `inside` are (of an Excel table).

    `headings` are rows known to be none; between the rows they make no gap, for what follows one is no foot.
    """
    rows = np.flatnonzero(filled)
    if table not in NAMES or not len(rows) or rows[-1] < inside:
        return filled
    found = _List(table, columns, rows)
    kept, solid = filled.copy(), filled.copy()
    solid[list(headings)] = True
    standing = np.flatnonzero(solid)
    gaps = np.flatnonzero(np.diff(standing) > 1) + 1
    parts = np.split(standing, gaps[-_MOST_BLOCKS:])
    at_the_foot = True
    for number in range(len(parts) - 1, -1, -1):
        block = parts[number][filled[parts[number]]]
        if not len(block):
            continue
        gap = number > 0 or bool(standing[0] > 0)
        dropped, at_the_foot = found.notes_in(block, after_gap=gap, at_the_foot=at_the_foot)
        kept[dropped[dropped >= inside]] = False
    return kept


@dataclass(frozen=True)
class _List:
    """A list and what its rows look like."""

    table: str
    columns: Mapping[str, Column]
    rows: Rows

    def notes_in(self, block: Rows, *, after_gap: bool, at_the_foot: bool) -> tuple[Rows, bool]:
        """Return the rows of a block that are none, and whether the foot of the list goes on above it.

        `at_the_foot`: nothing below it is a row.
        """
        if after_gap and not at_the_foot and self.sort(block[0]) is not _Sort.NOTE:
            return block[:0], False  # between rows, only what clearly begins as a note is one
        if after_gap and len(block) <= _LONGEST_BLOCK:
            sorts = [self.sort(row) for row in block]
            if _Sort.ROW not in sorts:
                return self._notes_alone(block, sorts, at_the_foot=at_the_foot)
        head = next((n for n, row in enumerate(block) if self.sort(row) is not _Sort.NOTE), len(block))
        return np.concatenate([block[:head], self._tail(block[head:])]), False

    def _notes_alone(self, block: Rows, sorts: Sequence[_Sort], *, at_the_foot: bool) -> tuple[Rows, bool]:
        """Judge a block in which no row is one for certain."""
        first_note = next((n for n, sort in enumerate(sorts) if sort is _Sort.NOTE), len(block))
        head, below = sorts[:first_note], block[first_note:]
        is_note = _Sort.PERSON not in head and (_Sort.ODD in head or (_Sort.MISFIT in head and len(head) > 1))
        if len(below) and not self._is_legend(below[0]):  # a title above more people
            below = below[[sort in (_Sort.NOTE, _Sort.MISFIT) for sort in sorts[first_note:]]]
        notes = np.concatenate([block[: first_note if is_note else 0], below])
        return notes, at_the_foot and len(notes) == len(block)

    def _is_legend(self, position: np.int64) -> bool:
        """Tell whether a heading says that notes follow it, and not more people (`New clients:`)."""
        texts = [cell for column in self.columns.values() if type(cell := column.cell(int(position))) is str]
        return any(fold(text) in _HEADINGS or not text.rstrip().endswith(":") for text in texts)

    def _tail(self, block: Rows) -> Rows:
        """Return the end of a block from a note on, where no row comes after it."""
        first = len(block)
        for at in range(len(block) - 1, max(-1, len(block) - 1 - _LONGEST_BLOCK), -1):
            sort = self.sort(block[at])
            if sort in (_Sort.ROW, _Sort.PERSON):
                break
            if sort is _Sort.NOTE:
                first = at
        return block[first:]

    def sort(self, position: np.int64) -> _Sort:
        """Tell what a row looks like."""
        row = int(position)
        if any(type(column.cell(row)) is CellError for column in self._names):
            return _Sort.ROW  # where a formula fails, something was meant to stand
        fits = {_fits(kind, column.cell(row)) for kind, column in self._typed}
        if True in fits:
            return _Sort.ROW
        name = " ".join(str(cell) for column in self._names if (cell := column.cell(row)) is not None).strip()
        if not name:
            texts = [cell for column in self.columns.values() if type(cell := column.cell(row)) is str]
            return _Sort.NOTE if any(map(_is_note, texts)) else _Sort.ODD
        sort = self._sort_of_name(name)
        if sort is not _Sort.NOTE and any(column.cell(row) is not None for column in self._telling):
            return _Sort.ROW
        odd = (self._in_capitals and name[0].islower()) or self._holds_small_number(row)
        return _Sort.MISFIT if sort is _Sort.PLAIN and False in fits and odd else sort

    def _holds_small_number(self, row: int) -> bool:
        """Tell whether a price or a count stands where phones and dates do; a word there may be `ask her`."""
        cells = [str(cell) for _, column in self._typed if (cell := column.cell(row)) is not None]
        return any(c.isdigit() for cell in cells for c in cell)

    def _sort_of_name(self, name: str) -> _Sort:
        if "@" in name or sum(c.isdigit() for c in name) >= _LEAST_DIGITS:  # a visit's client by address or phone
            return _Sort.ROW
        if _is_note(name):
            return _Sort.NOTE
        if self.table == "Services":  # a service may be called anything
            return _Sort.PLAIN
        if self._is_person(name):
            return _Sort.PERSON
        first, _, rest = name.partition(" ")
        if rest and fold(first) in TOTALS:  # of a month: the last one of all is known by its numbers
            return _Sort.NOTE
        return _Sort.ODD if _SENTENCE.fullmatch(name) else _Sort.PLAIN

    def _is_person(self, name: str) -> bool:
        words = name.split()
        letters = all(re.sub(r"[.’'ʼ-]", "", word).isalpha() for word in words)
        capitals = all(word[0].isupper() or not self._in_capitals for word in words)
        return 1 < len(words) <= _MOST_NAMES and letters and capitals

    @cached_property
    def _names(self) -> list[Column]:
        return [self.columns[name] for name in NAMES[self.table] if name in self.columns]

    @cached_property
    def _typed(self) -> list[tuple[Kind, Column]]:
        """The columns whose cells tell a row from a note. Sums stand in notes, too; a price does not."""
        kinds = {field.name: field.kind for field in TABLES[self.table].fields if not field.derived}
        if self.table != "Services":
            kinds = {name: kind for name, kind in kinds.items() if kind not in (Kind.MONEY, Kind.NUMBER)}
        return [(kinds[name], column) for name, column in self.columns.items() if kinds.get(name) in _FITTING]

    @cached_property
    def _telling(self) -> list[Column]:
        """The columns that a note leaves empty: where she lives, what was done and paid."""
        return [self.columns[name] for name in _TELLING[self.table] if name in self.columns]

    @cached_property
    def _in_capitals(self) -> bool:
        """Whether the names of this list begin with capital letters."""
        gaps = np.flatnonzero(np.diff(self.rows) > 1)
        sample = self.rows[: min(_SAMPLE, int(gaps[0]) + 1 if len(gaps) else _SAMPLE)].tolist()
        names = [str(cell) for column in self._names for row in sample if (cell := column.cell(row)) is not None]
        return sum(name[:1].isupper() for name in names) * 5 >= 4 * len(names)


def _is_note(text: str) -> bool:
    return _NOTE.fullmatch(text.strip()) is not None or fold(text) in _HEADINGS


def _day_fits(cell: Cell, text: str) -> bool | None:
    if isinstance(cell, float):
        return True if cell >= _LEAST_SERIAL else None
    return isinstance(cell, date | datetime) or _TYPED_DATE.fullmatch(text) is not None


def _number_fits(cell: Cell, text: str) -> bool | None:
    return isinstance(cell, float) or any(c.isdigit() for c in text)


_FITTING: Mapping[Kind, Callable[[Cell, str], bool | None]] = {
    Kind.ID: lambda _cell, text: _ID.fullmatch(text) is not None,
    Kind.PHONE: lambda _cell, text: sum(c.isdigit() for c in text) >= _LEAST_DIGITS,
    Kind.EMAIL: lambda _cell, text: "@" in text,
    Kind.DATE: _day_fits,
    Kind.BIRTHDAY: _day_fits,
    Kind.TIME: _number_fits,
    Kind.MONEY: _number_fits,
    Kind.NUMBER: _number_fits,
    Kind.CHOICE: lambda cell, text: True if isinstance(cell, bool) or choices_named(text) else None,
}
"""Whether a cell holds what it should (True), cannot be that (False), or says nothing (None)."""


def _fits(kind: Kind, cell: Cell) -> bool | None:
    if cell is None:
        return None
    return True if isinstance(cell, CellError) else _FITTING[kind](cell, str(cell).strip())
