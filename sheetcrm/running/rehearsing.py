"""What a run is told to do, and what only tries it out: a dry run, a trial to one address. Nothing is recorded here."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

from sheetcrm.crm.approval import PLACEHOLDER, WAITING
from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.sms_cost import sms_told
from sheetcrm.crm.sms_length import sms_length
from sheetcrm.crm.values import Delivery, Message, Status
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.mail import mailbox, not_an_address
from sheetcrm.delivery.sending import rehearse
from sheetcrm.delivery.smtp import SmtpTransport
from sheetcrm.errors import SendingError, SheetcrmError
from sheetcrm.languages import Language
from sheetcrm.running import first_send
from sheetcrm.running.carriers import channels_of, envelope_of
from sheetcrm.running.known_servers import password_of
from sheetcrm.running.looking import look, reading_journal
from sheetcrm.running.merges import Merges
from sheetcrm.running.options import SendOptions
from sheetcrm.running.reports import RunReport, ended

_TRIED = frozenset({"", first_send.FIRST_SEND}) | WAITING - {PLACEHOLDER}
"""Why a message of the day does not go that a trial sends all the same: it waits for her word."""

_SPELT = {"sms": "SMS", "whatsapp": "WhatsApp"}  # as they are written in every language

WRITTEN = dict.fromkeys(("email", "sms", "whatsapp"), "")
"""The channels whose messages can be written into files."""


def dry_run(path: Path, on: date | None, options: SendOptions, password: str | None) -> RunReport:
    """Tell what a run would send. Raises WorkbookError and its kin."""
    seen = look(path, on=on, password=password)
    merges = Merges("run")
    channels = channels_of(seen.book, os.environ)
    if options.outbox is not None:
        channels = WRITTEN | channels
    plan = merges.rehearsed(seen.book, on, channels=channels)
    with reading_journal(seen.book, password) as journal:
        marked = first_send.marked(plan, seen.book.settings, journal)
    asked = asks(options, marked)
    plan = marked if asked else plan
    count = len(plan.due) if options.limit is None else min(len(plan.due), options.limit)
    held = len(plan.held_list) + asked
    summary = plan.words.say("would_send", count=count, held=held)
    if told_of_sms := sms_told(plan.due[:count], seen.book.settings, plan.words):
        summary = f"{summary}\n{told_of_sms}"
    told = merges.not_done(plan)
    beyond = (plan.words.say("limit_left", count=len(plan.due) - count),) if count < len(plan.due) else ()
    wanted = (plan.words.say("first_send_wanted", count=asked),) if asked else ()
    notes = (*seen.notes, *told, *wanted, *beyond)
    return RunReport(held=held, notes=notes, summary=summary, would_send=count)


def asks(options: SendOptions, marked: Plan) -> int:
    """Return how many messages of a plan wait for the owner's yes in this run; 0 where they may go.

    Files are no live sending, and a few of them at a time (`--limit`) are not many.
    """
    few = options.limit is not None and options.limit <= first_send.MANY
    if few or options.outbox is not None or options.yes:
        return 0
    return first_send.waiting(marked)


def tried(plan: Plan) -> list[Message]:
    """Return all messages of the day but those that she has stopped, each as a mail that says what it would be."""
    mine = (m for m in (*plan.message_list, *plan.by_hand) if plan.stopped.get(m.key, "") in _TRIED)
    return [_as_mail(m, plan.words) for m in mine if m.day <= plan.on]


def _as_mail(message: Message, words: Language) -> Message:
    if message.channel == "email":
        return message
    channel = _SPELT.get(message.channel) or words.choice(message.channel).capitalize()
    subject = words.say(
        "trial_subject", channel=channel, to=message.to, client=message.client, campaign=message.key.campaign
    )
    parts = words.say("page_parts", count=sms_length(message.text).parts) if message.channel == "sms" else ""
    head = "\n".join(filter(None, (subject, parts)))
    return replace(message, channel="email", subject=subject, text=f"{head}\n\n{message.text}", html="")


def trial(
    path: Path, on: date | None, options: SendOptions, server: SmtpConfig | None, password: str | None
) -> RunReport:
    """Send everything that is due to one address instead, by mail whatever its channel, and record nothing.

    Also what waits for her tick: a trial shows it as it would go.
    """
    try:
        mailbox(options.to or "")
    except SheetcrmError:
        raise not_an_address(options.to or "") from None
    seen = look(path, on=on, password=password, any_hour=True)
    book, plan = seen.book, seen.plan
    config = server or SmtpConfig.load(book.settings, os.environ)
    envelope = envelope_of(book, book.identity.id, server, os.environ)
    with reading_journal(book, password) as journal:
        secret = password_of(config, os.environ, journal)
    transport = SmtpTransport(config, secret, envelope, trial_to=options.to or "")
    said: list[str] = []

    def listen(_message: Message, delivery: Delivery | None, /) -> None:
        if delivery is not None and delivery.status != Status.SENT:
            said.append(plan.words.detail(delivery.detail))

    try:
        counts = rehearse(tried(plan), transport, limit=options.limit, progress=listen)
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
