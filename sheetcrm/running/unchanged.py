"""An input that is the one of the last refresh or run is recognised before any work is done: nothing is read but bytes.

A file in the state folder says what the last one came to, and of which input: the workbook's bytes, the journal's bytes, the day, the
texts, the program's version, what the environment says. Whatever is done to one of them, the next one does its work; so does one
without that file. It is found by the workbook's place, so that nothing of the workbook has to be understood to find it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sheetcrm import __version__, resources
from sheetcrm.delivery.state import file_stem, private_file, private_folder, state_folder
from sheetcrm.running.clock import Moment, moment
from sheetcrm.running.machine import machine_id
from sheetcrm.workbook.conflict_copies import copies_beside
from sheetcrm.workbook.openness import opened_by

_OURS = "SHEETCRM_"
_SECRET = ("PASSWORD", "TOKEN")
_FOLDER = "unchanged"


@dataclass(frozen=True)
class Standing:
    """What a command came to, for the next one that finds nothing changed.

    `report` has the fields of its report, words included. `zone` is that of the business, `workbook_id` that of the workbook; `open_by`
    who had it open, so that something waits until it is closed; before `until` nothing becomes due by the clock alone (ISO, with its
    zone; "" for the whole day). `inbox` is a folder with replies to be looked at.
    """

    workbook_id: str
    zone: str
    report: Mapping[str, Any] = field(default_factory=dict)
    open_by: str | None = None
    until: str = ""
    inbox: str = ""


def standing(
    command: str, path: Path, on: date | None, environ: Mapping[str, str] = os.environ
) -> Mapping[str, Any] | None:
    """Return the fields of the report that the command last made of this very input, None where there is work to do."""
    state = state_folder(environ)
    try:
        said = json.loads(_note(state, command, path).read_text("utf-8"))
        known = Standing(**said["standing"])
        now = moment(ZoneInfo(known.zone), on)
        if known.until and now.now >= datetime.fromisoformat(known.until):
            return None
        if known.open_by is not None and opened_by(path.resolve()) != known.open_by:
            return None  # closed: what waits for that can be written
        if copies_beside(path):  # a file that may be another version of it has to be looked at
            return None
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
        same = said["fingerprint"] == _fingerprint(state, digest, known, now, environ)
    except (OSError, ValueError, KeyError, TypeError):  # none yet, or another version's: then there is work to do
        return None
    return known.report if same else None


def remember(
    command: str, path: Path, data: bytes, now: Moment, found: Standing, environ: Mapping[str, str] = os.environ
) -> None:
    """Note what a command came to that left `data` as the workbook's bytes; called when the journal is at rest."""
    state = state_folder(environ)
    with contextlib.suppress(OSError):  # a full disk only makes the next one look again
        digest = hashlib.sha256(data).digest()
        note = {"fingerprint": _fingerprint(state, digest, found, now, environ), "standing": asdict(found)}
        file = _note(state, command, path)
        private_folder(file.parent)
        part = file.with_suffix(".part")
        private_file(part)
        part.write_text(json.dumps(note), "utf-8")
        part.replace(file)


def forget(environ: Mapping[str, str] = os.environ) -> None:
    """Let every workbook be looked at anew: something was changed of which no file tells, a password in the keyring."""
    with contextlib.suppress(OSError):
        for note in (state_folder(environ) / _FOLDER).glob("*.json"):
            note.unlink()


def _note(state: Path, command: str, path: Path) -> Path:
    place = os.path.normcase(path.resolve()).encode("utf-8", "surrogateescape")
    return state / _FOLDER / f"{hashlib.sha256(place).hexdigest()[:32]}.{command}.json"


def _fingerprint(state: Path, digest: bytes, of: Standing, now: Moment, environ: Mapping[str, str]) -> str:
    texts = json.dumps([*sorted(resources.templates().items()), resources.layout()])
    said = json.dumps(sorted((name, _told(name, value)) for name, value in environ.items() if name.startswith(_OURS)))
    with (state / f"{file_stem(of.workbook_id)}.sqlite").open("rb") as journal:
        parts = [digest, hashlib.file_digest(journal, "sha256").digest()]
    parts += [hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest() for text in (texts, said)]
    parts.append(f"{__version__} {now.on} {now.today} {machine_id(environ)} {_listing(of.inbox)}".encode())
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _told(name: str, value: str) -> str:
    return (
        "set" if value and any(word in name for word in _SECRET) else value
    )  # a short one could be guessed from a hash


def _listing(folder: str) -> list[tuple[str, int, int]]:
    """Return what lies in a folder, as far as its names, sizes and times tell; nothing where there is none."""
    if not folder:
        return []
    with contextlib.suppress(OSError):
        found = [(entry.name, entry.stat()) for entry in os.scandir(folder)]
        return sorted((name, status.st_size, status.st_mtime_ns) for name, status in found)
    return []
