"""The acts on pairs of clients in the journal: each once, in the order in which they were done."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from datetime import date, datetime, time
from typing import Any

from sheetcrm.crm.acts import Act, CellChange
from sheetcrm.crm.tables import Cell, CellError
from sheetcrm.delivery import erasing
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

_NONE = "[]"  # no cells
_COLUMNS = "id, kind, at, first_id, second_id, cells, mark"
_KINDS: dict[str, type[datetime | date | time]] = {
    "datetime": datetime,
    "date": date,
    "time": time,
}  # a datetime is a date too


class Acts:
    """The acts in a journal. Those of a sealed workbook are there without their cells, which stand in its sheet Changes alone.

    `sealed`: the workbook is behind a password, so nothing that was decrypted is laid on the disk; what the cells are is kept in mind.
    """

    def __init__(self) -> None:
        self.sealed = False
        self._cells: dict[str, str] = {}  # by act, as JSON; of a sealed workbook

    def unite(self, db: sqlite3.Connection, told: Iterable[Act], *, sealed: bool) -> int:
        """Take in what the sheet tells; return how many acts were not known. Of a workbook sealed since, cells leave the journal.

        They do once the sheet tells of them: until it was written, the journal is all that knows.
        """
        told = tuple(told)
        self.sealed = sealed
        if sealed:
            count = {act.id: len(act.cells) for act in told}
            for act_id, cells in db.execute("SELECT id, cells FROM acts WHERE cells <> ?", (_NONE,)).fetchall():
                self._cells.setdefault(act_id, cells)
                if count.get(act_id, 0) >= len(json.loads(cells)):
                    db.execute("UPDATE acts SET cells = ? WHERE id = ?", (_NONE, act_id))
        return self.keep(db, told)

    def keep(self, db: sqlite3.Connection, acts: Iterable[Act]) -> int:
        """Record acts; return how many of them were not known. What is known of an act stays as it is, cells are added to none."""
        kept, gone = 0, erasing.erased(db)
        for each in acts:
            act = erasing.bare_act(each) if gone and erasing.touches(each, gone) else each
            cells = _json((c.client_id, c.field, c.before, c.after) for c in act.cells)
            if self.sealed and act.cells:
                self._cells.setdefault(act.id, cells)
                cells = _NONE
            local = parse_at(act.at)  # without its zone, as in the sheet
            at = act.at if local is None else local.isoformat(timespec="seconds")
            values = (act.id, act.kind, at, act.left, act.right, cells, act.mark)
            kept += db.execute(
                f"INSERT INTO acts ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",  # noqa: S608 - our words
                values,
            ).rowcount
            if cells != _NONE:
                db.execute("UPDATE acts SET cells = ? WHERE id = ? AND cells = ?", (cells, act.id, _NONE))
        return kept

    def read(self, db: sqlite3.Connection) -> tuple[Act, ...]:
        """Return all acts in order of time; those of one second as they were recorded."""
        rows = db.execute(f"SELECT {_COLUMNS} FROM acts ORDER BY at, seq")  # noqa: S608 - our words
        return tuple(
            Act(act_id, kind, at, left, right, _changes(self._cells.get(act_id, cells)), mark)
            for act_id, kind, at, left, right, cells, mark in rows
        )

    def forget(self, db: sqlite3.Connection, ids: Collection[str]) -> None:
        """Forget what stood in cells that acts about these clients tell of (ids as they are compared)."""
        for act in self.read(db):
            if erasing.touches(act, ids):
                self._cells.pop(act.id, None)
                values = (_NONE, erasing.bare_act(act).mark, act.id)
                db.execute("UPDATE acts SET cells = ?, mark = ? WHERE id = ?", values)

    def rename(self, db: sqlite3.Connection, old: str, new: str) -> None:
        """Let the acts of the client `old` be those of `new`."""
        for act_id, *pair, cells in db.execute("SELECT id, first_id, second_id, cells FROM acts").fetchall():
            if old not in pair:
                continue
            ids = [new if one == old else one for one in pair]
            values = (*ids, _renamed(cells, old, new), act_id)
            db.execute("UPDATE acts SET first_id = ?, second_id = ?, cells = ? WHERE id = ?", values)
            if act_id in self._cells:
                self._cells[act_id] = _renamed(self._cells[act_id], old, new)


def _json(cells: Iterable[tuple[str, str, Cell, Cell]]) -> str:
    return json.dumps([[whose, field, _told(before), _told(after)] for whose, field, before, after in cells])


def _changes(cells: str) -> tuple[CellChange, ...]:
    return tuple(
        CellChange(whose, field, _meant(before), _meant(after)) for whose, field, before, after in json.loads(cells)
    )


def _renamed(cells: str, old: str, new: str) -> str:
    return json.dumps([[new if whose == old else whose, *rest] for whose, *rest in json.loads(cells)])


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
