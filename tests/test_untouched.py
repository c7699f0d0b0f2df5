"""What `refresh` does not own comes out of it byte for byte as it was, and what it writes is right for every reader."""

from __future__ import annotations

import csv
import importlib.util
import re
import shutil
import struct
import subprocess
import zipfile
import zlib
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from command_line import CommandLine
from invariants import new_complaints
from ooxml_validator import new_errors
from python_calamine import CalamineWorkbook

from sheetcrm.errors import SheetcrmError
from sheetcrm.running.reports import RefreshReport
from sheetcrm.running.upkeep import refresh_anew

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*extension is not supported:UserWarning"
)  # openpyxl, which only reads here

DAY = date(2026, 11, 22)
HEADERS = ["Client ID", "Name", "Phone", "Email", "Birthday", "Gender", "Notes"]
PEOPLE: list[list[Any]] = [
    ["C1", "Anna Smith", "+447400123456", "anna@example.com", date(1990, 3, 8), "female", "tea"],
    ["C2", "Jo Brown", "+447400123457", "jo@example.com", date(1985, 11, 25), "female", "R&D <b>"],
    [None, "Max Gray", "+447400123458", "max@example.com", None, "male", "=not a formula"],
]
LINES = [(date(2026, 9, 1), "Anna Smith", 40.1), (date(2026, 10, 1), "C1", 60.2), (date(2026, 10, 5), "C2", 30)]
FIGURES = {
    "Anna Smith": (2, 100.3, date(2026, 10, 1)),
    "Jo Brown": (1, 30, date(2026, 10, 5)),
    "Max Gray": (0, 0, None),
}


@pytest.fixture
def untouched(shared_dir: Path) -> ModuleType:
    return tool(shared_dir, "untouched")


def tool(shared_dir: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, shared_dir / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _picture(path: Path) -> Path:
    """A PNG of one rose pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0\xb5\x56\x6e")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b""))
    return path


def rich_workbook(path: Path, *, as_table: bool = False, macros: bool = False) -> Path:
    """A client list with a chart, a picture, a drop-down from another sheet, a data bar (x14), a comment, links and filters."""
    with xlsxwriter.Workbook(path) as book:
        page, visits, lists = (book.add_worksheet(title) for title in ("Clients", "Visits", "Lists"))
        day, head = (
            book.add_format({"num_format": "dd/mm/yyyy"}),
            book.add_format({"bold": True, "bg_color": "#DDEEFF"}),
        )
        lists.write_column("A1", ["female", "male"])
        for row, person in enumerate([HEADERS, *PEOPLE]):
            for column, value in enumerate(person):
                if isinstance(value, date):
                    page.write_datetime(row, column, datetime(value.year, value.month, value.day), day)
                elif value is not None:
                    page.write_string(row, column, value, head if row == 0 else None)
        visits.write_row(0, 0, ["Date", "Client", "Amount"])
        for row, (when, who, amount) in enumerate(LINES, 1):
            visits.write_datetime(row, 0, datetime(when.year, when.month, when.day), day)
            visits.write_row(row, 1, [who, amount])
        if as_table:
            columns = [{"header": header} for header in HEADERS]
            page.add_table(0, 0, len(PEOPLE), len(HEADERS) - 1, {"name": "Clients", "columns": columns})
        else:
            page.autofilter(0, 0, len(PEOPLE), len(HEADERS) - 1)
        page.data_validation("F2:F100", {"validate": "list", "source": "=Lists!$A$1:$A$2"})
        page.conditional_format("A2:A100", {"type": "data_bar", "data_bar_2010": True, "bar_color": "#63C384"})
        page.conditional_format("B2:B100", {"type": "text", "criteria": "containing", "value": "x", "format": head})
        page.write_comment("B2", "Comes with her dog")
        page.insert_image("J20", str(_picture(path.with_suffix(".png"))))
        page.add_sparkline("I2", {"range": "Visits!C2:C4"})
        chart = book.add_chart({"type": "column"})
        chart.add_series({"categories": "=Visits!$B$2:$B$4", "values": "=Visits!$C$2:$C$4"})
        page.insert_chart("J2", chart)
        page.freeze_panes(1, 2)
        page.set_row(2, 33)
        page.write_url("G10", "https://example.com/", string="shop")
        if macros:
            project = path.with_name("vbaProject.bin")
            project.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2040)
            book.add_vba_project(str(project))
            page.insert_button("J30", {"macro": "hello", "caption": "Go"})
    return path


VARIANTS: dict[str, dict[str, Any]] = {
    "list.xlsx": {},
    "table.xlsx": {"as_table": True},
    "macros.xlsm": {"macros": True},
    "both.xlsm": {"as_table": True, "macros": True},
}


@pytest.fixture(params=VARIANTS)
def before_and_after(request: pytest.FixtureRequest, tmp_path: Path, sheetcrm: CommandLine) -> tuple[Path, Path]:
    """A workbook with everything on its Clients sheet, and the same refreshed."""
    after = rich_workbook(tmp_path / request.param, **VARIANTS[request.param])
    before = Path(shutil.copy(after, tmp_path / f"before{after.suffix}"))
    done = sheetcrm("refresh", after, "--on", DAY, "--json")
    assert (done.code, done.json["written"]) == (0, True), done.err
    return before, after


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_every_part_but_those_the_program_owns_is_byte_for_byte_the_same(
    before_and_after: tuple[Path, Path], untouched: ModuleType
) -> None:
    before, after = before_and_after
    own = ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"] + [n for n in parts(before) if "/tables/" in n]
    assert untouched.differences(str(before), str(after), own_parts=own) == []
    rels = "xl/worksheets/_rels/sheet1.xml.rels"
    assert parts(after)[rels] == parts(before)[rels]


def test_what_stands_around_the_cells_is_the_same_too_but_for_a_filter_that_sorts_whole_rows(
    before_and_after: tuple[Path, Path],
) -> None:
    old, new = (parts(path)["xl/worksheets/sheet1.xml"] for path in before_and_after)
    grown = re.sub(rb'<autoFilter ref="A1:G4"', b'<autoFilter ref="A1:W4"', old[old.index(b"</sheetData>") :])
    assert new[new.index(b"</sheetData>") :] == grown
    for mark in (b"x14:dataBar", b"x14:sparklineGroup", b"<drawing", b"<legacyDrawing", b"dataValidation"):
        assert mark in new
    kinds = {name.split("/")[1] for name in parts(before_and_after[1]) if name.startswith("xl/") and "/" in name[3:]}
    assert {"charts", "media", "drawings"} <= kinds


def test_her_cells_keep_their_bytes(before_and_after: tuple[Path, Path]) -> None:
    old, new = (parts(path)["xl/worksheets/sheet1.xml"] for path in before_and_after)
    for row in re.findall(rb"<row .*?</row>", old):
        cells = re.findall(rb"<c .*?(?:/>|</c>)", row)
        assert all(cell in new for cell in cells)


def test_nothing_new_is_wrong_with_it(before_and_after: tuple[Path, Path]) -> None:
    before, after = before_and_after
    assert new_complaints(before.read_bytes(), after.read_bytes()) == []


@pytest.mark.slow
def test_the_open_xml_sdk_finds_nothing_new(before_and_after: tuple[Path, Path]) -> None:
    assert new_errors(*before_and_after) == []


def test_openpyxl_and_calamine_read_the_same_figures(before_and_after: tuple[Path, Path]) -> None:
    after = before_and_after[1]
    page = openpyxl.load_workbook(after, data_only=True, keep_vba=after.suffix == ".xlsm")["Clients"]
    one = [list(row) for row in page.iter_rows(min_row=1, max_row=4, values_only=True)]
    raw = CalamineWorkbook.from_path(str(after)).get_sheet_by_name("Clients").to_python()[:4]
    assert _figures(one) == _figures(raw) == FIGURES


def _figures(lines: list[list[Any]]) -> dict[str, tuple[Any, ...]]:
    at = {header: place for place, header in enumerate(lines[0])}
    return {
        line[at["Name"]]: (
            int(line[at["Visits"]]),
            round(float(line[at["Total spend"]]), 2),
            _day(line[at["Last visit"]]),
        )
        for line in lines[1:]
    }


def _day(value: Any) -> date | None:
    return value.date() if isinstance(value, datetime) else value or None


@pytest.mark.slow
def test_libreoffice_shows_the_figures(before_and_after: tuple[Path, Path], tmp_path: Path) -> None:
    after = before_and_after[1]
    converted = converted_sheets(after, tmp_path)
    lines = converted["Clients"]
    at = {header: place for place, header in enumerate(lines[0])}
    shown = [
        (line[at["Name"]], line[at["Visits"]], line[at["Total spend"]], line[at["Last visit"]]) for line in lines[1:4]
    ]
    assert shown == [
        ("Anna Smith", "2", "£100.30", "01/10/2026"),
        ("Jo Brown", "1", "£30.00", "05/10/2026"),
        ("Max Gray", "0", "£0.00", ""),
    ]
    assert converted["Outbox"][0][:4] == ["Key", "Campaign", "Client ID", "Client"]


def converted_sheets(path: Path, folder: Path) -> dict[str, list[list[str]]]:
    """Every sheet as LibreOffice shows it."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    filters = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", filters, "--outdir", str(folder / "csv"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return {
        file.stem.removeprefix(f"{path.stem}-"): list(csv.reader(file.read_text("utf-8").splitlines()))
        for file in (folder / "csv").glob("*.csv")
    }


def test_a_second_refresh_does_not_touch_the_file(before_and_after: tuple[Path, Path], sheetcrm: CommandLine) -> None:
    after = before_and_after[1]
    data, time = after.read_bytes(), after.stat().st_mtime_ns
    again = sheetcrm("refresh", after, "--on", DAY, "--json").json
    assert (again["changed"], again["written"]) == (0, False)
    assert (after.read_bytes(), after.stat().st_mtime_ns) == (data, time)


def test_a_table_and_a_filter_grow_with_our_columns_so_that_she_sorts_whole_rows(
    before_and_after: tuple[Path, Path],
) -> None:
    after = before_and_after[1]
    page = openpyxl.load_workbook(after)["Clients"]
    if not page.tables:
        assert page.auto_filter.ref == "A1:W4"
        return
    table = page.tables["Clients"]
    headers = [cell.value for cell in page[1] if cell.value]
    assert [column.name for column in table.tableColumns] == headers
    assert table.ref == f"A1:{page.cell(1, len(headers)).coordinate.rstrip('1')}4"


# real workbooks that nobody here made

NO_WORKBOOK_INSIDE = {
    "PhpSpreadsheet--Zip-Windows-Directory-Separator.xlsx",
    "PhpSpreadsheet--issue.3730.xlsx",
    "umya-spreadsheet--tdf131575.xlsx",
}
"""Those that the tool cannot put a client list into: their entries' names have backslashes."""


def outcome(path: Path) -> tuple[RefreshReport | None, str]:
    """What a refresh says, or why it refuses, in a word; its message is one line."""
    try:
        return refresh_anew(path, on=DAY), ""
    except SheetcrmError as error:
        return None, error.code if "\n" not in str(error) else "several lines"


@pytest.mark.slow
def test_real_workbooks_come_out_with_nothing_lost(
    shared_dir: Path, untouched: ModuleType, tmp_path: Path, sheetcrm: CommandLine
) -> None:
    inject = tool(shared_dir, "inject_clients")
    refused, served = {}, 0
    for source in sorted((shared_dir / "data" / "workbooks").glob("*.xls[xm]")):
        before, after = tmp_path / f"before-{source.name}", tmp_path / source.name
        if source.name in NO_WORKBOOK_INSIDE:
            shutil.copy(source, before)
        else:
            inject.inject(source, before)
        shutil.copy(before, after)
        report, refusal = outcome(after)
        if report is None:
            refused[source.name] = refusal
            assert after.read_bytes() == before.read_bytes()
            continue
        assert report.written, source.name
        assert untouched.differences(str(before), str(after)) == [], source.name
        assert new_complaints(before.read_bytes(), after.read_bytes()) == [], source.name
        data, time = after.read_bytes(), after.stat().st_mtime_ns
        assert not refresh_anew(after, on=DAY).written, source.name
        assert (after.read_bytes(), after.stat().st_mtime_ns) == (data, time), source.name
        served += 1
    assert refused == dict.fromkeys(NO_WORKBOOK_INSIDE, "no-client-table")
    assert served > 100
    assert sheetcrm.state.is_dir()
