"""Which of the messages that are due go on which day: the cap, cooldowns, one message a day and purpose, hours of the day.

Day after day, as the runs of those days would decide: who goes first is told by the day, then the campaign's priority, then the day
it was due, then its row. What does not go on a day goes on the next on which it may, as long as its grace lasts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from sheetcrm.crm.approval import NOT_READ, STOPPED, WAITS
from sheetcrm.crm.frequency import date_of, number_of
from sheetcrm.crm.hours import HOURS
from sheetcrm.crm.values import Message
from sheetcrm.crm.wording import Candidate, Going, Lack

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sheetcrm.crm.closed_days import OpenDays
    from sheetcrm.crm.context import Occasion
    from sheetcrm.crm.frequency import Frequency
    from sheetcrm.crm.hours import Hours, Wait
    from sheetcrm.crm.values import Key
    from sheetcrm.crm.world import Ints

DONE, GOES, ASKS, REFUSED, UNCLEAR = range(5)
"""What the owner has said of a message in Outbox: sent by hand, nothing (or yes), nothing where she is to, no, a word that is none."""

_STOPS = {ASKS: WAITS, REFUSED: STOPPED, UNCLEAR: NOT_READ}
_REFUSED = frozenset({REFUSED, UNCLEAR})


class Desk(Protocol):
    """What becomes of a message that the rules let go."""

    def refusal(self, candidate: Candidate) -> str:
        """Return why it may not go beside those that were taken before, "" where it may."""
        ...

    def had_by_another(self, candidate: Candidate) -> str:
        """Return `household` or `duplicate-address` where its address gets it already, or got it, "" where it does not."""
        ...

    def take(self, candidate: Candidate) -> None:
        """Note that it is about to go."""
        ...

    def mentioned(self, candidate: Candidate, going: Going, others: Sequence[Candidate]) -> list[Candidate]:
        """Return which of the others its text mentions."""
        ...

    def write(self, candidate: Candidate, going: Going) -> Message | Lack:
        """Write it."""
        ...

    def hold(self, occasion: Occasion, key: Key, reason: str, detail: str = "", channel: str = "") -> None:
        """Hold it for a reason."""
        ...

    def until(self, day: int, *, too_late: bool = False) -> str:
        """Return in words until which day it waits, or what keeps it that ends too late for it."""
        ...

    def until_time(self, wait: Wait) -> str:
        """Return in words until what time it waits."""
        ...


class _Moved(NamedTuple):
    """Why a message does not go on the day on which it might have, and until when in words."""

    reason: str = ""
    until: str = ""


@dataclass
class Rules:
    """The messages of some days in competition. Days are numbers (`frequency.number_of`), `words` the owner's of each candidate.

    `hours` are None where the time of day does not matter; `wishes` have each client's `contact_time`; `by_itself` are the channels of
    which the owner does nothing herself.
    """

    candidates: Sequence[Candidate]
    words: Sequence[int]
    frequency: Frequency
    open_days: OpenDays
    hours: Hours | None
    wishes: Sequence[str]
    by_itself: Collection[str]
    today: int
    days: int
    desk: Desk
    messages: list[tuple[int, int, Message]] = field(default_factory=list)  # (day, place in order, message)
    later: list[Message] = field(default_factory=list)  # of the day itself, held until a later hour of it
    _pool: dict[int, list[int]] = field(default_factory=dict)
    _moved: dict[int, _Moved] = field(default_factory=dict)
    _waits: dict[int, _Moved] = field(default_factory=dict)  # until a later hour of today
    _joined: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        campaigns = [c.occasion.campaign for c in self.candidates]
        survivors = self.frequency.world.survivors
        self._person = survivors[[c.occasion.client for c in self.candidates]].astype(np.int64)
        self._rests = np.array([self.frequency.rests(c) for c in campaigns], dtype=bool)
        self._service = np.array([c.purpose == "service" for c in campaigns], dtype=bool)
        self._group = 2 * self._person + self._service
        priority = -np.array([c.priority for c in campaigns], dtype=float)
        due = np.array([c.occasion.due.toordinal() for c in self.candidates], dtype=np.int64)
        order = np.lexsort((due, priority, np.array(self.words, dtype=np.int64)))
        self._rank = np.empty(len(order), dtype=np.int64)
        self._rank[order] = np.arange(len(order))
        plain = np.lexsort((due, priority))  # how they stand in the plan: her word makes no difference there
        self._place = np.empty(len(plain), dtype=np.int64)
        self._place[plain] = np.arange(len(plain))

    @property
    def end(self) -> int:
        """The last day one plans for."""
        return self.today + self.days - 1

    def decide(self) -> tuple[Message, ...]:
        """Return the messages that go, in order; the others are held."""
        for at, candidate in enumerate(self.candidates):
            self._begin(at, candidate)
        for day in range(self.today, self.end + 1):
            if at_hand := self._pool.pop(day, None):
                places = np.array(at_hand, dtype=np.int64)
                self._day(day, places[np.argsort(self._rank[places])])
        return tuple(message for *_, message in sorted(self.messages, key=lambda made: made[:2]))

    def _begin(self, at: int, candidate: Candidate) -> None:
        first = candidate.first
        if first > max(self.today, number_of(candidate.occasion.due)):
            self._move(at, first, _Moved("closed-day", self.desk.until(first)))
            return
        if first != self.today or self.hours is None or not self._by_itself(at):
            self._move(at, first, _Moved())
            return
        wait = self.hours.wait(self.wishes[candidate.occasion.client], candidate.last, candidate.begins)
        if wait is None:
            self._move(at, first, _Moved())
        elif wait.day == self.today:
            self._waits[at] = _Moved(wait.reason, self.desk.until_time(wait))
            self._move(at, first, _Moved())
        else:
            self._move(at, wait.day, _Moved(wait.reason, self.desk.until_time(wait)))

    def _move(self, at: int, day: int, why: _Moved) -> None:
        """Let a message take part on a day; hold it where that is not one of those one plans for.

        What the hours keep until then is told of by what she has said of it, as it is where one plans as far ahead.
        """
        if day > self.end:
            stops = _STOPS.get(self.words[at], "") if self._by_itself(at) and why.reason in HOURS else ""
            self._put_off(at, _Moved(stops) if stops else why)
            return
        self._pool.setdefault(day, []).append(at)
        self._moved[at] = why

    def _put_off(self, at: int, why: _Moved) -> None:
        """Hold a message until another day; not until one on which it will not go either, as another one of that address has it."""
        another = self.desk.had_by_another(self.candidates[at])
        self._hold(at, *(_Moved(another) if another else why))

    def _postpone(self, at: int, day: int, until: int | None, reason: str) -> None:
        """Let a message go on the first open day after `day`, from `until` on, as long as its grace lasts."""
        following = None if until is None else self.open_days.next(max(until, day + 1))
        too_late = following is None or following > self.candidates[at].last
        words = "" if until is None else self.desk.until(following or until, too_late=too_late)
        if following is None or too_late:
            self._put_off(at, _Moved(reason, words))
        else:
            self._move(at, following, _Moved(reason, words))

    def _day(self, day: int, places: Ints) -> None:
        """Decide what goes on a day; `places` are in order of who goes first."""
        refused = np.array([self.words[at] in _REFUSED for at in places.tolist()], dtype=bool)
        for at in places[refused].tolist():  # shown with her no, counted nowhere
            self._write(at, day, ())
        places = self._rested(day, places[~refused])
        listed = np.array([self._is_listed(at, day) for at in places.tolist()], dtype=bool)
        self._compete(day, places[~listed])
        for at in places[listed].tolist():
            self._go(at, day, (), counts=False)

    def _rested(self, day: int, places: Ints) -> Ints:
        """Return those who have not had enough for now; the others wait."""
        enough = np.zeros(len(places), dtype=bool)
        marketing = np.flatnonzero(~self._service[places])
        enough[marketing] = self.frequency.enough(self._person[places[marketing]], day)
        for at in places[enough].tolist():
            self._postpone(at, day, self.frequency.free_again(int(self._person[at])), "cap")
        places = places[~enough]
        rests = np.zeros(len(places), dtype=bool)
        for number in np.flatnonzero(self._rests[places]).tolist():
            at = int(places[number])
            until = self.frequency.too_soon(self.candidates[at].occasion.campaign, int(self._person[at]), day)
            if until is not None:
                rests[number] = True
                self._postpone(at, day, until, "cooldown")
        return places[~rests]

    def _is_listed(self, at: int, day: int) -> bool:
        """Tell whether the owner was to do it herself before that day: until she has, it stands in nobody's way."""
        candidate = self.candidates[at]
        if candidate.channel in self.by_itself:
            return False
        listed = self.open_days.next(candidate.planned)
        return listed is not None and listed < day

    def _compete(self, day: int, open_: Ints) -> None:
        """Let one message go to each person and purpose; where its words lack something, the next one has its chance."""
        taken = {2 * who + (purpose == "service") for who, purpose in self.frequency.had_today if day == self.today}
        while len(open_):
            free = ~np.isin(self._group[open_], list(taken))
            for at in open_[~free].tolist():
                self._give_way(at, day)
            open_ = open_[free]
            leads = np.zeros(len(open_), dtype=bool)
            leads[np.unique(self._group[open_], return_index=True)[1]] = True
            rivals: dict[int, list[int]] = {}
            for at in open_[~leads].tolist():
                rivals.setdefault(int(self._group[at]), []).append(at)
            for at in open_[leads].tolist():
                group = int(self._group[at])
                if self._go(at, day, rivals.get(group, ())):
                    taken.add(group)
            open_ = np.array([at for at in open_[~leads].tolist() if at not in self._joined], dtype=np.int64)

    def _give_way(self, at: int, day: int) -> None:
        """Let a message wait for another day, as another one goes today; a reminder that cannot wait goes beside it."""
        candidate, following = self.candidates[at], self.open_days.next(day + 1)
        if self._reminds(at):
            latest = max(number_of(candidate.occasion.due), candidate.last - 1)  # the day before the visit
            if following is None or following > latest:
                self._go(at, day, ())
                return
        self._postpone(at, day, day + 1, "another-today")

    def _go(self, at: int, day: int, rivals: Sequence[int], *, counts: bool = True) -> bool:
        """Let a message go on a day, and settle those of its `rivals` that it mentions; return whether it does."""
        candidate = self.candidates[at]
        if reason := self.desk.refusal(candidate):
            self._hold(at, reason)
            return False
        also = self._mentioned(at, day, rivals) if rivals else []
        if not self._write(at, day, also):
            return False
        for other in also:
            self._hold(other, "joined")
        self._joined.update(also)
        self.desk.take(candidate)
        if counts:
            self.frequency.note(candidate.occasion.campaign, int(self._person[at]), day)
        return True

    def _mentioned(self, at: int, day: int, rivals: Sequence[int]) -> list[int]:
        """Return which others are settled by a message that mentions them: no reminder, and none that she is to see to."""
        able = {
            self.candidates[other].key: other
            for other in rivals
            if not self._reminds(other)
            and self.candidates[other].channel in self.by_itself
            and self.words[other] == self.words[at]
            and not self.desk.refusal(self.candidates[other])
        }
        others = [self.candidates[other] for other in able.values()]
        return [able[one.key] for one in self.desk.mentioned(self.candidates[at], self._going(at, day), others)]

    def _going(self, at: int, day: int, also: Sequence[int] = ()) -> Going:
        why = self._waits.get(at, self._moved[at]) if day == self.today else self._moved[at]
        return Going(date_of(day), *why, tuple(self.candidates[other] for other in also))

    def _by_itself(self, at: int) -> bool:
        return self.candidates[at].channel in self.by_itself

    def _reminds(self, at: int) -> bool:
        return self.candidates[at].occasion.campaign.trigger == "reminder"

    def _write(self, at: int, day: int, also: Sequence[int]) -> bool:
        candidate = self.candidates[at]
        written = self.desk.write(candidate, self._going(at, day, also))
        if isinstance(written, Lack):
            self._hold(at, *written)
            return False
        if day == self.today and at in self._waits and self.words[at] not in _REFUSED:
            self._hold(at, *self._waits[at])
            self.later.append(written)
            return True
        self.messages.append((day, int(self._place[at]), written))
        return True

    def _hold(self, at: int, reason: str, detail: str = "") -> None:
        candidate = self.candidates[at]
        self.desk.hold(candidate.occasion, candidate.key, reason, detail, candidate.channel)
