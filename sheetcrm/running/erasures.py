"""Clients who are to be forgotten: begun in the journal before anything else, carried on by whatever writes next, told when complete.

The journal forgets names, addresses and texts at once, and knows from then on whom it is about by the id alone. The workbook follows
in one save with everything that follows from it; then the versions of the workbook that are kept go, for they hold the same data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from sheetcrm.crm.erased_rows import asked_for
from sheetcrm.crm.erasing import Erasing, Person, erase, person
from sheetcrm.crm.lineage import bare_id
from sheetcrm.delivery.state import file_stem
from sheetcrm.running.clock import moment
from sheetcrm.running.erasable import (
    again_notes,
    first_of,
    is_complete,
    is_recorded,
    obstacle,
    refusal,
    spoken,
    survivor_of,
)
from sheetcrm.running.erased_places import places_of, places_shared
from sheetcrm.running.merges import as_written
from sheetcrm.running.unchanged import forget
from sheetcrm.running.versions import backup_folder, keep_writes
from sheetcrm.workbook.backups import back_up, files_in
from sheetcrm.workbook.forgetting import forgotten

if TYPE_CHECKING:
    from sheetcrm.crm.outcome import Plan
    from sheetcrm.crm.snapshot import Snapshot
    from sheetcrm.delivery.journal import Journal
    from sheetcrm.running.open_session import OpenSession
    from sheetcrm.workbook.book import Workbook
    from sheetcrm.workbook.writing import Writing


@dataclass
class Erasures:
    """Whom the command at work erases (`client_id`; `run`: those beside whom the word stands), and what became of it.

    `people` are those of whom something is left to be done, `done` their ids once nothing is; `versions` counts the kept versions
    that went, `remains` says where something of them still stands, in words. `cells` counts those of Clients and Visits that were changed.
    """

    command: str
    client_id: str = ""
    people: tuple[Person, ...] = ()
    refused: bool = False  # a word of hers could not be carried out
    done: tuple[str, ...] = ()
    cells: int = 0
    visits: int = 0
    versions: int = 0
    remains: tuple[str, ...] = ()
    _beside: tuple[str, ...] = ()  # cells of the owner's that stay beside their rows
    _on: date = date.min
    _known: dict[int, tuple[Workbook, Workbook, Erasing]] = field(default_factory=dict)

    def take(self, session: OpenSession) -> None:
        """Find out who is to be erased, and let the journal forget them. Raises UsageError for an id that cannot be, WorkbookError."""
        self.people, self._known, self._on = (), {}, session.moment.on
        begun = session.journal.erasing_begun()
        wanted = tuple(dict.fromkeys((*begun, *self._of_the_sheet(session), *self._of_the_command(session, begun))))
        if self.command == "run":
            again = again_notes(session.book, (*wanted, *self.done))
            session.hers += [line for line in again if line not in session.hers]
        if not wanted or self._is_barred(session):
            return
        people = [person(session.book.snapshot, session.moment.on, one) for one in wanted]
        self.people = tuple(_with_journal(one, session.journal) for one in people)
        addresses = {(*address, one.ids[0]) for one in self.people for address in one.addresses}
        ids = {one for each in self.people for one in each.ids}
        session.journal.begin_erasing(ids, addresses, moment(session.book.zone).now)
        doubtful = {mark for one in self.people for mark in one.doubtful}
        session.journal.keep_doubtful(doubtful)
        if doubtful:
            session.hers += [session.book.words.say("erase_namesake", count=len(doubtful))]
        session.take_ledger()
        if not self._made(session.book)[2].changes and all(is_complete(session.book, one) for one in ids):
            self.finish(session)  # a kill fell between the save and what follows it

    def _of_the_sheet(self, session: OpenSession) -> list[str]:
        """Return the ids beside which the word stands, where the command carries it out; why not of the others is said."""
        if self.command != "run":
            return []
        book, found = session.book, []
        asked = asked_for(book.snapshot.tables["Clients"], book.settings.choices)
        for one in dict.fromkeys(survivor_of(book, each) for each in asked):  # a merged row is the same person
            refused = refusal(book, session.journal, one)
            if refused is None:
                found.append(one)
                continue
            self._refuse(session, spoken(book, refused))
        return found

    def _of_the_command(self, session: OpenSession, begun: Sequence[str]) -> list[str]:
        """Return the id that was named with the command. Raises UsageError where it cannot be erased."""
        if not self.client_id:
            return []
        (client_id,) = as_written([self.client_id], session.book)
        if client_id not in begun and (refused := refusal(session.book, session.journal, client_id)) is not None:
            raise refused
        done = is_complete(session.book, client_id) and not is_recorded(session.journal, client_id)
        return [] if done else [client_id]

    def _is_barred(self, session: OpenSession) -> bool:
        """Tell whether something keeps the rows from being emptied, and say so. Raises it where the command does nothing else."""
        error = obstacle(session.book)
        if error is None:
            return False
        if self.client_id:
            raise error
        self._refuse(session, session.book.words.say("erase_waits", why=spoken(session.book, error)))
        return True

    def _refuse(self, session: OpenSession, line: str) -> None:
        """Say what was not carried out and why, once; it waits for the owner."""
        self.refused = True
        session.hers += [line] if line not in session.hers else []

    def without(self, book: Workbook) -> Workbook:
        """Return a workbook as it is once these people are erased: what it is planned from, and written by."""
        return self._made(book)[1] if self.people else book

    def _made(self, book: Workbook) -> tuple[Workbook, Workbook, Erasing]:
        known = self._known.get(id(book))
        if known is None:
            done = erase(book.snapshot, self._on, self.people)
            raw = replace(book.raw, tables={**book.raw.tables, **done.tables})
            after = replace(book, raw=raw, bare=done.told or {}).with_ledger(book.ledger, (*book.acts, *done.acts))
            known = self._known[id(book)] = (book, after.with_likeness(book.likeness), done)
        return known

    def planner(self, make: Callable[[Snapshot], Plan]) -> Callable[[Snapshot], Plan]:
        """Return what plans from a workbook `without` these people and writes what erasing them comes to."""

        def planned(snapshot: Snapshot) -> Plan:
            plan = make(snapshot)
            if not self._known:
                return plan
            done = next(reversed(self._known.values()))[2]
            return replace(
                plan,
                column_changes=(*done.changes, *plan.column_changes),
                new_acts=(*done.acts, *plan.new_acts),
            )

        return planned

    def forgotten(self, writing: Writing, book: Workbook) -> Writing:
        """Return a write without what would stay of their cells in the file."""
        if not self.people:
            return writing
        self._beside = writing.beside
        done = next((one for _, after, one in self._known.values() if after is book), None)
        if done is None:
            return writing
        return forgotten(writing, book, {**(done.rows or {}), **(done.told or {})}, self._texts())

    def _texts(self) -> set[str]:
        return {text for one in self.people for text in one.texts}

    def finish(self, session: OpenSession) -> None:
        """Take away what else holds them once the workbook does not, and say what was done, and what stays where."""
        if not self.people:
            return
        words = session.book.words
        erasing = next(iter(self._known.values()), None)
        if erasing is not None:
            self.cells = sum(len(change.positions) for change in erasing[2].changes)
            self.visits = len((erasing[2].rows or {}).get("Visits", ()))
        self.versions = session.forget_versions()
        session.book = self.without(session.book)  # what is planned from now on is planned without them
        self.remains, told = self._told(session)
        session.journal.end_erasing()
        self.done = tuple(one for each in self.people for one in each.ids)
        self.people, self._known = (), {}
        if session.writes:
            session.hers.append(
                words.say("erased", ids=", ".join(self.done), visits=self.visits, versions=self.versions)
            )
        session.hers += told

    def _told(self, session: OpenSession) -> tuple[tuple[str, ...], list[str]]:
        """Return where something of them stands, or may, once the workbook is written, and what is said of it."""
        words = session.book.words
        shared = {text for one in self.people for text in one.shared}
        others = dict.fromkeys(one for each in self.people for one in each.others if one)
        kinds = {
            "erase_remains": places_of(session, self._texts()),
            "erase_shared": places_shared(session, session.book, self._on, shared),
            "erase_beside": list(self._beside),
        }
        found: dict[str, None] = {}
        said = []
        for key, places in kinds.items():
            new = [one for one in dict.fromkeys(places) if one not in found]
            found |= dict.fromkeys(new)
            said += [words.say(key, places=first_of(new), others=first_of(list(others)))] if new else []
        return tuple(found), said


def _with_journal(who: Person, journal: Journal) -> Person:
    """Add by what she is found elsewhere as far as only the record knows it: where her row is deleted."""
    ids = {bare_id(one) for one in who.ids}
    lines = [line for line in journal.records() if bare_id(line.key.client_id) in ids]
    texts = {line.to for line in lines} | {line.client for line in lines if " " in line.client}
    addresses = () if who.places else ((line.channel, line.to) for line in lines)
    return replace(
        who,
        texts=who.texts | {text for text in texts if text},
        addresses=who.addresses | {(channel, to) for channel, to in addresses if channel and to},
    )


def without_versions(session: OpenSession) -> int:
    """Take away the versions that are kept, and all else beside the journal that was made of them; return how many versions.

    One of the workbook as it is now takes their place: there is never none.
    """
    folder = backup_folder(session.state, session.identity.id)
    mine = back_up(session.book.data, folder, session.path.suffix)
    old = [path for path in files_in(folder) if path != mine]
    keep_writes(session.journal, ())
    for path in old:
        path.unlink(missing_ok=True)
    stem = file_stem(session.identity.id)
    for path in (*session.state.glob(f"{stem}.v*.sqlite"), *session.state.glob(f"{stem}.likeness.*")):
        with suppress(OSError):
            path.unlink()
    forget(session.environ)
    return len(old)
