"""Who gets what and when: campaigns ▸ occasions ▸ who is held, and why ▸ texts. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.campaign_table import Campaign, read_campaigns
from sheetcrm.crm.context import Occasion, People
from sheetcrm.crm.expressions import Rows, with_typed
from sheetcrm.crm.holding import Reach, Words, route
from sheetcrm.crm.households import OneForAll
from sheetcrm.crm.ledger_check import Known
from sheetcrm.crm.lineage import Lineage
from sheetcrm.crm.occasions import campaign_column, occasion_names, occasions, segments_now
from sheetcrm.crm.values import Held, Key, Ledger, Message, Problem, Trace
from sheetcrm.crm.why import not_due
from sheetcrm.crm.wording import Candidate, Lack, Library, Writer
from sheetcrm.crm.world import Due, Ints, Mask, World
from sheetcrm.languages.folding import fold, name_alike

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date, time

    from sheetcrm.crm.decisions import Settled
    from sheetcrm.crm.settings import Settings
    from sheetcrm.crm.tables import Cleaned
    from sheetcrm.crm.visits import VisitGroups

__all__ = ["Campaign", "Composition", "compose", "read_campaigns"]

LOOK_BACK = 30
"""Days beyond its grace for which a missed message is shown as too late, before it is forgotten."""

_BOOKED_LATE = "not-due"
_SILENT = frozenset({"already-sent", "before-first-run", _BOOKED_LATE, "merged"})
"""Reasons for which nobody is held: these messages are not due at all."""

_ABOUT_A_VISIT = frozenset({"reminder", "thank-you", "win-back"})


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
    answered: Collection[str] = (),
    settled: Mapping[frozenset[str], Settled] | None = None,
) -> Composition:
    """Find what is due on `on` and the `days - 1` days after it (and what is late), and write it.

    `masks` are the segments (None: the rule is wrong), `figures` the derived fields, `channels` those that can be
    sent by. `now` is the time of day in the business's zone: a reminder goes until the visit begins. With `why`,
    every client who is not due by an active campaign is among the held too, with the reason. Problems are those of
    campaigns and texts. `standing` are names in Campaigns beside those of `campaigns` (rows that cannot run),
    `answered` the short keys of messages on which the owner has said yes or no, `settled` tells of which pairs she
    says that they are two.
    """
    typed = with_typed(clients, figures)
    folded = {fold(name): mask for name, mask in masks.items()}
    names = frozenset(name_alike(name) for name in (*standing, *(c.name for c in campaigns)))
    lineage = Lineage(campaigns, ledger, names, on)
    world = World(clients, typed, groups, ledger, folded, on, settings.leap_birthday, lineage, settled or {})
    people = People(world, Rows.of_clients(clients, typed, on), visits, settings, surname_first)
    writer = Writer(people, library)
    finder = _Finder(world, writer, channels=channels, now=now, days=days, answered=answered)
    active = [c for c in campaigns if c.active]
    for campaign in active:
        finder.take(campaign, why=why)
    messages, shared = [], OneForAll(world)
    for candidate in apply_rules(shared.ordered(finder.candidates)):
        if shared.has_it(candidate):
            finder.hold(candidate.occasion, candidate.key, "household")
            continue
        written = writer.write(candidate)
        if isinstance(written, Lack):
            finder.hold(candidate.occasion, candidate.key, *written)
        else:
            messages.append(written)
            shared.take(candidate)
    approvals = {c.key: c.occasion.campaign.approval for c in finder.candidates}
    inside, entered = segments_now(active, world)
    problems = (*finder.problems, *writer.problems)
    held = tuple(finder.held)
    return Composition(tuple(messages), held, problems, approvals, inside, entered, lineage.traces, world.homes)


def apply_rules(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Put the candidates in order: by day, then priority.

    Caps, quiet hours, closed days and approval have their place here.
    """
    return sorted(candidates, key=lambda c: (c.occasion.due, -c.occasion.campaign.priority))


class _Finder:
    """Collects over the campaigns who is due, who is held and why, and what is wrong with a campaign."""

    def __init__(
        self,
        world: World,
        writer: Writer,
        *,
        channels: Collection[str],
        now: time | None,
        days: int,
        answered: Collection[str],
    ) -> None:
        self.world = world
        self.writer = writer
        self.channels = channels
        self.now = None if now is None else now.hour * 60 + now.minute
        self.days = days
        self.reach = Reach(world)
        self.known = Known(world, frozenset(answered))
        self.candidates: list[Candidate] = []
        self.held: list[Held] = []
        self._told: set[tuple[Key, str]] = set()
        self.problems: list[Problem] = []

    def take(self, campaign: Campaign, *, why: bool) -> None:
        """Find who is due by one campaign, and hold those whom it cannot reach."""
        if not self._usable(campaign):
            return
        self.writer.check_texts(campaign)
        found = self._found(campaign)
        timing = self._timing(campaign, found)
        silent = ((timing == "before-first-run") | (timing == _BOOKED_LATE)) & ~self.known.unsettled[found.client]
        settled = _by_client(found.take(silent), timing[silent]) if why else {}
        found, timing = found.take(~silent), timing[~silent]
        channel, reason = route(campaign, found, self.reach, self.channels)
        each = zip(
            self._occasions(campaign, found),
            occasion_names(campaign, self.world, found),
            *(column.tolist() for column in (channel, reason, timing)),
            strict=True,
        )
        for occasion, name, *said in each:
            held = self._decide(occasion, name, *said)
            if held in _SILENT:
                settled.setdefault(occasion.client, (held, occasion.due))
            else:
                settled[occasion.client] = ("", occasion.due)
        if why:
            self.held += not_due(campaign, self.world, settled, self.writer.words)

    def _decide(self, occasion: Occasion, name: str, channel: str, reason: str, timing: str) -> str:
        """Let one message go, or hold it; return why it does not go, "" where it does."""
        campaign, client = occasion.campaign, occasion.client
        key = self.known.spelt(Key(campaign.name, self.world.ids[client], name), campaign)
        held, told, detail = self.known.refusal(campaign, key, occasion.due)
        if held or (held := timing if timing in _SILENT else reason or timing):
            if held not in _SILENT:
                self.hold(occasion, told, held, detail)
            return held
        to = str(self.reach.addresses[channel][client])
        if held := self.known.doubled(campaign, key, client, to):
            self.hold(occasion, key, held)
        else:
            self.known.take(campaign, key, client, to)
            self.candidates.append(Candidate(occasion, key, channel, to))
        return held

    def _usable(self, campaign: Campaign) -> bool:
        """Tell whether a campaign can run at all; say what is wrong where it cannot."""
        if campaign.trigger == "date" and campaign.when.column and not campaign_column(campaign, self.world.clients):
            self.problems.append(Problem("unknown-field", "Campaigns", campaign.row, "date", campaign.when.column))
            return False
        if not campaign.segment and campaign.trigger == "segment":
            self.problems.append(Problem("missing-required", "Campaigns", campaign.row, "segment"))
            return False
        if campaign.segment and fold(campaign.segment) not in self.world.masks:
            choices = ", ".join(self.world.masks)
            self.problems.append(
                Problem("invalid-choice", "Campaigns", campaign.row, "segment", campaign.segment, {"choices": choices})
            )
            return False
        return not campaign.segment or self.world.segment(campaign) is not None

    def _found(self, campaign: Campaign) -> Due:
        world = self.world
        grace = abs(campaign.days) if campaign.grace is None else campaign.grace
        last = world.today + np.timedelta64(self.days - 1, "D")
        found = occasions(campaign, world, world.today - np.timedelta64(grace + LOOK_BACK, "D"), last)
        chosen = np.ones(len(found), dtype=bool)
        mask = world.segment(campaign) if campaign.segment else None
        if mask is not None:
            chosen &= mask[found.client]
        if campaign.starts is not None:
            chosen &= found.day >= np.datetime64(campaign.starts, "D")
        if campaign.ends is not None:  # what is late is not sent after the end either
            chosen &= np.maximum(found.day, world.today) <= np.datetime64(campaign.ends, "D")
        return found.take(chosen)

    def _timing(self, campaign: Campaign, found: Due) -> Words:
        """Return why it is too early or too late for each of those found, "" where it is not."""
        world = self.world
        late = found.day < world.today
        reason = np.full(len(found), "", dtype=object)
        if campaign.grace is not None:
            reason[late & (found.day < world.today - np.timedelta64(campaign.grace, "D"))] = "too-late"
        if campaign.trigger == "reminder" and self.now is not None:
            reason[self._begun(found)] = "gone-by"
        first = world.ledger.first_run
        before = late if first is None else late & (found.day < np.datetime64(first, "D"))
        if campaign.trigger == "rebook":
            booked = world.planned[found.client]
            reason[booked] = np.where(reason[booked] == "too-late", _BOOKED_LATE, "visit-planned")
        reason[before] = "before-first-run"
        return reason

    def _begun(self, found: Due) -> Mask:
        """Tell whose visit of today has begun; one without a time begins when the day is over."""
        groups, now = self.world.groups, self.now
        if groups is None or now is None:
            return np.zeros(len(found), dtype=bool)
        minutes = np.where(found.visit >= 0, groups.minutes[np.maximum(found.visit, 0)] if len(groups) else -1, -1)
        begun: Mask = (found.base == self.world.today) & (minutes >= 0) & (minutes <= now)
        return begun

    def _occasions(self, campaign: Campaign, found: Due) -> Iterator[Occasion]:
        days = found.base if campaign.trigger in _ABOUT_A_VISIT else np.full(len(found), np.datetime64("NaT", "D"))
        if campaign.trigger == "rebook":
            days = self.world.days("last_visit")[found.client]
        columns = (found.client, found.day, found.visit, days, found.friend)
        for client, due, visit, day, friend in zip(*(column.tolist() for column in columns), strict=True):
            yield Occasion(campaign, client, due, visit, day, friend)

    def hold(self, occasion: Occasion, key: Key, reason: str, detail: str = "") -> None:
        """Hold a message for a reason."""
        client = occasion.client
        if (key, reason) in self._told:
            return  # of a message to who was merged into another it is told at either
        self._told.add((key, reason))
        row, name = self._rows[client], self.world.names[client]
        self.held.append(Held(key.campaign, key.client_id, name, key.occasion, occasion.due, reason, detail, row))

    @cached_property
    def _rows(self) -> list[Any]:
        return list(self.world.clients.table.rows)


def _by_client(found: Due, reasons: Words) -> dict[int, tuple[str, date]]:
    """Return by client the reason and day of the first of those found."""
    settled: dict[int, tuple[str, date]] = {}
    for client, reason, day in zip(found.client.tolist(), reasons.tolist(), found.day.tolist(), strict=True):
        settled.setdefault(client, (reason, day))
    return settled
