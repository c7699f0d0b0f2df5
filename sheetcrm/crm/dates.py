"""Days and birthdays as people type them in six languages, and as Excel hands them over.

Strict patterns come first. `dateparser` is the last resort, and believed only where day and year stand in the text: it
makes a day of this year out of `1990` otherwise.
"""

from __future__ import annotations

import re
from calendar import isleap
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sheetcrm.crm.cells import is_number, plain
from sheetcrm.crm.times import MINUTES, minutes_of, of_clock
from sheetcrm.errors import UsageError
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.languages.folding import fold

if TYPE_CHECKING:
    from sheetcrm.crm.tables import Cell, Reading

YOUNGEST = 3
"""Nobody's birthday is taken for that of a younger child: Excel makes a day of this year out of `8 March`."""

_LAST_SERIAL = 2_958_465  # 9999-12-31, Excel's last day
_FIRST_WITH_TIME = 32  # 8.1 is some `08.10` that Excel took for a number, no hour of January 1900
_LEAP_BUG = 60  # Excel counts a 29 February 1900 that never was; from there on serials are one day ahead
_ORDINAL_OF_SERIAL_0 = date(1899, 12, 30).toordinal()
_FIRST_YEAR = 1900
_LONGEST = 60
# Without a day to look from, a two-digit year is read as by POSIX (strptime: 69-99 are 19xx).
_NO_DAY = date(2068, 12, 31)

_GAP = r"[\s./,\-–—]+"
_YEAR_WORD = r"(?:\s*(?:г|год|года|р|рік|року|r|rok|roku)\b)?\s*\.?"
_NUMERIC = re.compile(rf"(\d{{1,2}}){_GAP}(\d{{1,2}}){_GAP}['’]?(\d{{4}}|\d{{2}}){_YEAR_WORD}")
_ISO = re.compile(rf"(\d{{4}})[-./–\s](\d{{1,2}})[-./–\s](\d{{1,2}}){_YEAR_WORD}")
_DAY_AND_MONTH = re.compile(rf"(\d{{1,2}}){_GAP}(\d{{1,2}})\.?")
_YEARLESS = re.compile(r"--(\d{2})-?(\d{2})")  # vCard (RFC 6350 §4.3.1)
_COMPACT = re.compile(r"\d{8}")
_SERIAL_TEXT = re.compile(r"[1-9]\d{4}(?:\.0)?")
_CLOCK = re.compile(
    r"(?:^|[\s,t])\s*(?:(?:godz|o|о|в|у|at|ore|alle|h|a las)\b\.?\s*)?"
    r"(\d{1,2}):(\d{2})(?::\d{2}(?:[.,]\d+)?)?\s*(?:([ap])\.?m\.?)?\s*(?:z|utc|[+-]\d{2}:?\d{2})?$"
)
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_WORDS_ONLY = re.compile(r"[\w\s.,/\-–—'’ʼ`°ºª()]*")
_ROMAN = {
    "i": 1,
    "ii": 2,
    "iii": 3,
    "iv": 4,
    "v": 5,
    "vi": 6,
    "vii": 7,
    "viii": 8,
    "ix": 9,
    "x": 10,
    "xi": 11,
    "xii": 12,
}
_CYRILLIC_ROMAN = str.maketrans("іхv", "ixv")
_NOISE = re.compile(
    "de|del|di|of|the|on|from|st|nd|rd|th|r|rok|roku|dnia|dn|г|год|года|го|е|от|р|рік|року|від|er|il|l|anno|dell|el"
)
_SHORTEST_PREFIX = 3
_NEIGHBOURS = ("de", "fr", "pt")  # languages that dateparser may try beside ours


class Moment(NamedTuple):
    """A day, and the minutes since midnight where a time stands beside it, else -1."""

    day: date
    minutes: int = -1


class Birthday(NamedTuple):
    """A birthday; the year may be unknown."""

    year: int | None
    month: int
    day: int


class _Typed(NamedTuple):
    """A date as it was typed: no year, two digits of one, or four."""

    year: int | None
    month: int
    day: int
    short_year: bool = False
    minutes: int = -1


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
    raise UsageError(f"“{value}” is no day.", "Give a date, like date(2026, 11, 22) or 2026-11-22.")


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
    typed = _typed(cell, reading.country)
    if typed is None or typed.year is None:
        return _of_serial_text(cell, reading)
    on: date = reading.on or _NO_DAY
    year = _full_year(typed.year, on.year) if typed.short_year else typed.year
    day = _real_day(year, typed.month, typed.day)
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
    typed = _typed(cell, reading.country) if isinstance(cell, str) else _day_dot_month(cell, reading.country)
    if typed is not None and typed.year is None:
        return Birthday(None, typed.month, typed.day), ""
    if typed is not None and typed.short_year:
        year = _full_year(typed.year or 0, on.year)
        century_back = (year, typed.month, typed.day) > (on.year, on.month, on.day)
        day = _real_day(year - 100 if century_back else year, typed.month, typed.day)
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


def _day_dot_month(cell: Cell, country: str) -> _Typed | None:
    """Read 8.03, typed as `08.03` where a point is the decimal sign: Excel made a number of it."""
    if not is_number(cell) or not 1 < cell < 32 or cell == int(cell):  # noqa: PLR2004 - days of a month
        return None
    whole, _, part = f"{cell:.10g}".partition(".")
    return _ordered(whole, part, country) if len(part) == 2 else None  # noqa: PLR2004 - 8.1 may be 8.10


def _full_year(two_digits: int, latest: int) -> int:
    year = latest - latest % 100 + two_digits
    return year - 100 if year > latest else year


def _real_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _typed(text: str, country: str) -> _Typed | None:
    """Read a typed date strictly, a time behind it taken off first; a day that no year has is None."""
    text = text.strip().casefold()
    if not text or len(text) > _LONGEST:
        return None
    found, minutes = _without_time(text)
    typed = _numeric(found, country) or _worded(found) or _by_dateparser(found)
    if typed is None or not _possible(typed):
        return None
    return typed._replace(minutes=minutes)


def _possible(typed: _Typed) -> bool:
    year = 2000 if typed.year is None or typed.short_year else typed.year
    if typed.short_year and (typed.month, typed.day) == (2, 29):
        return isleap(2000 + (typed.year or 0))  # 1900 was none, but nobody writes of it
    return _real_day(year, typed.month, typed.day) is not None


def _without_time(text: str) -> tuple[str, int]:
    found = _CLOCK.search(text)
    if not found:
        return text, -1
    minutes = of_clock(found[1], found[2], found[3])
    return (text, -1) if minutes is None else (text[: found.start()].rstrip(" ,"), minutes)


def _numeric(text: str, country: str) -> _Typed | None:
    if found := _NUMERIC.fullmatch(text):
        return _ordered(found[1], found[2], country, found[3])
    if found := _ISO.fullmatch(text):
        return _Typed(int(found[1]), int(found[2]), int(found[3]))
    if found := _YEARLESS.fullmatch(text):
        return _Typed(None, int(found[1]), int(found[2]))
    if found := _DAY_AND_MONTH.fullmatch(text):
        return _ordered(found[1], found[2], country)
    return _compact(text, country) if _COMPACT.fullmatch(text) else None


def _ordered(first: str, second: str, country: str, year: str = "") -> _Typed:
    """Put day and month in the country's order: day first, but for the United States."""
    month, day = (first, second) if country == "US" else (second, first)
    return _Typed(int(year) if year else None, int(month), int(day), short_year=len(year) == 2)  # noqa: PLR2004 - digits


def _compact(text: str, country: str) -> _Typed | None:
    """Read eight digits, 19900308 or 08031990, where only one of the two is a day of the last or this century."""
    both = (_Typed(int(text[:4]), int(text[4:6]), int(text[6:])), _ordered(text[:2], text[2:4], country, text[4:]))
    good = [t for t in both if 1900 <= (t.year or 0) < 2100 and _possible(t)]  # noqa: PLR2004 - centuries
    return good[0] if len(good) == 1 else None


def _worded(text: str) -> _Typed | None:
    """Read a date with a month's name or Roman number: `8 marca 1990 r.`, `March 8, 1990`, `8 de marzo`, `8 III 90`."""
    if not _WORDS_ONLY.fullmatch(text):
        return None
    tokens = _TOKEN.findall(text)
    numbers = [t for t in tokens if t.isdecimal()]
    words = [fold(t) for t in tokens if not t.isdecimal()]
    named = [m for w in words if (m := month_named(w))]
    roman = [] if named else [m for w in words if (m := _ROMAN.get(w.translate(_CYRILLIC_ROMAN)))]
    months = named or roman
    noise = sum(_NOISE.fullmatch(w) is not None for w in words)
    if len(months) != 1 or len(months) + noise != len(words) or not 1 <= len(numbers) <= 2:  # noqa: PLR2004 - day and year
        return None
    if len(numbers) == 2 and len(numbers[0]) == 4:  # noqa: PLR2004 - `1990 marca 8`
        numbers.reverse()
    day, year = numbers[0], numbers[1] if len(numbers) > 1 else ""
    if len(day) > 2 or len(year) not in (0, 2, 4):  # noqa: PLR2004 - digits
        return None
    return _Typed(int(year) if year else None, months[0], int(day), short_year=len(year) == 2)  # noqa: PLR2004 - digits


@lru_cache(maxsize=1)
def _month_words() -> dict[str, int]:
    """Return folded month names in all forms, and their beginnings (3 letters up) that fit one month only."""
    whole: dict[str, int] = {}
    for code in LANGUAGES:
        section = language(code).section("months")
        for form in ("short", "nominative", "genitive"):
            for number, names in enumerate(section.get(form, ()), start=1):
                whole.update((fold(name), number) for name in ([names] if isinstance(names, str) else names))
    beginnings: dict[str, set[int]] = {}
    for name, number in whole.items():
        for length in range(_SHORTEST_PREFIX, len(name)):
            beginnings.setdefault(name[:length], set()).add(number)
    return {b: numbers.copy().pop() for b, numbers in beginnings.items() if len(numbers) == 1} | whole


def month_named(word: str) -> int | None:
    """Return the number of a month by its name in any of the languages, any form, shortened or not."""
    return _month_words().get(fold(word))


def _by_dateparser(text: str) -> _Typed | None:
    """Ask dateparser where a day, a word and a full year stand in the text; believe it only if it kept them."""
    tokens = _TOKEN.findall(text)
    numbers = sorted((t for t in tokens if t.isdecimal()), key=len)
    if len(numbers) != 2 or len(numbers[0]) > 2 or len(numbers[1]) != 4 or len(tokens) > 6:  # noqa: PLR2004 - day, year, words
        return None
    if not any(len(t) >= _SHORTEST_PREFIX for t in tokens if not t.isdecimal()):
        return None
    import dateparser  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to import, rarely needed

    try:
        found = dateparser.parse(
            text,
            languages=[*LANGUAGES, *_NEIGHBOURS],
            settings={"PARSERS": ["absolute-time"], "STRICT_PARSING": True, "REQUIRE_PARTS": ["day", "month", "year"]},
        )
    except (ValueError, OverflowError, RecursionError):
        return None
    if found is None or (found.day, found.year) != (int(numbers[0]), int(numbers[1])):
        return None
    return _Typed(found.year, found.month, found.day)
