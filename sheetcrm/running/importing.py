"""Bring another list into the workbook: looked at, written and brought up to date in one save, as one write that can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sheetcrm.crm.acts import dated
from sheetcrm.crm.decisions import settled_by, upheld_as_filled
from sheetcrm.running.clock import moment
from sheetcrm.running.incoming import Incoming, Source, look_into
from sheetcrm.running.looking import open_workbook, with_memory
from sheetcrm.running.merges import pairs_notes
from sheetcrm.running.saved import Saved
from sheetcrm.running.session import Session
from sheetcrm.running.upkeep import open_note, renewed_notes, save_notes
from sheetcrm.workbook.backups import digest, name_of
from sheetcrm.workbook.book import with_true_marks, workbook_of
from sheetcrm.workbook.brought_in import brought_in
from sheetcrm.workbook.placing import Placed, joined, place
from sheetcrm.workbook.reading import read_book
from sheetcrm.workbook.saving import OpenElsewhere, check_writable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sheetcrm.crm.incoming.clients import Rules
    from sheetcrm.crm.outcome import Plan
    from sheetcrm.crm.tables import Table
    from sheetcrm.languages import Language
    from sheetcrm.workbook.accounting import Account
    from sheetcrm.workbook.book import Workbook
    from sheetcrm.workbook.choosing import Wishes
    from sheetcrm.workbook.writing import Writing


@dataclass(frozen=True)
class Imported:
    """What came of it: what each row came to, whether the file was written, and in words why not; `waiting`: somebody kept saving."""

    incoming: Incoming
    words: Language
    written: bool = False
    waiting: bool = False
    notes: tuple[str, ...] = ()
    receipts: tuple[Account, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many rows of the file have each outcome; among the refused those that are nobody's, so that all add up."""
        nobodys = sum(last - first + 1 for first, last in self.incoming.found.table.left_out.rows)
        counts = self.incoming.brought.counts
        return {**counts, "refused": counts["refused"] + nobodys}


def import_file(
    path: Path,
    file: Path,
    wishes: Wishes,
    rules: Rules,
    *,
    on: date | None = None,
    dry_run: bool = False,
    password: str | None = None,
    receipts: bool = False,
) -> Imported:
    """Add the clients or visits of a file to a workbook, and fill in what those who are there lack.

    With `dry_run` nothing is written. Raises TablesNotFound, UsageError, WorkbookError.
    """
    source = Source.of(file, path)
    if dry_run:
        return _rehearsed(path, source, wishes, rules, on, password)
    try:
        check_writable(path.resolve())
    except OpenElsewhere as open_:
        done = _rehearsed(path, source, wishes, rules, on, password)
        return replace(done, notes=(open_note(done.words, open_.who, path, waits=False), *done.notes))
    with _Importing(path, source, wishes, rules, on=on, password=password, accounts=receipts) as session:
        if session.placed is None:
            return Imported(session.incoming, session.book.words)
        plan, saved = session.save(session.plan(), sends=False, replan=session.plan)
        return Imported(
            session.incoming,
            plan.words,
            written=saved.written,
            waiting=saved.conflict,
            notes=_notes(session, plan, saved),
            receipts=tuple(session.accounts or ()),
        )


def _rehearsed(
    path: Path, source: Source, wishes: Wishes, rules: Rules, on: date | None, password: str | None
) -> Imported:
    book = open_workbook(path, password)
    incoming = look_into(source, book, wishes, rules, moment(book.zone, on).on)
    if incoming.brought.changes:
        place(book, incoming.brought)  # what would be in the way is said now
    return Imported(incoming, book.words)


def _notes(session: _Importing, plan: Plan, saved: Saved) -> tuple[str, ...]:
    said = save_notes(plan.words, saved, session.path, waits=False)
    return (*session.hers, *said, *renewed_notes(plan, saved), *(pairs_notes(plan) if saved.written else ()))


class _Importing(Session):
    """A session on the workbook as it is going to be: read with all that the file brings, in memory."""

    def __init__(
        self,
        path: Path,
        source: Source,
        wishes: Wishes,
        rules: Rules,
        *,
        on: date | None,
        password: str | None,
        accounts: bool,
    ) -> None:
        super().__init__(path, on=on, password=password, command="import", accounts=accounts)
        self._source, self._wishes, self._rules = source, wishes, rules
        self.placed: Placed | None = None
        self._package = b""
        self._clients: Table | None = None  # as they stand in the file
        self._lengths: Mapping[str, int] = {}

    def _read(self) -> Workbook:
        book = super()._read()
        on = moment(book.zone, self.on).on
        known = with_memory(book, self.on, self.password)  # whose ids were used, who was merged into whom
        self.incoming = look_into(self._source, known, self._wishes, self._rules, on)
        self.placed, self._package, self._clients = None, book.raw.data, book.raw.tables.get("Clients")
        if not self.incoming.brought.changes:
            return book
        self._lengths = {name: len(table) for name, table in book.raw.tables.items()}
        self.placed = place(book, self.incoming.brought)
        raw = replace(read_book(self.placed.data, name=self.path.name), encrypted=book.raw.encrypted)
        return with_true_marks(workbook_of(self.path, book.data, raw))

    def plan(self, days: int | None = None, *, channels: Mapping[str, str] | None = None, limits: bool = True) -> Plan:
        """Plan with what the file brings; her words on pairs stand although their rows are fuller now."""
        made = super().plan(days, channels=channels, limits=limits)
        if self._clients is None or not self.incoming.brought.cells.get("Clients"):
            return made
        known = (*self.book.acts, *made.new_acts)
        same = upheld_as_filled(known, made.settled, self._clients, self.book.raw.tables["Clients"])
        same = dated(same, moment(self.book.zone).now)
        return replace(made, settled={**made.settled, **settled_by(same)}, new_acts=(*made.new_acts, *same))

    def _brought(self, plan: Plan) -> Mapping[str, Any]:
        if self.placed is None:
            return {}
        salt = name_of(digest(self.book.data))
        return brought_in(salt, self.incoming.brought, self._lengths, self.book.raw, plan).note

    def _package_before(self) -> bytes:
        return self._package

    def _compose(self, plan: Plan, settings: Mapping[str, str | int] | None, *, sends: bool) -> Writing:
        writing = super()._compose(plan, settings, sends=sends)
        if self.placed is None:
            return writing
        return joined(self.placed, writing)
