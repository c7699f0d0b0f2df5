"""What the runs of this computer came to, a line each: for who is asked why nothing went. No name, no address, no path stands in it.

A workbook is told from others by a hash of its place, which is also the end of its job's name.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sheetcrm import __version__
from sheetcrm.delivery.state import private_file, state_folder
from sheetcrm.errors import SheetcrmError
from sheetcrm.running.clock import instant

if TYPE_CHECKING:
    from sheetcrm.running.reports import RunReport

NAME = "log.txt"
MOST = 1_000_000
"""Bytes after which a log is set aside and a new one begun."""
_KEPT = 3  # logs, the one that is written included
_COUNTS = ("sent", "failed", "unknown", "held")
_CODE = re.compile(r"[a-z][a-z-]{0,40}")
_INTERRUPTED = 130


@dataclass
class Entry:
    """A line in the making: what came of the command is told while it runs."""

    words: dict[str, str] = field(default_factory=dict)

    def tell(self, report: RunReport, code: int) -> None:
        """Note what a run came to and its exit code."""
        self.words |= {name: str(getattr(report, name)) for name in _COUNTS}
        self.words |= {"written": "yes" if report.written else "no", "code": str(code)}
        if report.trouble is not None:
            self.words["trouble"] = _word_of(report.trouble)


def mark_of_place(path: Path) -> str:
    """Return by what a workbook is told from others without saying its name: eight hex digits of its place's hash."""
    return hashlib.sha256(str(path.absolute()).encode("utf-8", "surrogateescape")).hexdigest()[:8]


@contextlib.contextmanager
def logged(command: str, path: Path, environ: Mapping[str, str] = os.environ) -> Iterator[Entry]:
    """Write a line about what is done within, whatever becomes of it; none where there is no state folder: nothing ran yet."""
    entry, begun = Entry(), instant()
    try:
        yield entry
    except SheetcrmError as error:
        entry.words |= {"code": str(error.exit_code), "trouble": _word_of(error)}
        raise
    except KeyboardInterrupt:
        entry.words |= {"code": str(_INTERRUPTED), "trouble": "interrupted"}
        raise
    except BaseException as error:
        entry.words |= {"code": str(SheetcrmError.exit_code), "trouble": type(error).__name__}
        raise
    finally:
        seconds = (instant() - begun).total_seconds()
        said = " ".join(f"{name}={word}" for name, word in entry.words.items())
        line = f"{begun:%Y-%m-%dT%H:%M:%SZ} {__version__} {command} {mark_of_place(path)} {said} seconds={seconds:.1f}"
        _write(state_folder(environ), line)


def _word_of(error: SheetcrmError) -> str:
    # every code of ours is a word; another one may be anybody's
    return error.code if _CODE.fullmatch(error.code) else "error"


def _write(state: Path, line: str) -> None:
    if not state.is_dir():
        return
    path = state / NAME
    with contextlib.suppress(OSError):  # a full disk: what was done has been done
        if path.exists() and path.stat().st_size + len(line) > MOST:
            for number in range(_KEPT - 1, 0, -1):
                older = _numbered(path, number - 1)
                if older.exists():
                    older.replace(_numbered(path, number))
        private_file(path)
        with path.open("a", encoding="utf-8") as log:
            log.write(line + "\n")


def _numbered(path: Path, number: int) -> Path:
    return path.with_name(f"{path.stem}.{number}{path.suffix}") if number else path
