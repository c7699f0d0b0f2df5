"""Columns at the rows' ends: the fast proof holds of what was meant, and of nothing else; coded values, work ahead, stretches."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO

import numpy as np
import pytest
from python_calamine import CalamineWorkbook
from xlsx_books import SHEET, book, by_openpyxl, edited, part, rows_of

from sheetcrm.xlsx import ColumnPatch, Editor, Receipt
from sheetcrm.xlsx.appended import AppendedColumns
from sheetcrm.xlsx.background import work_ahead
from sheetcrm.xlsx.cells import Writer
from sheetcrm.xlsx.cutting import Uncuttable, cut_rows
from sheetcrm.xlsx.document import Document
from sheetcrm.xlsx.package import Package
from sheetcrm.xlsx.rows import CellEdit, Coded, RowPatcher
from sheetcrm.xlsx.sheet import SheetEdits, SheetPatcher
from sheetcrm.xlsx.stretches import NewSheet, SheetRows

ROWS = (
    '<row r="1" spans="1:2"><c r="A1" t="inlineStr"><is><t>Name</t></is></c><c r="B1" t="inlineStr"><is><t>Phone</t></is></c></row>'
    '<row r="2" spans="1:2"><c r="A2" t="inlineStr"><is><t>Anna</t></is></c><c r="B2"><v>1</v></c></row>'
    '<row r="3" spans="1:2"><c r="A3" t="inlineStr"><is><t>Ewa</t></is></c></row>'
    '<row r="4" spans="1:2"><c r="A4" t="inlineStr"><is><t>Olga</t></is></c><c r="B4"><v>3</v></c></row>'
)
BOOK = book(ROWS)
NUMBERS = [2, 3, 4]


def append(editor: Editor) -> None:
    editor.set_cells(SHEET, {(1, 3): "Spend", (1, 4): "Status & more"})
    editor.set_column(SHEET, ColumnPatch(3, NUMBERS, [12.5, None, 7.0]))
    editor.set_column(SHEET, ColumnPatch(4, NUMBERS, Coded(np.array([0, 1, 0], dtype=np.int32), ["new", "<lost>"])))


def written() -> tuple[bytes, bytes, Receipt]:
    after, receipt = edited(BOOK, append)
    return part(BOOK).encode(), part(after).encode(), receipt


def holds(old: bytes, new: bytes, receipt: Receipt) -> bool:
    columns = AppendedColumns(receipt.edits[SHEET], receipt.tails[SHEET], (), str, date1904=False)
    return columns.are_simple() and columns.are_all_that_changed(SheetRows([old]), NewSheet([new]))


def test_what_was_meant_is_proved() -> None:
    old, new, receipt = written()
    assert b'<c r="D3" t="inlineStr"><is><t>&lt;lost&gt;</t></is></c></row>' in new
    assert holds(old, new, receipt)


@pytest.mark.parametrize("size", [1, 7, 50, 400])
def test_it_is_proved_in_whatever_pieces_it_comes(size: int) -> None:
    old, new, receipt = written()
    columns = AppendedColumns(receipt.edits[SHEET], receipt.tails[SHEET], (), str, date1904=False)
    cut = [[data[at : at + size] for at in range(0, len(data), size)] for data in (old, new)]
    assert columns.are_all_that_changed(SheetRows(cut[0]), NewSheet(cut[1]))


@pytest.mark.parametrize(
    ("found", "put"),
    [
        ("Anna", "Anne"),  # a cell of hers
        ("12.5", "12.6"),  # a value of ours
        ("new", "old"),
        ("Spend", "Spent"),  # a header
        ('<c r="C4"><v>7</v></c>', ""),  # one that is missing
        (
            '<c r="D2" t="inlineStr"><is><t>new</t></is></c></row>',
            '</row><c r="D2" t="inlineStr"><is><t>new</t></is></c>',
        ),
        ('<c r="C4">', '<c r="C3">'),  # one that bears another row's name
        ('<c r="C2"><v>12.5</v></c>', '<c r="C2"><v>12.5</v></c><c r="C2"><v>12.5</v></c>'),
        ('<row r="3">', '<row r="3" hidden="1">'),
        ("</row></sheetData>", '</row><row r="5"></row></sheetData>'),
    ],
)
def test_anything_else_is_not(found: str, put: str) -> None:
    old, new, receipt = written()
    assert new.count(found.encode()) >= 1
    assert not holds(old, new.replace(found.encode(), put.encode(), 1), receipt)


def test_cells_that_do_not_say_what_was_meant_are_not_taken_for_it() -> None:
    old, new, receipt = written()
    receipt.tails[SHEET] = [[tail.replace(b"12.5", b"13.5") for tail in tails] for tails in receipt.tails[SHEET]]
    assert not holds(old, new.replace(b"12.5", b"13.5"), receipt)


HINTED = ROWS.replace('r="3" spans="1:2"', 'r="3" spans="1:2" ht="20"')
AROUND = '<row r="5"/><row r="9" ht="30"><c r="A9" t="str"><v>a note under the list</v></c></row>'
OURS_BEFORE = '<c r="C3"><v>0</v></c>'


def several(editor: Editor) -> None:
    """Columns for all rows, and beside them a cell of hers that is filled in one."""
    append(editor)
    editor.set_column(SHEET, ColumnPatch(2, [3], ["+48 600"]))


@pytest.mark.parametrize(
    ("rows", "edit", "found", "put"),
    [
        (
            ROWS.replace("<v>3</v></c>", '<v>3</v></c><c r="F4" s="0"/>'),
            append,
            '"F4" s="0"',
            '"F4" s="1"',
        ),  # behind ours
        (ROWS + AROUND, append, "a note under", "a vote under"),
        (ROWS + AROUND, append, '<row r="5"/>', ""),
        (
            ROWS.replace('<c r="A3" t="inlineStr"><is><t>Ewa</t></is></c>', OURS_BEFORE),
            append,
            '<row r="3"',
            '<row r="03"',
        ),
        (HINTED, append, 'ht="20"', 'ht="21"'),
        (ROWS, several, "+48 600", "+48 601"),
        (ROWS, several, "Ewa", "Eva"),
        (ROWS, several, "12.5", "12.6"),
        (ROWS, several, '<c r="B3"', '<c r="E3"'),
    ],
)
def test_rows_that_are_not_as_simple_are_proved_one_by_one(
    rows: str, edit: Callable[[Editor], None], found: str, put: str
) -> None:
    base = book(rows)
    after, receipt = edited(base, edit)
    old, new = part(base).encode(), part(after).encode()
    assert holds(old, new, receipt)
    assert new.count(found.encode()) >= 1
    assert not holds(old, new.replace(found.encode(), put.encode(), 1), receipt)


def test_a_row_that_gets_no_cell_keeps_every_byte_and_one_that_does_loses_its_hint() -> None:
    def edit(editor: Editor) -> None:
        editor.set_column(SHEET, ColumnPatch(3, NUMBERS, [12.5, None, 7.0]))

    after, _ = edited(book(ROWS), edit)
    assert ROWS.split("</row>")[2] in part(after)
    assert [part(after).count(f'<row r="{n}" spans="1:2">') for n in (1, 2, 3, 4)] == [1, 0, 1, 0]


def test_a_row_that_ends_in_its_own_tag_hides_none_behind_it() -> None:
    rows = '<row r="2"/><row r="3"><c r="A3"><v>1</v></c></row><row r="4"><c r="A4"><v>1</v></c></row>'
    after, _ = edited(book(rows), lambda editor: editor.set_column(SHEET, ColumnPatch(3, [2, 4], [5, 6])))
    assert rows_of(after) == (
        '<row r="2"><c r="C2"><v>5</v></c></row><row r="3"><c r="A3"><v>1</v></c></row>'
        '<row r="4"><c r="A4"><v>1</v></c><c r="C4"><v>6</v></c></row>'
    )


def test_a_single_cell_beats_a_column_also_where_all_go_at_once() -> None:
    def edit(editor: Editor) -> None:
        editor.set_column(SHEET, ColumnPatch(3, NUMBERS, [1, 2, 3]))
        editor.set_cells(SHEET, {(3, 3): "x", (4, 5): "y"})

    assert by_openpyxl(edited(BOOK, edit)[0])[1:] == [
        ("Anna", 1, 1, None, None),
        ("Ewa", None, "x", None, None),
        ("Olga", 3, 3, None, "y"),
    ]


def test_a_cell_named_in_an_odd_way_is_not_taken_for_the_last_one() -> None:
    rows = '<row r="2"><c r="A2"><v>1</v></c><c t="b" r="F2"><v>1</v></c></row><row r="3"><c r="A3"><v>3</v></c></row>'
    after, _ = edited(book(rows), lambda editor: editor.set_column(SHEET, ColumnPatch(3, [2, 3], [5, 6])))
    assert '<c r="C2"><v>5</v></c><c t="b"' in part(after)


def test_cells_of_ours_behind_one_that_comes_after_them_are_not_proved() -> None:
    far = book(ROWS.replace("<v>3</v></c>", '<v>3</v></c><c r="F4" s="0"/>'))
    after, receipt = edited(far, append)
    ours = '<c r="C4"><v>7</v></c><c r="D4" t="inlineStr"><is><t>new</t></is></c>'
    old, new = part(far), part(after)
    assert holds(old.encode(), new.encode(), receipt)
    behind = new.replace(ours, "").replace('<c r="F4" s="0"/>', '<c r="F4" s="0"/>' + ours)
    assert not holds(old.encode(), behind.encode(), receipt)


@pytest.mark.parametrize("size", [1, 7, 50, 400])
def test_a_sheet_is_patched_alike_in_whatever_pieces_it_comes(size: int) -> None:
    def patched(pieces: list[bytes]) -> bytes:
        edits = SheetEdits({1: {3: CellEdit(3, "Spend")}}, [ColumnPatch(3, NUMBERS, [1.5, None, 7])])
        rows = RowPatcher(Writer(), shared=str, fitting_style=lambda style, _: style)
        return b"".join(SheetPatcher(edits, rows).patch(pieces))

    data = part(book(ROWS + AROUND)).encode()
    assert patched([data[at : at + size] for at in range(0, len(data), size)]) == patched([data])


def test_coded_values_are_written_like_plain_ones() -> None:
    days = [date(2026, 11, 22), None, date(2026, 1, 1)]
    coded = Coded(np.array([1, -1, 0], dtype=np.int32), [days[2], days[0]])
    assert (list(coded), coded[0:2][1], len(coded)) == (days, None, 3)
    plain, _ = edited(BOOK, lambda editor: editor.set_column(SHEET, ColumnPatch(3, NUMBERS, days)))
    again, _ = edited(BOOK, lambda editor: editor.set_column(SHEET, ColumnPatch(3, NUMBERS, coded)))
    assert plain == again


def test_work_ahead_gives_the_same_pieces_and_raises_what_went_wrong() -> None:
    def broken() -> Iterator[bytes]:
        yield b"a"
        raise ValueError("broken")

    assert list(work_ahead(iter([b"%d" % at for at in range(100)]))) == [b"%d" % at for at in range(100)]
    with pytest.raises(ValueError, match="broken"):
        list(work_ahead(broken()))
    unfinished = work_ahead(iter([b"x"] * 1000))
    assert next(unfinished) == b"x"
    unfinished.close()  # type: ignore[attr-defined]


def test_work_ahead_is_never_more_than_some_pieces_ahead() -> None:
    made: list[int] = []

    def pieces() -> Iterator[bytes]:
        for at in range(1000):
            made.append(at)
            yield b"%d" % at

    ahead = work_ahead(pieces())
    assert [next(ahead) for _ in range(20)] == [b"%d" % at for at in range(20)]
    time.sleep(0.05)
    assert 20 < len(made) <= 20 + 8 + 4
    ahead.close()  # type: ignore[attr-defined]
    assert len(made) <= 20 + 8 + 4


def test_what_a_sheet_is_cut_into_are_whole_archives_with_the_texts_and_styles_of_it() -> None:
    for data in cut_rows(Document(Package(BOOK)), SHEET, 1):
        archive = zipfile.ZipFile(BytesIO(data))
        assert archive.testzip() is None
        assert set(archive.namelist()) == set(zipfile.ZipFile(BytesIO(BOOK)).namelist())


@pytest.mark.parametrize("size", [1, 300, 10_000])
def test_a_sheet_is_cut_into_workbooks_that_hold_its_rows_where_they_were(size: int) -> None:
    found = []
    for data in cut_rows(Document(Package(BOOK)), SHEET, size):
        sheet = CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_name("S")
        assert sheet.start is not None
        found += [(sheet.start[0] + 1 + at, row[0]) for at, row in enumerate(sheet.to_python(skip_empty_area=True))]
    assert found == [(1, "Name"), (2, "Anna"), (3, "Ewa"), (4, "Olga")]


@pytest.mark.parametrize("rows", ["<!-- row --><row r='1'/>", "<row><c><v>1</v></c></row>"])
def test_a_sheet_in_an_unusual_writing_is_not_cut(rows: str) -> None:
    with pytest.raises(Uncuttable):
        list(cut_rows(Document(Package(book(rows))), SHEET, 100))
