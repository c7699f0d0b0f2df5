"""Refresh a workbook, unless nothing is new. Of the other rooms only what that takes is loaded before it is known."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

from sheetcrm.languages import language
from sheetcrm.running.passwords import password_for
from sheetcrm.running.reports import RefreshReport
from sheetcrm.running.unchanged import standing
from sheetcrm.workbook.conflict_copies import copies_beside
from sheetcrm.workbook.marks import identity_of
from sheetcrm.workbook.opening import read_stable

Step = Callable[[int, int], object]


def refresh_book(
    path: Path,
    *,
    on: date | None = None,
    dry_run: bool = False,
    password: str | None = None,
    progress: Step | None = None,
    receipts: bool = False,
) -> RefreshReport:
    """Validate, compute, and write ids, derived fields and the program's sheets. Nothing to change, nothing written.

    An input that is that of the last refresh is recognised before any work is done. With `dry_run` nothing is written, neither the
    file nor the journal; with `receipts` it is told what the save changed. Raises WorkbookError and its kin.
    """
    data, password = read_stable(path), password_for(path, password)
    alone = not copies_beside(path)  # a file that may be another version of it has to be looked at
    known = standing(data, identity_of(data, path.name, password).id, on, os.environ) if alone else None
    del data
    if known is None:
        from sheetcrm.running.upkeep import refresh_anew  # noqa: PLC0415 - 0.3 s that an unchanged input does not need

        return refresh_anew(path, on=on, dry_run=dry_run, password=password, progress=progress, receipts=receipts)
    summary = language(known.language).say(
        "refresh_summary", changed=0, problems=known.problems, duplicates=known.duplicates, due=known.due
    )
    return RefreshReport(
        problems=known.problems, duplicates=known.duplicates, due=known.due, notes=tuple(known.notes), summary=summary
    )
