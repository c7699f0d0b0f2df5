"""An owner's day: whatever she does to her workbook, nothing goes twice, nothing of hers is lost, ours is found again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from conftest import ROOT
from openpyxl import load_workbook
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
    rename,
    retitle,
    rows,
    salon,
    sheet,
    sheet_titled,
    sort_rows,
    swap_columns,
    values,
)
from smtp_server import smtp_server

import sheetcrm as crm
from sheetcrm.languages import language
from sheetcrm.testing import MemoryTransport, make_workbook

pytestmark = pytest.mark.usefixtures("sheetcrm")  # a state folder of its own


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return salon(tmp_path)


def run(book: Path, day: date = DAY) -> tuple[list[str], crm.RunReport]:
    transport = MemoryTransport()
    report = crm.run(book, on=day, transport=transport)
    return [message.to for message in transport.messages], report


def sent(book: Path, day: date = DAY) -> list[str]:
    return run(book, day)[0]


# what she does to clients and visits


def test_an_id_she_retypes_sends_nothing_twice(book: Path) -> None:
    assert sent(book) == ["anna@example.com", "jo@example.com"]
    with edited(book) as file:
        page = sheet(file, "Clients")
        page.cell(2, column(page, "Client ID")).value = "A-100"
    assert sent(book) == []
    assert values(book, "Sent", "Client ID", "Status") == [("C1", "sent"), ("C2", "sent")]
    assert values(book, "Clients", "Client ID")[0] == ("A-100",)


def test_sorting_clients_and_visits_changes_nobodys_figures_and_sends_nothing(book: Path) -> None:
    sent(book)
    before = dict(values(book, "Clients", "Name", "Total spend"))
    with edited(book) as file:
        sort_rows(sheet(file, "Clients"), "Name", reverse=True)
        sort_rows(sheet(file, "Visits"), "Amount", reverse=True)
    messages, report = run(book)
    assert (messages, report.failed) == ([], 0)
    assert dict(values(book, "Clients", "Name", "Total spend")) == before
    assert before == {"Anna Smith": 100, "Jo Brown": 30, "Eve Green": 80, "Mia Black": 0}


def test_renamed_sheets_and_headers_of_ours_are_found_again(book: Path) -> None:
    sent(book)
    with edited(book) as file:
        retitle(file, sheet(file, "Sent"), "Was ging raus")
        retitle(file, sheet(file, "Clients"), "My ladies")
        rename(sheet(file, "Clients"), "Last visit", "Zuletzt da")
        rename(sheet(file, "Sent"), "Status", "Was it?")
        titles = file.sheetnames
        page = sheet(file, "Visits")
        append(page, {"Date": date(2026, 11, 20), "Client": "Anna Smith", "Amount": 70.0})
    assert sent(book, date(2026, 11, 23)) == []
    assert load_workbook(book).sheetnames == titles
    assert values(book, "Clients", "Name", "Zuletzt da")[0] == ("Anna Smith", date(2026, 11, 20))
    assert [row["Was it?"] for row in rows(book, "Sent")] == ["sent", "sent"]
    assert "Last visit" not in rows(book, "Clients")[0]


def test_columns_of_ours_that_she_moved_are_written_where_they_stand(book: Path) -> None:
    sent(book)
    with edited(book) as file:
        swap_columns(file, sheet(file, "Clients"), "Last visit", "Total spend")
        swap_columns(file, sheet(file, "Sent"), "Key", "Text")
        append(sheet(file, "Visits"), {"Date": date(2026, 11, 20), "Client": "Anna Smith", "Amount": 70.0})
    assert sent(book) == []
    assert values(book, "Clients", "Last visit", "Total spend")[0] == (date(2026, 11, 20), 170)
    assert len(rows(book, "Sent")) == 2


def test_a_workbook_translated_by_hand_stays_one(book: Path) -> None:
    sent(book)
    with edited(book) as file:
        page = sheet(file, "Clients")
        for english, polish in (("Name", "Imię i nazwisko"), ("Birthday", "Data urodzenia"), ("Visits", "Wizyt razem")):
            rename(page, english, polish)
        retitle(file, page, "Klienci")
        settings = sheet(file, "Settings")
        spoken = next(r for r in settings.iter_rows(min_row=2) if r[0].value == "language")
        spoken[1].value = "pl"
    assert sent(book) == []
    assert values(book, "Clients", "Imię i nazwisko", "Wizyt razem")[0] == ("Anna Smith", 2)
    assert {row["Status"] for row in rows(book, "Sent")} == {language("pl").choice("sent")}


@pytest.mark.parametrize("table", ["Problems", "Duplicates", "Outbox", "Sent"])
def test_a_program_sheet_she_deletes_is_made_again(book: Path, table: str) -> None:
    assert len(sent(book)) == 2
    headers = [cell.value for cell in sheet(load_workbook(book), table)[1]]
    lines = rows(book, table)
    with edited(book) as file:
        file.remove(sheet(file, table))
    assert sent(book) == []
    assert [cell.value for cell in sheet(load_workbook(book), table)[1]] == headers
    assert rows(book, table) == lines
    if table == "Sent":
        assert values(book, "Sent", "Client ID", "To", "Status") == [
            ("C1", "anna@example.com", "sent"),
            ("C2", "jo@example.com", "sent"),
        ]


def test_a_client_she_renames_keeps_her_visits(book: Path) -> None:
    sent(book)
    with edited(book) as file:
        page = sheet(file, "Clients")
        page.cell(2, column(page, "Name")).value = "Anna Johnson"
    assert sent(book) == []
    assert values(book, "Clients", "Name", "Visits", "Total spend")[0] == ("Anna Johnson", 2, 100)


def test_a_copy_from_before_the_first_run_is_known_again_and_greets_nobody_twice(book: Path) -> None:
    original = book.read_bytes()
    assert len(sent(book)) == 2
    book.write_bytes(original)
    assert sent(book) == []
    with edited(book) as file:  # that copy, worked on before it is put back
        page = sheet(file, "Clients")
        page.cell(3, column(page, "Notes")).value = "likes tea"
        for name in [name for name in file.defined_names if name.startswith("_sheetcrm.")]:
            del file.defined_names[name]
        properties: Any = file
        del properties.custom_doc_props["sheetcrm.id"]
    assert sent(book) == []
    assert len(rows(book, "Sent")) == 2


def test_another_list_under_the_same_name_is_another_workbook(book: Path, tmp_path: Path) -> None:
    assert len(sent(book)) == 2
    book.unlink()
    salon(tmp_path, clients=[client("C1", "Ida Gray", "ida", BORN)], visits=[])
    assert sent(book) == ["ida@example.com"]


# columns and words of hers in our sheets


@pytest.mark.parametrize("table", ["Outbox", "Sent", "Problems"])
def test_a_column_of_her_own_in_our_sheet_stays_with_its_row(tmp_path: Path, table: str) -> None:
    book = salon(tmp_path, clients=[*CLIENTS, client("C5", "Zoe White", "zoe@", date(1990, 11, 24))])
    sent(book)
    known = "Client ID" if table != "Problems" else "Value"
    with edited(book) as file:
        page = sheet(file, table)
        at, top = page.max_column + 1, header_row(page)
        page.cell(top, at).value, page.cell(top, at + 1).value = "My note", "Twice"
        letter = page.cell(top, column(page, "Row" if table == "Problems" else "Campaign")).column_letter
        for line in range(top + 1, page.max_row + 1):
            page.cell(line, at).value = f"about {page.cell(line, column(page, known)).value}"
            page.cell(line, at + 1).value = f"={letter}{line}&{letter}{line}"
        clients = sheet(file, "Clients")
        clients.cell(5, column(clients, "Birthday")).value = date(1985, 11, 23)
        clients.cell(2, column(clients, "Birthday")).value = "no day"  # a problem above the one that was there
        append(clients, {"Name": "Ida Gray", "Email": "ida@example.com", "Birthday": BORN, "Email consent": "yes"})
        later = date(1991, 11, 24)
        append(clients, {"Name": "Kim Rose", "Email": "kim@example.com", "Birthday": later, "Email consent": "yes"})
    assert sent(book, date(2026, 11, 22)) == ["ida@example.com"]
    lines = rows(book, table)
    noted = {row[known]: row["My note"] for row in lines}
    assert all(note in (None, f"about {known}") for known, note in noted.items())
    assert sum(note is not None for note in noted.values()) >= 1
    assert None in noted.values()
    page = sheet(load_workbook(book), table)
    at = column(page, "Twice")
    formulas = {c.row: c.value for c in page[page.cell(1, at).column_letter][header_row(page) :] if c.value}
    assert formulas
    assert all(f"{letter}{line}&{letter}{line}" in formula for line, formula in formulas.items())


def test_a_no_in_outbox_stops_the_message_and_stays(book: Path) -> None:
    crm.run(book, on=date(2026, 11, 21), transport=MemoryTransport())
    with edited(book) as file:
        page = sheet(file, "Outbox")
        line = next(r for r in page.iter_rows(min_row=2) if r[column(page, "Client ID") - 1].value == "C1")
        line[column(page, "Send?") - 1].value = "no"
    assert sent(book) == ["jo@example.com"]
    said = {row["Client ID"]: (row["Send?"], row["Status"]) for row in rows(book, "Outbox")}
    assert said["C1"] == ("no", "skipped")
    assert sent(book) == []


# columns that are hers, or were


def test_a_last_visit_typed_by_hand_stays_hers_and_ours_stands_beside_it(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = make_workbook(
        tmp_path / "list.xlsx",
        clients="""
            Client ID | Name       | Last visit
            C1        | Anna Smith | in spring
            C2        | Jo Brown   | 2026-10-30
        """,
        visits="""
            Date       | Client     | Amount
            2026-10-01 | Anna Smith | 40
        """,
    )
    assert sheetcrm("refresh", book, "--on", DAY).code == 0
    page = sheet_titled(book, "Clients")
    headers = [cell.value for cell in page[1]]
    assert headers.index("Last visit") == 2
    assert [page.cell(row, 3).value for row in (2, 3)] == ["in spring", sheet_titled(book, "Clients").cell(3, 3).value]
    ours = headers.index("Last visit (sheetcrm)") + 1
    assert page.cell(2, ours).value.date() == date(2026, 10, 1)
    assert sheetcrm("check", book, "--on", DAY, "--json").json["counts"]["column-taken"] == 1
    assert sheetcrm("refresh", book, "--on", DAY, "--json").json["written"] is False


def test_a_next_visit_she_typed_stays_and_ours_goes_with_its_visit(book: Path) -> None:
    sent(book)
    assert dict(values(book, "Clients", "Name", "Next visit"))["Eve Green"] == date(2026, 11, 27)
    with edited(book) as file:
        clients, visits = sheet(file, "Clients"), sheet(file, "Visits")
        clients.cell(3, column(clients, "Next visit")).value = date(2026, 12, 5)
        line = next(r for r in visits.iter_rows(min_row=2) if r[column(visits, "Status") - 1].value == "planned")
        line[column(visits, "Status") - 1].value = "cancelled"
    sent(book)
    found = dict(values(book, "Clients", "Name", "Next visit"))
    assert (found["Jo Brown"], found["Eve Green"]) == (date(2026, 12, 5), None)


def test_a_formula_in_a_column_of_ours_is_left_and_reported(book: Path, sheetcrm: CommandLine) -> None:
    sheetcrm("refresh", book, "--on", DAY)
    with edited(book) as file:
        page = sheet(file, "Clients")
        cell = page.cell(2, column(page, "Total spend"))
        cell.value = "=40+60+5"
        append(sheet(file, "Visits"), {"Date": date(2026, 11, 20), "Client": "Anna Smith", "Amount": 70.0})
    done = sheetcrm("refresh", book, "--on", DAY)
    assert done.code == 0
    assert cell.coordinate in done.err
    page = sheet(load_workbook(book), "Clients")
    assert page[cell.coordinate].value == "=40+60+5"
    assert page.cell(2, column(page, "Visits")).value == 3


def test_a_formula_in_a_column_of_ours_is_reported_each_time_whatever_else_is_written(
    book: Path, sheetcrm: CommandLine
) -> None:
    sheetcrm("refresh", book, "--on", DAY)
    with edited(book) as file:
        page = sheet(file, "Clients")
        page.cell(2, column(page, "Total spend")).value = "=1"
    said = (
        f"Formulas of yours were left as they are (1): Clients!{page.cell(2, column(page, 'Total spend')).coordinate}\n"
    )
    refreshed = [sheetcrm("refresh", book, "--on", DAY) for _ in range(3)]
    assert [done.err for done in refreshed] == [said] * 3
    for _ in range(2):  # one that sends and saves twice, one that writes nothing
        done = sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "mails")
        assert done.err == said


def test_a_cell_of_ours_in_a_merged_area_is_no_formula_of_hers(book: Path, sheetcrm: CommandLine) -> None:
    sheetcrm("refresh", book, "--on", DAY)
    with edited(book) as file:
        page = sheet(file, "Clients")
        place = page.cell(2, column(page, "Total spend")).coordinate
        below = page.cell(3, column(page, "Total spend")).coordinate
        page.merge_cells(f"{place}:{below}")
        append(sheet(file, "Visits"), {"Date": date(2026, 11, 20), "Client": "Anna Smith", "Amount": 70.0})
    done = sheetcrm("refresh", book, "--on", DAY)
    assert done.err.startswith("Cells of merged areas could not be filled")
    assert below in done.err
    assert "Formulas" not in done.err


# ids


def test_a_new_row_gets_the_next_id_and_keeps_it_while_the_file_is_open(book: Path) -> None:
    sent(book)
    with edited(book) as file:
        page = sheet(file, "Clients")
        append(page, {"Name": "Ida Gray", "Email": "ida@example.com", "Birthday": BORN, "Email consent": "yes"})
    lock = book.with_name("~$salon.xlsx")
    lock.write_bytes(b"")
    messages, report = run(book)
    assert (messages, report.written) == (["ida@example.com"], False)
    with edited(book) as file:  # still open: she types and saves
        page = sheet(file, "Clients")
        append(page, {"Name": "Pam Blue", "Email": "pam@example.com", "Birthday": BORN, "Email consent": "yes"})
        sort_rows(page, "Name", reverse=True)
    assert run(book)[0] == ["pam@example.com"]
    lock.unlink()
    messages, report = run(book)
    assert (messages, report.written) == ([], True)
    ids = dict(values(book, "Clients", "Name", "Client ID"))
    assert (ids["Ida Gray"], ids["Pam Blue"]) == ("C5", "C6")
    assert values(book, "Sent", "Client ID", "To")[2:] == [("C5", "ida@example.com"), ("C6", "pam@example.com")]


def test_a_row_copied_to_make_a_new_client_gets_an_id_of_its_own(book: Path) -> None:
    sent(book)
    with edited(book) as file:
        page = sheet(file, "Clients")
        copy = {cell.value: page.cell(2, cell.column).value for cell in page[1]}
        append(page, copy | {"Name": "Ann Copy", "Email": "ann@example.com"})
    assert sent(book) == ["ann@example.com"]
    assert values(book, "Clients", "Client ID", "Name", "Visits")[0] == ("C1", "Anna Smith", 2)
    assert values(book, "Clients", "Client ID", "Name", "Visits")[-1] == ("C5", "Ann Copy", 0)


@pytest.mark.parametrize("mended", [{}, {"Email": "smith@example.com"}, {"Name": "Anna Jones"}])
def test_a_row_copied_and_inserted_above_gets_an_id_of_its_own_and_the_visits_stay(
    book: Path, mended: dict[str, str]
) -> None:
    sent(book)
    with edited(book) as file:
        page = sheet(file, "Clients")
        anna = {cell.value: page.cell(2, cell.column).value for cell in page[1]}
        append(page, anna | mended)
        for header, value in {"Name": "Ann Copy", "Email": "ann@example.com"}.items():
            page.cell(2, column(page, header)).value = value
    lock = book.with_name("~$salon.xlsx")
    lock.write_bytes(b"")
    assert (sent(book), sent(book)) == (["ann@example.com"], [])
    lock.unlink()
    messages, report = run(book)
    assert (messages, report.notes) == ([], ("Row 2: the id C1 was there twice; this row got C5.",))
    found = values(book, "Clients", "Client ID", "Email", "Visits")
    assert (found[0], found[-1][::2]) == (("C5", "ann@example.com", 0), ("C1", 2))
    assert values(book, "Problems", "Code") == []


def test_a_next_visit_that_came_along_with_a_copied_row_is_not_the_new_clients(book: Path) -> None:
    with edited(book) as file:
        page = sheet(file, "Campaigns")
        append(page, {"Campaign": "Reminders", "Active": "yes", "Trigger": "reminder", "Days": -1})
    sent(book)
    with edited(book) as file:
        page = sheet(file, "Clients")
        row = next(r for r in range(2, 9) if page.cell(r, column(page, "Name")).value == "Eve Green")
        eve = {cell.value: page.cell(row, cell.column).value for cell in page[1]}
        assert eve["Next visit"].date() == date(2026, 11, 27)
        append(page, eve | {"Name": "Ann Copy", "Email": "ann@example.com"})
    assert sent(book, date(2026, 11, 26)) == ["mia@example.com", "eve@example.com"]
    assert values(book, "Clients", "Name", "Next visit")[-1] == ("Ann Copy", None)


# rows as they come


def test_a_row_typed_under_a_table_that_did_not_grow_is_a_client(book: Path) -> None:
    with edited(book) as file:
        new = {"Name": "Ida Gray", "Email": "ida@example.com", "Birthday": BORN, "Email consent": "yes"}
        append(sheet(file, "Clients"), new, grow=False)
    assert sent(book) == ["anna@example.com", "jo@example.com", "ida@example.com"]
    assert values(book, "Clients", "Client ID", "Name", "Visits")[-1] == ("C5", "Ida Gray", 0)


def test_blank_rows_and_a_row_of_totals_are_left_as_they_are(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = make_workbook(
        tmp_path / "list.xlsx",
        clients="""
            Name       | Email            | Points
            Anna Smith | anna@example.com | 4
            Jo Brown   | jo@example.com   | 5
        """,
    )
    with edited(book) as file:
        page = file["Clients"]
        page.insert_rows(3, amount=2)
        page["A7"], page["C7"] = "Total", "=SUM(C2:C5)"
    sheetcrm("refresh", book, "--on", DAY)
    page = sheet_titled(book, "Clients")
    at = column(page, "Client ID")
    assert [page.cell(row, at).value for row in range(2, 8)] == ["C1", None, None, "C2", None, None]
    assert (page["A7"].value, page["C7"].value) == ("Total", "=SUM(C2:C5)")


# interruptions


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_in_the_middle_of_a_send_loses_and_doubles_nothing(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [client(f"C{n}", f"Client {chr(64 + n)}a", f"c{n}", BORN) for n in range(1, 13)]
    book = salon(tmp_path, clients=people, visits=[])
    with smtp_server() as server:
        server.delay = 0.15
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        command = [sys.executable, "-m", "sheetcrm", "run", str(book), "--on", DAY.isoformat()]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while len(server.taken) < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        early = len(server.taken)
        assert 3 <= early < 12
        assert "Traceback" not in err
        assert [s for (s,) in values(book, "Sent", "Status")].count("sent") >= early - 1
        sheetcrm("run", book, "--on", DAY)
        recipients = [mail.to for mail in server.taken]
    assert len(recipients) == len(set(recipients))
    statuses = [s for (s,) in values(book, "Sent", "Status")]
    doubtful = statuses.count(
        language("en").choice("unknown")
    )  # the one that was under way: shown to her, never sent again
    assert doubtful <= 1
    assert statuses.count("sent") + doubtful == 12
    assert 12 - doubtful <= len(recipients) <= 12


def test_a_workbook_open_all_day_is_sent_from_and_catches_up_when_it_closes(book: Path) -> None:
    lock = book.with_name(".~lock.salon.xlsx#")
    lock.write_text(",Olena,desk,22.11.2026 09:00,file:///home/olena;", "utf-8")
    before = book.read_bytes()
    messages, report = run(book)
    assert (len(messages), report.written) == (2, False)
    assert "Olena" in " ".join(report.notes)
    assert sent(book) == []
    assert book.read_bytes() == before
    lock.unlink()
    messages, report = run(book)
    assert (messages, report.written) == ([], True)
    assert values(book, "Sent", "Client ID", "Status") == [("C1", "sent"), ("C2", "sent")]


# taking back


def test_undo_gives_back_the_very_file_and_then_the_one_before(book: Path, sheetcrm: CommandLine) -> None:
    first = book.read_bytes()
    sheetcrm("refresh", book, "--on", DAY)
    second = book.read_bytes()
    sheetcrm("refresh", book, "--on", date(2026, 11, 28))
    assert book.read_bytes() != second
    assert sheetcrm("undo", book).code == 0
    assert book.read_bytes() == second
    assert sheetcrm("undo", book).code == 0
    assert book.read_bytes() == first
    nothing = sheetcrm("undo", book)
    assert (nothing.code, book.read_bytes()) == (2, first)
    assert len(nothing.err.splitlines()) == 1


def test_undo_after_her_edits_takes_back_our_cells_only(tmp_path: Path, sheetcrm: CommandLine) -> None:
    people = [*CLIENTS, client(None, "Ida Gray", "ida")]
    book = salon(tmp_path, clients=people)
    sheetcrm("refresh", book, "--on", DAY)
    assert values(book, "Clients", "Name", "Client ID", "Visits")[-1] == ("Ida Gray", "C5", 0)
    with edited(book) as file:
        page = sheet(file, "Clients")
        page.cell(3, column(page, "Notes")).value = "likes tea"
        sort_rows(page, "Name")
        append(sheet(file, "Visits"), {"Date": date(2026, 11, 20), "Client": "C2", "Amount": 70.0})
    done = sheetcrm("undo", book)
    assert done.code == 0, done.err
    people_now = {row["Name"]: row for row in rows(book, "Clients")}
    assert list(people_now) == ["Anna Smith", "Eve Green", "Ida Gray", "Jo Brown", "Mia Black"]
    assert people_now["Jo Brown"]["Notes"] == "likes tea"
    assert people_now["Ida Gray"]["Client ID"] is None
    assert {row["Visits"] for row in people_now.values()} == {None}
    assert len(rows(book, "Visits")) == len(VISITS) + 1
    assert rows(book, "Outbox") == []
    assert sheetcrm("undo", book).code == 2

    sheetcrm("refresh", book, "--on", DAY)
    again = {row["Name"]: row for row in rows(book, "Clients")}
    assert (again["Ida Gray"]["Client ID"], again["Jo Brown"]["Visits"]) == ("C5", 2)


def test_undo_of_a_plain_list_leaves_no_column_of_ours(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = make_workbook(
        tmp_path / "list.xlsx",
        clients="""
            Name       | Phone          | Birthday
            Anna Smith | +447400123456  | 1990-03-08
        """,
    )
    sheetcrm("refresh", book, "--on", DAY)
    with edited(book) as file:
        file["Clients"]["A2"] = "Anna Johnson"
    assert sheetcrm("undo", book).code == 0
    page = sheet_titled(book, "Clients")
    assert [c.value for c in page[1] if c.value is not None] == ["Name", "Phone", "Birthday"]
    assert page["A2"].value == "Anna Johnson"
    assert [c.value for c in page[2]][3:] == [None] * (page.max_column - 3)
    sheetcrm("refresh", book, "--on", DAY)
    assert sheetcrm("check", book, "--on", DAY, "--json").json["counts"] == {}


def test_undo_forgets_no_message(book: Path, sheetcrm: CommandLine) -> None:
    assert len(sent(book)) == 2
    assert sheetcrm("undo", book).code == 0
    assert sheetcrm("undo", book).code == 0
    assert sent(book) == []
    assert len(rows(book, "Sent")) == 2


def test_what_undo_would_do_can_be_looked_at_first(book: Path, sheetcrm: CommandLine) -> None:
    sheetcrm("refresh", book, "--on", DAY)
    before = book.read_bytes()
    assert sheetcrm("undo", book, "--dry-run", "--json").json["written"] is False
    assert sheetcrm("undo", book, "--dry-run").out == "The last change would be taken back. Nothing was done.\n"
    assert book.read_bytes() == before
    assert len(sheetcrm("undo", book, "--list", "--json").json["versions"]) == 1


@pytest.mark.slow
@pytest.mark.parametrize("code", ["pl", "uk"])
def test_a_whole_day_at_a_real_salon_doubles_and_loses_nothing(tmp_path: Path, code: str) -> None:
    book = Path(shutil.copy(ROOT / "sample_workbooks" / f"salon_{code}.xlsx", tmp_path))
    words = language(code)
    first = sent(book)
    assert len(first) > 5
    figures = dict(values(book, "Clients", words.header("client_id"), words.header("total_spend")))
    with edited(book) as file:
        retitle(file, sheet(file, "Clients"), "Ludzie")
        sort_rows(sheet(file, "Clients"), words.header("email"), reverse=True)
        sort_rows(sheet(file, "Visits"), words.header("client"))
        rename(sheet(file, "Outbox"), words.header("status"), "???")
        file.remove(sheet(file, "Sent"))
        page = sheet(file, "Outbox")
        page.cell(1, page.max_column + 1).value = "Notatka"
        for line in range(2, page.max_row + 1):
            page.cell(line, page.max_column).value = page.cell(line, column(page, words.header("key"))).value
    assert sent(book) == []
    assert dict(values(book, "Clients", words.header("client_id"), words.header("total_spend"))) == figures
    assert sorted(to for (to,) in values(book, "Sent", words.header("to"))) == sorted(first)
    assert all(note in (None, key) for key, note in values(book, "Outbox", words.header("key"), "Notatka"))
    sent(book, DAY + timedelta(days=1))
    assert len(rows(book, "Sent")) == len({row[words.header("key")] for row in rows(book, "Sent")})
