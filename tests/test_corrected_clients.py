"""A client corrected in Clients keeps her visits: what named her there before is remembered, for the cell in Visits is as it was."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from cleaned_tables import cleaned
from owner_hand import append, client, column, edited, header_row, salon, sheet, values, visit

from sheetcrm.crm.resolving import resolve

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import CommandLine

DAY = date(2026, 11, 22)
EVE = client("C2", "Eve Green", "eve", phone="+44 20 7946 0009")


def retype(path: Path, table: str, header: str, value: str) -> None:
    """Type over a cell of the first row of a sheet."""
    with edited(path) as made:
        page = sheet(made, table)
        page.cell(header_row(page) + 1, column(page, header)).value = value


@pytest.mark.parametrize(
    ("text", "header", "corrected"),
    [
        ("+44 20 7946 0001", "Phone", "+44 20 7946 0002"),
        ("020 7946 0003", "Other phone", "+44 20 7946 0004"),
        ("anna@example.com", "Email", "anna.smith@example.com"),
        ("Anna Smith", "Name", "Beth Winter"),
    ],
)
def test_the_one_visit_of_a_client_is_hers_also_when_what_named_her_there_is_corrected_in_clients(
    tmp_path: Path, sheetcrm: CommandLine, text: str, header: str, corrected: str
) -> None:
    anna = client("C1", "Anna Smith", "anna", phone="+44 20 7946 0001", other_phone="+44 20 7946 0003")
    path = salon(tmp_path, clients=[anna, EVE], visits=[visit(date(2026, 9, 1), text, 40.0)])
    sheetcrm("refresh", path, "--on", DAY)
    retype(path, "Clients", header, corrected)
    for _ in range(2):  # it is remembered, not only seen in the run after
        refreshed = sheetcrm("refresh", path, "--on", DAY, "--json").json
        assert refreshed["problems"] == 0
        assert values(path, "Clients", "Client ID", "Visits", "Total spend")[0] == ("C1", 1, 40)
        assert values(path, "Visits", "Client", "Client ID") == [(text, "C1")]
    assert sheetcrm("check", path, "--on", DAY, "--json").json["counts"] == {}


def test_what_is_retyped_in_visits_to_somebody_unknown_is_nobodys_however_often_it_named_her(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    anna = client("C1", "Anna Smith", "anna", phone="+44 20 7946 0001")
    path = salon(tmp_path, clients=[anna, EVE], visits=[visit(date(2026, 9, 1), "+44 20 7946 0001", 40.0)])
    sheetcrm("refresh", path, "--on", DAY)
    retype(path, "Visits", "Client", "+44 20 7946 0077")
    sheetcrm("refresh", path, "--on", DAY)
    assert sheetcrm("check", path, "--on", DAY, "--json").json["counts"] == {"unknown-client": 1}
    assert values(path, "Clients", "Client ID", "Visits")[0] == ("C1", 0)


@pytest.mark.parametrize(
    ("text", "header", "corrected", "newcomer"),
    [
        ("Anna Smith", "Name", "Anna Wood", "Anna Smith,020 7946 0055"),
        ("+44 20 7946 0001", "Phone", "+44 20 7946 0002", "Mia Black,020 7946 0001"),
    ],
)
@pytest.mark.parametrize("seen", [True, False])
def test_whoever_is_imported_with_her_former_name_or_number_does_not_get_her_visits(
    tmp_path: Path, sheetcrm: CommandLine, text: str, header: str, corrected: str, newcomer: str, *, seen: bool
) -> None:
    anna = client("C1", "Anna Smith", "anna", phone="+44 20 7946 0001")
    path = salon(tmp_path, clients=[anna, EVE], visits=[visit(date(2026, 9, 1), text, 40.0)])
    sheetcrm("refresh", path, "--on", DAY)
    retype(path, "Clients", header, corrected)
    if seen:
        sheetcrm("refresh", path, "--on", DAY)
    (tmp_path / "list.csv").write_text(f"Name,Phone\n{newcomer}\n", "utf-8")
    assert sheetcrm("import", path, tmp_path / "list.csv", "--on", DAY, "--json").json["added"] == 1
    assert values(path, "Clients", "Client ID", "Visits") == [("C1", 1), ("C2", 0), ("C3", 0)]
    (tmp_path / "journal.csv").write_text(f"Date,Client,Service,Amount\n2026-09-01,{text},Cut,40\n", "utf-8")
    again = sheetcrm("import", path, tmp_path / "journal.csv", "--on", DAY, "--json").json
    assert (again["added"], again["same"]) == (0, 1)
    with edited(path) as made:
        page = sheet(made, "Visits")
        append(page, {"Date": date(2026, 11, 1), "Client": text, "Service": "Cut"})
    sheetcrm("refresh", path, "--on", DAY)
    assert values(path, "Visits", "Client", "Client ID") == [(text, "C1"), (text, "C3")]


def test_her_former_name_with_the_phone_of_another_who_has_it_now_is_that_one() -> None:
    clients = cleaned("Clients", "client_id | name | phone\nC1 | Anna Wood | 600100101\nC2 | Anna Smith | 600100102")
    visits = """
    client     | client_id | phone
    Anna Smith | C1        |
    Anna Smith | C1        | 600100101
    Anna Smith | C1        | 600100102
    """
    before = cleaned("Clients", "client_id | name\nC1 | Anna Smith")
    named = resolve(cleaned("Visits", "client\nAnna Smith"), before).named
    assert resolve(cleaned("Visits", visits), clients, named=named).client.tolist() == [0, 0, 1]


def test_names_exchanged_between_two_who_were_there_take_their_visits_along(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    there = [
        client("C1", "Anna Smith", "", phone="020 7946 0001"),
        client("C2", "Eve Green", "", phone="020 7946 0009"),
    ]
    path = salon(tmp_path, clients=there, visits=[visit(date(2026, 9, 1), "Anna Smith", 40.0)])
    sheetcrm("refresh", path, "--on", DAY)
    with edited(path) as made:
        page = sheet(made, "Clients")
        for row, name in enumerate(("Eve Green", "Anna Smith"), header_row(page) + 1):
            page.cell(row, column(page, "Name")).value = name
    sheetcrm("refresh", path, "--on", DAY)
    assert values(path, "Clients", "Client ID", "Visits") == [("C1", 0), ("C2", 1)]


def test_only_what_a_text_itself_has_meant_is_remembered_of_it() -> None:
    clients = cleaned("Clients", "client_id | name | phone\nC1 | Anna Lis | +48600100101\nC2 | Ewa Lis |")
    visits = """
    client      | client_id
    600 100 101 |
    C2          |
    Ola Lis     | C2
    """
    found = resolve(cleaned("Visits", visits), clients)
    assert {client_id: len(texts) for client_id, texts in found.named.items()} == {
        "C1": 1
    }  # C2 by her id, and by the one stored
    renamed = cleaned("Clients", "client_id | name | phone\nC1 | Beata Kos | +48600100105\nC2 | Ewa Lis |")
    line = cleaned("Visits", "client | client_id\n600 100 101 | C1")
    assert [resolve(line, renamed, named=known).client.tolist() for known in (found.named, {})] == [[0], [-1]]
