"""Rows of Outbox whose key is gone, known again by what stands beside it: whose message, of which campaign, of which day.

A no, or that she sent it herself, must not be lost with a cell that is none of her business. Her yes is not carried over: it is one to the
message whose key stood beside it, and letting go what she did not mean is worse than asking again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from sheetcrm.crm.cells import calendar_day, id_text
from sheetcrm.crm.fields import CALLS, OUTBOX
from sheetcrm.crm.lineage import bare_id
from sheetcrm.crm.spoken import spoken
from sheetcrm.crm.tables import Column
from sheetcrm.crm.values import key_of
from sheetcrm.workbook.former_rows import keys_by_new_name

if TYPE_CHECKING:
    from sheetcrm.crm.outcome import Plan
    from sheetcrm.crm.tables import Cell, Table
    from sheetcrm.crm.values import Key
    from sheetcrm.workbook.book import Workbook


class _Known(NamedTuple):
    """A message of the plan: its short key, and by what a row of it is known."""

    short: str
    client_id: str
    client: str
    to: str


_Place = tuple[str, date]  # campaign, the day it is due


def with_keys_found(book: Workbook, plan: Plan) -> Workbook:
    """Return a workbook in which rows of Outbox and Calls have the keys of their messages in `plan`, where it can be told.

    Of Outbox those without a key, of both those with words of hers under a name that a campaign had before. The same workbook where there
    is no such row.
    """
    found = _lost_in_outbox(book, plan)
    tables = {}
    for name in (OUTBOX.name, CALLS.name):
        if (table := book.raw.tables.get(name)) is None:
            continue
        keys = [id_text(cell) for cell in table.column("key").cells()]
        lost = found if name == OUTBOX.name else {}
        renamed = keys_by_new_name(book, table, _keys(plan))
        known = [lost.get(at, "") or renamed.get(key, key) for at, key in enumerate(keys)]
        if known != keys:
            column = Column.encode([key or None for key in known])
            tables[name] = replace(table, columns={**table.columns, "key": column})
    return replace(book, raw=replace(book.raw, tables={**book.raw.tables, **tables})) if tables else book


def _keys(plan: Plan) -> Iterator[Key]:
    yield from (message.key for message in (*plan.message_list, *plan.by_hand, *plan.later))
    yield from map(key_of, plan.held_list)


def _lost_in_outbox(book: Workbook, plan: Plan) -> dict[int, str]:
    """Return the short keys of messages by the positions of rows in Outbox that have none."""
    table = book.raw.tables.get(OUTBOX.name)
    keys = [] if table is None else [id_text(cell) for cell in table.column("key").cells()]
    if table is None or all(keys):
        return {}
    messages = _messages(plan)
    said = [spoken(cell, book.settings.choices) for cell in table.column("send").cells()]
    return {at: _short(table, at, messages) for at, key in enumerate(keys) if not key and said[at] != "yes"}


def _messages(plan: Plan) -> dict[_Place, list[_Known]]:
    found: dict[_Place, dict[str, _Known]] = defaultdict(dict)
    for message in (*plan.message_list, *plan.by_hand, *plan.later):
        known = _Known(message.key.short, bare_id(message.key.client_id), message.client, message.to)
        found[message.key.campaign, message.due][known.short] = known
    for held in plan.held_list:
        if held.due is not None:
            short = key_of(held).short
            found[held.campaign, held.due].setdefault(short, _Known(short, bare_id(held.client_id), held.client, ""))
    return {place: list(known.values()) for place, known in found.items()}


def _short(table: Table, at: int, messages: dict[_Place, list[_Known]]) -> str:
    """Return the short key of the one message that a row is about, "" where none or several may be meant."""
    cells: dict[str, Cell] = {name: table.column(name).cell(at) for name in OUTBOX.names}
    day = calendar_day(cells["due"])
    day = day.date() if isinstance(day, datetime) else day
    if not isinstance(day, date):
        return ""
    found = messages.get((id_text(cells["campaign"]), day), [])
    found = list(_hers(found, bare_id(id_text(cells["client_id"])), id_text(cells["client"])))
    if len(found) > 1:
        found = [one for one in found if one.to == id_text(cells["to"])]
    return found[0].short if len(found) == 1 else ""


def _hers(messages: list[_Known], client_id: str, client: str) -> Iterator[_Known]:
    for one in messages:
        if one.client_id == client_id if client_id else one.client == client:
            yield one
