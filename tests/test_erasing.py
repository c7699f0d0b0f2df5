"""A client is forgotten: nothing of her is found in any file, her visits still count, and nobody else's cell has changed."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from command_line import CommandLine
from erased_person import ANNA, HERS, decorated, found_in, her_salon
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from owner_hand import (
    BORN,
    CLIENTS,
    DAY,
    VISITS,
    append,
    client,
    column,
    edited,
    header_row,
    opened_in_excel,
    rows,
    salon,
    sheet,
    values,
)
from text_tables import frame

from sheetcrm.crm.erased_rows import asked_for
from sheetcrm.crm.fields import CLIENTS as CLIENTS_TABLE
from sheetcrm.crm.tables import Table
from sheetcrm.delivery.journal import Journal
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.testing import make_workbook
from sheetcrm.workbook.encryption import decrypted, encrypted

NOT_HERS = (
    "Client ID",
    "Visits",
    "Total spend",
    "Average ticket",
    "First visit",
    "Last visit",
    "Status",
    "RFM",
    "Value class",
)


@pytest.fixture
def book(tmp_path: Path, sheetcrm: CommandLine) -> Path:
    """A salon that has greeted Anna today; she stands in sheets of ours, in strings that Excel shares, in links and comments."""
    (tmp_path / "desk").mkdir()
    path = her_salon(tmp_path / "desk")
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    decorated(path)
    assert sheetcrm("run", path, "--on", DAY, "--outbox", tmp_path / "mails").code == 0
    shutil.rmtree(tmp_path / "mails")
    return path


def journal_of(sheetcrm: CommandLine) -> Journal:
    [file] = sheetcrm.state.glob("*.sqlite")
    return Journal.read(sheetcrm.state, file.stem)


def others(path: Path) -> list[dict[str, Any]]:
    return [row for row in rows(path, "Clients") if row["Client ID"] != "C1"]


def test_nothing_of_her_is_in_any_file_and_all_else_is_as_it_was(
    book: Path, sheetcrm: CommandLine, tmp_path: Path
) -> None:
    assert {text for _, _, text in found_in(tmp_path)} == {*HERS} - {"2079460001"}  # of an SMS only
    figures, people = values(book, "Clients", *NOT_HERS), others(book)
    before = [row for row in rows(book, "Visits") if row["Client"] != "Anna Smith"]
    told = sheetcrm("erase", book, "c1", "--on", DAY)
    assert (told.code, told.out) == (0, "")
    assert told.err.startswith("Erased: C1. Lines of visits that stay, without a name: 3.")
    assert found_in(tmp_path) == []
    assert values(book, "Clients", *NOT_HERS) == figures
    assert others(book) == people
    kept = rows(book, "Visits")
    assert [row for row in kept if row["Client"] != "C1"] == before
    hers = [
        (row["Date"], row["Client"], row["Service"], row["Amount"], row["Note"])
        for row in kept
        if row["Client"] == "C1"
    ]
    assert hers == [
        (date(2026, 9, 1), "C1", "Cut", 40, None),
        (date(2026, 10, 1), "C1", "Cut", 60, None),
        (date(2026, 11, 3), "C1", "Cut", 20, None),
    ]
    [row] = [row for row in rows(book, "Clients") if row["Client ID"] == "C1"]
    assert row["Name"] == "(erased 22/11/2026)"
    assert [row[name] for name in ("Phone", "Email", "Birthday", "Notes", "Email consent", "Age")] == [None] * 6
    assert values(book, "Sent", "Client ID", "Occasion", "Client", "To", "Subject", "Text", "Status")[0] == (
        *("C1", "2026", None, None, None, None, "sent"),
    )


def test_a_second_time_there_is_nothing_to_be_done_and_an_undo_brings_nobody_back(
    book: Path, sheetcrm: CommandLine
) -> None:
    sheetcrm("erase", book, "C1", "--on", DAY)
    data = book.read_bytes()
    again = sheetcrm("erase", book, "C1", "--on", DAY)
    assert (again.code, again.out.strip()) == (0, "C1 was erased already: nothing is left to be done.")
    assert sheetcrm("refresh", book, "--on", DAY, "--json").json["written"] is False
    assert sheetcrm("undo", book).code == 2
    assert book.read_bytes() == data


def test_a_dry_run_says_what_it_would_come_to_and_does_nothing(
    book: Path, sheetcrm: CommandLine, tmp_path: Path
) -> None:
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    told = sheetcrm("erase", book, "C1", "--dry-run", "--on", DAY)
    assert told.code == 0
    assert told.out.startswith("Would be erased: C1. Cells that would be emptied: ")
    assert "without a name: 3; earlier versions of the workbook that would be deleted: 4." in told.out
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == files


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_word_is_known_in_every_language_and_a_question_or_a_plain_no_is_none(code: str) -> None:
    word, say = language(code).choice("erase"), language(code).choice("yes")
    clients = frame(
        f"client_id | no_contact\n1 | {word}\n2 | {word.upper()}!\n3 | {word}?\n4 | {say}\n5 | not yet {word}"
    )
    assert asked_for(Table.from_frame("Clients", clients, CLIENTS_TABLE.names), {}) == ("1", "2")


def test_the_word_in_her_row_is_carried_out_by_the_next_run(tmp_path: Path, sheetcrm: CommandLine) -> None:
    words = language("pl")
    path = her_salon(tmp_path, language="pl")
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    with edited(path) as made:
        page = sheet(made, "Clients")
        page.cell(header_row(page) + 1, column(page, words.header("no_contact"))).value = "Usuń"
    waits = words.say("erase_asked", ids="C1", book=path)
    assert waits in sheetcrm("check", path, "--on", DAY).err
    assert waits in sheetcrm("refresh", path, "--on", DAY).err
    told = sheetcrm("run", path, "--on", DAY, "--outbox", tmp_path / "mails")
    assert told.code == 0
    assert words.say("erased", ids="C1", visits=3, versions=3) in told.err
    assert found_in(tmp_path) == []
    assert len(list((tmp_path / "mails").glob("*.eml"))) == 1  # Jo's; hers was due as well


def test_a_question_and_a_plain_refresh_erase_nobody(tmp_path: Path, sheetcrm: CommandLine) -> None:
    path = salon(tmp_path, clients=(ANNA, client("C2", "Jo Brown", "jo", BORN, no_contact="erase")), visits=())
    with edited(path) as made:
        page = sheet(made, "Clients")
        page.cell(header_row(page) + 1, column(page, "Do not contact")).value = "erase?"
    assert sheetcrm("run", path, "--on", DAY, "--dry-run").code == 0
    told = sheetcrm("refresh", path, "--on", DAY)
    assert "Marked to be erased: C2." in told.err
    assert values(path, "Clients", "Name") == [("Anna Smith",), ("Jo Brown",)]
    problems = sheetcrm("check", path, "--on", DAY, "--json").json["problems"]
    assert [(p["code"], p["value"]) for p in problems] == [("invalid-choice", "erase?")]


def test_open_in_excel_nothing_is_sent_to_her_and_the_next_refresh_completes_it(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    path = her_salon(tmp_path)
    sheetcrm("refresh", path, "--on", DAY)
    note = opened_in_excel(path)
    waits = sheetcrm("erase", path, "C1", "--on", DAY, "--json")
    assert (waits.code, waits.json["written"], waits.json["erased"]) == (0, False, ["C1"])
    assert "open" in waits.err
    sent = sheetcrm("run", path, "--on", DAY, "--outbox", tmp_path / "mails", "--json").json
    assert (sent["sent"], sent["written"]) == (1, False)
    assert found_in(tmp_path / "mails") == []
    note.unlink()
    told = sheetcrm("refresh", path, "--on", DAY)
    assert told.err.startswith("Erased: C1.")
    assert found_in(tmp_path) == []


def test_what_a_kill_left_undone_the_next_command_does(book: Path, sheetcrm: CommandLine, tmp_path: Path) -> None:
    [folder] = (sheetcrm.state / "backups").iterdir()
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    sheetcrm("erase", book, "C1", "--on", DAY)
    for (
        name,
        data,
    ) in kept.items():  # killed after the save: the versions stand there, and the journal says that it had begun
        (folder / name).write_bytes(data)
    [file] = sheetcrm.state.glob("*.sqlite")
    with Journal.open(sheetcrm.state, file.stem) as journal:
        journal.set("erasing", '["C1"]')
    assert found_in(tmp_path) != []
    assert sheetcrm("refresh", book, "--on", DAY).err.startswith("Erased: C1.")
    assert found_in(tmp_path) == []
    assert journal_of(sheetcrm).erasing_begun() == ()


def test_who_is_typed_or_imported_anew_with_her_address_gets_no_marketing(
    book: Path, sheetcrm: CommandLine, tmp_path: Path
) -> None:
    sheetcrm("erase", book, "C1", "--on", DAY)
    with edited(book) as made:
        append(
            sheet(made, "Clients"),
            {"Name": "Anna Smith", "Email": "Anna.Smith@example.com", "Birthday": BORN, "Email consent": "yes"},
        )
    done = sheetcrm("run", book, "--on", DAY, "--outbox", tmp_path / "mails", "--json")
    assert done.json["sent"] == 0
    assert rows(book, "Clients")[-1]["Email consent"] == "no"
    assert rows(book, "Clients")[-1]["Client ID"] == "C5"  # never one that was used before


def test_an_address_that_another_client_shares_stays_free_for_her(tmp_path: Path, sheetcrm: CommandLine) -> None:
    daughter = {**CLIENTS[1], "name": "Jo Smith", "email": "anna.smith@example.com"}
    path = salon(tmp_path, clients=(ANNA, daughter))
    sheetcrm("refresh", path, "--on", DAY)
    sheetcrm("erase", path, "C1", "--on", DAY)
    assert sheetcrm("run", path, "--on", DAY, "--outbox", tmp_path / "mails", "--json").json["sent"] == 1
    assert values(path, "Clients", "Email", "Email consent")[1] == ("anna.smith@example.com", "yes")


def test_rows_that_were_merged_into_hers_go_with_her_and_one_of_them_names_the_survivor(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    twin = client("C2", "Anna Smith", "a.smith", BORN, phone="+44 20 7946 0001", notes="never sugar")
    path = salon(tmp_path, clients=(ANNA, twin, *CLIENTS[2:]), visits=VISITS[:2])
    sheetcrm("refresh", path, "--on", DAY)
    assert sheetcrm("merge", path, "--keep", "C1", "--on", DAY).code == 0
    refused = sheetcrm("erase", path, "C2", "--on", DAY)
    assert refused.code == 2
    assert refused.err.strip() == (
        "sheetcrm: salon.xlsx: C2 was merged into C1, so the two are one person. Erase C1; the merged row goes with it."
    )
    assert sheetcrm("erase", path, "C1", "--on", DAY, "--json").json["erased"] == ["C1", "C2"]
    assert found_in(tmp_path, (*HERS, "a.smith@", "never sugar")) == []
    assert values(path, "Clients", "Client ID", "Merged into")[:2] == [("C1", None), ("C2", "C1")]
    assert sheetcrm("check", path, "--on", DAY, "--json").json["problems"] == []


def test_who_is_not_there_and_whose_id_two_rows_have_is_said_in_one_line(tmp_path: Path, sheetcrm: CommandLine) -> None:
    clients = "Client ID | Name\nC1 | Anna Smith\nC1 | Jo Brown\n12 | Eve Green"
    path = make_workbook(tmp_path / "list.xlsx", clients=clients)
    for wanted, said in (("C7", "no client has the id C7."), ("C1", "two rows have the id C1.")):
        done = sheetcrm("erase", path, wanted)
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert f"list.xlsx: {said}" in done.err
    assert sheetcrm("erase", path, "12.0", "--dry-run").code == 0


def test_a_protected_list_is_left_alone_and_said(book: Path, sheetcrm: CommandLine) -> None:
    with edited(book) as made:
        sheet(made, "Clients").protection.sheet = True
    data = book.read_bytes()
    done = sheetcrm("erase", book, "C1", "--on", DAY)
    assert (done.code, "is protected" in done.err) == (3, True)
    assert book.read_bytes() == data
    assert journal_of(sheetcrm).erasing_begun() == ()


def test_a_word_that_cannot_be_carried_out_waits_for_the_owner(tmp_path: Path, sheetcrm: CommandLine) -> None:
    twin = client("C2", "Anna Smith", "a.smith", BORN, phone="+44 20 7946 0001")
    path = salon(tmp_path, clients=(ANNA, twin), visits=())
    sheetcrm("refresh", path, "--on", DAY)
    sheetcrm("merge", path, "--keep", "C1", "--on", DAY)
    with edited(path) as made:
        page = sheet(made, "Clients")
        page.cell(header_row(page) + 2, column(page, "Do not contact")).value = "erase"
        page.protection.sheet = True
    done = sheetcrm("run", path, "--on", DAY, "--outbox", tmp_path / "mails")
    assert (done.code, "The clients marked to be erased were not erased. " in done.err) == (1, True)
    assert "'Clients' is protected, so nothing in it can be emptied." in sheetcrm("check", path, "--on", DAY).err
    assert not list(tmp_path.glob("mails/*"))  # the word of one row is the person's
    assert values(path, "Clients", "Name") == [("Anna Smith",), ("Anna Smith",)]
    with edited(path) as made:
        sheet(made, "Clients").protection.sheet = False
    assert "Marked to be erased: C1, C2." in sheetcrm("check", path, "--on", DAY).err
    done = sheetcrm("run", path, "--on", DAY, "--outbox", tmp_path / "mails")
    assert (done.code, done.err.startswith("Erased: C1, C2.")) == (0, True)
    assert found_in(tmp_path) == []


def test_the_word_in_a_row_without_an_id_is_told_and_an_empty_id_is_nobodys(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    path = make_workbook(
        tmp_path / "list.xlsx", clients="Name | Phone | Do not contact\nAnna Smith | 600000101 | erase"
    )
    assert "without an ID so far: rows 2." in sheetcrm("check", path, "--on", DAY).err
    done = sheetcrm("erase", path, " ", "--on", DAY)
    assert (done.code, "no client has the id “”." in done.err) == (2, True)
    done = sheetcrm("dossier", path, "C1", path, "--force")
    assert (done.code, "is the workbook itself. Give the dossier another name." in done.err) == (2, True)


def test_where_an_older_copy_is_put_back_her_row_is_told_and_nothing_comes_back_into_the_record(
    book: Path, sheetcrm: CommandLine, tmp_path: Path
) -> None:
    older = book.read_bytes()
    sheetcrm("erase", book, "C1", "--on", DAY)
    book.write_bytes(older)
    told = sheetcrm("run", book, "--on", DAY, "--outbox", tmp_path / "mails")
    assert "In the row of C1, erased before, something stands again." in told.err
    assert values(book, "Clients", "Name", "Email consent")[0] == ("Anna Smith", "yes")  # not touched
    assert [line.client for line in journal_of(sheetcrm).records() if line.key.client_id == "C1"] == [""]
    assert sheetcrm("erase", book, "C1", "--on", DAY).code == 0
    assert found_in(tmp_path) == []


def test_of_a_row_that_was_deleted_by_hand_the_record_is_forgotten(
    book: Path, sheetcrm: CommandLine, tmp_path: Path
) -> None:
    with edited(book) as made:
        page = sheet(made, "Clients")
        for cell in page[header_row(page) + 1]:
            cell.value, cell.comment, cell.hyperlink = None, None, None
    assert sheetcrm("erase", book, "C1", "--on", DAY).code == 0
    assert [place for place in found_in(tmp_path) if place[0] != book.name] == []
    assert values(book, "Sent", "Client ID", "Client", "To")[0] == ("C1", None, None)


def test_what_the_program_does_not_write_is_named_with_its_cell(book: Path, sheetcrm: CommandLine) -> None:
    with edited(book) as made:
        page = sheet(made, "Clients")
        page.cell(header_row(page) + 2, column(page, "Notes")).value = "came with Anna Smith"
        page.cell(header_row(page) + 1, column(page, "Referred by")).value = "Jo Brown"
        made.create_sheet("Plan")["B2"] = "call anna.smith@example.com"
        made.defined_names["Best"] = DefinedName("Best", attr_text='"Anna Smith"')
    shutil.copy(book, book.with_name("salon (before).xlsx"))
    done = sheetcrm("erase", book, "C1", "--on", DAY, "--json")
    letter = get_column_letter(column(sheet(load_workbook(book), "Clients"), "Notes"))
    other = "names, headers or other settings of the file"
    assert done.json["remains"] == [f"Clients!{letter}3", "Plan!B2", other, "salon (before).xlsx"]
    assert "Their details still stand in: " in done.err


def test_behind_a_password_nothing_of_her_stays_either(
    book: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SHEETCRM_WORKBOOK_PASSWORD", "sekret")
    book.write_bytes(encrypted(book.read_bytes(), "sekret"))
    assert sheetcrm("erase", book, "C1", "--on", DAY).code == 0
    book.write_bytes(decrypted(book.read_bytes(), book.name, "sekret"))
    assert found_in(tmp_path) == []


def test_two_who_were_erased_are_no_pair_of_duplicates(tmp_path: Path, sheetcrm: CommandLine) -> None:
    path = salon(tmp_path, clients=(ANNA, *CLIENTS[1:]), visits=())
    sheetcrm("refresh", path, "--on", DAY)
    for client_id in ("C1", "C2"):
        assert sheetcrm("erase", path, client_id, "--on", DAY).code == 0
    assert sheetcrm("duplicates", path, "--on", DAY, "--json").json["pairs"] == []
    assert sheetcrm("check", path, "--on", DAY, "--json").json["problems"] == []


def test_of_a_list_of_any_shape_her_own_columns_go_too_and_what_visits_of_others_say_stays(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    path = make_workbook(
        tmp_path / "list.xlsx",
        clients="""
            Client ID | First name | Last name | Phone     | Hair type   | Since kg | Next visit
            11        | Anna       | Smith     | 600000101 | oat milk    | 3.5      | 2026-12-24
            12        | Jo         | Brown     | 600000102 | curly       | 4        |
        """,
        visits="""
            Date       | Client     | Amount | Paid    | Where to    | Minutes
            2026-11-01 | Anna Smith | 40     | by card | elm street  | 30
            2026-11-02 | 11         | 50     | cash    | elm street  | 45
            2026-11-03 | Jo Brown   | 60     | by card | oak street  | 30
        """,
    )
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    assert sheetcrm("erase", path, "11", "--on", DAY).code == 0
    assert found_in(tmp_path) == []
    clients = list(load_workbook(path)["Clients"].iter_rows(min_row=2, max_col=7, values_only=True))
    assert clients[0] == (11, None, "(erased 22/11/2026)", None, None, None, None)
    assert clients[1][:6] == (12, "Jo", "Brown", 600000102, "curly", 4)
    visits = list(load_workbook(path)["Visits"].iter_rows(min_row=2, max_col=6, values_only=True))
    assert [line[1:] for line in visits] == [
        (11, 40, "by card", None, 30),
        (11, 50, None, None, 45),
        ("Jo Brown", 60, "by card", "oak street", 30),
    ]
    assert sheetcrm("refresh", path, "--on", DAY, "--json").json["written"] is False


def test_a_formula_of_the_owners_in_her_row_is_left_and_told(tmp_path: Path, sheetcrm: CommandLine) -> None:
    path = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(path) as made:
        page = made.add_worksheet("Clients")
        page.write_row("A1", ["Client ID", "Name", "Phone", "Greeting"])
        page.write_row("A2", [11, "Anna Smith", "+44 20 7946 0001"])
        page.write_formula("D2", '="Dear "&B2', None, "Dear Anna Smith")
    done = sheetcrm("erase", path, "11", "--on", DAY)
    assert done.code == 0
    assert "Formulas of yours were left as they are (1): Clients!D2" in done.err
    assert load_workbook(path)["Clients"]["D2"].value == '="Dear "&B2'
    assert found_in(tmp_path) == []  # not its last result either
    assert "nothing is left to be done" in sheetcrm("erase", path, "11", "--on", DAY).out


def test_a_note_of_the_owners_keeps_no_words_about_her_in_a_sheet_of_ours(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    path = salon(tmp_path, clients=({**ANNA, "phone": "12 oat milk"}, *CLIENTS[1:], {**ANNA, "client_id": "C8"}))
    sheetcrm("refresh", path, "--on", DAY)
    with edited(path) as made:
        for table in ("Problems", "Outbox", "Duplicates"):
            page = sheet(made, table)
            top, last = header_row(page), page.max_column + 1
            page.cell(top, last).value = "Mine"
            for row in range(top + 1, page.max_row + 1):
                page.cell(row, last).value = "asks for Eve"
    assert "12 oat milk" in [row["Value"] for row in rows(path, "Problems")]
    for client_id in ("C8", "C1"):
        assert sheetcrm("erase", path, client_id, "--on", DAY).code == 0
    assert found_in(tmp_path, set(HERS) - {"asks for eve"}) == []
    assert [row["Client ID"] for row in rows(path, "Outbox")] == ["C2", "C4"]
