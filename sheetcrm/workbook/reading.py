"""An owner's workbook read: its tables as encoded columns of raw cells, and where each of them stands.

calamine hands over values; what it hides (error values, formulas, birthdays whose format shows no year) comes from the
byte scan of the same bytes that were looked over before it was let at them.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.fields import Kind
from sheetcrm.crm.tables import Column, Table
from sheetcrm.errors import TablesNotFound
from sheetcrm.languages import LANGUAGES, choices_named, fields_named
from sheetcrm.workbook.edge import mapped_errors
from sheetcrm.workbook.headers import languages_of, spec_of
from sheetcrm.workbook.hidden import formula_positions, from_1904, with_errors, without_years, yearless_styles
from sheetcrm.workbook.layout import find_settings, find_tables
from sheetcrm.workbook.merged_down import carried_down
from sheetcrm.workbook.opening import as_package
from sheetcrm.workbook.placement import ExcelTable, Mark, column_settings, marks_of
from sheetcrm.workbook.raw_book import Positions, RawBook, Setting
from sheetcrm.workbook.settling import across, foreign, kept_rows, name_field, renamed, settled, taken_columns
from sheetcrm.workbook.sheet_values import SheetValues, Wanted, undisturbed
from sheetcrm.workbook.tops import sheet_tops
from sheetcrm.xlsx.document import Document
from sheetcrm.xlsx.package import Package
from sheetcrm.xlsx.preflight import Report, preflight
from sheetcrm.xlsx.refs import letters
from sheetcrm.xlsx.scanned import SheetScan
from sheetcrm.xlsx.searching import column_styles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from sheetcrm.crm.values import Problem
    from sheetcrm.workbook.placement import Placement

_BIG_SHEET = 300_000  # cells from which it pays to cut a sheet and read its pieces beside each other


@dataclass
class _TableRead:
    """One table on its way from placement to `Table`."""

    placement: Placement
    columns: dict[int, Column]  # by Excel column
    formulas: dict[int, npt.NDArray[np.int64]]  # positions by Excel column
    problems: list[Problem] = field(default_factory=list)
    merged: Sequence[tuple[int, int, int, int]] = ()


def read_book(
    data: bytes,
    *,
    password: str | None = None,
    name: str = "The workbook",
    need_clients: bool = True,
    marks: Sequence[Mark] = (),
    columns: Mapping[str, str] | None = None,
    only: Sequence[Mark] | None = None,
) -> RawBook:
    """Read a workbook from its bytes; `name` is what errors call it.

    `marks` say where tables stand and `columns` which header is which field, before what the workbook says of it; `only`
    are the marks that count instead of its own.

    Raises WorkbookUnreadable (no workbook, damaged, hostile), WorkbookPassword (missing or wrong), TablesNotFound (no
    client table, unless `need_clients` is False, or two of one kind).
    """
    data, encrypted = as_package(data, name, password)
    with mapped_errors(name), undisturbed():
        document = Document(Package(data))
        report = preflight(document)
        try:
            reader = _Reader(data, document, report, name, marks, columns)
            reader.only = only
            return reader.book(encrypted=encrypted, need_clients=need_clients)
        except TablesNotFound as error:
            raise error.in_file(name) from None


def read_language(data: bytes, *, name: str = "The workbook", password: str | None = None) -> str:
    """Return the language of a workbook, also of one whose tables are not found: that of its Settings, else of the headers.

    "" where neither tells. Raises WorkbookUnreadable, WorkbookPassword.
    """
    data, _ = as_package(data, name, password)
    with mapped_errors(name):
        document = Document(Package(data))
        return _Reader(data, document, preflight(document), name).language()


def read_more(
    raw: RawBook, marks: Sequence[Mark], *, name: str = "The workbook", columns: Mapping[str, str] | None = None
) -> list[Table]:
    """Read further tables of a workbook that was read, one at each mark and in their order."""
    with mapped_errors(name), undisturbed():
        reader = _Reader(raw.data, raw.document, raw.report, name, (), columns)
        return reader.more(marks, column_settings((s.name, s.value) for s in raw.settings))


def places_of(document: Document) -> Mapping[str, Placement]:
    """Return where a workbook's tables stand, told by the tops of its sheets alone; none where they cannot be told."""
    marks = marks_of((n.name, n.value) for n in document.defined_names if n.sheet is None)
    with suppress(TablesNotFound):
        return find_tables(sheet_tops(document), _excel_tables(document), marks, need_clients=False)
    return {}


class _Reader:
    """The steps of one reading, and what they share."""

    def __init__(
        self,
        data: bytes,
        document: Document,
        report: Report,
        name: str,
        marks: Sequence[Mark] = (),
        columns: Mapping[str, str] | None = None,
    ) -> None:
        self.data, self.document, self.report = data, document, report
        self.marks, self.columns = tuple(marks), columns or {}
        self.only: Sequence[Mark] | None = None
        self.values = SheetValues(data, document, name, report)
        self.parts = {sheet.title: sheet.part for sheet in document.sheets}

    def book(self, *, encrypted: bool, need_clients: bool) -> RawBook:
        tops = sheet_tops(self.document)
        excel_tables = _excel_tables(self.document)
        named = marks_of((n.name, n.value) for n in self.document.defined_names if n.sheet is None)
        marks = self.marks + (named if self.only is None else tuple(self.only))
        placed = find_settings(tops, excel_tables, marks)
        read = self._read([placed]) if placed else []
        settings = _settings(_table(read[0])[0]) if read else ()
        columns = {**column_settings((s.name, s.value) for s in settings), **self.columns}
        placements = find_tables(tops, excel_tables, marks, columns, need_clients=need_clients)
        rest = [p for table, p in placements.items() if not (read and table == "Settings")]
        read += self._read(rest)
        tables, ours, formulas = {}, {}, {}
        for one in read:
            table, mine, places = _table(one)
            tables[table.name], ours[table.name], formulas[table.name] = table, mine, places
        return RawBook(
            self.data,
            encrypted,
            self.document,
            self.report,
            tables,
            {one.placement.table: one.placement for one in read},
            ours,
            formulas,
            settings,
            _languages(settings, tables),
            tuple(problem for one in read for problem in one.problems),
        )

    def more(self, marks: Sequence[Mark], settings: Mapping[str, str]) -> list[Table]:
        """Return the tables that stand at these marks, each on a sheet of its own."""
        tops, excel_tables = {top.title: top for top in sheet_tops(self.document)}, _excel_tables(self.document)
        columns = {**settings, **self.columns}
        placed = [
            find_tables([tops[mark.sheet]], excel_tables, [mark], columns, need_clients=False)[mark.table]
            for mark in marks
        ]
        return [_table(read)[0] for read in self._read(placed)]

    def language(self) -> str:
        """Return the language that the settings name, else that of the headers; "" where neither tells."""
        tops = sheet_tops(self.document)
        marks = marks_of((n.name, n.value) for n in self.document.defined_names if n.sheet is None)
        with suppress(TablesNotFound):
            placed = find_settings(tops, _excel_tables(self.document), marks)
            if placed and (chosen := _chosen(_settings(_table(self._read([placed])[0])[0]))):
                return chosen[0]
        cells = (cell for top in tops for row in top.rows for cell in row if isinstance(cell, str))
        headers = [cell for cell in cells if fields_named(cell)]
        return languages_of(headers)[0] if headers else ""

    def _read(self, placements: Sequence[Placement]) -> list[_TableRead]:
        """Read tables sheet by sheet."""
        by_sheet: dict[str, list[Placement]] = {}
        for placement in placements:
            by_sheet.setdefault(placement.sheet, []).append(placement)
        return [one for title, here in by_sheet.items() for one in self._read_sheet(title, here)]

    def _read_sheet(self, title: str, placements: Sequence[Placement]) -> list[_TableRead]:
        pieces = [
            Wanted(
                tuple(sorted({*p.columns.values(), *p.ours.values()})),
                p.header_row + 1,
                None if p.open_end else p.last_row,
            )
            for p in placements
        ]
        columns = self.values.read(title, pieces, large=self._scan(title).cells > _BIG_SHEET)
        return [self._mended(placement, found) for placement, found in zip(placements, columns, strict=True)]

    def _mended(self, placement: Placement, columns: dict[int, Column]) -> _TableRead:
        """Put back what the reader of values hides, and settle what only the cells can tell."""
        scan = self._scan(placement.sheet)
        first = placement.header_row + 1
        length = len(next(iter(columns.values()))) if columns else 0
        formulas = formula_positions(scan, columns.keys(), first, length)
        columns = carried_down(placement, with_errors(columns, scan, first), scan.merged)
        dates = {
            placement.columns[f.name]: f.kind
            for f in spec_of(placement.table).fields
            if f.kind in (Kind.DATE, Kind.BIRTHDAY) and f.name in placement.columns
        }
        for column, kind in dates.items():
            if self.document.date1904:
                columns[column] = columns[column].map(from_1904)
            if kind == Kind.BIRTHDAY and (yearless := yearless_styles(self.document)):
                styles = column_styles(self.document.package.open(self.parts[placement.sheet]), column)
                columns[column] = without_years(columns[column], styles, yearless, first)
        if not placement.excel_table:  # cells without a header at the right are hers too: nothing is added over them
            placement = replace(placement, last_col=max(placement.last_col, scan.max_column))
        return _settle(_TableRead(placement, columns, formulas, merged=scan.merged))

    def _scan(self, title: str) -> SheetScan:
        return self.report.sheets[self.parts[title]]


def _excel_tables(document: Document) -> list[ExcelTable]:
    titles = {sheet.part: sheet.title for sheet in document.sheets}
    return [
        ExcelTable(t.display_name, titles[t.sheet], t.ref, t.columns, t.header_rows, t.totals_rows)
        for t in document.tables
    ]


def _settle(read: _TableRead) -> _TableRead:
    """Decide which derived columns are hers and which name column is what."""
    before, columns = read.placement, read.columns
    filled = {
        name for name, column in before.columns.items() if columns[column].filled.any() or column in read.formulas
    }
    common = foreign(before, columns)
    after = settled(before, filled, common)
    swap = name_field(after, {name: columns[column] for name, column in after.columns.items()})
    read.problems += taken_columns(before, after, common)
    read.placement = renamed(after, *swap) if swap else after
    return read


def _table(read: _TableRead) -> tuple[Table, dict[str, Column], Positions]:
    """Return the table, our own columns of it by field, and the positions of formulas by field or slug."""
    placement = read.placement
    columns = {name: read.columns[column] for name, column in placement.columns.items()}
    formulas = {n: read.formulas[c] for n, c in placement.columns.items() if c in read.formulas}
    places = {name: set(p.tolist()) for name, p in formulas.items()}
    kept = kept_rows(placement, columns, places, across(placement, read.merged))
    positions = kept.positions
    whole = len(positions) == (len(next(iter(columns.values()))) if columns else 0)
    mine = {name: read.columns[column] for name, column in placement.ours.items()}
    if not whole:
        columns = {name: column.take(positions) for name, column in columns.items()}
        mine = {name: column.take(positions) for name, column in mine.items()}
    formulas = {name: np.flatnonzero(np.isin(positions, p)) for name, p in formulas.items()}
    table = Table(
        placement.table,
        positions + placement.header_row + 1,
        columns,
        own=placement.own,
        sheet=placement.sheet,
        letters={name: letters(column) for name, column in placement.columns.items()},
        headers=dict(placement.headers),
        hers=placement.hers,
        left_out=kept.left_out_of(placement.header_row),
    )
    return table, mine, {name: p for name, p in formulas.items() if len(p)}


def _settings(table: Table) -> tuple[Setting, ...]:
    names, values = table.column("setting").cells(), table.column("value").cells()
    return tuple(
        Setting(str(n).strip(), v, int(row))
        for n, v, row in zip(names, values, table.rows, strict=True)
        if n is not None
    )


def _languages(settings: Sequence[Setting], tables: Mapping[str, Table]) -> tuple[str, ...]:
    """Return the workbook's language first: that of the setting, else that of the headers."""
    headers = [h for name in ("Clients", "Visits", "Services") if name in tables for h in tables[name].headers.values()]
    return tuple(dict.fromkeys([*_chosen(settings), *languages_of(headers)]))


def _chosen(settings: Sequence[Setting]) -> list[str]:
    """Return the languages that the setting may mean, the first one being it; none where there is no such setting."""
    said = next((str(s.value) for s in settings if s.name.casefold() == "language" and s.value), "")
    return [code for code in (*choices_named(said), re.split("[-_]", said.strip().lower())[0]) if code in LANGUAGES]
