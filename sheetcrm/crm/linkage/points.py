"""What an agreement or a contradiction is worth: log2 points, by how rare a value is in this very list.

An agreement on a value that `count` of n rows have weighs log2(n / count): so much likelier it is among rows of one person than by
chance (Fellegi and Sunter's m / u with m near 1 and u the value's frequency; Winkler 1989 for u by value). What two spellings, a typing
error or a contradiction cost was set by trials on lists with known duplicates (`benchmarks/duplicates.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.linkage.arrays import Ids, at
from sheetcrm.crm.linkage.counts import CONTACTS, Counts, Points, counts_of
from sheetcrm.crm.linkage.field_levels import Level, Levels
from sheetcrm.crm.linkage.levels import Compared, Word, a_generation_apart
from sheetcrm.crm.linkage.records import FEMALE, MALE, Records

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sheetcrm.crm.tables import Column

_PRIOR = 1.0
_CROSSED = 1.0  # a given name and a family name stand the other way round less often than not
_HOUSE_MOST = 5.0  # a number alone
_CITY_MOST = 6.0
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
_OTHER_TITLE = -4.0  # Mr and Mrs


@dataclass(frozen=True)
class Scored:
    """The pairs with their points.

    `given` and `family` are the levels that count: of the words as they stand or, where `crossed`, the other way round: the left one's
    given name beside the right one's family name, or where `turned` its family name beside the other's given name. `points` holds
    the parts by name (`given`, `family`, `extra`, `title`, `address`, and fields), `total` their sum with the prior, in bits.
    `shared` tells of a phone or e-mail that several people of the list have, `office` where all that agrees are those of several
    families; `register` that the list has no contacts.
    """

    compared: Compared
    given: Levels
    family: Levels
    crossed: npt.NDArray[np.bool_]
    turned: npt.NDArray[np.bool_]
    points: Mapping[str, Points]
    total: Points
    shared: npt.NDArray[np.bool_]
    office: npt.NDArray[np.bool_]
    register: bool

    def take(self, places: npt.NDArray[np.int64]) -> Scored:
        """Return the pairs at these places."""
        taken: Scored = _rebuilt([self], lambda arrays: arrays[0][places])
        return taken

    @staticmethod
    def joined(parts: Sequence[Scored]) -> Scored:
        """Return the pairs of several parts, one behind the other."""
        joined: Scored = _rebuilt(parts, np.concatenate)
        return joined


def _rebuilt(parts: Sequence[Any], make: Callable[[Sequence[npt.NDArray[Any]]], npt.NDArray[Any]]) -> Any:
    """Return one value of several of a kind, each of its arrays made of theirs."""
    first = parts[0]
    if isinstance(first, np.ndarray):
        return make(parts)
    if isinstance(first, dict):
        return {name: _rebuilt([part[name] for part in parts], make) for name in first}
    if is_dataclass(first) and not isinstance(first, type):
        made = {one.name: _rebuilt([getattr(part, one.name) for part in parts], make) for one in fields(first)}
        return replace(first, **made)
    return first


def score(records: Records, compared: Compared, counts: Counts | None = None) -> Scored:
    """Give points to pairs, by what is counted in the list itself or, with `counts`, in a longer one."""
    counts = counts or counts_of(records)
    compared = compared if counts.register else _without_slips_of_a_generation(records, compared)
    left, right = compared.left, compared.right
    given, family = (_word_rarity(records, counts, ids[left], ids[right]) for ids in (records.given, records.family))
    one, other = (
        _word_rarity(records, counts, records.given[left], records.family[right]),
        _word_rarity(records, counts, records.family[left], records.given[right]),
    )
    straight = _words(compared.given, given, 0), _words(compared.family, family, 1)
    turned = _words(compared.given_crossed, one, 1), _words(compared.family_crossed, other, 1)
    crossed = turned[0] + turned[1] - _CROSSED > straight[0] + straight[1]
    around = crossed & _turned(records, compared)
    points = {
        name: np.select([around, crossed], [turned[1 - k], turned[k]], straight[k])
        for k, name in enumerate(("given", "family"))
    }
    points["given"] = points["given"] - np.where(crossed, _CROSSED, 0.0)
    points["extra"] = _extra(compared.extra)
    points["title"] = np.where(records.title[left] * records.title[right] == MALE * FEMALE, _OTHER_TITLE, 0.0)
    points |= _field_points(records, compared, counts)
    shared, private = _sharing(records, compared, counts)
    levels = (compared.given, compared.family), (compared.given_crossed, compared.family_crossed)
    given_level, family_level = (
        np.select([around, crossed], [levels[1][1 - k], levels[1][k]], levels[0][k]) for k in (0, 1)
    )
    total: Points = sum(points.values(), np.zeros(len(left))) - np.log2(counts.enough) - _PRIOR
    return Scored(
        compared,
        given_level,
        family_level,
        crossed,
        around,
        points,
        total,
        shared,
        shared & ~private,
        counts.register,
    )


def _without_slips_of_a_generation(records: Records, compared: Compared) -> Compared:
    """Take a birthday whose year alone differs, by that of a child, for another one.

    A mother and daughter of one name share phone and e-mail as well. In a list without contacts it is a slip far more often.
    """
    near = np.flatnonzero(compared.fields["birthday"] == Level.NEAR)
    apart = near[a_generation_apart(records, compared.left[near], compared.right[near])]
    if not len(apart):
        return compared
    birthday = compared.fields["birthday"].copy()
    birthday[apart] = Level.OTHER
    return replace(compared, fields={**compared.fields, "birthday": birthday})


def _turned(records: Records, compared: Compared) -> npt.NDArray[np.bool_]:
    """Tell whose names, where they are crossed, are told by the right row: whichever row stands above makes no difference.

    The row that knows which its given name is tells; where both do, or none, the less alike words are the given names: for a family
    name that differs a client may have married.
    """
    left, right = (records.sure[side] for side in (compared.left, compared.right))
    one, other = compared.given_crossed, compared.family_crossed
    turned: npt.NDArray[np.bool_] = np.where(left == right, other > one, right)
    texts = records.words.plains
    alike = np.flatnonzero((left == right) & (one == other) & (one > Word.MISSING) & (one < Word.OTHER))
    for k in alike.tolist():
        a, b = (records.given[side[k]] for side in (compared.left, compared.right))
        turned[k] = texts[b] < texts[a]
    return turned


def _field_points(records: Records, compared: Compared, counts: Counts) -> dict[str, Points]:
    points = {}
    for name, levels in compared.fields.items():
        worth = _value_rarity(records.fields[name], counts.value_bits[name], compared)
        if name in CONTACTS:
            codes = records.fields[name].codes[compared.left]
            of_many = np.append(counts.people[name], False)[codes] & (levels == Level.SAME)
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
    return points


def _sharing(
    records: Records, compared: Compared, counts: Counts
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Tell which pairs share a contact that several people have, and which one that is not several families'."""
    shared, private = (np.zeros(len(compared.left), dtype=bool) for _ in range(2))
    for name in CONTACTS:
        same, codes = compared.fields[name] == Level.SAME, records.fields[name].codes[compared.left]
        shared |= np.append(counts.people[name], False)[codes] & same
        private |= ~np.append(counts.families[name], False)[codes] & same
    return shared, private


def _word_rarity(records: Records, counts: Counts, one: Ids, other: Ids) -> Points:
    """Return the points of the commoner of two words."""
    ids, bits = records.words.shadow_ids, counts.word_bits
    points: Points = np.minimum(bits[at(ids, one)], bits[at(ids, other)])
    return points


def _words(levels: Levels, rarity: Points, part: int) -> Points:
    factor, constant = (np.array([_WORTH[Word(k)][part][n] for k in range(len(_WORTH))]) for n in (0, 1))
    points: Points = factor[levels] * rarity + constant[levels]
    return points


def _extra(levels: Levels) -> Points:
    return np.where(levels >= Word.OTHER, _OTHER_FATHER, 0.0)


def _value_rarity(column: Column, bits: Points, compared: Compared) -> Points:
    points: Points = np.minimum(bits[column.codes[compared.left]], bits[column.codes[compared.right]])
    return points
