"""The demo: a whole day of a salon, with a mail server of its own on loopback. Nothing leaves the machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sheetcrm.crm.fields import TRIGGERS
from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.tables import Table
from sheetcrm.delivery.loopback import LoopbackServer
from sheetcrm.delivery.state import private_folder, state_folder
from sheetcrm.errors import UsageError
from sheetcrm.languages import choices_named
from sheetcrm.resources import sample
from sheetcrm.running.looking import look
from sheetcrm.running.options import SendOptions
from sheetcrm.running.refreshing import refresh_book
from sheetcrm.running.reports import RefreshReport, RunReport
from sheetcrm.running.sending import run_book

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
    business: str
    country: str
    triggers: Mapping[str, str]  # by campaign


def places(folder: Path, language: str, *, force: bool = False) -> tuple[Path, Path, Path]:
    """Return what the demo makes in a folder: workbook, page, mails. Raises UsageError where a file is in the way."""
    found = folder / f"salon_{language}.xlsx", folder / "plan.html", folder / "mailbox"
    for path in found:
        if path.exists() and not force:
            raise UsageError(
                f"{path} is there already.",
                "Choose another folder, or add --force.",
                code="file-exists",
                text="demo-there",
                params={"path": str(path)},
            )
    return found


def play(folder: Path, language: str, *, force: bool = False) -> Played:
    """Copy the sample salon of that language into `folder` and live its day there. Raises UsageError where a file is in the way."""
    book, page, mails = places(folder, language, force=force)
    folder.mkdir(parents=True, exist_ok=True)
    if mails.exists():
        shutil.rmtree(mails)
    book.write_bytes(sample(f"salon_{language}.xlsx").read_bytes())
    lived = folder / ".state"
    with _state_of_its_own(lived):
        played = _live(folder, book, page, mails)
    _hand_over(lived, private_folder(state_folder(os.environ)))
    return played


@contextmanager
def _state_of_its_own(state: Path) -> Iterator[None]:
    """Keep the demo's journal in its own folder while it is played: each demo is a new life, not a version of an earlier one."""
    if state.exists():
        shutil.rmtree(state)
    before = os.environ.get("SHEETCRM_STATE")
    os.environ["SHEETCRM_STATE"] = str(state)
    try:
        yield
    finally:
        if before is None:
            del os.environ["SHEETCRM_STATE"]
        else:
            os.environ["SHEETCRM_STATE"] = before


def _hand_over(lived: Path, state: Path) -> None:
    """Move the journal to those of other workbooks: whoever goes on with the demo's workbook goes on from what was sent.

    Its versions are left behind and go: a sample salon of hers would be taken for one of them.
    """
    for file in lived.glob("*.sqlite*"):
        shutil.move(file, state / file.name)
    shutil.rmtree(lived)


def _live(folder: Path, book: Path, page: Path, mails: Path) -> Played:
    refreshed = refresh_book(book, on=DAY)
    seen = look(book, on=DAY)
    from sheetcrm.reports.page import plan_page  # noqa: PLC0415 - jinja2 and the page, once the figures are there

    settings = seen.book.settings
    page.write_text(plan_page(seen.plan, business=settings.business, sender=settings.sender), "utf-8")
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
        folder=folder,
        book=book,
        page=page,
        mails=mails,
        refreshed=refreshed,
        plan=seen.plan,
        clients=len(tables["Clients"]),
        visits=len(tables["Visits"]),
        first=first,
        second=second,
        business=seen.book.settings.business,
        country=seen.book.settings.country,
        triggers=_triggers(tables["Campaigns"]),
    )


def _triggers(campaigns: Table) -> dict[str, str]:
    names, words = campaigns.column("campaign").cells(), campaigns.column("trigger").cells()
    found = {str(name): choices_named(str(word)) for name, word in zip(names, words, strict=True) if name and word}
    return {name: next((w for w in triggers if w in TRIGGERS), "date") for name, triggers in found.items()}
