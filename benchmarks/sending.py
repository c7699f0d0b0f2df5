"""How fast messages go: our protocol beside bare smtplib, over one connection with TLS and login, in one run.

python benchmarks/sending.py [--messages 500] [--rounds 3] [--json]

Both build the same mail (plain and HTML part) and hand it to the same server, a process of its own, which answers at once or after 20
milliseconds. Ours guards and reads back each mail, asks the journal whether it may go, and writes a durable line before and after.
"""

from __future__ import annotations

import argparse
import json
import os
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

import trustme

from sheetcrm import resources
from sheetcrm.crm.html_part import Layout
from sheetcrm.crm.values import Key, Message
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.mail import Envelope
from sheetcrm.delivery.sending import deliver
from sheetcrm.delivery.smtp import SmtpTransport

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
USER = ("salon@example.com", "abcd efgh ijkl mnop")
TEXT = "Szanowna Pani Anno,\n\nwszystkiego najlepszego z okazji urodzin!\n\nRezerwacja: https://example.com/malva\n\nzespół Malva\n"


def serve(chain: str, delay: float) -> None:
    """Be a mail server that takes everything; say the port on stdout."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            connection, _ = listening.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=talk, args=(connection, context, delay), daemon=True).start()


def talk(connection: socket.socket, context: ssl.SSLContext, delay: float) -> None:
    with context.wrap_socket(connection, server_side=True) as secured, secured.makefile("rb") as lines:
        secured.sendall(b"220 ready\r\n")
        while line := lines.readline():
            word = line[:4].upper()
            if word == b"EHLO":
                secured.sendall(b"250-hello\r\n250-AUTH PLAIN\r\n250 SIZE 10000000\r\n")
            elif word == b"AUTH":
                secured.sendall(b"235 fine\r\n")
            elif word == b"QUIT":
                secured.sendall(b"221 bye\r\n")
                return
            else:
                time.sleep(delay)
                if word == b"DATA":
                    secured.sendall(b"354 go on\r\n")
                    while lines.readline() != b".\r\n":
                        pass
                    time.sleep(delay)
                secured.sendall(b"250 2.0.0 kept\r\n")


def bare(port: int, messages: list[Message]) -> float:
    """Send with smtplib alone; return the seconds that the messages took, login aside."""
    with smtplib.SMTP_SSL("127.0.0.1", port, context=ssl.create_default_context(), timeout=60) as server:
        server.login(*USER)
        begun = time.perf_counter()
        for message in messages:
            mail = EmailMessage()
            mail["From"] = "Salon Malva <salon@example.com>"
            mail["To"] = f"{message.client} <{message.to}>"
            mail["Subject"] = message.subject
            mail["Date"] = format_datetime(NOW)
            mail["Message-ID"] = make_msgid(domain="example.com")
            mail.set_content(message.text)
            mail.add_alternative(message.html, subtype="html")
            server.send_message(mail)
        return time.perf_counter() - begun


def ours(port: int, messages: list[Message], folder: Path) -> float:
    """Send by the protocol."""
    config = SmtpConfig("127.0.0.1", port, USER[0], "tls")
    transport = SmtpTransport(config, USER[1], Envelope(USER[0], "Salon Malva", workbook_id="w1"), clock=lambda: NOW)
    with Journal.open(folder, "w1") as journal, transport:
        begun = time.perf_counter()
        counts = deliver(messages, transport, journal, clock=lambda: NOW)
        took = time.perf_counter() - begun
    if counts.sent != len(messages):
        raise SystemExit(f"only {counts.sent} of {len(messages)} were sent: {counts.stopped}")
    return took


def messages_of(count: int) -> list[Message]:
    layout = Layout(resources.layout())
    page = layout.page("Sto lat!", TEXT, "STOP", {"language": "pl", "business": "Malva"})
    keys = [Key("Urodziny", f"C{n}", "2026") for n in range(count)]
    day = date(2026, 11, 22)
    return [
        Message(k, "Anna Kowalska", day, "email", f"{k.client_id}@example.com", "Sto lat, Anno!", TEXT, page)
        for k in keys
    ]


def measure(chain: Path, delay: float, count: int, rounds: int) -> dict[str, float]:
    """Return messages a second of both ways, the best of so many rounds in turn."""
    command = [sys.executable, __file__, "--serve", str(chain), "--delay", str(delay)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this very file
    assert server.stdout is not None
    messages, best = messages_of(count), {"bare": 1e9, "ours": 1e9}
    try:
        port = int(server.stdout.readline())
        for _ in range(rounds):
            best["bare"] = min(best["bare"], bare(port, messages))
            with tempfile.TemporaryDirectory() as folder:
                best["ours"] = min(best["ours"], ours(port, messages, Path(folder)))
    finally:
        server.kill()
        server.wait()
    return {name: count / seconds for name, seconds in best.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", metavar="CHAIN")
    parser.add_argument("--delay", type=float, default=0.0)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve, given.delay)
        return
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        authority, chain = trustme.CA(), Path(folder, "chain.pem")
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(chain))
        authority.cert_pem.write_to_path(str(Path(folder, "authority.pem")))
        os.environ["SSL_CERT_FILE"] = str(Path(folder, "authority.pem"))
        for name, delay, count in (("loopback", 0.0, given.messages), ("20 ms", 0.02, max(given.messages // 5, 20))):
            figures[name] = measure(chain, delay, count, given.rounds)
    if given.json:
        print(json.dumps(figures))
        return
    for name, found in figures.items():
        print(
            f"{name:>9}: smtplib {found['bare']:6.1f} a second, sheetcrm {found['ours']:6.1f}, {found['ours'] / found['bare']:.0%}"
        )


if __name__ == "__main__":
    main()
