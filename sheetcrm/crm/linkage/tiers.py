"""What the points do not decide alone: who cannot be one person, and who is shown as what.

A couple, mother and daughter of one name, colleagues on one number have more in common than many a client with herself; so evidence
against comes before points. What is `certain` is pre-filled with "merge", so one false pair there costs more than ten that are missing.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.linkage.field_levels import Level, Levels
from sheetcrm.crm.linkage.levels import Word, a_generation_apart
from sheetcrm.crm.linkage.points import Scored
from sheetcrm.crm.linkage.records import MALE, Records

Mask = npt.NDArray[np.bool_]

_LIKELY, _LIKELY_BY_NAME, _CERTAIN = -1.0, 3.0, 6.0  # bits
_OVERWHELMING = 3.0  # bits, in a list without contacts
_TWO = 2


class Tier(IntEnum):
    """What a pair of rows is shown as."""

    CERTAIN = 0
    LIKELY = 1
    MAIDEN_NAME = 2
    HOUSEHOLD = 3
    NONE = 4


NAMES = ("certain", "likely", "maiden-name", "household")


def tiers(records: Records, scored: Scored) -> npt.NDArray[np.int8]:
    """Return the `Tier` of each pair."""
    seen = _Seen(records, scored)
    tier = np.full(len(scored.total), Tier.NONE, dtype=np.int8)
    tier[seen.household()] = Tier.HOUSEHOLD
    tier[seen.maiden_name()] = Tier.MAIDEN_NAME
    tier[seen.likely()] = Tier.LIKELY
    tier[seen.certain()] = Tier.CERTAIN
    return tier


def forbidden(records: Records, scored: Scored) -> Mask:
    """Tell which pairs cannot be one person, whatever their points."""
    return _Seen(records, scored).forbidden()


class _Seen:
    """What is seen of each pair, by kind of evidence."""

    def __init__(self, records: Records, scored: Scored) -> None:
        self.total = scored.total
        levels = scored.compared.fields
        self.register = np.bool_(scored.register)
        given, family = scored.given, scored.family
        self.same_given, self.other_given = _one_of(given, Word.EXACT, Word.SPELT, Word.ALIAS), given >= Word.OTHER
        self.same_family, self.other_family = _one_of(family, Word.EXACT, Word.SPELT), family >= Word.OTHER
        self.typo_given, self.typo_family = given == Word.TYPO, family == Word.TYPO
        self.phone, self.email, self.birth, self.tax = (
            levels[name] for name in ("phone", "email", "birthday", "tax_id")
        )
        self.city, self.street, self.post = (levels[name] for name in ("city", "street", "postcode"))
        self.contact = (self.phone == Level.SAME) | (self.email == Level.SAME)
        self.near_contact = (self.phone == Level.NEAR) | (self.email == Level.NEAR)
        one, other = (records.extension[side] for side in (scored.compared.left, scored.compared.right))
        switchboard = (self.phone == Level.SAME) & (one != other) & (one >= 0) & (other >= 0)
        self.shared = scored.shared | switchboard
        self.office = scored.office | switchboard & (self.email != Level.SAME)
        house = levels["house"]
        same_house = (house == Level.SAME) | (self.post == Level.SAME) & _one_of(house, Level.MISSING, Level.NEAR)
        self.home = (self.street == Level.SAME) & same_house
        self.other_father = scored.compared.extra >= Word.OTHER
        self.other_title = scored.points["title"] < 0
        self.surname_alone = self.same_given & (family == Word.MISSING)  # Mr Smith, Mrs Smith
        # siblings never have one name
        apart = a_generation_apart(records, scored.compared.left, scored.compared.right)
        self.kin = self.same_given & self.same_family & self.home & (self.tax == Level.MISSING) & apart
        self._look_at_words(records, scored)

    def _look_at_words(self, records: Records, scored: Scored) -> None:
        """See what the words of the names tell beside how alike they are."""
        left, right = scored.compared.left, scored.compared.right
        away = scored.crossed & ~scored.turned
        given, family = (
            (np.where(scored.turned, other[left], ids[left]), np.where(away, other[right], ids[right]))
            for ids, other in ((records.given, records.family), (records.family, records.given))
        )
        long, hers = records.words.long, records.words.ends_in_a
        self.slip_given, self.slip_family = (
            typo & long[one] & long[other]
            for typo, (one, other) in ((self.typo_given, given), (self.typo_family, family))
        )
        # Katarzna is no name and Katarzyna is; of Xiaoming and Xiaoning nobody knows, twins have such names
        self.two_of_given = self.typo_given & ~(records.known[given[0]] | records.known[given[1]])
        one, other = (records.gender[side] for side in given)
        self.female = (one != MALE) & (other != MALE)  # who is known as a man has no maiden name
        # Ivanov and Ivanova are a slip with Anna, with Sasha they are two
        forms = hers[family[0]] != hers[family[1]]
        self.two_of_family = (records.kin[left] != records.kin[right]) | forms & (one + other == 0)

    def forbidden(self) -> Mask:
        """Tell which pairs cannot be one person, whatever their points."""
        against = self.other_given.astype(int) + self.other_family + (self.birth == Level.OTHER)
        against += self.other_father.astype(int) + self.other_title
        # in a list without contacts one thing may be wrong where all else agrees, but who lives together has two birthdays
        alone = (against == 1) & ((self.birth == Level.SAME) | (self.birth == Level.OTHER))
        overwhelming = self.total > _OVERWHELMING
        told = (self.tax == Level.SAME) | (self.tax == Level.NEAR) & overwhelming
        told |= self.register & alone & overwhelming & ~self.kin
        numbers = (self.tax == Level.OTHER) & ~self.register & (self.birth != Level.SAME)
        forbidden: Mask = (
            (against > 0) & ~told | numbers | self.contrary() & ~(told | (self.birth == Level.SAME) | self.home)
        )
        return forbidden

    def contrary(self) -> Mask:
        """Tell where both have contacts and they differ."""
        same = self.contact | self.near_contact
        contrary: Mask = ((self.phone == Level.OTHER) | (self.email == Level.OTHER)) & ~same
        return contrary

    def further(self) -> Mask:
        """Tell where something beside the name agrees that tells a person."""
        strong = self.contact | self.near_contact | (self.tax == Level.SAME) | self.home
        in_register = (self.post == Level.SAME) | (self.street == Level.SAME) | (self.city == Level.SAME)
        further: Mask = strong | _one_of(self.birth, Level.SAME, Level.NEAR) | in_register & self.register
        return further

    def likely(self) -> Mask:
        """Tell which pairs are worth the owner's look."""
        by_name = self.same_given & self.same_family & (self.total >= _LIKELY_BY_NAME)
        return ~self.forbidden() & (self.further() & (self.total >= _LIKELY) | by_name)

    def certain(self) -> Mask:
        """Tell which pairs are one person beyond doubt: the name, a second kind of evidence, and nothing against it."""
        name = (
            self.same_given & self.same_family | self.slip_given & self.same_family | self.same_given & self.slip_family
        )
        kinds = (
            (self.contact & ~self.office | (self.tax == Level.SAME)).astype(int)
            + (self.birth == Level.SAME)
            + (self.home | self.register & (self.post == Level.SAME))
        )
        same_birth = self.birth == Level.SAME
        # people change their e-mail; a child has the parent's name and phone, but no birthday with them
        against = (self.email == Level.OTHER) & ~(same_birth & (self.phone == Level.SAME))
        against |= (self.phone == Level.NEAR) & ~((self.email == Level.SAME) | same_birth)
        against |= self.other_title | self.two_of_given & (self.tax != Level.SAME)
        against |= (
            self.two_of_family | (self.birth >= Level.NEAR) | (self.phone == Level.OTHER) | (self.tax == Level.OTHER)
        )
        enough = np.where(
            self.register, (kinds >= _TWO) & (self.birth == Level.SAME) & self.same_given & self.same_family, kinds >= 1
        )
        certain: Mask = ~self.forbidden() & name & enough & ~against & (self.total >= _CERTAIN)
        return certain

    def household(self) -> Mask:
        """Tell who live together or are kin: one family name and a contact or a home, but two given names, or two birthdays."""
        together = self.contact & ~self.office | self.home & (self.city != Level.OTHER)
        family = (self.same_family | self.typo_family | self.surname_alone & self.other_title) & together
        two = (
            self.other_title
            | self.other_given
            | self.same_given & self.same_family & (self.birth == Level.OTHER)
            | self.other_father
        )
        household: Mask = family & two & (self.tax != Level.SAME) & (~self.register | self.kin)
        return household

    def maiden_name(self) -> Mask:
        """Tell who has probably changed her surname: the same given name and her own contact, nothing against it."""
        told = (
            (self.phone == Level.SAME).astype(int) + (self.email == Level.SAME) + (self.birth == Level.SAME) + self.home
        )
        enough = (told >= _TWO) | (self.phone == Level.SAME) & (self.city != Level.OTHER) & (self.email != Level.OTHER)
        nothing_against = (self.birth < Level.NEAR) & (self.tax != Level.OTHER) & ~self.shared
        maiden: Mask = self.same_given & self.other_family & self.female & self.contact & enough & nothing_against
        return maiden


def _one_of(levels: Levels, *wanted: int) -> Mask:
    return np.isin(levels, wanted)
