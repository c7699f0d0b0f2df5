"""A row that was merged into another counts nowhere: its mistakes are nobody's, its contacts still name the client."""

from __future__ import annotations

import numpy as np
import pytest
from merging_hand import Book

from sheetcrm.crm.contacts import parse_phone
from sheetcrm.crm.people import is_alive, merged_ids

LIST = """
client_id | name     | phone       | email  | city   | merged_into
C1        | Anna Lis | 600 100 200 |        | Kraków | {into}
C2        | Anna Lis | 600 100 200 |        | Kraków |
C3        | Ewa Bąk  | 12          | none@  | Łódź   | {into}
C4        |          | 600 100 201 |        |        | {into}
"""


def codes(clients: str) -> list[tuple[str, object]]:
    return sorted((p.code, p.row) for p in Book.of(clients).figured().problems)


def test_what_is_wrong_in_a_merged_row_is_no_problem_any_more_nor_does_the_survivor_repeat_it() -> None:
    assert codes(LIST.format(into="")) == [
        ("duplicate-row", 3),
        ("invalid-email", 4),
        ("invalid-phone", 4),
        ("missing-required", 5),
    ]
    assert codes(LIST.format(into="C2")) == []


def test_an_id_that_a_merged_row_shares_with_another_is_still_told() -> None:
    clients = "client_id | name | merged_into\nC1 | Anna Lis |\nC2 | Anna Lis | C1\nC2 | Ewa Bąk |"
    assert codes(clients) == [("duplicate-id", 4)]


SEVERAL = """
client_id | name     | phone       | other_phone                                        | other_email
C1        | Anna Lis | 600 100 200 | 600 100 201; +48 600 100 202 (mama); 600 100 203   | a@x.pl; Ola.Lis@x.pl
C2        | Ewa Bąk  | 600 100 300 |                                                    |
"""


@pytest.mark.parametrize(
    ("typed", "client"),
    [("600100201", "C1"), ("+48600100202", "C1"), ("600 100 203", "C1"), ("ola.lis@x.pl", "C1"), ("600100204", "")],
)
def test_every_number_and_address_that_merging_kept_names_the_client(typed: str, client: str) -> None:
    known = Book.of(SEVERAL, f"date | client\n2026-01-01 | {typed}").figured()
    assert known.resolution is not None
    assert (known.resolution.client_ids.cell(0) or "") == client


def test_a_cell_of_many_numbers_is_read_by_its_first_and_no_other_long_text_is_a_phone() -> None:
    numbers = [f"+48 600 100 2{n:02}" for n in range(12)]
    assert parse_phone("; ".join(numbers), "PL") == "+48600100200"
    assert parse_phone("; ".join([*numbers, "or so"]), "PL") is None
    assert parse_phone("call her at 600 100 200 " * 4, "PL") is None
    assert parse_phone(";" * 30_000, "PL") is None


# ---- rows that the owner deleted by hand

ANNAS = """
client_id | name              | phone
C1        | Anna Kowalska     | 600 100 200
C2        | Ania Lis          | 600 100 200
C3        | Anna Kowalska-Lis | 600 100 200
"""
VISITS = """
date       | client   | amount | client_id
2026-01-01 | C2       | 1      |
2026-01-02 | Ania Lis | 2      |
2026-01-03 | C1       | 4      |
2026-01-04 | C3       | 8      |
"""


def known(book: Book) -> tuple[list[object], list[object], list[tuple[str, object]]]:
    """What each client spent, the ids that stand beside visits, what is wrong."""
    found = book.figured()
    assert found.resolution is not None
    spent = np.nan_to_num(found.values["total_spend"]).tolist()
    return spent, found.resolution.client_ids.cells(), sorted((p.code, p.row) for p in found.problems)


def test_visits_of_a_merged_row_that_was_deleted_stay_the_survivors_typed_by_id_or_by_name() -> None:
    merged = Book.of(ANNAS, VISITS).refreshed().merged("C1 C2", keep=["C1"]).refreshed()
    assert known(merged) == ([7, 0, 8], ["C1", "C2", None, None], [])
    assert known(merged.without("C2").refreshed()) == ([7, 8], ["C1", "C2", None, None], [])


def test_a_merge_is_followed_through_rows_that_were_deleted() -> None:
    chain = Book.of(ANNAS, VISITS).refreshed().merged("C1 C2", keep=["C1"]).merged("C3 C1", keep=["C3"]).refreshed()
    assert known(chain.without("C1").refreshed())[0] == [0, 15]
    assert known(chain.without("C1").without("C2").refreshed())[0] == [15]


def test_what_stands_beside_the_visits_of_a_row_taken_apart_or_never_merged_names_nobody_when_that_is_deleted() -> None:
    book = Book.of(ANNAS, VISITS).refreshed()
    apart = book.merged("C1 C2", keep=["C1"]).refreshed().unmerged("C2").refreshed()
    wrong = [("unknown-client", 2), ("unknown-client", 3)]
    assert [known(one.without("C2"))[2] for one in (book, apart)] == [wrong, wrong]


def test_what_was_sent_to_a_deleted_row_was_sent_to_who_lives_on() -> None:
    merged = Book.of(ANNAS).merged("C1 C2", keep=["C1"])
    sent = [
        merged_ids(one.figured().cleaned["Clients"]) for one in (merged, merged.without("C2"), merged.without("C1"))
    ]
    assert sent == [{"C1": ("C2",)}, {"C1": ("C2",)}, {"C2": ("C1",)}]


def test_a_merged_row_whose_survivor_was_deleted_is_told_and_counts_again() -> None:
    merged = Book.of(ANNAS).merged("C1 C2", keep=["C1"])
    found = [
        (p.code, p.row, p.field, p.value) for p in merged.without("C1").figured().problems if p.code != "duplicate-row"
    ]
    assert found == [("unknown-client", 3, "merged_into", "C1")]
    assert is_alive(merged.without("C1").figured().cleaned["Clients"]).tolist() == [True, True]
