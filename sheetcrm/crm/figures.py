"""Derived fields of Clients, as of a day: grouped vector operations, no loop over visits, money in whole cents."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.ages import ages
from sheetcrm.crm.favourites import services_had
from sheetcrm.crm.fields import DERIVED, Kind
from sheetcrm.crm.intervals import visit_intervals
from sheetcrm.crm.people import survivors
from sheetcrm.crm.ranking import rfm, value_classes
from sheetcrm.crm.visits import DONE, PLANNED, VisitGroups, group_visits

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from sheetcrm.crm.settings import Settings
    from sheetcrm.crm.tables import Cleaned, Column, Dates, Numbers
    from sheetcrm.crm.visits import Cents

Ints = npt.NDArray[np.int64]
Masks = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]
Figures = dict[str, npt.NDArray[Any]]

USUAL_RETURN = 60  # days, where neither her own visits nor the service say


def figures(
    clients: Cleaned,
    visits: Cleaned | None,
    services: Cleaned | None,
    client: npt.NDArray[np.int32],
    *,
    on: date,
    settings: Settings,
    groups: VisitGroups | None = None,
    typed_next: Masks | None = None,
) -> Figures:
    """Return every derived field but `problems`, one array per field with a value per client.

    Dates are `datetime64[D]` with NaT; counts, money, rates float64 with NaN; the rest arrays of str with "".
    `client` has per line of Visits a position in Clients (of the survivor where she was merged) or -1; `groups` are the
    visits made from it as of `on`. `typed_next` tells whose `next_visit` the owner typed: it counts as a planned visit.
    A client merged into another has nothing but `merged_into`; without Visits there are only `age`, `merged_into`
    and a typed `next_visit`.
    """
    found = _empty(len(clients))
    found["age"] = ages(clients.days("birthday"), on, settings.leap_birthday)
    planned: Dates = found["next_visit"]
    if visits is not None:
        groups = group_visits(visits, client, on) if groups is None else groups
        tally = _count(groups, len(clients))
        planned = tally.planned
        returns, usual = _returns(visits, services, groups, tally)
        found |= _money(tally) | returns | {"status": _statuses(tally, usual, on, settings)}
    found["next_visit"] = np.fmin(planned, _typed(clients, typed_next, on))
    alive = survivors(clients) == np.arange(len(clients))
    if visits is not None:
        found |= _standing(clients.texts("client_id"), tally, alive)
    for name, nothing in _empty(1).items():
        found[name] = np.where(alive, found[name], nothing)
    found["merged_into"] = clients.texts("merged_into").objects("")
    return found


def _empty(size: int) -> Figures:
    """Return every field without a value."""
    nothing: dict[Kind, Any] = {Kind.DATE: np.datetime64("NaT", "D"), Kind.NUMBER: np.nan, Kind.MONEY: np.nan}
    result: Figures = {}
    for field in DERIVED:
        if field.name != "problems":
            result[field.name] = np.full(
                size, nothing.get(field.kind, ""), dtype=None if field.kind in nothing else object
            )
    return result


@dataclass(frozen=True)
class _Days:
    """Some visits, in the order of client and day."""

    client: npt.NDArray[np.int32]
    day: Dates


@dataclass(frozen=True)
class _Tally:
    """Per client: what can be counted from her visits alone."""

    done: _Days
    visits: Ints
    cents: Cents
    no_shows: Ints
    first: Dates
    last: Dates
    planned: Dates


def _count(groups: VisitGroups, size: int) -> _Tally:
    done = groups.state == DONE
    bounds = np.searchsorted(groups.client, np.arange(size + 1))
    part = _Days(groups.client[done], groups.day[done])
    first, last = _ends(part.client, part.day, size)
    planned = groups.state == PLANNED
    return _Tally(
        done=part,
        visits=_sums(done, bounds),
        cents=_sums(groups.cents, bounds),
        no_shows=_sums(groups.no_show, bounds),
        first=first,
        last=last,
        planned=_ends(groups.client[planned], groups.day[planned], size)[0],
    )


def _sums(values: npt.NDArray[Any], bounds: Ints) -> Ints:
    running = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, out=running[1:], dtype=np.int64)
    return running[bounds[1:]] - running[bounds[:-1]]


def _ends(client: npt.NDArray[np.int32], day: Dates, size: int) -> tuple[Dates, Dates]:
    """Return the first and last day per client of visits in the order of client and day."""
    bounds = np.searchsorted(client, np.arange(size + 1))
    some = bounds[1:] > bounds[:-1]
    first = np.full(size, np.datetime64("NaT", "D"))
    last = first.copy()
    first[some] = day[bounds[:-1][some]]
    last[some] = day[bounds[1:][some] - 1]
    return first, last


def _money(tally: _Tally) -> Figures:
    some = tally.visits > 0
    visits = np.maximum(tally.visits, 1)
    # half away from zero, as Excel and SQL round
    ticket = np.sign(tally.cents) * ((2 * np.abs(tally.cents) + visits) // (2 * visits))
    chances = tally.visits + tally.no_shows
    rate = (20_000 * tally.no_shows + chances) // np.maximum(2 * chances, 1)
    return {
        "visits": tally.visits.astype(np.float64),
        "total_spend": tally.cents / 100.0,
        "average_ticket": np.where(some, ticket / 100.0, np.nan),
        "first_visit": tally.first,
        "last_visit": tally.last,
        "no_show_rate": np.where(chances > 0, rate / 10_000.0, np.nan),
    }


def _returns(visits: Cleaned, services: Cleaned | None, groups: VisitGroups, tally: _Tally) -> tuple[Figures, Numbers]:
    """Return what is known of her next coming, and after how many days it is usual, if only by `USUAL_RETURN`."""
    had = services_had(visits, groups)
    favourite = had.favourites(len(tally.visits))
    interval = visit_intervals(tally.done.client, tally.done.day, favourite)
    # who came on a single day has no interval: all that she had is the last visit's
    once = np.where(interval == 0, had.return_days(services, len(interval)), np.nan)
    known = np.where(interval > 0, interval.astype(np.float64), once)
    ahead = np.floor(np.nan_to_num(known) + 0.5).astype("timedelta64[D]")
    found: Figures = {
        "visit_interval": np.where(interval > 0, interval.astype(np.float64), np.nan),
        "expected_visit": np.where(np.isnan(known), np.datetime64("NaT", "D"), tally.last + ahead),
        "favourite_service": had.names[favourite],
    }
    return found, np.where(np.isnan(known), USUAL_RETURN, known)


def _statuses(tally: _Tally, usual: Numbers, on: date, settings: Settings) -> Words:
    """Return the status per client: how long she has been away, in shares of her usual interval, against thresholds."""
    away = np.where(tally.visits > 0, (np.datetime64(on, "D") - tally.last).astype(np.int64), 0)
    status = np.where(tally.visits == 1, "new", "active").astype(object)
    rules = (("due", settings.due_after), ("lapsed", settings.lapsed_after), ("lost", settings.lost_after))
    for word, threshold in rules:  # the worst one last: it wins
        if threshold is not None:
            status[away >= _days_until(threshold, usual)] = word
    status[tally.visits == 0] = "prospect"
    return status


def _days_until(threshold: Decimal, usual: Numbers) -> Ints:
    """Return from how many days on away / usual ≥ threshold: exact, one fraction per distinct interval."""
    distinct, number = np.unique(usual, return_inverse=True)
    days = [-((-Fraction(threshold) * Fraction(value)) // 1) for value in distinct.tolist()]
    return np.array(days, dtype=np.int64)[number]


def _standing(ids: Column, tally: _Tally, alive: Masks) -> Figures:
    """Return where she stands among the clients who have a visit."""
    ranked = np.flatnonzero((tally.visits > 0) & alive)
    result = {name: np.full(len(alive), "", dtype=object) for name in ("rfm", "value_class")}
    if len(ranked):
        cents = tally.cents[ranked]
        result["rfm"][ranked] = rfm(tally.last[ranked], tally.visits[ranked], cents)
        result["value_class"][ranked] = value_classes(cents, ids.take(ranked))
    return result


def _typed(clients: Cleaned, typed_next: Masks | None, on: date) -> Dates:
    days = clients.days("next_visit")
    counts = (days >= np.datetime64(on, "D")) & (typed_next if typed_next is not None else np.False_)
    return np.where(counts, days, np.datetime64("NaT", "D"))
