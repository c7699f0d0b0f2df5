"""E-mail through the owner's own mail server: one verified connection for many messages, and the truth about each."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email.utils import localtime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sheetcrm.crm.values import Delivery, Message, Status
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.mail import Envelope, UnfitMessage, build
from sheetcrm.delivery.replies import CLOSING, Reply, Stage, verdict
from sheetcrm.delivery.sending import Interrupted
from sheetcrm.delivery.tokens import AccessToken
from sheetcrm.delivery.troubles import explained
from sheetcrm.errors import SendingError, UsageError

if TYPE_CHECKING:
    from sheetcrm.delivery.connection import Client

CONNECT_TIMEOUT = 30.0
REPLY_TIMEOUT = 120.0
FINAL_TIMEOUT = 600.0  # RFC 5321 4.5.3.2.6: to give up earlier is to not know


LOSSES_IN_A_ROW = 5  # messages whose connection was lost twice: the server is ill
REFUSALS_IN_A_ROW = 5  # messages whose text was refused for good: the server, or a filter, wants none of us

_TROUBLES = (OSError, smtplib.SMTPException, UnicodeError)  # what connecting raises
_HANDED_OVER = Delivery(Status.UNKNOWN, "interrupted after the message was handed over", stop=True)
_NOT_HANDED_OVER = Delivery(Status.FAILED, "interrupted before the message was handed over", passing=True, stop=True)


class SmtpTransport:
    """Sends messages one by one. Enter it to connect and log in; it connects anew by itself where a server hangs up.

    `timeout` is the longest wait for a reply in seconds, `final_timeout` for the one after the message. With
    `trial_to` all messages go to that address. `clock` gives the moment for the Date header, with a zone.
    """

    def __init__(
        self,
        config: SmtpConfig,
        password: str,
        envelope: Envelope,
        *,
        timeout: float = REPLY_TIMEOUT,
        final_timeout: float = FINAL_TIMEOUT,
        trial_to: str = "",
        clock: Callable[[], datetime] = localtime,
    ) -> None:
        self._config = config
        self._password = password
        self._envelope = envelope
        self._timeout = timeout
        self._final_timeout = final_timeout
        self._trial_to = trial_to
        self._clock = clock
        self._client: Client | None = None
        self._sender = envelope.address
        self._losses = 0
        self._refusals = 0

    def __enter__(self) -> Self:
        """Connect and log in. Raises SendingError: not reached, not verified, not encrypted, login refused."""
        if self._client is None:  # who sends may enter what who made it has entered
            self._connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            self._client.leave()
            self._client = None

    def check(self) -> None:
        """Make sure that the connection stands. Raises SendingError."""
        client = self._client or self._connect()
        if not client.answers():
            self._drop()
            self._connect()

    def send(self, message: Message) -> Delivery:
        """Send one message; say what became of it. Never raises for a server's answer or a lost connection.

        A connection that was lost before the message was handed over is opened once more: servers hang up on idle
        ones and after so many messages. After that point nothing is ever repeated. Raises `Interrupted` on Ctrl-C,
        with what is true then.
        """
        if message.channel != "email":
            return Delivery(Status.FAILED, "no e-mail: another transport is needed", passing=True)
        try:
            mail = build(message, self._envelope, self._clock(), trial_to=self._trial_to)
        except UnfitMessage as error:
            return Delivery(Status.FAILED, error.message)
        delivery, again = self._attempt(mail.recipient, mail.content)
        if again:
            delivery, again = self._attempt(mail.recipient, mail.content)
            if again:  # the server closes new connections too: it has had enough of us
                delivery = replace(delivery, stop=True)
        return delivery

    def _attempt(self, recipient: str, content: bytes) -> tuple[Delivery, bool]:
        """Try once; return what became of it and whether a new connection is worth a second try."""
        kept = self._client is not None
        try:
            client = self._client or self._connect()
        except KeyboardInterrupt:
            raise Interrupted(_NOT_HANDED_OVER) from None
        except SendingError as error:
            return Delivery(Status.FAILED, f"connection lost; {error.message}", passing=True, stop=True), False
        try:
            reply = client.staged.transmit(self._sender, recipient, content, final_timeout=self._final_timeout)
        except KeyboardInterrupt:
            over = client.staged.stage is Stage.HANDED_OVER
            self._drop()
            raise Interrupted(_HANDED_OVER if over else _NOT_HANDED_OVER) from None
        except (OSError, smtplib.SMTPException) as error:
            stage = client.staged.stage
            self._drop()
            if kept and stage is not Stage.HANDED_OVER:
                return _lost(stage, error), True
            self._losses += 1
            return replace(_lost(stage, error), stop=self._losses >= LOSSES_IN_A_ROW), False
        self._losses = 0
        return self._judge(client, reply, recipient)

    def _judge(self, client: Client, reply: Reply, recipient: str) -> tuple[Delivery, bool]:
        """Return the verdict and whether a new connection is worth a try; make this one fit for the next message."""
        delivery = self._heard(reply, verdict(reply, (recipient, self._password, self._config.user)))
        if reply.code == CLOSING:
            self._drop()
            return delivery, not delivery.stop
        client.patience(self._timeout)
        if delivery.status != Status.SENT and not client.renew():
            self._drop()
        return delivery, False

    def _heard(self, reply: Reply, delivery: Delivery) -> Delivery:
        """Stop where one text after the other is refused: each of them would be marked as failed for good."""
        refused = delivery.status == Status.FAILED and not delivery.passing and reply.stage >= Stage.DATA
        self._refusals = self._refusals + 1 if refused else 0
        return replace(delivery, stop=True) if self._refusals >= REFUSALS_IN_A_ROW else delivery

    def _connect(self) -> Client:
        try:
            client = self._opened()
        except smtplib.SMTPAuthenticationError as error:
            if not isinstance(self._password, AccessToken):
                raise explained(error, self._config, self._password) from error
            client = self._with_a_new_token()
        except _TROUBLES as error:
            raise explained(error, self._config, self._password) from error
        client.patience(self._timeout)
        self._client = client
        return client

    def _with_a_new_token(self) -> Client:
        """Connect once more: tokens last an hour, and the one that we have may be older than that by now."""
        assert isinstance(self._password, AccessToken)
        try:
            self._password = AccessToken.of(self._password.command)
            return self._opened()
        except UsageError as error:  # in the middle of a run it is as any login that fails
            raise SendingError(error.message, error.hint, code=error.code, params=error.params) from error
        except _TROUBLES as error:
            raise explained(error, self._config, self._password) from error

    def _opened(self) -> Client:
        from sheetcrm.delivery.connection import Client  # noqa: PLC0415 - yagmail is slow to import

        client = Client(self._config, self._password, timeout=min(CONNECT_TIMEOUT, self._timeout))
        client.open()
        return client

    def _drop(self) -> None:
        if self._client is not None:
            self._client.drop()
            self._client = None


def _lost(stage: Stage, error: Exception) -> Delivery:
    late = isinstance(error, TimeoutError) or "timed out" in str(error)
    how = "the server did not answer in time" if late else "the connection broke"
    if stage is Stage.HANDED_OVER:
        return Delivery(Status.UNKNOWN, f"{how} after the message was handed over")
    return Delivery(Status.FAILED, f"{how} before the message was handed over ({stage.name.lower()})", passing=True)
