"""An owner's desk, in a state before a save, that can be had again and again; and what must hold whatever became of the save."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from owner_hand import DAY, append, column, edited, salon, sheet
from system_calls import ALL, Call, Ended, Server

SAMPLE = 25
SEED = 20261122
_WAITS = {
    "futex",
    "clone3",
    "clone",
    "exit_group",
    "restart_syscall",
    "rt_sigprocmask",
    "gettid",
    "set_robust_list",
    "rseq",
}
"""What threads do with each other: how often differs from run to run, and there is nothing to lose in between."""


class Desk:
    """A workbook that was refreshed, then edited: a visit, a visit moved, a client without an id. `old` and `new` are its bytes."""

    def __init__(self, run: Server, folder: Path, *, inside: Callable[[Path], Path] = Path) -> None:
        """`inside` gives the path by which this process sees a folder of the command's."""
        self.run = run
        self._there = folder
        self.folder, self.state, self._kept = (inside(folder) / name for name in ("desk", "state", "kept"))
        self.folder.mkdir(parents=True)
        self.book = salon(self.folder)
        assert self.refresh().code == 0
        with edited(self.book) as file:
            append(sheet(file, "Clients"), {"Name": "Ida Gray", "Email": "ida@example.com", "Email consent": "yes"})
            visits = sheet(file, "Visits")
            visits.cell(6, column(visits, "Date")).value = date(2026, 12, 4)
            append(visits, {"Date": DAY, "Client": "Ida Gray", "Amount": 11.0})
        self.old = self.book.read_bytes()
        for place in (self.folder, self.state):
            shutil.copytree(place, self._kept / place.name)
        assert self.refresh().code == 0
        self.new = self.book.read_bytes()
        assert self.new != self.old

    @property
    def backups(self) -> Path:
        return self.state / "backups"

    def refresh(self, strace: Sequence[str] | None = None) -> Ended:
        return self("refresh", "--on", DAY, "--json", strace=strace)

    def __call__(
        self,
        command: str,
        *options: object,
        strace: Sequence[str] | None = None,
        environ: Mapping[str, str] | None = None,
        unchecked: bool = False,
    ) -> Ended:
        book = self._there / "desk" / self.book.name
        environ = {"SHEETCRM_STATE": str(self._there / "state"), **(environ or {})}
        return self.run(command, book, *options, strace=strace, environ=environ, unchecked=unchecked)

    def lay_out(self) -> None:
        """Have everything as it was before the save."""
        for place in (self.folder, self.state):
            shutil.rmtree(place)
            shutil.copytree(self._kept / place.name, place)

    def calls(self) -> list[Call]:
        """Return the system calls of the save, from the first note that it begins to the last that reaches the disk."""
        self.lay_out()
        done = self.refresh(strace=[])
        assert (done.code, self.book.read_bytes() == self.new) == (0, True)
        last = max(at for at, call in enumerate(done.calls) if call.name in ("fsync", "fdatasync"))
        begun = next(at for at, call in enumerate(done.calls) if str(self._there / "state") in call.text)
        return [call for call in done.calls[begun : last + 1] if call.name not in _WAITS]

    def whole(self) -> bytes:
        """Return the workbook's bytes: the whole old or the whole new ones."""
        data = self.book.read_bytes()
        assert data in (self.old, self.new), f"{len(data)} bytes that are neither the old nor the new workbook"
        return data

    def recovers(self, *, undo: bool = False) -> None:
        """The next refresh completes it, nothing is left lying about, each backup is whole; `undo` gives the old one back."""
        done = self.refresh()
        assert (done.code, self.book.read_bytes() == self.new) == (0, True), done.err
        assert self.left_over() == []
        assert self.old in self.kept()
        if undo:
            assert self("undo").code == 0
            assert self.book.read_bytes() == self.old

    def kept(self) -> list[bytes]:
        files = [path for path in self.backups.rglob("*") if path.is_file()]
        found = [path.read_bytes() for path in files]
        assert [path.stem[-16:] for path in files] == [hashlib.sha256(data).hexdigest()[:16] for data in found]
        assert len(set(found)) == len(found)
        return found

    def left_over(self) -> list[str]:
        """Return what lies beside the workbook and in the state folder that belongs to neither."""
        known = (".sqlite", ".sqlite-journal", ".lock", ".refresh.json", ".likeness.npz", "paths.json", "paths.lock")
        beside = [path.name for path in self.folder.iterdir() if path != self.book]
        in_state = [path for path in self.state.rglob("*") if path.is_file() and self.backups not in path.parents]
        return sorted([*beside, *(path.name for path in in_state if not path.name.endswith(known))])


@contextlib.contextmanager
def quick_folder() -> Iterator[Path]:
    """Give a folder in memory, where there is one: a kill is the same there, and an fsync takes no time."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own in it
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder).resolve()


def sampled(points: Sequence[str], always: Sequence[str] = ()) -> list[str]:
    """Return all points where the environment asks for them, else a sample, the same each time, with some of them always in it."""
    if os.environ.get(ALL):
        return list(points)
    others = [point for point in points if point not in always]
    return [*always, *random.Random(SEED).sample(others, min(SAMPLE - len(always), len(others)))]  # noqa: S311 - no secret


def wrong_at(points: Sequence[str], check: Callable[[str], None]) -> list[str]:
    """Check each of the points; return what went wrong, and where."""
    wrong = []
    for point in points:
        try:
            check(point)
        except AssertionError as error:
            wrong.append(f"{point}: {str(error)[:700]}")
    return wrong
