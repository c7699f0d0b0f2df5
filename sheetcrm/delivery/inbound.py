"""What a mail that came in says to us: she wants nothing more, or it could not be delivered. Pure: bytes in, a finding out.

Anybody may have sent it, and it may be anything: it is read up to a limit, never deeper than a reply or a report goes, and what
cannot be read says nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import Message as Mail
from email.parser import BytesParser, HeaderParser
from email.utils import getaddresses, parsedate_to_datetime

from sheetcrm.delivery.optouts import ERASURE
from sheetcrm.delivery.stop_words import Wish, is_unsubscribe_subject, wish_in

LONGEST = 262_144
"""Bytes of a mail that are read: a reply's words stand at its top, a report before the mail that it reports on."""

_MOST_PARTS = 20  # a reply has two or three, a report three; a thousand nested ones take the square of that
_MOST_HEADERS = 500
_MOST_NAMES = 50
_MOST_BLOCKS = 2_000
_LONGEST_HEADER = 2_000
_LONGEST_SAID = 500
_LONGEST_TEXT = 65_536
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "unicode_escape", "unicode-escape", "raw_unicode_escape"}
)  # some are slow
_OLDEST = 2000  # the year that a mail may be of: clocks that were never set begin before it
_HUMAN = 8_000  # characters of a report's words
_IDS = re.compile(r"<([^<>\s@]{1,300})@[^<>\s]{1,300}>")
_IN_THE_TEXT = re.compile(r"(?im)^[> \t]{0,20}message-id:\s{0,9}<([^<>\s@]{1,300})@")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE = re.compile(r"(?<![\d.:-])([45]\d\d)(?=[ -]|$)")
_BRACKETED = re.compile(r"<([^<>\s@]{1,100}@[^<>\s@]{1,200})>|(?m:^([^<>\s:@]{1,100}@[^<>\s:@]{1,200}):?[ \t]*$)")
_PIECES = re.compile(r"<(/?\w*)[^<>]*>|[^<]+|<")
_UNSEEN = frozenset({"style", "script", "head"})
_POSTMEN = frozenset({"mailer-daemon", "postmaster", "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e"})
_NOTICE = re.compile(  # the subjects of holiday notices that say so in no header
    r"\s*(?:auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office|automatyczna odpowiedź|odpowiedź automatyczna|autoodpowiedź"
    r"|автоответ|автоматический ответ|автовідповід|автоматична відповідь|вне офиса|поза офісом|risposta automatica|fuori (?:sede|ufficio)"
    r"|respuesta automática|fuera de (?:la )?oficina)",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"user unknown|unknown user|no such (?:user|recipient|mailbox|person)|(?:user|recipient|mailbox|address|account)"
    r" (?:\S+ ){0,3}(?:not found|does not exist|doesn't exist|is disabled|unavailable|rejected|invalid)|invalid recipient"
    r"|no mailbox here|host (?:or domain name )?not found|domain (?:name )?not found|does not like recipient",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OptOut:
    """She wants nothing more: `sender` is the address that says so, `refers` the local parts of the Message-IDs it answers.

    `source`: `reply` (her words), `unsubscribe` (her mail program's button), `erasure` (she asks for her data to be deleted, too).
    """

    sender: str
    refers: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """She may want nothing more, and may not: a person has to read her reply. `sender` and `refers` as in `OptOut`.

    `at`: when she wrote it, as the mail says itself; None where it does not say so.
    """

    sender: str
    refers: tuple[str, ...]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """A mail that came back for good: to whom it went, the local parts of the Message-IDs it may have had, and what was said.

    `detail` begins with a reply code 5xx. `gone`: the address itself is at fault, not the mail, its sender or a full mailbox.
    """

    recipients: tuple[str, ...]
    refers: tuple[str, ...]
    detail: str
    gone: bool


Finding = OptOut | Unclear | Returned
"""What a mail may say to us."""


def read(data: bytes) -> Finding | None:
    """Return what a mail says; None for anything else, whatever it is: an answer, a holiday notice, a delay, spam, rubbish."""
    data = data[:LONGEST]
    try:
        head = HeaderParser(policy=policy.compat32).parsestr(_head_of(data))
        if len(head) > _MOST_HEADERS:
            return None
        if _is_report(head):
            blocks = data.count(b"\n\n") + data.count(b"\r\n\r\n")  # each is a message of its own to the parser
            return None if blocks > _MOST_BLOCKS else _returned(_whole(data), head)
        return _opt_out(data, head)
    except Exception:  # noqa: BLE001 - the library's parser crashes in many ways on what strangers send (RecursionError among them)
        return None


def _head_of(data: bytes) -> str:
    head = re.split(rb"\r?\n\r?\n", data, maxsplit=1)[0]
    return head.decode("utf-8", "replace")


def _whole(data: bytes) -> Mail:
    """Return a mail in its parts; of one that has too many only its head, and what follows as one text."""
    if data.lower().count(b"boundary=") + data.lower().count(b"message/rfc822") > _MOST_PARTS:
        return BytesParser(policy=policy.compat32).parsebytes(data, headersonly=True)
    return BytesParser(policy=policy.compat32).parsebytes(data)


def _header(mail: Mail, name: str) -> str:
    """Return the beginning of a header, "" without."""
    return str(mail.get(name, ""))[:_LONGEST_HEADER].strip()


def _word(mail: Mail, name: str) -> str:
    return _header(mail, name).lower()


def _ids(mail: Mail) -> tuple[str, ...]:
    found = (_IDS.findall(_header(mail, name)) for name in ("In-Reply-To", "References"))
    return tuple(dict.fromkeys(one for ids in found for one in ids))[:_MOST_NAMES]


def _sender(mail: Mail) -> str:
    """Return the one address that a mail is from; "" where it has none or several: then nobody says anything."""
    if len(mail.get_all("From", [])) != 1:
        return ""
    addresses = {address.lower() for _, address in getaddresses([_header(mail, "From")]) if "@" in address}
    return addresses.pop() if len(addresses) == 1 else ""


def _is_report(head: Mail) -> bool:
    if "delivery-status" in _word(head, "Content-Type") or head.get("X-Failed-Recipients"):
        return True
    local = _sender(head).partition("@")[0]
    return local in _POSTMEN or (_word(head, "Return-Path") == "<>" and "delivery" in _word(head, "Subject"))


# --- she wants nothing more


def _opt_out(data: bytes, head: Mail) -> OptOut | Unclear | None:
    sender = _sender(head)
    if not sender or head.get("List-Id"):
        return None
    subject = _decoded(_header(head, "Subject"))
    if is_unsubscribe_subject(subject):
        # before the next question: a mail program's own button may call its mail generated
        return OptOut(sender, _ids(head), "unsubscribe")
    if _is_automatic(head) or _NOTICE.match(subject):
        return None
    wish = wish_in(_text(_whole(data)))
    if wish > Wish.PERHAPS:
        return OptOut(sender, _ids(head), ERASURE if wish is Wish.FORGET else "reply")
    return Unclear(sender, _ids(head), _date(head)) if wish is Wish.PERHAPS else None


def _date(head: Mail) -> datetime | None:
    """Return when a mail says that it was written; None where that cannot be read, or was before anybody wrote mails to us."""
    try:
        said = parsedate_to_datetime(_header(head, "Date"))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    if said.year < _OLDEST:
        return None
    return said if said.tzinfo is not None else said.replace(tzinfo=UTC)


def _is_automatic(head: Mail) -> bool:
    """Tell a holiday notice from a person: RFC 3834, and what programs did before it."""
    if _word(head, "Auto-Submitted") not in ("", "no"):
        return True
    if _word(head, "Precedence") in ("auto_reply", "bulk", "junk", "list"):
        return True
    return any(head.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply-From"))


def _decoded(value: str) -> str:
    from email.header import decode_header, make_header  # noqa: PLC0415 - beside its one use

    return str(make_header(decode_header(value)))


def _text(mail: Mail) -> str:
    """Return the words of a mail: of its first plain part, else of its first HTML part without the marks."""
    plain = next((part for part in _parts(mail) if part.get_content_type() == "text/plain"), None)
    if plain is not None and (words := _words(plain)).strip():
        return words
    rich = next((part for part in _parts(mail) if part.get_content_type() == "text/html"), None)
    return "" if rich is None else html.unescape("".join(_seen(_words(rich))))


def _seen(page: str) -> Iterator[str]:
    """Yield what is seen of an HTML text, a line a line; of what she quotes, that there is such."""
    within, quoted = "", 0
    for piece in _PIECES.finditer(page):
        tag = (piece[1] or "").lower()
        if tag in ("blockquote", "/blockquote"):
            quoted = max(0, quoted + (1 if tag == "blockquote" else -1))
            yield "\n>\n"
        elif quoted:
            continue
        elif within:
            within = "" if tag == f"/{within}" else within
        elif tag in _UNSEEN:
            within = tag
        elif piece[1] is None:
            yield " ".join(piece[0].split("\n"))
        elif tag in ("br", "/p", "/div", "p", "div"):
            yield "\n"


def _parts(mail: Mail) -> Iterator[Mail]:
    """Yield the parts that are texts, not those of a mail that is attached."""
    for part in mail.walk():
        if part.get_content_type() == "message/rfc822":
            return
        if part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment":
            yield part


def _words(part: Mail) -> str:
    """Return a part's text; where its charset lies, another one that fits."""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return str(content or "")
    content, said = content[:_LONGEST_TEXT], str(part.get_content_charset() or "utf-8").lower()
    for charset in ("utf-8" if said in _NO_CHARSETS else said, "utf-8", "cp1251"):
        try:
            return content.decode(charset)
        except (LookupError, UnicodeError):
            continue
    return content.decode("latin-1")


# --- it came back


def _returned(mail: Mail, head: Mail) -> Returned | None:
    blocks = [part for part in mail.walk() if part.get_content_type() == "message/delivery-status"]
    told = [_of_block(block) for part in blocks for block in _blocks(part)]
    if blocks:
        failed = [(address, detail) for action, address, detail in told if action == "failed" and detail]
    else:
        failed = list(_in_words(mail, head))
    final = [(address, detail) for address, detail in failed if detail[0] == "5" and "@" in address]
    if not final:
        return None
    recipients = tuple(dict.fromkeys(address.lower() for address, _ in final))[:_MOST_NAMES]
    detail = final[0][1]
    return Returned(recipients, _reported_ids(mail, head), detail, _is_gone(detail))


def _blocks(part: Mail) -> list[Mail]:
    content = part.get_payload()
    return [one for one in content if isinstance(one, Mail)] if isinstance(content, list) else []


def _of_block(block: Mail) -> tuple[str, str, str]:
    """Return (action, address, what was said) of one recipient of a report: RFC 3464."""
    address = (
        (_header(block, "Original-Recipient") or _header(block, "Final-Recipient")).rpartition(";")[2].strip(" <>")
    )
    status = _STATUS.search(_header(block, "Status"))
    said = _header(block, "Diagnostic-Code").partition(";")[2]
    return _word(block, "Action"), address, _detail(status[0] if status else "", said)


def _detail(status: str, said: str) -> str:
    """Return a reply as `550 5.1.1 words`: the code by the status where the words have none."""
    said = " ".join(said[:_LONGEST_SAID].split())
    code = _CODE.search(said)
    enhanced = status or (found[0] if (found := _STATUS.search(said)) else "")
    if not code and not enhanced:
        return ""
    # the report's own word beats the number that a server happened to say: a delay that ended is 4.4.7 with a 5xx in its text
    number = code[1] if code and (not enhanced or code[1][0] == enhanced[0]) else f"{enhanced[0]}50"
    words = _STATUS.sub("", said[code.end() :] if code else said).strip(" -:")
    return " ".join(filter(None, (number, enhanced, words)))


def _in_words(mail: Mail, head: Mail) -> Iterator[tuple[str, str]]:
    """Yield (address, what was said) of a report that only people are meant to read (qmail, Exim, older Exchange)."""
    text = "\n".join(_words(part) for part in _parts(mail))[:_HUMAN]
    named = _header(head, "X-Failed-Recipients").split(",")
    found = [a or b for a, b in _BRACKETED.findall(text)]
    detail = next((d for line in _said_lines(text) if (d := _detail("", line))), "")
    for address in [*filter(None, map(str.strip, named)), *found][:_MOST_NAMES]:
        yield address, detail


def _said_lines(text: str) -> Iterator[str]:
    lines = [line.strip() for line in text.splitlines()]
    lines = [line[:_LONGEST_SAID] for line in lines]
    yield from (line for line in lines if _CODE.search(line) and _STATUS.search(line))
    yield from (line for line in lines if _CODE.search(line) and _NOBODY.search(line))


def _reported_ids(mail: Mail, head: Mail) -> tuple[str, ...]:
    """Return by which Message-IDs the mail that came back may have gone out."""
    found = list(_ids(head))
    for part in mail.walk():
        if part is not mail and (own := part.get("Message-ID")):
            found += _IDS.findall(str(own))
        if part.get_content_type() in ("text/rfc822-headers", "text/plain", "message/rfc822-headers"):
            found += _IN_THE_TEXT.findall(_words(part))
    return tuple(dict.fromkeys(found))[:_MOST_NAMES]


def _is_gone(detail: str) -> bool:
    """Tell whether nobody lives at that address, from what was said: a full mailbox, a policy or a filter is another thing."""
    status = _STATUS.search(detail)
    if status is None:
        return bool(_NOBODY.search(detail))
    subject, number = status[2], status[3]
    if subject == "1":
        return number not in ("7", "8")  # RFC 3463: bad sender's address
    if (subject, number) == ("2", "1") or (subject, number) == ("4", "4"):
        return True  # mailbox disabled; the domain has no mail server
    return subject in ("0", "4", "5") and bool(_NOBODY.search(detail))
