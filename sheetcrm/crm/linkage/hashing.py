"""Values as numbers that tell nothing without the secret: what a client list is remembered by between two runs.

Telephone numbers are few enough to try them all: so each hash is keyed, by a secret that lies in another file than the memory does.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.linkage.arrays import Ids, at
from sheetcrm.crm.linkage.records import RAW_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sheetcrm.crm.tables import Cell, Column

_BYTES = 8
_MULTIPLIER = 0x9E3779B97F4A7C15  # odd, and so are its powers: multiplied by one, two different numbers stay different
_MASK = (1 << 64) - 1


class Hasher:
    """Hashes texts with a secret of up to 64 bytes: the same in every process, 63 bits each."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._known: dict[int, tuple[list[Cell], Ids]] = {}  # by the list itself: several keys are made of one column

    def texts(self, texts: Iterable[str]) -> Ids:
        """Return the hash of each text, from 0."""
        begun = hashlib.blake2b(key=self._secret, digest_size=_BYTES)
        begun.update(b"\0")  # the block that the key is goes in once for all of them
        begin = begun.copy
        digests = []
        for text in texts:
            one = begin()
            one.update(text.encode("utf-8", "surrogatepass"))
            digests.append(one.digest())
        return (np.frombuffer(b"".join(digests), dtype="<u8") >> np.uint64(1)).astype(np.int64)

    def values(self, values: list[Cell]) -> Ids:
        """Return the hashes of a column's values, which are texts."""
        if id(values) not in self._known:
            self._known[id(values)] = values, self.texts(values)
        return self._known[id(values)][1]

    def column(self, column: Column) -> Ids:
        """Return the hash of the text in each row of a column, -1 where it is empty: a `Teller` of `blocking`."""
        return at(self.values(column.values), column.codes)

    def rows(self, columns: Mapping[str, Column], length: int) -> Ids:
        """Return a hash of what each row of a client list holds in its raw cells: the same for rows that hold the same."""
        mixed, factor = np.zeros(length, dtype=np.uint64), 1
        for name in RAW_FIELDS:
            factor = factor * _MULTIPLIER & _MASK
            if name in columns:  # one that is not there is one of empty cells
                column = columns[name]
                hashes = at(self.texts(map(_text, column.values)), column.codes)
                mixed += (hashes + 1).astype(np.uint64) * np.uint64(factor)
        return mixed.view(np.int64)

    def whole(self, columns: Mapping[str, Column], length: int) -> str:
        """Return one hash of a whole client list in its order."""
        found = hashlib.blake2b(str(length).encode(), key=self._secret)
        for name in RAW_FIELDS:
            if name in columns and columns[name].filled.any():
                column = columns[name]
                texts = list(map(_text, column.values))
                joined = "\0".join(texts).encode("utf-8", "surrogatepass")
                found.update(f"\0{name} {len(texts)} {len(joined)} {joined.count(0)}\0".encode())
                found.update(joined)
                found.update(np.ascontiguousarray(column.codes, dtype="<i4").data)
        return found.hexdigest()


def _text(cell: Cell) -> str:
    return cell if type(cell) is str else f"\0{cell!r}"
