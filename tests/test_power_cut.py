"""The power is cut at points of a save: on a real ext4 in a file, which is told to write nothing more, and mounted anew.

`noauto_da_alloc` is the harder one: there a file that was renamed without being synced is empty after a cut. The suite takes a sample of
the points; `SHEETCRM_ALL_SWEEPS=1 pytest tests/test_power_cut.py` takes all.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from struck_desk import Desk, sampled, wrong_at
from system_calls import ALL, Server, cut_the_power, mounting, server, straced

pytestmark = pytest.mark.slow
_CHANGING = {
    "openat",
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "ftruncate",
    "rename",
    "renameat2",
    "unlink",
    "fchmod",
}
_FEW = 4


@dataclass(frozen=True)
class Disk:
    """A disk in a file, mounted in the server's namespace, and a desk on it."""

    run: Server
    image: Path
    place: Path
    options: str
    desk: Desk

    def mount(self) -> None:
        self.run.shell("mount", "-o", f"loop,{self.options}", self.image, self.place)

    def cut(self, *, others_go_on: bool) -> None:
        """Cut the power, and put it on again. `others_go_on`: another program has just had its own work brought to the disk."""
        place = self.run.inside(self.place)
        if others_go_on:
            with (place / "of another").open("wb") as file:
                file.write(b"x")
                file.flush()
                os.fsync(file.fileno())
        cut_the_power(place)
        self.run.shell("umount", self.place)
        self.mount()


@pytest.fixture(scope="module", params=["auto_da_alloc", "noauto_da_alloc"])
def disk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    if mounting() or straced() or os.geteuid() != 0 or not shutil.which("mkfs.ext4"):
        pytest.skip(mounting() or straced() or "needs root and mkfs.ext4")
    folder = tmp_path_factory.mktemp("power")
    image, place = folder / "disk.ext4", folder / "disk"
    place.mkdir()
    with server(folder / "server", mounts=True) as run:
        with image.open("wb") as file:
            file.truncate(24 << 20)
        run.shell("mkfs.ext4", "-q", "-F", image)
        try:
            run.shell("mount", "-o", f"loop,{request.param}", image, place)
        except OSError as error:
            pytest.skip(f"no loop devices here: {error}")
        yield Disk(run, image, place, request.param, Desk(run, place / "owner", inside=run.inside))
        run.shell("umount", place)


@pytest.mark.parametrize("others_go_on", [False, True])
def test_after_a_refresh_that_returned_the_new_book_is_there_whatever_happens_to_the_power(
    disk: Disk, others_go_on: bool
) -> None:
    disk.desk.lay_out()
    disk.run.shell("sync")
    assert disk.desk.refresh().code == 0
    disk.cut(others_go_on=others_go_on)
    assert disk.desk.book.read_bytes() == disk.desk.new
    assert disk.desk.old in disk.desk.kept()
    disk.desk.recovers()


def test_cut_at_any_point_of_a_save_there_is_the_old_book_or_the_new_one_and_never_an_empty_one(disk: Disk) -> None:
    desk = disk.desk
    points = [
        f"inject={call.name}:signal=KILL:when={call.number}"
        for call in desk.calls()
        if call.name in _CHANGING and "O_RDONLY" not in call.text
    ]

    def check(point: str) -> None:
        desk.lay_out()
        disk.run.shell("sync")
        assert desk.refresh(strace=["-e", point]).code == -9
        disk.cut(others_go_on=True)
        desk.whole()
        desk.recovers()

    chosen = sampled(points)
    chosen = chosen if os.environ.get(ALL) else chosen[:_FEW]
    assert wrong_at(chosen, check) == []
    print(f"{len(chosen)} of {len(points)} points on {disk.options}")  # noqa: T201 - for a report
