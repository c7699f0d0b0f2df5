"""The proof of a write: what was not to change has its bytes, what was to change is what was meant."""

from __future__ import annotations

from collections.abc import Iterable
from xml.parsers import expat

from sheetcrm.xlsx.appended import AppendedColumns
from sheetcrm.xlsx.archive import PIECE, Entry, folded
from sheetcrm.xlsx.background import work_ahead
from sheetcrm.xlsx.document import Document
from sheetcrm.xlsx.errors import ProofFailed, XlsxError
from sheetcrm.xlsx.exchanged import ExchangedCells
from sheetcrm.xlsx.mapped import let_go
from sheetcrm.xlsx.package import Package
from sheetcrm.xlsx.parts_proof import check_lines, check_styles, check_workbook, count_styles
from sheetcrm.xlsx.reading import SharedStrings
from sheetcrm.xlsx.receipt import Receipt
from sheetcrm.xlsx.sheet import sheet_prefix
from sheetcrm.xlsx.sheet_proof import SheetProof
from sheetcrm.xlsx.stretches import NewSheet, SheetRows


def verify(before: bytes | memoryview, after: bytes | memoryview, receipt: Receipt) -> None:
    """Raise ProofFailed unless `after` is `before` with what the receipt says.

    Untouched entries are compared as raw bytes. In a patched sheet each cell that was to be written is read back, all others and what
    stands around them are compared with what was there. The workbook part, styles, relationships and content types have lost nothing.
    Tables, and sheets that were made anew, are looked at as well-formed XML, and for what the workbook says of them.
    """
    try:
        old, new = Package(before), Package(after)
        check_untouched(old, new, receipt)
        for part in (*receipt.replaced, *receipt.added):
            _check_utf8(new, part)
            if part not in receipt.edits:
                _check_well_formed(part, new.open(part))
        document = Document(new)
        _check_parts(old, document, receipt)
        styles, strings = count_styles(new, document), _strings(document)
        for part in receipt.edits:
            _check_sheet(old, new, part, receipt, strings, styles)
    except ProofFailed:
        raise
    except XlsxError as error:
        raise ProofFailed(f"what was written cannot be read back: {error}") from error


def _check_utf8(new: Package, part: str) -> None:
    """Raise ProofFailed where a part that was written is in another encoding than all is written in, whatever it was in before."""
    if not new.is_utf8(part):
        raise ProofFailed(f"{part} was written in another encoding than UTF-8", "encoding")


def check_untouched(old: Package, new: Package, receipt: Receipt) -> None:
    """Raise ProofFailed unless every entry that a receipt does not name as changed has its bytes and its place."""
    changed = {folded(name) for name in receipt.replaced}
    removed = {folded(name) for name in receipt.removed}
    wanted = [key for key in old.entries if key not in removed] + [folded(name) for name in receipt.added]
    if list(new.entries) != wanted:
        raise ProofFailed("the archive does not hold the entries it should", "entries")
    for key, entry in old.entries.items():
        if key in changed or key in removed:
            continue
        other = new.entries[key]
        if not _are_same(old, entry, new, other):
            raise ProofFailed(f"{entry.name} was not to change, and did", "untouched")
        if (entry.crc, entry.size, entry.compressed, entry.method) != (
            other.crc,
            other.size,
            other.compressed,
            other.method,
        ):
            raise ProofFailed(f"{entry.name} is described in another way than before", "untouched")


def _are_same(old: Package, entry: Entry, new: Package, other: Entry) -> bool:
    """Compare two entries' bytes, a piece at a time."""
    if entry.end - entry.start != other.end - other.start:
        return False
    for at in range(0, entry.end - entry.start, PIECE):
        size = min(PIECE, entry.end - entry.start - at)
        first, second = entry.start + at, other.start + at
        if old.data[first : first + size] != new.data[second : second + size]:
            return False
        let_go(old.data, first, first + size)
        let_go(new.data, second, second + size)
    return True


def _check_parts(old: Package, after: Document, receipt: Receipt) -> None:
    """Look that what the owner has in the small parts that were written anew stands there as it did."""
    before, new = Document(old), after.package
    check_workbook(before, after, receipt.names)
    styles = folded(before.part_by_kind("styles") or "")
    for part in receipt.replaced:
        if folded(part) == styles:
            check_styles(part, old.read(part), new.read(part))
        elif folded(part).endswith((".rels", "[content_types].xml")):
            check_lines(part, old.read(part), new.read(part), receipt.removed, receipt.unlinked.get(part, set()))


def _check_sheet(
    old: Package, new: Package, part: str, receipt: Receipt, strings: SharedStrings, styles: int | None
) -> None:
    """Prove one sheet: by one of the fast proofs, or where they cannot tell by the general one."""
    edits, left = receipt.edits[part], _left(receipt, part)
    general = SheetProof(part, edits, left, strings, date1904=receipt.date1904, styles=styles)
    if part not in receipt.made:
        tails, date1904 = receipt.tails.get(part, []), receipt.date1904
        appended = AppendedColumns(edits, tails, left, strings, date1904=date1904, styles=styles)
        if appended.are_simple() and _holds(appended, general, old, new, part):
            return
        exchanged = ExchangedCells(edits, left, strings, date1904=date1904, styles=styles)
        if _holds(exchanged, general, old, new, part):
            return
    _check_well_formed(part, new.open(part))
    if part in receipt.made:
        general.check_cells(new)
    else:
        general.check(old, new, _prefix(old, part))


def _holds(proof: AppendedColumns | ExchangedCells, general: SheetProof, old: Package, new: Package, part: str) -> bool:
    rows, sheet = SheetRows(work_ahead(old.open(part))), NewSheet(work_ahead(new.open(part)))
    if not proof.are_all_that_changed(rows, sheet) or rows.head is None or rows.tail is None:
        return False
    _check_well_formed(part, [sheet.frame])
    general.check_frame(rows.head, rows.tail, sheet.head, sheet.tail)
    return True


def _prefix(package: Package, part: str) -> str:
    head = b""
    for piece in package.open(part):
        head += piece
        if b"worksheet" in head:
            break
    return sheet_prefix(head)


def _left(receipt: Receipt, part: str) -> set[tuple[int, int]]:
    return {(cell.row, cell.column) for cell in receipt.left if folded(cell.sheet) == folded(part)}


def _strings(document: Document) -> SharedStrings:
    part = document.part_by_kind("sharedStrings")
    return SharedStrings(lambda: document.package.read(part, 1_000_000_000) if part else b"")


def _check_well_formed(part: str, pieces: Iterable[bytes]) -> None:
    parser = expat.ParserCreate()
    try:
        for piece in pieces:
            parser.Parse(piece)
        parser.Parse(b"", True)
    except (
        expat.ExpatError,
        LookupError,
        ValueError,
    ) as error:  # the latter two: an encoding that Python does not know
        raise ProofFailed(f"{part} is not well-formed: {error}", "malformed") from error
