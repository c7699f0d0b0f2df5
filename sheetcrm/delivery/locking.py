"""One run at a time per workbook, whoever starts it: the scheduler, a second window, a double click."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from sheetcrm.delivery.schema import explained
from sheetcrm.delivery.state import file_stem, private_folder
from sheetcrm.errors import WorkbookLocked

if sys.platform == "win32":  # pragma: no cover - we test on Linux only
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            # flock, not lockf: it belongs to the open file, so it also holds between two threads of one process
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


_LOCKED_BYTE = (
    1 << 30
)  # Windows locks bytes, also against reading: one far behind the process number that stands in the file
_POLL_SECONDS = 0.1


class RunLock:
    """Holds a workbook's lock while it is entered. The system frees it when the process ends, however it ends.

    The file stays: to delete it would let a third process lock a new one while a second still waits for the old.
    """

    def __init__(self, folder: Path, workbook_id: str, *, timeout: float = 60.0) -> None:
        self.path = folder / f"{file_stem(workbook_id)}.lock"
        self._folder = folder
        self._timeout = timeout
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Wait up to `timeout` seconds for the lock. Raises WorkbookLocked, WorkbookError (folder)."""
        with explained(self.path):
            private_folder(self._folder)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            deadline = time.monotonic() + self._timeout
            while not _try_lock(descriptor):
                if time.monotonic() >= deadline:
                    self._give_up(descriptor)
                time.sleep(_POLL_SECONDS)
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, str(os.getpid()).encode())
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)  # which frees the lock
            self._descriptor = None

    @staticmethod
    def _give_up(descriptor: int) -> NoReturn:
        os.lseek(descriptor, 0, os.SEEK_SET)
        number = os.read(descriptor, 20).decode("ascii", "replace").strip()
        holder = f" (process {number})" if number.isdigit() else ""
        raise WorkbookLocked(f"Another sheetcrm{holder} is at work on this workbook.", "Let it finish, then try again.")
