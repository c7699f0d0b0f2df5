"""Whatever is wrong with the call, the file, the mail server or the machine: one line, the contract's code, nothing lost."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine, Done
from msoffcrypto.format.ooxml import OOXMLFile
from smtp_server import STALL, Authority, Fault, smtp_server

from sheetcrm.delivery.schema import FORMAT
from sheetcrm.running.session import Session
from sheetcrm.testing import make_workbook
from sheetcrm.workbook.opening import read_stable

ON = "2026-11-22"
CLIENTS = """
    Client ID | Name       | Email            | Birthday   | Email consent
    C1        | Anna Nowak | anna@example.com | 1990-11-22 | yes
    C2        | Ola Lis    | ola@example.com  | 1985-11-22 | yes
"""
CAMPAIGNS = """
    Campaign | Active | Trigger
    Birthday | yes    | birthday
"""
SETTINGS = """
    Setting  | Value
    business | Malva
    sender   | malva@example.com
"""
SAVE_AS = "Open it in Excel or LibreOffice and save it as an Excel workbook (.xlsx)."
_HOLD_THE_LOCK = """
import sys, time
from pathlib import Path
from sheetcrm.delivery.locking import RunLock
with RunLock(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is empty is not waited for two seconds, nor a lock for a minute."""
    for function, name, seconds in ((read_stable, "patience", 0.1), (Session.__init__, "wait", 0.3)):
        defaults = function.__kwdefaults__
        assert defaults is not None
        monkeypatch.setitem(defaults, name, seconds)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    folder = tmp_path / "salon"
    folder.mkdir()
    return make_workbook(folder / "salon.xlsx", CLIENTS, campaigns=CAMPAIGNS, settings=SETTINGS)


@pytest.fixture
def known(book: Path, sheetcrm: CommandLine) -> Path:
    """A workbook that this machine sends for, up to date: nothing of ours is missing in it."""
    sheetcrm("run", book, "--on", ON, "--limit", 0)
    assert sheetcrm("run", book, "--on", ON, "--limit", 0, "--json").json["written"] is False
    return book


@contextmanager
def untouched(path: Path) -> Iterator[None]:
    """The file's bytes and time stay, and nothing new lies beside it."""

    def look() -> tuple[Any, ...]:
        content = (path.read_bytes(), path.stat().st_mtime_ns) if path.is_file() else ()
        return (*content, sorted(p.name for p in path.parent.iterdir() if p.name != "state"))

    before = look()
    yield
    assert look() == before


def line_of(done: Done) -> str:
    """Return the one line on stderr; fail where there is another, or a traceback."""
    assert done.err.endswith("\n")
    assert done.err.count("\n") == 1, done.err
    assert "Traceback" not in done.err
    return done.err.rstrip("\n")


def refused(sheetcrm: CommandLine, *arguments: object) -> tuple[int, str, str]:
    """Run a command without and with --json: the object says what the line says. Return exit code, code, line."""
    done, with_json = sheetcrm(*arguments), sheetcrm(*arguments, "--json")
    line = line_of(done)
    assert done.out == ""
    assert with_json.json.keys() == {"error"}
    error = with_json.json["error"]
    assert error.keys() == {"code", "message", "hint"}
    assert f"sheetcrm: {error['message']} {error['hint']}".strip() == line == line_of(with_json)
    assert with_json.code == done.code
    return done.code, error["code"], line


def not_sent(sheetcrm: CommandLine, book: Path, *options: object) -> tuple[int, str, str]:
    """Run where the mail server is at fault: the counts stand, beside them why nothing went. Return exit code, code, line."""
    done = sheetcrm("run", book, "--on", ON, *options)
    line = line_of(done)
    with_json = sheetcrm("run", book, "--on", ON, *options, "--json")
    counts = dict(with_json.json)
    error = counts.pop("error")
    assert counts.items() >= {"sent": 0, "failed": 0, "unknown": 0, "held": 0, "written": False}.items()
    assert f"sheetcrm: {error['message']} {error['hint']}" == line == line_of(with_json)
    assert (done.out, with_json.code) == ("", done.code)
    return done.code, error["code"], line


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# The file


def zipped(**parts: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return data.getvalue()


OTHER_FILES = {
    "empty.xlsx": (b"", "is empty. Wait until your cloud folder has finished copying it, or take the last good copy."),
    "old.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, f"is an old Excel workbook (.xls). {SAVE_AS}"),
    "sheet.ods": (
        zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"),
        f"is an OpenDocument sheet (.ods). {SAVE_AS}",
    ),
    "list.csv": ("Имя;Телефон\nАнна;+380 50 000 00 00\n".encode(), f"is a text table (.csv). {SAVE_AS}"),
    "csv.xlsx": (b"Name,Phone\nAnna,600000101\n", f"is a text table (.csv). {SAVE_AS}"),
    "page.xlsx": (
        b"<html><table><tr><td>Name</td></tr></table></html>",
        f"is a web page, whatever its name ends with. {SAVE_AS}",
    ),
    "noise.xlsx": (bytes(range(256)) * 4, f"is no Excel workbook. {SAVE_AS}"),
}


@pytest.mark.parametrize("name", OTHER_FILES)
@pytest.mark.parametrize("command", ["check", "refresh", "plan", "run", "undo", "doctor", "setup"])
def test_what_is_no_workbook_is_named_for_what_it_is(
    sheetcrm: CommandLine, tmp_path: Path, command: str, name: str
) -> None:
    content, words = OTHER_FILES[name]
    file = tmp_path / name
    file.write_bytes(content)
    with untouched(file):
        assert refused(sheetcrm, command, file) == (3, "not-a-workbook", f"sheetcrm: {name} {words}")


def test_a_missing_file_is_said_so(sheetcrm: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "salon.xlsx"
    line = f"sheetcrm: There is no file {file}. Check the name and the folder; `sheetcrm new` makes a new workbook."
    for command in ("check", "refresh", "plan", "run", "send", "doctor", "undo"):
        assert refused(sheetcrm, command, file) == (3, "missing", line)
    assert refused(sheetcrm, "resolve", file, "0123456789", "sent") == (3, "missing", line)
    assert line_of(sheetcrm("schedule", file, "--at", "08:30", "--install")) == line


def test_a_folder_is_no_workbook(sheetcrm: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "salon.xlsx"
    folder.mkdir()
    line = "sheetcrm: salon.xlsx is a folder, not a workbook. Give the path of the .xlsx file in it."
    assert refused(sheetcrm, "check", folder)[::2] == (3, line)
    assert refused(sheetcrm, "run", folder)[::2] == (3, line)


def test_half_a_workbook_says_where_the_whole_ones_are(sheetcrm: CommandLine, known: Path) -> None:
    known.write_bytes(known.read_bytes()[:4000])
    with untouched(known):
        assert refused(sheetcrm, "run", known) == (
            3,
            "damaged",
            (
                "sheetcrm: salon.xlsx is damaged: the file breaks off: its end is missing (an unfinished copy or download?)."
                " Take the last good copy: `sheetcrm undo --list` shows those it kept, your cloud folder has older versions."
            ),
        )
        kept = sheetcrm("undo", known, "--list", "--json").json["versions"]
        assert kept
        assert sheetcrm("check", kept[0]["file"], "--on", ON).code == 0


def test_a_protected_workbook_wants_its_password(sheetcrm: CommandLine, book: Path) -> None:
    plain, protected = book.read_bytes(), io.BytesIO()
    OOXMLFile(io.BytesIO(plain)).encrypt("secret", protected)
    book.write_bytes(protected.getvalue())
    with untouched(book):
        assert refused(sheetcrm, "run", book, "--on", ON) == (
            3,
            "password",
            (
                "sheetcrm: salon.xlsx is protected with a password, which is not known here. Run the command in a terminal, which"
                " asks for it, or put it into SHEETCRM_WORKBOOK_PASSWORD."
            ),
        )


def test_a_workbook_without_clients_is_refused(sheetcrm: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "prices.xlsx"
    sheet = openpyxl.Workbook()
    assert sheet.active is not None
    sheet.active.append(["Apples", "Pears"])
    sheet.save(file)
    with untouched(file):
        code, name, line = refused(sheetcrm, "refresh", file)
    assert (code, name) == (3, "no-client-table")
    assert "prices.xlsx" in line


def test_two_client_lists_are_both_named(sheetcrm: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "two.xlsx"
    books = openpyxl.Workbook()
    for title in ("North", "South"):
        sheet = books.create_sheet(title)
        sheet.append(["Name", "Phone", "E-mail"])
        sheet.append(["Anna Nowak", "600000101", "anna@example.com"])
    books.save(file)
    with untouched(file):
        code, _, line = refused(sheetcrm, "run", file)
    assert code == 3
    assert "North" in line
    assert "South" in line


def test_a_workbook_of_a_newer_program_is_left_alone(sheetcrm: CommandLine, known: Path) -> None:
    source = zipfile.ZipFile(io.BytesIO(known.read_bytes()))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as package:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == "xl/workbook.xml":
                content, count = re.subn(rb'(name="_sheetcrm\.format"[^>]*>)[^<]*<', rb"\g<1>9<", content)
                assert count == 1
            package.writestr(entry, content)
    known.write_bytes(data.getvalue())
    with untouched(known):
        assert refused(sheetcrm, "run", known, "--on", ON) == (
            3,
            "newer-format",
            (
                "sheetcrm: salon.xlsx was written by a newer sheetcrm (format 9, this one knows 1). Update sheetcrm on this"
                " computer."
            ),
        )


def test_a_record_of_a_newer_program_is_left_alone(sheetcrm: CommandLine, known: Path) -> None:
    (journal,) = sheetcrm.state.glob("*.sqlite")
    with sqlite3.connect(journal) as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()
    with untouched(known), untouched(journal):
        assert refused(sheetcrm, "run", known, "--on", ON)[::2] == (
            3,
            (
                f"sheetcrm: The record of sent messages is of a newer sheetcrm (format 9, this one knows {FORMAT}). Update sheetcrm"
                " on this machine."
            ),
        )


# Texts


def test_a_text_with_a_mistake_holds_its_messages_and_the_others_go(
    sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = make_workbook(
        tmp_path / "salon.xlsx",
        CLIENTS,
        visits="""
            Date       | Client | Service | Amount | Status
            2026-11-23 | C1     | Cut     |        | planned
        """,
        campaigns="""
            Campaign | Active | Trigger  | Days
            Birthday | yes    | birthday |
            Tomorrow | yes    | reminder | -1
        """,
        texts="""
            Template | Language | Channel | Subject | Body
            birthday | en       | email   | Hello   | Dear {{ call_name
        """,
        settings=SETTINGS,
    )
    problems = sheetcrm("check", book, "--on", ON, "--json")
    assert (problems.code, problems.json["counts"]) == (1, {"template-error": 1})
    plan = sheetcrm("plan", book, "--on", ON, "--json").json
    assert [(h["campaign"], h["client_id"], h["reason"]) for h in plan["held"]] == [
        ("Birthday", "C1", "template-error"),
        ("Birthday", "C2", "template-error"),
    ]
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        done = sheetcrm("run", book, "--on", ON, "--json")
    assert done.code == 0
    assert (done.json["sent"], done.json["held"]) == (1, 2)
    assert server.recipients == ["anna@example.com"]


# The mail server


NO_SERVER = (
    "sheetcrm: No mail server is configured. Run `sheetcrm setup`, or name one in SHEETCRM_SMTP, or use --outbox DIR."
)


@pytest.mark.parametrize("command", ["run", "send"])
def test_without_a_mail_server_nothing_is_written(sheetcrm: CommandLine, book: Path, command: str) -> None:
    with untouched(book):
        assert refused(sheetcrm, command, book, "--on", ON) == (2, "no-mail-server", NO_SERVER)
        assert refused(sheetcrm, command, book, "--on", ON, "--to", "me@example.com")[::2] == (2, NO_SERVER)


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("mail.example.com", "SHEETCRM_SMTP is no address of a mail server."),
        ("http://mail.example.com", "SHEETCRM_SMTP is no address of a mail server."),
        ("smtps://", "SHEETCRM_SMTP is no address of a mail server."),
        ("smtps://mail.example.com:port", "The port in SHEETCRM_SMTP cannot be read."),
    ],
)
def test_a_malformed_address_of_the_server_is_said_so(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch, url: str, line: str
) -> None:
    monkeypatch.setenv("SHEETCRM_SMTP", url)
    with untouched(book):
        assert refused(sheetcrm, "run", book, "--on", ON) == (
            2,
            "mail-server",
            f"sheetcrm: {line} It looks like smtps://user@host:465 or smtp+starttls://user@host:587.",
        )


def test_a_password_in_the_address_of_the_server_is_not_taken_nor_shown(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHEETCRM_SMTP", "smtps://malva:hunter2@mail.example.com")
    with untouched(book):
        assert refused(sheetcrm, "run", book, "--on", ON)[::2] == (
            2,
            "sheetcrm: SHEETCRM_SMTP holds a password. Put it into SHEETCRM_SMTP_PASSWORD, or run `sheetcrm setup`.",
        )


def test_without_a_sender_nothing_is_written(
    sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", CLIENTS, campaigns=CAMPAIGNS)
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        with untouched(book):
            assert refused(sheetcrm, "run", book, "--on", ON) == (
                2,
                "no-sender",
                (
                    "sheetcrm: The setting sender is empty. Run `sheetcrm setup`, or type your e-mail address into the"
                    " Settings sheet."
                ),
            )
    assert server.connections == 0


def test_a_wrong_password_is_tried_once_and_nothing_goes(
    sheetcrm: CommandLine, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server(user=("malva", "right"), auth_without_tls=True) as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://malva@127.0.0.1:{server.port}")
        monkeypatch.setenv("SHEETCRM_SMTP_PASSWORD", "wrong-secret")
        with untouched(known):
            assert not_sent(sheetcrm, known) == (
                4,
                "login-refused",
                (
                    f"sheetcrm: The mail server 127.0.0.1:{server.port} refused the login (535 5.7.8 Authentication credentials"
                    " invalid). Check user and password; many providers want an app password. `sheetcrm setup` asks for it"
                    " anew."
                ),
            )
        assert len(server.logins) == 2
        monkeypatch.setenv("SHEETCRM_SMTP_PASSWORD", "right")
        assert sheetcrm("run", known, "--on", ON, "--json").json["sent"] == 2
    assert sorted(server.recipients) == ["anna@example.com", "ola@example.com"]


def test_a_server_that_is_down_loses_nothing(
    sheetcrm: CommandLine, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{port}")
    with untouched(known):
        assert not_sent(sheetcrm, known) == (
            4,
            "server-unreachable",
            (
                f"sheetcrm: The mail server 127.0.0.1:{port} cannot be reached (Connection refused). Check smtp_host, smtp_port"
                " and the internet connection, or try again later."
            ),
        )
        assert not_sent(sheetcrm, known, "--to", "me@example.com")[0] == 4
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        assert sheetcrm("run", known, "--on", ON, "--json").json["sent"] == 2


def test_a_server_whose_certificate_nobody_vouches_for_gets_no_password(
    sheetcrm: CommandLine, known: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = Authority(tmp_path)
    with smtp_server(user=("malva", "right"), tls=stranger.server_context()) as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtps://malva@127.0.0.1:{server.port}")
        monkeypatch.setenv("SHEETCRM_SMTP_PASSWORD", "right")
        with untouched(known):
            code, name, line = not_sent(sheetcrm, known)
        assert (code, name) == (4, "certificate")
        assert line.startswith(
            f"sheetcrm: The certificate of the mail server 127.0.0.1:{server.port} cannot be verified (unable to get local"
            " issuer certificate). Nothing was sent, the password was not shown."
        )
        assert (server.logins, server.taken) == ([], [])
        monkeypatch.setenv("SSL_CERT_FILE", str(stranger.trust))
        assert sheetcrm("run", known, "--on", ON, "--json").json["sent"] == 2


def test_a_server_without_starttls_gets_no_password(
    sheetcrm: CommandLine, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server(user=("malva", "right"), auth_without_tls=True) as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp+starttls://malva@127.0.0.1:{server.port}")
        monkeypatch.setenv("SHEETCRM_SMTP_PASSWORD", "right")
        with untouched(known):
            assert not_sent(sheetcrm, known) == (
                4,
                "no-encryption",
                (
                    f"sheetcrm: The mail server 127.0.0.1:{server.port} offers no encryption (STARTTLS). Nothing was sent, the"
                    " password was not shown. Try smtp_security tls with port 465, or another network."
                ),
            )
        assert server.logins == []


def test_the_password_of_a_server_is_never_sent_in_the_clear_across_a_network(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHEETCRM_SMTP", "smtp://malva@mail.example.com:25")
    with untouched(book):
        code, name, _ = refused(sheetcrm, "run", book, "--on", ON)
    assert (code, name) == (2, "mail-server")


# The call


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["run"], "Missing argument 'BOOK'. See sheetcrm run --help."),
        (["frobnicate"], "No such command 'frobnicate'. See sheetcrm --help."),
        (["run", "BOOK", "--frob"], "No such option: --frob"),
        (
            ["run", "BOOK", "second.xlsx"],
            "Got unexpected extra argument(s) (second.xlsx). A file's name with blanks stands in quotes.",
        ),
        (
            ["run", "BOOK", "--on", "22.11.2026"],
            "'22.11.2026' is no date. Write it as YYYY-MM-DD, like 2026-11-22.",
        ),
        (["plan", "BOOK", "--days", "many"], "--days takes a whole number from 1 to 3660."),
        (["plan", "BOOK", "--days", "0"], "--days takes a whole number from 1 to 3660."),
        (["run", "BOOK", "--limit", "-1"], "--limit takes a whole number of at least 0."),
        (["run", "BOOK", "--to", "me"], "'me' is no e-mail address. Write it like you@example.com."),
        (["new", "BOOK"], "BOOK is there already. Choose another name, or add --force to replace it."),
        (["new", "PLACE/b.xls"], "b.xls: a new workbook is an .xlsx file. Name it b.xlsx."),
        (["new", "PLACE/no/b.xlsx"], "There is no folder PLACE/no. Make it first, or choose another place."),
        (
            ["new", "PLACE/b.xlsx", "--language", "xx"],
            "'xx' is not a language that sheetcrm writes. Choose one of en, pl, uk, ru, it, es.",
        ),
        (
            ["setup", "BOOK", "--language", "de"],
            "'de' is not a language that sheetcrm writes. Choose one of en, pl, uk, ru, it, es.",
        ),
        (
            ["plan", "BOOK", "--html", "BOOK"],
            "BOOK is there already. Choose another name, or add --force to replace it.",
        ),
        (["resolve", "BOOK", "0123456789", "perhaps"], "“perhaps” is no outcome. Write sent or failed."),
        (
            ["resolve", "BOOK", "0123456789", "sent"],
            "There is no message with the key “0123456789”. The Sent sheet shows the keys.",
        ),
    ],
)
def test_a_call_that_is_off_is_one_line(sheetcrm: CommandLine, book: Path, arguments: list[str], line: str) -> None:
    place = {"BOOK": str(book), "PLACE": str(book.parent)}
    for name, value in place.items():
        arguments = [a.replace(name, value) for a in arguments]
        line = line.replace(name, value) if line.startswith(name) or f" {name}/" in line else line
    with untouched(book):
        code, _, said = refused(sheetcrm, *arguments)
    assert code == 2
    assert said.startswith(f"sheetcrm: {line}")


def test_a_demo_overwrites_nothing(sheetcrm: CommandLine, tmp_path: Path) -> None:
    there = tmp_path / "demo" / "salon_en.xlsx"
    there.parent.mkdir()
    there.write_bytes(b"hers")
    with untouched(there):
        done = sheetcrm("demo", there.parent)
    assert (done.code, line_of(done)) == (
        2,
        f"sheetcrm: {there} is there already. Choose another folder, or add --force.",
    )


def test_nothing_to_take_back_is_no_accident(sheetcrm: CommandLine, book: Path) -> None:
    with untouched(book):
        assert refused(sheetcrm, "undo", book) == (
            2,
            "nothing-to-undo",
            "sheetcrm: salon.xlsx: There is nothing to take back.",
        )


# The machine


def test_a_read_only_workbook_stays_as_it_is_and_nothing_is_sent(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sheetcrm.workbook.saving.is_writable", lambda _path: False)  # root may write everywhere
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        with untouched(book):
            line = "sheetcrm: salon.xlsx is read-only. Take off the write protection of the file or its folder."
            assert refused(sheetcrm, "refresh", book, "--on", ON) == (3, "read-only", line)
            assert refused(sheetcrm, "run", book, "--on", ON) == (3, "read-only", line)
    assert server.taken == []


def test_a_full_disk_is_noticed_before_anything_is_sent(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(book.parent)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: usage._replace(free=1000))
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        with untouched(book):
            assert refused(sheetcrm, "run", book, "--on", ON) == (
                3,
                "disk-full",
                "sheetcrm: salon.xlsx: the disk is too full to save it safely. Free some space and run again.",
            )
    assert server.taken == []


def test_without_a_state_folder_nothing_is_sent(
    sheetcrm: CommandLine, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").write_text("in the way")
    monkeypatch.setenv("SHEETCRM_STATE", str(tmp_path / "a file" / "state"))
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        with untouched(book):
            code, _, line = refused(sheetcrm, "run", book, "--on", ON)
    assert code == 3
    assert str(tmp_path / "a file") in line
    assert server.taken == []


def test_a_place_where_nothing_can_be_written_is_no_bug_of_ours(sheetcrm: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("in the way")
    done = sheetcrm("demo", tmp_path / "a file" / "demo")
    assert (done.code, line_of(done)) == (
        3,
        (
            f"sheetcrm: {tmp_path / 'a file' / 'demo'}: Not a directory. Check that the disk is not full and that you may"
            " write there."
        ),
    )


NOTES_OF_OTHERS = {
    "~$salon.xlsx": bytes([5])
    + b"Maria".ljust(54)
    + (5).to_bytes(2, "little")
    + "Maria".encode("utf-16-le")
    + b" " * 98,
    ".~lock.salon.xlsx#": b",Maria,laptop,22.11.2026 09:12,file:///home/maria/.config/libreoffice/4;",
}


@pytest.mark.parametrize("note", NOTES_OF_OTHERS)
def test_while_the_workbook_is_open_everything_but_writing_goes_on(
    sheetcrm: CommandLine, book: Path, note: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (book.parent / note).write_bytes(NOTES_OF_OTHERS[note])
    line = "The workbook is open (Maria). Everything new will be written once it is closed."
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        with untouched(book):
            refreshed = sheetcrm("refresh", book, "--on", ON, "--json")
            assert (refreshed.code, refreshed.json["written"], line_of(refreshed)) == (0, False, line)
            sent = sheetcrm("run", book, "--on", ON, "--json")
            assert (sent.code, sent.json["sent"], sent.json["written"], line_of(sent)) == (0, 2, False, line)
            again = sheetcrm("run", book, "--on", ON, "--json")
            assert (again.code, again.json["sent"]) == (0, 0)
        (book.parent / note).unlink()
        closed = sheetcrm("run", book, "--on", ON, "--json")
        assert (closed.code, closed.json["sent"], closed.json["written"], closed.err) == (0, 0, True, "")
    assert sorted(server.recipients) == ["anna@example.com", "ola@example.com"]
    sent_sheet = openpyxl.load_workbook(book)["Sent"]
    assert sum(1 for row in sent_sheet.iter_rows(min_row=2, values_only=True) if row[0]) == 2


def test_another_sheetcrm_at_work_is_waited_for_and_then_said_so(sheetcrm: CommandLine, known: Path) -> None:
    (lock,) = sheetcrm.state.glob("*.lock")
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD_THE_LOCK, str(sheetcrm.state), lock.stem], stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with untouched(known):
            assert refused(sheetcrm, "run", known, "--on", ON) == (
                3,
                "locked",
                (
                    f"sheetcrm: Another sheetcrm (process {holder.pid}) is at work on this workbook. Let it finish, then try"
                    " again."
                ),
            )
            assert sheetcrm("check", known, "--on", ON).code == 0
    finally:
        holder.kill()
        holder.communicate()
    assert sheetcrm("refresh", known, "--on", ON).code == 0


def test_another_machine_sends_for_it(
    sheetcrm: CommandLine, known: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SHEETCRM_MACHINE", "the new laptop")
    monkeypatch.setenv("SHEETCRM_STATE", str(tmp_path / "its state"))
    with untouched(known):
        for command in ("run", "send"):
            assert refused(sheetcrm, command, known, "--on", ON) == (
                3,
                "another-machine",
                (
                    "sheetcrm: salon.xlsx: another computer sends for this workbook. If this one is to send from now on, run"
                    " sheetcrm doctor salon.xlsx --take-over here."
                ),
            )


def test_ctrl_c_in_the_middle_of_a_send_is_one_line_and_what_is_true_is_recorded(known: Path) -> None:
    with smtp_server(Fault("DOT", STALL)) as server:
        environ = {**os.environ, "SHEETCRM_SMTP": f"smtp://127.0.0.1:{server.port}"}
        run = subprocess.Popen(
            [sys.executable, "-m", "sheetcrm", "run", str(known), "--on", ON, "--json"],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            while "DOT" not in server.commands:
                assert run.poll() is None
            run.send_signal(signal.SIGINT)
            out, err = run.communicate(timeout=20)
        finally:
            run.kill()
    assert (run.returncode, out) == (130, "")
    assert err == "sheetcrm: Stopped. What was sent is recorded; the rest waits for the next run.\n"
    header, *rows = openpyxl.load_workbook(known)["Sent"].iter_rows(values_only=True)
    assert [row[header.index("Status")] for row in rows if row[0]] == ["not certain"]


# A mistake of ours


def test_a_bug_of_ours_leaves_a_crash_file_without_anybodys_data(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stage(*_: object, **__: object) -> None:
        raise ValueError("cannot handle Anna Nowak, born 1990-11-22") from KeyError("anna@example.com")

    monkeypatch.setattr("sheetcrm.crm.figuring.clean", stage)
    with untouched(book):
        done = sheetcrm("refresh", book, "--on", ON, "--json")
    crash = (sheetcrm.state / "crash.txt").read_text("utf-8")
    assert done.code == 3
    assert line_of(done) == (
        "sheetcrm: Something went wrong inside the program (ValueError): a mistake of ours, not yours. Where in the program"
        f" is noted in {sheetcrm.state / 'crash.txt'}, without anybody's data. Nothing half-done was left; run again with"
        " --debug to see more."
    )
    assert done.json["error"]["code"] == "internal"
    assert "ValueError" in crash
    assert "KeyError" in crash
    assert f"crm{os.sep}figuring.py:" in crash
    for word in ("Anna", "Nowak", "anna@", "1990", str(Path.home()), str(book.parent)):
        assert word not in crash + done.err.replace(str(sheetcrm.state), "")
    assert (sheetcrm.state / "crash.txt").stat().st_mode & 0o077 == 0


def test_debug_shows_what_went_wrong_inside(sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stage(*_: object, **__: object) -> None:
        raise ValueError("inside")

    monkeypatch.setattr("sheetcrm.crm.figuring.clean", stage)
    with pytest.raises(ValueError, match="inside"):
        sheetcrm("check", book, "--debug")


# In her language


def test_errors_speak_the_language_of_the_workbook(
    sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = make_workbook(
        tmp_path / "salon.xlsx", CLIENTS, campaigns=CAMPAIGNS, settings=f"{SETTINGS}\n    language | pl"
    )
    assert refused(sheetcrm, "run", book, "--on", ON) == (
        2,
        "no-mail-server",
        (
            "sheetcrm: Nie ustawiono serwera poczty. Uruchom `sheetcrm setup`, podaj serwer w SHEETCRM_SMTP albo użyj --outbox"
            " FOLDER."
        ),
    )
    monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{free_port()}")
    done = sheetcrm("run", book, "--on", ON)
    assert done.code == 4
    assert line_of(done).startswith("sheetcrm: Nie można połączyć się z serwerem poczty 127.0.0.1:")
    assert "Nie można połączyć się z serwerem poczty" in sheetcrm("doctor", book).out


def test_a_workbook_that_cannot_be_read_is_spoken_of_in_the_computers_language(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    protected = io.BytesIO()
    OOXMLFile(io.BytesIO(book.read_bytes())).encrypt("secret", protected)
    book.write_bytes(protected.getvalue())
    monkeypatch.setenv("LC_ALL", "uk_UA.UTF-8")
    assert refused(sheetcrm, "check", book)[2].startswith("sheetcrm: salon.xlsx захищено паролем,")
