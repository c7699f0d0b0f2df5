"""The finder: a client list in, pairs that may be one person out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.linkage.blocking import candidate_pairs
from sheetcrm.crm.linkage.levels import compare
from sheetcrm.crm.linkage.points import MOST, Scored, score
from sheetcrm.crm.linkage.records import Ids, Records, records_of
from sheetcrm.crm.linkage.tiers import Tier, tiers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sheetcrm.crm.tables import Column


@dataclass(frozen=True)
class Found:
    """Pairs of rows, strongest first: positions (`left` before `right`), `Tier`, probability in 0-1, and what they were scored by."""

    left: Ids
    right: Ids
    tier: npt.NDArray[np.int8]
    probability: npt.NDArray[np.float64]
    order: Ids
    scored: Scored
    records: Records


def find(columns: Mapping[str, Column], length: int, only: npt.NDArray[np.bool_] | None = None) -> Found:
    """Find the pairs of a client list, given its raw columns by field; with `only`, those of these rows with any."""
    records = records_of(columns, length)
    scored = score(records, compare(records, *candidate_pairs(records, only)))
    tier = tiers(records, scored)
    shown = np.flatnonzero(tier != Tier.NONE)
    total = scored.total - np.where(tier == Tier.HOUSEHOLD, 2 * MOST, 0.0)  # they are two, however much they share
    order = shown[np.lexsort((scored.compared.right[shown], scored.compared.left[shown], -total[shown]))]
    return Found(
        scored.compared.left[order],
        scored.compared.right[order],
        tier[order],
        1.0 / (1.0 + np.exp2(-total[order])),
        order,
        scored,
        records,
    )
