"""How long a text is as an SMS: its parts, by the alphabet that its letters need (3GPP TS 23.038, 23.040)."""

from __future__ import annotations

from typing import NamedTuple

# the default alphabet without its controls but line feed, and the extension, two characters each
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[~]|€")
_ROOM = {True: (160, 153), False: (70, 67)}  # GSM alphabet or not: characters of a single SMS, of one part of several


class SmsLength(NamedTuple):
    """`parts` are what is paid for; of `room` characters in these parts `characters` are used.

    `letters` are those, each once, for which the GSM alphabet does not do, so that a part holds 70 instead of 160.
    """

    parts: int
    characters: int
    room: int
    letters: str


def sms_length(text: str) -> SmsLength:
    """Return how long a text is as an SMS."""
    letters = "".join(dict.fromkeys(c for c in text if c not in _GSM and c not in _EXTENSION))
    # in the other alphabet UTF-16 code units count: most emoji are two
    codes = len(text.encode("utf-16-le", "surrogatepass")) // 2
    characters = codes if letters else len(text) + sum(c in _EXTENSION for c in text)
    single, part = _ROOM[not letters]
    if characters <= single:
        return SmsLength(1, characters, single, letters)
    parts = -(-characters // part)
    return SmsLength(parts, characters, parts * part, letters)
