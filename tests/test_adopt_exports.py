"""`adopt` on lists as other programs export them, and on columns that are not what their header says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine

from sheetcrm import open_workbook
from sheetcrm.languages import LANGUAGES
from sheetcrm.languages.adopting import say
from sheetcrm.testing import make_workbook

IDS = "Nr klienta | Imię i nazwisko | Telefon\n"


def fields(sheetcrm: CommandLine, tmp_path: Path, headers: str, cells: str) -> dict[str, str]:
    book = make_workbook(tmp_path / "list.xlsx", f"{headers}\n{cells}")
    mapping: dict[str, str] = sheetcrm("adopt", book, "--dry-run", "--json").json["mapping"]
    return mapping


def column(book: Path, header: str) -> list[Any]:
    page = openpyxl.load_workbook(book).worksheets[0]
    at = next(cell.column for cell in page[1] if cell.value == header)
    return [page.cell(row, at).value for row in range(2, page.max_row + 1)]


GOOGLE = (
    "First Name | Last Name | Birthday | Labels | E-mail 1 - Label | E-mail 1 - Value | E-mail 2 - Value | "
    "Phone 1 - Type | Phone 1 - Value | Phone 2 - Value | Address 1 - Formatted | Organization Name"
)
OF_GOOGLE = (
    "Anna | Kowalska | 1990-03-08 | x | Home | a@example.com | b@example.com | Mobile | +48 601 234 567 | "
    "22 123 45 67 | ul. Długa 1 | Malwa"
)
OUTLOOK = (
    "First Name | Middle Name | Last Name | Mobile Phone | Home Phone | E-mail Address | E-mail 2 Address | "
    "Home City | Home Postal Code | Job Title"
)


@pytest.mark.parametrize(
    ("headers", "cells", "known"),
    [
        (GOOGLE, OF_GOOGLE, "first_name last_name birthday tags email other_email phone other_phone address company"),
        (
            OUTLOOK,
            "Ann | B. | Lee | 07700 900123 | 020 7946 0123 | a@example.com | b@example.com | Leeds | LS1 4AP | cook",
            "first_name middle_name last_name phone other_phone email other_email city postcode role",
        ),
        (
            "Client name | Phone number | Email address | Number of appointments | No-shows | Total revenue",
            "Ann Lee | 07700 900123 | a@example.com | 14 | 1 | 320.50",
            "name phone email visits total_spend",
        ),
        ("ФИО владельца | Телефон | Кто привёл", "Иванов Иван | +7 916 123-45-67 | Ольга", "name phone referred_by"),
        ("Прізвище та ім'я учня | Телефон мами | Тел.", "Коваль Олена | 1 | 050 123 45 67", "name phone"),
        ("Код | Наименование | E-mail", "000012 | Иванова Мария | im@example.com", "name email"),
        ("Nome | Cognome | Cellulare | Tel. casa", "Anna | Neri | 333 1234567 | 06 69812345", "first_name last_name phone other_phone"),
        ("Your name | Your email | When is your birthday?", "Ann Lee | a@example.com | 8 March 1990", "name email birthday"),
        ("Owner | Pet name | Mobile", "Ann Lee | Rex | 07700 900123", "name phone"),
        ("Owner | Name | Mobile", "Sales team | Ann Lee | 07700 900123", "name phone"),
        ("First name | Last name | Owner | Mobile", "Ann | Lee | Sales team | 07700 900123", "first_name last_name phone"),
    ],
)  # fmt: skip
def test_the_headers_of_a_common_export_are_known(
    sheetcrm: CommandLine, tmp_path: Path, headers: str, cells: str, known: str
) -> None:
    assert " ".join(fields(sheetcrm, tmp_path, headers, cells).values()) == known


def test_of_a_name_and_an_owner_the_name_is_the_clients(sheetcrm: CommandLine, tmp_path: Path) -> None:
    found = fields(sheetcrm, tmp_path, "Owner | Name | Mobile", "Sales team | Ann Lee | 07700 900123")
    assert found == {"Name": "name", "Mobile": "phone"}


@pytest.mark.parametrize(
    ("header", "cells", "known"),
    [
        ("No-shows %", "20%, 0%", True),
        ("No-show rate", "0.2, 0", True),
        ("No-shows", "1, 0", False),
        ("No-shows", "3, 12", False),
        ("No-show rate", "often, never", False),
    ],
)
def test_a_column_is_the_rate_of_no_shows_only_where_it_holds_rates(
    sheetcrm: CommandLine, tmp_path: Path, header: str, cells: str, *, known: bool
) -> None:
    one, other = cells.split(", ")
    rows = f"Ann Lee | 07700 900123 | {one}\nEve Fox | 07700 900124 | {other}"
    assert (fields(sheetcrm, tmp_path, f"Name | Phone | {header}", rows).get(header) == "no_show_rate") is known


# contacts under a header that nobody knows


@pytest.mark.parametrize("code", LANGUAGES)
def test_where_no_client_can_be_reached_it_names_the_column_that_seems_to_hold_the_phones(
    sheetcrm: CommandLine, tmp_path: Path, code: str
) -> None:
    rows = "Name | Whatever | Since\nAnn Lee | 07700 900123 | 01.02.1990\nEve Fox | 07700-900124 | 02.03.1991"
    said = sheetcrm("adopt", make_workbook(tmp_path / "list.xlsx", rows), "--language", code, "--dry-run").out
    assert ('--column "Whatever=phone"' in said, "Since=" in said) == (True, False)


@pytest.mark.parametrize(
    ("rows", "hint"),
    [
        ("Name | Notes | X\nAnn Lee | n | a@example.com\nEve Fox | n | -\nZoe Ray | n | z@example.com", "X=email"),
        ("Name | Notes | X\nAnn Lee | n | a@example.com\nEve Fox | n | -\nZoe Ray | n | none", ""),
        ("Name | Phone | X\nAnn Lee | 07700 900123 | a@example.com", ""),
        ("Name | Notes | X\nAnn Lee | n | 2024-01-05", ""),
        ("Name | Notes | X\nAnn Lee | n | 1234567", ""),
    ],
)
def test_a_column_of_contacts_is_only_named_where_most_of_it_is_that_and_nobody_has_any(
    sheetcrm: CommandLine, tmp_path: Path, rows: str, hint: str
) -> None:
    said = sheetcrm("adopt", make_workbook(tmp_path / "list.xlsx", rows), "--dry-run").out
    assert ('"X=' in said, hint in said) == (bool(hint), True)


# client numbers that she typed


def test_a_number_that_several_people_share_is_no_id_and_stays_as_she_typed_it(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    people = "K-007 | Anna Kowalska | 601234567\nK-007 | Ola Nowak | 601234568\n | Ewa Lis | 601234569\n12 | Iza Bąk |"
    book = make_workbook(tmp_path / "salon.xlsx", IDS + people)
    typed = column(book, "Nr klienta")
    done = sheetcrm("adopt", book, "--json").json
    sheetcrm("refresh", book)
    ids = [str(client) for client in open_workbook(book).clients["client_id"]]
    assert column(book, "Nr klienta") == typed
    assert (done["unknown"], "client_id" in done["mapping"].values(), "client_id" in done["added"]) == (
        ["Nr klienta"],
        False,
        True,
    )
    assert ids == ["C1", "C2", "C3", "C4"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_that_a_shared_number_is_no_id_is_said(sheetcrm: CommandLine, tmp_path: Path, code: str) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", IDS + "7 | Anna Kowalska | 601234567\n7 | Ola Nowak | 601234568")
    said = sheetcrm("adopt", book, "--language", code, "--dry-run").out
    assert say(code, "shared_number", header="Nr klienta") in said


@pytest.mark.parametrize(
    ("rows", "ids"),
    [
        ("K-1 | Anna Kowalska | 601234567\n | Ola Nowak | 601234568", ["K-1", "K-2"]),
        ("K-1 | Anna Kowalska | 601234567\nK-1 | Anna Kowalska | 601 234 567", ["K-1", "K-1"]),
    ],
)
def test_a_blank_in_a_column_of_ids_is_filled_and_the_same_person_twice_keeps_hers(
    sheetcrm: CommandLine, tmp_path: Path, rows: str, ids: list[str]
) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", IDS + rows)
    mapping = sheetcrm("adopt", book, "--json").json["mapping"]
    assert (mapping.get("Nr klienta"), column(book, "Nr klienta")) == ("client_id", ids)


def test_a_column_that_she_herself_calls_the_id_is_it_and_each_number_given_anew_is_named(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", IDS + "K-7 | Anna Kowalska | 601234567\nK-7 | Ola Nowak | 601234568")
    said = sheetcrm("adopt", book, "--column", "Nr klienta=client_id").out
    assert column(book, "Nr klienta") == ["K-7", "K-8"]
    assert any("3" in line and "K-7" in line and "K-8" in line for line in said.splitlines())


def test_an_id_copied_after_adoption_is_given_anew_and_refresh_names_the_row(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", IDS + "K-7 | Anna Kowalska | 601234567\nK-8 | Ola Nowak | 601234568")
    sheetcrm("adopt", book)
    loaded = openpyxl.load_workbook(book)
    loaded.worksheets[0]["A3"] = "K-7"
    loaded.save(book)
    said = sheetcrm("refresh", book)
    assert column(book, "Nr klienta") == ["K-7", "K-9"]
    assert any("K-7" in line and "K-9" in line for line in (said.out + said.err).splitlines())
