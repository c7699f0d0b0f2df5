"""Who had an id before, whose row is gone: a number is never given to somebody else, for visits and messages go by it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sheetcrm.crm.numbering import is_person, person_marks

if TYPE_CHECKING:
    from sheetcrm.crm.decisions import Settled
    from sheetcrm.crm.tables import Cleaned


@dataclass(frozen=True)
class Past:
    """What is remembered of clients. `used` are all ids ever given, `persons` marks of whom each named last (`person_marks`).

    `settled` are the pairs of which the owner has said that they are two.
    """

    used: frozenset[str] = frozenset()
    persons: Mapping[str, int] = field(default_factory=dict)
    settled: Mapping[frozenset[str], Settled] = field(default_factory=dict)

    def is_hers(self, client_id: str, mark: int) -> bool:
        """Tell whether the row with this mark may have an id that no row has now: nobody had it, or she had it herself."""
        known = self.persons.get(client_id)
        return client_id not in self.used or (known is not None and is_person(mark, known))

    def may_have(self, clients: Cleaned) -> list[bool]:
        """Tell of each client whether her id may be hers where no row of the list has it."""
        ids, marks = clients.texts("client_id").objects("").tolist(), person_marks(clients).tolist()
        return [self.is_hers(str(one), mark) for one, mark in zip(ids, marks, strict=True)]
