"""The files that come with the program: message texts, the page for e-mails, sample workbooks.

They stand at the top of the repository, where people look for them, and inside the package in a wheel. An editable
install and a plain checkout have no such copy, so the repository's own folders are taken there.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sheetcrm.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_PACKAGE = Path(__file__).resolve().parent
_LAYOUT = "email.html"


def folder(name: str) -> Path:
    """Return the folder `templates` or `sample_workbooks`. Raises `UsageError` where it did not come along."""
    for parent in (_PACKAGE, _PACKAGE.parent):
        path = parent / name
        if path.is_dir():
            return path
    raise UsageError(
        f"The folder {name} did not come with this installation.",
        "Install sheetcrm again.",
        code="not-installed",
        params={"folder": name},
    )


@lru_cache(maxsize=1)
def templates() -> Mapping[tuple[str, str, str], str]:
    """Return all message texts: (language, template, channel) → content, as `TextLibrary` takes them."""
    found = {}
    for path in sorted(folder("templates").glob("*/*.*.txt")):
        name, channel, _ = path.name.rsplit(".", 2)
        found[path.parent.name, name, channel] = path.read_text("utf-8")
    return found


@lru_cache(maxsize=1)
def layout() -> str:
    """Return the page around the HTML part of an e-mail."""
    path = folder("templates") / _LAYOUT
    return path.read_text("utf-8") if path.is_file() else ""


def sample(name: str) -> Path:
    """Return a sample workbook. Raises `UsageError` where there is none of that name."""
    path = folder("sample_workbooks") / name
    if not path.is_file():
        raise UsageError(f"There is no sample workbook {name}.", f"Look into {path.parent}.", text="")
    return path
