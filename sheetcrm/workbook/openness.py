"""Who has the workbook open just now. Only hints: Excel on macOS and LibreOffice on Linux take no lock that the system knows."""

from __future__ import annotations

import os
from pathlib import Path

_EXCEL_PREFIX = "~$"
_WRITE_BITS = 0o222
_LONGEST_NAME = 54
_LONG_NAME = 2  # Excel drops the first two letters of a longer name for its owner file


def owner_files(path: Path) -> tuple[Path, ...]:
    """Return the paths where Excel and LibreOffice note who has this workbook open."""
    name = path.name
    return (
        path.with_name(_EXCEL_PREFIX + name),
        path.with_name(_EXCEL_PREFIX + name[_LONG_NAME:]),
        path.with_name(f".~lock.{name}#"),
    )


def opened_by(path: Path) -> str | None:
    """Return the name of who has the workbook open ("" where only the program is known), None where nobody has.

    These files are never deleted by us: a stale one (after a crash of Excel) only makes the changes wait.
    """
    for note in owner_files(path):
        try:
            data = note.read_bytes()
        except FileNotFoundError:
            continue
        except OSError:
            return ""  # Excel holds its own note locked on Windows
        return _libreoffice_user(data) if note.name.startswith(".~lock.") else _excel_user(data)
    return None


def _excel_user(data: bytes) -> str:
    """Read Excel's owner file: length, name in the ANSI code page padded to 55 bytes, then the same in UTF-16.

    (LibreOffice, svl/source/misc/msodocumentlockfile.cxx.)
    """
    if not data or data[0] > _LONGEST_NAME:
        return ""
    length = int.from_bytes(data[55:57], "little")
    wide = data[57 : 57 + 2 * length] if length <= _LONGEST_NAME else b""
    # which code page the other one is in nobody says: beyond ASCII it would be a guess
    return _name(wide, "utf-16-le") if len(wide) == 2 * length > 0 else _name(data[1 : 1 + data[0]], "ascii")


def _name(data: bytes, encoding: str) -> str:
    """Return a person's name, "" where the bytes are none: the file may be cut short or anybody's."""
    try:
        name = data.decode(encoding).strip("\0 ")
    except UnicodeDecodeError:
        return ""
    return name if name.isprintable() and any(c.isalnum() for c in name) else ""


def _libreoffice_user(data: bytes) -> str:
    """`,user,host,date,profile;`: the first field is the user's name as set in LibreOffice, the second the login."""
    fields = data.decode("utf-8", "replace").split(",")
    name = next((f for f in fields[:2] if f.strip()), "").strip()
    return name if name.isprintable() and "\ufffd" not in name else ""


def is_writable(path: Path) -> bool:
    """Tell whether the owner lets this file be changed: a read-only file is a wish, also where its folder would allow a replacement."""
    forbidden = not path.stat().st_mode & _WRITE_BITS  # which root would be let past
    return not forbidden and os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
