"""The versions of a workbook that are kept in the state folder, and what is known of how each of them came to be replaced."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sheetcrm.crm.setting_values import MOST_BACKUPS
from sheetcrm.crm.settings import Settings
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.state import file_stem, private_folder
from sheetcrm.workbook.backups import files_in, mark_of, name_of, time_of
from sheetcrm.workbook.brought_in import BroughtIn

KEPT = Settings().keep_backups
"""So many versions are kept where the owner says nothing else (setting `keep_backups`)."""

_MARKED = 16  # digits of a number would be a checksum


@dataclass(frozen=True)
class Version:
    """An earlier version of a workbook. `at` is the local time at which it was replaced, ISO; `number` counts from the latest.

    `command` replaced it, and wrote so many cells in each sheet; nothing where that is not known.
    """

    path: Path
    at: str
    size: int
    number: int = 1
    command: str = ""
    cells: Mapping[str, int] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """The checksum in its name, by which events and writes know it."""
        return mark_of(self.path)


@dataclass(frozen=True)
class Event:
    """A save of ours: when, by which command, from which version to which (`name_of` their bytes), cells written by sheet.

    `acts` are the ids of what it did about pairs of clients; `brought` is what an import wrote (`BroughtIn.note`).
    """

    at: str
    command: str
    before: str
    after: str
    cells: Mapping[str, int] = field(default_factory=dict)
    acts: Sequence[str] = ()
    brought: Mapping[str, Any] = field(default_factory=dict)


def backup_folder(state: Path, workbook_id: str) -> Path:
    """Return where the earlier versions of a workbook are kept, made if it is not there."""
    return private_folder(backups_of(state, workbook_id))


def backups_of(state: Path, workbook_id: str) -> Path:
    """Return where the earlier versions of a workbook are kept, also where there is no such folder yet."""
    return state / "backups" / file_stem(workbook_id)


def kept_versions(folder: Path, events: Iterable[Event] = (), *, now: str = "") -> list[Version]:
    """Return the versions that are kept, the latest first, but for the one named `now`; `events` tell how each was replaced."""
    files = [path for path in files_in(folder) if mark_of(path) != now]
    known = {event.before: event for event in events}
    unknown = Event("", "", "", "")
    return [
        Version(path, _local(path), path.stat().st_size, number, event.command, event.cells)
        for number, path in enumerate(files, 1)
        for event in [known.get(mark_of(path), unknown)]
    ]


def _local(path: Path) -> str:
    return time_of(path).astimezone().isoformat(timespec="seconds")


def version_named(versions: Sequence[Version], text: str) -> Version | None:
    """Return the version that a person means: its number in the list, its name (or the checksum in it), or a day or time (ISO).

    It was the workbook until it was replaced: of those that were replaced then or later, the first.
    """
    text = text.strip()
    if text.isdecimal() and len(text) < _MARKED:
        return next((version for version in versions if version.number == int(text)), None)
    try:
        at = datetime.fromisoformat(text).astimezone()
    except ValueError:
        named = [v for v in versions if v.path.name.startswith(text) or v.mark.startswith(text)] if text else []
        return named[0] if len(named) == 1 else None
    later = [version for version in versions if datetime.fromisoformat(version.at) >= at]
    return later[-1] if later else None


def trim(folder: Path, keep: int = KEPT) -> None:
    """Keep the last versions only."""
    for path in files_in(folder)[keep:]:
        with suppress(OSError):  # one too many does no harm
            path.unlink()


@dataclass(frozen=True)
class Write:
    """A write of ours that can be taken back: sha256 of the file that it made, and the name of the version before (or of its file).

    `on` is the day (ISO) that its figures are of; "" where it wrote other things too.
    """

    digest: str
    backup: str
    on: str = ""

    @property
    def mark(self) -> str:
        """The checksum of the version before."""
        return mark_of(self.backup)


def kept_writes(journal: Journal) -> list[Write]:
    """Return the writes that can be taken back, the latest last."""
    return [Write(*pair) for pair in json.loads(journal.get("writes") or "[]")]


def keep_writes(journal: Journal, writes: Sequence[Write]) -> None:
    """Note the writes that can be taken back; as many as there may be backups."""
    journal.record_plan(meta=write_note(writes))


def write_note(writes: Sequence[Write]) -> dict[str, str]:
    """Return these writes as the journal notes them."""
    return {"writes": json.dumps([[write.digest, write.backup, write.on] for write in writes[-MOST_BACKUPS:]])}


def events_of(journal: Journal) -> list[Event]:
    """Return what is known of our saves, the latest last."""
    return [Event(*each) for each in json.loads(journal.get("saves") or "[]")]


def event_note(journal: Journal, event: Event) -> dict[str, str]:
    """Return our saves with one more, as the journal notes them."""
    known = events_of(journal)
    if event.command == "erase":  # there is no version any more to which an import could be taken back
        known = [replace(earlier, brought={}) for earlier in known]
    kept = [*known, event][-2 * MOST_BACKUPS :]
    notes = [[e.at, e.command, e.before, e.after, dict(e.cells), list(e.acts), dict(e.brought)] for e in kept]
    return {"saves": json.dumps(notes)}


def acts_since(events: Sequence[Event], mark: str) -> set[str]:
    """Return the ids of the acts of all our saves since the workbook was a version, when it was that one last."""
    found: set[str] = set()
    for event in reversed(events):
        found |= set(event.acts)
        if event.before == mark:
            return found
    return set()


def imports_since(events: Sequence[Event], mark: str) -> list[BroughtIn]:
    """Return what was imported since the workbook was a version, when it was that one last; the latest first."""
    last = max((at for at, event in enumerate(events) if event.before == mark), default=len(events))
    return [BroughtIn.noted(event.before, event.brought) for event in reversed(events[last:]) if event.brought]


def only_ours_between(events: Iterable[Event], one: str, other: str) -> bool:
    """Tell whether all that lies between two versions are saves of ours: then nothing of hers is lost with either."""
    neighbours: dict[str, set[str]] = {}
    for event in events:
        neighbours.setdefault(event.before, set()).add(event.after)
        neighbours.setdefault(event.after, set()).add(event.before)
    reached, waiting = {one}, [one]
    while waiting:
        new = neighbours.get(waiting.pop(), set()) - reached
        reached |= new
        waiting += new
    return other in reached


def writes_before(writes: Sequence[Write], mark: str) -> list[Write] | None:
    """Return the writes that can still be taken back once the workbook is a version again; None where that is not known."""
    for at in reversed(range(len(writes))):
        if writes[at].mark == mark:
            return list(writes[:at])
        if name_of(writes[at].digest) == mark:
            return list(writes[: at + 1])
    return None
