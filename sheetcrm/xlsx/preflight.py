"""May a reader be let at this file? Decided on the bytes that will be read, from what they are and not from what they claim.

A file of 1.6 KB can abort a process or keep it busy for ever. What will be parsed, by us or by the readers of values, is inflated
once, in pieces, with the checksums looked at (two readers came back silently different on damaged files; the CRC catches that),
and each sheet is scanned on the way. Pictures, macros, drawings, charts and all else that nobody here parses is judged by the
directory alone and never inflated: its bytes are kept as they are, damaged or not.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from sheetcrm.xlsx.archive import PIECE, Entry, folded, inflate
from sheetcrm.xlsx.background import work_ahead
from sheetcrm.xlsx.document import Document, Sheet, relationships, rels_part
from sheetcrm.xlsx.encoding import utf8_pieces
from sheetcrm.xlsx.errors import Damaged, Hostile, Unsupported
from sheetcrm.xlsx.markup import attributes
from sheetcrm.xlsx.package import Package
from sheetcrm.xlsx.refs import Range, cell_name
from sheetcrm.xlsx.scan import SheetScanner
from sheetcrm.xlsx.scanned import SheetScan
from sheetcrm.xlsx.searching import count_tags

_CONTENT_TYPES = "[Content_Types].xml"
_STRINGS_BY_NAME = "xl/sharedStrings.xml"
_READ_BY_NAME = ("xl/styles.xml", _STRINGS_BY_NAME)
"""python-calamine takes these, whatever the relationships say."""
_CLAIM = re.compile(rb"<(?:[^\s/>!?:<]+:)?sst(?=[\s>])([^<>]*)>")
"""python-calamine makes room for as many texts as this says, and aborts the process where there is none."""
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
    other_part: int = 64_000_000
    """Size of a part that is parsed and neither a sheet nor the shared strings."""
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
    """Bytes of the parts that were inflated."""
    sheets: dict[str, SheetScan] = field(default_factory=dict)
    """By part name, as the document gives it."""
    transcoded: list[str] = field(default_factory=list)
    """Parts that are written in another encoding than UTF-8."""


def preflight(data: bytes | memoryview | Package | Document, limits: Limits | None = None) -> Report:
    """Look a file over, or raise NotAWorkbook, Encrypted, Damaged, Hostile or Unsupported. A document that is there is not read anew."""
    limits = limits or Limits()
    document = None
    if isinstance(data, Document):
        document, data = data, data.package
    package = data if isinstance(data, Package) else Package(data)
    if len(package.layout.entries) > limits.entries:
        raise Hostile(f"the archive has {len(package.layout.entries):,} entries", "entries")
    document = document or Document(package)
    parsed = _parsed(document)
    _check_claims(package.layout.entries, parsed, limits)
    strings = {folded(name) for name in (document.part_by_kind("sharedStrings"), _STRINGS_BY_NAME) if name}
    titles = {package.entry(sheet.part).name: sheet for sheet in document.sheets if sheet.kind == "worksheet"}
    report = Report()
    for entry in package.layout.entries:
        sheet = titles.get(entry.name)
        if folded(entry.name) not in parsed:
            continue
        pieces = utf8_pieces(_measured(package.data, entry, limits, report), entry.name)
        if not package.is_utf8(entry.name):
            report.transcoded.append(entry.name)
        if sheet is None:
            _look_over(entry, pieces, limits, are_strings=folded(entry.name) in strings)
            continue
        scanner = SheetScanner(f"the sheet {sheet.title}", max_cells=limits.cells, max_merges=limits.merges)
        for piece in _without_doctype(entry.name, pieces):
            scanner.feed(piece)
        report.sheets[sheet.part] = scan = scanner.finish()
        _check_tables(package, sheet, scan)
        _check_extent(sheet.title, scan, limits)
    _check_names(document)
    return report


def _check_claims(entries: Iterable[Entry], parsed: Container[str], limits: Limits) -> None:
    """Refuse what the archive itself says is a bomb, also in parts that nobody here would open. Raises Hostile."""
    total = 0
    for entry in entries:
        total += entry.size
        if entry.size > limits.entry_size or total > limits.total_size:
            raise Hostile(f"{entry.name} unpacks to {entry.size // 1_000_000:,} MB", "size")
        if folded(entry.name) not in parsed and _RATIO_FROM < entry.size > limits.ratio * entry.compressed:
            raise Hostile(f"{entry.name} is a bomb: {entry.compressed:,} bytes unpack to {entry.size:,}", "ratio")


def _parsed(document: Document) -> set[str]:
    """Give the parts that are parsed, by us or by a reader of values, as names compare."""
    kinds = [document.part_by_kind(kind) for kind in ("styles", "sharedStrings")]
    sheets = [sheet.part for sheet in document.sheets]
    with_rels = ["", document.part, *sheets]
    names = [_CONTENT_TYPES, *_READ_BY_NAME, *kinds, document.properties_part, *with_rels, *map(rels_part, with_rels)]
    names += [table.part for table in document.tables]
    return {folded(name) for name in names if name}


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


def _look_over(entry: Entry, pieces: Iterable[bytes], limits: Limits, *, are_strings: bool) -> None:
    strings = size = 0
    head = b""
    for piece in _without_doctype(entry.name, pieces):
        head = head or piece
        size += len(piece)
        if are_strings:
            strings += count_tags(piece, b"s")[0] + (piece.count(b":si") if b":si" in piece else 0)
            if b"\0" in piece:
                raise Unsupported(f"{entry.name} is no UTF-8 text (zero bytes)", "encoding")
            if strings > limits.shared_strings:
                raise Hostile(f"{entry.name} has more than {limits.shared_strings:,} texts", "strings")
        elif size > limits.other_part:
            raise Hostile(f"{entry.name} is larger than {limits.other_part // 1_000_000} MB", "size")

    if are_strings and (root := _CLAIM.search(head)):
        claims = (attributes(root[1]).get(name, "").strip().lstrip("+0") for name in ("count", "uniqueCount"))
        if any(len(claim) > len(str(size)) and claim.isdecimal() for claim in claims):
            raise Hostile(f"{entry.name} claims to hold more texts than it has bytes", "strings")


def _without_doctype(name: str, pieces: Iterable[bytes]) -> Iterable[bytes]:
    """Pass markup on; raise Hostile at a document type, also one cut in two by the pieces."""
    last = b""
    for piece in pieces:
        seam = last + piece[:_OVERLAP]
        if any(_DECLARES.search(text) for text in (piece, seam) if count_tags(text, b"!")[0]):
            raise Hostile(f"{name} declares a document type; no program that makes workbooks does", "doctype")
        last = piece[-_OVERLAP:]
        yield piece


def _check_names(document: Document) -> None:
    """Raise Damaged where a reader that goes by names would take other styles or texts than the workbook names."""
    for kind, name in (("styles", _READ_BY_NAME[0]), ("sharedStrings", _STRINGS_BY_NAME)):
        if name in document.package and folded(document.part_by_kind(kind) or "") != folded(name):
            raise Damaged(f"the workbook does not name its part {name}", "missing-part")


def _check_tables(package: Package, sheet: Sheet, scan: SheetScan) -> None:
    """Raise Damaged where a sheet lists a table that is not there: added to, it would have two of one name in one place."""
    if scan.table_ids:
        known = {rel.id for rel in relationships(package, sheet.part) if rel.kind == "table" and rel.target in package}
        if lacking := [table for table in scan.table_ids if table not in known]:
            raise Damaged(
                f"the sheet {sheet.title} lists a table ({lacking[0]}) that is not in the file", "missing-part"
            )


def _check_extent(title: str, scan: SheetScan, limits: Limits) -> None:
    if scan.area > limits.area:
        raise Hostile(
            f"the sheet {title} has a value as far out as row {scan.max_row:,} and column {cell_name(1, scan.max_column)[:-1]}:"
            " delete what stands far from the rest",
            "used-range",
        )
    merged = sum(abs(Range(*area).area) for area in scan.merged)
    if merged > limits.merged_area:
        raise Hostile(f"the sheet {title} has merged areas of {merged:,} cells", "merged-area")
