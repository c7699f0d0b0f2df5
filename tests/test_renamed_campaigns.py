"""A campaign that the owner renames in her workbook, whatever else happens to it on that day."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from command_line import CommandLine
from old_journals import make_older
from owner_hand import CLIENTS, DAY, append, client, column, edited, salon, sheet, values

import sheetcrm as crm
from sheetcrm.testing import MemoryTransport

NEXT = DAY + timedelta(days=1)


@pytest.fixture
def book(tmp_path: Path, sheetcrm: CommandLine) -> Path:
    assert sheetcrm.state.name == "state"
    return salon(tmp_path, clients=(*CLIENTS, client("C9", "Ann Tomorrow", "ann", date(1990, 11, 23))))


def sent(book: Path, day: date = DAY) -> list[str]:
    transport = MemoryTransport()
    crm.run(book, on=day, transport=transport)
    return [message.to.removesuffix("@example.com") for message in transport.messages]


def rename(book: Path, name: str, *, row: int = 2) -> None:
    with edited(book) as file:
        page = sheet(file, "Campaigns")
        page.cell(row, column(page, "Campaign")).value = name


def test_who_was_greeted_under_the_old_name_is_not_under_the_new_one_today_or_tomorrow(book: Path) -> None:
    assert sent(book) == ["anna", "jo"]
    rename(book, "Happy birthday")
    assert (sent(book), sent(book, NEXT)) == ([], ["ann"])
    assert sent(book, NEXT + timedelta(days=1)) == []
    assert sent(book, DAY.replace(year=2027)) == ["anna", "jo"]


def test_a_copy_from_before_the_renaming_greets_nobody_again(book: Path, tmp_path: Path) -> None:
    sent(book)
    copy = shutil.copy(book, tmp_path / "before.xlsx")
    rename(book, "Happy birthday")
    assert sent(book, NEXT) == ["ann"]
    shutil.copy(copy, book)
    assert sent(book, NEXT) == []


def test_renamed_while_the_state_folder_is_lost_it_greets_nobody_again(book: Path, sheetcrm: CommandLine) -> None:
    sent(book)
    rename(book, "Happy birthday")
    shutil.rmtree(sheetcrm.state)
    assert (sent(book), sent(book, NEXT)) == ([], ["ann"])


def test_renamed_before_the_state_folder_was_lost_it_greets_nobody_again(book: Path, sheetcrm: CommandLine) -> None:
    sent(book)
    rename(book, "Happy birthday")
    assert sent(book, NEXT) == ["ann"]
    shutil.rmtree(sheetcrm.state)
    assert sent(book, NEXT) == []


def test_renamed_as_the_program_is_updated_it_greets_nobody_again(book: Path, sheetcrm: CommandLine) -> None:
    sent(book)
    (journal,) = sheetcrm.state.glob("*.sqlite")
    make_older(journal, 1)
    rename(book, "Happy birthday")
    assert (sent(book), sent(book, NEXT)) == ([], ["ann"])


def test_renamed_and_moved_while_the_state_folder_is_lost_it_asks_first(book: Path, sheetcrm: CommandLine) -> None:
    with edited(book) as file:
        page = sheet(file, "Campaigns")
        page.cell(2, column(page, "Days")).value = -1
    assert sent(book, date(2026, 11, 21)) == ["anna", "jo"]
    with edited(book) as file:
        page = sheet(file, "Campaigns")
        page.cell(2, column(page, "Campaign")).value = "Happy birthday"
        page.cell(2, column(page, "Days")).value = None
    shutil.rmtree(sheetcrm.state)
    sent(
        book, date(2026, 11, 21)
    )  # another day than the birthday: what is due later is not in doubt because of the loss
    assert sent(book) == []
    outbox = {who: (key, why) for key, who, why in values(book, "Outbox", "Key", "Client ID", "Reason")}
    assert outbox["C1"][1] == "may already have been sent in the campaign “Birthdays” (renamed?); please confirm first"
    assert sheetcrm("resolve", book, outbox["C1"][0], "failed", "--on", DAY).code == 0
    assert sheetcrm("resolve", book, outbox["C2"][0], "sent", "--on", DAY).code == 0
    assert (sent(book), sent(book)) == (["anna"], [])


def test_a_no_in_outbox_still_stands_when_the_campaign_is_renamed(book: Path) -> None:
    crm.run(book, on=DAY - timedelta(days=1), transport=MemoryTransport())
    with edited(book) as file:
        page = sheet(file, "Outbox")
        row = next(r for r in range(2, 9) if page.cell(r, column(page, "Client ID")).value == "C1")
        page.cell(row, column(page, "Send?")).value = "no"
    rename(book, "Happy birthday")
    assert (sent(book), sent(book)) == (["jo"], [])
    said = {who: word for who, word in values(book, "Outbox", "Client ID", "Send?") if word}
    assert said == {"C1": "no"}


def test_words_that_she_wrote_in_outbox_go_out_when_the_campaign_is_renamed(book: Path) -> None:
    crm.run(book, on=DAY - timedelta(days=1), transport=MemoryTransport())
    with edited(book) as file:
        page = sheet(file, "Outbox")
        row = next(r for r in range(2, 9) if page.cell(r, column(page, "Client ID")).value == "C1")
        page.cell(row, column(page, "Text")).value = "My own words"
    rename(book, "Happy birthday")
    transport = MemoryTransport()
    for _ in range(2):
        crm.run(book, on=DAY, transport=transport)
    said = [(message.key.client_id, message.text.startswith("My own words\n")) for message in transport.messages]
    assert sorted(said) == [("C1", True), ("C2", False)]


def say_in_outbox(book: Path, who: str, header: str, said: str) -> None:
    with edited(book) as file:
        page = sheet(file, "Outbox")
        row = next(r for r in range(2, 9) if page.cell(r, column(page, "Client ID")).value == who)
        page.cell(row, column(page, header)).value = said


@pytest.mark.parametrize("looked", [False, True], ids=["renamed as it is lost", "renamed before it is lost"])
@pytest.mark.parametrize("name", ["Happy birthday", "BIRTHDAYS"])
def test_her_no_and_her_words_hold_when_the_campaign_is_renamed_and_the_state_folder_is_lost(
    book: Path, sheetcrm: CommandLine, name: str, *, looked: bool
) -> None:
    before = DAY - timedelta(days=1)
    crm.run(book, on=before, transport=MemoryTransport())
    say_in_outbox(book, "C1", "Send?", "no")
    say_in_outbox(book, "C2", "Text", "My own words")
    rename(book, name)
    if looked:
        sheetcrm("refresh", book, "--on", before)
    shutil.rmtree(sheetcrm.state)
    transport = MemoryTransport()
    crm.run(book, on=DAY, transport=transport)
    sheetcrm("doctor", book, "--take-over")
    for day in (DAY, DAY, NEXT):
        crm.run(book, on=day, transport=transport)
    gone = [(message.key.client_id, message.text.startswith("My own words\n")) for message in transport.messages]
    assert gone == [("C2", True), ("C9", False)]
    assert [word for who, word in values(book, "Outbox", "Client ID", "Send?") if who == "C1"] == ["no"]


def test_a_no_goes_with_the_row_in_campaigns_that_was_renamed_where_another_campaign_is_new_beside_it(
    book: Path, sheetcrm: CommandLine
) -> None:
    crm.run(book, on=DAY - timedelta(days=1), transport=MemoryTransport())
    say_in_outbox(book, "C1", "Send?", "no")
    rename(book, "Happy birthday")
    with edited(book) as file:
        append(sheet(file, "Campaigns"), {"Campaign": "A gift", "Active": "yes", "Trigger": "birthday"})
    shutil.rmtree(sheetcrm.state)
    for _ in range(2):
        crm.run(book, on=DAY, transport=(transport := MemoryTransport()))
        sheetcrm("doctor", book, "--take-over")
    assert ("C1", "Happy birthday") not in {(m.key.client_id, m.key.campaign) for m in transport.messages}
    said = {(who, of): word for who, of, word in values(book, "Outbox", "Client ID", "Campaign", "Send?") if word}
    assert said == {("C1", "Happy birthday"): "no"}


def test_a_no_to_a_campaign_that_is_deleted_says_nothing_of_one_that_stood_beside_it(
    book: Path, sheetcrm: CommandLine
) -> None:
    with edited(book) as file:
        append(sheet(file, "Campaigns"), {"Campaign": "Gift", "Active": "yes", "Trigger": "birthday"})
    crm.run(book, on=DAY - timedelta(days=1), transport=MemoryTransport())
    with edited(book) as file:
        page = sheet(file, "Outbox")
        row = next(
            r
            for r in range(2, 12)
            if [page.cell(r, column(page, name)).value for name in ("Client ID", "Campaign")] == ["C1", "Birthdays"]
        )
        page.cell(row, column(page, "Send?")).value = "no"
        page = sheet(file, "Campaigns")
        page.cell(2, column(page, "Campaign")).value, page.cell(2, column(page, "Trigger")).value = (
            "Thanks",
            "thank-you",
        )
    shutil.rmtree(sheetcrm.state)
    sheetcrm("doctor", book, "--take-over")
    assert "C1" in {who for who, _ in values(book, "Outbox", "Client ID", "Campaign")}
    crm.run(book, on=DAY, transport=(transport := MemoryTransport()))
    sheetcrm("doctor", book, "--take-over")
    crm.run(book, on=DAY, transport=transport)
    assert [(m.key.client_id, m.key.campaign) for m in transport.messages] == [("C1", "Gift"), ("C2", "Gift")]


def test_a_second_campaign_of_the_same_trigger_in_the_table_sends_too(book: Path) -> None:
    sent(book)
    with edited(book) as file:
        append(sheet(file, "Campaigns"), {"Campaign": "Gift", "Active": "yes", "Trigger": "birthday"})
    assert (sent(book), sent(book, NEXT)) == ([], ["anna", "jo", "ann"])  # one message a day, what was due first


def test_a_dry_look_at_a_renamed_campaign_tells_the_same_and_remembers_nothing(
    book: Path, sheetcrm: CommandLine
) -> None:
    sent(book)
    rename(book, "Happy birthday")
    (journal,) = sheetcrm.state.glob("*.sqlite")
    before = journal.read_bytes()
    plan = sheetcrm("plan", book, "--on", DAY, "--json").json
    assert (plan["messages"], plan["held"], journal.read_bytes() == before) == ([], [], True)


def test_a_former_name_that_another_campaign_takes_in_the_same_edit_greets_nobody_again(book: Path) -> None:
    assert sent(book) == ["anna", "jo"]
    with edited(book) as file:
        page = sheet(file, "Campaigns")
        name, trigger = column(page, "Campaign"), column(page, "Trigger")
        old = page.cell(2, name).value
        append(page, {"Campaign": "Birthday greeting", "Active": "yes", "Trigger": "birthday"})
        assert page.cell(2, name).value == old
        page.cell(2, trigger).value = "thank-you"
    assert (sent(book), sent(book, NEXT)) == ([], ["ann"])
    assert sent(book, NEXT + timedelta(days=1)) == []
