"""Replies and reports that came in since the last run: read from a folder of .eml files and from a mailbox, and recorded."""

from __future__ import annotations

import hashlib
import os
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from sheetcrm.crm.cells import id_text
from sheetcrm.crm.contacts import parse_email
from sheetcrm.crm.unclear import EMAILS, undecided
from sheetcrm.crm.values import mark_of
from sheetcrm.delivery.answering import Answered, Answers
from sheetcrm.delivery.imap import MOST, Mailbox, Seen, new_mails
from sheetcrm.delivery.inbound import LONGEST, Finding, read
from sheetcrm.errors import SheetcrmError
from sheetcrm.running.clock import moment
from sheetcrm.running.looking import ledger_of
from sheetcrm.running.resting import forget_note, inbox_folder, title_in, unclear_note
from sheetcrm.running.session import Session
from sheetcrm.workbook.book import Workbook

_PATIENCE = 20.0
"""Seconds of reading after which the rest of the files waits for the next run."""

_FILES, _UIDS = "inbox_files", "inbox_uids"  # what the journal remembers of them
_DIGITS = 12


def take_replies(session: Session) -> list[str]:
    """Take in what came since the last run; return what there is to say of it. The session's book then knows of it.

    Nothing that goes wrong here keeps a run from sending: what could not be read is said, and tried again by the next one.
    """
    words, notes = session.book.words, []
    findings: list[Finding] = []
    seen: dict[str, str] = {}
    try:
        findings += _of_folder(session, seen)
    except OSError as error:
        session.looks_again = True
        notes.append(words.say("inbox_unreadable", folder=session.book.settings.inbox, why=error.strerror or ""))
    try:
        findings += _of_mailbox(session, seen)
    except SheetcrmError as error:
        notes.append(" ".join(words.error(error.text, **error.params) or (error.message, error.hint)))
    told = _recorded(session, findings)
    if seen:  # only now: a run that is killed before this reads them again
        session.journal.record_plan(meta=seen)
    if findings:  # also of a client without an id, of whom `told` says nothing
        session.book = session.book.with_ledger(ledger_of(session.journal), session.journal.acts())
    notes += [words.say("replies_opted_out", count=told.opted_out)] if told.opted_out else []
    if told.unclear:
        notes += _of_unclear(session, told.unclear)
    if told.forget:
        notes += _of_forgetting(session, told.forget)
    if told.returned:
        notes.append(words.say("replies_returned", count=told.returned, sheet=title_in(session.book, "Sent")))
    return notes


def _of_unclear(session: Session, told: Sequence[str]) -> list[str]:
    """Say on whose replies the workbook has her word already: they are read anew when the state folder was lost.

    And whose come from an address that no row has: the plan, by which each run says what waits, knows nothing of those.
    """
    book = session.book
    found = undecided(book.cleaned(book.raw.tables["Clients"]), book.ledger.unclear)
    marks = _listed(book, book.ledger.unclear)
    done = [one for one in told if marks[one] and marks[one] <= found.decided]
    astray = [one for one in told if not marks[one]]
    session.asks |= bool(astray)
    said = [unclear_note(book, astray)] if astray else []
    if done:
        said.append(book.words.say("replies_decided", count=len(done), clients=", ".join(done)))
    return said


def _of_forgetting(session: Session, told: Sequence[str]) -> list[str]:
    """Say who of those that want their data deleted wrote from an address that no row has: as above."""
    marks = _listed(session.book, [mark for (_, mark), one in session.book.ledger.suppressed.items() if one.forget])
    astray = [one for one in told if not marks[one]]
    session.asks |= bool(astray)
    return [forget_note(session.book, astray)] if astray else []


def _listed(book: Workbook, wanted: Collection[str]) -> dict[str, set[str]]:
    """Return which of these marks of addresses stand beside each id in the list."""
    marks: dict[str, set[str]] = defaultdict(set)
    for address, client_id in _addresses(book):
        marks[client_id] |= {mark_of(address)} & set(wanted)
    return marks


def _recorded(session: Session, findings: list[Finding]) -> Answered:
    if not findings:
        return Answered()
    clients: dict[str, str] = {}
    for address, client_id in _addresses(session.book):
        clients.setdefault(address, client_id)
    now = moment(session.book.zone).now
    return Answers(session.journal, session.identity.id, clients, now).take(findings)


def _addresses(book: Workbook) -> Iterator[tuple[str, str]]:
    """Yield each e-mail address in the list with the id beside it."""
    table = book.raw.tables["Clients"]
    ids = [id_text(cell) for cell in table.column("client_id").cells()]
    for name in EMAILS:
        for client_id, cell in zip(ids, table.column(name).cells(), strict=True):
            if found := parse_email(cell):
                yield found, client_id


def _of_folder(session: Session, seen: dict[str, str]) -> Iterator[Finding]:
    """Yield what the files say that were not there yet. Raises OSError where the folder cannot be read."""
    folder = inbox_folder(session.book)
    if folder is None:
        return
    known = set(session.journal.get(_FILES).split())
    until, there = time.monotonic() + _PATIENCE, []
    files = sorted(_mails_in(folder), key=lambda found: found[0])
    fresh = 0
    for mark, path in files:
        if mark not in known:
            if fresh == MOST or time.monotonic() > until:
                session.looks_again = True  # the next run goes on
                continue
            fresh += 1
            if (found := _read(path)) is not None:
                yield found
        there.append(mark)
    if known != set(there):
        seen[_FILES] = " ".join(there)


def _mails_in(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the mails in a folder, each with a mark by which it is known again, wherever the folder moves."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.lower().endswith(".eml") and entry.is_file():
                text = f"{entry.name}|{entry.stat().st_size}"
                yield hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS], Path(entry.path)


def _read(path: Path) -> Finding | None:
    try:
        with path.open("rb") as file:
            return read(file.read(LONGEST))
    except OSError:  # gone meanwhile, or somebody else's
        return None


def _of_mailbox(session: Session, seen: dict[str, str]) -> Iterator[Finding]:
    mailbox = Mailbox.load(session.environ)
    if mailbox is None:
        return
    before = Seen.from_text(session.journal.get(_UIDS))
    mails, now = new_mails(mailbox, session.environ, before, moment(session.book.zone).today)
    if now != before:
        seen[_UIDS] = now.text
    yield from (found for mail in mails if (found := read(mail)) is not None)
