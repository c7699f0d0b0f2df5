"""What the owner decides about a pair is done once, remembered by both ids, and asked again only when the two have changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from owner_hand import (
    DAY,
    append,
    client,
    column,
    edited,
    header_row,
    opened_in_excel,
    rename,
    rows,
    salon,
    sheet,
    sort_rows,
    values,
)
from text_tables import frame

import sheetcrm as crm
from sheetcrm.crm.acts import Act
from sheetcrm.crm.decisions import Clients, Decision, Settled, new_acts, settled_by, upheld
from sheetcrm.crm.fields import CLIENTS
from sheetcrm.crm.tables import Table
from sheetcrm.running.refreshing import refresh_book
from sheetcrm.testing import MemoryTransport

ANNA = client("C1", "Anna Smith", "anna", date(1990, 5, 5), phone="07700 900123")
ANN = client("C2", "Ann Smith", "anna", phone="+44 7700 900123")
JO = client("C3", "Jo Brown", "home", phone="07700 900555")
MARY = client("C4", "Mary Brown", "home", phone="07700 900555")


@pytest.fixture(autouse=True)
def state(sheetcrm: CommandLine) -> Path:
    """A state folder of its own."""
    return sheetcrm.state


@pytest.fixture
def book(tmp_path: Path) -> Path:
    made = salon(tmp_path, clients=(ANNA, ANN, JO, MARY), visits=[])
    refresh(made)
    return made


def refresh(book: Path, day: date = DAY) -> bool:
    """Refresh; tell whether the file was written."""
    return refresh_book(book, on=day).written


def pairs(book: Path) -> list[tuple[str, str]]:
    return values(book, "Duplicates", "Client 1", "Client 2")


def decide(book: Path, left: str, right: str, word: str) -> None:
    """Type a word beside a pair, whichever stands first."""
    with edited(book) as file:
        page = sheet(file, "Duplicates")
        at = [column(page, header) for header in ("Client 1", "Client 2", "Decision")]
        found = [
            row
            for row in range(header_row(page) + 1, page.max_row + 1)
            if {page.cell(row, at[0]).value, page.cell(row, at[1]).value} == {left, right}
        ]
        page.cell(found[0], at[2]).value = word


def type_in(book: Path, client_id: str, header: str, value: Any) -> None:
    """Type into a cell of a client."""
    with edited(book) as file:
        page = sheet(file, "Clients")
        row = next(r for r in range(2, page.max_row + 1) if page.cell(r, column(page, "Client ID")).value == client_id)
        page.cell(row, column(page, header)).value = value


def changes(book: Path) -> list[tuple[Any, ...]]:
    return values(book, "Changes", "Action", "Client ID", "Client", "Other client's ID")


def settle(book: Path, word: str = "different") -> None:
    decide(book, "C1", "C2", word)
    refresh(book)


def test_a_pair_decided_to_be_two_people_leaves_the_sheet_and_stands_in_changes(book: Path) -> None:
    assert pairs(book) == [("C1", "C2"), ("C3", "C4")]
    settle(book)
    decide(book, "C3", "C4", "household")
    assert refresh(book)
    assert (pairs(book), changes(book)) == (
        [], [("different", "C1", "Anna Smith", "C2"), ("household", "C3", "Jo Brown", "C4")],
    )  # fmt: skip
    assert not refresh(book)


def test_nobody_has_a_sheet_changes_in_whose_workbook_nothing_was_decided(book: Path) -> None:
    with edited(book) as file:
        assert not [page.title for page in file.worksheets if "Changes" in page.tables]


def test_a_merge_that_we_filled_in_ourselves_is_no_decision_on_two_people(book: Path) -> None:
    assert values(book, "Duplicates", "Decision")[0] == ("merge",)
    refresh(book, DAY + timedelta(days=1))
    assert pairs(book) == [("C1", "C2"), ("C3", "C4")]


@pytest.mark.parametrize("word", ["різні люди", "persone diverse", "Różne osoby", "DIFFERENT"])
def test_her_word_counts_in_any_language(book: Path, word: str) -> None:
    settle(book, word)
    assert (pairs(book), changes(book)) == ([("C3", "C4")], [("different", "C1", "Anna Smith", "C2")])


def test_run_carries_out_what_she_decided_too(book: Path) -> None:
    decide(book, "C1", "C2", "different")
    crm.run(book, on=DAY, transport=MemoryTransport())
    assert (pairs(book), len(changes(book))) == ([("C3", "C4")], 1)


def sorted_anew(book: Path) -> None:
    with edited(book) as file:
        sort_rows(sheet(file, "Clients"), "Name", reverse=True)


def renamed(book: Path) -> None:
    with edited(book) as file:
        page = sheet(file, "Clients")
        rename(page, "Phone", "Mobile number")
        rename(page, "Name", "Full name")
        rename(page, "Client ID", "ID")


def written_otherwise(book: Path) -> None:
    type_in(book, "C1", "Name", "SMITH, Anna")
    type_in(book, "C1", "Phone", "0044 7700-900-123")
    type_in(book, "C1", "Birthday", "5 May 1990")
    type_in(book, "C2", "Email", "ANNA@Example.com")


def another_matter(book: Path) -> None:
    type_in(book, "C1", "Notes", "likes tea")
    type_in(book, "C2", "City", "Leeds")


@pytest.mark.parametrize("edit", [sorted_anew, renamed, written_otherwise, another_matter])
def test_a_decision_survives_what_does_not_make_anybody_another_person(
    book: Path, edit: Callable[[Path], None]
) -> None:
    settle(book)
    edit(book)
    refresh(book)
    assert (pairs(book), len(changes(book))) == ([("C3", "C4")], 1)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Phone", "07700 900999"),
        ("Email", "ann@example.com"),
        ("Birthday", date(1990, 5, 5)),
        ("Name", "Ann Smith-Jones"),
        ("Other phone", "07700 900999"),
    ],
)
def test_a_pair_is_asked_again_when_one_of_the_two_has_other_data_and_her_earlier_word_is_told(
    book: Path, header: str, value: Any
) -> None:
    settle(book)
    type_in(book, "C2", header, value)
    refresh(book)
    (again,) = (row for row in rows(book, "Duplicates") if row["Client 1"] == "C1")
    assert (again["Decision"], again["Why"].startswith("your earlier decision: different;")) == (None, True)
    settle(book)
    assert (pairs(book), len(changes(book))) == ([("C3", "C4")], 2)


def test_data_that_come_back_to_what_they_were_need_no_second_word(book: Path) -> None:
    settle(book)
    type_in(book, "C2", "Phone", "07700 900999")
    refresh(book)
    type_in(book, "C2", "Phone", "07700900123")
    refresh(book)
    assert pairs(book) == [("C3", "C4")]


def test_a_lost_state_folder_loses_no_decision(book: Path, state: Path) -> None:
    settle(book)
    shutil.rmtree(state)
    assert not refresh(book)
    assert (pairs(book), len(changes(book))) == ([("C3", "C4")], 1)
    type_in(book, "C2", "Phone", "07700 900999")
    refresh(book)
    assert pairs(book) == [("C1", "C2"), ("C3", "C4")]


def test_a_workbook_of_yesterday_knows_what_was_decided_today(book: Path) -> None:
    yesterday = book.read_bytes()
    settle(book)
    book.write_bytes(yesterday)
    refresh(book)
    assert (pairs(book), changes(book)) == ([("C3", "C4")], [("different", "C1", "Anna Smith", "C2")])


def test_a_deleted_sheet_changes_is_made_again(book: Path) -> None:
    settle(book)
    with edited(book) as file:
        del file["Changes"]
    refresh(book)
    assert (pairs(book), changes(book)) == ([("C3", "C4")], [("different", "C1", "Anna Smith", "C2")])


def test_a_client_without_an_id_gets_one_before_her_pair_is_remembered(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=(ANNA | {"client_id": None}, ANN | {"client_id": None}), visits=[])
    refresh(book)
    ((left, right),) = pairs(book)
    decide(book, left, right, "different")
    refresh(book)
    assert (pairs(book), values(book, "Changes", "Client ID", "Other client's ID")) == ([], [(left, right)])
    assert not left.startswith("row:")


def test_her_own_column_and_sorting_in_changes_stay(book: Path) -> None:
    settle(book)
    decide(book, "C3", "C4", "household")
    refresh(book)
    with edited(book) as file:
        page = sheet(file, "Changes")
        at = page.max_column + 1
        page.cell(1, at).value = "Who said so"
        page.cell(2, at).value, page.cell(3, at).value = "Anna", "Mary"
        sort_rows(page, "Client ID", reverse=True)
    type_in(book, "C1", "Name", "Anna Smith-Hill")
    refresh(book)
    with edited(book) as file:
        page = sheet(file, "Changes")
        client_id, who, name = (column(page, header) for header in ("Client ID", "Who said so", "Client"))
        told = [tuple(page.cell(row, at).value for at in (client_id, who, name)) for row in (2, 3)]
    assert told == [("C3", "Mary", "Jo Brown"), ("C1", "Anna", "Anna Smith")]


def test_a_workbook_that_is_open_elsewhere_keeps_her_word_for_the_next_run(book: Path) -> None:
    decide(book, "C1", "C2", "different")
    note = opened_in_excel(book, "Mary")
    assert not refresh(book)
    note.unlink()
    decide(book, "C1", "C2", "household")  # she thought better of it
    assert refresh(book)
    assert (pairs(book), [line[0] for line in changes(book)]) == ([("C3", "C4")], ["household"])


def test_a_merge_that_we_filled_in_is_no_word_of_hers_in_an_older_copy(book: Path) -> None:
    yesterday = book.read_bytes()
    settle(book)
    book.write_bytes(yesterday)
    assert values(book, "Duplicates", "Decision")[0] == ("merge",)
    assert crm.open_workbook(str(book)).snapshot.decisions == ()
    type_in(book, "C2", "Phone", "07700 900999")  # it comes back, and nothing is filled in: what stands there is hers
    assert [decision.word for decision in crm.open_workbook(str(book)).snapshot.decisions] == ["merge"]


def test_two_of_whom_she_has_said_that_they_are_two_are_never_merged_by_themselves(book: Path) -> None:
    settle(book)
    with edited(book) as file:
        append(sheet(file, "Settings"), {"Setting": "auto_merge", "Value": "yes"})
    type_in(book, "C2", "Birthday", date(1990, 5, 5))
    refresh(book)
    assert (pairs(book)[0], values(book, "Clients", "Merged into")[:2]) == (("C1", "C2"), [(None,), (None,)])


def test_a_merge_and_its_being_taken_back_ask_nothing_anew_about_the_others_of_her_family(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    again = client("C5", "Mary Brown", "home", date(1970, 1, 2), phone="07700 900777")
    book = salon(tmp_path, clients=(JO, MARY, again), visits=[])
    refresh(book)
    decide(book, "C3", "C4", "household")
    decide(book, "C3", "C5", "household")
    refresh(book)
    decide(book, "C4", "C5", "merge")
    assert sheetcrm("merge", book, "--on", DAY.isoformat()).code == 0
    refresh(book)
    merged = (pairs(book), values(book, "Clients", "Other phone", "Merged into"))
    assert sheetcrm("unmerge", book, "C5", "--on", DAY.isoformat()).code == 0
    refresh(book)
    assert merged == ([], [(None, None), ("07700 900777", None), (None, "C4")])
    assert (pairs(book), values(book, "Clients", "Other phone", "Merged into")) == ([], [(None, None)] * 3)


def test_a_row_that_she_typed_herself_tells_of_two_who_are_no_pair_and_takes_an_earlier_word_back(book: Path) -> None:
    settle(book)
    for left, right in (("C2", "C1"), ("C1", "C3")):
        with edited(book) as file:
            append(sheet(file, "Duplicates"), {"Client 1": left, "Client 2": right, "Decision": "household"})
    refresh(book)
    assert (pairs(book), [line[0] for line in changes(book)]) == (
        [("C3", "C4")],
        ["different", "household", "household"],
    )
    assert crm.open_workbook(str(book)).snapshot.settled[frozenset({"C1", "C2"})].word == "household"


# the core


def clients(text: str) -> Clients:
    table = Table.from_frame("Clients", frame(text), CLIENTS.names)
    return Clients(table, [str(cell or "") for cell in table.column("client_id").cells()])


PEOPLE = """
client_id | name       | phone        | email            | birthday
1         | Anna Nowak | 601 234 567  | anna@example.com | 1990-05-06
2         | Jan Nowak  | 601 234 567  |                  |
"""


def test_the_mark_of_a_pair_is_the_same_tomorrow_and_in_the_next_version() -> None:
    assert clients(PEOPLE).mark(0, 1) == clients(PEOPLE).mark(1, 0) == MARK


MARK = "d2e6117d0e"


def told(*decisions: Decision, text: str = PEOPLE, acts: tuple[Act, ...] = ()) -> list[tuple[str, str, str]]:
    return [(act.kind, act.left, act.right) for act in new_acts(decisions, clients(text), acts)]


def test_of_a_pair_with_two_different_words_nothing_is_remembered() -> None:
    said = (Decision("1", "2", "different"), Decision("2", "1", "household"))
    assert told(*said) == []
    assert told(said[0], Decision("2", "1", "different")) == [("different", "1", "2")]


@pytest.mark.parametrize(("left", "right"), [("1", "9"), ("row:3", "2"), ("1", "1"), ("", "2")])
def test_a_word_on_somebody_who_is_not_in_the_list_is_not_remembered(left: str, right: str) -> None:
    assert told(Decision(left, right, "different")) == []


def test_an_id_that_two_rows_have_is_nobodys() -> None:
    assert told(Decision("1", "2", "different"), text=PEOPLE + "2 | Eva Nowak") == []


def test_a_merge_is_not_remembered_here() -> None:
    assert told(Decision("1", "2", "merge")) == []


def test_what_stands_already_is_not_told_twice_and_a_new_word_takes_its_place() -> None:
    acts = new_acts([Decision("1", "2", "different")], clients(PEOPLE), ())
    assert told(Decision("2", "1", "different"), acts=acts) == []
    later = new_acts([Decision("2", "1", "household")], clients(PEOPLE), acts)
    assert [(act.kind, act.id != acts[0].id) for act in later] == [("household", True)]
    assert {word.word for word in settled_by((*acts, *later)).values()} == {"household"}


def act(kind: str, number: int, mark: str = "m") -> Act:
    return Act(f"{number:010}", kind, f"2026-11-22T10:00:{number:02}", "1", "2", (), mark)


@pytest.mark.parametrize(
    ("kinds", "last"),
    [
        ("different", Settled("different", "m")),
        ("different household", Settled("household", "m")),
        ("different merge", None),
        ("merge unmerge", Settled("different", "m")),
        ("merge unmerge household", Settled("household", "m")),
        ("merge unmerge merge", None),
    ],
)
def test_the_last_word_on_a_pair_counts_and_a_merge_taken_back_says_that_they_are_two(
    kinds: str, last: Settled | None
) -> None:
    acts = [act(kind, number) for number, kind in enumerate(kinds.split())]
    assert settled_by(acts).get(frozenset({"2", "1"})) == last


@pytest.mark.parametrize(("mark", "kept"), [(MARK, ["household"]), ("0000000000", []), ("", [])])
def test_a_merge_upholds_a_word_only_where_it_stood_before(mark: str, kept: list[str]) -> None:
    before, after = (
        clients(PEOPLE).table,
        clients(PEOPLE.replace("| 601 234 567  | anna", "| 602 000 111 | anna")).table,
    )
    merged = Act("00000000a1", "merge", "2026-11-22T10:00:00", "1", "3")
    settled = {frozenset({"1", "2"}): Settled("household", mark)}
    assert [act.kind for act in upheld([merged], settled, before, after)] == kept
    assert upheld([merged], settled, before, before) == ()
