"""A patch of a sheet's bytes: what is written reads back, what is not stays, whoever wrote the sheet."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invariants import complaints
from xlsx_books import (
    MAIN,
    SHEET,
    book,
    by_calamine,
    by_openpyxl,
    edited,
    part,
    relationships,
    rows_of,
    set_cells,
    sheet_xml,
    zipped,
)

from sheetcrm.xlsx import CellValue, ColumnPatch, Damaged, Editor, Formula, Package, Receipt, XlsxError, cell_name
from sheetcrm.xlsx.cells import Writer, serial
from sheetcrm.xlsx.reading import grown, iter_rows
from sheetcrm.xlsx.refs import Range
from sheetcrm.xlsx.rows import CellEdit, RowPatcher
from sheetcrm.xlsx.sheet import SheetEdits, SheetPatcher

TWO = '<row r="1" spans="1:2" ht="20"><c r="A1" s="0" t="s" cm="1"><v>0</v></c><c r="B1"><v>5</v></c></row><row r="4"/>'
STRINGS = {
    "xl/_rels/workbook.xml.rels": relationships(
        ("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml")
    ),
    "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>Anna</t></si><si><r><t>An</t></r><r><t>na</t></r><rPh><t>x</t></rPh></si></sst>',
}


def left(receipt: Receipt) -> list[tuple[int, int, str]]:
    return [(cell.row, cell.column, cell.reason) for cell in receipt.left]


@pytest.mark.parametrize(
    ("cells", "rows"),
    [
        (
            {(1, 1): "x"},
            '<row r="1" ht="20"><c r="A1" s="0" t="inlineStr"><is><t>x</t></is></c><c r="B1"><v>5</v></c></row><row r="4"/>',
        ),
        ({(1, 2): None}, '<row r="1" ht="20"><c r="A1" s="0" t="s" cm="1"><v>0</v></c></row><row r="4"/>'),
        ({(1, 1): None}, '<row r="1" ht="20"><c r="A1" s="0"/><c r="B1"><v>5</v></c></row><row r="4"/>'),
        ({(1, 3): True}, TWO.replace(' spans="1:2"', "").replace("5</v></c>", '5</v></c><c r="C1" t="b"><v>1</v></c>')),
        ({(4, 2): 1.5}, TWO.replace('<row r="4"/>', '<row r="4"><c r="B4"><v>1.5</v></c></row>')),
        (
            {(3, 1): 7, (9, 1): 8},
            TWO.replace(
                '<row r="4"/>',
                '<row r="3"><c r="A3"><v>7</v></c></row><row r="4"/><row r="9"><c r="A9"><v>8</v></c></row>',
            ),
        ),
        ({(3, 1): None, (1, 4): ""}, TWO),
        (
            {(1, 2): Formula("A1&B1", "x")},
            '<row r="1" ht="20"><c r="A1" s="0" t="s" cm="1"><v>0</v></c><c r="B1" t="str"><f>A1&amp;B1</f><v>x</v></c></row><row r="4"/>',
        ),
    ],
)
def test_only_the_cells_asked_for_change(cells: dict[tuple[int, int], Any], rows: str) -> None:
    assert rows_of(set_cells(book(TWO, parts=STRINGS), cells)) == rows


def test_a_value_that_stands_there_already_is_not_written_again_whatever_its_form() -> None:
    rows = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1"><v>7.0</v></c><c r="D1" t="str"><v>a_x000B_b</v></c>'
        '<c r="E1" t="b"><v>1</v></c><c r="F1" t="inlineStr"><is><r><t>x</t></r><r><t xml:space="preserve"> y</t></r></is></c></row>'
    )
    same: dict[tuple[int, int], CellValue] = {
        (1, 1): "Anna",
        (1, 2): "Anna",
        (1, 3): 7,
        (1, 4): "a\x0bb",
        (1, 5): True,
        (1, 6): "x y",
        (1, 7): None,
        (2, 1): None,
    }
    data = book(rows, parts=STRINGS)
    after, receipt = edited(data, lambda editor: editor.set_cells(SHEET, same))
    assert not receipt.changed
    assert after == data


SECOND = '<row r="2"><c r="B2"><v>4</v></c></row>'
WRITINGS = {
    "without names": '<row><c><v>1</v></c><c><v>2</v></c></row><row><c r="B2"><v>4</v></c></row>',
    "single quotes": "<row r='1'><c r='A1'><v>1</v></c><c r='B1'><v>2</v></c></row>" + SECOND.replace('"', "'"),
    "blanks": '\n<row  r="1" >\n <c r="A1"><v>1</v></c>\n <c r="B1" ><v>2</v></c>\n</row>\n' + SECOND + "\n",
    "comments": '<!-- </row> --><row r="1"><c r="A1"><!--<c r="B1"/>--><v>1</v></c><?x?><c r="B1"><v>2</v></c></row>'
    + SECOND,
    "cdata": '<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="str"><v><![CDATA[</v></c></row>]]></v></c></row>' + SECOND,
}


@pytest.mark.parametrize("writing", WRITINGS)
def test_odd_writings_are_patched_rightly(writing: str) -> None:
    after = set_cells(book(WRITINGS[writing]), {(1, 1): "new", (1, 4): 9, (2, 1): 3, (3, 1): 5})
    rows = by_openpyxl(after)
    assert [(row[0], row[3]) for row in rows] == [("new", 9), (3, None), (5, None)]
    assert rows[1][1] == 4
    assert complaints(after) == []


def test_a_prefixed_sheet_gets_prefixed_cells() -> None:
    xml = sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>', head='<dimension ref="A1"/>')
    prefixed = xml.replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=")
    after = set_cells(book(sheet=prefixed), {(1, 2): "b", (2, 1): 3})
    assert '<x:c r="B1" t="inlineStr"><x:is><x:t>b</x:t></x:is></x:c></x:row><x:row r="2"><x:c r="A2">' in part(after)
    assert '<x:dimension ref="A1:B2"/>' in part(after)
    assert by_openpyxl(after) == [(1, "b"), (3, None)]


@pytest.mark.parametrize("sheet", [f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>', sheet_xml("")])
def test_an_empty_sheet_takes_cells(sheet: str) -> None:
    assert by_openpyxl(set_cells(book(sheet=sheet), {(2, 2): "x"})) == [(None, None), (None, "x")]


@pytest.mark.parametrize(
    ("rows", "tail", "cell", "reason"),
    [
        ('<row r="1"><c r="A1"><f>B1*2</f><v>4</v></c></row>', "", (1, 1), "formula"),
        ('<row r="1"><c r="A1"><f t="shared" si="0"/><v>4</v></c></row>', "", (1, 1), "formula"),
        ('<row r="1"><c r="A1"><f t="array" ref="A1:B3">C1:C3</f><v>4</v></c></row>', "", (3, 2), "array"),
        ('<row r="1"><c r="A1"><f t="dataTable" ref="A1:B3" r1="C1"/><v>4</v></c></row>', "", (2, 1), "data-table"),
        ("", '<mergeCells count="1"><mergeCell ref="A1:C2"/></mergeCells>', (2, 3), "merged"),
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_what_must_not_be_written_is_left_and_told(
    rows: str, tail: str, cell: tuple[int, int], reason: str, *, whole: bool
) -> None:
    def edit(editor: Editor) -> None:
        if whole:
            editor.set_column(SHEET, ColumnPatch(cell[1], [cell[0], 7], ["x", "y"]))
        else:
            editor.set_cells(SHEET, {cell: "x", (7, cell[1]): "y"})

    after, receipt = edited(book(rows, tail=tail), edit)
    assert left(receipt) == [(*cell, reason)]
    assert receipt.cells == {SHEET: 1}
    assert rows in part(after)


def test_the_first_cell_of_a_merged_area_is_written() -> None:
    assert (
        edited(
            book("", tail='<mergeCells><mergeCell ref="A1:C2"/></mergeCells>'),
            lambda editor: editor.set_cells(SHEET, {(1, 1): "x"}),
        )[1].left
        == []
    )


def test_a_formula_of_our_own_is_written_over_and_leaves_the_list_of_formulas() -> None:
    parts = {
        "xl/_rels/workbook.xml.rels": relationships(
            ("worksheet", "worksheets/sheet1.xml"), ("calcChain", "calcChain.xml")
        ),
        "xl/calcChain.xml": f'<calcChain xmlns="{MAIN}"><c r="A1" i="1"/></calcChain>',
    }

    def edit(editor: Editor) -> None:
        editor.own_formulas(SHEET, ["B1*2"])
        editor.set_cells(SHEET, {(1, 1): 5, (2, 1): 6})

    rows = '<row r="1"><c r="A1"><f>B1*2</f><v>4</v></c></row><row r="2"><c r="A2"><f>B1*3</f></c></row>'
    after, receipt = edited(book(rows, parts=parts), edit)
    assert (left(receipt), receipt.removed) == ([(2, 1, "formula")], ("xl/calcChain.xml",))
    assert complaints(after) == []


@pytest.mark.parametrize(("workbook", "serial"), [("", 46023.5), ('<workbookPr date1904="1"/>', 44561.5)])
def test_dates_count_from_the_workbooks_own_first_day_and_are_shown_as_dates(workbook: str, serial: float) -> None:
    after = set_cells(
        book(workbook=workbook), {(1, 1): datetime(2026, 1, 1, 12), (1, 2): date(2026, 1, 1), (1, 3): time(6)}
    )
    assert f"<v>{serial}</v>" in part(after)
    assert by_openpyxl(after) == [(datetime(2026, 1, 1, 12), datetime(2026, 1, 1), time(6))]
    assert by_calamine(after)[0][:2] == [datetime(2026, 1, 1, 12), date(2026, 1, 1)]


@pytest.mark.parametrize(
    ("day", "serial"),
    [(date(1900, 1, 1), 1), (date(1900, 2, 28), 59), (date(1900, 3, 1), 61), (date(9999, 12, 31), 2958465)],
)
def test_excels_29_february_1900_is_counted(day: date, serial: int) -> None:
    assert f"<v>{serial}</v>" in rows_of(set_cells(book(), {(1, 1): day}))


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), date(1899, 12, 31), "\ud800", "x" * 32_768, object(), "😀" * 16_384]
)
def test_what_a_cell_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(XlsxError):
        set_cells(book(), {(1, 1): value})


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "=cmd|'/C calc'!A0",
        "@x",
        "+1",
        "#REF!",
        "TRUE",
        "1",
        "  x ",
        "a\nb\tc",
        "\r",
        "_x0041_",
        "]]>",
        "<&>'\"",
        "\x01",
    ],
)
def test_text_stays_text(text: str) -> None:
    after = set_cells(book(), {(1, 1): text})
    assert by_calamine(after) == [[text]]
    assert "<f>" not in part(after)


TRICKY = (
    "=1+1", "+", "-1", "@SUM(A1)", "'", "_x0041_", "_x005F_", "_x", "_x00e9_", "\x01", "\x7f", "\r\n", "\n", "\t", " ", "  ", "]]>",
    "<", "&amp;",
    '"', "😀", "e\u0301", "\u202e", "\u200b", "\u2028", "\x85", "\xa0", "Ж", "0012", "1e5", "2026-01-01", "TRUE", "#N/A", "a",
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.lists(st.sampled_from(TRICKY), min_size=1, max_size=6).map("".join), min_size=1, max_size=8),
    st.booleans(),
)
def test_any_text_put_in_comes_out_of_independent_readers(written: list[str], whole: bool) -> None:
    rows = list(range(1, len(written) + 1))

    def edit(editor: Editor) -> None:
        if whole:
            editor.set_column(SHEET, ColumnPatch(2, rows, written))
        else:
            editor.set_cells(SHEET, {(row, 2): text for row, text in zip(rows, written, strict=True)})

    there = "".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>' for row in rows)
    after = edited(book(there), edit)[0]
    assert [row[1] for row in by_calamine(after)] == written
    assert [resolved(str(row[1])) for row in by_openpyxl(after)] == written  # which leaves such escapes to its callers
    assert not edited(after, edit)[1].changed


@pytest.mark.slow
def test_libreoffice_shows_every_text_as_it_was_put_in(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("no LibreOffice on this machine")
    written = [text for tricky in TRICKY for text in (tricky, f"a{tricky}b") if "\r" not in text]
    cells = {(row, column): value for row, text in enumerate(written, 1) for column, value in ((1, text), (2, "|"))}
    (path := tmp_path / "texts.xlsx").write_bytes(set_cells(book(), cells))
    filters = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,true,false"
    command = [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", filters]
    subprocess.run([*command, "--outdir", str(tmp_path), str(path)], check=True, capture_output=True, timeout=180)
    with (tmp_path / "texts.csv").open(encoding="utf-8", newline="") as file:
        assert [row[0] for row in csv.reader(file, delimiter=";")] == written


def resolved(text: str) -> str:
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), text)


@pytest.mark.parametrize("row", ['<c r="C2"><v>3</v></c><c r="A2"><v>1</v></c>', '<c r="D2"/><c r="B2"/><c r="A2"/>'])
def test_cells_that_stand_in_no_order_are_found_where_they_are(row: str) -> None:
    after = set_cells(book(f'<row r="2">{row}</row>'), {(2, 1): "a", (2, 2): "b", (2, 3): "c"})
    names = re.findall('<c r="([A-Z]+)2"', rows_of(after))
    assert sorted(set(names)) == sorted(names)
    assert [value for value in by_calamine(after)[-1] if value != ""] == ["a", "b", "c"]


def test_a_row_that_gets_nothing_keeps_its_bytes_also_where_it_is_closed_in_itself() -> None:
    rows = "<row r='2' ht='9'/>"
    assert rows_of(set_cells(book(rows), {(2, 1): None, (5, 1): 7})).startswith(rows)


def test_rows_out_of_order_are_refused_and_a_chart_takes_no_cells() -> None:
    with pytest.raises(XlsxError) as caught:
        set_cells(book('<row r="2"/><row r="1"/>'), {(1, 1): 5})
    assert caught.value.reason == "row-order"
    parts = {"xl/_rels/workbook.xml.rels": relationships(("chartsheet", "worksheets/sheet1.xml"))}
    with pytest.raises(XlsxError) as caught:
        set_cells(book(parts=parts), {(1, 1): 5})
    assert caught.value.reason == "sheet-kind"


def test_a_row_out_of_order_far_down_is_seen_too() -> None:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in [*range(1, 60_000), 5, *range(60_000, 60_010)]
    )
    with pytest.raises(XlsxError) as caught:
        set_cells(book(rows.replace('<row r="5">', "<row r='5'>")), {(59_000, 2): 5})
    assert caught.value.reason == "row-order"


texts = st.text(st.characters(codec="utf-8", exclude_characters="\ufffe\uffff"), max_size=12)
numbers = st.one_of(st.integers(-(10**12), 10**12), st.floats(-1e12, 1e12).map(lambda x: round(x, 6)))
values = st.one_of(texts, numbers, st.booleans(), st.dates(date(1900, 3, 1), date(9000, 1, 1)), st.none())
places = st.tuples(st.integers(1, 30), st.integers(1, 30))
cells = st.dictionaries(places, values, max_size=25)


def grid(data: bytes) -> dict[tuple[int, int], Any]:
    """The values by place, dates as their numbers: a number put where a date was keeps the cell's format, as a hand would leave it,
    and calamine panics at a day beyond all years."""
    archive = zipfile.ZipFile(BytesIO(data))
    parts = {name: archive.read(name) for name in archive.namelist()}
    if "xl/styles.xml" in parts:
        parts["xl/styles.xml"] = re.sub(rb'(<xf\b[^>]*?)numFmtId="\d+"', rb'\1numFmtId="0"', parts["xl/styles.xml"])
    rows = by_calamine(zipped(parts))
    return {(r, c): value for r, row in enumerate(rows, 1) for c, value in enumerate(row, 1) if value not in ("", None)}


def days(data: bytes) -> dict[tuple[int, int], date]:
    """The cells that are shown as days, by place."""
    with warnings.catch_warnings(action="ignore"):  # what stands there now may be a day beyond all years
        rows = by_openpyxl(data)
    cells = {(r, c): value for r, row in enumerate(rows, 1) for c, value in enumerate(row, 1)}
    return {place: value.date() for place, value in cells.items() if isinstance(value, datetime)}


def dates(written: dict[tuple[int, int], Any]) -> set[tuple[tuple[int, int], date]]:
    return {(place, value) for place, value in written.items() if isinstance(value, date)}


def expected(written: dict[tuple[int, int], Any]) -> dict[tuple[int, int], Any]:
    return {
        place: serial(v) if isinstance(v, date) else float(v) if type(v) in (int, float) else v
        for place, v in written.items()
        if v is not None and v != ""
    }


@settings(deadline=None, max_examples=80)
@given(cells, cells)
def test_cells_round_trip_and_a_patch_back_gives_the_same_cells(first: dict[Any, Any], second: dict[Any, Any]) -> None:
    data = set_cells(book(), first)
    after = set_cells(data, second)
    assert grid(after) == expected({**first, **second})
    assert dates({**first, **second}) <= set(days(after).items())
    assert complaints(after) == []
    back = set_cells(after, {place: first.get(place) for place in second})
    assert grid(back) == grid(data)
    again, receipt = edited(after, lambda editor: editor.set_cells(SHEET, second))
    assert (again == after, receipt.changed) == (True, False)


@settings(deadline=None, max_examples=60)
@given(
    cells,
    st.lists(st.integers(1, 30), min_size=1, max_size=12, unique=True).map(sorted),
    st.lists(st.integers(1, 40), min_size=1, max_size=4, unique=True),
    st.data(),
)
def test_whole_columns_give_what_single_cells_give(
    there: dict[Any, Any], rows: list[int], columns: list[int], data: st.DataObject
) -> None:
    base = set_cells(book(), there)
    patches = [
        ColumnPatch(c, rows, data.draw(st.lists(values, min_size=len(rows), max_size=len(rows)))) for c in columns
    ]

    def by_column(editor: Editor) -> None:
        for patch in patches:
            editor.set_column(SHEET, patch)

    single = {(row, patch.column): value for patch in patches for row, value in zip(rows, patch.values, strict=True)}
    after, _ = edited(base, by_column)
    assert grid(after) == grid(set_cells(base, single))
    assert dates({**there, **single}) <= set(days(after).items())
    assert complaints(after) == []
    assert not edited(after, by_column)[1].changed


def test_many_columns_appended_and_rewritten_at_once_keep_hers() -> None:
    rows = "".join(
        f'<row r="{n}" spans="1:2"><c r="A{n}" s="0"><v>{n}</v></c><c r="B{n}"><f>A{n}</f><v>{n}</v></c></row>'
        for n in range(1, 3001)
    )
    numbers = list(range(2, 3001))

    def edit(editor: Editor, add: int) -> None:
        for column in range(3, 8):
            made = [None if n % 5 == 0 else f"t{n + add}" if column % 2 else n + add for n in numbers]
            editor.set_column(SHEET, ColumnPatch(column, numbers, made))

    first, receipt = edited(book(rows), lambda editor: edit(editor, 0))
    assert receipt.cells == {SHEET: 5 * (2999 - 600)}
    second, receipt = edited(first, lambda editor: edit(editor, 1))
    assert receipt.cells == {SHEET: 5 * (2999 - 600)}
    assert by_openpyxl(second)[6] == (7, 7, "t8", 8, "t8", 8, "t8")
    assert not edited(second, lambda editor: edit(editor, 1))[1].changed
    assert complaints(second) == []
    assert b"".join(Package(second).open(SHEET)).count(b"<f>") == 3000


def test_a_sheet_larger_than_a_piece_is_patched_where_asked() -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="str"><v>{"x" * 90}</v></c></row>' for n in range(1, 40_001, 2))
    wanted = {(n, 1): n for n in (1, 2, 3, 19_998, 20_001, 39_999, 40_000, 50_000)}
    after = set_cells(book(rows), wanted)
    found = by_openpyxl(after)
    assert [found[row - 1][0] for row, _ in wanted] == [row for row, _ in wanted]
    assert len(found) == 50_000
    assert found[4][0] == "x" * 90
    assert cell_name(50_000, 1) in part(after)


@pytest.mark.parametrize(
    "tag",
    ['t="array"\nref="B2:B3"', 't="array" ref = "B2:B3"', 'ref="B2:B3"\tt = "array"', "t='dataTable'\nref='B2:B3'"],
)
def test_an_area_of_one_formula_is_left_however_its_tag_is_written(tag: str) -> None:
    rows = f'<row r="2"><c r="B2"><f {tag}>X</f><v>1</v></c></row><row r="3"><c r="B3"><v>2</v></c></row>'
    after, receipt = edited(book(rows), lambda editor: editor.set_cells(SHEET, {(3, 2): "x", (1, 1): "y"}))
    assert left(receipt) == [(3, 2, "data-table" if "dataTable" in tag else "array")]
    assert rows in rows_of(after)


EXTENSION = '<extLst><ext uri="{X}"/></extLst>'


@pytest.mark.parametrize(
    "cells", ['<c r="A2"><v>1</v></c>', f'<c r="A2"><v>1</v>{EXTENSION}</c>', "<c><v>1</v></c>", ""]
)
@pytest.mark.parametrize("whole", [False, True])
def test_a_cell_stands_before_the_extensions_of_its_row(cells: str, whole: bool) -> None:
    rows = f'<row r="2">{cells}{EXTENSION}</row><row r="3"><c r="A3"/>{EXTENSION}\n</row>'

    def edit(editor: Editor) -> None:
        if whole:
            editor.set_column(SHEET, ColumnPatch(2, [2, 3], [7, 8]))
        else:
            editor.set_cells(SHEET, {(2, 2): 7, (3, 2): 8})

    assert rows_of(edited(book(rows), edit)[0]) == (
        f'<row r="2">{cells}<c r="B2"><v>7</v></c>{EXTENSION}</row>'
        f'<row r="3"><c r="A3"/><c r="B3"><v>8</v></c>{EXTENSION}\n</row>'
    )


def test_a_row_in_many_pieces_is_not_searched_anew_with_each_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = "".join(f'<c r="{cell_name(1, column)}"><v>{column}</v></c>' for column in range(1, 4001))
    data = f'<worksheet>{" " * 90_000}<sheetData><row r="1">{cells}</row></sheetData></worksheet>'.encode()
    pieces = [data[at : at + 100] for at in range(0, len(data), 100)]
    searched: list[int] = []

    def counted(buffer: bytes, source: Iterator[bytes], broken: str) -> bytes:
        searched.append(len(buffer))
        return grown(buffer, source, broken)

    monkeypatch.setattr("sheetcrm.xlsx.reading.grown", counted)
    monkeypatch.setattr("sheetcrm.xlsx.sheet.grown", counted)
    edits = SheetEdits(cells={2: {1: CellEdit(1, "x")}})
    rows = RowPatcher(Writer(), shared=str, fitting_style=lambda style, _: style)
    assert b"".join(SheetPatcher(edits, rows).patch(iter(pieces))).count(b"<c ") == 4001
    assert [(number, row.count(b"<c ")) for number, row in iter_rows(iter(pieces))] == [(1, 4000)]
    assert sum(searched) < 4 * len(data)


def test_a_cell_is_held_against_the_merged_areas_near_it_only(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    holds = Range.holds

    def counted(area: Range, row: int, column: int) -> bool:
        looked.append(row)
        return holds(area, row, column)

    merges = "".join(f'<mergeCell ref="B{row}:B{row + 1}"/>' for row in range(1, 4000, 2))
    tail = f'<mergeCells>{merges}<mergeCell ref="C1:C9000"/></mergeCells>'
    data = book("".join(f'<row r="{row}"><c r="A{row}"/></row>' for row in range(1, 4001)), tail=tail)
    monkeypatch.setattr(Range, "holds", counted)

    def fill(editor: Editor) -> None:
        for column in (2, 3):
            editor.set_column(SHEET, ColumnPatch(column, range(1, 4001), range(1, 4001)))

    _, receipt = edited(data, fill)
    assert [len([cell for cell in left(receipt) if cell[1] == column]) for column in (2, 3)] == [2000, 3999]
    assert len(looked) < 4000 * 200


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("values", [[1.0], [1.0, None]])
def test_a_column_with_what_no_cell_can_hold_is_refused(value: float, values: list[float | None]) -> None:
    column = [*values, value]
    with pytest.raises(XlsxError, match="cannot hold") as caught:
        edited(book(TWO), lambda editor: editor.set_column(SHEET, ColumnPatch(5, range(1, len(column) + 1), column)))
    assert caught.value.reason == "value"


@pytest.mark.parametrize(
    "value", [10**400, -(10**400), 10**5000, date(1899, 12, 30)], ids=["large", "low", "very large", "day"]
)
@pytest.mark.parametrize("cell", [(1, 1), (9, 9)], ids=["a cell that is there", "a new one"])
def test_a_number_or_day_that_no_cell_can_hold_is_refused_in_our_own_words(value: Any, cell: tuple[int, int]) -> None:
    with pytest.raises(XlsxError, match="a cell cannot hold") as caught:
        set_cells(book('<row r="1"><c r="A1"><v>1</v></c></row>'), {cell: value})
    assert caught.value.reason == "value"


def test_the_largest_number_of_a_cell_is_held() -> None:
    largest = int(sys.float_info.max)
    assert by_calamine(set_cells(book(), {(1, 1): largest, (1, 2): -largest})) == [[float(largest), float(-largest)]]


def test_a_cell_that_stands_in_no_row_is_damage_and_not_written_into() -> None:
    data = book('<row r="1"><c r="A1"><v>1</v></c></row><c/><row r="2"><c r="A2"><v>2</v></c></row>')
    with pytest.raises(Damaged, match="behind row 1 and in none"):
        set_cells(data, {(1, 2): "x"})
