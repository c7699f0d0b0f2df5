"""What was done to the client list on the owner's word: rows merged and taken apart again, pairs settled as two people."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from sheetcrm.crm.cells import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sheetcrm.crm.tables import Cell

MERGE, UNMERGE, DIFFERENT, HOUSEHOLD, UNDONE = "merge", "unmerge", "different", "household", "undone"
OPTED_OUT, ERASED = "opted-out", "erased"
KINDS = (MERGE, UNMERGE, DIFFERENT, HOUSEHOLD, UNDONE, OPTED_OUT, ERASED)
"""What an act can be."""

_DIGITS = 10
_NAMES = frozenset({"name", "first_name", "middle_name", "last_name"})


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell of Clients that an act changed: whose, which field (or slug of her own column), what stood there, what stands there now.

    `before` equal to `after` tells of a value that stays: by a merge in the merged row alone, for the survivor has another one; by taking
    it back in the survivor's, for the column is not known any more.
    """

    client_id: str
    field: str
    before: Cell
    after: Cell


@dataclass(frozen=True, slots=True)
class Act:
    """Something done on the owner's word. Of `merge` and `unmerge`, `left` is the survivor's id and `right` the merged row's.

    Of `opted-out` and `erased`, which are done on the client's own word, `left` is she and `right` empty.

    `id` is 10 hex digits, `at` ISO seconds ("": not recorded yet); `mark` is what the data of a settled pair were
    (`decisions.Settled`). One that was `undone` together with the save that told of it is named by the `mark` of a later act.
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


class Merged(NamedTuple):
    """What is remembered of a merged row: whom it lives on in, and what of its name she does not have.

    One that was `retyped` is no row of its own: the client has got another id (`retyped_ids`).
    """

    into: str
    name: str
    retyped: bool = False


def standing_merges(acts: Iterable[Act]) -> dict[str, Merged]:
    """Return by their ids the rows that are merged and were not taken apart again; `acts` are in order of time."""
    found: dict[str, Merged] = {}
    for act in still_done(acts):
        if act.kind == MERGE:
            own = (shown(c.after) for c in act.cells if c.client_id == act.right and c.field in _NAMES)
            found[act.right] = Merged(act.left, " ".join(own))
        elif act.kind == UNMERGE:
            found = {one: merged for one, merged in found.items() if {one, merged.into} != act.pair}
    return found


def still_done(acts: Iterable[Act]) -> list[Act]:
    """Return what was done and not taken back by an undo; what an undo did is undone by undoing that one."""
    every = tuple(acts)
    undoing: dict[str, list[str]] = {}
    for act in every:
        if act.kind == UNDONE:
            undoing.setdefault(act.mark, []).append(act.id)

    def stands(act_id: str, *seen: str) -> bool:
        return not any(one not in seen and stands(one, act_id, *seen) for one in undoing.get(act_id, ()))

    return [act for act in every if act.kind != UNDONE and stands(act.id)]


def taken_back(acts: Sequence[Act], ids: Collection[str]) -> tuple[Act, ...]:
    """Return what tells that the acts with these ids are taken back together; those of them that do not stand anyway need no word."""
    alive = {act.id for act in still_done(acts)}
    made: list[Act] = []
    for act in acts:
        if act.id not in ids or act.kind == ERASED:  # whom we forgot we cannot bring back
            continue
        told = act.mark not in ids and act.mark not in alive if act.kind == UNDONE else act.id in alive
        if told:
            made.append(new_act(UNDONE, act.left, act.right, before=(*acts, *made), mark=act.id))
    return tuple(made)


def without_marks(acts: Sequence[Act], unmarked: Collection[str]) -> tuple[Act, ...]:
    """Return what tells that merges are taken back whose rows (`unmarked`, their ids) are marked no more.

    She emptied the cells, or put an older copy of the workbook back.
    """
    last: dict[str, Act] = {}
    for act in still_done(acts):
        if act.kind == MERGE:
            last[act.right] = act
        elif act.kind == UNMERGE and act.right in last and last[act.right].left == act.left:
            del last[act.right]
    return taken_back(acts, {act.id for one, act in last.items() if one in unmarked})


def dated(acts: Sequence[Act], now: datetime) -> tuple[Act, ...]:
    """Return acts with the moment in which they are recorded, where they have none. By the clock: it tells which one is the later."""
    at = now.isoformat(timespec="seconds")
    return tuple(act if act.at else replace(act, at=at) for act in acts)
