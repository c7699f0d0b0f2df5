"""The demo: a whole day of a salon, with a mail server of its own on loopback. Nothing leaves the machine."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sheetcrm.crm.outcome import Plan
from sheetcrm.delivery.loopback import LoopbackServer
from sheetcrm.errors import UsageError
from sheetcrm.resources import sample
from sheetcrm.running.looking import look
from sheetcrm.running.reports import RefreshReport, RunReport
from sheetcrm.running.sending import SendOptions, run_book
from sheetcrm.running.upkeep import refresh_book

DAY = date(2026, 11, 22)
"""The day on which the sample salons live: their last visits are just before it, some birthdays on it."""


@dataclass(frozen=True)
class Played:
    """What the demo did, for the story that is told of it."""

    folder: Path
    book: Path
    page: Path
    mails: Path
    refreshed: RefreshReport
    plan: Plan
    clients: int
    visits: int
    first: RunReport
    second: RunReport


def play(folder: Path, language: str, *, force: bool = False) -> Played:
    """Copy the sample salon of that language into `folder` and live its day there. Raises UsageError where a file is in the way."""
    book = folder / f"salon_{language}.xlsx"
    page = folder / "plan.html"
    mails = folder / "mailbox"
    for path in (book, page, mails):
        if path.exists() and not force:
            raise UsageError(f"{path} is there already.", "Choose another folder, or add --force.", code="file-exists")
    folder.mkdir(parents=True, exist_ok=True)
    if mails.exists():
        shutil.rmtree(mails)
    book.write_bytes(sample(f"salon_{language}.xlsx").read_bytes())
    refreshed = refresh_book(book, on=DAY)
    seen = look(book, on=DAY)
    from sheetcrm.reports.page import plan_page  # noqa: PLC0415 - jinja2 and the page, once the figures are there

    page.write_text(plan_page(seen.plan, business=seen.book.settings.business), "utf-8")
    with LoopbackServer() as server:
        options = SendOptions(yes=True)
        first = run_book(book, on=DAY, options=options, server=server.config)
        second = run_book(book, on=DAY, options=options, server=server.config)
        received = server.messages
    mails.mkdir()
    for number, message in enumerate(received, 1):
        (mails / f"{number:03d}.eml").write_bytes(message.content)
    tables = seen.book.snapshot.tables
    return Played(
        folder, book, page, mails, refreshed, seen.plan, len(tables["Clients"]), len(tables["Visits"]), first, second
    )
