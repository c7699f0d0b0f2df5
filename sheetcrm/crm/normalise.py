"""What the owner's cells mean: each column read by its kind, once per distinct value.

What cannot be read is empty in the result, and a `Problem` for each row it stands in.
"""

from __future__ import annotations

from datetime import date, datetime
from operator import is_
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.cells import calendar_day, shown
from sheetcrm.crm.fields import TABLES, Field, Kind
from sheetcrm.crm.readers import Flaw, Read, Reader, reader
from sheetcrm.crm.tables import CellError, Cleaned, Codes, Column, Dates, Numbers, Reading, Table
from sheetcrm.crm.values import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ERROR_VALUES = frozenset(
    (
        *(
            "#DIV/0!",
            "#N/A",
            "#NAME?",
            "#NULL!",
            "#NUM!",
            "#REF!",
            "#VALUE!",
            "#SPILL!",
            "#CALC!",
            "#FIELD!",
            "#BLOCKED!",
        ),
        *("#CONNECT!", "#BUSY!", "#UNKNOWN!", "#EXTERNAL!", "#PYTHON!", "#GETTING_DATA", "#ERROR!"),
    )
)
"""Error values of Excel and Google Sheets; Google writes them into a workbook as text."""

_NAT = np.iinfo(np.int64).min
_EPOCH = date(1970, 1, 1).toordinal()


def clean(table: Table, reading: Reading) -> tuple[Cleaned, list[Problem]]:
    """Read all cells of a table for what they mean; `table` stays unchanged.

    Fields the program computes are read too (a rule may ask for them), problems noted only of those she typed.
    """
    spec = TABLES.get(table.name)
    cleaner = _Cleaner(table, reading)
    for name, column in table.columns.items():
        known = spec.field(name) if spec else None
        if known is None:
            cleaner.take_own(name, column)
        else:
            cleaner.take(known, column)
    return cleaner.result()


class _Cleaner:
    """Collects one table's columns, sorted by what they hold, and the problems met on the way."""

    def __init__(self, table: Table, reading: Reading) -> None:
        self._table = table
        self._reading = reading
        self._problems: list[Problem] = []
        self._text: dict[str, Column] = {}
        self._dates: dict[str, Dates] = {}
        self._numbers: dict[str, Numbers] = {}
        self._minutes: dict[str, npt.NDArray[np.int16]] = {}
        self._clock: npt.NDArray[np.int16] | None = None  # times within the cells of Visits' date
        self._birthday: npt.NDArray[np.int16] | None = None

    def take(self, known: Field, column: Column) -> None:
        """Read the column of a known field."""
        values = self._read(known, column, reader(known, column, self._reading))
        name, codes = known.name, column.codes
        match known.kind:
            case Kind.DATE:
                self._dates[name] = _days([None if m is None else m.day for m in values], codes)
                if self._table.name == "Visits" and name == "date":
                    self._clock = _lookup([None if m is None else m.minutes for m in values], codes, np.int16, -1)
            case Kind.BIRTHDAY:
                whole = [None if b is None or b.year is None else date(b.year, b.month, b.day) for b in values]
                self._dates[name] = _days(whole, codes)
                self._birthday = _lookup(
                    [None if b is None else b.month * 100 + b.day for b in values], codes, np.int16, 0
                )
            case Kind.MONEY | Kind.NUMBER:
                self._numbers[name] = _lookup(values, codes, np.float64, np.nan)
            case Kind.TIME:
                self._minutes[name] = _lookup(values, codes, np.int16, -1)
            case _:
                self._text[name] = _recode(column, values)

    def take_own(self, name: str, column: Column) -> None:
        """Keep an owner's column as it is, but for error values; a datetime at midnight is a date."""
        if any(isinstance(v, datetime) for v in column.values) or _errors(column):
            known = Field(name, Kind.ANY)
            column = _recode(column, self._read(known, column, Reader(lambda cell: Read(calendar_day(cell)))))
        self._text[name] = column

    def result(self) -> tuple[Cleaned, list[Problem]]:
        """Return the table as read, and what is wrong in it."""
        if self._clock is not None:
            typed = self._minutes.get("time")
            self._minutes["time"] = self._clock if typed is None else np.where(typed >= 0, typed, self._clock)
        cleaned = Cleaned(self._table, self._text, self._dates, self._numbers, self._birthday, self._minutes)
        return cleaned, self._problems

    def _read(self, known: Field, column: Column, read: Reader) -> list[Any]:
        """Read each distinct value, note the problems of its rows; return what is to be used, in the values' order."""
        cells = column.values
        values = read.usual(cells)
        flaws = {code: Flaw("formula-error") for code in _errors(column)}
        for code in flaws:
            values[code] = None
        for code, value in enumerate(values):
            if value is None and code not in flaws:
                values[code], flaw = read.one(cells[code])
                if flaw is not None:
                    flaws[code] = flaw
        if flaws and (not known.derived or known.name in self._table.hers or known.name == "next_visit"):
            self._note(known.name, column, flaws)
        return values

    def _note(self, name: str, column: Column, flaws: Mapping[int, Flaw]) -> None:
        wrong = np.zeros(len(column.values) + 1, dtype=np.bool_)
        wrong[list(flaws)] = True
        positions = np.flatnonzero(wrong[column.codes])
        texts = {code: shown(column.values[code]) for code in flaws}
        for row, code in zip(self._table.rows[positions].tolist(), column.codes[positions].tolist(), strict=True):
            flaw = flaws[code]
            self._problems.append(Problem(flaw.code, self._table.name, row, name, texts[code], flaw.params))


def _errors(column: Column) -> set[int]:
    """Return the codes of error values."""
    if CellError not in set(map(type, column.values)) and ERROR_VALUES.isdisjoint(column.values):
        return set()
    return {code for code, v in enumerate(column.values) if isinstance(v, CellError) or v in ERROR_VALUES}


def _lookup(values: Sequence[Any], codes: Codes, dtype: npt.DTypeLike, empty: Any) -> npt.NDArray[Any]:
    """Return a value per row from values per code, `empty` where there is none."""
    table = np.array([*(empty if v is None else v for v in values), empty], dtype=dtype)
    return table[codes]


def _days(values: Sequence[date | None], codes: Codes) -> Dates:
    days = [None if day is None else day.toordinal() - _EPOCH for day in values]
    return _lookup(days, codes, np.int64, _NAT).view("datetime64[D]")


def _recode(column: Column, values: list[Any]) -> Column:
    """Return a column of new values in the place of the old ones; None becomes an empty cell, equal ones become one."""
    if all(map(is_, values, column.values)):
        return column
    distinct = set(values)
    if len(distinct) == len(values) and None not in distinct and "" not in distinct:
        return Column(column.codes, values)
    replaced = iter(values)
    return column.map(lambda _: next(replaced))
