"""Cleaned tables from text, without the room that cleans: tests of the later stages see just what they are given."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from sheetcrm.crm.fields import TABLES, Kind
from sheetcrm.crm.tables import Cleaned, Column, Table


def cleaned(name: str, text: str) -> Cleaned:
    """Read a table written as text, cells parted by `|`, the first line the field names; rows are numbered from 2."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    header, rows = lines[0], lines[1:]
    assert all(len(row) == len(header) for row in rows), "a row of another length than the header"
    return from_cells(name, {field: [row[i] or None for row in rows] for i, field in enumerate(header)}, len(rows))


def from_cells(name: str, cells: dict[str, list[Any]], length: int) -> Cleaned:
    """Build a cleaned table from columns of text (days in ISO, times as `15:30`)."""
    kinds = {field.name: field.kind for field in TABLES[name].fields}
    raw = {field: Column.encode(column) for field, column in cells.items()}
    dates = {f: _days(c) for f, c in cells.items() if kinds.get(f) in (Kind.DATE, Kind.BIRTHDAY)}
    numbers = {
        f: np.array([np.nan if v is None else float(v) for v in c], dtype=np.float64)
        for f, c in cells.items()
        if kinds.get(f) in (Kind.MONEY, Kind.NUMBER)
    }
    minutes = {
        f: np.array([_minutes(v) for v in c], dtype=np.int16) for f, c in cells.items() if kinds.get(f) is Kind.TIME
    }
    text = {f: raw[f] for f in cells if f not in {*dates, *numbers, *minutes}}
    table = Table(name, np.arange(2, length + 2), raw)
    return Cleaned(table, text, dates, numbers, minutes=minutes)


def _days(column: list[Any]) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    return np.array(["NaT" if cell is None else str(cell) for cell in column], dtype="datetime64[D]")


def _minutes(cell: str | None) -> int:
    return -1 if cell is None else int(cell[:2]) * 60 + int(cell[3:])


def day(text: str) -> date:
    """Return an ISO day."""
    return date.fromisoformat(text)
