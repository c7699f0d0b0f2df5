"""May a reader be let at this file? Decided on the bytes that will be read, from what they are and not from what they claim.

A file of 1.6 KB can abort a process or keep it busy for ever. Everything is inflated once, in pieces, with the checksums looked at
(two readers came back silently different on damaged files; the CRC catches that), and each sheet is scanned on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sheetcrm.xlsx.archive import PIECE, Entry, inflate
from sheetcrm.xlsx.background import work_ahead
from sheetcrm.xlsx.document import Document
from sheetcrm.xlsx.errors import Hostile, Unsupported
from sheetcrm.xlsx.package import Package
from sheetcrm.xlsx.refs import Range, cell_name
from sheetcrm.xlsx.scan import SheetScan, SheetScanner
from sheetcrm.xlsx.searching import count_tags

_MARKUP_ENDINGS = (".xml", ".rels", ".vml")
_OVERLAP = 16
_DECLARES = re.compile(rb"<!DOCTYPE|<!ENTITY")
_RATIO_FROM = 32_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken for a workbook and no more. Sizes in bytes."""

    entries: int = 20_000
    entry_size: int = 1_500_000_000
    total_size: int = 2_000_000_000
    ratio: int = 250
    """How often an entry above 32 MB may be larger than its compressed form: sheets reach 10 to 60, bombs 400 to 1,000."""
    other_part: int = 200_000_000
    """Size of a part of markup that is neither a sheet nor the shared strings."""
    cells: int = 60_000_000
    area: int = 50_000_000
    """Cells of the rectangle around all values: a reader lays it out, at 32 bytes a cell."""
    merged_area: int = 40_000_000
    merges: int = 500_000
    shared_strings: int = 20_000_000


@dataclass(slots=True)
class Report:
    """What the pre-flight found out on its way."""

    size: int = 0
    """Bytes of all parts, inflated."""
    sheets: dict[str, SheetScan] = field(default_factory=dict)
    """By part name, as the document gives it."""


def preflight(data: bytes | memoryview | Package, limits: Limits | None = None) -> Report:
    """Look a file over, or raise NotAWorkbook, Encrypted, Damaged, Hostile or Unsupported."""
    limits = limits or Limits()
    package = data if isinstance(data, Package) else Package(data)
    if len(package.layout.entries) > limits.entries:
        raise Hostile(f"the archive has {len(package.layout.entries):,} entries", "entries")
    document = Document(package)
    titles = {package.entry(sheet.part).name: sheet for sheet in document.sheets if sheet.kind == "worksheet"}
    report = Report()
    for entry in package.layout.entries:
        sheet = titles.get(entry.name)
        pieces = _measured(package.data, entry, limits, report)
        if sheet is None:
            _look_over(entry, pieces, limits)
            continue
        scanner = SheetScanner(f"the sheet {sheet.title}", max_cells=limits.cells, max_merges=limits.merges)
        for piece in _without_doctype(entry.name, pieces):
            scanner.feed(piece)
        report.sheets[sheet.part] = scan = scanner.finish()
        _check_extent(sheet.title, scan, limits)
    return report


def _measured(data: memoryview, entry: Entry, limits: Limits, report: Report) -> Iterable[bytes]:
    """Give an entry's pieces for as long as their sum stays believable."""
    size = 0
    pieces = inflate(data, entry)
    for piece in work_ahead(pieces) if entry.compressed > PIECE else pieces:
        size += len(piece)
        report.size += len(piece)
        if size > limits.entry_size or report.size > limits.total_size:
            raise Hostile(f"{entry.name} unpacks to more than {size // 1_000_000:,} MB", "size")
        if size > _RATIO_FROM and size > limits.ratio * entry.compressed:
            raise Hostile(f"{entry.name} is a bomb: {entry.compressed:,} bytes unpack to more than {size:,}", "ratio")
        yield piece


def _look_over(entry: Entry, pieces: Iterable[bytes], limits: Limits) -> None:
    name = entry.name.lower()
    if not name.endswith(_MARKUP_ENDINGS):
        for _ in pieces:
            pass
        return
    strings = size = 0
    is_strings = name.endswith("sharedstrings.xml")
    for piece in _without_doctype(entry.name, pieces):
        size += len(piece)
        if is_strings:
            strings += piece.count(b"<si>")
            if b"\0" in piece:
                raise Unsupported(f"{entry.name} is no UTF-8 text (zero bytes)", "encoding")
            if strings > limits.shared_strings:
                raise Hostile(f"{entry.name} has more than {limits.shared_strings:,} texts", "strings")
        elif size > limits.other_part:
            raise Hostile(f"{entry.name} is larger than {limits.other_part // 1_000_000} MB", "size")


def _without_doctype(name: str, pieces: Iterable[bytes]) -> Iterable[bytes]:
    """Pass markup on; raise Hostile at a document type, also one cut in two by the pieces or written in UTF-16."""
    last = b""
    wide = False
    for piece in pieces:
        wide = wide or piece[:2] in {b"\xff\xfe", b"\xfe\xff"} or (not last and b"\0" in piece[:4])
        joined = (last + piece).replace(b"\0", b"") if wide else piece
        seam = last + piece[:_OVERLAP]
        if any(_DECLARES.search(text) for text in (joined, seam) if count_tags(text, b"!")[0]):
            raise Hostile(f"{name} declares a document type; no program that makes workbooks does", "doctype")
        last = piece[-2 * _OVERLAP :]
        yield piece


def _check_extent(title: str, scan: SheetScan, limits: Limits) -> None:
    if scan.area > limits.area:
        raise Hostile(
            f"the sheet {title} has a value as far out as row {scan.max_row:,} and column {cell_name(1, scan.max_column)[:-1]}:"
            " delete what stands far from the rest",
            "used-range",
        )
    merged = sum(Range(*area).area for area in scan.merged)
    if merged > limits.merged_area:
        raise Hostile(f"the sheet {title} has merged areas of {merged:,} cells", "merged-area")
