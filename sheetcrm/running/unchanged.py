"""An input that is the one of the last refresh is recognised before any work is done: nothing is read but bytes.

The file beside the journal says what the last refresh came to, and of which input: the workbook's bytes, the journal's bytes, the day,
the texts, the program's version. Whatever is done to one of them, the next refresh does its work; so does one without that file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from sheetcrm import __version__, resources
from sheetcrm.delivery.state import file_stem, private_file, state_folder
from sheetcrm.running.clock import Moment, moment


@dataclass(frozen=True)
class Standing:
    """What a refresh came to, for one that finds nothing changed: counts, and the zone and language of the business."""

    problems: int
    duplicates: int
    due: int
    zone: str
    language: str
    notes: Sequence[str] = ()  # what she is told each time: cells of hers that are in the way


def standing(
    data: bytes, workbook_id: str, on: date | None, environ: Mapping[str, str] = os.environ
) -> Standing | None:
    """Return what the last refresh came to if it was of this very input (`data`: the workbook's bytes), else None."""
    folder = state_folder(environ)
    try:
        said = json.loads(_note(folder, workbook_id).read_text("utf-8"))
        known = Standing(**said["standing"])
        now = moment(ZoneInfo(known.zone), on)
        same = said["fingerprint"] == _fingerprint(folder, workbook_id, data, now)
    except (OSError, ValueError, KeyError, TypeError):  # none yet, or another version's: then there is work to do
        return None
    return known if same else None


def remember(
    data: bytes, workbook_id: str, now: Moment, found: Standing, environ: Mapping[str, str] = os.environ
) -> None:
    """Note what a refresh came to that left `data` as the workbook's bytes; called when the journal is at rest."""
    folder = state_folder(environ)
    note = {"fingerprint": _fingerprint(folder, workbook_id, data, now), "standing": asdict(found)}
    path = _note(folder, workbook_id)
    part = path.with_suffix(".part")
    with contextlib.suppress(OSError):  # a full disk only makes the next refresh look again
        private_file(part)
        part.write_text(json.dumps(note), "utf-8")
        part.replace(path)


def _note(folder: Path, workbook_id: str) -> Path:
    return folder / f"{file_stem(workbook_id)}.unchanged.json"


def _fingerprint(folder: Path, workbook_id: str, data: bytes, now: Moment) -> str:
    journal = folder / f"{file_stem(workbook_id)}.sqlite"
    texts = json.dumps([*sorted(resources.templates().items()), resources.layout()])
    parts = (
        hashlib.sha256(data).digest(),
        hashlib.sha256(journal.read_bytes()).digest(),
        hashlib.sha256(texts.encode()).digest(),
        f"{__version__} {now.on} {now.today}".encode(),
    )
    return hashlib.sha256(b"".join(parts)).hexdigest()
