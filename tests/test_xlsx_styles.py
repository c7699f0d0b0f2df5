"""Styles are appended, used again where equal, and never renumbered."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from invariants import complaints, new_complaints
from xlsx_books import MAIN, SHEET, book, edited, part

from sheetcrm.xlsx import Editor, StyleSheet, XlsxError, number_formats, shows_date, shows_year


def styled() -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(out) as workbook:
        sheet = workbook.add_worksheet("S")
        sheet.write(0, 0, "Name", workbook.add_format({"bold": True, "bg_color": "#00FF00", "align": "center"}))
        sheet.write(1, 0, 5, workbook.add_format({"num_format": "dd.mm.yyyy", "border": 1}))
        sheet.write(2, 0, 5, workbook.add_format({"num_format": "#,##0.00 [$zł-415]", "font_color": "red"}))
    return out.getvalue()


def test_a_style_is_its_base_with_what_is_named_changed() -> None:
    def edit(editor: Editor) -> None:
        for row, options in enumerate(
            (
                {"fill": "FFC7CE"},
                {"number_format": "yyyy-mm-dd"},
                {"bold": True, "wrap": True},
                {"font_color": "9C0006"},
            ),
            4,
        ):
            editor.set_cells(SHEET, {(row, 1): 44000}, style=editor.style(base=2, **options))  # type: ignore[arg-type]

    after, _ = edited(styled(), edit)
    sheet = openpyxl.load_workbook(BytesIO(after))["S"]
    cells = [sheet.cell(row, 1) for row in range(4, 8)]
    assert [cell.border.left.style for cell in cells] == ["thin"] * 4
    assert [cell.number_format for cell in cells] == ["dd.mm.yyyy", "yyyy-mm-dd", "dd.mm.yyyy", "dd.mm.yyyy"]
    assert (cells[0].fill.fgColor.rgb, cells[2].font.b, cells[2].alignment.wrap_text, cells[3].font.color.rgb) == (
        "FFFFC7CE",
        True,
        True,
        "FF9C0006",
    )
    assert new_complaints(styled(), after) == []


def test_nothing_before_is_changed_and_equal_styles_are_used_again() -> None:
    data = part(styled(), "xl/styles.xml").encode()
    first = StyleSheet(data)
    added = [
        first.add(fill="FFC7CE"),
        first.add(number_format="dd.mm.yyyy", base=2),
        first.add(number_format="0.000"),
        first.add(fill="FFC7CE"),
    ]
    assert added == [4, 2, 5, 4]
    second = StyleSheet(first.content())
    assert [second.add(fill="FFC7CE"), second.add(number_format="0.000")] == [4, 5]
    assert not second.changed
    assert first.content().startswith(data[: data.index(b"</numFmts")].replace(b'count="2"', b'count="3"'))
    assert number_formats(first.content()) == [
        "General",
        "General",
        "dd.mm.yyyy",
        "#,##0.00 [$zł-415]",
        "General",
        "0.000",
    ]


def test_a_font_made_from_one_whose_words_are_out_of_order_has_them_in_the_schemas() -> None:
    base = b'<font><name val="Arial" /><family val="2" /><color theme="1" /><sz val="11" /></font>'
    sheet = StyleSheet(part(styled(), "xl/styles.xml").encode())
    fonts = sheet._lists["fonts"]
    fonts[0] = base
    sheet.add(bold=True)
    assert fonts[-1] == b'<font><b/><sz val="11" /><color theme="1" /><name val="Arial" /><family val="2" /></font>'


def test_a_workbook_without_styles_gets_some() -> None:
    after, receipt = edited(book(), lambda editor: editor.set_cells(SHEET, {(1, 1): date(2026, 3, 8)}))
    assert receipt.added == ("xl/styles.xml",)
    assert openpyxl.load_workbook(BytesIO(after))["S"]["A1"].value == datetime(2026, 3, 8)
    assert complaints(after) == []


def test_prefixed_styles_get_prefixed_entries() -> None:
    data = (
        part(styled(), "xl/styles.xml")
        .replace("<", "<x:")
        .replace("<x:/", "</x:")
        .replace("<x:?", "<?")
        .replace("xmlns=", "xmlns:x=")
        .encode()
    )
    sheet = StyleSheet(data)
    sheet.add(fill="FFC7CE", bold=True, number_format="0.000")
    assert b"<x:fill><x:patternFill" in sheet.content()
    assert b'<x:numFmt numFmtId="166" formatCode="0.000"/></x:numFmts>' in sheet.content()


@pytest.mark.parametrize(
    ("code", "day", "year"),
    [
        ("General", False, False),
        ("dd.mm.yyyy", True, True),
        ("d mmmm", True, False),
        ('[$-415]d mmmm yyyy "r."', True, True),
        ('0" days"', False, False),
        ("[Red]0.00", False, False),
        ("[h]:mm", True, False),
        ("#,##0.00\\ \\y", False, False),
        ("@", False, False),
        ("mm-dd-yy", True, True),
    ],
)
def test_a_number_format_tells_whether_it_shows_a_date_and_a_year(code: str, *, day: bool, year: bool) -> None:
    assert (shows_date(code), shows_year(code)) == (day, year)


def test_a_style_sheet_whose_cell_styles_cannot_be_counted_is_refused() -> None:
    sheet = b'<styleSheet xmlns="x"><cellXfs count="2"><xf/><font/></cellXfs></styleSheet>'
    with pytest.raises(XlsxError, match="cannot be counted"):
        StyleSheet(sheet)


def full(*looks: str) -> bytes:
    """A style sheet with as many cell styles as Excel can hold: these, and others that each are another shade."""
    others = "".join(f'<xf numFmtId="2" fontId="1" fillId="{n}" borderId="9"/>' for n in range(65_490 - len(looks)))
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="170" formatCode="d. mmmm yyyy"/></numFmts>'
        '<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>'
        f'<cellXfs count="65490">{"".join(looks)}{others}</cellXfs></styleSheet>'
    ).encode()


PLAIN, FILLED = '<xf numFmtId="0" fillId="0"/>', '<xf numFmtId="0" fillId="1"/>'


@pytest.mark.parametrize(
    ("looks", "wanted", "at"),
    [
        ([PLAIN, FILLED, '<xf numFmtId="14" fillId="1"/>', '<xf numFmtId="14" fillId="0"/>'], {"number_format": 14}, 3),
        ([PLAIN, FILLED, '<xf numFmtId="14" fillId="0"/>', '<xf numFmtId="14" fillId="1"/>'], {"number_format": 14, "base": 1}, 3),
        ([PLAIN, '<xf numFmtId="170" fillId="0"/>'], {"number_format": "dd.mm.yyyy"}, 1),
        ([PLAIN, FILLED], {"number_format": "dd.mm.yyyy", "base": 1}, 1),
        ([PLAIN, FILLED], {"fill": "FFC7CE", "bold": True}, 0),
        ([PLAIN, '<xf fillId="0" numFmtId=\'49\'/>'], {"number_format": "@"}, 1),
    ],
    ids=["her plain date", "her coloured date", "another day", "no day at all", "no colour", "equal but for its writing"],
)  # fmt: skip
def test_a_full_style_sheet_lends_the_nearest_style_it_has(looks: list[str], wanted: dict[str, Any], at: int) -> None:
    sheet = StyleSheet(full(*looks))
    assert (sheet.add(**wanted), sheet.changed, sheet.borrowed) == (at, False, True)


def test_a_style_that_a_full_style_sheet_has_already_is_not_borrowed() -> None:
    last = '<xf numFmtId="10" fontId="0" fillId="0" borderId="0" applyNumberFormat="1"/>'
    sheet = StyleSheet(full('<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>', last))
    assert (sheet.add(number_format=10), sheet.add(number_format=0), sheet.borrowed) == (1, 0, True)
    assert not StyleSheet(full(last)).borrowed


def test_the_last_free_place_is_used() -> None:
    data = full(PLAIN)[: -len('<xf numFmtId="2" fontId="1" fillId="65488" borderId="9"/></cellXfs></styleSheet>')]
    sheet = StyleSheet(data + b"</cellXfs></styleSheet>")
    assert (sheet.add(fill="FFC7CE"), sheet.borrowed, sheet.add(fill="FFEB9C"), sheet.borrowed) == (
        65_489,
        False,
        0,
        True,
    )
    assert (b'count="65490"' in sheet.content(), sheet.content().count(b"patternFill ")) == (True, 1)
