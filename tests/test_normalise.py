"""What people type is read for what it means, in six languages; what cannot be read is named, and blanks its cell."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import phonenumbers
import pytest
from babel.dates import format_date
from babel.numbers import format_decimal
from hypothesis import example, given
from hypothesis import strategies as st

from sheetcrm.crm.amounts import parse_duration, parse_number
from sheetcrm.crm.cells import id_text, lines_text, parse_choice, shown
from sheetcrm.crm.contacts import lost_zero, mended_email, parse_email, parse_phone
from sheetcrm.crm.dates import parse_birthday, parse_date, parse_moment, read_birthday
from sheetcrm.crm.fields import CHANNELS, TABLES, VISIT_STATUSES, YES_NO, Kind
from sheetcrm.crm.normalise import clean
from sheetcrm.crm.readers import reader
from sheetcrm.crm.tables import CellError, Cleaned, Column, Reading, Table
from sheetcrm.crm.times import parse_time
from sheetcrm.crm.typed_dates import month_named
from sheetcrm.languages import LANGUAGES, language

if TYPE_CHECKING:
    from decimal import Decimal

    from sheetcrm.crm.values import Problem

ON = date(2026, 11, 22)
PL = Reading(("pl",), "PL", on=ON, today=ON)
US = Reading(("en",), "US", on=ON, today=ON)
COUNTRIES = ("PL", "UA", "RU", "IT", "ES", "GB", "US", "DE", "")


def table(name: str, columns: dict[str, list[Any]], **more: Any) -> Table:
    known = TABLES[name].names
    length = len(next(iter(columns.values())))
    encoded = {field: Column.encode(cells) for field, cells in columns.items()}
    return Table(name, np.arange(2, length + 2), encoded, own=tuple(c for c in columns if c not in known), **more)


def cleaned(
    name: str, columns: dict[str, list[Any]], reading: Reading = PL, **more: Any
) -> tuple[Cleaned, list[Problem]]:
    return clean(table(name, columns, **more), reading)


def flat(problems: list[Problem]) -> list[tuple[Any, str | None, str]]:
    return [(p.row, p.field, p.code) for p in problems]


# ---- days ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "08.03.1990",
            "8.3.1990",
            "8/3/1990",
            "8-3-1990",
            "8 3 1990",
            "08. 03. 1990",
            "8.3.90",
            "8/3/'90",
            "08.03.1990 r.",
        ),
        *("1990-03-08", "1990/03/08", "1990.3.8", "19900308", "08031990", "08.03.1990г.", "08.03.1990 р."),
        *(
            "8 marca 1990 r.",
            "8 marca 1990",
            "8 mar 90",
            "8 III 1990",
            "8 березня 1990 р.",
            "8 марта 1990 г.",
            "8 марта 90",
        ),
        *(
            "8 marzo 1990",
            "l'8 marzo 1990",
            "8 de marzo de 1990",
            "8 de marzo del 90",
            "8 March 1990",
            "8th of March 1990",
        ),
        *("March 8, 1990", "Mar. 8th 1990", "8-Mar-90", "1990 marca 8", "8 MARCA 1990 ROKU", "\u00a08\u00a0marca 1990"),
        *(
            "08.03.1990 15:30",
            "1990-03-08T15:30:00",
            "1990-03-08 00:00:00",
            "8 marca 1990, godz. 15:30",
            "8 марта 1990 в 15:30",
        ),
        *("czwartek, 8 marca 1990", "Donnerstag, 8. März 1990"),
        *(
            32940,
            32940.0,
            32940.6,
            "32940",
            date(1990, 3, 8),
            datetime.fromisoformat("1990-03-08T00:00:00"),
            datetime.fromisoformat("1990-03-08T15:30:00"),
        ),
        *(np.datetime64("1990-03-08"), np.float64(32940)),
    ],
)
def test_a_day_is_read_however_it_is_typed(typed: Any) -> None:
    assert parse_date(typed, PL) == date(1990, 3, 8)


@pytest.mark.parametrize(
    "junk",
    [
        *(
            "1990",
            "junk",
            "yesterday",
            "in 2 days",
            "Anna 5 2020",
            "12",
            "8 March",
            "03.1990",
            "31.02.1990",
            "8.13.1990",
            "29.02.1991",
        ),
        *(
            "601 234 567",
            "1.2.3.4",
            "08.03.990",
            "00-950",
            "8 marca kwietnia 1990",
            "1990-1995",
            "90210",
            "15:30",
            "now",
            "5 May",
            "?",
        ),
        *(
            0,
            -1,
            0.5,
            2_958_466,
            8.03,
            float("nan"),
            float("inf"),
            True,
            time(15, 30),
            timedelta(days=3),
            None,
            "",
            "10**9" * 40,
        ),
    ],
)
def test_junk_never_becomes_a_day(junk: Any) -> None:
    assert parse_date(junk, PL) is None


@pytest.mark.parametrize(
    ("serial", "day"),
    [
        (1, date(1900, 1, 1)),
        (59, date(1900, 2, 28)),
        (60, date(1900, 2, 28)),  # Excel's 29 February 1900, which never was
        (61, date(1900, 3, 1)),
        (2_958_465, date(9999, 12, 31)),
    ],
)
def test_a_bare_serial_is_excels_day(serial: int, day: date) -> None:
    assert parse_date(serial, PL) == day


def test_the_united_states_write_the_month_first() -> None:
    assert [parse_date(t, US) for t in ("03/08/1990", "3-8-90", "1990-03-08", "13/08/1990")] == [
        date(1990, 3, 8)
    ] * 3 + [None]


@pytest.mark.parametrize(
    ("typed", "year"),
    [("01.02.26", 2026), ("28.11.26", 2026), ("01.02.27", 1927), ("01.02.99", 1999), ("29.02.24", 2024)],
)
def test_two_digits_are_the_latest_year_that_has_come(typed: str, year: int) -> None:
    found = parse_date(typed, PL)
    assert found is not None
    assert found.year == year


@pytest.mark.parametrize(
    "typed",
    ["27.11.2026 15:30", "2026-11-27T15:30", 46353.645833333, datetime.fromisoformat("2026-11-27T15:29:59.999999")],
)
def test_a_time_within_the_days_cell_is_kept(typed: Any) -> None:
    assert parse_moment(typed, PL) == (date(2026, 11, 27), 15 * 60 + 30)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_form_of_every_month_is_known_and_no_form_means_two(code: str) -> None:
    section = language(code).section("months")
    forms = [
        (name, i)
        for form in section.values()
        for i, names in enumerate(form, 1)
        for name in ([names] if isinstance(names, str) else names)
    ]
    assert [(n, month_named(n)) for n, _ in forms] == forms
    assert len(forms) >= 36


@given(
    st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    st.sampled_from(LANGUAGES),
    st.sampled_from(("short", "medium", "long", "full")),
)
def test_a_day_written_in_any_language_is_read_back(day: date, code: str, width: str) -> None:
    locale = "en_GB" if code == "en" else code
    text = format_date(day, width, locale=locale)
    found = parse_date(text, PL)
    assert found is not None
    if 1927 <= day.year <= 2026 or str(day.year) in text:
        assert found == day
    else:  # two digits say no more
        assert (found.year % 100, found.month, found.day) == (day.year % 100, day.month, day.day)


@given(
    st.dates(date(1000, 1, 1)),
    st.sampled_from(
        ("{d.day:02}.{d.month:02}.{d.year}", "{d.day}/{d.month}/{d.year}", "{d}", "{d.day} {d.month} {d.year}")
    ),
)
def test_a_day_in_figures_is_read_back(day: date, pattern: str) -> None:
    assert parse_date(pattern.format(d=day), PL) == day


# ---- birthdays -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    ["--03-08", "--0308", "8 March", "08.03", "8.3.", "8/3", "08-03", "8 marca", "8 березня", "8 de marzo", 8.03],
)
def test_a_birthday_may_have_no_year(typed: Any) -> None:
    assert read_birthday(typed, PL) == ((None, 3, 8), "")


@pytest.mark.parametrize(
    ("typed", "birthday", "code"),
    [
        ("29.02", (None, 2, 29), ""),
        ("29 lutego 1992", (1992, 2, 29), ""),
        ("30.02", None, "invalid-date"),
        ("1990", None, "invalid-date"),
        (8.1, None, "invalid-date"),  # 08.10 or 08.1
        (date(2026, 3, 8), (None, 3, 8), "birthday-without-year"),  # what Excel makes of `8 March`
        (date(2026, 12, 24), (None, 12, 24), "birthday-without-year"),  # … before that day
        ("22.11.2023", (2023, 11, 22), ""),
        ("23.11.2023", (None, 11, 23), "birthday-without-year"),  # two years old
        (date(2027, 1, 1), None, "future-birthday"),
        ("24.12.2026", None, "future-birthday"),
        ("05.12.26", (1926, 12, 5), ""),  # the latest not after the day
        ("08.03.1890", (1890, 3, 8), "birthday-before-1900"),
    ],
)
def test_a_birthday_that_cannot_be_hers_is_named(
    typed: Any, birthday: tuple[int | None, int, int] | None, code: str
) -> None:
    assert read_birthday(typed, PL) == (birthday, code)
    assert parse_birthday(typed, PL) == birthday


@given(st.integers(1, 12), st.integers(1, 28))
def test_a_birthday_typed_american_is_read_american(month: int, day: int) -> None:
    assert parse_birthday(f"{month}/{day}", US) == (None, month, day)


# ---- times, numbers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        *(
            (t, 930)
            for t in (
                "15:30",
                "15.30",
                "15h30",
                "15-30",
                "godz. 15:30",
                "о 15:30",
                "3:30 pm",
                "3.30 p.m.",
                "15:30:00",
                "15:30-16:30",
            )
        ),
        *(
            (t, 930)
            for t in (
                time(15, 30),
                0.645833333,
                datetime.fromisoformat("2026-01-01T15:30:00"),
                timedelta(hours=15, minutes=30),
            )
        ),
        *((t, 540) for t in ("9", 9, 9.0, "9 am", "9h")),
        *((t, None) for t in ("25:00", "15:61", "soon", 9.5, -1, 24, True, None, timedelta(days=2), "13 pm")),
    ],
)
def test_a_time_of_day_is_read_however_it_is_typed(typed: Any, minutes: int | None) -> None:
    assert parse_time(typed) == minutes


@pytest.mark.parametrize(
    ("typed", "pl", "it", "en"),
    [
        ("1234,56", 1234.56, 1234.56, 1234.56),
        ("1.234,56", 1234.56, 1234.56, 1234.56),
        ("1,234.56", 1234.56, 1234.56, 1234.56),
        ("1.234", 1.234, 1234.0, 1.234),
        ("1,234", 1.234, 1.234, 1234.0),
        ("0.500", 0.5, 0.5, 0.5),
        ("1.234.567", 1234567.0, 1234567.0, 1234567.0),
        ("1\u00a0234\u202f567,89 zł", 1234567.89, 1234567.89, 1234567.89),
        ("1'234.50 CHF", 1234.5, 1234.5, 1234.5),
        ("150,-", 150.0, 150.0, 150.0),
        ("-€12", -12.0, -12.0, -12.0),
        ("(12,50)", -12.5, -12.5, -12.5),
        ("12,50- zł", -12.5, -12.5, -12.5),
        ("− 35 грн.", -35.0, -35.0, -35.0),
        ("12.03.2024", None, None, None),
        ("12 34", None, None, None),
        ("1,2,3", None, None, None),
        ("about 5", None, None, None),
        ("nan", None, None, None),
        ("1_000", None, None, None),
    ],
)
def test_the_last_of_point_and_comma_is_the_decimal_point(typed: str, pl: float, it: float, en: float) -> None:
    assert tuple(parse_number(typed, (code,)) for code in ("pl", "it", "en")) == (pl, it, en)


@given(st.decimals(-10_000_000, 10_000_000, places=2), st.sampled_from(LANGUAGES))
def test_a_number_written_in_any_language_is_read_back(number: Decimal, code: str) -> None:
    text = format_decimal(number, "#,##0.00", locale=code)
    assert parse_number(text, (code,)) == float(number)
    assert parse_number(f"{text} zł", (code,)) == float(number)


@given(st.integers(-10_000_000, 10_000_000), st.sampled_from(LANGUAGES))
def test_a_whole_number_grouped_as_its_language_does_is_read_back(number: int, code: str) -> None:
    assert parse_number(format_decimal(number, locale=code), (code,)) == number


@pytest.mark.parametrize("cell", [1e308, -1e308, "1e308", "1E+99", 10**400, float("inf"), 1e14, "100 000 000 000 000"])
def test_a_number_beyond_all_prices_is_none(cell: Any) -> None:
    assert parse_number(cell, ("pl",)) is None
    assert parse_number(9.9e12, ("pl",)) == 9.9e12


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        (90, 90),
        ("90 min", 90),
        ("1:30", 90),
        ("1 h 30", 90),
        ("2h", 120),
        (time(1, 30), 90),
        (0.0625, 90),
        ("long", None),
    ],
)
def test_a_duration_is_in_minutes(typed: Any, minutes: float | None) -> None:
    assert parse_duration(typed, ("pl",)) == minutes


# ---- phones, addresses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "country", "phone"),
    [
        *(
            (t, "PL", "+48601234567")
            for t in ("601 234 567", "601-234-567", "+48 601 234 567", "0048601234567", "(48) 601234567")
        ),
        *(
            (t, "PL", "+48601234567")
            for t in (601234567, 601234567.0, "601234567.0", 48601234567.0, "4.8601234567E+10", "4,8601234567E+10")
        ),
        *(
            (t, "PL", "+48601234567")
            for t in ("tel. 601 234 567 (mama)", "601 234 567 wew. 12", "\u202a+48 601 234 567\u202c")
        ),
        *(
            (t, "PL", "+48601234567")
            for t in ("601234567, 602345678", "601 234 567 / 602 345 678", "601234567\n602345678")
        ),
        *((t, "PL", "+380501234567") for t in ("+380 50 123 45 67", "380501234567", "00380501234567")),
        *(
            (t, "UA", "+380501234567")
            for t in ("050 123 45 67", "(050) 123-45-67", "8 050 123 45 67", "80501234567", 501234567.0)
        ),
        *(
            (t, "RU", "+79001234567")
            for t in ("8 (900) 123-45-67", "+7 900 123-45-67", "9001234567", 89001234567, "7 900 1234567")
        ),
        *((t, "GB", "+447700900123") for t in ("07700 900123", "+44 (0) 7700 900123", "+44 7700 900123", 7700900123.0)),
        *((t, "IT", "+390669812345") for t in ("06 6981 2345",)),
        *((t, "IT", "+393201234567") for t in ("320 123 4567", "+39 320 1234567", "393201234567")),
        *((t, "ES", "+34600123456") for t in ("600 12 34 56", "+34 600123456", 600123456.0)),
        *((t, "PL", "+48601234567") for t in ("601 234 56٧", "tel. ٦٠١ 234 567")),
        ("4920000000000", "DE", None),
        *((t, "US", "+12025550123") for t in ("(202) 555-0123", "1-202-555-0123", "202.555.0123 ext. 5")),
        *((t, "", "+48601234567") for t in ("+48 601 234 567", "0048 601 234 567")),
        *(
            (t, "PL", None)
            for t in (
                "123",
                "abc",
                "60123456O",
                "60123456",
                "6012345678",
                "4.86E+10",
                "-",
                True,
                1.5,
                -601234567,
                date(2026, 1, 1),
            )
        ),
        *((t, "", None) for t in ("601 234 567",)),
    ],
)
def test_a_phone_is_read_however_it_is_typed(typed: Any, country: str, phone: str | None) -> None:
    assert parse_phone(typed, country) == phone


_MOBILE_AND_LANDLINE = {
    "PL": ("601 234 567, 601-234-567, 48 601 234 567, +48 (0) 601 234 567", "+48601234567"),
    "PL landline": ("22 123 45 67, (22) 123-45-67, +48 22 1234567, 0048 (22) 123 45 67, 48221234567", "+48221234567"),
    "UA": ("067 123 45 67, (067) 123-45-67, 8 067 1234567, 38 067 123-45-67, +38 (067) 1234567", "+380671234567"),
    "UA landline": ("044 123 45 67, 8 (044) 123-45-67, 380441234567, 00380 44 123 45 67", "+380441234567"),
    "RU": ("8-916-123-45-68, 9161234568, 7 916 123 45 68, +7 (916) 1234568, +8 (916) 123-45-68", "+79161234568"),
    "RU landline": (
        "8-495-111-22-33, (495) 111-22-33, +7 495 1112233, +8 495 111 22 33, 0074951112233",
        "+74951112233",
    ),
    "IT": ("333 123 4567, 39 333 1234567, +39 (0) 333 123 4567, 0039 333 1234567", "+393331234567"),
    "IT landline": ("06 6981 2345, 06/69812345, +39 06 69812345, +39 (0)6 69812345, 390669812345", "+390669812345"),
    "ES": ("612 34 56 78, 612-345-678, 34 612345678, +34 (0) 612 345 678, 0034612345678", "+34612345678"),
    "ES landline": ("912 34 56 78, (91) 234 56 78, +34 91 234 56 78, 34912345678", "+34912345678"),
    "GB": ("07700 900123, (07700) 900-123, 44 7700 900123, +44 (0) 7700 900123, 7700900123", "+447700900123"),
    "GB landline": ("020 7946 0123, (020) 7946 0123, +44 (0)20 7946 0123, 0044 20 79460123", "+442079460123"),
}


@pytest.mark.parametrize(
    ("country", "typed", "phone"),
    [(c[:2], one, phone) for c, (ways, phone) in _MOBILE_AND_LANDLINE.items() for one in ways.split(", ")],
)
def test_a_number_as_her_country_writes_it_is_that_number_at_home_and_never_another_elsewhere(
    country: str, typed: str, phone: str
) -> None:
    codes = {"": "-", "PL": "+48", "UA": "+380", "RU": "+7", "IT": "+39", "ES": "+34", "GB": "+44"}
    abroad = {(other, found) for other in codes if (found := parse_phone(typed, other)) not in (None, phone)}
    guessed = {(other, found) for other, found in abroad if not str(found).startswith(codes[other])}
    assert (parse_phone(typed, country), guessed) == (phone, set())


@pytest.mark.parametrize(
    "typed",
    [
        *("8-495-111-22-33", "8 916 123 45 68", "8-916-123-45-68, 8-495-111-22-33", "79161234568", "48601234567"),
        *("380671234567", "067 123 45 67", "84951112233", "+8 495 111 22 33", 84951112233.0, "tel. 447700900123"),
    ],
)
def test_without_a_country_no_number_is_guessed_that_lacks_its_plus(typed: Any) -> None:
    assert parse_phone(typed, "") is None


@pytest.mark.parametrize("country", ["PL", "UA", "IT", "ES", "GB"])
@pytest.mark.parametrize("typed", ["8-495-111-22-33", "+8 (495) 111-22-33", "8 916 123 45 68", 84951112233])
def test_an_eight_dialled_in_moscow_is_no_calling_code_of_asia_in_any_list(typed: Any, country: str) -> None:
    assert parse_phone(typed, country) is None


@pytest.mark.parametrize(
    ("typed", "country", "phone"),
    [
        ("49511122334", "RU", None),  # Moscow's 495 111 22 33 with a figure too many, or Hanover
        ("34712345678", "IT", None),  # a mobile with a figure too many, or a Spanish one
        ("3212345678", "PL", None),  # Katowice with a figure too many, or Brussels
        ("380671234567", "IT", "+380671234567"),  # to libphonenumber the voicemail of 380 671 2345, too
        ("34612345678", "PL", "+34612345678"),
        ("0049 511 122334", "RU", "+49511122334"),
    ],
)
def test_a_missing_plus_is_only_added_where_it_cannot_be_a_slip_in_a_number_of_her_country(
    typed: str, country: str, phone: str | None
) -> None:
    assert parse_phone(typed, country) == phone


@given(st.from_regex(r"[1-9][0-9]{5,13}", fullmatch=True), st.sampled_from(("", " ", "-")))
def test_digits_without_a_plus_are_never_a_phone_where_no_country_is_known(digits: str, between: str) -> None:
    assert parse_phone(between.join((digits[:3], digits[3:])), "") is None


@given(
    st.sampled_from(("PL", "UA", "RU", "IT", "ES", "GB", "US", "DE")),
    st.from_regex(r"(\+|00)?[0-9]{6,13}", fullmatch=True),
)
def test_the_fast_way_never_finds_a_phone_that_libphonenumber_does_not(country: str, typed: str) -> None:
    found = parse_phone(typed, country)
    if found is None:
        return
    number = phonenumbers.parse(found)
    fiction = re.fullmatch(
        r"\+1555\d{7}|\+44(7700900|1632960|2079460|\d{2,3}4960|1914980|2896496|2920180|3069990)\d{3}", found
    )
    assert phonenumbers.is_valid_number(number) or fiction
    assert found == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@given(st.sampled_from(("PL", "UA", "RU", "IT", "ES", "GB", "US", "DE")), st.data())
def test_a_phone_that_libphonenumber_knows_is_found_in_each_of_its_ways(country: str, data: st.DataObject) -> None:
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country)
    assert metadata is not None
    assert metadata.mobile is not None
    assert metadata.mobile.national_number_pattern is not None
    pattern = re.compile(metadata.mobile.national_number_pattern, re.ASCII)
    national = data.draw(st.from_regex(pattern, fullmatch=True))
    number = phonenumbers.parse(national, country)
    if not phonenumbers.is_valid_number(number):
        return
    for style in (phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.NATIONAL):
        typed = phonenumbers.format_number(number, style)
        assert parse_phone(typed, country) == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@pytest.mark.parametrize(
    ("cell", "country", "zero"),
    [
        (7700900123.0, "GB", "07700900123"),
        (501234567, "UA", "0501234567"),
        (669812345.0, "IT", "0669812345"),
        (3201234567.0, "IT", None),
        (601234567.0, "PL", None),
        (600123456.0, "ES", None),
        (447700900123.0, "GB", None),
        ("7700900123", "GB", None),
    ],
)
def test_a_zero_is_missed_only_where_the_country_has_one(cell: Any, country: str, zero: str | None) -> None:
    assert lost_zero(cell, country) == zero


@pytest.mark.parametrize(
    ("typed", "address", "meant"),
    [
        ("Anna@Example.COM ", "anna@example.com", ""),
        ("mailto:anna@example.com?subject=x", "anna@example.com", ""),
        ("Anna Nowak <anna@example.com>", "anna@example.com", ""),
        ("anna@example.com.", "anna@example.com", ""),
        ("anna@example.com; ola@example.com", "anna@example.com", ""),
        ("o'neil+salon@sub.example.co.uk", "o'neil+salon@sub.example.co.uk", ""),
        ("anna@müller.example", "anna@xn--mller-kva.example", ""),
        ("anna @example,com", None, "anna@example.com"),
        ("\u0430nna@example.com", None, "anna@example.com"),  # a Cyrillic а
        ("anna..b@example.com", None, "anna.b@example.com"),
        ("anna nowak@example.com", None, ""),  # nowak@ is somebody else
        ("anna@@example.com", None, "anna@example.com"),
        ("anna@b@example.com", None, ""),
        ("anna@example", None, ""),
        ("brak", None, ""),
        (5.0, None, ""),
    ],
)
def test_an_address_is_read_or_one_suggested_never_guessed(typed: Any, address: str | None, meant: str) -> None:
    assert parse_email(typed) == address
    assert address is not None or mended_email(typed) == meant


# ---- choices, text ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_choice_is_known_in_every_language(code: str) -> None:
    words = language(code)
    for allowed in (YES_NO, VISIT_STATUSES, CHANNELS):
        assert [parse_choice(words.choice(w).upper(), allowed, {}) for w in allowed] == list(allowed)


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        (True, "yes"),
        (False, "no"),
        (1.0, "yes"),
        (0, "no"),
        ("+", "yes"),
        (" – ", "no"),
        ("✓", "yes"),
        ("TAK!", "yes"),
        ("chyba", None),
    ],
)
def test_yes_and_no_are_known_by_signs_numbers_and_ticks(cell: Any, word: str | None) -> None:
    assert parse_choice(cell, YES_NO, {}) == word


def test_her_own_word_for_a_choice_beats_ours() -> None:
    assert parse_choice("Odbyta ", VISIT_STATUSES, {"odbyta": "done"}) == "done"
    assert parse_choice("1", VISIT_STATUSES, {"1": "no-show"}) == "no-show"


@pytest.mark.parametrize(
    ("cell", "text"),
    [(12.0, "12"), (12, "12"), (" 12 ", "12"), ("12.0", "12"), ("A-7\u00a0", "A-7"), (1.5, "1.5"), ("0012", "0012")],
)
def test_ids_compare_as_trimmed_text(cell: Any, text: str) -> None:
    assert id_text(cell) == text


def test_what_no_sheet_or_message_can_carry_is_left_out() -> None:
    assert shown("An\x0bna\x00 \ud800No\u200bwak\u00a0 x") == "An na Nowak x"
    assert lines_text(" a  b \r\n c\x0b ") == "a b\nc"


# ---- tables ----------------------------------------------------------------------------------------------------------


def test_a_bad_cell_blanks_only_itself_and_is_named_with_its_row() -> None:
    clients, problems = cleaned(
        "Clients",
        {
            "name": ["Anna", "Ewa", "Ola"],
            "phone": ["601 234 567", "123", None],
            "email": ["anna@example.com", "ewa", ""],
            "client_since": ["01.02.2024", "soon", 45000],
        },
    )
    assert flat(problems) == [
        (3, "phone", "invalid-phone"),
        (3, "email", "invalid-email"),
        (3, "client_since", "invalid-date"),
    ]
    assert [p.value for p in problems] == ["123", "ewa", "soon"]
    assert clients.texts("phone").cells() == ["+48601234567", None, None]
    assert clients.texts("email").cells() == ["anna@example.com", None, None]
    assert clients.days("client_since").astype(str).tolist() == ["2024-02-01", "NaT", "2023-03-15"]
    assert clients.texts("name").cells() == ["Anna", "Ewa", "Ola"]


def test_an_error_of_a_formula_is_named_and_reads_as_empty_also_as_text_from_google() -> None:
    clients, problems = cleaned("Clients", {"name": ["Anna", CellError("#N/A")], "hair_type": ["#DIV/0!", "dry"]})
    assert flat(problems) == [(3, "name", "formula-error"), (2, "hair_type", "formula-error")]
    assert (clients.texts("name").cells(), clients.texts("hair_type").cells()) == (["Anna", None], [None, "dry"])


def test_birthdays_keep_day_and_month_and_the_year_where_it_is_known() -> None:
    clients, problems = cleaned(
        "Clients", {"name": list("abcd"), "birthday": ["8.3.1990", "--02-29", date(2026, 5, 1), "31.11.1990"]}
    )
    assert clients.birthday is not None
    assert clients.birthday.tolist() == [308, 229, 501, 0]
    assert clients.days("birthday").astype(str).tolist() == ["1990-03-08", "NaT", "NaT", "NaT"]
    assert flat(problems) == [(4, "birthday", "birthday-without-year"), (5, "birthday", "invalid-date")]


def test_zeros_that_another_program_wrote_for_no_day_are_read_as_nothing_but_for_the_day_of_a_visit() -> None:
    zeros = [
        "0/0/00",
        "00/00/0000",
        "0000-00-00",
        "00.00.0000",
        "0-0-0000",
        "0000-00-00 00:00:00",
        "0/0/0",
        "00.00/0000",
    ]
    clients, problems = cleaned("Clients", {"name": list("abcdefgh"), "birthday": zeros, "client_since": zeros})
    assert flat(problems) == [(row, name, "invalid-date") for name in ("birthday", "client_since") for row in (8, 9)]
    assert clients.birthday is not None
    assert clients.birthday.tolist() == [0] * 8
    _, problems = cleaned("Visits", {"client": ["Anna"], "date": ["0000-00-00"]})
    assert flat(problems) == [(2, "date", "invalid-date")]


def test_the_time_of_a_visit_may_stand_within_its_date() -> None:
    visits, _ = cleaned(
        "Visits",
        {
            "date": [datetime.fromisoformat("2026-11-27T15:30:00"), "27.11.2026 9:00", "27.11.2026"],
            "time": [None, "10:00", None],
            "client": ["a", "b", "c"],
        },
    )
    assert visits.minutes["time"].tolist() == [930, 600, -1]


def test_money_durations_and_choices_of_a_visit_are_read() -> None:
    visits, problems = cleaned(
        "Visits",
        {
            "date": [46000] * 3,
            "client": [12.0, "12", " Anna "],
            "amount": ["1 250,50 zł", -30, "dużo"],
            "status": ["Wykonana", "", "??"],
            "duration": [time(1), "90 min", None],
        },
    )
    assert visits.texts("client").cells() == ["12", "12", "Anna"]
    assert visits.texts("client").codes.tolist() == [0, 0, 1]
    np.testing.assert_array_equal(visits.amounts("amount"), [1250.5, -30.0, np.nan])
    np.testing.assert_array_equal(visits.amounts("duration"), [60.0, 90.0, np.nan])
    assert visits.texts("status").cells() == ["done", None, None]
    assert flat(problems) == [(4, "amount", "invalid-number"), (4, "status", "invalid-choice")]
    assert problems[1].params["choices"] == ", ".join(language("pl").choice(w) for w in VISIT_STATUSES)


def test_a_number_that_lost_its_zero_is_mended_and_named() -> None:
    british = Reading(("en",), "GB", on=ON)
    clients, problems = cleaned("Clients", {"name": ["Ann", "Eve"], "phone": [7700900123.0, "07700 900124"]}, british)
    assert clients.texts("phone").cells() == ["+447700900123", "+447700900124"]
    assert [(p.row, p.code, p.params["suggestion"]) for p in problems] == [(2, "leading-zero-lost", "07700900123")]
    clients, problems = cleaned("Clients", {"name": ["Anna", "Ewa", "Ola"], "postcode": [1234.0, 30123.0, "01-234"]})
    assert clients.texts("postcode").cells() == ["01-234", "30123", "01-234"]
    assert flat(problems) == [(2, "postcode", "leading-zero-lost")]


@pytest.mark.parametrize(
    ("cells", "language_code", "read"),
    [
        (["H", "M"], "es", ["male", "female"]),
        (["M", "F"], "it", ["male", "female"]),
        (["m", "k"], "pl", ["male", "female"]),
        (["M", "M"], "es", [None, None]),
        (["M", "M"], "it", ["male", "male"]),
        (["ж", "ч"], "uk", ["female", "male"]),
    ],
)
def test_a_bare_m_is_a_woman_only_beside_an_h(cells: list[str], language_code: str, read: list[str | None]) -> None:
    clients, _ = cleaned("Clients", {"name": ["a", "b"], "gender": cells}, Reading((language_code,), "PL", on=ON))
    assert clients.texts("gender").cells() == read


def test_whatever_is_not_clearly_a_no_in_no_contact_stops_everything() -> None:
    cells = ["tak", "nie", "STOP", date(2026, 1, 5), "dzwoniła, nie chce", None, False]
    clients, problems = cleaned("Clients", {"name": list("abcdefg"), "no_contact": cells})
    assert clients.texts("no_contact").cells() == ["yes", "no", "yes", "yes", "yes", None, "no"]
    assert flat(problems) == [(6, "no_contact", "invalid-choice")]


@pytest.mark.parametrize("typed", ["yes?", "да?", "ok??", "sì ?", "¿sí?", "yes/no?"])
def test_a_question_is_no_yes_where_a_consent_is_read_and_it_is_named(typed: str) -> None:
    clients, problems = cleaned("Clients", {"name": ["a"], "email_consent": [typed], "no_contact": [typed]})
    assert clients.texts("email_consent").cells() == [None]
    assert clients.texts("no_contact").cells() == ["yes"]
    assert flat(problems) == [(2, "email_consent", "invalid-choice"), (2, "no_contact", "invalid-choice")]


def test_a_visit_whose_status_is_in_question_is_open_and_not_done() -> None:
    visits, problems = cleaned(
        "Visits", {"date": [46000] * 3, "client": ["a"] * 3, "status": ["done?", "отменён?", ""]}
    )
    assert visits.texts("status").cells() == ["planned", "planned", None]
    assert flat(problems) == [(2, "status", "invalid-choice"), (3, "status", "invalid-choice")]


def test_her_own_columns_stay_what_they_are() -> None:
    cells = [datetime.fromisoformat("2026-05-01T00:00:00"), 1.5, True, " text ", None]
    clients, problems = cleaned("Clients", {"name": list("abcde"), "mixed": cells})
    assert clients.texts("mixed").cells() == [date(2026, 5, 1), 1.5, True, " text ", None]
    assert problems == []


def test_what_the_program_computes_is_read_but_only_hers_is_judged() -> None:
    columns: dict[str, list[Any]] = {
        "name": ["Anna"],
        "last_visit": ["never"],
        "visits": [CellError("#REF!")],
        "next_visit": ["soon"],
    }
    _, problems = cleaned("Clients", columns)
    assert flat(problems) == [(2, "next_visit", "invalid-date")]
    _, problems = cleaned("Clients", columns, hers=frozenset({"last_visit"}))
    assert flat(problems) == [(2, "last_visit", "invalid-date"), (2, "next_visit", "invalid-date")]


def test_what_was_meant_is_suggested_only_where_it_can_be_told() -> None:
    cells: dict[str, list[Any]] = {
        "name": ["Anna", "Ewa"],
        "client_since": ["12/25/2024", "soon"],
        "email": ["anna @example,com", "brak"],
        "birthday": ["3/25/1990", "wiosną"],
        "phone": ["0 601 234 567", "?"],
        "channel": ["telefn", "gołąb"],
    }
    meant = {(p.row, p.field): p.params.get("suggestion") for p in cleaned("Clients", cells)[1]}
    assert [meant[2, field] for field in cells if field != "name"] == [
        *("25.12.2024", "anna@example.com", "25.03.1990", "+48601234567", "telefon")
    ]
    assert [meant[3, field] for field in cells if field != "name"] == [None] * 5


CELLS = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.text("0123456789 .,-/+()@abcmayмайrżE:'\u00a0", max_size=20),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.decimals(allow_nan=False),
    st.sampled_from(
        [
            CellError("#N/A"),
            np.float64("nan"),
            np.int64(45000),
            np.datetime64("NaT", "D"),
            np.datetime64("2026-01-01"),
            "№",
            "²",
            "१२",
            "--02-30",
        ]
    ),
)
EVERY_KIND = {
    field.name: name
    for name in ("Services", "Campaigns", "Texts", "Visits", "Clients")
    for field in TABLES[name].fields
    if field.kind is not Kind.TEXT or field.name in ("name", "postcode", "language", "notes")
}


@given(
    st.lists(CELLS, min_size=1, max_size=6),
    st.sampled_from(sorted(EVERY_KIND)),
    st.sampled_from(LANGUAGES),
    st.sampled_from(COUNTRIES),
)
def test_no_cell_whatever_stops_the_reading_and_none_is_changed(
    cells: list[Any], field: str, code: str, country: str
) -> None:
    raw = table(EVERY_KIND[field], {field: cells})
    column = raw.columns[field]
    before = (column.codes.copy(), [repr(v) for v in column.values])
    result, problems = clean(raw, Reading((code,), country, on=ON))
    assert len(result) == len(cells)
    assert all(p.row in raw.rows and p.field == field for p in problems)
    np.testing.assert_array_equal(column.codes, before[0])
    assert [repr(v) for v in column.values] == before[1]


USUAL = st.one_of(
    st.sampled_from(["Anna Lis", "12.0", "C12", " Anna", "An  na", "Żak-Nowak", "#N/A", "note\nnote"]),
    st.sampled_from(["07700 900123", "+48 601-234-567", "0048601234567", "601234567.0", "601234567" + " " * 80]),
    st.sampled_from(["anna@example.com", "'anna@example.com", "Anna@example.com", "anna@example.com "]),
    st.from_regex(r"(\+|00|0)?(48|44|7|39|380)?[0-9]{8,11}", fullmatch=True),
)
DAYS = st.dates(date(1895, 1, 1), date(2027, 12, 31))


@given(
    st.lists(USUAL, min_size=1, max_size=12) | st.lists(USUAL | DAYS | CELLS, min_size=1, max_size=12),
    st.sampled_from(["client_id", "name", "notes", "phone", "email", "birthday", "postcode"]),
    st.sampled_from(COUNTRIES),
    st.sampled_from([ON, None]),
)
@example(["Anna", "An  na"], "name", "PL", ON)
@example(["Anna", "Ewa "], "name", "PL", ON)
@example(["Anna", "E\u200bwa"], "name", "PL", ON)
@example(["C1", "12.0"], "client_id", "PL", ON)
@example(["'anna@example.com"], "email", "PL", ON)
@example(["601234567" + " " * 80, "601234567\n602345678", "601234567.0", "٦٠١234567"], "phone", "PL", ON)
@example([date(1899, 12, 31), date(2023, 11, 22), date(2023, 11, 23)], "birthday", "PL", ON)
def test_what_is_read_many_at_once_is_read_the_same_one_by_one(
    cells: list[Any], field: str, country: str, on: date | None
) -> None:
    known = TABLES["Clients"].field(field)
    column = Column.encode(cells)
    assert known is not None
    read = reader(known, column, Reading(("pl",), country, on=on))
    usual = read.usual(column.values)
    alone = [
        read.one(cell) if value is not None else (None, None) for cell, value in zip(column.values, usual, strict=True)
    ]
    assert [(value, None) for value in usual] == alone


def test_most_names_phones_addresses_and_birthdays_are_read_many_at_once() -> None:
    typed: dict[str, list[Any]] = {
        "name": ["Anna Lis", "Оксана Шевченко"] * 60 + [" Ewa "],
        "client_id": ["C1", "C2"] * 60 + ["3.0"],
        "phone": ["601 234 567", "+48601234568"] * 60 + ["601.234.569"],
        "other_phone": ["07700 900123", "+44 (0) 7700-900-124"] * 60 + ["tel. 07700 900125"],
        "email": ["anna@example.com", "ewa.lis+1@mail.example.com"] * 60 + ["Ewa@example.com"],
        "birthday": [date(1990, 3, 8), date(1960, 1, 1)] * 60 + ["8 marca"],
    }
    for field, cells in typed.items():
        known, reading = (
            TABLES["Clients"].field(field),
            Reading(("pl",), "GB" if field == "other_phone" else "PL", on=ON),
        )
        assert known is not None
        usual = reader(known, Column.encode(cells), reading).usual(cells)
        left = [cell for cell, value in zip(cells, usual, strict=True) if value is None]
        assert (field, left[-1], len(left) <= 8) == (field, cells[-1], True)


@given(CELLS, st.sampled_from(COUNTRIES), st.sampled_from([ON, None]))
def test_a_reader_of_one_cell_never_raises(cell: Any, country: str, on: date | None) -> None:
    reading = Reading(("pl",), country, on=on)
    for read in (parse_date, parse_moment, parse_birthday):
        read(cell, reading)
    parse_time(cell)
    parse_number(cell, ())
    parse_duration(cell, ("en",))
    parse_phone(cell, country)
    lost_zero(cell, country)
    parse_email(cell)
    mended_email(cell)
    parse_choice(cell, YES_NO, {"x": "yes"})
    assert id_text(cell) == id_text(id_text(cell))
    assert isinstance(lines_text(cell), str)
