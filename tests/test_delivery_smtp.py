"""Mail over real connections: what is said of each message is true, and nothing is handed over twice."""

from __future__ import annotations

import itertools
import smtplib
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from smtp_server import DROP, STALL, Authority, Fault, ScriptedServer, smtp_server

from sheetcrm.crm.values import Delivery, Key, Message
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.mail import Envelope
from sheetcrm.delivery.sending import Counts, deliver, rehearse
from sheetcrm.delivery.smtp import SmtpTransport
from sheetcrm.errors import SendingError, UsageError

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SALON = Envelope("salon@example.com", "Salon Anna", workbook_id="w1")
USER = ("salon@example.com", "abcd efgh ijkl")


def message(number: int = 1, to: str = "") -> Message:
    key = Key("birthday", f"C{number}", "2026")
    address = to or f"c{number}@example.com"
    return Message(
        key, f"Client {number}", date(2026, 11, 22), "email", address, "Sto lat!", "Wszystkiego najlepszego.\n.\n"
    )


def messages(count: int) -> list[Message]:
    return [message(n) for n in range(1, count + 1)]


def transport(server: ScriptedServer, timeout: float = 20, final_timeout: float = 20) -> SmtpTransport:
    config = SmtpConfig("127.0.0.1", server.port, security="none")
    return SmtpTransport(config, "", SALON, clock=lambda: NOW, timeout=timeout, final_timeout=final_timeout)


def outcome(delivery: Delivery) -> tuple[str, bool, bool]:
    return str(delivery.status), delivery.passing, delivery.stop


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "state", "w1") as opened:
        yield opened


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.trust))
    return made


SENT = ("sent", False, False)
LATER = ("failed", True, False)
NEVER = ("failed", False, False)
STOP = ("failed", True, True)
UNKNOWN = ("unknown", False, False)


@pytest.mark.parametrize(
    ("fault", "expected", "stored"),
    [
        (Fault("MAIL", "451 4.3.0 later"), LATER, 0),
        (Fault("RCPT", "450 4.2.0 greylisted"), LATER, 0),
        (Fault("DATA", "451 4.3.0 later"), LATER, 0),
        (Fault("DOT", "451 4.3.0 later"), LATER, 0),
        (Fault("MAIL", "553 5.7.1 sender not owned by user"), STOP, 0),
        (Fault("RCPT", "550 5.1.1 no such user"), NEVER, 0),
        (Fault("RCPT", "552 5.2.2 mailbox full"), NEVER, 0),
        (Fault("RCPT", "452 4.2.2 the account that you tried to reach is over quota"), LATER, 0),
        (Fault("RCPT", "554 5.7.1 relay access denied"), STOP, 0),
        (Fault("RCPT", "550 5.1.8 bad sender"), STOP, 0),
        (Fault("DATA", "554 5.5.1 no valid recipients"), NEVER, 0),
        (Fault("DOT", "554 5.7.1 spam"), NEVER, 0),
        (Fault("DOT", "550 5.4.5 Daily user sending limit exceeded"), STOP, 0),
        (Fault("RCPT", "452 4.5.3 too many recipients this hour"), STOP, 0),
        (Fault("MAIL", "421 4.7.0 try again later"), STOP, 0),
        (Fault("DOT", "552 5.3.4 message size limit exceeded"), NEVER, 0),
        (Fault("MAIL", DROP, 1, 1), SENT, 1),
        (Fault("MAIL", DROP), LATER, 0),
        (Fault("RCPT", DROP), LATER, 0),
        (Fault("DATA", DROP), LATER, 0),
        (Fault("BODY", DROP), UNKNOWN, 0),  # a short message fits into the buffers: the dot has left as well
        (Fault("DOT", DROP), UNKNOWN, 0),
        (Fault("STORED", DROP), UNKNOWN, 1),
        (Fault("STORED", "banana"), UNKNOWN, 1),
        (Fault("STORED", "354 what"), UNKNOWN, 1),
    ],
    ids=lambda value: f"{value.step} {value.what[:24]}" if isinstance(value, Fault) else "",
)
def test_every_reply_and_every_lost_connection_is_judged_rightly(
    fault: Fault, expected: tuple[str, bool, bool], stored: int
) -> None:
    with smtp_server(fault) as server, transport(server) as mail:
        assert (outcome(mail.send(message())), len(server.taken)) == (expected, stored)


@pytest.mark.parametrize(
    ("step", "expected"), [("MAIL", LATER), ("DATA", LATER), ("DOT", UNKNOWN), ("STORED", UNKNOWN)]
)
def test_a_server_that_falls_silent_is_waited_for_only_so_long(step: str, expected: tuple[str, bool, bool]) -> None:
    with smtp_server(Fault(step, STALL)) as server, transport(server, timeout=0.3, final_timeout=0.3) as mail:
        began = time.monotonic()
        assert outcome(mail.send(message())) == expected
        assert time.monotonic() - began < 5


def test_a_connection_lost_within_a_long_message_is_certainly_not_sent() -> None:
    long = replace(message(), text="x" * 8_000_000)
    with smtp_server(Fault("BODY", DROP)) as server, transport(server) as mail:
        assert (outcome(mail.send(long)), server.taken) == (LATER, [])


def test_what_a_refusal_says_names_neither_address_nor_password() -> None:
    refusal = Fault("RCPT", "550 5.1.1 <c1@example.com> c1@example.com: user anna.long unknown to abcd efgh ijkl here")
    with smtp_server(refusal, user=USER, auth_without_tls=True) as server:
        config = SmtpConfig("127.0.0.1", server.port, USER[0], "none")
        with SmtpTransport(config, USER[1], SALON, clock=lambda: NOW) as mail:
            first = mail.send(message())
            second = mail.send(message(2, to="anna.long@example.com"))
    assert first.detail == "550 5.1.1 … … user anna.long unknown to … here"
    assert second.detail == "550 5.1.1 … … user … unknown to … here"


def test_a_drop_after_data_is_unknown_and_never_sent_again(journal: Journal) -> None:
    with smtp_server(Fault("STORED", DROP, 2, 2)) as server:
        first = deliver(messages(3), transport(server), journal, clock=lambda: NOW)
        second = deliver(messages(3), transport(server), journal, clock=lambda: NOW)
    assert (first.sent, first.unknown, first.left) == (2, 1, 0)
    assert (second.sent, second.unknown, second.left) == (0, 0, 3)
    assert sorted(server.recipients) == ["c1@example.com", "c2@example.com", "c3@example.com"]


def test_at_a_sending_limit_the_batch_stops_and_the_rest_goes_another_day(journal: Journal) -> None:
    with smtp_server(Fault("DOT", "550 5.4.5 Daily user sending limit exceeded", 3)) as server:
        first = deliver(messages(6), transport(server), journal, clock=lambda: NOW)
        server.faults.clear()
        second = deliver(messages(6), transport(server), journal, clock=lambda: NOW)
    assert (first.sent, first.failed, first.left) == (2, 1, 3)
    assert first.stopped == "sending limit: 550 5.4.5 Daily user sending limit exceeded"
    assert (second.sent, len(server.taken), len(set(server.recipients))) == (4, 6, 6)


def test_one_bad_address_does_not_hold_up_the_others(journal: Journal) -> None:
    with smtp_server(Fault("RCPT", "550 5.1.1 no such user", 2, 2)) as server:
        first = deliver(messages(3), transport(server), journal, clock=lambda: NOW)
        again = deliver(messages(3), transport(server), journal, clock=lambda: NOW)
    assert (first.sent, first.failed, server.connections) == (2, 1, 1)
    assert (again.sent, again.failed, again.left) == (0, 0, 3)
    assert dict(again.skipped)[message(2).key] == "failed"


def test_two_hundred_messages_go_over_one_connection(journal: Journal, authority: Authority) -> None:
    with smtp_server(user=USER, starttls=authority.server_context()) as server:
        config = SmtpConfig("127.0.0.1", server.port, USER[0], "starttls")
        with SmtpTransport(config, USER[1], SALON, clock=lambda: NOW) as mail:
            counts = deliver(messages(200), mail, journal, clock=lambda: NOW)
    assert (counts.sent, len(set(server.recipients))) == (200, 200)
    assert (server.connections, len(server.logins)) == (2, 1)  # STARTTLS says EHLO twice on its one connection


@pytest.mark.parametrize("what", ["421 4.3.2 closing, come back", DROP])
def test_a_server_that_hangs_up_now_and_then_loses_nothing(what: str, journal: Journal) -> None:
    faults = [Fault("MAIL", what, n, n) for n in (2, 4, 7)]
    with smtp_server(*faults) as server:
        counts = deliver(messages(6), transport(server), journal, clock=lambda: NOW)
    assert (counts.sent, server.recipients) == (6, [m.to for m in messages(6)])
    assert server.connections == 4


def test_a_server_that_closes_every_connection_ends_the_run(journal: Journal) -> None:
    with smtp_server(Fault("MAIL", "421 4.3.2 go away", 2)) as server:
        counts = deliver(messages(6), transport(server), journal, clock=lambda: NOW)
    assert (counts.sent, counts.failed, counts.left, counts.stopped) == (1, 1, 4, "421 4.3.2 go away")


def test_a_server_that_is_ill_is_left_alone_after_five_unknown_outcomes(journal: Journal) -> None:
    with smtp_server(Fault("STORED", DROP)) as server:
        counts = deliver(messages(9), transport(server), journal, clock=lambda: NOW)
    assert (counts.unknown, counts.left, len(server.taken)) == (5, 4, 5)


def test_a_refused_login_is_one_line_that_says_what_to_do(authority: Authority) -> None:
    with smtp_server(user=USER, tls=authority.server_context()) as server:
        config = SmtpConfig("127.0.0.1", server.port, USER[0], "tls")
        with pytest.raises(SendingError) as caught:
            SmtpTransport(config, "wrong", SALON).__enter__()
    assert caught.value.code == "login-refused"
    assert str(caught.value) == (
        f"The mail server 127.0.0.1:{server.port} refused the login (535 5.7.8 Authentication credentials invalid). "
        "Check user and password; many providers want an app password. `sheetcrm setup` asks for it anew."
    )
    assert server.logins == [(USER[0], "wrong")]  # tried once: each refusal counts towards locking the account


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("wrong", ["unknown authority", "another name"])
def test_a_server_with_a_bad_certificate_sees_no_password(
    security: str, wrong: str, authority: Authority, tmp_path: Path
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    issuer = Authority(folder) if wrong == "unknown authority" else authority
    context = issuer.server_context("127.0.0.1" if wrong == "unknown authority" else "mail.example.com")
    with smtp_server(user=USER, **{security: context}) as server:  # type: ignore[arg-type] # tls= or starttls=
        config = SmtpConfig("127.0.0.1", server.port, USER[0], security)
        with pytest.raises(SendingError, match="cannot be verified") as caught:
            SmtpTransport(config, USER[1], SALON).__enter__()
    assert (caught.value.code, server.logins, "MAIL" in server.commands) == ("certificate", [], False)


def test_where_starttls_is_stripped_no_password_is_shown() -> None:
    with smtp_server(user=USER, auth_without_tls=True) as server:
        config = SmtpConfig("127.0.0.1", server.port, USER[0], "starttls")
        with pytest.raises(SendingError, match="offers no encryption") as caught:
            SmtpTransport(config, USER[1], SALON).__enter__()
    assert (caught.value.code, server.logins) == ("no-encryption", [])


def test_a_server_without_login_is_not_sent_to_without_one() -> None:
    with smtp_server() as server:
        config = SmtpConfig("127.0.0.1", server.port, USER[0], "none")
        with pytest.raises(SendingError, match="offers no login"):
            SmtpTransport(config, USER[1], SALON).__enter__()


def test_tls_and_starttls_with_a_good_certificate_send(authority: Authority) -> None:
    for security in ("tls", "starttls"):
        context = authority.server_context()
        with smtp_server(user=USER, **{security: context}) as server:  # type: ignore[arg-type] # tls= or starttls=
            config = SmtpConfig("127.0.0.1", server.port, USER[0], security)
            with SmtpTransport(config, USER[1], SALON) as mail:
                mail.check()
                assert outcome(mail.send(message())) == SENT
        assert server.logins == [USER]


def test_a_user_without_an_at_sign_logs_in_as_he_is_called(authority: Authority) -> None:
    with smtp_server(user=("apikey", "secret"), tls=authority.server_context()) as server:
        config = SmtpConfig("127.0.0.1", server.port, "apikey", "tls")
        with SmtpTransport(config, "secret", SALON) as mail:
            assert outcome(mail.send(message())) == SENT
    assert (server.logins, server.taken[0].sender) == ([("apikey", "secret")], "salon@example.com")


def test_a_password_that_mail_servers_do_not_take_is_said_so(authority: Authority) -> None:
    with smtp_server(user=USER, tls=authority.server_context()) as server:
        config = SmtpConfig("127.0.0.1", server.port, USER[0], "tls")
        with pytest.raises(SendingError, match="plain letters"):
            SmtpTransport(config, "żółw", SALON).__enter__()


def test_a_server_that_is_down_or_unknown_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(SendingError, match="cannot be reached"):
            SmtpTransport(SmtpConfig("127.0.0.1", port, security="none"), "", SALON).__enter__()
    with pytest.raises(SendingError, match="is not found"):
        SmtpTransport(SmtpConfig("no-such-host.invalid", 465), "", SALON).__enter__()


def test_a_server_that_never_says_a_word_is_given_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        config = SmtpConfig("127.0.0.1", silent.getsockname()[1], security="none")
        with pytest.raises(SendingError) as caught:
            SmtpTransport(config, "", SALON, timeout=0.3).__enter__()
    assert caught.value.code == "server-unreachable"


def test_tls_spoken_to_a_plain_port_says_which_port_goes_with_what() -> None:
    with smtp_server() as server, pytest.raises(SendingError, match="587 with starttls"):
        SmtpTransport(SmtpConfig("127.0.0.1", server.port, security="tls"), "", SALON, timeout=2).__enter__()


def test_where_the_server_is_down_nothing_is_begun(journal: Journal) -> None:
    with smtp_server() as server:
        gone = transport(server)
    with pytest.raises(SendingError):
        deliver(messages(2), gone, journal, clock=lambda: NOW)
    assert journal.records() == []


def test_a_server_that_goes_away_for_good_leaves_the_rest_for_later(journal: Journal) -> None:
    with smtp_server() as server:
        mail = transport(server, timeout=2).__enter__()
        assert deliver(messages(2), mail, journal, clock=lambda: NOW).sent == 2
        # leaving `deliver` closed it; what follows meets a closed port
    mail = transport(server)
    with pytest.raises(SendingError):
        deliver(messages(5), mail, journal, clock=lambda: NOW)
    assert [row.status for row in journal.records()] == ["sent", "sent"]


def test_ctrl_c_before_the_message_is_handed_over_lets_it_go_later(journal: Journal) -> None:
    counts = _interrupted_at("DATA", journal)
    assert (counts.sent, counts.failed, counts.unknown, counts.left, counts.stopped) == (1, 1, 0, 1, "interrupted")
    assert [row.status for row in journal.records()] == ["sent", "failed"]


def test_ctrl_c_after_the_message_was_handed_over_leaves_it_unknown(journal: Journal) -> None:
    counts = _interrupted_at("DOT", journal)
    assert (counts.sent, counts.failed, counts.unknown, counts.left, counts.stopped) == (1, 0, 1, 1, "interrupted")
    assert [row.status for row in journal.records()] == ["sent", "unknown"]


def _interrupted_at(step: str, journal: Journal) -> Counts:
    """Press Ctrl-C while the client waits for the server's answer at that step of the second message."""
    with smtp_server(Fault(step, STALL, 2, 2)) as server, pytest.MonkeyPatch.context() as patch:
        replies = smtplib.SMTP.getreply

        def wait(self: smtplib.SMTP) -> tuple[int, bytes]:
            if server.messages_begun == 2 and getattr(self, "stage", None) is not None:
                deadline = time.monotonic() + 2
                while step not in server.commands[-1:] and time.monotonic() < deadline:
                    if getattr(self, "stage", 0) < {"DATA": 3, "DOT": 5}[step]:
                        return replies(self)
                    time.sleep(0.01)
                raise KeyboardInterrupt
            return replies(self)

        patch.setattr(smtplib.SMTP, "getreply", wait)
        return deliver(messages(3), transport(server), journal, clock=lambda: NOW)


def test_a_trial_goes_to_one_address_under_an_id_of_its_own_and_is_not_recorded() -> None:
    with smtp_server() as server:
        config = SmtpConfig("127.0.0.1", server.port, security="none")
        mail = SmtpTransport(config, "", SALON, clock=lambda: NOW, trial_to="me@example.com")
        counts = rehearse(messages(3), mail, limit=2)
    assert (counts.sent, counts.left, server.recipients) == (2, 1, ["me@example.com", "me@example.com"])
    ids = [str(taken.mail["Message-ID"]) for taken in server.taken]
    assert len(set(ids)) == 2


def test_what_arrives_is_what_was_written() -> None:
    with smtp_server() as server, transport(server) as mail:
        mail.send(message())
    body = server.taken[0].mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == ["Wszystkiego najlepszego.", "."]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("smtp://127.0.0.1:1025", ("127.0.0.1", 1025, "", "none")),
        ("smtps://anna%40example.com@mail.example.com", ("mail.example.com", 465, "anna@example.com", "tls")),
        (
            "smtp+starttls://anna@example.com@mail.example.com:2587",
            ("mail.example.com", 2587, "anna@example.com", "starttls"),
        ),
        ("smtp://[::1]:2525", ("::1", 2525, "", "none")),
        ("smtp://relay.example.com", ("relay.example.com", 25, "", "none")),
    ],
)
def test_the_server_may_be_given_as_one_address(given: str, expected: tuple[str, int, str, str]) -> None:
    config = SmtpConfig.from_url(given)
    assert (config.host, config.port, config.user, config.security) == expected


@pytest.mark.parametrize(
    "given",
    [
        "http://mail.example.com",
        "mail.example.com",
        "smtp://mail.example.com:banana",
        "smtp://mail.example.com:99999",
        "smtps://",
        "smtps://anna:secret@mail.example.com",
        "smtps://mail.example.com/path",
        "smtp://anna@mail.example.com:25",
    ],
)
def test_a_server_that_cannot_be_meant_is_refused_in_one_line(given: str) -> None:
    with pytest.raises(UsageError) as caught:
        SmtpConfig.from_url(given)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "port", "expected"),
    [
        ("mail.example.com", 465, "tls"),
        ("mail.example.com", 587, "starttls"),
        ("mail.example.com", 0, "starttls"),
        ("mail.example.com", 2525, "starttls"),
        ("127.0.0.1", 1025, "none"),
        ("localhost", 587, "starttls"),
    ],
)
def test_without_a_word_on_encryption_the_port_decides(host: str, port: int, expected: str) -> None:
    assert SmtpConfig(host, port).security == expected


def test_the_order_of_random_faults_never_loses_or_doubles_a_message(journal: Journal) -> None:
    words = itertools.cycle(
        ["451 4.3.0 later", "550 5.1.1 no", DROP, "421 4.3.2 bye", "554 5.7.1 spam", "452 4.2.2 full", DROP]
    )
    steps = itertools.cycle(["RCPT", "DATA", "DOT", "MAIL", "STORED"])
    pairs = itertools.islice(zip(steps, words, strict=False), 60)
    faults = [Fault(step, DROP if step == "STORED" else what, n, n) for n, (step, what) in enumerate(pairs, 1) if n % 3]
    with smtp_server(*faults) as server:
        for _ in range(8):
            deliver(messages(30), transport(server), journal, clock=lambda: NOW)
    status = {row.to: str(row.status) for row in journal.records()}
    sent = {to for to, value in status.items() if value == "sent"}
    unknown = {to for to, value in status.items() if value == "unknown"}
    assert len(status) == 30
    assert len(server.recipients) == len(set(server.recipients))
    assert sent <= set(server.recipients) <= sent | unknown


def test_a_server_that_refuses_one_text_after_the_other_is_left_alone_after_five(journal: Journal) -> None:
    with smtp_server(Fault("DOT", "554 5.7.1 looks like spam")) as server:
        counts = deliver(messages(9), transport(server), journal, clock=lambda: NOW)
        server.faults.clear()
        again = deliver(messages(9), transport(server), journal, clock=lambda: NOW)
    assert (counts.failed, counts.left, counts.stopped) == (5, 4, "554 5.7.1 looks like spam")
    assert again.sent == 4


def test_bad_addresses_however_many_in_a_row_hold_up_nobody(journal: Journal) -> None:
    with smtp_server(Fault("RCPT", "550 5.1.1 no such user", 1, 8)) as server:
        counts = deliver(messages(9), transport(server), journal, clock=lambda: NOW)
    assert (counts.failed, counts.sent, counts.stopped) == (8, 1, "")
