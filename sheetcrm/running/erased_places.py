"""Where something of an erased client still stands: cells, parts of the file, copies of it beside it; said, never written."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sheetcrm.crm.erasing import open_lines
from sheetcrm.workbook.forgetting import occurs, remains
from sheetcrm.workbook.program_sheets import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    from sheetcrm.running.open_session import OpenSession
    from sheetcrm.workbook.book import Workbook

_LARGEST = 200_000_000  # bytes of a file beside the workbook that is looked into
_WHO = {
    "Clients": ("name", "first_name", "middle_name", "last_name", "email", "other_email", "phone", "other_phone"),
    "Visits": ("client",),
}
"""Columns that say who somebody is: in those of Clients what others share with her is theirs, those of Visits are read for whose it is."""


def places_of(session: OpenSession, texts: Collection[str]) -> list[str]:
    """Return where one of the texts still occurs: in the workbook, and in files beside it that seem to be copies of it."""
    if not texts:
        return []
    found = remains(_package(session), texts, session.book.words)
    stem = session.path.stem.casefold()
    for path in sorted(session.path.resolve().parent.glob("*")):
        is_copy = path.name != session.path.name and path.stem.casefold().startswith(stem) and path.is_file()
        if is_copy and path.stat().st_size <= _LARGEST and not path.name.startswith(("~", ".")):
            with suppress(OSError):
                found += [path.name] if occurs(path.read_bytes(), texts) else []
    return found


def places_shared(session: OpenSession, after: Workbook, on: date, texts: Collection[str]) -> list[str]:
    """Return the cells, and comments, in which texts stand that may be hers or another client's; `after` is the workbook without her."""
    if not texts:
        return []
    visits = after.raw.tables.get("Visits")
    letter = "" if visits is None else visits.letters.get("client", "")
    open_cells = (
        [f"{visits.sheet}!{letter}{row}" for row in open_lines(after.snapshot, on, texts)] if visits and letter else []
    )
    known = set(_known(after))
    comments = after.words.say("diff_part_comments")
    others = [place for place in remains(_package(session), texts, after.words) if place == comments or "!" in place]
    return [*open_cells, *(place for place in others if not _is_known(place, known))]


def _known(book: Workbook) -> Iterator[tuple[str, str]]:
    """Yield the columns, by sheet, in which a name or an address says who a row is of; "" for all of a sheet of the program."""
    for name, table in book.raw.tables.items():
        if name in IDENTITY:
            yield table.sheet, ""
        yield from ((table.sheet, table.letters[field]) for field in _WHO.get(name, ()) if field in table.letters)


def _is_known(place: str, known: set[tuple[str, str]]) -> bool:
    sheet, _, cell = place.rpartition("!")
    return bool(sheet) and not known.isdisjoint({(sheet, ""), (sheet, cell.rstrip("0123456789"))})


def _package(session: OpenSession) -> bytes:
    from sheetcrm.workbook.encryption import decrypted, is_encrypted  # noqa: PLC0415 - behind a password only

    data = session.book.data
    return decrypted(data, session.path.name, session.password) if is_encrypted(data) else data
