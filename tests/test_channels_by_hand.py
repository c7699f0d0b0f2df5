"""Without any account: a link per row opens the finished message, and what she marks as done counts like any that went."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import openpyxl
import pytest
from birthday_book import birthday_book, mark, rows
from command_line import CommandLine
from hypothesis import given
from hypothesis import strategies as st
from ooxml_validator import errors

import sheetcrm as crm
from sheetcrm.crm.hand_links import LONGEST, hand_link
from sheetcrm.testing import MemoryTransport

pytestmark = pytest.mark.usefixtures("sheetcrm")  # a state folder of its own

DAY = date(2026, 11, 23)
PEOPLE = """
    Client ID | Name       | Phone       | Email            | Birthday   | Email consent | SMS consent | WhatsApp consent
    C1        | Anna Smith | 07700900101 |                  | 1990-11-23 |               | yes         |
    C2        | Jo Brown   | 07700900102 |                  | 1985-11-23 |               |             | yes
    C3        | Kim Green  | 07700900103 | kim@example.com  | 1985-11-23 | yes           |             |
    C4        | Lou White  | 07700900104 |                  | 1985-11-23 |               |             |
"""


def outbox(book: Path, *fields: str) -> list[Any]:
    return rows(book, "Outbox", *fields)


def links(book: Path) -> dict[str, str]:
    sheet = openpyxl.load_workbook(book)["Outbox"]
    heads = {str(cell.value): at for at, cell in enumerate(sheet[1])}
    return {
        str(row[heads["Client"]].value): str(cell.hyperlink.target)
        for row in sheet.iter_rows(min_row=2)
        if (cell := row[heads["Send by hand"]]).hyperlink is not None
    }


def test_who_can_be_reached_by_hand_only_stands_in_outbox_with_text_and_link(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = birthday_book(tmp_path, PEOPLE)
    assert sheetcrm("refresh", book, "--on", DAY).code == 0
    assert outbox(book, "Client", "Channel", "Status", "Reason", "SMS parts", "Send by hand") == [
        ("Kim Green", "email", "queued", None, None, "E-mail"),
        ("Anna Smith", "sms", "by hand", "this channel is not set up", 1, "SMS"),
        ("Jo Brown", "whatsapp", "by hand", "this channel is not set up", None, "WhatsApp"),
        ("Lou White", None, "skipped", "no consent for this channel yet", None, None),
    ]
    texts: dict[str, str] = dict(outbox(book, "Client", "Text"))
    found = links(book)
    assert found["Anna Smith"].startswith("sms:+447700900101?&body=")
    assert unquote(found["Anna Smith"].partition("body=")[2]) == texts["Anna Smith"]
    assert parse_qs(urlsplit(found["Jo Brown"]).query)["text"] == [texts["Jo Brown"]]
    assert found["Jo Brown"].startswith("https://wa.me/447700900102?text=")
    assert found["Kim Green"].startswith("mailto:kim@example.com?subject=")
    assert errors(book) == []


def test_a_second_refresh_leaves_the_links_and_the_bytes_alone(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = birthday_book(tmp_path, PEOPLE)
    sheetcrm("refresh", book, "--on", DAY)
    before = book.read_bytes()
    for path in (sheetcrm.state / "unchanged").glob("*.json"):
        path.unlink()  # so that it looks anew
    sheetcrm("refresh", book, "--on", DAY)
    assert book.read_bytes() == before


def test_the_plan_holds_by_hand_messages_as_before(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = birthday_book(tmp_path, PEOPLE)
    said = sheetcrm("plan", book, "--on", DAY, "--json").json
    assert [(m["client_id"], m["channel"]) for m in said["messages"]] == [("C3", "email")]
    assert sorted((h["client_id"], h["reason"]) for h in said["held"]) == [
        ("C1", "channel-not-supported"),
        ("C2", "channel-not-supported"),
        ("C4", "no-consent"),
    ]


def test_what_is_for_her_to_send_stands_in_today_until_it_is_too_late_and_then_says_so(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = birthday_book(tmp_path, PEOPLE)
    told = []
    for days in (-1, 0, 2, 3):
        on = DAY + timedelta(days=days)
        sheetcrm("refresh", book, "--on", on)
        told.append([text for what, text in rows(book, "Today", "What", "Text") if what == "To do"])
        if days == 0:
            mark(book, "Jo Brown", "no")
    two, one = (f"Messages to send by hand, in the sheet “Outbox”: {count}." for count in (2, 1))
    assert told == [[], [two], [one], []]
    late = "too late to be sent (waited for you to send it by hand)"
    anna = ("Anna Smith", "sms", "skipped", late)
    assert anna in outbox(book, "Client", "Channel", "Status", "Reason")
    assert ("Anna Smith", late) in rows(book, "Why", "Client", "Reason")
    plan = sheetcrm("plan", book, "--on", DAY + timedelta(days=3), "--json").json
    assert ("C1", "too-late") in [(one["client_id"], one["reason"]) for one in plan["held"]]


@pytest.mark.parametrize(("command", "word"), [("refresh", "done"), ("run", "by hand"), ("refresh", "ręcznie")])
def test_what_she_marks_as_done_is_recorded_as_sent_and_never_goes_by_itself(
    tmp_path: Path, sheetcrm: CommandLine, command: str, word: str
) -> None:
    book = birthday_book(tmp_path, PEOPLE)
    sheetcrm("refresh", book, "--on", DAY)
    mark(book, "Anna Smith", word)
    mark(book, "Kim Green", word)
    transport = MemoryTransport()
    if command == "run":
        crm.run(book, on=DAY, transport=transport)
    else:
        sheetcrm("refresh", book, "--on", DAY)
    assert rows(book, "Sent", "Client", "Channel", "To", "Status", "Detail") == [
        ("Kim Green", "email", "kim@example.com", "sent", "by hand"),
        ("Anna Smith", "sms", "+447700900101", "sent", "by hand"),
    ]
    assert [client for (client,) in outbox(book, "Client")] == ["Jo Brown", "Lou White"]
    assert crm.run(book, on=DAY, transport=transport).sent == 0
    assert transport.messages == []


def test_a_no_beside_a_message_by_hand_leaves_it_unsent(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = birthday_book(tmp_path, PEOPLE)
    sheetcrm("refresh", book, "--on", DAY)
    mark(book, "Anna Smith", "no")
    sheetcrm("refresh", book, "--on", DAY)
    assert ("Anna Smith", "skipped") in outbox(book, "Client", "Status")
    assert rows(book, "Sent", "Client") == []


def test_done_counts_also_where_the_plan_does_not_know_the_message_any_more(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = birthday_book(tmp_path, PEOPLE)
    sheetcrm("refresh", book, "--on", DAY)
    mark(book, "Anna Smith", "done")
    opened = openpyxl.load_workbook(book)
    opened["Campaigns"]["B2"] = "no"  # the campaign is off by now
    opened.save(book)
    sheetcrm("refresh", book, "--on", DAY)
    assert rows(book, "Sent", "Client", "Status", "Detail") == [("Anna Smith", "sent", "by hand")]
    opened = openpyxl.load_workbook(book)
    opened["Campaigns"]["B2"] = "yes"
    opened.save(book)
    sheetcrm("refresh", book, "--on", DAY)
    assert "Anna Smith" not in [client for (client,) in outbox(book, "Client")]
    transport = MemoryTransport()
    crm.run(book, on=DAY, transport=transport)
    assert [message.client for message in transport.messages] == ["Kim Green"]
    assert len(rows(book, "Sent", "Client")) == 2


def test_done_counts_also_where_she_has_opted_out_since(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = birthday_book(tmp_path, PEOPLE)
    sheetcrm("refresh", book, "--on", DAY)
    mark(book, "Anna Smith", "done")
    opened = openpyxl.load_workbook(book)
    clients = opened["Clients"]
    heads = {cell.value: at for at, cell in enumerate(clients[1], 1)}
    clients.cell(2, heads["SMS consent"]).value = "no"
    opened.save(book)
    sheetcrm("refresh", book, "--on", DAY)
    assert rows(book, "Sent", "Client", "Occasion", "Channel", "To", "Status") == [
        ("Anna Smith", "2026", "sms", "+447700900101", "sent")
    ]


def test_words_that_she_edits_in_the_row_are_in_its_link_after_the_next_refresh(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = birthday_book(tmp_path, PEOPLE)
    sheetcrm("refresh", book, "--on", DAY)
    mark(book, "Anna Smith", "Happy birthday from all of us & Rex!", field="Text")
    sheetcrm("refresh", book, "--on", DAY)
    assert dict(outbox(book, "Client", "Text"))["Anna Smith"] == "Happy birthday from all of us & Rex!"
    assert links(book)["Anna Smith"].endswith("body=Happy%20birthday%20from%20all%20of%20us%20%26%20Rex%21")


def test_a_workbook_of_the_earlier_version_gets_the_new_columns_and_keeps_hers(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = birthday_book(tmp_path, PEOPLE)
    sheetcrm("refresh", book, "--on", DAY)
    opened = openpyxl.load_workbook(book)
    sheet = opened["Outbox"]
    heads = {str(cell.value): at for at, cell in enumerate(sheet[1], 1)}
    for at in sorted((heads[name] for name in ("Send by hand", "Shown", "SMS parts")), reverse=True):
        sheet.delete_cols(at)
    sheet.tables["Outbox"].ref = "A1:L5"
    del sheet.tables["Outbox"].tableColumns[12:]
    for name in [name for name in opened.defined_names if re.search("Outbox.*(link|shown|parts)", name)]:
        del opened.defined_names[name]
    for row in sheet.iter_rows():
        for cell in row:
            cell.hyperlink = None
    sheet["N1"], sheet["N3"] = "Remark", "calls back"
    opened.save(book)
    assert sheetcrm("refresh", book, "--on", DAY).code == 0
    assert set(links(book)) == {"Kim Green", "Anna Smith", "Jo Brown"}
    assert ("Anna Smith", "calls back") in outbox(book, "Client", "Remark")


@given(st.text(max_size=400), st.sampled_from(["sms", "whatsapp", "email"]))
def test_a_link_holds_the_whole_text_whatever_stands_in_it(text: str, channel: str) -> None:
    to = "anna@example.com" if channel == "email" else "+48501002003"
    link = hand_link(channel, to, "Sto lat & radości", text)
    assert link.isascii()
    assert len(link) <= LONGEST
    assert not re.search(r"[\s\"<>\\^`{|}]", link)
    if "body=" in link or "text=" in link:
        said = unquote(link.rpartition("body=" if channel != "whatsapp" else "text=")[2])
        assert said.replace("\r\n", "\n") == text.encode("utf-8", "replace").decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("channel", "to", "expected"),
    [
        ("whatsapp", "@anna_nowak", "https://t.me/anna_nowak"),
        ("whatsapp", "987654321", ""),
        ("sms", "Anna", ""),
        ("email", 'anna"><script>@example.com', ""),
        ("email", "anna@example.com?bcc=x@y.z", ""),
        ("call", "+48501002003", ""),
    ],
)
def test_only_what_a_program_can_open_becomes_a_link(channel: str, to: str, expected: str) -> None:
    assert hand_link(channel, to, "", "").partition("?subject=")[0] == expected


def test_a_text_beyond_a_links_length_opens_the_chat_without_it() -> None:
    assert hand_link("whatsapp", "+48501002003", "", "ж" * 400) == "https://wa.me/48501002003"
    assert hand_link("email", "a@b.pl", "Temat", "ж" * 400) == "mailto:a@b.pl?subject=Temat"


def test_a_row_that_waits_a_week_keeps_its_link(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = birthday_book(tmp_path, PEOPLE)
    sheetcrm("refresh", book, "--on", DAY - timedelta(days=5))
    assert set(links(book)) == {"Kim Green", "Anna Smith", "Jo Brown"}


def test_undo_puts_back_rows_and_what_lies_behind_their_links(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = birthday_book(tmp_path, PEOPLE)
    sheetcrm("refresh", book, "--on", DAY)
    before = links(book)
    mark(book, "Anna Smith", "Other words", field="Text")
    sheetcrm("refresh", book, "--on", DAY)
    opened = openpyxl.load_workbook(book)
    opened["Clients"]["J9"] = "hers"  # so that only our own cells are taken back
    opened.save(book)
    assert sheetcrm("undo", book).code == 0
    assert {client: "Other" in link for client, link in links(book).items()} == {
        "Kim Green": False,
        "Anna Smith": True,  # her own words, typed before the write that is taken back
        "Jo Brown": False,
    }
    assert links(book)["Jo Brown"] == before["Jo Brown"]
