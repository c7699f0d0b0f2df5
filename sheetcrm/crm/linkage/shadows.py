"""Shadow forms: what two spellings of one word have in common. They are compared, never shown, never written anywhere."""

from __future__ import annotations

import re
from functools import lru_cache

from anyascii import anyascii

from sheetcrm.languages.folding import mend_lookalikes

_SILENT = dict.fromkeys(map(ord, "ьъЬЪ'’ʼ`´‘"), None)
_NOT_LETTER = re.compile(r"[^a-z0-9]")
# what one sound is written as in Polish, English, Italian, Spanish, and in the transliterations of Cyrillic
_SOUNDS = {
    **dict.fromkeys(("shch", "szcz", "scz", "sch", "shh", "sh", "sz"), "s"),
    **dict.fromkeys(("tsch", "tch", "cz", "ts", "tz", "tc"), "c"),
    **dict.fromkeys(("zh", "rz"), "z"),
    "kh": "h",
    "ph": "f",
    "th": "t",
    "ck": "k",
    "gh": "g",
}
_SOUND = re.compile("|".join(sorted(_SOUNDS, key=len, reverse=True)) + "|ch")
_LETTERS = str.maketrans({"q": "k", "w": "v", "x": "ks", "y": "i", "j": "i"})
_HARD_C = re.compile(r"c(?![ei])")
_GLIDES = re.compile(r"i+(?=[aeou])|(?<=[aeou])i$")
_DOUBLE = re.compile(r"(.)\1+")
_VOWELS = re.compile(r"[aeiou]")


@lru_cache(maxsize=1 << 18)
def plain(word: str) -> str:
    """Return a word in plain Latin letters: transliterated, lower case, letters of another script that only look alike mended.

    >>> plain("Łukasz"), plain("Гнатюк"), plain("D'Amico"), plain("Мaкapcький")
    ('lukasz', 'gnatyuk', 'damico', 'makarskiy')
    """
    if word.isascii() and word.isalpha():
        return word.lower()
    return _NOT_LETTER.sub("", anyascii(mend_lookalikes(word.casefold()).translate(_SILENT)).casefold())


@lru_cache(maxsize=1 << 18)
def shadow(word: str) -> str:
    """Return what the spellings of one name in several languages share, mostly.

    >>> shadow("Гнатюк") == shadow("Hnatiuk") == shadow("Gnatyuk"), shadow("Щербак") == shadow("Szczerbak")
    (True, True)
    """
    sounds = _SOUND.sub(_sound, plain(word)).translate(_LETTERS)
    sounds = _HARD_C.sub("k", sounds).replace("h", "g")
    return _DOUBLE.sub(r"\1", _GLIDES.sub("", sounds))


def _sound(found: re.Match[str]) -> str:
    text = found[0]
    if text == "ch":
        follows = found.string[found.end() : found.end() + 1]
        return "c" if not follows or follows in "aeiouyj" else "h"  # Tkach, Chekhov; Christina
    return _SOUNDS[text]


@lru_cache(maxsize=1 << 18)
def skeleton(shadowed: str) -> str:
    """Return the consonants of a shadow form, and whether it begins with a vowel: typing errors are mostly in vowels.

    >>> skeleton("elena"), skeleton("makarski")
    ('Aln', 'mkrsk')
    """
    if not shadowed:
        return ""
    first = "A" if shadowed[0] in "aeiou" else shadowed[0]
    return (first + _VOWELS.sub("", shadowed[1:])).replace("c", "k")
