"""Two versions of a workbook compared: what differs is found, wherever it was written, and nothing else."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font
from xlsx_books import book, sheet_xml
from xlsx_books import edited as patched

from sheetcrm.xlsx import CellValue, Column, Editor, Hostile, SheetSpec
from sheetcrm.xlsx.comparing import Differences, SheetDifference, changed_places, compare, count_filled
from sheetcrm.xlsx.errors import XlsxError
from sheetcrm.xlsx.pairing import Scheme
from sheetcrm.xlsx.reading import iter_rows
from sheetcrm.xlsx.refs import cell_name
from sheetcrm.xlsx.sides import Looks, Side

SAMPLE = (ROOT / "sample_workbooks" / "salon_en.xlsx").read_bytes()
PEOPLE = [(f"C{n}", f"Name {n}", f"+44740012345{n}", n * 10) for n in range(9)]


def made(rows: list[tuple[Any, ...]], title: str = "S") -> bytes:
    """A workbook of one sheet, by openpyxl."""
    made = openpyxl.Workbook()
    page = made.active
    assert page is not None
    page.title = title
    for row in rows:
        page.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


BLANK = made([*PEOPLE[:5], (), *PEOPLE[5:]])


def values(data: bytes) -> dict[str, Any]:
    """What stands in the cells, as openpyxl reads it."""
    page = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    return {
        cell.coordinate: (type(cell.value), cell.value)
        for row in page.iter_rows()
        for cell in row
        if cell.value is not None
    }


def edited(data: bytes, cells: dict[tuple[int, int], Any], sheet: int = 0) -> bytes:
    """The workbook with some cells of a sheet set by the patcher."""
    editor = Editor(data)
    editor.set_cells(editor.document.sheets[sheet].part, cells)
    out = io.BytesIO()
    editor.write(out)
    return out.getvalue()


def saved_again(data: bytes) -> bytes:
    """The workbook as another program writes it."""
    out = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(data)).save(out)
    return out.getvalue()


def only(found: Differences) -> SheetDifference:
    """The one sheet that differs."""
    (sheet,) = found.sheets
    return sheet


def told(found: Differences) -> list[tuple[str, Any, Any]]:
    """Cell, before, after."""
    return [(cell_name(c.row, c.column), c.before, c.after) for sheet in found.sheets for c in sheet.changes]


@pytest.mark.parametrize("name", sorted(p.name for p in (ROOT / "sample_workbooks").glob("*.xlsx")))
def test_a_workbook_is_not_different_from_itself(name: str) -> None:
    data = (ROOT / "sample_workbooks" / name).read_bytes()
    again = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(again, "w", zipfile.ZIP_STORED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))
    assert (bool(compare(data, data)), bool(compare(data, again.getvalue()))) == (False, False)


def test_no_real_workbook_is_different_from_itself_with_its_sheets_written_anew(shared_dir: Path) -> None:
    """A blank in front of each sheet's cells makes it another part, so that all of it is read and compared."""
    found = {}
    for path in sorted((shared_dir / "data" / "workbooks").glob("*.xls?")):
        data, out = path.read_bytes(), io.BytesIO()
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
                for entry in old.infolist():
                    new.writestr(entry.filename, old.read(entry).replace(b"<sheetData>", b"<sheetData> "))
            found[path.name] = [(s.cells, s.looks, s.rows_moved) for s in compare(data, out.getvalue()).sheets]
        except (XlsxError, zipfile.BadZipFile, NotImplementedError, RuntimeError):  # no workbook in it
            continue
    assert len(found) > 80
    assert {name: sheets for name, sheets in found.items() if any(any(counts) for counts in sheets)} == {}


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.integers(1, 12), st.integers(1, 6)),
        st.one_of(st.text("aż я<&\"'_x0041_ \n", max_size=8), st.floats(-1e9, 1e9), st.booleans(), st.none()),
        min_size=1,
        max_size=30,
    )
)
def test_the_cells_that_were_set_and_no_others_are_named(cells: dict[tuple[int, int], Any]) -> None:
    data = edited(BLANK, cells)
    before, after = (values(each) for each in (BLANK, data))
    changed = {cell for cell in before.keys() | after.keys() if before.get(cell) != after.get(cell)}
    found = compare(BLANK, data, lambda _was, _now: Scheme(aligned=False))
    assert {cell for cell, _, _ in told(found)} == changed
    assert sum(sheet.cells for sheet in found.sheets) == len(changed)


@pytest.mark.parametrize("code", ["en", "uk"])
def test_a_program_that_writes_everything_anew_changes_no_cell(code: str) -> None:
    data = (ROOT / "sample_workbooks" / f"salon_{code}.xlsx").read_bytes()
    again = saved_again(data)
    found = compare(data, again)
    assert [(s.title, s.cells) for s in found.sheets if s.cells or s.state != "changed"] == []
    assert told(compare(again, edited(again, {(3, 1): "Eva"}, 1)))[0][2] == "Eva"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_libreoffice_saving_it_changes_no_cell(tmp_path: Path) -> None:
    (tmp_path / "in.xlsx").write_bytes(
        made([("Name", "Day", "Sum"), ("Żaneta", date(2026, 3, 8), 12.5), ("Я", None, -1)])
    )
    command = [
        "soffice",
        f"-env:UserInstallation=file://{tmp_path}/p",
        "--headless",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
    ]
    subprocess.run([*command, "--outdir", tmp_path / "out", tmp_path / "in.xlsx"], check=True, capture_output=True)
    found = compare((tmp_path / "in.xlsx").read_bytes(), (tmp_path / "out" / "in.xlsx").read_bytes())
    assert [(s.cells, s.looks, s.rows_added, s.rows_gone) for s in found.sheets] == [(0, 0, 0, 0)]


def test_values_are_told_as_excel_shows_them() -> None:
    before = made([(None,), (date(2026, 3, 8), time(9, 30), datetime(2026, 3, 8, 9, 30), 12.5, "Anna", True, "=1+1")])
    after = made([(None,), (date(2026, 3, 9), time(10), datetime(2026, 3, 8, 10), 13, "Eva", False, "=1+2")])
    assert told(compare(before, after)) == [
        ("A2", date(2026, 3, 8), date(2026, 3, 9)),
        ("B2", time(9, 30), time(10)),
        ("C2", datetime(2026, 3, 8, 9, 30), datetime(2026, 3, 8, 10)),
        ("D2", 12.5, 13),
        ("E2", "Anna", "Eva"),
        ("F2", True, False),
        ("G2", "=1+1", "=1+2"),
    ]


def test_a_number_that_becomes_a_day_is_another_thing_and_a_colour_is_only_a_look() -> None:
    plain = made([(46089, "a")])
    shown = openpyxl.load_workbook(io.BytesIO(plain))
    shown["S"]["A1"].number_format = "dd.mm.yyyy"
    shown["S"]["B1"].font = Font(color="FF0000")
    out = io.BytesIO()
    shown.save(out)
    sheet = only(compare(plain, out.getvalue()))
    assert [(c.column, c.before, c.after, c.look) for c in sheet.changes] == [
        (1, 46089, date(2026, 3, 8), False),
        (2, "a", "a", True),
    ]
    assert (sheet.cells, sheet.looks) == (1, 1)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([PEOPLE[0], *PEOPLE[2:]], (0, 1, 0, [])),
        ([*PEOPLE[:4], ("X", "New", "+1", 5), *PEOPLE[4:]], (1, 0, 0, [])),
        ([*PEOPLE[:4], ("X", "New", "+1", 5), *PEOPLE[4:7], PEOPLE[8]], (1, 1, 0, [])),
        ([*PEOPLE[3:], *PEOPLE[:3]], (0, 0, 3, [])),
        ([PEOPLE[8], *PEOPLE[1:8], PEOPLE[0]], (0, 0, 2, [])),
        ([*PEOPLE[1:5], ("C5", "Name 5", "+447400123455", 777), *PEOPLE[6:]], (0, 1, 0, [("D5", 50, 777)])),
        ([*PEOPLE, ("X", "New", "+1", 5)], (1, 0, 0, [])),
        (PEOPLE[:-1], (0, 1, 0, [])),
    ],
    ids=["gone", "put in", "both", "block moved", "two exchanged", "gone and edited", "appended", "last gone"],
)
def test_rows_put_in_taken_out_and_sorted_are_told_as_that(after: list[Any], expected: tuple[Any, ...]) -> None:
    sheet = only(compare(made(PEOPLE), made(after)))
    cells = [(cell_name(c.row, c.column), c.before, c.after) for c in sheet.changes if not c.whole]
    assert (sheet.rows_added, sheet.rows_gone, sheet.rows_moved, cells) == expected


def test_a_sorted_row_that_was_edited_is_known_again_by_what_tells_it() -> None:
    after = [*PEOPLE[5:], ("C2", "Anna Nowak", "+999", 99), PEOPLE[0], PEOPLE[1], PEOPLE[3], PEOPLE[4]]
    scheme = Scheme(identities=((1,),))
    sheet = only(compare(made(PEOPLE), made(after), lambda _was, _now: scheme))
    assert (sheet.rows_added, sheet.rows_gone, sheet.cells) == (0, 0, 3)
    assert told(compare(made(PEOPLE), made(after), lambda _was, _now: scheme)) == [
        ("B5", "Name 2", "Anna Nowak"),
        ("C5", "+447400123452", "+999"),
        ("D5", 20, 99),
    ]


def test_columns_of_the_program_are_counted_apart_and_tell_no_row() -> None:
    after = [(*row[:3], 1000 - n) for n, row in enumerate(PEOPLE)]
    after[4] = ("C4", "Name 4", "+999", 996)
    sheet = only(compare(made(PEOPLE), made(after), lambda _was, _now: Scheme(ours=frozenset({4}))))
    assert (sheet.ours, sheet.hers, [c.row for c in sheet.changes if not c.ours]) == (9, 1, [5])


def test_a_column_that_stands_elsewhere_is_the_same_column() -> None:
    after = [(row[0], f"new {n}", *row[1:]) for n, row in enumerate(PEOPLE)]
    scheme = Scheme(moved={1: 1, 2: 3, 3: 4, 4: 5})
    sheet = only(compare(made(PEOPLE), made(after), lambda _was, _now: scheme))
    assert (sheet.cells, {c.column for c in sheet.changes}) == (9, {2})


def test_sheets_that_came_went_or_have_another_title_are_told_apart() -> None:
    def saved(*titles: str, order: int) -> bytes:
        made = openpyxl.load_workbook(io.BytesIO(SAMPLE))
        for title in titles:
            made.create_sheet(title, order)["A1"] = title
        made["Services"].title = "Prices" if order else "Services"
        out = io.BytesIO()
        made.save(out)
        return out.getvalue()

    found = compare(saved("Old", order=0), saved("Fresh", order=1))
    assert [(s.title, s.state, s.was, s.cells) for s in found.sheets if s.state != "changed" or s.was] == [
        ("Fresh", "added", "", 1),
        ("Prices", "changed", "Services", 0),
        ("Old", "gone", "", 1),
    ]


def test_more_cells_than_are_listed_are_counted_and_said_so() -> None:
    after = [(*row[:3], -1) for row in PEOPLE]
    cut, whole = (only(compare(made(PEOPLE), made(after), limit=limit)) for limit in (4, None))
    assert (cut.cells, len(cut.changes), cut.more) == (9, 4, True)
    assert (whole.cells, len(whole.changes), whole.more) == (9, 9, False)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<row r="1"><c r="A1"><v>1</v></c></row>', "<row><c><v>1</v></c></row>"),
        ('<row r="1"><c r="A1"><v>1</v></c></row>', "<row r='1'><!-- a --><c  r='A1'  ><v>1.0</v></c></row>"),
        ('<row r="1" spans="1:1"><c r="A1" t="n"><v>1</v></c></row>', '\n <row r="1" ht="30">\n <c r="A1" ><v>1</v></c>\n</row>\n'),
        ('<row r="1"><c r="A1" t="str"><v>a&amp;b</v></c></row>', '<row r="1"><c r="A1" t="inlineStr"><is><t>a&#38;b</t></is></c></row>'),
        ('<row r="1"/><row r="2"><c r="A2"><v>3</v></c></row>', '<row r="2"><c r="A2"><v>3</v></c><c r="B2" s="1"/></row><row r="3"/>'),
        (
            '<row r="1"><c r="A1"><f>B1+1</f><v>2</v></c></row>',
            '<row r="1"><c r="A1"><f t="shared" si="0"/><v>3</v></c></row>',
        ),
    ],
    ids=["unnamed", "comment", "blanks", "strings", "empty", "shared formula"],
)  # fmt: skip
def test_however_it_is_written_the_same_is_the_same(before: str, after: str) -> None:
    found = compare(book(before), book(after))
    assert [(s.cells, s.looks, s.rows_added, s.rows_gone) for s in found.sheets] == [(0, 0, 0, 0)]


@pytest.mark.parametrize("rows", [3, 3000])
def test_a_cell_changed_anywhere_in_a_long_sheet_is_found(rows: int) -> None:
    def data(changed: int, *, named: bool = True) -> bytes:
        lines = [
            f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}"><v>{-n if n == changed else n}</v></c></row>'
            if named or n < rows
            else f"<row><c><v>{n}</v></c><c><v>{n}</v></c></row>"
            for n in range(1, rows + 1)
        ]
        return book(sheet=sheet_xml("".join(lines)))

    for changed in (1, 2, rows // 2, rows - 1, rows):
        assert told(compare(data(0), data(changed))) == [(f"B{changed}", changed, -changed)], changed
        if changed < rows:
            found = told(compare(data(0, named=False), data(changed, named=False)))
            assert found == [(f"B{changed}", changed, -changed)], changed


KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def with_part(rows: str, kind: str, xml: str) -> bytes:
    """A workbook with a part of shared strings or styles."""
    plain = zipfile.ZipFile(io.BytesIO(book())).read("xl/_rels/workbook.xml.rels").decode()
    rel = f'<Relationship Id="rId9" Type="{KINDS}/{kind}" Target="{kind}.xml"/></Relationships>'
    return book(
        rows, parts={f"xl/{kind}.xml": xml, "xl/_rels/workbook.xml.rels": plain.replace("</Relationships>", rel)}
    )


def texts(order: str, *listed: str) -> bytes:
    """Cells that hold the texts of these numbers."""
    items = "".join(f"<si><t>{text}</t></si>" for text in listed)
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>{at}</v></c></row>' for n, at in enumerate(order, 1))
    return with_part(rows, "sharedStrings", f'<sst xmlns="{MAIN}">{items}</sst>')


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (texts("210", "three", "two", "one"), []),
        (texts("012", "one", "two", "three", "four"), []),
        (texts("012", "un", "two", "trois"), [("A1", "one", "un"), ("A3", "three", "trois")]),
        (texts("022", "one", "two", "three"), [("A2", "two", "three")]),
    ],
    ids=["numbered anew", "one more", "other texts", "another number"],
)
def test_texts_are_compared_by_what_they_say_not_by_their_numbers(after: bytes, expected: list[Any]) -> None:
    assert told(compare(texts("012", "one", "two", "three"), after)) == expected


def test_a_style_that_comes_to_mean_something_else_is_seen_in_cells_that_keep_their_bytes() -> None:
    rows = '<row r="1"><c r="A1"><v>46089</v></c><c r="B1" s="1"><v>46089</v></c></row>'
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="{{}}"/></cellXfs></styleSheet>'
    before, after = (with_part(rows, "styles", styles.format(code)) for code in (2, 14))
    assert told(compare(before, after)) == [("B1", 46089, date(2026, 3, 8))]


def test_a_part_that_claims_to_be_a_gigabyte_is_refused_before_it_is_opened() -> None:
    bomb = book(sheet=sheet_xml(f'<row r="1"><c r="A1" t="str"><v>{"0" * 230_000_000}</v></c></row>'))
    with pytest.raises(Hostile):
        compare(book(), bomb)


def test_tables_names_and_other_parts_are_told_by_name() -> None:
    made = openpyxl.load_workbook(io.BytesIO(SAMPLE))
    page = made["Services"]
    made.defined_names["rate"] = openpyxl.workbook.defined_name.DefinedName("rate", attr_text="Services!$A$1")
    del page.tables["Services"]
    out, plain = io.BytesIO(), io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(SAMPLE)).save(plain)
    made.save(out)
    found = compare(plain.getvalue(), out.getvalue())
    assert (found.tables.gone, found.names.added, found.names.gone) == (("Services",), ("rate",), ())
    assert "xl/workbook.xml" in found.parts.changed


def test_cells_that_are_nothing_but_a_blank_are_no_row() -> None:
    assert list(iter_rows([b"<worksheet><sheetData> </sheetData>"])) == []


@pytest.mark.parametrize("rows", [0, 1, 30_000])
def test_the_cells_of_a_new_sheet_are_counted_as_they_are_given_one_by_one(rows: int) -> None:
    cells: list[list[CellValue]] = [["</c> & <c>", None, 1.5], ["", date(2026, 1, 2), "a\nb"], [None, None, None]]
    spec = SheetSpec("Notes", [Column("a"), Column("b", wrap=True), Column("c")], [cells[n % 3] for n in range(rows)])
    after, receipt = patched(book(), lambda editor: editor.put_sheet("New", spec))
    looks, new = Looks(), next(name for name in receipt.added if "worksheets/sheet" in name)
    old, now = Side(book(), looks), Side(after, looks)
    places = list(changed_places(old, None, now, new))
    filled = 3 + sum(cell not in (None, "") for row in spec.rows for cell in row)
    assert (count_filled(now, new), len(places)) == (filled, filled)
