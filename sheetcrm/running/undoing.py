"""Take back what was written, and look at the versions that are kept for it."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sheetcrm.crm.acts import dated, still_done
from sheetcrm.crm.acts import taken_back as taken_back_acts
from sheetcrm.crm.figuring import figure
from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.planning import plan as make_plan
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.state import state_folder
from sheetcrm.errors import SheetcrmError, TablesNotFound, UsageError, WorkbookError
from sheetcrm.languages import Language
from sheetcrm.languages.adopting import say
from sheetcrm.languages.importing import say as say_of_import
from sheetcrm.running.clock import moment
from sheetcrm.running.identity import remembered_id
from sheetcrm.running.interrupted import settled
from sheetcrm.running.looking import open_workbook
from sheetcrm.running.open_session import TRIES
from sheetcrm.running.passwords import as_now, package_of, password_for
from sheetcrm.running.remembering import order_in
from sheetcrm.running.reports import RefreshReport
from sheetcrm.running.saved import Saved, with_what_was_left
from sheetcrm.running.session import Session
from sheetcrm.running.upkeep import open_note, save_notes
from sheetcrm.running.versions import (
    Event,
    Version,
    Write,
    acts_since,
    backups_of,
    events_of,
    imports_since,
    keep_writes,
    kept_versions,
    kept_writes,
    only_ours_between,
    version_named,
    writes_before,
)
from sheetcrm.workbook.backups import digest, files_in, find, mark_of, name_of
from sheetcrm.workbook.book import Workbook, with_true_marks, workbook_of
from sheetcrm.workbook.brought_in import BroughtIn
from sheetcrm.workbook.candidates import candidates
from sheetcrm.workbook.journals import marks_for, without_visits
from sheetcrm.workbook.marks import identity_of
from sheetcrm.workbook.opening import read_stable
from sheetcrm.workbook.placement import marks_of
from sheetcrm.workbook.raw_book import RawBook
from sheetcrm.workbook.reading import read_book
from sheetcrm.workbook.same_rows import same_rows
from sheetcrm.workbook.saving import Conflict, OpenElsewhere
from sheetcrm.workbook.staying import left_behind
from sheetcrm.workbook.undoing import Taken, taken_back
from sheetcrm.workbook.writing import Writing

_NAMED = 8  # cells that a line names


def versions(path: Path, *, password: str | None = None) -> list[Version]:
    """Return the versions of a workbook that are kept, the latest first; also of one that is damaged or gone by now."""
    state, known, data = _known(path, password)
    return kept_versions(backups_of(state, known), _events(state, known), now=_name(data)) if known else []


def only_ours_since(path: Path, version: Version, password: str | None = None) -> bool:
    """Tell whether nobody but us has written between a version and the workbook as it is."""
    state, known, data = _known(path, password)
    return bool(known) and only_ours_between(_events(state, known), version.mark, _name(data))


def _name(data: bytes) -> str:
    return name_of(digest(data))


def _known(path: Path, password: str | None) -> tuple[Path, str, bytes]:
    """Return the state folder, the workbook's id ("" for one that was never seen) and its bytes, as far as there are any."""
    state, data, known = state_folder(os.environ), b"", ""
    try:
        data = read_stable(path)
        known = identity_of(data, path.name, password_for(path, password)).id
    except WorkbookError:
        if not (known := remembered_id(state, path, data, password)):
            raise
    return state, known or remembered_id(state, path, data, password), data


def _events(state: Path, workbook_id: str) -> list[Event]:
    try:
        with Journal.read(state, workbook_id) as journal:
            return events_of(journal)
    except SheetcrmError:  # the versions are there all the same
        return []


def read_version(version: Version | Path) -> bytes:
    """Return the bytes of a version that is kept. Raises WorkbookError where they are no longer those that were put there."""
    path = version if isinstance(version, Path) else version.path
    data = read_stable(path)
    if _name(data) != mark_of(path):
        raise WorkbookError(
            f"{path.name}: this copy is damaged, it is no longer the file that was put there.",
            "Choose another one: sheetcrm undo --list shows them.",
            code="backup",
            text="version-damaged",
            params={"file": path.name},
        )
    return data


def no_such_version(text: str) -> UsageError:
    """Return the error for a version that is none of those that are kept."""
    return UsageError(
        f"There is no earlier version {text}.",
        "Give its number, its day or its name, as sheetcrm undo --list shows them.",
        code="no-such-version",
        params={"value": text},
    )


def undo_book(
    path: Path, *, to: str | None = None, dry_run: bool = False, password: str | None = None
) -> RefreshReport:
    """Take back the last write, or all up to the version `to` (its number, name, or a day on which it was the workbook).

    The whole file where only we have written since, else only our own cells. Raises UsageError where there is nothing to take back.
    """
    if dry_run:
        return _undo_dry(path, to, password)
    with Session(path, password=password, command="undo") as session:
        for _ in range(TRIES):
            step = _step(session.book, session.journal, backups_of(session.state, session.identity.id), to)
            before, writing, report = _undone(session.book, step, password)
            acts = dated(taken_back_acts(session.book.acts, step.acts), moment(session.book.zone).now)
            waiting = _ids_waiting(session.book, before, session.moment.on)
            session.journal.record_plan(pending={**session.book.ledger.ids_pending, **waiting})
            try:
                if writing.changed:
                    session.replace_by(writing, writes=step.after, acts=acts)
                    if step.whole:  # the rows that went with it are none that she has deleted
                        session.journal.record_plan(id_order=order_in(before, session.book.ledger))
                else:
                    keep_writes(session.journal, step.after(None))
                    session.journal.unite_acts(acts)
            except OpenElsewhere as open_:
                return RefreshReport(notes=(open_note(session.book.words, open_.who, path, waits=False),))
            except Conflict:
                session.reopen()
                continue
            return _with_acts(report, session.book, len(acts))
        return RefreshReport(waiting=True, notes=(session.book.words.say("workbook_conflict", book=path.name),))


def _with_acts(report: RefreshReport, book: Workbook, count: int) -> RefreshReport:
    if not count:
        return report
    words, place = book.words, book.raw.placements.get("Duplicates")
    sheet = words.sheet("Duplicates") if place is None else place.sheet
    return replace(report, notes=(*report.notes, words.say("undo_decisions", count=count, sheet=sheet)))


def _undo_dry(path: Path, to: str | None, password: str | None) -> RefreshReport:
    """Tell what an undo would do, from a copy of the journal in memory: nothing is written anywhere."""
    book, state = open_workbook(path, password), state_folder(os.environ)
    known = book.identity.id or remembered_id(state, path, book.data, password_for(path, password))
    if not known:
        raise _nothing(book)
    with Journal.read(state, known) as journal:
        settled(journal, book)
        step = _step(book, journal, backups_of(state, known), to)
    report = _undone(book, step, password)[2]
    return replace(report, written=False, summary=_told(book.words, step, would=True))


@dataclass(frozen=True)
class _Step:
    """What is to be undone: the version to go back to, whether only we wrote since, and the writes that can be taken back.

    `left`: those that can be taken back then; None for a version that was itself undone. `when`: until when it was the workbook.
    `acts` are the ids of what these saves did about pairs of clients, taken back with them; `imports`: what they brought, latest first.
    """

    backup: Path
    whole: bool
    writes: Sequence[Write]
    left: Sequence[Write] | None
    acts: Collection[str]
    imports: Sequence[BroughtIn] = ()
    when: str = ""

    def after(self, done: Write | None) -> Sequence[Write]:
        """Return the writes that can be taken back after this one, which is one of them where it undid an undo."""
        if self.left is not None or done is None:
            return self.left or ()
        return [*self.writes, done]


def _step(book: Workbook, journal: Journal, backups: Path, to: str | None) -> _Step:
    """Find out what is meant. Raises UsageError."""
    events, writes = events_of(journal), _standing(book, journal, backups)
    if to is None:
        if not writes:
            raise _nothing(book)
        backup = find(backups, writes[-1].mark) or backups / writes[-1].backup
        acts = acts_since(events, mark_of(backup))
        imports = imports_since(events, mark_of(backup))
        return _Step(backup, digest(book.data) == writes[-1].digest, writes, writes[:-1], acts, imports)
    now = _name(book.data)
    version = version_named(kept_versions(backups, events, now=now), to)
    if version is None:
        raise no_such_version(to)
    ours = only_ours_between(events, version.mark, now)
    left, acts = writes_before(writes, version.mark), acts_since(events, version.mark)
    return _Step(version.path, ours, writes, left, acts, imports_since(events, version.mark), version.at)


def _nothing(book: Workbook) -> UsageError:
    return UsageError(f"{book.path.name}: {book.words.say('undo_nothing')}", "", code="nothing-to-undo", text="")


def _undone(book: Workbook, step: _Step, password: str | None) -> tuple[Workbook, Writing, RefreshReport]:
    """Return the workbook as it was, the bytes to be written, and what is told of it. Raises WorkbookError."""
    data = read_version(step.backup)
    package = package_of(data, step.backup.name, book.path, password)
    raw = _raw_version(book, package)
    before = with_true_marks(workbook_of(step.backup, data, raw)).with_ledger(book.ledger, book.acts)
    before = before.with_likeness(book.likeness)  # by which the pairs were weighed that were written
    put_back = as_now(data, package, book.path, password)
    taken = Taken(Writing(put_back, 1, lambda _data: None))
    if not step.whole:
        acts = [act for act in still_done(book.acts) if act.id in step.acts]
        taken = taken_back(book, before, _written_plan(before, step), acts, step.imports)
    writing = taken.writing
    saved = with_what_was_left(Saved(writing.changed, written=bool(writing.changed)), writing)
    notes = tuple(save_notes(book.words, saved, book.path))
    if not step.whole and (stays := left_behind(book, before)):
        notes += (say(book.words.code, "undo_stays", what=", ".join(stays)),)
    if taken.rows:
        notes += (say_of_import(book.words.code, "undo_stays", what=_listed(taken.rows)),)
    if taken.stays:
        notes += (say(book.words.code, "undo_kept", what=_listed(taken.stays)),)
    report = RefreshReport(changed=saved.changed, written=saved.written, notes=notes, summary=_told(book.words, step))
    return before, writing, report


def _listed(places: Sequence[str]) -> str:
    return ", ".join(places[:_NAMED]) + (" …" if len(places) > _NAMED else "")


def _written_plan(before: Workbook, step: _Step) -> Plan | None:
    """Return the plan that the write made which is taken back; None where it wrote other things too, or several are taken back."""
    last = step.writes[-1] if step.writes else None
    if last is None or not last.on or last.mark != mark_of(step.backup):
        return None
    return make_plan(before, on=date.fromisoformat(last.on))


def _raw_version(book: Workbook, package: bytes) -> RawBook:
    """Read an earlier version; where its tables could be several ones, those are meant that are the workbook's today.

    `adopt` may have made them, or chosen among them, or told several journals together: then none of these is the one.
    """
    name = book.path.name
    with suppress(TablesNotFound):
        return read_book(package, name=name, need_clients=False)
    marks = marks_of((n.name, n.value) for n in book.raw.document.defined_names if n.sheet is None)
    with suppress(TablesNotFound):
        return read_book(package, name=name, need_clients=False, marks=marks)
    journals = marks_for([one for one in candidates(package, name=name)[1] if one.journal])
    return without_visits(read_book(package, name=name, need_clients=False, marks=(*marks, *journals)))


def _told(words: Language, step: _Step, *, would: bool = False) -> str:
    key = "undo_ours" if not step.whole else "undo_to" if step.when else "undo_done"
    return words.say(f"would_{key}" if would else key, when=step.when[:16].replace("T", " "))


def _standing(book: Workbook, journal: Journal, backups: Path) -> list[Write]:
    """Return the writes that can be taken back: those whose backup is kept, and is not what the file holds anyway."""
    kept = set(map(mark_of, files_in(backups)))
    writes = [write for write in kept_writes(journal) if write.mark in kept]
    while writes and writes[-1].mark == _name(book.data):
        writes.pop()
    return writes


def _ids_waiting(now: Workbook, before: Workbook, on: date) -> dict[tuple[str, ...], str]:
    """Return the ids that a write gave and that are taken back with it, by who has them: the next write gives the same."""
    if "Clients" not in before.raw.tables:
        return {}
    known = figure(before.snapshot, on).ids
    clients, earlier = now.raw.tables["Clients"], before.raw.tables["Clients"]
    ids = clients.column("client_id").cells()
    rows = same_rows(clients, earlier)
    now_of = {then: at for at, then in enumerate(rows.then) if then is not None and at not in rows.copies}
    return {
        owner: str(ids[now_of[position]])
        for position, owner in zip(known.positions, known.owners, strict=True)
        if position in now_of and ids[now_of[position]] is not None
    }
