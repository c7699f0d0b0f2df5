"""Where imported rows come to stand: right below the list, as its rows look, and never over anything of hers."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from msoffcrypto.format.ooxml import OOXMLFile
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table, TableColumn, TableFormula
from owner_hand import edited, rows, salon, sheet

from sheetcrm.workbook.encryption import is_compound

DAY = date(2026, 11, 22)
FILE = "Name,Phone,Birthday,City\nMia Black,020 7946 0004,1990-03-08,Leeds\nBo Ray,020 7946 0005,,York\n"
HEADERS = ["Name", "Phone", "Birthday", "City", "Double"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(FILE, "utf-8")
    return path


def plain(path: Path, *more: list[Any], widths: int = 4) -> Path:
    """A plain list of one client in bold green, and whatever else."""
    made = Workbook()
    page: Any = made.active
    page.title = "Clients"
    page.append(HEADERS[:widths])
    page.append(["Anna Smith", "020 7946 0001", date(1980, 1, 2), "Leeds", "=LEN(A2)"][:widths])
    for line in more:
        page.append(line)
    for cell in page[2]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="CCFFCC")
    made.save(path)
    return path


def names(path: Path) -> list[Any]:
    return [cell.value for cell in load_workbook(path)["Clients"]["A"]]


def test_rows_come_right_below_a_plain_list_and_look_like_its_rows(
    tmp_path: Path, sheetcrm: CommandLine, file: Path
) -> None:
    path = plain(tmp_path / "plain.xlsx")
    with edited(path) as made:
        choices = DataValidation("list", formula1='"Leeds,York"', sqref="D2:D2")
        made["Clients"].add_data_validation(choices)
        made["Clients"].auto_filter.ref = "A1:D2"
    assert sheetcrm("import", path, file, "--on", DAY).code == 0
    page = load_workbook(path)["Clients"]
    assert names(path) == ["Name", "Anna Smith", "Mia Black", "Bo Ray"]
    assert (page["A3"].font.b, page["A3"].fill.fgColor.rgb[-6:], page["C3"].is_date) == (True, "CCFFCC", True)
    assert (page["C4"].value, page["C4"].fill.fgColor.rgb[-6:]) == (None, "CCFFCC")
    assert [str(one.sqref) for one in page.data_validations.dataValidation] == ["D2:D4"]


def test_formulas_filled_in_ahead_stay_and_rows_come_beside_them(
    tmp_path: Path, sheetcrm: CommandLine, file: Path
) -> None:
    path = plain(tmp_path / "plain.xlsx", [None] * 4 + ["=LEN(A3)"], [None] * 4 + ["=LEN(A4)"], widths=5)
    assert sheetcrm("import", path, file, "--on", DAY).code == 0
    page = load_workbook(path)["Clients"]
    assert (names(path)[2:], page["E3"].value, page["E4"].value) == (["Mia Black", "Bo Ray"], "=LEN(A3)", "=LEN(A4)")


def test_a_legend_below_the_list_is_in_the_way_and_named(tmp_path: Path, sheetcrm: CommandLine, file: Path) -> None:
    path = plain(tmp_path / "plain.xlsx", [], ["* green: regular guests"])
    before = path.read_bytes()
    done = sheetcrm("import", path, file, "--on", DAY)
    assert (done.code, done.err.count("\n"), path.read_bytes() == before) == (3, 1, True), done
    assert "plain.xlsx: in 'Clients' something stands in A4, where new rows should come." in done.err


def test_in_her_language_it_is_said_too_which_sheet_and_row_is_in_the_way(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    names = ["Imię i nazwisko", "Telefon"]
    legend, totals = tmp_path / "legenda.xlsx", tmp_path / "suma.xlsx"
    for path, below in ((legend, [[], ["* zielony: stała klientka"]]), (totals, [["Suma", 1]])):
        made = Workbook()
        page: Any = made.active
        page.title = "Moje"
        for line in (names, ["Anna Nowak", "600 000 101"], *below):
            page.append(line)
        if path is totals:
            columns = [TableColumn(id=at, name=header) for at, header in enumerate(names, 1)]
            page.add_table(Table(displayName="Klienci", ref="A1:B3", tableColumns=columns, totalsRowCount=1))
        made.save(path)
    other = tmp_path / "more.csv"
    other.write_text("Imię i nazwisko,Telefon\nOla Lis,600 000 102\nEwa Kot,600 000 103\n", "utf-8")
    said = {path: sheetcrm("import", path, other, "--on", DAY).err for path in (legend, totals)}
    assert "w arkuszu „Moje” coś stoi w A4, tam gdzie mają przyjść nowe wiersze." in said[legend]
    assert "w arkuszu „Moje” wiersz 3 to wiersz sumy tabeli, pod którym" in said[totals]


def test_the_empty_rows_of_a_table_are_filled_first_and_its_formulas_go_along(
    tmp_path: Path, sheetcrm: CommandLine, file: Path
) -> None:
    path = plain(tmp_path / "table.xlsx", [], widths=5)
    with edited(path) as made:
        page = made["Clients"]
        columns = [TableColumn(id=at, name=header) for at, header in enumerate(HEADERS, 1)]
        table = Table(displayName="Clients", ref="A1:E3", tableColumns=columns)
        table.tableColumns[4].calculatedColumnFormula = TableFormula(attr_text="LEN(Clients[[#This Row],[Name]])")
        page.add_table(table)
    done = sheetcrm("import", path, file, "--on", DAY)
    assert done.code == 0, done
    page = load_workbook(path)["Clients"]
    assert names(path) == ["Name", "Anna Smith", "Mia Black", "Bo Ray"]
    assert (page.tables["Clients"].ref.startswith("A1:"), page.tables["Clients"].ref.endswith("4")) == (True, True)
    assert ["LEN(" in str(page[cell].value) for cell in ("E3", "E4")] == [True, True]


def test_an_empty_workbook_is_filled_from_its_first_row_on(tmp_path: Path, sheetcrm: CommandLine, file: Path) -> None:
    path = salon(tmp_path, clients=(), visits=())
    assert sheetcrm("import", path, file, "--on", DAY).code == 0
    assert [row["Name"] for row in rows(path, "Clients")] == ["Mia Black", "Bo Ray"]
    page = sheet(load_workbook(path), "Clients")
    assert page.cell(page.max_row, 2).value == "Bo Ray"


@pytest.mark.parametrize("obstacle", ["totals", "protected"])
def test_what_cannot_be_written_into_is_said_in_one_line_and_left(
    tmp_path: Path, sheetcrm: CommandLine, file: Path, obstacle: str
) -> None:
    path = salon(tmp_path, clients=({"name": "Anna Smith", "phone": "020 7946 0001"},), visits=())
    with edited(path) as made:
        page = sheet(made, "Clients")
        if obstacle == "protected":
            page.protection.enable()
        else:
            table = page.tables["Clients"]
            first, last = table.ref.split(":")
            table.ref = f"{first}:{last.rstrip('0123456789')}{int(last.lstrip('ABCDEFGHIJKLMNOPQRSTUVWXYZ')) + 1}"
            table.totalsRowCount = 1
    before = path.read_bytes()
    for more in ([], ["--dry-run"]):
        done = sheetcrm("import", path, file, "--on", DAY, *more)
        assert (done.code, done.err.count("\n"), path.read_bytes() == before) == (3, 1, True), done


def test_a_formula_of_hers_is_not_filled_over(tmp_path: Path, sheetcrm: CommandLine) -> None:
    path = plain(tmp_path / "plain.xlsx")
    with edited(path) as made:
        made["Clients"]["D2"] = '=IF(1=2,"x","")'
    other = tmp_path / "more.csv"
    other.write_text("Name,Phone,City\nAnna Smith,020 7946 0001,York\n", "utf-8")
    sheetcrm("import", path, other, "--on", DAY, "--overwrite")
    assert load_workbook(path)["Clients"]["D2"].value == '=IF(1=2,"x","")'


def test_a_column_that_formulas_fill_is_not_taken_from_the_file_and_its_empty_rows_are_filled_all_the_same(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    path = plain(tmp_path / "table.xlsx", [None, None, None, None, "=LEN(A3)"], widths=5)
    with edited(path) as made:
        page = made["Clients"]
        columns = [TableColumn(id=at, name=header) for at, header in enumerate(HEADERS, 1)]
        table = Table(displayName="Clients", ref="A1:E3", tableColumns=columns)
        table.tableColumns[4].calculatedColumnFormula = TableFormula(attr_text="LEN(Clients[[#This Row],[Name]])")
        page.add_table(table)
    other = tmp_path / "more.csv"
    other.write_text("Name,Phone,Double\nMia Black,020 7946 0004,BAD\nBo Ray,020 7946 0005,BAD\n", "utf-8")
    done = sheetcrm("import", path, other, "--on", DAY)
    assert "formulas of “Clients” fill these columns: Double." in done.out
    page = load_workbook(path)["Clients"]
    assert names(path) == ["Name", "Anna Smith", "Mia Black", "Bo Ray"]
    assert ["LEN(" in str(page[cell].value) for cell in ("E2", "E3", "E4")] == [True] * 3


def test_a_workbook_behind_a_password_stays_behind_it(
    tmp_path: Path, sheetcrm: CommandLine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = plain(tmp_path / "plain.xlsx")
    office = OOXMLFile(io.BytesIO(path.read_bytes()))
    with path.open("wb") as out:
        office.encrypt("Salon1", out)
    monkeypatch.setenv("SHEETCRM_WORKBOOK_PASSWORD", "Salon1")
    done = sheetcrm("import", path, file, "--on", DAY, "--json")
    assert (done.code, done.json["added"], is_compound(path.read_bytes())) == (0, 2, True)
    assert sheetcrm("import", path, file, "--on", DAY, "--json").json["same"] == 2
