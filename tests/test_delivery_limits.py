"""How many go in a day and in a minute: never more than the provider takes, and nobody is lost for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from command_line import CommandLine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sheetcrm as crm
from sheetcrm.crm.settings import Settings
from sheetcrm.crm.values import Delivery, Key, Message, Status
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.limits import Limits, Pace, beyond
from sheetcrm.delivery.records import SentRow
from sheetcrm.delivery.sending import deliver
from sheetcrm.testing import MemoryTransport, make_workbook

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DAY = date(2026, 11, 22)


def message(number: int, channel: str = "email") -> Message:
    key = Key("birthday", f"C{number}", "2026")
    return Message(key, "Anna", DAY, channel, f"c{number}@example.com", "Subject", "Text")


def messages(*numbers: int, channel: str = "email") -> list[Message]:
    return [message(n, channel) for n in numbers]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "state", "w1") as opened:
        yield opened


def held(journal: Journal, those: list[Message], limits: Limits, at: datetime = NOW) -> list[str]:
    return [key.client_id for key in beyond(those, limits, journal, at)]


@pytest.mark.parametrize(
    ("host", "user", "given", "expected"),
    [
        ("smtp.gmail.com", "anna@gmail.com", Settings(), ({"email": 450}, 0)),
        ("smtp.gmail.com", "anna@salon.example", Settings(), ({"email": 1900}, 0)),
        ("smtp.office365.com", "anna@salon.example", Settings(), ({"email": 1900}, 27)),
        ("smtp-mail.outlook.com", "anna@outlook.com", Settings(), ({"email": 270}, 0)),
        ("mail.salon.example", "anna@salon.example", Settings(), ({}, 0)),
        ("smtp.gmail.com", "anna@gmail.com", Settings(daily_limit=80), ({"email": 80, "sms": 80}, 0)),
        ("smtp.office365.com", "a@b.example", Settings(daily_limit=0, minute_limit=0), ({}, 0)),
        ("mail.salon.example", "", Settings(minute_limit=20), ({}, 20)),
    ],
)
def test_a_known_provider_sets_the_limit_until_the_owner_does(
    host: str, user: str, given: Settings, expected: tuple[dict[str, int], int]
) -> None:
    limits = Limits.of(given, SmtpConfig(host, 465, user))
    assert (limits.a_day, limits.a_minute) == expected


def test_without_a_mail_server_only_the_owners_limit_holds() -> None:
    assert (Limits.of(Settings(), None).a_day, Limits.of(Settings(daily_limit=5), None).a_day) == (
        {},
        {"email": 5, "sms": 5},
    )


def test_the_first_ones_go_and_each_channel_has_its_own_limit(journal: Journal) -> None:
    those = [*messages(1, 2, 3), *messages(4, 5, channel="sms"), *messages(6, channel="whatsapp")]
    assert held(journal, those, Limits({"email": 2, "sms": 1})) == ["C3", "C5"]


def test_what_went_or_may_have_gone_in_the_last_24_hours_counts_over_all_runs(journal: Journal) -> None:
    hours = {1: 25, 2: 23, 3: 2, 4: 1, 5: 1}
    outcomes = {n: Delivery(Status.SENT) for n in hours} | {3: Delivery(Status.UNKNOWN), 4: Delivery(Status.FAILED)}
    for number, ago in hours.items():
        journal.begin(message(number), NOW - timedelta(hours=ago))
        journal.finish(message(number).key, outcomes[number], NOW - timedelta(hours=ago))
    journal.record_by_hand(message(6), NOW)
    assert held(journal, messages(7, 8, 9), Limits({"email": 5})) == ["C9"]
    assert held(journal, messages(7, 8, 9), Limits({"email": 5}), NOW + timedelta(hours=2)) == []


def test_a_line_made_again_from_the_sheet_counts_by_the_business_own_clock(journal: Journal) -> None:
    journal.unite([SentRow(Key("birthday", "C1", "2026"), Status.SENT, "2026-11-21T09:30:00", channel="email")])
    assert held(journal, messages(2), Limits({"email": 1})) == ["C2"]
    assert held(journal, messages(2), Limits({"email": 1}), NOW + timedelta(hours=1)) == []


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@given(a_minute=st.integers(1, 20), works=st.lists(st.floats(0, 30), max_size=60))
@settings(max_examples=100, deadline=None)
def test_no_minute_ever_has_more_messages_than_it_may(a_minute: int, works: list[float]) -> None:
    clock, went = Clock(), []
    pace = Pace(a_minute, clock=clock, sleep=clock.sleep, patience=1e9)
    for work in works:
        assert pace()
        went.append(clock.now)
        clock.sleep(work)
    assert all(later - earlier > 59.99 for earlier, later in zip(went, went[a_minute:], strict=False))


def test_a_run_waits_so_long_and_leaves_the_rest_to_the_next(journal: Journal) -> None:
    clock, transport = Clock(), MemoryTransport()
    pace = Pace(2, clock=clock, sleep=clock.sleep, patience=150)
    counts = deliver(messages(*range(1, 10)), transport, journal, clock=lambda: NOW, pace=pace)
    assert (counts.sent, counts.left, counts.stopped[:32]) == (6, 3, "the limit of messages a minute i")
    assert clock.now == pytest.approx(120)
    again = deliver(messages(*range(1, 10)), transport, journal, clock=lambda: NOW)
    assert (again.sent, len({m.to for m in transport.messages})) == (3, 9)


def test_a_wait_ends_where_the_run_is_asked_to_stop(journal: Journal) -> None:
    clock = Clock()
    pace = Pace(1, clock=clock, sleep=clock.sleep, stopping=lambda: clock.now > 5)
    counts = deliver(messages(1, 2), MemoryTransport(), journal, clock=lambda: NOW, pace=pace)
    assert (counts.sent, counts.stopped, clock.now < 6) == (1, "interrupted", True)


def test_she_may_opt_out_while_a_message_waits_for_its_minute(journal: Journal) -> None:
    clock = Clock()
    pace = Pace(1, clock=clock, sleep=clock.sleep)
    counts = deliver(
        messages(1, 2),
        MemoryTransport(),
        journal,
        clock=lambda: NOW,
        pace=pace,
        allowed=lambda _message: "changed" if clock.now > 30 else None,
    )
    assert (counts.sent, counts.skipped) == (1, ((message(2).key, "changed"),))


CLIENTS = """
    Client ID | Name       | Email            | Birthday   | Email consent | First visit
    C1        | Anna Smith | anna@example.com | 1990-11-22 | yes           |
    C2        | Jo Brown   | jo@example.com   | 1985-11-22 | yes           |
    C3        | Eva White  | eva@example.com  | 1980-11-22 | yes           |
"""
CAMPAIGNS = """
    Campaign  | Active | Trigger  | Segment | Priority
    Birthdays | yes    | birthday |         | 1
"""
SETTINGS = """
    Setting     | Value
    business    | Malva
    sender      | malva@example.com
    language    | en
    daily_limit | 2
"""


def test_what_is_too_much_for_the_day_is_held_says_so_in_the_sheet_and_goes_the_next_day(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", CLIENTS, campaigns=CAMPAIGNS, settings=SETTINGS)
    transport = MemoryTransport()
    first = crm.run(book, on=DAY, transport=transport)
    outbox = openpyxl.load_workbook(book)["Outbox"].iter_rows(min_row=2, values_only=True)
    waiting = [
        (row[3], row[-1] if "limit" in str(row[-1]) else [c for c in row if "limit" in str(c)]) for row in outbox
    ]
    again = crm.run(book, on=DAY, transport=transport)
    assert (first.sent, first.held, again.sent, again.held, again.written) == (2, 1, 0, 1, False)
    assert [(name, bool(said)) for name, said in waiting] == [("Eva White", True)]
    assert crm.run(book, on=DAY + timedelta(days=1), transport=transport).sent == 1
    assert [m.to for m in transport.messages] == ["anna@example.com", "jo@example.com", "eva@example.com"]
    assert sheetcrm.state.exists()


def test_files_are_no_messages_and_have_no_limit(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", CLIENTS, campaigns=CAMPAIGNS, settings=SETTINGS)
    sent = sheetcrm("send", book, "--on", DAY, "--outbox", tmp_path / "mails", "--json").json
    assert (sent["sent"], len(list((tmp_path / "mails").glob("*.eml")))) == (3, 3)


def test_her_yes_to_a_first_big_sending_does_not_lift_the_limit_of_the_day(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    rows = [f"C{n} | Client {chr(65 + n % 26)}a | c{n}@example.com | 1990-11-22 | yes" for n in range(1, 31)]
    clients = "\n".join(["Client ID | Name | Email | Birthday | Email consent", *rows])
    limited = SETTINGS.replace("| 2", "| 25")
    book = make_workbook(tmp_path / "salon.xlsx", clients, campaigns=CAMPAIGNS, settings=limited)
    transport = MemoryTransport()
    assert (crm.run(book, on=DAY, transport=transport, yes=True).sent, sheetcrm.state.exists()) == (25, True)


@given(first=st.integers(0, 6), most=st.integers(1, 6), then=st.integers(0, 8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_together_with_what_has_gone_no_more_than_the_limit_goes(
    tmp_path: Path, first: int, most: int, then: int
) -> None:
    with Journal.read(tmp_path / "none", "w1") as journal:
        for number in range(first):
            journal.begin(message(number), NOW)
            journal.finish(message(number).key, Delivery(Status.SENT), NOW)
        kept = beyond([message(100 + n) for n in range(then)], Limits({"email": most}), journal, NOW)
    assert then - len(kept) == min(then, max(0, most - first))


def test_a_message_keeps_its_place_in_line(journal: Journal) -> None:
    late, urgent = replace(message(1), due=DAY - timedelta(days=1)), message(2)
    assert held(journal, [urgent, late], Limits({"email": 1})) == ["C1"]
