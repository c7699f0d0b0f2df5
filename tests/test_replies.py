"""She writes STOP, or mail to her comes back: the workbook says so, and nothing more goes to her."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
import time_machine
from command_line import CommandLine
from imap_server import imap_server
from smtp_server import Authority
from test_delivery_inbound import report

import sheetcrm as crm
from sheetcrm.crm.values import Key, Message
from sheetcrm.delivery.mail import id_of
from sheetcrm.running import open_workbook
from sheetcrm.testing import MemoryTransport, make_workbook

DAY = date(2026, 11, 22)
CLIENTS = """
    Client ID | Name       | Email            | Birthday   | Email consent | Client since
    C1        | Anna Smith | Anna@Example.com | 1990-11-22 | yes           | 2020-11-24
    C2        | Jo Brown   | jo@example.com   | 1985-11-22 | yes           | 2020-11-24
    C3        | Al Smith   | anna@example.com | 1985-05-22 | yes           | 2020-11-24
"""
CAMPAIGNS = """
    Campaign   | Active | Trigger     | Purpose
    Birthdays  | yes    | birthday    |
    Together   | yes    | anniversary |
"""
SETTINGS = """
    Setting  | Value
    business | Malva
    sender   | malva@example.com
    language | en
    inbox    | replies
    cap      | off
"""


class Desk:
    """A workbook with its folder of replies."""

    def __init__(self, folder: Path, clients: str = CLIENTS, settings: str = SETTINGS) -> None:
        self.folder = folder
        self.replies = folder / "replies"
        self.replies.mkdir()
        self.book = make_workbook(folder / "salon.xlsx", clients, campaigns=CAMPAIGNS, settings=settings)
        self.transport = MemoryTransport()

    def run(self, days: int = 0) -> crm.RunReport:
        """Run on a later day, by the clock too."""
        day = DAY + timedelta(days=days)
        with time_machine.travel(f"{day}T09:00:00Z", tick=True):
            return crm.run(self.book, transport=self.transport)

    def to(self) -> list[str]:
        return [message.to.lower() for message in self.transport.messages]

    def mail(
        self, name: str, text: str, sender: str = "Anna <anna@example.com>", refers: str = "", dated: str = ""
    ) -> None:
        head = f"From: {sender}\nTo: malva@example.com\nSubject: Re: Hello\nIn-Reply-To: <{refers}@example.com>\n"
        date_line = f"Date: {dated}\n" if dated else ""
        (self.replies / f"{name}.eml").write_text(f"{head}{date_line}\n{text}")

    def id_of(self, message: Message) -> str:
        return id_of(message.key, open_workbook(self.book).identity.id)

    def consents(self) -> list[object]:
        sheet = openpyxl.load_workbook(self.book)["Clients"]
        header = [cell.value for cell in sheet[1]]
        column = header.index("Email consent")
        return [row[column].value for row in sheet.iter_rows(min_row=2, max_row=4)]

    def type(self, cell: str, value: str) -> None:
        book = openpyxl.load_workbook(self.book)
        book["Clients"][cell] = value
        book.save(self.book)

    def held(self, sheetcrm: CommandLine, days: int) -> set[tuple[str, str]]:
        plan = sheetcrm("plan", self.book, "--on", DAY + timedelta(days=days), "--json").json
        return {(one["client_id"], one["reason"]) for one in plan["held"]}


@pytest.fixture
def desk(tmp_path: Path, sheetcrm: CommandLine) -> Desk:
    assert sheetcrm.state.name == "state"
    return Desk(tmp_path)


def test_a_stop_makes_every_consent_of_that_address_a_no_and_nothing_more_goes(desk: Desk) -> None:
    desk.run()
    desk.mail("1", "STOP\n\nOn 22 Nov 2026 Malva wrote:\n> reply STOP")
    report_ = desk.run(1)
    assert desk.consents() == ["no", "yes", "no"]
    desk.run(2)
    assert desk.to() == ["anna@example.com", "jo@example.com", "jo@example.com"]
    assert any("want no more messages: 1" in note for note in report_.notes)
    changes = openpyxl.load_workbook(desk.book)["Changes"].iter_rows(min_row=2, values_only=True)
    assert [(row[2], row[3], row[-3:-1]) for row in changes] == [
        ("opted out", "C1", ("yes", "no")),
        ("opted out", "C3", ("yes", "no")),
    ]


def test_a_stop_is_heard_before_the_messages_of_that_very_run(desk: Desk) -> None:
    desk.mail("1", "stop, thanks")
    assert (desk.run().sent, desk.to()) == (1, ["jo@example.com"])


def test_a_reply_from_another_address_of_hers_is_known_by_what_it_answers(desk: Desk) -> None:
    desk.run()
    desk.mail("1", "STOP", "anna.private@example.net", desk.id_of(desk.transport.messages[0]))
    desk.run(1)
    assert desk.consents() == ["no", "yes", "no"]


def test_a_stop_of_a_stranger_and_a_thank_you_change_nothing(desk: Desk) -> None:
    desk.run()
    desk.mail("1", "STOP", "somebody@example.org", "0" * 40)
    desk.mail("2", "Thank you!", refers=desk.id_of(desk.transport.messages[0]))
    before = desk.book.read_bytes()
    desk.run(1)
    assert (desk.consents(), desk.run(1).written, before != b"") == (["yes", "yes", "yes"], False, True)


def test_a_mail_is_read_once(desk: Desk) -> None:
    desk.mail("1", "STOP")
    said = [any("no more messages" in note for note in desk.run(day).notes) for day in (0, 1)]
    assert said == [True, False]


def test_who_says_yes_again_in_the_very_row_gets_messages_again(desk: Desk) -> None:
    desk.mail("1", "STOP")
    desk.run()
    desk.run(1)
    desk.type("E2", "yes")
    desk.run(2)
    assert (desk.consents(), desk.to()[-2:]) == (["yes", "yes", "no"], ["anna@example.com", "jo@example.com"])
    desk.run(3)
    assert desk.consents() == ["yes", "yes", "no"]


def test_a_second_stop_counts_as_the_first_did(desk: Desk) -> None:
    desk.mail("1", "STOP")
    desk.run()
    desk.type("E2", "yes")
    desk.run(1)
    desk.mail("2", "STOP please")
    desk.run(2)
    assert (desk.consents(), desk.to().count("anna@example.com")) == (["no", "yes", "no"], 1)  # while she had said yes


def test_a_yes_out_of_an_older_copy_of_the_workbook_is_no_new_consent(desk: Desk) -> None:
    desk.run(-1)
    older = desk.folder / "older.xlsx"
    shutil.copy(desk.book, older)
    desk.mail("1", "STOP")
    desk.run()
    desk.run(1)
    shutil.copy(older, desk.book)
    desk.run(2)
    assert (desk.consents(), "anna@example.com" in desk.to()) == (["no", "yes", "no"], False)


def test_a_row_imported_anew_with_a_yes_is_held_and_becomes_a_no(desk: Desk, sheetcrm: CommandLine) -> None:
    desk.mail("1", "STOP")
    desk.run()
    desk.run(1)
    book = openpyxl.load_workbook(desk.book)
    row = [None] * book["Clients"].max_column
    row[:6] = [None, "Anna S.", "ANNA@example.com", "1990-11-24", "yes", None]  # type: ignore[list-item]
    for column, value in enumerate(row, 1):
        book["Clients"].cell(5, column, value)
    book.save(desk.book)
    assert any(reason == "opted-out" for _, reason in desk.held(sheetcrm, 2))
    desk.run(2)
    assert (openpyxl.load_workbook(desk.book)["Clients"]["E5"].value, "anna@example.com" in desk.to()) == ("no", False)


def with_result(book: Path, cell: str, result: str) -> None:
    """Give a formula its result, as a spreadsheet program that has computed it leaves it."""
    with zipfile.ZipFile(book) as old:
        parts = {info: old.read(info) for info in old.infolist()}
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as new:
        for info, data in parts.items():
            pattern = rf'<c r="{cell}"([^>]*?)(?: t="\w+")?><f>(.*?)</f><v ?/?>(?:</v>)?</c>'.encode()
            put = rf'<c r="{cell}"\1 t="str"><f>\2</f><v>{result}</v></c>'.encode()
            new.writestr(info, re.sub(pattern, put, data))
    assert openpyxl.load_workbook(book, data_only=True)["Clients"][cell].value == result


def test_a_consent_that_is_a_formula_is_left_and_nothing_goes_all_the_same(desk: Desk) -> None:
    desk.type("E2", '=IF(1=1,"yes","no")')
    with_result(desk.book, "E2", "yes")
    desk.mail("1", "STOP")
    for day in (0, 1, 2):
        desk.run(day)
    assert desk.consents()[0] == '=IF(1=1,"yes","no")'
    assert "anna@example.com" not in desk.to()


def test_without_a_column_for_consents_the_list_alone_holds(tmp_path: Path, sheetcrm: CommandLine) -> None:
    clients = "Client ID | Name | Email | Birthday\nC1 | Anna | anna@example.com | 1990-11-22"
    desk = Desk(tmp_path, clients)
    desk.mail("1", "STOP")
    assert (desk.run().sent, desk.run(1).sent, sheetcrm.state.exists()) == (0, 0, True)


def test_an_open_workbook_gets_its_no_when_it_is_closed_and_nothing_goes_meanwhile(desk: Desk) -> None:
    desk.mail("1", "STOP")
    lock = desk.folder / "~$salon.xlsx"
    lock.write_bytes(b"\x04Anna" + b" " * 160)
    desk.run()
    assert (desk.consents(), desk.to()) == (["yes", "yes", "yes"], ["jo@example.com"])
    lock.unlink()
    desk.run(2)
    assert (desk.consents(), desk.to()) == (["no", "yes", "no"], ["jo@example.com", "jo@example.com"])


def test_an_address_from_which_mail_comes_back_is_told_in_its_row_and_left_until_it_is_corrected(
    desk: Desk, sheetcrm: CommandLine
) -> None:
    desk.run()
    refers = desk.id_of(desk.transport.messages[0])
    original = f"Message-ID: <{refers}@example.com>\nTo: anna@example.com\n"
    (desk.replies / "1.eml").write_bytes(
        report("5.1.1", "550 5.1.1 <anna@example.com> user unknown", original=original)
    )
    said = desk.run(1)
    sent = {row[3]: row for row in openpyxl.load_workbook(desk.book)["Sent"].iter_rows(min_row=2, values_only=True)}
    assert (sent["Anna Smith"][10], sent["Anna Smith"][12]) == ("not sent", "came back: 550 5.1.1 … user unknown")
    assert any("came back: 1" in note for note in said.notes)
    problems = sheetcrm("check", desk.book, "--json").json["problems"]
    assert [(p["code"], p["row"], p["message"]) for p in problems if p["code"] == "invalid-email"] == [
        ("invalid-email", 2, "Mail to “Anna@Example.com” comes back."),
        ("invalid-email", 4, "Mail to “anna@example.com” comes back."),
    ]
    assert {("C1", "bounced"), ("C3", "bounced")} <= desk.held(sheetcrm, 2)
    desk.type("C2", "anna.smith@example.com")
    desk.run(2)
    assert (desk.to()[2:], desk.consents()) == (["anna.smith@example.com", "jo@example.com"], ["yes", "yes", "yes"])


def test_a_full_mailbox_fails_that_message_and_no_other(desk: Desk) -> None:
    desk.run()
    original = f"Message-ID: <{desk.id_of(desk.transport.messages[0])}@example.com>\n"
    (desk.replies / "1.eml").write_bytes(report("5.2.2", "552 5.2.2 mailbox full", original=original))
    desk.run(1)
    desk.run(2)
    assert desk.to()[2:] == ["anna@example.com", "jo@example.com"]
    sent = [row[10] for row in openpyxl.load_workbook(desk.book)["Sent"].iter_rows(min_row=2, values_only=True)]
    assert sent == ["not sent", "sent", "sent", "sent"]


def test_what_fails_where_she_has_her_mail_forwarded_to_is_no_fault_of_her_address(desk: Desk) -> None:
    desk.run()
    original = f"Message-ID: <{desk.id_of(desk.transport.messages[0])}@example.com>\n"
    forwarded = report("5.1.1", "550 user unknown", original=original).replace(b"nna@", b"nna.at.work@")
    (desk.replies / "1.eml").write_bytes(forwarded)
    desk.run(1)
    assert desk.run(2).sent == 2


def test_a_report_about_a_mail_that_was_never_sent_is_believed_of_nobody(desk: Desk) -> None:
    desk.run()
    forged = report("5.1.1", "550 user unknown").replace(b"nna@Example.com", b"nna.k@example.com")
    (desk.replies / "1.eml").write_bytes(forged.replace(b"anna@example.com", b"anna.k@example.com"))
    desk.run(1)
    assert desk.run(2).sent == 2


def test_a_folder_that_is_not_there_is_said_and_nothing_else_happens(desk: Desk) -> None:
    desk.replies.rmdir()
    report_ = desk.run()
    assert (report_.sent, [note for note in report_.notes if "replies" in note]) == (
        2,
        ["The folder “replies” with replies cannot be read (No such file or directory). Check inbox in “Settings”."],
    )


USER = ("malva@example.com", "abcd efgh")


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.trust))
    return made


def stop(sender: str) -> bytes:
    return f"From: {sender}\r\nSubject: Re: Hello\r\n\r\nSTOP\r\n".encode()


def test_replies_are_read_from_a_mailbox_which_stays_as_it_is(
    desk: Desk, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with imap_server(authority.server_context(), USER) as server:
        monkeypatch.setenv("SHEETCRM_IMAP", f"imaps://malva%40example.com@127.0.0.1:{server.port}/Post/Ж")
        monkeypatch.setenv("SHEETCRM_IMAP_PASSWORD", USER[1])
        server.mails = {4: stop("somebody@example.org"), 9: stop("anna@example.com")}
        desk.run()
        server.mails[12] = stop("jo@example.com")
        desk.run(1)
        desk.run(2)
        fetched = [line.split()[2] for line in server.commands if line.startswith("UID FETCH")]
        words = {line.split()[0] for line in server.commands}
    assert (desk.consents(), fetched) == (["no", "no", "no"], ["4,9", "12"])
    assert words <= {"CAPABILITY", "LOGIN", "EXAMINE", "UID", "CLOSE", "LOGOUT"}
    assert all("PEEK" in line for line in server.commands if "FETCH" in line)
    assert 'EXAMINE "Post/&BBY-"' in server.commands


def test_a_mailbox_that_was_made_anew_is_read_from_its_beginning(
    desk: Desk, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with imap_server(authority.server_context(), USER) as server:
        monkeypatch.setenv("SHEETCRM_IMAP", f"imaps://malva%40example.com@127.0.0.1:{server.port}")
        monkeypatch.setenv("SHEETCRM_IMAP_PASSWORD", USER[1])
        server.mails = {90: b"From: a@example.com\r\n\r\nhello"}
        desk.run()
        server.validity, server.mails = 8, {1: stop("anna@example.com")}
        desk.run(1)
    assert desk.consents() == ["no", "yes", "no"]


@pytest.mark.parametrize("trouble", ["login", "drop", "certificate", "down"])
def test_a_mailbox_that_cannot_be_read_keeps_no_message_from_going_and_shows_no_password(
    trouble: str, desk: Desk, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "other.example.com" if trouble == "certificate" else "127.0.0.1"
    with imap_server(authority.server_context(name), USER) as server:
        port = 1 if trouble == "down" else server.port
        monkeypatch.setenv("SHEETCRM_IMAP", f"imaps://malva%40example.com@127.0.0.1:{port}")
        monkeypatch.setenv("SHEETCRM_IMAP_PASSWORD", "wrong one" if trouble == "login" else USER[1])
        server.drop_at = "UID SEARCH" if trouble == "drop" else ""
        report_ = desk.run()
    notes = [note for note in report_.notes if "mailbox at 127.0.0.1 cannot be read" in note]
    assert (report_.sent, len(notes)) == (2, 1)
    assert "wrong one" not in str(report_)
    assert trouble in ("login", "drop") or not any("LOGIN" in line for line in server.commands)


@pytest.mark.parametrize(
    "url", ["imap://a@b.example", "imaps://b.example", "imaps://a:secret@b.example", "imaps://a@b:x"]
)
def test_a_mailbox_that_cannot_be_meant_is_said_in_one_line(
    url: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHEETCRM_IMAP", url)
    report_ = desk.run()
    assert (report_.sent, any("SHEETCRM_IMAP is no address" in note for note in report_.notes)) == (2, True)
    assert "secret" not in str(report_)


def test_doctor_looks_into_the_mailbox_of_replies_and_touches_nothing(
    desk: Desk, sheetcrm: CommandLine, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(folder: str = "INBOX", password: str = USER[1]) -> tuple[bool, str]:
        monkeypatch.setenv("SHEETCRM_IMAP", f"imaps://malva%40example.com@127.0.0.1:{server.port}/{folder}")
        monkeypatch.setenv("SHEETCRM_IMAP_PASSWORD", password)
        checks = json.loads(sheetcrm("doctor", desk.book, "--json").out)["checks"]
        (told,) = [(one["ok"], one["message"]) for one in checks if one["name"] == "mailbox"]
        return told

    with imap_server(authority.server_context(), USER) as server:
        server.mails, server.lacks = {4: stop("anna@example.com")}, "Post"
        fine, nowhere, refused = found(), found("Post"), found(password="wrong one")
        said = {line.split()[0] for line in server.commands}
    assert fine == (True, f"fine (127.0.0.1:{server.port}, INBOX)")
    assert nowhere == (False, "The mailbox at 127.0.0.1 has no folder “Post” that can be read.")
    assert (refused[0], refused[1].startswith("The mailbox at 127.0.0.1 cannot be read")) == (False, True)
    assert said <= {"CAPABILITY", "LOGIN", "EXAMINE", "LOGOUT"}
    with imap_server(authority.server_context("other.example.com"), USER) as server:
        assert not found()[0]
        assert not any("LOGIN" in line for line in server.commands)


def test_a_message_to_an_id_is_met_by_its_key_alone() -> None:
    assert id_of(Key("a", "b", "c"), "w") == id_of(Key("a", "b", "c"), "w") != id_of(Key("a", "b", "d"), "w")
