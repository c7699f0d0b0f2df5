"""The editor of a workbook: edits are gathered, then all is written in one pass, and what was done is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import BinaryIO

from sheetcrm.xlsx import around, column_looks, conditional, frame, patching, tables, workbook
from sheetcrm.xlsx.around import Around
from sheetcrm.xlsx.cells import CellValue, Formula
from sheetcrm.xlsx.column_looks import ColumnLook
from sheetcrm.xlsx.document import Sheet, Table
from sheetcrm.xlsx.drop_downs import DropDown
from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.growing import TableWriter
from sheetcrm.xlsx.package import Package
from sheetcrm.xlsx.program import SheetWriter
from sheetcrm.xlsx.receipt import LeftCell, NewColumn, Receipt
from sheetcrm.xlsx.refs import MAX_ROW, Range
from sheetcrm.xlsx.rows import CellEdit, ColumnPatch
from sheetcrm.xlsx.sameness import name_key
from sheetcrm.xlsx.scanned import SheetScan
from sheetcrm.xlsx.sheet import SheetEdits
from sheetcrm.xlsx.sheet_spec import SheetSpec
from sheetcrm.xlsx.standing import Standing


class Editor(Standing):
    """Edits of one workbook, given as bytes. Sheets are named by their parts (`Sheet.part`), rows and columns count from 1.

    `scans` are what a pre-flight of the same bytes found in the sheets, by part: it spares looking again whether a place is free.
    `edit_signed`: a digital signature, whose parts stay as they are, need not hold any more.
    Raises NotAWorkbook, Encrypted, Damaged, Hostile or Unsupported.
    """

    def __init__(
        self,
        data: bytes | memoryview | Package,
        scans: Mapping[str, SheetScan] | None = None,
        *,
        edit_signed: bool = False,
    ) -> None:
        super().__init__(data if isinstance(data, Package) else Package(data))
        self.scans = scans or {}
        self.edit_signed = edit_signed
        self._edits: dict[str, SheetEdits] = {}
        self._around: dict[str, Around] = {}
        self.not_grown: list[str] = []
        self.dissolved: list[LeftCell] = []
        self.full_calculation = False
        self.names: dict[str, str | None] = {}
        self._programs = SheetWriter(self)
        self._tables = TableWriter(self)

    # cells

    def set_cells(
        self,
        sheet: str,
        cells: Mapping[tuple[int, int], CellValue],
        *,
        style: int | None = None,
        restyle: bool = False,
        blank: bool = False,
    ) -> None:
        """Set single cells by (row, column). `style` is for cells that are made new, with `restyle` for all.

        A date in a cell whose format shows none gets the format of a short date besides. `blank`: a cell is made new also where it
        holds nothing, for its look.
        """
        edits = self.edits_of(sheet)
        for (row, column), value in cells.items():
            edits.cells.setdefault(row, {})[column] = CellEdit(column, value, style, restyle, blank)

    def set_column(self, sheet: str, patch: ColumnPatch) -> None:
        """Set many cells of one column at once; patches that share one `rows` object and lie right of all cells are fastest."""
        if len(patch.rows) != len(patch.values):
            raise Unsupported(f"{len(patch.values)} values for {len(patch.rows)} rows", "columns")
        self.edits_of(sheet).columns.append(patch)

    def own_formulas(self, sheet: str, formulas: Iterable[str]) -> None:
        """Name formulas (without `=`) that are the caller's own: their cells may be written over."""
        self.edits_of(sheet).own_formulas.update(formulas)

    def set_widths(self, sheet: str, widths: Mapping[int, float]) -> None:
        """Give columns a width, in characters, where the sheet says nothing of them yet."""
        if widths:
            self.edits_of(sheet).head.append(partial(frame.set_widths, widths=dict(widths)))

    def set_looks(self, sheet: str, looks: Mapping[int, ColumnLook]) -> None:
        """Give whole columns their looks, also where the sheet says something of them; of other columns it says the same as before."""
        if looks:
            self.edits_of(sheet).head.append(partial(column_looks.set_looks, looks=dict(looks)))

    def grow_filter(self, sheet: str, last_column: int, *, name: bool = True) -> None:
        """Let a sheet's own filter reach to a column further right, so that its rows are sorted whole.

        `name`: with the hidden name by which LibreOffice knows it, which stands in the workbook part.
        """
        self.edits_of(sheet).tail.append(partial(around.grow_filter, last_column=last_column))
        if name:
            parts = (known.part.casefold() for known in self.document.sheets)
            position = next(at for at, part in enumerate(parts) if part == sheet.casefold())
            around.grow_filter_name(self.parts, self.document.part, position, last_column)
            self.names[around.FILTER_NAME.casefold()] = None

    def around(self, sheet: str) -> Around:
        """Tell what of a sheet forbids to make an Excel table of some of its cells."""
        if sheet not in self._around:
            scan = self.scans.get(sheet)
            if scan is not None and not scan.has_formulas:  # the pre-flight saw all else
                self._around[sheet] = Around(around.ref_in(scan.own_filter))
            else:
                self._around[sheet] = around.look_around(self.chunks(sheet))
        return self._around[sheet]

    def add_drop_down(self, sheet: str, area: Range, choices: Sequence[str] | str) -> None:
        """Add a drop-down list (words, or a formula that gives them) where no other validation covers the area."""
        edits = self.edits_of(sheet)
        if not edits.drop_downs:
            edits.tail.append(partial(frame.add_drop_downs, wanted=edits.drop_downs))
        edits.drop_downs.append(DropDown(area, choices))

    def strike_where(self, sheet: str, area: Range, formula: str, *, font_color: str) -> None:
        """Let the letters of an area be struck through and of a colour (RRGGBB) where a formula, that of its first cell, holds.

        A rule with that formula that stands there already is left as it is.
        """
        look = self.styles.struck(font_color)
        self.edits_of(sheet).tail.append(partial(conditional.add_rule, area=area, formula=formula, look=look))

    # tables

    def add_table_columns(
        self,
        sheet: str,
        headers: Sequence[str],
        *,
        table: Table | None = None,
        header_row: int = 1,
        first_column: int = 0,
        widths: Sequence[float] = (),
        last_row: int = MAX_ROW,
    ) -> list[NewColumn]:
        """Add columns at the right end of a table, which grows; or, without one, headers from `first_column` on.

        Header cells look like their left neighbour. Raises Unsupported where something is in the way (`occupied`,
        `table-collision`), or a query fills the table (`query-table`).
        """
        area = Range(header_row, first_column, last_row, first_column + len(headers) - 1)
        return self._tables.add_columns(sheet, headers, table, area, widths) if headers else []

    def append_rows(
        self,
        sheet: str,
        rows: Sequence[Mapping[int, CellValue]],
        *,
        table: Table | None = None,
        after: int = 0,
        styles: Mapping[int, int | None] | None = None,
    ) -> list[int]:
        """Append rows (values by column) below a table, which grows, or below row `after`; gives their numbers.

        Cells look as `styles` say by column, else like those of the row above.
        Columns with a formula of the table's own get it. Drop-downs and formats
        that cover exactly the table's rows grow. Raises Unsupported (`totals-row`, `occupied`, `table-collision`).
        """
        return self._tables.append_rows(sheet, rows, table, after, styles) if rows else []

    def calculated_columns(self, table: Table) -> dict[int, Formula]:
        """Give the formulas that a table puts into each new row, by column."""
        return self._tables.calculated_columns(table)

    def check_free(self, sheet: str, area: Range) -> None:
        """Raise Unsupported where an area meets a table, cells of a formula that fills several, or merged cells."""
        self._tables.check_free(sheet, area, None)

    def grow_ranges(self, sheet: str, old: Range, last_row: int) -> None:
        """Let drop-downs and formats that cover exactly the rows of `old` reach to a further row."""
        self.edits_of(sheet).tail.append(partial(self._tables.grow_ranges, old=old, last_row=last_row))

    def add_table(
        self, sheet: str, name: str, ref: Range, columns: Sequence[str], *, style: str = tables.STYLE
    ) -> None:
        """Make an Excel table over cells that stand there: a header row whose texts are `columns`, and at least one row.

        Without a `style` of Excel's the cells look as they did. Raises Unsupported where its name or place is taken.
        """
        self._tables.add(sheet, name, ref, columns, style)

    def tables_of(self, sheet: str) -> list[Table]:
        """Give a sheet's tables as they are after the edits so far, without those that are new."""
        return self._tables.tables_of(sheet)

    def new_table_part(self, sheet: str, name: str, ref: Range, columns: Sequence[str]) -> str:
        """Write a table part and tie it to its sheet; gives the relationship's id."""
        return self._tables.new_part(sheet, name, ref, columns)

    # sheets, names, properties

    def put_sheet(self, title: str, spec: SheetSpec, *, sheet: str | None = None) -> str:
        """Write a program sheet: a new one at the end, or the rows of the one that is there; gives its part.

        The one that is there is `sheet`, else the one that holds the Excel table `spec.table`. Of it only our columns' cells
        in the table's rows are written anew, and not even these where they hold the values already.
        """
        return self._programs.put(title, spec, sheet)

    def define_name(self, name: str, value: str, *, hidden: bool = True) -> None:
        """Define a name of the workbook, hidden from Excel's name manager, or give it another value; one that says that already stays."""
        if name.casefold() not in self.names and name_key(self.document.name(name) or "") == name_key(value):
            return
        workbook.define_name(self.parts, self.document.part, name, value, hidden=hidden)
        self.names[name.casefold()] = value

    def remove_name(self, name: str) -> None:
        """Take a name of the workbook out."""
        workbook.remove_name(self.parts, self.document.part, name)
        self.names[name.casefold()] = None

    def set_property(self, name: str, value: str) -> bool:
        """Set a custom document property; False where the owner's file has properties of its own, which stay as they are."""
        return workbook.set_property(self.parts, self.document, name, value)

    def full_calc_on_load(self) -> None:
        """Let Excel compute all formulas when it opens the file next; takes effect only if anything else changes."""
        self.full_calculation = True

    # writing

    def write(self, out: BinaryIO) -> Receipt:
        """Write the workbook to something that can go back. Where nothing changed, the very bytes that were read.

        Raises Unsupported for a signed one, unless allowed, and where what is asked cannot be done.
        """
        return patching.write(self, self._edits, out)

    def drop_calc_chain(self) -> None:
        """Take out the list of formula cells: a cache, and a listed cell without a formula makes Excel repair the file."""
        part = self.document.part_by_kind("calcChain")
        if part is not None and part in self.parts:
            self.parts.remove(part, self.document.part)

    def finish(self, *, formulas_removed: bool) -> None:
        """Put into the parts what follows from all edits."""
        if formulas_removed:
            self.drop_calc_chain()
        if self.full_calculation:
            workbook.calculate_fully(self.parts, self.document.part)
        self.put_styles()

    def edits_of(self, sheet: str) -> SheetEdits:
        """Give what is asked of a sheet so far. Raises Unsupported where it has no cells."""
        part = next((known for known in self._edits if known.casefold() == sheet.casefold()), None)
        if part is None:
            self._check_worksheet(sheet)
            part = sheet
        return self._edits.setdefault(part, SheetEdits())

    def _check_worksheet(self, part: str) -> None:
        if part in self.parts.added:
            return
        found: Sheet = self.document.sheet_of(part)
        if found.kind != "worksheet":
            raise Unsupported(f"{found.title} is no sheet of cells ({found.kind})", "sheet-kind")

    def note_dissolved(self, sheet: str, cells: Iterable[tuple[int, int]]) -> None:
        """Take down cells with a formula for several whose results stay as values, for the receipt."""
        self.dissolved += [LeftCell(sheet, row, column, "array") for row, column in cells]

    def note_not_grown(self, areas: Iterable[str]) -> None:
        """Take down ranges for the receipt."""
        self.not_grown += areas
