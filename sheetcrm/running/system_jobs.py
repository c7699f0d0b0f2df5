"""Put jobs into the system's own scheduler, find them there, take them out: cron, systemd user units, Task Scheduler, launchd."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sheetcrm.errors import UsageError
from sheetcrm.running.job_files import MARK, cron_lines, launch_agent, systemd_service, systemd_timer, windows_task
from sheetcrm.running.scheduling import Job

SYSTEMS = ("cron", "systemd", "windows", "launchd")


def default_system() -> str:
    """Return the scheduler that this system has."""
    if sys.platform == "win32":
        return "windows"
    if sys.platform == "darwin":
        return "launchd"
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
    texts = {
        "cron": lambda: {"crontab": "\n".join(cron_lines(job))},
        "systemd": lambda: {f"{job.name}.service": systemd_service(job), f"{job.name}.timer": systemd_timer(job)},
        "windows": lambda: {f"{job.name}.xml": windows_task(job, _windows_user())},
        "launchd": lambda: {f"{job.name}.plist": launch_agent(job)},
    }
    return texts[check_system(system)]()


def install(job: Job, system: str) -> str:
    """Install the job and return where it stands now. Raises UsageError where the scheduler refuses."""
    return _SYSTEMS[check_system(system)].install(job)


def remove(job: Job, system: str) -> bool:
    """Take the job out again; False where there was none. Raises UsageError where the scheduler refuses."""
    return _SYSTEMS[check_system(system)].remove(job)


def is_installed(job: Job, system: str) -> bool:
    """Tell whether there is a job for this workbook; False where the scheduler cannot be asked."""
    try:
        return _SYSTEMS[check_system(system)].finds(job)
    except UsageError:
        return False


def lingers() -> bool:
    """Tell whether a user's systemd runs while she is logged out; True where that cannot be told."""
    user = os.environ.get("USER") or os.environ.get("LOGNAME") or ""
    listed = Path("/var/lib/systemd/linger")
    return not user or not listed.is_dir() or (listed / user).exists()


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


def _crontab() -> list[str]:
    listing = _call(["crontab", "-l"], check=False)
    if listing.returncode and "no crontab" not in listing.stderr.lower():
        # whatever else went wrong: to go on would replace a table that could not be read
        _call(["crontab", "-l"])
    return listing.stdout.splitlines() if listing.returncode == 0 else []


def _others(job: Job, lines: list[str]) -> list[str]:
    return [line for line in lines if not line.endswith(f"{MARK} {job.name}")]


def _install_cron(job: Job) -> str:
    ours = cron_lines(job)
    _call(["crontab", "-"], "\n".join([*_others(job, _crontab()), *ours]) + "\n")
    return "crontab: " + "\n    crontab: ".join(ours)


def _remove_cron(job: Job) -> bool:
    before = _crontab()
    kept = _others(job, before)
    if len(kept) == len(before):
        return False
    _call(["crontab", "-"], "".join(f"{line}\n" for line in kept))
    return True


def _finds_cron(job: Job) -> bool:
    before = _crontab()
    return len(_others(job, before)) < len(before)


def _units() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"


def _install_systemd(job: Job) -> str:
    folder = _units()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files(job, "systemd").items():
        (folder / name).write_text(text, "utf-8")
    _call(["systemctl", "--user", "daemon-reload"])
    _call(["systemctl", "--user", "enable", "--now", f"{job.name}.timer"])
    return f"systemd: {folder / job.name}.timer"


def _remove_systemd(job: Job) -> bool:
    if not _finds_systemd(job):
        return False
    _call(["systemctl", "--user", "disable", "--now", f"{job.name}.timer"], check=False)
    for name in files(job, "systemd"):
        (_units() / name).unlink(missing_ok=True)
    _call(["systemctl", "--user", "daemon-reload"])
    return True


def _finds_systemd(job: Job) -> bool:
    return (_units() / f"{job.name}.timer").exists()


def _windows_user() -> str:
    user, domain = os.environ.get("USERNAME", ""), os.environ.get("USERDOMAIN", "")
    return f"{domain}\\{user}" if user and domain else user


def _install_windows(job: Job) -> str:
    try:
        _create_task(job, windows_task(job, _windows_user()))
    except UsageError as error:
        if error.code != "scheduler-refused":
            raise
        # some accounts may not ask for log-on or waking: every half hour, made up for when missed, is all the same
        _create_task(job, windows_task(job, plain=True))
    return f"Task Scheduler: {job.name}"


def _create_task(job: Job, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "task.xml"
        path.write_text(text, "utf-16")
        _call(["schtasks", "/Create", "/F", "/TN", job.name, "/XML", str(path)])


def _remove_windows(job: Job) -> bool:
    if not _finds_windows(job):
        return False
    _call(["schtasks", "/Delete", "/F", "/TN", job.name])
    return True


def _finds_windows(job: Job) -> bool:
    return _call(["schtasks", "/Query", "/TN", job.name], check=False).returncode == 0


def _agent(job: Job) -> Path:
    return Path.home() / "Library" / "LaunchAgents" / f"{job.name}.plist"


def _domain() -> str:
    return f"gui/{os.getuid()}" if hasattr(os, "getuid") else "gui"


def _install_launchd(job: Job) -> str:
    path = _agent(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    _call(["launchctl", "bootout", f"{_domain()}/{job.name}"], check=False)  # one of before would be in the way
    path.write_text(launch_agent(job), "utf-8")
    _call(["launchctl", "bootstrap", _domain(), str(path)])
    return f"launchd: {path}"


def _remove_launchd(job: Job) -> bool:
    path = _agent(job)
    if not path.exists():
        return False
    _call(["launchctl", "bootout", f"{_domain()}/{job.name}"], check=False)
    path.unlink()
    return True


class _System(NamedTuple):
    install: Callable[[Job], str]
    remove: Callable[[Job], bool]
    finds: Callable[[Job], bool]


_SYSTEMS = {
    "cron": _System(_install_cron, _remove_cron, _finds_cron),
    "systemd": _System(_install_systemd, _remove_systemd, _finds_systemd),
    "windows": _System(_install_windows, _remove_windows, _finds_windows),
    "launchd": _System(_install_launchd, _remove_launchd, lambda job: _agent(job).exists()),
}
