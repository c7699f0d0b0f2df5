"""What is remembered of a client list that was searched for duplicates: hashes of its rows, of their keys and values, and its pairs.

With it the next run looks only at rows that are new or changed (`renewing.py`). It holds no text of the list, and its hashes are
keyed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.linkage.arrays import Ids
from sheetcrm.crm.linkage.blocking import Block, mixed
from sheetcrm.crm.linkage.counts import Counts, counts_of
from sheetcrm.crm.linkage.reasons import Why, why
from sheetcrm.crm.linkage.records import FIELDS, Records
from sheetcrm.languages.given_names import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

    from sheetcrm.crm.linkage.finding import Found
    from sheetcrm.crm.linkage.hashing import Hasher
    from sheetcrm.crm.tables import Column

    Arrays = Mapping[str, npt.NDArray[Any]]


class Tally(NamedTuple):
    """How often each of some values stands in a list, by their hashes, rising."""

    hashes: Ids
    counts: Ids

    def of(self, hashes: Ids) -> Ids:
        """Return the counts of these, 0 of one that is not there."""
        if not len(self.hashes):
            return np.zeros(len(hashes), dtype=np.int64)
        places = np.searchsorted(self.hashes, hashes).clip(max=len(self.hashes) - 1)
        return np.where(self.hashes[places] == hashes, self.counts[places], 0)


def tally(hashes: Ids, counts: Ids) -> Tally:
    """Make a `Tally` of distinct values in any order."""
    order = np.argsort(hashes)
    return Tally(hashes[order], counts[order].astype(np.int64))


class Verdicts(NamedTuple):
    """Pairs of rows with their `Tier`, bits (see `finding`), and reasons."""

    left: Ids
    right: Ids
    tier: npt.NDArray[np.int8]
    total: npt.NDArray[np.float64]
    why: Why

    def take(self, places: Ids) -> Verdicts:
        """Return the pairs at these places."""
        return Verdicts(
            self.left[places], self.right[places], self.tier[places], self.total[places], self.why.take(places)
        )

    def followed_by(self, other: Verdicts) -> Verdicts:
        """Return these pairs and then others."""
        return Verdicts(
            np.append(self.left, other.left),
            np.append(self.right, other.right),
            np.append(self.tier, other.tier),
            np.append(self.total, other.total),
            self.why.followed_by(other.why),
        )


def verdicts_of(found: Found, columns: Mapping[str, Column]) -> Verdicts:
    """Return what was found, with the reasons; `columns` are the raw ones that it was made from."""
    return Verdicts(found.left, found.right, found.tier, found.total, why(found, columns))


class People(NamedTuple):
    """By row: a hash of whose it is, in whatever order the names stand, one of which family's, and whether it has a phone or e-mail."""

    people: Ids
    families: Ids
    reached: npt.NDArray[np.bool_]


def people_of(records: Records, hasher: Hasher) -> People:
    """Return who the rows of a list are."""
    given, family = (
        hasher.column(records.words.in_rows(records.words.skeleton, ids)) + 1 for ids in (records.given, records.family)
    )  # no name is one of its own, as it is where people are counted in `points`
    return People(mixed(np.minimum(given, family), np.maximum(given, family)), family, records.reached)


def tallies_of(records: Records, hasher: Hasher, counts: Counts | None = None) -> dict[str, Tally]:
    """Return how often the words of the names of a list (`words`) and the values of its fields stand there."""
    counts = counts or counts_of(records)
    found = {"words": tally(hasher.values(records.words.shadow_values), counts.words)}
    return found | {name: tally(hasher.values(records.fields[name].values), counts.values[name]) for name in FIELDS}


@dataclass(frozen=True, eq=False)
class Known:
    """A list as it was searched; the rows of `blocks` and `verdicts` are its positions.

    `whole` is the hash of all of it, `rows` are those of what each row holds. `tallies` count what stands in it. `verdicts` are
    strongest first.
    """

    whole: str
    rows: Ids
    people: People
    blocks: tuple[Block, ...]
    tallies: Mapping[str, Tally]
    verdicts: Verdicts


@dataclass(frozen=True, eq=False)
class Memory:
    """What is known of a list from an earlier run, if anything, and the secret with which its hashes are made (16 bytes or more)."""

    secret: bytes
    known: Known | None = None

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what is known as plain arrays, to be stored; the secret is not among them."""
        if self.known is None:
            return {}
        known, blocks = self.known, self.known.blocks
        names = sorted(known.tallies)
        return {
            "version": np.array(version()),
            "whole": np.array(known.whole),
            "rows": known.rows,
            **{f"people_{name}": values for name, values in known.people._asdict().items()},
            "block_sizes": np.array([len(block.keys) for block in blocks]),
            "block_most": np.array([block.most for block in blocks]),
            "block_keys": np.concatenate([block.keys for block in blocks]),
            "block_rows": np.concatenate([block.rows for block in blocks]).astype(np.int32),
            "tally_names": np.array(names),
            "tally_sizes": np.array([len(known.tallies[name].hashes) for name in names]),
            "tally_hashes": np.concatenate([known.tallies[name].hashes for name in names]),
            "tally_counts": np.concatenate([known.tallies[name].counts for name in names]).astype(np.int32),
            **{name: getattr(known.verdicts, name) for name in ("left", "right", "tier", "total")},
            **{f"why_{name}": values for name, values in known.verdicts.why._asdict().items()},
        }

    @classmethod
    def of_arrays(cls, secret: bytes, arrays: Arrays) -> Memory:
        """Return the memory that these `arrays` are of, or an empty one where another version made them. Raises KeyError, ValueError."""
        if "version" not in arrays or str(arrays["version"]) != version():
            return cls(secret)
        ends, keys, rows = np.cumsum(arrays["block_sizes"])[:-1], arrays["block_keys"], arrays["block_rows"]
        blocks = zip(np.split(keys, ends), np.split(rows, ends), arrays["block_most"].tolist(), strict=True)
        ends, names = np.cumsum(arrays["tally_sizes"])[:-1], arrays["tally_names"].tolist()
        tallies = zip(np.split(arrays["tally_hashes"], ends), np.split(arrays["tally_counts"], ends), strict=True)
        reasons = Why(*(arrays[f"why_{name}"] for name in Why._fields))
        known = Known(
            str(arrays["whole"]),
            arrays["rows"],
            People(*(arrays[f"people_{name}"] for name in People._fields)),
            tuple(Block(*block) for block in blocks),
            {name: Tally(*counted) for name, counted in zip(names, tallies, strict=True)},
            Verdicts(arrays["left"], arrays["right"], arrays["tier"], arrays["total"], reasons),
        )
        return cls(secret, known)


@cache
def version() -> str:
    """Return what tells a memory that this very finder made, with this table of given names.

    By its source, for nobody counts up a number with each threshold that is tuned; releases are told apart by who stores it.
    """
    found = hashlib.sha256(fingerprint().encode())
    for source in sorted(_sources(), key=lambda source: source.name):
        found.update(source.read_bytes())
    return found.hexdigest()[:16]


def _sources() -> list[Traversable]:
    return [file for file in files(__package__).iterdir() if file.name.endswith(".py")]
