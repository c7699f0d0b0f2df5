"""Keep the workbook up to date, and take the last write back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

from sheetcrm import __version__
from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.planning import plan as make_plan
from sheetcrm.delivery.state import state_folder
from sheetcrm.errors import UsageError
from sheetcrm.languages import Language
from sheetcrm.running.clock import moment
from sheetcrm.running.looking import open_workbook
from sheetcrm.running.reports import RefreshReport
from sheetcrm.running.session import Saved, Session, known_identity
from sheetcrm.running.versions import Version, backup_folder, kept_versions
from sheetcrm.workbook.book import identity_of
from sheetcrm.workbook.opening import read_stable
from sheetcrm.workbook.saving import OpenElsewhere, digest, save

Step = Callable[[int, int], object]


def refresh_book(
    path: Path,
    *,
    on: date | None = None,
    dry_run: bool = False,
    password: str | None = None,
    progress: Step | None = None,
) -> RefreshReport:
    """Validate, compute, and write ids, derived fields and the program's sheets. Nothing to change, nothing written.

    With `dry_run` nothing is written, neither the file nor the journal. Raises WorkbookError and its kin.
    """
    if dry_run:
        return _dry(path, on, password)
    with Session(path, on=on, password=password) as session:
        plan = session.plan()
        plan, saved = session.save(plan, sends=False, replan=session.plan)
        return _report(plan, saved, path)


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
        notes=tuple(save_notes(words, saved, path)),
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
    if saved.left:
        notes.append(words.say("formulas_left", cells=", ".join(saved.left[:5]), count=len(saved.left)))
    return notes


def open_note(words: Language, who: str) -> str:
    """Say that somebody has the workbook open, and who where that is known."""
    return words.say("workbook_open_by", who=who) if who else words.say("workbook_open")


def versions(path: Path, *, password: str | None = None) -> list[Version]:
    """Return the versions of a workbook that are kept, the latest first."""
    import os  # noqa: PLC0415 - the environment is asked here only

    state = state_folder(os.environ)
    identity = known_identity(state, path, identity_of(read_stable(path), path.name, password))
    return kept_versions(backup_folder(state, identity.id))


def undo_book(path: Path, *, dry_run: bool = False, password: str | None = None) -> RefreshReport:
    """Put back the version from before the last write. Raises UsageError where there is none, or the file has changed since."""
    with Session(path, password=password) as session:
        words = session.plan(days=1).words
        kept = kept_versions(backup_folder(session.state, session.identity.id))
        last = session.journal.get("last_written")
        backup = next((v for v in kept if v.path.name == session.journal.get("last_backup")), None)
        if backup is None:
            raise UsageError(f"{path.name}: there is no earlier version to go back to.", "", code="nothing-to-undo")
        if digest(session.book.data) != last:
            raise UsageError(
                f"{path.name} has been changed since sheetcrm last wrote it, so it is left as it is.",
                f"The version from before is {backup.path}.",
                code="changed-since",
            )
        before = backup.path.read_bytes()
        if not dry_run:
            try:
                save(
                    session.path,
                    session.book.data,
                    before,
                    backups=backup_folder(session.state, session.identity.id),
                    verify=lambda _data: None,
                )
            except OpenElsewhere as open_:
                return RefreshReport(notes=(open_note(words, open_.who),))
            session.journal.record_plan(meta={"last_written": "", "last_backup": ""})
        return RefreshReport(written=not dry_run, summary=words.say("undo_done"))


def fingerprint(data: bytes, on: date, today: date, templates: str, journal: str) -> str:
    """Return what tells an unchanged input: file, day, texts, journal and version of the program."""
    whole = hashlib.sha256(data).hexdigest()
    return hashlib.sha256(
        "\n".join((whole, on.isoformat(), today.isoformat(), templates, journal, __version__)).encode()
    ).hexdigest()
