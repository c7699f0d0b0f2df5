"""The one place that asks what time it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sheetcrm.errors import UsageError

_NOON = time(12)


@dataclass(frozen=True, slots=True)
class Moment:
    """When a command acts: `on` the day it acts for, `now` the instant (at noon where the day was given), `today` the clock's day."""

    on: date
    now: datetime
    today: date


def moment(zone: ZoneInfo, on: date | None = None) -> Moment:
    """Return the moment to act for in the business's zone; a given day means its noon."""
    clock = datetime.now(zone)  # noqa: TID251 - the one place
    if on is None:
        return Moment(clock.date(), clock, clock.date())
    return Moment(on, datetime.combine(on, _NOON, zone), clock.date())


def instant() -> datetime:
    """Return this very instant, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one place


def time_here() -> str:
    """Return the time of day where this computer stands, as HH:MM."""
    return f"{instant().astimezone():%H:%M}"


def parse_time(text: str) -> str:
    """Return a time of day as HH:MM; raise UsageError for anything else."""
    hours, colon, minutes = text.strip().partition(":")
    digits = hours.isascii() and minutes.isascii() and hours.isdigit() and minutes.isdigit()
    if not (colon and digits and int(hours) < 24 and len(minutes) == 2 and int(minutes) < 60):  # noqa: PLR2004 - a day
        raise UsageError(
            f"{text!r} is no time of day.",
            "Write it as HH:MM, for example 08:30.",
            text="not-a-time",
            params={"value": text},
        )
    return f"{int(hours):02d}:{int(minutes):02d}"
