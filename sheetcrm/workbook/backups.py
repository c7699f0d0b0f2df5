"""Earlier versions of a workbook in a folder: dated, private, whole, each kept once, found by the checksum in its name.

`2026-11-22T18-05-00.123Z_0123456789abcdef.xlsx`: UTC, so that the order of names is the order of time also where clocks are put back
in autumn. Of an earlier sheetcrm there may be names without a date; their time is that of the file.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sheetcrm.durable import sync_folder
from sheetcrm.errors import WorkbookError

PART = ".part"
"""What a copy ends in that is not whole yet."""

_DIGITS = 16  # of a sha256
_STAMP = "%Y-%m-%dT%H-%M-%S"
_STAMP_LENGTH = len("2026-11-22T18-05-00.123Z")
_TICK = timedelta(milliseconds=1)
_AT_ONCE = timedelta(minutes=1)
_TRIES = 5
_OURS = re.compile(rf"(\d{{4}}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{{3}}Z_)?[0-9a-f]{{{_DIGITS}}}(\.\w+)?", re.ASCII)


def digest(data: bytes) -> str:
    """Return the sha256 by which a version of the workbook is known."""
    return hashlib.sha256(data).hexdigest()


def name_of(sha256: str) -> str:
    """Return the name of a version by the sha256 of its bytes."""
    return sha256[:_DIGITS]


def mark_of(path: Path | str) -> str:
    """Return the checksum in the name of a version's file."""
    return Path(path).stem[-_DIGITS:]


def files_in(folder: Path) -> list[Path]:
    """Return the versions in a folder, the latest first, each once; never what other programs leave there (`.DS_Store`)."""
    times: dict[Path, datetime] = {}
    for path in folder.glob("*") if folder.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):  # another process has just dated it anew
            if _OURS.fullmatch(path.name) and path.suffix != PART and path.is_file():
                times[path] = time_of(path)
    ordered = sorted(times, key=lambda path: (times[path], path.name))
    return list({mark_of(path): path for path in ordered}.values())[::-1]


def time_of(path: Path) -> datetime:
    """Return when a version was replaced, in UTC: by its name, or the time of a file that has none in it."""
    stamp = path.name[:_STAMP_LENGTH]
    try:
        seconds = datetime.strptime(stamp[:-5], _STAMP).replace(tzinfo=UTC)
        return seconds + int(stamp[-4:-1]) * _TICK
    except ValueError:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def find(folder: Path, mark: str) -> Path | None:
    """Return the version with this checksum in its name, None where it is not kept."""
    return next((path for path in files_in(folder) if mark_of(path) == mark), None) if mark else None


def back_up(data: bytes, folder: Path, suffix: str) -> Path:
    """Keep a version in a folder that is there, private, synced and read back; one that is kept already becomes the latest.

    Another process may do so with the same version at the same time: it is theirs then or ours. Raises OSError, WorkbookError
    where the disk gives back something else.
    """
    tried: list[Path] = []
    for _ in range(_TRIES):
        with contextlib.suppress(FileNotFoundError):  # another process has just dated it anew
            target = _keep(data, folder, suffix)
            for earlier in tried:  # could not be read back: this one takes its place
                if earlier != target:
                    earlier.unlink(missing_ok=True)
            if _is(target, data):
                return target
            tried = [target]
    raise WorkbookError(
        "The backup could not be read back.", "Check the disk that holds the state folder.", code="backup"
    )


def _keep(data: bytes, folder: Path, suffix: str) -> Path:
    mark = name_of(digest(data))
    part, known = folder / f"{mark}{PART}", find(folder, mark)
    if known is not None and _is(known, data):
        os.utime(known)
        part = known
    else:
        _write(part, data)
    at = _date_others(folder, part)
    target = folder / f"{_stamp(at)}_{mark}{suffix}"
    part.replace(target)
    sync_folder(folder)
    for same in folder.glob(f"*{mark}.*") if _is(target, data) else ():
        # a damaged copy, or one of two that were made at once: not while another process is at it
        if same != target and mark_of(same) == mark and (not _is(same, data) or time_of(same) < at - _AT_ONCE):
            same.unlink(missing_ok=True)
    return target


def _is(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


def _write(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


def _date_others(folder: Path, latest: Path) -> datetime:
    """Return the time of the latest version; those of a later time, made under another clock, get one right before it."""
    at = datetime.fromtimestamp(latest.stat().st_mtime, UTC)
    future = [path for path in files_in(folder) if path != latest and _stamp(time_of(path)) >= _stamp(at)]
    for number, path in enumerate(future, 1):
        path.rename(path.with_name(f"{_stamp(at - number * _TICK)}_{mark_of(path)}{path.suffix}"))
    return at


def _stamp(at: datetime) -> str:
    return f"{at:{_STAMP}}.{at.microsecond // 1000:03}Z"
