"""The sheet Why: for each client and each active campaign what becomes of it, and for what reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from openpyxl import load_workbook
from owner_hand import DAY, client, column, edited, rows, salon, sheet, values

import sheetcrm as crm
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.testing import MemoryTransport
from sheetcrm.workbook import why_sheet

BORN = date(1990, DAY.month, DAY.day)
CLIENTS = (
    client("C1", "Anna Smith", "anna", BORN),
    client("C2", "Jo Brown", "jo", BORN, email_consent=None),
    client("C3", "Eve Green", "eve", date(1980, 3, 8)),
    client("C4", "Mia Black", "mia"),
    client("C5", "Ida Gray", "ida", date(1985, 11, 25)),
)


@pytest.fixture(autouse=True)
def _own_state(sheetcrm: CommandLine) -> CommandLine:
    return sheetcrm


def run(book: Path, day: date = DAY) -> crm.RunReport:
    return crm.run(book, on=day, transport=MemoryTransport())


def why(book: Path) -> list[tuple[Any, ...]]:
    return values(book, "Why", "Client ID", "Client", "Campaign", "Due", "Status", "Channel", "Reason")


def test_each_client_and_campaign_has_a_line_with_its_reason(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=CLIENTS, visits=())
    run(book)
    assert why(book) == [
        ("C1", "Anna Smith", "Birthdays", DAY, "sent", "email", None),
        ("C5", "Ida Gray", "Birthdays", date(2026, 11, 25), "queued", "email", None),
        ("C2", "Jo Brown", "Birthdays", DAY, "held", None, "no consent for this channel yet"),
        ("C3", "Eve Green", "Birthdays", date(2027, 3, 8), "not now", None, "not due yet (08/03/2027)"),
        ("C4", "Mia Black", "Birthdays", None, "not now", None, "no birthday noted"),
    ]
    page = sheet(load_workbook(book), "Why")
    assert page.tables["Why"].autoFilter is not None


def test_what_waits_for_her_tick_and_what_she_stopped_say_so(tmp_path: Path) -> None:
    two = (CLIENTS[0], client("C2", "Jo Brown", "jo", BORN))
    book = salon(tmp_path, clients=two, visits=(), approval="tick")
    run(book)
    with edited(book) as file:
        page = sheet(file, "Outbox")
        page.cell(3, column(page, "Send?")).value = "no"
    run(book)
    assert [(line[0], *line[4:]) for line in why(book)] == [
        ("C1", "queued", "email", "waits for your tick"),
        ("C2", "held", "email", "stopped: you typed “no” under “Send?”"),
    ]


def test_nothing_new_writes_nothing_and_without_a_campaign_there_is_no_such_sheet(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=CLIENTS, visits=())
    run(book)
    before = book.read_bytes()
    assert (run(book).written, book.read_bytes() == before) == (False, True)
    (tmp_path / "quiet").mkdir()
    quiet = salon(tmp_path / "quiet", clients=CLIENTS, visits=())
    with edited(quiet) as file:
        page = sheet(file, "Campaigns")
        page.cell(2, column(page, "Active")).value = "no"
    run(quiet)
    assert "Why" not in load_workbook(quiet).sheetnames


def test_of_very_many_lines_the_last_one_counts_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(why_sheet, "MOST", 3)
    book = salon(tmp_path, clients=CLIENTS, visits=())
    run(book)
    lines = why(book)
    assert [line[0] for line in lines] == ["C1", "C5", None]
    assert lines[-1][-1] == "Not shown here: 3 more."


@pytest.mark.parametrize("code", LANGUAGES)
def test_reasons_are_in_the_workbooks_language_and_the_sheet_is_found_again(tmp_path: Path, code: str) -> None:
    book = salon(tmp_path, language=code, clients=CLIENTS, visits=())
    run(book)
    words = language(code)
    (mia,) = (row for row in rows(book, "Why") if row[words.header("client_id")] == "C4")
    assert (mia[words.header("status")], mia[words.header("reason")]) == (
        words.choice("not-due"),
        words.reason("no-birthday"),
    )
    with edited(book) as file:  # a program that knows no names but keeps titles and headers
        for name in [name for name in file.defined_names if name.startswith("_sheetcrm.")]:
            del file.defined_names[name]
        page = sheet(file, "Clients")
        page.cell(6, column(page, words.header("birthday"))).value = BORN
    run(book)
    assert sum(title.startswith(words.sheet("Why")) for title in load_workbook(book).sheetnames) == 1
    became = {row[words.header("client_id")]: row[words.header("status")] for row in rows(book, "Why")}
    assert became["C5"] == words.choice("sent")


def test_notes_of_hers_beside_a_line_stay_with_it(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=CLIENTS, visits=())
    run(book)
    with edited(book) as file:
        page = sheet(file, "Why")
        page.cell(1, 8).value, page.cell(5, 8).value = "My note", "ask Eve"
        clients = sheet(file, "Clients")
        clients.cell(3, column(clients, "Email consent")).value = "yes"
    run(book)
    page = sheet(load_workbook(book), "Why")
    noted = {page.cell(r, 8).value: page.cell(r, 2).value for r in range(2, page.max_row + 1)}
    assert noted["ask Eve"] == "Eve Green"
