"""What the ledger says about a message: never twice, whatever happened, and no address twice for one occasion."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sheetcrm.crm.households import NOBODYS
from sheetcrm.crm.lineage import bare_id
from sheetcrm.crm.values import Key, Status, mark_of
from sheetcrm.languages.folding import name_alike

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sheetcrm.crm.campaign_table import Campaign
    from sheetcrm.crm.values import SentRecord
    from sheetcrm.crm.world import Mask, World

_REASONS = {
    Status.SENT: "already-sent",
    Status.SKIPPED: "already-sent",  # another message mentioned it; of the owner's no it is told that it was one
    Status.SENDING: "unknown-outcome",
    Status.UNKNOWN: "unknown-outcome",
    Status.FAILED: "failed-before",  # for good: what failed for a passing reason is queued again
}
_GONE = frozenset({Status.SENT, Status.SENDING, Status.UNKNOWN})

_UNSETTLED = frozenset({Status.SENDING, Status.UNKNOWN, Status.FAILED})

DECLINED = "declined"
"""Why a call is not to come again: the owner said no."""

_Place = tuple[str, str, str]  # campaign (`name_alike`), occasion, mark of the address


def _reason(record: SentRecord) -> str:
    """Return why what the ledger has does not go again, "" where it may."""
    return DECLINED if record.declined else _REASONS.get(Status(record.status), "")


def _alike(key: Key) -> Key:
    """Return a key in which the campaign's case and blanks, and an id that became a number, make no difference."""
    return Key(name_alike(key.campaign), bare_id(key.client_id), key.occasion)


def _place(campaign: str, key: Key, mark: str) -> _Place:
    return name_alike(campaign), key.occasion, mark


class Refusal(NamedTuple):
    """Why the ledger forbids a message ("": it does not), the key under which that is told, and what the words quote."""

    reason: str
    key: Key
    detail: str = ""


@dataclass(frozen=True)
class Known:
    """What has gone out already, and what is about to in this plan.

    `answered` are the short keys of messages on which the owner has said yes or no in Outbox, or whose words she edited there.
    """

    world: World
    answered: frozenset[str] = frozenset()
    _taken: dict[_Place, list[int]] = field(default_factory=dict)  # households (-1 for none) that get it there

    def spelt(self, key: Key, campaign: Campaign) -> Key:
        """Return the key under which a message is known already, where the campaign had another spelling or name then.

        Known it is to the ledger (in another spelling), or by her word in Outbox, which stands beside the key.
        """
        if key in self.world.ledger.sent:
            return key
        other = self._spellings.get(_alike(key)) if self._spellings else None
        if other is not None or not self.answered or key.short in self.answered:
            return other or key
        former = self.world.lineage.former_keys(campaign, key)
        return next((one for one in former if one.short in self.answered), key)

    def refusal(self, campaign: Campaign, key: Key, due: date) -> Refusal:
        """Say why the ledger forbids a message: it went out, or may have, also before its campaign was renamed.

        So it did where somebody got it who was merged into this client since; what failed with her may go to this one.
        """
        own = self._refusal(campaign, key, due)
        if not own.reason and self.world.merged_ids:
            for other in self._before_merging(campaign, key):
                refusal = self._refusal(campaign, other, due)
                if refusal.reason not in ("", _REASONS[Status.FAILED]):
                    return refusal
        return own

    def _refusal(self, campaign: Campaign, key: Key, due: date) -> Refusal:
        sent = self.world.ledger.sent
        # what she did by hand in a row that no plan knew just then has the short key in the place of the occasion
        record = sent.get(key) or (sent.get(key._replace(occasion=key.short)) if sent else None)
        reason = "" if record is None else _reason(record)
        served = None if reason else self.world.lineage.served(campaign, key, due)
        if served is None:
            return Refusal(reason, key)
        before, sure = served
        if sure:  # under the key of then: she answers for what became of that message
            return Refusal(_reason(before), before.key)
        return Refusal("" if key.short in self.world.ledger.confirmed else "renamed", key, before.key.campaign)

    def _before_merging(self, campaign: Campaign, key: Key) -> Iterator[Key]:
        """Yield the keys that a message had before somebody was merged into the client, or into the friend whom it is about."""
        merged = self.world.merged_ids
        friends = merged.get(bare_id(key.occasion), ()) if campaign.trigger == "referral" else ()
        for client in (key.client_id, *merged.get(bare_id(key.client_id), ())):
            for occasion in (key.occasion, *friends):
                other = key._replace(client_id=client, occasion=occasion)
                if other != key:
                    yield other if other in self.world.ledger.sent else self._spellings.get(_alike(other), other)

    def doubled(self, campaign: Campaign, key: Key, client: int, to: str) -> str:
        """Return `duplicate-address` where that address gets or got the same, by one of another household."""
        place = _place(campaign.name, key, mark_of(to))  # not by the key's name, which may be a former one
        others = [*self._taken.get(place, ()), *self._sent_to(place, key, campaign)]
        own = int(self.world.homes[client])
        return "duplicate-address" if any(own == NOBODYS or other != own for other in others) else ""

    def take(self, campaign: Campaign, key: Key, client: int, to: str) -> None:
        """Note that a message is about to go to an address."""
        self._taken.setdefault(_place(campaign.name, key, mark_of(to)), []).append(int(self.world.homes[client]))

    def _sent_to(self, place: _Place, key: Key, campaign: Campaign) -> list[int]:
        places = [place, *((name, *place[1:]) for name in self.world.lineage.former_names(campaign))]
        sent = [client for one in places for client in self._sent.get(one, ())]
        return [self._home_of_id.get(client, NOBODYS) for client in sent if client != key.client_id] if sent else []

    @cached_property
    def unheard(self) -> Mask:
        """Of which clients the ledger knows nothing, and the owner has said nothing: whatever is due to them is new."""
        known = {bare_id(key.client_id) for key in self.world.ledger.sent}
        if self.answered:
            return np.zeros(len(self.world.ids), dtype=np.bool_)
        merged = self.world.merged_ids
        return np.array([known.isdisjoint((i, *merged.get(i, ()))) for i in self.world.ids], dtype=np.bool_)

    @cached_property
    def unsettled(self) -> Mask:
        """Which clients had a message of which something is left to say: it failed, or its outcome is unknown."""
        records = self.world.ledger.sent.values()
        those = {bare_id(record.key.client_id) for record in records if record.status in _UNSETTLED}
        if not those:
            return np.zeros(len(self.world.ids), dtype=np.bool_)
        merged = self.world.merged_ids
        return np.array([not those.isdisjoint((i, *merged.get(i, ()))) for i in self.world.ids], dtype=np.bool_)

    @cached_property
    def _spellings(self) -> dict[Key, Key]:
        """The keys of the ledger that are written otherwise than this plan writes them."""
        found: dict[Key, Key] = {}
        names = {campaign.name for campaign in self.world.lineage.campaigns}
        for key, record in self.world.ledger.sent.items():
            if key.campaign in names and key.client_id == bare_id(key.client_id):
                continue
            alike = _alike(key)
            if alike not in found or record.status in _GONE:  # of several the one that went out
                found[alike] = key
        return found

    @cached_property
    def _home_of_id(self) -> dict[str, int]:
        return dict(zip(self.world.ids, self.world.homes.tolist(), strict=True))

    @cached_property
    def _sent(self) -> dict[_Place, list[str]]:
        found: dict[_Place, list[str]] = {}
        for key, record in self.world.ledger.sent.items():
            if record.status in _GONE and (mark := record.mark or (mark_of(record.to) if record.to else "")):
                found.setdefault(_place(key.campaign, key, mark), []).append(key.client_id)
        return found
