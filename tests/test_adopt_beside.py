"""A list with another one beside it, or with her filter over it: no column of ours is put where sorting would leave it behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
from command_line import CommandLine
from openpyxl.utils import get_column_letter
from owner_lists import rows, written

from sheetcrm.languages.adopting import say
from sheetcrm.workbook.headers import without_price_list

ON = "2026-11-22"


def beside_prices(path: Path, *, filtered: str = "", beside: tuple[str, ...] = ("I7", "J7")) -> Path:
    """A list in D7:G10 with, beyond an empty column, a price list of two services."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "Clienti"
    for row in [
        ("Cognome", "Nome", "Cellulare", "Compleanno"),
        ("Rossi", "Maria", "+39 333 100 0001", "3.5.1990"),
        ("Bianchi", "Anna", "+39 333 100 0002", "4.5.1990"),
        ("Verdi", "Elena", "+39 333 100 0003", "5.5.1990"),
    ]:
        page.append([None, None, None, *row])
    page.insert_rows(1, 6)
    prices: list[list[Any]] = [["Servizio", "Taglio", "Piega"], ["Prezzo", 20, 15]]
    for start, texts in zip(beside, prices, strict=False):
        cell = page[start]
        for at, text in enumerate(texts):
            page.cell(cell.row + at, cell.column).value = text
    page.auto_filter.ref = filtered or None
    book.save(path)
    return path


def test_no_column_is_put_where_her_filter_would_leave_it_behind(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = beside_prices(tmp_path / "clienti.xlsx", filtered="D7:G10")
    before = book.read_bytes()
    done = sheetcrm("adopt", book, "--on", ON)
    assert (done.code, done.err.count("\n"), book.read_bytes() == before) == (3, 1, True)
    assert "il filtro nel foglio «Clienti» comprende D7:G10 e non può" in done.err


def test_a_price_list_beside_the_list_is_no_part_of_it(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = beside_prices(tmp_path / "clienti.xlsx", filtered="I7:J9")
    found = sheetcrm("adopt", book, "--on", ON, "--json").json
    assert (list(found["mapping"].values()), found["unknown"]) == (["last_name", "first_name", "phone", "birthday"], [])
    page = openpyxl.load_workbook(book)["Clienti"]
    assert (page.auto_filter.ref, page["K7"].value, page["L7"].value) == ("I7:J9", None, "ID")
    assert sheetcrm("refresh", book, "--on", ON, "--json").json["written"] is False


def test_columns_beyond_another_list_are_told_to_be_apart(sheetcrm: CommandLine, tmp_path: Path) -> None:
    said = sheetcrm("adopt", beside_prices(tmp_path / "clienti.xlsx"), "--on", ON, "--language", "it").out
    assert say("it", "columns_apart") in said.splitlines()
    alone = sheetcrm("adopt", beside_prices(tmp_path / "altri.xlsx", beside=()), "--on", ON, "--language", "it").out
    assert say("it", "columns_apart") not in alone.splitlines()


def test_a_refresh_lets_her_filter_cover_its_columns_and_else_leaves_out_the_ids(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    free = beside_prices(tmp_path / "libero.xlsx", filtered="D7:G10", beside=())
    sheetcrm("refresh", free, "--on", ON)
    page = openpyxl.load_workbook(free)["Clienti"]
    last = get_column_letter(page.max_column)
    assert (page["H7"].value, page.auto_filter.ref) == ("ID", f"D7:{last}10")

    book = beside_prices(tmp_path / "clienti.xlsx", filtered="D7:G10")
    done = sheetcrm("refresh", book, "--on", ON)
    loaded = openpyxl.load_workbook(book)
    page = loaded["Clienti"]
    assert "comprende D7:G10 e non può estendersi oltre" in done.err
    assert "ID" not in [cell.value for cell in page[7]]
    for row in page["I7:J9"]:
        for cell in row:
            cell.value = None
    loaded.save(book)
    assert sheetcrm("refresh", book, "--on", ON).err == ""
    page = openpyxl.load_workbook(book)["Clienti"]
    assert (page["H7"].value, page["H8"].value, page.auto_filter.ref) == ("ID", "C1", "D7:H10")


def test_columns_of_the_list_beyond_a_narrow_empty_one_stay_its_own() -> None:
    headers = {1: "Cliente", 2: "Telefono", 4: "Servizio", 5: "Prezzo"}
    same: list[list[Any]] = [["Anna", "1", None, "Taglio", 20], ["Ola", "2", None, "Piega", 15]]
    fewer = [*same, ["Ewa", "3"]]
    assert without_price_list(headers, same) == headers
    assert without_price_list(headers, fewer) == {1: "Cliente", 2: "Telefono"}
    assert without_price_list(headers, [[*line, *("x",) * 5][:5] for line in fewer]) == headers  # no column is empty
    assert without_price_list(headers, fewer, ours=[4]) == headers


def test_what_stands_at_the_edge_of_the_sheet_is_named(sheetcrm: CommandLine, tmp_path: Path) -> None:
    def to_the_edge(made: Any, page: Any) -> None:
        rows(made, page)
        page.write(0, 16383, "koniec")

    book = written(tmp_path / "salon.xlsx", to_the_edge)
    before = book.read_bytes()
    done = sheetcrm("adopt", book, "--on", ON)
    assert (done.code, "„Arkusz1” coś stoi w XFD1," in done.err, book.read_bytes() == before) == (3, True, True)
