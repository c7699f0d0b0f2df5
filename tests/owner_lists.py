"""Lists as owners have them, in all the shapes that other programs and habits give them, for the tests of `adopt`."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsx_books import MAIN, SHEET, book

HEADERS = ("Imię", "Nazwisko", "Komórka", "Urodziny", "Uwagi")
PEOPLE: tuple[tuple[Any, ...], ...] = (
    ("Anna", "Kowalska", "+48 600 000 101", date(1990, 3, 8), "herbata"),
    ("Ola", "Nowak", "+48 600 000 102", date(1985, 11, 25), ""),
    ("Ewa", "Lis", "+48 600 000 103", "", "=nie formuła"),
    ("Zofia", "Król", "+48 600 000 104", date(1979, 1, 2), "<b> & co"),
)
VISITS: tuple[tuple[Any, ...], ...] = (
    (date(2026, 9, 1), "Anna Kowalska", "600 000 101", "Strzyżenie", 120),
    (date(2026, 9, 2), "Ola Nowak", "600000102", "Manicure", 80.5),
    (date(2026, 9, 3), "Anna Kowalska", "600 000 999", "Manicure", 80.5),
    (date(2026, 10, 1), "KOWALSKA ANNA", "+48 600-000-101", "Koloryzacja", 300),
    (date(2026, 10, 2), "Ola Nowak", "", "Manicure", 85),
)
VISIT_HEADERS = ("Data", "Klientka", "Telefon", "Zabieg", "Cena")
Page = Any
Shape = Callable[[Any, Page], None]


def written(path: Path, *shapes: Shape, sheet: str = "Arkusz1") -> Path:
    """A workbook whose sheet each of the shapes has written to."""
    with xlsxwriter.Workbook(str(path), {"in_memory": True, "strings_to_formulas": False}) as made:
        page = made.add_worksheet(sheet)
        for shape in shapes:
            shape(made, page)
    return path


def rows(
    made: Any,
    page: Page,
    *,
    at: int = 0,
    headers: Sequence[Any] = HEADERS,
    cells: Sequence[Sequence[Any]] = PEOPLE,
    column: int = 0,
) -> int:
    """Write headers in a row (counted from 0) and cells below; return the row below them."""
    bold, day = made.add_format({"bold": True, "bottom": 1}), made.add_format({"num_format": "dd.mm.yyyy"})
    for position, header in enumerate(headers, column):
        page.write(at, position, header, bold)
    for number, line in enumerate(cells, at + 1):
        for position, value in enumerate(line, column):
            if isinstance(value, date):
                page.write_datetime(number, position, value, day)
            elif value != "":
                page.write(number, position, value)
    return at + 1 + len(cells)


def plain(made: Any, page: Page) -> None:
    rows(made, page)


def under_title_rows(made: Any, page: Page) -> None:
    page.write_string(0, 0, "Salon Malwa", made.add_format({"font_size": 20}))
    page.write_string(1, 0, "stan na 14.11.2026")
    page.write_string(0, 11, "poufne")  # far right of the list, above it
    rows(made, page, at=3)


def under_a_logo(made: Any, page: Page) -> None:
    page.set_row(0, 60)
    page.insert_image(0, 0, "logo.png", {"image_data": BytesIO(_png())})
    rows(made, page, at=2)


def under_a_merged_title(made: Any, page: Page) -> None:
    page.merge_range(0, 0, 0, 9, "BAZA KLIENTÓW", made.add_format({"bold": True, "align": "center"}))
    rows(made, page, at=1)


def with_a_totals_row(made: Any, page: Page) -> None:
    headers, cells = ("Klientka", "Telefon", "Wydała"), [(p[0] + " " + p[1], p[2], 100) for p in PEOPLE]
    end = rows(made, page, headers=headers, cells=cells)
    page.write_string(end, 0, "Razem", made.add_format({"bold": True}))
    page.write_formula(end, 2, f"=SUM(C2:C{end})", None, 400)


def with_phones_as_numbers(made: Any, page: Page) -> None:
    rows(made, page, cells=[(*p[:2], 600000101 + number, *p[3:]) for number, p in enumerate(PEOPLE)])


def as_an_excel_table(_made: Any, page: Page) -> None:
    cells = [[c.isoformat() if isinstance(c, date) else c for c in line] for line in PEOPLE]
    page.add_table(
        2, 1, 2 + len(cells), 5,
        {"name": "Tabela1", "data": cells, "columns": [{"header": h} for h in HEADERS], "style": "Table Style Medium 2"},
    )  # fmt: skip


def with_hidden_columns(made: Any, page: Page) -> None:
    rows(made, page)
    page.set_column(1, 2, 14)
    page.set_column(3, 3, 12, None, {"hidden": True})
    page.set_column(4, 16383, 20)  # to the end of the sheet, as LibreOffice writes it


def with_a_filter(made: Any, page: Page) -> None:
    end = rows(made, page, at=1)
    page.autofilter(1, 0, end - 1, len(HEADERS) - 1)


def with_frozen_panes(made: Any, page: Page) -> None:
    rows(made, page)
    page.freeze_panes(1, 2)
    page.set_column(0, 4, 18)


def with_drop_downs_and_colours(made: Any, page: Page) -> None:
    end = rows(made, page)
    page.data_validation(1, 4, end, 4, {"validate": "list", "source": ["herbata", "kawa"]})
    pink = made.add_format({"bg_color": "#FFEEEE"})
    page.conditional_format(1, 0, end, 4, {"type": "formula", "criteria": '=$E2=""', "format": pink})
    page.conditional_format(1, 3, end, 3, {"type": "data_bar", "data_bar_2010": True})
    page.write_comment(0, 0, "tu wpisuj imiona")


def with_merged_cells(made: Any, page: Page) -> None:
    rows(made, page)
    page.merge_range(2, 3, 3, 3, "nie wiem")


def with_a_column_without_header(made: Any, page: Page) -> None:
    rows(made, page, headers=("Imię", "Nazwisko", "Komórka", "", "Uwagi"))


def with_a_note_beside(made: Any, page: Page) -> None:
    rows(made, page)
    page.write_string(3, 7, "← zadzwonić!")


def with_gaps_between(made: Any, page: Page) -> None:
    rows(made, page, cells=[PEOPLE[0], (), PEOPLE[1], PEOPLE[2], (), (), PEOPLE[3]])


def with_a_chart_and_another_sheet(made: Any, page: Page) -> None:
    end = rows(made, page)
    other = made.add_worksheet("Ceny")
    other.write_row(0, 0, ["Rok", "Obrót"])
    other.write_row(1, 0, [2026, 1200])
    other.write_formula(2, 1, f"=COUNTA(Arkusz1!A2:A{end})", None, 4)
    chart = made.add_chart({"type": "column"})
    chart.add_series({"values": "=Ceny!$B$2:$B$3"})
    page.insert_chart(10, 1, chart)


def of_one_person(made: Any, page: Page) -> None:
    rows(made, page, cells=PEOPLE[:1])


def beginning_at_c7(made: Any, page: Page) -> None:
    page.merge_range(0, 0, 2, 7, "САЛОН", made.add_format({"align": "center"}))
    rows(made, page, at=6, column=2)


def under_two_header_rows(made: Any, page: Page) -> None:
    page.merge_range(0, 0, 0, 1, "Klientka")
    page.merge_range(0, 2, 0, 4, "Kontakt")
    rows(made, page, at=1)


def beside_another_list(made: Any, page: Page) -> None:
    rows(made, page)
    rows(made, page, column=6)


def with_a_totals_row_of_its_table(_made: Any, page: Page) -> None:
    columns = [
        {"header": "Klientka", "total_string": "Suma"},
        {"header": "Telefon"},
        {"header": "Wydała", "total_function": "sum"},
    ]
    cells = [[p[0] + " " + p[1], p[2], 100] for p in PEOPLE]
    page.add_table(0, 0, len(cells) + 1, 2, {"name": "Tabela1", "data": cells, "columns": columns, "total_row": True})


def with_addresses_as_links(made: Any, page: Page) -> None:
    rows(
        made,
        page,
        headers=("Imię i nazwisko", "Telefony", "E-mail"),
        cells=[(" ".join(p[:2]), f"{p[2]} / 601 000 999") for p in PEOPLE],
    )
    for number, person in enumerate(PEOPLE, 1):
        address = f"{person[0].lower()}@example.com"
        page.write_formula(number, 2, f'=HYPERLINK("mailto:{address}","{address}")', None, address)


def with_visits_across(made: Any, page: Page) -> None:
    rows(made, page, headers=("Klientka", "Telefon"), cells=[(" ".join(p[:2]), p[2]) for p in PEOPLE])
    day = made.add_format({"num_format": "dd.mm"})
    for at in range(3):
        page.write_datetime(0, 2 + at, date(2026, 1, 5 + 7 * at), day)
        page.write_number(1 + at, 2 + at, 120)


SHAPES = (
    plain, under_title_rows, under_a_logo, under_a_merged_title, with_a_totals_row, with_phones_as_numbers, as_an_excel_table,
    with_hidden_columns, with_a_filter, with_frozen_panes, with_drop_downs_and_colours, with_merged_cells,
    with_a_column_without_header, with_a_note_beside, with_gaps_between, with_a_chart_and_another_sheet, of_one_person,
    beginning_at_c7, under_two_header_rows, beside_another_list, with_a_totals_row_of_its_table, with_addresses_as_links,
    with_visits_across,
)  # fmt: skip


def journal(made: Any, page: Page) -> None:
    page.write_string(0, 0, "Wizyty jesień")
    rows(made, page, at=1, headers=VISIT_HEADERS, cells=VISITS)


def months(made: Any, page: Page) -> None:
    rows(made, page, headers=VISIT_HEADERS, cells=[(3, *VISITS[0][1:]), (17, *VISITS[1][1:])])
    for title, lines in (("Październik 2026", VISITS[3:]), ("Listopad 2026", ())):
        other = made.add_worksheet(title)
        other.merge_range(0, 0, 0, 4, title)
        end = rows(made, other, at=2, headers=VISIT_HEADERS, cells=lines)
        other.write_string(end, 0, "Razem")
        other.write_formula(end, 4, f"=SUM(E4:E{end})", None, sum(line[4] for line in lines))


def with_macros(path: Path) -> Path:
    """A workbook with a (meaningless) macro project, as Excel saves it."""
    project = path.with_suffix(".bin")
    project.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as made:
        made.add_vba_project(str(project))
        made.set_vba_name("ThisWorkbook")
        page = made.add_worksheet("Arkusz1")
        page.set_vba_name("Arkusz1")
        rows(made, page)
    project.unlink()
    return path


def as_google_writes(path: Path) -> Path:
    """A workbook like an export of Google Sheets: columns A to Z and a thousand rows, most of them nothing but styles."""
    texts = [*HEADERS, *(str(cell) for line in PEOPLE for cell in (line[0], line[1], line[2]))]
    strings = "".join(f"<si><t>{text}</t></si>" for text in texts)
    index = {text: at for at, text in enumerate(texts)}
    lines = [_google_row(1, HEADERS, index), *(_google_row(n, line[:3], index) for n, line in enumerate(PEOPLE, 2))]
    lines += [_google_row(n, (), index) for n in range(len(PEOPLE) + 2, 1001)]
    sheet = (
        f'<worksheet xmlns="{MAIN}"><sheetPr><outlinePr summaryBelow="0" summaryRight="0"/></sheetPr>'
        '<sheetViews><sheetView workbookViewId="0"/></sheetViews>'
        '<sheetFormatPr customHeight="1" defaultColWidth="12.63" defaultRowHeight="15.75"/>'
        f'<sheetData>{"".join(lines)}</sheetData></worksheet>'
    )  # fmt: skip
    package = "http://schemas.openxmlformats.org/package/2006"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    base = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"'
    xf = f'{base} xfId="0"/>'
    styles = (
        f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="10"/><name val="Arial"/></font></fonts><fills count="2"><fill>'
        '<patternFill patternType="none"/></fill><fill><patternFill patternType="lightGray"/></fill></fills><borders count="1">'
        f'<border/></borders><cellStyleXfs count="1">{base}/></cellStyleXfs><cellXfs count="2">{xf}{xf}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )
    parts = {
        SHEET: sheet,
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}" count="{len(texts)}" uniqueCount="{len(texts)}">{strings}</sst>',
        "xl/styles.xml": styles,
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{relations}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId3" Type="{relations}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default ContentType="application/xml" Extension="xml"/>'
        '<Default ContentType="application/vnd.openxmlformats-package.relationships+xml" Extension="rels"/>'
        f'<Override ContentType="{kinds}.worksheet+xml" PartName="/{SHEET}"/>'
        f'<Override ContentType="{kinds}.sharedStrings+xml" PartName="/xl/sharedStrings.xml"/>'
        f'<Override ContentType="{kinds}.styles+xml" PartName="/xl/styles.xml"/>'
        f'<Override ContentType="{kinds}.sheet.main+xml" PartName="/xl/workbook.xml"/></Types>',
    }
    path.write_bytes(book(parts=parts))
    return path


def _google_row(number: int, texts: Sequence[Any], index: dict[Any, int]) -> str:
    cells = "".join(
        f'<c r="{chr(65 + at)}{number}" s="1" t="s"><v>{index[str(texts[at])]}</v></c>'
        if at < len(texts)
        else f'<c r="{chr(65 + at)}{number}" s="1"/>'
        for at in range(26)
    )
    return f'<row r="{number}">{cells}</row>'


def _png() -> bytes:
    """A picture of one red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")
    )
