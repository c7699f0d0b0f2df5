"""A workbook with one long sheet, written as Excel writes it: texts shared, numbers with two decimals, whole numbers.

`long_sheet.py FILE ROWS`: 12 columns under a row of headers.
"""

from __future__ import annotations

import random
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

COLUMNS = "ABCDEFGHIJKL"
PART = "xl/worksheets/sheet1.xml"
TEXTS = 20_000
_AT_ONCE = 5_000
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/{PART}" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPE}.sharedStrings+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets><calcPr calcId="191029"/></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    f'<Relationship Id="rId3" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="0.00"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


def make(path: Path, rows: int) -> None:
    """Write the workbook, whole only when it is there."""
    unfinished = path.with_suffix(".part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, xml in _PARTS.items():
            archive.writestr(name, _HEAD + xml)
        strings = "".join(f"<si><t>text {number}</t></si>" for number in range(TEXTS))
        archive.writestr("xl/sharedStrings.xml", f'{_HEAD}<sst xmlns="{_MAIN}" uniqueCount="{TEXTS}">{strings}</sst>')
        with archive.open(PART, "w") as sheet:
            sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><dimension ref="A1:L{rows + 1}"/><sheetData>'.encode())
            for stretch in _stretches(rows):
                sheet.write(stretch.encode())
            sheet.write(b"</sheetData></worksheet>")
    unfinished.replace(path)


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def _stretches(rows: int) -> Iterator[str]:
    chance = random.Random(20261122).random
    headers = "".join(f'<c r="{letter}1" t="s"><v>{at}</v></c>' for at, letter in enumerate(COLUMNS))
    yield f'<row r="1" spans="1:12">{headers}</row>'
    for start in range(2, rows + 2, _AT_ONCE):
        yield "".join(_row(row, chance) for row in range(start, min(start + _AT_ONCE, rows + 2)))


def _row(row: int, chance: Callable[[], float]) -> str:
    cells = []
    for at, letter in enumerate(COLUMNS):
        if at % 3 == 0:
            cells.append(f'<c r="{letter}{row}" t="s"><v>{int(chance() * TEXTS)}</v></c>')
        elif at % 3 == 1:
            cells.append(f'<c r="{letter}{row}" s="1"><v>{chance() * 1000:.2f}</v></c>')
        else:
            cells.append(f'<c r="{letter}{row}"><v>{int(chance() * 100_000)}</v></c>')
    return f'<row r="{row}" spans="1:12">{"".join(cells)}</row>'


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
