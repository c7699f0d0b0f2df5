"""The help of the commands: in the owner's language, whole sentences that fit a terminal, one home for what two commands share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from command_line import CommandLine

from sheetcrm.cli.app import application
from sheetcrm.languages import LANGUAGES, data
from sheetcrm.testing import make_workbook

GROUP: Any = typer.main.get_command(application())
WORDS = data("help.toml")
IN_THE_LIST = 62  # characters of a command's first sentence that the list of commands shows


def english(command: Any) -> Iterator[str]:
    yield command.help or ""
    yield from (getattr(parameter, "help", None) or "" for parameter in command.params)


def test_every_text_of_the_help_has_words_in_the_other_languages() -> None:
    texts = {text for command in (GROUP, *GROUP.commands.values()) for text in english(command)} - {""}
    assert sorted(texts - WORDS.keys()) == []
    assert all(tuple(words) == LANGUAGES[1:] for words in WORDS.values())


def test_no_option_is_without_a_word_of_help() -> None:
    silent = [
        (name, parameter.name)
        for name, command in GROUP.commands.items()
        for parameter in command.params
        if parameter.name not in ("key", "help") and not getattr(parameter, "help", None)
    ]
    assert silent == []


@pytest.mark.parametrize("code", LANGUAGES[1:])
def test_the_list_of_commands_shows_whole_sentences(code: str) -> None:
    for name, command in GROUP.commands.items():
        first = WORDS[command.help][code].split(". ")[0]
        assert len(first) <= IN_THE_LIST, (name, first)


@pytest.mark.parametrize(
    ("code", "usage", "options", "needed", "this"),
    [
        ("pl", "Użycie", "Opcje", "[wymagane]", "Pokaż ten opis i zakończ."),
        ("uk", "Виклик", "Параметри", "[обов'язково]", "Показати цю довідку і вийти."),
        ("es", "Uso", "Opciones", "[obligatorio]", "Muestra este texto y sale."),
    ],
)
def test_the_help_speaks_the_language_of_the_computer(
    sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch, code: str, usage: str, options: str, needed: str, this: str
) -> None:
    monkeypatch.setenv("LC_ALL", f"{code}_XX.UTF-8")
    done = sheetcrm("schedule", "--help")
    assert done.code == 0
    assert done.out.startswith(f"{usage}: sheetcrm schedule [OPTIONS] BOOK\n")
    for part in (f"{options}:", needed, this):
        assert part in done.out
    for typers_own in ("Usage:", "Options:", "Arguments:", "[required]", "[default", "Show this", "<path>", "{BOOK}"):
        assert typers_own not in done.out


def test_the_help_speaks_the_language_of_the_workbook_that_is_named(sheetcrm: CommandLine, tmp_path: Any) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", "Imię i nazwisko | Telefon\nAnna Nowak | 600 000 101")
    assert sheetcrm("plan", book, "--help").out.startswith("Użycie: sheetcrm plan [OPTIONS] BOOK\n")


def test_the_help_fits_eighty_columns(sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for code in LANGUAGES:
        monkeypatch.setenv("LC_ALL", f"{code}_XX.UTF-8")
        for name in ("", *GROUP.commands):
            out = sheetcrm(*filter(None, [name, "--help"])).out
            assert [line for line in out.splitlines() if len(line) > 80] == [], (code, name)


def test_send_takes_what_run_takes(sheetcrm: CommandLine) -> None:
    send, run = (sheetcrm(name, "--help").out.split("\n\n", 2) for name in ("send", "run"))
    assert send[2] == run[2]
    assert send[1] != run[1]
