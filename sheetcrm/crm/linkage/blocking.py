"""Which pairs are worth comparing: those that share one of some twenty keys, as long as not too many rows share it.

A key that many share (a switchboard's number, `info@`, the commonest surname in the largest city) tells nothing about two of them, and
its pairs grow with the square of their number: it is passed over, for whoever is the same person shares a rarer key as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.linkage.arrays import Ids
from sheetcrm.crm.linkage.records import Records, local_part
from sheetcrm.crm.tables import EMPTY, Column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Teller = Callable[[Column], Ids]
    """Tells the distinct values of a column apart: a number from 0 for each row, -1 where it is empty."""

_MIXER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_ONE = np.uint64(1)
_WIDE, _NARROW, _TIGHT = 40, 20, 12  # rows that may share a key: strong evidence, some, hardly any
_LEAST_LOCAL = 5  # letters of an e-mail's local part that tell somebody
_HALF = 32  # bits of a row number

Key = tuple[Ids, int]


class Block(NamedTuple):
    """One key of all rows that have it: rising, rows of one key rising too, and how many rows may share one."""

    keys: Ids
    rows: Ids
    most: int


def by_code(column: Column) -> Ids:
    """Tell values apart by their code in this very column."""
    return column.codes.astype(np.int64)


def candidate_pairs(records: Records, only: npt.NDArray[np.bool_] | None = None) -> tuple[Ids, Ids]:
    """Return the pairs of rows (positions, the earlier one first) to compare, each once, rising.

    With `only`, pairs of which at least one row is among these.
    """
    return pairs_in(blocks_of(records), only)


def blocks_of(records: Records, tell: Teller = by_code) -> Iterator[Block]:
    """Yield the keys of a list, always the same ones in the same order."""
    for key, most in keys_of(records, tell):
        rows = np.flatnonzero(key >= 0)
        rows = rows[np.argsort(key[rows], kind="stable")]
        yield Block(key[rows], rows, most)


def pairs_in(blocks: Iterable[Block], only: npt.NDArray[np.bool_] | None = None) -> tuple[Ids, Ids]:
    """Return the pairs of rows that share a key: see `candidate_pairs`."""
    pairs = np.concatenate([np.empty(0, dtype=np.int64), *(_pairs(block, only) for block in blocks)])
    pairs.sort()
    pairs = pairs[np.diff(pairs, prepend=-1) != 0]
    return pairs >> _HALF, pairs & ((1 << _HALF) - 1)


def keys_of(records: Records, tell: Teller = by_code) -> Iterator[Key]:
    """Yield the keys of all rows, and how many rows may share one."""
    fields, words = records.fields, records.words
    given, family = (tell(words.in_rows(words.skeleton, ids)) for ids in (records.given, records.family))
    yield person_key(given, family), _WIDE
    yield from _contact_keys(fields["phone"], fields["email"], family, tell)
    yield tell(fields["tax_id"]), _WIDE
    start3, start4, first = (
        tell(words.in_rows(Column.encode([text[:n] for text in words.shadows]), ids))
        for n, ids in ((3, records.given), (4, records.family), (1, records.given))
    )
    birth, city, post = (tell(fields[name]) for name in ("birthday", "city", "postcode"))
    year, day = (tell(fields["birthday"].map(part)) for part in (lambda v: v[:4], lambda v: v[4:]))
    street, house = tell(fields["street"]), tell(fields["house"])
    yield birth, _TIGHT
    yield tell(fields["birthday"].map(_sorted)), _TIGHT
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


PHONE_KEY, EMAIL_KEY = 1, 4
"""Which of the keys are a whole phone number, a whole e-mail address."""


def _contact_keys(phone: Column, email: Column, family: Ids, tell: Teller) -> Iterator[Key]:
    yield tell(phone), _WIDE
    yield tell(phone.map(_sorted)), _TIGHT  # two digits in the wrong order
    yield _together(tell(phone.map(lambda value: value[-6:])), family), _WIDE
    yield tell(email), _WIDE
    local = email.map(_local)
    yield tell(local), _TIGHT
    yield tell(local.map(_sorted)), _TIGHT


def person_key(given: Ids, family: Ids) -> Ids:
    """Return one key of two words in whatever order, -1 where one is missing."""
    low, high = np.minimum(given, family), np.maximum(given, family)
    return np.where(low >= 0, _together(low, high), EMPTY)


def _local(value: str) -> str:
    local = local_part(value)
    return local if len(local) >= _LEAST_LOCAL else ""


def _sorted(value: str) -> str:
    return "".join(sorted(value))


def _together(*keys: Ids) -> Ids:
    """Return one key of several (as in splitmix64: two different ones hardly ever meet), -1 where one is missing."""
    present = np.ones(len(keys[0]), dtype=bool)
    for key in keys:
        present &= key >= 0
    return np.where(present, mixed(*keys), EMPTY)


def mixed(*numbers: Ids) -> Ids:
    """Return one number, from 0, of several."""
    found = np.zeros(len(numbers[0]), dtype=np.uint64)
    for each in numbers:
        found = (found + each.astype(np.uint64) + _ONE) * _MIXER
        found ^= found >> _SHIFT
    return (found >> _ONE).astype(np.int64)


def _pairs(block: Block, only: npt.NDArray[np.bool_] | None) -> Ids:
    """Return the pairs of rows that share a key, as one number each: the earlier row times 2**32 plus the later one."""
    rows = block.rows.astype(np.int64)
    starts = np.flatnonzero(np.diff(block.keys, prepend=EMPTY))
    sizes = np.diff(starts, append=len(block.keys))
    found = [np.empty(0, dtype=np.int64)]
    for size in np.unique(sizes[(sizes > 1) & (sizes <= block.most)]).tolist():
        same = rows[starts[sizes == size][:, None] + np.arange(size)]
        if only is not None:
            same = same[only[same].any(axis=1)]
        one, other = np.triu_indices(size, 1)
        first, second = same[:, one].ravel(), same[:, other].ravel()
        if only is not None:
            kept = only[first] | only[second]
            first, second = first[kept], second[kept]
        found.append((first << _HALF) | second)
    return np.concatenate(found)
