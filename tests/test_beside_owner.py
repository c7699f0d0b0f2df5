"""Beside the owner: what she types, saves and keeps open meanwhile counts, and nothing of ours is lost by it."""

from __future__ import annotations

import os
import platform
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from openpyxl import load_workbook
from owner_hand import BORN, DAY, append, column, edited, rows, salon, sheet, values
from smtp_server import smtp_server

import sheetcrm as crm
from sheetcrm.delivery.sending import deliver
from sheetcrm.errors import WorkbookUnreadable
from sheetcrm.languages import language
from sheetcrm.running import dispatching
from sheetcrm.testing import MemoryTransport
from sheetcrm.workbook import openness, saving
from sheetcrm.workbook.conflict_copies import copies_beside
from sheetcrm.workbook.exchange import Busy, exchange
from sheetcrm.workbook.opening import read_stable
from sheetcrm.workbook.openness import opened_by

pytestmark = pytest.mark.usefixtures("sheetcrm")  # a state folder of its own


@pytest.fixture
def book(tmp_path: Path) -> Path:
    desk = tmp_path / "desk"
    desk.mkdir()
    return salon(desk)


def run(book: Path, day: date = DAY) -> tuple[list[str], crm.RunReport]:
    transport = MemoryTransport()
    report = crm.run(book, on=day, transport=transport)
    return [message.to for message in transport.messages], report


def note_of(book: Path) -> Path:
    """Excel's note that somebody has it open."""
    note = book.with_name(f"~${book.name}")
    note.write_bytes(b"")
    return note


NO_CONTACT = language("en").header("no_contact")
IDA = {"Name": "Ida Gray", "Email": "ida@example.com", "Birthday": BORN, "Email consent": "yes"}
PAM = {"Name": "Pam Blue", "Email": "pam@example.com", "Birthday": BORN, "Email consent": "yes"}


# what she saves over


@pytest.mark.parametrize("command", ["refresh", "run"])
def test_an_id_that_she_saved_over_is_given_to_the_same_client_again(
    book: Path, sheetcrm: CommandLine, command: str
) -> None:
    run(book)
    with edited(book) as file:
        append(sheet(file, "Clients"), IDA)
    in_her_program = book.read_bytes()
    options = ["--outbox", book.parent / "mails"] if command == "run" else []
    assert sheetcrm(command, book, "--on", DAY, *options).code == 0
    assert values(book, "Clients", "Name", "Client ID")[-1] == ("Ida Gray", "C5")
    book.write_bytes(in_her_program)  # a program that took no note of the save
    with edited(book) as file:
        append(sheet(file, "Clients"), PAM)
    assert sheetcrm(command, book, "--on", DAY, *options).code == 0
    assert values(book, "Clients", "Name", "Client ID")[-2:] == [("Ida Gray", "C5"), ("Pam Blue", "C6")]


def test_a_next_visit_of_ours_that_she_saved_over_does_not_become_hers(book: Path) -> None:
    with edited(book) as file:
        append(sheet(file, "Campaigns"), {"Campaign": "Reminders", "Active": "yes", "Trigger": "reminder", "Days": -1})
    run(book)
    assert dict(values(book, "Clients", "Name", "Next visit"))["Eve Green"] == date(2026, 11, 27)
    with edited(book) as file:
        visits = sheet(file, "Visits")
        line = next(r for r in visits.iter_rows(min_row=2) if r[column(visits, "Status") - 1].value == "planned")
        line[column(visits, "Date") - 1].value = date(2026, 12, 4)
    in_her_program = book.read_bytes()
    run(book)
    assert dict(values(book, "Clients", "Name", "Next visit"))["Eve Green"] == date(2026, 12, 4)
    book.write_bytes(in_her_program)
    run(book)
    assert dict(values(book, "Clients", "Name", "Next visit"))["Eve Green"] == date(2026, 12, 4)
    assert "eve@example.com" not in run(book, date(2026, 11, 26))[0]
    assert "eve@example.com" in run(book, date(2026, 12, 3))[0]


# what waits while it is open


def test_an_id_she_types_while_ours_waits_stays_and_is_told(book: Path, sheetcrm: CommandLine) -> None:
    run(book)
    with edited(book) as file:
        append(sheet(file, "Clients"), IDA)
    note = note_of(book)
    assert run(book)[0] == ["ida@example.com"]
    with edited(book) as file:
        page = sheet(file, "Clients")
        page.cell(6, column(page, "Client ID")).value = "VIP-1"
    note.unlink()
    done = sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "mails", "--json")
    said = "Clients!A6: C5 was waiting to be written here; what you typed meanwhile stays: VIP-1."
    assert (done.code, done.json["sent"], done.json["notes"]) == (0, 0, [said])
    assert done.err == f"{said}\n"
    assert values(book, "Clients", "Name", "Client ID")[-1] == ("Ida Gray", "VIP-1")
    assert values(book, "Sent", "Client ID", "To")[-1] == ("VIP-1", "ida@example.com")
    assert sheetcrm("run", book, "--on", DAY, "--json").json.get("notes") is None


def test_an_id_of_ours_that_she_gives_to_another_client_meanwhile_is_hers_and_both_are_greeted_once(book: Path) -> None:
    run(book)
    with edited(book) as file:
        append(sheet(file, "Clients"), IDA)
    note = note_of(book)
    assert run(book)[0] == ["ida@example.com"]
    with edited(book) as file:
        append(sheet(file, "Clients"), PAM | {"Client ID": "C5"})
    messages, report = run(book)
    said = (
        "Clients!A6: C5 was waiting to be written here and is another client's now, as you typed it; this client is C6."
    )
    assert (messages, report.notes[-1]) == (["pam@example.com"], said)
    note.unlink()
    messages, report = run(book)
    assert (messages, report.written, report.notes) == ([], True, ())
    assert values(book, "Clients", "Name", "Client ID")[-2:] == [("Ida Gray", "C6"), ("Pam Blue", "C5")]
    assert values(book, "Sent", "Client ID", "To")[-2:] == [("C6", "ida@example.com"), ("C5", "pam@example.com")]


def test_a_next_visit_she_types_while_ours_waits_stays_and_is_told(book: Path, sheetcrm: CommandLine) -> None:
    run(book)
    with edited(book) as file:
        append(sheet(file, "Visits"), {"Date": date(2026, 11, 30), "Client": "C1", "Status": "planned"})
    note = note_of(book)
    assert sheetcrm("refresh", book, "--on", DAY).code == 0
    with edited(book) as file:
        page = sheet(file, "Clients")
        page.cell(2, column(page, "Next visit")).value = date(2026, 12, 5)
        letter = page.cell(2, column(page, "Next visit")).column_letter
    note.unlink()
    done = sheetcrm("refresh", book, "--on", DAY)
    said = f"Clients!{letter}2: 2026-11-30 was waiting to be written here; what you typed meanwhile stays: 2026-12-05."
    assert (done.code, done.err) == (0, f"{said}\n")
    assert dict(values(book, "Clients", "Name", "Next visit"))["Anna Smith"] == date(2026, 12, 5)
    assert sheetcrm("refresh", book, "--on", DAY).err == ""


def test_a_no_that_she_saves_while_it_is_open_holds_at_once_and_stays(book: Path) -> None:
    note = note_of(book)
    run(book, date(2026, 11, 21))
    with edited(book) as file:
        page = sheet(file, "Clients")
        page.cell(2, column(page, "Email consent")).value = "no"
        page.cell(3, column(page, NO_CONTACT)).value = "yes"
    assert run(book)[0] == []
    note.unlink()
    assert run(book)[0] == []
    assert values(book, "Clients", "Email consent", NO_CONTACT)[:2] == [("no", None), ("yes", "yes")]


def test_figures_and_sheets_that_waited_stand_in_the_file_once_it_is_closed(book: Path, sheetcrm: CommandLine) -> None:
    run(book)
    note = note_of(book)
    for amount in (10.0, 20.0):
        with edited(book) as file:
            append(sheet(file, "Visits"), {"Date": DAY, "Client": "C1", "Amount": amount})
            page = sheet(file, "Clients")
            page.cell(2, column(page, "Notes")).value = f"paid {amount:.0f}"
        before = book.read_bytes()
        done = sheetcrm("refresh", book, "--on", DAY, "--json")
        assert (done.code, done.json["written"], book.read_bytes() == before) == (0, False, True)
    note.unlink()
    assert sheetcrm("refresh", book, "--on", DAY, "--json").json["written"] is True
    assert values(book, "Clients", "Notes", "Total spend")[0] == ("paid 20", 130)


# who has it open


def libreoffice_note(book: Path, host: str, hours: float = 0.0) -> Path:
    note = book.with_name(f".~lock.{book.name}#")
    note.write_text(f",Olena,{host},22.11.2026 09:00,file:///home/olena;", "utf-8")
    then = time.time() - 3600 * hours
    os.utime(note, (then, then))
    return note


LEFT = "If nobody has it open any more, delete the file {note} beside it: a crash may have left it."
OPEN = "The workbook is open ({who}). Everything new will be written once it is closed."


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows which programs run")
@pytest.mark.parametrize(
    ("here", "runs", "hours", "written", "told"),
    [
        (True, False, 13, True, "The file {note} beside the workbook was left by a crash of LibreOffice; it was not heeded."),
        (True, False, 1, False, f"{OPEN} {LEFT}"),
        (True, True, 13, False, OPEN),
        (True, True, 24, False, f"{OPEN} {LEFT}"),
        (False, False, 13, False, OPEN),
        (False, False, 24, False, f"{OPEN} {LEFT}"),
    ],
)  # fmt: skip
def test_a_note_that_a_crash_left_is_told_and_counts_no_more_where_that_is_certain(
    book: Path,
    sheetcrm: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    *,
    here: bool,
    runs: bool,
    hours: float,
    written: bool,
    told: str,
) -> None:
    programs = {b"bash", b"soffice.bin"} if runs else {b"bash"}
    monkeypatch.setattr(openness, "_programs", lambda: programs)
    monkeypatch.setattr(openness, "_uptime", lambda: 1e9)
    note = libreoffice_note(book, platform.node() if here else "desk", hours)
    done = sheetcrm("refresh", book, "--on", DAY, "--json")
    assert (done.code, done.json["written"]) == (0, written)
    assert done.err == told.format(who="Olena", note=note.name) + "\n"
    assert note.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows which programs run")
def test_a_note_from_before_the_computer_was_started_counts_no_more(
    book: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openness, "_programs", lambda: {b"bash"})
    monkeypatch.setattr(openness, "_uptime", lambda: 1800.0)
    libreoffice_note(book, platform.node(), hours=1)
    assert opened_by(book) is None
    assert sheetcrm("refresh", book, "--on", DAY, "--json").json["written"] is True


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows which programs run")
def test_where_other_peoples_programs_are_not_shown_a_note_counts(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "proc" / "4711"
    mine.mkdir(parents=True)
    (mine / "stat").write_bytes(b"4711 (bash) S 1 1")
    monkeypatch.setattr(openness, "_PROCESSES", mine.parent)
    libreoffice_note(book, platform.node(), hours=13)
    assert opened_by(book) == "Olena"
    first = mine.with_name("1")
    first.mkdir()
    (first / "stat").write_bytes(b"1 (systemd) S 0 1")
    dead = mine.with_name("4712")
    dead.mkdir()
    (dead / "stat").write_bytes(b"4712 (soffice.bin) Z 1 1")
    assert opened_by(book) is None


def test_an_old_note_of_excel_is_heeded_and_doctor_tells_what_to_do(book: Path, sheetcrm: CommandLine) -> None:
    note = note_of(book)
    note.write_bytes(b"\x05Maria".ljust(55) + b"\x05\0" + "Maria".encode("utf-16-le").ljust(108, b" "))
    old = time.time() - 30 * 3600
    os.utime(note, (old, old))
    assert sheetcrm("refresh", book, "--on", DAY, "--json").json["written"] is False
    found = {check["name"]: check["message"] for check in sheetcrm("doctor", book, "--json").json["checks"]}
    assert found["file"] == f"{OPEN} {LEFT}".format(who="Maria", note="~$salon.xlsx")


def test_a_note_of_a_workbook_that_is_called_like_the_end_of_this_one_is_that_ones(book: Path) -> None:
    note = book.with_name("~$lon.xlsx")
    note.write_bytes(b"")
    assert opened_by(book) == ""  # as Office shortens long names
    book.with_name("lon.xlsx").touch()
    assert opened_by(book) is None
    assert opened_by(book.with_name("lon.xlsx")) == ""


# conflict copies

SAID = (
    "salon (Anna's conflicted copy 2026-11-20).xlsx",  # Dropbox
    "salon (kopia powodująca konflikt użytkownika Anna 2026-11-20).xlsx",
    "salon (Конфликтующая копия пользователя Анна 2026-11-20).xlsx",
    "salon (Copia in conflitto di Anna 2026-11-20).xlsx",
    "salon (Copia en conflicto de Anna 2026-11-20).xlsx",
    "salon (conflicted copy 2026-11-20 101112).xlsx",  # Nextcloud
    "salon_conflict-20261120-101112.xlsx",  # ownCloud
    "salon.sync-conflict-20261120-101112-ABCDEFG.xlsx",  # Syncthing
    "salon (Conflict).xlsx",
    "salon [conflicted].xlsx",  # pCloud
    "salon_LAPTOP_Nov-20-101112-2026_Conflict.xlsx",  # Synology
    "salon (SFConflict anna@example.com 2026-11-20-10-11-12).xlsx",  # Seafile
    "salon (Case Conflict 1).xlsx",
    "salon (Anna の競合コピー 2026-11-20).xlsx",
    "[Conflict] salon.xlsx",  # Google Drive
    "salon_conf(1).xlsx",
)
UNSAID = (
    "salon (1).xlsx",  # Google Drive, and any browser
    "salon(2).xlsx",
    "salon 2.xlsx",  # iCloud
    "salon-LAPTOP.xlsx",  # OneDrive
    "salon-DESKTOP-4F2K9.xlsx",
    "salon-Annas-MacBook.xlsx",
    "salon-Anna’s MacBook Pro.xlsx",
    "salon-Annas-MBP.xlsx",
    "salon - conflicts with suppliers.xlsx",
    "salon conflict of interest.xlsx",
)
HERS = (
    "salon - Copy.xlsx",
    "salon old.xlsx",
    "salon-2025.xlsx",
    "salon-OLD.xlsx",
    "salon (before sheetcrm).xlsx",
    "salon2.xlsx",
    "my salon (1).xlsx",
    "conflict.xlsx",
    "salon (1).csv",
)


@pytest.mark.parametrize(("names", "found"), [(SAID, {True}), (UNSAID, {False}), (HERS, set())])
def test_a_conflict_copy_is_known_by_its_name(book: Path, names: tuple[str, ...], found: set[bool]) -> None:
    for name in names:
        book.with_name(name).touch()
    beside = copies_beside(book)
    assert {each.path.name for each in beside} == (set(names) if found else set())
    assert {each.said for each in beside} == found


@pytest.mark.parametrize("name", [SAID[0], SAID[7], UNSAID[0], UNSAID[3]])
def test_a_second_version_stops_everything_that_writes_or_sends_and_is_told(
    book: Path, sheetcrm: CommandLine, name: str
) -> None:
    run(book, date(2026, 11, 21))
    other = book.with_name(name)
    other.write_bytes(book.read_bytes())
    with edited(other) as file:
        append(sheet(file, "Clients"), IDA)
    before, mails = book.read_bytes(), book.parent / "mails"
    said = f"salon.xlsx: there is a second version beside it ({name})"
    for command in (["run", book, "--outbox", mails], ["send", book, "--outbox", mails], ["refresh", book]):
        done = sheetcrm(*command, "--on", DAY, "--json")
        assert (done.code, done.json["error"]["code"]) == (3, "conflict-copy")
        assert said in done.err
        assert len(done.err.splitlines()) == 1
    assert (book.read_bytes() == before, mails.exists()) == (True, False)
    for command in (["check", book], ["plan", book], ["run", book, "--dry-run"]):
        done = sheetcrm(*command, "--on", DAY)
        assert (done.code, said in done.err) == (0, True)
    doctor = sheetcrm("doctor", book)
    assert (doctor.code >= 3, f"✗ Workbook: {said}" in doctor.out) == (True, True)
    other.rename(book.with_name("the other one.xlsx"))
    assert sheetcrm("run", book, "--on", DAY, "--outbox", mails, "--json").json["sent"] == 2


def test_a_second_version_is_told_in_her_language(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = salon(tmp_path, language="pl")
    other = book.with_name("salon (Conflict).xlsx")
    other.write_bytes(b"not yet here")
    said = "salon.xlsx: obok leży druga wersja (salon (Conflict).xlsx). Dwa komputery zapisały jednocześnie;"
    assert [said in sheetcrm(command, book, "--on", DAY).err for command in ("refresh", "check")] == [True, True]


def test_the_conflict_copy_itself_is_no_way_round_it(book: Path, sheetcrm: CommandLine) -> None:
    run(book, date(2026, 11, 21))
    other = book.with_name(SAID[0])
    other.write_bytes(book.read_bytes())
    with edited(other) as file:
        append(sheet(file, "Clients"), IDA)
    done = sheetcrm("run", other, "--on", DAY, "--outbox", book.parent / "mails", "--json")
    assert (done.code, done.json["error"]["code"]) == (3, "conflict-copy")


@pytest.mark.parametrize("name", [*UNSAID[:4], *UNSAID[-2:], HERS[0], SAID[0]])
def test_a_copy_of_her_own_stops_nothing(book: Path, sheetcrm: CommandLine, name: str) -> None:
    other = book.with_name(name)
    other.write_bytes(book.read_bytes())
    done = sheetcrm("refresh", book, "--on", date(2026, 11, 21), "--json")
    assert (done.code, done.json["written"]) == (0, True)
    other.write_bytes(book.read_bytes())  # a download of today
    assert sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "mails", "--json").json["sent"] == 2
    if name != SAID[0]:  # by now that is another version, as its name says
        assert sheetcrm("refresh", book, "--on", DAY).code == 0


def test_another_list_under_such_a_name_stops_nothing(book: Path, tmp_path: Path, sheetcrm: CommandLine) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    people = [{"name": f"Someone Else{n}", "email": f"else{n}@example.com"} for n in range(4)]
    salon(elsewhere, clients=people, visits=[]).rename(book.with_name("salon (conflicts with suppliers).xlsx"))
    assert sheetcrm("refresh", book, "--on", DAY, "--json").json["written"] is True


@pytest.mark.parametrize(("name", "code"), [(UNSAID[-2], 0), (UNSAID[-1], 0), (SAID[0], 3), (SAID[-2], 3)])
def test_an_unreadable_file_stops_her_only_where_a_sync_program_calls_it_a_conflict(
    book: Path, sheetcrm: CommandLine, name: str, code: int
) -> None:
    book.with_name(name).write_bytes(b"not yet here")
    assert sheetcrm("refresh", book, "--on", DAY).code == code


# a file that is still on its way


def writing(path: Path, data: bytes, pieces: int, pause: float) -> Callable[[], None]:
    def write() -> None:
        step = -(-len(data) // pieces)
        with path.open("wb") as file:
            for at in range(0, len(data), step):
                file.write(data[at : at + step])
                file.flush()
                time.sleep(pause)

    return write


def test_a_file_that_is_still_being_copied_is_waited_for(book: Path, sheetcrm: CommandLine) -> None:
    data = book.read_bytes()
    copying = threading.Thread(target=writing(book, data, 8, 0.08))
    copying.start()
    time.sleep(0.02)
    done = sheetcrm("refresh", book, "--on", DAY, "--json")
    copying.join()
    assert (done.code, done.json["written"]) == (0, True)


def test_a_file_of_no_length_is_waited_for_and_then_said(book: Path) -> None:
    data = book.read_bytes()
    book.write_bytes(b"")
    filled = threading.Timer(0.3, lambda: book.write_bytes(data))
    filled.start()
    assert read_stable(book) == data
    filled.join()
    book.write_bytes(b"")
    with pytest.raises(WorkbookUnreadable, match="empty"):
        read_stable(book, patience=0.1)


def test_a_name_that_is_gone_between_delete_and_rename_is_waited_for(book: Path) -> None:
    data, away = book.read_bytes(), book.with_name("5A3F00D1")
    book.rename(away)
    back = threading.Timer(0.15, lambda: away.rename(book))
    back.start()
    assert read_stable(book) == data
    back.join()
    note_of(book)  # Excel is at work: it may take longer
    book.rename(away)
    back = threading.Timer(0.8, lambda: away.rename(book))
    back.start()
    assert read_stable(book) == data
    back.join()


def test_a_name_that_is_gone_in_the_middle_of_our_save_is_waited_for(
    book: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    times, away = 0, book.with_name("5A3F00D1")

    def gone(new: Path, target: Path) -> None:
        nonlocal times
        times += 1
        if times == 1:
            target.rename(away)
            threading.Timer(0.15, lambda: away.rename(target)).start()
        exchange(new, target)

    monkeypatch.setattr(saving, "exchange", gone)
    done = sheetcrm("refresh", book, "--on", DAY, "--json")
    assert (done.code, done.json["written"], times) == (0, True, 2)
    assert sorted(path.name for path in book.parent.iterdir()) == ["salon.xlsx"]


# held by another program, forbidden, linked


def test_a_file_that_another_program_holds_is_sent_from_and_written_when_it_lets_go(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(_new: Path, _target: Path) -> None:
        raise Busy(None, "held by another program", "salon.xlsx", 32)

    before = book.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(saving, "exchange", held)
        messages, report = run(book)
    assert (len(messages), report.written, book.read_bytes() == before) == (2, False, True)
    assert report.notes == ("The workbook is open. Everything new will be written once it is closed.",)
    assert [path.name for path in book.parent.iterdir()] == ["salon.xlsx"]
    messages, report = run(book)
    assert (messages, report.written, len(rows(book, "Sent"))) == ([], True, 2)


@pytest.mark.parametrize("code", [5, 32, 33])
def test_a_file_that_nobody_may_read_at_this_moment_is_read_a_moment_later(
    book: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    read, times = Path.read_bytes, 0

    def violated(path: Path) -> bytes:
        nonlocal times
        times += path == book
        if path == book and times < 4:
            error = PermissionError(13, "The process cannot access the file", str(path))
            error.winerror = code  # type: ignore[attr-defined]
            raise error
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", violated)
    assert read_stable(book)[:2] == b"PK"
    assert times == 4


def test_a_workbook_that_is_gone_after_the_sending_hides_not_what_was_sent(
    book: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = book.with_name("away.xlsx")
    with smtp_server() as server:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
        with monkeypatch.context() as patch:

            def and_gone(*given: Any, **named: Any) -> Any:
                counts = deliver(*given, **named)
                book.rename(away)
                return counts

            patch.setattr(dispatching, "deliver", and_gone)
            done = sheetcrm("run", book, "--on", DAY, "--json")
        assert (done.code, done.json["sent"], done.json["error"]["code"]) == (3, 2, "missing")
        assert "2" in done.err.splitlines()[0]
        away.rename(book)
        done = sheetcrm("run", book, "--on", DAY, "--json")
        assert (done.code, done.json["sent"], done.json["written"]) == (0, 0, True)
        assert (len(server.taken), len(rows(book, "Sent"))) == (2, 2)


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes and links")
def test_a_read_only_workbook_is_never_written_and_nothing_is_sent_from_it(book: Path, sheetcrm: CommandLine) -> None:
    book.chmod(0o444)
    before, mails = book.read_bytes(), book.parent / "mails"
    done = sheetcrm("run", book, "--on", DAY, "--outbox", mails, "--json")
    assert (done.code, done.json["error"]["code"], mails.exists()) == (3, "read-only", False)
    assert (book.read_bytes() == before, [path.name for path in book.parent.iterdir()]) == (True, ["salon.xlsx"])
    assert sheetcrm("check", book, "--on", DAY).code == 0


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_workbook_that_may_not_be_read_is_no_wrong_usage(book: Path, sheetcrm: CommandLine) -> None:
    book.chmod(0)
    assert sheetcrm("check", book, "--on", DAY).code == 3


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_read_only_folder_is_said(book: Path, sheetcrm: CommandLine) -> None:
    book.parent.chmod(0o555)
    try:
        done = sheetcrm("refresh", book, "--on", DAY, "--json")
    finally:
        book.parent.chmod(0o755)
    assert (done.code, done.json["error"]["code"]) == (3, "read-only")


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes and links")
@pytest.mark.parametrize("relative", [True, False])
def test_through_a_link_the_workbook_itself_is_written_and_stays_its_owners(
    book: Path, tmp_path: Path, sheetcrm: CommandLine, *, relative: bool
) -> None:
    book.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(book, 1234, 4321)
    then = book.stat()
    link = tmp_path / "shortcuts" / "clients.xlsx"
    link.parent.mkdir()
    link.symlink_to(Path("..", "desk", "salon.xlsx") if relative else book)
    assert sheetcrm("refresh", link, "--on", DAY, "--json").json["written"] is True
    now = book.stat()
    assert (now.st_mode, now.st_uid, now.st_gid) == (then.st_mode, then.st_uid, then.st_gid)
    assert link.is_symlink()
    assert rows(book, "Clients")[0]["Total spend"] == 100
    assert [path.name for path in (*link.parent.iterdir(), *book.parent.iterdir())] == ["clients.xlsx", "salon.xlsx"]
    note_of(book)  # Excel notes it beside the workbook, not beside the link
    assert sheetcrm("refresh", link, "--on", date(2026, 11, 30), "--json").json["written"] is False


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes and links")
def test_a_workbook_with_two_names_is_refused(book: Path, sheetcrm: CommandLine) -> None:
    os.link(book, book.with_name("clients.xlsx"))
    done = sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "mails", "--json")
    assert (done.code, done.json["error"]["code"]) == (3, "hard-link")
    assert load_workbook(book.with_name("clients.xlsx")).sheetnames == load_workbook(book).sheetnames
