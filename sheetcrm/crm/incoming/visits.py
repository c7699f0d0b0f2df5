"""Visits of another list: lines that are not there yet, and what a line that is there lacks. Pure.

A line is there already where client, day, service, ticket and amount are the same; who is nobody now is told by what is typed, for she
may have been renamed, merged or got a namesake since. As many alike lines of the file are taken for hers as there are of hers: to bring
a list in twice adds nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.cells import shown
from sheetcrm.crm.incoming.fates import ADDED, DUPLICATE, REFUSED, SAME, UPDATED, Brought, Difference, Fate
from sheetcrm.crm.incoming.lines import typed_under_client, whose_lines
from sheetcrm.crm.tables import Column
from sheetcrm.languages.folding import fold

if TYPE_CHECKING:
    import numpy.typing as npt

    from sheetcrm.crm.incoming.clients import Rules
    from sheetcrm.crm.incoming.lines import Lines, Whose
    from sheetcrm.crm.tables import Cell, Cleaned, Reading
    from sheetcrm.languages import Language

_CENTS = 100
_TELLING = ("date", "client", "service", "ticket", "client_id")  # the same in both lines, or of no matter


@dataclass(frozen=True)
class Standing:
    """Her visits as they stand, and whose they are: a position in Clients for each line, -1 for nobody."""

    visits: Cleaned
    client: npt.NDArray[np.int32]


def bring_visits(
    theirs: Cleaned,
    beside: Cleaned,
    hers: Standing,
    clients: Cleaned,
    reading: Reading,
    words: Language,
    rules: Rules,
) -> Brought:
    """Return what a list of visits comes to; `theirs` has its lines in the columns of hers, `beside` all that tells whose they are."""
    lines = whose_lines(theirs, beside, clients, reading, words)
    work = _Work(theirs, hers, rules)
    alike: dict[Hashable, int] = {}
    fates: list[Fate] = []
    rows: list[Mapping[str, Cell]] = []
    added: list[int] = []
    there = work.there(lines)
    for at, client in enumerate(lines.client):
        row = work.row(at, client)
        if reason := work.refusal(at, row):
            fates.append(work.fate(at, REFUSED, reason, value=shown(row.get("date"))))
            continue
        standing = there.get(at)
        first = alike.setdefault(tuple(row.items()), at)
        if standing is not None:
            fates.append(work.fate(at, UPDATED if work.update(at, standing, row) else SAME))
        elif first != at and not rules.duplicates:
            fates.append(work.fate(at, DUPLICATE, "twice", other_row=str(theirs.table.rows[first])))
        else:
            rows.append(row)
            added.append(at)
            fates.append(work.fate(at, ADDED))
    used = {lines.whose[at][1] for at in added if lines.whose[at][0] == "new"}
    people = [row for number, row in enumerate(lines.people, 1) if number in used]
    unknown = sum(lines.whose[at][0] == "" for at in added)
    made = {"Visits": rows, "Clients": people}
    return Brought("Visits", tuple(fates), {"Visits": work.cells}, made, tuple(work.differences), len(people), unknown)


class _Work:
    def __init__(self, theirs: Cleaned, hers: Standing, rules: Rules) -> None:
        self.cells: dict[tuple[int, str], Cell] = {}
        self.differences: list[Difference] = []
        self._theirs, self._hers, self._rules = theirs, hers, rules
        self._columns = {name: column.cells() for name, column in theirs.table.columns.items()}
        self._pool: dict[Hashable, list[int]] = defaultdict(list)
        self._stand = {name: column.cells() for name, column in hers.visits.table.columns.items()}
        self._keys = _keys(theirs), _keys(hers.visits)
        self._amounts = _cents(theirs), _cents(hers.visits)
        self._minutes = _minutes(theirs), _minutes(hers.visits)
        self._whose: list[int] = hers.client.tolist()
        self._left = set(range(len(self._whose)))  # lines of hers that are none of the file's yet

    def row(self, at: int, client: Cell) -> dict[str, Cell]:
        """Return the cells of a line as it would stand in her list."""
        row = {name: cells[at] for name, cells in self._columns.items() if cells[at] is not None}
        return row if client is None else {**row, "client": client}

    def refusal(self, at: int, row: Mapping[str, Cell]) -> str:
        """Return why a line cannot be brought in, "" where it can."""
        if "client" not in row:
            return "no-client"
        if "date" not in row:
            return "no-date"
        return "bad-date" if np.isnat(self._theirs.days("date")[at]) else ""

    def fate(self, at: int, outcome: str, reason: str = "", **params: str) -> Fate:
        """Return what becomes of a line."""
        told = (shown(self._columns[name][at]) for name in ("date", "client") if name in self._columns)
        return Fate(int(self._theirs.table.rows[at]), outcome, " ".join(filter(None, told)), reason, params)

    def there(self, lines: Lines) -> dict[int, int]:
        """Return by lines of the file those of hers that they are, each of hers once: first where both are surely one client's."""
        keys, undated = self._keys, np.isnat(self._theirs.days("date")).tolist()
        for line, client in enumerate(self._whose):
            if client >= 0:
                self._pool[("hers", client), keys[1][line]].append(line)
        dated = [at for at, nowhen in enumerate(undated) if not nowhen]
        surely = ((at, self._standing(at, lines.whose[at])) for at in dated)
        found = {at: line for at, line in surely if line is not None}
        open_ = [at for at in dated if at not in found]
        self._pool_by_text({keys[0][at] for at in open_})
        written, typed = (
            typed_under_client(column) for column in (Column.encode([*lines.client]), _clients(self._theirs))
        )
        for at in open_:
            nobody, texts = lines.whose[at][0] == "", {written[at], typed[at]} - {""}
            named = self._named(at, texts, nobody=nobody, alone=lines.alone[at])
            if named is not None:
                found[at] = named
        return found

    def _pool_by_text(self, keys: Collection[Hashable]) -> None:
        """Take up the lines of hers that are still left by what is typed in them, and by the id beside it."""
        typed = typed_under_client(_clients(self._hers.visits)) if keys else []
        stored = self._hers.visits.texts("client_id").objects("").tolist() if keys else []
        for line in sorted(self._left) if keys else ():
            if self._keys[1][line] in keys:
                for text in {typed[line], stored[line]}:
                    self._pool[("typed", text), self._keys[1][line]].append(line)

    def _named(self, at: int, texts: Collection[object], *, nobody: bool, alone: bool) -> int | None:
        """Return a line of hers that says the same, of which one is `nobody`'s: she was renamed since, or has a namesake.

        Where the text stands `alone` it may by now mean another one, who got that name or number since.
        """
        for text in sorted(texts, key=str):
            line = self._standing(at, ("typed", text), sure=False, nobody=nobody, alone=alone)
            if line is not None:
                return line
        return None

    def _standing(
        self, at: int, whose: Whose, *, sure: bool = True, nobody: bool = False, alone: bool = False
    ) -> int | None:
        """Return the line of hers that this one is: of the same amount first, else one whose amount is open.

        Where it is not `sure` whose it is, hers is nobody's or of that amount: no line of somebody else, unless the text stands `alone`.
        """
        pool = [line for line in self._pool.get((whose, self._keys[0][at]), ()) if line in self._left]
        amount, minutes = self._amounts[0][at], self._minutes[0][at]
        fitting = [
            line
            for line in pool
            if (sure or nobody or alone or self._whose[line] < 0)
            and (-1 in (minutes, self._minutes[1][line]) or minutes == self._minutes[1][line])
        ]
        same = [line for line in fitting if self._amounts[1][line] == amount]
        open_ = [
            line
            for line in fitting
            if None in (amount, self._amounts[1][line]) and (sure or (nobody and self._whose[line] < 0))
        ]
        found = next(iter([*same, *open_]), None)
        if found is not None:
            self._left.remove(found)
        return found

    def update(self, at: int, line: int, row: Mapping[str, Cell]) -> bool:
        """Note what of a line her list is to hold; tell whether that is anything."""
        new: dict[str, Cell] = {}
        for name, cell in row.items():
            hers = self._stand[name][line] if name in self._stand else None
            if name in _TELLING or line in self._rules.formulas.get(name, ()) or self._same(name, at, line, cell, hers):
                continue
            if hers is None or self._rules.overwrite:
                new[name] = cell
            else:
                told = self.fate(at, SAME).client
                number = int(self._theirs.table.rows[at])
                self.differences.append(Difference(number, told, name, shown(hers), shown(cell)))
        self.cells |= {(line, name): cell for name, cell in new.items()}
        return bool(new)

    def _same(self, name: str, at: int, line: int, theirs: Cell, hers: Cell) -> bool:
        if hers is None:
            return False
        sides = self._theirs, self._hers.visits
        for read in (_text, _number, _minute):
            one, other = (read(side, name, row) for side, row in zip(sides, (at, line), strict=True))
            if one is not None and one == other:
                return True
        return fold(shown(theirs)) == fold(shown(hers))


def _clients(visits: Cleaned) -> Column:
    return visits.table.column("client")


def _text(side: Cleaned, name: str, row: int) -> Hashable:
    return side.texts(name).cell(row) if name in side.text else None


def _number(side: Cleaned, name: str, row: int) -> Hashable:
    return (
        round(float(side.amounts(name)[row]) * _CENTS)
        if name in side.numbers and not np.isnan(side.amounts(name)[row])
        else None
    )


def _minute(side: Cleaned, name: str, row: int) -> Hashable:
    return int(side.minutes[name][row]) if name in side.minutes else None


def _keys(visits: Cleaned) -> list[Hashable]:
    """Return day, service and ticket of each line, in the form in which two of them are compared."""
    services = visits.texts("service").lookup(lambda text: fold(str(text)), "", np.object_)
    tickets = visits.texts("ticket").objects("")
    return list(zip(visits.days("date").tolist(), services.tolist(), tickets.tolist(), strict=True))


def _cents(visits: Cleaned) -> list[int | None]:
    return [None if np.isnan(amount) else round(amount * _CENTS) for amount in visits.amounts("amount").tolist()]


def _minutes(visits: Cleaned) -> Sequence[int]:
    found = visits.minutes.get("time")
    return [-1] * len(visits) if found is None else [int(minutes) for minutes in found.tolist()]
