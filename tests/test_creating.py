"""A workbook made from nothing is in her language, ready to type in, and read back as it was meant."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from sheetcrm.crm.expressions import compile_rule
from sheetcrm.crm.fields import CAMPAIGNS, CLIENTS, DERIVED, TABLES, TRIGGERS
from sheetcrm.languages import LANGUAGES, choices_named, fields_named, language, tables_named
from sheetcrm.workbook import starters
from sheetcrm.workbook.arrangement import Cell
from sheetcrm.workbook.creating import create_workbook
from sheetcrm.workbook.looks import number_formats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

ON = date(2026, 11, 22)
MADE = ("Clients", "Visits", "Services", "Campaigns", "Segments", "Texts", "Settings")


def made(code: str, *, settings: Mapping[str, Any] | None = None, **tables: Sequence[Mapping[str, Any]]) -> Workbook:
    buffer = io.BytesIO()
    create_workbook(buffer, code, tables=tables, settings=settings, on=ON)
    return load_workbook(buffer)


def sheet_of(book: Workbook, table: str) -> Worksheet:
    return next(sheet for sheet in book.worksheets if table in sheet.tables)


def headers_of(sheet: Worksheet) -> list[str]:
    return [str(cell.value) for cell in sheet[1]]


def column_of(sheet: Worksheet, header: str) -> str:
    return next(cell.column_letter for cell in sheet[1] if cell.value == header)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_sheet_is_titled_in_her_language_and_known_again_by_its_title(code: str) -> None:
    book = made(code)
    titles = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    assert titles == [language(code).sheet(name) for name in ("Instructions", *MADE)]
    assert [tables_named(title)[0] for title in titles[1:]] == list(MADE)


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_sheet_holds_one_excel_table_under_the_name_of_the_contract(code: str) -> None:
    book = made(code)
    assert [list(sheet.tables) for sheet in book.worksheets] == [[], *([name] for name in MADE), []]
    for name in MADE:
        sheet = sheet_of(book, name)
        first, last = sheet.tables[name].ref.split(":")
        assert first == "A1"
        assert int(re.sub(r"\D", "", last)) >= 2  # an Excel table needs a row of data
        assert [column.name for column in sheet.tables[name].tableColumns] == headers_of(sheet)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_header_is_known_again_as_the_field_it_was_made_for(code: str) -> None:
    book = made(code)
    for name in MADE:
        known = [
            [field for field in fields_named(header) if field in TABLES[name].names]
            for header in headers_of(sheet_of(book, name))
        ]
        own = 1 if name == "Settings" else 0  # what a setting is
        assert sum(not fields for fields in known) == own
        assert all(len(fields) == 1 for fields in known if fields), headers_of(sheet_of(book, name))


def test_headers_of_a_table_differ_whatever_their_case() -> None:
    for code in LANGUAGES:
        for name in MADE:
            headers = [header.casefold() for header in headers_of(sheet_of(made(code), name))]
            assert len(headers) == len(set(headers)), (code, name)


def test_the_header_row_and_the_name_stay_in_sight() -> None:
    book = made("pl")
    assert sheet_of(book, "Clients").freeze_panes == "C2"
    assert sheet_of(book, "Visits").freeze_panes == "A2"


@pytest.mark.parametrize("header", ["Phone", "Other phone", "Postcode", "Client ID", "Email"])
def test_whatever_is_typed_into_an_id_a_phone_or_a_postcode_stays_text(header: str) -> None:
    sheet = sheet_of(made("en"), "Clients")
    letter = column_of(sheet, header)
    assert sheet.column_dimensions[letter].number_format == "@"  # the whole column, so also the rows to come


@pytest.mark.parametrize(
    ("code", "country", "day", "money"),
    [
        ("pl", "PL", "dd.mm.yyyy", '#,##0.00 "zł"'),
        ("en", "GB", "dd/mm/yyyy", '"£"#,##0.00'),
        ("en", "US", "mm/dd/yyyy", '"$"#,##0.00'),
        ("uk", "UA", "dd.mm.yyyy", '#,##0.00 "₴"'),
        ("ru", "KZ", "dd.mm.yyyy", '#,##0.00 "₸"'),
        ("es", "MX", "dd/mm/yyyy", '"$"#,##0.00'),
        ("it", "CH", "dd.mm.yyyy", '"CHF" #,##0.00'),
    ],
)
def test_days_and_money_look_as_in_her_country(code: str, country: str, day: str, money: str) -> None:
    sheet = sheet_of(made(code, settings={"country": country}), "Visits")
    words = language(code)
    formats = [sheet.column_dimensions[column_of(sheet, words.header(f))].number_format for f in ("date", "amount")]
    assert formats == [day, money]


def test_a_country_nobody_knows_gets_the_formats_of_the_language() -> None:
    assert number_formats("XX", "pl", "PLN").date == "dd.mm.yyyy"


def test_a_day_without_its_year_has_a_format_without_its_year() -> None:
    assert [number_formats(c, tongue).day_month for c, tongue in (("PL", "pl"), ("GB", "en"), ("US", "en"))] == [
        "dd.mm",
        "dd/mm",
        "mm/dd",
    ]


@pytest.mark.parametrize("code", LANGUAGES)
def test_computed_columns_are_empty_and_stand_together_at_the_right(code: str) -> None:
    sheet = sheet_of(made(code, Clients=[{"name": "Anna Example", "notes": "x"}]), "Clients")
    derived = {language(code).header(f.name) for f in DERIVED}
    places = [header in derived for header in headers_of(sheet)]
    assert places == sorted(places)
    assert sum(places) == len(DERIVED)
    first = places.index(True)
    assert all(cell.value is None for cell in sheet[2][first:])
    assert {cell.fill.fgColor.rgb for cell in sheet[1][first:]} == {"FF8B979F"}
    note = sheet[1][first].comment
    assert note is not None
    assert note.text == language(code).say("grey_note")


def test_what_is_rarely_used_is_folded_away_and_the_resolved_id_too() -> None:
    book = made("en")
    clients, visits = sheet_of(book, "Clients"), sheet_of(book, "Visits")
    hidden = {header for header in headers_of(clients) if _dimension(clients, column_of(clients, header)).hidden}
    assert {"Address as", "Household", "Consent source", "RFM"} <= hidden
    assert not hidden & {
        "Client ID",
        "Name",
        "Phone",
        "Email",
        "Birthday",
        "Email consent",
        "Do not contact",
        "Notes",
        "Status",
    }
    assert _dimension(visits, column_of(visits, "Client ID")).hidden


def _dimension(sheet: Worksheet, letter: str) -> Any:
    """Return a column's dimension: openpyxl keeps one for a run of equal columns."""
    number = sheet[f"{letter}1"].column
    return next(d for d in sheet.column_dimensions.values() if (d.min or 0) <= number <= (d.max or 0))


def test_drop_downs_come_from_named_ranges_warn_only_and_reach_2000_rows_beyond() -> None:
    book = made("it", Clients=[{"name": f"Anna {n}"} for n in range(10)])
    sheet = sheet_of(book, "Clients")
    letter = column_of(sheet, language("it").header("email_consent"))
    (found,) = [v for v in sheet.data_validations.dataValidation if f"{letter}2:" in str(v.sqref)]
    assert (found.formula1, found.errorStyle, str(found.sqref)) == ("list_yes_no", "warning", f"{letter}2:{letter}2011")
    every = [v for s in book.worksheets for v in s.data_validations.dataValidation]
    assert {v.errorStyle for v in every} == {"warning"}
    assert {v.formula1 for v in every} <= set(book.defined_names)
    visits = sheet_of(book, "Visits")
    client = next(v for v in visits.data_validations.dataValidation if v.formula1 == "list_clients")
    assert client.error == starters.words("it")["client_warning"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_choice_offered_is_understood(code: str) -> None:
    book = made(code)
    lists = next(sheet for sheet in book.worksheets if sheet.sheet_state == "hidden")
    assert lists.max_column == 1  # side by side, a row of choices could pass for a header row
    assert all(choices_named(str(row[0].value)) for row in lists)


def test_the_list_of_names_ends_where_the_names_end() -> None:
    names = made("en").defined_names
    assert names["list_clients"].attr_text == "Clients!$B$2:INDEX(Clients!$B:$B,MAX(2,COUNTA(Clients!$B:$B)))"


@pytest.mark.parametrize("code", LANGUAGES)
def test_there_is_a_campaign_for_each_trigger_and_none_is_active(code: str) -> None:
    sheet = sheet_of(made(code), "Campaigns")
    words = language(code)
    rows = [dict(zip(headers_of(sheet), [c.value for c in row], strict=True)) for row in sheet.iter_rows(min_row=2)]
    assert [row[words.header("trigger")] for row in rows] == [words.choice(t) for t in TRIGGERS]
    assert [row[words.header("template")] for row in rows] == list(TRIGGERS)
    assert {row[words.header("active")] for row in rows} == {words.choice("no")}
    assert len({row[words.header("campaign")] for row in rows}) == len(TRIGGERS)
    segments = {row["segment"] for row in starters.segments(code)}
    assert {row[words.header("segment")] for row in rows} - {None} <= segments


def test_the_starter_rules_are_rules() -> None:
    for rule in starters.RULES.values():
        compile_rule(rule, CLIENTS.names)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_settings_sheet_lists_every_setting_and_says_what_it_is(code: str) -> None:
    sheet = sheet_of(made(code, settings={"business": "Malva"}), "Settings")
    rows = {row[0].value: (row[1].value, row[2].value) for row in sheet.iter_rows(min_row=2)}
    assert rows["business"][0] == "Malva"
    assert (rows["language"][0], rows["country"][0]) == (code, starters.COUNTRY[code])
    assert {"lapsed_after", "quiet_hours", "smtp_host", "first_send", "unsubscribe"} <= set(rows)
    assert [name for name, (_, note) in rows.items() if not note] == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_words_of_a_new_workbook_are_there_in_every_language(code: str) -> None:
    own = starters._all_words()
    assert set(own[code]) == set(own["en"])
    assert language(code).section("says")["instructions_1"]


def test_nothing_typed_becomes_a_formula_or_a_link() -> None:
    rows = [{"name": "=1+1", "notes": "https://example.com", "phone": "0600000101"}]
    sheet = sheet_of(made("en", Clients=rows), "Clients")
    cells = [sheet[f"{column_of(sheet, h)}2"] for h in ("Name", "Notes", "Phone")]
    assert [(c.value, c.data_type, c.hyperlink) for c in cells] == [
        ("=1+1", "s", None),
        ("https://example.com", "s", None),
        ("0600000101", "s", None),
    ]


def test_a_cell_may_bring_its_own_format_or_a_formula() -> None:
    rows = [{"name": "Anna", "birthday": Cell(date(2000, 3, 8), "dd.mm"), "notes": Cell("#N/A", formula="=NA()")}]
    sheet = sheet_of(made("en", Clients=rows), "Clients")
    birthday, notes = (sheet[f"{column_of(sheet, h)}2"] for h in ("Birthday", "Notes"))
    assert (birthday.number_format, notes.value) == ("dd.mm", "=NA()")


def test_columns_of_her_own_and_parts_of_the_name_are_made_as_given() -> None:
    rows = [{"first_name": "Anna", "last_name": "Nowak", "Hair type": "curly", "company": "Example Ltd"}]
    headers = headers_of(sheet_of(made("en", Clients=rows), "Clients"))
    assert headers[:4] == ["Client ID", "First name", "Last name", "Phone"]
    assert {"Hair type", "Company"} < set(headers)
    assert "Name" not in headers


def test_closed_days_get_a_sheet_where_there_are_any() -> None:
    book = made("en", Holidays=[{"date": date(2026, 12, 25), "note": "Christmas"}])
    assert sheet_of(book, "Holidays").title == "Closed days"


def test_the_same_day_gives_the_same_bytes() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    for buffer in (first, second):
        create_workbook(buffer, "uk", on=ON)
    assert first.getvalue() == second.getvalue()


def test_every_part_has_a_content_type_and_every_relationship_a_target() -> None:
    buffer = io.BytesIO()
    create_workbook(buffer, "es", on=ON)
    with zipfile.ZipFile(buffer) as package:
        parts = set(package.namelist())
        types = package.read("[Content_Types].xml").decode()
        overrides = set(re.findall(r'PartName="/([^"]+)"', types))
        extensions = set(re.findall(r'Extension="([^"]+)"', types))
        assert overrides <= parts
        assert all(p in overrides or p.rsplit(".", 1)[1] in extensions for p in parts - {"[Content_Types].xml"})
        assert sum("tables/" in p for p in parts) == len(MADE)


def test_every_campaign_field_has_a_column() -> None:
    headers = headers_of(sheet_of(made("en"), "Campaigns"))
    assert set(headers) == {language("en").header(name) for name in CAMPAIGNS.names}
