"""The versions of a workbook that are kept in the state folder."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

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
    return private_folder(state / "backups" / file_stem(workbook_id))


def kept_versions(folder: Path) -> list[Version]:
    """Return the versions that are kept, the latest first."""
    files = [p for p in folder.glob("*") if p.is_file() and p.suffix != ".part"]
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


def id_of_path(state: Path, path: Path) -> str:
    """Return the id for a workbook that carries none yet: the same one each time until it could be written into the file."""
    known = private_folder(state) / "unwritten.json"
    ids: dict[str, str] = json.loads(known.read_text("utf-8")) if known.exists() else {}
    key = str(path.resolve())
    if key not in ids:
        ids[key] = uuid.uuid4().hex
        part = known.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(ids), "utf-8")
        part.chmod(0o600)
        part.replace(known)
    return ids[key]


def forget_path(state: Path, path: Path) -> None:
    """Forget a path whose id now stands in the workbook itself; a new workbook under the same name gets one of its own."""
    known = state / "unwritten.json"
    if not known.exists():
        return
    ids: dict[str, str] = json.loads(known.read_text("utf-8"))
    if ids.pop(str(path.resolve()), None) is not None:
        part = known.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(ids), "utf-8")
        part.chmod(0o600)
        part.replace(known)
