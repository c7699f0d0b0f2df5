"""Numbers and money as people type them: with comma or point, blanks between thousands, a currency before or after."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sheetcrm.crm.cells import is_number, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sheetcrm.crm.tables import Cell

GROUPING = {"en": ",", "it": ".", "es": "."}
"""Which of . and , stands between thousands in a language; in Polish, Ukrainian and Russian it is a blank."""

_BLANKS = re.compile(r"[\s\u00a0\u2000-\u200b\u202f\u2060]+")
_SIGNS = str.maketrans({"−": "-", "–": "-", "—": "-", "‒": "-", "’": "'", "`": "'", "´": "'", "ʼ": "'"})
_UNITS = (
    "zł|zl|złotych|złote|złoty|pln|₴|грн|гривень|гривні|гривня|uah|₽|руб|рублей|рубля|рубль|р|rub|€|eur|euro|euros|евро|євро|"
    r"£|gbp|\$|us\$|usd|chf|czk|kč|ron|huf|kzt|₸|byn|mxn|ars|"
    "min|mins|minutes|minut|minuty|хв|хвилин|мин|минут|minuti|minutos|"
    "d|days|dni|днів|дні|дней|дня|giorni|gg|días|dias"
)
_UNIT_BEFORE = re.compile(rf"(?:{_UNITS})\.?(?![^\W\d_]) ?", re.IGNORECASE)
_UNIT_AFTER = re.compile(rf"(?<![^\W\d_]) ?(?:{_UNITS})\.?$", re.IGNORECASE)
_ROUND_PRICE = re.compile(r"[.,] ?-{1,2}$")  # "150,-" is 150, no negative number
_SCIENTIFIC = re.compile(r"\d{1,15}(?:[.,]\d{1,20})?[eE][+-]?\d{1,3}")
_GROUPED = re.compile(r"\d{1,3}(?:([ '.,])\d{3})(?:\1\d{3})*")
_HOURS = re.compile(r"(\d{1,2}) ?(?:h|год|год\.|ч|ч\.|godz|godz\.|ore|ora|:) ?(?:(\d{1,2})(?: ?(?:min|мин|хв|m)\.?)?)?")
_LONGEST = 60
_DAY = 24 * 60
_MOST = 1e13  # no price is higher; a longer number is a phone or a slip, and a sum with it is none


def parse_number(cell: Cell, languages: Sequence[str]) -> float | None:
    """Return the number in a cell, or None where there is none that can be told for certain.

    The last of . and , is the decimal point, unless exactly three digits follow and it groups in the first of
    `languages`. What is beyond 10¹³ is no number either: nothing costs as much.
    """
    cell = plain(cell)
    if is_number(cell):
        try:
            number = float(cell)
        except OverflowError:
            return None
        return number if abs(number) <= _MOST else None
    if not isinstance(cell, str) or len(cell) > _LONGEST:
        return None
    text = _BLANKS.sub(" ", cell.translate(_SIGNS)).strip()
    negative, text = _without_sign(text)
    text = _ROUND_PRICE.sub("", text)
    if _SCIENTIFIC.fullmatch(text):
        number = float(text.replace(",", "."))
    else:
        groups = GROUPING.get(languages[0] if languages else "en", "")
        digits = _decimal(text, groups)
        if digits is None:
            return None
        number = float(digits)
    if number > _MOST:
        return None
    return -number if negative and number else number


def _without_sign(text: str) -> tuple[bool, str]:
    """Take sign, brackets and units off both ends; they come in any order: `-€12`, `€ -12`, `(12 zł)`, `12,50- zł`."""
    negative = False
    bracketed = text.startswith("(") and text.endswith(")")
    if bracketed:
        negative, text = True, text[1:-1].strip()
    for _ in range(2):
        text = _UNIT_AFTER.sub("", _UNIT_BEFORE.sub("", text, count=1) if _UNIT_BEFORE.match(text) else text).strip()
        if text[:1] in ("+", "-") and not bracketed:
            negative, text = text[0] == "-", text[1:].strip()
    if text.endswith("-") and not negative and not _ROUND_PRICE.search(text):
        negative, text = True, text[:-1].strip()
    return negative, text


def _decimal(text: str, groups: str) -> str | None:
    """Return digits with a point, as `float` reads them; None where the groups are not groups of three."""
    last = max(text.rfind("."), text.rfind(","))
    whole, fraction = text, ""
    if last >= 0:
        mark, tail = text[last], text[last + 1 :]
        grouped = len(tail) == 3 and mark in groups and text[:last].strip("0") != ""  # noqa: PLR2004 - thousands
        if not grouped and text.count(mark) == 1:
            whole, fraction = text[:last], tail
    if fraction and not (fraction.isascii() and fraction.isdigit()):
        return None
    if not whole:
        return f"0.{fraction}" if fraction else None
    if not (whole.isascii() and (whole.isdigit() or _GROUPED.fullmatch(whole))):
        return None
    return re.sub(r"\D", "", whole) + "." + (fraction or "0")


def parse_duration(cell: Cell, languages: Sequence[str]) -> float | None:
    """Return minutes: `90`, `90 min`, `1:30`, `1 h 30`, or a cell that Excel made a time of day of."""
    cell = plain(cell)
    if isinstance(cell, datetime):
        return None
    if isinstance(cell, time):
        return float(cell.hour * 60 + cell.minute)
    if isinstance(cell, timedelta):
        return cell.total_seconds() / 60 if timedelta() <= cell else None
    if is_number(cell) and 0 < cell < 1:
        return float(round(cell * _DAY))  # a time of day that lost its number format
    if isinstance(cell, str) and (hours := _HOURS.fullmatch(_BLANKS.sub(" ", cell).strip().casefold())):
        return float(int(hours[1]) * 60 + int(hours[2] or 0))
    return parse_number(cell, languages)
