"""Killed at any system call of an erasing: the next command completes it, and nothing of her is found anywhere.

The suite takes a sample of the calls, the same each time; `SHEETCRM_ALL_SWEEPS=1 pytest tests/test_erasing_kills.py` takes all.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from erased_person import HERS, found_in, her_salon
from owner_hand import DAY, rows, values
from struck_desk import quick_folder, sampled, wrong_at
from system_calls import Ended, Server, server, straced

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(straced()), reason=straced())]

CHANGING = {"write", "pwrite64", "fsync", "fdatasync", "renameat2", "rename", "unlink", "ftruncate"}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with quick_folder() as made:
        yield made


@pytest.fixture(scope="module")
def run(folder: Path) -> Iterator[Server]:
    with server(folder / "server") as started:
        yield started


class Desk:
    """A salon in which Anna was greeted, and is about to be erased; to be had again and again."""

    def __init__(self, run: Server, folder: Path) -> None:
        self.run, self.folder, self._kept = run, folder / "desk", folder / "kept"
        self.folder.mkdir(parents=True)
        self.book = her_salon(self.folder)
        assert self("run", "--outbox", folder / "mails").code == 0
        shutil.copytree(self.folder, self._kept)

    def __call__(self, command: str, *options: object, strace: list[str] | None = None) -> Ended:
        environ = {"SHEETCRM_STATE": str(self.folder / "state")}
        return self.run(command, self.book, *options, "--on", DAY, strace=strace, environ=environ)

    def lay_out(self) -> None:
        shutil.rmtree(self.folder)
        shutil.copytree(self._kept, self.folder)


def test_killed_anywhere_it_is_completed_by_the_next_command(run: Server, folder: Path) -> None:
    desk = Desk(run, folder / "owner")
    assert {text for _, _, text in found_in(desk.folder)} >= {HERS[0], HERS[1]}
    done = desk("erase", "C1", strace=[])
    assert done.code == 0, done.err
    assert found_in(desk.folder) == []
    people, visits = values(desk.book, "Clients", "Client ID", "Name", "Total spend"), rows(desk.book, "Visits")
    calls = [call for call in done.calls if call.name in CHANGING and str(desk.folder) in call.text]
    points = [f"inject={call.name}:signal=KILL:when={call.number}" for call in calls]
    assert len(points) > 20

    def check(point: str) -> None:
        desk.lay_out()
        desk("erase", "C1", strace=["-e", point])
        after = desk("refresh")
        assert after.code == 0, after.err
        assert found_in(desk.folder) == []
        assert values(desk.book, "Clients", "Client ID", "Name", "Total spend") == people
        assert rows(desk.book, "Visits") == visits

    assert wrong_at(sampled(points), check) == []
