"""The proof of a write sees whatever else has changed: a file that was right is damaged by hand, and must not pass."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import openpyxl
import pytest
from openpyxl.styles import Font
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from xlsx_books import SHEET, edited

from sheetcrm.xlsx import Editor, Package, Range, Receipt, XlsxError, verify
from sheetcrm.xlsx.rows import ColumnPatch

Damage = Callable[[bytes], bytes]
WORKBOOK, STYLES = "xl/workbook.xml", "xl/styles.xml"


def her_book() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["name", "phone", "visits"])
    for number in range(20):
        sheet.append([f"n{number}", f"+48{number:09}", number])
        sheet.cell(number + 2, 3).font = Font(bold=True)
    sheet["A30"] = "x"
    sheet.merge_cells("A30:B31")
    choices = DataValidation("list", formula1='"a,b"', sqref="B2:B9")
    sheet.add_data_validation(choices)
    sheet.freeze_panes = "A2"
    sheet.column_dimensions["A"].width = 40
    book.defined_names["hers"] = DefinedName("hers", attr_text="Sheet!$A$1")
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def with_prefix(data: bytes) -> bytes:
    def prefixed(sheet: bytes) -> bytes:
        return re.sub(rb"<(/?)([A-Za-z])", rb"<\1x:\2", sheet).replace(b"xmlns=", b"xmlns:x=")

    return with_part(data, SHEET, prefixed)


def with_part(data: bytes, part: str, damage: Damage) -> bytes:
    package, out = Package(data), BytesIO()
    new = damage(package.read(part))
    assert new != package.read(part), "nothing was damaged"
    package.write(out, {part: new})
    return out.getvalue()


def append(editor: Editor) -> None:
    editor.set_column(SHEET, ColumnPatch(4, range(2, 22), [number * 1.5 for number in range(20)]))


def exchange(editor: Editor) -> None:
    editor.set_cells(SHEET, {(3, 2): "new", (5, 3): 7})


def mark(editor: Editor) -> None:
    exchange(editor)
    editor.define_name("ours", '"x"')
    editor.set_cells(SHEET, {(6, 4): 1.5}, style=editor.style(bold=True, fill="FFEEDD"))


def without(pattern: bytes) -> Damage:
    return lambda data: re.sub(pattern, b"", data, count=1, flags=re.DOTALL)


def put(pattern: bytes, new: bytes) -> Damage:
    return lambda data: re.sub(pattern, new, data, count=1, flags=re.DOTALL)


DAMAGES: list[tuple[str, Callable[[Editor], None], str, Damage]] = [
    *(
        (f"{what} gone, {edit.__name__}", edit, SHEET, without(pattern))
        for edit in (append, exchange)
        for what, pattern in {
            "merged areas": rb"<mergeCells.*?</mergeCells>",
            "drop-downs": rb"<dataValidations.*?</dataValidations>",
            "frozen panes": rb"<sheetViews>.*?</sheetViews>",
            "widths": rb"<cols>.*?</cols>",
            "a row of hers": rb"<row r=\"9\".*?</row>",
        }.items()
    ),
    *(
        (f"a cell of hers another one, {edit.__name__}", edit, SHEET, put(rb'(<c r="C7"[^>]*><v>)5', rb"\g<1>6"))
        for edit in (append, exchange)
    ),
    ("a style lost", exchange, SHEET, put(rb'(<c r="C5") s="\d+"', rb"\1")),
    ("a style that there is not", exchange, SHEET, put(rb'(<c r="C5") s="\d+"', rb'\1 s="999"')),
    ("her name gone", mark, WORKBOOK, without(rb'<definedName name="hers".*?</definedName>')),
    ("our name gone", mark, WORKBOOK, without(rb'<definedName name="ours".*?</definedName>')),
    ("our name another one", mark, WORKBOOK, put(rb"&quot;x", b"&quot;y")),
    ("her sheet renamed", mark, WORKBOOK, put(rb'sheet( [^>]*)name="Sheet"', rb'sheet\1name="B"')),
    ("her windows gone", mark, WORKBOOK, without(rb"<bookViews>.*?</bookViews>")),
    ("her bold gone", mark, STYLES, without(rb'<b( val="1")? ?/>')),
]


@pytest.mark.parametrize(("edit", "part", "damage"), [case[1:] for case in DAMAGES], ids=[case[0] for case in DAMAGES])
def test_whatever_else_has_changed_does_not_pass(edit: Callable[[Editor], None], part: str, damage: Damage) -> None:
    before = her_book()
    after, receipt = edited(before, edit)
    with pytest.raises(XlsxError):
        verify(before, with_part(after, part, damage), receipt)


@pytest.mark.parametrize(
    "damage",
    [
        put(rb'(<x:c r="C7"[^>]*><x:v>)5', rb"\g<1>6"),
        without(rb'<x:row r="10".*?(?=<x:row r="12")'),
        without(rb'<x:c r="A3".*?</x:c>'),
        without(rb"<x:mergeCells.*?</x:mergeCells>"),
        put(rb'(<x:row r="7")', rb'\1 hidden="1"'),
    ],
    ids=["another row", "rows gone", "another cell of an edited row", "merged areas gone", "a row hidden"],
)
def test_in_a_sheet_that_is_written_in_an_unusual_way_it_does_not_pass_either(damage: Damage) -> None:
    before = with_prefix(her_book())
    after, receipt = edited(before, exchange)
    with pytest.raises(XlsxError):
        verify(before, with_part(after, SHEET, damage), receipt)


def in_utf16(data: bytes) -> bytes:
    """The workbook with every part that is written by `mark` in another encoding."""
    for part in (SHEET, WORKBOOK, STYLES, "[Content_Types].xml"):
        data = with_part(data, part, lambda xml: b"\xff\xfe" + xml.decode().encode("utf-16-le"))
    return data


@pytest.mark.parametrize(("edit", "part", "damage"), [case[1:] for case in DAMAGES], ids=[case[0] for case in DAMAGES])
def test_nor_does_it_where_the_parts_were_in_another_encoding(
    edit: Callable[[Editor], None], part: str, damage: Damage
) -> None:
    before = in_utf16(her_book())
    after, receipt = edited(before, edit)
    assert (Package(before).is_utf8(part), Package(after).is_utf8(part)) == (False, True)
    with pytest.raises(XlsxError):
        verify(before, with_part(after, part, damage), receipt)


def test_a_part_that_was_written_is_in_utf_8_and_one_that_was_not_has_its_bytes() -> None:
    before = in_utf16(her_book())
    after, receipt = edited(before, exchange)
    old, new = Package(before), Package(after)
    assert (new.is_utf8(SHEET), new.is_utf8(STYLES), new.raw(STYLES) == old.raw(STYLES)) == (True, False, True)
    with pytest.raises(XlsxError):
        verify(before, with_part(after, SHEET, lambda xml: xml.decode().encode("utf-16")), receipt)


def grown() -> tuple[bytes, bytes, Receipt]:
    def edit(editor: Editor) -> None:
        editor.add_drop_down(SHEET, Range(2, 4, 9, 4), ["yes", "no"])
        editor.set_widths(SHEET, {4: 20.0})
        exchange(editor)

    before = her_book()
    return before, *edited(before, edit)


def test_what_was_asked_of_the_frame_is_proven_too() -> None:
    before, after, receipt = grown()
    for pattern in (rb"<dataValidation [^>]*sqref=\"D2:D9\".*?</dataValidation>", rb"<col min=\"4\"[^>]*/>"):
        with pytest.raises(XlsxError):
            verify(before, with_part(after, SHEET, without(pattern)), receipt)
