"""How often what stands in a list stands there: by that its values weigh."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.linkage.arrays import Ids, at
from sheetcrm.crm.linkage.records import FIELDS, Records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sheetcrm.crm.tables import Column

Points = npt.NDArray[np.float64]

MOST = 12.0
"""Points of one agreement: beyond it rarity is chance."""
SHARED_BY = 4
"""People who share a contact: then it is an office's."""
CONTACTS = ("phone", "email")
_LEAST_LIST = 1000  # rows: a shorter list tells nothing of how rare a value is, and is taken for a part of one so long


@dataclass(frozen=True)
class Counts:
    """How often what stands in a list stands there.

    `rows` is its length, `words` how often each word form (by `Words.shadow_ids`) stands in its names, `values` how often each value
    of a field does. `people` and `families` tell which phones and e-mails belong to several of them; `register`: there are none.
    """

    rows: int
    words: Ids
    values: Mapping[str, Ids]
    people: Mapping[str, npt.NDArray[np.bool_]]
    families: Mapping[str, npt.NDArray[np.bool_]]
    register: bool

    @property
    def enough(self) -> int:
        """The length that rarities are of."""
        return max(self.rows, _LEAST_LIST)

    @cached_property
    def word_bits(self) -> Points:
        """The rarity of each word form; at the end, that of none."""
        return np.append(_bits(self.words, self.enough), 0.0)

    @cached_property
    def value_bits(self) -> Mapping[str, Points]:
        """The rarity of each value; at the end, that of none."""
        return {name: np.append(_bits(found, self.enough), 0.0) for name, found in self.values.items()}


def counts_of(records: Records) -> Counts:
    """Count what stands in a list."""
    people, families = _people(records), at(records.words.skeletons, records.family)
    contacts = {name: records.fields[name] for name in CONTACTS}
    return Counts(
        len(records),
        word_counts(records),
        {name: value_counts(records.fields[name]) for name in FIELDS},
        {name: _shared(column, people) for name, column in contacts.items()},
        {name: _shared(column, families) for name, column in contacts.items()},
        records.is_register,
    )


def word_counts(records: Records) -> Ids:
    """Return how often each word form stands in the names of a list, whichever part it stands in."""
    ids = records.words.shadow_ids
    found = at(ids, np.concatenate([records.given, records.family]))
    return np.bincount(found[found >= 0], minlength=int(ids.max(initial=0)) + 1)


def value_counts(column: Column) -> Ids:
    """Return how many rows have each value."""
    return np.bincount(column.codes[column.codes >= 0], minlength=len(column.values))


def _bits(found: npt.NDArray[np.int64], count: int) -> Points:
    bits: Points = np.clip(np.log2(count / np.maximum(found, 1)), 0.0, MOST)
    return bits


def _people(records: Records) -> Ids:
    """Return a number for each row that is the same for rows of one name, however it is spelt."""
    skeletons = records.words.skeletons
    both = np.sort(np.stack([at(skeletons, records.given), at(skeletons, records.family)]), axis=0)
    people: Ids = both[0] * (len(records.words.skeletons) + 2) + both[1]
    return people


def _shared(column: Column, people: Ids) -> npt.NDArray[np.bool_]:
    """Tell by value whether several people have it."""
    often = np.append(value_counts(column) >= SHARED_BY, False)
    there = np.flatnonzero(often[column.codes])
    distinct = np.unique(np.stack([column.codes[there].astype(np.int64), people[there]]), axis=1)
    shared: npt.NDArray[np.bool_] = np.bincount(distinct[0], minlength=len(column.values)) >= SHARED_BY
    return shared
