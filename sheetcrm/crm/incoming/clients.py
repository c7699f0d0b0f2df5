"""Clients of another list: new rows for who is new, and of who is there what her row lacks. Pure.

An empty cell of hers is filled; where something else stands in it, hers stays and the difference is told, unless she says that the file
counts (`overwrite`). Of consents the stricter word counts, whoever says it: a “no” is never lost, and a “yes” never takes its place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sheetcrm.crm.cells import shown
from sheetcrm.crm.client_rows import Row
from sheetcrm.crm.incoming.fates import ADDED, DUPLICATE, REFUSED, SAME, UPDATED, Brought, Difference, Fate
from sheetcrm.crm.incoming.matching import HERS, NEW, PROBABLE, TWICE, matched, told
from sheetcrm.crm.incoming.matching import REFUSED as REFUSED_MATCH
from sheetcrm.crm.incoming.updating import Meanings, Update
from sheetcrm.crm.linkage.reasons import shown_name
from sheetcrm.crm.uniting_rows import Uniter

if TYPE_CHECKING:
    from sheetcrm.crm.incoming.matching import Match
    from sheetcrm.crm.incoming.past import Past
    from sheetcrm.crm.tables import Cell, Cleaned, Reading
    from sheetcrm.languages import Language


@dataclass(frozen=True)
class Rules:
    """How rows are brought in: `overwrite` lets the file count where cells differ, `duplicates` adds who is probably there already.

    `formulas` are the positions of cells of hers that hold formulas, by field.
    """

    overwrite: bool = False
    duplicates: bool = False
    formulas: Mapping[str, Collection[int]] = field(default_factory=dict)


def bring_clients(
    theirs: Cleaned, hers: Cleaned, reading: Reading, words: Language, rules: Rules, past: Past | None = None
) -> Brought:
    """Return what a list of clients comes to; `theirs` has its rows in the columns of hers."""
    uniter = Uniter(hers.table, reading)
    work = _Work(theirs, hers, uniter, rules)
    fates: list[Fate] = []
    rows: list[Mapping[str, Cell]] = []
    for at, match in enumerate(matched(theirs, hers, uniter, past)):
        if match.kind == NEW or (rules.duplicates and match.kind in (PROBABLE, TWICE)):
            rows.append(work.add(at))
            fates.append(work.fate(at, ADDED))
        elif match.kind == HERS:
            fates.append(work.fate(at, UPDATED if work.update(at, match.client) else SAME))
        else:
            fates.append(work.left(at, match, words))
    return Brought("Clients", tuple(fates), {"Clients": work.cells}, {"Clients": rows}, tuple(work.differences))


class _Work:
    """The rows of hers while another list is brought in."""

    def __init__(self, theirs: Cleaned, hers: Cleaned, uniter: Uniter, rules: Rules) -> None:
        self.cells: dict[tuple[int, str], Cell] = {}
        self.differences: list[Difference] = []
        self._theirs, self._hers, self._rules = theirs, hers, rules
        self._columns = {name: column.cells() for name, column in theirs.table.columns.items()}
        self._stand = {name: hers.table.column(name).cells() for name in hers.table.columns}
        self._ids = hers.texts("client_id").objects("").tolist()
        self._meanings = Meanings(uniter)
        self._added: dict[int, dict[str, Cell]] = {}  # new rows by the row of the file, its copies too

    def add(self, at: int) -> dict[str, Cell]:
        """Return the cells of a new row; a refusal in a later copy of it will count."""
        return self._added.setdefault(at, self.row(at))

    def row(self, at: int) -> dict[str, Cell]:
        """Return the cells of a new row."""
        return {name: cells[at] for name, cells in self._columns.items() if cells[at] is not None}

    def fate(self, at: int, outcome: str, reason: str = "", **params: str) -> Fate:
        """Return what becomes of a row."""
        name = shown_name(self._theirs.table.columns, at)
        return Fate(int(self._theirs.table.rows[at]), outcome, name, reason, params)

    def left(self, at: int, match: Match, words: Language) -> Fate:
        """Return what becomes of a row that is not brought in, and why."""
        if match.kind == REFUSED_MATCH:
            other = self.client(match.client) if match.client >= 0 else ""
            row = {"other_row": str(self._theirs.table.rows[match.row])} if match.row >= 0 else {}
            return self.fate(at, REFUSED, match.reason, id=self._typed_id(at), other=other, **row)
        if match.kind == TWICE:
            self._refuse(at, match)
            return self.fate(at, DUPLICATE, "twice", other_row=str(self._theirs.table.rows[match.row]))
        refuses = Update(self._hers_row(match.client), self.row(at), self._meanings).refusals()
        params = {"other": self.client(match.client), "why": told(match.reasons, words)}
        return self.fate(at, DUPLICATE, "probable", **params, **({"refuses": "yes"} if refuses else {}))

    def _refuse(self, at: int, match: Match) -> None:
        """Let the refusals of a row count that stands in the file twice: in her row, or in the one that is added."""
        if match.client >= 0:
            refusals = Update(self._hers_row(match.client), self.row(at), self._meanings).refusals()
            self.cells |= {(match.client, name): cell for name, cell in refusals.items()}
        elif (row := self._added.get(match.row)) is not None:
            self._added[at] = row
            row |= Update(Row("", row), self.row(at), self._meanings).refusals()

    def _typed_id(self, at: int) -> str:
        return str(self._theirs.texts("client_id").cell(at) or "")

    def client(self, position: int) -> str:
        """Return a client of hers as a person is told of her."""
        name, one = shown_name(self._hers.table.columns, position), self._ids[position]
        return f"{name} ({one})" if one else name

    def _hers_row(self, position: int) -> Row:
        return Row(
            self._ids[position],
            {name: cells[position] for name, cells in self._stand.items()},
            frozenset(name for name, places in self._rules.formulas.items() if position in places),
        )

    def update(self, at: int, position: int) -> bool:
        """Note what of a row her list is to hold; tell whether that is anything."""
        row = self._hers_row(position)
        update = Update(row, self.row(at), self._meanings, overwrite=self._rules.overwrite)
        new = update.cells()
        self.cells |= {(position, name): cell for name, cell in new.items()}
        number, client = int(self._theirs.table.rows[at]), self.client(position)
        for name, cell in update.differing.items():
            self.differences.append(Difference(number, client, name, shown(row.cells.get(name)), shown(cell)))
        return bool(new)
