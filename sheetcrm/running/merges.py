"""The owner's decisions on duplicates, carried out in one save with everything that follows from them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from sheetcrm.crm.acts import DIFFERENT, HOUSEHOLD, MERGE, UNDONE
from sheetcrm.crm.cells import id_text
from sheetcrm.crm.decisions import contradicting
from sheetcrm.crm.fields import CHANGES
from sheetcrm.crm.merge_planning import Asked, plan_merges, plan_unmerge
from sheetcrm.crm.merging import Merging
from sheetcrm.crm.planning import plan as make_plan
from sheetcrm.crm.tables import runs
from sheetcrm.crm.unmerging import Unmerging
from sheetcrm.errors import WorkbookError
from sheetcrm.running.carriers import channels_of
from sheetcrm.running.clock import moment
from sheetcrm.running.leaving_out import listed
from sheetcrm.workbook.columns import is_protected
from sheetcrm.workbook.edge import sheet_protected
from sheetcrm.workbook.room import ids_apart_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import date, datetime

    from sheetcrm.crm.acts import Act
    from sheetcrm.crm.decisions import Decision
    from sheetcrm.crm.outcome import Plan
    from sheetcrm.crm.snapshot import Snapshot
    from sheetcrm.errors import SheetcrmError
    from sheetcrm.languages import Language
    from sheetcrm.running.clock import Moment
    from sheetcrm.workbook.book import Workbook

ADDED = frozenset({"other_phone", "other_email"})
"""Columns of hers that merging adds where a list lacks them."""


@dataclass
class Merges:
    """Which merges the command at work carries out or takes back (`client_id`'s), and what became of them (`done`, `undone`).

    `without` are columns for which there was no room; with `no_room` there is none to mark a merged row in.
    `barred` is what keeps all that is `asked` from being carried out,
    `decisions` what stands in the sheet.
    """

    command: str
    keep: Sequence[str] = ()
    client_id: str = ""
    without: frozenset[str] = frozenset()
    no_room: bool = False
    asked: Asked | None = None
    barred: SheetcrmError | None = None
    decisions: Sequence[Decision] = ()
    done: Merging = field(default_factory=Merging)
    undone: Unmerging = field(default_factory=Unmerging)

    def plan(self, book: Workbook, today: Moment, now: datetime, make: Callable[[Snapshot], Plan]) -> Plan:
        """Plan with the merges of a workbook that are to be carried out; `make` plans from a snapshot."""
        self.asked = asked = self._asked(book, now.isoformat(timespec="seconds"))
        self.done, self.barred, self.decisions = Merging(), None, book.snapshot.decisions
        if asked is None:
            return make(book.snapshot)
        self.barred = no_room(book) if self.no_room else obstacle(book)
        if self.barred is not None:
            return make(book.snapshot)
        if self.client_id:
            (client_id,) = as_written([self.client_id], book)
            plan, self.undone = plan_unmerge(book.snapshot, today.on, make, client_id, asked)
        else:
            plan, self.done = plan_merges(book.snapshot, today.on, make, asked)
        return plan

    def _asked(self, book: Workbook, at: str) -> Asked | None:
        """Return which merges the command carries out; None where there is nothing to carry out."""
        auto = book.settings.auto_merge
        asks = {
            "merge": (True, True, auto),
            "unmerge": (False, False, False),
            "run": (True, auto, auto),  # a word in a cell is enough: the next run carries it out
            "refresh": (False, auto, auto),
        }.get(self.command)
        told = book.snapshot.decisions
        decided = auto or self.keep or self.client_id or any(o.word == MERGE for o in told) or contradicting(told)
        if asks is None or not any((*asks, self.client_id)) or not decided or "Clients" not in book.raw.placements:
            return None
        return Asked(at, *asks, as_written(self.keep, book), formulas_of(book), self.without)

    def rehearsed(
        self, book: Workbook, on: date | None, *, days: int = 1, channels: Collection[str] | None = None
    ) -> Plan:
        """Plan as the command at work would, with the merges that it would carry out; nothing is written."""
        day = moment(book.zone, on)
        known = channels_of(book, os.environ) if channels is None else channels
        make = partial(make_plan, on=day.on, days=days, channels=known, now=day.now.time())
        return self.plan(book, day, moment(book.zone).now, make)

    def told(self, plan: Plan, *, written: bool) -> list[str]:
        """Say who was merged into whom by a plan that was saved, and which decisions were not carried out."""
        return [*(merged_notes(plan, plan.new_acts) if written else ()), *self.not_done(plan)]

    def not_done(self, plan: Plan) -> list[str]:
        """Say which decisions of hers were not carried out, and why; each time while that is so."""
        return [
            *astray_notes(plan),
            *self._barred_notes(plan),
            *refused_notes(plan.words, self.done),
            *unread_notes(plan, "Duplicates", "Outbox", "Calls"),
        ]

    def _barred_notes(self, plan: Plan) -> list[str]:
        error, asked = self.barred, self.asked
        if error is None or asked is None:
            return []
        wanted = any(one.word == MERGE and (asked.ours or not one.prefilled) for one in self.decisions)
        if not wanted and not (asked.certain and any(pair.tier == "certain" for pair in plan.pair_list)):
            return []
        spoken = plan.words.error(error.text, book=error.params.get("file", ""), **error.params)
        why = " ".join(spoken or (error.message, error.hint))
        return [plan.words.say("merge_waits", sheet=pairs_sheet(plan), why=why)]

    def lacks_room(self, crowded: set[str]) -> bool:
        """Tell whether a plan is to be made anew because there is no room for columns that it adds; take note of them.

        A second phone stays in the merged row then; where a row could not be marked as merged, none is.
        """
        lost = ADDED & crowded - self.without
        self.without |= lost
        unmarked = "merged_into" in crowded and not self.no_room and bool(self.done.acts or self.undone.act)
        self.no_room |= unmarked
        return bool(lost) or unmarked


def as_written(ids: Sequence[str], book: Workbook) -> list[str]:
    """Return client ids as the list has them, in whatever case of letters they were typed."""
    clients = book.raw.tables.get("Clients")
    known = {id_text(cell) for cell in clients.column("client_id").cells() if cell is not None} if clients else set()
    found = []
    for typed in ids:
        alike = [one for one in known if one.casefold() == typed.casefold()]
        found.append(alike[0] if len(alike) == 1 else typed)
    return found


def obstacle(book: Workbook) -> SheetcrmError | None:
    """Return what keeps rows of Clients from being merged: the sheet is protected, or `merged_into` is no column of ours, or astray.

    Behind a password also what keeps it from being told what they were.
    """
    place, name = book.raw.placements["Clients"], book.path.name
    if is_protected(book, place.sheet):
        return sheet_protected(name, place.sheet)
    if "merged_into" in book.raw.tables["Clients"].hers:
        header = place.headers["merged_into"]
        return WorkbookError(
            f"{name}: the column '{header}' is filled in by hand, so it is not written into.",
            f"Give that column another header, then run sheetcrm refresh {name}.",
            code="column-taken",
            text="merged-into-taken",
            params={"file": name, "field": header},
        )
    return no_room(book) if ids_apart_in(book, "merged_into") else _unremembered(book)


def _unremembered(book: Workbook) -> SheetcrmError | None:
    """Return what keeps the sheet Changes from being written, where that alone may tell what merging changed."""
    if not book.raw.encrypted:
        return None  # the journal tells it too
    place, name = book.raw.placements.get(CHANGES.name), book.path.name
    if place is not None:
        return sheet_protected(name, place.sheet) if is_protected(book, place.sheet) else None
    if not book.raw.document.structure_locked:
        return None
    return WorkbookError(
        f"{name}: the workbook's structure is protected: no sheet can be added.",
        "Take the protection off (in Excel: Review, Protect Workbook).",
        code="structure-locked",
        params={"file": name},
    )


def no_room(book: Workbook) -> WorkbookError:
    """Return the error for a list beside which there is no place for `merged_into` that moves along when she sorts."""
    header = book.words.header("merged_into")
    return WorkbookError(
        f"{book.path.name}: beside the list there is no room for the column '{header}', so nothing was merged.",
        f"Leave free columns right of the list, or make an Excel table of it; then run sheetcrm refresh {book.path.name}.",
        code="no-room",
        text="merge-no-room",
        params={"file": book.path.name, "field": header},
    )


def formulas_of(book: Workbook, table: str = "Clients") -> dict[str, frozenset[int]]:
    """Return the positions of formula cells of a table, by field or slug."""
    return {name: frozenset(places.tolist()) for name, places in book.raw.formulas.get(table, {}).items()}


def astray_notes(plan: Plan) -> list[str]:
    """Say beside which ids other clients stand than before, in one line; nothing where all are right."""
    table = plan.tables["Clients"]
    rows = table.rows[[one in plan.astray for one in plan.client_ids]] if plan.astray else table.rows[:0]
    sheet = table.sheet or plan.words.sheet("Clients")
    return [plan.words.say("ids_astray", sheet=sheet, rows=listed(runs(rows)))] if len(rows) else []


def merged_notes(plan: Plan, acts: Sequence[Act], *, would: bool = False) -> list[str]:
    """Say in the owner's words who was merged into whom, and who is not any more because the mark of it is gone."""
    shown = Shown(plan)
    keys = {MERGE: "would_merge" if would else "merged", UNDONE: "merge_forgotten"}
    return [
        plan.words.say(keys[act.kind], merged=shown.client(act.right), survivor=shown.client(act.left))
        for act in acts
        if act.kind in keys
    ]


def settled_acts(plan: Plan, decisions: Sequence[Decision]) -> list[Act]:
    """Return what a plan remembers on her word that two are two; not what only upholds an earlier one."""
    told = {(frozenset((one.left, one.right)), one.word) for one in decisions}
    return [act for act in plan.new_acts if act.kind in (DIFFERENT, HOUSEHOLD) and (act.pair, act.kind) in told]


def noted_notes(plan: Plan, acts: Sequence[Act], *, would: bool = False) -> list[str]:
    """Say in the owner's words what was remembered of whom."""
    shown, words = Shown(plan), plan.words
    key = "would_note" if would else "noted"
    return [
        words.say(key, left=shown.client(a.left), right=shown.client(a.right), word=words.choice(a.kind)) for a in acts
    ]


def unread_notes(plan: Plan, *tables: str) -> list[str]:
    """Say which words that she typed into sheets of ours could not be read, a line a cell."""
    unread = plan.rows_of(problem for problem in plan.problem_list if problem.table in tables)
    return [
        f"{sheet}!{letter or ''}{row or ''}: {message} {hint}".strip()
        for _, _, _, sheet, row, letter, _, _, message, hint in unread
    ]


def pairs_notes(plan: Plan) -> list[str]:
    """Say how many pairs wait for the owner's word, and where, in one line; nothing where none does."""
    if not plan.pair_list:
        return []
    return [plan.words.say("pairs_waiting", count=len(plan.pair_list), sheet=pairs_sheet(plan))]


def pairs_sheet(plan: Plan) -> str:
    """Return how the owner's sheet Duplicates is called."""
    table = plan.tables.get("Duplicates")
    return (table.sheet if table is not None else "") or plan.words.sheet("Duplicates")


def refused_notes(words: Language, merging: Merging) -> list[str]:
    """Say which decisions were not carried out, and why."""
    return [one.said(words) for one in merging.refused]


class Shown:
    """Clients as a person is told of them: name and id."""

    def __init__(self, plan: Plan) -> None:
        from sheetcrm.crm.linkage.reasons import shown_name  # noqa: PLC0415 - where somebody was merged

        self._columns = plan.tables["Clients"].columns
        self._places = {one: at for at, one in enumerate(plan.client_ids)}
        self._name = shown_name

    def client(self, client_id: str) -> str:
        """Return a client as name and id."""
        place = self._places.get(client_id)
        name = "" if place is None else self._name(self._columns, place)
        return f"{name} ({client_id})" if name else client_id
