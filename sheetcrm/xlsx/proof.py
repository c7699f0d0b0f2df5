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
from sheetcrm.xlsx.expected import EMPTY, CellReader, Expected
from sheetcrm.xlsx.mapped import let_go
from sheetcrm.xlsx.package import Package
from sheetcrm.xlsx.reading import SharedStrings, iter_rows
from sheetcrm.xlsx.receipt import Receipt
from sheetcrm.xlsx.refs import cell_name, column_number
from sheetcrm.xlsx.sheet import SheetEdits
from sheetcrm.xlsx.stretches import NewSheet


def verify(before: bytes | memoryview, after: bytes | memoryview, receipt: Receipt) -> None:
    """Raise ProofFailed unless `after` is `before` with exactly what the receipt says.

    Untouched entries are compared as raw bytes, changed ones by checksum and as well-formed XML, and each cell that was to be
    written is read back.
    """
    try:
        old, new = Package(before), Package(after)
        _check_untouched(old, new, receipt)
        proven = {part for part, edits in receipt.edits.items() if _is_proven(old, new, part, edits, receipt)}
        for part in (*receipt.replaced, *receipt.added):
            if part not in proven:
                _check_well_formed(part, new.open(part))
        _check_document(Document(old), Document(new))
        for part, edits in receipt.edits.items():
            if part not in proven:
                _check_cells(new, part, edits, receipt)
    except ProofFailed:
        raise
    except XlsxError as error:
        raise ProofFailed(f"what was written cannot be read back: {error}") from error


def _check_untouched(old: Package, new: Package, receipt: Receipt) -> None:
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


def _check_document(old: Document, new: Document) -> None:
    """Read all that a workbook says of itself, and look that the sheets are those that were there, new ones behind them."""
    if [sheet.part for sheet in new.sheets[: len(old.sheets)]] != [sheet.part for sheet in old.sheets]:
        raise ProofFailed("the workbook's sheets are not those that were there", "sheets")
    if {table.part for table in old.tables} - {table.part for table in new.tables}:
        raise ProofFailed("a table of the workbook is gone", "tables")
    _ = new.defined_names, new.properties


def _is_proven(old: Package, new: Package, part: str, edits: SheetEdits, receipt: Receipt) -> bool:
    """Tell whether one of the fast proofs holds of a sheet; else the general one has to be made."""
    if part not in old:
        return False
    left, strings = _left(receipt, part), _strings(new)
    appended = AppendedColumns(edits, receipt.tails.get(part, []), left, strings, date1904=receipt.date1904)
    if appended.are_simple() and _holds(appended, old, new, part):
        return True
    return _holds(ExchangedCells(edits, left, strings, date1904=receipt.date1904), old, new, part)


def _holds(proof: AppendedColumns | ExchangedCells, old: Package, new: Package, part: str) -> bool:
    sheet = NewSheet(work_ahead(new.open(part)))
    if not proof.are_all_that_changed(work_ahead(old.open(part)), sheet):
        return False
    _check_well_formed(part, [sheet.frame])
    return True


def _left(receipt: Receipt, part: str) -> set[tuple[int, int]]:
    return {(cell.row, cell.column) for cell in receipt.left if folded(cell.sheet) == folded(part)}


def _strings(package: Package) -> SharedStrings:
    part = Document(package).part_by_kind("sharedStrings")
    return SharedStrings(lambda: package.read(part, 1_000_000_000) if part else b"")


def _check_well_formed(part: str, pieces: Iterable[bytes]) -> None:
    parser = expat.ParserCreate()
    try:
        for piece in pieces:
            parser.Parse(piece)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ProofFailed(f"{part} is not well-formed: {error}", "malformed") from error


def _check_cells(package: Package, part: str, edits: SheetEdits, receipt: Receipt) -> None:
    """Read each edited cell back, from the bytes of its row."""
    reader = CellReader(_strings(package))
    left = _left(receipt, part)
    expected = Expected(edits, date1904=receipt.date1904)
    missing = set(edits.rows())
    last = 0
    for number, row in iter_rows(package.open(part)):
        if number <= last:
            raise ProofFailed(f"row {number} of {part} does not stand in its order", "row-order")
        last = number
        if number in missing:
            missing.discard(number)
            wanted = expected.row(number)
            cells = reader.cells(row, cell_name(number, column_number(wanted[0][0])))
            if all(reader.content(cells.get(name)) == content for name, content in wanted):
                continue
            cells = reader.all_cells(row)
            for name, content in wanted:
                found = reader.content(cells.get(name))
                if found != content and (number, column_number(name)) not in left:
                    raise ProofFailed(
                        f"{name.decode()}{number} of {part} holds {found[1]!r}, not {content[1]!r}", "cell"
                    )
    for number in missing:
        if any(
            content != EMPTY and (number, column_number(name)) not in left for name, content in expected.row(number)
        ):
            raise ProofFailed(f"row {number} of {part} is missing", "cell")
