"""A run killed -9 anywhere between its plan and its last save, then run again until quiet: nobody got two, who got none is named.

A real workbook, a real mail server, a real kill: a warm process forks a child for each run (`run_process`). The suite takes a sample,
the same each time; `SHEETCRM_ALL_SWEEPS=1 pytest tests/test_run_kills.py` takes every checkpoint with 5 messages, 300 of the
thousands with 500, and 300 instants with each.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from owner_hand import BORN, DAY, client, column, header_row, salon, sheet
from run_process import Ended, Job, Runs, run_process
from smtp_server import ScriptedServer, smtp_server
from struck_desk import quick_folder, wrong_at
from system_calls import ALL

from sheetcrm.delivery.journal import Journal

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="forks a child for each run")]

INSTANTS = 300
MANY = 500 if os.environ.get(ALL) else 50
UNSURE = "not certain"  # as her sheets say it
ASKED = "not certain whether the last attempt arrived; please decide"
AT_THE_DESK = ("Client ID", "Name", "Email", "Birthday", "Email consent", "Notes")
LUCK = random.Random(20261122)  # noqa: S311 - no secret


class Desk:
    """A workbook with so many people to greet, in a state before a run that can be had again and again."""

    def __init__(self, runs: Runs, server: ScriptedServer, folder: Path, people: int, *, first: bool) -> None:
        """`first`: the run is the first ever; else it was run the day before."""
        self.runs, self.server = runs, server
        self.folder, self.state, self._kept = (folder / name for name in ("desk", "state", "kept"))
        self.folder.mkdir(parents=True)
        ladies = [client(f"C{n}", f"Anna{n} Smith{n}", f"c{n}", BORN, notes=f"note {n}") for n in range(1, people + 1)]
        self.book = salon(self.folder, clients=ladies, visits=())
        self.people = {f"c{n}@example.com" for n in range(1, people + 1)}
        if not first:
            assert self.run(on=DAY - timedelta(1)).json["sent"] == 0
        else:
            self.state.mkdir()
        self.hers = cells(load_workbook(self.book), "Clients", *AT_THE_DESK)
        for place in (self.folder, self.state):
            shutil.copytree(place, self._kept / place.name)
        self.runs_until_quiet: Counter[int] = Counter()
        self.became: Counter[str] = Counter()

    def run(self, on: Any = DAY, **how: Any) -> Ended:
        command = ("run", str(self.book), "--on", on.isoformat(), "--yes", "--json")
        environ = {"SHEETCRM_STATE": str(self.state), "SHEETCRM_SMTP": f"smtp://127.0.0.1:{self.server.port}"}
        return self.runs(Job(command, **how), **environ)[0]

    def lay_out(self) -> None:
        """Have everything as it was before the run, and a mail server that has nothing to do."""
        for place in (self.folder, self.state):
            shutil.rmtree(place)
            shutil.copytree(self._kept / place.name, place)
        self._until_the_server_rests()
        self.server.taken.clear()
        self.server.commands.clear()

    def killed(self, **how: Any) -> None:
        """Kill a run, run again until quiet, look."""
        self.lay_out()
        first = self.run(**how)
        assert first.code in (-9, 0), first.err  # an instant may fall behind its end
        self._until_the_server_rests()
        taken = len(self.server.taken)
        for number in (1, 2, 3, 4):
            again = self.run()
            assert (again.code, "Traceback" in again.err) == (0, False), again.err
            counts = again.json
            if (counts["sent"], counts["failed"], counts["unknown"], counts["written"]) == (0, 0, 0, False):
                self.runs_until_quiet[number] += 1
                break
        else:
            raise AssertionError("it never came to rest")
        self._look(taken, killed=first.code == -9)

    def _look(self, taken: int, *, killed: bool) -> None:
        got = Counter(self.server.recipients)
        with Journal.read(self.state, next(self.state.glob("*.sqlite")).stem) as journal:
            known = {row.to: str(row.status) for row in journal.records()}
        sent = {to for to, word in known.items() if word == "sent"}
        unsure = {to for to, word in known.items() if word == "unknown"}
        assert [to for to, times in got.items() if times > 1] == []  # nobody got two
        assert (sent - set(got), set(got) - sent - unsure) == (set(), set())  # the journal says what the server stored
        assert self.people - set(got) <= unsure  # and names who got none
        assert known.keys() == self.people
        assert len(unsure) <= killed
        file = load_workbook(self.book, data_only=True)
        in_sent = cells(file, "Sent", "To", "Status")
        assert {to: "unknown" if word == UNSURE else word for to, word in in_sent} == known
        assert len(in_sent) == len(known)
        waiting = {(f"{who.lower()}@example.com", why) for who, why in cells(file, "Outbox", "Client ID", "Reason")}
        assert waiting == {(to, ASKED) for to in unsure}
        assert cells(file, "Clients", *AT_THE_DESK) == self.hers
        assert [path.name for path in self.folder.iterdir()] == [self.book.name]
        self.became[
            "before any mail" if not taken else "after the last" if taken == len(self.people) else "between"
        ] += 1
        self.became["unknown, stored"] += len(unsure & set(got))
        self.became["unknown, not stored"] += len(unsure - set(got))

    def _until_the_server_rests(self) -> None:
        """A kill leaves the server with what was on its way."""
        seen = -1
        while seen != (seen := len(self.server.commands) + len(self.server.taken)):
            time.sleep(0.02)


def cells(file: Workbook, table: str, *headers: str) -> list[tuple[Any, ...]]:
    """Return what stands beneath some headers; rows without any of it are left out."""
    page = sheet(file, table)
    at = [column(page, header) - 1 for header in headers]
    lines = page.iter_rows(min_row=header_row(page) + 1, values_only=True)
    return [found for line in lines if any(found := tuple(line[place] for place in at))]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with quick_folder() as made:
        yield made


@pytest.fixture(scope="module")
def runs(folder: Path) -> Iterator[Runs]:
    with run_process(folder / "process") as started:
        yield started


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with smtp_server() as started:
        yield started


def checkpoints(desk: Desk) -> list[int]:
    """Return the checkpoints of a run that is not killed, by number; of many messages those of some."""
    desk.lay_out()
    passed = desk.run(record=True).points
    chosen, message = [], 0
    some = {0, 1, 2, len(desk.people) // 2, len(desk.people) - 1, len(desk.people)}
    for number, name in enumerate(passed, 1):
        message += name == "before begin"
        if message in some:
            chosen.append(number)
    return chosen


def instants(desk: Desk) -> list[float]:
    """Return seconds after the first plan, spread over a whole run."""
    desk.lay_out()
    whole = desk.run().seconds
    return [whole * (n + LUCK.random()) / INSTANTS for n in range(INSTANTS)]


def sample(points: list[Any], count: int) -> list[Any]:
    """Return all of them where the environment asks for it (of thousands, 300), else some, the same each time."""
    if os.environ.get(ALL):
        count = INSTANTS if len(points) > 3 * INSTANTS else len(points)
    return sorted(LUCK.sample(points, min(count, len(points))))


def tell(desk: Desk, what: str, count: int) -> None:
    """With -s: how hard it was tried."""
    if sys.__stdout__ is not None:
        became, quiet = dict(desk.became), dict(desk.runs_until_quiet)
        sys.__stdout__.write(
            f"\n{count} {what}, {len(desk.people)} people: killed {became}; runs until quiet {quiet}\n"
        )


@pytest.mark.parametrize(
    ("people", "first", "tries"), [(5, True, 5), (5, False, 5), (MANY, False, 1)], ids=["5, first ever", "5", "many"]
)
def test_killed_at_any_checkpoint_of_a_run_nobody_gets_two_and_who_got_none_is_named(
    runs: Runs, server: ScriptedServer, tmp_path: Path, folder: Path, people: int, first: bool, tries: int
) -> None:
    desk = Desk(runs, server, folder / tmp_path.name, people, first=first)
    points = checkpoints(desk)
    assert len(points) > 150
    chosen = sample(points, tries)
    wrong = wrong_at([str(point) for point in chosen], lambda point: desk.killed(kill_at=int(point)))
    tell(desk, f"of {len(points)} checkpoints", len(chosen))
    assert wrong == []


@pytest.mark.parametrize(("people", "tries"), [(5, 6), (MANY, 1)], ids=["5", "many"])
def test_killed_at_any_instant_of_a_run_nobody_gets_two_and_who_got_none_is_named(
    runs: Runs, server: ScriptedServer, tmp_path: Path, folder: Path, people: int, tries: int
) -> None:
    desk = Desk(runs, server, folder / tmp_path.name, people, first=False)
    chosen = sample(instants(desk), tries)
    wrong = wrong_at([str(seconds) for seconds in chosen], lambda seconds: desk.killed(kill_after=float(seconds)))
    tell(desk, "instants", len(chosen))
    assert wrong == []
