"""A client workbook that any program or library wrote is served: figures right, her cells and all other parts as they were."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from command_line import CommandLine
from invariants import new_complaints
from ooxml_validator import new_errors
from producers import (
    CLIENTS,
    FIGURES,
    HEADERS,
    LINES,
    PEOPLE,
    VISITS,
    Page,
    Writing,
    as_zip64,
    made,
    parts_of,
    streamed,
    zipped,
)
from python_calamine import CalamineError, CalamineWorkbook

DAY = date(2026, 11, 22)
FIELDS = ("Client ID", "Visits", "Total spend", "Last visit")
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
AC = 'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"'
WPS = (
    ' xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    'xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData"'
)
DIMENSION = '<dimension ref="A1:F4"/>'
IGNORED = '<ignoredErrors><ignoredError numberStoredAsText="1" sqref="A1:F4"/></ignoredErrors>'
CALCULATED = '<definedNames/><calcPr calcId="999999" calcCompleted="1" fullCalcOnLoad="1" forceFullCalc="0"/>'
DRAWING = '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"/>'
DRAWN = "".join(
    f'<Override PartName="/xl/drawings/drawing{n}.xml" ContentType="application/vnd.openxmlformats-officedocument.drawing+xml"/>'
    for n in (1, 2)
)


def google() -> bytes:
    """Absolute targets, a drawing for each sheet, no document properties."""
    drawn = [
        replace(page, tail='<drawing r:id="rId1"/>', more=[("drawing", f"xl/drawings/drawing{n}.xml")])
        for n, page in enumerate((CLIENTS, VISITS), 1)
    ]
    head = (
        '<sheetPr><outlinePr summaryBelow="0" summaryRight="0"/></sheetPr><sheetViews><sheetView workbookViewId="0"/></sheetViews>'
        '<sheetFormatPr customHeight="1" defaultColWidth="12.63" defaultRowHeight="15.75"/>'
    )
    root = f' xmlns:mx="http://schemas.microsoft.com/office/mac/excel/2008/main" {MC} xmlns:mv="urn:schemas-microsoft-com:mac:vml" {AC}'
    parts = {f"xl/drawings/drawing{n}.xml": DRAWING for n in (1, 2)}
    return made(
        Writing(absolute=True, head=head, root=root, parts=parts, types=DRAWN, workbook="<workbookPr/>"), *drawn
    )


def numbers() -> bytes:
    """The name of the table in a merged first row, a style for every column."""
    head = (
        '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><dimension ref="A1:F5"/><sheetViews><sheetView workbookViewId="0" '
        'showGridLines="0" defaultGridColor="1"/></sheetViews><sheetFormatPr defaultColWidth="16.3333" defaultRowHeight="19.9" '
        'customHeight="1" outlineLevelRow="0" outlineLevelCol="0"/><cols><col min="1" max="6" width="16.3516" style="2" customWidth="1"/>'
        '<col min="7" max="16384" width="16.3516" style="2" customWidth="1"/></cols>'
    )
    merged = '<mergeCells count="1"><mergeCell ref="A1:F1"/></mergeCells>'
    titled = Page("Clients", [("Clients", *[None] * 5), *PEOPLE], head, merged)
    return made(Writing(row=' ht="20.25" customHeight="1"'), titled, VISITS)


def constant_memory() -> bytes:
    """xlsxwriter in constant memory: inline strings."""
    out = BytesIO()
    with xlsxwriter.Workbook(
        out, {"constant_memory": True, "strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"}
    ) as book:
        for title, rows in (("Clients", PEOPLE), ("Visits", LINES)):
            page = book.add_worksheet(title)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    page.write(
                        number,
                        column,
                        datetime(value.year, value.month, value.day) if isinstance(value, date) else value,
                    )
    return out.getvalue()


def by_openpyxl() -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in (("Clients", PEOPLE), ("Visits", LINES)):
        page = book.create_sheet(title)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row, 1):
                cell = page.cell(number, column, value)
                cell.data_type = "s" if isinstance(value, str) else cell.data_type  # "=1+1" is a text
    book.save(out := BytesIO())
    return out.getvalue()


PRODUCERS: dict[str, Callable[[], bytes]] = {
    "Excel": lambda: made(Writing(row=' spans="1:6" x14ac:dyDescent="0.25"', root=f' {MC} mc:Ignorable="x14ac" {AC}', head=DIMENSION)),
    "Excel, phonetics": lambda: made(Writing(strings="rich")),
    "Excel for Mac, 1904": lambda: made(Writing(date1904=True)),
    "Excel, strict": lambda: made(Writing(strict=True)),
    "Excel, strict with ISO dates": lambda: made(Writing(strict=True, iso_dates=True)),
    "Google Sheets": google,
    "Numbers": numbers,
    "WPS": lambda: made(Writing(root=WPS)),
    "Apache POI, streaming": lambda: made(Writing(strings="inline", head='<dimension ref="A1"/>')),
    "ClosedXML": lambda: made(Writing(prefix="x:")),
    "SheetJS": lambda: made(Writing(strings="str", tail=IGNORED)),
    "PhpSpreadsheet": lambda: made(Writing(row=' spans="1:6"', workbook='<workbookPr codeName="ThisWorkbook"/>', behind=CALCULATED)),
    "openxlsx": lambda: made(Writing(styles=False)),
    "xlsxwriter": constant_memory,
    "openpyxl": by_openpyxl,
    "a library without styles or shared strings": lambda: made(Writing(styles=False, strings="inline")),
    "a library that names neither rows nor cells": lambda: made(Writing(rows_named=False, cells_named=False)),
    "a library that names no rows": lambda: made(Writing(rows_named=False)),
    "a library that names no cells": lambda: made(Writing(cells_named=False)),
    "a library with another folder": lambda: made(Writing(folder="")),
    "cells with metadata": lambda: made(Writing(cell=' cm="1" vm="1"')),
}  # fmt: skip


def swapped(find: str, put: str, writing: Writing = Writing(strings="inline")) -> bytes:  # noqa: B008 - a frozen value
    """The workbook with its Clients sheet written in another way."""
    parts = parts_of(writing)
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert isinstance(sheet, str)
    parts["xl/worksheets/sheet1.xml"] = re.sub(find, put, sheet)
    return zipped(parts)


def encoded(how: Callable[[str], bytes], *names: str, writing: Writing = Writing()) -> bytes:  # noqa: B008 - a frozen value
    """The workbook with some of its parts (without any name: all) in another encoding."""
    parts = parts_of(writing)
    return zipped({name: how(str(text)) if name in names or not names else text for name, text in parts.items()})


def utf16(text: str) -> bytes:
    return text.replace("UTF-8", "UTF-16").encode("utf-16")


def latin(text: str) -> bytes:
    return text.replace("UTF-8", "ISO-8859-1").encode("latin-1")


WAYS: dict[str, Callable[[], bytes]] = {
    "data descriptors": lambda: streamed(parts_of(Writing())),
    "zip64": lambda: as_zip64(made(Writing())),
    "upper-case names": lambda: zipped(parts_of(Writing()), name=lambda n: n if n[0] == "[" else n.upper()),
    "backslashes": lambda: zipped(parts_of(Writing()), name=lambda n: n.replace("/", "\\")),
    "parts in another order": lambda: zipped(dict(reversed(parts_of(Writing()).items()))),
    "a byte order mark": lambda: encoded(lambda text: b"\xef\xbb\xbf" + text.encode()),
    "no declarations": lambda: encoded(lambda text: text.partition("?>")[2].strip().encode()),
    "UTF-16 around the cells": lambda: encoded(utf16, "xl/workbook.xml", "xl/styles.xml"),
    "blanks between all tags": lambda: swapped(r"><(?!/[tv]>)", ">\n  <"),
    "single quotes": lambda: swapped('"', "'"),
    "comments": lambda: swapped("</row>", "</row><!-- <row r='9'> --><?x y?>"),
    "CDATA": lambda: swapped("<t>Anna Smith</t>", "<t><![CDATA[Anna Smith]]></t>"),
    "rows with everything": lambda: swapped(
        "<row r", '<row spans="1:6" ht="33.5" customHeight="1" hidden="1" outlineLevel="1" thickBot="1" ph="1" r'
    ),
    "a far row and a far cell with a look": lambda: swapped(
        "</row></sheetData>", '<c r="XFD4" s="1"/></row><row r="1048576" hidden="1"/></sheetData>'
    ),
}


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as package:
        return {name.replace("\\", "/").lower(): package.read(name) for name in package.namelist()}


def table(data: bytes, title: str = "Clients") -> list[dict[str, Any]]:
    """The rows below the header row that names clients."""
    rows: list[list[Any]]
    try:
        rows = CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_name(title).to_python(skip_empty_area=False)
    except CalamineError:  # of some parts it reads no other encoding than UTF-8
        loaded = openpyxl.load_workbook(BytesIO(data))[title].values
        rows = [["" if v is None else v.date() if isinstance(v, datetime) else v for v in row] for row in loaded]
    top = next(at for at, row in enumerate(rows) if "Name" in row)
    return [dict(zip(map(str, rows[top]), row, strict=True)) for row in rows[top + 1 :] if any(row)]


def figures(data: bytes) -> list[Any]:
    """Id and figures of the clients, a day as a day."""
    rows = [tuple(row.get(field) or None for field in FIELDS) for row in table(data) if row["Name"]]
    return [tuple(value.date() if isinstance(value, datetime) else value for value in row) for row in rows]


def hers(data: bytes) -> list[Any]:
    return [tuple(row[header] for header in HEADERS[1:]) for row in table(data)]


WANTED = [tuple(value or None for value in line) for line in FIGURES]
OURS = re.compile(
    r"worksheets/sheet\d+\.xml|worksheets/_rels/|workbook\.xml|styles\.xml|_rels/\.rels|\[content_types]|docprops/custom"
)


def refreshed(sheetcrm: CommandLine, path: Path, data: bytes) -> tuple[bytes, list[str]]:
    """The workbook after a refresh that wrote, and what was said; a second refresh must not write."""
    path.write_bytes(data)
    done = sheetcrm("refresh", path, "--on", DAY, "--json")
    assert (done.code, done.json.get("written")) == (0, True), done.err
    after = path.read_bytes()
    again = sheetcrm("refresh", path, "--on", date(2026, 11, 23), "--json")
    assert (again.code, again.json["written"], path.read_bytes() == after) == (0, False, True)
    assert new_complaints(data, after) == []
    return after, done.json.get("notes", [])


@pytest.mark.parametrize("name", [*PRODUCERS, *WAYS])
def test_a_workbook_in_any_writing_is_served_and_the_rest_of_it_stays(
    sheetcrm: CommandLine, tmp_path: Path, name: str
) -> None:
    before = {**PRODUCERS, **WAYS}[name]()
    after, notes = refreshed(sheetcrm, tmp_path / "clients.xlsx", before)
    assert (figures(after), hers(after), notes) == (WANTED, hers(before), [])
    old, new = parts(before), parts(after)
    assert {part: part for part in old if not OURS.search(part) and old[part] != new.get(part)} == {}


def test_a_strict_workbook_stays_strict(sheetcrm: CommandLine, tmp_path: Path) -> None:
    after, _ = refreshed(sheetcrm, tmp_path / "clients.xlsx", PRODUCERS["Excel, strict"]())
    transitional = b"schemas.openxmlformats.org/spreadsheetml", b"schemas.openxmlformats.org/officeDocument"
    assert [name for name, data in parts(after).items() if any(mark in data for mark in transitional)] == []
    assert len(parts(after)) > len(parts(PRODUCERS["Excel, strict"]())) + 8


SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
IN_UTF16 = {
    "little end first, with a mark": "\ufeff{}",
    "little end first": "{}",
    "big end first, with a mark": "\ufeff{}",
}


def in_utf16(start: str, text: str) -> bytes:
    wide = "utf-16-be" if start.startswith("big") else "utf-16-le"
    return IN_UTF16[start].format(text.replace("UTF-8", "UTF-16")).encode(wide)


@pytest.mark.parametrize("strings", ["shared", "inline"])
@pytest.mark.parametrize("encoding", [*IN_UTF16, "ISO-8859-1", "windows-1252"])
def test_parts_in_any_encoding_that_excel_opens_are_served_and_those_not_written_keep_it(
    sheetcrm: CommandLine, tmp_path: Path, encoding: str, strings: str
) -> None:
    def encode(text: str) -> bytes:
        if encoding in IN_UTF16:
            return in_utf16(encoding, text)
        return text.replace("UTF-8", encoding).encode(encoding)

    before = encoded(encode, writing=Writing(strings=strings))
    after, notes = refreshed(sheetcrm, tmp_path / "clients.xlsx", before)
    assert (figures(after), hers(after)[1][0], notes) == (WANTED, "Zoë Brown & Co", [])
    old, new = parts(before), parts(after)
    kept = {part for part in old if old[part] == new[part]}
    assert kept == {part for part in old if part.endswith("sharedstrings.xml")}
    other = re.compile(rb"\0|<\?xml[^>]*encoding=.(?!UTF-8)")
    assert {part for part in new.keys() - kept if other.search(new[part])} == set()


def test_russian_names_in_windows_1251_are_read_and_a_new_client_is_written(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    text = {"Anna Smith": "Анна Жукова", "Zoë Brown": "Зоя Браун"}
    people = [[text.get(str(value).partition(" &")[0], value) for value in row] for row in PEOPLE]
    lines = [[text.get(str(value), value) for value in row] for row in LINES]
    data = zipped(
        {
            name: str(xml).replace("UTF-8", "windows-1251").encode("windows-1251")
            for name, xml in parts_of(Writing(), replace(CLIENTS, rows=people), replace(VISITS, rows=lines)).items()
        }
    )
    after, _ = refreshed(sheetcrm, tmp_path / "clients.xlsx", data)
    assert (figures(after), [row[0] for row in hers(after)]) == (WANTED, ["Анна Жукова", "Зоя Браун", "Max Gray"])


def in_cp1252_with_a_hole(text: str) -> bytes:
    return text.replace("UTF-8", "windows-1252").encode("latin-1").replace(b"</", b"\x81</")


UNREADABLE: dict[str, Callable[[str], bytes]] = {
    "UTF-32": lambda text: text.replace("UTF-8", "UTF-32").encode("utf-32"),
    "a name that nobody knows": lambda text: text.replace("UTF-8", "x-my-own").encode("latin-1"),
    "not what its mark says": lambda text: b"\xff\xfe" + text.encode() + b"\0\xd8" * 2,
    "half a character at the end": lambda text: text.encode("utf-16") + b"\0",
    "bytes that are none of its characters": in_cp1252_with_a_hole,
}


@pytest.mark.parametrize("part", [SHEET, STRINGS, "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"])
@pytest.mark.parametrize("name", UNREADABLE)
def test_a_part_that_cannot_be_decoded_is_refused_in_one_line(
    sheetcrm: CommandLine, tmp_path: Path, part: str, name: str
) -> None:
    data = encoded(UNREADABLE[name], part)
    (path := tmp_path / "clients.xlsx").write_bytes(data)
    done = sheetcrm("refresh", path, "--on", DAY)
    assert (done.code, len(done.err.splitlines()), path.read_bytes() == data) == (3, 1, True)
    lawful = name in list(UNREADABLE)[:2]
    assert (" is written in the encoding " if lawful else "clients.xlsx is damaged: ") in done.err


SAVE_AGAIN = "Open it in Excel or LibreOffice, save it as .xlsx and try again."
HERS = Page("Her notes", [["What", "How many"], ["tea", 1], ["cups", 2]])
DISORDER = {
    "rows in another order": (r'(<row r="2".*?</row>)(<row r="3".*?</row>)', r"\2\1"),
    "a row twice": (r'(<row r="3".*?</row>)', r"\1\1"),
    "cells in another order": (r'(<c r="A3".*?</c>)(<c r="B3".*?</c>)', r"\2\1"),
    "a cell twice": (r'(<c r="B3".*?</c>)', r"\1\1"),
}


def disordered(number: int, kind: str) -> bytes:
    parts = parts_of(Writing(strings="inline"), CLIENTS, VISITS, HERS)
    part = f"xl/worksheets/sheet{number}.xml"
    mended = re.sub(*DISORDER[kind], str(parts[part]))
    assert mended != parts[part]
    return zipped({**parts, part: mended})


@pytest.mark.parametrize("kind", ["rows in another order", "a row twice"])
def test_a_list_whose_rows_are_stored_out_of_order_is_read_and_not_written(
    sheetcrm: CommandLine, tmp_path: Path, kind: str
) -> None:
    """Excel says that it repairs such a file; a row put at its place among others could be lost in that."""
    for number, title in ((1, "Clients"), (2, "Visits")):
        data = disordered(number, kind)
        (path := tmp_path / "clients.xlsx").write_bytes(data)
        assert sheetcrm("check", path, "--on", DAY).code == 0
        done = sheetcrm("refresh", path, "--on", DAY)
        assert (done.code, done.err.strip(), path.read_bytes() == data) == (
            3,
            f"sheetcrm: clients.xlsx: the rows of the sheet '{title}' are stored out of order. {SAVE_AGAIN}",
            True,
        )


@pytest.mark.parametrize(
    ("number", "kind"),
    [(number, kind) for number in (1, 2) for kind in ("cells in another order", "a cell twice")]
    + [(3, kind) for kind in DISORDER],
)
def test_disorder_that_is_not_in_the_way_is_left_as_it_stands(
    sheetcrm: CommandLine, tmp_path: Path, number: int, kind: str
) -> None:
    before = disordered(number, kind)
    after, notes = refreshed(sheetcrm, tmp_path / "clients.xlsx", before)
    assert (figures(after), hers(after), notes) == (WANTED, hers(before), [])
    her_sheet = "xl/worksheets/sheet3.xml"
    assert parts(after)[her_sheet] == parts(before)[her_sheet]


def test_a_workbook_with_as_many_cell_styles_as_excel_can_hold_is_served_in_those(
    sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sheetcrm.xlsx.styles.MAX_FORMATS", 400)  # of 65,490, which take a quarter of a minute
    made_up = parts_of(Writing())
    styles = str(made_up["xl/styles.xml"])
    more = "".join(f'<xf numFmtId="{n % 20}" fontId="0" fillId="0" borderId="{n}" xfId="0"/>' for n in range(397))
    count = styles.replace('<cellXfs count="3">', '<cellXfs count="400">').replace("</cellXfs>", f"{more}</cellXfs>")
    before = zipped({**made_up, "xl/styles.xml": count})
    after, notes = refreshed(sheetcrm, tmp_path / "clients.xlsx", before)
    assert (figures(after), hers(after)) == (WANTED, hers(before))
    formats = [
        re.findall(rb"<cellXfs.*</cellXfs>", one, re.DOTALL) for one in (parts(after)["xl/styles.xml"], count.encode())
    ]
    assert formats[0] == formats[1]
    assert [note[:49] for note in notes] == ["The workbook holds as many cell formats as Excel "]


@pytest.mark.slow
def test_libreoffice_and_what_it_saves_itself(sheetcrm: CommandLine, tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("no LibreOffice on this machine")

    def convert(kind: str, *paths: Path) -> Path:
        (out := tmp_path / kind.partition(":")[0]).mkdir()
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        command = [office, profile, "--headless", "--convert-to", kind, "--outdir", str(out), *map(str, paths)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        return out

    (plain := tmp_path / "plain.xlsx").write_bytes(made(Writing()))
    saved = (convert("xlsx", plain) / "plain.xlsx").read_bytes()
    after, _ = refreshed(sheetcrm, tmp_path / "saved.xlsx", saved)
    assert (figures(after), hers(after)) == (WANTED, hers(saved))
    books = []
    for name in (
        "Google Sheets",
        "ClosedXML",
        "Excel, strict",
        "a library that names no cells",
        "Numbers",
        "data descriptors",
    ):
        books.append(tmp_path / f"{name}.xlsx")
        refreshed(sheetcrm, books[-1], {**PRODUCERS, **WAYS}[name]())
    out = convert("csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,false,false,false,-1", *books)
    for book in books:
        lines = [line.split(";") for line in (out / f"{book.stem}-Clients.csv").read_text().splitlines()]
        top = next(at for at, line in enumerate(lines) if "Name" in line)
        shown = [[line[lines[top].index(field)] for field in FIELDS[:2]] for line in lines[top + 1 :]]
        assert shown == [["C1", "2"], ["C2", "1"], ["C3", "0"]]


@pytest.mark.slow
def test_the_open_xml_sdk_finds_nothing_new(sheetcrm: CommandLine, tmp_path: Path) -> None:
    (old := tmp_path / "old").mkdir()
    for name in ("Google Sheets", "ClosedXML", "a library that names neither rows nor cells"):
        before = old / f"{name}.xlsx"
        before.write_bytes(PRODUCERS[name]())
        refreshed(sheetcrm, tmp_path / before.name, before.read_bytes())
        assert (name, new_errors(before, tmp_path / before.name)) == (name, [])
