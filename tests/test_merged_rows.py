"""A row that was merged into another counts nowhere: its mistakes are nobody's, its contacts still name the client."""

from __future__ import annotations

import pytest
from merging_hand import Book

from sheetcrm.crm.contacts import parse_phone

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
