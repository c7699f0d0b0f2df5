"""Ids that stand beside other clients than before: she has sorted, pasted or shifted some columns of the list, and others stayed.

Told by what the journal remembers of whom each id named (`Ledger.persons`), and in which order the ids stood (`Ledger.id_order`). One
whom she corrects has a name, phone or address that is new in the list; here they are those of other rows, which lost them.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sheetcrm.crm.short_hashes import BITS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sheetcrm.crm.values import Ledger

_PARTS = tuple(((1 << BITS) - 1) << at * BITS for at in range(3))  # of a person's mark: e-mail, phone, name
_NAME = 2
_WHOLE = sum(_PARTS)
_FEWEST = 3
"""Names alone, or phones, in so many rows: two that were exchanged are put right by hand."""
_FEWEST_WHOLE = 2
_MOSTLY = 0.5  # of what changed there


def ids_astray(ids: Sequence[str], persons: Sequence[int], ledger: Ledger) -> frozenset[str]:
    """Return the ids beside which another client stands by now, or part of one.

    `ids` are those of the rows in their order, "" for none, `persons` beside them what `numbering.person_marks` gives.

    Where whole clients stand at other ids, either side may have moved: they are astray where the ids are in the order in which they were;
    else she has numbered her clients anew.
    """
    if not ledger.persons:
        return frozenset()
    known = ledger.persons
    changed = {one: mark for one, mark in zip(ids, persons, strict=True) if known.get(one, mark) != mark}
    if len(changed) < _FEWEST_WHOLE:  # nearly always: what follows is not for every day
        return frozenset()
    counts = Counter(ids)
    changed = {one: mark for one, mark in changed.items() if counts[one] == 1}
    moved: set[str] = set()
    for part, fewest in ((_WHOLE, _FEWEST_WHOLE), *((each, _FEWEST) for each in _PARTS)):
        moved |= _moved(changed, ledger.persons, part, fewest)
    torn = [one for one in moved if any(changed[one] & part == ledger.persons[one] & part != 0 for part in _PARTS)]
    if len(torn) >= _FEWEST or _in_order([one for one in ids if one in moved], ledger.id_order):
        return frozenset(moved)
    return frozenset()


def still_names(
    ids: Sequence[str], persons: Sequence[int], known: Mapping[str, int], united: Collection[frozenset[str]] = ()
) -> Callable[[str, str], bool]:
    """Return what tells of an id, and of that of another client, whether the first still names whom it named before.

    It does where the name beside it is the one that stood there, or where she was renamed and the other one is new. Who has numbered
    her clients anew, or exchanged two of them, has other names beside ids that were there: nobody goes by these. `ids` and `persons`
    are as for `ids_astray`, `known` are `Ledger.persons`; of two that were ever `united` a text may have meant the one only as long as
    she stood for both.
    """
    marks = dict(zip(ids, persons, strict=True))

    def tells(one: str, other: str) -> bool:
        if one not in marks or one not in known or {one, other} in united:
            return False
        now, before = marks[one], known[one]
        same = [now & part == before & part != 0 for part in _PARTS]
        return same[_NAME] or (other not in known and any(same))

    return tells


def _moved(changed: Mapping[str, int], before: Mapping[str, int], part: int, fewest: int) -> set[str]:
    """Return the ids beside which a part of a person stands that stood beside another one, which has it no more."""
    there = {one: mark & part for one, mark in changed.items() if mark & part not in (0, before[one] & part)}
    lost = {before[one] & part for one, mark in changed.items() if mark & part != before[one] & part}
    found = {one for one, mark in there.items() if mark in lost}
    return found if len(found) >= max(fewest, _MOSTLY * len(there)) else set()


def _in_order(ids: Sequence[str], before: Sequence[str]) -> bool:
    """Tell whether ids stand in the order in which they stood before."""
    places = {one: at for at, one in enumerate(before)}
    known = [places[one] for one in ids if one in places]
    return len(known) == len(ids) > 0 and known == sorted(known)
