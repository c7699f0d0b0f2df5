"""Taking a merge back: both rows as they were, but for what the owner typed since, which stays hers and is told.

What is taken out of the survivor is only what came from this row and from no other that is still merged into her: where a further
one has the same value, it stays. So several merges can be taken back in any order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sheetcrm.crm.acts import MERGE, UNMERGE, Act, CellChange, new_act, still_done
from sheetcrm.crm.client_rows import ClientRows
from sheetcrm.crm.decisions import Clients
from sheetcrm.crm.merge_groups import People, Refused
from sheetcrm.crm.merging import Cells, applied, column_changes
from sheetcrm.crm.taking_out import Conflict, Survivor
from sheetcrm.crm.uniting_rows import Uniter

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sheetcrm.crm.client_rows import Row
    from sheetcrm.crm.tables import Cell, Cleaned, Reading
    from sheetcrm.crm.values import ColumnChange


@dataclass(frozen=True)
class Unmerging:
    """What taking a merge back would do: cells of Clients to be written, the act to be remembered, what stays as she typed it.

    `refused` says why there is nothing to take back; then there is no act. Not `recorded`: what that merge wrote is not known any more,
    or the survivor's row is gone, so that only the mark was taken off; `row` is where that may have been written, as Excel counts.
    """

    changes: tuple[ColumnChange, ...] = ()
    act: Act | None = None
    conflicts: tuple[Conflict, ...] = ()
    refused: Refused | None = None
    recorded: bool = True
    row: int = 0


def unmerge(
    clients: Cleaned,
    client_id: str,
    reading: Reading,
    *,
    at: str,
    acts: Sequence[Act] = (),
    formulas: Mapping[str, Collection[int]] | None = None,
    astray: Collection[str] = (),
) -> Unmerging:
    """Take the merge of one row back.

    `acts` are all that was done, in order of time; where nothing is known of this merge (she typed `merged_into` herself), only that
    cell is emptied. `formulas` are positions of formula cells by field or slug; `at` is the moment in ISO seconds; `astray` is as in
    `Figured`.
    """
    people = People(clients, astray)
    position = people.place(client_id)
    if position is None:
        return Unmerging(refused=_nobody(people, client_id))
    cell = clients.table.column("merged_into").cell(position)
    if cell is None:
        return Unmerging(refused=Refused("not-merged", (client_id,), {"left": people.shown(client_id)}))
    survivor = str(clients.texts("merged_into").cell(position) or cell)
    for one in (client_id, survivor):
        if one in astray:
            return Unmerging(refused=Refused("astray", (one,), {"left": people.shown(one)}))
    uniter = Uniter(clients.table, reading)
    done = _as_marked(still_done(acts), survivor, client_id)
    work = _Work(people, ClientRows(people, uniter.fields, formulas or {}), uniter, done)
    work.take_back(position)
    history = work.history(survivor, client_id)
    before = next((c.before for act in history for c in act.cells if _is_mark(c, client_id)), None)
    into = CellChange(client_id, "merged_into", cell, before)
    cells: Cells = {(at_row, name): new for at_row, row in work.changed.items() for name, new in row.items()}
    cells[position, "merged_into"] = before
    told = tuple(
        CellChange(people.ids[at_row], name, clients.table.column(name).cell(at_row), new)
        for (at_row, name), new in cells.items()
        if name != "merged_into"
    )
    stays = tuple(CellChange(one.client_id, one.field, one.written, one.written) for one in work.conflicts if one.gone)
    changes = column_changes(clients.table, cells)
    place = people.place(survivor)
    after = Clients(applied(clients.table, changes), people.ids)
    mark = "" if place is None else after.mark(place, position)
    act = replace(new_act(UNMERGE, survivor, client_id, before=acts, mark=mark), at=at, cells=(*told, *stays, into))
    recorded = place is not None and any(act.cells for act in history[:1])
    row = clients.table.rows[int(people.survivors[position])]
    return Unmerging(changes, act, tuple(work.conflicts), recorded=recorded, row=int(row))


def _as_marked(acts: Sequence[Act], survivor: str, merged: str) -> list[Act]:
    """Leave out that a merge was taken back, where the row is marked all the same: an older copy of the workbook was put back."""
    last = max(
        (at for at, act in enumerate(acts) if (act.kind, act.left, act.right) == (MERGE, survivor, merged)), default=-1
    )
    return [
        act
        for at, act in enumerate(acts)
        if at < last or (act.kind, act.left, act.right) != (UNMERGE, survivor, merged)
    ]


def _nobody(people: People, client_id: str) -> Refused:
    """Say why an id names no row that could be taken out of another."""
    merged = people.clients.merges.get(client_id)
    code = people.flaw(client_id)
    if merged is None or merged.retyped or code != "unknown-id":
        return Refused(code, (client_id,), {"left": client_id})
    return Refused("row-gone", (client_id,), {"left": client_id, "into": people.shown(merged.into)})


def _is_mark(change: CellChange, client_id: str) -> bool:
    return change.client_id == client_id and change.field == "merged_into"


class _Work:
    """The list while a merge is being taken back: from the row up the chain of those that it was merged into."""

    def __init__(self, people: People, rows: ClientRows, uniter: Uniter, acts: Sequence[Act]) -> None:
        self.changed: dict[int, dict[str, Cell]] = {}
        self.conflicts: list[Conflict] = []
        self._people, self._rows, self._uniter, self._acts = people, rows, uniter, acts

    def history(self, survivor: str, merged: str) -> list[Act]:
        """Return the merges of one into the other, the latest first."""
        return [a for a in reversed(self._acts) if (a.kind, a.left, a.right) == (MERGE, survivor, merged)]

    def take_back(self, position: int) -> None:
        """Take out of the survivor what this row gave, then out of whom she was merged into herself, and so on."""
        before, after, seen = self._rows.row(position), None, {position}
        parent = self._people.target(position)
        while parent is not None and parent not in seen:
            seen.add(parent)
            former = self._rows.row(parent)
            changes = self._taken_back(parent, position, before, after)
            if not changes:
                return
            self.changed[parent] = changes
            before, after, position = former, self._rows.row(parent, changes), parent
            parent = self._people.target(position)

    def _taken_back(self, parent: int, child: int, before: Row, after: Row | None) -> dict[str, Cell]:
        """Return what changes in the survivor when one of those merged into her is not what it was, or not there at all."""
        own = self.history(self._people.ids[parent], self._people.ids[child])
        if not own:
            return {}
        rest = [self._rows.row(at, self.changed.get(at)) for at in self._merged_into(parent) if at != child]
        now = rest if after is None else [*rest, after]
        survivor = Survivor(self._rows.row(parent), now, self._uniter, self._acts)
        only = None if after is None else frozenset(n for n, cell in after.cells.items() if cell != before.cells[n])
        changes = survivor.without(before, own[0], only)
        self.conflicts += survivor.conflicts
        return changes

    def _merged_into(self, parent: int) -> list[int]:
        """Return who is merged into a row and gave it something, in the order in which that was done."""
        name = self._people.ids[parent]
        places = {a.right: self._people.place(a.right) for a in self._acts if a.kind == MERGE and a.left == name}
        return [at for at in places.values() if at is not None and self._people.target(at) == parent]
