"""The proof of a write: what was not to change has its bytes, what was to change is what was meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from xml.parsers import expat

from sheetcrm.xlsx.appended import AppendedColumns, SheetRows
from sheetcrm.xlsx.archive import folded
from sheetcrm.xlsx.background import work_ahead
from sheetcrm.xlsx.cells import CellValue, Writer, meant, read_content
from sheetcrm.xlsx.document import Document
from sheetcrm.xlsx.errors import ProofFailed, XlsxError
from sheetcrm.xlsx.markup import attributes
from sheetcrm.xlsx.package import Package
from sheetcrm.xlsx.reading import SharedStrings, iter_rows
from sheetcrm.xlsx.receipt import Receipt
from sheetcrm.xlsx.refs import cell_name, column_number, letters
from sheetcrm.xlsx.rows import RowPatcher
from sheetcrm.xlsx.sheet import SheetEdits

_Meant = tuple[str, str | float | None]
_EMPTY: _Meant = ("empty", None)
_CELL = re.compile(rb"<c r=\"([A-Z]+)\d+\"([^>]*?(?:/>|>.*?</c>))", re.DOTALL)


def verify(before: bytes | memoryview, after: bytes | memoryview, receipt: Receipt) -> None:
    """Raise ProofFailed unless `after` is `before` with exactly what the receipt says.

    Untouched entries are compared as raw bytes, changed ones by checksum and as well-formed XML, and each cell that was to be
    written is read back.
    """
    try:
        old, new = Package(before), Package(after)
        _check_untouched(old, new, receipt)
        proven = {part for part, edits in receipt.edits.items() if _is_appended(old, new, part, edits, receipt)}
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
        if old.data[entry.start : entry.end] != new.data[other.start : other.end]:
            raise ProofFailed(f"{entry.name} was not to change, and did", "untouched")
        if (entry.crc, entry.size, entry.compressed, entry.method) != (
            other.crc,
            other.size,
            other.compressed,
            other.method,
        ):
            raise ProofFailed(f"{entry.name} is described in another way than before", "untouched")


def _check_document(old: Document, new: Document) -> None:
    """Read all that a workbook says of itself, and look that the sheets are those that were there, new ones behind them."""
    if [sheet.part for sheet in new.sheets[: len(old.sheets)]] != [sheet.part for sheet in old.sheets]:
        raise ProofFailed("the workbook's sheets are not those that were there", "sheets")
    if {table.part for table in old.tables} - {table.part for table in new.tables}:
        raise ProofFailed("a table of the workbook is gone", "tables")
    _ = new.defined_names, new.properties


def _is_appended(old: Package, new: Package, part: str, edits: SheetEdits, receipt: Receipt) -> bool:
    """Tell whether the fast proof for columns at the rows' ends holds of a sheet; else the general one has to be made."""
    if part not in old or any(folded(cell.sheet) == folded(part) for cell in receipt.left):
        return False
    columns = AppendedColumns(edits, receipt.tails.get(part, []), date1904=receipt.date1904)
    if not columns.are_simple():
        return False
    rows = SheetRows(work_ahead(new.open(part)))
    if not columns.are_all_that_changed(work_ahead(old.open(part)), rows):
        return False
    _check_well_formed(part, [rows.frame])
    return True


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
    document = Document(package)
    strings = document.part_by_kind("sharedStrings")
    reader = _Reader(SharedStrings(lambda: package.read(strings, 1_000_000_000) if strings else b""))
    left = {(cell.row, cell.column) for cell in receipt.left if folded(cell.sheet) == folded(part)}
    expected = _Expected(edits, date1904=receipt.date1904)
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
            content != _EMPTY and (number, column_number(name)) not in left for name, content in expected.row(number)
        ):
            raise ProofFailed(f"row {number} of {part} is missing", "cell")


class _Expected:
    """What each edited cell must hold, each distinct value looked at once."""

    def __init__(self, edits: SheetEdits, *, date1904: bool) -> None:
        self._date1904 = date1904
        self._cells = edits.cells
        columns = sorted(edits.columns, key=lambda patch: patch.column)
        places = {id(patch.rows): {row: at for at, row in enumerate(patch.rows)} for patch in columns}
        self._columns = [
            (letters(patch.column).encode(), places[id(patch.rows)], self._meant(patch.values)) for patch in columns
        ]

    def row(self, number: int) -> list[tuple[bytes, _Meant]]:
        """Give a row's cells: the letters of the column, and the content."""
        wanted = [(name, values[places[number]]) for name, places, values in self._columns if number in places]
        single = self._cells.get(number)
        if not single:
            return wanted
        merged = {column_number(name): content for name, content in wanted}
        merged.update({column: meant(edit.value, date1904=self._date1904) for column, edit in single.items()})
        return [(letters(column).encode(), merged[column]) for column in sorted(merged)]

    def _meant(self, values: Sequence[CellValue]) -> list[_Meant]:
        known = {key: meant(key[1], date1904=self._date1904) for key in {(type(value), value) for value in values}}
        return [known[type(value), value] for value in values]


class _Reader:
    """Reads cells back from rows' bytes; equal cells are read once."""

    def __init__(self, shared: Callable[[int], str]) -> None:
        self._shared = shared
        self._known: dict[bytes, _Meant] = {}

    def cells(self, row: bytes, first: str) -> dict[bytes, bytes]:
        """Give cells as they stand behind their names, by column, from the one named `first` on: those written in the usual way."""
        return dict(_CELL.findall(row, max(0, row.find(b'<c r="' + first.encode() + b'"'))))

    def all_cells(self, row: bytes) -> dict[bytes, bytes]:
        """Give the same of all cells, however they are written."""
        rows = RowPatcher(
            Writer(row[1 : row.index(b"row")].decode()), shared=self._shared, fitting_style=lambda style, _: style
        )
        return {letters(place.column).encode(): place.raw + b">" + place.inner for place in rows.places(row)}

    def content(self, raw: bytes | None) -> _Meant:
        """Read what a cell holds."""
        if raw is None:
            return _EMPTY
        found = self._known.get(raw)
        if found is None:
            tag, _, inner = raw.partition(b">")
            content = read_content(attributes(tag).get("t", "n"), inner, self._shared)
            found = self._known[raw] = (content.kind, content.value)
        return found
