"""At what time of the day a message may go: quiet hours of the business, and when each client likes to hear from it.

Both make a message wait and never lose it. Where the wait would outlast its grace, or the visit begins before, it goes by the quiet
hours alone, and where these would lose it too, at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.contact_time import Week, preferred
from sheetcrm.crm.frequency import number_of
from sheetcrm.crm.times import MINUTES

if TYPE_CHECKING:
    from datetime import date

    from sheetcrm.crm.closed_days import OpenDays

QUIET, WISHED = "quiet-hours", "contact-time"
HOURS = frozenset({QUIET, WISHED})
"""Reasons for which a message waits for another hour."""

_Moment = tuple[int, int]
"""A day as a number, and minutes since its midnight."""


class Wait(NamedTuple):
    """Until when a message waits, and for which of the two."""

    day: int
    minute: int
    reason: str  # of `HOURS`

    @property
    def clock(self) -> str:
        """The time of day."""
        return f"{self.minute // 60:02d}:{self.minute % 60:02d}"


@dataclass(frozen=True)
class Hours:
    """The moment `now` (minutes since midnight) of the day `on`, and when messages may go. `quiet` is (from, to) as `20:00`."""

    on: date
    now: int
    quiet: tuple[str, str] | None
    open_days: OpenDays

    def wait(self, wish: str, last: int, begins: _Moment | None = None) -> Wait | None:
        """Return until when a message waits that may go now or on any open day up to `last`; None where it goes now.

        `wish` is the client's `contact_time`; `begins`: when the visit begins that it is about.
        """
        loud = self._next(self._loud, last)
        wished = self._wishes.get(wish)
        if wished is None:
            wished = self._wishes[wish] = self._week(wish)
        for found in (self._next(wished, last), loud):
            if found == (self._today, self.now):
                return None
            if found is not None and (begins is None or found < begins):
                return Wait(*found, QUIET if found == loud else WISHED)
        return None

    @cached_property
    def _today(self) -> int:
        return number_of(self.on)

    @cached_property
    def _wishes(self) -> dict[str, Week]:
        return {}

    @cached_property
    def _loud(self) -> Week:
        hours: npt.NDArray[np.bool_] = np.ones(MINUTES, dtype=np.bool_)
        if self.quiet is not None:
            start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in self.quiet)
            if start < end:
                hours[start:end] = False
            elif start > end:  # over midnight
                hours[start:] = hours[:end] = False
        return np.tile(hours, (7, 1))

    def _week(self, wish: str) -> Week:
        """Return when a client may be written to. A wish for the quiet hours alone cannot be met and holds nothing."""
        wished = preferred(wish) if wish else None
        both = self._loud if wished is None else self._loud & wished
        return both if both.any() else self._loud

    def _next(self, week: Week, last: int) -> _Moment | None:
        """Return the first moment from now on that lies in a week's times, on an open day up to `last`."""
        weekday = self.on.weekday()
        left = week[weekday, self.now :]
        if left.any():
            return self._today, self.now + int(left.argmax())
        day = self.open_days.next(self._today + 1)
        while day is not None and day <= last:
            hours = week[(weekday + day - self._today) % 7]
            if hours.any():
                return day, int(hours.argmax())
            day = self.open_days.next(day + 1)
        return None
