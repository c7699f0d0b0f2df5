"""The finder: a client list in, pairs that may be one person out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.linkage.arrays import Ids
from sheetcrm.crm.linkage.blocking import candidate_pairs
from sheetcrm.crm.linkage.counts import MOST, Counts, counts_of
from sheetcrm.crm.linkage.levels import Comparing, compare
from sheetcrm.crm.linkage.points import Scored, score
from sheetcrm.crm.linkage.promising import promising
from sheetcrm.crm.linkage.records import Records, records_of
from sheetcrm.crm.linkage.tiers import Tier, tiers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sheetcrm.crm.tables import Column

_AT_ONCE = 1 << 18  # pairs; so many take some hundred MiB while they are compared


@dataclass(frozen=True)
class Found:
    """Pairs of rows, strongest first: positions (`left` before `right`), `Tier`, bits for one person, and what they were scored by."""

    tier: npt.NDArray[np.int8]
    total: npt.NDArray[np.float64]
    scored: Scored
    records: Records

    @property
    def left(self) -> Ids:
        """The upper row of each pair."""
        return self.scored.compared.left

    @property
    def right(self) -> Ids:
        """The lower row of each pair."""
        return self.scored.compared.right

    @property
    def probability(self) -> npt.NDArray[np.float64]:
        """How likely each pair is one person, 0-1."""
        return probability(self.total)


def find(columns: Mapping[str, Column], length: int, only: npt.NDArray[np.bool_] | None = None) -> Found:
    """Find the pairs of a client list, given its raw columns by field; with `only`, those of these rows with any."""
    records = records_of(columns, length)
    return judged(records, *candidate_pairs(records, only))


def judged(records: Records, left: Ids, right: Ids, counts: Counts | None = None) -> Found:
    """Judge pairs of rows of a list: those that are worth showing. `counts`: of a longer list, of which this is a part."""
    counts, comparing = counts or counts_of(records), Comparing(records)
    parts = []
    for start in range(0, max(len(left), 1), _AT_ONCE):
        one, other = left[start : start + _AT_ONCE], right[start : start + _AT_ONCE]
        may = promising(comparing, one, other, register=counts.register)
        scored = score(records, compare(records, one[may], other[may], comparing), counts)
        tier = tiers(records, scored)
        shown = np.flatnonzero(tier != Tier.NONE)
        parts.append((tier[shown], scored.take(shown)))
    tier, scored = np.concatenate([tier for tier, _ in parts]), Scored.joined([scored for _, scored in parts])
    total = scored.total - np.where(tier == Tier.HOUSEHOLD, 2 * MOST, 0.0)  # they are two, however much they share
    order = strongest_first(total, scored.compared.left, scored.compared.right)
    return Found(tier[order], total[order], scored.take(order), records)


def strongest_first(total: npt.NDArray[np.float64], left: Ids, right: Ids) -> Ids:
    """Return the order in which pairs are shown."""
    return np.lexsort((right, left, -total))


def probability(total: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return bits as a probability."""
    return 1.0 / (1.0 + np.exp2(-total))
