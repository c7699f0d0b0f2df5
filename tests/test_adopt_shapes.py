"""`adopt` and the sheets beside a list: what only explains is no list, several lists are asked about, and a list that LibreOffice made."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import owner_lists
import pytest
from command_line import CommandLine
from openpyxl.utils import get_column_letter
from owner_lists import Shape, written
from terminal import Conversation
from test_adopt import list_part, untouched

from sheetcrm.languages.adopting import say
from sheetcrm.testing import make_workbook
from sheetcrm.workbook.candidates import Candidate, obvious

__all__ = ["untouched"]

ON = "2026-11-22"
PEOPLE = (("Imię i nazwisko", "Telefon"), ("Anna Kowalska", "600 000 101"), ("Ola Nowak", "600 000 102"))


def sheets(path: Path, **pages: tuple[tuple[Any, ...], ...]) -> Path:
    book = openpyxl.Workbook()
    for title, rows in pages.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    book.remove(book.worksheets[0])
    book.save(path)
    return path


# what only explains


@pytest.mark.parametrize(
    "title", ["Instrukcja", "Legenda", "Wzór", "Instructions", "Инструкция", "Легенда", "Istruzioni", "Leyenda"]
)
def test_a_sheet_that_explains_the_columns_is_not_the_list(sheetcrm: CommandLine, tmp_path: Path, title: str) -> None:
    explained = (("Imię i nazwisko", "Telefon"), ("wpisz całe", "dziewięć cyfr"), ("bez tytułów", "bez +48"))
    book = sheets(tmp_path / "salon.xlsx", **{title: explained, "Baza": PEOPLE})
    found = sheetcrm("adopt", book, "--on", ON, "--json").json
    assert (found["sheet"], found["clients"]) == ("Baza", 2)


def test_words_for_one_thing_side_by_side_are_no_header_row(sheetcrm: CommandLine, tmp_path: Path) -> None:
    words = (
        ("Jak wypełniać",),
        ("Kolumna", "Znaczenie"),
        ("Telefon", "numer komórkowy"),
        ("Tel.", "Nr telefonu"),
        ("E-mail", "adres"),
    )
    book = sheets(tmp_path / "salon.xlsx", Arkusz1=words, Baza=PEOPLE)
    assert sheetcrm("adopt", book, "--on", ON, "--json").json["sheet"] == "Baza"


def test_an_explanation_is_never_taken_where_the_list_itself_is_not_recognised(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = sheets(tmp_path / "salon.xlsx", Instrukcja=PEOPLE, Baza=(("Kto", "Nr"), ("Anna Kowalska", "600 000 101")))
    before = book.read_bytes()
    refused = sheetcrm("adopt", book, "--json")
    assert (refused.code, refused.json["error"]["code"], book.read_bytes() == before) == (3, "no-client-table", True)
    done = sheetcrm("adopt", book, "--sheet", "Baza", "--column", "Kto=name", "--column", "Nr=phone", "--json")
    assert (done.code, done.json["sheet"]) == (0, "Baza")


def test_the_obvious_list_has_rows_is_in_sight_and_explains_nothing() -> None:
    def candidate(sheet: str, rows: int, *, visible: bool = True, aside: bool = False) -> Candidate:
        return Candidate("Clients", sheet, 1, 1, rows, visible, aside=aside)

    a, b, empty = candidate("a", 10), candidate("b", 30), candidate("empty", 0)
    hidden, guide = candidate("hidden", 99, visible=False), candidate("guide", 99, aside=True)
    groups = ([a, empty], [a, b], [a, candidate("c", 50)], [a, hidden], [a, guide], [a, guide, empty, hidden])
    assert [found.sheet if (found := obvious(group)) else None for group in groups] == ["a", None, "c", "a", "a", "a"]


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ((("Anna Kowalska;600000101",), ("Ola Nowak;600000102",)), "w jednej kolumnie arkusza „Baza”"),
        ((("Anna Kowalska", "600 000 101"), ("Ola Nowak", 600000102)), "nie ma wiersza nagłówków"),
        ((("Anna", "anna@example.com"), ("Ola", "ola@example.com")), "nie ma wiersza nagłówków"),
        ((("Salon", "600 000 101"), ("Kto", "Nr"), ("Anna", "600 000 101")), "--header-row N"),
    ],
    ids=["one column", "phones", "addresses", "unknown headers"],
)
def test_a_list_without_headers_is_told_what_to_do(
    sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: Any, text: str
) -> None:
    monkeypatch.setenv("LC_ALL", "pl_PL.UTF-8")
    refused = sheetcrm("adopt", sheets(tmp_path / "salon.xlsx", Baza=rows))
    assert (refused.code, refused.err.count("\n"), text in refused.err) == (3, 1, True)


def test_days_written_across_are_shown_as_days_and_told_to_be_no_visits(sheetcrm: CommandLine, tmp_path: Path) -> None:
    said = sheetcrm("adopt", written(tmp_path / "salon.xlsx", owner_lists.with_visits_across)).out
    assert "Te kolumny zostają bez zmian: 2026-01-05, 2026-01-12, 2026-01-19." in said
    assert "(2026-01-05 … 2026-01-19) nie są czytane jako wizyty: te proszę wpisywać w arkuszu „Wizyty”." in said


# several


def talk(book: Path) -> Conversation:
    environ = {**os.environ, "LC_ALL": "pl_PL.UTF-8", "TERM": "xterm", "SHEETCRM_STATE": str(book.parent / "state")}
    return Conversation("adopt", book, "--country", "PL", environ=environ, dimensions=(60, 400), timeout=60)


def test_the_question_which_sheet_names_rows_and_headers_of_each(tmp_path: Path) -> None:
    more = (*PEOPLE, ("Ewa Lis", "600 000 103"))
    asked = talk(sheets(tmp_path / "salon.xlsx", Stara=PEOPLE, Nowa=more))
    asked.answer(say("pl", "ask_sheet") + ": ", "2")
    asked.answer(say("pl", "ask_more") + ": ", "")
    asked.answer("(tak / nie) [tak]: ", "")
    said = asked.end()
    assert "1 Stara: wierszy 2 (Imię i nazwisko, Telefon) 2 Nowa: wierszy 3 (Imię i nazwisko, Telefon)" in said
    assert "arkusz „Nowa”" in said


def test_several_journals_are_chosen_by_their_numbers(tmp_path: Path) -> None:
    def journal(name: str) -> tuple[tuple[Any, ...], ...]:
        return (("Data", "Klientka", "Telefon", "Zabieg"), ("2026-09-01", name, "600 000 101", "Manicure"))

    book = sheets(tmp_path / "salon.xlsx", Ania=journal("Anna Lis"), Kasia=journal("Ola Lis"), Iza=journal("Ewa Lis"))
    asked = talk(book)
    asked.answer(say("pl", "several_answer") + "): ", "1,4")
    asked.answer(say("pl", "several_answer") + "): ", "3, 1")
    asked.answer(say("pl", "ask_more") + ": ", "")
    asked.answer("(tak / nie) [tak]: ", "")
    assert "Znaleziono dzienniki wizyt: arkusze Iza, Ania, razem wizyt: 2." in asked.end()


# a list that another program made


def by_libreoffice(folder: Path, source: Path, kind: str, *options: str) -> Path:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    (folder / "made").mkdir(exist_ok=True)
    command = [office, f"-env:UserInstallation=file://{folder}/profile", "--headless", *options, "--convert-to", kind]
    subprocess.run([*command, "--outdir", str(folder / "made"), str(source)], check=True, capture_output=True)
    return folder / "made" / f"{source.stem}.{kind.partition(':')[0]}"


def formatted(made: Any, page: Any) -> None:
    owner_lists.with_drop_downs_and_colours(made, page)
    page.freeze_panes(1, 1)
    page.set_column(0, 4, 22)
    prices = made.add_worksheet("Ceny")
    prices.write_row(0, 0, ["Rok", "Obrót"])
    prices.write_row(1, 0, [2026, 1200], made.add_format({"num_format": "0.00", "bold": True}))
    prices.write_formula(2, 1, "=COUNTA(Arkusz1!A2:A5)")


def shown(folder: Path, book: Path) -> dict[str, list[list[str]]]:
    """What LibreOffice shows of each sheet."""
    by_libreoffice(folder, book, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1")
    files = (folder / "made").glob(f"{book.stem}-*.csv")
    return {f.stem.partition("-")[2]: list(csv.reader(f.open(encoding="utf-8"))) for f in files}


@pytest.mark.slow
@pytest.mark.parametrize("shape", [formatted, owner_lists.journal], ids=["list", "journal"])
def test_a_list_saved_by_libreoffice_is_adopted_with_all_else_untouched(
    sheetcrm: CommandLine, tmp_path: Path, untouched: ModuleType, shape: Shape
) -> None:
    drawn = written(tmp_path / "salon.xlsx", shape)
    ods = by_libreoffice(tmp_path, drawn, "ods")
    book = by_libreoffice(tmp_path, ods, "xlsx:Calc MS Excel 2007 XML")
    shutil.copy(book, before := tmp_path / "before.xlsx")
    done = sheetcrm("adopt", book, "--on", ON, "--json")
    assert (done.code, done.json["written"], done.err) == (0, True, "")
    assert untouched.differences(before, book, own_parts=list_part(before, "Arkusz1")) == []
    shutil.copy(book, after := tmp_path / "after.xlsx")
    then, now = shown(tmp_path, before), shown(tmp_path, after)
    cells = [
        (t, r, c, text) for t, rows in then.items() for r, row in enumerate(rows) for c, text in enumerate(row) if text
    ]
    assert [(t, r, c, now[t][r][c]) for t, r, c, _ in cells] == cells
    assert {t: now[t] for t in then if t != "Arkusz1"} == {t: then[t] for t in then if t != "Arkusz1"}
    assert sheetcrm("refresh", book, "--on", ON, "--json").json["written"] is False


@pytest.mark.slow
def test_a_csv_that_libreoffice_made_a_workbook_of_is_adopted(sheetcrm: CommandLine, tmp_path: Path) -> None:
    source = tmp_path / "klientki.csv"
    source.write_text(
        "Nazwisko i imię,Telefon,Data ur.\nKowalska Anna,600000101,08.03.1990\nNowak Ola,600000102,\n", "utf-8"
    )
    book = by_libreoffice(tmp_path, source, "xlsx:Calc MS Excel 2007 XML", "--infilter=CSV:44,34,76,1")
    found = sheetcrm("adopt", book, "--on", ON, "--json").json
    assert (found["mapping"], found["clients"]) == (
        {"Nazwisko i imię": "name", "Telefon": "phone", "Data ur.": "birthday"}, 2,
    )  # fmt: skip
    assert sheetcrm("check", book, "--on", ON, "--json").json["counts"] == {}


# undo after she went on


def test_undo_of_an_adoption_takes_the_new_columns_out_of_a_plain_list_and_keeps_her_edits(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = written(tmp_path / "salon.xlsx", owner_lists.with_a_filter)
    sheetcrm("adopt", book, "--on", ON)
    loaded = openpyxl.load_workbook(book)
    page = loaded["Arkusz1"]
    headers = [cell.value for cell in page[2]]
    page["E3"] = "kawa"
    page.cell(4, headers.index("E-mail") + 1).value = "ola@example.com"
    page.cell(2, len(headers) + 1).value = "Miasto"  # a column that she begins
    loaded.save(book)
    done = sheetcrm("undo", book)
    page = openpyxl.load_workbook(book)["Arkusz1"]
    assert (done.code, page["E3"].value) == (0, "kawa")
    assert [cell.value for cell in page[2] if cell.value] == [*owner_lists.HEADERS, "E-mail", "Miasto"]
    assert [cell.value for cell in page[4]][5:] == [None, "ola@example.com", *[None] * (page.max_column - 7)]
    assert "Wysłane, Arkusz1 G." in done.err


def test_undo_of_an_adoption_says_which_columns_of_a_table_stay(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", "Imię i nazwisko | Telefon\nAnna Kowalska | 600 000 101")
    sheetcrm("adopt", book, "--on", ON)
    loaded = openpyxl.load_workbook(book)
    page = loaded["Clients"]
    page["A2"] = "Anna Nowak"
    last = page.max_column
    loaded.save(book)
    done = sheetcrm("undo", book)
    page = openpyxl.load_workbook(book)["Clients"]
    assert [cell.value for cell in page[2]] == ["Anna Nowak", "600 000 101", *[None] * (last - 2)]
    assert f"Clients C-{get_column_letter(last)}" in done.err


def test_undo_of_a_refresh_leaves_a_header_that_she_has_typed_since(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = written(tmp_path / "salon.xlsx", owner_lists.plain)
    sheetcrm("refresh", book, "--on", ON)
    loaded = openpyxl.load_workbook(book)
    page = loaded["Arkusz1"]
    at = page.max_column + 1
    page.cell(1, at).value = "E-mail"
    loaded.save(book)
    done = sheetcrm("undo", book)
    assert (done.code, "pozostaje, bo" in done.err) == (0, False)
    assert openpyxl.load_workbook(book)["Arkusz1"].cell(1, at).value == "E-mail"
