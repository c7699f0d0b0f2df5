"""The pairs of a list that was searched before: only rows that are new or changed are compared, with all others.

The outcome is the one of a search of the whole list, but for one thing: how rare a value is. A pair of two rows that stood there at the
last search of the whole list is weighed as the list was then; a pair with a row that is new or changed since, as the list was then
plus what is new. As soon as more than one row in fifty is new or gone the whole list is searched anew; so the rarity of what many have
is off by some hundredths of a bit at most, that of what hardly anybody had by one or two. Between two such searches nothing new is
remembered: how the list got where it is makes no difference.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.linkage.arrays import Ids, spans
from sheetcrm.crm.linkage.blocking import EMAIL_KEY, PHONE_KEY, Block, blocks_of, mixed, pairs_in
from sheetcrm.crm.linkage.counts import CONTACTS, SHARED_BY, Counts, counts_of
from sheetcrm.crm.linkage.finding import judged, strongest_first
from sheetcrm.crm.linkage.hashing import Hasher
from sheetcrm.crm.linkage.memory import Known, Memory, People, Tally, Verdicts, people_of, tallies_of, verdicts_of
from sheetcrm.crm.linkage.records import FIELDS, Records, part_of, records_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sheetcrm.crm.tables import Column

Mask = npt.NDArray[np.bool_]

ANEW = 50
"""As soon as more than one row in so many is new or gone (one that was changed is both), the whole list is searched anew."""

_CONTACT_KEYS = dict(zip(CONTACTS, (PHONE_KEY, EMAIL_KEY), strict=True))


def recalled(columns: Mapping[str, Column], length: int, memory: Memory) -> tuple[Verdicts, Memory]:
    """Return the pairs of a client list, strongest first, and what is to be remembered of it: `memory` itself if that still serves."""
    hasher = Hasher(memory.secret)
    whole = hasher.whole(columns, length)
    if memory.known is not None:
        if memory.known.whole == whole:
            return memory.known.verdicts, memory
        renewed = _Renewal(memory.known, columns, length, hasher)
        if renewed.is_near:
            return renewed.verdicts(), memory
    known = searched(columns, length, hasher, whole)
    return known.verdicts, Memory(memory.secret, known)


def searched(columns: Mapping[str, Column], length: int, hasher: Hasher, whole: str) -> Known:
    """Search a whole list."""
    records = records_of(columns, length)
    blocks = tuple(blocks_of(records, hasher.column))
    counts = counts_of(records)
    found = judged(records, *pairs_in(blocks), counts)
    return Known(
        whole,
        hasher.rows(columns, length),
        people_of(records, hasher),
        blocks,
        tallies_of(records, hasher, counts),
        verdicts_of(found, columns),
    )


class _Renewal:
    """A list (`columns`), as far as it differs from the one that is known: rows are `added` (by position now) or `gone` (then)."""

    def __init__(self, known: Known, columns: Mapping[str, Column], length: int, hasher: Hasher) -> None:
        self._known, self._columns, self._hasher = known, columns, hasher
        then = _matched(known.rows, hasher.rows(columns, length))
        self._now = np.full(len(known.rows), -1, dtype=np.int64)
        here = np.flatnonzero(then >= 0)
        self._now[then[here]] = here
        self._added, self._gone = np.flatnonzero(then < 0), np.flatnonzero(self._now < 0)
        self._length = length

    @cached_property
    def is_near(self) -> bool:
        """Tell whether the list is still much the same."""
        few = (len(self._added) + len(self._gone)) * ANEW <= len(self._known.rows)
        return few and self._reached_now == bool(self._known.people.reached.any())

    @property
    def _reached_now(self) -> bool:
        return bool(self._known.people.reached[self._now >= 0].any() or self._new.reached.any())

    @cached_property
    def _new(self) -> Records:
        """The rows that are added, as records."""
        return records_of(part_of(self._columns, self._added), len(self._added))

    @cached_property
    def _new_people(self) -> People:
        return people_of(self._new, self._hasher)

    @cached_property
    def _blocks(self) -> list[_Both]:
        """The keys that rows had then and those that the added ones have."""
        new = blocks_of(self._new, self._hasher.column)
        gone = self._now < 0
        return [
            _Both(old, old.keys[gone[old.rows]] if len(self._gone) else old.keys[:0], added)
            for old, added in zip(self._known.blocks, new, strict=True)
        ]

    def verdicts(self) -> Verdicts:
        """Return the pairs of the list as it is now, strongest first."""
        asked = np.zeros(self._length, dtype=bool)
        asked[self._added] = True
        asked[self._now[self._touched()]] = True
        old = self._known.verdicts
        left, right = self._now[old.left], self._now[old.right]
        kept = np.flatnonzero((left >= 0) & (right >= 0) & ~asked[left] & ~asked[right])
        low, high = np.minimum(left, right)[kept], np.maximum(left, right)[kept]
        found = old.take(kept)._replace(left=low, right=high)
        for part in self._judged(*self._candidates(asked)):
            found = found.followed_by(part)
        return found.take(strongest_first(found.total, found.left, found.right))

    def _touched(self) -> Ids:
        """Return the unchanged rows (their positions then) that are to be compared anew.

        One of their keys is shared by too many now, or no longer; or a contact of theirs has become an office's, or a home's.
        """
        touched = [np.empty(0, dtype=np.int64)]
        for number, block in enumerate(self._blocks):
            sizes = block.sizes(np.unique(np.concatenate([block.gone, block.new.keys])))
            most = block.old.most
            crossed = (sizes.before <= most) != (sizes.after <= most)
            if number in _CONTACT_KEYS.values():
                then, now = self._several(number, sizes.keys, now=False), self._several(number, sizes.keys, now=True)
                crossed |= (then.people != now.people) | (then.families != now.families)
            touched.append(block.old.rows[spans(sizes.starts[crossed], sizes.before[crossed])])
        rows = np.unique(np.concatenate(touched))
        return rows[self._now[rows] >= 0]

    def _several(self, number: int, keys: Ids, *, now: bool) -> _Several:
        """Tell which of some phone numbers or e-mail addresses belong to several people or families, then or now."""
        block, people = self._blocks[number], self._known.people
        sizes = block.sizes(keys)
        rows, whose = block.old.rows[spans(sizes.starts, sizes.before)], np.repeat(np.arange(len(keys)), sizes.before)
        if now:
            here = self._now[rows] >= 0
            rows, whose = rows[here], whose[here]
        names = people.people[rows], people.families[rows]
        if now:
            starts, many = _places(block.new.keys, keys)
            more, new = block.new.rows[spans(starts, many)], self._new_people
            names = np.append(names[0], new.people[more]), np.append(names[1], new.families[more])
            whose = np.append(whose, np.repeat(np.arange(len(keys)), many))
        return _Several(*(_distinct(whose, each, len(keys)) >= SHARED_BY for each in names))

    def _candidates(self, asked: Mask) -> tuple[Ids, Ids]:
        """Return the pairs to compare: the rows in `asked` (a mask, by position now) with each other and all others."""
        asked_then = np.append(asked, False)[self._now]
        blocks = []
        for block in self._blocks:
            old, new = block.old, block.new
            sizes = block.sizes(np.unique(np.concatenate([old.keys[asked_then[old.rows]], new.keys])))
            fit = (sizes.after > 1) & (sizes.after <= old.most)
            keys = sizes.keys[fit]
            places = spans(sizes.starts[fit], sizes.before[fit])
            more = spans(*_places(new.keys, keys))
            rows = np.append(self._now[old.rows[places]], self._added[new.rows[more]])
            keys = np.append(old.keys[places], new.keys[more])
            order = np.lexsort((rows, keys))
            order = order[rows[order] >= 0]
            blocks.append(Block(keys[order], rows[order], old.most))
        return pairs_in(blocks, asked)

    def _judged(self, left: Ids, right: Ids) -> Iterator[Verdicts]:
        """Judge pairs of rows by their positions now."""
        if not len(left):
            return
        rows = np.unique(np.concatenate([left, right]))
        columns = part_of(self._columns, rows)
        records = records_of(columns, len(rows))
        new = np.isin(left, self._added) | np.isin(right, self._added)
        for which, with_new in ((new, True), (~new, False)):
            if which.any():
                one, other = (np.searchsorted(rows, side[which]) for side in (left, right))
                found = judged(records, one, other, self._counts(records, with_new=with_new))
                part = verdicts_of(found, columns)
                yield part._replace(left=rows[part.left], right=rows[part.right])

    def _counts(self, records: Records, *, with_new: bool) -> Counts:
        """Return how often what stands in these records stood in the whole list then, and stands in the added rows."""
        texts = {"words": records.words.shadow_values, **{name: records.fields[name].values for name in FIELDS}}
        hashes = {name: self._hasher.values(values) for name, values in texts.items()}
        found = {name: self._known.tallies[name].of(each) for name, each in hashes.items()}
        if with_new:
            found = {name: many + self._new_tallies[name].of(hashes[name]) for name, many in found.items()}
        several = {name: self._several(number, hashes[name], now=True) for name, number in _CONTACT_KEYS.items()}
        return Counts(
            len(self._known.rows) + (len(self._added) if with_new else 0),
            found.pop("words"),
            found,
            {name: each.people for name, each in several.items()},
            {name: each.families for name, each in several.items()},
            not self._known.people.reached.any(),
        )

    @cached_property
    def _new_tallies(self) -> Mapping[str, Tally]:
        return tallies_of(self._new, self._hasher)


class _Several(NamedTuple):
    """Which contacts several people have, and which several families."""

    people: Mask
    families: Mask


class _Sizes(NamedTuple):
    """How many rows have some keys: `before` then, from the places `starts` on; `after` now."""

    keys: Ids
    starts: Ids
    before: Ids
    after: Ids


class _Both(NamedTuple):
    """One of the keys: of all rows then, of those that are gone since (keys only), of those that were added."""

    old: Block
    gone: Ids
    new: Block

    def sizes(self, keys: Ids) -> _Sizes:
        """Return how many rows have each of some keys."""
        starts, before = _places(self.old.keys, keys)
        after = before - _places(self.gone, keys)[1] + _places(self.new.keys, keys)[1]
        return _Sizes(keys, starts, before, after)


def _places(rising: Ids, keys: Ids) -> tuple[Ids, Ids]:
    """Return where each of some keys begins in an array that rises, and how often it stands there."""
    starts = np.searchsorted(rising, keys, side="left")
    return starts, np.searchsorted(rising, keys, side="right") - starts


def _distinct(whose: Ids, names: Ids, count: int) -> Ids:
    """Return how many different names each of `count` has."""
    _, first = np.unique(mixed(whose, names), return_index=True)
    return np.bincount(whose[first], minlength=count)


def _matched(then: Ids, now: Ids) -> Ids:
    """Return for each row now which row it was then, by their hashes; -1 for none. Of rows that hold the same, each is one."""
    old, new = np.argsort(then, kind="stable"), np.argsort(now, kind="stable")
    rising = now[new]
    starts, many = _places(then[old], rising)
    turn = np.arange(len(new)) - np.searchsorted(rising, rising)
    here = turn < many
    found = np.full(len(now), -1, dtype=np.int64)
    found[new[here]] = old[(starts + turn)[here]]
    return found
