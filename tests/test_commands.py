"""Every command as people and scripts meet it: JSON with the contract's keys, text in the owner's language, fast."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pexpect
import pytest
from command_line import CommandLine
from conftest import ROOT
from smtp_server import Fault, smtp_server

from sheetcrm import __version__
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.testing import make_workbook

ON = "2026-11-22"
CLIENTS = """
    Client ID | Name       | Email            | Birthday   | Email consent
    C1        | Anna Nowak | anna@example.com | 1990-11-22 | yes
    C2        | Ola Lis    | ola@example.com  | 1985-11-22 | yes
    C3        | Ewa Król   | ewa@example.com  | 1980-11-22 |
"""
CAMPAIGNS = """
    Campaign | Active | Trigger
    Birthday | yes    | birthday
"""
SETTINGS = """
    Setting  | Value
    business | Malva
    sender   | malva@example.com
    country  | GB
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return make_workbook(tmp_path / "salon.xlsx", CLIENTS, campaigns=CAMPAIGNS, settings=SETTINGS)


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        yield server.port


@contextmanager
def untouched(path: Path) -> Iterator[None]:
    before = path.read_bytes(), path.stat().st_mtime_ns
    yield
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def shape(value: Any) -> Any:
    """Return the types of a JSON value: of a list those of its first member."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


# JSON


def test_check_prints_the_contracts_object(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", "Name | Email\nAnna | anna@@example.com\n | ola@example.com")
    with untouched(book):
        done = sheetcrm("check", book, "--on", ON, "--json")
    assert (done.code, done.err, done.out.count("\n")) == (1, "", 1)
    assert shape(done.json) == {
        "problems": [
            {
                "severity": "str",
                "code": "str",
                "table": "str",
                "sheet": "str",
                "row": "int",
                "column": "str",
                "field": "str",
                "value": "str",
                "message": "str",
                "hint": "str",
            }
        ],
        "counts": {"invalid-email": "int", "missing-required": "int"},
    }
    found = [(p["code"], p["table"], p["sheet"], p["row"], p["column"], p["field"]) for p in done.json["problems"]]
    assert found == [
        ("invalid-email", "Clients", "Clients", 2, "B", "email"),
        ("missing-required", "Clients", "Clients", 3, "A", "name"),
    ]


def test_check_on_a_clean_book_says_so(sheetcrm: CommandLine, book: Path) -> None:
    done = sheetcrm("check", book, "--on", ON)
    assert (done.code, done.out, done.err) == (0, "Nothing to fix.\n", "")
    assert sheetcrm("check", book, "--on", ON, "--json").json == {"problems": [], "counts": {}}


def test_refresh_prints_counts(sheetcrm: CommandLine, book: Path) -> None:
    with untouched(book):
        dry = sheetcrm("refresh", book, "--on", ON, "--dry-run", "--json")
    assert (dry.code, dry.json["written"], dry.json["due"]) == (0, False, 2)
    done = sheetcrm("refresh", book, "--on", ON, "--json")
    assert list(done.json) == ["changed", "problems", "duplicates", "due", "written", "receipt"]
    counts = {name: value for name, value in done.json.items() if name != "receipt"}
    assert shape(counts) == dict.fromkeys(("changed", "problems", "duplicates", "due"), "int") | {"written": "bool"}
    assert done.json["written"] is True
    with untouched(book):
        assert sheetcrm("refresh", book, "--on", ON, "--json").json["written"] is False


def test_plan_prints_the_contracts_object_and_why_adds_the_others(sheetcrm: CommandLine, book: Path) -> None:
    with untouched(book):
        done = sheetcrm("plan", book, "--on", ON, "--json")
        why = sheetcrm("plan", book, "--on", "2026-11-23", "--why", "--json")
        without = sheetcrm("plan", book, "--on", "2026-11-23", "--json")
    message = ("key", "campaign", "client_id", "occasion", "due", "channel", "to", "subject", "text", "html")
    assert shape(done.json) == {
        "on": "str",
        "messages": [dict.fromkeys(message, "str")],
        "held": [dict.fromkeys(("campaign", "client_id", "due", "reason"), "str")],
    }
    assert [m["client_id"] for m in done.json["messages"]] == ["C1", "C2"]
    assert re.fullmatch("[0-9a-f]{10}", done.json["messages"][0]["key"])
    assert [(h["client_id"], h["reason"]) for h in done.json["held"]] == [("C3", "no-consent")]
    reasons = {h["client_id"] for h in why.json["held"]}
    assert reasons == {"C1", "C2", "C3"}
    assert len(why.json["held"]) >= len(without.json["held"])


def test_send_and_run_print_counts_also_when_something_failed(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server(Fault("RCPT", "550 5.1.1 no such user", 2, 2)) as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        done = sheetcrm("send", book, "--on", ON, "--json")
    assert done.code == 4
    contract = ["sent", "failed", "unknown", "held", "written"]
    assert list(done.json)[: len(contract)] == contract
    counts = {name: done.json[name] for name in contract}
    assert counts == {"sent": 1, "failed": 1, "unknown": 0, "held": 1, "written": True}


def test_every_other_command_with_json_prints_one_object_and_nothing_else(
    sheetcrm: CommandLine, book: Path, tmp_path: Path, port: int
) -> None:
    assert port
    sheetcrm("run", book, "--on", ON)
    new = tmp_path / "new.xlsx"
    for arguments, keys in (
        (["new", new], ["book", "language", "written"]),
        (["undo", book, "--list"], ["versions"]),
        (["undo", book, "--dry-run"], ["written"]),
        (["doctor", book], ["checks", "advice"]),
        (["undo", book], ["written"]),
    ):
        done = sheetcrm(*arguments, "--json")
        assert (done.code, done.out.count("\n")) == (0, 1), done.err
        assert list(done.json) == keys


def test_json_is_utf8_whatever_the_locale(sheetcrm: CommandLine, book: Path) -> None:
    assert sheetcrm("refresh", book, "--on", ON).code == 0
    done = subprocess.run(
        [sys.executable, "-m", "sheetcrm", "plan", str(book), "--on", ON, "--why", "--json"],
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode("utf-8").startswith('{"on": "2026-11-22"')


# Text for people


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_first_plan_is_never_a_bare_nothing(sheetcrm: CommandLine, tmp_path: Path, code: str) -> None:
    book, words = tmp_path / "new.xlsx", language(code)
    sheetcrm("new", book, "--language", code)
    empty = sheetcrm("plan", book, "--on", ON).out
    assert words.say("why_no_clients", sheet=words.sheet("Clients")) in empty
    filled = openpyxl.load_workbook(book)
    sheet = filled[words.sheet("Clients")]
    headers = {cell.value: cell.column for row in sheet.iter_rows(max_row=5) for cell in row if cell.value}
    top = next(c.row for row in sheet.iter_rows(max_row=5) for c in row if c.value == words.header("name"))
    sheet.cell(top + 1, headers[words.header("name")], "Anna Nowak")
    filled.save(book)
    said = sheetcrm("plan", book, "--on", ON).out
    assert words.say("why_no_campaigns") in said
    assert words.say("why_no_birthdays", field=words.header("birthday")) in said
    assert "--days 30" in said


def test_plan_shows_who_gets_what_who_does_not_and_the_next_step(sheetcrm: CommandLine, book: Path) -> None:
    out = sheetcrm("plan", book, "--on", ON).out
    assert out.splitlines()[0] == "Messages due on 22/11/2026: 2."
    assert re.search(r"Anna Nowak +Birthday +anna@example\.com +\S", out)
    assert re.search(r"Ewa Król +Birthday +no consent for this channel yet", out)
    assert out.endswith(f"See why for each client: sheetcrm plan {book} --why\n")
    sheetcrm("refresh", book, "--on", "2026-11-20")
    why = sheetcrm("plan", book, "--on", "2026-11-20", "--why").out
    assert why.splitlines()[0] == "Nothing is due on 20/11/2026."
    assert re.search(r"Birthday +not due yet +3 +Anna Nowak, Ola Lis, Ewa Król", why)


def test_plan_of_several_days_says_from_when_to_when(sheetcrm: CommandLine, book: Path) -> None:
    out = sheetcrm("plan", book, "--on", ON, "--days", 3).out
    assert out.splitlines()[0] == "Messages from 22/11/2026 to 24/11/2026: 2."


def test_many_who_are_held_are_shown_by_campaign_and_reason(sheetcrm: CommandLine, tmp_path: Path) -> None:
    rows = [
        f"C{n} | Client {chr(64 + n // 10)}{chr(64 + n % 10)} | c{n}@example.com | 1990-11-22 | no"
        for n in range(11, 60)
    ]
    clients = "\n".join(["Client ID | Name | Email | Birthday | Email consent", *rows])
    campaigns = "Campaign | Active | Trigger\nBirthday | yes | birthday"
    out = sheetcrm("plan", make_workbook(tmp_path / "b.xlsx", clients, campaigns=campaigns), "--on", ON).out
    assert "Held: 49." in out
    assert len(re.findall("no consent for this channel yet", out)) == 1
    assert re.search(r"no consent for this channel yet +49 +Client AA, .+ … \+43", out)


def test_a_command_that_is_suggested_can_be_typed_also_for_a_name_with_blanks(
    sheetcrm: CommandLine, book: Path
) -> None:
    spaced = book.rename(book.with_name("my salon.xlsx"))
    assert sheetcrm("plan", spaced, "--on", ON).out.endswith(
        f'See why for each client: sheetcrm plan "{spaced}" --why\n'
    )


def test_a_page_is_written_where_none_was(sheetcrm: CommandLine, book: Path, tmp_path: Path) -> None:
    page = tmp_path / "plan.html"
    assert sheetcrm("plan", book, "--on", ON, "--html", page).out.endswith(f"Saved: {page}\n")
    assert "anna@example.com" in page.read_text("utf-8")
    assert sheetcrm("plan", book, "--on", ON, "--html", page).code == 2
    assert sheetcrm("plan", book, "--on", ON, "--html", page, "--force").code == 0


def test_limit_to_outbox_and_dry_run(
    sheetcrm: CommandLine, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        with untouched(book):
            assert sheetcrm("run", book, "--on", ON, "--dry-run").out == (
                "Would be sent: 2. Held: 1. Nothing was sent.\n"
            )
            trial = sheetcrm("send", book, "--on", ON, "--to", "me@example.com")
        assert trial.out == "Trial: messages sent to me@example.com: 2. Nothing was recorded.\n"
        assert server.recipients == ["me@example.com"] * 2
        assert sheetcrm("send", book, "--on", ON, "--limit", 1, "--json").json["sent"] == 1
        assert server.recipients[2:] == ["anna@example.com"]
        folder = tmp_path / "mails"
        files = sheetcrm("send", book, "--on", ON, "--outbox", folder)
        assert files.out.splitlines()[-1] == f"Messages in the folder {folder}: 1."
        assert sorted(p.suffix for p in folder.iterdir()) == [".eml", ".txt"]
        assert sheetcrm("send", book, "--on", ON, "--json").json["sent"] == 0


def test_undo_takes_back_and_lists(sheetcrm: CommandLine, book: Path) -> None:
    before = book.read_bytes()
    assert sheetcrm("undo", book, "--list").out == "There is nothing to take back.\n"
    sheetcrm("refresh", book, "--on", ON)
    listed = sheetcrm("undo", book, "--list").out
    assert listed.startswith("Copies of this workbook, newest first:\n")
    with untouched(book):
        sheetcrm("undo", book, "--dry-run")
    assert sheetcrm("undo", book).out == "The last change was taken back.\n"
    assert book.read_bytes() == before


def test_resolve_is_the_owners_word(sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with smtp_server(Fault("DOT", "drop", 1, 1)) as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        done = sheetcrm("run", book, "--on", ON, "--json")
        assert (done.code, done.json["unknown"], done.json["sent"]) == (4, 1, 1)
        sheet = list(openpyxl.load_workbook(book)["Sent"].iter_rows(values_only=True))
        key = next(row[0] for row in sheet if "not certain" in row)
        resolved = sheetcrm("resolve", book, key, "failed")
        assert (resolved.code, resolved.out) == (0, f"Noted: {key} is “not sent”.\n")
        assert sheetcrm("run", book, "--on", ON, "--json").json["sent"] == 1
    assert sorted(server.recipients) == ["anna@example.com", "ola@example.com"]


def test_doctor_says_what_is_there_and_what_is_not(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with untouched(book):
        done = sheetcrm("doctor", book)
        as_json = sheetcrm("doctor", book, "--json")
    assert done.code == as_json.code == 2
    assert done.err == (
        "sheetcrm: salon.xlsx is not ready to send: Sign-in at the mail server. The lines above say what to do.\n"
    )
    assert [line[0] for line in done.out.splitlines() if not line.startswith(" ")] == ["✓", "✓", "✓", "✓", "✗"]
    assert as_json.json["error"]["code"] == "no-mail-server"
    assert [(c["name"], c["ok"]) for c in as_json.json["checks"]] == [
        ("file", True),
        ("state", True),
        ("clock", True),
        ("machine", True),
        ("mail_login", False),
    ]
    with smtp_server(user=("malva", "right"), auth_without_tls=True) as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://malva@127.0.0.1:{server.port}")
        monkeypatch.setenv("SHEETCRM_SMTP_PASSWORD", "right")
        fine = sheetcrm("doctor", book, "--json")
    assert (fine.code, fine.err) == (0, "")
    assert [c["name"] for c in fine.json["checks"]][-2:] == ["password", "mail_login"]


def test_take_over_moves_the_sending_to_this_machine(
    sheetcrm: CommandLine, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    assert port
    sheetcrm("run", book, "--on", ON, "--limit", 0)
    monkeypatch.setenv("SHEETCRM_MACHINE", "the new laptop")
    monkeypatch.setenv("SHEETCRM_STATE", str(tmp_path / "its state"))
    assert sheetcrm("run", book, "--on", ON).code == 3
    assert [c["name"] for c in sheetcrm("doctor", book, "--json").json["checks"] if not c["ok"]] == ["machine"]

    (book.parent / ".~lock.salon.xlsx#").write_text(",Maria,laptop,22.11.2026 09:12,file:///home/maria;")
    waits = sheetcrm("doctor", book, "--take-over", "--json")
    assert (waits.code, waits.json["error"]["code"]) == (3, "open")
    (book.parent / ".~lock.salon.xlsx#").unlink()

    taken = sheetcrm("doctor", book, "--take-over")
    assert taken.out.startswith("From now on this computer sends for this workbook.\n")
    assert taken.code == 0
    assert sheetcrm("run", book, "--on", ON, "--json").json["sent"] == 2
    monkeypatch.setenv("SHEETCRM_MACHINE", "this one")
    monkeypatch.setenv("SHEETCRM_STATE", str(sheetcrm.state))
    assert sheetcrm("run", book, "--on", ON).code == 3


def on_terminal(tmp_path: Path, *arguments: object, columns: int = 100) -> tuple[int, str]:
    environ = {**os.environ, "TERM": "xterm"}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "sheetcrm", *map(str, arguments)],
        env=environ,
        cwd=str(tmp_path),
        encoding="utf-8",
        timeout=60,
        dimensions=(40, columns),
    )
    child.expect(pexpect.EOF)
    child.close()
    return int(child.exitstatus), re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", str(child.before)).replace("\r\n", "\n")


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("columns", [80, 100])
def test_on_a_terminal_nothing_is_wider_than_it_and_a_row_stays_a_row(
    sheetcrm: CommandLine, tmp_path: Path, code: str, columns: int
) -> None:
    book = Path(shutil.copy(ROOT / "sample_workbooks" / f"salon_{code}.xlsx", tmp_path))
    planned = len(sheetcrm("plan", book, "--on", ON, "--json").json["messages"])
    _, out = on_terminal(tmp_path, "plan", book.name, "--on", ON, columns=columns)
    assert max(map(len, out.splitlines())) <= columns
    assert sum("@" in line or "…" in line for line in out.splitlines()) >= planned
    assert out.splitlines()[2 + planned] == "", "each message is one line"
    _, checked = on_terminal(tmp_path, "check", book.name, "--on", ON, columns=columns)
    assert max(map(len, checked.splitlines())) <= columns


def test_a_progress_bar_is_for_terminals_only(sheetcrm: CommandLine, book: Path, port: int, tmp_path: Path) -> None:
    assert port
    assert sheetcrm("refresh", book, "--on", ON).err == ""
    code, out = on_terminal(tmp_path, "run", book, "--on", ON)
    assert code == 0
    assert "Sent: 2. Not sent: 0. Not certain: 0. Held: 1." in out


# The program itself


def test_without_a_command_it_shows_what_it_can_do_and_fails(sheetcrm: CommandLine) -> None:
    done = sheetcrm()
    assert (done.code, done.err) == (
        2,
        "sheetcrm: No command was given. Begin with sheetcrm demo, or sheetcrm new salon.xlsx.\n",
    )
    assert "Usage: sheetcrm" in done.out
    assert sheetcrm("--json").json["error"]["code"] == "usage"


@pytest.mark.parametrize("call", [["-m", "sheetcrm"], ["-c", "from sheetcrm.cli import main; main()"]])
def test_version_and_help_work_however_it_is_called(call: list[str]) -> None:
    version = subprocess.run([sys.executable, *call, "--version"], capture_output=True, text=True, check=True)
    assert version.stdout == f"sheetcrm {__version__}\n"
    shown = subprocess.run([sys.executable, *call, "--help"], capture_output=True, text=True, check=True)
    for command in [
        "demo",
        "new",
        "setup",
        "check",
        "refresh",
        "plan",
        "send",
        "run",
        "resolve",
        "undo",
        "doctor",
        "schedule",
    ]:
        assert re.search(rf"(?m)^  {command} ", shown.stdout)


def test_help_answers_within_a_quarter_of_a_second_of_cpu(tmp_path: Path) -> None:
    compiled = {
        **os.environ,
        "PYTHONPYCACHEPREFIX": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "",
    }  # as where it is installed

    def cpu() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "sheetcrm", "--help"], capture_output=True, check=True, env=compiled)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)

    assert min(cpu() for _ in range(3)) < 0.25


@pytest.mark.slow
@pytest.mark.parametrize("code", LANGUAGES)
def test_the_demo_tells_its_story_in_twenty_seconds(sheetcrm: CommandLine, tmp_path: Path, code: str) -> None:
    begun = os.times().elapsed
    done = sheetcrm("demo", tmp_path / "demo", "--language", code)
    assert os.times().elapsed - begun < 20
    assert (done.code, done.err) == (0, "")
    words = language(code)
    for step in ("demo_step_found", "demo_step_who", "demo_step_held", "demo_step_sent", "demo_step_where"):
        assert words.say(step) in done.out
    for place in (
        tmp_path / "demo" / f"salon_{code}.xlsx",
        tmp_path / "demo" / "plan.html",
        tmp_path / "demo" / "mailbox",
    ):
        assert place.exists()
        assert f"    {place}\n" in done.out
    mails = list((tmp_path / "demo" / "mailbox").glob("*.eml"))
    assert words.say("demo_sent", count=len(mails)) in done.out
    assert words.say("demo_second", count=0) in done.out
    assert words.say("because_birthday") in done.out
    assert date.fromisoformat(ON).strftime("%Y") in done.out
    for odd in ("nan", "None", "{", "}", "because_", "demo_"):
        assert odd not in re.sub(r"\S*/\S*|\{\{.*?\}\}", "", done.out), odd


@pytest.mark.slow
def test_whoever_goes_on_with_the_demos_workbook_goes_on_from_what_it_sent(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    assert sheetcrm("demo", tmp_path / "demo", "--language", "en").code == 0
    book = tmp_path / "demo" / "salon_en.xlsx"
    again = sheetcrm("run", book, "--on", "2026-11-22", "--outbox", tmp_path / "out", "--json")
    assert again.code == 0
    assert not list((tmp_path / "out").glob("*.eml"))  # texts for a phone go into files: the demo had no way for those
    tomorrow = sheetcrm("plan", book, "--on", "2026-11-23", "--json")
    assert tomorrow.json["messages"]
    assert "unknown-history" not in {held["reason"] for held in tomorrow.json["held"]}


@pytest.mark.parametrize(
    ("legend", "ids"), [(5, True), (4, False)], ids=["a free column between", "right beside the table"]
)
def test_a_legend_right_of_the_client_table_stops_nothing(
    sheetcrm: CommandLine, tmp_path: Path, legend: int, ids: bool
) -> None:
    clients = "Name | Email | Birthday | Email consent\nAnna | anna@example.com | 1990-11-22 | yes"
    book = make_workbook(tmp_path / "salon.xlsx", clients, campaigns=CAMPAIGNS, settings=SETTINGS, tables=True)
    filled = openpyxl.load_workbook(book)
    filled["Clients"].cell(2, legend + 1, "vip = red")
    filled.save(book)
    done = sheetcrm("run", book, "--on", ON, "--outbox", tmp_path / "out", "--json")
    assert (done.code, done.json["sent"], done.json["written"]) == (0, 1, True)
    assert ("no room for: Client ID" in done.err) is not ids
    page = openpyxl.load_workbook(book)["Clients"]
    headers = [cell.value for cell in page[1]]
    assert (page.cell(2, legend + 1).value, "Client ID" in headers) == ("vip = red", ids)
    assert page.cell(2, headers.index("Age") + 1).value == 36
    assert headers.index("Age") > legend
    with untouched(book):
        again = sheetcrm("run", book, "--on", ON, "--outbox", tmp_path / "out", "--json")
        later = sheetcrm("refresh", book, "--on", ON, "--json")
    assert (again.json["sent"], later.json["changed"]) == (0, 0)
    filled = openpyxl.load_workbook(book)
    filled["Clients"].cell(2, legend + 1).value = None
    filled.save(book)
    sheetcrm("refresh", book, "--on", ON)
    moved = list(openpyxl.load_workbook(book)["Clients"].iter_rows(values_only=True))
    assert [moved[1][at] for at, header in enumerate(moved[0]) if header in ("Client ID", "Age")] == ["C1", 36]


def test_an_id_given_anew_is_told(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", "Client ID | Name\nC1 | Anna Nowak\nC1 | Ola Lis")
    assert sheetcrm("refresh", book, "--on", ON).err == "Row 3: the id C1 was there twice; this row got C2.\n"
    assert sheetcrm("refresh", book, "--on", ON).err == ""


def test_a_refresh_tells_as_many_problems_as_the_sheet_and_check_have_after_it(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    clients = "Client ID | Name | Email\nC1 | Anna Nowak | no address\nC1 | Ola Lis |\nC1 | Ewa Kot |"
    book = make_workbook(
        tmp_path / "salon.xlsx", clients, "Date | Client\n2026-01-02 | C1\n2026-01-03 | C1\n2026-01-04 | C1"
    )
    assert len(sheetcrm("check", book, "--on", ON, "--json").json["problems"]) > 3
    done = sheetcrm("refresh", book, "--on", ON, "--json")
    assert [line.split(":")[0] for line in done.err.splitlines()] == ["Row 3", "Row 4"]
    listed = openpyxl.load_workbook(book)["Problems"].max_row - 1
    assert (done.json["problems"], listed, len(sheetcrm("check", book, "--on", ON, "--json").json["problems"])) == (
        1,
        1,
        1,
    )


def test_a_refresh_that_cannot_give_an_id_anew_does_not_take_its_problem_off(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", "Client ID | Name\nC1 | Anna Nowak\nC1 | Ola Lis")
    filled = openpyxl.load_workbook(book)
    filled["Clients"].protection.sheet = True
    filled.save(book)
    done = sheetcrm("refresh", book, "--on", ON, "--json")
    codes = [row[1] for row in openpyxl.load_workbook(book)["Problems"].iter_rows(min_row=2, values_only=True)]
    assert (done.json["problems"], codes, "there twice" in done.err) == (1, ["duplicate-id"], False)


def test_an_amount_that_nothing_costs_is_a_problem_and_nothing_else_is_said(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = make_workbook(
        tmp_path / "salon.xlsx", "Name\nAnna Nowak", "Date | Client | Amount\n2026-01-02 | Anna Nowak | 5"
    )
    filled = openpyxl.load_workbook(book)
    filled["Visits"]["C2"] = 1e308
    filled.save(book)
    done = sheetcrm("check", book, "--on", ON, "--json")
    assert (done.err, done.json["counts"]) == ("", {"invalid-number": 1})


def test_what_only_looks_leaves_no_trace_in_the_state_folder(sheetcrm: CommandLine, book: Path) -> None:
    for arguments in (["doctor"], ["undo", "--list"], ["undo", "--dry-run"], ["check"], ["plan"], ["run", "--dry-run"]):
        sheetcrm(arguments[0], book, *arguments[1:])
        assert not sheetcrm.state.exists(), arguments


def test_a_dry_run_of_anything_writes_nothing_anywhere(
    sheetcrm: CommandLine, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server(Fault("DOT", "drop", 1, 1)) as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        sheetcrm("run", book, "--on", ON)
        key = next(row[0] for row in openpyxl.load_workbook(book)["Sent"].values if "not certain" in row)
        asked = len(server.recipients)
        before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        for arguments, said in (
            (["resolve", book, key, "sent"], f"{key} would be noted as “sent”. Nothing was done."),
            (["new", tmp_path / "new.xlsx"], f"Would be made: {tmp_path / 'new.xlsx'}. Nothing was done."),
            (["demo", tmp_path / "demo"], "Would be made: "),
            (["setup", book, "--smtp-host", "smtp.example.com"], "These settings would be written: "),
            (["doctor", book, "--take-over"], "This computer would send for the workbook from now on."),
            (["send", book, "--on", ON, "--to", "me@example.com"], "Would be sent: 0."),
        ):
            done = sheetcrm(*arguments, "--dry-run")
            assert (done.code, done.out.startswith(said)) == (0, True), done
        assert sheetcrm("resolve", book, "0123456789", "sent", "--dry-run").code == 2
        assert len(server.recipients) == asked
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_dry_run_counts_what_would_be_sent(sheetcrm: CommandLine, book: Path) -> None:
    for command, more, count in (("run", [], 2), ("send", ["--limit", 1], 1)):
        done = sheetcrm(command, book, "--on", ON, "--dry-run", "--json", *more)
        assert (done.json["sent"], done.json["would_send"]) == (0, count)


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell")
@pytest.mark.parametrize("streams", [">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", ">/dev/full 2>&1"])
def test_closed_or_full_streams_change_nothing_of_the_work(tmp_path: Path, streams: str) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", "Name | Email\nAnna | anna@@example.com")
    for command, code in (("refresh", 0), ("check", 1)):
        done = subprocess.run(
            ["/bin/sh", "-c", f'exec "$0" -m sheetcrm {command} "$1" {streams}', sys.executable, str(book)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == code
    assert "Problems" in openpyxl.load_workbook(book).sheetnames
