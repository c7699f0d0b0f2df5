"""What is looked at to find tables (sheet tops, Excel tables, our marks), and where a table was found."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sheetcrm.crm.fields import TABLES
from sheetcrm.xlsx.refs import Range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sheetcrm.crm.tables import Cell
    from sheetcrm.workbook.headers import SecondHeader

BY_MARK, BY_EXCEL_TABLE, BY_TITLE, BY_HEADERS = "mark", "excel-table", "title", "header"

_MARK = re.compile(r"_sheetcrm\.(table|column)\.([^.]+)(?:\.(.+))?\Z")
_TARGET = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!(\$?[A-Za-z]{1,3}\$?\d{1,7})(?::.*)?\Z")


class SheetTop(NamedTuple):
    """A sheet's title and its first rows of raw cells, from row 1 and column A."""

    title: str
    rows: Sequence[Sequence[Cell]]


class ExcelTable(NamedTuple):
    """An Excel table (ListObject): `area` is its whole `ref`, header and totals rows included."""

    name: str
    sheet: str
    area: Range
    columns: tuple[str, ...] = ()
    header_rows: int = 1
    totals_rows: int = 0

    @property
    def header_row(self) -> int:
        """The row of its headers; the one above it where it shows none, 0 where there is no such row."""
        return self.area.first_row - (self.header_rows == 0)


def stretches(tables: Iterable[ExcelTable], row: int, texts: Mapping[int, str]) -> Iterator[Mapping[int, str]]:
    """Yield a row's headers in the ways in which they may be one list's: those of one Excel table, those outside of all, all of them.

    `tables` are those of the sheet. All of them: a table may cover but a part of a list's columns.
    """
    outside = dict(texts)
    for table in tables:
        if not min(table.header_row, table.area.first_row) <= row <= table.area.last_row:
            continue
        inside = {c: text for c, text in texts.items() if table.area.first_column <= c <= table.area.last_column}
        if table.header_row == row and inside and len(inside) < len(texts):
            yield inside
        outside = {c: text for c, text in outside.items() if c not in inside}
    if outside and len(outside) < len(texts):
        yield outside
    yield texts


class Mark(NamedTuple):
    """A hidden defined name of ours: a table's header row, or with `field` a column's header cell."""

    table: str
    field: str
    sheet: str
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a table stands in the workbook. Rows and columns are Excel's, from 1.

    `columns` has every readable column by field or slug; the row below `header_row` is the first of the data,
    `last_row` the last (None: to the end of the sheet; with `open_end` rows right below it belong to the table too).
    `ours` are the derived fields that we write, and where; `hers` those whose column the owner typed (they are known
    once the cells were read: `settling.settled`). `our_headers` are the headers by field over which a mark stands.
    """

    table: str
    sheet: str
    rule: str
    header_row: int
    first_col: int
    last_col: int
    last_row: int | None
    columns: Mapping[str, int]
    headers: Mapping[str, str]
    own: tuple[str, ...] = ()
    ours: Mapping[str, int] = field(default_factory=dict)
    hers: frozenset[str] = frozenset()
    seconds: tuple[SecondHeader, ...] = ()
    excel_table: str = ""
    open_end: bool = False
    our_headers: Mapping[str, str] = field(default_factory=dict)


def marks_of(defined_names: Iterable[tuple[str, str]]) -> tuple[Mark, ...]:
    """Return our marks among the workbook's defined names, as (name, target); those whose cell is gone are no marks.

    Nor is one of a field that its table does not have: it would keep the column from being known by its header.
    """
    found = []
    for name, target in defined_names:
        mark, cell = _MARK.match(name), _TARGET.match(target.removeprefix("="))
        if not mark or not cell or (mark[1] == "column") != bool(mark[3]):
            continue
        if mark[3] and mark[2] in TABLES and TABLES[mark[2]].field(mark[3]) is None:
            continue
        sheet = cell[1].replace("''", "'") if cell[1] else cell[2]
        place = Range.parse(cell[3])
        found.append(Mark(mark[2], mark[3] or "", sheet, place.first_row, place.first_column))
    return tuple(found)


def column_settings(pairs: Iterable[tuple[str, Cell]]) -> dict[str, str]:
    """Return the owner's headers by field, from the settings `column.<field>` = header."""
    found = {}
    for name, value in pairs:
        prefix, _, known = name.strip().casefold().partition(".")
        if prefix == "column" and known and str(value or "").strip():
            found[known.strip()] = str(value).strip()
    return found
