"""docs/mail.md has the table of what becomes of a message: what really becomes of it is that, whichever message it is."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from conftest import ROOT
from smtp_server import DROP, STALL, Fault, smtp_server

from sheetcrm.crm.values import Key, Message
from sheetcrm.delivery import limits, providers
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.mail import Envelope
from sheetcrm.delivery.sending import deliver
from sheetcrm.delivery.smtp import SmtpTransport

DOCS = (ROOT / "docs" / "mail.md").read_text("utf-8")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
STEPS = ("MAIL", "RCPT", "DATA", "STORED")
COUNT = 4
ALWAYS = 10**9


def rows_of(header: str) -> list[list[str]]:
    """Return the cells of a table of the docs, without its head."""
    table = DOCS[DOCS.index(header) :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


OUTCOMES = rows_of("| The server says or does |")


def fault(does: str, step: str, number: int) -> Fault:
    """Return what a row of the table says of the server, at a step of one message; `once`: the next try finds it well."""
    last = number if "once" in does else ALWAYS
    if step == "STORED" and "250" not in does and not does.startswith(("drops", "falls", "nonsense")):
        step = "DOT"  # refused after the text: not stored
    if does.startswith("drops"):
        return Fault(step, DROP, number, last)
    if does.startswith("falls silent"):
        return Fault(step, STALL, number, last)
    if does == "nonsense":
        return Fault(step, "banana", number, ALWAYS)
    reply = does.split("`")[1]
    if reply.startswith("250"):
        return Fault("STORED", reply, number, number)  # what it says anyway
    return Fault(step, reply, number, last if reply.startswith("421 4.3.2") else number)


def outcomes(folder: Path, what: Fault) -> tuple[list[str], str, int]:
    """Send four messages; return what the journal says of each, why the run stopped, and how many arrived."""
    keys = [Key("birthday", f"C{n}", "2026") for n in range(1, COUNT + 1)]
    those = [Message(k, "Anna", date(2026, 11, 22), "email", f"{k.client_id}@example.com", "Hi", "x") for k in keys]
    with smtp_server(what) as server, Journal.read(folder, "none") as journal:  # in memory: the disk is no part of it
        config = SmtpConfig("127.0.0.1", server.port, security="none")
        mail = SmtpTransport(config, "", Envelope("s@example.com"), clock=lambda: NOW, timeout=0.2, final_timeout=0.2)
        counts = deliver(those, mail, journal, clock=lambda: NOW)
        again = {"": "done", "failed": "never", "done": "done", "resting": "later"}
        said = {row.key: str(row.status) for row in journal.records()}
        told = [
            ("later" if again[journal.refusal(m, NOW)] == "done" else "never")
            if said.get(m.key) == "failed"
            else said.get(m.key, "left")
            for m in those
        ]
        arrived = [taken.to for taken in server.taken]
    assert len(arrived) == len(set(arrived))
    return told, counts.stopped, len(arrived)


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2, COUNT], ids=["first", "middle", "last"])
@pytest.mark.parametrize("row", OUTCOMES, ids=lambda row: row[0].strip("`"))
def test_what_becomes_of_a_message_is_what_the_docs_say(row: list[str], number: int, tmp_path: Path) -> None:
    does, *expected = row
    found = []
    for step in STEPS:
        told, stopped, _ = outcomes(tmp_path / step, fault(does, step, number))
        this, after = told[number - 1], told[number:]
        assert told[: number - 1] == ["sent"] * (number - 1)
        if "always" not in does and does != "nonsense":
            assert after == (["left"] if stopped else ["sent"]) * len(after)
        on = "goes on" if this == "sent" and "once" in does else this
        found.append(f"{on}, stop" if stopped and this != "sent" else on)
    assert found == expected


def test_the_limits_in_the_docs_are_those_of_the_program() -> None:
    told = dict(re.findall(r"(Gmail|iCloud|Yahoo) (\d[\d,]*)", DOCS[DOCS.index("## Not too many") :]))
    known = {p.name: p.limits("")[0] for p in providers.PROVIDERS if p.name in told}
    assert {name: int(number.replace(",", "")) for name, number in told.items()} == known
    gmail = providers.provider_of_host("smtp.gmail.com")
    office = providers.provider_of_host("smtp.office365.com")
    assert gmail is not None
    assert office is not None
    assert (gmail.limits("a@salon.example")[0], office.limits("a@salon.example")) == (1900, (1900, 27))
    assert "Workspace and Microsoft 365 1,900" in DOCS
    assert limits.LIMITED == ("email", "sms")


def test_the_codes_of_a_failed_connection_in_the_docs_are_all_there_are() -> None:
    told = {re.sub("`", "", cells[1]) for cells in rows_of("| The server | said |")}
    source = (ROOT / "sheetcrm" / "delivery" / "troubles.py").read_text("utf-8")
    known = set(
        re.findall(r'"(server-unreachable|certificate|no-encryption|login-refused|no-login|server-refused)"', source)
    )
    assert told == known
    assert len(told) == 6
