"""Which table stands where, and which column is which field."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcrm.crm.fields import OUTBOX, TABLES
from sheetcrm.crm.tables import Column
from sheetcrm.errors import TablesNotFound
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.workbook.headers import languages_of, name_order, slug
from sheetcrm.workbook.layout import find_settings, find_tables
from sheetcrm.workbook.placement import ExcelTable, Mark, Placement, SheetTop, column_settings, marks_of
from sheetcrm.workbook.settling import kept_rows, name_field, settled, taken_columns
from sheetcrm.xlsx.refs import Range

if TYPE_CHECKING:
    from collections.abc import Sequence

OWN = "·"


def headers(text: str) -> list[str]:
    return [part.strip() for part in text.split("|")]


def sheet(title: str, *rows: str) -> SheetTop:
    return SheetTop(title, [headers(row) for row in rows])


def fields(placement: Placement, count: int) -> str:
    """The field of each column in a row, `·` for those that stay the owner's own."""
    names = {column: name for name, column in placement.columns.items()}
    known = [names.get(c, OWN) for c in range(1, count + 1)]
    return " ".join(OWN if name in placement.own else name for name in known)


def place(placement: Placement) -> tuple[str, str, int]:
    return (placement.sheet, placement.rule, placement.header_row)


# Header rows as people write them (from real articles and price lists), and what each column is.
REAL_ROWS = [
    ("Clients", "Фамилия | Имя | Номер телефона", "last_name first_name phone"),
    (
        "Clients",
        (
            "ФИО | Тел. | ДР | Последняя дата посещения | Средний чек | Используемые услуги | Удобное время для связи"
            " | Предпочтительный способ связи | Плановая дата следующего посещения | Возраст"
        ),
        "name phone birthday last_visit average_ticket services contact_time channel next_visit age",
    ),
    ("Clients", "№ | Клиентка | Моб. | Инста | Примечание | Скидка", "· name phone · notes ·"),
    (
        "Visits",
        "Дата | Клиент | Телефон | Услуга | Мастер | Сумма | Оплата",
        "date client phone service staff amount ·",
    ),
    ("Clients", "Lp. | Nazwisko i imię | nr tel. | Data ur. | Zgoda RODO | Uwagi", "· name phone birthday · notes"),
    (
        "Clients",
        "Imię | Nazwisko | Komórka | E-mail | Ostatnia wizyta | Zabiegi | Problemy skórne",
        "first_name last_name phone email last_visit services ·",
    ),
    (
        "Visits",
        "Data | Godz. | Klientka | Zabieg | Kto wykonał | Cena | Rachunek",
        "date time client service staff amount ·",
    ),
    (
        "Clients",
        (
            "Nome | Cognome | Cellulare | Data di nascita | Indirizzo di residenza | Primo contatto | Informazioni"
            " varie | Note personali"
        ),
        "first_name last_name phone birthday address client_since · notes",
    ),
    (
        "Clients",
        "Nominativo | Telefono | Cellulare | Compleanno | Trattamenti | Provenienza | Privacy",
        "name · phone birthday services · ·",
    ),
    (
        "Visits",
        "Data | Cliente | Trattamento | Operatrice | Importo | Scontrino | Voto",
        "date client service staff amount · rating",
    ),
    (
        "Clients",
        "Nombre | Apellidos | Móvil | F. nacimiento | Tratamiento | Última cita | Observaciones | LOPD",
        "first_name last_name phone birthday services last_visit notes ·",
    ),
    (
        "Clients",
        "ПІБ | Телефон | Електронна пошта | Вік | Стать | Місце проживання | Відгуки",
        "name phone email age gender · ·",
    ),
]


@pytest.mark.parametrize(("table", "row", "expected"), REAL_ROWS)
def test_header_rows_that_people_have_are_understood(table: str, row: str, expected: str) -> None:
    found = find_tables([sheet("Sheet1", row)], need_clients=False)
    assert {name: fields(p, len(headers(row))) for name, p in found.items()} == {table: expected}


@pytest.mark.parametrize(("table", "row", "expected"), REAL_ROWS)
def test_the_order_of_the_columns_does_not_matter(table: str, row: str, expected: str) -> None:
    backwards = " | ".join(reversed(headers(row)))
    found = find_tables([sheet("Sheet1", backwards)], need_clients=False)
    assert fields(found[table], len(headers(row))).split() == expected.split()[::-1]


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("table", ["Clients", "Visits", "Services", "Campaigns", "Segments", "Texts", "Settings"])
def test_our_own_headers_are_known_in_every_language(code: str, table: str) -> None:
    words = language(code)
    names = [f.name for f in TABLES[table].fields if not (table == "Visits" and f.name == "client_id")]
    row = " | ".join(words.header(name) for name in names)
    found = find_tables([sheet(words.sheet(table), row)], need_clients=False)
    assert fields(found[table], len(names)) == " ".join(names)


@pytest.mark.parametrize(
    "row",
    [
        "NAME | PHONE",
        "  name: | Phone *",
        "Imię i nazwisko (klientki) | Telefon\nkomórkowy",
        "IMIE I NAZWISKO | telefon (Viber)",
        "ІМ'Я ТА ПРІЗВИЩЕ | телефон",
        "Імʼя та прізвище | Телефон",
        "nombre completo | TELEFONO",
    ],
)
def test_case_accents_punctuation_and_units_do_not_matter(row: str) -> None:
    found = find_tables([sheet("List", row)])
    assert fields(found["Clients"], 2) == "name phone"


def test_lookalike_letters_do_not_matter() -> None:
    found = find_tables([sheet("Лист1", "ФИО | Е-mail")])  # the Е is Cyrillic
    assert fields(found["Clients"], 2) == "name email"


def test_amounts_with_units_are_amounts() -> None:
    found = find_tables([sheet("a", "Data | Klientka | Kwota (zł)"), sheet("b", "Name | Phone")])
    assert fields(found["Visits"], 3) == "date client amount"


def test_titles_above_the_header_row_are_passed_over() -> None:
    found = find_tables([sheet("Лист1", "Клиенты салона «Мальва»", "", "обновлено 12.05", "ФИО | Телефон")])
    assert place(found["Clients"]) == ("Лист1", "header", 4)


def test_a_header_row_below_the_twentieth_row_is_none() -> None:
    with pytest.raises(TablesNotFound):
        find_tables([sheet("a", *["x"] * 20, "Name | Phone")])
    found = find_tables([sheet("a", *["x"] * 19, "Name | Phone")])
    assert found["Clients"].header_row == 20


def test_a_row_that_starts_further_right_is_found() -> None:
    found = find_tables([sheet("a", "", " |  | Name | Phone | Hobby")])
    placement = found["Clients"]
    assert (dict(placement.columns), placement.first_col, placement.last_col) == (
        {"name": 3, "phone": 4, "interests": 5},
        3,
        5,
    )


def test_date_client_and_a_service_are_visits_and_never_clients() -> None:
    with pytest.raises(TablesNotFound, match="only visits in 'Журнал'") as raised:
        find_tables([sheet("Журнал", "Дата | Клиент | Телефон | Услуга")])
    assert raised.value.code == "no-client-table"


def test_a_dated_list_of_clients_is_clients_only_where_there_is_no_clearer_one() -> None:
    dated, clear = sheet("a", "Date | Client | Phone"), sheet("b", "Name | Phone")
    assert find_tables([dated])["Clients"].sheet == "a"
    assert {t: p.sheet for t, p in find_tables([dated, clear]).items()} == {"Clients": "b", "Visits": "a"}


def test_an_id_typed_to_say_who_came_is_the_client_of_the_visit() -> None:
    found = find_tables([sheet("b", "Date | Client ID | Service | Amount")], need_clients=False)
    assert fields(found["Visits"], 4) == "date client service amount"
    found = find_tables([sheet("b", "Date | Client | Client ID | Amount")], need_clients=False)
    assert fields(found["Visits"], 4) == "date client client_id amount"


# Which rule wins


def test_the_name_of_an_excel_table_wins_over_a_title_and_a_title_over_headers() -> None:
    plain, titled, named = (
        sheet("Sheet1", "Name | Phone"),
        sheet("Klienci", "Name | Phone"),
        sheet("x", "Name | Phone"),
    )
    excel = ExcelTable("clients", "x", Range.parse("A1:B9"), ("Name", "Phone"))
    assert place(find_tables([plain])["Clients"]) == ("Sheet1", "header", 1)
    assert place(find_tables([plain, titled])["Clients"]) == ("Klienci", "title", 1)
    assert place(find_tables([plain, titled, named], [excel])["Clients"]) == ("x", "excel-table", 1)


def test_a_title_counts_only_if_the_header_row_fits() -> None:
    found = find_tables([sheet("Baza", "Produkt | Cena"), sheet("Arkusz1", "Imię | Telefon")])
    assert place(found["Clients"]) == ("Arkusz1", "header", 1)


def test_a_title_and_one_known_header_are_enough() -> None:
    assert place(find_tables([sheet("Klienci", "Moje panie", "Imię i nazwisko")])["Clients"]) == ("Klienci", "title", 2)


@pytest.mark.parametrize(
    ("titles", "words"),
    [
        (("Klienci", "Clients"), "More than one sheet could be the client list by its title: 'Klienci' and 'Clients'."),
        (("a", "b"), "More than one sheet could be the client list by its headers: 'a' and 'b'."),
    ],
)
def test_two_client_tables_by_the_same_rule_are_refused_naming_both(titles: tuple[str, str], words: str) -> None:
    with pytest.raises(TablesNotFound) as raised:
        find_tables([sheet(title, "Name | Phone") for title in titles])
    assert (raised.value.message, raised.value.code) == (words, "two-client-tables")


def test_no_client_table_says_what_to_do() -> None:
    with pytest.raises(TablesNotFound) as raised:
        find_tables([sheet("Sheet1", "Product | Weight")])
    assert raised.value.code == "no-client-table"
    assert "Name and Phone" in str(raised.value)


def test_program_sheets_are_no_client_lists() -> None:
    outbox = "Key | Campaign | Client ID | Client | Due | Channel | To"
    calls = "Client | Phone | Campaign"
    found = find_tables([sheet("Outbox", outbox), sheet("Calls", calls), sheet("x", "Name | Phone")])
    assert {t: p.sheet for t, p in found.items()} == {"Outbox": "Outbox", "Clients": "x"}


def marks_over(table: str, title: str, row: int = 1) -> list[Mark]:
    """The marks of a sheet of ours as we write it, its columns from A."""
    return [Mark(table, "", title, row, 1), *(Mark(table, f, title, row, c) for c, f in enumerate(OUTBOX.names, 1))]


TRANSLATED = "Номер | Розсилка | Klient ID | Client | Due | Channel | To | Subject | Text | Send? | Status | Warum"
FRENCH = "Clé | Action | N° | Qui | Jour | Voie | À | Objet | Texte du message | Envoyer | État | Raison"


def test_a_program_sheet_that_was_renamed_and_translated_is_found_by_its_mark() -> None:
    renamed = sheet("Для отправки сегодня", TRANSLATED, "0a1b2c3d4e | Birthdays | C1")
    found = find_tables([renamed, sheet("x", "Name | Phone")], marks=marks_over("Outbox", renamed.title))
    assert place(found["Outbox"]) == (renamed.title, "mark", 1)


@pytest.mark.parametrize(
    ("row", "table", "found"),
    [
        ("0a1b2c3d4e | Anniversaire", "Outbox", True),
        (" | ", "Outbox", True),
        (" | Anniversaire", "Outbox", False),
        ("product 1 | Anniversaire", "Outbox", False),
        ("0a1b2c3d4e | Anniversaire", "Stock", False),
    ],
)
def test_a_program_sheet_in_another_language_altogether_is_ours_by_its_excel_table_and_its_keys(
    row: str, table: str, found: bool
) -> None:
    french = sheet("À envoyer", FRENCH, row)
    excel = ExcelTable(table, french.title, Range.parse("A1:L2"), tuple(headers(FRENCH)))
    tables = find_tables([french, sheet("x", "Name | Phone")], [excel], marks_over("Outbox", french.title))
    assert ("Outbox" in tables) is found


@pytest.mark.parametrize("above", [1, 2, 5])
def test_a_program_sheet_is_found_where_a_program_has_put_rows_in_above_its_headers(above: int) -> None:
    moved = sheet("Outbox", *["My salon"] * above, TRANSLATED, "0a1b2c3d4e | Birthdays | C1")
    found = find_tables([moved, sheet("x", "Name | Phone")], marks=marks_over("Outbox", "Outbox"))["Outbox"]
    assert (place(found), found.columns["key"]) == (("Outbox", "mark", 1 + above), 1)


@pytest.mark.parametrize("row", ["Product | Stock | Price", "Key | Campaign | Door", "Client | Status | Due | To"])
def test_a_table_of_hers_under_stale_marks_is_no_sheet_of_ours(row: str) -> None:
    hers = sheet("Outbox", row, "front | door | 3", "back | door | 4")
    found = find_tables([hers, sheet("x", "Name | Phone")], marks=marks_over("Outbox", "Outbox"))
    assert "Outbox" not in found


def test_a_mark_tells_the_original_from_a_copy_of_the_sheet() -> None:
    original, copy = sheet("Clients", "Name | Phone"), sheet("Clients (2)", "Name | Phone")
    assert find_tables([copy, original], marks=[Mark("Clients", "", "Clients", 1, 1)])["Clients"].sheet == "Clients"


def test_an_owners_sheet_of_errors_is_not_our_problems_sheet() -> None:
    found = find_tables([sheet("Errors", "Machine | When it broke"), sheet("x", "Name | Phone")])
    assert list(found) == ["Clients"]


def test_a_price_list_is_found_by_its_headers() -> None:
    found = find_tables([sheet("a", "Name | Phone"), sheet("b", "Usługa | Cena"), sheet("c", "Service | Remark")])
    assert found["Services"].sheet == "b"


def test_an_excel_table_bounds_what_is_read() -> None:
    top = sheet("x", "Name | Phone | Legend")
    with_totals = ExcelTable("Table1", "x", Range.parse("A1:B9"), ("Name", "Phone"), totals_rows=1)
    found = find_tables([top], [with_totals])["Clients"]
    assert (found.last_row, found.open_end, found.excel_table, found.own) == (8, False, "Table1", ())
    found = find_tables([top], [with_totals._replace(totals_rows=0)])["Clients"]
    assert (found.last_row, found.open_end) == (9, True)


def test_an_excel_table_below_the_top_rows_is_known_by_its_columns() -> None:
    excel = ExcelTable("Clients", "x", Range.parse("B40:C60"), ("Name", "Phone"))
    found = find_tables([sheet("x", "")], [excel])["Clients"]
    assert (found.header_row, dict(found.columns)) == (40, {"name": 2, "phone": 3})


def test_an_excel_table_without_a_header_row_begins_with_data() -> None:
    excel = ExcelTable("Clients", "x", Range.parse("A1:B3"), ("Name", "Phone"), header_rows=0)
    assert find_tables([sheet("x", "Anna | 1")], [excel])["Clients"].header_row == 0


# Columns


def test_settings_map_headers_that_nobody_knows() -> None:
    mapped = column_settings([("column.phone", "Kontakt"), (" Column.Name ", "Kto"), ("language", "pl")])
    found = find_tables([sheet("x", "kto | KONTAKT:")], settings=mapped)
    assert fields(found["Clients"], 2) == "name phone"


def test_a_setting_wins_over_a_known_header() -> None:
    found = find_tables([sheet("x", "Name | Phone | WhatsApp no")], settings={"phone": "WhatsApp no"})
    assert fields(found["Clients"], 3) == "name · phone"


@pytest.mark.parametrize(
    ("row", "expected", "kept"),
    [
        ("Nome | Telefono | Cellulare", "first_name · phone", "Cellulare"),
        ("Name | Mobile | Phone", "name phone ·", "Mobile"),
        ("Nombre | Teléfono | Tfno. | Correo", "first_name phone · email", "Teléfono"),
        ("Imię | Uwagi | Notatki", "first_name notes ·", "Uwagi"),
        ("Имя | Телефон | Сотовый", "first_name · phone", "Сотовый"),
    ],
)
def test_of_two_headers_the_mobile_counts_else_the_first(row: str, expected: str, kept: str) -> None:
    found = find_tables([sheet("Clients", row)])["Clients"]
    assert fields(found, len(headers(row))) == expected
    assert [second.kept for second in found.seconds] == [kept]


def test_columns_of_nobodys_knowledge_have_slugs() -> None:
    row = "Name | Phone | Hair type | Тип волос | 2. telefon | Hair-Type | Status"
    placement = find_tables([sheet("x", row)])["Clients"]
    assert placement.own == ("hair_type", "тип_волос", "_2_telefon", "hair_type_2")
    typed = settled(placement, {"status"})
    assert (typed.own[-1], typed.headers["status_2"]) == ("status_2", "Status")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Hair type", "hair_type"),
        ("Тип волос", "тип_волос"),
        ("ТИП  ВОЛОС", "тип_волос"),
        ("Kolor (farba)", "kolor_farba_"),
        ("3rd visit", "_3rd_visit"),
        ("a_b", "a_b"),
        ("Straße", "strasse"),
        ("й", "й"),
        ("?", "_"),
    ],
)
def test_slugs_follow_the_rule(header: str, expected: str) -> None:
    assert slug(header) == expected


@given(st.text(min_size=1), st.sets(st.text(min_size=1, max_size=8), max_size=5))
def test_a_slug_is_a_new_name_that_a_template_can_use(header: str, taken: set[str]) -> None:
    name = slug(header, taken)
    assert name not in taken
    assert name.isidentifier() or keyword.iskeyword(name) or not name.isascii()
    assert name == name.casefold() or not name.isascii()
    assert "__" not in slug(header)
    assert set(name) <= set("_") | {c for c in name if c.isalpha() or c.isdecimal()}


@given(st.lists(st.sampled_from(["Name", "Phone", "Hair", "hair", "HAIR ", "Hair!", "Status"]), min_size=1, max_size=9))
def test_every_header_has_exactly_one_name(row: list[str]) -> None:
    placement = find_tables([SheetTop("Clients", [["Email", "Name", *row]])])["Clients"]
    assert sorted(placement.columns.values()) == list(range(1, len(row) + 3))


@pytest.mark.parametrize(
    ("header", "order"),
    [
        ("Nazwisko i imię", "surname-first"),
        ("ФИО", "surname-first"),
        ("Ф.И.О.", "surname-first"),
        ("ПІБ", "surname-first"),
        ("Прізвище та ім'я", "surname-first"),
        ("Cognome e nome", "surname-first"),
        ("Apellidos y nombre", "surname-first"),
        ("Surname, name", "surname-first"),
        ("Last name, first name", "surname-first"),
        ("Last and first name", "surname-first"),
        ("First and last name", "given-first"),
        ("Прізвище, ім'я, по батькові", "surname-first"),
        ("Фамилия и имя", "surname-first"),
        ("First name Last name", "given-first"),
        ("Ім'я та прізвище", "given-first"),
        ("Nome e cognome", "given-first"),
        ("Last name", ""),
        ("Nazwisko", ""),
        ("", ""),
        ("Imię i nazwisko", "given-first"),
        ("Nombre y apellidos", "given-first"),
        ("Имя и фамилия", "given-first"),
        ("Name", ""),
        ("Klientka", ""),
        ("Full name", ""),
        ("Nominativo", ""),
        ("ФИО клиента", "surname-first"),
    ],
)
def test_the_header_of_full_names_tells_their_order(header: str, order: str) -> None:
    assert name_order(header) == order


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("Lp. | Nazwisko i imię | nr tel. | Data ur. | Uwagi", "pl"),
        ("Фамилия | Имя | Номер телефона", "ru"),
        ("Прізвище | Ім'я | Телефон", "uk"),
        ("Nominativo | Cellulare | Compleanno", "it"),
        ("Nombre | Apellidos | Móvil", "es"),
        ("Name | Mobile", "en"),
    ],
)
def test_the_headers_tell_the_language(row: str, code: str) -> None:
    assert languages_of(headers(row))[0] == code


# Ours and hers

DERIVED_ROW = "Name | Phone | Last visit | Visits | Status | Next visit"


def test_a_derived_column_is_ours_when_every_cell_beneath_is_empty() -> None:
    placement = settled(find_tables([sheet("x", DERIVED_ROW)])["Clients"], {"name", "phone"})
    assert (dict(placement.ours), placement.hers) == (
        {"last_visit": 3, "visits": 4, "status": 5, "next_visit": 6},
        frozenset(),
    )


def test_a_derived_column_that_she_typed_is_hers_and_readable_as_that_field() -> None:
    before = find_tables([sheet("x", DERIVED_ROW)])["Clients"]
    after = settled(before, {"name", "last_visit", "status", "next_visit"})
    assert (set(after.hers), dict(after.ours), after.own) == (
        {"last_visit"},
        {"visits": 4, "next_visit": 6},
        ("status_2",),
    )
    assert after.columns["last_visit"] == 3
    assert [(p.code, p.field, p.value) for p in taken_columns(before, after)] == [
        ("column-taken", "last_visit", "Last visit"),
        ("column-taken", "status_2", "Status"),
    ]


def test_the_warning_of_a_taken_column_points_to_hers_also_when_ours_stands_beside_it() -> None:
    top = sheet("x", "Name | Status | Status")
    marks = [Mark("Clients", "status", "x", 1, 3)]
    before = find_tables([top], marks=marks)["Clients"]
    after = settled(before, {"status"})
    (warning,) = taken_columns(before, after)
    assert (warning.field, after.columns[str(warning.field)], after.ours["status"]) == ("status_2", 2, 3)


def test_our_column_beside_hers_is_found_by_its_mark_under_any_header() -> None:
    top = sheet("x", "Name | Last visit | whatever she renamed it to")
    marks = [Mark("Clients", "last_visit", "x", 1, 3)]
    after = settled(find_tables([top], marks=marks)["Clients"], {"last_visit"})
    assert (after.columns["last_visit"], dict(after.ours), set(after.hers)) == (2, {"last_visit": 3}, {"last_visit"})
    assert after.own == ()


def test_our_column_is_ours_by_its_mark_however_full() -> None:
    marks = [Mark("Clients", "last_visit", "x", 1, 2)]
    after = settled(find_tables([sheet("x", "Name | Ostatnia")], marks=marks)["Clients"], {"last_visit"})
    assert (dict(after.ours), after.hers, after.columns["last_visit"]) == ({"last_visit": 2}, frozenset(), 2)


def test_marks_are_read_from_hidden_names_and_lost_ones_are_none() -> None:
    assert marks_of(
        [
            ("_sheetcrm.table.Outbox", "'Do wysłania'!$A$1"),
            ("_sheetcrm.column.Clients.last_visit", "Klienci!$P$3"),
            ("_sheetcrm.table.Sent", "#REF!"),
            ("_sheetcrm.table.Problems", "'Anna''s sheet'!$A$1:$H$1"),
            ("Print_Area", "Klienci!$A$1"),
            ("_sheetcrm.column.Problems.`int", "Problems!$H$1"),  # a damaged `hint`: no field
        ]
    ) == (
        Mark("Outbox", "", "Do wysłania", 1, 1),
        Mark("Clients", "last_visit", "Klienci", 3, 16),
        Mark("Problems", "", "Anna's sheet", 1, 1),
    )


def test_settings_are_found_alone_before_the_rest() -> None:
    tops = [sheet("Ustawienia", "Parametry salonu", "Ustawienie | Wartość"), sheet("x", "kto | kontakt")]
    placement = find_settings(tops)
    assert placement is not None
    assert place(placement) == ("Ustawienia", "title", 2)


@pytest.mark.parametrize(
    ("row", "cells", "expected"),
    [
        ("Имя | Телефон", ["Анна Иванова", "Ольга Петрова", "Оля"], ("first_name", "name")),
        ("Имя | Телефон", ["Анна", "Ольга", "Оля Ж."], None),
        ("Имя | Фамилия", ["Анна Мария", "Ольга Мария", ""], None),
        ("Name | Surname", ["Anna", "Ola", "Eva Maria"], ("name", "first_name")),
        ("Name | Phone", ["Anna", "Ola", "Eva"], None),
    ],
)
def test_a_name_column_is_what_most_of_its_cells_say(
    row: str, cells: list[str], expected: tuple[str, str] | None
) -> None:
    placement = find_tables([sheet("Clients", row)])["Clients"]
    columns = {name: Column.encode(cells) for name in placement.columns}
    assert name_field(placement, columns) == expected


def rows_kept(row: str, cells: Sequence[Sequence[object]], **formulas: set[int]) -> list[int]:
    found = find_tables([sheet("x", row)], need_clients=False)
    placement = next(iter(found.values()))
    columns = {name: Column.encode([line[c - 1] for line in cells]) for name, c in placement.columns.items()}
    return list(map(int, kept_rows(placement, columns, formulas).positions))


def test_rows_without_anything_of_hers_are_no_rows() -> None:
    rows: list[list[object]] = [["Anna", "1", "", ""], ["", "", "", 5.0], ["", "", "x", ""], ["Ola", "", "", 1.0]]
    assert rows_kept("Name | Phone | Hair | Visits", rows) == [0, 3]


def test_a_last_row_of_sums_is_no_row() -> None:
    visits: list[list[object]] = [["d", "Anna", 5.0], ["d", "Ola", 7.0]]
    assert rows_kept("Date | Client | Amount", [*visits, ["Razem", "", 12.0]]) == [0, 1]
    assert rows_kept("Date | Client | Amount", [*visits, ["", "", 12.0]], amount={2}) == [0, 1]
    assert rows_kept("Date | Client | Amount", [*visits, ["", "", 12.0]]) == [0, 1]
    assert rows_kept("Date | Client | Amount", [*visits, ["", "Total:", 12.0]]) == [0, 1]
    assert rows_kept("Date | Client | Amount", [*visits, ["d", "", 12.0]]) == [0, 1, 2]
    assert rows_kept("Date | Client | Amount", [visits[0], ["", "", 12.0], visits[1]]) == [0, 1, 2]
    assert rows_kept("Service | Price", [["Manicure", 50.0], ["", 60.0]]) == [0, 1]
    assert rows_kept("Date | Client | Amount", [*visits, ["d", "Total", 12.0]]) == [0, 1, 2]
    names: list[list[object]] = [["Anna", "1"], ["Suma", ""]]
    assert rows_kept("Name | Phone", names) == [0, 1]
    assert rows_kept("Name | Phone", [["Anna", "1"], ["Razem: 3", ""]]) == [0]
    assert rows_kept("Name | Phone", [["Anna", "1"], ["Anna 3", ""]]) == [0, 1]
    assert rows_kept("Name | Phone", [["Anna", "1"], ["", 600100100.0]]) == [0, 1]
