"""Runs at once, a workbook put back, a lost state folder: nobody gets a message twice, and what may have gone out is asked about."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from owner_hand import BORN, DAY, client, salon, values
from run_process import Ended, Job, Runs, run_process
from smtp_server import ScriptedServer, smtp_server
from struck_desk import quick_folder
from system_calls import ALL

import sheetcrm as crm
from sheetcrm.testing import MemoryTransport

MANY = 500 if os.environ.get(ALL) else 40
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks a child for each run")


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    with quick_folder() as folder, run_process(folder / "process") as started:
        yield started


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with smtp_server() as started:
        yield started


def ladies(count: int) -> list[dict[str, Any]]:
    return [client(f"C{n}", f"Anna{n} Smith{n}", f"c{n}", BORN) for n in range(1, count + 1)]


def at_once(runs: Runs, book: Path, server: ScriptedServer, how_many: int, **of_the_first: Any) -> list[Ended]:
    """Start so many runs at the same time."""
    command = ("run", str(book), "--on", DAY.isoformat(), "--yes", "--json")
    jobs = [Job(command, **of_the_first), *[Job(command)] * (how_many - 1)]
    environ = {"SHEETCRM_STATE": str(book.parent / "state"), "SHEETCRM_SMTP": f"smtp://127.0.0.1:{server.port}"}
    return runs(*jobs, **environ)


# several at once


@forks
@pytest.mark.slow
@pytest.mark.parametrize(("how_many", "people"), [(2, 5), (8, 5), (8, MANY)])
def test_runs_started_at_once_send_each_message_once(
    runs: Runs, server: ScriptedServer, tmp_path: Path, how_many: int, people: int
) -> None:
    book = salon(tmp_path, clients=ladies(people), visits=())
    ended = at_once(runs, book, server, how_many)
    assert [(one.code, one.out, one.err) for one in ended if one.code or "Traceback" in one.err] == []
    assert sorted(one.json["sent"] for one in ended) == [*[0] * (how_many - 1), people]
    addresses = sorted(f"c{n}@example.com" for n in range(1, people + 1))
    assert sorted(server.recipients) == addresses
    assert sorted(values(book, "Sent", "To", "Status")) == [(to, "sent") for to in addresses]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["salon.xlsx", "state"]


@forks
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30 if os.environ.get(ALL) else 2))
def test_when_one_of_four_runs_is_killed_another_goes_on_and_nobody_gets_two(
    runs: Runs, server: ScriptedServer, tmp_path: Path, seed: int
) -> None:
    book = salon(tmp_path, clients=ladies(8), visits=())
    [recorded] = at_once(runs, Path(shutil.copytree(tmp_path, tmp_path / "trial")) / book.name, server, 1, record=True)
    shutil.rmtree(tmp_path / "trial")
    server.taken.clear()
    fatal = random.Random(seed).randrange(1, len(recorded.points) + 1)  # noqa: S311 - no secret
    killed, *others = at_once(runs, book, server, 4, kill_at=fatal)
    assert killed.code in (-9, 0)  # the one that comes last may not get so far
    assert [(one.code, one.out, one.err) for one in others if one.code or "Traceback" in one.err] == []
    said = dict(values(book, "Sent", "To", "Status"))
    got = Counter(server.recipients)
    assert (len(said), max(got.values())) == (8, 1)
    assert {to for to, word in said.items() if word == "sent"} <= got.keys()
    assert {to for to in said if to not in got} <= {to for to, word in said.items() if word == "not certain"}
    assert list(said.values()).count("sent") >= 7


# a workbook put back, a state folder lost, both


class Salon:
    """A workbook that ran the day before, greeted Anna and Jo on the day; Mia has her birthday three days later."""

    def __init__(self, folder: Path, state: Path) -> None:
        self.book, self.state = salon(folder), state
        self.transport = MemoryTransport()
        self.run(DAY - timedelta(1))
        self._before = Path(shutil.copy(self.book, folder / "yesterday.xlsx"))
        assert (self.run(DAY).sent, self.greeted()) == (2, ["anna", "jo"])
        self.transport.messages.clear()

    def run(self, on: date, **how: Any) -> crm.RunReport:
        return crm.run(self.book, on=on, transport=self.transport, **how)

    def greeted(self) -> list[str]:
        return [message.to.partition("@")[0] for message in self.transport.messages]

    def lose(self, what: str) -> None:
        if what in ("workbook", "both"):
            shutil.copy(self._before, self.book)
        if what in ("state folder", "both"):
            shutil.rmtree(self.state)

    def in_outbox(self) -> list[tuple[Any, ...]]:
        return values(self.book, "Outbox", "Client ID", "Reason")


@pytest.fixture
def malva(tmp_path: Path, sheetcrm: CommandLine) -> Salon:
    return Salon(tmp_path, sheetcrm.state)


IN_DOUBT = "it is not known what was sent before; please confirm first"
WITHIN_GRACE = [0, 1, 2]


@pytest.mark.parametrize("later", WITHIN_GRACE)
@pytest.mark.parametrize("what", ["workbook", "state folder"])
def test_a_workbook_of_yesterday_or_a_lost_state_folder_greets_nobody_twice_on_any_day_of_the_same_grace(
    malva: Salon, what: str, later: int
) -> None:
    malva.lose(what)
    reports = [malva.run(DAY + timedelta(day)) for day in (later, later, 3)]
    assert [(report.sent, report.held) for report in reports] == [(0, 0), (0, 0), (1, 0)]
    assert malva.greeted() == ["mia"]
    assert values(malva.book, "Sent", "Client ID", "Status") == [("C1", "sent"), ("C2", "sent"), ("C4", "sent")]


@pytest.mark.parametrize("later", WITHIN_GRACE)
def test_with_both_lost_all_that_may_have_gone_out_is_held_and_what_falls_due_later_goes(
    malva: Salon, later: int
) -> None:
    malva.lose("both")
    assert [(r.sent, r.held) for r in [malva.run(DAY + timedelta(later)) for _ in range(2)]] == [(0, 2)] * 2
    assert {("C1", IN_DOUBT), ("C2", IN_DOUBT)} <= set(malva.in_outbox())
    assert malva.run(DAY + timedelta(3)).sent == 1
    assert malva.greeted() == ["mia"]


def test_with_both_lost_on_two_days_one_after_the_other_it_is_held_all_the_same(malva: Salon) -> None:
    for later in (0, 1, 2):
        malva.lose("both")
        assert (malva.run(DAY + timedelta(later)).sent, malva.greeted()) == (0, [])
        malva.lose("state folder")
        assert (malva.run(DAY + timedelta(later)).sent, malva.greeted()) == (0, [])


@pytest.mark.parametrize("later", WITHIN_GRACE)
def test_with_both_lost_her_word_lets_each_message_go_once_or_never(
    malva: Salon, sheetcrm: CommandLine, later: int
) -> None:
    day = DAY + timedelta(later)
    malva.lose("both")
    malva.run(day)
    keys = dict(values(malva.book, "Outbox", "Client ID", "Key"))
    assert sheetcrm("resolve", malva.book, keys["C1"], "failed", "--on", day).code == 0
    assert sheetcrm("resolve", malva.book, keys["C2"], "sent", "--on", day).code == 0
    assert [malva.run(day).sent for _ in range(2)] == [1, 0]
    assert malva.greeted() == ["anna"]
    malva.lose("state folder")  # what she said is known to the sheet by now
    assert (malva.run(day).sent, malva.greeted()) == (0, ["anna"])


def test_with_both_lost_to_take_the_sending_over_lets_all_go_once(malva: Salon, sheetcrm: CommandLine) -> None:
    malva.lose("both")
    assert malva.run(DAY).sent == 0
    sheetcrm("doctor", malva.book, "--take-over")
    assert [malva.run(DAY).sent for _ in range(2)] == [2, 0]
    assert malva.greeted() == ["anna", "jo"]


@forks
@pytest.mark.slow
@pytest.mark.parametrize("what", ["workbook", "state folder", "both"])
def test_runs_started_at_once_on_a_workbook_that_lost_what_it_knew_greet_nobody_twice(
    malva: Salon, runs: Runs, server: ScriptedServer, what: str
) -> None:
    malva.lose(what)
    ended = at_once(runs, malva.book, server, 4)
    assert [one.code for one in ended] == [1 if what == "both" else 0] * 4  # she is asked, then
    assert [(one.json["sent"], one.json["held"]) for one in ended] == [(0, 2 if what == "both" else 0)] * 4
    assert server.recipients == []
