"""Ids for new clients: the highest one plus one, in the list's own style, never one that was used before."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.people import full_names
from sheetcrm.crm.rowchecks import Positions, repeated
from sheetcrm.crm.short_hashes import BITS, short_hashes
from sheetcrm.crm.tables import EMPTY, CellError, Column

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sheetcrm.crm.tables import Cleaned
    from sheetcrm.crm.values import Ledger

Owner = tuple[str, ...]
"""By what a row without a saved id is told again: (name, phone, e-mail), "" where empty; alike ones are numbered."""

_NUMBERED = re.compile(r"(.*?)([0-9]{1,18})")  # longer digits are no number that anybody counts on
_PERSONAL = ("phone", "other_phone", "email", "other_email")
_SHIFTS, _WEIGHTS, _BITS = (
    (2 * BITS, BITS, 0),
    (3, 1, 1),
    (1 << BITS) - 1,
)  # name, phone, e-mail: relatives share the latter two
_NAME, _PHONE, _EMAIL, _NUMBER = range(4)  # of an owner; the number only of the second and further of the same


@dataclass(frozen=True)
class NewIds:
    """Ids that rows of Clients are to get.

    `positions` are rising, `ids` beside them; `old` is the column as it stands in the sheet. `keepers` has, by the first
    position of a copied id, the one that keeps it where that is a later one. `owners` maps (name,
    phone, e-mail) to the new id, to be kept while it cannot be saved. For the positions in `unsure` that is not enough:
    two such rows are alike, or this one may be a row, edited since, that has a kept id, or the cell holds an error,
    which is hers. They are held (`no-id-yet`) until their id is saved. Those in `again` get the id that they had.
    """

    positions: tuple[int, ...]
    ids: tuple[str, ...]
    old: Column
    owners: Mapping[Owner, str] = field(default_factory=dict)
    unsure: frozenset[int] = frozenset()
    keepers: Mapping[int, int] = field(default_factory=dict)
    again: frozenset[int] = frozenset()

    def given_first(self) -> tuple[int, ...]:
        """Return the positions of clients who have had no id yet: those who are new."""
        return tuple(p for p in self.positions if self.old.cell(p) is None and p not in self.again)

    def applied(self, clients: Cleaned) -> Cleaned:
        """Return the clients with their new ids; the copy of a merged row is merged into nobody."""
        if not self.positions:
            return clients
        ids, merged = clients.texts("client_id"), clients.texts("merged_into")
        codes, into = ids.codes.copy(), merged.codes.copy()
        codes[list(self.positions)] = np.arange(len(self.ids), dtype=np.int32) + len(ids.values)
        into[list(self.positions)] = EMPTY
        text = {"client_id": Column(codes, [*ids.values, *self.ids]), "merged_into": Column(into, merged.values)}
        return replace(clients, text={**clients.text, **text})


class Taken(NamedTuple):
    """An id that waited for its cell and cannot have it any more; `now` is the client's.

    `typed`: she typed that into the client's row; else she gave the one that waited to another client. `row` counts as in Excel.
    """

    owner: Owner
    waited: str
    now: str
    row: int
    typed: bool


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


def next_ids(
    clients: Cleaned,
    used: frozenset[str],
    pending: Mapping[Owner, str],
    persons: Mapping[str, int] | None = None,
    former: Mapping[int, str] | None = None,
) -> NewIds:
    """Give an id to each row that has none, and anew to each that has a copy of another row's id.

    `used` are ids ever given (also of rows since deleted), `pending` those that were given and could not be saved yet,
    by owner. Of the rows of one id that one keeps it which is most like whom the id named last (`persons`: its mark, see
    `person_marks`), else the first. A row that repeats its person altogether is the same client pasted twice and keeps
    the id too (that two rows have it is the checks' to say). A list without ids counts C1, C2, …. `former` are, by position, the ids
    that rows had before their column was deleted.
    """
    ids = clients.texts("client_id")
    old = clients.table.column("client_id")
    later, first = repeated([ids], ids.filled)
    empty = np.flatnonzero(~ids.filled).tolist()
    if not len(later) and not empty:
        return NewIds((), (), old)
    owners = _Owners(clients)
    keepers = _keepers(clients, later, first, persons or {})
    rows = {*zip(later.tolist(), first.tolist(), strict=True), *((p, p) for p in first.tolist())}
    copies = [row for row, original in rows if owners.differ(row, keepers.get(original, original))]
    wanted = sorted([*(p for p in empty if any(owners.of(p))), *copies])
    keys = _told_apart(owners.of(p) for p in wanted)
    present = {str(value) for value in ids.values}
    kept, unsure = _kept(keys, {owner: kept for owner, kept in pending.items() if kept not in present})
    taken = {*present, *used, *pending.values()}
    fresh = _style(ids, taken).ids_after(taken)
    held = {*present, *kept.values()}
    again = {
        i: one for i, p in enumerate(wanted) if i not in kept and (one := (former or {}).get(p)) and one not in held
    }
    given = [kept.get(i) or again.get(i) or next(fresh) for i in range(len(wanted))]
    return NewIds(
        positions=tuple(wanted),
        ids=tuple(given),
        old=old,
        owners=dict(zip(keys, given, strict=True)),
        unsure=frozenset({*(wanted[i] for i in unsure), *(p for p in wanted if isinstance(old.cell(p), CellError))}),
        keepers=keepers,
        again=frozenset(wanted[i] for i in again),
    )


def counted(client_id: str) -> tuple[str, int] | None:
    """Return what stands before an id's number, and that number: the lower, the older. None where it ends in none."""
    found = _NUMBERED.fullmatch(client_id)
    return None if found is None else (found[1], int(found[2]))


def taken_ids(clients: Cleaned, ledger: Ledger) -> list[Taken]:
    """Find the ids that waited to be saved (`Ledger.ids_pending`) and gave way to what the owner typed meanwhile.

    That is another id in the client's own row, or this id in the row of another client.
    """
    ids = clients.texts("client_id")
    owners, rows = _Owners(clients), clients.table.rows
    known = {*ledger.ids_pending.values(), *ledger.ids_used}
    typed: dict[Owner, list[int]] = {}
    holders: dict[str, list[Owner]] = {}
    for position in np.flatnonzero(ids.filled).tolist():
        typed.setdefault(owners.of(position), []).append(position)
        holders.setdefault(str(ids.cell(position)), []).append(owners.of(position))
    given = next_ids(clients, ledger.ids_used, ledger.ids_pending, ledger.persons)
    places = dict(zip(given.owners, given.positions, strict=True))
    found = []
    for owner, waited in ledger.ids_pending.items():
        at = typed.get(owner, [])
        now = str(ids.cell(at[0])) if len(at) == 1 else ""
        if now and now not in known and len(holders[now]) == 1:
            found.append(Taken(owner, waited, now, int(rows[at[0]]), typed=True))
        elif owner[:_NUMBER] in holders.get(waited, ()):
            continue  # it stands where it was to stand; who has no id yet is a namesake
        elif owner in places and given.owners[owner] != waited and waited in holders:
            found.append(Taken(owner, waited, given.owners[owner], int(rows[places[owner]]), typed=False))
    return found


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


def person_marks(clients: Cleaned) -> npt.NDArray[np.int64]:
    """Return for each client a mark of name, phone and e-mail, to tell rows of one id by: a short hash of each."""
    parts = [short_hashes(full_names(clients))]
    for name in ("phone", "email"):
        column = clients.texts(name)
        parts.append(np.append(short_hashes([str(value) for value in column.values]), 0)[column.codes])
    marks = np.zeros(len(clients), dtype=np.int64)
    for shift, part in zip(_SHIFTS, parts, strict=True):
        marks |= part << shift
    return marks


def _keepers(clients: Cleaned, later: Positions, first: Positions, persons: Mapping[str, int]) -> dict[int, int]:
    """Find, by the first position of an id that several rows have, who keeps it where that is a later one."""
    keepers: dict[int, int] = {}
    if not len(later) or not persons:
        return keepers
    ids, marks = clients.texts("client_id"), person_marks(clients).tolist()
    for row, original in zip(later.tolist(), first.tolist(), strict=True):
        known = persons.get(str(ids.cell(original)))
        keeper = keepers.get(original, original)
        if known is not None and _likeness(marks[row], known) > _likeness(marks[keeper], known):
            keepers[original] = row
    return keepers


def is_person(one: int, other: int) -> bool:
    """Tell whether two marks of `person_marks` are one person's: of one name, and of one phone or e-mail where they have any."""
    return _likeness(one, other) > _WEIGHTS[0]


def name_part(mark: int) -> int:
    """Return what is of the name in a mark of `person_marks`."""
    return mark >> _SHIFTS[0]


def shares_contact(one: int, other: int) -> bool:
    """Tell whether two marks of `person_marks` have a phone or an e-mail in common."""
    return any(one >> s & _BITS == other >> s & _BITS != 0 for s in _SHIFTS[1:])


def whole_person(mark: int) -> int:
    """Return a mark of `person_marks` as it is, 0 where it has neither phone nor e-mail."""
    return mark if any(mark >> s & _BITS for s in _SHIFTS[1:]) else 0


def with_phone(mark: int) -> int:
    """Return what is of the name and the phone in a mark of `person_marks`, 0 without a phone."""
    return _with(mark, _SHIFTS[_PHONE])


def with_email(mark: int) -> int:
    """Return what is of the name and the e-mail in a mark of `person_marks`, 0 without an e-mail."""
    return _with(mark, _SHIFTS[_EMAIL])


def _with(mark: int, shift: int) -> int:
    part = mark & _BITS << shift
    return part and part | mark & _BITS << _SHIFTS[_NAME]


def _likeness(one: int, other: int) -> int:
    return sum(w for s, w in zip(_SHIFTS, _WEIGHTS, strict=True) if one >> s & _BITS == other >> s & _BITS)


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
