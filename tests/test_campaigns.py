"""Campaigns: who gets what and when, and why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import numpy as np
import pytest
from text_tables import FILES, Salon, cleaned, ledger_of, record

from sheetcrm.crm.campaign_table import DateOf, parse_date_of, read_campaigns
from sheetcrm.crm.settings import Settings
from sheetcrm.crm.values import Key, Ledger, Message, SentRecord

ANNA = """
client_id | name       | email            | email_consent | birthday   | client_since
1         | Anna Smith | anna@example.com | yes           | 1990-11-27 | 2020-02-29
"""


def campaign(trigger: str, **fields: str) -> str:
    columns = {"campaign": "C", "active": "yes", "trigger": trigger, **fields}
    return " | ".join(columns) + "\n" + " | ".join(columns.values())


# ---- triggers ----------------------------------------------------------------------------------------------------


def test_a_birthday_is_greeted_on_its_day_and_named_by_its_year() -> None:
    salon = Salon(ANNA, campaigns=campaign("birthday"))
    assert salon.keys("2026-11-26") == []
    assert salon.keys("2026-11-27") == [("1", "2026")]


def test_a_birthday_without_a_year_is_greeted_too() -> None:
    clients = "client_id | name | email | email_consent | birthday\n1 | Anna | a@example.com | yes | --03-08"
    assert Salon(clients, campaigns=campaign("birthday")).keys("2026-03-08") == [("1", "2026")]


@pytest.mark.parametrize("year", range(2024, 2033))
@pytest.mark.parametrize(("setting", "expected"), [((2, 28), "02-28"), ((3, 1), "03-01")])
def test_29_february_is_greeted_on_the_leap_birthday_day_of_other_years(
    year: int, setting: tuple[int, int], expected: str
) -> None:
    clients = "client_id | name | email | email_consent | birthday\n1 | Anna | a@example.com | yes | 1992-02-29"
    salon = Salon(clients, campaigns=campaign("birthday", grace_days="0"), settings=Settings(leap_birthday=setting))
    day = "02-29" if year % 4 == 0 else expected
    messages = salon.compose(f"{year}-02-20", days=20).messages
    assert [(m.due.isoformat(), m.key.occasion) for m in messages] == [(f"{year}-{day}", str(year))]


def test_days_before_a_birthday_across_new_year_keep_the_year_of_the_birthday() -> None:
    clients = "client_id | name | email | email_consent | birthday\n1 | Anna | a@example.com | yes | 1990-01-02"
    salon = Salon(clients, campaigns=campaign("birthday", days="-3"))
    assert salon.keys("2026-12-30") == [("1", "2027")]


def test_an_anniversary_counts_from_client_since_else_from_the_first_visit() -> None:
    clients = """
    client_id | name | email         | email_consent | client_since
    1         | Anna | a@example.com | yes           | 2020-05-10
    2         | Berta | b@example.com | yes          |
    """
    visits = "date | client | amount | status\n2024-05-10 | 2 | 50 | done\n2025-01-01 | 1 | 50 | done"
    salon = Salon(clients, visits, campaign("anniversary"))
    assert salon.keys("2026-05-10") == [("1", "2026"), ("2", "2026")]
    assert salon.keys("2024-05-10") == [("1", "2024")]  # her first visit itself is no anniversary


VISITS = """
date       | time  | client | service | amount | status    | ticket
2026-06-01 | 10:00 | 1      | Cut     | 40     | done      |
2026-07-01 | 10:00 | 1      | Cut     | 40     | done      |
2026-07-01 | 12:00 | 1      | Colour  | 60     | done      | 7
2026-07-20 | 15:30 | 1      | Cut     |        | planned   |
2026-07-21 | 09:00 | 1      | Cut     |        | cancelled |
"""


def test_a_reminder_goes_before_a_planned_visit_and_is_service() -> None:
    salon = Salon(ANNA.replace("yes", ""), VISITS, campaign("reminder", days="-1"))
    [message] = salon.compose("2026-07-19").messages
    assert (message.key.occasion, message.purpose, message.due) == ("2026-07-20", "service", date(2026, 7, 19))
    assert salon.keys("2026-07-18") == []


def test_a_reminder_of_plus_one_day_means_the_day_before() -> None:
    assert Salon(ANNA, VISITS, campaign("reminder", days="1")).keys("2026-07-19") == [("1", "2026-07-20")]


def test_a_late_reminder_goes_until_the_visit_begins() -> None:
    salon = Salon(ANNA, VISITS, campaign("reminder", days="-3"))
    assert salon.keys("2026-07-20", now=time(15, 29)) == [("1", "2026-07-20")]
    assert salon.held("2026-07-20", now=time(15, 30)) == [("1", "gone-by")]
    assert salon.keys("2026-07-21") == []


def test_a_changed_time_reminds_nobody_twice() -> None:
    salon = Salon(ANNA, VISITS, campaign("reminder", days="-1"))
    ledger = ledger_of(salon.compose("2026-07-19"))
    moved = replace(salon, visits=VISITS.replace("15:30", "17:00"))
    assert moved.keys("2026-07-19", ledger) == []
    assert replace(salon, visits=VISITS.replace("2026-07-20", "2026-07-22")).keys("2026-07-21", ledger) == [
        ("1", "2026-07-22")
    ]


def test_a_next_visit_that_the_owner_typed_is_reminded_of() -> None:
    clients = "client_id | name | email | next_visit\n1 | Anna | a@example.com | 2026-08-01"
    assert Salon(clients, campaigns=campaign("reminder", days="-1")).keys("2026-07-31") == [("1", "2026-08-01")]


def test_a_thank_you_goes_once_for_a_day_with_two_tickets() -> None:
    salon = Salon(ANNA, VISITS, campaign("thank-you", days="1"))
    assert salon.keys("2026-07-02") == [("1", "2026-07-01")]


def test_no_thank_you_goes_before_she_has_come() -> None:
    visits = "date | client | amount | status\n2026-07-03 | 1 | |"
    salon = Salon(ANNA, visits, campaign("thank-you"))
    assert salon.keys("2026-07-03") == []
    assert replace(salon, visits=visits.replace("| |", "| 40 |")).keys("2026-07-03") == [("1", "2026-07-03")]


def test_rebook_goes_at_the_expected_visit_and_is_named_by_the_last_one() -> None:
    visits = "date | client | amount | status\n" + "".join(
        f"2026-0{m}-01 | 1 | 40 | done\n" for m in range(1, 6)
    )  # gaps 31 28 31 30: expected about 30 days after 1 May
    salon = Salon(ANNA, visits, campaign("rebook"))
    messages = salon.compose("2026-05-20", days=20).messages
    assert [m.key.occasion for m in messages] == ["2026-05-01"]
    assert date(2026, 5, 30) <= messages[0].due <= date(2026, 6, 2)


def test_whoever_has_a_visit_planned_is_not_asked_to_rebook() -> None:
    done = "date | client | amount | status\n2026-05-01 | 1 | 40 | done\n2026-05-31 | 1 | 40 | done\n"
    salon = Salon(ANNA, done, campaign("rebook"))
    assert salon.keys("2026-06-30") == [("1", "2026-05-31")]
    booked = replace(salon, visits=done + "2026-07-05 | 1 | | planned")
    assert (booked.keys("2026-06-30"), booked.held("2026-06-30")) == ([], [("1", "visit-planned")])


def test_a_rebook_that_was_sent_is_not_sent_again_when_the_expected_day_moves() -> None:
    clients = ANNA + "2 | Berta | b@example.com | yes | |"
    visits = "date | client | service | amount\n2026-05-01 | 1 | Cut | 40\n2026-05-31 | 1 | Cut | 40\n"
    salon = Salon(clients, visits, campaign("rebook"))
    ledger = ledger_of(salon.compose("2026-06-30"))
    others = visits + "".join(f"2026-0{m}-15 | 2 | Cut | 40\n" for m in (1, 3, 5))  # pull the common interval up
    moved = replace(salon, visits=others)
    assert all(("1", "2026-05-31") not in moved.keys(f"2026-07-{d:02}", ledger) for d in range(1, 31))


def test_win_back_goes_n_days_after_the_last_visit() -> None:
    visits = "date | client | amount\n2026-01-10 | 1 | 40\n2026-03-01 | 1 | 40"
    salon = Salon(ANNA, visits, campaign("win-back", days="90"))
    assert salon.keys("2026-05-30") == [("1", "2026-03-01")]
    assert salon.keys("2026-05-29") == []


@pytest.mark.parametrize(
    ("written", "day", "occasion"),
    [
        ("2026-12-24", "2026-12-24", "2026-12-24"),
        ("12-24", "2027-12-24", "2027-12-24"),
        ("24.12.", "2027-12-24", "2027-12-24"),
        ("client_since", "2020-02-29", "2020-02-29"),
        ("yearly client_since", "2026-02-28", "2026-02-28"),
        ("yearly Client since", "2028-02-29", "2028-02-29"),
        ("yearly birthday", "2026-11-27", "2026-11-27"),
        ("wedding", "2026-06-06", "2026-06-06"),
        ("yearly wedding", "2027-06-06", "2027-06-06"),
    ],
)
def test_a_date_campaign_goes_by_a_day_or_by_a_column(written: str, day: str, occasion: str) -> None:
    clients = ANNA.replace("client_since\n", "client_since | wedding\n").replace("02-29\n", "02-29 | 2026-06-06\n")
    salon = Salon(clients, campaigns=campaign("date", date=written))
    assert salon.keys(day) == [("1", occasion)]


def test_a_date_campaign_on_29_february_comes_on_the_28th_in_other_years() -> None:
    salon = Salon(ANNA, campaigns=campaign("date", date="02-29"))
    assert salon.keys("2027-02-28") == [("1", "2027-02-28")]


def test_a_date_campaign_by_an_unknown_column_is_a_problem() -> None:
    problems = Salon(ANNA, campaigns=campaign("date", date="wedding")).compose("2026-06-06").problems
    assert [(p.code, p.table, p.row, p.field, p.value) for p in problems] == [
        ("unknown-field", "Campaigns", 2, "date", "wedding")
    ]


@pytest.mark.parametrize("by", ["1", "+44 7700 900123", "anna@example.com", "Smith, Anna"])
def test_a_referral_thanks_whoever_recommended_the_new_client(by: str) -> None:
    clients = f"""
    client_id | name       | phone         | email            | email_consent | referred_by
    1         | Anna Smith | 07700 900123  | anna@example.com | yes           |
    2         | Berta Lee  |               |                  |               | {by}
    """
    visits = "date | client | amount\n2026-04-01 | 2 | 40\n2026-05-01 | 2 | 40"
    files = {("en", "referral", "email"): "Subject: Thanks\n\n{{ friend }} was here."}
    salon = Salon(clients, visits, campaign("referral", days="1"), files=files)
    [message] = salon.compose("2026-04-02").messages
    assert (message.key.client_id, message.key.occasion, message.text.split("\n")[0]) == (
        "1",
        "2",
        "Berta Lee was here.",
    )


def test_of_two_clients_of_one_name_neither_is_thanked_for_a_referral() -> None:
    clients = """
    client_id | name       | email         | email_consent | referred_by
    1         | Anna Smith | a@example.com | yes           |
    2         | Anna Smith | b@example.com | yes           |
    3         | Berta Lee  |               |               | Anna Smith
    """
    assert Salon(clients, "date | client | amount\n2026-04-01 | 3 | 40", campaign("referral")).keys("2026-04-01") == []


# ---- entering a segment ------------------------------------------------------------------------------------------

SPENDERS = """
client_id | name  | email         | email_consent
1         | Anna  | a@example.com | yes
2         | Berta | b@example.com | yes
"""
BIG = "segment | rule\nbig | total_spend > 100"


def test_who_is_inside_at_the_first_run_gets_nothing_and_who_enters_later_gets_it_once() -> None:
    visits = "date | client | amount\n2026-04-01 | 1 | 200"
    salon = Salon(SPENDERS, visits, campaign("segment", segment="Big"), BIG)
    first = salon.compose("2026-05-01")
    assert (first.messages, first.inside, first.entered) == ((), {"C": frozenset({"1"})}, {})
    ledger = ledger_of(first)

    later = replace(salon, visits=visits + "\n2026-05-02 | 2 | 150")
    second = later.compose("2026-05-02", ledger)
    assert [(m.key.client_id, m.key.occasion) for m in second.messages] == [("2", "2026-05-02")]
    assert (second.inside, second.entered) == ({"C": frozenset({"1", "2"})}, {("C", "2"): date(2026, 5, 2)})
    assert later.keys("2026-05-03", ledger_of(second, before=ledger)) == []


def test_days_after_entering_a_segment_count_from_the_day_of_entry() -> None:
    visits = "date | client | amount\n2026-04-01 | 1 | 200"
    salon = Salon(SPENDERS, visits, campaign("segment", segment="big", days="5"), BIG)
    ledger = Ledger(first_run=date(2026, 1, 1), inside={"C": frozenset({"1"})}, entered={("C", "1"): date(2026, 4, 1)})
    assert (salon.keys("2026-04-05", ledger), salon.keys("2026-04-06", ledger)) == ([], [("1", "2026-04-01")])


def test_a_rule_that_cannot_be_read_moves_nobody_out_of_a_segment() -> None:
    broken = Salon(
        SPENDERS, campaigns=campaign("segment", segment="big"), segments="segment | rule\nbig | total_spend >"
    )
    composition = broken.compose("2026-05-01", Ledger(inside={"C": frozenset({"1"})}))
    assert (composition.inside, [p.code for p in composition.problems]) == ({}, ["invalid-rule"])


def test_a_segment_narrows_any_campaign() -> None:
    clients = SPENDERS.replace("consent\n", "consent | birthday\n").replace("yes", "yes | 1990-05-05")
    salon = Salon(clients, "date | client | amount\n2026-04-01 | 2 | 200", campaign("birthday", segment="big"), BIG)
    assert salon.keys("2026-05-05") == [("2", "2026")]


def test_an_unknown_segment_is_a_problem_and_sends_nothing() -> None:
    composition = Salon(ANNA, campaigns=campaign("birthday", segment="bgi"), segments=BIG).compose("2026-11-27")
    assert [(p.code, p.field, p.value, p.params["choices"]) for p in composition.problems] == [
        ("invalid-choice", "segment", "bgi", "big")
    ]
    assert not composition.messages


# ---- late, early, once -------------------------------------------------------------------------------------------


def test_a_birthday_missed_because_the_computer_was_off_is_greeted_two_days_late_but_not_three() -> None:
    salon = Salon(ANNA, campaigns=campaign("birthday"))
    [message] = salon.compose("2026-11-29").messages
    assert message.due == date(2026, 11, 27)
    assert (salon.keys("2026-11-30"), salon.held("2026-11-30")) == ([], [("1", "too-late")])
    assert salon.held("2027-02-01") == []  # forgotten


def test_grace_days_of_the_campaign_beat_the_default() -> None:
    assert Salon(ANNA, campaigns=campaign("birthday", grace_days="5")).keys("2026-12-02") == [("1", "2026")]


def test_nothing_goes_late_for_a_day_before_the_first_run() -> None:
    salon = Salon(ANNA, campaigns=campaign("birthday"))
    for first_run in (None, date(2026, 11, 28)):
        assert salon.compose("2026-11-28", Ledger(first_run=first_run)).messages == ()
        assert salon.held("2026-11-28", Ledger(first_run=first_run)) == []
    assert salon.keys("2026-11-27", Ledger()) == [("1", "2026")]


@pytest.mark.parametrize(
    ("status", "held"),
    [
        ("sent", []),
        ("skipped", []),
        ("unknown", [("1", "unknown-outcome")]),
        ("sending", [("1", "unknown-outcome")]),
        ("failed", [("1", "failed-before")]),
    ],
)
def test_what_the_ledger_knows_is_not_sent_again(status: str, held: list[tuple[str, str]]) -> None:
    salon = Salon(ANNA, campaigns=campaign("birthday"))
    ledger = record("C", "1", "2026", status)
    assert (salon.keys("2026-11-27", ledger), salon.held("2026-11-27", ledger)) == ([], held)


def test_what_is_queued_for_another_try_is_due_again() -> None:
    salon = Salon(ANNA, campaigns=campaign("birthday"))
    assert salon.keys("2026-11-27", record("C", "1", "2026", "queued")) == [("1", "2026")]


def test_running_again_after_sending_sends_nothing_for_a_year() -> None:
    salon = Salon(
        ANNA,
        VISITS,
        "campaign | active | trigger | days\n"
        + "\n".join(
            f"{t} | yes | {t} | {d}"
            for t, d in [
                ("birthday", 0),
                ("anniversary", 0),
                ("reminder", -1),
                ("thank-you", 1),
                ("rebook", 0),
                ("win-back", 60),
            ]
        ),
    )
    first = salon.compose("2026-07-10", days=365)
    assert len(first.messages) > 4
    assert salon.compose("2026-07-10", ledger_of(first), days=365).messages == ()


def test_a_campaign_runs_from_its_start_to_its_end() -> None:
    salon = Salon(ANNA, campaigns=campaign("birthday", starts="2026-11-28"))
    assert salon.keys("2026-11-28") == []
    salon = Salon(ANNA, campaigns=campaign("birthday", ends="2026-11-27"))
    assert (salon.keys("2026-11-27"), salon.keys("2026-11-28")) == ([("1", "2026")], [])


def test_a_campaign_that_is_not_active_does_nothing() -> None:
    for active in ("", "no"):
        assert Salon(ANNA, campaigns=campaign("birthday", active=active)).keys("2026-11-27") == []


def test_the_messages_of_a_week_stand_in_the_order_of_their_days() -> None:
    clients = """
    client_id | name  | email         | email_consent | birthday
    1         | Anna  | a@example.com | yes           | 1990-05-07
    2         | Berta | b@example.com | yes           | 1990-05-04
    """
    assert Salon(clients, campaigns=campaign("birthday")).keys("2026-05-03", days=7) == [("2", "2026"), ("1", "2026")]


# ---- who may be written to ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("purpose", "consent", "no_contact", "expected"),
    [
        ("marketing", "yes", "", "sent"),
        ("marketing", "no", "", "no-consent"),
        ("marketing", "", "", "no-consent"),
        ("", "", "", "no-consent"),
        ("service", "", "", "sent"),
        ("service", "no", "", "sent"),
        ("service", "yes", "yes", "no-contact"),
        ("marketing", "yes", "yes", "no-contact"),
        ("marketing", "yes", "no", "sent"),
    ],
)
def test_marketing_needs_a_yes_service_does_not_and_no_contact_stops_all(
    purpose: str, consent: str, no_contact: str, expected: str
) -> None:
    clients = (
        "client_id | name | email | birthday | email_consent | no_contact\n"
        f"1 | Anna | a@example.com | 1990-05-05 | {consent} | {no_contact}"
    )
    salon = Salon(clients, campaigns=campaign("birthday", purpose=purpose))
    sent = ["sent" for _ in salon.keys("2026-05-05")]
    assert sent + [reason for _, reason in salon.held("2026-05-05")] == [expected]


@pytest.mark.parametrize(
    ("cells", "campaign_channel", "channels", "expected"),
    [
        # email | phone | email_consent | sms_consent | preferred
        ("a@example.com | 07700900123 | yes | yes | ", "auto", ("email", "sms"), "email"),
        ("a@example.com | 07700900123 | yes | yes | sms", "auto", ("email", "sms"), "sms"),
        ("a@example.com | 07700900123 | yes | yes | sms", "auto", ("email",), "email"),
        ("a@example.com | 07700900123 | yes | | sms", "auto", ("email", "sms"), "email"),
        ("a@example.com | 07700900123 | | yes | email", "auto", ("email", "sms"), "sms"),
        (" | 07700900123 | yes | yes | email", "auto", ("email",), "channel-not-supported"),
        (" | 07700900123 | yes | yes | email", "email", ("email",), "no-address"),
        ("a@example,com | | yes | | ", "email", ("email",), "invalid-address"),
        (" | | yes | | ", "auto", ("email",), "no-address"),
        (" | | | | ", "auto", ("email",), "no-consent"),
        ("a@example.com | 07700900123 | yes | | ", "sms", ("email", "sms"), "no-consent"),
        ("a@example.com | 07700900123 | yes | yes | ", "sms", ("email",), "channel-not-supported"),
    ],
)
def test_a_message_takes_the_preferred_channel_that_reaches_her(
    cells: str, campaign_channel: str, channels: tuple[str, ...], expected: str
) -> None:
    clients = f"""
    client_id | name | birthday   | email | phone | email_consent | sms_consent | channel
    1         | Anna | 1990-05-05 | {cells}
    """
    files = {**FILES, ("en", "birthday", "sms"): "Happy birthday"}
    salon = Salon(clients, campaigns=campaign("birthday", channel=campaign_channel), files=files)
    composition = salon.compose("2026-05-05", channels=channels)
    assert [m.channel for m in composition.messages] + [h.reason for h in composition.held] == [expected]


@pytest.mark.parametrize("no_contact", ["", "yes"])
def test_a_merged_row_gets_nothing_and_is_not_held_either(no_contact: str) -> None:
    clients = f"""
    client_id | name | email         | email_consent | birthday   | merged_into | no_contact
    1         | Anna | a@example.com | yes           | 1990-05-05 |             |
    2         | Ana  | b@example.com | yes           | 1990-05-05 | 1           | {no_contact}
    """
    salon = Salon(clients, campaigns=campaign("birthday"))
    assert (salon.keys("2026-05-05"), salon.held("2026-05-05")) == ([("1", "2026")], [])


def test_a_client_without_an_id_is_held() -> None:
    clients = "client_id | name | email | email_consent | birthday\n | Anna | a@example.com | yes | 1990-05-05"
    assert Salon(clients, campaigns=campaign("birthday")).held("2026-05-05") == [("", "no-id-yet")]


@pytest.mark.parametrize(("household", "expected"), [("", ["1"]), ("Smith", ["1", "2"])])
def test_no_address_gets_the_same_twice_for_one_occasion_households_apart(household: str, expected: list[str]) -> None:
    clients = f"""
    client_id | name  | email         | email_consent | birthday   | household
    1         | Anna  | a@example.com | yes           | 1990-05-05 | {household}
    2         | Berta | A@example.com | yes           | 2015-05-05 | {household}
    """
    salon = Salon(clients, campaigns=campaign("birthday"))
    assert [client for client, _ in salon.keys("2026-05-05")] == expected
    after = ledger_of(salon.compose("2026-05-05"))  # and not in the next run either
    assert salon.keys("2026-05-05", after) == []


def test_an_address_that_got_it_under_another_id_does_not_get_it_again() -> None:
    salon = Salon(ANNA, campaigns=campaign("birthday"))
    assert salon.held("2026-11-27", record("C", "99", "2026", "sent", to="anna@example.com")) == [
        ("1", "duplicate-address")
    ]


# ---- words -------------------------------------------------------------------------------------------------------


def test_a_missing_value_holds_that_one_person_and_is_a_problem() -> None:
    clients = """
    client_id | name  | email         | email_consent | birthday   | city
    1         | Anna  | a@example.com | yes           | 1990-05-05 | York
    2         | Berta | b@example.com | yes           | 1990-05-05 |
    """
    files = {("en", "birthday", "email"): "Subject: Hi\n\nGreetings to {{ city }}!"}
    composition = Salon(clients, campaigns=campaign("birthday"), files=files).compose("2026-05-05")
    assert [m.key.client_id for m in composition.messages] == ["1"]
    assert [(h.client_id, h.reason, h.detail) for h in composition.held] == [("2", "empty-field", "City")]
    assert [(p.code, p.row, p.field) for p in composition.problems] == [("missing-required", 3, "city")]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("Hi {{ name", ("template-error", "birthday")),
        ("Hi {{ naem }}", ("unknown-field", "naem")),
    ],
)
def test_a_broken_text_sends_nothing_and_is_a_problem(body: str, problem: tuple[str, str]) -> None:
    texts = f"template | language | channel | subject | body\nbirthday | en | email | Hi | {body}"
    composition = Salon(ANNA, campaigns=campaign("birthday"), texts=texts).compose("2026-11-27")
    assert (composition.messages, [h.reason for h in composition.held]) == ((), ["template-error"])
    assert [(p.code, p.table, p.row, p.field) for p in composition.problems] == [(problem[0], "Texts", 2, "body")]


def test_a_campaign_whose_text_does_not_exist_is_a_problem() -> None:
    composition = Salon(ANNA, campaigns=campaign("birthday", template="brithday")).compose("2026-11-27")
    assert [(p.code, p.table, p.row, p.field, p.value) for p in composition.problems] == [
        ("unknown-template", "Campaigns", 2, "template", "brithday")
    ]
    assert [h.reason for h in composition.held] == ["unknown-template"]


def test_a_text_knows_the_visit_it_is_about() -> None:
    text = (
        "Subject: {{ visit.date|day }}\n\n{{ visit.time|time }} {{ visit.service }}"
        "{% if visit.staff %} with {{ visit.staff }}{% endif %}"
    )
    visits = """
    date       | time  | client | service | status  | staff
    2026-07-20 | 15:30 | 1      | Cut     | planned | Eve
    2026-07-20 | 16:00 | 1      | Colour  | planned |
    """
    salon = Salon(ANNA, visits, campaign("reminder", days="-1"), files={("en", "reminder", "email"): text})
    [message] = salon.compose("2026-07-19").messages
    assert (message.subject, message.text) == ("Monday, 20 July", "15:30 Cut, Colour with Eve")


def test_marketing_says_how_to_get_no_more_and_service_does_not() -> None:
    salon = Salon(ANNA, VISITS, campaign("birthday"))
    [marketing] = salon.compose("2026-11-27").messages
    assert marketing.text.endswith("just reply STOP.")
    [service] = replace(salon, campaigns=campaign("reminder", days="-1")).compose("2026-07-19").messages
    assert "STOP" not in service.text


def test_each_client_is_written_to_in_her_language_else_in_that_of_the_workbook() -> None:
    clients = """
    client_id | name | email         | email_consent | birthday   | language
    1         | Anna | a@example.com | yes           | 1990-05-05 | Polish
    2         | Olga | b@example.com | yes           | 1990-05-05 | Klingon
    3         | Anna | c@example.com | yes           | 1990-05-05 |
    """
    files = {(code, "birthday", "email"): f"Subject: {code}\n\n{{{{ salutation }}}}" for code in ("en", "pl", "it")}
    salon = Salon(clients, campaigns=campaign("birthday"), files=files, settings=Settings(language="it"))
    assert [m.subject for m in salon.compose("2026-05-05").messages] == ["pl", "it", "it"]


# ---- why ---------------------------------------------------------------------------------------------------------


def test_why_gives_each_client_one_reason_for_each_active_campaign() -> None:
    clients = """
    client_id | name  | email         | email_consent | birthday
    1         | Anna  | a@example.com | yes           | 1990-05-05
    2         | Berta | b@example.com | yes           | 1990-06-01
    3         | Cleo  | c@example.com | yes           |
    4         | Dora  | d@example.com |               | 1990-05-05
    5         | Ewa   | e@example.com | yes           | 1990-05-04
    """
    ledger = record("C", "5", "2026", "sent")
    composition = Salon(clients, campaigns=campaign("birthday")).compose("2026-05-05", ledger, why=True)
    assert [m.key.client_id for m in composition.messages] == ["1"]
    assert sorted((h.client_id, h.reason, str(h.due)) for h in composition.held) == [
        ("2", "not-due", "2026-06-01"),
        ("3", "no-birthday", "None"),
        ("4", "no-consent", "2026-05-05"),
        ("5", "already-sent", "2026-05-04"),
    ]


def test_why_shows_the_real_day_of_those_outside_the_segment_and_of_a_day_that_is_over() -> None:
    clients = """
    client_id | name  | email         | email_consent | birthday   | city
    1         | Anna  | a@example.com | yes           | 1990-06-01 | Rome
    """
    rules = "segment | rule\nIn Oslo | city == 'Oslo'"
    salon = Salon(clients, campaigns=campaign("birthday", segment="In Oslo"), segments=rules)
    visits = "date | client\n2026-01-05 | 1"
    thanks = Salon(clients, visits, campaigns=campaign("thank-you", days="1"))
    found = [s.compose("2026-05-05", why=True).held[0] for s in (salon, thanks)]
    assert [(h.reason, str(h.due)) for h in found] == [
        ("not-in-segment", "2026-06-01"),
        ("long-past", "2026-01-06"),
    ]


# ---- names of campaigns ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["greetings ", "GREETINGS", "  Gréetings"])
def test_a_campaign_whose_name_is_only_spelt_otherwise_greets_nobody_again(name: str) -> None:
    salon = Salon(ANNA, campaigns=campaign("birthday").replace("\nC |", f"\n{name} |"))
    ledger = record("Greetings", "1", "2026", "sent")
    assert salon.keys("2026-11-27", ledger) == []
    assert salon.held("2026-11-27", ledger, why=True) == [("1", "already-sent")]


def test_a_message_tried_under_another_spelling_of_the_campaign_keeps_its_key() -> None:
    salon = Salon(ANNA, campaigns=campaign("birthday").replace("\nC |", "\ngreetings |"))
    (message,) = salon.compose("2026-11-27", record("Greetings", "1", "2026", "queued")).messages
    assert message.key == Key("Greetings", "1", "2026")


def test_an_address_that_had_the_campaign_under_another_spelling_gets_it_not_again() -> None:
    salon = Salon(ANNA, campaigns=campaign("birthday").replace("\nC |", "\ngreetings |"))
    key = Key("Greetings", "7", "2026")
    sent = SentRecord(key, "sent", to="anna@example.com")
    assert salon.held("2026-11-27", Ledger({key: sent}, first_run=date(2000, 1, 1))) == [("1", "duplicate-address")]


def test_a_campaign_told_apart_by_a_sign_is_another_one() -> None:
    salon = Salon(ANNA, campaigns=campaign("birthday").replace("\nC |", "\nPromo (VIP) |") + "\nPromo | no | birthday")
    assert salon.keys("2026-11-27", record("Promo", "1", "2026", "sent")) == [("1", "2026")]


def test_a_client_id_that_became_a_number_is_the_same_id() -> None:
    assert Salon(ANNA, campaigns=campaign("birthday")).keys("2026-11-27", record("C", "1.0", "2026", "sent")) == []


# ---- the table ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("C | yes | birthday | -3 | | 5 |", None),
        ("C | yes | | | | |", ("missing-required", "trigger")),
        (" | yes | birthday | | | |", ("missing-required", "campaign")),
        ("C | yes | win-back | | | |", ("missing-required", "days")),
        ("C | yes | date | | | |", ("missing-required", "date")),
        ("C | yes | date | | 31.02. | |", ("invalid-date", "date")),
        ("C | yes | birthday | | | -1 |", ("invalid-number", "grace_days")),
        ("C | yes | birthday | 99999 | | |", ("invalid-number", "days")),
    ],
)
def test_a_row_of_campaigns_that_cannot_run_is_a_problem(row: str, problem: tuple[str, str] | None) -> None:
    table = cleaned(
        "Campaigns", f"campaign | active | trigger | days | date | grace_days | segment\n{row}", date(2026, 1, 1)
    )
    campaigns, problems = read_campaigns(table)
    assert [(p.code, p.field) for p in problems] == ([problem] if problem else [])
    assert len(campaigns) == (0 if problem else 1)


def test_of_two_campaigns_of_one_name_the_first_runs() -> None:
    table = cleaned("Campaigns", "campaign | trigger\nHello | birthday\nhello | rebook", date(2026, 1, 1))
    campaigns, problems = read_campaigns(table)
    assert [c.trigger for c in campaigns] == ["birthday"]
    assert [(p.code, p.row, p.field, p.params["other_row"]) for p in problems] == [("duplicate-id", 3, "campaign", "2")]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (date(2026, 12, 24), DateOf(day=date(2026, 12, 24))),
        ("2026-12-24", DateOf(day=date(2026, 12, 24))),
        ("24.12.2026", DateOf(day=date(2026, 12, 24))),
        ("12-24", DateOf(month_day=1224, yearly=True)),
        ("yearly 2020-12-24", DateOf(month_day=1224, yearly=True)),
        ("co roku wedding", DateOf(column="wedding", yearly=True)),
        ("wedding", DateOf(column="wedding")),
        ("13-40", None),
        ("2026-02-30", None),
    ],
)
def test_the_date_of_a_campaign_is_read_as_people_write_it(cell: object, expected: DateOf | None) -> None:
    assert parse_date_of(cell) == expected


def test_a_key_stays_the_same_whatever_is_edited_around_it() -> None:
    salon = Salon(ANNA, VISITS, campaign("birthday"))
    [before] = salon.compose("2026-11-27").messages
    edited = ANNA.replace("Anna Smith", "Anna Jones").replace("anna@", "jones@")
    [after] = (
        Salon(
            "\n".join([*edited.strip().splitlines(), "9 | Zoe | z@example.com | yes | 1990-01-01 |"]),
            VISITS,
            campaign("birthday", days="-1"),
        )
        .compose("2026-11-26")
        .messages
    )
    assert (before.key, before.key.digest) == (after.key, after.key.digest)
    assert before.key == Key("C", "1", "2026")
    assert isinstance(after, Message)


@pytest.mark.slow
def test_a_year_of_ten_thousand_clients_is_found_within_seconds() -> None:
    rng = np.random.default_rng(1)
    lines = [
        f"{i} | Anna {i} | a{i}@example.com | yes | {1960 + i % 40}-{rng.integers(1, 13):02}-{rng.integers(1, 29):02}"
        for i in range(1, 10_001)
    ]
    salon = Salon(
        "client_id | name | email | email_consent | birthday\n" + "\n".join(lines), campaigns=campaign("birthday")
    )
    assert len(salon.compose("2026-01-01", days=365).messages) == 10_000
