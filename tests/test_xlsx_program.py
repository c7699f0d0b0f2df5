"""Program sheets: made whole, then only their rows, so that what the owner built around them stays."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invariants import complaints
from openpyxl.worksheet.table import Table, TableColumn
from xlsx_books import book, by_calamine, by_openpyxl, edited, part, zipped

from sheetcrm.xlsx import CellValue, Column, Damaged, Document, Editor, Package, Receipt, SheetSpec, XlsxError

COLUMNS = [
    Column("Severity", 10, choices=["error", "warning"]),
    Column("When", 12, "dd.mm.yyyy"),
    Column("Message", 50, wrap=True),
]
SPEC = SheetSpec(
    "Problems",
    COLUMNS,
    [["error", date(2026, 2, 3), "no phone"], ["warning", None, "a\nb"]],
    fills=["red", "amber"],
    frozen_columns=1,
)
PROBLEMS = "xl/worksheets/sheet2.xml"


def put(data: bytes, spec: SheetSpec, **options: Any) -> tuple[bytes, Receipt]:
    return edited(data, lambda editor: editor.put_sheet("Problems", spec, **options))


def test_a_program_sheet_is_made_with_table_frozen_header_colours_and_drop_downs() -> None:
    after, receipt = put(book(), SPEC)
    assert set(receipt.added) == {
        PROBLEMS,
        "xl/worksheets/_rels/sheet2.xml.rels",
        "xl/tables/table1.xml",
        "xl/styles.xml",
    }
    assert complaints(after) == []
    sheet = openpyxl.load_workbook(BytesIO(after))["Problems"]
    assert (sheet.tables["Problems"].ref, sheet.freeze_panes, sheet.column_dimensions["C"].width) == ("A1:C3", "B2", 50)
    assert [(sheet["A1"].font.b, sheet["A2"].fill.fgColor.rgb, sheet["C3"].fill.fgColor.rgb)] == [
        (True, "FFFFC7CE", "FFFFEB9C")
    ]
    assert [v.formula1 for v in sheet.data_validations.dataValidation] == ['"error,warning"']
    assert by_calamine(after, 1) == [
        ["Severity", "When", "Message"],
        ["error", date(2026, 2, 3), "no phone"],
        ["warning", "", "a\nb"],
    ]


def test_an_empty_one_has_a_row_to_stand_on_and_a_title_that_is_free() -> None:
    after, _ = edited(
        book(),
        lambda editor: [
            editor.put_sheet("s", SheetSpec(name, COLUMNS, [], state="hidden")) for name in ("Sent", "Calls")
        ],
    )
    assert [(s.title, s.state) for s in Document(Package(after)).sheets] == [
        ("S", "visible"),
        ("s 2", "hidden"),
        ("s 3", "hidden"),
    ]
    assert [str(t.ref) for t in Document(Package(after)).tables] == ["A1:C2", "A1:C2"]
    assert complaints(after) == []


def test_the_same_rows_again_change_nothing_also_after_another_program_saved_it() -> None:
    first, _ = put(book(), SPEC)
    assert put(first, SPEC) == (first, Receipt())
    workbook = openpyxl.load_workbook(BytesIO(first))
    workbook.save(out := BytesIO())
    again, receipt = put(out.getvalue(), SPEC)
    assert (again == out.getvalue(), receipt.changed) == (True, False)


def test_rows_come_and_go_and_the_table_goes_along() -> None:
    data, _ = put(book(), SPEC)
    turns: list[list[list[CellValue]]] = [[["error", None, "x"]] * 7, [], [["warning", date(2026, 1, 1), "y"]]]
    for rows in turns:
        data, _ = put(data, replace(SPEC, rows=rows, fills=[]))
        assert str(Document(Package(data)).tables[0].ref) == f"A1:C{max(2, 1 + len(rows))}"
        assert len(by_openpyxl(data, 1)) == max(2, 1 + len(rows))
        assert complaints(data) == []


def owned(data: bytes) -> bytes:
    """What an owner does to a program sheet: renames it, renames a header, adds columns, widths, a chart's worth of other parts."""
    workbook = openpyxl.load_workbook(BytesIO(data))
    sheet = workbook["Problems"]
    sheet.title = "Fehler"
    sheet["A1"], sheet["D1"], sheet["D2"], sheet["D3"] = "Schwere", "Mine", "call her", "=A3&B3"
    sheet["A9"] = "my note"
    sheet.tables["Problems"].ref = "A1:D3"
    sheet.tables["Problems"].tableColumns[0].name = "Schwere"
    sheet.tables["Problems"].tableColumns.append(TableColumn(id=4, name="Mine"))
    sheet.tables["Problems"].autoFilter.ref = "A1:D3"
    sheet.column_dimensions["C"].width = 77
    workbook.save(out := BytesIO())
    return out.getvalue()


def test_the_owners_columns_go_along_with_their_rows_and_the_rest_stays() -> None:
    data = owned(put(book(), SPEC)[0])
    spec = replace(
        SPEC,
        rows=[["error", None, "new"], ["warning", None, "a\nb"], ["error", date(2026, 2, 3), "no phone"]],
        kept=[None, 3, 2],
        fills=[],
    )
    after, _ = put(data, spec)
    rows = openpyxl.load_workbook(BytesIO(after))["Fehler"]
    assert [tuple(cell.value for cell in row)[::3] for row in rows["A1:D4"]] == [
        ("Schwere", "Mine"),
        ("error", None),
        ("warning", "=A3&B3"),
        ("error", "call her"),
    ]
    assert (rows["A9"].value, rows.column_dimensions["C"].width, rows.tables["Problems"].ref) == (
        "my note",
        77,
        "A1:D4",
    )
    assert complaints(after) == []


def test_formulas_and_notes_move_with_a_growing_table() -> None:
    data = owned(put(book(), SPEC)[0])
    rows = [["error", None, f"n{n}"] for n in range(10)] + [["warning", None, "a\nb"]]
    after, _ = put(data, replace(SPEC, rows=rows, fills=[], kept=[None] * 10 + [3]))
    sheet = openpyxl.load_workbook(BytesIO(after))["Fehler"]
    assert (sheet["D12"].value, sheet["C12"].value, sheet["A18"].value) == ("=A12&B12", "a\nb", "my note")
    assert complaints(after) == []


def test_columns_are_written_where_the_owner_moved_them_and_new_ones_are_added() -> None:
    data, _ = put(book(), SPEC)
    columns = [replace(COLUMNS[0], at=1), replace(COLUMNS[1], at=2), replace(COLUMNS[2], at=3), Column("Hint", at=4)]
    after, _ = put(data, SheetSpec("Problems", columns, [["error", None, "x", "y"]]))
    assert by_openpyxl(after, 1) == [("Severity", "When", "Message", "Hint"), ("error", None, "x", "y")]
    assert Document(Package(after)).tables[0].columns == ("Severity", "When", "Message", "Hint")
    assert complaints(after) == []


def test_a_table_the_owner_dissolved_is_made_again_in_its_sheet() -> None:
    workbook = openpyxl.load_workbook(BytesIO(put(book(), SPEC)[0]))
    del workbook["Problems"].tables["Problems"]
    workbook.save(out := BytesIO())
    part_name = Document(Package(out.getvalue())).sheets[1].part
    after, _ = put(out.getvalue(), SPEC, sheet=part_name)
    assert [t.display_name for t in Document(Package(after)).tables] == ["Problems"]
    assert complaints(after) == []


def test_one_sheet_is_written_once_in_one_edit() -> None:
    with pytest.raises(XlsxError, match="written twice"):
        edited(book(), lambda editor: [editor.put_sheet("a", SPEC), editor.put_sheet("b", SPEC)])


def test_a_protected_structure_takes_no_sheet() -> None:
    with pytest.raises(XlsxError) as caught:
        put(book(workbook='<workbookProtection lockStructure="1"/>'), SPEC)
    assert caught.value.reason == "structure-locked"


def test_names_and_properties_are_set_changed_and_taken_out() -> None:
    def edit(editor: Editor) -> None:
        editor.define_name("_sheetcrm_id", '"abc"')
        editor.define_name("_sheetcrm_col", "S!$A$1")
        editor.set_property("sheetcrm", "a<b")

    first, _ = edited(book(), edit)
    document = Document(Package(first))
    assert [(n.name, n.value, n.hidden) for n in document.defined_names] == [
        ("_sheetcrm_id", '"abc"', True),
        ("_sheetcrm_col", "S!$A$1", True),
    ]
    assert document.properties == {"sheetcrm": "a<b"}
    assert not edited(first, edit)[1].changed

    def change(editor: Editor) -> None:
        editor.define_name("_SHEETCRM_ID", '"new"')
        editor.remove_name("_sheetcrm_col")
        editor.set_property("sheetcrm", "c")

    second, _ = edited(first, change)
    assert Document(Package(second)).name("_sheetcrm_id") == '"new"'
    assert len(Document(Package(second)).defined_names) == 1
    assert Document(Package(second)).properties == {"sheetcrm": "c"}
    third, _ = edited(second, lambda editor: editor.remove_name("_sheetcrm_id"))
    assert "definedNames" not in part(third, "xl/workbook.xml")
    assert complaints(third) == []


rows_strategy = st.lists(
    st.tuples(
        st.sampled_from(["error", "warning", ""]),
        st.none() | st.dates(date(1950, 1, 1), date(2050, 1, 1)),
        st.text("abc &<\n", max_size=5),
    ),
    max_size=8,
)


@settings(deadline=None, max_examples=25)
@given(st.lists(rows_strategy, min_size=1, max_size=3))
def test_any_rows_after_any_others_read_back(turns: list[list[tuple[str, Any, str]]]) -> None:
    data = book()
    for rows in turns:
        data, _ = put(data, replace(SPEC, rows=rows, fills=["red"] * len(rows)))
        read = [tuple(value or None for value in row) for row in by_calamine(data, 1)[1:]]
        assert read == ([tuple(value or None for value in row) for row in rows] or [])[: len(read)]
        assert complaints(data) == []


def hers(data: bytes, cells: dict[int, str], below: str = "") -> bytes:
    """The program sheet with cells of hers at the end of some rows, and rows of hers below."""
    sheet = part(data, PROBLEMS)
    for row, cell in cells.items():
        sheet = re.sub(f'(<row r="{row}".*?)</row>', rf"\1{cell}</row>", sheet, count=1, flags=re.DOTALL)
    return changed(data, PROBLEMS, sheet.replace("</sheetData>", below + "</sheetData>"))


def changed(data: bytes, name: str, text: str) -> bytes:
    """The workbook with another part."""
    Package(data).write(out := BytesIO(), {name: text.encode()})
    return out.getvalue()


SUM = '<f t="array" ref="D2">SUM(A2:A3*1)</f><v>1</v></c>'
MASTER, CHILD = '<f t="shared" ref="D2:D3" si="0">B2+1</f><v>1</v></c>', '<f t="shared" si="0"/><v>2</v></c>'
BELOW = (
    '<row r="6"><c r="A6"><f t="array" ref="A6:A7">LEN(A2:A3)</f><v>2</v></c></row><row r="7"><c r="A7"><v>2</v></c></row>'
    '<row r="8"><c r="A8"><f t="shared" ref="A8:A9" si="3">B8</f><v>2</v></c></row>'
    '<row r="9"><c r="A9"><f t="shared" si="3"/><v>2</v></c></row>'
)


@pytest.mark.parametrize(
    ("cells", "kept", "expected"),
    [
        pytest.param({2: f'<c r="D2" cm="1">{SUM}'}, [2, 3], [f'<c r="D2" cm="1">{SUM}'], id="an array that stays"),
        pytest.param(
            {2: f'<c r="D2" cm="1">{SUM}'},
            [None, 2],
            ['<c r="D3" cm="1"><f t="array" ref="D3">SUM(A3:A4*1)</f><v>1</v></c>'],
            id="an array that moves",
        ),
        pytest.param(
            {2: f'<c r="D2">{MASTER}', 3: f'<c r="D3">{CHILD}'},
            [2, 3],
            [f'<c r="D2">{MASTER}', f'<c r="D3">{CHILD}'],
            id="shared words that stay",
        ),
        pytest.param(
            {2: f'<c r="D2">{MASTER}', 3: f'<c r="D3">{CHILD}'},
            [None, 3],
            ['<c r="D3"><f>B3+1</f><v>2</v></c>'],
            id="shared words whose owner goes",
        ),
    ],
)
def test_her_formulas_beside_a_program_table_stay_formulas(
    cells: dict[int, str], kept: list[int | None], expected: list[str]
) -> None:
    data = hers(put(book(), SPEC)[0], cells)
    rows = [["error", None, "new"], ["warning", None, "other"]]
    after, _ = put(data, replace(SPEC, rows=rows, kept=kept, fills=[]))
    assert re.findall('<c r="D[23]".*?</c>', part(after, PROBLEMS)) == expected
    assert complaints(after) == []


TABLE = "xl/tables/table1.xml"
NAMED, MINE = 'name="Problems" displayName="Problems" ref="A1:C3"', 'name="Mine" displayName="Mine"'


@pytest.mark.parametrize(
    ("old", "new", "ref"),
    [
        pytest.param('"Problems"', '"Mine"', "A1:C4", id="under another name"),
        pytest.param('displayName="Problems"', "", "A1:C4", id="its shown name lost"),
        pytest.param('name="Problems" displayName="Problems"', "", "A1:C4", id="both names lost"),
        pytest.param(NAMED, f'{MINE} ref="B1:D3"', "B1:D3", id="moved to the side"),
        pytest.param(NAMED, f'{MINE} ref="A2:C4"', "A2:C4", id="moved down"),
        pytest.param(NAMED, f'{MINE} headerRowCount="0" ref="A1:C3"', "A1:C3", id="its headers switched off"),
    ],
)
def test_no_second_table_comes_over_one_that_stands_there(old: str, new: str, ref: str) -> None:
    data, _ = put(book(), SPEC)
    assert old in part(data, TABLE)
    data = changed(data, TABLE, part(data, TABLE).replace(old, new))
    after, _ = put(data, replace(SPEC, rows=[*SPEC.rows, ["error", None, "z"]]), sheet=PROBLEMS)
    assert [str(table.ref) for table in Document(Package(after)).tables] == [ref]
    assert [row[2] for row in by_calamine(after, 1)] == ["Message", "no phone", "a\nb", "z"]


@pytest.mark.parametrize(
    ("place", "grown", "expected"),
    [
        pytest.param("A4:B5", 5, "A6:B7", id="below, in the way"),
        pytest.param("A9:B10", 5, "A9:B10", id="below, not in the way"),
        pytest.param("E1:F5", 5, "E1:F7", id="beside, and further down"),
    ],
)
def test_a_table_of_hers_in_a_program_sheet_goes_along_with_its_rows(place: str, grown: int, expected: str) -> None:
    first, _ = put(book(), SPEC)
    loaded = openpyxl.load_workbook(BytesIO(first))
    sheet = loaded["Problems"]
    for number, row in enumerate(sheet[place]):
        for at, cell in enumerate(row):
            cell.value = 1 if number else f"h{at}"
    sheet.add_table(Table(displayName="Hers", ref=place))
    loaded.save(out := BytesIO())
    rows = [*SPEC.rows, ["error", None, "y"], ["error", None, "z"]]
    after, _ = put(out.getvalue(), replace(SPEC, rows=rows, kept=[2, 3, None, None], fills=[]))
    assert [(t.name, str(t.ref)) for t in Document(Package(after)).tables] == [
        ("Problems", f"A1:C{grown}"),
        ("Hers", expected),
    ]
    assert complaints(after) == []


def test_formulas_of_several_cells_below_a_program_table_move_with_their_areas() -> None:
    data = hers(put(book(), SPEC)[0], {}, BELOW)
    after, _ = put(data, replace(SPEC, rows=[["error", None, f"n{n}"] for n in range(7)], fills=[]))
    assert re.findall("<f [^<]*>", part(after, PROBLEMS)) == [
        '<f t="array" ref="A11:A12">',
        '<f t="shared" ref="A13:A14" si="3">',
        '<f t="shared" si="3"/>',
    ]  # fmt: skip
    assert complaints(after) == []


def test_a_formula_below_gets_the_words_that_it_shared_with_a_row_that_goes() -> None:
    below = '<row r="6"><c r="D6"><f t="shared" si="0"/><v>2</v></c></row>'
    data = hers(put(book(), SPEC)[0], {2: f'<c r="D2">{MASTER.replace("D2:D3", "D2:D6")}'}, below)
    after, _ = put(data, replace(SPEC, rows=[["error", None, "new"]], fills=[]))
    assert re.findall('<c r="D.*?</c>', part(after, PROBLEMS)) == ['<c r="D6"><f>B6+1</f><v>2</v></c>']
    assert complaints(after) == []


OVER = (
    '<c r="D2"><f t="array" ref="D2:D3">LEN(C2:C3)</f><v>7</v></c>',
    '<c r="D3"><v>8</v></c>',
)
SPILT = ('<c r="D2" cm="1"><f t="array" ref="D2:D3">SORT(C2:C3)</f><v>7</v></c>', '<c r="D3"><v>8</v></c>')
WHAT_IF = ('<c r="D2"><f t="dataTable" ref="D2:D3" dt2D="0" dtr="0" r1="F1"/><v>7</v></c>', '<c r="D3"><v>8</v></c>')
ROWS = [["error", None, f"n{n}"] for n in range(9)]


def column_d(data: bytes) -> list[str]:
    return re.findall('<c r="D.*?</c>', part(data, PROBLEMS))


@pytest.mark.parametrize("area", [OVER, SPILT, WHAT_IF], ids=["array", "spilt", "data table"])
@pytest.mark.parametrize(
    "kept",
    [[3, 2], [None, 3], [3, None], [None, None], [2], [3], [], [None, 3, 2], [2, None, 3]],
    ids=["turned", "first new", "second new", "both new", "one left", "other left", "none left", "three", "apart"],
)
def test_a_formula_that_fills_several_cells_stays_in_its_place_whatever_rows_come_there(
    area: tuple[str, str], kept: list[int | None]
) -> None:
    data = hers(put(book(), SPEC)[0], {2: area[0], 3: area[1]})
    after, receipt = put(data, replace(SPEC, rows=ROWS[: len(kept)], kept=kept, fills=[]))
    assert (column_d(after), receipt.dissolved, complaints(after)) == (list(area), [], [])
    again, receipt = put(after, replace(SPEC, rows=ROWS[3:7], kept=[], fills=[]))
    assert (column_d(again), receipt.dissolved, complaints(again)) == (list(area), [], [])
    assert [row[2] for row in by_calamine(again, 1)[1:5]] == ["n3", "n4", "n5", "n6"]


def test_notes_of_hers_beside_such_a_formula_go_along_with_their_rows() -> None:
    notes = {row: f'<c r="E{row}"><v>{row}</v></c>' for row in (2, 3)}
    data = hers(put(book(), SPEC)[0], {row: OVER[row - 2] + notes[row] for row in (2, 3)})
    after, _ = put(data, replace(SPEC, rows=ROWS[:2], kept=[3, 2], fills=[]))
    assert [row[3:] for row in by_calamine(after, 1)[1:]] == [[7.0, 3.0], [8.0, 2.0]]
    assert column_d(after) == list(OVER)


FIFTH = '<row r="5"><c r="A5"><v>1</v></c><c r="D5"><v>9</v></c></row>'


@pytest.mark.parametrize(
    ("cells", "below", "kept", "values"),
    [
        ({2: OVER[0], 3: OVER[1], 4: '<c r="D4"><v>99</v></c>'}, "", [3, 4, 2], [8, 99, 7]),
        ({2: OVER[0].replace("D3", "D5"), 3: OVER[1]}, FIFTH, [None, 2, 3, None], ["", 7, 8, "", 9]),
        ({2: OVER[0].replace("D2:D3", "B2:D3"), 3: OVER[1]}, "", [3, 2], [8, 7]),
    ],
    ids=["a note comes there", "rows below move down", "our column is in it"],
)  # fmt: skip
def test_where_something_else_has_to_stand_there_its_results_stay_and_that_is_told(
    cells: dict[int, str], below: str, kept: list[int | None], values: list[Any]
) -> None:
    three = put(book(), replace(SPEC, rows=ROWS[:3], fills=[]))[0]
    data = hers(three, cells, below)
    after, receipt = put(data, replace(SPEC, rows=ROWS[3 : 3 + len(kept)], kept=kept, fills=[]))
    shown = [row[3] for row in by_calamine(after, 1)[1:]]
    assert (shown, [left.reason for left in receipt.dissolved]) == (values, ["array"])
    assert (re.findall("<f[ >/]", part(after, PROBLEMS)), complaints(after)) == ([], [])


def test_a_program_sheet_whose_cells_do_not_end_is_refused() -> None:
    data, _ = put(book(), SPEC)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    contents[PROBLEMS] = contents[PROBLEMS].replace(b"</sheetData>", b"</x14:sheetData>")
    with pytest.raises(Damaged):
        put(zipped(contents), replace(SPEC, rows=[]))
