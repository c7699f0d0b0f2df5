"""What `import` says in six languages."""

from __future__ import annotations

from functools import cache
from typing import Any

from sheetcrm.languages import data
from sheetcrm.languages.adopting import sentence


@cache
def _data() -> dict[str, Any]:
    return data("importing.toml")


def say(code: str, key: str, /, **params: object) -> str:
    """Return a sentence in the language `code`; one that it lacks in English."""
    return sentence(_data(), code, key, **params)
