"""Links that open a message, finished, in a program of the owner's: she reads it once more and presses Send. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote

LONGEST = 2079
"""Characters that Excel takes in a link (its specifications and limits)."""

_NUMBER = re.compile(r"\+\d{6,15}")
_NAME = re.compile(r"@\w{4,32}", re.ASCII)
_MAILBOX = re.compile(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+")
_SAFE_IN_MAILBOX = "@!$'*+-./=^_`{|}~"


def hand_link(channel: str, to: str, subject: str, text: str) -> str:
    """Return the address that opens a message for whoever it is to, "" where there is none.

    A text that is too long for a link is left out of it: she copies it from its cell.

    >>> hand_link("whatsapp", "+48501002003", "", "Sto lat, Aniu!")
    'https://wa.me/48501002003?text=Sto%20lat%2C%20Aniu%21'
    >>> hand_link("sms", "+48501002003", "", "Cześć & sto lat")
    'sms:+48501002003?&body=Cze%C5%9B%C4%87%20%26%20sto%20lat'
    >>> hand_link("email", "anna@example.com", "Sto lat!", "Pani Anno,")
    'mailto:anna@example.com?subject=Sto%20lat%21&body=Pani%20Anno%2C'
    """
    to = to.strip()
    if channel == "email":
        if not _MAILBOX.fullmatch(to):
            return ""
        mailbox = quote(to, safe=_SAFE_IN_MAILBOX)
        about = f"mailto:{mailbox}?subject={_encoded(subject)}"
        whole = f"{about}&body={_encoded(text, line_end='%0D%0A')}"
        return _first_short(whole, about, f"mailto:{mailbox}")
    if channel == "whatsapp" and _NAME.fullmatch(to):  # of Telegram's; it takes no text
        return f"https://t.me/{to[1:]}"
    if not _NUMBER.fullmatch(to):
        return ""
    if channel == "whatsapp":
        return _first_short(f"https://wa.me/{to[1:]}?text={_encoded(text)}", f"https://wa.me/{to[1:]}")
    # Android wants `?body=`, iPhones `&body=`: what both understand is this (RFC 5724 knows only the former)
    return _first_short(f"sms:{to}?&body={_encoded(text)}", f"sms:{to}") if channel == "sms" else ""


def _encoded(text: str, *, line_end: str = "%0A") -> str:
    return quote(text.replace("\r\n", "\n"), safe="", errors="replace").replace("%0A", line_end)


def _first_short(*links: str) -> str:
    return next((link for link in links if len(link) <= LONGEST), "")
