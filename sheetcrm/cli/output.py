"""What people and scripts see: one JSON object, or text; errors in one line on stderr."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import textwrap
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from sheetcrm.errors import SheetcrmError


def make_utf8() -> None:
    """Write UTF-8 whatever the console's code page: names are in six languages."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(ValueError, OSError):
                stream.reconfigure(encoding="utf-8", errors="replace")


def open_streams() -> None:
    """Let each closed stream (`>&-`, a service, pythonw.exe) be the null device: nothing has to ask whether there is one.

    That also takes their numbers, which else the next file opened would get, and with it what C libraries say on stderr.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open as long as the program runs


def drop(stream: TextIO) -> None:
    """Whoever read this stream has gone (`| head`), or its disk is full: say nothing more there."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def flush() -> None:
    """Hand over what was printed, now: on the way out of Python an error there would become the exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            drop(stream)


@contextlib.contextmanager
def printing(stream: TextIO) -> Iterator[None]:
    """Print as far as it goes: what was done has been done, whether or not it can be told."""
    try:
        yield
    except OSError:
        drop(stream)


def put(text: str, stream: TextIO | None = None) -> None:
    """Print a line, by default on stdout."""
    stream = stream or sys.stdout
    with printing(stream):
        print(text, file=stream)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    return str(value)


def as_json(data: dict[str, Any]) -> None:
    """Print the one JSON object of a command."""
    put(json.dumps(data, ensure_ascii=False, default=_plain))


def say(text: str = "") -> None:
    """Print text for a person; on a terminal its lines are broken between words, elsewhere they stay whole."""
    put(_folded(text, sys.stdout))


def copyable(text: str) -> None:
    """Print text that is to be copied: no line of it is broken."""
    put(text)


def note(text: str) -> None:
    """Print a line on stderr: something to know that is no result."""
    put(_folded(text, sys.stderr), sys.stderr)


def _folded(text: str, stream: TextIO) -> str:
    if not stream.isatty():
        return text
    try:
        width = os.get_terminal_size(stream.fileno()).columns
    except OSError:  # a terminal without a size
        return text
    lines = []
    for line in text.split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        # a path or an address stays whole, so that it can be copied
        options = {"subsequent_indent": indent, "break_long_words": False, "break_on_hyphens": False}
        lines.append(textwrap.fill(line, width, **options) if len(line) > width > 0 else line)  # type: ignore[arg-type]
    return "\n".join(lines)


def error_object(problem: SheetcrmError) -> dict[str, str]:
    """Return an error as it stands in JSON."""
    return {"code": problem.code, "message": problem.message, "hint": problem.hint}


def error_line(problem: SheetcrmError) -> None:
    """Say in one line on stderr where, what, what to do next."""
    note("sheetcrm: " + " ".join(str(problem).split()))


def error(problem: SheetcrmError, *, as_json: bool) -> None:
    """Say what went wrong in one line on stderr; with --json the same as the one object on stdout."""
    if as_json:
        globals()["as_json"]({"error": error_object(problem)})
    error_line(problem)


@contextlib.contextmanager
def progress() -> Iterator[Any]:
    """Show a progress bar on long work, on a terminal only. Yields a function (done, total)."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console  # noqa: PLC0415 - only where somebody watches
    from rich.progress import BarColumn, Progress, SpinnerColumn, TimeElapsedColumn  # noqa: PLC0415

    with Progress(
        SpinnerColumn(), BarColumn(), TimeElapsedColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
