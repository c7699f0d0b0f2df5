"""Columns that the owner's list lacks: at its right end, those that matter in sight, the rest folded away; a table where that is safe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sheetcrm.workbook.added_sheets import looks_of
from sheetcrm.workbook.arrangement import ColumnPlan, Place, plan_of
from sheetcrm.workbook.book import Workbook
from sheetcrm.workbook.list_filter import can_grow, filter_in_the_way, filter_over, no_room_right
from sheetcrm.workbook.looks_of_ours import header_style, width_of
from sheetcrm.workbook.marks import column_mark, reference, table_mark
from sheetcrm.workbook.placement import Placement
from sheetcrm.workbook.writing import free_name
from sheetcrm.xlsx.editor import Editor
from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.refs import MAX_COLUMN, Range, letters

_NO_ROOM = frozenset({"occupied", "table-collision", "query-table"})
_NO_TABLE = frozenset({"table-collision", "table-name"})
_READY = 2000  # rows below the list for which drop-downs are ready
_PLAIN = ""
_COMPUTED = (Place.COMPUTED, Place.COMPUTED_FOLDED)

_WANTED: Mapping[str, Mapping[Place, str]] = {
    "Clients": {
        Place.SHOWN: "client_id phone email birthday email_consent sms_consent no_contact",
        Place.FOLDED: "address_as gender channel whatsapp_consent call_consent consent_date consent_source",
        Place.COMPUTED: "status last_visit next_visit visits total_spend",
        Place.COMPUTED_FOLDED: (
            "expected_visit average_ticket favourite_service age first_visit visit_interval rfm value_class no_show_rate "
            "merged_into"
        ),
    },
    "Visits": {
        Place.SHOWN: "service amount status",
        Place.FOLDED: "time staff note",
        Place.COMPUTED_FOLDED: "client_id",
    },
}
_LAST = {"Clients": ("problems",)}  # its sentence runs on into the empty cells beside it
ADDED: Mapping[str, frozenset[str]] = {
    table: frozenset([*(name for names in wanted.values() for name in names.split()), *_LAST.get(table, ())])
    for table, wanted in _WANTED.items()
}
"""The fields that a list gets where it lacks them, by table."""


@dataclass
class Added:
    """What a list got: headers by field, in sight and folded away; those for which there is no room.

    `plain` is why no Excel table was made of it, "" where it is one; `settings` are headers by field that only the
    settings tell; `names` is the range of the clients' names, for drop-downs. `apart`: something of hers stands between
    the list and the new columns.
    """

    shown: dict[str, str] = field(default_factory=dict)
    folded: dict[str, str] = field(default_factory=dict)
    crowded: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    plain: str = ""
    names: str = ""
    apart: bool = False


class ListWriter:
    """Adds to one list of the owner's what it lacks."""

    def __init__(self, book: Workbook, editor: Editor, placement: Placement, dropped: frozenset[str]) -> None:
        self._book, self._editor, self._placement, self._dropped = book, editor, placement, dropped
        self._part = next(s.part for s in editor.document.sheets if s.title == placement.sheet)
        self._added = Added()

    def write(self) -> Added:
        """Add the columns, make the table, mark both."""
        placement, added = self._placement, self._added
        places = self._add(self._missing())
        if not placement.excel_table:
            added.plain = self._make_table(places)
        self._define(table_mark(placement.table), placement.first_col)
        for at, plan in places.items():
            if plan.computed or plan.key == "client_id":
                self._define(column_mark(placement.table, plan.key), at)
            elif plan.key in self._dropped or plan.header != self._book.words.header(plan.key):
                added.settings[plan.key] = plan.header
            group = added.folded if plan.folded else added.shown
            group[plan.key] = plan.header
        if placement.table == "Clients":
            added.names = self._names()
        return added

    def _missing(self) -> list[ColumnPlan]:
        """Return the columns to be added, in their order, none of them under a header that is taken."""
        placement, words = self._placement, self._book.words
        there = (set(placement.columns) - set(placement.own) - placement.hers - self._dropped) | set(placement.ours)
        wanted = [(name, place) for place, names in _WANTED[placement.table].items() for name in names.split()]
        wanted += [(name, Place.COMPUTED) for name in _LAST.get(placement.table, ())]
        wanted += [(name, Place.FOLDED) for name in sorted(self._dropped - {name for name, _ in wanted})]
        taken = {header.casefold() for header in placement.headers.values()}
        found = []
        for name, place in wanted:
            if name not in there:
                header = words.header(name)
                if (
                    header.casefold() in taken or name in self._dropped
                ):  # what stands in brackets does not tell headers apart
                    header = f"{header} (sheetcrm)" if place in _COMPUTED else f"{header} 2"
                taken.add(header.casefold())
                plan = plan_of(placement.table, name, header, place)
                found.append(replace(plan, width=width_of(name, header)))  # a row of headers as low as hers
        return found

    def _add(self, plans: list[ColumnPlan]) -> dict[int, ColumnPlan]:
        """Add columns next to the list, else beyond all that stands beside it; return their plans by column."""
        placement, editor = self._placement, self._editor
        if not plans:
            return {}
        table = editor.document.table(placement.excel_table) if placement.excel_table else None
        over = filter_over(editor, self._part, placement)
        for first in self._starts(over, len(plans)):
            try:
                new = editor.add_table_columns(
                    self._part,
                    [plan.header for plan in plans],
                    table=table,
                    header_row=placement.header_row,
                    first_column=first,
                )
            except Unsupported as error:
                if error.reason not in _NO_ROOM:
                    raise
                continue
            places = {column.column: plan for column, plan in zip(new, plans, strict=True)}
            self._added.apart = table is None and first > max(placement.columns.values()) + 1
            self._look(places)
            return places
        if over is not None:
            raise filter_in_the_way(self._book.path.name, placement.sheet, over)
        if table is None:
            row = placement.header_row if self._end in editor.read_row(self._part, placement.header_row) else 0
            raise no_room_right(self._book.path.name, placement.sheet, row, self._end)
        self._added.crowded = {plan.key: plan.header for plan in plans}
        return {}

    @property
    def _end(self) -> int:
        """The last column of the sheet that holds something."""
        scan = self._editor.scans.get(self._part)
        return max(scan.last_column if scan is not None else 0, self._placement.last_col)

    def _starts(self, over: Range | None, count: int) -> list[int]:
        """Return where new columns may begin, the best first: right beside the list, and never where her filter would leave them behind."""
        placement = self._placement
        beside = max(placement.columns.values()) + 1
        if placement.excel_table:
            return [beside, placement.last_col + 1]
        # what else stands there stays a list of its own: one column is left free
        starts = [beside, over.last_column + 1 if over is not None else self._end + 2]
        fitting = [first for first in dict.fromkeys(starts) if first + count - 1 <= MAX_COLUMN]
        return [first for first in fitting if over is None or can_grow(over, placement, first)]

    def _look(self, places: Mapping[int, ColumnPlan]) -> None:
        """Let the new columns look like hers, the rest folded away; drop-downs where a word is to be chosen."""
        editor, placement, words = self._editor, self._placement, self._book.words
        row = placement.header_row
        neighbour = editor.read_row(self._part, row).get(min(places) - 1)
        if neighbour is None or not neighbour[1]:  # a list may be without any look of its own
            cells = {(row, at): plan.header for at, plan in places.items()}
            editor.set_cells(self._part, cells, style=header_style(editor), restyle=True)
        editor.set_looks(self._part, looks_of(editor, placement.table, places, self._book.settings))
        for at, plan in places.items():
            if plan.field.choices and not plan.computed:
                area = Range(row + 1, at, self._last_row() + _READY, at)
                editor.add_drop_down(self._part, area, [words.choice(word) for word in plan.field.choices])

    def _last_row(self) -> int:
        rows = self._book.raw.tables[self._placement.table].rows
        return int(rows[-1]) if len(rows) else self._placement.header_row

    def _make_table(self, places: Mapping[int, ColumnPlan]) -> str:
        """Make an Excel table of the list where that is safe; return why it is not, "" where it was made."""
        editor, placement = self._editor, self._placement
        first, row, last = placement.first_col, placement.header_row, self._last_row()
        ref = Range(row, first, last, max([*placement.columns.values(), *places]))
        around = editor.around(self._part)
        if filter_over(editor, self._part, placement) is not None:
            if places:
                editor.grow_filter(self._part, max(places))
            return "filter"
        if around.filter is not None:
            return "filter_elsewhere"
        if reason := self._in_the_way(ref, forbidden=around.forbids_table(ref)):
            return reason
        headers = self._headers(ref, places)
        if len({header.casefold() for header in headers}) != len(headers) or not all(headers):
            return "headers"
        try:
            editor.add_table(self._part, free_name(editor, placement.table), ref, headers, style=_PLAIN)
        except Unsupported as error:
            if error.reason not in _NO_TABLE:
                raise
            return "tables"
        return ""

    def _in_the_way(self, ref: Range, *, forbidden: bool) -> str:
        """Return why Excel would not take a table there."""
        editor = self._editor
        if ref.last_row == ref.first_row:
            return "empty"
        if forbidden:
            return "formulas"
        if any(Range(*area).meets(ref) for area in self._book.raw.report.sheets[self._part].merged):
            return "merged"
        kinds = {rel.kind for rel in editor.parts.relationships(self._part)}
        kinds |= {rel.kind for rel in editor.parts.relationships(editor.document.part)}
        return "shared" if kinds & {"queryTable", "revisionHeaders"} else ""

    def _headers(self, ref: Range, places: Mapping[int, ColumnPlan]) -> list[str]:
        """Return the headers as texts, "" where a cell holds anything else: a table's headers are nothing but text."""
        cells = self._editor.read_row(self._part, ref.first_row)
        texts = {at: str(value) for at, (value, _) in cells.items() if isinstance(value, str)}
        texts |= {at: plan.header for at, plan in places.items()}
        return [texts.get(at, "") for at in range(ref.first_column, ref.last_column + 1)]

    def _names(self) -> str:
        """Return the formula of the clients' names from the first to the last filled cell; "" where they stand in two columns."""
        placement = self._placement
        column = placement.columns.get("name")
        if column is None:
            return ""
        first, letter = placement.header_row + 1, letters(column)
        whole = reference(placement.sheet, f"${letter}:${letter}")
        start = reference(placement.sheet, f"${letter}${first}")
        gaps = self._last_row() - len(self._book.raw.tables["Clients"])
        return f"{start}:INDEX({whole},MAX({first},COUNTA({whole})+{max(0, gaps)}))"

    def _define(self, name: str, column: int) -> None:
        target = reference(self._placement.sheet, f"${letters(column)}${self._placement.header_row}")
        if self._editor.document.name(name) != target and not self._is_known(name):
            self._editor.define_name(name, target)

    def _is_known(self, name: str) -> bool:
        """Tell whether the table is found without a mark: by the contract's name for its Excel table."""
        return name == table_mark(self._placement.table) and self._placement.rule == "excel-table"
