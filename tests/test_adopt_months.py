"""`adopt` of a workbook with several journals, a sheet for each month: the visits of all of them count, and her sheets stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine

from sheetcrm.crm.months import Month, day_in, month_of
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.languages.adopting import say

ON = "2026-11-22"
HEADERS = ("Data", "Klientka", "Telefon", "Zabieg", "Cena")
ANNA, OLA, EWA = ("Anna Kowalska", "600 000 101"), ("Ola Nowak", "600 000 102"), ("Ewa Lis", "600 000 103")
Rows = Sequence[Sequence[Any]]


def line(day: Any, who: tuple[str, str], service: str = "Manicure", amount: Any = 100) -> tuple[Any, ...]:
    return (day, *who, service, amount)


def months(path: Path, sheets: Mapping[str, Rows], *, headers: Sequence[str] = HEADERS, at: int = 1) -> Path:
    """A workbook with a journal on each sheet, its headers in row `at`."""
    book = openpyxl.Workbook()
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for number, row in enumerate([headers, *rows], at):
            for column, value in enumerate(row, 1):
                if value not in (None, ""):
                    page.cell(number, column).value = value
    book.remove(book.worksheets[0])
    book.save(path)
    return path


def two(path: Path) -> Path:
    return months(
        path,
        {
            "Styczeń 2026": [line(date(2026, 1, 3), ANNA), line(date(2026, 1, 9), OLA), ("Razem", "", "", "", 200)],
            "Luty 2026": [line(date(2026, 2, 3), ANNA), ("Razem", "", "", "", 100)],
        },
    )


def rows_of(book: Path, table: str) -> list[tuple[Any, ...]]:
    """The rows of an Excel table of ours as tuples, days as dates."""
    page = next(page for page in openpyxl.load_workbook(book).worksheets if table in page.tables)
    lines = page.iter_rows(min_row=2, values_only=True)
    return [tuple(c.date() if isinstance(c, datetime) else c for c in line) for line in lines]


def visits(book: Path) -> list[tuple[Any, Any, Any]]:
    """Day, client and amount of each visit that was copied."""
    return [(row[0], row[2], row[4]) for row in rows_of(book, "Visits")]


def hers(book: Path, titles: Sequence[str]) -> list[tuple[Any, ...]]:
    loaded = openpyxl.load_workbook(book)
    return [(t, c.row, c.column, c.value) for t in titles for row in loaded[t].iter_rows() for c in row]


def test_the_visits_of_all_months_are_copied_into_one_sheet_and_her_sheets_stay(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = two(tmp_path / "salon.xlsx")
    titles = ["Styczeń 2026", "Luty 2026"]
    before = hers(book, titles)
    found = sheetcrm("adopt", book, "--on", ON, "--json").json
    assert (found["table"], found["sheets"], found["clients"], found["written"]) == ("Visits", titles, 2, True)
    assert visits(book) == [
        (date(2026, 1, 3), "Anna Kowalska", 100), (date(2026, 1, 9), "Ola Nowak", 100), (date(2026, 2, 3), "Anna Kowalska", 100),
    ]  # fmt: skip
    assert [row[:3] for row in rows_of(book, "Clients")] == [("C1", *ANNA), ("C2", *OLA)]
    assert hers(book, titles) == before
    assert sheetcrm("check", book, "--on", ON, "--json").json["counts"] == {}
    assert sheetcrm("refresh", book, "--on", ON, "--json").json["written"] is False


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_says_which_sheets_that_they_stay_and_where_visits_go_from_now_on(
    sheetcrm: CommandLine, tmp_path: Path, code: str
) -> None:
    said = sheetcrm("adopt", two(tmp_path / "salon.xlsx"), "--language", code).out
    title = language(code).sheet("Visits")
    told = [text for text in said.splitlines() if "Styczeń 2026, Luty 2026" in text]
    assert len(told) == 2
    assert title in told[1]
    assert say(code, "journals_next", title=title) in said.splitlines()


def test_adopting_again_is_told_in_one_line_and_writes_nothing(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = two(tmp_path / "salon.xlsx")
    sheetcrm("adopt", book, "--on", ON)
    before = book.read_bytes()
    again = sheetcrm("adopt", book, "--on", "2026-12-24")
    assert again.out == "To już jest skoroszyt klientów: niczego nie brakuje, niczego nie zapisano.\n"
    assert book.read_bytes() == before


def test_undo_takes_the_months_back_whole(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = two(tmp_path / "salon.xlsx")
    before = book.read_bytes()
    sheetcrm("adopt", book, "--on", ON)
    assert sheetcrm("undo", book).code == 0
    assert book.read_bytes() == before


def test_undo_of_months_keeps_what_she_typed_since_and_says_what_stays(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = two(tmp_path / "salon.xlsx")
    sheetcrm("adopt", book, "--on", ON)
    loaded = openpyxl.load_workbook(book)
    loaded["Wizyty"]["E2"] = 130
    loaded.save(book)
    done = sheetcrm("undo", book)
    assert (done.code, visits(book)[0]) == (0, (date(2026, 1, 3), "Anna Kowalska", 130))
    assert "pozostaje, bo mogą tam być Twoje wpisy: Klienci, Wizyty, Usługi" in done.err


def test_a_day_typed_alone_is_one_of_its_sheets_month(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = months(
        tmp_path / "salon.xlsx",
        {
            "Styczeń 2026": [line(3, ANNA), line("", OLA), line("5 pn", EWA), line("31.", ANNA)],
            "02.2026": [line("2.02", ANNA), line(30, OLA), line("1.04.2026", EWA)],
        },
    )
    said = sheetcrm("adopt", book, "--on", ON).out
    assert "którym przypisano datę z wiersza powyżej: 1." in said
    assert [(str(day), who) for day, who, _ in visits(book)] == [
        ("2026-01-03", "Anna Kowalska"), ("2026-01-03", "Ola Nowak"), ("2026-01-05", "Ewa Lis"), ("2026-01-31", "Anna Kowalska"),
        ("2026-02-02", "Anna Kowalska"), ("30", "Ola Nowak"), ("1.04.2026", "Ewa Lis"),
    ]  # fmt: skip
    problems = sheetcrm("check", book, "--on", ON, "--json").json["problems"]
    assert [(p["code"], p["value"]) for p in problems] == [("invalid-date", "30")]


@pytest.mark.parametrize(
    ("file", "above", "expected"),
    [
        ("salon.xlsx", "STYCZEŃ 2025", "2025-01-03"),
        ("wizyty 2024.xlsx", "", "2024-01-03"),
        ("salon.xlsx", "", "3"),
    ],
    ids=["above the headers", "in the file's name", "nowhere"],
)
def test_the_year_is_taken_from_where_it_stands_and_never_guessed(
    sheetcrm: CommandLine, tmp_path: Path, file: str, above: str, expected: str
) -> None:
    book = months(tmp_path / file, {"Styczeń": [line(3, ANNA)], "Luty": [line(3, ANNA)]}, at=3)
    loaded = openpyxl.load_workbook(book)
    loaded["Styczeń"]["A1"] = above
    loaded.save(book)
    sheetcrm("adopt", book, "--on", ON)
    assert str(visits(book)[0][0]) == expected


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (["Styczeń 2026", "Luty 2026", "Marzec"], ["2026-01-03", "2026-02-03", "2026-03-03"]),
        (["Marzec", "Luty 2026", "Styczeń 2026"], ["2026-03-03", "2026-02-03", "2026-01-03"]),
        (["Grudzień", "Styczeń 2026", "Luty 2026"], ["3", "2026-01-03", "2026-02-03"]),
        (["Listopad 2025", "Styczeń 2026", "Luty"], ["2025-11-03", "2026-01-03", "3"]),
    ],
    ids=["after the others", "newest first", "of the year before", "others of two years"],
)
def test_a_month_without_a_year_is_of_the_others_year_only_where_it_goes_on_with_them(
    sheetcrm: CommandLine, tmp_path: Path, titles: list[str], expected: list[str]
) -> None:
    book = months(
        tmp_path / "salon.xlsx",
        {title: [line(3, who), line("", who)] for title, who in zip(titles, (ANNA, OLA, EWA), strict=True)},
    )
    said = sheetcrm("adopt", book, "--on", ON).out
    assert [str(day) for day, _, _ in visits(book)] == [
        day for day in expected for _ in range(2)
    ]  # the line below has the same
    untold = [title for title, day in zip(titles, expected, strict=True) if day == "3"]
    assert (f"skopiowane tak, jak są wpisane: 2, z arkuszy: {untold[0] if untold else ''}." in said) is bool(untold)


def test_sums_headings_and_empty_months_give_no_visit_but_one_without_a_name_does(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = months(
        tmp_path / "salon.xlsx",
        {
            "Styczeń 2026": [
                line(date(2026, 1, 3), ANNA), ("Razem tydzień", "", "", "", 100), line(date(2026, 1, 9), ("", ""), "krem", 40),
                ("", "SUMA", "", "", 140), line(date(2026, 1, 12), OLA), ("", "SUMA", "", "", 240),
            ],
            "Luty 2026": [line(date(2026, 2, 3), ANNA)],
            "Marzec 2026": [],
        },
    )  # fmt: skip
    found = sheetcrm("adopt", book, "--on", ON, "--json").json
    assert found["sheets"] == ["Styczeń 2026", "Luty 2026"]
    assert [(who, amount) for _, who, amount in visits(book)] == [
        ("Anna Kowalska", 100), (None, 40), ("Ola Nowak", 100), ("Anna Kowalska", 100),
    ]  # fmt: skip


def test_a_copy_of_a_month_counts_once_and_what_is_no_month_is_not_taken_but_named(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    february = [line(date(2026, 2, 3), ANNA), line(date(2026, 2, 4), OLA)]
    book = months(
        tmp_path / "salon.xlsx",
        {
            "Styczeń 2026": [line(date(2026, 1, 3), ANNA)],
            "Luty 2026": february,
            "Kopia Luty 2026": february,
            "Odwołane": [line(date(2026, 2, 9), EWA)],
        },
    )
    said = sheetcrm("adopt", book, "--on", ON).out
    assert "te same wizyty są już w innym arkuszu: Kopia Luty 2026." in said
    assert "których nie wzięto: Odwołane." in said
    assert '--sheet "Styczeń 2026" --sheet "Luty 2026" --sheet Odwołane' in said
    assert len(visits(book)) == 3


def test_columns_may_differ_from_month_to_month_and_those_of_her_own_come_along(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = months(tmp_path / "salon.xlsx", {"Styczeń 2026": [line(date(2026, 1, 3), ANNA)]})
    loaded = openpyxl.load_workbook(book)
    page = loaded.create_sheet("Luty 2026")
    page.append(["Klient", "Dzień", "Rabat", "Kwota", "Usługa"])
    page.append(["Ola Nowak", date(2026, 2, 3), "10%", 90, "Pedicure"])
    loaded.save(book)
    sheetcrm("adopt", book, "--on", ON)
    page = next(p for p in openpyxl.load_workbook(book).worksheets if "Visits" in p.tables)
    headers = [cell.value for cell in page[1]]
    assert [page.cell(3, headers.index(h) + 1).value for h in ("Klient", "Usługa", "Kwota", "Rabat", "Telefon")] == [
        "Ola Nowak", "Pedicure", 90, "10%", None,
    ]  # fmt: skip


def test_beside_a_client_list_the_months_become_its_visits(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = two(tmp_path / "salon.xlsx")
    loaded = openpyxl.load_workbook(book)
    page = loaded.create_sheet("Klientki")
    for row in (("Imię i nazwisko", "Telefon", "E-mail"), (*ANNA, "anna@example.com"), (*OLA, None)):
        page.append(row)
    loaded.save(book)
    found = sheetcrm("adopt", book, "--on", ON, "--json").json
    assert (found["table"], found["sheet"], len(found["sheets"]), len(visits(book))) == ("Clients", "Klientki", 2, 3)
    assert sheetcrm("check", book, "--on", ON, "--json").json["counts"] == {}


def test_journals_of_the_staff_are_taken_together_where_she_names_them(sheetcrm: CommandLine, tmp_path: Path) -> None:
    sheets = {"Ania": [line(date(2026, 1, 3), ANNA)], "Kasia": [line(date(2026, 1, 3), OLA)]}
    book = months(tmp_path / "salon.xlsx", sheets)
    refused = sheetcrm("adopt", book)
    assert (refused.code, '--sheet "Ania" --sheet "Kasia"' in refused.err) == (3, True)
    wrong = sheetcrm("adopt", book, "--sheet", "Ania", "--sheet", "Nic")
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    assert sheetcrm("adopt", book, "--sheet", "Kasia", "--sheet", "ania", "--json").json["sheets"] == ["Kasia", "Ania"]
    assert [who for _, who, _ in visits(book)] == ["Ola Nowak", "Anna Kowalska"]


def test_only_sheets_of_visits_are_taken_together(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = two(tmp_path / "salon.xlsx")
    loaded = openpyxl.load_workbook(book)
    loaded.create_sheet("Ceny").append(["Usługa", "Cena"])
    loaded.save(book)
    before = book.read_bytes()
    refused = sheetcrm("adopt", book, "--sheet", "Luty 2026", "--sheet", "Ceny")
    assert (refused.code, refused.err.count("\n"), "Ceny" in refused.err) == (3, 1, True)
    assert book.read_bytes() == before


@pytest.mark.parametrize("sheets", [["Sheet1"], ["January", "February"]])
def test_a_journal_with_first_and_last_name_apart_gives_visits_of_whole_names(
    sheetcrm: CommandLine, tmp_path: Path, sheets: list[str]
) -> None:
    rows = [(date(2026, 1, day), "Anna", "Smith", "07700 900101", "Cut", 40) for day in (3, 9)]
    headers = ("Date", "First name", "Last name", "Phone", "Service", "Price")
    book = months(tmp_path / "salon.xlsx", dict.fromkeys(sheets, rows), headers=headers)
    if len(sheets) > 1:
        loaded = openpyxl.load_workbook(book)
        loaded["February"]["A2"], loaded["February"]["A3"] = date(2026, 2, 3), date(2026, 2, 9)
        loaded.save(book)
    found = sheetcrm("adopt", book, "--on", ON, "--json").json
    assert (found["table"], found["clients"]) == ("Visits", 1)
    assert [who for _, who, _ in visits(book)] == ["Anna Smith"] * 2 * len(sheets)


def test_a_journal_whose_names_stand_under_a_first_name_is_one_where_people_come_again(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    rows = [line(date(2026, 9, day), who) for day in (1, 9) for who in (ANNA, OLA, EWA)]
    again = months(tmp_path / "a.xlsx", {"Arkusz1": rows}, headers=("Data", "Imię", "Telefon", "Zabieg", "Cena"))
    once = months(tmp_path / "b.xlsx", {"Arkusz1": rows[:3]}, headers=("Data", "Imię", "Telefon", "Zabieg", "Cena"))
    found = [sheetcrm("adopt", book, "--on", ON, "--json").json for book in (again, once)]
    assert [(f["table"], f["clients"]) for f in found] == [("Visits", 3), ("Clients", 3)]
    assert sheetcrm("check", again, "--on", ON, "--json").json["counts"] == {}
    assert sheetcrm("adopt", again, "--on", ON, "--json").json["written"] is False


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Styczeń 2026", (2026, 1)), ("sty 26", (2026, 1)), ("Январь", (0, 1)), ("Травень 2025", (2025, 5)),
        ("gennaio 2026", (2026, 1)), ("Ene 2026", (2026, 1)), ("2026-03", (2026, 3)), ("03.26", (2026, 3)),
        ("Q1 2026", (2026, 0)), ("2025", (2025, 0)), ("2025-2026", (0, 0)), ("Arkusz1", (0, 0)), ("Klienci", (0, 0)),
    ],
)  # fmt: skip
def test_a_title_names_a_month_a_year_or_neither(title: str, expected: tuple[int, int]) -> None:
    assert month_of(title) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (17.0, date(2026, 3, 17)), (3.03, date(2026, 3, 3)), ("17", date(2026, 3, 17)), ("17 marca", date(2026, 3, 17)),
        ("17.03.", date(2026, 3, 17)), (3.04, 3.04), (32.0, 32.0), (46100.0, 46100.0), (True, True), ("later", "later"),
    ],
)  # fmt: skip
def test_a_cell_is_a_day_of_a_month_only_where_it_can_be_none_else(cell: Any, expected: Any) -> None:
    found = day_in(cell, Month(2026, 3), "PL")
    assert (type(found), found) == (type(expected), expected)
