"""How each setting's value is read, in any of the languages: None where it cannot be."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sheetcrm.crm.amounts import parse_number
from sheetcrm.crm.cells import parse_choice, parse_choices, shown
from sheetcrm.crm.contacts import parse_email
from sheetcrm.crm.dates import parse_birthday, parse_date
from sheetcrm.crm.fields import APPROVALS, AUTO_ORDER, YES_NO
from sheetcrm.crm.places import country_named, currency_named, zone_named
from sheetcrm.crm.times import parse_time
from sheetcrm.languages import LANGUAGES, choices_named
from sheetcrm.languages.folding import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sheetcrm.crm.tables import Cell, Reading

OFF = frozenset(
    map(
        fold,
        (
            "off",
            "none",
            "wył",
            "wyłączone",
            "вимк",
            "вимкнено",
            "выкл",
            "выключено",
            "spento",
            "desactivado",
            "apagado",
        ),
    )
)
"""How people write that a rule is switched off."""

WHEN_OFF: Mapping[str, Any] = {
    **dict.fromkeys(("quiet_hours", "cap", "due_after", "lapsed_after", "lost_after")),
    "closed_days": (),
    "first_send": False,
    "auto_merge": False,
    "sms_price": None,
    "sms_plain": False,
    "edit_signed": False,
    "approval": "auto",
    "unsubscribe": "off",
    **dict.fromkeys(("daily_limit", "minute_limit"), 0),
}
_TONES = {
    **dict.fromkeys(
        ("formal", "formalny", "formalnie", "formale", "oficjalny", "pani", "pan", "lei", "usted"), "formal"
    ),
    **dict.fromkeys(("ви", "вы", "офіційний", "офіційно", "официальный", "официально"), "formal"),
    **dict.fromkeys(
        ("familiar", "informal", "friendly", "ty", "tu", "nieformalny", "nieformalnie", "informale"), "familiar"
    ),
    **dict.fromkeys(("ти", "ты", "неформальний", "неформально", "неформальный"), "familiar"),
}
_SECURITY = {"none": "none", "starttls": "starttls", "tls": "tls", "ssl": "tls", "ssl tls": "tls"}
_CLOCK = re.compile(r"\d{1,2}(?:[:.h]\d{2})?(?:\s*[ap]\.?m\b\.?)?")
_MOST_DAYS = 366
_LAST_PORT = 65535
_MOST_MESSAGES = 1_000_000
MOST_BACKUPS = 500
"""Versions of a workbook that may be kept: each is a whole file."""
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ITEMS = re.compile(r"[,;\n]+")
_RANGE = re.compile(r"(.+?)(?:\s+[-–—]\s+|\s*[–—/…]\s*|\s*\.\.+\s*)(.+)")


class Way(NamedTuple):
    """How a setting's value is read (None: it cannot be), the code of the problem then, and an example to quote.

    `bounds`: the least and the most of a whole number.
    """

    read: Callable[[Cell, Reading], Any]
    code: str = "invalid-choice"
    example: str = ""
    bounds: tuple[int, int] | None = None


def _text(cell: Cell, _reading: Reading) -> str:
    return shown(cell)


def _tone(cell: Cell, _reading: Reading) -> str | None:
    tones = {tone for word in fold(shown(cell)).split() if (tone := _TONES.get(word))}
    return tones.pop() if len(tones) == 1 else None


def _language(cell: Cell, _reading: Reading) -> str | None:
    text = shown(cell)
    found = next((w for w in choices_named(text) if w in LANGUAGES), None)
    short = text.casefold().replace("_", "-").split("-")[0]
    return found or (short if short in LANGUAGES else None)


def _sender(cell: Cell, _reading: Reading) -> str | None:
    return shown(cell) if parse_email(cell) else None  # with the display name that may stand before it


def _yes(cell: Cell, _reading: Reading) -> bool | None:
    word = parse_choice(cell, YES_NO, {})
    return None if word is None else word == "yes"


def _channel_order(cell: Cell, _reading: Reading) -> tuple[str, ...] | None:
    return parse_choices(cell, AUTO_ORDER, {})


def _quiet_hours(cell: Cell, _reading: Reading) -> tuple[str, str] | None:
    times = [parse_time(found) for found in _CLOCK.findall(shown(cell).casefold())]
    clear = [f"{m // 60:02}:{m % 60:02}" for m in times if m is not None]
    return (clear[0], clear[1]) if len(clear) == len(times) == 2 else None  # noqa: PLR2004 - from and to


def _cap(cell: Cell, _reading: Reading) -> tuple[int, int] | None:
    numbers = re.findall(r"\d+", cell) if isinstance(cell, str) else []
    return (int(numbers[0]), int(numbers[1])) if len(numbers) == 2 and int(numbers[1]) else None  # noqa: PLR2004 - n in m days


def _whole(least: int, most: int, example: str) -> Way:
    def read(cell: Cell, reading: Reading) -> int | None:
        number = parse_number(cell, reading.languages)
        return int(number) if number is not None and number == int(number) and least <= number <= most else None

    return Way(read, "invalid-number", example, (least, most))


def _threshold(cell: Cell, reading: Reading) -> Decimal | None:
    number = parse_number(cell, reading.languages)
    return Decimal(str(number)) if number is not None and number > 0 else None


def _price(cell: Cell, reading: Reading) -> Decimal | None:
    number = parse_number(cell, reading.languages)
    return Decimal(str(number)) if number is not None and number >= 0 else None


def _word(*words: str) -> Way:
    known = {word.casefold(): word for word in words}
    return Way(lambda cell, _: known.get(shown(cell).casefold()), example=", ".join(words))


def _leap_birthday(cell: Cell, reading: Reading) -> tuple[int, int] | None:
    found = parse_birthday(cell, reading)  # Excel makes a day of this year out of `28 Feb`
    day = (found.month, found.day) if found else None
    return day if day in ((2, 28), (3, 1)) else None


def _closed_days(cell: Cell, reading: Reading) -> tuple[str, ...] | None:
    items = [item.strip() for item in _ITEMS.split(shown(cell)) if item.strip()]
    days = [_closed(item, reading) for item in items]
    known = [day for day in days if day]
    return tuple(dict.fromkeys(known)) if known and len(known) == len(days) else None


def _closed(item: str, reading: Reading) -> str | None:
    """Read a weekday, a day, a day of every year, or the days from one to another."""
    if weekday := _weekdays().get(fold(item)):
        return weekday
    if day := parse_date(item, reading):
        return day.isoformat()
    if yearly := parse_birthday(item, reading):
        return f"--{yearly.month:02}-{yearly.day:02}"
    if found := _RANGE.fullmatch(item):
        first, last = parse_date(found[1], reading), parse_date(found[2], reading)
        return f"{first}/{last}" if first and last and first <= last else None
    return None


@cache
def _weekdays() -> dict[str, str]:
    """Return folded names of weekdays in all languages, whole and shortened."""
    from babel import Locale  # noqa: PLC0415 - only where closed days are set

    found: dict[str, str] = {}
    for code in LANGUAGES:
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated", "short"):
                for number, name in Locale(code).days[context].get(width, {}).items():
                    found.setdefault(fold(name), _WEEKDAYS[number])
    return found


WAYS: Mapping[str, Way] = {
    **dict.fromkeys(
        (
            *("business", "phone", "address", "booking_url", "review_url", "logo", "signature"),
            *("smtp_host", "smtp_user", "unsubscribe", "inbox"),
            *(f"gateway_{part}" for part in ("url", "body", "sent", "failed", "reference", "status_url")),
        ),
        Way(_text),
    ),
    "tone": Way(_tone, example="formal, familiar"),
    "language": Way(_language, example=", ".join(LANGUAGES)),
    "country": Way(lambda cell, _: country_named(shown(cell)), example="GB, PL, UA, IT, ES, US"),
    "currency": Way(lambda cell, _: currency_named(shown(cell)), example="GBP, PLN, UAH, EUR, USD"),
    "timezone": Way(lambda cell, _: zone_named(shown(cell)), example="Europe/London, Europe/Warsaw, Europe/Kyiv"),
    "sender": Way(_sender, "invalid-email", "anna@example.com"),
    **dict.fromkeys(("reply_to", "report_to"), Way(_sender, "invalid-email", "anna@example.com")),
    "approval": Way(lambda cell, _: parse_choice(cell, APPROVALS, {}), example=", ".join(APPROVALS)),
    "channel_order": Way(_channel_order, example=", ".join(AUTO_ORDER)),
    "quiet_hours": Way(_quiet_hours, example="20:00-08:00, off"),
    "closed_days": Way(_closed_days, example="Sunday, 24.12"),
    "cap": Way(_cap, example="2 in 30 days, off"),
    "outbox_days": _whole(0, _MOST_DAYS, "7"),
    "first_send": Way(_yes, example=", ".join(YES_NO)),
    "leap_birthday": Way(_leap_birthday, example="28 Feb, 1 Mar"),
    "due_after": Way(_threshold, "invalid-number", "1.25"),
    "lapsed_after": Way(_threshold, "invalid-number", "2"),
    "lost_after": Way(_threshold, "invalid-number", "4"),
    "smtp_port": _whole(1, _LAST_PORT, "587"),
    "daily_limit": _whole(1, _MOST_MESSAGES, "450, off"),
    "minute_limit": _whole(1, _MOST_MESSAGES, "20, off"),
    "sms_price": Way(_price, "invalid-number", "0.16"),
    "sms_plain": Way(_yes, example=", ".join(YES_NO)),
    "gateway_method": _word("GET", "POST"),
    "gateway_type": _word("json", "form"),
    "auto_merge": Way(_yes, example=", ".join(YES_NO)),
    "edit_signed": Way(_yes, example=", ".join(YES_NO)),
    "keep_backups": _whole(1, MOST_BACKUPS, "20"),
    "smtp_security": Way(lambda cell, _: _SECURITY.get(fold(shown(cell))), example="none, starttls, tls"),
}
"""Every setting and how it is read, in the order of the contract."""
