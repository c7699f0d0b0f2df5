"""A run of several channels: each message goes by its own, and one that is out of order stops only itself."""

from __future__ import annotations

import socket
from datetime import date, timedelta
from pathlib import Path

import pytest
from birthday_book import SETTINGS, birthday_book, rows
from command_line import CommandLine
from sms_server import CLOSE, sms_server
from smtp_server import smtp_server

from sheetcrm.crm.values import Delivery, Key, Message, Status
from sheetcrm.delivery.memory import MemoryTransport
from sheetcrm.delivery.router import CLOSED, Router
from sheetcrm.errors import SendingError

DAY = date(2026, 11, 23)
PEOPLE = """
    Client ID | Name       | Phone       | Email            | Birthday   | Email consent | SMS consent | WhatsApp consent | Telegram
    C1        | Anna Smith | 07700900101 |                  | 1990-11-23 |               | yes         |                  |
    C2        | Jo Brown   | 07700900102 |                  | 1985-11-23 |               |             | yes              | 700900102
    C3        | Kim Green  | 07700900103 | kim@example.com  | 1985-11-23 | yes           |             |                  |
    C4        | Lou White  | 07700900104 |                  | 1985-11-23 |               | yes         |                  |
"""


@pytest.fixture(autouse=True)
def _own_state(sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sheetcrm.state.name == "state"
    for name in ("SHEETCRM_SMS", "SHEETCRM_WHATSAPP", "SHEETCRM_GATEWAY_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def book_of(folder: Path, settings: str = "", people: str = PEOPLE) -> Path:
    return birthday_book(folder, people, settings=f"{SETTINGS.rstrip()}\n    country  | GB\n{settings}")


def sent(book: Path, title: str = "Sent") -> list[tuple[object, ...]]:
    return sorted(rows(book, title, "Client", "Channel", "To", "Status"))


def test_each_message_goes_by_its_own_channel_once(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book_of(tmp_path)
    with smtp_server() as mail, sms_server() as sms, sms_server() as telegram:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{mail.port}")
        monkeypatch.setenv("SHEETCRM_SMS", f"json://localhost:{sms.port}/{{to}}")
        monkeypatch.setenv("SHEETCRM_WHATSAPP", f"json://localhost:{telegram.port}/{{telegram}}")
        assert sheetcrm("run", book, "--on", DAY).code == 0
        assert sheetcrm("run", book, "--on", DAY).code == 0
        assert [asked.target for asked in sms.taken] == ["/+447700900101", "/+447700900104"]
        assert [asked.target for asked in telegram.taken] == ["/700900102"]
        assert [mail.to for mail in mail.taken] == ["kim@example.com"]
    assert sent(book) == [
        ("Anna Smith", "sms", "+447700900101", "sent"),
        ("Jo Brown", "whatsapp", "700900102", "sent"),
        ("Kim Green", "email", "kim@example.com", "sent"),
        ("Lou White", "sms", "+447700900104", "sent"),
    ]


def test_a_gateway_of_the_settings_sends_without_any_mail_server(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sms_server((200, '{"count": 1}')) as server:
        monkeypatch.setenv("SHEETCRM_GATEWAY_TOKEN", "s3cr3t-token")
        book = book_of(
            tmp_path,
            f"""    gateway_url | http://127.0.0.1:{server.port}/sms
    gateway_body | to={{digits}}&message={{text}}
    gateway_type | form
    gateway_sent | $.count = 1
""",
        )
        done = sheetcrm("run", book, "--on", DAY)
        assert (done.code, sorted(asked.form["to"] for asked in server.taken)) == (0, ["447700900101", "447700900104"])
        assert b"s3cr3t-token" not in book.read_bytes()
    # Kim's mail waits to be sent by hand: no mail server is configured
    outbox = sent(book, "Outbox")
    assert ("Kim Green", "email", "kim@example.com", "by hand") in outbox


def test_without_any_service_a_mail_still_wants_a_server(tmp_path: Path, sheetcrm: CommandLine) -> None:
    done = sheetcrm("run", book_of(tmp_path), "--on", DAY)
    assert (done.code, "No mail server is configured." in done.err) == (2, True)


def test_an_sms_service_out_of_order_holds_up_no_mail(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book_of(tmp_path)
    with smtp_server() as mail, sms_server((401, '{"message": "no credit"}')) as sms:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{mail.port}")
        monkeypatch.setenv("SHEETCRM_SMS", f"json://localhost:{sms.port}/{{to}}")
        done = sheetcrm("run", book, "--on", DAY)
        assert (done.code, len(sms.taken), [mail.to for mail in mail.taken]) == (4, 1, ["kim@example.com"])
        assert "the service refuses this account: HTTP 401 no credit" in done.err
    with smtp_server() as mail, sms_server() as sms:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{mail.port}")
        monkeypatch.setenv("SHEETCRM_SMS", f"json://localhost:{sms.port}/{{to}}")
        assert sheetcrm("run", book, "--on", DAY).code == 0
        assert (sorted(asked.target for asked in sms.taken), mail.taken) == (["/+447700900101", "/+447700900104"], [])


def test_a_mail_server_out_of_order_holds_up_no_sms(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book_of(tmp_path)
    with sms_server() as sms, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{nobody.getsockname()[1]}")
        monkeypatch.setenv("SHEETCRM_SMS", f"json://localhost:{sms.port}/{{to}}")
        done = sheetcrm("run", book, "--on", DAY)
        assert (done.code, len(sms.taken)) == (4, 2)
    assert [line[0] for line in sent(book)] == ["Anna Smith", "Lou White"]


def test_an_unknown_sms_is_asked_for_before_anything_else_and_goes_again_only_where_it_was_not_taken(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    with sms_server(CLOSE) as server:
        port = server.port
        settings = f"""    gateway_url | http://127.0.0.1:{port}/sms
    gateway_body | to={{digits}}&ref={{reference}}
    gateway_type | form
    gateway_status_url | http://127.0.0.1:{port}/status?ref={{reference}}
"""
        book = book_of(tmp_path, settings)
        assert sheetcrm("run", book, "--on", DAY).code == 4
        references = [asked.form["ref"] for asked in server.taken]
        assert [line[-1] for line in sent(book)] == ["not certain", "not certain"]
        server.taken.clear()
        # of the first it knows, the second it never got; that one goes then
        server.script = [(200, f'{{"list": ["{references[0]}"]}}'), (404, ""), (200, "{}")]
        assert sheetcrm("run", book, "--on", DAY + timedelta(days=1)).code == 0
        assert [(asked.method, asked.target.partition("?")[0]) for asked in server.taken] == [
            ("GET", "/status"),
            ("GET", "/status"),
            ("POST", "/sms"),
        ]
        assert server.taken[2].form["ref"] == references[1]
    assert [line[-1] for line in sent(book)] == ["sent", "sent"]


def test_what_another_service_sent_is_never_asked_of_the_gateway(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sms_server(CLOSE) as other, sms_server((404, "")) as gateway:
        settings = f"""    gateway_url | http://127.0.0.1:{gateway.port}/sms?to={{to}}
    gateway_status_url | http://127.0.0.1:{gateway.port}/status?ref={{reference}}
"""
        book = book_of(tmp_path, settings)
        monkeypatch.setenv("SHEETCRM_SMS", f"json://localhost:{other.port}/{{to}}")
        sheetcrm("run", book, "--on", DAY)
        monkeypatch.delenv("SHEETCRM_SMS")
        done = sheetcrm("run", book, "--on", DAY + timedelta(days=1))
        assert (done.code, gateway.taken) == (0, [])
    assert [line[-1] for line in sent(book)] == ["not certain", "not certain"]


def test_a_new_gateway_is_asked_only_for_what_went_through_it(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = "    C5 | Max Black | 07700900105 | | 1985-11-25 | | yes | |\n    C6 | Eve Gray | 07700900106 | | 1985-11-25 | | yes | |"
    with sms_server(CLOSE) as other, sms_server((200, "{}"), CLOSE, (404, ""), (200, "{}")) as gateway:
        settings = f"""    gateway_url | http://127.0.0.1:{gateway.port}/sms?to={{digits}}
    gateway_status_url | http://127.0.0.1:{gateway.port}/status?ref={{reference}}
"""
        book = book_of(tmp_path, settings, f"{PEOPLE.rstrip()}\n{later}\n")
        monkeypatch.setenv("SHEETCRM_SMS", f"json://localhost:{other.port}/{{to}}")
        sheetcrm("run", book, "--on", DAY)
        monkeypatch.delenv("SHEETCRM_SMS")
        for days in (2, 3):
            sheetcrm("run", book, "--on", DAY + timedelta(days=days))
        asked = [asked.target.partition("=")[0] for asked in gateway.taken]
        assert asked == ["/sms?to", "/sms?to", "/status?ref", "/sms?to"]  # Anna's and Lou's are never asked for
        assert gateway.taken[1].target == gateway.taken[3].target


def test_a_dry_run_says_what_the_sms_come_to(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHEETCRM_SMS", "json://localhost/{to}")
    book = book_of(tmp_path, "    sms_price | 0.08\n")
    done = sheetcrm("send", book, "--on", DAY, "--dry-run")
    assert done.out.splitlines()[-1] == "SMS: 2, parts: 2, about £0.16."


def test_accents_are_left_out_of_an_sms_where_she_wants_that(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = PEOPLE.replace("Anna Smith", "María Łoś")
    for plain, expected in (("no", "María"), ("yes", "Maria")):
        folder = tmp_path / plain
        folder.mkdir()
        book = book_of(folder, f"    sms_plain | {plain}\n", people)
        with sms_server() as sms:
            monkeypatch.setenv("SHEETCRM_SMS", f"json://localhost:{sms.port}/{{to}}")
            sheetcrm("run", book, "--on", DAY)
            assert expected in sms.taken[0].json["message"]


def test_a_service_named_wrongly_is_told_before_anything_is_written(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book_of(tmp_path)
    before = book.read_bytes()
    monkeypatch.setenv("SHEETCRM_SMS", "nothing://localhost/{to}")
    done = sheetcrm("run", book, "--on", DAY)
    assert (done.code, "SHEETCRM_SMS is no address of a service" in done.err) == (2, True)
    assert book.read_bytes() == before


# the router by itself


def message(channel: str, number: int) -> Message:
    return Message(Key("Birthdays", f"C{number}", "2026"), "Anna", DAY, channel, f"+{number}", "", "Sto lat!")


def failing(status: Status, *, stop: bool = False) -> MemoryTransport:
    return MemoryTransport(lambda _message: Delivery(status, f"said {status}", passing=True, stop=stop))


def test_a_channel_that_stops_leaves_the_others_open_and_the_last_one_stops_the_run() -> None:
    makers = {"email": lambda: failing(Status.FAILED, stop=True), "sms": lambda: failing(Status.FAILED, stop=True)}
    with Router(makers, {"email", "sms"}) as router:
        first = router.send(message("sms", 1))
        assert (first.stop, router.refusal(message("sms", 2)), router.refusal(message("email", 3))) == (
            False,
            CLOSED,
            "",
        )
        assert router.send(message("email", 3)).stop


@pytest.mark.parametrize(("status", "most"), [(Status.FAILED, 5), (Status.UNKNOWN, 3)])
def test_a_service_that_takes_none_of_several_is_not_tried_further_in_this_run(status: Status, most: int) -> None:
    transport = failing(status)
    with Router({"sms": lambda: transport}, {"sms"}) as router:
        tried = [router.send(message("sms", n)).stop for n in range(most)]
    assert tried == [False] * (most - 1) + [True]


def test_a_message_that_went_begins_the_count_anew() -> None:
    answers = iter([Status.UNKNOWN, Status.UNKNOWN, Status.SENT, Status.UNKNOWN, Status.UNKNOWN, Status.SENT])
    transport = MemoryTransport(lambda _message: Delivery(next(answers)))
    with Router({"sms": lambda: transport}, {"sms"}) as router:
        assert not any(router.send(message("sms", n)).stop for n in range(6))


class _Closed(MemoryTransport):
    def __enter__(self) -> MemoryTransport:
        raise SendingError("The mail server refuses the login.", code="login-refused")

    def __exit__(self, *_: object) -> None:
        """Nothing was entered."""


def test_a_channel_that_cannot_be_entered_is_told_and_only_where_none_can_the_run_ends() -> None:
    sms = MemoryTransport()
    with Router({"email": _Closed, "sms": lambda: sms}, {"email", "sms"}) as router:
        assert (router.refusal(message("email", 1)), router.send(message("sms", 2)).status) == (CLOSED, Status.SENT)
        assert [str(error.message) for error in router.troubles.values()] == ["The mail server refuses the login."]
    with pytest.raises(SendingError), Router({"email": _Closed}, {"email"}):
        pass
