"""Which workbook a file is: the id that it carries, else the one of the workbook that it is a version of.

A file without an id may still be a workbook that has sent: an older copy put back, moved or renamed, one saved under another name
while it was open, an undo to before the first write, a round trip through a program that drops names. Taken for a new one, it would
greet everybody a second time. So what is seen without an id is kept among the backups, and what comes without one is compared with them.
"""

from __future__ import annotations

import json
import os
import uuid
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sheetcrm.crm.setting_values import MOST_BACKUPS
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.locking import RunLock
from sheetcrm.delivery.schema import explained
from sheetcrm.delivery.state import file_stem, private_folder
from sheetcrm.durable import sync_folder
from sheetcrm.errors import SheetcrmError
from sheetcrm.running.passwords import password_for
from sheetcrm.running.people import People, people_in
from sheetcrm.running.versions import backup_folder, kept_versions, trim
from sheetcrm.workbook.backups import PART, back_up, digest, find, name_of
from sheetcrm.workbook.marks import Identity, identity_of

_FILE = "paths.json"


def known_identity(
    state: Path, path: Path, found: Identity, data: bytes, password: str | None = None, *, wait: float = 60.0
) -> Identity:
    """Return the workbook's identity; one that carries no id and is a version of none that is known gets a new one.

    One process at a time, so that two that begin at once get the same. Raises WorkbookLocked, WorkbookError (folder or disk).
    """
    with RunLock(state / "locks", "paths", timeout=wait), explained(state / _FILE):
        workbook_id = found.id or remembered_id(state, path, data, password) or _new_id(state)
        if not found.id:
            _clear_unfinished(state)
            folder = backup_folder(state, workbook_id)
            back_up(data, folder, path.suffix)
            trim(folder, MOST_BACKUPS)  # how many she wants stands in a workbook that is not read yet
        known, key = _read(state), str(path.resolve())
        if known.get(key) != workbook_id:
            _write(state, known | {key: workbook_id})
    return replace(found, id=workbook_id)


def paths_of(state: Path, workbook_id: str) -> list[Path]:
    """Return under which paths that workbook was met on this computer."""
    return [Path(place) for place, known in sorted(_read(state).items()) if known == workbook_id]


def _clear_unfinished(state: Path) -> None:
    """Take away what a kill left of a first version before it was whole: of a workbook that nobody has heard of yet."""
    known = {file_stem(workbook_id) for workbook_id in _read(state).values()}
    for folder in (state / "backups").glob("*"):
        if folder.is_dir() and folder.name not in known and all(file.suffix == PART for file in folder.iterdir()):
            with suppress(OSError):
                for part in folder.iterdir():
                    part.unlink()
                folder.rmdir()


def remembered_id(state: Path, path: Path, data: bytes, password: str | None = None) -> str:
    """Return the id of the workbook that a file without an id is a version of, "" where there is none: by its path, else by its likes."""
    now = _Seen(data, password)
    known = _read(state).get(str(path.resolve()), "")
    if known and now.took_the_place_in(state / "backups" / file_stem(known)):
        return known
    backups = state / "backups"
    elsewhere = _still_there(state, path, password)
    folders = sorted(f for f in backups.iterdir() if f.is_dir() and f.name not in elsewhere) if backups.is_dir() else []
    folder = next((f for f in folders if now.is_kept_in(f)), None) or next((f for f in folders if now.is_like(f)), None)
    return _id_of(state, folder.name) if folder else ""


def _still_there(state: Path, path: Path, password: str | None) -> set[str]:
    """Return the workbooks that stand, with their id, under a path of their own: another file like one is a copy with its own life.

    One that was never written since it was first seen carries no id: then what is like it may be it, saved under another name.
    """
    here = str(path.resolve())
    return {
        file_stem(known)
        for place, known in _read(state).items()
        if place != here and _carries_id(Path(place), password)
    }


def _carries_id(path: Path, password: str | None) -> bool:
    try:
        return bool(identity_of(path.read_bytes(), path.name, password_for(path) or password).id)
    except (OSError, SheetcrmError):
        return False


class _Seen:
    """A workbook's bytes, to be compared with the versions that are kept of others; its people are read once."""

    def __init__(self, data: bytes, password: str | None) -> None:
        self._data = data
        self._password = password
        self._people: People | None = None

    def is_kept_in(self, folder: Path) -> bool:
        """Tell whether it is one of the versions."""
        return find(folder, name_of(digest(self._data))) is not None

    def took_the_place_in(self, folder: Path) -> bool:
        """Tell whether what stands under the path of these versions still is that workbook, much as it may have been changed."""
        then = self._latest(folder)
        if then is None or self.is_kept_in(folder):
            return True
        now = self._read()
        return now is None or now.share_by_any(then) >= 1 / 2  # what cannot be read sends nothing; its journal stays

    def is_like(self, folder: Path) -> bool:
        """Tell whether it clearly has the people of these versions."""
        now = self._read()
        then = self._latest(folder) if now is not None and len(now) else None
        return now is not None and then is not None and now.clearly_are(then)

    def _read(self) -> People | None:
        if self._people is None:
            self._people = _people(self._data, self._password)
        return self._people

    def _latest(self, folder: Path) -> People | None:
        """Return the people of the latest version that can be read."""
        versions = kept_versions(folder) if folder.is_dir() else []
        found = (_people(version.path.read_bytes(), self._password) for version in versions)
        return next((people for people in found if people is not None), None)


def _people(data: bytes, password: str | None) -> People | None:
    try:
        return people_in(data, password)
    except SheetcrmError:
        return None


def _new_id(state: Path) -> str:
    """Return a new id. Its journal is made first: an id without a journal is one whose journal was lost."""
    workbook_id = uuid.uuid4().hex
    with Journal.open(state, workbook_id) as journal:
        journal.set("fresh", "yes")
    return workbook_id


def _id_of(state: Path, stem: str) -> str:
    """Return the id of the workbook whose files have this name: an unusual one stands in the journal only."""
    try:
        with Journal.read(state, stem) as journal:
            return journal.get("workbook_id") or stem
    except SheetcrmError:  # the run that follows meets the same journal, and says so
        return stem


def _read(state: Path) -> dict[str, str]:
    """Return the ids by path; nothing where the file cannot be read: the backups tell as much."""
    try:
        known = json.loads((state / _FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    pairs = known.items() if isinstance(known, dict) else ()
    return {path: known_id for path, known_id in pairs if isinstance(known_id, str)}


def _write(state: Path, known: dict[str, str]) -> None:
    """Put the file in its place, durably; one that could not be read is set aside. Only under the lock."""
    file = private_folder(state) / _FILE
    if file.exists() and not _read(state):
        file.replace(file.with_suffix(".damaged.json"))
    part = file.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as written:
        json.dump(known, written)
        written.flush()
        os.fsync(written.fileno())
    part.replace(file)
    sync_folder(state)
