"""What jobs of the systems' own schedulers look like: a line of a crontab, systemd units, a task of Windows, an agent of macOS.

Each comes at log-on, on waking and every half hour; that a run may come as often as it likes is up to the journal.
"""

from __future__ import annotations

import plistlib
import shlex
import subprocess
from xml.sax.saxutils import escape

from sheetcrm.running.scheduling import Job

MARK = "# sheetcrm"
EVERY = 30
"""Minutes between two runs: a laptop that slept catches up within them, where its system does not tell of waking."""

_WOKE = (
    '<QueryList><Query Id="0" Path="System"><Select Path="System">'
    "*[System[Provider[@Name='Microsoft-Windows-Power-Troubleshooter'] and EventID=1]]"
    "</Select></Query></QueryList>"
)


def cron_lines(job: Job) -> list[str]:
    """Return the lines for a crontab. A % means a line break to cron (crontab(5)), quoted or not, so it is escaped."""
    words = [*(f"{name}={shlex.quote(value)}" for name, value in job.environment.items()), shlex.join(job.command)]
    command = " ".join(words).replace("%", r"\%")
    return [f"{when} {command} {MARK} {job.name}" for when in ("@reboot", f"*/{EVERY} * * * *")]


def _systemd_word(word: str, *, dollar: str = "$$") -> str:
    # systemd.service(5): specifiers begin with %, variables with $; quotes and backslashes are C-like
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", dollar)
    return f'"{escaped}"'


def systemd_service(job: Job) -> str:
    """Return the unit that runs once. Exit code 1 says that something waits for the owner: no failure of the unit."""
    program, *arguments = job.command
    # of variables only the arguments are free: neither the program's own path nor Environment= has them
    command = " ".join([_systemd_word(program, dollar="$"), *map(_systemd_word, arguments)])
    lines = [f"Environment={_systemd_word(f'{name}={value}', dollar='$')}" for name, value in job.environment.items()]
    about = job.book.name.replace("%", "%%").replace("\\", "\\\\")
    service = "\n".join(["Type=oneshot", "SuccessExitStatus=1", *lines, f"ExecStart={command}"])
    return f"[Unit]\nDescription=sheetcrm, run of {about}\n\n[Service]\n{service}\n"


def systemd_timer(job: Job) -> str:
    """Return the timer: shortly after log-on, and every half hour.

    Persistent makes up for what a switched-off machine missed, and a calendar's time that passed during sleep elapses on waking
    (systemd.timer(5)).
    """
    return (
        f"[Unit]\nDescription=sheetcrm, every half hour from {job.at}\n\n"
        f"[Timer]\nOnStartupSec=2min\nOnCalendar=*:0/{EVERY}\nPersistent=true\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )


def windows_task(job: Job, user: str = "", *, plain: bool = False) -> str:
    """Return the task as XML for the Task Scheduler; StartWhenAvailable makes up for a missed run.

    `user` is whose log-on counts; with `plain` it comes every half hour only, for accounts that may not ask for more. The order of a
    trigger's elements is that in which the Task Scheduler writes them.
    """
    program, *arguments = job.command
    whose = f"\n      <UserId>{escape(user)}</UserId>" if user else ""
    more = (
        f"""
    <LogonTrigger>
      <Enabled>true</Enabled>{whose}
      <Delay>PT2M</Delay>
    </LogonTrigger>
    <EventTrigger>
      <Enabled>true</Enabled>
      <Subscription>{escape(_WOKE)}</Subscription>
      <Delay>PT1M</Delay>
    </EventTrigger>"""
        if not plain
        else ""
    )
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>sheetcrm, run of {escape(job.book.name)}</Description>
  </RegistrationInfo>
  <Triggers>
    <TimeTrigger>
      <Repetition>
        <Interval>PT{EVERY}M</Interval>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>
      <StartBoundary>2026-01-01T00:00:00</StartBoundary>
      <Enabled>true</Enabled>
    </TimeTrigger>{more}
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <Enabled>true</Enabled>
    <ExecutionTimeLimit>PT4H</ExecutionTimeLimit>
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


def launch_agent(job: Job) -> str:
    """Return the agent's property list. launchd starts at once after waking what fell due during sleep (launchd.plist(5))."""
    about = {
        "Label": job.name,
        "ProgramArguments": job.command,
        "EnvironmentVariables": dict(job.environment),
        "RunAtLoad": True,
        "StartInterval": EVERY * 60,
        "ProcessType": "Background",
        "WorkingDirectory": str(job.book.parent),
    }
    return plistlib.dumps(about, sort_keys=False).decode("utf-8")
