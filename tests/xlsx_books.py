"""Workbooks from the XML of one sheet, and edits of them, for the tests of sheetcrm.xlsx."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import openpyxl
from python_calamine import CalamineWorkbook

from sheetcrm.xlsx import Editor, Receipt, verify

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET = "xl/worksheets/sheet1.xml"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def sheet_xml(rows: str, *, head: str = "", tail: str = "") -> str:
    """A sheet part around the XML of its rows."""
    return f'<worksheet xmlns="{MAIN}" xmlns:r="{R}">{head}<sheetData>{rows}</sheetData>{tail}</worksheet>'


def book(
    rows: str = "",
    *,
    head: str = "",
    tail: str = "",
    sheet: str | bytes | None = None,
    workbook: str = "",
    parts: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A workbook of one sheet named S. `workbook` stands before its list of sheets; `parts` are added, or replace."""
    contents: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/{SHEET}" ContentType="{_TYPE}.worksheet+xml"/></Types>',
        "_rels/.rels": relationships(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{R}">{workbook}'
        '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relationships(("worksheet", "worksheets/sheet1.xml")),
        SHEET: sheet if sheet is not None else sheet_xml(rows, head=head, tail=tail),
        **(parts or {}),
    }
    return zipped(contents)


def zipped(contents: Mapping[str, str | bytes]) -> bytes:
    """An archive of some entries."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return out.getvalue()


def relationships(*targets: tuple[str, str]) -> str:
    """A part of relationships rId1, rId2, … by (kind, target)."""
    lines = "".join(
        f'<Relationship Id="rId{at}" Type="{R}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'


def edited(data: bytes, edit: Callable[[Editor], Any]) -> tuple[bytes, Receipt]:
    """The workbook after some edits, proved."""
    editor = Editor(data)
    edit(editor)
    out = BytesIO()
    receipt = editor.write(out)
    verify(data, out.getvalue(), receipt)
    return out.getvalue(), receipt


def set_cells(data: bytes, cells: Mapping[tuple[int, int], Any], **options: Any) -> bytes:
    """The workbook with some cells set in its first sheet."""
    return edited(data, lambda editor: editor.set_cells(SHEET, cells, **options))[0]


def part(data: bytes, name: str = SHEET) -> str:
    """A part's text."""
    return zipfile.ZipFile(BytesIO(data)).read(name).decode()


def rows_of(data: bytes) -> str:
    """What stands between the tags of sheetData."""
    return part(data).partition("<sheetData>")[2].partition("</sheetData>")[0]


def by_openpyxl(data: bytes, sheet: int = 0) -> list[tuple[Any, ...]]:
    """The values as openpyxl reads them."""
    loaded = openpyxl.load_workbook(BytesIO(data), data_only=True)
    return list(loaded.worksheets[sheet].values)


def by_calamine(data: bytes, sheet: int = 0) -> list[list[Any]]:
    """The values as calamine reads them."""
    return CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(sheet).to_python(skip_empty_area=False)
