"""Several journals of visits in one workbook, a sheet for each month or year: their lines told together, for one new sheet.

Her sheets stay as they are: what is made here are copies. A day typed without month or year gets those of its sheet, a
line without a day that of the line above, for both are how people keep such sheets; sums at the foot are no visits.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

import numpy as np

from sheetcrm.crm.fields import VISITS as VISITS_SPEC
from sheetcrm.crm.months import Month, day_in, is_day, lacks_year, month_of, with_years
from sheetcrm.crm.tables import Cell, Column, Table
from sheetcrm.languages import fields_named
from sheetcrm.languages.folding import fold
from sheetcrm.languages.lists import TOTALS
from sheetcrm.workbook.candidates import NAMES, Candidate
from sheetcrm.workbook.headers import header_text, slug
from sheetcrm.workbook.placement import BY_HEADERS, Mark, Placement, SheetTop
from sheetcrm.workbook.raw_book import RawBook
from sheetcrm.workbook.reading import read_more
from sheetcrm.workbook.same_order import check_order

VISITS = VISITS_SPEC.name

_SEVERAL = 2
_KEY = ("date", "client", "phone", "service", "amount")
_Line = dict[str, Cell]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Joined:
    """The lines of several journals as one table.

    `lines` have cells by field, or by header for columns of her own; `sheets` are those whose lines they are, `doubles`
    sheets most of whose lines stand in another one. `dated` lines took the day of the line above, `left_out` rows name
    neither client nor day. `yearless` has how many days of a sheet are copied as they are typed, since nothing tells their year.
    """

    placement: Placement
    table: Table
    lines: Sequence[Mapping[str, Cell]]
    sheets: tuple[str, ...]
    doubles: tuple[str, ...] = ()
    dated: int = 0
    left_out: int = 0
    yearless: Mapping[str, int] = field(default_factory=dict)
    places: Sequence[tuple[str, int]] = ()  # of each line its sheet and its row there, as Excel counts


def months_among(found: Sequence[Candidate]) -> list[Candidate]:
    """Return the journals whose sheets are named after a month or a year and have rows; none where it is one alone."""
    months = [c for c in found if c.journal and c.rows and c.visible and any(month_of(c.sheet))]
    return months if len(months) >= _SEVERAL else []


def marks_for(chosen: Sequence[Candidate]) -> list[Mark]:
    """Return where these journals stand, as marks."""
    return [Mark(VISITS, "", c.sheet, c.row, c.column) for c in chosen]


def without_visits(raw: RawBook) -> RawBook:
    """Return a workbook as read, without the one of its journals that was read as its visits."""
    return replace(
        raw,
        tables=_without(raw.tables),
        placements=_without(raw.placements),
        ours=_without(raw.ours),
        formulas=_without(raw.formulas),
        problems=tuple(p for p in raw.problems if p.table != VISITS),
    )


def _without(by_table: Mapping[str, _T]) -> dict[str, _T]:
    return {table: one for table, one in by_table.items() if table != VISITS}


@dataclass
class _Sheet:
    """One journal on its way: its lines, and what was done to them."""

    title: str
    table: Table
    month: Month
    lines: list[_Line]
    dated: int = 0
    left_out: int = 0
    rows: list[int] = field(default_factory=list)


def join(
    raw: RawBook,
    chosen: Sequence[Candidate],
    tops: Sequence[SheetTop],
    *,
    name: str,
    columns: Mapping[str, str],
    hers: Collection[str],
    country: str,
) -> Joined:
    """Tell the lines of several journals together, in the order of their sheets.

    `columns` are headers by field, `hers` folded headers that stay her own. A journal most of whose lines stand in
    another one is a copy of it, and counts once. Raises TablesNotFound (`check_order`).
    """
    tables = read_more(raw, marks_for(chosen), name=name, columns=columns)
    check_order(tables, name)
    rows_of = {top.title: top.rows for top in tops}
    keys = _Keys(hers)
    found = []
    for candidate, table in zip(chosen, tables, strict=True):
        above = [header_text(cell) for row in rows_of[candidate.sheet][: candidate.row - 1] for cell in row]
        found.append(_month(candidate.sheet, above, table, name))
    sheets = [
        _sheet(table, month, country, keys.of(table)) for table, month in zip(tables, with_years(found), strict=True)
    ]
    kept, doubles = _without_doubles([sheet for sheet in sheets if sheet.lines])
    lines = [line for sheet in kept for line in sheet.lines]
    return Joined(
        _placement(chosen[0], keys),
        _table(lines, keys),
        lines,
        tuple(sheet.title for sheet in kept),
        doubles,
        sum(sheet.dated for sheet in kept),
        sum(sheet.left_out for sheet in kept),
        {sheet.title: count for sheet in kept if (count := sum(lacks_year(line.get("date")) for line in sheet.lines))},
        [(sheet.title, row) for sheet in kept for row in sheet.rows],
    )


class _Keys:
    """Under which key the cells of a column go: a field, or a header of hers, the same in all sheets."""

    def __init__(self, hers: Collection[str]) -> None:
        self._hers = hers
        self.headers: dict[str, str] = {}  # as the first sheet has it
        self.own: dict[str, str] = {}  # headers of hers by their folded form

    def of(self, table: Table) -> dict[str, str]:
        """Return the keys of a table's columns by field or slug; what we write there, and the parts of a name, are left out."""
        found: dict[str, str] = {}
        parts = name_parts(table)
        if parts:
            self.headers.setdefault("client", " ".join(table.headers[part] for part in parts))
        for known in table.columns:
            if known in parts:
                continue
            header = table.headers[known]
            field = None if known in table.own else VISITS_SPEC.field(known)
            if field is not None and not field.derived and fold(header) not in self._hers:
                found[known] = known
                self.headers.setdefault(known, header)
            elif field is None or not field.derived:
                found[known] = self._own(header, found.values())
        return found

    def _own(self, header: str, taken: Collection[str]) -> str:
        number, text = 1, header
        while (key := self.own.setdefault(fold(text), text)) in taken:
            number += 1
            text = f"{header} {number}"
        return key


def name_parts(table: Table) -> list[str]:
    """Return the columns that hold first and last name of who came, where no column holds both; in this order."""
    if "client" in table:
        return []
    named = {field: own for own in table.own for field in fields_named(table.headers[own]) if field in NAMES}
    return [named[field] for field in ("name", "first_name", "last_name") if field in named]


def _month(title: str, above: Sequence[str], table: Table, name: str) -> Month:
    """Return the month of a sheet: by its title, by what stands above its headers, by its whole dates, by the file's name."""
    found = [month_of(title), *map(month_of, above)]
    month = next((one.month for one in found if one.month), 0)
    years = {cell.year for cell in table.column("date").values if isinstance(cell, datetime)}
    of_dates = years.pop() if len(years) == 1 else 0
    year = next((one.year for one in found if one.year), 0) or of_dates or month_of(re.sub(r"\.\w+$", "", name)).year
    return Month(year, month)


def _sheet(table: Table, month: Month, country: str, keys: Mapping[str, str]) -> _Sheet:
    made = _Sheet(table.sheet, table, month, [])
    day: Cell = None
    for row, line in zip(table.rows.tolist(), _lines(table, month, country, keys), strict=True):
        if _is_sum(line):
            made.left_out += 1
            continue
        typed = line.get("date")
        told = is_day(typed) or lacks_year(typed)
        day = typed if told else day
        if "client" not in line and not (told and len(line) > 1):
            made.left_out += 1  # a heading, a blank template's row, a note
            continue
        if typed is None and day is not None and len(line) > 1:
            line["date"] = day
            made.dated += 1
        made.lines.append(line)
        made.rows.append(row)
    return made


def _lines(table: Table, month: Month, country: str, keys: Mapping[str, str]) -> Iterator[_Line]:
    columns = {key: table.columns[known] for known, key in keys.items()}
    if parts := name_parts(table):
        names = zip(*(table.columns[part].cells() for part in parts), strict=True)
        columns["client"] = Column.encode(
            [" ".join(str(word) for word in words if word is not None).strip() for words in names]
        )
    if "date" in columns:
        columns["date"] = columns["date"].map(lambda cell: _day(cell, month, country))
    keyed, cells = list(columns), [column.cells() for column in columns.values()]
    for row in zip(*cells, strict=True):
        yield {name: cell for name, cell in zip(keyed, row, strict=True) if cell is not None}


def _day(cell: Cell, month: Month, country: str) -> Cell:
    """Return the day that a cell means; where nothing tells the month of `17`, that as text: a bare 17 is a day of 1900."""
    day = day_in(cell, month, country)
    is_serial = isinstance(day, int | float) and not isinstance(day, bool)
    return day if not is_serial or is_day(day) else f"{day:g}"


def _is_sum(line: Mapping[str, Cell]) -> bool:
    """Tell whether a word for a sum stands where the day or the client does (`Razem`, `Итого за январь`)."""
    words = [fold(cell) for field in ("date", "client") if isinstance(cell := line.get(field), str)]
    return any(word in TOTALS or word.partition(" ")[0] in TOTALS for word in words)


def _without_doubles(sheets: Sequence[_Sheet]) -> tuple[list[_Sheet], tuple[str, ...]]:
    """Take out the sheets of whose lines more than half stand in those before them."""
    seen: set[Hashable] = set()
    kept, doubles = list[_Sheet](), list[str]()
    for sheet in sheets:
        here = [tuple(str(line.get(field, "")) for field in _KEY) for line in sheet.lines]
        if 2 * sum(key in seen for key in here) > len(here):
            doubles.append(sheet.title)
            continue
        seen.update(here)
        kept.append(sheet)
    return kept, tuple(doubles)


def _placement(first: Candidate, keys: _Keys) -> Placement:
    """Return where the first of the journals stands, with the headers of all of them."""
    headers, own = dict(keys.headers), list[str]()
    for header in keys.own.values():
        own.append(slug(header, {*VISITS_SPEC.names, *own}))
        headers[own[-1]] = header
    columns = {known: at for at, known in enumerate(headers, first.column)}
    last = first.column + len(columns) - 1
    return Placement(
        VISITS, first.sheet, BY_HEADERS, first.row, first.column, last, None, columns, headers, own=tuple(own)
    )


def _table(lines: Sequence[Mapping[str, Cell]], keys: _Keys) -> Table:
    names = [*keys.headers, *keys.own.values()]
    columns = {name: Column.encode([line.get(name) for line in lines]) for name in names}
    headers = {**keys.headers, **{header: header for header in keys.own.values()}}
    return Table(VISITS, np.arange(2, len(lines) + 2), columns, own=tuple(keys.own.values()), headers=headers)
