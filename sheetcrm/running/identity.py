"""Which workbook a file is: the id that it carries, else the one that is remembered for its path.

A file without an id may still be a workbook that has sent: an older copy put back, an undo to before the first write, a round
trip through a program that drops names. Taken for a new one, it would greet everybody a second time.
"""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import replace
from pathlib import Path

from sheetcrm.delivery.state import file_stem, private_folder
from sheetcrm.errors import SheetcrmError
from sheetcrm.running.versions import kept_versions
from sheetcrm.workbook.marks import Identity
from sheetcrm.workbook.reading import read_book
from sheetcrm.workbook.saving import digest

_FILE = "paths.json"
_NAMES = ("name", "first_name", "last_name")


def known_identity(state: Path, path: Path, found: Identity, data: bytes, password: str | None = None) -> Identity:
    """Return the workbook's identity; one that carries no id gets that of its path, made now if there is none."""
    known = _read(state)
    key = str(path.resolve())
    workbook_id = found.id or remembered_id(state, path, data, password) or uuid.uuid4().hex
    if known.get(key) != workbook_id:
        _write(state, known | {key: workbook_id})
    return replace(found, id=workbook_id)


def remembered_id(state: Path, path: Path, data: bytes, password: str | None = None) -> str:
    """Return the id that is remembered for a path, "" where there is none, or another workbook has taken its place."""
    known = _read(state).get(str(path.resolve()), "")
    return known if known and _is_same(state / "backups" / file_stem(known), data, password) else ""


def _is_same(backups: Path, data: bytes, password: str | None) -> bool:
    """Tell whether bytes are a version of the workbook whose earlier versions are kept: one of them, or with the same people."""
    versions = kept_versions(backups) if backups.is_dir() else []
    if not versions or any(version.path.stem == digest(data)[:16] for version in versions):
        return True
    try:
        now, then = _people(data, password), _people(versions[0].path.read_bytes(), password)
    except SheetcrmError:
        return True  # what cannot be read sends nothing; its journal stays
    return 2 * len(now & then) >= max(1, min(len(now), len(then)))


def _people(data: bytes, password: str | None) -> set[tuple[str, ...]]:
    clients = read_book(data, password=password).tables["Clients"]
    columns = [clients.column(name).cells() for name in _NAMES]
    people = {tuple(str(cell or "").strip().casefold() for cell in cells) for cells in zip(*columns, strict=True)}
    return {person for person in people if any(person)}


def _read(state: Path) -> dict[str, str]:
    file = state / _FILE
    known: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return known


def _write(state: Path, known: dict[str, str]) -> None:
    file = private_folder(state) / _FILE
    part = file.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(known), "utf-8")
    part.chmod(0o600)
    part.replace(file)
