"""What the owner types beside a message: words that are none let nothing go, and a no outlives a day on which its row was not there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from command_line import CommandLine
from owner_hand import column, edited, header_row, sheet, values

from sheetcrm.crm.spoken import UNREAD, spoken
from sheetcrm.testing import make_workbook

DAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    "typed",
    [
        "no, she is ill",
        "don't send",
        "wait",
        "later",
        "не отправлять",
        "нет, болеет",
        "nie wysyłać",
        "yes?",
        "да?",
        "12",
        "??",
    ],
)
def test_a_word_that_is_none_is_not_read_as_one(typed: str) -> None:
    assert spoken(typed, {}) == UNREAD


@pytest.mark.parametrize(
    "typed",
    [
        "done",
        "сделано",
        "zrobione",
        "зроблено",
        "hecho",
        "fatto",
        "sent",
        "wysłane",
        "отправлено",
        "Вручную",
        "ręcznie",
    ],
)
def test_done_is_understood_as_people_write_it(typed: str) -> None:
    assert spoken(typed, {}) == "done"


@pytest.mark.parametrize(
    ("typed", "word"), [("yes", "yes"), ("✓", "yes"), ("x", "yes"), (True, "yes"), ("nie", "no"), (None, "")]
)
def test_yes_and_no_are_what_they_were(typed: str | bool | None, word: str) -> None:
    assert spoken(typed, {}) == word


@pytest.fixture
def book(tmp_path: Path, sheetcrm: CommandLine) -> Path:
    path = tmp_path / "salon.xlsx"
    make_workbook(
        path,
        clients="""
            client_id | name       | email            | birthday   | email_consent
            C1        | Anna Nowak | anna@example.com | 1990-11-24 | yes
        """,
        campaigns="""
            campaign | active | trigger  | channel
            Birthday | yes    | birthday | email
        """,
        settings="""
            setting  | value
            sender   | salon@example.com
            business | Malva
        """,
    )
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    return path


def type_in(path: Path, table: str, header: str, cell: str | None) -> None:
    with edited(path) as made:
        page = made[table] if table in made.sheetnames else sheet(made, table)
        page.cell(header_row(page) + 1, column(page, header)).value = cell


def sent(path: Path, sheetcrm: CommandLine) -> tuple[int, int, str]:
    done = sheetcrm("run", path, "--on", DAY, "--outbox", path.parent / "out", "--json")
    return done.json["sent"], done.code, done.err


@pytest.mark.parametrize("typed", ["wait", "нет, болеет", "yes?"])
def test_a_message_beside_a_word_that_is_none_waits_and_the_run_says_so(
    book: Path, sheetcrm: CommandLine, typed: str
) -> None:
    type_in(book, "Outbox", "Send?", typed)
    count, code, said = sent(book, sheetcrm)
    assert (count, code, typed in said) == (0, 1, True)
    type_in(book, "Outbox", "Send?", None)
    assert sent(book, sheetcrm)[:2] == (1, 0)


def test_a_message_that_she_sent_herself_is_recorded_and_not_sent_again(book: Path, sheetcrm: CommandLine) -> None:
    type_in(book, "Outbox", "Send?", "сделано")
    assert sent(book, sheetcrm)[0] == 0
    assert values(book, "Sent", "Client ID", "Status") == [("C1", "sent")]


def test_a_no_is_there_when_the_row_comes_back(book: Path, sheetcrm: CommandLine) -> None:
    type_in(book, "Outbox", "Send?", "no")
    type_in(book, "Campaigns", "active", "no")
    assert sent(book, sheetcrm)[0] == 0
    type_in(book, "Campaigns", "active", "yes")
    assert sent(book, sheetcrm)[0] == 0


def test_a_yes_beside_an_address_that_she_typed_over_is_none_to_the_old_one(book: Path, sheetcrm: CommandLine) -> None:
    type_in(book, "Outbox", "To", "other@example.com")
    type_in(book, "Outbox", "Send?", "yes")
    assert sent(book, sheetcrm)[0] == 0
    assert values(book, "Outbox", "To", "Send?") == [("anna@example.com", None)]
    type_in(book, "Outbox", "Send?", "yes")
    assert sent(book, sheetcrm)[0] == 1
