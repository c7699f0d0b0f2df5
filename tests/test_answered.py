"""A word in a cell is enough: what became of a message in doubt is typed over its status, or under Send?, and the next run does it."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from command_line import CommandLine
from owner_hand import column, edited, header_row, sheet, values

import sheetcrm as crm
from sheetcrm.crm.values import Delivery, Message, Status
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.testing import MemoryTransport, make_workbook

DAY = date(2026, 11, 22)
CLIENTS = """
Client ID | Name       | Email            | Birthday   | Email consent
C1        | Anna Nowak | anna@example.com | 1990-11-22 | yes
"""


class Doubtful(MemoryTransport):
    """Takes each message and forgets to say so, for the first so many."""

    def __init__(self, doubts: int) -> None:
        super().__init__()
        self.doubts = doubts

    def send(self, message: Message) -> Delivery:
        delivery = super().send(message)
        return Delivery(Status.UNKNOWN, "connection lost") if len(self.messages) <= self.doubts else delivery


class Passing(Doubtful):
    """Refuses the first message for a passing reason, and forgets to say what became of the next one."""

    def send(self, message: Message) -> Delivery:
        delivery = super().send(message)
        if len(self.messages) == 1:
            return Delivery(Status.FAILED, "451 try later", passing=True)
        return Delivery(Status.UNKNOWN, "connection lost") if len(self.messages) == 1 + self.doubts else delivery


def salon(folder: Path, code: str = "en", **more: str) -> Path:
    return make_workbook(
        folder / "salon.xlsx",
        CLIENTS,
        campaigns="Campaign | Active | Trigger\nBirthday | yes | birthday",
        settings=f"Setting | Value\nsender | malva@example.com\ntimezone | UTC\nlanguage | {code}\n"
        + "".join(f"{name} | {value}\n" for name, value in more.items()),
    )


def type_in(book: Path, table: str, field: str, word: str, code: str = "en") -> None:
    with edited(book) as workbook:
        page = sheet(workbook, table)
        page.cell(header_row(page) + 1, column(page, language(code).header(field))).value = word


def in_doubt(folder: Path, code: str = "en") -> tuple[Path, Doubtful]:
    book, transport = salon(folder, code), Doubtful(1)
    crm.run(book, on=DAY, transport=transport)
    return book, transport


def statuses(book: Path, code: str = "en") -> list[tuple[str, str | None]]:
    words = language(code)
    return values(book, "Sent", words.header("status"), words.header("detail"))


CELLS = [("Sent", "status"), ("Outbox", "status"), ("Outbox", "send")]


@pytest.mark.parametrize(
    ("code", "table", "field"),
    [*((code, *CELLS[n % 3]) for n, code in enumerate(LANGUAGES)), *(("en", *c) for c in CELLS[1:])],
)
def test_failed_lets_it_go_again_and_is_told(tmp_path: Path, code: str, table: str, field: str) -> None:
    book, transport = in_doubt(tmp_path, code)
    words = language(code)
    type_in(book, table, field, words.choice("failed"), code)
    report = crm.run(book, on=DAY, transport=transport)
    assert (report.sent, len(transport.messages)) == (1, 2)
    told = [note for note in report.notes if words.choice("failed") in note]
    assert len(told) == 1
    assert statuses(book, code) == [(words.choice("sent"), None)]
    again = crm.run(book, on=DAY, transport=transport)
    assert (again.sent, again.written, again.notes) == (0, False, ())


@pytest.mark.parametrize(("table", "field"), CELLS)
def test_sent_settles_it_and_is_told(tmp_path: Path, table: str, field: str) -> None:
    book, transport = in_doubt(tmp_path)
    type_in(book, table, field, "Sent")
    report = crm.run(book, on=DAY, transport=transport)
    assert (report.sent, report.held, len(transport.messages)) == (0, 0, 1)
    assert [note.split(" is ")[1] for note in report.notes] == ["“sent”."]
    assert [status for status, _ in statuses(book)] == ["sent"]
    assert crm.run(book, on=DAY, transport=transport).notes == ()


def test_a_refresh_carries_it_out_as_well_and_sends_nothing(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book, transport = in_doubt(tmp_path)
    type_in(book, "Sent", "status", "not sent")
    done = sheetcrm("refresh", book, "--on", DAY, "--json")
    assert (done.json["due"], len(done.json["notes"]), len(transport.messages)) == (1, 1, 1)


def test_two_words_that_differ_send_nothing(tmp_path: Path) -> None:
    book, transport = in_doubt(tmp_path)
    type_in(book, "Sent", "status", "sent")
    type_in(book, "Outbox", "send", "not sent")
    assert crm.run(book, on=DAY, transport=transport).sent == 0
    assert [status for status, _ in statuses(book)] == ["sent"]


def test_a_word_that_is_none_is_set_right_and_sends_nothing(tmp_path: Path) -> None:
    book, transport = in_doubt(tmp_path)
    type_in(book, "Sent", "status", "hm, ask Anna")
    assert (crm.run(book, on=DAY, transport=transport).sent, statuses(book)[0][0]) == (0, "not certain")


@pytest.mark.parametrize(("table", "field"), CELLS)
def test_her_word_on_one_attempt_says_nothing_of_the_next(tmp_path: Path, table: str, field: str) -> None:
    book, transport = salon(tmp_path), Doubtful(9)
    crm.run(book, on=DAY, transport=transport)
    type_in(book, table, field, "not sent")
    copy = shutil.copy(book, tmp_path / "copy.xlsx")
    crm.run(book, on=DAY, transport=transport)  # the second attempt, in doubt again
    assert len(transport.messages) == 2
    for _ in range(2):
        crm.run(book, on=DAY, transport=transport)
    shutil.copy(copy, book)  # her word stands there, on the first attempt
    with_older_copy = [crm.run(book, on=DAY, transport=transport).sent for _ in range(2)]
    assert (with_older_copy, len(transport.messages)) == ([0, 0], 2)


def test_what_we_wrote_of_an_attempt_that_failed_is_no_word_of_hers_on_one_in_doubt(tmp_path: Path) -> None:
    book, transport = salon(tmp_path), Passing(1)
    crm.run(book, on=DAY, transport=transport)
    copy = shutil.copy(book, tmp_path / "copy.xlsx")
    assert statuses(book)[0][0] == "not sent"
    crm.run(book, on=DAY, transport=transport)  # at the same moment, for the day was named: noon
    shutil.copy(copy, book)
    for _ in range(2):
        crm.run(book, on=DAY, transport=transport)
    assert (len(transport.messages), statuses(book)[0][0]) == (2, "not certain")


def test_a_tick_from_before_the_attempt_is_no_word_on_it(tmp_path: Path) -> None:
    book, transport = salon(tmp_path, approval="tick"), Doubtful(1)
    crm.run(book, on=DAY, transport=transport)
    type_in(book, "Outbox", "send", "yes")
    for _ in range(2):
        crm.run(book, on=DAY, transport=transport)
    assert (len(transport.messages), statuses(book)[0][0]) == (1, "not certain")


# what may have gone out unseen


def lost(folder: Path, state: Path, **more: str) -> tuple[Path, MemoryTransport]:
    """A workbook from before the sending, whose journal is lost as well."""
    book, transport = salon(folder, **more), MemoryTransport()
    crm.run(book, on=date(2026, 11, 21), transport=transport)
    copy = shutil.copy(book, folder / "copy.xlsx")
    crm.run(book, on=DAY, transport=transport)
    shutil.copy(copy, book)
    shutil.rmtree(state)
    return book, transport


@pytest.mark.parametrize(
    ("word", "field", "sent"),
    [("yes", "send", 1), ("not sent", "send", 1), ("not sent", "status", 1), ("sent", "send", 0), ("no", "send", 0)],
)
def test_what_may_have_gone_out_goes_at_her_word(
    tmp_path: Path, sheetcrm: CommandLine, word: str, field: str, sent: int
) -> None:
    book, transport = lost(tmp_path, sheetcrm.state)
    assert crm.run(book, on=DAY, transport=transport).held == 1
    type_in(book, "Outbox", field, word)
    report = crm.run(book, on=DAY, transport=transport)
    assert (report.sent, len(transport.messages)) == (sent, 1 + sent)
    assert crm.run(book, on=DAY, transport=transport).sent == 0


def test_every_question_is_answered_whatever_else_keeps_the_message(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = make_workbook(
        tmp_path / "salon.xlsx",
        "Client ID | Name | Email | Birthday | Client since | Email consent\n"
        "C1 | Anna Nowak | anna@example.com | 1990-11-22 | 2020-11-22 | yes",
        campaigns="Campaign | Active | Trigger\nBirthday | yes | birthday\nYears | yes | anniversary",
        settings="Setting | Value\nsender | malva@example.com\ntimezone | UTC\nlanguage | en",
    )
    transport = MemoryTransport()
    assert crm.run(book, on=DAY, transport=transport).sent == 1  # the other one waits for tomorrow
    shutil.rmtree(sheetcrm.state)
    run = ("run", book, "--on", DAY, "--outbox", tmp_path / "mails")
    assert (sheetcrm(*run).code, len(values(book, "Outbox", "Reason"))) == (1, 1)
    type_in(book, "Outbox", "send", "not sent")
    assert sheetcrm(*run).code == 0
    assert crm.run(book, on=date(2026, 11, 23), transport=transport).sent == 1


@pytest.mark.parametrize("word", ["yes", "not sent"])
def test_a_word_from_before_the_question_does_not_answer_it(tmp_path: Path, sheetcrm: CommandLine, word: str) -> None:
    book, transport = salon(tmp_path, approval="tick"), MemoryTransport()
    crm.run(book, on=DAY, transport=transport)
    type_in(book, "Outbox", "send", "yes")
    copy = shutil.copy(book, tmp_path / "copy.xlsx")
    assert crm.run(book, on=DAY, transport=transport).sent == 1
    shutil.copy(copy, book)
    shutil.rmtree(sheetcrm.state)
    if word != "yes":
        type_in(book, "Outbox", "send", word)
    for _ in range(2):
        crm.run(book, on=DAY, transport=transport)
    assert len(transport.messages) == 1
    assert values(book, "Outbox", "Send?") == [(None,)]


def test_a_no_from_before_the_question_stays_a_no_and_nothing_is_asked(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book, transport = salon(tmp_path), MemoryTransport()
    crm.run(book, on=date(2026, 11, 21), transport=transport)
    type_in(book, "Outbox", "send", "no")
    shutil.rmtree(sheetcrm.state)
    crm.run(book, on=DAY, transport=transport)
    assert values(book, "Outbox", "Send?", "Status") == [("no", "skipped")]
    sheetcrm("doctor", book, "--take-over")
    crm.run(book, on=DAY, transport=transport)
    assert transport.messages == []


def test_an_answered_question_put_back_with_a_second_lost_journal_is_asked_again(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book, transport = lost(tmp_path, sheetcrm.state)
    crm.run(book, on=DAY, transport=transport)
    type_in(book, "Outbox", "send", "yes")
    answered = shutil.copy(book, tmp_path / "answered.xlsx")
    assert crm.run(book, on=DAY, transport=transport).sent == 1
    shutil.copy(answered, book)
    shutil.rmtree(sheetcrm.state)
    for _ in range(2):
        assert crm.run(book, on=DAY, transport=transport).sent == 0
    assert len(transport.messages) == 2
