"""A refresh of an unchanged input is recognised before any work is done; whatever changes, the work is done."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from sheetcrm import resources
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.state import state_folder
from sheetcrm.running import unchanged, upkeep
from sheetcrm.running.refreshing import refresh_book
from sheetcrm.testing import make_workbook
from sheetcrm.workbook.marks import identity_of

ON = date(2026, 11, 22)
CLIENTS = """
client_id | name         | email
1         | Anna Nowak   | anna@example.com
2         | Ewa Lis      | ewa@example
"""
VISITS = """
date       | client       | amount
2026-11-02 | Anna Nowak   | 100
2026-11-03 | 2            | 50
"""


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHEETCRM_STATE", str(tmp_path / "state"))
    path = tmp_path / "salon.xlsx"
    make_workbook(path, clients=CLIENTS, visits=VISITS)
    return path


def works(path: Path, on: date = ON) -> bool:
    """Refresh and tell whether any work was done."""
    calls = []
    anew = upkeep.refresh_anew

    def counted(*args: object, **named: object) -> object:
        calls.append(args)
        return anew(*args, **named)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upkeep, "refresh_anew", counted)
        refresh_book(path, on=on)
    return bool(calls)


def test_nothing_is_done_for_an_input_that_was_refreshed_before(book: Path) -> None:
    first = refresh_book(book, on=ON)
    bytes_then = book.read_bytes()
    again = refresh_book(book, on=ON)
    assert not works(book)
    assert (first.written, again.written, again.changed) == (True, False, 0)
    assert (again.problems, again.due, again.duplicates) == (first.problems, first.due, first.duplicates)
    assert again.problems == 1
    assert book.read_bytes() == bytes_then


def test_the_counts_told_are_those_that_the_work_would_come_to(book: Path) -> None:
    refresh_book(book, on=ON)
    told, done = refresh_book(book, on=ON), upkeep.refresh_anew(book, on=ON)
    assert (told.problems, told.due, told.changed, told.summary) == (
        done.problems,
        done.due,
        done.changed,
        done.summary,
    )


def test_another_day_is_another_input(book: Path) -> None:
    refresh_book(book, on=ON)
    assert works(book, date(2026, 11, 23))


def test_a_change_in_the_file_is_another_input(book: Path) -> None:
    refresh_book(book, on=ON)
    workbook = openpyxl.load_workbook(book)
    workbook["Clients"]["B2"] = "Anna Nowak-Lis"
    workbook.save(book)
    assert works(book)


def test_a_change_in_the_journal_is_another_input(book: Path) -> None:
    refresh_book(book, on=ON)
    with Journal.open(state_folder(os.environ), identity_of(book.read_bytes(), book.name).id) as journal:
        journal.set("note", "another run was here")
    assert works(book)


def test_another_version_or_other_texts_are_another_input(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refresh_book(book, on=ON)
    with monkeypatch.context() as patch:
        patch.setattr(unchanged, "__version__", "99")
        assert works(book)
    refresh_book(book, on=ON)
    with monkeypatch.context() as patch:
        patch.setattr(resources, "layout", lambda: "<p>another page</p>")
        assert works(book)


def test_a_lost_state_folder_is_another_input(book: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    refresh_book(book, on=ON)
    monkeypatch.setenv("SHEETCRM_STATE", str(tmp_path / "another"))
    assert works(book)


def test_a_dry_run_remembers_nothing(book: Path) -> None:
    refresh_book(book, on=ON, dry_run=True)
    assert works(book)


def test_a_refresh_that_gave_ids_anew_is_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEETCRM_STATE", str(tmp_path / "state"))
    path = tmp_path / "salon.xlsx"
    make_workbook(path, clients=CLIENTS.replace("2         |", "1         |"), visits=VISITS)
    refresh_book(path, on=ON)
    assert works(path)


def test_little_is_loaded_to_recognise_it(book: Path) -> None:
    refresh_book(book, on=ON)
    import subprocess  # noqa: PLC0415 - this test only

    code = (
        "import sys\nfrom sheetcrm.cli import run\n"
        f"run(['refresh', {str(book)!r}, '--on', '2026-11-22', '--json'])\n"
        "sys.exit(bool({'sheetcrm.crm.planning', 'jinja2', 'pandas', 'python_calamine'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, stdout=subprocess.DEVNULL).returncode == 0
