"""Erase a client on the owner's word: the command `erase`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sheetcrm.crm.cells import id_text
from sheetcrm.crm.erasing import erase, person
from sheetcrm.delivery.state import state_folder
from sheetcrm.running.clock import moment
from sheetcrm.running.erasable import is_complete, no_such_client, obstacle, refusal
from sheetcrm.running.identity import remembered_id
from sheetcrm.running.looking import open_workbook, reading_journal
from sheetcrm.running.merges import as_written
from sheetcrm.running.passwords import password_for
from sheetcrm.running.saved import Saved
from sheetcrm.running.session import Session
from sheetcrm.running.upkeep import save_notes
from sheetcrm.running.versions import backups_of
from sheetcrm.workbook.accounting import Account
from sheetcrm.workbook.backups import files_in


@dataclass(frozen=True)
class ErasureReport:
    """What erasing a client came to.

    `erased` are her id and those of rows merged into hers, empty where nothing was left to be done; `visits` lines of Visits that
    stay without her, `versions` kept versions of the workbook that went. `remains` are places where something of her still stands, as
    `Sheet!A1` or in words. `waiting`: somebody kept saving, so the workbook could not be written.
    """

    erased: tuple[str, ...] = ()
    visits: int = 0
    versions: int = 0
    remains: tuple[str, ...] = ()
    written: bool = False
    waiting: bool = False
    notes: tuple[str, ...] = ()
    summary: str = ""
    receipts: tuple[Account, ...] = ()


def erase_book(
    path: Path,
    client_id: str,
    *,
    on: date | None = None,
    dry_run: bool = False,
    password: str | None = None,
    receipts: bool = False,
) -> ErasureReport:
    """Forget a client: in the workbook, in the record of what was sent, and in the versions of the workbook that are kept.

    It cannot be taken back. With `dry_run` nothing is written. Raises UsageError for an id that is nobody's, WorkbookError and its kin.
    """
    if not id_text(client_id):
        raise no_such_client(path.name, "")
    if dry_run:
        return _dry(path, client_id, on, password)
    with Session(
        path, on=on, password=password, command="erase", accounts=receipts, erased=id_text(client_id)
    ) as session:
        erasures = session.erasures
        saved = Saved()
        if erasures.people:
            plan = session.plan()
            plan, saved = session.save(plan, sends=False, replan=session.plan)
        words, shown = session.book.words, id_text(client_id)
        done = bool(erasures.done)
        waits = bool(erasures.people)
        said = "erase_begun" if waits else "" if done else "erase_nothing"
        return ErasureReport(
            erased=erasures.done or tuple(one for each in erasures.people for one in each.ids),
            visits=erasures.visits,
            versions=erasures.versions,
            remains=erasures.remains,
            written=saved.written,
            waiting=saved.conflict,
            notes=(*session.hers, *save_notes(words, saved, path)),
            summary=words.say(said, id=shown) if said else "",
            receipts=tuple(session.accounts or ()),
        )


def _dry(path: Path, client_id: str, on: date | None, password: str | None) -> ErasureReport:
    book = open_workbook(path, password)
    words, state = book.words, state_folder(os.environ)
    (wanted,) = as_written([id_text(client_id)], book)
    with reading_journal(book, password) as journal:
        if (refused := refusal(book, journal, wanted)) is not None:
            raise refused
    if (barred := obstacle(book)) is not None:
        raise barred
    if is_complete(book, wanted):
        return ErasureReport(summary=words.say("erase_nothing", id=wanted))
    day = moment(book.zone, on).on
    who = person(book.snapshot, day, wanted)
    done = erase(book.snapshot, day, [who])
    known = book.identity.id or remembered_id(state, book.path, book.data, password_for(path, password))
    versions = len(files_in(backups_of(state, known))) if known else 0
    visits = len((done.rows or {}).get("Visits", ()))
    cells = sum(len(change.positions) for change in done.changes)
    counts = {"cells": cells, "visits": visits, "versions": versions}
    return ErasureReport(
        erased=who.ids,
        visits=visits,
        versions=versions,
        summary=words.say("would_erase", ids=", ".join(who.ids), **counts),
    )
