"""The file of a journal: opened, read into memory, written in transactions, closed.

A result may wait for the next transaction (`_later`): so each message costs one durable commit and not two. Whatever is asked of
the journal meanwhile, it is written first; only a kill in that instant leaves `sending`, which becomes `unknown`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sheetcrm.delivery.acts import Acts
from sheetcrm.delivery.notes import keep_meta
from sheetcrm.delivery.schema import close, connect, explained, set_mode, snapshot, transaction
from sheetcrm.delivery.state import file_stem, private_folder


class JournalFile:
    """The file of one workbook's record. Made by `open` (to write, under a `RunLock`) or `read`; a context manager.

    `is_new`: nothing was known before: the first run ever, or a lost state folder.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, *, is_new: bool) -> None:
        self._connection = connection
        self._acts = Acts()
        self._unwritten: Callable[[sqlite3.Connection], None] | None = None
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
            with journal._writing() as db:
                keep_meta(db, {"workbook_id": workbook_id})
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
        """Write what waits, and close the file."""
        try:
            self.settle()
        finally:
            close(self._connection)

    def settle(self) -> None:
        """Write what waits. Raises WorkbookError."""
        if self._unwritten is not None:
            with self._writing():
                pass

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """Keep a write-ahead log meanwhile: as durable, with one sync a commit and not five; put away again at the end.

        For the minutes of a sending only: see `schema.connect`. Where the disk cannot do it, all stays as it is.
        """
        set_mode(self._connection, "WAL")
        try:
            yield
        finally:
            try:
                self.settle()
            finally:
                set_mode(self._connection, "PERSIST")

    def _later(self, write: Callable[[sqlite3.Connection], None]) -> None:
        """Write something at the beginning of the next transaction. It must do no harm when it is done twice."""
        self.settle()
        self._unwritten = write

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Open one transaction, on the disk when it is left; what waited is the first thing in it."""
        with explained(self.path), transaction(self._connection) as db:
            if self._unwritten is not None:
                self._unwritten(db)
            yield db
        self._unwritten = None

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Give what is known now, with what waited."""
        self.settle()
        with explained(self.path):
            yield self._connection
