"""Duplicates: who stands in the list twice is found, who only looks like somebody else is left alone, and each pair says why."""

from __future__ import annotations

import re
from datetime import date, datetime
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_tables import frame

import sheetcrm
from sheetcrm.crm.linkage.blocking import candidate_pairs
from sheetcrm.crm.linkage.records import records_of
from sheetcrm.crm.tables import Table

COLUMNS = ["left", "right", "score", "tier", "reasons"]
TIERS = {"certain", "likely", "household", "maiden-name"}


def found(text: str) -> list[tuple[int, int, str]]:
    """Return (left, right, tier) of what is found in a table written as text, whose rows count from 2."""
    return told(frame(text))


def told(clients: pd.DataFrame) -> list[tuple[int, int, str]]:
    pairs = sheetcrm.find_duplicates(clients)
    return list(zip(pairs["left"], pairs["right"], pairs["tier"], strict=True))


def tier_of(text: str) -> str:
    """Return the tier of the one pair of two rows, or "" where they are no pair."""
    return "".join(tier for _, _, tier in found(text))


# ---- two people who look like one


def test_a_couple_on_one_phone_is_a_household() -> None:
    assert found("""
        name             | phone
        Olena Shevchenko | +380 67 123 45 67
        Taras Shevchenko | +380 67 123 45 67
    """) == [(2, 3, "household")]


def test_a_couple_on_one_phone_whose_surname_has_a_form_for_her_and_one_for_him_is_a_household() -> None:
    assert sorted(
        found("""
        name           | phone
        Anna Kowalska  | 601 234 567
        Jan Kowalski   | 601 234 567
        Ірина Мельник  | 067 123 45 67
        Иван Петров    | 8 916 123 45 67
        Мария Петрова  | 8 916 123 45 67
    """)
    ) == [(2, 3, "household"), (5, 6, "household")]


def test_a_father_and_son_of_one_name_on_one_phone_are_a_household() -> None:
    assert (
        tier_of("""
        name      | phone       | birthday
        Jan Nowak | 601 234 567 | 1960-03-04
        Jan Nowak | 601 234 567 | 1990-05-06
    """)
        == "household"
    )


@pytest.mark.parametrize(("hers", "daughters"), [("1960", "1990"), ("1948", "1984"), ("1958", "1978")])
def test_a_generation_between_two_birthdays_is_no_slip_though_only_one_digit_differs(hers: str, daughters: str) -> None:
    pairs = sheetcrm.find_duplicates(
        frame(f"""
        name        | phone       | email         | birthday
        Maria Russo | 333 1234567 | casa@russo.it | {hers}-03-04
        Maria Russo | 333 1234567 | casa@russo.it | {daughters}-03-04
    """)
    )
    birthdays = [reason for reason in pairs["reasons"][0] if "birthday" in reason]
    assert (pairs["tier"].tolist(), birthdays) == (["household"], ["different birthdays (-5)"])


def test_a_generation_is_a_slip_where_the_tax_number_is_the_same_or_nothing_could_be_a_familys() -> None:
    tax, register = (
        tier_of("""
        name        | phone       | birthday   | tax_id
        Maria Russo | 333 1234567 | 1960-03-04 | RSSMRA60C44F839X
        Maria Russo | 333 1234567 | 1990-03-04 | RSSMRA60C44F839X
    """),
        tier_of("""
        name        | birthday   | city
        Maria Russo | 1960-03-04 | Napoli
        Maria Russo | 1990-03-04 | Napoli
    """),
    )
    assert (tax, register) == ("likely", "likely")


def test_a_father_and_son_of_one_name_at_one_address_are_a_household_in_a_list_without_contacts_too() -> None:
    assert (
        tier_of("""
        name      | birthday   | address     | city
        Jan Nowak | 1960-03-04 | ul. Długa 5 | Kraków
        Jan Nowak | 1990-05-06 | ul. Długa 5 | Kraków
    """)
        == "household"
    )


def test_a_mother_and_daughter_are_a_household_where_one_goes_by_the_diminutive_of_the_others_name() -> None:
    assert (
        tier_of("""
        name       | email          | birthday
        Anna Nowak | dom@nowak.pl   | 1960-03-04
        Ania Nowak | dom@nowak.pl   | 1990-05-06
    """)
        == "household"
    )


@pytest.mark.parametrize("twins", [("Piotr", "Paweł"), ("Maria", "Marta"), ("Daniel", "Daniela"), ("Олена", "Оксана")])
def test_twins_who_share_all_but_the_given_name_are_a_household(twins: tuple[str, str]) -> None:
    assert (
        tier_of(f"""
        name           | phone       | birthday   | address
        {twins[0]} Lis | 601 234 567 | 1990-05-06 | ul. Długa 5
        {twins[1]} Lis | 601 234 567 | 1990-05-06 | ul. Długa 5
    """)
        == "household"
    )


def test_colleagues_on_a_switchboard_are_no_pairs() -> None:
    assert (
        found("""
        name            | phone
        Anna Nowak      | 22 123 45 67
        Jan Wiśniewski  | 22 123 45 67
        Ewa Zając       | 22 123 45 67
        Anna Krawczyk   | 22 123 45 67
        Ola Baran       | 22 123 45 67
    """)
        == []
    )


@pytest.mark.parametrize(("one", "other"), [("w. 1", "w. 2"), ("ext 1", "ext. 2"), ("вн. 12", "вн. 13"), ("x1", "#2")])
def test_two_extensions_of_one_number_are_a_switchboard_and_no_persons_phone(one: str, other: str) -> None:
    phone = "22 123 45 67"
    assert tier_of(f"name | phone\nAnna Nowak | {phone} {one}\nAnna Nowak | {phone} {other}") == "likely"
    assert tier_of(f"name | phone\nAnna Nowak | {phone} {one}\nJan Nowak | {phone} {other}") == ""
    assert tier_of(f"name | phone\nAnna Nowak | {phone} {one}\nAnna Lis | {phone} {other}") == ""


def test_one_extension_of_one_number_or_one_that_is_left_out_parts_nobody() -> None:
    assert tier_of("name | phone\nAnna Nowak | 22 123 45 67 w. 1\nAnna Nowak | 221234567 ext 01") == "certain"
    assert tier_of("name | phone\nAnna Nowak | 22 123 45 67 w. 1\nAnna Nowak | 22 123 45 67") == "certain"


def test_one_client_twice_is_found_on_a_switchboard_too() -> None:
    assert [
        pair[:2]
        for pair in found("""
        name            | phone
        Anna Nowak      | 22 123 45 67
        Jan Wiśniewski  | 22 123 45 67
        Ewa Zając       | 22 123 45 67
        Anna Krawczyk   | 22 123 45 67
        Wiśniewski Jan  | 22 1234567
    """)
    ] == [(3, 6)]


def test_mario_and_maria_are_two() -> None:
    assert (
        tier_of("""
        name        | phone          | email
        Mario Rossi | 347 123 4567   | rossi@libero.it
        Maria Rossi | 347 123 4567   | rossi@libero.it
    """)
        == "household"
    )


def test_sasha_may_be_oleksandr_or_oleksandra_and_is_neither_for_certain() -> None:
    assert sorted(
        found("""
        name                 | phone
        Саша Коваленко       | 067 123 45 67
        Олександр Коваленко  | 067 123 45 67
        Олександра Коваленко | 067 123 45 67
    """)
    ) == [(2, 3, "likely"), (2, 4, "likely"), (3, 4, "household")]


def test_a_rossi_may_be_anna_or_andrea_and_is_neither_for_certain() -> None:
    assert sorted(
        found("""
        name         | phone
        A. Rossi     | 347 123 4567
        Anna Rossi   | 347 123 4567
        Andrea Rossi | 347 123 4567
    """)
    ) == [(2, 3, "likely"), (2, 4, "likely"), (3, 4, "household")]


def test_a_rossi_is_not_bruno_rossi() -> None:
    assert (
        tier_of("""
        name        | phone
        A. Rossi    | 347 123 4567
        Bruno Rossi | 347 123 4567
    """)
        == "household"
    )


def test_birthdays_one_digit_apart_are_for_the_owner_to_decide() -> None:
    assert (
        tier_of("""
        name          | phone       | birthday
        Anna Kowalska | 601 234 567 | 1985-03-12
        Anna Kowalska | 601 234 567 | 1985-03-13
    """)
        == "likely"
    )


def test_a_namesake_with_a_phone_and_a_birthday_of_her_own_is_no_pair() -> None:
    assert (
        tier_of("""
        name       | phone       | birthday   | city
        Anna Nowak | 601 234 567 | 1985-03-12 | Kraków
        Anna Nowak | 512 987 654 | 1999-11-30 | Kraków
    """)
        == ""
    )


def test_a_namesake_with_another_patronymic_is_a_household() -> None:
    assert (
        tier_of("""
        name                     | phone
        Иванова Мария Петровна   | 8 916 123 45 67
        Иванова Мария Сергеевна  | 8 916 123 45 67
    """)
        == "household"
    )


@pytest.mark.parametrize(
    "pair",
    [
        "John Smith Sr / John Smith Jr",
        "John Smith / John Smith Jr",
        "Zofia Nowak / Zofia Nowak (córka)",
        "Саша Иванов / Саша Иванова",
        "Alex Kowalski / Alex Kowalska",
        "Anna Bal / Anna Bak",
    ],
)
def test_names_that_may_be_those_of_two_at_one_phone_are_not_pre_ticked(pair: str) -> None:
    one, other = pair.split(" / ")
    assert tier_of(f"name | phone\n{one} | 601 234 567\n{other} | 601 234 567") in ("likely", "household")


@pytest.mark.parametrize(
    "pair",
    [
        "Anna Nowak, Hanna Nowak",
        "Ania Nowak, Hanna Nowak",
        "Анна Коваль, Ганна Коваль",
        "Ксения Фёдорова, Оксана Федорова",
        "Ксюша Федорова, Оксана Федорова",
        "John Smith, Jack Smith",
        "Jacob Smith, James Smith",
        "Andrzej Lis, Jędrzej Lis",
        "Piero Ricci, Pietro Ricci",
        "Chiara Ricci, Clara Ricci",
        "Iván Moreno, Juan Moreno",
        "Юрий Орлов, Георгий Орлов",
        "Лиза Орлова, Эльза Орлова",
        "Mia Nowak, Maja Nowak",
        "Kornelia Nowak, Kornela Nowak",
    ],
)
def test_two_names_of_one_origin_that_sisters_may_have_are_not_pre_ticked_by_surname_and_phone(pair: str) -> None:
    one, other = pair.split(", ")
    assert tier_of(f"name | phone\n{one} | 601 234 567\n{other} | 601 234 567") == "likely"


@pytest.mark.parametrize(
    "pair",
    ["Xiaoming Wang, Xiaoning Wang", "Gulnara Karimova, Gulnora Karimova"],
)
def test_a_letter_between_two_given_names_that_nobody_knows_may_tell_twins_but_not_with_one_tax_number(
    pair: str,
) -> None:
    one, other = pair.split(", ")
    rest = "601 234 567 | rodzice@wp.pl | 1990-05-06"
    assert tier_of(f"name | phone | email | birthday\n{one} | {rest}\n{other} | {rest}") == "likely"
    told = "601 234 567 | 90050612345"
    assert tier_of(f"name | phone | tax_id\n{one} | {told}\n{other} | {told}") == "certain"


@pytest.mark.parametrize(
    "pair", ["Katarzyna Nowak, Katarzna Nowak", "Aleksandra Lis, Aleksanrda Lis", "Giuseppe Ricci, Giusppe Ricci"]
)
def test_a_slip_in_a_given_name_that_is_known_is_one_person(pair: str) -> None:
    one, other = pair.split(", ")
    assert tier_of(f"name | phone\n{one} | 601 234 567\n{other} | 601 234 567") == "certain"


def test_jan_and_ann_are_two_though_they_sound_alike() -> None:
    assert tier_of("name | phone\nJan Smith | 601 234 567\nAnn Smith | 601 234 567") == "household"


@pytest.mark.parametrize(
    "pair",
    [
        "Hania Nowak, Hanna Nowak",
        "Ганна Коваль, Hanna Koval",
        "Oksana Koval, Оксана Коваль",
        "Ксюша Федорова, Ксения Федорова",
        "Олена Коваль, Елена Коваль",
        "Катя Орлова, Екатерина Орлова",
        "Beppe Ricci, Giuseppe Ricci",
        "Bob Smith, Robert Smith",
        "Jim Smith, James Smith",
    ],
)
def test_a_diminutive_a_script_or_another_languages_form_of_one_name_is_one_person(pair: str) -> None:
    one, other = pair.split(", ")
    assert tier_of(f"name | phone\n{one} | 601 234 567\n{other} | 601 234 567") == "certain"


@pytest.mark.parametrize(
    "pair",
    [
        "Jan Nowak st., Jan Nowak mł.",
        "Jan Nowak, Jan Nowak mł.",
        "Иван Петров ст., Иван Петров мл.",
        "Anna Nowak, Anna Nowak i Jan",
        "Anna Nowak, Anna & Jan Nowak",
        "Олена Коваль, Олена та Іван Коваль",
        "Pedro García López, Pedro García Ruiz",
        "Anna Nowak-Lis, Anna Nowak-Zięba",
    ],
)
def test_father_and_son_a_couples_row_and_another_second_surname_are_not_pre_ticked(pair: str) -> None:
    one, other = pair.split(", ")
    tier = tier_of(f"name | phone\n{one} | 601 234 567\n{other} | 601 234 567")
    assert tier not in ("certain", "")


@pytest.mark.parametrize(
    "pair",
    [
        "Pedro García López, Pedro García",
        "Pedro García López, Pedro Garcia Lopez",
        "Pedro García López, Pedro López García",
        "Anna i Jan Nowak, Nowak Anna i Jan",
        "Anna Kowalska, Anna Nowak-Kowalska",
        "Anna I. Nowak, Anna Nowak",
    ],
)
def test_one_of_two_surnames_left_out_or_a_couples_row_twice_are_one(pair: str) -> None:
    one, other = pair.split(", ")
    assert tier_of(f"name | phone\n{one} | 601 234 567\n{other} | 601 234 567") == "certain"


@pytest.mark.parametrize("phone", ["000 000 000", "123456789", "111-111"])
def test_a_phone_that_is_none_is_no_evidence(phone: str) -> None:
    assert tier_of(f"name | phone\nAnna Nowak | {phone}\nAnna Nowak | {phone}") != "certain"
    assert tier_of(f"name | phone\nAnna Nowak | {phone}\nJan Nowak | {phone}") == ""


@pytest.mark.parametrize(
    "pair",
    [
        "Mr John Smith / Mrs John Smith",
        "Mr. John Smith / Smith, Ms. John",
        "Sig. Andrea Rossi / Sig.ra Andrea Rossi",
        "Signor Rossi / Signora Rossi",
        "Dott. Andrea Rossi / Dott.ssa Andrea Rossi",
        "Pan Nowak / Pani Nowak",
        "Пан Коваль / Пані Коваль",
        "Пан Саша Коваль / п-ні Саша Коваль",
        "г-н Саша Шевчук / г-жа Саша Шевчук",
        "господин Шевчук / госпожа Шевчук",
        "Sr. García / Sra. García",
        "Señor Cruz Pérez / Señora Cruz Pérez",
        "Don Trinidad Pérez / Doña Trinidad Pérez",
    ],
)
def test_a_man_and_a_woman_by_their_titles_are_a_household_whatever_else_they_share(pair: str) -> None:
    one, other = pair.split(" / ")
    assert tier_of(f"name | phone\n{one} | 601 234 567\n{other} | 601 234 567") == "household"
    rest = "601 234 567 | rossi@wp.pl | 1990-05-06 | ul. Długa 5"
    assert tier_of(f"name | phone | email | birthday | address\n{one} | {rest}\n{other} | {rest}") == "household"


def test_a_title_in_the_column_of_given_names_tells_a_man_from_a_woman_too() -> None:
    assert (
        tier_of("""
        first_name  | last_name | phone
        Sig. Andrea | Rossi     | 347 123 4567
        Sig.ra Andrea | Rossi   | 347 123 4567
    """)
        == "household"
    )


def test_of_a_man_and_a_woman_with_one_tax_number_the_owner_decides() -> None:
    assert (
        tier_of("""
        name               | phone        | tax_id
        Sig. Andrea Rossi  | 347 123 4567 | RSSNDR90A01H501X
        Sig.ra Andrea Rossi | 347 123 4567 | RSSNDR90A01H501X
    """)
        == "likely"
    )


@pytest.mark.parametrize(
    "pair",
    [
        "Mr John Smith / Smith, John, Mr",
        "Mrs Anna Smith / Ms Anna Smith",
        "Dr Anna Lis / Pani Anna Lis",
        "г-жа Анна Коваль / Анна Коваль",
    ],
)
def test_titles_that_do_not_contradict_each_other_part_nobody(pair: str) -> None:
    one, other = pair.split(" / ")
    assert tier_of(f"name | phone\n{one} | 601 234 567\n{other} | 601 234 567") == "certain"


def test_a_woman_whose_surname_is_pan_is_not_taken_for_a_man() -> None:
    assert tier_of("name | phone\nMrs Anna Pan | 601 234 567\nAnna Pan | 601 234 567") == "likely"


def test_a_man_has_no_maiden_name() -> None:
    assert (
        tier_of("""
        name           | phone       | email
        Piotr Nowak    | 601 234 567 | piotr@wp.pl
        Piotr Kowalski | 601 234 567 | piotr@wp.pl
    """)
        == ""
    )


# ---- one person who stands there twice


@pytest.mark.parametrize(
    "other",
    [
        "Anna Kowalska | 601-234-567",
        "Anna Kowalska | +48 601 234 567",
        "Anna Kowalska | 0048601234567",
        "Anna Kowalska | 601234567.0",
        "Anna Kowalska | tel. 601 234 567 (mama)",
        "Anna Kowalska | 601 234 567, 512 987 654",
        "anna kowalska | 601 234 567",
        "Kowalska Anna | 601 234 567",
        "Kowalska, Anna | 601 234 567",
        "p. Anna Kowalska | 601 234 567",
        "Pani Anna Kowalska | 601 234 567",
        "Sig.ra Anna Kowalska | 601 234 567",
        "Anna Kowaslka | 601 234 567",
        "Ana Kowalska | 601 234 567",
        "Ania Kowalska | 601 234 567",
        "Anna Maria Kowalska | 601 234 567",
        "Анна Ковальська | 601 234 567",
        "Аnnа Kоwаlskа | 601 234 567",
    ],
)
def test_one_client_written_in_two_ways_with_her_phone_is_certain(other: str) -> None:
    assert tier_of(f"name | phone\nAnna Kowalska | 601 234 567\n{other}") == "certain"


def test_a_number_that_is_valid_in_two_countries_does_not_part_one_person() -> None:
    assert (
        tier_of("""
        name          | phone
        Oksana Bondar | +48 501 356 261
        Oksana Bondar | +380 50 135 62 61
    """)
        == "certain"
    )


def test_letters_that_only_look_alike_do_not_part_one_person() -> None:
    latin_a_and_o = "Мaкар Кoваленко"
    assert tier_of(f"name | phone\nМакар Коваленко | 067 123 45 67\n{latin_a_and_o} | 067 123 45 67") == "certain"


@pytest.mark.parametrize(
    ("cyrillic", "latin"),
    [
        ("Олександр Гнатюк", "Oleksandr Hnatiuk"),
        ("Юлія Щербак", "Yuliia Shcherbak"),
        ("Наталья Чехова", "Natalia Czechowa"),
        ("Дмитро Жук", "Dmytro Zhuk"),
        ("Григорий Хромов", "Grigory Khromov"),
    ],
)
def test_one_name_in_cyrillic_and_in_latin_letters_is_certain_with_the_phone(cyrillic: str, latin: str) -> None:
    assert tier_of(f"name | phone\n{cyrillic} | 067 123 45 67\n{latin} | 067 123 45 67") == "certain"


@pytest.mark.parametrize(
    ("short", "name"),
    [
        ("Bob Smith", "Robert Smith"),
        ("Kasia Wójcik", "Katarzyna Wójcik"),
        ("Катруся Бойко", "Катерина Бойко"),
        ("Наташа Орлова", "Наталья Орлова"),
        ("Beppe Ricci", "Giuseppe Ricci"),
        ("Nacho Moreno", "Ignacio Moreno"),
    ],
)
def test_a_diminutive_of_any_of_the_six_languages_is_the_name(short: str, name: str) -> None:
    assert tier_of(f"name | email\n{short} | her@own.example\n{name} | her@own.example") == "certain"


def test_a_name_in_two_columns_is_that_name_in_one() -> None:
    assert (
        tier_of("""
        name          | first_name | last_name | phone
        Anna Kowalska |            |           | 601 234 567
                      | Anna       | Kowalska  | 601 234 567
    """)
        == "certain"
    )


def test_given_name_and_surname_in_each_others_column_are_found() -> None:
    assert (
        tier_of("""
        first_name | last_name | phone
        Anna       | Kowalska  | 601 234 567
        Kowalska   | Anna      | 601 234 567
    """)
        == "certain"
    )


@pytest.mark.parametrize(("one", "other"), [(48601234567.0, "601 234 567"), (601234567, "+48601234567")])
def test_a_phone_that_is_a_number_is_that_phone(one: float, other: str) -> None:
    clients = pd.DataFrame({"name": ["Anna Kowalska"] * 2, "phone": pd.Series([one, other], dtype=object)})
    assert told(clients) == [(0, 1, "certain")]


def test_a_married_name_is_told_by_the_same_given_name_phone_and_mail() -> None:
    assert (
        tier_of("""
        name             | phone       | email
        Anna Nowak       | 601 234 567 | anna.n@wp.pl
        Anna Wiśniewska  | 601 234 567 | anna.n@wp.pl
    """)
        == "maiden-name"
    )


def test_dots_and_tags_of_a_gmail_address_do_not_part_one_person() -> None:
    assert (
        tier_of("""
        name          | email
        Anna Kowalska | anna.kowalska@gmail.com
        Anna Kowalska | AnnaKowalska+salon@googlemail.com
    """)
        == "certain"
    )


def test_in_a_list_without_contacts_name_birthday_and_postcode_are_certain_and_name_and_birthday_are_not() -> None:
    assert sorted(
        found("""
        name         | birthday   | postcode
        Anna Nowak   | 1985-03-12 | 30-001
        Nowak Anna   | 12.03.1985 | 30001
        Jan Lis      | 1960-01-02 | 00-950
        Jan Lis      | 1960-01-02 |
    """)
    ) == [(2, 3, "certain"), (4, 5, "likely")]


DAYS = [
    "1990-05-06",
    "06.05.1990",
    "6/5/1990",
    "6 May 1990",
    "6 травня 1990",
    date(1990, 5, 6),
    datetime(1990, 5, 6, 0, 0),
    pd.Timestamp("1990-05-06"),
    32999,
    "6.05.90",
]


@pytest.mark.parametrize("other", DAYS, ids=repr)
def test_a_birthday_is_one_day_however_it_is_written(other: object) -> None:
    clients = pd.DataFrame(
        {
            "name": ["Jan Nowak"] * 2,
            "phone": ["601 234 567"] * 2,
            "birthday": pd.Series(["1990-05-06", other], dtype=object),
        }
    )
    (reasons,) = sheetcrm.find_duplicates(clients)["reasons"]
    assert [text.partition(" (")[0] for text in reasons] == [
        "the same name",
        "the same phone number",
        "the same birthday",
    ]


def test_a_column_of_datetimes_says_the_same_as_one_of_texts() -> None:
    days = ["1990-05-06", "1990-05-06", "", "1960-03-04"]
    clients = pd.DataFrame({"name": ["Jan Nowak"] * 4, "phone": ["601 234 567"] * 4, "birthday": days})
    dated = clients.assign(birthday=pd.to_datetime(clients["birthday"].replace("", None)))
    pd.testing.assert_frame_equal(sheetcrm.find_duplicates(clients), sheetcrm.find_duplicates(dated))


@pytest.mark.parametrize("day", ["6 May", "--05-06", "06.05"])
def test_a_birthday_without_its_year_does_not_contradict_one_with_it(day: str) -> None:
    assert (
        tier_of(f"name | phone | birthday\nJan Nowak | 601 234 567 | 1990-05-06\nJan Nowak | 601 234 567 | {day}")
        == "likely"
    )


@pytest.mark.parametrize("nothing", ["?", "unknown", "not told", "brak"])
def test_a_birthday_that_is_none_says_nothing(nothing: str) -> None:
    assert (
        tier_of(f"name | phone | birthday\nJan Nowak | 601 234 567 | 1990-05-06\nJan Nowak | 601 234 567 | {nothing}")
        == "certain"
    )
    assert tier_of(f"name | birthday\nJan Nowak | {nothing}\nOlga Lis | {nothing}") == ""


# ---- lists


def test_a_list_of_20_rows_is_enough() -> None:
    assert found("""
        name                 | phone         | email               | birthday   | city
        Anna Kowalska        | 601 234 567   |                     | 1985-03-12 | Kraków
        Jan Nowak            | 512 987 654   | jan@nowak.pl        |            | Kraków
        Piotr Wiśniewski     |               | piotrek@wp.pl       |            | Kraków
        Katarzyna Wójcik     | 698 111 222   |                     | 1991-01-02 | Warszawa
        Małgorzata Kamińska  | 603 555 777   | gosia@onet.pl       |            |
        Tomasz Lewandowski   | 605 100 200   |                     |            | Wieliczka
        Barbara Zielińska    |               |                     | 1958-07-19 | Kraków
        Krzysztof Szymański  | 600 400 500   | k.szym@gmail.com    |            | Kraków
        Ewa Dąbrowska        | 607 321 123   |                     |            | Kraków
        Michał Dąbrowski     | 607 321 123   |                     |            | Kraków
        Joanna Kozłowska     | 608 999 000   |                     | 1979-12-24 |
        Kowalska Ania        | +48601234567  |                     |            | Krakow
        Paweł Jankowski      | 609 121 212   | pawel.j@wp.pl       |            | Bochnia
        Agnieszka Mazur      |               | aga.mazur@gmail.com |            |
        Marek Kwiatkowski    | 504 504 504   |                     |            | Kraków
        Gosia Kamińska       |               | gosia@onet.pl       |            |
        Adam Krawczyk        | 505 606 707   |                     | 1988-08-08 | Kraków
        Zofia Kaczmarek      | 506 111 333   |                     |            | Kraków
        Anna Piotrowska      | 507 444 666   |                     |            | Kraków
        Jan Grabowski        | 508 777 999   | jan@grabowski.pl    |            | Kraków
    """) == [(2, 13, "certain"), (6, 17, "certain"), (10, 11, "household")]


def test_a_list_of_5000_half_of_which_share_one_mail_is_compared_in_few_pairs() -> None:
    given = [f"{one}e{other}o" for one, other in product("BDKM", "lnrst")]
    family = [f"{one}{vowel}{other}ak" for one, vowel, other in product("BDGKMPRST", "aou", "lnrstkmpdz")]
    names = [f"{one} {other}" for one, other in product(given, family[:250])]
    clients = pd.DataFrame({"name": names, "email": ["info@salon.example", ""] * 2500, "phone": ""})
    clients.loc[[0, 4999], ["name", "phone"]] = ["Anna Balak", "601 234 567"]
    table = Table.from_frame("Clients", clients, ("name", "email", "phone"))
    left, _ = candidate_pairs(records_of(table.columns, len(table)))
    assert len(names) == 5000
    assert len(left) < 20 * 5000
    assert told(clients) == [(0, 4999, "certain")]  # and an address that half of them have makes no other pair


@st.composite
def lists(draw: st.DrawFn) -> pd.DataFrame:
    """A short list of few names and contacts, so that many rows are alike."""
    cell = st.sampled_from
    rows = st.fixed_dictionaries(
        {
            "name": cell(
                [
                    "Anna Nowak",
                    "Nowak Anna",
                    "Ania Nowak",
                    "Anna Kowalska",
                    "Jan Nowak",
                    "A. Nowak",
                    "Анна Новак",
                    "",
                    "Nowak",
                ]
            ),
            "phone": cell(["601 234 567", "+48601234567", "512 987 654", "", "22"]),
            "email": cell(["a@nowak.pl", "A@NOWAK.PL", "jan@wp.pl", "", "no"]),
            "birthday": cell(["1990-05-06", "06.05.1990", "1960-03-04", "1990-05-07", "", "6 May"]),
            "city": cell(["Kraków", "Krakow", "Warszawa", ""]),
            "address": cell(["ul. Długa 5", "Długa 5/7", "Krótka 1", ""]),
        }
    )
    made = pd.DataFrame(
        draw(st.lists(rows, max_size=14)),
        columns=["name", "phone", "email", "birthday", "city", "address"],
        dtype=object,
    )
    return made.drop(columns=draw(st.sets(cell(["phone", "email", "birthday", "city"]))))


@given(lists(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_rows_changes_nothing(clients: pd.DataFrame, chance: object) -> None:
    order = list(range(len(clients)))
    chance.shuffle(order)  # type: ignore[attr-defined]

    def as_set(frame: pd.DataFrame) -> set[tuple[frozenset[int], str, float]]:
        pairs = sheetcrm.find_duplicates(frame)
        return {(frozenset((one, two)), tier, score) for one, two, score, tier, _ in pairs.itertuples(index=False)}

    assert as_set(clients) == as_set(clients.iloc[order])


@given(lists())
@settings(max_examples=60, deadline=None)
def test_a_pair_stands_once_of_two_rows_the_upper_one_first_the_strongest_on_top(clients: pd.DataFrame) -> None:
    before = clients.copy(deep=True)
    pairs = sheetcrm.find_duplicates(clients)
    assert list(pairs.columns) == COLUMNS
    assert (pairs["left"] < pairs["right"]).all()
    assert not pairs.duplicated(["left", "right"]).any()
    assert pairs["score"].between(0, 1).all()
    assert pairs["score"].is_monotonic_decreasing
    assert set(pairs["tier"]) <= TIERS
    assert all(isinstance(reasons, tuple) and reasons for reasons in pairs["reasons"])
    pd.testing.assert_frame_equal(clients, before)


@given(lists())
@settings(max_examples=40, deadline=None)
def test_nobody_is_certain_to_be_one_with_two_who_are_not_one(clients: pd.DataFrame) -> None:
    birthdays = {"1960-03-04": 1, "1990-05-06": 2, "06.05.1990": 2, "1990-05-07": 3}
    assert not [
        (one, two)
        for one, two, tier in told(clients)
        if tier == "certain"
        and "birthday" in clients
        and len({birthdays.get(clients["birthday"][row], 0) for row in (one, two)} - {0}) == 2
    ]


# ---- what the contract says of the answer


def test_the_answer_has_the_contracts_columns_and_kinds() -> None:
    pairs = sheetcrm.find_duplicates(frame("name | phone\nAnna Nowak | 601 234 567\nAnna Nowak | 601 234 567"))
    assert list(pairs.columns) == COLUMNS
    assert [pairs["left"].tolist(), pairs["right"].tolist(), pairs["tier"].tolist()] == [[2], [3], ["certain"]]
    assert pairs["score"].dtype == np.float64
    assert isinstance(pairs["reasons"].iloc[0], tuple)


def test_two_of_a_household_score_less_than_one_person_twice_however_much_they_share() -> None:
    pairs = sheetcrm.find_duplicates(
        frame("""
        name             | phone         | email           | address
        Olena Shevchenko | 067 123 45 67 | dom@ukr.net     | вул. Франка 5
        Taras Shevchenko | 067 123 45 67 | dom@ukr.net     | вул. Франка 5
        Іван Бойко       |               | boiko@ukr.net   |
        Ivan Boiko       |               | boiko@ukr.net   |
    """)
    )
    assert [
        (left, tier, score > 0.5)
        for left, tier, score in zip(pairs["left"], pairs["tier"], pairs["score"], strict=True)
    ] == [
        (4, "certain", True),
        (2, "household", False),
    ]


def test_every_reason_is_words_and_those_that_count_say_their_points() -> None:
    pairs = sheetcrm.find_duplicates(
        frame("""
        name              | phone       | email         | birthday   | city
        Олександр Гнатюк  | 067 1234567 | hnat@ukr.net  | 1985-03-12 | Київ
        Oleksandr Hnatiuk | +380671234567 | other@i.ua  | 1985-03-12 | Kyiv
    """)
    )
    (reasons,) = pairs["reasons"]
    assert sorted(re.sub(r"\d+", "n", reason) for reason in reasons) == [
        "different e-mails (-n)",
        "the same birthday (+n)",
        "the same given name (+n)",
        "the same phone number, written differently (+n)",
        "the same surname, spelt differently: Олександр Гнатюк = Oleksandr Hnatiuk (+n)",
        "the same town (+n)",
    ]
    points = [abs(int(re.sub(r".*\(([+-]\d+)\)", r"\1", reason))) for reason in reasons]
    assert points == sorted(points, reverse=True)


def test_what_many_have_counts_less_than_what_two_have() -> None:
    syllables = [f"{one}{vowel}" for one, vowel in product("bdgkmprst", "aeiou")]
    crowd = [(f"Se{one} Vo{other}n", "", "Kraków") for one, other in product(syllables, syllables[:15])]
    twice = [("Anna Nowak", "512 987 654", "Kraków"), ("Ewa Lis", "511 222 333", "Wieliczka")] * 2
    pairs = sheetcrm.find_duplicates(pd.DataFrame(twice + crowd, columns=["name", "phone", "city"]))
    town = {
        row: reason
        for row, reasons in zip(pairs["left"], pairs["reasons"], strict=True)
        for reason in reasons
        if row < 2 and "town" in reason
    }
    assert town == {0: "the same town (+1)", 1: "the same town (+6)"}


@pytest.mark.parametrize(
    "clients",
    [
        pd.DataFrame(),
        pd.DataFrame({"name": []}),
        pd.DataFrame({"name": ["Anna Nowak"], "phone": ["601 234 567"]}),
        pd.DataFrame({"colour": ["red", "red"], 7: [1, 1]}),
        pd.DataFrame(index=[1, 2, 3]),
        pd.DataFrame({"name": ["", None, "  "], "phone": [None, np.nan, ""], "birthday": [pd.NaT, None, pd.NaT]}),
        pd.DataFrame({"name": [np.nan, np.nan], "email": [np.nan, np.nan]}),
    ],
    ids=["nothing", "no row", "one row", "no known column", "no column", "empty cells", "columns of NaN"],
)
def test_where_there_is_nothing_to_compare_the_answer_is_an_empty_frame(clients: pd.DataFrame) -> None:
    pairs = sheetcrm.find_duplicates(clients)
    assert (list(pairs.columns), len(pairs)) == (COLUMNS, 0)


def test_the_rows_of_other_people_stand_between_rows_that_are_empty() -> None:
    nothing: list[object] = [None, "", np.nan, pd.NaT]
    clients = pd.DataFrame(
        {
            "name": ["Anna Nowak", *nothing, "Anna Nowak"],
            "phone": pd.Series(["601 234 567", *nothing, 601234567], dtype=object),
            "email": pd.Series([*nothing, None, ""], dtype=object),
        }
    )
    assert told(clients) == [(0, 5, "certain")]


@pytest.mark.parametrize(
    "index",
    [
        ["b", "a"],
        ["same", "same"],
        [date(2026, 1, 2), date(2026, 1, 1)],
        pd.MultiIndex.from_tuples([("north", 2), ("south", 1)]),
        [17, 3],
        [None, 1.5],
    ],
    ids=["words", "twice", "days", "tuples", "falling", "none"],
)
def test_left_and_right_are_the_frames_own_labels_the_upper_row_first(index: list[object]) -> None:
    clients = frame("name | phone\nAnna Nowak | 601 234 567\nAnna Nowak | 601 234 567").set_axis(pd.Index(index))
    labels = clients.index.tolist()
    pairs = sheetcrm.find_duplicates(clients)
    assert repr([*pairs["left"], *pairs["right"]]) == repr(labels)


def test_columns_that_nobody_knows_do_not_matter() -> None:
    clients = frame("name | phone | loyalty\nAnna Nowak | 601 234 567 | gold\nAnna Nowak | 601 234 567 | silver")
    assert told(clients) == told(clients[["name", "phone"]])


def test_any_of_the_contracts_fields_may_stand_there_alone() -> None:
    for field, value in {
        "phone": "601 234 567",
        "email": "a@b.pl",
        "birthday": "1990-05-06",
        "city": "Kraków",
        "address": "Długa 5",
    }.items():
        clients = frame(
            f"name | {field}\nAgnieszka Brzezińska | {value}\nAgnieszka Brzezińska | {value}\nJan Lis | {value}"
        )
        assert [pair[:2] for pair in told(clients)] == [(2, 3)], field


def test_pairs_without_a_name_are_not_made_up() -> None:
    assert found("phone | city\n601 234 567 | Kraków\n512 987 654 | Kraków") == []
