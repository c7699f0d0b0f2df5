"""What is different between two versions of an owner's workbook, and which of it is ours: columns, sheets, marks."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sheetcrm.crm.fields import DUPLICATES, TABLES
from sheetcrm.crm.settings import parse_settings
from sheetcrm.crm.tables import Cell
from sheetcrm.languages import Language, language
from sheetcrm.workbook.duplicates_sheet import filled_in
from sheetcrm.workbook.edge import mapped_errors
from sheetcrm.workbook.first_cells import added_headers, cells_of_new_sheet
from sheetcrm.workbook.headers import languages_of
from sheetcrm.workbook.opening import as_package
from sheetcrm.workbook.placement import Mark, Placement, column_settings, marks_of
from sheetcrm.workbook.program_sheets import KEPT_FIELDS
from sheetcrm.workbook.reading import places_of
from sheetcrm.workbook.same_rows import WAYS_TO_TELL
from sheetcrm.xlsx.cells import CellValue
from sheetcrm.xlsx.comparing import LISTED, CellChange, Differences, SheetDifference, Things, changed_places, compare
from sheetcrm.xlsx.errors import XlsxError
from sheetcrm.xlsx.pairing import Scheme
from sheetcrm.xlsx.refs import column_number, letters
from sheetcrm.xlsx.sides import Looks, Side

__all__ = ["LISTED", "BookDifferences", "CellChange", "SheetDifference", "Things", "cell_at", "differences"]

OUR_NAMES = "_sheetcrm."
"""How the names begin by which we know again what is ours."""


@dataclass(frozen=True)
class BookDifferences:
    """What is different, and what it takes to tell an owner of it."""

    found: Differences
    words: Language
    country: str
    program: frozenset[str]  # titles of the sheets that we keep
    headers: Mapping[str, Mapping[int, str]]  # by sheet and column, as `CellChange` counts it
    moved: Mapping[str, Sequence[int]]  # by sheet her columns that stand in another order than before


def differences(
    before: bytes,
    after: bytes,
    *,
    names: tuple[str, str],
    password: str | None = None,
    limit: int | None = LISTED,
    all_ours: bool = False,
) -> BookDifferences:
    """Compare two versions of a workbook; `names` is what errors call them. At most `limit` cells of a sheet are listed.

    `all_ours`: it is known that nobody but us has written in between.

    Raises WorkbookUnreadable, WorkbookPassword.
    """
    looks, opened = Looks(), []
    for data, name in zip((before, after), names, strict=True):
        with mapped_errors(name):
            opened.append(_Version(Side(as_package(data, name, password)[0], looks)))
    old, new = opened
    try:
        moved: dict[str, Sequence[int]] = {}

        def scheme(was: str, now: str) -> Scheme:
            known = _scheme(old, was, new, now)
            moved[now] = _out_of_order(known.moved)
            return replace(known, everything=all_ours)

        found = compare(old.side, new.side, scheme, limit=limit)
        tongue, country = new.spoken
        program = frozenset(p.sheet for v in (old, new) for p in v.placements.values() if _is_ours(p))
        return BookDifferences(found, language(tongue), country, program, _headers(old, new), moved)
    except (XlsxError, UnicodeDecodeError):
        with mapped_errors(names[0] if _is_broken(old.side) else names[1]):
            raise


def cell_at(row: int, column: int) -> str:
    """Name a cell of a difference; one whose column is gone by the place that it had."""
    return f"{letters(abs(column))}{row}"


def _is_broken(side: Side) -> bool:
    """Tell whether a version cannot even be read by itself."""
    try:
        for sheet in side.sheets:
            if sheet.kind == "worksheet":
                deque(changed_places(side, None, side, sheet.part), maxlen=0)
    except (XlsxError, UnicodeDecodeError):
        return True
    return False


def _headers(old: _Version, new: _Version) -> dict[str, dict[int, str]]:
    gone = {sheet: {-column: text for column, text in texts.items()} for sheet, texts in old.headers.items()}
    now = {**old.headers, **new.headers}
    return {sheet: {**gone.get(sheet, {}), **texts} for sheet, texts in now.items()}


class _Version:
    """One version as an owner's workbook: where its tables stand, what is marked as ours."""

    def __init__(self, side: Side) -> None:
        self.side = side

    @cached_property
    def placements(self) -> Mapping[str, Placement]:
        return places_of(self.side.document)

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        names = self.side.document.defined_names
        return marks_of((name.name, name.value) for name in names if name.sheet is None)

    def on_sheet(self, title: str) -> list[Placement]:
        return [placement for placement in self.placements.values() if placement.sheet == title]

    @cached_property
    def headers(self) -> dict[str, dict[int, str]]:
        found: dict[str, dict[int, str]] = {}
        for placement in self.placements.values():
            places = {**placement.columns, **placement.ours}
            texts = {c: placement.headers[name] for name, c in places.items() if name in placement.headers}
            found.setdefault(placement.sheet, {}).update(texts)
        return found

    @cached_property
    def spoken(self) -> tuple[str, str]:
        """The language and the country of the business."""
        known = (self.placements[name] for name in ("Clients", "Visits", "Services") if name in self.placements)
        spoken = languages_of([header for placement in known for header in placement.headers.values()])
        settings, _ = parse_settings(self._settings, spoken)
        return settings.language, settings.country

    def rows(self, placement: Placement, *, after: int | None = None) -> Iterator[tuple[int, dict[int, CellValue]]]:
        """Give the rows below a table's headers, or after that row: number, values by column."""
        after = placement.header_row if after is None else after
        part = next(sheet.part for sheet in self.side.sheets if sheet.title == placement.sheet)
        for number, row in self.side.rows(part):
            if number > after:
                cells = self.side.cells(row).items()
                yield number, {column_number(name): self.side.value(cell) for name, cell in cells}

    def ids(self, placement: Placement) -> int:
        """Return the column in which we number clients, 0 where there is none: the settings name it where hers has the word."""
        header = column_settings((str(name), value) for _, name, value in self._settings).get("client_id")
        name = next((name for name, text in placement.headers.items() if text == header), "client_id")
        return placement.columns.get(name, 0) if placement.table == "Clients" else 0

    @cached_property
    def _settings(self) -> list[tuple[Cell, Cell, Cell]]:
        placement = self.placements.get("Settings")
        if placement is None or not {"setting", "value"} <= placement.columns.keys():
            return []
        name, value = placement.columns["setting"], placement.columns["value"]
        return [(n, row[name], row[value]) for n, row in self.rows(placement) if name in row and value in row]


def _is_ours(placement: Placement) -> bool:
    return placement.table in TABLES and TABLES[placement.table].program


def _scheme(old: _Version, was: str, new: _Version, now: str) -> Scheme:
    """Say what is known of a sheet: our columns in it, where her columns stand now, what tells its rows apart."""
    here = new.on_sheet(now) if now else old.on_sheet(was)
    before = {placement.table: placement for placement in old.on_sheet(was)}
    if any(map(_is_ours, here)):
        ours = {c for p in here for name, c in p.columns.items() if name not in p.own and name not in _hers_in(p)}
        pairs = [p for p in here if p.table == DUPLICATES.name] if now else []
        written = frozenset(cell for p in pairs for cell in filled_in(p.columns, new.rows(p, after=0)))
        return Scheme(frozenset(ours), aligned=False, headed=frozenset(p.header_row for p in here), written=written)
    version, title = (new, now) if now else (old, was)
    there = {sheet.title for sheet in version.side.sheets}
    ours = {  # a library that gives a sheet another title leaves the names where they pointed
        mark.column
        for mark in version.marks
        if mark.field and (mark.sheet == title or (mark.sheet == was and was not in there))
    }
    filled = {column for p in here if (column := version.ids(p))}
    moved = _moved(before[here[0].table], here[0]) if len(here) == 1 and here[0].table in before else {}
    written = frozenset(cell for p in here for cell in _written(old, new, p, added=not was)) if now else frozenset()
    return Scheme(
        frozenset(ours), frozenset(filled), moved, tuple(way for p in here for way in _ways(p)), written=written
    )


def _written(old: _Version, new: _Version, placement: Placement, *, added: bool) -> Iterator[tuple[int, int]]:
    """Give the cells that `adopt` wrote for her to go on with; it has been there where the table is marked now and was not."""
    if not _is_marked(new, placement.table) or _is_marked(old, placement.table):
        return
    if added:
        yield from cells_of_new_sheet(placement, new.rows(placement))
    else:
        yield from added_headers(placement)


def _is_marked(version: _Version, table: str) -> bool:
    return any(mark.table == table for mark in version.marks)


def _hers_in(placement: Placement) -> frozenset[str]:
    return KEPT_FIELDS.get(placement.table, frozenset())


def _moved(before: Placement, now: Placement) -> dict[int, int]:
    """Return where columns stand that stood elsewhere; of those that are gone the number that they had, below zero."""
    then = {**before.columns, **{f"{name} (ours)": column for name, column in before.ours.items()}}
    places = {**now.columns, **{f"{name} (ours)": column for name, column in now.ours.items()}}
    moved = {column: places.get(name, -column) for name, column in then.items()}
    return moved if any(column != to > 0 for column, to in moved.items()) else {}


def _out_of_order(moved: Mapping[int, int]) -> Sequence[int]:
    """Return which columns, as they stand now, were put elsewhere: the fewest without which the others are in their old order."""
    ends: list[tuple[int, ...]] = []  # of each length the run in the old order that ends leftmost
    for _, column in sorted((was, now) for was, now in moved.items() if now > 0):
        at = bisect_left([run[-1] for run in ends], column)
        ends[at : at + 1] = [(*(ends[at - 1] if at else ()), column)]
    return sorted({column for column in moved.values() if column > 0} - set(ends[-1] if ends else ()))


def _ways(placement: Placement) -> list[tuple[int, ...]]:
    ways: Sequence[Sequence[str]] = WAYS_TO_TELL if placement.table == "Clients" else ()
    columns = [tuple(placement.columns[name] for name in way if name in placement.columns) for way in ways]
    return [way for way in columns if way]
