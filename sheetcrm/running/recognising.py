"""Run a workbook, unless nothing is new. Of the other rooms only what that takes is loaded before it is known."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sheetcrm.running.options import SendOptions
from sheetcrm.running.reports import RunReport
from sheetcrm.running.unchanged import standing

if TYPE_CHECKING:
    from sheetcrm.crm.values import Transport
    from sheetcrm.delivery.config import SmtpConfig

Step = Callable[[int, int], object]


def run_book(
    path: Path,
    *,
    on: date | None = None,
    options: SendOptions | None = None,
    transport: Transport | None = None,
    server: SmtpConfig | None = None,
    password: str | None = None,
    progress: Step | None = None,
    receipts: bool = False,
) -> RunReport:
    """Do what `run` and `send` do. `server` beats the settings' mail server; `transport` beats both.

    An input that is that of the last run, of a day on which nothing more becomes due until now, is recognised before any work is done;
    what waits for the owner is said each time. A server that refuses is no exception here but the report's `trouble`: what was
    written before it counts all the same. Raises WorkbookError and its kin, UsageError where no mail server is configured.
    """
    options = options or SendOptions()
    if options.is_usual and transport is None and server is None:
        known = standing("run", path, on, os.environ)
        says_more = options.yes or options.limit is not None  # than a plain run: it may let go what waits for her
        if known is not None and not (says_more and known["waiting"]):
            return RunReport(**{**known, "notes": tuple(known["notes"])})
    from sheetcrm.running.sending import run_book as run_anew  # noqa: PLC0415 - 0.6 s that an unchanged input does not need

    return run_anew(
        path,
        on=on,
        options=options,
        transport=transport,
        server=server,
        password=password,
        progress=progress,
        receipts=receipts,
    )
