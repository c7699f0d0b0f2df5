"""“Save as” under another name: she is told in which file the runs go on, and in which she works."""

from __future__ import annotations

import os
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from command_line import CommandLine
from owner_hand import BORN, DAY, client, salon

import sheetcrm as crm
from sheetcrm.testing import MemoryTransport


@pytest.fixture(autouse=True)
def _own_state(sheetcrm: CommandLine) -> CommandLine:
    return sheetcrm


def told(book: Path, day: date) -> list[str]:
    notes = crm.run(book, on=day, transport=MemoryTransport()).notes
    return [note for note in notes if "same workbook under another name" in note]


def saved_on(book: Path, day: date) -> None:
    at = datetime(day.year, day.month, day.day, 12).timestamp()
    os.utime(book, (at, at))


def test_a_run_says_which_file_was_run_before_and_which_one_she_has_saved_since(tmp_path: Path) -> None:
    old = salon(tmp_path, clients=(client("C1", "Anna Smith", "anna", BORN),), visits=())
    assert told(old, DAY) == []
    new = tmp_path / "clients.xlsx"
    shutil.copy(old, new)
    (line,) = told(new, DAY)
    assert line.startswith(f"The last run was of “{old.name}”")
    saved_on(old, DAY - timedelta(days=9))  # an archive, from now on
    assert told(new, DAY + timedelta(days=1)) == []
    saved_on(old, DAY + timedelta(days=2))  # she works in it again
    (line,) = told(new, DAY + timedelta(days=2))
    assert line.startswith(f"“{old.name}” is the same workbook under another name, and was saved since the last run.")
    old.unlink()
    assert told(new, DAY + timedelta(days=3)) == []


def test_doctor_says_that_another_file_of_the_workbook_is_the_one_that_runs(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    old = salon(tmp_path, clients=(client("C1", "Anna Smith", "anna", BORN),), visits=())
    told(old, DAY)
    new = tmp_path / "clients.xlsx"
    shutil.copy(old, new)
    assert f"The last run was of “{old.name}”" in sheetcrm("doctor", new).out
    assert "The last run was of" not in sheetcrm("doctor", old).out
