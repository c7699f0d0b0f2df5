"""What was filled in ahead of anybody, sums, headings and headers again are no clients; and no client is one of these."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.table import Table

from sheetcrm.crm.tables import CellError, Column
from sheetcrm.languages import LANGUAGES, data, language
from sheetcrm.languages.adopting import say
from sheetcrm.languages.lists import bare_all, is_heading, maybe_headings
from sheetcrm.workbook.layout import find_tables
from sheetcrm.workbook.placement import SheetTop
from sheetcrm.workbook.settling import KeptRows, across, kept_rows

HEADER = "Nr klienta | Imię i nazwisko | Telefon | Miasto | Zgoda SMS"
PEOPLE: list[list[Any]] = [
    [1.0, "Anna Nowak", "600 000 101", "Kraków", None],
    [2.0, "Ola Lis", "600 000 102", "Łódź", "tak"],
    [3.0, "Kasia", None, None, None],
]
Cells = list[list[Any]]


def kept(rows: Cells, header: str = HEADER, formulas: dict[str, set[int]] | None = None, merged: Any = ()) -> KeptRows:
    """What is kept of a list's rows; a row may be shorter than the header."""
    names = [part.strip() for part in header.split("|")]
    placement = next(iter(find_tables([SheetTop("x", [names])], need_clients=False).values()))
    full = [[*row, *[None] * (len(names) - len(row))] for row in rows]
    columns = {name: Column.encode([row[at - 1] for row in full]) for name, at in placement.columns.items()}
    return kept_rows(placement, columns, formulas or {}, across(placement, merged))


def test_a_heading_is_never_taken_at_once_for_a_text_like_others() -> None:
    words = sorted({word for section in data("lists.toml").values() for word in section})
    pairs = [f"{one}{between}{other}" for one in words for other in words for between in (" ", ": ")]
    texts = [form for text in (*words, *pairs) for form in (text, f"2. {text.upper()} - ")]
    headings = {at for at, text in enumerate(texts) if is_heading(text)}
    assert len(headings) > 1000
    assert headings <= set(maybe_headings(bare_all(texts)))
    assert maybe_headings(bare_all(["Anna Nowak", "Kraków", "600 000 101", "Иван Петров"])) == []


def found(rows: Cells, header: str = HEADER, **also: Any) -> list[Any]:
    """The first two filled cells of each row that is kept, in one text."""
    positions = kept(rows, header, **also).positions
    return [" ".join([str(cell) for cell in rows[at] if cell is not None][:2]) for at in positions]


AHEAD: dict[str, Cells] = {
    "checkboxes": [[None, None, None, None, False]] * 30,
    "one checkbox": [[None, None, None, None, False]],
    "a ticked one among them": [[None, None, None, None, at == 3] for at in range(9)],
    "a drop-down's default": [[None, None, None, "Kraków"]] * 30,
    "numbers counted on": [[float(4 + at)] for at in range(30)],
    "numbers counted on as text": [[str(4 + at)] for at in range(30)],
    "all of these": [[float(4 + at), None, "+48", "Kraków", False] for at in range(30)],
    "formulas of names that fail": [[None, CellError("#N/A")]] * 30,
}


@pytest.mark.parametrize("ahead", AHEAD.values(), ids=AHEAD)
def test_what_was_filled_in_ahead_of_anybody_is_no_client(ahead: Cells) -> None:
    rows = [*PEOPLE, *ahead]
    assert (kept(rows).positions.tolist(), kept(rows).left_out.tolist()) == ([0, 1, 2], list(range(3, len(rows))))


def test_formulas_down_the_list_are_nobody_and_a_phone_that_one_puts_together_is_somebodys() -> None:
    rows = [*PEOPLE, *[[None, None, None, f"city {at}"] for at in range(9)], [None, None, "600 000 109"]]
    formulas = {"city": set(range(12)), "phone": {12}}
    assert kept(rows, formulas=formulas).positions.tolist() == [0, 1, 2, 12]


def test_a_person_typed_into_what_was_filled_in_ahead_is_a_client_and_a_legend_there_is_none() -> None:
    default: list[Any] = [None, None, None, "Kraków", False]
    rows = [*PEOPLE, *[default] * 9, [None, "Ewa", None, "Kraków", False], *[default] * 9]
    legend = [None, "Legenda: czerwony = VIP", None, "Kraków", False]
    assert kept([*rows, legend, default]).positions.tolist() == [0, 1, 2, 12]


SOMEBODY: dict[str, list[Any]] = {
    "a phone alone": [None, None, "600 000 109", "Kraków", False],
    "an id with letters alone": ["K-007"],
    "another city": [None, None, None, "Sopot", False],
    "a word for consent": [None, None, None, None, "tak"],
    "a name and a checkbox": [None, "Ewa", None, None, False],
}


@pytest.mark.parametrize("row", SOMEBODY.values(), ids=SOMEBODY)
def test_a_row_with_anything_that_was_typed_is_a_client(row: list[Any]) -> None:
    ahead: list[Any] = [None, None, None, "Kraków", False]
    assert kept([*PEOPLE, row, *[ahead] * 20]).positions.tolist() == [0, 1, 2, 3]


def test_the_day_of_a_visit_without_its_client_counts_and_checkboxes_beside_no_day_do_not() -> None:
    day: list[Any] = ["2026-11-03", "Anna Nowak", "Manicure", 80.0]
    rows = [day, *[["2026-11-03", None, "Manicure", 80.0]] * 7, *[[None, None, "Manicure", False]] * 9]
    assert kept(rows, "Data | Klientka | Zabieg | Cena").positions.tolist() == list(range(8))


NOTED: dict[str, list[Any]] = {
    "a note": [None, None, None, "Kraków", False, "chce umówić się po 17, blondynka z Wieliczki"],
    "a note with a sign": [None, None, None, "Kraków", None, "Kolor: blond"],
    "a word for a phone": [None, None, "oddzwoni", "Kraków", False],
}


@pytest.mark.parametrize("row", NOTED.values(), ids=NOTED)
def test_a_note_typed_into_a_row_that_was_filled_in_ahead_is_somebodys(row: list[Any]) -> None:
    ahead: list[Any] = [None, None, None, "Kraków", False]
    rows = [*PEOPLE, *[ahead] * 7, row, *[ahead] * 7]
    assert kept(rows, f"{HEADER} | Uwagi").positions.tolist() == [0, 1, 2, 10]


@pytest.mark.parametrize("note", ["Legenda:", "* opłacone", "czerwony = VIP"])
def test_a_legend_beside_what_was_filled_in_ahead_is_none(note: str) -> None:
    ahead: list[Any] = [None, None, None, "Kraków", False]
    rows = [*PEOPLE, *[ahead] * 7, [None, None, None, "Kraków", False, note], *[ahead] * 7]
    assert kept(rows, f"{HEADER} | Uwagi").positions.tolist() == [0, 1, 2]


def test_a_word_beside_a_formula_down_the_list_is_nobody() -> None:
    rows = [
        *PEOPLE,
        *[[None, None, None, f"city {at}"] for at in range(9)],
        [None, None, None, "x", None, "przeciętna"],
    ]
    assert kept(rows, f"{HEADER} | Uwagi", {"city": set(range(13))}).positions.tolist() == [0, 1, 2]


def test_a_note_alone_in_a_row_filled_in_ahead_lacks_its_name(sheetcrm: CommandLine, tmp_path: Path) -> None:
    ahead: list[Any] = [None, None, None, "Kraków"]
    note = [*ahead, None, "chce umówić się po 17, blondynka z Wieliczki"]
    book = book_of(tmp_path / "list.xlsx", [*PEOPLE, *[ahead] * 4, note, *[ahead] * 4], f"{HEADER} | Uwagi")
    problems = sheetcrm("check", book, "--json").json["problems"]
    assert [(one["code"], one["row"]) for one in problems if one["code"] == "missing-required"] == [
        ("missing-required", 9)
    ]


TOTALS = (
    "TOTALE CLIENTI | Number of clients | Średnia | Liczba klientek: | Łącznie | Разом клієнтів | Кількість | ВСЕГО | Среднее"
    " | Количество клиентов | Numero clienti | TOTAL SOCIOS: | Promedio | Total"
)


@pytest.mark.parametrize("word", TOTALS.split(" | "))
def test_a_sum_a_count_or_an_average_is_no_client_wherever_it_stands(word: str) -> None:
    total = [None, word, 3.0]
    assert kept([*PEOPLE, total]).positions.tolist() == [0, 1, 2]
    assert kept([PEOPLE[0], total, *PEOPLE[1:]]).positions.tolist() == [0, 2, 3]
    assert kept([*PEOPLE, [word, None, 3.0]]).positions.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "row",
    [
        [None, "Suma"],
        [None, "Suma", "600 000 109"],
        [None, "Ola Suma", 3.0],
        [None, "Total", 600000109.0],
        [4.0, "Razem", 3.0],
    ],
)
def test_a_person_called_like_a_sum_or_with_a_phone_or_a_number_is_one(row: list[Any]) -> None:
    assert kept([PEOPLE[0], row, *PEOPLE[1:]]).positions.tolist() == [0, 1, 2, 3]
    assert kept([*PEOPLE, row]).positions.tolist() == [0, 1, 2, 3]


def test_letters_of_an_address_book_are_no_clients() -> None:
    book = [[None, "A"], PEOPLE[0], [None, "K"], PEOPLE[2], [None, "O"], PEOPLE[1], [None, "Ł"]]
    assert found(book) == ["1.0 Anna Nowak", "3.0 Kasia", "2.0 Ola Lis"]
    assert found([[None, "A"], PEOPLE[0]]) == ["1.0 Anna Nowak"]


def test_a_single_letter_that_heads_nobody_is_a_client() -> None:
    assert found([[None, "W"], *PEOPLE[:2]]) == ["W", "1.0 Anna Nowak", "2.0 Ola Lis"]
    assert found([[None, "A", "600 000 108"], PEOPLE[0], [None, "B", "600 000 109"]]) == [
        "A 600 000 108",
        "1.0 Anna Nowak",
        "B 600 000 109",
    ]


@pytest.mark.parametrize(
    "words",
    [
        "Nowe klientki",
        "STALI KLIENCI",
        "New clients:",
        "Итого",
        "Nuovi clienti 2026",
        "VIP klientki",
        "VIP",
        "Stali VIP",
    ],
)
def test_words_that_head_people_are_no_client_even_without_a_colon(words: str) -> None:
    assert found([*PEOPLE[:2], [None, words], PEOPLE[2]]) == ["1.0 Anna Nowak", "2.0 Ola Lis", "3.0 Kasia"]


@pytest.mark.parametrize("name", ["Nowa", "Basia nowa klientka", "Klient", "OLA LIS", "Stali", "Ola VIP"])
def test_a_name_alone_between_rows_is_a_client(name: str) -> None:
    assert found([*PEOPLE[:2], [None, name], PEOPLE[2]])[2] == name


def test_one_cell_across_the_list_is_a_heading_unless_many_rows_are_or_it_is_the_last() -> None:
    rows = [*PEOPLE[:2], ["Przedpokój"], *PEOPLE * 2]
    by_name = "Imię i nazwisko | Telefon"
    rows = [[row[1], row[2]] if len(row) > 1 else row for row in rows]
    assert kept(rows, by_name, merged=[(4, 1, 4, 2)]).positions.tolist() == [0, 1, 3, 4, 5, 6, 7, 8]
    assert kept(rows, by_name, merged=[(4, 1, 4, 1), (4, 1, 5, 2)]).positions.tolist() == list(range(9))
    assert kept(rows, by_name, merged=[(at, 1, at, 2) for at in range(2, 9)]).positions.tolist() == list(range(9))
    assert kept(rows[:3], by_name, merged=[(4, 1, 4, 2)]).positions.tolist() == [0, 1, 2]


def test_one_cell_across_most_of_the_list_from_its_first_column_on_is_a_heading() -> None:
    rows = [*PEOPLE[:2], ["Przedpokój"], [None, "Wanda i Ola"], *PEOPLE * 2]
    header = "Imię i nazwisko | Telefon | Miasto | Zgoda SMS"
    rows = [row[1:] if len(row) > 1 else row for row in rows]
    assert kept(rows, header, merged=[(4, 1, 4, 3)]).positions.tolist() == [0, 1, *range(3, 10)]
    assert kept(rows, header, merged=[(4, 1, 4, 2), (5, 1, 5, 2)]).positions.tolist() == list(range(10))
    assert kept(rows, "Imię | Nazwisko | Telefon", merged=[(4, 1, 4, 2)]).positions.tolist() == list(range(10))


SAME = {
    "as it stands": HEADER.split(" | "),
    "in capitals": HEADER.upper().split(" | "),
    "in other words": ["ID", "Klientka", "Tel.:", "Miasto"],
}


@pytest.mark.parametrize("header", SAME.values(), ids=SAME)
def test_headers_printed_again_in_the_same_order_are_no_client(header: list[Any]) -> None:
    rows = [*PEOPLE[:2], header, PEOPLE[2], header]
    assert (kept(rows).positions.tolist(), kept(rows).rearranged) == ([0, 1, 3], ())


BLOCKS = "Imię | Nazwisko | Telefon"
ANNA, OLA = ["Anna", "Nowak", "600 000 101"], ["Ola", "Lis", "600 000 102"]
OTHER: list[Any] = ["Telefon", "Imię", "Nazwisko"]


def test_nothing_is_read_below_headers_in_another_order_until_the_first_order_is_back() -> None:
    below: list[Any] = ["600 000 103", "Ewa", "Kot"]
    rows = [ANNA, OTHER, below, below, BLOCKS.split(" | "), OLA]
    result = kept(rows, BLOCKS)
    assert result.positions.tolist() == [0, 5]
    assert [(one.position, one.headers, one.end) for one in result.rearranged] == [(1, tuple(OTHER), 4)]


def test_headers_in_another_order_are_told_as_they_stand_in_the_sheet() -> None:
    other = ["Telefon", "Imię i nazwisko", "E-mail", "Miasto", "Tagi", "Uwagi"]
    rows = [["Anna Lis", "600 000 101"], other, ["600 000 102", "Ola Nowak"]]
    told = kept(rows, "Imię i nazwisko | Telefon | E-mail | Miasto | Tagi | Uwagi").rearranged
    assert [one.headers for one in told] == [tuple(other)]


def test_headers_in_another_order_with_nothing_below_them_and_words_of_a_person_tell_nothing() -> None:
    assert (kept([ANNA, OTHER], BLOCKS).positions.tolist(), kept([ANNA, OTHER], BLOCKS).rearranged) == ([0], ())
    person: Cells = [["Ola", "WhatsApp", "telefon"], ["Telefon", "Nowak", "600 000 103"]]
    assert kept([ANNA, *person, OLA], BLOCKS).positions.tolist() == [0, 1, 2, 3]


names = st.sampled_from(
    ["Anna Nowak", "ola", "Kasia", "Suma", "Ewa Kot", "Jan Maria O’Hara", "Nowa", "Basia 2", "Łucja Żak"]
)
phones = st.one_of(st.none(), st.sampled_from([600000101.0, "600 000 102", "+48 600 000 103", "?"]))
people = st.lists(
    st.tuples(
        st.none(), names, phones, st.sampled_from(["Kraków", "Łódź", None]), st.sampled_from(["tak", None, True, False])
    ).map(list),
    min_size=1,
    max_size=30,
)
tails = st.tuples(st.sampled_from([row for block in AHEAD.values() for row in block[:1]]), st.integers(6, 40)).map(
    lambda tail: [tail[0]] * tail[1]
)
none_of_them = st.one_of(
    st.sampled_from(TOTALS.split(" | ")).map(lambda word: [None, word, 3.0]),
    st.just(HEADER.split(" | ")),
    st.just([None, "Nowe klientki"]),
)


@given(
    people, st.lists(st.tuples(st.integers(0, 30), none_of_them), max_size=4), tails, st.lists(none_of_them, max_size=2)
)
def test_nobody_is_lost_and_nobody_found_by_a_filled_tail_a_sum_or_headers_again(
    people: Cells, between: list[tuple[int, list[Any]]], tail: Cells, last: Cells
) -> None:
    rows = list(people)
    for at, row in between:
        rows.insert(at, row)
    rows += [*tail, *last]
    assert [rows[at] for at in kept(rows).positions] == people


def book_of(path: Path, rows: Cells, header: str = HEADER) -> Path:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Arkusz1"
    for row in ([part.strip() for part in header.split("|")], *rows):
        sheet.append(row)
    book.save(path)
    return path


def test_adopt_and_check_tell_which_rows_do_not_count(sheetcrm: CommandLine, tmp_path: Path) -> None:
    ahead: Cells = [[None, None, None, None, False]] * 30
    book = book_of(tmp_path / "list.xlsx", [PEOPLE[0], [None, "Razem", 1.0], *PEOPLE[1:], *ahead])
    line = say("pl", "left_out", sheet="Arkusz1", rows="3, 6–35")
    assert line in sheetcrm("adopt", book, "--dry-run", "--yes").out
    done = sheetcrm("adopt", book, "--json")
    assert (done.json["clients"], done.json["left_out"]) == (3, [[3, 3], [6, 35]])
    checked = sheetcrm("check", book, "--json")
    assert (checked.json["problems"], checked.json["left_out"], checked.err) == ([], {"Clients": [[3, 3], [6, 35]]}, "")
    assert sheetcrm("check", book).out.splitlines()[-1] == line
    cells = openpyxl.load_workbook(book)["Arkusz1"]
    assert [
        cells.cell(35, column).value for column in range(6, cells.max_column + 1) if cells.cell(35, column).value
    ] == []


def test_adopt_refuses_a_list_whose_headers_change_their_order_and_names_the_row(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = book_of(tmp_path / "list.xlsx", [ANNA, OLA, [], OTHER, ["600 000 103", "Ewa", "Kot"]], BLOCKS)
    before = book.read_bytes()
    refused = sheetcrm("adopt", book, "--json")
    words = language("pl").error("headings-again", file="list.xlsx", row="5", sheet="Arkusz1", headers=", ".join(OTHER))
    assert refused.code == 3
    assert (refused.json["error"]["message"], refused.json["error"]["hint"]) == words
    assert book.read_bytes() == before


def test_who_puts_headers_in_another_order_below_her_clients_is_told_at_each_look_and_refresh(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    path = book_of(tmp_path / "list.xlsx", [ANNA, OLA], BLOCKS)
    sheetcrm("adopt", path, "--json")
    book = openpyxl.load_workbook(path)
    for column, cell in enumerate(OTHER, 1):
        book["Arkusz1"].cell(4, column).value = cell
        book["Arkusz1"].cell(5, column).value = ["600 000 103", "Ewa", "Kot"][column - 1]
    book.save(path)
    line = say("pl", "rearranged", sheet="Arkusz1", row=4, headers=", ".join(OTHER))
    told = [sheetcrm(command, path).err for command in ("check", "plan", "refresh", "refresh")]
    assert [line in err for err in told] == [True] * 4


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_language_has_its_own_words_for_rows_that_do_not_count(code: str) -> None:
    said = {key: say(code, key, sheet="S", rows="3", row=3, headers="A, B") for key in ("left_out", "rearranged")}
    assert all("S" in text and "3" in text for text in said.values())
    assert code == "en" or all(
        text != say("en", key, sheet="S", rows="3", row=3, headers="A, B") for key, text in said.items()
    )


def test_in_an_excel_table_of_hers_rows_of_nobody_are_none_and_get_no_id(sheetcrm: CommandLine, tmp_path: Path) -> None:
    ahead: Cells = [[None, None, None, "Kraków", False]] * 30
    path = book_of(
        tmp_path / "list.xlsx", [[None, *PEOPLE[0][1:]], [None, "A"], [None, *PEOPLE[1][1:]], [None, "O"], *ahead]
    )
    book = openpyxl.load_workbook(path)
    book["Arkusz1"].add_table(Table(displayName="Lista", ref="A1:E35"))
    book.save(path)
    assert sheetcrm("adopt", path, "--json").json["left_out"] == [[3, 3], [5, 35]]
    ids = [row[0].value for row in openpyxl.load_workbook(path)["Arkusz1"].iter_rows(min_row=2)]
    assert [number for number, cell in enumerate(ids, 2) if cell is not None] == [2, 4]
