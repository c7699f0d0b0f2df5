"""The parts of the finder: shadow forms, names taken apart, keys, levels, points, tiers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA, JaroWinkler

from sheetcrm.crm.linkage.blocking import candidate_pairs
from sheetcrm.crm.linkage.counts import MOST
from sheetcrm.crm.linkage.field_levels import Level
from sheetcrm.crm.linkage.finding import find, judged
from sheetcrm.crm.linkage.known_names import known_names
from sheetcrm.crm.linkage.levels import Word, compare
from sheetcrm.crm.linkage.person_names import split_apart, split_name
from sheetcrm.crm.linkage.points import score
from sheetcrm.crm.linkage.records import date_key, email_key, house_key, phone_end, records_of, street_key
from sheetcrm.crm.linkage.shadows import plain, shadow, skeleton
from sheetcrm.crm.linkage.sieve import Letters
from sheetcrm.crm.linkage.tiers import Tier, tiers
from sheetcrm.crm.tables import Column


def columns(**cells: list[object]) -> dict[str, Column]:
    return {name: Column.encode(values) for name, values in cells.items()}


def pairs_of(found: tuple[np.ndarray, np.ndarray]) -> set[tuple[int, int]]:
    return set(zip(*(side.tolist() for side in found), strict=True))


def word_level(one: str, other: str, part: str) -> Word:
    """Return how alike two given names or surnames are, each beside one that the other has too."""
    cells: Mapping[str, list[object]] = {"first_name": ["Zenobiusz"] * 2, "last_name": ["Brzezicki"] * 2}
    cells = {**cells, ("first_name" if part == "given" else "last_name"): [one, other]}
    records = records_of(columns(**cells), 2)
    compared = compare(records, np.array([0]), np.array([1]))
    return Word(int(getattr(compared, part)[0]))


def field_level(field: str, one: object, other: object) -> Level:
    records = records_of(columns(name=["A", "B"], **{field: [one, other]}), 2)
    return Level(int(compare(records, np.array([0]), np.array([1])).fields[field][0]))


# ---- shadow forms


def test_most_true_pairs_of_a_latin_and_a_russian_spelling_have_much_the_same_shadow(shared_dir: Path) -> None:
    lines = (shared_dir / "data" / "duplicates" / "wd_russian_16").read_text("utf-8").splitlines()
    pairs = [line.split("\t")[:2] for line in lines]
    near = [JaroWinkler.similarity(shadow(latin), shadow(russian.replace(" ", ""))) > 0.92 for latin, russian in pairs]
    assert np.mean(near) >= 0.77


@pytest.mark.parametrize(
    "spellings",
    [
        "Щербак Szczerbak Shcherbak",
        "Ткач Tkacz Tkach",
        "Гнатюк Hnatiuk Gnatyuk Hnatyuk",
        "Юлия Юлія Julia Yulia Iuliia",
        "Жанна Zhanna",
        "Вікторія Viktoriia Wiktoria Victoria",
        "Ksenia Xenia",
        "Филипп Philip Filip",
        "Łukasz Лукаш Lukash",
        "Андрей Andrei Andrey Andrej",
    ],
)
def test_spellings_of_one_name_have_one_shadow(spellings: str) -> None:
    assert len({shadow(name) for name in spellings.split()}) == 1


@pytest.mark.parametrize("pair", ["Anna Inna", "Марія Мария1", "Kowalski Kowalczyk", "Ivan Иванна", "Olga Oleg"])
def test_other_names_have_other_shadows(pair: str) -> None:
    one, other = pair.split()
    assert shadow(one) != shadow(other)


@given(st.text(max_size=20))
def test_any_text_has_a_shadow_of_plain_letters_that_is_its_own_skeletons_frame(text: str) -> None:
    forms = (plain(text), shadow(text))
    assert all(form.isascii() and (form.isalnum() or not form) and form == form.lower() for form in forms)
    assert plain(plain(text)) == plain(text)
    assert len(skeleton(shadow(text))) <= len(shadow(text))


# ---- values


@pytest.mark.parametrize(
    ("cell", "end"),
    [
        ("+48 501 356 261", "501356261"),
        ("(501) 356-261", "501356261"),
        ("00380 50 135 62 61", "501356261"),
        ("0501356261", "501356261"),
        (501356261.0, "501356261"),
        ("501356261.0", "501356261"),
        ("501 356 261 w. 12", "501356261"),
        ("Anna: 501 356 261, Jan: 602 111 222", "501356261"),
        ("22 12", ""),
        ("000 000 000", ""),
        ("123456789", ""),
        ("none", ""),
    ],
)
def test_a_phone_is_its_last_nine_digits(cell: object, end: str) -> None:
    assert phone_end(cell) == end


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        (" Anna.K@GMail.com", "annak@gmail.com"),
        ("annak+x@googlemail.com", "annak@gmail.com"),
        ("anna.k@wp.pl", "anna.k@wp.pl"),
        ("anna", ""),
        ("@wp.pl", ""),
        ("a b@wp.pl", ""),
        ("anna@wp", ""),
        (7, ""),
    ],
)
def test_an_address_is_what_its_provider_makes_of_it(cell: object, key: str) -> None:
    assert email_key(cell) == key


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        ("19810399", "19810399"),
        ("1981-03-09 00:00:00", "19810309"),
        ("9 March 81", "19810309"),
        (29654, "19810309"),
        ("-", ""),
    ],
)
def test_a_birthday_is_year_month_day(cell: object, key: str) -> None:
    assert date_key(cell) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ul. Długa 5", "Długa 5"),
        ("вул. Шевченка 12а", "Shevchenka 12a"),
        ("12 Baker Street", "baker st. 12"),
        ("Via Roma, 7", "via roma 7"),
    ],
)
def test_an_address_is_one_however_it_is_written(one: str, other: str) -> None:
    assert (street_key(one), plain(house_key(one))) == (street_key(other), plain(house_key(other)))


# ---- names taken apart


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Anna Kowalska", ("anna", "kowalska", "", True)),
        ("Kowalska Anna", ("anna", "kowalska", "", True)),
        ("KOWALSKA, Anna Maria", ("anna", "kowalska", "maria", True)),
        ("Anna Maria Kowalska", ("anna", "kowalska", "maria", True)),
        ("A. Kowalska", ("a.", "kowalska", "", True)),
        ("p. Anna Kowalska", ("anna", "kowalska", "", True)),
        ("P. Kowalska", ("p.", "kowalska", "", True)),
        ("Sig.ra Anna Rossi", ("anna", "rossi", "", True)),
        ("Mrs Anna Smith (VIP)", ("anna", "smith", "", True)),
        ("Don Pedro García", ("pedro", "garcia", "", True)),
        ("Anastasia De Luca", ("anastasia", "de luca", "", True)),
        ("De Luca Anastasia", ("anastasia", "de luca", "", True)),
        ("José García Márquez", ("jose", "garcia marquez", "", True)),
        ("Иванова Мария Петровна", ("mariya", "ivanova", "petrovna", True)),
        ("Мария Петровна Иванова", ("mariya", "ivanova", "petrovna", True)),
        ("Anna Nowak-Kowalska", ("anna", "nowak kowalska", "", True)),
        ("Anna", ("anna", "", "", False)),
        ("Qwerta Zxcvb", ("qwerta", "zxcvb", "", False)),
        ("", ("", "", "", False)),
        ("...", ("", "", "", False)),
    ],
)
def test_a_full_name_is_taken_apart(text: str, name: tuple[str, str, str, bool]) -> None:
    assert tuple(split_name(text, known_names())[:4]) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Nowak Anna", ("anna", "nowak", "", True)),
        ("Don Juan", ("don", "juan", "", False)),
        ("Pani Nowak", ("nowak", "", "", False)),
        ("Dr Anna", ("anna", "", "", False)),
        ("De Luca", ("de", "luca", "", False)),
        ("A Nowak", ("a.", "nowak", "", True)),
        ("Anna N", ("anna", "n.", "", False)),
        ("Щ Анна", ("shch.", "anna", "", False)),
        ("Анна Ль", ("anna", "l", "", True)),
    ],
)
def test_two_words_are_a_given_and_a_family_name_but_where_one_is_a_title_or_an_initial(
    text: str, name: tuple[str, str, str, bool]
) -> None:
    assert tuple(split_name(text, known_names())[:4]) == name
    assert tuple(split_name(text.replace(" ", "  "), known_names())[:4]) == name  # which is not seen at once to be two


@pytest.mark.parametrize(
    ("given_name", "family", "name"),
    [
        ("Anna Maria", "Nowak", ("anna", "nowak", "maria", True)),
        ("", "Nowak", ("", "nowak", "", False)),
        ("Pani Anna", "Nowak", ("anna", "nowak", "", True)),
        ("Don", "Smith", ("don", "smith", "", True)),
    ],
)
def test_a_name_of_two_columns_is_as_they_say(given_name: str, family: str, name: tuple[str, str, str, bool]) -> None:
    assert tuple(split_apart(given_name, family)[:4]) == name


@pytest.mark.parametrize(
    ("text", "name", "kin"),
    [
        ("John Smith Jr", ("john", "smith"), "jr"),
        ("Zosia Nowak (córka)", ("zosia", "nowak"), "corka"),
        ("Anna [mama Kasi] Lis", ("anna", "lis"), "mama"),
        ("Mama Kasi", ("mama", "kasi"), ""),
    ],
)
def test_a_word_that_tells_her_from_others_of_her_family_is_no_name(text: str, name: tuple[str, str], kin: str) -> None:
    found = split_name(text, known_names())
    assert ({found.given, found.family}, found.kin) == (set(name), kin)


def test_a_name_known_by_its_spelling_is_not_looked_up_by_its_shadow() -> None:
    names = known_names()
    assert shadow("Jan") == shadow("Ann")
    assert not names.groups_of("jan") & names.groups_of("ann")
    assert not names.spelt.is_known("ioannna")
    assert names.is_known("ioannna")  # only its shadow is known


# ---- how alike


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Anna", "Anna", Word.EXACT),
        ("Anna", "ANNA", Word.EXACT),
        ("Hnat", "Гнат", Word.SPELT),
        ("Katarzyna", "Kasia", Word.ALIAS),
        ("Саша", "Олександр", Word.VAGUE),
        ("Anna", "Hanna", Word.VAGUE),
        ("Ганна", "Hanna", Word.SPELT),
        ("Ганнуся", "Hanna", Word.ALIAS),
        ("Katarzyna", "Katarzyan", Word.TYPO),
        ("K.", "Katarzyna", Word.INITIAL),
        ("K.", "Anna", Word.OTHER),
        ("Mario", "Maria", Word.RIVAL),
        ("Maria", "Marta", Word.RIVAL),
        ("Jan", "Anna", Word.RIVAL),
        ("Anna", "", Word.MISSING),
    ],
)
def test_given_names_are_told_apart_by_the_table_of_names(one: str, other: str, level: Word) -> None:
    assert (word_level(one, other, "given"), word_level(other, one, "given")) == (level, level)


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Kowalska", "kowalska", Word.EXACT),
        ("Щербак", "Szczerbak", Word.SPELT),
        ("Kowalska", "Kowalski", Word.TYPO),
        ("Kowalska", "Kowaslka", Word.TYPO),
        ("Nowak", "Nowak-Kowalska", Word.TYPO),
        ("Maria", "Mario", Word.TYPO),
        ("Nowak", "Zięba", Word.OTHER),
    ],
)
def test_surnames_are_told_apart_by_their_letters(one: str, other: str, level: Word) -> None:
    assert (word_level(one, other, "family"), word_level(other, one, "family")) == (level, level)


@pytest.mark.parametrize(
    ("field", "one", "other", "level"),
    [
        ("phone", "601234567", "+48 601 234 567", Level.SAME),
        ("phone", "601234567", "601 234 576", Level.NEAR),
        ("phone", "601234567", "602 987 111", Level.OTHER),
        ("phone", "601234567", "", Level.MISSING),
        ("email", "anna.kowal@wp.pl", "anna.kowal@gmail.com", Level.NEAR),
        ("email", "anna.kowal@wp.pl", "ana.kowal@wp.pl", Level.NEAR),
        ("email", "anna.kowal@wp.pl", "biuro@wp.pl", Level.OTHER),
        ("birthday", "1985-03-12", "1985-12-03", Level.NEAR),
        ("birthday", "1985-03-12", "1958-03-12", Level.NEAR),
        ("birthday", "1985-03-12", "12 March", Level.NEAR),
        ("birthday", "1985-03-12", "13 March", Level.OTHER),
        ("birthday", "1985-03-12", "1986-04-13", Level.OTHER),
        ("city", "Київ", "Kyiv", Level.SAME),
        ("city", "Kraków", "Warszawa", Level.OTHER),
        ("tax_id", "123-45-67", "1234567", Level.SAME),
    ],
)
def test_values_are_the_same_near_or_others(field: str, one: object, other: object, level: Level) -> None:
    assert (field_level(field, one, other), field_level(field, other, one)) == (level, level)


# ---- which pairs are compared


@given(st.lists(st.tuples(st.sampled_from("ABCDEFGH"), st.integers(0, 9)), min_size=2, max_size=40))
@settings(max_examples=50, deadline=None)
def test_no_pair_is_lost_among_rows_that_share_a_rare_value(rows: list[tuple[str, int]]) -> None:
    phones = [f"60123{number}{number}{number}{number}" for _, number in rows]
    found = pairs_of(candidate_pairs(records_of(columns(name=[name for name, _ in rows], phone=phones), len(rows))))  # type: ignore[arg-type]
    assert found >= {(one, other) for one, other in combinations(range(len(rows)), 2) if phones[one] == phones[other]}
    assert all(one < other for one, other in found)


@pytest.mark.parametrize(("sharing", "pairs"), [(40, 780), (41, 0), (3000, 0)])
def test_rows_are_not_paired_by_a_phone_that_more_than_forty_share(sharing: int, pairs: int) -> None:
    records = records_of(columns(phone=["22 123 45 67"] * sharing), sharing)
    assert len(candidate_pairs(records)[0]) == pairs


def test_the_pairs_of_some_rows_are_those_of_all_with_one_of_them() -> None:
    names = [f"{one}{other}a Bal{other}k" for one, other in product("KLMN", "aeiou")] * 2
    records = records_of(columns(name=names), len(names))  # type: ignore[arg-type]
    only = np.zeros(len(names), dtype=bool)
    only[[3, 25]] = True
    every = pairs_of(candidate_pairs(records))
    assert pairs_of(candidate_pairs(records, only)) == {pair for pair in every if {3, 25} & set(pair)}
    assert every > pairs_of(candidate_pairs(records, only)) > set()


def test_finding_for_some_rows_gives_their_pairs_of_the_whole_list() -> None:
    cells = columns(name=["Anna Nowak", "Jan Lis", "Nowak Anna", "Lis Jan"], phone=["601234567", "512987654"] * 2)
    whole, part = find(cells, 4), find(cells, 4, np.array([False, False, True, False]))
    assert pairs_of((whole.left, whole.right)) == {(0, 2), (1, 3)}
    assert pairs_of((part.left, part.right)) == {(0, 2)}
    assert part.probability.tolist() == [whole.probability[whole.left.tolist().index(0)]]


# ---- points


def crowd(size: int, **twice: list[object]) -> dict[str, Column]:
    """Return a list of `size` people nobody of whom is like another, its first two rows having these values."""
    syllables = ["".join(pair) for pair in product("bdgkmprst", "aeiou")]
    made: dict[str, list[object]] = {
        "name": [
            f"Se{syllables[k % 45]}{syllables[k // 45]} Vo{syllables[k // 45]}{syllables[k % 45]}n" for k in range(size)
        ],
        "city": ["Kraków"] * size,
    }
    return columns(**{name: [*twice.get(name, ["", ""]), *made.get(name, [""] * size)[2:]] for name in {*made, *twice}})


def points(size: int, **twice: list[object]) -> Mapping[str, float]:
    records = records_of(crowd(size, **twice), size)
    scored = score(records, compare(records, np.array([0]), np.array([1])))
    return {name: float(values[0]) for name, values in scored.points.items()}


def test_a_rare_value_is_worth_more_than_a_common_one() -> None:
    common = points(1024, name=["Anna Nowak"] * 2, city=["Kraków"] * 2)["city"]
    rare = points(1024, name=["Anna Nowak"] * 2, city=["Wieliczka"] * 2)["city"]
    assert (common, rare) == (0.0, 6.0)


def test_an_agreement_is_worth_the_log_of_how_few_have_it() -> None:
    found = points(1024, name=["Anna Nowak"] * 2, phone=["601 234 567"] * 2)
    assert (found["phone"], found["given"], found["family"]) == (9.0, 9.0, 9.0)  # log2(1024 / 2)


def test_no_agreement_is_worth_more_than_the_most() -> None:
    size = 1 << 14
    cells = {"phone": Column(np.array([0, 0, *[-1] * (size - 2)], dtype=np.int32), ["601 234 567"])}
    records = records_of(cells, size)
    found = score(records, compare(records, np.array([0]), np.array([1]))).points["phone"]
    assert (float(found[0]), MOST) == (12.0, 12.0)  # where log2(size / 2) is 13


def test_a_short_list_is_taken_for_a_part_of_a_long_one() -> None:
    assert points(2, name=["Anna Nowak"] * 2, phone=["601 234 567"] * 2) == points(
        1000, name=["Anna Nowak"] * 2, phone=["601 234 567"] * 2
    )


@pytest.mark.parametrize("people", [3, 4])
def test_a_phone_of_four_people_is_worth_half(people: int) -> None:
    names: list[object] = ["Anna Nowak", "Nowak Anna", *["Jan Lis", "Ewa Bal", "Olga Cer"][: people - 1]]
    records = records_of(columns(name=names, phone=["601 234 567"] * len(names)), len(names))
    scored = score(records, compare(records, np.array([0]), np.array([1])))
    whole = np.log2(1000 / len(names))
    assert (float(scored.points["phone"][0]), bool(scored.shared[0])) == (
        (whole, False) if people == 3 else (whole / 2, True)
    )


def test_the_total_is_the_sum_of_the_points_less_the_odds_of_a_chance_pair() -> None:
    cells = crowd(1024, name=["Anna Nowak", "Ania Nowak"], phone=["601234567", "601234567"], email=["a@b.pl", "c@d.pl"])
    records = records_of(cells, 1024)
    scored = score(records, compare(records, np.array([0]), np.array([1])))
    assert scored.total[0] == sum(values[0] for values in scored.points.values()) - np.log2(1024) - 1


# ---- tiers


WHO = st.sampled_from(
    [
        "Anna Nowak",
        "Nowak Anna",
        "Ania Nowak",
        "Jan Nowak",
        "Anna Lis",
        "A. Nowak",
        "Anna Maria Nowak",
        "Анна Новак",
        "",
    ]
)
PHONE = st.sampled_from(["601234567", "+48601234567", "601234576", "512987654", ""])
DAY = st.sampled_from(["1990-05-06", "6.05.1990", "1990-05-07", "1960-03-04", ""])
MAIL = st.sampled_from(["a@nowak.pl", "b@lis.pl", ""])


@given(st.tuples(WHO, PHONE, DAY, MAIL), st.tuples(WHO, PHONE, DAY, MAIL))
@settings(max_examples=150, deadline=None)
def test_what_is_certain_has_a_name_a_contact_and_nothing_against_it(
    one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    cells = {field: [one[k], other[k]] for k, field in enumerate(("name", "phone", "birthday", "email"))}
    found = find(columns(**cells), 2)  # type: ignore[arg-type]
    if found.tier.tolist() == [Tier.CERTAIN]:
        given_names = {"Anna Nowak", "Nowak Anna", "Ania Nowak", "Anna Maria Nowak", "Анна Новак"}
        same = [
            bool(a and key(a) == key(b))
            for a, b, key in zip(one[1:], other[1:], (phone_end, date_key, email_key), strict=True)
        ]
        assert {one[0], other[0]} <= given_names or one[0] == other[0]
        assert any(same)
        assert not (one[2] and other[2] and date_key(one[2]) != date_key(other[2]))


def test_names_the_other_way_round_cost_a_bit() -> None:
    cells: Mapping[str, list[object]] = {
        "first_name": ["Zenobiusz", "Brzezicki", "Zenobiusz"],
        "last_name": ["Brzezicki", "Zenobiusz", "Brzezicki"],
    }
    records = records_of(columns(**cells), 3)
    scored = score(records, compare(records, np.array([0, 0]), np.array([1, 2])))
    assert (scored.crossed.tolist(), float(scored.total[1] - scored.total[0])) == ([True, False], 1.0)


# ---- what is not compared


@settings(max_examples=200)
@given(st.lists(st.text("aabceikńżоя 01", max_size=9), min_size=1, max_size=12))
def test_letters_never_deny_that_two_texts_are_alike_where_they_are(texts: list[str]) -> None:
    letters = Letters(texts)
    one, other = (np.array(side) for side in zip(*product(range(len(texts)), repeat=2), strict=True))
    may = {
        **{f"{typos} typos": letters.within(typos, one, other) for typos in (1, 2)},
        **{f"similar by {least}": letters.similar(least, one, other) for least in (0.85, 0.88, 0.94)},
    }
    pairs = [(texts[a], texts[b]) for a, b in zip(one.tolist(), other.tolist(), strict=True)]
    truth = {
        **{f"{typos} typos": [OSA.distance(*pair) <= typos for pair in pairs] for typos in (1, 2)},
        **{f"similar by {x}": [JaroWinkler.similarity(*pair) >= x for pair in pairs] for x in (0.85, 0.88, 0.94)},
    }
    assert {name: bool(np.all(may[name] | ~np.array(is_so))) for name, is_so in truth.items()} == dict.fromkeys(
        may, True
    )


def test_letters_deny_most_of_what_is_not_alike() -> None:
    phones = [f"{600_000_000 + 7919 * k}" for k in range(200)]
    one, other = np.triu_indices(200, 1)
    assert Letters(phones).within(1, one, other).mean() < 0.15


_NAMES = (
    *(
        "Anna Nowak",
        "Nowak Anna",
        "Ania Nowak",
        "A. Nowak",
        "Nowak",
        "Anna Nowka",
        "Olena Shevchenko",
        "Олена Шевченко",
    ),
    *("Anna Kowalska-Nowak", "Саша Nowak", "Oleksandr Nowak", "Zofia Brzezicka", "Zofia Brzezikca", "Zofia Brzezicka"),
    *("Vurtim Belqos", "Belqos Vurtim", "Vurtim Belqso", ""),
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(_NAMES),
            st.sampled_from(["", "601234567", "601234576", "601234568", "512000111"]),
            st.sampled_from(["", "anna@wp.pl", "ana@wp.pl", "anna@o2.pl", "zofia@wp.pl"]),
            st.sampled_from(["", "1985-03-12", "1985-12-03", "12 March", "1960-01-01"]),
            st.sampled_from(["", "", "12345678901", "12345678902"]),
            st.sampled_from(["", "Długa 5", "Długa 7", "Dluga 5"]),
            st.sampled_from(["", "Lviv", "Kraków"]),
        ),
        max_size=12,
    ),
    st.booleans(),
)
@example([("Vurtim Belqos", "", "", "", "", "", ""), ("Belqos Vurtim", "601234567", "", "", "", "", "")], True)
@example([("Zofia Brzezicka", "", "anna@wp.pl", *("",) * 4), ("Zofia Brzezinka", "", "ana@wp.pl", *("",) * 4)], True)
def test_what_is_not_compared_would_not_be_shown(rows: list[tuple[str, ...]], contacts: bool) -> None:
    fields = ("name", "phone", "email", "birthday", "tax_id", "address", "city")
    cells = {
        name: [row[k] for row in rows] for k, name in enumerate(fields) if contacts or name not in ("phone", "email")
    }
    records = records_of(columns(**cells), len(rows))  # type: ignore[arg-type]
    left, right = np.triu_indices(len(rows), 1)
    tier = tiers(records, score(records, compare(records, left, right)))
    found = judged(records, left, right)
    every = {(a, b, t) for a, b, t in zip(left.tolist(), right.tolist(), tier.tolist(), strict=True) if t != Tier.NONE}
    assert set(zip(found.left.tolist(), found.right.tolist(), found.tier.tolist(), strict=True)) == every
