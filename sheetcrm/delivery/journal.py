"""The durable record of what was sent to whom: one SQLite file per workbook id.

A message is `sending`, in one commit that has reached the disk, before a byte of it leaves; what becomes of it is a
second commit. Whatever kills the program in between leaves a row that says so. Nothing but this file decides whether a
message may go.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sheetcrm.crm.acts import Act
from sheetcrm.crm.values import Delivery, Key, Ledger, Message, Status, Trace
from sheetcrm.delivery import notes, uniting
from sheetcrm.delivery.acts import Acts
from sheetcrm.delivery.records import SentRow, mark_of, moment, next_try, parse_at
from sheetcrm.delivery.schema import connect, explained, snapshot, transaction
from sheetcrm.delivery.state import file_stem, private_folder, state_folder
from sheetcrm.errors import UsageError
from sheetcrm.languages import choices_named
from sheetcrm.languages.folding import name_alike

__all__ = ["Journal", "state_folder"]

_GONE = (Status.SENT, Status.SENDING, Status.UNKNOWN)  # what reached a person, or may have
_SETTLED = (*_GONE, Status.SKIPPED)
_LEAST_DIGITS = 4

_THIS = "campaign = ? AND client_id = ? AND occasion = ?"
_ALIKE = "campaign IN (SELECT value FROM json_each(?)) AND occasion = ?"
_BEGIN = """
INSERT INTO messages (campaign, client_id, occasion, short, mark, client, due, channel, address, subject, text, purpose,
                      status, at, attempts)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'sending', ?, 1)
ON CONFLICT (campaign, client_id, occasion) DO UPDATE SET
    short = excluded.short, mark = excluded.mark, client = excluded.client, due = excluded.due,
    channel = excluded.channel, address = excluded.address, subject = excluded.subject, text = excluded.text,
    purpose = excluded.purpose, status = excluded.status, at = excluded.at, attempts = attempts + 1, detail = '',
    next_try = NULL
"""


class Journal:
    """The record of one workbook. Made by `open` (to write, under a `RunLock`) or `read`; a context manager.

    `is_new`: nothing was known before: the first run ever, or a lost state folder.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, *, is_new: bool) -> None:
        self._connection = connection
        self._acts = Acts()
        self.path = path
        self.is_new = is_new

    @classmethod
    def open(cls, folder: Path, workbook_id: str) -> Self:
        """Open or make the journal of a workbook in the state folder.

        Raises WorkbookUnreadable (damaged, or of a newer format), WorkbookLocked, WorkbookError (folder or disk).
        """
        path = folder / f"{file_stem(workbook_id)}.sqlite"
        with explained(path):
            private_folder(folder)
        connection, is_new = connect(path)
        journal = cls(connection, path, is_new=is_new)
        if is_new:
            journal.set("workbook_id", workbook_id)
        return journal

    @classmethod
    def read(cls, folder: Path, workbook_id: str) -> Self:
        """Return a copy in memory, for commands that only look: whatever is done to it, the disk stays as it is."""
        path = folder / f"{file_stem(workbook_id)}.sqlite"
        connection, is_new = snapshot(path)
        return cls(connection, path, is_new=is_new)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def refusal(self, message: Message, at: datetime, apart: Collection[str] | None = ()) -> str:
        """Say why a message may not go now, "" where it may.

        `done` (sent, skipped, under way or unknown), `failed` (for good), `resting` (failed for a passing reason, its
        pause is not over), `same-address` (that address had this campaign for this occasion under another client id;
        those in `apart`, the other people of her household, do not count; None leaves this belt off).
        """
        with explained(self.path):
            return self._refusal(message, at, apart)

    def _refusal(self, message: Message, at: datetime, apart: Collection[str] | None) -> str:
        key, db = message.key, self._connection
        campaigns = self._spellings(key.campaign)
        # the short key too: a line united from a sheet in which she edited the ids has no other
        known = db.execute(
            f"SELECT status, next_try FROM messages WHERE ({_ALIKE} AND client_id = ?) OR short = ?",  # noqa: S608 - our own words
            (campaigns, key.occasion, key.client_id, key.short),
        )
        for status, again in known.fetchall():
            if status in _SETTLED:
                return "done"
            if again is None:
                return "failed"
            if again > moment(at):
                return "resting"
        if apart is None:
            return ""
        same = db.execute(
            f"SELECT client_id FROM messages WHERE mark = ? AND {_ALIKE} AND client_id != ? AND status IN (?, ?, ?)",  # noqa: S608 - same
            (mark_of(message.to), campaigns, key.occasion, key.client_id, *_GONE),
        )
        return "same-address" if any(client_id not in apart for (client_id,) in same.fetchall()) else ""

    def _spellings(self, campaign: str) -> str:
        """Return, as JSON, all names under which that campaign was sent: another case or blank makes no other one."""
        names = self._connection.execute("SELECT DISTINCT campaign FROM messages")
        alike = name_alike(campaign)
        return json.dumps([campaign, *(name for (name,) in names.fetchall() if name_alike(name) == alike)])

    def begin(self, message: Message, at: datetime, apart: Collection[str] | None = ()) -> bool:
        """Record, durably, that a message is about to be handed over; False where it may not go (see `refusal`)."""
        with explained(self.path), transaction(self._connection) as db:
            if self._refusal(message, at, apart):
                return False
            values = (message.client, message.due.isoformat(), message.channel, message.to, message.subject)
            marks = (message.key.short, mark_of(message.to))
            db.execute(_BEGIN, (*message.key, *marks, *values, message.text, message.purpose, _stamp(at)))
            return True

    def finish(self, key: Key, delivery: Delivery, at: datetime) -> None:
        """Record what became of a message that was begun. One that has a known outcome by now is left as it is."""
        with explained(self.path), transaction(self._connection) as db:
            row = db.execute(
                f"SELECT attempts FROM messages WHERE {_THIS} AND status IN (?, ?)",  # noqa: S608 - our own words
                (*key, Status.SENDING, Status.UNKNOWN),  # unknown: another run took us for dead, but we know
            ).fetchone()
            if row is None:
                return
            again = next_try(row[0], at) if delivery.status == Status.FAILED and delivery.passing else None
            db.execute(
                f"UPDATE messages SET status = ?, detail = ?, at = ?, next_try = ? WHERE {_THIS}",  # noqa: S608 - our own words
                (str(delivery.status), delivery.detail, _stamp(at), again, *key),
            )

    def recover(self, at: datetime) -> list[Key]:
        """Make `unknown` of what a killed run left as `sending`, at the start of the next one; return those keys.

        Only under the run lock: a message that another process is sending right now looks the same.
        """
        with explained(self.path), transaction(self._connection) as db:
            rows = db.execute(
                "SELECT campaign, client_id, occasion FROM messages WHERE status = ? ORDER BY seq", (Status.SENDING,)
            ).fetchall()
            db.execute(
                "UPDATE messages SET status = ?, detail = ? WHERE status = ?",
                (Status.UNKNOWN, f"interrupted; found {_stamp(at)}", Status.SENDING),
            )
        return [Key(*row) for row in rows]

    def resolve(self, short: str, status: Status | str) -> Key:
        """Record the owner's word, `sent` or `failed`, on a message of unknown outcome; a failed one may go again.

        `short` is the key as she sees it, or at least its first four digits. Raises UsageError: no such message,
        several, or one whose outcome is known.
        """
        word, prefix = outcome_of(str(status)), short.strip().lower()
        with explained(self.path), transaction(self._connection) as db:
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
                "UPDATE messages SET status = ?, detail = 'resolved by hand', next_try = ?, answered = at"  # noqa: S608 - same
                f" WHERE {_THIS}",
                (word, "" if word == Status.FAILED else None, *key),
            )
        return key

    def rename_client(self, old: str, new: str) -> None:
        """Let all that is known of the client `old` be known of `new`: an id that was never seen in the workbook gave way."""
        with explained(self.path), transaction(self._connection) as db:
            for seq, *key in db.execute(
                "SELECT seq, campaign, client_id, occasion FROM messages WHERE client_id = ?", (old,)
            ).fetchall():
                short = Key(key[0], new, key[2]).short
                db.execute("UPDATE OR IGNORE messages SET client_id = ?, short = ? WHERE seq = ?", (new, short, seq))
            for table in ("inside", "entered", "written"):
                db.execute(f"UPDATE OR IGNORE {table} SET client_id = ? WHERE client_id = ?", (new, old))  # noqa: S608 - our own words
            self._acts.rename(db, old, new)

    def records(self) -> list[SentRow]:
        """Return the lines of the Sent table, in order of time."""
        with explained(self.path):
            lines = uniting.read(self._connection)
        return sorted(lines, key=lambda line: parse_at(line.at) or datetime.min)  # noqa: DTZ901 - both without zone

    def unite(self, rows: Iterable[SentRow]) -> int:
        """Take in what the Sent table knows and the journal does not, or not so well; return how many lines.

        Idempotent, in whatever order the lines come, and nothing that was sent is ever forgotten (`records.RANK`).
        """
        with explained(self.path), transaction(self._connection) as db:
            return uniting.unite(db, rows)

    def acts(self) -> tuple[Act, ...]:
        """Return what was done about pairs of clients, in order of time."""
        with explained(self.path):
            return self._acts.read(self._connection)

    def unite_acts(self, acts: Iterable[Act], *, sealed: bool = False) -> int:
        """Take in the acts that the Changes table knows and the journal does not; return how many. Of a sealed workbook, no cells."""
        with explained(self.path), transaction(self._connection) as db:
            return self._acts.unite(db, acts, sealed=sealed)

    def ledger(self) -> Ledger:
        """Return what planning needs. A failed message that may be tried again is `queued` in it: plan it anew."""
        with explained(self.path):
            return notes.ledger(self._connection)

    def record_plan(
        self,
        *,
        ids: Iterable[str] = (),
        pending: Mapping[tuple[str, ...], str] | None = None,
        inside: Mapping[str, Collection[str]] | None = None,
        entered: Mapping[tuple[str, str], date] | None = None,
        written: Mapping[tuple[str, str], str | None] | None = None,
        campaigns: Mapping[str, Trace] | None = None,
        persons: Mapping[str, int] | None = None,
        acts: Iterable[Act] = (),
        meta: Mapping[str, str] | None = None,
    ) -> None:
        """Record all that one planning step found out, in one transaction.

        `ids` are added to those ever used; `pending` replaces the ids that wait for their cell; `inside` replaces the
        members of the campaigns named in it; `entered`, `campaigns`, `persons` and `meta` are added or overwritten (see
        `Ledger`); so is `written`, where None forgets a value. `acts` are added.
        """
        with explained(self.path), transaction(self._connection) as db:
            db.executemany("INSERT OR IGNORE INTO ids (client_id) VALUES (?)", ((i,) for i in ids))
            notes.keep_persons(db, persons or {})
            notes.keep_campaigns(db, campaigns or {})
            if pending is not None:
                notes.replace_pending(db, pending)
            notes.replace_members(db, inside or {})
            notes.keep_entries(db, entered or {})
            notes.keep_written(db, written or {})
            self._acts.keep(db, acts)
            notes.keep_meta(db, meta or {})

    def get(self, name: str, default: str = "") -> str:
        """Return a remembered value: `first_run`, `last_run`, `machine`, `fingerprint`, `sent_rows` and the like."""
        with explained(self.path):
            return notes.meta(self._connection, name, default)

    def set(self, name: str, value: str) -> None:
        """Remember a value."""
        self.record_plan(meta={name: value})


def outcome_of(word: str) -> Status:
    """Return `sent` or `failed` as the owner may say it, in any language. Raises UsageError for another word."""
    for known in (word.strip().lower(), *choices_named(word)):
        if known in (Status.SENT, Status.FAILED):
            return Status(known)
    raise _unresolved(f"“{word}” is no outcome.", "Write sent or failed.", "no-outcome", outcome=word)


def _unresolved(message: str, hint: str, text: str, **params: str) -> UsageError:
    return UsageError(message, hint, code="resolve", text=text, params=params)


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
