"""`sheetcrm merge` and `sheetcrm unmerge`: the owner's word in the sheet Duplicates is carried out, and taken back."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from openpyxl import Workbook, load_workbook
from owner_hand import (
    append,
    client,
    column,
    edited,
    header_row,
    opened_in_excel,
    rows,
    salon,
    sheet,
    sort_rows,
    values,
    visit,
)

DAY = date(2026, 11, 22)
BORN = date(1990, 3, 8)
CLIENTS = (
    client("C1", "Anna Smith", "anna", BORN, phone="+44 20 7946 0001", notes="tea, no sugar"),
    client("C2", "Anna Smith", "anna.smith", BORN, phone="+44 20 7946 0001", email_consent="no", city="Leeds"),
    client("C3", "Eve Green", "eve", date(1980, 3, 8), phone="+44 20 7946 0003"),
    client("C4", "Evee Green", "e.green", date(1980, 8, 3), phone="+44 20 7946 0003"),
    client("C5", "Tom Hill", "hill", phone="+44 20 7946 0005"),
    client("C6", "Sue Hill", "hill", phone="+44 20 7946 0005"),
)
VISITS = (
    visit(date(2026, 9, 1), "C1", 40.0),
    visit(date(2026, 10, 1), "C2", 60.0),
    visit(date(2026, 10, 2), "C2", 70.0),
    visit(date(2026, 10, 5), "C3", 30.0),
)


@pytest.fixture
def book(tmp_path: Path, sheetcrm: CommandLine) -> Path:
    path = salon(tmp_path, clients=CLIENTS, visits=VISITS)
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    return path


def decide(path: Path, *decisions: tuple[str, str, str], keep: str = "") -> None:
    """Type words beside pairs, whichever of the two stands first; an empty one takes out what stands there."""
    with edited(path) as made:
        page = sheet(made, "Duplicates")
        left, right, word, whom = (column(page, h) for h in ("Client 1", "Client 2", "Decision", "Who stays"))
        for one, other, said in decisions:
            row = next(
                r
                for r in range(1, page.max_row + 1)
                if {page.cell(r, left).value, page.cell(r, right).value} == {one, other}
            )
            page.cell(row, word).value = said or None
            if keep:
                page.cell(row, whom).value = keep


def type_below(path: Path, left: str, right: str, word: str = "", keep: str = "") -> None:
    """Type two ids and a decision into the empty row below the last pair."""
    cells = {"Client 1": left, "Client 2": right, "Decision": word or None, "Who stays": keep or None}
    with edited(path) as made:
        append(sheet(made, "Duplicates"), cells)


def type_a_new_client(path: Path) -> None:
    """Type a client who looks like one of the list, so that Duplicates is written anew."""
    with edited(path) as made:
        append(sheet(made, "Clients"), {"Name": "Tom Hill", "Phone": "+44 20 7946 0005"})


def words_on(path: Path, one: str, other: str) -> list[Any]:
    """Return what stands under Decision in the rows of a pair, in whichever order of its ids."""
    told = values(path, "Duplicates", "Client 1", "Client 2", "Decision")
    return [word for left, right, word in told if {left, right} == {one, other}]


def people(path: Path, *headers: str) -> list[tuple[Any, ...]]:
    return values(path, "Clients", "Client ID", *headers)


def merged(path: Path) -> dict[str, str]:
    return {i: into for i, into in people(path, "Merged into") if into}


def test_what_is_certain_waits_pre_filled_and_nothing_is_merged_until_merge_runs(
    book: Path, sheetcrm: CommandLine
) -> None:
    words = values(book, "Duplicates", "Client 1", "Client 2", "Certainty", "Decision")
    assert ("C1", "C2", "certain", "merge") in words
    assert [word for *_, tier, word in words if tier != "certain"] == [None] * (len(words) - 1)
    for command in ("refresh", "run"):
        assert sheetcrm(command, book, "--on", DAY, "--dry-run" if command == "run" else "--json").code in (0, 2)
    assert merged(book) == {}


def test_two_rows_become_one_client_with_all_that_either_holds(book: Path, sheetcrm: CommandLine) -> None:
    before = rows(book, "Clients")
    spent = sum(row["Total spend"] for row in before)
    done = sheetcrm("merge", book, "--on", DAY)
    assert (done.code, done.err) == (0, "")
    assert "Merged: Anna Smith (C1) → Anna Smith (C2)." in done.out  # who has more visits stays
    after = {row["Client ID"]: row for row in rows(book, "Clients")}
    kept, gone = after["C2"], after["C1"]
    assert (kept["Visits"], kept["Total spend"], gone["Visits"], gone["Total spend"]) == (3, 170, None, None)
    assert (kept["Email"], kept["Other email"], kept["City"]) == (
        "anna.smith@example.com",
        "anna@example.com",
        "Leeds",
    )
    assert (kept["Notes"], kept["Email consent"], gone["Merged into"]) == ("tea, no sugar", "no", "C2")
    assert sum(row["Total spend"] or 0 for row in after.values()) == spent
    hers = ("Name", "Phone", "Email", "Birthday", "Notes")
    assert [gone[h] for h in hers] == [before[0][h] for h in hers]  # and stays as it was


def test_merging_again_finds_nothing_to_do_and_writes_nothing(book: Path, sheetcrm: CommandLine) -> None:
    sheetcrm("merge", book, "--on", DAY)
    before = book.read_bytes()
    again = sheetcrm("merge", book, "--on", DAY, "--json")
    assert (again.code, again.json["merged"], again.json["written"], book.read_bytes() == before) == (
        0,
        [],
        False,
        True,
    )
    refreshed = sheetcrm("refresh", book, "--on", DAY, "--json")
    assert (refreshed.json["written"], book.read_bytes() == before) == (False, True)


def test_a_dry_run_says_it_and_writes_nothing(book: Path, sheetcrm: CommandLine) -> None:
    before = book.read_bytes()
    done = sheetcrm("merge", book, "--on", DAY, "--dry-run")
    assert "Would be merged: Anna Smith (C1) → Anna Smith (C2)." in done.out
    assert (done.code, book.read_bytes() == before) == (0, True)


def test_she_chooses_whom_to_keep_in_the_sheet_or_on_the_command_line(book: Path, sheetcrm: CommandLine) -> None:
    copy = Path(shutil.copy(book, book.with_name("other.xlsx")))
    first = next(
        left for left, right in values(book, "Duplicates", "Client 1", "Client 2") if {left, right} == {"C1", "C2"}
    )
    decide(book, ("C1", "C2", "merge"), keep="1" if first == "C1" else "2")
    sheetcrm("merge", book, "--on", DAY)
    book.unlink()  # else the copy is told to be another version of it
    sheetcrm("merge", copy, "--on", DAY, "--keep", "C1")
    assert merged(copy) == {"C2": "C1"}


def test_her_word_beside_a_likely_pair_is_carried_out_by_the_next_run_and_ours_is_not(
    book: Path, sheetcrm: CommandLine
) -> None:
    decide(book, ("C3", "C4", "merge"))
    done = sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "out")
    assert done.code == 0, done.err
    assert merged(book) == {"C4": "C3"}
    assert "Merged: Evee Green (C4) → Eve Green (C3)." in done.out + done.err


def test_with_auto_merge_what_is_certain_is_merged_by_a_refresh_and_nothing_else(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    path = salon(tmp_path, clients=CLIENTS, visits=VISITS, auto_merge="yes")
    done = sheetcrm("refresh", path, "--on", DAY)
    assert merged(path) == {"C1": "C2"}
    assert "Merged: Anna Smith (C1) → Anna Smith (C2)." in done.out + done.err
    before = path.read_bytes()
    assert sheetcrm("refresh", path, "--on", DAY, "--json").json["written"] is False
    assert path.read_bytes() == before


def test_a_word_of_ours_that_she_took_out_stays_out_also_with_auto_merge(book: Path, sheetcrm: CommandLine) -> None:
    decide(book, ("C1", "C2", ""))
    with edited(book) as made:
        page = sheet(made, "Settings")
        page.append(["auto_merge", "yes"])
        page.tables["Settings"].ref = f"A{header_row(page)}:C{page.max_row}"
    sheetcrm("refresh", book, "--on", DAY)
    sheetcrm("merge", book, "--on", DAY)
    assert merged(book) == {}


def test_taken_back_every_cell_is_as_it_was(book: Path, sheetcrm: CommandLine) -> None:
    before = rows(book, "Clients")
    sheetcrm("merge", book, "--on", DAY)
    done = sheetcrm("unmerge", book, "C1", "--on", DAY)
    assert (done.code, done.err) == (0, "")
    after = [{header: row[header] for header in before[0]} for row in rows(book, "Clients")]
    assert after == before


def test_what_she_typed_since_stays_and_she_is_told(book: Path, sheetcrm: CommandLine) -> None:
    sheetcrm("merge", book, "--on", DAY)
    with edited(book) as made:
        page = sheet(made, "Clients")
        row = next(r for r in range(1, page.max_row + 1) if page.cell(r, column(page, "Client ID")).value == "C2")
        page.cell(row, column(page, "Notes")).value = "moved to Leeds"
    done = sheetcrm("unmerge", book, "C1", "--on", DAY, "--json")
    assert (done.code, len(done.json["conflicts"])) == (0, 1)
    assert "moved to Leeds" in done.json["conflicts"][0]
    assert dict(people(book, "Notes"))["C2"] == "moved to Leeds"
    assert merged(book) == {}


def test_a_pair_taken_apart_is_not_put_forward_again(book: Path, sheetcrm: CommandLine) -> None:
    sheetcrm("merge", book, "--on", DAY)
    sheetcrm("unmerge", book, "C1", "--on", DAY)
    sheetcrm("refresh", book, "--on", DAY)
    assert ("C1", "C2") not in [
        tuple(sorted(map(str, pair))) for pair in values(book, "Duplicates", "Client 1", "Client 2")
    ]


@pytest.mark.parametrize(("client_id", "words"), [("C3", "C3"), ("C99", "C99")])
def test_what_was_never_merged_cannot_be_taken_back(
    book: Path, sheetcrm: CommandLine, client_id: str, words: str
) -> None:
    before = book.read_bytes()
    done = sheetcrm("unmerge", book, client_id, "--on", DAY)
    assert (done.code, words in done.err, book.read_bytes() == before) == (2, True, True)


def test_a_merge_can_be_taken_back_with_the_state_folder_lost(book: Path, sheetcrm: CommandLine) -> None:
    before = rows(book, "Clients")
    sheetcrm("merge", book, "--on", DAY)
    shutil.rmtree(sheetcrm.state)
    assert sheetcrm("unmerge", book, "C1", "--on", DAY).code == 0
    assert [{h: row[h] for h in before[0]} for row in rows(book, "Clients")] == before


def test_an_older_copy_of_the_workbook_is_merged_again(book: Path, sheetcrm: CommandLine) -> None:
    yesterday = book.read_bytes()
    sheetcrm("merge", book, "--on", DAY)
    book.write_bytes(yesterday)
    assert sheetcrm("merge", book, "--on", DAY).code == 0
    assert merged(book) == {"C1": "C2"}


def test_undo_takes_a_merge_back_too_and_it_can_be_done_again(book: Path, sheetcrm: CommandLine) -> None:
    before = rows(book, "Clients")
    sheetcrm("merge", book, "--on", DAY)
    assert sheetcrm("undo", book).code == 0
    assert rows(book, "Clients") == before
    sheetcrm("merge", book, "--on", DAY)
    assert merged(book) == {"C1": "C2"}


def test_while_the_workbook_is_open_nothing_is_merged_and_it_is_done_when_it_is_closed(
    book: Path, sheetcrm: CommandLine
) -> None:
    note = opened_in_excel(book, "owner")
    before = book.read_bytes()
    done = sheetcrm("merge", book, "--on", DAY)
    assert (done.code, book.read_bytes() == before) == (1, True)
    note.unlink()
    assert (sheetcrm("merge", book, "--on", DAY).code, merged(book)) == (0, {"C1": "C2"})


def test_a_protected_list_is_left_and_said(book: Path, sheetcrm: CommandLine) -> None:
    with edited(book) as made:
        sheet(made, "Clients").protection.enable()
    before = book.read_bytes()
    done = sheetcrm("merge", book, "--on", DAY)
    assert (done.code, "Clients" in done.err, book.read_bytes() == before) == (3, True, True)


def test_a_household_is_remembered_and_nobody_of_it_is_merged(book: Path, sheetcrm: CommandLine) -> None:
    decide(book, ("C5", "C6", "household"))
    sheetcrm("refresh", book, "--on", DAY)
    with edited(book) as made:
        sort_rows(sheet(made, "Clients"), "Name", reverse=True)
    for _ in range(2):
        sheetcrm("refresh", book, "--on", DAY)
    assert ("C5", "C6") not in [tuple(sorted(map(str, p))) for p in values(book, "Duplicates", "Client 1", "Client 2")]
    assert merged(book) == {}


def test_a_merged_row_is_grey_by_a_rule_that_goes_with_it(book: Path, sheetcrm: CommandLine) -> None:
    sheetcrm("merge", book, "--on", DAY)
    page = sheet(load_workbook(book), "Clients")
    rules = [(str(area.sqref), rule.formula) for area in page.conditional_formatting for rule in area.rules]
    letter = page.cell(1, column(page, "Merged into")).column_letter
    first = header_row(page) + 1
    assert [formula for _, formula in rules].count([f'${letter}{first}<>""']) == 1
    sheetcrm("unmerge", book, "C1", "--on", DAY)
    decide_again = sheetcrm("merge", book, "--on", DAY)
    assert decide_again.code == 0
    again = sheet(load_workbook(book), "Clients")
    assert len([rule for area in again.conditional_formatting for rule in area.rules]) == len(rules)


def test_the_survivor_is_not_greeted_again_for_what_the_merged_one_was(tmp_path: Path, sheetcrm: CommandLine) -> None:
    today = date(1990, DAY.month, DAY.day)
    twice = (
        client("C1", "Anna Smith", "anna", today, phone="+44 20 7946 0001"),
        client("C2", "Anna Smith", "anna.s", today, phone="+44 20 7946 0001"),
    )
    path = salon(tmp_path, clients=twice[:1], visits=())
    out = tmp_path / "out"
    assert sheetcrm("run", path, "--on", DAY, "--outbox", out, "--json").json["sent"] == 1
    with edited(path) as made:
        page = sheet(made, "Clients")
        row = header_row(page) + 2
        for header, value in {
            "Client ID": "C2",
            "Name": "Anna Smith",
            "Email": "anna.s@example.com",
            "Birthday": today,
        }.items():
            page.cell(row, column(page, header)).value = value
        page.cell(row, column(page, "Phone")).value = "+44 20 7946 0001"
        page.cell(row, column(page, "Email consent")).value = "yes"
    sheetcrm("refresh", path, "--on", DAY)
    sheetcrm("merge", path, "--on", DAY, "--keep", "C2")
    assert merged(path) == {"C1": "C2"}
    assert sheetcrm("run", path, "--on", DAY, "--outbox", out, "--json").json["sent"] == 0


def plain_list(path: Path, *, legend_at: int | None = None) -> Path:
    """Two rows of one client with two phones, in a plain list; a legend may stand in a column."""
    made = Workbook()
    page: Any = made.active
    page.title = "Clients"
    page.append(["Client ID", "Name", "Phone", "Email", "Birthday"])
    page.append(["C1", "Anna Smith", "+44 20 7946 0001", "anna@example.com", BORN])
    page.append(["C2", "Anna Smith", "+44 20 7946 0002", "anna@example.com", BORN])
    page.auto_filter.ref = "A1:E3"
    if legend_at:
        legend(page, legend_at)
    made.save(path)
    return path


def legend(page: Any, at: int) -> None:
    for row in range(1, 6):
        page.cell(row, at).value = f"legend {row}"


def test_where_there_is_no_room_for_a_second_phone_it_stays_in_the_merged_row_and_that_is_told(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    path = plain_list(tmp_path / "list.xlsx")
    sheetcrm("refresh", path, "--on", DAY)
    with edited(path) as made:
        legend(made["Clients"], made["Clients"].max_column + 1)
    assert sheetcrm("merge", path, "--on", DAY).code == 0
    made = load_workbook(path)
    headers = [cell.value for cell in made["Clients"][1]]
    assert ("Other phone" in headers, made["Clients"]["C3"].value) == (False, "+44 20 7946 0002")
    told = [[cell.value for cell in row] for row in made["Changes"].iter_rows()]
    assert ["Other phone", "+44 20 7946 0002", "stays in the merged row only"] in [
        [row[7], row[9], row[10]] for row in told
    ]


def test_nothing_is_merged_where_the_mark_of_it_would_be_left_behind_by_sorting(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    path = plain_list(tmp_path / "list.xlsx", legend_at=6)
    sheetcrm("refresh", path, "--on", DAY)
    assert "Merged into" not in [cell.value for cell in load_workbook(path)["Clients"][1]]
    done = sheetcrm("merge", path, "--on", DAY)
    assert (done.code, "Merged into" in done.err, done.err.count("\n")) == (3, True, 1)
    assert "Changes" not in load_workbook(path).sheetnames


def test_visits_typed_by_the_id_or_the_contact_of_a_merged_row_alone_are_its_own_again_once_it_is_taken_apart(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    visits = [visit(date(2026, 9, 1), "C1", 1), visit(date(2026, 9, 2), "C1", 2), visit(date(2026, 9, 3), "C2", 4)]
    path = salon(tmp_path, clients=CLIENTS[:2], visits=visits)
    sheetcrm("refresh", path, "--on", DAY)
    sheetcrm("merge", path, "--on", DAY)
    assert merged(path) == {"C2": "C1"}
    with edited(path) as made:  # a visit while she is one
        page, typed = (
            sheet(made, "Visits"),
            {"Date": date(2026, 10, 9), "Client": "anna.smith@example.com", "Amount": 8},
        )
        for header, cell in typed.items():
            page.cell(header_row(page) + 4, column(page, header)).value = cell
    for _ in range(2):
        sheetcrm("refresh", path, "--on", DAY)
    assert dict(people(path, "Total spend"))["C1"] == 15
    sheetcrm("unmerge", path, "C2", "--on", DAY)
    sheetcrm("refresh", path, "--on", DAY)
    assert people(path, "Total spend") == [("C1", 3), ("C2", 12)]


# pairs that she types below the last one


@pytest.mark.parametrize(("left", "right"), [("C1", "C2"), ("C2", "C1")])
@pytest.mark.parametrize("refreshed", [True, False])
def test_her_different_in_a_row_of_her_own_beats_the_merge_that_we_filled_in(
    book: Path, sheetcrm: CommandLine, left: str, right: str, refreshed: bool
) -> None:
    type_below(book, left, right, "different")
    if refreshed:
        type_a_new_client(book)
        sheetcrm("refresh", book, "--on", DAY)
    done = sheetcrm("merge", book, "--on", DAY)
    assert (done.code, done.err) == (0, "")
    assert sheetcrm("merge", book, "--on", DAY).code == 0
    assert (merged(book).keys() & {"C1", "C2"}, words_on(book, "C1", "C2")) == (set(), [])
    told = values(book, "Changes", "Action", "Client ID", "Other client's ID")
    assert ("different", left, right) in told


def test_a_word_of_hers_that_cannot_be_read_holds_the_merge_that_we_filled_in(
    book: Path, sheetcrm: CommandLine
) -> None:
    type_below(book, "C2", "C1", "two persons")
    done = sheetcrm("merge", book, "--on", DAY)
    assert (done.code, "two persons" in done.err, merged(book)) == (1, True, {})


def test_whom_to_keep_in_a_row_of_her_own_counts_for_the_merge_that_we_filled_in(
    book: Path, sheetcrm: CommandLine
) -> None:
    type_below(book, "C2", "C1", keep="Client 2")
    sheetcrm("merge", book, "--on", DAY)
    assert merged(book) == {"C2": "C1"}


def test_a_merge_typed_below_of_a_listed_pair_goes_into_its_row_when_the_sheet_is_written_anew(
    book: Path, sheetcrm: CommandLine
) -> None:
    type_below(book, "C4", "C3", "merge", keep="Client 1")
    type_a_new_client(book)
    sheetcrm("refresh", book, "--on", DAY)
    assert words_on(book, "C3", "C4") == ["merge"]
    sheetcrm("merge", book, "--on", DAY)
    assert merged(book)["C3"] == "C4"


def test_two_words_of_hers_that_contradict_both_stay_and_are_told_until_she_has_settled_it(
    book: Path, sheetcrm: CommandLine
) -> None:
    decide(book, ("C3", "C4", "merge"))
    type_below(book, "C4", "C3", "different")
    for _ in range(2):
        type_a_new_client(book)
        sheetcrm("refresh", book, "--on", DAY)
        done = sheetcrm("merge", book, "--on", DAY)
        assert (done.code, done.err.count("two decisions"), words_on(book, "C3", "C4")) == (
            1,
            1,
            ["merge", "different"],
        )
    assert merged(book).keys() & {"C3", "C4"} == set()
    assert "two decisions" in next(row["Why"] for row in rows(book, "Duplicates") if row["Decision"] == "different")
    decide(book, ("C3", "C4", ""))
    sheetcrm("merge", book, "--on", DAY)
    assert words_on(book, "C3", "C4") == []
    told = values(book, "Changes", "Action", "Client ID", "Other client's ID")
    assert [set(ids) for action, *ids in told if action == "different"] == [{"C3", "C4"}]


def test_different_and_household_on_one_pair_are_told_too(book: Path, sheetcrm: CommandLine) -> None:
    decide(book, ("C1", "C2", ""), ("C3", "C4", "household"))
    type_below(book, "C4", "C3", "different")
    done = sheetcrm("merge", book, "--on", DAY)
    assert (done.code, "two decisions" in done.err) == (1, True)


def test_a_word_that_was_refused_stays_and_is_told_again_though_another_pair_is_merged(
    book: Path, sheetcrm: CommandLine
) -> None:
    type_below(book, "C6", "C5", "merge")
    type_below(book, "C3", "C6", "merge")
    for _ in range(2):
        type_a_new_client(book)
        done = sheetcrm("merge", book, "--on", DAY)
        assert (done.code, "look like two people" in done.err) == (1, True)
        assert (words_on(book, "C5", "C6"), words_on(book, "C3", "C6")) == (["merge"], ["merge"])
    assert merged(book).keys() & {"C3", "C5", "C6"} == set()
