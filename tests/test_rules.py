"""Which of the messages that are due go on which day: caps, cooldowns, one a day, closed days, hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_tables import FILES, Salon, cleaned

from sheetcrm.crm.campaigns import Composition
from sheetcrm.crm.settings import Settings
from sheetcrm.crm.spoken import UNREAD
from sheetcrm.crm.values import Doubt, Key, Ledger, SentRecord, Suppressed, mark_of

ANNA = """
client_id | name       | email            | phone         | email_consent | sms_consent | birthday   | client_since | contact_time
1         | Anna Smith | anna@example.com | +447400123456 | yes           | yes         | 1990-05-10 | 2020-05-10   |
"""
LOUD = Settings(business="Malva", quiet_hours=None)
SMS = {(code, name, "sms"): "Hello." for code, name, channel in FILES}


def campaigns(*lines: str) -> str:
    head = "campaign | trigger | date | days | priority | grace_days | cooldown_days | purpose | channel | active"
    return "\n".join([head, *(f"{line}{' |' * (8 - line.count('|'))} | yes" for line in lines)])


def salon(*lines: str, clients: str = ANNA, settings: Settings = LOUD, **more: str) -> Salon:
    return Salon(clients, campaigns=campaigns(*lines), settings=settings, files={**FILES, **SMS}, **more)


def sent(*lines: str, first_run: date = date(2000, 1, 1)) -> Ledger:
    """Read `campaign occasion day [purpose [client [status [channel]]]]` lines as a ledger."""
    records = []
    for line in lines:
        name, occasion, day, purpose, client, status, channel = [
            *line.split(),
            *("marketing", "1", "sent", "email")[len(line.split()) - 3 :],
        ]
        key = Key(name, client, occasion)
        records.append(SentRecord(key, status, date.fromisoformat(day), f"{day}T10:00:00", "", channel, purpose))
    return Ledger(sent={record.key: record for record in records}, first_run=first_run)


def going(found: Composition) -> list[tuple[str, str]]:
    """Return (day, campaign) of what goes."""
    return [(m.day.isoformat()[5:], m.key.campaign) for m in found.messages]


def why(found: Composition) -> list[tuple[str, str, str]]:
    """Return (campaign, reason, until) of what is held."""
    return [(h.campaign, h.reason, h.detail) for h in found.held]


# ---- cap and cooldown --------------------------------------------------------------------------------------------

THREE = ("A|date|05-10", "B|date|05-11", "C|date|05-12")


def test_a_third_marketing_message_in_thirty_days_waits_until_the_first_is_thirty_days_old() -> None:
    found = salon(*THREE).compose("2026-05-10", days=3)
    assert (going(found), why(found)) == (
        [("05-10", "A"), ("05-11", "B")],
        [("C", "cap", "(until 09/06/2026: too late to be sent then)")],
    )


@pytest.mark.parametrize(
    ("line", "goes"),
    [
        ("X 1 2026-04-11", False),  # 29 days before
        ("X 1 2026-04-10", True),
        ("X 1 2026-05-01 service", True),
        ("X 1 2026-05-01 marketing 1 unknown", False),
        ("X 1 2026-05-01 marketing 1 sending", False),
        ("X 1 2026-05-01 marketing 1 failed", True),
        ("X 1 2026-05-01 marketing 1 skipped", True),
        ("X 1 2026-05-01 marketing 2", True),
        ("X 1 2026-05-01 marketing 1.0", False),
        ("X 1 2026-05-01 marketing 1 sent call", False),
    ],
)
def test_the_cap_counts_what_reached_her_or_may_have_by_the_day_it_went(line: str, goes: bool) -> None:
    ledger = sent("X 0 2026-05-02", line)
    assert (going(salon(THREE[0]).compose("2026-05-10", ledger)) != []) is goes


def test_what_went_to_somebody_merged_into_her_counts_for_the_cap_too() -> None:
    clients = f"{ANNA.replace('contact_time', 'contact_time | merged_into')}2 | Ann | | | | | | | | 1"
    ledger = sent("X 0 2026-05-02", "X 1 2026-05-03 marketing 2")
    assert why(salon(THREE[0], clients=clients).compose("2026-05-10", ledger)) == [
        ("A", "cap", "(until 01/06/2026: too late to be sent then)")
    ]


def test_a_service_message_knows_no_cap() -> None:
    ledger = sent("X 0 2026-05-02", "X 1 2026-05-03")
    assert going(salon("A|date|05-10|||||service").compose("2026-05-10", ledger)) == [("05-10", "A")]


@pytest.mark.parametrize(
    ("cap", "days"), [(None, ["05-10", "05-11", "05-12"]), ((0, 30), []), ((1, 2), ["05-10", "05-12"])]
)
def test_the_cap_is_a_setting(cap: tuple[int, int] | None, days: list[str]) -> None:
    found = salon(*(f"{line}||0|1" for line in THREE), settings=replace(LOUD, cap=cap)).compose("2026-05-10", days=3)
    assert [day for day, _ in going(found)] == days


def test_who_wins_a_day_is_told_by_priority_then_the_due_day_then_the_row() -> None:
    first = salon("A|date|05-10||1", "B|date|05-10||5", "C|date|05-09||1", "D|date|05-10||1")
    found = first.compose("2026-05-10", days=5, ledger=None)
    assert going(replace(first, settings=replace(LOUD, cap=None)).compose("2026-05-10", days=5)) == [
        ("05-10", "B"),
        ("05-11", "C"),
        ("05-12", "A"),
    ]
    assert (going(found), why(found)[-1][:2]) == ([("05-10", "B"), ("05-11", "C")], ("D", "cap"))


def test_a_campaign_rests_for_its_cooldown_whatever_it_was_about() -> None:
    visits = "date | client | status\n2026-05-09 | 1 | done\n2026-05-14 | 1 | done"
    resting = salon("T|thank-you||1|||7", visits=visits)
    ledger = sent("T 2026-05-09 2026-05-10")
    assert why(resting.compose("2026-05-15", ledger)) == [("T", "cooldown", "(until 17/05/2026)")]
    assert going(resting.compose("2026-05-17", ledger)) == [("05-17", "T")]
    assert going(salon("T|thank-you||1|||", visits=visits).compose("2026-05-15", ledger)) == [("05-15", "T")]


# ---- one message a day ---------------------------------------------------------------------------------------------


def test_of_two_messages_of_a_day_the_lower_one_follows_on_the_next() -> None:
    found = salon("A|date|05-10||1", "B|date|05-10||5").compose("2026-05-10")
    assert (going(found), why(found)) == ([("05-10", "B")], [("A", "another-today", "(until 11/05/2026)")])
    later = salon("A|date|05-10||1", "B|date|05-10||5").compose("2026-05-10", days=2)
    assert [(m.key.campaign, m.day.day, m.waits) for m in later.messages] == [("B", 10, ""), ("A", 11, "another-today")]


def test_marketing_and_service_do_not_stand_in_each_others_way() -> None:
    found = salon("A|date|05-10", "B|date|05-10|||||service").compose("2026-05-10")
    assert sorted(going(found)) == [("05-10", "A"), ("05-10", "B")]


def test_what_went_today_already_lets_the_other_one_wait() -> None:
    assert why(salon("A|date|05-10").compose("2026-05-10", sent("X 1 2026-05-10"))) == [
        ("A", "another-today", "(until 11/05/2026)")
    ]


ALSO = {
    ("en", "date", "email"): "Subject: x\n\nHello.{% if 'rebook' in also %} Come back: {{ also | join }}.{% endif %}"
}
VISITS = "date | client | status\n2026-03-10 | 1 | done\n2026-04-10 | 1 | done"


def test_a_text_that_mentions_the_other_message_settles_it() -> None:
    both = salon("A|date|05-10||5", "Come again|rebook", visits=VISITS)
    both.files.update(ALSO)
    found = both.compose("2026-05-11", ledger=sent())
    assert [(m.text.splitlines()[0], [k.campaign for k in m.also]) for m in found.messages] == [
        ("Hello. Come back: Come again.", ["Come again"])
    ]
    assert why(found) == [("Come again", "joined", "")]


def test_what_a_text_does_not_mention_waits_for_its_own_day() -> None:
    both = salon("A|date|05-10||5", "B|birthday")
    both.files["en", "date", "email"] = "Subject: x\n\nHello.{% if 'rebook' in also %} Come back.{% endif %}"
    found = both.compose("2026-05-10")
    assert ([m.also for m in found.messages], why(found)) == ([()], [("B", "another-today", "(until 11/05/2026)")])


def test_a_text_that_could_mention_others_is_as_it_was_where_there_are_none() -> None:
    alone = salon("A|date|05-10||5")
    alone.files.update(ALSO)
    assert [(m.text.splitlines()[0], m.also) for m in alone.compose("2026-05-10").messages] == [("Hello.", ())]


TOMORROW = "date | time | client | status\n2026-05-11 | 15:00 | 1 | planned"


@pytest.mark.parametrize("also", [True, False])
def test_a_reminder_is_never_lost_for_another_message(also: bool) -> None:
    both = salon("R|reminder||-1", "S|date|05-10||9|||service", visits=TOMORROW)
    both.files.update(ALSO if also else {})
    assert sorted(going(both.compose("2026-05-10"))) == [("05-10", "R"), ("05-10", "S")]


def test_a_message_whose_words_lack_something_takes_nobodys_place() -> None:
    lacking = salon("A|date|05-10||5", "B|birthday||||||")
    lacking.files["en", "date", "email"] = "Subject: x\n\n{{ city }}"
    found = lacking.compose("2026-05-10")
    assert (going(found), why(found)) == ([("05-10", "B")], [("A", "empty-field", "City")])


@pytest.mark.parametrize(
    ("word", "expected"),
    [("no", [("05-10", "A"), ("05-10", "B")]), ("yes", [("05-10", "B")]), ("done", [("05-10", "B")])],
)
def test_a_message_that_she_has_refused_takes_nobodys_place(word: str, expected: list[tuple[str, str]]) -> None:
    both = salon("A|date|05-10||1", "B|date|05-10||5")
    key = Key("B", "1", "2026-05-10").short
    assert sorted(going(both.compose("2026-05-10", ticks={key: word}))) == expected


def test_what_waits_for_her_tick_is_not_settled_by_another_message_before() -> None:
    lines = campaigns("A|date|05-10||5", "B|date|05-10||1").replace("active", "active | approval").splitlines()
    both = replace(salon(), campaigns="\n".join([lines[0], lines[1], f"{lines[2]} | tick"]))
    both.files["en", "date", "email"] = "Subject: x\n\nHello. {{ also | join if also else '' }}"
    assert [m.also for m in both.compose("2026-05-10").messages] == [()]
    ticked = both.compose("2026-05-10", ticks={Key("B", "1", "2026-05-10").short: "yes"})
    assert [[key.campaign for key in m.also] for m in ticked.messages] == [["B"]]


def test_a_message_that_waits_for_her_tick_gives_way_to_one_that_goes() -> None:
    lines = campaigns("A|date|05-10||1", "B|date|05-10||5").replace("active", "active | approval").splitlines()
    both = replace(salon(), campaigns="\n".join([lines[0], lines[1], f"{lines[2]} | tick"]))
    assert going(both.compose("2026-05-10")) == [("05-10", "A")]
    ticked = both.compose("2026-05-10", ticks={Key("B", "1", "2026-05-10").short: "yes"})
    assert going(ticked) == [("05-10", "B")]


# ---- closed days ---------------------------------------------------------------------------------------------------

SUNDAY = replace(LOUD, closed_days=("sun",))  # 10 May 2026 is one


def test_a_greeting_for_a_closed_day_goes_on_the_next_open_one_and_knows_that_it_is_late() -> None:
    closed = salon("A|birthday", settings=SUNDAY)
    closed.files["en", "birthday", "email"] = "Subject: x\n\n{{ late }} {{ due | date }} {{ on | date }}"
    today = closed.compose("2026-05-10")
    assert (going(today), why(today)) == ([], [("A", "closed-day", "(until 11/05/2026)")])
    for ahead in (closed.compose("2026-05-10", days=2), closed.compose("2026-05-11")):
        assert [(m.due.day, m.day.day, m.text.splitlines()[0]) for m in ahead.messages] == [
            (10, 11, "1 10/05/2026 11/05/2026")
        ]


@pytest.mark.parametrize(
    ("closed", "visit", "day"),
    [
        (("sun",), "2026-05-11", "05-09"),  # Monday's visit: on Saturday instead of Sunday
        (("sat", "sun"), "2026-05-11", "05-08"),
        (("2026-05-03/2026-05-10",), "2026-05-11", "05-02"),
        (("--05-10",), "2026-05-11", "05-09"),
        ((), "2026-05-11", "05-10"),
    ],
)
def test_a_reminder_goes_before_the_closed_days(closed: tuple[str, ...], visit: str, day: str) -> None:
    visits = f"date | time | client | status\n{visit} | 15:00 | 1 | planned"
    reminding = salon("R|reminder||-1", visits=visits, settings=replace(LOUD, closed_days=closed))
    assert going(reminding.compose("2026-05-01", days=31)) == [(day, "R")]
    assert going(reminding.compose(f"2026-{day}")) == [(day, "R")]


def test_a_reminder_that_could_not_go_before_the_closed_days_goes_after_them_before_the_visit() -> None:
    reminding = salon("R|reminder||-1", visits=TOMORROW, settings=SUNDAY)
    assert why(reminding.compose("2026-05-10")) == [("R", "closed-day", "(until 11/05/2026)")]
    assert going(reminding.compose("2026-05-11", now=time(8))) == [("05-11", "R")]


def test_holidays_are_closed_days_too() -> None:
    days = cleaned("Holidays", "date | note\n2026-05-10 | Feast\n2026-05-11 | Feast", date(2026, 5, 10)).days("date")
    assert going(salon("A|birthday").compose("2026-05-10", days=5, holidays=days)) == [("05-12", "A")]


def test_what_would_be_too_late_after_the_closed_days_is_said_to_be_at_once_and_afterwards_why_it_was_missed() -> None:
    closed = replace(LOUD, closed_days=("2026-05-10/2026-05-12",))
    for day in ("2026-05-10", "2026-05-12"):
        assert why(salon("A|birthday", settings=closed).compose(day)) == [
            ("A", "closed-day", "(until 13/05/2026: too late to be sent then)")
        ]
    assert why(salon("A|birthday", settings=closed).compose("2026-05-13")) == [
        ("A", "too-late", "(closed on the days on which it could have gone)")
    ]


@pytest.mark.parametrize(
    ("line", "ledger", "said"),
    [
        ("A|date|05-10", ("X 1 2026-05-01", "Y 1 2026-05-02"), "(had had enough messages for the time)"),
        ("A|date|05-10", ("X 1 2026-05-01", "Y 1 2026-04-10"), ""),  # free on the second of its three days
        ("A|date|05-10|||0||service", ("X 1 2026-05-10 service",), "(another message went instead)"),
        ("A|date|05-10|||1||service", ("X 1 2026-05-10 service",), ""),
        (
            "A|date|05-10|||0|5|service",
            ("A x 2026-05-06 service",),
            "(the message before of this campaign was too recent)",
        ),
        ("A|date|05-10|||0|5|service", ("A x 2026-05-05 service",), ""),
        ("A|date|05-10", ("X 1 2026-05-13", "Y 1 2026-05-13"), ""),  # what went afterwards
        ("A|date|05-10|||0||service", (), ""),
    ],
)
def test_of_what_is_too_late_it_is_told_which_rule_kept_it_on_all_its_days(
    line: str, ledger: tuple[str, ...], said: str
) -> None:
    assert why(salon(line).compose("2026-05-15", sent(*ledger))) == [("A", "too-late", said)]


@pytest.mark.parametrize(
    ("approval", "word", "ledger", "said"),
    [
        ("tick", "", (), "(waited for your tick)"),
        ("tick", "yes", (), ""),
        ("tick", "no", (), ""),
        ("auto", "", (), ""),
        # which no tick would have changed
        ("tick", "", ("X 1 2026-05-01", "Y 1 2026-05-02"), "(had had enough messages for the time)"),
    ],
)
def test_of_what_is_too_late_without_her_tick_it_is_told_that_it_waited_for_it(
    approval: str, word: str, ledger: tuple[str, ...], said: str
) -> None:
    late = salon("A|date|05-10", settings=replace(LOUD, approval=approval))
    ticks = {Key("A", "1", "2026-05-10").short: word} if word else {}
    assert why(late.compose("2026-05-15", sent(*ledger), ticks=ticks)) == [("A", "too-late", said)]


def test_of_a_reminder_whose_visit_has_begun_it_is_told_that_it_waited_for_her_tick() -> None:
    visits = "date | time | client | status\n2026-05-10 | 09:00 | 1 | planned"
    reminding = salon("R|reminder||-1", visits=visits, settings=replace(LOUD, approval="tick"))
    assert why(reminding.compose("2026-05-10", now=time(10))) == [("R", "gone-by", "(waited for your tick)")]


def test_what_she_sends_herself_is_said_to_have_waited_for_no_tick() -> None:
    by_hand = salon("A|date|05-10||||||sms", settings=replace(LOUD, approval="tick"))
    assert why(by_hand.compose("2026-05-15")) == [("A", "too-late", "(waited for you to send it by hand)")]


def test_a_business_that_is_always_closed_sends_nothing_and_hangs_nowhere() -> None:
    closed = replace(LOUD, closed_days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    lines = ("A|birthday", "R|reminder||-1")
    found = salon(*lines, visits=TOMORROW, settings=closed).compose("2026-05-10", days=365, now=time(12))
    assert (going(found), sorted(why(found))) == ([], [("A", "closed-day", ""), ("R", "closed-day", "")])


def test_what_would_go_after_the_end_of_its_campaign_because_of_closed_days_does_not_go() -> None:
    ending = replace(salon(), campaigns="campaign | active | trigger | ends\nA | yes | birthday | 2026-05-10")
    assert going(ending.compose("2026-05-10", days=3)) == [("05-10", "A")]
    found = replace(ending, settings=SUNDAY).compose("2026-05-10", days=3)
    assert (going(found), [reason for _, reason, _ in why(found)]) == ([], ["closed-day"])


# ---- hours ---------------------------------------------------------------------------------------------------------

QUIET = replace(LOUD, quiet_hours=("20:00", "08:00"))


def wanting(wish: str) -> str:
    return ANNA.rstrip() + f" {wish}\n"


@pytest.mark.parametrize(
    ("now", "wish", "grace", "expected"),
    [
        ("07:59", "", 2, "quiet-hours (until 08:00)"),
        ("08:00", "", 2, "goes"),
        ("19:59", "", 2, "goes"),
        ("20:00", "", 2, "quiet-hours (until 11/05/2026, 08:00)"),
        ("20:00", "", 0, "goes"),  # the wait would outlast its grace
        ("00:00", "", 0, "quiet-hours (until 08:00)"),
        ("12:00", "after 18", 2, "contact-time (until 18:00)"),
        ("07:00", "after 18", 2, "contact-time (until 18:00)"),
        ("18:00", "after 18", 2, "goes"),
        ("20:30", "after 18", 2, "contact-time (until 11/05/2026, 18:00)"),
        ("13:00", "mornings", 2, "contact-time (until 11/05/2026, 08:00)"),
        ("13:00", "mornings", 0, "goes"),
        ("07:00", "mornings", 2, "quiet-hours (until 08:00)"),
        ("12:00", "weekdays", 2, "contact-time (until 11/05/2026, 08:00)"),  # it is a Sunday
        ("12:00", "22-23", 2, "goes"),  # never outside the quiet hours
        ("12:00", "whenever the cat is fed", 2, "goes"),
        ("12:00", "nie po 18", 2, "goes"),
    ],
)
def test_a_message_waits_for_the_end_of_quiet_hours_and_for_the_hours_she_wants(
    now: str, wish: str, grace: int, expected: str
) -> None:
    found = salon(f"A|birthday||||{grace}", clients=wanting(wish), settings=QUIET).compose(
        "2026-05-10", now=time.fromisoformat(now)
    )
    assert [f"{reason} {until}" for _, reason, until in why(found)] + ["goes" for _ in found.messages] == [expected]


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("", "waits-for-tick"),
        ("no", "stopped"),
        (UNREAD, "word-not-read"),
        ("yes", "quiet-hours"),
    ],
)
def test_what_stands_behind_her_word_and_the_night_is_told_by_her_word_however_far_one_plans(
    word: str, reason: str
) -> None:
    tonight = salon("A|birthday", settings=replace(QUIET, approval="tick"))
    ticks = {Key("A", "1", "2026").short: word} if word else {}
    today, week = (tonight.compose("2026-05-10", now=time(21), days=days, ticks=ticks) for days in (1, 7))
    assert [(h.reason, m.waits) for h, m in zip(today.held, week.messages, strict=True)] == [(reason, "quiet-hours")]


@pytest.mark.parametrize(
    ("visit", "now", "goes"),
    [("07:30", "21:00", True), ("09:00", "21:00", False), ("08:00", "21:00", True), ("", "21:00", False)],
)
def test_a_reminder_goes_at_once_where_the_visit_begins_before_the_quiet_hours_end(
    visit: str, now: str, goes: bool
) -> None:
    visits = f"date | time | client | status\n2026-05-11 | {visit} | 1 | planned"
    found = salon("R|reminder||-1", visits=visits, settings=QUIET).compose("2026-05-10", now=time.fromisoformat(now))
    assert (len(found.messages) == 1) is goes


def test_hours_matter_only_for_the_day_itself_and_where_the_time_is_known() -> None:
    late = salon("A|birthday||||", clients=wanting("after 23"), settings=replace(LOUD, quiet_hours=("00:00", "22:00")))
    assert going(late.compose("2026-05-10")) == [("05-10", "A")]
    assert going(late.compose("2026-05-09", days=2, now=time(3))) == [("05-10", "A")]


def test_a_message_that_waits_for_the_evening_has_its_place_in_the_day() -> None:
    both = salon("A|date|05-10||1", "B|date|05-10||5", clients=wanting("after 18"), settings=QUIET)
    found = both.compose("2026-05-10", now=time(12))
    assert (going(found), sorted(why(found))) == (
        [],
        [("A", "another-today", "(until 11/05/2026)"), ("B", "contact-time", "(until 18:00)")],
    )


def test_a_call_is_shown_at_any_hour() -> None:
    calls = salon(
        "A|birthday|||||||call",
        clients=wanting("after 18")
        .replace("contact_time", "call_consent | contact_time")
        .replace("2020-05-10   |", "2020-05-10 | yes |"),
        settings=QUIET,
    )
    calls.files["en", "birthday", "call"] = "Hello."
    assert [m.channel for m in calls.compose("2026-05-10", now=time(3)).messages] == ["call"]


# ---- channels ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "channels", "expected"),
    [
        ("SMS, email", ("email", "sms"), "sms"),
        ("email, sms", ("email", "sms"), "email"),
        ("sms; e-mail", ("email",), "email"),
        ("whatsapp, sms", ("email", "sms"), "sms"),
        ("whatsapp, auto", ("email", "sms"), "email"),
        ("auto", ("sms",), "sms"),
    ],
)
def test_channels_are_tried_in_the_campaigns_order(named: str, channels: tuple[str, ...], expected: str) -> None:
    found = salon(f"A|birthday|||||||{named}").compose("2026-05-10", channels=channels)
    assert ([m.channel for m in found.messages], found.problems) == ([expected], ())


@pytest.mark.parametrize(
    ("order", "expected"), [(("sms", "email"), "sms"), (("email",), "email"), (("whatsapp", "email"), "email")]
)
def test_the_order_of_auto_is_a_setting(order: tuple[str, ...], expected: str) -> None:
    found = salon("A|birthday", settings=replace(LOUD, channel_order=order)).compose(
        "2026-05-10", channels=("email", "sms")
    )
    assert [m.channel for m in found.messages] == [expected]


def test_who_wrote_stop_gets_no_marketing_there_but_another_channel_and_service() -> None:
    out = replace(sent(), suppressed={("email", mark_of("anna@example.com")): Suppressed("2026-05-01")})
    lines = ("A|date|05-10||||||email", "B|date|05-10|||||service|email", "C|date|05-11||||||email, sms")
    found = salon(*lines).compose("2026-05-10", out, days=2, channels=("email", "sms"))
    assert ([(m.key.campaign, m.channel) for m in found.messages], why(found)) == (
        [("B", "email"), ("C", "sms")],
        [("A", "opted-out", "")],
    )


def test_to_an_address_from_which_mail_comes_back_nothing_goes() -> None:
    back = replace(sent(), bounced=frozenset({mark_of("anna@example.com")}))
    lines = ("A|date|05-10|||||service|email", "C|date|05-11|||||service|email, sms")
    found = salon(*lines).compose("2026-05-10", back, days=2, channels=("email", "sms"))
    assert ([(m.key.campaign, m.channel) for m in found.messages], why(found)) == (
        [("C", "sms")],
        [("A", "bounced", "")],
    )


def test_a_reminder_that_went_before_closed_days_is_in_doubt_after_the_journal_was_lost() -> None:
    reminding = salon("R|reminder||-1", visits=TOMORROW, settings=SUNDAY)
    lost = replace(sent(), doubt=Doubt(date(2026, 5, 9)))
    assert why(reminding.compose("2026-05-11", lost, now=time(8))) == [("R", "unknown-history", "")]


# ---- whatever the campaigns, the days and the hours ----------------------------------------------------------------

LINE = st.builds(
    lambda trigger, day, days, priority, grace, cooldown: (
        f"{trigger}|{f'05-{day:02}' if trigger == 'date' else ''}|{days}|{priority}|{grace}|{cooldown}"
    ),
    st.sampled_from(["birthday", "anniversary", "date"]),
    st.integers(1, 31),
    st.integers(-5, 5),
    st.integers(0, 3),
    st.integers(0, 10),
    st.sampled_from(["", "3", "20"]),
)
CLOSED = st.lists(st.sampled_from(["sun", "mon", "2026-05-08/2026-05-12", "--05-10"]), max_size=3, unique=True)


def played(made: Salon, first: date, days: int, hours: Sequence[time | None]) -> list[tuple[date, str, str]]:
    """Run day by day, a run at each of the hours; return (day, campaign, occasion) of all that went."""
    records: dict[Key, SentRecord] = {}
    went = []
    for day in (first + timedelta(days=n) for n in range(days)):
        for now in hours:
            ledger = Ledger(sent=dict(records), first_run=date(2000, 1, 1))
            for m in made.compose(day.isoformat(), ledger, now=now).messages:
                at = f"{day}T{now or time(12)}"
                records[m.key] = SentRecord(m.key, "sent", m.due, at, m.to, m.channel, m.purpose)
                went.append((day, m.key.campaign, m.key.occasion))
    return went


@settings(max_examples=20, deadline=None)
@given(st.lists(LINE, min_size=1, max_size=5), CLOSED, st.integers(1, 3), st.integers(1, 12))
def test_nobody_gets_more_than_the_cap_in_any_window_nor_anything_twice(
    lines: list[str], closed: list[str], most: int, window: int
) -> None:
    rules = replace(LOUD, closed_days=tuple(closed), cap=(most, window))
    made = salon(*(f"C{n}|{line}" for n, line in enumerate(lines)), settings=rules)
    went = played(made, date(2026, 5, 1), 25, [None])
    days = [day for day, *_ in went]
    assert max((sum(0 <= (day - first).days < window for day in days) for first in days), default=0) <= most
    assert len({(name, occasion) for _, name, occasion in went}) == len(went)
    planned = made.compose("2026-05-01", days=25)
    assert [(m.day, m.key.campaign) for m in planned.messages] == [(day, name) for day, name, _ in went]


@settings(max_examples=12, deadline=None)
@given(LINE, st.lists(st.times(), min_size=1, max_size=2), st.sampled_from(["", "po 18", "mornings", "weekdays 9-10"]))
def test_nobody_loses_a_message_for_the_hours_who_would_get_it_without_them(
    line: str, hours: list[time], wish: str
) -> None:
    quiet, loud = (salon(f"A|{line}", clients=wanting(wish if s is QUIET else ""), settings=s) for s in (QUIET, LOUD))
    runs = [*sorted(hours), time(18, 30)]  # the last one lies in the hours of nearly all wishes
    begin, days = date(2026, 5, 1), 31 + 5 + 10  # until the last grace is over
    assert {w[1:] for w in played(quiet, begin, days, runs)} == {w[1:] for w in played(loud, begin, days, [None])}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=6))
def test_of_one_day_the_higher_priority_goes_first(priorities: list[int]) -> None:
    made = salon(*(f"C{n}|date|05-10||{p}|30" for n, p in enumerate(priorities)), settings=replace(LOUD, cap=None))
    names = [name for _, name in going(made.compose("2026-05-10", days=10))]
    assert names == [f"C{n}" for n, _ in sorted(enumerate(priorities), key=lambda one: -one[1])]
