"""Rows of the program's sheets that are about clients who are erased: which they are, and the sheets without them. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.cells import id_text, shown
from sheetcrm.crm.lineage import bare_id
from sheetcrm.crm.tables import Column

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sheetcrm.crm.tables import Table


_ABOUT: Mapping[str, tuple[str, ...]] = {
    "Outbox": ("client_id",),
    "Calls": ("client_id",),
    "Today": ("client_id",),
    "Why": ("client_id",),
    "Duplicates": ("left", "right"),
    "Changes": ("client_id", "other_id"),
}
"""Where a row of a program's sheet says whom it is about."""

_TOLD: Mapping[str, tuple[str, ...]] = {"Sent": ("client_id",), "Changes": _ABOUT["Changes"]}
"""The same of those sheets in which her rows stay: what the owner has typed beside them is about her, and goes."""

_OURS_ALONE = frozenset({"Outbox", "Calls", "Why", "Duplicates"})
"""Sheets of ours in which no row about somebody erased stays. Today is made anew each day, Changes tells of the erasing."""


def mentions(tables: Mapping[str, Table], ids: Collection[str]) -> bool:
    """Tell whether a sheet of ours has rows of these clients (ids as they are compared) that are to go."""
    return any(_is_about(table, _ABOUT[name], ids).any() for name, table in tables.items() if name in _OURS_ALONE)


def _is_about(table: Table, fields: Collection[str], ids: Collection[str]) -> npt.NDArray[np.bool_]:
    """Tell which rows of a table name one of these clients (ids as they are compared) in one of the fields."""
    found = [
        table.column(field).lookup(lambda cell: bare_id(id_text(cell)) in ids, False, np.bool_) for field in fields
    ]
    either: npt.NDArray[np.bool_] = np.logical_or.reduce(found)
    return either


_NAMED_BY = {"client_id": ("client", "before", "after"), "other_id": ("other", "before", "after")}


def told_rows(tables: Mapping[str, Table], ids: Collection[str]) -> dict[str, frozenset[int]]:
    """Return the Excel rows about these clients (ids as they are compared), by table, in the sheets in which such rows stay."""
    return {
        name: frozenset(map(int, table.rows[_is_about(table, of, ids)]))
        for name, of in _TOLD.items()
        if (table := tables.get(name)) is not None
    }


def without_people(
    tables: Mapping[str, Table], ids: Collection[str], rows: Mapping[str, Collection[int]]
) -> dict[str, Table]:
    """Return the tables with the program's sheets as if they said nothing of these clients (ids as they are compared).

    `rows` are theirs in sheets of the owner's, Excel rows by title.
    """
    found = {name: _without(table, ids) if name in _ABOUT else table for name, table in tables.items()}
    if "Problems" in found:
        found["Problems"] = _without_problems(found["Problems"], rows)
    return found


def _without(table: Table, ids: Collection[str]) -> Table:
    """Return a program's sheet as if it said nothing of these clients: Changes keeps its rows without names and values."""
    about = {name: _is_about(table, (name,), ids) for name in _ABOUT[table.name]}
    if table.name == "Changes":
        columns = dict(table.columns)
        for name, those in about.items():
            for field in _NAMED_BY[name]:
                cells = columns[field].cells() if field in columns else []
                if cells:
                    columns[field] = Column.encode(None if gone else c for gone, c in zip(those, cells, strict=True))
        return replace(table, columns=columns)
    return _but_for(table, np.logical_or.reduce(list(about.values())))


def _without_problems(table: Table, rows: Mapping[str, Collection[int]]) -> Table:
    """Return the sheet Problems without what was wrong in some rows (Excel rows by sheet): its words quote what stood there."""
    places = zip(table.column("sheet").cells(), table.column("row").cells(), strict=True)
    numbers = {sheet: {str(row) for row in of} for sheet, of in rows.items()}
    gone = [id_text(row) in numbers.get(shown(sheet), ()) for sheet, row in places]
    return _but_for(table, np.array(gone, dtype=np.bool_))


def _but_for(table: Table, gone: npt.NDArray[np.bool_]) -> Table:
    if not gone.any():
        return table
    columns = {name: column.take(~gone) for name, column in table.columns.items()}
    return replace(table, rows=table.rows[~gone], columns=columns)
