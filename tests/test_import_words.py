"""What `import` says is said in all six languages, with the same values in each."""

from __future__ import annotations

from string import Formatter

from sheetcrm.languages import LANGUAGES, data

WORDS = data("importing.toml")


def quoted(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_sentence_stands_in_all_languages_and_quotes_the_same_values() -> None:
    assert tuple(name for name in WORDS if name != "nothing") == LANGUAGES
    english = {key: quoted(text) for key, text in WORDS["en"].items()}
    for code in LANGUAGES:
        assert {key: quoted(text) for key, text in WORDS[code].items()} == english, code
