"""The connection to a mail server: yagmail's login over a staged, verified smtplib. Imported only to send.

yagmail's own `send()` is never used: it retries after the message was handed over (three copies measured), logs in
for every message, verifies no certificate and has no timeout.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl

import yagmail

from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.replies import Reply, Stage
from sheetcrm.delivery.tokens import AccessToken

_LINE_DOT = re.compile(rb"(?m)^\.")
# for EHLO: smtplib would look up, and tell, this machine's name; RFC 5321 4.1.4 allows an address instead
_OUR_NAME = "[127.0.0.1]"
_GO_ON = 354
_UNKNOWN_MECHANISM = 504  # not 534: there Google asks for an app password
_PATIENCE_AT_QUIT = 5.0


class _Staged(smtplib.SMTP):
    """An SMTP client that knows how far it got.

    `SMTPServerDisconnected` alone looks the same before and after the final dot.
    """

    stage = Stage.IDLE

    def transmit(self, sender: str, recipient: str, content: bytes, *, final_timeout: float) -> Reply:
        """Hand one message over; return the reply that decided. Raises what sockets raise; `stage` then says where.

        `content` has CRLF line ends. RFC 5321 4.5.3.2.6 lets a server take ten minutes for its last reply:
        `final_timeout` seconds.
        """
        self.stage = Stage.MAIL
        options = (f"size={len(content)}",) if self.has_extn("size") else ()
        code, text = self.mail(sender, options)
        if not _is_yes(code):
            return self._reply(code, text)
        self.stage = Stage.RCPT
        code, text = self.rcpt(recipient)
        if not _is_yes(code):
            return self._reply(code, text)
        self.stage = Stage.DATA
        code, text = self.docmd("DATA")
        if code != _GO_ON:
            return self._reply(code, text)
        self.stage = Stage.BODY
        self.send(_LINE_DOT.sub(b"..", content).removesuffix(b"\r\n") + b"\r\n")
        # the dot goes by itself: whatever fails before this line is certainly not sent
        self.stage = Stage.HANDED_OVER
        if self.sock is not None:
            self.sock.settimeout(final_timeout)
        self.send(b".\r\n")
        return self._reply(*self.getreply())

    def _reply(self, code: int, text: bytes) -> Reply:
        return Reply(self.stage, code, text.decode("utf-8", "replace"))

    def login(self, user: str, password: str, *, initial_response_ok: bool = True) -> tuple[int, bytes]:
        """Log in with one mechanism only.

        smtplib tries them all, and each refusal counts towards locking the account.
        """
        self.ehlo_or_helo_if_needed()
        if not self.has_extn("auth"):
            raise smtplib.SMTPNotSupportedError("AUTH")
        offered = self.esmtp_features["auth"].upper().split()
        if isinstance(password, AccessToken):
            return self._show_token(user, password, offered)
        self.user, self.password = user, password
        for mechanism, method in (
            ("PLAIN", self.auth_plain),
            ("LOGIN", self.auth_login),
            ("CRAM-MD5", self.auth_cram_md5),
        ):
            if mechanism in offered:
                try:
                    code, text = self.auth(mechanism, method, initial_response_ok=initial_response_ok)
                except smtplib.SMTPAuthenticationError as error:
                    if error.smtp_code == _UNKNOWN_MECHANISM:
                        continue
                    raise
                return code, text
        raise smtplib.SMTPNotSupportedError(f"AUTH {' '.join(offered)}")

    def _show_token(self, user: str, token: AccessToken, offered: list[str]) -> tuple[int, bytes]:
        """Log in by XOAUTH2. A server that refuses first says why, and wants an empty line to go on."""
        if "XOAUTH2" not in offered:
            raise smtplib.SMTPNotSupportedError(f"AUTH {' '.join(offered)}")
        shown = f"user={user}\x01auth=Bearer {token}\x01\x01"
        code, text = self.auth("XOAUTH2", lambda challenge=None: "" if challenge else shown)
        return code, text


class _StagedTls(_Staged, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


def _is_yes(code: int) -> bool:
    return 200 <= code < 300  # noqa: PLR2004 - RFC 5321 4.2.1: 2yz


class Client(yagmail.SMTP):  # type: ignore[misc]  # yagmail has no types
    """yagmail's login, with our smtplib, a verified certificate, timeouts, and encryption as configured."""

    def __init__(self, config: SmtpConfig, password: str, *, timeout: float) -> None:
        context = ssl.create_default_context()  # verifies; reads SSL_CERT_FILE
        tls = config.security == "tls"
        super().__init__(
            user=config.user or "nobody@example.com",
            password=password,
            host=config.host,
            port=config.port,
            smtp_ssl=tls,
            smtp_starttls={"context": context} if config.security == "starttls" else False,
            smtp_skip_login=not config.user,
            soft_email_validation=False,
            timeout=timeout,
            local_hostname=_OUR_NAME,
            **({"context": context} if tls else {}),
        )
        self.user = config.user  # yagmail makes `apikey@gmail.com` of a user `apikey`
        self.set_logging(None)  # it would print what went wrong on stderr, addresses and all

    @property
    def connection(self) -> type[smtplib.SMTP]:
        """What yagmail makes its connection of."""
        return _StagedTls if self.ssl else _Staged

    @property
    def staged(self) -> _Staged:
        """The open connection."""
        assert isinstance(self.smtp, _Staged)
        return self.smtp

    def open(self) -> None:
        """Connect and log in. Raises what smtplib, ssl and socket raise; the socket is closed then."""
        try:
            self.login()
            self.staged.ehlo_or_helo_if_needed()  # without a login yagmail greets nobody
            sock = self.staged.sock
            assert sock is not None
            if sock.family in (socket.AF_INET, socket.AF_INET6):
                # the final dot is a small packet of its own: Nagle would hold it back until the body is acknowledged
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            self.drop()
            raise

    def patience(self, seconds: float) -> None:
        """Set how long to wait for each reply from now on."""
        if self.staged.sock is not None:
            self.staged.sock.settimeout(seconds)

    def drop(self) -> None:
        """Close the socket without a word: QUIT would wait for an answer from a server that does not answer."""
        self.is_closed = True
        if isinstance(self.smtp, smtplib.SMTP):
            self.smtp.close()

    def leave(self) -> None:
        """Say QUIT, and close the socket whatever the server says to it."""
        self.is_closed = True
        try:
            if self.staged.sock is not None:
                self.patience(_PATIENCE_AT_QUIT)
                self.staged.quit()
        except (OSError, smtplib.SMTPException):
            pass
        finally:
            self.drop()

    def answers(self) -> bool:
        """Ask the server whether it is there."""
        try:
            code, _ = self.staged.noop()
        except (OSError, smtplib.SMTPException):
            return False
        return _is_yes(code)

    def renew(self) -> bool:
        """Clear the transaction after a refusal; return whether the connection serves the next message."""
        try:
            code, _ = self.staged.rset()
        except (OSError, smtplib.SMTPException):
            return False
        self.staged.stage = Stage.IDLE
        return _is_yes(code)
