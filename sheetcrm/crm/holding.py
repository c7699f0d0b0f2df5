"""By which channel a message can reach whom, and why it may not: no contact, no consent, no address."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.fields import CONSENT_OF_CHANNEL

if TYPE_CHECKING:
    from collections.abc import Collection

    from sheetcrm.crm.campaign_table import Campaign
    from sheetcrm.crm.tables import Column
    from sheetcrm.crm.world import Due, Ints, Mask, World

CHANNELS = tuple(CONSENT_OF_CHANNEL)
"""In the order in which `auto` tries them where the client prefers none."""

_ADDRESS = {"email": ("email", "other_email"), **dict.fromkeys(("sms", "whatsapp", "call"), ("phone", "other_phone"))}
_ASKS_THE_OWNER = frozenset({"call"})  # a call is work for her: only for those who prefer it
Words = npt.NDArray[np.object_]


def is_yes(column: Column) -> Mask:
    """Tell where a choice is `yes`; empty is no."""
    mask: Mask = column.lookup(lambda word: word == "yes", False, np.bool_)
    return mask


@dataclass(frozen=True)
class Reach:
    """Who can be reached how. Each array has a value per client."""

    world: World

    @cached_property
    def no_contact(self) -> Mask:
        """Who wants nothing at all."""
        return is_yes(self.world.clients.texts("no_contact"))

    @cached_property
    def merged(self) -> Mask:
        """Rows that live on in another."""
        mask: Mask = self.world.survivors != np.arange(len(self.world.clients))
        return mask

    @cached_property
    def no_id(self) -> Mask:
        """Who has no id yet."""
        return ~self.world.clients.texts("client_id").filled

    @cached_property
    def preferred(self) -> Words:
        """The channel that each client prefers, "" where none is said."""
        return self.world.clients.texts("channel").objects("")

    @cached_property
    def consents(self) -> dict[str, Mask]:
        """Who agreed to marketing, by channel."""
        return {channel: is_yes(self.world.clients.texts(field)) for channel, field in CONSENT_OF_CHANNEL.items()}

    @cached_property
    def addresses(self) -> dict[str, Words]:
        """Where a message would go, by channel; "" where nowhere."""
        kinds = {fields: self._address(*fields) for fields in set(_ADDRESS.values())}
        return {channel: kinds[fields] for channel, fields in _ADDRESS.items()}

    @cached_property
    def reachable(self) -> dict[str, Mask]:
        """Who has an address, by channel."""
        return {channel: self.addresses[channel] != "" for channel in CHANNELS}

    @cached_property
    def unreadable(self) -> dict[str, Mask]:
        """Who has something in the address's cell that is none, by channel."""
        filled = {channel: self.world.clients.table.column(fields[0]).filled for channel, fields in _ADDRESS.items()}
        return {channel: filled[channel] & ~self.reachable[channel] for channel in CHANNELS}

    def _address(self, first: str, second: str) -> Words:
        clients = self.world.clients
        other, main = clients.texts(second).objects(""), clients.texts(first).objects("")
        # a second address stands in only where there is no first one: a mistyped first one may be meant to replace it
        return np.where(clients.table.column(first).filled | (main != ""), main, other)

    def consenting(self, channel: str, purpose: str) -> Mask:
        """Tell who may be written to by a channel."""
        return np.ones(len(self.world.clients), dtype=bool) if purpose == "service" else self.consents[channel]


def route(campaign: Campaign, due: Due, reach: Reach, channels: Collection[str]) -> tuple[Words, Words]:
    """Return for each of those due the channel, and the first reason why nothing can be sent ("" where it can).

    `channels` are those that can be sent by: `auto` takes another one only where none of these reaches her.
    """
    who = due.client
    if campaign.channel == "auto":
        channel, reason = _auto(campaign, who, reach, channels)
    else:
        channel = np.full(len(who), campaign.channel, dtype=object)
        reason = _reason(campaign.channel, campaign.purpose, who, reach)
    unsent = np.array([c not in channels for c in channel.tolist()], dtype=bool)
    reason = np.where((reason == "") & unsent, "channel-not-supported", reason)
    for wrong, code in ((reach.no_id, "no-id-yet"), (reach.no_contact, "no-contact"), (reach.merged, "merged")):
        reason = np.where(wrong[who], code, reason)
    return channel, reason


def _reason(channel: str, purpose: str, who: Ints, reach: Reach) -> Words:
    """Return why a channel does not reach each of them, "" where it does: first consent, then the address."""
    unreachable = np.where(reach.unreadable[channel][who], "invalid-address", "no-address")
    reason: Any = np.where(reach.reachable[channel][who], "", unreachable)
    return np.where(reach.consenting(channel, purpose)[who], reason, "no-consent").astype(object)


def _auto(campaign: Campaign, who: Ints, reach: Reach, channels: Collection[str]) -> tuple[Words, Words]:
    reasons = {channel: _reason(channel, campaign.purpose, who, reach) for channel in CHANNELS}
    preferred = reach.preferred[who]
    chosen = np.full(len(who), "", dtype=object)
    for sendable in (True, False):
        usable = [c for c in CHANNELS if (c in channels) is sendable]
        for channel in usable:
            chosen[(chosen == "") & (preferred == channel) & (reasons[channel] == "")] = channel
        for channel in usable:
            if channel not in _ASKS_THE_OWNER:
                chosen[(chosen == "") & (reasons[channel] == "")] = channel
    nobody = chosen == ""
    shown = np.where(nobody, np.where(np.isin(preferred.astype(str), CHANNELS), preferred, CHANNELS[0]), chosen)
    return shown, np.where(nobody, _closest(reasons), "").astype(object)


def _closest(reasons: dict[str, Words]) -> Words:
    """Return why no channel reaches her: of that which would do with the least, an address rather than a consent."""
    result = np.full(len(reasons[CHANNELS[0]]), "no-consent", dtype=object)
    for code in ("no-address", "invalid-address"):
        for channel in CHANNELS:
            if channel not in _ASKS_THE_OWNER:
                result[reasons[channel] == code] = code
    return result
