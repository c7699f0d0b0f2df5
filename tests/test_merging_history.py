"""What was sent before a merge counts for the survivor, and after it is taken back for each of the two alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from test_campaigns import campaign
from text_tables import FILES, Salon, cleaned, frame, ledger_of, record

from sheetcrm.crm.people import merged_ids
from sheetcrm.crm.planning import plan
from sheetcrm.crm.settings import Settings
from sheetcrm.crm.snapshot import Snapshot
from sheetcrm.crm.tables import Table
from sheetcrm.crm.values import Key, Ledger, SentRecord

APART = """
client_id | name | email         | email_consent | birthday   | merged_into
1         | Anna | a@example.com | yes           | 1990-05-05 |
2         | Ana  | b@example.com | yes           | 1990-05-05 |
3         | Ania | c@example.com | yes           | 1991-05-05 |
"""
MERGED = APART.replace("b@example.com | yes           | 1990-05-05 |", "b@example.com | yes           | 1990-05-05 | 1")
CHAIN = MERGED.replace("a@example.com | yes           | 1990-05-05 |", "a@example.com | yes           | 1990-05-05 | 3")
BIRTHDAY = campaign("birthday")


@pytest.mark.parametrize("status", ["sent", "skipped"])
def test_a_survivor_is_not_greeted_again_for_what_the_merged_row_was_greeted_for(status: str) -> None:
    before = record("C", "2", "2026", status)
    assert Salon(APART, campaigns=BIRTHDAY).keys("2026-05-05", before) == [("1", "2026"), ("3", "2026")]
    assert Salon(MERGED, campaigns=BIRTHDAY).keys("2026-05-05", before) == [("3", "2026")]


def test_it_counts_along_the_whole_chain() -> None:
    assert Salon(CHAIN, campaigns=BIRTHDAY).keys("2026-05-05", record("C", "2", "2026", "sent")) == []


def test_after_a_merge_is_taken_back_each_has_her_own_history() -> None:
    greeted = ledger_of(Salon(MERGED, campaigns=BIRTHDAY).compose("2026-05-05"))
    assert [key.client_id for key in greeted.sent] == ["1", "3"]
    assert Salon(APART, campaigns=BIRTHDAY).keys("2026-05-05", greeted) == [("2", "2026")]


def test_a_message_to_a_merged_row_of_which_nobody_knows_what_became_holds_the_survivors_and_is_told_by_its_own_key() -> (
    None
):
    composition = Salon(MERGED, campaigns=BIRTHDAY).compose("2026-05-05", record("C", "2", "2026", "unknown"))
    told = [(h.client_id, h.occasion, h.reason) for h in composition.held]
    assert ("2", "2026", "unknown-outcome") in told
    assert [m.key.client_id for m in composition.messages] == ["3"]


def test_it_is_told_of_a_day_too_for_which_nothing_would_be_sent_any_more() -> None:
    ledger = replace(record("C", "2", "2026", "unknown"), first_run=date(2026, 5, 6))
    told = Salon(MERGED, campaigns=BIRTHDAY).held("2026-05-06", ledger)
    assert told == [("2", "unknown-outcome")]
    undated = MERGED.replace("b@example.com | yes           | 1990-05-05", "b@example.com | yes           |")
    assert Salon(undated, campaigns=BIRTHDAY).held("2026-05-06", ledger) == told


def test_what_failed_with_a_merged_row_goes_to_the_survivor() -> None:
    assert Salon(MERGED, campaigns=BIRTHDAY).keys("2026-05-05", record("C", "2", "2026", "failed")) == [
        ("1", "2026"),
        ("3", "2026"),
    ]


def test_an_id_of_a_merged_row_that_was_a_number_when_it_was_greeted_is_the_same() -> None:
    assert Salon(MERGED, campaigns=BIRTHDAY).keys("2026-05-05", record("C", "2.0", "2026", "sent")) == [("3", "2026")]


def test_a_greeting_under_the_campaigns_former_name_counts_too() -> None:
    one = Salon(MERGED, campaigns=BIRTHDAY)
    known = ledger_of(one.compose("2026-05-04"))
    key = Key("C", "2", "2026")
    ledger = replace(known, sent={key: SentRecord(key, "sent", date(2026, 5, 5), "2026-05-05T09:00:00")})
    renamed = Salon(MERGED, campaigns=campaign("birthday", campaign="Best wishes"))
    assert renamed.keys("2026-05-05", ledger) == [("3", "2026")]


def test_a_friend_who_was_merged_into_another_is_no_second_friend() -> None:
    clients = """
    client_id | name | email         | email_consent | referred_by | merged_into
    1         | Anna | a@example.com | yes           |             |
    2         | Ewa  | b@example.com | yes           | 1           | {into}
    3         | Ewa  | c@example.com | yes           | 1           |
    """
    visits = "date | client | amount\n2026-05-05 | 2 | 50"
    apart, merged = (Salon(clients.format(into=into), visits, campaign("referral")) for into in ("", "3"))
    thanked = ledger_of(apart.compose("2026-05-05"))
    assert [(key.client_id, key.occasion) for key in thanked.sent] == [("1", "2")]
    assert merged.keys("2026-05-05") == [("1", "3")]
    assert merged.keys("2026-05-05", thanked) == []


SEGMENT = "segment | rule\nLondon | city == 'London'"
TOWNS = """
client_id | name | email         | email_consent | city   | merged_into
1         | Anna | a@example.com | yes           | {city} | {into_1}
2         | Ana  | b@example.com | yes           | London | {into_2}
"""


def towns(city: str, into_1: str = "", into_2: str = "") -> Salon:
    clients = TOWNS.format(city=city, into_1=into_1, into_2=into_2)
    return Salon(clients, campaigns=campaign("segment", segment="London"), segments=SEGMENT)


def test_a_merge_is_no_entry_into_a_segment_in_which_the_merged_row_was_nor_is_taking_it_back() -> None:
    first = ledger_of(towns("Leeds").compose("2026-05-05"))
    assert first.inside == {"C": frozenset({"2"})}
    merged = towns("London", into_2="1")
    assert merged.keys("2026-05-06", first) == []
    second = ledger_of(merged.compose("2026-05-06", first), before=first)
    assert second.inside == {"C": frozenset({"1", "2"})}
    assert merged.keys("2026-05-07", second) == []
    assert towns("Leeds").keys("2026-05-07", second) == []


def test_an_entry_of_the_merged_row_that_is_still_to_be_greeted_is_the_survivors() -> None:
    ledger = Ledger(first_run=date(2000, 1, 1), inside={"C": frozenset({"2"})}, entered={("C", "2"): date(2026, 5, 5)})
    assert towns("London", into_2="1").keys("2026-05-06", ledger) == [("1", "2026-05-05")]
    sent = Key("C", "2", "2026-05-05")
    greeted = replace(ledger, sent={sent: SentRecord(sent, "sent")})
    assert towns("London", into_2="1").keys("2026-05-06", greeted) == []


def test_her_no_to_a_message_for_the_merged_row_is_one_for_the_survivor() -> None:
    tables = {
        "Clients": Table.from_frame("Clients", frame(MERGED), ("client_id", "merged_into")),
        "Campaigns": Table.from_frame("Campaigns", frame(BIRTHDAY), ()),
    }
    ledger = Ledger(first_run=date(2000, 1, 1))
    snapshot = Snapshot(tables, Settings(business="Malva"), templates=FILES, ledger=ledger)
    no = {Key("C", "2", "2026").short: "no"}
    on = date(2026, 5, 5)
    assert [m.key.client_id for m in plan(snapshot, on=on).due] == ["1", "3"]
    assert [m.key.client_id for m in plan(replace(snapshot, ticks=no), on=on).due] == ["3"]
    yes = {**no, Key("C", "1", "2026").short: "yes"}  # her word on the survivor's own message comes first
    assert [m.key.client_id for m in plan(replace(snapshot, ticks=yes), on=on).due] == ["1", "3"]


def test_the_ids_of_the_merged_are_known_by_the_last_of_their_chain() -> None:
    assert merged_ids(cleaned("Clients", CHAIN, date(2026, 5, 5))) == {"3": ("1", "2")}
    assert merged_ids(cleaned("Clients", APART, date(2026, 5, 5))) == {}
