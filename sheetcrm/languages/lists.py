"""Words in a list of people that are nobody's name: of sums, of headings, of headers again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import repeat

from sheetcrm.languages import LANGUAGES, data, language
from sheetcrm.languages.folding import fold

_WORD = re.compile(r"[^\W\d_]+")
_AROUND = " \t\r\n\u00a0.:;*–—_-0123456789"  # `Tel. 1:` is the header `Tel`
_LONGEST = 60
_TOLD = 3  # letters
_OF_HEADINGS = ("counts", "people", "links", "sorts")


@cache
def _words(*sections: str) -> frozenset[str]:
    """Return words with their accents and without: half of them are typed without."""
    known = data("lists.toml")
    words = [word for section in sections for word in known[section]]
    return frozenset(map(str.casefold, words)) | frozenset(map(fold, words))


TOTALS = _words("totals")
"""What stands beside a sum, folded, in all languages."""


def is_total(text: str) -> bool:
    """Tell whether a text names a sum, a number or an average, of people or of nothing said.

    >>> is_total("TOTALE CLIENTI"), is_total("Liczba klientek: 3"), is_total("Średnia"), is_total("Ola Razem")
    (True, True, True, False)
    """
    if not maybe_totals([bare(text)]):
        return False  # as most texts are
    words, counts = set(_WORD.findall(text.casefold())), _words("counts")
    return len(text) <= _LONGEST and words <= counts | _words("people", "links") and not words.isdisjoint(counts)


def maybe_totals(texts: Sequence[str]) -> list[int]:
    """Return which of many texts that are `bare` may be one of those: the places of all that begin or end as a word for a sum does."""
    starts, ends = _edges()
    return [at for at, text in enumerate(texts) if text[:_TOLD] in starts or text[-_TOLD:] in ends]


@cache
def _edges() -> tuple[frozenset[str], frozenset[str]]:
    """Return with which letters a phrase of a sum begins or ends: one of its words for it stands there."""
    counts = _words("counts")
    return frozenset(word[:_TOLD] for word in counts), frozenset(word[-_TOLD:] for word in counts)


def is_heading(text: str) -> bool:
    """Tell whether a text alone in its row surely names more people than one, or a sum, and is nobody's name.

    >>> is_heading("Nowe klientki"), is_heading("ИТОГО"), is_heading("Suma"), is_heading("Nowa Ola")
    (True, True, False, False)
    """
    known = _words(*_OF_HEADINGS)
    if len(text) > _LONGEST or bare(text.strip(_AROUND).partition(" ")[0]) not in known:
        return False
    words = set(_WORD.findall(text.casefold()))
    if words <= known and not words.isdisjoint(_words("people")):
        return True
    return fold(text) in TOTALS - _words("surnames")


def maybe_headings(texts: Sequence[str]) -> list[int]:
    """Return which of many texts that are `bare` may be one of those: the places of all that begin as one does, or with a short word."""
    starts = _heading_starts()
    return [at for at, text in enumerate(texts) if text and (text[:_TOLD] in starts or not text[1:_TOLD].isalpha())]


@cache
def _heading_starts() -> frozenset[str]:
    return frozenset(word[:_TOLD] for word in _words(*_OF_HEADINGS))


def bare(text: str) -> str:
    """Return a header as it can be told from others at once: in small letters, without signs and figures around it."""
    return text.casefold().strip(_AROUND)


def bare_all(texts: Iterable[str]) -> list[str]:
    """Return each of many texts as `bare` does, in less than half of the time."""
    return list(map(str.strip, map(str.casefold, texts), repeat(_AROUND)))


@cache
def known_headers() -> frozenset[str]:
    """Return all words for a field, in all languages, as `bare` gives them; with their accents and without."""
    own: Iterable[str] = (str(word) for code in LANGUAGES for word in language(code).words["headers"].values())
    typed = [word for words in data("variants.toml")["headers"].values() for word in words]
    return frozenset(form for word in (*own, *typed) for form in (bare(word), bare(fold(word)))) - {""}
