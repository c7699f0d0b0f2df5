"""A reply that may mean “no more messages” waits for the owner; one that means it stops advertising by every channel."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine
from test_replies import DAY, SETTINGS, Desk

CLIENTS = """
    Client ID | Name       | Email            | Phone        | Birthday   | Email consent | SMS consent | No contact | Consent date
    C1        | Anna Smith | Anna@Example.com | 07700 900123 | 1990-11-24 | yes           | yes         |            | 2020-01-01
    C2        | Jo Brown   | jo@example.com   | 07700 900124 | 1985-11-24 | yes           | yes         |            |
"""
MAY_MEAN_IT = "Please write less, I get too many emails from everybody"


@pytest.fixture
def desk(tmp_path: Path, sheetcrm: CommandLine) -> Desk:
    assert sheetcrm.state.name == "state"
    return Desk(tmp_path, CLIENTS, SETTINGS.replace("cap      | off", "cap | off\ncountry | GB"))


def asked(desk: Desk, text: str = "The reply may mean") -> list[tuple[Any, ...]]:
    """Return of whom Today says this: who, client id."""
    rows = openpyxl.load_workbook(desk.book)["Today"].iter_rows(min_row=2, values_only=True)
    return [(row[2], row[4]) for row in rows if text in str(row[3])]


def put(desk: Desk, header: str, value: object, row: int = 2) -> None:
    book = openpyxl.load_workbook(desk.book)
    column = next(cell.column for cell in book["Clients"][1] if cell.value == header)
    book["Clients"].cell(row, column).value = value  # type: ignore[assignment]
    book.save(desk.book)


def test_a_reply_that_may_mean_it_is_told_by_each_run_until_she_decides_and_holds_advertising(
    desk: Desk, sheetcrm: CommandLine
) -> None:
    desk.mail("1", MAY_MEAN_IT)
    first, again = desk.run(), desk.run(1)
    wanted = "Replies that may mean “no more messages”: 1 (C1). Please read them; the sheet “Today” says how to decide."
    for report in (first, again):
        assert [note for note in report.notes if "no more messages" in note] == [wanted]
    assert (first.waiting, again.waiting) == (True, True)  # exit 1
    assert asked(desk) == [("Anna Smith", "C1")]
    assert ("C1", "unclear-reply") in desk.held(sheetcrm, 2)
    desk.run(2)
    assert desk.to() == ["jo@example.com"]
    assert desk.consents()[:2] == ["yes", "yes"]


def test_her_no_in_the_row_settles_it_for_good(desk: Desk, sheetcrm: CommandLine) -> None:
    desk.mail("1", MAY_MEAN_IT)
    desk.run()
    put(desk, "Email consent", "no")
    desk.run(1)
    assert (asked(desk), desk.held(sheetcrm, 2)) == ([("Anna Smith", "C1")], {("C1", "unclear-reply")})  # texts go on
    put(desk, "SMS consent", "no")
    report = desk.run(1)
    assert (asked(desk), desk.held(sheetcrm, 2)) == ([], {("C1", "no-consent")})
    assert (report.waiting, [note for note in report.notes if "no more messages" in note]) == (False, [])
    put(desk, "Email consent", "yes")  # she agreed again, later
    desk.run(2)
    assert (asked(desk), sorted(desk.to())) == ([], ["anna@example.com", "jo@example.com"])


def test_the_day_of_her_yes_under_consent_date_lets_messages_go_again(desk: Desk) -> None:
    desk.mail("1", MAY_MEAN_IT)
    desk.run()
    put(desk, "Consent date", date(2026, 11, 21))  # older than the reply: no answer to it
    desk.run(1)
    assert asked(desk) == [("Anna Smith", "C1")]
    put(desk, "Consent date", DAY)
    desk.run(2)
    assert (asked(desk), sorted(desk.to())) == ([], ["anna@example.com", "jo@example.com"])


def test_a_second_unclear_reply_asks_anew(desk: Desk) -> None:
    desk.mail("1", MAY_MEAN_IT)
    desk.run()
    put(desk, "Consent date", DAY)
    desk.run()
    desk.mail("2", "Отстаньте от меня")
    desk.run(1)
    assert asked(desk) == [("Anna Smith", "C1")]


@pytest.mark.parametrize(
    ("dated", "day"),
    [
        ("Mon, 23 Nov 2026 10:00:00 +0100", "23/11/2026"),
        ("Mon, 23 Nov 2026 23:30:00 -0500", "24/11/2026"),  # in the salon
        ("Mon, 23 Nov 2026 10:00:00 -0000", "23/11/2026"),
        ("Sat, 23 Nov 2030 10:00:00 +0000", "27/11/2026"),  # not yet
        ("Thu, 1 Jan 1970 00:00:00 +0000", "27/11/2026"),  # a clock that was never set
        ("yesterday", "27/11/2026"),
        ("Mon, 23 Nov 99999 10:00:00 +0000", "27/11/2026"),
        ("", "27/11/2026"),
    ],
)
def test_a_reply_that_is_read_late_is_of_the_day_on_which_she_wrote_it(desk: Desk, dated: str, day: str) -> None:
    desk.run()
    desk.mail("1", MAY_MEAN_IT, dated=dated)
    desk.run(5)
    rows = openpyxl.load_workbook(desk.book)["Today"].iter_rows(min_row=2, values_only=True)
    assert [row[1] for row in rows if "The reply may mean" in str(row[3])] == [day]


def test_a_reply_is_not_older_than_the_message_that_it_answers(desk: Desk) -> None:
    desk.run(2)
    desk.mail("1", MAY_MEAN_IT, refers=desk.id_of(desk.transport.messages[0]), dated="Mon, 2 Nov 2026 10:00:00 +0000")
    put(desk, "Consent date", date(2026, 11, 22))
    desk.run(3)
    assert asked(desk) == [("Anna Smith", "C1")]


def test_an_older_reply_that_is_read_after_a_newer_one_does_not_take_its_day(desk: Desk) -> None:
    desk.run()
    desk.mail("1", MAY_MEAN_IT, dated="Wed, 25 Nov 2026 10:00:00 +0000")
    desk.run(4)
    desk.mail("2", MAY_MEAN_IT, dated="Mon, 23 Nov 2026 10:00:00 +0000")
    put(desk, "Consent date", date(2026, 11, 24))
    desk.run(5)
    assert asked(desk) == [("Anna Smith", "C1")]


@pytest.mark.parametrize("decision", ["Consent date", "no"])
def test_what_she_decided_is_not_asked_again_when_the_state_folder_is_lost(
    desk: Desk, sheetcrm: CommandLine, decision: str
) -> None:
    desk.mail("1", MAY_MEAN_IT, dated="Sun, 22 Nov 2026 07:00:00 +0000")
    desk.run()
    for header in ("Email consent", "SMS consent") if decision == "no" else ():
        put(desk, header, "no")
    if decision != "no":
        put(desk, decision, date(2026, 11, 23))
    desk.run(1)
    shutil.rmtree(sheetcrm.state)
    notes = desk.run(4).notes
    assert asked(desk) == []
    assert [note for note in notes if "no more messages" in note] == [
        "Replies that may mean “no more messages” and that you have decided on already: 1 (C1). Nothing is left to do."
    ]
    assert ("C1", "unclear-reply") not in desk.held(sheetcrm, 4)


def test_a_reply_nobody_decided_on_is_asked_again_when_the_state_folder_is_lost(
    desk: Desk, sheetcrm: CommandLine
) -> None:
    desk.mail("1", MAY_MEAN_IT, dated="Sun, 22 Nov 2026 07:00:00 +0000")
    desk.run()
    shutil.rmtree(sheetcrm.state)
    notes = desk.run(4).notes
    assert asked(desk) == [("Anna Smith", "C1")]
    assert any(note.startswith("Replies that may mean “no more messages”: 1 (C1). Please read") for note in notes)


def test_a_reply_of_a_client_whose_row_has_no_id_yet_holds_advertising_in_the_very_run_that_finds_it(
    desk: Desk,
) -> None:
    put(desk, "Client ID", None)
    put(desk, "Birthday", DAY.replace(year=1990))
    desk.mail("1", MAY_MEAN_IT)
    desk.run()
    assert (asked(desk), desk.to()) == ([("Anna Smith", "C3")], [])


def test_no_word_of_a_stranger_is_asked_about(desk: Desk) -> None:
    desk.mail("1", MAY_MEAN_IT, "Eve <eve@example.org>")
    assert not any("no more messages" in note for note in desk.run().notes)
    assert asked(desk) == []


def test_who_wants_her_data_deleted_gets_no_more_and_stands_in_today_until_she_is_erased(
    desk: Desk, sheetcrm: CommandLine
) -> None:
    desk.mail("1", "Please delete all my data")
    for day in (0, 1):
        report = desk.run(day)
        [told] = [note for note in report.notes if "data deleted" in note]
        assert told.startswith("Wants all data deleted: C1. No advertising goes there any more.")
        assert told.endswith("type “erase” under “No contact” in that row.")
        assert report.waiting  # exit 1
    assert (asked(desk, "Wants all data deleted"), desk.consents()[0]) == ([("Anna Smith", "C1")], "no")
    assert sheetcrm("erase", desk.book, "C1").code == 0
    report = desk.run(2)
    assert (asked(desk, "Wants all data deleted"), desk.to()) == ([], ["jo@example.com"])
    assert (report.waiting, [note for note in report.notes if "data deleted" in note]) == (False, [])


def test_who_wanted_her_data_deleted_and_has_agreed_to_a_channel_since_is_not_asked_about_any_more(desk: Desk) -> None:
    desk.mail("1", "Please delete all my data")
    assert [desk.run(day).waiting for day in (0, 1)] == [True, True]
    put(desk, "Email consent", "yes")
    assert [desk.run(day).waiting for day in (2, 3)] == [False, False]
    assert (asked(desk, "Wants all data deleted"), desk.consents()[0]) == ([], "yes")


@pytest.mark.parametrize(
    ("text", "told"), [(MAY_MEAN_IT, "may mean “no more messages”: 1 (C1)"), ("Delete all my data", "deleted: C1.")]
)
def test_a_reply_from_an_address_that_no_row_has_any_more_is_told_by_the_run_that_finds_it(
    desk: Desk, text: str, told: str
) -> None:
    desk.run(2)
    put(desk, "Email", "anna.smith@example.com")
    desk.mail("1", text)
    first, again = desk.run(3), desk.run(4)
    assert [sum(told in note for note in report.notes) for report in (first, again)] == [1, 0]
    assert (first.waiting, again.waiting) == (True, False)  # no cell could say what she decided


def test_who_writes_stop_by_mail_gets_no_advertising_by_sms_either_and_still_her_reminders(
    desk: Desk, sheetcrm: CommandLine
) -> None:
    book = openpyxl.load_workbook(desk.book)
    sheet = book["Campaigns"]
    header = [cell.value for cell in sheet[1]]
    sheet.cell(1, len(header) + 1).value = "Channel"
    for row in (2, 3):
        sheet.cell(row, len(header) + 1).value = "sms"
    sheet.cell(3, header.index("Trigger") + 1).value = "birthday"
    sheet.cell(3, header.index("Purpose") + 1).value = "service"
    book.save(desk.book)
    desk.mail("1", "STOP")
    desk.run()
    rows = list(openpyxl.load_workbook(desk.book)["Clients"].iter_rows(values_only=True))
    at = [rows[0].index(name) for name in ("Email consent", "SMS consent", "No contact")]
    assert [tuple(row[column] for column in at) for row in rows[1:3]] == [("no", "no", None), ("yes", "yes", None)]
    put(desk, "SMS consent", "yes")  # she wants texts, and has said so
    desk.run(1)
    plan = sheetcrm("plan", desk.book, "--on", date(2026, 11, 24), "--json").json
    held = {(one["campaign"], one["client_id"]): one["reason"] for one in plan["held"]}
    assert held == dict.fromkeys(
        [("Birthdays", "C1"), ("Birthdays", "C2"), ("Together", "C1"), ("Together", "C2")], "channel-not-supported"
    )
