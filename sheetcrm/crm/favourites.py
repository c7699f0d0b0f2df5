"""What clients have done: the favourite service, and when one usually comes again after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.visits import DONE

if TYPE_CHECKING:
    from sheetcrm.crm.tables import Cleaned, Dates, Numbers
    from sheetcrm.crm.visits import VisitGroups

_LONGEST_RETURN = 36_500  # days: a typing mistake beyond, and the calendar ends

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class ServicesHad:
    """The lines of done visits that name a service; arrays of one length, in the order of the sheet."""

    names: npt.NDArray[np.object_]  # by code; the last one, picked by code -1, is ""
    code: Codes
    client: Codes
    visit: Ints  # number of the visit, rising with its client and day
    day: Dates
    minutes: npt.NDArray[np.int16]

    def favourites(self, size: int) -> Codes:
        """Return the code of the service in most visits per client, -1 without one; of several the one she had last.

        Last is the day, then the time, then the row of the sheet.
        """
        favourite = np.full(size, -1, dtype=np.int32)
        if not len(self.code):
            return favourite
        pair = self.client.astype(np.int64) * len(self.names) + self.code
        pairs, visits, last = self._counted(pair)
        client = pairs // len(self.names)
        score = visits * (int(last.max()) + 1) + last
        best = np.zeros(size, dtype=np.int64)
        np.maximum.at(best, client, score)
        leading = score == best[client]
        pairs, client = pairs[leading], client[leading]
        favourite[client] = pairs % len(self.names)
        several = np.bincount(client, minlength=size)[client] > 1
        if several.any():  # as many visits, the last one on the same day
            tied = np.flatnonzero(np.isin(pair, pairs[several]))
            order = tied[np.lexsort((tied, self.minutes[tied], self.day[tied]))]
            favourite[self.client[order]] = self.code[order]  # of several writes to one place the last one stays
        return favourite

    def _counted(self, pair: Ints) -> tuple[Ints, Ints, Ints]:
        """Return the distinct pairs of client and service, in how many visits they occur, and the last day, from 0."""
        width = int(self.visit.max()) + 1
        key = np.sort(pair * width + self.visit)
        key = key[np.append(True, key[1:] != key[:-1])]  # a service counts once per visit
        at = key // width
        ends = np.append(np.flatnonzero(at[1:] != at[:-1]), len(at) - 1)
        day_of_visit = np.zeros(width, dtype=np.int64)
        day_of_visit[self.visit] = (self.day - self.day.min()).astype(np.int64)
        return at[ends], np.diff(ends, prepend=-1), day_of_visit[key[ends] - at[ends] * width]

    def return_days(self, services: Cleaned | None, size: int) -> Numbers:
        """Return per client the longest usual return of all services that she had, in days; NaN where none has one."""
        longest = np.full(size, np.nan)
        if services is None:
            return longest
        days: dict[str, float] = {}
        listed = zip(services.texts("service").cells(), services.amounts("return_days").tolist(), strict=True)
        for name, value in listed:
            if name and 0 < value <= _LONGEST_RETURN:
                key = _service_key(str(name))
                days[key] = max(value, days.get(key, 0.0))
        by_code = np.array([days.get(_service_key(str(name)), np.nan) for name in self.names])
        np.fmax.at(longest, self.client, by_code[self.code])
        return longest


def services_had(visits: Cleaned, groups: VisitGroups) -> ServicesHad:
    """Collect what was had in done visits (not what was paid back)."""
    service = visits.texts("service")
    lines = np.flatnonzero((groups.lines >= 0) & service.filled)
    lines = lines[groups.state[groups.lines[lines]] == DONE]
    visit = groups.lines[lines]
    minutes = visits.minutes.get("time")
    return ServicesHad(
        names=np.array([*map(str, service.values), ""], dtype=object),
        code=service.codes[lines],
        client=groups.client[visit],
        visit=visit.astype(np.int64),
        day=groups.day[visit],
        minutes=np.full(len(lines), -1, dtype=np.int16) if minutes is None else minutes[lines],
    )


def _service_key(name: str) -> str:
    # not folded: "Manicure (gel)" and "Manicure (classic)" are two services
    return " ".join(name.casefold().split())
