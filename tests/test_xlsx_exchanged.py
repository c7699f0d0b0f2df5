"""Cells exchanged in some rows: the rows' other bytes stay, the fast proof holds of what was meant and of nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from xlsx_books import SHEET, book, by_calamine, by_openpyxl, edited, part, rows_of, set_cells

from sheetcrm.xlsx import ColumnPatch, Editor, ProofFailed, Receipt, verify
from sheetcrm.xlsx.cells import Writer
from sheetcrm.xlsx.exchanged import ExchangedCells
from sheetcrm.xlsx.stretches import NewSheet, SheetRows

ROWS = (
    '<row r="1" spans="1:3"><c r="A1" t="inlineStr"><is><t>Name</t></is></c><c r="C1" t="inlineStr"><is><t>Status</t></is></c></row>'
    '<row r="2" spans="1:3"><c r="A2" t="inlineStr"><is><t>Anna</t></is></c><c r="C2" s="0" t="inlineStr"><is><t>new</t></is></c></row>'
    '<row r="3" spans="1:3" ht="20"><c r="A3" t="inlineStr"><is><t>Ewa</t></is></c><c r="B3"><v>7</v></c><c r="C3"><v>5</v></c></row>'
    '<row r="4"/><row r="6"><c r="A6"><f>SUM(B1:B3)</f><v>7</v></c></row>'
)
BOOK = book(ROWS)
WANTED = {(2, 3): "lost", (3, 2): None, (3, 4): True, (6, 1): 9, (6, 2): 12.5, (8, 1): "below", (9, 1): None}


def written() -> tuple[bytes, bytes, Receipt]:
    after, receipt = edited(BOOK, lambda editor: editor.set_cells(SHEET, WANTED))
    return part(BOOK).encode(), part(after).encode(), receipt


def holds(old: bytes, new: bytes, receipt: Receipt, size: int = 10_000) -> bool:
    left = {(cell.row, cell.column) for cell in receipt.left}
    cells = ExchangedCells(receipt.edits[SHEET], left, str, date1904=False)
    pieces = [[data[at : at + size] for at in range(0, len(data), size)] for data in (old, new)]
    return cells.are_all_that_changed(SheetRows(pieces[0]), NewSheet(pieces[1]))


@pytest.mark.parametrize("size", [1, 7, 50, 400, 10_000])
def test_what_was_meant_is_proved_in_whatever_pieces_it_comes(size: int) -> None:
    old, new, receipt = written()
    assert rows_of_sheet(new) == ROWS[: ROWS.index('<row r="2"')] + (
        '<row r="2"><c r="A2" t="inlineStr"><is><t>Anna</t></is></c><c r="C2" s="0" t="inlineStr"><is><t>lost</t></is></c></row>'
        '<row r="3" ht="20"><c r="A3" t="inlineStr"><is><t>Ewa</t></is></c><c r="C3"><v>5</v></c><c r="D3" t="b"><v>1</v></c></row>'
        '<row r="4"/><row r="6"><c r="A6"><f>SUM(B1:B3)</f><v>7</v></c><c r="B6"><v>12.5</v></c></row>'
        '<row r="8"><c r="A8" t="inlineStr"><is><t>below</t></is></c></row>'
    )
    assert holds(old, new, receipt, size)


def rows_of_sheet(sheet: bytes) -> str:
    return sheet.decode().partition("<sheetData>")[2].partition("</sheetData>")[0]


@pytest.mark.parametrize(
    ("found", "put"),
    [
        ("Name", "Game"),  # a row that was not to change
        ("Anna", "Anne"),  # a cell of hers beside one of ours
        ('<row r="4"/>', ""),
        ('<row r="4"/>', '<row r="4"/><row r="5"/>'),
        ("SUM(B1:B3)", "SUM(B1:B2)"),  # one that could not be written
        ("lost", "los"),
        ('<c r="D3" t="b"><v>1</v></c>', ""),
        ('<c r="D3" t="b"><v>1</v></c>', '<c r="D3" t="b"><v>1</v></c><c r="E3"><v>1</v></c>'),
        ('<c r="D3" t="b"><v>1</v></c>', '<c r="D3" t="b"><v>1</v></c><v>2</v>'),
        ("<v>12.5</v></c>", "<v>12.5</w></c>"),
        ("<v>12.5</v>", "<v>twelve</v>"),
        ('<c r="B6"', '<c r="B7"'),
        ('<c r="C3"><v>5</v></c><c r="D3" t="b"><v>1</v></c>', '<c r="D3" t="b"><v>1</v></c><c r="C3"><v>5</v></c>'),
        ('ht="20"', 'ht="21"'),
        ("below", "above"),
        ('<row r="8"', '<row r="7"'),
        ("</row></sheetData>", '</row><row r="9"/></sheetData>'),
    ],
)
def test_anything_else_is_not(found: str, put: str) -> None:
    old, new, receipt = written()
    assert new.count(found.encode()) == 1
    assert not holds(old, new.replace(found.encode(), put.encode()), receipt)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 2000), st.sampled_from([b"", b"x", b"1", b"<", b">", b'"', b" ", b"/", b"&", b"A"]))
def test_a_sheet_with_another_byte_is_not_proved_or_says_the_same(at: int, put: bytes) -> None:
    old, new, receipt = written()
    first = new.index(b"<sheetData>") + len("<sheetData>")
    place = first + at % (new.index(b"</sheetData>") - first)
    other = new[:place] + put + new[place + 1 :]
    assert not holds(old, other, receipt) or by_calamine(book(sheet=other)) == by_calamine(book(sheet=new))


def test_a_number_that_is_none_fails_the_proof_and_is_no_bug_of_ours() -> None:
    after, receipt = edited(
        BOOK, lambda editor: editor.set_cells(SHEET, {(2, 3): 5, (7, 1): 6})
    )  # a row between others
    broken = book(
        part(after).partition("<sheetData>")[2].partition("</sheetData>")[0].replace("<v>6</v>", "<v>six</v>")
    )
    with pytest.raises(ProofFailed):
        verify(BOOK, broken, receipt)


def test_many_rows_between_others_are_proved_too() -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(2, 400, 2))
    after = set_cells(book(rows), {(n, 2): n for n in range(1, 400, 3)})
    assert by_openpyxl(after)[:4] == [(None, 1), (2, None), (None, None), (4, 4)]


names = st.sampled_from(["<c r=", "<c  r=", "<c\nr="])
cells = st.dictionaries(
    st.tuples(st.integers(1, 5), st.integers(1, 30)),
    st.one_of(st.none(), st.integers(0, 9), st.sampled_from(["", "a", "<b>", "c & d"]), st.booleans()),
    max_size=14,
)


@settings(deadline=None, max_examples=100)
@given(cells, cells, names)
def test_a_row_in_the_usual_writing_is_patched_as_one_in_another_is(
    there: dict[tuple[int, int], Any], wanted: dict[tuple[int, int], Any], writing: str
) -> None:
    base = set_cells(book(), there)
    usual = set_cells(base, wanted)
    other = set_cells(book(rows_of(base).replace("<c r=", writing)), wanted)
    assert rows_of(other).replace(writing, "<c r=") == rows_of(usual)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\ufffe\uffff"), min_size=1, max_size=6)


@settings(deadline=None)
@given(st.lists(texts, max_size=20), st.sampled_from([None, 3]), st.sampled_from(["", "x:"]))
@example(["a", "_x0041_", "b\nc", " d", "e ", "f  g", "<", "&", ">", "_x", "\xa0", "\u2028", "\x85"], None, "")
def test_many_texts_at_once_become_what_each_of_them_becomes(texts: list[str], style: int | None, prefix: str) -> None:
    writer = Writer(prefix)
    assert writer.text_tails(texts, style) == [writer.tail(text, style) for text in texts]
    assert [writer.text_tails([text], style) for text in texts] == [[writer.tail(text, style)] for text in texts]


def test_texts_of_more_than_a_batch_are_all_written() -> None:
    def edit(editor: Editor) -> None:
        editor.set_column(SHEET, ColumnPatch(2, rows, [f"C{row:06}" if row % 700 else "a < b" for row in rows]))

    rows = list(range(1, 2501))
    after, _ = edited(book("".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in rows)), edit)
    assert [row[1] for row in by_openpyxl(after)] == [f"C{row:06}" if row % 700 else "a < b" for row in rows]
