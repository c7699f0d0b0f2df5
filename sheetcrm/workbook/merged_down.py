"""What a merged cell means for the rows that it covers: one date for all visits of a day, one client for all lines below her.

Pure: encoded columns in, encoded columns out. Nothing of it is ever written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.tables import EMPTY, Column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sheetcrm.workbook.placement import Placement

_SHARED: Mapping[str, frozenset[str]] = {
    "Visits": frozenset({"date", "client", "phone", "staff", "ticket", "status"}),
}
"""Fields whose merged cell says the same of each row. An amount over three rows is what they come to together, and in Clients
a second row is another client."""


def carried_down(
    placement: Placement, columns: Mapping[int, Column], merged: Sequence[tuple[int, int, int, int]]
) -> dict[int, Column]:
    """Return the columns with the value of each merged cell in every row that it covers and that has something of its own.

    `merged` are (first row, first column, last row, last column) of merged areas; the columns begin below the headers.
    """
    wanted = {placement.columns[f]: f for f in _SHARED.get(placement.table, ()) if f in placement.columns}
    first = placement.header_row + 1
    areas = [(top - first, left, bottom - first) for top, left, bottom, _ in merged if bottom > top >= first]
    areas = [area for area in areas if area[1] in wanted]
    found = dict(columns)
    if not areas:
        return found
    hers = set(placement.columns.values()) - set(placement.ours.values())
    filled = np.logical_or.reduce([columns[at].codes != EMPTY for at in hers])
    for at in {left for _, left, _ in areas}:
        codes = columns[at].codes.copy()
        for top, _, bottom in (area for area in areas if area[1] == at and area[0] < len(codes)):
            below = slice(top + 1, bottom + 1)
            codes[below] = np.where(filled[below] & (codes[below] == EMPTY), codes[top], codes[below])
        found[at] = Column(codes, columns[at].values)
    return found
