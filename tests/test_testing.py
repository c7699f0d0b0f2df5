"""What is offered to the tests of others: a workbook from text tables."""

from __future__ import annotations

import doctest
from datetime import date
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

import sheetcrm.testing
from sheetcrm.testing import make_workbook, parse_table

if TYPE_CHECKING:
    from pathlib import Path


def test_cells_are_dates_numbers_and_text_as_an_owner_would_have_them() -> None:
    text = """
        Date       | Client | Amount | Phone       | Note        | Day
        2026-11-20 | "7"    | -52.50 | +4860000010 | 0600 | 2026-02-30

        2026-11-21 | 7      | 100    | "600000101" | 15:30  |
    """
    assert parse_table(text)[1:] == [
        [date(2026, 11, 20), "7", -52.5, "+4860000010", "0600", "2026-02-30"],
        [date(2026, 11, 21), 7, 100, "600000101", "15:30", None],
    ]


def test_a_bar_within_a_cell_is_written_with_a_backslash() -> None:
    assert parse_table("Template | Body\nbirthday | {{ on \\| date }}")[1] == ["birthday", "{{ on | date }}"]


@pytest.mark.parametrize(
    "text",
    [
        "Name | Email\nLis, Ola | ola@example.com\n | eva@example.com",
        "| Name | Email |\n|:-----|-------|\n| Lis, Ola | ola@example.com |\n| | eva@example.com |",
        "Name | Email\n--- | ---\nLis, Ola | ola@example.com\n | eva@example.com",
        "Name\tEmail\nLis, Ola\tola@example.com\n\teva@example.com",
        "Name;Email\nLis, Ola;ola@example.com\n;eva@example.com",
        'Name,Email\n"Lis, Ola",ola@example.com\n,eva@example.com',
        'Name   Email\nLis, Ola   ola@example.com\n""  eva@example.com',
    ],
)
def test_what_parts_the_cells_is_seen_in_the_header_line(text: str) -> None:
    head, ola, eva = parse_table(text)
    assert (head, ola) == (["Name", "Email"], ["Lis, Ola", "ola@example.com"])
    assert (eva[0] or None, eva[1]) == (None, "eva@example.com")


def test_a_header_line_that_nothing_parts_is_one_column() -> None:
    assert parse_table("Full name\nLis, Ola; or so") == [["Full name"], ["Lis, Ola; or so"]]


def test_a_row_longer_than_its_header_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="3 cells under 2 headers: a"):
        parse_table("One | Two\na | b | c")


def test_each_table_stands_on_a_sheet_of_its_english_title(tmp_path: Path) -> None:
    path = make_workbook(
        tmp_path / "b.xlsx",
        clients="Name\nAnna",
        visits="Date | Client\n2026-11-20 | Anna",
        holidays="Date\n2026-12-25",
    )
    book = load_workbook(path)
    assert book.sheetnames == ["Clients", "Visits", "Closed days"]
    assert next([cell.value for cell in row] for row in book["Visits"].rows) == ["Date", "Client"]
    assert book["Visits"]["A2"].is_date
    assert not any(sheet.tables for sheet in book.worksheets)


def test_on_demand_they_are_excel_tables(tmp_path: Path) -> None:
    book = load_workbook(
        make_workbook(tmp_path / "b.xlsx", clients="Name | Phone", services="Service\nCut", tables=True)
    )
    assert [(t.name, t.ref) for sheet in book.worksheets for t in sheet.tables.values()] == [
        ("Clients", "A1:B2"),
        ("Services", "A1:A2"),
    ]


def test_a_table_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="knows no table 'client'"):
        make_workbook(tmp_path / "b.xlsx", client="Name\nAnna")


def test_the_example_in_the_docs_runs() -> None:
    found = doctest.testmod(sheetcrm.testing)
    assert (found.failed, found.attempted > 3) == (0, True)
