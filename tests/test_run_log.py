"""The log: a line a run, for whoever is asked why nothing went; nobody's data in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import CommandLine
from smtp_server import Fault, smtp_server

from sheetcrm.running import run_log
from sheetcrm.testing import make_workbook

DAY = "2026-11-22"
PEOPLE = """
Name         | Phone       | Email               | Birthday   | Email consent | Notes
Anna Kowalik | 501 111 222 | anna.k@private.test | 1990-11-22 | yes           | allergic to acetone
Ewa Zielona  | 501 333 444 | ewa.z@private.test  | 1985-03-04 | yes           | pays late
"""


def salon(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return make_workbook(
        folder / "Kowalik klienci.xlsx",
        PEOPLE,
        campaigns="Campaign | Active | Trigger\nBirthday for Kowalik | yes | birthday",
        settings="Setting | Value\nsender | malva@private.test\ntimezone | UTC\nbusiness | Salon Malva",
    )


def log(state: Path) -> list[str]:
    return [
        re.sub(r"^\S+Z \S+ (\S+) [0-9a-f]{8} (.*) seconds=\d+\.\d$", r"\1 \2", line)
        for line in (state / "log.txt").read_text("utf-8").splitlines()
    ]


def test_each_run_is_a_line_with_its_counts_its_exit_code_and_its_trouble(
    sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = salon(tmp_path / "books")
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        server.faults.append(Fault("RCPT", "550 5.1.1 no such user anna.k@private.test"))
        for _ in range(2):
            sheetcrm("run", book, "--on", DAY)
    monkeypatch.setenv("SHEETCRM_SMTP", "smtp://127.0.0.1:9")
    sheetcrm("run", book, "--on", "2027-03-04")
    book.write_bytes(b"torn")
    sheetcrm("run", book)
    book.unlink()
    sheetcrm("run", book)
    assert log(sheetcrm.state) == [
        "run sent=0 failed=1 unknown=0 held=0 written=yes code=4",
        "run sent=0 failed=0 unknown=0 held=1 written=no code=0",
        "run sent=0 failed=0 unknown=0 held=0 written=yes code=4 trouble=server-unreachable",
        "run code=3 trouble=not-a-workbook",
        "run code=3 trouble=missing",
    ]


def test_nobodys_data_stands_in_it_and_nobody_else_may_read_it(
    sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = salon(tmp_path / "books")
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        server.faults.append(Fault("DATA", "554 5.7.1 we do not like anna.k@private.test"))
        sheetcrm("run", book, "--on", DAY)
    away = book.rename(book.with_name("Kowalik old.xlsx"))
    sheetcrm("run", book, "--on", DAY)
    sheetcrm("run", away, "--on", "2027-03-04")
    text = (sheetcrm.state / "log.txt").read_text("utf-8")
    assert text.count("\n") == 3
    tokens = {word for line in PEOPLE.splitlines()[2:] for word in re.split(r"[\s|@.]+", line) if len(word) > 3}
    tokens |= {"Kowalik", "malva", "Malva", "Birthday", "private", "books", "127.0.0.1", str(tmp_path)}
    assert {token for token in tokens if token.lower() in text.lower()} == set()
    assert (sheetcrm.state / "log.txt").stat().st_mode & 0o777 == 0o600


def test_a_dry_run_and_a_run_before_any_other_leave_no_trace(sheetcrm: CommandLine, tmp_path: Path) -> None:
    sheetcrm("run", tmp_path / "not-there.xlsx")
    sheetcrm("run", salon(tmp_path / "books"), "--dry-run")
    assert not sheetcrm.state.exists()


def test_it_grows_no_further_than_three_files(
    sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_log, "MOST", 300)
    sheetcrm.state.mkdir()
    for _ in range(20):
        sheetcrm("run", tmp_path / "not-there.xlsx")
    found = {path.name: path.stat().st_size for path in sheetcrm.state.iterdir()}
    assert sorted(found) == ["log.1.txt", "log.2.txt", "log.txt"]
    assert max(found.values()) <= 300
