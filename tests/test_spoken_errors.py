"""What a person meets at the command line when something is off, in her language: her workbook's, else her computer's."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from command_line import CommandLine

from sheetcrm.languages import LANGUAGES
from sheetcrm.testing import make_workbook

CLIENTS = """
    Imię i nazwisko | Telefon     | E-mail
    Anna Nowak      | 600 000 101 | anna@example.com
"""


@pytest.fixture
def polish(tmp_path: Path) -> Path:
    """A list with Polish headers and no setting: the headers tell the language."""
    return make_workbook(tmp_path / "salon.xlsx", CLIENTS)


def line(sheetcrm: CommandLine, *arguments: object) -> str:
    """Return the one line on stderr."""
    done = sheetcrm(*arguments)
    assert (done.code != 0, done.out, done.err.count("\n")) == (True, "", 1)
    return done.err.strip().removeprefix("sheetcrm: ")


CALLS = {
    "--frob": "Nie ma opcji --frob",
    "--on": "Po --on brakuje wartości. ",
    "--json=yes": "Opcja --json nie przyjmuje wartości. ",
    "--on=22.11.2026": "„22.11.2026” to nie jest data. Zapisz ją jako RRRR-MM-DD, np. 2026-11-22.",
    "--limit=-1": "--limit: tu trzeba liczby całkowitej, co najmniej 0.",
    "second.xlsx": "Tego w poleceniu za dużo: second.xlsx. Nazwę pliku ze spacjami weź w cudzysłów. ",
    "--to=me": "„me” to nie jest adres e-mail. Wygląda on tak: anna@example.com.",
}


@pytest.mark.parametrize("argument", CALLS)
def test_a_call_that_is_off_is_answered_in_the_language_of_the_workbook_it_names(
    sheetcrm: CommandLine, polish: Path, argument: str
) -> None:
    assert line(sheetcrm, "run", polish, argument).startswith(CALLS[argument])


def test_the_answer_in_json_keeps_its_code_and_speaks_the_same_language(sheetcrm: CommandLine, polish: Path) -> None:
    done = sheetcrm("plan", polish, "--days", "many", "--json")
    assert done.json == {
        "error": {"code": "usage", "message": "--days: tu trzeba liczby całkowitej od 1 do 3660.", "hint": ""}
    }


@pytest.mark.parametrize(
    ("code", "missing", "frob"),
    [
        ("en", "Missing argument 'BOOK'. ", "No such command 'frob'. "),
        ("pl", "W poleceniu brakuje BOOK. ", "Nie ma polecenia „frob”. "),
        ("uk", "У команді бракує BOOK. ", "Команди «frob» немає. "),
        ("ru", "В команде не хватает BOOK. ", "Команды «frob» нет. "),
        ("it", "Nel comando manca BOOK. ", "Il comando «frob» non esiste. "),
        ("es", "En la orden falta BOOK. ", "No existe la orden «frob». "),
    ],
)
def test_where_no_workbook_can_be_asked_the_computer_is(
    sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch, code: str, missing: str, frob: str
) -> None:
    for name, value in (("LC_ALL", ""), ("LC_MESSAGES", ""), ("LANG", f"{code}_XX.UTF-8")):
        monkeypatch.setenv(name, value)
    assert line(sheetcrm, "check").startswith(missing)
    assert line(sheetcrm, "frob").startswith(frob)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "No such command 'imprt'. Did you mean 'import'? See sheetcrm --help."),
        ("it", "Il comando «imprt» non esiste (import?). L'elenco dei comandi: sheetcrm --help."),
        ("uk", "Команди «imprt» немає (import?). Список команд: sheetcrm --help."),
    ],
)
def test_a_command_that_is_nearly_one_names_it(
    sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    for name, value in (("LC_ALL", ""), ("LC_MESSAGES", ""), ("LANG", f"{code}_XX.UTF-8")):
        monkeypatch.setenv(name, value)
    assert line(sheetcrm, "imprt", "salon.xlsx") == said


def test_a_language_that_is_asked_for_is_spoken(sheetcrm: CommandLine, polish: Path, tmp_path: Path) -> None:
    there = f"{polish} ya existe. Elija otro nombre o añada --force para sustituirlo."
    assert line(sheetcrm, "new", polish, "--language", "es") == there
    assert line(sheetcrm, "new", polish, "--language=ES") == there
    assert line(sheetcrm, "new", tmp_path / "a.xls", "--language", "it").startswith(
        "a.xls: una nuova cartella di lavoro"
    )
    assert line(sheetcrm, "new", tmp_path / "a.xlsx", "--language", "de").startswith("'de' is not a language")


UNREADABLE = {
    "list.csv": (b"Name;Phone\nAnna;1\n", "list.csv to tabela tekstowa (.csv). Otwórz ją w Excelu"),
    "old.xlsx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old.xlsx to stary skoroszyt Excela (.xls). "),
    "noise.xlsx": (bytes(range(256)) * 4, "noise.xlsx to nie jest skoroszyt Excela. "),
    "half.xlsx": (b"PK\x03\x04" + b"\0" * 99, "half.xlsx urywa się w połowie: niedokończona kopia lub pobieranie? "),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_named_for_what_it_is_in_the_computers_language(
    sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("LC_ALL", "pl_PL.UTF-8")
    content, words = UNREADABLE[name]
    (tmp_path / name).write_bytes(content)
    assert line(sheetcrm, "check", tmp_path / name).startswith(words)


def test_a_missing_file_a_folder_and_a_hostile_one_are_said_in_her_language(
    sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "uk_UA.UTF-8")
    assert line(sheetcrm, "check", tmp_path / "no.xlsx").startswith(f"Файлу {tmp_path / 'no.xlsx'} немає. ")
    assert line(sheetcrm, "check", tmp_path).startswith(f"{tmp_path.name} — це папка, а не книга. ")
    plain, bomb = io.BytesIO(), tmp_path / "bomb.xlsx"
    openpyxl.Workbook().save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(bomb, "w") as package:
        for name in source.namelist():
            package.writestr(name, source.read(name).replace(b"<workbook ", b"<!DOCTYPE workbook><workbook "))
    assert line(sheetcrm, "check", bomb).startswith("bomb.xlsx не відкрито: ")


def test_a_workbook_whose_tables_are_not_found_still_tells_its_language(sheetcrm: CommandLine, tmp_path: Path) -> None:
    path, book = tmp_path / "dwa.xlsx", openpyxl.Workbook()
    for title in ("Warszawa", "Kraków"):
        sheet = book.create_sheet(title)
        sheet.append(["Imię i nazwisko", "Telefon", "Data urodzenia"])
        sheet.append(["Anna Nowak", "600 000 101", None])
    book.save(path)
    said = "dwa.xlsx: listą klientów może być więcej niż jeden arkusz: Warszawa, Kraków. "
    assert line(sheetcrm, "run", path).startswith(said)


def test_a_hint_is_a_command_that_can_be_typed_also_for_a_name_with_blanks(
    sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "it_IT.UTF-8")
    book = tmp_path / "il mio salone.xlsx"
    book.write_bytes(b"PK\x03\x04" + b"\0" * 99)
    assert f'`sheetcrm undo "{book}" --list`' in line(sheetcrm, "check", book)


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_wrong_in_a_rule_or_a_text_is_said_in_the_language_of_the_workbook(
    sheetcrm: CommandLine, tmp_path: Path, code: str
) -> None:
    book = make_workbook(
        tmp_path / "salon.xlsx",
        "Name\nAnna",
        segments="""
            Segment | Rule
            Guests  | foo > 3
        """,
        settings=f"Setting | Value\nlanguage | {code}",
    )
    (problem,) = sheetcrm("check", book, "--json").json["problems"]
    nothing = {
        "en": "Nothing is called `foo`.",
        "pl": "Nic nie nazywa się `foo`.",
        "uk": "Назви `foo` немає.",
        "ru": "Названия `foo` нет.",
        "it": "Nulla si chiama `foo`.",
        "es": "No hay nada que se llame `foo`.",
    }
    assert problem["code"] == "invalid-rule"
    assert problem["message"].endswith(nothing[code])
