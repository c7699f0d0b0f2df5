"""Merge what the owner decided to merge, and take a merge back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sheetcrm.crm.acts import MERGE
from sheetcrm.crm.cells import id_text
from sheetcrm.crm.outcome import Plan
from sheetcrm.errors import UsageError
from sheetcrm.languages import Language
from sheetcrm.running.looking import open_workbook
from sheetcrm.running.merges import (
    Merges,
    Shown,
    merged_notes,
    no_room,
    noted_notes,
    obstacle,
    pairs_sheet,
    refused_notes,
    settled_acts,
    unread_notes,
)
from sheetcrm.running.saved import Saved
from sheetcrm.running.session import Session
from sheetcrm.running.upkeep import save_notes
from sheetcrm.workbook.accounting import Account
from sheetcrm.workbook.book import Workbook


@dataclass(frozen=True)
class MergeReport:
    """What merging, or taking a merge back, came to.

    `merged` are (survivor's id, merged row's id), `noted` pairs with the word by which they are two; `unread` says which words of hers
    could not be read; `refused` are decisions that were not carried out, `conflicts` cells that stay as the
    owner typed them since, both in words; `lines` say what was done. `waiting`: the workbook could not be written now.
    """

    merged: tuple[tuple[str, str], ...] = ()
    noted: tuple[tuple[str, str, str], ...] = ()
    refused: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    written: bool = False
    waiting: bool = False
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    summary: str = ""
    receipts: tuple[Account, ...] = ()


def merge_book(
    path: Path,
    *,
    keep: Sequence[str] = (),
    on: date | None = None,
    dry_run: bool = False,
    password: str | None = None,
    receipts: bool = False,
) -> MergeReport:
    """Carry out the decisions in the sheet Duplicates: every pair beside which stands `merge`.

    `keep` are ids of those who are to be the survivors, whatever the sheet says. With `dry_run` nothing is written. Raises WorkbookError
    and its kin.
    """
    merges = Merges("merge", keep=[id_text(one) for one in keep])
    plan, saved, session = _carried_out(path, merges, on, password, dry_run=dry_run, receipts=receipts)
    words = plan.words
    done = tuple(act for act in plan.new_acts if act.kind == MERGE)
    noted = settled_acts(plan, merges.decisions)
    lines = merged_notes(plan, done, would=not saved.written) + noted_notes(plan, noted, would=not saved.written)
    refused, unread = refused_notes(words, merges.done), unread_notes(plan, "Duplicates")
    return MergeReport(
        merged=tuple((act.left, act.right) for act in done),
        noted=tuple((act.left, act.right, act.kind) for act in noted),
        refused=tuple(refused),
        unread=tuple(unread),
        written=saved.written,
        waiting=_waits(saved, dry_run=dry_run, wanted=bool(done or noted)),
        lines=tuple(lines),
        notes=tuple(_notes(words, saved, path, session)),
        summary=_merge_summary(plan, len(done), len(noted), waits=len(refused) + len(unread), written=saved.written),
        receipts=_receipts(session),
    )


def _merge_summary(plan: Plan, merged: int, noted: int, *, waits: int, written: bool) -> str:
    words, would = plan.words, "" if written else "would_"
    if merged:
        return words.say(f"{would}merge_summary", count=merged)
    if noted:
        return words.say(f"{would}noted_summary", count=noted)
    return words.say("nothing_merged") if waits else words.say("nothing_to_merge", sheet=pairs_sheet(plan))


def unmerge_book(
    path: Path,
    client_id: str,
    *,
    on: date | None = None,
    dry_run: bool = False,
    password: str | None = None,
    receipts: bool = False,
) -> MergeReport:
    """Take the merge of a client back: both rows as they were, but for what the owner has typed since.

    Raises UsageError where there is no such merge, WorkbookError and its kin.
    """
    merges = Merges("unmerge", client_id=id_text(client_id))
    plan, saved, session = _carried_out(path, merges, on, password, dry_run=dry_run, receipts=receipts)
    words, undone = plan.words, merges.undone
    act = undone.act
    if act is None:
        raise _nothing_to_take_back(words, merges)
    headers = plan.tables["Clients"].headers
    shown = Shown(plan)
    done, would = ("unmerged", "would_unmerge") if undone.recorded else ("unmarked", "would_unmark")
    key = done if saved.written else would
    return MergeReport(
        merged=((act.left, act.right),),
        conflicts=tuple(one.said(words, headers.get(one.field) or words.header(one.field)) for one in undone.conflicts),
        written=saved.written,
        waiting=_waits(saved, dry_run=dry_run, wanted=True),
        notes=tuple(_notes(words, saved, path, session)),
        summary=words.say(key, merged=shown.client(act.right), survivor=shown.client(act.left), row=undone.row),
        receipts=_receipts(session),
    )


def _carried_out(
    path: Path, merges: Merges, on: date | None, password: str | None, *, dry_run: bool, receipts: bool
) -> tuple[Plan, Saved, Session | None]:
    """Plan with the merges, and save what they come to; nothing is saved where there is nothing to be done."""
    if dry_run:
        book = open_workbook(path, password)
        _check(book)
        return merges.rehearsed(book, on, days=book.settings.outbox_days), Saved(), None
    with Session(path, on=on, password=password, command=merges.command, accounts=receipts) as session:
        session.merges = merges
        _check(session.book)
        plan = session.plan()
        if not plan.new_acts:
            return plan, Saved(), session
        plan, saved = session.save(plan, sends=False, replan=session.plan)
        if merges.no_room:
            raise no_room(session.book)
        return plan, saved, session


def _check(book: Workbook) -> None:
    """Raise WorkbookError where rows of the client list cannot be merged."""
    if (error := obstacle(book)) is not None:
        raise error


def _waits(saved: Saved, *, dry_run: bool, wanted: bool) -> bool:
    return wanted and not dry_run and not saved.written


def _notes(words: Language, saved: Saved, path: Path, session: Session | None) -> list[str]:
    hers = [] if session is None else session.hers
    return [*hers, *save_notes(words, saved, path, waits=False)]


def _receipts(session: Session | None) -> tuple[Account, ...]:
    return () if session is None else tuple(session.accounts or ())


def _nothing_to_take_back(words: Language, merges: Merges) -> UsageError:
    said = "" if merges.undone.refused is None else merges.undone.refused.said(words)
    return UsageError(said, "", text="")
