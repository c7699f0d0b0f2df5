"""What stands in and around the owner's list through a refresh: tables of every kind, merges, formulas, long texts, program sheets."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine
from openpyxl.formatting.rule import Rule
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import TableColumn, TableFormula
from owner_hand import CLIENTS as PERSONS
from owner_hand import DAY, append, client, edited, salon
from owner_hand import sheet as sheet_of
from producers import CLIENTS, HEADERS, MAIN, PEOPLE, VISITS, Page, Writing, made, zipped
from python_calamine import CalamineWorkbook
from test_producers import WANTED, figures, refreshed

TABLE_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
INLINE = Writing(strings="inline")
TITLED = [(*row, None) for row in PEOPLE]


def part(data: bytes, name: str) -> str:
    return zipfile.ZipFile(BytesIO(data)).read(name).decode()


def excel_table(
    ref: str, *, name: str = "Clients", number: int = 1, attributes: str = "", inner: str = "", columns: Any = HEADERS
) -> str:
    """A table part; a column may be given as XML."""
    listed = "".join(
        text if text.startswith("<") else f'<tableColumn id="{at}" name="{text}"/>'
        for at, text in enumerate(columns, 1)
    )
    return (
        f'<table xmlns="{MAIN}" id="{number}" name="{name}" displayName="{name}" ref="{ref}"{attributes}>{inner}'
        f'<tableColumns count="{len(columns)}">{listed}</tableColumns></table>'
    )


def with_tables(page: Page, *tables: str) -> bytes:
    """A client workbook whose Clients sheet bears Excel tables."""
    names = [f"xl/tables/table{at}.xml" for at in range(1, len(tables) + 1)]
    types = "".join(f'<Override PartName="/{name}" ContentType="{TABLE_TYPE}"/>' for name in names)
    listed = "".join(f'<tablePart r:id="rId{at}"/>' for at in range(1, len(tables) + 1))
    tail = f'{page.tail}<tableParts count="{len(tables)}">{listed}</tableParts>'
    page = replace(page, tail=tail, more=[("table", name) for name in names])
    return made(replace(INLINE, parts=dict(zip(names, tables, strict=True)), types=types), page, VISITS)


def refs(data: bytes) -> list[str]:
    return re.findall(r'(?<!\w)ref="([^"]+)"', part(data, "xl/tables/table1.xml"))


@pytest.fixture
def refresh(sheetcrm: CommandLine, tmp_path: Path) -> Any:
    return lambda data: refreshed(sheetcrm, tmp_path / "clients.xlsx", data)


def test_a_sorted_and_filtered_table_is_sorted_whole_when_it_has_grown(refresh: Any) -> None:
    inner = (
        '<autoFilter ref="A1:F4"><filterColumn colId="1"><filters><filter val="Anna Smith"/></filters></filterColumn></autoFilter>'
        '<sortState ref="A2:F4"><sortCondition ref="B2:B4"/></sortState>'
    )
    after, _ = refresh(with_tables(CLIENTS, excel_table("A1:F4", inner=inner)))
    assert (refs(after), figures(after)) == (["A1:V4", "A1:V4", "A2:V4", "B2:B4"], WANTED)
    assert '<filterColumn colId="1"><filters><filter val="Anna Smith"/></filters></filterColumn>' in part(
        after, "xl/tables/table1.xml"
    )


def test_a_totals_row_stays_below_the_rows_with_its_formula_and_what_stands_below_it(refresh: Any) -> None:
    page = Page("Clients", [*PEOPLE, ("Total", *[None] * 4, 3), ("a note of mine",)], cells={"F5": SUBTOTAL})
    notes = '<tableColumn id="6" name="Notes" totalsRowFunction="count"/>'
    table = excel_table(
        "A1:F5",
        attributes=' totalsRowCount="1"',
        inner='<autoFilter ref="A1:F4"/>',
        columns=['<tableColumn id="1" name="Client ID" totalsRowLabel="Total"/>', *HEADERS[1:5], notes],
    )
    after, _ = refresh(with_tables(page, table))
    assert refs(after) == ["A1:V5", "A1:V4"]
    assert SUBTOTAL in part(after, "xl/worksheets/sheet1.xml")
    assert notes in part(after, "xl/tables/table1.xml")
    assert [row["Client ID"] for row in openpyxl_rows(after)] == ["C1", "C2", "C3", "Total", "a note of mine"]


SUBTOTAL = '<c r="F5"><f>SUBTOTAL(103,Clients[Notes])</f><v>3</v></c>'


def openpyxl_rows(data: bytes, title: str = "Clients") -> list[dict[str, Any]]:
    rows: list[Any] = list(openpyxl.load_workbook(BytesIO(data))[title].values)
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


DOUBLE = "Clients[[#This Row],[Amount]]*2"


def test_calculated_columns_and_their_structured_references_stay(refresh: Any) -> None:
    twice = (
        f'<tableColumn id="8" name="Twice"><calculatedColumnFormula>{DOUBLE}</calculatedColumnFormula></tableColumn>'
    )
    cells = {f"H{n}": f'<c r="H{n}"><f>{DOUBLE}</f><v>10</v></c>' for n in (2, 3, 4)}
    page = Page("Clients", [(*HEADERS, "Amount", "Twice"), *((*row, 5, 10) for row in PEOPLE[1:])], cells=cells)
    after, _ = refresh(with_tables(page, excel_table("A1:H4", columns=[*HEADERS, "Amount", twice])))
    assert (figures(after), twice in part(after, "xl/tables/table1.xml")) == (WANTED, True)
    assert [cell in part(after, "xl/worksheets/sheet1.xml") for cell in cells.values()] == [True] * 3


@pytest.mark.parametrize(
    "above", [PEOPLE[0], ("My clients",), ()], ids=["headers above", "a title above", "nothing above"]
)
def test_a_table_that_shows_no_headers_keeps_its_clients_when_our_columns_stand_in_it(refresh: Any, above: Any) -> None:
    page = Page("Clients", [above, *PEOPLE[1:]])
    after, notes = refresh(with_tables(page, excel_table("A2:F4", attributes=' headerRowCount="0"')))
    assert (refs(after), notes) == (["A2:V4"], [])
    rows = [row[:8] for row in openpyxl.load_workbook(BytesIO(after))["Clients"].iter_rows(min_row=2, values_only=True)]
    assert [(row[0], row[1], row[6], row[7]) for row in rows] == [
        ("C1", "Anna Smith", 2, 100.5),
        ("C2", "Zoë Brown & Co", 1, 30),
        ("C3", "Max Gray", 0, 0),
    ]


def test_a_table_without_headers_at_the_very_top_gets_ids_and_says_why_no_columns(refresh: Any) -> None:
    data = with_tables(Page("Clients", PEOPLE[1:]), excel_table("A1:F3", attributes=' headerRowCount="0"'))
    after, notes = refresh(data)
    assert (refs(after), openpyxl.load_workbook(BytesIO(after))["Clients"]["A3"].value) == (["A1:F3"], "C3")
    assert ["no header row" in note for note in notes] == [True]
    assert "$0" not in part(after, "xl/workbook.xml")


def test_adopt_says_to_switch_the_header_row_on_where_none_fits_above_a_table(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    data = with_tables(Page("Clients", PEOPLE[1:]), excel_table("A1:F3", attributes=' headerRowCount="0"'))
    (path := tmp_path / "clients.xlsx").write_bytes(data)
    done = sheetcrm("adopt", path)
    assert (done.code, "Table Design, Header Row" in done.err, path.read_bytes() == data) == (3, True, True)


def test_a_table_of_a_query_is_left_as_it_is_and_that_is_said(refresh: Any) -> None:
    after, notes = refresh(with_tables(CLIENTS, excel_table("A1:F4", attributes=' tableType="queryTable"')))
    assert (refs(after), figures(after)) == (["A1:F4"], WANTED)
    assert ["by a query" in note and "Next visit" in note for note in notes] == [True]


def test_a_table_beside_hers_is_not_run_into(refresh: Any) -> None:
    page = Page("Clients", [(*row, None, f"x{at}") for at, row in enumerate(PEOPLE)])
    other = excel_table("H1:H4", name="Other", number=2, columns=["x0"])
    after, _ = refresh(with_tables(page, excel_table("A1:F4"), other))
    assert (figures(after), part(after, "xl/tables/table2.xml")) == (WANTED, other)
    assert [row["x0"] for row in openpyxl_rows(after)] == ["x1", "x2", "x3"]


@pytest.mark.parametrize(
    "cells",
    [
        {"G2": '<f t="shared" ref="G2:G4" si="0">ROW()</f>', "G3": '<f t="shared" si="0"/>', "G4": '<f t="shared" si="0"/>'},
        {"G2": '<f t="array" ref="G2:G4">ROW(A1:A3)</f>', "G3": "", "G4": ""},
        {"G2": "<f>1+1</f>", "G4": '<f t="dataTable" ref="G4:G5" r1="A1"/>'},
    ],
    ids=["shared", "array", "data table"],
)  # fmt: skip
def test_a_formula_of_hers_over_our_figures_is_never_broken_and_told(refresh: Any, cells: dict[str, str]) -> None:
    parts = contents(refresh(made(INLINE))[0])
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    filled = {ref: f'<c r="{ref}">{formula}<v>7</v></c>' for ref, formula in cells.items()}
    for ref, cell in filled.items():
        sheet = re.sub(f'<c r="{ref}"[^>]*>.*?</c>', cell, sheet)
    visits = parts["xl/worksheets/sheet2.xml"].replace(b"<v>60</v>", b"<v>61</v>")
    changed = {"xl/worksheets/sheet1.xml": sheet.encode(), "xl/worksheets/sheet2.xml": visits}
    after, notes = refresh(zipped(parts | changed))
    assert [cell in part(after, "xl/worksheets/sheet1.xml") for cell in filled.values()] == [True] * len(filled)
    assert ["Clients!G2" in note and "Clients!G4" in note for note in notes] == [True]
    assert [row["Total spend"] for row in openpyxl_rows(after)] == [101.5, 30, 0]
    assert 'fullCalcOnLoad="1"' in part(after, "xl/workbook.xml")


def contents(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_a_merged_cell_is_left_and_said(refresh: Any) -> None:
    merged = '<mergeCells count="1"><mergeCell ref="A3:A4"/></mergeCells>'
    after, notes = refresh(made(INLINE, replace(CLIENTS, tail=merged), VISITS))
    assert [row["Client ID"] for row in openpyxl_rows(after)] == ["C1", "C2", None]
    assert ["Clients!A4" in note for note in notes] == [True]
    assert merged in part(after, "xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("mail", ["x" * 32_767, "😀" * 16_383, "=cmd|' /C calc'!A0", "_x0041_@", "]]>"])
def test_whatever_she_typed_stands_in_the_problems_sheet_and_stops_nothing(refresh: Any, mail: str) -> None:
    people = [*PEOPLE[:3], (None, "Max Gray", "+447400123458", "MAIL", None, "<b>")]
    page = replace(CLIENTS, rows=people, cells={"D4": f'<c r="D4" t="inlineStr"><is><t>{typed(mail)}</t></is></c>'})
    after, _ = refresh(made(INLINE, page, VISITS))
    rows: list[Any] = CalamineWorkbook.from_filelike(BytesIO(after)).get_sheet_by_name("Problems").to_python()
    shown = [row[rows[0].index("Value")] for row in rows if "invalid-email" in row]
    assert [(len(text) <= 32_767, text[:20] == mail[:20]) for text in shown] == [(True, True)]
    assert figures(after) == WANTED


def typed(text: str) -> str:
    """As a file holds it."""
    plain = re.sub("_(?=x[0-9A-F]{4}_)", "_x005F_", text)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# program sheets


def problems(path: Path) -> Any:
    return sheet_of(openpyxl.load_workbook(path), "Problems")


def wrong(count: int) -> list[dict[str, Any]]:
    return [client(f"W{n}", f"Wrong {n}", "x") | {"email": f"wrong {n}"} for n in range(count)]


def grown(sheetcrm: CommandLine, path: Path, count: int, *, not_grown: Collection[str] = ()) -> Any:
    """The Problems sheet after so many clients with a wrong address were typed; `not_grown` are the ranges that the receipt names."""
    with edited(path) as book:
        page = sheet_of(book, "Clients")
        for row in wrong(count):
            append(page, {"Name": row["name"], "Email": row["email"]})
    done = sheetcrm("refresh", path, "--on", DAY, "--json")
    assert (done.code, done.json["written"]) == (0, True)
    assert {each.split("!")[-1] for each in done.json["receipt"]["ranges_not_grown"]} >= set(not_grown)
    return problems(path)


def prepared(sheetcrm: CommandLine, folder: Path) -> Path:
    """A workbook with two problems, rows 2 and 3 of the sheet."""
    path = salon(folder, clients=[*PERSONS, *(row | {"client_id": f"V{n}"} for n, row in enumerate(wrong(2)))])
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    assert problems(path).tables["Problems"].ref.endswith("3")
    return path


def test_what_covers_exactly_the_rows_of_a_program_sheet_grows_with_them_and_the_rest_is_named(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    path = prepared(sheetcrm, tmp_path)
    with edited(path) as book:
        page = sheet_of(book, "Problems")
        page.conditional_formatting.add("A2:B3", Rule(type="expression", formula=['$A2="Error"']))
        page.conditional_formatting.add("C2", Rule(type="expression", formula=["TRUE"]))
        page.add_data_validation(DataValidation(type="list", formula1='"a,b"', sqref="F2:F3"))
    page = grown(sheetcrm, path, 5, not_grown=["C2"])
    assert sorted(str(each.sqref) for each in page.conditional_formatting) == ["A2:B8", "C2"]
    assert "F2:F8" in [str(each.sqref) for each in page.data_validations.dataValidation]


def test_a_note_with_its_merged_cells_link_and_colour_gives_way_to_more_problems(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    path = prepared(sheetcrm, tmp_path)
    with edited(path) as book:
        page = sheet_of(book, "Problems")
        page["A5"].value = "Ask Zoe about these"
        page.merge_cells("A5:C5")
        page["D5"].value = "shop"
        page["D5"].hyperlink = "https://example.com/"
        page.conditional_formatting.add("A5:C5", Rule(type="expression", formula=['$A5<>""']))
    page = grown(sheetcrm, path, 5)
    last = int(re.sub(r"\D", "", page.tables["Problems"].ref.partition(":")[2]))
    note = next(cell.row for cell in page["A"] if cell.value == "Ask Zoe about these")
    assert (note > last, [str(area) for area in page.merged_cells.ranges]) == (True, [f"A{note}:C{note}"])
    assert [cell.hyperlink.target for cell in page["D"] if cell.hyperlink] == ["https://example.com/"]
    assert page.cell(note, 4).hyperlink is not None
    assert [str(each.sqref) for each in page.conditional_formatting] == [f"A{note}:C{note}"]


def test_a_column_of_hers_that_excel_calculates_is_calculated_in_new_rows_too(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    path = prepared(sheetcrm, tmp_path)
    with edited(path) as book:
        page = sheet_of(book, "Problems")
        table = page.tables["Problems"]
        at = len(table.tableColumns) + 1
        column = TableColumn(id=at, name="Where")
        column.calculatedColumnFormula = TableFormula(
            attr_text="Problems[[#This Row],[Sheet]]&Problems[[#This Row],[Row]]"
        )
        table.tableColumns.append(column)
        table.ref = f"A1:{chr(64 + at)}3"
        table.autoFilter.ref = table.ref
        page.cell(1, at).value = "Where"
        for row in (2, 3):
            page.cell(row, at).value = "=Problems[[#This Row],[Sheet]]&Problems[[#This Row],[Row]]"
    page = grown(sheetcrm, path, 2)
    formulas = [line[-1] for line in page.iter_rows(min_row=2, values_only=True)]
    assert formulas == ["=Problems[[#This Row],[Sheet]]&Problems[[#This Row],[Row]]"] * 4


def test_a_new_cell_of_ours_takes_the_look_that_she_gave_its_column(sheetcrm: CommandLine, tmp_path: Path) -> None:
    path = salon(tmp_path)
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    with edited(path) as book:
        page = sheet_of(book, "Clients")
        at = next(cell.column for cell in page[1] if cell.value == "Total spend")
        for row in range(2, 6):
            page.cell(row, at).number_format = "0.000"
        append(page, {"Name": "Zoe White", "Email": "zoe@example.com"})
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    page = sheet_of(openpyxl.load_workbook(path), "Clients")
    assert [(page.cell(6, at).value, page.cell(6, at).number_format)] == [(0, "0.000")]
