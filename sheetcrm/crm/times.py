"""Times of day as people type them, and as Excel hands them over."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sheetcrm.crm.cells import is_number, plain

if TYPE_CHECKING:
    from sheetcrm.crm.tables import Cell

MINUTES = 24 * 60
"""The minutes of a day."""

_LONGEST = 60
_TIME = re.compile(
    r"(?:(?:godz|o|о|в|у|at|ore|alle|h|a las)\b\.?\s*)?"
    r"(\d{1,2})(?:\s*[:.h\-]\s*([0-5]\d)(?::[0-5]\d(?:[.,]\d+)?)?|\s*h)?"
    r"\s*(?:([ap])\.?m\.?)?(?:\s*[-–—]\s*\d{1,2}(?:[:.h]\d{2})?\s*(?:[ap]\.?m\.?)?)?"
)


def parse_time(cell: Cell) -> int | None:
    """Return minutes since midnight: a time, a datetime, a fraction of a day, an hour, `15:30`, `3 pm`, `15h30`."""
    cell = plain(cell)
    if isinstance(cell, datetime):
        return minutes_of(cell.time())
    if isinstance(cell, time):
        return minutes_of(cell)
    if isinstance(cell, timedelta):
        minutes = round(cell.total_seconds() / 60)
        return minutes if 0 <= minutes < MINUTES else None
    if is_number(cell):
        if 0 <= cell < 1:
            return min(round(float(cell) * MINUTES), MINUTES - 1)
        hour = int(cell) if 1 <= cell < 24 else 0  # noqa: PLR2004 - hours of a day
        return hour * 60 if hour and float(cell) == hour else None
    found = _TIME.fullmatch(cell.strip().casefold()) if isinstance(cell, str) and len(cell) <= _LONGEST else None
    return of_clock(found[1], found[2], found[3]) if found else None


def minutes_of(clock: time) -> int:
    """Return minutes since midnight, to the nearest."""
    # Excel keeps a time as a binary fraction of a day: 15:30 may come back as 15:29:59.999
    seconds = clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6
    return min(round(seconds / 60), MINUTES - 1)


def of_clock(hour: str, minute: str | None, half: str | None) -> int | None:
    """Return minutes since midnight of a clock's figures (`half`: `a` or `p` of am, pm), None for no time of day."""
    hours, minutes = int(hour), int(minute or 0)
    if half:
        if not 1 <= hours <= 12:  # noqa: PLR2004 - a clock's face
            return None
        hours = hours % 12 + (12 if half == "p" else 0)
    return hours * 60 + minutes if hours < 24 and minutes < 60 else None  # noqa: PLR2004 - hours of a day, minutes of an hour
