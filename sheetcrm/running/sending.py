"""The daily run: plan, save, send, save."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from sheetcrm.crm.dates import as_day
from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.values import Delivery, Message, Transport
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.config import password as mail_password
from sheetcrm.delivery.files import FilesTransport
from sheetcrm.delivery.mail import Envelope, mailbox
from sheetcrm.delivery.sending import INTERRUPTED, Counts, deliver, rehearse
from sheetcrm.delivery.smtp import SmtpTransport
from sheetcrm.errors import SendingError, SheetcrmError, UsageError
from sheetcrm.running.clock import moment
from sheetcrm.running.looking import look
from sheetcrm.running.reports import RunReport
from sheetcrm.running.session import Saved, Session
from sheetcrm.running.signals import asked_to_stop
from sheetcrm.running.upkeep import renewed_notes, save_notes
from sheetcrm.running.watching import Watch
from sheetcrm.workbook.book import Workbook

MANY = 20
"""A first live send to more people than this wants the owner's yes."""

FIRST_SEND = "first-send"
"""Why messages of a first live send to many do not go: said in Outbox, too."""

Step = Callable[[int, int], object]


@dataclass(frozen=True)
class SendOptions:
    """What a person may say to `send` and `run`."""

    limit: int | None = None
    to: str | None = None
    outbox: Path | None = None
    yes: bool = False
    dry_run: bool = False


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
) -> RunReport:
    """Do what `run` and `send` do. `server` beats the settings' mail server; `transport` beats both.

    A server that refuses is no exception here but the report's `trouble`: what was written before it counts all the same.
    """
    options = options or SendOptions()
    if options.dry_run:
        return _dry(path, on, options, password)
    if options.to is not None:
        return _trial(path, on, options, server, password)
    with Session(path, on=on, password=password) as session:
        session.check_machine()
        return _Run(session, options, transport, server, progress).report()


def _dry(path: Path, on: date | None, options: SendOptions, password: str | None) -> RunReport:
    plan = look(path, on=on, password=password).plan
    count = len(plan.due) if options.limit is None else min(len(plan.due), options.limit)
    summary = plan.words.say("would_send", count=count, held=len(plan.held_list))
    return RunReport(held=len(plan.held_list), summary=summary, would_send=count)


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
        self.renewed: list[str] = []  # ids given anew, in words
        self._ready: Transport | None = None

    def report(self) -> RunReport:
        plan = self._plan()
        if self._goes_out(plan.due):
            self._transport()  # no mail server, no password, no sender: said before anything is written
        plan, saved = self._save(plan)
        due = [m for m in plan.due if saved.written or m.key.client_id not in plan.new_names.unsure]
        asked = sum(reason == FIRST_SEND for reason in plan.stopped.values())
        # counted before sending: what fails now is held by the plan that follows, and would count twice
        held = sum(h.due <= plan.on for h in plan.held_list) + plan.waiting + len(plan.due) - len(due)
        counts, trouble = self._deliver(plan, due)
        if counts.sent or counts.failed or counts.unknown:
            self.session.reopen()
            plan, saved = self._save(self._plan())
        self.session.journal.set("last_run", self.session.moment.on.isoformat())
        if trouble is not None and not isinstance(trouble, SendingError):
            raise trouble
        if counts.stopped == INTERRUPTED:
            raise KeyboardInterrupt
        report = self._told(plan, saved, counts, held=held, asked=asked)
        return replace(report, trouble=trouble)

    def _goes_out(self, due: Sequence[Message]) -> bool:
        return bool(due) and self.options.limit != 0

    def _told(self, plan: Plan, saved: Saved, counts: Counts, *, held: int, asked: int) -> RunReport:
        words = plan.words
        notes = [*save_notes(words, saved, self.session.path), *self.renewed]
        if asked:
            notes.append(words.say("first_send_wanted", count=asked))
        if plan.waiting:
            notes.append(words.say("messages_waiting", count=plan.waiting))
        unknown = sum(h.reason == "unknown-outcome" for h in plan.held_list)
        if unknown:
            notes.append(words.say("unknown_waiting", count=unknown, book=self.session.path.name))
        if counts.stopped:
            notes.append(words.say("sending_stopped", detail=counts.stopped, count=counts.left))
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
            waiting=bool(asked or plan.waiting) or saved.conflict,
            notes=tuple(notes),
            summary=summary,
        )

    def _plan(self) -> Plan:
        channels = ("email", "sms", "whatsapp") if self.options.outbox is not None else ("email",)
        plan = self.session.plan(channels=channels)
        if not self._needs_yes(plan.due):
            return plan
        return replace(plan, stopped={**plan.stopped, **dict.fromkeys((m.key for m in plan.due), FIRST_SEND)})

    def _save(self, plan: Plan) -> tuple[Plan, Saved]:
        plan, saved = self.session.save(plan, sends=True, replan=self._plan)
        self.written = self.written or saved.written
        self.renewed += renewed_notes(plan, saved)
        return plan, saved

    def _needs_yes(self, due: Sequence[Message]) -> bool:
        """Tell whether this is a first live send to many, which wants the owner's word; a transport of one's own is no accident."""
        if self.options.outbox is not None or self.given is not None or self.options.yes:
            return False
        if self.session.book.settings.first_send or self.session.journal.get("first_live"):
            return False
        count = len(due) if self.options.limit is None else min(len(due), self.options.limit)
        return count > MANY

    def _deliver(self, plan: Plan, due: Sequence[Message]) -> tuple[Counts, SheetcrmError | None]:
        if not due or self.options.limit == 0:
            return Counts(left=len(due)), None
        with asked_to_stop() as stopping:
            watch = Watch(self.session, self._plan, stopping)
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
        if counts.sent > MANY and self.options.outbox is None:
            self.session.journal.set("first_live", self.session.moment.on.isoformat())
        return counts, None

    def _now(self) -> datetime:
        return moment(self.session.book.zone, self.session.on).now

    def _households(self, plan: Plan) -> dict[str, set[str]]:
        """Return, by client id, everybody who stands under the same household."""
        clients = self.session.book.snapshot.tables["Clients"]
        homes: dict[str, set[str]] = {}
        ids = plan.client_ids  # those given just now included
        names = [str(cell or "").strip().casefold() for cell in clients.column("household").cells()]
        for client_id, home in zip(ids, names, strict=True):
            if home:
                homes.setdefault(home, set()).add(client_id)
        return {client_id: homes[home] for client_id, home in zip(ids, names, strict=True) if home}

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


def envelope_of(book: Workbook, workbook_id: str, server: SmtpConfig | None, environ: Mapping[str, str]) -> Envelope:
    """Return what all mails of this workbook have in common; without a `sender` the login's address is it. Raises UsageError."""
    settings = book.settings
    sender = settings.sender
    if not sender:
        try:
            user = (server or SmtpConfig.load(settings, environ)).user
            mailbox(user)
        except SheetcrmError:
            user = ""
        sender = user
    return Envelope.from_settings(replace(settings, sender=sender), workbook_id)


def _trial(
    path: Path, on: date | None, options: SendOptions, server: SmtpConfig | None, password: str | None
) -> RunReport:
    """Send everything that is due to one address instead, and record nothing."""
    try:
        mailbox(options.to or "")
    except SheetcrmError:
        raise UsageError(f"{options.to!r} is no e-mail address.", "Write it like you@example.com.") from None
    seen = look(path, on=on, password=password)
    book, plan = seen.book, seen.plan
    config = server or SmtpConfig.load(book.settings, os.environ)
    envelope = envelope_of(book, book.identity.id, server, os.environ)
    transport = SmtpTransport(config, mail_password(config, os.environ), envelope, trial_to=options.to or "")
    try:
        counts = rehearse(plan.due, transport, limit=options.limit)
    except SendingError as error:
        return RunReport(held=len(plan.held_list), trouble=error)
    return RunReport(
        counts.sent,
        counts.failed,
        counts.unknown,
        len(plan.held_list),
        summary=plan.words.say("trial_summary", count=counts.sent, address=options.to or ""),
    )
