"""The order of the stages, once: clean ▸ check ▸ number ▸ resolve ▸ figure ▸ segment ▸ compose ▸ compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, time
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.acts import Act, without_marks
from sheetcrm.crm.agenda import Agenda
from sheetcrm.crm.approval import Approved, approve, edited_by_her
from sheetcrm.crm.campaign_table import read_campaigns
from sheetcrm.crm.campaigns import Composition, compose
from sheetcrm.crm.collecting import uncollected
from sheetcrm.crm.dates import as_day
from sheetcrm.crm.decisions import Clients, Settled, new_acts, settled_by
from sheetcrm.crm.derived import column_changes, differing
from sheetcrm.crm.fields import CALL, OWNER_TABLES, Kind
from sheetcrm.crm.figuring import Figured, figure
from sheetcrm.crm.finding import OVER
from sheetcrm.crm.gone_rows import gone_ids
from sheetcrm.crm.likeness import Search, probable_duplicates
from sheetcrm.crm.optouts import opt_outs, returned_mail
from sheetcrm.crm.outcome import NewNames, Plan
from sheetcrm.crm.people import merged_ids
from sheetcrm.crm.problem_words import row_problems
from sheetcrm.crm.rewording import Rewording
from sheetcrm.crm.segments import evaluate_segments
from sheetcrm.crm.snapshot import Snapshot
from sheetcrm.crm.spoken import MESSAGE, UNREAD
from sheetcrm.crm.tables import CellError, Cleaned, Column
from sheetcrm.crm.texts import TextLibrary
from sheetcrm.crm.unclear import undecided
from sheetcrm.crm.values import ColumnChange, Held, Key, Ledger, Problem, key_of
from sheetcrm.crm.withholding import but_for, by_her_word, without_astray, without_doubtful
from sheetcrm.errors import UsageError
from sheetcrm.languages import language


class HasSnapshot(Protocol):
    """Anything that can be planned from: an opened workbook."""

    @property
    def snapshot(self) -> Snapshot:
        """Return what planning looks at."""
        ...


@uncollected()
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
    ids = tuple(known.cleaned["Clients"].texts("client_id").objects("").tolist())
    sure = [one for one in snapshot.decisions if known.astray.isdisjoint((one.left, one.right))]
    acts = new_acts(sure, Clients(snapshot.tables["Clients"], ids), snapshot.acts)
    acts = (*acts, *(_forgotten_merges(snapshot, known.cleaned["Clients"]) if not known.astray else ()))
    settled = {**snapshot.settled, **settled_by(acts)}
    words = language(snapshot.settings.language)
    out = opt_outs(known.cleaned["Clients"], snapshot.ledger, snapshot.acts, snapshot.told, words)
    snapshot = replace(snapshot, ledger=out.without_agreed(snapshot.ledger))
    composition = _compose(snapshot, known, settled, on, days=days, why=why, channels=channels, now=now)
    approved = _approved(composition, snapshot, merged_ids(known.cleaned["Clients"]))
    counts = np.cumsum([len(composition.messages), len(composition.by_hand)]).tolist()
    doubt, stopped = snapshot.ledger.doubt, approved.stopped
    messages, doubtful = without_doubtful(approved.messages[: counts[0]], doubt, stopped)
    by_hand, unclear = without_doubtful(approved.messages[counts[0] : counts[1]], doubt, stopped)
    by_hand, unclear = without_astray(by_hand, unclear, known.astray)
    messages, doubtful = without_astray(messages, doubtful, known.astray)
    held = by_her_word(composition.held, approved.messages[counts[0] :], stopped)
    clients = snapshot.tables["Clients"]
    search = Search(clients, known.values["merged_into"] != "", snapshot.likeness)
    likely = probable_duplicates(clients, known.ids.given_first(), search, words)
    returned = returned_mail(known.cleaned["Clients"], snapshot.ledger.bounced)
    found = (*_open_notes(snapshot.notes, composition.held), *known.problems, *composition.problems, *likely, *returned)
    problems = tuple(sorted(found, key=_order))
    renumbered = {clients.rows[position] for position in known.ids.positions}
    mended = known.mended | {p for p in problems if p.code == "duplicate-id" and p.row in renumbered}
    mended |= frozenset(likely)  # the pair stands in Duplicates then
    standing = [p for p in problems if p not in mended]
    values = {**known.values, "problems": row_problems(standing, clients, words)}
    changes = [
        *_new_ids(known),
        *(_resolved_ids(snapshot, known) if not known.astray else ()),
        *out.changes,
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
        held_list=(*but_for(held, unclear), *doubtful, *unclear),
        by_hand=by_hand,
        later=tuple(m for m in approved.messages[counts[1] :] if m.key.client_id not in known.astray),
        stopped=stopped,
        approvals=approved.rows,
        figures=values,
        column_changes=tuple(_keep_typed(changes, known.typed_next)),
        client_ids=ids,
        new_acts=(*acts, *out.acts),
        opt_outs=out,
        undecided=undecided(known.cleaned["Clients"], snapshot.ledger.unclear),
        homes=composition.homes,
        reasons=composition.reasons,
        agenda=Agenda(on, known.cleaned, known.groups, snapshot.settings, snapshot.ledger.erased),
        settled=settled,
        search=search,
        new_names=_new_names(known, composition, snapshot.ledger),
        astray=known.astray,
        gone=_gone(known, ids, snapshot.ledger),
    )


def _gone(known: Figured, ids: Sequence[str], ledger: Ledger) -> tuple[str, ...]:
    """Return whose rows are gone; nothing while ids stand beside other clients, for then they say nothing of anybody."""
    return () if known.astray else gone_ids(ids, known.persons.tolist(), ledger, known.cleaned["Clients"].merges)


def _forgotten_merges(snapshot: Snapshot, clients: Cleaned) -> tuple[Act, ...]:
    """Return what tells that merges are none any more: their rows stand there, each once, and nothing says that they are merged."""
    if not snapshot.acts or "merged_into" in snapshot.tables["Clients"].hers:
        return ()
    ids = clients.texts("client_id").objects("").tolist()
    count, marked = Counter(ids), clients.texts("merged_into").filled.tolist()
    alone = {one for one, is_marked in zip(ids, marked, strict=True) if not is_marked and count[one] == 1}
    return without_marks(snapshot.acts, alone)


def _snapshot_of(book: HasSnapshot | Snapshot) -> Snapshot:
    snapshot = book if isinstance(book, Snapshot) else getattr(book, "snapshot", None)
    if not isinstance(snapshot, Snapshot):
        raise UsageError(
            f"A plan is made from an opened workbook, not from {type(book).__name__}.",
            "Open it first: plan(open_workbook(path), on=...).",
            text="",
        )
    return snapshot


def _compose(
    snapshot: Snapshot,
    known: Figured,
    settled: Mapping[frozenset[str], Settled],
    on: date,
    *,
    days: int,
    why: bool,
    channels: Collection[str],
    now: time | None,
) -> Composition:
    clients = known.cleaned["Clients"]
    table, closed = known.cleaned.get("Campaigns"), known.cleaned.get("Holidays")
    campaigns, problems = read_campaigns(table)
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
        standing=() if table is None else [str(name) for name in table.texts("campaign").values],
        ticks=snapshot.ticks,
        edited=edited_by_her(snapshot.shown),
        holidays=None if closed is None else closed.days("date"),
        settled=settled,
    )
    return composition.with_problems(*problems, *rule_problems)


def _approved(composition: Composition, snapshot: Snapshot, merged: Mapping[str, tuple[str, ...]]) -> Approved:
    """Return the messages as the owner has let them go in Outbox, and which she has not.

    A no to who was merged into a client (`merged`, ids by that client's) is one to her.
    """
    words, ticks = {}, snapshot.ticks
    for message in composition.written:
        before = (message.key._replace(client_id=one) for one in merged.get(message.key.client_id, ()))
        refused = "no" if any(ticks.get(key.short) in ("no", UNREAD) for key in before) else ""
        words[message.key] = ticks.get(message.key.short, refused)
    return approve(
        composition.written,
        words=words,
        rows=snapshot.shown,
        wanted={key: wanted or snapshot.settings.approval for key, wanted in composition.approvals.items()}
        | dict.fromkeys(_hers(composition), "auto"),
        rewrite=Rewording(snapshot.layout, snapshot.settings),
    )


def _open_notes(notes: Sequence[Problem], held: Sequence[Held]) -> Iterator[Problem]:
    """Yield what is wrong in what she typed, but for words beside messages whose time is over: nothing is to be done about them."""
    over = {key_of(one).short for one in held if one.reason in OVER} if any(MESSAGE in n.params for n in notes) else ()
    yield from (note for note in notes if note.params.get(MESSAGE) not in over)


def _hers(composition: Composition) -> Iterator[Key]:
    """Yield the messages that go nowhere without her: they need no tick besides."""
    yield from (message.key for message in composition.by_hand)
    yield from (message.key for message in composition.messages if message.channel == CALL)


def _order(problem: Problem) -> tuple[int, int, str]:
    """Errors and warnings in the order of tables and rows: as she will walk through the file."""
    place = OWNER_TABLES.index(problem.table) if problem.table in OWNER_TABLES else len(OWNER_TABLES)
    row = problem.row if isinstance(problem.row, int) else 0
    return place, row, problem.code


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
    """Return the ids to be written: not into a cell that holds an error, which is hers."""
    old, given = known.ids.old, zip(known.ids.positions, known.ids.ids, strict=True)
    free = {position: new for position, new in given if not isinstance(old.cell(position), CellError)}
    if not free:
        return []
    positions = np.array(list(free), dtype=np.int64)
    return [ColumnChange("Clients", "client_id", positions, old.take(positions), Column.encode(list(free.values())))]


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


def _new_names(known: Figured, composition: Composition, ledger: Ledger) -> NewNames:
    clients, traces = known.cleaned["Clients"], composition.traces.items()
    given = NewNames(
        ids=dict(zip(known.ids.positions, known.ids.ids, strict=True)),
        id_owners=known.ids.owners,
        unsure=frozenset(known.ids.ids[known.ids.positions.index(p)] for p in known.ids.unsure),
        campaigns={name: trace for name, trace in traces if ledger.campaigns.get(name) != trace},
    )
    if "client_id" not in clients.table and ledger.id_order:
        given = replace(given, again=frozenset(known.ids.ids) & set(ledger.id_order))
    if known.astray:  # what is known of these ids is kept as it was, to be told again when the rows are put right
        return given
    ids = clients.texts("client_id").objects("").tolist()
    persons = zip(ids, known.persons.tolist(), strict=True)
    named = {} if known.resolution is None else known.resolution.named
    order = tuple(one for one in ids if one)
    anew = {one: merged.into for one, merged in clients.merges.items() if merged.retyped}
    return replace(
        given,
        persons={i: mark for i, mark in persons if i and ledger.persons.get(i) != mark},
        id_order=order if order != ledger.id_order else (),
        retyped={one: now for one, now in anew.items() if ledger.retyped.get(one) != now},
        named={i: new for i, texts in named.items() if (new := texts - ledger.named.get(i, frozenset()))},
        inside=composition.inside,
        entered=composition.entered,
    )
