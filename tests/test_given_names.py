"""Given names: a diminutive, a spelling and another script lead to the name; other people's names do not."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

import sheetcrm.languages
from sheetcrm.languages.folding import fold
from sheetcrm.languages.given_names import GivenNames, load

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = Path(sheetcrm.languages.__file__).parent / "given_names.txt"
BUILD = ROOT / "benchmarks" / "given_names" / "build.py"

# the ten most common diminutives of a language, each with its name
DIMINUTIVES = {
    "en": "Bob Robert, Bill William, Mike Michael, Jim James, Tom Thomas, Liz Elizabeth, Kate Katherine, Peggy Margaret, Jenny Jennifer, "
    "Dave David",
    "pl": "Kasia Katarzyna, Gosia Małgorzata, Basia Barbara, Asia Joanna, Ania Anna, Tomek Tomasz, Krzysiek Krzysztof, Piotrek Piotr, "
    "Kuba Jakub, Staszek Stanisław",
    "uk": "Сашко Олександр, Оленка Олена, Марійка Марія, Катруся Катерина, Наталка Наталія, Юрко Юрій, Михась Михайло, Оксанка Оксана, "
    "Діма Дмитро, Таня Тетяна",
    "ru": "Саша Александр, Лена Елена, Наташа Наталья, Таня Татьяна, Серёжа Сергей, Лёша Алексей, Дима Дмитрий, Вова Владимир, "
    "Катя Екатерина, Гриша Григорий",
    "it": "Beppe Giuseppe, Pino Giuseppe, Gianni Giovanni, Gigi Luigi, Nino Antonio, Checco Francesco, Enzo Vincenzo, Lella Raffaella, "
    "Betta Elisabetta, Sandro Alessandro",
    "es": "Pepe José, Paco Francisco, Nacho Ignacio, Manolo Manuel, Quique Enrique, Lola Dolores, Concha Concepción, Charo Rosario, "
    "Pili Pilar, Merche Mercedes",
}


@cache
def names() -> GivenNames:
    return load(fold)


def same(one: str, other: str) -> bool:
    return bool(names().groups_of(fold(one)) & names().groups_of(fold(other)))


def words(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize("pair", [p for text in DIMINUTIVES.values() for p in re.split(r",\s*", text)])
def test_a_diminutive_leads_to_its_name(pair: str) -> None:
    assert same(*words(pair))


# one person's passport, church and table
@pytest.mark.parametrize(
    "line",
    [
        "Юрій Юрий Jerzy Yuri Yurii Yuriy Iurii George Giorgio Jorge",
        "Олександр Александр Aleksander Alessandro Alejandro Alexander Oleksandr",
        "Сергій Сергей Serhii Serhiy Sergey Sergei Sergiusz Sergio Serge",
        "Яків Яков Jakub Giacomo James Jacob",
        "Йосип Józef Giuseppe José Joseph",
        "Володимир Владимир Włodzimierz Vladimiro Vladimir Volodymyr",
        "Євген Евгений Eugeniusz Eugenio Eugene Yevhen",
        "Дмитро Димитрій Дмитрий Dymitr Demetrio Dmitry Dmytro",
        "Іван Иван Jan Giovanni Juan John Ivan",
    ],
)
def test_the_forms_of_one_name_in_six_languages_are_one_name(line: str) -> None:
    assert [(one, other) for one, other in pairwise(words(line)) if not same(one, other)] == []


def test_a_diminutive_of_men_and_women_leads_to_both_and_tells_no_gender() -> None:
    assert (same("Саша", "Олександр"), same("Саша", "Олександра"), names().gender_of(fold("Саша"))) == (True, True, "")


@pytest.mark.parametrize(
    "pair",
    [
        "Mario Maria",
        "Wiktor Wiktoria",
        "Олександр Олександра",
        "Francesco Francesca",
        "Юлій Юлія",
        "Paul Paula",
        "Євген Євгенія",
    ],
)
def test_the_male_and_the_female_form_of_a_name_are_two_names(pair: str) -> None:
    male, female = words(pair)
    assert (same(male, female), names().gender_of(fold(male)), names().gender_of(fold(female))) == (False, "m", "f")


@pytest.mark.parametrize("pair", ["Олена Оксана", "Marek Mariusz", "Carla Carmen", "Galina Anna", "Андрій Артем"])
def test_two_names_that_are_not_one_are_not_taken_for_one(pair: str) -> None:
    one, other = words(pair)
    assert (same(one, other), names().is_known(fold(one)), names().is_known(fold(other))) == (False, True, True)


@pytest.mark.parametrize(
    ("pair", "apart"),
    [
        ("Anna Hanna", True),
        ("Оксана Ксения", True),
        ("Ганнуся Аня", True),
        ("Hania Hannah", False),
        ("Ксюша Kseniia", False),
        ("Олена Елена", False),
        ("Kasia Katarzyna", False),
    ],
)
def test_a_form_that_is_a_name_in_its_own_right_stands_in_a_part_of_its_own(pair: str, apart: bool) -> None:
    one, other = map(fold, words(pair))
    assert (same(one, other), names().part_of(one) != names().part_of(other)) == (True, apart)


def test_what_is_no_given_name_is_unknown() -> None:
    assert (names().is_known("kowalska"), names().groups_of("kowalska"), names().gender_of("kowalska")) == (
        False,
        frozenset(),
        "",
    )


@pytest.mark.parametrize(("form", "groups", "gender"), [("Валя", 3, ""), ("Аля", 5, "f"), ("Слава", 13, "")])
def test_a_form_of_many_names_leads_to_each(form: str, groups: int, gender: str) -> None:
    token = fold(form)
    assert (names().is_known(token), len(names().groups_of(token)), names().gender_of(token)) == (True, groups, gender)


def test_forms_that_fold_to_one_token_stand_in_the_groups_of_all() -> None:
    initials = load(lambda form: form[:1])
    mary, mark = names().groups_of("mary"), names().groups_of("mark")
    assert mary | mark <= initials.groups_of("M")
    assert (initials.gender_of("M"), initials.is_known("")) == ("", False)


def test_a_form_of_which_the_fold_leaves_nothing_is_dropped() -> None:
    nothing = load(lambda _: "")
    assert (nothing.groups, nothing.parts, nothing.is_known(""), nothing.gender_of("")) == ({}, {}, False, "")


def test_no_form_stands_twice_in_a_group() -> None:
    groups = [
        line.replace("|", " ").split("\t", 1)
        for line in SHIPPED.read_text("utf-8").splitlines()
        if not line.startswith("#")
    ]
    twice = [
        (form, many) for _, forms in groups for form, many in Counter(map(fold, forms.split())).items() if many > 1
    ]
    assert twice == []


def test_the_shipped_table_is_what_the_script_makes_of_its_sources(shared_dir: Path, tmp_path: Path) -> None:
    lists, made = shared_dir / "data" / "duplicates", tmp_path / "made.txt"
    nicknames, forenames = lists / "nicknames_names.csv", lists / "common-forenames-by-country.csv"
    if not (nicknames.is_file() and forenames.is_file()):
        pytest.skip("the lists of names are not beside this checkout")
    command: list[str | Path] = [
        sys.executable,
        BUILD,
        "--nicknames",
        nicknames,
        "--forenames",
        forenames,
        "--to",
        made,
    ]
    subprocess.run(command, check=True, capture_output=True)
    assert made.read_text("utf-8") == SHIPPED.read_text("utf-8")
