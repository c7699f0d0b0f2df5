"""How often a client comes: medians of the days between visits, in exact halves and quarters of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from sheetcrm.crm.tables import Dates

Ints = npt.NDArray[np.int64]

LEAST_ALIKE = 5
"""Clients with the same favourite service, from which on their own median is used rather than everybody's."""


def doubled_medians(group: Ints, value: Ints, size: int) -> tuple[Ints, Ints]:
    """Return (number of values, twice their median) per group 0 … size - 1; both 0 where a group has none.

    Doubled, the median of integers is an integer. `value` is not negative.
    """
    counts = np.bincount(group, minlength=size).astype(np.int64)
    width = int(value.max(initial=0)) + 1
    ordered = np.sort(group * width + value)
    starts = np.cumsum(counts) - counts
    some = counts > 0
    low = starts[some] + (counts[some] - 1) // 2
    high = starts[some] + counts[some] // 2
    doubled = np.zeros(size, dtype=np.int64)
    doubled[some] = ordered[low] % width + ordered[high] % width
    return counts, doubled


def visit_intervals(client: npt.NDArray[np.int32], day: Dates, favourite: npt.NDArray[np.int32]) -> Ints:
    """Return the expected days between visits per client, 0 for one who came on a single day or never.

    `client` and `day` are done visits in the order of client and day; `favourite` has a code of the favourite service
    per client, -1 where there is none (she is then compared with everybody). With k gaps, m their median and s the
    median over clients of m: half-up of (k·m + s) / (k + 1).
    """
    size = len(favourite)
    same = client[1:] == client[:-1]
    gap = np.diff(day.astype(np.int64))
    between = same & (gap > 0)
    gaps, median2 = doubled_medians(client[1:][between].astype(np.int64), gap[between], size)
    returning = np.flatnonzero(gaps)
    if not len(returning):
        return np.zeros(size, dtype=np.int64)

    _, everybody4 = doubled_medians(np.zeros(len(returning), dtype=np.int64), median2[returning], 1)
    service = favourite[returning].astype(np.int64) + 1  # 0: no favourite
    alike, service4 = doubled_medians(service, median2[returning], int(favourite.max()) + 2)
    enough = (alike >= LEAST_ALIKE) & (np.arange(len(alike)) > 0)
    pull4 = np.where(enough, service4, everybody4[0])[service]

    k = gaps[returning]
    quarters = 2 * k * median2[returning] + pull4  # 4 · (k·m + s)
    intervals = np.zeros(size, dtype=np.int64)
    intervals[returning] = (quarters + 2 * (k + 1)) // (4 * (k + 1))
    return intervals
