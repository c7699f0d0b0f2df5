"""The owner's decisions on duplicates, carried out in one save with everything that follows from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from sheetcrm.crm.acts import MERGE
from sheetcrm.crm.merge_planning import Asked, plan_merges, plan_unmerge
from sheetcrm.crm.merging import Merging
from sheetcrm.crm.planning import plan as make_plan
from sheetcrm.crm.unmerging import Unmerging
from sheetcrm.running.clock import moment
from sheetcrm.workbook.columns import is_protected

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import date, datetime

    from sheetcrm.crm.acts import Act
    from sheetcrm.crm.outcome import Plan
    from sheetcrm.crm.snapshot import Snapshot
    from sheetcrm.languages import Language
    from sheetcrm.running.clock import Moment
    from sheetcrm.workbook.book import Workbook

ADDED = frozenset({"other_phone", "other_email"})
"""Columns of hers that merging adds where a list lacks them."""


@dataclass
class Merges:
    """Which merges the command at work carries out or takes back (`client_id`'s), and what became of them (`done`, `undone`).

    `without` are columns for which there was no room.
    """

    command: str
    keep: Sequence[str] = ()
    client_id: str = ""
    without: frozenset[str] = frozenset()
    done: Merging = field(default_factory=Merging)
    undone: Unmerging = field(default_factory=Unmerging)

    def plan(self, book: Workbook, today: Moment, now: datetime, make: Callable[[Snapshot], Plan]) -> Plan:
        """Plan with the merges of a workbook that are to be carried out; `make` plans from a snapshot."""
        if "Clients" not in book.raw.placements or not may_merge(book):
            return make(book.snapshot)
        at, formulas = now.isoformat(timespec="seconds"), formulas_of(book)
        if self.client_id:
            plan, self.undone = plan_unmerge(
                book.snapshot, today.on, make, self.client_id, Asked(at, formulas=formulas)
            )
            return plan
        auto = book.settings.auto_merge
        asks = {
            "merge": (True, True, auto),
            "run": (True, auto, auto),  # a word in a cell is enough: the next run carries it out
            "refresh": (False, auto, auto),
        }.get(self.command)
        if asks is None:
            return make(book.snapshot)
        asked = Asked(at, *asks, self.keep, formulas, self.without)
        plan, self.done = plan_merges(book.snapshot, today.on, make, asked)
        return plan

    def rehearsed(
        self, book: Workbook, on: date | None, *, days: int = 1, channels: Collection[str] = ("email",)
    ) -> Plan:
        """Plan as the command at work would, with the merges that it would carry out; nothing is written."""
        day = moment(book.zone, on)
        make = partial(make_plan, on=day.on, days=days, channels=channels, now=day.now.time())
        return self.plan(book, day, moment(book.zone).now, make)

    def told(self, plan: Plan, *, written: bool) -> list[str]:
        """Say who was merged into whom by a plan that was saved, and which decisions were not carried out."""
        return [*(merged_notes(plan, plan.new_acts) if written else ()), *refused_notes(plan.words, self.done)]

    def lacks_room(self, crowded: set[str]) -> bool:
        """Tell whether a plan is to be made anew because there is no room for columns that it adds; take note of them."""
        lost = ADDED & crowded - self.without
        self.without |= lost
        return bool(lost)


def may_merge(book: Workbook) -> bool:
    """Tell whether rows of Clients can be merged: its sheet is not protected, and `merged_into` is a column of ours."""
    sheet = book.raw.placements["Clients"].sheet
    return not is_protected(book, sheet) and "merged_into" not in book.raw.tables["Clients"].hers


def formulas_of(book: Workbook) -> dict[str, frozenset[int]]:
    """Return the positions of formula cells of Clients, by field or slug."""
    return {name: frozenset(places.tolist()) for name, places in book.raw.formulas.get("Clients", {}).items()}


def merged_notes(plan: Plan, acts: Sequence[Act], *, would: bool = False) -> list[str]:
    """Say in the owner's words who was merged into whom."""
    shown = Shown(plan)
    key = "would_merge" if would else "merged"
    return [
        plan.words.say(key, merged=shown.client(act.right), survivor=shown.client(act.left))
        for act in acts
        if act.kind == MERGE
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
