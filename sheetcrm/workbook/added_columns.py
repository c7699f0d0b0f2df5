"""Columns that the owner's list lacks: at its right end, those that matter in sight, the rest folded away; a table where that is safe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sheetcrm.workbook.added_sheets import looks_of
from sheetcrm.workbook.arrangement import ColumnPlan, Place, plan_of
from sheetcrm.workbook.book import Workbook
from sheetcrm.workbook.looks_of_ours import width_of
from sheetcrm.workbook.marks import column_mark, reference, table_mark
from sheetcrm.workbook.placement import Placement
from sheetcrm.workbook.room import OWNED_BY_ROW, RoomRight
from sheetcrm.workbook.row_looks import NewLooks, dressed, header_in, is_shown, model_of
from sheetcrm.workbook.writing import free_name
from sheetcrm.xlsx.column_looks import ColumnLook
from sheetcrm.xlsx.editor import Editor
from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.refs import Range, letters
from sheetcrm.xlsx.rows import ColumnPatch

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
SECOND = " 2"
"""How the header of such a column ends where hers has taken the word alone."""


@dataclass
class Added:
    """What a list got: headers by field, in sight and folded away.

    `plain` is why no Excel table was made of it, "" where it is one; `settings` are headers by field that only the
    settings tell; `names` is the range of the clients' names, for drop-downs. `apart`: something of hers stands between
    the list and the new columns; `torn`: and they say something of a row, which her sorting would leave behind. `unheaded`
    are letters of columns without a header between them, which move along with the list.
    """

    shown: dict[str, str] = field(default_factory=dict)
    folded: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    plain: str = ""
    names: str = ""
    apart: bool = False
    torn: bool = False
    unheaded: tuple[str, ...] = ()


class ListWriter:
    """Adds to one list of the owner's what it lacks."""

    def __init__(
        self, book: Workbook, editor: Editor, placement: Placement, dropped: frozenset[str], *, apart: bool = False
    ) -> None:
        """`apart`: the owner lets columns stand beyond what is beside a list that is no Excel table."""
        self._book, self._editor, self._placement, self._dropped = book, editor, placement, dropped
        self._part = next(s.part for s in editor.document.sheets if s.title == placement.sheet)
        self._room = RoomRight(editor, self._part, placement, self._last_row(), apart=apart)
        self._added = Added()

    def write(self) -> Added:
        """Add the columns, make the table, mark both. Raises WorkbookError where there is no room for them."""
        placement, added = self._placement, self._added
        places = self._add(self._missing())
        if not placement.excel_table:
            added.plain = self._make_table(places)
        self._define(table_mark(placement.table), placement.first_col)
        for at, plan in places.items():
            if plan.computed or (plan.key == "client_id" and plan.key not in self._dropped):
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
                    header = f"{header} (sheetcrm)" if place in _COMPUTED else f"{header}{SECOND}"
                taken.add(header.casefold())
                plan = plan_of(placement.table, name, header, place)
                found.append(replace(plan, width=width_of(name, header)))  # a row of headers as low as hers
        return found

    def _add(self, plans: list[ColumnPlan]) -> dict[int, ColumnPlan]:
        """Add columns next to the list; return their plans by column. Raises WorkbookError where that is not free.

        Beyond all that stands beside it they come only if she says so, or where each of them is computed anew.
        """
        placement, editor = self._placement, self._editor
        if not plans:
            return {}
        bound = any(not plan.computed or plan.key in OWNED_BY_ROW[placement.table] for plan in plans)
        for first, table in self._room.starts(len(plans), bound=bound):
            try:
                new = editor.add_table_columns(
                    self._part,
                    [plan.header for plan in plans],
                    table=table,
                    header_row=placement.header_row,
                    first_column=first,
                )
            except Unsupported as error:
                if error.reason not in _NO_ROOM or (bound and error.reason == "query-table"):
                    raise
                continue
            # a name that the table has, though no header shows it, has got a number
            places = {one.column: replace(plan, header=one.header) for one, plan in zip(new, plans, strict=True)}
            self._added.apart = self._room.over is None and min(places) > self._room.edge + 1
            self._added.torn = self._added.apart and bound
            between = () if self._added.apart else self._room.unheaded
            self._added.unheaded = tuple(letters(column) for column in between)
            self._look(places)
            return places
        raise self._room.refusal(self._book.path.name, len(plans))

    def _look(self, places: Mapping[int, ColumnPlan]) -> None:
        """Let the new columns look like hers, the rest folded away; drop-downs where a word is to be chosen."""
        editor, placement, words = self._editor, self._placement, self._book.words
        row = placement.header_row
        headers = editor.read_row(self._part, row)
        last = min(places) - 1 - len(self._added.unheaded)
        own = headers.get(last, (None, None))[1]
        if not own or self._added.unheaded:  # a list may be without any look of its own
            for at, plan in places.items():
                style = own or header_in(editor, self._part, at)
                editor.set_cells(self._part, {(row, at): plan.header}, style=style, restyle=True)
        self._look_whole(looks_of(editor, placement.table, places, self._book.settings))
        for at, plan in places.items():
            if plan.field.choices and not plan.computed:
                area = Range(row + 1, at, self._last_row() + _READY, at)
                editor.add_drop_down(self._part, area, [words.choice(word) for word in plan.field.choices])

    def _look_whole(self, looks: Mapping[int, ColumnLook]) -> None:
        """Give the new columns their looks: in the colours of columns that she has coloured, and in those of her rows where she has."""
        editor, part, placement = self._editor, self._part, self._placement
        rows = self._book.raw.tables[placement.table].rows.tolist()
        whole = {at: editor.whole_column_style(part, at) for at in looks}
        shown = {
            at: dressed(editor, whole[at], look.style) for at, look in looks.items() if is_shown(editor, whole[at])
        }
        editor.set_looks(part, {at: replace(look, style=shown.get(at, look.style)) for at, look in looks.items()})
        if self._added.apart:
            return
        model = model_of(editor, part, set(placement.columns.values()), rows)
        new_looks = NewLooks(editor, part, rows)
        for at, look in looks.items():
            of_rows = new_looks.of(at, model, look.style) if look.width is not None else None
            if of_rows is not None:
                editor.set_column(part, ColumnPatch(at, rows, [None] * len(rows), look.style, looks=of_rows))

    def _last_row(self) -> int:
        rows = self._book.raw.tables[self._placement.table].rows
        return int(rows[-1]) if len(rows) else self._placement.header_row

    def _make_table(self, places: Mapping[int, ColumnPlan]) -> str:
        """Make an Excel table of the list where that is safe; return why it is not, "" where it was made."""
        editor, placement = self._editor, self._placement
        first, row, last = placement.first_col, placement.header_row, self._last_row()
        ref = Range(row, first, last, max([self._room.edge, *places]))
        around = editor.around(self._part)
        if self._room.over is not None:
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
