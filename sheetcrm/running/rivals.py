"""Another version of the workbook beside it: which one is meant only the owner knows, so none is chosen and nothing goes out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sheetcrm.delivery.state import state_folder
from sheetcrm.errors import SheetcrmError, WorkbookLocked
from sheetcrm.running.people import people_in
from sheetcrm.running.versions import backups_of
from sheetcrm.workbook.backups import digest, files_in, mark_of, name_of, time_of
from sheetcrm.workbook.conflict_copies import Beside, copies_beside
from sheetcrm.workbook.marks import identity_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sheetcrm.workbook.book import Workbook

_NAMED = 3


def check_alone(book: Workbook, workbook_id: str, environ: Mapping[str, str], password: str | None = None) -> None:
    """Raise WorkbookLocked where a second version of the workbook lies beside it."""
    found = rivals(book, workbook_id, environ, password)
    if found:
        raise two_versions(book.path, found)


def rivals(book: Workbook, workbook_id: str, environ: Mapping[str, str], password: str | None = None) -> list[Path]:
    """Return the files beside a workbook that are other versions of it.

    One that a sync program calls a conflict is one if it has this workbook's id, or its people and no id, or cannot be read. A name that
    may as well be of her own making ("Book (1)", "Book-LAPTOP", "Book - conflicts") must have that id, hold what no version known here
    holds, and be no old one.
    """
    return [
        beside.path for beside in copies_beside(book.path) if _is_rival(beside, book, workbook_id, environ, password)
    ]


def _is_rival(
    beside: Beside, book: Workbook, workbook_id: str, environ: Mapping[str, str], password: str | None
) -> bool:
    try:
        data = beside.path.read_bytes()
        if data == book.data:
            return False
        found = identity_of(data, beside.path.name, password).id
        if beside.said and not found:
            people, hers = people_in(data, password), people_in(book.data, password)
            return people.clearly_are(hers)
    except FileNotFoundError:
        return False
    except (OSError, SheetcrmError):  # still on its way, or damaged
        return beside.said
    if found != workbook_id or not found:
        return False
    return beside.said or _is_new(beside.path, data, workbook_id, environ)


def _is_new(path: Path, data: bytes, workbook_id: str, environ: Mapping[str, str]) -> bool:
    """Tell whether a file was saved since the oldest version that is kept, and is none of those."""
    versions = files_in(backups_of(state_folder(environ), workbook_id))
    if not versions or name_of(digest(data)) in map(mark_of, versions):
        return False
    return path.stat().st_mtime >= time_of(versions[-1]).timestamp()


def two_versions(path: Path, others: list[Path]) -> WorkbookLocked:
    """Return the error for a workbook of which there is a second version."""
    named = ", ".join(other.name for other in others[:_NAMED]) + (" …" if others[_NAMED:] else "")
    return WorkbookLocked(
        f"{path.name}: there is a second version beside it ({named}). Two computers saved at once; nothing was written or sent.",
        "Take over into one of them what only the other has, then delete the other or move it elsewhere.",
        code="conflict-copy",
        params={"file": path.name, "others": named},
    )
