"""`diff` and the receipt of a save: an owner sees what is different, what of it is the program's, and what was left alone."""

from __future__ import annotations

import logging
import shutil
import time
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine
from conftest import ROOT
from openpyxl.worksheet.worksheet import Worksheet
from owner_hand import CLIENTS, DAY, append, client, column, edited, retitle, salon, sheet, sort_rows, swap_columns

from sheetcrm.errors import WorkbookUnreadable
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.testing import make_workbook
from sheetcrm.workbook.differences import differences


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return salon(tmp_path, clients=[*CLIENTS, client(None, "Ida Gray", "ida")])


def by_sheet(found: Any) -> dict[str, tuple[int, int]]:
    """Cells by hand and by the program."""
    return {s["sheet"]: (s["by_hand"], s["by_program"]) for s in found["sheets"]}


def listed(found: Any) -> list[tuple[str, str | None, Any, Any, str]]:
    """Cell, header, before, after, by whom."""
    keys = ("cell", "header", "before", "after", "by")
    return [tuple(change[key] for key in keys) for s in found["sheets"] for change in s["changes"]]


def cells_of(path: Path) -> dict[tuple[str, str], Any]:
    """What stands in each cell, as openpyxl reads it."""
    made = openpyxl.load_workbook(path)
    pages = [page for page in made.worksheets if isinstance(page, Worksheet)]
    return {
        (page.title, cell.coordinate): (cell.value, cell.number_format, cell.fill.fgColor.rgb, cell.font.b)
        for page in pages
        for row in page.iter_rows()
        for cell in row
        if cell.value is not None
    }


def test_a_workbook_that_was_never_written_has_nothing_to_be_compared_with(sheetcrm: CommandLine, book: Path) -> None:
    assert sheetcrm("diff", book).out == "No earlier copy of this workbook is kept yet.\n"
    assert sheetcrm("diff", book, "--json").json["against"] is None


def test_after_a_save_everything_that_is_different_is_the_programs(sheetcrm: CommandLine, book: Path) -> None:
    sheetcrm("refresh", book, "--on", DAY)
    found = sheetcrm("diff", book, "--json").json
    assert {hand for hand, _ in by_sheet(found).values()} == {0}
    assert ("A6", "Client ID", None, "C5", "program") in listed(found)
    assert {s["sheet"]: s["kept_by_program"] for s in found["sheets"] if s["state"] == "added"} == dict.fromkeys(
        ("Today", "Problems", "Duplicates", "Outbox", "Sent", "Why"), True
    )


def test_an_id_that_was_given_anew_is_the_programs_change(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = salon(tmp_path, clients=[*CLIENTS, client("C1", "Ida Gray", "ida")])
    sheetcrm("refresh", book, "--on", DAY)
    assert ("A6", "Client ID", "C1", "C5", "program") in listed(sheetcrm("diff", book, "--json").json)


def test_what_she_typed_since_is_told_from_what_the_program_wrote(sheetcrm: CommandLine, book: Path) -> None:
    sheetcrm("refresh", book, "--on", DAY)
    with edited(book) as file:
        page = sheet(file, "Clients")
        page.cell(3, column(page, "Notes")).value = "likes tea"
        page.cell(2, column(page, "Birthday")).value = date(1991, 3, 8)
        append(sheet(file, "Visits"), {"Date": date(2026, 11, 20), "Client": "C2", "Amount": 70.0})
    sheetcrm("refresh", book, "--on", DAY)
    found = sheetcrm("diff", book, 2, "--json").json
    hand = [line[1:] for line in listed(found) if line[4] == "hand"]
    assert hand == [
        ("Birthday", "1990-11-22", "1991-03-08", "hand"),
        ("Notes", None, "likes tea", "hand"),
        ("Date", None, "2026-11-20", "hand"),
        ("Client", None, "C2", "hand"),
        ("Amount", None, 70.0, "hand"),
    ]
    visits = next(s for s in found["sheets"] if s["sheet"] == "Visits")
    assert (visits["rows_added"], visits["rows_gone"], visits["rows_moved"]) == (1, 0, 0)
    assert by_sheet(found)["Clients"][1] > 10


def test_a_sorted_list_with_a_moved_column_and_another_title_is_known_again(sheetcrm: CommandLine, book: Path) -> None:
    sheetcrm("refresh", book, "--on", DAY)
    sheetcrm("refresh", book, "--on", date(2026, 11, 28))
    with edited(book) as file:
        page = sheet(file, "Clients")
        sort_rows(page, "Name", reverse=True)
        swap_columns(file, page, "Email", "Notes")
        page.cell(2, column(page, "City")).value = "Leeds"
    with edited(book) as file:
        retitle(file, sheet(file, "Services"), "Prices")
    found = sheetcrm("diff", book, "--json").json
    clients = next(s for s in found["sheets"] if s["sheet"] == "Clients")
    assert [(c["header"], c["before"], c["after"]) for c in clients["changes"] if c["by"] == "hand"] == [
        ("City", None, "Leeds")
    ]
    assert (clients["rows_added"], clients["rows_gone"], clients["rows_moved"] > 1) == (0, 0, True)
    assert [s["was"] for s in found["sheets"] if s["sheet"] == "Prices"] == ["Services"]


def test_columns_that_changed_places_are_named_though_no_cell_is_different(sheetcrm: CommandLine, book: Path) -> None:
    sheetcrm("refresh", book, "--on", DAY)
    with edited(book) as file:
        swap_columns(file, sheet(file, "Clients"), "Email", "Notes")
    clients = next(s for s in sheetcrm("diff", book, "--json").json["sheets"] if s["sheet"] == "Clients")
    assert (clients["by_hand"], clients["columns_moved"]) == (0, ["Notes", "Email"])
    assert "Columns that stand in another place: Notes, Email." in sheetcrm("diff", book).out


def test_a_column_that_is_gone_is_told_by_its_name_where_ours_moved_with_it(sheetcrm: CommandLine, book: Path) -> None:
    sheetcrm("refresh", book, "--on", DAY)
    with edited(book) as file:
        page = sheet(file, "Clients")
        gone = column(page, "Email")
        was = [page.cell(row, gone).value for row in range(1, 7)]
        page.tables.clear()  # openpyxl would leave the table's extent behind
        page.delete_cols(gone)
    place, done = openpyxl.utils.get_column_letter(gone), sheetcrm("diff", book, "--json")
    told = [line for line in listed(done.json) if line[1] == "Email"]
    assert told == [(f"{place}{row}", "Email", text, None, "hand") for row, text in enumerate(was, 1)]


def test_columns_that_go_come_and_share_a_name_leave_a_sound_workbook_sound(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    both = salon(tmp_path).rename(tmp_path / "both.xlsx")
    sheetcrm("refresh", both, "--on", DAY)
    with edited(both) as file:
        page = sheet(file, "Clients")
        page.delete_cols(column(page, "Email"))
        page.insert_cols(2)
        page.cell(1, 2).value = "Eyes"
    named = salon(tmp_path)
    with edited(named) as file:
        page = sheet(file, "Clients")
        for _ in range(2):
            page.cell(1, page.max_column + 1).value = "Visits"
    sheetcrm("refresh", named, "--on", DAY)
    assert [sheetcrm("diff", path).code for path in (both, named)] == [0, 0]


def test_of_two_files_the_broken_one_is_named(book: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b'r="A2"', b'r="ABCDE2"') if "sheet1.xml" in name else data)
    for first, second in ((book, broken), (broken, book)):
        with pytest.raises(WorkbookUnreadable, match=r"^broken\.xlsx is damaged: .*'ABCDE'"):
            differences(first.read_bytes(), second.read_bytes(), names=(first.name, second.name))


def test_a_row_of_thousands_of_cells_without_an_end_is_refused_at_once(book: Path, tmp_path: Path) -> None:
    cells = b"".join(b'<c r="%s99"><v>1' % openpyxl.utils.get_column_letter(n).encode() for n in range(1, 16000))
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            row = b'<row r="99">' + cells + b"</row></sheetData>"
            new.writestr(name, old.read(name).replace(b"</sheetData>", row))
    start = time.monotonic()
    with pytest.raises(WorkbookUnreadable, match=r"^broken\.xlsx is damaged: a sheet has a cell that does not end"):
        differences(book.read_bytes(), broken.read_bytes(), names=(book.name, broken.name))
    assert time.monotonic() - start < 10  # half a minute where each looks for its end


def test_the_list_of_versions_counts_the_cells_that_the_receipts_count(sheetcrm: CommandLine, book: Path) -> None:
    receipts = [sheetcrm("refresh", book, "--on", day, "--json").json["receipt"] for day in (DAY, date(2026, 11, 28))]
    counted = [{s["sheet"]: s["cells"] for s in receipt["sheets"]} for receipt in receipts]
    versions = sheetcrm("undo", book, "--list", "--json").json["versions"]
    assert [version["cells"] for version in reversed(versions)] == counted
    assert all(counted[0][name] > 0 for name in ("Clients", "Problems", "Outbox", "Sent"))


def test_any_file_and_any_version_can_be_compared_with(sheetcrm: CommandLine, book: Path, tmp_path: Path) -> None:
    other = Path(shutil.copy(book, tmp_path / "last year.xlsx"))
    sheetcrm("refresh", book, "--on", DAY)
    sheetcrm("refresh", book, "--on", date(2026, 11, 28))
    (latest, first) = sheetcrm("undo", book, "--list", "--json").json["versions"]
    for against in (
        2,
        Path(first["file"]).name,
        Path(first["file"]).stem[-16:][:8],
        first["at"][:10],
        first["file"],
        other,
    ):
        found = sheetcrm("diff", book, against, "--json").json
        assert by_sheet(found) == by_sheet(sheetcrm("diff", book, other, "--json").json) or against != other
        assert len(found["sheets"]) == 8, against
    assert sheetcrm("diff", book, "--json").json["against"]["file"] == latest["file"]
    for wrong in (3, 0, "1999", "nothing.xlsx", ""):
        refused = sheetcrm("diff", book, wrong, "--json")
        assert (refused.code, refused.json["error"]["code"]) == (2, "no-such-version"), wrong


def test_looking_writes_nothing_and_logs_nobody(
    sheetcrm: CommandLine, book: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sheetcrm("refresh", book, "--on", DAY)
    with edited(book) as file:
        sheet(file, "Clients")["B2"].value = "Ann Smith-Jones"
    before = {path: path.read_bytes() for path in book.parent.rglob("*") if path.is_file()}
    with caplog.at_level(logging.DEBUG):
        assert "Ann Smith-Jones" in sheetcrm("diff", book).out
        sheetcrm("diff", book, "--json")
    assert {path: path.read_bytes() for path in book.parent.rglob("*") if path.is_file()} == before
    assert "Smith" not in caplog.text


def test_a_long_list_of_changes_is_cut_and_all_of_it_can_be_had(sheetcrm: CommandLine, tmp_path: Path) -> None:
    people = [client(f"C{n}", f"Name {n}", f"n{n}") for n in range(1, 61)]
    book = salon(tmp_path, clients=people)
    sheetcrm("refresh", book, "--on", DAY)
    with edited(book) as file:
        page = sheet(file, "Clients")
        for row in range(2, 62):
            page.cell(row, column(page, "City")).value = f"Town {row}"
    short, whole = sheetcrm("diff", book).out, sheetcrm("diff", book, "--all").out
    assert ("Clients – by hand: 60, by the program: " in short, short.count("Town")) == (True, 20)
    assert f"more. All of them: sheetcrm diff {book} --all" in short
    assert (whole.count("Town"), "--all" in whole) == (60, False)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_diff_speaks_the_owners_language(sheetcrm: CommandLine, tmp_path: Path, code: str) -> None:
    words, book = language(code), tmp_path / "salon.xlsx"
    shutil.copy(ROOT / "sample_workbooks" / f"salon_{code}.xlsx", book)
    sheetcrm("refresh", book, "--on", DAY)
    with edited(book) as file:
        page = file[words.sheet("Clients")]
        page.cell(2, column(page, words.header("birthday"))).value = date(1991, 3, 28)
    out = sheetcrm("diff", book).out
    line = words.say("diff_version", when="").strip(": ")
    assert out.startswith(line)
    day = {"en": "28/03/1991", "it": "28/03/1991", "es": "28/3/1991"}.get(code, "28.03.1991")
    assert (day in out, words.header("birthday") in out, words.say("diff_hand") in out) == (True, True, True)


# The receipt


@pytest.mark.parametrize("code", ["en", "uk"])
def test_the_receipt_of_a_save_names_the_cells_that_differ_and_no_others(
    sheetcrm: CommandLine, tmp_path: Path, code: str
) -> None:
    book = tmp_path / "salon.xlsx"
    shutil.copy(ROOT / "sample_workbooks" / f"salon_{code}.xlsx", book)
    sheetcrm("refresh", book, "--on", DAY)
    before = cells_of(book)
    receipt = sheetcrm("refresh", book, "--on", date(2026, 11, 25), "--json").json["receipt"]
    after = cells_of(book)
    really = {cell for cell in before.keys() | after.keys() if before.get(cell) != after.get(cell)}
    named = {(s["sheet"], cell) for s in receipt["sheets"] for cell in s["listed"]}
    long = {s["sheet"] for s in receipt["sheets"] if len(s["listed"]) < s["cells"]}
    assert (long, receipt["more"], receipt["cells"]) == ({language(code).sheet("Why")}, True, len(really))
    assert named <= really
    assert {cell for cell in really - named if cell[0] not in long} == set()
    differs = sheetcrm("diff", book, "--all", "--json").json
    assert {(s["sheet"], c["cell"]) for s in differs["sheets"] for c in s["changes"]} == really
    assert set(receipt["parts"]["changed"]) == set(differs["parts"]["changed"])


def test_the_first_receipt_counts_all_lists_a_thousand_and_says_that_there_is_more(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = tmp_path / "salon.xlsx"
    shutil.copy(ROOT / "sample_workbooks" / "salon_en.xlsx", book)
    done = sheetcrm("refresh", book, "--on", DAY, "--json").json
    receipt = done["receipt"]
    differs = sheetcrm("diff", book, "--json").json
    assert (sum(len(s["listed"]) for s in receipt["sheets"]), receipt["more"]) == (1000, True)
    assert {s["sheet"]: s["cells"] for s in receipt["sheets"]} == {
        s["sheet"]: s["cells"] + s["looks"] for s in differs["sheets"]
    }
    assert done["changed"] == sum(s["cells"] for s in receipt["sheets"] if not s["new"])
    assert set(receipt["parts"]["added"]) == set(differs["parts"]["added"])


def test_the_receipt_says_what_was_left_and_that_excel_computes_anew(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = salon(tmp_path)
    sheetcrm("refresh", book, "--on", DAY)
    with edited(book) as file:
        page = sheet(file, "Clients")
        page.cell(2, column(page, "Visits")).value = "=1+1"
    receipt = sheetcrm("refresh", book, "--on", date(2027, 1, 9), "--json").json["receipt"]
    at = f"{openpyxl.utils.get_column_letter(column(sheet(openpyxl.load_workbook(book), 'Clients'), 'Visits'))}2"
    assert receipt["left"] == [{"sheet": "Clients", "cell": at, "reason": "formula"}]
    assert (receipt["left_count"], receipt["full_calculation"], receipt["ranges_not_grown"]) == (1, True, [])
    assert at not in next(s["listed"] for s in receipt["sheets"] if s["sheet"] == "Clients")


def test_a_refresh_that_writes_nothing_has_no_receipt(sheetcrm: CommandLine, book: Path) -> None:
    sheetcrm("refresh", book, "--on", DAY)
    for _ in range(2):
        assert sheetcrm("refresh", book, "--on", DAY, "--json").json["receipt"] is None


def test_a_run_has_a_receipt_of_each_of_its_saves(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = make_workbook(
        tmp_path / "salon.xlsx",
        clients="""
            Client ID | Name       | Email            | Birthday   | Email consent
            C1        | Anna Smith | anna@example.com | 1990-11-22 | yes
        """,
        campaigns="""
            Campaign  | Active | Trigger
            Birthdays | yes    | birthday
        """,
        settings="""
            Setting | Value
            sender  | salon@example.com
        """,
    )
    arguments = ("run", book, "--on", DAY, "--outbox", tmp_path / "mails", "--json")
    receipts = sheetcrm(*arguments).json["receipts"]
    assert [[s["sheet"] for s in receipt["sheets"]] for receipt in receipts] == [
        ["Clients", "Today", "Problems", "Duplicates", "Outbox", "Sent", "Why"],
        ["Today", "Outbox", "Sent", "Why"],
    ]
    assert sheetcrm(*arguments).json["receipts"] == []
