"""The Settings sheet is read in any language, and what cannot be read leaves the default and is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcrm.crm.settings import Settings, parse_settings, timezone_of
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.errors import UsageError
from sheetcrm.languages import language

NOON = datetime(2026, 11, 22, 12)


def parsed(**settings: Any) -> Settings:
    found, problems = parse_settings([(2 + i, name, value) for i, (name, value) in enumerate(settings.items())])
    assert problems == []
    return found


def wrong(name: str, value: Any) -> tuple[Settings, list[tuple[Any, str | None, str, str]]]:
    settings, problems = parse_settings([(5, name, value)], on=date(2026, 11, 22))
    return settings, [(p.row, p.field, p.code, p.value) for p in problems]


def test_nothing_set_means_the_defaults() -> None:
    assert parse_settings([]) == (Settings(currency="GBP"), [])
    assert parse_settings([(2, "cap", None), (3, None, "x"), (4, "tone", " ")]) == (Settings(currency="GBP"), [])


@pytest.mark.parametrize(
    ("languages", "country", "currency", "zone"),
    [
        (("pl",), "PL", "PLN", "Europe/Warsaw"),
        (("uk", "ru"), "UA", "UAH", "Europe/Kyiv"),
        (("it",), "IT", "EUR", "Europe/Rome"),
        (("es",), "ES", "EUR", "Europe/Madrid"),
        (("en",), "GB", "GBP", "Europe/London"),
        (("ru",), "", "", "UTC"),  # written in many countries: she is asked
    ],
)
def test_country_currency_and_zone_follow_the_language(
    languages: tuple[str, ...], country: str, currency: str, zone: str
) -> None:
    settings, _ = parse_settings([], languages)
    assert (settings.language, settings.country, settings.currency) == (languages[0], country, currency)
    assert timezone_of(settings).key == zone


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        *(("PL", "PL"), ("pl ", "PL"), ("Polska", "PL"), ("Польща", "PL"), ("Polonia", "PL"), ("Poland", "PL")),
        *(
            ("UK", "GB"),
            ("England", "GB"),
            ("Wielka Brytania", "GB"),
            ("USA", "US"),
            ("Estados Unidos", "US"),
            ("Україна", "UA"),
        ),
        *(("Італія", "IT"), ("Испания", "ES")),
    ],
)
def test_a_country_is_known_by_code_or_by_name_in_six_languages(typed: str, country: str) -> None:
    assert parsed(country=typed).country == country


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("tone", "Familiar", "familiar"),
        ("tone", "na Ty", "familiar"),
        ("tone", "Pani/Pan", "formal"),
        ("tone", "на ти", "familiar"),
        ("language", "Polski", "pl"),
        ("language", "es-MX", "es"),
        ("currency", "zł", "PLN"),
        ("currency", "eur", "EUR"),
        ("timezone", "europe/warsaw", "Europe/Warsaw"),
        ("timezone", "Kyiv", "Europe/Kyiv"),
        ("phone", 48601234567.0, "48601234567"),
        ("sender", "Malwa <salon@example.com>", "Malwa <salon@example.com>"),
        ("approval", language("pl").choice("tick"), "tick"),
        ("approval", "tick", "tick"),
        ("quiet_hours", "20:00-08:00", ("20:00", "08:00")),
        ("quiet_hours", "21–9", ("21:00", "09:00")),
        ("quiet_hours", "od 20.30 do 8.15", ("20:30", "08:15")),
        ("quiet_hours", "9 pm to 8 am", ("21:00", "08:00")),
        ("quiet_hours", "off", None),
        ("quiet_hours", False, None),
        ("cap", "2 in 30 days", (2, 30)),
        ("cap", "3/14", (3, 14)),
        ("cap", "2 w ciągu 30 dni", (2, 30)),
        ("cap", "не більше 1 за 7 днів", (1, 7)),
        ("cap", "wyłączone", None),
        ("outbox_days", "14", 14),
        ("outbox_days", 3.0, 3),
        ("first_send", "так", True),
        ("first_send", True, True),
        ("first_send", "no", False),
        ("leap_birthday", "1 Mar", (3, 1)),
        ("leap_birthday", "28 lutego", (2, 28)),
        ("leap_birthday", date(2026, 3, 1), (3, 1)),  # what Excel made of it
        ("due_after", "1,5", Decimal("1.5")),
        ("lost_after", 5.0, Decimal("5.0")),
        ("lapsed_after", "off", None),
        ("smtp_port", 587.0, 587),
        ("smtp_security", "SSL/TLS", "tls"),
        ("smtp_security", "none", "none"),
        ("closed_days", "Sunday, poniedziałek; 24.12, 01.05.2027", ("sun", "mon", "--12-24", "2027-05-01")),
        ("closed_days", "неділя", ("sun",)),
        ("closed_days", "2027-08-01 - 2027-08-21", ("2027-08-01/2027-08-21",)),
        ("closed_days", "off", ()),
        ("unsubscribe", "off", "off"),
    ],
)
def test_a_setting_is_read_in_the_forms_people_type(name: str, value: Any, expected: Any) -> None:
    assert getattr(parse_settings([(2, name, value)], on=date(2026, 11, 22))[0], name) == expected


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("country", "Atlantis", "invalid-choice"),
        ("currency", "gold", "invalid-choice"),
        ("timezone", "Mars/Olympus", "invalid-choice"),
        ("tone", "sarcastic", "invalid-choice"),
        ("quiet_hours", "at night", "invalid-choice"),
        ("quiet_hours", "20:00", "invalid-choice"),
        ("cap", "many", "invalid-choice"),
        ("cap", 2.0, "invalid-choice"),
        ("outbox_days", "soon", "invalid-number"),
        ("outbox_days", 1e9, "invalid-number"),
        ("leap_birthday", "27 Feb", "invalid-choice"),
        ("due_after", "-1", "invalid-number"),
        ("sender", "salon", "invalid-email"),
        ("closed_days", "Sunday, sometimes", "invalid-choice"),
    ],
)
def test_what_cannot_be_read_leaves_the_default_and_is_named(name: str, value: Any, code: str) -> None:
    settings, problems = wrong(name, value)
    assert settings == parse_settings([])[0]
    assert [(row, field, found) for row, field, found, _ in problems] == [(5, "value", code)]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("keep_backups", 501, "“501” cannot stand here: a whole number from 1 to 500 can."),
        ("keep_backups", 2.5, "“2.5” cannot stand here: a whole number from 1 to 500 can."),
        ("outbox_days", -1, "“-1” cannot stand here: a whole number from 0 to 366 can."),
        ("keep_backups", "many", "“many” is not a number."),
    ],
)
def test_a_number_out_of_bounds_is_told_the_bounds(name: str, value: Any, message: str) -> None:
    problem = parse_settings([(5, name, value)], on=date(2026, 11, 22))[1][0]
    assert language("en").problem(problem.code, value=problem.value, **problem.params)[0] == message


@pytest.mark.parametrize("value", ["abc", 70000])
def test_a_port_that_cannot_be_read_is_no_guess_at_another(value: Any) -> None:
    settings, problems = wrong("smtp_port", value)
    assert (settings.smtp_port, [code for _, _, code, _ in problems]) == (0, ["invalid-number"])
    with pytest.raises(UsageError, match="smtp_port cannot be read"):
        SmtpConfig.load(replace(settings, smtp_host="smtp.example.com"), {})


def test_an_unknown_setting_is_named_with_the_nearest_one() -> None:
    _, problems = parse_settings([(7, "quite hours", "20-8")])
    assert [(p.row, p.field, p.code, p.value, p.params["suggestion"]) for p in problems] == [
        (7, "setting", "unknown-setting", "quite hours", "quiet_hours")
    ]


def test_a_setting_is_known_however_its_name_is_written() -> None:
    settings, problems = parse_settings(
        [(2, "Quiet hours", "22-7"), (3, "Telefon", "601 234 567"), (4, "OUTBOX-DAYS", 3)]
    )
    assert problems == []
    assert (settings.quiet_hours, settings.phone, settings.outbox_days) == (("22:00", "07:00"), "601 234 567", 3)


def test_her_headers_and_words_are_taken_over() -> None:
    settings, problems = parse_settings(
        [
            (2, "column.phone", "Kontakt"),
            (3, "Column.Birthday", "Ur."),
            (4, "choice.Odbyta", "done"),
            (5, "choice.yes", "oczywiście"),
        ]
    )
    assert problems == []
    assert settings.columns == {"phone": "Kontakt", "birthday": "Ur."}
    assert settings.choices == {"odbyta": "done", "oczywiscie": "yes"}
    assert [p.code for p in parse_settings([(2, "column.shoe", "x"), (3, "choice.foo", "bar")])[1]] == [
        "unknown-setting",
        "invalid-choice",
    ]


def test_the_zone_set_beats_the_countrys_and_the_machines_is_the_last() -> None:
    assert timezone_of(Settings(timezone="Asia/Tokyo", country="PL")).key == "Asia/Tokyo"
    assert timezone_of(Settings(country="US")).key == "America/New_York"
    assert timezone_of(Settings(country=""), "Europe/Riga").key == "Europe/Riga"
    assert timezone_of(Settings(country="", timezone="nonsense"), "also nonsense").key == "UTC"


NAMES = st.sampled_from(
    [*(f.replace("columns", "column.phone").replace("choices", "choice.x") for f in Settings.__slots__), "x", 5, None]
)
VALUES = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.text("0123456789 :-/,.", max_size=12),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.dates(),
    st.just(NOON),
)


@given(st.lists(st.tuples(st.integers(2, 99), NAMES, VALUES), max_size=8), st.sampled_from(["en", "pl", "ru", "xx"]))
def test_no_value_whatever_stops_the_reading(pairs: list[tuple[Any, Any, Any]], code: str) -> None:
    settings, problems = parse_settings(pairs, (code,))
    assert timezone_of(settings).key
    assert all(p.table == "Settings" and p.severity for p in problems)
