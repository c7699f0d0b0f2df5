"""Why: one line for each client and each active campaign of the day, whatever becomes of it."""

from __future__ import annotations

from datetime import date

import pytest
from text_tables import Salon, ledger_of

from sheetcrm.crm.values import Key, Ledger, SentRecord

CLIENTS = """
client_id | name  | email         | email_consent | birthday   | city | merged_into
1         | Anna  | a@example.com | yes           | 1990-05-05 | Oslo |
2         | Berta | b@example.com | yes           | 1990-06-01 | Oslo |
3         | Cleo  | c@example.com | yes           |            | Oslo |
4         | Dora  | d@example.com |               | 1990-05-05 | Oslo |
5         | Ewa   | e@example.com | yes           | 1990-05-05 | Oslo |
6         | Fran  | f@example.com | yes           | 1990-05-04 | Oslo |
7         | Gina  | g@example.com | yes           | 1990-05-05 | Rome |
8         | Ann   | h@example.com | yes           | 1990-05-05 | Oslo | 1
"""
CAMPAIGNS = """
campaign | active | trigger  | segment
Greeting | yes    | birthday | In Oslo
Autumn   | yes    | thank-you |
Off      | no     | birthday |
"""
SALON = Salon(CLIENTS, campaigns=CAMPAIGNS, segments="segment | rule\nIn Oslo | city == 'Oslo'")
SENT = [
    SentRecord(Key("Greeting", "5", "2026"), "sent", date(2026, 5, 5), "2026-05-05T08:00:00", "e@example.com", "email"),
    SentRecord(Key("Greeting", "6", "2026"), "sent", date(2026, 5, 4), "2026-05-04T08:00:00", "f@example.com", "email"),
]
LEDGER = Ledger(sent={r.key: r for r in SENT}, first_run=date(2000, 1, 1))


def lines(day: str = "2026-05-05") -> list[tuple[int, str, str, str, str, str]]:
    found = SALON.compose(day, LEDGER)
    assert found.reasons is not None
    told = list(found.reasons.lines(found.messages, found.held))
    assert found.reasons.count(found.messages, found.held) == len(told)
    return [(t.client + 1, t.campaign, str(t.due or "")[5:], t.status, t.channel, t.reason) for t in told]


def test_each_client_has_one_line_for_each_active_campaign_those_that_got_it_first() -> None:
    assert lines() == [
        (5, "Greeting", "05-05", "sent", "email", ""),
        (1, "Greeting", "05-05", "due", "email", ""),
        (4, "Greeting", "05-05", "held", "", "no-consent"),
        *[(1, "Autumn", "", "not-due", "", "no-visit")],
        (2, "Greeting", "06-01", "not-due", "", "not-due"),
        (2, "Autumn", "", "not-due", "", "no-visit"),
        (3, "Greeting", "", "not-due", "", "no-birthday"),
        (3, "Autumn", "", "not-due", "", "no-visit"),
        (4, "Autumn", "", "not-due", "", "no-visit"),
        (5, "Autumn", "", "not-due", "", "no-visit"),
        (6, "Greeting", "05-04", "not-due", "", "already-sent"),
        (6, "Autumn", "", "not-due", "", "no-visit"),
        (7, "Greeting", "05-05", "not-due", "", "not-in-segment"),
        (7, "Autumn", "", "not-due", "", "no-visit"),
    ]


@pytest.mark.parametrize("why", [True, False])
def test_those_not_due_are_the_same_whether_the_plan_was_asked_why_or_not(why: bool) -> None:
    found = SALON.compose("2026-05-05", LEDGER, why=why)
    assert found.reasons is not None
    not_due = [line.reason for line in found.reasons.lines(found.messages, found.held) if line.status == "not-due"]
    assert (sorted(not_due), sum(h.reason != "no-consent" for h in found.held)) == (
        ["already-sent", "no-birthday", *["no-visit"] * 7, "not-due", "not-in-segment"],
        12 if why else 0,
    )


def test_a_plan_that_was_sent_says_so_of_everybody_whom_it_reached() -> None:
    found = SALON.compose("2026-05-05")
    after = SALON.compose("2026-05-05", ledger_of(found, at="2026-05-05T09:00:00"))
    assert after.reasons is not None
    sent = [t.client + 1 for t in after.reasons.lines(after.messages, after.held) if t.status == "sent"]
    assert (sent, after.messages) == ([6, 1, 5], ())


def why_of(campaign: str, visits: str, ledger: Ledger) -> tuple[str, str]:
    """Return (reason, day) of the only client."""
    one = Salon("\n".join(CLIENTS.splitlines()[:3]), visits, campaigns=f"campaign | active | {campaign}")
    (held,) = one.compose("2026-05-05", ledger, why=True).held
    return held.reason, str(held.due or "")


def test_a_day_long_past_was_before_the_first_run_or_is_over_and_is_never_still_to_come() -> None:
    thanks, visit = "trigger | days\nT | yes | thank-you | 1", "date | client | status\n2025-11-01 | 1 | done"
    record = SentRecord(Key("T", "1", "2025-11-01"), "sent", date(2025, 11, 2), "2025-11-02T08:00:00", "a@example.com")
    assert why_of(thanks, visit, Ledger(first_run=date(2026, 5, 1))) == ("before-first-run", "2025-11-02")
    assert why_of(thanks, visit, Ledger()) == ("before-first-run", "2025-11-02")
    assert why_of(thanks, visit, Ledger(first_run=date(2025, 1, 1))) == ("long-past", "2025-11-02")
    sent = Ledger(sent={record.key: record}, first_run=date(2025, 1, 1))
    assert why_of(thanks, visit, sent) == ("already-sent", "2025-11-02")


def test_who_has_no_visit_booked_is_reminded_of_none_on_no_day() -> None:
    reminder, done = "trigger | days\nR | yes | reminder | -1", "date | client | status\n2026-05-01 | 1 | done"
    assert why_of(reminder, done, Ledger(first_run=date(2026, 5, 1))) == ("no-next-visit", "")
    booked = "date | client | status\n2026-05-09 | 1 | planned"
    assert why_of(reminder, booked, Ledger(first_run=date(2026, 5, 1))) == ("not-due", "2026-05-08")
