"""Asks an SMS gateway, before anything else, what became of messages of which it is not known.

Only of those that went through this very gateway: of another service's it knows nothing, and “not found” would let them go twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sheetcrm.crm.values import SentRecord, Status
from sheetcrm.delivery.channels import url_of
from sheetcrm.delivery.records import parse_at
from sheetcrm.errors import SendingError

if TYPE_CHECKING:
    from sheetcrm.running.session import Session

_IN_USE = "gateway"  # in the journal: the gateway's host, and since when SMS go through it
_MOST = 50  # questions in a run
_PATIENCE = 3  # of them in a row that are not answered


def note_gateway(session: Session) -> None:
    """Note which gateway SMS go through from now on, before the first one goes."""
    settings = session.book.settings
    host = "" if url_of("sms", session.environ) else (urlsplit(settings.gateway_url).hostname or "")
    if host != session.journal.get(_IN_USE).partition(" ")[0]:
        at = session.moment.now.isoformat(timespec="seconds")
        session.journal.set(_IN_USE, f"{host} {at}" if host else "")


def ask_for_unknown(session: Session) -> list[str]:
    """Ask for the outcome of SMS that may have gone; note what is answered and return it in words. Raises UsageError."""
    settings = session.book.settings
    if not (settings.gateway_url and settings.gateway_status_url):
        return []
    waiting = _unknown(session)
    if not waiting:
        return []
    from sheetcrm.delivery.gateway import Gateway, GatewayTransport  # noqa: PLC0415 - hardly any run needs it

    try:
        transport, words = GatewayTransport(Gateway.load(settings, session.environ)), session.book.words
    except SendingError:
        return []  # the gateway is another one: said where a message is to go there
    said: list[str] = []
    silent = 0
    for record in waiting[:_MOST]:
        delivery = transport.status(record.key, record.to)
        if delivery is None:
            silent += 1
            if silent == _PATIENCE:
                break
            continue
        silent = 0
        session.journal.finish(record.key, delivery, session.moment.now)
        said.append(words.say("resolved", key=record.key.short, status=words.choice(str(delivery.status))))
    if said:
        session.take_ledger()
    return said


def _unknown(session: Session) -> list[SentRecord]:
    host, _, since = session.journal.get(_IN_USE).partition(" ")
    started = parse_at(since)
    if not host or started is None or host != urlsplit(session.book.settings.gateway_url).hostname:
        return []
    found = []
    for record in session.book.ledger.sent.values():
        at = parse_at(record.at)
        if record.status == Status.UNKNOWN and record.channel == "sms" and at is not None and at >= started:
            found.append(record)
    return found
