"""Ids for new clients."""

from __future__ import annotations

import string

import pytest
from cleaned_tables import cleaned, from_cells
from hypothesis import given
from hypothesis import strategies as st

from sheetcrm.crm.numbering import NewIds, Owner, next_ids, person_marks
from sheetcrm.crm.short_hashes import short_hashes


@pytest.mark.parametrize(
    "text", ["{}ora Kay", "Co{}a Kay", "Cora Ka{}", "{}ора Кей", "+{}4850060070", "{}ora@example.com"]
)
def test_texts_that_differ_in_one_letter_have_two_hashes_wherever_it_stands(text: str) -> None:
    letters = string.ascii_letters + string.digits + "ąćęłńóśźżабвгдежзий"
    hashes = short_hashes([text.format(letter) for letter in letters])
    assert len(set(hashes.tolist())) >= len(letters) - 1  # of 16 bits two may meet by chance


def number(clients: str, *used: str, pending: dict[Owner, str] | None = None) -> NewIds:
    return next_ids(cleaned("Clients", clients), frozenset(used), pending or {})


def given_to(new: NewIds) -> list[tuple[int, str]]:
    return list(zip(new.positions, new.ids, strict=True))


@pytest.mark.parametrize(
    ("ids", "following"),
    [
        (["C1"], ["C2", "C3"]),
        (["C9", "C10", "C2"], ["C11", "C12"]),
        (["0007"], ["0008", "0009"]),
        (["0009", "0003"], ["0010", "0011"]),
        (["12", "7"], ["13", "14"]),
        (["K-099", "K-098"], ["K-100", "K-101"]),
        (["2026-009"], ["2026-010", "2026-011"]),
        (["VIP1", "C4", "C5", "VIP9", "C2"], ["C6", "C7"]),
        (["КЛ-5"], ["КЛ-6", "КЛ-7"]),
        (["anna", "ewa"], ["C1", "C2"]),
        ([], ["C1", "C2"]),
    ],
)
def test_new_clients_get_the_highest_id_plus_one_in_the_lists_own_style(ids: list[str], following: list[str]) -> None:
    rows = [f"{one} | Person {i}" for i, one in enumerate(ids)] + [" | Nowa Anna", " | Nowa Ewa"]
    new = number("client_id | name\n" + "\n".join(rows))
    assert given_to(new) == [(len(ids), following[0]), (len(ids) + 1, following[1])]


def test_an_id_that_was_ever_used_is_never_given_again() -> None:
    assert number("client_id | name\nC1 | Anna\n | Ewa", "C2", "C7", "X90").ids == ("C8",)
    assert number("client_id | name\n | Ewa", "0041").ids == ("0042",)


def test_who_has_an_id_keeps_it_and_a_row_of_nobody_gets_none() -> None:
    new = number("client_id | name | notes\nC1 | Anna |\n | | call the plumber")
    assert given_to(new) == []


def test_the_new_ids_can_be_laid_over_the_table_which_stays_as_it_was() -> None:
    clients = cleaned("Clients", "client_id | name\nC1 | Anna\n | Ewa\n | Ola")
    new = next_ids(clients, frozenset(), {})
    assert new.applied(clients).texts("client_id").cells() == ["C1", "C2", "C3"]
    assert clients.texts("client_id").cells() == ["C1", None, None]
    assert new.old.take(new.old.codes == -1).cells() == [None, None]


def test_a_list_without_an_id_column_gets_ids() -> None:
    clients = cleaned("Clients", "first_name | last_name\nAnna | Lis\nEwa | Bak")
    new = next_ids(clients, frozenset(), {})
    assert (new.ids, new.applied(clients).texts("client_id").cells()) == (("C1", "C2"), ["C1", "C2"])
    assert new.owners == {("Anna Lis", "", ""): "C1", ("Ewa Bak", "", ""): "C2"}


# Ids that could not be saved yet


WAITING = """
client_id | name     | phone        | email
C1        | Ola Bak  |              |
          | Anna Lis | +48600100101 | anna@example.com
          | Ewa Wron | +48600100102 |
"""


def test_an_id_that_could_not_be_saved_stays_the_same_in_whatever_order_the_rows_stand() -> None:
    first = number(WAITING)
    lines = WAITING.strip().splitlines()
    sorted_since = "\n".join([lines[0], lines[3], lines[2], lines[1]])
    again = number(sorted_since, *first.ids, pending=dict(first.owners))
    assert (given_to(first), given_to(again)) == ([(1, "C2"), (2, "C3")], [(0, "C3"), (1, "C2")])
    assert again.unsure == frozenset()


@pytest.mark.parametrize(
    "edited",
    ["| Anna Lis-Nowak | +48600100101 | anna@example.com", "| Anna Lis | | ", "| Ania Lis | +48600100101 | "],
)
def test_a_row_edited_meanwhile_is_told_by_what_is_left_of_it(edited: str) -> None:
    first = number(WAITING)
    new = number("client_id | name | phone | email\n" + edited, *first.ids, pending=dict(first.owners))
    assert new.ids == ("C2",)


def test_a_row_that_cannot_be_told_again_is_unsure() -> None:
    first = number(WAITING)
    new = number(
        "client_id | name | phone | email\n| Other Name | |\n| Ewa Wron | +48600100102 |",
        "C1",
        *first.ids,
        pending=dict(first.owners),
    )
    assert (given_to(new), new.unsure) == ([(0, "C4"), (1, "C3")], frozenset({0}))


def test_two_rows_that_are_alike_keep_their_ids_in_order_but_are_unsure() -> None:
    alike = "client_id | name\n | Anna\n | Anna\n | Ewa"
    first = number(alike)
    again = number(alike, *first.ids, pending=dict(first.owners))
    assert (first.ids, again.ids, again.unsure) == (("C1", "C2", "C3"), ("C1", "C2", "C3"), frozenset({0, 1}))


def test_a_kept_id_that_stands_in_the_sheet_by_now_is_nobody_elses() -> None:
    new = number("client_id | name\nC2 | Anna Lis\n | Anna Lis", pending={("Anna Lis", "", ""): "C2"})
    assert (given_to(new), new.unsure) == ([(1, "C3")], frozenset())


# Copied ids


def test_a_copied_id_is_given_anew_to_the_later_row() -> None:
    new = number("client_id | name\nC1 | Anna\nC2 | Ewa\nC1 | Ola\nC1 | Iza")
    assert given_to(new) == [(2, "C3"), (3, "C4")]


def test_the_same_client_pasted_twice_keeps_the_id() -> None:
    new = number("client_id | name | phone\nC1 | Anna | +48600100101\nC1 | Anna | +48600100101")
    assert given_to(new) == []


def test_a_namesake_with_another_phone_is_another_client() -> None:
    new = number("client_id | name | phone\nC1 | Anna | +48600100101\nC1 | Anna | +48600100102")
    assert given_to(new) == [(1, "C2")]


ANNA = "client_id | name | phone | email\nC1 | Anna Lis | +48600100101 | anna@example.com"


def marks(clients: str) -> dict[str, int]:
    table = cleaned("Clients", clients)
    return dict(zip(table.texts("client_id").cells(), person_marks(table).tolist(), strict=True))


@pytest.mark.parametrize(
    ("copy", "original"),
    [
        ("Ola Lis | +48600100102 | ola@example.com", "Anna Lis | +48600100101 | anna@example.com"),
        ("Ola Lis | +48600100101 | anna@example.com", "Anna Lis | +48600100101 | anna@example.com"),
        ("Ola Bak | | ", "Anna Nowak | +48600100101 | anna@example.com"),
        ("Ola Lis | +48600100101 | anna@example.com", "Anna Lis | +48600100909 | lis@example.com"),
        ("Ola Bak | +48600100102 | ", "Ania Lis | +48600100109 | anna@example.com"),
    ],
)
def test_a_copied_id_stays_with_whom_it_named_last_in_whatever_order_the_rows_stand(copy: str, original: str) -> None:
    header, *_ = ANNA.splitlines()
    for rows, new in (((copy, original), 0), ((original, copy), 1)):
        table = cleaned("Clients", "\n".join([header, *(f"C1 | {row}" for row in rows)]))
        assert given_to(next_ids(table, frozenset(), {}, marks(ANNA))) == [(new, "C2")]


def test_of_several_copies_all_but_whom_the_id_named_last_get_new_ids() -> None:
    rows = ["C1 | Ola | | ", "C1 | Iza | | ", "C1 | Anna Lis | | ", "C1 | Ewa | | ", "C1 | Anna Lis | | "]
    table = cleaned("Clients", "\n".join(["client_id | name | phone | email", *rows]))
    new = next_ids(table, frozenset(), {}, marks(ANNA))
    assert (given_to(new), new.keepers) == ([(0, "C2"), (1, "C3"), (3, "C4")], {0: 2})


@pytest.mark.parametrize(
    "known", [{}, {"C9": 1}, marks("client_id | name | phone | email\nC1 | Eve | 1 | e@example.com")]
)
def test_where_nothing_tells_whom_a_copied_id_named_the_first_row_keeps_it(known: dict[str, int]) -> None:
    table = cleaned("Clients", "client_id | name | phone | email\nC1 | Ola | | \nC1 | Anna | | ")
    assert given_to(next_ids(table, frozenset(), {}, known)) == [(1, "C2")]


def test_the_mark_of_a_person_is_the_same_on_every_machine() -> None:
    assert marks(ANNA) == {"C1": 0xA4BC2B06D8AC}  # 16 bits each of name, phone and e-mail


@given(st.lists(st.tuples(st.text(max_size=80), st.text(max_size=80)), max_size=6))
def test_marks_are_of_the_text_alone_whatever_stands_around_it(names: list[tuple[str, str]]) -> None:
    def of(texts: list[str]) -> list[int]:
        return list(map(int, person_marks(from_cells("Clients", {"name": [*texts]}, len(texts)))))

    alone = [of([name])[0] for pair in names for name in pair]
    assert of([name for pair in names for name in pair]) == alone


ids = st.lists(st.sampled_from(["", "", "C1", "C2", "C03", "7", "x", "C99"]), max_size=12)


@given(ids, st.frozensets(st.sampled_from(["C1", "C5", "C100", "C101", "8", "C04"])))
def test_new_ids_are_unique_and_never_used_before(cells: list[str], used: frozenset[str]) -> None:
    clients = cleaned("Clients", "client_id | name\n" + "\n".join(f"{c} | N{i}" for i, c in enumerate(cells)))
    new = next_ids(clients, used, {})
    after = new.applied(clients).texts("client_id").cells()
    assert all(after)
    assert len(set(after)) == len(after)
    assert not set(new.ids) & {*used, *cells}
    assert next_ids(new.applied(clients), used, {}).ids == ()
