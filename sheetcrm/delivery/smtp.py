"""E-mail through the owner's own mail server: one verified connection for many messages, and the truth about each."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email.utils import localtime
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self

from sheetcrm.crm.values import Delivery, Message, Status
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.mail import Envelope, UnfitMessage, build
from sheetcrm.delivery.providers import provider_of_host
from sheetcrm.delivery.replies import CLOSING, Reply, Stage, scrub, verdict
from sheetcrm.delivery.sending import Interrupted
from sheetcrm.errors import SendingError

if TYPE_CHECKING:
    from sheetcrm.delivery.connection import Client

CONNECT_TIMEOUT = 30.0
REPLY_TIMEOUT = 120.0
FINAL_TIMEOUT = 600.0  # RFC 5321 4.5.3.2.6: to give up earlier is to not know


LOSSES_IN_A_ROW = 5  # messages whose connection was lost twice: the server is ill

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
            recipient = mail["To"].addresses[0].addr_spec
        except UnfitMessage as error:
            return Delivery(Status.FAILED, error.message)
        content = mail.as_bytes()
        delivery, again = self._attempt(recipient, content)
        if again:
            delivery, again = self._attempt(recipient, content)
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
        delivery = verdict(reply, (recipient, self._password, self._config.user))
        if reply.code == CLOSING:
            self._drop()
            return delivery, not delivery.stop
        client.patience(self._timeout)
        if delivery.status != Status.SENT and not client.renew():
            self._drop()
        return delivery, False

    def _connect(self) -> Client:
        from sheetcrm.delivery.connection import Client  # noqa: PLC0415 - yagmail is slow to import

        client = Client(self._config, self._password, timeout=min(CONNECT_TIMEOUT, self._timeout))
        try:
            client.open()
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            _explain(error, self._config, self._password)
        client.patience(self._timeout)
        self._client = client
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


def _explain(error: Exception, config: SmtpConfig, password: str) -> NoReturn:  # noqa: C901 - one case a line of help
    """Turn what went wrong at connecting into one line that says what to do; the user, an address, is not named."""
    server = f"{config.host}:{config.port}"
    secrets = (config.user, password)
    match error:
        case smtplib.SMTPAuthenticationError():
            said = scrub(_decode(error.smtp_error), secrets)
            passing = error.smtp_code // 100 == 4  # noqa: PLR2004 - 4yz: later
            hint = "Try again in an hour." if passing else _login_hint(config)
            problem = (f"The mail server {server} refused the login ({error.smtp_code} {said}).", hint, "login-refused")
        case smtplib.SMTPNotSupportedError() if "AUTH" in str(error):
            hint = "Check smtp_security and the port; without a login, leave smtp_user empty."
            problem = (f"The mail server {server} offers no login here.", hint, "no-login")
        case smtplib.SMTPNotSupportedError():
            hint = (
                "Nothing was sent, the password was not shown. Try smtp_security tls with port 465, or another network."
            )
            problem = (f"The mail server {server} offers no encryption (STARTTLS).", hint, "no-encryption")
        case ssl.SSLCertVerificationError():
            hint = (
                "Nothing was sent, the password was not shown. Check smtp_host; an antivirus that reads mail, or a"
                " company's own authority, needs its certificate in SSL_CERT_FILE."
            )
            why = error.verify_message or error.reason
            problem = (f"The certificate of the mail server {server} cannot be verified ({why}).", hint, "certificate")
        case ssl.SSLError():
            hint = "Port 465 goes with tls, port 587 with starttls: check smtp_port and smtp_security."
            problem = (f"The mail server {server} does not speak TLS there ({error.reason}).", hint, "no-encryption")
        case smtplib.SMTPResponseException():
            said = scrub(_decode(error.smtp_error), secrets)
            hint = "Try again later; ask your provider if it stays."
            problem = (
                f"The mail server {server} does not serve us now ({error.smtp_code} {said}).",
                hint,
                "server-refused",
            )
        case smtplib.SMTPServerDisconnected() | smtplib.SMTPException():
            hint = (
                "Port 465 goes with tls, port 587 with starttls: check smtp_port and smtp_security, or try again later."
            )
            problem = (f"The mail server {server} hung up.", hint, "server-unreachable")
        case socket.gaierror():
            hint = "Check smtp_host and the internet connection."
            problem = (f"The mail server {config.host} is not found.", hint, "server-unreachable")
        case UnicodeError():
            hint = "Make an app password: it has plain letters only."
            problem = ("The user or password has letters that mail servers do not take.", hint, "login-refused")
        case TimeoutError():
            hint = "Check smtp_host, smtp_port and the internet connection; some networks block mail."
            problem = (f"The mail server {server} does not answer.", hint, "server-unreachable")
        case _:
            why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
            hint = "Check smtp_host, smtp_port and the internet connection, or try again later."
            problem = (f"The mail server {server} cannot be reached ({why}).", hint, "server-unreachable")
    message, hint, code = problem
    raise SendingError(message, hint, code=code, params={"server": server}) from error


def _login_hint(config: SmtpConfig) -> str:
    provider = provider_of_host(config.host)
    if provider is None:
        return "Check user and password; many providers want an app password. `sheetcrm setup` asks for it anew."
    if not provider.password_login:
        return f"{provider.name} takes no passwords from programs any more: use another mailbox for sending."
    where = f": {provider.app_password_url}" if provider.app_password_url else ""
    return f"{provider.name} wants an app password, not the usual one{where} `sheetcrm setup` asks for it anew."


def _decode(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
