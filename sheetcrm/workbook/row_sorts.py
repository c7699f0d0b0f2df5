"""What a row below a list, or between its rows, looks like, and which rows of a block are notes. Pure."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence


class Sort(Enum):
    """What a row looks like."""

    ROW = "row"  # with a cell that only a row has
    PERSON = "person"  # nothing but a name, and it is one
    PLAIN = "plain"  # a word that may be a name
    WORD = "word"  # one that does not begin as the names of the list do, or has a price
    MISFIT = "misfit"  # a name, and beside it what no such cell holds
    ODD = "odd"  # no name at all, or more than one would be
    HINT = "hint"  # `Red = VIP`, but so may somebody be told from others
    TITLE = "title"  # ends in a sign: people or notes follow
    NOTE = "note"  # clearly none
    LEGEND = "legend"  # and says that notes follow


NO_ROWS = frozenset({Sort.TITLE, Sort.NOTE, Sort.LEGEND})
LIKE_NOTES = NO_ROWS | {Sort.HINT}
_MAYBE_NAMES = frozenset({Sort.ROW, Sort.PERSON, Sort.PLAIN})
_BELOW_NOTES = frozenset({Sort.MISFIT, Sort.ODD, Sort.WORD})
"""What is no row below a note, though it would be one elsewhere."""


def notes_of(sorts: Sequence[Sort], *, after_gap: bool) -> npt.NDArray[np.bool_]:
    """Return which rows are notes, where no row for certain is among them (and right below the list no person, either).

    Below a legend's heading all are, below a title that may head people what surely is none, below other notes what is not
    like a name; a note that may be somebody's is one if no names follow, and it does not stand alone among them.
    """
    found, above = np.zeros(len(sorts), dtype=bool), None
    for at, sort in enumerate(sorts):
        if above is Sort.LEGEND:
            found[at:] = True
            break
        if sort is Sort.HINT:
            alone = len(sorts) == at + 1 and above is None and not after_gap
            found[at] = not alone and _MAYBE_NAMES.isdisjoint(sorts[at + 1 :])
        elif above is Sort.TITLE:
            found[at] = sort in NO_ROWS or sort is Sort.MISFIT
        elif above is Sort.NOTE and after_gap:
            found[at] = sort is not Sort.PERSON
        else:
            found[at] = sort in NO_ROWS or (above is not None and sort in _BELOW_NOTES)
        if sort in NO_ROWS or (found[at] and above is None):
            above = sort
    return found
