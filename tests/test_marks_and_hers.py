"""A column of hers under a mark of ours: what a program that shifts no names, or an export pasted over the list, leaves behind."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine
from owner_hand import BORN, Page, append, client, column, edited, header_row, rename, rows, salon, sheet, values

from sheetcrm.testing import make_workbook

ON = "2026-11-22"
LIST = """
    Client ID | Name       | Phone         | Email
    C1        | Anna Smith | +447400123451 | anna@example.com
    C2        | Jo Brown   | +447400123452 | jo@example.com
    C3        | Eve Green  | +447400123453 | eve@example.com
    C4        | Mia Black  | +447400123454 | mia@example.com
"""
VISITS = """
    Date       | Client | Service | Amount
    2026-09-01 | C1     | Cut     | 40
    2026-10-01 | C1     | Cut     | 60
    2026-10-05 | C2     | Cut     | 30
    2026-11-02 | C3     | Colour  | 80
"""
ALLERGIES = ["nuts", "none", "latex", "none"]
SIZES = [36, 41, 39, 38]


@pytest.fixture
def book(tmp_path: Path, sheetcrm: CommandLine) -> Path:
    """A plain list that was refreshed once, without an Excel table: ours stand right of hers."""
    path = make_workbook(tmp_path / "list.xlsx", clients=LIST, visits=VISITS)
    with edited(path) as file:
        for page in file.worksheets:
            page.tables.clear()
    assert sheetcrm("refresh", path, "--on", ON).code == 0
    return path


def clients(path: Path) -> Page:
    return openpyxl.load_workbook(path)["Clients"]


def place(page: Page, header: str) -> int:
    return next(int(cell.column) for cell in page[1] if cell.value == header)


def beneath(path: Path, header: str) -> list[Any]:
    page = clients(path)
    at = place(page, header)
    return [page.cell(row, at).value for row in range(2, 6)]


def headers(path: Path) -> list[Any]:
    return [cell.value for cell in clients(path)[1] if cell.value is not None]


def put(page: Page, at: int, header: str, cells: list[Any]) -> None:
    for row, value in enumerate([header, *cells], 1):
        page.cell(row, at).value, page.cell(row, at).style = value, "Normal"


@pytest.mark.parametrize("command", ["refresh", "undo"])
@pytest.mark.parametrize(("header", "cells"), [("Allergies", ALLERGIES), ("Shoe size", SIZES), ("Notes", ALLERGIES)])
@pytest.mark.parametrize("over", ["Visits", "Last visit", "Status", "Problems"])
def test_a_column_of_hers_that_took_the_place_of_ours_stays_as_she_filled_it(
    book: Path, sheetcrm: CommandLine, over: str, header: str, cells: list[Any], command: str
) -> None:
    with edited(book) as file:
        put(file["Clients"], place(file["Clients"], over), header, cells)
    assert sheetcrm(command, book, *(["--on", ON] if command == "refresh" else [])).code == 0
    assert beneath(book, header) == cells
    sheetcrm("refresh", book, "--on", ON)
    assert (beneath(book, header), beneath(book, "Visits")) == (cells, [2, 1, 1, 0])


@pytest.mark.parametrize("command", ["refresh", "undo"])
def test_an_export_pasted_over_the_list_keeps_all_its_columns(book: Path, sheetcrm: CommandLine, command: str) -> None:
    with edited(book) as file:
        page = file["Clients"]
        pasted: list[tuple[str, list[Any]]] = [
            ("Allergies", ALLERGIES),
            ("Shoe size", SIZES),
            ("Formula", list("abcd")),
        ]
        for at, (header, cells) in enumerate(pasted, 5):
            put(page, at, header, cells)
    assert sheetcrm(command, book, *(["--on", ON] if command == "refresh" else [])).code == 0
    assert (beneath(book, "Allergies"), beneath(book, "Shoe size"), beneath(book, "Formula")) == (
        ALLERGIES, SIZES, ["a", "b", "c", "d"],
    )  # fmt: skip


@pytest.mark.parametrize("at", [2, 5, 9])
@pytest.mark.parametrize("cells", [ALLERGIES, [None] * 4])
def test_a_column_put_in_by_a_program_that_shifts_no_names_leaves_ours_where_their_headers_are(
    book: Path, sheetcrm: CommandLine, at: int, cells: list[Any]
) -> None:
    before = headers(book)
    with edited(book) as file:
        file["Clients"].insert_cols(at)
        put(file["Clients"], at, "Eyes", cells)
        append(file["Visits"], {"Date": date(2026, 11, 20), "Client": "C2", "Amount": 70})
    assert sheetcrm("refresh", book, "--on", ON).code == 0
    assert headers(book) == [*before[: at - 1], "Eyes", *before[at - 1 :]]
    assert (beneath(book, "Eyes"), beneath(book, "Visits")) == (cells, [2, 2, 1, 0])
    assert sheetcrm("refresh", book, "--on", ON, "--json").json["written"] is False


@pytest.mark.parametrize("at", [2, 5, 9])
def test_undo_after_a_program_put_a_column_in_takes_back_ours_and_nothing_of_it(
    book: Path, sheetcrm: CommandLine, at: int
) -> None:
    with edited(book) as file:
        file["Clients"].insert_cols(at)
        put(file["Clients"], at, "Eyes", ALLERGIES)
    assert sheetcrm("undo", book).code == 0
    assert (beneath(book, "Eyes"), sorted(headers(book))) == (
        ALLERGIES, ["Client ID", "Email", "Eyes", "Name", "Phone"],
    )  # fmt: skip


@pytest.mark.parametrize("header", ["Visits", "Total spend", "Last visit", "Status", "Problems", "Favourite service"])
def test_a_header_of_ours_that_she_renames_is_still_ours(book: Path, sheetcrm: CommandLine, header: str) -> None:
    with edited(book) as file:
        rename(file["Clients"], header, "Zuletzt")
        append(file["Visits"], {"Date": date(2026, 11, 20), "Client": "C2", "Service": "Cut", "Amount": 70})
    assert sheetcrm("refresh", book, "--on", ON).code == 0
    assert (header in headers(book), headers(book).count("Zuletzt")) == (False, 1)


def test_a_column_that_a_program_puts_into_a_sheet_of_ours_is_not_written_over(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = salon(tmp_path, clients=[client("C1", "Anna Smith", "anna", BORN), client("C2", "", "x")])
    sheetcrm("refresh", book, "--on", ON)
    with edited(book) as file:
        page = sheet(file, "Outbox")
        at = column(page, "Client")
        del page.tables["Outbox"]
        page.insert_cols(at)
        page.cell(1, at).value, page.cell(2, at).value = "My note", "ring first"
    assert sheetcrm("refresh", book, "--on", ON).code == 0
    page = openpyxl.load_workbook(book)["Outbox"]
    assert (page.cell(1, at).value, page.cell(2, at).value) == ("My note", "ring first")
    assert page.cell(2, at + 1).value == "Anna Smith"


# undo, cell by cell


def test_undo_keeps_what_she_typed_into_cells_of_ours_and_tells_of_it(book: Path, sheetcrm: CommandLine) -> None:
    with edited(book) as file:
        page = file["Clients"]
        spent, visits = place(page, "Total spend"), place(page, "Visits")
        page.cell(2, spent).value = "my own sum"
        page.cell(3, visits).value = 77
        page.cell(6, place(page, "Name")).value = "Nina White"
        page.cell(6, place(page, "Status")).value = "sister of Jo"
        rename(page, "Last visit", "My day")
    done = sheetcrm("undo", book)
    page = clients(book)
    assert (done.code, "What you typed yourself stays" in done.err) == (0, True)
    assert (beneath(book, "Total spend"), beneath(book, "Visits"), beneath(book, "My day")) == (
        ["my own sum", None, None, None], [None, 77, None, None], [None] * 4,
    )  # fmt: skip
    assert page.cell(6, place(page, "Status")).value == "sister of Jo"
    assert set(headers(book)) == {
        "Client ID", "Name", "Phone", "Email", "Visits", "Total spend", "Status", "My day",
    }  # fmt: skip


def test_undo_takes_back_every_cell_of_ours_where_she_typed_only_beside_them(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = salon(tmp_path)
    sheetcrm("refresh", book, "--on", ON)
    with edited(book) as file:
        page = sheet(file, "Clients")
        page.cell(header_row(page) + 1, column(page, "Notes")).value = "tea"
    done = sheetcrm("undo", book)
    assert (done.code, done.err) == (0, "")
    assert set(values(book, "Clients", "Visits", "Total spend", "Status", "Age", "RFM")) == {(None,) * 5}
    assert rows(book, "Clients")[0]["Notes"] == "tea"
