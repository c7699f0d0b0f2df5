"""Whatever happens in whatever order: never twice, never to who wants none, the owner's cells kept, nobody missing without a word.

A Hypothesis state machine over a real workbook and journal; killed runs are killed processes. The suite takes some hundred steps;
`SHEETCRM_ALL_SWEEPS=1 pytest tests/test_sending_machine.py` takes 10,000.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest
from command_line import CommandLine, environment
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from run_process import Runs, run_process
from sending_world import OUTCOMES, World
from struck_desk import quick_folder
from system_calls import ALL

STEPS = 50
EXAMPLES = 200 if os.environ.get(ALL) else 4
PHASES = [Phase.generate, Phase.shrink]
WHICH = st.integers(0, 30)
MOVES = [timedelta(n) for n in (1, 1, 1, 2, 3, 14, 30, 200, 365, -1, -3, -40, -365)] + [
    timedelta(hours=n) for n in (1, 7, -2)
]


class SendingMachine(RuleBasedStateMachine):
    """The owner, the computer, the mail server and bad luck, by turns."""

    folder: ClassVar[Path]
    runs: ClassVar[Runs]
    number: ClassVar[count[int]] = count()
    happened: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        place = self.folder / f"world{next(self.number)}"
        self._state = environment(SHEETCRM_STATE=str(place / "state"), SHEETCRM_MACHINE="this one")
        self._state.__enter__()
        self.world = World(place, self.runs)

    def teardown(self) -> None:
        try:
            if self.world.sound:
                self.world.settle()
            self.happened["mails"] += len(self.world.log.mails())
            self.happened["worlds"] += 1
        finally:
            self._state.__exit__(None, None, None)

    def note(self, what: str) -> None:
        self.happened[what] += 1

    # she works

    @rule(which=WHICH, yes=st.sampled_from(["yes", "no", None]))
    def types_consent(self, which: int, yes: str | None) -> None:
        self.note("consent")
        self.world.type_in("Clients", self.world.client(which)["row"], Email_consent=yes)

    @rule(which=WHICH, yes=st.sampled_from(["yes", None]))
    def opts_out_or_in(self, which: int, yes: str | None) -> None:
        self.note("opt-out or in")
        self.world.type_in("Clients", self.world.client(which)["row"], Do_not_contact=yes)

    @rule(which=WHICH, letter=st.sampled_from("abcd"))
    def changes_an_address(self, which: int, letter: str) -> None:
        self.note("address")
        self.world.change_address(which, letter)

    @rule(which=WHICH, text=st.sampled_from(["likes tea", "=1+1", None]))
    def types_a_note(self, which: int, text: str | None) -> None:
        self.note("note")
        self.world.type_in("Clients", self.world.client(which)["row"], Notes=text)

    @rule(days=st.integers(-2, 2))
    def adds_a_client(self, days: int) -> None:
        self.note("client")
        self.world.add_client(days)

    @rule(which=WHICH)
    def copies_a_row(self, which: int) -> None:
        self.note("row copied")
        self.world.copy_row(which)

    @rule(which=WHICH, days=st.sampled_from([1, 1, 2, 0, -1, -1, -3]))
    def notes_a_visit(self, which: int, days: int) -> None:
        self.note("visit")
        self.world.visit(which, days)

    @rule(which=WHICH)
    def renames_a_campaign(self, which: int) -> None:
        self.note("campaign renamed")
        self.world.rename_campaign(which)

    @precondition(lambda self: self.world.copies)
    @rule(which=WHICH, word=st.sampled_from(["yes", "yes", "no", None]))
    def ticks(self, which: int, word: str | None) -> None:
        self.note("tick")
        self.world.say(which, word)

    @precondition(lambda self: self.world.copies)
    @rule(which=WHICH)
    def decides_a_merge(self, which: int) -> None:
        self.note("merge" if self.world.merge(which) else "nothing to merge")

    @precondition(lambda self: self.world.copies)
    @rule(which=WHICH)
    def answers(self, which: int) -> None:
        self.note("answer")
        self.world.answer(which)

    @precondition(lambda self: not self.world.locked)
    @rule()
    def opens_the_workbook(self) -> None:
        self.note("lock")
        self.world.lock()

    @precondition(lambda self: self.world.locked)
    @rule()
    def closes_the_workbook(self) -> None:
        self.world.unlock()

    # it runs

    @rule()
    def runs_well(self) -> None:
        self.note("run")
        self.world.run()

    @rule(outcomes=st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=6))
    def runs_with_an_ill_server(self, outcomes: list[str]) -> None:
        self.note("run, ill server")
        self.world.run(outcomes)

    @rule(limit=st.integers(0, 3))
    def runs_with_a_limit(self, limit: int) -> None:
        self.note("run, limit")
        self.world.run(limit=limit)

    @rule(which=WHICH)
    def opts_out_while_it_runs(self, which: int) -> None:
        self.note("run, opt-out meanwhile")
        row = self.world.client(which)["row"]
        self.world.run(meanwhile=lambda: self.world.type_in("Clients", row, Do_not_contact="yes"))

    @rule(checkpoint=st.integers(1, 110))
    def is_killed(self, checkpoint: int) -> None:
        self.note("killed" if self.world.crash(checkpoint).code == -9 else "run, not killed")

    # it goes wrong

    @rule()
    def a_day_goes_by(self) -> None:
        self.note("day")
        self.world.turn_clock(timedelta(1))
        self.world.run()

    @rule(by=st.sampled_from(MOVES))
    def turns_the_clock(self, by: timedelta) -> None:
        self.note("clock back" if by < timedelta(0) else "clock")
        self.world.turn_clock(by)

    @precondition(lambda self: len(set(self.world.copies)) > 1)
    @rule(which=WHICH)
    def puts_an_older_copy_back(self, which: int) -> None:
        self.note("put back")
        self.world.put_back(which)

    @precondition(lambda self: self.world.state.exists() and self.world.copies)
    @rule()
    def loses_the_state_folder(self) -> None:
        self.note("state lost")
        self.world.lose_state()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks a child for each killed run")
def test_whatever_happens_nobody_gets_two_and_nobody_who_wants_none_gets_one(sheetcrm: CommandLine) -> None:
    assert sheetcrm.state.name == "state"
    told: dict[str, Any] = {"database": None, "deadline": None, "derandomize": not os.environ.get(ALL)}
    with quick_folder() as folder, run_process(folder / "process") as runs:
        SendingMachine.folder, SendingMachine.runs = folder, runs
        try:
            run_state_machine_as_test(
                SendingMachine,
                settings=settings(
                    max_examples=EXAMPLES,
                    stateful_step_count=STEPS,
                    suppress_health_check=list(HealthCheck),
                    print_blob=False,
                    phases=PHASES,
                    **told,
                ),
            )
        finally:
            if sys.__stdout__ is not None:  # with -s: what happened how often
                steps = sum(n for what, n in SendingMachine.happened.items() if what not in ("mails", "worlds"))
                sys.__stdout__.write(f"\n{steps} steps: {dict(SendingMachine.happened)}\n")


@pytest.fixture(autouse=True)
def _nothing_happened_yet() -> None:
    SendingMachine.happened.clear()


# what it has found


@pytest.mark.parametrize("where", [5, 10])
@pytest.mark.parametrize("refusal", [{"Do_not_contact": "yes"}, {"Email_consent": None}])
def test_a_client_who_was_pasted_twice_gets_nothing_once_either_of_her_rows_says_so(
    tmp_path: Path, sheetcrm: CommandLine, where: int, refusal: dict[str, str | None]
) -> None:
    assert sheetcrm.state.name == "state"
    world = World(tmp_path / "world")
    world.run()
    world.copy_row(3)  # C4 of row 5, to row 10
    world.run()
    assert [row["row"] for row in world.sheets()["Clients"] if row["Client ID"] == "C4"] == [5, 10]
    world.type_in("Clients", where, **refusal)
    world.turn_clock(timedelta(2))
    world.run()
    club = [mail[1] for mail in world.log.mails() if mail[0] == "Club"]
    assert ("C4" in club, "C8" in club) == (False, True)
