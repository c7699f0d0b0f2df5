"""What occasions are found in: who the clients are, their figures and visits, the ledger, the day; and who was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sheetcrm.crm import visits as states
from sheetcrm.crm.directory import Directory, Found
from sheetcrm.crm.erased_rows import emptied_rows, erased_rows
from sheetcrm.crm.households import households
from sheetcrm.crm.lineage import Lineage
from sheetcrm.crm.people import full_names, merged_ids, phone_key, survivors
from sheetcrm.crm.values import Status
from sheetcrm.languages.folding import fold, name_alike

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sheetcrm.crm.campaign_table import Campaign
    from sheetcrm.crm.decisions import Settled
    from sheetcrm.crm.tables import Cleaned, Dates
    from sheetcrm.crm.values import Ledger, SentRecord
    from sheetcrm.crm.visits import VisitGroups

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.object_]

NO_VISIT = -1


@dataclass(frozen=True)
class Due:
    """Who is due in a window: parallel arrays.

    `visit` is a position in `VisitGroups`, or -1; `friend` one in Clients, or -1.
    """

    client: Ints
    day: Dates
    base: Dates  # the day it started from: the birthday of that year, the visit, the entry
    visit: Ints
    friend: Ints

    def __len__(self) -> int:
        return len(self.client)

    def take(self, chosen: Mask | Ints) -> Due:
        """Return some of them."""
        return Due(self.client[chosen], self.day[chosen], self.base[chosen], self.visit[chosen], self.friend[chosen])

    @classmethod
    def join(cls, parts: list[Due]) -> Due:
        """Put several together."""
        if not parts:
            none = np.empty(0, dtype=np.int64)
            return cls(none, np.empty(0, dtype="datetime64[D]"), np.empty(0, dtype="datetime64[D]"), none, none)
        return cls(
            *(np.concatenate([getattr(p, n) for p in parts]) for n in ("client", "day", "base", "visit", "friend"))
        )


@dataclass(frozen=True)
class World:
    """What occasions are found in: cleaned clients, derived figures, visits, the ledger, the day."""

    clients: Cleaned
    figures: Mapping[str, npt.NDArray[Any]]
    groups: VisitGroups | None
    ledger: Ledger
    masks: Mapping[str, Mask | None]  # by folded name; None: the rule is wrong
    on: date
    leap_birthday: tuple[int, int] = (2, 28)
    lineage: Lineage = field(default_factory=Lineage)
    settled: Mapping[frozenset[str], Settled] = field(default_factory=dict)  # of which pairs she says that they are two

    def days(self, name: str) -> Dates:
        """Return a date field: derived where it was derived, else as typed."""
        found = self.figures.get(name)
        return self.clients.days(name) if found is None else found.astype("datetime64[D]", copy=False)

    def segment(self, campaign: Campaign) -> Mask | None:
        """Return who is in a campaign's segment, None where there is no such segment or its rule is wrong."""
        return self.masks.get(fold(campaign.segment))

    def remembered(self, campaign: Campaign) -> str:
        """Return a campaign's name as the ledger has it where it remembers who is in its segment: also a former one."""
        names = {name_alike(name): name for name in self.ledger.inside}
        own = (name_alike(campaign.name), *self.lineage.continued(campaign))
        if campaign.name in self.ledger.inside:
            return campaign.name
        return next((names[name] for name in own if name in names), campaign.name)

    @cached_property
    def today(self) -> np.datetime64:
        """The day one acts for."""
        return np.datetime64(self.on, "D")

    @cached_property
    def ids(self) -> list[str]:
        """Client ids, "" where there is none yet."""
        return [str(i) for i in self.clients.texts("client_id").objects("").tolist()]

    @cached_property
    def names(self) -> list[str]:
        """Full names."""
        return full_names(self.clients)

    @cached_property
    def planned(self) -> Mask:
        """Who has a visit planned on `on` or later."""
        mask = self.days("next_visit") >= self.today
        if self.groups is not None:
            ahead = (self.groups.state == states.PLANNED) & (self.groups.day >= self.today)
            mask[self.groups.client[ahead]] = True
        return mask

    @cached_property
    def last_done(self) -> Ints:
        """The latest done visit of each client, -1 without one; visits are in order of client and day."""
        last = np.full(len(self.clients), NO_VISIT, dtype=np.int64)
        if self.groups is not None:
            done = np.flatnonzero(self.groups.state == states.DONE)
            last[self.groups.client[done]] = done
        return last

    @cached_property
    def survivors(self) -> npt.NDArray[np.int32]:
        """The row that each client lives on in: another one where it was merged."""
        return survivors(self.clients)

    @cached_property
    def erased(self) -> Mask:
        """Who is erased, or about to be: nothing is for them."""
        return erased_rows(self.clients, self.ledger.erased)

    @cached_property
    def gone(self) -> Mask:
        """Those of them of whom nothing is told either: their rows are empty."""
        return emptied_rows(self.clients, self.ledger.erased)

    @cached_property
    def alive(self) -> Mask:
        """Who there is: no merged rows, nobody who is gone."""
        alive: Mask = (self.survivors == np.arange(len(self.clients))) & ~self.gone
        return alive

    @cached_property
    def merged_ids(self) -> Mapping[str, tuple[str, ...]]:
        """By client id the ids of those who were merged into her: what they got, she got."""
        return merged_ids(self.clients)

    @cached_property
    def sent_today(self) -> list[SentRecord]:
        """What went out on the day itself, in order of time."""
        day = self.on.isoformat()
        return [one for one in self.ledger.sent.values() if one.status == Status.SENT and one.at[:10] == day]

    @cached_property
    def homes(self) -> Ints:
        """The household of each client, as a number; -1 for who has none."""
        return households(self.clients, self.settled, self.survivors)

    @cached_property
    def referrers(self) -> Ints:
        """Who recommended each client: found by id, phone, e-mail, name, in that order; -1 for none or several."""
        return _referrers(self)


def _referrers(world: World) -> Ints:
    people = Directory(world.clients)
    ways: list[Callable[[str], Found]] = [
        lambda text: people.by_id.get(text, ()),
        lambda text: people.by_phone.get(phone_key(text) or "\0", ()),
        lambda text: people.by_email.get(text.casefold(), ()),
        people.named,
    ]

    def referrer(cell: Any) -> int:
        text = str(cell).strip()
        found = next((f for way in ways if (f := way(text))), ())
        return found[0] if len(found) == 1 else NO_VISIT

    return world.clients.texts("referred_by").lookup(referrer, NO_VISIT, np.int64)
