"""The container around an encrypted workbook: a compound file, as [MS-CFB] describes it, version 3. Written only.

Libraries that encrypt workbooks write one that is wrong where the workbook is under 4 KB, and beyond 7 MB, where its list of sectors
does not fit into the header: msoffcrypto-tool 6.1.0 then names a sector too many in it, and does not end its chain.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SECTOR, _MINI_SECTOR, _CUTOFF = 512, 64, 4096
_IN_HEADER = 109  # sectors of the table that the header has room for
_NUMBERS = _SECTOR // 4  # numbers in a sector
_FREE, _END, _TABLE, _LIST = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_BLACK = 1
_ENTRY = 128
_UNUSED = bytes(68) + b"\xff" * 12 + bytes(48)

Storage = Mapping[str, "bytes | Storage"]
"""Streams and storages by name."""


@dataclass
class _Entry:
    """An entry of the directory; neighbours and child are numbers of entries."""

    name: str
    kind: int
    content: bytes = b""
    left: int = _FREE
    right: int = _FREE
    child: int = _FREE
    start: int = _END
    size: int = 0

    def raw(self) -> bytes:
        name = self.name.encode("utf-16-le") + b"\0\0"
        start = 0 if self.kind == _STORAGE else self.start  # a storage has no content
        neighbours = struct.pack("<BBIII", self.kind, _BLACK, self.left, self.right, self.child)
        return struct.pack("<64sH", name, len(name)) + neighbours + bytes(36) + struct.pack("<IQ", start, self.size)


def compound_file(root: Storage) -> bytes:
    """Return the bytes of a compound file with these streams."""
    entries = [_Entry("Root Entry", _ROOT)]
    entries[0].child = _fill(entries, root)
    mini, mini_table = _mini_stream(entries)
    contents = [entry for entry in entries if entry.kind == _STREAM and entry.size >= _CUTOFF]
    lengths = [_sectors(_ENTRY * len(entries)), _sectors(len(mini_table)), _sectors(len(mini))]
    chains = [*lengths, *(_sectors(entry.size) for entry in contents)]
    tables, lists = _overhead(sum(chains))
    first = tables + lists
    starts = [first + sum(chains[:i]) if length else _END for i, length in enumerate(chains)]
    entries[0].start, entries[0].size = starts[2], len(mini)
    for entry, start in zip(contents, starts[3:], strict=True):
        entry.start = start
    directory = b"".join(entry.raw() for entry in entries) + _UNUSED * (-len(entries) % (_SECTOR // _ENTRY))
    parts = [directory, mini_table, mini, *(entry.content for entry in contents)]
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        *(_MAGIC, 0x3E, 3, 0xFFFE, 9, 6, 0, tables, starts[0], 0, _CUTOFF, starts[1], lengths[1]),
        *(tables if lists else _END, lists),
    )
    return b"".join(
        [
            header,
            _numbers(range(min(tables, _IN_HEADER)), _IN_HEADER),
            _table(tables, lists, chains),
            *_lists(tables, lists),
            *(part + bytes(-len(part) % _SECTOR) for part in parts),
        ]
    )


def _fill(entries: list[_Entry], storage: Storage) -> int:
    """Append the entries of a storage, as a search tree by length and name; return the number of its top."""
    names = sorted(storage, key=lambda name: (len(name), name.upper()))
    return _tree(entries, storage, names)


def _tree(entries: list[_Entry], storage: Storage, names: Sequence[str]) -> int:
    if not names:
        return _FREE
    middle = len(names) // 2
    content = storage[names[middle]]
    entry = _Entry(names[middle], _STORAGE)
    number = len(entries)
    entries.append(entry)
    if isinstance(content, bytes):
        entry.kind, entry.content, entry.size = _STREAM, content, len(content)
    else:
        entry.child = _fill(entries, content)
    entry.left = _tree(entries, storage, names[:middle])
    entry.right = _tree(entries, storage, names[middle + 1 :])
    return number


def _mini_stream(entries: Sequence[_Entry]) -> tuple[bytes, bytes]:
    """Return small streams in one, and the table of its small sectors; each of them is told where it begins."""
    stream, links = bytearray(), list[int]()
    for entry in entries:
        if entry.kind == _STREAM and 0 < entry.size < _CUTOFF:
            entry.start = len(links)
            stream += entry.content + bytes(-entry.size % _MINI_SECTOR)
            links += _chain(entry.start, len(stream) // _MINI_SECTOR - entry.start)
    return bytes(stream), _numbers(links, -(-len(links) // _NUMBERS) * _NUMBERS)


def _sectors(size: int) -> int:
    return -(-size // _SECTOR)


def _overhead(sectors: int) -> tuple[int, int]:
    """Return how many sectors the table takes that has a number for each sector, itself included, and how many its list."""
    tables = lists = 0
    while True:
        needed = -(-(sectors + tables + lists) // _NUMBERS)
        listed = -(-max(0, needed - _IN_HEADER) // (_NUMBERS - 1))
        if (needed, listed) == (tables, lists):
            return tables, lists
        tables, lists = needed, listed


def _table(tables: int, lists: int, chains: Sequence[int]) -> bytes:
    """Return the table of sectors: first its own, then those of its list, then one chain after the other."""
    links = [_TABLE] * tables + [_LIST] * lists
    for length in chains:
        links += _chain(len(links), length)
    return _numbers(links, tables * _NUMBERS)


def _chain(start: int, length: int) -> list[int]:
    return [*range(start + 1, start + length), _END] if length else []


def _lists(tables: int, lists: int) -> list[bytes]:
    """Return the sectors that list those of the table for which the header has no room; the last number of each names the next."""
    room = _NUMBERS - 1
    rest = range(min(tables, _IN_HEADER), tables)
    return [
        _numbers(rest[at * room : (at + 1) * room], room)
        + struct.pack("<I", _END if at == lists - 1 else tables + at + 1)
        for at in range(lists)
    ]


def _numbers(values: Sequence[int], count: int) -> bytes:
    return struct.pack(f"<{count}I", *values, *[_FREE] * (count - len(values)))
