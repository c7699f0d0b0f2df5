"""Campaigns that change their names: nobody is greeted again, and nobody is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from text_tables import Salon, ledger_of

from sheetcrm.crm.values import Key, Ledger, SentRecord

FIRST_RUN = date(2000, 1, 1)
CLIENTS = """
client_id | name       | email             | email_consent | birthday   | client_since | referred_by
1         | Anna Smith | anna@example.com  | yes           | 1990-05-10 | 2020-05-10   |
2         | Berta Lee  | berta@example.com | yes           | 1990-05-11 | 2020-05-11   |
3         | Cleo Ray   |                   |               |            |              | 1
"""
VISITS = """
date       | time  | client | service | amount | status
2026-03-01 | 10:00 | 1      | Cut     | 40     | done
2026-05-09 | 10:00 | 3      | Cut     | 40     | done
2026-05-11 | 10:00 | 1      | Cut     |        | planned
2026-05-09 | 10:00 | 2      | Cut     | 40     | done
"""
SEGMENTS = "segment | rule\nregulars | visits >= 1"


def campaigns(*rows: str) -> str:
    return "\n".join(["campaign | active | trigger | days | segment | date | template", *rows])


def salon(*rows: str, clients: str = CLIENTS, visits: str = VISITS) -> Salon:
    return Salon(clients, visits, campaigns(*rows), SEGMENTS)


def after(before: Salon, on: str, ledger: Ledger | None = None) -> Ledger:
    """Return the ledger of a run on that day: everything due was sent."""
    known = ledger or Ledger(first_run=FIRST_RUN)
    return ledger_of(before.compose(on, known), before=known, at=f"{on}T09:00:00")


BIRTHDAY = "Birthday | yes | birthday | | | |"
GREETING = "Greeting | yes | birthday | | | |"


# ---- renamed -----------------------------------------------------------------------------------------------------

OF_EACH_TRIGGER = {
    "birthday": ("| |", ("1", "2026")),
    "anniversary": ("| |", ("1", "2026")),
    "reminder": ("-1 | |", ("1", "2026-05-11")),
    "rebook": ("-29 | |", ("2", "2026-05-09")),
    "win-back": ("70 | |", ("1", "2026-03-01")),
    "thank-you": ("1 | |", ("2", "2026-05-09")),
    "date": ("| | 05-10", ("1", "2026-05-10")),
    "referral": ("1 | |", ("1", "3")),
}


@pytest.mark.parametrize("trigger", OF_EACH_TRIGGER)
def test_a_renamed_campaign_greets_nobody_again_and_a_copy_with_the_old_name_does_not_either(trigger: str) -> None:
    rest, occasion = OF_EACH_TRIGGER[trigger]
    visits = VISITS + "2026-04-09 | 10:00 | 2 | Cut | 40 | done"
    old, new = (salon(f"{name} | yes | {trigger} | {rest} | {trigger}", visits=visits) for name in ("Old", "New"))
    assert occasion in old.keys("2026-05-10")
    ledger = after(old, "2026-05-10")
    assert new.keys("2026-05-10", ledger) == []
    ledger = after(new, "2026-05-11", ledger)  # a day later, when the new name has sent something too
    assert occasion not in new.keys("2026-05-11", ledger)
    assert old.keys("2026-05-11", ledger) == []


def test_a_renamed_segment_campaign_still_knows_who_was_inside_and_who_has_entered_since() -> None:
    old, new = (salon(f"{name} | yes | segment | 2 | regulars | | segment") for name in ("Old", "New"))
    early = replace(old, visits=VISITS.replace("2026-05-09 | 10:00 | 2", "2026-06-20 | 10:00 | 2"))
    ledger = after(early, "2026-05-09")  # 1 and 3 are inside from the beginning
    ledger = after(old, "2026-05-10", ledger)  # 2 enters, to be written to two days later
    ledger = after(new, "2026-05-11", ledger)  # renamed
    assert new.keys("2026-05-12", ledger) == [("2", "2026-05-10")]
    assert new.keys("2026-05-13", after(new, "2026-05-12", ledger)) == []


def test_a_segment_campaign_in_the_place_of_another_begins_anew() -> None:
    old = replace(salon("Old | yes | segment | | nobody | | segment"), segments="segment | rule\nnobody | false")
    ledger = after(old, "2026-05-09")
    other = replace(salon("New | yes | segment | | everybody | | segment"), segments="segment | rule\neverybody | true")
    assert other.keys("2026-05-10", ledger) == []


def test_a_campaign_that_was_renamed_and_moved_by_some_days_greets_nobody_again() -> None:
    ledger = after(salon("Thanks | yes | thank-you | 1 | | |"), "2026-05-10")
    assert ledger.sent
    moved = salon("Thank you | yes | thank-you | 3 | | |").compose("2026-05-12", ledger)
    assert (moved.messages, [(h.client_id, h.reason) for h in moved.held]) == ((), [("3", "no-consent")])


def test_a_campaign_renamed_twice_and_back_greets_nobody_again() -> None:
    ledger = after(salon(BIRTHDAY), "2026-05-10")
    for name in ("Second", "Third", "Second", "Birthday"):
        renamed = salon(BIRTHDAY.replace("Birthday", name))
        assert renamed.keys("2026-05-10", ledger) == []
        ledger = after(renamed, "2026-05-10", ledger)
    assert [key.campaign for key in ledger.sent] == ["Birthday"]


def test_a_campaign_that_was_out_of_the_table_for_a_day_before_it_came_back_renamed_greets_nobody_again() -> None:
    ledger = after(salon("Other | yes | rebook | | | |"), "2026-05-10", after(salon(BIRTHDAY), "2026-05-10"))
    assert salon(GREETING, "Other | yes | rebook | | | |").keys("2026-05-11", ledger) == [("2", "2026")]


def test_an_address_that_had_it_under_the_former_name_does_not_get_it_again_under_another_id() -> None:
    ledger = after(salon(BIRTHDAY), "2026-05-10")
    retyped = salon(GREETING, clients=CLIENTS.replace("\n1  ", "\n77 "))
    assert retyped.held("2026-05-10", ledger) == [("77", "duplicate-address")]


def test_who_was_not_reached_under_the_former_name_is_under_the_new_one() -> None:
    failed = {k: replace(r, status="failed") for k, r in after(salon(BIRTHDAY), "2026-05-10").sent.items()}
    ledger = replace(after(salon(BIRTHDAY), "2026-05-10"), sent=failed)
    assert salon(GREETING).keys("2026-05-10", ledger) == [("1", "2026")]


def test_what_may_have_gone_out_under_the_former_name_is_asked_by_the_key_of_then() -> None:
    known = after(salon(BIRTHDAY), "2026-05-10")
    unknown = {k: replace(r, status="unknown") for k, r in known.sent.items()}
    (held,) = salon(GREETING).compose("2026-05-10", replace(known, sent=unknown)).held
    assert (held.campaign, held.reason) == ("Birthday", "unknown-outcome")


def test_a_message_on_which_she_has_spoken_keeps_its_key_when_the_campaign_is_renamed() -> None:
    ledger = replace(after(salon(BIRTHDAY), "2026-05-09"), sent={})
    spoken = Key("Birthday", "1", "2026")
    found = salon(GREETING).compose("2026-05-10", ledger, days=2, ticks={spoken.short: "yes"}).messages
    assert [m.key for m in found] == [spoken, Key("Greeting", "2", "2026")]
    spelt = salon(BIRTHDAY.upper()).compose("2026-05-10", ledger, ticks={spoken.short: "yes"}).messages
    assert [m.key for m in spelt] == [spoken]


def test_a_campaign_renamed_and_moved_twice_greets_nobody_again_nor_does_an_older_copy() -> None:
    first, second, third = (salon(f"{name} | yes | thank-you | {days} | | |") for name, days in ("A1", "B2", "C3"))
    renamed = after(second, "2026-05-11", after(first, "2026-05-10"))
    sent_since = after(second, "2026-05-11", after(first, "2026-05-09"))  # nothing under the first name
    for campaign, on, ledger in ((third, "2026-05-12", renamed), (first, "2026-05-10", sent_since)):
        found = campaign.compose(on, ledger)
        assert (found.messages, {h.client_id for h in found.held}) == ((), {"3"})  # who has no consent


def test_a_renamed_campaign_that_was_out_of_the_table_for_a_day_greets_nobody_again() -> None:
    ledger = after(salon(GREETING), "2026-05-10", after(salon(BIRTHDAY), "2026-05-10"))
    ledger = after(salon("Other | yes | rebook | | | |"), "2026-05-10", ledger)
    assert salon(GREETING).keys("2026-05-10", ledger) == []


def test_a_renamed_campaign_that_becomes_one_of_another_trigger_takes_nothing_along() -> None:
    loyal = salon("Loyal | yes | anniversary | | | |")
    ledger = after(salon("Thanks | yes | anniversary | | | |"), "2026-05-10", after(loyal, "2026-05-10"))
    assert ("1", "2026") in salon("Thanks | yes | birthday | | | |").keys("2026-05-11", ledger)


def test_a_campaign_that_takes_the_name_of_another_one_that_is_gone_greets_nobody_again() -> None:
    ledger = after(
        salon("Hello | yes | date | | | 01-01 |", BIRTHDAY, "Other | yes | birthday | 200 | | |"), "2026-05-09"
    )
    ledger = after(salon(BIRTHDAY), "2026-05-10", ledger)
    for name in ("Hello", "Other"):  # gone for a day
        assert salon(BIRTHDAY.replace("Birthday", name)).keys("2026-05-10", ledger) == []


def test_a_campaign_that_takes_the_name_of_one_beside_it_greets_nobody_again() -> None:
    ledger = after(salon(BIRTHDAY, "Hello | yes | date | | | 01-01 |"), "2026-05-10")
    assert salon("Hello | yes | birthday | | | |").keys("2026-05-10", ledger) == []


def test_two_campaigns_that_come_back_as_they_were_are_still_two() -> None:
    both = salon("Thanks | yes | thank-you | 1 | | |", "Review | yes | thank-you | 3 | | |")
    ledger = after(salon(BIRTHDAY), "2026-05-10", after(both, "2026-05-10"))
    assert both.keys("2026-05-12", ledger) == [("2", "2026-05-09")]
    review = salon("Review | yes | thank-you | 3 | | |")
    assert review.keys("2026-05-12", ledger) == [("2", "2026-05-09")]


def test_an_address_gets_one_message_though_she_has_spoken_on_one_of_two_before_the_renaming() -> None:
    ledger = replace(after(salon(BIRTHDAY), "2026-05-09"), sent={})
    shared = CLIENTS.replace("05-11", "05-10").replace("berta@example.com", "anna@example.com ")
    for client in ("1", "2"):
        spoken = {Key("Birthday", client, "2026").short}
        found = salon(GREETING, clients=shared).compose("2026-05-10", ledger, ticks=dict.fromkeys(spoken, "yes"))
        assert ([m.key.client_id for m in found.messages], [h.reason for h in found.held]) == (
            ["1"],
            ["duplicate-address"],
        )


# ---- two campaigns, or another one -------------------------------------------------------------------------------


def test_two_campaigns_of_one_trigger_both_send_and_one_goes_on_when_the_other_is_deleted() -> None:
    thanks, review = "Thanks | yes | thank-you | 1 | | |", "Review | yes | thank-you | 3 | | |"
    both = salon(thanks, review)
    ledger = after(both, "2026-05-10")
    assert both.keys("2026-05-12", ledger) == [("2", "2026-05-09")]
    assert salon(review).keys("2026-05-12", ledger) == [("2", "2026-05-09")]


def test_a_campaign_beside_a_renamed_one_still_sends_and_so_does_a_later_one() -> None:
    ledger = after(salon("Thanks | yes | thank-you | 1 | | |"), "2026-05-10")
    renamed = "Thank you | yes | thank-you | 1 | | |"
    ledger = after(salon(renamed), "2026-05-11", ledger)
    assert salon(renamed, "Review | yes | thank-you | 3 | | |").keys("2026-05-12", ledger) == [("2", "2026-05-09")]


def test_two_campaigns_renamed_at_once_are_told_apart_by_all_but_their_names() -> None:
    old = salon("Thanks | yes | thank-you | 1 | | |", "Review | yes | thank-you | 3 | | |")
    new = salon("Dank | yes | thank-you | 1 | | |", "Kritik | yes | thank-you | 3 | | |")
    ledger = after(old, "2026-05-10")
    assert [m.key for m in new.compose("2026-05-12", ledger).messages] == [Key("Kritik", "2", "2026-05-09")]


def test_two_campaigns_that_cannot_be_told_apart_under_their_new_names_wait_for_her_word() -> None:
    old = salon("Thanks | yes | thank-you | 1 | | |", "Review | yes | thank-you | 3 | | |")
    new = salon("Dank | yes | thank-you | 2 | | |", "Kritik | yes | thank-you | 4 | | |")
    ledger = after(old, "2026-05-10")
    (held, *_) = new.compose("2026-05-12", ledger).held
    assert (held.campaign, held.client_id, held.reason, held.detail) == ("Dank", "2", "renamed", "Thanks")
    key = Key("Dank", "2", "2026-05-09")
    said = replace(ledger, confirmed=frozenset({key.short}))
    assert [m.key for m in new.compose("2026-05-12", said).messages] == [key]


def test_a_new_campaign_in_the_place_of_a_deleted_one_greets_next_year_but_not_again_this_year() -> None:
    ledger = after(salon(BIRTHDAY), "2026-05-10")
    deleted = salon("Other | yes | rebook | | | |")
    ledger = after(deleted, "2026-05-10", ledger)
    new = salon("Birthday 2027 | yes | birthday | -1 | | |")
    assert new.keys("2026-05-10", ledger) == [("2", "2026")]  # 1 has had hers
    ledger = after(new, "2026-05-10", ledger)
    assert new.keys("2027-05-09", ledger) == [("1", "2027")]


def test_a_campaign_of_another_trigger_takes_nothing_over() -> None:
    ledger = after(salon("Loyal | yes | anniversary | | | |"), "2026-05-10")
    assert ("1", "2026") in salon(GREETING).keys("2026-05-11", ledger)


def test_a_campaign_whose_row_cannot_run_at_the_moment_still_stands_in_the_table() -> None:
    thanks, review = "Thanks | yes | thank-you | 1 | | |", "Review | yes | thank-you | 3 | | |"
    ledger = after(salon(thanks), "2026-05-10")
    slip = salon(thanks.replace("| 1 |", "| 99999 |"), review)
    messages = slip.compose("2026-05-12", ledger, standing={"Thanks", "Review"}).messages
    assert [m.key.campaign for m in messages] == ["Review"]


def test_a_new_campaign_under_a_name_that_was_given_up_is_another_one() -> None:
    ledger = after(salon(GREETING), "2026-05-10", after(salon(BIRTHDAY), "2026-05-10"))
    both = salon(GREETING, "Birthday | yes | birthday | -2 | | |", clients=CLIENTS.replace("05-11", "05-13"))
    assert both.keys("2026-05-10", ledger) == []  # what went out under the old name was Greeting's
    ledger = after(both, "2026-05-11", ledger)
    assert list(ledger.sent) == [Key("Birthday", "1", "2026"), Key("Birthday", "2", "2026")]
    assert both.keys("2026-05-13", ledger) == [("2", "2026")]


# ---- a past that nobody remembers: a lost journal, or one of an earlier version ---------------------------------


def sent(campaign: str, client: str, occasion: str, due: str | None, at: str = "", status: str = "sent") -> Ledger:
    key = Key(campaign, client, occasion)
    record = SentRecord(key, status, date.fromisoformat(due) if due else None, at)
    return Ledger({key: record}, first_run=FIRST_RUN)


@pytest.mark.parametrize(
    ("due", "messages", "held"),
    [
        ("2026-05-10", [], []),  # to the day: the same
        ("2026-05-07", [], [("1", "renamed")]),  # near: three days before, perhaps
        (None, [], [("1", "renamed")]),
        ("2026-02-01", [("1", "2026")], []),  # another trigger's: an anniversary
    ],
)
def test_a_name_out_of_an_unknown_past_counts_by_the_day_on_which_it_was_due(
    due: str | None, messages: list[tuple[str, str]], held: list[tuple[str, str]]
) -> None:
    ledger = sent("Old", "1", "2026", due)
    assert (salon(GREETING).keys("2026-05-10", ledger), salon(GREETING).held("2026-05-10", ledger)) == (messages, held)


def test_a_name_out_of_an_unknown_past_that_was_used_beside_this_one_is_another_campaign() -> None:
    ledger = sent("Old", "1", "2026", "2026-05-10", "2026-05-09T08:00:00")
    own = sent("Greeting", "2", "2025", "2025-05-11", "2025-05-11T08:00:00")
    beside = replace(ledger, sent={**ledger.sent, **own.sent})
    assert salon(GREETING).keys("2026-05-10", beside) == [("1", "2026")]
    since = sent("Greeting", "2", "2026", "2026-05-11", "2026-05-11T08:00:00")
    assert salon(GREETING).keys("2026-05-11", replace(ledger, sent={**ledger.sent, **since.sent})) == []
