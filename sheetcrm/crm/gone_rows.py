"""Clients whose rows are no longer in the list: the owner has deleted them by hand, or lost them.

Told by the ids that stood in the list last (`Ledger.id_order`). Who has another id by now is there, and where most of the rows are
missing the file is a damaged one, or another version of it: then nothing is said of single clients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.crm.lineage import bare_id
from sheetcrm.crm.numbering import is_person, name_part, shares_contact

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sheetcrm.crm.values import Ledger


def gone_ids(ids: Sequence[str], persons: Sequence[int], ledger: Ledger, merged: Collection[str]) -> tuple[str, ...]:
    """Return the ids whose rows are gone since the list was looked at last, in the order in which they stood.

    `ids` are those of the rows ("" for none), `persons` beside them what `numbering.person_marks` gives. Left out is who was erased or
    `merged` into another row, and who stands in the list under another id.
    """
    there, before = set(ids), set(ledger.id_order)
    missing = [one for one in ledger.id_order if one not in there]
    if not missing or 2 * len(missing) > len(before):
        return ()
    namesakes: dict[int, list[tuple[str, int]]] = {}
    for one, mark in zip(ids, persons, strict=True):
        namesakes.setdefault(name_part(mark), []).append((one, mark))

    def is_elsewhere(known: int) -> bool:
        return any(
            is_person(mark, known) and (one not in before or shares_contact(mark, known))
            for one, mark in namesakes.get(name_part(known), ())
        )

    return tuple(
        one
        for one in dict.fromkeys(missing)
        if one not in merged and bare_id(one) not in ledger.erased and not is_elsewhere(ledger.persons.get(one, 0))
    )
