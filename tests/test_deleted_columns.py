"""A column that a program takes out without shifting names: ours are found by their headers, and nothing is written beneath one of hers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine
from owner_hand import DAY, edited, header_row, salon, sheet

from sheetcrm.testing import make_workbook

LIST = """
    Name       | Phone         | Email            | Birthday
    Anna Smith | +447400123451 | anna@example.com | 1990-01-02
    Jo Brown   | +447400123452 | jo@example.com   |
    Eve Green  | +447400123453 | eve@example.com  |
    Mia Black  | +447400123454 | mia@example.com  | 1985-05-05
"""
VISITS = """
    Date       | Client     | Service | Amount
    2026-09-01 | Anna Smith | Cut     | 40
    2026-10-01 | Anna Smith | Cut     | 60
    2026-10-05 | Jo Brown   | Cut     | 30
"""
EMPTY: list[Any] = [None] * 4
IDS = ["C1", "C2", "C3", "C4"]


def a_list(folder: Path, sheetcrm: CommandLine, *, plain: bool) -> Path:
    """Hers, then ours, `Client ID` the first of them; as an Excel table, or `plain`."""
    path = make_workbook(folder / "list.xlsx", clients=LIST, visits=VISITS)
    if plain:
        with edited(path) as made:
            for page in made.worksheets:
                page.tables.clear()
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    return path


def cells(path: Path) -> dict[str, list[Any]]:
    """What stands beneath each header of Clients."""
    page = openpyxl.load_workbook(path)["Clients"]
    return {str(c.value): [page.cell(row, c.column).value for row in range(2, 6)] for c in page[1] if c.value}


def put_right_of_ids(path: Path, header: str, values: list[Any]) -> None:
    """Put a column of hers right of `Client ID`, all names shifted as Excel does: over it our mark stands once the ids are out."""
    with edited(path) as made:
        page = made["Clients"]
        at = next(c.column for c in page[1] if c.value == "Client ID") + 1
        page.insert_cols(at)
        for row, value in enumerate([header, *values], 1):
            page.cell(row, at).value = value
        for name in made.defined_names.values():
            on, _, place = name.value.rpartition("!")
            letter = place.split("$")[1] if on.strip("'") == "Clients" and place.count("$") == 2 else ""
            if letter and (number := openpyxl.utils.column_index_from_string(letter)) >= at:
                name.value = f"{on}!${openpyxl.utils.get_column_letter(number + 1)}${place.split('$')[2]}"


def take_out(path: Path, header: str) -> None:
    with edited(path) as made:
        page = made["Clients"]
        page.delete_cols(next(c.column for c in page[1] if c.value == header))


@pytest.mark.parametrize("header", ["Name", "Phone", "Birthday", "Visits", "Next visit", "Status"])
def test_ours_stay_beneath_their_headers_and_hers_as_she_filled_them(
    tmp_path: Path, sheetcrm: CommandLine, header: str
) -> None:
    path = a_list(tmp_path, sheetcrm, plain=True)
    before = cells(path)
    take_out(path, header)
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    after = cells(path)
    same = before.keys() - {header, "Age", "Problems"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("Notes", EMPTY),  # a field of hers
        ("Postcode", [101, 102, 103, 104]),  # of hers, as ids may look
        ("Allergies", EMPTY),  # a column that only she knows
        ("Allergies", ["nuts", None, None, None]),
        ("Shoe size", [36, 41, 39, 38]),
        ("Card", ["K1", None, "K3", None]),
    ],
)
def test_ids_are_not_written_beneath_the_header_that_took_the_place_of_theirs(
    tmp_path: Path, sheetcrm: CommandLine, header: str, values: list[Any]
) -> None:
    path = a_list(tmp_path, sheetcrm, plain=True)
    put_right_of_ids(path, header, values)
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    assert (cells(path)[header], cells(path)["Client ID"]) == (values, IDS)
    take_out(path, "Client ID")
    done = sheetcrm("refresh", path, "--on", DAY)
    assert (cells(path)[header], cells(path)["Client ID"]) == (values, IDS)
    assert "Clients with the ID that they had: 4; with a new one: 0." in done.err


@pytest.mark.parametrize("header", ["Notes", "Postcode"])
def test_a_column_of_ours_is_not_written_beneath_an_empty_one_of_a_field_of_hers(
    tmp_path: Path, sheetcrm: CommandLine, header: str
) -> None:
    path = a_list(tmp_path, sheetcrm, plain=True)
    with edited(path) as made:
        page = made["Clients"]
        page.cell(1, page.max_column + 1).value = header
    take_out(path, "Problems")
    with edited(path) as made:
        page = made["Clients"]
        page.cell(5, 2).value = "12"  # no phone: a problem
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    assert (cells(path)[header], cells(path)["Problems"][3] is not None) == (EMPTY, True)


def test_of_a_new_workbook_the_ids_taken_out_by_a_program_come_back(tmp_path: Path, sheetcrm: CommandLine) -> None:
    path = salon(tmp_path)
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    with edited(path) as made:
        page = sheet(made, "Clients")
        page.delete_cols(next(c.column for c in page[header_row(page)] if c.value == "Client ID"))
        page.tables.clear()
    names = cells(path)["Name"]
    sheetcrm("refresh", path, "--on", DAY)
    assert (cells(path)["Name"], cells(path)["Client ID"]) == (names, IDS)
