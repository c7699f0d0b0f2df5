"""Visits of a file: lines that are not there yet are added, each is her client's, and who is new with name and phone becomes one."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from openpyxl import Workbook
from owner_hand import client, column, edited, header_row, rows, salon, sheet, visit

from sheetcrm.testing import make_workbook

DAY = date(2026, 11, 22)
CLIENTS = (
    client("C1", "Anna Smith", "anna", phone="+44 20 7946 0001"),
    client("C2", "Jo Brown", "jo", phone="+44 20 7946 0002"),
    client("C3", "Jo Brown", "jo.b", phone="+44 20 7946 0003"),
)
VISITS = (
    visit(date(2026, 9, 1), "Anna Smith", 40.0),
    visit(date(2026, 11, 20), "C2", None, status="planned"),
)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return salon(tmp_path, clients=CLIENTS, visits=VISITS)


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def lines(path: Path) -> list[tuple[Any, ...]]:
    return [
        (row["Date"], row["Client"], row["Client ID"], row["Service"], row["Amount"]) for row in rows(path, "Visits")
    ]


def counts(done: Any) -> tuple[int, ...]:
    return tuple(done.json[name] for name in ("added", "updated", "same", "duplicate", "refused"))


def test_a_journal_brings_visits_and_the_clients_who_are_new_in_it(book: Path, sheetcrm: CommandLine) -> None:
    file = written(
        book.parent / "journal.csv",
        "Data;Imię i nazwisko;Telefon;Usługa;Cena\n"
        "01.09.2026;Anna Smith;+44 20 7946 0001;Cut;40,00\n"
        "02.10.2026;Smith Anna;;Colour;70,50\n"
        "03.10.2026;Mia Black;+44 20 7946 0004;Cut;35\n"
        "04.10.2026;Mia Black;+44 20 7946 0004;Cut;35\n"
        "05.10.2026;Nobody Known;;Cut;30\n",
    )
    done = sheetcrm("import", book, file, "--on", DAY, "--json")
    assert (counts(done), done.json["new_clients"], done.json["unknown_clients"]) == ((4, 0, 1, 0, 0), 1, 1)
    assert done.json["left_out"] == []
    assert lines(book)[2:] == [
        (date(2026, 10, 2), "Smith Anna", "C1", "Colour", 70.5),
        (date(2026, 10, 3), "Mia Black", "C4", "Cut", 35),
        (date(2026, 10, 4), "Mia Black", "C4", "Cut", 35),
        (date(2026, 10, 5), "Nobody Known", None, "Cut", 30),
    ]
    mia = rows(book, "Clients")[-1]
    assert (mia["Name"], mia["Client ID"], mia["Visits"], mia["Total spend"]) == ("Mia Black", "C4", 2, 70)


def test_to_import_a_journal_twice_adds_nothing(book: Path, sheetcrm: CommandLine) -> None:
    file = written(
        book.parent / "journal.csv",
        "Date,Client,Phone,Service,Amount\n"
        "2026-10-03,Mia Black,+44 20 7946 0004,Cut,35\n"
        "2026-10-03,Jo Brown,+44 20 7946 0003,Cut,35\n"
        "2026-10-04,Jo Brown,,Cut,35\n"
        "2026-10-05,Nobody Known,,Cut,30\n",
    )
    assert counts(sheetcrm("import", book, file, "--on", DAY, "--json")) == (4, 0, 0, 0, 0)
    before = book.read_bytes()
    again = sheetcrm("import", book, file, "--on", DAY, "--json")
    assert (counts(again), again.json["written"], book.read_bytes() == before) == ((0, 0, 4, 0, 0), False, True)


def test_a_journal_adds_nothing_again_where_its_client_was_renamed_or_has_a_namesake_since(
    book: Path, sheetcrm: CommandLine
) -> None:
    file = written(book.parent / "journal.csv", "Date,Client,Service,Amount\n2026-10-03,Anna Smith,Cut,35\n")
    assert counts(sheetcrm("import", book, file, "--on", DAY, "--json")) == (1, 0, 0, 0, 0)
    there = lines(book)
    namesake = written(book.parent / "list.csv", "Name,Phone\nAnna Smith,020 7946 0009\n")
    assert counts(sheetcrm("import", book, namesake, "--on", DAY, "--json", "--add-duplicates")) == (1, 0, 0, 0, 0)
    assert counts(sheetcrm("import", book, file, "--on", DAY, "--json")) == (0, 0, 1, 0, 0)
    with edited(book) as opened:
        page = sheet(opened, "Clients")
        for row in (2, 5):
            page.cell(header_row(page) + row - 1, column(page, "Name")).value = f"Anna Wood {row}"
    assert counts(sheetcrm("import", book, file, "--on", DAY, "--json")) == (0, 0, 1, 0, 0)
    assert lines(book) == there
    other = written(book.parent / "journal.csv", "Date,Client,Service,Amount\n2026-10-03,Anna Smith,Cut,36\n")
    assert counts(sheetcrm("import", book, other, "--on", DAY, "--json")) == (1, 0, 0, 0, 0)


def test_a_phone_settles_which_of_two_namesakes_came(book: Path, sheetcrm: CommandLine) -> None:
    file = written(
        book.parent / "journal.csv",
        "Date,Client,Phone,Service\n2026-10-03,Jo Brown,+44 20 7946 0003,Cut\n2026-10-04,,020 7946 0002,Cut\n",
    )
    assert counts(sheetcrm("import", book, file, "--on", DAY, "--json")) == (2, 0, 0, 0, 0)
    done = {row["Client ID"]: row["Visits"] for row in rows(book, "Clients")}
    assert (done["C2"], done["C3"]) == (1, 1)


def test_a_line_that_is_there_gets_the_amount_that_it_lacks(book: Path, sheetcrm: CommandLine) -> None:
    file = written(book.parent / "journal.csv", "Date,Client,Service,Amount,Status\n20.11.2026,C2,cut,55,done\n")
    done = sheetcrm("import", book, file, "--on", DAY, "--overwrite", "--json")
    assert counts(done) == (0, 1, 0, 0, 0)
    assert [(row["Amount"], row["Status"]) for row in rows(book, "Visits")][1] == (55, "done")


def test_one_line_twice_in_a_file_is_added_once_and_told(book: Path, sheetcrm: CommandLine) -> None:
    line = "2026-10-03,Anna Smith,Cut,35\n"
    file = written(book.parent / "journal.csv", "Date,Client,Service,Amount\n" + 2 * line)
    assert counts(sheetcrm("import", book, file, "--on", DAY, "--json")) == (1, 0, 0, 1, 0)
    assert counts(sheetcrm("import", book, file, "--on", DAY, "--add-duplicates", "--json")) == (1, 0, 1, 0, 0)
    assert counts(sheetcrm("import", book, file, "--on", DAY, "--json")) == (0, 0, 2, 0, 0)


def test_a_line_without_a_day_or_a_client_is_refused_and_stops_no_other(book: Path, sheetcrm: CommandLine) -> None:
    file = written(
        book.parent / "journal.csv",
        "Date,Client,Service,Amount\n,Anna Smith,Cut,1\n2026-10-03,,Cut,2\nsoon,Anna Smith,Cut,3\n2026-10-04,C1,Cut,x\n",
    )
    done = sheetcrm("import", book, file, "--on", DAY, "--json")
    assert counts(done) == (1, 0, 0, 0, 3)
    assert [(r["row"], r["reason"]) for r in done.json["rows"]] == [(2, "no-date"), (3, "no-client"), (4, "bad-date")]
    assert lines(book)[-1] == (date(2026, 10, 4), "C1", None, "Cut", "x")


def test_months_on_sheets_of_their_own_are_taken_together(book: Path, sheetcrm: CommandLine) -> None:
    made = Workbook()
    for month, title in ((9, "September 2026"), (10, "October 2026")):
        page: Any = made.create_sheet(title)
        page.append(["Date", "Client", "Service", "Amount"])
        page.append([date(2026, month, 11), "Anna Smith", "Cut", 20])
        page.append([date(2026, month, 12), "Anna Smith", "Cut", 30])
    page.append([date(2026, 10, 12), "Anna Smith", "Cut", 30])
    page.append(["Total", None, None, 80])
    page.append([date(2026, 10, 14), None, "Cut", 30])
    del made["Sheet"]
    file = book.parent / "months.xlsx"
    made.save(file)
    told = sheetcrm("import", book, file, "--on", DAY, "--dry-run").out
    assert "Row October 2026!6 was refused" in told
    assert "Row October 2026!4: 2026-10-12 Anna Smith stands in row October 2026!3 of the file too." in told
    done = sheetcrm("import", book, file, "--on", DAY, "--json")
    assert counts(done) == (4, 0, 0, 1, 1)
    assert [(row["sheet"], row["row"]) for row in done.json["rows"]] == [("October 2026", 4), ("October 2026", 6)]


def test_visits_that_came_while_two_were_one_stay_with_whom_she_lived_on_in(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    twins = [client(one, "Anna Smith", "anna", phone="+44 20 7946 0001") for one in ("C1", "C2")]
    book = salon(tmp_path, clients=twins, visits=())
    for command in ("refresh", "merge"):
        assert sheetcrm(command, book, "--on", DAY).code == 0
    file = written(
        book.parent / "journal.csv", "Date,Client,Service\n2026-10-03,Anna Smith,Cut\n2026-10-04,020 7946 0001,Cut\n"
    )
    for expected in ((2, 0, 0, 0, 0), (0, 0, 2, 0, 0)):
        assert counts(sheetcrm("import", book, file, "--on", DAY, "--json")) == expected
    assert sheetcrm("unmerge", book, "C2", "--on", DAY).code == 0
    assert [row["Client"] for row in rows(book, "Visits")] == ["C1", "C1"]  # by the text alone nobody would know
    assert {row["Client ID"]: row["Visits"] for row in rows(book, "Clients")} == {"C1": 2, "C2": 0}


def test_of_a_file_with_clients_and_visits_the_option_says_which_are_brought_in(
    book: Path, sheetcrm: CommandLine
) -> None:
    file = make_workbook(
        book.parent / "both.xlsx",
        clients="Name | Phone\nMia Black | 020 7946 0004",
        visits="Date | Client | Service | Amount\n2026-10-03 | Anna Smith | Cut | 35",
    )
    for option, table in (("--visits", "Visits"), ("--clients", "Clients")):
        done = sheetcrm("import", book, file, "--on", DAY, "--json", option)
        assert (done.json["table"], counts(done)) == (table, (1, 0, 0, 0, 0))
    assert lines(book)[2:] == [(date(2026, 10, 3), "Anna Smith", "C1", "Cut", 35)]


def test_a_list_without_visits_says_what_to_do_first(tmp_path: Path, sheetcrm: CommandLine) -> None:
    made = Workbook()
    page: Any = made.active
    for line in (["Name", "Phone"], ["Anna Smith", "+44 20 7946 0001"]):
        page.append(line)
    made.save(tmp_path / "list.xlsx")
    file = written(tmp_path / "journal.csv", "Date,Client,Service\n2026-10-03,Anna Smith,Cut\n")
    done = sheetcrm("import", tmp_path / "list.xlsx", file, "--on", DAY)
    assert (done.code, "sheetcrm adopt" in done.err, done.err.count("\n")) == (3, True, 1)
