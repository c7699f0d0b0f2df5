"""A run that finds nothing new leaves at once, says the same as one that looked, and looks again where anything is new."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
import time_machine
from command_line import CommandLine, Done
from owner_hand import opened_in_excel
from smtp_server import Fault, ScriptedServer, smtp_server

import sheetcrm as crm
from sheetcrm import resources
from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.values import Held
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.state import state_folder
from sheetcrm.running import sending, unchanged
from sheetcrm.running.resting import next_moment
from sheetcrm.testing import make_workbook
from sheetcrm.workbook.marks import identity_of

DAY = "2026-11-22"
CLIENTS = """
Name       | Email            | Birthday   | Email consent
Anna Nowak | anna@example.com | 1990-11-22 | yes
Ewa Lis    | ewa@example.com  | 1985-03-04 | yes
"""
CAMPAIGN = """
Campaign | Active | Trigger
Birthday | yes    | birthday
"""
SETTINGS = """
Setting     | Value
sender      | malva@example.com
timezone    | UTC
quiet_hours | off
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    with smtp_server() as started:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{started.port}")
        yield started


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by one at each run that opens the workbook."""
    calls: list[str] = []
    anew = sending.run_book

    def counted(*args: object, **named: object) -> object:
        calls.append("worked")
        return anew(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(sending, "run_book", counted)
    return calls


def salon(folder: Path, settings: str = SETTINGS, clients: str = CLIENTS) -> Path:
    return make_workbook(folder / "salon.xlsx", clients, campaigns=CAMPAIGN, settings=settings)


def told(done: Done) -> tuple[int, str, str]:
    return done.code, done.out, done.err


def many() -> str:
    born = "\n".join(f"Client {n} | c{n}@example.com | 1990-11-22 | yes" for n in range(30))
    return f"Name | Email | Birthday | Email consent\n{born}"


def looked_again(sheetcrm: CommandLine, book: Path, state: Path, *more: str) -> tuple[int, str, str]:
    """Run once more without what the last run noted."""
    for note in (state / "unchanged").glob("*.json"):
        note.unlink()
    return told(sheetcrm("run", book, "--on", DAY, "--json", *more))


def test_a_run_after_a_run_is_over_at_once_and_leaves_the_files_bytes_alone(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer, worked: list[str]
) -> None:
    book = salon(tmp_path)
    first = sheetcrm("run", book, "--on", DAY, "--json").json
    bytes_then = book.read_bytes()
    again = sheetcrm("run", book, "--on", DAY, "--json")
    assert (first["sent"], server.recipients) == (1, ["anna@example.com"])
    assert (again.code, again.json) == (
        0,
        {"sent": 0, "failed": 0, "unknown": 0, "held": 0, "written": False, "receipts": []},
    )
    assert (len(worked), book.read_bytes()) == (1, bytes_then)


@pytest.mark.parametrize(
    ("settings", "clients", "code"),
    [
        (SETTINGS, CLIENTS, 0),
        (SETTINGS + "approval | tick\n", CLIENTS, 1),
        (SETTINGS, many(), 1),
        (SETTINGS, CLIENTS.replace("yes", "no"), 0),
    ],
    ids=["sent", "waits for a tick", "first sending to many", "no consent"],
)
def test_it_says_what_a_run_that_looked_would_say(
    sheetcrm: CommandLine,
    tmp_path: Path,
    server: ScriptedServer,
    worked: list[str],
    settings: str,
    clients: str,
    code: int,
) -> None:
    book = salon(tmp_path, settings, clients)
    sheetcrm("run", book, "--on", DAY)
    sheetcrm("run", book, "--on", DAY)
    looks = len(worked)
    quiet = told(sheetcrm("run", book, "--on", DAY, "--json"))
    assert len(worked) == looks
    assert quiet == looked_again(sheetcrm, book, sheetcrm.state)
    assert quiet[0] == code
    assert len(server.taken) <= 1


def test_yes_to_a_first_sending_is_heard(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer, worked: list[str]
) -> None:
    book = salon(tmp_path, clients=many())
    for _ in range(3):
        sheetcrm("run", book, "--on", DAY)
    assert (len(worked), server.taken) == (2, [])
    assert sheetcrm("run", book, "--on", DAY, "--yes", "--json").json["sent"] == 30


@pytest.mark.parametrize("before", [(), ("--limit", "0")], ids=["plain", "none"])
def test_a_few_of_a_first_sending_go_whatever_was_run_before(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer, before: tuple[str, ...]
) -> None:
    book = salon(tmp_path, clients=many())
    sheetcrm("run", book, "--on", DAY)
    sheetcrm("run", book, "--on", DAY, *before)
    few = sheetcrm("run", book, "--on", DAY, "--limit", "5", "--json")
    assert (few.code, few.json["sent"], len(server.taken)) == (0, 5, 5)
    assert sheetcrm("run", book, "--on", DAY).code == 1


CHANGES: dict[str, Callable[[Path, pytest.MonkeyPatch], None]] = {}


def change(act: Callable[[Path, pytest.MonkeyPatch], None]) -> Callable[[Path, pytest.MonkeyPatch], None]:
    CHANGES[act.__name__.replace("_", " ")] = act
    return act


@change
def the_file(book: Path, _patch: pytest.MonkeyPatch) -> None:
    workbook = openpyxl.load_workbook(book)
    workbook["Clients"]["B3"] = "new@example.com"
    workbook.save(book)


@change
def the_journal(book: Path, _patch: pytest.MonkeyPatch) -> None:
    with Journal.open(state_folder(os.environ), identity_of(book.read_bytes(), book.name).id) as journal:
        journal.set("note", "another run was here")


@change
def the_mail_server(_book: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("SHEETCRM_SMTP", "smtp://127.0.0.1:9")


@change
def the_version(_book: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(unchanged, "__version__", "99")


@change
def the_texts(_book: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(resources, "layout", lambda: "<p>{{ text }}</p>")


@change
def a_second_version_of_the_workbook(book: Path, _patch: pytest.MonkeyPatch) -> None:
    book.with_name("salon (1).xlsx").write_bytes(book.read_bytes())


@change
def a_setup(_book: Path, _patch: pytest.MonkeyPatch) -> None:
    unchanged.forget(os.environ)  # as `setup` does, which puts a password into the keyring


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_changes_is_looked_at(
    sheetcrm: CommandLine,
    tmp_path: Path,
    server: ScriptedServer,
    worked: list[str],
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    book = salon(tmp_path)
    for _ in range(3):
        sheetcrm("run", book, "--on", DAY)
    looks = len(worked)
    CHANGES[what](book, monkeypatch)
    sheetcrm("run", book, "--on", DAY)
    assert (len(worked), len(server.taken)) == (looks + 1, 1)


def test_another_day_is_looked_at(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer, worked: list[str]
) -> None:
    book = salon(tmp_path)
    with time_machine.travel(datetime(2026, 11, 22, 9, 0, tzinfo=UTC), tick=False) as clock:
        for _ in range(3):
            sheetcrm("run", book)
        looks = len(worked)
        clock.shift(13 * 3600)
        sheetcrm("run", book)
        assert len(worked) == looks
        clock.shift(3 * 3600)
        sheetcrm("run", book)
    assert (len(worked), len(server.taken)) == (looks + 1, 1)


def test_while_it_is_open_in_excel_it_is_left_and_written_once_it_is_closed(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer, worked: list[str]
) -> None:
    book = salon(tmp_path)
    excel = opened_in_excel(book)
    for _ in range(2):
        sheetcrm("run", book, "--on", DAY)
    looks = len(worked)
    quiet = told(sheetcrm("run", book, "--on", DAY, "--json"))
    assert len(worked) == looks
    assert quiet == looked_again(sheetcrm, book, sheetcrm.state)
    assert "The workbook is open (Maria)." in quiet[2]
    looks = len(worked)
    excel.unlink()
    assert sheetcrm("run", book, "--on", DAY, "--json").json["written"] is True
    assert (len(worked), len(server.taken)) == (looks + 1, 1)


def test_a_message_that_rests_goes_when_its_pause_is_over(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer, worked: list[str]
) -> None:
    book = salon(tmp_path)
    server.faults.append(Fault("RCPT", "451 4.3.0 try later"))
    with time_machine.travel(datetime(2026, 11, 22, 9, 0, tzinfo=UTC), tick=False) as clock:
        codes = [
            sheetcrm("run", book).code for _ in range(2)
        ]  # the second try follows at once, the third after half an hour
        sheetcrm("run", book)
        looks = len(worked)
        quiet = sheetcrm("run", book)
        assert (codes, quiet.code, len(worked)) == ([4, 4], 0, looks)
        assert "wait for their next try" in quiet.err
        server.faults.clear()
        clock.shift(29 * 60)
        assert sheetcrm("run", book, "--json").json["sent"] == 0
        clock.shift(2 * 60)
        assert sheetcrm("run", book, "--json").json["sent"] == 1
    assert server.recipients == ["anna@example.com"]


def test_a_server_that_is_not_there_is_asked_again_at_the_next_run(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = salon(tmp_path)
    with monkeypatch.context() as patch:
        patch.setenv("SHEETCRM_SMTP", "smtp://127.0.0.1:9")
        assert sheetcrm("run", book, "--on", DAY).code == 4
    with monkeypatch.context() as patch:  # the same again: what failed was not remembered as done
        patch.setenv("SHEETCRM_SMTP", "smtp://127.0.0.1:9")
        assert sheetcrm("run", book, "--on", DAY).code == 4
    assert sheetcrm("run", book, "--on", DAY, "--json").json["sent"] == 1
    assert len(server.taken) == 1


def test_what_a_limited_run_left_goes_with_the_next_ones(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer
) -> None:
    clients = CLIENTS.replace("1985-03-04", "1985-11-22")
    book = salon(tmp_path, clients=clients)
    sent = [sheetcrm("run", book, "--on", DAY, "--limit", 1, "--json").json["sent"] for _ in range(3)]
    assert (sent, sorted(server.recipients)) == ([1, 1, 0], ["anna@example.com", "ewa@example.com"])


def test_a_limited_run_says_how_many_it_leaves(sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer) -> None:
    book = salon(tmp_path, clients=many())
    left = "Messages of the day that “--limit” leaves for the next run: "
    tried = sheetcrm("send", book, "--on", DAY, "--limit", 4, "--dry-run")
    none, some = (sheetcrm("send", book, "--on", DAY, "--limit", limit) for limit in (0, 4))
    rest = sheetcrm("send", book, "--on", DAY, "--yes", "--limit", 30, "--json")
    assert (tried.err, none.err, some.err) == (f"{left}26.\n", f"{left}30.\n", f"{left}26.\n")
    assert (rest.json["sent"], rest.json.get("notes"), len(server.taken)) == (26, None, 30)


def test_a_reply_that_comes_into_the_folder_is_looked_at(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer, worked: list[str]
) -> None:
    book = salon(tmp_path, SETTINGS + "inbox | replies\n")
    (tmp_path / "replies").mkdir()
    for _ in range(3):
        sheetcrm("run", book, "--on", DAY)
    looks = len(worked)
    mail = "From: anna@example.com\nTo: malva@example.com\nSubject: Re: hello\n\nSTOP\n"
    (tmp_path / "replies" / "1.eml").write_text(mail)
    sheetcrm("run", book, "--on", DAY)
    assert (len(worked), len(server.taken)) == (looks + 1, 1)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("Please write less, I get too many emails", "no more messages"), ("Please delete all my data", "data deleted")],
)
def test_a_reply_that_waits_for_her_word_is_told_by_a_quiet_run_as_by_a_full_one(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer, worked: list[str], text: str, wanted: str
) -> None:
    book = salon(tmp_path, SETTINGS + "inbox | replies\n")
    (tmp_path / "replies").mkdir()
    mail = f"From: anna@example.com\nTo: malva@example.com\nSubject: Re: hello\n\n{text}\n"
    (tmp_path / "replies" / "1.eml").write_text(mail)
    for _ in range(2):
        sheetcrm("run", book, "--on", DAY)
    looks = len(worked)
    quiet = told(sheetcrm("run", book, "--on", DAY, "--json"))
    assert (len(worked), server.taken) == (looks, [])
    assert quiet == looked_again(sheetcrm, book, sheetcrm.state)
    assert (quiet[0], quiet[2].count(wanted)) == (1, 1)


def test_a_trial_and_a_dry_run_note_nothing(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer, worked: list[str]
) -> None:
    book = salon(tmp_path)
    for more in (["--dry-run"], ["--to", "me@example.com"], []):
        sheetcrm("run", book, "--on", DAY, *more)
    assert (worked, server.recipients) == (["worked"] * 3, ["me@example.com", "anna@example.com"])


def test_little_is_loaded_to_recognise_it(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = salon(tmp_path, clients=CLIENTS.replace("11-22", "01-01"))
    for _ in range(2):
        sheetcrm("run", book, "--on", DAY)
    heavy = {"numpy", "pandas", "jinja2", "lxml", "python_calamine", "sqlite3", "smtplib"}
    code = (
        "import sys\nfrom sheetcrm.cli import run\n"
        f"run(['run', {str(book)!r}, '--on', {DAY!r}, '--json', '--not-before', '00:00'])\n"
        f"sys.exit(str({heavy!r} & set(sys.modules)) if {heavy!r} & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


# the hour from which a job may begin


def test_before_the_hour_nothing_is_done_and_nothing_is_read(
    sheetcrm: CommandLine, tmp_path: Path, worked: list[str]
) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 7, 0, tzinfo=UTC), tick=False):
        done = sheetcrm("run", tmp_path / "not-there.xlsx", "--not-before", "08:30")
    assert (told(done), worked) == ((0, "Not yet: before 08:30 nothing is done.\n", ""), [])


def test_what_is_no_hour_is_refused(sheetcrm: CommandLine, tmp_path: Path) -> None:
    assert sheetcrm("run", tmp_path / "salon.xlsx", "--not-before", "soon").code == 2


# the clock


def test_a_clock_that_has_gone_back_sends_nothing_and_says_what_to_do(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer
) -> None:
    book = salon(tmp_path)
    with time_machine.travel(datetime(2026, 11, 24, 9, 0, tzinfo=UTC), tick=False) as clock:
        sheetcrm("run", book)
        clock.move_to(datetime(2020, 11, 22, 9, 0, tzinfo=UTC))
        bytes_then = book.read_bytes()
        done = sheetcrm("run", book)
        refused = (
            "but the last run was on 2026-11-24: nothing was sent. Set the clock of this computer right;"
            " if it is right now, run sheetcrm run salon.xlsx --on 2020-11-22 once.\n"
        )
        assert (done.code, done.out, done.err) == (
            3,
            "",
            f"sheetcrm: salon.xlsx: the clock says 2020-11-22, {refused}",
        )
        assert book.read_bytes() == bytes_then
        assert sheetcrm("run", book, "--json").json["error"]["code"] == "clock"
        assert not server.taken[1:]


def test_a_clock_that_was_ahead_once_is_set_right_by_naming_the_day(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer
) -> None:
    book = salon(tmp_path)
    with time_machine.travel(datetime(2036, 11, 20, 9, 0, tzinfo=UTC), tick=False) as clock:
        sheetcrm("run", book)
        clock.move_to(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
        assert sheetcrm("run", book).code == 3
        assert sheetcrm("run", book, "--on", "2026-11-22").code == 0
        assert sheetcrm("run", book).code == 0
    assert server.recipients == ["anna@example.com"]


def test_a_named_day_goes_back_and_ahead_and_is_no_clock(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer
) -> None:
    book = salon(tmp_path)
    days = ("2027-03-04", "2026-11-22", "2026-11-21")
    assert [sheetcrm("run", book, "--on", day).code for day in days] == [0, 0, 0]
    assert sheetcrm("run", book).code == 0  # the clock's own day, long before the first of these
    assert max(server.recipients) == "ewa@example.com"


@pytest.mark.parametrize(("hours", "code"), [(-23, 0), (-47, 0), (-49, 3)])
def test_a_day_back_is_a_journey_and_two_are_a_clock_set_back(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer, hours: int, code: int
) -> None:
    book = salon(tmp_path)
    with time_machine.travel(datetime(2026, 11, 23, 23, 0, tzinfo=UTC), tick=False) as clock:
        sheetcrm("run", book)
        clock.shift(hours * 3600)
        assert sheetcrm("run", book).code == code
    assert len(server.taken) <= 1


# days on which nothing ran


def test_three_weeks_off_greet_nobody_late_but_those_within_grace(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer
) -> None:
    clients = """
    Name | Email            | Birthday   | Email consent
    Anna | anna@example.com | 1990-11-23 | yes
    Ewa  | ewa@example.com  | 1985-12-12 | yes
    Iza  | iza@example.com  | 1985-12-14 | yes
    """
    book = salon(tmp_path, clients=clients)
    with time_machine.travel(datetime(2026, 11, 22, 9, 0, tzinfo=UTC), tick=False) as clock:
        sheetcrm("run", book)
        clock.shift(22 * 24 * 3600)  # 14 December: Ewa's was two days ago, Anna's three weeks
        first = sheetcrm("run", book, "--json").json
        again = sheetcrm("run", book, "--json").json
    assert (first["sent"], again["sent"], sorted(server.recipients)) == (2, 0, ["ewa@example.com", "iza@example.com"])


@pytest.mark.parametrize("last", ["2027-03-27", "2027-10-30"], ids=["an hour is missing", "an hour comes twice"])
def test_the_night_in_which_the_clocks_change_has_each_message_once(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer, last: str
) -> None:
    before = date.fromisoformat(last)
    clients = f"""
    Name | Email            | Birthday              | Email consent
    Anna | anna@example.com | 1990{last[4:]}        | yes
    Ewa  | ewa@example.com  | 1985-{before.month:02}-{before.day + 1} | yes
    """
    book = salon(tmp_path, SETTINGS.replace("UTC", "Europe/Warsaw"), clients)
    with time_machine.travel(datetime.combine(before, datetime.min.time(), UTC), tick=False) as clock:
        for _ in range(96):  # every half hour of two days
            assert sheetcrm("run", book).code == 0
            clock.shift(1800)
    assert sorted(server.recipients) == ["anna@example.com", "ewa@example.com"]


# what becomes due by the clock


NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def plan_with(folder: Path, *held: tuple[str, str]) -> Plan:
    lines = tuple(Held("Birthday", "1", "Anna", "2026", NOON.date(), reason, detail) for reason, detail in held)
    return replace(crm.plan(crm.open_workbook(salon(folder)), on=NOON.date()), held_list=lines)


@pytest.mark.parametrize(
    ("held", "hours"),
    [
        ([], None),
        ([("no-consent", "")], None),
        ([("quiet-hours", "(until 18:30)")], 6.5),
        ([("contact-time", "(until 17:00)"), ("quiet-hours", "(until 18:30)")], 5),
        ([("quiet-hours", "(until 23 Nov, 08:00)")], None),
        ([("limit", "")], 2),
    ],
)
def test_it_is_known_when_something_may_go_again(
    tmp_path: Path, held: list[tuple[str, str]], hours: float | None
) -> None:
    expected = None if hours is None else NOON + timedelta(hours=hours)
    assert next_moment(plan_with(tmp_path, *held), None, NOON) == expected


def test_a_rest_that_ends_and_a_mailbox_are_looked_at_when_it_is_time(tmp_path: Path) -> None:
    soon, plan = NOON + timedelta(minutes=30), plan_with(tmp_path)
    assert next_moment(plan, soon, NOON) == soon
    assert next_moment(plan, None, NOON, answers=True) == NOON + timedelta(hours=2)


def test_quiet_hours_that_end_let_the_message_go_at_the_next_half_hour(
    sheetcrm: CommandLine, tmp_path: Path, server: ScriptedServer, worked: list[str]
) -> None:
    book = salon(tmp_path, SETTINGS.replace("off", "20:00-08:30"))
    sent = []
    with time_machine.travel(datetime(2026, 11, 22, 6, 0, tzinfo=UTC), tick=False) as clock:
        for _ in range(8):
            sheetcrm("run", book)
            sent.append(len(server.taken))
            clock.shift(1800)
    assert (sent, len(worked)) == ([0, 0, 0, 0, 0, 1, 1, 1], 3)
