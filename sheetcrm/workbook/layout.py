"""Which table stands where: found by our mark, the name of an Excel table, a sheet's title, or the header row.

Pure: sheet tops in, placements out. What only the cells beneath can tell (is a derived column hers?) is in `settling`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.crm.fields import TABLES
from sheetcrm.languages import tables_named
from sheetcrm.workbook.anchoring import anchored, holds_ours, stands_now
from sheetcrm.workbook.headers import (
    HeaderRow,
    fits,
    header_texts,
    is_visit_line,
    may_be_written,
    read_headers,
    spec_of,
)
from sheetcrm.workbook.layout_errors import left_behind, no_clients, two_tables
from sheetcrm.workbook.placement import BY_EXCEL_TABLE, BY_HEADERS, BY_MARK, BY_TITLE, Placement, stretches
from sheetcrm.workbook.price_lists import is_price_list, without_price_list
from sheetcrm.xlsx.refs import MAX_ROW, Range

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sheetcrm.workbook.placement import ExcelTable, Mark, SheetTop

__all__ = ["TOP_ROWS", "Placement", "find_settings", "find_tables"]

TOP_ROWS = 20
"""Rows of a sheet among which its header row is looked for."""

_BESIDE_PRICES = ("Clients", "Visits")
_COMMON_TITLES = frozenset({"Today", "Why"})
"""Tables of ours whose sheet's title may as well be that of a list of hers."""
_BY_HEADERS = ("Visits", "Clients", "Services", "Segments", "Campaigns", "Texts")


def find_tables(
    sheets: Sequence[SheetTop],
    excel_tables: Sequence[ExcelTable] = (),
    marks: Sequence[Mark] = (),
    settings: Mapping[str, str] | None = None,
    *,
    need_clients: bool = True,
) -> dict[str, Placement]:
    """Find every table of the workbook.

    `settings` maps fields to the owner's headers for them (`column.<field>`). Each rule is asked for all tables before
    the next one; a sheet that bears a table by an earlier rule is not asked again. Raises TablesNotFound where two
    sheets fit by the same rule (`two-client-tables`, `two-tables`), where an Excel table of hers covers other cells than
    its own (`table-left-behind`), and, with `need_clients`, where none holds clients
    (`no-client-table`).
    """
    finder = _Finder({sheet.title: sheet for sheet in sheets}, excel_tables, marks, settings or {})
    for rule in (finder.by_mark, finder.by_excel_table, finder.by_title, finder.by_headers):
        rule()
    finder.check_extents()
    if need_clients and "Clients" not in finder.found:
        raise no_clients(finder.found.get("Visits"), TOP_ROWS)
    return finder.found


def find_settings(
    sheets: Sequence[SheetTop], excel_tables: Sequence[ExcelTable] = (), marks: Sequence[Mark] = ()
) -> Placement | None:
    """Find the Settings alone: what stands there decides how the other tables are found."""
    finder = _Finder({sheet.title: sheet for sheet in sheets}, excel_tables, marks, {})
    finder.by_mark()
    finder.by_excel_table()
    if "Settings" not in finder.found:
        finder.by_title(("Settings",))
    return finder.found.get("Settings")


class _Finder:
    """The four rules over one workbook; `found` grows from rule to rule."""

    def __init__(
        self,
        sheets: Mapping[str, SheetTop],
        excel_tables: Sequence[ExcelTable],
        marks: Sequence[Mark],
        settings: Mapping[str, str],
    ) -> None:
        self.sheets = sheets
        there = [t for t in excel_tables if t.sheet in sheets]
        self.marks, self.excel_tables = anchored(sheets, there, marks, settings)
        self.settings = settings
        self.found: dict[str, Placement] = {}

    @property
    def _free(self) -> list[SheetTop]:
        taken = {placement.sheet for placement in self.found.values()}
        return [sheet for sheet in self.sheets.values() if sheet.title not in taken]

    def by_mark(self) -> None:
        """Take the tables whose place we once noted, as long as their header row still reads like theirs."""
        for mark in self.marks:
            if mark.field or mark.table in self.found:
                continue
            excel_table = self._excel_table(mark.sheet, mark.row, (mark.column,))
            placement = self._place(mark.table, mark.sheet, mark.row, BY_MARK, excel_table, self._marked_texts(mark))
            if placement and (mark.table not in TABLES or placement.headers.keys() - set(placement.own)):
                self.found[mark.table] = placement

    def check_extents(self) -> None:
        """Raise TablesNotFound where a program has moved a list's cells, but not the Excel table around them."""
        hers = [p for p in self.found.values() if not spec_of(p.table).program]
        for placement in hers:
            for table in [t for t in self.excel_tables if t.sheet == placement.sheet]:
                now = stands_now(table, self.sheets[table.sheet].rows[:TOP_ROWS])
                if now and (table.name == placement.excel_table or now.first_row == placement.header_row):
                    raise left_behind(table, now)

    def _marked_texts(self, mark: Mark) -> Mapping[int, str] | None:
        """Return the headers of a list in whose first column a mark stands; None where no Excel table bounds them."""
        stretches = self._stretches(mark.sheet, mark.row, self._row_texts(mark.sheet, mark.row))
        fitting = (texts for texts in stretches if mark.column in texts)
        return next(
            (t for t in fitting if fits(self._read(mark.table, mark.sheet, mark.row, t), mark.table, lenient=True)),
            None,
        )

    def by_excel_table(self) -> None:
        """Take the Excel tables that bear a table's name; Excel compares such names regardless of case."""
        names = {name.casefold(): name for name in TABLES}
        for excel_table in self.excel_tables:
            name = names.get(excel_table.name.casefold())
            if name and name not in self.found:
                placement = self._place(name, excel_table.sheet, excel_table.header_row, BY_EXCEL_TABLE, excel_table)
                if placement and may_be_written(name, placement.columns) and self._holds_ours(placement):
                    self.found[name] = placement

    def by_title(self, tables: Iterable[str] = tuple(TABLES)) -> None:
        """Take the sheets whose title is a table's in any language, if the header row fits too."""
        for table in tables:
            if table not in self.found:
                named = [sheet for sheet in self._free if table in tables_named(sheet.title)]
                self._take_one(table, BY_TITLE, [p for s in named if (p := self._titled(table, s))])

    def _titled(self, table: str, sheet: SheetTop) -> Placement | None:
        found = self._first_row(table, sheet, BY_TITLE) or self._first_row(table, sheet, BY_TITLE, lenient=True)
        return found if found and self._holds_ours(found) else None

    def _holds_ours(self, placement: Placement) -> bool:
        """Tell whether nothing beneath the headers says that a sheet is hers, whatever it is called: ours are written anew."""
        return holds_ours(placement.table, placement.columns, self.sheets[placement.sheet].rows[placement.header_row :])

    def by_headers(self) -> None:
        """Take the sheets whose header row can be a table's; with date, client and a service, amount or staff: Visits.

        A row with a client and a date but nothing of a visit may be either: it counts only where no clearer one is
        found.
        """
        for table in _BY_HEADERS:
            if table not in self.found:
                fitting = [
                    p for s in self._free if self._may_be(table, s) and (p := self._first_row(table, s, BY_HEADERS))
                ]
                clear = [p for p in fitting if self._is_clear(p)]
                self._take_one(table, BY_HEADERS, clear or (fitting if table == "Clients" else []))
        if "Visits" not in self.found:
            dated = [p for s in self._free if (p := self._first_row("Visits", s, BY_HEADERS))]
            self._take_one("Visits", BY_HEADERS, dated)

    def _may_be(self, table: str, sheet: SheetTop) -> bool:
        """Tell whether nothing says that a sheet is something else of ours (Calls, Instructions, …)."""
        if any(mark.sheet == sheet.title and mark.table != table for mark in self.marks if not mark.field):
            return False
        named = set(tables_named(sheet.title))
        if named and named <= _COMMON_TITLES and not any(self._first_row(name, sheet, BY_TITLE) for name in named):
            return True
        return not named or any(name in TABLES and not TABLES[name].program for name in named)

    def _is_clear(self, placement: Placement) -> bool:
        texts = {placement.columns[name]: text for name, text in placement.headers.items()}
        if placement.table == "Visits":
            return is_visit_line(texts, self.settings)
        if placement.table == "Clients":
            return not {"date", "client"} <= read_headers(texts, TABLES["Visits"], self.settings).fields
        return placement.table != "Services" or is_price_list(texts, self.settings)

    def _take_one(self, table: str, rule: str, candidates: Sequence[Placement]) -> None:
        if len(candidates) > 1:
            raise two_tables(table, rule, [candidate.sheet for candidate in candidates])
        if candidates:
            self.found[table] = candidates[0]

    def _first_row(self, table: str, sheet: SheetTop, rule: str, *, lenient: bool = False) -> Placement | None:
        for number, cells in enumerate(sheet.rows[:TOP_ROWS], 1):
            for texts in self._stretches(sheet.title, number, header_texts(cells)):
                row = self._read(table, sheet.title, number, texts)
                if not fits(row, table, lenient=lenient) or (
                    table == "Clients" and is_visit_line(texts, self.settings)
                ):
                    continue
                own = frozenset(row.own)
                known = [c for name, c in row.columns.items() if name not in own and row.ours.get(name) != c]
                excel_table = self._excel_table(sheet.title, number, known)
                return self._place(table, sheet.title, number, rule, excel_table, texts)
        return None

    def _stretches(self, sheet: str, row: int, texts: Mapping[int, str]) -> Iterable[Mapping[int, str]]:
        return stretches([t for t in self.excel_tables if t.sheet == sheet], row, texts)

    def _excel_table(self, sheet: str, row: int, columns: Iterable[int]) -> ExcelTable | None:
        """Return the Excel table whose headers stand in this row, and that holds all these columns."""
        return next(
            (
                t
                for t in self.excel_tables
                if t.sheet == sheet and t.header_row == row and all(t.area.holds(t.area.first_row, c) for c in columns)
            ),
            None,
        )

    def _above(self, sheet: str, row: int, columns: Collection[int]) -> int | None:
        """Return the last row above the next Excel table below some of these columns."""
        across = Range(row, min(columns), MAX_ROW, max(columns))
        below = [
            t.area.first_row
            for t in self.excel_tables
            if t.sheet == sheet and t.area.first_row > row and t.area.meets(across)
        ]
        return min(below) - 1 if below else None

    def _read(self, table: str, sheet: str, row: int, texts: Mapping[int, str]) -> HeaderRow:
        marked = {m.column: m.field for m in self.marks if (m.table, m.sheet, m.row) == (table, sheet, row) and m.field}
        return read_headers(texts, spec_of(table), self.settings, marked)

    def _place(
        self,
        table: str,
        sheet: str,
        row: int,
        rule: str,
        excel_table: ExcelTable | None,
        among: Mapping[int, str] | None = None,
    ) -> Placement | None:
        """Return the table whose headers stand in this row, bounded by its Excel table, else `among` these; None without a header."""
        texts = self._texts(sheet, row, excel_table) | self._marked_outside(table, sheet, row, excel_table)
        if excel_table is None and among is not None:
            texts = dict(among)
        if excel_table is None and table in _BESIDE_PRICES:
            ours = [m.column for m in self.marks if m.field and (m.table, m.sheet, m.row) == (table, sheet, row)]
            texts = dict(without_price_list(texts, self.sheets[sheet].rows[row:], ours))
        read = self._read(table, sheet, row, texts)
        if not read.columns:
            return None
        return Placement(
            table,
            sheet,
            rule,
            header_row=row,
            first_col=excel_table.area.first_column if excel_table else min(texts),
            last_col=excel_table.area.last_column if excel_table else max(texts),
            last_row=excel_table.area.last_row - excel_table.totals_rows
            if excel_table
            else self._above(sheet, row, texts),
            columns=read.columns,
            headers=read.headers,
            own=read.own,
            ours=read.ours,
            seconds=read.seconds,
            excel_table=excel_table.name if excel_table else "",
            open_end=bool(
                excel_table and not excel_table.totals_rows
            ),  # LibreOffice does not grow it when one types below
            our_headers={name: texts[column] for name, column in read.ours.items()},
        )

    def _marked_outside(self, table: str, sheet: str, row: int, excel_table: ExcelTable | None) -> dict[int, str]:
        """Return the headers of our columns that found no room at an Excel table: they stand beyond what is at its right."""
        if excel_table is None:
            return {}
        area = excel_table.area
        texts = self._row_texts(sheet, row)
        return {
            mark.column: texts[mark.column] if texts else mark.field
            for mark in self.marks
            if mark.field and (mark.table, mark.sheet, mark.row) == (table, sheet, row)
            if not area.first_column <= mark.column <= area.last_column and (mark.column in texts or not texts)
        }

    def _row_texts(self, sheet: str, row: int) -> dict[int, str]:
        rows = self.sheets[sheet].rows
        return header_texts(rows[row - 1]) if 1 <= row <= len(rows) else {}

    def _texts(self, sheet: str, row: int, excel_table: ExcelTable | None) -> dict[int, str]:
        texts = self._row_texts(sheet, row)
        if excel_table is None:
            return texts
        area = excel_table.area
        names = header_texts(excel_table.columns, area.first_column)
        inside = {c: text for c, text in texts.items() if area.first_column <= c <= area.last_column}
        if not excel_table.header_rows and len(inside) < len(names):
            return names  # the row above it is no row of headers, but a title, or one where only ours stand
        return names | inside  # a table below the top rows is known by its columns' names alone
