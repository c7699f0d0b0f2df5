"""What was done about pairs of clients is kept twice, in the journal and in the sheet Changes: either makes the other whole."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from operator import itemgetter
from pathlib import Path

import numpy as np
import pytest
from command_line import CommandLine
from hypothesis import given
from hypothesis import strategies as st
from invariants import complaints
from old_journals import make_older
from owner_hand import BORN, DAY, client, column, edited, header_row, rename, rows, salon, sheet, sort_rows, values

from sheetcrm.crm.acts import Act, CellChange, new_act
from sheetcrm.crm.fields import CHANGES
from sheetcrm.crm.tables import Cell, CellError, Column, Table
from sheetcrm.delivery.journal import Journal
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.running.refreshing import refresh_book
from sheetcrm.workbook.book import read_workbook
from sheetcrm.workbook.changes_sheet import acts_in, changes_content

PEOPLE = (client("C1", "Anna Smith", "anna", date(1990, 5, 5)), client("C2", "Ann Smith", "ann", Hair="brown"))


def changed(field: str, before: Cell, after: Cell, who: str = "C1") -> CellChange:
    return CellChange(who, field, before, after)


MERGED = Act(
    "00000000a1", "merge", "2026-11-22T10:00:00", "C1", "C2",
    (
        changed("other_phone", None, "0770 0900123"),
        changed("email", "anna@example.com", "anna@example.com", "C2"),
        changed("notes", "tea\nno milk", "tea\nno milk\n=1+1"),
        changed("birthday", None, date(1990, 5, 5)),
        changed("client_since", date(2020, 1, 2), date(2019, 1, 2)),
        changed("Hair", 12.5, True),
        changed("merged_into", None, "C1", "C2"),
    ),
)  # fmt: skip
APART = Act(
    "00000000a2",
    "unmerge",
    "2026-11-22T10:05:00",
    "C1",
    "C2",
    (changed("merged_into", "C1", None, "C2"),),
    "00000000ff",
)
TWO = Act("00000000a3", "household", "2026-11-22T10:06:00", "C2", "C1", (), "00000000fe")
ALL = (MERGED, APART, TWO)


@pytest.fixture
def state(sheetcrm: CommandLine) -> Path:
    """A state folder of its own."""
    return sheetcrm.state


def salon_with(tmp_path: Path, state: Path, *acts: Act, code: str = "en", **settings: str) -> Path:
    """A workbook, refreshed, whose journal knows of these acts, refreshed again."""
    book = salon(tmp_path, language=code, clients=PEOPLE, visits=[], **settings)
    refresh_book(book, on=DAY)
    with Journal.open(state, read_workbook(book).identity.id) as journal:
        journal.record_plan(acts=acts)
    refresh_book(book, on=DAY)
    return book


def known(book: Path, state: Path) -> tuple[Act, ...]:
    with Journal.read(state, read_workbook(book).identity.id) as journal:
        return journal.acts()


def own(acts: tuple[Act, ...]) -> tuple[Act, ...]:
    """The same acts with her own column by its slug, as reading a workbook has it."""

    def slugged(cell: CellChange) -> CellChange:
        return replace(cell, field="hair") if cell.field == "Hair" else cell

    return tuple(replace(act, cells=tuple(map(slugged, act.cells))) for act in acts)


# in the journal


def test_the_journal_gives_acts_back_as_they_were_each_once_and_in_order_of_time(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "w1") as journal:
        journal.record_plan(acts=[TWO, MERGED])
        journal.record_plan(acts=[APART, MERGED])
    with Journal.open(tmp_path, "w1") as journal:
        assert (journal.acts(), journal.unite_acts([TWO, Act("00000000a4", "different", "2026", "C8", "C9")])) == (
            ALL,
            1,
        )


def test_acts_of_one_second_stay_in_the_order_in_which_they_were_done(tmp_path: Path) -> None:
    acts = tuple(Act(f"{9 - n:010}", "different", "2026-11-22T10:00:00", "C1", f"C{n}") for n in range(2, 6))
    with Journal.open(tmp_path, "w1") as journal:
        journal.record_plan(acts=acts)
        assert journal.acts() == acts


cells = st.one_of(
    st.none(),
    st.text(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.sampled_from([CellError("#N/A"), CellError("#DIV/0!")]),
)


@given(before=cells, after=cells)
def test_a_cell_comes_out_of_the_journal_as_the_kind_of_thing_it_was(
    tmp_path_factory: pytest.TempPathFactory, before: Cell, after: Cell
) -> None:
    act = Act("00000000a1", "merge", "2026-11-22T10:00:00", "C1", "C2", (changed("Hair", before, after),))
    with Journal.open(tmp_path_factory.mktemp("state"), "w1") as journal:
        journal.record_plan(acts=[act])
        (back,) = journal.acts()[0].cells
    assert (back.before, back.after) == (before, after)
    assert (type(back.before), type(back.after)) == (type(before), type(after))


def test_an_id_that_gave_way_gives_way_in_acts_too(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "w1") as journal:
        journal.record_plan(acts=[MERGED, Act("00000000a9", "different", "2026", "C8", "C9")])
        journal.rename_client("C2", "C7")
        assert [(act.left, act.right, {c.client_id for c in act.cells}) for act in journal.acts()] == [
            ("C8", "C9", set()),
            ("C1", "C7", {"C1", "C7"}),
        ]


def test_a_journal_of_format_2_keeps_what_it_knows_and_learns_to_remember_acts(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "w1") as journal:
        journal.record_plan(ids=["C1"], meta={"first_run": "2026-11-01"})
    make_older(tmp_path / "w1.sqlite", 2)
    with Journal.open(tmp_path, "w1") as migrated:
        migrated.record_plan(acts=ALL)
        assert (migrated.acts(), migrated.get("first_run"), migrated.is_new) == (ALL, "2026-11-01", False)
    assert (tmp_path / "w1.v2.sqlite").exists()


def test_an_act_planned_again_is_the_same_and_one_done_again_is_another() -> None:
    first = new_act("different", "C1", "C2", mark="m", before=())
    again = new_act("different", "C1", "C2", mark="m", before=(TWO,))
    assert (new_act("different", "C1", "C2", mark="m", before=()) == first, again.id == first.id) == (True, False)


# in the sheet


def test_the_sheet_has_a_line_for_each_cell_the_newest_last(tmp_path: Path, state: Path) -> None:
    book = salon_with(tmp_path, state, *ALL)
    assert values(book, "Changes", "Change no.", "Action", "Client ID", "Client", "Other client's ID", "Field") == [
        ("00000000a1.1", "merged", "C1", "Anna Smith", "C2", "Other phone"),
        ("00000000a1.2", "merged", "C2", "Ann Smith", "C1", "Email"),
        ("00000000a1.3", "merged", "C1", "Anna Smith", "C2", "Notes"),
        ("00000000a1.4", "merged", "C1", "Anna Smith", "C2", "Birthday"),
        ("00000000a1.5", "merged", "C1", "Anna Smith", "C2", "Client since"),
        ("00000000a1.6", "merged", "C1", "Anna Smith", "C2", "Hair"),
        ("00000000a1.7", "merged", "C2", "Ann Smith", "C1", "Merged into"),
        ("00000000a2.1.00000000ff", "taken apart", "C2", "Ann Smith", "C1", "Merged into"),
        ("00000000a3.1.00000000fe", "household", "C2", "Ann Smith", "C1", None),
    ]
    assert [(row["Before"], row["After"], row["Detail"]) for row in rows(book, "Changes")] == [
        (None, "0770 0900123", None),
        ("anna@example.com", "anna@example.com", "stays in the merged row only"),
        ("tea\nno milk", "tea\nno milk\n=1+1", None),
        (None, date(1990, 5, 5), None),
        (date(2020, 1, 2), date(2019, 1, 2), None),
        (12.5, True, None),
        (None, "C1", None),
        ("C1", None, None),
        (None, None, "comes up again when their data change"),
    ]
    wrong = [
        line for line in complaints(book.read_bytes()) if "reaches to row 2" not in line
    ]  # empty tables, as `new` has them
    assert (refresh_book(book, on=DAY).written, wrong) == (False, [])


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_lost_journal_is_made_again_from_the_sheet_in_whatever_language(
    tmp_path: Path, state: Path, code: str
) -> None:
    book = salon_with(tmp_path, state, *ALL, code=code)
    words = language(code)
    title = words.sheet("Changes")
    with edited(book) as file:
        assert words.choice("unmerged") in [cell.value for cell in file[title]["C"]]
    shutil.rmtree(state)
    assert not refresh_book(book, on=DAY).written
    assert known(book, state) == own(ALL)


def test_a_lost_journal_is_made_again_however_she_has_sorted_the_sheet_and_renamed_her_columns(
    tmp_path: Path, state: Path
) -> None:
    book = salon_with(tmp_path, state, *ALL, **{"column.birthday": "Came into the world"})
    with edited(book) as file:
        rename(sheet(file, "Clients"), "Birthday", "Came into the world")
        rename(sheet(file, "Clients"), "Other phone", "Telefon 2")
    refresh_book(book, on=DAY)
    assert "Came into the world" in {row["Field"] for row in rows(book, "Changes")}
    with edited(book) as file:
        page = sheet(file, "Changes")
        sort_rows(page, "Field", reverse=True)
        rename(page, "Before", "Was")
        rename(page, "Action", "What")
        page.cell(2, page.max_column + 1).value = "a note of hers"
    shutil.rmtree(state)
    refresh_book(book, on=DAY)
    assert known(book, state) == own(ALL)


def test_of_two_columns_with_one_header_each_is_told_by_its_slug() -> None:
    headers = {"hair": "Hair", "hair_2": "HAIR", "notes": "Remarks"}
    cells = tuple(changed(field, None, "red") for field in ("hair", "hair_2", "notes"))
    act = Act("00000000a1", "merge", "2026-11-22T10:00:00", "C1", "C2", cells)
    clients = Table("Clients", np.empty(0), {}, headers=headers)
    lines = changes_content([act], clients, (), language("en")).rows
    told = {name: Column.encode([line[name] for line in lines]) for name in CHANGES.names}
    assert [line["field"] for line in lines] == ["hair", "hair_2", "Remarks"]
    assert acts_in(Table("Changes", np.arange(3), told), headers)[0].cells == cells


def test_a_sheet_changes_that_she_deleted_or_that_an_older_copy_lacks_is_made_again(
    tmp_path: Path, state: Path
) -> None:
    book = salon_with(tmp_path, state, MERGED)
    before = rows(book, "Changes")
    with edited(book) as file:
        del file["Changes"]
    refresh_book(book, on=DAY)
    assert rows(book, "Changes") == before


def test_what_she_types_into_changes_does_not_change_what_was_done(tmp_path: Path, state: Path) -> None:
    book = salon_with(tmp_path, state, *ALL)
    before = rows(book, "Changes")
    with edited(book) as file:
        page = sheet(file, "Changes")
        page.cell(2, column(page, "After")).value = "another number"
        page.cell(3, column(page, "Action")).value = "household"
        page.cell(4, column(page, "Change no.")).value = None
    refresh_book(book, on=DAY)
    assert known(book, state) == ALL
    assert sorted(rows(book, "Changes"), key=itemgetter("Change no.")) == before


def test_a_line_that_nobody_can_read_is_no_act(tmp_path: Path, state: Path) -> None:
    book = salon_with(tmp_path, state, *ALL)
    with edited(book) as file:
        page = sheet(file, "Changes")
        for key, action in (
            ("", "household"),
            ("00000000b1.1", "sold"),
            ("b1.1", "household"),
            ("00000000b2", "merged"),
        ):
            page.append([key, None, action, "C1", None, "C2"])
    shutil.rmtree(state)
    refresh_book(book, on=DAY)
    assert known(book, state) == own(ALL)


def test_a_sheet_of_her_own_called_changes_stays_hers(tmp_path: Path, state: Path) -> None:
    book = salon(tmp_path, clients=PEOPLE, visits=[])
    with edited(book) as file:
        file.create_sheet("Changes").append(["Date", "What", "Who"])
        file["Changes"].append([DAY, "new lamp", "Anna"])
    refresh_book(book, on=DAY)
    with Journal.open(state, read_workbook(book).identity.id) as journal:
        journal.record_plan(acts=[TWO])
    refresh_book(book, on=DAY)
    with edited(book) as file:
        hers = [[cell.value for cell in line][1:] for line in file["Changes"].iter_rows()]
    assert (hers, len(rows(book, "Changes"))) == ([["What", "Who"], ["new lamp", "Anna"]], 1)
    assert not refresh_book(book, on=DAY).written


def test_a_merge_whose_state_folder_was_lost_is_taken_back_all_the_same(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = salon(
        tmp_path,
        clients=[
            client("C1", "Anna Smith", "anna", None, phone="07700 900123", notes="tea", client_since=date(2021, 1, 1)),
            client(
                "C2", "Ann Smith", "ann", BORN, phone="07700900123", city="Leeds", Size=12.5, VIP="0770",
                client_since=date(2020, 1, 1), no_contact="yes", email_consent="no", notes="no milk",
            ),
        ],
        visits=[],
    )  # fmt: skip
    sheetcrm("refresh", book, "--on", DAY.isoformat())
    before = rows(book, "Clients")
    with edited(book) as file:
        page = sheet(file, "Duplicates")
        page.cell(header_row(page) + 1, column(page, "Decision")).value = "merge"
    assert sheetcrm("merge", book, "--on", DAY.isoformat()).code == 0
    merged = rows(book, "Clients")
    shutil.rmtree(sheetcrm.state)
    assert sheetcrm("unmerge", book, "C2", "--on", DAY.isoformat()).code == 0
    after = rows(book, "Clients")
    assert (merged != before, [{name: row[name] for name in before[0]} for row in after]) == (True, before)
    assert values(book, "Changes", "Action")[-1] == ("taken apart",)
    sheetcrm("refresh", book, "--on", DAY.isoformat())
    assert rows(book, "Duplicates") == []  # she has said that they are two
