"""Which pairs are worth comparing: those that share one of some twenty keys, as long as not too many rows share it.

A key that many share (a switchboard's number, `info@`, the commonest surname in the largest city) tells nothing about two of them, and
its pairs grow with the square of their number: it is passed over, for whoever is the same person shares a rarer key as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.linkage.records import Ids, Records, local_part, numbered
from sheetcrm.crm.tables import EMPTY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sheetcrm.crm.tables import Column

_MIXER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_ONE = np.uint64(1)
_WIDE, _NARROW, _TIGHT = 40, 20, 12  # rows that may share a key: strong evidence, some, hardly any
_LEAST_LOCAL = 5  # letters of an e-mail's local part that tell somebody
_HALF = 32  # bits of a row number

Key = tuple[Ids, int]


def candidate_pairs(records: Records, only: npt.NDArray[np.bool_] | None = None) -> tuple[Ids, Ids]:
    """Return the pairs of rows (positions, the earlier one first) to compare, each once, rising.

    With `only`, pairs of which at least one row is among these.
    """
    found = [_pairs(key, most, only) for key, most in _keys(records)]
    pairs = np.unique(np.concatenate(found))
    return pairs >> _HALF, pairs & ((1 << _HALF) - 1)


def _keys(records: Records) -> Iterator[Key]:
    """Yield the keys of all rows, and how many rows may share one."""
    fields, words = records.fields, records.words
    given, family = _of(words.skeletons, records.given), _of(words.skeletons, records.family)
    both = np.sort(np.stack([given, family]), axis=0)
    names = np.where(both[0] >= 0, _together(both[0], both[1]), EMPTY)
    start3, start4 = (
        _of(numbered([text[:n] for text in words.shadows]), ids) for n, ids in ((3, records.given), (4, records.family))
    )
    first = _of(numbered([text[:1] for text in words.shadows]), records.given)
    birth, city, post = (_codes(fields[name]) for name in ("birthday", "city", "postcode"))
    year, day = (_codes(fields["birthday"].map(part)) for part in (lambda v: v[:4], lambda v: v[4:]))
    street, house = _codes(fields["street"]), _codes(fields["house"])
    yield names, _WIDE
    yield from _contact_keys(fields["phone"], fields["email"], family)
    yield _codes(fields["tax_id"]), _WIDE
    yield birth, _TIGHT
    yield _codes(fields["birthday"].map(_sorted)), _TIGHT
    yield from ((_together(birth, key), _WIDE) for key in (start4, given))
    yield from ((_together(day, key), _NARROW) for key in (family, given))
    yield _together(family, year), _NARROW
    yield _together(family, first), _NARROW
    yield _together(start3, start4), _NARROW
    yield family, _TIGHT
    yield _together(family, city), _NARROW
    yield _together(given, city, start4), _WIDE
    yield from ((_together(street, key), _NARROW) for key in (house, given, family))
    yield from ((_together(post, key), _NARROW) for key in (house, given, family))


def _contact_keys(phone: Column, email: Column, family: Ids) -> Iterator[Key]:
    yield _codes(phone), _WIDE
    yield _codes(phone.map(_sorted)), _TIGHT  # two digits in the wrong order
    yield _together(_codes(phone.map(lambda value: value[-6:])), family), _WIDE
    yield _codes(email), _WIDE
    yield _codes(email.map(_local)), _TIGHT
    yield _codes(email.map(lambda value: _sorted(_local(value)))), _TIGHT


def _local(value: str) -> str:
    local = local_part(value)
    return local if len(local) >= _LEAST_LOCAL else ""


def _sorted(value: str) -> str:
    return "".join(sorted(value))


def _codes(column: Column) -> Ids:
    return column.codes.astype(np.int64)


def _of(table: Ids, ids: Ids) -> Ids:
    """Return `table[ids]`, -1 where there is no id."""
    return np.append(table, EMPTY)[ids]


def _together(*keys: Ids) -> Ids:
    """Return one key of several (mixed as in splitmix64: two different ones hardly ever meet), -1 where one is missing."""
    mixed = np.zeros(len(keys[0]), dtype=np.uint64)
    present = np.ones(len(keys[0]), dtype=bool)
    for key in keys:
        present &= key >= 0
        mixed = (mixed + key.astype(np.uint64) + _ONE) * _MIXER
        mixed ^= mixed >> _SHIFT
    return np.where(present, (mixed >> _ONE).astype(np.int64), EMPTY)


def _pairs(key: Ids, most: int, only: npt.NDArray[np.bool_] | None) -> Ids:
    """Return the pairs of rows that share a key, as one number each: the earlier row times 2**32 plus the later one."""
    rows = np.flatnonzero(key >= 0)
    rows = rows[np.argsort(key[rows], kind="stable")]
    keys = key[rows]
    starts = np.flatnonzero(np.diff(keys, prepend=EMPTY))
    sizes = np.diff(starts, append=len(keys))
    found = [np.empty(0, dtype=np.int64)]
    for size in np.unique(sizes[(sizes > 1) & (sizes <= most)]).tolist():
        blocks = rows[starts[sizes == size][:, None] + np.arange(size)]
        if only is not None:
            blocks = blocks[only[blocks].any(axis=1)]
        one, other = np.triu_indices(size, 1)
        first, second = blocks[:, one].ravel(), blocks[:, other].ravel()  # rising, for the sort is stable
        if only is not None:
            kept = only[first] | only[second]
            first, second = first[kept], second[kept]
        found.append((first << _HALF) | second)
    return np.concatenate(found)
