"""Where the program keeps what must survive a lost or restored workbook, and who may read it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

from sheetcrm.durable import sync_folder

_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def state_folder(environ: Mapping[str, str]) -> Path:
    """Return the user's state folder: `SHEETCRM_STATE`, else the system's usual place. It need not exist yet."""
    if override := environ.get("SHEETCRM_STATE", "").strip():
        return Path(override).expanduser()
    import platformdirs  # noqa: PLC0415 - only where no folder was named

    return platformdirs.user_state_path("sheetcrm", appauthor=False)


def private_folder(folder: Path) -> Path:
    """Make a folder and those missing above it, for this user only (0700), to outlive a power cut; one that is there stays as it is."""
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    for each in reversed(missing):  # mkdir(parents=True) would give those above the usual, open mode
        each.mkdir(mode=0o700, exist_ok=True)
        sync_folder(each.parent)
    return folder


def private_file(path: Path) -> None:
    """Make an empty file for this user only (0600), unless it is there."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def file_stem(workbook_id: str) -> str:
    """Return the name under which a workbook's files stand. The id comes out of a file that anybody may have made."""
    if _PLAIN_ID.fullmatch(workbook_id):
        return workbook_id
    return hashlib.sha256(workbook_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]
