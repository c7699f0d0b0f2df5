"""A client list as text, merged and taken apart as the program does it: for tests whose input is visible in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pandas as pd
from text_tables import frame

from sheetcrm.crm.acts import Act
from sheetcrm.crm.cells import shown
from sheetcrm.crm.decisions import Decision, Settled
from sheetcrm.crm.fields import TABLES
from sheetcrm.crm.figuring import Figured, figure
from sheetcrm.crm.merging import Merging, applied, merge
from sheetcrm.crm.planning import plan
from sheetcrm.crm.settings import Settings
from sheetcrm.crm.snapshot import Snapshot
from sheetcrm.crm.tables import Column, Table
from sheetcrm.crm.unmerging import Unmerging, unmerge
from sheetcrm.crm.values import Ledger

ON = date(2026, 6, 15)


def _merge(left: str, right: str) -> Decision:
    return Decision(left, right, "merge")


@dataclass(frozen=True)
class Book:
    """A workbook's clients and visits; every step returns the next one."""

    clients: Table
    visits: Table | None = None
    acts: tuple[Act, ...] = ()
    formulas: Mapping[str, Collection[int]] = field(default_factory=dict)
    hour: int = 9
    written: Mapping[tuple[str, str], str] = field(default_factory=dict)
    settings: Settings = field(default_factory=lambda: Settings(country="PL", language="en"))

    @classmethod
    def of(cls, clients: str | pd.DataFrame, visits: str = "", **options: Any) -> Book:
        frames = {"Clients": frame(clients) if isinstance(clients, str) else clients}
        if visits:
            frames["Visits"] = frame(visits)
        tables = {name: Table.from_frame(name, of, TABLES[name].names) for name, of in frames.items()}
        return cls(tables["Clients"], tables.get("Visits"), **options)

    @property
    def snapshot(self) -> Snapshot:
        tables = {"Clients": self.clients} | ({} if self.visits is None else {"Visits": self.visits})
        ours = {
            name: {f.name: table.columns[f.name] for f in TABLES[name].fields if f.derived and f.name in table.columns}
            for name, table in tables.items()
        }
        ledger = Ledger(written=self.written)
        languages = ("en", "pl", "uk", "ru", "it", "es")
        return Snapshot(tables, self.settings, languages=languages, ours=ours, ledger=ledger, acts=self.acts)

    def figured(self) -> Figured:
        return figure(self.snapshot, ON)

    @property
    def at(self) -> str:
        return f"2026-06-15T{self.hour:02}:00:00+00:00"

    def merging(
        self,
        *pairs: str | Decision,
        keep: Sequence[str] = (),
        settled: Mapping[frozenset[str], Settled] | None = None,
        words: Sequence[Decision] = (),
    ) -> Merging:
        """Merge pairs written `C1 C2`."""
        known = self.figured()
        merges = [pair if isinstance(pair, Decision) else _merge(*pair.split()) for pair in pairs]
        return merge(
            known.cleaned["Clients"],
            known.values,
            self.snapshot.reading(ON),
            [*merges, *words],
            at=self.at,
            keep=keep,
            settled=settled,
            acts=self.acts,
            formulas=self.formulas,
            typed_next=known.typed_next,
        )

    def merged(self, *pairs: str | Decision, **options: Any) -> Book:
        done = self.merging(*pairs, **options)
        assert not done.refused, done.refused
        return self._after(done.changes, done.acts)

    def unmerging(self, client_id: str) -> Unmerging:
        known = self.figured()
        reading = self.snapshot.reading(ON)
        return unmerge(known.cleaned["Clients"], client_id, reading, at=self.at, acts=self.acts, formulas=self.formulas)

    def unmerged(self, *ids: str) -> Book:
        book = self
        for client_id in ids:
            done = book.unmerging(client_id)
            assert done.act is not None, done.refused
            book = book._after(done.changes, (done.act,))
        return book

    def refreshed(self) -> Book:
        """Write ids and figures, as a refresh does."""
        changes = plan(self.snapshot, on=ON).column_changes
        after = {n: applied(t, [c for c in changes if c.table == n]) for n, t in self.snapshot.tables.items()}
        ids = [shown(cell) for cell in after["Clients"].column("client_id").cells()]
        days = {
            (ids[at], "next_visit"): shown(day)
            for change in changes
            if change.field == "next_visit"
            for at, day in zip(change.positions.tolist(), change.new.cells(), strict=True)
        }
        return replace(self, clients=after["Clients"], visits=after.get("Visits"), written={**self.written, **days})

    def _after(self, changes: Any, acts: tuple[Act, ...]) -> Book:
        return replace(self, clients=applied(self.clients, changes), acts=(*self.acts, *acts), hour=self.hour + 1)

    def typed(self, client_id: str, **cells: Any) -> Book:
        """Type into cells of a client's row."""
        columns = dict(self.clients.columns)
        for name, cell in cells.items():
            column = self.clients.column(name).cells()
            column[self._place(client_id)] = cell
            columns[name] = Column.encode(column)
        return replace(self, clients=replace(self.clients, columns=columns))

    def without(self, client_id: str) -> Book:
        """Delete a row."""
        kept = [at for at in range(len(self.clients)) if at != self._place(client_id)]
        columns = {
            name: Column.encode([column.cell(at) for at in kept]) for name, column in self.clients.columns.items()
        }
        return replace(self, clients=replace(self.clients, columns=columns, rows=self.clients.rows[kept]))

    def _place(self, client_id: str) -> int:
        return [shown(cell) for cell in self.clients.column("client_id").cells()].index(client_id)

    def cell(self, client_id: str, name: str) -> Any:
        return self.clients.column(name).cell(self._place(client_id))

    def row(self, client_id: str) -> dict[str, Any]:
        """Return the filled cells of a row but for its id, as text."""
        cells = {name: column.cell(self._place(client_id)) for name, column in self.clients.columns.items()}
        return {name: shown(cell) for name, cell in cells.items() if cell is not None and name != "client_id"}

    def grid(self) -> dict[str, dict[str, Any]]:
        """Return all filled cells by client id and field, as they stand."""
        ids = [shown(cell) for cell in self.clients.column("client_id").cells()]
        return {
            one: {name: c for name, column in self.clients.columns.items() if (c := column.cell(at)) is not None}
            for at, one in enumerate(ids)
        }
