"""The daily run: plan, save, send, save."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from sheetcrm.crm.dates import as_day
from sheetcrm.crm.households import NOBODYS
from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.values import Delivery, Message, Transport
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.files import FilesTransport
from sheetcrm.delivery.limits import Limits, Pace
from sheetcrm.delivery.router import CLOSED, Router
from sheetcrm.delivery.sending import INTERRUPTED, Counts, deliver
from sheetcrm.errors import SendingError, SheetcrmError, UsageError
from sheetcrm.running import first_send
from sheetcrm.running.asking import ask_for_unknown, note_gateway
from sheetcrm.running.carriers import BY_MAIL, carrier, channels_of, envelope_of
from sheetcrm.running.clock import moment
from sheetcrm.running.inbox import take_replies
from sheetcrm.running.known_servers import note_server
from sheetcrm.running.last_run import check_clock, note_run
from sheetcrm.running.limiting import limits_of
from sheetcrm.running.mail_report import report_run
from sheetcrm.running.options import SendOptions
from sheetcrm.running.other_files import other_files
from sheetcrm.running.rehearsing import WRITTEN, asks, dry_run, trial
from sheetcrm.running.reports import RunReport, ended
from sheetcrm.running.resting import (
    RESTING,
    held_of_day,
    owed_notes,
    remember_run,
    resting_notes,
    title_in,
    waits_for_her,
)
from sheetcrm.running.saved import Saved
from sheetcrm.running.session import Session
from sheetcrm.running.signals import asked_to_stop
from sheetcrm.running.upkeep import left_notes, renewed_notes, save_notes
from sheetcrm.running.watching import Watch

Step = Callable[[int, int], object]


def run(
    path: str | os.PathLike[str],
    *,
    on: date | None = None,
    transport: Transport | None = None,
    limit: int | None = None,
    yes: bool = False,
    password: str | None = None,
) -> RunReport:
    """Bring a workbook up to date and send what is due on the day `on` (default: today in the business's zone), each message once.

    `transport` is anything with `send(message) -> Delivery` (default: the mail server of the settings). Returns counts. Raises
    WorkbookError and its kin, UsageError where no mail server is configured, SendingError where it refuses.
    """
    options = SendOptions(limit=limit, yes=yes)
    report = run_book(
        Path(path), on=None if on is None else as_day(on), options=options, transport=transport, password=password
    )
    if report.trouble is not None:
        raise report.trouble
    return report


def run_book(
    path: Path,
    *,
    on: date | None = None,
    options: SendOptions | None = None,
    transport: Transport | None = None,
    server: SmtpConfig | None = None,
    password: str | None = None,
    progress: Step | None = None,
    receipts: bool = False,
) -> RunReport:
    """Do what `run` and `send` do. `server` beats the settings' mail server; `transport` beats both.

    A server that refuses is no exception here but the report's `trouble`: what was written before it counts all the same.
    """
    options = options or SendOptions()
    if options.to is not None and options.outbox is not None:
        raise UsageError(
            "--to and --outbox do not go together: a trial goes to one address by mail, and records nothing.",
            "Leave one of the two out; files without sending are written by --outbox on a copy of the workbook.",
            text="to-and-outbox",
        )
    if options.dry_run:
        return dry_run(path, on, options, password)
    if options.to is not None:
        return trial(path, on, options, server, password)
    with Session(path, on=on, password=password, accounts=receipts) as session:
        session.check_machine()
        check_clock(session)
        session.hers += take_replies(session)
        session.hers += other_files(session.state, session.book, session.identity.id, session.journal)
        run = _Run(session, options, transport, server, progress)
        report = run.report()
        wants_report = options.is_usual and transport is None and server is None
        return report_run(session, run.final, report) if wants_report and run.final is not None else report


class _Run:
    """One run over an opened session, step by step."""

    def __init__(
        self,
        session: Session,
        options: SendOptions,
        transport: Transport | None,
        server: SmtpConfig | None,
        progress: Step | None,
    ) -> None:
        self.session = session
        self.options = options
        self.given = transport
        self.server = server
        self.progress = progress
        self.written = False
        self.left: list[str] = []  # what of ours has no place in the workbook, in words
        self.renewed: list[str] = []  # ids given anew, in words
        self.final: Plan | None = None
        self._ready: Transport | None = None
        self._needed: frozenset[str] = frozenset()
        session.server = server

    def report(self) -> RunReport:
        if self.options.outbox is None and self.given is None:
            self.renewed += ask_for_unknown(self.session)
        going = self._going(plan := self._plan())
        if self._goes_out(going.due):
            self._transport(going.due)  # no mail server, no password, no sender: said before anything is written
        plan, saved = self._save(plan)
        going = self._going(plan)
        due = [m for m in going.due if saved.ids_stand or m.key.client_id not in going.new_names.unsure]
        asked = first_send.waiting(going)
        # counted before sending: what fails now is held by the plan that follows, and would count twice
        held = held_of_day(going) + len(going.due) - len(due)
        if self._goes_out(due):
            self.session.check_room()  # what is sent must be noted
        counts, trouble = self._deliver(going, due)
        late: SheetcrmError | None = None
        if counts.sent or counts.failed or counts.unknown:
            try:
                self.session.reopen()
                plan, saved = self._save(self._plan())
            except (
                SheetcrmError
            ) as error:  # the file is gone or damaged by now: what went out is noted, and is told first
                late = error
        note_run(self.session)
        if trouble is not None and not isinstance(trouble, SendingError):
            raise trouble
        if counts.stopped == INTERRUPTED:
            raise KeyboardInterrupt
        self.final = plan
        report = self._told(plan, saved, counts, held=held, asked=asked)
        if trouble is None and late is None and not (counts.stopped or self._stopped()) and self.options.is_usual:
            remember_run(self.session, plan, saved, self._households(plan))
        if late is not None and trouble is None:
            return replace(report, trouble=late, notes=(*report.notes, report.summary))
        return replace(report, trouble=trouble)

    def _stopped(self) -> Mapping[str, str]:
        """Return which channels stopped in this run while others went on, and why."""
        return self._ready.stopped if isinstance(self._ready, Router) else {}

    def _goes_out(self, due: Sequence[Message]) -> bool:
        return bool(due) and self.options.limit != 0

    def _told(self, plan: Plan, saved: Saved, counts: Counts, *, held: int, asked: int) -> RunReport:
        words = plan.words
        # what was left alone may have come up in the first of two saves only
        notes = [
            *dict.fromkeys([*save_notes(words, saved, self.session.path), *self.left]),
            *self.renewed,
            *self.session.hers,
        ]
        notes += owed_notes(plan, self.session.book, self.session.path, asked)
        if counts.stopped:
            detail = ended(words.detail(counts.stopped))
            notes.append(words.say("sending_stopped", detail=detail, count=counts.left))
        elif stopped := self._stopped():
            left = sum(why == CLOSED for _, why in counts.skipped)
            details = (ended(words.detail(why)) for why in stopped.values())
            notes += [words.say("sending_stopped", detail=detail, count=left) for detail in details]
        elif counts.failed:
            notes.append(words.say("failed_why", count=counts.failed, sheet=title_in(self.session.book, "Sent")))
        notes += resting_notes(plan, self.session.book, sum(why == RESTING for _, why in counts.skipped))
        held += asked + len(counts.skipped)
        summary = words.say("run_summary", sent=counts.sent, failed=counts.failed, unknown=counts.unknown, held=held)
        if self.options.outbox is not None and counts.sent:
            summary = f"{summary}\n{words.say('outbox_files', count=counts.sent, path=self.options.outbox)}"
        return RunReport(
            sent=counts.sent,
            failed=counts.failed,
            unknown=counts.unknown,
            held=held,
            written=self.written,
            waiting=waits_for_her(plan, asked, self.session.merges.not_done(plan))
            or bool(self.session.erasures.refused)
            or saved.conflict,
            notes=tuple(notes),
            summary=summary,
            receipts=tuple(self.session.accounts or ()),
        )

    def _plan(self) -> Plan:
        """Return what the workbook is to say: the same as after a refresh, whatever this very run was told to do."""
        return self.session.plan()

    def _going(self, plan: Plan) -> Plan:
        """Return the plan of which this run sends what is due: that of the workbook, or one of more channels for files."""
        wide = plan
        if self.options.outbox is not None:
            session = self.session
            channels = WRITTEN | channels_of(session.book, session.environ, self.server)
            wide = session.plan(channels=channels, limits=False)
        # a transport of one's own is no accident
        return wide if self.given is None and asks(self.options, wide) else first_send.unmarked(wide)

    def _save(self, plan: Plan) -> tuple[Plan, Saved]:
        plan, saved = self.session.save(plan, sends=True, replan=self._plan)
        self.written = self.written or saved.written
        self.left += left_notes(plan.words, saved)
        self.renewed += renewed_notes(plan, saved)
        told = self.session.merges.told(plan, written=saved.written)
        self.renewed += [line for line in told if line not in self.renewed]
        return plan, saved

    def _deliver(self, plan: Plan, due: Sequence[Message]) -> tuple[Counts, SheetcrmError | None]:
        if not due or self.options.limit == 0:
            return Counts(left=len(due)), None
        with asked_to_stop() as stopping:
            watch = Watch(self.session, lambda: self._going(self._plan()), stopping)
            return self._hand_over(due, watch, self._households(plan), self._pace(stopping))

    def _hand_over(
        self, due: Sequence[Message], watch: Watch, apart: Mapping[str, Collection[str]], pace: Pace
    ) -> tuple[Counts, SheetcrmError | None]:
        done = 0

        def step(_message: Message, _delivery: Delivery | None, /) -> None:
            nonlocal done
            done += 1
            if self.progress is not None:
                self.progress(done, len(due))

        def allowed(message: Message) -> str | None:
            return watch(message) or closed(message) or None

        try:
            transport = self._transport(due)
            closed = transport.refusal if isinstance(transport, Router) else lambda _message: ""
            counts = deliver(
                due,
                transport,
                self.session.journal,
                limit=self.options.limit,
                clock=self._now,
                allowed=allowed,
                apart=apart,
                progress=step,
                pace=pace,
            )
        except SheetcrmError as error:
            return Counts(left=len(due)), error
        if self.options.outbox is None:
            first_send.note(self.session.journal, counts.sent, self.session.moment.on.isoformat())
            self._note_server(counts, due)
        troubles = transport.troubles if isinstance(transport, Router) else {}
        return counts, next(iter(troubles.values()), None)

    def _note_server(self, counts: Counts, due: Sequence[Message]) -> None:
        """Note by which server mails have gone: the environment's password is for that one."""
        session, mailed = self.session, any(message.channel == BY_MAIL for message in due)
        if counts.sent and mailed and self.given is None and self.server is None and BY_MAIL not in self._stopped():
            note_server(session.journal, SmtpConfig.load(session.book.settings, session.environ), session.environ)

    def _pace(self, stopping: Callable[[], bool]) -> Pace:
        """Return what waits for the minute limit: the owner's; the provider's too, where its server is what is sent by."""
        if self.options.outbox is not None:
            return Pace(0)
        settings = self.session.book.settings
        limits = limits_of(settings, self.session.environ) if self.given is None else Limits.of(settings, None)
        return Pace(limits.a_minute, stopping=stopping)

    def _now(self) -> datetime:
        return moment(self.session.book.zone, self.session.on).now

    def _households(self, plan: Plan) -> dict[str, set[str]]:
        """Return, by client id (those given just now included), everybody of the same household."""
        if plan.homes is None:
            return {}
        homes: dict[int, set[str]] = {}
        those = [(one, home) for one, home in zip(plan.client_ids, plan.homes.tolist(), strict=True) if home != NOBODYS]
        for client_id, home in those:
            homes.setdefault(home, set()).add(client_id)
        return {client_id: homes[home] for client_id, home in those}

    def _transport(self, due: Sequence[Message]) -> Transport:
        needed = frozenset(message.channel for message in due)
        if self.given is not None:
            return self.given
        if self._ready is None or not needed <= self._needed:
            self._ready, self._needed = self._made(needed), needed
        return self._ready

    def _made(self, needed: Collection[str]) -> Transport:
        session = self.session
        if self.options.outbox is not None:
            envelope = envelope_of(session.book, session.identity.id, self.server, session.environ)
            return FilesTransport(self.options.outbox, envelope, clock=self._now)
        if "sms" in needed:
            note_gateway(session)
        return carrier(
            session.book,
            session.identity.id,
            session.environ,
            needed=needed,
            clock=self._now,
            journal=session.journal,
            server=self.server,
        )
