"""Undo of an import after she typed in the file: what it filled in is taken back cell by cell, and what stays is named as what it is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from command_line import CommandLine
from owner_hand import append, client, column, edited, header_row, rows, salon, sheet

from sheetcrm.delivery.journal import Journal
from sheetcrm.running.versions import events_of
from sheetcrm.workbook.marks import identity_of

DAY = date(2026, 11, 22)
CLIENTS = (
    client("C1", "Bob Stone", "bob", phone="+44 20 7946 0001", sms_consent=None, notes="tea"),
    client("C2", "Frank Ocean", "frank", phone=None),
)
FILLS = "Name,Phone,Email,SMS consent\nFrank Ocean,020 7946 0055,frank@example.com,\nBob Stone,020 7946 0001,bob@example.com,yes\n"
ADDS = "Ivy Green,020 7946 0066,ivy@example.com,yes\n"


@pytest.fixture
def book(tmp_path: Path, sheetcrm: CommandLine) -> Path:
    path = salon(tmp_path, clients=CLIENTS, visits=())
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    return path


def imported(sheetcrm: CommandLine, book: Path, text: str, *options: str) -> None:
    file = book.parent / "list.csv"
    file.write_text(text, "utf-8")
    assert sheetcrm("import", book, file, "--on", DAY, "--json", *options).json["written"]


def typed(book: Path, row: int, header: str, value: str | int | None) -> str:
    """Type into a cell of Clients, `row` counted below the headers; return its name as undo gives it."""
    with edited(book) as made:
        page = sheet(made, "Clients")
        cell = page.cell(header_row(page) + row, column(page, header))
        cell.value = value
        return f"Clients {cell.coordinate}"


def test_what_an_import_filled_in_is_taken_back_though_she_typed_elsewhere(book: Path, sheetcrm: CommandLine) -> None:
    before = rows(book, "Clients")
    imported(sheetcrm, book, FILLS)
    typed(book, 2, "City", "Bath")
    done = sheetcrm("undo", book)
    assert (done.code, done.err) == (0, "")
    assert rows(book, "Clients") == [before[0], {**before[1], "City": "Bath"}]


def test_a_filled_cell_that_she_typed_over_stays_and_is_named(book: Path, sheetcrm: CommandLine) -> None:
    before = rows(book, "Clients")
    imported(sheetcrm, book, FILLS)
    cell = typed(book, 2, "Phone", "020 7946 0099")
    done = sheetcrm("undo", book)
    assert (done.code, done.err) == (0, f"What you typed yourself stays: {cell}.\n")
    assert rows(book, "Clients") == [before[0], {**before[1], "Phone": "020 7946 0099"}]


def test_a_cell_that_the_file_overwrote_says_again_what_it_said(book: Path, sheetcrm: CommandLine) -> None:
    before = rows(book, "Clients")
    imported(sheetcrm, book, "Client ID,Name,Notes\nC1,Bob Stone,coffee\n", "--overwrite")
    typed(book, 2, "City", "Bath")
    assert sheetcrm("undo", book).err == ""
    assert rows(book, "Clients") == [before[0], {**before[1], "City": "Bath"}]


def test_filled_cells_go_with_their_clients_where_she_sorted_the_list(book: Path, sheetcrm: CommandLine) -> None:
    before = rows(book, "Clients")
    imported(sheetcrm, book, FILLS)
    with edited(book) as made:
        page = sheet(made, "Clients")
        first = header_row(page) + 1
        for one, other in zip(page[first], page[first + 1], strict=True):
            one.value, other.value = other.value, one.value
    assert sheetcrm("undo", book).err == ""
    assert rows(book, "Clients") == [before[1], before[0]]


def test_an_undo_to_a_version_before_several_writes_takes_back_what_was_filled_in(
    book: Path, sheetcrm: CommandLine
) -> None:
    before = rows(book, "Clients")
    imported(sheetcrm, book, FILLS)
    typed(book, 2, "City", "Bath")
    imported(sheetcrm, book, "Name,Phone,Tags\nBob Stone,020 7946 0001,vip\n")
    assert sheetcrm("undo", book, "--to", "2").err == ""
    assert rows(book, "Clients") == [before[0], {**before[1], "City": "Bath"}]


def test_of_an_imported_row_that_stays_only_what_she_typed_into_it_is_called_hers(
    book: Path, sheetcrm: CommandLine
) -> None:
    imported(sheetcrm, book, FILLS + ADDS)
    note = typed(book, 3, "Notes", "rings on Fridays")
    with edited(book) as made:
        append(sheet(made, "Clients"), {"Name": "Her Own", "Phone": "020 7946 0077"})
    done = sheetcrm("undo", book)
    row = note[len("Clients A") :]
    rows_stay, hers_stays = done.err.splitlines()
    assert f"the rows that were imported stay: Clients {row}. Delete" in rows_stay
    assert hers_stays == f"What you typed yourself stays: {note}."
    assert [row["Name"] for row in rows(book, "Clients")] == ["Bob Stone", "Frank Ocean", "Ivy Green", "Her Own"]


def test_figures_of_ours_in_an_imported_row_are_not_called_hers_and_go(book: Path, sheetcrm: CommandLine) -> None:
    imported(sheetcrm, book, FILLS + ADDS)
    assert rows(book, "Clients")[2]["Visits"] == 0
    typed(book, 1, "City", "Bath")
    done = sheetcrm("undo", book)
    ivy = rows(book, "Clients")[2]
    assert ("typed yourself" in done.err, ivy["Client ID"], ivy["Visits"], ivy["Status"]) == (False, "C3", None, None)


def test_imported_visits_that_stay_are_named_and_no_visit_of_hers_is(book: Path, sheetcrm: CommandLine) -> None:
    imported(sheetcrm, book, "Date,Client,Service,Amount\n2026-10-05,Bob Stone,Cut,70\n2026-10-06,Bob Stone,Cut,75\n")
    with edited(book) as made:
        page = sheet(made, "Visits")
        first = header_row(page) + 1
        amount = page.cell(first + 1, column(page, "Amount"))
        amount.value = 80
        append(page, {"Date": date(2026, 11, 20), "Client": "Bob Stone", "Amount": 20})
    done = sheetcrm("undo", book)
    assert f"the rows that were imported stay: Visits {first}-{first + 1}." in done.err
    assert done.err.splitlines()[1:] == [f"What you typed yourself stays: Visits {amount.coordinate}."]


def remembering(book: Path, sheetcrm: CommandLine) -> list[str]:
    """The commands of which it is remembered what they brought in."""
    with Journal.read(sheetcrm.state, identity_of(book.read_bytes(), book.name).id) as journal:
        return [event.command for event in events_of(journal) if event.brought]


def test_what_an_erased_client_was_is_not_remembered_by_an_import(book: Path, sheetcrm: CommandLine) -> None:
    imported(sheetcrm, book, FILLS)
    assert remembering(book, sheetcrm) == ["import"]
    assert sheetcrm("erase", book, "C2", "--on", DAY).code == 0
    assert remembering(book, sheetcrm) == []
