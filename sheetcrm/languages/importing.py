"""What `import` says in six languages."""

from __future__ import annotations

from functools import cache
from typing import Any

from sheetcrm.languages import data
from sheetcrm.languages.adopting import sentence
from sheetcrm.languages.folding import fold


@cache
def _data() -> dict[str, Any]:
    return data("importing.toml")


def say(code: str, key: str, /, **params: object) -> str:
    """Return a sentence in the language `code`; one that it lacks in English."""
    return sentence(_data(), code, key, **params)


@cache
def _nothing() -> frozenset[str]:
    return frozenset(map(fold, _data()["nothing"]))


def says_nothing(text: str) -> bool:
    """Tell whether a cell that could not be read says only that nothing is known: "Unspecified", "n/a", "0.0.00", "0000-00-00".

    >>> says_nothing("Unspecified/Nieokreślone"), says_nothing("00.00.0000"), says_nothing("05.03")
    (True, True, False)
    """
    known = _nothing()
    return not text.strip(" 0.:/-") or fold(text) in known or all(fold(part) in known for part in text.split("/"))
