"""Which given names one person may go by: Олександр, Aleksander, Sasha.

The table is data (`given_names.txt`, made by `benchmarks/given_names/build.py`). A token may stand in several groups: Саша is
Олександр and Олександра. And a group may have parts: Hanna may stand for Anna, but two sisters may have the two names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

_FILE = "given_names.txt"
_NONE: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class GivenNames:
    """Folded tokens and the groups of equivalent given names in which they stand.

    `genders` is that of each group, "m" or "f".
    """

    groups: Mapping[str, frozenset[int]]
    genders: Sequence[str]
    token_genders: Mapping[str, str]
    """The gender of each known token, "m", "f" or "" (both)."""
    parts: Mapping[str, int]
    """Of the tokens that stand in a further part of their group, which one it is, from 1."""

    def groups_of(self, token: str) -> frozenset[int]:
        """Return the groups of a folded token; none where it is unknown."""
        return self.groups.get(token, _NONE)

    def part_of(self, token: str) -> int:
        """Return in which part of its group a folded token stands: the forms of one part are one name, two parts may be two."""
        return self.parts.get(token, 0)

    def is_known(self, token: str) -> bool:
        """Tell whether a folded token is a given name."""
        return token in self.groups

    def gender_of(self, token: str) -> str:
        """Return "m" or "f"; "" where a folded token is unknown or a name of both."""
        return self.token_genders.get(token, "")


def fingerprint() -> str:
    """Return a hash of the table: what was made with another one is not the same."""
    return hashlib.sha256(files(__package__).joinpath(_FILE).read_bytes()).hexdigest()[:16]


def load(fold: Callable[[str], str]) -> GivenNames:
    """Return the table with its forms in the spelling that `fold` gives; a form of which nothing is left is dropped."""
    genders: list[str] = []
    alone: dict[str, frozenset[int]] = {}
    several: dict[str, frozenset[int]] = {}
    parts: dict[str, int] = {}
    for line in files(__package__).joinpath(_FILE).read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        gender, names = line.split("\t", 1)
        this = frozenset((len(genders),))
        genders.append(gender)
        for part, forms in enumerate(names.split("|")):
            for token in map(fold, forms.split()):
                if part and token not in alone:
                    parts[token] = part
                if (before := alone.setdefault(token, this)) is not this:
                    several[token] = several.get(token, before) | this
    of = {token: genders[number] for token, (number,) in alone.items()}
    of |= {token: _common(genders[number] for number in numbers) for token, numbers in several.items()}
    groups = alone | several
    for known in (groups, of, parts):
        known.pop("", None)
    return GivenNames(groups, tuple(genders), of, parts)


def _common(genders: Iterable[str]) -> str:
    one = set(genders)
    return one.pop() if len(one) == 1 else ""
