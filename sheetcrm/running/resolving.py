"""The owner's word on a message whose outcome is unknown."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.values import Key, Status, key_of
from sheetcrm.running.answered import doubtful, settle
from sheetcrm.running.looking import look, reading_journal, unite
from sheetcrm.running.reports import RunReport
from sheetcrm.running.session import Session
from sheetcrm.running.upkeep import save_notes


def resolve_message(
    path: Path,
    key: str,
    outcome: Status,
    *,
    on: date | None = None,
    dry_run: bool = False,
    password: str | None = None,
) -> RunReport:
    """Record that a message was `sent` or `failed` (and may go again), and bring the workbook in line.

    With `dry_run` nothing is written, neither the file nor the journal. Raises UsageError where there is no such message or its outcome
    is known.
    """
    if dry_run:
        return _dry(path, key, outcome, on, password)
    with Session(path, on=on, password=password, command="resolve") as session:
        known = _doubtful(session.plan(), key)
        if known is None:
            known = session.journal.resolve(key, outcome)
        else:
            settle(session, known, outcome)
        session.reopen()
        plan, saved = session.save(session.plan(), sends=False, replan=session.plan)
        words = plan.words
        return RunReport(
            written=saved.written,
            notes=tuple(save_notes(words, saved, path)),
            summary=words.say("resolved", key=known.short, status=words.choice(outcome)),
        )


def _dry(path: Path, short: str, outcome: Status, on: date | None, password: str | None) -> RunReport:
    seen = look(path, on=on, days=None, password=password)
    key = _doubtful(seen.plan, short)
    if key is None:
        with reading_journal(seen.book, password) as journal:  # a copy in memory, in which the answer may be tried
            unite(journal, seen.book)
            key = journal.resolve(short, outcome)
    words = seen.plan.words
    return RunReport(summary=words.say("would_resolve", key=key.short, status=words.choice(outcome)))


def _doubtful(plan: Plan, short: str) -> Key | None:
    """Return the key of a message that is held because it may have gone out, unknown to the journal or under another name."""
    return next((key for held in doubtful(plan) if (key := key_of(held)).short == short.strip().lower()), None)
