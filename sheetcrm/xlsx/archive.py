"""The zip layer: where each entry's bytes lie, without trusting what the archive says of itself.

Entries are copied as raw extents: from an entry's local header to the next entry's header, so that data descriptors and gaps
travel along. Only the offsets in the central directory are written anew.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from sheetcrm.xlsx import compression
from sheetcrm.xlsx.errors import Damaged, Encrypted, Hostile, NotAWorkbook, Unsupported
from sheetcrm.xlsx.mapped import let_go

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s4B4H3L5H2L")
END = struct.Struct("<4s4H2LH")
END64_LOCATOR = struct.Struct("<4sLQL")
END64 = struct.Struct("<4sQ2H2L4Q")

STORED = 0
DEFLATED = 8
ENCRYPTED_BIT = 0x1
DESCRIPTOR_BIT = 0x8
PIECE = 1 << 18
"""Bytes handed over at a time while inflating."""
MAX32 = 0xFFFFFFFF
MAX16 = 0xFFFF
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its names, what the directory says of it, and the extent of its bytes in the file."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    date: int
    time: int
    crc: int
    compressed: int
    size: int
    record: bytes
    """Its central directory record as it stands."""
    start: int
    end: int
    data: int
    """Where its compressed bytes begin."""


@dataclass(frozen=True, slots=True)
class Layout:
    """An archive's entries in the order of the directory, and what stands around them."""

    entries: tuple[Entry, ...]
    base: int
    """What to add to the directory's offsets: bytes before the archive proper."""
    first: int
    """Where the first entry begins."""
    comment: bytes
    zip64: bool


def folded(name: str) -> str:
    """Give a part name as names compare: without the leading slash, `/` for a backslash, case ignored."""
    return name.replace("\\", "/").lstrip("/").casefold()


def read_layout(data: memoryview, *, max_entries: int = 20_000) -> Layout:
    """Read the directory and check that each entry lies where it says, overlaps none, and has a name of its own.

    Raises NotAWorkbook, Encrypted, Damaged, Hostile or Unsupported.
    """
    if bytes(data[:4]) != b"PK\x03\x04":
        _refuse_other_kind(data)
    end_at, end, zip64 = _find_end(data)
    count, directory_size, directory_offset = end[:3]
    base = end_at - directory_size - directory_offset
    if base < 0 or count > directory_size:
        raise Damaged("the file breaks off or is damaged: its table of contents points outside it", "directory")
    if count > max_entries:
        raise Hostile(f"the archive has {count} entries; a workbook has at most some hundreds", "entries")
    drafts = list(_records(data, end_at - directory_size, end_at, count))
    entries = _with_extents(data, drafts, base, end_at - directory_size)
    first = min((entry.start for entry in entries), default=end_at - directory_size)
    return Layout(tuple(entries), base, first, end[3], zip64)


def inflate(data: memoryview, entry: Entry, *, piece: int = PIECE) -> Iterator[bytes]:
    """Give an entry's content in pieces of at most `piece` bytes, checked against its CRC at the end.

    Never more than a piece is held, whatever sizes the archive claims. Raises Damaged.
    """
    crc = size = 0
    for chunk in _deflated(data, entry, piece) if entry.method == DEFLATED else _stored(data, entry, piece):
        crc = compression.crc32(chunk, crc)
        size += len(chunk)
        yield chunk
    if crc != entry.crc or size != entry.size:
        raise Damaged(f"{entry.name} is damaged: its checksum is wrong", "crc")


def _stored(data: memoryview, entry: Entry, piece: int) -> Iterator[bytes]:
    for raw in _pieces(data, entry, piece):
        yield bytes(raw)


def _deflated(data: memoryview, entry: Entry, piece: int) -> Iterator[bytes]:
    engine = compression.inflating()
    try:
        for raw in _pieces(data, entry, PIECE):
            chunk = engine.decompress(raw, piece)
            while chunk:
                yield chunk
                chunk = engine.decompress(engine.unconsumed_tail, piece)
        while chunk := engine.decompress(engine.unconsumed_tail, piece):
            yield chunk
    except compression.errors as error:
        raise Damaged(f"{entry.name} is damaged: {error}", "deflate") from error
    if not engine.eof:
        raise Damaged(f"{entry.name} breaks off", "deflate")


def _pieces(data: memoryview, entry: Entry, size: int) -> Iterator[memoryview]:
    """Give an entry's bytes as they stand, and let each piece of them go when it was used."""
    end = entry.data + entry.compressed
    for at in range(entry.data, end, size):
        stop = min(at + size, end)
        yield data[at:stop]
        let_go(data, at, stop)


def _find_end(data: memoryview) -> tuple[int, tuple[int, int, int, bytes], bool]:
    """Find the end record (and its zip64 form): where the directory ends; count, size, offset, comment; whether zip64."""
    tail_at = max(0, len(data) - END.size - MAX16)
    tail = bytes(data[tail_at:])
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) - found < END.size:
        raise Damaged("the file breaks off: its end is missing (an unfinished copy or download?)", "truncated")
    at = tail_at + found
    _, disk, start_disk, _, count, size, offset, comment_size = END.unpack_from(data, at)
    comment = bytes(data[at + END.size : at + END.size + comment_size])
    if disk or start_disk:
        raise Unsupported("the archive is split over several disks", "split")
    locator_at = at - END64_LOCATOR.size
    if locator_at >= 0 and bytes(data[locator_at : locator_at + 4]) == b"PK\x06\x07":
        _, _, offset64, _ = END64_LOCATOR.unpack_from(data, locator_at)
        for end_at in (locator_at - END64.size, offset64):  # the first also stands behind bytes put before the archive
            if 0 <= end_at <= len(data) - END64.size and bytes(data[end_at : end_at + 4]) == b"PK\x06\x06":
                *_, count, size, offset = END64.unpack_from(data, end_at)
                return end_at, (count, size, offset, comment), True
        raise Damaged("the archive's zip64 end record is missing", "directory")
    return at, (count, size, offset, comment), False


def _records(data: memoryview, at: int, end: int, count: int) -> Iterator[tuple[tuple[int, ...], bytes, bytes]]:
    """Give the directory's records: numbers (flags, method, time, date, crc, compressed, size, offset), name, raw record."""
    for _ in range(count):
        if at + CENTRAL.size > end or bytes(data[at : at + 4]) != b"PK\x01\x02":
            raise Damaged("the archive's table of contents is damaged", "directory")
        fields = CENTRAL.unpack_from(data, at)
        flags, method, time, date, crc, compressed, size, name_size, extra_size, comment_size = fields[5:15]
        offset = fields[-1]
        length = CENTRAL.size + name_size + extra_size + comment_size
        if at + length > end:
            raise Damaged("the archive's table of contents is damaged", "directory")
        record = bytes(data[at : at + length])
        name = record[CENTRAL.size : CENTRAL.size + name_size]
        extra = record[CENTRAL.size + name_size : CENTRAL.size + name_size + extra_size]
        if MAX32 in {size, compressed, offset}:
            size, compressed, offset = _zip64_numbers(extra, size, compressed, offset)
        yield (flags, method, time, date, crc, compressed, size, offset), name, record
        at += length


def _zip64_numbers(extra: bytes, *numbers: int) -> list[int]:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            wide = iter(struct.unpack_from(f"<{length // 8}Q", extra, at + 4))
            return [next(wide, number) if number == MAX32 else number for number in numbers]
        at += 4 + length
    return list(numbers)


def _with_extents(
    data: memoryview, drafts: list[tuple[tuple[int, ...], bytes, bytes]], base: int, directory: int
) -> list[Entry]:
    starts = sorted({numbers[7] + base for numbers, _, _ in drafts})
    following = dict(zip(starts, [*starts[1:], directory], strict=True))
    if len(starts) != len(drafts):
        raise Hostile("two entries of the archive share their bytes", "overlap")
    entries, seen = [], set()
    for (flags, method, time, date, crc, compressed, size, offset), raw_name, record in drafts:
        name = raw_name.decode("utf-8" if flags & 0x800 else "cp437", errors="replace")
        start = offset + base
        if folded(name) in seen:
            raise Hostile(
                f"the archive holds {name} twice: two programs would read two different workbooks", "duplicate-entry"
            )
        seen.add(folded(name))
        if flags & ENCRYPTED_BIT:
            raise Encrypted(f"{name} in the archive is encrypted")
        if method not in {STORED, DEFLATED}:
            raise Unsupported(f"{name} is compressed by a method ({method}) that Excel does not know", "compression")
        if start + LOCAL.size > len(data) or bytes(data[start : start + 4]) != b"PK\x03\x04":
            raise Damaged(f"{name} is not where the archive's table of contents says", "directory")
        *_, name_size, extra_size = LOCAL.unpack_from(data, start)
        begin = start + LOCAL.size + name_size + extra_size
        if bytes(data[start + LOCAL.size : start + LOCAL.size + name_size]) != raw_name:
            raise Hostile(f"{name} has another name in its own header", "name-mismatch")
        if begin + compressed > following[start]:
            raise Hostile(f"{name} reaches into the entry behind it", "overlap")
        entries.append(
            Entry(
                name, raw_name, flags, method, date, time, crc, compressed, size, record, start, following[start], begin
            )
        )
    return entries


def _refuse_other_kind(data: memoryview) -> None:
    """Say what the file is when it does not begin like an archive."""
    head = bytes(data[:4096])
    if not head.strip(b"\0 \r\n\t"):
        kind, words = (
            "empty",
            "is empty" if not len(data) else "holds nothing but blanks (a copy not finished, or still syncing?)",
        )
        raise NotAWorkbook(f"the file {words}", kind)
    if head.startswith(_OLE):
        everything = bytes(data[: 1 << 22])
        if "EncryptedPackage".encode("utf-16-le") in everything:
            raise Encrypted("the workbook is protected with a password")
        raise NotAWorkbook("the file is an old .xls workbook: save it as .xlsx in Excel", "xls")
    if head[:2] in {b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00"}:
        raise NotAWorkbook("the file is a very old .xls sheet: save it as .xlsx in Excel", "xls")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<head")) or b"<html" in text[:1024]:
        raise NotAWorkbook(
            "the file is a web page with the ending of a workbook: open it in Excel and save it as .xlsx", "html"
        )
    if text.startswith(b"<?xml"):
        raise NotAWorkbook("the file is an XML table: open it in Excel and save it as .xlsx", "xml")
    if text.startswith(b"%pdf"):
        raise NotAWorkbook("the file is a PDF", "pdf")
    if b"\0" not in head and any(mark in head for mark in (b",", b";", b"\t", b"\n")):
        raise NotAWorkbook("the file is a plain text table (csv): open it in Excel and save it as .xlsx", "csv")
    if b"PK\x05\x06" in bytes(data[-END.size - MAX16 :]):
        raise Damaged("the file is a damaged archive: its beginning is not one", "truncated")
    raise NotAWorkbook("the file is no workbook", "unknown")
