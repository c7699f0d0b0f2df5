"""The sheet Today: what she looks at in the morning."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from invariants import complaints
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from owner_hand import BORN, DAY, client, column, edited, rows, salon, sheet, sheet_titled, values, visit

import sheetcrm as crm
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.testing import MemoryTransport, make_workbook

MONDAY = date(2026, 11, 23)
CLIENTS = (
    client("C1", "Anna Smith", "anna", date(1990, 11, 23), phone="07700 900123"),
    client("C2", "Jo Brown", "jo", date(1985, 11, 24)),
    client("C3", "Eve Green", "eve", date(2000, 2, 29)),
    client("C4", "Mia Black", "mia"),
)
VISITS = (
    visit(MONDAY, "Eve Green", None, time="14:00", status="planned", staff="Olga"),
    visit(MONDAY, "Anna Smith", None, time="09:30", status="planned"),
    visit(MONDAY, "Anna Smith", None, "Colour", time="10:15", status="planned", ticket="7"),
    visit(MONDAY, "Mia Black", None, status="planned"),
    visit(MONDAY, "Jo Brown", None, status="cancelled"),
    visit(MONDAY + timedelta(days=1), "Jo Brown", None, status="planned"),
)


@pytest.fixture(autouse=True)
def _own_state(sheetcrm: CommandLine) -> CommandLine:
    return sheetcrm


def run(book: Path, day: date = MONDAY) -> crm.RunReport:
    return crm.run(book, on=day, transport=MemoryTransport())


def today(book: Path, topic: str) -> list[tuple[Any, ...]]:
    return [row[1:] for row in values(book, "Today", "What", "When", "Client", "Text") if row[0] == topic]


def test_it_says_who_comes_whose_birthday_it_is_what_waits_and_what_went_out(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=CLIENTS, visits=VISITS, closed_days="2026-11-30, 2026-12-01, 2026-12-25, sun")
    assert run(book).sent == 1
    assert today(book, "Last run") == [(MONDAY, None, "on the computer this one")]
    assert today(book, "To do") == [(None, None, "Things to fix, in the sheet “Problems”: 1.")]
    assert today(book, "Visit") == [
        ("09:30", "Anna Smith", "Cut · 07700 900123"),
        ("10:15", "Anna Smith", "Colour · 07700 900123"),
        ("14:00", "Eve Green", "Cut · Olga"),
        (None, "Mia Black", "Cut"),
    ]
    assert today(book, "Birthday") == [
        ("23/11/2026", "Anna Smith", "age 36 · 07700 900123"),
        ("24/11/2026", "Jo Brown", "age 41"),
    ]
    assert today(book, "Closed") == [("30/11/2026 – 01/12/2026", None, None)]
    ((when, who, text),) = today(book, "Message")
    assert (when, who, text) == ("23/11/2026 12:00", "Anna Smith", "Birthdays · email · Happy birthday, Anna")


def test_ticks_calls_pairs_and_messages_of_unknown_outcome_wait_for_her(tmp_path: Path) -> None:
    class Lost(MemoryTransport):
        def send(self, message: Any) -> Any:
            super().send(message)
            raise OSError

    twice = (
        *CLIENTS[:2],
        client("C8", "Anna Smith", "anna", None),
        client("C9", "Ida Gray", "ida", date(1990, 11, 23)),
    )
    book = salon(tmp_path, clients=twice, visits=())
    crm.run(book, on=MONDAY, transport=Lost())
    with edited(book) as file:
        page = sheet(file, "Campaigns")
        page.cell(2, column(page, "Approval")).value = "after my tick"
    run(book)
    said = [text for _, _, text in today(book, "To do")]
    assert said == [
        "Messages that wait for your tick in the sheet “Outbox”: 1.",
        "Messages of which it is not certain whether they went out, in the sheet “Outbox”: 2. Please decide.",
        "Possible duplicates, in the sheet “Duplicates”: 1.",
    ]
    assert [text.split(" · ")[2] for _, _, text in today(book, "Message")] == ["not certain"] * 2


def test_who_was_born_on_29_february_is_greeted_on_the_28th_of_other_years(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=CLIENTS, visits=())
    run(book, date(2027, 2, 28))
    assert today(book, "Birthday") == [("28/02/2027", "Eve Green", "age 27")]


def test_a_second_run_of_the_day_leaves_the_file_alone_and_the_next_day_does_not(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=CLIENTS, visits=VISITS)
    run(book)
    before = book.read_bytes()
    assert not run(book).written
    assert book.read_bytes() == before
    assert run(book, MONDAY + timedelta(days=1)).written
    assert today(book, "Last run")[0][0] == date(2026, 11, 24)


def test_a_refresh_is_no_run_and_another_computer_leaves_what_is_known_of_the_last_one(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = salon(tmp_path, clients=CLIENTS, visits=VISITS)
    assert sheetcrm("refresh", book, "--on", MONDAY).code == 0
    assert today(book, "Last run") == [(None, None, "not yet")]
    run(book)
    monkeypatch.setenv("SHEETCRM_MACHINE", "the other")
    monkeypatch.setenv("SHEETCRM_STATE", str(tmp_path / "elsewhere"))
    assert sheetcrm("refresh", book, "--on", "2026-11-25").code == 0
    assert today(book, "Last run") == [(MONDAY, None, "on the computer this one")]


def test_the_date_of_the_last_run_turns_red_by_itself_after_two_days(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=CLIENTS, visits=())
    run(book)
    page = sheet(load_workbook(book), "Today")
    ((area, (rule,)),) = [(str(one.sqref), one.rules) for one in page.conditional_formatting]
    letter = get_column_letter(column(page, "When"))
    assert (area, rule.formula) == (f"{letter}2:{letter}1048576", [f"AND(ISNUMBER({letter}2),TODAY()-{letter}2>2)"])
    assert rule.dxf.fill.bgColor.rgb == "FFC0392B"
    assert page.cell(2, column(page, "When")).is_date
    assert [line for line in complaints(book.read_bytes()) if "reaches to row 2" not in line] == []


@pytest.mark.slow
def test_libreoffice_paints_the_date_red(tmp_path: Path) -> None:
    if not (shutil.which("soffice") and shutil.which("pdftoppm")):
        pytest.skip("LibreOffice and poppler are not here")
    book = salon(tmp_path, clients=CLIENTS[:1], visits=())
    run(book, date(2020, 1, 7))
    convert = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/office", "--convert-to", "pdf"]
    subprocess.run([*convert, "--outdir", str(tmp_path), str(book)], check=True, capture_output=True, timeout=180)
    subprocess.run(["pdftoppm", "-r", "30", str(book.with_suffix(".pdf")), str(tmp_path / "page")], check=True)
    pictures = [path.read_bytes() for path in tmp_path.glob("page*.ppm")]
    assert any(bytes([0xC0, 0x39, 0x2B]) in picture for picture in pictures)


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_speaks_the_workbooks_language_and_is_found_again(tmp_path: Path, code: str) -> None:
    book = salon(tmp_path, language=code, clients=CLIENTS, visits=())
    run(book)
    words = language(code)
    first = rows(book, "Today")[0]
    assert first[words.header("topic")] == words.choice("today-run")
    assert sheet_titled(book, words.sheet("Today")).title
    with edited(book) as file:  # a program that knows no names but keeps titles and headers
        for name in [name for name in file.defined_names if name.startswith("_sheetcrm.")]:
            del file.defined_names[name]
    run(book, MONDAY + timedelta(days=1))
    assert sum(title.startswith(words.sheet("Today")) for title in load_workbook(book).sheetnames) == 1


def test_a_list_of_hers_called_today_stays_hers(tmp_path: Path) -> None:
    book = make_workbook(tmp_path / "book.xlsx", "Name | Email\nAnna Smith | anna@example.com")
    with edited(book) as file:
        file.worksheets[0].title = "Today"
        for table in list(file.worksheets[0].tables):
            del file.worksheets[0].tables[table]
    assert list(crm.open_workbook(book).clients["name"]) == ["Anna Smith"]
    run(book)
    titles = load_workbook(book).sheetnames
    assert titles[:2] == ["Today", "Today 2"]
    assert [cell.value for cell in load_workbook(book)["Today"][2]][:2] == ["Anna Smith", "anna@example.com"]


def test_her_own_column_beside_it_stays_with_its_row(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=CLIENTS, visits=VISITS)
    run(book)
    with edited(book) as file:
        page = sheet(file, "Today")
        page.cell(1, 7).value, page.cell(3, 7).value = "My note", "about the first visit"
        about = page.cell(3, column(page, "Client")).value
        clients = sheet(file, "Clients")
        clients.cell(3, column(clients, "Birthday")).value = "nonsense"
    run(book)
    page = sheet(load_workbook(book), "Today")
    noted = [(page.cell(r, column(page, "Client")).value, page.cell(r, 7).value) for r in range(2, page.max_row + 1)]
    assert [line for line in noted if line[1]] == [(about, "about the first visit")]


def test_birthdays_of_those_who_were_merged_away_are_not_told_twice(tmp_path: Path) -> None:
    both = (*CLIENTS[:1], client("C7", "Anna Smith", "anna", BORN, merged_into="C1"))
    book = salon(tmp_path, clients=both, visits=())
    run(book, DAY)
    assert today(book, "Birthday") == [("23/11/2026", "Anna Smith", "age 36 · 07700 900123")]
