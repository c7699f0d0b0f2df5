"""Households in campaigns: one message for all who share an address, or one each, as the campaign says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from owner_hand import BORN, DAY, client, column, edited, header_row, salon, sheet, values
from text_tables import Salon, ledger_of

import sheetcrm as crm
from sheetcrm.crm.campaigns import Composition
from sheetcrm.crm.decisions import Settled
from sheetcrm.crm.values import Key, Ledger, SentRecord, mark_of
from sheetcrm.running.refreshing import refresh_book
from sheetcrm.testing import MemoryTransport

pytestmark = pytest.mark.usefixtures("sheetcrm")  # a state folder of its own

CAMPAIGNS = """
campaign | active | trigger | date       | household
Advent   | yes    | date    | 2026-12-01 | {household}
"""
FAMILY = """
client_id | name        | email            | email_consent | household
1         | Anna Smith  | home@example.com | yes           | Smith
2         | Ben Smith   | HOME@example.com | yes           | smith
3         | Eve Green   | eve@example.com  | yes           |
"""
STRANGERS = FAMILY.replace("| Smith", "|").replace("| smith", "|")
TOLD = {frozenset({"1", "2"}): Settled("household", "")}
VISITS = """
date       | client | status
2026-10-01 | 2      | done
2026-10-08 | 2      | done
2026-10-08 | 1      | done
"""


def who(composition: Composition) -> tuple[list[str], list[tuple[str, str]]]:
    """Return who gets something, and who is held and why."""
    return (
        [message.key.client_id for message in composition.messages],
        sorted((held.client_id, held.reason) for held in composition.held),
    )


def advent(household: str, clients: str = FAMILY, visits: str = "", **options: Any) -> Any:
    return who(Salon(clients, visits, CAMPAIGNS.format(household=household)).compose("2026-12-01", **options))


@pytest.mark.parametrize("word", ["", "each", "każdemu osobno", "uno a testa"])
def test_each_member_of_a_household_gets_a_message_of_her_own_unless_the_campaign_says_otherwise(word: str) -> None:
    assert advent(word) == (["1", "2", "3"], [])


@pytest.mark.parametrize(
    "word", ["one", "jedna wspólna", "одне на всіх", "одно на всех", "uno per tutti", "uno para todos"]
)
def test_of_a_household_that_shares_an_address_only_one_gets_it_where_the_campaign_says_one(word: str) -> None:
    assert advent(word) == (["1", "3"], [("2", "household")])


def test_it_is_the_one_with_more_visits_who_gets_it() -> None:
    assert advent("one", visits=VISITS) == (["2", "3"], [("1", "household")])


def test_of_as_many_visits_the_older_id_gets_it() -> None:
    later = "client_id | name | email | email_consent | household"
    for client_id in ("10", "9"):
        later += f"\n{client_id} | Smith {client_id} | home@example.com | yes | Smith"
    assert advent("one", later) == (["9"], [("10", "household")])


def test_members_of_a_household_with_addresses_of_their_own_get_one_each() -> None:
    assert advent("one", FAMILY.replace("HOME@", "ben@")) == (["1", "2", "3"], [])


def test_a_household_that_she_decided_in_the_sheet_duplicates_is_one_without_a_word_in_their_rows() -> None:
    assert advent("one", STRANGERS, settled=TOLD) == (["1", "3"], [("2", "household")])
    assert advent("each", STRANGERS, settled=TOLD) == (["1", "2", "3"], [])
    assert advent("each", STRANGERS) == (["1", "3"], [("2", "duplicate-address")])


def test_two_whom_she_decided_to_be_different_are_no_household() -> None:
    different = {frozenset({"1", "2"}): Settled("different", "")}
    assert advent("one", STRANGERS, settled=different) == (["1", "3"], [("2", "duplicate-address")])


def test_a_household_of_three_is_told_by_two_pairs_or_by_a_pair_and_a_cell() -> None:
    third = "4 | Kit Smith | home@example.com | yes |"
    chain = TOLD | {frozenset({"2", "4"}): Settled("household", "")}
    assert advent("one", STRANGERS + third, settled=chain)[1] == [("2", "household"), ("4", "household")]
    beside = {frozenset({"2", "4"}): Settled("household", "")}
    assert advent("one", FAMILY + third, settled=beside)[1] == [("2", "household"), ("4", "household")]


def test_who_was_merged_leaves_her_household_to_the_row_that_stays() -> None:
    clients = STRANGERS.replace("email_consent | household", "email_consent | household | merged_into")
    clients += "4 | Ann Smith | home@example.com | yes | | 1"
    of_the_merged = {frozenset({"4", "2"}): Settled("household", "")}
    assert advent("one", clients, settled=of_the_merged)[1] == [("2", "household")]


def test_the_next_day_nobody_else_of_the_household_gets_what_one_of_them_got() -> None:
    salon = Salon(FAMILY, campaigns=CAMPAIGNS.format(household="one"))
    known = ledger_of(salon.compose("2026-12-01"))
    assert who(salon.compose("2026-12-02", known)) == ([], [("2", "household")])
    assert who(replace(salon, clients=FAMILY.replace("| Smith", "|")).compose("2026-12-02", known)) == (
        [], [("2", "duplicate-address")],
    )  # fmt: skip


def test_on_a_closed_day_too_it_is_the_household_that_keeps_a_message_and_not_the_day() -> None:
    salon = Salon(FAMILY, campaigns=CAMPAIGNS.format(household="one"))
    known = ledger_of(salon.compose("2026-12-01"))
    shut = replace(salon.settings, closed_days=("2026-12-02",))
    assert who(replace(salon, settings=shut).compose("2026-12-02", known)) == ([], [("2", "household")])


def test_what_an_erased_client_got_at_an_address_is_known_by_the_mark_of_the_address_alone() -> None:
    salon = Salon(STRANGERS, campaigns=CAMPAIGNS.format(household=""))
    key = Key("Advent", "gone", "2026-12-01")
    sent = {key: SentRecord(key, "sent", date(2026, 12, 1), mark=mark_of("home@example.com"))}
    known = Ledger(sent=sent, first_run=date(2000, 1, 1))
    assert who(salon.compose("2026-12-02", known)) == (["3"], [("1", "duplicate-address"), ("2", "duplicate-address")])


def test_where_each_gets_one_it_does_not_matter_that_another_of_the_household_got_it_yesterday() -> None:
    first = Salon(
        FAMILY.replace("| yes           | smith", "|               | smith"), campaigns=CAMPAIGNS.format(household="")
    )
    known = ledger_of(first.compose("2026-12-01"))
    assert who(replace(first, clients=FAMILY).compose("2026-12-02", known)) == (["2"], [])


def test_a_campaign_that_was_renamed_after_it_went_to_a_household_is_the_same_to_it() -> None:
    salon = Salon(FAMILY, campaigns=CAMPAIGNS.format(household="one"))
    known = ledger_of(salon.compose("2026-12-01"))
    renamed = replace(salon, campaigns=CAMPAIGNS.format(household="one").replace("Advent", "Christmas"))
    assert who(renamed.compose("2026-12-02", known)) == ([], [("2", "household")])


def test_what_failed_for_one_of_a_household_may_go_to_another() -> None:
    salon = Salon(FAMILY, campaigns=CAMPAIGNS.format(household="one"))
    key = Key("Advent", "1", "2026-12-01")
    failed = {key: SentRecord(key, "failed", date(2026, 12, 1), to="home@example.com")}
    assert salon.keys("2026-12-02", Ledger(sent=failed, first_run=date(2000, 1, 1)))[0][0] == "2"


def test_who_lacks_a_word_that_the_text_needs_leaves_the_message_to_the_next_of_her_household() -> None:
    files = {("en", "date", "email"): "Subject: Hello\n\n{{ city }}\n"}
    clients = FAMILY.replace("| household", "| household | city").replace("| smith", "| smith | Leeds")
    salon = Salon(clients, campaigns=CAMPAIGNS.format(household="one"), files=files)
    assert who(salon.compose("2026-12-01"))[0] == ["2"]


BIRTHDAYS = """
campaign  | active | trigger  | household
Birthdays | yes    | birthday | one
"""
BIRTHS = """
client_id | name       | email            | email_consent | household | birthday
1         | Anna Smith | home@example.com | yes           | Smith     | 1990-05-05
2         | Ben Smith  | home@example.com | yes           | Smith     | 1990-{ben}
"""


def test_twins_are_greeted_together_and_a_mother_and_her_daughter_each_on_her_day() -> None:
    twins = Salon(BIRTHS.format(ben="05-05"), campaigns=BIRTHDAYS)
    others = Salon(BIRTHS.format(ben="05-06"), campaigns=BIRTHDAYS)
    assert who(twins.compose("2026-05-05")) == (["1"], [("2", "household")])
    assert who(others.compose("2026-05-06", ledger_of(others.compose("2026-05-05")))) == (["2"], [])
    assert who(others.compose("2026-05-05", days=3)) == (["1", "2"], [])


WIN_BACK = """
campaign | active | trigger  | days | household | cooldown_days
Back     | yes    | win-back | 60   | one       | {cooldown}
"""
LAST_SEEN = """
date       | client | status
2026-01-01 | 1      | done
{ben} | 2      | done
"""


@pytest.mark.parametrize(
    ("ben", "cooldown", "reached"),
    [("2026-01-11", "", False), ("2026-02-01", "", True), ("2026-02-01", "90", False), ("2026-01-31", "5", False)],
)
def test_a_household_is_won_back_once_a_month_though_its_members_were_last_seen_on_different_days(
    ben: str, cooldown: str, reached: bool
) -> None:
    salon = Salon(FAMILY, LAST_SEEN.format(ben=ben), WIN_BACK.format(cooldown=cooldown))
    first = salon.compose("2026-03-02")
    day = date.fromisoformat(ben).toordinal() + 60
    later = salon.compose(date.fromordinal(day).isoformat(), ledger_of(first))
    assert who(first) == (["1"], [])
    assert who(later) == ((["2"], []) if reached else ([], [("2", "household")]))


def test_her_own_message_of_last_week_keeps_nobody_from_the_next_one() -> None:
    campaign = WIN_BACK.format(cooldown="").replace("60", "10")
    first = Salon(FAMILY, "date | client | status\n2026-01-01 | 1 | done", campaign)
    known = ledger_of(first.compose("2026-01-11"))
    again = replace(first, visits="date | client | status\n2026-01-12 | 1 | done")
    assert who(again.compose("2026-01-22", known)) == (["1"], [])


# on a real workbook


def of_a_couple(tmp_path: Path, word: str) -> Path:
    """A workbook with two people born on one day who share an address, decided to be a household in the sheet Duplicates."""
    couple = [client("C1", "Jo Brown", "home", BORN, phone="07700 900555"), client("C2", "Mary Brown", "home", BORN)]
    book = salon(tmp_path, clients=couple, visits=[])
    with edited(book) as file:
        page = sheet(file, "Campaigns")
        page.cell(2, column(page, "Household")).value = word
    refresh_book(book, on=DAY - timedelta(days=9))
    with edited(book) as file:
        page = sheet(file, "Duplicates")
        page.cell(header_row(page) + 1, column(page, "Decision")).value = "household"
    return book


@pytest.mark.parametrize(("word", "sent"), [("each", 2), ("", 2), ("one", 1)])
def test_a_couple_decided_to_be_a_household_gets_as_many_messages_as_the_campaign_says(
    tmp_path: Path, word: str, sent: int
) -> None:
    book, outbox = of_a_couple(tmp_path, word), MemoryTransport()
    runs = [crm.run(book, on=DAY + timedelta(days=late), transport=outbox).sent for late in (0, 0, 1)]
    assert (runs, len(outbox.messages)) == ([sent, 0, 0], sent)


def test_outbox_says_why_the_other_one_gets_nothing(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = of_a_couple(tmp_path, "one")
    done = sheetcrm("plan", book, "--on", DAY.isoformat(), "--json")
    assert [(held["client_id"], held["reason"]) for held in done.json["held"]] == [("C2", "household")]
    refresh_book(book, on=DAY)
    assert values(book, "Outbox", "Client", "Status", "Reason")[1:] == [
        ("Mary Brown", "skipped", "somebody of the same household already gets it")
    ]
