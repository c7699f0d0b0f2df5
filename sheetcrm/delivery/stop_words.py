"""How people say that they want no more messages: the words that our own texts ask for, in six languages, and plain sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum

from sheetcrm.delivery.quoting import said_in
from sheetcrm.delivery.stop_phrases import phrases
from sheetcrm.languages.folding import fold

_STOP = frozenset(
    fold(word)
    for word in (
        *("stop", "стоп", "basta", "baja", "unsubscribe", "optout"),
        *("wypisz", "wypisuję", "wypisać", "wypisanie"),
        *("відписка", "відписатися", "відписатись", "відпишіть"),
        *("отписка", "отписаться", "отпишите"),
        *("cancellatemi", "disiscrivi", "disiscrivimi", "disiscrizione"),
        *("desuscribir", "desuscribirme"),
    )
)
"""Not `cancel` and its like: to a reminder that is said of the visit."""

_POLITE = frozenset(
    fold(word)
    for word in (
        *("please", "thanks", "thank", "you", "me", "all", "now", "it", "hi", "hello", "dear"),
        *("proszę", "dziękuję", "dzięki", "mnie", "z", "listy"),
        *("будь", "ласка", "дякую", "мене"),
        *("пожалуйста", "спасибо", "меня"),
        *("per", "favore", "grazie", "mi"),
        *("por", "favor", "gracias"),
    )
)
_SUBJECTS = frozenset({"unsubscribe", *_STOP})
_LONGEST = 16_000  # characters of a text that are looked at: what she quotes may stand above her words
_LONGEST_SENTENCE = 300
_MOST_SENTENCES = 200
_SHORT = 60  # words up to which a reply is all about one thing
_SENTENCES = re.compile(r"[.!?;:…\n]+")
_BRACKETS = re.compile(r"[()\[\]]")


class Wish(IntEnum):
    """Whether a reply asks for no more messages; `FORGET`: for that, and for what is kept of its writer to be deleted."""

    NONE, PERHAPS, CERTAIN, FORGET = range(4)


def wish_in(text: str) -> Wish:
    """Return whether what its writer says in a reply herself is a wish for no more messages.

    Certain is a line or sentence that says nothing else, in a reply that is short. One that says it in passing, with a condition or
    among much else is a `PERHAPS`, as is the word alone where nobody can tell who wrote it: beneath a quotation without marks.
    """
    said = said_in(text[:_LONGEST])
    sentences = list(_sentences(said.hers))[:_MOST_SENTENCES]
    found = max(map(_wish, sentences), default=Wish.NONE)
    if found > Wish.PERHAPS and sum(len(one.split()) for one in sentences) > _SHORT:
        return Wish.PERHAPS
    if found is Wish.NONE and _ends_with_it(said.perhaps):
        return Wish.PERHAPS
    return found


def is_unsubscribe_subject(subject: str) -> bool:
    """Tell whether a subject is that of an unsubscribe button, or the word itself."""
    return fold(subject[:_LONGEST_SENTENCE]) in _SUBJECTS


def _sentences(lines: Sequence[str]) -> Iterator[str]:
    """Yield the sentences in folded words. A line that is the word alone is one; any other may go on in the next line."""
    paragraph: list[str] = []
    for line in (*lines, ""):
        words = fold(_BRACKETS.sub(" ", line[:_LONGEST_SENTENCE]))
        if words and not _is_word(words):
            paragraph.append(line)
            continue
        for sentence in _SENTENCES.split(" ".join(paragraph)[: _LONGEST_SENTENCE * 4]):
            if folded := fold(_BRACKETS.sub(" ", sentence[:_LONGEST_SENTENCE])):
                yield folded
        paragraph = []
        if words:
            yield words


def _wish(sentence: str) -> Wish:
    if _is_word(sentence):
        return Wish.CERTAIN
    known = phrases()
    sentence = " ".join(known.harmless.sub(" ", sentence).split())
    for asked, wish in ((known.forget, Wish.FORGET), (known.certain, Wish.CERTAIN)):
        if found := asked.search(sentence):
            doubtful = known.negated.search(sentence[: found.start()].rstrip()) or known.limited.search(sentence)
            return Wish.PERHAPS if doubtful else wish
    return Wish.PERHAPS if known.perhaps.search(sentence) else Wish.NONE


def _is_word(words: str) -> bool:
    """Tell whether these are the word that our texts ask for, and politeness."""
    rest = [word for word in words.split() if word not in _POLITE and not word.isdecimal()]
    return bool(rest) and all(word in _STOP for word in rest)


def _ends_with_it(lines: Sequence[str]) -> bool:
    """Tell whether lines of which nobody can tell who wrote them end with the word alone, beneath a text."""
    said = [words for line in lines if (words := fold(line[:_LONGEST_SENTENCE]))]
    return len(said) > 1 and _is_word(said[-1])
