"""The one place that asks what time it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

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
