"""The words of six languages, as data: sheet titles, headers, choices, what is wrong, why a message is held.

`<code>.toml` has what the program writes; `variants.toml` what people write, in any language.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sheetcrm.languages import details
from sheetcrm.languages.folding import fold, fold_choice

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("en", "pl", "uk", "ru", "it", "es")
DEFAULT = "en"
_OTHER = {"phone": "other_phone", "email": "other_email"}

_EXPLAINED = frozenset({"invalid-rule", "template-error"})  # problems that quote what the program says of her text


class _Gaps(dict[str, Any]):
    """A value that a sentence quotes and nobody gave becomes nothing, rather than an error in an error's words."""

    def __missing__(self, key: str) -> str:
        return ""


_KINDS: Mapping[tuple[str, object], str] = {
    ("missing-required", "no-key"): "lost-key",
    ("column-taken", "second"): "column-second",
    ("unknown-client", "merged"): "merged-astray",
    ("invalid-email", "came-back"): "mail-came-back",
}
"""Codes whose words are others where the problem is of that kind."""


def _variant(code: str, params: Mapping[str, object]) -> str:
    """Return under which code the words of a problem stand: what is to be done about it may be another thing by its kind."""
    if "most" in params:
        return "number-range"
    return _KINDS.get((code, params.get("kind")), code)


@dataclass(frozen=True)
class Language:
    """One language's words; a word that it lacks comes from English."""

    code: str
    words: Mapping[str, Mapping[str, Any]]

    def _find(self, section: str, key: str) -> Any:
        found = self.words.get(section, {}).get(key)
        if found is None and self.code != DEFAULT:
            return language(DEFAULT)._find(section, key)  # noqa: SLF001 - the same class
        return found

    def sheet(self, table: str) -> str:
        """Return the sheet title of a table (`Clients` → `Klienci`)."""
        return str(self._find("tables", table) or table)

    def header(self, field: str) -> str:
        """Return the header of a field (`phone` → `Telefon`)."""
        return str(self._find("headers", field) or field)

    def choice(self, word: str) -> str:
        """Return a choice as it is written in a cell (`yes` → `tak`)."""
        return str(self._find("choices", word) or word)

    def problem(self, code: str, /, **params: object) -> tuple[str, str]:
        """Return (what is wrong, what to type instead) for a problem code; a `suggestion` ends the hint.

        A number with the bounds `least` and `most` is one that does not lie between them; of a column with the `kind` second another
        one of hers counts (`kept`).
        """
        entry = self._find("problems", _variant(code, params)) or {}
        if code in _EXPLAINED:
            params["detail"] = self.detail(str(params.get("detail", "")))
        gaps = _Gaps(params)
        hint = str(entry.get("hint", "")).format_map(gaps)
        if gaps["suggestion"]:
            hint = f"{hint} {self.say('perhaps', **params)}".strip()
        return (str(entry.get("message", code)).format_map(gaps), hint)

    def reason(self, code: str, /, **params: object) -> str:
        """Return in words why a message is held or not due."""
        return str(self._find("reasons", code) or code).format_map(_Gaps(params)).strip()

    def say(self, key: str, /, **params: object) -> str:
        """Return a sentence of the program (section `says`)."""
        return str(self._find("says", key) or key).format_map(_Gaps(params))

    def error(self, text: str, /, **params: object) -> tuple[str, str] | None:
        """Return (what is wrong, what to do next) for an error's `text`; None where it keeps the words it was raised with."""
        entry = _errors().get(text, {}).get(self.code)
        if entry is None:
            return None
        message, hint = entry
        return message.format_map(_Gaps(params)), hint.format_map(_Gaps(params))

    def detail(self, text: str) -> str:
        """Return a short English remark (what became of a message, what is wrong in a rule) in this language."""
        return details.told(text, self.code)

    def help(self, text: str) -> str:
        """Return a text of the commands' help in this language; the English one where it has none."""
        return str(_help().get(text, {}).get(self.code, text)) if self.code != DEFAULT else text

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a whole section, English words filling what this language lacks."""
        own = self.words.get(name, {})
        return own if self.code == DEFAULT else {**language(DEFAULT).section(name), **own}


def data(name: str) -> dict[str, Any]:
    """Return a data file of this folder."""
    return tomllib.loads(files(__name__).joinpath(name).read_text("utf-8"))


@cache
def language(code: str) -> Language:
    """Return a supported language; an unknown code gives English (region suffixes are cut: `es-MX` → `es`)."""
    short = code.strip().lower().replace("_", "-").split("-")[0]
    return Language(short, data(f"{short}.toml")) if short in LANGUAGES else language(DEFAULT)


@cache
def _errors() -> dict[str, Any]:
    return data("errors.toml")


@cache
def _help() -> dict[str, Any]:
    return data("help.toml")


@cache
def _vocabulary(section: str, *, choices: bool = False) -> dict[str, tuple[str, ...]]:
    """Folded word → all keys of a section that it may mean; a language's own word stands before the variants."""
    folding = fold_choice if choices else fold
    found: dict[str, dict[str, None]] = {}
    for code in LANGUAGES:
        for key, word in language(code).words.get(section, {}).items():
            found.setdefault(folding(str(word)), {})[key] = None
    variants = data("variants.toml")
    doubtful = variants["doubtful"] if section == "headers" else {}
    for key, words in (*variants.get(section, {}).items(), *doubtful.items()):
        for word in (key, key.replace("_", " "), *words):
            found.setdefault(folding(str(word)), {})[key] = None
    for key in language(DEFAULT).words.get(section, {}):
        found.setdefault(folding(key), {})[key] = None
    found.pop("", None)
    return {word: tuple(keys) for word, keys in found.items()}


def tables_named(title: str) -> tuple[str, ...]:
    """Return the tables that a sheet title may stand for, in any language."""
    return _vocabulary("tables").get(fold(title), ())


def fields_named(header: str) -> tuple[str, ...]:
    """Return the fields that a header may stand for, in any language; the caller keeps those of its table."""
    folded = fold(header)
    known = _vocabulary("headers").get(folded, ())
    numbered = _numbered(folded)  # `Phone 1` is the phone of a client, too, and not only of the first one of a pair
    return tuple(dict.fromkeys((*numbered, *known))) if numbered else known


def is_doubtful(header: str, field: str) -> bool:
    """Tell whether a header stands for a field only where no other does: `Owner` heads who looks after a client, too."""
    return fold(header) in _doubtful().get(field, ())


@cache
def _doubtful() -> dict[str, frozenset[str]]:
    return {field: frozenset(map(fold, words)) for field, words in data("variants.toml")["doubtful"].items()}


def _numbered(folded: str) -> tuple[str, ...]:
    """Return what a header with a number at its end is: `Phone 1` is the phone, `Telefon 2` another one."""
    words, _, number = folded.rpartition(" ")
    if not words or len(number) > 1 or number not in "123456789":
        return ()
    known = [field for field in _vocabulary("headers").get(words, ()) if field in _OTHER]
    return tuple(known if number == "1" else [_OTHER[field] for field in known])


def choices_named(word: str) -> tuple[str, ...]:
    """Return the English words that a choice may stand for, in any language; the caller keeps those of its field."""
    return _vocabulary("choices", choices=True).get(fold_choice(word), ())


def languages_of_headers(headers: list[str]) -> list[str]:
    """Return the languages, those whose own headers occur most first; ties in the order of `LANGUAGES`."""
    folded = {fold(h) for h in headers}
    scores = {
        code: len(folded & {fold(str(w)) for w in language(code).words["headers"].values()}) for code in LANGUAGES
    }
    return sorted(LANGUAGES, key=lambda code: -scores[code])
