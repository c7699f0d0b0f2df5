"""Merging: which rows become one, who lives on, and what becomes of every cell."""

from __future__ import annotations

import pytest
from merging_hand import Book

from sheetcrm.crm.decisions import Decision, Settled
from sheetcrm.crm.merge_groups import Refused
from sheetcrm.languages import LANGUAGES, language


def two(columns: str, first: str, second: str, **options: object) -> Book:
    """Return a list of two rows of one name."""
    rows = f"client_id | name | {columns}\nC1 | Anna Lis | {first}\nC2 | Anna Lis | {second}"
    return Book.of(rows, **options)  # type: ignore[arg-type]  # settings and formulas, by name


def survivor(columns: str, first: str, second: str) -> list[str | None]:
    """Return the survivor's cells of these columns after C2 was merged into C1."""
    row = two(columns, first, second).merged("C1 C2").row("C1")
    return [row.get(name.strip()) for name in columns.split("|")]


def refusals(book: Book, *pairs: str | Decision, **options: object) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.code, one.ids) for one in book.merging(*pairs, **options).refused]  # type: ignore[arg-type]


def carried_out(book: Book, *pairs: str | Decision, **options: object) -> list[tuple[str, str]]:
    return [(act.left, act.right) for act in book.merging(*pairs, **options).acts]  # type: ignore[arg-type]


# ---- who lives on


CLIENTS = "client_id | name\nC10 | Anna Lis\nC9 | Anna Lis\nC2 | Anna Lis"


def test_the_one_with_more_visits_lives_on() -> None:
    book = Book.of(CLIENTS, "date | client\n2026-01-01 | C10\n2026-01-02 | C10\n2026-01-03 | C9")
    assert carried_out(book, "C9 C10") == [("C10", "C9")]


def test_of_two_with_as_many_visits_the_older_id_lives_on_which_is_the_lower_number() -> None:
    assert carried_out(Book.of(CLIENTS), "C10 C9") == [("C9", "C10")]


def test_where_ids_are_of_two_kinds_the_upper_row_is_the_older_one() -> None:
    book = Book.of("client_id | name\nVIP-7 | Anna Lis\nC2 | Anna Lis")
    assert carried_out(book, "C2 VIP-7") == [("VIP-7", "C2")]


@pytest.mark.parametrize(("keep", "expected"), [("left", ("C9", "C10")), ("right", ("C10", "C9"))])
def test_whom_she_chose_in_the_sheet_lives_on(keep: str, expected: tuple[str, str]) -> None:
    book = Book.of(CLIENTS, "date | client\n2026-01-01 | C2")
    assert carried_out(book, Decision("C9", "C10", "merge", keep)) == [expected]


def test_whom_she_named_lives_on() -> None:
    assert carried_out(Book.of(CLIENTS), "C9 C10", keep=["C10"]) == [("C10", "C9")]


def test_whom_she_named_lives_on_whatever_the_sheet_says() -> None:
    assert carried_out(Book.of(CLIENTS), Decision("C10", "C9", "merge", "left"), keep=["C9"]) == [("C9", "C10")]


def test_a_choice_between_two_of_three_is_one_among_all_three() -> None:
    chosen = (Decision("C10", "C9", "merge", "left"), Decision("C9", "C2", "merge", "left"))
    assert carried_out(Book.of(CLIENTS), *chosen) == [("C10", "C2"), ("C10", "C9")]


def test_choices_that_contradict_each_other_are_refused_together() -> None:
    chosen = (Decision("C10", "C9", "merge", "left"), Decision("C9", "C2", "merge", "right"))
    assert refusals(Book.of(CLIENTS), *chosen) == [("keep-contradiction", ("C10", "C9", "C2"))]
    assert refusals(Book.of(CLIENTS), "C9 C10", keep=["C9", "C10"]) == [("keep-contradiction", ("C10", "C9"))]


def test_nobody_is_kept_from_nobody() -> None:
    assert refusals(Book.of(CLIENTS), "C9 C10", keep=["C2", "C7"]) == [("keep-alone", ("C2",)), ("unknown-id", ("C7",))]


# ---- who is merged at all


THREE = """
client_id | name       | phone       | birthday
1         | Anna Lis   | 600 100 200 | 1990-05-06
2         | Anna Lis   | 600 100 200 | 1990-05-06
3         | {name} | {phone}     | {birthday}
4         | Ewa Bąk    | 600 100 300 | 1980-01-01
5         | Ewa Bąk    | 600 100 300 | 1980-01-01
"""


def three(name: str = "Anna Lis", phone: str = "600 100 200", birthday: str = "1990-05-06") -> Book:
    return Book.of(THREE.format(name=name, phone=phone, birthday=birthday))


def test_who_hangs_together_by_pairs_becomes_one_and_each_merged_row_has_an_act_of_its_own() -> None:
    acts = three().merging("1 2", "2 3", "4 5").acts
    assert [(a.kind, a.left, a.right, a.at) for a in acts] == [
        ("merge", "1", "2", "2026-06-15T09:00:00+00:00"),
        ("merge", "1", "3", "2026-06-15T09:00:00+00:00"),
        ("merge", "4", "5", "2026-06-15T09:00:00+00:00"),
    ]
    assert len({a.id for a in acts}) == 3
    assert {len(a.id) for a in acts} == {10}


def test_the_merged_row_stays_as_it_is_but_for_the_mark() -> None:
    before, after = three(), three().merged("1 2")
    assert after.row("2") == before.row("2") | {"merged_into": "1"}


@pytest.mark.parametrize("word", ["different", "household"])
def test_a_word_of_hers_on_two_of_three_keeps_all_three_apart_and_no_others(word: str) -> None:
    said = [Decision("3", "1", word)]
    assert refusals(three(), "1 2", "2 3", "4 5", words=said) == [(f"veto-{word}", ("1", "3"))]
    assert carried_out(three(), "1 2", "2 3", "4 5", words=said) == [("4", "5")]


def test_an_earlier_word_keeps_them_apart_too_unless_she_has_changed_her_mind() -> None:
    settled = {frozenset(("1", "3")): Settled("different", "")}
    assert refusals(three(), "1 2", "2 3", settled=settled) == [("veto-different", ("1", "3"))]
    assert refusals(three(), "1 2", "2 3", "3 1", settled=settled) == []


def test_a_word_on_somebody_who_was_merged_before_counts_for_whom_she_lives_on_in() -> None:
    settled = {frozenset(("2", "3")): Settled("different", "")}
    book = three().merged("1 2")
    more = replace_name(book)
    assert refusals(more, "1 4", "4 3", settled=settled) == [("veto-different", ("1", "3"))]


def replace_name(book: Book) -> Book:
    return book.typed("4", name="Anna Lis", phone="600 100 200", birthday="1990-05-06")


@pytest.mark.parametrize(
    ("name", "birthday"),
    [("Jan Lis", "1990-05-06"), ("Anna Lis", "1960-01-02")],
    ids=["another given name", "another birthday"],
)
def test_two_of_three_who_cannot_be_one_person_keep_all_three_apart(name: str, birthday: str) -> None:
    book = three(name, birthday=birthday)
    assert refusals(book, "1 2", "2 3") == [("veto-finder", ("1", "3"))]
    assert refusals(book, "1 2", "2 3", "1 3") == []  # her own word on each pair stands above it


def test_a_large_cluster_that_is_refused_is_told_once() -> None:
    rows = "\n".join(f"{n} | {name} Lis" for n, name in enumerate(("Anna", "Ewa", "Jan", "Piotr", "Ola")))
    pairs = [f"{n} {n + 1}" for n in range(4)]
    assert refusals(Book.of(f"client_id | name\n{rows}"), *pairs) == [("veto-finder", ("0", "2"))]


def test_decisions_that_cannot_be_carried_out_are_told_and_stop_nobody_else() -> None:
    clients = """
    client_id | name     | merged_into
    1         | Anna Lis |
    2         | Anna Lis |
    3         | Ewa Bąk  |
    3         | Ola Bąk  |
    4         | Anna Lis | 1
    5         | Iza Lis  | 6
    6         | Iza Lis  | 5
    """
    book = Book.of(clients)
    wrong = ["1 1", "1 9", "4 2", "6 5", "row:7 2"]
    assert refusals(book, *wrong, "1 2") == [
        ("itself", ("1",)),
        ("unknown-id", ("9",)),
        ("already-merged", ("4",)),
        ("loop", ("6",)),
        ("unknown-id", ("row:7",)),
    ]
    assert carried_out(book, *wrong, "1 2") == [("1", "2")]


def test_an_id_that_two_rows_have_names_nobody() -> None:
    book = Book.of("client_id | name | email\n1 | Anna Lis |\n3 | Ewa Bąk | \n3 | Ewa Bąk |")
    assert refusals(book, "1 3") == [("id-twice", ("3",))]


def test_a_decision_that_was_carried_out_is_passed_over_in_silence() -> None:
    book = three().merged("1 2")
    assert (refusals(book, "1 2"), carried_out(book, "1 2")) == ([], [])


def test_two_decisions_that_contradict_each_other_are_none() -> None:
    said = [Decision("2", "1", "different")]
    assert refusals(three(), "1 2", words=said) == [("contradiction", ("1", "2"))]
    assert carried_out(three(), "1 2", words=said) == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_refusal_has_its_words(code: str) -> None:
    settled = {frozenset(("1", "3")): Settled("household", "")}
    clients = "client_id | name | merged_into\n1 | Anna | \n2 | Anna |\n3 | Anna |\n4 | A | 1\n5 | I | 6\n6 | I | 5"
    book = Book.of(clients)
    merging = book.merging("1 1", "1 9", "4 2", "6 5", "1 2", "2 3", keep=["7"], settled=settled)
    said = [one.said(language(code)) for one in merging.refused]
    assert len(set(said)) == len(said) == 6
    assert all("{" not in text and ("Anna" in text or "(" in text or "9" in text or "7" in text) for text in said)


CODES = (
    *(
        "itself",
        "unknown-id",
        "id-twice",
        "already-merged",
        "loop",
        "contradiction",
        "keep-alone",
        "keep-contradiction",
    ),
    *("veto-different", "veto-household", "veto-finder", "locked", "not-merged", "row-gone", "astray"),
)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_reason_has_words_of_its_own_in_each_language(code: str) -> None:
    quoted = {"left": "C1", "right": "C2", "all": "C1, C2", "into": "C3", "field": "Consent"}
    said = [Refused(reason, ("C1", "C2"), quoted).said(language(code)) for reason in CODES]
    assert len(set(said)) == len(CODES)
    assert all("C1" in text and "{" not in text for text in said)
    assert set(language(code).words["merging"]) == {*CODES, "conflict", "conflict_gone"}


# ---- what becomes of the cells


def test_empty_cells_are_filled_and_others_stay_while_what_was_given_up_is_told() -> None:
    columns = "city   | birthday   | Hair type | gender | household"
    book = two(columns, "Kraków |            | curly     | female |", "Łódź   | 1990-05-06 | straight  | female | Lis")
    assert book.merged("C1 C2").row("C1") == {
        "name": "Anna Lis", "city": "Kraków", "Hair type": "curly", "gender": "female", "household": "Lis",
        "birthday": "1990-05-06",
    }  # fmt: skip
    act = book.merging("C1 C2").acts[0]
    assert [(c.client_id, c.field, c.before, c.after) for c in act.cells] == [
        ("C1", "birthday", None, "1990-05-06"),
        ("C1", "household", None, "Lis"),
        ("C2", "merged_into", None, "C1"),
        ("C2", "city", "Łódź", "Łódź"),
        ("C2", "Hair type", "straight", "straight"),
    ]


def test_of_several_the_one_with_more_visits_fills_first() -> None:
    clients = "client_id | name | city\nC1 | Anna Lis |\nC2 | Anna Lis | Łódź\nC3 | Anna Lis | Gdynia"
    visits = "date | client\n2026-01-01 | C1\n2026-01-02 | C1\n2026-01-03 | C3"
    assert Book.of(clients, visits).merged("C1 C2", "C1 C3", "C2 C3").cell("C1", "city") == "Gdynia"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("600 100 200 |", "600-100-201 |", ["600 100 200", "600-100-201"]),
        ("600 100 200 |", "+48 600 100 200 |", ["600 100 200", None]),
        ("600 100 200 | 22 123 45 67", "600 100 201 | 221234567", ["600 100 200", "22 123 45 67; 600 100 201"]),
        ("600 100 200 |", "600 100 201 | 600 100 202", ["600 100 200", "600 100 201; 600 100 202"]),
        (" |", "600 100 201 | 600 100 202", ["600 100 201", "600 100 202"]),
        (" | 600 100 201", "600 100 200 |", ["600 100 200", "600 100 201"]),
        ("600 100 200 |", "600 100 201 (mama) |", ["600 100 200", "600 100 201 (mama)"]),
        ("600 100 200 |", "none |", ["600 100 200", None]),
    ],
)
def test_every_phone_is_kept_once(first: str, second: str, expected: list[str | None]) -> None:
    assert survivor("phone | other_phone", first, second) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("600 100 |", "600 100 201 |", ["600 100 201", None]),
        ("+1 600100201 |", "600 100 201 |", ["600 100 201", None]),  # the same end, and no number of that country
        ("600 100 |", " | 600 100 201", ["600 100 201", None]),
        ("600 100 | 600 100 202", "600 100 201 |", ["600 100 201", "600 100 202"]),
        ("600 100 |", "601 100 |", ["600 100", "601 100"]),  # neither can be read: all stays as it is
        ("600 100 201 |", "600 100 2 |", ["600 100 201", "600 100 2"]),
        (
            " | 600 100 201",
            "600 1002 |",
            [None, "600 100 201; 600 1002"],
        ),  # a first one that is none would hide the other
    ],
)
def test_a_phone_that_can_be_read_is_the_one_that_is_used(first: str, second: str, expected: list[str | None]) -> None:
    assert survivor("phone | other_phone", first, second) == expected


def test_an_address_that_cannot_be_read_gives_way_and_is_told_in_changes() -> None:
    merging = two("email", "anna@example", "anna@example.com").merging("C1 C2")
    assert [(c.client_id, c.field, c.before, c.after) for c in merging.acts[0].cells] == [
        ("C1", "email", "anna@example", "anna@example.com"),
        ("C2", "merged_into", None, "C1"),
    ]


def test_a_second_phone_and_address_stand_in_columns_that_the_list_did_not_have() -> None:
    book = two("phone | email", "600 100 200 | anna@x.pl", "600 100 201 | Lis@x.pl")
    assert book.merged("C1 C2").row("C1") == {
        "name": "Anna Lis", "phone": "600 100 200", "email": "anna@x.pl",
        "other_phone": "600 100 201", "other_email": "Lis@x.pl",
    }  # fmt: skip
    assert list(book.merged("C1 C2").clients.columns)[-3:] == ["other_phone", "other_email", "merged_into"]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("a.lis@gmail.com |", "alis+salon@gmail.com |", ["a.lis@gmail.com", None]),
        ("anna@x.pl | ola@x.pl", "lis@x.pl |", ["anna@x.pl", "ola@x.pl; lis@x.pl"]),
        ("anna@x.pl | has none", "lis@x.pl |", ["anna@x.pl", "has none"]),  # it could not be read beside that
        (" |", "Anna <anna@x.pl> |", ["Anna <anna@x.pl>", None]),
    ],
)
def test_every_address_is_kept_once_where_it_can_be_read(first: str, second: str, expected: list[str | None]) -> None:
    assert survivor("email | other_email", first, second) == expected


def test_a_number_cell_that_lost_its_zero_is_spelt_so_that_it_can_be_read() -> None:
    book = two("phone | other_phone", "+39 06 1234 5678 | 06 1234 5679", "|").typed("C2", phone=612345670.0)
    in_italy = Book(book.clients, settings=type(book.settings)(country="IT"))
    assert in_italy.merged("C1 C2").cell("C1", "other_phone") == "06 1234 5679; +390612345670"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("VIP", "likes tea", "VIP · likes tea"),
        ("VIP", "vip", "VIP"),
        ("VIP · tea", "tea · late", "VIP · tea · late"),
        ("", "likes tea", "likes tea"),
        ("=1+1", "likes tea", "=1+1"),
        ("VIP", "=1+1", "VIP"),
    ],
)
def test_notes_are_joined_without_repeating_and_no_formula_grows(first: str, second: str, expected: str) -> None:
    assert survivor("notes", first, second) == [expected]


def test_notes_of_several_lines_get_a_further_line() -> None:
    book = two("notes", "", "tea").typed("C1", notes="VIP\nlate")
    assert book.merged("C1 C2").cell("C1", "notes") == "VIP\nlate\ntea"


def test_notes_that_no_cell_can_hold_stay_with_the_merged_row() -> None:
    book = two("notes", "", "tea").typed("C1", notes="x" * 32_765)
    assert book.merged("C1 C2").cell("C1", "notes") == "x" * 32_765
    assert ("C2", "notes", "tea") in [(c.client_id, c.field, c.after) for c in book.merging("C1 C2").acts[0].cells]


def test_lists_are_united() -> None:
    assert survivor("services | tags", "Cut; Nails | vip", "nails, Colour |") == ["Cut; Nails; Colour", "vip"]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("yes", "no", "no"),
        ("no", "yes", "no"),
        ("yes", "", "yes"),
        ("", "tak", "tak"),
        ("yes", "nie", "nie"),
        ("yes", "perhaps", "perhaps"),
    ],
)
def test_the_stricter_consent_counts_in_the_words_of_the_list(first: str, second: str, expected: str) -> None:
    assert survivor("email_consent", first, second) == [expected]


@pytest.mark.parametrize(
    ("first", "second", "expected"), [("no", "STOP", "STOP"), ("yes", "no", "yes"), ("", "no", "no")]
)
def test_who_wants_no_contact_gets_none(first: str, second: str, expected: str) -> None:
    assert survivor("no_contact", first, second) == [expected]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("yes | 2020-01-01 | form", "no | 2021-01-01 | phone", ["no", "2021-01-01", "phone"]),
        ("yes | 2020-01-01 | form", "yes | 2021-01-01 | phone", ["yes", "2020-01-01", "form"]),
        ("no | 2020-01-01 | form", "yes | 2021-01-01 | phone", ["no", "2020-01-01", "form"]),
        ("no | |", "yes | 2021-01-01 | phone", ["no", None, None]),
        ("yes | |", "yes | 2021-01-01 | phone", ["yes", "2021-01-01", "phone"]),
        (" | 2020-01-01 |", "yes | 2021-01-01 | phone", ["yes", "2021-01-01", "phone"]),
    ],
)
def test_day_and_source_of_a_consent_are_those_of_the_one_that_counts(
    first: str, second: str, expected: list[str | None]
) -> None:
    assert survivor("email_consent | consent_date | consent_source", first, second) == expected


def test_a_refusal_that_cannot_be_written_forbids_to_merge() -> None:
    book = two("email_consent", "yes", "no", formulas={"email_consent": [0]})
    assert refusals(book, "C1 C2") == [("locked", ("C1", "C2"))]
    assert refusals(two("no_contact", "#N/A", "yes"), "C1 C2") == [("locked", ("C1", "C2"))]
    assert refusals(two("email_consent", "no", "yes", formulas={"email_consent": [0]}), "C1 C2") == []


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("2020-01-01", "2019-05-05", "2019-05-05"),
        ("2020-01-01", "2021-05-05", "2020-01-01"),
        ("", "2021-05-05", "2021-05-05"),
        ("long ago", "2021-05-05", "long ago"),
    ],
)
def test_she_is_a_client_since_the_earlier_day(first: str, second: str, expected: str) -> None:
    assert survivor("client_since", first, second) == [expected]


@pytest.mark.parametrize("who", ["C1", "Lis Anna", "600 100 200", "C2"])
def test_nobody_recommended_herself(who: str) -> None:
    assert survivor("phone | referred_by", "600 100 200 |", f"| {who}") == ["600 100 200", None]
    assert survivor("phone | referred_by", "600 100 200 |", "| Ewa Bąk") == ["600 100 200", "Ewa Bąk"]


def test_half_of_another_address_or_name_is_not_taken() -> None:
    assert survivor("city | postcode", "Kraków |", "Łódź | 90-001") == ["Kraków", None]
    assert survivor("city | postcode", "Kraków |", "kraków | 30-001") == ["Kraków", "30-001"]
    parts = "client_id | first_name | last_name | phone\nC1 | Anna | {} | 6\nC2 | {} | Nowak | 6"
    assert Book.of(parts.format("", "Anna")).merged("C1 C2").cell("C1", "last_name") == "Nowak"
    assert Book.of(parts.format("", "Ola")).merged("C1 C2").cell("C1", "last_name") is None


def test_a_formula_and_an_error_are_never_written_over_and_an_error_is_no_value() -> None:
    book = two("city | tags | notes", "| vip | #REF!", "Łódź | new | tea", formulas={"city": [0], "tags": [0]})
    assert book.merged("C1 C2").row("C1") == {"name": "Anna Lis", "tags": "vip", "notes": "#REF!"}
    assert survivor("city", "", "#N/A") == [None]


def test_a_visit_typed_as_the_next_one_goes_along_unless_it_is_over() -> None:
    assert survivor("next_visit", "", "2026-07-01") == ["2026-07-01"]
    assert survivor("next_visit", "", "2026-05-01") == [None]
    assert survivor("next_visit", "2026-05-01", "2026-07-01") == ["2026-07-01"]
    assert survivor("next_visit", "2026-06-20", "2026-07-01") == ["2026-06-20"]


def test_the_list_itself_is_not_changed_by_merging() -> None:
    book = two("city", "", "Łódź")
    before = book.grid()
    book.merging("C1 C2")
    assert book.grid() == before
