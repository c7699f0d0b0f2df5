"""What the record forgets of a client it does not learn again, neither from an older sheet nor from an older list of changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sheetcrm.crm.acts import DIFFERENT, ERASED, MERGE, OPTED_OUT, Act, CellChange, new_act, taken_back
from sheetcrm.crm.decisions import settled_by
from sheetcrm.crm.values import Key, Status
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.records import SentRow

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = Key("Birthdays", "12", "2026")
LINE = SentRow(
    *(KEY, Status.FAILED, "2026-11-22T09:00:00", "Anna Smith", date(2026, 11, 22), "email", "anna@example.com"),
    *("Happy birthday, Anna", "Dear Anna", "550 no such user anna@example.com"),
)
CHANGED = (CellChange("12", "notes", "tea", "tea · milk"), CellChange("13", "notes", "milk", "milk"))
MERGED = Act("00000000a1", MERGE, "2026-11-20T10:00:00", "12", "13", CHANGED)
SETTLED = Act("00000000a2", DIFFERENT, "2026-11-20T10:00:01", "12", "14", (), "00000000ff")
OTHERS = Act("00000000a3", OPTED_OUT, "2026-11-20T10:00:02", "15", "", (CellChange("15", "sms_consent", "yes", "no"),))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path, "book") as opened:
        yield opened


def bare(journal: Journal) -> list[tuple[str, ...]]:
    return [(line.client, line.to, line.subject, line.text, line.detail) for line in journal.records()]


FORGOTTEN = ("", "", "", "", "550 no such user …")


def test_names_addresses_texts_and_cells_go_keys_and_outcomes_stay(journal: Journal) -> None:
    journal.unite([LINE, replace(LINE, key=Key("Birthdays", "15", "2026"))])
    journal.unite_acts([MERGED, SETTLED, OTHERS])
    journal.begin_erasing(["12.0"], [("email", "anna@example.com", "12.0")], NOW)
    assert bare(journal)[0] == FORGOTTEN
    assert bare(journal)[1][0] == "Anna Smith"
    assert next((line.key, line.status) for line in journal.records()) == (KEY, Status.FAILED)
    assert journal.next_try(datetime(2000, 1, 1, tzinfo=UTC)) is None
    assert [(act.kind, act.cells, act.mark) for act in journal.acts()] == [
        *((MERGE, (), ""), (DIFFERENT, (), ""), (OPTED_OUT, OTHERS.cells, "")),
    ]
    assert [channel for channel, _ in journal.suppressed()] == ["email"]


def test_why_mail_to_her_comes_back_is_known_without_her_name(journal: Journal) -> None:
    journal.unite([LINE])
    journal.bounce("anna@example.com", NOW, "came back: 550 5.1.1 Anna Smith has left")
    journal.begin_erasing(["12"], [("email", "anna@example.com", "12")], NOW)
    assert list(journal.bounced().values()) == ["came back: 550 5.1.1 … has left"]


@pytest.mark.parametrize("complete", [False, True])
def test_what_an_older_copy_tells_of_her_is_not_learned_again(journal: Journal, *, complete: bool) -> None:
    journal.begin_erasing(["12"], [], NOW)
    if complete:
        journal.unite_acts([new_act(ERASED, "12", "", before=())])
        journal.end_erasing()
    journal.unite([LINE])
    journal.unite_acts([MERGED, SETTLED, OTHERS])
    assert bare(journal) == [FORGOTTEN]
    assert [act.cells for act in journal.acts() if act.kind != ERASED] == [(), (), OTHERS.cells]


def test_what_was_begun_outlives_the_process(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "book") as first:
        first.unite([LINE])
        first.begin_erasing(["12", "13"], [], NOW)
    with Journal.open(tmp_path, "book") as second:
        assert second.erasing_begun() == ("12", "13")
    assert b"Anna" not in (tmp_path / "book.sqlite").read_bytes()


def test_an_erasing_settles_no_pair_and_no_undo_takes_it_back() -> None:
    act = new_act(ERASED, "12", "", before=(), at="2026-11-22T12:00:00")
    assert settled_by([act]) == {}
    assert taken_back([act], {act.id}) == ()
