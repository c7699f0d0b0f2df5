"""A save that a kill or a power cut kept from being noted: noted before it begins, so that the next run knows what became of it.

Between the moment in which the new workbook takes its place and the one in which the journal has it, a process can die. Without a note
the write could not be taken back, and a next visit that we wrote would pass for one that the owner typed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sheetcrm.crm.outcome import Plan
from sheetcrm.delivery.journal import Journal
from sheetcrm.running.versions import KEPT, Event, Write, event_note, write_note
from sheetcrm.workbook.backups import digest
from sheetcrm.workbook.book import Workbook
from sheetcrm.workbook.leftovers import Interrupted

_NOTE = "saving"
_REMEMBERED = KEPT
"""So many next visits before the last are known as ours: one comes back with a file saved from before our save, or by an undo."""


@dataclass(frozen=True)
class Intent:
    """What a save is going to do: sha256 of the workbook before it and after, its event, and the writes that can be taken back then.

    `next_visits`: what will stand in the cells of that name, by client id; None for one that is emptied.
    """

    before: str
    after: str
    event: Event
    writes: Sequence[Write]
    next_visits: Mapping[str, str | None]


def note_intent(journal: Journal, intent: Intent, **plan: Any) -> None:
    """Note that a save begins, together with what `Journal.record_plan` takes."""
    journal.record_plan(**plan, meta={_NOTE: json.dumps(asdict(intent))})


def forget_intent(journal: Journal) -> None:
    """Note that the save did not take place."""
    journal.set(_NOTE, "")


def note_saved(journal: Journal, intent: Intent, **plan: Any) -> None:
    """Note that the save took place, together with what `Journal.record_plan` takes."""
    _note(journal, intent, intent.next_visits, plan)


def interrupted(journal: Journal) -> Interrupted | None:
    """Return the save that was begun and not noted as done; None where there is none."""
    intent = _read(journal)
    return Interrupted(intent.before, intent.after) if intent is not None else None


def _note(journal: Journal, intent: Intent, next_visits: Mapping[str, str | None], plan: Mapping[str, Any]) -> None:
    journal.record_plan(
        **plan,
        written=as_written(journal, next_visits),
        meta={_NOTE: "", **event_note(journal, intent.event), **write_note(intent.writes)},
    )


def as_written(journal: Journal, next_visits: Mapping[str, str | None]) -> dict[tuple[str, str], str | None]:
    """Return next visits as the journal knows what was written: behind those that were written before (`Ledger.written`)."""
    known = journal.ledger().written if next_visits else {}
    found: dict[tuple[str, str], str | None] = {}
    for client_id, day in next_visits.items():
        earlier = [text for text in known.get((client_id, "next_visit"), "").split() if text != day]
        found[client_id, "next_visit"] = " ".join([*earlier[-_REMEMBERED:], *([day] if day else [])]) or None
    return found


def _read(journal: Journal) -> Intent | None:
    text = journal.get(_NOTE)
    if not text:
        return None
    said = json.loads(text)
    writes = [Write(**write) for write in said.pop("writes")]
    return Intent(**{**said, "event": Event(**said["event"]), "writes": writes})


def next_visits_of(plan: Plan, left: Collection[tuple[str, str]]) -> dict[str, str | None]:
    """Return the next visits that a plan writes, by client id."""
    if ("Clients", "next_visit") in left:
        return {}
    ids = plan.client_ids
    return {
        ids[position]: None if new is None else new.isoformat()
        for change in plan.column_changes
        if (change.table, change.field) == ("Clients", "next_visit")
        for position, new in zip(change.positions.tolist(), change.new, strict=True)
    }


def settled(journal: Journal, book: Workbook, *, stood: bool = True) -> None:
    """Note what became of a save that was interrupted, by what stands in the workbook now.

    `stood` is False where ours surely never took its place (`leftovers.Swept`). Where she has saved since and nothing of ours lies beside
    it, that cannot be told: nearly always it did, for between the copy that is kept and the new file there is but a moment. What stands
    in a cell as we were to write it is ours then.
    """
    intent = _read(journal)
    if intent is None:
        return
    now = digest(book.data)
    if now == intent.before or (not stood and now != intent.after):
        forget_intent(journal)
        return
    standing = intent.next_visits.items() & set(_next_visits_in(book))
    _note(journal, intent, dict(standing), {})


def _next_visits_in(book: Workbook) -> list[tuple[str, str | None]]:
    clients = book.raw.tables.get("Clients")
    if clients is None:
        return []
    ids, days = clients.column("client_id").cells(), clients.column("next_visit").cells()
    return [(str(client_id), None if day is None else str(day)[:10]) for client_id, day in zip(ids, days, strict=True)]
