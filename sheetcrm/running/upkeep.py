"""Keep the workbook up to date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from sheetcrm.crm.outcome import Plan
from sheetcrm.languages import Language
from sheetcrm.running.erasable import asked_notes, gone_notes
from sheetcrm.running.leaving_out import rearranged
from sheetcrm.running.looking import open_workbook
from sheetcrm.running.merges import Merges
from sheetcrm.running.reports import RefreshReport, report_fields
from sheetcrm.running.saved import Saved
from sheetcrm.running.session import Session
from sheetcrm.running.unchanged import Standing, remember
from sheetcrm.workbook.openness import openers
from sheetcrm.workbook.sheet_values import undisturbed

Step = Callable[[int, int], object]
_TOLD = 20  # lines of one kind; nobody reads more
_NAMED = 5  # cells of one kind
_STEPS = 3  # read, planned, written
_NO_ROOM = {
    "occupied": "no_room",
    "query": "no_room_query",
    "no-header": "no_room_header",
    "filter": "no_room_filter",
    "apart": "ids_apart",
}


def refresh_anew(
    path: Path,
    *,
    on: date | None = None,
    dry_run: bool = False,
    password: str | None = None,
    progress: Step | None = None,
    receipts: bool = False,
) -> RefreshReport:
    """Do the work of a refresh: see `refreshing.refresh_book`, which leaves it out where nothing is new."""
    if dry_run:
        return _dry(path, on, password)
    step = progress or (lambda _done, _of: None)
    with undisturbed(), Session(path, on=on, password=password, command="refresh", accounts=receipts) as session:
        step(1, _STEPS)
        plan = session.plan()
        step(2, _STEPS)
        plan, saved = session.save(plan, sends=False, replan=session.plan)
        step(_STEPS, _STEPS)
        _remember(session, plan, saved)
        report = _report(plan, saved, path)
        notes = (
            *session.hers,
            *asked_notes(session.book, session.erasures.done),
            *session.merges.told(plan, written=saved.written),
            *report.notes,
        )
        return replace(report, notes=notes, receipts=tuple(session.accounts or ()))


def _remember(session: Session, plan: Plan, saved: Saved) -> None:
    """Note what this refresh came to, unless the next one has to look again: an id given anew may settle whose a visit is."""
    if saved.open_by is not None or saved.conflict or plan.new_names.ids:
        return
    book = session.book
    notes = (*left_notes(plan.words, saved), *rearranged(book.raw.tables, plan.words.code), *asked_notes(book))
    said = replace(_report(plan, Saved(), session.path), notes=(*notes, *session.merges.not_done(plan)))
    found = Standing(session.identity.id, book.zone.key, report_fields(said))
    remember("refresh", session.path, book.data, session.moment, found, session.environ)


def _dry(path: Path, on: date | None, password: str | None) -> RefreshReport:
    book = open_workbook(path, password)
    merges = Merges("refresh")
    plan = merges.rehearsed(book, on, days=book.settings.outbox_days)
    changed = sum(len(change.positions) for change in plan.column_changes)
    report = _report(plan, Saved(changed), path)
    return replace(report, notes=(*gone_notes(plan, path), *asked_notes(book), *merges.not_done(plan), *report.notes))


def _report(plan: Plan, saved: Saved, path: Path) -> RefreshReport:
    words = plan.words
    problems = len(plan.standing if saved.ids_stand else plan.problem_list)  # as many as the sheet and `check` have now
    return RefreshReport(
        changed=saved.changed,
        problems=problems,
        duplicates=len(plan.pair_list),
        due=len(plan.message_list),
        written=saved.written,
        waiting=saved.conflict,
        notes=(*save_notes(words, saved, path), *renewed_notes(plan, saved)),
        summary=words.say(
            "refresh_summary",
            changed=saved.changed,
            problems=problems,
            duplicates=len(plan.pair_list),
            due=len(plan.message_list),
        ),
    )


def save_notes(words: Language, saved: Saved, path: Path, *, waits: bool = True) -> list[str]:
    """Say why what was to be written was not, and what of ours was left alone; where it is open, whether it `waits` (`open_note`)."""
    notes = []
    if saved.open_by is not None:
        notes.append(open_note(words, saved.open_by, path, waits=waits))
    elif saved.written and (left := [one.note.name for one in openers(path.resolve()) if one.left_over]):
        notes.append(words.say("note_left_over", note=left[0]))
    if saved.conflict:
        notes.append(words.say("workbook_conflict", book=path.name))
    if saved.signed:
        notes.append(words.say("signature_broken"))
    if saved.dissolved:
        notes.append(words.say("formulas_dissolved", cells=_first(saved.dissolved), count=len(saved.dissolved)))
    if saved.borrowed:
        notes.append(words.say("styles_full"))
    return [*notes, *left_notes(words, saved)]


def left_notes(words: Language, saved: Saved) -> list[str]:
    """Say what of ours has no place in the workbook as it is; true of every write, until she makes room."""
    notes = []
    if saved.missing:
        notes.append(words.say("structure_locked", sheets=", ".join(saved.missing)))
    if saved.withheld:
        sheets = dict.fromkeys(one.sheet for one in saved.withheld)
        notes.append(words.say("sheet_protected", sheets=", ".join(sheets)))
    if saved.left:
        notes.append(words.say("formulas_left", cells=_first(saved.left), count=len(saved.left)))
    if saved.merged:
        notes.append(words.say("merged_left", cells=_first(saved.merged), count=len(saved.merged)))
    for one in saved.crowded:
        text = _NO_ROOM[one.reason]
        notes.append(words.say(text, table=one.sheet, area=one.area, headers=", ".join(one.headers)))
    return notes


def _first(cells: Sequence[str]) -> str:
    return ", ".join(cells[:_NAMED]) + (" …" if cells[_NAMED:] else "")


def renewed_notes(plan: Plan, saved: Saved) -> list[str]:
    """Say which rows got another id, because theirs was that of an earlier row, and that a column with ids was written anew."""
    if not saved.ids_stand:
        return []
    lost, words = plan.new_names.again, plan.words
    if lost is not None:
        clients, counts = plan.tables["Clients"], {"old": len(lost), "new": len(plan.new_names.ids) - len(lost)}
        sheet = clients.sheet or words.sheet("Clients")
        return [words.say("ids_lost", header=words.header("client_id"), sheet=sheet, **counts)]
    if not plan.mended:
        return []
    rows = plan.tables["Clients"].rows
    ids = {int(rows[position]): new for position, new in plan.new_names.ids.items()}
    copied = [p for p in plan.problem_list if p.code == "duplicate-id" and p in plan.mended]
    renewed = [(p.row, p.value) for p in copied if p.row in ids]
    said = [plan.words.say("id_renewed", row=row, value=old, id=ids[row]) for row, old in renewed[:_TOLD]]
    if len(renewed) > _TOLD:
        said.append(plan.words.say("more_problems", count=len(renewed) - _TOLD))
    return said


def open_note(words: Language, who: str, path: Path, *, waits: bool = True) -> str:
    """Say that somebody has the workbook open, who where that is known, and what to do where that may be over.

    What was to be written `waits` for the next run, or has to be asked for again.
    """
    key = "workbook_open" if waits else "workbook_open_now"
    said = words.say(f"{key}_by", who=who) if who else words.say(key)
    return " ".join((said, *open_doubt(words, path)))


def open_doubt(words: Language, path: Path) -> list[str]:
    """Say what to do where a workbook only seems to be open."""
    found = [one for one in openers(path.resolve()) if not one.left_over]
    if not found or not all(one.doubtful for one in found):
        return []
    return [words.say("note_doubtful", note=found[0].note.name)]
