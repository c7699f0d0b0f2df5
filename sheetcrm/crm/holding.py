"""By which channel a message can reach whom, and why it may not: no contact, no consent, no address."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sheetcrm.crm.cells import id_text
from sheetcrm.crm.fields import AUTO_ORDER, CALL, CONSENT_OF_CHANNEL
from sheetcrm.crm.rowchecks import repeated
from sheetcrm.crm.unclear import undecided, with_email_among
from sheetcrm.crm.values import mark_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sheetcrm.crm.campaign_table import Campaign
    from sheetcrm.crm.rowchecks import Positions
    from sheetcrm.crm.tables import Column
    from sheetcrm.crm.world import Due, Ints, Mask, Words, World

CHANNELS = tuple(CONSENT_OF_CHANNEL)
"""All that a message may go by."""

_ADDRESS = {"email": ("email", "other_email"), **dict.fromkeys(("sms", "whatsapp", CALL), ("phone", "other_phone"))}
_AUTO, _PREFERRED = "auto", "preferred"

NOT_SENDABLE = "channel-not-supported"
"""Why a message does not go by itself that she can send by hand: no service is configured for its channel."""


def is_yes(column: Column) -> Mask:
    """Tell where a choice is `yes`; empty is no."""
    mask: Mask = column.lookup(lambda word: word == "yes", False, np.bool_)
    return mask


@dataclass(frozen=True)
class Reach:
    """Who can be reached how. Each array has a value per client.

    `columns` names the column of hers in which the address of a channel stands, where it is not the phone; `asked` tells who is to be
    erased by a word of the owner, in whichever of her rows.
    """

    world: World
    columns: Mapping[str, str] = field(default_factory=dict)
    asked: Mask | None = None

    @cached_property
    def no_contact(self) -> Mask:
        """Who wants nothing at all. Rows of one id are one client: what one of them refuses is refused."""
        said = is_yes(self.world.clients.texts("no_contact"))
        return self._of_one_id(said if self.asked is None else said | self.asked, np.logical_or)

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
        """Who agreed to marketing, by channel: in each of her rows, where several have her id."""
        fields = CONSENT_OF_CHANNEL.items()
        return {channel: self._of_one_id(is_yes(self.world.clients.texts(f)), np.logical_and) for channel, f in fields}

    def _of_one_id(self, said: Mask, unite: np.ufunc) -> Mask:
        """Let all rows of one id say the same."""
        later, first = self._same_ids
        if len(later):
            unite.at(said, first, said[later])
            said[later] = said[first]
        return said

    @cached_property
    def _same_ids(self) -> tuple[Positions, Positions]:
        ids = self.world.clients.texts("client_id")
        return repeated([ids], ids.filled)

    @cached_property
    def addresses(self) -> dict[str, Words]:
        """Where a message would go, by channel; "" where nowhere."""
        kinds = {fields: self._address(*fields) for fields in set(_ADDRESS.values())}
        found = {channel: kinds[fields] for channel, fields in _ADDRESS.items()}
        hers = {channel: self._hers(column) for channel, column in self.columns.items() if column}
        return {**found, **hers}

    @cached_property
    def reachable(self) -> dict[str, Mask]:
        """Who has an address, by channel."""
        return {channel: self.addresses[channel] != "" for channel in CHANNELS}

    @cached_property
    def unreadable(self) -> dict[str, Mask]:
        """Who has something in the address's cell that is none, by channel."""
        filled = {channel: self.world.clients.table.column(fields[0]).filled for channel, fields in _ADDRESS.items()}
        filled |= {channel: self.reachable[channel] for channel, column in self.columns.items() if column}
        return {channel: filled[channel] & ~self.reachable[channel] for channel in CHANNELS}

    @cached_property
    def opted_out(self) -> dict[str, Mask]:
        """Who wrote that she wants nothing more by a channel, whatever stands in the list."""
        suppressed, clients = self.world.ledger.suppressed, self.world.clients
        marks = {channel: {mark for way, mark in suppressed if way == channel} for channel in CHANNELS}
        # a reply by mail speaks of all channels, and is known by the address that it came from
        return {
            channel: self._marked(channel, marks[channel]) | with_email_among(clients, marks[channel])
            for channel in CHANNELS
        }

    @cached_property
    def unclear(self) -> Mask:
        """Whose reply may mean that she wants nothing more: nobody has decided yet."""
        found = np.zeros(len(self.world.clients), dtype=np.bool_)
        found[[position for position, _ in undecided(self.world.clients, self.world.ledger.unclear).asked]] = True
        return found

    @cached_property
    def bounced(self) -> dict[str, Mask]:
        """To whose address mail comes back, by channel."""
        marks = self.world.ledger.bounced
        return {channel: self._marked(channel, marks if channel == "email" else ()) for channel in CHANNELS}

    def _marked(self, channel: str, marks: Collection[str]) -> Mask:
        if not marks:
            return np.zeros(len(self.world.clients), dtype=np.bool_)
        return np.array(
            [to != "" and mark_of(str(to)) in marks for to in self.addresses[channel].tolist()], dtype=np.bool_
        )

    def _hers(self, column: str) -> Words:
        cells = self.world.clients.table.column(column)
        shown_cells: Words = cells.lookup(id_text, "", np.object_)
        return shown_cells

    def _address(self, first: str, second: str) -> Words:
        clients = self.world.clients
        other, main = clients.texts(second).objects(""), clients.texts(first).objects("")
        # a second address stands in only where there is no first one: a mistyped first one may be meant to replace it
        return np.where(clients.table.column(first).filled | (main != ""), main, other)

    def consenting(self, channel: str, purpose: str) -> Mask:
        """Tell who may be written to by a channel."""
        return np.ones(len(self.world.clients), dtype=bool) if purpose == "service" else self.consents[channel]


def route(
    campaign: Campaign, due: Due, reach: Reach, channels: Collection[str], order: Collection[str] = AUTO_ORDER
) -> tuple[Words, Words]:
    """Return for each of those due the channel, and the first reason why nothing can be sent ("" where it can).

    A campaign's channels are tried in their order; `auto` stands for the one that the client prefers, then those of `order`. `channels`
    are those that can be sent by: another one is taken only where none of these reaches her. A call needs nothing.
    """
    who, channels = due.client, {*channels, CALL}
    ways = tuple(
        dict.fromkeys(way for named in campaign.channels for way in (_expanded(order) if named == _AUTO else (named,)))
    )
    tried = [way for way in ways if way != _PREFERRED]
    reasons = {channel: _reason(channel, campaign.purpose, who, reach) for channel in CHANNELS}
    chosen = _chosen(ways, channels, reasons, reach.preferred[who])
    nobody = chosen == ""
    shown = np.full(len(who), tried[0], dtype=object)
    if _PREFERRED in ways:
        shown = np.where(np.isin(reach.preferred[who].astype(str), CHANNELS), reach.preferred[who], shown)
    channel: Words = np.where(nobody, shown, chosen)
    reason = np.where(nobody, _closest(reasons, tried), "").astype(object)
    unsent = np.array([c not in channels for c in channel.tolist()], dtype=bool)
    reason = np.where((reason == "") & unsent, NOT_SENDABLE, reason)
    stops = {
        "no-id-yet": reach.no_id,
        "no-contact": reach.no_contact,
        "erased": reach.world.erased,
        "merged": reach.merged,
    }
    for code, wrong in stops.items():
        reason = np.where(wrong[who], code, reason)
    return channel, reason


def _expanded(order: Collection[str]) -> tuple[str, ...]:
    return (_PREFERRED, *order)


def _chosen(ways: Collection[str], channels: Collection[str], reasons: Mapping[str, Words], preferred: Words) -> Words:
    """Return for each the first of the ways that reaches her, those first by which can be sent; "" where none does."""
    chosen = np.full(len(preferred), "", dtype=object)
    for sendable in (True, False):
        for way in ways:
            for channel in CHANNELS if way == _PREFERRED else (way,):
                if (channel in channels) is sendable:
                    free = (chosen == "") & (reasons[channel] == "")
                    chosen[free & (preferred == channel) if way == _PREFERRED else free] = channel
    return chosen


def _reason(channel: str, purpose: str, who: Ints, reach: Reach) -> Words:
    """Return why a channel does not reach each of them, "" where it does: first consent, then the address."""
    unreachable = np.where(reach.unreadable[channel][who], "invalid-address", "no-address")
    reason: Any = np.where(reach.reachable[channel][who], "", unreachable)
    reason = np.where((reason == "") & reach.bounced[channel][who], "bounced", reason)
    reason = np.where(reach.consenting(channel, purpose)[who], reason, "no-consent")
    if purpose != "service":
        reason = np.where((reason == "") & reach.unclear[who], "unclear-reply", reason)
        reason = np.where(reach.opted_out[channel][who], "opted-out", reason)
    return np.asarray(reason, dtype=object)


def _closest(reasons: Mapping[str, Words], tried: Sequence[str]) -> Words:
    """Return why no channel of those tried reaches her: of that which would do with the least, an address rather than a consent."""
    if len(tried) == 1:
        return reasons[tried[0]]
    result = np.full(len(reasons[tried[0]]), "no-consent", dtype=object)
    for code in ("no-address", "invalid-address", "bounced", "unclear-reply", "opted-out"):
        for channel in tried:
            result[reasons[channel] == code] = code
    return result
