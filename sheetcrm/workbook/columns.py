"""Cells of the owner's tables that are ours: written where our column stands, which is added at the right end where it does not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from sheetcrm.crm.fields import TABLES
from sheetcrm.crm.tables import EMPTY, Table
from sheetcrm.crm.values import ColumnChange
from sheetcrm.languages import Language
from sheetcrm.workbook.book import Workbook
from sheetcrm.workbook.kept_out import Crowded, Withheld
from sheetcrm.workbook.layout import Placement
from sheetcrm.workbook.list_filter import beside_hers, can_grow, filter_over
from sheetcrm.workbook.looks_of_ours import style_of, width_of
from sheetcrm.workbook.marks import column_mark, reference, table_mark
from sheetcrm.workbook.room import OWNED_BY_ROW, fits_beside, ids_apart, in_the_way, right_edge
from sheetcrm.workbook.row_looks import NewLooks, header_in, looks_of_more, model_of
from sheetcrm.xlsx.cells import fitting
from sheetcrm.xlsx.document import Table as ExcelTable
from sheetcrm.xlsx.editor import Editor
from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.receipt import NewColumn
from sheetcrm.xlsx.refs import MAX_COLUMN, MAX_ROW, Range, letters
from sheetcrm.xlsx.rows import Coded, ColumnPatch

_NO_ROOM = frozenset({"occupied", "table-collision", "query-table"})


def is_protected(book: Workbook, sheet: str) -> bool:
    """Tell whether the owner protects a sheet, by its title: then nothing is written into it, unlocked cells or not."""
    part = next((s.part for s in book.raw.document.sheets if s.title == sheet), "")
    scan = book.raw.report.sheets.get(part)
    return scan is not None and scan.protected


class ColumnWriter:
    """Writes changes into the tables of one workbook; what found no room is in `crowded`, what a protection keeps out in `withheld`."""

    def __init__(self, book: Workbook, editor: Editor, words: Language) -> None:
        self._book = book
        self._editor = editor
        self._words = words
        self.crowded: list[Crowded] = []
        self.withheld: list[Withheld] = []
        self.places: dict[str, dict[str, int]] = {}  # by table the columns that are written into, new ones included
        self._models: dict[tuple[str, frozenset[int]], int] = {}

    def write(self, name: str, changes: Sequence[ColumnChange]) -> None:
        """Write the changes of one table, and mark what is ours. A field without a column gets one."""
        table = self._book.raw.tables.get(name)
        if table is None:
            return
        placement = self._book.raw.placements[name]
        part = self._part(placement)
        places = {**_own_id(placement), **(placement.ours or {}), **_hers(placement, changes)}
        if is_protected(self._book, placement.sheet):
            self._withhold(placement, [c.field for c in changes if len(c.positions) or c.field not in places])
            return
        missing = [change for change in changes if change.field not in places]
        added = self._add(part, placement, table, missing)
        self.places[name] = {**places, **added}
        rows = table.rows.tolist()
        there = {*self._editor.read_row(part, placement.header_row), *added.values()}
        new_looks = NewLooks(self._editor, part, rows)
        for change in [c for c in missing if c.field in added]:
            style = self._style(name, change.field)
            codes = np.full(len(rows), EMPTY, dtype=np.int32)
            codes[change.positions] = change.new.codes
            values = Coded(codes, [fitting(value) for value in change.new.values])
            column = added[change.field]
            model = self._model(placement, column, there)
            looks = new_looks.of(column, model, style) if model else None
            self._editor.set_column(part, ColumnPatch(column, rows, values, style, looks=looks))
        for change in changes:
            if change.field in places and len(change.positions):
                model = self._model(placement, places[change.field], there)
                self._patch(part, placement, (places[change.field], model), rows, change)
        ours = {field: column for field, column in added.items() if is_ours(name, field)}
        self._mark(name, placement, {**(placement.ours or {}), **ours})
        self._note_apart(part, placement, table)

    def _style(self, table: str, field: str) -> int | None:
        """Return the style of a cell in whose column there is none to go by: hers look as the sheet does."""
        return style_of(self._editor, table, field, self._book.settings) if is_ours(table, field) else None

    def _note_apart(self, part: str, placement: Placement, table: Table) -> None:
        """Note ids that her sorting leaves behind."""
        if area := ids_apart(self._editor, part, placement, _end(table)):
            headers = (placement.headers.get("client_id", ""),)
            self.crowded.append(Crowded(placement.table, placement.sheet, area, (), headers, "apart"))

    def _model(self, placement: Placement, column: int, there: Collection[int]) -> int:
        """Return the column of hers that the cells of one of ours are to look like; 0 where it stands apart from her list."""
        hers = set(placement.columns.values()) - set(placement.ours.values()) - {column}
        last = max((at for at in hers if at < column), default=column)
        if not hers or not all(at in there for at in range(last + 1, column)):
            return 0
        key = (placement.table, frozenset(hers))
        if key not in self._models:
            part, rows = self._part(placement), self._book.raw.tables[placement.table].rows.tolist()
            self._models[key] = model_of(self._editor, part, hers, rows)
        return self._models[key]

    def _part(self, placement: Placement) -> str:
        return next(s.part for s in self._editor.document.sheets if s.title == placement.sheet)

    def _withhold(self, placement: Placement, fields: Sequence[str]) -> None:
        if fields:
            self.withheld.append(Withheld(placement.table, placement.sheet, tuple(fields)))
        self._mark(placement.table, placement, dict(placement.ours))  # a mark is no part of the sheet

    def _patch(
        self, part: str, placement: Placement, columns: tuple[int, int], rows: list[int], change: ColumnChange
    ) -> None:
        """Write into a column that stands there. `columns`: it, and the one of hers that its new cells are to look like."""
        column, model = columns
        style = self._editor.column_style(part, column, placement.header_row + 1)
        if style is None and change.field != "client_id":
            style = self._style(placement.table, change.field)
        at = [rows[position] for position in change.positions.tolist()]
        values = Coded(change.new.codes, [fitting(value) for value in change.new.values])
        first_row = placement.header_row + 1
        looks = looks_of_more(self._editor, part, columns, at, style, first_row=first_row) if model else None
        self._editor.set_column(part, ColumnPatch(column, at, values, style, looks=looks))

    def _add(self, part: str, placement: Placement, table: Table, missing: Sequence[ColumnChange]) -> dict[str, int]:
        """Add columns at the right end of the table, else beyond all that stands there; return the places of those that found one."""
        if not missing:
            return {}
        taken = {header.casefold() for header in table.headers.values()}
        headers = {change.field: self._header(change.field, taken) for change in missing}
        excel_table = self._editor.document.table(placement.excel_table) if placement.excel_table else None
        over = filter_over(self._editor, part, placement)
        plain = excel_table is None and over is None
        first = self._first(part, placement, over, len(headers))
        if plain:
            first = right_edge(self._editor, part, placement, _end(table)) + 1
        torn = over is not None and not can_grow(over, placement, first)

        def tried(some: Mapping[str, str], first: int) -> dict[str, int] | None:
            area = Range(placement.header_row, first, MAX_ROW, first + len(some) - 1)
            if torn or (plain and not fits_beside(self._editor, part, area, _end(table))):
                return None
            return self._tried(part, placement, some, excel_table, first, over)

        if (added := tried(headers, first)) is not None:
            return added
        added = {}
        # her sorting leaves behind what is not inside her table, her filter, or right beside her list
        bound = {f: h for f, h in headers.items() if f in OWNED_BY_ROW[placement.table]}
        for field, header in bound.items():  # there may be room for one of them
            added |= tried({field: header}, first + len(added)) or {}
        loose = {field: header for field, header in headers.items() if field not in bound}
        if loose and placement.header_row > 0:
            added |= self._tried_beyond(part, placement, loose)
        left = {field: header for field, header in headers.items() if field not in added}
        if left:
            area = str(over) if torn else _beside(placement, excel_table, len(headers))
            if plain:
                spare = Range(placement.header_row, first, MAX_ROW, min(first + len(headers), MAX_COLUMN))
                area = in_the_way(self._editor, part, spare) or area
            by_query = excel_table is not None and excel_table.kind != "worksheet"
            why = "query" if by_query else "filter" if torn else "occupied"
            self._crowd(placement, area, left, why if placement.header_row > 0 else "no-header")
        return added

    def _crowd(self, placement: Placement, area: str, headers: Mapping[str, str], reason: str) -> None:
        where = (placement.table, placement.sheet, area)
        self.crowded.append(Crowded(*where, tuple(headers), tuple(headers.values()), reason))

    def _tried_beyond(self, part: str, placement: Placement, headers: Mapping[str, str]) -> dict[str, int]:
        """Add columns right of everything on the sheet, next to those of ours that stand there already; return their places."""
        last = placement.last_col
        if not placement.excel_table and last in placement.ours.values():
            added = self._tried(part, placement, headers, None, last + 1)
            if added is not None:
                return added
        return self._tried(part, placement, headers, None, self._beyond(part, placement)) or {}

    def _tried(
        self,
        part: str,
        placement: Placement,
        headers: Mapping[str, str],
        excel_table: ExcelTable | None,
        first: int | None = None,
        over: Range | None = None,
    ) -> dict[str, int] | None:
        """Add columns, by default next to the table; return their places, None where something is in the way. A filter `over` it grows."""
        if placement.header_row < 1:
            return None  # a table without headers at the very top: there is nowhere to find a column again by
        try:
            new = self._columns(part, placement, headers, excel_table, first or placement.last_col + 1)
        except Unsupported as error:
            if error.reason not in _NO_ROOM:
                raise
            return None
        if over is not None:
            self._editor.grow_filter(
                part, new[-1].column, name=False
            )  # a name is hers: only `adopt`, which is asked, widens it
        return {field: column.column for field, column in zip(headers, new, strict=True)}

    def _first(self, part: str, placement: Placement, over: Range | None, count: int) -> int:
        """Return the first new column of a filtered list: beside what is hers, if all fit and one is left free there."""
        first = beside_hers(placement)
        there = self._editor.read_row(part, placement.header_row)
        taken = over is None or any(at in there for at in range(first, first + count + 1))
        return placement.last_col + 1 if taken else first

    def _columns(
        self,
        part: str,
        placement: Placement,
        headers: Mapping[str, str],
        excel_table: ExcelTable | None,
        first: int,
    ) -> list[NewColumn]:
        row = placement.header_row
        if excel_table is None and first + len(headers) - 1 > MAX_COLUMN:
            raise Unsupported(f"there is no column right of {letters(first - 1)}", "occupied")
        new = self._editor.add_table_columns(
            part,
            list(headers.values()),
            table=excel_table,
            header_row=row,
            first_column=first,
            widths=[width_of(field, header) for field, header in headers.items()],
        )
        neighbour = self._editor.read_row(part, row).get(placement.last_col)
        style = neighbour[1] if neighbour is not None else None
        if not style or new[0].column != placement.last_col + 1:
            for column in new:  # a list may be without any look of its own
                own = style or header_in(self._editor, part, column.column)
                self._editor.set_cells(part, {(row, column.column): column.header}, style=own, restyle=True)
        return new

    def _beyond(self, part: str, placement: Placement) -> int:
        """Return the first column right of everything on the sheet, one left free between: a list that she marks ends there."""
        scan = self._editor.scans.get(part)
        return max(scan.last_column if scan is not None else 0, placement.last_col, *placement.columns.values()) + 2

    def _header(self, field: str, taken: set[str]) -> str:
        header = self._words.header(field)
        return f"{header} (sheetcrm)" if header.casefold() in taken else header

    def _mark(self, name: str, placement: Placement, ours: dict[str, int]) -> None:
        """Let hidden names point to the table's header row and to the headers of our columns."""
        row = placement.header_row
        if row < 1:
            return  # a name that points to no cell makes Excel repair the file
        first = reference(placement.sheet, f"${letters(placement.first_col)}${row}")
        names = {table_mark(name): first}
        for field, column in ours.items():
            names[column_mark(name, field)] = reference(placement.sheet, f"${letters(column)}${row}")
        for mark, target in names.items():
            if self._editor.document.name(mark) != target:
                self._editor.define_name(mark, target)


def _beside(placement: Placement, excel_table: ExcelTable | None, count: int) -> str:
    """Return the area right of a table that its new columns would take."""
    first = min(placement.last_col + 1, MAX_COLUMN)
    rows = (excel_table.ref.first_row, excel_table.ref.last_row) if excel_table else (placement.header_row,) * 2
    return str(Range(rows[0], first, rows[1], min(first + count - 1, MAX_COLUMN)))


def _end(table: Table) -> int:
    """Return the last row in which something of a table stands, 0 where it has no rows."""
    return int(table.rows[-1]) if len(table.rows) else 0


def is_ours(table: str, field: str) -> bool:
    """Tell whether a column that we add is ours from then on; one that keeps a value of hers (`other_phone`) is hers."""
    known = TABLES[table].field(field)
    return field == "client_id" or (known is not None and known.derived)


def _hers(placement: Placement, changes: Sequence[ColumnChange]) -> dict[str, int]:
    """Return the places of columns of hers that are written into: where two of her rows become one."""
    fields = {change.field for change in changes if not is_ours(placement.table, change.field)}
    return {field: at for field, at in placement.columns.items() if field in fields}


def _own_id(placement: Placement) -> dict[str, int]:
    """Clients' ids stand in the owner's own column, where there is one."""
    column = placement.columns.get("client_id")
    return {"client_id": column} if placement.table == "Clients" and column else {}
