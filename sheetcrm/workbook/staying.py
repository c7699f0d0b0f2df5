"""What stays of a write that is taken back: sheets and columns that she may have filled since, headers that an Excel table needs."""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby

from sheetcrm.crm.tables import Table
from sheetcrm.workbook.added_columns import ADDED
from sheetcrm.workbook.book import Workbook
from sheetcrm.workbook.columns import is_protected
from sheetcrm.xlsx.refs import letters

HERS = ("Clients", "Visits")
"""Lists of hers that have columns of ours."""


def left_behind(now: Workbook, before: Workbook) -> list[str]:
    """Return what stays of what a write had added: sheets by their titles, columns of her own lists like `Clients F-AG`.

    All of it may hold what she typed since.
    """
    placed = now.raw.placements
    found: list[str] = []
    if _was_adoption(now, before):
        there = {sheet.title for sheet in before.raw.document.sheets}
        ours = {place.sheet for place in placed.values()}
        found = [sheet.title for sheet in now.raw.document.sheets if sheet.title in ours - there]
    for name, place in placed.items():
        staying = {place.columns[field] for field in added(now, before, name) if keeps_header(now, name, field)}
        if place.excel_table and name in HERS and place.sheet not in found and not is_protected(now, place.sheet):
            staying |= {place.ours[field] for field in new_of_ours(now, before, name)}
        found += [f"{place.sheet} {run}" for run in _runs(staying)]
    return found


def rows_named(table: Table, positions: Collection[int]) -> list[str]:
    """Return rows of a list of hers, like `Clients 12-40`."""
    numbers = table.rows.tolist()
    rows = sorted(numbers[at] for at in positions)
    beside = groupby(enumerate(rows), key=lambda each: each[1] - each[0])
    runs = [[row for _, row in group] for _, group in beside]
    return [f"{table.sheet} {run[0]}" + (f"-{run[-1]}" if len(run) > 1 else "") for run in runs]


def _runs(columns: Collection[int]) -> list[str]:
    """Return columns by their letters: `F-AG` for those that stand side by side."""
    runs = []
    for _, group in groupby(enumerate(sorted(columns)), key=lambda each: each[1] - each[0]):
        beside = [column for _, column in group]
        runs.append(letters(beside[0]) + (f"-{letters(beside[-1])}" if len(beside) > 1 else ""))
    return runs


def _was_adoption(now: Workbook, before: Workbook) -> bool:
    """Tell whether the write made a client workbook of a list: nothing else adds a sheet of settings."""
    return "Settings" in now.raw.placements and "Settings" not in before.raw.placements


def added(now: Workbook, before: Workbook, name: str) -> list[str]:
    """Return the fields whose columns an adoption added to a list of hers; any other new column she made herself."""
    place, then = now.raw.placements[name], before.raw.placements.get(name)
    if then is None or then.sheet != place.sheet or not _was_adoption(now, before):
        return []
    names = ADDED.get(name, frozenset())
    return [field for field in place.columns if field in names and field not in then.columns]


def keeps_header(now: Workbook, name: str, field: str) -> bool:
    """Tell whether a column that the write added keeps its header: those of an Excel table are its columns' names."""
    place, table = now.raw.placements[name], now.raw.tables[name]
    if place.excel_table:
        return True
    return field not in place.ours and field in table and bool(table.columns[field].filled.any())


def new_of_ours(now: Workbook, before: Workbook, name: str) -> list[str]:
    """Return the fields of ours in a list of hers whose columns were not there."""
    then = before.raw.placements.get(name)
    return [field for field in now.raw.placements[name].ours if then is None or field not in then.columns]
