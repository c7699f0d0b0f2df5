"""On which days the business is open: the setting `closed_days` and the table Holidays, as a table of days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sheetcrm.crm.tables import Dates
    from sheetcrm.crm.world import Ints, Mask

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_YEARLY = re.compile(r"--(\d\d)-(\d\d)")
_NAT = np.datetime64("NaT", "D")
_THURSDAY = 3  # 1 January 1970, where numpy's days begin
REACH = 800
"""Days beyond those one plans for in which an open one is looked for: who is closed for longer has closed the business."""


@dataclass(frozen=True)
class OpenDays:
    """Which days around those one plans for are open. Without closed days every day is, however far away."""

    first: np.datetime64
    open: Mask

    @classmethod
    def of(cls, closed: Iterable[str], holidays: Dates, today: np.datetime64, days: int) -> OpenDays:
        """Make the table for `days` days from `today` on; `closed` as in `Settings.closed_days`."""
        first = today - np.timedelta64(REACH, "D")
        those = first + np.arange(2 * REACH + days)
        shut = np.isin(those, holidays)
        for word in closed:
            shut |= _is(word, those)
        return cls(first, ~shut)

    @cached_property
    def always(self) -> bool:
        """Whether no day is closed."""
        return bool(self.open.all())

    def span(self, first: np.datetime64, days: int) -> Mask:
        """Tell which of so many days from one on are open; they are among those of the table."""
        at = int((first - self.first).astype(np.int64))
        return self.open[at : at + days]

    def following(self, days: Dates) -> Dates:
        """Return each day, or the first open one after it; NaT where there is none."""
        return days if self.always else self._moved(days, self._after)

    def preceding(self, days: Dates) -> Dates:
        """Return each day, or the last open one before it; NaT where there is none."""
        return days if self.always else self._moved(days, self._before)

    def next(self, day: int) -> int | None:
        """Return a day, as a number of days since 1970, or the first open one after it; None where there is none."""
        at = day - int(self.first.astype(np.int64))
        if self.always or not 0 <= at < len(self.open):
            return day
        found = int(self._after[at])
        return day + found - at if found < len(self.open) else None

    @cached_property
    def _after(self) -> Ints:
        places = np.where(self.open, np.arange(len(self.open)), len(self.open))
        return np.minimum.accumulate(places[::-1])[::-1]

    @cached_property
    def _before(self) -> Ints:
        return np.maximum.accumulate(np.where(self.open, np.arange(len(self.open)), -1))

    def _moved(self, days: Dates, places: Ints) -> Dates:
        at = (days - self.first).astype(np.int64)
        known = ~np.isnat(days) & (at >= 0) & (at < len(places))
        to = places[np.where(known, at, 0)]
        found = known & (to >= 0) & (to < len(places))
        return np.where(found, self.first + to.astype("timedelta64[D]"), np.where(known, _NAT, days))


def _is(word: str, days: Dates) -> Mask:
    """Tell which days a word of the setting means: a weekday, a day, a day of every year, the days from one to another."""
    found: Any
    if word in _WEEKDAYS:
        found = (days.astype(np.int64) + _THURSDAY) % 7 == _WEEKDAYS.index(word)
    elif yearly := _YEARLY.fullmatch(word):
        months = days.astype("datetime64[M]")
        day = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
        found = (months.astype(np.int64) % 12 + 1 == int(yearly[1])) & (day == int(yearly[2]))
    else:
        first, _, last = word.partition("/")
        found = (days >= np.datetime64(first, "D")) & (days <= np.datetime64(last or first, "D"))
    return np.asarray(found, dtype=np.bool_)
