"""Everything that is kept of one client, as tables of words: what a person may ask to see. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sheetcrm.crm.cells import id_text
from sheetcrm.crm.erasing import lines_of
from sheetcrm.crm.fields import CLIENTS, VISITS
from sheetcrm.crm.figuring import figure
from sheetcrm.crm.lineage import bare_id
from sheetcrm.crm.values import mark_of
from sheetcrm.languages import language

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from sheetcrm.crm.erasing import Person
    from sheetcrm.crm.fields import TableSpec
    from sheetcrm.crm.outcome import Plan
    from sheetcrm.crm.snapshot import Snapshot
    from sheetcrm.crm.tables import Cell, Table
    from sheetcrm.languages import Language

_SENT = ("at", "campaign", "occasion", "channel", "client", "to", "subject", "text", "status", "detail")
_DUE = ("due", "campaign", "channel", "to", "subject", "text")
_PAIR = ("left", "right", "tier", "reasons", "decision")
_DONE = ("at", "action", "client_id", "other_id", "field", "before", "after")


@dataclass(frozen=True)
class Section:
    """A part of what is kept: its title, the headers of its columns, and its rows; cells as they stand."""

    name: str
    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def dossier(
    snapshot: Snapshot,
    on: date,
    who: Person,
    plan: Plan,
    sent: Iterable[Mapping[str, Cell]],
    actions: Mapping[str, str],
) -> tuple[Section, ...]:
    """Return what is kept of a client: her rows and visits, what went out and what is due, what was done, what she refused.

    `sent` are the record's lines by field of Sent, in English; `actions` says how each kind of act is called. Empty parts are left out.
    """
    words = language(snapshot.settings.language)
    known = figure(snapshot, on, renumber=False)
    ids = {bare_id(one) for one in who.ids}
    parts = [_rows_of(snapshot.tables["Clients"], who, words)]
    if (visits := snapshot.tables.get("Visits")) is not None:
        parts.append(_visits(visits, lines_of(known, visits, who.places, ids), words))
    lines = [line for line in sent if bare_id(id_text(line["client_id"])) in ids]
    parts.append(_section("Sent", words.sheet("Sent"), _SENT, (_in_words(line, words) for line in lines), words))
    due = [
        {"due": m.due, "campaign": m.key.campaign, "channel": words.choice(m.channel), "to": m.to}
        | {"subject": m.subject, "text": m.text}
        for m in plan.message_list
        if bare_id(m.key.client_id) in ids
    ]
    parts.append(_section("Outbox", words.sheet("Outbox"), _DUE, due, words))
    if (pairs := snapshot.tables.get("Duplicates")) is not None:
        parts.append(_section("Duplicates", words.sheet("Duplicates"), _PAIR, _pairs(pairs, ids), words))
    parts.append(_section("Changes", words.sheet("Changes"), _DONE, _done(snapshot, ids, actions), words))
    parts.append(_refused(snapshot, who, lines, words))
    return tuple(part for part in parts if part.rows)


def _rows_of(clients: Table, who: Person, words: Language) -> Section:
    """Return every filled cell of her row, and of those that were merged into it: what she typed first, then what was computed."""
    derived = {field.name for field in CLIENTS.fields if field.derived}
    fields = sorted(clients.columns, key=lambda field: field in derived)
    ids, several = clients.column("client_id"), len(who.places) > 1
    rows = [
        (*((ids.cell(at),) if several else ()), _named(clients, field, CLIENTS, words), cell)
        for at in who.places
        for field in fields
        if (cell := clients.column(field).cell(at)) is not None
    ]
    headers = (*(("client_id",) if several else ()), "field", "value")
    return Section("Clients", words.sheet("Clients"), tuple(map(words.header, headers)), tuple(rows))


def _visits(visits: Table, places: Sequence[int], words: Language) -> Section:
    order = {name: at for at, name in enumerate(VISITS.names)}
    filled = [field for field, column in visits.columns.items() if any(column.cell(at) is not None for at in places)]
    fields = sorted(filled, key=lambda field: order.get(field, len(order)))
    headers = tuple(_named(visits, field, VISITS, words) for field in fields)
    rows = (tuple(visits.column(field).cell(at) for field in fields) for at in places)
    return Section("Visits", words.sheet("Visits"), headers, tuple(rows))


def _named(table: Table, field: str, spec: TableSpec, words: Language) -> str:
    return table.headers.get(field) or (words.header(field) if spec.field(field) else field)


def _pairs(table: Table, ids: set[str]) -> Iterator[Mapping[str, Cell]]:
    """Yield the pairs that wait in Duplicates, or were decided there, in which she is one of the two."""
    columns = {name: table.column(name).cells() for name in _PAIR}
    for cells in zip(*columns.values(), strict=True):
        line = dict(zip(columns, cells, strict=True))
        if {bare_id(id_text(line["left"])), bare_id(id_text(line["right"]))} & ids:
            yield line


def _section(
    name: str, title: str, fields: Sequence[str], lines: Iterable[Mapping[str, Cell]], words: Language
) -> Section:
    """Return a part with the columns that are not empty throughout."""
    every = list(lines)
    shown = [field for field in fields if any(line.get(field) not in (None, "") for line in every)]
    rows = (tuple(line.get(field) for field in shown) for line in every)
    return Section(name, title, tuple(map(words.header, shown)), tuple(rows))


def _in_words(line: Mapping[str, Cell], words: Language) -> dict[str, Cell]:
    said = {name: words.choice(str(line[name])) for name in ("channel", "status") if line[name]}
    return {**line, **said, "detail": words.detail(str(line["detail"] or ""))}


def _done(snapshot: Snapshot, ids: set[str], actions: Mapping[str, str]) -> Iterator[Mapping[str, Cell]]:
    """Yield what was done about her: decisions on duplicates, merges, opt-outs, a line a cell."""
    headers = snapshot.tables["Clients"].headers
    for act in snapshot.acts:
        if not {bare_id(act.left), bare_id(act.right)} & ids:
            continue
        line = {
            "at": _moment(act.at),
            "action": actions.get(act.kind, act.kind),
            "client_id": act.left,
            "other_id": act.right,
        }
        hers = [cell for cell in act.cells if bare_id(cell.client_id) in ids]
        yield from (
            {**line, "field": headers.get(one.field, one.field), "before": one.before, "after": one.after}
            for one in hers
        )
        if not hers:
            yield line


def _moment(at: str) -> datetime | str:
    try:
        return datetime.fromisoformat(at).replace(tzinfo=None)
    except ValueError:
        return at


def _refused(snapshot: Snapshot, who: Person, lines: Sequence[Mapping[str, Cell]], words: Language) -> Section:
    """Return by which channels her addresses want nothing more, and since when: what is kept are hashes of the addresses."""
    marks = {(channel, mark_of(address)): address for channel, address in who.addresses}
    marks |= {(str(line["channel"]), mark_of(str(line["to"]))): str(line["to"]) for line in lines if line["to"]}
    rows = [
        (words.choice(channel), marks.get((channel, mark), "…"), _moment(said.since))
        for (channel, mark), said in snapshot.ledger.suppressed.items()
        if (channel, mark) in marks or {bare_id(one) for one in said.refused} & {bare_id(one) for one in who.ids}
    ]
    headers = (words.header("channel"), words.header("to"), words.header("at"))
    return Section("OptOuts", words.choice("opted-out"), headers, tuple(rows))
