"""What stands below a plain list, or between its rows, and is no row of it: a legend, notes.

A row with a phone, an address, a date or an id is a row, whatever its name looks like, and so is a person's name alone:
to lose a client is worse than to count a note as one. `Ewa = siostra Oli` is written of people, too: what begins with a
given name is a person, and of others it is a note only where no names follow. Pure: cells in, a mask out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.fields import TABLES, Kind
from sheetcrm.crm.linkage.known_names import known_names
from sheetcrm.crm.linkage.shadows import plain
from sheetcrm.crm.tables import Cell, CellError, Column
from sheetcrm.languages import choices_named
from sheetcrm.languages.folding import fold
from sheetcrm.languages.lists import TOTALS
from sheetcrm.workbook.fillers import NAMES
from sheetcrm.workbook.row_sorts import LIKE_NOTES, NO_ROWS, Sort, notes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

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
    "observaciones, colores, "
    "code, codes, symbol, symbols, abbreviation, abbreviations, kod, kody, symbole, skrót, skróty, oznaczenie, oznaczenia, "
    "код, коди, символ, символи, скорочення, позначення, коды, символы, сокращение, сокращения, обозначение, codice, codici, "
    "simbolo, simboli, sigla, sigle, abbreviazioni, código, códigos, símbolo, símbolos, abreviatura, abreviaturas"
)
_HEADINGS = frozenset(map(fold, _HEADING_WORDS.split(", ")))
_NOTE = re.compile(
    r"[*•·–—\-#→►>]+(?:\s.*|\W*)|.*[=:]\s.*|.*[:=]|[\W_]+", re.DOTALL
)  # `Legend: red = VIP`, `* paid`, `-----`
_SIGN = re.compile(r"[:=](?=\s|$)")
_FIRST_WORD = re.compile(r"[^\w]*([^\W\d_]+)")
_SENTENCE = re.compile(
    r"(?=\S+(?:\s+\S+){2})(?:\S+\s+)+[^\W\d_]{2,}\.|(?=\S+(?:\s+\S+){3}).*\d.*|(?:\S+\s+){8,}\S+", re.DOTALL
)
"""More than a name would be: of three words and a full stop, of four with figures, or of nine. `Anna 2` and `Ola?` are people."""
_PRICED = re.compile(r"(?=\S+(?:\s+\S+){2}).*\d.*", re.DOTALL)  # `Manicure 50 zł`
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


def without_notes(
    table: str,
    columns: Mapping[str, Column],
    filled: npt.NDArray[np.bool_],
    *,
    inside: int = 0,
    headings: Sequence[int] = (),
    prepared: Collection[int] = (),
) -> npt.NDArray[np.bool_]:
    """Return which of the filled rows are rows of the list. Those before position `inside` are (of an Excel table).

    `headings` are rows known to be none; between the rows they make no gap, for what follows one is no foot. `prepared` are
    rows in which something was filled in ahead: what else was typed there is of somebody.
    """
    rows = np.flatnonzero(filled)
    if table not in NAMES or not len(rows) or rows[-1] < inside:
        return filled
    found = _List(table, columns, rows, frozenset(prepared))
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
    prepared: frozenset[int] = frozenset()

    def notes_in(self, block: Rows, *, after_gap: bool, at_the_foot: bool) -> tuple[Rows, bool]:
        """Return the rows of a block that are none, and whether the foot of the list goes on above it.

        `at_the_foot`: nothing below it is a row.
        """
        if after_gap and not at_the_foot and self.sort(block[0]) not in LIKE_NOTES:
            return block[:0], False  # between rows, only what begins as a note is one
        if after_gap and len(block) <= _LONGEST_BLOCK:
            sorts = [self.sort(row) for row in block]
            if Sort.ROW not in sorts:
                return self._notes_alone(block, sorts, at_the_foot=at_the_foot)
        head = next((n for n, row in enumerate(block) if self.sort(row) not in NO_ROWS), len(block))
        return np.concatenate([block[:head], self._tail(block[head:])]), False

    def _notes_alone(self, block: Rows, sorts: Sequence[Sort], *, at_the_foot: bool) -> tuple[Rows, bool]:
        """Judge a block in which no row is one for certain."""
        first = next((n for n, sort in enumerate(sorts) if sort in LIKE_NOTES), len(block))
        head = sorts[:first]
        is_note = Sort.PERSON not in head and (Sort.ODD in head or (Sort.MISFIT in head and len(head) > 1))
        notes = np.concatenate(
            [block[: first if is_note else 0], block[first:][notes_of(sorts[first:], after_gap=True)]]
        )
        return notes, at_the_foot and len(notes) == len(block)

    def _tail(self, block: Rows) -> Rows:
        """Return the notes at the end of a block, where no row comes after them."""
        sorts = list[Sort]()
        for row in block[: -_LONGEST_BLOCK - 1 : -1]:
            sort = self.sort(row)
            if sort in (Sort.ROW, Sort.PERSON) or (sort is Sort.MISFIT and self._is_known(self._name(int(row)), sort)):
                break
            sorts.insert(0, sort)
        return block[len(block) - len(sorts) :][notes_of(sorts, after_gap=False)]

    def sort(self, position: np.int64) -> Sort:
        """Tell what a row looks like."""
        row = int(position)
        fails = any(type(column.cell(row)) is CellError for column in self._names)  # something was meant to stand there
        fits = {_fits(kind, column.cell(row)) for kind, column in self._typed}
        if fails or True in fits:
            return Sort.ROW
        if not (name := self._name(row)):
            texts = [cell for column in self.columns.values() if type(cell := column.cell(row)) is str]
            return self._sort_of_nameless(row, texts)
        sort = self._sort_of_name(name)
        if sort not in NO_ROWS and any(column.cell(row) is not None for column in self._telling):
            return Sort.ROW
        known = self._is_known(name, sort)
        odd = self._holds_small_number(row) or (self._is_small(name) and not known)
        if sort is Sort.PLAIN and False in fits and odd:
            return Sort.MISFIT
        if known:
            return Sort.PERSON
        strange = self._is_small(name) or _PRICED.fullmatch(name) is not None
        return Sort.WORD if sort is Sort.PLAIN and strange else sort

    def _name(self, row: int) -> str:
        return " ".join(str(cell) for column in self._names if (cell := column.cell(row)) is not None).strip()

    def _sort_of_nameless(self, row: int, texts: Sequence[str]) -> Sort:
        sorts = {sort for text in texts if (sort := self._sort_of_note(text.strip())) is not None}
        told = next((sort for sort in (Sort.LEGEND, Sort.TITLE, Sort.NOTE) if sort in sorts), None)
        if told is None and row in self.prepared:
            return Sort.ROW
        return told or (Sort.NOTE if sorts else Sort.ODD)

    def _is_small(self, text: str) -> bool:
        """Tell whether a text does not begin as the names of this list do."""
        return self._in_capitals and text[0].islower()

    def _is_known(self, name: str, sort: Sort) -> bool:
        """Tell whether a text begins with a given name; of a note that has as many words as a person's, or a sign after it."""
        if self.table == "Services" or sort in (Sort.ROW, Sort.PERSON, Sort.LEGEND):
            return sort is Sort.PERSON
        first = _FIRST_WORD.match(name)
        if first is None or not known_names().is_spelt(plain(first[1])):
            return False
        if sort in LIKE_NOTES:  # `rosa = nuova` is a colour
            bullet = first.start(1) > 0 and _SIGN.search(name) is None
            return not self._is_small(first[1]) and not (bullet and len(name.split()) > _MOST_NAMES)
        return sort is not Sort.ODD or len(name.split()) <= _MOST_NAMES

    def _holds_small_number(self, row: int) -> bool:
        """Tell whether a price or a count stands where phones and dates do; a word there may be `ask her`."""
        cells = [str(cell) for _, column in self._typed if (cell := column.cell(row)) is not None]
        return any(c.isdigit() for cell in cells for c in cell)

    def _sort_of_name(self, name: str) -> Sort:
        if "@" in name or sum(c.isdigit() for c in name) >= _LEAST_DIGITS:  # a visit's client by address or phone
            return Sort.ROW
        if (note := self._sort_of_note(name)) is not None:
            return note
        if self.table == "Services":  # a service may be called anything
            return Sort.PLAIN
        if self._is_person(name):
            return Sort.PERSON
        first, _, rest = name.partition(" ")
        if rest and fold(first) in TOTALS:  # of a month: the last one of all is known by its numbers
            return Sort.NOTE
        return Sort.ODD if _SENTENCE.fullmatch(name) else Sort.PLAIN

    def _sort_of_note(self, text: str) -> Sort | None:
        """Tell what kind of note a text is; None where it has no form of one."""
        before, *after = _SIGN.split(text, maxsplit=1)
        if fold(before) in _HEADINGS:
            return Sort.NOTE if any(map(str.strip, after)) else Sort.LEGEND
        if _NOTE.fullmatch(text) is None:
            return None
        if not any(map(str.isalpha, text)) or text.endswith((":", "=")):
            return Sort.TITLE
        clear = not before.strip() or not before[0].isalpha() or self._is_small(before)
        return Sort.NOTE if clear or not after else Sort.HINT

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
