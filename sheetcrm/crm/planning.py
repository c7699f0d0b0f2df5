"""The order of the stages, once: clean ▸ check ▸ number ▸ resolve ▸ figure ▸ segment ▸ compose ▸ compare."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.campaign_table import read_campaigns
from sheetcrm.crm.campaigns import Composition, compose
from sheetcrm.crm.checks import check
from sheetcrm.crm.dates import as_day
from sheetcrm.crm.derived import column_changes, differing
from sheetcrm.crm.fields import OWNER_TABLES, Kind
from sheetcrm.crm.figures import figures
from sheetcrm.crm.normalise import clean
from sheetcrm.crm.numbering import NewIds, next_ids
from sheetcrm.crm.outcome import NewNames, Plan, row_problems
from sheetcrm.crm.resolving import Resolution, resolve
from sheetcrm.crm.rowchecks import repeated
from sheetcrm.crm.segments import evaluate_segments
from sheetcrm.crm.snapshot import Snapshot
from sheetcrm.crm.tables import Cleaned, Column, Dates
from sheetcrm.crm.texts import TextLibrary
from sheetcrm.crm.values import ColumnChange, Doubt, Held, Key, Message, Problem
from sheetcrm.crm.visits import VisitGroups, group_visits
from sheetcrm.errors import UsageError
from sheetcrm.languages import language
from sheetcrm.languages.folding import name_alike


class HasSnapshot(Protocol):
    """Anything that can be planned from: an opened workbook."""

    @property
    def snapshot(self) -> Snapshot:
        """Return what planning looks at."""
        ...


@dataclass(frozen=True)
class Figured:
    """What is known of the clients before any message: cleaned tables, visits by client, derived figures, problems.

    `mended` are those of the problems that giving copied ids anew takes away.
    """

    cleaned: Mapping[str, Cleaned]
    problems: tuple[Problem, ...]
    ids: NewIds
    resolution: Resolution | None
    groups: VisitGroups | None
    values: Mapping[str, npt.NDArray[Any]]
    typed_next: npt.NDArray[np.bool_]
    mended: frozenset[Problem] = frozenset()


def plan(
    book: HasSnapshot | Snapshot,
    *,
    on: date,
    days: int = 1,
    why: bool = False,
    channels: Collection[str] = ("email",),
    now: time | None = None,
) -> Plan:
    """Plan what is to be written and sent for the day `on` and the `days - 1` days after it. Pure: writes and sends nothing.

    `book` is an opened workbook (or a bare `Snapshot`); `channels` are those that can be sent by, `why` adds to `Plan.held` everyone
    who is not due, with the reason; `now` is the time of day (a reminder goes until the visit begins). The result has the frames
    `problems`, `derived`, `duplicates`, `messages`, `held`, `changes`. `on` may be a datetime or ISO text too. Raises UsageError.
    """
    snapshot, on = _snapshot_of(book), as_day(on)
    known = figure(snapshot, on)
    composition = _compose(snapshot, known, on, days=days, why=why, channels=channels, now=now)
    messages, doubtful = _without_doubtful(composition.messages, snapshot.ledger.doubt)
    words = language(snapshot.settings.language)
    problems = tuple(sorted((*snapshot.notes, *known.problems, *composition.problems), key=_order))
    clients = snapshot.tables["Clients"]
    renumbered = {clients.rows[position] for position in known.ids.positions}
    mended = known.mended | {p for p in problems if p.code == "duplicate-id" and p.row in renumbered}
    standing = [p for p in problems if p not in mended]
    values = {**known.values, "problems": row_problems(standing, clients, words)}
    changes = [
        *_new_ids(known),
        *_resolved_ids(snapshot, known),
        *column_changes(
            clients, snapshot.ours.get("Clients", {}), values, words, with_visits="Visits" in snapshot.tables
        ),
    ]
    return Plan(
        on=on,
        days=days,
        words=words,
        tables=snapshot.tables,
        problem_list=problems,
        mended=mended,
        message_list=messages,
        held_list=(*composition.held, *doubtful),
        stopped=_stopped(messages, known.cleaned.get("Campaigns"), snapshot),
        figures=values,
        column_changes=tuple(_keep_typed(changes, known.typed_next)),
        client_ids=tuple(known.cleaned["Clients"].texts("client_id").objects("").tolist()),
        new_names=_new_names(known, composition),
    )


def _snapshot_of(book: HasSnapshot | Snapshot) -> Snapshot:
    snapshot = book if isinstance(book, Snapshot) else getattr(book, "snapshot", None)
    if not isinstance(snapshot, Snapshot):
        raise UsageError(
            f"A plan is made from an opened workbook, not from {type(book).__name__}.",
            "Open it first: plan(open_workbook(path), on=...).",
        )
    return snapshot


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
    problems += check(cleaned, reading)
    ids = next_ids(cleaned["Clients"], _ids_used(snapshot, cleaned), snapshot.ledger.ids_pending)
    typed_ids = cleaned["Clients"]
    clients = ids.applied(typed_ids) if renumber else typed_ids
    cleaned["Clients"] = clients
    mended: frozenset[Problem] = frozenset()
    resolution = groups = None
    client_of_line = np.empty(0, dtype=np.int32)
    visits = cleaned.get("Visits")
    if visits is not None:
        resolution = resolve(visits, clients)
        problems += resolution.problems
        if clients is not typed_ids and ids.old.filled[list(ids.positions)].any():
            mended = _ambiguous_until_renumbered(visits, typed_ids, resolution)
            problems += mended
        client_of_line = resolution.client
        groups = group_visits(visits, client_of_line, on)
    typed = _typed_next(snapshot, clients, visits, client_of_line)
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
    return Figured(cleaned, tuple(problems), ids, resolution, groups, values, typed, mended)


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


def _compose(
    snapshot: Snapshot,
    known: Figured,
    on: date,
    *,
    days: int,
    why: bool,
    channels: Collection[str],
    now: time | None,
) -> Composition:
    clients = known.cleaned["Clients"]
    campaigns, problems = read_campaigns(known.cleaned.get("Campaigns"))
    masks, rule_problems = evaluate_segments(known.cleaned.get("Segments"), clients, known.values, on)
    library = TextLibrary(snapshot.templates, known.cleaned.get("Texts"), layout=snapshot.layout)
    composition = compose(
        campaigns,
        clients=clients,
        figures=known.values,
        visits=known.cleaned.get("Visits"),
        groups=known.groups,
        masks=masks,
        library=library,
        ledger=snapshot.ledger,
        settings=snapshot.settings,
        on=on,
        days=days,
        now=now,
        why=why,
        channels=channels,
        surname_first=snapshot.surname_first,
    )
    return composition.with_problems(*problems, *rule_problems)


def _ids_used(snapshot: Snapshot, cleaned: Mapping[str, Cleaned]) -> frozenset[str]:
    """Return all ids ever seen: a client whose row was deleted keeps hers in Visits and in Sent."""
    used = set(snapshot.ledger.ids_used)
    used.update(key.client_id for key in snapshot.ledger.sent)
    if "Visits" in cleaned:
        used.update(str(value) for value in cleaned["Visits"].texts("client_id").values)
    return frozenset(used)


def _without_doubtful(messages: Sequence[Message], doubt: Doubt | None) -> tuple[tuple[Message, ...], list[Held]]:
    """Take out what may have gone out already, unknown to a lost journal, until the owner says that it has not."""
    if doubt is None:
        return tuple(messages), []
    doubtful = [m for m in messages if doubt.covers(m.key, m.due)]
    held = [
        Held(m.key.campaign, m.key.client_id, m.client, m.key.occasion, m.due, "unknown-history", row=m.row)
        for m in doubtful
    ]
    return tuple(m for m in messages if not doubt.covers(m.key, m.due)), held


def _stopped(messages: Sequence[Message], campaigns: Cleaned | None, snapshot: Snapshot) -> dict[Key, str]:
    """Return which messages the owner has not let go: `no` under Send?, or no tick yet where she approves each one."""
    approvals: dict[str, str] = {}
    if campaigns is not None:
        names, words = campaigns.texts("campaign").cells(), campaigns.texts("approval").cells()
        approvals = {name_alike(str(n)): str(word) for n, word in zip(names, words, strict=True) if n and word}
    stopped = {}
    for message in messages:
        tick = snapshot.ticks.get(message.key.short, "")
        wanted = approvals.get(name_alike(message.key.campaign), snapshot.settings.approval)
        if tick == "no":
            stopped[message.key] = "stopped"
        elif wanted == "tick" and tick != "yes":
            stopped[message.key] = "waits-for-tick"
    return stopped


def _order(problem: Problem) -> tuple[int, int, str]:
    """Errors and warnings in the order of tables and rows: as she will walk through the file."""
    place = OWNER_TABLES.index(problem.table) if problem.table in OWNER_TABLES else len(OWNER_TABLES)
    row = problem.row if isinstance(problem.row, int) else 0
    return place, row, problem.code


def _typed_next(
    snapshot: Snapshot, clients: Cleaned, visits: Cleaned | None, client_of_line: npt.NDArray[np.int32]
) -> npt.NDArray[np.bool_]:
    """Tell which `next_visit` cells the owner typed: those that hold neither what we last wrote nor a day of one of her visits.

    The second belt is for a lost journal: a date that stands in Visits anyway says nothing new when it is taken for ours.
    """
    days = clients.days("next_visit")
    typed = ~np.isnat(days) | (clients.table.column("next_visit").filled)
    if not typed.any():
        return typed
    positions = np.flatnonzero(typed)
    ids = clients.texts("client_id").objects("")[positions].tolist()
    written = snapshot.ledger.written
    for position, client_id, day in zip(positions.tolist(), ids, days[positions].tolist(), strict=True):
        typed[position] = day is None or written.get((client_id, "next_visit")) != day.isoformat()
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


def _keep_typed(changes: list[ColumnChange], typed: npt.NDArray[np.bool_]) -> list[ColumnChange]:
    """Leave out the next visits that the owner typed."""
    kept = []
    for change in changes:
        if (change.table, change.field) == ("Clients", "next_visit") and len(change.positions):
            ours = ~typed[change.positions]
            kept.append(
                ColumnChange(
                    change.table, change.field, change.positions[ours], change.old.take(ours), change.new.take(ours)
                )
            )
        else:
            kept.append(change)
    return kept


def _new_ids(known: Figured) -> list[ColumnChange]:
    positions = np.array(known.ids.positions, dtype=np.int64)
    if not len(positions):
        return []
    return [
        ColumnChange("Clients", "client_id", positions, known.ids.old.take(positions), Column.encode(known.ids.ids))
    ]


def _resolved_ids(snapshot: Snapshot, known: Figured) -> list[ColumnChange]:
    if known.resolution is None:
        return []
    table = snapshot.tables["Visits"]
    new: Column = known.resolution.client_ids
    ours = snapshot.ours.get("Visits", {}).get("client_id")
    old = Column.empty(len(table)) if ours is None else ours
    positions = differing(Kind.ID, old, new)
    if not len(positions):
        return []
    return [ColumnChange("Visits", "client_id", positions, old.take(positions), new.take(positions))]


def _new_names(known: Figured, composition: Composition) -> NewNames:
    return NewNames(
        ids=dict(zip(known.ids.positions, known.ids.ids, strict=True)),
        id_owners=known.ids.owners,
        unsure=frozenset(known.ids.ids[known.ids.positions.index(p)] for p in known.ids.unsure),
        inside=composition.inside,
        entered=composition.entered,
    )
