"""What the ledger says about a message: never twice, whatever happened, and no address twice for one occasion."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from sheetcrm.crm.values import Key, Status
from sheetcrm.languages.folding import name_alike

if TYPE_CHECKING:
    from sheetcrm.crm.occasions import World

_REASONS = {
    Status.SENT: "already-sent",
    Status.SKIPPED: "already-sent",  # the owner said no, or marked it done: settled for good
    Status.SENDING: "unknown-outcome",
    Status.UNKNOWN: "unknown-outcome",
    Status.FAILED: "failed-before",  # for good: what failed for a passing reason is queued again
}
_GONE = frozenset({Status.SENT, Status.SENDING, Status.UNKNOWN})

_Place = tuple[str, str, str]  # campaign (`name_alike`), occasion, address
_NUMBER = re.compile(r"(\d+)\.0+\Z")


def _alike(key: Key) -> Key:
    """Return a key in which the campaign's case and blanks, and an id that became a number, make no difference."""
    return Key(name_alike(key.campaign), _NUMBER.sub(r"\1", key.client_id.strip()), key.occasion)


def _place(key: Key, to: str) -> _Place:
    return name_alike(key.campaign), key.occasion, to.casefold()


@dataclass(frozen=True)
class Known:
    """What has gone out already, and what is about to in this plan."""

    world: World
    _taken: dict[_Place, list[str]] = field(default_factory=dict)  # households ("" for none) that get it there

    def spelt(self, key: Key) -> Key:
        """Return a key as the ledger has it, where it knows that message under another spelling of the campaign."""
        if key in self.world.ledger.sent:
            return key
        return self._spellings.get(_alike(key), key)

    def reason(self, key: Key) -> str:
        """Return why the ledger forbids a message, "" where it does not."""
        record = self.world.ledger.sent.get(key)
        return "" if record is None else _REASONS.get(Status(record.status), "")

    def doubled(self, key: Key, client: int, to: str) -> str:
        """Return `duplicate-address` where that address gets or got the same, by one of another household."""
        place = _place(key, to)
        others = [*self._taken.get(place, ()), *self._sent_to(place, key)]
        own = self._households[client]
        return "duplicate-address" if any(not own or other != own for other in others) else ""

    def take(self, key: Key, client: int, to: str) -> None:
        """Note that a message is about to go to an address."""
        self._taken.setdefault(_place(key, to), []).append(self._households[client])

    def _sent_to(self, place: _Place, key: Key) -> list[str]:
        others = (client for client in self._sent.get(place, ()) if client != key.client_id)
        return [self._household_of_id.get(client, "") for client in others]

    @cached_property
    def _spellings(self) -> dict[Key, Key]:
        found: dict[Key, Key] = {}
        for key, record in self.world.ledger.sent.items():
            alike = _alike(key)
            if alike not in found or record.status in _GONE:  # of several the one that went out
                found[alike] = key
        return found

    @cached_property
    def _households(self) -> list[str]:
        return [str(h).casefold() for h in self.world.clients.texts("household").objects("").tolist()]

    @cached_property
    def _household_of_id(self) -> dict[str, str]:
        return dict(zip(self.world.ids, self._households, strict=True))

    @cached_property
    def _sent(self) -> dict[_Place, list[str]]:
        found: dict[_Place, list[str]] = {}
        for key, record in self.world.ledger.sent.items():
            if record.to and record.status in _GONE:
                found.setdefault(_place(key, record.to), []).append(key.client_id)
        return found
