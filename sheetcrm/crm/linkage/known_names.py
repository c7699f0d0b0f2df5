"""Which words are given names, and of which people: looked up as they are spelt, else by their shadow form.

By shadows alone Jan would be Ann: what is lost of a spelling may be another name. So they are asked only for a spelling nobody knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sheetcrm.crm.linkage.shadows import plain, shadow
from sheetcrm.languages.given_names import GivenNames, load


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The table of given names, asked for words in plain Latin letters."""

    spelt: GivenNames
    alike: GivenNames

    def groups_of(self, word: str) -> frozenset[int]:
        """Return the groups of equivalent names in which a word stands."""
        return self._table(word).groups_of(self._form(word))

    def part_of(self, word: str) -> int:
        """Return in which part of its group a word stands: the forms of one part are one name, two parts may be two."""
        return self._table(word).part_of(self._form(word))

    def is_known(self, word: str) -> bool:
        """Tell whether a word is a given name."""
        return self._table(word).is_known(self._form(word))

    def is_spelt(self, word: str) -> bool:
        """Tell whether a word as it is spelt is a given name."""
        return self.spelt.is_known(word)

    def certainty(self, word: str) -> int:
        """Return how surely a word is a given name: 2 as it is spelt (an initial is one), 1 by its shadow form, 0 if it is none."""
        if word in self.spelt.groups or word[-1:] == ".":
            return 2
        return 1 if shadow(word) in self.alike.groups else 0

    def gender_of(self, word: str) -> str:
        """Return "m" or "f"; "" where a word is no given name, or one of both."""
        return self._table(word).gender_of(self._form(word))

    def _table(self, word: str) -> GivenNames:
        return self.spelt if self.spelt.is_known(word) else self.alike

    def _form(self, word: str) -> str:
        return word if self.spelt.is_known(word) else shadow(word)


@cache
def known_names() -> KnownNames:
    """Return the shipped table."""
    return KnownNames(load(plain), load(shadow))
