"""The encoding that a part is written in: nearly always UTF-8."""

from __future__ import annotations

import re

from sheetcrm.xlsx.errors import Damaged, Hostile, Unsupported

_DECLARED = re.compile(rb"^\s*<\?xml[^<>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'][^<>]*\?>")
_ASCII_COMPATIBLE = {"utf-8", "utf8", "us-ascii", "ascii"}
_DECODABLE = {"iso-8859-1", "latin-1", "windows-1250", "windows-1251", "windows-1252", "iso-8859-2", "iso-8859-5"}


def as_utf8(data: bytes, part: str) -> bytes:
    """Give a part's bytes in UTF-8 with a declaration that says so; unchanged where they are already (BOM included).

    Raises Hostile for a DOCTYPE, Unsupported for an encoding that cannot be told.
    """
    encoding = ""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        encoding = "utf-16"
    elif data[:4] == b"<\0?\0":
        encoding = "utf-16-le"
    elif data[:4] == b"\0<\0?":
        encoding = "utf-16-be"
    else:
        declared = _DECLARED.match(data.removeprefix(b"\xef\xbb\xbf"))
        name = declared[1].decode().lower() if declared else "utf-8"
        if name not in _ASCII_COMPATIBLE:
            if name not in _DECODABLE:
                raise Unsupported(f"{part} is written in the encoding {name}", "encoding")
            encoding = name
    if encoding:
        try:
            text = data.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            raise Damaged(f"{part} is not in the encoding it names", "encoding") from error
        data = re.sub(r"(<\?xml[^<>]*?encoding\s*=\s*[\"'])[^\"']+", r"\g<1>UTF-8", text, count=1).encode()
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Hostile(f"{part} declares a document type; no program that makes workbooks does", "doctype")
    return data
