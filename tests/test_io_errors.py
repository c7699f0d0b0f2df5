"""Told by the system that a call failed, and on a disk that is really full: nothing is lost, nothing is said to be done that is not.

The suite takes a sample, the same each time; `SHEETCRM_ALL_SWEEPS=1 pytest tests/test_io_errors.py` takes all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from owner_hand import DAY
from struck_desk import Desk, quick_folder, sampled, wrong_at
from system_calls import ALL, Ended, Server, mounting, server, straced

pytestmark = pytest.mark.slow

ERRORS = {
    "openat": ("EACCES", "EIO", "ENOSPC", "EINTR"),
    "read": ("EIO",),
    "write": ("ENOSPC", "EIO", "EINTR"),
    "pwrite64": ("ENOSPC", "EIO"),
    "fsync": ("EIO", "ENOSPC", "EINTR"),
    "fdatasync": ("EIO",),
    "ftruncate": ("EIO", "ENOSPC"),
    "rename": ("EACCES", "ENOSPC", "EIO", "EXDEV"),
    "renameat2": ("EACCES", "EBUSY", "EXDEV", "EIO", "ENOSPC", "EINTR", "EPERM", "EINVAL"),
    "unlink": ("EACCES", "EIO", "EBUSY"),
    "fchmod": ("EPERM", "EIO"),
    "fchown": ("EPERM", "EIO"),
    "listxattr": ("EIO",),
    "getdents64": ("EIO",),
}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with quick_folder() as made:
        yield made


@pytest.fixture(scope="module")
def run(folder: Path) -> Iterator[Server]:
    if straced():
        pytest.skip(straced())
    with server(folder / "server") as started:
        yield started


@pytest.fixture(scope="module")
def desk(run: Server, folder: Path) -> Desk:
    return Desk(run, folder / "owner")


def told_as_it_is(desk: Desk, done: Ended, *, mute: bool = False) -> None:
    """What the command said is what became of the book: whole, written where it says so, never in silence."""
    now = desk.whole()
    assert "Traceback" not in done.err, done.err[-600:]
    assert done.code in (0, 1, 3), f"exit {done.code}: {done.err}"
    assert not (desk.state / "crash.txt").exists(), (desk.state / "crash.txt").read_text("utf-8")
    if mute:  # it could not say a word
        assert done.code or now == desk.new
        return
    if done.code == 3:
        assert done.err.count("\n") == 1, done.err
        assert now == desk.old or not any(word in done.err for word in ("as it was", "could not be saved"))
        assert now == desk.new or "was written, but" not in done.err
        return
    written = json.loads(done.out)["written"]
    assert written == (now == desk.new)
    assert written or done.err.count("\n") == 1, "nothing was written, and nothing was said"


def test_told_that_any_system_call_of_a_save_failed_nothing_is_lost_and_it_is_said(desk: Desk) -> None:
    points = [
        f"inject={call.name}:error={error}:when={call.number}{ever}"
        for call in desk.calls()
        for error in ERRORS.get(call.name, ())
        for ever in (("",) if error == "EINTR" else ("", "+"))
    ]
    ends = {0: 0, 1: 0, 3: 0}

    def check(point: str) -> None:
        desk.lay_out()
        done = desk.refresh(strace=["-e", point])
        told_as_it_is(desk, done, mute="write:" in point and point.endswith("+") and not done.err)
        ends[done.code] += 1
        desk.recovers()

    chosen = sampled(points, always=[point for point in points if point.endswith("read:error=EIO:when=3+")])
    assert wrong_at(chosen, check) == []
    print(f"{len(chosen)} of {len(points)} errors: exits {ends}")  # noqa: T201 - for a report
    assert ends[3]


def test_a_disk_that_fails_after_the_new_book_has_its_name_is_told_as_just_that(desk: Desk) -> None:
    [number] = [c.number for c in desk.calls() if c.name == "fsync" and f"{desk.folder}>" in c.text]
    desk.lay_out()
    done = desk.refresh(strace=["-e", f"inject=fsync:error=EIO:when={number}"])
    assert (done.code, desk.book.read_bytes() == desk.new) == (3, True)
    assert "salon.xlsx was written, but then its disk reported an error (Input/output error)" in done.out
    desk.recovers()


# a disk that is really full


@pytest.fixture(scope="module")
def mounted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    if mounting():
        pytest.skip(mounting())
    folder = tmp_path_factory.mktemp("disks")
    with server(folder / "server", mounts=True) as started:
        yield started, folder


def small_disk(run: Server, place: Path, kilobytes: int) -> None:
    """Make a disk of a folder, with what is in it and so much room left."""
    copy = place.with_name(f"{place.name} copied")
    run.shell("cp", "-a", place, copy)
    run.shell("mount", "-t", "tmpfs", "-o", "size=8m", "none", place)
    run.shell("cp", "-a", f"{copy}/.", place)
    resize(run, place, kilobytes)


def resize(run: Server, place: Path, kilobytes: int) -> None:
    used = int(run.shell("du", "-sk", place).split()[0])
    run.shell("mount", "-o", f"remount,size={used + kilobytes}k", "none", place)


@pytest.mark.parametrize(("place", "kilobytes"), [("book", 120), ("state", 200), ("temporary", 40)])
def test_a_disk_that_is_really_full_is_said_and_leaves_a_whole_book(
    mounted: tuple[Server, Path], tmp_path: Path, place: str, kilobytes: int
) -> None:
    run, _ = mounted
    (temporary := tmp_path / "temporary").mkdir()
    desk = Desk(run, tmp_path / "owner", inside=run.inside)
    disk = {"book": tmp_path / "owner/desk", "state": tmp_path / "owner/state", "temporary": temporary}[place]
    codes = []
    for size in range(0, kilobytes + 1, 4 if os.environ.get(ALL) else kilobytes // 4):
        desk.lay_out()
        small_disk(run, disk, size)
        done = desk("refresh", "--on", DAY, "--json", environ={"TMPDIR": str(temporary)}, unchecked=True)
        codes.append(done.code)
        told_as_it_is(desk, done)
        assert desk.old in desk.kept() or done.code
        assert [name for name in desk.left_over() if done.code == 0 or not name.endswith(".part")] == []
        run.shell("umount", disk)
        run.shell("rm", "-r", disk.with_name(f"{disk.name} copied"))
    assert (codes[-1], 3 in codes) == (0, place != "temporary")


@pytest.mark.parametrize(
    ("place", "said"), [("folder", "the disk is too full"), ("state", "the state folder is too full")]
)
def test_a_run_without_room_to_save_sends_nothing(
    mounted: tuple[Server, Path], tmp_path: Path, place: str, said: str
) -> None:
    run, _ = mounted
    desk, mails = Desk(run, tmp_path / "desk"), tmp_path / "mails"
    disk = getattr(desk, place)
    assert desk("run", "--on", DAY, "--limit", 0).code == 0  # so that before sending there is nothing to be written
    small_disk(run, disk, 60)
    done = desk("run", "--on", DAY, "--outbox", mails)
    assert (done.code, said in done.err, mails.exists()) == (3, True, False), done.err
    resize(run, disk, 2000)
    done = desk("run", "--on", DAY, "--outbox", mails)
    assert (done.code, len(list(mails.glob("*.eml")))) == (0, 2), done.err
