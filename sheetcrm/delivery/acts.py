"""The acts on pairs of clients in the journal: each once, in the order in which they were done."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from sheetcrm.crm.acts import Act, CellChange
from sheetcrm.crm.tables import CellError
from sheetcrm.delivery.records import parse_at

TABLE = """
CREATE TABLE IF NOT EXISTS acts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL, at TEXT NOT NULL,
    first_id TEXT NOT NULL, second_id TEXT NOT NULL,
    cells TEXT NOT NULL,                         -- JSON: [client id, field, before, after] of each
    mark TEXT NOT NULL
)
"""

_COLUMNS = "id, kind, at, first_id, second_id, cells, mark"
_KINDS: dict[str, type[datetime | date | time]] = {
    "datetime": datetime,
    "date": date,
    "time": time,
}  # a datetime is a date too


def keep(db: sqlite3.Connection, acts: Iterable[Act]) -> int:
    """Record acts; return how many of them were not known. What is known of an act stays as it is."""
    kept = 0
    for act in acts:
        cells = json.dumps([[c.client_id, c.field, _told(c.before), _told(c.after)] for c in act.cells])
        local = parse_at(act.at)  # without its zone, as in the sheet
        at = act.at if local is None else local.isoformat(timespec="seconds")
        values = (act.id, act.kind, at, act.left, act.right, cells, act.mark)
        kept += db.execute(
            f"INSERT INTO acts ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",  # noqa: S608 - our words
            values,
        ).rowcount
    return kept


def read(db: sqlite3.Connection) -> tuple[Act, ...]:
    """Return all acts in order of time; those of one second as they were recorded."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM acts ORDER BY at, seq")  # noqa: S608 - our words
    return tuple(
        Act(act_id, kind, at, left, right, tuple(_change(*each) for each in json.loads(cells)), mark)
        for act_id, kind, at, left, right, cells, mark in rows
    )


def _change(client_id: str, field: str, before: Any, after: Any) -> CellChange:
    return CellChange(client_id, field, _meant(before), _meant(after))


def rename(db: sqlite3.Connection, old: str, new: str) -> None:
    """Let the acts of the client `old` be those of `new`."""
    for act in read(db):
        if old not in act.pair:
            continue
        cells = [
            [new if c.client_id == old else c.client_id, c.field, _told(c.before), _told(c.after)] for c in act.cells
        ]
        pair = (new if one == old else one for one in (act.left, act.right))
        db.execute(
            "UPDATE acts SET first_id = ?, second_id = ?, cells = ? WHERE id = ?", (*pair, json.dumps(cells), act.id)
        )


def _told(cell: Any) -> Any:
    """Return a cell as JSON has it: what that does not know by its kind, under its kind's name."""
    for kind, known in _KINDS.items():
        if isinstance(cell, known):
            return {kind: cell.isoformat()}
    if isinstance(cell, CellError):
        return {"error": str(cell)}
    return cell if cell is None or isinstance(cell, str | bool | int | float) else str(cell)


def _meant(told: Any) -> Any:
    if not isinstance(told, dict):
        return told
    ((kind, text),) = told.items()
    return _KINDS[kind].fromisoformat(text) if kind in _KINDS else CellError(text)
