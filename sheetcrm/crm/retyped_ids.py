"""Clients who stand under another id by now: the owner has typed one of her own, or emptied the cell, or typed the row again.

Told by whom the journal remembers of the ids that are gone from the list (`Ledger.persons`), and by which rows are new in it. What was
known under such an id is the client's still, as that of a row that was merged into hers (`Cleaned.merges`). Who stands there under both
ids is two.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from sheetcrm.crm.lineage import bare_id
from sheetcrm.crm.numbering import name_part, whole_person, with_email, with_phone

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from sheetcrm.crm.values import Ledger

_Marks = dict[str, int]


def retyped(ids: Sequence[str], persons: Sequence[int], ledger: Ledger, merged: Collection[str]) -> dict[str, str]:
    """Return by an id that is gone from the list the one under which its client stands since; what is known of that, and what is new.

    `ids` are those of the rows in their order ("" for none), `persons` beside them what `numbering.person_marks` gives, `merged` the ids
    of rows that live on in others.
    """
    there, before = set(ids), set(ledger.id_order)
    found = {one: now for one, now in ledger.retyped.items() if one not in there}
    lost = ledger.persons.keys() - there - set(merged) if before else set()
    lost = {one for one in lost if not _leads_to_a_row(one, found, there) and bare_id(one) not in ledger.erased}
    if not lost:  # nearly always: what follows is not for every day
        return found
    new = {one: mark for one, mark in zip(ids, persons, strict=True) if one and one not in before and name_part(mark)}
    names = {name_part(mark) for mark in new.values()}
    order = (*(one for one in ledger.id_order if one in lost), *sorted(lost - before))
    gone = {one: mark for one in order if name_part(mark := ledger.persons[one]) in names}
    return found | _matched(gone, new, _Lists(ids, persons, ledger)) if gone else found


def _leads_to_a_row(one: str, into: Mapping[str, str], there: Collection[str]) -> bool:
    seen: set[str] = set()
    while one in into and one not in seen:
        seen.add(one)
        one = into[one]
    return one in there


class _Lists:
    """The list as it is and as it was, asked only of who is not known by a phone or an e-mail."""

    def __init__(self, ids: Sequence[str], persons: Sequence[int], ledger: Ledger) -> None:
        self._now, self._then = ids, ledger.id_order
        self._persons, self._known = persons, ledger.persons

    @cached_property
    def _names(self) -> tuple[Counter[int], Counter[int]]:
        before = (self._known.get(one, 0) for one in dict.fromkeys(self._then))
        return Counter(map(name_part, self._persons)), Counter(map(name_part, before))

    def sole(self, mark: int) -> bool:
        """Tell whether a name is one client's only, now and before."""
        now, before = self._names
        return now[name_part(mark)] == before[name_part(mark)] == 1

    def places(self) -> Iterator[tuple[str, str]]:
        """Yield (id before, id now) at the same place between the same neighbours, which stood there and still stand there."""
        common = set(self._now) & set(self._then)
        before, now = (dict(_between(ids, common)) for ids in (self._then, self._now))
        for neighbours, those in before.items():
            here = now.get(neighbours, ())
            if len(those) == len(here):
                yield from zip(those, here, strict=True)


def _between(ids: Iterable[str], common: Collection[str]) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """Yield (id above, id below) of `common`, "" at the ends of the list, and the ids between the two where there are any."""
    above, those = "", list[str]()
    for one in (*ids, ""):
        if one not in common and one:
            those.append(one)
            continue
        if those:
            yield (above, one), those
        above, those = one, []


def _matched(gone: _Marks, new: _Marks, lists: _Lists) -> dict[str, str]:
    """Match who is gone with who is new: by name, phone and e-mail, by name and one of these, else by the name alone.

    That is enough where it is nobody else's, or at the same place of the list. Two rows of one client may be one by now.
    """
    found: dict[str, str] = {}
    for key in (whole_person, with_phone, with_email):
        found |= _one_by_one(_without(gone, found), _without(new, found.values()), key)
    if (rest := _without(gone, found)) and (left := _without(new, found.values())):
        found |= _one_by_one({one: mark for one, mark in rest.items() if lists.sole(mark)}, left, name_part)
        rest, left = _without(gone, found), _without(new, found.values())
        pairs = ((one, now) for one, now in lists.places() if one in rest and now in left)
        found |= {one: now for one, now in pairs if name_part(rest[one]) == name_part(left[now])}
    for key in (with_phone, with_email):
        first = {key(mark): one for one, mark in reversed(new.items())}
        found |= {o: first[key(m)] for o, m in _without(gone, found).items() if key(m) and key(m) in first}
    return found


def _one_by_one(gone: _Marks, new: _Marks, key: Callable[[int], int]) -> dict[str, str]:
    """Match those of one key, each with another one, in the order of both lists; 0 is nobody's key."""
    waiting: dict[int, list[str]] = {}
    for one, mark in reversed(new.items()):
        waiting.setdefault(key(mark), []).append(one)
    return {one: those.pop() for one, mark in gone.items() if key(mark) and (those := waiting.get(key(mark)))}


def _without(marks: _Marks, taken: Collection[str]) -> _Marks:
    taken = set(taken)
    return {one: mark for one, mark in marks.items() if one not in taken}
