"""What stands around a sheet's cells: put where the schema's sequence wants it, in whatever order it comes."""

from __future__ import annotations

import re

import pytest
from invariants import new_complaints
from xlsx_books import SHEET, book, edited, part

from sheetcrm.xlsx import Editor, Range
from sheetcrm.xlsx.column_looks import ColumnLook
from sheetcrm.xlsx.markup import Markup

ROWS = '<row r="1"><c r="A1" t="str"><v>Name</v></c></row><row r="2"><c r="A2" t="str"><v>Anna</v></c></row>'


def children(data: bytes) -> list[str]:
    root = Markup(part(data).encode()).root
    return [child.local for child in root.children]


def test_a_sheet_of_cells_alone_gets_what_an_outline_needs_in_the_right_order() -> None:
    before = book(ROWS)
    after, _ = edited(before, lambda editor: editor.set_looks(SHEET, {2: ColumnLook(9, hidden=True, level=1)}))
    assert children(after) == ["sheetFormatPr", "cols", "sheetData"]
    assert new_complaints(before, after) == []


@pytest.mark.parametrize("first", ["table", "drop-down"])
def test_a_table_and_a_drop_down_stand_in_the_right_order_whichever_is_asked_for_first(first: str) -> None:
    def edit(editor: Editor) -> None:
        edits = {
            "table": lambda: editor.add_table(SHEET, "People", Range(1, 1, 2, 1), ["Name"]),
            "drop-down": lambda: editor.add_drop_down(SHEET, Range(2, 1, 2, 1), ["Anna", "Ida"]),
        }
        for name in sorted(edits, key=lambda name: name != first):
            edits[name]()

    before = book(ROWS)
    after, _ = edited(before, edit)
    assert children(after) == ["sheetData", "dataValidations", "tableParts"]
    assert new_complaints(before, after) == []


@pytest.mark.parametrize("root", ["<r/>", "<r></r>", "<r><z/></r>", "<r><a/></r>"])
def test_children_put_at_one_place_follow_the_sequence(root: str) -> None:
    markup = Markup(root.encode())
    for local in "dbc":
        markup.insert_in_order(markup.root, f"<{local}/>".encode(), local, "abcdz")
    assert "".join(re.findall(r"<([a-z])/>", bytes(markup).decode())) in {"bcd", "bcdz", "abcd"}


def test_what_is_appended_without_an_order_stays_as_it_came() -> None:
    markup = Markup(b"<r/>")
    for xml in (b"<d/>", b"<b/>", b"<c/>"):
        markup.append(markup.root, xml)
    assert bytes(markup) == b"<r><d/><b/><c/></r>"
