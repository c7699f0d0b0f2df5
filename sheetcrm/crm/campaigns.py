"""Who gets what and when: campaigns ▸ occasions ▸ who is held, and why ▸ texts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.campaign_table import Campaign, read_campaigns
from sheetcrm.crm.closed_days import OpenDays
from sheetcrm.crm.context import People
from sheetcrm.crm.erased_rows import asked_people
from sheetcrm.crm.expressions import Rows, with_typed
from sheetcrm.crm.fields import CALL
from sheetcrm.crm.finding import Backlog, Finder
from sheetcrm.crm.formats import locale, short_date
from sheetcrm.crm.frequency import Frequency, date_of, number_of
from sheetcrm.crm.holding import NOT_SENDABLE, Reach
from sheetcrm.crm.hours import Hours, Wait
from sheetcrm.crm.households import OneForAll
from sheetcrm.crm.ledger_check import Known
from sheetcrm.crm.lineage import Lineage
from sheetcrm.crm.missed import Missed
from sheetcrm.crm.occasions import segments_now
from sheetcrm.crm.rules import ASKS, DONE, GOES, REFUSED, UNCLEAR, Rules
from sheetcrm.crm.spoken import UNREAD
from sheetcrm.crm.values import Held, Key, Ledger, Message, Problem, Trace
from sheetcrm.crm.why import Reasons
from sheetcrm.crm.wording import Candidate, Library, Writer
from sheetcrm.crm.world import Ints, Mask, World
from sheetcrm.languages.folding import fold, name_alike

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, time

    from sheetcrm.crm.decisions import Settled
    from sheetcrm.crm.settings import Settings
    from sheetcrm.crm.tables import Cleaned, Dates
    from sheetcrm.crm.visits import VisitGroups

__all__ = ["Campaign", "Composition", "compose", "read_campaigns"]

_WORDS = {"done": DONE, "yes": GOES, "no": REFUSED, UNREAD: UNCLEAR}
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Composition:
    """What is to be sent, what is held, what is wrong, and what the shell is to remember.

    `approvals` says by key whether the campaign's messages want the owner's tick ("": as the setting has it); `inside` and
    `entered` tell who is in which segment now, `traces` which campaigns stood in the table (as in `Ledger`).
    """

    messages: tuple[Message, ...] = ()
    held: tuple[Held, ...] = ()
    problems: tuple[Problem, ...] = ()
    approvals: Mapping[Key, str] = field(default_factory=dict)
    inside: Mapping[str, frozenset[str]] = field(default_factory=dict)
    entered: Mapping[tuple[str, str], date] = field(default_factory=dict)
    traces: Mapping[str, Trace] = field(default_factory=dict)
    homes: Ints | None = None  # the household of each client (`households`)
    by_hand: tuple[Message, ...] = ()  # written, but only she herself can send them: `NOT_SENDABLE` among the held
    later: tuple[Message, ...] = ()  # written, to be read and ticked, but for a later hour of the day: among the held
    reasons: Reasons | None = None  # why who gets nothing gets nothing

    @property
    def written(self) -> tuple[Message, ...]:
        """All messages that have their words, whatever becomes of them today."""
        return (*self.messages, *self.by_hand, *self.later)

    def with_problems(self, *problems: Problem) -> Composition:
        """Return the same with more problems."""
        return replace(self, problems=(*self.problems, *problems))


def compose(
    campaigns: Sequence[Campaign],
    *,
    clients: Cleaned,
    figures: Mapping[str, npt.NDArray[Any]],
    visits: Cleaned | None,
    groups: VisitGroups | None,
    masks: Mapping[str, Mask | None],
    library: Library,
    ledger: Ledger,
    settings: Settings,
    on: date,
    days: int = 1,
    now: time | None = None,
    why: bool = False,
    channels: Collection[str] = ("email",),
    surname_first: bool = False,
    standing: Collection[str] = (),
    ticks: Mapping[str, str] = _NOTHING,
    edited: Collection[str] = (),
    holidays: Dates | None = None,
    settled: Mapping[frozenset[str], Settled] | None = None,
) -> Composition:
    """Find what is due on `on` and the `days - 1` days after it (and what is late), and write it.

    `masks` are the segments (None: the rule is wrong), `figures` the derived fields, `channels` those that can be
    sent by (as a mapping: each with the column that has the address, "" the usual one). `now` is the time of day in
    the business's zone: a reminder goes until the visit begins. With `why`, every client who is not due by an active
    campaign is among the held too, with the reason. Problems are those of campaigns and texts. `standing` are names
    in Campaigns beside those of `campaigns` (rows that cannot run), `ticks` has her words by the short keys of messages,
    `edited` the keys of those whose words she edited, `settled` tells of which pairs she says that they are two.
    """
    lineage = Lineage(campaigns, ledger, _names(campaigns, standing), on)
    typed, folded = with_typed(clients, figures), {fold(name): mask for name, mask in masks.items()}
    world = World(clients, typed, groups, ledger, folded, on, settings.leap_birthday, lineage, settled or {})
    people = People(world, Rows.of_clients(clients, typed, on), visits, settings, surname_first)
    by_itself = frozenset(channels)
    answered = frozenset((*ticks, *edited))
    desk = _Desk(world, Writer(people, library), _Said(ticks, settings.approval, by_itself), answered)
    closed = np.empty(0, dtype="datetime64[D]") if holidays is None else holidays
    open_days = OpenDays.of(settings.closed_days, closed, world.today, days)
    asked = asked_people(clients, settings.choices)
    reach = Reach(world, channels if isinstance(channels, Mapping) else {}, asked)
    minutes = None if now is None else now.hour * 60 + now.minute
    missed = Missed(world, open_days, settings.cap)
    finder = Finder(world, desk, missed, reach, open_days, channels, settings.channel_order, days, minutes)
    active = [c for c in campaigns if c.active]
    for campaign in active:
        if finder.usable(campaign):
            desk.writer.check_texts(campaign)
            finder.take(campaign)
    candidates = desk.shared.ordered(finder.candidates)
    rules = Rules(
        candidates,
        [desk.said(candidate.occasion.campaign, candidate.key) for candidate in candidates],
        Frequency(world, settings.cap, active, _most(candidates, world)),
        open_days,
        None if minutes is None else Hours(on, minutes, settings.quiet_hours, open_days),
        desk.writer.wishes,
        by_itself,
        number_of(on),
        days,
        desk,
    )
    written = rules.decide()
    by_hand = [m for m in written if m.channel not in by_itself and m.channel != CALL]
    desk.backlog.held += [_for_her(message) for message in by_hand]
    inside, entered = segments_now(active, world)
    reasons = Reasons(world, tuple(c for c in active if c.name in finder.told), finder.told, desk.writer.words.code)
    return Composition(
        tuple(m for m in written if m.channel in by_itself or m.channel == CALL),
        (*desk.backlog.held, *(reasons.held() if why else ())),
        (*finder.problems, *desk.writer.problems),
        {c.key: c.occasion.campaign.approval for c in candidates},
        inside,
        entered,
        lineage.traces,
        world.homes,
        tuple(by_hand),
        tuple(rules.later),
        reasons,
    )


def _for_her(message: Message) -> Held:
    key = message.key
    return Held(key.campaign, key.client_id, message.client, key.occasion, message.due, NOT_SENDABLE, row=message.row)


def _names(campaigns: Sequence[Campaign], standing: Collection[str]) -> frozenset[str]:
    return frozenset(name_alike(name) for name in (*standing, *(c.name for c in campaigns)))


def _most(candidates: Sequence[Candidate], world: World) -> int:
    """Return how many messages a person may get at most."""
    clients = np.array([candidate.occasion.client for candidate in candidates], dtype=np.int64)
    return int(np.bincount(world.survivors[clients], minlength=1).max())


@dataclass(frozen=True)
class _Said:
    """What the owner has said in Outbox: her words by short key, `approval` as the setting has it, what goes `by_itself`."""

    ticks: Mapping[str, str]
    approval: str
    by_itself: frozenset[str]

    def __call__(self, campaign: Campaign, key: Key) -> int:
        """Return what she has said of a message."""
        word = self.ticks.get(key.short, "") if self.ticks else ""
        if word in _WORDS:
            return _WORDS[word]
        return ASKS if (campaign.approval or self.approval) == "tick" else GOES

    def wants_tick(self, campaign: Campaign, key: Key, channel: str) -> bool:
        """Tell whether a message goes only at her tick, and has none. What she sees to herself needs none besides."""
        return channel in self.by_itself and self(campaign, key) == ASKS


class _Desk:
    """What becomes of a message that the rules let go: a last look at who got it, its words."""

    def __init__(self, world: World, writer: Writer, said: _Said, answered: frozenset[str]) -> None:
        self.world, self.writer, self.known = world, writer, Known(world, answered)
        self.said, self.wants_tick = said, said.wants_tick
        self.backlog, self.shared = Backlog(world), OneForAll(world)
        self.hold, self.write, self.mentioned = self.backlog.hold, writer.write, writer.mentioned
        self._locale = locale(writer.words.code, "")

    def refusal(self, candidate: Candidate) -> str:
        occasion, key, doubt = candidate.occasion, candidate.key, self.world.ledger.doubt
        if doubt is not None and doubt.covers(key, min(occasion.due, date_of(candidate.planned))):
            return "unknown-history"
        return self.had_by_another(candidate)

    def had_by_another(self, candidate: Candidate) -> str:
        occasion, key = candidate.occasion, candidate.key
        if self.shared.has_it(candidate):
            return "household"
        return self.known.doubled(occasion.campaign, key, occasion.client, candidate.to)

    def take(self, candidate: Candidate) -> None:
        self.known.take(candidate.occasion.campaign, candidate.key, candidate.occasion.client, candidate.to)
        self.shared.take(candidate)

    def until(self, day: int, *, too_late: bool = False) -> str:
        return self.writer.words.say(
            "until_too_late" if too_late else "until_day", when=short_date(date_of(day), self._locale)
        )

    def missed(self, reason: str) -> str:
        return self.writer.words.say(f"missed_{reason}") if reason else ""

    def until_time(self, wait: Wait) -> str:
        if wait.day == number_of(self.world.on):
            return self.writer.words.say("until_time", when=wait.clock)
        return self.writer.words.say("until_day", when=f"{short_date(date_of(wait.day), self._locale)}, {wait.clock}")
