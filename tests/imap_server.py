"""A small IMAP server over TLS: one folder of mails by number, and every command that it was given."""

from __future__ import annotations

import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any


class ImapServer(ThreadingTCPServer):
    """`mails` by UID; `login` is the pair that may come in, `token` the bearer token; `commands` are what was said."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, context: ssl.SSLContext, login: tuple[str, str], token: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.context = context
        self.login = login
        self.token = token
        self.mails: dict[int, bytes] = {}
        self.validity = 7
        self.commands: list[str] = []
        self.drop_at = ""  # a command at which the connection is closed
        self.lacks = ""  # a folder that is not there

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def get_request(self) -> Any:
        connection, address = super().get_request()
        return self.context.wrap_socket(connection, server_side=True), address

    def handle_error(self, request: Any, client_address: Any) -> None:  # a client that hangs up is what is tested
        del request, client_address


class _Talk(StreamRequestHandler):
    server: ImapServer

    def say(self, *lines: bytes) -> None:
        self.wfile.write(b"".join(line + b"\r\n" for line in lines))

    def handle(self) -> None:
        self.say(b"* OK ready")
        while line := self.rfile.readline().strip():
            tag, _, rest = line.decode("utf-8", "replace").partition(" ")
            self.server.commands.append(rest)
            if self.server.drop_at and self.server.drop_at in rest:
                return
            word = rest.upper()
            if word.startswith("CAPABILITY"):
                self.say(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2", f"{tag} OK done".encode())
            elif word.startswith("LOGIN"):
                user, password = self.server.login
                good = rest.split(" ", 1)[1].replace('"', "") == f"{user} {password}"
                self.say(f"{tag} {'OK' if good else 'NO'} login".encode())
            elif word.startswith("AUTHENTICATE"):
                self.say(b"+ ")
                self.server.commands.append(self.rfile.readline().decode().strip())
                self.say(f"{tag} OK done".encode())
            elif word.startswith("EXAMINE"):
                self._examine(tag, rest)
            elif word.startswith("UID SEARCH"):
                self.say(self._search(rest), f"{tag} OK done".encode())
            elif word.startswith("UID FETCH"):
                self._fetch(rest.split()[2])
                self.say(f"{tag} OK done".encode())
            elif word.startswith("LOGOUT"):
                self.say(b"* BYE", f"{tag} OK done".encode())
                return
            else:
                self.say(f"{tag} BAD".encode())

    def _examine(self, tag: str, rest: str) -> None:
        if self.server.lacks and self.server.lacks in rest:
            self.say(f"{tag} NO no such mailbox".encode())
            return
        count = f"* {len(self.server.mails)} EXISTS".encode()
        self.say(count, f"* OK [UIDVALIDITY {self.server.validity}] valid".encode(), f"{tag} OK done".encode())

    def _search(self, rest: str) -> bytes:
        numbers = sorted(self.server.mails)
        if found := re.search(r"UID (\d+):\*", rest):
            first = int(found[1])
            numbers = [n for n in numbers if n >= first] or numbers[-1:]  # as servers do: `*` is the last one
        return b"* SEARCH " + " ".join(map(str, numbers)).encode()

    def _fetch(self, numbers: str) -> None:
        for number in map(int, numbers.split(",")):
            mail = self.server.mails[number][:262_144]
            self.wfile.write(f"* 1 FETCH (UID {number} BODY[]<0> {{{len(mail)}}}\r\n".encode() + mail + b")\r\n")


@contextmanager
def imap_server(context: ssl.SSLContext, login: tuple[str, str], token: str = "") -> Iterator[ImapServer]:
    """Run a server on 127.0.0.1."""
    server = ImapServer(context, login, token)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
