"""A day as it is typed: in figures, with a month's name in any of six languages, with a Roman number; the year may be missing.

Strict patterns come first. `dateparser` is the last resort, and believed only where day and year stand in the text: it
makes a day of this year out of `1990` otherwise.
"""

from __future__ import annotations

import re
from calendar import isleap
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from sheetcrm.crm.times import of_clock
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.languages.folding import fold

_LONGEST = 60
_GAP = r"[\s./,\-–—]+"
_YEAR_WORD = r"(?:\s*(?:г|год|года|р|рік|року|r|rok|roku)\b)?\s*\.?"
_NUMERIC = re.compile(rf"(\d{{1,2}}){_GAP}(\d{{1,2}}){_GAP}['’]?(\d{{4}}|\d{{2}}){_YEAR_WORD}")
_ISO = re.compile(rf"(\d{{4}})[-./–\s](\d{{1,2}})[-./–\s](\d{{1,2}}){_YEAR_WORD}")
_DAY_AND_MONTH = re.compile(rf"(\d{{1,2}}){_GAP}(\d{{1,2}})\.?")
_YEARLESS = re.compile(r"--(\d{2})-?(\d{2})")  # vCard (RFC 6350 §4.3.1)
_COMPACT = re.compile(r"\d{8}")
_ZEROS = re.compile(r"00?([./-])00?\1(?:00|0000)|0000([./-])00?\2(?:00?)")
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


class Typed(NamedTuple):
    """A date as it was typed: no year, two digits of one, or four."""

    year: int | None
    month: int
    day: int
    short_year: bool = False
    minutes: int = -1


def real_day(year: int, month: int, day: int) -> date | None:
    """Return a day of the calendar, None where there is no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def is_no_day(text: str) -> bool:
    """Tell whether a text is how programs write that there is no day: `0/0/00`, `00.00.0000`, `0000-00-00 00:00:00`."""
    text = text.strip().casefold()
    return len(text) <= _LONGEST and _ZEROS.fullmatch(_without_time(text)[0]) is not None


def typed_day(text: str, country: str) -> Typed | None:
    """Read a typed date strictly, a time behind it taken off first; a day that no year has is None."""
    text = text.strip().casefold()
    if not text or len(text) > _LONGEST:
        return None
    found, minutes = _without_time(text)
    typed = _numeric(found, country) or _worded(found) or _by_dateparser(found)
    if typed is None or not _possible(typed):
        return None
    return typed._replace(minutes=minutes)


def _possible(typed: Typed) -> bool:
    year = 2000 if typed.year is None or typed.short_year else typed.year
    if typed.short_year and (typed.month, typed.day) == (2, 29):
        return isleap(2000 + (typed.year or 0))  # 1900 was none, but nobody writes of it
    return real_day(year, typed.month, typed.day) is not None


def _without_time(text: str) -> tuple[str, int]:
    found = _CLOCK.search(text)
    if not found:
        return text, -1
    minutes = of_clock(found[1], found[2], found[3])
    return (text, -1) if minutes is None else (text[: found.start()].rstrip(" ,"), minutes)


def _numeric(text: str, country: str) -> Typed | None:
    if found := _NUMERIC.fullmatch(text):
        return ordered(found[1], found[2], country, found[3])
    if found := _ISO.fullmatch(text):
        return Typed(int(found[1]), int(found[2]), int(found[3]))
    if found := _YEARLESS.fullmatch(text):
        return Typed(None, int(found[1]), int(found[2]))
    if found := _DAY_AND_MONTH.fullmatch(text):
        return ordered(found[1], found[2], country)
    return _compact(text, country) if _COMPACT.fullmatch(text) else None


def ordered(first: str, second: str, country: str, year: str = "") -> Typed:
    """Put day and month in the country's order: day first, but for the United States."""
    month, day = (first, second) if country == "US" else (second, first)
    return Typed(int(year) if year else None, int(month), int(day), short_year=len(year) == 2)  # noqa: PLR2004 - digits


def _compact(text: str, country: str) -> Typed | None:
    """Read eight digits, 19900308 or 08031990, where only one of the two is a day of the last or this century."""
    both = (Typed(int(text[:4]), int(text[4:6]), int(text[6:])), ordered(text[:2], text[2:4], country, text[4:]))
    good = [t for t in both if 1900 <= (t.year or 0) < 2100 and _possible(t)]  # noqa: PLR2004 - centuries
    return good[0] if len(good) == 1 else None


def _worded(text: str) -> Typed | None:
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
    return Typed(int(year) if year else None, months[0], int(day), short_year=len(year) == 2)  # noqa: PLR2004 - digits


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


def _by_dateparser(text: str) -> Typed | None:
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
    return Typed(found.year, found.month, found.day)
