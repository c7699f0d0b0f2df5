"""A client's row that is no longer in the list: told once, by its id, with the way to delete what else is kept of her."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CommandLine
from erased_person import found_in, her_salon
from owner_hand import DAY, append, client, column, edited, header_row, rows, salon, sheet, sort_rows, values

from sheetcrm.crm.gone_rows import gone_ids
from sheetcrm.crm.values import Ledger
from sheetcrm.languages import LANGUAGES, language

GONE = "No longer in “Clients”: C1. Nothing is sent to a client without a row; the visits stay."


@pytest.fixture
def book(tmp_path: Path, sheetcrm: CommandLine) -> Path:
    """Four clients, C1 (Anna Smith) to C4, refreshed once; C1 and C2 have their birthday today."""
    path = salon(tmp_path)
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    return path


def delete(path: Path, *ids: str) -> None:
    with edited(path) as made:
        page = sheet(made, "Clients")
        for row in range(page.max_row, header_row(page), -1):
            if page.cell(row, column(page, "Client ID")).value in ids:
                page.delete_rows(row)


def told(sheetcrm: CommandLine, path: Path, command: str = "refresh", *more: object) -> list[str]:
    """The lines on stderr of a command that speak of a row that is gone."""
    return [line for line in sheetcrm(command, path, "--on", DAY, *more).err.splitlines() if "No longer in" in line]


def test_a_row_deleted_by_hand_is_told_once_with_the_command_that_deletes_the_rest(
    book: Path, sheetcrm: CommandLine
) -> None:
    delete(book, "C1")
    assert [told(sheetcrm, book, "check"), told(sheetcrm, book, "refresh", "--dry-run")] == [
        told(sheetcrm, book, "plan")
    ] * 2  # what reads tells it as long as nobody was told by what writes
    done = sheetcrm("refresh", book, "--on", DAY)
    assert (done.code, done.err.startswith(GONE), f"sheetcrm erase {book} C1." in done.err) == (0, True, True)
    assert "Anna" not in done.err
    assert [told(sheetcrm, book), told(sheetcrm, book, "check")] == [[], []]


def test_it_is_told_of_one_whose_namesake_but_for_a_letter_stays(tmp_path: Path, sheetcrm: CommandLine) -> None:
    names = ("Cora", "Dora", "Lora", "Nora")
    path = salon(tmp_path, clients=[client(None, f"{name} Kay", name.lower()) for name in names], visits=[])
    sheetcrm("refresh", path, "--on", DAY)
    delete(path, "C2")
    assert [line.startswith(GONE.replace("C1", "C2")) for line in told(sheetcrm, path)] == [True]


def test_a_run_tells_it_and_sends_her_nothing(book: Path, sheetcrm: CommandLine, tmp_path: Path) -> None:
    delete(book, "C1")
    done = sheetcrm("run", book, "--on", DAY, "--outbox", tmp_path / "mails")
    assert (done.code, done.err.count("No longer in")) == (0, 1)
    assert {row["Client"] for row in rows(book, "Sent")} == {"Jo Brown"}
    assert told(sheetcrm, book, "run", "--outbox", tmp_path / "mails") == []


def test_what_does_not_tell_of_it_leaves_that_to_the_next_run(
    book: Path, sheetcrm: CommandLine, tmp_path: Path
) -> None:
    more = tmp_path / "more.csv"
    more.write_text("Name,Email\nIda White,ida@example.com\n", "utf-8")
    delete(book, "C1")
    assert told(sheetcrm, book, "import", more) == []
    assert values(book, "Clients", "Client ID") == [("C2",), ("C3",), ("C4",), ("C5",)]
    assert len(told(sheetcrm, book)) == 1


def test_rows_that_she_sorts_are_there(book: Path, sheetcrm: CommandLine) -> None:
    with edited(book) as made:
        sort_rows(sheet(made, "Clients"), "Name", reverse=True)
    assert told(sheetcrm, book) == []


def test_of_a_row_that_she_puts_back_no_more_is_said(book: Path, sheetcrm: CommandLine) -> None:
    before = book.read_bytes()
    delete(book, "C1")
    assert len(told(sheetcrm, book)) == 1
    book.write_bytes(before)
    assert [told(sheetcrm, book), told(sheetcrm, book)] == [[], []]


def test_who_is_typed_again_below_is_not_gone(book: Path, sheetcrm: CommandLine) -> None:
    delete(book, "C1")
    with edited(book) as made:
        append(sheet(made, "Clients"), {"Name": "Anna Smith", "Email": "anna@example.com"})
    assert told(sheetcrm, book) == []


def test_rows_that_an_undo_takes_out_are_not_told(book: Path, sheetcrm: CommandLine, tmp_path: Path) -> None:
    more = tmp_path / "more.csv"
    more.write_text("Name,Email\nIda White,ida@example.com\n", "utf-8")
    assert sheetcrm("import", book, more, "--on", DAY).code == 0
    assert sheetcrm("undo", book).code == 0
    assert values(book, "Clients", "Client ID") == [("C1",), ("C2",), ("C3",), ("C4",)]
    assert told(sheetcrm, book) == []


def test_of_a_list_most_of_whose_rows_are_missing_nothing_is_said(book: Path, sheetcrm: CommandLine) -> None:
    delete(book, "C1", "C2", "C3")
    assert told(sheetcrm, book) == []


def test_her_visits_stay_and_erasing_deletes_what_else_is_kept(tmp_path: Path, sheetcrm: CommandLine) -> None:
    path = her_salon(tmp_path)
    sheetcrm("run", path, "--on", DAY, "--outbox", tmp_path / "mails")
    delete(path, "C1")
    assert len(told(sheetcrm, path)) == 1
    amounts = values(path, "Visits", "Date", "Amount")
    done = sheetcrm("erase", path, "C1", "--on", DAY)
    assert (done.code, "Erased: C1." in done.err) == (0, True)
    assert values(path, "Visits", "Date", "Amount") == amounts
    assert [place for place in found_in(tmp_path) if not place[0].endswith((".eml", ".txt"))] == []
    assert sheetcrm("check", path, "--on", DAY).code == 0
    assert told(sheetcrm, path) == []


@pytest.mark.parametrize(
    ("now", "gone"),
    [
        ("C1 C2 C3 C4", ()),
        ("C4 C2 C1", ("C3",)),
        ("C2 C4", ("C1", "C3")),
        ("C2", ()),  # most are missing
        ("C2 C3 C4 C9=C1", ()),  # under another id
        ("C1 C2 C3 C9=C1", ("C4",)),
    ],
)
def test_whose_rows_are_gone(now: str, gone: tuple[str, ...]) -> None:
    """`C9=C1`: a row with the id C9 in which the person of C1 stands."""
    marks = {f"C{n}": n << 40 | n << 20 | n for n in range(1, 5)}
    pairs = [(one.partition("=")[0], marks[one.rpartition("=")[2]]) for one in now.split()]
    ledger = Ledger(persons=marks, id_order=tuple(marks))
    assert gone_ids([i for i, _ in pairs], [m for _, m in pairs], ledger, ()) == gone


def test_who_was_erased_or_merged_is_not_gone() -> None:
    ledger = Ledger(persons={"C1": 1, "C2": 2}, id_order=tuple(f"C{n}" for n in range(1, 7)), erased=frozenset({"C1"}))
    assert gone_ids(["C3", "C4", "C5"], [3, 4, 5], ledger, {"C2"}) == ("C6",)


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_it_is_said_in_every_language_with_the_id_and_the_command(code: str) -> None:
    said = language(code).say("row_gone", sheet="Kunden", ids="C1, C2", book="a.xlsx", id="CLIENT_ID")
    assert ("Kunden" in said, "C1, C2" in said, "sheetcrm erase a.xlsx CLIENT_ID" in said) == (True, True, True)
