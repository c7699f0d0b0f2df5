"""`sheetcrm import BOOK FILE`: clients of another list are added or filled in, and every row of the file is accounted for."""

from __future__ import annotations

import string
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from owner_hand import client, column, edited, header_row, opened_in_excel, rows, salon, sheet
from test_replies import Desk

DAY = date(2026, 11, 22)
CLIENTS = (
    client("C1", "Anna Smith", "anna", date(1990, 3, 8), phone="+44 20 7946 0001", notes="tea, no sugar"),
    client("C2", "Jo Brown", "jo", phone="+44 20 7946 0002", email_consent="no"),
    client("C3", "Eve Green", "eve", phone="+44 20 7946 0003", email=None, email_consent=None),
)


@pytest.fixture
def book(tmp_path: Path, sheetcrm: CommandLine) -> Path:
    path = salon(tmp_path, clients=CLIENTS, visits=())
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    return path


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def people(path: Path) -> dict[str, dict[str, Any]]:
    return {row["Name"]: row for row in rows(path, "Clients")}


def counts(done: Any) -> tuple[int, ...]:
    return tuple(done.json[name] for name in ("added", "updated", "same", "duplicate", "refused"))


def test_new_clients_are_added_with_ids_and_those_there_get_what_they_lack(book: Path, sheetcrm: CommandLine) -> None:
    before = people(book)
    file = written(
        book.parent / "list.csv",
        "Name,Phone,Email,Birthday,City\n"
        "Eve Green,020 7946 0003,eve@example.com,1980-03-08,Leeds\n"
        "Mia Black,+44 20 7946 0004,mia@example.com,,\n",
    )
    done = sheetcrm("import", book, file, "--on", DAY, "--json")
    assert (done.code, counts(done), done.json["written"]) == (0, (1, 1, 0, 0, 0), True)
    after = people(book)
    eve, mia = after["Eve Green"], after["Mia Black"]
    assert (eve["Email"], eve["Birthday"], eve["City"]) == ("eve@example.com", date(1980, 3, 8), "Leeds")
    assert (eve["Phone"], mia["Client ID"], mia["Phone"]) == ("+44 20 7946 0003", "C4", "+44 20 7946 0004")
    assert {name: after[name] for name in ("Anna Smith", "Jo Brown")} == {
        name: before[name] for name in ("Anna Smith", "Jo Brown")
    }


def test_to_import_a_file_twice_adds_nothing_and_leaves_the_bytes_alone(book: Path, sheetcrm: CommandLine) -> None:
    file = written(book.parent / "list.csv", "Name,Phone,Notes\nMia Black,020 7946 0004,\nSue,,new\nSue,,newer\n")
    first = sheetcrm("import", book, file, "--on", DAY, "--json")
    assert counts(first) == (2, 0, 0, 1, 0)
    before = book.read_bytes()
    again = sheetcrm("import", book, file, "--on", DAY, "--json")
    assert (again.json["added"], again.json["updated"], sum(counts(again))) == (0, 0, 3)
    assert (again.json["written"], book.read_bytes() == before) == (False, True)
    refreshed = sheetcrm("refresh", book, "--on", DAY, "--json")
    assert (refreshed.json["written"], book.read_bytes() == before) == (False, True)


def test_what_stands_in_a_cell_of_hers_stays_and_the_difference_is_told(book: Path, sheetcrm: CommandLine) -> None:
    file = written(book.parent / "list.csv", "Client ID,Name,Phone,Notes\nC1,Anna Smith,020 7946 0001,coffee\n")
    done = sheetcrm("import", book, file, "--on", DAY)
    assert (done.code, people(book)["Anna Smith"]["Notes"]) == (0, "tea, no sugar")
    assert "“Notes” stays tea, no sugar; the file says coffee." in done.out
    done = sheetcrm("import", book, file, "--on", DAY, "--overwrite", "--json")
    assert (counts(done), people(book)["Anna Smith"]["Notes"]) == ((0, 1, 0, 0, 0), "coffee")


def test_a_no_wins_whoever_says_it_and_a_yes_never_takes_its_place(book: Path, sheetcrm: CommandLine) -> None:
    file = written(
        book.parent / "list.csv",
        "Client ID,Name,Email consent,Do not contact\nC1,Anna Smith,no,\nC2,Jo Brown,yes,yes\nC3,Eve Green,yes,\n",
    )
    done = sheetcrm("import", book, file, "--on", DAY, "--overwrite", "--json")
    assert counts(done) == (0, 3, 0, 0, 0)
    after = people(book)
    assert [after[name]["Email consent"] for name in ("Anna Smith", "Jo Brown", "Eve Green")] == ["no", "no", "yes"]
    assert after["Jo Brown"]["Do not contact"] == "yes"


def test_a_refusal_counts_also_in_a_row_that_is_not_added(book: Path, sheetcrm: CommandLine) -> None:
    file = written(
        book.parent / "list.csv",
        "Name,Phone,Email,Email consent\n"
        "Mia Black,020 7946 0004,mia@example.com,yes\n"
        "Mia Black,020 7946 0004,mia@example.com,no\n"
        "Anna Smith,020 7946 0001,anna@example.com,\n"
        "Anna Smith,020 7946 0001,anna@example.com,no\n"
        "Eve Green,020 7946 0003,,yes\n",
    )
    assert counts(sheetcrm("import", book, file, "--on", DAY, "--json")) == (1, 1, 1, 2, 0)
    after = people(book)
    assert [after[name]["Email consent"] for name in ("Mia Black", "Anna Smith", "Eve Green")] == ["no", "no", "yes"]


def test_who_is_probably_there_is_not_added_but_named_and_can_be_added_all_the_same(
    book: Path, sheetcrm: CommandLine
) -> None:
    file = written(
        book.parent / "list.csv",
        "Name;Phone;Email;Email consent\nAnna Smith;020 7946 0001;other@example.com;no\n"
        "Mia Black;020 7946 0004;;\nMia Black;020 7946 0004;;\n",
    )
    done = sheetcrm("import", book, file, "--on", DAY, "--dry-run")
    assert "Row 2: Anna Smith is probably Anna Smith (C1)" in done.out
    assert "The row refuses messages, and the one in your list does not" in done.out
    assert "Row 4: Mia Black stands in row 3 of the file too. Not added." in done.out
    assert counts(sheetcrm("import", book, file, "--on", DAY, "--json")) == (1, 0, 0, 2, 0)
    added = sheetcrm("import", book, file, "--on", DAY, "--add-duplicates", "--json")
    assert (counts(added), len(rows(book, "Clients"))) == ((2, 0, 1, 0, 0), 6)


def test_who_may_be_two_of_hers_is_neither_and_what_she_decided_of_the_two_stands(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    twins = [
        client("C1", "Anna Smith", "anna", phone="+44 20 7946 0001"),
        client("C2", "Anna Smith", "", phone="+44 20 7946 0001") | {"email": None},
    ]
    book = salon(tmp_path, clients=twins, visits=())
    assert sheetcrm("refresh", book, "--on", DAY).code == 0
    with edited(book) as opened:
        page = sheet(opened, "Duplicates")
        page.cell(header_row(page) + 1, column(page, "Decision")).value = "different"
    assert sheetcrm("merge", book, "--on", DAY).code == 0
    file = written(
        book.parent / "list.csv",
        "Name,Phone,Email\nAnna Smith,020 7946 0001,\nAnna Smith,020 7946 0001,other@example.com\n",
    )
    done = sheetcrm("import", book, file, "--on", DAY)
    assert "Row 3: Anna Smith is probably Anna Smith (C" in done.out
    assert "Nothing new: 1. Probably there already: 1." in done.out
    assert [row["Email"] for row in rows(book, "Clients")] == ["anna@example.com", None]
    assert sheetcrm("duplicates", book, "--on", DAY, "--json").json["pairs"] == []


def test_who_was_added_beside_her_likes_is_not_added_again(book: Path, sheetcrm: CommandLine) -> None:
    file = written(
        book.parent / "list.csv",
        "Name,Phone,Email\nOla Malina,,\nOla Malina,,\nEve Green,,\nEve Green,020 7946 0003,\n"
        "Mia Black,020 7946 0004,\nMia Black,020 7946 0004,\nMia Black,020 7946 0005,\nMia Black,,\n",
    )
    first = sheetcrm("import", book, file, "--on", DAY, "--json", "--add-duplicates")
    assert (first.json["added"], "was waiting" in first.err) == (7, False)
    with edited(book) as opened:
        page = sheet(opened, "Clients")
        page.cell(header_row(page) + 11, column(page, "Name")).value = "Ola Malina"
    assert "was waiting" not in sheetcrm("refresh", book, "--on", DAY).err
    assert [row["Name"] for row in rows(book, "Clients")].count("Ola Malina") == 3
    again = sheetcrm("import", book, file, "--on", DAY, "--json", "--add-duplicates")
    assert (counts(again), again.json["written"]) == ((0, 0, 8, 0, 0), False)


def test_relatives_on_one_phone_are_added_as_people_of_their_own(book: Path, sheetcrm: CommandLine) -> None:
    file = written(book.parent / "list.csv", "Name,Phone\nTom Smith,020 7946 0001\nLucy Smith,020 7946 0001\n")
    assert counts(sheetcrm("import", book, file, "--on", DAY, "--json")) == (2, 0, 0, 0, 0)


def test_rows_that_cannot_be_somebody_are_refused_each_with_its_row_and_reason(
    book: Path, sheetcrm: CommandLine
) -> None:
    file = written(
        book.parent / "list.csv",
        "Client ID,Name,Phone\n,,020 7946 0009\nC1,Piotr Lis,020 7946 0010\nX1,Kim Lee,020 7946 0011\nX1,Bo Ray,020 7946 0012\n",
    )
    done = sheetcrm("import", book, file, "--on", DAY, "--json")
    assert counts(done) == (1, 0, 0, 0, 3)
    assert [(r["row"], r["reason"]) for r in done.json["rows"]] == [
        (2, "no-name"),
        (3, "id-of-another"),
        (5, "id-twice"),
    ]
    assert people(book)["Kim Lee"]["Client ID"] == "X1"
    assert "Row 3 was refused: the id C1 is that of Anna Smith (C1)." in sheetcrm("import", book, file, "--on", DAY).out


def test_a_client_merged_into_another_is_found_as_the_one_she_lives_on_in(book: Path, sheetcrm: CommandLine) -> None:
    with edited(book) as made:
        page = sheet(made, "Clients")
        last = header_row(page) + 4
        for header, value in {"Client ID": "C4", "Name": "Anna Smith", "Phone": "+44 20 7946 0099"}.items():
            page.cell(last, column(page, header)).value = value
        page.cell(last, column(page, "Merged into")).value = "C1"
        page.tables["Clients"].ref = page.tables["Clients"].ref.rstrip("0123456789") + str(last)
    file = written(book.parent / "list.csv", "Client ID,Name,City\nC4,Anna Smith,Leeds\n")
    assert counts(sheetcrm("import", book, file, "--on", DAY, "--json")) == (0, 1, 0, 0, 0)
    assert [row["City"] for row in rows(book, "Clients") if row["Client ID"] == "C1"] == ["Leeds"]


def test_an_id_that_was_used_before_goes_to_nobody_else_and_comes_back_with_whom_it_was(
    book: Path, sheetcrm: CommandLine
) -> None:
    with edited(book) as opened:
        page = sheet(opened, "Clients")
        page.delete_rows(header_row(page) + 3)  # Eve Green, C3
    file = written(
        book.parent / "list.csv", "Client ID,Name,Phone\nC3,Una New,020 7946 0009\nC9,Oda New,020 7946 0008\n"
    )
    done = sheetcrm("import", book, file, "--on", DAY)
    assert "Row 2 was refused: the id C3 was somebody else's here before." in done.out
    assert "Una New" not in people(book)
    assert people(book)["Oda New"]["Client ID"] == "C9"
    file = written(book.parent / "eve.csv", "Client ID,Name,Phone\nC3,Eve Green,020 7946 0003\n")
    assert counts(sheetcrm("import", book, file, "--on", DAY, "--json")) == (1, 0, 0, 0, 0)
    assert people(book)["Eve Green"]["Client ID"] == "C3"


def test_ids_that_repeat_in_the_file_are_said_to_do_so(book: Path, sheetcrm: CommandLine) -> None:
    one = "Client ID,Name,Phone\nC8,Una New,020 7946 0009\nC8,Oda New,020 7946 0008\n"
    done = sheetcrm("import", book, written(book.parent / "list.csv", one), "--on", DAY)
    assert "Row 3 was refused: row 2 of the file has the id C8 too." in done.out
    many = one + "C9,Ida New,020 7946 0007\nC9,Ada New,020 7946 0006\n"
    done = sheetcrm("import", book, written(book.parent / "list.csv", many), "--on", DAY, "--dry-run")
    assert "“Client ID” is not taken for ids: several rows of the file have the same one." in done.out
    assert "has no such column" not in done.out
    said = ("--column", "Client ID=client_id", "--json", "--dry-run")
    assert sheetcrm("import", book, book.parent / "list.csv", "--on", DAY, *said).json["refused"] == 2


def test_the_id_of_a_merged_row_that_is_gone_is_that_of_whom_she_lives_on_in(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    twin = client("C4", "Anna Smith", "anna", date(1990, 3, 8), phone="+44 20 7946 0001")
    book = salon(tmp_path, clients=(*CLIENTS, twin), visits=())
    assert sheetcrm("refresh", book, "--on", DAY).code == 0
    assert sheetcrm("merge", book, "--on", DAY, "--keep", "C1").code == 0
    with edited(book) as opened:
        page = sheet(opened, "Clients")
        page.delete_rows(header_row(page) + 4)
    file = written(
        book.parent / "list.csv", "Client ID,Name,Phone\nC4,Una New,020 7946 0009\nC4,Anna Smith,020 7946 0001\n"
    )
    assert counts(sheetcrm("import", book, file, "--on", DAY, "--json")) == (0, 0, 1, 0, 1)


def test_nothing_typed_becomes_a_formula_or_a_number(book: Path, sheetcrm: CommandLine) -> None:
    file = written(
        book.parent / "list.csv",
        'Name;Phone;Postcode;Notes;Tags\n=cmd|calc;\'+44 20 7946 0004;="00184";-1+1;@home\n',
    )
    assert counts(sheetcrm("import", book, file, "--on", DAY, "--json")) == (1, 0, 0, 0, 0)
    page = sheet(load_workbook(book), "Clients")
    cells = {
        page.cell(1, c.column).value or page.cell(header_row(page), c.column).value: c
        for c in page[header_row(page) + 4]
    }
    shown = {h: (cells[h].value, cells[h].data_type) for h in ("Name", "Phone", "Postcode", "Notes", "Tags")}
    assert shown == {
        "Name": ("=cmd|calc", "s"),
        "Phone": ("+44 20 7946 0004", "s"),
        "Postcode": ("00184", "s"),
        "Notes": ("-1+1", "s"),
        "Tags": ("@home", "s"),
    }


def test_columns_that_the_list_does_not_have_are_named_and_her_own_are_filled(
    book: Path, sheetcrm: CommandLine
) -> None:
    with edited(book) as made:
        page = sheet(made, "Clients")
        page.cell(header_row(page), column(page, "Tags")).value = "Hair type"
        for each in page.tables["Clients"].tableColumns:
            each.name = "Hair type" if each.name == "Tags" else each.name
    file = written(book.parent / "list.csv", "Name,Hair  TYPE,Shoe size,Visits\nMia Black,curly,38,7\n")
    done = sheetcrm("import", book, file, "--on", DAY)
    assert people(book)["Mia Black"]["Hair type"] == "curly"
    assert "no such column: Shoe size." in done.out
    assert "computes it: Visits." in done.out


def test_a_workbook_as_file_is_read_by_the_same_rules_as_the_owners(book: Path, sheetcrm: CommandLine) -> None:
    made = Workbook()
    page: Any = made.active
    for line in (
        ["My clients"],
        [],
        ["Cognome", "Nome", "Cellulare", "Data di nascita"],
        ["Verdi", "Ada", 3400000001, date(1970, 1, 2)],
    ):
        page.append(line)
    made.save(book.parent / "elenco.xlsx")
    assert counts(sheetcrm("import", book, book.parent / "elenco.xlsx", "--on", DAY, "--json")) == (1, 0, 0, 0, 0)
    ada = people(book)["Ada Verdi"]
    assert (ada["Phone"], ada["Birthday"]) == ("3400000001", date(1970, 1, 2))


def test_one_write_is_told_and_taken_back_as_any_other(book: Path, sheetcrm: CommandLine) -> None:
    before = book.read_bytes()
    file = written(book.parent / "list.csv", "Name,Phone\nMia Black,020 7946 0004\n")
    done = sheetcrm("import", book, file, "--on", DAY, "--json")
    told = {one["sheet"]: one["listed"] for one in done.json["receipt"]["sheets"]}
    assert {"B5", "A5"} <= set(told["Clients"])
    assert "import (Clients" in sheetcrm("undo", book, "--list").out
    assert sheetcrm("undo", book).code == 0
    assert book.read_bytes() == before
    again = sheetcrm("import", book, file, "--on", DAY, "--json")
    assert (counts(again), people(book)["Mia Black"]["Client ID"]) == ((1, 0, 0, 0, 0), "C4")


def test_beside_edits_of_hers_an_undo_keeps_the_imported_rows_and_names_them(book: Path, sheetcrm: CommandLine) -> None:
    file = written(book.parent / "list.csv", "Name,Phone\nMia Black,020 7946 0004\nBo Ray,020 7946 0005\n")
    sheetcrm("import", book, file, "--on", DAY)
    with edited(book) as made:
        page = sheet(made, "Clients")
        page.cell(header_row(page) + 1, column(page, "Notes")).value = "moved"
    done = sheetcrm("undo", book)
    assert (done.code, "the rows that were imported stay: Clients 5-6." in done.err) == (0, True), done
    assert rows(book, "Clients")[0]["Notes"] == "moved"


def test_a_dry_run_counts_and_writes_nothing(book: Path, sheetcrm: CommandLine) -> None:
    before = book.read_bytes()
    file = written(book.parent / "list.csv", "Name,Phone\nMia Black,020 7946 0004\n")
    done = sheetcrm("import", book, file, "--on", DAY, "--dry-run")
    assert (done.code, "Would be added: 1." in done.out, book.read_bytes() == before) == (0, True, True)


def test_while_it_is_open_nothing_is_written_and_one_line_says_so(book: Path, sheetcrm: CommandLine) -> None:
    note = opened_in_excel(book, "owner")
    before = book.read_bytes()
    file = written(book.parent / "list.csv", "Name,Phone\nMia Black,020 7946 0004\n")
    done = sheetcrm("import", book, file, "--on", DAY, "--json")
    assert (done.code, done.json["written"], done.err.count("\n")) == (0, False, 1)
    said = sheetcrm("import", book, file, "--on", DAY)
    assert said.err == "The workbook is open (owner). Nothing was written: close it, then run this again.\n"
    assert (said.out.count("Nothing was written."), book.read_bytes() == before) == (1, True)
    assert sheetcrm("undo", book).err == said.err
    note.unlink()
    assert counts(sheetcrm("import", book, file, "--on", DAY, "--json")) == (1, 0, 0, 0, 0)
    assert people(book)["Mia Black"]["Client ID"] == "C4"


def test_who_opted_out_does_not_come_back_with_a_yes(tmp_path: Path, sheetcrm: CommandLine) -> None:
    assert sheetcrm.state.name == "state"
    desk = Desk(tmp_path)
    desk.mail("1", "STOP")
    desk.run()
    assert desk.consents() == ["no", "yes", "no"]
    file = written(
        tmp_path / "list.csv",
        "Name,Email,Email consent\nAnna Smith,anna@example.com,yes\nBea Ray,anna@example.com,yes\n",
    )
    done = sheetcrm("import", desk.book, file, "--on", DAY, "--overwrite", "--json")
    assert counts(done) == (1, 0, 1, 0, 0)
    page = load_workbook(desk.book)["Clients"]
    assert [page.cell(row, 5).value for row in (2, 5)] == ["no", "no"]


def test_rows_of_the_file_that_are_nobodys_are_told(book: Path, sheetcrm: CommandLine) -> None:
    file = written(
        book.parent / "list.csv",
        "Name,Phone,Notes\nNew clients,,\nMia Black,020 7946 0004,\nName,Phone,Notes\nBo Ray,020 7946 0005,\n"
        "-----,,\n=====,,\n,,;\n",
    )
    done = sheetcrm("import", book, file, "--on", DAY, "--dry-run", "--json")
    assert (counts(done), done.json["left_out_rows"]) == ((2, 0, 0, 0, 5), [[2, 2], [4, 4], [6, 8]])
    said = "Rows of “list” that do not count, being headings, totals, notes or cells filled in ahead: 2, 4, 6–8."
    assert said in sheetcrm("import", book, file, "--on", DAY, "--dry-run").out


def test_of_the_labels_of_google_contacts_those_that_somebody_gave_become_tags(
    book: Path, sheetcrm: CommandLine
) -> None:
    labels = {
        "Mia Black": "* myContacts",
        "Bo Ray": "Regulars ::: * myContacts ::: * starred",
        "Ada Lee": "VIP ::: * friends",
    }
    lines = "".join(f"{name},{label}\n" for name, label in labels.items())
    file = written(book.parent / "contacts.csv", f"Name,Labels\n{lines}Una Lee,* of March\n")
    assert counts(sheetcrm("import", book, file, "--on", DAY, "--json")) == (4, 0, 0, 0, 0)
    after = people(book)
    tags = [after[name]["Tags"] for name in (*labels, "Una Lee")]
    assert tags == [None, "Regulars", "VIP, friends", "* of March"]


def test_a_phone_whose_last_digits_a_spreadsheet_threw_away_is_told_with_its_row_and_never_made_up(
    book: Path, sheetcrm: CommandLine
) -> None:
    cut = {"Mia Black": "4.85E+10", "Bo Ray": "4,8512E+10", "Ida Lee": "1e10"}
    whole = {"Ada Lee": "4.47700900123E+11", "Una Lee": "020 7946 0008"}
    lines = "".join(f"{name};{phone};\n" for name, phone in (cut | whole).items())
    file = written(book.parent / "list.csv", f"Name;Phone;Notes\n{lines}Kim Ray;;4.85E+10\n")
    done = sheetcrm("import", book, file, "--on", DAY)
    assert "Phones that are cut off, like 4.85E+10: rows 2, 3, 4. The last digits are gone from the file" in done.out
    after = people(book)
    assert {name: after[name]["Phone"] for name in cut} == cut
    again = sheetcrm("import", book, file, "--on", DAY, "--dry-run", "--json").json
    assert again["cut_phones"] == [{"row": 2}, {"row": 3}, {"row": 4}]
    wrong = {p["value"] for p in sheetcrm("check", book, "--json").json["problems"] if p["code"] == "invalid-phone"}
    assert wrong == set(cut.values())


NAMES = st.sampled_from(["Anna Smith", "Jo Brown", "Mia Black", "Ada Verdi", "Bo Ray", ""])
PHONES = st.sampled_from(["", "020 7946 0001", "+44 20 7946 0002", "020 7946 0055", "n/a"])
NOTES = st.text(string.ascii_letters + " ;=-\"'", max_size=6)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.tuples(NAMES, PHONES, NOTES), min_size=1, max_size=6))
@example(lines=[("", "", ";")])
@example(lines=[("Bo Ray", "020 7946 0055", ""), ("", "", "-----"), ("", "", "=")])
def test_whatever_the_rows_the_counts_add_up_and_a_second_time_adds_nothing(
    tmp_path_factory: pytest.TempPathFactory, sheetcrm: CommandLine, lines: list[tuple[str, str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("book")
    path = salon(folder, clients=CLIENTS, visits=())
    quoted = ['","'.join(cell.replace('"', '""') for cell in line) for line in lines]
    file = written(folder / "list.csv", "Name,Phone,Notes\n" + "\n".join(f'"{line}"' for line in quoted) + "\n")
    read = sum(1 for line in lines if any(cell.strip() for cell in line))
    first = sheetcrm("import", path, file, "--on", DAY, "--json")
    assert (first.code, sum(counts(first))) in ((0, read), (3, 0)), first
    again = sheetcrm("import", path, file, "--on", DAY, "--json")
    assert (again.json["added"], again.json["updated"]) == (0, 0), (first, again)
