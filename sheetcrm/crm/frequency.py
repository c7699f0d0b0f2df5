"""How often a person is written to: who has had enough for a while, and who has had this campaign too lately.

What counts is the day on which a message went, or goes, whatever channel it took: a call or a message sent by hand too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.lineage import bare_id
from sheetcrm.crm.people import deleted
from sheetcrm.crm.values import Status
from sheetcrm.languages.folding import name_alike

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sheetcrm.crm.campaign_table import Campaign
    from sheetcrm.crm.values import SentRecord
    from sheetcrm.crm.world import Ints, Mask, World

GONE = frozenset({Status.SENT, Status.SENDING, Status.UNKNOWN})
"""What reached a person, or may have."""

_EPOCH = date(1970, 1, 1).toordinal()
_NEVER = np.iinfo(np.int32).min // 2
Days = npt.NDArray[np.int32]
"""Days since 1970."""


def number_of(day: date) -> int:
    """Return a day as a number of days since 1970."""
    return day.toordinal() - _EPOCH


def date_of(number: int) -> date:
    """Return the day of a number."""
    return date.fromordinal(number + _EPOCH)


@dataclass
class Frequency:
    """What went to each person and when, by the ledger, and by this plan as far as it has come (`note`).

    A person is the position of the row in Clients that she lives on in; days are numbers (`number_of`). `cap` is (messages, days).
    """

    world: World
    cap: tuple[int, int] | None
    campaigns: Sequence[Campaign] = ()
    most: int = 1  # messages that a person may get by this plan
    _recent: Days = field(
        init=False
    )  # of each person the days of the last messages, as many as the cap allows, earliest first
    _last: dict[str, Days] = field(init=False)  # by campaign with a cooldown, the day each person had it last
    had_today: set[tuple[int, str]] = field(init=False)  # (person, purpose) of what went on the day itself

    def __post_init__(self) -> None:
        count = len(self.world.clients)
        self._last = {c.name: np.full(count, _NEVER, dtype=np.int32) for c in self.campaigns if c.cooldown}
        self.had_today = set()
        went: list[tuple[int, int]] = []
        for person, day, record in self._went():
            if record.purpose == "marketing":
                went.append((person, day))
            if record.at and day == number_of(self.world.on):
                self.had_today.add((person, record.purpose))
        self._take_cooldowns()
        self._take_cap(went)

    def enough(self, persons: Ints, day: int) -> Mask:
        """Tell who may get no further marketing on a day."""
        if self.cap is None or not len(persons):
            return np.zeros(len(persons), dtype=bool)
        if not self.cap[0]:
            return np.ones(len(persons), dtype=bool)
        enough: Mask = self._recent[persons, 0] > day - self.cap[1]
        return enough

    def free_again(self, person: int) -> int | None:
        """Return the first day on which she may get something again, None where there is none."""
        return None if self.cap is None or not self.cap[0] else int(self._recent[person, 0]) + self.cap[1]

    def rests(self, campaign: Campaign) -> bool:
        """Tell whether a campaign has a cooldown at all."""
        return campaign.name in self._last

    def too_soon(self, campaign: Campaign, person: int, day: int) -> int | None:
        """Return the day until which a campaign rests for her, None where it does not."""
        last = self._last.get(campaign.name)
        until = _NEVER if last is None else int(last[person]) + campaign.cooldown
        return until if until > day else None

    def note(self, campaign: Campaign, person: int, day: int) -> None:
        """Note that a message goes on a day."""
        if campaign.purpose == "marketing" and self.cap is not None and self.cap[0]:
            days = self._recent[person]
            later = day < days[-1]  # than this one, where the day one acts for is not the last
            days[:-1], days[-1] = days[1:].copy(), day
            if later:
                days.sort()
        if campaign.name in self._last:
            self._last[campaign.name][person] = max(day, self._last[campaign.name][person])

    def _take_cap(self, went: list[tuple[int, int]]) -> None:
        """Put in the days by the ledger. Beyond what anybody can have had no cap is reached, so no more days are kept."""
        if self.cap is None or not self.cap[0]:
            return
        since = number_of(self.world.on) - self.cap[1]
        lately = sorted((person, day) for person, day in went if day > since)
        counts = np.bincount([person for person, _ in lately], minlength=1)
        room = min(self.cap[0], int(counts.max()) + self.most)
        if room < self.cap[0]:
            self.cap = None
            return
        self._recent = np.full((len(self.world.clients), room), _NEVER, dtype=np.int32)
        for person, day in lately:
            row = self._recent[person]
            row[:-1], row[-1] = row[1:].copy(), day

    def _take_cooldowns(self) -> None:
        wanted: dict[str, list[Days]] = {}
        for campaign in self.campaigns:
            if campaign.cooldown:
                for name in (name_alike(campaign.name), *self.world.lineage.former_names(campaign)):
                    wanted.setdefault(name, []).append(self._last[campaign.name])
        for person, day, record in self._went() if wanted else ():
            for last in wanted.get(name_alike(record.key.campaign), ()):
                last[person] = max(day, last[person])

    def _went(self) -> Iterator[tuple[int, int, SentRecord]]:
        """Yield (person, day, record) of what reached somebody of the list, or may have, within the days that matter."""
        longest = max((c.cooldown for c in self.campaigns), default=0)
        longest = max(longest, self.cap[1] if self.cap is not None else 0, 1)
        since = (np.datetime64(self.world.on, "D") - np.timedelta64(longest, "D")).astype(str)
        places = self._places
        for record in self.world.ledger.sent.values():
            at = _gone(record)
            if at <= since or record.status not in GONE:  # days as ISO text are in order of time
                continue
            person = places.get(record.key.client_id, -1)
            person = places.get(bare_id(record.key.client_id), -1) if person < 0 else person
            if person >= 0 and (day := _day_of(at)) is not None:
                yield int(self.world.survivors[person]), day, record

    @property
    def _places(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for at, client_id in enumerate(self.world.ids):
            if client_id:
                found.setdefault(client_id, at)
        return deleted(self.world.clients) | found


def day_gone(record: SentRecord) -> int | None:
    """Return the day on which a message went, or was due where that is not known; None where neither is."""
    return _day_of(_gone(record))


def _gone(record: SentRecord) -> str:
    return record.at[:10] or (record.due.isoformat() if record.due else "")


def _day_of(text: str) -> int | None:
    try:
        return number_of(date.fromisoformat(text))
    except ValueError:
        return None
