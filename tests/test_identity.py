"""Which workbook a file is, and what is held when the record of it was lost: nobody is greeted twice."""

from __future__ import annotations

import json
import shutil
import threading
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from command_line import CommandLine
from openpyxl.workbook import Workbook as Book

import sheetcrm as crm
from sheetcrm.delivery.journal import Journal
from sheetcrm.running.refreshing import refresh_book
from sheetcrm.testing import MemoryTransport, make_workbook

DAY = date(2026, 11, 22)
CLIENTS = """
    Client ID | Name         | Email            | Birthday   | Email consent
    C1        | Anna Smith   | anna@example.com | 1990-11-22 | yes
    C2        | Jo Brown     | jo@example.com   | 1985-11-22 | yes
    C3        | Iza Kowalska | iza@example.com  | 1985-11-22 | yes
"""
CAMPAIGNS = """
    Campaign  | Active | Trigger  | Grace days
    Birthdays | yes    | birthday | 10
"""
SETTINGS = """
    Setting  | Value
    business | Malva
    sender   | malva@example.com
    language | en
"""


def book_of(path: Path, clients: str = CLIENTS) -> Path:
    return make_workbook(path, clients, campaigns=CAMPAIGNS, settings=SETTINGS)


def edited(book: Path, change: Callable[[Book], object]) -> None:
    made = openpyxl.load_workbook(book)
    change(made)
    made.save(book)


@pytest.fixture
def book(tmp_path: Path, sheetcrm: CommandLine) -> Path:
    assert sheetcrm.state == tmp_path / "state"
    return book_of(tmp_path / "salon.xlsx")


@pytest.fixture
def transport() -> MemoryTransport:
    return MemoryTransport()


@pytest.fixture
def state(sheetcrm: CommandLine) -> Path:
    return sheetcrm.state


def greeted(transport: MemoryTransport) -> list[str]:
    return sorted(message.key.client_id for message in transport.messages)


# which workbook it is


def test_runs_that_begin_at_once_on_a_new_workbook_greet_each_person_once(
    book: Path, transport: MemoryTransport, state: Path
) -> None:
    start = threading.Barrier(4)

    def run() -> None:
        start.wait()
        crm.run(book, on=DAY, transport=transport)

    runs = [threading.Thread(target=run) for _ in range(4)]
    for each in runs:
        each.start()
    for each in runs:
        each.join()
    assert greeted(transport) == ["C1", "C2", "C3"]
    assert len(list(state.glob("*.sqlite"))) == 1


def test_many_workbooks_that_begin_at_once_are_all_remembered(tmp_path: Path, state: Path) -> None:
    people = "Client ID | Name | Email\nC1 | Client {0} | c{0}@example.com"
    books = [book_of(tmp_path / f"salon-{n}.xlsx", people.format(n)) for n in range(6)]
    runs = [threading.Thread(target=refresh_book, args=(each,), kwargs={"on": DAY}) for each in books]
    for each in runs:
        each.start()
    for each in runs:
        each.join()
    known = json.loads((state / "paths.json").read_text("utf-8"))
    assert (set(known), len(set(known.values()))) == ({str(path) for path in books}, 6)


def test_a_copy_from_before_the_first_run_is_the_same_workbook_wherever_it_lies(
    book: Path, transport: MemoryTransport, tmp_path: Path
) -> None:
    copy = shutil.copy(book, tmp_path / "before.xlsx")
    crm.run(book, on=DAY, transport=transport)
    book.unlink()
    (tmp_path / "elsewhere").mkdir()
    moved = shutil.move(copy, tmp_path / "elsewhere" / "salon 2026.xlsx")
    assert crm.run(moved, on=DAY, transport=transport).sent == 0


def test_a_workbook_that_was_open_at_its_first_run_may_be_saved_under_another_name(
    book: Path, transport: MemoryTransport, tmp_path: Path
) -> None:
    lock = book.with_name(f".~lock.{book.name}#")
    lock.write_text(",Maria,salon,22.11.2026 12:00,file;", "utf-8")
    assert crm.run(book, on=DAY, transport=transport).sent == 3
    lock.unlink()
    other = tmp_path / "salon 2026.xlsx"
    edited(book, lambda made: made["Clients"].append(["C4", "Ola Lis", "ola@example.com", date(1990, 11, 22), "yes"]))
    shutil.copy(book, other)
    crm.run(other, on=DAY, transport=transport)
    assert greeted(transport) == ["C1", "C2", "C3", "C4"]


def test_a_workbook_undone_to_its_beginning_may_be_renamed(
    book: Path, transport: MemoryTransport, sheetcrm: CommandLine
) -> None:
    before = book.read_bytes()
    crm.run(book, on=DAY, transport=transport)
    while book.read_bytes() != before:
        assert sheetcrm("undo", book).code == 0
    renamed = book.rename(book.with_name("renamed.xlsx"))
    assert crm.run(renamed, on=DAY, transport=transport).sent == 0


def test_another_business_is_another_workbook(book: Path, transport: MemoryTransport, tmp_path: Path) -> None:
    crm.run(book, on=DAY, transport=transport)
    for path, letter in ((tmp_path / "other.xlsx", "x"), (book, "y")):  # beside it, and in its place
        others = CLIENTS.replace("@", f"@{letter}.")
        for name in ("Smith", "Brown", "Kowalska"):
            others = others.replace(name, letter + name)
        assert crm.run(book_of(path, others), on=DAY, transport=transport).sent == 3


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"a": 1}'])
def test_a_damaged_list_of_workbooks_is_set_aside_and_made_again(
    damage: str, book: Path, transport: MemoryTransport, state: Path, tmp_path: Path
) -> None:
    copy = shutil.copy(book, tmp_path / "before.xlsx")
    crm.run(book, on=DAY, transport=transport)
    for path in (book, copy):
        (state / "paths.json").write_text(damage, "utf-8")
        assert crm.run(path, on=DAY, transport=transport).sent == 0
        assert str(path) in json.loads((state / "paths.json").read_text("utf-8"))
    assert (state / "paths.damaged.json").read_text("utf-8") == damage


# what is held after the record was lost


def reasons(sheetcrm: CommandLine, book: Path, on: date) -> Counter[str]:
    return Counter(held["reason"] for held in sheetcrm("plan", book, "--on", on, "--json").json["held"])


def test_a_workbook_that_was_only_refreshed_is_held_too_when_its_record_is_lost(
    book: Path, transport: MemoryTransport, sheetcrm: CommandLine, tmp_path: Path
) -> None:
    refresh_book(book, on=DAY)
    copy = shutil.copy(book, tmp_path / "refreshed.xlsx")
    crm.run(book, on=DAY, transport=transport)
    shutil.copy(copy, book)
    shutil.rmtree(sheetcrm.state)
    assert reasons(sheetcrm, book, DAY) == {"unknown-history": 3}
    assert crm.run(book, on=DAY, transport=transport).sent == 0
    assert greeted(transport) == ["C1", "C2", "C3"]


def test_nobody_goes_missing_when_the_record_is_lost_after_some_were_sent_and_the_run_says_that_she_is_to_decide(
    book: Path, transport: MemoryTransport, sheetcrm: CommandLine, tmp_path: Path
) -> None:
    def type_in(column: int, value: object) -> None:
        edited(book, lambda made: setattr(made["Clients"].cell(3, column), "value", value))

    type_in(4, datetime(1985, 11, 20))  # C2, two days before the first line in Sent
    type_in(5, None)
    refresh_book(book, on=date(2026, 11, 20))
    crm.run(book, on=DAY, transport=transport)
    assert greeted(transport) == ["C1", "C3"]
    type_in(5, "yes")
    shutil.rmtree(sheetcrm.state)
    done = sheetcrm("run", book, "--on", DAY, "--outbox", tmp_path / "out")
    assert (done.code, "in the sheet “Outbox”: 1. Please decide." in done.err) == (1, True)
    assert reasons(sheetcrm, book, DAY) == {"unknown-history": 1}
    assert sheetcrm("run", book, "--on", DAY).code == 1


def test_a_refresh_before_the_first_run_holds_nothing_back(book: Path, transport: MemoryTransport) -> None:
    refresh_book(book, on=DAY)
    assert crm.run(book, on=DAY, transport=transport).sent == 3


def test_what_may_have_gone_out_late_is_held_after_a_loss_and_what_comes_due_later_goes(
    book: Path, transport: MemoryTransport, sheetcrm: CommandLine, tmp_path: Path
) -> None:
    def agrees(made: Book) -> None:
        made["Clients"]["E3"] = "yes"

    def birthdays(made: Book) -> None:
        for row, day in ((2, 12), (3, 13), (4, 19)):
            made["Clients"].cell(row, 4).value = datetime(1990, 11, day)
        made["Clients"]["E3"] = None

    edited(book, birthdays)
    for day in (12, 13, 15):
        crm.run(book, on=date(2026, 11, day), transport=transport)
    copy = shutil.copy(book, tmp_path / "older.xlsx")
    edited(book, agrees)
    crm.run(book, on=date(2026, 11, 17), transport=transport)
    assert greeted(transport) == ["C1", "C2"]

    shutil.copy(copy, book)
    edited(book, agrees)
    shutil.rmtree(sheetcrm.state)
    crm.run(book, on=date(2026, 11, 17), transport=transport)
    assert reasons(sheetcrm, book, date(2026, 11, 17)) == {"unknown-history": 1}
    crm.run(book, on=date(2026, 11, 19), transport=transport)
    assert greeted(transport) == ["C1", "C2", "C3"]


def test_a_time_in_sent_that_cannot_be_read_stops_nothing(
    book: Path, transport: MemoryTransport, sheetcrm: CommandLine
) -> None:
    crm.run(book, on=DAY, transport=transport)

    def junk(made: Book) -> None:
        sent = made["Sent"]
        column = next(cell.column for cell in sent[1] if cell.value == "When")
        sent.cell(2, column).value = "22.11.2026 12:00"

    edited(book, junk)
    shutil.rmtree(sheetcrm.state)
    assert crm.run(book, on=DAY, transport=transport).sent == 0
    assert sheetcrm("check", book, "--on", DAY).code in (0, 1)
    assert crm.run(book, on=date(2027, 11, 22), transport=transport).sent == 3


def test_notes_of_the_record_that_cannot_be_read_hold_everything_and_stop_nothing(
    book: Path, transport: MemoryTransport, state: Path
) -> None:
    refresh_book(book, on=DAY)
    with Journal.open(state, crm.open_workbook(book).identity.id) as journal:
        journal.record_plan(meta={"first_run": "22.11.2026", "doubt_until": "soon"})
    report = crm.run(book, on=DAY, transport=transport)
    assert (report.sent, report.held) == (0, 3)


@pytest.mark.usefixtures("sheetcrm")
def test_a_list_of_the_same_people_beside_one_that_has_sent_has_a_life_of_its_own(tmp_path: Path) -> None:
    for name in ("one.xlsx", "other.xlsx"):
        assert crm.run(book_of(tmp_path / name), on=DAY, transport=MemoryTransport()).sent == 3


def test_every_demo_is_a_new_day_and_leaves_the_owner_nothing_but_its_journal(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    for name in ("one", "two"):
        assert "10 messages were delivered" in sheetcrm("demo", tmp_path / name, "--language", "en").out
    assert sorted(path.suffix for path in sheetcrm.state.rglob("*")) == [".sqlite", ".sqlite"]


def test_what_a_kill_left_of_the_first_version_of_all_is_cleared_away(book: Path, sheetcrm: CommandLine) -> None:
    left = sheetcrm.state / "backups" / "0123456789abcdef0123456789abcdef" / "e835f99849b00ede.part"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"PK half")
    assert sheetcrm("refresh", book).code in (0, 1)
    assert not left.parent.exists()
