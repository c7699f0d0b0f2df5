"""Dates, times, numbers and money as a message's reader writes them. babel's no-break spaces become plain ones."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import pass_context
from jinja2.runtime import Context, Undefined

from sheetcrm.crm.comparing import Empty, Value, iso_date
from sheetcrm.errors import TemplateError

if TYPE_CHECKING:
    from babel import Locale

# no-break, narrow no-break and thin spaces, and the apostrophe that is a letter: no SMS alphabet has them, and
# people do not type them
_PLAIN = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u02bc": "'"})
# CLDR has no pattern of weekday, day and month in full: the full one without its year (", 2026", " de 2026", " 2026
# р.")
_YEAR = re.compile(r",?\s+(?:'de'\s+)?y.*$")
_YEARLESS = re.compile(r"--(\d\d)-(\d\d)")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_LEAP_YEAR = 2000


@lru_cache(maxsize=64)
def locale(language: str, country: str) -> Locale:
    """Return the locale of a language in a country; elsewhere the language's usual one, for English the British."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - takes 0.1 s to import, needed where something is written

    for name in (f"{language}_{country}", "en_GB" if language == "en" else language):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse("en_GB")


def currency_of(country: str) -> str:
    """Return the currency that is paid with in a country (`PL` → `PLN`), "" where unknown."""
    from babel.core import UnknownLocaleError  # noqa: PLC0415 - takes 0.1 s to import, needed where something is written
    from babel.numbers import get_territory_currencies  # noqa: PLC0415 - takes 0.1 s to import, needed where something is written

    try:
        found = get_territory_currencies(country.upper())
    except (UnknownLocaleError, KeyError):
        return ""
    return str(found[0]) if found else ""


@lru_cache(maxsize=16384)
def day_in_words(day: date, where: Locale) -> str:
    """Return `piątek, 27 listopada`."""
    from babel.dates import format_date  # noqa: PLC0415 - takes 0.1 s to import, needed where something is written

    pattern = _YEAR.sub("", where.date_formats["full"].pattern)
    return format_date(day, pattern, locale=where).translate(_PLAIN)


@lru_cache(maxsize=16384)
def _skeleton(day: date, skeleton: str, where: Locale) -> str:
    from babel.dates import format_skeleton  # noqa: PLC0415 - takes 0.1 s to import, needed where something is written

    return format_skeleton(skeleton, day, locale=where).translate(_PLAIN)


def short_date(day: date, where: Locale) -> str:
    """Return `27.11.2026`, with the whole year."""
    return _skeleton(day, "yMd", where)


def short_day(day: date, where: Locale) -> str:
    """Return `pt., 27 lis`: for a heading or a calendar, without the year."""
    return _skeleton(day, "MMMEd", where)


def month_in_words(day: date, where: Locale) -> str:
    """Return `listopad 2026`: the heading of a calendar."""
    return _skeleton(day, "yMMMM", where)


def _month_day(text: str, where: Locale) -> str | None:
    match = _YEARLESS.fullmatch(text)
    return _skeleton(date(_LEAP_YEAR, int(match[1]), int(match[2])), "MMMMd", where) if match else None


@lru_cache(maxsize=4096)
def clock_time(text: str, where: Locale) -> str | None:
    """Return `15:30` as it is written there (`3:30 PM`), None where it is no time."""
    from babel.dates import format_time  # noqa: PLC0415 - takes 0.1 s to import, needed where something is written

    match = _TIME.fullmatch(text)
    return format_time(time(int(match[1]), int(match[2])), "short", locale=where).translate(_PLAIN) if match else None


def money(amount: float, currency: str, where: Locale) -> str:
    """Return an amount with its currency (`1 234,50 zł`), or without where none is known."""
    from babel.numbers import format_currency, format_decimal  # noqa: PLC0415 - takes 0.1 s to import, needed where something is written

    if not currency:
        return format_decimal(amount, "#,##0.00", locale=where).translate(_PLAIN)
    return format_currency(amount, currency, locale=where).translate(_PLAIN)


def plain_number(value: float, where: Locale) -> str:
    """Return a number without grouping (it may be a year), at most two decimals, with that language's decimal sign."""
    from babel.numbers import format_decimal  # noqa: PLC0415 - takes 0.1 s to import, needed where something is written

    if not math.isfinite(value):
        raise TemplateError("A number is too large to be printed.", "Check the calculation.")
    return str(int(value)) if float(value).is_integer() else format_decimal(value, "0.##", locale=where)


def locale_of(context: Mapping[str, Any] | Context) -> Locale:
    """Return the locale of a message: its `language`, in the country of its `settings`."""
    settings = context.get("settings")
    country = settings.get("country") if isinstance(settings, Mapping) else ""
    return locale(str(context.get("language") or "en"), str(country or ""))


def _of_date(write: Callable[[date, Locale], str]) -> Callable[[Context, Value], Value]:
    @pass_context
    def function(context: Context, value: Value) -> Value:
        where = locale_of(context)
        day = value if isinstance(value, date) else iso_date(value) if isinstance(value, str) else None
        if day is not None:
            return write(day, where)
        yearless = _month_day(value, where) if isinstance(value, str) else None
        return _only_empty(value, "a date") if yearless is None else yearless

    return function


def _only_empty(value: Value, what: str) -> Value:
    if isinstance(value, Empty | Undefined) or value in (None, ""):
        return value
    raise TemplateError(f"{str(value)!r} is not {what}.", "Check the cell, or the text.")


@pass_context
def _time(context: Context, value: Value) -> Value:
    written = clock_time(value, locale_of(context)) if isinstance(value, str) else None
    return _only_empty(value, "a time") if written is None else written


@pass_context
def _money(context: Context, value: Value) -> Value:
    if value.__class__ not in (int, float):
        return _only_empty(value, "an amount")
    return money(float(value), str(context.get("currency") or ""), locale_of(context))


@pass_context
def printed(context: Context, value: Value) -> str:
    """Return what `{{ value }}` prints.

    Raises `EmptyValue` where there is nothing, so that `nan` and `None` never can be.
    """
    if value is None:
        raise TemplateError("A calculation has no result.", "Numbers go with numbers, dates with days.")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return plain_number(value, locale_of(context))
    if isinstance(value, date):
        return short_date(value, locale_of(context))
    if isinstance(value, tuple):
        return ", ".join(printed(context, v) for v in value if not isinstance(v, tuple))
    if isinstance(value, Mapping):
        raise TemplateError("A group of values cannot be printed.", "Name one of them, like {{ visit.date }}.")
    return str(value)


FILTERS: dict[str, Callable[..., Any]] = {
    "day": _of_date(day_in_words),
    "date": _of_date(short_date),
    "time": _time,
    "money": _money,
}
"""`value | name`, in templates."""
