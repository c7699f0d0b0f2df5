"""The archive: what is not replaced keeps its very bytes, and what is no workbook is named for what it is."""

from __future__ import annotations

import random
import struct
import zipfile
from contextlib import suppress
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import Any

import pytest
from invariants import complaints
from xlsx_books import SHEET, book, edited, relationships, zipped

from sheetcrm.xlsx import Column, Document, Editor, Package, Range, SheetSpec, XlsxError, preflight

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504


class Unseekable(RawIOBase):
    """A stream like a network's: zipfile writes sizes behind the data then (bit 3)."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.data += bytes(data)  # type: ignore[call-overload]
        return len(bytes(data))  # type: ignore[call-overload]


def streamed() -> bytes:
    out = Unseekable()
    source = zipfile.ZipFile(BytesIO(book("<row r='1'/>", parts={"xl/media/a.png": b"\x89PNG" * 50})))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(name, source.read(name))
    return bytes(out.data)


def rewritten(data: bytes, **changes: object) -> bytes:
    out = BytesIO()
    Package(data).write(out, **changes)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize("data", [book(), streamed()], ids=["plain", "with descriptors"])
def test_untouched_entries_keep_their_bytes_and_their_order(data: bytes) -> None:
    before, after = Package(data), Package(rewritten(data, replaced={SHEET: b"<worksheet/>" * 9}))
    assert after.names == before.names
    assert [name for name in before.names if before.raw(name) != after.raw(name)] == [SHEET]
    assert after.read(SHEET) == b"<worksheet/>" * 9


def test_writing_without_changes_gives_the_same_bytes() -> None:
    assert rewritten(streamed()) == streamed()


def test_the_same_changes_give_the_same_bytes() -> None:
    changes = {
        "replaced": {SHEET: [b"<work", b"sheet/>"]},
        "added": {"xl/new.xml": b"<x/>"},
        "removed": ["xl/media/a.png"],
    }
    assert rewritten(streamed(), **changes) == rewritten(streamed(), **changes)
    assert Package(rewritten(streamed(), **changes)).names[-1] == "xl/new.xml"


def test_a_replaced_entry_promises_no_descriptor_and_keeps_its_date() -> None:
    info = zipfile.ZipFile(BytesIO(rewritten(streamed(), replaced={SHEET: b"<worksheet/>"}))).getinfo(SHEET)
    assert info.flag_bits & 8 == 0
    assert info.date_time == zipfile.ZipFile(BytesIO(streamed())).getinfo(SHEET).date_time


def test_no_zip64_is_made_where_there_was_none() -> None:
    assert b"PK\x06\x06" not in rewritten(book(), replaced={SHEET: b"<worksheet/>"}, added={"a.xml": b"<a/>"})


class Far(BytesIO):
    """A file whose second byte lies behind 4 GB."""

    def tell(self) -> int:
        at = super().tell()
        return at + (1 << 32 if at else 0)

    def seek(self, offset: int, whence: int = 0) -> int:
        return super().seek(offset - (1 << 32 if offset else 0), whence)


@pytest.mark.parametrize(
    "changes",
    [{"replaced": {"b.xml": b"y"}}, {"removed": ["b.xml"], "added": {"c.xml": b"z"}}, {}],
)
def test_an_entry_that_would_begin_behind_4_gb_is_refused_in_our_own_words(changes: dict[str, Any]) -> None:
    package = Package(zipped({"[Content_Types].xml": "<Types/>", "b.xml": "<b/>"}))
    with pytest.raises(XlsxError, match="above 4 GB") as caught:
        package.write(Far(), **{"replaced": {}, **changes})
    assert caught.value.reason == "size"


def test_parts_are_found_in_any_case_and_with_backslashes() -> None:
    package = Package(zipped({"[Content_Types].xml": "<Types/>", "XL\\Workbook.xml": "<workbook/>"}))
    assert package.read("/xl/workbook.XML") == b"<workbook/>"


@pytest.mark.parametrize(
    ("entry", "target"),
    [
        pytest.param("my%20notes.xml", "my%20notes.xml", id="quoted here and there"),
        pytest.param("my notes.xml", "my%20notes.xml", id="quoted in the target"),
        pytest.param("my%20notes.xml", "my notes.xml", id="quoted in the archive"),
        pytest.param("MY%20Notes.xml", "my%20notes.xml", id="in another case"),
        pytest.param("%D0%9B.xml", "%d0%9b.xml", id="hexadecimals in another case"),
        pytest.param("Л.xml", "%D0%9B.xml", id="a letter of hers"),
        pytest.param("a%25b.xml", "a%25b.xml", id="a quoted percent sign"),
    ],
)
def test_a_sheet_is_found_however_its_name_is_quoted_and_keeps_it(entry: str, target: str) -> None:
    archive = zipfile.ZipFile(BytesIO(book('<row r="1"><c r="A1"><v>1</v></c></row>')))
    contents: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    contents[f"xl/worksheets/{entry}"] = contents.pop(SHEET)
    contents["xl/_rels/workbook.xml.rels"] = relationships(("worksheet", f"worksheets/{target}"))
    types = str(contents["[Content_Types].xml"], "utf-8").replace("sheet1.xml", entry)  # type: ignore[arg-type]
    data = zipped({**contents, "[Content_Types].xml": types})
    [sheet] = Document(Package(data)).sheets

    def edit(editor: Editor) -> None:
        editor.set_cells(sheet.part, {(2, 1): 5})
        editor.put_sheet("Problems", SheetSpec("Problems", [Column("Code")], [["a"]]))
        editor.add_table(sheet.part, "Hers", Range(1, 1, 2, 1), ["1"])

    assert list(preflight(data).sheets) == [sheet.part]
    after, _ = edited(data, edit)
    assert [line for line in complaints(after) if "header" not in line] == []
    assert zipfile.ZipFile(BytesIO(after)).namelist()[: len(contents)] == list(contents)
    assert [table.sheet for table in Document(Package(after)).tables] == [sheet.part, "xl/worksheets/sheet1.xml"]


def test_of_two_parts_whose_names_say_the_same_the_one_named_literally_is_meant() -> None:
    parts = {"[Content_Types].xml": "<Types/>", "xl/a b.xml": "<blank/>", "xl/a%20b.xml": "<quoted/>"}
    package = Package(zipped(parts))
    assert [package.named(name) for name in ("xl/a%20b.xml", "xl/a b.xml", "xl/%61%20b.xml", "xl/c%20d.xml")] == [
        "xl/a%20b.xml",
        "xl/a b.xml",
        "xl/a b.xml",
        "xl/c d.xml",
    ]


@pytest.mark.parametrize(
    ("data", "kind", "reason"),
    [
        (b"", "NotAWorkbook", "empty"),
        (b"\0" * 5000, "NotAWorkbook", "empty"),
        (b"name;phone\nAnna;123\n", "NotAWorkbook", "csv"),
        (b"<html><table><tr><td>Anna", "NotAWorkbook", "html"),
        (OLE, "NotAWorkbook", "xls"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "Encrypted", "encrypted"),
        (
            zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}),
            "NotAWorkbook",
            "ods",
        ),
        (zipped({"photo.jpg": "x"}), "NotAWorkbook", "zip"),
        (book()[:-40], "Damaged", "truncated"),
        (book()[:300], "Damaged", "truncated"),
        (b"\x7fELF" + b"\0\1" * 90, "NotAWorkbook", "unknown"),
    ],
)
def test_what_is_no_workbook_is_named(data: bytes, kind: str, reason: str) -> None:
    with pytest.raises(XlsxError) as caught:
        Document(Package(data))
    assert (type(caught.value).__name__, caught.value.reason) == (kind, reason)


def test_two_entries_of_one_name_are_refused() -> None:
    out = BytesIO(book())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("XL/worksheets/Sheet1.xml", "<worksheet/>")
    with pytest.raises(XlsxError) as caught:
        Package(out.getvalue())
    assert caught.value.reason == "duplicate-entry"


def test_a_flipped_bit_is_noticed_by_the_checksum() -> None:
    data = bytearray(zipped({"[Content_Types].xml": "<Types/>", "a.txt": "x"}))
    at = data.index(b"PK\x01\x02") + 16
    struct.pack_into("<L", data, at, 7)
    with pytest.raises(XlsxError) as caught:
        Package(bytes(data)).read("[Content_Types].xml")
    assert caught.value.reason == "crc"


def test_a_damaged_file_is_refused_in_our_own_words_or_read(shared_dir: Path) -> None:
    data = (shared_dir / "data" / "workbooks" / "XlsxWriter--table25.xlsx").read_bytes()
    rng = random.Random(5)  # noqa: S311 - reproducible damage
    read = 0
    for _ in range(400):
        mutant = bytearray(data)
        for _ in range(rng.randint(1, 6)):
            mutant[rng.randrange(len(mutant))] = rng.randrange(256)
        with suppress(XlsxError):
            preflight(bytes(mutant[: rng.choice([len(mutant), rng.randrange(len(mutant))])]))
            read += 1
    assert read < 200
