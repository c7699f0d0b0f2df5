"""A program sheet put into a workbook: new at its end, or anew in the place where the owner has it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sheetcrm.xlsx import links, tables, workbook
from sheetcrm.xlsx.cells import Formula
from sheetcrm.xlsx.document import Table
from sheetcrm.xlsx.errors import Damaged, Unsupported
from sheetcrm.xlsx.extents import at_its_headers, extent_without_table, new_extent, present_extent
from sheetcrm.xlsx.frame import add_table_part, framed
from sheetcrm.xlsx.framing import dimensioned
from sheetcrm.xlsx.keeping import Moves, keep_row, renumbered, shared_masters
from sheetcrm.xlsx.making_room import ends_of, shift_below
from sheetcrm.xlsx.markup import Markup
from sheetcrm.xlsx.newsheet import Painter, body, header_row, same_rows, sheet_xml
from sheetcrm.xlsx.pinning import Pinned, pin, with_pinned
from sheetcrm.xlsx.reading import SHEET_DATA, iter_rows, row_contents
from sheetcrm.xlsx.refs import Range
from sheetcrm.xlsx.rows import CellEdit, RowPatcher
from sheetcrm.xlsx.sheet import sheet_prefix
from sheetcrm.xlsx.sheet_spec import SheetSpec

if TYPE_CHECKING:
    from sheetcrm.xlsx.editor import Editor


class SheetWriter:
    """Writes program sheets for an editor."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._put: set[str] = set()

    def put(self, title: str, spec: SheetSpec, sheet: str | None) -> str:
        """Write the sheet; gives its part. Raises Unsupported for one that was written in this edit already."""
        if spec.table.casefold() in self._put:
            raise Unsupported(f"the sheet of the table {spec.table} is written twice in one edit", "table-name")
        self._put.add(spec.table.casefold())
        table = self._editor.document.table(spec.table)
        if sheet is None and table is not None:
            sheet = table.sheet
        if sheet is None:
            return self._create(title, spec)
        if table is not None and table.sheet.casefold() != sheet.casefold():
            raise Unsupported(f"the table {spec.table} stands in another sheet", "table-name")
        self._replace(sheet, spec, table)
        return sheet

    def _painter(self, spec: SheetSpec) -> Painter:
        return Painter(lambda: self._editor.styles, spec)

    def _create(self, title: str, spec: SheetSpec) -> str:
        editor, parts = self._editor, self._editor.parts
        if editor.document.structure_locked:
            raise Unsupported("the workbook's structure is protected: no sheet can be added", "structure-locked")
        if editor.document.name(spec.table) is not None:
            raise Unsupported(f"the workbook has a name {spec.table} already", "table-name")
        folder = editor.document.part.rpartition("/")[0]
        part = parts.free_name(f"{folder}/worksheets" if folder else "worksheets", "sheet")
        rows = editor.patcher("")
        parts.put(part, sheet_xml(spec, self._painter(spec), rows, strict=editor.strict))
        parts.declare(part, "worksheet")
        editor.new_table_part(part, spec.table, spec.ref(), spec.table_columns())
        if spec.linked_columns:
            with parts.edit(part) as made:
                links.linked(made, parts, part, spec, strict=editor.strict)
        rel_id = parts.relate(editor.document.part, "worksheet", part, strict=editor.strict)
        markup = Markup(parts.read(editor.document.part))
        sheets = markup.root.find("sheets")
        taken = {node.get("name").casefold() for node in (sheets.children if sheets is not None else ())}
        title = workbook.safe_title(title, taken)
        workbook.add_sheet(parts, editor.document.part, title, rel_id, strict=editor.strict, state=spec.state)
        return part

    def _replace(self, sheet: str, spec: SheetSpec, table: Table | None) -> None:
        """Write the table's rows anew; rows above, rows below, other columns, and all around the cells stay."""
        editor = self._editor
        data = b"".join(editor.chunks(sheet))
        opening = SHEET_DATA.search(data)
        if opening is None:
            raise Unsupported("the sheet has no cells, not even an empty list of them", "rows")
        prefix = sheet_prefix(data)
        old: dict[int, bytes] = {}
        for number, row in iter_rows([data]):
            if number in old:
                raise _twice(editor.document.sheet_of(sheet).title)
            old[number] = row
        rows = editor.patcher(prefix)
        if table is None:
            table = self._of_no_name(sheet, spec)
        stood = table.ref if table is not None else None
        p = prefix.encode()
        said = row_contents(old.get(spec.header_row, b""), p, editor.shared)
        texts = {column: cell.value for column, (cell, _) in said.items()}
        if table is None:
            ref = extent_without_table(spec, old, p, editor.shared)
        else:
            table = at_its_headers(table, spec.header_row, texts)
            ref = present_extent(spec, table)
            if table.ref.first_row != spec.header_row:
                raise Unsupported(f"the table {spec.table} begins in row {table.ref.first_row}", "header-row")
        new_ref, new_names = new_extent(spec, table, ref, texts)
        head, tail = data[: opening.start()], data[_end_of_cells(data, opening, p) :]
        linked = self._linked(sheet, spec, head, tail, p)
        if table is not None and new_ref == stood and linked == (head, tail) and self._is_same(spec, ref, old, rows):
            return
        shift = shift_below(table, ref, new_ref, old.keys() - ends_of(spec, table, ref, old, rows))
        grid = self._grid(sheet, spec, table, ref, new_names, old, rows, shift)
        cells = b"<%bsheetData>%b</%bsheetData>" % (p, b"".join(grid), p)
        head, tail = self._around(sheet, *linked, p, table, ref, new_ref, shift)
        new = dimensioned(head, new_ref) + cells + tail
        if table is not None:
            resized = tables.resize(editor.parts.read(table.part), table.part, new_ref, new_names)
            editor.parts.put(table.part, resized)
        elif not any(other.ref.meets(new_ref) for other in self._editor.tables_of(sheet)):
            header = next(row for number, row in iter_rows([new]) if number == spec.header_row)
            rel_id = editor.new_table_part(sheet, spec.table, new_ref, self._headers(new_ref, header, rows))
            markup = Markup(new, sheet)
            add_table_part(markup, rel_id, strict=editor.strict)
            new = bytes(markup)
        self._forget_formulas(old, p)
        bare = b"<%bsheetData/>" % p  # a long sheet's cells are not looked at for what stands around them
        new = framed(new.replace(cells, bare, 1), sheet, spec, ref).replace(bare, cells, 1)
        editor.parts.put(sheet, new)

    def _of_no_name(self, sheet: str, spec: SheetSpec) -> Table | None:
        """Give the table that stands over the sheet's rows under another name, or without one: two in one place Excel does not take."""
        ref = spec.ref()
        for table in self._editor.tables_of(sheet):
            at, wide = (
                table.ref,
                table.ref.first_column <= ref.first_column and ref.last_column <= table.ref.last_column,
            )
            if wide and at.first_row == ref.first_row and table.header_rows and table.kind == "worksheet":
                return table
        return None

    def _around(
        self,
        sheet: str,
        head: bytes,
        tail: bytes,
        p: bytes,
        table: Table | None,
        ref: Range,
        new_ref: Range,
        shift: int,
    ) -> tuple[bytes, bytes]:
        """Give what stands around the rows, its areas grown and moved with them."""
        grows = table is not None and table.data is not None and new_ref.last_row != table.ref.last_row
        if not grows and not shift:
            return head, tail
        middle = b"<%bsheetData/>" % p
        framed = head + middle + tail
        totals = table.totals_rows if table is not None else 0
        if table is not None and table.data is not None:
            markup = Markup(framed, sheet)
            self._editor.note_not_grown(tables.grow_ranges(markup, table.data, new_ref.last_row - totals))
            framed = bytes(markup)
        if shift:
            markup = Markup(framed, sheet)
            tables.move_areas(markup, ref.last_row - totals, shift)
            framed = bytes(markup)
            self._move_others(sheet, table, ref.last_row - totals, shift)
        new_head, _, new_tail = framed.partition(middle)
        return new_head, new_tail

    def _forget_formulas(self, rows: Mapping[int, bytes], p: bytes) -> None:
        if any(b"<%bf" % p in row for row in rows.values()):
            self._editor.drop_calc_chain()

    def _linked(self, sheet: str, spec: SheetSpec, head: bytes, tail: bytes, p: bytes) -> tuple[bytes, bytes]:
        """Give what stands around the rows, with the links of the rows as they are going to be."""
        if not spec.linked_columns:
            return head, tail
        middle = b"<%bsheetData/>" % p
        markup = Markup(head + middle + tail, sheet)
        links.linked(markup, self._editor.parts, sheet, spec, strict=self._editor.strict)
        new_head, _, new_tail = bytes(markup).partition(middle)
        return new_head, new_tail

    def _move_others(self, sheet: str, table: Table | None, below: int, shift: int) -> None:
        """Let other tables of the sheet go along with their rows: left behind, one would lie over the rows of ours."""
        parts = self._editor.parts
        for other in self._editor.tables_of(sheet):
            if table is None or other.part != table.part:
                parts.put(other.part, tables.moved_table(parts.read(other.part), other.part, below, shift))

    def _is_same(self, spec: SheetSpec, ref: Range, old: dict[int, bytes], rows: RowPatcher) -> bool:
        """Tell whether the sheet holds these rows already and each owner's cell is where it belongs."""
        stays = not spec.bare and all(
            row is None or row == spec.header_row + 1 + index for index, row in enumerate(spec.kept)
        )
        date1904 = rows.writer.date1904
        same = same_rows(spec, old, rows.writer.prefix, self._editor.shared, date1904=date1904)
        if not spec.rows:
            blank = SheetSpec(spec.table, spec.columns, [[None] * len(spec.columns)], header_row=spec.header_row)
            same = same_rows(blank, old, rows.writer.prefix, self._editor.shared, date1904=date1904)
        return same and stays and ref.last_row >= spec.header_row + 1

    def _grid(
        self,
        sheet: str,
        spec: SheetSpec,
        table: Table | None,
        ref: Range,
        new_names: list[str],
        old: dict[int, bytes],
        rows: RowPatcher,
        shift: int,
    ) -> list[bytes]:
        """Give all rows of the sheet in their order; those below the table's are `shift` further down."""
        painter = self._painter(spec)
        header = old.get(spec.header_row)
        if header is None:
            header = header_row(spec, painter, rows.writer)
        elif new_names:
            style = painter.header()
            edits = [CellEdit(ref.last_column + at, name, style, restyle=True) for at, name in enumerate(new_names, 1)]
            header = rows.patch(header, spec.header_row, edits)
        skip = set(spec.places)
        totals = table.totals_rows if table is not None else 0
        first, last = spec.header_row + 1, ref.last_row - totals
        sources = {source: first + at for at, source in enumerate(spec.kept) if source is not None and source in old}
        ends = set() if shift else ends_of(spec, table, ref, old, rows)
        places = {n: n + shift * (n > last) for n in old if not first <= n <= last and n not in ends}
        moves = Moves(places | sources, range(first, last + 1), skip, shared_masters(old.values()))
        pinned = self._pin(sheet, old, rows, moves)
        kept = {
            at: keep_row(old[source], source, first + at, rows, moves, pinned, bare=spec.bare.get(at, ()))
            for at, source in enumerate(spec.kept)
            if source is not None and source in old
        }
        below = sorted(number for number in places if number > last)
        grid = [
            *(
                renumbered(row, number, number, rows, moves, pinned)
                for number, row in sorted(old.items())
                if number < first - 1
            ),
            renumbered(header, spec.header_row, spec.header_row, rows, moves, pinned),
            *body(spec, painter, rows, kept, self._calculated(table, skip)),
            *(renumbered(old[number], number, number + shift, rows, moves, pinned) for number in below),
        ]
        return with_pinned(grid, pinned, rows)

    def _pin(self, sheet: str, old: dict[int, bytes], rows: RowPatcher, moves: Moves) -> Pinned:
        """Find what stays in its place, and take down what cannot."""
        pinned = pin(old, rows, moves)
        self._editor.note_dissolved(sheet, pinned.dissolved)
        return pinned

    def _calculated(self, table: Table | None, ours: set[int]) -> dict[int, Formula]:
        """Give the formulas that the table itself puts into each new row, by column: those of columns that she added."""
        if table is None:
            return {}
        formulas = tables.calculated_columns(self._editor.parts.read(table.part), table.part)
        places = {table.ref.first_column + at: Formula(text) for at, text in formulas.items()}
        found = {column: formula for column, formula in places.items() if column not in ours}
        if found:
            self._editor.full_calc_on_load()
        return found

    def _headers(self, ref: Range, header: bytes, rows: RowPatcher) -> list[str]:
        texts = {
            c: str(content.value or "")
            for c, (content, _) in row_contents(header, rows.writer.prefix, self._editor.shared).items()
        }
        return [texts.get(column, "") or f"Column{column}" for column in range(ref.first_column, ref.last_column + 1)]


def _twice(title: str) -> Unsupported:
    error = Unsupported(f"a row of the sheet {title} is there twice", "row-order")
    error.sheet = title
    return error


def _end_of_cells(data: bytes, opening: re.Match[bytes], prefix: bytes) -> int:
    if opening[2]:  # it is empty
        return opening.end()
    found = data.find(b"</" + prefix + b"sheetData")
    end = data.find(b">", found) if found >= 0 else -1
    if end < 0:
        raise Damaged("a sheet breaks off in its cells", "malformed")
    return end + 1
