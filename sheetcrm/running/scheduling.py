"""Daily runs: in the foreground by the schedule package, or as a job of the system's own scheduler.

The journal, not the scheduler, knows what was done: a job may run as often as it likes.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from sheetcrm.errors import UsageError

SYSTEMS = ("cron", "systemd", "windows")
_MARK = "# sheetcrm"


@dataclass(frozen=True)
class Job:
    """One daily run of one workbook."""

    book: Path
    at: str  # HH:MM, local time

    @property
    def command(self) -> list[str]:
        """The command line that the system's scheduler is to call."""
        return [sys.executable, "-m", "sheetcrm", "run", str(self.book)]

    @property
    def name(self) -> str:
        """A name for the job that a scheduler takes: letters, digits and dashes."""
        safe = "".join(c if c.isalnum() and c.isascii() else "-" for c in self.book.stem).strip("-")
        return f"sheetcrm-{safe or 'book'}"


def parse_time(text: str) -> str:
    """Return a time of day as HH:MM; raise UsageError for anything else."""
    hours, colon, minutes = text.partition(":")
    if not (colon and hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):  # noqa: PLR2004 - a day
        raise UsageError(f"{text!r} is no time of day.", "Write it as HH:MM, for example 08:30.")
    return f"{int(hours):02d}:{int(minutes):02d}"


def run_daily(at: str, job: Callable[[], None], *, rounds: int | None = None) -> None:
    """Call the job every day at that time until interrupted. `rounds` bounds the waiting, for tests."""
    import schedule  # noqa: PLC0415 - used here only

    planner = schedule.Scheduler()
    planner.every().day.at(at).do(job)
    turn = 0
    while rounds is None or turn < rounds:
        planner.run_pending()
        # Wake at least twice a minute rather than sleeping until the hour: a laptop that slept has a clock that jumped
        time.sleep(min(30.0, max(0.0, planner.idle_seconds or 0.0)))
        turn += 1


def default_system() -> str:
    """Return the scheduler that this system has."""
    if sys.platform == "win32":
        return "windows"
    return "systemd" if shutil.which("systemctl") and os.environ.get("XDG_RUNTIME_DIR") else "cron"


def files(job: Job, system: str) -> dict[str, str]:
    """Return what would be installed: file name (or a caption) → text."""
    if system == "cron":
        return {"crontab": cron_line(job)}
    if system == "systemd":
        return {f"{job.name}.service": systemd_service(job), f"{job.name}.timer": systemd_timer(job)}
    if system == "windows":
        return {f"{job.name}.xml": windows_task(job)}
    raise UsageError(f"{system!r} is no scheduler that sheetcrm knows.", f"Choose one of {', '.join(SYSTEMS)}.")


def cron_line(job: Job) -> str:
    """Return the line for a crontab. A % means a line break to cron (crontab(5)), so it is escaped."""
    hours, minutes = job.at.split(":")
    command = shlex.join(job.command).replace("%", r"\%")
    return f"{int(minutes)} {int(hours)} * * * {command} {_MARK} {job.name}"


def _systemd_word(word: str) -> str:
    # systemd.service(5): specifiers begin with %, variables with $; quotes and backslashes are C-like
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def systemd_service(job: Job) -> str:
    """Return the unit that runs once."""
    command = " ".join(_systemd_word(word) for word in job.command)
    return (
        f"[Unit]\nDescription=sheetcrm, daily run of {job.book.name}\n\n[Service]\nType=oneshot\nExecStart={command}\n"
    )


def systemd_timer(job: Job) -> str:
    """Return the timer; Persistent makes up for a run that a switched-off machine missed (systemd.timer(5))."""
    return (
        f"[Unit]\nDescription=sheetcrm, daily at {job.at}\n\n[Timer]\nOnCalendar=*-*-* {job.at}:00\nPersistent=true\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )


def windows_task(job: Job) -> str:
    """Return the task as XML for the Task Scheduler; StartWhenAvailable makes up for a missed run."""
    program, *arguments = job.command
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>sheetcrm, daily run of {escape(job.book.name)}</Description></RegistrationInfo>
  <Triggers><CalendarTrigger><StartBoundary>2026-01-01T{job.at}:00</StartBoundary><Enabled>true</Enabled>\
<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay></CalendarTrigger></Triggers>
  <Settings><MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy><DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>\
<StopIfGoingOnBatteries>false</StopIfGoingOnBatteries><StartWhenAvailable>true</StartWhenAvailable><Enabled>true</Enabled></Settings>
  <Actions><Exec><Command>{escape(program)}</Command><Arguments>{escape(subprocess.list2cmdline(arguments))}</Arguments></Exec></Actions>
</Task>
"""


def install(job: Job, system: str) -> str:
    """Install the job and return in one line what was done. Raises UsageError where the scheduler refuses."""
    if system == "cron":
        return _install_cron(job)
    if system == "systemd":
        return _install_systemd(job)
    return _install_windows(job)


def _call(command: list[str], text: str | None = None) -> str:
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)  # noqa: S603 - our own words, no shell
    except FileNotFoundError:
        raise UsageError(f"{command[0]} is not on this system.", "Choose another scheduler with --system.") from None
    except subprocess.CalledProcessError as error:
        raise UsageError(
            f"{command[0]} refused the job: {(error.stderr or '').strip()}",
            "Run without --install in a terminal instead.",
        ) from None
    return done.stdout


def _install_cron(job: Job) -> str:
    if not shutil.which("crontab"):
        raise UsageError("crontab is not on this system.", "Choose another scheduler with --system.")
    # crontab -l fails where there is none yet
    listing = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=False)  # noqa: S607 - found on the PATH
    mark = f"{_MARK} {job.name}"
    kept = [line for line in listing.stdout.splitlines() if not line.endswith(mark)] if listing.returncode == 0 else []
    _call(["crontab", "-"], "\n".join([*kept, cron_line(job)]) + "\n")
    return f"crontab: {cron_line(job)}"


def _install_systemd(job: Job) -> str:
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files(job, "systemd").items():
        (folder / name).write_text(text, "utf-8")
    _call(["systemctl", "--user", "daemon-reload"])
    _call(["systemctl", "--user", "enable", "--now", f"{job.name}.timer"])
    return f"{folder / job.name}.timer"


def _install_windows(job: Job) -> str:  # pragma: no cover - we test on Linux only
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "task.xml"
        path.write_text(windows_task(job), "utf-16")
        _call(["schtasks", "/Create", "/F", "/TN", job.name, "/XML", str(path)])
    return f"Task Scheduler: {job.name}"
