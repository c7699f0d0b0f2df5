"""A real web server on loopback that does with each message what a test's script says: an SMS gateway of one's own.

What it has taken is in `taken`; an answer is `(code, body)`, or one of the words below.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme

CLOSE = "close"  # it takes the message and hangs up without a word
STALL = "stall"  # it takes the message and says nothing
Say = tuple[int, str] | str


@dataclass(frozen=True)
class Asked:
    """A request that the server has read to its end."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}


@dataclass
class SmsServer:
    """`script` says what is answered to the first, second, … request; the last answer repeats."""

    script: Sequence[Say]
    port: int = 0
    taken: list[Asked] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def say(self) -> Say:
        return self.script[min(len(self.taken), len(self.script)) - 1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of_test: SmsServer

    def _answer(self) -> None:
        me = self.server_of_test
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        me.taken.append(Asked(self.command, self.path, dict(self.headers.items()), body))
        said = me.say()
        self.close_connection = True
        if said == STALL:
            me.stop.wait(20)
        if isinstance(said, str):
            return
        code, text = said
        content = text.encode()
        self.send_response(code)
        if 300 <= code < 400:
            self.send_header("Location", f"http://127.0.0.1:{me.port}/elsewhere")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = _answer  # noqa: N815 - the names that http.server asks for

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in http.server
        pass


@contextmanager
def sms_server(*script: Say, tls: trustme.CA | None = None) -> Iterator[SmsServer]:
    """Serve on a free port of 127.0.0.1, with a certificate of `tls` for localhost where that is given."""
    me = SmsServer(script or ((200, "{}"),))
    handler = type("Handler", (_Handler,), {"server_of_test": me})

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up is what some tests are about."""

    server = Server(("127.0.0.1", 0), handler)
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    me.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield me
    finally:
        me.stop.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
