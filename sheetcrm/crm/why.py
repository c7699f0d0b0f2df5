"""Why a client is not due by a campaign: one reason for each, with her next day where it can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.formats import locale, short_date
from sheetcrm.crm.occasions import campaign_column, column_days, occasions
from sheetcrm.crm.values import Held
from sheetcrm.crm.world import Mask, World

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sheetcrm.crm.campaign_table import Campaign
    from sheetcrm.languages import Language

_AHEAD = 366
_BACK = 5 * 366
_LACKS = {
    "birthday": "no-birthday",
    "anniversary": "no-first-visit",
    "rebook": "no-expected-visit",
    "win-back": "no-visit",
    "thank-you": "no-visit",
}
NOT_DUE = frozenset(
    {"not-due", "not-in-segment", "not-started", "ended", "already-sent", "before-first-run"}
) | frozenset(_LACKS.values())
"""Reasons of those who are not due at all; all others hold back a message that is."""


def not_due(campaign: Campaign, world: World, settled: Mapping[int, tuple[str, date]], words: Language) -> list[Held]:
    """Return one line for every client (merged rows apart) whom an active campaign writes nothing to.

    `settled` has the clients already told of with the day they are due: "" for those with a message or a reason, else
    the reason. `due` of the others is their next day, else their latest; the day asked for where there is none.
    """
    general = _general(campaign, world.on)
    next_days = _next_days(campaign, world)
    last_days = _last_days(campaign, world) if len(next_days) < len(world.clients) else {}
    has_date = _has_date(campaign, world)
    inside = world.segment(campaign) if campaign.segment else None
    where = locale(words.code, "")
    lines = []
    for client in np.flatnonzero(world.survivors == np.arange(len(world.clients))).tolist():
        due, detail = next_days.get(client) or last_days.get(client, world.on), ""
        if client in settled:
            reason, due = settled[client]
        elif inside is not None and not inside[client]:
            reason = "not-in-segment"
        elif general:
            reason = general
        elif not has_date[client]:
            reason = _LACKS.get(campaign.trigger, "not-due")
        else:
            reason = "not-due"
            detail = f"({short_date(due, where)})" if client in next_days else ""
        if reason:
            name, row = world.names[client], world.clients.table.rows[client]
            lines.append(Held(campaign.name, world.ids[client], name, "", due, reason, detail, row))
    return lines


def _general(campaign: Campaign, on: date) -> str:
    """Return why a campaign writes to nobody on a day."""
    if campaign.starts is not None and on < campaign.starts:
        return "not-started"
    return "ended" if campaign.ends is not None and on > campaign.ends else ""


def _next_days(campaign: Campaign, world: World) -> dict[int, date]:
    """Return the next day on which each client is due while the campaign runs, within a year.

    Who is due within the days one plans for has been told of already.
    """
    first = world.today if campaign.starts is None else max(world.today, _day(campaign.starts))
    last = first + np.timedelta64(_AHEAD, "D")
    found = occasions(campaign, world, first, last if campaign.ends is None else min(last, _day(campaign.ends)))
    order = np.argsort(found.day, kind="stable")[::-1]  # of several the earliest is put in last
    return dict(zip(found.client[order].tolist(), found.day[order].tolist(), strict=True))


def _last_days(campaign: Campaign, world: World) -> dict[int, date]:
    """Return the latest day on which each client was due in the last years, while the campaign ran."""
    first = world.today - np.timedelta64(_BACK, "D")
    last = world.today - np.timedelta64(1, "D")
    found = occasions(
        campaign,
        world,
        first if campaign.starts is None else max(first, _day(campaign.starts)),
        last if campaign.ends is None else min(last, _day(campaign.ends)),
    )
    order = np.argsort(found.day, kind="stable")
    return dict(zip(found.client[order].tolist(), found.day[order].tolist(), strict=True))


def _day(day: date) -> np.datetime64:
    return np.datetime64(day, "D")


def _has_date(campaign: Campaign, world: World) -> Mask:
    clients = world.clients
    if campaign.trigger == "birthday":
        born = ~np.isnat(clients.days("birthday"))
        return born if clients.birthday is None else born | (clients.birthday > 0)
    if campaign.trigger == "anniversary":
        return ~np.isnat(clients.days("client_since")) | ~np.isnat(world.days("first_visit"))
    if campaign.trigger in ("rebook", "win-back", "thank-you"):
        field = "expected_visit" if campaign.trigger == "rebook" else "last_visit"
        return ~np.isnat(world.days(field))
    if campaign.trigger == "date" and campaign.when.column:
        return column_days(clients, world.figures, campaign_column(campaign, clients))[1] > 0
    return np.ones(len(clients), dtype=bool)
