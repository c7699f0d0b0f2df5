"""The values of a sheet's columns, encoded as they come: by python-calamine, and by openpyxl where that refuses.

calamine parses a sheet as a whole and lays it out in memory; while it parses, other threads run. So a large sheet is cut into stretches
of rows: while one is parsed, the one before it is encoded and the one behind it inflated.
"""

from __future__ import annotations

import gc
import io
import sys
import warnings
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout, suppress
from datetime import datetime, time
from functools import cached_property, partial
from itertools import chain, islice
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import python_calamine

from sheetcrm.crm.tables import Cell, Column, Encoder
from sheetcrm.errors import WorkbookUnreadable
from sheetcrm.xlsx.cutting import Uncuttable, cut_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from sheetcrm.xlsx.document import Document
    from sheetcrm.xlsx.preflight import Report
    from sheetcrm.xlsx.rewriting import Content
    from sheetcrm.xlsx.scanned import SheetScan

_ROWS_AT_ONCE = 4096
_STRETCH = 1_000_000
"""Bytes of rows that are parsed at once. Their cells take ten times that: of four times as many, a tenth more time goes into memory."""
_MIDNIGHT = time(0)
_SWITCH_INTERVAL = 0.0001  # seconds
_SILENCE = Lock()  # where nothing is printed, nothing is printed anywhere: sheets are read side by side


class Wanted(NamedTuple):
    """A piece of a sheet: these columns, from one row to another (None: to the end). All count from 1."""

    columns: tuple[int, ...]
    first_row: int
    last_row: int | None


class _Rows(NamedTuple):
    """Rows from the sheet's first one on; each begins in `first_column` and is `width` cells long."""

    cells: Iterator[Sequence[Cell]]
    first_column: int
    width: int


class SheetValues:
    """Reads the sheets of one workbook, given as bytes, as what it says of itself, and as what was found in it.

    Parts in another encoding than UTF-8 are transcoded: python-calamine takes some for UTF-8, and refuses others.
    """

    def __init__(self, data: bytes, document: Document, name: str, report: Report) -> None:
        self._given = data
        self._document = document
        self._name = name
        self._transcoded = report.transcoded
        self._scans = report.sheets
        self._workbook: Any = None

    @cached_property
    def _data(self) -> bytes:
        """The workbook with all that is read in UTF-8, and under the name that its entry has."""
        named = self._document.literal_rels
        if not self._transcoded and not named:
            return self._given
        package, out = self._document.package, io.BytesIO()
        recoded: dict[str, Content] = {part: partial(package.open, part) for part in self._transcoded}
        package.write(out, recoded | named)
        return out.getvalue()

    def read(self, title: str, pieces: Sequence[Wanted], *, large: bool = False) -> list[dict[int, Column]]:
        """Return for each piece its columns by number, all of one length. Raises WorkbookUnreadable."""
        for way in (self._by_stretches, self._whole) if large else (self._whole,):
            with _foreign_panics(), suppress(Uncuttable):
                return way(title, pieces)
        return self._slowly(title, pieces)

    def _whole(self, title: str, pieces: Sequence[Wanted]) -> list[dict[int, Column]]:
        if self._workbook is None:
            self._workbook = _opened(self._data)
        sheet = self._workbook.get_sheet_by_name(title)
        first = (sheet.start or (0, 0))[1] + 1  # iter_rows begins in row 1, but in the first column that holds anything
        return [_encoded(_Rows(sheet.iter_rows(), first, sheet.width), piece) for piece in pieces]

    def _slowly(self, title: str, pieces: Sequence[Wanted]) -> list[dict[int, Column]]:
        scan = self._scans[self._part(title)]
        rows = list(_slow_rows(self._data, title, self._name, scan))
        return [_encoded(_Rows(iter(rows), 1, scan.max_column), piece) for piece in pieces]

    def _part(self, title: str) -> str:
        return next(sheet.part for sheet in self._document.sheets if sheet.title == title)

    def _by_stretches(self, title: str, pieces: Sequence[Wanted]) -> list[dict[int, Column]]:
        """Read a sheet some rows at a time. Raises Uncuttable."""
        part = self._part(title)
        building = [_Building(piece) for piece in pieces]
        parsing: deque[Future[Any]] = deque()
        with ThreadPoolExecutor(2) as pool:
            for package in chain(cut_rows(self._document, part, _STRETCH), (None,)):
                if package is not None:
                    parsing.append(pool.submit(lambda data: _opened(data).get_sheet_by_name(title), package))
                while len(parsing) > (0 if package is None else 2):
                    sheet = parsing.popleft().result()
                    for one in building:
                        one.add(sheet)
        return [one.columns() for one in building]


class _Building:
    """The columns of a piece of a sheet, stretch by stretch."""

    def __init__(self, piece: Wanted) -> None:
        self._piece = piece
        self._encoders = {column: Encoder() for column in piece.columns}
        self._next = piece.first_row
        self._last = -1

    def add(self, sheet: Any) -> None:
        """Take in the rows of one stretch. Raises Uncuttable where rows come that belong before it."""
        if sheet.start is None:  # nothing in it
            return
        if sheet.start[0] <= self._last:
            raise Uncuttable
        self._last = sheet.end[0]
        first_row, first_column = (at + 1 for at in sheet.start)
        rows = sheet.to_python(skip_empty_area=True)
        stop = len(rows) if self._piece.last_row is None else self._piece.last_row - first_row + 1
        rows = rows[max(self._next - first_row, 0) : max(stop, 0)]
        if not rows:
            return
        gap = max(first_row - self._next, 0)
        columns = list(zip(*rows, strict=True))
        for column, encoder in self._encoders.items():
            encoder.skip(gap)
            at = column - first_column
            if 0 <= at < len(columns):
                encoder.extend(columns[at])
            else:
                encoder.skip(len(rows))
        self._next += gap + len(rows)

    def columns(self) -> dict[int, Column]:
        """Return what was taken in."""
        return {column: encoder.column() for column, encoder in self._encoders.items()}


def _opened(data: bytes) -> Any:
    return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))


@contextmanager
def _foreign_panics() -> Iterator[None]:
    """Let calamine refuse: one odd error value (`#SPILL!`) makes it refuse a sheet, a date beyond all years makes it panic."""
    try:
        yield
    except (python_calamine.CalamineError, ValueError, OSError):
        pass
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # pyo3's, which is no Exception and cannot be imported
            raise


def _encoded(rows: _Rows, piece: Wanted) -> dict[int, Column]:
    places = {c: c - rows.first_column for c in piece.columns}
    encoders = {c: Encoder() for c, place in places.items() if 0 <= place < rows.width}
    cells = islice(rows.cells, piece.first_row - 1, piece.last_row)
    length = 0
    while chunk := list(islice(cells, _ROWS_AT_ONCE)):
        length += len(chunk)
        columns = list(zip(*chunk, strict=True))
        for column, encoder in encoders.items():
            encoder.extend(columns[places[column]])
    return {c: encoders[c].column() if c in encoders else Column.empty(length) for c in piece.columns}


def _slow_rows(data: bytes, title: str, name: str, scan: SheetScan) -> Iterator[Sequence[Cell]]:
    """Lay out a sheet's cells as calamine does: where their names say, and none beyond those that hold a value.

    So rows may stand in any order, and a cell that has only a style in the last corner of the sheet. openpyxl's own rows would
    leave out those that stand behind a later one, and come as far as that corner.
    """
    rows: dict[int, list[Cell]] = {}
    for row, column, value in _slow_cells(data, title, name):
        if value is not None and row <= scan.max_row and column <= scan.max_column:
            rows.setdefault(row, [None] * scan.max_column)[column - 1] = _as_calamine(value)
    nothing = (None,) * scan.max_column
    return (rows.get(number, nothing) for number in range(1, scan.max_row + 1))


def _slow_cells(data: bytes, title: str, name: str) -> Iterator[tuple[int, int, Cell]]:
    """Read a sheet with openpyxl, which never saves anything here: slower, but nothing in a cell makes it refuse."""
    import openpyxl  # noqa: PLC0415 - 0.4 s that hardly any workbook needs
    from openpyxl.worksheet._reader import WorkSheetParser  # noqa: PLC0415 - nothing public gives rows that are out of order

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about parts that it would lose on saving
            with _SILENCE, redirect_stdout(None):  # it prints what it thinks of odd styles
                book: Any = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            with book[title]._get_source() as source:  # noqa: SLF001 - as above
                parser = WorkSheetParser(
                    source,
                    book[title]._shared_strings,  # noqa: SLF001
                    data_only=True,
                    epoch=book.epoch,
                    date_formats=book._date_formats,  # noqa: SLF001
                    timedelta_formats=book._timedelta_formats,  # noqa: SLF001
                )
                for _, cells in parser.parse():
                    yield from ((cell["row"], cell["column"], cell["value"]) for cell in cells)
    except Exception as error:  # a foreign parser fails in many ways
        raise WorkbookUnreadable(
            f"{name}: the sheet '{title}' cannot be read ({error}).",
            "Open it in Excel, save it under another name and try with that.",
            code="damaged",
            text="sheet-unreadable",
            params={"file": name, "sheet": title},
        ) from error


def _as_calamine(cell: Cell) -> Cell:
    if isinstance(cell, datetime) and cell.time() == _MIDNIGHT:
        return cell.date()
    return float(cell) if type(cell) is int else cell


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the garbage collector from walking millions of fresh cells that hold no cycles, and let other threads in at once.

    zlib and calamine work beside us, but ask for the interpreter's lock several times a megabyte: at the usual five
    milliseconds nothing of it would overlap.
    """
    was_on, interval = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(min(interval, _SWITCH_INTERVAL))
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        if was_on:
            gc.enable()
