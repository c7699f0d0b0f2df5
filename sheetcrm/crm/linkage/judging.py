"""What the finder says of pairs that somebody names, rather than of those that it finds: whether they can be one person at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.linkage.levels import compare
from sheetcrm.crm.linkage.points import score
from sheetcrm.crm.linkage.records import records_of
from sheetcrm.crm.linkage.tiers import Tier, forbidden, tiers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from sheetcrm.crm.tables import Table


def two_people(
    clients: Table, pairs: Sequence[tuple[int, int]], apart: npt.NDArray[np.bool_] | None = None
) -> list[bool]:
    """Tell of each pair of positions whether they are two people: a household, or something forbids that they are one.

    A pair that is shown as a maiden name is none. How rare a value is is counted in the whole list, but for rows in `apart` (a mask:
    those that were merged into another; none of them may be in a pair).
    """
    if not pairs:
        return []
    kept = np.flatnonzero(~apart) if apart is not None else np.arange(len(clients))
    records = records_of({name: column.take(kept) for name, column in clients.columns.items()}, len(kept))
    left, right = (np.searchsorted(kept, np.array(side, dtype=np.int64)) for side in zip(*pairs, strict=True))
    scored = score(records, compare(records, left, right))
    tier = tiers(records, scored)
    two: list[bool] = ((tier == Tier.HOUSEHOLD) | (tier == Tier.NONE) & forbidden(records, scored)).tolist()
    return two
