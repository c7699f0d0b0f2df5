"""New mails of a mailbox, looked at and left as they are: nothing is marked as read, moved or deleted.

What was seen is known by the numbers that the server gives (RFC 9051: UID, good as long as UIDVALIDITY is the same).
"""

from __future__ import annotations

import base64
import imaplib
import json
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from sheetcrm.delivery.config import kept_password
from sheetcrm.delivery.inbound import LONGEST
from sheetcrm.delivery.replies import scrub
from sheetcrm.delivery.tokens import fetch_token, token_command
from sheetcrm.errors import SendingError, UsageError

_PORT = 993
_TIMEOUT = 30.0
_FIRST_DAYS = 30
"""How far back a mailbox is read the first time."""
MOST = 500
"""Mails that one run reads; the next one goes on."""

_AT_ONCE = 20
_UID = re.compile(rb"UID (\d+)")
_BEYOND_ASCII = re.compile(r"[^\x20-\x7e]+|&")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where replies arrive: `SHEETCRM_IMAP`, like `imaps://user@host/folder`. TLS always."""

    host: str
    user: str
    port: int = _PORT
    folder: str = "INBOX"

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Mailbox | None:
        """Return the mailbox that is configured, None without one. Raises UsageError where it cannot be meant."""
        url = environ.get("SHEETCRM_IMAP", "").strip()
        if not url:
            return None
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or _PORT
        except ValueError:
            parts, host, port = urlsplit(""), "", 0
        user = unquote(parts.username or "")
        if parts.scheme != "imaps" or not host or not user or parts.password is not None:
            raise UsageError(
                "SHEETCRM_IMAP is no address of a mailbox.",
                "It looks like imaps://user@host/INBOX; the password goes into SHEETCRM_IMAP_PASSWORD.",
                code="mailbox",
            )
        return cls(host, user, port, unquote(parts.path.strip("/")) or "INBOX")

    @property
    def place(self) -> str:
        """What tells this mailbox from another one."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"


@dataclass(frozen=True, slots=True)
class Seen:
    """Up to which number a mailbox was read."""

    place: str = ""
    validity: str = ""
    last: int = 0

    @classmethod
    def from_text(cls, text: str) -> Seen:
        """Read what `text` wrote; nothing seen where that cannot be read."""
        try:
            place, validity, last = json.loads(text)
            return cls(str(place), str(validity), int(last))
        except (ValueError, TypeError):
            return cls()

    @property
    def text(self) -> str:
        """As the journal keeps it."""
        return json.dumps([self.place, self.validity, self.last])


def new_mails(mailbox: Mailbox, environ: Mapping[str, str], seen: Seen, on: date) -> tuple[list[bytes], Seen]:
    """Return the mails that came since `seen` (the first time, those of the last weeks before `on`), and what is seen by now.

    Raises SendingError where the mailbox cannot be read, UsageError where no password is known.
    """
    with _opened(mailbox, environ) as server:
        return _read(server, mailbox, seen, on)


def check(mailbox: Mailbox, environ: Mapping[str, str]) -> int:
    """Log in and open the folder, as a run does; return how many mails lie there. Raises as `new_mails` does."""
    with _opened(mailbox, environ) as server:
        return int(_selected(server, mailbox)[0] or 0)


@contextmanager
def _opened(mailbox: Mailbox, environ: Mapping[str, str]) -> Iterator[imaplib.IMAP4_SSL]:
    """Log in, over verified TLS. What goes wrong then or within is raised as SendingError."""
    secret, is_token = _secret(mailbox, environ)
    try:
        context = ssl.create_default_context()
        with imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=context, timeout=_TIMEOUT) as server:
            _log_in(server, mailbox.user, secret, is_token=is_token)
            yield server
    except (OSError, imaplib.IMAP4.error, UnicodeError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        why = scrub(said, (mailbox.user, secret)) or type(error).__name__
        raise SendingError(
            f"The mailbox at {mailbox.host} cannot be read ({why}).",
            "Check SHEETCRM_IMAP, the password and the internet connection.",
            code="mailbox",
            text="mailbox-unreadable",
            params={"host": mailbox.host, "why": why},
        ) from error


def _secret(mailbox: Mailbox, environ: Mapping[str, str]) -> tuple[str, bool]:
    if given := environ.get("SHEETCRM_IMAP_PASSWORD", "").strip():
        return given, False
    if command := token_command(environ):
        return fetch_token(command), True
    return kept_password(f"{mailbox.user} on {mailbox.host}", "SHEETCRM_IMAP_PASSWORD"), False


def _log_in(server: imaplib.IMAP4_SSL, user: str, secret: str, *, is_token: bool) -> None:
    if is_token:
        server.authenticate("XOAUTH2", lambda _: f"user={user}\x01auth=Bearer {secret}\x01\x01".encode())
    else:
        server.login(user, secret)


def _read(server: imaplib.IMAP4_SSL, mailbox: Mailbox, seen: Seen, on: date) -> tuple[list[bytes], Seen]:
    _selected(server, mailbox)
    validity = (server.response("UIDVALIDITY")[1] or [b""])[0]
    known = (
        seen
        if (seen.place, seen.validity) == (mailbox.place, _text(validity))
        else Seen(mailbox.place, _text(validity))
    )
    if known.last:
        answer = server.uid("SEARCH", f"UID {known.last + 1}:*")
    else:
        since = on - timedelta(days=_FIRST_DAYS)
        answer = server.uid("SEARCH", f"SINCE {since.day}-{_MONTHS[since.month - 1]}-{since.year}")
    found = (_good(answer)[0] or b"").split()
    # `n:*` names the last one where none is that high
    numbers = sorted(number for number in map(int, found) if number > known.last)[:MOST]
    mails = [mail for start in range(0, len(numbers), _AT_ONCE) for mail in _fetch(server, numbers[start:][:_AT_ONCE])]
    return mails, Seen(known.place, known.validity, max(numbers, default=known.last))


def _selected(server: imaplib.IMAP4_SSL, mailbox: Mailbox) -> list[Any]:
    """Open the folder for reading; return what the server says of it: how many mails there are. Raises SendingError."""
    kind, said = server.select(_quoted(mailbox.folder), readonly=True)
    if kind != "OK":
        raise SendingError(
            f"The mailbox at {mailbox.host} has no folder “{mailbox.folder}” that can be read.",
            "Correct what stands after the host in SHEETCRM_IMAP, INBOX most often.",
            code="mailbox",
            text="mailbox-no-folder",
            params={"host": mailbox.host, "folder": mailbox.folder},
        )
    return list(said)


def _fetch(server: imaplib.IMAP4_SSL, numbers: list[int]) -> Iterator[bytes]:
    named = ",".join(map(str, numbers))
    for part in _good(server.uid("FETCH", named, f"(BODY.PEEK[]<0.{LONGEST}>)")):
        if isinstance(part, tuple) and _UID.search(part[0]):
            yield part[1]


def _good(answer: tuple[str, Any]) -> list[Any]:
    kind, data = answer
    if kind != "OK":
        raise imaplib.IMAP4.error(kind)
    return list(data)


def _text(value: object) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)


def _quoted(folder: str) -> str:
    """Return a folder's name as the server has it: letters beyond ASCII in IMAP's own way (RFC 3501 5.1.3)."""

    def shifted(found: re.Match[str]) -> str:
        if found[0] == "&":
            return "&-"
        return "&" + base64.b64encode(found[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"

    name = _BEYOND_ASCII.sub(shifted, folder).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}"'


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
