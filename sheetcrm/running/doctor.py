"""Look before the first run at what would fail in it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.config import password as mail_password
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.smtp import SmtpTransport
from sheetcrm.delivery.state import private_folder, state_folder
from sheetcrm.errors import SheetcrmError
from sheetcrm.languages import Language, language
from sheetcrm.running.clock import moment
from sheetcrm.running.looking import open_workbook
from sheetcrm.running.machine import machine_id
from sheetcrm.running.sending import envelope_of
from sheetcrm.running.session import Session
from sheetcrm.running.upkeep import open_note
from sheetcrm.workbook.book import Workbook
from sheetcrm.workbook.openness import opened_by
from sheetcrm.workbook.saving import OpenElsewhere, check_room, check_writable


@dataclass(frozen=True)
class Finding:
    """One thing that a run needs: whether it is there, and what to do where it is not."""

    name: str
    title: str
    ok: bool
    message: str = ""
    hint: str = ""
    exit_code: int = 0


def examine(path: Path, *, take_over: bool = False, password: str | None = None) -> list[Finding]:
    """Check file, state folder, clock, machine and mail login, in this order; stops where nothing further can be known."""
    environ = os.environ
    words = language("en")
    try:
        book = open_workbook(path, password)
    except SheetcrmError as error:
        return [
            Finding(
                "file",
                words.say("doctor_file"),
                ok=False,
                message=error.message,
                hint=error.hint,
                exit_code=error.exit_code,
            )
        ]
    words = book.words
    if take_over:
        _take_over(path, password)
        book = open_workbook(path, password)
    checks: tuple[tuple[str, Callable[[Workbook, Mapping[str, str], Language], str]], ...] = (
        ("file", _file),
        ("state", _state),
        ("clock", _clock),
        ("machine", _machine),
        ("mail_login", _mail),
    )
    return [_finding(name, check, book, environ, words) for name, check in checks]


def _finding(
    name: str,
    check: Callable[[Workbook, Mapping[str, str], Language], str],
    book: Workbook,
    environ: Mapping[str, str],
    words: Language,
) -> Finding:
    title = words.say(f"doctor_{name}")
    try:
        return Finding(name, title, ok=True, message=check(book, environ, words))
    except SheetcrmError as error:
        return Finding(name, title, ok=False, message=error.message, hint=error.hint, exit_code=error.exit_code)


def _file(book: Workbook, _environ: Mapping[str, str], words: Language) -> str:
    check_room(book.path, len(book.data))
    try:
        check_writable(book.path)
    except OpenElsewhere:
        return open_note(words, opened_by(book.path) or "")
    return words.say("doctor_ok")


def _state(_book: Workbook, environ: Mapping[str, str], words: Language) -> str:
    folder = state_folder(environ)
    try:
        private_folder(folder)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"sheetcrm")
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise SheetcrmError(
            f"The state folder {folder} cannot be written: {error.strerror}.",
            "Name another one in SHEETCRM_STATE.",
            code="state-folder",
        ) from None
    return f"{words.say('doctor_ok')} {folder}"


def _clock(book: Workbook, environ: Mapping[str, str], words: Language) -> str:
    now = moment(book.zone).now
    last = ""
    if book.identity.id:
        with Journal.read(state_folder(environ), book.identity.id) as journal:
            last = journal.get("last_run")
    if last and date.fromisoformat(last) > now.date():
        raise SheetcrmError(
            f"The clock says {now.date()}, but the last run was for {last}.",
            "Set the clock of this computer right.",
            code="clock",
        )
    return f"{words.say('doctor_ok')} {now:%Y-%m-%d %H:%M} {now.tzname()}"


def _machine(book: Workbook, environ: Mapping[str, str], words: Language) -> str:
    if book.identity.machine and book.identity.machine != machine_id(environ):
        raise SheetcrmError(
            "Another computer sends for this workbook.",
            "Run sheetcrm doctor --take-over here to change that.",
            code="another-machine",
        )
    return words.say("doctor_ok")


def _mail(book: Workbook, environ: Mapping[str, str], words: Language) -> str:
    config = SmtpConfig.load(book.settings, environ)
    envelope = envelope_of(book, book.identity.id, None, environ)
    with SmtpTransport(config, mail_password(config, environ), envelope):
        pass  # to enter is to connect and log in
    return f"{words.say('doctor_ok')} {config.host}"


def _take_over(path: Path, password: str | None) -> None:
    """Name this machine in the workbook as the one that sends; the owner thereby answers for what was in doubt."""
    with Session(path, password=password) as session:
        session.book = replace(session.book, identity=replace(session.book.identity, machine=""))
        session.journal.record_plan(meta={"doubt_from": "", "doubt_until": "", "confirmed": ""})
        plan = session.plan()
        session.save(plan, sends=True, replan=session.plan)
