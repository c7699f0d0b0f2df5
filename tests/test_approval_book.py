"""Outbox as she reads, edits and ticks it: in her workbook, from one run to the next."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from command_line import CommandLine
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from owner_hand import BORN, DAY, client, column, edited, header_row, rows, salon, sheet, sort_rows

import sheetcrm as crm
from sheetcrm.crm.values import Message
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.testing import MemoryTransport

SATURDAY, SUNDAY = date(2026, 11, 21), DAY
ANNA = (client("C1", "Anna Smith", "anna", BORN),)
HERS = "My dear Anna,\n\nI <3 your hair. Happy birthday!\n\nOlga"


@pytest.fixture(autouse=True)
def _own_state(sheetcrm: CommandLine) -> CommandLine:
    return sheetcrm


def run(book: Path, day: date = SUNDAY) -> list[Message]:
    transport = MemoryTransport()
    crm.run(book, on=day, transport=transport)
    return transport.messages


def type_in(book: Path, table: str = "Outbox", row: int = 0, **cells: Any) -> None:
    """Type into cells of a row, by header ("_" for a blank)."""
    with edited(book) as file:
        page = sheet(file, table)
        for header, value in cells.items():
            page.cell(header_row(page) + 1 + row, column(page, header.replace("_", " "))).value = value


def tick(book: Path, word: Any = "yes", **cells: Any) -> None:
    with edited(book) as file:
        page = sheet(file, "Outbox")
        page.cell(header_row(page) + 1, column(page, "Send?")).value = word
        for header, value in cells.items():
            page.cell(header_row(page) + 1, column(page, header)).value = value


def outbox(book: Path, *headers: str) -> list[tuple[Any, ...]]:
    return [tuple(row[h] for h in headers or ("Send?", "Status", "Reason")) for row in rows(book, "Outbox")]


def test_sundays_birthday_ticked_on_saturday_goes_on_sunday_in_the_words_that_she_wrote(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=ANNA, visits=(), approval="tick")
    assert run(book, SATURDAY) == []
    assert outbox(book) == [(None, "queued", "waits for your tick")]
    tick(book, Subject="Happy  birthday,\tdear", Text=HERS)
    assert run(book, SATURDAY) == []
    (message,) = run(book, SUNDAY)
    opt_out = language("en").say("unsubscribe_email")
    assert (message.subject, message.text) == ("Happy birthday, dear", f"{HERS}\n\n{opt_out}")
    assert "I &lt;3 your hair" in message.html
    assert [(row["Text"], row["Status"]) for row in rows(book, "Sent")] == [(message.text, "sent")]
    assert run(book, SUNDAY) == []


@pytest.mark.parametrize("text", ["Turns {{ age }}, in {{ days(birthday) }} days: {{ on }}", "{{ late }}, {{ due }}"])
def test_a_text_about_its_day_is_made_for_the_day_on_which_it_goes(tmp_path: Path, text: str) -> None:
    book = salon(tmp_path, clients=ANNA, visits=(), approval="tick")
    type_in(book, "Texts", Template="birthday", Channel="email", Subject="Anna", Body=text)
    run(book, SATURDAY)
    (shown,) = outbox(book, "Text")
    if "age" in text:
        assert "Turns 36" in shown[0]
    tick(book)
    assert [m.text for m in run(book, SUNDAY)] == [shown[0]]


@pytest.mark.parametrize("word", ["x", "✓", True, "YES", 1])
def test_whatever_looks_like_a_tick_is_one(tmp_path: Path, word: Any) -> None:
    book = salon(tmp_path, clients=ANNA, visits=(), approval="tick")
    run(book)
    tick(book, word)
    assert len(run(book)) == 1


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_workbooks_own_words_for_yes_and_no_are_understood(tmp_path: Path, code: str) -> None:
    two = (client("C1", "Anna Smith", "anna", BORN, language="en"), client("C2", "Jo Brown", "jo", BORN, language="en"))
    book = salon(tmp_path, language=code, clients=two, visits=(), approval="tick")
    run(book)
    words = language(code)
    with edited(book) as file:
        page = sheet(file, "Outbox")
        for row, word in enumerate(("yes", "no"), header_row(page) + 1):
            page.cell(row, column(page, words.header("send"))).value = words.choice(word)
    assert [m.key.client_id for m in run(book)] == ["C1"]


def test_data_that_change_after_the_tick_bring_the_row_back_once_with_what_changed(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=ANNA, visits=(), approval="tick")
    run(book)
    tick(book)
    type_in(book, "Clients", Name="Anne Smith")
    assert run(book) == []
    assert outbox(book, "Send?", "Status", "Reason", "Subject") == [
        (
            None,
            "queued",
            "please read it again and type “yes”: the data has changed (Subject, Text)",
            "Happy birthday, Anne",
        )
    ]
    before = book.read_bytes()
    assert run(book) == []
    assert book.read_bytes() == before
    tick(book)
    assert [m.subject for m in run(book)] == ["Happy birthday, Anne"]


def test_words_of_hers_stay_when_the_data_change_and_the_new_ones_stand_in_the_reason(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=ANNA, visits=(), approval="tick")
    run(book)
    tick(book, Text=HERS)
    type_in(book, "Clients", Name="Anne Smith")
    assert run(book) == []
    ((send, text, reason),) = outbox(book, "Send?", "Text", "Reason")
    assert (send, text.startswith(HERS)) == (None, True)
    assert "(Subject, Text: Dear Anne, " in reason
    tick(book)
    (message,) = run(book)
    assert (message.subject, message.text.startswith(HERS)) == ("Happy birthday, Anne", True)


def test_with_approval_auto_her_words_go_and_only_where_the_data_changed_since_she_is_asked(tmp_path: Path) -> None:
    book = salon(tmp_path, visits=())
    run(book, SATURDAY)
    with edited(book) as file:
        page = sheet(file, "Outbox")
        for row in (2, 3):
            page.cell(row, column(page, "Text")).value = HERS
    type_in(book, "Clients", row=1, Name="Joanna Brown")
    assert [(m.key.client_id, m.text.startswith(HERS)) for m in run(book)] == [("C1", True)]
    assert outbox(book, "Client ID", "Status")[0] == ("C2", "queued")
    assert "the data has changed (Subject, Text" in str(outbox(book, "Reason")[0][0])
    assert run(book) == []
    tick(book)
    assert [(m.key.client_id, m.text.startswith(HERS)) for m in run(book)] == [("C2", True)]


def test_a_campaign_may_want_a_tick_where_the_others_go_by_themselves(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=ANNA, visits=())
    type_in(book, "Campaigns", Approval="after my tick")
    assert run(book) == []
    tick(book)
    assert len(run(book)) == 1


def test_a_sheet_of_an_earlier_version_keeps_its_ticks_and_gets_its_new_columns(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=ANNA, visits=(), approval="tick")
    run(book)
    with edited(book) as file:
        page = sheet(file, "Outbox")
        for header in ("SMS parts", "Shown", "Send it yourself"):
            at = next((c.column for c in page[1] if c.value == header), None)
            if at is None:
                continue
            page.delete_cols(at)
            table = page.tables["Outbox"]
            table.tableColumns = [each for each in table.tableColumns if each.name != header]
        last = max(c.column_letter for c in page[1] if c.value)
        page.tables["Outbox"].ref = page.tables["Outbox"].autoFilter.ref = f"A1:{last}2"
        for name in [
            n for n in file.defined_names if n.lower().endswith(("outbox.shown", "outbox.link", "outbox.parts"))
        ]:
            del file.defined_names[name]
    tick(book)
    assert len(run(book)) == 1
    page = sheet(load_workbook(book), "Outbox")
    assert page.column_dimensions[get_column_letter(column(page, "Shown"))].hidden


def test_rows_that_she_sorts_or_deletes_keep_their_words_and_ticks(tmp_path: Path) -> None:
    book = salon(tmp_path, visits=(), approval="tick")
    run(book, SATURDAY)
    with edited(book) as file:
        page = sheet(file, "Outbox")
        page.cell(2, column(page, "Text")).value = HERS
        page.cell(2, column(page, "Send?")).value = "yes"
        sort_rows(page, "Client", reverse=True)
        page.delete_rows(3)
    assert [(m.key.client_id, m.text.startswith(HERS)) for m in run(book)] == [("C1", True)]


def test_a_tick_outlives_the_state_folder(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = salon(tmp_path, clients=ANNA, visits=(), approval="tick")
    run(book, SATURDAY)
    tick(book, Text=HERS)
    shutil.rmtree(sheetcrm.state)
    assert run(book, SATURDAY) == []
    (message,) = run(book, SUNDAY)
    assert message.text.startswith(HERS)


def test_a_message_that_is_held_for_a_while_keeps_its_words_and_tick(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=ANNA, visits=(), approval="tick")
    run(book, SATURDAY)
    tick(book, Text=HERS)
    type_in(book, "Clients", Do_not_contact="yes")
    assert run(book, SUNDAY) == []
    ((send, text),) = outbox(book, "Send?", "Text")
    assert (send, text.startswith(HERS)) == ("yes", True)
    type_in(book, "Clients", Do_not_contact=None)
    (message,) = run(book, SUNDAY + timedelta(days=1))
    assert message.text.startswith(HERS)


def test_an_edit_that_she_saves_while_others_are_being_sent_waits_for_the_next_run(tmp_path: Path) -> None:
    book = salon(tmp_path, visits=())

    class Meanwhile(MemoryTransport):
        def send(self, message: Message) -> Any:
            if message.key.client_id == "C1":
                with edited(book) as file:
                    page = sheet(file, "Outbox")
                    page.cell(3, column(page, "Text")).value = HERS
            return super().send(message)

    transport = Meanwhile()
    crm.run(book, on=SUNDAY, transport=transport)
    assert [m.key.client_id for m in transport.messages] == ["C1"]
    assert [(m.key.client_id, m.text.startswith(HERS)) for m in run(book)] == [("C2", True)]


def test_plan_says_of_a_message_that_it_waits_for_her_tick(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = salon(tmp_path, clients=ANNA, visits=(), approval="tick")
    said = sheetcrm("plan", book, "--on", SUNDAY, "--why").out.splitlines()
    assert [line.split()[0:2] for line in said if "waits for your tick" in line] == [["Anna", "Smith"]]


@pytest.mark.slow
def test_a_workbook_saved_by_libreoffice_in_between_keeps_ticks_and_words(tmp_path: Path) -> None:
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice is not here")
    book = salon(tmp_path, visits=(), approval="tick")
    run(book, SATURDAY)
    tick(book, Text=HERS)
    with edited(book) as file:
        page = sheet(file, "Outbox")
        page.cell(3, column(page, "Send?")).value = "yes"
    convert = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/office", "--convert-to", "xlsx"]
    subprocess.run(
        [*convert, "--outdir", str(tmp_path / "saved"), str(book)], check=True, capture_output=True, timeout=180
    )
    shutil.copy(tmp_path / "saved" / book.name, book)
    first, second = run(book, SUNDAY)
    assert (first.text.startswith(HERS), second.text.startswith("Dear Jo,\n\nWe send you")) == (True, True)
    titles = load_workbook(book).sheetnames
    assert [title for title in titles if title.startswith(("Today", "Outbox"))] == ["Today", "Outbox"]


def test_what_is_first_seen_in_quiet_hours_stands_there_to_be_read_and_ticked_and_goes_when_they_end(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = salon(tmp_path, clients=ANNA, visits=(), approval="tick", country="GB", quiet_hours="20:00-08:00")
    with time_machine.travel(datetime(2026, 11, 22, 6, 0, tzinfo=UTC), tick=False) as clock:
        done = sheetcrm("run", book)
        assert (done.code, "Held: 1." in done.out) == (1, True)
        ((to, text, *rest),) = outbox(book, "To", "Text", "Send?", "Status", "Reason")
        assert (to, text.startswith("Dear Anna"), rest) == (
            "anna@example.com",
            True,
            [None, "queued", "waits for your tick"],
        )
        tick(book)
        assert sheetcrm("run", book).code == 0
        assert outbox(book) == [("yes", "queued", "waits for the end of the quiet hours (until 08:00)")]
        clock.shift(timedelta(hours=3))
        assert sheetcrm("run", book, "--outbox", tmp_path / "out").code == 0
    assert [(m["Client ID"], m["Status"]) for m in rows(book, "Sent")] == [("C1", "sent")]


def test_data_that_change_in_quiet_hours_take_her_tick_back_as_they_do_by_day(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = salon(tmp_path, clients=ANNA, visits=(), approval="tick", country="GB", quiet_hours="20:00-08:00")
    with time_machine.travel(datetime(2026, 11, 22, 6, 0, tzinfo=UTC), tick=False):
        sheetcrm("run", book)
        tick(book)
        type_in(book, "Clients", Name="Anne Smith")
        assert sheetcrm("run", book).code == 1
    ((send, text, reason),) = outbox(book, "Send?", "Text", "Reason")
    assert (send, text.startswith("Dear Anne")) == (None, True)
    assert "the data has changed (Subject, Text)" in reason


def test_braces_of_a_template_typed_into_a_text_wait_for_her_words_and_then_go_by_the_same_tick(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=ANNA, visits=(), approval="tick")
    run(book)
    tick(book, Text="Dear {{ name }}!")
    assert run(book) == []
    assert outbox(book) == [("yes", "queued", "“{{ … }}” is not filled in here: please write the words themselves")]
    tick(book, Text="Dear Anna!")
    (message,) = run(book)
    assert message.text.startswith("Dear Anna!")


@pytest.mark.parametrize("words", [("yes", "no"), ("no", "yes")])
def test_of_a_row_that_she_copied_the_no_wins_in_every_run(tmp_path: Path, words: tuple[str, str]) -> None:
    book = salon(tmp_path, clients=ANNA, visits=(), approval="tick")
    run(book, SATURDAY)
    copied = rows(book, "Outbox")[0]
    tick(book, words[0])
    type_in(book, row=1, **{header.replace(" ", "_"): value for header, value in copied.items()} | {"Send?": words[1]})
    assert run(book, SATURDAY) == []
    assert outbox(book) == [("no", "skipped", "stopped: you typed “no” under “Send?”")]
    assert run(book, SUNDAY) == []


def test_a_yes_in_a_row_whose_key_is_gone_is_told_and_lets_nothing_go(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = salon(tmp_path, clients=(*ANNA, client("C2", "Jo Brown", "jo", BORN)), visits=(), approval="tick")
    run(book, SATURDAY)
    tick(book, Key=None)
    said = sheetcrm("run", book, "--on", SUNDAY, "--outbox", tmp_path / "out")
    assert said.err.startswith("Outbox!A2: The key of this row is gone, so “yes” in it counted for nothing. Look for")
    assert (said.code, outbox(book)) == (1, [(None, "queued", "waits for your tick")] * 2)


def empty_column(book: Path, *headers: str) -> None:
    """Delete what stands beneath some headers of Outbox, as she does with cells that say nothing to her."""
    with edited(book) as file:
        page = sheet(file, "Outbox")
        for header in headers:
            for row in range(header_row(page) + 1, page.max_row + 1):
                page.cell(row, column(page, header)).value = None


@pytest.mark.parametrize("gone", [("Key",), ("Key", "Client ID"), ("Key", "Client ID", "Shown")])
@pytest.mark.parametrize(
    ("approval", "word", "sent", "said"),
    [
        ("auto", "no", ["C2"], "no"),  # to this one she said no
        ("auto", "done", ["C2"], None),  # she has sent it herself: not twice
        ("auto", "perhaps", ["C2"], "perhaps"),
        ("auto", None, ["C1", "C2"], None),
        ("tick", "yes", [], None),  # a yes is one to the message whose key stood beside it: asked again
        ("tick", "no", [], "no"),
    ],
)
def test_where_all_keys_are_gone_no_word_of_hers_is_lost_unsaid_and_the_rows_are_written_anew(
    tmp_path: Path,
    sheetcrm: CommandLine,
    gone: tuple[str, ...],
    approval: str,
    word: str | None,
    sent: list[str],
    said: str | None,
) -> None:
    book = salon(
        tmp_path, clients=(*ANNA, client("C2", "Jo Brown", "jo", BORN)), visits=(), approval=approval, outbox_days=7
    )
    sheetcrm("run", book, "--on", SATURDAY)
    before = outbox(book, "Key", "Client ID")
    tick(book, word)
    empty_column(book, *gone)
    plan = sheetcrm("plan", book, "--on", SUNDAY, "--json").json
    assert sorted(m["client_id"] for m in plan["messages"]) == sent
    first = sheetcrm("run", book, "--on", SATURDAY, "--outbox", tmp_path / "out")
    told = "Outbox!A2: The key of this row is gone, so “yes” in it counted for nothing." in first.err
    assert told is (word == "yes")
    assert first.code == int(word in ("yes", "perhaps"))
    kept = before if word != "done" else before[1:]
    assert (
        outbox(book, "Key", "Client ID"),
        len([t for t in load_workbook(book).sheetnames if t.startswith("Outbox")]),
    ) == (kept, 1)
    assert (outbox(book, "Send?")[0][0]) == said
    again = sheetcrm("run", book, "--on", SATURDAY, "--outbox", tmp_path / "out")
    assert "key" not in again.err  # told once
    sheetcrm("run", book, "--on", SUNDAY, "--outbox", tmp_path / "out")
    went = [row["Client ID"] for row in rows(book, "Sent")]
    assert sorted(went) == (["C1", "C2"] if word == "done" else sent)
    assert len(list((tmp_path / "out").glob("*.eml")) if (tmp_path / "out").exists() else []) == len(sent)


def test_words_that_she_wrote_into_a_row_go_out_although_the_key_is_gone(tmp_path: Path) -> None:
    book = salon(tmp_path, clients=ANNA, visits=())
    run(book, SATURDAY)
    tick(book, None, Text=HERS)
    empty_column(book, "Key", "Client ID")
    (message,) = run(book)
    assert message.text.startswith(HERS)


def test_a_word_that_is_none_is_said_not_to_be_understood_and_no_longer_once_its_day_is_over(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = salon(tmp_path, clients=ANNA, visits=(), approval="tick")
    run(book, SATURDAY)
    tick(book, "perhaps")
    assert run(book, SUNDAY) == []
    assert outbox(book) == [("perhaps", "queued", "waits: the word under “Send?” was not understood")]
    said = sheetcrm("run", book, "--on", SUNDAY + timedelta(days=7), "--outbox", tmp_path / "out")
    assert (said.code, said.err) == (0, "")


@pytest.mark.parametrize("sorts", [False, True])
def test_a_word_that_is_none_is_named_once_by_the_cell_in_which_it_stands_after_the_run(
    tmp_path: Path, sheetcrm: CommandLine, sorts: bool
) -> None:
    some = (client("C3", "Eve Green", "eve", date(1990, 11, 23)), client("C4", "Mia Black", "mia", date(1990, 11, 25)))
    book = salon(tmp_path, clients=(*ANNA, client("C2", "Jo Brown", "jo", BORN), *some), visits=())
    run(book, SATURDAY)
    type_in(book, row=3, **{"Send?": "perhaps"})
    with edited(book) as file:
        if sorts:  # the first save brings the rows back into order, the second takes those that went out
            sort_rows(sheet(file, "Outbox"), "Due", reverse=True)
    said = sheetcrm("run", book, "--on", SUNDAY, "--outbox", tmp_path / "out")
    page = sheet(load_workbook(book), "Outbox")
    (cell,) = (one.coordinate for line in page.iter_rows() for one in line if one.value == "perhaps")
    assert (said.code, [line.split(": ")[0] for line in said.err.splitlines()]) == (1, [f"Outbox!{cell}"])
    assert [(row["Sheet"], f"{row['Column']}{row['Row']}") for row in rows(book, "Problems")] == [("Outbox", cell)]
    again = sheetcrm("run", book, "--on", SUNDAY, "--outbox", tmp_path / "out")
    assert (again.code, again.err) == (said.code, said.err)


@pytest.mark.parametrize("approval", ["auto", "tick"])
def test_not_sent_beside_a_message_that_is_to_go_stays_is_told_and_holds_it(
    tmp_path: Path, sheetcrm: CommandLine, approval: str
) -> None:
    book = salon(tmp_path, clients=ANNA, visits=(), approval=approval)
    run(book, SATURDAY)
    tick(book, "not sent")
    for _ in range(2):
        said = sheetcrm("run", book, "--on", SUNDAY, "--outbox", tmp_path / "out")
        assert (said.code, said.err[:30]) == (1, "Outbox!J2: “not sent” is not o")
        assert outbox(book) == [("not sent", "queued", "waits: the word under “Send?” was not understood")]
    tick(book, "yes")
    assert len(run(book, SUNDAY)) == 1


def test_plan_lists_what_waits_for_a_tick_or_is_refused_among_those_held_alone(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = salon(tmp_path, clients=(*ANNA, client("C2", "Jo Brown", "jo", BORN)), visits=(), approval="tick")
    run(book, SUNDAY)
    tick(book, "no")
    found = sheetcrm("plan", book, "--on", SUNDAY, "--json").json
    reasons = sorted(one["reason"] for one in found["held"])
    assert (found["messages"], reasons) == ([], ["stopped", "waits-for-tick"])
    assert sheetcrm("run", book, "--on", SUNDAY, "--json", "--outbox", tmp_path / "out").json["held"] == 2


def test_what_was_too_late_for_want_of_her_tick_says_so_wherever_it_is_told(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = salon(tmp_path, clients=ANNA, visits=(), approval="tick")
    run(book, SUNDAY)
    late = SUNDAY + timedelta(days=3)
    assert "too late to be sent (waited for your tick)" in sheetcrm("plan", book, "--on", late, "--why").out
    run(book, late)
    assert outbox(book) == [(None, "skipped", "too late to be sent (waited for your tick)")]
    assert [row["Reason"] for row in rows(book, "Why")] == ["too late to be sent (waited for your tick)"]


@pytest.mark.parametrize("hour", [6, 21])
@pytest.mark.parametrize(
    ("word", "reason", "said"),
    [
        (None, "waits-for-tick", "waits for your tick"),
        ("no", "stopped", "stopped: you typed “no” under “Send?”"),
        ("perhaps", "word-not-read", "waits: the word under “Send?” was not understood"),
    ],
)
def test_what_waits_for_her_word_by_night_has_that_one_reason_in_the_plan_in_outbox_and_in_why(
    tmp_path: Path, sheetcrm: CommandLine, hour: int, word: str | None, reason: str, said: str
) -> None:
    book = salon(tmp_path, clients=ANNA, visits=(), approval="tick", country="GB", quiet_hours="20:00-08:00")
    with time_machine.travel(datetime(2026, 11, 22, hour, 0, tzinfo=UTC), tick=False):
        sheetcrm("run", book)
        tick(book, word)
        sheetcrm("run", book)
        plan = sheetcrm("plan", book, "--json").json
        week = sheetcrm("plan", book, "--json", "--days", 7).json
    assert [[one["reason"] for one in found["held"]] for found in (plan, week)] == [[reason], [reason]]
    assert (plan["messages"], week["messages"]) == ([], [])
    assert (outbox(book, "Reason"), [row["Reason"] for row in rows(book, "Why")]) == ([(said,)], [said])


def test_the_plan_of_today_knows_the_hour_and_that_of_another_day_does_not(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    two = (*ANNA, client("C2", "Jo Brown", "jo", date(1990, 11, 23)))
    book = salon(tmp_path, clients=two, visits=(), country="GB", quiet_hours="20:00-08:00")

    def told(*options: object) -> tuple[list[str], list[tuple[str, str]]]:
        found = sheetcrm("plan", book, "--json", *options).json
        held = [(one["client_id"], one["reason"]) for one in found["held"]]
        return [one["client_id"] for one in found["messages"]], held

    with time_machine.travel(datetime(2026, 11, 22, 6, 0, tzinfo=UTC), tick=False):
        assert told() == ([], [("C1", "quiet-hours")])
        assert told("--days", 2) == (["C2"], [("C1", "quiet-hours")])
        assert told("--channel", "email") == ([], [("C1", "quiet-hours")])
        assert told("--on", "2026-11-23") == (["C2"], [])


def test_where_she_typed_over_the_address_nothing_goes_to_the_old_one_until_she_says_so(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = salon(tmp_path, clients=ANNA, visits=())
    assert run(book, SATURDAY) == []
    type_in(book, To="other@example.com")
    assert (run(book), run(book)) == ([], [])
    assert outbox(book, "To", "Reason")[0][0] == "anna@example.com"
    assert sheetcrm("run", book, "--on", SUNDAY, "--outbox", tmp_path / "out").code == 1
    tick(book)
    assert [message.to for message in run(book)] == ["anna@example.com"]
