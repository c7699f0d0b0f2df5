"""What a server's reply means for one message, and for those after it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from sheetcrm.crm.values import Delivery, Status

CLOSING = 421
_OK = range(200, 300)
_LATER = range(400, 500)
_NEVER = range(500, 600)
_INSUFFICIENT = 452
_LONGEST = 200

_ENHANCED = re.compile(r"^\W*([245])\.(\d{1,3})\.(\d{1,3})\b")
_QUOTA = re.compile(
    r"(daily|hourly|sending|submission|relay|message|sender|user)\W{0,2}(\w+\W)?(limit|quota|rate)\b|submissionquota"
    r"|too many (e-?mails|mails|messages|recipients)|rate.?limit|(limit|quota) (was |is |has been )?(exceeded|reached)",
    re.IGNORECASE,
)
_MAILBOX = re.compile(r"mailbox|inbox|recipient'?s|user is over|account.{1,40}(over quota|is full)", re.IGNORECASE)
# words in a refusal of the recipient that are about us, not about her: Postfix checks the sender only at RCPT
_ABOUT_US = re.compile(
    r"relay|authenticat|log ?in first|sender (address|verify)|not owned by|client host|blocked using|spamhaus"
    r"|blacklist|blocklist"
    r"|send ?as ?denied|not allowed to send|account .{0,40}(disabled|suspended|blocked|locked)|dmarc|dkim|\bspf\b",
    re.IGNORECASE,
)
_SEND_AS = ("2", "252")  # Exchange: the login may not send under this sender's address
_TOO_LARGE = re.compile(r"size|too (large|big)", re.IGNORECASE)
_ADDRESS = re.compile(r"<[^<>\s]*>|[^\s<>()\"',;:]+@[^\s<>()\"',;]+")


class Stage(IntEnum):
    """How far a message has got. Up to BODY it has certainly not been taken."""

    IDLE = 0
    MAIL = 1
    RCPT = 2
    DATA = 3
    BODY = 4
    HANDED_OVER = 5  # the final dot may have arrived: only the server's reply tells


@dataclass(frozen=True, slots=True)
class Reply:
    """The server's last word on a message, and at which stage it was said."""

    stage: Stage
    code: int
    text: str


def verdict(reply: Reply, secrets: Iterable[str]) -> Delivery:
    """Return what a reply means. `secrets` are words that must not appear in the detail: address, password."""
    said = f"{reply.code} {scrub(reply.text, secrets)}".strip()
    if reply.code in _LATER or reply.code in _NEVER:
        return _refused(reply, said)
    handed_over = reply.stage is Stage.HANDED_OVER
    if handed_over and reply.code in _OK:
        return Delivery(Status.SENT, said)
    said = f"the server's answer makes no sense: {said}"
    return Delivery(Status.UNKNOWN, said) if handed_over else Delivery(Status.FAILED, said, passing=True, stop=True)


def _refused(reply: Reply, said: str) -> Delivery:
    """Return what a refusal means: RFC 5321 4.2.1 is clear that the message was not taken then, also after the dot."""
    if _is_quota(reply):
        return Delivery(Status.FAILED, f"sending limit: {said}", passing=True, stop=True)
    if reply.code in _LATER:
        return Delivery(Status.FAILED, said, passing=True)
    if reply.stage is Stage.MAIL and _is_too_large(reply):  # its size was told there: the others may well go
        return Delivery(Status.FAILED, said)
    if reply.stage is Stage.MAIL or _is_about_us(reply):
        # the same would be said of every message: nobody's address is at fault, nobody is marked as refused
        return Delivery(Status.FAILED, f"the server refuses this sender: {said}", passing=True, stop=True)
    return Delivery(Status.FAILED, said)


def _is_quota(reply: Reply) -> bool:
    """Tell a limit of ours (stop, the rest goes tomorrow) from her full mailbox (go on)."""
    subject, detail = _enhanced(reply.text)
    if subject == "2" or (not subject and _MAILBOX.search(reply.text)) or "size" in reply.text.lower():
        return False
    if (subject, detail) == ("4", "5") and reply.code in _NEVER:
        return True  # Google: 550 5.4.5 Daily user sending limit exceeded
    if reply.code == CLOSING and subject == "7":
        return True  # Google, Yahoo: 421 4.7.0 rate
    return reply.code == _INSUFFICIENT or bool(_QUOTA.search(reply.text))


def _is_about_us(reply: Reply) -> bool:
    subject, detail = _enhanced(reply.text)
    if (subject == "1" and detail in ("7", "8")) or (subject, detail) == _SEND_AS:
        return True  # RFC 3463: bad sender's mailbox or system address
    return subject != "2" and bool(_ABOUT_US.search(reply.text))


def _is_too_large(reply: Reply) -> bool:
    return _enhanced(reply.text) == ("3", "4") or bool(_TOO_LARGE.search(reply.text))


def _enhanced(text: str) -> tuple[str, str]:
    found = _ENHANCED.match(text)
    return (found[2], found[3]) if found else ("", "")


def scrub(text: str, secrets: Iterable[str]) -> str:
    """Return a server's words on one line, without addresses and secrets: they go into logs, sheets and terminals."""
    text = _ADDRESS.sub("…", " ".join(text.split()))
    for secret in secrets:
        for word in {secret, secret.partition("@")[0]}:
            # shorter ones would tear words apart; and a pattern of its own for each recipient takes longer than the mail
            if len(word) > 2 and word.casefold() in text.casefold():  # noqa: PLR2004 - see above
                text = re.sub(re.escape(word), "…", text, flags=re.IGNORECASE)
    text = "".join(c for c in text if c.isprintable())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
