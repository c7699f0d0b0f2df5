"""The versions of a workbook that are kept in the state folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.state import file_stem, private_folder

KEPT = 20


@dataclass(frozen=True)
class Version:
    """An earlier version of a workbook. `at` is the local time at which it was replaced, ISO."""

    path: Path
    at: str
    size: int


def backup_folder(state: Path, workbook_id: str) -> Path:
    """Return where the earlier versions of a workbook are kept, made if it is not there."""
    return private_folder(backups_of(state, workbook_id))


def backups_of(state: Path, workbook_id: str) -> Path:
    """Return where the earlier versions of a workbook are kept, also where there is no such folder yet."""
    return state / "backups" / file_stem(workbook_id)


def kept_versions(folder: Path) -> list[Version]:
    """Return the versions that are kept, the latest first."""
    files = [p for p in folder.glob("*") if p.is_file() and p.suffix != ".part"] if folder.is_dir() else []
    files.sort(key=lambda p: p.stat().st_mtime_ns, reverse=True)
    return [
        Version(
            p, datetime.fromtimestamp(p.stat().st_mtime).astimezone().isoformat(timespec="seconds"), p.stat().st_size
        )
        for p in files
    ]


def trim(folder: Path) -> None:
    """Keep the last versions only."""
    for version in kept_versions(folder)[KEPT:]:
        version.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Write:
    """A write of ours that can be taken back: sha256 of the file that it made, and the backup of the one before."""

    digest: str
    backup: str


def kept_writes(journal: Journal) -> list[Write]:
    """Return the writes that can be taken back, the latest last."""
    return [Write(*pair) for pair in json.loads(journal.get("writes") or "[]")]


def keep_writes(journal: Journal, writes: Sequence[Write]) -> None:
    """Note the writes that can be taken back; as many as there are backups."""
    journal.set("writes", json.dumps([[write.digest, write.backup] for write in writes[-KEPT:]]))
