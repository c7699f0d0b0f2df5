"""The saving protocol: whatever happens, there is a whole old or a whole new workbook, and nothing typed meanwhile is lost.

Backup, synced → temporary file in the same folder → fsync → read back → exchange → look at what came out → fsync of the folder.
(RELIABILITY measured: a plain save leaves an unreadable file in 145 of 150 kills, this order in none.)
"""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sheetcrm.durable import sync_folder
from sheetcrm.errors import WorkbookError
from sheetcrm.workbook.backups import back_up, digest
from sheetcrm.workbook.exchange import SHARING_VIOLATIONS, Busy, exchange
from sheetcrm.workbook.leftovers import own_links, remove, sweep, written_beside
from sheetcrm.workbook.openness import is_writable, opened_by

__all__ = [
    "Conflict",
    "OpenElsewhere",
    "Saved",
    "SavedUnsure",
    "back_up",
    "check_room",
    "check_writable",
    "digest",
    "save",
    "sweep",
]

_FULL = (errno.ENOSPC, errno.EDQUOT)
_SPACE_FACTOR = 3  # the new file, the old one as a backup, and room to breathe
_SPACE_BESIDE = 2  # in the state folder: a backup, and the journal


class Conflict(Exception):
    """The workbook is no longer the one that was read: no error, the plan is made anew on what the owner saved.

    `ours_stood`: she may have saved behind our write, so that what is read next tells what became of it.
    """

    def __init__(self, name: str, *, ours_stood: bool = False) -> None:
        super().__init__(name)
        self.ours_stood = ours_stood


class OpenElsewhere(Exception):
    """Excel or LibreOffice has the workbook open. `who` is the name in its owner file, may be empty."""

    def __init__(self, who: str) -> None:
        super().__init__(who)
        self.who = who


class SavedUnsure(WorkbookError):
    """The new workbook stands in its place, but the disk failed before that was sure to outlive a power cut."""

    code = "saved-unsure"


@dataclass(frozen=True)
class Saved:
    """What a save left behind."""

    digest: str  # sha256 of the file as it is now
    backup: Path


def check_room(path: Path, size: int, state: Path | None = None) -> None:
    """Raise WorkbookError where the disk has no room for a save, or that of the state folder none for a backup: before anything is sent."""
    _check_free(path.parent, _SPACE_FACTOR * size, path, "disk-full")
    if state is not None:
        there = next(folder for folder in (state, *state.parents) if folder.exists())
        _check_free(there, _SPACE_BESIDE * size, path, "state-disk-full")


def _check_free(folder: Path, wanted: int, path: Path, text: str) -> None:
    if shutil.disk_usage(folder).free < wanted:
        raise _full(path, text)


def _full(path: Path, text: str) -> WorkbookError:
    if text == "disk-full":
        return WorkbookError(
            f"{path.name}: the disk is too full to save it safely.",
            "Free some space and run again.",
            code="disk-full",
            params={"file": path.name},
        )
    return WorkbookError(
        f"{path.name}: the disk that holds the state folder is too full to keep a copy of it.",
        "Free some space there and run again; nothing is written without a copy.",
        code="disk-full",
        text="state-disk-full",
        params={"file": path.name},
    )


def check_writable(path: Path) -> None:
    """Raise `OpenElsewhere` while the owner has it open, WorkbookError where it is read-only or shared by a hard link."""
    who = opened_by(path)
    if who is not None:
        raise OpenElsewhere(who)
    if not is_writable(path):
        raise WorkbookError(
            f"{path.name} is read-only.",
            "Take off the write protection of the file or its folder.",
            code="read-only",
            params={"file": path.name},
        )
    if path.stat().st_nlink - own_links(path) > 1:
        raise WorkbookError(
            f"{path.name} has a second name (a hard link), which a safe save would cut off.",
            "Make it a copy of its own and run again.",
            code="hard-link",
            params={"file": path.name},
        )


def save(path: Path, before: bytes, after: bytes, *, backups: Path, verify: Callable[[bytes], None]) -> Saved:
    """Replace the workbook by `after`, if it still is `before`. `verify` raises when the bytes read back are not as meant.

    `backups` is a folder, made if it is not there. Raises `Conflict` when somebody saved meanwhile (the file is then theirs),
    `OpenElsewhere` while it is open, `SavedUnsure` where it was written and the disk failed after that, WorkbookError for everything
    else that the owner must see to. The backup is whole before the new version counts.
    """
    path = path.resolve()  # a symlink stays a symlink
    with _explained(path):
        check_writable(path)
        check_room(path, len(after), backups)
    backup = _kept(before, backups, path)
    with _explained(path):
        temporary = written_beside(path, after)
        try:
            verify(temporary.read_bytes())
            _check_still(path, before)
        except BaseException:
            remove(temporary)
            raise
    _put_in_place(temporary, path, before, after)
    return Saved(digest(after), backup)


def _check_still(path: Path, before: bytes) -> None:
    """Raise Conflict where it is no longer what was read, OpenElsewhere where somebody has opened it."""
    if path.read_bytes() != before:
        raise Conflict(path.name)
    who = opened_by(path)
    if who is not None:
        raise OpenElsewhere(who)


def _kept(data: bytes, backups: Path, path: Path) -> Path:
    try:
        backups.mkdir(parents=True, exist_ok=True, mode=0o700)
        return back_up(data, backups, path.suffix)
    except OSError as error:
        if error.errno in _FULL:
            raise _full(path, "state-disk-full") from error
        raise WorkbookError(
            f"No copy of {path.name} could be kept ({error.strerror or error}), so nothing was written.",
            "Check the state folder and its disk.",
            code="backup",
            text="no-backup",
            params={"file": path.name, "why": error.strerror or ""},
        ) from error


def _put_in_place(temporary: Path, path: Path, before: bytes, after: bytes) -> None:
    """Exchange, look, make it last. From here on the temporary file may hold what she saved: it goes only when that is known not to be."""
    try:
        exchange(temporary, path)
        _look_at(temporary, path, before, after)
        sync_folder(path.parent)
    except OSError as error:
        _tell_what_stands(error, temporary, path, before, after)
    except BaseException:
        if _holds(temporary, after):
            remove(temporary)
        raise


def _tell_what_stands(error: OSError, temporary: Path, path: Path, before: bytes, after: bytes) -> None:
    """Say of a step that failed what is true now, which only the file itself tells: another computer may have had its hand in it."""
    stands: bytes | None = None
    with contextlib.suppress(OSError):
        stands = path.read_bytes()
    if stands == after:
        if isinstance(error, FileNotFoundError) and not temporary.exists():
            return  # somebody cleared away what came out, and keeps it if it was a workbook
        raise _unsure(path, error) from error
    ours_stood = not _holds(temporary, after)
    if not ours_stood:
        remove(temporary)
    if stands == before or (stands is None and path.exists() and not ours_stood):
        with _explained(path):
            raise error
    if stands is None and path.exists():
        raise _unsure(path, error) from error
    raise Conflict(path.name, ours_stood=ours_stood) from error  # she has saved meanwhile, or does so just now


def _holds(file: Path, data: bytes) -> bool:
    try:
        return file.read_bytes() == data
    except OSError:
        return False


def _unsure(path: Path, error: OSError) -> SavedUnsure:
    why = error.strerror or str(error)
    return SavedUnsure(
        f"{path.name} was written, but then its disk reported an error ({why}).",
        "Look after that disk, and open the file to see that all is there; sheetcrm undo --list shows the copy from before.",
        text="saved-unsure",
        params={"file": path.name, "why": why},
    )


def _look_at(temporary: Path, path: Path, before: bytes, after: bytes) -> None:
    """Look at what came out of the exchange; what somebody saved in the last instant goes back. Raises `Conflict`, OSError."""
    put, came = after, temporary.read_bytes()
    while came != before or put != after:
        exchange(temporary, path)  # theirs goes back
        out = temporary.read_bytes()
        if out == put:
            remove(temporary)
            sync_folder(path.parent)
            raise Conflict(path.name)
        put, came = came, out  # they saved once more meanwhile: what came out now is the latest
    remove(temporary)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what the system says into what the owner can do."""
    try:
        yield
    except Busy:
        raise OpenElsewhere("") from None
    except FileNotFoundError as error:  # Excel is between deleting the old file and naming the new one
        raise Conflict(path.name) from error
    except OSError as error:
        if getattr(error, "winerror", None) in SHARING_VIOLATIONS:
            raise OpenElsewhere("") from error
        if error.errno in _FULL:
            raise _full(path, "disk-full") from error
        raise WorkbookError(
            f"{path.name} could not be saved: {error.strerror or error}.",
            "The file is as it was. Run again, or look after its disk.",
            code="not-saved",
            params={"file": path.name, "why": error.strerror or ""},
        ) from error
