"""Who is due by a campaign and may get it: over all clients at once, then those whom it concerns one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from sheetcrm.crm.context import Occasion
from sheetcrm.crm.fields import CALL
from sheetcrm.crm.holding import NOT_SENDABLE, Reach, route
from sheetcrm.crm.ledger_check import DECLINED
from sheetcrm.crm.occasions import campaign_column, occasion_names, occasions
from sheetcrm.crm.values import Held, Key, Problem, Status
from sheetcrm.crm.why import Told
from sheetcrm.crm.wording import Candidate
from sheetcrm.crm.world import Due, Mask, Words, World
from sheetcrm.languages.folding import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sheetcrm.crm.campaign_table import Campaign
    from sheetcrm.crm.closed_days import OpenDays
    from sheetcrm.crm.ledger_check import Known
    from sheetcrm.crm.missed import Missed
    from sheetcrm.crm.tables import Dates

LOOK_BACK = 30
"""Days beyond its grace for which a missed message is shown as too late, before it is forgotten."""

OVER = frozenset({"too-late", "gone-by"})
"""Reasons of what can go no more."""

_BOOKED_LATE = "not-due"
_SILENT = frozenset({"already-sent", DECLINED, "before-first-run", _BOOKED_LATE, "merged"})
"""Reasons for which nobody is held: these messages are not due at all."""

_SETTLED = frozenset({Status.SENT, Status.SKIPPED})
_ABOUT_A_VISIT = frozenset({"reminder", "thank-you", "win-back"})
_DAY = np.timedelta64(1, "D")
_NAT = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Window:
    """On which days each of those found may go: parallel arrays. `first` is NaT where no open day is near enough."""

    first: Dates
    last: Dates
    planned: Dates  # the day on which it would have gone had nothing been late

    def take(self, chosen: Mask) -> Window:
        """Return some of them."""
        return Window(self.first[chosen], self.last[chosen], self.planned[chosen])


class Backlog:
    """Those held, each said once with its first reason."""

    def __init__(self, world: World) -> None:
        self._names, self._rows = world.names, world.clients.table.rows.tolist()
        self.held: list[Held] = []
        self._told: set[tuple[Key, str]] = set()

    def hold(self, occasion: Occasion, key: Key, reason: str, detail: str = "", channel: str = "") -> None:
        """Hold a message for a reason, one that reaches her with the `channel`."""
        if (key, reason) in self._told:
            return  # of a message to who was merged into another it is told at either
        self._told.add((key, reason))
        row, name = self._rows[occasion.client], self._names[occasion.client]
        said = (reason, detail, row, channel)
        self.held.append(Held(key.campaign, key.client_id, name, key.occasion, occasion.due, *said))


class Desk(Protocol):
    """Where it is known what went, and what is held is put; and the words for it."""

    @property
    def known(self) -> Known:
        """What the ledger says."""
        ...

    @property
    def backlog(self) -> Backlog:
        """Those held."""
        ...

    def until(self, day: int, *, too_late: bool = False) -> str:
        """Return in words until which day something waits, or what keeps it that ends too late for it."""
        ...

    def missed(self, reason: str) -> str:
        """Return in words what kept a message from going in time."""
        ...

    def wants_tick(self, campaign: Campaign, key: Key, channel: str) -> bool:
        """Tell whether a message goes only at her tick, and has none."""
        ...


@dataclass
class Finder:
    """Collects over the campaigns who is due, who is held and why, and what is wrong with a campaign.

    `days` one plans for, `now` minutes since midnight (None: whatever the time).
    """

    world: World
    desk: Desk
    missed: Missed
    reach: Reach
    open_days: OpenDays
    channels: Collection[str]
    order: Collection[str]  # in which `auto` tries them
    days: int
    now: int | None
    candidates: list[Candidate] = field(default_factory=list)
    told: dict[str, Told] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.known = self.desk.known
        self._unheard: list[bool] = self.known.unheard.tolist()
        self._end = self.world.today + (self.days - 1) * _DAY

    def usable(self, campaign: Campaign) -> bool:
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

    def take(self, campaign: Campaign) -> None:
        """Find who is due by one campaign, and hold those whom it cannot reach."""
        found = self._found(campaign)
        window = self._window(campaign, found)
        near = (found.day <= self._end) | (window.first <= self._end)  # of a reminder that may go before closed days
        found, window = found.take(near), window.take(near)
        timing = self._timing(campaign, found, window)
        silent = ((timing == "before-first-run") | (timing == _BOOKED_LATE)) & ~self.known.unsettled[found.client]
        told = self.told[campaign.name] = _by_client(found.take(silent), timing[silent])
        names = np.array(occasion_names(campaign, self.world, found), dtype=object)
        rest = ~silent & ~self._got_it(campaign, found, names, told)
        found, window, names, timing = found.take(rest), window.take(rest), names[rest], timing[rest]
        channel, reason = route(campaign, found, self.reach, self.channels, self.order)
        each = zip(
            self._occasions(campaign, found),
            self._windows(campaign, found, window),
            *(column.tolist() for column in (names, channel, reason, timing)),
            strict=True,
        )
        for occasion, days, *said in each:
            held = self._decide(occasion, days, *said)
            if held in _SILENT:
                told.setdefault(occasion.client, (held, occasion.due))
            else:
                told[occasion.client] = ("", occasion.due)

    def _got_it(self, campaign: Campaign, found: Due, names: Words, told: Told) -> Mask:
        """Tell who got this under this very key. In a list that has run for a while that is nearly everybody who was due."""
        sent, ids = self.world.ledger.sent, self.world.ids
        got = np.zeros(len(found), dtype=bool)
        for at, (client, name) in enumerate(zip(found.client.tolist(), names.tolist(), strict=True)) if sent else ():
            record = sent.get((campaign.name, ids[client], name))  # type: ignore[call-overload]  # a Key is such a tuple
            if record is not None and record.status in _SETTLED:
                got[at] = True
                why = DECLINED if record.declined else "already-sent"
                told.setdefault(client, (why, found.day[at].item()))
        return got

    def _decide(
        self,
        occasion: Occasion,
        days: tuple[int, int, int, tuple[int, int] | None],
        name: str,
        channel: str,
        reason: str,
        timing: str,
    ) -> str:
        """Let one message go on, or hold it; return why it does not, "" where it does."""
        campaign, client = occasion.campaign, occasion.client
        key, held, detail = Key(campaign.name, self.world.ids[client], name), "", ""
        told, by_hand = key, reason == NOT_SENDABLE
        if not self._unheard[client] or campaign.trigger == "referral":  # whose friend may have been merged
            key = self.known.spelt(key, campaign)
            held, told, detail = self.known.refusal(campaign, key, occasion.due)
        if by_hand:
            reason = ""  # she can send it herself, by the same rules
        if not held:
            held = timing if timing in _SILENT else reason or timing
            wanted = self._wanted_of_her(campaign, key, channel, by_hand=by_hand)
            detail = self._untimely(occasion, held, *days[:2], wanted=wanted)
        if not held:
            self.candidates.append(Candidate(occasion, key, channel, str(self.reach.addresses[channel][client]), *days))
        elif held not in _SILENT:
            self.desk.backlog.hold(occasion, told, held, detail, "" if reason else channel)
        return held

    def _wanted_of_her(self, campaign: Campaign, key: Key, channel: str, *, by_hand: bool) -> str:
        """Return what of hers a message waits for: her call, her own sending, her tick; "" for nothing."""
        if channel == CALL:
            return CALL
        if by_hand:
            return "by-hand"
        return "tick" if self.desk.wants_tick(campaign, key, channel) else ""

    def _untimely(self, occasion: Occasion, held: str, first: int, last: int, *, wanted: str) -> str:
        """Return in words what keeps a message beyond its last day, or has kept it; "" where it is held for another reason.

        `wanted` is what of hers it waited for. Where a rule kept it on all its days, that would not have let it go either.
        """
        if held == "closed-day" and first:
            return self.desk.until(first, too_late=True)
        rule = self.missed.reason(occasion, last) if held == "too-late" else ""
        return self.desk.missed(rule or wanted) if held in OVER else ""

    def _found(self, campaign: Campaign) -> Due:
        world = self.world
        grace = abs(campaign.days) if campaign.grace is None else campaign.grace
        last = self._end
        if campaign.trigger == "reminder" and not np.isnat(after := self._following(last + _DAY)):
            last = after - _DAY  # those of the closed days that follow may have to go before them
        found = occasions(campaign, world, world.today - np.timedelta64(grace + LOOK_BACK, "D"), last)
        chosen = np.ones(len(found), dtype=bool)
        mask = world.segment(campaign) if campaign.segment else None
        if mask is not None:
            chosen &= mask[found.client]
        chosen &= ~world.gone[found.client]
        if campaign.starts is not None:
            chosen &= found.day >= np.datetime64(campaign.starts, "D")
        if campaign.ends is not None:  # what is late is not sent after the end either
            chosen &= np.maximum(found.day, world.today) <= np.datetime64(campaign.ends, "D")
        return found.take(chosen)

    def _following(self, day: np.datetime64) -> np.datetime64:
        found: np.datetime64 = self.open_days.following(np.array([day], dtype="datetime64[D]"))[0]
        return found

    def _window(self, campaign: Campaign, found: Due) -> Window:
        """Return the days on which each may go: a reminder before closed days, anything else after them."""
        if campaign.grace is None:
            start = self.world.today
            if campaign.starts is not None:
                start = max(start, np.datetime64(campaign.starts, "D"))
            before = self.open_days.preceding(found.day)
            in_time = before >= start
            first = np.where(in_time, before, self._following(start))
            planned, last = np.where(np.isnat(before), found.day, before), found.base
        else:
            first = self.open_days.following(np.maximum(found.day, self.world.today))
            planned, last = found.day, found.day + np.timedelta64(campaign.grace, "D")
        if campaign.ends is not None:
            last = np.minimum(last, np.datetime64(campaign.ends, "D"))
        return Window(first, last, planned)

    def _timing(self, campaign: Campaign, found: Due, window: Window) -> Words:
        """Return why it is too early or too late for each of those found, "" where it is not."""
        world = self.world
        late = found.day < world.today
        reason = np.full(len(found), "", dtype=object)
        reason[~(window.first <= window.last)] = "closed-day"  # NaT is in no order
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

    def _minutes(self, found: Due) -> Any:
        """Return when the visit of each begins, in minutes since midnight; -1 where no time of it is known."""
        groups = self.world.groups
        if groups is None or not len(groups):
            return np.full(len(found), -1)
        return np.where(found.visit >= 0, groups.minutes[np.maximum(found.visit, 0)], -1)

    def _begun(self, found: Due) -> Mask:
        """Tell whose visit of today has begun; one without a time begins when the day is over."""
        minutes = self._minutes(found)
        begun: Mask = (found.base == self.world.today) & (minutes >= 0) & (minutes <= self.now)
        return begun

    def _windows(
        self, campaign: Campaign, found: Due, window: Window
    ) -> Iterator[tuple[int, int, int, tuple[int, int] | None]]:
        """Yield first, last and planned day as numbers (0: none), and when the visit begins that a reminder is about."""
        columns = [
            np.where(np.isnat(days), 0, days.astype(np.int64)).tolist()
            for days in (window.first, window.last, window.planned, found.base)
        ]
        begins = self._minutes(found).tolist() if campaign.trigger == "reminder" else [-1] * len(found)
        for first, last, planned, base, minutes in zip(*columns, begins, strict=True):
            yield first, last, planned, (base, minutes) if minutes >= 0 else None

    def _occasions(self, campaign: Campaign, found: Due) -> Iterator[Occasion]:
        days = found.base if campaign.trigger in _ABOUT_A_VISIT else np.full(len(found), _NAT)
        if campaign.trigger == "rebook":
            days = self.world.days("last_visit")[found.client]
        columns = (found.client, found.day, found.visit, days, found.friend)
        for client, due, visit, day, friend in zip(*(column.tolist() for column in columns), strict=True):
            yield Occasion(campaign, client, due, visit, day, friend)


def _by_client(found: Due, reasons: Words) -> Told:
    """Return by client the reason and day of the first of those found."""
    settled: Told = {}
    for client, reason, day in zip(found.client.tolist(), reasons.tolist(), found.day.tolist(), strict=True):
        settled.setdefault(client, (reason, day))
    return settled
