"""The report by mail: what a run came to, for the owner herself; counts and reasons, nobody's name, once where nothing is new."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from command_line import CommandLine
from owner_hand import edited
from smtp_server import Fault, ScriptedServer, smtp_server

from sheetcrm.languages import LANGUAGES
from sheetcrm.testing import make_workbook
from sheetcrm.workbook.encryption import encrypted

MORNING = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
OWNER = "maria@malva.example"
CLIENTS = """
Client ID | Name         | Email            | Birthday   | Email consent
1         | Anna Kowalik | anna@example.com | 1990-11-22 | yes
2         | Ewa Zielona  | ewa@example.com  | 1985-11-22 |
"""


@pytest.fixture
def server(sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    assert sheetcrm.state
    with smtp_server() as started:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{started.port}")
        yield started


def salon(folder: Path, clients: str = CLIENTS, **more: str) -> Path:
    settings = {
        "sender": "malva@example.com",
        "business": "Malva",
        "timezone": "UTC",
        "report_to": OWNER,
        "quiet_hours": "off",
        **more,
    }
    return make_workbook(
        folder / "salon.xlsx",
        clients,
        campaigns="Campaign | Active | Trigger\nBirthday | yes | birthday",
        settings="Setting | Value\n" + "\n".join(f"{name} | {value}" for name, value in settings.items() if value),
    )


def reports(server: ScriptedServer) -> list[tuple[str, list[str]]]:
    """The subject and the lines of each mail to the owner."""
    found = []
    for taken in server.taken:
        if taken.to == OWNER:
            body = taken.mail.get_body(("plain",))
            assert body is not None
            found.append((str(taken.mail["Subject"]), [line for line in body.get_content().splitlines() if line]))
    return found


def test_a_run_that_sent_something_is_told_of_without_anybodys_name(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer
) -> None:
    with time_machine.travel(MORNING, tick=False):
        done = sheetcrm("run", salon(tmp_path), "--json")
    assert (done.code, done.json["sent"], server.recipients) == (0, 1, ["anna@example.com", OWNER])
    assert reports(server) == [
        (
            "Malva: sent 1, not sent 0, not certain 0, held 1",
            [
                "What the run of 2026-11-22 09:00 came to, for salon.xlsx:",
                "Sent: 1. Not sent: 0. Not certain: 0. Held: 1.",
                "Held, and why:",
                "– no consent for this channel yet: 1",
                (
                    "You get this because report_to stands in the sheet “Settings” of the workbook. Empty it, and no more"
                    " will come."
                ),
            ],
        )
    ]
    assert not [token for token in ("Anna", "Kowalik", "Ewa", "@example") if token in str(reports(server))]


def test_a_run_that_did_nothing_is_not_told_of(sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer) -> None:
    book = salon(tmp_path)
    with time_machine.travel(MORNING, tick=False) as clock:
        for _ in range(60):  # every half hour, over midnight
            sheetcrm("run", book)
            clock.shift(1800)
    assert len(reports(server)) == 1


def test_what_waits_is_told_once_a_day_and_at_once_where_it_is_new(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer
) -> None:
    book = salon(tmp_path, approval="tick")
    told = []
    with time_machine.travel(MORNING, tick=False) as clock:
        for hours in (0, 2, 20, 2, 60):
            clock.shift(timedelta(hours=hours))
            sheetcrm("run", book)
            told.append(len(reports(server)))
    assert told == [1, 1, 2, 2, 2]  # on the third day it is too late for the message: nothing waits any more
    assert "– Messages that wait for your tick in the sheet “Outbox”: 1." in reports(server)[0][1]
    assert "– waits for your tick: 1" in reports(server)[0][1]


def test_a_reply_that_waits_for_her_is_told_of_by_its_number_alone(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer
) -> None:
    book = salon(tmp_path, inbox="replies")
    (tmp_path / "replies").mkdir()
    mail = (
        "From: anna@example.com\nTo: malva@example.com\nSubject: Re: hello\n\nPlease write less, I get too many emails"
    )
    (tmp_path / "replies" / "1.eml").write_text(mail)
    with time_machine.travel(MORNING, tick=False):
        assert sheetcrm("run", book).code == 1
    [(_, lines)] = reports(server)
    assert [line for line in lines if "Replies" in line] == [
        "– Replies that may mean “no more messages”: 1 (…). Please read them; the sheet “Today” says how to decide."
    ]


def test_a_server_that_refuses_her_report_changes_nothing_of_the_run(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer
) -> None:
    server.faults.append(Fault("RCPT", "550 5.1.1 no such user", first=2))
    with time_machine.travel(MORNING, tick=False):
        done = sheetcrm("run", salon(tmp_path), "--json")
    assert (done.code, done.json["sent"], server.recipients) == (0, 1, ["anna@example.com"])
    assert "The report could not be sent to maria@malva.example: 550" in done.err


def test_a_failed_message_is_told_of_without_the_address_that_the_server_quotes(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer
) -> None:
    server.faults.append(Fault("RCPT", "550 5.1.1 no anna@example.com here", last=1))
    with time_machine.travel(MORNING, tick=False):
        sheetcrm("run", salon(tmp_path))
    assert [subject for subject, _ in reports(server)] == ["Malva: sent 0, not sent 1, not certain 0, held 1"]
    assert "anna@example.com" not in str(reports(server))


def test_without_an_address_there_is_none_and_an_emptied_cell_ends_them(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer
) -> None:
    book = salon(tmp_path)
    with time_machine.travel(MORNING, tick=False) as clock:
        sheetcrm("run", book)
        with edited(book) as workbook:
            page = workbook["Settings"]
            cell = next(row[1] for row in page.iter_rows() if row[0].value == "report_to")
            cell.value = None
        clock.shift(timedelta(days=1))
        sheetcrm("run", book)
        book.unlink()
        sheetcrm("run", book)
    assert len(reports(server)) == 1
    assert list((sheetcrm.state / "reports").iterdir()) == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_speaks_her_language_and_nothing_of_it_is_left_open(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer, code: str
) -> None:
    wrong = CLIENTS.replace("ewa@example.com ", "ewa@example")
    with time_machine.travel(MORNING, tick=False):
        sheetcrm("run", salon(tmp_path, wrong, language=code))
        (tmp_path / "salon.xlsx").unlink()
        sheetcrm("run", tmp_path / "salon.xlsx")
    found = reports(server)
    assert len(found) == 2
    assert not [mark for mark in "{}" if mark in str(found)]
    english = [line for line in str(found).split() if line in ("held", "Held,", "sent", "workbook")]
    assert bool(english) == (code == "en")


# a workbook that cannot say it any more


def test_a_workbook_that_was_moved_is_told_of_once_a_day(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer
) -> None:
    book = salon(tmp_path)
    with time_machine.travel(MORNING, tick=False) as clock:
        sheetcrm("run", book)
        away = book.rename(tmp_path / "elsewhere.xlsx")
        for _ in range(4):
            clock.shift(timedelta(hours=8))
            assert sheetcrm("run", book).code == 3
        away.rename(book)
        assert sheetcrm("run", book).code == 0
    missing = [(subject, lines) for subject, lines in reports(server) if "could not be used" in subject]
    assert [subject for subject, _ in missing] == ["Malva: salon.xlsx could not be used"] * 2
    assert missing[0][1][1].startswith(f"There is no file {book}.")


def test_a_workbook_behind_another_password_is_told_of(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = salon(tmp_path)
    package = book.read_bytes()
    book.write_bytes(encrypted(package, "spring"))
    monkeypatch.setenv("SHEETCRM_WORKBOOK_PASSWORD", "spring")
    with time_machine.travel(MORNING, tick=False):
        assert sheetcrm("run", book).code == 0
        book.write_bytes(encrypted(package, "summer"))
        assert sheetcrm("run", book).code == 3
    subject, lines = reports(server)[-1]
    assert subject == "Malva: salon.xlsx could not be used"
    assert lines[1].startswith("salon.xlsx: the password known from SHEETCRM_WORKBOOK_PASSWORD does not open it;")


def test_a_workbook_that_never_wanted_reports_gets_none(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer
) -> None:
    book = salon(tmp_path, report_to="")
    with time_machine.travel(MORNING, tick=False):
        sheetcrm("run", book)
        book.unlink()
        sheetcrm("run", book)
    assert (reports(server), server.recipients) == ([], ["anna@example.com"])


def test_nothing_secret_is_kept_for_it_and_nobody_else_may_read_it(
    sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server(user=("maria", "hunter2"), auth_without_tls=True) as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://maria@127.0.0.1:{server.port}")
        monkeypatch.setenv("SHEETCRM_SMTP_PASSWORD", "hunter2")
        with time_machine.travel(MORNING, tick=False):
            sheetcrm("run", salon(tmp_path))
        assert OWNER in server.recipients
    (kept,) = (sheetcrm.state / "reports").iterdir()
    assert "hunter2" not in kept.read_text("utf-8")
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
