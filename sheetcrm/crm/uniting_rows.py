"""What two rows of one client make together: nothing that either holds is lost, and what she did not agree to stays so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sheetcrm.crm.cells import shown
from sheetcrm.crm.client_rows import NAMES, Row, is_error, name_of, names
from sheetcrm.crm.fields import CLIENTS, CONSENT_OF_CHANNEL, Field, Kind
from sheetcrm.crm.joined import EMAILS, LISTS, LONGEST, NOTES, PHONES, Joining
from sheetcrm.crm.readers import ReadOne, reader
from sheetcrm.languages.folding import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sheetcrm.crm.tables import Cell, Reading, Table

CONTACTS = (("phone", "other_phone", PHONES), ("email", "other_email", EMAILS))
"""Where a client is reached: the first of them, what further ones stand in, and how they stand there."""

TOGETHER = (("address", "area", "city", "postcode"), ("company", "tax_id", "sector", "company_size", "role"))
"""Fields that say one thing together: half of another address would make one that nobody has."""

CONSENTS = tuple(CONSENT_OF_CHANNEL.values())
_STOP = "no_contact"  # a yes to it is the strictest no
_OF_CONSENTS = ("consent_date", "consent_source")
_NOTHING, _YES, _UNREADABLE, _NO = range(4)  # the stricter, the higher: a word that nobody understands is no yes
_NEVER = frozenset({"client_id", "merged_into", "problems"})


@dataclass(frozen=True)
class United:
    """The survivor with what the other one gave; `kept` is what the other one keeps alone, `locked` a cell that forbids to merge."""

    row: Row
    kept: Mapping[str, Cell] = field(default_factory=dict)
    locked: str = ""


def joining(name: str) -> Joining | None:
    """Return how several values stand in a cell of a field; None where it holds one."""
    known = CLIENTS.field(name)
    if known is not None and known.kind is Kind.LIST:
        return LISTS
    return {"phone": PHONES, "other_phone": PHONES, "email": EMAILS, "other_email": EMAILS, "notes": NOTES}.get(name)


class Uniter:
    """Unites rows of one list, read as its owner's cells are to be read."""

    def __init__(self, clients: Table, reading: Reading) -> None:
        self._clients = clients
        self._reading = reading
        self._readers: dict[str, ReadOne] = {}
        self.fields = _fields(clients)

    def meaning(self, name: str, cell: Cell) -> Any:
        """Return what a cell means, in a form in which two of them are compared; None where nothing is understood."""
        if cell is None or is_error(cell):
            return None
        several = joining(name)
        return self.read(name, cell) if several is None else frozenset(several.keys(cell))

    def read(self, name: str, cell: Cell) -> Any:
        """Return the value of a cell as the rest of the program reads it; None where it cannot be read."""
        if name not in self._readers:
            known = CLIENTS.field(name) or Field(name, Kind.ANY)
            self._readers[name] = reader(known, self._clients.column(name), self._reading).one
        return self._readers[name](cell).value

    def same(self, name: str, one: Cell, other: Cell) -> bool:
        """Tell whether two cells say the same, however it is written."""
        if one is None or other is None:
            return one is other
        meant, otherwise = self.meaning(name, one), self.meaning(name, other)
        if isinstance(meant, str) and isinstance(otherwise, str):
            meant, otherwise = fold(meant), fold(otherwise)
        return bool(meant and meant == otherwise) or shown(one) == shown(other)

    def unite(self, survivor: Row, other: Row) -> United:
        """Return what the survivor is with all that the other one has."""
        work = _Work(self, survivor, other)
        for main, second, how in CONTACTS:
            work.contacts(main, second, how)
        work.names()
        for block in TOGETHER:
            work.together(block)
        locked = work.consents()
        work.since()
        for name in self.fields:
            work.rest(name)
        return United(replace(survivor, cells=work.cells), work.kept, locked)


def _fields(clients: Table) -> tuple[str, ...]:
    """Return the owner's columns that can be united, in their order; behind them those that may have to be added."""
    known = {f.name: f for f in CLIENTS.fields}
    found = [
        name
        for name in clients.columns
        if name not in _NEVER
        and (name not in known or not known[name].derived or name in clients.hers or name == "next_visit")
    ]
    added = [second for main, second, _ in CONTACTS if main in found and second not in found]
    return (*found, *added)


class _Work:
    """The cells of the survivor while another row is being united with her."""

    def __init__(self, uniter: Uniter, survivor: Row, other: Row) -> None:
        self.cells = dict(survivor.cells)
        self.kept: dict[str, Cell] = {}
        self._uniter, self._survivor, self._other = uniter, survivor, other
        self._done: set[str] = set()

    def _lacks(self, name: str) -> bool:
        return name in self._uniter.fields and self._survivor.lacks(name)

    def _keep(self, name: str, cell: Cell) -> None:
        if cell is not None and not self._uniter.same(name, self.cells.get(name), cell):
            self.kept[name] = cell

    def _fill(self, name: str, *, allowed: bool = True) -> None:
        """Fill an empty cell from the other row; what cannot be filled in stays there alone."""
        self._done.add(name)
        cell = self._other.cell(name)
        if cell is None:
            return
        if allowed and self._lacks(name):
            self.cells[name] = cell
        else:
            self._keep(name, cell)

    def contacts(self, main: str, second: str, how: Joining) -> None:
        """Keep each phone and each address: the first where none is, others beside those there are."""
        self._done |= {main, second}
        theirs = {name: cell for name in (main, second) if (cell := self._other.cell(name)) is not None}
        beside = self._first_of(main, second, how, theirs)
        known = {key for name in (main, second) for key in how.keys(self._mine(name))}
        new = {key: part for key, part in beside.items() if key not in known}
        for name, cell in theirs.items():
            keys = how.keys(cell)
            if not keys:
                self._keep(name, cell)
            new |= {key: self._spelt(name, cell, part) for key, part in keys.items() if key not in known | new.keys()}
        if not new:
            return
        whole = next((cell for cell in theirs.values() if list(how.keys(cell)) == list(new)), None)
        if self._lacks(second) and whole is not None:
            self.cells[second] = whole
        elif not self._append(second, how, list(new.values())):
            self.kept |= {name: cell for name, cell in theirs.items() if how.keys(cell).keys() & new.keys()}

    def _first_of(self, main: str, second: str, how: Joining, theirs: Mapping[str, Cell]) -> dict[str, str]:
        """Fill the first phone or address; return what of it stands beside that from now on.

        One that cannot be read gives way to one that can: it would keep the client from being reached. It is told, and comes back when
        the merge is taken back; beside the other it would be as wrong.
        """
        mine, other = self._survivor.cell(main), theirs.get(main, theirs.get(second))
        if self._lacks(main):
            cell = theirs.get(main)
            hides = self._survivor.cell(second) is not None and not self._reads(main, cell)
            if cell is not None and how.keys(cell) and not hides:
                self.cells[main] = cell
        elif main not in self._survivor.locked and not self._reads(main, mine) and self._reads(main, other):
            self.cells[main] = other
            return {key: part for key, part in how.keys(mine).items() if self._reads(main, part)}
        return {}

    def _reads(self, name: str, cell: Cell) -> bool:
        return cell is not None and self._uniter.read(name, cell) is not None

    def _mine(self, name: str) -> Cell:
        cell = self.cells.get(name)
        return None if is_error(cell) else cell

    def _spelt(self, name: str, cell: Cell, part: str) -> str:
        """Return a number as text that is read as that number: a cell of digits has lost its zero."""
        if isinstance(cell, str):
            return part
        return str(self._uniter.read(name, cell) or part)

    def _append(self, name: str, how: Joining, parts: list[str]) -> bool:
        """Put values behind those of a cell, where all of it can be read then."""
        if name not in self._uniter.fields or name in self._survivor.locked:
            return False
        before = self._mine(name)
        text = how.added(before, parts)
        unread = how is EMAILS and before is not None and not all("@" in part for part in how.parts(before))
        formula = how is NOTES and any(one.lstrip().startswith("=") for one in (text, *parts))
        if unread or formula or len(text) > LONGEST:
            return False
        self.cells[name] = text
        return True

    def names(self) -> None:
        """Fill in parts of the name where they make no other name of hers."""
        mine, theirs = (name_of(row) for row in (self._survivor, self._other))
        in_parts = self._survivor.cell("name") is None and self._agree(NAMES[1:])
        for name in NAMES:
            self._fill(name, allowed=not mine or mine == theirs or (in_parts and name != "name"))

    def together(self, block: Sequence[str]) -> None:
        """Fill in what belongs together where nothing of it says otherwise."""
        agree = self._agree(block)
        for name in block:
            self._fill(name, allowed=agree)

    def _agree(self, block: Sequence[str]) -> bool:
        pairs = [(name, self._survivor.cell(name), self._other.cell(name)) for name in block]
        return all(None in (one, other) or self._uniter.same(name, one, other) for name, one, other in pairs)

    def consents(self) -> str:
        """Let the stricter word count; return the field in which it cannot be written."""
        before = {name: self._strict(name, self._survivor) for name in CONSENTS}
        theirs = {name: self._strict(name, self._other) for name in CONSENTS}
        won = not any(before.values()) and any(theirs.values())
        for name in CONSENTS:
            won |= theirs[name] == _NO and before[name] < _NO
            if locked := self._stricter(name, before[name], theirs[name]):
                return locked
        agree = all(theirs[name] in (_NOTHING, before[name]) for name in CONSENTS)
        for name in _OF_CONSENTS:
            cell = self._other.cell(name)
            if won and cell is not None and name not in self._survivor.locked:
                self.cells[name] = cell
            self._fill(name, allowed=agree)
        return self._stricter(_STOP, self._strict(_STOP, self._survivor), self._strict(_STOP, self._other))

    def _strict(self, name: str, row: Row) -> int:
        cell = row.cell(name)
        if cell is None:
            return _NOTHING
        word = self._uniter.meaning(name, cell)
        if name == _STOP:
            return _NO if word == "yes" else _YES
        return {"yes": _YES, "no": _NO}.get(str(word), _UNREADABLE)

    def _stricter(self, name: str, mine: int, theirs: int) -> str:
        self._done.add(name)
        locked = name in self._survivor.locked
        if theirs > mine and not locked:
            self.cells[name] = self._other.cell(name)
        else:
            self._keep(name, self._other.cell(name))
        return name if locked and theirs > max(mine, _YES) else ""

    def since(self) -> None:
        """Keep the earlier day since when she is a client."""
        name = "client_since"
        mine, theirs = (self._uniter.meaning(name, row.cell(name)) for row in (self._survivor, self._other))
        earlier = mine is not None and theirs is not None and theirs.day < mine.day
        if earlier and name not in self._survivor.locked:
            self._done.add(name)
            self.cells[name] = self._other.cell(name)
        else:
            self._fill(name)

    def rest(self, name: str) -> None:
        """Unite what has no rule of its own: lists and notes grow, empty cells are filled."""
        if name in self._done:
            return
        how, cell = joining(name), self._other.cell(name)
        if how is None or cell is None or self._lacks(name):
            self._fill(
                name,
                allowed=name != "referred_by" or not any(names(cell, row) for row in (self._survivor, self._other)),
            )
            return
        mine = how.keys(self._mine(name))
        new = [part for key, part in how.keys(cell).items() if key not in mine]
        if new and not self._append(name, how, new):
            self.kept[name] = cell
