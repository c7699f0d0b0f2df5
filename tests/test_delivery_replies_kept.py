"""What the journal keeps beside the outcome: joined messages, what the owner did herself, who wants nothing, what came back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from old_journals import make_older

from sheetcrm.crm.values import Delivery, Key, Message, Status, Suppressed, mark_of
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.records import SentRow
from sheetcrm.delivery.sending import deliver
from sheetcrm.testing import MemoryTransport

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LATER = Delivery(Status.FAILED, "451 later", passing=True)
NEVER = Delivery(Status.FAILED, "550 no such user")
SENT = Delivery(Status.SENT, "250 kept")
RETURNED = "came back: 550 5.1.1 no such user"
UNKNOWN = Delivery(Status.UNKNOWN, "the connection broke after the message was handed over")


def message(campaign: str = "birthday", client: str = "C1") -> Message:
    key = Key(campaign, client, "2026")
    return Message(key, "Anna", date(2026, 11, 22), "email", f"{client}@example.com", "Subject", "Text")


BIRTHDAY = replace(message(), also=(message("rebook").key, message("win-back").key))
REBOOK, WIN_BACK = message("rebook"), message("win-back")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "state", "w1") as opened:
        yield opened


def said(journal: Journal) -> dict[str, tuple[str, str]]:
    return {row.key.campaign: (str(row.status), row.detail) for row in journal.records()}


def through_the_sheet(journal: Journal) -> list[SentRow]:
    return [row for line in journal.records() if (row := SentRow.from_cells(line.cells())) is not None]


@pytest.mark.parametrize("delivery", [SENT, UNKNOWN, None], ids=["sent", "unknown", "killed"])
def test_what_a_message_mentions_is_settled_with_it_also_where_nobody_knows_whether_it_went(
    delivery: Delivery | None, journal: Journal
) -> None:
    assert journal.begin(BIRTHDAY, NOW)
    if delivery is not None:
        journal.finish(BIRTHDAY.key, delivery, NOW)
    assert said(journal)["rebook"] == said(journal)["win-back"] == ("skipped", "joined")
    assert journal.refusal(REBOOK, NOW) == "done"


@pytest.mark.parametrize("delivery", [LATER, NEVER], ids=["for now", "for good"])
def test_what_a_message_mentions_goes_by_itself_where_it_failed(delivery: Delivery, journal: Journal) -> None:
    journal.begin(BIRTHDAY, NOW)
    journal.finish(BIRTHDAY.key, delivery, NOW)
    assert list(said(journal)) == ["birthday"]
    assert journal.refusal(REBOOK, NOW) == ""


def test_joining_leaves_alone_what_has_gone_out_and_takes_along_what_only_rests(journal: Journal) -> None:
    journal.begin(REBOOK, NOW)
    journal.finish(REBOOK.key, SENT, NOW)
    journal.begin(WIN_BACK, NOW)
    journal.finish(WIN_BACK.key, LATER, NOW)
    journal.begin(BIRTHDAY, NOW)
    assert (said(journal)["rebook"], said(journal)["win-back"]) == (("sent", "250 kept"), ("skipped", "joined"))
    journal.finish(BIRTHDAY.key, NEVER, NOW)
    assert (said(journal)["rebook"], journal.refusal(WIN_BACK, NOW)) == (("sent", "250 kept"), "")


def test_an_unknown_one_that_she_calls_failed_frees_what_it_mentioned_whatever_the_sheet_still_says(
    journal: Journal,
) -> None:
    journal.begin(BIRTHDAY, NOW)
    journal.recover(NOW)
    sheet = through_the_sheet(journal)
    journal.resolve(BIRTHDAY.key.short, "failed")
    assert (journal.unite(sheet), journal.refusal(REBOOK, NOW), journal.refusal(BIRTHDAY, NOW)) == (0, "", "")
    journal.begin(BIRTHDAY, NOW + timedelta(hours=1))
    journal.finish(BIRTHDAY.key, NEVER, NOW + timedelta(hours=1))
    assert (journal.unite(sheet), journal.refusal(REBOOK, NOW)) == (0, "")


def test_a_client_whose_id_gave_way_keeps_what_her_messages_settled(journal: Journal) -> None:
    journal.begin(BIRTHDAY, NOW)
    journal.rename_client("C1", "C9")
    journal.finish(BIRTHDAY.key._replace(client_id="C9"), NEVER, NOW)
    assert list(said(journal)) == ["birthday"]


@pytest.mark.parametrize(
    ("before", "word", "new", "after"),
    [
        (None, "done", True, ("sent", "by hand")),
        (None, "no", True, ("skipped", "by hand")),
        (LATER, "done", True, ("sent", "by hand")),
        (NEVER, "done", True, ("sent", "by hand")),
        (LATER, "no", True, ("skipped", "by hand")),
        (UNKNOWN, "done", True, ("sent", "by hand")),
        (UNKNOWN, "no", False, ("unknown", UNKNOWN.detail)),
        (SENT, "done", False, ("sent", "250 kept")),
        (None, "banana", False, None),
    ],
)
def test_what_she_did_herself_is_recorded_once_and_never_sent_for(
    before: Delivery | None, word: str, new: bool, after: tuple[str, str] | None, journal: Journal
) -> None:
    if before is not None:
        journal.begin(REBOOK, NOW)
        journal.finish(REBOOK.key, before, NOW)
    assert journal.record_by_hand(replace(REBOOK, channel="whatsapp"), NOW, word) is new
    assert (said(journal).get("rebook"), journal.refusal(REBOOK, NOW) == "done") == (after, after is not None)


def test_what_went_by_hand_counts_like_any_other_by_its_channel(journal: Journal) -> None:
    journal.record_by_hand(replace(REBOOK, channel="call"), NOW)
    (record,) = journal.ledger().sent.values()
    assert (record.status, record.channel, record.at[:10]) == ("sent", "call", "2026-11-22")


def test_an_address_that_wants_nothing_is_remembered_by_channel_until_that_is_lifted(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "w1") as journal:
        told = [journal.suppress(" Anna@Example.com ", "email", NOW, "reply") for _ in range(2)]
    with Journal.open(tmp_path, "w1") as journal:
        mark = mark_of("anna@example.com")
        assert (told, dict(journal.ledger().suppressed)) == (
            [True, False],
            {("email", mark): Suppressed(NOW.isoformat())},
        )
        assert (journal.lift("anna@example.com", "sms"), journal.lift("anna@example.com", "email")) == (False, True)
        assert journal.suppressed() == {}


def test_the_journal_knows_no_address_of_who_wants_nothing(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "w1") as journal:
        journal.suppress("anna.nowak@example.com", "email", NOW, "reply")
        journal.bounce("anna.nowak@example.com", NOW, RETURNED)
    assert b"anna.nowak" not in (tmp_path / "w1.sqlite").read_bytes()


def test_a_message_that_came_back_has_failed_for_good_whatever_the_sheet_still_says(journal: Journal) -> None:
    journal.begin(REBOOK, NOW)
    journal.finish(REBOOK.key, SENT, NOW)
    sheet = through_the_sheet(journal)
    told = [journal.came_back(REBOOK.key, RETURNED) for _ in "12"]
    told += [journal.bounce("C1@example.com", NOW + timedelta(days=1), RETURNED) for _ in "12"]
    assert (told, journal.unite(sheet)) == ([True, False] * 2, 0)
    assert said(journal) == {"rebook": ("failed", RETURNED)}
    assert (journal.refusal(REBOOK, NOW), journal.ledger().bounced) == (
        "failed",
        frozenset({mark_of("c1@example.com")}),
    )


def test_a_journal_made_again_from_the_sheet_does_not_send_again_what_came_back(
    journal: Journal, tmp_path: Path
) -> None:
    journal.begin(REBOOK, NOW)
    journal.finish(REBOOK.key, SENT, NOW)
    journal.came_back(REBOOK.key, RETURNED)
    with Journal.open(tmp_path / "new", "w1") as again:
        again.unite(through_the_sheet(journal))
        assert again.refusal(REBOOK, NOW) == "failed"


def test_a_journal_of_format_3_learns_to_remember_replies(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "w1") as journal:
        journal.begin(REBOOK, NOW)
    make_older(tmp_path / "w1.sqlite", 3)
    with Journal.open(tmp_path, "w1") as migrated:
        assert migrated.suppress("a@example.com", "email", NOW, "reply")
        assert said(migrated) == {"rebook": ("sending", "")}


@pytest.mark.parametrize(("purpose", "why"), [("marketing", "opted-out"), ("service", "")])
def test_the_last_look_before_a_message_goes_is_at_who_wants_nothing(purpose: str, why: str, journal: Journal) -> None:
    journal.suppress("c1@example.com", "email", NOW, "reply")
    reminder = replace(REBOOK, purpose=purpose)
    assert (journal.refusal(reminder, NOW), journal.begin(reminder, NOW)) == (why, not why)
    assert journal.refusal(replace(WIN_BACK, channel="sms"), NOW) == ""


def test_nothing_at_all_goes_by_mail_to_where_mail_comes_back_from(journal: Journal) -> None:
    journal.bounce("c1@example.com", NOW, RETURNED)
    assert journal.refusal(replace(REBOOK, purpose="service"), NOW) == "bounced"
    assert journal.refusal(replace(REBOOK, channel="sms", to="+48600000101"), NOW) == ""


_PEOPLE = st.integers(0, 5)


@given(
    events=st.lists(
        st.tuples(st.sampled_from(["send", "stop", "bounce", "agree"]), _PEOPLE, st.booleans()), max_size=40
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_address_that_wants_nothing_is_ever_written_to_for_marketing(
    events: list[tuple[str, int, bool]], tmp_path: Path
) -> None:
    stopped, gone, number = set[int](), set[int](), 0
    with Journal.read(tmp_path / "none", "w1") as journal:
        for what, who, marketing in events:
            address, number = f"c{who}@example.com", number + 1
            if what == "stop":
                journal.suppress(address.upper(), "email", NOW, "reply")
                stopped.add(who)
            elif what == "agree":
                journal.lift(address, "email")
                stopped.discard(who)
            elif what == "bounce":
                journal.bounce(address, NOW, RETURNED)
                gone.add(who)
            else:
                transport = MemoryTransport()
                one = replace(message(f"campaign {number}", f"C{who}"), to=address)
                purpose = "marketing" if marketing else "service"
                deliver([replace(one, purpose=purpose)], transport, journal, clock=lambda: NOW)
                may_go = who not in gone and not (marketing and who in stopped)
                assert len(transport.messages) == may_go
