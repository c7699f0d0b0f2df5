"""Who stands in a journal of visits: one person for each name and phone, two namesakes with different phones kept apart.

Pure: the cells of two columns in, people out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sheetcrm.crm.cells import id_text
from sheetcrm.crm.people import name_key, phone_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sheetcrm.crm.tables import Cell


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a journal: name and phone as they are typed there most often, and the positions of her lines."""

    name: str
    phone: str
    lines: tuple[int, ...]


def people_of(names: Sequence[Cell], phones: Sequence[Cell]) -> list[Person]:
    """Return the people of a journal in the order in which they first come.

    A line without a phone is of the one person of that name; where there are several of that name, it is nobody's: the
    owner says whose. A line whose name is a phone or an e-mail address makes nobody.
    """
    typed = [(id_text(name), id_text(phone)) for name, phone in zip(names, phones, strict=True)]
    keys = [(_name(name), phone_key(phone)) for name, phone in typed]
    phones_of: dict[str, set[str]] = {}
    for name, phone in keys:
        phones_of.setdefault(name, set()).update({phone} - {""})
    lines: dict[tuple[str, str], list[int]] = {}
    for at, (name, phone) in enumerate(keys):
        known = phones_of[name]
        if name and (phone or len(known) <= 1):
            lines.setdefault((name, phone or next(iter(known), "")), []).append(at)
    return [
        Person(_usual(typed[at][0] for at in found), _usual(typed[at][1] for at in found), tuple(found))
        for found in lines.values()
    ]


def _name(text: str) -> str:
    return "" if "@" in text or phone_key(text) or not any(c.isalpha() for c in text) else name_key(text)


def _usual(texts: Iterable[str]) -> str:
    """Return the most frequent text that is not empty; of several the first."""
    counts = Counter(text for text in texts if text)
    return next(iter(counts.most_common(1)), ("", 0))[0]
