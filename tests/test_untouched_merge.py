"""After a merge in real workbooks of other programs all else is as it was, and taken back every cell is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from invariants import new_complaints
from test_untouched import NO_WORKBOOK_INSIDE, tool

from sheetcrm.workbook.reading import read_book
from sheetcrm.xlsx import Editor

DAY = "2026-11-22"
EVERY = 6  # all of them take four minutes


def decided(path: Path) -> bytes:
    """Type below the pairs that C1 and C2 are one; return the bytes."""
    book = read_book(path.read_bytes())
    place = book.placements["Duplicates"]
    part = next(sheet.part for sheet in book.document.sheets if sheet.title == place.sheet)
    table = book.tables["Duplicates"]
    row = max([place.header_row, *table.rows.tolist()]) + 1
    editor = Editor(book.data, book.report.sheets)
    typed = {"left": "C1", "right": "C2", "decision": "merge"}
    editor.set_cells(part, {(row, place.columns[name]): value for name, value in typed.items()})
    with path.open("wb") as out:
        editor.write(out)
    return path.read_bytes()


def clients(path: Path) -> dict[str, Any]:
    table = read_book(path.read_bytes()).tables["Clients"]
    return {
        name: column.cells() for name, column in table.columns.items() if name not in ("other_phone", "other_email")
    }


@pytest.mark.slow
def test_a_merge_leaves_all_else_as_it_was_and_is_taken_back_to_the_cell(
    shared_dir: Path, tmp_path: Path, sheetcrm: CommandLine
) -> None:
    untouched, inject = tool(shared_dir, "untouched"), tool(shared_dir, "inject_clients")
    books = sorted((shared_dir / "data" / "workbooks").glob("*.xls[xm]"))[::EVERY]
    tried, wrong = 0, []
    for source in books:
        if source.name in NO_WORKBOOK_INSIDE:
            continue
        path, before = tmp_path / source.name, tmp_path / f"before-{source.name}"
        inject.inject(source, before)
        path.write_bytes(before.read_bytes())
        assert sheetcrm("refresh", path, "--on", DAY, "--json").json["written"], source.name
        if "Duplicates" not in read_book(path.read_bytes()).placements:
            continue  # its structure is protected: no sheet can be added
        decided(path)
        cells = clients(path)
        done = sheetcrm("merge", path, "--on", DAY, "--json").json
        assert done["merged"] == [{"survivor": "C1", "merged": "C2"}], (source.name, done)
        wrong += [(source.name, "untouched", line) for line in untouched.differences(str(before), str(path))]
        wrong += [(source.name, "invariants", line) for line in new_complaints(before.read_bytes(), path.read_bytes())]
        assert sheetcrm("unmerge", path, "C2", "--on", DAY).code == 0, source.name
        wrong += [(source.name, "cells", name) for name, found in clients(path).items() if found != cells.get(name)]
        tried += 1
    assert (wrong, tried > len(books) * 2 // 3) == ([], True)
