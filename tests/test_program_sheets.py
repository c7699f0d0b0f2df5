"""The sheets that the program writes: in whatever workbook they land, and how they look there."""

from __future__ import annotations

import shutil
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from command_line import CommandLine
from invariants import complaints
from openpyxl import load_workbook
from openpyxl.workbook.protection import WorkbookProtection
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
    rows,
    salon,
    sheet,
    sheet_titled,
    values,
)
from python_calamine import CalamineWorkbook

import sheetcrm as crm
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.testing import MemoryTransport, make_workbook

pytestmark = pytest.mark.usefixtures("sheetcrm")  # a state folder of its own

OURS = ("Today", "Problems", "Duplicates", "Outbox", "Sent", "Why")
PEOPLE = """
    Client ID | Name       | Email            | Birthday   | Email consent | Next visit
    C1        | Anna Smith | anna@example.com | 1990-11-22 | yes           |
    C2        | Jo Brown   | jo@example.com   | 1985-11-25 | yes           |
"""
LINES = """
    Date       | Client     | Amount
    2026-10-01 | Anna Smith | 40
"""
CAMPAIGNS = """
    Campaign  | Active | Trigger
    Birthdays | yes    | birthday
"""


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return make_workbook(tmp_path / "list.xlsx", PEOPLE, LINES, campaigns=CAMPAIGNS)


def run(book: Path, day: date = DAY) -> crm.RunReport:
    return crm.run(book, on=day, transport=MemoryTransport())


def settled(book: Path) -> bool:
    """Whether another run, with nothing remembered of the last one, leaves the file alone, and nothing is wrong with it."""
    before = book.read_bytes()
    again = run(book)
    wrong = [line for line in complaints(before) if "reaches to row 2" not in line]  # an empty table, as `new` makes it
    return (again.sent, again.written, book.read_bytes() == before, wrong) == (0, False, True, [])


# sheets in the way


def test_an_owners_sheet_under_a_title_of_ours_stays_hers(plain: Path) -> None:
    with edited(plain) as file:
        for title in ("Sent", "OUTBOX", "Problems"):
            page = file.create_sheet(title)
            page.append(["Date", "Client", "Text"])
            page.append([DAY, "Anna Smith", "a parcel"])
    assert run(plain).sent == 1
    file = load_workbook(plain)
    for title in ("Sent", "OUTBOX", "Problems"):
        assert [cell.value for cell in file[title][2]][1:] == ["Anna Smith", "a parcel"]
        assert file[title].max_row == 2
    assert values(plain, "Sent", "Client ID", "Status") == [("C1", "sent")]
    assert settled(plain)


def test_an_excel_table_of_hers_under_a_name_of_ours_stays_hers(tmp_path: Path) -> None:
    book = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(book) as file:
        page = file.add_worksheet("People")
        page.add_table(0, 0, 1, 1, {"name": "Clients", "columns": [{"header": "Name"}, {"header": "Email"}]})
        page.write_row(1, 0, ["Anna Smith", "anna@example.com"])
        post = file.add_worksheet("Post")
        post.add_table(0, 0, 1, 1, {"name": "Sent", "columns": [{"header": "What"}, {"header": "To"}]})
        post.write_row(1, 0, ["a parcel", "Anna"])
        file.define_name("Outbox", "=Post!$A$1")
    assert run(book).written
    file = load_workbook(book)
    assert [[cell.value for cell in line] for line in file["Post"].iter_rows()] == [
        ["What", "To"],
        ["a parcel", "Anna"],
    ]
    assert file.defined_names["Outbox"].value == "Post!$A$1"
    assert {"sheetcrm_Sent", "sheetcrm_Outbox", "Problems"} <= {name for page in file for name in page.tables}
    assert settled(book)


def test_a_locked_structure_keeps_our_sheets_out_but_not_the_figures(plain: Path) -> None:
    with edited(plain) as file:
        file.security = WorkbookProtection(lockStructure=True)
        titles = file.sheetnames
    report = run(plain)
    assert report.sent == 1
    assert "Outbox" in " ".join(report.notes)
    file = load_workbook(plain)
    assert file.sheetnames == titles
    page = file["Clients"]
    assert page.cell(2, column(page, "Visits")).value == 1
    assert settled(plain)


def test_sheets_and_titles_as_long_as_excel_allows(plain: Path) -> None:
    run(plain)
    with edited(plain) as file:
        page = sheet(file, "Outbox")
        page.title = "Was in den nächsten Tagen 'geht'"[:31]
        for name in file.defined_names.values():
            name.value = name.value.replace("'Outbox'!", "'" + page.title.replace("'", "''") + "'!")
    assert run(plain, DAY + timedelta(days=3)).written
    assert "Outbox" not in load_workbook(plain).sheetnames
    assert complaints(plain.read_bytes()) == []


def test_a_hidden_sheet_of_ours_stays_hidden(plain: Path) -> None:
    run(plain)
    with edited(plain) as file:
        sheet(file, "Outbox").sheet_state = "hidden"
        sheet(file, "Sent").sheet_state = "veryHidden"
    run(plain, DAY + timedelta(days=3))
    file = load_workbook(plain)
    assert (sheet(file, "Outbox").sheet_state, sheet(file, "Sent").sheet_state) == ("hidden", "veryHidden")
    assert len(rows(plain, "Sent")) == 2


def test_a_sheet_of_ours_whose_excel_table_she_dissolved_is_found_and_gets_one_again(plain: Path) -> None:
    run(plain)
    with edited(plain) as file:
        page = sheet(file, "Sent")
        del page.tables["Sent"]
    run(plain, DAY + timedelta(days=3))
    assert values(plain, "Sent", "Client ID") == [("C1",), ("C2",)]
    assert len(load_workbook(plain).sheetnames) == 3 + len(OURS)


def test_rows_she_sorted_in_sent_keep_her_order_and_new_ones_come_below(plain: Path) -> None:
    run(plain)
    run(plain, DAY + timedelta(days=3))
    with edited(plain) as file:
        page = sheet(file, "Sent")
        one, other = ([cell.value for cell in page[row]] for row in (2, 3))
        for row, line in ((2, other), (3, one)):
            for at, value in enumerate(line, 1):
                page.cell(row, at).value = value
        append(file["Clients"], {"Name": "Ida Gray", "Email": "ida@example.com", "Birthday": date(1990, 11, 25)})
        file["Clients"].cell(4, column(file["Clients"], "Email consent")).value = "yes"
    run(plain, DAY + timedelta(days=3))
    assert values(plain, "Sent", "Client ID") == [("C2",), ("C1",), ("C3",)]


# other kinds of workbook


def test_dates_are_right_in_a_workbook_that_counts_from_1904(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = tmp_path / "mac.xlsx"
    with xlsxwriter.Workbook(book, {"date_1904": True}) as file:
        day = file.add_format({"num_format": "dd/mm/yyyy"})
        page, visits, campaigns = (file.add_worksheet(title) for title in ("Clients", "Visits", "Campaigns"))
        page.write_row(0, 0, ["Client ID", "Name", "Email", "Birthday", "Email consent"])
        page.write_row(1, 0, ["C1", "Anna Smith", "anna@example.com"])
        page.write_datetime(1, 3, datetime(1990, 11, 22), day)
        page.write(1, 4, "yes")
        visits.write_row(0, 0, ["Date", "Client", "Amount"])
        for row, when in enumerate((datetime(2026, 10, 1), datetime(2026, 12, 1)), 1):
            visits.write_datetime(row, 0, when, day)
            visits.write(row, 1, "C1")
        visits.write(1, 2, 40)
        campaigns.write_row(0, 0, ["Campaign", "Active", "Trigger"])
        campaigns.write_row(1, 0, ["Birthdays", "yes", "birthday"])
    assert run(book).sent == 1
    file2 = load_workbook(book)
    clients = file2["Clients"]
    shown = [clients.cell(2, column(clients, header)).value for header in ("Last visit", "Next visit", "Visits")]
    assert shown == [datetime(2026, 10, 1), datetime(2026, 12, 1), 1]
    assert values(book, "Sent", "Due") == [(DAY,)]
    assert settled(book)
    shutil.rmtree(sheetcrm.state)
    assert run(book).sent == 0
    assert values(book, "Sent", "Due") == [(DAY,)]


def test_a_strict_workbook_gets_strict_sheets(shared_dir: Path, tmp_path: Path) -> None:
    source = next((shared_dir / "data" / "workbooks").glob("*3DRotation*"))
    from test_untouched import tool  # noqa: PLC0415 - only where the reference data is

    book = tmp_path / "strict.xlsx"
    tool(shared_dir, "inject_clients").inject(source, book)
    assert run(book).written
    with zipfile.ZipFile(book) as package:
        ours = [
            package.read(n)
            for n in package.namelist()
            if n.startswith("xl/worksheets/sheet") and b"Key" in package.read(n)
        ]
    assert len(ours) == 2
    assert all(b"purl.oclc.org" in part for part in ours)
    assert settled(book)


def test_names_that_look_like_formulas_stay_text(tmp_path: Path) -> None:
    people = [client("C1", "=1+1", "anna", BORN), client("C2", "_x0041_ <b>&", "jo", BORN)]
    book = salon(tmp_path, clients=people, visits=[])
    assert run(book).sent == 2
    lines = CalamineWorkbook.from_path(str(book)).get_sheet_by_name("Sent").to_python()
    assert [line[3] for line in lines] == ["Client", "=1+1", "_x0041_ <b>&"]
    with zipfile.ZipFile(book) as package:
        assert not any(
            b"<f>" in package.read(name) for name in package.namelist() if "sheet" in name and "rels" not in name
        )
    assert settled(book)


# looks


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_sheets_of_ours_look_like_the_rest_of_the_workbook(tmp_path: Path, code: str) -> None:
    book = salon(tmp_path, language=code, clients=[*CLIENTS, client("C5", "Zoe White", "zoe@", date(1990, 11, 24))])
    run(book)
    file = load_workbook(book)
    head = sheet(file, "Clients")["B1"]
    for table in OURS:
        page = sheet(file, table)
        assert page.title == language(code).sheet(table)
        assert page.freeze_panes == ("D3" if table == "Duplicates" else "A2")  # who they are stays in sight
        assert page.sheet_properties.tabColor is not None
        for cell in page[header_row(page)]:
            assert (cell.fill.fgColor.rgb, cell.font.color.rgb, cell.font.b) == (
                head.fill.fgColor.rgb,
                "FFFFFFFF",
                True,
            )
            width = page.column_dimensions[cell.column_letter].width
            assert width >= max(map(len, str(cell.value).split()))


def test_problems_are_red_or_amber_and_held_messages_are_quiet(tmp_path: Path) -> None:
    people = [
        *CLIENTS,
        client("C5", "Zoe White", "zoe@", BORN),
        client("C6", "Ivy Stone", "ivy", BORN, email_consent="no"),
    ]
    closed = [*VISITS, {"date": date(2026, 10, 9), "client": "C1", "status": "planned"}]
    book = salon(tmp_path, clients=people, visits=closed)
    run(book, DAY - timedelta(days=1))
    file = load_workbook(book)

    def tones(table: str, field: str) -> dict[Any, str]:
        page = sheet(file, table)
        at = column(page, field)
        return {line[at - 1].value: line[0].fill.fgColor.rgb[2:] for line in page.iter_rows(min_row=2)}

    assert tones("Problems", "Code") == {"invalid-email": "FBE3E4", "visit-not-closed": "FFF1CC"}
    outbox = tones("Outbox", "Client ID")
    assert (outbox["C1"], outbox["C6"]) == ("000000", "F3F5F6")


def test_added_columns_speak_the_formats_of_her_country_and_keep_her_own_look(plain: Path) -> None:
    with edited(plain) as file:
        page = file.create_sheet("Settings")
        for line in (("Setting", "Value"), ("country", "PL"), ("language", "pl")):
            page.append(line)
    run(plain)
    page = sheet_titled(plain, "Clients")
    headers = {cell.value: cell for cell in page[1]}
    cells = {name: page.cell(2, headers[language("pl").header(name)].column) for name in ("last_visit", "total_spend")}
    assert {name: cell.number_format for name, cell in cells.items()} == {
        "last_visit": "dd.mm.yyyy",
        "total_spend": '#,##0.00 "zł"',
    }
    assert {cell.font.color.rgb for cell in cells.values()} == {"FF6B7A86"}
    added = headers[language("pl").header("total_spend")]
    assert (added.font.b, page.column_dimensions[added.column_letter].width >= len(added.value)) == (True, True)


def test_in_a_workbook_of_ours_computed_cells_take_the_look_of_their_column(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=[], visits=[])
    with edited(book) as file:
        page = sheet(file, "Clients")
        for number, name in enumerate(("Anna Smith", "Jo Brown"), 2):
            page.cell(number, column(page, "Name")).value = name
        page.tables["Clients"].ref = (
            page.tables["Clients"].ref.rsplit(":", 1)[0] + ":" + page.cell(3, page.max_column).coordinate
        )
        append(sheet(file, "Visits"), {"Date": date(2026, 10, 1), "Client": "Anna Smith", "Amount": 40.0})
    run(book)
    page = sheet(load_workbook(book), "Clients")
    for header, number_format in (("Last visit", "dd/mm/yyyy"), ("Total spend", '"£"#,##0.00'), ("Visits", "General")):
        cell = page.cell(2, column(page, header))
        assert (cell.number_format, cell.fill.fgColor.rgb, cell.font.color.rgb) == (
            number_format,
            "FFF3F5F6",
            "FF6B7A86",
        )


# her notes beside our rows


def noted(book: Path, table: str, header: str, cells: dict[int, Any]) -> None:
    """Type into a column of her own right of a sheet of ours."""
    with edited(book) as file:
        page = sheet(file, table)
        at = max(c.column for c in page[1] if c.value == header or c.value is not None)
        at = at if page.cell(1, at).value == header else at + 1
        page.cell(1, at).value = header
        for row, value in cells.items():
            page.cell(row, at).value = value


def beside(book: Path, table: str, *headers: str) -> list[tuple[Any, ...]]:
    page = sheet(load_workbook(book), table)
    at = [next(c.column for c in page[1] if c.value == header) for header in headers]
    lines = [tuple(page.cell(row, column).value for column in at) for row in range(2, page.max_row + 1)]
    return [line for line in lines if any(line)]


def test_a_message_that_was_sent_stays_in_outbox_for_as_long_as_she_has_a_note_beside_it(tmp_path: Path) -> None:
    book = salon(tmp_path)
    crm.run(book, on=DAY - timedelta(days=3), transport=MemoryTransport())
    noted(book, "Outbox", "My note", {2: "ring first", 3: "=1+1"})
    sent = run(book).sent
    assert (sent, beside(book, "Outbox", "Client", "Status", "My note")) == (
        2, [("Mia Black", "queued", None), ("Anna Smith", "sent", "ring first")],
    )  # fmt: skip
    assert settled(book)
    noted(book, "Outbox", "My note", {3: None})
    run(book)
    assert beside(book, "Outbox", "Client", "My note") == [("Mia Black", None)]


def test_a_message_that_is_no_longer_due_says_so_beside_her_note(tmp_path: Path) -> None:
    book = salon(tmp_path)
    crm.run(book, on=DAY - timedelta(days=3), transport=MemoryTransport())
    noted(book, "Outbox", "My note", {2: "ring first"})
    with edited(book) as file:
        page = sheet(file, "Clients")
        page.cell(2, column(page, "Birthday")).value = None
        sheet(file, "Outbox").cell(2, column(sheet(file, "Outbox"), "Send?")).value = "yes"
    run(book)
    assert beside(book, "Outbox", "Client", "Send?", "Status", "Reason", "My note")[-1] == (
        "Anna Smith", None, "skipped", "no longer due", "ring first",
    )  # fmt: skip
    assert settled(book)


def test_a_problem_that_is_solved_stays_for_as_long_as_she_has_a_note_beside_it(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=[*CLIENTS, client("C5", "Bad Mail", "bad mail")])
    run(book)
    noted(book, "Problems", "Asked", {2: "on Monday"})
    with edited(book) as file:
        page = sheet(file, "Clients")
        page.cell(6, column(page, "Email")).value = "good@example.com"
    run(book)
    assert beside(book, "Problems", "Severity", "Code", "Asked") == [("no longer there", "invalid-email", "on Monday")]
    assert settled(book)
