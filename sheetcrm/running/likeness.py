"""What the search for duplicates remembers between two runs, as a file beside the journal: to be deleted at any time.

It holds no text of the workbook, only hashes; the secret that they are made with is in the journal, so that the file alone is of no use
to whom it does not belong.
"""

from __future__ import annotations

import contextlib
import secrets
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from sheetcrm import __version__
from sheetcrm.crm.linkage.memory import Memory
from sheetcrm.delivery.state import file_stem, private_file
from sheetcrm.errors import SheetcrmError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sheetcrm.crm.likeness import Search
    from sheetcrm.delivery.journal import Journal

_SECRET = "likeness"  # noqa: S105 - the name under which it is kept
_BYTES = 32
_MADE_BY = "made_by"


def remembered(journal: Journal, folder: Path, workbook_id: str) -> Memory | None:
    """Return what the last search remembered, for a command that only looks; None where there has been none."""
    secret = _secret_in(journal)
    return _stored(secret, _file(folder, workbook_id)) if secret else None


def to_be_remembered(journal: Journal, folder: Path, workbook_id: str) -> Memory:
    """Return the same for a command that may `remember`."""
    return remembered(journal, folder, workbook_id) or Memory(secrets.token_bytes(_BYTES))


def remember(journal: Journal, folder: Path, workbook_id: str, search: Search | None) -> None:
    """Store what a search found out, for this user only; nothing where it has found out nothing new."""
    if search is None or (memory := search.news) is None:
        return
    try:
        if _secret_in(journal) != memory.secret:
            journal.set(_SECRET, memory.secret.hex())
    except SheetcrmError:  # what was saved is saved
        return
    path = _file(folder, workbook_id)
    part = path.with_suffix(".part")
    try:
        private_file(part)
        with part.open("wb") as file:
            arrays: Mapping[str, Any] = {**memory.arrays(), _MADE_BY: np.array(__version__)}
            np.savez(file, **arrays)
        part.replace(path)
    except OSError:  # a full disk only makes the next search compare all rows
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _stored(secret: bytes, path: Path) -> Memory:
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        if str(arrays.pop(_MADE_BY)) == __version__:
            return Memory.of_arrays(secret, arrays)
    except (OSError, ValueError, KeyError, IndexError, TypeError, EOFError, zipfile.BadZipFile):
        pass  # none yet, or damaged: then all rows are compared
    return Memory(secret)


def _file(folder: Path, workbook_id: str) -> Path:
    return folder / f"{file_stem(workbook_id)}.likeness.npz"


def _secret_in(journal: Journal) -> bytes:
    try:
        return bytes.fromhex(journal.get(_SECRET))
    except ValueError:
        return b""
