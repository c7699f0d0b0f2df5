"""At the door: `check` warns of a new row that is probably somebody who is there, and says who and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from owner_hand import append, client, edited, salon, sheet, values
from text_tables import frame

import sheetcrm as crm
from sheetcrm.languages import LANGUAGES

DAY = "2026-11-22"
ANNA = client("C001", "Anna Kowalska", "anna@wp.pl", phone="601 234 567")
EWA = client("C002", "Ewa Lis", "ewa@wp.pl", phone="602 111 222")


def warned(told: dict[str, Any]) -> list[tuple[int, str, str, str]]:
    """Return (row, severity, value, message) of each warning of somebody who is there."""
    return [
        (p["row"], p["severity"], p["value"], p["message"])
        for p in told["problems"]
        if p["code"] == "probable-duplicate"
    ]


def test_a_new_row_that_is_probably_somebody_in_the_list_is_told_with_who_and_why(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = salon(tmp_path, clients=[ANNA, EWA, client(None, "KOWALSKA Anna", "", phone="+48 601234567")])
    assert warned(sheetcrm("check", book, "--on", DAY, "--json").json) == [
        (
            4,
            "warning",
            "KOWALSKA Anna",
            "This person may already be in the list: Anna Kowalska, row 2 (the same name; the same phone number, written differently).",
        )
    ]


@pytest.mark.parametrize(
    "row", ["Anna Kowalska | 512 000 111", "Jan Kowalski | 601 234 567", "Zofia Bar | 512 000 222"]
)
def test_a_namesake_a_husband_and_a_stranger_are_no_such_row(tmp_path: Path, sheetcrm: CommandLine, row: str) -> None:
    name, phone = row.split(" | ")
    book = salon(tmp_path, clients=[ANNA, EWA, client(None, name, "", phone=phone)])
    assert warned(sheetcrm("check", book, "--on", DAY, "--json").json) == []


def test_a_list_without_any_ids_warns_of_nothing(tmp_path: Path, sheetcrm: CommandLine) -> None:
    twice = [client(None, "Anna Kowalska", "anna@wp.pl"), client(None, "Kowalska Anna", "anna@wp.pl")]
    assert warned(sheetcrm("check", salon(tmp_path, clients=twice), "--on", DAY, "--json").json) == []


def test_of_several_whom_a_new_row_resembles_the_likeliest_is_named_once(tmp_path: Path, sheetcrm: CommandLine) -> None:
    slip = client("C003", "Anna Kowalsak", "", phone="601 234 567")
    book = salon(tmp_path, clients=[slip, EWA, ANNA, client(None, "Anna Kowalska", "anna@wp.pl", phone="601234567")])
    assert [
        (row, "row 4" in said) for row, _, _, said in warned(sheetcrm("check", book, "--on", DAY, "--json").json)
    ] == [(5, True)]


def test_a_refresh_gives_her_an_id_shows_the_pair_and_is_done(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = salon(tmp_path, clients=[ANNA, EWA])
    sheetcrm("refresh", book, "--on", DAY)
    with edited(book) as made:
        append(sheet(made, "Clients"), {"Name": "Kowalska Anna", "Phone": "601234567"})
    assert len(warned(sheetcrm("check", book, "--on", DAY, "--json").json)) == 1
    first = sheetcrm("refresh", book, "--on", DAY, "--json").json
    assert (first["duplicates"], first["written"]) == (1, True)
    told = sheetcrm("check", book, "--on", DAY, "--json").json
    assert (("probable-duplicate",) in values(book, "Problems", "Code"), warned(told)) == (False, [])
    assert first["problems"] == len(told["problems"])
    stood = book.read_bytes()
    again = sheetcrm("refresh", book, "--on", DAY, "--json").json
    assert (again["duplicates"], again["written"], book.read_bytes() == stood) == (1, False, True)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_warning_is_a_sentence_in_each_language(tmp_path: Path, sheetcrm: CommandLine, code: str) -> None:
    book = salon(tmp_path, language=code, clients=[ANNA, EWA, client(None, "Kowalska Anna", "", phone="601234567")])
    [(_, _, _, said)] = warned(sheetcrm("check", book, "--on", DAY, "--json").json)
    assert ("Anna Kowalska" in said, "2 (" in said, said.endswith(").")) == (True, True, True)


def test_a_plain_frame_is_warned_of_the_same_by_its_labels() -> None:
    clients = frame("""
        client_id | name          | phone
        7         | Anna Kowalska | 601 234 567
                  | Kowalska Anna | 601234567
    """)
    found = crm.validate(clients, on=DAY)  # type: ignore[arg-type]
    assert found.loc[found["code"] == "probable-duplicate", "row"].tolist() == [3]
