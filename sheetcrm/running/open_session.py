"""One workbook, its journal and the run lock, opened and read for the length of one command that writes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from sheetcrm.crm.acts import dated
from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.planning import plan as make_plan
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.locking import RunLock
from sheetcrm.delivery.state import file_stem, state_folder
from sheetcrm.errors import WorkbookLocked, WorkbookUnreadable
from sheetcrm.running.answered import answered, confirmed
from sheetcrm.running.by_hand import record_by_hand
from sheetcrm.running.carriers import channels_of
from sheetcrm.running.clock import Moment, moment
from sheetcrm.running.erasable import gone_notes
from sheetcrm.running.erasures import Erasures, without_versions
from sheetcrm.running.first_send import marked
from sheetcrm.running.identity import known_identity
from sheetcrm.running.interrupted import (
    interrupted,
    settled,
)
from sheetcrm.running.leaving_out import rearranged
from sheetcrm.running.likeness import to_be_remembered
from sheetcrm.running.limiting import limited
from sheetcrm.running.looking import begin, ledger_of, unite
from sheetcrm.running.machine import machine_id, sent_elsewhere
from sheetcrm.running.merges import Merges
from sheetcrm.running.passwords import password_for
from sheetcrm.running.rivals import check_alone
from sheetcrm.running.versions import backup_folder, events_of
from sheetcrm.running.waiting import folded_in
from sheetcrm.workbook.accounting import Account
from sheetcrm.workbook.book import Workbook, read_workbook
from sheetcrm.workbook.leftovers import put_back, remove, sweep
from sheetcrm.workbook.lost_keys import with_keys_found
from sheetcrm.workbook.marks import Identity, identity_of
from sheetcrm.workbook.opening import read_stable
from sheetcrm.workbook.saving import check_room

STOPPED = frozenset({"run", "refresh"})
"""Commands that a second version of the workbook beside it stops: what they make of one of them may be wrong by the other."""

TRIES = 3
"""How often a plan is made anew when the owner saves in the very moment, before it is left for the next run."""


class OpenSession:
    """The workbook read, its journal united with it, and what is planned from both: enter it to hold the lock and the journal."""

    writes = True  # `DrySession` goes the same way and leaves every file as it is

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
        erased: str = "",
    ) -> None:
        self.path = Path(path)
        self.command = command  # for the list of versions
        self.accounts: list[Account] | None = [] if accounts else None  # what each save changed, where that is asked
        self.on = on
        self.environ = os.environ if environ is None else environ
        self.password = password_for(self.path, password, self.environ)
        self.state = state_folder(self.environ)
        self.machine = machine_id(self.environ)
        self.server: SmtpConfig | None = None  # beats the mail server of the settings
        self._password, self._wait = password, wait
        self._given: dict[tuple[str, ...], str] = {}  # ids that this run gave, by whose they are
        # what she typed where something of ours waited, or saved in the instant of a kill, in words
        self.hers: list[str] = []
        self.asks = False  # a reply was found that is for her to read, and that no row of the list tells of
        self.looks_again = False  # something was left for the next run, of which no file tells
        self.merges = Merges(command)
        self.erasures = Erasures(command, erased)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for _ in range(TRIES):
            with ExitStack() as stack:
                data = self._first_reading()
                self.identity = self._identify(data)
                stack.enter_context(RunLock(self.state, self.identity.id, timeout=self._wait))
                book = self._read()
                if book.data != data and self._identify(book.data).id != self.identity.id:
                    continue  # another workbook took its place while we waited
                if self.command in STOPPED:
                    check_alone(book, self.identity.id, self.environ, self.password)
                self.journal = stack.enter_context(Journal.open(self.state, self.identity.id))
                backups = backup_folder(self.state, self.identity.id)
                swept = sweep(self.path, backups, interrupted(self.journal), {e.after for e in events_of(self.journal)})
                if swept.changed:
                    book = self._read()
                if swept.kept:
                    self.hers.append(book.words.say("kept_aside", book=self.path.name))
                settled(self.journal, book, stood=swept.stood)
                for part in self.state.glob(f"{file_stem(self.identity.id)}.*.part"):
                    remove(part)  # what a killed run has not finished writing
                self._take(book)
                self._stack = stack.pop_all()
                return self
        raise self._replaced()

    def _first_reading(self) -> bytes:
        try:
            return read_stable(self.path)
        except WorkbookUnreadable as error:
            if error.code != "missing" or not put_back(self.path):
                raise
            return read_stable(self.path)

    def _read(self) -> Workbook:
        # she may have set or changed it meanwhile
        self.password = password_for(self.path, self._password, self.environ)
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
        """Read the workbook as it is now, settle, unite its Sent table with the journal. Raises WorkbookLocked where it is another one."""
        book = self._read()
        if book.identity.id not in ("", self.identity.id):
            raise self._replaced()
        settled(self.journal, book)
        self._take(book)

    def _take(self, book: Workbook) -> None:
        self.moment: Moment = moment(book.zone, self.on)
        begin(self.journal, book, self.moment.on)
        self.hers += answered(self.journal, book)
        unite(self.journal, book)
        self.hers += folded_in(self.journal, book, self.moment.on)
        self.hers += [line for line in rearranged(book.raw.tables, book.words.code) if line not in self.hers]
        self.journal.recover(self.moment.now)
        likeness = to_be_remembered(self.journal, self.state, self.identity.id)
        self.book = book.with_ledger(ledger_of(self.journal), self.journal.acts()).with_likeness(likeness)
        if told := confirmed(self):
            self.hers += told
            self.take_ledger()
        self.erasures.take(self)

    def check_room(self) -> None:
        """Raise WorkbookError where there is no room to save what is going to be noted."""
        check_room(self.path.resolve(), len(self.book.data), self.state)

    def check_machine(self) -> None:
        """Raise WorkbookLocked where another machine sends for this workbook."""
        named = self.book.identity.machine
        if named and named != self.machine:
            raise sent_elsewhere(self.path)

    def plan(self, days: int | None = None, *, channels: Mapping[str, str] | None = None, limits: bool = True) -> Plan:
        """Plan from the workbook as it was read last, as far ahead as Outbox looks; a first sending to many waits in it.

        So does what is too much for the day, but for files (`limits` False). `channels` are those that are configured. What she has
        marked as done by hand is recorded.
        """
        bare = partial(
            make_plan,
            on=self.moment.on,
            days=days or self.book.settings.outbox_days,
            channels=channels_of(self.book, self.environ, self.server) if channels is None else channels,
            now=self.moment.now.time(),
        )
        now = moment(self.book.zone).now
        make = self.erasures.planner(bare)
        made = self.merges.plan(self.erasures.without(self.book), self.moment, now, make)
        if (keyed := with_keys_found(self.book, made)) is not self.book:
            self.book = keyed
            made = self.merges.plan(self.erasures.without(self.book), self.moment, now, make)
        if record_by_hand(self.journal, self.book, made, self.moment.now):
            self.take_ledger()
            made = self.merges.plan(self.erasures.without(self.book), self.moment, now, make)
        if self.command in STOPPED:
            self.hers += [line for line in gone_notes(made, self.path) if line not in self.hers]
        made = replace(made, new_acts=dated(made.new_acts, now))
        settings = self.book.settings
        if limits:
            made = limited(made, settings, self.journal, self.environ, self.moment.now)
        return marked(made, settings, self.journal)

    def take_ledger(self) -> None:
        """Let the workbook know what the journal knows by now."""
        self.book = self.book.with_ledger(ledger_of(self.journal), self.journal.acts())

    def forget_versions(self) -> int:
        """Take away the versions that are kept of the workbook, but for one of what it is now; return how many went."""
        return without_versions(self)
