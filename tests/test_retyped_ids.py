"""An id that the owner types anew, or empties, beside a client: what was sent under the one she had before is hers still."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine

import sheetcrm as crm
from sheetcrm.crm.retyped_ids import retyped
from sheetcrm.crm.short_hashes import BITS, short_hashes
from sheetcrm.crm.values import Ledger
from sheetcrm.delivery.journal import Journal
from sheetcrm.running.refreshing import refresh_book
from sheetcrm.testing import MemoryTransport, make_workbook

DAY = date(2026, 11, 22)
CLIENTS = """
    Client ID | Name        | Phone           | Email             | Birthday   | Email consent
    C1        | Anna Miller | +44 7700 900123 | anna@example.com  | 1985-11-22 | yes
    C2        | Bob Stone   | +44 7700 900200 | bob@example.com   | 1980-11-22 | yes
    C3        | Carol Stone | +44 7700 900200 | carol@example.com | 1981-11-22 | yes
    C4        | Dora Hill   |                 | dora@example.com  | 1981-11-22 | yes
    C5        | Tom Reed    | +44 7700 900400 | tom@example.com   | 1970-03-01 | yes
"""
SETTINGS = "Setting | Value\nbusiness | Malva\nsender | malva@example.com\nlanguage | en"
CAMPAIGN = "Campaign | Active | Trigger | Cooldown days\nBirthdays | yes | birthday | {cooldown}"
GREETED = {"anna@example.com", "bob@example.com", "carol@example.com", "dora@example.com"}

pytestmark = pytest.mark.usefixtures("sheetcrm")  # a state folder of its own


class Salon:
    """A workbook whose four clients with a birthday on DAY were greeted; `sent` has the addresses of all messages since."""

    def __init__(self, folder: Path, cooldown: str = "") -> None:
        campaigns = CAMPAIGN.format(cooldown=cooldown)
        self.path = make_workbook(folder / "salon.xlsx", CLIENTS, campaigns=campaigns, settings=SETTINGS)
        self._transport = MemoryTransport()
        assert set(self.run()) == GREETED

    def run(self, on: date = DAY) -> list[str]:
        before = len(self._transport.messages)
        crm.run(self.path, on=on, transport=self._transport)
        return [message.to for message in self._transport.messages[before:]]

    def type(self, who: str, **cells: object) -> None:
        """Type into cells of a client's row; words of a header are joined by "_"."""
        made = openpyxl.load_workbook(self.path)
        page: Any = made["Clients"]
        headers = {cell.value: cell.column for cell in page[1]}
        row = _row_of(who, page) or page.max_row + 1
        for header, value in cells.items():
            page.cell(row, headers[header.replace("_", " ")]).value = value
        made.save(self.path)

    def delete(self, who: str) -> None:
        made = openpyxl.load_workbook(self.path)
        page: Any = made["Clients"]
        page.delete_rows(_row_of(who, page))
        made.save(self.path)


def _row_of(who: str, page: Any) -> int:
    """Return the row in which a name stands, 0 where none has it."""
    return next((at for at, line in enumerate(page.iter_rows(values_only=True), start=1) if who in line), 0)


@pytest.fixture
def salon(tmp_path: Path) -> Salon:
    return Salon(tmp_path)


def test_an_id_typed_anew_and_later_another_address_greet_nobody_twice(salon: Salon) -> None:
    salon.type("Anna Miller", Client_ID="C50")
    assert salon.run() == []
    salon.type("Anna Miller", Email="new@example.com")
    assert [salon.run(), salon.run()] == [[], []]


def test_so_do_an_id_and_an_address_typed_in_one_step(salon: Salon) -> None:
    salon.type("Anna Miller", Client_ID="C50", Email="new@example.com")
    assert salon.run() == []
    salon.type("Anna Miller", Email="newer@example.com", Phone="+44 7700 900999")
    assert salon.run() == []


@pytest.mark.parametrize("given", [None, "B7"])
def test_so_does_an_id_emptied_or_typed_anew_beside_a_shared_phone(salon: Salon, given: str | None) -> None:
    salon.type("Bob Stone", Client_ID=given, Email="new@example.com")
    assert [salon.run(), salon.run()] == [[], []]


@pytest.mark.parametrize("given", [None, "B7"])
def test_so_does_who_has_no_phone_and_is_the_only_one_of_her_name(salon: Salon, given: str | None) -> None:
    salon.type("Dora Hill", Client_ID=given, Email="new@example.com", Phone="+44 7700 900777")
    assert [salon.run(), salon.run()] == [[], []]


def test_ids_typed_anew_twice_and_typed_back_greet_nobody_twice(salon: Salon) -> None:
    for number, given in enumerate(("C50", None, "C70", "C1")):
        salon.type("Anna Miller", Client_ID=given, Email=f"a{number}@example.com")
        assert salon.run() == []


def test_a_row_deleted_and_typed_again_weeks_later_is_the_client_that_it_was(salon: Salon) -> None:
    salon.delete("Anna Miller")
    assert salon.run() == []
    cells = {"Email": "new@example.com", "Phone": "+44 7700 900123", "Birthday": date(1985, 11, 22)}
    salon.type("nobody", Name="Anna Miller", Email_consent="yes", **cells)
    assert salon.run() == []


def test_a_son_of_the_same_name_is_a_client_of_his_own_while_his_father_stands_there(salon: Salon) -> None:
    cells = {"Email": "son@example.com", "Phone": "+44 7700 900555", "Birthday": date(2006, 11, 22)}
    salon.type("nobody", Client_ID="C50", Name="Tom Reed", Email_consent="yes", **cells)
    assert salon.run() == ["son@example.com"]


def test_a_new_client_in_the_place_of_one_who_is_gone_is_greeted(salon: Salon) -> None:
    cells = {"Email": "ida@example.com", "Phone": "+44 7700 900123"}
    salon.type("Anna Miller", Client_ID="C50", Name="Ida White", **cells)
    assert salon.run() == ["ida@example.com"]


def test_what_went_under_the_former_id_counts_for_how_long_a_campaign_rests(tmp_path: Path) -> None:
    """The greeting of the next year is another one; all four had this campaign less than 400 days before."""
    salon = Salon(tmp_path, cooldown="400")
    salon.type("Anna Miller", Client_ID="C50", Email="new@example.com")
    assert [salon.run(), salon.run(date(2027, 11, 22))] == [[], []]


def test_her_visits_stand_under_the_id_that_she_has_now(tmp_path: Path) -> None:
    path = make_workbook(
        tmp_path / "salon.xlsx",
        CLIENTS,
        "Date | Client | Amount\n2026-01-05 | Anna Miller | 50",
        settings=SETTINGS,
    )
    refresh_book(path, on=DAY)
    made = openpyxl.load_workbook(path)
    made["Clients"]["A2"] = "C50"
    made.save(path)
    refresh_book(path, on=DAY)
    page = openpyxl.load_workbook(path)["Visits"]
    column = next(cell.column for cell in page[1] if cell.value == "Client ID")
    assert page.cell(2, column).value == "C50"


def test_erasing_a_client_forgets_what_was_sent_under_her_former_id_too(salon: Salon, sheetcrm: CommandLine) -> None:
    salon.type("Anna Miller", Client_ID="C50", Email="new@example.com")
    salon.run()
    assert sheetcrm("erase", salon.path, "C50", "--on", DAY).code == 0
    (journal,) = sheetcrm.state.glob("*.sqlite")
    with Journal.read(sheetcrm.state, journal.stem) as kept:
        records = kept.ledger().sent.values()
    assert {record.to for record in records if record.key.client_id in ("C1", "C50")} == {""}


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        ("C1=ann/1/a C2=bob/2/b", "C1=ann/1/a C2=bob/2/b", ""),
        ("C1=ann/1/a C2=bob/2/b", "C9=ann/1/x C2=bob/2/b", "C1>C9"),
        ("C1=ann/1/a C2=bob/2/b", "C9=ann/8/a C2=bob/2/b", "C1>C9"),
        ("C1=ann/1/a C2=bob/2/b", "C9=ann/8/x C2=bob/2/b", "C1>C9"),  # the only one of her name
        ("C1=ann/1/a C2=bob/2/b", "C9=eve/1/a C2=bob/2/b", ""),  # whoever has her phone by now
        ("C1=ann/1/a C2=bob/2/b", "C1=ann/1/a C2=bob/2/b C9=ann/1/x", ""),  # C1 is still there
        ("C1=ann/1/a C2=ann/2/b C3=bob//c", "C9=ann/8/x C2=ann/2/b C3=bob//c", "C1>C9"),  # in the place of C1
        ("C1=ann/1/a C2=ann/2/b C3=bob//c", "C2=ann/2/b C3=bob//c C9=ann/8/x", ""),  # may be a third one
        ("C1=ann/1/a C2=ann/1/b", "C8=ann/1/x C9=ann/1/y", "C1>C8 C2>C9"),  # in their order
        ("C1=ann/1/a C2=ann/1/b", "C8=ann/1/b C9=ann/1/a", "C1>C9 C2>C8"),  # by what tells more
        ("C1=ann/1/a C2=ann/1/b", "C9=ann/1/x", "C1>C9 C2>C9"),  # two rows of hers that became one
        ("C1=ann// C2=bob//", "C9=ann// C2=bob//", "C1>C9"),
        ("C1=//a C2=bob//", "C9=//a C2=bob//", ""),  # without a name
        ("", "C9=ann/1/a", ""),  # nothing is known of the list as it was
    ],
)
def test_whose_id_was_typed_anew(before: str, now: str, found: str) -> None:
    """`C1=ann/1/a`: an id, and beside it a name, a phone and an e-mail."""

    def rows(text: str) -> dict[str, int]:
        pairs = (one.partition("=") for one in text.split())
        parts = {one: short_hashes([part * 9 for part in person.split("/")]).tolist() for one, _, person in pairs}
        return {one: name << 2 * BITS | phone << BITS | mail for one, (name, phone, mail) in parts.items()}

    known, here = rows(before), rows(now)
    ledger = Ledger(persons=known, id_order=tuple(known))
    told = retyped([*here], [*here.values()], ledger, ())
    assert told == dict(pair.split(">") for pair in found.split())
