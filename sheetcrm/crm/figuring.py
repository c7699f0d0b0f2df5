"""What is known of the clients before any message: clean ▸ check ▸ number ▸ resolve ▸ figure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.acts import MERGE, Merged, standing_merges
from sheetcrm.crm.astray import ids_astray, still_names
from sheetcrm.crm.checks import check, repeated_until_numbered
from sheetcrm.crm.fields import OWNER_TABLES
from sheetcrm.crm.figures import figures
from sheetcrm.crm.former_ids import former_ids
from sheetcrm.crm.lineage import bare_id
from sheetcrm.crm.namesakes import kept_open
from sheetcrm.crm.normalise import clean
from sheetcrm.crm.numbering import NewIds, next_ids, person_marks
from sheetcrm.crm.people import full_names, is_alive
from sheetcrm.crm.resolving import Resolution, resolve
from sheetcrm.crm.retyped_ids import retyped
from sheetcrm.crm.rowchecks import repeated
from sheetcrm.crm.snapshot import Snapshot
from sheetcrm.crm.tables import Cleaned, Dates
from sheetcrm.crm.values import Ledger, Problem
from sheetcrm.crm.visits import VisitGroups, group_visits


@dataclass(frozen=True)
class Figured:
    """What is known of the clients before any message: cleaned tables, visits by client, derived figures, problems.

    `mended` are those of the problems that giving copied ids anew takes away. `persons` are marks of who stands in each row
    (`person_marks`), `astray` the ids beside which another one stood before: nothing that goes by them is sure.
    """

    cleaned: Mapping[str, Cleaned]
    problems: tuple[Problem, ...]
    ids: NewIds
    resolution: Resolution | None
    groups: VisitGroups | None
    values: Mapping[str, npt.NDArray[Any]]
    typed_next: npt.NDArray[np.bool_]
    mended: frozenset[Problem] = frozenset()
    persons: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    astray: frozenset[str] = frozenset()


def figure(snapshot: Snapshot, on: date, *, renumber: bool = True) -> Figured:
    """Run the stages up to the figures: everything that does not depend on campaigns.

    With `renumber` false copied ids stay as they are, and what is known by such an id is nobody's.
    """
    reading = snapshot.reading(on)
    cleaned: dict[str, Cleaned] = {}
    problems: list[Problem] = []
    for name in OWNER_TABLES:
        if name in snapshot.tables:
            cleaned[name], found = clean(snapshot.tables[name], reading)
            problems += found
    if merges := standing_merges(snapshot.acts):
        cleaned["Clients"] = replace(cleaned["Clients"], merges=merges)
    problems = _of_the_living([*problems, *check(cleaned, reading)], cleaned["Clients"])
    typed_ids, ledger = cleaned["Clients"], snapshot.ledger
    former = _former(typed_ids, ledger)
    ids = next_ids(typed_ids, ids_used(snapshot, cleaned), ledger.ids_pending, ledger.persons, former)
    problems = _told_of_the_copies(problems, ids, typed_ids)
    clients = ids.applied(typed_ids) if renumber else typed_ids
    persons, each = person_marks(clients), clients.texts("client_id").objects("").tolist()
    marks = persons.tolist()
    is_numbered = clients is not typed_ids
    clients = _with_retyped(clients, retyped(each, marks, ledger, merges))
    cleaned["Clients"] = clients
    mended: frozenset[Problem] = frozenset()
    resolution = groups = None
    client_of_line = np.empty(0, dtype=np.int32)
    visits = cleaned.get("Visits")
    if visits is not None:
        united = {act.pair for act in snapshot.acts if act.kind == MERGE}
        known = still_names(each, marks, snapshot.ledger.persons, united)
        resolution = resolve(visits, clients, named=snapshot.ledger.named, still_names=known)
        resolution = kept_open(resolution, visits, clients, snapshot.ledger.doubtful)
        gone = snapshot.ledger.erased
        problems += [p for p in resolution.problems if not _is_of_erased(p, gone)]
        if is_numbered and ids.old.filled[list(ids.positions)].any():
            mended = _ambiguous_until_renumbered(visits, typed_ids, resolution)
            problems += mended
        client_of_line = resolution.client
        groups = group_visits(visits, client_of_line, on)
    if is_numbered:
        mended |= repeated_until_numbered(typed_ids.table, problems)
    typed = _typed_next(snapshot, typed_ids, visits, client_of_line)
    values = figures(
        clients,
        visits,
        cleaned.get("Services"),
        client_of_line,
        on=on,
        settings=snapshot.settings,
        groups=groups,
        typed_next=typed,
    )
    astray = ids_astray(each, marks, snapshot.ledger)
    return Figured(cleaned, tuple(problems), ids, resolution, groups, values, typed, mended, persons, astray)


def _with_retyped(clients: Cleaned, retyped: Mapping[str, str]) -> Cleaned:
    """Return the clients with what is remembered of ids that she typed anew beside what is of merged rows."""
    if not retyped:
        return clients
    merges = {one: Merged(now, "", retyped=True) for one, now in retyped.items()}
    return replace(clients, merges={**merges, **clients.merges})


def _former(clients: Cleaned, ledger: Ledger) -> dict[int, str]:
    """Return the ids that rows had, by position, where the column that held them was deleted; not where she has emptied it."""
    if "client_id" in clients.table or not ledger.id_order:
        return {}
    filled = [p for p, name in enumerate(full_names(clients)) if name]
    marks = person_marks(clients)[filled].tolist()
    return {filled[at]: one for at, one in former_ids(marks, ledger.id_order, ledger.persons).items()}


def _is_of_erased(problem: Problem, erased: Collection[str]) -> bool:
    """Tell whether a line of Visits names by the id a client who was erased: it stays in the list of visits, and her row may be deleted."""
    return problem.code == "unknown-client" and bare_id(str(problem.value)) in erased


def _of_the_living(problems: list[Problem], clients: Cleaned) -> list[Problem]:
    """Leave out what is wrong in rows that were merged into another: their cells count nowhere. An id must still be one row's."""
    gone = ~is_alive(clients)
    rows = set(clients.table.rows[gone].tolist()) if gone.any() else set()
    if not rows:
        return problems
    return [p for p in problems if p.table != "Clients" or p.code == "duplicate-id" or p.row not in rows]


def _ambiguous_until_renumbered(visits: Cleaned, typed_ids: Cleaned, resolution: Resolution) -> frozenset[Problem]:
    """Return the visits that an id names which two rows had until now, and one only when the plan is carried out."""
    ids = typed_ids.texts("client_id")
    copied = {str(ids.cell(p)) for p in repeated([ids], ids.filled)[0].tolist()}
    known = set(resolution.problems)
    return frozenset(
        p
        for p in resolve(visits, typed_ids).problems
        if p.code == "ambiguous-client" and p.value in copied and p not in known
    )


def _told_of_the_copies(problems: list[Problem], ids: NewIds, clients: Cleaned) -> list[Problem]:
    """Tell of an id that two rows have at the row that is to get another one, where that is the first of them."""
    if not ids.keepers:
        return problems
    rows = clients.table.rows.tolist()
    swapped = {str(rows[first]): (rows[first], rows[keeper]) for first, keeper in ids.keepers.items()}
    told = []
    for problem in problems:
        first, keeper = swapped.get(problem.params.get("other_row", ""), (None, None))
        if problem.code == "duplicate-id" and problem.table == "Clients" and first is not None:
            row = first if problem.row == keeper else problem.row
            told.append(replace(problem, row=row, params={"other_row": str(keeper)}))
        else:
            told.append(problem)
    return told


def ids_used(snapshot: Snapshot, cleaned: Mapping[str, Cleaned]) -> frozenset[str]:
    """Return all ids ever seen: a client whose row was deleted keeps hers in Visits and in Sent, and in what was merged."""
    used = set(snapshot.ledger.ids_used)
    used.update(one for act in snapshot.acts for one in (act.left, act.right) if one)
    used.update(key.client_id for key in snapshot.ledger.sent)
    used.update(
        one for act in snapshot.acts for one in act.pair if one
    )  # of one who is erased the sheet Changes knows it longest
    if "Visits" in cleaned:
        used.update(str(value) for value in cleaned["Visits"].texts("client_id").values)
    return frozenset(used)


def _typed_next(
    snapshot: Snapshot, clients: Cleaned, visits: Cleaned | None, client_of_line: npt.NDArray[np.int32]
) -> npt.NDArray[np.bool_]:
    """Tell which `next_visit` cells the owner typed: those that hold neither what we last wrote nor a day of one of her visits.

    `clients` have the ids of the sheet: in a copy of a row stands what we wrote for whom it was copied from. The second belt is for
    a lost journal: a date that stands in Visits anyway says nothing new when it is taken for ours.
    """
    days = clients.days("next_visit")
    typed = ~np.isnat(days) | (clients.table.column("next_visit").filled)
    if not typed.any():
        return typed
    positions = np.flatnonzero(typed)
    ids = clients.texts("client_id").objects("")[positions].tolist()
    written = snapshot.ledger.written
    for position, client_id, day in zip(positions.tolist(), ids, days[positions].tolist(), strict=True):
        typed[position] = day is None or day.isoformat() not in written.get((client_id, "next_visit"), "").split()
    if visits is not None:
        on = visits.days("date")
        lines = np.flatnonzero((client_of_line >= 0) & ~np.isnat(on))
        dated = positions[~np.isnat(days[positions])]
        in_visits = np.isin(_pairs(dated, days[dated]), _pairs(client_of_line[lines], on[lines]))
        typed[dated[in_visits]] = False
    return typed


def _pairs(client: npt.NDArray[Any], day: Dates) -> npt.NDArray[np.int64]:
    """Return one number for each pair of a client's position and a day."""
    return (client.astype(np.int64) << 32) + day.astype("datetime64[D]").astype(np.int64)
