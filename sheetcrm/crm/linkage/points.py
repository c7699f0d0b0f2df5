"""What an agreement or a contradiction is worth: log2 points, by how rare a value is in this very list.

An agreement on a value that `count` of n rows have weighs log2(n / count): so much likelier it is among rows of one person than by
chance (Fellegi and Sunter's m / u with m near 1 and u the value's frequency; Winkler 1989 for u by value). What two spellings, a typing
error or a contradiction cost was set by trials on lists with known duplicates (`benchmarks/duplicates.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.linkage.levels import Compared, Level, Levels, Word
from sheetcrm.crm.linkage.records import Ids, Records
from sheetcrm.crm.tables import EMPTY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sheetcrm.crm.tables import Column

Points = npt.NDArray[np.float64]

MOST = 12.0
"""Points of one agreement: beyond it rarity is chance."""
_PRIOR = 1.0
_LEAST_LIST = 1000  # rows: a shorter list tells nothing of how rare a value is, and is taken for a part of one so long
_CROSSED = 1.0  # a given name and a family name stand the other way round less often than not
_HOUSE_MOST = 5.0  # a number alone
_CITY_MOST = 6.0
_SHARED_BY = 4  # people who share a contact: then it is an office's
_WORTH = {  # of the rarity, and a constant: a given name, a family name
    Word.EXACT: ((1.0, 0.0), (1.0, 0.0)),
    Word.SPELT: ((1.0, -0.3), (1.0, -0.3)),
    Word.ALIAS: ((1.0, -1.0), (1.0, -1.0)),
    Word.VAGUE: ((0.6, -1.0), (1.0, -1.0)),
    Word.TYPO: ((1.0, -2.5), (1.0, -2.5)),
    Word.CLOSE: ((0.3, 0.0), (0.4, 0.0)),
    Word.INITIAL: ((0.3, 0.0), (0.3, 0.0)),
    Word.MISSING: ((0.0, 0.0), (0.0, 0.0)),
    Word.OTHER: ((0.0, -6.0), (0.0, -6.0)),
    Word.RIVAL: ((0.0, -9.0), (0.0, -6.0)),
}
_FIELD = {  # what a typing error costs, and what a contradiction does
    "phone": (-3.0, -2.0),
    "email": (-3.0, -1.0),
    "birthday": (-5.0, -5.0),
    "city": (-1.0, -1.0),
    "postcode": (-3.0, -1.5),
    "tax_id": (-2.0, -4.0),
    "street": (-1.5, -1.0),
    "house": (-2.0, -0.7),
}
_OTHER_FATHER = -4.0  # another patronymic or second name


@dataclass(frozen=True)
class Scored:
    """The pairs with their points.

    `given` and `family` are the levels that count: of the words as they stand or, where `crossed`, the other way round. `points` holds
    the parts by name (`given`, `family`, `extra`, `address`, and fields), `total` their sum with the prior, in bits. `shared` tells of
    a phone or e-mail that several people of the list have, `office` where all that agrees are those of several families.
    """

    compared: Compared
    given: Levels
    family: Levels
    crossed: npt.NDArray[np.bool_]
    points: Mapping[str, Points]
    total: Points
    shared: npt.NDArray[np.bool_]
    office: npt.NDArray[np.bool_]


def score(records: Records, compared: Compared) -> Scored:
    """Give points to pairs."""
    count = max(len(records), _LEAST_LIST)
    left, right = compared.left, compared.right
    rarity = _WordRarity(records, count)
    given, family = (rarity.of(ids[left], ids[right]) for ids in (records.given, records.family))
    one, other = (
        rarity.of(records.given[left], records.family[right]),
        rarity.of(records.family[left], records.given[right]),
    )
    straight = _words(compared.given, given, 0), _words(compared.family, family, 1)
    turned = _words(compared.given_crossed, one, 1) - _CROSSED, _words(compared.family_crossed, other, 1)
    crossed = turned[0] + turned[1] > straight[0] + straight[1]
    points = {name: np.where(crossed, turned[k], straight[k]) for k, name in enumerate(("given", "family"))}
    points["extra"] = _extra(compared.extra)
    shared = np.zeros(len(left), dtype=bool)
    private = np.zeros(len(left), dtype=bool)
    people, families = _people(records), _of(records.words.skeletons, records.family)
    for name, levels in compared.fields.items():
        column = records.fields[name]
        worth = _value_rarity(column, left, right, count)
        if name in ("phone", "email"):
            same, codes = levels == Level.SAME, column.codes[left]
            of_many = np.append(_shared(column, people), False)[codes] & same
            private |= ~np.append(_shared(column, families), False)[codes] & same
            shared |= of_many
            worth = np.where(of_many, worth / 2, worth)
        if name == "city":
            worth = np.minimum(worth, _CITY_MOST)
        near, contrary = _FIELD[name]
        points[name] = np.select(
            [levels == Level.SAME, levels == Level.NEAR, levels == Level.OTHER], [worth, worth + near, contrary], 0.0
        )
    street, house = points.pop("street"), points.pop("house")
    elsewhere = compared.fields["street"] == Level.OTHER
    points["address"] = np.where(elsewhere, _FIELD["street"][1], np.minimum(house, _HOUSE_MOST) + street)
    return Scored(
        compared,
        np.where(crossed, compared.given_crossed, compared.given),
        np.where(crossed, compared.family_crossed, compared.family),
        crossed,
        points,
        sum(points.values(), np.zeros(len(left))) - np.log2(count) - _PRIOR,
        shared,
        shared & ~private,
    )


class _WordRarity:
    """How rare words are in the list's names, whichever part they stand in."""

    def __init__(self, records: Records, count: int) -> None:
        self._ids = np.append(records.words.shadow_ids, EMPTY)
        rows = self._ids[np.concatenate([records.given, records.family])]
        found = np.bincount(rows[rows >= 0], minlength=1)
        self._rarity = np.append(_bits(found, count), 0.0)

    def of(self, one: Ids, other: Ids) -> Points:
        """Return the points of the commoner of two words."""
        points: Points = np.minimum(self._rarity[self._ids[one]], self._rarity[self._ids[other]])
        return points


def _bits(found: npt.NDArray[np.int64], count: int) -> Points:
    bits: Points = np.clip(np.log2(count / np.maximum(found, 1)), 0.0, MOST)
    return bits


def _words(levels: Levels, rarity: Points, part: int) -> Points:
    factor, constant = (np.array([_WORTH[Word(k)][part][n] for k in range(len(_WORTH))]) for n in (0, 1))
    points: Points = factor[levels] * rarity + constant[levels]
    return points


def _extra(levels: Levels) -> Points:
    return np.where(levels >= Word.OTHER, _OTHER_FATHER, 0.0)


def _value_rarity(column: Column, left: Ids, right: Ids, count: int) -> Points:
    found = np.bincount(column.codes[column.codes >= 0], minlength=len(column.values))
    rarity = np.append(_bits(found, count), 0.0)
    points: Points = np.minimum(rarity[column.codes[left]], rarity[column.codes[right]])
    return points


def _people(records: Records) -> Ids:
    """Return a number for each row that is the same for rows of one name, however it is spelt."""
    skeletons = records.words.skeletons
    both = np.sort(np.stack([_of(skeletons, records.given), _of(skeletons, records.family)]), axis=0)
    people: Ids = both[0] * (len(records.words.skeletons) + 2) + both[1]
    return people


def _of(table: Ids, ids: Ids) -> Ids:
    """Return `table[ids]`, -1 where there is no id."""
    return np.append(table, EMPTY)[ids]


def _shared(column: Column, people: Ids) -> npt.NDArray[np.bool_]:
    """Tell by value whether several people have it."""
    there = np.flatnonzero(column.codes >= 0)
    distinct = np.unique(np.stack([column.codes[there].astype(np.int64), people[there]]), axis=1)
    shared: npt.NDArray[np.bool_] = np.bincount(distinct[0], minlength=len(column.values)) >= _SHARED_BY
    return shared
