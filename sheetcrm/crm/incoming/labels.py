"""The labels of Google Contacts, as its export writes them: `VIP ::: * myContacts`."""

from __future__ import annotations

import re

from sheetcrm.languages.folding import fold

_BETWEEN = re.compile(r"\s*:::\s*")
_STARRED = re.compile(r"\*\s+(?=\S)")
_OF_EVERYBODY = frozenset(map(fold, ("myContacts", "My Contacts", "starred", "Starred in Android")))
_GIVEN = frozenset(map(fold, ("friends", "family", "coworkers")))


def own_labels(text: str) -> str:
    """Return the labels of a cell that somebody gave, with commas between; any other text as it is.

    >>> own_labels("VIP ::: * myContacts ::: * friends"), own_labels("* starred"), own_labels("* of March")
    ('VIP, friends', '', '* of March')
    """
    parts = _BETWEEN.split(text.strip())
    bare = [(part, _STARRED.sub("", part, count=1) if part.startswith("*") else "") for part in parts]
    if len(parts) == 1 and fold(bare[0][1]) not in _OF_EVERYBODY | _GIVEN:
        return text
    kept = [name if fold(name) in _GIVEN else part for part, name in bare if part and fold(name) not in _OF_EVERYBODY]
    return ", ".join(kept)
