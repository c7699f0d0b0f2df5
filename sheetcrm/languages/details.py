"""Short remarks that are kept in English and shown in the owner's language: what became of a message, what is wrong in a rule.

They are text, not codes, since a transport of somebody's own may say anything; whatever is not in `details.toml`, a
server's words above all, stays as it is.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from string import Formatter

_FILE = "details.toml"
_MANY = 4096
_LOOSE_END = " ;:("  # what is left of an English remark whose quote another language has not kept


def told(text: str, code: str) -> str:
    """Return an English remark in the language `code`."""
    if not text or text[0].isdigit():  # a server's reply: there are as many as messages
        return text
    return _told(text, code)


def meant(text: str) -> str:
    """Return the English remark that stands there, in whatever language."""
    if not text or text[0].isdigit():
        return text
    return _meant(text)


@lru_cache(maxsize=_MANY)
def _told(text: str, code: str) -> str:
    for pattern, english in _patterns("en"):
        if found := pattern.fullmatch(text):
            return _words()[english].get(code, english).format_map(found.groupdict())
    return text


@lru_cache(maxsize=_MANY)
def _meant(text: str) -> str:
    for code in ("en", *next(iter(_words().values()))):
        for pattern, english in _patterns(code):
            if found := pattern.fullmatch(text):
                quoted = dict.fromkeys(_names(english), "") | found.groupdict()
                return english.format_map(quoted).rstrip("" if all(quoted.values()) else _LOOSE_END)
    return text


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads(files(__package__).joinpath(_FILE).read_text("utf-8"))


@cache
def _patterns(code: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the remarks of a language as patterns, the ones with most words of their own first, each with its English."""
    texts = {english: words.get(code, english) for english, words in _words().items()}
    own = {english: sum(len(plain) for plain, *_ in Formatter().parse(text)) for english, text in texts.items()}
    return tuple((_pattern(texts[english]), english) for english in sorted(texts, key=own.__getitem__, reverse=True))


def _pattern(text: str) -> re.Pattern[str]:
    parts = (f"{re.escape(plain)}{f'(?P<{name}>.*)' if name else ''}" for plain, name, *_ in Formatter().parse(text))
    return re.compile("".join(parts), re.DOTALL)


def _names(text: str) -> list[str]:
    return [name for _, name, *_ in Formatter().parse(text) if name]
