"""What another program writes in its own way is no difference: digits, number formats, the titles and the order of sheets."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine
from openpyxl.worksheet.table import Table
from owner_hand import edited, salon, sheet
from xlsx_books import book

from sheetcrm.testing import make_workbook
from sheetcrm.xlsx.comparing import compare
from sheetcrm.xlsx.sameness import shown_code

ON = "2026-11-22"


@pytest.mark.parametrize(
    ("before", "after", "cells"),
    [
        ("0.5208333333333334", "0.520833333333333", 0),  # 12:30, as LibreOffice writes it
        ("46344.7708333333333", "46344.7708333333", 0),
        ("0.30000000000000004", "0.3", 0),
        ("-12.100000000000001", "-12.1", 0),
        ("0.3", "0.30000000001", 1),
        ("48600100001", "48600100002", 1),  # a phone number
        ("999999999999998", "999999999999999", 1),
        ("1E-20", "2E-20", 1),
        ("0.1", "-0.1", 1),
    ],
)
def test_a_number_in_fewer_digits_is_the_same_and_another_whole_one_is_not(before: str, after: str, cells: int) -> None:
    one, other = (book(f'<row r="1"><c r="A1"><v>{number}</v></c></row>') for number in (before, after))
    assert [s.cells for s in compare(one, other).sheets] == [cells]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('"£"#,##0.00', r"\£#,##0.00"),
        ("[$£-809]#,##0.00", '"£"#,##0.00'),
        ('#,##0.00 "zł"', r"#,##0.00\ [$zł-415]"),
        ("yyyy-mm-dd", r"YYYY\-MM\-DD"),
        ("dd.mm.yyyy", r"dd\.mm\.yyyy"),
        ("[$-F800]dd/mm/yyyy;@", "dd/mm/yyyy"),
        ("General", "GENERAL;@"),
        ("0;[Red]-0", "0;[RED]-0"),
        ("h:mm AM/PM", "h:mm am/pm"),
    ],
)
def test_number_formats_that_show_the_same_are_the_same_however_they_are_written(one: str, other: str) -> None:
    assert shown_code(one) == shown_code(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('"d"0', "d0"), ("0.00", r"0\.00"), ('"£"0', '"€"0'), ("0;-0", "0"), ("0;;", "0"), ("#,##0", "0"), ('0"%"', "0%"),
        ("m/d/yyyy", "d/m/yyyy"), ("[h]:mm", "h:mm"),
    ],
)  # fmt: skip
def test_number_formats_that_show_something_else_are_not_the_same(one: str, other: str) -> None:
    assert shown_code(one) != shown_code(other)


# a sheet under another title

ROWS = [("Name", "City"), ("Anna", "Leeds"), ("Jo", "York"), ("Eve", "Hull")]
OTHERS = [("Day", "Sum"), (1, 10), (2, 20), (3, 30)]


def workbook(sheets: dict[str, list[tuple[Any, ...]]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for title, rows in sheets.items():
        page = made.create_sheet(title)
        for row in rows:
            page.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


STRANGERS = [("Name", "City"), ("Ida", "Bath"), ("Una", "Deal"), ("Zoe", "Ryde")]
WIDER = [
    (*row, *more) for row, more in zip(ROWS, [("Visits", "Status"), (3, "new"), (1, "lost"), (2, "new")], strict=True)
]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"Mine": WIDER, "Days": OTHERS}, [("Mine", "People", "changed")]),
        ({"Days": OTHERS, "Fresh": [("x",)], "Mine": WIDER}, [("Fresh", "", "added"), ("Mine", "People", "changed")]),
        ({"Sums": OTHERS, "Mine": ROWS}, [("Sums", "Days", "changed"), ("Mine", "People", "changed")]),
        ({"Mine": STRANGERS, "Days": OTHERS}, [("Mine", "", "added"), ("People", "", "gone")]),
        ({"Mine": [("x",)], "Days": OTHERS}, [("Mine", "", "added"), ("People", "", "gone")]),
    ],
    ids=["columns came to it", "the sheets have another order and other numbers", "both", "only its headers are the same", "nothing is"],
)  # fmt: skip
def test_a_sheet_is_known_under_another_title_by_what_stands_in_it(
    after: dict[str, list[tuple[Any, ...]]], expected: list[tuple[str, str, str]]
) -> None:
    found = compare(workbook({"People": ROWS, "Days": OTHERS}), workbook(after))
    assert [(s.title, s.was, s.state) for s in found.sheets if s.was or s.state != "changed"] == expected


def listed(folder: Path, *, table: bool) -> Path:
    """A list without ids, in an Excel table or in none."""
    clients = "Name | Phone\nAnna Smith | +447400123451\nJo Brown | +447400123452"
    path = make_workbook(
        folder / "list.xlsx", clients=clients, visits="Date | Client | Amount\n2026-09-01 | Anna Smith | 40"
    )
    with edited(path) as file:
        for page in file.worksheets:
            page.tables.clear()
        if table:
            file["Clients"].add_table(Table(displayName="Clients", ref="A1:B3"))
    return path


@pytest.mark.parametrize("table", [True, False])
@pytest.mark.parametrize("against", ["the last version", "the file as refresh left it"])
def test_after_the_list_was_only_given_another_title_nothing_of_it_is_by_hand(
    tmp_path: Path, sheetcrm: CommandLine, table: bool, against: str
) -> None:
    path = listed(tmp_path, table=table)
    sheetcrm("refresh", path, "--on", ON)
    kept = path.with_name("kept.xlsx")
    kept.write_bytes(path.read_bytes())
    with edited(path) as file:
        file["Clients"].title = "Mine"
    found = sheetcrm("diff", path, *([kept] if "refresh" in against else []), "--json").json
    sheets = [(s["sheet"], s["was"], s["state"], s["by_hand"]) for s in found["sheets"]]
    assert ("Mine", "Clients", "changed", 0) in sheets
    assert [title for title, _, state, by_hand in sheets if state == "gone" or by_hand] == []


# names and what stays of an undo


def test_names_that_another_program_wrote_without_quotes_are_not_written_again(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    path = salon(tmp_path)
    sheetcrm("refresh", path, "--on", ON)
    with edited(path) as file:
        names = [name for name in file.defined_names if name.startswith("_sheetcrm.column.Clients")]
        for name in names:
            file.defined_names[name].attr_text = (file.defined_names[name].attr_text or "").replace("'", "")
    before = path.read_bytes()
    assert (len(names) > 5, sheetcrm("refresh", path, "--on", ON, "--json").json["written"]) == (True, False)
    assert path.read_bytes() == before


def test_undo_says_which_of_our_columns_an_excel_table_keeps(tmp_path: Path, sheetcrm: CommandLine) -> None:
    path = listed(tmp_path, table=True)
    sheetcrm("refresh", path, "--on", ON)
    with edited(path) as file:
        page = sheet(file, "Clients")
        page["B2"].value = "+447400123459"
    done = sheetcrm("undo", path)
    headers = [cell.value for cell in openpyxl.load_workbook(path)["Clients"][1]]
    assert (done.code, done.err.partition(":")[0]) == (0, "What had been added stays, since you may have typed into it")
    assert ("Clients C-" in done.err, headers[:2], headers[3]) == (True, ["Name", "Phone"], "Visits")
