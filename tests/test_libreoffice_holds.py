"""LibreOffice really holds the file while we run: nothing is written under it, all is in the file after it closes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from command_line import CommandLine
from owner_hand import DAY, rows, salon, sheet_titled, values
from smtp_server import ScriptedServer, smtp_server

from sheetcrm.workbook import openness
from sheetcrm.workbook.openness import opened_by

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
HAND = Path(__file__).with_name("libreoffice_hand.py")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt" or SOFFICE is None, reason="needs LibreOffice"),
]


@lru_cache(maxsize=1)
def python_with_uno() -> str | None:
    """The Python that can talk to LibreOffice: this one, the system's, or LibreOffice's own."""
    own = Path(os.path.realpath(SOFFICE or "soffice")).with_name("python")
    for python in (sys.executable, "/usr/bin/python3", str(own)):
        if shutil.which(python):
            done = subprocess.run([python, "-c", "import uno"], capture_output=True, check=False, timeout=60)
            if done.returncode == 0:
                return python
    return None


class LibreOffice:
    """A LibreOffice of the test's own, in a process group of its own."""

    def __init__(self, profile: Path) -> None:
        python = python_with_uno()
        if python is None:
            pytest.skip("no Python here knows UNO (python3-uno)")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        self._process = subprocess.Popen(
            [python, str(HAND), str(SOFFICE), str(profile)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environ,
            start_new_session=True,
        )
        assert self._answer() == "ok up"

    def __call__(self, *words: object) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")

    def kill(self) -> None:
        """End it as a power cut would."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        finally:
            self._process.wait(30)
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                pipe.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[LibreOffice]:
    hand = LibreOffice(tmp_path / "profile")
    try:
        yield hand
    finally:
        hand.kill()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    desk = tmp_path / "desk"
    desk.mkdir()
    return salon(desk)


@pytest.fixture
def server(sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    assert sheetcrm.state  # which comes first: it takes the environment's own mail server away
    with smtp_server() as running:
        monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{running.port}")
        yield running


def cell(book: Path, title: str, header: str, row: int) -> str:
    """The place of a cell beneath a header of the first row, as LibreOffice calls it."""
    page = sheet_titled(book, title)
    return next(f"{c.column_letter}{row}" for c in page[1] if c.value == header)


def seen(book: Path) -> tuple[bytes, int]:
    return book.read_bytes(), book.stat().st_mtime_ns


def test_messages_go_out_under_libreoffice_and_stand_in_the_file_after_it_closes(
    book: Path, office: LibreOffice, server: ScriptedServer, sheetcrm: CommandLine
) -> None:
    notes = cell(book, "Clients", "Notes", 3)
    assert office("open", book) == "ok to edit"
    assert book.with_name(".~lock.salon.xlsx#").exists()
    who = opened_by(book)
    before = seen(book)
    done = sheetcrm("run", book, "--on", DAY, "--json")
    assert (done.code, done.json["sent"], done.json["written"]) == (0, 2, False)
    assert done.err == f"The workbook is open ({who}). Everything new will be written once it is closed.\n"
    assert seen(book) == before
    assert sorted(server.recipients) == ["anna@example.com", "jo@example.com"]

    assert office("type", "Clients", notes, "likes tea") == "ok likes tea"
    assert office("type", "Visits", cell(book, "Visits", "Amount", 2), "45") == "ok £45.00"
    assert sheetcrm("run", book, "--on", DAY, "--json").json["sent"] == 0
    assert seen(book) == before
    assert office("store") == "ok stored"
    hers = seen(book)
    assert hers != before
    assert sheetcrm("run", book, "--on", DAY, "--json").json["written"] is False
    assert sheetcrm("refresh", book, "--on", DAY, "--json").json["written"] is False
    assert (seen(book), office("close")) == (hers, "ok closed")
    assert not book.with_name(".~lock.salon.xlsx#").exists()

    done = sheetcrm("run", book, "--on", DAY, "--json")
    assert (done.code, done.json["sent"], done.json["written"], done.err) == (0, 0, True, "")
    assert values(book, "Sent", "Client ID", "To", "Status") == [
        ("C1", "anna@example.com", "sent"),
        ("C2", "jo@example.com", "sent"),
    ]
    clients = rows(book, "Clients")
    assert [(row["Client ID"], row["Notes"], row["Total spend"]) for row in clients] == [
        ("C1", None, 105),
        ("C2", "likes tea", 30),
        ("C3", None, 80),
        ("C4", None, 0),
    ]
    assert len(server.taken) == 2
    assert sheetcrm("run", book, "--on", DAY, "--json").json["written"] is False


def test_what_we_wrote_libreoffice_opens_and_stores_and_a_run_finds_nothing_to_do_but_what_is_new(
    book: Path, office: LibreOffice, server: ScriptedServer, sheetcrm: CommandLine
) -> None:
    assert sheetcrm("run", book, "--on", DAY, "--json").json["sent"] == 2
    assert office("open", book) == "ok to edit"
    row = len(rows(book, "Clients")) + 2
    for header, text in (("Name", "Ida Gray"), ("Email", "ida@example.com"), ("Birthday", "1990-11-22")):
        office("type", "Clients", cell(book, "Clients", header, row), text)
    office("type", "Clients", cell(book, "Clients", "Email consent", row), "yes")
    assert office("store") == "ok stored"
    done = sheetcrm("run", book, "--on", DAY, "--json")
    assert (done.json["sent"], done.json["written"]) == (1, False)
    office("type", "Clients", cell(book, "Clients", "Client ID", row), "VIP-1")  # where an id of ours waits
    assert (office("store"), office("close")) == ("ok stored", "ok closed")
    done = sheetcrm("run", book, "--on", DAY, "--json")
    assert (done.code, done.json["sent"], done.json["written"]) == (0, 0, True)
    assert done.err.endswith(": C5 was waiting to be written here; what you typed meanwhile stays: VIP-1.\n")
    assert values(book, "Clients", "Client ID", "Name")[-1] == ("VIP-1", "Ida Gray")
    assert values(book, "Sent", "Client ID", "To")[-1] == ("VIP-1", "ida@example.com")
    assert sorted(server.recipients) == ["anna@example.com", "ida@example.com", "jo@example.com"]


def test_after_a_crash_of_libreoffice_she_is_told_of_its_note_and_half_a_day_later_it_counts_no_more(
    book: Path,
    office: LibreOffice,
    server: ScriptedServer,
    sheetcrm: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert office("open", book) == "ok to edit"
    office.kill()
    note = book.with_name(".~lock.salon.xlsx#")
    assert note.exists()
    monkeypatch.setattr(openness, "_programs", lambda: {b"bash"})  # another LibreOffice may run on this computer
    before, who = seen(book), opened_by(book)
    done = sheetcrm("run", book, "--on", DAY, "--json")
    assert (done.code, done.json["sent"], done.json["written"], seen(book) == before) == (0, 2, False, True)
    said = f"The workbook is open ({who}). Everything new will be written once it is closed. "
    assert (
        done.err
        == f"{said}If nobody has it open any more, delete the file {note.name} beside it: a crash may have left it.\n"
    )
    then = time.time() - 13 * 3600
    os.utime(note, (then, then))
    done = sheetcrm("run", book, "--on", DAY, "--json")
    assert (done.code, done.json["sent"], done.json["written"]) == (0, 0, True)
    assert "was left by a crash of LibreOffice" in done.err
    assert (len(rows(book, "Sent")), len(server.taken), note.exists()) == (2, 2, True)
