"""Who stands in a journal of visits."""

from __future__ import annotations

import pytest

from sheetcrm.crm.journal import people_of


def people(journal: str) -> list[tuple[str, str, tuple[int, ...]]]:
    lines = [[cell.strip() for cell in line.split("|")] for line in journal.strip().splitlines()]
    found = people_of([name or None for name, _ in lines], [phone or None for _, phone in lines])
    return [(person.name, person.phone, person.lines) for person in found]


def test_one_person_is_known_again_however_name_and_phone_are_typed() -> None:
    journal = """
        Anna Kowalska  | 600 000 101
        KOWALSKA, Anna | +48 600-000-101
        Anna Kowalska  | 0048600000101
        Anna Kowalska  |
    """
    assert people(journal) == [("Anna Kowalska", "600 000 101", (0, 1, 2, 3))]


def test_two_namesakes_with_different_phones_stay_two_and_a_line_without_phone_is_neithers() -> None:
    journal = """
        Anna Lis | 600000101
        Anna Lis | 600000102
        Anna Lis |
    """
    assert people(journal) == [("Anna Lis", "600000101", (0,)), ("Anna Lis", "600000102", (1,))]


def test_two_names_on_one_phone_are_two_people() -> None:
    assert people("Anna Lis | 600000101\nOla Lis | 600000101") == [
        ("Anna Lis", "600000101", (0,)),
        ("Ola Lis", "600000101", (1,)),
    ]


@pytest.mark.parametrize("name", ["", "600 000 101", "anna@example.com", "—", "12"])
def test_what_is_no_name_makes_nobody(name: str) -> None:
    assert people(f"{name} | 600000101") == []


def test_phones_that_excel_took_for_numbers_are_phones() -> None:
    assert [p.phone for p in people_of(["Anna Lis", "Anna Lis"], [600000101.0, "600 000 101"])] == ["600000101"]
