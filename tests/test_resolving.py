"""Whose visit a line is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from cleaned_tables import cleaned, from_cells
from hypothesis import given
from hypothesis import strategies as st

from sheetcrm.crm.people import _SETS_APART, name_key, phone_key, survivors
from sheetcrm.crm.resolving import resolve
from sheetcrm.languages.folding import fold

if TYPE_CHECKING:
    from sheetcrm.crm.tables import Cleaned

CLIENTS = """
client_id | name             | phone        | other_phone  | email
C1        | Anna Kowalska    | +48600100101 |              | anna@example.com
C2        | Anna Kowalska    | +48600100102 |              | anka@example.com
C3        | Оксана Шевченко  | +380501234567 | +48600100103 | oksana@example.com
C4        | Łucja Żak-Nowak  | +48600100104 |              | lucja@example.com
600100101 | Jan Numer        | +48600100105 |              | jan@example.com
"""


def outcome(visits: str, clients: str = CLIENTS) -> list[tuple[str, str, str]]:
    """Return per line (the client's id, the id to stand beside it, the code of what is wrong)."""
    people, lines = cleaned("Clients", clients), cleaned("Visits", visits)
    found = resolve(lines, people)
    codes = {problem.row: problem.code for problem in found.problems}
    ids = people.texts("client_id").cells()
    return [
        ("" if at < 0 else str(ids[at]), str(stored or ""), codes.get(row, ""))
        for at, stored, row in zip(
            found.client.tolist(), found.client_ids.cells(), lines.table.rows.tolist(), strict=True
        )
    ]


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("C3", "C3"),
        ("+48 600-100-102", "C2"),
        ("48600100102", "C2"),
        ("0501234567", "C3"),
        ("600 100 103", "C3"),
        ("Oksana@Example.com", "C3"),
        ("оксана  ШЕВЧЕНКО", "C3"),
        ("Шевченко Оксана", "C3"),
        ("Zak-Nowak, Lucja", "C4"),
        ("łucja żak nowak", "C4"),
    ],
)
def test_a_client_is_known_by_id_phone_email_or_full_name(text: str, whose: str) -> None:
    stored = "" if text == whose else whose
    assert outcome(f"client\n{text}") == [(whose, stored, "")]


def test_an_id_is_tried_before_a_phone() -> None:
    assert outcome("client\n600100101") == [("600100101", "", "")]


def test_what_is_one_clients_phone_or_address_means_her_even_where_another_is_called_so() -> None:
    clients = """
    client_id | name             | phone        | email
    C1        | anna@example.com |              |
    C2        | 600 100 101      |              |
    C3        | Anna Lis         | +48600100101 | anna@example.com
    """
    assert [line[0] for line in outcome("client\nanna@example.com\n600 100 101", clients)] == ["C3", "C3"]


def test_two_of_one_name_are_ambiguous_and_never_guessed() -> None:
    assert outcome("client\nAnna Kowalska") == [("", "", "ambiguous-client")]


def test_the_phone_beside_it_settles_which_of_two() -> None:
    visits = """
    client        | phone
    Anna Kowalska | +48600100102
    Kowalska Anna | +48600100101
    Anna Kowalska | +48600999999
    """
    assert outcome(visits) == [("C2", "C2", ""), ("C1", "C1", ""), ("", "", "ambiguous-client")]


def test_one_match_holds_whatever_phone_stands_beside_it() -> None:
    visits = """
    client          | phone
    Оксана Шевченко | +48600100101
    """
    assert outcome(visits) == [("C3", "C3", "")]


def test_an_id_that_two_rows_have_is_ambiguous() -> None:
    clients = """
    client_id | name
    C1        | Anna Kowalska
    C1        | Ewa Lis
    """
    assert outcome("client\nC1", clients) == [("", "", "ambiguous-client")]


def test_nobody_of_that_name_is_unknown_and_the_near_one_is_suggested() -> None:
    found = resolve(cleaned("Visits", "client\nOksana Szewczenko\nLucja Zak-Nowk"), cleaned("Clients", CLIENTS))
    assert [(p.code, p.row, p.field, p.value, dict(p.params)) for p in found.problems] == [
        ("unknown-client", 2, "client", "Oksana Szewczenko", {}),
        ("unknown-client", 3, "client", "Lucja Zak-Nowk", {"suggestion": "Łucja Żak-Nowak"}),
    ]


def test_an_ambiguous_client_names_the_candidates() -> None:
    found = resolve(cleaned("Visits", "client\nAnna Kowalska"), cleaned("Clients", CLIENTS))
    assert [dict(p.params) for p in found.problems] == [{"candidates": "C1, C2"}]


def test_an_empty_client_is_nobodys_and_left_to_the_checks() -> None:
    visits = """
    client | service  | client_id
           | Manicure |
           | Manicure | C3
    """
    assert outcome(visits) == [("", "", ""), ("", "C3", "")]


def test_first_and_last_name_in_two_columns_make_a_full_name_in_either_order() -> None:
    clients = """
    client_id | first_name | middle_name | last_name
    1         | Мария      | Петровна    | Иванова
    2         | Anna       |             | Lis
    """
    visits = "client\nИванова Мария Петровна\nмария иванова\nLis Anna\nМария"
    assert [line[0] for line in outcome(visits, clients)] == ["1", "1", "2", ""]


def test_what_stands_in_brackets_tells_two_people_apart() -> None:
    clients = """
    client_id | name
    C1        | Anna Lis
    C2        | Anna Lis (siostra Ewy)
    C3        | Ewa Lis (siostra Anny)
    """
    visits = "client\nAnna Lis\nAnna Lis (siostra Ewy)\nEwa Lis\nAnna Lis (gel)"
    expected = [("C1", "C1", ""), ("C2", "C2", ""), ("C3", "C3", ""), ("", "", "ambiguous-client")]
    assert outcome(visits, clients) == expected


# The id kept beside a visit


def test_a_renamed_client_keeps_her_visits() -> None:
    clients = """
    client_id | name
    C1        | Anna Nowak
    C2        | Ewa Lis
    """
    visits = """
    date       | client        | client_id
    2026-01-05 | Anna Kowalska | C1
    2026-02-05 | Anna Nowak    | C1
    2026-03-05 | Anna Nowak    |
    """
    assert outcome(visits, clients) == [("C1", "C1", "")] * 3


def test_a_client_renamed_altogether_keeps_her_visits_also_when_newer_ones_have_the_new_name() -> None:
    clients = "client_id | name\nC1 | Małgorzata Zielińska"
    visits = """
    date       | client     | client_id
    2026-01-05 | Gośka Blok | C1
    2026-02-05 | BLOK, GOŚKA | C1
    2026-03-05 | Małgorzata Zielińska | C1
    """
    assert [line[0] for line in outcome(visits, clients)] == ["C1", "C1", "C1"]


@pytest.mark.parametrize("text", ["Nobody Known", "600 999 999", "nobody@example.com"])
def test_a_visit_retyped_to_somebody_unknown_is_no_longer_the_old_clients(text: str) -> None:
    clients = "client_id | name | phone | email\nC1 | Anna Bell | +48600100101 | anna@example.com"
    visits = f"""
    date       | client | client_id
    2026-01-05 | C1     |
    2026-02-05 | {text} | C1
    """
    assert outcome(visits, clients) == [("C1", "", ""), ("", "", "unknown-client")]


def test_a_single_visit_under_a_name_that_has_nothing_of_hers_is_asked_about() -> None:
    clients = "client_id | name\nC1 | Małgorzata Zielińska"
    visits = "client | client_id\nGośka Blok | C1"
    assert outcome(visits, clients) == [("", "", "unknown-client")]


def test_one_letter_in_common_is_no_name_in_common() -> None:
    clients = "client_id | name\nC1 | Anna K."
    assert outcome("client | client_id\nOlga K. | C1", clients) == [("", "", "unknown-client")]


def test_a_retyped_client_is_resolved_anew() -> None:
    visits = """
    client          | client_id
    Оксана Шевченко | C1
    C4              | C1
    """
    assert outcome(visits) == [("C3", "C3", ""), ("C4", "", "")]


def test_the_stored_id_settles_which_of_two_of_one_name() -> None:
    visits = """
    client        | client_id
    Anna Kowalska | C2
    Anna Kowalska | C4
    """
    assert outcome(visits) == [("C2", "C2", ""), ("", "", "ambiguous-client")]


def test_a_copied_row_with_a_new_name_typed_over_is_not_the_old_clients() -> None:
    visits = """
    date       | client          | client_id
    2026-01-05 | Оксана Шевченко | C3
    2026-01-05 | Halina Wrona    | C3
    """
    assert outcome(visits) == [("C3", "C3", ""), ("", "", "unknown-client")]


def test_the_id_of_a_deleted_row_stays_beside_the_visit() -> None:
    visits = """
    client       | client_id
    Halina Wrona | C77
    """
    assert outcome(visits) == [("", "C77", "unknown-client")]


def test_an_edited_client_id_is_followed_by_the_name() -> None:
    clients = "client_id | name\nVIP-1 | Anna Lis"
    assert outcome("client | client_id\nAnna Lis | C1", clients) == [("VIP-1", "VIP-1", "")]


def test_a_changed_phone_number_keeps_the_visits_typed_by_the_old_one_which_are_several() -> None:
    clients = """
    client_id | name     | phone
    C1        | Anna Lis | +48600100109
    """
    visits = """
    date       | client      | client_id
    2026-01-01 | Anna Lis    | C1
    2026-01-05 | 600 100 108 | C1
    2026-02-05 | 600100108   | C1
    """
    assert outcome(visits, clients) == [("C1", "C1", "")] * 3


def test_resolving_again_what_was_written_changes_nothing() -> None:
    visits = "client\nC3\nОксана Шевченко\n600100102\nAnna Kowalska\nNobody Here"
    lines, people = cleaned("Visits", visits), cleaned("Clients", CLIENTS)
    once = resolve(lines, people)
    twice = resolve(lines, people, once.client_ids)
    assert twice.client.tolist() == once.client.tolist()
    assert twice.client_ids.cells() == once.client_ids.cells()


# Merged clients


MERGED = """
client_id | name          | merged_into
C1        | Anna Lis      |
C2        | Anna Lis      | C1
C3        | Ania L.       | C2
C4        | Ewa Wrona     | C5
C5        | Ewa Wrona-Lis | C4
C6        | Ola Bak       | C99
C7        | Iza Bak       | C7
C8        | Ula Bak       | C4
"""


def test_a_merged_row_lives_on_in_the_last_of_its_chain_and_loops_lead_nowhere() -> None:
    assert survivors(cleaned("Clients", MERGED)).tolist() == [0, 0, 0, 3, 4, 5, 6, 7]


def test_visits_of_a_merged_client_are_her_survivors() -> None:
    visits = """
    client    | client_id
    C3        |
    Ania L.   |
    Anna Lis  |
    Anna Wilk | C2
    Ewa Wrona |
    """
    assert outcome(visits, MERGED) == [
        ("C1", "C1", ""),
        ("C1", "C1", ""),
        ("C1", "", ""),  # taken back, it would mean two, and nobody knows which
        ("C1", "C2", ""),  # kept: a merge can be taken back
        ("C4", "C4", ""),
    ]


# Promises


def test_the_input_stays_as_it_was() -> None:
    people, lines = cleaned("Clients", CLIENTS), cleaned("Visits", "client | client_id\nAnna Kowalska | C2\nC3 |")
    before = [c.cells() for t in (people, lines) for c in t.text.values()]
    resolve(lines, people)
    assert [c.cells() for t in (people, lines) for c in t.text.values()] == before


def test_no_visits_and_no_clients_are_no_trouble() -> None:
    empty = resolve(from_cells("Visits", {"client": []}, 0), cleaned("Clients", CLIENTS))
    assert (len(empty.client), len(empty.client_ids), empty.problems) == (0, 0, ())
    assert outcome("client\nAnna", "client_id | name") == [("", "", "unknown-client")]


cells = st.sampled_from(
    [None, "C1", "C2", "C3", "Anna Kowalska", "Kowalska Anna", "Ewa Lis", "600100101", "x@example.com", "No One"]
)


@given(st.lists(st.tuples(cells, cells, cells), max_size=40))
def test_a_line_is_resolved_the_same_alone_and_among_others(rows: list[tuple[Any, Any, Any]]) -> None:
    def table(some: list[tuple[Any, Any, Any]]) -> Cleaned:
        columns = zip(*some, strict=True) if some else ((), (), ())
        cells = dict(zip(("client", "phone", "client_id"), map(list, columns), strict=True))
        return from_cells("Visits", cells | {"date": ["2026-01-01"] * len(some)}, len(some))

    people = cleaned("Clients", CLIENTS + "C5 | Ewa Lis | | | x@example.com")
    together = resolve(table(rows), people)
    # a copied row is told by other rows of the same stored id: leave those out, they have their own tests
    sure = [i for i, row in enumerate(rows) if row[0] != "No One" or row[2] is None]
    alone = [resolve(table([rows[i]]), people) for i in sure]
    assert together.client[sure].tolist() == [r.client[0] for r in alone]
    assert [together.client_ids.cell(i) for i in sure] == [r.client_ids.cell(0) for r in alone]


letters = st.text("AaŻżŁłÀéоОїЇйґёЩ -.'’()3", max_size=20)


@given(letters)
def test_the_quick_way_of_folding_a_name_gives_what_folding_gives(text: str) -> None:
    assert name_key(text) == " ".join(sorted(fold(_SETS_APART.sub(" ", text)).split()))


@pytest.mark.parametrize("odd", ["@", "ж", "+", ""])
def test_a_long_list_of_figures_in_the_place_of_a_name_takes_no_time(odd: str) -> None:
    started = time.process_time()
    name_key("1 " * 26 + odd)
    assert time.process_time() - started < 1  # going back over the words takes 10 s, and twice that for each more


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("+380 50 123-45-67", "501234567"),
        ("8 (912) 345-67-89", "123456789"),
        ("+7 912 345 67 89", "123456789"),
        ("07700 900123", "700900123"),
        ("+44 7700 900123", "700900123"),
        ("+47 21 23 45 67", "21234567"),
        ("21 23 45 67", "21234567"),
        ("12345", ""),
        ("Anna 600100100", ""),
        ("C600100100", ""),
    ],
)
def test_phones_are_compared_by_their_last_nine_national_digits(text: str, key: str) -> None:
    assert phone_key(text) == key


def test_a_hundred_thousand_lines_are_resolved_by_their_distinct_cells() -> None:
    names = ["Anna Kowalska", "Оксана Шевченко", "No One", "C4"]
    lines = from_cells("Visits", {"client": names * 25_000}, 100_000)
    found = resolve(lines, cleaned("Clients", CLIENTS))
    assert np.unique(found.client, return_counts=True)[1].tolist() == [50_000, 25_000, 25_000]
    assert len(found.problems) == 50_000
