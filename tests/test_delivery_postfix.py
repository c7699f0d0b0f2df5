"""A real mail server takes what we send: every message whole, in six languages, and what it sends back is understood."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path

import pytest
from our_mails import HEADERS, received
from postfix_server import Postfix, postfix_server

import sheetcrm as crm
from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.values import Key, Message
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.inbound import Returned, read
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.mail import Envelope, id_of, one_line
from sheetcrm.delivery.sending import deliver
from sheetcrm.delivery.smtp import SmtpTransport
from sheetcrm.testing import make_workbook

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DAY = date(2026, 11, 22)
SALON = Envelope("salon@example.com", "Salon „Ania”, Łódź", workbook_id="w1")
ITS_OWN = {"return-path", "x-original-to", "delivered-to", "received"}
NAMES = {
    "en": "Siobhán O’Hara-Smith, Jr.",
    "pl": "Żaneta Brzęczyszczykiewicz-Ćwiąkalska",
    "uk": "Олександра Іванівна Ґудзик",
    "ru": "Екатерина Ёлкина",
    "it": "Niccolò D’Amico; dott.",
    "es": "María José Muñoz Íñiguez",
}


@pytest.fixture
def postfix(monkeypatch: pytest.MonkeyPatch) -> Iterator[Postfix]:
    with postfix_server() as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.trust))
        yield server


def transport(server: Postfix) -> SmtpTransport:
    return SmtpTransport(SmtpConfig("127.0.0.1", server.port, security="starttls"), "", SALON, clock=lambda: NOW)


def planned(folder: Path, count: int) -> Plan:
    """Plan birthday mails of so many clients, in six languages in turn, from a workbook."""
    rows = []
    for number in range(count):
        code, name = list(NAMES.items())[number % len(NAMES)]
        rows.append(f"C{number} | {name} | c{number}@example.com | 1990-11-22 | yes | {code}")
    clients = "\n".join(["Client ID | Name | Email | Birthday | Email consent | Language", *rows])
    campaigns = "Campaign | Active | Trigger\nUrodziny | yes | birthday"
    settings = "Setting | Value\nbusiness | Salon „Ania”\nsender | salon@example.com\nlanguage | en"
    return crm.plan(
        crm.open_workbook(make_workbook(folder / "salon.xlsx", clients, campaigns=campaigns, settings=settings)), on=DAY
    )


def plain(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]


@pytest.mark.slow
def test_a_thousand_mails_in_six_languages_arrive_whole_with_exactly_our_headers(
    postfix: Postfix, tmp_path: Path
) -> None:
    plan = planned(tmp_path, 1000)
    sent = {message.to: message for message in plan.message_list}
    with Journal.read(tmp_path / "none", "w1") as journal:
        counts = deliver(plan.message_list, transport(postfix), journal, clock=lambda: NOW)
    assert (counts.sent, counts.failed, counts.unknown, len(sent)) == (1000, 0, 0, 1000)
    mails = postfix.mails(1000)
    arrived = set()
    for content in mails:
        mail = received(content)
        raw = email.message_from_bytes(content)
        message = sent[str(mail["Delivered-To"])]
        arrived.add(message.to)
        assert sorted({key.lower() for key in mail} - ITS_OWN) == HEADERS
        assert all(len(mail.get_all(key, [])) == 1 for key in HEADERS)
        shown, address = parseaddr(re.sub(r"\r?\n", "", raw["To"]))
        assert (str(make_header(decode_header(shown))), address) == (one_line(message.client)[:60].strip(), message.to)
        assert str(make_header(decode_header(re.sub(r"\r?\n", "", raw["Subject"])))) == one_line(message.subject)
        assert mail["Message-ID"] == f"<{id_of(message.key, 'w1')}@example.com>"
        assert (mail["From"].addresses[0].addr_spec, mail["Return-Path"]) == (
            "salon@example.com",
            "<salon@example.com>",
        )
        parts = {part.get_content_type(): part.get_content() for part in mail.iter_parts()}
        assert plain(parts["text/plain"]) == plain(message.text)
        assert plain(parts["text/html"]) == plain(message.html)
        assert list(mail.defects) == []
        assert b"with ESMTPS" in content
    assert arrived == set(sent)


def test_the_report_that_a_real_server_sends_back_is_understood(postfix: Postfix, tmp_path: Path) -> None:
    key = Key("birthday", "C1", "2026")
    message = Message(key, "Анна", DAY, "email", "anna@elsewhere.example", "Sto lat!", "STOP")
    with Journal.read(tmp_path / "none", "w1") as journal:
        counts = deliver([message], transport(postfix), journal, clock=lambda: NOW)
    found = [read(mail) for mail in postfix.mails(1)]
    assert counts.sent == 1
    said = "550 5.1.1 nobody of that name lives here"
    assert found == [Returned(("anna@elsewhere.example",), (id_of(key, "w1"),), said, gone=True)]


def test_a_recipient_that_a_real_server_refuses_is_refused_for_good_and_the_others_go(
    postfix: Postfix, tmp_path: Path
) -> None:
    keys = [Key("birthday", f"C{n}", "2026") for n in range(3)]
    those = [Message(key, "Anna", DAY, "email", f"{key.client_id}@example.com", "Hi", "x") for key in keys]
    broken = Message(Key("birthday", "C9", "2026"), "Anna", DAY, "email", "a@-example.com", "Hi", "x")
    with Journal.read(tmp_path / "none", "w1") as journal:
        counts = deliver([those[0], broken, *those[1:]], transport(postfix), journal, clock=lambda: NOW)
    assert (counts.sent, counts.failed, len(postfix.mails(3))) == (3, 1, 3)
