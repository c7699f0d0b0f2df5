"""Pairs that the owner has decided stay decided when a list is brought in that names both and fills in what they lacked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from command_line import CommandLine
from owner_hand import client, column, edited, header_row, rows, salon, sheet

DAY = date(2026, 11, 22)
PHONE = "+44 20 7946 0001"
CLIENTS = (
    client("C1", "Anna Smith", "anna", phone=PHONE),
    {"client_id": "C2", "name": "Anna Smith", "phone": PHONE},  # her mother
)


def decided(folder: Path, sheetcrm: CommandLine, word: str) -> Path:
    """A salon in which the owner has said of the two Annas what they are."""
    book = salon(folder, clients=CLIENTS, visits=())
    assert sheetcrm("refresh", book, "--on", DAY, "--json").json["duplicates"] == 1
    with edited(book) as opened:
        page = sheet(opened, "Duplicates")
        page.cell(header_row(page) + 1, column(page, "Decision")).value = word
    assert sheetcrm("refresh", book, "--on", DAY, "--json").json["duplicates"] == 0
    return book


def brought(book: Path, sheetcrm: CommandLine, *lines: str) -> list[tuple[str, str]]:
    """Bring a list in; return the pairs that are asked about then, by every way of asking."""
    file = book.parent / "list.csv"
    file.write_text("Client ID,Name,Phone,Email,Birthday\n" + "\n".join(lines) + "\n", "utf-8")
    assert sheetcrm("import", book, file, "--on", DAY, "--json").json["written"]
    inside = [(row["Client 1"], row["Client 2"]) for row in rows(book, "Duplicates")]
    listed = [(one["left"], one["right"]) for one in sheetcrm("duplicates", book, "--on", DAY, "--json").json["pairs"]]
    assert sorted(listed) == sorted(inside)
    assert sheetcrm("refresh", book, "--on", DAY, "--json").json["duplicates"] == len(inside)
    return inside


@pytest.mark.parametrize("word", ["different", "household"])
def test_what_a_file_fills_in_asks_nothing_again_and_lets_nothing_be_merged(
    tmp_path: Path, sheetcrm: CommandLine, word: str
) -> None:
    book = decided(tmp_path, sheetcrm, word)
    named = f"C2,Anna Smith,{PHONE},mother@example.com,1960-01-01", f"C1,Anna Smith,{PHONE},,1990-03-08"
    assert brought(book, sheetcrm, *named, ",Zed Man,+44 20 7946 0077,,") == []
    assert [row["Birthday"] for row in rows(book, "Clients")] == [date(1990, 3, 8), date(1960, 1, 1), None]
    before = book.read_bytes()
    assert (sheetcrm("merge", book, "--on", DAY).code, book.read_bytes() == before) == (0, True)
    assert sheetcrm("undo", book).code == 0
    assert sheetcrm("refresh", book, "--on", DAY, "--json").json["duplicates"] == 0


def test_what_makes_the_two_more_alike_asks_again(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = decided(tmp_path, sheetcrm, "different")
    assert brought(book, sheetcrm, f"C2,Anna Smith,{PHONE},anna@example.com,") == [("C1", "C2")]


def test_a_newcomer_beside_a_decided_pair_is_asked_about_alone(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = decided(tmp_path, sheetcrm, "different")
    pairs = brought(book, sheetcrm, f",Anna Smyth,{PHONE},,1990-03-08", f",Tom Smith,{PHONE},,")
    assert {"C1", "C2"} not in [set(pair) for pair in pairs]
