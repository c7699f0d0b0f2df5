"""Which of some rows is which of others, by keys that tell them; rows that are the same pair in their order."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Sequence
from itertools import takewhile

_FAR = 50  # rows that are looked at for one that was edited


def matched(
    old: Sequence[Sequence[Hashable]],
    new: Sequence[Sequence[Hashable]],
    alike: Callable[[int, int], bool] | None = None,
    *,
    whole: int = 0,
) -> list[int | None]:
    """Return for each row of `new` the position that it had in `old`, None for one that was not there.

    Each row has a key for each way of telling it, the surest first; None tells nothing. A key tells where one row only has it; by the
    one that is the row as a `whole` rows that are the same pair, too: in their order, and where there are fewer or more of them than
    before first those that stand where they stood. What is left between the same neighbours pairs in order where `alike(old, new)`
    says so.
    """
    found: list[int | None] = [None] * len(new)
    taken: set[int] = set()
    for way in range(len(new[0]) if new else 0):
        then, now = _places(old, way, taken), _places(new, way, {at for at, was in enumerate(found) if was is not None})
        for key, places in now.items():
            before = then.get(key, [])
            if way == whole or (len(before) == len(places) == 1):
                for at, was in _in_order(before, places):
                    found[at] = was
                    taken.add(was)
    if alike is not None:
        _fill_gaps(found, taken, len(old), alike)
    return found


def _in_order(before: Sequence[int], now: Sequence[int]) -> list[tuple[int, int]]:
    """Pair places now and before of rows that are the same."""
    if len(before) == len(now):
        return list(zip(now, before, strict=True))
    staying = set(before).intersection(now)
    left = ([at for at in places if at not in staying] for places in (now, before))
    return [*((at, at) for at in staying), *zip(*left, strict=False)]


def _places(rows: Sequence[Sequence[Hashable]], way: int, taken: Collection[int]) -> dict[Hashable, list[int]]:
    places: dict[Hashable, list[int]] = defaultdict(list)
    for at, keys in enumerate(rows):
        if at not in taken and keys[way] is not None:
            places[keys[way]].append(at)
    return places


def _fill_gaps(found: list[int | None], taken: set[int], length: int, alike: Callable[[int, int], bool]) -> None:
    """Pair what is left between the same neighbours, in order."""
    last = -1
    for at, was in enumerate(found):
        if was is not None:
            last = was
            continue
        near = takewhile(lambda place: place not in taken, range(last + 1, min(last + _FAR, length)))
        place = next((place for place in near if alike(place, at)), None)
        if place is not None:
            found[at] = last = place
            taken.add(place)


def rising(found: Sequence[int | None]) -> set[int]:
    """Return the positions of the longest run of rows that stand in the order in which they stood: the others were moved."""
    ends: list[int] = []  # the smallest last value of a run of each length, and where it is
    places: list[int] = []
    before: dict[int, int | None] = {}
    for at, was in enumerate(found):
        if was is None:
            continue
        length = bisect_left(ends, was)
        before[at] = places[length - 1] if length else None
        ends[length : length + 1] = [was]
        places[length : length + 1] = [at]
    staying: set[int] = set()
    here: int | None = places[-1] if places else None
    while here is not None:
        staying.add(here)
        here = before[here]
    return staying
