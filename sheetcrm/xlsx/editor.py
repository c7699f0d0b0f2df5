"""The editor of a workbook: edits are gathered, then all is written in one pass, and what was done is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import partial
from typing import BinaryIO

from sheetcrm.xlsx import frame, workbook
from sheetcrm.xlsx.background import work_ahead
from sheetcrm.xlsx.cells import CellValue, Formula, Writer
from sheetcrm.xlsx.document import Document, Sheet, Table
from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.growing import TableWriter
from sheetcrm.xlsx.markup import MAIN, STRICT_MAIN, attributes
from sheetcrm.xlsx.newsheet import SheetSpec
from sheetcrm.xlsx.package import Deflated, Package, deflate
from sheetcrm.xlsx.parts import Parts
from sheetcrm.xlsx.program import SheetWriter
from sheetcrm.xlsx.reading import SharedStrings, iter_rows, row_contents
from sheetcrm.xlsx.receipt import LeftCell, NewColumn, Receipt
from sheetcrm.xlsx.refs import MAX_ROW, Range
from sheetcrm.xlsx.rows import Blocked, CellEdit, ColumnPatch, RowPatcher
from sheetcrm.xlsx.scan import SheetScan
from sheetcrm.xlsx.sheet import BlockedFoundError, SheetEdits, SheetPatcher, sheet_prefix
from sheetcrm.xlsx.styles import DATE_AND_TIME, SHORT_DATE, StyleSheet, shows_date, shows_day

_COL = re.compile(rb"<(?:[^\s/>!?:<]+:)?col\s([^>]*?)/?>")


class Editor:
    """Edits of one workbook, given as bytes. Sheets are named by their parts (`Sheet.part`), rows and columns count from 1.

    `scans` are what a pre-flight of the same bytes found in the sheets, by part: it spares looking again whether a place is free.
    Raises NotAWorkbook, Encrypted, Damaged, Hostile or Unsupported.
    """

    def __init__(self, data: bytes | memoryview | Package, scans: Mapping[str, SheetScan] | None = None) -> None:
        self.package = data if isinstance(data, Package) else Package(data)
        self.document = Document(self.package)
        self.parts = Parts(self.package)
        self.scans = scans or {}
        self.strict = workbook.is_strict(self.document)
        self._edits: dict[str, SheetEdits] = {}
        self._styles: StyleSheet | None = None
        self._fitting: dict[tuple[int | None, str], int | None] = {}
        self._not_grown: list[str] = []
        self._full_calculation = False
        self._shared = SharedStrings(self._shared_strings)
        self._programs = SheetWriter(self)
        self._tables = TableWriter(self)

    # cells

    def set_cells(
        self, sheet: str, cells: Mapping[tuple[int, int], CellValue], *, style: int | None = None, restyle: bool = False
    ) -> None:
        """Set single cells by (row, column). `style` is for cells that are made new, with `restyle` for all.

        A date in a cell whose format shows none gets the format of a short date besides.
        """
        edits = self.edits_of(sheet)
        for (row, column), value in cells.items():
            edits.cells.setdefault(row, {})[column] = CellEdit(column, value, style, restyle)

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

    def add_drop_down(self, sheet: str, area: Range, choices: Sequence[str] | str) -> None:
        """Add a drop-down list (words, or a formula that gives them) where no other validation covers the area."""
        self.edits_of(sheet).tail.append(partial(frame.add_drop_down, area=area, choices=choices))

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
        self, sheet: str, rows: Sequence[Mapping[int, CellValue]], *, table: Table | None = None, after: int = 0
    ) -> list[int]:
        """Append rows (values by column) below a table, which grows, or below row `after`; gives their numbers.

        Cells look like those of the row above. Columns with a formula of the table's own get it. Drop-downs and formats
        that cover exactly the table's rows grow. Raises Unsupported (`totals-row`, `occupied`, `table-collision`).
        """
        return self._tables.append_rows(sheet, rows, table, after) if rows else []

    def add_table(self, sheet: str, name: str, ref: Range, columns: Sequence[str]) -> None:
        """Make an Excel table over cells that stand there: a header row whose texts are `columns`, and at least one row.

        Raises Unsupported where its name or place is taken.
        """
        self._tables.add(sheet, name, ref, columns)

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
        """Define a name of the workbook, hidden from Excel's name manager, or give it another value."""
        workbook.define_name(self.parts, self.document.part, name, value, hidden=hidden)

    def remove_name(self, name: str) -> None:
        """Take a name of the workbook out."""
        workbook.remove_name(self.parts, self.document.part, name)

    def set_property(self, name: str, value: str) -> bool:
        """Set a custom document property; False where the owner's file has properties of its own, which stay as they are."""
        return workbook.set_property(self.parts, self.document, name, value)

    def full_calc_on_load(self) -> None:
        """Let Excel compute all formulas when it opens the file next; takes effect only if anything else changes."""
        self._full_calculation = True

    # styles

    @property
    def styles(self) -> StyleSheet:
        """The style sheet; begun where the workbook has none."""
        if self._styles is None:
            part = self.document.part_by_kind("styles")
            namespace = STRICT_MAIN if self.strict else MAIN
            self._styles = StyleSheet(self.package.read(part) if part else None, part or "styles.xml", namespace)
        return self._styles

    def style(
        self,
        *,
        number_format: str | int | None = None,
        fill: str | None = None,
        bold: bool | None = None,
        font_color: str | None = None,
        wrap: bool | None = None,
        base: int | None = None,
    ) -> int:
        """Give the index of a cell style, `base` with what is named changed (see StyleSheet.add)."""
        return self.styles.add(
            number_format=number_format, fill=fill, bold=bold, font_color=font_color, wrap=wrap, base=base
        )

    def fitting_style(self, style: int | None, kind: str) -> int | None:
        """Give the style that shows a kind of value (date, moment, number) in a cell of some style: that one where it does.

        A number in a cell without a style needs one only where the workbook's default shows dates.
        """
        key = (style, kind)
        if key not in self._fitting:
            self._fitting[key] = self._make_fitting(style, kind)
        return self._fitting[key]

    def _make_fitting(self, style: int | None, kind: str) -> int | None:
        if kind == "number":
            has_styles = self.document.part_by_kind("styles") is not None
            return self.styles.add(number_format=0) if has_styles and shows_date(self.styles.format_of(None)) else None
        code = self.styles.format_of(style)
        if style is not None and (shows_date(code) if kind == "moment" else shows_day(code)):
            return style
        return self.styles.add(number_format=DATE_AND_TIME if kind == "moment" else SHORT_DATE, base=style)

    # reading

    def read_row(self, sheet: str, row: int) -> dict[int, tuple[CellValue, int | None]]:
        """Give a row's cells by column: (content, style). Formulas as `Formula`, dates as their numbers."""
        for _, raw in iter_rows(self.chunks(sheet), {row}):
            prefix = raw[1 : raw.index(b"row")]
            found = row_contents(raw, prefix, self._shared)
            return {
                column: (Formula(str(content.value)) if content.kind == "formula" else content.value, style)
                for column, (content, style) in found.items()
            }
        return {}

    def column_style(self, sheet: str, column: int, row: int) -> int | None:
        """Give the style that a cell of a column has: that of the cell in `row`, else that of the whole column."""
        found = self.read_row(sheet, row).get(column)
        if found is not None:
            return found[1]
        for raw in _COL.findall(self._head(sheet)):
            span = attributes(raw)
            if int(span.get("min", "0")) <= column <= int(span.get("max", "0")):
                return int(span["style"]) if "style" in span else None
        return None

    def chunks(self, sheet: str) -> Iterable[bytes]:
        """Give a sheet's present bytes."""
        new = self.parts.new(sheet)
        return self.package.open(sheet) if new is None else (new,)

    def patcher(
        self, prefix: str, own_formulas: Container[str] = frozenset(), blocked: Sequence[Blocked] = ()
    ) -> RowPatcher:
        """Give a patcher of rows with this workbook's dates, texts and styles."""
        writer = Writer(prefix, date1904=self.document.date1904)
        return RowPatcher(
            writer, shared=self._shared, fitting_style=self.fitting_style, own_formulas=own_formulas, blocked=blocked
        )

    @property
    def shared(self) -> Callable[[int], str]:
        """Gives the shared strings by index."""
        return self._shared

    # writing

    def write(self, out: BinaryIO) -> Receipt:
        """Write the workbook. Where nothing changed, the very bytes that were read. Raises Unsupported for a signed one."""
        receipt = Receipt(not_grown=self._not_grown, date1904=self.document.date1904)
        new_sheets: dict[str, Deflated] = {}
        formulas_removed = False
        for sheet, edits in self._edits.items():
            if edits.is_empty:
                continue
            content, patcher, rows = self._patched(sheet, edits)
            receipt.left += [LeftCell(sheet, *left) for left in rows.tally.left]
            formulas_removed |= rows.tally.formulas_removed > 0
            if rows.tally.cells or patcher.frame_changed:
                new_sheets[sheet] = content
                receipt.cells[sheet] = rows.tally.cells
                receipt.edits[sheet] = edits
                receipt.tails[sheet] = patcher.tails
        if new_sheets or self.parts.replaced or self.parts.added or self.parts.removed:
            self._finish(formulas_removed=formulas_removed)
        replaced, added = dict(self.parts.replaced), dict(self.parts.added)
        contents = {name: new_sheets.pop(name, data) for name, data in replaced.items()}
        additions = {name: new_sheets.pop(name, data) for name, data in added.items()}
        contents |= new_sheets
        receipt.replaced, receipt.added, receipt.removed = tuple(contents), tuple(additions), tuple(self.parts.removed)
        receipt.changed = bool(contents or additions or receipt.removed)
        receipt.full_calculation = self._full_calculation and receipt.changed
        if not receipt.changed:
            out.write(self.package.data)
            return receipt
        if self.document.has_signature:
            raise Unsupported("the workbook is digitally signed: any change would break the signature", "signed")
        self.package.write(out, contents, additions, receipt.removed)
        return receipt

    def drop_calc_chain(self) -> None:
        """Take out the list of formula cells: a cache, and a listed cell without a formula makes Excel repair the file."""
        part = self.document.part_by_kind("calcChain")
        if part is not None and part in self.parts:
            self.parts.remove(part, self.document.part)

    def _finish(self, *, formulas_removed: bool) -> None:
        if formulas_removed:
            self.drop_calc_chain()
        if self._full_calculation:
            workbook.calculate_fully(self.parts, self.document.part)
        if self._styles is None or not (self._styles.changed or self._styles.is_new):
            return
        part = self.document.part_by_kind("styles")
        if part is None:
            folder = self.document.part.rpartition("/")[0]
            part = f"{folder}/styles.xml" if folder else "styles.xml"
            self.parts.declare(part, "styles")
            self.parts.relate(self.document.part, "styles", part, strict=self.strict)
        self.parts.put(part, self._styles.content())

    def _patched(self, sheet: str, edits: SheetEdits) -> tuple[Deflated, SheetPatcher, RowPatcher]:
        """Patch a sheet; once more where areas that must not be written came up on the way."""
        blocked: tuple[Blocked, ...] = ()
        prefix = self._prefix(sheet)
        size = self.package.entry(sheet).size if sheet in self.package else 0
        while True:
            not_grown = len(self._not_grown)
            rows = self.patcher(prefix, edits.own_formulas, blocked)
            patcher = SheetPatcher(edits, rows, sheet)
            try:
                return deflate(work_ahead(patcher.patch(work_ahead(self.chunks(sheet)))), size), patcher, rows
            except BlockedFoundError as found:
                blocked += tuple(found.blocked)
                del self._not_grown[not_grown:]

    def _prefix(self, sheet: str) -> str:
        return sheet_prefix(self._head(sheet, until=b"worksheet"))

    def _head(self, sheet: str, until: bytes = b"sheetData") -> bytes:
        head = b""
        for chunk in self.chunks(sheet):
            head += chunk
            if until in head:
                break
        return head

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

    def note_not_grown(self, areas: Iterable[str]) -> None:
        """Take down ranges for the receipt."""
        self._not_grown += areas

    def _shared_strings(self) -> bytes:
        part = self.document.part_by_kind("sharedStrings")
        return self.package.read(part, 1_000_000_000) if part else b""
