"""What makes a name on the disk outlive a power cut; below all rooms, for whichever of them makes files."""

from __future__ import annotations

import errno
import os
from pathlib import Path

_UNKNOWN_THERE = (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlive a power cut, where its file system knows how. Raises OSError where the disk fails."""
    if os.name == "nt":  # pragma: no cover - Windows has no fsync for folders; NTFS journals names
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNKNOWN_THERE:  # some network shares: no failure, there is no more that could be done
            raise
    finally:
        os.close(descriptor)
