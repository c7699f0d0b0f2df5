"""An owner's workbook read from its bytes: values right, nothing lost, nothing that crashes."""

from __future__ import annotations

import io
import re
import sys
import threading
import zipfile
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pytest
import xlsxwriter
from openpyxl.worksheet.table import Table as ListObject

from sheetcrm.crm.normalise import clean
from sheetcrm.crm.tables import CellError, Reading
from sheetcrm.errors import SheetcrmError, TablesNotFound, WorkbookPassword, WorkbookUnreadable
from sheetcrm.languages import LANGUAGES
from sheetcrm.workbook import reading, sheet_values
from sheetcrm.workbook.creating import create_workbook
from sheetcrm.workbook.frames import frame_of
from sheetcrm.workbook.opening import read_stable
from sheetcrm.workbook.raw_book import RawBook
from sheetcrm.workbook.reading import read_book
from sheetcrm.xlsx import Package

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

Rows = list[list[Any]]


def make(sheets: dict[str, Rows], change: Callable[[Any], object] | None = None) -> bytes:
    """A workbook of these rows; `change` may do more to it before it is saved."""
    book = openpyxl.Workbook()
    book.remove(book["Sheet"])
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def edited(data: bytes, part: str, old: str, new: str) -> bytes:
    """The same package with some text of one part replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode())
            target.writestr(name, content)
    return out.getvalue()


def cells(book: RawBook, table: str, *names: str) -> list[tuple[Any, ...]]:
    """The rows of some columns, each with its Excel row number before it."""
    found = book.tables[table]
    return list(zip(found.rows.tolist(), *(found.column(name).cells() for name in names), strict=True))


PEOPLE: Rows = [["Name", "Phone", "Birthday"], ["Anna", "601 234 567", date(1990, 3, 8)]]


def test_a_plain_list_is_read_with_its_rows_letters_and_headers() -> None:
    book = read_book(make({"List": [[], ["Klienci"], [None, *PEOPLE[0], "Hair type"], [None, *PEOPLE[1], "curly"]]}))
    clients = book.tables["Clients"]
    assert cells(book, "Clients", "name", "phone", "birthday", "hair_type") == [
        (4, "Anna", "601 234 567", date(1990, 3, 8), "curly")
    ]
    assert (clients.sheet, clients.letters, clients.own) == (
        "List",
        {"name": "B", "phone": "C", "birthday": "D", "hair_type": "E"},
        ("hair_type",),
    )
    assert clients.headers["hair_type"] == "Hair type"


def test_a_list_that_begins_further_right_and_down_is_read_from_there() -> None:
    book = read_book(make({"a": [[], [None, None, *PEOPLE[0]], [None, None, *PEOPLE[1]]]}))
    assert cells(book, "Clients", "name", "phone") == [(3, "Anna", "601 234 567")]
    assert book.tables["Clients"].letters["name"] == "C"


def test_cells_without_a_header_count_to_the_width_of_the_table() -> None:
    book = read_book(make({"a": [["Name", "Phone"], ["Anna", "1", None, "a remark"]]}))
    assert (book.placements["Clients"].last_col, set(book.tables["Clients"].columns)) == (4, {"name", "phone"})


def test_blank_rows_between_are_skipped_and_hidden_rows_are_read() -> None:
    def hide(book: Any) -> None:
        book["a"].row_dimensions[4].hidden = True

    book = read_book(make({"a": [["Name", "Phone"], ["Anna", "1"], [], ["Ola", "2"], [None, None, "note"]]}, hide))
    assert cells(book, "Clients", "name") == [(2, "Anna"), (4, "Ola")]


def test_the_totals_row_of_an_excel_table_is_left_out_and_rows_typed_below_one_without_are_read() -> None:
    def as_table(totals: int) -> Callable[[Any], None]:
        def change(book: Any) -> None:
            table = ListObject(displayName="Clients", ref="A1:B4", totalsRowCount=totals)
            book["a"].add_table(table)

        return change

    rows: Rows = [
        ["Name", "Phone"],
        ["Anna", "1"],
        ["Ola", "2"],
        ["Eva", "3"],
        ["Typed below", "4"],
        [],
        ["A remark", "5"],
    ]
    assert cells(read_book(make({"a": rows}, as_table(1))), "Clients", "name") == [(2, "Anna"), (3, "Ola")]
    assert [name for _, name in cells(read_book(make({"a": rows}, as_table(0))), "Clients", "name")] == [
        "Anna",
        "Ola",
        "Eva",
        "Typed below",
    ]


def test_numbers_texts_times_and_truth_come_as_they_are() -> None:
    moment = datetime(2026, 1, 2, 15, 30)
    rows: Rows = [
        ["Date", "Client", "Time", "Amount", "Paid by card"],
        [moment, 12, time(9, 5), "12,50", True],
        ["03.04.2026", "Anna", "9.05", 7, False],
    ]
    book = read_book(make({"a": rows, "b": PEOPLE}))
    assert cells(book, "Visits", "date", "client", "time", "amount", "paid_by_card") == [
        (2, moment, 12.0, time(9, 5), "12,50", True),
        (3, "03.04.2026", "Anna", "9.05", 7.0, False),
    ]


def test_error_values_are_errors_also_where_google_writes_them_as_text() -> None:
    rows: Rows = [
        ["Name", "Phone", "City"],
        ["Anna", "#N/A", "#ERROR!"],
        ["Ola", "=1/0", "#1 street"],
        ["#DIV/0!", "", ""],
    ]

    def as_text(book: Any) -> None:
        book["a"]["C2"].data_type = "s"
        book["a"]["A4"].data_type = "s"

    book = read_book(
        edited(
            make({"a": rows}, as_text),
            "xl/worksheets/sheet1.xml",
            '<c r="B3"><f>1/0</f><v',
            '<c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v><v',
        ).replace(b"", b"")
    )
    found = cells(book, "Clients", "name", "phone", "city")
    assert found == [(2, "Anna", "#N/A", "#ERROR!"), (3, "Ola", "#DIV/0!", "#1 street"), (4, "#DIV/0!", None, None)]
    assert [[type(cell) is CellError for cell in row[1:]] for row in found] == [
        [False, True, True],
        [False, True, False],
        [True, False, False],
    ]


def test_an_error_value_that_calamine_refuses_is_read_by_the_slower_reader() -> None:
    data = make({"a": [["Name", "Phone", "Birthday"], ["Anna", "#N/A", date(1990, 3, 8)], [None], ["Ola", 7, None]]})
    data = edited(data, "xl/worksheets/sheet1.xml", "#N/A", "#SPILL!")
    found = cells(read_book(data), "Clients", "name", "phone", "birthday")
    assert found == [(2, "Anna", "#SPILL!", date(1990, 3, 8)), (4, "Ola", 7.0, None)]
    assert type(found[0][2]) is CellError


def test_the_slower_reader_prints_nothing_about_a_style_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    data = make({"a": [["Name", "Phone"], ["Anna", "#N/A"]]})
    data = edited(data, "xl/worksheets/sheet1.xml", "#N/A", "#SPILL!")
    data = edited(data, "xl/styles.xml", 'xfId="0" builtinId="0"', 'xfId="7" builtinId="0"')
    with pytest.raises(WorkbookUnreadable, match="cannot be read"):
        read_book(data)
    assert capsys.readouterr() == ("", "")


def test_formulas_are_known_by_their_rows() -> None:
    rows: Rows = [
        ["Name", "Phone", "Last visit", "Mine"],
        ["Anna", "1", "=TODAY()", "x"],
        [],
        ["Ola", "2", None, "=1+1"],
    ]
    book = read_book(make({"a": rows}))
    assert {name: p.tolist() for name, p in book.formulas["Clients"].items()} == {"last_visit": [0], "mine": [1]}
    assert book.tables["Clients"].hers == {"last_visit"}  # its cell looks empty, but a formula stands there


def test_a_typed_derived_column_is_hers_and_an_empty_one_ours() -> None:
    rows: Rows = [["Name", "Phone", "Last visit", "Visits"], ["Anna", "1", date(2026, 1, 2), None]]
    book = read_book(make({"a": rows}))
    clients = book.tables["Clients"]
    assert (set(clients.hers), list(book.ours["Clients"])) == ({"last_visit"}, ["visits"])
    assert cells(book, "Clients", "last_visit", "visits") == [(2, date(2026, 1, 2), None)]
    assert [(p.code, p.table, p.field, p.value) for p in book.problems] == [
        ("column-taken", "Clients", "last_visit", "Last visit")
    ]


def test_our_column_beside_hers_is_read_by_its_mark() -> None:
    def mark(book: Any) -> None:
        name = "_sheetcrm.column.Clients.last_visit"
        book.defined_names[name] = openpyxl.workbook.defined_name.DefinedName(name, attr_text="a!$C$1", hidden=True)

    rows: Rows = [["Name", "Last visit", "Last visit (computed)"], ["Anna", "in May", date(2026, 5, 1)]]
    book = read_book(make({"a": rows}, mark))
    assert cells(book, "Clients", "last_visit") == [(2, "in May")]
    assert book.ours["Clients"]["last_visit"].cells() == [date(2026, 5, 1)]


def test_birthdays_whose_format_shows_no_year_have_none() -> None:
    def style(book: Any) -> None:
        for row, code in enumerate(["yyyy-mm-dd", "d-mmm", "[$-415]d mmmm;@", 'd "dzień" mmm'], 2):
            book["a"].cell(row, 2).number_format = code

    rows: Rows = [["Name", "Birthday"], *([name, date(2026, 3, 8)] for name in "abcd")]
    assert cells(read_book(make({"a": rows}, style)), "Clients", "birthday") == [
        (2, date(2026, 3, 8)),
        (3, "--03-08"),
        (4, "--03-08"),
        (5, "--03-08"),
    ]


def test_dates_of_a_1904_workbook_are_the_days_they_show() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "date_1904": True}) as book:
        page = book.add_worksheet("a")
        page.write_row(0, 0, ["Name", "Birthday", "Client since", "Postcode"])
        page.write_row(1, 0, ["Anna"])
        page.write_datetime(1, 1, date(1990, 3, 8), book.add_format({"num_format": "yyyy-mm-dd"}))
        page.write_number(1, 2, 40000)  # a bare serial: 2013-07-07 there, 2009-07-06 elsewhere
        page.write_number(1, 3, 40000)
    assert cells(read_book(out.getvalue()), "Clients", "birthday", "client_since", "postcode") == [
        (2, date(1990, 3, 8), 41462.0, 40000.0)
    ]


def test_settings_map_columns_and_say_the_language() -> None:
    sheets: dict[str, Rows] = {
        "Kontrahenci": [["Kto", "Kontakt"], ["Anna", "601"]],
        "Ustawienia": [
            ["Ustawienie", "Wartość"],
            ["column.name", "kto"],
            ["column.phone", "KONTAKT"],
            ["language", "Polish"],
        ],
    }
    book = read_book(make(sheets))
    assert cells(book, "Clients", "name", "phone") == [(2, "Anna", "601")]
    assert book.languages[0] == "pl"
    assert [(s.name, s.value, s.row) for s in book.settings][-1] == ("language", "Polish", 4)


def test_full_names_under_the_header_of_a_first_name_are_full_names() -> None:
    book = read_book(make({"a": [["Имя", "Телефон"], ["Анна Иванова", "1"], ["Ольга Петрова", "2"]]}))
    assert cells(book, "Clients", "name") == [(2, "Анна Иванова"), (3, "Ольга Петрова")]
    assert book.languages[0] == "ru"


def test_surnames_that_come_first_are_known_by_the_header() -> None:
    assert read_book(make({"a": [["ФИО", "Тел."], ["Иванова Анна", "1"]]})).surname_first
    assert not read_book(make({"a": [["Имя и фамилия", "Тел."], ["Анна Иванова", "1"]]})).surname_first


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_new_workbook_of_ours_is_understood_whole(code: str) -> None:
    out = io.BytesIO()
    rows = [{"client_id": "1", "name": "Anna", "phone": "601 234 567"}]
    create_workbook(out, code, tables={"Clients": rows}, on=date(2026, 1, 1))
    book = read_book(out.getvalue())
    assert {p.rule for p in book.placements.values()} == {"excel-table"}
    assert {"Clients", "Visits", "Services", "Campaigns", "Segments", "Texts", "Settings"} <= set(book.tables)
    assert [(t.name, t.own, t.hers) for t in book.tables.values() if t.hers or (t.own and t.name != "Settings")] == []
    assert cells(book, "Clients", "client_id", "name", "phone") == [(2, "1", "Anna", "601 234 567")]
    assert (book.languages[0], book.problems, len(book.tables["Visits"])) == (code, (), 0)


@pytest.mark.parametrize("size", [1_000, 50_000, 10_000_000])
def test_large_sheets_are_read_in_stretches_and_right(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_BIG_SHEET", 5_000)
    monkeypatch.setattr(sheet_values, "_STRETCH", size)
    people: Rows = [["Name", "Phone"], *([f"n{row}", row % 7] for row in range(5_000))]
    visits: Rows = [["Date", "Client", "Amount"], *([date(2026, 1, 1), f"n{row}", row] for row in range(5_000))]
    book = read_book(make({"a": people, "b": visits}))
    assert [len(book.tables[name]) for name in ("Clients", "Visits")] == [5_000, 5_000]
    assert cells(book, "Clients", "name", "phone")[-1] == (5_001, "n4999", 4999.0 % 7)
    assert cells(book, "Visits", "client", "amount")[-1] == (5_001, "n4999", 4999.0)


@pytest.mark.parametrize("cells_when_big", [1, 1_000_000])
def test_rows_that_are_stored_out_of_order_are_read_all_the_same(
    cells_when_big: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_BIG_SHEET", cells_when_big)
    monkeypatch.setattr(sheet_values, "_STRETCH", 100_000)
    people: Rows = [["Name", "Phone"], *([f"n{row}", row] for row in range(30_000))]
    package, out = Package(make({"a": people})), io.BytesIO()
    part = "xl/worksheets/sheet1.xml"
    sheet = package.read(part)
    rows = re.findall(rb"<row .*?</row>", sheet)
    package.write(out, {part: sheet.replace(b"".join(rows), b"".join([rows[0], *rows[15_000:], *rows[1:15_000]]))})
    read = cells(read_book(out.getvalue()), "Clients", "name", "phone")
    assert read == [(row + 2, f"n{row}", float(row)) for row in range(30_000)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
@pytest.mark.parametrize("cells_when_big", [1, 1_000_000])
def test_a_sheet_in_another_encoding_is_read_in_any_size(
    cells_when_big: int, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_BIG_SHEET", cells_when_big)
    monkeypatch.setattr(sheet_values, "_STRETCH", 100_000)
    people: Rows = [["Name", "Phone"], *([f"Zoë n{row}", row] for row in range(9_000))]
    package, out = Package(make({"a": people})), io.BytesIO()
    part = "xl/worksheets/sheet1.xml"
    package.write(out, {part: package.read(part).decode().encode(encoding)})
    read = cells(read_book(out.getvalue()), "Clients", "name", "phone")
    assert read == [(row + 2, f"Zoë n{row}", float(row)) for row in range(9_000)]


@pytest.mark.parametrize(
    ("entry", "target"),
    [
        pytest.param("my%20list.xml", "my%20list.xml", id="quoted here and there"),
        pytest.param("my list.xml", "my%20list.xml", id="quoted in the target"),
        pytest.param("my%20list.xml", "my list.xml", id="quoted in the archive"),
    ],
)
@pytest.mark.parametrize("cells_when_big", [1, 1_000_000])
def test_a_sheet_is_read_however_the_name_of_its_part_is_quoted(
    cells_when_big: int, entry: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_BIG_SHEET", cells_when_big)
    source, out = zipfile.ZipFile(io.BytesIO(make({"a": [["Name", "Phone"], ["Zoë", 5]]}))), io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in source.namelist():
            said = target if name.endswith(".rels") else entry
            text = source.read(name).replace(b"sheet1.xml", said.encode())
            archive.writestr(name.replace("sheet1.xml", entry), text)
    assert cells(read_book(out.getvalue()), "Clients", "name", "phone") == [(2, "Zoë", 5.0)]


@pytest.mark.parametrize("cells_when_big", [1, 1_000_000])
def test_a_number_that_is_no_day_in_a_cell_for_dates_does_not_stop_the_reader(
    cells_when_big: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_BIG_SHEET", cells_when_big)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet("a")
        page.write_row(0, 0, ["Name", "Birthday"])
        page.write_row(1, 0, ["Anna"])
        page.write_number(1, 1, 1e300, book.add_format({"num_format": "dd.mm.yyyy"}))  # calamine panics
        page.write_row(2, 0, ["Ewa"])
    assert [row[:2] for row in cells(read_book(out.getvalue()), "Clients", "name")] == [(2, "Anna"), (3, "Ewa")]


# What is no workbook


def protected(data: bytes, password: str) -> bytes:
    from msoffcrypto.format.ooxml import OOXMLFile  # noqa: PLC0415 - beside the only test that needs it

    out = io.BytesIO()
    OOXMLFile(io.BytesIO(data)).encrypt(password, out)
    return out.getvalue()


def test_a_protected_workbook_is_read_with_its_password_and_refused_without() -> None:
    data = protected(make({"a": PEOPLE}), "Malwa")
    book = read_book(data, password="Malwa")
    assert (book.encrypted, cells(book, "Clients", "name")) == (True, [(2, "Anna")])
    with pytest.raises(WorkbookPassword, match=r"salon\.xlsx is protected with a password"):
        read_book(data, name="salon.xlsx")
    with pytest.raises(WorkbookPassword, match="the password is wrong"):
        read_book(data, password="malwa")


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (OLE + bytes(600), "is an old Excel workbook (.xls)"),
        (b"Name;Phone\nAnna;601\n", "is a text table (.csv)"),
        ("Имя,Телефон\n".encode("utf-16"), "is a text table (.csv)"),
        (b"\xef\xbb\xbf<!DOCTYPE html><table>", "is a web page"),
        (b"<html xmlns:x='urn:schemas-microsoft-com:office:excel'>", "is a web page"),
        (
            b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>",
            "XML table of Excel 2003",
        ),
        (b"%PDF-1.7", "is a PDF"),
        (b"hello", "is no Excel workbook"),
        (b"PK\x03\x04 and then nothing", "is damaged"),
    ],
)
def test_what_is_no_workbook_is_named_for_what_it_is(data: bytes, words: str) -> None:
    with pytest.raises(WorkbookUnreadable) as raised:
        read_book(data, name="list.xlsx")
    assert raised.value.message.startswith("list.xlsx ")
    assert words in raised.value.message
    assert raised.value.hint


def test_an_opendocument_sheet_says_to_save_it_as_xlsx() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", "<office/>")
    with pytest.raises(WorkbookUnreadable, match=r"OpenDocument sheet \(\.ods\)\. .* save it as an Excel workbook"):
        read_book(out.getvalue())


def test_a_folder_and_a_missing_file_are_said_so(tmp_path: Path) -> None:
    with pytest.raises(WorkbookUnreadable, match="is a folder"):
        read_stable(tmp_path)
    with pytest.raises(WorkbookUnreadable, match=r"There is no file .*salon\.xlsx"):
        read_stable(tmp_path / "salon.xlsx", patience=0.05)


def test_a_name_that_is_gone_for_an_instant_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "salon.xlsx"
    (tmp_path / "~$salon.xlsx").write_bytes(
        b""
    )  # Excel has it open: between its delete and its rename there is no file
    timer = threading.Timer(0.5, path.write_bytes, [b"PK whole"])
    timer.start()
    assert read_stable(path) == b"PK whole"
    timer.join()


def test_a_file_that_is_still_being_copied_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "salon.xlsx"
    path.write_bytes(b"")
    pauses: list[float] = []
    whole = b"PK\x03\x04 whole PK\x05\x06" + b"\0" * 18

    def grow(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            path.write_bytes(whole)

    assert (read_stable(path, sleep=grow), len(pauses)) == (whole, 3)
    path.write_bytes(b"")
    with pytest.raises(WorkbookUnreadable, match="is empty"):
        read_stable(path, patience=0)


# Real workbooks that nobody here made


@pytest.fixture(scope="module")
def real_workbooks(shared_dir: Path) -> list[Path]:
    return sorted(p for p in (shared_dir / "data" / "workbooks").iterdir() if p.suffix in (".xlsx", ".xlsm"))


def test_real_workbooks_are_read_or_refused_in_our_own_words(real_workbooks: Sequence[Path]) -> None:
    ends: list[str] = []
    for path in real_workbooks:
        try:
            read_book(path.read_bytes(), name=path.name, need_clients=False)
        except SheetcrmError as error:
            ends.append(f"refused: {error.hint}")
        else:
            ends.append("read")
    assert "refused: " not in ends  # without a word of what to do
    assert ends.count("read") > 0.9 * len(ends)


def test_a_client_list_in_any_real_workbook_is_read_right(
    real_workbooks: Sequence[Path], shared_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(shared_dir / "tools"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # that folder is not ours to write into
    from inject_clients import inject  # noqa: PLC0415 - beside the project, where it may be absent

    seen: set[object] = set()
    for path in real_workbooks:
        target = tmp_path / "book.xlsx"
        try:
            inject(str(path), str(target))
        except (ValueError, KeyError):
            continue
        try:
            book = read_book(target.read_bytes(), name=path.name)
        except TablesNotFound as error:
            seen.add(f"{path.name}: {error}")
            continue
        seen.add(
            (
                tuple(cells(book, "Clients", "client_id", "phone", "hair_type")),
                tuple(cells(book, "Visits", "client", "amount")),
                tuple(sorted(book.ours["Clients"])),
            )
        )
    assert seen == {
        (
            (
                (2, "C1", "+48 601 234 567", "curly"),
                (3, "C2", "+380 50 123 45 67", "straight"),
                (4, "C3", "not a phone", None),
            ),
            ((2, "C1", 100.1), (3, "C1", 50.2), (4, "C1", 70.0), (5, "C2", 80.0)),
            ("average_ticket", "last_visit", "total_spend", "visits"),
        )
    }


# Frames


def test_frames_are_typed_and_know_their_excel_rows() -> None:
    rows: Rows = [
        ["Name", "Phone", "Birthday", "Email consent", "Services", "Points", "Hair type"],
        ["Anna", 601234567, date(1990, 3, 8), "tak", "Cut; Colour", 3, "curly"],
        [],
        ["Ola", "+48 602", "--12-24", None, None, 4.5, None],
    ]
    table = read_book(make({"a": rows})).tables["Clients"]
    cleaned, _ = clean(table, Reading(("en",), "PL", on=date(2026, 1, 1), today=date(2026, 1, 1)))
    frame = frame_of(table, cleaned)
    assert (frame.index.name, frame.index.tolist()) == ("row", [2, 4])
    assert frame["phone"].tolist() == ["601234567", "+48 602"]
    assert (frame["email_consent"].iloc[0], frame["email_consent"].isna().tolist()) == ("yes", [False, True])
    assert (frame["birthday"].dtype.kind, frame["birthday"].isna().tolist()) == ("M", [False, True])
    assert frame["birth_day"].tolist() == ["03-08", "12-24"]
    assert (frame["points"].dtype, frame["points"].tolist()) == (np.dtype("float64"), [3.0, 4.5])
    assert frame["hair_type"].isna().tolist() == [False, True]
