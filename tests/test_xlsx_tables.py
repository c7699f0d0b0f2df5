"""Tables grow with their cells, and only where nothing is in the way."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from invariants import complaints
from xlsx_books import SHEET, book, by_openpyxl, edited, part, zipped

from sheetcrm.xlsx import ColumnPatch, Document, Editor, Package, Range, XlsxError

TABLE = "xl/tables/table1.xml"


def clients(**options: Any) -> bytes:
    """A1:B3 is the table Clients (Name, Visits), with a drop-down and a colour on B2:B3, another colour on B2 alone."""
    out = BytesIO()
    with xlsxwriter.Workbook(out) as workbook:
        sheet = workbook.add_worksheet("S")
        bold = workbook.add_format({"bold": True})
        sheet.write_row(0, 0, ["Name", "Visits"], bold)
        sheet.write_row(1, 0, ["Anna", 3])
        sheet.write_row(2, 0, ["Olena", 5], workbook.add_format({"italic": True}))
        columns = [{"header": "Name", "header_format": bold}, {"header": "Visits", "header_format": bold}]
        sheet.add_table(0, 0, 2, 1, {"name": "Clients", "columns": columns, **options})
        sheet.data_validation("B2:B3", {"validate": "list", "source": ["1", "2"]})
        sheet.conditional_format("B2:B3", {"type": "data_bar"})
        sheet.conditional_format("B2", {"type": "cell", "criteria": ">", "value": 3, "format": bold})
        if "below" in options.get("name", ""):
            sheet.write(5, 0, "a note")
    return out.getvalue()


def table(editor: Editor) -> Any:
    return editor.document.tables[0]


def refs(data: bytes) -> list[str]:
    return re.findall(r' ref="([^"]+)"', part(data, TABLE))


def test_columns_grow_a_table_to_the_right_and_look_like_their_neighbour() -> None:
    added: list[Any] = []
    after, receipt = edited(
        clients(),
        lambda editor: added.extend(
            editor.add_table_columns(SHEET, ["Last visit", "visits", "a\nb"], table=table(editor), widths=[12, 8, 8])
        ),
    )
    assert added == [(3, "Last visit"), (4, "visits2"), (5, "a\nb")]
    assert refs(after) == ["A1:E3", "A1:E3"]
    assert complaints(after) == []
    sheet = openpyxl.load_workbook(BytesIO(after))["S"]
    assert [(sheet.cell(1, c).value, sheet.cell(1, c).font.b) for c in (3, 4)] == [
        ("Last visit", True),
        ("visits2", True),
    ]
    assert sheet.column_dimensions["C"].width == 12
    assert set(receipt.replaced) == {SHEET, TABLE}


def test_a_totals_row_is_no_part_of_the_grown_tables_filter() -> None:
    after, _ = edited(
        clients(total_row=True), lambda editor: editor.add_table_columns(SHEET, ["x"], table=table(editor))
    )
    assert refs(after) == ["A1:C3", "A1:C2"]
    assert complaints(after) == []


def test_columns_beside_a_plain_list_are_headers_only() -> None:
    data = book('<row r="3"><c r="A3" t="str"><v>Name</v></c></row>')
    after, _ = edited(data, lambda editor: editor.add_table_columns(SHEET, ["Age"], header_row=3, first_column=2))
    assert by_openpyxl(after)[2] == ("Name", "Age")


def test_rows_grow_a_table_downwards_with_exact_drop_downs_and_formats() -> None:
    numbers: list[int] = []
    after, receipt = edited(
        clients(),
        lambda editor: numbers.extend(editor.append_rows(SHEET, [{1: "Maria", 2: 1}, {1: "Eva"}], table=table(editor))),
    )
    assert numbers == [4, 5]
    assert refs(after) == ["A1:B5", "A1:B5"]
    assert by_openpyxl(after)[3:] == [("Maria", 1), ("Eva", None)]
    assert re.findall(r'sqref="([^"]+)"', part(after).partition("</sheetData>")[2]) == ["B2:B5", "B2", "B2:B5"]
    assert receipt.not_grown == ["B2"]
    assert openpyxl.load_workbook(BytesIO(after))["S"]["A4"].font.i is True
    assert complaints(after) == []


def test_a_calculated_column_gets_its_formula_in_new_rows() -> None:
    columns = [{"header": "Name"}, {"header": "Twice", "formula": "=LEN(Clients[Name])"}]
    after, receipt = edited(
        clients(columns=columns), lambda editor: editor.append_rows(SHEET, [{1: 4}], table=table(editor))
    )
    assert '<c r="B4"><f>LEN(Clients[Name])</f></c>' in part(after)
    assert receipt.full_calculation
    assert 'fullCalcOnLoad="1"' in part(after, "xl/workbook.xml")


@pytest.mark.parametrize(
    ("formula", "cells"),
    [
        ("=A2*2", "A4"),
        ("=[1]S!C3", "A4"),
        ("=Clients[Name]&$B$7", "A4 B4"),
        ('="A2"&Clients[[#This Row],[A2]]', "A4 B4"),
    ],
)
def test_a_formula_that_names_a_row_by_its_number_is_not_put_into_another(formula: str, cells: str) -> None:
    columns = [{"header": "Name"}, {"header": "Twice", "formula": formula}]
    after, _ = edited(
        clients(columns=columns), lambda editor: editor.append_rows(SHEET, [{1: "Maria"}], table=table(editor))
    )
    assert " ".join(re.findall(r'<c r="([AB]4)"', part(after))) == cells


def test_what_a_table_is_sorted_by_grows_with_its_rows_and_columns() -> None:
    data = clients()
    parts = {name: zipfile.ZipFile(BytesIO(data)).read(name) for name in zipfile.ZipFile(BytesIO(data)).namelist()}
    state = b'<sortState ref="A2:B3"><sortCondition descending="1" ref="A2:A3"/></sortState>'
    parts[TABLE] = parts[TABLE].replace(b"<tableColumns", state + b"<tableColumns")
    rows, _ = edited(zipped(parts), lambda editor: editor.append_rows(SHEET, [{1: "Maria"}], table=table(editor)))
    assert refs(rows) == ["A1:B4", "A1:B4", "A2:B4", "A2:A4"]
    both, _ = edited(rows, lambda editor: editor.add_table_columns(SHEET, ["x"], table=table(editor)))
    assert refs(both) == ["A1:C4", "A1:C4", "A2:C4", "A2:A4"]


def reason_of(data: bytes, edit: Callable[[Editor], Any]) -> str:
    with pytest.raises(XlsxError) as caught:
        edited(data, edit)
    return caught.value.reason


def test_a_totals_row_or_a_note_below_is_not_run_over() -> None:
    def append(editor: Editor) -> None:
        editor.append_rows(SHEET, [{1: "x"}] * 3, table=table(editor))

    assert reason_of(clients(total_row=True), append) == "totals-row"
    assert reason_of(clients(name="below"), append) == "occupied"
    assert edited(clients(), append)[1].changed


@pytest.mark.parametrize(
    ("cells", "tail"),
    [
        pytest.param("", '<mergeCells><mergeCell ref="A4:B4"/></mergeCells>', id="merged, without a value"),
        pytest.param("", '<mergeCells><mergeCell ref="C4:D9"/></mergeCells>', id="merged beside the table"),
        pytest.param('<row r="4"><c r="A4"><f t="array" ref="A4:B5">1</f></c></row>', "", id="a formula's below"),
        pytest.param('<row r="4"><c r="G4"><f t="array" ref="C4:G4">1</f></c></row>', "", id="a formula's beside"),
    ],
)
@pytest.mark.parametrize("in_table", [True, False])
def test_rows_do_not_go_where_a_cell_of_theirs_could_not_be_written(cells: str, tail: str, in_table: bool) -> None:
    sheet = part(clients()).replace("</sheetData>", cells + "</sheetData>" + tail)
    with zipfile.ZipFile(BytesIO(clients())) as archive:
        data = zipped({**{name: archive.read(name) for name in archive.namelist()}, SHEET: sheet})

    def append(editor: Editor) -> None:
        editor.append_rows(SHEET, [{1: "x", 3: "y"}], table=table(editor) if in_table else None, after=3)

    assert reason_of(data, append) == "occupied"


def test_another_table_beside_it_is_not_run_into() -> None:
    out = BytesIO()
    with xlsxwriter.Workbook(out) as workbook:
        sheet = workbook.add_worksheet("S")
        sheet.add_table(0, 0, 2, 1, {"name": "Clients"})
        sheet.add_table(5, 2, 7, 3, {"name": "Other"})
    with pytest.raises(XlsxError) as caught:
        edited(out.getvalue(), lambda editor: editor.append_rows(SHEET, [{3: "x"}] * 4, after=3))
    assert caught.value.reason == "table-collision"
    assert edited(out.getvalue(), lambda editor: editor.add_table_columns(SHEET, ["x"], table=table(editor)))[1].changed


def test_a_table_is_made_over_a_plain_list() -> None:
    header = '<row r="1"><c r="A1" t="str"><v>Name</v></c><c r="B1" t="str"><v>a&amp;b</v></c></row>'
    data = book(header + '<row r="2"><c r="A2" t="str"><v>Anna</v></c></row>')
    after, _ = edited(data, lambda editor: editor.add_table(SHEET, "Clients", Range(1, 1, 2, 2), ["Name", "a&b"]))
    assert complaints(after) == []
    found = Document(Package(after)).tables
    assert [(t.display_name, str(t.ref), t.columns) for t in found] == [("Clients", "A1:B2", ("Name", "a&b"))]
    assert list(openpyxl.load_workbook(BytesIO(after))["S"].tables) == ["Clients"]


def test_a_new_part_of_relationships_has_a_content_type_where_each_one_was_named_by_itself() -> None:
    kind = "application/vnd.openxmlformats-package.relationships+xml"
    package = Package(
        book('<row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c></row><row r="2"><c r="A2"/></row>')
    )
    parts: dict[str, str | bytes] = {name: package.read(name) for name in package.names}
    default = f'<Default Extension="rels" ContentType="{kind}"/>'.encode()
    own = f'<Override PartName="/_rels/.rels" ContentType="{kind}"/>'.encode()
    parts["[Content_Types].xml"] = package.read("[Content_Types].xml").replace(default, own)
    written, _ = edited(zipped(parts), lambda editor: editor.add_table(SHEET, "T", Range(1, 1, 2, 1), ["Name"]))
    assert (
        default in package.read("[Content_Types].xml"),
        Package(written).read("[Content_Types].xml").count(default),
    ) == (
        True,
        1,
    )


def beside(cell: str) -> bytes:
    """The table Clients with something of hers in D2, in whatever writing."""
    data = clients()
    parts = {name: zipfile.ZipFile(BytesIO(data)).read(name) for name in zipfile.ZipFile(BytesIO(data)).namelist()}
    parts[SHEET] = re.sub(rb"(<row r=\"2\".*?)</row>", rb"\1" + cell.encode() + b"</row>", parts[SHEET], count=1)
    return zipped(parts)


@pytest.mark.parametrize(
    ("cell", "free"),
    [
        ("<c/><c><v>4711</v></c>", False),
        ('<c r = "D2"><v>4711</v></c>', False),
        ("<c s='0' r='$D$2'><v>4711</v></c>", False),
        ('<c r="d2"><v>4711</v></c>', False),
        ('<!-- --><c r="D2"><v>4711</v></c>', False),
        ('<c r="C2" s="0"/><c/>', True),
        ('<c r = "D2"></c><c><v>4711</v></c>', True),
    ],
)
def test_what_stands_beside_a_table_is_seen_however_its_cell_is_written(cell: str, free: bool) -> None:
    def add(editor: Editor) -> None:
        editor.add_table_columns(SHEET, ["x", "y"], table=table(editor))

    if free:
        assert edited(beside(cell), add)[1].changed
    else:
        assert reason_of(beside(cell), add) == "occupied"


def test_cells_that_one_formula_fills_are_taken_whether_their_results_are_stored_or_not() -> None:
    def add(editor: Editor) -> None:
        editor.add_table_columns(SHEET, ["x"], header_row=1, first_column=5)

    assert edited(beside('<c r="D2"><f t="array" ref="D2:D3">ROW(A1:A2)</f></c>'), add)[1].changed
    assert reason_of(beside('<c r="D2"><f t="array" ref="D2:E3">ROW(A1:B2)</f></c>'), add) == "occupied"


def test_a_new_column_is_not_written_over_what_the_look_before_it_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sheetcrm.xlsx.growing.first_held", lambda *_: None)

    def add(editor: Editor) -> None:
        editor.add_table_columns(SHEET, ["x", "y"], table=table(editor))
        editor.set_column(SHEET, ColumnPatch(4, [2, 3], ["ours", "ours"]))

    assert reason_of(beside('<c r="D2"><v>4711</v></c>'), add) == "occupied"
