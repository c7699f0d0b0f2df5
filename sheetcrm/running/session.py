"""One workbook, its journal and the run lock, for the length of one command that writes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.planning import plan as make_plan
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.locking import RunLock
from sheetcrm.delivery.state import state_folder
from sheetcrm.errors import WorkbookLocked
from sheetcrm.running.clock import Moment, moment
from sheetcrm.running.first_send import marked
from sheetcrm.running.identity import known_identity
from sheetcrm.running.looking import begin, ledger_of, unite
from sheetcrm.running.machine import machine_id
from sheetcrm.running.passwords import password_for
from sheetcrm.running.versions import Event, Write, backup_folder, keep_writes, kept_writes, name_of, note_event, trim
from sheetcrm.workbook.accounting import Account, account_of, counts_of
from sheetcrm.workbook.book import Workbook, read_workbook
from sheetcrm.workbook.columns import Crowded, Withheld
from sheetcrm.workbook.encryption import sealed
from sheetcrm.workbook.marks import Identity, identity_of
from sheetcrm.workbook.opening import read_stable
from sheetcrm.workbook.saving import Conflict, OpenElsewhere, save, sweep
from sheetcrm.workbook.saving import Saved as Replaced
from sheetcrm.workbook.writing import Writing, compose

TRIES = 3
"""How often a plan is made anew when the owner saves in the very moment, before it is left for the next run."""


@dataclass(frozen=True)
class Saved:
    """What came of a save: cells changed, whether the file was written, and why not where it was to be."""

    changed: int = 0
    written: bool = False
    open_by: str | None = None  # somebody has it open: the changes wait
    conflict: bool = False  # somebody kept saving: the changes wait
    left: tuple[str, ...] = ()  # cells of ours that hold her formulas
    merged: tuple[str, ...] = ()  # cells of ours that stand in a merged area
    missing: tuple[str, ...] = ()  # sheets of ours that a protected structure keeps out
    crowded: tuple[Crowded, ...] = ()  # columns of ours for which there is no room
    withheld: tuple[Withheld, ...] = ()  # sheets that she protects
    signed: bool = False  # it had a digital signature, which no longer holds

    @property
    def ids_stand(self) -> bool:
        """Whether new ids stand in the file now."""
        return self.written and ("Clients", "client_id") not in _kept_out((*self.crowded, *self.withheld))


class Session:
    """Everything that a command needs which may write: enter it to hold the lock and the journal."""

    def __init__(
        self,
        path: Path,
        *,
        on: date | None = None,
        password: str | None = None,
        environ: Mapping[str, str] | None = None,
        wait: float = 60.0,
        command: str = "run",
        accounts: bool = False,
    ) -> None:
        self.path = Path(path)
        self.command = command  # for the list of versions
        self.accounts: list[Account] | None = [] if accounts else None  # what each save changed, where that is asked
        self.on = on
        self.environ = os.environ if environ is None else environ
        self._given = password
        self.password = password_for(self.path, password, self.environ)
        self.state = state_folder(self.environ)
        self.machine = machine_id(self.environ)
        self._wait = wait
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for _ in range(TRIES):
            with ExitStack() as stack:
                data = read_stable(self.path)
                self.identity = self._identify(data)
                stack.enter_context(RunLock(self.state, self.identity.id, timeout=self._wait))
                book = self._read()
                if book.data != data and self._identify(book.data).id != self.identity.id:
                    continue  # another workbook took its place while we waited
                self.journal = stack.enter_context(Journal.open(self.state, self.identity.id))
                sweep(self.path, backup_folder(self.state, self.identity.id))
                self._take(book)
                self._stack = stack.pop_all()
                return self
        raise self._replaced()

    def _read(self) -> Workbook:
        self.password = password_for(self.path, self._given, self.environ)  # she may have set or changed it meanwhile
        return read_workbook(self.path, password=self.password)

    def _identify(self, data: bytes) -> Identity:
        found = identity_of(data, self.path.name, self.password)
        return known_identity(self.state, self.path, found, data, self.password, wait=self._wait)

    def _replaced(self) -> WorkbookLocked:
        return WorkbookLocked(
            f"{self.path.name}: another workbook has taken its place meanwhile.", "Run again.", text="replaced"
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def reopen(self) -> None:
        """Read the workbook as it is now and unite its Sent table with the journal. Raises WorkbookLocked where it is another one."""
        book = self._read()
        if book.identity.id not in ("", self.identity.id):
            raise self._replaced()
        self._take(book)

    def _take(self, book: Workbook) -> None:
        self.moment: Moment = moment(book.zone, self.on)
        begin(self.journal, book, self.moment.on)
        unite(self.journal, book)
        self.journal.recover(self.moment.now)
        self.book = book.with_ledger(ledger_of(self.journal))

    def check_machine(self) -> None:
        """Raise WorkbookLocked where another machine sends for this workbook."""
        named = self.book.identity.machine
        if named and named != self.machine:
            raise sent_elsewhere(self.path)

    def plan(self, days: int | None = None, *, channels: tuple[str, ...] = ("email",)) -> Plan:
        """Plan from the workbook as it was read last, as far ahead as Outbox looks; a first sending to many waits in it."""
        made = make_plan(
            self.book,
            on=self.moment.on,
            days=days or self.book.settings.outbox_days,
            channels=channels,
            now=self.moment.now.time(),
        )
        return marked(made, self.book.settings, self.journal)

    def save(
        self,
        plan: Plan,
        *,
        sends: bool,
        replan: Callable[[], Plan],
        settings: Mapping[str, str | int] | None = None,
    ) -> tuple[Plan, Saved]:
        """Bring the workbook in line with the plan and the journal; return the plan that was written.

        Nothing to change, nothing written. `sends`: this machine is to be named as the one that sends; `settings` are to be written too.
        """
        saved = Saved()
        for _ in range(TRIES):
            writing = self._compose(plan, settings, sends=sends)
            if not writing.changed:
                self._remember(plan, written=True, crowded=(*writing.crowded, *writing.withheld))
                return plan, with_what_was_left(saved, writing)
            try:
                done = self.replace_by(writing)
            except OpenElsewhere as open_:
                self._remember(plan, written=False)
                return plan, with_what_was_left(Saved(writing.changed, open_by=open_.who), writing)
            except Conflict:
                self.reopen()
                plan = replan()
                saved = Saved(conflict=True)
                continue
            self._remember(plan, written=True, crowded=(*writing.crowded, *writing.withheld))
            keep_writes(self.journal, [*kept_writes(self.journal), Write(done.digest, done.backup.name)])
            trim(backup_folder(self.state, self.identity.id), self.book.settings.keep_backups)
            return plan, with_what_was_left(Saved(writing.changed, written=True), writing)
        return plan, saved

    def replace_by(self, writing: Writing) -> Replaced:
        """Put new bytes in the file's place. Raises Conflict, OpenElsewhere, WorkbookError."""
        backups = backup_folder(self.state, self.identity.id)
        before = self.book
        data, unsealed = sealed(writing.data, before.data, self.path.name, self.password)
        done = save(
            self.path, before.data, data, backups=backups, verify=lambda written: writing.verify(unsealed(written))
        )
        self.book = replace(before, data=data)  # it was verified: only the bytes are needed until it is read anew
        at = moment(self.book.zone).now.isoformat(timespec="seconds")
        event = Event(at, self.command, done.backup.stem, name_of(done.digest), counts_of(writing))
        note_event(self.journal, event)
        if self.accounts is not None and (account := account_of(before.raw.data, writing)) is not None:
            self.accounts.append(account)
        return done

    def _compose(self, plan: Plan, settings: Mapping[str, str | int] | None, *, sends: bool) -> Writing:
        return compose(
            self.book,
            plan,
            identity=Identity(self.identity.id, self.machine if sends else self.book.identity.machine),
            sent=[row.cells() for row in self.journal.records()],
            settings=settings,
        )

    def _remember(self, plan: Plan, *, written: bool, crowded: Sequence[Crowded | Withheld] = ()) -> None:
        """Note what must outlive this run: ids (waiting where the file could not be written), segments, campaigns, next visits."""
        names = plan.new_names
        next_visits: dict[tuple[str, str], str | None] = {}
        left = _kept_out(crowded)
        if written and ("Clients", "next_visit") not in left:
            for change in plan.column_changes:
                if (change.table, change.field) == ("Clients", "next_visit"):
                    ids = plan.client_ids
                    for position, new in zip(change.positions.tolist(), change.new, strict=True):
                        next_visits[ids[position], "next_visit"] = None if new is None else new.isoformat()
        self.journal.record_plan(
            persons=names.persons,
            pending={} if written and ("Clients", "client_id") not in left else dict(names.id_owners),
            inside=names.inside,
            entered=names.entered,
            campaigns=names.campaigns,
            written=next_visits,
        )


def with_what_was_left(saved: Saved, writing: Writing) -> Saved:
    """Return what came of a save, with what of ours it left out and what it broke."""
    return replace(
        saved,
        left=writing.left,
        merged=writing.merged,
        missing=writing.missing,
        crowded=writing.crowded,
        withheld=writing.withheld,
        signed=writing.signed and saved.written,
    )


def _kept_out(places: Sequence[Crowded | Withheld]) -> set[tuple[str, str]]:
    """Return the fields, by table, that stand in no cell."""
    return {(one.table, field) for one in places for field in one.fields}


def sent_elsewhere(path: Path) -> WorkbookLocked:
    """Return the error for a workbook whose messages another machine sends."""
    return WorkbookLocked(
        f"{path.name}: another computer sends for this workbook.",
        f"If this one is to send from now on, run sheetcrm doctor {path.name} --take-over here.",
        code="another-machine",
        params={"file": path.name},
    )
