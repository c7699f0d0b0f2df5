"""Why each client gets what she gets, or does not: one line for each client and active campaign of the day.

Those who are not due at all are found only where somebody asks: 100,000 clients and 20 campaigns are two million of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sheetcrm.crm.formats import locale, short_date
from sheetcrm.crm.lineage import bare_id
from sheetcrm.crm.occasions import campaign_column, column_days, occasion_names, occasions
from sheetcrm.crm.values import Held, Key, Message, Status
from sheetcrm.crm.world import Due, Ints, Mask, Words, World
from sheetcrm.languages import DEFAULT
from sheetcrm.languages.folding import name_alike

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from babel import Locale

    from sheetcrm.crm.campaign_table import Campaign
    from sheetcrm.crm.tables import Dates

_AHEAD = 366
_BACK = 5 * 366
_LACKS = {
    "birthday": "no-birthday",
    "anniversary": "no-first-visit",
    "reminder": "no-next-visit",
    "rebook": "no-expected-visit",
    "win-back": "no-visit",
    "thank-you": "no-visit",
}
NOT_DUE = frozenset(
    {"not-due", "not-in-segment", "not-started", "ended", "already-sent", "declined", "before-first-run", "long-past"}
) | frozenset(_LACKS.values())
"""Reasons of those who are not due at all; all others hold back a message that is."""

_SETTLED = frozenset({Status.SENT, Status.SKIPPED})

Told = dict[int, tuple[str, "date"]]
"""Clients of a campaign of whom is told already, with the day they are due: "" for a message or one that is held, else the reason."""


class WhyLine(NamedTuple):
    """What becomes of one campaign with one client (a position in Clients). `status`: sent, due, held, not-due.

    `due` is None where there is no such day, past or to come.
    """

    client: int
    campaign: str
    due: date | None
    status: str
    channel: str
    reason: str = ""
    detail: str = ""


class NotDue(NamedTuple):
    """Those who are not due by one campaign: parallel arrays. `ahead` tells whose `due` is her next day; NaT is none at all."""

    campaign: Campaign
    client: Ints
    reason: Words
    due: Dates
    ahead: Mask

    def take(self, chosen: Mask) -> NotDue:
        """Return some of them."""
        return self._replace(
            client=self.client[chosen], reason=self.reason[chosen], due=self.due[chosen], ahead=self.ahead[chosen]
        )

    def detail(self, at: int, where: Locale) -> str:
        """Return what the words of the reason quote: the next day, where it can be told."""
        return f"({short_date(self.due[at].item(), where)})" if self.ahead[at] and self.reason[at] == "not-due" else ""


@dataclass(frozen=True)
class Reasons:
    """What is to be told of each client and active campaign beside messages and those held; computed where it is asked for."""

    world: World
    campaigns: Sequence[Campaign] = ()
    told: Mapping[str, Told] = field(default_factory=dict)  # by campaign
    code: str = DEFAULT

    def not_due(self) -> Iterator[NotDue]:
        """Yield for each campaign all clients (merged rows apart) whom it has nothing for, with the reason."""
        for campaign in self.campaigns:
            yield not_due(campaign, self.world, self.told.get(campaign.name, {}))

    def held(self) -> Iterator[Held]:
        """Yield the same as lines of those held."""
        where, rows = locale(self.code, ""), self.world.clients.table.rows
        for found in self.not_due():
            columns = (found.client.tolist(), found.reason.tolist(), found.due.tolist())
            for at, (client, reason, due) in enumerate(zip(*columns, strict=True)):
                name, detail = self.world.names[client], found.detail(at, where)
                yield Held(found.campaign.name, self.world.ids[client], name, "", due, reason, detail, rows[client])

    def lines(self, messages: Sequence[Message], held: Sequence[Held]) -> Iterator[WhyLine]:
        """Yield all lines: what was sent on the day, what is due, who is held, and who is not due (by client, then campaign)."""
        places = {row: at for at, row in enumerate(self.world.clients.table.rows.tolist())}
        yield from self._sent()
        waits = [message.waits != "" and message.due <= self.world.on < message.day for message in messages]
        for message, later in zip(messages, waits, strict=True):
            if not later:
                yield WhyLine(places[message.row], message.key.campaign, message.due, "due", message.channel)
        for message, later in zip(messages, waits, strict=True):
            if later:
                said = (message.channel, message.waits, message.until)
                yield WhyLine(places[message.row], message.key.campaign, message.due, "held", *said)
        for one in held:
            if one.reason not in NOT_DUE:
                yield WhyLine(places[one.row], one.campaign, one.due, "held", one.channel, one.reason, one.detail)
        yield from self._not_due()

    def count(self, messages: Sequence[Message], held: Sequence[Held]) -> int:
        """Return how many lines there are."""
        told = len(messages) + sum(one.reason not in NOT_DUE for one in held)
        return told + sum(1 for _ in self._sent()) + self._silent()

    def _silent(self) -> int:
        """Return how many lines there are of those who are not due, without looking for their days.

        Each client has one of each campaign, but where she has a message, or got it today.
        """
        alive = self.world.alive
        sent: dict[str, set[int]] = {}
        for line in self._sent():
            sent.setdefault(name_alike(line.campaign), set()).add(line.client)
        found = int(alive.sum()) * len(self.campaigns)
        for campaign in self.campaigns:
            got, told = sent.get(name_alike(campaign.name), set()), self.told.get(campaign.name, {})
            found -= sum(
                bool(alive[client]) and (not why or (why == "already-sent" and client in got))
                for client, (why, _) in told.items()
            )
        return found

    def _sent(self) -> Iterator[WhyLine]:
        places = dict(zip(self.world.ids, range(len(self.world.ids)), strict=True))
        for record in self.world.sent_today:
            at = places.get(bare_id(record.key.client_id))
            if at is not None and not self.world.gone[at]:
                day = record.due or self.world.on
                yield WhyLine(at, record.key.campaign, day, "sent", record.channel)

    def _not_due(self) -> Iterator[WhyLine]:
        where = locale(self.code, "")
        found = list(self._without_sent())
        if not found:
            return
        which = np.repeat(np.arange(len(found)), [len(one.client) for one in found])
        places = np.concatenate([np.arange(len(one.client)) for one in found])
        order = np.lexsort((which, np.concatenate([one.client for one in found])))
        for number, at in zip(which[order], places[order], strict=True):
            one = found[number]
            due, detail = one.due[at].item(), one.detail(at, where)
            yield WhyLine(int(one.client[at]), one.campaign.name, due, "not-due", "", str(one.reason[at]), detail)

    def _without_sent(self) -> Iterator[NotDue]:
        """Yield who is not due without those of whom it is told that they got it today."""
        sent: dict[str, list[int]] = {}
        for line in self._sent():
            sent.setdefault(name_alike(line.campaign), []).append(line.client)
        for one in self.not_due():
            got = (one.reason == "already-sent") & np.isin(one.client, sent.get(name_alike(one.campaign.name), []))
            yield one.take(~got) if got.any() else one


def not_due(campaign: Campaign, world: World, told: Told) -> NotDue:
    """Return every client (merged rows apart) whom an active campaign has nothing for, with one reason each.

    `told` are those of whom it has. The day of the others is their next one, else their latest.
    """
    ahead = _days(world, _next(campaign, world), latest=False)
    alive, dated = world.alive, _has_date(campaign, world)
    due = ahead.copy()
    reason = np.full(len(due), "not-due", dtype=object)
    if (np.isnat(ahead) & alive & dated).any():  # five years are many days to look through
        past = _last(campaign, world)
        due = np.where(np.isnat(ahead), _days(world, past, latest=True), ahead)
        gone = past.take((past.day == due[past.client]) & np.isnat(ahead[past.client]))
        reason[gone.client] = _gone(campaign, world, gone)
    if campaign.trigger == "reminder":
        dated = ~np.isnat(due)
    reason[~dated] = _LACKS.get(campaign.trigger, "not-due")
    if general := _general(campaign, world.on):
        reason[:] = general
    inside = world.segment(campaign) if campaign.segment else None
    if inside is not None:
        reason[~inside] = "not-in-segment"
    for client, (why, day) in told.items():
        reason[client], due[client] = why, day
    those = np.flatnonzero(alive & (reason != ""))
    return NotDue(campaign, those, reason[those], due[those], ~np.isnat(ahead)[those])


def _gone(campaign: Campaign, world: World, found: Due) -> Words:
    """Return what became of those whose day has passed: sent, not yet ours to send, or forgotten."""
    first, sent = world.ledger.first_run, world.ledger.sent
    reason = np.full(len(found), "before-first-run", dtype=object)
    ours = np.empty(0, dtype=np.int64) if first is None else np.flatnonzero(found.day >= _day(first))
    late = found.take(ours)
    each = zip(ours.tolist(), late.client.tolist(), occasion_names(campaign, world, late), strict=True)
    for at, client, name in each:
        record = sent.get(Key(campaign.name, world.ids[client], name))
        if record is not None and record.status in _SETTLED:
            reason[at] = "declined" if record.declined else "already-sent"
        else:
            reason[at] = "long-past"
    return reason


def _general(campaign: Campaign, on: date) -> str:
    """Return why a campaign writes to nobody on a day."""
    if campaign.starts is not None and on < campaign.starts:
        return "not-started"
    return "ended" if campaign.ends is not None and on > campaign.ends else ""


def _next(campaign: Campaign, world: World) -> Due:
    """Return the days on which clients are due while the campaign runs, within a year.

    Who is due within the days one plans for has been told of already.
    """
    first = world.today if campaign.starts is None else max(world.today, _day(campaign.starts))
    last = first + np.timedelta64(_AHEAD, "D")
    return occasions(campaign, world, first, last if campaign.ends is None else min(last, _day(campaign.ends)))


def _last(campaign: Campaign, world: World) -> Due:
    """Return the days on which clients were due in the last years, while the campaign ran."""
    first = world.today - np.timedelta64(_BACK, "D")
    last = world.today - np.timedelta64(1, "D")
    return occasions(
        campaign,
        world,
        first if campaign.starts is None else max(first, _day(campaign.starts)),
        last if campaign.ends is None else min(last, _day(campaign.ends)),
    )


def _days(world: World, found: Due, *, latest: bool) -> Dates:
    """Return for each client the earliest (or latest) of the days found, NaT where there is none."""
    none = np.iinfo(np.int64).min if latest else np.iinfo(np.int64).max
    days = np.full(len(world.clients), none)
    (np.maximum if latest else np.minimum).at(days, found.client, found.day.astype(np.int64))
    days[days == none] = np.iinfo(np.int64).min  # which is NaT
    return days.astype("datetime64[D]")


def _day(day: date) -> np.datetime64:
    return np.datetime64(day, "D")


def _has_date(campaign: Campaign, world: World) -> Mask:
    clients = world.clients
    if campaign.trigger == "birthday":
        born = ~np.isnat(clients.days("birthday"))
        return born if clients.birthday is None else born | (clients.birthday > 0)
    if campaign.trigger == "anniversary":
        return ~np.isnat(clients.days("client_since")) | ~np.isnat(world.days("first_visit"))
    if campaign.trigger in ("rebook", "win-back", "thank-you"):
        name = "expected_visit" if campaign.trigger == "rebook" else "last_visit"
        return ~np.isnat(world.days(name))
    if campaign.trigger == "date" and campaign.when.column:
        return column_days(clients, world.figures, campaign_column(campaign, clients))[1] > 0
    return np.ones(len(clients), dtype=bool)
