"""What a run is told to do, and what only tries it out: a dry run, a trial to one address. Nothing is recorded here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.values import Delivery, Message, Status
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.config import password as mail_password
from sheetcrm.delivery.mail import Envelope, mailbox, not_an_address
from sheetcrm.delivery.sending import rehearse
from sheetcrm.delivery.smtp import SmtpTransport
from sheetcrm.errors import SendingError, SheetcrmError
from sheetcrm.running import first_send
from sheetcrm.running.looking import look, reading_journal
from sheetcrm.running.merges import Merges
from sheetcrm.running.reports import RunReport, ended
from sheetcrm.workbook.book import Workbook

WRITTEN = ("email", "sms", "whatsapp")
"""The channels whose messages can be written into files."""


@dataclass(frozen=True)
class SendOptions:
    """What a person may say to `send` and `run`."""

    limit: int | None = None
    to: str | None = None
    outbox: Path | None = None
    yes: bool = False
    dry_run: bool = False


def dry_run(path: Path, on: date | None, options: SendOptions, password: str | None) -> RunReport:
    """Tell what a run would send. Raises WorkbookError and its kin."""
    seen = look(path, on=on, password=password)
    merges = Merges("run")
    plan = merges.rehearsed(seen.book, on, channels=("email",) if options.outbox is None else WRITTEN)
    with reading_journal(seen.book, password) as journal:
        marked = first_send.marked(plan, seen.book.settings, journal)
    asked = asks(options, marked)
    plan = marked if asked else plan
    count = len(plan.due) if options.limit is None else min(len(plan.due), options.limit)
    held = len(plan.held_list) + asked
    summary = plan.words.say("would_send", count=count, held=held)
    told = merges.not_done(plan)
    notes = (*seen.notes, *told, *((plan.words.say("first_send_wanted", count=asked),) if asked else ()))
    return RunReport(held=held, notes=notes, summary=summary, would_send=count)


def asks(options: SendOptions, marked: Plan) -> int:
    """Return how many messages of a plan wait for the owner's yes in this run; 0 where they may go.

    Files are no live sending, and a few of them at a time (`--limit`) are not many.
    """
    few = options.limit is not None and options.limit <= first_send.MANY
    if few or options.outbox is not None or options.yes:
        return 0
    return first_send.waiting(marked)


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


def trial(
    path: Path, on: date | None, options: SendOptions, server: SmtpConfig | None, password: str | None
) -> RunReport:
    """Send everything that is due to one address instead, and record nothing."""
    try:
        mailbox(options.to or "")
    except SheetcrmError:
        raise not_an_address(options.to or "") from None
    seen = look(path, on=on, password=password)
    book, plan = seen.book, seen.plan
    config = server or SmtpConfig.load(book.settings, os.environ)
    envelope = envelope_of(book, book.identity.id, server, os.environ)
    transport = SmtpTransport(config, mail_password(config, os.environ), envelope, trial_to=options.to or "")
    said: list[str] = []

    def listen(_message: Message, delivery: Delivery | None, /) -> None:
        if delivery is not None and delivery.status != Status.SENT:
            said.append(plan.words.detail(delivery.detail))

    try:
        counts = rehearse(plan.due, transport, limit=options.limit, progress=listen)
    except SendingError as error:
        return RunReport(held=len(plan.held_list), trouble=error)
    # no sheet says why: nothing is recorded
    notes = (plan.words.say("trial_failed", count=len(said), detail=ended(said[0])),) if said else ()
    return RunReport(
        counts.sent,
        counts.failed,
        counts.unknown,
        len(plan.held_list),
        notes=notes,
        summary=plan.words.say("trial_summary", count=counts.sent, address=options.to or ""),
    )
