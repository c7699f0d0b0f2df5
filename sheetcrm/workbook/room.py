"""Room right of the owner's list: what she sorts ends at an empty column or at her table's edge.

What says something of a row stands inside, else her sorting gives ids, consents and `do not contact` to other people.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from sheetcrm.errors import WorkbookError
from sheetcrm.workbook.book import Workbook
from sheetcrm.workbook.list_filter import can_grow, filter_in_the_way, filter_over, known_columns
from sheetcrm.workbook.placement import Placement
from sheetcrm.xlsx.cells import Formula
from sheetcrm.xlsx.document import Table
from sheetcrm.xlsx.editor import Editor
from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.reading import first_held, is_free
from sheetcrm.xlsx.refs import MAX_COLUMN, MAX_ROW, Range, letters

OWNED_BY_ROW: Mapping[str, frozenset[str]] = {
    "Clients": frozenset({"client_id", "next_visit", "merged_into", "other_phone", "other_email"}),
    "Visits": frozenset({"client_id"}),
}
"""Fields of our columns that say something of a row which is not computed anew from it each time. Where her sorting does not reach they
would stay behind, and say it of somebody else: they are left out until there is room. All others are written anew, by the id."""


def right_edge(editor: Editor, part: str, placement: Placement, last_row: int, *, before: int = MAX_COLUMN + 1) -> int:
    """Return the last column that moves along when she sorts her list, which ends in `last_row`.

    That of her Excel table; else the last one before a column that is empty all the way down, or before another table: Excel takes
    what stands beyond for something else. A column beside it without a header moves along too, be it for a single note. An empty
    column with one of the list's fields beyond it is but a narrow one to look at.
    `before`: as if the list ended before that column.
    """
    if placement.excel_table:
        return placement.last_col
    named = {*placement.columns.values(), *placement.ours.values()}
    last_row = max(last_row, placement.header_row)
    rows = range(placement.header_row, last_row + 1)
    others = [table.ref for table in editor.document.tables if table.sheet == part]
    scan = editor.scans.get(part)
    last = min(before - 1, max(scan.last_column if scan is not None else MAX_COLUMN, *named))
    edge = max((column for column in known_columns(placement) if column < before), default=last)
    while edge < last:
        beside = Range(rows.start, edge + 1, last_row, edge + 1)
        if any(ref.meets(beside) for ref in others):
            break
        if edge + 1 not in named and is_free(editor.chunks(part), range(edge + 1, edge + 2), rows):
            break
        edge += 1
    return edge


def sorts_along(editor: Editor, part: str, placement: Placement, last_row: int, column: int) -> bool:
    """Tell whether a column, the first of those that were added to a list, moves along when she sorts it."""
    over = filter_over(editor, part, placement)
    if over is not None and over.first_column <= column <= over.last_column:
        return True
    edge = right_edge(editor, part, placement, last_row, before=column)
    return placement.first_col <= column <= edge + (not placement.excel_table)


def ids_apart(editor: Editor, part: str, placement: Placement, last_row: int, field: str = "client_id") -> str:
    """Return the clients' ids that her sorting leaves behind, like `G:G`; "" where they move along, or are not ours.

    Older versions put them beyond what stands beside the list, and she may let it be so. `field` asks of another column.
    """
    column = placement.ours.get(field, 0) if placement.table == "Clients" else 0
    if not column or sorts_along(editor, part, placement, last_row, column):
        return ""
    return f"{letters(column)}:{letters(column)}"


def ids_apart_in(book: Workbook, field: str = "client_id") -> str:
    """Return the same of a workbook that is only looked at."""
    placement = book.raw.placements.get("Clients")
    column = placement.ours.get(field, 0) if placement else 0
    if placement is None or not column or (placement.excel_table and column <= placement.last_col):
        return ""
    part = next(s.part for s in book.raw.document.sheets if s.title == placement.sheet)
    rows = book.raw.tables["Clients"].rows
    with suppress(Unsupported):  # a file that nothing can be written into is looked at all the same
        editor = Editor(book.raw.data, book.raw.report.sheets, edit_signed=True)
        return ids_apart(editor, part, placement, int(rows[-1]) if len(rows) else 0, field)
    return ""


def fits_beside(editor: Editor, part: str, area: Range, last_row: int) -> bool:
    """Tell whether columns right of a plain list are free, and the next one too: what stands there stays a list of its own."""
    if area.last_column > MAX_COLUMN or in_the_way(editor, part, area):
        return False
    beyond = area.last_column + 1
    spare = Range(area.first_row, beyond, max(area.first_row, last_row), beyond)
    return beyond > MAX_COLUMN or not in_the_way(editor, part, spare)


def in_the_way(editor: Editor, part: str, area: Range, own: str = "") -> str:
    """Return where the first thing stands in an area in which columns are to be added: a table, a formula's cells, a cell; "" if none does.

    `own` is the list's Excel table.
    """
    tables = [t.ref for t in editor.document.tables if t.sheet == part and t.display_name != own]
    for held in (*tables, *editor.around(part).areas):
        if held.meets(area):
            return str(held)
    scan = editor.scans.get(part)
    if scan is not None and area.first_column > scan.last_column:
        return ""
    columns, rows = range(area.first_column, area.last_column + 1), range(area.first_row, area.last_row + 1)
    found = first_held(editor.chunks(part), columns, rows)
    return f"{letters(found[1])}{found[0]}" if found else ""


def looks_empty(editor: Editor, part: str, cell: str) -> bool:
    """Tell whether a cell (`E5`; False of an area) holds what nobody sees: a text of blanks, or the formula `=""`."""
    area = Range.parse(cell)
    if (area.first_row, area.first_column) != (area.last_row, area.last_column):
        return False
    value, _ = editor.read_row(part, area.first_row).get(area.first_column, (None, None))
    if isinstance(value, Formula):
        return value.text.strip().removeprefix("=") == '""'
    return isinstance(value, str) and not value.strip()


class RoomRight:
    """Where columns may be added to one list: `edge` is its last one, `over` her filter over it."""

    def __init__(self, editor: Editor, part: str, placement: Placement, last_row: int, *, apart: bool) -> None:
        """`last_row` is the list's last; `apart`: she lets columns stand beyond what is beside a list that is no Excel table."""
        self._editor, self._part, self._placement, self._last_row = editor, part, placement, last_row
        self._apart = apart
        self._table = editor.document.table(placement.excel_table) if placement.excel_table else None
        self.over = filter_over(editor, part, placement)
        self.edge = right_edge(editor, part, placement, last_row)

    def starts(self, count: int, *, bound: bool) -> list[tuple[int, Table | None]]:
        """Return where columns may begin, the best first, and which Excel table grows over them. `bound`: they say something of a row."""
        placement, over, beside = self._placement, self.over, self.edge + 1
        starts: list[tuple[int, Table | None]] = []
        if over is not None:
            growing = [first for first in (beside, over.last_column + 1) if can_grow(over, placement, first)]
            starts = [(first, None) for first in dict.fromkeys(growing)]
        elif self._table is not None:
            starts = [(beside, self._table)]
        elif fits_beside(self._editor, self._part, self._beside(count), self._last_row):
            starts = [(beside, None)]
        if over is None and (not bound or (self._apart and self._table is None)):
            last = max([*placement.columns.values(), *placement.ours.values()])
            starts += [(last + 1, None)] if last in placement.ours.values() else []
            starts.append((self._end + 2, None))  # what else stands there stays a list of its own
        return [(first, table) for first, table in starts if first + count - 1 <= MAX_COLUMN]

    @property
    def unheaded(self) -> list[int]:
        """The columns right of those with headers that move along with the list all the same."""
        last = max([*self._placement.columns.values(), *self._placement.ours.values()])
        return [*range(last + 1, self.edge + 1)] if self._table is None else []

    def refusal(self, name: str, count: int) -> WorkbookError:
        """Return the error that says what stands where so many columns should; `name` is the workbook's."""
        sheet, table = self._placement.sheet, self._table
        if self.over is not None:
            return filter_in_the_way(name, sheet, self.over)
        area = self._beside(count if table is not None else count + 1)
        area = area._replace(last_column=min(area.last_column, MAX_COLUMN))
        cell = in_the_way(self._editor, self._part, area, table.display_name if table is not None else "")
        if cell and looks_empty(self._editor, self._part, cell):
            return blank_in_the_way(name, sheet, cell)
        if cell and table is not None:
            return no_room_beside_table(name, sheet, cell)
        if cell and self._end + 1 + count <= MAX_COLUMN:
            return torn_apart(name, sheet, cell)
        return no_room_right(name, sheet, cell or f"{letters(self._end)}:{letters(self._end)}")

    def _beside(self, count: int) -> Range:
        """Return the area right of the list that new columns would take."""
        ref = self._table.ref if self._table is not None else Range(self._placement.header_row, 0, MAX_ROW, 0)
        return ref._replace(first_column=self.edge + 1, last_column=self.edge + count)

    @property
    def _end(self) -> int:
        """The last column of the sheet that holds something, a formula's cells without a result included."""
        scan = self._editor.scans.get(self._part)
        areas = [area.last_column for area in self._editor.around(self._part).areas]
        return max([scan.last_column if scan is not None else 0, self._placement.last_col, *areas])


def no_room_right(name: str, sheet: str, cell: str) -> WorkbookError:
    """Return the error for a list right of which something stands in `cell` (`F1`, `G1:H4`, `XFD:XFD`)."""
    return WorkbookError(
        f"{name}: in '{sheet}' something stands in {cell}, so there is no room for new columns right of the list.",
        "Move it to another sheet or delete it, then run again.",
        code="cells-taken",
        text="no-room-right",
        params={"file": name, "sheet": sheet, "cell": cell},
    )


def blank_in_the_way(name: str, sheet: str, cell: str) -> WorkbookError:
    """Return the error for a list right of which a cell holds something that cannot be seen."""
    return WorkbookError(
        f"{name}: in '{sheet}' the cell {cell} only looks empty, so there is no room for new columns right of the list: "
        "it holds a blank or a formula.",
        "Mark it and whatever looks as empty below it, press Delete, then run again.",
        code="cells-taken",
        text="blank-in-the-way",
        params={"file": name, "sheet": sheet, "cell": cell},
    )


def no_room_beside_table(name: str, sheet: str, cell: str) -> WorkbookError:
    """Return the error for a list in an Excel table right of which something stands in `cell`: it cannot grow."""
    return WorkbookError(
        f"{name}: in '{sheet}' something stands in {cell}, so there is no room for new columns right of the list.",
        "Move it to another sheet or, if it belongs to the list, let the table reach over it "
        "(in Excel: Table Design, Resize Table), then run again.",
        code="cells-taken",
        text="no-room-beside-table",
        params={"file": name, "sheet": sheet, "cell": cell},
    )


def torn_apart(name: str, sheet: str, cell: str) -> WorkbookError:
    """Return the error for a plain list between which and the new columns something would stand, if she does not say `apart`."""
    return WorkbookError(
        f"{name}: in '{sheet}' something stands in {cell}, so there is no room for new columns right of the list: "
        "beyond it they would stay behind when the list is sorted.",
        "Move it to another sheet or, if it belongs to the list, delete the empty column before it, then run again. "
        "With --apart they come beyond it all the same: then always mark all columns before sorting.",
        code="cells-taken",
        text="columns-apart",
        params={"file": name, "sheet": sheet, "cell": cell},
    )
