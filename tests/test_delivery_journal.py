"""The record of what was sent: what it promises about every message, whoever asks and whatever happened before."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from old_journals import make_older

from sheetcrm.crm.values import Delivery, Key, Message, Status, Trace
from sheetcrm.delivery import schema
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.locking import RunLock
from sheetcrm.delivery.records import SentRow
from sheetcrm.delivery.state import file_stem, state_folder
from sheetcrm.errors import UsageError, WorkbookLocked, WorkbookUnreadable

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LATER = Delivery(Status.FAILED, "451 later", passing=True)
NEVER = Delivery(Status.FAILED, "550 no such user")
SENT = Delivery(Status.SENT, "250 kept")
BIRTHDAYS = Trace("Birthday", "birthday", "[]", ("greetings",), ("hello", "ciao"), date(2026, 11, 1), gone=True)


def message(
    client: str = "C1", *, to: str = "c1@example.com", campaign: str = "birthday", occasion: str = "2026"
) -> Message:
    key = Key(campaign, client, occasion)
    return Message(key, f"Client {client}", date(2026, 11, 22), "email", to, "Subject", "Text", purpose="service")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "state", "w1") as opened:
        yield opened


def statuses(journal: Journal) -> list[tuple[str, str]]:
    return [(row.key.client_id, str(row.status)) for row in journal.records()]


@pytest.mark.parametrize(
    ("delivery", "again"),
    [(SENT, False), (NEVER, False), (LATER, True), (Delivery(Status.UNKNOWN), False), (None, False)],
    ids=["sent", "failed for good", "failed for now", "unknown", "still sending"],
)
def test_only_what_failed_for_a_passing_reason_may_be_begun_again(
    delivery: Delivery | None, again: bool, journal: Journal
) -> None:
    assert journal.begin(message(), NOW)
    if delivery is not None:
        journal.finish(message().key, delivery, NOW)
    assert journal.begin(message(), NOW) is again


def test_a_message_that_fails_again_and_again_rests_longer_each_time(journal: Journal) -> None:
    hours, at = [], NOW
    for _ in range(6):
        begun = at
        while not journal.begin(message(), at):
            at += timedelta(minutes=30)
        hours.append((at - begun).total_seconds() / 3600)
        journal.finish(message().key, LATER, at)
    assert hours == [0, 0, 0.5, 2, 8, 24]


def test_no_address_gets_a_campaign_twice_for_one_occasion_households_apart(journal: Journal) -> None:
    journal.begin(message("C1", to="Shared@example.com"), NOW)
    other = message("C2", to=" shared@example.com")
    assert journal.refusal(other, NOW) == "same-address"
    assert journal.refusal(other, NOW, apart={"C1"}) == ""
    assert journal.refusal(other, NOW, apart=None) == ""
    assert journal.begin(message("C2", to="shared@example.com", occasion="2027"), NOW)
    assert journal.begin(message("C2", to="shared@example.com", campaign="reminder"), NOW)


def test_a_campaign_in_another_spelling_is_the_same_for_person_and_address(journal: Journal) -> None:
    journal.begin(message("C1", to="shared@example.com", campaign="Greetings"), NOW)
    assert journal.refusal(message("C1", to="new@example.com", campaign="greetings  "), NOW) == "done"
    assert journal.refusal(message("C2", to="shared@example.com", campaign="GREETINGS"), NOW) == "same-address"
    assert journal.refusal(message("C2", to="shared@example.com", campaign="Greetings (VIP)"), NOW) == ""


def test_what_a_killed_run_left_as_sending_is_unknown_at_the_next_start(journal: Journal) -> None:
    journal.begin(message("C1"), NOW)
    journal.begin(message("C2", to="c2@example.com"), NOW)
    journal.finish(message("C1").key, SENT, NOW)
    assert journal.recover(NOW) == [message("C2").key]
    assert (statuses(journal), journal.recover(NOW)) == ([("C1", "sent"), ("C2", "unknown")], [])


def test_the_owners_word_settles_what_is_unknown(journal: Journal) -> None:
    for client in ("C1", "C2"):
        journal.begin(message(client, to=f"{client}@example.com"), NOW)
    journal.recover(NOW)
    first, second = message("C1").key, message("C2").key
    assert journal.resolve(first.short.upper(), "sent") == first
    assert journal.resolve(second.short[:6], Status.FAILED) == second
    assert statuses(journal) == [("C1", "sent"), ("C2", "failed")]
    assert not journal.begin(message("C1"), NOW)
    assert journal.begin(message("C2", to="C2@example.com"), NOW)


def test_an_older_copy_of_the_sheet_does_not_undo_the_owners_word(journal: Journal) -> None:
    journal.begin(message(), NOW)
    journal.recover(NOW)
    older = [SentRow.from_cells(row.cells()) for row in journal.records()]
    journal.resolve(message().key.short, "failed")
    assert journal.unite(filter(None, older)) == 0
    assert statuses(journal) == [("C1", "failed")]


@pytest.mark.parametrize(
    ("short", "word", "says"),
    [
        ("beef", "sent", "There is no message with the key “beef”."),
        ("", "sent", "There is no message with the key “”."),
        ("KEY", "maybe", "“maybe” is no outcome."),
        ("KEY", "sent", "is not unknown but sent."),
    ],
)
def test_a_word_that_cannot_be_followed_is_answered_in_one_line(
    short: str, word: str, says: str, journal: Journal
) -> None:
    journal.begin(message(), NOW)
    journal.finish(message().key, SENT, NOW)
    with pytest.raises(UsageError) as caught:
        journal.resolve(message().key.short if short == "KEY" else short, word)
    assert says in str(caught.value)


def test_a_failed_message_that_may_go_again_is_queued_for_planning(journal: Journal) -> None:
    for client, delivery in (("C1", SENT), ("C2", LATER), ("C3", NEVER)):
        journal.begin(message(client, to=f"{client}@example.com"), NOW)
        journal.finish(message(client).key, delivery, NOW)
    sent = journal.ledger().sent
    assert [(key.client_id, record.status, record.purpose) for key, record in sent.items()] == [
        ("C1", "sent", "service"),
        ("C2", "queued", "service"),
        ("C3", "failed", "service"),
    ]


def test_what_one_planning_step_found_is_remembered_together(journal: Journal, tmp_path: Path) -> None:
    journal.record_plan(
        ids=["C1", "C2"],
        pending={("Anna", "+48600000101", ""): "C2"},
        inside={"vip": {"C1"}, "empty": set()},
        entered={("vip", "C1"): date(2026, 11, 20)},
        written={("C1", "next_visit"): "2026-12-01"},
        campaigns={"birthday": replace(BIRTHDAYS, name="birthday", former=())},
        persons={"C1": 1, "C4": 2},
        named={"C1": {5, 6}},
        meta={"first_run": "2026-11-01"},
    )
    journal.record_plan(ids=["C3"], pending={}, inside={"vip": {"C2"}}, written={("C1", "next_visit"): None})
    journal.record_plan(campaigns={"birthday": BIRTHDAYS}, persons={"C1": 3}, named={"C1": {7}, "C2": {5}})
    journal.close()
    with Journal.open(tmp_path / "state", "w1") as again:
        ledger = again.ledger()
    assert ledger.ids_used == {"C1", "C2", "C3", "C4"}
    assert (ledger.campaigns, ledger.persons) == ({"birthday": BIRTHDAYS}, {"C1": 3, "C4": 2})
    assert ledger.named == {"C1": {5, 6, 7}, "C2": {5}}
    assert (ledger.ids_pending, ledger.written) == ({}, {})
    assert ledger.inside == {"vip": {"C2"}, "empty": frozenset()}
    assert ledger.entered == {("vip", "C1"): date(2026, 11, 20)}
    assert ledger.first_run == date(2026, 11, 1)


def test_a_step_that_found_nothing_new_does_not_touch_the_file(journal: Journal) -> None:
    found = {"inside": {"vip": {"C1"}}, "entered": {("vip", "C1"): date(2026, 1, 1)}, "meta": {"a": "b"}, "ids": ["C1"]}
    found |= {"campaigns": {"birthday": BIRTHDAYS}, "persons": {"C1": 7}, "named": {"C1": {5}}}
    journal.record_plan(**found)  # type: ignore[arg-type] # the same keywords twice
    before = journal.path.read_bytes()
    journal.record_plan(**found)  # type: ignore[arg-type] # see above
    assert journal.path.read_bytes() == before


def test_a_line_survives_the_way_through_the_sheet(journal: Journal) -> None:
    journal.begin(message(), NOW)
    journal.finish(message().key, SENT, NOW)
    (row,) = journal.records()
    cells = row.cells()
    # Excel makes a number of the occasion, and knows no time zone
    back = SentRow.from_cells(
        {**cells, "occasion": 2026.0, "due": datetime.fromisoformat("2026-11-22"), "client_id": " C1 "}
    )
    assert back is not None
    assert (back.key, back.status, back.due, back.at, back.to) == (row.key, row.status, row.due, row.at[:19], row.to)


def test_a_lost_journal_is_made_again_from_the_sheet(journal: Journal, tmp_path: Path) -> None:
    for client, delivery in (("C1", SENT), ("C2", LATER), ("C3", NEVER), ("C4", Delivery(Status.UNKNOWN))):
        journal.begin(message(client, to=f"{client}@example.com"), NOW)
        journal.finish(message(client).key, delivery, NOW)
    sheet = [SentRow.from_cells(row.cells()) for row in journal.records()]
    with Journal.open(tmp_path / "new", "w1") as again:
        assert (again.is_new, again.unite(filter(None, sheet)), again.unite(filter(None, sheet))) == (True, 4, 0)
        assert statuses(again) == statuses(journal)
        may = [c for c in ("C1", "C2", "C3", "C4") if again.begin(message(c, to=f"{c}@example.com"), NOW)]
        assert may == ["C2"]
        assert again.refusal(message("C9", to="C1@example.com"), NOW) == "same-address"


@pytest.mark.parametrize("status", ["sending", "", "banana", None, "UNKNOWN"])
def test_a_line_of_no_clear_outcome_is_unknown(status: str | None, journal: Journal) -> None:
    line = SentRow.from_cells({"campaign": "birthday", "client_id": "C1", "occasion": "2026", "status": status})
    assert line is not None
    journal.unite([line])
    assert statuses(journal) == [("C1", "unknown")]


def test_ids_edited_in_the_sheet_do_not_let_a_message_go_again(tmp_path: Path, journal: Journal) -> None:
    journal.begin(message(), NOW)
    journal.finish(message().key, SENT, NOW)
    cells = journal.records()[0].cells()
    edited = SentRow.from_cells({**cells, "client_id": "K-1", "to": ""})
    wiped = SentRow.from_cells({"key": cells["key"], "status": "whatever"})
    assert edited is not None
    assert wiped is not None
    assert journal.unite([edited]) == 0
    for line in (edited, wiped):
        with Journal.open(tmp_path / line.key.client_id, "w1") as again:
            again.unite([line])
            assert again.refusal(message(), NOW) == "done"


_LINES = st.builds(
    lambda client, status, minute, answered: SentRow(
        Key("birthday", client, "2026"), status, f"2026-11-22T09:{minute:02d}:00", detail="550 no" if answered else ""
    ),
    st.sampled_from(["C1", "C2", "C3"]),
    st.sampled_from([Status.SENT, Status.UNKNOWN, Status.FAILED, Status.SKIPPED, Status.QUEUED]),
    st.integers(0, 59),
    st.booleans(),
)


def _united(folder: Path, *batches: list[SentRow]) -> dict[str, str]:
    # in memory: the promise is about the lines, not about the disk
    with Journal.read(folder, "none") as journal:
        for batch in batches:
            journal.unite(batch)
        return {row.key.client_id: str(row.status) for row in journal.records()}


@given(st.lists(_LINES, max_size=8), st.lists(_LINES, max_size=8))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_uniting_is_idempotent_in_any_order_and_never_forgets_what_was_sent(
    tmp_path: Path, first: list[SentRow], second: list[SentRow]
) -> None:
    united = _united(tmp_path, first, second)
    assert united == _united(tmp_path, second, first) == _united(tmp_path, [*first, *second], second, first)
    sent = {line.key.client_id for line in (*first, *second) if line.status == Status.SENT}
    assert {client for client, status in united.items() if status == "sent"} == sent


def test_state_is_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "state"
    with Journal.open(folder, "w1") as journal, RunLock(folder, "w1"):
        journal.begin(message(), NOW)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder.parent, folder, *folder.iterdir())}
    assert modes == {"deep": 0o700, "state": 0o700, "w1.sqlite": 0o600, "w1.sqlite-journal": 0o600, "w1.lock": 0o600}


def test_the_state_folder_is_where_the_environment_says(tmp_path: Path) -> None:
    assert state_folder({"SHEETCRM_STATE": str(tmp_path)}) == tmp_path
    assert state_folder({}).name == "sheetcrm"


def test_an_id_out_of_a_strangers_workbook_cannot_leave_the_folder() -> None:
    names = [file_stem(evil) for evil in ("../../etc/passwd", "", "a/b", "x" * 500, "CON.", "\ud800")]
    assert all(name.isalnum() and len(name) == 32 for name in names)
    assert len(set(names)) == 6


def test_a_journal_of_a_newer_format_is_refused_in_one_line(tmp_path: Path) -> None:
    Journal.open(tmp_path, "w1").close()
    with sqlite3.connect(tmp_path / "w1.sqlite") as raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()
    for opening in (Journal.open, Journal.read):
        with pytest.raises(WorkbookUnreadable) as caught:
            opening(tmp_path, "w1")
        assert str(caught.value) == (
            f"The record of sent messages is of a newer sheetcrm (format 99, this one knows {schema.FORMAT}). "
            "Update sheetcrm on this machine."
        )


def test_an_older_journal_is_migrated_after_a_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal.open(tmp_path, "w1") as journal:
        journal.begin(message(), NOW)
    monkeypatch.setattr(schema, "FORMAT", schema.FORMAT + 1)
    monkeypatch.setitem(
        schema.MIGRATIONS, schema.FORMAT - 1, lambda db: db.execute("ALTER TABLE messages ADD COLUMN extra TEXT")
    )
    with Journal.open(tmp_path, "w1") as migrated:
        assert (statuses(migrated), migrated.is_new) == ([("C1", "sending")], False)
    backup = tmp_path / f"w1.v{schema.FORMAT - 1}.sqlite"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    old = sqlite3.connect(backup)
    assert old.execute("PRAGMA user_version").fetchone() == (schema.FORMAT - 1,)
    old.close()


def test_a_journal_of_format_1_keeps_what_it_knows_and_learns_to_remember_campaigns(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "w1") as journal:
        journal.begin(message(), NOW)
        journal.record_plan(ids=["C1"], meta={"first_run": "2026-11-01"})
    make_older(tmp_path / "w1.sqlite", 1)
    with Journal.open(tmp_path, "w1") as migrated:
        migrated.record_plan(campaigns={"birthday": BIRTHDAYS}, persons={"C1": 7, "C2": 9})
        ledger = migrated.ledger()
        assert (statuses(migrated), migrated.is_new) == ([("C1", "sending")], False)
    assert (ledger.first_run, ledger.ids_used) == (date(2026, 11, 1), frozenset({"C1", "C2"}))
    assert (ledger.campaigns, ledger.persons) == ({"birthday": BIRTHDAYS}, {"C1": 7, "C2": 9})


def test_a_damaged_journal_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "w1.sqlite").write_bytes(b"this is no database" * 300)
    with pytest.raises(WorkbookUnreadable, match=r"is damaged .* Move that file away"):
        Journal.open(tmp_path, "w1")


def test_a_commit_is_on_the_disk_when_it_returns(journal: Journal) -> None:
    asked = {
        name: journal._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
    }
    assert asked == {"journal_mode": "persist", "synchronous": 2}


def test_looking_changes_nothing_on_disk(tmp_path: Path) -> None:
    with Journal.read(tmp_path / "none", "w1") as nothing:
        assert (nothing.is_new, nothing.records()) == (True, [])
    assert not (tmp_path / "none").exists()
    with Journal.open(tmp_path, "w1") as journal:
        journal.begin(message(), NOW)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with Journal.read(tmp_path, "w1") as looked:
        looked.recover(NOW)
        assert statuses(looked) == [("C1", "unknown")]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_second_run_waits_its_time_and_then_says_who_is_at_work(tmp_path: Path) -> None:
    with RunLock(tmp_path, "w1"), pytest.raises(WorkbookLocked) as caught:
        RunLock(tmp_path, "w1", timeout=0.2).__enter__()
    assert str(caught.value) == (
        f"Another sheetcrm (process {os.getpid()}) is at work on this workbook. Let it finish, then try again."
    )
    with RunLock(tmp_path, "w1", timeout=0), RunLock(tmp_path, "w2", timeout=0):
        pass


def test_the_lock_is_passed_on_when_its_holder_is_done(tmp_path: Path) -> None:
    held, freed = threading.Event(), threading.Event()

    def hold() -> None:
        with RunLock(tmp_path, "w1"):
            held.set()
            freed.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(5)
    threading.Timer(0.2, freed.set).start()
    with RunLock(tmp_path, "w1", timeout=5):
        assert freed.is_set()
    thread.join()


def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys, pathlib; from sheetcrm.delivery.locking import RunLock\n"
        "RunLock(pathlib.Path(sys.argv[1]), 'w1').__enter__(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    killed = subprocess.run(command, check=False, cwd=Path(__file__).parents[1])
    assert killed.returncode == -9
    with RunLock(tmp_path, "w1", timeout=0):
        pass
