"""Some columns of the list sorted and the ids left behind: nobody is greeted, merged or remembered as somebody else."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from owner_hand import client, column, edited, header_row, salon, sheet, sort_rows, values, visit

from sheetcrm.crm.astray import ids_astray
from sheetcrm.crm.short_hashes import BITS
from sheetcrm.crm.values import Ledger
from sheetcrm.languages import LANGUAGES, language

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from command_line import CommandLine

DAY = date(2026, 11, 22)
BORN = date(1990, 11, 22)
NAMES = ("Zoe Ash", "Tom Hill", "Mia Black", "Anna Smith", "Eve Green")
CLIENTS = [
    client(f"C{at}", name, name.split()[0].casefold(), BORN, phone=f"+44 20 7946 000{at}")
    for at, name in enumerate(NAMES, 1)
]
VISITS = [visit(date(2026, 9, at), f"C{at}", 10.0 * at) for at in range(1, 6)]


@pytest.fixture
def book(tmp_path: Path, sheetcrm: CommandLine) -> Path:
    path = salon(tmp_path, clients=CLIENTS, visits=VISITS)
    assert sheetcrm("refresh", path, "--on", date(2026, 11, 20)).code == 0
    return path


def sort_beside(path: Path, *, staying: Collection[str] = (), moving: Collection[str] = ()) -> None:
    """Sort the list by name, without the columns that stay, or only those that move."""
    with edited(path) as made:
        page = sheet(made, "Clients")
        top = header_row(page)
        left = {
            at
            for at in range(1, page.max_column + 1)
            if (header := page.cell(top, at).value) in staying or (moving and header not in moving)
        }
        before = {(row, at): page.cell(row, at).value for at in left for row in range(top + 1, page.max_row + 1)}
        sort_rows(page, "Name")
        for (row, at), value in before.items():
            page.cell(row, at).value = value


@pytest.mark.parametrize(
    "sort",
    [
        lambda path: sort_beside(path, staying=["Client ID"]),
        lambda path: sort_beside(path, moving=["Name"]),
        lambda path: sort_beside(path, moving=["Client ID", "Name"]),
    ],
    ids=["all but the ids", "names alone", "names with their ids"],
)
def test_where_rows_were_torn_from_their_ids_nobody_is_written_to_or_merged_and_put_right_all_goes_on(
    book: Path, sheetcrm: CommandLine, sort: Callable[[Path], None]
) -> None:
    whole, out = book.read_bytes(), book.parent / "out"
    sort(book)
    for sent in (1, 0):  # Mia stands where she stood; the second run has not forgotten whose the other ids were
        done = sheetcrm("run", book, "--on", DAY, "--outbox", out, "--json")
        assert (done.code, done.json["sent"]) == (1, sent)
        assert "another client stands beside the ID than before" in done.err
        held = sheetcrm("plan", book, "--on", DAY, "--json").json["held"]
        assert [h["reason"] for h in held] == ["astray"] * 4
    assert "another client stands" in sheetcrm("refresh", book, "--on", DAY).err
    book.write_bytes(whole)
    done = sheetcrm("run", book, "--on", DAY, "--outbox", out, "--json")
    assert (done.code, done.json["sent"]) == (0, 4)
    assert values(book, "Clients", "Client ID", "Name", "Total spend") == [
        (f"C{at}", name, 10 * at) for at, name in enumerate(NAMES, 1)
    ]


def test_where_it_is_meant_so_the_emptied_ids_are_given_anew_and_the_messages_go(
    book: Path, sheetcrm: CommandLine
) -> None:
    sort_beside(book, staying=["Client ID"])
    sheetcrm("refresh", book, "--on", DAY)
    with edited(book) as made:
        page = sheet(made, "Clients")
        for row in range(header_row(page) + 1, page.max_row + 1):
            page.cell(row, column(page, "Client ID")).value = None
    done = sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "out", "--json")
    assert (done.code, done.json["sent"], done.err) == (0, len(NAMES), "")


def test_a_word_to_merge_who_stands_beside_anothers_id_waits_and_says_why(book: Path, sheetcrm: CommandLine) -> None:
    sort_beside(book, staying=["Client ID"])
    with edited(book) as made:
        page = sheet(made, "Duplicates")
        row = header_row(page) + 1
        for header, cell in {"Client 1": "C1", "Client 2": "C2", "Decision": "merge"}.items():
            page.cell(row, column(page, header)).value = cell
    done = sheetcrm("merge", book, "--on", DAY)
    assert (done.code, done.out.strip()) == (1, "Nothing was merged.")
    assert "C1 (Anna Smith): another client than before stands in this row" in done.err
    assert set(values(book, "Clients", "Merged into")) == {(None,)}


def test_a_list_sorted_as_a_whole_is_no_matter(book: Path, sheetcrm: CommandLine) -> None:
    sort_beside(book)
    done = sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "out", "--json")
    assert (done.code, done.json["sent"], done.err) == (0, len(NAMES), "")


def mark(name: int, phone: int, mail: int) -> int:
    return (name << 2 * BITS) + (phone << BITS) + mail


FOUR = [mark(at, at, at) for at in range(1, 5)]
IDS = ["C1", "C2", "C3", "C4"]


@pytest.mark.parametrize(
    ("ids", "now", "astray"),
    [
        (IDS, FOUR, ""),
        (IDS, [FOUR[2], FOUR[0], FOUR[3], FOUR[1]], "C1 C2 C3 C4"),
        (["C3", "C1", "C4", "C2"], FOUR, ""),  # she has numbered them anew
        (["", *IDS], [mark(9, 9, 9), FOUR[1], FOUR[0], *FOUR[2:]], "C1 C2"),  # beside a new row two were exchanged
        (IDS, [mark(2, 1, 1), mark(1, 2, 2), *FOUR[2:]], ""),  # two names put right
        (IDS, [mark(2, 1, 1), mark(3, 2, 2), mark(1, 3, 3), FOUR[3]], "C1 C2 C3"),
        (IDS, [mark(5, 1, 1), mark(6, 2, 2), mark(7, 3, 3), mark(8, 4, 4)], ""),  # all written otherwise
        (IDS, [FOUR[1], FOUR[2], FOUR[3], 0], "C1 C2 C3"),  # cells deleted, those below moved up
        (IDS, [mark(1, 2, 1), mark(2, 2, 2), *FOUR[2:]], ""),  # a phone that two share
        (["C1", "C1", "C2", "C3"], [FOUR[0], FOUR[1], FOUR[1], FOUR[2]], ""),  # a copied id has its own ways
    ],
)
def test_ids_are_astray_where_others_persons_stand_beside_them(ids: list[str], now: list[int], astray: str) -> None:
    ledger = Ledger(persons=dict(zip(IDS, FOUR, strict=True)), id_order=tuple(IDS))
    assert ids_astray(ids, now, ledger) == set(astray.split())


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_is_said_with_sheet_and_rows_in_every_language(code: str) -> None:
    said = language(code).say("ids_astray", sheet="Kunden", rows="2–4, 7")
    assert "Kunden" in said
    assert "2–4, 7" in said
