"""The sheet Duplicates, where the owner decides: what stands in it, what of hers stays, what is read out of it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from invariants import complaints
from openpyxl import load_workbook
from owner_hand import (
    append,
    column,
    edited,
    header_row,
    rename,
    retitle,
    rows,
    salon,
    sheet,
    sort_rows,
    swap_columns,
    values,
)

import sheetcrm as crm
from sheetcrm.crm.decisions import Decision
from sheetcrm.crm.fields import DECISIONS
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.running import refresh_book
from sheetcrm.testing import MemoryTransport
from sheetcrm.workbook import duplicates_sheet, writing
from sheetcrm.workbook.book import read_workbook

pytestmark = pytest.mark.usefixtures("sheetcrm")  # a state folder of its own

DAY = date(2026, 11, 22)
ANNA = {"client_id": "C1", "name": "Anna Nowak", "phone": "601 234 567", "email": "anna@example.com", "city": "Kielce"}
TWIN = {
    "client_id": "C2",
    "name": "Nowak Anna",
    "phone": "+48601234567",
    "birthday": date(1990, 3, 2),
    "city": "Kielce",
}
BRIDE = {"client_id": "C3", "name": "Magda Kos", "phone": "603222333", "email": "magda@example.com"}
WIFE = {"client_id": "C4", "name": "Magda Lis", "phone": "603222333", "email": "magda@example.com"}
HIM = {"client_id": "C5", "name": "Piotr Wrona", "phone": "604333444", "birthday": date(1980, 1, 1)}
HER = {"client_id": "C6", "name": "Ewa Wrona", "phone": "604333444", "birthday": date(1982, 5, 5)}
OTHER = {"client_id": "C7", "name": "Zofia Maj", "phone": "605444555"}
PEOPLE = ({**ANNA, "birthday": date(1990, 3, 2)}, TWIN, BRIDE, WIFE, HIM, HER, OTHER)
VISITS = (
    {"date": date(2026, 9, 1), "client": "C1", "amount": 40.0},
    {"date": date(2026, 10, 1), "client": "C1", "amount": 40.0},
    {"date": date(2026, 10, 5), "client": "C2", "amount": 40.0},
)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = salon(tmp_path, clients=PEOPLE, visits=VISITS, country="PL")
    refresh_book(path, on=DAY)
    return path


def pairs(path: Path, *headers: str) -> list[tuple[Any, ...]]:
    return values(path, "Duplicates", "Client 1", "Client 2", *headers)


def typed(path: Path, row: int, **cells: Any) -> None:
    """Type into a row of Duplicates, counted from the first pair; `who` stands for `Who stays`."""
    headers = {"decision": "Decision", "who": "Who stays", "note": "My note"}
    with edited(path) as file:
        page = sheet(file, "Duplicates")
        top = header_row(page)
        for name, value in cells.items():
            if name == "note" and "My note" not in {cell.value for cell in page[top]}:
                page.cell(top, page.max_column + 1).value = "My note"
            page.cell(top + row, column(page, headers[name])).value = value


def in_clients(path: Path, client_id: str, header: str, value: Any) -> None:
    with edited(path) as file:
        page = sheet(file, "Clients")
        ids = column(page, "Client ID")
        row = next(line[0].row for line in page.iter_rows(min_row=2) if line[ids - 1].value == client_id)
        page.cell(row, column(page, header)).value = value


def settled(path: Path, state: Path | None = None) -> bool:
    """Whether a further refresh, with nothing remembered, leaves the file alone, and nothing is wrong with it."""
    before = path.read_bytes()
    if state is not None:
        shutil.rmtree(state)
    again = refresh_book(path, on=DAY)
    wrong = [line for line in complaints(before) if "reaches to row 2" not in line]  # an empty table, as `new` makes it
    return (again.written, path.read_bytes() == before, wrong) == (False, True, [])


def decided(path: Path) -> tuple[Decision, ...]:
    return read_workbook(path).snapshot.decisions


# what stands in it


def test_the_surest_pairs_come_first_and_only_of_these_a_merge_is_filled_in(book: Path) -> None:
    assert pairs(book, "Certainty", "Decision", "Who stays") == [
        ("C1", "C2", "certain", "merge", None),
        ("C3", "C4", "changed surname", None, None),
        ("C5", "C6", "household", None, None),
    ]


def test_both_people_stand_side_by_side_as_they_stand_in_the_list(book: Path) -> None:
    first = rows(book, "Duplicates")[0]
    shown = {name: (first[f"{name} 1"], first[f"{name} 2"]) for name in ("Name", "Phone", "Email", "Birthday", "City")}
    assert shown == {
        "Name": ("Anna Nowak", "Nowak Anna"),
        "Phone": ("601 234 567", "+48601234567"),
        "Email": ("anna@example.com", None),
        "Birthday": (date(1990, 3, 2), date(1990, 3, 2)),
        "City": ("Kielce", "Kielce"),
    }
    assert [first[name] for name in ("Visits 1", "Visits 2", "Last visit 1", "Last visit 2")] == [
        2, 1, date(2026, 10, 1), date(2026, 10, 5),
    ]  # fmt: skip
    assert first["Why"].startswith("the same name (+")


def test_what_she_decides_by_stands_before_what_she_may_want_to_look_at(book: Path) -> None:
    page = sheet(load_workbook(book), "Duplicates")
    assert [cell.value for cell in page[header_row(page)]][:6] == [
        "Decision", "Name 1", "Name 2", "Certainty", "Why", "Who stays",
    ]  # fmt: skip
    assert (page.freeze_panes, page["A1"].value) == ("D3", language("en").say("pairs_note"))


def test_what_differs_strikes_the_eye_and_how_a_thing_is_typed_is_no_difference(book: Path) -> None:
    page = sheet(load_workbook(book), "Duplicates")
    top = header_row(page)

    def fills(row: int, *names: str) -> list[str]:
        cells = (page.cell(top + row, column(page, f"{name} {side}")) for name in names for side in (1, 2))
        return [cell.fill.fgColor.rgb[2:] for cell in cells]

    assert fills(1, "Name", "Phone", "Email", "Birthday", "City") == ["000000"] * 10
    assert fills(2, "Name", "Phone", "Email") == ["FBE3E4"] * 2 + ["000000"] * 4
    assert fills(3, "Name", "Birthday") == ["FBE3E4"] * 4
    tiers = [page.cell(top + row, column(page, "Certainty")).fill.fgColor.rgb[2:] for row in (1, 2, 3)]
    assert len(set(tiers)) == 3


def test_one_name_in_two_scripts_is_no_difference_but_a_letter_more_is(tmp_path: Path) -> None:
    names = (("Оксана Мельник", "Oksana Melnyk", "Kraków", "Krakow"), ("Joanna Bianchi", "Joanna Bianci", None, None))
    for one, other, here, there in names:
        born = {"birthday": date(1990, 3, 2), "phone": "601234567"}
        people = [{"name": one, "city": here, **born}, {"name": other, "city": there, **born}]
        (tmp_path / one).mkdir()
        path = salon(tmp_path / one, clients=people, visits=[], country="PL")
        refresh_book(path, on=DAY)
        page = sheet(load_workbook(path), "Duplicates")
        row = page[header_row(page) + 1]
        red = {page.cell(header_row(page), c.column).value for c in row if c.fill.fgColor.rgb == "FFFBE3E4"}
        assert red == ({"Name 1", "Name 2"} if here is None else set())


def test_a_birthday_without_year_and_a_phone_that_is_a_number_read_as_in_the_list(tmp_path: Path) -> None:
    people = [
        {"client_id": "C1", "name": "Anna Nowak", "phone": 601234567, "birthday": "8 March"},
        {"client_id": "C2", "name": "Anna Nowak", "phone": "601234567", "birthday": "--03-08"},
    ]
    path = salon(tmp_path, clients=people, visits=[], country="PL")
    refresh_book(path, on=DAY)
    assert values(path, "Duplicates", "Phone 1", "Phone 2", "Birthday 1", "Birthday 2") == [
        ("601234567", "601234567", "8 March", "08.03"),
    ]


def test_clients_without_an_id_get_theirs_in_the_same_run(tmp_path: Path) -> None:
    people = [{k: v for k, v in one.items() if k != "client_id"} for one in PEOPLE]
    path = salon(tmp_path, clients=people, visits=[], country="PL")
    refresh_book(path, on=DAY)
    ids = dict(values(path, "Clients", "Name", "Client ID"))
    assert pairs(path)[0] == (ids["Anna Nowak"], ids["Nowak Anna"])


@pytest.mark.parametrize("code", LANGUAGES)
def test_in_each_language_a_second_refresh_writes_nothing(tmp_path: Path, code: str, sheetcrm: CommandLine) -> None:
    path = salon(tmp_path, language=code, clients=PEOPLE, visits=VISITS, country="PL")
    refresh_book(path, on=DAY)
    words = language(code)
    told = values(path, "Duplicates", *map(words.header, ("left", "right", "tier", "decision")))
    assert told[0] == ("C1", "C2", words.choice("certain"), words.choice("merge"))
    assert settled(path, sheetcrm.state)
    assert decided(path) == (Decision("C1", "C2", "merge", prefilled=True),)


def test_a_list_without_pairs_has_an_empty_sheet_that_is_not_written_again(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    path = salon(tmp_path, clients=[OTHER], visits=[])
    refresh_book(path, on=DAY)
    assert (rows(path, "Duplicates"), settled(path, sheetcrm.state)) == ([], True)


def test_only_so_many_pairs_are_written_and_the_rest_is_counted(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(book, 3, decision="household")
    monkeypatch.setattr(duplicates_sheet, "MOST", 1)
    monkeypatch.setattr("sheetcrm.crm.outcome.unsettled", lambda pairs, *_: tuple(pairs))  # her word is not noted yet
    monkeypatch.setattr("sheetcrm.crm.planning.new_acts", lambda *_: ())
    refresh_book(book, on=DAY)
    assert pairs(book, "Decision", "Why")[:2] == [
        ("C1", "C2", "merge", rows(book, "Duplicates")[0]["Why"]),
        ("C5", "C6", "household", rows(book, "Duplicates")[1]["Why"]),
    ]
    assert pairs(book, "Why")[2:] == [(None, None, language("en").say("more_pairs", count=1))]
    assert settled(book)


def test_a_cell_of_hers_offers_the_words_and_says_what_they_mean(book: Path) -> None:
    page = sheet(load_workbook(book), "Duplicates")
    lists = {each.formula1: each.prompt for each in page.data_validations.dataValidation}
    words = language("en")
    assert lists == {
        '"merge,different,household"': words.say("decision_note"),
        '"Client 1,Client 2"': words.say("keep_note"),
    }
    assert all(each.showInputMessage for each in page.data_validations.dataValidation)


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_said_beside_a_cell_is_no_longer_than_excel_takes_and_names_the_words(code: str) -> None:
    words = language(code)
    assert max(len(words.say(f"{name}_note")) for name in ("decision", "keep")) <= 255
    assert max(len(words.header(name)) for name in ("decision", "keep")) <= 32
    for said in (words.say("decision_note"), words.say("pairs_note")):
        assert all(words.choice(word) in said for word in DECISIONS)
    assert words.header("decision") in words.say("pairs_note")


# what of hers stays


def test_what_she_typed_beside_a_pair_goes_along_when_a_surer_one_comes_above_it(book: Path) -> None:
    typed(book, 2, decision="merge", who="Client 2", note="ask her sister")
    in_clients(book, "C7", "Name", "Piotr Wrona")
    in_clients(book, "C7", "Phone", "604333444")
    in_clients(book, "C7", "Birthday", datetime(1980, 1, 1))
    refresh_book(book, on=DAY)
    page = sheet(load_workbook(book), "Duplicates")
    cells = {name: column(page, name) for name in ("Client 1", "Decision", "Who stays", "My note")}
    found = [
        tuple(line[at - 1].value for at in cells.values()) for line in page.iter_rows(min_row=header_row(page) + 1)
    ]
    assert ("C3", "merge", "Client 2", "ask her sister") in found[2:]
    assert [line[3] for line in found].count("ask her sister") == 1


def test_a_pair_keeps_its_sides_when_she_sorts_her_list(book: Path) -> None:
    typed(book, 2, decision="merge", who="Client 2")
    with edited(book) as file:
        sort_rows(sheet(file, "Clients"), "Client ID", reverse=True)
    refresh_book(book, on=DAY)
    assert pairs(book, "Name 1", "Who stays")[1] == ("C3", "C4", "Magda Kos", "Client 2")


def test_a_pair_that_she_turns_round_herself_stays_as_she_turned_it(book: Path) -> None:
    with edited(book) as file:
        page = sheet(file, "Duplicates")
        row = header_row(page) + 2
        for header, value in (("Client 1", "C4"), ("Client 2", "C3"), ("Decision", "merge"), ("Who stays", "Client 1")):
            page.cell(row, column(page, header)).value = value
    refresh_book(book, on=DAY)
    assert pairs(book, "Name 1", "Name 2", "Who stays")[1] == ("C4", "C3", "Magda Lis", "Magda Kos", "Client 1")


def test_a_cell_that_she_emptied_is_not_filled_in_again(book: Path) -> None:
    typed(book, 1, decision=None)
    in_clients(book, "C7", "City", "Radom")
    refresh_book(book, on=DAY)
    assert pairs(book, "Decision")[0] == ("C1", "C2", None)


def test_a_merge_that_we_filled_in_falls_with_what_it_was_founded_on(book: Path) -> None:
    in_clients(book, "C2", "Birthday", datetime(1990, 3, 20))
    refresh_book(book, on=DAY)
    assert pairs(book, "Certainty", "Decision")[0] == ("C1", "C2", "likely", None)


def test_a_merge_that_we_filled_in_goes_with_its_pair_and_with_whom_to_keep_it_is_hers(book: Path) -> None:
    original = book.read_bytes()
    for who, left in ((None, []), ("Client 2", [("C1", "C2", "merge")])):
        book.write_bytes(original)
        typed(book, 1, who=who)
        in_clients(book, "C2", "Phone", "609999999")
        in_clients(book, "C2", "Name", "Ida Sowa")
        refresh_book(book, on=DAY)
        assert pairs(book, "Decision") == [("C3", "C4", None), ("C5", "C6", None), *left]


def test_her_own_word_stays_at_the_end_when_the_two_are_no_pair_any_more(book: Path) -> None:
    typed(book, 2, decision="merge")
    in_clients(book, "C4", "Phone", "609999999")
    in_clients(book, "C4", "Email", "other@example.com")
    refresh_book(book, on=DAY)
    assert pairs(book, "Decision", "Phone 2", "Why")[1:] == [
        ("C5", "C6", None, "604333444", rows(book, "Duplicates")[1]["Why"]),
        ("C3", "C4", "merge", "609999999", language("en").say("pair_gone")),
    ]
    assert (settled(book), decided(book)[-1]) == (True, Decision("C3", "C4", "merge"))
    typed(book, 3, decision=None)
    refresh_book(book, on=DAY)
    assert len(pairs(book)) == 2


def test_a_word_that_was_carried_out_goes_with_its_row(book: Path) -> None:
    typed(book, 2, decision="merge")
    in_clients(book, "C4", "Merged into", "C3")
    refresh_book(book, on=DAY)
    assert [line[:2] for line in pairs(book)] == [("C1", "C2"), ("C5", "C6")]


def test_a_note_of_hers_stays_when_its_pair_is_gone(book: Path) -> None:
    typed(book, 2, note="they are sisters")
    in_clients(book, "C4", "Merged into", "C3")
    refresh_book(book, on=DAY)
    page = sheet(load_workbook(book), "Duplicates")
    last = header_row(page) + 3
    found = [page.cell(last, column(page, name)).value for name in ("Client 1", "Why", "My note")]
    assert found == ["C3", "no longer there", "they are sisters"]
    assert settled(book)


def test_two_clients_whom_she_names_herself_are_shown_side_by_side(book: Path) -> None:
    with edited(book) as file:
        append(sheet(file, "Duplicates"), {"Client 1": "C1", "Client 2": "C7", "Decision": "merge"})
    refresh_book(book, on=DAY)
    assert pairs(book, "Name 1", "Name 2", "Decision")[-1] == ("C1", "C7", "Anna Nowak", "Zofia Maj", "merge")
    assert settled(book)


def test_a_word_that_cannot_be_read_goes_to_its_pair_and_the_problem_names_that_row(book: Path) -> None:
    with edited(book) as file:
        append(sheet(file, "Duplicates"), {"Client 1": "C4", "Client 2": "C3", "Decision": "perhaps"})
    in_clients(book, "C7", "City", "Radom")
    refresh_book(book, on=DAY)
    stands = [c.row for c in sheet(load_workbook(book), "Duplicates")["A"] if c.value == "perhaps"]
    told = [row["Row"] for row in rows(book, "Problems") if row["Sheet"] == "Duplicates"]
    assert (stands, told, settled(book)) == ([4], [4], True)


def test_a_note_of_hers_beside_a_pair_that_she_typed_stays_when_its_word_goes_to_the_pair(book: Path) -> None:
    with edited(book) as file:
        append(sheet(file, "Duplicates"), {"Client 1": "C3", "Client 2": "C4", "Decision": "merge"})
    typed(book, 4, note="asked her")
    refresh_book(book, on=DAY)
    page = sheet(load_workbook(book), "Duplicates")
    at = [column(page, name) for name in ("Client 1", "Decision", "My note")]
    found = [tuple(page.cell(header_row(page) + row, each).value for each in at) for row in (2, 4)]
    assert (found, settled(book)) == ([("C3", "merge", None), ("C3", None, "asked her")], True)


def test_she_may_rename_move_and_translate_the_sheet_and_its_columns(book: Path) -> None:
    typed(book, 2, decision="merge")
    with edited(book) as file:
        page = sheet(file, "Duplicates")
        swap_columns(file, page, "Why", "Phone 2")
        rename(page, "Decision", "What I say")
        retitle(file, page, "Twice")
    in_clients(book, "C7", "City", "Radom")
    in_clients(book, "C3", "City", "Radom")
    refresh_book(book, on=DAY)
    page = load_workbook(book)["Twice"]
    assert page.cell(header_row(page) + 2, column(page, "What I say")).value == "merge"
    assert page.cell(header_row(page) + 2, column(page, "City 1")).value == "Radom"
    assert (settled(book), [name for name in load_workbook(book).sheetnames if "Dupl" in name]) == (True, [])


def test_a_sheet_of_an_earlier_version_gets_its_new_columns_and_keeps_hers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = duplicates_sheet.duplicates_content

    def earlier(plan: Any, *_: Any) -> Any:
        fields = ("left", "right", "score", "tier", "reasons", "decision")
        return replace(real(plan), fields=fields, rows=(), tones=(), accents=(), kept=(), note="", frozen=0)

    path = salon(tmp_path, clients=[OTHER], visits=[])
    with monkeypatch.context() as patch:
        patch.setattr(writing, "duplicates_content", earlier)
        refresh_book(path, on=DAY)
    with edited(path) as file:
        page = sheet(file, "Duplicates")
        page.cell(1, 7).value = "My column"
        append(sheet(file, "Clients"), {"Name": "Zofia Maj", "Phone": "605 444 555"})
    refresh_book(path, on=DAY)
    page = sheet(load_workbook(path), "Duplicates")
    headers = [cell.value for cell in page[1]]
    assert headers[:8] == ["Client 1", "Client 2", "Score", "Certainty", "Why", "Decision", "My column", "Name 1"]
    assert pairs(path, "Name 2", "Decision") == [("C7", "C8", "Zofia Maj", "merge")]
    assert {each.formula1 for each in page.data_validations.dataValidation} >= {'"Client 1,Client 2"'}
    width = page.column_dimensions[page.cell(1, column(page, "Name 1")).column_letter].width
    assert (width, settled(path), len([t for t in load_workbook(path).sheetnames if "Dupl" in t])) == (24, True, 1)


# what is read out of it


@pytest.mark.parametrize("code", LANGUAGES)
def test_her_word_counts_in_any_language(book: Path, code: str) -> None:
    words = language(code)
    for row, (word, keep) in enumerate((("merge", "second"), ("different", ""), ("household", "")), 1):
        typed(book, row, decision=words.choice(word), who=words.choice(keep) if keep else None)
    assert decided(book) == (
        Decision("C1", "C2", "merge", "right"),
        Decision("C3", "C4", "different"),
        Decision("C5", "C6", "household"),
    )


def test_a_word_of_her_own_counts_and_so_does_the_id_of_whom_to_keep(tmp_path: Path) -> None:
    path = salon(tmp_path, clients=PEOPLE, visits=VISITS, country="PL", **{"choice.to samo": "merge"})
    refresh_book(path, on=DAY)
    typed(path, 2, decision="To samo", who="c4".upper())
    assert decided(path)[1] == Decision("C3", "C4", "merge", "right")


def test_a_word_that_is_none_does_nothing_and_is_told_at_its_cell(book: Path, sheetcrm: CommandLine) -> None:
    typed(book, 2, decision="perhaps", who="Client 1")
    typed(book, 3, decision="merge", who="both")
    assert [(d.left, d.word) for d in decided(book)] == [("C1", "merge")]
    done = sheetcrm("check", book, "--on", DAY, "--json")
    wrong = [p for p in done.json["problems"] if p["table"] == "Duplicates"]
    assert [(p["code"], p["row"], p["column"], p["field"], p["value"]) for p in wrong] == [
        ("invalid-choice", 4, "A", "decision", "perhaps"),
        ("invalid-choice", 5, "F", "keep", "both"),
    ]
    assert (done.code, "merge, different, household" in wrong[0]["hint"]) == (1, True)


def test_the_problem_names_the_row_in_which_the_cell_stands_after_the_run(book: Path) -> None:
    typed(book, 1, decision="perhaps")
    in_clients(book, "C7", "Name", "Ewa Wrona")
    in_clients(book, "C7", "Phone", "604333444")
    in_clients(book, "C7", "Birthday", datetime(1982, 5, 5))
    in_clients(book, "C7", "Email", "ewa@example.com")
    in_clients(book, "C6", "Email", "ewa@example.com")
    refresh_book(book, on=DAY)
    stands = [c.row for c in sheet(load_workbook(book), "Duplicates")["A"] if c.value == "perhaps"]
    told = [row["Row"] for row in rows(book, "Problems") if row["Sheet"] == "Duplicates"]
    assert (stands, told, settled(book)) == ([4], [4], True)


def test_a_number_that_may_mean_either_of_two_ids_decides_nothing(tmp_path: Path) -> None:
    people = [{**ANNA, "client_id": "2"}, {**TWIN, "client_id": "1"}]
    path = salon(tmp_path, clients=people, visits=[], country="PL")
    refresh_book(path, on=DAY)
    assert pairs(path) == [("2", "1")]
    typed(path, 1, decision="merge", who="1")
    assert decided(path) == ()
    typed(path, 1, who="Client 1")
    assert decided(path) == (Decision("2", "1", "merge", "left"),)


def test_a_merge_that_we_filled_in_is_told_from_one_that_she_chose(book: Path) -> None:
    typed(book, 2, decision="merge")
    assert decided(book) == (Decision("C1", "C2", "merge", prefilled=True), Decision("C3", "C4", "merge"))


def test_what_we_filled_in_is_no_change_of_hers_and_what_she_chose_is(tmp_path: Path, sheetcrm: CommandLine) -> None:
    path = salon(tmp_path, clients=[*PEOPLE[2:]], visits=[], country="PL")
    refresh_book(path, on=DAY)
    typed(path, 1, decision="merge")
    in_clients(path, "C7", "Name", "Piotr Wrona")
    in_clients(path, "C7", "Phone", "604333444")
    in_clients(path, "C7", "Birthday", datetime(1980, 1, 1))
    refresh_book(path, on=DAY)
    assert pairs(path, "Decision")[:2] == [("C5", "C7", "merge"), ("C3", "C4", "merge")]
    found = sheetcrm("diff", path, 2, "--json").json
    changed = [c for s in found["sheets"] if s["sheet"] == "Duplicates" for c in s["changes"]]
    by = {(c["cell"], c["by"]) for c in changed if c["header"] == "Decision"}
    assert by == {("A1", "program"), ("A2", "program"), ("A3", "program"), ("A4", "hand")}


def test_a_run_of_the_daily_job_writes_the_pairs_too(tmp_path: Path) -> None:
    path = salon(tmp_path, clients=PEOPLE, visits=VISITS, country="PL")
    crm.run(path, on=DAY, transport=MemoryTransport())
    assert len(pairs(path)) == 3
