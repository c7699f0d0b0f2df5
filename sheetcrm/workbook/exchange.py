"""Put a new file in the place of an old one in one step, and keep hold of what was there.

Check-then-replace loses what somebody saves between the two; an exchange lets us look at what came out. Linux has `renameat2` with
RENAME_EXCHANGE (since 3.15), macOS `renamex_np` with RENAME_SWAP, Windows `ReplaceFileW` with a backup name. Where a file system
knows none of them (FAT, some network shares) the fallback checks right before it replaces.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
import time
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # linux/fs.h
_RENAME_SWAP = 2  # macOS sys/stdio.h
_SHARING_VIOLATIONS = (5, 32, 33)  # Windows: access denied, sharing violation, lock violation
_RETRY_SECONDS = 2.5


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
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP):
        return False
    raise OSError(code, os.strerror(code))


def _fallback(new: Path, target: Path) -> None:
    kept = new.with_name(new.name + ".old")
    try:
        os.link(target, kept)
    except OSError:
        shutil.copy2(target, kept)
    new.replace(target)
    kept.replace(new)


def _windows(new: Path, target: Path) -> None:  # pragma: no cover - we test on Linux only
    """ReplaceFileW keeps the old file under a backup name; virus scanners and cloud clients hold files for moments, so try again."""
    kept = new.with_name(new.name + ".old")
    deadline = time.monotonic() + _RETRY_SECONDS
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]
    while not kernel.ReplaceFileW(str(target), str(new), str(kept), 0, None, None):
        code = ctypes.get_last_error()  # type: ignore[attr-defined,unused-ignore]
        if code not in _SHARING_VIOLATIONS:
            raise OSError(None, "ReplaceFileW failed", str(target), code)
        if time.monotonic() > deadline:
            raise Busy(None, "held by another program", str(target), code)
        time.sleep(0.1)
    kept.replace(new)
