"""What was done to the client list on the owner's word: rows merged and taken apart again, pairs settled as two people."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sheetcrm.crm.tables import Cell

MERGE, UNMERGE, DIFFERENT, HOUSEHOLD = "merge", "unmerge", "different", "household"
KINDS = (MERGE, UNMERGE, DIFFERENT, HOUSEHOLD)
"""What an act can be."""

_DIGITS = 10


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell of Clients that an act changed: whose, which field (or slug of her own column), what stood there, what stands there now.

    `before` equal to `after` tells of a value of a merged row that stays in that row alone, for the survivor has another one.
    """

    client_id: str
    field: str
    before: Cell
    after: Cell


@dataclass(frozen=True, slots=True)
class Act:
    """Something done on the owner's word. Of `merge` and `unmerge`, `left` is the survivor's id and `right` the merged row's.

    `id` is 10 hex digits, `at` ISO seconds ("": not recorded yet); `mark` is what the data of a settled pair were
    (`decisions.Settled`).
    """

    id: str
    kind: str
    at: str
    left: str
    right: str
    cells: tuple[CellChange, ...] = ()
    mark: str = ""

    @property
    def pair(self) -> frozenset[str]:
        """The ids of the two, whichever stands first."""
        return frozenset((self.left, self.right))


def new_act(
    kind: str,
    left: str,
    right: str,
    *,
    before: Sequence[Act],
    at: str = "",
    cells: tuple[CellChange, ...] = (),
    mark: str = "",
) -> Act:
    """Return an act that comes after those `before`: its id is that of no other, and the same however often it is planned."""
    number = sum(act.pair == {left, right} for act in before)
    text = json.dumps([kind, left, right, number, mark], ensure_ascii=False)
    return Act(hashlib.sha256(text.encode()).hexdigest()[:_DIGITS], kind, at, left, right, cells, mark)


def dated(acts: Sequence[Act], now: datetime) -> tuple[Act, ...]:
    """Return acts with the moment in which they are recorded, where they have none. By the clock: it tells which one is the later."""
    at = now.isoformat(timespec="seconds")
    return tuple(act if act.at else replace(act, at=at) for act in acts)
