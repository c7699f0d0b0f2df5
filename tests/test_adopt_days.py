"""`adopt` on a journal whose day or client stands once for several rows: merged, blank below, or as a row of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine

from sheetcrm import open_workbook
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.languages.adopting import say

MONDAY, TUESDAY = datetime(2026, 11, 2), datetime(2026, 11, 3)
HEADERS = ("Data", "Klientka", "Zabieg", "Cena")


def book_of(path: Path, rows: Sequence[Sequence[Any]], *merged: str, headers: Sequence[str] = HEADERS) -> Path:
    made = openpyxl.Workbook()
    page: Any = made.active
    for row in (headers, *rows):
        page.append(list(row))
    for area in merged:
        page.merge_cells(area)
    made.save(path)
    return path


def visits(book: Path) -> list[tuple[Any, ...]]:
    frame = open_workbook(book).visits[["date", "client", "amount"]].astype(object)
    return [tuple(None if cell != cell else cell for cell in row) for row in frame.itertuples(index=False)]  # noqa: PLR0124 - NaN


def test_a_merged_day_is_the_day_of_each_visit_beside_it(sheetcrm: CommandLine, tmp_path: Path) -> None:
    rows = [(MONDAY, "Anna Lis", "Manicure", 80), (None, "Ola Nowak", "Pedicure", 100), (TUESDAY, "Ewa Bąk", "SPA", 90)]
    book = book_of(tmp_path / "a.xlsx", rows, "A2:A3")
    said = sheetcrm("adopt", book).out
    days = [str(day)[:10] for day, _, _ in visits(book)]
    assert (days, "pusta" in said, sheetcrm("check", book, "--json").json["counts"]) == (
        ["2026-11-02", "2026-11-02", "2026-11-03"],
        False,
        {},
    )


def test_a_merged_name_and_phone_are_those_of_each_of_her_visits(sheetcrm: CommandLine, tmp_path: Path) -> None:
    rows = [
        ("Maria Rossi", "333 1234567", "Taglio", MONDAY),
        (None, None, "Colore", TUESDAY),
        ("Anna Neri", "333 1234568", "Piega", MONDAY),
        (None, None, "Taglio", TUESDAY),
    ]
    headers = ("Nominativo", "Telefono", "Trattamento", "Data")
    book = book_of(tmp_path / "a.xlsx", rows, "A2:A3", "B2:B3", "A4:A5", "B4:B5", headers=headers)
    done = sheetcrm("adopt", book, "--json").json
    clients = [str(client) for client in open_workbook(book).visits["client"]]
    assert (done["table"], done["clients"], done["lacking"]) == ("Visits", 2, {})
    assert clients == ["Maria Rossi", "Maria Rossi", "Anna Neri", "Anna Neri"]


def test_an_amount_merged_over_several_rows_is_counted_once(sheetcrm: CommandLine, tmp_path: Path) -> None:
    rows = [(MONDAY, "Anna Lis", "Manicure", 180), (MONDAY, "Anna Lis", "Pedicure", None)]
    book = book_of(tmp_path / "a.xlsx", rows, "D2:D3")
    sheetcrm("adopt", book)
    assert [amount for _, _, amount in visits(book)] == [180, None]


def test_rows_left_blank_below_a_merged_day_are_no_visits(sheetcrm: CommandLine, tmp_path: Path) -> None:
    rows = [(MONDAY, "Anna Lis", "Manicure", 80), (None,) * 4, (None,) * 4, (TUESDAY, "Ola Nowak", "SPA", 90)]
    book = book_of(tmp_path / "a.xlsx", rows, "A2:A4")
    sheetcrm("adopt", book)
    assert [client for _, client, _ in visits(book)] == ["Anna Lis", "Ola Nowak"]


def test_a_second_row_of_a_merged_client_is_not_taken_for_the_same_client_again(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    rows = [("Anna Lis", "601 234 567"), (None, "601 234 568"), ("Ola Nowak", "601 234 569")]
    book = book_of(tmp_path / "a.xlsx", rows, "A2:A3", headers=("Imię i nazwisko", "Telefon"))
    sheetcrm("adopt", book)
    assert open_workbook(book).clients["name"].dropna().tolist() == ["Anna Lis", "Ola Nowak"]


def test_nothing_is_written_into_a_merged_day(sheetcrm: CommandLine, tmp_path: Path) -> None:
    rows = [(MONDAY, "Anna Lis", "Manicure", 80), (None, "Ola Nowak", "Pedicure", 100)]
    book = book_of(tmp_path / "a.xlsx", rows, "A2:A3")
    sheetcrm("adopt", book)
    sheetcrm("refresh", book)
    page = openpyxl.load_workbook(book).worksheets[0]
    assert ([page.cell(row, 1).value for row in (2, 3)], [str(a) for a in page.merged_cells.ranges]) == (
        [MONDAY, None],
        ["A2:A3"],
    )


@pytest.mark.parametrize("code", LANGUAGES)
def test_rows_of_a_journal_without_a_day_or_a_client_are_named(
    sheetcrm: CommandLine, tmp_path: Path, code: str
) -> None:
    rows = [(MONDAY, "Anna Lis", "SPA", 80), (None, "Ola Nowak", "SPA", 100), (TUESDAY, None, "SPA", 90)]
    book = book_of(tmp_path / "a.xlsx", rows)
    told = [say(code, "lacking", header=header, count=1, rows=row) for header, row in (("Data", 3), ("Klientka", 4))]
    said = sheetcrm("adopt", book, "--language", code, "--dry-run").out
    assert [line in said for line in told] == [True, True]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("poniedziałek 2.11.2026", "wtorek 3.11.2026"),
        ("lunedì 2.11", "martedì 3.11"),
        ("2 листопада", "3 листопада"),
        (MONDAY, TUESDAY),
    ],
    ids=str,
)
def test_days_in_rows_of_their_own_are_told_to_be_no_visits(
    sheetcrm: CommandLine, tmp_path: Path, one: Any, other: Any
) -> None:
    rows = [(one,), ("10:00", "Anna Lis", "SPA", 80), (other,), ("9:00", "Ewa Bąk", "SPA", 90)]
    book = book_of(tmp_path / "a.xlsx", rows, headers=("Godz.", "Klientka", "Zabieg", "Cena"))
    days = [str(day.date()) if isinstance(day, datetime) else day for day in (one, other)]
    assert sheetcrm("adopt", book, "--dry-run", "--json").json["day_rows"] == days


@pytest.mark.parametrize("code", LANGUAGES)
def test_that_days_stand_in_rows_of_their_own_is_said_in_her_language(
    sheetcrm: CommandLine, tmp_path: Path, code: str
) -> None:
    rows = [("2.11.2026",), ("10:00", "Anna Lis", "SPA", 80)]
    book = book_of(tmp_path / "a.xlsx", rows, headers=("Godz.", "Klientka", "Zabieg", "Cena"))
    told = say(code, "days_down", days="2.11.2026", date=language(code).header("date"))
    assert told in sheetcrm("adopt", book, "--language", code, "--dry-run").out


@pytest.mark.parametrize(
    "rows",
    [
        [("Anna Lis", "601 234 567"), ("2.11.2026",), ("Ola Nowak", "601 234 568")],
        [("VIP",), ("Anna Lis", "601 234 567"), ("Ola Nowak", "601 234 568")],
        [("12",), ("Anna Lis", "601 234 567")],
    ],
)
def test_a_list_of_clients_with_a_stray_cell_is_no_journal(
    sheetcrm: CommandLine, tmp_path: Path, rows: list[tuple[str, ...]]
) -> None:
    book = book_of(tmp_path / "a.xlsx", rows, headers=("Imię i nazwisko", "Telefon"))
    assert sheetcrm("adopt", book, "--dry-run", "--json").json["day_rows"] == []
