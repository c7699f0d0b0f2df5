"""Undo where a new client stands in the row of one who is gone: nothing of the one comes to stand beside the other."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from command_line import CommandLine
from owner_hand import column, edited, header_row, rows, salon, sheet

DAY = date(2026, 11, 22)


def test_a_new_client_in_the_row_of_a_deleted_one_gets_no_figures_of_hers(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = salon(tmp_path)
    sheetcrm("refresh", book, "--on", DAY)
    assert rows(book, "Clients")[0]["Visits"]
    (tmp_path / "list.csv").write_text("Name,Phone\nNora Gold,+48 600 100 009\n", "utf-8")
    assert sheetcrm("import", book, tmp_path / "list.csv", "--on", DAY, "--json").json["written"]
    with edited(book) as made:
        page = sheet(made, "Clients")
        first = header_row(page) + 1
        for cell in page[first]:
            cell.value = None
        page.cell(first, column(page, "Name")).value = "Nina White"
    assert sheetcrm("undo", book).code == 0
    nina = rows(book, "Clients")[0]
    assert (nina["Name"], nina["Visits"], nina["Total spend"], nina["Status"]) == ("Nina White", None, None, None)
