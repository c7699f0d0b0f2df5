"""What the journal forgets of a person who is erased: names, addresses, texts. What was sent to which id, and when, stays: never twice.

Which ids are erased stands in two places: those whose rows are still to be emptied under `_BEGUN`, all others in the acts.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from sheetcrm.crm.acts import DIFFERENT, ERASED, HOUSEHOLD, Act
from sheetcrm.crm.lineage import bare_id
from sheetcrm.crm.values import Message, mark_of
from sheetcrm.delivery import optouts
from sheetcrm.delivery.notes import keep_meta, meta
from sheetcrm.delivery.records import SentRow
from sheetcrm.delivery.replies import scrub

_T = TypeVar("_T")
_BEGUN = "erasing"
_DOUBTFUL = "doubtful_visits"
_SOURCE = "erased"


def begun(db: sqlite3.Connection) -> tuple[str, ...]:
    """Return the ids whose erasing has begun and is not known to be complete."""
    return tuple(json.loads(meta(db, _BEGUN) or "[]"))


def erased(db: sqlite3.Connection) -> frozenset[str]:
    """Return the ids of all who are erased, or about to be, as they are compared."""
    rows = db.execute("SELECT first_id FROM acts WHERE kind = ?", (ERASED,))
    return frozenset(bare_id(one) for one in (*begun(db), *(row[0] for row in rows)))


def begin(db: sqlite3.Connection, ids: Collection[str], addresses: Iterable[tuple[str, str, str]], at: str) -> None:
    """Note that these clients are to be erased, forget what is known of them, and let no marketing go to (channel, address, id)."""
    keep_meta(db, {_BEGUN: json.dumps(sorted({*begun(db), *ids}))})
    for channel, address, client_id in addresses:
        optouts.suppress(db, address, channel, at, _SOURCE)
        optouts.keep_refused(db, [(channel, mark_of(address), client_id)])
    forget(db, {bare_id(one) for one in ids})


def keep_doubtful(db: sqlite3.Connection, marks: Collection[int]) -> None:
    """Remember marks of visits of which nobody knows whether they were of who is erased."""
    if marks:
        keep_meta(db, {_DOUBTFUL: json.dumps(sorted({*doubtful(db), *marks}))})


def doubtful(db: sqlite3.Connection) -> frozenset[int]:
    """Return these marks."""
    return frozenset(json.loads(meta(db, _DOUBTFUL) or "[]"))


def end(db: sqlite3.Connection) -> None:
    """Note that all that was begun is complete."""
    keep_meta(db, {_BEGUN: ""})


def forget(db: sqlite3.Connection, ids: Collection[str]) -> None:
    """Forget names, addresses and texts of these clients (ids as they are compared)."""
    rows = db.execute("SELECT seq, client_id, client, address, detail, mark FROM messages").fetchall()
    for seq, client_id, client, address, detail, mark in rows:
        if bare_id(client_id) in ids:
            _forget_why(db, mark, (client, address))
            db.execute(
                "UPDATE messages SET client = '', address = '', subject = '', text = '', next_try = NULL, detail = ?"
                " WHERE seq = ?",
                (scrub(detail, (client, address)), seq),
            )
    for table in ("pending", "written", "named"):
        for (client_id,) in db.execute(f"SELECT DISTINCT client_id FROM {table}").fetchall():  # noqa: S608 - our own words
            if bare_id(client_id) in ids:
                db.execute(f"DELETE FROM {table} WHERE client_id = ?", (client_id,))  # noqa: S608 - as above
    for client_id in ids:
        db.execute("UPDATE ids SET person = 0 WHERE client_id = ?", (client_id,))


def _forget_why(db: sqlite3.Connection, mark: str, secrets: tuple[str, str]) -> None:
    """Take a name and an address out of what a server said when mail to this address came back."""
    for (detail,) in db.execute("SELECT detail FROM bounced WHERE mark = ?", (mark,)).fetchall():
        db.execute("UPDATE bounced SET detail = ? WHERE mark = ?", (scrub(detail, secrets), mark))


def touches(act: Act, ids: Collection[str]) -> bool:
    """Tell whether an act is about one of these clients (ids as they are compared)."""
    whose = (act.left, act.right, *(cell.client_id for cell in act.cells))
    return any(bare_id(one) in ids for one in whose)


def bare_act(act: Act) -> Act:
    """Return an act without what stood in cells: that it was done, and of which ids, is all that stays."""
    return replace(act, cells=(), mark="" if act.kind in (DIFFERENT, HOUSEHOLD) else act.mark)


def bare_message(db: sqlite3.Connection, message: Message) -> Message:
    """Return a message as it may be recorded: one to who is erased without name, address and text."""
    if bare_id(message.key.client_id) not in erased(db):
        return message
    return replace(message, client="", to="", subject="", text="", html="")


def but_for(ids: Collection[str], known: Mapping[str, _T]) -> Mapping[str, _T]:
    """Return what is known by client id without these clients (ids as they are compared)."""
    return {one: value for one, value in known.items() if bare_id(one) not in ids} if ids else known


def bare_line(line: SentRow) -> SentRow:
    """Return a line of Sent without name, address and text."""
    return replace(line, client="", to="", subject="", text="", detail=scrub(line.detail, (line.client, line.to)))
