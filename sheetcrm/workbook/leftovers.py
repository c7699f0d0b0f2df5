"""The temporary file beside a workbook: made, and cleared away after a crash without losing what may be in it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from sheetcrm.durable import sync_folder
from sheetcrm.workbook.backups import PART, back_up, digest
from sheetcrm.workbook.exchange import KEPT, exchange
from sheetcrm.workbook.likeness import make_alike

_SUFFIX = ".tmp"


@dataclass(frozen=True)
class Interrupted:
    """A save that may not have come to its end: the sha256 of the workbook before it, and after."""

    before: str
    after: str


def written_beside(path: Path, data: bytes) -> Path:
    """Write a new file in the workbook's folder, synced, for the same people as the workbook. Raises OSError; then nothing is left."""
    handle, name = tempfile.mkstemp(prefix=_prefix(path), suffix=_SUFFIX, dir=path.parent)
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


def _left(path: Path) -> list[Path]:
    """Return what lies beside a workbook of saves of it that did not come to their end; never what belongs to another workbook."""
    ours = re.compile(re.escape(_prefix(path)) + r"[a-z0-9_]+" + re.escape(_SUFFIX) + f"({re.escape(KEPT)})?")
    with contextlib.suppress(OSError):
        return sorted(file for file in path.parent.iterdir() if ours.fullmatch(file.name))
    return []


def sweep(path: Path, backups: Path, interrupted: Interrupted | None = None) -> bool:
    """Clear away what an interrupted save left; tell whether the workbook is another one by that, and must be read anew.

    Whole workbooks among it go to the backups, but for the one that was to be written. What somebody saved in the very instant of an
    exchange, and a kill kept from going back, goes back. Raises WorkbookError where a backup cannot be read back.
    """
    path = path.resolve()
    changed = False
    for left in _left(path):
        with contextlib.suppress(OSError):
            changed = _hers_goes_back(left, path, interrupted) or changed
            data = left.read_bytes()
            known = digest(data)
            if _is_whole(left, data) and (interrupted is None or known != interrupted.after):
                back_up(data, backups, path.suffix)
            left.unlink()
    for part in backups.glob(f"*{PART}"):
        remove(part)
    return changed


def _hers_goes_back(left: Path, path: Path, interrupted: Interrupted | None) -> bool:
    """Put back what a save of ours took the place of although it was not what we had read."""
    data = left.read_bytes()
    if interrupted is None or digest(data) in (interrupted.before, interrupted.after) or not _is_whole(left, data):
        return False
    if digest(path.read_bytes()) != interrupted.after:
        return False
    exchange(left, path)
    sync_folder(path.parent)
    return True


def _is_whole(file: Path, data: bytes) -> bool:
    from sheetcrm.workbook.encryption import is_whole  # noqa: PLC0415 - what a save does not need

    return zipfile.is_zipfile(file) or is_whole(data)


def put_back(path: Path) -> bool:
    """Give a workbook that is missing its name back where a kill within Windows' ReplaceFile took it; tell whether it is there now."""
    path = path.resolve()
    for left in _left(path):
        if left.name.endswith(KEPT) and not path.exists() and _is_whole(left, left.read_bytes()):
            left.rename(path)  # on Windows this fails where somebody was faster
            return True
    return False
