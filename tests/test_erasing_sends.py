"""From the note on that somebody is to be erased nothing is planned for her, sent to her or recorded with her words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from command_line import CommandLine
from erased_person import found_in
from openpyxl import load_workbook
from owner_hand import edited, opened_in_excel

from sheetcrm.crm.values import Key, Message
from sheetcrm.delivery.journal import Journal
from sheetcrm.testing import make_workbook

ON, NEXT = "2026-11-22", "2026-11-23"
HERS = ("anna smith", "anna@example", "600000101")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CLIENTS = """
    Client ID | Name       | Phone         | Email            | Birthday   | Email consent | Do not contact
    C1        | Anna Smith | +48 600000101 | anna@example.com | 1990-11-23 | yes           |
    C2        | Jo Brown   |               | jo@example.com   | 1985-11-23 | yes           |
"""
VISITS = """
    Date       | Time  | Client     | Service | Amount | Status
    2026-10-01 |       | Anna Smith | Cut     | 50     | done
    2026-11-24 | 15:30 | Anna Smith | Cut     |        | planned
"""
CAMPAIGNS = """
    Campaign | Active | Trigger  | Days | Channel | Template | Purpose
    Birthday | yes    | birthday | 0    | email   | birthday | marketing
    Reminder | yes    | reminder | -1   | email   | reminder | service
"""
SETTINGS = """
    Setting  | Value
    business | Salon
    sender   | salon@example.org
    country  | PL
    language | en
"""


@pytest.fixture
def book(tmp_path: Path, sheetcrm: CommandLine) -> Path:
    """A salon in which Anna's visit is to be reminded of tomorrow."""
    path = tmp_path / "list.xlsx"
    make_workbook(path, clients=CLIENTS, visits=VISITS, campaigns=CAMPAIGNS, settings=SETTINGS)
    assert sheetcrm("refresh", path, "--on", ON).code == 0
    return path


def shown(path: Path, name: str) -> list[tuple[object, ...]]:
    return list(load_workbook(path)[name].iter_rows(values_only=True))


def test_the_run_that_completes_an_erasing_sends_her_nothing_and_learns_nothing_of_her(
    book: Path, sheetcrm: CommandLine, tmp_path: Path
) -> None:
    note = opened_in_excel(book)
    sheetcrm("erase", book, "C1", "--on", ON)
    assert "C1: the record has forgotten this client" in sheetcrm("check", book, "--on", ON).err
    planned = sheetcrm("plan", book, "--on", NEXT, "--json").json
    assert [one["client_id"] for one in planned["messages"]] == ["C2"]
    assert {(one["client_id"], one["reason"]) for one in planned["held"]} == {("C1", "erased")}
    note.unlink()
    done = sheetcrm("run", book, "--on", NEXT, "--outbox", tmp_path / "mails", "--json")
    assert (done.json["sent"], "Erased: C1." in done.err) == (1, True)
    assert found_in(tmp_path, HERS) == []


def test_an_erased_client_leaves_what_is_planned_and_told_for_good(book: Path, sheetcrm: CommandLine) -> None:
    sheetcrm("erase", book, "C1", "--on", ON)
    for day in (ON, NEXT, "2026-11-24"):
        assert sheetcrm("refresh", book, "--on", day).code == 0
        for name in ("Outbox", "Why", "Today"):
            assert [row for row in shown(book, name) if "C1" in row or "(erased" in str(row)] == []
        held = sheetcrm("plan", book, "--on", day, "--why", "--json").json["held"]
        assert {one["client_id"] for one in held} <= {"C2"}
    with edited(book) as made:
        made["Clients"].delete_rows(2)
    assert sheetcrm("check", book, "--on", NEXT, "--json").json["counts"] == {}


def test_an_older_copy_put_back_sends_her_not_even_a_reminder(
    book: Path, sheetcrm: CommandLine, tmp_path: Path
) -> None:
    older = book.read_bytes()
    sheetcrm("erase", book, "C1", "--on", ON)
    book.write_bytes(older)
    done = sheetcrm("run", book, "--on", NEXT, "--outbox", tmp_path / "mails", "--json")
    assert (done.json["sent"], "something stands again" in done.err) == (1, True)
    assert found_in(tmp_path / "mails", HERS) == []
    assert shown(book, "Clients")[1][5] == "yes"


def test_a_visit_of_two_namesakes_is_not_taken_for_that_of_the_one_who_stays(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    path = make_workbook(
        tmp_path / "two.xlsx",
        clients="Client ID | Name | Phone\nC1 | Anna Smith | 600000101\nC2 | Anna Smith | 600000102",
        visits="Date | Client | Amount\n2026-11-20 | Anna Smith | 50\n2026-12-01 | Anna Smith |",
    )
    sheetcrm("refresh", path, "--on", ON)
    done = sheetcrm("erase", path, "C1", "--on", ON, "--json")
    assert "Visits under a name that another client has too: 2." in done.err
    assert done.json["remains"] == ["Visits!B2", "Visits!B3"]
    for _ in range(2):
        assert sheetcrm("check", path, "--on", ON, "--json").json["counts"]["ambiguous-client"] == 2
        sheetcrm("refresh", path, "--on", ON)
    with edited(path) as made:
        made["Visits"]["B2"] = "C2"
    assert sheetcrm("check", path, "--on", ON, "--json").json["counts"]["ambiguous-client"] == 1


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path, "book") as opened:
        yield opened


def test_at_the_moment_of_sending_the_record_refuses_and_what_she_did_by_hand_is_noted_without_words(
    journal: Journal,
) -> None:
    due = date(2026, 11, 23)
    message = Message(
        Key("Reminder", "12", "v"), "Anna", due, "email", "anna@example.com", "Hi", "Anna", purpose="service"
    )
    journal.begin_erasing(["12.0"], [], NOW)
    assert (journal.refusal(message, NOW), journal.begin(message, NOW)) == ("erased", False)
    assert journal.record_by_hand(message, NOW)
    assert [(line.client, line.to, line.subject, line.text) for line in journal.records()] == [("", "", "", "")]
