"""What we add to a list that the owner has coloured or ruled by hand looks as her cells do in the same row, with our number formats."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from producers import LINES, PEOPLE
from test_producers import WANTED, figures, refreshed

from sheetcrm.workbook.looks import MUTED

Look = Callable[[Any, int, int], None]
DAY = "2026-11-22"
LIGHT, DARK = "FFDDEBF7", "FF222222"


def a_list(look: Look) -> bytes:
    book = openpyxl.Workbook()
    clients, visits = book.worksheets[0], book.create_sheet("Visits")
    clients.title = "Clients"
    for page, rows in ((clients, PEOPLE), (visits, LINES)):
        for row, values in enumerate(rows, 1):
            for column, value in enumerate(values, 1):
                if value is not None:
                    page.cell(row, column, value)
    for row in range(2, len(PEOPLE) + 1):
        for column in range(1, len(PEOPLE[0]) + 1):
            if PEOPLE[row - 1][column - 1] is not None:
                look(clients.cell(row, column), row, column)
    book.save(out := BytesIO())
    return out.getvalue()


def banded(cell: Any, row: int, _column: int) -> None:
    if row % 2 == 0:
        cell.fill = PatternFill("solid", fgColor=LIGHT)
    cell.border = Border(bottom=Side("thin"))
    cell.alignment = Alignment(horizontal="center", wrap_text=True)


def dark(cell: Any, _row: int, _column: int) -> None:
    cell.fill = PatternFill("solid", fgColor=DARK)
    cell.font = Font(name="Arial", size=14, color="FFFFFFFF", underline="single")


def last_coloured(cell: Any, _row: int, column: int) -> None:
    if column == len(PEOPLE[0]):
        cell.fill = PatternFill("solid", fgColor=LIGHT)


@pytest.fixture
def after(sheetcrm: CommandLine, tmp_path: Path) -> Callable[[Look], Any]:
    def look_at(look: Look) -> Any:
        written, _ = refreshed(sheetcrm, tmp_path / "clients.xlsx", a_list(look))
        assert figures(written) == WANTED
        book = openpyxl.load_workbook(BytesIO(written))
        assert len(vars(book)["_cell_styles"]) < 60
        return book["Clients"]

    return look_at


def test_a_banded_and_ruled_list_is_so_to_its_last_column_also_where_we_write_nothing(after: Any) -> None:
    sheet = after(banded)
    ours = range(len(PEOPLE[0]) + 1, sheet.max_column + 1)
    fills = {row: {sheet.cell(row, at).fill.fgColor.rgb for at in ours} for row in (2, 3, 4, 5)}
    assert fills == {2: {LIGHT}, 3: {"00000000"}, 4: {LIGHT}, 5: {"00000000"}}
    assert {sheet.cell(row, at).border.bottom.style for row in (2, 3, 4) for at in ours} == {"thin"}
    assert {sheet.cell(row, at).alignment.wrap_text for row in (2, 3, 4) for at in ours} == {None}
    assert (sheet["A4"].value, sheet["A4"].fill.fgColor.rgb, sheet["A4"].border.bottom.style) == ("C3", LIGHT, "thin")


def test_letters_are_hers_where_she_has_a_colour_behind_them_but_not_what_underlines_them(after: Any) -> None:
    sheet = after(dark)
    headers = {cell.value: cell.column for cell in sheet[1]}
    spend = sheet.cell(2, headers["Total spend"])
    font = spend.font
    assert (spend.fill.fgColor.rgb, font.name, font.sz, font.color.rgb, font.u) == (
        DARK,
        "Arial",
        14,
        "FFFFFFFF",
        None,
    )
    assert (spend.number_format != "General", "y" in sheet.cell(2, headers["Last visit"]).number_format) == (True, True)


def adopted(sheetcrm: CommandLine, path: Path, look: Look) -> Any:
    """A list of three that was adopted, and one more client typed into it since."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    rows = [("Name", "Phone"), ("Anna Smith", "07400123456"), ("Zoe Brown", "07400123457"), ("Max Gray", "07400123458")]
    for values in rows:
        page.append(values)
    for row, column in product((2, 3, 4), (1, 2)):
        look(page.cell(row, column), row, column)
    book.save(path)
    assert sheetcrm("adopt", path, "--yes", "--country", "GB", "--on", DAY).code == 0
    book = openpyxl.load_workbook(path)
    book.worksheets[0].append(["Ida Holm", "07400123459"])
    book.save(path)
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    return openpyxl.load_workbook(path).worksheets[0]


def below(page: Any, header: str) -> list[Any]:
    at = [cell.value for cell in page[1]].index(header) + 1
    return [page.cell(row, at) for row in range(2, 6)]


def is_grey(cell: Any) -> bool:
    return cell.font.color is not None and cell.font.color.rgb == f"FF{MUTED.removeprefix('#')}"


@pytest.mark.parametrize("rows", [(2, 4), (3,), (2,), (2, 3, 4)])
def test_letters_of_a_column_are_of_one_colour_and_only_the_rows_that_she_coloured_are(
    sheetcrm: CommandLine, tmp_path: Path, rows: tuple[int, ...]
) -> None:
    def some(cell: Any, row: int, _column: int) -> None:
        if row in rows:
            cell.fill = PatternFill("solid", fgColor=LIGHT)

    status = below(adopted(sheetcrm, tmp_path / "people.xlsx", some), "Status")
    assert [is_grey(cell) for cell in status] == [False] * 4
    assert tuple(cell.row for cell in status if cell.fill.fgColor.rgb == LIGHT) == rows


def test_in_a_ruled_list_only_letters_of_ours_are_grey_not_those_that_she_will_type(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    def ruled(cell: Any, _row: int, _column: int) -> None:
        cell.border = Border(bottom=Side("thin"))

    page = adopted(sheetcrm, tmp_path / "people.xlsx", ruled)
    greys = {header: {is_grey(cell) for cell in below(page, header)} for header in ("Status", "Birthday")}
    assert greys == {"Status": {True}, "Birthday": {False}}


def test_a_single_coloured_column_does_not_colour_all_of_ours(after: Any) -> None:
    sheet = after(last_coloured)
    ours = range(len(PEOPLE[0]) + 1, sheet.max_column + 1)
    assert {sheet.cell(row, at).fill.fgColor.rgb for row in (2, 3, 4) for at in ours} == {"00000000"}
    assert sheet["F2"].fill.fgColor.rgb == LIGHT


def test_a_plain_list_gets_no_empty_cells(after: Any) -> None:
    sheet = after(lambda *_: None)
    headers = {cell.value: cell.column for cell in sheet[1]}
    assert (3, headers["Next visit"]) not in sheet._cells
