"""Which candidate pairs can be shown at all: the others are not compared in every field.

Each line here follows from `tiers`: without a shared contact or street, and without two tax numbers, only who has both names in common
(and no other birthday) may be one person; and that is shown where a birthday or a contact is alike too, or the names are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.linkage.field_levels import Level
from sheetcrm.crm.linkage.levels import Comparing, Word

if TYPE_CHECKING:
    from sheetcrm.crm.linkage.arrays import Ids
    from sheetcrm.crm.linkage.field_levels import Mask

_SHARED = ("phone", "email", "street")


def promising(comparing: Comparing, left: Ids, right: Ids, *, register: bool) -> Ids:
    """Return the places of the pairs that may be shown. In a list without contacts (`register`) any may be."""
    if register:
        return np.arange(len(left))
    fields = comparing.records.fields
    strong = np.zeros(len(left), dtype=bool)
    for name in _SHARED:
        codes = fields[name].codes
        strong |= (codes[left] == codes[right]) & (codes[left] >= 0)
    tax = fields["tax_id"].filled
    strong |= tax[left] & tax[right]
    open_ = np.flatnonzero(~strong)
    return np.sort(np.append(np.flatnonzero(strong), open_[_by_name(comparing, left[open_], right[open_])]))


def _by_name(comparing: Comparing, left: Ids, right: Ids) -> Mask:
    """Tell which pairs that share no contact may be shown. Birthdays go first: most of those who have any are told apart by them."""
    may = np.zeros(len(left), dtype=bool)
    born = comparing.field("birthday", left, right)
    there = np.flatnonzero(born != Level.OTHER)
    may_be, same = _names(comparing, left[there], right[there])
    there, same = there[may_be], same[may_be]
    left, right, born = left[there], right[there], born[there]
    alike = same | (born == Level.SAME) | (born == Level.NEAR)
    for name in ("phone", "email"):
        codes = comparing.records.fields[name].codes
        one, other = codes[left], codes[right]
        both = np.flatnonzero(~alike & (one >= 0) & (other >= 0))
        alike[both] = comparing.fields[name].may_be_alike(one[both], other[both])
    may[there] = alike
    return may


def _names(comparing: Comparing, left: Ids, right: Ids) -> tuple[Mask, Mask]:
    """Tell of which pairs both names may be alike, and of which they are the same or cannot be told in what order they stand.

    What the given names rule out is not asked of the family names.
    """
    words, given, family = comparing.words, comparing.records.given, comparing.records.family
    may, same = (np.zeros(len(left), dtype=bool) for _ in range(2))
    first = words.levels(given[left], given[right], as_given=True)
    open_ = np.flatnonzero(first < Word.OTHER)
    last = words.levels(family[left[open_]], family[right[open_]], as_given=False)
    may[open_] = last < Word.OTHER
    same[open_] = (first[open_] <= Word.ALIAS) & (last <= Word.SPELT)
    crossed = np.flatnonzero(~same)
    for one, other in ((given, family), (family, given)):
        crossed = crossed[words.may_be_alike(one[left[crossed]], other[right[crossed]])]
    may[crossed] = same[crossed] = True
    return may, same
