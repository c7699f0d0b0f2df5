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
from typing import Any, TextIO

from sheetcrm.errors import SheetcrmError


def make_utf8() -> None:
    """Write UTF-8 whatever the console's code page: names are in six languages."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(ValueError, OSError):
                stream.reconfigure(encoding="utf-8", errors="replace")


def drop_stdout() -> None:
    """Whoever read our output has gone (`| head`): say nothing more."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    return str(value)


def as_json(data: dict[str, Any]) -> None:
    """Print the one JSON object of a command."""
    print(json.dumps(data, ensure_ascii=False, default=_plain))


def on_terminal() -> bool:
    """Whether a person reads along."""
    return sys.stdout.isatty()


def say(text: str = "") -> None:
    """Print text for a person; on a terminal its lines are broken between words, elsewhere they stay whole."""
    print(_folded(text, sys.stdout))


def copyable(text: str) -> None:
    """Print text that is to be copied: no line of it is broken."""
    print(text)


def note(text: str) -> None:
    """Print a line on stderr: something to know that is no result."""
    print(_folded(text, sys.stderr), file=sys.stderr)


def _folded(text: str, stream: TextIO) -> str:
    if not stream.isatty():
        return text
    width = os.get_terminal_size(stream.fileno()).columns
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
