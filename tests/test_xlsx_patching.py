"""All edits are written in one pass, a piece at a time: what is not edited is neither held nor inflated, and all agrees in the end."""

from __future__ import annotations

import mmap
import tracemalloc
from array import array
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
from hypothesis import given
from hypothesis import strategies as st
from xlsx_books import MAIN, SHEET, book, edited, relationships, sheet_xml, zipped

from sheetcrm.xlsx import Editor, Package, verify
from sheetcrm.xlsx.packed import Packed
from sheetcrm.xlsx.rows import ColumnPatch

ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="1"><xf numFmtId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def long_book(rows: int) -> bytes:
    cells = "".join(f'<c r="{{0[{at}]}}{{1}}"><v>{{1}}{at}</v></c>' for at in range(12))
    lines = "".join(f'<row r="{row}">{cells.format("ABCDEFGHIJKL", row)}</row>' for row in range(1, rows + 1))
    return book(lines)


def with_column(data: bytes | memoryview, rows: int) -> Editor:
    editor = Editor(data)
    editor.set_column(SHEET, ColumnPatch(13, range(1, rows + 1), array("d", (row * 1.25 for row in range(rows)))))
    return editor


def test_a_column_on_a_long_sheet_is_written_and_proven_in_a_fraction_of_the_sheets_size(tmp_path: Path) -> None:
    rows = 40_000
    before, after = tmp_path / "before.xlsx", tmp_path / "after.xlsx"
    before.write_bytes(long_book(rows))
    size = Package(before.read_bytes()).entry(SHEET).size
    with before.open("rb") as file:
        old = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    tracemalloc.start()
    with after.open("wb") as out:
        receipt = with_column(old, rows).write(out)
    with after.open("rb") as file:
        verify(old, memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)), receipt)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (size > 14_000_000, peak < 10_000_000, receipt.cells) == (True, True, {SHEET: rows})
    last = list(openpyxl.load_workbook(after, read_only=True)["S"].iter_rows(min_row=rows, values_only=True))
    assert [(row[0], row[-1]) for row in last] == [(rows * 10, (rows - 1) * 1.25)]


def test_an_unchanged_part_is_never_inflated() -> None:

    data = bytearray(book(ROW, parts={"xl/media/a.png": bytes(range(256)) * 99, "xl/other.xml": "<x/>" * 99}))
    for name in ("xl/media/a.png", "xl/other.xml"):
        entry = Package(bytes(data)).entry(name)
        data[entry.data : entry.data + entry.compressed] = (
            b"\xff" * entry.compressed
        )  # no deflated stream: who inflates it stumbles
    written, receipt = edited(bytes(data), lambda editor: editor.set_cells(SHEET, {(1, 2): "new"}))
    assert (receipt.replaced, Package(written).raw("xl/other.xml") == Package(bytes(data)).raw("xl/other.xml")) == (
        (SHEET,),
        True,
    )


def test_the_archive_may_begin_anywhere_in_what_it_is_written_to() -> None:
    alone, behind = BytesIO(), BytesIO(b"before ")
    behind.seek(7)
    for out in (alone, behind):
        with_column(long_book(9), 9).write(out)
    assert behind.getvalue() == b"before " + alone.getvalue()


def styled_book(*, styles_first: bool) -> bytes:
    contents: dict[str, str | bytes] = {
        "xl/_rels/workbook.xml.rels": relationships(("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")),
    }
    package = Package(book(ROW, parts={**contents, "xl/styles.xml": STYLES}))
    names = sorted(package.names, key=lambda name: (name.endswith("styles.xml") is not styles_first, name))
    return zipped({name: package.read(name) for name in names})


def test_a_style_that_a_cell_needs_is_there_whether_the_styles_stand_before_or_behind_the_sheet() -> None:
    def shown(data: bytes) -> object:
        written, _ = edited(data, lambda editor: editor.set_cells(SHEET, {(1, 2): date(2026, 11, 22)}))
        return openpyxl.load_workbook(BytesIO(written))["S"]["B1"].value

    assert [shown(styled_book(styles_first=first)) for first in (True, False)] == [datetime(2026, 11, 22)] * 2


def test_a_workbook_without_styles_gets_them_once() -> None:
    written, receipt = edited(book(ROW), lambda editor: editor.set_cells(SHEET, {(1, 2): date(2026, 11, 22)}))
    package = Package(written)
    assert (receipt.added, package.read("xl/_rels/workbook.xml.rels").count(b"styles.xml")) == (("xl/styles.xml",), 1)


def test_a_sheet_made_anew_and_then_patched_to_no_effect_is_written_as_it_was_made() -> None:
    def edit(editor: Editor) -> None:
        editor.parts.put(SHEET, sheet_xml('<row r="1"><c r="A1"><v>7</v></c></row>').encode())
        editor.set_cells(SHEET, {(1, 1): 7})

    written, _ = edited(book(ROW), edit)
    assert openpyxl.load_workbook(BytesIO(written))["S"]["A1"].value == 7


def test_edits_that_come_to_nothing_give_the_very_bytes_also_where_a_full_calculation_was_asked() -> None:
    def edit(editor: Editor) -> None:
        editor.full_calc_on_load()
        editor.set_cells(SHEET, {(1, 1): 1})

    written, receipt = edited(book(ROW), edit)
    assert (written == book(ROW), receipt.changed, receipt.full_calculation) == (True, False, False)


def test_the_list_of_formula_cells_goes_with_the_formula_though_it_and_its_traces_stand_before_the_sheet() -> None:
    package = Package(
        book(
            '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row>',
            parts={
                "xl/_rels/workbook.xml.rels": relationships(
                    ("worksheet", "worksheets/sheet1.xml"), ("calcChain", "calcChain.xml")
                ),
                "xl/calcChain.xml": f'<calcChain xmlns="{MAIN}"><c r="A1" i="1"/></calcChain>',
            },
        )
    )
    data = zipped({name: package.read(name) for name in sorted(package.names, key=lambda name: name == SHEET)})

    def edit(editor: Editor) -> None:
        editor.own_formulas(SHEET, ["1+1"])
        editor.set_cells(SHEET, {(1, 1): 3})

    written, receipt = edited(data, edit)
    rels = Package(written).read("xl/_rels/workbook.xml.rels")
    assert (receipt.removed, b"calcChain" in rels, "xl/calcChain.xml" in Package(written)) == (
        ("xl/calcChain.xml",),
        False,
        False,
    )


@given(st.lists(st.binary(max_size=3).filter(lambda item: b"\0" not in item)), st.slices(20_000))
def test_packed_bytes_are_the_list_they_were_made_of(items: list[bytes], part: slice) -> None:
    many = (items * 5000)[:20_000] if items else []
    packed = Packed(iter(many))
    assert (list(packed), list(packed[part]), len(packed)) == (many, many[part], len(many))
    places = range(-len(many), len(many), 997)
    assert [packed[at] for at in places] == [many[at] for at in places]
