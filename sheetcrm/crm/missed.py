"""Why a message that is too late did not go while it might have: what stood in its way on each of those days, by the ledger."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sheetcrm.crm.frequency import GONE, day_gone, number_of
from sheetcrm.crm.lineage import bare_id
from sheetcrm.languages.folding import name_alike

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sheetcrm.crm.campaign_table import Campaign
    from sheetcrm.crm.closed_days import OpenDays
    from sheetcrm.crm.context import Occasion
    from sheetcrm.crm.world import World


class _Went(NamedTuple):
    """What reached a person, or may have: the day as a number, its purpose, its campaign (`name_alike`)."""

    day: int
    purpose: str
    campaign: str


@dataclass(frozen=True)
class Missed:
    """What is known of the days gone by. `cap` is (messages, days)."""

    world: World
    open_days: OpenDays
    cap: tuple[int, int] | None

    def reason(self, occasion: Occasion, last: int) -> str:
        """Return the rule by which a message that might have gone up to the day `last` went on none of its days, "" where one was free.

        It is the one that held it on the last open day; `closed-day` where none was open.
        """
        first = number_of(occasion.due)
        opened = [day for day in range(first, last + 1) if self.open_days.next(day) == day]
        if not opened:
            return "closed-day" if first <= last else ""
        went = self._went.get(int(self.world.survivors[occasion.client]), ())
        reasons = [self._reason(occasion.campaign, day, went) for day in opened]
        return reasons[-1] if all(reasons) else ""

    def _reason(self, campaign: Campaign, day: int, went: Sequence[_Went]) -> str:
        """Return what kept a campaign from a person on a day, "" where nothing of this did."""
        if campaign.purpose == "marketing" and self.cap is not None:
            count, days = self.cap
            if sum(one.purpose == "marketing" and day - days < one.day <= day for one in went) >= count:
                return "cap"
        if campaign.cooldown and went:
            names = {name_alike(campaign.name), *self.world.lineage.former_names(campaign)}
            if any(0 <= day - one.day < campaign.cooldown and one.campaign in names for one in went):
                return "cooldown"
        return "another-today" if any((one.day, one.purpose) == (day, campaign.purpose) for one in went) else ""

    @cached_property
    def _went(self) -> Mapping[int, Sequence[_Went]]:
        """What went, by person (the row in Clients that she lives on in)."""
        places = {bare_id(one): at for at, one in enumerate(self.world.ids) if one}
        found: dict[int, list[_Went]] = defaultdict(list)
        for record in self.world.ledger.sent.values():
            at, day = places.get(bare_id(record.key.client_id)), day_gone(record)
            if at is not None and day is not None and record.status in GONE:
                went = _Went(day, record.purpose, name_alike(record.key.campaign))
                found[int(self.world.survivors[at])].append(went)
        return found
