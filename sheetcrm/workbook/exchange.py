"""Put a new file in the place of an old one in one step, and keep hold of what was there.

Check-then-replace loses what somebody saves between the two; an exchange lets us look at what came out. Linux has `renameat2` with
RENAME_EXCHANGE (since 3.15), macOS `renamex_np` with RENAME_SWAP, Windows `ReplaceFileW` with a backup name.

Where a file system knows none of them (FAT, some network shares) the fallback takes three steps: a second name for the old file (a
hard link; where there are none a synced copy), the new file over the old name, the old one under the new one's name. Killed between
any two of them, the name holds a whole old or a whole new file, and the old one lies beside it for `leftovers.sweep`. What it cannot
do is see a save that falls between its last look at the old file and the replacement, some microseconds later.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import sys
import time
from pathlib import Path

KEPT = ".old"
"""What the old file's second name ends in."""

SHARING_VIOLATIONS = (5, 32, 33)
"""What Windows says where another program holds a file: access denied, sharing violation, lock violation."""

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # linux/fs.h
_RENAME_SWAP = 2  # macOS sys/stdio.h
# EPERM: a container's filter that does not know the call says so; where renaming is forbidden the fallback ends with it, too
_NOT_KNOWN = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM)
_MOVED_AWAY = 1177  # Windows: the old file has its second name, the new one did not get the old one's
_RETRY_SECONDS = 2.5
_TRIES = 5


class Busy(OSError):
    """Another program holds the file so that it cannot be exchanged now: a state that is waited for, no failure."""


def exchange(new: Path, target: Path) -> None:
    """Swap two files of one folder: afterwards `target` holds what `new` held, and `new` what was in `target`.

    Raises `Busy` where another program holds the target, OSError for all else; the target is whole in any case.
    """
    if sys.platform == "win32":  # pragma: no cover - we test on Linux only
        _windows(new, target)
    elif sys.platform == "darwin":  # pragma: no cover - we test on Linux only
        if _call("renamex_np", os.fsencode(new), os.fsencode(target), ctypes.c_uint(_RENAME_SWAP)):
            return
        _fallback(new, target)
    else:
        at = ctypes.c_int(_AT_FDCWD)
        if _call("renameat2", at, os.fsencode(new), at, os.fsencode(target), ctypes.c_uint(_RENAME_EXCHANGE)):
            return
        _fallback(new, target)


def _call(name: str, *arguments: object) -> bool:
    """Call a function of the C library; False where library or file system does not know it."""
    function = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if function is None:
        return False
    if function(*arguments) == 0:
        return True
    code = ctypes.get_errno()
    if code in _NOT_KNOWN:
        return False
    raise OSError(code, os.strerror(code))


def _fallback(new: Path, target: Path) -> None:
    kept = new.with_name(new.name + KEPT)
    try:
        _keep(target, kept)
        new.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            # where the new file is gone the old one is here only
            if new.exists():
                kept.unlink(missing_ok=True)
        raise
    kept.replace(new)


def _keep(target: Path, kept: Path) -> None:
    """Give the file under a name a second one that stays when the first goes to another file; a copy where there are no links.

    Raises Busy where somebody saves again and again.
    """
    for _ in range(_TRIES):
        kept.unlink(missing_ok=True)
        before = _seen(target)
        if _linked(target, kept):
            if kept.samefile(target):
                return
        else:
            shutil.copy2(target, kept)
            with kept.open("r+b") as file:
                os.fsync(file.fileno())
            if _seen(target) == before:
                return
    raise Busy(errno.EBUSY, os.strerror(errno.EBUSY), str(target))


def _linked(target: Path, kept: Path) -> bool:
    try:
        os.link(target, kept)
    except FileNotFoundError:
        raise
    except OSError:
        return False
    return True


def _seen(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _windows(new: Path, target: Path) -> None:  # pragma: no cover - we test on Linux only
    """ReplaceFileW keeps the old file under a backup name; virus scanners and cloud clients hold files for moments, so try again."""
    kept = new.with_name(new.name + KEPT)
    deadline = time.monotonic() + _RETRY_SECONDS
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]
    while not kernel.ReplaceFileW(str(target), str(new), str(kept), 0, None, None):
        code = ctypes.get_last_error()  # type: ignore[attr-defined,unused-ignore]
        if code == _MOVED_AWAY and not target.exists():
            kept.rename(target)  # her file is never without its name
        elif code not in SHARING_VIOLATIONS:
            raise OSError(None, "ReplaceFileW failed", str(target), code)
        if time.monotonic() > deadline:
            raise Busy(None, "held by another program", str(target), code)
        time.sleep(0.1)
    kept.replace(new)
