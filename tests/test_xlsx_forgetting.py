"""What of emptied cells stays inside a package is taken out of it, and nothing else."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import load_workbook

from sheetcrm.xlsx.errors import ProofFailed
from sheetcrm.xlsx.forgetting import forget
from sheetcrm.xlsx.refs import Range

SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
ROW_2 = {SHEET: [Range.parse("A2:C2")]}


@pytest.fixture
def book(tmp_path: Path) -> bytes:
    """Two rows of people with links and comments; a formula that shows the first one's name. Her cells are empty by now."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as made:
        page = made.add_worksheet("Clients")
        page.write_row("A1", ["Name", "Email", "Notes"])
        for row, name in ((2, "Anna"), (3, "Jo")):
            page.write(f"A{row}", f"{name} Smith & Co")
            page.write_url(f"B{row}", f"mailto:{name.lower()}@example.com", string="write")
            page.write_comment(f"C{row}", f"{name} is a friend")
        page.write_formula("E1", "=UPPER(A2)", None, "ANNA SMITH & CO")
        page.write_formula("E2", "=UPPER(A3)", None, "JO SMITH & CO")
        made.add_worksheet("Other").write("A1", "Jo Smith & Co")
    return emptied(path.read_bytes(), b'<c r="A2" t="s"><v>3</v></c>')


def emptied(data: bytes, *cells: bytes) -> bytes:
    """Take cells out of the first sheet."""
    return with_part(data, SHEET, lambda xml: xml.replace(*next((cell, b"") for cell in cells if cell in xml)))


def with_part(data: bytes, name: str, change: object) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            new.writestr(entry, change(content) if entry.filename == name else content)  # type: ignore[operator]
    return out.getvalue()


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_strings_that_no_cell_shows_links_comments_and_results_of_hers_go_and_all_else_stays(book: bytes) -> None:
    assert b"Anna Smith" in parts(book)[STRINGS]
    done = forget(book, ROW_2, ["anna smith & co"])
    before, after = parts(book), parts(done.data)
    assert [name for name, content in after.items() if b"nna" in content or b"NNA" in content] == []
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {SHEET, STRINGS, "xl/worksheets/_rels/sheet1.xml.rels", "xl/comments1.xml"}
    assert after[STRINGS].count(b"<si>") == before[STRINGS].count(b"<si>")
    page = load_workbook(io.BytesIO(done.data), data_only=True)["Clients"]
    assert [page["A3"].value, page["B3"].hyperlink.target, page["C3"].comment.text] == [
        *("Jo Smith & Co", "mailto:jo@example.com", "Jo is a friend"),
    ]
    assert [page["B2"].value, page["B2"].hyperlink, page["E1"].value, page["E2"].value] == [
        *("write", None, None, "JO SMITH & CO"),
    ]
    assert load_workbook(io.BytesIO(done.data))["Clients"]["E1"].value == "=UPPER(A2)"
    done.verify(done.data)


def test_a_string_that_another_cell_shows_stays(book: bytes) -> None:
    assert b"Jo Smith" in parts(forget(emptied(book, b'<c r="A3" t="s"><v>5</v></c>'), {}, []).data)[STRINGS]


def test_where_it_is_not_certain_which_cells_show_which_strings_none_goes(book: bytes) -> None:
    odd = with_part(book, SHEET, lambda xml: xml.replace(b"<sheetData>", b"<sheetData><!-- <c t='s'> -->"))
    assert parts(forget(odd, {}, []).data)[STRINGS] == parts(odd)[STRINGS]


def test_a_package_of_which_nothing_is_to_be_forgotten_keeps_its_bytes(book: bytes) -> None:
    once = forget(book, ROW_2, ["anna smith & co"]).data
    assert forget(once, ROW_2, ["anna smith & co"]).data is once


def test_bytes_that_are_not_what_was_meant_do_not_pass(book: bytes) -> None:
    done = forget(book, ROW_2, [])
    with pytest.raises(ProofFailed):
        done.verify(book)
    with pytest.raises(ProofFailed):
        done.verify(with_part(done.data, "xl/worksheets/sheet2.xml", lambda xml: xml.replace(b"<v>", b"<v>1")))
