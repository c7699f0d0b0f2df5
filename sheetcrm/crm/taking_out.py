"""What is taken out of a survivor when one of those merged into her is a client of her own again.

Cells that hold one value get back what stood there, or what a further one gives who stays merged; out of cells that hold several only
those values go which nobody else gave.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from sheetcrm.crm.acts import MERGE, UNMERGE, Act, CellChange
from sheetcrm.crm.cells import shown
from sheetcrm.crm.uniting_rows import CONTACTS, Uniter, joining

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sheetcrm.crm.client_rows import Row
    from sheetcrm.crm.joined import Joining
    from sheetcrm.crm.tables import Cell
    from sheetcrm.languages import Language


_FIRST = frozenset(main for main, _, _ in CONTACTS)


@dataclass(frozen=True)
class Conflict:
    """A cell of the survivor that was not taken back, for the owner typed into it since: what merging wrote, what stands there now.

    `before` is what stood there before the merge; `gone`: the list has no such column any more.
    """

    client_id: str
    field: str
    written: Cell
    now: Cell
    before: Cell = None
    gone: bool = False

    def said(self, words: Language, header: str) -> str:
        """Return it in words; `header` is how her column is called."""
        text = str(words.section("merging")["conflict_gone" if self.gone else "conflict"])
        said = {"id": self.client_id, "field": header, "written": shown(self.written), "now": shown(self.now)}
        return text.format_map(said)


class _Write(NamedTuple):
    """A cell of the survivor that an act wrote. `given_by` is whose merge that was, "" of an act that took another one back.

    `stays`: it was given by a row that is there no more, and is hers since.
    """

    change: CellChange
    at: str
    given_by: str
    stays: bool


class Survivor:
    """A survivor as she stands, with what was written into her, and `rest`: who stays merged into her, in the order of that."""

    def __init__(self, row: Row, rest: Sequence[Row], uniter: Uniter, acts: Sequence[Act]) -> None:
        self.conflicts: list[Conflict] = []
        self._row, self._rest, self._uniter = row, rest, uniter
        self._acts = acts

    def without(self, other: Row, merge: Act, only: frozenset[str] | None = None) -> dict[str, Cell]:
        """Return the cells that change without what `other` gave by `merge`; of these fields `only`, where that is said."""
        writes = self._writes(merge)
        own = {c.field: c for c in merge.cells if c.client_id == self._row.client_id and c.before != c.after}
        former = {name: _former(self._row.cells[name], of) for name, of in writes.items() if name in self._row.cells}
        target = replace(self._row, cells={**self._row.cells, **former})
        for one in self._rest:
            target = self._uniter.unite(target, one).row
        if only is None:
            self.conflicts += [
                Conflict(self._row.client_id, name, one.after, None, one.before, gone=True)
                for name, one in own.items()
                if name != "merged_into" and name not in self._row.cells
            ]
        changes: dict[str, Cell] = {}
        for name in former:
            if only is not None and not only & _beside(name):
                continue
            how = joining(name)
            if how is not None and not _replaced(name, writes[name]):
                new = self._without_values(name, how, writes[name], own.get(name), other, merge.right)
            elif self._is_given(name, other, writes[name], own.get(name)):
                new = target.cells[name] if how is not None or not self._same(name, target) else self._row.cells[name]
            else:
                continue
            if new != self._row.cells[name]:
                changes[name] = new
        return changes

    def _same(self, name: str, target: Row) -> bool:
        return self._uniter.same(name, self._row.cells[name], target.cells[name])

    def _writes(self, merge: Act) -> dict[str, list[_Write]]:
        """Return by field what acts wrote into her cells, in order of time."""
        name = self._row.client_id
        merged = {one.client_id for one in self._rest} | {merge.right}
        last = {act.right: act.kind for act in self._acts if act.left == name and act.kind in (MERGE, UNMERGE)}
        found: dict[str, list[_Write]] = {}
        for act in self._acts:
            given_by = act.right if (act.kind, act.left) == (MERGE, name) else ""
            stays = bool(given_by) and given_by not in merged and last[given_by] == MERGE
            for change in act.cells:
                if change.client_id == name and change.field != "merged_into" and change.before != change.after:
                    found.setdefault(change.field, []).append(_Write(change, act.at, given_by, stays))
        return found

    def _is_given(self, name: str, other: Row, writes: Sequence[_Write], own: CellChange | None) -> bool:
        """Tell whether what stands in a cell came from a row, and is to go with it; what the owner typed since stays and is told."""
        now = self._row.cells[name]
        written = _writer(now, writes)
        if name in self._row.locked or written is None:
            if own is not None and not self._uniter.same(name, now, own.before):
                self.conflicts.append(Conflict(self._row.client_id, name, own.after, now, own.before))
            return False
        staying = {row.client_id for row in self._rest} - {other.client_id}
        mine = own is not None or written.given_by not in staying  # of who is apart it stayed for others had it too
        given = mine or self._uniter.same(name, now, other.cell(name))
        return given and not written.stays

    def _without_values(
        self, name: str, how: Joining, writes: Sequence[_Write], own: CellChange | None, other: Row, whose: str
    ) -> Cell:
        """Return a cell without the values that only this row gave; or that it has lost, where it stays merged."""
        now, fields = self._row.cells[name], _beside(name)
        given = {} if own is None else _added(how, own)
        given = {key: part for key, part in given.items() if key not in _taken_out(how, writes)}
        kept = {key for row in self._rest for field in fields for key in how.keys(row.cell(field))}
        staying = {row.client_id for row in self._rest} - {whose}
        kept |= {key for one in writes if one.stays or one.given_by in staying for key in _added(how, one.change)}
        going = (given.keys() | _merged_in(how, writes)) - kept
        # merging takes nothing out of a cell: where the line in Changes says so she has corrected it, and what came from where is not sure
        corrected = own is not None and how.keys(own.before).keys() - how.keys(own.after).keys()
        if corrected or any(row.client_id == whose for row in self._rest):
            going &= {key for field in fields for key in how.keys(other.cell(field))}
        there = how.keys(now)
        typed = bool(going & (given.keys() - there.keys())) and not (own and _equal(now, own.before))
        if own is not None and (typed or (name in self._row.locked and going)):
            self.conflicts.append(Conflict(self._row.client_id, name, own.after, now, own.before))
        going &= there.keys()
        if name in self._row.locked or not going:
            return now
        left = how.without(now, going)
        return next((one.change.before for one in writes if _text(one.change.before) == _text(left)), left)


def _replaced(name: str, writes: Sequence[_Write]) -> bool:
    """Tell whether a contact that could not be read gave way to another one: such a cell is written as a whole."""
    return name in _FIRST and any(one.change.before is not None for one in writes)


def _added(how: Joining, change: CellChange) -> dict[str, str]:
    before = how.keys(change.before)
    return {key: part for key, part in how.keys(change.after).items() if key not in before}


def _merged_in(how: Joining, writes: Sequence[_Write]) -> set[str]:
    """Return the values of a cell that came by merging and were not taken out again."""
    found: set[str] = set()
    for one in writes:
        after = how.keys(one.change.after).keys()
        found = {key for key in found if key in after} | _added(how, one.change).keys()
    return found


def _taken_out(how: Joining, writes: Sequence[_Write]) -> set[str]:
    """Return the values of a cell that we took out of it, and that did not come again."""
    found: set[str] = set()
    for one in writes:
        before, after = (how.keys(cell).keys() for cell in (one.change.before, one.change.after))
        found = (found | (before - after)) - (after - before)
    return found


def _beside(name: str) -> frozenset[str]:
    """Return the fields over which the values of one are spread: itself, or those of a contact."""
    return next((frozenset(pair[:2]) for pair in CONTACTS if name in pair[:2]), frozenset({name}))


def _writer(now: Cell, writes: Sequence[_Write]) -> _Write | None:
    """Return what wrote that which stands in a cell; None where the owner has typed there since."""
    last = writes[-1].at  # those of one second may stand in any order
    return next((one for one in reversed(writes) if one.at == last and _equal(one.change.after, now)), None)


def _former(now: Cell, writes: Sequence[_Write]) -> Cell:
    """Return what stood in a cell before the acts that led to what stands there now; that itself, where the owner typed it."""
    left = list(writes)
    found = _writer(now, writes)
    while found is not None and not found.stays:
        left.remove(found)
        now, at = found.change.before, found.at
        found = next((one for one in reversed(left) if one.at <= at and _equal(one.change.after, now)), None)
    return now


def _equal(one: Cell, other: Cell) -> bool:
    return _text(one) == _text(other)


def _text(cell: Cell) -> str:
    """Return a cell in the form in which it is the same after it was saved and read again."""
    return "" if cell is None else shown(cell)
