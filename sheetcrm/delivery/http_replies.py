"""What the answer of a service on the web (SMS, messengers) means for one message, and for those after it."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sheetcrm.crm.values import Delivery, Status
from sheetcrm.delivery.replies import scrub

CONNECT_TIMEOUT = 15.0
ANSWER_TIMEOUT = 30.0
LONGEST_ANSWER = 256 * 1024  # bytes: an answer about one message is no longer

INTERRUPTED = {
    True: Delivery(Status.UNKNOWN, "interrupted after the message was handed over", stop=True),
    False: Delivery(Status.FAILED, "interrupted before the message was handed over", passing=True, stop=True),
}
"""What is known of a message at Ctrl-C, by whether its request had begun."""

_TAKEN = range(200, 300)
_ERRORS = range(500, 600)
_REFUSED = range(400, 500)
_LIMITS = frozenset({425, 429})
_ACCOUNTS = frozenset({401, 402, 407})  # who we are, or what is left of the money
_OURS = _LIMITS | _ACCOUNTS | frozenset({301, 307, 308})
"""What would be answered to every message: it stops the channel."""

_MENDED = frozenset({403, 404, 405, 408, 409, 423})  # the address of the service, a right, a lock: may be another later
_ERROR_OF = ("error", "errors", "error_message", "errorMessage", "error_code", "errorCode")
_WORDS_OF = ("message", *_ERROR_OF, "description", "detail", "title", "reason")
_NUMBERS = re.compile(r"\+?\d[\d ()-]{5,}\d")
_PART = re.compile(r"[^/:@?&=\s]{4,}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request: the service's answer, or none (`code` 0).

    `began`: the request may have reached the service; `late`: it did not answer in time; `why` says in a word or two what was in the
    way. `unverified`: its certificate is not to be trusted.
    """

    code: int = 0
    body: bytes = b""
    began: bool = True
    late: bool = False
    unverified: bool = False
    why: str = ""

    @property
    def tells_error(self) -> bool:
        """Whether the answer, in JSON, says that something is wrong, whatever its code."""
        return any(one.get(name) for one in _objects(self.body) for name in _ERROR_OF)

    def said(self, secrets: Iterable[str] = ()) -> str:
        """Return the code and the service's words about it, without numbers, addresses and secrets."""
        words = "; ".join(_error_words(self.body))
        return f"HTTP {self.code} {_clean(words, secrets)}".strip()


def judged(answer: Answer, secrets: Iterable[str] = ()) -> Delivery:
    """Return what an answer means. A request that may have been read and was not clearly refused is `unknown`.

    So is an error of the service (5xx): it may have passed the message on before (RELIABILITY S12: Twilio does).
    """
    if not answer.code:
        return _no_answer(answer, secrets)
    said, code = answer.said(secrets), answer.code
    if code in _TAKEN:
        return Delivery(Status.SENT, said)
    if code in _OURS:
        return _of_every_message(code, said)
    if code in _REFUSED:
        return Delivery(Status.FAILED, f"the service refused the message: {said}", passing=code in _MENDED)
    if code in _ERRORS:
        return Delivery(Status.UNKNOWN, f"the service failed after the message was handed over: {said}")
    return Delivery(Status.UNKNOWN, f"the service gave an answer that makes no sense: {said}")


def _of_every_message(code: int, said: str) -> Delivery:
    if code in _LIMITS:
        return Delivery(Status.FAILED, f"sending limit: {said}", passing=True, stop=True)
    if code in _ACCOUNTS:
        return Delivery(Status.FAILED, f"the service refuses this account: {said}", passing=True, stop=True)
    return Delivery(Status.FAILED, f"the service has another address: {said}", passing=True, stop=True)


def _no_answer(answer: Answer, secrets: Iterable[str]) -> Delivery:
    why = _clean(answer.why, secrets)
    if answer.unverified:
        return Delivery(Status.FAILED, f"the service's certificate is not valid: {why}", passing=True, stop=True)
    if not answer.began:
        return Delivery(Status.FAILED, f"the service cannot be reached: {why}", passing=True)
    how = "the server did not answer in time" if answer.late else "the connection broke"
    return Delivery(Status.UNKNOWN, f"{how} after the message was handed over")


def parts_of(url: str) -> tuple[str, ...]:
    """Return the pieces of an address that may be secret, all but its scheme: they must not be told."""
    return tuple(_PART.findall(url.partition("://")[2]))


def causes(error: BaseException) -> Iterator[BaseException]:
    """Give an error and all that it was raised from, or holds as its reason."""
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


def unverified(error: BaseException) -> bool:
    """Tell whether the other side could not show that it is who it says."""
    return any(isinstance(one, ssl.SSLCertVerificationError) for one in causes(error))


def reason_of(error: BaseException) -> str:
    """Return in a few words why no connection came about."""
    for one in causes(error):
        if isinstance(one, ssl.SSLCertVerificationError):
            return one.verify_message
        if isinstance(one, socket.gaierror):
            return "no such server"
        if isinstance(one, OSError) and one.strerror:
            return one.strerror
    return type(error).__name__


def _error_words(body: bytes) -> Iterator[str]:
    """Give the texts of an answer in JSON that say what is wrong. Nothing else of it: it may repeat the message."""
    for one in _objects(body):
        yield from (text for name in _WORDS_OF if isinstance(text := one.get(name), str) and text)


def _objects(body: bytes) -> Iterator[dict[str, Any]]:
    """Give the object that an answer is, and those that stand in it by name."""
    with suppress(ValueError, RecursionError):
        found = json.loads(body[:LONGEST_ANSWER])
        for one in (found, *(found.values() if isinstance(found, dict) else ())):
            if isinstance(one, dict):
                yield one


def _clean(text: str, secrets: Iterable[str]) -> str:
    return scrub(_NUMBERS.sub("…", text), secrets)
