"""The call list: whom to call, why, with which words and when; what she notes as done counts like a message that went."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from birthday_book import SETTINGS, birthday_book, mark, rows
from command_line import CommandLine
from ooxml_validator import errors
from openpyxl.utils import get_column_letter

import sheetcrm as crm
from sheetcrm.testing import MemoryTransport, make_workbook

pytestmark = pytest.mark.usefixtures("sheetcrm")  # a state folder of its own

DAY = date(2026, 11, 23)
PEOPLE = """
    Client ID | Name       | Phone       | Email           | Birthday   | Email consent | Call consent | Channel | Contact time
    C1        | Anna Smith | 07700900101 | a@example.com   | 1990-11-23 | yes           | yes          | call    | after 17
    C2        | Jo Brown   | 07700900102 | jo@example.com  | 1985-11-24 | yes           | yes          |         |
    C3        | Kim Green  |             | kim@example.com | 1985-11-23 | yes           | yes          | call    |
    C4        | Lou White  | 07700900104 |                 | 1985-11-22 |               | yes          | call    |
    C5        | Max Black  | 07700900105 |                 | 1985-11-23 |               |              | call    |
"""


def book_of(folder: Path, channel: str = "auto") -> Path:
    campaigns = f"""
        Campaign  | Active | Trigger  | Channel   | Cooldown days
        Birthdays | yes    | birthday | {channel} |
    """
    return birthday_book(folder, PEOPLE, campaigns=campaigns)


def test_who_prefers_a_call_stands_in_the_call_list_with_reason_words_and_time(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = book_of(tmp_path)
    sheetcrm("refresh", book, "--on", DAY - timedelta(days=1))  # the first run: nothing is late before it
    sheetcrm("refresh", book, "--on", DAY)
    assert rows(book, "Calls", "Client", "Due", "To", "Reason", "Contact time") == [
        ("Lou White", datetime(2026, 11, 22), "+447700900104", "birthday", None),
        ("Anna Smith", datetime(2026, 11, 23), "+447700900101", "birthday", "after 17"),
    ]
    assert str(rows(book, "Calls", "Text")[1][0]).startswith("Hello Anna, this is Malva.")
    assert [client for (client,) in rows(book, "Outbox", "Client")] == ["Kim Green", "Jo Brown", "Max Black"]
    assert errors(book) == []


def test_the_sheet_is_made_only_when_there_is_somebody_to_call(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = book_of(tmp_path, channel="email")
    sheetcrm("refresh", book, "--on", DAY)
    assert "Calls" not in openpyxl.load_workbook(book).sheetnames


def test_the_sheet_keeps_numbers_as_text_has_a_drop_down_and_a_frozen_header(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = book_of(tmp_path, channel="call")
    sheetcrm("refresh", book, "--on", DAY)
    sheet = openpyxl.load_workbook(book)["Calls"]
    heads = {str(cell.value): get_column_letter(at) for at, cell in enumerate(sheet[1], 1)}
    validations = {str(v.sqref): v.formula1 for v in sheet.data_validations.dataValidation}
    assert sheet[f"{heads['To']}2"].number_format == "@"
    assert validations == {f"{heads['Done?']}2:{heads['Done?']}1048576": '"yes,no"'}
    assert (sheet.freeze_panes, list(sheet.tables)) == ("E2", ["Calls"])


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("yes", ("sent", "call", "by hand")),
        (True, ("sent", "call", "by hand")),
        ("done", ("sent", "call", "by hand")),
        ("no", ("skipped", "call", "by hand")),
    ],
)
def test_a_call_that_is_noted_is_recorded_and_leaves_the_list(
    tmp_path: Path, sheetcrm: CommandLine, word: object, expected: tuple[str, str, str]
) -> None:
    book = book_of(tmp_path)
    sheetcrm("refresh", book, "--on", DAY)
    mark(book, "Anna Smith", word, "Calls", "Done?")
    sheetcrm("refresh", book, "--on", DAY)
    assert rows(book, "Sent", "Client", "Status", "Channel", "Detail") == [("Anna Smith", *expected)]
    assert rows(book, "Calls", "Client") == []
    for day in (DAY, DAY + timedelta(days=1)):
        sheetcrm("refresh", book, "--on", day)
    assert (rows(book, "Calls", "Client"), len(rows(book, "Sent", "Client"))) == ([], 1)


def test_of_a_call_that_she_does_not_want_it_is_told_that_she_said_no(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = book_of(tmp_path)
    sheetcrm("refresh", book, "--on", DAY)
    mark(book, "Anna Smith", "no", "Calls", "Done?")
    for on in (DAY, DAY + timedelta(days=1)):
        sheetcrm("refresh", book, "--on", on)
        assert ("Anna Smith", "not wanted: you said “no”") in rows(book, "Why", "Client", "Reason")
        assert "not wanted: you said “no”" in sheetcrm("plan", book, "--on", on, "--why").out


def test_a_call_stays_listed_until_it_is_too_late(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = book_of(tmp_path)
    listed = []
    for days in range(4):
        sheetcrm("refresh", book, "--on", DAY + timedelta(days=days))
        listed.append([client for (client,) in rows(book, "Calls", "Client")])
    assert listed == [["Anna Smith"], ["Anna Smith"], ["Anna Smith"], []]
    said = [row[1:] for row in rows(book, "Outbox", "Client", "Channel", "Status", "Reason") if row[0] == "Anna Smith"]
    late = "too late to be sent (the call waited for you)"
    assert said == [("call", "skipped", late)]
    why = rows(book, "Why", "Client", "Channel", "Status", "Reason")
    assert ("Anna Smith", "call", "held", late) in why


def test_no_call_is_ever_handed_to_a_server(tmp_path: Path) -> None:
    book, transport = book_of(tmp_path, channel="call"), MemoryTransport()
    report = crm.run(book, on=DAY, transport=transport)
    assert (report.sent, transport.messages) == (0, [])


def test_a_call_needs_no_tick_where_messages_do(tmp_path: Path, sheetcrm: CommandLine) -> None:
    settings = SETTINGS + "    approval | tick\n"
    campaigns = "Campaign | Active | Trigger\nBirthdays | yes | birthday"
    book = make_workbook(tmp_path / "salon.xlsx", PEOPLE, campaigns=campaigns, settings=settings)
    done = sheetcrm("refresh", book, "--on", DAY)
    assert [client for (client,) in rows(book, "Calls", "Client")] == ["Anna Smith"]
    assert done.code in (0, 1)
    report = crm.run(book, on=DAY, transport=MemoryTransport())
    assert report.waiting  # of Kim's mail
    assert ("Kim Green", "waits for your tick") in [
        (client, str(reason)[:19]) for client, reason in rows(book, "Outbox", "Client", "Reason")
    ]


def test_a_call_that_was_made_counts_for_the_cap_like_a_message(tmp_path: Path, sheetcrm: CommandLine) -> None:
    people = """
        Client ID | Name       | Phone       | Email         | Birthday   | Client since | Email consent | Call consent
        C1        | Anna Smith | 07700900101 | a@example.com | 1990-11-23 | 2020-11-25   | yes           | yes
    """
    campaigns = """
        Campaign      | Active | Trigger     | Channel
        Birthdays     | yes    | birthday    | call
        Anniversaries | yes    | anniversary | email
    """
    settings = SETTINGS + "    cap | 1 in 30 days\n"
    book = make_workbook(tmp_path / "salon.xlsx", people, campaigns=campaigns, settings=settings)
    sheetcrm("refresh", book, "--on", DAY)
    mark(book, "Anna Smith", "yes", "Calls", "Done?")
    sheetcrm("refresh", book, "--on", DAY + timedelta(days=2))
    held = sheetcrm("plan", book, "--on", DAY + timedelta(days=2), "--json").json["held"]
    assert [(one["campaign"], one["reason"]) for one in held] == [("Anniversaries", "cap")]


def test_her_notes_beside_a_call_stay_with_it(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = book_of(tmp_path, channel="call")
    sheetcrm("refresh", book, "--on", DAY)
    opened = openpyxl.load_workbook(book)
    sheet = opened["Calls"]
    column = sheet.max_column + 2
    sheet.cell(1, column).value = "Remark"
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, column).value = f"note on {sheet.cell(row, 4).value}"
    opened.save(book)
    mark(book, "Anna Smith", "yes", "Calls", "Done?")
    sheetcrm("refresh", book, "--on", DAY)
    notes = dict(rows(book, "Calls", "Client", "Remark"))
    assert notes["Jo Brown"] == "note on Jo Brown"


def test_calls_are_among_the_messages_of_the_plan(tmp_path: Path, sheetcrm: CommandLine) -> None:
    said = sheetcrm("plan", book_of(tmp_path), "--on", DAY, "--json").json
    assert sorted((m["client_id"], m["channel"]) for m in said["messages"]) == [("C1", "call"), ("C3", "email")]


@pytest.mark.parametrize(("code", "title"), [("pl", "Do zadzwonienia"), ("uk", "Зателефонувати"), ("es", "Por llamar")])
def test_the_sheet_speaks_her_language_and_reads_her_words(
    tmp_path: Path, sheetcrm: CommandLine, code: str, title: str
) -> None:
    settings = SETTINGS.replace("language | en", f"language | {code}")
    campaigns = "Campaign | Active | Trigger | Channel\nBirthdays | yes | birthday | call"
    people = PEOPLE.replace("07700", "+447700")
    book = make_workbook(tmp_path / "salon.xlsx", people, campaigns=campaigns, settings=settings)
    sheetcrm("refresh", book, "--on", DAY)
    opened = openpyxl.load_workbook(book)
    from sheetcrm.languages import language  # noqa: PLC0415 - only here

    words = language(code)
    sheet = opened[title]
    heads = {str(cell.value): at for at, cell in enumerate(sheet[1])}
    sheet.cell(2, heads[words.header("done")] + 1).value = words.choice("yes")
    opened.save(book)
    sheetcrm("refresh", book, "--on", DAY)
    sent = rows(book, words.sheet("Sent"), words.header("status"), words.header("channel"))
    assert sent == [(words.choice("sent"), words.choice("call"))]
