"""Commands of sheetcrm in processes of their own that begin with everything imported.

To import all of sheetcrm takes longer than a command. So a process of the test's imports it once, is asked line by line in JSON,
and forks a child for each command: whatever becomes of the child, killed or traced, is what becomes of a program.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Run = Callable[[list[str]], int]

PATIENCE = 120.0
"""Seconds in which the process has to end when nothing more is asked of it."""

_ROOT = Path(__file__).resolve().parents[1]


@contextlib.contextmanager
def asked_process(program: str, folder: Path, *before: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """Start a file of the tests that `serve`s, with a folder to keep its files in; `before` is what stands before it in the command."""
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [*before, sys.executable, program, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(_ROOT), "LC_ALL": "C.UTF-8", **environ},
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(PATIENCE)
        if process.stdout is not None:
            process.stdout.close()


def ask(process: subprocess.Popen[str], question: Mapping[str, Any]) -> Any:
    """Ask the process for something and return its answer."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(question) + "\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


# --- in that process


def serve(folder: Path, commands: Sequence[Sequence[str]], reply: Callable[[Run, Any], Any]) -> None:
    """Answer what is asked, after some commands on a salon by which everything is imported that they need."""
    from owner_hand import salon  # noqa: PLC0415 - only in the process

    from sheetcrm.cli import run  # noqa: PLC0415

    warm = folder / "warm"
    warm.mkdir()
    os.environ.update(SHEETCRM_STATE=str(warm / "state"), SHEETCRM_MACHINE="this one")
    os.environ.pop("SHEETCRM_SMTP", None)
    book = salon(warm)
    with (folder / "said").open("w", encoding="utf-8") as said, contextlib.redirect_stdout(said):
        for command, *more in commands:
            run([command, str(book), *more])
    for line in sys.stdin:
        print(json.dumps(reply(run, json.loads(line))), flush=True)  # noqa: T201 - the answer


def become(place: Path, environ: Mapping[str, str], command: Callable[[], int]) -> NoReturn:
    """Run a command as all that this process still does; what it says goes into the files `out` and `err` of a folder."""
    code = 70
    try:
        for descriptor, name in ((1, "out"), (2, "err")):
            opened = os.open(place / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(opened, descriptor)
            os.close(opened)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - for the length of the process
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        os.environ.update(environ)
        code = command()
    except BaseException:  # noqa: BLE001 - as Python would
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(code)
