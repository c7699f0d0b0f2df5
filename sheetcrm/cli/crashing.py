"""A bug of ours: noted in a file that says where in the program it is and nothing of anybody's data."""

from __future__ import annotations

import contextlib
import os
import platform
import traceback
from collections.abc import Iterator
from pathlib import Path, PurePath

from sheetcrm import __version__
from sheetcrm.errors import SheetcrmError

FILE = "crash.txt"


def noted(problem: Exception) -> SheetcrmError:
    """Write the crash file into the state folder, if that can be; return the one line that a person gets."""
    from sheetcrm.delivery.state import private_file, private_folder, state_folder  # noqa: PLC0415 - only on the way out

    where, params = "", {"kind": type(problem).__name__}
    with contextlib.suppress(OSError):
        file = private_folder(state_folder(os.environ)) / FILE
        private_file(file)
        file.write_text("\n".join(_lines(problem)) + "\n", "utf-8")
        where = f" Where in the program is noted in {file}, without anybody's data."
        params["file"] = str(file)
    return SheetcrmError(
        f"Something went wrong inside the program ({type(problem).__name__}): a mistake of ours, not yours.{where}",
        "Nothing half-done was left; run again with --debug to see more.",
        code="internal",
        text="internal-noted" if where else "internal",
        params=params,
    )


def _lines(problem: BaseException) -> Iterator[str]:
    """Types and places only: an exception's message quotes values, and a folder's name may be a person's."""
    yield f"sheetcrm {__version__}, Python {platform.python_version()}, {platform.system()}"
    seen: set[int] = set()
    current: BaseException | None = problem
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield type(current).__name__
        for frame in traceback.extract_tb(current.__traceback__):
            yield f"  {_place(frame.filename)}:{frame.lineno} {frame.name}"
        current = current.__cause__ or current.__context__


def _place(filename: str) -> str:
    """Return a source file's path from its package on; its home on the disk is nobody's business."""
    parts = PurePath(filename).parts
    for mark in ("site-packages", "dist-packages"):
        if mark in parts:
            return str(Path(*parts[parts.index(mark) + 1 :]))
    if "sheetcrm" in parts:
        return str(Path(*parts[len(parts) - 1 - parts[::-1].index("sheetcrm") :]))
    return parts[-1] if parts else filename
