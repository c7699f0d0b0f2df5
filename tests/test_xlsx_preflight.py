"""The look before a reader is let in: hostile files are refused at once, real ones pass and are scanned on the way."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsx_books import MAIN, SHEET, book, by_calamine, sheet_xml

from sheetcrm.xlsx import Limits, Package, XlsxError, cell_name, column_styles, preflight, scan_sheet

MB = 1_000_000
A1 = '<row r="1"><c r="A1"><v>1</v></c></row>'
FAR = '<row r="1048576"><c r="XFD1048576"%s</c></row>'
DOCTYPE = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "two-cells": (lambda: book(A1 + FAR % "><v>2</v>"), "used-range"),
    "cell-in-the-wrong-row": (
        lambda: book('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>2</v></c></row>'),
        "used-range",
    ),
    "far-in-odd-quotes": (
        lambda: book(A1 + "<row r='1048576'><c s='1' r='XFD1048576'><v>2</v></c></row>"),
        "used-range",
    ),
    "far-without-names": (
        lambda: book(A1 + "<row r='1048576'>" + "<c/>" * 9000 + "<c><v>1</v></c></row>"),
        "used-range",
    ),
    "far-prefixed": (
        lambda: book(A1 + f'<x:row xmlns:x="{MAIN}" r="1048576"><x:c r="XFD1048576"><x:v>2</x:v></x:c></x:row>'),
        "used-range",
    ),
    "far-empty-text": (lambda: book(A1 + FAR % ' t="str"><v></v>'), "used-range"),
    "merge": (lambda: book(A1, tail='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'), "merged-area"),
    "spaces": (lambda: book(A1, tail=" " * 120 * MB), "size"),
    "one-value": (lambda: book('<row r="1"><c r="A1" t="str"><v>' + "a" * 120 * MB + "</v></c></row>"), "cell-size"),
    "rows": (lambda: book("<row/>" * 12 * MB), "rows"),
    "cells": (lambda: book("<row>" + "<c/>" * 20 * MB + "</row>"), "cell-size"),
    "comment": (lambda: book("<!--" + "x" * 120 * MB + "-->"), "cell-size"),
    "head": (lambda: book(A1, head="<x a='" + "x" * 120 * MB + "'/>"), "size"),
    "strings": (lambda: book(A1, parts={"xl/sharedStrings.xml": "<sst>" + "<si><t/></si>" * 10 * MB}), "ratio"),
    "doctype-in-strings": (
        lambda: book(A1, parts={"xl/sharedStrings.xml": DOCTYPE + "<sst><si><t>&b;</t></si></sst>"}),
        "doctype",
    ),
    "doctype-in-sheet": (lambda: book(sheet=DOCTYPE + sheet_xml(A1)), "doctype"),
    "doctype-wide": (lambda: book(A1, parts={"xl/styles.xml": (DOCTYPE + "<a/>").encode("utf-16")}), "doctype"),
    "zeros": (lambda: book(sheet=b"\0" * 60 * MB), "encoding"),
    "two-cells-wide": (lambda: book(sheet=sheet_xml(A1 + FAR % "><v>2</v>").encode("utf-16")), "used-range"),
    "doctype-in-wide-sheet": (lambda: book(sheet=(DOCTYPE + sheet_xml(A1)).encode("utf-16-be")), "doctype"),
    "names": (
        lambda: book(
            A1, workbook="<definedNames>" + '<definedName\nname="n">S!A1</definedName>' * 240_000 + "</definedNames>"
        ),
        "names",
    ),
    "entries": (lambda: book(A1, parts={f"xl/{n}": "" for n in range(25_000)}), "entries"),
}
CHILD = """
import json, resource, sys, time
sys.path.insert(0, sys.argv[1])
from sheetcrm.xlsx import XlsxError, preflight
data = open(sys.argv[2], "rb").read()
start, floor = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    preflight(data); reason = "passed"
except XlsxError as error:
    reason = error.reason
seconds = time.process_time() - start
print(json.dumps([reason, seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - floor) // 1024]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_within_two_seconds_and_300_mb(name: str, tmp_path: Path) -> None:
    make, expected = HOSTILE[name]
    (path := tmp_path / "hostile.xlsx").write_bytes(make())
    root = str(Path(__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", CHILD, root, str(path)], capture_output=True, text=True, check=True)
    reason, seconds, megabytes = json.loads(done.stdout)
    assert reason == expected
    assert seconds < 2
    assert megabytes < 300


def test_the_refusal_names_the_sheet_and_where_its_far_cell_is() -> None:
    with pytest.raises(XlsxError, match=r"the sheet S has a value as far out as row 1,048,576 and column XFD: delete"):
        preflight(book(A1 + FAR % "><v>2</v>"))


@pytest.mark.parametrize("content", ["", ' s="1">', " s='1'><v/>", ' s="1"><v></v>', ' t="s"><v></v>'])
def test_a_far_cell_with_nothing_but_a_style_is_common_and_passes(content: str) -> None:
    far = FAR % (content or ">")
    data = book(A1 + far)
    scan = preflight(data).sheets[SHEET]
    assert (scan.max_row, scan.max_column, scan.cells) == (1, 1, 2)
    assert by_calamine(data) == [[1.0]]


def test_real_workbooks_pass(shared_dir: Path) -> None:
    refused = []
    for path in sorted((shared_dir / "data" / "workbooks").glob("*.xls?")):
        try:
            preflight(path.read_bytes())
        except XlsxError as error:
            refused.append((path.name, error.reason))
    assert refused == []


ROWS = (
    '<row r="2"><c r="A2" t="e"><v>#DIV/0!</v></c><c r="B2" s="3"><f>1/0</f><v>5</v></c><c r="C2"><f>A1</f></c></row>'
    '<row r="3"><c r="B3" s="4" t="e"><f>B2</f><v>#N/A</v></c><c r="D3" t="str"><f>x()</f><v></v></c><c r="E3" s="9"/></row>'
)
USUAL = sheet_xml(ROWS, tail='<sheetProtection sheet="1"/><mergeCells><mergeCell ref="A5:B6"/></mergeCells>')


@pytest.mark.parametrize(
    "xml",
    [
        USUAL,
        USUAL.replace('"', "'"),
        USUAL.replace(' r="C2"', "").replace(' r="B2" s="3"', ' s="3"').replace(' r="2"', " r='2' "),
        USUAL.replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x="),
        USUAL.replace("<row", "<!-- <c r='Z9'><v>1</v></c> --><row", 1),
        USUAL.replace('t="e"', "t='e'"),
    ],
    ids=["usual", "single quotes", "without names", "prefixed", "comment", "two kinds of quotes"],
)
@pytest.mark.parametrize("piece", [7, 64, 1 << 20])
def test_errors_formulas_and_extent_are_found_however_the_sheet_is_written_and_cut(xml: str, piece: int) -> None:
    data = xml.encode()
    scan = scan_sheet(data[at : at + piece] for at in range(0, len(data), piece))
    assert scan.errors == [(2, 1, "#DIV/0!"), (3, 2, "#N/A")]
    assert sorted(scan.formulas) == [(2, 2), (2, 3), (3, 2), (3, 4)]
    assert sorted(scan.uncached) == [(2, 3), (3, 4)]
    assert (scan.rows, scan.cells, scan.max_row, scan.max_column) == (2, 6, 3, 4)
    assert (scan.merged, scan.protected) == ([(5, 1, 6, 2)], True)


cells_at = st.dictionaries(
    st.tuples(st.integers(1, 3000), st.integers(1, 800)), st.sampled_from(["v", "s", "empty"]), max_size=40
)


@settings(deadline=None, max_examples=60)
@given(cells_at, st.integers(20, 2000))
def test_the_extent_is_that_of_the_cells_with_a_value(cells: dict[tuple[int, int], str], piece: int) -> None:
    xml = {"v": "><v>1</v></c>", "s": ' s="1"/>', "empty": ' s="2"></c>'}
    rows = "".join(
        f'<row r="{row}">'
        + "".join(f'<c r="{cell_name(r, c)}"{xml[cells[r, c]]}' for r, c in sorted(cells) if r == row)
        + "</row>"
        for row in sorted({row for row, _ in cells})
    )
    data = sheet_xml(rows).encode()
    scan = scan_sheet(data[at : at + piece] for at in range(0, len(data), piece))
    valued = [place for place, kind in cells.items() if kind == "v"]
    assert scan.max_row == max((row for row, _ in valued), default=0)
    assert scan.max_column == max((column for _, column in valued), default=0)
    assert scan.cells == len(cells)


@pytest.mark.parametrize("xml", [USUAL, USUAL.replace('"', "'")])
def test_the_styles_of_a_column_are_given_by_row(xml: str) -> None:
    assert column_styles([xml.encode()], 2) == {2: 3, 3: 4}
    assert column_styles([xml.encode()], 5) == {3: 9}


@pytest.mark.parametrize("piece", [7, 1 << 20])
def test_an_end_tag_in_a_comment_is_refused_and_no_cell_behind_it_is_overlooked(piece: int) -> None:
    data = USUAL.replace('<row r="3">', '<!-- </sheetData> --><row r="3">').encode()
    with pytest.raises(XlsxError):
        scan_sheet(data[at : at + piece] for at in range(0, len(data), piece))


def test_limits_can_be_set() -> None:
    with pytest.raises(XlsxError):
        preflight(Package(book(A1)), Limits(area=0))
