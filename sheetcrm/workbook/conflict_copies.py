"""Files beside a workbook that a cloud folder makes of a second version of it, as far as their names tell.

When two computers save at once, Dropbox, OneDrive, Google Drive, iCloud, Nextcloud, Syncthing and their like merge nothing: they keep
both and give one of them another name. Which of the two is meant only the owner knows.
"""

from __future__ import annotations

import os
import platform
import re
import unicodedata
from pathlib import Path
from typing import NamedTuple

_SAID = re.compile(r"[\s(\[._~-].*(conflic|conflit|konflikt|конфл[иі]кт)", re.DOTALL)
"""Dropbox, Nextcloud, Box `(Anna's conflicted copy 2026-11-20)`, Syncthing `.sync-conflict-20261120-101112-ABCDEFG`, ownCloud, Synology,
Seafile, pCloud, Resilio: the word is in all of them, in the language of the program."""

_NUMBERED = re.compile(r" ?\(\d{1,2}\)| [2-9]")  # Google Drive (and any browser), iCloud
_HOST = re.compile(r"-([A-Z0-9][A-Z0-9-]{2,14})(-\d{1,2})?")  # OneDrive: a computer's name as Windows writes it
_KIND = re.compile(r"-[\w-]*(macbook|imac|laptop|desktop)[\w-]*", re.IGNORECASE)
_HERS = frozenset({"OLD", "NEW", "COPY", "KOPIA", "COPIA", "BACKUP", "ARCHIVE", "ARCHIV", "FINAL", "TEST", "DRAFT"})


class Beside(NamedTuple):
    """A file beside a workbook; `said`: its name calls it a conflict, else it only may be one."""

    path: Path
    said: bool


def copies_beside(path: Path) -> list[Beside]:
    """Return the files in the workbook's folder whose names are those of conflict copies of it; or of which it is one, by its name."""
    path = path.resolve()
    stem, suffix = _plain(path.stem), _plain(path.suffix)
    found = []
    try:
        names = sorted(entry.name for entry in os.scandir(path.parent) if entry.is_file())
    except OSError:
        return []
    for name in names:
        other = path.with_name(name)
        if name == path.name or _plain(other.suffix) != suffix:
            continue
        rest = _rest(_plain(other.stem), stem)
        if _SAID.match(rest) or _SAID.match(_rest(stem, _plain(other.stem))):
            found.append(Beside(other, said=True))
        elif rest and _may_be(other.stem[-len(rest) :]):
            found.append(Beside(other, said=False))
    return found


def _plain(text: str) -> str:
    """Return a name as it is compared: macOS takes letters with marks apart."""
    return unicodedata.normalize("NFC", text).casefold()


def _rest(name: str, start: str) -> str:
    return name.removeprefix(start) if name.startswith(start) else ""


def _may_be(rest: str) -> bool:
    if _NUMBERED.fullmatch(rest) or _KIND.fullmatch(rest):
        return True
    here = platform.node().partition(".")[0].casefold()
    if here and rest.casefold().startswith(f"-{here}"):
        return True
    host = _HOST.fullmatch(rest)
    return host is not None and host[1] not in _HERS and any(letter.isalpha() for letter in host[1])
