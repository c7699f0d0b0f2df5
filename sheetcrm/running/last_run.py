"""When a workbook was run last: for which day, and what the clock said then. A clock that has gone back sends nothing."""

from __future__ import annotations

import platform
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sheetcrm.errors import WorkbookError
from sheetcrm.workbook.today_sheet import LastRun

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sheetcrm.delivery.journal import Journal
    from sheetcrm.languages import Language
    from sheetcrm.running.session import Session

_DAY, _CLOCK, _FILE = "last_run", "last_clock", "last_file"
_TRAVELLED = timedelta(days=1)
"""So far the day may go back without anything being wrong: another time zone, in the settings or on a journey."""


def check_clock(session: Session) -> None:
    """Raise WorkbookError where the clock says an earlier day than at the last run, unless the owner named the day herself.

    What fell due meanwhile would fall due again, and who is greeted by a wrong clock is greeted on a wrong day.
    """
    if session.on is None and (wrong := gone_back(session.journal, session.moment.today, session.path)) is not None:
        raise wrong


def gone_back(journal: Journal, today: date, path: Path) -> WorkbookError | None:
    """Return the error for a clock that says an earlier day than at the last run, None where it does not."""
    last = clock_day(journal)
    if last is None or today >= last - _TRAVELLED:
        return None
    return WorkbookError(
        f"{path.name}: the clock says {today}, but the last run was on {last}: nothing was sent.",
        f"Set the clock of this computer right; if it is right now, run sheetcrm run {path.name} --on {today} once.",
        code="clock",
        text="clock-back",
        params={"file": path.name, "today": today.isoformat(), "last": last.isoformat()},
    )


def note_run(session: Session) -> None:
    """Note that a run is over: its day, and the clock's. A day that the owner named sets a clock right that was ahead."""
    today, last = session.moment.today, clock_day(session.journal)
    clock = today if session.on is not None or last is None else max(last, today)
    known = {_DAY: session.moment.on.isoformat(), _CLOCK: clock.isoformat(), _FILE: str(session.path.resolve())}
    if any(session.journal.get(name) != value for name, value in known.items()):
        session.journal.record_plan(meta=known)


def last_run(journal: Journal, now: date | None, words: Language, environ: Mapping[str, str]) -> LastRun:
    """Return what the sheet Today says of the last run of this computer; `now` is the day of the one at work, None for none."""
    day = now or day_of(journal)
    name = environ.get("SHEETCRM_MACHINE", "") or platform.node()
    return LastRun(day, words.say("today_machine", machine=name) if name else "")


def day_of(journal: Journal) -> date | None:
    """Return the day that the last run was for, None where there was none."""
    return _read(journal, _DAY)


def last_file(journal: Journal) -> str:
    """Return the path of the file that was run last, "" where that is not known."""
    return journal.get(_FILE)


def clock_day(journal: Journal) -> date | None:
    """Return what day the clock said at the last run."""
    return _read(journal, _CLOCK)


def _read(journal: Journal, name: str) -> date | None:
    try:
        return date.fromisoformat(journal.get(name))
    except ValueError:
        return None
