"""Daily runs: in the foreground, and as jobs of cron, systemd, the Windows Task Scheduler and launchd."""

from __future__ import annotations

import os
import plistlib
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from command_line import CommandLine
from lxml import etree
from smtp_server import smtp_server

from sheetcrm.running import job_files, system_jobs
from sheetcrm.running.scheduling import Job, run_daily
from sheetcrm.testing import make_workbook

AWKWARD = 'Салон 100% "Мальва" & $HOME it\'s `x`.xlsx'
TASKS = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return make_workbook(
        tmp_path / "salon.xlsx",
        """
        Name       | Email            | Birthday   | Email consent
        Anna Nowak | anna@example.com | 1990-11-22 | yes
        """,
        campaigns="""
        Campaign | Active | Trigger
        Birthday | yes    | birthday
        """,
        settings="""
        Setting  | Value
        sender   | malva@example.com
        timezone | UTC
        """,
    )


# In the foreground


def loop(sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch, at: str, *, wakes: int) -> tuple[int, str]:
    """Run `schedule` and let the clock jump by eight hours at each sleep, Ctrl-C after so many."""
    with time_machine.travel(datetime(2026, 11, 22, 9, 0, tzinfo=UTC), tick=False) as clock:
        turns = iter(range(wakes))

        def sleep(_seconds: float) -> None:
            if next(turns, None) is None:
                raise KeyboardInterrupt
            clock.shift(8 * 3600)

        monkeypatch.setattr("sheetcrm.running.scheduling.sleep", sleep)
        done = sheetcrm("schedule", book, "--at", at)
    return done.code, done.err


def test_a_day_whose_hour_has_passed_is_made_up_for_at_the_start(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        code, err = loop(sheetcrm, book, monkeypatch, "08:30", wakes=0)
        assert (code, server.recipients) == (130, ["anna@example.com"])
        assert "Today's time has passed and nothing ran yet: running now." in err
        code, err = loop(sheetcrm, book, monkeypatch, "08:30", wakes=0)
        assert "Today's time has passed" not in err


def test_before_its_hour_nothing_runs(sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        code, err = loop(sheetcrm, book, monkeypatch, "10:00", wakes=0)
    assert (code, server.taken) == (130, [])
    assert err.splitlines() == [
        "Runs every day at 10:00. Stop it with Ctrl-C.",
        "sheetcrm: Stopped. What was sent is recorded; the rest waits for the next run.",
    ]


def test_an_error_of_one_day_does_not_end_the_others(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = book.with_suffix(".away")
    runs: list[int] = []
    from sheetcrm.cli import run as command  # noqa: PLC0415 - replaced below

    def counted(arguments: list[str]) -> int:
        if arguments[0] != "run":
            return command(arguments)
        runs.append(len(runs))
        book.rename(away)  # the file is gone on that day
        code = command(arguments)
        away.rename(book)
        assert code == 3
        return code

    monkeypatch.setattr("sheetcrm.cli.run", counted)
    code, err = loop(sheetcrm, book, monkeypatch, "10:00", wakes=9)
    assert code == 130
    assert len(runs) == 3
    assert err.count("There is no file") == 3


def test_the_hour_comes_once_a_day_however_often_one_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    with time_machine.travel(datetime(2026, 11, 22, 7, 0, tzinfo=UTC), tick=False) as clock:
        monkeypatch.setattr("sheetcrm.running.scheduling.sleep", lambda _seconds: clock.shift(1800))
        run_daily("08:30", lambda: calls.append(datetime.now(UTC).strftime("%d %H:%M")), rounds=100)  # noqa: TID251 - a test's clock
    assert calls == ["22 08:30", "23 08:30", "24 08:30"]


@pytest.mark.parametrize("text", ["25:00", "8", "08:60", "0830", "08:3", "٠٨:٣٠", "soon", ""])
def test_what_is_no_time_of_day_is_refused(sheetcrm: CommandLine, book: Path, text: str) -> None:
    done = sheetcrm("schedule", book, "--at", text)
    assert (done.code, done.err) == (
        2,
        f"sheetcrm: {text!r} is no time of day. Write it as HH:MM, for example 08:30.\n",
    )


# cron


def fake_crontab(folder: Path, table: str | None) -> Path:
    """A `crontab` on the PATH that keeps its table in a file, as the real one's -l and - do."""
    kept = folder / "table"
    if table is not None:
        kept.write_text(table, "utf-8")
    program = folder / "crontab"
    program.write_text(
        f'#!/bin/sh\nif [ "$1" = -l ]; then [ -f "{kept}" ] || {{ echo "no crontab for maria" >&2; exit 1; }}; cat "{kept}"\n'
        f'else cat > "{kept}"; fi\n'
    )
    program.chmod(0o755)
    return kept


@pytest.fixture
def crontab_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_cron_keeps_the_other_lines_and_has_ours_once(sheetcrm: CommandLine, book: Path, crontab_folder: Path) -> None:
    others = "# mine\nMAILTO=maria@example.com\n*/5 * * * * /usr/bin/backup --name=Zdjęcia\n"
    table = fake_crontab(crontab_folder, others)
    for at in ("08:30", "07:05"):
        done = sheetcrm("schedule", book, "--at", at, "--install", "--system", "cron")
        assert done.code == 0, done.err
    lines = table.read_text("utf-8").splitlines()
    assert lines[:3] == others.splitlines()
    assert [line.split(" ")[0] for line in lines[3:]] == ["@reboot", "*/30"]
    assert all(" --not-before 07:05 " in line for line in lines[3:])
    assert done.out.startswith(
        "Installed: it runs at log-on, on waking and every half hour; each day's messages go from 07:05 on.\n"
    )


def test_cron_gives_back_the_table_as_it_was(sheetcrm: CommandLine, book: Path, crontab_folder: Path) -> None:
    others = "# mine\nMAILTO=maria@example.com\n*/5 * * * * /usr/bin/backup --name=Zdjęcia\n"
    table = fake_crontab(crontab_folder, others)
    job = ("schedule", book, "--system", "cron")
    assert sheetcrm(*job, "--uninstall").out == "There is no job for this workbook.\n"
    sheetcrm(*job, "--install")
    assert sheetcrm(*job, "--uninstall", "--dry-run").out == "The job would be taken out. Nothing was done.\n"
    assert table.read_text("utf-8") != others
    book.unlink()  # a job outlives its workbook
    assert sheetcrm(*job, "--uninstall").out == "The job was taken out: nothing runs by itself any more.\n"
    assert table.read_text("utf-8") == others


def test_cron_begins_a_table_where_there_is_none(sheetcrm: CommandLine, book: Path, crontab_folder: Path) -> None:
    table = fake_crontab(crontab_folder, None)
    assert sheetcrm("schedule", book, "--install", "--system", "cron").code == 0
    assert table.read_text("utf-8").startswith("@reboot ")


def test_a_crontab_that_cannot_be_read_is_not_replaced(sheetcrm: CommandLine, book: Path, crontab_folder: Path) -> None:
    program = crontab_folder / "crontab"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = -l ] && {{ echo "you are not allowed" >&2; exit 1; }}\ntouch {crontab_folder}/replaced\n'
    )
    program.chmod(0o755)
    done = sheetcrm("schedule", book, "--install", "--system", "cron")
    assert (done.code, done.err) == (
        2,
        "sheetcrm: crontab refused the job: you are not allowed. Leave out --install to run it in a terminal instead.\n",
    )
    assert not (crontab_folder / "replaced").exists()


def test_two_workbooks_of_one_name_have_two_jobs(tmp_path: Path) -> None:
    names = {Job(tmp_path / place / "клієнти.xlsx", "08:30").name for place in ("north", "south")}
    assert len(names) == 2
    assert all(name.startswith("sheetcrm-book-") for name in names)


def test_cron_calls_the_very_workbook_whatever_it_is_called(tmp_path: Path) -> None:
    job = Job(tmp_path / AWKWARD, "08:30", {"SHEETCRM_STATE": str(tmp_path / "it's 50%")})
    at_start, half_hourly = job_files.cron_lines(job)
    *when, command = half_hourly.split(" ", 5)
    assert (when, at_start) == (["*/30", "*", "*", "*", "*"], f"@reboot {command}")
    assert "%" not in command.replace(r"\%", ""), "cron makes a line break of a bare percent sign"
    show = 'import os, sys; print(sys.argv[1:], os.environ["SHEETCRM_STATE"])'
    program = shlex.quote(sys.executable)
    given_to_sh = command.replace(r"\%", "%").replace(program, f"{program} -c {shlex.quote(show)}")
    done = subprocess.run(["/bin/sh", "-c", given_to_sh], capture_output=True, text=True, check=True)
    assert done.stdout == f"{job.command[1:]} {job.environment['SHEETCRM_STATE']}\n"


def test_a_job_looks_for_the_record_where_this_one_does_and_never_holds_the_password(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHEETCRM_SMTP_PASSWORD", "hunter2")
    monkeypatch.chdir(book.parent)
    for system in system_jobs.SYSTEMS:
        out = sheetcrm("schedule", book.name, "--system", system).out
        assert "hunter2" not in out
        assert str(book) in out
        if system != "windows":
            assert "SHEETCRM_STATE" in out
            assert str(sheetcrm.state) in out


def test_a_path_that_no_scheduler_takes_is_said_so(sheetcrm: CommandLine, book: Path) -> None:
    odd = book.rename(book.with_name("two\nlines.xlsx"))
    done = sheetcrm("schedule", odd, "--install", "--system", "cron")
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert "Rename the file or its folder." in done.err


# systemd


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not on this machine")
    job = Job(tmp_path / AWKWARD, "08:30", {"SHEETCRM_STATE": str(tmp_path / 'it\'s $50% "off"')})
    for name, text in system_jobs.files(job, "systemd").items():
        (tmp_path / name).write_text(text, "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", *(str(tmp_path / name) for name in system_jobs.files(job, "systemd"))],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
    )
    assert job.name not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr


def test_systemd_calls_the_very_workbook_whatever_it_is_called(tmp_path: Path) -> None:
    job = Job(tmp_path / AWKWARD, "08:30")
    line = next(t for t in job_files.systemd_service(job).splitlines() if t.startswith("ExecStart="))
    words = shlex.split(line.removeprefix("ExecStart=").replace("$$", "$").replace("%%", "%"))
    assert words == job.command
    timer = job_files.systemd_timer(job)
    assert "OnCalendar=*:0/30" in timer
    assert "OnStartupSec=" in timer, "it comes soon after log-on"
    assert "Persistent=true" in timer, "a run that a switched-off computer missed is made up for"


def test_systemd_units_are_installed_for_the_user(
    sheetcrm: CommandLine, book: Path, crontab_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = crontab_folder / "systemctl"
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n')
    program.chmod(0o755)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    done = sheetcrm("schedule", book, "--at", "08:30", "--install", "--system", "systemd")
    name = Job.of(book, "08:30", {}).name
    assert done.code == 0
    assert sorted(p.name for p in (tmp_path / "config" / "systemd" / "user").iterdir()) == [
        f"{name}.service",
        f"{name}.timer",
    ]
    assert (tmp_path / "calls").read_text().splitlines() == [
        "--user daemon-reload",
        f"--user enable --now {name}.timer",
    ]


def test_systemd_units_are_taken_out_again(
    sheetcrm: CommandLine, book: Path, crontab_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = crontab_folder / "systemctl"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    sheetcrm("schedule", book, "--install", "--system", "systemd")
    done = sheetcrm("schedule", book, "--uninstall", "--system", "systemd")
    assert done.out == "The job was taken out: nothing runs by itself any more.\n"
    assert list((tmp_path / "config" / "systemd" / "user").iterdir()) == []


# Windows


def test_the_windows_task_is_what_its_scheduler_reads(tmp_path: Path) -> None:
    job = Job(tmp_path / "Салон 100% & <Мальва>.xlsx", "08:30")
    task = etree.fromstring(job_files.windows_task(job, "SALON\\maria & co").encode("utf-16"))
    assert [child.tag for child in task] == [
        f"{TASKS}{n}" for n in ("RegistrationInfo", "Triggers", "Settings", "Actions")
    ]
    triggers = {one.tag.removeprefix(TASKS): [child.tag.removeprefix(TASKS) for child in one] for one in task[1]}
    assert triggers == {
        "TimeTrigger": ["Repetition", "StartBoundary", "Enabled"],
        "LogonTrigger": ["Enabled", "UserId", "Delay"],
        "EventTrigger": ["Enabled", "Subscription", "Delay"],
    }
    assert task.findtext(f".//{TASKS}Interval") == "PT30M"
    assert task.findtext(f".//{TASKS}UserId") == "SALON\\maria & co"
    query = etree.fromstring(str(task.findtext(f".//{TASKS}Subscription")))
    assert str(query.findtext("Query/Select")).startswith(
        "*[System[Provider[@Name='Microsoft-Windows-Power-Troubleshooter']"
    )
    assert (
        task.findtext(f".//{TASKS}DisallowStartIfOnBatteries"),
        task.findtext(f".//{TASKS}StopIfGoingOnBatteries"),
    ) == (
        "false",
        "false",
    )
    assert task.findtext(f"{TASKS}Settings/{TASKS}StartWhenAvailable") == "true"
    command = task.find(f"{TASKS}Actions/{TASKS}Exec")
    assert command is not None
    assert command.findtext(f"{TASKS}Command") == sys.executable
    assert command.findtext(f"{TASKS}Arguments") == f'-m sheetcrm run "{job.book}" --not-before 08:30'


def test_an_account_that_may_not_ask_for_log_on_gets_the_half_hours(
    sheetcrm: CommandLine, book: Path, crontab_folder: Path, tmp_path: Path
) -> None:
    program = crontab_folder / "schtasks"
    program.write_text(
        f'#!/bin/sh\necho "$1" >> "{tmp_path}/calls"\n'
        f'for last; do :; done\n[ "$1" != /Create ] || {{ iconv -f utf-16 -t utf-8 "$last" > "{tmp_path}/task"\n'
        f'grep -q LogonTrigger "{tmp_path}/task" && {{ echo "Access is denied." >&2; exit 1; }}; }}\nexit 0\n'
    )
    program.chmod(0o755)
    done = sheetcrm("schedule", book, "--install", "--system", "windows")
    assert (done.code, (tmp_path / "calls").read_text().split()) == (0, ["/Create", "/Create"])
    assert "PT30M" in (tmp_path / "task").read_text("utf-8")
    assert sheetcrm("schedule", book, "--uninstall", "--system", "windows").code == 0
    assert (tmp_path / "calls").read_text().split()[2:] == ["/Query", "/Delete"]


# macOS


def test_launchd_is_given_an_agent_that_comes_every_half_hour_and_at_log_on(
    sheetcrm: CommandLine, book: Path, crontab_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = crontab_folder / "launchctl"
    program.write_text(f'#!/bin/sh\necho "$1" >> "{tmp_path}/calls"\n')
    program.chmod(0o755)
    monkeypatch.setenv("HOME", str(tmp_path))
    job = Job.of(book, "08:30", os.environ)
    done = sheetcrm("schedule", book, "--install", "--system", "launchd")
    path = tmp_path / "Library" / "LaunchAgents" / f"{job.name}.plist"
    agent = plistlib.loads(path.read_bytes())
    assert (done.code, agent["Label"], agent["ProgramArguments"]) == (0, job.name, job.command)
    assert (agent["RunAtLoad"], agent["StartInterval"], agent["EnvironmentVariables"]) == (True, 1800, job.environment)
    sheetcrm("schedule", book, "--uninstall", "--system", "launchd")
    assert not path.exists()
    assert (tmp_path / "calls").read_text().split() == ["bootout", "bootstrap", "bootout"]


# All of them


def test_a_scheduler_that_is_not_there_or_not_known_is_one_line(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for system, program in (
        ("cron", "crontab"),
        ("windows", "schtasks"),
        ("systemd", "systemctl"),
        ("launchd", "launchctl"),
    ):
        done = sheetcrm("schedule", book, "--install", "--system", system)
        assert (done.code, done.err) == (
            2,
            f"sheetcrm: {program} is not on this system. Choose another scheduler with --system.\n",
        )
    done = sheetcrm("schedule", book, "--install", "--system", "upstart")
    assert (done.code, done.err) == (
        2,
        "sheetcrm: 'upstart' is no scheduler that sheetcrm knows. Choose one of cron, systemd, windows, launchd.\n",
    )


def test_a_dry_run_of_the_foreground_says_that_nothing_was_done(sheetcrm: CommandLine, book: Path) -> None:
    done = sheetcrm("schedule", book, "--at", "08:30", "--dry-run")
    assert (done.out, done.err) == ("It would run every day at 08:30. Nothing was done.\n", "")
