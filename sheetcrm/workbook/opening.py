"""From a path to the bytes of a workbook: whole, in peace, decrypted; anything that is none is named for what it is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sheetcrm.errors import WorkbookUnreadable
from sheetcrm.workbook.edge import not_a_workbook
from sheetcrm.workbook.encryption import decrypted, is_compound
from sheetcrm.workbook.openness import opened_by

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE = 2.0
"""Seconds during which a file may be missing, empty or changing: Excel deletes and renames, a cloud folder copies."""
_PAUSE = 0.05
_MISSING_PATIENCE = 0.3  # without a sign that a program has it open
_AT_REST = 0.3  # seconds without a write after which half a file is taken for all that there is
_PIECE = 1 << 20
_ZIP, _END_OF_ZIP = b"PK", b"PK\x05\x06"
_LONGEST_END = 22 + 0xFFFF  # with a comment

_TEXT_STARTS = {
    ("<!doctype html", "<html", "<table", "<head", "<body", "<meta", "<style", "<div"): "html",
    ("begin:vcard",): "vcard",
}
_STARTS = {b"%PDF": "pdf", b"{\\rtf": "docx"}
_SNIFFED = 4096


def read_stable(path: Path, *, patience: float = PATIENCE, sleep: Callable[[float], None] = time.sleep) -> bytes:
    """Return a file's bytes once two readings in a row agree and it is no beginning that still grows.

    Raises WorkbookUnreadable where it is missing, a folder, forbidden, or does not come to rest within `patience`
    seconds.
    """
    if path.is_dir():
        raise WorkbookUnreadable(
            f"{path.name} is a folder, not a workbook.",
            "Give the path of the .xlsx file in it.",
            text="a-folder",
            params={"file": path.name},
        )
    deadline = time.monotonic() + patience
    missing_deadline = time.monotonic() + min(_MISSING_PATIENCE, patience)
    while True:
        problem: WorkbookUnreadable
        try:
            data = _read_twice(path)
        except FileNotFoundError:
            late = time.monotonic() > (missing_deadline if opened_by(path) is None else deadline)
            problem = WorkbookUnreadable(
                f"There is no file {path}.",
                "Check the name and the folder; `sheetcrm new` makes a new workbook.",
                code="missing",
                params={"path": str(path)},
            )
        except OSError as error:  # on Windows also a program that lets nobody else read
            late = time.monotonic() > deadline
            problem = WorkbookUnreadable(
                f"{path.name} cannot be read: {error.strerror or error}.",
                "Close the program that has it open, or ask for the right to read it.",
                code="forbidden",
                params={"file": path.name},
            )
        else:
            late = time.monotonic() > deadline
            if data and (late or not _grows(path, data)):
                return data
            problem = not_a_workbook(path.name, "empty")
            if data is None or data:
                problem = WorkbookUnreadable(
                    f"{path.name} keeps changing while it is read.",
                    "Wait until it is saved or copied, then run again.",
                    text="keeps-changing",
                    params={"file": path.name},
                )
        if late:
            raise problem
        sleep(_PAUSE)


def _grows(path: Path, data: bytes) -> bool:
    """Tell whether these are the first bytes of a workbook to which somebody is just adding more: two readings agree between two writes."""
    if data[:2] != _ZIP or _END_OF_ZIP in data[-_LONGEST_END:]:
        return False
    try:
        return abs(time.time() - path.stat().st_mtime) < _AT_REST
    except OSError:  # taken away, or being replaced
        return True


def _read_twice(path: Path) -> bytes | None:
    """Return the bytes, None where a second reading finds others."""
    data = path.read_bytes()
    at = 0
    with path.open("rb") as again:
        while piece := again.read(_PIECE):
            if data[at : at + len(piece)] != piece:
                return None
            at += len(piece)
    return data if at == len(data) else None


def is_workbook(data: bytes) -> bool:
    """Tell whether a file is a workbook, by its first bytes: a package, or one behind a password."""
    return data[:2] == _ZIP or is_compound(data)


def as_package(data: bytes, name: str, password: str | None = None) -> tuple[bytes, bool]:
    """Return the bytes of the zip package and whether it was encrypted.

    Raises WorkbookPassword where the password is missing or wrong, WorkbookUnreadable where the file is no workbook.
    """
    if data[:2] == _ZIP:
        return data, False
    if is_compound(data):
        return decrypted(data, name, password), True
    raise not_a_workbook(name, kind_of(data))


def kind_of(data: bytes) -> str:
    """Tell what a file is by its first bytes, in the words of `NotAWorkbook.reason`."""
    if not data:
        return "empty"
    for start, kind in _STARTS.items():
        if data.startswith(start):
            return kind
    head = data[:_SNIFFED]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head[: len(head) // 2 * 2].decode("utf-16", "replace")
    elif b"\0" in head:
        return "unknown"
    else:
        text = head.decode("utf-8", "replace")
    words = text.lstrip("\ufeff \t\r\n").lower()
    if told := next((kind for starts, kind in _TEXT_STARTS.items() if words.startswith(starts)), ""):
        return told
    if words.startswith(("<?xml", "<workbook")):
        return "xml" if "spreadsheet" in words else "unknown"
    first = words.split("\n", 1)[0]
    return "csv" if any(mark in first for mark in ",;\t|") else "unknown"
