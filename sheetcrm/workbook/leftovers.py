"""The temporary file beside a workbook: made, and cleared away after a crash without losing what may be in it.

`.sheetcrm-<which workbook>-<what was to be written>-<when>-<chance>.tmp`. Another computer, user or state folder may be at work on the
same workbook, under a lock of its own: what the own journal does not name is left alone until nobody can be using it any more. (The
time is in the name, for behind an exchange the file is the owner's old one, with its times.)
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
import time
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sheetcrm.durable import sync_folder
from sheetcrm.workbook.backups import PART, back_up, digest, name_of
from sheetcrm.workbook.exchange import KEPT, exchange
from sheetcrm.workbook.likeness import make_alike
from sheetcrm.workbook.openness import is_writable, opened_by

_SUFFIX = ".tmp"
_MAY_LIVE = 600.0  # seconds: far more than a save of the largest workbook takes


@dataclass(frozen=True)
class Interrupted:
    """A save that may not have come to its end: the sha256 of the workbook before it, and after."""

    before: str
    after: str


class Swept(NamedTuple):
    """What clearing away came to."""

    changed: bool = False  # the workbook is another one by it, and must be read anew
    kept: bool = False  # what somebody saved in the instant of an exchange could not go back: it is among the backups
    stood: bool = (
        True  # False: what was to be written does surely not stand in the workbook, nor in anything made of it since
    )


def written_beside(path: Path, data: bytes) -> Path:
    """Write a new file in the workbook's folder, synced, for the same people as the workbook. Raises OSError; then nothing is left."""
    prefix = f"{_prefix(path)}{name_of(digest(data))}-{int(time.time()):x}-"
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=_SUFFIX, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            make_alike(file.fileno(), path)  # before the sync: it belongs to what must outlive a power cut
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        remove(temporary)
        raise
    return temporary


def remove(temporary: Path) -> None:
    """Take a temporary file away; one that cannot be is cleared away by the next run."""
    with contextlib.suppress(OSError):
        temporary.unlink(missing_ok=True)


def _prefix(path: Path) -> str:
    """Return how the names of a workbook's temporary files begin: short, for a name may be as long as the file system allows."""
    return f".sheetcrm-{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:12]}-"


class _Left(NamedTuple):
    """A file that a save left: which bytes were to be written (`name_of` them) and when, as its name says; "" for an earlier sheetcrm."""

    file: Path
    mark: str
    at: str

    def is_of(self, interrupted: Interrupted | None) -> bool:
        """Tell whether this save left it."""
        return interrupted is not None and self.mark == name_of(interrupted.after)

    def may_live(self) -> bool:
        """Tell whether a save that is under way may be using it."""
        since = int(self.at, 16) if self.at else self.file.stat().st_ctime
        return time.time() - since < _MAY_LIVE


def _left(path: Path) -> list[_Left]:
    """Return what lies beside a workbook of saves of it that did not come to their end; never what belongs to another workbook."""
    ours = re.compile(
        re.escape(_prefix(path)) + f"(?:([0-9a-f]+)-([0-9a-f]+)-)?[a-z0-9_]+{re.escape(_SUFFIX)}(?:{re.escape(KEPT)})?"
    )
    with contextlib.suppress(OSError):
        met = [(file, ours.fullmatch(file.name)) for file in sorted(path.parent.iterdir())]
        return [_Left(file, found[1] or "", found[2] or "") for file, found in met if found]
    return []


def own_links(path: Path) -> int:
    """Count the second names that a save without an exchange gave the workbook's file, and could not take away again."""
    count = 0
    for left in _left(path):
        with contextlib.suppress(OSError):
            count += left.file.samefile(path)
    return count


def sweep(path: Path, backups: Path, interrupted: Interrupted | None = None, done: Collection[str] = ()) -> Swept:
    """Clear away what an interrupted save left, and what others did long ago.

    `done` are the saves that came to their end (`name_of` what they wrote): only what another program held can be left of them.
    Whole workbooks among it go to the backups, but for the one that was to be written. What somebody saved in the very instant of an
    exchange, and a kill kept from going back, goes back. Raises WorkbookError where a backup cannot be read back.
    """
    path = path.resolve()
    swept = Swept()
    for left in _left(path):
        with contextlib.suppress(OSError):
            if interrupted is not None and left.is_of(interrupted):
                swept = _looked_at(left.file, path, backups, interrupted, swept)
            elif left.mark not in done and left.may_live():
                continue
            else:
                _kept(left.file, path, backups)
            left.file.unlink()
    for part in backups.glob(f"*{PART}"):
        remove(part)
    return swept


def _kept(left: Path, path: Path, backups: Path) -> None:
    data = left.read_bytes()
    if _is_whole(left, data):
        back_up(data, backups, path.suffix)


def _looked_at(left: Path, path: Path, backups: Path, interrupted: Interrupted, swept: Swept) -> Swept:
    """See what became of the save that was interrupted; put back what it took the place of although it was not what we had read."""
    data = left.read_bytes()
    known, whole = digest(data), _is_whole(left, data)
    if known == interrupted.after or (known != interrupted.before and not whole):
        return swept if left.name.endswith(KEPT) else swept._replace(stood=False)
    if whole:
        back_up(data, backups, path.suffix)
    if known == interrupted.before or digest(path.read_bytes()) != interrupted.after:
        return swept
    if opened_by(path) is None and is_writable(path):
        with contextlib.suppress(OSError):  # held by another program
            _goes_back(left, path, backups, interrupted)
            return swept._replace(changed=True, stood=False)
    return swept._replace(kept=True)


def _goes_back(left: Path, path: Path, backups: Path, interrupted: Interrupted) -> None:
    exchange(left, path)
    newer = left.read_bytes()
    if digest(newer) != interrupted.after:  # saved once more in this very moment: that is the latest
        back_up(newer, backups, path.suffix)
        exchange(left, path)
    sync_folder(path.parent)


def _is_whole(file: Path, data: bytes) -> bool:
    from sheetcrm.workbook.encryption import is_whole  # noqa: PLC0415 - what a save does not need

    return zipfile.is_zipfile(file) or is_whole(data)


def put_back(path: Path) -> bool:
    """Give a workbook that is missing its name back where a kill within Windows' ReplaceFile took it; tell whether it is there now."""
    path = path.resolve()
    for left in _left(path):
        file = left.file
        if file.name.endswith(KEPT) and not path.exists() and _is_whole(file, file.read_bytes()):
            file.rename(path)  # on Windows this fails where somebody was faster
            return True
    return False
