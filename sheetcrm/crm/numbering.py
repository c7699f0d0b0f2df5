"""Ids for new clients: the highest one plus one, in the list's own style, never one that was used before."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sheetcrm.crm.people import full_names
from sheetcrm.crm.rowchecks import repeated
from sheetcrm.crm.tables import Column

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sheetcrm.crm.tables import Cleaned

Owner = tuple[str, ...]
"""By what a row without a saved id is told again: (name, phone, e-mail), "" where empty; alike ones are numbered."""

_NUMBERED = re.compile(r"(.*?)([0-9]{1,18})")  # longer digits are no number that anybody counts on
_PERSONAL = ("phone", "other_phone", "email", "other_email")
_NAME, _PHONE, _EMAIL, _NUMBER = range(4)  # of an owner; the number only of the second and further of the same


@dataclass(frozen=True)
class NewIds:
    """Ids that rows of Clients are to get.

    `positions` are rising, `ids` beside them; `old` is the column as it stands in the sheet. `owners` maps (name,
    phone, e-mail) to the new id, to be kept while it cannot be saved. For the positions in `unsure` that is not enough:
    two such rows are alike, or this one may be a row, edited since, that has a kept id. They are held (`no-id-yet`)
    until their id is saved.
    """

    positions: tuple[int, ...]
    ids: tuple[str, ...]
    old: Column
    owners: Mapping[Owner, str] = field(default_factory=dict)
    unsure: frozenset[int] = frozenset()

    def applied(self, clients: Cleaned) -> Cleaned:
        """Return the clients with their new ids."""
        if not self.positions:
            return clients
        ids = clients.texts("client_id")
        codes = ids.codes.copy()
        codes[list(self.positions)] = np.arange(len(self.ids), dtype=np.int32) + len(ids.values)
        return replace(clients, text={**clients.text, "client_id": Column(codes, [*ids.values, *self.ids])})


class _Style(NamedTuple):
    """How the list writes its ids: `C0012` is prefix C, width 4; without leading zeros the width is 0."""

    prefix: str
    width: int
    highest: int

    def ids_after(self, used: Collection[str]) -> Iterator[str]:
        number = self.highest
        while True:
            number += 1
            found = f"{self.prefix}{number:0{self.width}d}"
            if found not in used:
                yield found


def next_ids(clients: Cleaned, used: frozenset[str], pending: Mapping[Owner, str]) -> NewIds:
    """Give an id to each row that has none, and anew to each that has a copy of an earlier row's id.

    `used` are ids ever given (also of rows since deleted), `pending` those that were given and could not be saved yet,
    by owner. A row that repeats an earlier one's id and person altogether is the same client pasted twice and keeps the
    id (that two rows have it is the checks' to say). A list without ids counts C1, C2, ….
    """
    ids = clients.texts("client_id")
    old = clients.table.column("client_id")
    later, first = repeated([ids], ids.filled)
    empty = np.flatnonzero(~ids.filled).tolist()
    if not len(later) and not empty:
        return NewIds((), (), old)
    owners = _Owners(clients)
    copies = [
        copy for copy, original in zip(later.tolist(), first.tolist(), strict=True) if owners.differ(copy, original)
    ]
    wanted = sorted([*(p for p in empty if any(owners.of(p))), *copies])
    keys = _told_apart(owners.of(p) for p in wanted)
    present = {str(value) for value in ids.values}
    kept, unsure = _kept(keys, {owner: kept for owner, kept in pending.items() if kept not in present})
    taken = {*present, *used, *pending.values()}
    fresh = _style(ids, taken).ids_after(taken)
    given = [kept.get(i) or next(fresh) for i in range(len(wanted))]
    return NewIds(
        positions=tuple(wanted),
        ids=tuple(given),
        old=old,
        owners=dict(zip(keys, given, strict=True)),
        unsure=frozenset(wanted[i] for i in unsure),
    )


class _Owners:
    """Who stands in a row."""

    def __init__(self, clients: Cleaned) -> None:
        self._names = full_names(clients)
        self._columns = {name: clients.texts(name) for name in _PERSONAL}
        self._birthday = clients.birthday

    def _cell(self, name: str, position: int) -> str:
        return str(self._columns[name].cell(position) or "")

    def of(self, position: int) -> Owner:
        return self._names[position], self._cell("phone", position), self._cell("email", position)

    def differ(self, left: int, right: int) -> bool:
        """Tell whether two rows differ in anything that belongs to a person."""
        if self._names[left] != self._names[right]:
            return True
        if self._birthday is not None and self._birthday[left] != self._birthday[right]:
            return True
        return any(column.codes[left] != column.codes[right] for column in self._columns.values())


def _told_apart(owners: Iterable[Owner]) -> list[Owner]:
    """Give the second and further owners of one name and contacts a number, in their order."""
    seen: Counter[Owner] = Counter()
    keys = []
    for owner in owners:
        seen[owner] += 1
        keys.append(owner if seen[owner] == 1 else (*owner, str(seen[owner])))
    return keys


def _kept(keys: Sequence[Owner], waiting: dict[Owner, str]) -> tuple[dict[int, str], set[int]]:
    """Find the rows that already have an id waiting to be saved: return it by index in `keys`, and who is unsure.

    A row is told again by its name and contacts; where one of them was edited meanwhile, by an e-mail, phone or name
    that one such row only has.
    """
    kept = {i: waiting.pop(key) for i, key in enumerate(keys) if key in waiting}
    left = {key: i for i, key in enumerate(keys) if i not in kept}
    for part in (_EMAIL, _PHONE, _NAME):
        owners = _only(part, waiting)
        for told, key in _only(part, left).items():
            if told in owners:
                kept[left.pop(key)] = waiting.pop(owners[told])
    alike = Counter(key[:_NUMBER] for key in keys)
    unsure = {i for i, key in enumerate(keys) if alike[key[:_NUMBER]] > 1}
    return kept, unsure | (set(left.values()) if waiting else set())


def _only(part: int, owners: Iterable[Owner]) -> dict[str, Owner]:
    """Return the owners by their name, phone or e-mail, where it is filled and one of them only has it."""
    found: dict[str, list[Owner]] = {}
    for owner in owners:
        if owner[part]:
            found.setdefault(owner[part], []).append(owner)
    return {told: same[0] for told, same in found.items() if len(same) == 1}


def _style(ids: Column, taken: Collection[str]) -> _Style:
    """Return the style of most ids in the list; of those ever used where the list has none."""
    present = [str(cell) for cell in ids.cells() if cell is not None]
    parsed = [m.groups() for m in map(_NUMBERED.fullmatch, present or sorted(taken)) if m]
    if not parsed:
        return _Style("C", 0, 0)
    prefix = Counter(before for before, _ in parsed).most_common(1)[0][0]
    digits = [number for before, number in parsed if before == prefix]
    padded = any(number.startswith("0") and len(number) > 1 for number in digits)
    width = Counter(map(len, digits)).most_common(1)[0][0] if padded else 0
    all_numbers = (m.groups() for m in map(_NUMBERED.fullmatch, taken) if m)
    return _Style(prefix, width, max((int(number) for before, number in all_numbers if before == prefix), default=0))
