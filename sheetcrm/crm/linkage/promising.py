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
    """Tell which pairs that share no contact may be shown."""
    records, words = comparing.records, comparing.words
    given, family = records.given, records.family
    levels = (
        words.levels(given[left], given[right], as_given=True),
        words.levels(family[left], family[right], as_given=False),
    )
    crossed = words.may_be_alike(given[left], family[right]) & words.may_be_alike(family[left], given[right])
    may = (levels[0] < Word.OTHER) & (levels[1] < Word.OTHER) | crossed
    same = (levels[0] <= Word.ALIAS) & (levels[1] <= Word.SPELT) | crossed
    there = np.flatnonzero(may)
    born = comparing.field("birthday", left[there], right[there])
    alike = same[there] | (born == Level.SAME) | (born == Level.NEAR)
    for name in ("phone", "email"):
        codes = records.fields[name].codes
        one, other = codes[left[there]], codes[right[there]]
        both = np.flatnonzero(~alike & (one >= 0) & (other >= 0))
        alike[both] = comparing.fields[name].may_be_alike(one[both], other[both])
    may[there] = alike & (born != Level.OTHER)
    return may
