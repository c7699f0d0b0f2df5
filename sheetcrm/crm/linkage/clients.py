"""The pairs of a workbook's client list, as they are shown: who may be one person, how surely, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sheetcrm.crm.linkage.finding import find, probability
from sheetcrm.crm.linkage.memory import Memory, Verdicts, verdicts_of
from sheetcrm.crm.linkage.reasons import Reason, worded
from sheetcrm.crm.linkage.records import RAW_FIELDS
from sheetcrm.crm.linkage.renewing import recalled
from sheetcrm.crm.linkage.tiers import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from sheetcrm.crm.tables import Column, Table

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
    return pairs_recalled(clients, apart, None)[0]


def pairs_recalled(
    clients: Table, apart: npt.NDArray[np.bool_] | None, memory: Memory | None
) -> tuple[list[Pair], Memory | None]:
    """Return the same pairs by what is known from an earlier run, and what is to be remembered: `memory` itself if that still serves."""
    positions = np.flatnonzero(~apart) if apart is not None else np.arange(len(clients))
    columns = {name: clients.columns[name].take(positions) for name in RAW_FIELDS if name in clients.columns}
    if memory is None:
        found = verdicts_of(find(columns, len(positions)), columns)
    else:
        found, memory = recalled(columns, len(positions), memory)
    return _pairs(found, columns, positions), memory


def _pairs(found: Verdicts, columns: Mapping[str, Column], positions: npt.NDArray[np.int64]) -> list[Pair]:
    scores = probability(found.total).round(_DIGITS).tolist()
    tiers = [NAMES[tier] for tier in found.tier.tolist()]
    places = positions[found.left].tolist(), positions[found.right].tolist()
    return list(map(Pair, *places, scores, tiers, worded(found.why, columns, found.left, found.right)))
