"""What stands below a plain list, or between its rows: a legend is no client, and no client is a legend."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from command_line import CommandLine
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.table import Table

from sheetcrm.crm.linkage.known_names import known_names
from sheetcrm.crm.tables import Column
from sheetcrm.running import open_workbook
from sheetcrm.workbook.footing import without_notes

HEADER = "Name | Phone | Email | Birthday"
LIST = """\
    Anna Nowak | +48 600 000 101 | anna@example.com | 1990-03-08
    Ola Lis    | +48 600 000 102 |                  |
    Ewa Kot    |             | ewa@example.com  |"""


def rows_of(text: str) -> list[list[object]]:
    """Return the rows of a text table; a line of nothing is a blank row."""
    lines = [line.strip() for line in text.split("\n")]
    return [[cell.strip() or None for cell in line.split("|")] if line else [] for line in lines]


def book_of(path: Path, text: str, header: str = HEADER, title: str = "Clients") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for number, row in enumerate([*rows_of(header), *rows_of(text)], 1):
        for column, cell in enumerate(row, 1):
            sheet.cell(number, column).value = cell  # type: ignore[assignment]
    book.save(path)
    return path


def names(path: Path, below: str) -> list[str]:
    """Return the clients that are found in the list with something below it."""
    clients = open_workbook(book_of(path / "list.xlsx", f"{LIST}\n{below}")).clients
    return [str(name) for name in clients["name"]]


THREE = ["Anna Nowak", "Ola Lis", "Ewa Kot"]
NOTES = {
    "a line": "\nLegend: red = VIP",
    "a line right below": "Legend: red = VIP",
    "stars right below": "* = VIP\n** = moved away",
    "a block": "\n\nLegend\nred | VIP\ngreen | new client",
    "a block right below": "Legenda:\nczerwony\nzielony",
    "colours without a title": "\nred | VIP\ngreen | new",
    "notes": "\nUwagi\nCall Anna before Friday\nOrder shampoo",
    "notes in Cyrillic": "\nПримітки\nЗателефонувати Анні\nКупити шампунь",
    "a count": "\nClients: 3",
    "a day of change": "\nUpdated on 12 March",
    "another table": "\nService | Price\nCut | 40\nColour | 80",
    "a legend further right": "\n | | Legend:\n | | red = VIP",
    "a line and a word": "-----\nred = VIP",
    "two blocks": "\nLegend:\nred | VIP\n\nNotes:\nOrder shampoo",
    "a table of codes": "\nCode | Meaning\nV | very good\nX | never again",
    "a table of codes right below": "Kod | Znaczenie\nV | bardzo dobra\nX | nigdy więcej",
    "a table of signs in Cyrillic": "\nСкорочення | Опис\nП | постійна",
    "the header printed again": "Name | Phone | Email | Birthday",
}


@pytest.mark.parametrize("below", NOTES.values(), ids=NOTES)
def test_a_legend_below_a_plain_list_is_no_client(tmp_path: Path, below: str) -> None:
    assert names(tmp_path, below) == THREE


CLIENTS = {
    "a phone after a blank row": ("\nBasia | +48 600 000 105", ["Basia"]),
    "a birthday after many blank rows": ("\n\n\n\n\nBasia | | | 8 March", ["Basia"]),
    "a name alone": ("\nBasia Wilk", ["Basia Wilk"]),
    "a first name alone": ("\nBasia", ["Basia"]),
    "names alone": ("\nBasia Wilk\nJan Maria O’Hara\nЄва Кіт", ["Basia Wilk", "Jan Maria O’Hara", "Єва Кіт"]),
    "a name with a phone that is none": ("\nBasia | none yet", ["Basia"]),
    "a note right below new names": ("\nBasia Wilk\nUwagi: zadzwonić do Basi", ["Basia Wilk"]),
    "a client below a legend": ("\nLegend: red = VIP\n\nBasia Wilk | +48 600 000 105", ["Basia Wilk"]),
    "a title above more clients": (
        "\nNew clients:\nBasia | +48 600 000 105\nKasia | +48 600 000 106",
        ["Basia", "Kasia"],
    ),
    "the header printed again above more clients": (
        "Name | Phone | Email | Birthday\nBasia | +48 600 000 105",
        ["Basia"],
    ),
    "names below a title": ("\nNew clients:\nBea Two\nCora", ["Bea Two", "Cora"]),
    "a client below a table of codes": (
        "\nCode | Meaning\nV | very good\n\nBasia Wilk | +48 600 000 105",
        ["Basia Wilk"],
    ),
    "a client right below headers of codes": ("\nCode | Meaning\nBasia | +48 600 000 105", ["Basia"]),
    "names below a year": ("\n2026:\nBea Two\nCora 2", ["Bea Two", "Cora 2"]),
    "names as people write them": (
        "\nbasia\nAnna 2\nMonika?\nAnna - siostra Oli\nMaría del Carmen López de la Torre",
        ["basia", "Anna 2", "Monika?", "Anna - siostra Oli", "María del Carmen López de la Torre"],
    ),
    "names with a word for a phone": ("\nKasia | zapytać\nBasia | zapytać", ["Kasia", "Basia"]),
    "a starred name": ("*Kasia", ["*Kasia"]),
    "an odd name with a phone": ("\n2. Basia = new! | +48 600 000 105", ["2. Basia = new!"]),
}


@pytest.mark.parametrize(("below", "more"), CLIENTS.values(), ids=CLIENTS)
def test_a_client_below_a_gap_is_one_whatever_stands_around_her(tmp_path: Path, below: str, more: list[str]) -> None:
    assert names(tmp_path, below) == [*THREE, *more]


def test_a_visit_below_a_gap_is_one_however_its_client_is_named(tmp_path: Path) -> None:
    path = book_of(tmp_path / "list.xlsx", LIST)
    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet("Visits")
    visits = (
        "Date|Client|Service|Amount\n2026-03-08|Anna Nowak|Cut|50\n\n"
        "yesterday|Kasia 2|Cut|60\n|anna@example.com|Cut|70\n|600 000 101||"
    )
    for number, row in enumerate(rows_of(visits), 1):
        for column, cell in enumerate(row, 1):
            sheet.cell(number, column).value = cell
    book.save(path)
    assert list(open_workbook(path).visits["client"]) == ["Anna Nowak", "Kasia 2", "anna@example.com", "600 000 101"]


def test_a_list_of_people_in_lower_case_stays_one(tmp_path: Path) -> None:
    book = book_of(
        tmp_path / "list.xlsx",
        "anna | +48 600 000 101\nola | +48 600 000 102\n\nbasia wilk\nkasia\n\nlegend: red = vip",
    )
    assert list(open_workbook(book).clients["name"]) == ["anna", "ola", "basia wilk", "kasia"]


def test_what_stands_below_visits_and_prices_is_none_of_them(tmp_path: Path) -> None:
    path = book_of(tmp_path / "list.xlsx", LIST)
    book = openpyxl.load_workbook(path)
    for title, rows in (
        ("Visits", "Date|Client|Amount\n8 March 2026|Anna Nowak|50\n\n|Razem marzec|50\n\n* paid by card"),
        ("Services", "Service|Price\nCut|40\n\nColour 50 ml|80\nWashing\n\nPrices: from March"),
    ):
        sheet = book.create_sheet(title)
        for number, row in enumerate(rows_of(rows), 1):
            for column, cell in enumerate(row, 1):
                sheet.cell(number, column).value = cell
    book.save(path)
    opened = open_workbook(path)
    assert list(opened.visits["client"]) == ["Anna Nowak"]
    assert list(opened.services["service"]) == ["Cut", "Colour 50 ml", "Washing"]


def test_a_legend_gets_no_id_no_figure_and_no_problem_and_stays_as_it_is(sheetcrm: CommandLine, tmp_path: Path) -> None:
    path = book_of(tmp_path / "list.xlsx", LIST + "\n\nLegend\nred | VIP\ngreen | new client")
    done = sheetcrm("refresh", path, "--on", "2026-03-01", "--json")
    assert (done.json["problems"], done.json["written"]) == (0, True)
    sheet = openpyxl.load_workbook(path)["Clients"]
    assert [[cell.value for cell in row if cell.value is not None] for row in sheet.iter_rows(min_row=5)] == [
        [],
        ["Legend"],
        ["red", "VIP"],
        ["green", "new client"],
    ]
    ids = [row[-1].value for row in sheet.iter_rows(min_row=2, max_row=4, max_col=5)]
    assert all(value is not None for value in ids)
    assert sheetcrm("refresh", path, "--on", "2026-03-01", "--json").json["written"] is False


def test_blank_rows_right_below_the_header_and_between_the_rows_change_nothing(tmp_path: Path) -> None:
    book = book_of(tmp_path / "list.xlsx", "\nAnna Nowak | +48 600 000 101\n\n\nOla Lis | +48 600 000 102")
    assert list(open_workbook(book).clients.index) == [3, 6]


def test_a_row_typed_right_below_an_excel_table_is_a_client_and_a_legend_there_is_none(tmp_path: Path) -> None:
    path = book_of(tmp_path / "list.xlsx", f"{LIST}\nBasia Wilk | +48 600 000 105\nLegend: red = VIP")
    book = openpyxl.load_workbook(path)
    book["Clients"].add_table(Table(displayName="Clients", ref="A1:D4"))
    book.save(path)
    assert list(open_workbook(path).clients["name"]) == [*THREE, "Basia Wilk"]


FIRST_NAMES = "Imię | Telefon"
FIRST = ["Ola", "Kasia", "Basia", "Ewa", "Zosia", "Iza"]
PETS = ["Olanka", "Kropka", "Mysia", "Kizia", "Ewanka", "Bąbel"]
LIKE_NOTES = [
    "Ewa = siostra Oli",
    "Mama Zosi: Anna",
    "Ola (od Ewy): pies",
    "Zofia: siostra Ewy",
    "Ola?",
    "- Kasia",
    "* Anna od psa",
    "Pani z psem: 3 piętro",
    "Ewa:",
]


def kept_names(path: Path, rows: list[str], header: str = FIRST_NAMES) -> list[str]:
    """Return the clients of a list, by all that stands in the cells of the name."""
    clients = open_workbook(book_of(path / "list.xlsx", "\n".join(rows), header)).clients
    return [str(name) for name in clients["first_name" if header == FIRST_NAMES else "name"]]


@pytest.mark.parametrize("like_note", LIKE_NOTES)
@pytest.mark.parametrize("phone", ["", " | 601 234 567"])
def test_one_name_that_looks_like_a_note_takes_no_name_below_it_along(
    tmp_path: Path, like_note: str, phone: str
) -> None:
    rows = [*(name + phone for name in FIRST), like_note, *PETS]
    assert kept_names(tmp_path, rows) == [*FIRST, like_note, *PETS]


def test_names_with_signs_at_the_end_of_a_list_and_after_a_gap_are_clients(tmp_path: Path) -> None:
    ends = ["Jan - mąż Oli", "Zofia: siostra Ewy", "Ola?", "- Kasia"]
    assert names(tmp_path, "\n".join(ends)) == [*THREE, *ends]
    assert names(tmp_path, "\n" + "\n".join(ends)) == [*THREE, *ends]
    assert names(tmp_path, "\nZofia: siostra\nOla = Ola2") == [*THREE, "Zofia: siostra", "Ola = Ola2"]


ENDS = {
    "two of them": ("Czerwony = VIP\nZielony = nowa klientka", []),
    "one and a word in lower case": ("Kolor komórki: znaczenie\nczerwony", []),
    "one alone, right below a list": ("Kropka = siostra Mysi", ["Kropka = siostra Mysi"]),
    "one and prices, after a gap": ("\nCennik: od marca\nManicure 50 zł", []),
    "one alone, after a gap": ("\nCzerwony = VIP", []),
    "a line, and names": ("-----\nKropka\nMysia", ["Kropka", "Mysia"]),
    "a note, and names": ("Uwagi: zadzwonić po 17\nKropka\nMysia", ["Kropka", "Mysia"]),
    "a title, and names": ("Nasze panie:\nKropka\nMysia", ["Kropka", "Mysia"]),
    "a legend with a colour like a name": ("\nLegenda\nRosa = VIP\nViola = nuova", []),
    "a note with a given name and a number": ("Parking: za domem\nAnna | 602", ["Parking: za domem", "Anna"]),
}


@pytest.mark.parametrize(("below", "more"), ENDS.values(), ids=ENDS)
def test_what_may_be_a_name_or_a_note_is_a_note_only_where_no_names_follow(
    tmp_path: Path, below: str, more: list[str]
) -> None:
    assert names(tmp_path, below) == [*THREE, *more]


def test_services_that_look_like_notes_take_no_service_along(tmp_path: Path) -> None:
    path = book_of(tmp_path / "list.xlsx", LIST)
    book = openpyxl.load_workbook(path)
    services = ["Manicure", "Hybryda: zdjęcie", "Pedicure", "Anna: masaż", "Brwi", "* ceny od marca"]
    sheet = book.create_sheet("Services")
    for row in (["Service", "Price"], *([name] for name in services)):
        sheet.append(row)
    book.save(path)
    assert list(open_workbook(path).services["service"]) == services[:-1]


_GIVEN = sorted(name for name in known_names().spelt.groups if len(name) > 1)
_given = st.sampled_from(_GIVEN).map(str.capitalize)
_texts = st.one_of(
    _given,
    st.tuples(
        _given, st.sampled_from(["Nowak", "z 3 piętra", "2", "?", "(od Ewy): pies", "= siostra Oli", ": pies"])
    ).map(" ".join),
    st.tuples(st.sampled_from(["- ", "* ", "→ "]), _given).map("".join),
)
_others = st.sampled_from(
    [
        "Kropka = siostra Mysi",
        "Parking: za domem",
        "-----",
        "* opłacone",
        "red = VIP",
        "Nasze panie:",
        "Kropka",
        "12 = x",
    ]
)
_phones = st.sampled_from([None, "601 234 567", "zapytać"])
_rows = st.lists(
    st.tuples(st.sampled_from(["known", "other", "blank"]), _texts, _others, _phones), min_size=1, max_size=30
)


@given(_rows)
def test_every_row_that_begins_with_a_given_name_stays_a_client_whatever_stands_around_it(
    rows: list[tuple[str, str, str, str | None]],
) -> None:
    known = [n for n, row in enumerate(rows, 1) if row[0] == "known"]
    names = [{"known": name, "other": other, "blank": None}[kind] for kind, name, other, _ in rows]
    phones = [phone if kind == "known" else None for kind, *_, phone in rows]
    columns = {"name": Column.encode(["Anna Nowak", *names]), "phone": Column.encode(["600 000 101", *phones])}
    kept = without_notes("Clients", columns, columns["name"].filled)
    assert [(names[n - 1], phones[n - 1]) for n in known if not kept[n]] == []
