"""Undo after she edited the file, in lists whose rows are partly alike: only our own cells are taken back, and all of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import copy
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine
from owner_hand import Page, edited

ON = "2026-11-22"
CLIENTS = ("Name", "Phone", "Hair type")
VISITS = ("Date", "Client", "Service", "Amount", "Time")
Edit = Callable[[Any], None]
Sheets = dict[str, list[tuple[Any, ...]]]


def made(path: Path, people: list[tuple[Any, ...]], visits: list[tuple[Any, ...]]) -> Path:
    """A workbook without ids and Excel tables."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, headers, lines in (("Clients", CLIENTS, people), ("Visits", VISITS, visits)):
        page = book.create_sheet(title)
        for line in (headers, *lines):
            page.append(line)
    book.save(path)
    return path


def hers(path: Path) -> Sheets:
    """All cells of her two lists, without what is empty at the ends."""
    book = openpyxl.load_workbook(path)
    found: Sheets = {}
    for title in ("Clients", "Visits"):
        rows = [tuple(row) for row in book[title].iter_rows(values_only=True)]
        width = max(at for row in rows for at, cell in enumerate(row, 1) if cell is not None)
        found[title] = [row[:width] for row in rows if any(cell is not None for cell in row)]
    return found


def undone(sheetcrm: CommandLine, book: Path, edit: Edit) -> tuple[Sheets, Sheets, str]:
    """Refresh, edit, undo: what stands there, what should (the edit made in the file as it was), and what was said."""
    as_it_was = book.with_name("before.xlsx")
    as_it_was.write_bytes(book.read_bytes())
    assert sheetcrm("refresh", book, "--on", ON).code == 0
    for path in (book, as_it_was):
        with edited(path) as file:
            edit(file)
    done = sheetcrm("undo", book)
    assert done.code == 0
    return hers(book), hers(as_it_was), done.err


# single edits of an owner: each is given a page, and does the same in a list with our columns and in one without


def typed(page: Page, row: int, column: int) -> None:
    page.cell(row, column).value = date(2026, 8, 1) if page.cell(1, column).value == "Date" else "typed"


def deleted(page: Page, row: int) -> None:
    page.delete_rows(row)


def pasted(page: Page, row: int) -> None:
    for cell in list(page[row]):
        below = page.cell(page.max_row if cell.column > 1 else page.max_row + 1, cell.column)
        below.value, below._style = cell.value, copy(cell._style)


def put_in(page: Page, row: int) -> None:
    page.insert_rows(row)
    page.cell(row, 1).value = date(2026, 9, 9) if page.title == "Visits" else "Nina White"


def turned_round(page: Page) -> None:
    lines = [[cell.value for cell in line] for line in page.iter_rows(min_row=2)]
    for number, line in enumerate(reversed(lines), 2):
        for column, value in enumerate(line, 1):
            page.cell(number, column).value = value


def drawn(seed: int) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], Edit]:
    """Draw a list with rows that are alike, and one edit."""
    chance = random.Random(seed)  # noqa: S311 - the same lists each time
    pool = [
        ("Ewa Lis", None, None),
        ("Ewa Lis", None, "curly"),
        ("Jan Duda", "+48 600 100 001", None),
        ("Ola Nowak", "+48 600 100 002", "fair"),
    ]
    people = [chance.choice(pool) for _ in range(chance.randint(2, 7))]
    days = [date(2026, 9, 1), date(2026, 10, 1)]
    visits = [
        (
            chance.choice(days),
            chance.choice(pool)[chance.randint(0, 1)] or "Jan Duda",
            "Cut",
            50,
            chance.choice((0.5208333333333334, 0.5)),
        )
        for _ in range(chance.randint(1, 8))
    ]
    title = chance.choice(("Clients", "Visits"))
    lines, width = (people, len(CLIENTS)) if title == "Clients" else (visits, len(VISITS))
    row, column = chance.randint(2, len(lines) + 1), chance.randint(1, width)
    ways: list[Callable[[Page], None]] = [
        lambda page: typed(page, row, column),
        lambda page: typed(page, row, column),
        lambda page: deleted(page, row),
        lambda page: pasted(page, row),
        lambda page: put_in(page, row),
        turned_round,
    ]
    way = chance.choice(ways)
    return people, visits, lambda book: way(book[title])


@pytest.mark.parametrize("seed", range(24))
def test_undo_leaves_the_list_as_it_was_and_what_she_did_since_whichever_rows_are_alike(
    tmp_path: Path, sheetcrm: CommandLine, seed: int
) -> None:
    people, visits, edit = drawn(seed)
    found, wanted, said = undone(sheetcrm, made(tmp_path / "list.xlsx", people, visits), edit)
    assert (found, said) == (wanted, "")
