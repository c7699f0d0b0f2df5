"""The same workbook under another name: after “Save as” she may work in one file while runs go on with the other.

Told is only a file that some command has met, that still carries the workbook's id, and that was saved since the last run: an archive of
last year, and a copy that was tried out once, stay unmentioned.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sheetcrm.errors import SheetcrmError
from sheetcrm.running.identity import paths_of
from sheetcrm.running.last_run import day_of, last_file
from sheetcrm.running.passwords import password_for
from sheetcrm.workbook.marks import identity_of

if TYPE_CHECKING:
    from sheetcrm.delivery.journal import Journal
    from sheetcrm.workbook.book import Workbook


def other_files(state: Path, book: Workbook, workbook_id: str, journal: Journal) -> Iterator[str]:
    """Yield, in words, in which other file of this workbook she has been at work since the last run, or which one was run last."""
    here, since, ran = book.path.resolve(), day_of(journal), last_file(journal)
    for path in paths_of(state, workbook_id):
        was_run = str(path) == ran
        if path == here or not (was_run or _saved_since(path, since, book)):
            continue
        if _carries(path, workbook_id):
            text = "other_file_run" if was_run else "other_file_saved"
            yield book.words.say(text, other=_shown(path, here), file=book.path.name)


def _saved_since(path: Path, since: date | None, book: Workbook) -> bool:
    try:
        return since is not None and datetime.fromtimestamp(path.stat().st_mtime, book.zone).date() >= since
    except OSError:  # gone: it was renamed or moved
        return False


def _carries(path: Path, workbook_id: str) -> bool:
    try:
        return identity_of(path.read_bytes(), path.name, password_for(path)).id == workbook_id
    except (OSError, SheetcrmError):
        return False


def _shown(path: Path, here: Path) -> str:
    return path.name if path.name != here.name else str(path)
