"""Who has the workbook open just now. Only hints: Excel on macOS and LibreOffice on Linux take no lock that the system knows."""

from __future__ import annotations

import errno
import os
import platform
import stat
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_EXCEL_PREFIX = "~$"
_WRITE_BITS = 0o222
_LONGEST_NAME = 54
_HOST = 2  # the place of the computer's name in LibreOffice's note
_LIBREOFFICE_PREFIX = ".~lock."
_LONG_NAME = 2  # Office drops the first two letters of a longer name for its owner file
_LIBREOFFICE = (b"soffice.bin", b"soffice", b"oosplash")
_PROCESSES = Path("/proc")
_HALF_A_DAY = 12 * 3600.0
_LONG = 20 * 3600.0  # nobody works that long


@dataclass(frozen=True)
class Opener:
    """Who has a workbook open: a name ("" where only the program is known), by which file.

    `doubtful`: the file may be left over from a crash, as far as can be told; `left_over`: it is.
    """

    who: str
    note: Path
    doubtful: bool = False
    left_over: bool = False


def owner_files(path: Path) -> tuple[Path, ...]:
    """Return the paths where Excel and LibreOffice note who has this workbook open."""
    name = path.name
    shorter = path.with_name(name[_LONG_NAME:])
    return (
        path.with_name(_EXCEL_PREFIX + name),
        # the note of another workbook that is called like the end of this one is that one's
        *(() if shorter.is_file() else (path.with_name(_EXCEL_PREFIX + shorter.name),)),
        path.with_name(f"{_LIBREOFFICE_PREFIX}{name}#"),
    )


def opened_by(path: Path) -> str | None:
    """Return the name of who has the workbook open ("" where only the program is known), None where nobody has."""
    return next((found.who for found in openers(path) if not found.left_over), None)


def openers(path: Path) -> list[Opener]:
    """Return who has the workbook open by the files that say so, which are never deleted by us.

    A crash leaves them. One of LibreOffice counts no more when it names this computer, no LibreOffice runs here, and it is from before
    the computer was started or half a day old; of any other one only its age can be told.
    """
    found = []
    for note in owner_files(path):
        try:
            data, since = note.read_bytes(), note.stat().st_mtime
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                continue  # there can be no such file
            found.append(Opener("", note))  # Excel holds its own note locked on Windows
            continue
        age = time.time() - since
        if not note.name.startswith(_LIBREOFFICE_PREFIX):
            found.append(Opener(_excel_user(data), note, doubtful=age > _LONG))
            continue
        nobody = _of_nobody(data)
        gone = nobody and (age > _HALF_A_DAY or age > _uptime())
        found.append(Opener(_libreoffice_user(data), note, doubtful=nobody or age > _LONG, left_over=gone))
    return found


def _of_nobody(data: bytes) -> bool:
    """Tell whether a note of LibreOffice names this computer while no LibreOffice runs here.

    Only Linux shows all processes to everybody; in a Linux on Windows there may be one that is not shown.
    """
    fields = data.decode("utf-8", "replace").split(",")
    host = fields[_HOST].strip() if len(fields) > _HOST else ""
    if sys.platform != "linux" or not host or _computer(host) != _computer(platform.node()):
        return False
    running = None if "microsoft" in platform.release().casefold() else _programs()
    return running is not None and not any(name in _LIBREOFFICE for name in running)


def _computer(host: str) -> str:
    return host.partition(".")[0].casefold()


def _uptime() -> float:
    """Return for how many seconds this computer has been on, asleep or awake."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else float("inf")


def _programs() -> set[bytes] | None:
    """Return the names of the programs that run on this computer; None where they are not shown to this user."""
    found = set()
    try:
        for process in _PROCESSES.iterdir():
            if not process.name.isdecimal():
                continue
            try:
                name, _, rest = (process / "stat").read_bytes().partition(b"(")[2].rpartition(b")")
            except (FileNotFoundError, ProcessLookupError):
                continue  # ended meanwhile
            if rest.split()[:1] not in ([b"Z"], [b"X"]):  # killed, and its parent has not noticed
                found.add(name)
    except OSError:
        return None
    # without the first process only one's own ones are shown (the mount option `hidepid`)
    return found if (_PROCESSES / "1" / "stat").exists() else None


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
    return not forbidden and os.access(path, os.W_OK) and os.access(path.parent, os.W_OK) and _may_be_replaced(path)


def _may_be_replaced(path: Path) -> bool:
    """Tell whether the name may go to another file: in a folder with the sticky bit (a shared one) only to whoever owns either."""
    if sys.platform == "win32":  # pragma: no cover - we test on Linux only
        return True
    folder = path.parent.stat()
    return not folder.st_mode & stat.S_ISVTX or os.geteuid() in (0, folder.st_uid, path.stat().st_uid)
