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
from sheetcrm.delivery.config import password as mail_password
from sheetcrm.delivery.files import FilesTransport
from sheetcrm.delivery.sending import INTERRUPTED, Counts, deliver
from sheetcrm.delivery.smtp import SmtpTransport
from sheetcrm.errors import SendingError, SheetcrmError
from sheetcrm.running import first_send
from sheetcrm.running.clock import moment
from sheetcrm.running.rehearsing import WRITTEN, SendOptions, asks, dry_run, envelope_of, trial
from sheetcrm.running.reports import RunReport, ended, typed
from sheetcrm.running.saved import Saved
from sheetcrm.running.session import Session
from sheetcrm.running.signals import asked_to_stop
from sheetcrm.running.upkeep import left_notes, renewed_notes, save_notes
from sheetcrm.running.watching import Watch

RESTING = "resting"  # `Journal.refusal`
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
    if options.dry_run:
        return dry_run(path, on, options, password)
    if options.to is not None:
        return trial(path, on, options, server, password)
    with Session(path, on=on, password=password, accounts=receipts) as session:
        session.check_machine()
        return _Run(session, options, transport, server, progress).report()


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
        self._ready: Transport | None = None

    def report(self) -> RunReport:
        going = self._going(plan := self._plan())
        if self._goes_out(going.due):
            self._transport()  # no mail server, no password, no sender: said before anything is written
        plan, saved = self._save(plan)
        going = self._going(plan)
        due = [m for m in going.due if saved.ids_stand or m.key.client_id not in going.new_names.unsure]
        asked = first_send.waiting(going)
        # counted before sending: what fails now is held by the plan that follows, and would count twice
        held = sum(h.due <= going.on for h in going.held_list) + going.waiting + len(going.due) - len(due)
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
        self.session.journal.set("last_run", self.session.moment.on.isoformat())
        if trouble is not None and not isinstance(trouble, SendingError):
            raise trouble
        if counts.stopped == INTERRUPTED:
            raise KeyboardInterrupt
        report = self._told(plan, saved, counts, held=held, asked=asked)
        if late is not None and trouble is None:
            return replace(report, trouble=late, notes=(*report.notes, report.summary))
        return replace(report, trouble=trouble)

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
        if asked:
            notes.append(words.say("first_send_wanted", count=asked))
        if plan.waiting:
            notes.append(words.say("messages_waiting", count=plan.waiting))
        unknown = sum(h.reason == "unknown-outcome" for h in plan.held_list)
        if unknown:
            notes.append(words.say("unknown_waiting", count=unknown, book=typed(self.session.path)))
        if counts.stopped:
            detail = ended(words.detail(counts.stopped))
            notes.append(words.say("sending_stopped", detail=detail, count=counts.left))
        elif counts.failed:
            notes.append(words.say("failed_why", count=counts.failed, sheet=self._title(plan, "Sent")))
        if resting := sum(why == RESTING for _, why in counts.skipped):
            notes.append(words.say("resting", count=resting, sheet=self._title(plan, "Outbox")))
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
            waiting=bool(asked or plan.waiting or self.session.merges.not_done(plan)) or saved.conflict,
            notes=tuple(notes),
            summary=summary,
            receipts=tuple(self.session.accounts or ()),
        )

    def _title(self, plan: Plan, table: str) -> str:
        placement = self.session.book.raw.placements.get(table)
        return placement.sheet if placement else plan.words.sheet(table)

    def _plan(self) -> Plan:
        """Return what the workbook is to say: the same as after a refresh, whatever this very run was told to do."""
        return self.session.plan()

    def _going(self, plan: Plan) -> Plan:
        """Return the plan of which this run sends what is due: that of the workbook, or one of more channels for files."""
        wide = plan if self.options.outbox is None else self.session.plan(channels=WRITTEN)
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
            return self._hand_over(due, watch, self._households(plan))

    def _hand_over(
        self, due: Sequence[Message], watch: Watch, apart: Mapping[str, Collection[str]]
    ) -> tuple[Counts, SheetcrmError | None]:
        done = 0

        def step(_message: Message, _delivery: Delivery | None, /) -> None:
            nonlocal done
            done += 1
            if self.progress is not None:
                self.progress(done, len(due))

        try:
            counts = deliver(
                due,
                self._transport(),
                self.session.journal,
                limit=self.options.limit,
                clock=self._now,
                allowed=watch,
                apart=apart,
                progress=step,
            )
        except SheetcrmError as error:
            return Counts(left=len(due)), error
        if self.options.outbox is None:
            first_send.note(self.session.journal, counts.sent, self.session.moment.on.isoformat())
        return counts, None

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

    def _transport(self) -> Transport:
        if self._ready is None:
            self._ready = self._made() if self.given is None else self.given
        return self._ready

    def _made(self) -> Transport:
        session = self.session
        envelope = envelope_of(session.book, session.identity.id, self.server, session.environ)
        if self.options.outbox is not None:
            return FilesTransport(self.options.outbox, envelope, clock=self._now)
        config = self.server or SmtpConfig.load(session.book.settings, session.environ)
        return SmtpTransport(config, mail_password(config, session.environ), envelope, clock=self._now)
