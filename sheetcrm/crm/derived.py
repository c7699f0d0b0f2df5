"""Derived figures as cells: what would be written, and where that differs from what stands there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.fields import DERIVED, FROM_VISITS, Kind
from sheetcrm.crm.tables import EMPTY, Cell, Column, Table
from sheetcrm.crm.values import ColumnChange
from sheetcrm.languages import Language

Figures = Mapping[str, npt.NDArray[Any]]

_KINDS = {f.name: f.kind for f in DERIVED}
_WHOLE = frozenset({"visits", "age", "visit_interval"})
_COMPARABLE = {Kind.DATE: {str, date}, Kind.NUMBER: {str, int, float}, Kind.MONEY: {str, int, float}}
"""Types of cells that are compared as they stand, by the kind of field; text in all others."""

_EXCEL_EPOCH = date(1899, 12, 30)  # ECMA-376 part 1, 18.17.4.1: serial 61 is 1 March 1900; earlier ones are off by one


def cells(field: str, values: npt.NDArray[Any], words: Language) -> Column:
    """Return a derived field as the column of cells to be written: dates, ints, floats, words in the owner's language."""
    kind = _KINDS[field]
    if kind is Kind.DATE:
        return _dates(values)
    if kind in (Kind.NUMBER, Kind.MONEY):
        return _numbers(values, whole=field in _WHOLE)
    column = Column.encode(values.tolist())
    return column.map(words.choice) if kind is Kind.CHOICE else column


def _dates(values: npt.NDArray[Any]) -> Column:
    days, codes = np.unique(values.astype("datetime64[D]"), return_inverse=True)
    known = ~np.isnat(days)
    renumber = np.where(known, np.cumsum(known) - 1, -1).astype(np.int32)
    return Column(renumber[codes.ravel()], days[known].tolist())


def _numbers(values: npt.NDArray[Any], *, whole: bool) -> Column:
    numbers, codes = np.unique(values.astype(np.float64), return_inverse=True)
    known = ~np.isnan(numbers)
    renumber = np.where(known, np.cumsum(known) - 1, -1).astype(np.int32)
    kept = numbers[known]
    return Column(renumber[codes.ravel()], kept.astype(np.int64).tolist() if whole else kept.tolist())


def comparable(kind: Kind, cell: Cell) -> Cell:
    """Return a cell in the form in which what stands there and what would be written are compared."""
    if kind is Kind.DATE:
        if isinstance(cell, datetime):
            return cell.date() if cell.time() == datetime.min.time() else cell
        if isinstance(cell, int | float) and not isinstance(cell, bool) and 0 < cell <= 2958465:  # noqa: PLR2004 - 9999-12-31
            return _EXCEL_EPOCH + timedelta(days=int(cell))
        return cell
    if kind in (Kind.NUMBER, Kind.MONEY):
        return float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else cell
    return str(cell) if not isinstance(cell, bool) else cell


def differing(kind: Kind, old: Column, new: Column) -> npt.NDArray[np.int64]:
    """Return the positions where the new column says something else than the old one; compared once per distinct value."""
    index: dict[Any, int] = {}

    def numbered(column: Column) -> npt.NDArray[np.int32]:
        same = set(map(type, column.values)) <= _COMPARABLE.get(kind, {str})
        values = column.values if same else [comparable(kind, value) for value in column.values]
        table = [index.setdefault(value, len(index)) for value in values]
        return np.array([*table, EMPTY], dtype=np.int32)[column.codes]

    return np.flatnonzero(numbered(old) != numbered(new)).astype(np.int64)


def column_changes(
    clients: Table, ours: Mapping[str, Column], figures: Figures, words: Language, *, with_visits: bool
) -> Iterator[ColumnChange]:
    """Yield, per derived field, the cells that are to change.

    `ours` are our columns as they stand now; a field without one yields its filled rows (possibly none), so that it is added.
    """
    for field in DERIVED:
        name = field.name
        if name not in figures or (name in FROM_VISITS and not with_visits):
            continue
        new = cells(name, figures[name], words)
        column = ours.get(name)
        old = column if column is not None else Column.empty(len(clients))
        positions = differing(field.kind, old, new)
        if len(positions) or column is None:
            yield ColumnChange("Clients", name, positions, old.take(positions), new.take(positions))
