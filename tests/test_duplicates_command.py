"""`sheetcrm duplicates` and `plan.duplicates`: the pairs of a workbook, by id, strongest first, in the owner's language."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pexpect
import pytest
from command_line import CommandLine
from terminal import Conversation

import sheetcrm
from sheetcrm.testing import make_workbook

DAY = date(2026, 11, 22)
CLIENTS = """
    client_id | name          | phone        | email             | birthday   | merged_into
    K1        | Anna Nowak    | 601 234 567  | anna@example.com  | 1990-03-02 |
    K2        | Nowak Anna    | +48601234567 |                   | 02.03.1990 |
    K3        | Piotr Nowak   | 601234567    |                   |            |
              | Jan Kos       | 602345678    | jan@example.com   |            |
    K5        | Kos Jan       | 602 345 678  |                   |            |
    K6        | Ewa Lis       | 603456789    |                   |            |
    K7        | Ewa Lis       | 603456789    |                   |            | K6
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return make_workbook(tmp_path / "salon.xlsx", CLIENTS, settings="setting | value\ncountry | PL\nlanguage | pl")


def test_pairs_are_named_by_id_or_by_row_and_merged_rows_are_in_none(book: Path, sheetcrm: CommandLine) -> None:
    done = sheetcrm("duplicates", book, "--on", DAY, "--json")
    found = {(pair["left"], pair["right"]): pair["tier"] for pair in done.json["pairs"]}
    assert (done.code, done.err) == (0, "")
    assert found == {
        ("K1", "K2"): "certain",
        ("row:5", "K5"): "certain",
        ("K1", "K3"): "household",
        ("K2", "K3"): "household",
    }


def test_what_json_has_is_the_contracts_and_strongest_first(book: Path, sheetcrm: CommandLine) -> None:
    pairs = sheetcrm("duplicates", book, "--on", DAY, "--json").json["pairs"]
    assert [set(pair) for pair in pairs] == [{"left", "right", "score", "tier", "reasons"}] * 4
    scores = [pair["score"] for pair in pairs]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_a_person_reads_names_and_reasons_in_her_language(book: Path, sheetcrm: CommandLine) -> None:
    said = sheetcrm("duplicates", book, "--on", DAY).out
    assert "K1 Anna Nowak" in said
    assert "ten sam numer telefonu, inaczej zapisany" in said
    assert "Pary do sprawdzenia: 4. Niczego nie połączono." in said


def test_looking_writes_nothing(book: Path, sheetcrm: CommandLine) -> None:
    before = book.read_bytes()
    sheetcrm("duplicates", book, "--on", DAY)
    assert (book.read_bytes(), [path.name for path in book.parent.glob("*.xlsx")]) == (before, ["salon.xlsx"])


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_on_a_terminal_the_two_stand_above_each_other_and_no_line_is_too_long(
    book: Path, sheetcrm: CommandLine, columns: int
) -> None:
    shown = Conversation(
        "duplicates",
        book,
        "--on",
        DAY,
        environ={name: value for name, value in os.environ.items() if name != "COLUMNS"}  # it beats the terminal
        | {"SHEETCRM_STATE": str(sheetcrm.state)},
        dimensions=(40, columns),
    )
    shown.child.expect(pexpect.EOF)
    lines = [line.rstrip() for line in str(shown.child.before).splitlines()]
    end = next(at for at, line in enumerate(lines) if line.startswith("Pary do sprawdzenia"))
    pairs = lines[:end]  # what to do next names the file, however long its path is
    assert max(map(len, pairs)) <= columns
    pair = [line.split() for line in lines[: lines.index("")]]
    assert [line[:3] for line in pair[:2]] in (
        [["K1", "Anna", "Nowak"], ["K2", "Nowak", "Anna"]],
        [["row:5", "Jan", "Kos"], ["K5", "Kos", "Jan"]],
    )
    assert (pair[2][0], "salon.xlsx" in "".join(lines)) == ("pewne:", True)


def test_a_list_without_pairs_is_said_so(tmp_path: Path, sheetcrm: CommandLine) -> None:
    path = make_workbook(tmp_path / "salon.xlsx", "name | phone\nAnna Nowak | 601234567\nPiotr Kos | 602345678")
    done = sheetcrm("duplicates", path, "--on", DAY)
    assert (done.code, done.out.strip()) == (0, "No possible duplicates.")


def test_a_plan_in_a_notebook_has_them_as_a_frame(book: Path) -> None:
    frame = sheetcrm.plan(sheetcrm.open_workbook(str(book)), on=DAY).duplicates
    assert list(frame.columns) == ["left", "right", "score", "tier", "reasons"]
    assert frame[["left", "right", "tier"]].iloc[0].tolist() in (["K1", "K2", "certain"], ["row:5", "K5", "certain"])
    assert "to samo imię i nazwisko" in " ".join(frame.reasons.iloc[0])
