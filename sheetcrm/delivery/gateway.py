"""A service with a web address of its own, as the settings describe it: for SMS gateways that Apprise does not know.

The request is made from the owner's words with `{to}`, `{digits}`, `{text}`, `{reference}`, `{sender}` and `{token}` in them. Each
value is put in as its place wants it (percent-encoded in an address or a form, as a JSON string in JSON), so that nobody's name can
become a part of the request. How far it came is known: before the connection stands, nothing can have been taken.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from sheetcrm.crm.settings import Settings
from sheetcrm.crm.values import Delivery, Key, Message, Status
from sheetcrm.delivery.gateway_tokens import LOCAL, token_for
from sheetcrm.delivery.http_replies import (
    ANSWER_TIMEOUT,
    CONNECT_TIMEOUT,
    INTERRUPTED,
    LONGEST_ANSWER,
    Answer,
    judged,
    parts_of,
    reason_of,
    unverified,
)
from sheetcrm.delivery.marks_of_success import Mark, WrongMark
from sheetcrm.delivery.sending import Interrupted
from sheetcrm.errors import UsageError

_PLACES = re.compile(r"\{(to|digits|text|reference|sender|token)\}")
_REFERENCE_LENGTH = 32
_TYPES = {"json": "application/json", "form": "application/x-www-form-urlencoded"}
_NOT_FOUND = frozenset({404, 410})
_EXAMPLE = '{"to": "{to}", "text": "{text}"}'
_NO_MARK = Mark()


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway as the settings describe it. Build one with `load`, which raises where it cannot work."""

    url: str
    method: str
    kind: str  # json or form
    body: str
    sender: str
    token: str = ""
    status_url: str = ""
    sent: Mark = _NO_MARK
    failed: Mark = _NO_MARK
    reference: Mark = _NO_MARK

    @classmethod
    def load(cls, settings: Settings, environ: Mapping[str, str]) -> Gateway:
        """Return the gateway of the settings.

        Raises UsageError: no https, a body that is no JSON, a mark that cannot be read; SendingError: the token is another server's.
        """
        for name in ("gateway_url", "gateway_status_url"):
            url = getattr(settings, name).strip()
            if url:
                _check_url(name, url)
        kind, body = settings.gateway_type, settings.gateway_body.strip()
        if body and kind == "json":
            try:
                json.loads(body)
            except ValueError as error:
                raise _wrong(
                    "gateway_body is no JSON.", f"It looks like {_EXAMPLE}.", "gateway-body", example=_EXAMPLE
                ) from error
        if not _PLACES.search(settings.gateway_url + body):
            raise _wrong(
                "gateway_url and gateway_body have no place for the message.",
                "Write {to} and {text}.",
                "gateway-places",
                to="{to}",
                words="{text}",
            )
        marks = {}
        for name in ("sent", "failed", "reference"):
            try:
                marks[name] = Mark.read(getattr(settings, f"gateway_{name}"))
            except WrongMark as error:
                hint = "It is a text, or looks like $.count = 1, or /a regular expression/."
                raise _wrong(f"gateway_{name} cannot be read.", hint, "gateway-mark", name=f"gateway_{name}") from error
        method = settings.gateway_method or ("POST" if body else "GET")
        url, status = settings.gateway_url.strip(), settings.gateway_status_url.strip()
        token = token_for(url, status, environ)
        return cls(url, method, kind, body, settings.business, token, status, **marks)

    def values(self, to: str, text: str, reference: str) -> dict[str, str]:
        """Return what is put into the places."""
        return {
            "to": to,
            "digits": to.lstrip("+"),
            "text": text,
            "reference": reference,
            "sender": self.sender,
            "token": self.token,
        }

    @property
    def shows_token(self) -> bool:
        """Whether the owner says where the token goes; else it goes into the header that is made for it."""
        return "{token}" in self.url + self.body


class GatewayTransport:
    """Sends SMS through a `Gateway`, each with a connection of its own.

    `timeout` is the longest wait for an answer in seconds. Redirections are not followed.
    """

    def __init__(self, gateway: Gateway, *, timeout: float = ANSWER_TIMEOUT) -> None:
        self._gateway = gateway
        self._timeout = timeout

    @property
    def service(self) -> str:
        """The name of the gateway's server."""
        return urlsplit(self._gateway.url).hostname or ""

    def send(self, message: Message) -> Delivery:
        """Send one message; say what became of it. Raises `Interrupted` on Ctrl-C, with what is true then."""
        gateway = self._gateway
        values = gateway.values(message.to, message.text, reference_of(message.key))
        body = filled_body(gateway.body, gateway.kind, values)
        answer = self._ask(gateway.method, filled_url(gateway.url, values), body)
        return self._judge(answer, self._secrets(message))

    def status(self, key: Key, to: str) -> Delivery | None:
        """Ask what became of a message whose outcome is unknown; None where the gateway does not tell.

        It is asked by our own reference: found and not failed, it is sent; not found, it has not been taken.
        """
        gateway, reference = self._gateway, reference_of(key)
        if not gateway.status_url:
            return None
        values = gateway.values(to, "", reference)
        answer = self._ask("GET", filled_url(gateway.status_url, values), None)
        if answer.code in _NOT_FOUND or (answer.code == http.client.OK and _is_nothing(answer.body)):
            return Delivery(Status.FAILED, "the service does not know the message", passing=True)
        if answer.code != http.client.OK or reference.encode() not in answer.body:
            return None
        said = answer.said((*self._secrets(None), to, to.lstrip("+")))
        if gateway.failed and gateway.failed.is_in(answer.body):
            return Delivery(Status.FAILED, f"the service refused the message: {said}")
        return Delivery(Status.SENT, f"the service says that it has sent it: {said}")

    def _judge(self, answer: Answer, secrets: tuple[str, ...]) -> Delivery:
        gateway = self._gateway
        delivery = judged(answer, secrets)
        if delivery.status != Status.SENT:
            return delivery
        if gateway.failed and gateway.failed.is_in(answer.body):
            return Delivery(Status.FAILED, f"the service refused the message: {delivery.detail}", passing=True)
        if gateway.sent and not gateway.sent.is_in(answer.body):
            # without the owner's word for a refusal a text that has changed would be one: and the message would go twice
            return Delivery(Status.UNKNOWN, f"the service's answer lacks what is to stand in it: {delivery.detail}")
        found = gateway.reference.value_in(answer.body) if gateway.reference else ""
        return Delivery(Status.SENT, f"{delivery.detail}, {found}" if found else delivery.detail)

    def _secrets(self, message: Message | None) -> tuple[str, ...]:
        words = () if message is None else (message.to, message.to.lstrip("+"), message.text)
        return (*parts_of(self._gateway.url), self._gateway.token, *words)

    def _ask(self, method: str, url: str, body: bytes | None) -> Answer:
        parts = urlsplit(url)
        connection = _connection(parts.scheme, parts.hostname or "", parts.port)
        headers = {"Accept": "application/json", "User-Agent": "sheetcrm"}
        if body is not None:
            headers["Content-Type"] = f"{_TYPES[self._gateway.kind]}; charset=utf-8"
        if self._gateway.token and not self._gateway.shows_token:
            headers["Authorization"] = f"Bearer {self._gateway.token}"
        began = False
        try:
            connection.connect()
            connection.sock.settimeout(self._timeout)
            began = True
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.read(LONGEST_ANSWER))
        except KeyboardInterrupt:
            raise Interrupted(INTERRUPTED[began]) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Answer(
                began=began,
                late=isinstance(error, TimeoutError),
                unverified=not began and unverified(error),
                why=reason_of(error),
            )
        finally:
            connection.close()


def reference_of(key: Key) -> str:
    """Return by what a gateway knows a message of ours: the beginning of its key's hash, the same whenever it is asked."""
    return key.digest[:_REFERENCE_LENGTH]


def filled_url(url: str, values: Mapping[str, str]) -> str:
    """Return an address with the values in their places, each percent-encoded."""
    return _PLACES.sub(lambda found: quote(values[found[1]], safe="", errors="replace"), url)


def filled_body(body: str, kind: str, values: Mapping[str, str]) -> bytes | None:
    """Return the body with the values in their places, None where the settings have none.

    The owner's body is taken apart before a value is put in: whatever stands in a value, it stays a value.
    """
    if not body:
        return None
    if kind == "json":
        return json.dumps(_filled(json.loads(body), values), ensure_ascii=False).encode("utf-8", "replace")
    pairs = [(name, _put(value, values)) for name, value in parse_qsl(body, keep_blank_values=True)]
    return urlencode(pairs, errors="replace").encode("ascii")


def _filled(part: Any, values: Mapping[str, str]) -> Any:
    if isinstance(part, str):
        return _put(part, values)
    if isinstance(part, list):
        return [_filled(one, values) for one in part]
    return {name: _filled(one, values) for name, one in part.items()} if isinstance(part, dict) else part


def _put(text: str, values: Mapping[str, str]) -> str:
    return _PLACES.sub(lambda found: values[found[1]], text)


def _is_nothing(body: bytes) -> bool:
    """Tell whether an answer in JSON is an empty list, or holds an empty one and no other: nothing was found."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return False
    lists = (
        [found]
        if isinstance(found, list)
        else [v for v in found.values() if isinstance(v, list)]
        if isinstance(found, dict)
        else []
    )
    return bool(lists) and not any(lists)


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        # verified, by SSL_CERT_FILE where that is set
        return http.client.HTTPSConnection(host, port, timeout=CONNECT_TIMEOUT, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=CONNECT_TIMEOUT)


def _check_url(name: str, url: str) -> None:
    """Raise UsageError for an address that is none, or through which clients' numbers would go unencrypted."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if not host or _PLACES.search(parts.netloc) or parts.username is not None:
        raise _wrong(
            f"{name} is no address of a gateway.",
            "It looks like https://api.example.com/sms.",
            "gateway-url",
            name=name,
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOCAL):
        raise _wrong(
            f"{name} does not begin with https://.", "Numbers and texts go encrypted only.", "gateway-open", name=name
        )


def _wrong(message: str, hint: str, text: str, **params: str) -> UsageError:
    return UsageError(message, hint, code="gateway", text=text, params=params)
