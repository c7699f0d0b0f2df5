"""What a script leaves behind that replaces a sheet, or puts rows in, and shifts no names: our marks over something else."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine
from owner_hand import DAY, Page, append, edited, salon

import sheetcrm as crm
from sheetcrm.crm.fields import TABLES
from sheetcrm.running.refreshing import refresh_book
from sheetcrm.testing import MemoryTransport, make_workbook

pytestmark = pytest.mark.usefixtures("sheetcrm")  # a state folder of its own

OURS = ("Problems", "Duplicates", "Outbox", "Sent")
STOCK: list[list[Any]] = [["Product", "Stock", "Price"], *([f"product {n}", n, 1.5 * n] for n in range(20))]
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


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A plain list that was refreshed once, without an Excel table."""
    path = make_workbook(tmp_path / "list.xlsx", clients=LIST, visits=VISITS)
    with edited(path) as file:
        for page in file.worksheets:
            page.tables.clear()
    refresh_book(path, on=DAY)
    return path


def replace_sheet(path: Path, title: str, lines: list[list[Any]]) -> None:
    """Put a sheet of hers in the place of another; openpyxl keeps the names that point there."""
    with edited(path) as file:
        at = file.sheetnames.index(title)
        del file[title]
        page = file.create_sheet(title, at)
        for line in lines:
            page.append(line)


def cells(path: Path, title: str) -> list[list[Any]]:
    return [list(line) for line in openpyxl.load_workbook(path)[title].iter_rows(values_only=True)]


def texts(page: Page, row: int) -> list[Any]:
    return [cell.value for cell in page[row] if cell.value is not None]


def beneath(path: Path, title: str, row: int, header: str) -> list[Any]:
    page = openpyxl.load_workbook(path)[title]
    at = next(cell.column for cell in page[row] if cell.value == header)
    return [page.cell(number, at).value for number in range(row + 1, row + 5)]


def settled(path: Path) -> bool:
    """Whether a run, and another one after it, leave no sheet or column more than there was."""

    def shapes() -> list[Any]:
        return [(page.title, page.max_column) for page in openpyxl.load_workbook(path)]

    before = shapes()
    crm.run(path, on=DAY, transport=MemoryTransport())
    return not crm.run(path, on=DAY, transport=MemoryTransport()).written and shapes() == before


# her sheets


@pytest.mark.parametrize("title", OURS)
def test_a_sheet_of_hers_in_the_place_of_ours_stays_as_it_is_and_ours_is_made_anew(tmp_path: Path, title: str) -> None:
    book = salon(tmp_path)
    crm.run(book, on=DAY, transport=MemoryTransport())
    replace_sheet(book, title, STOCK)
    crm.run(book, on=DAY, transport=MemoryTransport())
    assert (cells(book, title), f"{title} 2" in openpyxl.load_workbook(book).sheetnames) == (STOCK, True)
    assert settled(book)


@pytest.mark.parametrize("title", OURS)
@pytest.mark.parametrize("seed", range(6))
def test_not_one_cell_of_any_table_of_hers_under_a_stale_mark_changes(tmp_path: Path, title: str, seed: int) -> None:
    dice = random.Random(f"{title} {seed}")  # noqa: S311 - no secrets, tables
    words = ["Product", "Stock", "", "2026", "Name", "Visits", "Date", *map(str.capitalize, TABLES[title].names)]
    lines: list[list[Any]] = [[dice.choice(words) or None for _ in range(14)]]
    lines += [
        ["front", *(dice.choice([7, None, "C1", 2.5, "x"]) for _ in range(13))] for _ in range(dice.randint(1, 30))
    ]
    book = salon(tmp_path)
    refresh_book(book, on=DAY)
    replace_sheet(book, title, [*([["My sheet"]] * dice.randint(0, 2)), *lines])
    before = cells(book, title)
    refresh_book(book, on=DAY)
    assert cells(book, title) == before


@pytest.mark.parametrize("title", ["Clients", "Visits"])
def test_a_table_of_hers_in_the_place_of_a_list_stays_as_it_is(plain: Path, title: str, sheetcrm: CommandLine) -> None:
    replace_sheet(plain, title, STOCK)
    sheetcrm("refresh", plain, "--on", "2026-11-22")
    assert cells(plain, title) == STOCK


def test_nobody_is_greeted_twice_where_her_own_sheet_took_the_place_of_sent(tmp_path: Path) -> None:
    book = salon(tmp_path)
    first = MemoryTransport()
    crm.run(book, on=DAY, transport=first)
    lines = cells(book, "Sent")
    replace_sheet(book, "Sent", STOCK)
    second = MemoryTransport()
    crm.run(book, on=DAY, transport=second)
    assert (len(first.messages), len(second.messages), cells(book, "Sent"), cells(book, "Sent 2")) == (
        2,
        0,
        STOCK,
        lines,
    )


# rows above


@pytest.mark.parametrize("rows", [1, 2, 5])
@pytest.mark.parametrize("column", [0, 2, 9])
def test_rows_that_a_script_puts_above_the_list_leave_our_columns_where_they_are(
    plain: Path, rows: int, column: int
) -> None:
    before = texts(openpyxl.load_workbook(plain)["Clients"], 1)
    with edited(plain) as file:
        file["Clients"].insert_rows(1, rows)
        file["Clients"]["A1"] = "Visits to my salon 2026"
        if column:
            file["Clients"].insert_cols(column)
            file["Clients"].cell(1 + rows, column).value = "Eyes"
        append(file["Visits"], {"Date": date(2026, 11, 20), "Client": "C2", "Amount": 70})
    refresh_book(plain, on=DAY)
    wanted = [*before[: column - 1], "Eyes", *before[column - 1 :]] if column else before
    assert texts(openpyxl.load_workbook(plain)["Clients"], 1 + rows) == wanted
    assert beneath(plain, "Clients", 1 + rows, "Visits") == [2, 2, 1, 0]
    assert settled(plain)


def test_rows_that_a_script_takes_away_above_the_list_leave_our_columns_where_they_are(tmp_path: Path) -> None:
    book = make_workbook(tmp_path / "list.xlsx", clients=LIST, visits=VISITS)
    with edited(book) as file:
        for page in file.worksheets:
            page.tables.clear()
        file["Clients"].insert_rows(1, 3)
        file["Clients"]["A1"] = "My salon"
    refresh_book(book, on=DAY)
    before = texts(openpyxl.load_workbook(book)["Clients"], 4)
    with edited(book) as file:
        file["Clients"].delete_rows(1, 3)
    refresh_book(book, on=DAY)
    assert texts(openpyxl.load_workbook(book)["Clients"], 1) == before
    assert settled(book)


def insert_and_name(page: Page, column: int) -> None:
    page.insert_cols(column)
    page.cell(1, column).value = "Eyes"


MOVES: dict[str, Callable[[Page], object]] = {
    "rows above": lambda page: page.insert_rows(1, 2),
    "a column before": lambda page: page.insert_cols(1),
    "both": lambda page: (page.insert_rows(1, 3), page.insert_cols(1, 2)),
    "a column within": lambda page: insert_and_name(page, 3),
    "a column less": lambda page: page.delete_cols(4),
}


@pytest.mark.parametrize(
    ("move", "now"),
    [
        ("rows above", "A3:AR3"),
        ("a column before", "B1:AS1"),
        ("both", "C4:AT4"),
        ("a column within", "A1:AS1"),
        ("a column less", "A1:AQ1"),
    ],
)
def test_an_excel_table_that_a_script_leaves_behind_is_told_and_nothing_is_done_until_she_dissolves_it(
    sheetcrm: CommandLine, tmp_path: Path, move: str, now: str
) -> None:
    book = salon(tmp_path)
    refresh_book(book, on=DAY)
    with edited(book) as file:
        MOVES[move](file["Clients"])
    before = book.read_bytes()
    codes = [sheetcrm(name, book, "--on", "2026-11-22").code for name in ("check", "refresh", "plan", "run")]
    said = sheetcrm("refresh", book, "--on", "2026-11-22").err
    assert (codes, said.count("\n"), book.read_bytes() == before) == ([3] * 4, 1, True)
    assert f"the table Clients covers A1:AR5, but its headings stand in {now}" in said
    with edited(book) as file:
        file["Clients"].tables.clear()
    row = int(now[1])
    headers = texts(openpyxl.load_workbook(book)["Clients"], row)
    refresh_book(book, on=DAY)
    assert texts(openpyxl.load_workbook(book)["Clients"], row) == headers
    assert settled(book)


@pytest.mark.parametrize(
    "renamed",
    [
        {"Phone": "Mobile"},
        {"Phone": "Email", "Email": "Phone"},
        {"Problems": "What is wrong"},
        {"Problems": "Name", "Name": "Problems"},
    ],
)
def test_headers_that_a_script_renames_or_changes_about_are_no_table_left_behind(
    tmp_path: Path, renamed: dict[str, str]
) -> None:
    book = salon(tmp_path)
    refresh_book(book, on=DAY)
    with edited(book) as file:
        for cell in file["Clients"][1]:
            cell.value = renamed.get(str(cell.value), str(cell.value))
    assert len(crm.open_workbook(book).raw.tables["Clients"]) == 4


@pytest.mark.parametrize("dissolved", [False, True])
@pytest.mark.parametrize("above", [1, 3])
def test_rows_that_a_script_puts_above_a_sheet_of_ours_move_it_down_with_what_is_hers(
    tmp_path: Path, above: int, *, dissolved: bool
) -> None:
    book = salon(tmp_path)
    refresh_book(book, on=DAY)
    with edited(book) as file:
        page = file["Outbox"]
        page.cell(1, 16).value, page.cell(2, 16).value = "My note", "ring first"
        if dissolved:
            page.tables.clear()
        page.insert_rows(1, above)
        page["A1"] = "My letters"
    before = cells(book, "Outbox")
    refresh_book(book, on=DAY)
    page = openpyxl.load_workbook(book)["Outbox"]
    rows = len(before) - above
    assert (cells(book, "Outbox"), page.tables["Outbox"].ref) == (before, f"A{above + 1}:O{above + rows}")
    assert settled(book)
