"""How alike two rows are, field by field. Each distinct pair of values is compared once, whatever number of rows have it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from sheetcrm.crm.linkage.arrays import Ids
from sheetcrm.crm.linkage.field_levels import COMPARED, Levels, Mask
from sheetcrm.crm.linkage.records import FEMALE, FIELDS, MALE, Records
from sheetcrm.crm.linkage.sieve import Distinct, Letters, distinct_pairs
from sheetcrm.crm.tables import EMPTY

if TYPE_CHECKING:
    from collections.abc import Mapping

_ONE_TYPO, _TWO_TYPOS = 1, 2
_LEAST_FOR_TYPO, _LEAST_FOR_CLOSE = 3, 5  # letters
_GENERATION = 15  # years
_GLIDE = re.compile(r"[ijy]+[aeo]$")  # Kornelia is not Kornela
_TWO = 2
_NEAR, _CLOSE = 0.94, 0.85  # Jaro-Winkler; trials on lists with known duplicates


class Word(IntEnum):
    """How alike two words of names are."""

    MISSING = 0
    EXACT = 1
    SPELT = 2  # the same name in another spelling or script
    ALIAS = 3  # equivalent given names: a diminutive, another language's form
    VAGUE = 4  # perhaps equivalent: a diminutive of several names, or names that two sisters may have, Anna and Hanna
    TYPO = 5
    CLOSE = 6
    INITIAL = 7
    OTHER = 8
    RIVAL = 9  # two given names that are known as different ones: Mario and Maria


@dataclass(frozen=True)
class Compared:
    """The candidate pairs and how alike they are.

    `left`, `right` are row positions. `given` and `family` hold `Word` levels, of the crossed words where `crossed`: there a's given
    name is compared with b's family name. `fields` holds `Level` by field.
    """

    left: Ids
    right: Ids
    given: Levels
    family: Levels
    given_crossed: Levels
    family_crossed: Levels
    extra: Levels
    fields: Mapping[str, Levels]


class Comparing:
    """What comparing needs to know of a list, looked up once however many parts its pairs are compared in."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.words = Spellings(records)
        self.fields = {name: COMPARED[name](records.fields[name]) for name in FIELDS}

    def field(self, name: str, left: Ids, right: Ids) -> Levels:
        """Return the `Level` of pairs of rows in one field."""
        codes = self.records.fields[name].codes
        return self.fields[name].levels(codes[left], codes[right])


def compare(records: Records, left: Ids, right: Ids, comparing: Comparing | None = None) -> Compared:
    """Compare pairs of rows in every field."""
    comparing = comparing or Comparing(records)
    words = comparing.words
    given, family = (records.given[left], records.given[right]), (records.family[left], records.family[right])
    return Compared(
        left,
        right,
        words.levels(*given, as_given=True),
        words.levels(*family, as_given=False),
        words.levels(given[0], family[1], as_given=True),
        words.levels(family[0], given[1], as_given=True),
        words.levels(records.extra[left], records.extra[right], as_given=True),
        {name: comparing.field(name, left, right) for name in FIELDS},
    )


def a_generation_apart(records: Records, left: Ids, right: Ids) -> Mask:
    """Tell whose birthdays are so far apart that one may be the other's child."""
    one, other = (records.birth_year[side] for side in (left, right))
    apart: Mask = (np.abs(one - other) >= _GENERATION) & (one > 0) & (other > 0)
    return apart


class Spellings:
    """Compares words of names."""

    def __init__(self, records: Records) -> None:
        words, names = records.words, records.names
        self._words = words
        groups = [names.groups_of(text) for text in words.plains]
        self._groups = groups
        self._known = records.known[:-1]
        self._spelt = np.array([names.is_spelt(text) for text in words.plains], dtype=bool)
        self._single = np.array([len(of) == 1 for of in groups], dtype=bool)
        self._group = np.array([min(of, default=EMPTY) for of in groups], dtype=np.int64)
        parts = (names.part_of(text) if of else 0 for text, of in zip(words.plains, groups, strict=True))
        self._part = np.fromiter(parts, dtype=np.int64, count=len(groups))
        self._gender = records.gender
        self._phrase = np.array([" " in text for text in words.plains], dtype=bool)
        self._shadows, self._plains = Letters(words.shadows), Letters(words.plains)

    def levels(self, one: Ids, other: Ids, *, as_given: bool) -> Levels:
        """Return the `Word` level of each pair of word ids."""
        out = np.zeros(len(one), dtype=np.int8)
        there = np.flatnonzero((one >= 0) & (other >= 0))
        one, other = one[there], other[there]
        level, open_ = self._at_once(one, other, as_given=as_given)
        if len(open_):
            pairs = distinct_pairs(one[open_], other[open_])
            level[open_] = self._levels(pairs, as_given=as_given)[pairs.which]
        out[there] = level
        return out

    def may_be_alike(self, one: Ids, other: Ids) -> Mask:
        """Tell which pairs of word ids may have a level below `Word.OTHER`."""
        there = (one >= 0) & (other >= 0)
        may = ~there
        one, other = one[there], other[there]
        odd = self._words.initial | self._phrase
        may[there] = odd[one] | odd[other] | self._known[one] & self._known[other] | self._may_be_spelt(one, other)
        return may

    def _may_be_spelt(self, one: Ids, other: Ids) -> Mask:
        """Tell which pairs may be spellings or slips of one word."""
        return (
            self._shadows.similar(_CLOSE, one, other)
            | self._shadows.within(_TWO_TYPOS, one, other)
            | self._plains.within(_ONE_TYPO, one, other)
        )

    def _at_once(self, one: Ids, other: Ids, *, as_given: bool) -> tuple[Levels, Ids]:
        """Return the levels of most pairs, and the places of those that have to be looked at."""
        level = np.full(len(one), Word.OTHER, dtype=np.int8)
        shadows, initial = self._words.shadow_ids, self._words.initial
        known = self._known[one] & self._known[other] if as_given else np.zeros(len(one), dtype=bool)
        one_of_each = self._single[one] & self._single[other]
        level[known] = Word.RIVAL
        equal = known & one_of_each & (self._group[one] == self._group[other])
        level[equal] = self._equivalent(one[equal], other[equal])
        same = shadows[one] == shadows[other]
        level[same] = Word.SPELT
        if as_given:
            level[self._gender[one] * self._gender[other] == MALE * FEMALE] = Word.RIVAL
        level[one == other] = Word.EXACT
        look = np.where(known, ~one_of_each, self._may_be_spelt(one, other)) & ~same
        look |= same & (one != other) if as_given else (self._phrase[one] | self._phrase[other]) & ~same
        return level, np.flatnonzero(look | initial[one] | initial[other])

    def _levels(self, pairs: Distinct, *, as_given: bool) -> Levels:
        level = self._by_spelling(pairs)
        one, other = pairs.one, pairs.other
        if as_given:
            level = self._as_given(pairs, level)
        else:
            for k in np.flatnonzero((self._phrase[one] | self._phrase[other]) & (level >= Word.CLOSE)).tolist():
                a, b = (set(self._words.shadows[side[k]].split()) for side in (one, other))
                if (
                    a & b
                ):  # García and García López are one as Ana and Anna are; García López and García Ruiz may be aunt and niece
                    level[k] = Word.TYPO if a <= b or b <= a else Word.CLOSE
        shadows, initial = self._words.shadows, self._words.initial
        for k in np.flatnonzero(initial[one] | initial[other]).tolist():
            short, long = sorted((shadows[one[k]], shadows[other[k]]), key=len)
            level[k] = Word.INITIAL if long.startswith(short) else Word.OTHER
        return level

    def _spelt_as(self, one: int, other: int) -> Word:
        """Return the level of two given names of one shadow form: what it leaves out may tell two names, Mia and Maja."""
        if self._spelt[one] and self._spelt[other]:
            if not self._groups[one] & self._groups[other]:
                return Word.RIVAL
            return Word.SPELT if self._part[one] == self._part[other] else Word.VAGUE
        glides = {bool(_GLIDE.search(self._words.plains[word])) for word in (one, other)}
        return Word.VAGUE if len(glides) == _TWO else Word.SPELT

    def _equivalent(self, one: Ids, other: Ids) -> Levels:
        """Return the levels of words of one group: two names in their own right are those of two people as probably."""
        return np.where(self._part[one] == self._part[other], Word.ALIAS, Word.VAGUE).astype(np.int8)

    def _by_spelling(self, pairs: Distinct) -> Levels:
        one, other = pairs.one.tolist(), pairs.other.tolist()
        a, b = ([self._words.shadows[k] for k in side] for side in (one, other))
        alike = cpdist(a, b, scorer=JaroWinkler.normalized_similarity, dtype=np.float32)
        typos = cpdist(a, b, scorer=OSA.distance, dtype=np.int32)
        plain = cpdist(
            [self._words.plains[k] for k in one],
            [self._words.plains[k] for k in other],
            scorer=OSA.distance,
            dtype=np.int32,
        )
        length = np.minimum([len(text) for text in a], [len(text) for text in b])
        long = length >= _LEAST_FOR_CLOSE
        level = np.full(len(one), Word.OTHER, dtype=np.int8)
        level[(alike >= _CLOSE) & (length >= _LEAST_FOR_CLOSE - 1) | (typos <= _TWO_TYPOS) & long] = Word.CLOSE
        slip = (np.minimum(typos, plain) <= _ONE_TYPO) & (length >= _LEAST_FOR_TYPO)
        level[slip | (alike >= _NEAR) & long] = Word.TYPO
        same_shadow = self._words.shadow_ids[pairs.one] == self._words.shadow_ids[pairs.other]
        level[same_shadow] = Word.SPELT
        level[pairs.one == pairs.other] = Word.EXACT
        return level

    def _as_given(self, pairs: Distinct, level: Levels) -> Levels:
        """Let the table of given names say which are equivalent and which are different ones."""
        one, other = pairs.one, pairs.other
        asked = self._known[one] & self._known[other] & (level > Word.SPELT)
        equal = self._single[one] & self._single[other] & (self._group[one] == self._group[other])
        level[asked] = Word.RIVAL
        level[asked & equal] = self._equivalent(one[asked & equal], other[asked & equal])
        for k in np.flatnonzero(asked & ~(self._single[one] & self._single[other])).tolist():
            if self._groups[one[k]] & self._groups[other[k]]:
                level[k] = Word.VAGUE
        for k in np.flatnonzero(level == Word.SPELT).tolist():
            level[k] = self._spelt_as(one[k], other[k])
        genders = self._gender[one], self._gender[other]
        level[(genders[0] * genders[1] == MALE * FEMALE) & (level > Word.EXACT)] = Word.RIVAL
        return level
