"""A list with something beside it, or with her filter over it: no column of ours is put where sorting would leave it behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table

from sheetcrm import open_workbook
from sheetcrm.languages.adopting import say
from sheetcrm.workbook.price_lists import without_price_list

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
    found = sheetcrm("adopt", book, "--on", ON, "--apart", "--json").json
    assert (list(found["mapping"].values()), found["unknown"]) == (["last_name", "first_name", "phone", "birthday"], [])
    page = openpyxl.load_workbook(book)["Clienti"]
    assert (page.auto_filter.ref, page["K7"].value, page["L7"].value) == ("I7:J9", None, "ID")
    assert sheetcrm("refresh", book, "--on", ON, "--json").json["written"] is False


LIST = (("Imię", "Nazwisko", "Telefon"), ("Anna", "Lis", "601234567"), ("Ola", "Kot", "601234568"))
OWN_FIRST = ["ID", "E-mail", "Data urodzenia"]


def made(path: Path, beside: dict[str, Any], tables: dict[str, str] | None = None) -> Path:
    """The list in A1:C3 with these cells beside it, and Excel tables (names by their area)."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "Klienci"
    for row in LIST:
        page.append(row)
    for ref, value in beside.items():
        page[ref] = value
    for area, name in (tables or {}).items():
        page.add_table(Table(displayName=name, ref=area))
    book.save(path)
    return path


HERS = {"A1:C3": "Tabela1"}
PRICES = {"E1": "Usługa", "F1": "Cena", "E2": "Manicure", "F2": 80, "E3": "Pedicure", "F3": 90}
ADJACENT = {"D1": "Usługa", "E1": "Cena", "D2": "Manicure", "E2": 80, "D3": "Pedicure", "E3": 90}
SPILL = {"E1": ArrayFormula("E1:G3", "=SORT(A1:C3)")}


@pytest.mark.parametrize(
    ("beside", "tables", "cell", "apart"),
    [
        ({"E1": "Legenda", "E2": "czerwony = VIP"}, {}, "E1", True),
        ({"F3": "← zadzwonić!"}, {}, "F3", True),
        ({"E30": "ceny od maja"}, {}, "E30", True),
        ({"E1": "Imię", "F1": "Telefon", "E2": "Iga", "F2": "601234560"}, {}, "E1", True),
        (PRICES, {"E1:F3": "Cennik"}, "E1:F3", True),
        (ADJACENT, {"D1:E3": "Cennik"}, "D1:E3", True),
        (SPILL, {}, "E1:G3", True),
        ({"E1": "Legenda"}, HERS, "E1", False),
        ({"D1": "stan na 1.11.2026"}, HERS, "D1", False),
        ({"F1": "=COUNTA(A:A)-1"}, HERS, "F1", False),
        (PRICES, HERS, "E1", False),
        (PRICES, HERS | {"E1:F3": "Cennik"}, "E1:F3", False),
        (ADJACENT, HERS | {"D1:E3": "Cennik"}, "D1:E3", False),
        (SPILL, HERS, "E1:G3", False),
    ],
    ids=[
        "a legend", "a note", "below the list", "another list", "a table", "a table right beside it", "a spilling formula",
        "a legend, a table", "a note right beside a table", "a count, a table", "prices, a table", "two tables",
        "two tables side by side", "a spilling formula, a table",
    ],
)  # fmt: skip
def test_what_stands_where_her_sorting_would_end_is_named_and_nothing_is_written(
    sheetcrm: CommandLine, tmp_path: Path, beside: dict[str, Any], tables: dict[str, str], cell: str, apart: bool
) -> None:
    book = made(tmp_path / "salon.xlsx", beside, tables)
    before = book.read_bytes()
    done = sheetcrm("adopt", book, "--on", ON, "--language", "pl")
    told = sheetcrm("adopt", book, "--on", ON, "--json").json["error"]
    assert (done.code, done.out, done.err.count("\n"), told["code"]) == (3, "", 1, "cells-taken")
    assert f"w arkuszu „Klienci” coś stoi w {cell}, więc na prawo od listy nie ma miejsca" in done.err
    assert ("--apart" in done.err) is apart
    assert (book.read_bytes() == before, [path.name for path in tmp_path.glob("*.xlsx")]) == (True, ["salon.xlsx"])


def test_with_her_word_columns_come_beyond_what_stands_there_and_each_time_that_is_said(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = made(tmp_path / "salon.xlsx", {"E1": "Legenda", "E2": "czerwony = VIP"})
    tried = sheetcrm("adopt", book, "--on", ON, "--language", "pl", "--apart", "--dry-run")
    assert say("pl", "columns_apart") in tried.out.splitlines()
    assert sheetcrm("adopt", book, "--on", ON, "--language", "pl", "--apart", "--json").json["apart"] is True
    page = openpyxl.load_workbook(book)["Klienci"]
    assert ([page[f"{at}1"].value for at in "DEFGHI"], len(page.tables)) == ([None, "Legenda", None, *OWN_FIRST], 0)
    again = sheetcrm("adopt", book, "--on", ON, "--json").json
    assert (again["written"], again["apart"]) == (False, False)
    assert "„ID” (G:G) stoi osobno od listy" in sheetcrm("refresh", book, "--on", ON).err


def test_check_says_that_ids_stand_apart_as_a_refresh_does(sheetcrm: CommandLine, tmp_path: Path) -> None:
    apart = made(tmp_path / "salon.xlsx", {"E1": "Legenda"})
    beside = made(tmp_path / "lista.xlsx", {})
    for book in (apart, beside):
        sheetcrm("adopt", book, "--on", ON, "--apart")
    said = [sheetcrm("check", book, "--on", ON).err for book in (apart, beside)]
    assert ("„ID” (G:G) stoi osobno od listy" in said[0], said[1]) == (True, "")


@pytest.mark.parametrize(
    ("beside", "first", "told"),
    [
        ({"D3": "zadzwonić!"}, "E1", "D"),
        ({"D2": "vip", "D3": "vip"}, "E1", "D"),
        ({"D2": "vip", "E3": "nie dzwonić"}, "F1", "D, E"),
        ({"D2": '=""'}, "E1", "D"),
        ({"D3": " "}, "E1", "D"),
    ],
    ids=["a note", "a full column", "two columns", "a formula that gives nothing", "a blank"],
)
def test_a_column_without_a_header_beside_the_list_moves_along_and_ours_come_after_it(
    sheetcrm: CommandLine, tmp_path: Path, beside: dict[str, Any], first: str, told: str
) -> None:
    book = made(tmp_path / "salon.xlsx", beside)
    done = sheetcrm("adopt", book, "--on", ON, "--language", "pl", "--yes")
    assert (done.code, say("pl", "unheaded", columns=told) in done.out, done.err) == (0, True, "")
    page = openpyxl.load_workbook(book)["Klienci"]
    assert (page[first].value, page["D1"].value, {ref: page[ref].value for ref in beside}) == ("ID", None, beside)
    again = sheetcrm("refresh", book, "--on", ON)
    assert (again.code, again.err, sheetcrm("refresh", book, "--on", ON, "--json").json["written"]) == (0, "", False)


def test_a_refresh_puts_its_columns_after_one_without_a_header_too(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = made(tmp_path / "salon.xlsx", {"D3": "zadzwonić!"})
    assert sheetcrm("refresh", book, "--on", ON).err == ""
    page = openpyxl.load_workbook(book)["Klienci"]
    assert [page[ref].value for ref in ("D1", "D3", "E1", "E3")] == [None, "zadzwonić!", "ID", "C2"]


def test_ids_that_stand_apart_since_the_note_between_is_gone_are_told(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = made(tmp_path / "salon.xlsx", {"D3": "zadzwonić!"})
    sheetcrm("adopt", book, "--on", ON)
    loaded = openpyxl.load_workbook(book)
    loaded["Klienci"]["D3"].value = None
    loaded.save(book)
    assert "„ID” (E:E) stoi osobno od listy" in sheetcrm("refresh", book, "--on", ON).err


@pytest.mark.parametrize(("cell", "tables"), [("E3", {}), ("D3", HERS)], ids=["beyond a gap", "beside a table"])
@pytest.mark.parametrize("content", [" ", '=""'])
def test_a_cell_that_only_looks_empty_is_named_as_such_and_kept(
    sheetcrm: CommandLine, tmp_path: Path, cell: str, tables: dict[str, str], content: str
) -> None:
    book = made(tmp_path / "salon.xlsx", {cell: content}, tables)
    before = book.read_bytes()
    done = sheetcrm("adopt", book, "--on", ON, "--language", "pl")
    assert (done.code, f"komórka {cell} tylko wygląda na pustą" in done.err, book.read_bytes() == before) == (
        3,
        True,
        True,
    )


def test_an_excel_table_is_never_torn_apart_even_where_she_lets_columns_stand_apart(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = made(tmp_path / "salon.xlsx", {"E1": "Legenda"}, HERS)
    assert sheetcrm("adopt", book, "--on", ON, "--apart").code == 3


@pytest.mark.parametrize(("far", "code"), [("AH1", 0), ("AG1", 3)], ids=["one column is left free", "none is left"])
def test_columns_are_put_into_a_gap_that_has_room_for_all(
    sheetcrm: CommandLine, tmp_path: Path, far: str, code: int
) -> None:
    book = made(tmp_path / "salon.xlsx", {far: "Legenda", far[:-1] + "2": "czerwony = VIP"})
    done = sheetcrm("adopt", book, "--on", ON, "--language", "pl", "--json")
    assert done.code == code
    if code == 0:
        page = openpyxl.load_workbook(book)["Klienci"]
        assert [page[f"{at}1"].value for at in ("D", "E", "F", "AG", "AH")] == [*OWN_FIRST, None, "Legenda"]
        assert [table.ref for table in page.tables.values()] == ["A1:AF3"]
        assert "Legenda" in done.json["unknown"]
        assert sheetcrm("refresh", book, "--on", ON, "--json").json["written"] is False


@pytest.mark.parametrize("tables", [HERS, {}], ids=["a table", "a plain list"])
def test_another_table_below_the_level_of_the_list_takes_none_of_its_rows(
    sheetcrm: CommandLine, tmp_path: Path, tables: dict[str, str]
) -> None:
    prices = {"E3": "Usługa", "F3": "Cena", "E4": "Manicure", "F4": 80}
    book = made(tmp_path / "salon.xlsx", prices, tables | {"E3:F4": "Cennik"})
    assert sheetcrm("check", book, "--on", ON, "--json").json["counts"] == {}
    assert len(open_workbook(book).raw.tables["Clients"]) == 2


def test_a_column_of_another_table_is_none_of_the_clients(tmp_path: Path) -> None:
    found = [
        open_workbook(made(tmp_path / f"{number}.xlsx", cells, tables)).raw.tables["Clients"].headers
        for number, (cells, tables) in enumerate(
            [
                (PRICES, HERS | {"E1:F3": "Cennik"}),
                (PRICES, {"E1:F3": "Cennik"}),
                (ADJACENT, {"D1:E3": "Cennik"}),
                (PRICES, HERS),
            ]
        )
    ]
    assert [list(headers.values()) for headers in found] == [[*LIST[0]]] * 4


def test_a_table_over_a_part_of_the_list_does_not_cut_it(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (("Kto", "Telefon", "Imię"), ("a", "601234567", "Anna"), ("b", "601234568", "Ola")):
        book.worksheets[0].append(row)
    book.worksheets[0].add_table(Table(displayName="T", ref="A1:B3"))
    book.save(tmp_path / "salon.xlsx")
    assert [*open_workbook(tmp_path / "salon.xlsx").raw.tables["Clients"].headers] == ["phone", "first_name", "kto"]


def test_a_refresh_writes_no_ids_where_her_sorting_would_leave_them_behind_and_says_so(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = made(tmp_path / "salon.xlsx", {"E1": "Legenda", "E2": "czerwony = VIP"})
    done = sheetcrm("refresh", book, "--on", ON)
    loaded = openpyxl.load_workbook(book)
    headers = [cell.value for cell in loaded["Klienci"][1]]
    assert headers == [*LIST[0], None, "Legenda", None, "Wiek", "Do poprawy"]
    assert "coś stoi w E1, więc nie ma miejsca na: ID, Połączono z" in done.err
    for cell in ("E1", "E2"):
        loaded["Klienci"][cell].value = None
    loaded.save(book)
    assert sheetcrm("refresh", book, "--on", ON).err == ""
    assert openpyxl.load_workbook(book)["Klienci"]["D1"].value == "ID"


@pytest.mark.parametrize("row", ["2", "3"])
def test_a_row_of_headers_that_she_names_is_taken_or_refused_and_never_another(
    sheetcrm: CommandLine, tmp_path: Path, row: str
) -> None:
    book = made(tmp_path / "salon.xlsx", {})
    done = sheetcrm("adopt", book, "--on", ON, "--header-row", row, "--column", "Imię=first_name", "--language", "pl")
    shown = ", ".join(LIST[int(row) - 1])
    assert (
        done.code,
        f"wiersz {row} arkusza „Klienci” nie zawiera żadnego znanego nagłówka; jest w nim: {shown}." in done.err,
    ) == (3, True)
    taken = sheetcrm("adopt", book, "--on", ON, "--header-row", "2", "--column", "Anna=first_name", "--json").json
    assert (taken["header_row"], taken["mapping"], taken["clients"]) == (2, {"Anna": "first_name"}, 1)


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
    found = (page["H7"].value, page["H8"].value, page["I7"].value, page.auto_filter.ref)
    assert found == ("ID", "C1", "Unito a", "D7:I10")


def test_columns_of_the_list_beyond_a_narrow_empty_one_stay_its_own() -> None:
    headers = {1: "Cliente", 2: "Telefono", 4: "Servizio", 5: "Prezzo"}
    same: list[list[Any]] = [["Anna", "1", None, "Taglio", 20], ["Ola", "2", None, "Piega", 15]]
    fewer = [*same, ["Ewa", "3"]]
    assert without_price_list(headers, same) == headers
    assert without_price_list(headers, fewer) == {1: "Cliente", 2: "Telefono"}
    assert without_price_list(headers, [[*line, *("x",) * 5][:5] for line in fewer]) == headers  # no column is empty
    assert without_price_list(headers, fewer, ours=[4]) == headers


def test_what_stands_at_the_edge_of_the_sheet_is_named(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = made(tmp_path / "salon.xlsx", {"E1": "Legenda", "XFD2": "koniec"})
    before = book.read_bytes()
    done = sheetcrm("adopt", book, "--on", ON, "--language", "pl", "--apart")
    assert (done.code, "„Klienci” coś stoi w E1," in done.err, book.read_bytes() == before) == (3, True, True)
    assert "--apart" not in done.err  # beyond it there is no room either


def test_a_note_at_the_edge_of_the_sheet_is_in_nobodys_way(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = made(tmp_path / "salon.xlsx", {"XFD2": "koniec"})
    assert sheetcrm("adopt", book, "--on", ON, "--json").json["apart"] is False
    assert openpyxl.load_workbook(book)["Klienci"]["D1"].value == "ID"
