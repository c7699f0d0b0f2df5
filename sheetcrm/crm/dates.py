"""Days and birthdays as they stand in cells: real ones, Excel's serials, and what people type in six languages (`typed_dates`)."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sheetcrm.crm.cells import is_number, plain
from sheetcrm.crm.times import MINUTES, minutes_of
from sheetcrm.crm.typed_dates import Typed, ordered, real_day, typed_day
from sheetcrm.errors import UsageError

if TYPE_CHECKING:
    from sheetcrm.crm.tables import Cell, Reading

YOUNGEST = 3
"""Nobody's birthday is taken for that of a younger child: Excel makes a day of this year out of `8 March`."""

_LAST_SERIAL = 2_958_465  # 9999-12-31, Excel's last day
_FIRST_WITH_TIME = 32  # 8.1 is some `08.10` that Excel took for a number, no hour of January 1900
_LEAP_BUG = 60  # Excel counts a 29 February 1900 that never was; from there on serials are one day ahead
_ORDINAL_OF_SERIAL_0 = date(1899, 12, 30).toordinal()
_FIRST_YEAR = 1900
# Without a day to look from, a two-digit year is read as by POSIX (strptime: 69-99 are 19xx).
_NO_DAY = date(2068, 12, 31)
_SERIAL_TEXT = re.compile(r"[1-9]\d{4}(?:\.0)?")


class Moment(NamedTuple):
    """A day, and the minutes since midnight where a time stands beside it, else -1."""

    day: date
    minutes: int = -1


class Birthday(NamedTuple):
    """A birthday; the year may be unknown."""

    year: int | None
    month: int
    day: int


def as_day(value: Any) -> date:
    """Return the day that a caller gave: a date, a datetime or Timestamp, or ISO text. Raises UsageError."""
    if isinstance(value, datetime) and value == value:  # noqa: PLR0124 - NaT is a datetime that is not itself
        return value.date()
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value.strip()).date()
        except ValueError:
            pass
    raise UsageError(f"“{value}” is no day.", "Give a date, like date(2026, 11, 22) or 2026-11-22.", text="")


def parse_date(cell: Cell, reading: Reading) -> date | None:
    """Return the day in a cell, or None: a date, a serial 1-2958465, text. A year must be there, two digits suffice."""
    moment = parse_moment(cell, reading)
    return moment.day if moment else None


def parse_moment(cell: Cell, reading: Reading) -> Moment | None:
    """Return the day in a cell and the time beside it, or None."""
    cell = plain(cell)
    if isinstance(cell, datetime):
        return Moment(cell.date(), minutes_of(cell.time()) or -1)
    if isinstance(cell, date):
        return Moment(cell)
    if is_number(cell):
        return _of_serial(cell)
    if not isinstance(cell, str):
        return None
    typed = typed_day(cell, reading.country)
    if typed is None or typed.year is None:
        return _of_serial_text(cell, reading)
    on: date = reading.on or _NO_DAY
    year = _full_year(typed.year, on.year) if typed.short_year else typed.year
    day = real_day(year, typed.month, typed.day)
    return Moment(day, typed.minutes) if day else None


def parse_birthday(cell: Cell, reading: Reading) -> Birthday | None:
    """Return the birthday in a cell, without its year where that cannot be hers, or None."""
    return read_birthday(cell, reading)[0]


def read_birthday(cell: Cell, reading: Reading) -> tuple[Birthday | None, str]:
    """Return the birthday in a cell and the code of what is wrong with it (empty: nothing).

    A date later this year is what Excel makes of a day typed without its year; as text, or of a later year, it is a
    mistake.
    """
    cell = plain(cell)
    on: date = reading.on or _NO_DAY
    typed = typed_day(cell, reading.country) if isinstance(cell, str) else _day_dot_month(cell, reading.country)
    if typed is not None and typed.year is None:
        return Birthday(None, typed.month, typed.day), ""
    if typed is not None and typed.short_year:
        year = _full_year(typed.year or 0, on.year)
        century_back = (year, typed.month, typed.day) > (on.year, on.month, on.day)
        day = real_day(year - 100 if century_back else year, typed.month, typed.day)
    else:
        day = parse_date(cell, reading)
    if day is None:
        return None, "invalid-date"
    if day > on and (day.year > on.year or isinstance(cell, str)):
        return None, "future-birthday"
    if on.year - day.year - ((on.month, on.day) < (day.month, day.day)) < YOUNGEST:
        return Birthday(None, day.month, day.day), "birthday-without-year"
    return Birthday(*day.timetuple()[:3]), "birthday-before-1900" if day.year < _FIRST_YEAR else ""


def _of_serial(serial: float) -> Moment | None:
    if not 1 <= serial < _LAST_SERIAL + 1:
        return None
    days = int(serial)
    if serial != days and days < _FIRST_WITH_TIME:
        return None
    day = date.fromordinal(_ORDINAL_OF_SERIAL_0 + days + (days < _LEAP_BUG))
    return Moment(day, min(round((serial - days) * MINUTES), MINUTES - 1) or -1)


def _of_serial_text(text: str, reading: Reading) -> Moment | None:
    """Read a serial that came as text (a csv file); only where a day of our time comes out."""
    if not _SERIAL_TEXT.fullmatch(text.strip()):
        return None
    moment = _of_serial(float(text))
    latest = (reading.on or _NO_DAY).year + 10
    return moment if moment and moment.day.year <= latest else None


def _day_dot_month(cell: Cell, country: str) -> Typed | None:
    """Read 8.03, typed as `08.03` where a point is the decimal sign: Excel made a number of it."""
    if not is_number(cell) or not 1 < cell < 32 or cell == int(cell):  # noqa: PLR2004 - days of a month
        return None
    whole, _, part = f"{cell:.10g}".partition(".")
    return ordered(whole, part, country) if len(part) == 2 else None  # noqa: PLR2004 - 8.1 may be 8.10


def _full_year(two_digits: int, latest: int) -> int:
    year = latest - latest % 100 + two_digits
    return year - 100 if year > latest else year
