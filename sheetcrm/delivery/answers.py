"""The owner's word on messages: what became of one whose outcome is unknown, and that she has seen to one herself."""

from __future__ import annotations

import sqlite3

from sheetcrm.crm.values import Key, Message, Status, mark_of
from sheetcrm.delivery import joining
from sheetcrm.errors import UsageError
from sheetcrm.languages import choices_named

BY_HAND = "by hand"
_LEAST_DIGITS = 4
_THIS = "campaign = ? AND client_id = ? AND occasion = ?"
_BY_HAND = """
INSERT INTO messages (campaign, client_id, occasion, short, mark, client, due, channel, address, subject, text, purpose,
                      status, at, detail)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'by hand')
ON CONFLICT (campaign, client_id, occasion) DO UPDATE SET
    mark = excluded.mark, channel = excluded.channel, address = excluded.address, subject = excluded.subject,
    text = excluded.text, purpose = excluded.purpose, status = excluded.status, at = excluded.at,
    detail = excluded.detail, next_try = NULL
"""


def outcome_of(word: str) -> Status:
    """Return `sent` or `failed` as the owner may say it, in any language. Raises UsageError for another word."""
    for known in (word.strip().lower(), *choices_named(word)):
        if known in (Status.SENT, Status.FAILED):
            return Status(known)
    raise _unresolved(f"“{word}” is no outcome.", "Write sent or failed.", "no-outcome", outcome=word)


def resolve(db: sqlite3.Connection, short: str, status: Status | str) -> Key:
    """Do what `Journal.resolve` says, within a transaction."""
    word, prefix = outcome_of(str(status)), short.strip().lower()
    rows = db.execute(
        "SELECT campaign, client_id, occasion, status FROM messages WHERE substr(short, 1, ?) = ?",
        (len(prefix), prefix),
    ).fetchall()
    if len(prefix) < _LEAST_DIGITS or not rows:
        hint = "The Sent sheet shows the keys."
        raise _unresolved(f"There is no message with the key “{short}”.", hint, "no-such-key", key=short)
    if len(rows) > 1:
        said = f"{len(rows)} messages have a key like “{short}”."
        raise _unresolved(said, "Give all ten digits.", "several-keys", key=short)
    key = Key(*rows[0][:3])
    if rows[0][3] != Status.UNKNOWN:
        said = f"The message {key.short} is not unknown but {rows[0][3]}."
        raise _unresolved(said, "Nothing to resolve.", "outcome-known", key=key.short)
    db.execute(
        "UPDATE messages SET status = ?, detail = 'resolved by hand', next_try = ?, answered = at"  # noqa: S608 - our own words
        f" WHERE {_THIS}",
        (word, "" if word == Status.FAILED else None, *key),
    )
    if word == Status.FAILED:
        joining.take_back(db, key, told=True)
    return key


def by_hand(db: sqlite3.Connection, message: Message, at: str, word: str) -> bool:
    """Do what `Journal.record_by_hand` says, within a transaction."""
    key = message.key
    row = db.execute(f"SELECT status FROM messages WHERE {_THIS}", key).fetchone()  # noqa: S608 - our own words
    known = None if row is None else Status(row[0])
    if word not in ("done", "no") or known is Status.SENT:
        return False
    if word == "no" and known not in (None, Status.FAILED):
        return False
    status = Status.SENT if word == "done" else Status.SKIPPED
    address = (message.channel, message.to, message.subject, message.text, message.purpose)
    head = (*key, key.short, mark_of(message.to) if message.to else "", message.client, message.due.isoformat())
    db.execute(_BY_HAND, (*head, *address, status, at))
    if status is Status.SENT:
        joining.settle(db, message, at)
    return True


def _unresolved(message: str, hint: str, text: str, **params: str) -> UsageError:
    return UsageError(message, hint, code="resolve", text=text, params=params)
