"""When a campaign is due for whom: for each trigger the day, and the occasion that makes the message unique.

Vectorised: arrays over clients or visits, cut to a window of days before anything is looked at one by one. An
occasion is named by what happened, never by the day on which the message is due: that one is computed and moves.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from sheetcrm.crm import visits as states
from sheetcrm.crm.campaign_table import Campaign, date_column
from sheetcrm.crm.world import NO_VISIT, Due, Ints, World
from sheetcrm.languages.folding import name_alike

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sheetcrm.crm.tables import Cleaned, Column, Dates
    from sheetcrm.crm.visits import VisitGroups

_DAY = np.timedelta64(1, "D")
_NAT = np.datetime64("NaT", "D")
_MONTH_DAYS = 1232  # month * 100 + day is at most 1231


def occasions(campaign: Campaign, world: World, first: np.datetime64, last: np.datetime64) -> Due:
    """Return all occasions of a campaign whose day lies between `first` and `last` (included), whoever they are for."""
    shift = campaign.days * _DAY
    found = _FINDERS[campaign.trigger](campaign, world, first - shift, last - shift)
    return Due(found.client, found.base + shift, found.base, found.visit, found.friend)


def occasion_names(campaign: Campaign, world: World, due: Due) -> list[str]:
    """Return the occasions as the keys have them.

    A visit is named by its date alone: a changed time sends nothing twice, and two tickets of one day get one message.
    """
    if campaign.trigger == "referral":
        return [world.ids[friend] for friend in due.friend.tolist()]
    base = world.days("last_visit")[due.client] if campaign.trigger == "rebook" else due.base
    by_year = campaign.trigger in ("birthday", "anniversary")
    return [str(day.year) if by_year else day.isoformat() for day in base.astype("datetime64[D]").tolist()]


def _found(client: Ints, base: Dates, visit: Ints | None = None, friend: Ints | None = None) -> Due:
    none = np.full(len(client), NO_VISIT, dtype=np.int64)
    return Due(
        client.astype(np.int64), base, base, none if visit is None else visit, none if friend is None else friend
    )


def _within(base: Dates, first: np.datetime64, last: np.datetime64) -> Ints:
    return np.flatnonzero((base >= first) & (base <= last))  # NaT is in no window


def _years(first: np.datetime64, last: np.datetime64) -> range:
    start, end = (cast("date", day.item()) for day in (first, last))
    return range(start.year, end.year + 1)


def _day_table(year: int, leap: tuple[int, int]) -> Dates:
    """Return the day of each month * 100 + day in a year; 29 February on the leap day where the year has none."""
    table = np.full(_MONTH_DAYS, _NAT)
    for month in range(1, 13):
        for day in range(1, 32):
            try:
                table[month * 100 + day] = np.datetime64(date(year, month, day), "D")
            except ValueError:
                continue
    if np.isnat(table[229]):
        table[229] = np.datetime64(date(year, *leap), "D")
    return table


def _each_year(
    month_day: npt.NDArray[Any], since: Ints, world: World, first: np.datetime64, last: np.datetime64
) -> Due:
    """Find the days that come round each year; `since` is the first year in which they do."""
    parts = []
    for year in _years(first, last):
        days = _day_table(year, world.leap_birthday)[month_day]
        days[since > year] = _NAT
        at = _within(days, first, last)
        parts.append(_found(at, days[at]))
    return Due.join(parts)


def _month_days(days: Dates) -> npt.NDArray[np.int64]:
    months = days.astype("datetime64[M]")
    month = months.astype(np.int64) % 12 + 1
    day = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    return np.where(np.isnat(days), 0, month * 100 + day)


def _year_numbers(days: Dates, unknown: int) -> Ints:
    return np.where(np.isnat(days), unknown, days.astype("datetime64[Y]").astype(np.int64) + 1970)


def _birthday(_: Campaign, world: World, first: np.datetime64, last: np.datetime64) -> Due:
    born = world.clients.days("birthday")
    month_day = world.clients.birthday if world.clients.birthday is not None else _month_days(born)
    # whoever is younger than three has no year (a birthday typed without one), so a first year cannot be told
    return _each_year(month_day.astype(np.int64), np.zeros(len(born), dtype=np.int64), world, first, last)


def _anniversary(_: Campaign, world: World, first: np.datetime64, last: np.datetime64) -> Due:
    since = world.clients.days("client_since")
    since = np.where(np.isnat(since), world.days("first_visit"), since)
    return _each_year(_month_days(since), _year_numbers(since, 0) + 1, world, first, last)


def _once(base: Dates, first: np.datetime64, last: np.datetime64, visit: Ints | None = None) -> Due:
    at = _within(base, first, last)
    return _found(at, base[at], None if visit is None else visit[at])


def _reminder(_: Campaign, world: World, first: np.datetime64, last: np.datetime64) -> Due:
    parts, booked = [], set()
    if world.groups is not None:
        groups = world.groups
        chosen = (groups.state == states.PLANNED) & (groups.day >= max(first, world.today)) & (groups.day <= last)
        at = _one_a_day(groups, np.flatnonzero(chosen))
        parts.append(_found(groups.client[at].astype(np.int64), groups.day[at], at))
        booked = set(zip(groups.client[at].tolist(), groups.day[at].tolist(), strict=True))
    typed = world.days(
        "next_visit"
    )  # a date the owner typed counts as a planned visit, though it has no line in Visits
    at = _within(typed, max(first, world.today), last)
    alone = np.array([(c, d) not in booked for c, d in zip(at.tolist(), typed[at].tolist(), strict=True)], dtype=bool)
    return Due.join([*parts, _found(at[alone], typed[at][alone])])


def _one_a_day(groups: VisitGroups, at: Ints) -> Ints:
    """Keep of each client's visits of one day the one that begins first."""
    minutes = np.where(groups.minutes[at] < 0, 1440, groups.minutes[at])
    order = np.lexsort((minutes, groups.day[at], groups.client[at]))
    at = at[order]
    new = np.ones(len(at), dtype=bool)
    new[1:] = (groups.client[at][1:] != groups.client[at][:-1]) | (groups.day[at][1:] != groups.day[at][:-1])
    return at[new]


def _thank_you(_: Campaign, world: World, first: np.datetime64, last: np.datetime64) -> Due:
    if world.groups is None:
        return Due.join([])
    groups = world.groups
    chosen = (groups.state == states.DONE) & (groups.day >= first) & (groups.day <= last)
    at = _one_a_day(groups, np.flatnonzero(chosen))
    return _found(groups.client[at].astype(np.int64), groups.day[at], at)


def _win_back(_: Campaign, world: World, first: np.datetime64, last: np.datetime64) -> Due:
    return _once(world.days("last_visit"), first, last, world.last_done)


def _rebook(_: Campaign, world: World, first: np.datetime64, last: np.datetime64) -> Due:
    # due by the day she is expected; named by the visit it started from, for the expected day moves with
    # everybody's visits
    return _once(world.days("expected_visit"), first, last, world.last_done)


def _date(campaign: Campaign, world: World, first: np.datetime64, last: np.datetime64) -> Due:
    when, count = campaign.when, len(world.clients)
    if when.day is not None:
        return _once(np.full(count, np.datetime64(when.day, "D")), first, last)
    if when.month_day:
        return _each_year(np.full(count, when.month_day), np.zeros(count, dtype=np.int64), world, first, last)
    name = campaign_column(campaign, world.clients)
    days, month_day = column_days(world.clients, world.figures, name)
    if not when.yearly:
        return _once(days, first, last)
    return _each_year(month_day, _year_numbers(days, 0), world, first, last)


def campaign_column(campaign: Campaign, clients: Cleaned) -> str:
    """Return the field or slug that a `date` campaign goes by, "" where Clients has no such column."""
    columns = {*clients.dates, *clients.text, "birthday", "first_visit", "last_visit", "next_visit", "expected_visit"}
    return date_column(campaign.when.column, columns, clients.table.headers)


def column_days(
    clients: Cleaned, figures: Mapping[str, npt.NDArray[Any]], name: str
) -> tuple[Dates, npt.NDArray[np.int64]]:
    """Return a date column of Clients as days (NaT: empty, or no year) and as month * 100 + day (0: empty)."""
    if name == "birthday" and clients.birthday is not None:
        return clients.days(name), clients.birthday.astype(np.int64)
    if name in figures and figures[name].dtype.kind == "M":
        days = figures[name].astype("datetime64[D]")
    elif name in clients.dates:
        days = clients.days(name)
    else:  # the owner's own column: real dates, or text that is an ISO date
        days = _own_days(clients.table.columns.get(name) or clients.texts(name))
    return days, _month_days(days)


def _own_days(column: Column) -> Dates:
    def day(cell: Any) -> np.datetime64:
        if isinstance(cell, datetime):
            return np.datetime64(cell.date(), "D")
        try:
            return np.datetime64(cell if isinstance(cell, date) else date.fromisoformat(str(cell).strip()), "D")
        except ValueError:
            return _NAT

    return column.lookup(day, _NAT, "datetime64[D]")


def _referral(_: Campaign, world: World, first: np.datetime64, last: np.datetime64) -> Due:
    came = world.days("first_visit")
    at = _within(came, first, last)
    if not len(at) or not world.clients.texts("referred_by").filled.any():
        return Due.join([])
    by = world.referrers[at]
    known = (by >= 0) & (by != at)
    return _found(by[known], came[at][known], friend=at[known].astype(np.int64))


def _segment(campaign: Campaign, world: World, first: np.datetime64, last: np.datetime64) -> Due:
    """Find who is inside, by the day of entry; at the campaign's first run nobody has entered."""
    inside = world.segment(campaign)
    name = world.remembered(campaign)
    before = world.ledger.inside.get(name)
    if inside is None or before is None:
        return Due.join([])
    entered = np.full(len(world.clients), _NAT)
    for at in np.flatnonzero(inside).tolist():
        client = world.ids[at]
        known = (client, *world.merged_ids.get(client, ()))
        if client and before.isdisjoint(known):
            entered[at] = world.today
        elif client and (days := [d for one in known if (d := world.ledger.entered.get((name, one))) is not None]):
            entered[at] = np.datetime64(days[0], "D")
    return _once(entered, first, last)


def segments_now(
    campaigns: Sequence[Campaign], world: World
) -> tuple[dict[str, frozenset[str]], dict[tuple[str, str], date]]:
    """Return for each `segment` campaign the ids of those inside now, and the day of entry of newcomers.

    A renamed campaign takes over what is remembered under its former name. Who was merged into another stays as she was: she does
    not enter when that is taken back.
    """
    merged = frozenset(one for others in world.merged_ids.values() for one in others)
    inside: dict[str, frozenset[str]] = {}
    entered: dict[tuple[str, str], date] = {}
    for campaign in campaigns:
        mask = world.segment(campaign)
        if campaign.trigger != "segment" or mask is None:
            continue
        now = frozenset(i for i in (world.ids[p] for p in np.flatnonzero(mask).tolist()) if i)
        known = world.remembered(campaign)
        renamed = name_alike(known) != name_alike(campaign.name)
        name = campaign.name if renamed else known
        before = world.ledger.inside.get(known)
        inside[name] = now if before is None else now | (before & merged)
        if renamed:
            entered |= {(name, client): day for (of, client), day in world.ledger.entered.items() if of == known}
        if before is not None:
            new = (one for one in sorted(now - before) if before.isdisjoint(world.merged_ids.get(one, ())))
            entered |= {(name, client): world.on for client in new}
    return inside, entered


_FINDERS: dict[str, Callable[[Campaign, World, np.datetime64, np.datetime64], Due]] = {
    "birthday": _birthday,
    "anniversary": _anniversary,
    "reminder": _reminder,
    "rebook": _rebook,
    "win-back": _win_back,
    "thank-you": _thank_you,
    "date": _date,
    "referral": _referral,
    "segment": _segment,
}
