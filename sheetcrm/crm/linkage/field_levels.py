"""How alike two values of a field are: the same, alike as a slip of the hand makes them, or others."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from sheetcrm.crm.linkage.records import NO_YEAR, local_part
from sheetcrm.crm.linkage.sieve import Letters, distinct_pairs
from sheetcrm.crm.tables import Column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Levels = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[Any]

_ONE_TYPO, _TWO_TYPOS = 1, 2
_STREET = 0.88  # Jaro-Winkler; trials on lists with known duplicates


class Level(IntEnum):
    """How alike two values of a field are."""

    MISSING = 0
    SAME = 1
    NEAR = 2
    OTHER = 3


class Values:
    """Compares values of a field."""

    typos = _ONE_TYPO
    """Typing errors by which two values may differ that are alike."""

    def __init__(self, column: Column) -> None:
        self._values = [str(value) for value in column.values]
        self._letters = Letters(self._values)

    def levels(self, one: Codes, other: Codes) -> Levels:
        """Return the `Level` of each pair of codes."""
        out = np.where((one >= 0) & (other >= 0), Level.OTHER, Level.MISSING).astype(np.int8)
        out[(one == other) & (one >= 0)] = Level.SAME
        there = np.flatnonzero(out == Level.OTHER)
        there = there[self.may_be_alike(one[there], other[there])]
        if len(there):
            pairs = distinct_pairs(one[there].astype(np.int64), other[there].astype(np.int64))
            a, b = ([self._values[k] for k in side.tolist()] for side in (pairs.one, pairs.other))
            out[there[self.alike(a, b)[pairs.which]]] = Level.NEAR
        return out

    def may_be_alike(self, one: Codes, other: Codes) -> Mask:
        """Tell which pairs may be alike: no pair that is not among them is."""
        may: Mask = self._letters.within(self.typos, one, other)
        return may

    def alike(self, a: Sequence[str], b: Sequence[str]) -> Mask:
        """Tell which pairs of different values are alike."""
        near: Mask = cpdist(a, b, scorer=OSA.distance, dtype=np.int32) <= self.typos
        return near


class _TwoTypos(Values):
    typos = _TWO_TYPOS


class _Emails(_TwoTypos):
    """Alike: mistyped, or the same before the @ at another provider, where that is more than a common word."""

    def __init__(self, column: Column) -> None:
        super().__init__(column)
        self._local = Column.encode(map(local_part, self._values)).codes

    def may_be_alike(self, one: Codes, other: Codes) -> Mask:
        moved: Mask = self._local[one] == self._local[other]
        return super().may_be_alike(one, other) | moved

    def alike(self, a: Sequence[str], b: Sequence[str]) -> Mask:
        moved = [local_part(x) == local_part(y) for x, y in zip(a, b, strict=True)]
        near: Mask = super().alike(a, b) | np.array(moved, dtype=bool)
        return near


class _Days(Values):
    """Alike: one digit apart, or two digits, or day and month, the other way round; or one without its year."""

    def __init__(self, column: Column) -> None:
        super().__init__(column)
        self._yearless = np.array([value[:4] == NO_YEAR for value in self._values], dtype=bool)

    def may_be_alike(self, one: Codes, other: Codes) -> Mask:
        may: Mask = super().may_be_alike(one, other) | self._yearless[one] | self._yearless[other]
        return may

    def alike(self, a: Sequence[str], b: Sequence[str]) -> Mask:
        pairs = list(zip(a, b, strict=True))
        turned = [x[:4] == y[:4] and x[4:6] == y[6:] and x[6:] == y[4:6] for x, y in pairs]
        yearless = [x[4:] == y[4:] and NO_YEAR in (x[:4], y[:4]) for x, y in pairs]
        near: Mask = super().alike(a, b) | np.array(turned, dtype=bool) | np.array(yearless, dtype=bool)
        return near


class _Streets(Values):
    def may_be_alike(self, one: Codes, other: Codes) -> Mask:
        return self._letters.similar(_STREET, one, other)

    def alike(self, a: Sequence[str], b: Sequence[str]) -> Mask:
        near: Mask = cpdist(a, b, scorer=JaroWinkler.normalized_similarity, dtype=np.float32) >= _STREET
        return near


COMPARED: Mapping[str, type[Values]] = {
    "phone": Values,
    "email": _Emails,
    "birthday": _Days,
    "city": _TwoTypos,
    "postcode": Values,
    "tax_id": _TwoTypos,
    "street": _Streets,
    "house": Values,
}
