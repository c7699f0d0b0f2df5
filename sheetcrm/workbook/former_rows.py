"""Rows of Outbox and Calls with words of hers under a campaign that no longer stands in Campaigns, told from the workbook alone.

The key of a message is made of its campaign's name, its client and its occasion: where the key beside a row is that of a message of
the plan but for the name, the campaign has been renamed. The journal tells that better (`sheetcrm.crm.lineage`), but it may be lost on
the same day, and what she said stands in the workbook all the same. A campaign of which the journal knows is left to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from sheetcrm.crm.approval import edited_by_her
from sheetcrm.crm.cells import id_text
from sheetcrm.crm.lineage import bare_id
from sheetcrm.crm.values import Key
from sheetcrm.languages.folding import name_alike

if TYPE_CHECKING:
    from sheetcrm.crm.tables import Table
    from sheetcrm.workbook.book import Workbook


class _Row(NamedTuple):
    """A row with words of hers: its short key, and the campaign and the client that stand beside it."""

    short: str
    campaign: str
    client_id: str


def keys_by_new_name(book: Workbook, table: Table, keys: Iterable[Key]) -> dict[str, str]:
    """Return the short keys that messages have by now, by those beside which words of hers stand in a table under a former name.

    `keys` are those of the messages of a plan. A campaign of whose message a row stands there already is another one. Where several may
    have had the name before, it is the first of them in Campaigns: what is renamed keeps its row, what is new stands beneath.
    """
    rows = list(_rows_with_words(book, table))
    if not rows:
        return {}
    there = {*book.snapshot.shown, *book.her_words.called}
    by_client: dict[str, set[Key]] = defaultdict(set)
    wanted = {row.client_id for row in rows}
    for key in keys:
        if bare_id(key.client_id) in wanted and key.short not in there:
            by_client[bare_id(key.client_id)].add(key)
    standing = _standing(book)
    found = {row.short: [key for key in by_client[row.client_id] if _is_of(row, key, standing)] for row in rows}
    order = {name: at for at, name in enumerate(standing)}
    first = {
        short: min(those, key=lambda key: order.get(name_alike(key.campaign), len(order)))
        for short, those in found.items()
        if those
    }
    return {short: key.short for short, key in first.items()}


def _rows_with_words(book: Workbook, table: Table) -> Iterator[_Row]:
    """Yield the rows with words of hers on which the journal can say nothing: their campaign is not known there."""
    hers = {*book.snapshot.ticks, *edited_by_her(book.snapshot.shown)}
    if not hers:
        return
    hers -= {key.short for key in book.ledger.sent}
    columns = (table.column(name).cells() for name in ("key", "campaign", "client_id"))
    for cells in zip(*columns, strict=True):
        short, campaign, client_id = map(id_text, cells)
        if short in hers and campaign and name_alike(campaign) not in book.ledger.campaigns:
            yield _Row(short, campaign, bare_id(client_id))


def _standing(book: Workbook) -> tuple[str, ...]:
    """Return the names in Campaigns (`name_alike`) from the top to the end, also of rows that cannot run."""
    table = book.raw.tables.get("Campaigns")
    cells = [] if table is None else table.column("campaign").cells()
    return tuple(dict.fromkeys(name_alike(id_text(cell)) for cell in cells))


def _is_of(row: _Row, key: Key, standing: Collection[str]) -> bool:
    """Tell whether a row is about a message, under the name that its campaign had then."""
    named = name_alike(row.campaign)
    gone = named not in standing or named == name_alike(key.campaign)  # or only spelt otherwise
    return gone and key._replace(campaign=row.campaign).short == row.short
