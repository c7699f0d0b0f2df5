"""A workbook full of everything, saved by its owner and refreshed a hundred times: every part but ours is the same."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from command_line import CommandLine
from everything_book import assembled
from invariants import complaints
from ooxml_validator import new_errors

from sheetcrm.running.upkeep import refresh_anew

DAY = date(2026, 11, 22)
CLIENTS, VISITS = "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"
TABLES = ("xl/tables/table1.xml", "xl/tables/table2.xml")
OURS = {
    CLIENTS,
    VISITS,
    *TABLES,
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "[Content_Types].xml",
    "_rels/.rels",
    "xl/styles.xml",
}
"""Parts that hold something of ours beside what is hers; parts that are new are ours altogether."""
SETTLED = sorted(OURS - {CLIENTS, VISITS, *TABLES})
"""Those of them in which nothing may change after the first time."""
ROUNDS = 100
EVERYTHING = {
    "slicers": "slicers/slicer",
    "slicer caches": "slicerCaches/",
    "a pivot table": "pivotTables/pivotTable",
    "its cache": "pivotCacheRecords",
    "sparklines": ":sparklineGroups",
    "form controls": "ctrlProps/",
    "ActiveX": "activeX/activeX",
    "notes": "comments",
    "threads": "threadedComment",
    "persons": "persons/person",
    "VBA": "vbaProject.bin",
    "data types": "richData/",
    "their metadata": "xl/metadata.xml",
    "OLE": "embeddings/",
    "fonts": "fonts/font",
    "custom XML": "customXml/item",
    "connections": "connections.xml",
    "query tables": "queryTables/",
    "other workbooks": "externalLinks/",
    "charts": "charts/chart1",
    "new charts": "charts/chartEx",
    "pictures": "media/",
    "drawn art": "diagrams/",
    "header pictures": "legacyDrawingHF",
    "printers": "printerSettings",
    "a ribbon": "customUI",
    "a data model": "model/item.data",
    "videos": "webextension",
    "x14 drop-downs": "x14:dataValidations",
    "x14 formats": "x14:conditionalFormattings",
    "calculation chain": "calcChain.xml",
}


@pytest.fixture(scope="module")
def parts(shared_dir: Path) -> dict[str, bytes]:
    return assembled(shared_dir / "data" / "workbooks")


def packed(parts: Mapping[str, bytes]) -> bytes:
    """The workbook, stored without compression: a hundred of them are made."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def by_the_owner(parts: Mapping[str, bytes], number: int) -> dict[str, bytes]:
    """What she does before the round of that number: another amount, name and wrong address, now and then one more visit; she saves."""
    clients, visits, table = parts[CLIENTS], parts[VISITS], parts[TABLES[1]]
    visits = re.sub(rb'(<c r="C2"><v>)[^<]*', rb"\g<1>%d.5" % (40 + number), visits)
    clients = re.sub(rb'(<c r="B4" t="inlineStr"><is><t>)[^<]*', rb"\g<1>Max Gray %d" % number, clients)
    clients = re.sub(rb'(<c r="D3" t="inlineStr"><is><t>)[^<]*', rb"\g<1>wrong %d" % number, clients)
    if number and number % 10 == 0:
        row = 4 + number // 10
        cells = b'<c r="A%d" s="1"><v>%d</v></c><c r="B%d" t="inlineStr"><is><t>C2</t></is></c><c r="C%d"><v>5</v></c>'
        line = b'<row r="%d">' % row + cells % (row, 46300 + row, row, row) + b"</row>"
        visits = visits.replace(b"</sheetData>", line + b"</sheetData>")
        table = re.sub(rb'(ref="A1:[A-Z]+)\d+"', rb'\g<1>%d"' % row, table)
    return {**parts, CLIENTS: clients, VISITS: visits, TABLES[1]: table}


def around(sheet: bytes) -> tuple[bytes, bytes]:
    """What stands before and behind a sheet's cells, its extent and the widths of our columns aside."""
    head, _, rest = sheet.partition(b"<sheetData>")
    return re.sub(rb'<dimension ref="[^"]*"/>|<cols>.*</cols>', b"", head), rest.partition(b"</sheetData>")[2]


def her_cells(sheet: bytes, columns: str) -> list[bytes]:
    return re.findall(rb'<c r="[%b]\d+".*?(?:/>|</c>)' % columns.encode(), sheet)


def test_it_is_full_of_everything(parts: dict[str, bytes]) -> None:
    said = "\n".join(parts) + b"".join(d for name, d in parts.items() if name.endswith((".xml", ".rels"))).decode(
        errors="replace"
    )
    assert {what: mark for what, mark in EVERYTHING.items() if mark not in said} == {}
    assert complaints(packed(parts)) == []


@pytest.mark.slow
def test_a_hundred_rounds_leave_every_part_but_ours_as_it_was(parts: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "everything.xlsm"
    path.write_bytes(packed(by_the_owner(parts, 0)))
    refresh_anew(path, on=DAY)
    first = now = unpacked(path)
    theirs = {name: data for name, data in parts.items() if name not in OURS}
    sizes = []
    for number in range(1, ROUNDS + 1):
        hers = by_the_owner(now, number)
        path.write_bytes(packed(hers))
        assert refresh_anew(path, on=DAY).written is True, number
        now = unpacked(path)
        assert [name for name, data in theirs.items() if now.get(name) != data] == [], number
        assert [name for name in SETTLED if now[name] != first[name]] == [], number
        assert now.keys() == first.keys(), number
        assert [around(now[sheet]) == around(parts[sheet]) for sheet in (CLIENTS, VISITS)] == [True, True], number
        assert her_cells(now[CLIENTS], "BCDEF") == her_cells(hers[CLIENTS], "BCDEF"), number
        assert f"wrong {number}".encode() in now["xl/worksheets/sheet4.xml"], number
        assert her_cells(now[VISITS], "ABC") == her_cells(hers[VISITS], "ABC"), number
        sizes.append(sum(map(len, now.values())))
    assert max(sizes) - min(sizes) < 10 * 1000  # ten more visits, no more
    assert complaints(path.read_bytes()) == []
    (before := tmp_path / "before.xlsm").write_bytes(packed(parts))
    assert new_errors(before, path) == []


@pytest.mark.slow
def test_libreoffice_opens_it_as_before(parts: dict[str, bytes], tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("no LibreOffice on this machine")
    (before := tmp_path / "before.xlsm").write_bytes(packed(parts))
    (after := tmp_path / "after.xlsm").write_bytes(packed(parts))
    refresh_anew(after, on=DAY)
    command = [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to"]
    filters = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,false,false,false,-1"
    done = [*command, filters, "--outdir", str(tmp_path), str(before), str(after)]
    subprocess.run(done, check=True, capture_output=True, timeout=180)
    shown = {
        name: {p.stem.partition("-")[2]: p.read_bytes() for p in tmp_path.glob(f"{name}-*.csv")}
        for name in ("before", "after")
    }
    same = shown["before"].keys() - {"Clients", "Visits"}
    assert {title: shown["after"][title] for title in same} == {title: shown["before"][title] for title in same}
    assert (len(same) > 9, shown["after"]["Clients"].splitlines()[1].split(b";")[6]) == (True, b"2")


@pytest.mark.slow
def test_who_is_erased_leaves_the_strings_links_and_words_about_her_and_every_other_part_is_as_it_was(
    parts: dict[str, bytes], sheetcrm: CommandLine, tmp_path: Path
) -> None:
    path, before = tmp_path / "everything.xlsm", tmp_path / "before.xlsm"
    path.write_bytes(packed(parts))
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    shutil.copy(path, before)
    done = sheetcrm("erase", path, "C1", "--on", DAY, "--json")
    old, new = unpacked(before), unpacked(path)
    other = {name for name, content in new.items() if old.get(name) != content}
    changed = done.json["receipt"]["parts"]
    assert other == {*changed["changed"], *changed["added"]}
    words = {
        "xl/comments1.xml",
        "xl/comments2.xml",
        "xl/threadedComments/thread1.xml",
        "xl/threadedComments/thread2.xml",
    }
    assert {name for name in other if name in old} <= OURS | words
    assert new_errors(before, path) == []
