"""When a client likes to hear from the business, as people write it in a cell: `after 18`, `wieczorem`, `будни 10-12`.

Six languages. What cannot be read as a whole holds nothing back: half of a sentence may be the wrong half.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.contact_words import DAY_PARTS, FILLERS, HOURS, OTHER_NAMES, PHRASES, SOME_DAYS, WORDS
from sheetcrm.crm.times import MINUTES, of_clock
from sheetcrm.languages import LANGUAGES
from sheetcrm.languages.folding import fold

Week = npt.NDArray[np.bool_]
"""7 weekdays from Monday, 1,440 minutes each: True where a message may go."""


_TO = ("-", "to", "before")
_CLOCK = re.compile(r"(?<!\d)(\d{1,2})(?:\s*[:.]\s*([0-5]\d)(?::00)?|\s*h\s*([0-5]\d)?)?(?:\s*([ap])\.?m\b\.?)?(?!\d)")
_AFTERNOON = re.compile(r"(?<!\d)(\d{1,2}(?:[:.]\d\d)?)(\s*-\s*)(?=\d{1,2}(?:[:.]\d\d)?\s*p\.?m\b)")
_TOKEN = re.compile(r"@\d+|[^\W\d_]+|[^\s\w]|\d+", re.UNICODE)
_SEPARATORS = frozenset(",;/+&.()-'\"")
_LONGEST = 120
_ABOUT = 60  # minutes before and after a bare time
_AFTER_NOON = frozenset("123456")
_HOUR = 60


@lru_cache(maxsize=4096)
def preferred(text: str) -> Week | None:
    """Return the times of the week in which a client likes to be written to, None where the text says none that can be read.

    >>> preferred("after 18")[0, [17 * 60, 18 * 60]].tolist(), preferred("when the dog sleeps")
    ([False, True], None)
    """
    tokens = _tokens(text) if len(text) <= _LONGEST else None
    wishes = _Reader(tokens).wishes() if tokens else None
    if not wishes:
        return None
    week = np.zeros((7, MINUTES), dtype=np.bool_)
    for wish in wishes:
        hours = wish.hours
        for day in wish.days or range(7):
            week[day] |= hours
    return None if week.all() or not week.any() else week


@dataclass
class _Wish:
    """Some days of the week (none: any) with the spans of time wished on them (none: all day)."""

    days: set[int] = field(default_factory=set)
    clocks: list[tuple[int, int]] = field(default_factory=list)
    parts: list[tuple[int, int]] = field(default_factory=list)
    begun_with: str = ""

    @property
    def hours(self) -> npt.NDArray[np.bool_]:
        """Where a part of the day stands beside a time of the clock in it, the clock says it more exactly."""
        clear = [part for part in self.parts if not any(a < part[1] and part[0] < b for a, b in self.clocks)]
        hours = np.zeros(MINUTES, dtype=np.bool_)
        for start, end in [*self.clocks, *clear] or [(0, MINUTES)]:
            if start < end:
                hours[start:end] = True
            else:  # over midnight
                hours[start:] = hours[:end] = True
        return hours

    @property
    def timed(self) -> bool:
        return bool(self.clocks or self.parts)


def _tokens(text: str) -> list[str] | None:
    """Return the words of a text as ours (`after`, `weekdays`, `@1080` for 18:00, `mon`), None where one is no such word."""
    plain = " ".join(_spelt(text).split())
    for phrase, word in _phrases():
        plain = re.sub(rf"\b{re.escape(phrase)}\b", f" {word} ", plain)
    plain = _CLOCK.sub(_clock, _AFTERNOON.sub(r"\1pm\2", plain))
    found = []
    for word in _TOKEN.findall(plain):
        if word.startswith("@") or word == "-":
            found.append(word)
        elif (meaning := WORDS.get(word) or _weekdays().get(word)) is not None:
            found.append(meaning)
        elif word in DAY_PARTS:
            found.append(f"={DAY_PARTS[word]}")
        elif word not in FILLERS and word not in _SEPARATORS:
            return None
    return found


def _spelt(text: str) -> str:
    """Return a text in small plain letters, its dashes as `-`; signs stay."""
    plain = re.sub(r"[–—−…]|\.\.+", "-", text.casefold())
    return re.sub(r"[^\W\d_]+", lambda match: fold(match[0]), plain)


@cache
def _phrases() -> list[tuple[str, str]]:
    found = {" ".join(fold(word) for word in phrase.split()): meaning for phrase, meaning in PHRASES.items()}
    return sorted(found.items(), key=lambda item: -len(item[0]))


def _clock(match: re.Match[str]) -> str:
    """Return a time as a word of ours; a bare hour from 1 to 6 is one of the afternoon: nobody asks to be called at three at night."""
    hour, minute, half = match[1], match[2] or match[3], match[4]
    if hour == "24" and not half and not int(minute or 0):
        return f" @{MINUTES} "
    if not minute and not half and hour in _AFTER_NOON:
        half = "p"
    found = of_clock(hour, minute, half)
    return " ? " if found is None else f" @{found} "


@cache
def _weekdays() -> dict[str, str]:
    """Return weekdays by their folded names in all languages, whole and shortened."""
    from babel import Locale  # noqa: PLC0415 - only where somebody has such a wish

    found: dict[str, str] = {}
    for code in LANGUAGES:
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in Locale(code).days[context].get(width, {}).items():
                    found.setdefault(fold(name), f"#{number}")
    for number, names in enumerate(OTHER_NAMES):
        found.update(dict.fromkeys(names.split(), f"#{number}"))
    return found


class _Reader:
    """Reads the words from left to right: days of the week, times, spans of time."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0
        self.found = [_Wish()]

    def wishes(self) -> list[_Wish]:
        """Return what is wished; nothing where the words make no sense together, or leave everything open."""
        while self.at < len(self.tokens):
            if not self._read(self._take()):
                return []
        return [wish for wish in self.found if wish.days or wish.timed]

    def _read(self, word: str) -> bool:
        if word in ("any", "and", "-", "to"):
            return True
        if word in ("after", "between") and self._next().startswith("#"):  # from Monday to Friday
            return True
        days = self._days(word)
        if days:
            self._wish("days").days.update(days)
            return True
        if word.startswith("="):
            self._wish("times").parts.append(_part(word))
            return True
        span = self._span(word)
        if span is not None:
            self._wish("times").clocks.append(span)
        return span is not None

    def _wish(self, kind: str) -> _Wish:
        """Return the wish that days or times belong to: a new one where the last has both, and began with the same."""
        last = self.found[-1]
        if last.days and last.timed and last.begun_with == kind:
            self.found.append(last := _Wish())
        last.begun_with = last.begun_with or kind
        return last

    def _days(self, word: str) -> set[int]:
        if word in SOME_DAYS:
            return set(SOME_DAYS[word])
        if not word.startswith("#"):
            return set()
        first = int(word[1:])
        if self._next() in _TO and self._next(1).startswith("#"):
            self.at += 1
            last = int(self._take()[1:])
            return {(first + step) % 7 for step in range((last - first) % 7 + 1)}
        return {first}

    def _span(self, word: str) -> tuple[int, int] | None:
        """Read a span of time; None for what is none."""
        if word.startswith("@"):
            start = int(word[1:])
            end = self._end(_TO)
            return (max(0, start - _ABOUT), min(MINUTES, start + _ABOUT)) if end is None else _between(start, end)
        if self._next() == "to":
            self._take()
        if self._next().startswith("=") and word in ("after", "before"):
            first, last = _part(self._take())
            return (first, last) if word == "after" else (0, first)
        if not self._next().startswith("@"):
            return None
        start = int(self._take()[1:])
        if word == "before":
            return 0, start
        end = self._end((*_TO, "and") if word == "between" else _TO)
        if end is None:
            return (start % MINUTES, MINUTES) if word == "after" else None
        return _between(start, end)

    def _end(self, words: Collection[str]) -> int | None:
        """Take the end of a span, where one of these words leads to it."""
        ahead = 2 if self._next() in words and self._next(1) == "to" else 1  # `fino alle 12`
        if self._next() not in words or not self._next(ahead).startswith("@"):
            return None
        self.at += ahead
        return int(self._take()[1:])

    def _next(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else ""

    def _take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]


def _part(word: str) -> tuple[int, int]:
    first, last = HOURS[word[1:]]
    return first * _HOUR, last * _HOUR


def _between(start: int, end: int) -> tuple[int, int]:
    """Return a span of the clock; `5-7` is one of the evening, as a bare 5 is."""
    half = MINUTES // 2
    return start % MINUTES, end + half if start >= half > end > start - half else end
