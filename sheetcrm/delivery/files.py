"""Messages as files in a folder (`--outbox`): `.eml` opens in any mail program, `.txt` anywhere."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from email.utils import localtime
from itertools import count
from pathlib import Path

from sheetcrm.crm.values import Delivery, Message, Status
from sheetcrm.delivery.mail import Envelope, UnfitMessage, build


class FilesTransport:
    """Writes each message as `<due>-<key>.eml` and `.txt` (other channels than e-mail: `.txt` only).

    Names tell of nobody. A file appears whole or not at all, and none that is there is ever replaced: where a name is taken
    (another workbook's message may have the same key) the new one gets a number, `<due>-<key>-2`.
    """

    def __init__(self, folder: Path, envelope: Envelope, *, clock: Callable[[], datetime] = localtime) -> None:
        self._folder = folder
        self._envelope = envelope
        self._clock = clock

    def send(self, message: Message) -> Delivery:
        """Write one message."""
        files = {".txt": _readable(message).encode("utf-8", "replace")}
        if message.channel == "email":
            try:
                files[".eml"] = build(message, self._envelope, self._clock()).content
            except UnfitMessage as error:
                return Delivery(Status.FAILED, error.message)
        stem = f"{message.due.isoformat()}-{message.key.short}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for number in count(1):
                if _write_all(self._folder, stem if number == 1 else f"{stem}-{number}", files):
                    break
        except OSError as error:
            return Delivery(Status.FAILED, f"the file cannot be written ({error.strerror})", passing=True, stop=True)
        return Delivery(Status.SENT, "written to a file")


def _readable(message: Message) -> str:
    head = [f"To: {message.client} <{message.to}>"] + ([f"Subject: {message.subject}"] if message.subject else [])
    return "\n".join(" ".join(line.split()) for line in head) + f"\n\n{message.text.rstrip()}\n"


def _write_all(folder: Path, stem: str, files: Mapping[str, bytes]) -> bool:
    """Write the files of one message under one name, the .eml last: it is the message. False where the name is taken."""
    paths = [folder / f"{stem}{suffix}" for suffix in (".txt", ".eml")]
    if any(os.path.lexists(path) for path in paths):
        return False
    written: list[Path] = []
    try:
        for suffix, content in files.items():
            path = folder / f"{stem}{suffix}"
            if not _write(path, content):  # somebody took the name in this instant
                break
            written.append(path)
    except BaseException:
        _remove(written)
        raise
    if len(written) < len(files):
        _remove(written)
        return False
    return True


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> bool:
    """Write a new file; False where one of that name is there."""
    handle, name = tempfile.mkstemp(
        prefix=f".{path.name}-", suffix=".tmp", dir=path.parent
    )  # readable by its owner only
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return _named(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _named(temporary: Path, path: Path) -> bool:
    """Give a file its name, unless that is taken: a link says so in one step, where a rename would replace."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError:  # no links here (FAT, some network disks): take the name first, then fill it
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return False
        temporary.replace(path)
    return True
