"""How typed words are compared: regardless of case, accents, blanks, punctuation, units, look-alike letters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = dict.fromkeys(map(ord, "'’ʼ`´‘"), None)  # U+02BC is a letter to Unicode; people write ім'я, ім’я and імя
_LETTERS = str.maketrans({"ł": "l", "Ł": "l", "ø": "o", "đ": "d", "ß": "ss", "№": " ", "º": "", "ª": ""})
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_UNIT = re.compile(
    r",\s*(?:zł|zl|pln|грн|uah|руб|р|eur|€|\$|usd|£|gbp|euro|dni|днів|дней|days|giorni|días|%)\.?\s*$", re.IGNORECASE
)
_NOT_WORD = re.compile(r"[\W_]+")
_TO_LATIN = str.maketrans("авекмнорстухіј", "abekmhopctyxij")
_TO_CYRILLIC = str.maketrans("abekmhopctyxij", "авекмнорстухіј")
_YES_SIGNS = {
    "+": "+",
    "✓": "+",
    "✔": "+",
    "☑": "+",
    "✅": "+",
    "-": "-",
    "–": "-",
    "—": "-",
    "☐": "-",
    "✗": "-",
    "❌": "-",
}


def mend_lookalikes(word: str) -> str:
    """Give a word of mixed scripts the script of most of its letters: `Е-mail` with a Cyrillic Е is Latin."""
    if word.isascii():
        return word
    latin = sum("a" <= c <= "z" for c in word)
    cyrillic = sum("\u0400" <= c <= "\u04ff" for c in word)
    if not latin or not cyrillic:
        return word
    return word.translate(_TO_LATIN) if latin >= cyrillic else word.translate(_TO_CYRILLIC)


def _strip_marks(text: str) -> str:
    # й and ї keep their marks: without them Ukrainian and Russian words collide
    out = []
    for char in unicodedata.normalize("NFC", text):
        if char in "йїў":
            out.append(char)
        else:
            out.extend(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    return "".join(out)


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return the form in which two spellings of one word are equal; words are joined with one blank.

    >>> fold("Kwota (zł)"), fold("  КЛІЄНТ: "), fold("E-Mail")
    ('kwota', 'клієнт', 'email')
    """
    bare = _UNIT.sub("", _BRACKETS.sub(" ", text)).strip()
    text = (bare or text).casefold().translate(_APOSTROPHES).translate(_LETTERS)
    text = _strip_marks(text).replace("e-mail", "email").replace("е-mail", "email")
    words = (mend_lookalikes(w) for w in _NOT_WORD.split(text))
    return " ".join(w for w in words if w)


def fold_choice(text: str) -> str:
    """Like `fold`, but signs that stand for yes and no (+ - ✓ ☑) are kept when they are all there is."""
    sign = _YES_SIGNS.get(text.strip())
    return sign if sign is not None else fold(text)


@lru_cache(maxsize=4096)
def name_alike(text: str) -> str:
    """Return the form in which a name that only identifies is the same however typed: case, accents and blanks apart.

    Unlike `fold` it keeps signs and brackets: `Promo (VIP)` and `Promo` are two campaigns.

    >>> name_alike("  Życzenia\u00a0 URODZINOWE "), name_alike("Promo (VIP)")
    ('zyczenia urodzinowe', 'promo (vip)')
    """
    return " ".join(_strip_marks(text.casefold().translate(_LETTERS)).split())
