"""Erasing a client: what a person may ask to be forgotten leaves the tables, what the business must keep stays without her.

Her row stays where it is, with its id alone and a remark; her visits keep day, service and amount, and say whose they are by that id.
Pure: tables in, cells to be emptied and acts to be remembered out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.acts import ERASED, Act, new_act
from sheetcrm.crm.cells import id_text, shown
from sheetcrm.crm.erased_rows import is_remark
from sheetcrm.crm.erased_sheets import told_rows, without_people
from sheetcrm.crm.fields import CLIENTS, VISITS
from sheetcrm.crm.figuring import figure
from sheetcrm.crm.formats import locale, short_date
from sheetcrm.crm.lineage import bare_id
from sheetcrm.crm.merging import applied, column_changes
from sheetcrm.crm.namesakes import doubtful_lines, lines_under, shared_texts
from sheetcrm.crm.people import full_names, name_key, phone_key
from sheetcrm.crm.values import ColumnChange
from sheetcrm.languages import language

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date

    from sheetcrm.crm.figuring import Figured
    from sheetcrm.crm.snapshot import Snapshot
    from sheetcrm.crm.tables import Cell, Cleaned, Table

_NAMES = ("name", "last_name", "first_name")
_OF_THE_BUSINESS = frozenset(VISITS.names) - {"client", "phone", "note"}
_OURS_TOO = frozenset({"next_visit"})
"""What she may type and we may write: emptied in the tables, its cell follows from the visits that are planned."""
_LEAST = 6  # characters of a text that is looked for elsewhere: a shorter one is found in many
_ADDRESSES = {"email": ("email",), "other_email": ("email",)}
_CALLED = ("sms", "whatsapp", "call")


@dataclass(frozen=True)
class Erasing:
    """What erasing some clients comes to.

    `tables` are the tables as they are then, those of the program's sheets too; `changes` the cells of Clients and Visits to be
    written, `acts` one for each client whose row is emptied. `rows` are their Excel rows, by table; `told` those of Sent and Changes,
    which stay.
    """

    tables: Mapping[str, Table]
    changes: tuple[ColumnChange, ...] = ()
    acts: tuple[Act, ...] = ()
    rows: Mapping[str, tuple[int, ...]] | None = None
    told: Mapping[str, frozenset[int]] | None = None


@dataclass(frozen=True)
class Person:
    """Who is to be erased: her ids (of rows that were merged into hers, too), and what is known of her in words.

    `texts` are by what she is found elsewhere; `addresses` (channel, address) that nobody else in the list has. `shared` are names and
    addresses of hers that other clients, `others`, have too: where they stand, it may be of either.
    """

    ids: tuple[str, ...]
    texts: frozenset[str] = frozenset()
    addresses: frozenset[tuple[str, str]] = frozenset()
    places: tuple[int, ...] = ()  # positions in Clients
    doubtful: frozenset[int] = frozenset()  # marks of visits that may be hers or a namesake's
    shared: frozenset[str] = frozenset()
    others: tuple[str, ...] = ()


def person(snapshot: Snapshot, on: date, client_id: str) -> Person:
    """Return who a client id is, with the rows that were merged into hers."""
    known = _known(snapshot, on)
    clients = known.cleaned["Clients"]
    all_ids = [id_text(cell) for cell in clients.table.column("client_id").cells()]
    merged = [id_text(cell) for cell in clients.table.column("merged_into").cells()]
    ids = {client_id}
    while more := {one for one, into in zip(all_ids, merged, strict=True) if into in ids and one} - ids:
        ids |= more
    while more := {one for one, gone in clients.merges.items() if gone.into in ids} - ids:
        ids |= more
    places = [at for at, one in enumerate(all_ids) if one in ids]
    own = _addresses(clients, places)
    others = _addresses(clients, sorted(set(range(len(clients))) - set(places)))
    names, visits = full_names(clients), known.cleaned.get("Visits")
    shared, whose = shared_texts(clients, places)
    doubtful: frozenset[int] = frozenset()
    if visits is not None and known.resolution is not None:
        doubtful = doubtful_lines(visits, known.resolution, {*(names[at] for at in places), *shared})
    every = (client_id, *sorted(ids - {client_id}))
    return Person(
        every,
        _texts(clients, places),
        own - others,
        tuple(places),
        doubtful,
        frozenset(text for text in shared if len(text) >= _LEAST),
        tuple(all_ids[at] for at in whose),
    )


def _known(snapshot: Snapshot, on: date) -> Figured:
    """Return what is known of the clients. Visits that were hers or an erased namesake's are hers: of either nothing is to stay."""
    ledger = replace(snapshot.ledger, doubtful=frozenset())
    return figure(replace(snapshot, ledger=ledger), on, renumber=False)


def _addresses(clients: Cleaned, places: Sequence[int]) -> frozenset[tuple[str, str]]:
    found = set()
    for field, channels in ({"phone": _CALLED, "other_phone": _CALLED} | _ADDRESSES).items():
        cells = clients.texts(field).cells()
        found |= {(channel, str(cells[at])) for at in places if cells[at] for channel in channels}
    return frozenset(found)


def _texts(clients: Cleaned, places: Sequence[int]) -> frozenset[str]:
    """Return by what somebody is found elsewhere: her full name, her addresses in every form, texts that no other client has."""
    names = full_names(clients)
    taken_names = {name_key(name) for at, name in enumerate(names) if at not in places}
    found = {names[at] for at in places if " " in names[at].strip() and name_key(names[at]) not in taken_names}
    for field, column in clients.table.columns.items():
        if field in _kept(clients.table):
            continue
        count = Counter(column.codes.tolist())
        for at in places:
            cell = column.cell(at)
            text = "" if cell is None else shown(cell)
            if isinstance(cell, str | float | int) and len(text) >= _LEAST and count[int(column.codes[at])] == 1:
                found |= {text, *((str(cell),) if isinstance(cell, str) else ())}
    others = set(range(len(clients))) - set(places)
    for field in ("phone", "other_phone", "email", "other_email"):
        cells = clients.texts(field).cells()
        taken = {cells[at] for at in others}
        for text in {str(cells[at]) for at in places if cells[at]} - taken:
            found |= {text, phone_key(text)}
    own = (text for text in found if name_key(text) not in taken_names)  # who recommended her is somebody else
    return frozenset(text for text in own if len(text) >= _LEAST and not is_remark(text))


def erase(snapshot: Snapshot, on: date, people: Sequence[Person]) -> Erasing:
    """Return what it comes to when these clients are erased on that day; nothing where nothing of them is left."""
    known = _known(snapshot, on)
    clients = known.cleaned["Clients"].table
    places = sorted({at for one in people for at in one.places})
    ids = {bare_id(one) for each in people for one in each.ids}
    remark = _remark(snapshot, on)
    changed = {(at, field): cell for field, at, cell in _emptied(clients, places, remark)}
    changes = list(column_changes(clients, changed))
    tables = dict(snapshot.tables) | {"Clients": applied(clients, changes)}
    rows = {"Clients": tuple(int(clients.rows[at]) for at in places)}
    visits = snapshot.tables.get("Visits")
    if visits is not None:
        hers = lines_of(known, visits, places, ids)
        client = known.resolution.client if known.resolution is not None else np.full(len(visits), -1)
        spoken = {at: clients.column("client_id").cell(int(client[at])) for at in hers if client[at] >= 0}
        lines = _visit_changes(visits, hers, spoken)
        changes += lines
        tables["Visits"] = applied(visits, lines)
        rows["Visits"] = tuple(int(visits.rows[at]) for at in hers)
    emptied = {id_text(clients.column("client_id").cell(at)) for (at, _) in changed}
    acts: list[Act] = []
    for one in sorted({one for each in people for one in each.ids}):
        if one in emptied or not any(act.kind == ERASED and act.left == one for act in snapshot.acts):
            acts.append(new_act(ERASED, one, "", before=(*snapshot.acts, *acts)))
    tables = without_people(tables, ids, {snapshot.tables[name].sheet: of for name, of in rows.items()})
    written = tuple(one for one in changes if one.field not in _OURS_TOO)
    return Erasing(tables, written, tuple(acts), rows, told_rows(snapshot.tables, ids))


def open_lines(snapshot: Snapshot, on: date, texts: Collection[str]) -> list[int]:
    """Return the Excel rows of Visits of nobody known whose client is one of these texts."""
    known = figure(snapshot, on, renumber=False)
    visits = known.cleaned.get("Visits")
    if visits is None or known.resolution is None:
        return []
    return [int(row) for row in visits.table.rows[lines_under(visits, texts) & (known.resolution.client < 0)].tolist()]


def lines_of(known: Figured, visits: Table, places: Collection[int], ids: Collection[str]) -> list[int]:
    """Return the positions of lines of Visits that are of some clients: `places` are theirs in Clients, `ids` as they are compared."""
    found = set()
    if known.resolution is not None and places:
        found |= set(np.flatnonzero(np.isin(known.resolution.client, list(places))).tolist())
    for name in ("client_id", "client"):
        stored = visits.column(name).lookup(lambda cell: bare_id(id_text(cell)) in ids, False, np.bool_)
        found |= set(np.flatnonzero(stored).tolist())
    return sorted(found)


def _kept(clients: Table) -> frozenset[str]:
    """Return the columns of Clients that stay: the id, and what we compute."""
    derived = {field.name for field in CLIENTS.fields if field.derived} - clients.hers - _OURS_TOO
    return frozenset({"client_id", *derived})


def _emptied(clients: Table, places: Sequence[int], remark: str) -> Iterator[tuple[str, int, Cell]]:
    """Yield the cells to be emptied, as field, position and what is to stand there: one of a name has a remark."""
    said = next((name for name in _NAMES if name in clients), "")
    for field, column in clients.columns.items():
        if field in _kept(clients):
            continue
        for at in places:
            cell = column.cell(at)
            if field == said:
                if not is_remark(cell):
                    yield field, at, remark
            elif cell is not None:
                yield field, at, None


def _visit_changes(visits: Table, places: Sequence[int], ids: Mapping[int, Cell]) -> tuple[ColumnChange, ...]:
    """Return what changes in lines of Visits: who it was is her id, her phone and notes go, and so does what only her lines say."""
    new: dict[tuple[int, str], Cell] = {}
    for field, column in visits.columns.items():
        if field in _OF_THE_BUSINESS:
            continue
        own = field in visits.own
        hers = Counter(int(column.codes[at]) for at in places)
        count = np.bincount(column.codes[column.filled], minlength=len(column.values)) if own else None
        for at in places:
            cell = column.cell(at)
            if field == "client":
                wanted = ids.get(at, visits.column("client_id").cell(at))
                if id_text(cell) != id_text(wanted):
                    new[at, field] = wanted
            elif cell is None:
                continue
            elif not own:
                new[at, field] = None
            elif isinstance(cell, str) and count is not None and count[column.codes[at]] == hers[int(column.codes[at])]:
                new[at, field] = None  # what other people's visits say too (`by card`) tells nothing of her
    return column_changes(visits, new)


def _remark(snapshot: Snapshot, on: date) -> str:
    words = language(snapshot.settings.language)
    return words.say("erased_remark", date=short_date(on, locale(words.code, snapshot.settings.country)))


def standing_again(clients: Table, ids: Collection[str], formulas: Collection[str] = ()) -> list[str]:
    """Return those of the ids, all of clients who were erased, in whose rows something stands: an older copy was put back, say.

    `formulas` are fields that hold formulas of hers, which are never written.
    """
    if not ids:
        return []
    column = clients.column("client_id")
    known = {bare_id(one) for one in ids}
    places = np.flatnonzero(column.lookup(lambda cell: bare_id(id_text(cell)) in known, False, np.bool_)).tolist()
    passed = {*_OURS_TOO, *formulas}
    found = {at for field, at, _ in _emptied(clients, places, "") if field not in passed}
    return [id_text(column.cell(at)) for at in sorted(found)]
