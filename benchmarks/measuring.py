"""One process measured from outside: wall clock, CPU of all its threads, peak of its resident memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
MEBIBYTE = 2**20


@dataclass(frozen=True)
class Run:
    """What one process took: seconds by the clock, seconds of CPU, bytes at the peak, and what it said."""

    name: str
    wall: float
    cpu: float
    peak: int
    said: str = ""
    finished: bool = True
    """Whether it came to its end in the time that it was given."""


def measure(
    name: str, command: Sequence[str], variables: Mapping[str, str] | None = None, *, limit: float | None = None
) -> Run:
    """Run a command to its end in a fresh process and measure it; its own failure stops the benchmark.

    `limit`: seconds after which it is ended.
    """
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent), **(variables or {})}
    with tempfile.TemporaryFile() as said:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=said, env=environment)  # noqa: S603 - our own commands
        watch = threading.Timer(limit or 1e6, process.kill)
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        finished = watch.is_alive()
        watch.cancel()
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode("utf-8")
    if finished and process.returncode not in (0, 1):  # 1: done, and something waits for the owner
        raise SystemExit(f"{name} failed with exit code {process.returncode}: {text[-500:]}")
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): kilobytes on Linux, bytes on macOS
    return Run(name, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit, text, finished)
