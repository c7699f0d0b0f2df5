"""Where a mail server takes no password: a token from a command, in the environment only, never shown."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from command_line import CommandLine
from smtp_server import Authority, Fault, token_server

from sheetcrm.crm.values import Key, Message
from sheetcrm.delivery import tokens
from sheetcrm.delivery.config import SmtpConfig, password
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.mail import Envelope
from sheetcrm.delivery.sending import deliver
from sheetcrm.delivery.smtp import SmtpTransport
from sheetcrm.errors import SendingError, UsageError
from sheetcrm.testing import make_workbook

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SALON = Envelope("salon@example.com", "Salon Anna", workbook_id="w1")
USER = "salon@example.com"


def messages(count: int) -> list[Message]:
    numbers = range(1, count + 1)
    keys = [Key("birthday", f"C{n}", "2026") for n in numbers]
    return [
        Message(key, "Anna", date(2026, 11, 22), "email", f"{key.client_id}@example.com", "Hi", "x") for key in keys
    ]


@dataclass
class Tokens:
    """A command that prints the next of these tokens each time that it is run."""

    folder: Path

    def command(self, *given: str) -> str:
        (self.folder / "tokens.json").write_text(json.dumps(given))
        program = self.folder / "a token.py"
        program.write_text(
            "import json, pathlib, sys\n"
            "file = pathlib.Path(__file__).with_name('tokens.json')\n"
            "first, *rest = json.loads(file.read_text())\n"
            "file.write_text(json.dumps(rest or [first]))\n"
            "print(first)\n"
        )
        return shlex.join([sys.executable, str(program)])


@pytest.fixture
def maker(tmp_path: Path) -> Tokens:
    return Tokens(tmp_path)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.trust))
    return made


def transport(port: int, command: str) -> SmtpTransport:
    config = SmtpConfig("127.0.0.1", port, USER, "tls")
    return SmtpTransport(config, password(config, {"SHEETCRM_SMTP_TOKEN_COMMAND": command}), SALON, clock=lambda: NOW)


def test_a_good_token_logs_in_and_all_messages_go_over_one_connection(
    maker: Tokens, authority: Authority, tmp_path: Path
) -> None:
    with (
        token_server(good=["ya29.good"], tls=authority.server_context()) as server,
        Journal.open(tmp_path, "w1") as journal,
    ):
        counts = deliver(messages(3), transport(server.port, maker.command("ya29.good")), journal, clock=lambda: NOW)
    assert (counts.sent, server.logins, server.connections) == (3, [(USER, "ya29.good")], 1)


def test_a_token_that_ran_out_is_renewed_once(maker: Tokens, authority: Authority) -> None:
    command = maker.command("stale", "fresh")
    with (
        token_server(good=["fresh"], tls=authority.server_context()) as server,
        transport(server.port, command) as mail,
    ):
        assert str(mail.send(messages(1)[0]).status) == "sent"
    assert server.shown == ["stale", "fresh"]


def test_a_token_that_runs_out_while_messages_go_is_renewed_where_the_server_hangs_up(
    maker: Tokens, authority: Authority, tmp_path: Path
) -> None:
    with (
        token_server(Fault("MAIL", "421 4.7.0 bye", 2, 2), good=["one"], tls=authority.server_context()) as server,
        Journal.open(tmp_path, "w1") as journal,
    ):
        server.faults[0] = Fault("MAIL", "421 4.3.2 bye", 2, 2)
        mail = transport(server.port, maker.command("one", "two"))
        counts = deliver(
            messages(3),
            mail,
            journal,
            clock=lambda: NOW,
            progress=lambda _message, _delivery: server.good.__setitem__(slice(None), ["two"]),
        )
    assert (counts.sent, server.shown) == (3, ["one", "one", "two"])


def test_a_token_that_is_refused_anew_is_one_line_that_says_what_to_do_and_does_not_show_it(
    maker: Tokens, authority: Authority
) -> None:
    with token_server(good=[], tls=authority.server_context()) as server, pytest.raises(SendingError) as caught:
        transport(server.port, maker.command("secret-token-1", "secret-token-2")).__enter__()
    assert server.shown == ["secret-token-1", "secret-token-2"]  # never in a loop
    assert (caught.value.code, caught.value.text) == ("login-refused", "login-token")
    assert "refused the login (535 5.7.3" in str(caught.value)
    assert "secret-token" not in str(caught.value)


def test_a_server_that_knows_no_tokens_is_said_so(maker: Tokens, authority: Authority) -> None:
    from smtp_server import smtp_server  # noqa: PLC0415 - beside its one use

    with (
        smtp_server(user=(USER, "x"), tls=authority.server_context()) as server,
        pytest.raises(SendingError, match="offers no login here"),
    ):
        transport(server.port, maker.command("one")).__enter__()
    assert server.logins == []


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise SystemExit(3)", "exit code 3"),
        ("print()", "did not print one token"),
        ("print('two tokens')", "did not print one token"),
        ("print('x' * 30000)", "did not print one token"),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\xfe')", "did not print one token"),
        ("import time; time.sleep(9)", "it took longer than"),
    ],
)
def test_a_command_that_gives_no_token_is_one_line_without_its_output(
    code: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_PATIENCE", 0.5 if "sleep" in code else 30.0)
    with pytest.raises(UsageError) as caught:
        tokens.fetch_token(shlex.join([sys.executable, "-c", code]))
    assert (caught.value.code, why in str(caught.value), "two tokens" in str(caught.value)) == ("no-token", True, False)


@pytest.mark.parametrize("command", ["/no/such/program", "'unclosed", ""])
def test_a_command_that_cannot_be_run_is_one_line(command: str) -> None:
    with pytest.raises(UsageError) as caught:
        tokens.fetch_token(command)
    assert caught.value.code == "no-token"


def test_no_shell_reads_the_command(tmp_path: Path) -> None:
    words = shlex.join([sys.executable, "-c", "import sys; print(len(sys.argv))"])
    assert tokens.fetch_token(f"{words} ; touch {tmp_path / 'made'} $(id)") == "5"
    assert not (tmp_path / "made").exists()


def test_a_command_in_the_workbook_is_never_run(tmp_path: Path, sheetcrm: CommandLine) -> None:
    made = tmp_path / "made"
    settings = f"""
        Setting                     | Value
        SHEETCRM_SMTP_TOKEN_COMMAND | touch {made}
        smtp_token_command          | touch {made}
        smtp_host                   | 127.0.0.1
        smtp_user                   | {USER}
        sender                      | {USER}
    """
    clients = "Name | Email | Birthday | Email consent\nAnna | a@example.com | 1990-11-22 | yes"
    campaigns = "Campaign | Active | Trigger\nB | yes | birthday"
    book = make_workbook(tmp_path / "salon.xlsx", clients, campaigns=campaigns, settings=settings)
    sheetcrm("run", book, "--on", "2026-11-22")
    assert not made.exists()


def test_doctor_tries_the_token_like_a_run(
    maker: Tokens, authority: Authority, tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", "Name | Email\nAnna | a@example.com")
    with token_server(good=["good"], tls=authority.server_context()) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.trust))
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtps://{USER}@127.0.0.1:{server.port}")
        monkeypatch.setenv("SHEETCRM_SMTP_TOKEN_COMMAND", maker.command("good"))
        fine = sheetcrm("doctor", book)
        monkeypatch.setenv("SHEETCRM_SMTP_TOKEN_COMMAND", maker.command("bad"))
        refused = sheetcrm("doctor", book)
    assert "SMTP.Send" not in fine.out + fine.err
    assert "SMTP.Send" in refused.out + refused.err
