"""A gateway that the settings describe: what is asked, what the answer means, and that nobody's name becomes a part of it."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import parse_qs

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st
from sms_server import CLOSE, STALL, Say, sms_server

from sheetcrm.crm.settings import Settings
from sheetcrm.crm.values import Delivery, Key, Message, Status
from sheetcrm.delivery.gateway import Gateway, GatewayTransport, filled_body, filled_url, reference_of
from sheetcrm.delivery.marks_of_success import Mark
from sheetcrm.errors import UsageError

ANNA = Message(Key("Birthday", "C1", "2026"), "Anna", date(2026, 11, 23), "sms", "+48501002003", "", "Sto lat!")
TOKEN = {"SHEETCRM_GATEWAY_TOKEN": "s3cr3t-token"}

# as the services document it; {…} are our places
SMSAPI = Settings(
    business="Malwa",
    gateway_url="https://api.smsapi.pl/sms.do",
    gateway_type="form",
    gateway_body="to={digits}&message={text}&from={sender}&format=json&encoding=utf-8&idx={reference}&check_idx=1",
    gateway_sent="$.count = 1",
    gateway_failed="$.error",
    gateway_reference="$.list[0].id",
)
TURBOSMS = Settings(
    business="Malwa",
    gateway_url="https://api.turbosms.ua/message/send.json",
    gateway_body='{"recipients": ["{digits}"], "sms": {"sender": "{sender}", "text": "{text}"}}',
    gateway_sent="$.response_result[0].response_code = 0",
    gateway_failed='/"response_code": ?(?!0\\b|8\\d\\d\\b)\\d+/',
    gateway_reference="$.response_result[0].message_id",
)


def on_loopback(settings: Settings, port: int) -> Settings:
    path = settings.gateway_url.partition("://")[2].partition("/")[2]
    return replace(settings, gateway_url=f"http://127.0.0.1:{port}/{path}")


def plain(port: int, **more: str) -> Settings:
    body = '{"to": "{to}", "text": "{text}", "ref": "{reference}"}'
    return Settings(gateway_url=f"http://127.0.0.1:{port}/sms", gateway_body=body, **more)  # type: ignore[arg-type]


def through(settings: Settings, **how: float) -> GatewayTransport:
    return GatewayTransport(Gateway.load(settings, TOKEN), **how)


def told(delivery: Delivery) -> tuple[str, bool, bool, str]:
    return str(delivery.status), delivery.passing, delivery.stop, delivery.detail


@pytest.mark.parametrize(
    ("say", "expected"),
    [
        ((200, '{"count": 1}'), ("sent", False, False, "HTTP 200")),
        (
            (400, '{"message": "bad number"}'),
            ("failed", False, False, "the service refused the message: HTTP 400 bad number"),
        ),
        ((401, ""), ("failed", True, True, "the service refuses this account: HTTP 401")),
        ((429, ""), ("failed", True, True, "sending limit: HTTP 429")),
        ((301, ""), ("failed", True, True, "the service has another address: HTTP 301")),
        ((500, ""), ("unknown", False, False, "the service failed after the message was handed over: HTTP 500")),
        (CLOSE, ("unknown", False, False, "the connection broke after the message was handed over")),
        (STALL, ("unknown", False, False, "the server did not answer in time after the message was handed over")),
    ],
)
def test_what_a_gateway_answers_decides_what_became_of_an_sms(say: Say, expected: tuple[object, ...]) -> None:
    with sms_server(say) as server:
        delivery = through(plain(server.port), timeout=0.3).send(ANNA)
        assert (told(delivery), [asked.target for asked in server.taken]) == (expected, ["/sms"])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('{"count": 1}', ("sent", "HTTP 200")),
        ('{"count": 0}', ("unknown", "the service's answer lacks what is to stand in it: HTTP 200")),
        ("<html>", ("unknown", "the service's answer lacks what is to stand in it: HTTP 200")),
        ('{"error": 13, "message": "no credit"}', ("failed", "the service refused the message: HTTP 200 no credit")),
    ],
)
def test_an_answer_without_the_owners_mark_is_unknown_and_only_one_with_her_word_for_no_has_failed(
    answer: str, expected: tuple[str, str]
) -> None:
    with sms_server((200, answer)) as server:
        settings = plain(server.port, gateway_sent="$.count = 1", gateway_failed="$.error")
        delivery = through(settings).send(ANNA)
        assert (str(delivery.status), delivery.detail) == expected


def test_smsapi_as_documented_gets_its_form_and_our_own_reference() -> None:
    said = '{"count": 1, "list": [{"id": "62EC3", "points": 0.16, "number": "48501002003", "status": "QUEUE"}]}'
    with sms_server((200, said)) as server:
        delivery = through(on_loopback(SMSAPI, server.port)).send(ANNA)
        asked = server.taken[0]
        assert (told(delivery), asked.method, asked.target) == (
            ("sent", False, False, "HTTP 200, 62EC3"),
            "POST",
            "/sms.do",
        )
        assert asked.form == {
            "to": "48501002003",
            "message": "Sto lat!",
            "from": "Malwa",
            "format": "json",
            "encoding": "utf-8",
            "idx": reference_of(ANNA.key),
            "check_idx": "1",
        }
        assert asked.headers["Authorization"] == "Bearer s3cr3t-token"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (
            '{"response_code":0,"response_status":"OK","response_result":[{"response_code":0,"message_id":"f8"}]}',
            "sent",
        ),
        ('{"response_code":103,"response_status":"REQUIRED_TOKEN","response_result":null}', "failed"),
        ('{"response_code":0,"response_result":[{"response_code":406,"message_id":null}]}', "failed"),
    ],
)
def test_turbosms_as_documented_gets_its_json_and_says_no_in_an_answer_that_looks_fine(
    answer: str, status: str
) -> None:
    with sms_server((200, answer)) as server:
        delivery = through(on_loopback(TURBOSMS, server.port)).send(ANNA)
        sms = {"sender": "Malwa", "text": "Sto lat!"}
        assert (str(delivery.status), server.taken[0].json) == (status, {"recipients": ["48501002003"], "sms": sms})


def test_an_address_alone_is_asked_with_its_values_encoded_and_the_token_where_the_owner_wants_it() -> None:
    with sms_server() as server:
        url = f"http://127.0.0.1:{server.port}/send?to={{to}}&text={{text}}&key={{token}}"
        through(Settings(gateway_url=url)).send(replace(ANNA, text="Anna & Co: 100% + zażółć\n#1"))
        asked = server.taken[0]
        assert (asked.method, asked.body, asked.query) == (
            "GET",
            b"",
            {"to": "+48501002003", "text": "Anna & Co: 100% + zażółć\n#1", "key": "s3cr3t-token"},
        )
        assert "Authorization" not in asked.headers


def test_details_tell_neither_token_nor_number_nor_text() -> None:
    with sms_server((400, '{"message": "s3cr3t-token: cannot send “Sto lat!” to +48501002003"}')) as server:
        detail = through(plain(server.port)).send(ANNA).detail
    assert detail == "the service refused the message: HTTP 400 …: cannot send “…” to …"


def test_a_certificate_of_nobody_gets_neither_number_nor_token() -> None:
    with sms_server(tls=trustme.CA()) as server:
        settings = replace(plain(1), gateway_url=f"https://localhost:{server.port}/sms")
        assert (told(through(settings).send(ANNA))[:3], server.taken) == (("failed", True, True), [])


def test_a_gateway_that_is_not_there_has_certainly_taken_nothing() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        delivery = through(plain(taken.getsockname()[1])).send(ANNA)
    assert told(delivery) == ("failed", True, False, "the service cannot be reached: Connection refused")


@pytest.mark.parametrize(
    ("say", "expected"),
    [
        ((200, '{"list": [{"idx": "REFERENCE", "status": "DELIVERED"}]}'), "sent"),
        ((200, '{"list": [{"idx": "REFERENCE", "status": "FAILED"}]}'), "failed"),
        ((200, '{"list": []}'), "failed"),
        ((404, ""), "failed"),
        ((200, '{"list": [{"idx": "another"}]}'), None),
        ((500, ""), None),
        (CLOSE, None),
    ],
)
def test_a_gateway_is_asked_for_an_unknown_outcome_by_our_own_reference(say: Say, expected: str | None) -> None:
    reference = reference_of(ANNA.key)
    answer: Say = say if isinstance(say, str) else (say[0], say[1].replace("REFERENCE", reference))
    with sms_server(answer) as server:
        status = f"http://127.0.0.1:{server.port}/status?idx={{reference}}"
        settings = plain(server.port, gateway_status_url=status, gateway_failed='"FAILED"')
        delivery = through(settings).status(ANNA.key, ANNA.to)
        assert (delivery and str(delivery.status), server.taken[0].query) == (expected, {"idx": reference})


def test_without_an_address_for_it_nobody_is_asked_for_an_unknown_outcome() -> None:
    assert through(plain(1)).status(ANNA.key, ANNA.to) is None


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"gateway_url": "http://api.example.com/{to}/{text}"}, "https"),
        ({"gateway_url": "api.example.com/{to}"}, "no address"),
        ({"gateway_url": "https://user:key@api.example.com/{to}"}, "no address"),
        ({"gateway_url": "https://{to}.example.com/"}, "no address"),
        ({"gateway_url": "https://api.example.com:port/{to}"}, "no address"),
        ({"gateway_url": "https://api.example.com/"}, "no place"),
        ({"gateway_url": "https://api.example.com/", "gateway_body": '{"to": {to}}'}, "no JSON"),
        ({"gateway_url": "https://api.example.com/{to}", "gateway_sent": "$.a["}, "gateway_sent"),
        ({"gateway_url": "https://api.example.com/{to}", "gateway_failed": "/(/"}, "gateway_failed"),
        ({"gateway_url": "https://api.example.com/{to}", "gateway_status_url": "ftp://a"}, "gateway_status_url"),
    ],
)
def test_a_gateway_that_cannot_work_is_told_before_anything_is_sent(settings: dict[str, Any], found: str) -> None:
    with pytest.raises(UsageError, match=found):
        Gateway.load(Settings(**settings), {})


def test_the_token_comes_from_the_environment_and_is_never_shown_with_the_settings() -> None:
    gateway = Gateway.load(plain(1), TOKEN)
    assert (gateway.token, "s3cr3t-token" in repr(plain(1))) == ("s3cr3t-token", False)


VALUES = st.fixed_dictionaries({name: st.text() for name in ("to", "digits", "text", "reference", "sender", "token")})


@given(VALUES)
def test_no_value_breaks_out_of_its_place_in_json(values: dict[str, str]) -> None:
    values = {name: text.encode("utf-8", "replace").decode() for name, text in values.items()}
    body = filled_body('{"to": ["{to}"], "a": {"text": "{text}", "n": 1}}', "json", values) or b""
    assert json.loads(body) == {"to": [values["to"]], "a": {"text": values["text"], "n": 1}}


@given(VALUES)
def test_no_value_breaks_out_of_its_place_in_a_form_or_an_address(values: dict[str, str]) -> None:
    values = {name: text.encode("utf-8", "replace").decode() for name, text in values.items()}
    body = filled_body("to={to}&text={text}&x=1", "form", values) or b""
    query = filled_url("https://a.example/?to={to}&text={text}&x=1", values).partition("?")[2]
    expected = {"to": [values["to"]], "text": [values["text"]], "x": ["1"]}
    for said in (body.decode(), query):
        assert parse_qs(said, keep_blank_values=True) == expected


@pytest.mark.parametrize(
    ("mark", "body", "found"),
    [
        ("OK", "code: OK 1", True),
        ("OK", "code: ERR", False),
        ("$.a.b[1] = 5", '{"a": {"b": [1, 5]}}', True),
        ("$.a = true", '{"a": true}', True),
        ("$.a = 'x y'", '{"a": "x y"}', True),
        ("$.a", '{"a": 0}', False),
        ("$.a", '{"b": 1}', False),
        ("$.a", "no json", False),
        (r"/^OK:\d+/", "OK:12", True),
        (r"/^OK:\d+/", "ERR OK:12", False),
        ("", "anything", False),
    ],
)
def test_a_mark_is_a_text_a_place_in_json_or_an_expression(mark: str, body: str, found: bool) -> None:
    one = Mark.read(mark)
    assert bool(one and one.is_in(body.encode())) is found


def test_a_lone_surrogate_in_a_text_does_not_stop_the_sending() -> None:
    with sms_server() as server:
        delivery = through(plain(server.port)).send(replace(ANNA, text="Sto lat \ud83d"))
        assert (delivery.status, len(server.taken)) == (Status.SENT, 1)
