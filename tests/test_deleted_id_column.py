"""The owner deletes the whole column with the client ids: who is known without doubt gets hers back, and it is said in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CommandLine
from owner_hand import (
    CLIENTS,
    DAY,
    Page,
    append,
    client,
    column,
    delete_column,
    edited,
    header_row,
    salon,
    sheet,
    values,
)

from sheetcrm.crm.former_ids import former_ids
from sheetcrm.languages import LANGUAGES, language

LOST = "The column “Client ID” was missing in “Clients” and was written anew."


@pytest.fixture
def book(tmp_path: Path, sheetcrm: CommandLine) -> Path:
    """C4 to C1 from the top to the end, refreshed once; the visits of C1 name her Anna Smith, but she is Anna Jones by now."""
    path = salon(tmp_path, clients=reversed(CLIENTS))
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    with edited(path) as made:
        type_over(sheet(made, "Clients"), "Anna Smith", "Anna Jones")
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    return path


def type_over(page: Page, name: str, new: str) -> None:
    at = column(page, "Name")
    next(
        c for c in (page.cell(r, at) for r in range(header_row(page) + 1, page.max_row + 1)) if c.value == name
    ).value = new


def lose(path: Path, *, leaves: str = "") -> None:
    """Delete the column as Excel does; its defined name goes, or `leaves` an error."""
    with edited(path) as made:
        names = dict(made.defined_names)
        delete_column(made, sheet(made, "Clients"), "Client ID")
        for name in (names.keys() - made.defined_names.keys()) if leaves else ():
            names[name].value = leaves
            made.defined_names[name] = names[name]


@pytest.mark.parametrize("leaves", ["", "Clients!#REF!", "#REF!"])
def test_clients_get_back_the_ids_that_they_had_and_a_renamed_one_keeps_her_visits(
    book: Path, sheetcrm: CommandLine, leaves: str
) -> None:
    before = values(book, "Clients", "Name", "Client ID", "Visits")
    lose(book, leaves=leaves)
    done = sheetcrm("refresh", book, "--on", DAY)
    assert (done.code, [line for line in done.err.splitlines() if LOST in line]) == (
        0, [f"{LOST} Clients with the ID that they had: 4; with a new one: 0."],
    )  # fmt: skip
    assert values(book, "Clients", "Name", "Client ID", "Visits") == before
    assert "Anna Jones" in str(before)
    again = sheetcrm("refresh", book, "--on", DAY)
    assert (again.err, sheetcrm("check", book, "--on", DAY).out.strip()) == ("", "Nothing to fix.")


def test_who_is_new_gets_a_new_id(book: Path, sheetcrm: CommandLine) -> None:
    lose(book)
    with edited(book) as made:
        append(sheet(made, "Clients"), {"Name": "Ida White", "Email": "ida@example.com"})
    done = sheetcrm("refresh", book, "--on", DAY)
    assert "Clients with the ID that they had: 4; with a new one: 1." in done.err
    assert values(book, "Clients", "Client ID", "Name")[-1] == ("C5", "Ida White")


def test_ids_that_she_empties_are_given_anew(book: Path, sheetcrm: CommandLine) -> None:
    with edited(book) as made:
        page = sheet(made, "Clients")
        for row in range(header_row(page) + 1, page.max_row + 1):
            page.cell(row, column(page, "Client ID")).value = None
    done = sheetcrm("refresh", book, "--on", DAY)
    assert (LOST in done.err, values(book, "Clients", "Client ID")[0]) == (False, ("C5",))


def test_a_column_that_an_undo_took_out_is_not_missing(tmp_path: Path, sheetcrm: CommandLine) -> None:
    path = salon(tmp_path, clients=[{**client(None, "Anna", "anna")}, {**client(None, "Jo", "jo")}])
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    assert sheetcrm("undo", path).code == 0
    assert LOST not in sheetcrm("refresh", path, "--on", DAY).err
    assert values(path, "Clients", "Client ID") == [("C1",), ("C2",)]


def mark(name: int, phone: int, mail: int) -> int:
    return name << 40 | phone << 20 | mail


ANNA, TWIN, JO, EVE = mark(1, 1, 1), mark(1, 1, 1), mark(2, 2, 2), mark(3, 0, 0)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([ANNA, JO, EVE, TWIN], {0: "C1", 1: "C2", 2: "C3", 3: "C4"}),  # as they stood
        ([EVE, JO, ANNA, TWIN], {0: "C3", 1: "C2"}),  # which of two alike is which is not known
        ([mark(2, 2, 9), EVE], {0: "C2", 1: "C3"}),  # another e-mail, the same phone
        ([mark(2, 8, 9), mark(9, 2, 2)], {}),  # of the name alone, or without it
    ],
)
def test_only_who_is_known_without_doubt_gets_an_id_back(rows: list[int], found: dict[int, str]) -> None:
    known = {"C1": ANNA, "C2": JO, "C3": EVE, "C4": TWIN}
    assert former_ids(rows, tuple(known), known) == found


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_it_is_said_in_every_language_with_both_counts(code: str) -> None:
    said = language(code).say("ids_lost", header="Nr", sheet="Kunden", old=297, new=3)
    assert all(part in said for part in ("Nr", "Kunden", "297", "3."))
