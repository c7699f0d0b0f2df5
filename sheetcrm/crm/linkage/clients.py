"""The pairs of a workbook's client list, as they are shown: who may be one person, how surely, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sheetcrm.crm.linkage.finding import find
from sheetcrm.crm.linkage.reasons import Reason, reasons_of
from sheetcrm.crm.linkage.tiers import NAMES

if TYPE_CHECKING:
    import numpy.typing as npt

    from sheetcrm.crm.tables import Table

_DIGITS = 4


class Pair(NamedTuple):
    """Two clients by their positions in the table, the upper row first; `score` is 0-1, `tier` one of `tiers.NAMES`."""

    left: int
    right: int
    score: float
    tier: str
    reasons: tuple[Reason, ...]


def pairs_among(clients: Table, apart: npt.NDArray[np.bool_] | None = None) -> list[Pair]:
    """Return the pairs of a client table that may be one person, strongest first.

    Rows in `apart` (a mask: those that were merged into another) are in none.
    """
    positions = np.flatnonzero(~apart) if apart is not None else np.arange(len(clients))
    columns = {name: column.take(positions) for name, column in clients.columns.items()}
    found = find(columns, len(positions))
    return [
        Pair(
            int(positions[left]),
            int(positions[right]),
            round(float(found.probability[place]), _DIGITS),
            NAMES[found.tier[place]],
            tuple(reasons_of(found, columns, place)),
        )
        for place, (left, right) in enumerate(zip(found.left.tolist(), found.right.tolist(), strict=True))
    ]
