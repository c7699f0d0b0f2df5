"""What is wrong across rows and tables: cells that lack, ids given twice, visits not closed, services unknown."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.cells import shown
from sheetcrm.crm.fields import CONSENT_OF_CHANNEL, TABLES
from sheetcrm.crm.people import astray, is_alive
from sheetcrm.crm.rowchecks import drifting, filled, repeated
from sheetcrm.crm.values import Problem
from sheetcrm.languages.folding import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date

    from sheetcrm.crm.tables import Cleaned, Column, Reading, Table

Mask = npt.NDArray[np.bool_]

_REQUIRED = {
    "Clients": (("name", "first_name", "last_name"),),
    "Visits": (("date",), ("client",)),
    "Services": (("service",),),
}
"""Per table, of which fields at least one must be filled in a row."""

_ROWS_MAY_REPEAT = frozenset({"Settings", "Holidays", "Texts", "Campaigns", "Segments"})
_SEVERAL_SERVICES = ",;+/\n"

_COLUMN_OF_TRIGGER = {
    "birthday": ("birthday",),
    "anniversary": ("client_since", "first_visit"),
    "rebook": ("expected_visit", "last_visit"),
    "win-back": ("last_visit",),
    "reminder": ("next_visit",),
    "thank-you": ("last_visit",),
    "referral": ("referred_by",),
}
"""The columns of Clients of which a campaign's trigger needs one, where the book has no visits to know it from."""

_FROM_VISITS = frozenset({"anniversary", "rebook", "win-back", "reminder", "thank-you"})
_CONTACT_OF_CHANNEL = {"email": "email", "sms": "phone", "whatsapp": "phone", "call": "phone"}


def check(tables: Mapping[str, Cleaned], reading: Reading) -> list[Problem]:
    """Return what is wrong across rows and tables, beside what `clean` found in single cells; nothing is changed.

    `tables` are the cleaned tables by their contract names; `reading.on` is the day it is looked at.
    """
    problems: list[Problem] = []
    for name, cleaned in tables.items():
        spec = TABLES.get(name)
        if spec is None or spec.program:
            continue
        table = cleaned.table
        rows = _rows_with_anything(cleaned)
        problems += _missing_required(table, rows)
        if name not in _ROWS_MAY_REPEAT:
            problems += _duplicate_rows(table, rows)
        for own in table.own:
            problems += _flagged(table, own, "type-drift", drifting(cleaned.texts(own)))
    clients, visits, services = (tables.get(name) for name in ("Clients", "Visits", "Services"))
    if clients is not None:
        problems += _duplicate_ids(clients)
        gone = _flagged(clients.table, "merged_into", "unknown-client", np.array(astray(clients), dtype=np.intp))
        problems += (replace(problem, params={"kind": "merged"}) for problem in gone)
    if visits is not None and reading.on is not None:
        problems += _unlikely_statuses(visits, reading.on, max(reading.on, reading.today or reading.on))
    if services is not None:
        problems += _flagged(services.table, "price", "negative-price", np.flatnonzero(services.amounts("price") < 0))
        if visits is not None:
            problems += _unknown_services(visits, services)
    if clients is not None and "Campaigns" in tables:
        problems += _missing_fields(tables["Campaigns"], clients.table, with_visits=visits is not None)
    return problems


def _owner_columns(table: Table) -> dict[str, Column]:
    """Return the columns the owner types: not those the program computes, unless they are hers."""
    computed = {f.name for f in TABLES[table.name].fields if f.derived} - table.hers
    return {name: column for name, column in table.columns.items() if name not in computed}


def _rows_with_anything(cleaned: Cleaned) -> Mask:
    """Return which rows are rows at all: blank ones between are none, nor are those that were merged into another."""
    rows = filled(_owner_columns(cleaned.table).values(), len(cleaned))
    return rows & is_alive(cleaned) if cleaned.table.name == "Clients" else rows


def _flagged(
    table: Table, field: str, code: str, positions: npt.NDArray[np.intp], suggest: Callable[[str], str] | None = None
) -> Iterator[Problem]:
    """Yield one problem per position, quoting the cell that stands there; `suggest` is asked once per distinct text."""
    column = table.column(field)
    texts = {c: shown(column.values[c]) for c in np.unique(column.codes[positions]).tolist() if c >= 0}
    params = {c: {"suggestion": near} for c, text in texts.items() if (near := suggest(text))} if suggest else {}
    for row, cell in zip(table.rows[positions].tolist(), column.codes[positions].tolist(), strict=True):
        yield Problem(code, table.name, row, field, texts.get(cell, ""), params.get(cell, {}))


def _missing_required(table: Table, rows: Mask) -> Iterator[Problem]:
    for fields in _REQUIRED.get(table.name, ()):
        there = [table.columns[f] for f in fields if f in table.columns]
        if not there and rows.any():
            yield Problem("missing-required", table.name, None, fields[0])  # the column itself is not there
        elif there:
            field = next(f for f in fields if f in table.columns)
            yield from _flagged(table, field, "missing-required", np.flatnonzero(rows & ~filled(there, len(table))))


def _duplicate_rows(table: Table, rows: Mask) -> Iterator[Problem]:
    """Yield rows that repeat an earlier one in all the owner's cells.

    An id yet to be given makes no difference, nor does one that such a row got since, where phone or e-mail say that it is one person.
    """
    columns = _owner_columns(table)
    ids = columns.pop("client_id", None)
    later, first = repeated(list(columns.values()), rows & filled(columns.values(), len(table)))
    if ids is not None:
        kept = (ids.codes[later] == ids.codes[first]) | ~ids.filled[later] | _reached(table)[later]
        later, first = later[kept], first[kept]
    labels = zip(table.rows[later].tolist(), table.rows[first].tolist(), strict=True)
    yield from (Problem("duplicate-row", table.name, row, None, "", {"other_row": str(other)}) for row, other in labels)


def _reached(table: Table) -> Mask:
    return filled([table.column(name) for name in ("phone", "email")], len(table))


def repeated_until_numbered(clients: Table, problems: Iterable[Problem]) -> frozenset[Problem]:
    """Return those of the problems that end as soon as each row has an id of its own: two clients of whom only the name is known."""
    rows = set(clients.rows[~clients.column("client_id").filled & ~_reached(clients)].tolist())
    return frozenset(p for p in problems if p.code == "duplicate-row" and p.table == "Clients" and p.row in rows)


def _duplicate_ids(clients: Cleaned) -> Iterator[Problem]:
    ids, rows = clients.texts("client_id"), clients.table.rows
    later, first = repeated([ids], ids.filled)
    for row, other, position in zip(rows[later].tolist(), rows[first].tolist(), later.tolist(), strict=True):
        yield Problem("duplicate-id", "Clients", row, "client_id", str(ids.cell(position)), {"other_row": str(other)})


def _unlikely_statuses(visits: Cleaned, on: date, latest: date) -> Iterator[Problem]:
    """Yield visits still planned for a day that is over, and those done on a day that has not come.

    Only where a status was typed: an empty one follows the day (`sheetcrm.crm.visits.effective_status`).
    """
    day, status = visits.days("date"), visits.texts("status")
    planned = status.lookup(lambda word: word == "planned", empty=False, dtype=np.bool_)
    done = status.lookup(lambda word: word == "done", empty=False, dtype=np.bool_)
    over = np.flatnonzero(planned & (day < np.datetime64(on, "D")))
    ahead = np.flatnonzero(done & (day > np.datetime64(latest, "D")))
    for code, positions in (("visit-not-closed", over), ("visit-in-future-done", ahead)):
        labels = zip(visits.table.rows[positions].tolist(), positions.tolist(), strict=True)
        for row, position in labels:
            what = shown(visits.table.column("status").cell(position))
            yield Problem(code, "Visits", row, "status", what, {"value": str(day[position])})  # the words quote the day


def _unknown_services(visits: Cleaned, services: Cleaned) -> Iterator[Problem]:
    """Yield visits of a service that the price list does not have, with the nearest that it has."""
    known = {fold(str(v)): str(v) for v in services.texts("service").values}
    if not known:
        return

    def nearest(text: str) -> str:
        near = difflib.get_close_matches(fold(text), list(known), n=1)
        return known[near[0]] if near else ""

    names = visits.texts("service")
    unknown = names.lookup(lambda v: not _all_known(str(v), known), empty=False, dtype=np.bool_)
    yield from _flagged(visits.table, "service", "unknown-service", np.flatnonzero(unknown), nearest)


def _all_known(text: str, known: Mapping[str, str]) -> bool:
    """Tell whether a cell names a known service, or several of them."""
    if fold(text) in known:
        return True
    parts = [fold(part) for part in text.translate(dict.fromkeys(map(ord, _SEVERAL_SERVICES), ",")).split(",")]
    return len(parts) > 1 and all(part in known for part in parts if part)


def _missing_fields(campaigns: Cleaned, clients: Table, *, with_visits: bool) -> Iterator[Problem]:
    """Yield, once each, the columns that Clients lacks and an active campaign's trigger, channel or purpose needs."""
    active = campaigns.texts("active").lookup(lambda word: word == "yes", empty=False, dtype=np.bool_)
    names = campaigns.texts("campaign")
    missing: dict[str, str] = {}
    for position in np.flatnonzero(active).tolist():
        for wanted in _needs(campaigns, position, with_visits=with_visits):
            if not any(name in clients for name in wanted):
                missing.setdefault(wanted[0], shown(names.cell(position)))
    for field, campaign in missing.items():
        yield Problem("missing-field", "Clients", None, field, "", {"detail": campaign})


def _needs(campaigns: Cleaned, position: int, *, with_visits: bool) -> Iterator[tuple[str, ...]]:
    """Yield groups of columns of Clients; the campaign needs one of each group."""
    trigger, channel, purpose = (campaigns.texts(name).cell(position) for name in ("trigger", "channel", "purpose"))
    if trigger in _COLUMN_OF_TRIGGER and not (with_visits and trigger in _FROM_VISITS):
        yield _COLUMN_OF_TRIGGER[trigger]
    known = channel in _CONTACT_OF_CHANNEL
    yield (_CONTACT_OF_CHANNEL[channel],) if known else tuple(dict.fromkeys(_CONTACT_OF_CHANNEL.values()))
    if (purpose or ("service" if trigger == "reminder" else "marketing")) == "marketing":
        yield (CONSENT_OF_CHANNEL[channel],) if known else tuple(CONSENT_OF_CHANNEL.values())
