"""How people say that they want no more messages: the words that our own texts ask for, in six languages, and their like."""

from __future__ import annotations

import re
import unicodedata

_STOP = frozenset(
    {
        *("stop", "стоп", "basta", "baja", "unsubscribe", "optout"),
        *("wypisz", "wypisuję", "wypisać", "wypisanie"),
        *("відписка", "відписатися", "відписатись", "відпишіть"),
        *("отписка", "отписаться", "отпишите"),
        *("cancellatemi", "disiscrivi", "disiscrivimi", "disiscrizione"),
        *("desuscribir", "desuscribirme"),
    }
)
"""Not `cancel` and its like: to a reminder that is said of the visit."""

_PHRASES = frozenset(
    {
        ("opt", "out"),
        ("remove", "me"),
        ("no", "more", "messages"),
        ("no", "more", "emails"),
        ("darme", "de", "baja"),
        ("dar", "de", "baja"),
        ("proszę", "mnie", "wypisać"),
        ("більше", "не", "пишіть"),
        ("больше", "не", "пишите"),
        ("non", "scrivetemi", "più"),
        ("no", "más", "mensajes"),
        ("proszę", "nie", "pisać"),
    }
)
_POLITE = frozenset(
    {
        *("please", "thanks", "thank", "you", "me", "all", "now", "it", "hi", "hello", "dear"),
        *("proszę", "dziękuję", "dzięki", "mnie", "z", "listy"),
        *("будь", "ласка", "дякую", "мене"),
        *("пожалуйста", "спасибо", "меня"),
        *("per", "favore", "grazie", "mi"),
        *("por", "favor", "gracias"),
    }
)
_SUBJECTS = frozenset({"unsubscribe", *_STOP})
_LONGEST_LINE = 80
_LINES = 3  # that are looked at: “Hello,” may stand above her wish
_LONGEST = 4_000
_WORDS = re.compile(r"[^\W\d_]+")

# where what she answers to begins: our own footer below has the word STOP in it
_QUOTED = re.compile(
    r"^\s*(?:>|\|)"
    r"|^\s*-{2,}\s*(?:original|forwarded|oryginalna|wiadomość|початкове|исходное|пересыла|messaggio|mensaje)"
    r"|^\s*_{8,}\s*$|^-- ?$"
    r"|^\s*\*?(?:from|od|від|от|da|de|sent|wysłano)\*?\s*:\s"
    r"|^\s*(?:on|w dniu|dnia|il|el|le)\b.{0,200}\d.{0,200}$"
    r"|\b(?:wrote|napisała?|napisał\(a\)|pisze|пише|писав|писала|написав|написала|пишет|написал|ha scritto|scrive|escribió)"
    r"(?:\s*\(\w+\))?\s*:\s*$"
    r"|<[^<>\s]+@[^<>\s]+>",
    re.IGNORECASE,
)


def asks_to_stop(text: str) -> bool:
    """Tell whether one of the first lines above what she quotes is nothing but a wish for no more messages."""
    seen = 0
    for line in text[:_LONGEST].splitlines():
        if _QUOTED.search(line) or seen == _LINES:
            return False
        if words := _said(line):
            seen += 1
            if len(line) <= _LONGEST_LINE and _is_wish(words):
                return True
    return False


def is_unsubscribe_subject(subject: str) -> bool:
    """Tell whether a subject is that of an unsubscribe button, or the word itself."""
    words = _said(subject)
    return len(words) == 1 and words[0] in _SUBJECTS


def _said(line: str) -> tuple[str, ...]:
    return tuple(_WORDS.findall(unicodedata.normalize("NFC", line).casefold()))


def _is_wish(words: tuple[str, ...]) -> bool:
    rest = [word for word in words if word not in _POLITE]
    if rest and all(word in _STOP for word in rest):
        return True
    return any(words[at : at + len(phrase)] == phrase for phrase in _PHRASES for at in range(len(words)))
