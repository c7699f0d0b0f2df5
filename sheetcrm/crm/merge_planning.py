"""Planning with merges: what the owner decided is done to the client list first, and the plan is made from the list as it is then.

Pure, like planning itself: a snapshot in, a plan out that writes all of it at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sheetcrm.crm.acts import MERGE, CellChange
from sheetcrm.crm.cells import id_text
from sheetcrm.crm.decisions import Decision, contradicting, settled_by, upheld
from sheetcrm.crm.fields import CLIENTS
from sheetcrm.crm.figuring import figure
from sheetcrm.crm.merging import Merging, applied, merge
from sheetcrm.crm.unmerging import Unmerging, unmerge

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date

    from sheetcrm.crm.acts import Act
    from sheetcrm.crm.outcome import Plan
    from sheetcrm.crm.snapshot import Snapshot
    from sheetcrm.crm.values import ColumnChange

    Planner = Callable[[Snapshot], Plan]

_CERTAIN = "certain"


@dataclass(frozen=True)
class Asked:
    """Which merges to carry out.

    Those that she typed (`hers`), those that we wrote beside pairs that are certain and that she left so
    (`ours`), those of certain pairs that do not stand in the sheet yet (`certain`).

    `keep` are ids of those who are to be the survivors, `formulas` positions of formula cells of Clients by field or slug, `without`
    columns for which there is no room; `at` is the moment in ISO seconds.
    """

    at: str
    hers: bool = True
    ours: bool = True
    certain: bool = False
    keep: Sequence[str] = ()
    formulas: Mapping[str, Collection[int]] | None = None
    without: frozenset[str] = frozenset()


def plan_merges(snapshot: Snapshot, on: date, plan: Planner, asked: Asked) -> tuple[Plan, Merging]:
    """Return the plan with the merges that are wanted carried out, and what was merged and what was not.

    `plan` makes a plan from a snapshot for the day `on`.
    """
    decisions = [
        one for one in snapshot.decisions if one.word != MERGE or (asked.ours if one.prefilled else asked.hers)
    ]
    if asked.certain:
        decisions += _certain(snapshot, plan(snapshot))
    if not any(one.word == MERGE for one in decisions) and not asked.keep and not contradicting(decisions):
        return plan(snapshot), Merging()
    known = figure(snapshot, on)
    merging = merge(
        known.cleaned["Clients"],
        known.values,
        snapshot.reading(on),
        decisions,
        at=asked.at,
        keep=asked.keep,
        settled=snapshot.settled,
        acts=snapshot.acts,
        formulas=asked.formulas,
        typed_next=known.typed_next,
        astray=known.astray,
    )
    clients = snapshot.tables["Clients"]
    merging = _without(merging, {*asked.without, *clients.hers})
    return _planned(snapshot, plan, merging.changes, merging.acts), merging


def plan_unmerge(snapshot: Snapshot, on: date, plan: Planner, client_id: str, asked: Asked) -> tuple[Plan, Unmerging]:
    """Return the plan with one merge taken back, and what that comes to."""
    known = figure(snapshot, on)
    unmerging = unmerge(
        known.cleaned["Clients"],
        client_id,
        snapshot.reading(on),
        at=asked.at,
        acts=snapshot.acts,
        formulas=asked.formulas,
        astray=known.astray,
    )
    acts = () if unmerging.act is None else (unmerging.act,)
    return _planned(snapshot, plan, unmerging.changes, acts), unmerging


def _planned(snapshot: Snapshot, plan: Planner, changes: Sequence[ColumnChange], acts: Sequence[Act]) -> Plan:
    if not acts:
        return plan(snapshot)
    clients = applied(snapshot.tables["Clients"], changes)
    done = (*snapshot.acts, *acts)
    told = settled_by(done)  # of the snapshot's own too, as far as these acts say nothing else
    told = {pair: word for pair, word in snapshot.settled.items() if pair not in {act.pair for act in acts}} | told
    same = tuple(replace(act, at=acts[0].at) for act in upheld(done, told, snapshot.tables["Clients"], clients))
    after = replace(
        snapshot,
        tables={**snapshot.tables, "Clients": clients},
        acts=(*done, *same),
        settled=told | settled_by(same),
    )
    made = plan(after)
    hers = [change for change in changes if _is_hers(change.field)]
    return replace(made, column_changes=(*hers, *made.column_changes), new_acts=(*acts, *same, *made.new_acts))


def _is_hers(field: str) -> bool:
    """Tell whether a cell is written by merging alone: what is derived the plan writes anyway, from the list as it is then."""
    spec = CLIENTS.field(field)
    return spec is None or not spec.derived or field == "next_visit"


def _certain(snapshot: Snapshot, plan: Plan) -> list[Decision]:
    """Return the merges of pairs that are certain and do not stand in the sheet: there her word counts, also where she took ours out."""
    sheet = snapshot.tables.get("Duplicates")
    sides = [sheet.column(side).cells() for side in ("left", "right")] if sheet is not None else [[], []]
    told = {frozenset(map(id_text, pair)) for pair in zip(*sides, strict=True) if None not in pair}
    ids = plan.client_ids
    found = [(ids[pair.left], ids[pair.right]) for pair in plan.pair_list if pair.tier == _CERTAIN]
    return [
        Decision(left, right, MERGE, prefilled=True)
        for left, right in found
        if left and right and frozenset((left, right)) not in told | plan.settled.keys()  # she has had a word on it
    ]


def _without(merging: Merging, fields: Collection[str]) -> Merging:
    """Leave out cells of columns that cannot be written: it is told that their values stay in the merged rows alone."""
    if not any(change.field in fields for change in merging.changes):
        return merging
    acts = tuple(
        replace(act, cells=tuple(_kept(act, cell) if cell.field in fields else cell for cell in act.cells))
        for act in merging.acts
    )
    return replace(merging, changes=tuple(c for c in merging.changes if c.field not in fields), acts=acts)


def _kept(act: Act, cell: CellChange) -> CellChange:
    return CellChange(act.right, cell.field, cell.after, cell.after)
