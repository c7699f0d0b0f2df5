"""Mails as we make them, and as a program on the other side reads them."""

from __future__ import annotations

from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

HEADERS = [
    *("auto-submitted", "content-type", "date", "from", "list-unsubscribe"),
    *("message-id", "mime-version", "subject", "to"),
]
"""All that a mail with a page has, each once."""


def received(content: bytes) -> EmailMessage:
    """Read a mail."""
    mail = BytesParser(policy=default).parsebytes(content)
    assert isinstance(mail, EmailMessage)
    return mail
