"""An archive written again: some entries with new content, every other one as the very bytes it was.

New content is compressed while it is written, and never held: its sizes go into its header when they are known. So what it is
written to must be able to go back, as files and BytesIO are.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from sheetcrm.xlsx import compression
from sheetcrm.xlsx.archive import (
    CENTRAL,
    DEFLATED,
    DESCRIPTOR_BIT,
    END,
    END64,
    END64_LOCATOR,
    LOCAL,
    MAX16,
    MAX32,
    PIECE,
    Entry,
    Layout,
    folded,
)
from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.mapped import let_go

LARGE = 16_000_000
"""A part above this many bytes is deflated soon rather than small: with zlib 0.6 s instead of 2.9 s on 140 MB of sheet."""
_UTF8 = 0x800
_SIZE_BITS = 0x6  # how hard the old content was compressed
_NEW_DATE = (1980 - 1980) << 9 | 1 << 5 | 1  # as Excel dates its entries: the same bytes come out every time
_NEW_ATTRIBUTES = struct.pack("<4s4B", b"PK\x01\x02", 20, 0, 20, 0)
_CHECKSUM_AT = 14  # in a local header: checksum, compressed size, size
_CHECKSUM = struct.Struct("<3L")


class AsItWas(Exception):
    """Content in the making turned out to be what was there: the entry keeps its bytes."""


class Again(Exception):
    """Content in the making has to be made once more from its beginning."""


Content = bytes | Iterable[bytes] | Callable[[], Iterable[bytes]]
"""A part's new content: whole, in pieces, or made when its turn has come. Only the last kind may raise `AsItWas` or `Again`."""


class _Packed(NamedTuple):
    """What a header says of content."""

    crc: int
    compressed: int
    size: int


@dataclass(frozen=True, slots=True)
class Rewriting:
    """One writing of an archive."""

    data: memoryview
    layout: Layout
    out: BinaryIO
    start: int
    """Where in `out` the archive begins."""

    def write(self, replaced: Mapping[str, Content], added: Mapping[str, Content], removed: Collection[str]) -> None:
        """Write all. `replaced` and `removed` go by folded names. Raises Unsupported above 4 GB."""
        moved: dict[int, bytes] = {}
        self._copy(0, self.layout.first)
        for entry in sorted(self.layout.entries, key=lambda entry: entry.start):
            key = folded(entry.name)
            if key in removed:
                continue
            record = self._replaced(entry, replaced[key]) if key in replaced else None
            if record is None:
                record = _moved(entry, self._entry_offset())
                self._copy(entry.start, entry.end)
            moved[entry.start] = record
        records = [moved[entry.start] for entry in self.layout.entries if entry.start in moved]
        records += [self._added(name, content) for name, content in added.items()]
        directory = b"".join(records)
        at = self._offset()
        self.out.write(directory)
        self.out.write(_end(self.layout, len(records), len(directory), at))

    def _offset(self) -> int:
        """Give where the next bytes stand, as the directory counts it."""
        return self.out.tell() - self.start - self.layout.base

    def _entry_offset(self) -> int:
        """Give the same for an entry. Raises Unsupported where a record without zip64 cannot say it."""
        offset = self._offset()
        if offset >= MAX32:
            raise Unsupported("the workbook would grow above 4 GB", "size")
        return offset

    def _copy(self, start: int, end: int) -> None:
        for at in range(start, end, PIECE):
            stop = min(at + PIECE, end)
            self.out.write(self.data[at:stop])
            let_go(self.data, at, stop)

    def _replaced(self, entry: Entry, content: Content) -> bytes | None:
        """Write an entry with new content and give its directory record; nothing where it is to keep what it has.

        Its name, date and attributes stay. The sizes are known, so the flag that promises a descriptor behind the data must go
        (Word and Excel break on it).
        """
        flags = entry.flags & ~(DESCRIPTOR_BIT | _SIZE_BITS)
        offset = self._entry_offset()
        packed = self._entry(entry.raw_name, (20, flags, DEFLATED, entry.time, entry.date), content, entry.size)
        if packed is None:
            return None
        fields = list(CENTRAL.unpack_from(entry.record))
        comment = entry.record[len(entry.record) - fields[14] :] if fields[14] else b""
        fields[3:5] = [20, 0]
        fields[5:12] = [flags, DEFLATED, entry.time, entry.date, *packed]
        fields[13], fields[18] = 0, offset
        return CENTRAL.pack(*fields) + entry.raw_name + comment

    def _added(self, name: str, content: Content) -> bytes:
        flags = 0 if name.isascii() else _UTF8
        offset = self._entry_offset()
        kind = (20, flags, DEFLATED, 0, _NEW_DATE)
        packed = self._entry(name.encode(), kind, content, 0)
        assert packed is not None, "a new part has nothing that it could keep"
        numbers = (*kind[1:], *packed, len(name.encode()), 0)
        return _NEW_ATTRIBUTES + struct.pack("<4H3L5H2L", *numbers, 0, 0, 0, 0, offset) + name.encode()

    def _entry(self, name: bytes, kind: tuple[int, ...], content: Content, expected: int) -> _Packed | None:
        """Write header and content; nothing, and nothing written, where the content turns out to be what was there."""
        at = self.out.tell()
        while True:
            self.out.write(LOCAL.pack(b"PK\x03\x04", *kind, 0, 0, 0, len(name), 0) + name)
            try:
                packed = self._deflate(content() if callable(content) else content, expected)
            except (Again, AsItWas) as said:
                self.out.seek(at)
                self.out.truncate()
                if isinstance(said, AsItWas):
                    return None
                continue
            if max(packed.size, packed.compressed) >= MAX32:
                raise Unsupported(f"{name.decode(errors='replace')} would grow above 4 GB", "size")
            end = self.out.tell()
            self.out.seek(at + _CHECKSUM_AT)
            self.out.write(_CHECKSUM.pack(*packed))
            self.out.seek(end)
            return packed

    def _deflate(self, content: bytes | Iterable[bytes], expected: int) -> _Packed:
        """Compress into the file. `expected` is about the content's size in bytes, which settles how hard."""
        pieces: Iterable[bytes] = (content,) if isinstance(content, bytes) else content
        engine = compression.deflating(large=(len(content) if isinstance(content, bytes) else expected) > LARGE)
        begun, crc, size = self.out.tell(), 0, 0
        for piece in pieces:
            crc = compression.crc32(piece, crc)
            size += len(piece)
            self.out.write(engine.compress(piece))
        self.out.write(engine.flush())
        return _Packed(crc, self.out.tell() - begun, size)


def _moved(entry: Entry, offset: int) -> bytes:
    """Give an untouched entry's directory record with its new offset."""
    (old,) = struct.unpack_from("<L", entry.record, CENTRAL.size - 4)
    if old == MAX32:
        raise Unsupported("the workbook is larger than 4 GB", "size")
    return entry.record[: CENTRAL.size - 4] + struct.pack("<L", offset) + entry.record[CENTRAL.size :]


def _end(layout: Layout, count: int, size: int, offset: int) -> bytes:
    """Give the end record, in the form that the archive had: zip64 is never forced on one that needs it not."""
    if not layout.zip64:
        if offset + size > MAX32 or count >= MAX16:
            raise Unsupported("the workbook would grow above 4 GB", "size")
        return END.pack(b"PK\x05\x06", 0, 0, count, count, size, offset, len(layout.comment)) + layout.comment
    wide = END64.pack(b"PK\x06\x06", END64.size - 12, 45, 45, 0, 0, count, count, size, offset)
    locator = END64_LOCATOR.pack(b"PK\x06\x07", 0, offset + size, 1)
    narrow = (min(count, MAX16), min(count, MAX16), min(size, MAX32), min(offset, MAX32), len(layout.comment))
    return wide + locator + END.pack(b"PK\x05\x06", 0, 0, *narrow) + layout.comment
