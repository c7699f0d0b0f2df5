"""What `merge`, `run` and `refresh` say of the owner's words in Duplicates, and what an undo takes back of them."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from owner_hand import column, edited, header_row, rows, salon, sheet, values
from test_merge_command import CLIENTS, DAY, VISITS, decide, merged


@pytest.fixture
def book(tmp_path: Path, sheetcrm: CommandLine) -> Path:
    path = salon(tmp_path, clients=CLIENTS, visits=VISITS)
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    return path


def changed(path: Path) -> list[tuple[Any, ...]]:
    return values(path, "Changes", "Action", "Client ID", "Other client's ID", "Detail")


def waiting_pairs(path: Path) -> set[tuple[str, ...]]:
    return {tuple(sorted(map(str, pair))) for pair in values(path, "Duplicates", "Client 1", "Client 2")}


def test_what_is_noted_of_two_people_is_said_and_not_called_nothing(book: Path, sheetcrm: CommandLine) -> None:
    decide(book, ("C1", "C2", "different"), ("C5", "C6", "household"))
    would = sheetcrm("merge", book, "--on", DAY, "--dry-run")
    done = sheetcrm("merge", book, "--on", DAY)
    assert (done.code, done.err, done.out.splitlines()) == (
        0,
        "",
        [
            "Noted: Anna Smith (C1) and Anna Smith (C2): different.",
            "Noted: Tom Hill (C5) and Sue Hill (C6): household.",
            "Nothing was merged. Decisions noted: 2.",
        ],
    )
    assert "Nothing would be merged. Decisions that would be noted: 2. Nothing was written." in would.out


@pytest.mark.parametrize(("word", "whom", "cell"), [("merg", "", "merg"), ("TRUE", "", "TRUE"), ("merge", "C9", "C9")])
def test_a_word_that_cannot_be_read_is_said_with_its_cell_and_waits(
    book: Path, sheetcrm: CommandLine, word: str, whom: str, cell: str
) -> None:
    decide(book, ("C1", "C2", word), keep=whom)
    done = sheetcrm("merge", book, "--on", DAY)
    assert (done.code, done.out.strip(), "Duplicates!" in done.err, f"“{cell}”" in done.err) == (
        1,
        "Nothing was merged.",
        True,
        True,
    )
    assert merged(book) == {}


@pytest.mark.parametrize("whom", ["c1", "C1"])
def test_whom_to_keep_may_be_typed_in_any_case_of_letters(book: Path, sheetcrm: CommandLine, whom: str) -> None:
    decide(book, ("C1", "C2", "merge"), keep=whom)
    assert (sheetcrm("merge", book, "--on", DAY).code, merged(book)) == (0, {"C2": "C1"})
    assert (sheetcrm("unmerge", book, "c2", "--on", DAY).code, merged(book)) == (0, {})


@pytest.mark.parametrize(
    ("word", "meant"),
    [("różne", "different"), ("різні", "different"), ("diversi", "different"), ("gospodarstwo", "household"),
     ("домохозяйство", "household"), ("misma familia", "household")],
)  # fmt: skip
def test_a_word_is_understood_as_people_write_it(book: Path, sheetcrm: CommandLine, word: str, meant: str) -> None:
    decide(book, ("C1", "C2", word))
    noted = sheetcrm("merge", book, "--on", DAY, "--json").json["noted"]
    assert [(one["left"], one["right"], one["decision"]) for one in noted] == [("C1", "C2", meant)]


@pytest.mark.parametrize("word", ["scal", "combinar", "об'єднай", "слить"])
def test_another_word_for_a_merge_is_hers_and_the_next_run_carries_it_out(
    book: Path, sheetcrm: CommandLine, word: str
) -> None:
    decide(book, ("C1", "C2", word))
    assert (sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "out").code, merged(book)) == (0, {"C1": "C2"})


def test_a_run_says_each_time_that_a_protected_list_keeps_her_word_from_being_carried_out(
    book: Path, sheetcrm: CommandLine
) -> None:
    decide(book, ("C3", "C4", "merge"))
    with edited(book) as made:
        sheet(made, "Clients").protection.enable()
    for options in ((), (), ("--dry-run",)):
        done = sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "out", *options)
        assert "Your decisions in the sheet “Duplicates” were not carried out." in done.err
        assert (done.code, "'Clients' is protected" in done.err) == (0 if options else 1, True)


def test_a_run_that_has_only_words_of_ours_before_it_says_nothing_of_a_protected_list(
    book: Path, sheetcrm: CommandLine
) -> None:
    with edited(book) as made:
        sheet(made, "Clients").protection.enable()
    done = sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "out")
    assert (done.code, "not carried out" in done.err) == (0, False)


def test_a_refresh_that_would_merge_by_itself_says_each_time_what_keeps_it_from_that(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    path = salon(tmp_path, clients=CLIENTS, visits=VISITS, auto_merge="yes")
    with edited(path) as made:
        sheet(made, "Clients").protection.enable()
    for _ in range(3):
        done = sheetcrm("refresh", path, "--on", DAY)
        assert (done.code, "'Clients' is protected" in done.err, merged(path)) == (0, True, {})


def test_a_run_says_which_decisions_it_refused_and_why(book: Path, sheetcrm: CommandLine) -> None:
    decide(book, ("C3", "C4", "merge"))
    with edited(book) as made:
        page = sheet(made, "Duplicates")
        cells = {column(page, "Client 1"): "C3", column(page, "Client 2"): "C4", column(page, "Decision"): "different"}
        at = page.max_row + 1
        for where, cell in cells.items():
            page.cell(at, where).value = cell
    done = sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "out")
    assert (done.code, "C3" in done.err, merged(book)) == (1, True, {})


def test_undo_takes_back_what_the_save_remembered_of_two_people(book: Path, sheetcrm: CommandLine) -> None:
    decide(book, ("C1", "C2", "different"), ("C5", "C6", "household"))
    sheetcrm("merge", book, "--on", DAY)
    assert waiting_pairs(book) == {("C3", "C4")}
    done = sheetcrm("undo", book)
    assert (done.code, "decisions on pairs of clients: 2" in done.err) == (0, True)
    decide(book, ("C1", "C2", ""), ("C5", "C6", ""))
    sheetcrm("refresh", book, "--on", DAY)
    assert waiting_pairs(book) == {("C1", "C2"), ("C3", "C4"), ("C5", "C6")}
    assert changed(book) == [
        ("different", "C1", "C2", "comes up again when their data change"),
        ("household", "C5", "C6", "comes up again when their data change"),
        ("taken back", "C1", "C2", "different"),
        ("taken back", "C5", "C6", "household"),
    ]


def test_what_an_undo_took_back_stays_so_with_the_state_folder_lost(book: Path, sheetcrm: CommandLine) -> None:
    decide(book, ("C1", "C2", "different"))
    sheetcrm("merge", book, "--on", DAY)
    sheetcrm("undo", book)
    decide(book, ("C1", "C2", ""))
    sheetcrm("refresh", book, "--on", DAY)
    told = changed(book)
    shutil.rmtree(sheetcrm.state)
    sheetcrm("refresh", book, "--on", DAY)
    assert (("C1", "C2") in waiting_pairs(book), changed(book) == told, len(told)) == (True, True, 2)


def test_a_merge_that_was_undone_is_told_so_and_settles_nothing(book: Path, sheetcrm: CommandLine) -> None:
    sheetcrm("merge", book, "--on", DAY)
    sheetcrm("undo", book)
    sheetcrm("refresh", book, "--on", DAY)
    assert changed(book)[-1] == ("taken back", "C2", "C1", "merged")
    assert ("C1", "C2") in waiting_pairs(book)
    before = rows(book, "Clients")
    sheetcrm("merge", book, "--on", DAY)
    sheetcrm("unmerge", book, "C1", "--on", DAY)
    assert [{h: row[h] for h in before[0]} for row in rows(book, "Clients")] == before


def test_an_undo_that_is_undone_lets_the_word_count_again(book: Path, sheetcrm: CommandLine) -> None:
    decide(book, ("C1", "C2", "different"))
    sheetcrm("merge", book, "--on", DAY)
    sheetcrm("undo", book)
    assert sheetcrm("undo", book, "--to", "1").code == 0
    sheetcrm("refresh", book, "--on", DAY)
    assert (("C1", "C2") in waiting_pairs(book), [line[0] for line in changed(book)]) == (
        False,
        ["different", "taken back", "taken back"],
    )


def test_an_undo_of_a_later_save_takes_no_earlier_word_back(book: Path, sheetcrm: CommandLine) -> None:
    decide(book, ("C1", "C2", "different"))
    sheetcrm("merge", book, "--on", DAY)
    with edited(book) as made:
        page = sheet(made, "Clients")
        page.cell(header_row(page) + 3, column(page, "City")).value = "York"
    sheetcrm("refresh", book, "--on", date(2026, 12, 22))
    assert "decisions" not in sheetcrm("undo", book).err
    sheetcrm("refresh", book, "--on", DAY)
    assert (("C1", "C2") in waiting_pairs(book), [line[0] for line in changed(book)]) == (False, ["different"])


def test_no_inner_number_stands_before_her_in_changes(book: Path, sheetcrm: CommandLine) -> None:
    decide(book, ("C5", "C6", "household"))
    sheetcrm("merge", book, "--on", DAY)
    sheetcrm("unmerge", book, "C1", "--on", DAY)
    details = {(action, detail) for action, *_, detail in changed(book) if action != "merged"}
    assert details == {("household", "comes up again when their data change"), ("taken apart", None)}


def type_below(path: Path, **cells: str) -> None:
    """Type a row right under the table Duplicates, by a program that does not let tables grow."""
    with edited(path) as made:
        page = sheet(made, "Duplicates")
        at = page.max_row + 1
        for header, cell in cells.items():
            page.cell(at, column(page, header.replace("_", " "))).value = cell


def words_of(path: Path) -> list[tuple[Any, ...]]:
    return values(path, "Duplicates", "Client 1", "Client 2", "Decision")


def test_a_pair_typed_under_the_table_stands_there_once_and_goes_when_she_empties_it(
    book: Path, sheetcrm: CommandLine
) -> None:
    type_below(book, Client_1="C3", Client_2="C6", Decision="merge")
    sheetcrm("refresh", book, "--on", DAY)
    assert [row for row in words_of(book) if set(row[:2]) == {"C3", "C6"}] == [("C3", "C6", "merge")]
    decide(book, ("C3", "C6", ""))
    sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "out")
    assert ({"C3", "C6"} in [set(row[:2]) for row in words_of(book)], merged(book)) == (False, {})


def test_a_pair_typed_under_the_table_is_not_merged_again_once_it_was_taken_apart(
    book: Path, sheetcrm: CommandLine
) -> None:
    type_below(book, Client_1="C3", Client_2="C6", Decision="merge")
    sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "out")
    assert merged(book) == {"C6": "C3"}
    sheetcrm("unmerge", book, "C6", "--on", DAY)
    sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "out")
    assert merged(book) == {}


def test_a_remark_of_hers_under_the_table_stays_there(book: Path, sheetcrm: CommandLine) -> None:
    type_below(book, Name_1="ask Ola about these")
    for _ in range(2):
        sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "out")
    with edited(book) as made:
        page = sheet(made, "Duplicates")
        assert page.cell(page.max_row, column(page, "Name 1")).value == "ask Ola about these"


@pytest.mark.parametrize(("typed", "lacks"), [({"Client_1": "C1"}, "Client 2"), ({}, "Client 1")])
def test_a_word_beside_nobody_is_told_with_its_cell(
    book: Path, sheetcrm: CommandLine, typed: dict[str, str], lacks: str
) -> None:
    decide(book, ("C1", "C2", ""))
    type_below(book, Decision="merge", **typed)
    done = sheetcrm("merge", book, "--on", DAY)
    assert (done.code, done.out.strip(), f"{lacks} is missing" in done.err) == (1, "Nothing was merged.", True)


def test_a_copy_put_back_after_a_merge_was_taken_apart_comes_apart_as_a_whole(
    book: Path, sheetcrm: CommandLine
) -> None:
    before = rows(book, "Clients")
    sheetcrm("merge", book, "--on", DAY)
    copy = book.read_bytes()
    sheetcrm("unmerge", book, "C1", "--on", DAY)
    book.write_bytes(copy)
    assert merged(book) == {"C1": "C2"}
    sheetcrm("unmerge", book, "C1", "--on", DAY)
    assert [{h: row[h] for h in before[0]} for row in rows(book, "Clients")] == before


def test_an_undo_beside_her_edits_takes_out_of_her_columns_what_merging_wrote_and_nothing_that_she_typed(
    book: Path, sheetcrm: CommandLine
) -> None:
    before = rows(book, "Clients")
    sheetcrm("merge", book, "--on", DAY)
    with edited(book) as made:
        page = sheet(made, "Clients")
        row = next(r for r in range(1, page.max_row + 1) if page.cell(r, column(page, "Client ID")).value == "C2")
        page.cell(row, column(page, "City")).value = "York"
        page.cell(row, column(page, "Notes")).value = "coffee"
    done = sheetcrm("undo", book)
    after = rows(book, "Clients")
    wanted = [{**row, **({"City": "York", "Notes": "coffee"} if row["Client ID"] == "C2" else {})} for row in before]
    assert [{h: row[h] for h in before[0]} for row in after] == wanted
    assert (done.code, "Notes" in done.err or "Clients " in done.err) == (0, True)


def test_a_pair_typed_with_who_stays_in_an_empty_sheet_leaves_the_sheet_ours(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    path = salon(tmp_path, clients=CLIENTS[2:], visits=VISITS[3:])
    sheetcrm("refresh", path, "--on", DAY)
    decide(path, ("C3", "C4", ""), ("C5", "C6", ""))
    with edited(path) as made:
        page = sheet(made, "Duplicates")
        at = header_row(page) + 1
        for row in range(at, page.max_row + 1):
            for cell in page[row]:
                cell.value = None
        for header, cell in {"Client 1": "C3", "Client 2": "C5", "Decision": "merge", "Who stays": "C5"}.items():
            page.cell(at, column(page, header)).value = cell
    assert (sheetcrm("merge", path, "--on", DAY).code, merged(path)) == (0, {"C3": "C5"})


@pytest.mark.parametrize("word", ["merge?", "? merge", "different?"])
def test_a_question_is_no_word_and_a_run_says_so(book: Path, sheetcrm: CommandLine, word: str) -> None:
    decide(book, ("C3", "C4", word))
    done = sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "out")
    assert (done.code, word in done.err, merged(book)) == (1, True, {})
    assert ("C3", "C4") in waiting_pairs(book)


def test_a_grey_row_copied_to_make_a_new_client_is_a_client_of_her_own(book: Path, sheetcrm: CommandLine) -> None:
    sheetcrm("merge", book, "--on", DAY)
    with edited(book) as made:
        page = sheet(made, "Clients")
        source = next(r for r in range(1, page.max_row + 1) if page.cell(r, column(page, "Client ID")).value == "C1")
        cells = {cell.column: cell.value for cell in page[source]}
        cells |= {column(page, "Name"): "Zoe New", column(page, "Phone"): "+44 20 7946 0099"}
        cells |= {column(page, "Email"): "zoe@example.com", column(page, "Birthday"): None}
        at = page.max_row + 1
        for where, cell in cells.items():
            page.cell(at, where).value = cell
    sheetcrm("refresh", book, "--on", DAY)
    assert values(book, "Clients", "Client ID", "Name", "Merged into")[-1] == ("C7", "Zoe New", None)
    assert merged(book) == {"C1": "C2"}


@pytest.mark.parametrize("way", ["emptied", "yesterday"])
def test_a_merge_whose_mark_is_gone_is_noted_as_taken_back_once(book: Path, sheetcrm: CommandLine, way: str) -> None:
    yesterday = book.read_bytes()
    sheetcrm("merge", book, "--on", DAY)
    if way == "yesterday":
        book.write_bytes(yesterday)
    else:
        with edited(book) as made:
            page = sheet(made, "Clients")
            for row in range(header_row(page) + 1, page.max_row + 1):
                page.cell(row, column(page, "Merged into")).value = None
    first = sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "out")
    assert "The mark of the merge Anna Smith (C1) → Anna Smith (C2) is gone" in first.err
    assert changed(book)[-1] == ("taken back", "C2", "C1", "merged")
    again = sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "out")
    assert ("is gone" in again.err, ("C1", "C2") in waiting_pairs(book)) == (False, True)
    assert (sheetcrm("merge", book, "--on", DAY).code, merged(book)) == (0, {"C1": "C2"})


def test_a_word_corrected_in_changes_costs_no_cell_its_text(book: Path, sheetcrm: CommandLine) -> None:
    with edited(book) as made:
        page = sheet(made, "Clients")
        row = next(r for r in range(1, page.max_row + 1) if page.cell(r, column(page, "Client ID")).value == "C2")
        page.cell(row, column(page, "Notes")).value = "allergic to nikel"
    sheetcrm("merge", book, "--on", DAY)
    with edited(book) as made:
        page = sheet(made, "Changes")
        for row in range(1, page.max_row + 1):
            if page.cell(row, column(page, "Before")).value == "allergic to nikel":
                page.cell(row, column(page, "Before")).value = "allergic to nickel"
    shutil.rmtree(sheetcrm.state)
    sheetcrm("unmerge", book, "C1", "--on", DAY)
    assert dict(values(book, "Clients", "Client ID", "Notes"))["C2"] == "allergic to nikel"
