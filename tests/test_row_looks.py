"""What we add to a list that the owner has coloured or ruled by hand looks as her cells do in the same row, with our number formats."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from producers import LINES, PEOPLE
from test_producers import WANTED, figures, refreshed

Look = Callable[[Any, int, int], None]
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


def test_a_single_coloured_column_does_not_colour_all_of_ours(after: Any) -> None:
    sheet = after(last_coloured)
    ours = range(len(PEOPLE[0]) + 1, sheet.max_column + 1)
    assert {sheet.cell(row, at).fill.fgColor.rgb for row in (2, 3, 4) for at in ours} == {"00000000"}
    assert sheet["F2"].fill.fgColor.rgb == LIGHT


def test_a_plain_list_gets_no_empty_cells(after: Any) -> None:
    sheet = after(lambda *_: None)
    headers = {cell.value: cell.column for cell in sheet[1]}
    assert (3, headers["Next visit"]) not in sheet._cells
