"""`setup`: the dialogue in the owner's language, the options without a terminal, and where the password goes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import openpyxl
import pexpect
import pytest
from command_line import CommandLine
from conftest import ROOT
from keyring.backends.fail import Keyring as NoKeyring
from keyring_backend import FileKeyring
from smtp_server import ScriptedServer, smtp_server
from terminal import Conversation

from sheetcrm.languages import LANGUAGES, language
from sheetcrm.testing import make_workbook

SECRET = "correct-horse-battery"
CLIENTS = """
    Name       | Email
    Anna Nowak | anna@example.com
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return make_workbook(
        tmp_path / "salon.xlsx",
        CLIENTS,
        settings="""
            Setting   | Value  | Mine
            tone      | formal | keep
            sender    |        |
            Business  | Malva  |
        """,
    )


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileKeyring]:
    monkeypatch.setenv("TEST_KEYRING", str(tmp_path / "keyring.json"))
    before, own = keyring.get_keyring(), FileKeyring()  # type: ignore[no-untyped-call]
    keyring.set_keyring(own)
    yield own
    keyring.set_keyring(before)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with smtp_server(user=("malva", SECRET), auth_without_tls=True) as running:
        yield running


def options(server: ScriptedServer) -> list[object]:
    return ["--smtp-host", "127.0.0.1", "--smtp-port", server.port, "--smtp-user", "malva"]


def settings_of(book: Path, sheet: str = "Settings") -> dict[str, Any]:
    rows = openpyxl.load_workbook(book)[sheet].iter_rows(min_row=2, values_only=True)
    return {str(row[0]): row[1] for row in rows if row[0]}


def written_anywhere(folder: Path, secret: str) -> list[str]:
    """Return the files in which a secret stands, also where it is within a zip."""
    found = []
    for file in folder.rglob("*"):
        if file.is_file() and file.name != "keyring.json":
            data = file.read_bytes()
            if file.suffix == ".xlsx":
                opened = openpyxl.load_workbook(file)
                data += repr([[c.value for c in row] for sheet in opened for row in sheet.iter_rows()]).encode()
            if secret.encode() in data:
                found.append(file.name)
    return found


def test_options_alone_write_the_settings_keep_the_password_and_send_a_test(
    sheetcrm: CommandLine, book: Path, server: ScriptedServer, kept: FileKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHEETCRM_SMTP_PASSWORD", SECRET)
    done = sheetcrm("setup", book, "--sender", "me@malva.example.com", "--country", "pl", *options(server), "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json == {"host": "127.0.0.1", "port": server.port, "tested": True, "written": True}
    assert settings_of(book) == {
        "tone": "formal",
        "sender": "me@malva.example.com",
        "Business": "Malva",
        "country": "PL",
        "smtp_host": "127.0.0.1",
        "smtp_port": server.port,
        "smtp_user": "malva",
        "smtp_security": "none",
    }
    (taken,) = server.taken
    assert (taken.to, taken.mail["Subject"]) == ("me@malva.example.com", "Test message from Malva")
    assert kept.known() == {"sheetcrm: malva on 127.0.0.1": SECRET}
    assert written_anywhere(book.parent, SECRET) == []
    assert SECRET not in done.out + done.err

    monkeypatch.delenv("SHEETCRM_SMTP_PASSWORD")
    assert sheetcrm("doctor", book, "--json").code == 0, "what setup kept is what a run finds"


def test_what_the_owner_has_in_her_settings_sheet_stays(
    sheetcrm: CommandLine, book: Path, server: ScriptedServer, kept: FileKeyring
) -> None:
    sheetcrm("setup", book, "--sender", "me@malva.example.com", *options(server), "--no-test")
    rows = list(openpyxl.load_workbook(book)["Settings"].iter_rows(values_only=True))
    assert rows[0] == ("Setting", "Value", "Mine")
    assert rows[1] == ("tone", "formal", "keep")
    assert [row[0] for row in rows].count("sender") == 1
    assert kept.known() == {}


@pytest.mark.parametrize("tables", [False, True])
def test_a_workbook_without_settings_gets_them(
    sheetcrm: CommandLine, tmp_path: Path, kept: FileKeyring, *, tables: bool
) -> None:
    book = make_workbook(tmp_path / "list.xlsx", CLIENTS, tables=tables)
    done = sheetcrm("setup", book, "--sender", "malva@gmail.com", "--no-test", "--json")
    assert done.json == {"host": "smtp.gmail.com", "port": 465, "tested": False, "written": True}
    assert settings_of(book) == {
        "sender": "malva@gmail.com",
        "smtp_host": "smtp.gmail.com",
        "smtp_port": 465,
        "smtp_user": "malva@gmail.com",
        "smtp_security": "tls",
    }
    again = sheetcrm("setup", book, "--sender", "malva@gmail.com", "--no-test", "--json")
    assert again.json["written"] is False
    assert kept.known() == {}


def test_a_wrong_password_says_so_and_the_settings_stay(
    sheetcrm: CommandLine, book: Path, server: ScriptedServer, kept: FileKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHEETCRM_SMTP_PASSWORD", "wrong-one")
    done = sheetcrm("setup", book, "--sender", "me@malva.example.com", *options(server), "--json")
    assert (done.code, done.json["error"]["code"]) == (4, "login-refused")
    assert done.err.count("\n") == 1
    assert settings_of(book)["smtp_host"] == "127.0.0.1"
    assert server.taken == []
    assert kept.file.exists()


def test_without_a_keyring_it_says_so_and_goes_on(
    sheetcrm: CommandLine, book: Path, server: ScriptedServer, kept: FileKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    monkeypatch.setenv("SHEETCRM_SMTP_PASSWORD", SECRET)
    done = sheetcrm("setup", book, "--sender", "me@malva.example.com", *options(server))
    assert (done.code, len(server.taken)) == (0, 1)
    assert done.err == "This computer has no password store. Set SHEETCRM_SMTP_PASSWORD instead.\n"
    assert not kept.file.exists()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("malva@hotmail.com", "Outlook.com and Hotmail no longer let programs sign in with a password."),
        ("malva@salon.onmicrosoft.com", "Microsoft 365 lets programs send only if its administrator allows it."),
    ],
)
def test_a_provider_that_takes_no_passwords_is_refused_in_words(
    sheetcrm: CommandLine, book: Path, address: str, words: str
) -> None:
    before = book.read_bytes()
    done = sheetcrm("setup", book, "--sender", address, "--json")
    assert (done.code, done.json["error"]["code"]) == (2, "other-way")
    assert done.err.startswith(f"sheetcrm: {words}")
    assert book.read_bytes() == before


@pytest.mark.parametrize(
    ("given", "code", "line"),
    [
        ([], "no-sender", "Whose messages are these? The sender's address is missing. Add --sender you@example.com."),
        (["--sender", "malva"], "no-sender", "'malva' is no e-mail address. Write it like you@example.com."),
        (
            ["--sender", "me@malva.example.com"],
            "no-mail-server",
            "The mail server of malva.example.com is not known. Add --smtp-host and --smtp-port as your provider gives them.",
        ),
        (
            ["--sender", "me@gmail.com", "--country", "Atlantis"],
            "usage",
            "'Atlantis' is no country. Write its two letters, like PL, UA, IT, ES or GB.",
        ),
    ],
)
def test_without_a_terminal_what_is_missing_is_an_error(
    sheetcrm: CommandLine, book: Path, given: list[str], code: str, line: str
) -> None:
    before = book.read_bytes()
    done = sheetcrm("setup", book, *given, "--json")
    assert (done.code, done.json["error"]["code"], done.err) == (2, code, f"sheetcrm: {line}\n")
    assert book.read_bytes() == before


def test_no_option_takes_a_password(sheetcrm: CommandLine) -> None:
    assert "password" not in "".join(w for w in sheetcrm("setup", "--help").out.split() if w.startswith("--"))


def test_while_the_workbook_is_open_nothing_is_lost_but_the_settings_wait(
    sheetcrm: CommandLine, book: Path, server: ScriptedServer, kept: FileKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    (book.parent / ".~lock.salon.xlsx#").write_text(",Maria,laptop,22.11.2026 09:12,file:///home/maria;")
    monkeypatch.setenv("SHEETCRM_SMTP_PASSWORD", SECRET)
    before = book.read_bytes()
    done = sheetcrm("setup", book, "--sender", "me@malva.example.com", *options(server))
    assert (done.code, len(server.taken)) == (1, 1)
    assert done.err == "The workbook is open (Maria).\n"  # and no word of writing them later
    assert done.out.endswith("Close it and run setup again.\n")
    assert book.read_bytes() == before
    assert kept.file.exists()
    done = sheetcrm("setup", book, "--sender", "me@malva.example.com", *options(server), "--json")
    assert (done.code, done.json["written"], done.err.splitlines()[1:]) == (
        1,
        False,
        ["The answers could not be written into the workbook yet. Close it and run setup again."],
    )


class Terminal(Conversation):
    """`sheetcrm setup` in a terminal of its own, answered question by question."""

    def __init__(self, book: Path, tmp_path: Path, *given: str) -> None:
        environ = {
            **os.environ,
            "SHEETCRM_STATE": str(tmp_path / "state"),
            "TEST_KEYRING": str(tmp_path / "keyring.json"),
            "PYTHON_KEYRING_BACKEND": "keyring_backend.FileKeyring",
            "PYTHONPATH": os.pathsep.join((str(ROOT / "tests"), str(ROOT))),
            "TERM": "xterm",
        }
        super().__init__("setup", book, *given, environ=environ, dimensions=(40, 100))


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_dialogue_speaks_the_owners_language_from_its_first_answer_on(
    sheetcrm: CommandLine, tmp_path: Path, code: str, server: ScriptedServer
) -> None:
    book, words = tmp_path / "new.xlsx", language(code)
    assert sheetcrm("new", book).code == 0
    talk = Terminal(book, tmp_path)
    talk.answer("(en, pl, uk, ru, it, es) [en]: ", "klingon")
    talk.answer("(en, pl, uk, ru, it, es) [en]: ", code)
    talk.answer(words.say("ask_sender"), "not an address")
    talk.answer(words.say("ask_sender"), "me@malva.example.com")
    talk.answer(words.say("ask_business"), "Мальва & Co")
    talk.answer(words.say("ask_country"), "UA")
    talk.answer(words.say("ask_smtp_host"), "127.0.0.1")
    talk.answer(words.say("ask_smtp_port"), str(server.port))
    talk.answer(words.say("ask_smtp_user"), "malva")
    talk.answer(words.say("ask_password"), SECRET)
    seen = talk.end()
    for said in ("provider_unknown", "password_kept", "sms_names"):
        assert words.say(said) in seen
    assert words.say("test_sent", address="me@malva.example.com") in seen
    assert words.say("bad_address") in seen
    assert SECRET not in seen
    (taken,) = server.taken
    assert taken.mail["Subject"] == words.say("test_subject", business="Мальва & Co")
    assert json.loads((tmp_path / "keyring.json").read_text("utf-8")) == {"sheetcrm: malva on 127.0.0.1": SECRET}
    settings = settings_of(book)
    assert (settings["language"], settings["business"], settings["country"]) == (code, "Мальва & Co", "UA")
    assert written_anywhere(tmp_path, SECRET) == []


def test_the_dialogue_knows_a_provider_and_explains_its_app_password(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = tmp_path / "new.xlsx"
    assert sheetcrm("new", book, "--language", "pl").code == 0
    talk, words = Terminal(book, tmp_path, "--no-test", "--language", "pl"), language("pl")
    talk.answer(words.say("ask_sender"), "malva@gmail.com")
    talk.answer(words.say("ask_business"), "Malwa")
    talk.answer(words.say("ask_country"), "")
    talk.answer(words.say("ask_password"), "abcd efgh ijkl mnop")
    seen = talk.end()
    assert words.say("provider_found", provider="Gmail") in seen
    url = "https://myaccount.google.com/apppasswords"
    assert words.say("app_password", provider="Gmail", url=url) in seen
    kept = json.loads((tmp_path / "keyring.json").read_text("utf-8"))
    assert kept == {"sheetcrm: malva@gmail.com on smtp.gmail.com": "abcdefghijklmnop"}


def test_ctrl_c_in_the_dialogue_leaves_everything_as_it_was(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = tmp_path / "new.xlsx"
    assert sheetcrm("new", book).code == 0
    before = book.read_bytes()
    talk = Terminal(book, tmp_path)
    talk.child.expect_exact("[en]: ")
    for _ in range(5):  # one that falls between the prompt and the reading of the line is seen with the next key only
        talk.child.sendintr()
        if talk.child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=4) == 0:
            break
    talk.child.close()
    assert talk.child.exitstatus == 130
    assert "Traceback" not in str(talk.child.before)
    assert book.read_bytes() == before
