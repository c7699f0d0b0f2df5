"""A new file that takes an old one's place is for the same people: mode, owner, group, ACL and other extended attributes."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path

_ACL = "system.posix_acl_access"
_GROUP, _OTHERS = 0o070, 0o007


def make_alike(descriptor: int, old: Path) -> None:
    """Give an open new file what the old one has, as far as this user may; never more people than could read the old one.

    Raises OSError where not even the mode can be set.
    """
    if sys.platform == "win32":  # pragma: no cover - ReplaceFile keeps the access rights of the file it replaces
        return
    status = old.stat()
    mode = stat.S_IMODE(status.st_mode)
    if not _give(descriptor, status):
        mode = mode & ~_GROUP | (mode & _OTHERS) << 3  # another group now: no more for it than for everybody
    if not _copy_attributes(descriptor, old):
        mode &= ~_GROUP  # with an ACL these bits are its mask, without it they would be the group's
    os.fchmod(descriptor, mode)


def _give(descriptor: int, status: os.stat_result) -> bool:
    """Give a file to whom the old one belongs; tell whether at least the group is the same."""
    for user in (status.st_uid, -1):  # only root may give files away, but her groups are hers to give
        with contextlib.suppress(OSError):
            os.fchown(descriptor, user, status.st_gid)
            return True
    return os.fstat(descriptor).st_gid == status.st_gid


def _copy_attributes(descriptor: int, old: Path) -> bool:
    """Copy the extended attributes that this user may set; tell whether an access list is as it was."""
    if sys.platform != "linux":  # pragma: no cover - Python knows them on Linux only
        return True
    names: list[str] = []
    with contextlib.suppress(OSError):  # a file system without any
        names = os.listxattr(old)
    for name in names:
        try:
            os.setxattr(descriptor, name, os.getxattr(old, name))
        except OSError:  # labels of the system's own
            if name == _ACL:
                return False
    if _ACL not in names:
        with contextlib.suppress(OSError):  # the folder gives its own to new files
            os.removexattr(descriptor, _ACL)
    return True
