"""Which row of a list of hers is which of an earlier version of it, also where she edited, sorted or pasted rows since.

Clients are told again by id, else by the whole row, else by what only one row has; rows that are alike pair in their order. A row that
she edited is what is left between the same neighbours, or under the same number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from sheetcrm.crm.fields import TABLES
from sheetcrm.crm.tables import Cell, Table, is_empty
from sheetcrm.xlsx.matching import matched
from sheetcrm.xlsx.sameness import number_key

_PEOPLE = ("name", "first_name", "last_name", "phone", "email")
WAYS_TO_TELL = (("client_id",), _PEOPLE, ("email",), ("phone",), ("name",), ("first_name", "last_name"))
"""Fields by which a client's row is known again, the surest first."""


@dataclass(frozen=True, slots=True)
class SameRows:
    """Per row of a table the position `then` that it had before, None for one that was not there.

    `copies` are rows that say what an earlier one says that is still there: pasted; `then` is of that one. `alike` has for each earlier
    position those of all rows that said the same.
    """

    then: Sequence[int | None]
    copies: frozenset[int]
    alike: Sequence[Sequence[int]]


def same_rows(now: Table, before: Table) -> SameRows:
    """Find the rows of a table again in an earlier version of it."""
    whole = [name for name in now.columns if name in before.columns and _is_hers(name, now) and _is_hers(name, before)]
    ways, at = ((WAYS_TO_TELL[0], whole, *WAYS_TO_TELL[1:]), 1) if now.name == "Clients" else ((whole,), 0)
    old, new = _keys(before, ways), _keys(now, ways)

    def alike(one: int, other: int) -> bool:
        pairs = zip(_parts(old[one][at]), _parts(new[other][at]), strict=True)
        filled = [(was, is_) for was, is_ in pairs if was or is_]
        return 2 * sum(was == is_ for was, is_ in filled) >= len(filled)

    found = matched(old, new, alike if whole else None, whole=at)
    _add_overwritten(found, now, before)
    places: dict[Hashable, list[int]] = defaultdict(list)
    for position, keys in enumerate(old):
        places[keys[at]].append(position)
    copies = frozenset(
        i for i, (was, keys) in enumerate(zip(found, new, strict=True)) if was is None and keys[at] in places
    )
    then = [places[keys[at]][0] if i in copies else was for i, (was, keys) in enumerate(zip(found, new, strict=True))]
    return SameRows(then, copies, [places[keys[at]] for keys in old])


def _is_hers(name: str, table: Table) -> bool:
    derived = {field.name for field in TABLES[table.name].fields if field.derived}
    return name != "client_id" and (name not in derived or name in table.hers)


def _add_overwritten(found: list[int | None], now: Table, before: Table) -> None:
    """Pair what is left by number: she typed over such a row. A client who had an id is told by it, not by where she stood."""
    taken = set(found)
    told = before.column("client_id").filled if before.name == "Clients" else np.zeros(len(before), dtype=np.bool_)
    left = {row: at for at, row in enumerate(before.rows.tolist()) if at not in taken and not told[at]}
    for at, row in enumerate(now.rows.tolist()):
        if found[at] is None:
            found[at] = left.get(row)


def _keys(table: Table, ways: Sequence[Sequence[str]]) -> list[tuple[Hashable, ...]]:
    """Return the keys of each row: what stands in its cells of each way, None where nothing does."""
    texts = {name: [cell_text(cell) for cell in table.column(name).cells()] for way in ways for name in way}
    columns = [zip(*(texts[name] for name in way), strict=True) if way else [()] * len(table) for way in ways]
    return [tuple(key if any(key) else None for key in row) for row in zip(*columns, strict=True)]


def _parts(key: Hashable) -> Iterable[str]:
    return key if isinstance(key, tuple) else ()


def cell_text(cell: Cell) -> str:
    """Return what a cell says, the same for an id or a phone number that is stored as a number."""
    if is_empty(cell):
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(number_key(cell))
    return str(cell).strip()
