"""Refresh a workbook, unless nothing is new. Of the other rooms only what that takes is loaded before it is known."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

from sheetcrm.running.reports import RefreshReport
from sheetcrm.running.unchanged import standing

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
    known = standing("refresh", path, on, os.environ)
    if known is None:
        from sheetcrm.running.upkeep import refresh_anew  # noqa: PLC0415 - 0.3 s that an unchanged input does not need

        return refresh_anew(path, on=on, dry_run=dry_run, password=password, progress=progress, receipts=receipts)
    return RefreshReport(**{**known, "notes": tuple(known["notes"])})
