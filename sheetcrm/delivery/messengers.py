"""SMS and messengers through Apprise: a URL of any of its services, with a place for the recipient.

Apprise answers yes or no, and no after a lost connection may still mean that the message has gone. Nearly all its services speak
HTTP through `requests`, so what really passed is looked at there. Imported only to send or to check.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import apprise
import requests
from apprise.utils.parse import parse_urls
from urllib3 import exceptions as urllib3_errors

from sheetcrm.crm.values import Delivery, Message, Status
from sheetcrm.delivery.channels import NAMES, PLACE, place_of
from sheetcrm.delivery.http_replies import (
    ANSWER_TIMEOUT,
    CONNECT_TIMEOUT,
    INTERRUPTED,
    LONGEST_ANSWER,
    Answer,
    causes,
    judged,
    parts_of,
    reason_of,
    unverified,
)
from sheetcrm.delivery.sending import Interrupted
from sheetcrm.errors import UsageError

_NOT_BEGUN = (urllib3_errors.NewConnectionError, urllib3_errors.ConnectTimeoutError, urllib3_errors.LocationParseError)
_SOMEBODY = "+447700900123"  # a number of Ofcom's for films: nobody has it
_SOMEBODYS_ID = "700900123"
_LOOK = "docs/channels.md shows how it looks for many services."

# it would tell the terminal, where nobody has asked it to, whom it could not reach
logging.getLogger("apprise").propagate = False


class AppriseTransport:
    """Sends messages of one channel through one URL of Apprise's.

    `{to}` in the URL is where the recipient goes, or `{telegram}` and the like: a column of the owner's by its slug. Without
    such a place it is put at the end. `timeout` is the longest wait for an answer in seconds, `environ` has SSL_CERT_FILE.
    """

    def __init__(
        self, url: str, channel: str, *, timeout: float = ANSWER_TIMEOUT, environ: Mapping[str, str] = os.environ
    ) -> None:
        self._url = url.strip()
        self._name = NAMES[channel]
        self._timeout = timeout
        self._bundle = environ.get("SSL_CERT_FILE") or True
        self._asset = apprise.AppriseAsset(http_redirects=False)

    @property
    def service(self) -> str:
        """The name of the service."""
        return str(self._service_for(self._somebody).service_name)

    def check(self) -> None:
        """Make sure that the URL is one of Apprise's that takes a recipient. Nothing is sent. Raises UsageError."""
        self._service_for(self._somebody)

    @property
    def _somebody(self) -> str:
        return _SOMEBODY if place_of(self._url) in ("", "to") else _SOMEBODYS_ID

    def send(self, message: Message) -> Delivery:
        """Send one message; say what became of it. Raises `Interrupted` on Ctrl-C, UsageError for a URL that does not fit."""
        try:
            service = self._service_for(message.to)
        except UsageError:
            return Delivery(Status.FAILED, "the service cannot write to this number or name", passing=True)
        secrets = (*parts_of(self._url), message.to, message.to.lstrip("+"), message.text)
        with _witnessed(self._bundle, self._timeout) as seen:
            try:
                done = service.notify(body=message.text, body_format=apprise.NotifyFormat.TEXT)
            except KeyboardInterrupt:
                raise Interrupted(INTERRUPTED[bool(seen)]) from None
            except Exception:  # noqa: BLE001 - any of 140 services: what passed is what counts
                done = False
        return _outcome(seen, secrets, done=bool(done), web="requests" in vars(sys.modules[type(service).__module__]))

    def _service_for(self, to: str) -> Any:
        """Return the service made for one recipient: him and nobody else. Raises UsageError."""
        url = with_recipient(self._url, to)
        service = apprise.Apprise.instantiate(url, asset=self._asset) if _is_one(url) else None
        if service is None:
            raise _wrong(
                "{name} is no address of a service that Apprise knows.", _LOOK, "messenger-no-service", name=self._name
            )
        service.redirects = False  # what is sent to another address than the owner's is no answer
        if not service.verify_certificate and urlsplit(url).hostname not in ("localhost", "127.0.0.1", "::1"):
            raise _wrong(
                "{name} switches off that the service is verified (verify=no).",
                "Take verify=no out.",
                "messenger-not-verified",
                name=self._name,
            )
        if not _writes_to(service, to):
            raise _wrong(
                "{name} does not write to the recipient, or not to that one alone.",
                "Write {to} where the recipient goes. docs/channels.md shows it.",
                "messenger-other-recipients",
                name=self._name,
                to="{to}",
            )
        return service


def with_recipient(url: str, to: str) -> str:
    """Return the URL with the recipient in its place, else at the end of its path."""
    value = quote(to, safe="")
    if place_of(url):
        return PLACE.sub(value, url)
    path, mark, query = url.partition("?")
    return f"{path.rstrip('/')}/{value}{mark}{query}"


def _is_one(url: str) -> bool:
    # a comma or a blank begins another one: nobody gets a message through two services
    urls: list[str] = parse_urls(url)  # type: ignore[no-untyped-call]
    return len(urls) == 1


def _writes_to(service: Any, to: str) -> bool:
    """Tell whether a service as made from the URL goes to this recipient alone: without one, some write to the sender."""
    targets = getattr(service, "targets", None)
    if len(service) != 1 or (isinstance(targets, list | tuple | set) and len(targets) != 1):
        return False
    if isinstance(targets, list | tuple | set):
        place = " ".join(map(str, targets))
    else:  # it keeps them under a name of its own: they stand in the path of the URL that it would write itself
        place = unquote(service.url().partition("://")[2].rpartition("@")[2].partition("?")[0])
    return _bare(to) in _bare(place)


def _bare(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    return digits if len(digits) > 5 else text.casefold()  # noqa: PLR2004 - a name, not a number


def _outcome(seen: list[Answer], secrets: tuple[str, ...], *, done: bool, web: bool) -> Delivery:
    """Return what became of a message, from what was seen and from what Apprise makes of it (`done`)."""
    if done:
        return Delivery(Status.SENT, seen[-1].said(secrets) if seen else "")
    if not seen:
        unasked = Delivery(Status.FAILED, "the service could not be asked", passing=True)
        return unasked if web else Delivery(Status.UNKNOWN, "the service does not say what became of it")
    judgements = [judged(answer, secrets) for answer in seen]
    if found := next((one for one in judgements if one.status == Status.UNKNOWN), None):
        return found
    last = judgements[-1]
    said = seen[-1].said(secrets)
    if last.status == Status.SENT and seen[-1].tells_error:
        return Delivery(Status.FAILED, f"the service refused the message: {said}", passing=True)
    if any(
        one.status == Status.SENT for one in judgements
    ):  # of several a part; or Apprise has not understood the answer
        return Delivery(Status.UNKNOWN, f"the service gave an answer that makes no sense: {said}")
    return last


@contextmanager
def _witnessed(bundle: str | bool, timeout: float) -> Iterator[list[Answer]]:
    """Note all that this thread asks through `requests`, with certificates verified and a bound to each wait."""
    seen: list[Answer] = []
    original, here = requests.adapters.HTTPAdapter.send, threading.get_ident()

    def send(adapter: Any, request: Any, **how: Any) -> Any:
        if threading.get_ident() != here:
            return original(adapter, request, **how)
        if bundle is not True and how.get("verify") is not False:
            how["verify"] = bundle
        how["timeout"] = (CONNECT_TIMEOUT, timeout)
        at = len(seen)
        seen.append(Answer())  # should it be interrupted: it may have begun
        try:
            response = original(adapter, request, **how)
            body = response.content
        except Exception as error:
            seen[at] = _answer_of(error)
            raise
        seen[at] = Answer(response.status_code, body[:LONGEST_ANSWER])
        return response

    requests.adapters.HTTPAdapter.send = send  # type: ignore[method-assign, assignment]
    try:
        yield seen
    finally:
        requests.adapters.HTTPAdapter.send = original  # type: ignore[method-assign]


def _answer_of(error: Exception) -> Answer:
    chain = tuple(causes(error))
    if unverified(error):
        return Answer(began=False, unverified=True, why=reason_of(error))
    begun = not any(isinstance(one, _NOT_BEGUN) for one in chain)
    if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
        begun = False  # the certificates' file is not there: nothing was connected to
    late = isinstance(error, requests.exceptions.ReadTimeout)
    return Answer(began=begun, late=late, why=reason_of(error))


def _wrong(message: str, hint: str, text: str, **params: str) -> UsageError:
    return UsageError(message.format(**params), hint.format(**params), code="messenger", text=text, params=params)
