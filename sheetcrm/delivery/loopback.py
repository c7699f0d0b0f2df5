"""A mail server on this very machine, for the demo: real SMTP, and nothing leaves the house."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller

from sheetcrm.delivery.config import SmtpConfig


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail as the server took it."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


class LoopbackServer:
    """Serves SMTP on 127.0.0.1 at a free port while it is entered; keeps the mails it is given in `messages`."""

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.messages: list[StoredMail] = []
        self._controller: _Controller | None = None

    def __enter__(self) -> Self:
        self._controller = _Controller(self, hostname=self.host, port=0, ready_timeout=20.0)
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    @property
    def port(self) -> int:
        """The port, free when the server was started."""
        assert self._controller is not None, "the server runs only while it is entered"
        return int(self._controller.port)

    @property
    def config(self) -> SmtpConfig:
        """How to reach it."""
        return SmtpConfig(self.host, self.port, security="none")

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802 - aiosmtpd calls it so
        """Keep a mail."""
        self.messages.append(StoredMail(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.original_content))
        return "250 2.0.0 kept"


class _Controller(Controller):
    def _trigger_server(self) -> None:
        # port 0 asks for a free one; aiosmtpd would probe port 0 itself
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]
