"""Who wants nothing more, and from where mail comes back: by a hash of the address, so that it outlives the row.

A mark of one person's address says nothing to who finds it; it is met again wherever that address is typed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping

from sheetcrm.crm.values import Key, Message, Suppressed, mark_of

TABLES = (
    """
    CREATE TABLE suppressed (
        mark TEXT NOT NULL, channel TEXT NOT NULL,
        at TEXT NOT NULL, source TEXT NOT NULL,
        written TEXT NOT NULL DEFAULT '[]',      -- JSON: ids of the clients in whose row a “no” was seen for it
        PRIMARY KEY (mark, channel)
    ) WITHOUT ROWID
    """,
    "CREATE TABLE bounced (mark TEXT PRIMARY KEY, at TEXT NOT NULL, detail TEXT NOT NULL) WITHOUT ROWID",
)

ERASURE = "erasure"
"""The source of an opt-out by somebody who wants to be forgotten besides."""

_REPLY = "reply"
_UNCLEAR = "unclear_replies"  # in the table `meta`: an older program that opens the journal leaves it alone


def suppress(db: sqlite3.Connection, address: str, channel: str, at: str, source: str) -> bool:
    """Do what `Journal.suppress` says, within a transaction."""
    values = (mark_of(address), channel, at, source)
    added = db.execute("INSERT OR IGNORE INTO suppressed (mark, channel, at, source) VALUES (?, ?, ?, ?)", values)
    if not added.rowcount and source == ERASURE:
        db.execute("UPDATE suppressed SET source = ? WHERE mark = ? AND channel = ?", (source, *values[:2]))
    return added.rowcount > 0


def lift(db: sqlite3.Connection, address: str, channel: str) -> bool:
    """Do what `Journal.lift` says, within a transaction."""
    return lift_marks(db, [(channel, mark_of(address))]) > 0


def lift_marks(db: sqlite3.Connection, places: Iterable[tuple[str, str]]) -> int:
    """Forget these (channel, mark); return how many were known. Who agrees to one channel does not want to be forgotten any more."""
    known = list(places)
    count = db.executemany("DELETE FROM suppressed WHERE channel = ? AND mark = ?", known).rowcount
    still = "UPDATE suppressed SET source = ? WHERE mark = ? AND source = ?"
    db.executemany(still, [(_REPLY, mark, ERASURE) for _, mark in known])
    return count


def suppressed(db: sqlite3.Connection) -> dict[tuple[str, str], Suppressed]:
    """Return all that are suppressed, as `Journal.suppressed` says."""
    rows = db.execute("SELECT channel, mark, at, written, source FROM suppressed")
    return {
        (channel, mark): Suppressed(at, frozenset(json.loads(ids)), source == ERASURE)
        for channel, mark, at, ids, source in rows
    }


def refusal(db: sqlite3.Connection, message: Message) -> str:
    """Return `opted-out` or `bounced` where a message may not go to its address, "" where it may: the last look before it goes."""
    mark = mark_of(message.to)
    if message.channel == "email" and db.execute("SELECT 1 FROM bounced WHERE mark = ?", (mark,)).fetchone():
        return "bounced"
    place = (mark, message.channel)
    wants_nothing = (
        message.purpose == "marketing"
        and db.execute("SELECT 1 FROM suppressed WHERE mark = ? AND channel = ?", place).fetchone()
    )
    return "opted-out" if wants_nothing else ""


def ask(db: sqlite3.Connection, address: str, at: str) -> bool:
    """Do what `Journal.ask` says, within a transaction."""
    known, mark = unclear(db), mark_of(address)
    _keep_unclear(db, {**known, mark: max(at, known.get(mark, at))})  # an older one may be read after it
    return mark not in known


def decide(db: sqlite3.Connection, marks: Collection[str]) -> None:
    """Forget the unclear replies from these addresses: she has said what is meant."""
    known = unclear(db)
    if gone := known.keys() & set(marks):
        _keep_unclear(db, {mark: at for mark, at in known.items() if mark not in gone})


def unclear(db: sqlite3.Connection) -> dict[str, str]:
    """Return from which addresses a reply came that may mean no more messages, and when: by mark, ISO."""
    row = db.execute("SELECT value FROM meta WHERE name = ?", (_UNCLEAR,)).fetchone()
    return {} if row is None else dict(json.loads(row[0]))


def _keep_unclear(db: sqlite3.Connection, known: Mapping[str, str]) -> None:
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_UNCLEAR, json.dumps(dict(known))))


def keep_refused(db: sqlite3.Connection, places: Iterable[tuple[str, str, str]]) -> None:
    """Remember (channel, mark, client id): a “no” for that address was seen in the row of that client."""
    for channel, mark, client_id in places:
        row = db.execute("SELECT written FROM suppressed WHERE channel = ? AND mark = ?", (channel, mark)).fetchone()
        if row is not None and client_id not in (known := json.loads(row[0])):
            told = json.dumps(sorted([*known, client_id]), ensure_ascii=False)
            db.execute("UPDATE suppressed SET written = ? WHERE channel = ? AND mark = ?", (told, channel, mark))


def bounce(db: sqlite3.Connection, address: str, at: str, detail: str) -> bool:
    """Do what `Journal.bounce` says, within a transaction."""
    values = (mark_of(address), at, detail)
    return db.execute("INSERT OR IGNORE INTO bounced VALUES (?, ?, ?)", values).rowcount > 0


def came_back(db: sqlite3.Connection, key: Key, detail: str) -> bool:
    """Do what `Journal.came_back` says, within a transaction. `answered` keeps the sheet's older `sent` from coming back."""
    failed = db.execute(
        "UPDATE messages SET status = 'failed', detail = ?, next_try = NULL, answered = at"
        " WHERE campaign = ? AND client_id = ? AND occasion = ? AND status IN ('sent', 'unknown')",
        (detail, *key),
    )
    return failed.rowcount > 0


def bounced(db: sqlite3.Connection) -> dict[str, str]:
    """Return all that come back, as `Journal.bounced` says."""
    return dict(db.execute("SELECT mark, detail FROM bounced"))
