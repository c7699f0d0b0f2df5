"""What `adopt` says and asks in six languages, and the headers that would be guessed wrong."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from sheetcrm.languages import DEFAULT, data
from sheetcrm.languages.folding import fold


class Doubt(NamedTuple):
    """What a header may mean: `kind` names the question, `fields` the answers."""

    kind: str
    fields: tuple[str, ...]


@cache
def _data() -> dict[str, Any]:
    return data("adopting.toml")


def say(code: str, key: str, /, **params: object) -> str:
    """Return a sentence in the language `code`; one that it lacks in English."""
    return sentence(_data(), code, key, **params)


def sentence(words: Mapping[str, Any], code: str, key: str, /, **params: object) -> str:
    """Return a sentence of a file that has a section for each language; one that the language lacks in English."""
    return str(words.get(code, {}).get(key) or words[DEFAULT][key]).format(**params)


@cache
def _doubts() -> tuple[tuple[Doubt, frozenset[str], bool], ...]:
    return tuple(
        (Doubt(kind, tuple(one["fields"])), frozenset(map(fold, one["words"])), bool(one.get("part")))
        for kind, one in _data()["doubts"].items()
    )


def doubt_about(header: str) -> Doubt | None:
    """Return what a header may mean that must not be guessed; None for any other.

    >>> doubt_about("Zgoda RODO").kind, doubt_about("Чек").fields, doubt_about("Инста")
    ('consent', ('amount', 'ticket'), None)
    """
    folded = fold(header)
    for doubt, words, part in _doubts():
        if folded in words or (part and not words.isdisjoint(folded.split())):
            return doubt
    return None


@cache
def _aside() -> frozenset[str]:
    return frozenset(map(fold, _data()["aside"]["words"]))


def is_aside(title: str) -> bool:
    """Tell whether a sheet's title says that it explains how another is filled in, or is a pattern for it.

    >>> is_aside("Instrukcja"), is_aside("Leyenda 2026"), is_aside("Klienci")
    (True, True, False)
    """
    return not _aside().isdisjoint(fold(title).split())
