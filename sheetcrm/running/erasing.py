"""Erase a client on the owner's word: the command `erase`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sheetcrm.crm.cells import id_text
from sheetcrm.running.dry_session import DrySession
from sheetcrm.running.erasable import no_such_client
from sheetcrm.running.saved import Saved
from sheetcrm.running.session import Session
from sheetcrm.running.upkeep import save_notes
from sheetcrm.workbook.accounting import Account


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

    It cannot be taken back. With `dry_run` the report is the same but for `written`, and nothing is written. Raises UsageError for an
    id that is nobody's, WorkbookError and its kin.
    """
    if not id_text(client_id):
        raise no_such_client(path.name, "")
    kind = DrySession if dry_run else Session
    with kind(path, on=on, password=password, command="erase", accounts=receipts, erased=id_text(client_id)) as session:
        erasures = session.erasures
        saved = Saved()
        if erasures.people:
            plan = session.plan()
            plan, saved = session.save(plan, sends=False, replan=session.plan)
        if isinstance(session, DrySession):
            saved = replace(saved, written=False, open_by=session.open_by)
        words = session.book.words
        return ErasureReport(
            erased=erasures.done or tuple(one for each in erasures.people for one in each.ids),
            visits=erasures.visits,
            versions=erasures.versions,
            remains=erasures.remains,
            written=saved.written,
            waiting=saved.conflict,
            notes=(*session.hers, *save_notes(words, saved, path)),
            summary=_summary(session, id_text(client_id)),
            receipts=tuple(session.accounts or ()),
        )


def _summary(session: Session, client_id: str) -> str:
    """Say what came of it, as far as that is not among the notes."""
    words, erasures = session.book.words, session.erasures
    if erasures.people:
        return words.say("erase_begun", id=client_id)
    if not erasures.done:
        return words.say("erase_nothing", id=client_id)
    if session.writes:
        return ""
    counts = {"cells": erasures.cells, "visits": erasures.visits, "versions": erasures.versions}
    return words.say("would_erase", ids=", ".join(erasures.done), **counts)
