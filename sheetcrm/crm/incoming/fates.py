"""What becomes of each row of another list, and what her list is to hold then: frozen values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sheetcrm.crm.tables import Cell

ADDED, UPDATED, SAME, DUPLICATE, REFUSED = OUTCOMES = ("added", "updated", "same", "duplicate", "refused")


@dataclass(frozen=True)
class Fate:
    """What becomes of one row: `row` is its number in the file, `client` who or what stands there as a person is told of it.

    `reason` is one word for why it was refused, or which kind of duplicate it is; `params` are what the words quote.
    """

    row: int
    outcome: str
    client: str = ""
    reason: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


class Difference(NamedTuple):
    """A cell of hers that stays although the file says something else, in the row `row` of the file."""

    row: int
    client: str
    field: str
    hers: str
    theirs: str


@dataclass(frozen=True)
class Brought:
    """What another list comes to.

    `cells` are to be written into rows that stand there, by table, (position, field); `rows` are new ones, cells by field or slug.
    `people` counts the clients that visits bring, `unknown` the visits that are nobody's.
    """

    table: str
    fates: tuple[Fate, ...] = ()
    cells: Mapping[str, Mapping[tuple[int, str], Cell]] = field(default_factory=dict)
    rows: Mapping[str, Sequence[Mapping[str, Cell]]] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    people: int = 0
    unknown: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many rows have each outcome; they add up to all that were read."""
        found = Counter(fate.outcome for fate in self.fates)
        return {outcome: found[outcome] for outcome in OUTCOMES}

    @property
    def changes(self) -> bool:
        """Whether anything is to be written."""
        return any(self.cells.values()) or any(self.rows.values())
