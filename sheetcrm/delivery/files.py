"""Messages as files in a folder (`--outbox`): `.eml` opens in any mail program, `.txt` anywhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from email.utils import localtime
from pathlib import Path

from sheetcrm.crm.values import Delivery, Message, Status
from sheetcrm.delivery.mail import Envelope, UnfitMessage, build


class FilesTransport:
    """Writes each message as `<due>-<key>.eml` and `.txt` (other channels than e-mail: `.txt` only).

    Names tell of nobody. A file appears whole or not at all. The same message written again replaces its own files, so
    nothing is there twice.
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
                files[".eml"] = build(message, self._envelope, self._clock()).as_bytes()
            except UnfitMessage as error:
                return Delivery(Status.FAILED, error.message)
        stem = f"{message.due.isoformat()}-{message.key.short}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for suffix, content in files.items():  # the .eml last: it is the message
                _write(self._folder / f"{stem}{suffix}", content)
        except OSError as error:
            return Delivery(Status.FAILED, f"the file cannot be written ({error.strerror})", passing=True, stop=True)
        return Delivery(Status.SENT, "written to a file")


def _readable(message: Message) -> str:
    head = [f"To: {message.client} <{message.to}>"] + ([f"Subject: {message.subject}"] if message.subject else [])
    return "\n".join(" ".join(line.split()) for line in head) + f"\n\n{message.text.rstrip()}\n"


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
