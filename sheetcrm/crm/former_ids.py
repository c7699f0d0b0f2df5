"""The ids that clients had before the column with them was deleted: told by who stands in the rows, as the journal remembers her.

A row gets its id back where that is beyond doubt: the whole list stands as it stood, or no other row and no other id is that person's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sheetcrm.crm.numbering import is_person, name_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_T = TypeVar("_T")


def former_ids(persons: Sequence[int], order: Sequence[str], known: Mapping[str, int]) -> dict[int, str]:
    """Return ids by index in `persons`, which are the marks of the rows with a client in them (`numbering.person_marks`).

    `order` are the ids from the top of the list to its end as they stood last, `known` marks of whom they named.
    """
    if len(order) == len(persons) and all(
        one not in known or is_person(mark, known[one]) for mark, one in zip(persons, order, strict=True)
    ):
        return dict(enumerate(order))
    rows, ids = _by_name(enumerate(persons)), _by_name((one, known[one]) for one in set(order) & known.keys())
    found: dict[int, str] = {}
    for name, here in rows.items():
        for at, mark in here.items():
            alike = [one for one, before in ids.get(name, {}).items() if is_person(mark, before)]
            if len(alike) == 1 and sum(is_person(other, known[alike[0]]) for other in here.values()) == 1:
                found[at] = alike[0]
    return found


def _by_name(marks: Iterable[tuple[_T, int]]) -> dict[int, dict[_T, int]]:
    found: dict[int, dict[_T, int]] = {}
    for one, mark in marks:
        found.setdefault(name_part(mark), {})[one] = mark
    return found
