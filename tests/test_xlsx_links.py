"""Links of program sheets: real ones, which a click opens, as long as a message; hers beside them stay."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from invariants import complaints
from ooxml_validator import errors
from xlsx_books import book, edited, part, zipped

from sheetcrm.xlsx import Column, Receipt, SheetSpec
from sheetcrm.xlsx.links import LONGEST

LONG = "https://wa.me/48501002003?text=" + "%D0%B0" * 341
SPEC = SheetSpec(
    "Outbox",
    [Column("Key"), Column("Link"), Column("Text")],
    [["a", "WhatsApp", "x"], ["b", "SMS", "y"], ["c", None, "z"]],
    links=[{1: LONG}, {1: "sms:+48501?&body=a%26b"}, {}],
    linked_columns=(1,),
)
RELS = "xl/worksheets/_rels/sheet2.xml.rels"


def put(data: bytes, spec: SheetSpec, **options: Any) -> tuple[bytes, Receipt]:
    return edited(data, lambda editor: editor.put_sheet("Outbox", spec, **options))


def links_of(data: bytes) -> dict[str, str]:
    sheet = openpyxl.load_workbook(BytesIO(data))["Outbox"]
    return {
        cell.coordinate: str(cell.hyperlink.target)
        for row in sheet.iter_rows()
        for cell in row
        if cell.hyperlink is not None
    }


def external(data: bytes) -> list[str]:
    return re.findall(r'Target="([^"]*)" TargetMode="External"', part(data, RELS))


def test_a_cell_of_a_new_sheet_opens_an_address_as_long_as_a_whole_message(tmp_path: Path) -> None:
    after, _ = put(book(), SPEC)
    assert (len(LONG), LONGEST) == (2077, 2079)
    assert (links_of(after), complaints(after)) == ({"B2": LONG, "B3": "sms:+48501?&body=a%26b"}, [])
    path = tmp_path / "book.xlsx"
    path.write_bytes(after)
    assert errors(path) == []


def test_the_same_links_once_more_leave_the_bytes_alone() -> None:
    after, _ = put(book(), SPEC)
    again, receipt = put(after, SPEC)
    assert (again == after, receipt.changed) == (True, False)


def test_other_links_take_the_place_of_those_that_were_there_and_leave_nothing_behind() -> None:
    after, _ = put(book(), SPEC)
    fewer = replace(SPEC, rows=SPEC.rows[1:], links=[{1: "mailto:a@b.c?subject=x"}, {1: "sms:+48501?&body=a%26b"}])
    again, _ = put(after, fewer)
    assert links_of(again) == {"B2": "mailto:a@b.c?subject=x", "B3": "sms:+48501?&body=a%26b"}
    assert (sorted(external(again)), complaints(again)) == (
        ["mailto:a@b.c?subject=x", "sms:+48501?&amp;body=a%26b"],
        [],
    )


def test_a_sheet_that_needs_no_link_any_more_has_no_list_of_links() -> None:
    after, _ = put(book(), SPEC)
    again, _ = put(after, replace(SPEC, links=[]))
    assert (links_of(again), external(again), complaints(again)) == ({}, [], [])
    assert "hyperlink" not in part(again, "xl/worksheets/sheet2.xml")


def test_only_another_address_behind_the_same_word_is_written_too() -> None:
    after, _ = put(book(), SPEC)
    again, _ = put(after, replace(SPEC, links=[{1: LONG}, {1: "sms:+48502"}, {}]))
    assert links_of(again) == {"B2": LONG, "B3": "sms:+48502"}


def test_two_rows_with_one_address_share_it() -> None:
    after, _ = put(book(), replace(SPEC, links=[{1: "sms:+48501"}, {1: "sms:+48501"}, {}]))
    assert (links_of(after), external(after)) == ({"B2": "sms:+48501", "B3": "sms:+48501"}, ["sms:+48501"])


@pytest.mark.parametrize("cell", ["E2", "A1"])
def test_a_link_of_her_own_in_the_sheet_stays(cell: str) -> None:
    after, _ = put(book(), SPEC)
    opened = openpyxl.load_workbook(BytesIO(after))
    opened["Outbox"][cell] = opened["Outbox"][cell].value or "photo"
    opened["Outbox"][cell].hyperlink = "https://example.com/photo"
    out = BytesIO()
    opened.save(out)
    again, _ = put(out.getvalue(), replace(SPEC, links=[{1: "sms:+48501"}, {}, {}]))
    assert links_of(again) == {"B2": "sms:+48501", cell: "https://example.com/photo"}


def test_links_are_put_into_a_sheet_that_had_none() -> None:
    before, _ = put(book(), replace(SPEC, columns=SPEC.columns[:1], rows=[["a"]], links=[], linked_columns=()))
    after, _ = put(before, SPEC)
    assert (links_of(after), complaints(after)) == ({"B2": LONG, "B3": "sms:+48501?&body=a%26b"}, [])


def test_a_link_whose_letters_another_program_has_decoded_is_the_same_link() -> None:
    spec = replace(SPEC, links=[{1: "mailto:a@b.pl?body=Dzie%C5%84%20dobry%26"}, {}, {}])
    after, _ = put(book(), spec)
    parts = {name: part(after, name) for name in zipfile.ZipFile(BytesIO(after)).namelist()}
    decoded = zipped(parts | {RELS: parts[RELS].replace("Dzie%C5%84%20", "Dzień%20")})
    again, receipt = put(decoded, spec)
    assert (again == decoded, receipt.changed) == (True, False)
