"""What a day brings: who comes, whose birthday it is, which of the next days are closed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from sheetcrm.crm.ages import ages
from sheetcrm.crm.cells import shown
from sheetcrm.crm.closed_days import OpenDays
from sheetcrm.crm.erased_rows import erased_rows
from sheetcrm.crm.people import survivors
from sheetcrm.crm.visits import PLANNED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sheetcrm.crm.settings import Settings
    from sheetcrm.crm.tables import Cleaned
    from sheetcrm.crm.visits import VisitGroups

_LEAP_DAY = 229


@dataclass(frozen=True, slots=True)
class Coming:
    """A visit planned for the day: the client's position, minutes since midnight (-1: no time), what for, with whom."""

    client: int
    minutes: int
    services: str
    staff: str


@dataclass(frozen=True, slots=True)
class Born:
    """A birthday: the client's position, the day, and how old she turns where her year is known."""

    client: int
    day: date
    age: int | None


@dataclass(frozen=True)
class Agenda:
    """What there is on a day and soon after it; each thing is looked up when it is asked for."""

    on: date
    tables: Mapping[str, Cleaned]
    groups: VisitGroups | None
    settings: Settings
    erased: frozenset[str] = frozenset()  # ids of who is erased: nobody of whom to tell

    def coming(self) -> list[Coming]:
        """Return who comes on the day, by time; who has none comes last."""
        groups, visits = self.groups, self.tables.get("Visits")
        if groups is None or visits is None:
            return []
        here = ~erased_rows(self.tables["Clients"], self.erased)
        found = np.flatnonzero((groups.day == np.datetime64(self.on, "D")) & (groups.state == PLANNED))
        found = found[here[groups.client[found]]]
        lines = np.flatnonzero(np.isin(groups.lines, found)) if len(found) else found
        said: dict[int, list[int]] = {}
        for line in lines.tolist():
            said.setdefault(int(groups.lines[line]), []).append(line)
        made = [
            Coming(
                int(groups.client[visit]),
                int(groups.minutes[visit]),
                _joined(visits, "service", said.get(visit, [])),
                _joined(visits, "staff", said.get(visit, [])),
            )
            for visit in found.tolist()
        ]
        return sorted(made, key=lambda one: (one.minutes < 0, one.minutes, one.client))

    def birthdays(self, days: int) -> Iterator[Born]:
        """Yield whose birthday it is on the day and the `days - 1` days after it, whether or not she is written to."""
        clients = self.tables["Clients"]
        born = clients.days("birthday")
        months = born.astype("datetime64[M]")
        month_day = clients.birthday
        if month_day is None:
            numbers = (
                (months.astype(np.int64) % 12 + 1) * 100 + (born - months.astype("datetime64[D]")).astype(np.int64) + 1
            )
            month_day = np.where(np.isnat(born), 0, numbers)
        alive = (survivors(clients) == np.arange(len(clients))) & ~erased_rows(clients, self.erased)
        for ahead in range(days):
            day = self.on + timedelta(days=ahead)
            for at in np.flatnonzero(np.isin(month_day, self._turning(day)) & alive).tolist():
                age = ages(born[at : at + 1], day, self.settings.leap_birthday)[0]
                yield Born(at, day, None if np.isnan(age) or age == 0 else int(age))

    def closed(self, days: int) -> list[tuple[date, date, str]]:
        """Return stretches of closed days among the next `days`, first and last, with a note of hers; weekly ones are no news."""
        holidays = self.tables.get("Holidays")
        dates = np.array([], dtype="datetime64[D]") if holidays is None else holidays.days("date")
        today = np.datetime64(self.on, "D")
        special = [word for word in self.settings.closed_days if not word.isalpha()]
        shut = ~OpenDays.of(special, dates, today, days + 1).span(today, days)
        notes: dict[date, str] = {}
        if holidays is not None:
            notes = dict(zip(dates.tolist(), map(str, holidays.texts("note").objects("")), strict=True))
        found: list[tuple[date, date, str]] = []
        for ahead in np.flatnonzero(shut).tolist():
            day = self.on + timedelta(days=ahead)
            note = notes.get(day, "")
            if found and found[-1][1] == day - timedelta(days=1) and found[-1][2] == note:
                found[-1] = (found[-1][0], day, note)
            else:
                found.append((day, day, note))
        return found

    def _turning(self, day: date) -> list[int]:
        """Return which birthdays fall on a day, as month * 100 + day."""
        leap = day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)
        numbers = [day.month * 100 + day.day]
        if not leap and (day.month, day.day) == self.settings.leap_birthday:
            numbers.append(_LEAP_DAY)
        return numbers


def _joined(visits: Cleaned, name: str, lines: list[int]) -> str:
    column: Any = visits.texts(name)
    return ", ".join(dict.fromkeys(text for line in lines if (text := shown(column.cell(line)))))
