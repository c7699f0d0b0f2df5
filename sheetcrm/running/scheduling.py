"""When a workbook runs: daily in the foreground by the schedule package, or as a job of the system's own scheduler.

The journal, not the scheduler, knows what was done: a job may run as often as it likes.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from time import sleep, strftime

from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.state import state_folder
from sheetcrm.errors import SheetcrmError, UsageError
from sheetcrm.running.clock import moment, parse_time
from sheetcrm.running.looking import open_workbook

_LONGEST_WAIT = 30.0
"""Seconds between two looks at the clock: a laptop that slept has a clock that jumped."""
# What a job must be told as well, or it would look for the record of what was sent elsewhere. Never the password.
_PASSED_ON = (
    *("SHEETCRM_STATE", "SHEETCRM_MACHINE", "SHEETCRM_SMTP", "SSL_CERT_FILE"),
    *("SHEETCRM_SMTP_TOKEN_COMMAND", "SHEETCRM_IMAP", "SHEETCRM_GATEWAY_HOST"),
)


@dataclass(frozen=True)
class Job:
    """The runs of one workbook, each day from an hour on. Raises UsageError where no scheduler could be told its path."""

    book: Path
    at: str  # HH:MM, local time
    environment: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for text in (str(self.book), *self.environment.values()):
            if not text.isprintable():  # a line break would end the scheduler's own line
                raise UsageError(
                    f"{text!r} has characters that no scheduler takes.",
                    "Rename the file or its folder.",
                    text="strange-path",
                    params={"path": repr(text)},
                )

    @classmethod
    def of(cls, book: Path, at: str, environ: Mapping[str, str]) -> Job:
        """Return the job for a workbook, with what this environment says about state and mail server."""
        kept = {name: environ[name] for name in _PASSED_ON if environ.get(name)}
        if "SHEETCRM_STATE" in kept:
            kept["SHEETCRM_STATE"] = str(state_folder(environ).absolute())
        return cls(book.absolute(), parse_time(at), kept)

    @property
    def command(self) -> list[str]:
        """The command line that the system's scheduler is to call."""
        hour = [] if self.at == "00:00" else ["--not-before", self.at]
        return [_program(), "-m", "sheetcrm", "run", str(self.book), *hour]

    @property
    def name(self) -> str:
        """A name for the job that every scheduler takes: letters, digits and dashes; another path has another one."""
        safe = "".join(c if c.isalnum() and c.isascii() else "-" for c in self.book.stem).strip("-")
        mark = hashlib.sha256(str(self.book).encode("utf-8", "surrogateescape")).hexdigest()[:8]
        return f"sheetcrm-{safe or 'book'}-{mark}"


def _program() -> str:
    """Return the Python to run with; on Windows the one that opens no window each time."""
    quiet = Path(sys.executable).with_name("pythonw.exe")
    return str(quiet) if sys.platform == "win32" and quiet.exists() else sys.executable


def missed_today(book: Path, at: str) -> bool:
    """Tell whether today's time has passed and nothing ran for today yet; False where the workbook cannot be read now."""
    try:
        opened = open_workbook(book)
        here = moment(opened.zone)
        with Journal.read(state_folder(os.environ), opened.identity.id) as journal:
            last = journal.get("last_run") if opened.identity.id else ""
    except SheetcrmError:
        return False
    local = strftime("%H:%M")
    return local > at and (not last or date.fromisoformat(last) < here.on)


def run_daily(at: str, job: Callable[[], object], *, at_once: bool = False, rounds: int | None = None) -> None:
    """Call the job every day at that local time until interrupted; first of all where `at_once`.

    `job` must not raise for what goes wrong on one day: whatever it raises ends the loop. `rounds` bounds the waiting, for tests.
    """
    import schedule  # noqa: PLC0415 - used here only

    if at_once:
        job()
    planner = schedule.Scheduler()
    planner.every().day.at(at).do(job)
    turn = 0
    while rounds is None or turn < rounds:
        planner.run_pending()
        sleep(min(_LONGEST_WAIT, max(0.0, planner.idle_seconds or 0.0)))
        turn += 1
