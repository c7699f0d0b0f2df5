"""What `doctor` says beside its checks: what would still keep messages from going, though no run would fail by it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from command_line import CommandLine
from smtp_server import smtp_server

from sheetcrm.languages import LANGUAGES
from sheetcrm.running import system_jobs
from sheetcrm.running.scheduling import Job
from sheetcrm.testing import make_workbook

CLIENTS = """
Name       | Email            | Birthday   | Email consent
Anna Nowak | anna@example.com | 1990-11-22 | yes
"""
CAMPAIGNS = """
Campaign | Active | Trigger
Birthday | yes    | birthday
"""


@pytest.fixture(autouse=True)
def _no_job(sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No scheduler of this computer is asked."""
    assert sheetcrm.state
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "crontab").write_text("#!/bin/sh\necho no crontab for maria >&2\nexit 1\n")
    (folder / "crontab").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(system_jobs, "default_system", lambda: "cron")


def advice(
    sheetcrm: CommandLine, folder: Path, clients: str = CLIENTS, campaigns: str = CAMPAIGNS, **more: str
) -> list[str]:
    settings = {"timezone": "UTC", "sender": "malva@example.com", **more}
    book = make_workbook(
        folder / "salon.xlsx",
        clients,
        campaigns=campaigns,
        settings="Setting | Value\n" + "\n".join(f"{name} | {value}" for name, value in settings.items()),
    )
    with time_machine.travel(datetime(2026, 11, 22, 9, 0, tzinfo=UTC), tick=False):
        lines: list[str] = sheetcrm("doctor", book, "--json").json["advice"]
    return [line.replace(str(book), "salon.xlsx") for line in lines]


NEVER = "Nothing has run for this workbook on this computer yet."
NO_JOB = "Nothing runs by itself yet: sheetcrm schedule salon.xlsx --at 08:30 --install"


def test_of_a_workbook_that_is_ready_it_says_that_nothing_ran_and_nothing_will(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    assert advice(sheetcrm, tmp_path) == [NEVER, NO_JOB]


@pytest.mark.parametrize(
    ("clients", "campaigns", "said"),
    [
        (
            CLIENTS.replace("yes", ""),
            CAMPAIGNS,
            "Consent is noted for 0 of 1 clients. Whoever agrees to messages gets a “yes” under “Email consent”.",
        ),
        (
            CLIENTS,
            CAMPAIGNS.replace("yes", "no"),
            "No campaign is active. In the sheet “Campaigns”, type “yes” under “Active”.",
        ),
        (
            CLIENTS,
            CAMPAIGNS.replace("Trigger", "Trigger | Template").replace("birthday", "birthday | gone"),
            "Message texts or rules with a mistake: 1. The sheet “Problems” says where.",
        ),
        (
            "Name | Email | Birthday | Email consent\n"
            + "\n".join(f"Client {n} | c{n}@example.com | 1990-11-22 | yes" for n in range(21)),
            CAMPAIGNS,
            (
                "21 messages would go out for the first time. If that is what you want, type “yes” beside first_send in"
                " “Settings”, or add --yes."
            ),
        ),
    ],
    ids=["no consents", "no campaign", "no text", "first sending to many"],
)
def test_what_would_keep_all_messages_from_going_is_said(
    sheetcrm: CommandLine, tmp_path: Path, clients: str, campaigns: str, said: str
) -> None:
    assert advice(sheetcrm, tmp_path, clients, campaigns) == [NEVER, NO_JOB, said]


def test_a_sender_that_is_not_the_login_is_said(sheetcrm: CommandLine, tmp_path: Path) -> None:
    login = {"smtp_host": "127.0.0.1", "smtp_port": "9", "smtp_user": "maria@gmail.example"}
    (said,) = advice(sheetcrm, tmp_path, **login)[2:]
    assert said.startswith(
        "Messages come from malva@example.com, but the login is maria@gmail.example: many mail providers"
    )
    login["smtp_user"] = "Malva@example.com"
    assert advice(sheetcrm, tmp_path, **login)[2:] == []


def test_a_provider_that_takes_no_passwords_is_said_unless_a_command_fetches_a_token(
    sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sheetcrm.running.doctor._mail", lambda _patient: "")  # nobody is asked on the net
    login = {"smtp_host": "smtp.office365.com", "smtp_user": "malva@example.com"}
    assert advice(sheetcrm, tmp_path, **login)[2].startswith("Microsoft 365 lets programs send only if")
    monkeypatch.setenv("SHEETCRM_SMTP_TOKEN_COMMAND", "true")
    assert advice(sheetcrm, tmp_path, **login)[2:] == []


def test_after_a_run_and_with_a_job_it_says_when_that_was_and_nothing_else(
    sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    advice(sheetcrm, tmp_path)
    book = tmp_path / "salon.xlsx"
    job = Job.of(book, "08:30", {})
    (tmp_path / "bin" / "crontab").write_text(f"#!/bin/sh\necho '*/30 * * * * run # sheetcrm {job.name}'\n")
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        sheetcrm("run", book, "--on", "2026-11-22")
        done = sheetcrm("doctor", book)
    assert (done.code, [line.strip() for line in done.out.splitlines() if "•" in line]) == (
        0,
        ["• Last run: 22/11/2026."],
    )


def test_a_clock_that_has_gone_back_is_said_before_a_run_refuses(sheetcrm: CommandLine, tmp_path: Path) -> None:
    advice(sheetcrm, tmp_path)
    book = tmp_path / "salon.xlsx"
    with time_machine.travel(datetime(2099, 11, 24, 9, 0, tzinfo=UTC), tick=False) as clock:
        sheetcrm("run", book, "--limit", 0)
        clock.shift(-(10**7))
        checks = sheetcrm("doctor", book, "--json").json["checks"]
    said = {check["name"]: check["message"] for check in checks if not check["ok"]}
    assert said["clock"].startswith("salon.xlsx: the clock says 2099-07-31, but the last run was on 2099-11-24")


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_speaks_her_language(sheetcrm: CommandLine, tmp_path: Path, code: str) -> None:
    lines = advice(sheetcrm, tmp_path, CLIENTS.replace("yes", ""), CAMPAIGNS.replace("yes", "no"), language=code)
    assert len(lines) == 4
    assert ("Nothing" in lines[0]) == (code == "en")
    assert "{" not in "".join(lines)
