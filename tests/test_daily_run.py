"""The daily run on small workbooks: what goes, what waits, what never goes twice."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from birthday_book import SETTINGS, birthday_book
from command_line import CommandLine
from smtp_server import Fault, smtp_server

import sheetcrm as crm
from sheetcrm.running import open_workbook
from sheetcrm.testing import MemoryTransport, make_workbook

pytestmark = pytest.mark.usefixtures("sheetcrm")  # a state folder of its own

DAY = date(2026, 11, 22)
TWO = """
    Client ID | Name       | Email            | Birthday   | Email consent
    C1        | Anna Smith | anna@example.com | 1990-11-22 | yes
    C2        | Jo Brown   | jo@example.com   | 1985-11-22 | yes
"""


def book_of(folder: Path, clients: str = TWO, settings: str = SETTINGS) -> Path:
    return birthday_book(folder, clients, settings=settings)


def many(count: int) -> str:
    rows = [f"C{n} | Client {chr(65 + n % 26)}a | c{n}@example.com | 1990-11-22 | yes" for n in range(1, count + 1)]
    return "\n".join(["Client ID | Name | Email | Birthday | Email consent", *rows])


def recipients(transport: MemoryTransport) -> list[str]:
    return [message.to for message in transport.messages]


def test_each_person_gets_her_message_once_however_often_it_runs(tmp_path: Path) -> None:
    book, transport = book_of(tmp_path), MemoryTransport()
    reports = [crm.run(book, on=DAY, transport=transport) for _ in range(3)]
    assert recipients(transport) == ["anna@example.com", "jo@example.com"]
    assert [(r.sent, r.written) for r in reports] == [(2, True), (0, False), (0, False)]


def test_a_lost_state_folder_alone_sends_nothing_again(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book, transport = book_of(tmp_path), MemoryTransport()
    crm.run(book, on=DAY, transport=transport)
    shutil.rmtree(sheetcrm.state)
    assert crm.run(book, on=DAY, transport=transport).sent == 0


def test_an_older_copy_of_the_workbook_alone_sends_nothing_again(tmp_path: Path) -> None:
    book, transport = book_of(tmp_path), MemoryTransport()
    crm.run(book, on=date(2026, 11, 21), transport=transport)
    copy = Path(shutil.copy(book, tmp_path / "copy.xlsx"))
    crm.run(book, on=DAY, transport=transport)
    shutil.copy(copy, book)
    assert crm.run(book, on=DAY, transport=transport).sent == 0
    assert len(openpyxl.load_workbook(book)["Sent"]["A"]) == 3


def test_both_lost_at_once_holds_what_may_have_gone_out_until_the_owner_speaks(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book, transport = book_of(tmp_path), MemoryTransport()
    crm.run(book, on=date(2026, 11, 21), transport=transport)
    copy = Path(shutil.copy(book, tmp_path / "copy.xlsx"))
    crm.run(book, on=DAY, transport=transport)
    shutil.copy(copy, book)
    shutil.rmtree(sheetcrm.state)

    held = crm.run(book, on=DAY, transport=transport)
    assert (held.sent, held.held) == (0, 2)
    plan = sheetcrm("plan", book, "--on", DAY, "--json").json
    assert {h["reason"] for h in plan["held"]} == {"unknown-history"}

    cells = openpyxl.load_workbook(book)["Outbox"]
    keys = {row[2].value: row[0].value for row in cells.iter_rows(min_row=2)}
    assert sheetcrm("resolve", book, keys["C1"], "failed", "--on", DAY).code == 0
    assert sheetcrm("resolve", book, keys["C2"], "sent", "--on", DAY).code == 0
    assert crm.run(book, on=DAY, transport=transport).sent == 1
    assert [m.key.client_id for m in transport.messages] == ["C1", "C2", "C1"]


def test_the_first_live_send_to_many_wants_a_yes(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book_of(tmp_path, many(21))
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        asked = sheetcrm("run", book, "--on", DAY, "--json")
        assert (asked.code, asked.json["sent"], asked.json["held"]) == (1, 0, 21)
        assert "first_send" in asked.err
        outbox = openpyxl.load_workbook(book)["Outbox"]
        assert {row[11].value for row in outbox.iter_rows(min_row=2)} == {"waits for your yes to the first sending"}
        assert sheetcrm("run", book, "--on", DAY, "--yes", "--json").json["sent"] == 21
    assert len(set(server.recipients)) == len(server.recipients) == 21


@pytest.mark.parametrize("options", [(), ("--limit", "3"), ("--limit", "0"), ("--outbox", "DIR", "--limit", "3")])
def test_a_refresh_right_after_a_run_finds_nothing_to_write(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    book = book_of(tmp_path, many(30))
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        told = [o.replace("DIR", str(tmp_path / "mails")) for o in options]
        assert sheetcrm("run", book, "--on", DAY, "--json", *told).json["written"] is True
        after = sheetcrm("refresh", book, "--on", DAY, "--json").json
        assert (after["changed"], after["written"]) == (0, False)
        assert sheetcrm("run", book, "--on", DAY, "--json").json["written"] is False
    outbox = openpyxl.load_workbook(book)["Outbox"]
    waiting = [row[11].value for row in outbox.iter_rows(min_row=2)].count("waits for your yes to the first sending")
    assert waiting == (27 if "3" in options else 30)


def test_a_refresh_says_too_that_a_first_send_to_many_waits(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = book_of(tmp_path, many(21))
    assert sheetcrm("refresh", book, "--on", DAY, "--json").json["due"] == 21
    outbox = openpyxl.load_workbook(book)["Outbox"]
    assert {row[11].value for row in outbox.iter_rows(min_row=2)} == {"waits for your yes to the first sending"}


def test_a_dry_run_says_that_a_first_send_to_many_would_wait(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = book_of(tmp_path, many(21))
    dry = sheetcrm("run", book, "--on", DAY, "--dry-run", "--json")
    assert (dry.json["would_send"], dry.json["held"]) == (0, 21)
    assert "first_send" in dry.err
    assert sheetcrm("run", book, "--on", DAY, "--dry-run", "--yes", "--json").json["would_send"] == 21
    assert sheetcrm("run", book, "--on", DAY, "--dry-run", "--limit", 5, "--json").json["would_send"] == 5


def test_her_yes_in_settings_lets_the_first_live_send_go(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book_of(tmp_path, many(21), settings=SETTINGS + "    first_send | yes\n")
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        assert sheetcrm("run", book, "--on", DAY, "--json").json["sent"] == 21


def test_a_trial_goes_to_one_address_and_records_nothing(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book_of(tmp_path)
    before = book.read_bytes()
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        trial = sheetcrm("send", book, "--on", DAY, "--to", "me@example.com", "--json")
        assert (trial.code, trial.json["sent"]) == (0, 2)
        assert server.recipients == ["me@example.com", "me@example.com"]
        assert book.read_bytes() == before
        assert not sheetcrm.state.exists()
        assert sheetcrm("run", book, "--on", DAY, "--json").json["sent"] == 2


def test_a_trial_that_the_server_refuses_says_why(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book_of(tmp_path, settings=SETTINGS.replace("en\n", "pl\n"))
    with smtp_server(Fault("RCPT", "550 5.1.1 no such mailbox")) as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        trial = sheetcrm("send", book, "--on", DAY, "--to", "me@example.com")
    assert (trial.code, trial.err) == (4, "Niewysłane wiadomości: 2. 550 5.1.1 no such mailbox.\n")
    assert not sheetcrm.state.exists()


def test_messages_written_as_files_count_as_sent(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book, outbox = book_of(tmp_path), tmp_path / "mails"
    assert sheetcrm("send", book, "--on", DAY, "--outbox", outbox, "--json").json["sent"] == 2
    assert sorted(p.suffix for p in outbox.iterdir()) == [".eml", ".eml", ".txt", ".txt"]
    assert sheetcrm("send", book, "--on", DAY, "--outbox", outbox, "--json").json["sent"] == 0


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("en", "written to a file"),
        ("pl", "zapisano do pliku"),
        ("uk", "записано у файл"),
        ("ru", "записано в файл"),
        ("it", "scritto in un file"),
        ("es", "escrito en un archivo"),
    ],
)
def test_sent_says_in_the_owners_language_what_became_of_a_message_and_is_read_back(
    tmp_path: Path, sheetcrm: CommandLine, code: str, written: str
) -> None:
    book = book_of(tmp_path, settings=SETTINGS.replace("en\n", f"{code}\n"))
    sheetcrm("send", book, "--on", DAY, "--outbox", tmp_path / "mails")
    assert [line["detail"] for line in open_workbook(book).sent_cells()] == ["written to a file"] * 2
    (sent,) = (page for page in openpyxl.load_workbook(book) if "Sent" in page.tables)
    assert [row[-1].value for row in sent.iter_rows(min_row=2)] == [written] * 2
    shutil.rmtree(sheetcrm.state)
    assert sheetcrm("run", book, "--on", DAY, "--limit", 0, "--json").json["written"] is False


def test_a_message_that_failed_for_now_says_why_and_that_it_is_tried_again(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book_of(tmp_path)
    with smtp_server(Fault("RCPT", "450 4.2.0 greylisted, come back later", last=4)) as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        first, second, third = (sheetcrm("run", book, "--on", DAY) for _ in range(3))
    assert [(done.code, done.err) for done in (first, second)] == [
        (4, "Messages not sent: 2. The sheet “Sent” says why.\n")
    ] * 2
    assert (third.code, third.out) == (0, "Sent: 0. Not sent: 0. Not certain: 0. Held: 2.\n")
    assert third.err == (
        "Messages that failed before and wait for their next try, which comes by itself: 2. The sheet “Outbox” says why.\n"
    )
    outbox = openpyxl.load_workbook(book)["Outbox"]
    assert [(row[10].value, row[11].value) for row in outbox.iter_rows(min_row=2)] == [
        ("queued", "did not go at the last try (450 4.2.0 greylisted, come back later); it is tried again by itself")
    ] * 2


def test_a_limit_leaves_the_rest_for_the_next_run(tmp_path: Path) -> None:
    book, transport = book_of(tmp_path), MemoryTransport()
    assert crm.run(book, on=DAY, transport=transport, limit=1).sent == 1
    assert crm.run(book, on=DAY, transport=transport).sent == 1
    assert sorted(recipients(transport)) == ["anna@example.com", "jo@example.com"]


def test_a_message_that_wants_a_tick_waits_for_it(tmp_path: Path) -> None:
    book, transport = book_of(tmp_path, settings=SETTINGS + "    approval | tick\n"), MemoryTransport()
    waits = crm.run(book, on=DAY, transport=transport)
    assert (waits.sent, waits.held, waits.waiting) == (0, 2, True)
    made = openpyxl.load_workbook(book)
    outbox = made["Outbox"]
    column = next(c.column for c in outbox[1] if c.value == "Send?")
    outbox.cell(2, column).value = "yes"
    outbox.cell(3, column).value = "no"
    made.save(book)
    crm.run(book, on=DAY, transport=transport)
    assert len(transport.messages) == 1


def test_another_machine_does_not_send_until_it_takes_over(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, transport = book_of(tmp_path), MemoryTransport()
    crm.run(book, on=date(2026, 11, 20), transport=transport)
    monkeypatch.setenv("SHEETCRM_MACHINE", "the old laptop's successor")
    monkeypatch.setenv("SHEETCRM_STATE", str(tmp_path / "its-state"))
    refused = sheetcrm("run", book, "--on", DAY, "--outbox", tmp_path / "mails", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (3, "another-machine")
    sheetcrm("doctor", book, "--take-over")
    assert sheetcrm("run", book, "--on", DAY, "--outbox", tmp_path / "mails", "--json").json["sent"] == 2


def test_a_day_the_computer_was_off_is_made_up_for_within_grace(tmp_path: Path) -> None:
    book, transport = book_of(tmp_path), MemoryTransport()
    crm.run(book, on=date(2026, 11, 20), transport=transport)
    assert crm.run(book, on=date(2026, 11, 24), transport=transport).sent == 2


def test_a_greeting_too_late_is_held_and_says_so(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book, transport = book_of(tmp_path), MemoryTransport()
    crm.run(book, on=date(2026, 11, 20), transport=transport)
    assert crm.run(book, on=date(2026, 11, 25), transport=transport).sent == 0
    held = sheetcrm("plan", book, "--on", "2026-11-25", "--json").json["held"]
    assert {h["reason"] for h in held} == {"too-late"}


def test_an_opt_out_typed_before_the_run_stops_everything(tmp_path: Path) -> None:
    clients = """
        Client ID | Name       | Email            | Birthday   | Email consent | No contact
        C1        | Anna Smith | anna@example.com | 1990-11-22 | yes           | yes
        C2        | Jo Brown   | jo@example.com   | 1985-11-22 |               |
    """
    transport = MemoryTransport()
    report = crm.run(book_of(tmp_path, clients), on=DAY, transport=transport)
    assert (report.sent, report.held, transport.messages) == (0, 2, [])


def test_a_new_row_gets_its_id_before_her_first_message(tmp_path: Path) -> None:
    clients = """
        Client ID | Name       | Email            | Birthday   | Email consent
        K007      | Anna Smith | anna@example.com | 1990-11-22 | yes
                  | Jo Brown   | jo@example.com   | 1985-11-22 | yes
    """
    book, transport = book_of(tmp_path, clients), MemoryTransport()
    crm.run(book, on=DAY, transport=transport)
    assert [m.key.client_id for m in transport.messages] == ["K007", "K008"]
    assert openpyxl.load_workbook(book)["Clients"]["A3"].value == "K008"


def test_while_the_workbook_is_open_messages_go_and_the_sheets_catch_up_later(tmp_path: Path) -> None:
    book, transport = book_of(tmp_path), MemoryTransport()
    lock = book.with_name(f".~lock.{book.name}#")
    lock.write_text(",Maria,salon,22.11.2026 12:00,file;", "utf-8")
    before = book.read_bytes()
    report = crm.run(book, on=DAY, transport=transport)
    assert (report.sent, report.written, book.read_bytes() == before) == (2, False, True)
    assert any("Maria" in note for note in report.notes)
    assert crm.run(book, on=DAY, transport=transport).sent == 0
    lock.unlink()
    assert crm.run(book, on=DAY, transport=transport).written is True
    assert len(openpyxl.load_workbook(book)["Sent"]["A"]) == 3


def test_plain_frames_need_no_workbook() -> None:
    clients = pd.DataFrame(
        {"client_id": ["A", "B"], "name": ["Anna", "Jo"], "email": ["anna@example.com", "jo(at)example.com"]},
        index=[10, 20],
    )
    visits = pd.DataFrame({"date": ["2026-11-01", "2026-11-10"], "client": ["A", "A"], "amount": [10, 20.5]})
    kept = clients.copy(), visits.copy()
    derived = crm.derive(clients, visits, on=DAY)
    assert derived.index.tolist() == [10, 20]
    assert [derived[name].iloc[0] for name in ("visits", "total_spend", "visit_interval")] == [2, 30.5, 9]
    assert str(derived["last_visit"].dtype).startswith("datetime64")
    problems = crm.validate(clients, visits, on=DAY)
    assert problems[["code", "row", "field"]].to_numpy().tolist() == [["invalid-email", 20, "email"]]
    rich = clients.join(derived)
    assert crm.select(rich, "total_spend > 20 and days(last_visit) < 30", on=DAY).index.tolist() == [10]
    pd.testing.assert_frame_equal(clients, kept[0])
    pd.testing.assert_frame_equal(visits, kept[1])


def test_a_visit_known_by_an_id_that_two_rows_have_is_nobodys_in_plain_frames() -> None:
    clients = pd.DataFrame({"client_id": ["A", "A", "B"], "name": ["Anna Smith", "Eva Cole", "Jo Brown"]})
    visits = pd.DataFrame({"date": ["2026-11-01", "2026-11-10"], "client": ["A", "B"]})
    problems = crm.validate(clients, visits, on=DAY)
    assert problems[["code", "table", "row"]].to_numpy().tolist() == [
        ["duplicate-id", "Clients", 1],
        ["ambiguous-client", "Visits", 0],
    ]
    assert crm.derive(clients, visits, on=DAY)["visits"].tolist() == [0, 0, 1]


def test_a_visit_known_by_a_copied_id_is_told_once_and_the_first_row_keeps_it(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    clients = "Client ID | Name\nC1 | Anna Smith\nC1 | Eva Cole"
    book = make_workbook(tmp_path / "salon.xlsx", clients, visits="Date | Client\n2026-11-01 | C1", settings=SETTINGS)
    found = [[p.code for p in crm.plan(crm.open_workbook(book), on=DAY).problem_list]]
    written = []
    for _ in range(2):
        sheetcrm("refresh", str(book), "--on", DAY.isoformat())
        written.append(book.read_bytes())
        found.append([p.code for p in crm.plan(crm.open_workbook(book), on=DAY).problem_list])
    assert found == [["duplicate-id", "ambiguous-client"], [], []]
    assert written[0] == written[1]
    made = openpyxl.load_workbook(book)
    assert [row[:2] for row in made["Clients"].iter_rows(min_row=2, values_only=True)] == [
        ("C1", "Anna Smith"),
        ("C2", "Eva Cole"),
    ]


def test_a_status_column_of_hers_is_pointed_to_and_the_second_refresh_writes_nothing(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", "Client ID | Name | Status\nC1 | Anna Smith | VIP", settings=SETTINGS)
    seen, written = [], []
    for _ in range(3):
        problems = crm.plan(crm.open_workbook(book), on=DAY).problems
        seen += problems.loc[problems["code"] == "column-taken", ["value", "column"]].to_numpy().tolist()
        sheetcrm("refresh", str(book), "--on", DAY.isoformat())
        written.append(book.read_bytes())
    assert seen == [["Status", "C"]] * 3
    assert written[0] == written[1] == written[2]


@pytest.mark.parametrize("on", ["2026-11-22", "2026-11-22T09:30:00", datetime(2026, 11, 22, 9, 30), pd.Timestamp(DAY)])
def test_the_day_may_be_given_as_text_or_moment(on: Any, tmp_path: Path) -> None:
    plan = crm.plan(crm.open_workbook(book_of(tmp_path)), on=on)
    clients = pd.DataFrame({"client_id": ["A"], "name": ["Anna"], "birthday": [date(1990, 11, 22)]})
    assert (plan.on, type(plan.on), len(plan.message_list)) == (DAY, date, 2)
    assert crm.derive(clients, None, on=on)["age"].tolist() == [36]
    assert len(crm.validate(clients, on=on)) == 0
    assert len(crm.select(clients, "on == '2026-11-22'", on=on)) == 1


@pytest.mark.parametrize("on", [None, 20261122, "tomorrow", "", pd.NaT])
def test_what_is_no_day_is_refused(on: Any, tmp_path: Path) -> None:
    with pytest.raises(crm.UsageError, match="is no day"):
        crm.plan(crm.open_workbook(book_of(tmp_path)), on=on)


def test_a_path_is_no_opened_workbook_and_says_how_to_open_it() -> None:
    with pytest.raises(crm.UsageError) as refused:
        crm.plan("salon.xlsx", on=DAY)  # type: ignore[arg-type]  # what people will try
    assert "open_workbook" in refused.value.hint


@pytest.mark.parametrize("rule", [None, 5, ["city"]])
def test_a_rule_that_is_no_text_is_an_invalid_rule(rule: Any) -> None:
    with pytest.raises(crm.TemplateError) as refused:
        crm.select(pd.DataFrame({"name": ["Anna"]}), rule, on=DAY)
    assert refused.value.code == "invalid-rule"


class Typing(MemoryTransport):
    """After the first message the owner types an opt-out for everybody else and saves."""

    def __init__(self, book: Path) -> None:
        super().__init__()
        self.book = book

    def send(self, message: crm.Message) -> crm.Delivery:
        made = openpyxl.load_workbook(self.book)
        for row in made["Clients"].iter_rows(min_row=2):
            row[4].value = "no"
        made.save(self.book)
        return super().send(message)


def test_an_opt_out_typed_during_the_run_holds_at_once(tmp_path: Path) -> None:
    book = book_of(tmp_path)
    transport = Typing(book)
    report = crm.run(book, on=DAY, transport=transport)
    assert (report.sent, recipients(transport)) == (1, ["anna@example.com"])
    assert {row[4].value for row in openpyxl.load_workbook(book)["Clients"].iter_rows(min_row=2)} == {"no"}


def test_a_small_first_send_does_not_open_the_door_for_a_big_one(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book_of(tmp_path, many(30))
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        assert sheetcrm("send", book, "--on", DAY, "--limit", "3", "--json").json["sent"] == 3
        again = sheetcrm("run", book, "--on", DAY, "--json")
        assert (again.code, again.json["sent"], len(server.taken)) == (1, 0, 3)


def test_a_transport_that_forgets_its_answer_leaves_an_unknown_outcome(tmp_path: Path) -> None:
    class Silent:
        def send(self, message: crm.Message) -> None:
            pass

    report = crm.run(book_of(tmp_path), on=DAY, transport=Silent())  # type: ignore[arg-type]
    assert (report.sent, report.unknown) == (0, 2)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that reaches a program")
def test_a_shutdown_in_the_middle_of_a_send_leaves_no_doubt_and_the_rest_for_the_next_run(tmp_path: Path) -> None:
    book = book_of(tmp_path, many(8))
    with smtp_server() as server:
        server.delay = 0.3
        environ = {**os.environ, "SHEETCRM_SMTP": f"smtp://127.0.0.1:{server.port}"}
        command = [sys.executable, "-m", "sheetcrm", "run", str(book), "--on", str(DAY)]
        running = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not server.taken:
            time.sleep(0.05)
        running.send_signal(signal.SIGTERM)
        running.wait(20)
        statuses = [row[10].value for row in openpyxl.load_workbook(book)["Sent"].iter_rows(min_row=2)]
        assert set(statuses) == {"sent"}
        assert 1 <= len(server.taken) == len(statuses) < 8
        server.delay = 0
        assert subprocess.run(command, env=environ, check=False, stdout=subprocess.DEVNULL).returncode == 0
    assert len(set(server.recipients)) == len(server.recipients) == 8


def test_two_clients_of_whom_only_the_name_is_known_need_no_second_write(sheetcrm: CommandLine, tmp_path: Path) -> None:
    path = make_workbook(tmp_path / "salon.xlsx", clients="name|hair\nEwa Lis|\nEwa Lis|\nJan Kos|black")
    assert sheetcrm("check", path, "--on", DAY, "--json").json["counts"] == {"duplicate-row": 1}
    first, second = (sheetcrm("refresh", path, "--on", DAY, "--json").json for _ in range(2))
    assert (first["written"], first["problems"], second["written"]) == (True, 0, False)
