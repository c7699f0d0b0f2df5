"""How alike two rows are, field by field. Each distinct pair of values is compared once, whatever number of rows have it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from sheetcrm.crm.linkage.records import FIELDS, NO_YEAR, Ids, Records, local_part
from sheetcrm.crm.tables import EMPTY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sheetcrm.crm.tables import Column

Levels = npt.NDArray[np.int8]

_HALF = 32
_ONE_TYPO, _TWO_TYPOS = 1, 2
_LEAST_FOR_TYPO, _LEAST_FOR_CLOSE = 3, 5  # letters
_NEAR, _CLOSE, _STREET = 0.94, 0.85, 0.88  # Jaro-Winkler; trials on lists with known duplicates


class Word(IntEnum):
    """How alike two words of names are."""

    MISSING = 0
    EXACT = 1
    SPELT = 2  # the same name in another spelling or script
    ALIAS = 3  # equivalent given names: a diminutive, another language's form
    VAGUE = 4  # perhaps equivalent: the diminutive stands for several names
    TYPO = 5
    CLOSE = 6
    INITIAL = 7
    OTHER = 8
    RIVAL = 9  # two given names that are known as different ones: Mario and Maria


class Level(IntEnum):
    """How alike two values of another field are."""

    MISSING = 0
    SAME = 1
    NEAR = 2
    OTHER = 3


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


def compare(records: Records, left: Ids, right: Ids) -> Compared:
    """Compare pairs of rows in every field."""
    words = _Words(records)
    given, family = (records.given[left], records.given[right]), (records.family[left], records.family[right])
    return Compared(
        left,
        right,
        words.levels(*given, as_given=True),
        words.levels(*family, as_given=False),
        words.levels(given[0], family[1], as_given=True),
        words.levels(family[0], given[1], as_given=True),
        words.levels(records.extra[left], records.extra[right], as_given=True),
        {name: _field_levels(records.fields[name], left, right, _ALIKE[name]) for name in FIELDS},
    )


class _Distinct(NamedTuple):
    """The distinct pairs among many, and which of them each is."""

    one: Ids
    other: Ids
    which: Ids


def _distinct(one: Ids, other: Ids) -> _Distinct:
    low, high = np.minimum(one, other), np.maximum(one, other)
    keys, which = np.unique((low << _HALF) | high, return_inverse=True)
    return _Distinct(keys >> _HALF, keys & ((1 << _HALF) - 1), which)


class _Words:
    """Compares words of names."""

    def __init__(self, records: Records) -> None:
        words, names = records.words, records.names
        self._words = words
        groups = [names.groups_of(text) for text in words.plains]
        self._groups = groups
        self._known = np.array([names.is_known(text) for text in words.plains], dtype=bool)
        self._single = np.array([len(of) == 1 for of in groups], dtype=bool)
        self._group = np.array([min(of, default=EMPTY) for of in groups], dtype=np.int64)
        gender = {"m": 1, "f": 2}
        self._gender = np.array([gender.get(names.gender_of(text), 0) for text in words.plains], dtype=np.int8)
        self._phrase = np.array([" " in text for text in words.plains], dtype=bool)

    def levels(self, one: Ids, other: Ids, *, as_given: bool) -> Levels:
        """Return the `Word` level of each pair of word ids."""
        out = np.zeros(len(one), dtype=np.int8)
        there = np.flatnonzero((one >= 0) & (other >= 0))
        if len(there):
            pairs = _distinct(one[there], other[there])
            out[there] = self._levels(pairs, as_given=as_given)[pairs.which]
        return out

    def _levels(self, pairs: _Distinct, *, as_given: bool) -> Levels:
        level = self._by_spelling(pairs)
        one, other = pairs.one, pairs.other
        if as_given:
            level = self._as_given(pairs, level)
        else:
            for k in np.flatnonzero((self._phrase[one] | self._phrase[other]) & (level >= Word.CLOSE)).tolist():
                parts = (set(self._words.shadows[side[k]].split()) for side in (one, other))
                level[k] = Word.TYPO if set.intersection(*parts) else level[k]
        shadows, initial = self._words.shadows, self._words.initial
        for k in np.flatnonzero(initial[one] | initial[other]).tolist():
            short, long = sorted((shadows[one[k]], shadows[other[k]]), key=len)
            level[k] = Word.INITIAL if long.startswith(short) else Word.OTHER
        return level

    def _by_spelling(self, pairs: _Distinct) -> Levels:
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

    def _as_given(self, pairs: _Distinct, level: Levels) -> Levels:
        """Let the table of given names say which are equivalent and which are different ones."""
        one, other = pairs.one, pairs.other
        asked = self._known[one] & self._known[other] & (level > Word.SPELT)
        equal = self._single[one] & self._single[other] & (self._group[one] == self._group[other])
        level[asked] = Word.RIVAL
        level[asked & equal] = Word.ALIAS
        for k in np.flatnonzero(asked & ~(self._single[one] & self._single[other])).tolist():
            if self._groups[one[k]] & self._groups[other[k]]:
                level[k] = Word.VAGUE
        genders = self._gender[one], self._gender[other]
        level[(genders[0] * genders[1] == 2) & (level > Word.EXACT)] = Word.RIVAL  # noqa: PLR2004 - 1 and 2
        return level


def _field_levels(column: Column, left: Ids, right: Ids, alike: Alike) -> Levels:
    codes = column.codes.astype(np.int64)
    one, other = codes[left], codes[right]
    out = np.zeros(len(left), dtype=np.int8)
    out[(one >= 0) & (one == other)] = Level.SAME
    there = np.flatnonzero((one >= 0) & (other >= 0) & (one != other))
    if len(there):
        pairs = _distinct(one[there], other[there])
        a, b = ([column.values[k] for k in side.tolist()] for side in (pairs.one, pairs.other))
        out[there] = np.where(alike(a, b), Level.NEAR, Level.OTHER)[pairs.which]
    return out


def _within(typos: int) -> Alike:
    def alike(a: Sequence[str], b: Sequence[str]) -> npt.NDArray[np.bool_]:
        near: npt.NDArray[np.bool_] = cpdist(a, b, scorer=OSA.distance, dtype=np.int32) <= typos
        return near

    return alike


def _emails(a: Sequence[str], b: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Alike: mistyped, or the same before the @ at another provider, where that is more than a common word."""
    moved = [local_part(x) == local_part(y) for x, y in zip(a, b, strict=True)]
    alike: npt.NDArray[np.bool_] = _within(_TWO_TYPOS)(a, b) | np.array(moved, dtype=bool)
    return alike


def _days(a: Sequence[str], b: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Alike: one digit apart, or two digits, or day and month, the other way round; or one without its year."""
    near = _within(_ONE_TYPO)(a, b)
    pairs = list(zip(a, b, strict=True))
    turned = [x[:4] == y[:4] and x[4:6] == y[6:] and x[6:] == y[4:6] for x, y in pairs]
    yearless = [x[4:] == y[4:] and NO_YEAR in (x[:4], y[:4]) for x, y in pairs]
    alike: npt.NDArray[np.bool_] = near | np.array(turned, dtype=bool) | np.array(yearless, dtype=bool)
    return alike


def _streets(a: Sequence[str], b: Sequence[str]) -> npt.NDArray[np.bool_]:
    near: npt.NDArray[np.bool_] = cpdist(a, b, scorer=JaroWinkler.normalized_similarity, dtype=np.float32) >= _STREET
    return near


if TYPE_CHECKING:
    Alike = Callable[[Sequence[str], Sequence[str]], npt.NDArray[np.bool_]]
_ALIKE: Mapping[str, Alike] = {
    "phone": _within(_ONE_TYPO),
    "email": _emails,
    "birthday": _days,
    "city": _within(_TWO_TYPOS),
    "postcode": _within(_ONE_TYPO),
    "tax_id": _within(_TWO_TYPOS),
    "street": _streets,
    "house": _within(_ONE_TYPO),
}
