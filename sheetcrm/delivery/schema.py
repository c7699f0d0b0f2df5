"""The journal's file: its tables, its format version, and how it is opened so that a commit survives a power loss."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sheetcrm.delivery import acts, optouts
from sheetcrm.delivery.state import private_file
from sheetcrm.errors import WorkbookError, WorkbookLocked, WorkbookUnreadable

FORMAT = 6
_PATIENCE = 30  # seconds that another who writes is waited for
_APPLICATION = 0x53436A31  # "SCj1": what `file` and we know the file by

_CAMPAIGNS = """
CREATE TABLE campaigns (
    alike TEXT PRIMARY KEY,                      -- the name, however it is typed
    name TEXT NOT NULL, trigger TEXT NOT NULL, definition TEXT NOT NULL,
    former TEXT NOT NULL, perhaps TEXT NOT NULL, -- JSON: names that it had before, and may have had
    since TEXT NOT NULL, gone INTEGER NOT NULL
) WITHOUT ROWID
"""

_NAMED = """
CREATE TABLE named (                             -- by which texts visits name a client
    client_id TEXT, text INTEGER,                -- a short hash
    PRIMARY KEY (client_id, text)
) WITHOUT ROWID
"""

_TABLES = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """
    CREATE TABLE messages (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        campaign TEXT NOT NULL, client_id TEXT NOT NULL, occasion TEXT NOT NULL,
        short TEXT NOT NULL,                     -- the key as people see it
        mark TEXT NOT NULL DEFAULT '',           -- hash of the address
        client TEXT NOT NULL DEFAULT '', due TEXT NOT NULL DEFAULT '', channel TEXT NOT NULL DEFAULT '',
        address TEXT NOT NULL DEFAULT '', subject TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '',
        purpose TEXT NOT NULL DEFAULT 'marketing',
        status TEXT NOT NULL, at TEXT NOT NULL DEFAULT '', detail TEXT NOT NULL DEFAULT '',
        attempts INTEGER NOT NULL DEFAULT 0,
        next_try TEXT,                           -- of a failed one: NULL never by itself, '' now, else then (UTC)
        answered TEXT,                           -- `at` of the attempt of which it is known since that it failed
        reference TEXT NOT NULL DEFAULT '',      -- a provider's own; of a message settled by another, that one's short key
        UNIQUE (campaign, client_id, occasion)
    )
    """,
    "CREATE INDEX messages_by_short ON messages (short)",
    "CREATE INDEX messages_by_mark ON messages (mark, campaign, occasion)",
    "CREATE TABLE ids (client_id TEXT PRIMARY KEY, person INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID",  # a mark of whom
    "CREATE TABLE pending (fingerprint TEXT PRIMARY KEY, client_id TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE watched (campaign TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE inside (campaign TEXT, client_id TEXT, PRIMARY KEY (campaign, client_id)) WITHOUT ROWID",
    "CREATE TABLE entered (campaign TEXT, client_id TEXT, day TEXT, PRIMARY KEY (campaign, client_id)) WITHOUT ROWID",
    "CREATE TABLE written (client_id TEXT, field TEXT, text TEXT, PRIMARY KEY (client_id, field)) WITHOUT ROWID",
    _CAMPAIGNS,
    _NAMED,
    acts.TABLE,
    *optouts.TABLES,
)


def _remember_campaigns(db: sqlite3.Connection) -> None:
    """Format 2 knows which campaigns stood in the table, and whom an id named last."""
    db.execute(_CAMPAIGNS)
    db.execute("ALTER TABLE ids ADD COLUMN person INTEGER NOT NULL DEFAULT 0")


def _remember_acts(db: sqlite3.Connection) -> None:
    """Format 3 knows what was done about pairs of clients."""
    db.execute(acts.TABLE)


def _remember_replies(db: sqlite3.Connection) -> None:
    """Format 4 knows which addresses want nothing, from which mail came back, and by what a provider knows a message."""
    for table in optouts.TABLES:
        db.execute(table)
    db.execute("ALTER TABLE messages ADD COLUMN reference TEXT NOT NULL DEFAULT ''")


def _remember_named(db: sqlite3.Connection) -> None:
    """Format 5 knows by which texts visits name a client."""
    db.execute(_NAMED)


def _forget_short_hashes(db: sqlite3.Connection) -> None:
    """Format 6 has short hashes by which two texts are told apart that differ in their first letter: those of before say nothing."""
    db.execute("UPDATE ids SET person = 0")
    db.execute("DELETE FROM named")


MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {
    1: _remember_campaigns,
    2: _remember_acts,
    3: _remember_replies,
    4: _remember_named,
    5: _forget_short_hashes,
}
"""From a format version to the step that makes the next one of it; each runs inside one transaction."""


def connect(path: Path) -> tuple[sqlite3.Connection, bool]:
    """Open or make the journal at `path` (0600); return the connection and whether it is new.

    Rollback journal in PERSIST mode with synchronous=FULL: both the file and the header of the journal, zeroed, are synced
    before COMMIT returns (pager.c, `zeroJournalHdr`; seen with strace). As durable as TRUNCATE and, since no file
    changes its length, faster on a disk that others write to as well (1.3 ms a commit against 4.3). In the default
    DELETE mode FULL does not sync the directory after the journal is unlinked (only EXTRA does), so a power loss may roll
    back the last commit: a message already handed over would go again. WAL is as durable and faster, but a journal
    copied without its -wal file lacks the latest commits, and it does not work on a home folder that lies on a
    network share: so only while messages go (`JournalFile.hurried`). What a PERSIST journal leaves behind are pages as
    they were before: `close` removes it.
    """
    with explained(path):
        private_file(path)
        connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
        try:
            connection.execute("PRAGMA schema_version").fetchone()  # a damaged one is told here
            set_mode(connection, "PERSIST")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(
                "PRAGMA fullfsync = ON"
            )  # macOS: fsync alone leaves it in the drive's cache; elsewhere ignored
            connection.execute("PRAGMA secure_delete = ON")  # an erased person's text is overwritten, not just unlinked
            return connection, _bring_up_to_date(connection, path)
        except BaseException:
            connection.close()
            raise


def set_mode(connection: sqlite3.Connection, mode: str) -> None:
    """Choose how commits are made durable; where that cannot be, because of the disk or another who is there, nothing changes."""
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute(f"PRAGMA journal_mode = {mode}").fetchone()
    with suppress(sqlite3.Error):
        connection.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000}")


def close(connection: sqlite3.Connection) -> None:
    """Close the journal, and remove the file of earlier pages beside it: what was erased stands in no other place."""
    set_mode(connection, "DELETE")  # where it is busy, or the disk is gone, the next one does it
    connection.close()


def snapshot(path: Path) -> tuple[sqlite3.Connection, bool]:
    """Copy the journal at `path` into memory for reading; an empty one where there is none. Nothing on disk changes."""
    memory = sqlite3.connect(":memory:", isolation_level=None)
    if path.exists() and path.stat().st_size:
        with explained(path):
            # rw, not ro: a journal left by a killed process must be rolled back before it can be read
            disk = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=30)
            try:
                disk.backup(memory)
            finally:
                disk.close()
    with explained(path):
        return memory, _bring_up_to_date(memory, None)


def _bring_up_to_date(connection: sqlite3.Connection, path: Path | None) -> bool:
    """Make the tables of a new file, migrate an older one; return whether it was new. `path` is where a backup goes."""
    with transaction(connection):
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > FORMAT:
            raise WorkbookUnreadable(
                f"The record of sent messages is of a newer sheetcrm (format {version}, this one knows {FORMAT}).",
                "Update sheetcrm on this machine.",
                code="newer-format",
                text="newer-journal",
            )
        if version == FORMAT:
            return False
        if version == 0:
            for statement in _TABLES:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            return True
    if path is not None:
        _back_up(connection, path.with_suffix(f".v{version}.sqlite"))
    with transaction(connection):
        for step in range(version, FORMAT):
            MIGRATIONS[step](connection)
        connection.execute(f"PRAGMA user_version = {FORMAT}")
    return False


def _back_up(connection: sqlite3.Connection, target: Path) -> None:
    private_file(target)
    copy = sqlite3.connect(target)
    try:
        connection.backup(copy)
    finally:
        copy.close()
    descriptor = os.open(target, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All or nothing, and on disk when it is left. IMMEDIATE: what is read in it cannot change before it writes."""
    if connection.in_transaction:  # Ctrl-C fell between an earlier BEGIN and the `try` below
        connection.execute("ROLLBACK")
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled it back already
            connection.execute("ROLLBACK")
        raise


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into one line for the owner."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise WorkbookLocked(
                "Another sheetcrm is writing the record of sent messages.",
                "Try again in a minute.",
                text="journal-busy",
            ) from error
        raise WorkbookError(
            f"The record of sent messages cannot be used ({error}): {path}",
            "Check that the disk is not full and the folder is writable; nothing is sent without it.",
            code="journal",
            params={"path": str(path)},
        ) from error
    except sqlite3.DatabaseError as error:
        raise WorkbookUnreadable(
            f"The record of sent messages is damaged ({error}): {path}",
            "Move that file away; the next run makes it again from the Sent sheet.",
            code="journal-damaged",
            params={"path": str(path)},
        ) from error
    except OSError as error:
        raise WorkbookError(
            f"The record of sent messages cannot be opened ({error.strerror}): {path}",
            "Check the state folder, or name another one in SHEETCRM_STATE.",
            code="journal",
            text="no-journal",
            params={"path": str(path), "why": error.strerror or ""},
        ) from error
