"""The durable record of what was sent to whom: one SQLite file per workbook id.

A message is `sending`, in a commit that has reached the disk, before a byte of it leaves; what becomes of it stands in
the next one. Whatever kills the program in between leaves a row that says so. Nothing but this file decides whether a
message may go.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from sheetcrm.crm.acts import Act
from sheetcrm.crm.lineage import bare_id
from sheetcrm.crm.values import Delivery, Key, Ledger, Message, Status, Suppressed, Trace, mark_of
from sheetcrm.delivery import answers, erasing, joining, notes, optouts, uniting
from sheetcrm.delivery.journal_file import JournalFile
from sheetcrm.delivery.records import SentRow, moment, next_try, parse_at
from sheetcrm.delivery.refusing import refusal
from sheetcrm.delivery.state import state_folder

__all__ = ["Journal", "state_folder"]

_THIS = "campaign = ? AND client_id = ? AND occasion = ?"
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


class Journal(JournalFile):
    """The record of one workbook: what was sent to whom, and what planning has to remember."""

    def refusal(self, message: Message, at: datetime, apart: Collection[str] | None = ()) -> str:
        """Say why a message may not go now, "" where it may.

        `erased`, `done` (sent, skipped, under way or unknown), `failed` (for good), `resting` (failed for a passing reason, its
        pause is not over), `opted-out` and `bounced` (whatever was planned), `same-address` (that address had this campaign for this
        occasion under another client id; those in `apart`, the other people of her household, do not count; None leaves this
        belt off).
        """
        with self._reading() as db:
            return refusal(db, message, at, apart)

    def begin(self, message: Message, at: datetime, apart: Collection[str] | None = ()) -> bool:
        """Record, durably, that a message is about to be handed over; False where it may not go (see `refusal`)."""
        with self._writing() as db:
            if refusal(db, message, at, apart):
                return False
            values = (message.client, message.due.isoformat(), message.channel, message.to, message.subject)
            marks = (message.key.short, mark_of(message.to))
            db.execute(_BEGIN, (*message.key, *marks, *values, message.text, message.purpose, _stamp(at)))
            joining.settle(db, message, _stamp(at))
            return True

    def finish(self, key: Key, delivery: Delivery, at: datetime, *, later: bool = False) -> None:
        """Record what became of a message that was begun. One that has a known outcome by now is left as it is.

        `later`: together with what is recorded next, the beginning of the next message most often.
        """

        def write(db: sqlite3.Connection) -> None:
            _finish(db, key, delivery, at)

        if later:
            self._later(write)
            return
        with self._writing() as db:
            write(db)

    def recover(self, at: datetime) -> list[Key]:
        """Make `unknown` of what a killed run left as `sending`, at the start of the next one; return those keys.

        Only under the run lock: a message that another process is sending right now looks the same.
        """
        with self._writing() as db:
            rows = db.execute(
                "SELECT campaign, client_id, occasion FROM messages WHERE status = ? ORDER BY seq", (Status.SENDING,)
            ).fetchall()
            db.execute(
                "UPDATE messages SET status = ?, detail = ? WHERE status = ?",
                (Status.UNKNOWN, f"interrupted; found {_stamp(at)}", Status.SENDING),
            )
        return [Key(*row) for row in rows]

    def unknown(self) -> dict[str, tuple[str, str]]:
        """Return when each message of unknown outcome was tried (ISO), and its detail, by its short key.

        None that was answered for that moment before.
        """
        with self._reading() as db:
            rows = db.execute(
                "SELECT short, at, detail FROM messages WHERE status = ? AND answered IS NOT at", (Status.UNKNOWN,)
            )
            return {short: (at, detail) for short, at, detail in rows}

    def next_try(self, at: datetime) -> datetime | None:
        """Return the earliest moment after `at` from which a message that failed for a passing reason may be tried again."""
        with self._reading() as db:
            row = db.execute(
                "SELECT min(next_try) FROM messages WHERE status = ? AND next_try > ?", (Status.FAILED, moment(at))
            ).fetchone()
        return None if row[0] is None else datetime.fromisoformat(row[0])

    def resolve(self, short: str, status: Status | str) -> Key:
        """Record the owner's word, `sent` or `failed`, on a message of unknown outcome; a failed one may go again.

        `short` is the key as she sees it, or at least its first four digits. Raises UsageError: no such message,
        several, or one whose outcome is known.
        """
        with self._writing() as db:
            return answers.resolve(db, short, status)

    def record_by_hand(self, message: Message, at: datetime, word: str = "done") -> bool:
        """Record what the owner says of a message that she sees to herself: `done` (sent by hand) or `no` (skipped).

        False where nothing is new: it is known to have gone out; `no` to one that was begun. Nothing is ever sent for it.
        """
        with self._writing() as db:
            return answers.by_hand(db, erasing.bare_message(db, message), _stamp(at), word)

    def rename_client(self, old: str, new: str) -> None:
        """Let all that is known of the client `old` be known of `new`: an id that was never seen in the workbook gave way."""
        with self._writing() as db:
            for seq, *key in db.execute(
                "SELECT seq, campaign, client_id, occasion FROM messages WHERE client_id = ?", (old,)
            ).fetchall():
                short = Key(key[0], new, key[2]).short
                db.execute("UPDATE OR IGNORE messages SET client_id = ?, short = ? WHERE seq = ?", (new, short, seq))
                joining.rename(db, Key(*key).short, short)
            for table in ("inside", "entered", "written"):
                db.execute(f"UPDATE OR IGNORE {table} SET client_id = ? WHERE client_id = ?", (new, old))  # noqa: S608 - our own words
            self._acts.rename(db, old, new)

    def records(self) -> list[SentRow]:
        """Return the lines of the Sent table, in order of time."""
        with self._reading() as db:
            lines = uniting.read(db)
        return sorted(lines, key=lambda line: parse_at(line.at) or datetime.min)  # noqa: DTZ901 - both without zone

    def unite(self, rows: Iterable[SentRow]) -> int:
        """Take in what the Sent table knows and the journal does not, or not so well; return how many lines.

        Idempotent, in whatever order the lines come, and nothing that was sent is ever forgotten (`records.RANK`).
        """
        with self._writing() as db:
            return uniting.unite(db, rows)

    def acts(self) -> tuple[Act, ...]:
        """Return what was done about pairs of clients, in order of time."""
        with self._reading() as db:
            return self._acts.read(db)

    def unite_acts(self, acts: Iterable[Act], *, sealed: bool = False) -> int:
        """Take in the acts that the Changes table knows and the journal does not; return how many. Of a sealed workbook, no cells."""
        with self._writing() as db:
            return self._acts.unite(db, acts, sealed=sealed)

    def begin_erasing(self, ids: Collection[str], addresses: Collection[tuple[str, str, str]], at: datetime) -> None:
        """Note that these clients are to be erased, and forget at once their names, addresses and texts, all in one transaction.

        No marketing goes to `addresses` ((channel, address, client id) each) from now on: a hash of each stays.
        """
        with self._writing() as db:
            erasing.begin(db, ids, addresses, _stamp(at))
            self._acts.forget(db, {bare_id(one) for one in ids})

    def keep_doubtful(self, marks: Collection[int]) -> None:
        """Remember marks of visits that may have been of somebody erased, or of her namesake (`crm.namesakes`)."""
        with self._writing() as db:
            erasing.keep_doubtful(db, marks)

    def erasing_begun(self) -> tuple[str, ...]:
        """Return the ids of clients whose erasing has begun and is not known to be complete."""
        with self._reading() as db:
            return erasing.begun(db)

    def end_erasing(self) -> None:
        """Note that nothing is left to be done of what `erasing_begun` tells."""
        with self._writing() as db:
            erasing.end(db)

    def gone_since(self, since: datetime) -> list[str]:
        """Return the channel of each message that went out after that moment, or may have; not of those sent by hand."""
        with self._reading() as db:
            return notes.gone_since(db, since)

    def suppress(self, address: str, channel: str, at: datetime, source: str) -> bool:
        """Remember that whoever reads this address wants nothing more by that channel; False where that was known.

        `source` says how that was said: `reply`, `unsubscribe`, `complaint`, `erasure` (to be forgotten besides).
        Kept is a hash of the address: it outlives the row.
        """
        with self._writing() as db:
            return optouts.suppress(db, address, channel, _stamp(at), source)

    def ask(self, address: str, at: datetime) -> bool:
        """Remember that a reply from this address may mean no more messages, until the owner decides; False where that was known."""
        with self._writing() as db:
            return optouts.ask(db, address, _stamp(at))

    def lift(self, address: str, channel: str) -> bool:
        """Forget that an address wants nothing by that channel: she agreed again. False where nothing was known."""
        with self._writing() as db:
            return optouts.lift(db, address, channel)

    def suppressed(self) -> dict[tuple[str, str], Suppressed]:
        """Return who wants nothing more, by (channel, mark of the address)."""
        with self._reading() as db:
            return optouts.suppressed(db)

    def bounce(self, address: str, at: datetime, detail: str) -> bool:
        """Remember that mail to this address comes back, and why; False where that was known."""
        with self._writing() as db:
            return optouts.bounce(db, address, _stamp(at), detail)

    def came_back(self, key: Key, detail: str) -> bool:
        """Record that a message which the server had taken came back for good: it failed. False where it is known not to have gone.

        `detail` is `came back: ` and a reply that begins with a code 5xx.
        """
        with self._writing() as db:
            return optouts.came_back(db, key, detail)

    def bounced(self) -> dict[str, str]:
        """Return why mail comes back, by the mark of the address."""
        with self._reading() as db:
            return optouts.bounced(db)

    def ledger(self) -> Ledger:
        """Return what planning needs. A failed message that may be tried again is `queued` in it: plan it anew."""
        with self._reading() as db:
            return replace(
                notes.ledger(db), erased=erasing.erased(db), erasing=erasing.begun(db), doubtful=erasing.doubtful(db)
            )

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
        named: Mapping[str, Collection[int]] | None = None,
        id_order: Sequence[str] | None = None,
        retyped: Mapping[str, str] | None = None,
        acts: Iterable[Act] = (),
        meta: Mapping[str, str] | None = None,
        refused: Iterable[tuple[str, str, str]] = (),
        agreed: Iterable[tuple[str, str]] = (),
        decided: Collection[str] = (),
    ) -> None:
        """Record all that one planning step found out, in one transaction.

        `ids` are added to those ever used; `pending` replaces the ids that wait for their cell; `inside` replaces the
        members of the campaigns named in it; `entered`, `campaigns`, `persons` and `meta` are added or overwritten (see
        `Ledger`); so is `written`, where None forgets a value. `acts`, `named` and `retyped` are added; `id_order`
        takes the place of the last one. `refused`: (channel, mark, client id)
        where a “no” was seen for an address that wants nothing; `agreed`: (channel, mark) of those who said yes again;
        `decided`: marks of addresses whose unclear reply she has decided about.
        """
        with self._writing() as db:
            db.executemany("INSERT OR IGNORE INTO ids (client_id) VALUES (?)", ((i,) for i in ids))
            gone = erasing.erased(db)
            notes.keep_persons(db, erasing.but_for(gone, persons or {}))
            notes.keep_named(db, erasing.but_for(gone, named or {}))
            notes.keep_order(db, id_order)
            notes.keep_retyped(db, retyped or {})
            notes.keep_campaigns(db, campaigns or {})
            if pending is not None:
                notes.replace_pending(db, pending)
            notes.replace_members(db, inside or {})
            notes.keep_entries(db, entered or {})
            notes.keep_written(db, written or {})
            self._acts.keep(db, acts)
            optouts.keep_refused(db, refused)
            optouts.lift_marks(db, agreed)
            optouts.decide(db, decided)
            notes.keep_meta(db, meta or {})

    def get(self, name: str, default: str = "") -> str:
        """Return a remembered value: `first_run`, `last_run`, `machine`, `fingerprint`, `sent_rows` and the like."""
        with self._reading() as db:
            return notes.meta(db, name, default)

    def set(self, name: str, value: str) -> None:
        """Remember a value."""
        self.record_plan(meta={name: value})


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _finish(db: sqlite3.Connection, key: Key, delivery: Delivery, at: datetime) -> None:
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
    if delivery.status == Status.FAILED:
        joining.take_back(db, key)
