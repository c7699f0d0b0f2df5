"""Taking a full name apart: which word is the given name, which the family name, where the order is not told."""

from __future__ import annotations

import re
from typing import NamedTuple

from sheetcrm.crm.linkage.known_names import KnownNames
from sheetcrm.crm.linkage.shadows import plain

_WORDS = re.compile(r"(?i:(?:sig|dott|prof)\.(?:ra|na|rina|ssa)|г-н|г-жа|п-н|п-ні)\b|[^\s,;/.\-–—]+\.?")
_NO_BRACKETS = str.maketrans("()[]", "    ")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_PATRONYMIC = re.compile(r"(?:[oe]v[iy]ch|[yi]ovich|ivna|ovna|evna|i[ck]hna|inichna)$")
_HIS = frozenset(("mr", "sig", "sign", "signor", "pan", "pn", "sr", "senor", "gn", "gospodin", "dott", "don"))
_HERS = frozenset(
    (
        *(
            "mrs",
            "ms",
            "miss",
            "sigra",
            "signa",
            "sigrina",
            "signora",
            "signorina",
            "pani",
            "panna",
            "pni",
            "sra",
            "srta",
        ),
        *("senora", "senorita", "gzha", "gospozha", "dottssa", "profssa", "dona", "dna"),
    )
)
_TITLES_OR_NAMES = frozenset(("don", "dona"))
_TITLES = (_HIS | _HERS | {"dr", "avv", "ing", "prof", "mgr", "inz", "lek"}) - _TITLES_OR_NAMES
_NAMES_AT_THE_END = _TITLES_OR_NAMES | {"pan", "sr"}  # Anna Pan; John Smith Sr
_PAN = "p."  # pan, pani; P. is an initial
_KIN = frozenset(  # who of a family is meant: Smith Jr, Anna (mama Kasi)
    (
        *("jr", "sr", "junior", "senior", "ii", "iii", "daughter", "mother", "father", "wife", "husband", "mum"),
        *("st", "ml", "sen", "jun"),  # st., mł.; ст., мл.
        *("syn", "corka", "mama", "zona", "matka", "ojciec", "mlodszy", "mlodsza", "starszy", "starsza"),
        *("donka", "dochka", "druzhina", "cholovik", "molodshiy", "molodsha", "starshiy", "starsha"),
        *("muzh", "zhena", "mladshiy", "mladshaya", "starshaya", "figlio", "figlia", "mamma", "moglie", "marito"),
        *("madre", "padre", "hijo", "hija", "mujer", "marido", "esposa", "esposo"),
    )
)
_AND = frozenset(("i", "e", "y", "and", "&", "+", "и", "і", "й", "та"))  # Anna i Jan Nowak: a couple's row is nobody's
_OF = frozenset(
    ("de", "di", "da", "la", "lo", "le", "della", "dalla", "van", "von", "der", "den")
)  # De Luca is no Luca
_OF_TWO = 2


_NO_NAMES = _TITLES | _KIN
_SPECIAL = frozenset("()[],")
_NO_PARTS = _TITLES | _KIN | _OF
"""Words that are more, or less, than half of a name of two."""

_Word = tuple[str, str]
"""A word in plain letters, and as it stands."""


class Name(NamedTuple):
    """A name taken apart, in plain Latin letters: an initial ends in a full stop, further words are joined by blanks.

    `sure`: which is the given and which the family name is told, by two columns, a comma, or the words themselves. `kin`: words that
    tell her from others of her family, or that it is a couple's. `title`: "m" or "f", whose title stands there (Mr, Pani), if any.
    """

    given: str = ""
    family: str = ""
    extra: str = ""
    sure: bool = False
    kin: str = ""
    title: str = ""


def split_apart(given: str, family: str) -> Name:
    """Take a name from two columns."""
    first, last = (_tokens(_found(_BRACKETS.sub(" ", part))) for part in (given, family))
    found = _found(f"{given} {family}".translate(_NO_BRACKETS))
    sure = bool(first and last)
    return Name(" ".join(first[:1]), " ".join(last), " ".join(first[1:]), sure, _kin(found), _title(found))


def split_name(text: str, names: KnownNames) -> Name:
    """Take a full name apart, in whatever order it is written.

    A comma ends the family name; a patronymic stands behind the given name; else the word that is known as a given name is it, where
    the other one is not.
    """
    first, _, last = text.partition(" ")
    if first.isalpha() and last.isalpha() and len(first) > 1 < len(last):  # nearly all
        one, other = plain(first), plain(last)
        if one and other and _NO_PARTS.isdisjoint((one, other)):
            return _of_two(one, other, names)
    if _SPECIAL.isdisjoint(text):
        found = _found(text)
        name = _ordered(_tokens(found), names)
    else:
        found = _found(text.translate(_NO_BRACKETS))
        name = _split(_BRACKETS.sub(" ", text), names)
    kin, title = _kin(found), _title(found)
    return name._replace(kin=kin, title=title) if kin or title else name


def _found(text: str) -> list[_Word]:
    return [(plain(word), word) for word in _WORDS.findall(text)]


def _kin(found: list[_Word]) -> str:
    told = [letters if letters in _KIN else "+" for letters, word in found[1:] if letters in _KIN or word in _AND]
    return " ".join(told)


def _title(found: list[_Word]) -> str:
    for letters, _ in found[:-1] if found and found[-1][0] in _NAMES_AT_THE_END else found:
        if letters in _HIS or letters in _HERS:
            return "m" if letters in _HIS else "f"
    return ""


def _split(text: str, names: KnownNames) -> Name:
    head, comma, tail = text.partition(",")
    family, given = _tokens(_found(head)), _tokens(_found(tail))
    if comma and family and given:
        return Name(given[0], " ".join(family), " ".join(given[1:]), sure=True)
    return _ordered(family + given, names)


def _ordered(words: list[str], names: KnownNames) -> Name:
    if len(words) < _OF_TWO:
        return Name(given="".join(words))
    if len(words) == _OF_TWO and words[0] not in _OF:
        return _of_two(words[0], words[1], names)
    return _by_patronymic(words) or _by_table(words, names)


def _of_two(one: str, other: str, names: KnownNames) -> Name:
    """Make a name of two words: the one that is more surely a given name is it, where they differ in that."""
    first, last = names.certainty(one), names.certainty(other)
    return Name(one, other, "", first != last) if first >= last else Name(other, one, "", sure=True)


def _tokens(found: list[_Word]) -> list[str]:
    """Return the words of a name; titles are none, where anything else stands there."""
    if len(found) > 1 and found[0][1] == _PAN:
        found = found[1:]
    words = [letters if len(word.rstrip(".")) > 1 else f"{letters}." for letters, word in found if letters]
    no_names = _NO_NAMES | _TITLES_OR_NAMES if len(words) > _OF_TWO else _TITLES
    return [word for word in words if word not in no_names] or words


def _by_patronymic(words: list[str]) -> Name | None:
    """Иванова Мария Петровна, Мария Петровна Иванова."""
    at = next((k for k, word in enumerate(words) if k and _PATRONYMIC.search(word)), 0)
    if not at or len(words) == _OF_TWO:
        return None
    rest = [*words[: at - 1], *words[at + 1 :]]
    return Name(words[at - 1], " ".join(rest), words[at], sure=True)


def _by_table(words: list[str], names: KnownNames) -> Name:
    known = [names.certainty(word) for word in words]
    for k in range(1, len(words)):
        if words[k - 1] in _OF:
            known[k - 1 : k + 1] = 0, 0
    given = [more > min(known[0], known[-1]) for more in known]  # where both ends are known, the better known one
    if given[0] and not given[-1]:
        end = next(k for k in range(1, len(words)) if not given[k])
        return Name(words[0], " ".join(words[end:]), " ".join(words[1:end]), sure=True)
    if given[-1] and not given[0]:
        start = max(k for k in range(len(words)) if not given[k]) + 1
        return Name(words[start], " ".join(words[:start]), " ".join(words[start + 1 :]), sure=True)
    return Name(words[0], " ".join(words[1:]))
