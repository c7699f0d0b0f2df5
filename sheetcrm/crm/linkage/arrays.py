"""Looking up in arrays, as each of the steps does."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.tables import EMPTY

Ids = npt.NDArray[np.int64]
"""Numbers of words, values or rows; -1 where there is none."""


def at(table: npt.NDArray[Any], ids: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return `table[ids]`, -1 where there is no id."""
    found: npt.NDArray[Any] = np.append(table, table.dtype.type(EMPTY))[ids]
    return found


def spans(starts: Ids, sizes: Ids) -> Ids:
    """Return the places of several spans of an array, one behind the other.

    >>> spans(np.array([3, 10]), np.array([2, 3])).tolist()
    [3, 4, 10, 11, 12]
    """
    return np.repeat(starts - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
