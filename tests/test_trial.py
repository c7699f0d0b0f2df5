"""`send --to`: everything of the day goes to herself instead, as it would go to whom it is for, and nothing is recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
import time_machine
from command_line import CommandLine
from owner_hand import BORN, DAY, client, column, edited, salon, sheet
from smtp_server import smtp_server

ONE = client("C1", "Anna Smith", "anna", BORN)
TWO = client("C2", "Jo Brown", "jo", BORN, email_consent=None, phone="+447700900123", sms_consent="yes")
THREE = client("C3", "Eve Green", "eve", BORN)
CAMPAIGNS = [
    {"campaign": "Birthdays", "active": "yes", "trigger": "birthday", "approval": "after my tick"},
    {"campaign": "By SMS", "active": "yes", "trigger": "birthday", "template": "birthday", "channel": "sms"},
]


def plain(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = salon(tmp_path, clients=(ONE, TWO, THREE), visits=())
    with edited(path) as file:
        page = sheet(file, "Campaigns")
        for row, campaign in enumerate(CAMPAIGNS, 2):
            for header, value in campaign.items():
                page.cell(row, column(page, header.capitalize())).value = value
        page.tables["Campaigns"].ref = page.tables["Campaigns"].autoFilter.ref = page.tables["Campaigns"].ref[:-1] + "3"
    return path


def test_every_channel_comes_by_mail_and_so_does_what_waits_for_her_tick_but_nothing_that_she_stopped(
    book: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        assert sheetcrm("refresh", book, "--on", DAY).code == 0
        with edited(book) as file:
            page = sheet(file, "Outbox")
            for row in range(2, page.max_row + 1):
                if page.cell(row, column(page, "Client ID")).value == "C3":
                    page.cell(row, column(page, "Send?")).value = "no"
                elif page.cell(row, column(page, "Channel")).value == "email":
                    page.cell(row, column(page, "Text")).value = "My own words"
        before, state = book.read_bytes(), {p: p.read_bytes() for p in sheetcrm.state.iterdir() if p.is_file()}
        done = sheetcrm("send", book, "--on", DAY, "--to", "me@example.com", "--json")
        assert (done.code, done.json["sent"]) == (0, 2)
        assert server.recipients == ["me@example.com"] * 2
        mails = {one.mail["Subject"]: plain(one.mail) for one in server.taken}
    assert list(mails) == ["Happy birthday, Anna", "SMS to +447700900123 (Jo Brown): By SMS"]
    assert mails["Happy birthday, Anna"].startswith("My own words\n\nIf you would rather not")
    head, parts, empty, *text = mails["SMS to +447700900123 (Jo Brown): By SMS"].splitlines()
    assert (head, parts, empty) == ("SMS to +447700900123 (Jo Brown): By SMS", "SMS parts: 1", "")
    assert "Jo" in text[0]
    assert book.read_bytes() == before
    assert {p: p.read_bytes() for p in sheetcrm.state.iterdir() if p.is_file()} == state


@pytest.mark.parametrize("command", ["send", "run"])
def test_a_trial_into_files_is_refused_in_one_line_before_anything_is_done(
    book: Path, sheetcrm: CommandLine, tmp_path: Path, command: str
) -> None:
    before = book.read_bytes()
    done = sheetcrm(command, book, "--on", DAY, "--to", "me@example.com", "--outbox", tmp_path / "out")
    assert (done.code, done.out, done.err.count("\n"), (tmp_path / "out").exists()) == (2, "", 1, False)
    assert "--to and --outbox do not go together" in done.err
    assert book.read_bytes() == before


def test_a_trial_by_night_shows_what_goes_in_the_morning(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = salon(tmp_path, clients=(ONE,), visits=(), country="GB", quiet_hours="20:00-08:00")
    with smtp_server() as server, time_machine.travel(datetime(2026, 11, 22, 21, 0, tzinfo=UTC), tick=False):
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        assert sheetcrm("send", book, "--to", "me@example.com", "--json").json["sent"] == 1
