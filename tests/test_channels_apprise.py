"""SMS and messengers through Apprise, against a real web server: what became of each message is told as it is."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
import trustme
from sms_server import CLOSE, STALL, Say, sms_server

from sheetcrm.crm.values import Delivery, Key, Message, Status
from sheetcrm.delivery.messengers import AppriseTransport, with_recipient
from sheetcrm.delivery.sending import Interrupted
from sheetcrm.errors import UsageError

ANNA = "+48501002003"


def message(text: str = "Sto lat!", to: str = ANNA, channel: str = "sms", occasion: str = "2026") -> Message:
    key = Key("Birthday", "C1", occasion)
    return Message(key, "Anna Nowak", date(2026, 11, 23), channel, to, "", text)


def sent_by(url: str, **how: float) -> Delivery:
    return AppriseTransport(url, "sms", environ={}, **how).send(message())


REFUSED = '{"error": {"message": "invalid number +48501002003", "code": 12}}'


@pytest.mark.parametrize(
    ("say", "status", "passing", "stop", "detail"),
    [
        ((200, "{}"), "sent", False, False, "HTTP 200"),
        ((400, REFUSED), "failed", False, False, "the service refused the message: HTTP 400 invalid number …"),
        (
            (401, '{"message": "bad token"}'),
            "failed",
            True,
            True,
            "the service refuses this account: HTTP 401 bad token",
        ),
        ((402, "{}"), "failed", True, True, "the service refuses this account: HTTP 402"),
        ((403, "{}"), "failed", True, False, "the service refused the message: HTTP 403"),
        ((429, "{}"), "failed", True, True, "sending limit: HTTP 429"),
        ((308, ""), "failed", True, True, "the service has another address: HTTP 308"),
        ((303, ""), "unknown", False, False, "the service gave an answer that makes no sense: HTTP 303"),
        ((500, "{}"), "unknown", False, False, "the service failed after the message was handed over: HTTP 500"),
        ((503, "{}"), "unknown", False, False, "the service failed after the message was handed over: HTTP 503"),
        (CLOSE, "unknown", False, False, "the connection broke after the message was handed over"),
        (STALL, "unknown", False, False, "the server did not answer in time after the message was handed over"),
    ],
)
def test_what_a_service_answers_decides_what_became_of_an_sms(
    say: Say, status: str, passing: bool, stop: bool, detail: str
) -> None:
    with sms_server(say) as server:
        delivery = sent_by(f"json://localhost:{server.port}/{{to}}", timeout=0.3)
        assert (*delivery_of(delivery), len(server.taken)) == (status, passing, stop, detail, 1)


def delivery_of(delivery: Delivery) -> tuple[str, bool, bool, str]:
    return str(delivery.status), delivery.passing, delivery.stop, delivery.detail


def test_a_service_that_is_not_there_has_certainly_taken_nothing() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        url = f"json://localhost:{taken.getsockname()[1]}/{{to}}"
        assert delivery_of(sent_by(url))[:3] == ("failed", True, False)


def test_a_service_without_an_address_has_certainly_taken_nothing() -> None:
    delivery = sent_by("json://nowhere.invalid/{to}")
    assert delivery_of(delivery) == ("failed", True, False, "the service cannot be reached: no such server")


def test_a_certificate_of_nobody_gets_neither_number_nor_key() -> None:
    with sms_server(tls=trustme.CA()) as server:
        delivery = sent_by(f"jsons://user:secretkey@localhost:{server.port}/{{to}}")
        assert (delivery_of(delivery)[:3], server.taken) == (("failed", True, True), [])


def test_the_certificates_that_the_environment_names_are_trusted(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with sms_server(tls=authority) as server:
        transport = AppriseTransport(
            f"jsons://localhost:{server.port}/{{to}}", "sms", environ={"SSL_CERT_FILE": str(tmp_path / "ca.pem")}
        )
        assert (transport.send(message()).status, len(server.taken)) == (Status.SENT, 1)


def test_switching_verification_off_in_the_url_is_refused() -> None:
    with pytest.raises(UsageError, match="verify=no"):
        AppriseTransport("jsons://gateway.example.com/{to}?verify=no", "sms", environ={}).check()


def test_a_redirection_is_not_followed_even_where_the_url_wants_it() -> None:
    with sms_server((307, ""), (200, "{}")) as server:
        delivery = sent_by(f"json://localhost:{server.port}/{{to}}?redirect=yes")
        assert (delivery.status, [one.target for one in server.taken]) == (Status.FAILED, [f"/{ANNA}"])


def test_a_real_service_gets_recipient_and_text_as_they_are() -> None:
    with sms_server((200, '{"result": {"message_id": 7, "status": "ok"}}')) as server:
        transport = AppriseTransport(f"smseagle://tokentoken@localhost:{server.port}/{{to}}", "sms", environ={})
        delivery = transport.send(message("Pani Anno, *sto* lat! <b>Malwa</b> & córki\nul. Długa 1"))
        body = server.taken[0].json["params"]
        assert (delivery.status, body["to"], body["message"]) == (
            Status.SENT,
            ANNA,
            "Pani Anno, *sto* lat! <b>Malwa</b> & córki\nul. Długa 1",
        )


def test_a_messenger_that_knows_markup_gets_a_name_with_signs_as_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    from apprise.plugins.telegram import NotifyTelegram  # noqa: PLC0415 - slow, and only here

    with sms_server((200, '{"ok": true, "result": {"message_id": 5}}')) as server:
        monkeypatch.setattr(NotifyTelegram, "notify_url", f"http://127.0.0.1:{server.port}/bot")
        url = "tgram://123456789:abcdefghijklmnopqrstuvwxyz012345678/{telegram}"
        delivery = AppriseTransport(url, "whatsapp", environ={}).send(
            message("Anna <3, *sto* lat & _zdrowia_!\nMalwa", to="987654321", channel="whatsapp")
        )
        asked = server.taken[0].json
        assert (delivery.status, str(asked["chat_id"]), asked["parse_mode"]) == (Status.SENT, "987654321", "HTML")
        assert asked["text"].splitlines() == ["Anna &lt;3, *sto* lat &amp; _zdrowia_!", "Malwa"]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("twilio://AC{a}:{b}@15005550006/48600700800/{{to}}", "not to that one alone"),
        ("json://localhost, json://127.0.0.1/{{to}}", "no address of a service"),
        ("nothing://localhost/{{to}}", "no address of a service"),
        ("https://api.example.com/sms", "no address of a service"),
        ("ntfys://ntfy.sh/{{to}}", "not to that one alone"),
    ],
)
def test_a_url_that_would_write_to_somebody_else_is_refused(url: str, found: str) -> None:
    with pytest.raises(UsageError, match=found):
        AppriseTransport(url.format(a="a" * 32, b="b" * 32), "sms", environ={}).check()


def test_a_recipient_without_a_place_goes_to_the_end_and_never_to_the_sender() -> None:
    sid = f"AC{'a' * 32}:{'b' * 32}"
    transport = AppriseTransport(f"twilio://{sid}@15005550006?method=sms", "sms", environ={})
    transport.check()
    service = transport._service_for(ANNA)
    assert [str(number) for _, number in service.targets] == [ANNA]
    assert with_recipient("json://localhost/a?b=c", "+48 1/?&#") == "json://localhost/a/%2B48%201%2F%3F%26%23?b=c"


def test_details_tell_neither_key_nor_number_nor_text() -> None:
    said = f'{{"message": "key tokentoken1 for {ANNA} and 48 501 002 003: Sto lat!"}}'
    with sms_server((400, said)) as server:
        detail = sent_by(f"smseagle://tokentoken1@localhost:{server.port}/{{to}}").detail
        assert "tokentoken1" not in detail
        assert "501" not in detail
        assert "Sto lat" not in detail


def test_what_apprise_says_of_a_failure_stands_in_nobodys_log(capfd: pytest.CaptureFixture[str]) -> None:
    log = StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)
    try:
        with sms_server((500, "{}")) as server:
            sent_by(f"smseagle://tokentoken1@localhost:{server.port}/{{to}}")
    finally:
        logging.getLogger().removeHandler(handler)
    assert (log.getvalue(), capfd.readouterr()) == ("", ("", ""))


def test_an_answer_that_apprise_takes_for_no_is_a_failure_only_where_it_names_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from apprise.plugins.custom_json import NotifyJSON  # noqa: PLC0415 - slow, and only here

    told = []
    original: Callable[..., bool] = NotifyJSON.send
    monkeypatch.setattr(NotifyJSON, "send", lambda self, **how: original(self, **how) and False)
    for say in ('{"error": "no credit"}', '{"id": 5}', "<html>welcome</html>"):
        with sms_server((200, say)) as server:
            delivery = sent_by(f"json://localhost:{server.port}/{{to}}")
            told.append((str(delivery.status), delivery.passing))
    assert told == [("failed", True), ("unknown", False), ("unknown", False)]


def test_ctrl_c_while_the_service_is_asked_leaves_the_outcome_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    from apprise.plugins.custom_json import NotifyJSON  # noqa: PLC0415 - slow, and only here

    original: Callable[..., bool] = NotifyJSON.send

    def struck(self: NotifyJSON, **how: object) -> bool:
        original(self, **how)
        raise KeyboardInterrupt

    def struck_before(_self: NotifyJSON, **_how: object) -> bool:
        raise KeyboardInterrupt

    outcomes = []
    with sms_server() as server:
        for instead in (struck, struck_before):
            monkeypatch.setattr(NotifyJSON, "send", instead)
            with pytest.raises(Interrupted) as stopped:
                sent_by(f"json://localhost:{server.port}/{{to}}")
            outcomes.append((str(stopped.value.delivery.status), len(server.taken)))
    assert outcomes == [("unknown", 1), ("failed", 1)]


def test_requests_of_others_go_their_own_way_after_a_message_has_gone() -> None:
    import requests  # noqa: PLC0415 - slow, and only here

    before = requests.adapters.HTTPAdapter.send
    with sms_server() as server:
        sent_by(f"json://localhost:{server.port}/{{to}}")
    assert requests.adapters.HTTPAdapter.send is before
