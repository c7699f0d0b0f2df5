"""Whether our marks still point to the header rows of our tables, and to which rows where a program has put rows in above them.

A name follows its cell through Excel and LibreOffice, but a script that puts a row in, or replaces a sheet by one of hers, leaves the
names as they were. A mark then follows the headers to the row where they stand now; one over a table of hers is no mark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from sheetcrm.crm.fields import BECAME, BY_HAND, TABLES, TOPICS
from sheetcrm.crm.values import SEVERITY, Status
from sheetcrm.languages import choices_named, fields_named
from sheetcrm.languages.folding import fold
from sheetcrm.workbook.headers import header_texts, may_be_written, read_headers, spec_of
from sheetcrm.xlsx.refs import Range

if TYPE_CHECKING:
    from sheetcrm.crm.tables import Cell
    from sheetcrm.workbook.placement import ExcelTable, Mark, SheetTop

_KEY = re.compile(r"[0-9a-f]{10}")
_FEWEST = 2  # headers that are found again; one alone may be said by a title


def _one_of(words: Sequence[str]) -> Callable[[str], bool]:
    return lambda text: any(word in words for word in choices_named(text))


_KNOWN_BY: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "Outbox": ("key", _KEY.fullmatch),
    "Calls": ("key", _KEY.fullmatch),
    "Sent": ("key", _KEY.fullmatch),
    "Changes": ("key", re.compile(r"[0-9a-f]{10}\.\d+(\.[0-9a-f]{10})?").fullmatch),
    "Today": ("topic", _one_of(TOPICS)),
    "Why": ("status", _one_of(BECAME)),
    "Problems": ("code", SEVERITY.__contains__),
    "Duplicates": ("score", re.compile(r"0([.,]\d+)?|1([.,]0+)?").fullmatch),
}
"""What tells our cells in the column of a sheet of ours that is full in each row."""

_BESIDE: Mapping[str, tuple[str, Callable[[str], object]]] = {"Outbox": ("status", _one_of((*Status, BY_HAND)))}
"""What tells our rows where that column has been emptied, as she may do with one that says nothing to her."""

_TYPED: Mapping[str, frozenset[str]] = {"Duplicates": frozenset({"left", "right", "decision", "keep"})}
"""All that a row may have which she typed into a sheet of ours herself: it says neither that the sheet is ours nor that it is not."""


def anchored(
    sheets: Mapping[str, SheetTop],
    excel_tables: Sequence[ExcelTable],
    marks: Sequence[Mark],
    settings: Mapping[str, str],
) -> tuple[list[Mark], list[ExcelTable]]:
    """Return the marks of the sheets that are there: in the row of their headers, without those that stand over something of hers.

    And the Excel tables, those of our sheets in the row of their headers too.
    """
    found: list[Mark] = []
    tables = list(excel_tables)
    groups: dict[tuple[str, str, int], list[Mark]] = {}
    for mark in marks:
        groups.setdefault((mark.table, mark.sheet, mark.row), []).append(mark)
    for (table, sheet, at), group in groups.items():
        if sheet not in sheets:
            continue
        if table not in TABLES or all(mark.field for mark in group):
            found += group
            continue
        anchor = _Anchor(sheets[sheet], excel_tables, group, settings)
        row = anchor.row()
        found += [mark._replace(row=row) for mark in group] if row else []
        if row and row != at and anchor.excel_table:
            tables[tables.index(anchor.excel_table)] = _lower(anchor.excel_table, row - at)
    return found, tables


def _lower(table: ExcelTable, step: int) -> ExcelTable:
    area = table.area
    return table._replace(area=area._replace(first_row=area.first_row + step, last_row=area.last_row + step))


def stands_now(table: ExcelTable, rows: Sequence[Sequence[Cell]]) -> Range | None:
    """Return the headers' place where a program has moved an Excel table's cells and left its extent behind; None where it has not.

    Where such a program puts rows or columns in, or takes some away, they go along. Renamed headers, or columns in another order, are
    no move.
    """
    at, area = table.header_row, table.area
    if not table.header_rows or not at <= len(rows):
        return None
    names = {column: _plain(text) for column, text in header_texts(table.columns, area.first_column).items()}
    here = {column: _plain(text) for column, text in header_texts(rows[at - 1]).items()}
    held = sum(here.get(column) == name for column, name in names.items())
    if not names or held == len(names):
        return None
    others = range(1, len(rows) + 1) if 2 * held < len(names) else ()
    for row in (at, *sorted(others, key=lambda row: abs(row - at))):
        places = {_plain(text): column for column, text in reversed(header_texts(rows[row - 1]).items())}
        found = {column: places[name] for column, name in names.items() if name in places}
        in_order = all(one < other for one, other in pairwise(found.values()))
        if not in_order or len(found) < _FEWEST or 2 * len(found) <= len(names):
            continue
        last = max(found)
        if row != at or found[last] != last:
            return Range(row, found[min(found)], row, found[last])
    return None


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def names_field(field: str, header: str) -> bool:
    """Tell whether a header is a field's in any language, as we write it or as she may translate it."""
    return field in fields_named(header) or fold(header) == fold(field)


def holds_ours(table: str, columns: Mapping[str, int], rows: Sequence[Sequence[Cell]]) -> bool:
    """Tell whether a sheet that is written anew is not hers: it has half of its fields, and most rows beneath are known as ours.

    True of every table of hers.
    """
    spec = spec_of(table)
    if not spec.program:
        return True
    field, is_ours = _KNOWN_BY[table]
    places = {name: at for name, at in columns.items() if name in spec.names}
    if field not in places or 2 * len(places) < len(spec.first_names):
        return False
    filled = [{name for name, at in places.items() if _at(line, at)} for line in rows]
    beside, is_ours_beside = _BESIDE.get(table, _KNOWN_BY[table])
    lines = [
        line for line, names in zip(rows, filled, strict=True) if not frozenset(names) <= _TYPED.get(table, frozenset())
    ]
    known = [
        is_ours(key) if (key := _at(line, places[field])) else is_ours_beside(_at(line, places.get(beside, 0)))
        for line in lines
    ]
    return 2 * sum(map(bool, known)) >= len(lines)


def _at(line: Sequence[Cell], column: int) -> str:
    cell = line[column - 1] if 0 < column <= len(line) else None
    return "" if cell is None else str(cell).strip()


class _Anchor:
    """The marks of one table that stand in one row, and the sheet that they stand on."""

    def __init__(
        self,
        sheet: SheetTop,
        excel_tables: Sequence[ExcelTable],
        marks: Sequence[Mark],
        settings: Mapping[str, str],
    ) -> None:
        self.rows, self.settings = sheet.rows, settings
        self.table, self.at = marks[0].table, marks[0].row
        self.columns = {mark.field: mark.column for mark in marks if mark.field}
        first = next(mark.column for mark in marks if not mark.field)
        self.excel_table = next(
            (
                t
                for t in excel_tables
                if t.sheet == sheet.title and t.header_row == self.at and t.area.holds(t.area.first_row, first)
            ),
            None,
        )

    def row(self) -> int | None:
        """Return the row of the table's headers; None where what stands there is not the table."""
        others: Sequence[int] = sorted(range(1, len(self.rows) + 1), key=lambda row: abs(row - self.at))
        if TABLES[self.table].program:
            rows = [row for row in others if self._has_its_columns(row)] if self.excel_table else [self.at, *others]
            return next((row for row in rows or [self.at] if self._is_our_sheet(row)), None)
        others = () if self.excel_table else others
        if not self.columns:
            return self.at  # what her own headers say is all that there is
        under = (row for row in (self.at, *others) if self._is_under(row))
        return next(under, self.at if self._fields(self.at) or self._standing(self.at) else None)

    def _is_under(self, row: int) -> bool:
        """Tell whether most of our columns of a list of hers have their headers in a row, and hers too."""
        standing = self._standing(row)
        return 2 * len(standing) > len(self.columns) and bool(self._fields(row) - self.columns.keys())

    def _standing(self, row: int) -> list[str]:
        """Return the fields of ours that a row has a header of, in whatever column."""
        texts = self._texts(row).values()
        return [field for field in self.columns if any(names_field(field, text) for text in texts)]

    def _fields(self, row: int) -> frozenset[str]:
        return read_headers(self._texts(row), spec_of(self.table), self.settings).fields

    def _is_our_sheet(self, row: int) -> bool:
        """Tell whether a row has the headers of a sheet of ours, by their words, or all of them renamed; and our cells beneath."""
        texts, spec = self._texts(row), spec_of(self.table)
        columns = {name: c for name, c in self.columns.items() if c in texts}
        said = {name: c for c, text in texts.items() for name in fields_named(text) if name in spec.names}
        standing = [name for name, c in columns.items() if names_field(name, texts[c])]
        if may_be_written(self.table, said) or 2 * len(standing) > len(spec.first_names):
            return holds_ours(self.table, {**columns, **said}, self.rows[row:])
        renamed = row == self.at and self._is_our_excel_table() and set(spec.first_names) <= columns.keys()
        return renamed and holds_ours(self.table, columns, self.rows[row:])

    def _has_its_columns(self, row: int) -> bool:
        """Tell whether the columns of the Excel table have their names in a row."""
        names = header_texts(self.excel_table.columns, self.excel_table.area.first_column) if self.excel_table else {}
        return names.items() <= header_texts(self.rows[row - 1]).items()

    def _is_our_excel_table(self) -> bool:
        names = {self.table.casefold(), f"sheetcrm_{self.table}".casefold()}
        return self.excel_table is not None and self.excel_table.name.casefold() in names

    def _texts(self, row: int) -> dict[int, str]:
        texts = header_texts(self.rows[row - 1]) if 1 <= row <= len(self.rows) else {}
        if self.excel_table is None or row != self.at:
            return texts
        return header_texts(self.excel_table.columns, self.excel_table.area.first_column) | texts
