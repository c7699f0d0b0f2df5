"""How long a text is as an SMS: its parts, by the alphabet that its letters need (3GPP TS 23.038, 23.040)."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

# the default alphabet without its controls but line feed, and the extension, two characters each
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[~]|€")
_ROOM = {True: (160, 153), False: (70, 67)}  # GSM alphabet or not: characters of a single SMS, of one part of several

_BARE = str.maketrans(
    {
        **dict(zip("łŁđĐðıħ", "lLdDdih", strict=True)),
        **dict.fromkeys("“”„«»‟″", '"'),
        **dict.fromkeys("‘’‚ʼ′`´", "'"),
        **dict.fromkeys("–—‒―‑−", "-"),
        **dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}", " "),
        "\N{SOFT HYPHEN}": "",
        "…": "...",
        "•": "-",
        "œ": "oe",
        "Œ": "OE",
    }
)
"""Letters and signs that no decomposition makes plain."""


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
    parts = _parts(text, part, plain=not letters)
    return SmsLength(parts, characters, parts * part, letters)


def _parts(text: str, room: int, *, plain: bool) -> int:
    """Return how many parts of `room` characters a text fills: what is two characters is never torn between two parts."""
    if (plain and _EXTENSION.isdisjoint(text)) or (not plain and max(text) <= "\uffff"):
        return -(-len(text) // room)
    parts, used = 1, 0
    for letter in text:
        size = 1 + (letter in _EXTENSION if plain else letter > "\uffff")
        if used + size > room:
            parts, used = parts + 1, 0
        used += size
    return parts


def plain_sms(text: str) -> str:
    """Return a text without the accents and signs that make a part of it hold 70 characters instead of 160.

    What the GSM alphabet has stays (é, ñ, ü, à); so does the whole text where that would not do: in Cyrillic, with an emoji.

    >>> plain_sms("Małgosiu, życzymy „pięknych” chwil – Café"), plain_sms("Олено, Małgosia")
    ('Malgosiu, zyczymy "pieknych" chwil - Café', 'Олено, Małgosia')
    """
    composed = unicodedata.normalize("NFC", text)
    plain = "".join(c if _is_gsm(c) else _bare(c) for c in composed)
    return plain if all(map(_is_gsm, plain)) else text


def _is_gsm(letter: str) -> bool:
    return letter in _GSM or letter in _EXTENSION


def _bare(letter: str) -> str:
    letter = letter.translate(_BARE)
    return "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
