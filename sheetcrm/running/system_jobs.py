"""Jobs of the system's own scheduler: cron, systemd user units, the Windows Task Scheduler."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

from sheetcrm.errors import UsageError
from sheetcrm.running.scheduling import Job

SYSTEMS = ("cron", "systemd", "windows")
_MARK = "# sheetcrm"


def default_system() -> str:
    """Return the scheduler that this system has."""
    if sys.platform == "win32":
        return "windows"
    return "systemd" if shutil.which("systemctl") and os.environ.get("XDG_RUNTIME_DIR") else "cron"


def check_system(name: str) -> str:
    """Return the name of a scheduler; raise UsageError for one that is not known."""
    if name not in SYSTEMS:
        raise UsageError(
            f"{name!r} is no scheduler that sheetcrm knows.",
            f"Choose one of {', '.join(SYSTEMS)}.",
            text="no-such-scheduler",
            params={"name": name, "choices": ", ".join(SYSTEMS)},
        )
    return name


def files(job: Job, system: str) -> dict[str, str]:
    """Return what would be installed: file name (or a caption) → text. Raises UsageError for an unknown scheduler."""
    if check_system(system) == "cron":
        return {"crontab": cron_line(job)}
    if system == "systemd":
        return {f"{job.name}.service": systemd_service(job), f"{job.name}.timer": systemd_timer(job)}
    return {f"{job.name}.xml": windows_task(job)}


def cron_line(job: Job) -> str:
    """Return the line for a crontab. A % means a line break to cron (crontab(5)), quoted or not, so it is escaped."""
    hours, minutes = job.at.split(":")
    words = [*(f"{name}={shlex.quote(value)}" for name, value in job.environment.items()), shlex.join(job.command)]
    command = " ".join(words).replace("%", r"\%")
    return f"{int(minutes)} {int(hours)} * * * {command} {_MARK} {job.name}"


def _systemd_word(word: str, *, dollar: str = "$$") -> str:
    # systemd.service(5): specifiers begin with %, variables with $; quotes and backslashes are C-like
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", dollar)
    return f'"{escaped}"'


def systemd_service(job: Job) -> str:
    """Return the unit that runs once."""
    program, *arguments = job.command
    # of variables only the arguments are free: neither the program's own path nor Environment= has them
    command = " ".join([_systemd_word(program, dollar="$"), *map(_systemd_word, arguments)])
    lines = [f"Environment={_systemd_word(f'{name}={value}', dollar='$')}" for name, value in job.environment.items()]
    about = job.book.name.replace("%", "%%").replace("\\", "\\\\")
    service = "\n".join(["Type=oneshot", *lines, f"ExecStart={command}"])
    return f"[Unit]\nDescription=sheetcrm, daily run of {about}\n\n[Service]\n{service}\n"


def systemd_timer(job: Job) -> str:
    """Return the timer; Persistent makes up for a run that a switched-off machine missed (systemd.timer(5))."""
    return (
        f"[Unit]\nDescription=sheetcrm, daily at {job.at}\n\n[Timer]\nOnCalendar=*-*-* {job.at}:00\nPersistent=true\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )


def windows_task(job: Job) -> str:
    """Return the task as XML for the Task Scheduler; StartWhenAvailable makes up for a missed run.

    The order of a trigger's elements is that of the schema (triggerBaseType comes before ScheduleByDay).
    """
    program, *arguments = job.command
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>sheetcrm, daily run of {escape(job.book.name)}</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>2026-01-01T{job.at}:00</StartBoundary>
      <Enabled>true</Enabled>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <Enabled>true</Enabled>
  </Settings>
  <Actions>
    <Exec>
      <Command>{escape(program)}</Command>
      <Arguments>{escape(subprocess.list2cmdline(arguments))}</Arguments>
      <WorkingDirectory>{escape(str(job.book.parent))}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""


def install(job: Job, system: str) -> str:
    """Install the job and return where it stands now. Raises UsageError where the scheduler refuses."""
    if check_system(system) == "cron":
        return _install_cron(job)
    if system == "systemd":
        return _install_systemd(job)
    return _install_windows(job)


def _call(command: list[str], text: str | None = None, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Call a scheduler's own program. A crontab is UTF-8, or whatever its owner made it: other bytes survive."""
    try:
        return subprocess.run(  # noqa: S603 - our own words, no shell
            command, input=text, capture_output=True, encoding="utf-8", errors="surrogateescape", check=check
        )
    except FileNotFoundError:
        raise UsageError(
            f"{command[0]} is not on this system.",
            "Choose another scheduler with --system.",
            code="no-scheduler",
            params={"name": command[0]},
        ) from None
    except subprocess.CalledProcessError as error:
        said = " ".join(str(error.stderr or error.stdout or "").split())
        raise UsageError(
            f"{command[0]} refused the job{f': {said}' if said else ''}.",
            "Leave out --install to run it in a terminal instead.",
            code="scheduler-refused",
            params={"name": command[0], "said": said or "?"},
        ) from None


def _install_cron(job: Job) -> str:
    listing = _call(["crontab", "-l"], check=False)
    if listing.returncode and "no crontab" not in listing.stderr.lower():
        # whatever else went wrong: to go on would replace a table that could not be read
        _call(["crontab", "-l"])
    before = listing.stdout.splitlines() if listing.returncode == 0 else []
    kept = [line for line in before if not line.endswith(f"{_MARK} {job.name}")]
    _call(["crontab", "-"], "\n".join([*kept, cron_line(job)]) + "\n")
    return f"crontab: {cron_line(job)}"


def _install_systemd(job: Job) -> str:
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files(job, "systemd").items():
        (folder / name).write_text(text, "utf-8")
    _call(["systemctl", "--user", "daemon-reload"])
    _call(["systemctl", "--user", "enable", "--now", f"{job.name}.timer"])
    return f"systemd: {folder / job.name}.timer"


def _install_windows(job: Job) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "task.xml"
        path.write_text(windows_task(job), "utf-16")
        _call(["schtasks", "/Create", "/F", "/TN", job.name, "/XML", str(path)])
    return f"Task Scheduler: {job.name}"
