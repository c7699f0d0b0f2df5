"""Show a person what is kept of her: the command `dossier`. Nothing is written but the file that was asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sheetcrm.crm.cells import id_text
from sheetcrm.crm.dossiers import Section, dossier
from sheetcrm.crm.erasing import person
from sheetcrm.crm.planning import plan as make_plan
from sheetcrm.delivery.state import state_folder
from sheetcrm.errors import UsageError, WorkbookError
from sheetcrm.reports.dossier import dossier_page, dossier_workbook
from sheetcrm.running.carriers import channels_of
from sheetcrm.running.clock import moment
from sheetcrm.running.erasable import refusal
from sheetcrm.running.identity import remembered_id
from sheetcrm.running.looking import open_workbook, reading_journal, unite
from sheetcrm.running.merges import as_written
from sheetcrm.running.passwords import password_for
from sheetcrm.running.setting_up import file_there
from sheetcrm.running.versions import backups_of
from sheetcrm.workbook.backups import files_in
from sheetcrm.workbook.book import Workbook
from sheetcrm.workbook.changes_sheet import actions

_KINDS = (".xlsx", ".html")


@dataclass(frozen=True)
class DossierReport:
    """What was written of a client: her id, the file, and how many rows of each part; `versions` of the workbook are kept besides."""

    client_id: str
    file: Path
    rows: Mapping[str, int]
    versions: int = 0
    summary: str = ""


def show_client(
    path: Path,
    client_id: str,
    file: Path,
    *,
    on: date | None = None,
    force: bool = False,
    password: str | None = None,
) -> DossierReport:
    """Write everything that is kept of a client into a file, .xlsx or .html by its name.

    Raises UsageError where the id is nobody's or the file is there (unless `force`), WorkbookError and its kin.
    """
    if file.suffix.casefold() not in _KINDS:
        raise UsageError(
            f"{file.name}: a dossier is an .xlsx or an .html file.",
            "Give the file such a name.",
            text="dossier-kind",
            params={"file": file.name},
        )
    if file.exists() and path.exists() and file.samefile(path):
        raise UsageError(
            f"{file.name} is the workbook itself.",
            "Give the dossier another name.",
            text="dossier-itself",
            params={"file": file.name},
        )
    if file.exists() and not force:
        raise file_there(file)
    book = open_workbook(path, password)
    sections, wanted = _sections(book, client_id, on, password)
    words = book.words
    title = words.say("dossier_title", id=wanted, business=book.settings.business or book.path.stem)
    html = file.suffix.casefold() == ".html"
    data = dossier_page(sections, title=title, code=words.code) if html else dossier_workbook(sections)
    try:
        file.write_bytes(data)
    except OSError as error:
        raise WorkbookError(
            f"{file} could not be written: {error.strerror or error}.",
            "Check that folder, or choose another one.",
            code="not-written",
            text="dossier-not-written",
            params={"file": str(file), "why": error.strerror or ""},
        ) from error
    state = state_folder(os.environ)
    known = book.identity.id or remembered_id(state, book.path, book.data, password_for(path, password))
    versions = len(files_in(backups_of(state, known))) if known else 0
    said = words.say("dossier_written", file=str(file), versions=versions)
    return DossierReport(wanted, file, {one.name: len(one.rows) for one in sections}, versions, said)


def _sections(book: Workbook, client_id: str, on: date | None, password: str | None) -> tuple[tuple[Section, ...], str]:
    (wanted,) = as_written([id_text(client_id)], book)
    with reading_journal(book, password) as journal:
        unite(journal, book)
        wanted = _survivor(book, wanted)
        if (refused := refusal(book, journal, wanted)) is not None:
            raise refused
        sent = [line.cells() for line in journal.records()]
    day = moment(book.zone, on).on
    who = person(book.snapshot, day, wanted)
    plan = make_plan(book, on=day, days=book.settings.outbox_days, channels=channels_of(book, os.environ))
    return dossier(book.snapshot, day, who, plan, sent, actions(book.words)), wanted


def _survivor(book: Workbook, client_id: str) -> str:
    """Return the id of the row that a merged one lives on in: the two are one person."""
    clients = book.raw.tables["Clients"]
    into = dict(zip(clients.column("client_id").cells(), clients.column("merged_into").cells(), strict=True))
    known = {id_text(one): id_text(other) for one, other in into.items() if one is not None}
    seen: set[str] = set()
    while (following := known.get(client_id, "")) in known and client_id not in seen:
        seen.add(client_id)
        client_id = following
    return client_id
