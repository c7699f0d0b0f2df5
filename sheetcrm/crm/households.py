"""Who is of one household, and that of those only one gets a message, where a campaign says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.acts import HOUSEHOLD
from sheetcrm.crm.lineage import bare_id
from sheetcrm.crm.values import Status
from sheetcrm.languages.folding import name_alike

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sheetcrm.crm.campaign_table import Campaign
    from sheetcrm.crm.decisions import Settled
    from sheetcrm.crm.tables import Cleaned
    from sheetcrm.crm.wording import Candidate
    from sheetcrm.crm.world import World

NOBODYS = -1
"""The household of who has none."""

PAUSE = 30
"""Days for which one message to a household is enough, where its members are due on days of their own."""

_OWN_DAYS = frozenset({"rebook", "win-back", "segment"})
_GONE = frozenset({Status.SENT, Status.SENDING, Status.UNKNOWN})


def households(
    clients: Cleaned, settled: Mapping[frozenset[str], Settled], survivors: npt.NDArray[np.int32]
) -> npt.NDArray[np.int64]:
    """Return a number for each client's household, `NOBODYS` for who has none.

    Of one household are those in whose cells the same one stands, and those of whom she has decided it (`settled`), whatever has changed
    in their data since. Who was merged is of the household of the row that she lives on in (`survivors`, positions).
    """
    ties = [*_by_cell(clients, survivors), *_by_decision(clients, settled, survivors)]
    root: dict[int, int] = {}

    def end(at: int) -> int:
        while (up := root.setdefault(at, at)) != at:
            at = up
        return at

    for one, other in ties:
        root[end(one)] = end(other)
    homes = np.full(len(clients), NOBODYS, dtype=np.int64)
    for at in list(root):
        homes[at] = end(at)
    of_survivors: npt.NDArray[np.int64] = homes[survivors]
    return of_survivors


def _by_cell(clients: Cleaned, survivors: npt.NDArray[np.int32]) -> Iterator[tuple[int, int]]:
    names = clients.texts("household")
    first: dict[str, int] = {}
    for at in np.flatnonzero(names.filled & (survivors == np.arange(len(clients)))).tolist():
        yield at, first.setdefault(str(names.cell(at)).casefold(), at)


def _by_decision(
    clients: Cleaned, settled: Mapping[frozenset[str], Settled], survivors: npt.NDArray[np.int32]
) -> Iterator[tuple[int, int]]:
    pairs = [pair for pair, word in settled.items() if word.word == HOUSEHOLD]
    if not pairs:
        return
    places: dict[str, int] = {}
    for at, client_id in enumerate(clients.texts("client_id").objects("").tolist()):
        places.setdefault(str(client_id), at)
    for pair in pairs:
        if all(one in places for one in pair):
            one, *other = (int(survivors[places[each]]) for each in pair)
            yield one, other[0] if other else one


class _Served(NamedTuple):
    """A message that a member of a household got, or is about to get: which client (as a position), and for which day."""

    client: int
    due: date


@dataclass
class OneForAll:
    """What households have got already, by the ledger and in this plan: of a campaign that writes to each only once.

    A greeting, a visit or a date of the calendar is one occasion for those whose day it is together: twins get one message, a mother and
    her daughter one each. Where everybody is due on a day of her own for what concerns all (`rebook`, `win-back`, `segment`), one
    message is enough for `PAUSE` days, or for the campaign's own cooldown where that is longer.
    """

    world: World
    _taken: dict[tuple[str, int, str], list[_Served]] = field(default_factory=dict)

    def ordered(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Put those of a campaign that writes once to a household in order: who is due first, has more visits, has the older id.

        `candidates` are in order of campaigns, and stay so.
        """
        visits: Any = self.world.figures.get("visits", np.zeros(len(self.world.clients)))

        def rank(candidate: Candidate) -> tuple[date, float, int, str]:
            client, client_id = candidate.occasion.client, candidate.key.client_id
            return candidate.occasion.due, -float(np.nan_to_num(visits[client])), len(client_id), client_id

        found: list[Candidate] = []
        for campaign, of_it in groupby(candidates, lambda candidate: candidate.occasion.campaign):
            those = list(of_it)
            found += sorted(those, key=rank) if campaign.one_a_home else those
        return found

    def has_it(self, candidate: Candidate) -> bool:
        """Tell whether another one of her household gets this message at the same address, or got it."""
        campaign, client = candidate.occasion.campaign, candidate.occasion.client
        home = int(self.world.homes[client])
        if not campaign.one_a_home or home == NOBODYS:
            return False
        own = int(self.world.survivors[client])
        names = (campaign.name, *self.world.lineage.former_names(campaign))
        found = (one for name in names for one in self._of((name_alike(name), home, candidate.to.casefold())))
        return any(one.client != own and _together(campaign, one.due, candidate.occasion.due) for one in found)

    def take(self, candidate: Candidate) -> None:
        """Note that a message is about to go."""
        campaign, client = candidate.occasion.campaign, candidate.occasion.client
        if not campaign.one_a_home:
            return
        place = (name_alike(campaign.name), int(self.world.homes[client]), candidate.to.casefold())
        self._taken.setdefault(place, []).append(_Served(int(self.world.survivors[client]), candidate.occasion.due))

    def _of(self, place: tuple[str, int, str]) -> Iterator[_Served]:
        yield from self._taken.get(place, ())
        yield from self._sent.get(place, ())

    @cached_property
    def _sent(self) -> dict[tuple[str, int, str], list[_Served]]:
        world, found = self.world, dict[tuple[str, int, str], list[_Served]]()
        places = dict(zip(world.ids, range(len(world.ids)), strict=True))
        for key, record in world.ledger.sent.items():
            at = places.get(bare_id(key.client_id))
            if at is None or record.status not in _GONE or record.due is None or world.homes[at] == NOBODYS:
                continue
            place = (name_alike(key.campaign), int(world.homes[at]), record.to.casefold())
            found.setdefault(place, []).append(_Served(int(world.survivors[at]), record.due))
        return found


def _together(campaign: Campaign, one: date, other: date) -> bool:
    """Tell whether messages of a campaign due on two days are about one thing to a household."""
    if campaign.trigger not in _OWN_DAYS:
        return one == other
    return abs(one - other) <= timedelta(days=max(PAUSE, campaign.cooldown))
