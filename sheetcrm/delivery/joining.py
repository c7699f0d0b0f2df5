"""Messages that another one mentions and thereby settles: skipped with it, and free again where it certainly did not go."""

from __future__ import annotations

import sqlite3

from sheetcrm.crm.values import Key, Message, Status

JOINED = "joined"

_SETTLE = """
INSERT INTO messages (campaign, client_id, occasion, short, client, due, channel, purpose, status, at, detail, reference)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'skipped', ?, 'joined', ?)
ON CONFLICT (campaign, client_id, occasion) DO UPDATE SET
    status = 'skipped', at = excluded.at, detail = 'joined', next_try = NULL, reference = excluded.reference
    WHERE status = 'failed' AND next_try IS NOT NULL
"""


def settle(db: sqlite3.Connection, message: Message, at: str) -> None:
    """Skip what a message mentions; what has gone out, may have, or failed for good stays as it is."""
    for key in message.also:
        words = (message.client, message.due.isoformat(), message.channel, message.purpose)
        db.execute(_SETTLE, (*key, key.short, *words, at, message.key.short))


def take_back(db: sqlite3.Connection, key: Key, *, told: bool = False) -> None:
    """Let go again what a message had settled. `told`: the Sent sheet may say `skipped` of it already."""
    by = (key.short, Status.SKIPPED, JOINED)
    if not told:
        fresh = "attempts = 0 AND answered IS NULL"
        db.execute(f"DELETE FROM messages WHERE reference = ? AND status = ? AND detail = ? AND {fresh}", by)  # noqa: S608 - our own words
    db.execute(
        "UPDATE messages SET status = 'failed', next_try = '', answered = at, reference = ''"
        " WHERE reference = ? AND status = ? AND detail = ?",
        by,
    )


def rename(db: sqlite3.Connection, old: str, new: str) -> None:
    """Let what the message of one short key had settled be settled by that of another."""
    db.execute("UPDATE messages SET reference = ? WHERE reference = ? AND detail = ?", (new, old, JOINED))
