"""`adopt` on a terminal: it asks what the workbook does not tell, in the owner's language, and nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import owner_lists
import pytest
from command_line import CommandLine
from owner_lists import written
from terminal import Conversation

from sheetcrm.languages import LANGUAGES, language
from sheetcrm.languages.adopting import say
from sheetcrm.testing import make_workbook

WITH_CONSENT = "Nazwisko i imię | nr tel. | Zgoda RODO\nKowalska Anna | 600 000 101 | tak\nLis Ewa | 600 000 102 | nie"


class Terminal(Conversation):
    """`sheetcrm adopt` on a terminal of its own."""

    def __init__(self, book: Path, *options: str) -> None:
        environ = {**os.environ, "LC_ALL": "pl_PL.UTF-8", "TERM": "xterm", "SHEETCRM_STATE": str(book.parent / "state")}
        super().__init__("adopt", book, *options, environ=environ, dimensions=(60, 400))


def found(sheetcrm: CommandLine, book: Path) -> Any:
    return json.loads(sheetcrm("adopt", book, "--dry-run", "--json").out)


def test_it_asks_which_consent_a_column_is_and_the_country_and_then_writes(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", WITH_CONSENT)
    talk = Terminal(book)
    talk.answer("2 = Zgoda na SMS", "7")  # there is no seventh
    talk.answer("[0]: ", "2")
    talk.answer("[PL]: ", "xx")
    talk.answer("[PL]: ", "Polska")
    talk.answer(say("pl", "ask_more") + ": ", "")
    talk.answer("(tak / nie) [tak]: ", "tak")
    said = talk.end()
    assert "Zgoda na przetwarzanie danych nią nie jest. (tak, nie)" in said
    assert "„Zgoda RODO” to „Zgoda na SMS”." in said
    assert "Klienci z zapisaną zgodą: 1 z 2." in said
    assert found(sheetcrm, book)["mapping"]["Zgoda RODO"] == "sms_consent"


def test_nothing_is_written_where_she_does_not_agree(tmp_path: Path) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", WITH_CONSENT)
    before = book.read_bytes()
    talk = Terminal(book, "--country", "PL")
    talk.answer("[0]: ", "")
    talk.answer(say("pl", "ask_more") + ": ", "")
    talk.answer("(tak / nie) [tak]: ", "może")
    talk.answer("(tak / nie) [tak]: ", "nie")
    assert talk.end().endswith("Niczego nie zapisano.")
    assert book.read_bytes() == before
    assert not list(tmp_path.glob("salon (*"))


def test_a_list_of_unknown_headers_is_mapped_column_by_column(sheetcrm: CommandLine, tmp_path: Path) -> None:
    def of_words_of_her_own(made: Any, page: Any) -> None:
        page.write_string(0, 0, "Salon")
        owner_lists.rows(made, page, at=2, headers=("Kto", "Co", "Nr", "Kiedy", "Cokolwiek"))
        made.add_worksheet("Notatki").write_string(0, 0, "zadzwonić")

    book = written(tmp_path / "salon.xlsx", of_words_of_her_own)
    talk = Terminal(book, "--country", "PL")
    talk.answer(say("pl", "ask_sheet") + ": ", "1")
    talk.answer("[3]: ", "")
    for answer in ("Imię", "Nazwisko", "telefon", "Data urodzenia", "0"):
        talk.answer("; 0, jeśli ma zostać bez zmian: ", answer)
    talk.answer(say("pl", "ask_more") + ": ", "nie ma takiego")
    talk.answer(say("pl", "ask_more") + ": ", "cokolwiek")
    talk.answer("; 0, jeśli ma zostać bez zmian: ", "uwagi")
    talk.answer(say("pl", "ask_more") + ": ", "")
    talk.answer("(tak / nie) [tak]: ", "")
    said = talk.end()
    assert "Co zawiera „Kto”? (Anna, Ola, Ewa, Zofia)" in said or "Co zawiera „Kto”? (Anna, Ola, Ewa)" in said
    mapping = found(sheetcrm, book)["mapping"]
    assert [mapping[h] for h in ("Kto", "Co", "Nr", "Kiedy", "Cokolwiek")] == [
        "first_name", "last_name", "phone", "birthday", "notes",
    ]  # fmt: skip


def test_of_several_lists_she_says_which_one(sheetcrm: CommandLine, tmp_path: Path) -> None:
    def two(made: Any, page: Any) -> None:
        owner_lists.rows(made, page)
        owner_lists.rows(made, made.add_worksheet("Arkusz2"))

    book = written(tmp_path / "salon.xlsx", two)
    talk = Terminal(book, "--country", "PL")
    talk.answer(say("pl", "ask_sheet") + ": ", "2")
    talk.answer(say("pl", "ask_more") + ": ", "")
    talk.answer("(tak / nie) [tak]: ", "")
    talk.end()
    assert found(sheetcrm, book)["sheet"] == "Arkusz2"


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_asks_in_the_language_that_she_names(tmp_path: Path, code: str) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", WITH_CONSENT)
    talk = Terminal(book, "--language", code, "--dry-run")
    talk.answer("[0]: ", "")
    talk.answer(": ", "PL")
    talk.answer(say(code, "ask_more") + ": ", "")
    said = talk.end()
    assert say(code, "ask_consent", header="Zgoda RODO", example="tak, nie") in said
    assert said.endswith(say(code, "would"))


def test_without_an_answer_it_names_the_command_that_was_run(tmp_path: Path) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", "ФИО | Телефон\nАнна Иванова | 8 900 000 05 01")
    talk = Terminal(book, "--language", "ru")
    for _ in range(5):
        talk.answer(language("ru").say("ask_country") + ": ", "")
    code, said = talk.closed()
    assert (code, "Запустите adopt ещё раз" in said, "setup" in said) == (2, True, False)


def test_it_asks_for_a_column_of_phones_where_no_client_has_one(sheetcrm: CommandLine, tmp_path: Path) -> None:
    rows = "Imię i nazwisko | Cokolwiek\nAnna Kowalska | 600 000 101\nOla Nowak | 600 000 102"
    book = make_workbook(tmp_path / "salon.xlsx", rows)
    talk = Terminal(book, "--country", "PL")
    talk.answer("1 = Telefon", "1")
    talk.answer(say("pl", "ask_more") + ": ", "")
    talk.answer("(tak / nie) [tak]: ", "")
    talk.end()
    assert found(sheetcrm, book)["mapping"]["Cokolwiek"] == "phone"


def test_with_yes_nothing_is_asked(tmp_path: Path) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", WITH_CONSENT)
    said = Terminal(book, "--yes").end()
    assert "Gotowe:" in said
