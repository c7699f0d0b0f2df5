"""By which channels a workbook's messages can go by themselves, and what carries them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from sheetcrm.crm.settings import Settings
from sheetcrm.crm.values import Transport
from sheetcrm.delivery.channels import NAMES, columns_of, url_of
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.mail import Envelope, mailbox
from sheetcrm.delivery.router import Router
from sheetcrm.delivery.smtp import SmtpTransport
from sheetcrm.errors import SheetcrmError
from sheetcrm.languages import choices_named
from sheetcrm.running.known_servers import password_of
from sheetcrm.workbook.book import Workbook

if TYPE_CHECKING:
    from sheetcrm.delivery.gateway import GatewayTransport
    from sheetcrm.delivery.journal import Journal
    from sheetcrm.delivery.messengers import AppriseTransport

BY_MAIL = "email"
_OTHERS = frozenset(NAMES)


def channels_of(book: Workbook, environ: Mapping[str, str], server: SmtpConfig | None = None) -> dict[str, str]:
    """Return the channels that messages can go by, each with the column of hers that has the recipient ("": the usual one).

    E-mail is among them also where no mail server is configured, unless another channel is: then she sends mails by hand.
    """
    settings = book.settings
    others = columns_of(settings, environ) if _may_matter(book, environ) else {}
    mail = server is not None or environ.get("SHEETCRM_SMTP", "").strip() or settings.smtp_host.strip()
    return ({BY_MAIL: ""} if mail or not others else {}) | others


def _may_matter(book: Workbook, environ: Mapping[str, str]) -> bool:
    """Tell whether anybody could get a message by another channel than e-mail: to ask a keyring takes a third of a second."""
    if any(environ.get(name, "").strip() for name in NAMES.values()) or book.settings.gateway_url:
        return True
    campaigns = book.raw.tables.get("Campaigns")
    if campaigns is None or not book.active_campaigns():
        return False
    used = {word for cell in campaigns.column("channel").values for word in choices_named(str(cell))}
    purposes = {word for cell in campaigns.column("purpose").values for word in choices_named(str(cell))}
    triggers = {word for cell in campaigns.column("trigger").values for word in choices_named(str(cell))}
    clients = book.raw.tables["Clients"]
    agreed = any(
        value is True or "yes" in choices_named(str(value))
        for channel in _OTHERS
        for value in clients.column(f"{channel}_consent").values
    )
    return bool(used & _OTHERS) or agreed or "service" in purposes or "reminder" in triggers


def carrier(
    book: Workbook,
    workbook_id: str,
    environ: Mapping[str, str],
    *,
    needed: Collection[str],
    clock: Callable[[], datetime],
    journal: Journal,
    server: SmtpConfig | None = None,
) -> Transport:
    """Return what carries messages of the `needed` channels. Raises UsageError where one of them is not configured as it must be.

    `journal` knows for which server the environment's password is.
    """

    def by_mail() -> Transport:
        envelope = envelope_of(book, workbook_id, server, environ)
        config = server or SmtpConfig.load(book.settings, environ)
        return SmtpTransport(config, password_of(config, environ, journal), envelope, clock=clock)

    if not _OTHERS & set(needed):
        return by_mail()
    makers: dict[str, Callable[[], Transport]] = {BY_MAIL: by_mail}
    makers |= {channel: partial(messenger, channel, book.settings, environ) for channel in NAMES}
    router = Router(makers, needed)
    router.prepare()
    return router


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


def messenger(channel: str, settings: Settings, environ: Mapping[str, str]) -> AppriseTransport | GatewayTransport:
    """Return what carries SMS, or a messenger's messages. Raises UsageError where it is not configured as it must be."""
    url = url_of(channel, environ)
    if channel == "sms" and settings.gateway_url and not url:
        from sheetcrm.delivery.gateway import Gateway, GatewayTransport  # noqa: PLC0415 - loaded where it is used

        return GatewayTransport(Gateway.load(settings, environ))
    from sheetcrm.delivery.messengers import AppriseTransport  # noqa: PLC0415 - Apprise is slow to import

    transport = AppriseTransport(url, channel, environ=environ)
    transport.check()
    return transport
