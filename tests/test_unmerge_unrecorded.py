"""Taking a merge back of which nothing is known any more: it is said that only the mark was taken off."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from command_line import CommandLine
from owner_hand import client, edited, salon, values

DAY = date(2026, 11, 22)
BORN = date(1990, 3, 8)
PHONE = "+44 20 7946 0001"


@pytest.fixture
def book(tmp_path: Path, sheetcrm: CommandLine) -> Path:
    annas = (
        client("C1", "Anna Smith", "anna", BORN, phone=PHONE),
        client("C2", "Anna Smith", "anna", BORN, phone=PHONE, notes="tea"),
    )
    path = salon(tmp_path, clients=annas)
    sheetcrm("refresh", path, "--on", DAY)
    assert sheetcrm("merge", path, "--keep", "C1", "--on", DAY).code == 0
    return path


def test_with_the_journal_and_changes_gone_the_owner_is_told_to_look_at_the_row(
    book: Path, sheetcrm: CommandLine
) -> None:
    shutil.rmtree(sheetcrm.state)
    with edited(book) as made:
        del made["Changes"]
    rehearsed = sheetcrm("unmerge", book, "C2", "--dry-run", "--on", DAY).out
    assert rehearsed.startswith("Only the mark would be taken off Anna Smith (C2)")
    assert "two clients" not in (said := sheetcrm("unmerge", book, "C2", "--on", DAY).out)
    assert said.startswith(
        "Only the mark was taken off Anna Smith (C2): what that merge had written cannot be told any"
    )
    assert values(book, "Clients", "Client ID", "Notes") == [("C1", "tea"), ("C2", "tea")]


def test_a_merge_that_is_known_is_taken_apart_without_such_a_word(book: Path, sheetcrm: CommandLine) -> None:
    assert sheetcrm("unmerge", book, "C2", "--on", DAY).out.startswith("Taken apart again")
