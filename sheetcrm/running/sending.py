"""The daily run: plan, save, send, save."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from sheetcrm.crm.dates import as_day
from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.values import Message, Transport
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.router import CLOSED
from sheetcrm.delivery.sending import INTERRUPTED, Counts
from sheetcrm.errors import SendingError, SheetcrmError, UsageError
from sheetcrm.running import first_send
from sheetcrm.running.asking import ask_for_unknown
from sheetcrm.running.carriers import channels_of
from sheetcrm.running.dispatching import Dispatch, Step, households_of
from sheetcrm.running.inbox import take_replies
from sheetcrm.running.last_run import check_clock, note_run
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
        self.dispatch = Dispatch(session, options, transport, server, progress)
        self.written = False
        self.left: list[str] = []  # what of ours has no place in the workbook, in words
        self.renewed: list[str] = []  # ids given anew, in words
        self.final: Plan | None = None
        session.server = server

    def report(self) -> RunReport:
        if self.options.outbox is None and self.given is None:
            self.renewed += ask_for_unknown(self.session)
        going = self._going(plan := self._plan())
        if self._goes_out(going.due):
            self.dispatch.transport(
                going.due
            )  # no mail server, no password, no sender: said before anything is written
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
        report = self._told(plan, saved, counts, held=held, asked=asked, limited=trouble is None)
        if trouble is None and late is None and not (counts.stopped or self.dispatch.stopped) and self.options.is_usual:
            remember_run(self.session, plan, saved, households_of(plan))
        if late is not None and trouble is None:
            return replace(report, trouble=late, notes=(*report.notes, report.summary))
        return replace(report, trouble=trouble)

    def _goes_out(self, due: Sequence[Message]) -> bool:
        return bool(due) and self.options.limit != 0

    def _told(self, plan: Plan, saved: Saved, counts: Counts, *, held: int, asked: int, limited: bool) -> RunReport:
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
        elif stopped := self.dispatch.stopped:
            left = sum(why == CLOSED for _, why in counts.skipped)
            details = (ended(words.detail(why)) for why in stopped.values())
            notes += [words.say("sending_stopped", detail=detail, count=left) for detail in details]
        elif counts.failed:
            notes.append(words.say("failed_why", count=counts.failed, sheet=title_in(self.session.book, "Sent")))
        beyond = counts.left - len(counts.skipped)
        if limited and self.options.limit is not None and beyond and not counts.stopped:
            notes.append(words.say("limit_left", count=beyond))
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
            or self.session.asks
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
        stood = self.session.merges.not_done(plan)
        plan, saved = self.session.save(plan, sends=True, replan=self._plan)
        self.written = self.written or saved.written
        self.left += left_notes(plan.words, saved)
        self.renewed += renewed_notes(plan, saved)
        told = self.session.merges.told(plan, written=saved.written)
        # what the first of two saves told of a cell is told of the one to which the second has moved it
        self.renewed = [line for line in self.renewed if line in told or line not in stood]
        self.renewed += [line for line in told if line not in self.renewed]
        return plan, saved

    def _deliver(self, plan: Plan, due: Sequence[Message]) -> tuple[Counts, SheetcrmError | None]:
        if not due or self.options.limit == 0:
            return Counts(left=len(due)), None
        with asked_to_stop() as stopping:
            watch = Watch(self.session, lambda: self._going(self._plan()), stopping)
            return self.dispatch.hand_over(due, watch, households_of(plan), stopping)
