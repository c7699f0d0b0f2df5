"""What the owner noted beside an erased client's rows in the program's sheets goes with her; beside the rows of others it stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from erased_person import ANNA, found_in
from openpyxl import load_workbook
from openpyxl.comments import Comment
from owner_hand import BORN, CLIENTS, DAY, VISITS, Page, client, edited, header_row, rows, salon, sheet

TWIN = client("C5", "Anna Smith", "a.smith", BORN, phone="+44 20 7946 0001")
NOTED = ("Sent", "Changes", "Today")


@pytest.fixture
def book(tmp_path: Path, sheetcrm: CommandLine) -> Path:
    """A salon that has greeted Anna and Jo and merged a row into Anna's; beside every row of its sheets stands a note."""
    path = salon(tmp_path, clients=(ANNA, *CLIENTS[1:], TWIN), visits=VISITS)
    sheetcrm("refresh", path, "--on", DAY)
    assert sheetcrm("merge", path, "--keep", "C1", "--on", DAY).code == 0
    sheetcrm("run", path, "--on", DAY, "--outbox", tmp_path / "mails")
    with edited(path) as made:
        for table in NOTED:
            annotated(sheet(made, table))
    return path


def annotated(page: Page) -> None:
    """Type a note beside each row, in a column right of the table, and one two columns further on, under no header."""
    top, at = header_row(page), page.max_column + 1
    page.cell(top, at).value = "My notes"
    for row in range(top + 1, page.max_row + 1):
        who = next((cell.value for cell in page[row] if cell.value in ("C1", "C2", "C5")), "nobody")
        page.cell(row, at).value = f"cried on the phone, {who}"
        page.cell(row, at + 2).value = f"side {row}"


def notes(path: Path, table: str) -> list[tuple[Any, Any]]:
    return [(row["Client ID"], row["My notes"]) for row in rows(path, table)]


def test_notes_beside_her_rows_go_and_those_beside_others_stay(book: Path, sheetcrm: CommandLine) -> None:
    assert notes(book, "Sent") == [("C1", "cried on the phone, C1"), ("C2", "cried on the phone, C2")]
    assert all(client_id in ("C1", "C5") and note for client_id, note in notes(book, "Changes"))
    assert sheetcrm("erase", book, "C1", "--on", DAY).code == 0
    assert notes(book, "Sent") == [("C1", None), ("C2", "cried on the phone, C2")]
    assert {note for _, note in notes(book, "Changes")} == {None}
    assert ("C2", "cried on the phone, C2") in notes(book, "Today")
    assert found_in(book.parent, ("phone, c1", "phone, c5")) == []
    assert sheetcrm("refresh", book, "--on", DAY, "--json").json["written"] is False


def test_cells_that_may_be_of_another_list_stay_and_are_named(book: Path, sheetcrm: CommandLine) -> None:
    done = sheetcrm("erase", book, "C1", "--on", DAY, "--json")
    page = sheet(load_workbook(book), "Sent")
    assert [cell.value for cell in page["P"]][1:] == ["side 2", "side 3"]
    assert "Sent!P2" in done.json["remains"]
    assert "Sent!P3" not in done.json["remains"]
    assert "Cells of yours stand beside rows of this client in sheets of the program: Sent!P2" in done.err


def test_a_formula_beside_her_row_stays_and_a_comment_on_it_loses_its_words(book: Path, sheetcrm: CommandLine) -> None:
    with edited(book) as made:
        sheet(made, "Sent")["N2"] = '="Dear "&D2'
        sheet(made, "Sent")["N3"].comment = Comment("Jo was glad", "owner")
        sheet(made, "Sent")["D2"].comment = Comment("she was glad", "owner")
    assert sheetcrm("erase", book, "C1", "--on", DAY).code == 0
    page = sheet(load_workbook(book), "Sent")
    assert (page["N2"].value, page["N3"].value) == ('="Dear "&D2', "cried on the phone, C2")
    assert (page["N3"].comment.text, page["D2"].comment.text) == ("Jo was glad", "")


def test_in_a_protected_sheet_nothing_is_written_and_her_places_are_named(book: Path, sheetcrm: CommandLine) -> None:
    with edited(book) as made:
        sheet(made, "Sent").protection.sheet = True
    done = sheetcrm("erase", book, "C1", "--on", DAY, "--json")
    assert notes(book, "Sent")[0] == ("C1", "cried on the phone, C1")
    assert {"Sent!D2", "Sent!H2", "Sent!N2", "Sent!P2"} <= set(done.json["remains"])
