"""A real process at one of its system calls: killed there, or told that the call failed (strace), on a disk of the test's own.

Strace is attached to a child forked for the command (`forked_commands`) before it begins. The server may live in a mount namespace of
its own: what it mounts is seen by nobody else and goes with it; tests look in through `Server.inside`.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from forked_commands import PATIENCE, ask, asked_process, become, serve

if TYPE_CHECKING:
    from forked_commands import Run

ALL = "SHEETCRM_ALL_SWEEPS"
"""Set in the environment: every point of a sweep instead of a sample."""

_STOP_AT_ONCE = 0x8004587D  # ext4: FS_IOC_SHUTDOWN
_WITHOUT_A_FLUSH = 2
_CALL = re.compile(r"^(\d+) +(\w+)\((.*)$")


@dataclass(frozen=True)
class Call:
    """A system call of a command: its name, the how-manieth of that name, and what strace shows of it, paths for descriptors."""

    name: str
    number: int
    text: str


@dataclass(frozen=True)
class Ended:
    """How a command ended: exit code (negative: the signal that ended it), what it said, and its system calls where it was watched."""

    code: int
    out: str
    err: str
    calls: tuple[Call, ...] = ()


class Server:
    """Runs sheetcrm commands, each in a process of its own that begins with everything imported."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder

    def inside(self, path: Path) -> Path:
        """Return the path by which this process sees a file of the server's."""
        return Path(f"/proc/{self._process.pid}/root{path}")

    def __call__(
        self,
        *arguments: object,
        strace: Sequence[str] | None = None,
        environ: Mapping[str, str] | None = None,
        whole: bool = False,
        unchecked: bool = False,
    ) -> Ended:
        """Run a command; with `strace` (its options, may be none) its system calls are watched from its first save on.

        `whole`: from its beginning. `unchecked`: it does not ask beforehand how much room there is.
        """
        given = [str(a) for a in arguments]
        wishes = {"environ": dict(environ or {}), "whole": whole, "unchecked": unchecked}
        done = self._ask("run", arguments=given, strace=strace, **wishes)
        calls = tuple(_calls(self._folder / "trace")) if strace is not None else ()
        out, err = ((self._folder / name).read_text("utf-8") for name in ("out", "err"))
        return Ended(done["code"], out, err, calls)

    def shell(self, *command: object) -> str:
        """Run a command of the system where the server is; return what it prints. Raises CalledProcessError."""
        done = self._ask("shell", command=[str(c) for c in command])
        if done["code"]:
            raise subprocess.CalledProcessError(done["code"], [str(c) for c in command], done["said"])
        return str(done["said"])

    def _ask(self, what: str, **more: Any) -> Any:
        return ask(self._process, {"what": what, **more})


@contextlib.contextmanager
def server(folder: Path, *, mounts: bool = False) -> Iterator[Server]:
    """Start a server that keeps its files in a folder; with `mounts` in a mount namespace of its own."""
    alone = ["unshare", "-m" if os.geteuid() == 0 else "-rm"] if mounts else []
    with asked_process(__file__, folder, *alone, PYTHONHASHSEED="0") as process:
        yield Server(process, folder)


def straced() -> str:
    """Return why strace cannot be used here, "" where it can."""
    if sys.platform != "linux" or not shutil.which("strace"):
        return "needs strace"
    command = ["strace", "-qq", "-o", os.devnull, "-e", "inject=fsync:error=EIO:when=1", "true"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"strace may not be used here: {done.stderr[:100]}" if done.returncode else ""


def mounting() -> str:
    """Return why nothing can be mounted here, "" where it can."""
    if sys.platform != "linux" or not shutil.which("unshare"):
        return "needs unshare"
    alone = "-m" if os.geteuid() == 0 else "-rm"
    command = ["unshare", alone, "mount", "-t", "tmpfs", "none", "/mnt"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"no mounts here: {done.stderr[:100]}" if done.returncode else ""


def cut_the_power(folder: Path) -> None:
    """Let nothing that is not on the disk yet get there any more. Raises OSError where the file system knows no such thing."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.ioctl(descriptor, _STOP_AT_ONCE, ctypes.c_uint32(_WITHOUT_A_FLUSH))
    finally:
        os.close(descriptor)


def _calls(trace: Path) -> Iterator[Call]:
    """Give the calls of the first process in a trace, in order."""
    counts: Counter[str] = Counter()
    first = ""
    for line in trace.read_text("utf-8", "replace").splitlines():
        if (found := _CALL.match(line)) is None:
            continue
        first = first or found[1]
        if found[1] == first:
            counts[found[2]] += 1
            yield Call(found[2], counts[found[2]], found[3])


# --- the server


def _serve(folder: Path) -> None:
    def reply(run: Run, asked: Any) -> dict[str, Any]:
        if asked["what"] != "shell":
            return {"code": _run(folder, run, asked)}
        done = subprocess.run(asked["command"], capture_output=True, text=True, check=False)
        return {"code": done.returncode, "said": done.stderr if done.returncode else done.stdout}

    on = ("--on", "2026-11-22")
    serve(
        folder,
        (["refresh", *on], ["run", "--outbox", str(folder / "warm" / "out"), *on], ["check", *on], ["undo"]),
        reply,
    )


def _run(folder: Path, run: Run, asked: Mapping[str, Any]) -> int:
    """Run a command in a child; return its exit code."""
    begin, let_begin = os.pipe()
    ready, say_ready = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(let_begin)
        os.close(ready)
        _be(folder, run, asked, begin, say_ready)
    os.close(begin)
    os.close(say_ready)
    tracer = None
    if asked["strace"] is not None:
        (folder / "trace").write_bytes(b"")
        if os.read(ready, 1):  # nothing: it ended before
            tracer = _attach(child, folder, asked["strace"])
    os.close(let_begin)
    os.close(ready)
    status = os.waitpid(child, 0)[1]
    if tracer is not None:
        tracer.wait(PATIENCE)
    return os.waitstatus_to_exitcode(status)


def _be(folder: Path, run: Run, asked: Mapping[str, Any], begin: int, say_ready: int) -> NoReturn:
    from sheetcrm.running import session  # noqa: PLC0415 - only in the server
    from sheetcrm.workbook import saving  # noqa: PLC0415

    note_intent, waiting = vars(session)["note_intent"], True

    def wait() -> None:
        nonlocal waiting
        if waiting:
            waiting = False
            os.write(say_ready, b"!")
            os.read(begin, 1)

    def first_noted(*arguments: Any, **more: Any) -> None:
        wait()
        note_intent(*arguments, **more)

    def command() -> int:
        if asked["unchecked"]:
            saving._check_free = lambda *_asked: None
        if asked["strace"] is not None and asked["whole"]:
            wait()
        elif asked["strace"] is not None:
            vars(session)["note_intent"] = first_noted
        return run(asked["arguments"])

    become(folder, asked["environ"], command)


def _attach(child: int, folder: Path, options: Sequence[str]) -> subprocess.Popen[bytes]:
    command = ["strace", "-qq", "-f", "-y", "-s", "0", "-o", str(folder / "trace"), *options, "-p", str(child)]
    tracer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + PATIENCE
    while "\nTracerPid:\t0\n" in Path(f"/proc/{child}/status").read_text("ascii"):
        if tracer.poll() is not None or time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            sys.exit("strace could not be attached")
        time.sleep(0.002)
    return tracer


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
