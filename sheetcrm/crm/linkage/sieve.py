"""What cannot be alike is not compared: bounds on how alike two texts can be, from which letters they have.

Most pairs of a long list share a key and nothing else. Letter counts tell so of nearly all of them at the cost of an `and`, so that
the string distances are computed for few. Nothing is lost by it: a bound never says no where the distance would say yes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

_KINDS, _COUNTED = 16, 4  # sixteen kinds of letters, up to four of each: 64 bits
_ROUNDED = 1e-6
_HALF = 32  # bits of a number
_PREFIX = 0.4  # of what is missing, Winkler's prefix gives back at most


class Letters:
    """Which letters some texts have, each text as 64 bits: a bit for the first of each kind of letter, one for the second, and so on."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        letters = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4") % _KINDS
        whose = np.repeat(np.arange(len(texts)), self._lengths)
        counts = np.bincount(whose * _KINDS + letters, minlength=len(texts) * _KINDS).reshape(len(texts), _KINDS)
        bits = (np.uint64(1) << counts.clip(max=_COUNTED).astype(np.uint64)) - np.uint64(1)
        self._bits = np.bitwise_or.reduce(bits << np.arange(0, _KINDS * _COUNTED, _COUNTED, dtype=np.uint64), axis=1)

    def apart(self, one: Numbers, other: Numbers) -> npt.NDArray[np.uint8]:
        """Return for pairs of texts how many letters one has and the other has not, counted in both, at least."""
        apart: npt.NDArray[np.uint8] = np.bitwise_count(self._bits[one] ^ self._bits[other])
        return apart

    def within(self, typos: int, one: Numbers, other: Numbers) -> Mask:
        """Tell which pairs may be at most so many typing errors apart: each leaves a letter out, puts one in, or does both."""
        may: Mask = self.apart(one, other) <= 2 * typos
        return may

    def similar(self, least: float, one: Numbers, other: Numbers) -> Mask:
        """Tell which pairs may have this Jaro-Winkler similarity: (shared / a + shared / b + 1) / 3 bounds Jaro's."""
        a, b = self._lengths[one], self._lengths[other]
        shared = (a + b - self.apart(one, other)) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            may: Mask = shared * (a + b) >= (3 * (least - _PREFIX) / (1 - _PREFIX) - 1 - _ROUNDED) * a * b
        return may


class Distinct(NamedTuple):
    """The distinct pairs among many, and which of them each is."""

    one: Numbers
    other: Numbers
    which: Numbers


def distinct_pairs(one: Numbers, other: Numbers) -> Distinct:
    """Return the distinct ones of some pairs, whichever stands first: what is looked up by value need be compared once."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    keys, which = np.unique((low << _HALF) | high, return_inverse=True)
    return Distinct(keys >> _HALF, keys & ((1 << _HALF) - 1), which)
