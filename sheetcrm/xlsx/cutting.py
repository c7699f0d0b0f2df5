"""A large sheet cut into workbooks of some rows each, for a reader that takes a sheet only as a whole.

Each of them stands for itself, so several can be read at once, and none of them takes much memory. Cells keep their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from sheetcrm.xlsx import compression
from sheetcrm.xlsx.archive import CENTRAL, END, LOCAL
from sheetcrm.xlsx.background import work_ahead
from sheetcrm.xlsx.document import Document, rels_part
from sheetcrm.xlsx.searching import count_pairs

_STRINGS_SHARE = 4  # shared strings travel along with each of them: the rows are to be so much larger
_LARGEST_STRINGS = 100_000_000

_HEAD = re.compile(rb"<worksheet(?:\s[^<>]*)?>")
_OPENING = b"<sheetData>"
_ROW, _END = b'<row r="', b"</sheetData>"
_TAIL = b"</sheetData></worksheet>"
_MARKS = (b"<!", b"<?", b"/s")
_UTF8, _DATE = 0x800, 0x21  # of a name in an archive; 1 January 1980

_Piece = bytes | memoryview


class Uncuttable(Exception):
    """The sheet is not written in the usual way."""


def cut_rows(document: Document, part: str, size: int) -> Iterator[bytes]:
    """Yield packages that hold one after the other the rows of a sheet, about `size` bytes each.

    Raises Uncuttable, perhaps after some of them.
    """
    frame = _frame(document)
    strings = max((len(data) for name, data in frame if name == document.part_by_kind("sharedStrings")), default=0)
    packing = _Packing(frame, document.package.entry(part).name)
    for rows in _rows(work_ahead(document.package.open(part)), max(size, _STRINGS_SHARE * strings)):
        yield packing.with_rows(rows)


class _Packing:
    """Archives that differ in one entry, its content stored as it is: all else is made once."""

    def __init__(self, frame: Iterable[tuple[str, bytes]], name: str) -> None:
        self._name = name.encode()
        self._entries = self._records = b""
        self._count = 1
        for other, data in frame:
            local, record = _entry(other.encode(), len(self._entries), [data])
            self._entries += local + data
            self._records += record
            self._count += 1

    def with_rows(self, rows: Sequence[_Piece]) -> bytes:
        """Give the archive with the entry's pieces."""
        local, record = _entry(self._name, len(self._entries), rows)
        directory, at = self._records + record, len(self._entries) + len(local) + sum(map(len, rows))
        end = END.pack(b"PK\x05\x06", 0, 0, self._count, self._count, len(directory), at, 0)
        return b"".join([self._entries, local, *rows, directory, end])


def _entry(name: bytes, at: int, pieces: Sequence[_Piece]) -> tuple[bytes, bytes]:
    """Give an entry's header and its record in the directory. It stands at the place `at`."""
    crc, size = 0, sum(map(len, pieces))
    for piece in pieces:
        crc = compression.crc32(piece, crc)
    about = (_UTF8, 0, 0, _DATE, crc, size, size, len(name), 0)
    local = LOCAL.pack(b"PK\x03\x04", 20, *about) + name
    return local, CENTRAL.pack(b"PK\x01\x02", 20, 0, 20, 0, *about, 0, 0, 0, 0, at) + name


def _frame(document: Document) -> list[tuple[str, bytes]]:
    """Give the parts without which no sheet can be read, by the names that they have."""
    package = document.package
    wanted = ["[Content_Types].xml", rels_part(""), document.part, rels_part(document.part)]
    wanted += [part for kind in ("styles", "sharedStrings") if (part := document.part_by_kind(kind))]
    return [(package.entry(part).name, package.read(part, _LARGEST_STRINGS)) for part in wanted if part in package]


def _rows(pieces: Iterable[bytes], size: int) -> Iterator[list[_Piece]]:
    """Yield sheets of whole rows in pieces, each about so large."""
    source = iter(pieces)
    buffer = b""
    while (begun := buffer.find(_OPENING)) < 0:
        piece = next(source, None)
        if piece is None:
            raise Uncuttable
        buffer += piece
    head = _HEAD.search(buffer, 0, begun)
    if head is None:
        raise Uncuttable
    opening, waiting, length = head[0] + _OPENING, [buffer[begun + len(_OPENING) :]], 0
    for piece in chain(source, (b"",)):
        waiting.append(piece)
        length += len(piece)
        if piece and length < size:
            continue
        buffer = b"".join(waiting)
        comments, instructions, ends = count_pairs(buffer, _MARKS)
        end = buffer.find(_END) if ends else -1
        cut = end if end >= 0 else buffer.rfind(_ROW)
        if comments or instructions or (cut > 0 and not buffer.startswith(_ROW)):
            raise Uncuttable
        if cut > 0:
            yield [opening, memoryview(buffer)[:cut], _TAIL]
        if end >= 0:
            for _ in source:  # to the end, where the checksum is looked at
                pass
            return
        waiting, length = [buffer[max(cut, 0) :]], 0
    raise Uncuttable
