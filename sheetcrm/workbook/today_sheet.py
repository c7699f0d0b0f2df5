"""The sheet Today, for the morning: when it ran last, what waits for her, who comes, whose birthday it is, what went out.

Nothing in it tells the hour of a run: one that finds nothing new leaves the file alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sheetcrm.crm.approval import WAITING
from sheetcrm.crm.cells import calendar_day, shown
from sheetcrm.crm.fields import TODAY
from sheetcrm.crm.formats import locale, short_date
from sheetcrm.crm.values import DOUBTFUL
from sheetcrm.languages import choices_named
from sheetcrm.workbook.program_sheets import AMBER, PLAIN, RED, Content, Row

if TYPE_CHECKING:
    from sheetcrm.crm.agenda import Agenda
    from sheetcrm.crm.outcome import Plan
    from sheetcrm.crm.tables import Cell, Table
    from sheetcrm.workbook.book import Workbook

TOPIC, AGAIN = "topic", "again"
"""What a cell of the first column is told by: the first of its topic, and those beneath it."""

RED_AFTER = 2
"""Days without a run after which its date turns red by itself."""

BIRTHDAYS = 2
"""Days of which birthdays are told: today and tomorrow."""

CLOSED = 14
"""Days of which closed ones are told."""

MOST = 40
"""Lines of one topic; the rest is counted."""

_UNCERTAIN = DOUBTFUL | {"unknown-outcome"}
_TONES = {"failed": RED, "unknown": AMBER, "sending": AMBER}


class LastRun(NamedTuple):
    """For which day the workbook was run last, None where it never was; and on which computer, "" where that is not known."""

    day: date | None = None
    machine: str = ""


class _Line(NamedTuple):
    topic: str
    when: Cell = None
    client: str = ""
    text: str = ""
    client_id: str = ""
    tone: str = PLAIN


def today_of(book: Workbook, plan: Plan, sent: Sequence[Row], last: LastRun) -> Content:
    """Return the sheet of a workbook; of the last run what is known here (`last`), or what another computer has written."""
    before = run_before(book.raw.tables.get(TODAY.name))
    if before.day is not None and (last.day is None or last.day < before.day):
        last = before
    titles = {name: placement.sheet for name, placement in book.raw.placements.items()}
    return today_content(plan, sent, last=last, titles=titles, country=book.settings.country)


def today_content(
    plan: Plan, sent: Sequence[Row], *, last: LastRun, titles: Mapping[str, str], country: str
) -> Content:
    """Return the Today sheet for the plan's day.

    `sent` are the journal's lines (cells by field, English words), `titles` the sheets' titles as the owner has them, by table.
    """
    page = _Page(plan, sent, last, titles, country)
    lines = list(page.lines())
    rows: list[Row] = []
    accents: list[Mapping[str, str]] = []
    for at, line in enumerate(lines):
        again = at > 0 and lines[at - 1].topic == line.topic
        rows.append(
            {
                "topic": plan.words.choice(line.topic),
                "when": line.when,
                "client": line.client or None,
                "text": line.text or None,
                "client_id": line.client_id or None,
            }
        )
        accents.append({"topic": AGAIN if again else TOPIC})
    return Content(TODAY.name, TODAY.names, tuple(rows), tuple(line.tone for line in lines), accents=tuple(accents))


def run_before(table: Table | None) -> LastRun:
    """Return what the sheet says of the last run: this computer may not know of it."""
    if table is None:
        return LastRun()
    cells = (table.column(name).cells() for name in ("topic", "when", "text"))
    for topic, when, text in zip(*cells, strict=True):
        if "today-run" in choices_named(str(topic or "")):
            day = calendar_day(when)
            day = day.date() if isinstance(day, datetime) else day
            return LastRun(day if isinstance(day, date) else None, shown(text))
    return LastRun()


@dataclass(frozen=True)
class _Page:
    plan: Plan
    sent: Sequence[Row]
    last: LastRun
    titles: Mapping[str, str]
    country: str

    def lines(self) -> Iterator[_Line]:
        """Yield all lines, those of one topic below each other."""
        yield self._run()
        yield from (_Line("today-do", text=text, tone=AMBER) for text in self._to_do())
        yield from self._some("today-do", self._unclear())
        yield from self._some("today-do", self._to_forget())
        if self.plan.agenda is not None:
            yield from self._some("today-visit", self._visits(self.plan.agenda))
            yield from self._some("today-birthday", self._birthdays(self.plan.agenda))
            yield from self._closed(self.plan.agenda)
        yield from self._some("today-sent", self._messages())

    def _some(self, topic: str, lines: Iterator[_Line]) -> Iterator[_Line]:
        found = list(lines)
        yield from found[:MOST]
        if found[MOST:]:
            yield _Line(topic, text=self.plan.words.say("page_more", count=len(found) - MOST))

    def _run(self) -> _Line:
        words = self.plan.words
        if self.last.day is None:
            return _Line("today-run", text=words.say("today_never"))
        return _Line("today-run", self.last.day, text=self.last.machine)

    def _to_do(self) -> Iterator[str]:
        plan, words = self.plan, self.plan.words
        held = [h.reason for h in plan.held_list]
        counts = (
            ("first_send_wanted", sum(why == "first-send" for why in plan.stopped.values()), ""),
            ("messages_waiting", sum(why in WAITING for why in plan.stopped.values()), "Outbox"),
            ("today_by_hand", sum(m.day <= plan.on and m.key not in plan.stopped for m in plan.by_hand), "Outbox"),
            ("today_calls", sum(call.day <= plan.on for call in plan.calls), "Calls"),
            ("today_unknown", sum(why in _UNCERTAIN for why in held), "Outbox"),
            ("today_pairs", len(plan.pair_list), "Duplicates"),
            ("today_problems", len(plan.standing), "Problems"),
        )
        for key, count, table in counts:
            if count:
                yield words.say(key, count=count, sheet=self.titles.get(table) or words.sheet(table))

    def _unclear(self) -> Iterator[_Line]:
        """Yield whose reply she has to read: it may mean no more messages."""
        plan = self.plan
        text = plan.words.say("today_unclear", date=self._header("consent_date"))
        yield from (self._asked(client, day, text) for client, day in plan.undecided.asked)

    def _to_forget(self) -> Iterator[_Line]:
        """Yield who wants all that is kept of her deleted."""
        text = self.plan.words.say("today_forget", column=self._header("no_contact"))
        yield from (self._asked(client, day, text) for client, day in self.plan.opt_outs.forget)

    def _asked(self, client: int, day: date, text: str) -> _Line:
        names = self.plan.reasons.world.names if self.plan.reasons else ()
        who = str(names[client]) if len(names) else ""
        return _Line("today-do", self._day(day), who, text, self.plan.client_ids[client], AMBER)

    def _header(self, field: str) -> str:
        return self.plan.tables["Clients"].headers.get(field) or self.plan.words.header(field)

    def _visits(self, agenda: Agenda) -> Iterator[_Line]:
        for one in agenda.coming():
            time = f"{one.minutes // 60:02d}:{one.minutes % 60:02d}" if one.minutes >= 0 else None
            yield self._person("today-visit", time, one.client, one.services, one.staff)

    def _birthdays(self, agenda: Agenda) -> Iterator[_Line]:
        for one in agenda.birthdays(BIRTHDAYS):
            age = "" if one.age is None else self.plan.words.say("today_age", age=one.age)
            yield self._person("today-birthday", self._day(one.day), one.client, age)

    def _closed(self, agenda: Agenda) -> Iterator[_Line]:
        for first, until, note in agenda.closed(CLOSED):
            span = self._day(first) if first == until else f"{self._day(first)} – {self._day(until)}"
            yield _Line("today-closed", span, text=note)

    def _messages(self) -> Iterator[_Line]:
        """Yield what went out since yesterday, the latest first; what was skipped is no news."""
        since = self.plan.on - timedelta(days=1)
        found = [
            (line["at"], line)
            for line in self.sent
            if isinstance(line["at"], datetime) and line["at"].date() >= since and line["status"] != "skipped"
        ]
        words = self.plan.words
        for at, line in sorted(found, key=lambda one: one[0], reverse=True):
            status = str(line["status"])
            said = str(line["subject"] or "") or next(iter(str(line["text"] or "").splitlines()), "")
            became = "" if status == "sent" else words.choice(status)
            parts = (line["campaign"], words.choice(str(line["channel"] or "")), became, said)
            when = f"{self._day(at.date())} {at:%H:%M}"
            text = " · ".join(str(part) for part in parts if part)
            who = str(line["client"] or ""), text, str(line["client_id"] or "")
            yield _Line("today-sent", when, *who, tone=_TONES.get(status, PLAIN))

    def _person(self, topic: str, when: Cell, client: int, *parts: str) -> _Line:
        plan = self.plan
        clients, names = plan.tables["Clients"], plan.reasons.world.names if plan.reasons else ()
        phone = shown(clients.column("phone").cell(client))
        text = " · ".join(part for part in (*parts, phone) if part)
        return _Line(topic, when, names[client] if names else "", text, plan.client_ids[client])

    def _day(self, day: date) -> str:
        return short_date(day, locale(self.plan.words.code, self.country))
