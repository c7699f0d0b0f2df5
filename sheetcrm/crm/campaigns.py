"""Who gets what and when: campaigns ▸ occasions ▸ who is held, and why ▸ texts. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.campaign_table import Campaign, read_campaigns
from sheetcrm.crm.context import Occasion, People, footer
from sheetcrm.crm.expressions import Rows, with_typed
from sheetcrm.crm.fields import CLIENTS
from sheetcrm.crm.holding import Reach, Words, route
from sheetcrm.crm.ledger_check import Known
from sheetcrm.crm.occasions import Due, Mask, World, campaign_column, occasion_name, occasions
from sheetcrm.crm.operators import EmptyValue
from sheetcrm.crm.values import Held, Key, Ledger, Message, Problem
from sheetcrm.crm.why import not_due
from sheetcrm.errors import TemplateError
from sheetcrm.languages import LANGUAGES, Language, language
from sheetcrm.languages.folding import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, time

    from sheetcrm.crm.settings import Settings
    from sheetcrm.crm.tables import Cleaned
    from sheetcrm.crm.visits import VisitGroups

__all__ = ["Campaign", "Composition", "compose", "read_campaigns"]

LOOK_BACK = 30
"""Days beyond its grace for which a missed message is shown as too late, before it is forgotten."""

_BOOKED_LATE = "not-due"
_SILENT = frozenset({"already-sent", "before-first-run", _BOOKED_LATE})
"""Reasons for which nobody is held: these messages are not due at all."""


class Library(Protocol):
    """The texts: `sheetcrm.crm.texts.TextLibrary`."""

    def find(self, name: str, channel: str, languages: Collection[str]) -> Any:
        """Return the template of that name, or None."""
        ...

    def write(self, template: Any, context: Mapping[str, Any], *, channel: str, footer: str = "") -> Any:
        """Fill it in for one person. Raises `TemplateError`, `EmptyValue`."""
        ...

    def problems(self, template: Any, known: Collection[str]) -> list[Problem]:
        """Tell what is wrong with it."""
        ...


@dataclass(frozen=True)
class Composition:
    """What is to be sent, what is held, what is wrong, and who is in which segment now (for the shell to remember)."""

    messages: tuple[Message, ...] = ()
    held: tuple[Held, ...] = ()
    problems: tuple[Problem, ...] = ()
    inside: Mapping[str, frozenset[str]] = field(default_factory=dict)
    entered: Mapping[tuple[str, str], date] = field(default_factory=dict)

    def with_problems(self, *problems: Problem) -> Composition:
        """Return the same with more problems."""
        return replace(self, problems=(*self.problems, *problems))


@dataclass(frozen=True)
class Candidate:
    """A message that is due and may go, before its words are written."""

    occasion: Occasion
    key: Key
    channel: str
    to: str


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
) -> Composition:
    """Find what is due on `on` and the `days - 1` days after it (and what is late), and write it.

    `masks` are the segments (None: the rule is wrong), `figures` the derived fields, `channels` those that can be
    sent by. `now` is the time of day in the business's zone: a reminder goes until the visit begins. With `why`,
    every client who is not due by an active campaign is among the held too, with the reason. Problems are those of
    campaigns and texts.
    """
    typed = with_typed(clients, figures)
    folded = {fold(name): mask for name, mask in masks.items()}
    world = World(clients, typed, groups, ledger, folded, on, settings.leap_birthday)
    people = People(world, Rows.of_clients(clients, typed, on), visits, settings, surname_first)
    composer = _Composer(world, people, library, channels=channels, now=now, days=days)
    active = [c for c in campaigns if c.active]
    for campaign in active:
        composer.take(campaign, why=why)
    composer.write(apply_rules(composer.candidates))
    inside, entered = segments_now(active, world)
    return Composition(tuple(composer.messages), tuple(composer.held), tuple(composer.problems), inside, entered)


def apply_rules(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Put the candidates in order: by day, then priority.

    Caps, quiet hours, closed days and approval have their place here.
    """
    return sorted(candidates, key=lambda c: (c.occasion.due, -c.occasion.campaign.priority))


def segments_now(
    campaigns: Sequence[Campaign], world: World
) -> tuple[dict[str, frozenset[str]], dict[tuple[str, str], date]]:
    """Return for each `segment` campaign the ids of those inside now, and the day of entry of newcomers."""
    inside: dict[str, frozenset[str]] = {}
    entered: dict[tuple[str, str], date] = {}
    for campaign in campaigns:
        mask = world.segment(campaign)
        if campaign.trigger != "segment" or mask is None:
            continue
        now = frozenset(i for i in (world.ids[p] for p in np.flatnonzero(mask).tolist()) if i)
        name = world.remembered(campaign)
        before = world.ledger.inside.get(name)
        inside[name] = now
        if before is not None:
            entered |= {(name, client): world.on for client in sorted(now - before)}
    return inside, entered


class _Composer:
    """Collects messages, held ones and problems over the campaigns."""

    def __init__(
        self,
        world: World,
        people: People,
        library: Library,
        *,
        channels: Collection[str],
        now: time | None,
        days: int,
    ) -> None:
        self.world = world
        self.people = people
        self.library = library
        self.channels = channels
        self.now = None if now is None else now.hour * 60 + now.minute
        self.days = days
        self.reach = Reach(world)
        self.known = Known(world)
        self.words: Language = language(people.settings.language)
        self.candidates: list[Candidate] = []
        self.messages: list[Message] = []
        self.held: list[Held] = []
        self.problems: list[Problem] = []
        self._looked_at: set[str] = set()
        self._missing: set[tuple[str, int]] = set()

    # ---- who -----------------------------------------------------------------------------------------------------

    def take(self, campaign: Campaign, *, why: bool) -> None:
        """Find who is due by one campaign, and hold those whom it cannot reach."""
        if not self._usable(campaign):
            return
        self._check_texts(campaign)
        found = self._found(campaign)
        channel, reason = route(campaign, found, self.reach, self.channels)
        timing = self._timing(campaign, found)
        settled: dict[int, tuple[str, date]] = {}
        for i in range(len(found)):
            occasion = self._occasion(campaign, found, i)
            named = occasion_name(campaign, self.world, found, i)
            key = self.known.spelt(Key(campaign.name, self.world.ids[occasion.client], named))
            to = str(self.reach.addresses[channel[i]][occasion.client])
            held = (
                self.known.reason(key)
                or (timing[i] if timing[i] in _SILENT else "")
                or reason[i]
                or timing[i]
                or self.known.doubled(key, occasion.client, to)
            )
            if held in _SILENT:
                settled.setdefault(occasion.client, (held, occasion.due))
                continue
            settled[occasion.client] = ("", occasion.due)
            if held:
                self._hold(occasion, key, held)
            else:
                self.known.take(key, occasion.client, to)
                self.candidates.append(Candidate(occasion, key, channel[i], to))
        if why:
            self.held += not_due(campaign, self.world, settled, self.words)

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

    def _occasion(self, campaign: Campaign, found: Due, i: int) -> Occasion:
        visit = int(found.visit[i])
        day = found.base[i].item() if campaign.trigger in ("reminder", "thank-you", "win-back") else None
        if campaign.trigger == "rebook":
            day = self.world.days("last_visit")[found.client[i]].item()
        return Occasion(campaign, int(found.client[i]), found.day[i].item(), visit, day, int(found.friend[i]))

    def _hold(self, occasion: Occasion, key: Key, reason: str, detail: str = "") -> None:
        client = occasion.client
        row = self.world.clients.table.rows[client]
        name = self.world.names[client]
        self.held.append(Held(key.campaign, key.client_id, name, key.occasion, occasion.due, reason, detail, row))

    # ---- words ---------------------------------------------------------------------------------------------------

    def _check_texts(self, campaign: Campaign) -> None:
        """Note what is wrong with a campaign's texts, in each language that a client may be written to in."""
        channel = campaign.channel if campaign.channel != "auto" else "email"
        own = (v for v in self.world.clients.texts("language").values if v in LANGUAGES)
        for code in dict.fromkeys((self.words.code, *own)):
            template = self.library.find(campaign.template, channel, (code, self.words.code))
            if template is None:
                self._note(Problem("unknown-template", "Campaigns", campaign.row, "template", campaign.template))
            elif template.source not in self._looked_at:
                self._looked_at.add(template.source)
                self.problems += self.library.problems(template, self.people.names)

    def _note(self, problem: Problem) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def write(self, candidates: Sequence[Candidate]) -> None:
        """Write the messages; hold those that lack a value or a text."""
        for candidate in candidates:
            occasion, key = candidate.occasion, candidate.key
            try:
                message = self._message(candidate)
            except EmptyValue as error:
                self._hold(occasion, key, "empty-field", self._header(error.field))
                self._note_empty(error.field, occasion)
            except TemplateError as error:
                self._hold(occasion, key, "template-error", error.message)
            else:
                if message is None:
                    self._hold(occasion, key, "unknown-template", occasion.campaign.template)
                else:
                    self.messages.append(message)

    def _message(self, candidate: Candidate) -> Message | None:
        occasion, campaign = candidate.occasion, candidate.occasion.campaign
        code = self.people.language(occasion.client)
        template = self.library.find(campaign.template, candidate.channel, (code, self.words.code))
        if template is None:
            return None
        wanted = campaign.purpose == "marketing" and candidate.channel == "email"
        context = self.people.context(occasion, template.names)
        line = footer(self.people.settings, code) if wanted else ""
        written = self.library.write(template, context, channel=candidate.channel, footer=line)
        return Message(
            key=candidate.key,
            client=self.world.names[occasion.client],
            due=occasion.due,
            channel=candidate.channel,
            to=candidate.to,
            subject=written.subject,
            text=written.text,
            html=written.html,
            purpose=campaign.purpose,
            row=self.world.clients.table.rows[occasion.client],
        )

    def _header(self, name: str) -> str:
        bare = name.removeprefix("visit.").removeprefix("settings.")
        return self.world.clients.table.headers.get(bare) or self.words.header(bare)

    def _note_empty(self, name: str, occasion: Occasion) -> None:
        """Note an empty cell of hers that a text needs, or once a column that is not there at all."""
        table = self.world.clients.table
        spec = CLIENTS.field(name)
        typed = name in table.own or (spec is not None and not spec.derived)
        if typed and name in table:
            where = (name, occasion.client)
            if where not in self._missing:
                self._missing.add(where)
                self.problems.append(Problem("missing-required", "Clients", table.rows[occasion.client], name))
        elif typed:
            self._note(Problem("missing-field", "Clients", None, name))
