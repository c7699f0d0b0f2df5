"""The encoding that a part is written in: nearly always UTF-8, and UTF-8 is what everything here works on.

A part in another one is turned into UTF-8 where it is opened, a piece at a time, with a declaration that says so. One that is not
written keeps its bytes; one that is, is UTF-8 from then on.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from sheetcrm.xlsx.errors import Damaged, Hostile, Unsupported

_BOM = b"\xef\xbb\xbf"
_DECLARED = re.compile(rb"^\s*<\?xml[^<>]*?encoding\s*=\s*[\"']([A-Za-z0-9._:-]+)[\"'][^<>]*\?>")
_DECLARED_TEXT = re.compile(r"(^\s*<\?xml[^<>]*?encoding\s*=\s*[\"'])[^\"']+")
_WIDE_STARTS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_UTF32_STARTS = (b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"<\0\0\0", b"\0\0\0<")
_ASCII_COMPATIBLE = {"utf-8", "ascii"}
_DECODABLE = re.compile(
    r"iso8859-\d+|cp125\d|koi8-[ru]|mac-roman|mac-cyrillic|gb2312|gbk|gb18030|big5|shift_jis|cp932|euc_jp|euc_kr"
)
"""Names that `codecs.lookup` gives, of encodings in which `<?xml` stands as in ASCII."""
_LONGEST_DECLARATION = 1000


def utf8_pieces(pieces: Iterable[bytes], part: str) -> Iterator[bytes]:
    """Give a part's bytes in UTF-8 with a declaration that says so, a piece at a time; unchanged where they are already (BOM included).

    Raises Unsupported for an encoding that is not known, Damaged for bytes that are not in the encoding they name.
    """
    source = iter(pieces)
    head = b""
    while len(head) < _LONGEST_DECLARATION and (piece := next(source, b"")):
        head += piece
    encoding = other_encoding(head, part)
    if not encoding:
        if head:
            yield head
        yield from source
        return
    decode = codecs.getincrementaldecoder(encoding)()
    try:
        text = decode.decode(head).removeprefix("\ufeff")
        yield _DECLARED_TEXT.sub(r"\g<1>UTF-8", text, count=1).encode()
        for raw, last in chain(((piece, False) for piece in source), ((b"", True),)):
            if text := decode.decode(raw, last):
                yield text.encode()
    except UnicodeError as error:
        raise Damaged(f"{part} is not in the encoding it names", "encoding") from error


def other_encoding(head: bytes, part: str) -> str:
    """Tell by its first bytes in which encoding a part is written; '' for UTF-8, and for what is no XML. Raises Unsupported, Damaged."""
    if head.startswith(_UTF32_STARTS):
        raise Unsupported(f"{part} is written in the encoding UTF-32", "encoding")
    wide = next((name for start, name in _WIDE_STARTS if head.startswith(start)), "")
    if wide:
        return wide
    declared = _DECLARED.match(head[:_LONGEST_DECLARATION].removeprefix(_BOM))
    if declared is None:
        return ""
    try:
        name = codecs.lookup(declared[1].decode()).name
    except (LookupError, ValueError):
        name = ""
    if name.startswith("utf-16"):  # as the byte order mark says that is not there
        raise Damaged(f"{part} is not in the encoding it names", "encoding")
    if name in _ASCII_COMPATIBLE or head.startswith(_BOM):
        return ""
    if not _DECODABLE.fullmatch(name):
        raise Unsupported(f"{part} is written in the encoding {declared[1].decode()}", "encoding")
    return name


def as_utf8(data: bytes, part: str) -> bytes:
    """Give a whole part as `utf8_pieces` does. Raises Hostile for a DOCTYPE besides."""
    data = b"".join(utf8_pieces([data], part))
    refuse_doctype(data, part)
    return data


def refuse_doctype(data: bytes, part: str) -> None:
    """Raise Hostile where a part, or its head, declares a document type."""
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Hostile(f"{part} declares a document type; no program that makes workbooks does", "doctype")
