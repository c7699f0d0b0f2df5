"""What waited in the journal while the workbook was open, against what the owner typed meanwhile: hers counts, and it is said.

All else that waits is made anew from the file as it is; only these cells belong to both: an id that was empty, a next visit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from sheetcrm.crm.normalise import clean
from sheetcrm.crm.numbering import Taken, taken_ids
from sheetcrm.crm.outcome import Plan
from sheetcrm.delivery.journal import Journal
from sheetcrm.workbook.book import Workbook

_NEXT = "next_visit"
_WAITING = "waiting_next_visits"  # in the journal
_MOST = 5000  # next visits that are remembered: beyond, hers still count, only nothing is said
_TOLD = 20


def next_visits(plan: Plan) -> dict[str, tuple[str, str]]:
    """Return what a plan writes under `next_visit`, by client id: what stood there, and the new day, ISO; "" for nothing."""
    found: dict[str, tuple[str, str]] = {}
    for change in plan.column_changes:
        if (change.table, change.field) == ("Clients", _NEXT):
            pairs = zip(change.old.cells(), change.new.cells(), strict=True)
            for position, (old, new) in zip(change.positions.tolist(), pairs, strict=True):
                found[plan.client_ids[position]] = (_text(old), _text(new))
    return found


def keep_waiting(journal: Journal, plan: Plan | None) -> None:
    """Note the next visits that a plan could not write; none where it was written (None)."""
    cells = {} if plan is None else next_visits(plan)
    wanted = json.dumps(dict(list(cells.items())[:_MOST])) if cells else ""
    if journal.get(_WAITING) != wanted:
        journal.set(_WAITING, wanted)


def folded_in(journal: Journal, book: Workbook, on: date) -> list[str]:
    """Bring the journal in line with what she typed where something of ours waited; say so, a line a cell, in her language.

    A message that went to a client under an id that waited is hers under the id that stands now.
    """
    ledger = journal.ledger()
    clients = book.snapshot.tables.get("Clients")
    if clients is None or not (ledger.ids_pending or journal.get(_WAITING)):
        return []
    said = []
    if ledger.ids_pending:
        cleaned = clean(clients, book.snapshot.reading(on))[0]
        in_sent = {str(line["client_id"]) for line in book.sent_cells()}
        pending = dict(ledger.ids_pending)
        for taken in taken_ids(cleaned, ledger):
            if taken.waited in in_sent:
                continue  # it stood in the file before: she retyped it later
            journal.rename_client(taken.waited, taken.now)
            pending.pop(taken.owner)
            if not taken.typed:
                pending[taken.owner] = taken.now
            said.append(_told(book, taken))
        if pending != ledger.ids_pending:
            journal.record_plan(pending=pending)
    said += _next_visits_of_hers(journal, book)
    more = len(said) - _TOLD
    return [*said[:_TOLD], book.words.say("more_problems", count=more)] if more > 0 else said


def _told(book: Workbook, taken: Taken) -> str:
    key = "waiting_typed" if taken.typed else "waiting_taken"
    return book.words.say(key, cell=_cell(book, "client_id", taken.row), waited=taken.waited, now=taken.now)


def _next_visits_of_hers(journal: Journal, book: Workbook) -> list[str]:
    waiting: Mapping[str, tuple[str, str]] = json.loads(journal.get(_WAITING) or "{}")
    if not waiting:
        return []
    clients = book.snapshot.tables["Clients"]
    rows, ids, cells = clients.rows.tolist(), clients.column("client_id").cells(), clients.column(_NEXT).cells()
    said, left = [], dict(waiting)
    for row, client_id, cell in zip(rows, ids, cells, strict=True):
        old, new = waiting.get(str(client_id), ("", ""))
        if str(client_id) in waiting and _text(cell) not in ("", old, new):
            del left[str(client_id)]
            words = {"waited": new or "–", "now": _text(cell)}
            said.append(book.words.say("waiting_typed", cell=_cell(book, _NEXT, row), **words))
    if said:
        journal.set(_WAITING, json.dumps(left) if left else "")
    return said


def _cell(book: Workbook, name: str, row: int) -> str:
    clients = book.snapshot.tables["Clients"]
    return f"{clients.sheet}!{clients.letters.get(name, '')}{row}"


def _text(cell: object) -> str:
    return "" if cell is None else str(cell)[:10]
