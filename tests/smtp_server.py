"""A real mail server that does on the wire what a test's script says.

aiosmtpd with AUTH, STARTTLS and TLS; a `Fault` names the step (EHLO, AUTH, MAIL, RCPT, DATA, BODY, DOT, STORED, RSET),
from which message on, and what happens there: a reply, a dropped connection, or silence.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

DROP = "drop"
STALL = "stall"


@dataclass(frozen=True)
class Fault:
    """At `step`, for messages number `first` to `last` (from 1; counted at MAIL): a reply line, DROP or STALL."""

    step: str
    what: str
    first: int = 1
    last: int = 10**9

    def hits(self, step: str, number: int) -> bool:
        return self.step == step and self.first <= max(number, 1) <= self.last


@dataclass(frozen=True)
class Taken:
    """A mail that the server has stored."""

    sender: str
    to: str
    content: bytes

    @property
    def mail(self) -> EmailMessage:
        parsed = BytesParser(policy=default).parsebytes(self.content)
        assert isinstance(parsed, EmailMessage)
        return parsed


class ScriptedServer:
    """What the server has seen: `taken` mails, `connections` that said EHLO, `logins` tried, `commands` in order."""

    def __init__(self, faults: Sequence[Fault], accepted: tuple[str, str] | None) -> None:
        self.faults = list(faults)
        self.accepted = accepted
        self.taken: list[Taken] = []
        self.connections = 0
        self.logins: list[tuple[str, str]] = []
        self.commands: list[str] = []
        self.messages_begun = 0
        self.port = 0
        self.delay = 0.0  # seconds that the server takes for each mail

    @property
    def recipients(self) -> list[str]:
        return [taken.to for taken in self.taken]

    def fault(self, step: str) -> str | None:
        return next((f.what for f in self.faults if f.hits(step, self.messages_begun)), None)

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        pair = (data.login.decode(), data.password.decode())
        self.logins.append(pair)
        return AuthResult(success=pair == self.accepted, handled=False)

    async def handle_DATA(self, server: _Smtp, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        """DOT is after the final dot and before the mail is stored, STORED after that."""
        await asyncio.sleep(self.delay)
        for step in ("DOT", "STORED"):
            what = self.fault(step)
            self.commands.append(step)
            if step == "STORED":
                self.taken.append(Taken(envelope.mail_from, envelope.rcpt_tos[0], envelope.original_content))
            if what in (DROP, STALL):
                await server.break_off(what)
            if what is not None:
                return what
        return "250 2.0.0 kept"


class TokenServer(ScriptedServer):
    """One that takes access tokens alone: those in `good`. It refuses as Google and Microsoft do: first why, then the code."""

    def __init__(self, faults: Sequence[Fault], good: Sequence[str]) -> None:
        super().__init__(faults, None)
        self.good = list(good)
        self.shown: list[str] = []

    async def auth_XOAUTH2(self, server: _Smtp, args: list[str]) -> AuthResult:  # noqa: N802 - aiosmtpd finds it by this name
        words = base64.b64decode(args[1]).decode().split("\x01")
        self.shown.append(words[1].removeprefix("auth=Bearer "))
        self.logins.append((words[0].removeprefix("user="), self.shown[-1]))
        if words[2:] == ["", ""] and self.shown[-1] in self.good:
            return AuthResult(success=True)
        answer = await server.challenge_auth(b'{"status":"400","schemes":"Bearer"}')
        assert answer == b"", answer
        await server.push("535 5.7.3 Authentication unsuccessful")
        return AuthResult(success=False, handled=True)


class _Smtp(SMTP):
    """aiosmtpd's server with a fault possible at every step."""

    def __init__(self, script: ScriptedServer, **options: Any) -> None:
        super().__init__(script, **options)
        self.script = script

    async def _goes_on(self, step: str) -> bool:
        self.script.commands.append(step)
        what = self.script.fault(step)
        if what is None:
            return True
        if what in (STALL, DROP):
            await self.break_off(what)
        await self.push(what)
        return False

    async def break_off(self, what: str) -> None:
        if what == STALL:
            await asyncio.sleep(30)
        assert self.transport is not None
        self.transport.close()
        assert self._handler_coroutine is not None
        self._handler_coroutine.cancel()
        await asyncio.sleep(0)

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802 - aiosmtpd calls it so
        self.script.connections += 1
        if await self._goes_on("EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        if await self._goes_on("AUTH"):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802
        self.script.messages_begun += 1
        if await self._goes_on("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str) -> None:  # noqa: N802
        if await self._goes_on("RCPT"):
            await super().smtp_RCPT(arg)

    async def smtp_RSET(self, arg: str) -> None:  # noqa: N802
        if await self._goes_on("RSET"):
            await super().smtp_RSET(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if not await self._goes_on("DATA"):
            return
        if self.script.fault("BODY"):
            await self.push("354 go on")
            await self._reader.readline()
            await self._goes_on("BODY")
            return
        await super().smtp_DATA(arg)


class _Controller(Controller):
    def __init__(self, script: ScriptedServer, *, tls: ssl.SSLContext | None, **options: Any) -> None:
        super().__init__(script, hostname="127.0.0.1", port=0, ssl_context=tls, ready_timeout=20.0)
        self.script = script
        self.options = options

    def factory(self) -> SMTP:
        return _Smtp(self.script, **self.options)

    def _trigger_server(self) -> None:
        # port=0 needs the real port read back; the probe connects once without EHLO, so `connections` does not count it
        assert isinstance(self.server, asyncio.Server)
        self.port = self.script.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def smtp_server(
    *faults: Fault,
    user: tuple[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    auth_without_tls: bool = False,
) -> Iterator[ScriptedServer]:
    """Run a server on 127.0.0.1. `user` (name, password) may log in; without one nobody need."""
    options: dict[str, Any] = {}
    script = ScriptedServer(faults, user)
    if user is not None:
        options |= {"authenticator": script.authenticate, "auth_require_tls": not (auth_without_tls or tls is not None)}
    with _running(script, tls, starttls, options):
        yield script


@contextmanager
def token_server(*faults: Fault, good: Sequence[str], tls: ssl.SSLContext | None = None) -> Iterator[TokenServer]:
    """Run a server on 127.0.0.1 that offers XOAUTH2 and nothing else."""
    script = TokenServer(faults, good)
    options = {"auth_require_tls": False, "auth_exclude_mechanism": ["PLAIN", "LOGIN"]}
    with _running(script, tls, None, options):
        yield script


@contextmanager
def _running(
    script: ScriptedServer, tls: ssl.SSLContext | None, starttls: ssl.SSLContext | None, options: dict[str, Any]
) -> Iterator[None]:
    given = {"hostname": "mail.example.com", "tls_context": starttls, **options}
    controller = _Controller(script, tls=tls, **given)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


class Authority:
    """A certificate authority of the test's own; `trust` is the file for SSL_CERT_FILE."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.trust = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.trust))

    def server_context(self, name: str = "127.0.0.1") -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(name).configure_cert(context)
        return context
