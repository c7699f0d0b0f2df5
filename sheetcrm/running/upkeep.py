"""Keep the workbook up to date, and take the last write back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.planning import figure
from sheetcrm.crm.planning import plan as make_plan
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.state import state_folder
from sheetcrm.errors import UsageError, WorkbookError
from sheetcrm.languages import Language
from sheetcrm.running.clock import moment
from sheetcrm.running.identity import remembered_id
from sheetcrm.running.looking import open_workbook
from sheetcrm.running.reports import RefreshReport
from sheetcrm.running.session import TRIES, Saved, Session
from sheetcrm.running.unchanged import Standing, remember
from sheetcrm.running.versions import Version, Write, backups_of, keep_writes, kept_versions, kept_writes
from sheetcrm.workbook.book import Workbook, read_workbook
from sheetcrm.workbook.marks import identity_of
from sheetcrm.workbook.opening import read_stable
from sheetcrm.workbook.saving import Conflict, OpenElsewhere, digest
from sheetcrm.workbook.sheet_values import undisturbed
from sheetcrm.workbook.undoing import same_rows, taken_back
from sheetcrm.workbook.writing import Writing

Step = Callable[[int, int], object]
_TOLD = 20  # lines of one kind; nobody reads more
_STEPS = 3  # read, planned, written


def refresh_anew(
    path: Path,
    *,
    on: date | None = None,
    dry_run: bool = False,
    password: str | None = None,
    progress: Step | None = None,
) -> RefreshReport:
    """Do the work of a refresh: see `refreshing.refresh_book`, which leaves it out where nothing is new."""
    if dry_run:
        return _dry(path, on, password)
    step = progress or (lambda _done, _of: None)
    with undisturbed(), Session(path, on=on, password=password) as session:
        step(1, _STEPS)
        plan = session.plan()
        step(2, _STEPS)
        plan, saved = session.save(plan, sends=False, replan=session.plan)
        step(_STEPS, _STEPS)
        _remember(session, plan, saved)
        return _report(plan, saved, path)


def _remember(session: Session, plan: Plan, saved: Saved) -> None:
    """Note what this refresh came to, unless the next one has to look again: an id given anew may settle whose a visit is."""
    if saved.open_by is not None or saved.conflict or plan.new_names.ids:
        return
    book = session.book
    found = Standing(len(plan.problem_list), 0, len(plan.message_list), book.zone.key, book.settings.language)
    remember(book.data, session.identity.id, session.moment, found, session.environ)


def _dry(path: Path, on: date | None, password: str | None) -> RefreshReport:
    book = open_workbook(path, password)
    plan = make_plan(book, on=moment(book.zone, on).on, days=book.settings.outbox_days)
    changed = sum(len(change.positions) for change in plan.column_changes)
    return _report(plan, Saved(changed), path)


def _report(plan: Plan, saved: Saved, path: Path) -> RefreshReport:
    words = plan.words
    return RefreshReport(
        changed=saved.changed,
        problems=len(plan.problem_list),
        duplicates=0,
        due=len(plan.message_list),
        written=saved.written,
        waiting=saved.conflict,
        notes=(*save_notes(words, saved, path), *renewed_notes(plan, saved)),
        summary=words.say(
            "refresh_summary",
            changed=saved.changed,
            problems=len(plan.problem_list),
            duplicates=0,
            due=len(plan.message_list),
        ),
    )


def save_notes(words: Language, saved: Saved, path: Path) -> list[str]:
    """Say why what was to be written was not, and what of ours was left alone."""
    notes = []
    if saved.open_by is not None:
        notes.append(open_note(words, saved.open_by))
    if saved.conflict:
        notes.append(words.say("workbook_conflict", book=path.name))
    if saved.missing:
        notes.append(words.say("structure_locked", sheets=", ".join(saved.missing)))
    if saved.left:
        notes.append(words.say("formulas_left", cells=", ".join(saved.left[:5]), count=len(saved.left)))
    for one in saved.crowded:
        said = words.say("no_room", table=one.sheet, area=one.area, headers=", ".join(one.headers))
        notes.append(said)
    return notes


def renewed_notes(plan: Plan, saved: Saved) -> list[str]:
    """Say which rows got another id, because theirs was that of an earlier row."""
    if not saved.written or not plan.mended:
        return []
    rows = plan.tables["Clients"].rows
    ids = {int(rows[position]): new for position, new in plan.new_names.ids.items()}
    renewed = [(p.row, p.value) for p in plan.problem_list if p in plan.mended and p.row in ids]
    said = [plan.words.say("id_renewed", row=row, value=old, id=ids[row]) for row, old in renewed[:_TOLD]]
    if len(renewed) > _TOLD:
        said.append(plan.words.say("more_problems", count=len(renewed) - _TOLD))
    return said


def open_note(words: Language, who: str) -> str:
    """Say that somebody has the workbook open, and who where that is known."""
    return words.say("workbook_open_by", who=who) if who else words.say("workbook_open")


def versions(path: Path, *, password: str | None = None) -> list[Version]:
    """Return the versions of a workbook that are kept, the latest first; also of one that is damaged or gone by now."""
    import os  # noqa: PLC0415 - the environment is asked here only

    state, data, known = state_folder(os.environ), b"", ""
    try:
        data = read_stable(path)
        known = identity_of(data, path.name, password).id
    except WorkbookError:
        if not (known := remembered_id(state, path, data, password)):
            raise
    known = known or remembered_id(state, path, data, password)
    return kept_versions(backups_of(state, known)) if known else []


def undo_book(path: Path, *, dry_run: bool = False, password: str | None = None) -> RefreshReport:
    """Take back the last write: the whole file if nothing else changed since, else only our own cells.

    Raises UsageError where there is nothing to take back.
    """
    if dry_run:
        return _undo_dry(path, password)
    with Session(path, password=password) as session:
        for _ in range(TRIES):
            writes = _standing(session.book, session.journal, backups_of(session.state, session.identity.id))
            before, writing, report = _undone(session.book, writes, session.state, session.identity.id, password)
            waiting = _ids_waiting(session.book, before, session.moment.on)
            try:
                if writing.changed:
                    session.replace_by(writing)
            except OpenElsewhere as open_:
                return RefreshReport(notes=(open_note(session.book.words, open_.who),))
            except Conflict:
                session.reopen()
                continue
            session.journal.record_plan(pending={**session.book.ledger.ids_pending, **waiting})
            keep_writes(session.journal, writes[:-1])
            return report
        return RefreshReport(waiting=True, notes=(session.book.words.say("workbook_conflict", book=path.name),))


def _undo_dry(path: Path, password: str | None) -> RefreshReport:
    """Tell what an undo would do, from a copy of the journal in memory: nothing is written anywhere."""
    import os  # noqa: PLC0415 - the environment is asked here only

    book, state = open_workbook(path, password), state_folder(os.environ)
    known = book.identity.id or remembered_id(state, path, book.data, password)
    writes: list[Write] = []
    if known:
        with Journal.read(state, known) as journal:
            writes = _standing(book, journal, backups_of(state, known))
    _, _, report = _undone(book, writes, state, known, password)
    return replace(report, written=False)


def _undone(
    book: Workbook, writes: Sequence[Write], state: Path, workbook_id: str, password: str | None
) -> tuple[Workbook, Writing, RefreshReport]:
    """Return the workbook before the last write, the bytes that take that back, and what is told of it. Raises UsageError."""
    if not writes:
        raise UsageError(f"{book.path.name}: {book.words.say('undo_nothing')}", "", code="nothing-to-undo")
    backup = backups_of(state, workbook_id) / writes[-1].backup
    before = read_workbook(backup, password=password).with_ledger(book.ledger)
    whole = digest(book.data) == writes[-1].digest
    writing = Writing(before.data, 1, lambda _data: None) if whole else taken_back(book, before)
    summary = book.words.say("undo_done" if whole else "undo_ours")
    return before, writing, RefreshReport(changed=writing.changed, written=bool(writing.changed), summary=summary)


def _standing(book: Workbook, journal: Journal, backups: Path) -> list[Write]:
    """Return the writes that can be taken back: those whose backup is kept, and is not what the file holds anyway."""
    writes = [write for write in kept_writes(journal) if (backups / write.backup).is_file()]
    while writes and (backups / writes[-1].backup).read_bytes() == book.data:
        writes.pop()
    return writes


def _ids_waiting(now: Workbook, before: Workbook, on: date) -> dict[tuple[str, ...], str]:
    """Return the ids that a write gave and that are taken back with it, by who has them: the next write gives the same."""
    known = figure(before.snapshot, on).ids
    clients, earlier = now.raw.tables["Clients"], before.raw.tables["Clients"]
    ids = clients.column("client_id").cells()
    now_of = {then: at for at, then in enumerate(same_rows(clients, earlier)) if then is not None}
    return {
        owner: str(ids[now_of[position]])
        for position, owner in zip(known.positions, known.owners, strict=True)
        if position in now_of and ids[now_of[position]] is not None
    }
