"""Whether two workbooks are about the same people: told by two facts of each of them, so a typo or a new address does not matter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from sheetcrm.workbook.reading import read_book

_ENOUGH = 3
_CLEARLY = 0.8

Fact = tuple[str, str]
Person = frozenset[Fact]


@dataclass(frozen=True)
class People:
    """The people of a workbook, each by what is known of her: id, name, e-mail, phone."""

    persons: tuple[Person, ...]

    def __len__(self) -> int:
        return len(self.persons)

    @cached_property
    def facts(self) -> set[Fact]:
        """All facts about anybody."""
        return {fact for person in self.persons for fact in person}

    @cached_property
    def pairs(self) -> set[tuple[Fact, ...]]:
        """All pairs of facts that are about one person."""
        return {pair for person in self.persons for pair in combinations(sorted(person), 2)}

    def share_by_any(self, others: People) -> float:
        """Return which share of the smaller group has a name, e-mail or phone in the other."""
        few, many = sorted((self, others), key=len)
        met = sum(any(fact in many.facts for fact in person if fact[0] != "id") for person in few.persons)
        return met / max(1, len(few))

    def clearly_are(self, others: People) -> bool:
        """Tell whether nearly everybody of the smaller group is in the other; fewer than three must be all, and half of the other."""
        few, many = sorted((self, others), key=len)
        met = sum(many.has(person) for person in few.persons)
        if met < _ENOUGH:
            return bool(met) and met == len(few) and 2 * met >= len(many)
        return met >= _CLEARLY * len(few)

    def has(self, person: Person) -> bool:
        """Tell whether somebody here has two facts in common with a person, or the only one that is known of her."""
        if len(person) == 1:
            return person <= self.facts
        return any(pair in self.pairs for pair in combinations(sorted(person), 2))


def people_in(data: bytes, password: str | None = None) -> People:
    """Return the people of a workbook's bytes. Raises WorkbookError and its kin."""
    clients = read_book(data, password=password).tables["Clients"]
    columns = [
        clients.column(name).cells() for name in ("client_id", "name", "first_name", "last_name", "email", "phone")
    ]
    persons = []
    for row in zip(*columns, strict=True):
        texts = [" ".join(_text(cell).split()) for cell in row]
        name = " ".join(filter(None, texts[1:4]))
        known = {"id": texts[0], "name": name, "email": texts[4], "phone": re.sub(r"\D", "", texts[5])[-9:]}
        if any(known[kind] for kind in ("name", "email", "phone")):
            persons.append(frozenset((kind, fact) for kind, fact in known.items() if fact))
    return People(tuple(persons))


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).casefold()
