"""Channels on the command line: what `doctor` says of them, where `setup` keeps an address, what `plan` counts."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import keyring
import pytest
from command_line import CommandLine
from keyring_backend import FileKeyring
from sms_server import sms_server

from sheetcrm.testing import make_workbook

DAY = date(2026, 11, 23)
TELEGRAM = "tgram://123456789:abcdefghijklmnopqrstuvwxyz012345678/{telegram}"
PEOPLE = """
    Client ID | Name       | Phone       | Email            | Birthday   | Email consent | SMS consent | Channel | Call consent
    C1        | Anna Smith | 07700900101 |                  | 1990-11-23 |               | yes         |         |
    C2        | Jo Brown   | 07700900102 |                  | 1985-11-23 |               |             | call    | yes
    C3        | Kim Green  | 07700900103 | kim@example.com  | 1985-11-23 | yes           |             |         |
"""
SETTINGS = """
    Setting   | Value
    business  | Malva
    sender    | malva@example.com
    language  | en
    sms_price | 0.04
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    campaigns = "Campaign | Active | Trigger\nBirthdays | yes | birthday"
    return make_workbook(tmp_path / "salon.xlsx", PEOPLE, campaigns=campaigns, settings=SETTINGS)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    file = tmp_path / "keyring.json"
    monkeypatch.setenv("TEST_KEYRING", str(file))
    before = keyring.get_keyring()
    keyring.set_keyring(FileKeyring())  # type: ignore[no-untyped-call]
    yield file
    keyring.set_keyring(before)


def test_plan_counts_parts_and_cost_and_shows_one_channel(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHEETCRM_SMS", "json://localhost/{to}")
    monkeypatch.setenv("SHEETCRM_SMTP", "smtp://localhost")
    whole = sheetcrm("plan", book, "--on", DAY, "--json").json["messages"]
    assert sorted((m["channel"], m.get("parts")) for m in whole) == [("call", None), ("email", None), ("sms", 1)]
    assert "SMS: 1, parts: 1, about £0.04." in sheetcrm("plan", book, "--on", DAY).out
    only = sheetcrm("plan", book, "--on", DAY, "--channel", "call", "--json").json
    assert ([m["client_id"] for m in only["messages"]], only["held"]) == (["C2"], [])
    wrong = sheetcrm("plan", book, "--on", DAY, "--channel", "pigeon")
    assert (wrong.code, wrong.err.strip()) == (
        2,
        "sheetcrm: “pigeon” is no channel. Write one of email, sms, whatsapp, call.",
    )


def test_one_channel_shows_those_held_that_she_can_send_by_it_too(sheetcrm: CommandLine, book: Path) -> None:
    only = sheetcrm("plan", book, "--on", DAY, "--channel", "sms", "--json").json
    assert only["messages"] == []
    assert [(held["client_id"], held["reason"]) for held in only["held"]] == [("C1", "channel-not-supported")]


def findings(sheetcrm: CommandLine, book: Path) -> dict[str, str]:
    said = json.loads(sheetcrm("doctor", book, "--json").out)
    return {one["name"]: one["message"] for one in said["checks"]}


def test_doctor_names_the_services_without_asking_them_anything(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sms_server() as server:
        monkeypatch.setenv("SHEETCRM_SMS", f"smseagle://tokentoken@localhost:{server.port}/{{to}}")
        monkeypatch.setenv("SHEETCRM_WHATSAPP", "whatsapp://tokentokentoken@123456789012/{to}")
        found = findings(sheetcrm, book)
        assert (found["sms"], found["whatsapp"], server.taken) == ("fine (SMS Eagle)", "fine (WhatsApp)", [])
    assert "mail_login" not in found  # none is configured, and none is needed


def test_doctor_says_what_is_wrong_with_a_service(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHEETCRM_SMS", "nothing://localhost")
    monkeypatch.setenv("SHEETCRM_WHATSAPP", TELEGRAM)
    found = findings(sheetcrm, book)
    assert found["sms"] == "SHEETCRM_SMS is no address of a service that Apprise knows."
    assert found["whatsapp"] == "SHEETCRM_WHATSAPP wants a column {telegram} in the list of clients, and there is none."


def test_doctor_looks_at_the_gateway_of_the_settings(sheetcrm: CommandLine, tmp_path: Path) -> None:
    campaigns = "Campaign | Active | Trigger\nBirthdays | yes | birthday"
    settings = SETTINGS + "    gateway_url | http://api.example.com/{to}/{text}\n"
    book = make_workbook(tmp_path / "salon.xlsx", PEOPLE, campaigns=campaigns, settings=settings)
    assert findings(sheetcrm, book)["sms"] == "gateway_url does not begin with https://."


def test_setup_keeps_the_address_of_a_service_in_the_keyring_and_never_in_the_workbook(
    sheetcrm: CommandLine, book: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sms_server() as server:
        url = f"smseagle://tokentoken@localhost:{server.port}/{{to}}"
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{url}\n"))
        before = book.read_bytes()
        done = sheetcrm("setup", book, "--sms")
        assert (done.code, "tokentoken" in done.out + done.err) == (0, False)
        assert done.out.strip() == "SMS Eagle: its address is kept in this computer's password store."
        assert (json.loads(kept.read_text()), book.read_bytes() == before) == ({"sheetcrm: sms": url}, True)
        monkeypatch.setenv("SHEETCRM_SMTP", "smtp://localhost")
        assert findings(sheetcrm, book)["sms"] == "fine (SMS Eagle)"
        assert server.taken == []


def test_setup_keeps_no_address_that_is_none(
    sheetcrm: CommandLine, book: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for said in ("nothing://localhost\n", "\n"):
        monkeypatch.setattr("sys.stdin", io.StringIO(said))
        assert sheetcrm("setup", book, "--messenger").code == 2
    assert not kept.exists()
