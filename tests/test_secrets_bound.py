"""A key, a token, a password goes to the server that it is for, whatever a workbook names since."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import CommandLine
from smtp_server import smtp_server
from test_channels_commands import kept
from test_channels_gateway import SMSAPI
from test_channels_run import DAY, book_of

from sheetcrm.delivery.config import SmtpConfig, password
from sheetcrm.delivery.gateway import Gateway
from sheetcrm.delivery.journal import Journal
from sheetcrm.errors import SendingError, UsageError
from sheetcrm.running.known_servers import forget_server, note_server, password_of

__all__ = ["kept"]
TOKEN = {"SHEETCRM_GATEWAY_TOKEN": "s3cr3t-token"}
FOREIGN = """    gateway_url  | https://sms.example.net/send
    gateway_body | {"to": "{to}", "text": "{text}"}
"""


@pytest.fixture(autouse=True)
def _own_state(sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sheetcrm.state.name == "state"
    for name in ("SHEETCRM_SMS", "SHEETCRM_WHATSAPP", "SHEETCRM_GATEWAY_TOKEN", "SHEETCRM_GATEWAY_HOST"):
        monkeypatch.delenv(name, raising=False)


def test_a_token_of_the_environment_says_for_which_server_it_is(kept: Path) -> None:
    bound = {**TOKEN, "SHEETCRM_GATEWAY_HOST": "api.smsapi.pl"}
    assert (Gateway.load(SMSAPI, bound).token, kept.exists()) == ("s3cr3t-token", False)
    with pytest.raises(
        SendingError, match=r"does not say for which server it is, and the workbook names api\.smsapi\.pl"
    ):
        Gateway.load(SMSAPI, TOKEN)
    with pytest.raises(SendingError, match=r"token is for api\.smsapi\.pl, but the workbook names sms\.example\.net"):
        Gateway.load(replace(SMSAPI, gateway_url="https://sms.example.net/sms.do"), bound)
    asks = replace(SMSAPI, gateway_status_url="https://status.example.net/?ref={reference}")
    with pytest.raises(SendingError, match=r"names status\.example\.net"):
        Gateway.load(asks, bound)
    both = {**bound, "SHEETCRM_GATEWAY_HOST": "api.smsapi.pl, status.example.net"}
    assert Gateway.load(asks, both).token == "s3cr3t-token"


def test_setup_keeps_the_token_for_the_server_that_the_workbook_names_and_for_no_other(
    tmp_path: Path, sheetcrm: CommandLine, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("s3cr3t-token\n"))
    done = sheetcrm("setup", book_of(tmp_path, FOREIGN), "--sms")
    assert (done.code, done.out.strip().partition(":")[0], "s3cr3t" in done.out + done.err) == (
        0,
        "sms.example.net",
        False,
    )
    assert json.loads(kept.read_text()) == {
        "sheetcrm: gateway sms.example.net": "s3cr3t-token",
        "sheetcrm: gateway": "sms.example.net",
    }
    assert Gateway.load(replace(SMSAPI, gateway_url="https://sms.example.net/sms"), {}).token == "s3cr3t-token"
    with pytest.raises(SendingError, match=r"token is for sms\.example\.net, but the workbook names api\.smsapi\.pl"):
        Gateway.load(SMSAPI, {})


def test_a_gateway_that_somebody_changed_stops_sms_alone_and_is_said_in_one_line(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHEETCRM_GATEWAY_TOKEN", "s3cr3t-token")
    monkeypatch.setenv("SHEETCRM_GATEWAY_HOST", "api.smsapi.pl")
    book = book_of(tmp_path, FOREIGN)
    with smtp_server() as mail:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{mail.port}")
        done = sheetcrm("run", book, "--on", DAY)
        assert (done.code, [one.to for one in mail.taken]) == (4, ["kim@example.com"])
        found = sheetcrm("doctor", book)
    (line,) = [one for one in done.err.splitlines() if one.startswith("sheetcrm:")]
    assert "token is for api.smsapi.pl, but the workbook names sms.example.net" in line
    assert "token is for api.smsapi.pl" in found.out + found.err


def test_an_access_token_goes_to_no_server_that_the_workbook_alone_names() -> None:
    command = {"SHEETCRM_SMTP_TOKEN_COMMAND": "echo ya29.good"}
    config = SmtpConfig("smtp.example.net", 587, "malva@example.com", "starttls")
    with pytest.raises(UsageError, match=r"no server that the workbook alone names .smtp\.example\.net"):
        password(config, command)
    named = {**command, "SHEETCRM_SMTP": "smtp+starttls://malva%40example.com@smtp.example.net:587"}
    assert password(config, named) == "ya29.good"


def test_the_environments_password_stays_with_the_server_it_worked_for(tmp_path: Path) -> None:
    given = {"SHEETCRM_SMTP_PASSWORD": "abcd efgh"}
    config = SmtpConfig("smtp.example.com", 587, "malva@example.com", "starttls")
    other = replace(config, host="smtp.example.net")
    with Journal.open(tmp_path, "w1") as journal:
        assert password_of(config, given, journal) == "abcd efgh"
        note_server(journal, config, given)
        assert password_of(replace(config, host="SMTP.example.com"), given, journal) == "abcd efgh"
        with pytest.raises(
            SendingError, match=r"was for smtp\.example\.com, but the workbook names smtp\.example\.net now"
        ):
            password_of(other, given, journal)
        assert password_of(other, {**given, "SHEETCRM_SMTP": "smtps://smtp.example.net"}, journal) == "abcd efgh"
        forget_server(journal)  # as setup does
        assert password_of(other, given, journal) == "abcd efgh"
