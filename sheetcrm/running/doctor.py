"""Look before the first run at what would fail in it."""

from __future__ import annotations

import errno
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sheetcrm.delivery.channels import NAMES
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.imap import Mailbox
from sheetcrm.delivery.imap import check as check_mailbox
from sheetcrm.delivery.smtp import SmtpTransport
from sheetcrm.delivery.state import state_folder
from sheetcrm.errors import SheetcrmError, UsageError, WorkbookError, WorkbookLocked
from sheetcrm.languages import Language
from sheetcrm.running.advising import advice
from sheetcrm.running.carriers import BY_MAIL, channels_of, envelope_of, messenger
from sheetcrm.running.clock import moment
from sheetcrm.running.known_servers import password_of
from sheetcrm.running.last_run import gone_back
from sheetcrm.running.looking import ledger_of, open_workbook, reading_journal
from sheetcrm.running.machine import machine_id, sent_elsewhere
from sheetcrm.running.passwords import check_kept, password_for
from sheetcrm.running.rivals import check_alone
from sheetcrm.running.session import Session
from sheetcrm.running.upkeep import open_note
from sheetcrm.workbook.book import Workbook
from sheetcrm.workbook.openness import opened_by
from sheetcrm.workbook.saving import OpenElsewhere, check_room, check_writable

_CLOCK_SLACK = timedelta(hours=26)
"""A file of the future by less than this may come from another time zone."""


@dataclass(frozen=True)
class Finding:
    """One thing that a run needs: in words, and the error that a run would end with where it is not there."""

    name: str
    title: str
    message: str
    hint: str = ""
    error: SheetcrmError | None = None


@dataclass(frozen=True)
class Examination:
    """What was found, in the order of a run, and in which language to tell it."""

    words: Language
    findings: tuple[Finding, ...]
    taken_over: bool = False
    advice: tuple[str, ...] = ()  # what is no failure, and worth knowing


@dataclass(frozen=True)
class _Patient:
    book: Workbook
    environ: Mapping[str, str]

    @property
    def words(self) -> Language:
        return self.book.words

    @property
    def fine(self) -> str:
        return self.words.say("doctor_ok")

    def mail_password(self, config: SmtpConfig) -> str:
        """Return the password of a run. Raises UsageError, SendingError."""
        with reading_journal(self.book, password_for(self.book.path, None, self.environ)) as journal:
            return password_of(config, self.environ, journal)


def examine(path: Path, *, take_over: bool = False, password: str | None = None) -> Examination:
    """Check file and its password, state folder, clock, machine, password and mail login, the mailbox of replies, the other services.

    With `take_over` this machine is first named in the workbook as the one that sends. Raises WorkbookError and its kin where the
    workbook cannot be read, so that nothing further can be known.
    """
    patient = _Patient(open_workbook(path, password), os.environ)
    if take_over:
        _take_over(path, password)
        patient = replace(patient, book=open_workbook(path, password))
    checks: list[tuple[str, Callable[[_Patient], str]]] = [
        ("file", _file),
        *([("workbook_password", _workbook_password)] if patient.book.raw.encrypted else []),
        ("state", _state),
        ("clock", _clock),
        ("machine", _machine),
    ]
    channels = channels_of(patient.book, patient.environ)
    if BY_MAIL in channels:
        if _logs_in(patient):
            checks.append(("password", _password))
        checks.append(("mail_login", _mail))
    if patient.environ.get("SHEETCRM_IMAP", "").strip():
        checks.append(("mailbox", _mailbox))
    checks += [
        (channel, partial(_messenger, channel, column)) for channel, column in channels.items() if channel in NAMES
    ]
    findings = tuple(_finding(name, check, patient) for name, check in checks)
    told = advice(patient.book, password, patient.environ)
    return Examination(patient.words, findings, taken_over=take_over, advice=told)


def _finding(name: str, check: Callable[[_Patient], str], patient: _Patient) -> Finding:
    title = patient.words.say(f"doctor_{name}")
    try:
        return Finding(name, title, check(patient))
    except SheetcrmError as error:
        return Finding(name, title, error.message, error.hint, error)


def _file(patient: _Patient) -> str:
    book = patient.book
    check_alone(book, book.identity.id, patient.environ, password_for(book.path, None, patient.environ))
    check_room(book.path, len(book.data))
    try:
        check_writable(book.path)
    except OpenElsewhere:
        return open_note(book.words, opened_by(book.path.resolve()) or "", book.path)
    return f"{patient.fine} ({book.path.absolute()})"


def _workbook_password(patient: _Patient) -> str:
    return f"{patient.fine} ({check_kept(patient.book.path, patient.environ)})"


def _state(patient: _Patient) -> str:
    folder = state_folder(patient.environ)
    try:
        if not folder.exists():
            _check_may_be_made(folder)
            return f"{patient.fine} ({folder})"
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"sheetcrm")
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise WorkbookError(
            f"The state folder {folder} cannot be written: {error.strerror}.",
            "Name another one in SHEETCRM_STATE.",
            code="journal",
            text="state-folder",
            params={"folder": str(folder), "why": error.strerror or ""},
        ) from None
    return f"{patient.fine} ({folder})"


def _check_may_be_made(folder: Path) -> None:
    """Raise OSError where a folder could not be made; nothing is made to find out."""
    there = next((parent for parent in folder.parents if parent.exists()), folder.parent)
    if not there.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    if not os.access(there, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _clock(patient: _Patient) -> str:
    """Compare the clock with the workbook's last save: a computer whose clock was reset lives before it."""
    book = patient.book
    now = moment(book.zone).now
    saved = datetime.fromtimestamp(book.path.stat().st_mtime, book.zone)
    if saved - datetime.fromtimestamp(time.time(), book.zone) > _CLOCK_SLACK:
        raise WorkbookError(
            f"The clock says {now:%Y-%m-%d}, but the workbook was saved on {saved:%Y-%m-%d}.",
            "Set the clock of this computer right.",
            code="clock",
            params={"now": f"{now:%Y-%m-%d}", "saved": f"{saved:%Y-%m-%d}"},
        )
    with reading_journal(book, password_for(book.path, None, patient.environ)) as journal:
        if (wrong := gone_back(journal, moment(book.zone).today, book.path)) is not None:
            raise wrong
    return f"{patient.fine} ({now:%Y-%m-%d %H:%M}, {book.zone.key})"


def _machine(patient: _Patient) -> str:
    named = patient.book.identity.machine
    if named and named != machine_id(patient.environ):
        raise sent_elsewhere(patient.book.path)
    return patient.fine


def _logs_in(patient: _Patient) -> bool:
    """Tell whether a password is needed: without a server or a user there is nothing to look up."""
    try:
        return bool(SmtpConfig.load(patient.book.settings, patient.environ).user)
    except SheetcrmError:
        return False


def _password(patient: _Patient) -> str:
    patient.mail_password(SmtpConfig.load(patient.book.settings, patient.environ))
    return patient.fine


def _mail(patient: _Patient) -> str:
    book, environ = patient.book, patient.environ
    config = SmtpConfig.load(book.settings, environ)
    envelope = envelope_of(book, book.identity.id, None, environ)
    with SmtpTransport(config, patient.mail_password(config), envelope):
        pass  # to enter is to connect and log in
    return f"{patient.fine} ({config.host}:{config.port})"


def _mailbox(patient: _Patient) -> str:
    """Log in where replies are read, as a run does; nothing there is touched."""
    mailbox = Mailbox.load(patient.environ)
    if mailbox is None:
        return patient.fine
    check_mailbox(mailbox, patient.environ)
    return f"{patient.fine} ({mailbox.host}:{mailbox.port}, {mailbox.folder})"


def _messenger(channel: str, column: str, patient: _Patient) -> str:
    """Look at the service of a channel, without asking it anything: it takes no login apart from a message."""
    clients = patient.book.raw.tables["Clients"]
    if column and column not in clients.columns:
        raise UsageError(
            f"{NAMES[channel]} wants a column {{{column}}} in the list of clients, and there is none.",
            "Add that column, or write {to} for the phone.",
            code="messenger",
            text="messenger-no-column",
            params={"name": NAMES[channel], "column": column, "to": "{to}"},
        )
    return f"{patient.fine} ({messenger(channel, patient.book.settings, patient.environ).service})"


def _take_over(path: Path, password: str | None) -> None:
    """Name this machine in the workbook as the one that sends; the owner thereby answers for what was in doubt.

    Raises WorkbookLocked where the workbook cannot be written now: the other machine would not find out.
    """
    with Session(path, password=password, command="doctor") as session:
        session.journal.set("doubt_until", "")
        unclaimed = replace(session.book, identity=replace(session.book.identity, machine=""))
        session.book = unclaimed.with_ledger(ledger_of(session.journal), session.journal.acts())
        plan = session.plan()
        _, saved = session.save(plan, sends=True, replan=session.plan)
        if saved.open_by is not None or saved.conflict:
            raise WorkbookLocked(
                f"{path.name} is open in another program, so this computer could not be noted in it.",
                f"Close it and run sheetcrm doctor {path.name} --take-over again.",
                code="open",
                params={"file": path.name},
            )
