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

_WORD = "(?:conflic|conflit|konflik|конфл[иі]кт|競合コピー|冲突副本|衝突複本|충돌)"  # Dropbox has the last four
_NAMED = re.compile(rf"[\s(\[._~-].*{_WORD}", re.DOTALL)
_DATE = r"(?:\d{4}-?\d\d-?\d\d|[a-z]{3}-\d\d-\d{6}-\d{4})"
_SAID = re.compile(
    rf"""\ ?[(\[][^)\]]*{_WORD}.*  # Dropbox (Anna's conflicted copy 2026-11-20), Nextcloud, Box, Seafile (SFConflict ...), pCloud
    | .*\.sync-conflict-.*  # Syncthing
    | .*conflicted[ ]copy.*
    | [\s._~-](?=.*{_DATE}).*{_WORD}.*  # ownCloud _conflict-20261120-101112, Synology _LAPTOP_Nov-20-101112-2026_Conflict
    | [\s_-]conf\(\d+\)  # Google Drive""",
    re.DOTALL | re.VERBOSE,
)
"""The patterns of sync programs; the word alone ("Clients - conflicts with suppliers") may be of her own making."""
_BEFORE = "[conflict]"  # Google Drive writes it in front

_NUMBERED = re.compile(r"( ?\(\d{1,2}\))+| [2-9]")  # Google Drive (and any browser), iCloud
_HOST = re.compile(r"-([A-Z0-9][A-Z0-9-]{2,14})(-\d{1,2})?")  # OneDrive: a computer's name as Windows writes it
_KIND = re.compile(r"-[\w '’-]*(macbook|imac|mac mini|laptop|desktop|\bmbp\b)[\w '’-]*", re.IGNORECASE)
_HERS = frozenset({"OLD", "NEW", "COPY", "KOPIA", "COPIA", "BACKUP", "ARCHIVE", "ARCHIV", "FINAL", "TEST", "DRAFT"})


class Beside(NamedTuple):
    """A file beside a workbook; `said`: a sync program calls it a conflict by its name, else it only may be one."""

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
        rests = rest, _rest(stem, _plain(other.stem))
        if any(map(_SAID.fullmatch, rests)) or _is_marked(_plain(other.stem), stem):
            found.append(Beside(other, said=True))
        elif any(map(_NAMED.match, rests)) or (rest and _may_be(other.stem[-len(rest) :])):
            found.append(Beside(other, said=False))
    return found


def _plain(text: str) -> str:
    """Return a name as it is compared: macOS takes letters with marks apart."""
    return unicodedata.normalize("NFC", text).casefold()


def _rest(name: str, start: str) -> str:
    return name.removeprefix(start) if name.startswith(start) else ""


def _is_marked(one: str, other: str) -> bool:
    """Tell whether one of two names is the other behind a mark."""
    return one != other and one.removeprefix(_BEFORE).lstrip() == other.removeprefix(_BEFORE).lstrip()


def _may_be(rest: str) -> bool:
    if _NUMBERED.fullmatch(rest) or _KIND.fullmatch(rest):
        return True
    here = platform.node().partition(".")[0].casefold()
    if here and rest.casefold().startswith(f"-{here}"):
        return True
    host = _HOST.fullmatch(rest)
    return host is not None and host[1] not in _HERS and any(letter.isalpha() for letter in host[1])
