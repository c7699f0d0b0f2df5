"""Where a client stands among the others: fifths of a ranking, classes by share of the revenue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from sheetcrm.crm.tables import Column
    from sheetcrm.crm.visits import Cents

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.object_]

_FIFTHS = 5
_A_SHARE, _B_SHARE = 80, 95  # percent of the revenue that those before her bring
_CODES = np.array([f"{code:03d}" for code in range(1000)], dtype=object)


def fifths(values: npt.NDArray[Any]) -> Ints:
    """Return 1-5 for each value: ceil(5 · rank(pct)), the largest 5, equal ones sharing their average rank. Exact."""
    _, number, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    doubled_rank = 2 * last - counts + 1
    doubled_size = 2 * len(values)
    scores: Ints = ((_FIFTHS * doubled_rank + doubled_size - 1) // doubled_size)[number].astype(np.int64)
    return scores


def rfm(last_visit: npt.NDArray[Any], visits: Ints, cents: Cents) -> Words:
    """Return the three digits of recency, frequency and money per client; all of them have a visit."""
    codes: Words = _CODES[fifths(last_visit) * 100 + fifths(visits) * 10 + fifths(cents)]
    return codes


def value_classes(cents: Cents, ids: Column) -> Words:
    """Return A, B or C per client, by how much of the positive revenue those who spend more bring; exact in cents.

    Of those who spend the same, the id that comes first as text counts as before ("C10" before "C2"); one without an id
    comes last, then rows count in their order.
    """
    rank = np.empty(len(ids.values) + 1, dtype=np.int64)
    rank[sorted(range(len(ids.values)), key=lambda code: str(ids.values[code]))] = np.arange(len(ids.values))
    rank[-1] = len(ids.values)
    order = np.lexsort((rank[ids.codes], -cents))
    spent = np.maximum(cents[order], 0)
    before = np.cumsum(spent) - spent
    total = int(spent.sum())
    classes = np.where(before * 100 < _A_SHARE * total, "A", np.where(before * 100 < _B_SHARE * total, "B", "C"))
    classes[spent == 0] = "C"
    result = np.empty(len(cents), dtype=object)
    result[order] = classes
    return result
