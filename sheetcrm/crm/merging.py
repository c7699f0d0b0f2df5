"""Merging: rows of one client become one by the owner's word, with every value kept and every step told, so that it can be taken back.

Pure: a client list in, cells to be written and acts to be remembered out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sheetcrm.crm.acts import MERGE, Act, CellChange, new_act
from sheetcrm.crm.client_rows import ClientRows, Row
from sheetcrm.crm.merge_groups import Group, People, Refused, groups
from sheetcrm.crm.tables import Column
from sheetcrm.crm.uniting_rows import Uniter
from sheetcrm.crm.values import ColumnChange

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import numpy.typing as npt

    from sheetcrm.crm.decisions import Decision, Settled
    from sheetcrm.crm.tables import Cell, Cleaned, Reading, Table

Cells = dict[tuple[int, str], "Cell"]
"""New cells by position and field."""


@dataclass(frozen=True)
class Merging:
    """What merging would do: cells of Clients to be written, acts to be remembered, decisions that are not carried out.

    `acts` are one for each merged row, in the order in which they are done. Fields of `changes` that the list lacks (`other_phone`,
    `other_email`, `merged_into`) are columns to be added.
    """

    changes: tuple[ColumnChange, ...] = ()
    acts: tuple[Act, ...] = ()
    refused: tuple[Refused, ...] = ()


def merge(
    clients: Cleaned,
    figures: Mapping[str, npt.NDArray[Any]],
    reading: Reading,
    decisions: Sequence[Decision],
    *,
    at: str,
    keep: Sequence[str] = (),
    settled: Mapping[frozenset[str], Settled] | None = None,
    acts: Sequence[Act] = (),
    formulas: Mapping[str, Collection[int]] | None = None,
    typed_next: npt.NDArray[np.bool_] | None = None,
    astray: Collection[str] = (),
) -> Merging:
    """Carry out her decisions to merge.

    `clients` and `figures` are as planned (ids given in this plan included), `at` is the moment in ISO seconds. `keep` are ids of those
    who are to be the survivors, `settled` the pairs that are two people by an earlier word, `acts` what was done before, in order of
    time. `formulas` are positions of formula cells by field or slug: these are never written. `typed_next`
    and `astray` are as in `Figured`.
    """
    people, uniter = People(clients, astray), Uniter(clients.table, reading)
    rows = ClientRows(people, uniter.fields, formulas or {}, _planned(clients, figures, typed_next))
    visits = figures.get("visits", np.zeros(len(clients)))
    found, refused = groups(people, visits, decisions, settled or {}, keep)
    before: dict[frozenset[str], list[Act]] = {}
    for earlier in acts:
        before.setdefault(earlier.pair, []).append(earlier)
    cells: Cells = {}
    made: list[Act] = []
    for group in found:
        done = _united(group, rows, uniter)
        if isinstance(done, str):
            ids = tuple(people.ids[one] for one in (group.survivor, *group.others))
            every = ", ".join(people.shown(one) for one in ids)
            shown = {"left": people.shown(ids[0]), "field": clients.table.headers.get(done, done), "all": every}
            refused.append(Refused("locked", ids, shown))
            continue
        survivor = people.ids[group.survivor]
        for position, changed in done.items():
            into = CellChange(
                people.ids[position], "merged_into", clients.table.column("merged_into").cell(position), survivor
            )
            told = (*(one for one in changed if one.client_id == survivor), into)
            kept = tuple(one for one in changed if one.client_id != survivor)
            pair = (survivor, people.ids[position])
            act = new_act(MERGE, *pair, before=before.get(frozenset(pair), ()))
            made.append(replace(act, at=at, cells=(*told, *kept)))
            cells |= {(group.survivor, one.field): one.after for one in told[:-1]}
            cells[position, "merged_into"] = survivor
    return Merging(column_changes(clients.table, cells), tuple(made), tuple(refused))


def _planned(
    clients: Cleaned, figures: Mapping[str, npt.NDArray[Any]], typed_next: npt.NDArray[np.bool_] | None
) -> npt.NDArray[np.bool_] | None:
    """Tell in whose `next_visit` a day stands that she typed and that is still to come."""
    if "next_visit" not in figures:
        return None
    coming: npt.NDArray[np.bool_] = clients.days("next_visit") >= figures["next_visit"].astype("datetime64[D]")
    return coming if typed_next is None else coming & typed_next


def _united(group: Group, rows: ClientRows, uniter: Uniter) -> dict[int, list[CellChange]] | str:
    """Return by merged row what uniting it with the survivor changes and what it keeps alone, or the field that forbids it."""
    survivor = rows.row(group.survivor)
    done: dict[int, list[CellChange]] = {}
    for position in group.others:
        other = _with_coming_visit(rows.row(position))
        united = uniter.unite(survivor, other)
        if united.locked:
            return united.locked
        done[position] = [
            *(
                CellChange(survivor.client_id, name, survivor.cells[name], cell)
                for name, cell in united.row.cells.items()
                if cell is not survivor.cells[name] and cell != survivor.cells[name]
            ),
            *(CellChange(other.client_id, name, cell, cell) for name, cell in united.kept.items()),
        ]
        survivor = united.row
    return done


def _with_coming_visit(row: Row) -> Row:
    """Leave out a next visit that is over or that we computed: it follows from the visits, which the survivor has from now on."""
    return replace(row, cells={**row.cells, **dict.fromkeys(row.ours)})


def column_changes(table: Table, cells: Mapping[tuple[int, str], Cell]) -> tuple[ColumnChange, ...]:
    """Return new cells column by column, with what stands there now."""
    by_field: dict[str, dict[int, Cell]] = {}
    for (position, name), cell in cells.items():
        by_field.setdefault(name, {})[position] = cell
    changes = []
    for name, new in by_field.items():
        positions = np.array(sorted(new), dtype=np.int64)
        old = table.column(name).take(positions)
        changes.append(ColumnChange(table.name, name, positions, old, Column.encode([new[p] for p in sorted(new)])))
    return tuple(changes)


def applied(clients: Table, changes: Iterable[ColumnChange]) -> Table:
    """Return the client list as it will be with changes; columns that it lacks stand at its end."""
    columns = dict(clients.columns)
    for change in changes:
        cells = clients.column(change.field).cells() if change.field not in columns else columns[change.field].cells()
        for position, cell in zip(change.positions.tolist(), change.new.cells(), strict=True):
            cells[position] = cell
        columns[change.field] = Column.encode(cells)
    return replace(clients, columns=columns)
