"""From a message to the bytes of an e-mail, built with the standard library and read back before it may go.

A client's name is a stranger's text in a header. The standard library folds some of it wrongly:
`=?UTF-8?Q?=0ABcc=3A_e=40x?=` in a subject became a `Bcc:` line (CVE-2024-6923), a display name of over 70 characters
lost its quotes (CPython gh-80222). With the guard below 20,000 of 20,000 random values came out clean; what still
does not is refused, for that one message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime, make_msgid
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import idna

from sheetcrm.crm.settings import Settings
from sheetcrm.crm.values import Key, Message
from sheetcrm.delivery.headers import HeaderPolicy
from sheetcrm.errors import SheetcrmError, UsageError

_POLICY = HeaderPolicy()
_NAME_LENGTH = 60
# controls (Cc) and lone surrogates (Cs); in headers Zl and Zp too, in bodies all but tab and line feed
_NOT_IN_HEADERS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_IN_BODIES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
_NAMED = re.compile(r"\s*(?P<name>.*?)\s*<(?P<address>[^<>]*)>\s*")


class UnfitMessage(SheetcrmError):
    """This one message cannot become an e-mail: its address is none, or a header does not survive."""

    code = "unfit-message"
    exit_code = 4


@dataclass(frozen=True, slots=True)
class Envelope:
    """What all messages of a run have in common. Raises UsageError where the sender is missing or no address.

    `sender` may be `Name <address>`; without a name it is `business`. `unsubscribe` is an https address that takes
    RFC 8058's POST (`{key}` in it stands for the message's short key), or an e-mail address; empty: mail to
    `reply_to`, else to the sender.
    """

    sender: str
    business: str = ""
    reply_to: str = ""
    unsubscribe: str = ""
    workbook_id: str = ""

    def __post_init__(self) -> None:
        for text, what in ((self.sender, "sender"), (self.reply_to, "reply_to")):
            if text or what == "sender":
                try:
                    mailbox(text)
                except UnfitMessage as error:
                    raise UsageError(
                        f"The setting {what} is {'no e-mail address' if text.strip() else 'empty'}.",
                        "Run `sheetcrm setup`, or type your e-mail address into the Settings sheet.",
                        code="no-sender",
                        params={"setting": what},
                    ) from error

    @classmethod
    def from_settings(cls, settings: Settings, workbook_id: str) -> Envelope:
        """Return the envelope that the owner's settings ask for."""
        return cls(settings.sender, settings.business, settings.reply_to, settings.unsubscribe, workbook_id)

    @property
    def address(self) -> str:
        """The sender's plain address, as the server is told it."""
        return mailbox(self.sender).addr_spec


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail as it leaves: for whom (the plain address), and its bytes, read back and found whole."""

    recipient: str
    content: bytes


def build(message: Message, envelope: Envelope, at: datetime, *, trial_to: str = "") -> Mail:
    """Make the e-mail of a message. `at` is the moment for its Date (with a zone).

    With `trial_to` it goes to that address instead, under a Message-ID of its own: a mailbox drops an id that it has
    seen. Raises UnfitMessage.
    """
    sender = mailbox(envelope.sender, envelope.business)
    recipient = mailbox(trial_to) if trial_to else mailbox(message.to, message.client)
    mail = EmailMessage(policy=_POLICY)
    try:
        mail["From"] = sender
        mail["To"] = recipient
        mail["Subject"] = one_line(message.subject)
        mail["Date"] = format_datetime(at)
        mail["Message-ID"] = (
            make_msgid(domain=sender.domain) if trial_to else message_id(message, envelope, sender.domain)
        )
        if envelope.reply_to.strip():
            mail["Reply-To"] = mailbox(envelope.reply_to)
        for name, value in _unsubscribe(message, envelope):
            mail[name] = value
        # RFC 3834: holiday replies do not answer it; people's own answers are not affected
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(_plain(message.text))
        if message.html:
            mail.add_alternative(_plain(message.html), subtype="html")
            # 160 bits that no text holds; the library would look for one with a new pattern for each mail
            mail.set_boundary(f"={id_of(message.key, f'parts of {envelope.workbook_id}')}")
        content = mail.as_bytes()
        _check(mail, content, recipient)
    except UnfitMessage:
        raise
    except Exception as error:  # the library's own parser crashes in many ways on odd headers
        raise UnfitMessage(
            "This message cannot be made into an e-mail.", "Look for odd signs in name and subject."
        ) from error
    return Mail(recipient.addr_spec, content)


def message_id(message: Message, envelope: Envelope, domain: str) -> str:
    """Return the same id for the same key, always: should a second copy ever go out, the mailbox knows it."""
    return f"<{id_of(message.key, envelope.workbook_id)}@{domain}>"


def id_of(key: Key, workbook_id: str) -> str:
    """Return what stands before the @ of the Message-ID of a message: by it an answer is known to be one to it."""
    return sha256(f"{key.digest}/{workbook_id}".encode("utf-8", "surrogatepass")).hexdigest()[:40]


def one_line(text: str) -> str:
    """Return text that is safe in a header: no control, surrogate or line separator, blanks joined, `=?` broken."""
    return " ".join(_NOT_IN_HEADERS.sub(" ", text).split()).replace("=?", "= ?")


def mailbox(text: str, name: str = "") -> Address:
    """Return the one address that stands in a text (`address` or `Name <address>`), its domain in ASCII.

    Raises UnfitMessage.
    """
    named = _NAMED.fullmatch(text)
    address = (named["address"] if named else text).strip()
    local, at, domain = address.rpartition("@")
    if not at or not _LOCAL_PART.fullmatch(local) or "=?" in local:
        raise UnfitMessage(
            "The address is no e-mail address, or has letters that mail servers do not take before the @."
        )
    return Address(one_line((named and named["name"].strip('"')) or name)[:_NAME_LENGTH].strip(), local, _ascii(domain))


def not_an_address(text: str, code: str | None = None) -> UsageError:
    """Return the error for an address that was given in a call and is none."""
    return UsageError(
        f"{text!r} is no e-mail address.",
        "Write it like you@example.com.",
        code=code,
        text="not-an-address",
        params={"value": text},
    )


def _ascii(domain: str) -> str:
    if not domain.isascii():
        try:
            # the library would put UTF-8 bytes there; IDNA 2008 with the mapping of UTS 46 is what browsers do
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise UnfitMessage("The domain of the address does not exist in this form.") from error
    if not _DOMAIN.fullmatch(domain):
        raise UnfitMessage("The domain of the address does not exist in this form.")
    return domain


def _unsubscribe(message: Message, envelope: Envelope) -> list[tuple[str, str]]:
    """Return the headers behind the mail program's own “unsubscribe” button (RFC 2369, RFC 8058)."""
    wish = envelope.unsubscribe.strip()
    https = wish if re.fullmatch(r"https://[^\s<>,\"]+", wish) else ""
    try:
        target = mailbox(wish.removeprefix("mailto:")) if wish and not https else None
    except UnfitMessage:
        target = None
    target = target or mailbox(envelope.reply_to if envelope.reply_to.strip() else envelope.sender)
    ways = [f"<mailto:{quote(target.addr_spec, safe='@')}?subject=unsubscribe>"]
    if not https:
        return [("List-Unsubscribe", ways[0])]
    # the POST says nothing but “One-Click”: whose message it was must stand in the address
    key = message.key.short
    url = https.replace("{key}", key) if "{key}" in https else f"{https}{'&' if '?' in https else '?'}key={key}"
    return [
        ("List-Unsubscribe", ", ".join([f"<{quote(url, safe=_URL_SIGNS)}>", *ways])),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ]


_URL_SIGNS = "%:/?#[]@!$&'()*+;=~-._"


def _plain(text: str) -> str:
    """Return a body with one kind of line end and without characters that no mail may hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_IN_BODIES.sub("", text)


def _check(mail: EmailMessage, content: bytes, recipient: Address) -> None:
    """Read the finished bytes as the receiver will: exactly our headers, one recipient, the words unchanged."""
    back = BytesParser(policy=_POLICY).parsebytes(content.partition(b"\r\n\r\n")[0], headersonly=True)
    ours, theirs = sorted(map(str.lower, mail.keys())), sorted(map(str.lower, back.keys()))
    # blanks aside: the library reads one between the two halves of a long encoded name
    same = all(_joined(back[name]) == _joined(mail[name]) for name in ("From", "To", "Subject", "Message-ID"))
    to: Any = back["To"]
    addresses = [a.addr_spec for a in to.addresses]
    if ours != theirs or not same or addresses != [recipient.addr_spec]:
        raise UnfitMessage("A header of this message does not survive.", "Look for odd signs in name and subject.")


def _joined(text: object) -> str:
    return "".join(str(text).split())
