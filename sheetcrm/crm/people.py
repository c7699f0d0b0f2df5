"""Who is who: the forms in which names and phones are compared, and the row that a merged one lives on in."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sheetcrm.languages.folding import fold

if TYPE_CHECKING:
    from sheetcrm.crm.tables import Cleaned

_SETS_APART = re.compile(r"[()\[\],]")
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_LATIN, _CYRILLIC = "A-Za-zÀ-ÖØ-öø-ž", "Ѐ-ӿ"
_APART, _APOSTROPHES = r" \-.,()\[\]", "'’ʼ"
_WITHIN = f"0-9{_APOSTROPHES}"
# All words of one script, or each of one. Possessive: figures fit either script, and to go back over words of them, where
# an odd sign follows, would take twice the time with each.
_WORD = rf"[{_WITHIN}]*+(?:[{_LATIN}][{_LATIN}{_WITHIN}]*+|[{_CYRILLIC}][{_CYRILLIC}{_WITHIN}]*+)?"
_PLAIN = re.compile(rf"[{_LATIN}{_WITHIN}{_APART}]*+|[{_CYRILLIC}{_WITHIN}{_APART}]*+|(?:{_WORD}(?:[{_APART}]++|$))*")
_DIGITS = re.compile(r"\d+")
_PHONE = re.compile(r"(?:\+|00)?[\d\s().,/–-]{7,}", re.ASCII)
_LEAST_DIGITS, _MOST_DIGITS = 7, 17
_COMPARED_DIGITS = 9
# ITU-T E.164, assigned country codes: these zones have codes of one and two digits, all others of three
_CODES = re.compile(r"1|7|20|27|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")


def name_key(text: str) -> str:
    """Return a full name in the form in which two of them are equal, in whatever order its parts stand.

    Brackets are kept as words here: the owner writes them to tell two people apart.

    >>> name_key("Kowalska, Anna"), name_key("ANNA  KOWALSKA"), name_key("Anna Kowalska (mama)")
    ('anna kowalska', 'anna kowalska', 'anna kowalska mama')
    """
    folded = text.translate(_letters()) if _PLAIN.fullmatch(text) else fold(_SETS_APART.sub(" ", text))
    return " ".join(sorted(folded.split()))


@lru_cache(maxsize=1)
def _letters() -> dict[int, str]:
    """Return what folding makes of each character of a plain name: done at once it takes a tenth of the time."""
    plain = re.compile(f"[{_LATIN}{_CYRILLIC}{_APART}{_WITHIN}]")
    characters = filter(plain.match, map(chr, range(0x2100)))
    return {ord(c): fold(c) or ("" if c in _APOSTROPHES else " ") for c in characters}


def bare_name_key(text: str) -> str:
    """Return the same without what stands in brackets."""
    return name_key(_BRACKETED.sub(" ", text))


def phone_key(text: str) -> str:
    """Return the last nine national digits of a phone number, "" where the text is none.

    E.164 alone splits one person: she types her number with and without the country.

    >>> phone_key("+48 600 100 200"), phone_key("600-100-200"), phone_key("0048600100200"), phone_key("room 12")
    ('600100200', '600100200', '600100200', '')
    """
    if text[:1].isalpha():
        return ""  # most texts that are asked about are names
    text = text.strip()
    if not _PHONE.fullmatch(text):
        return ""
    digits = "".join(_DIGITS.findall(text))
    if text.startswith("+") or digits.startswith("00"):
        digits = digits.removeprefix("00")
        code = _CODES.match(digits)
        digits = digits[code.end() if code else 3 :]
    return digits[-_COMPARED_DIGITS:] if _LEAST_DIGITS <= len(digits) <= _MOST_DIGITS else ""


def full_names(clients: Cleaned) -> list[str]:
    """Return each client's name as it is shown: `name`, else first, middle and last name."""
    names = clients.texts("name").cells()
    if all(names):
        return [str(name) for name in names]
    parts = zip(*(clients.texts(part).cells() for part in ("first_name", "middle_name", "last_name")), strict=True)
    joined = (" ".join(str(word) for word in words if word) for words in parts)
    return [str(name) if name else other for name, other in zip(names, joined, strict=True)]


def survivors(clients: Cleaned) -> npt.NDArray[np.int32]:
    """Return for each client the position of the row it was merged into, along the whole chain; its own if it was not.

    A loop, an id that no row has and one that two rows have lead nowhere: such a row stays itself. Where the row between was deleted,
    it is followed by what is remembered of it.
    """
    own = np.arange(len(clients), dtype=np.int32)
    merged = clients.texts("merged_into")
    if not merged.filled.any():
        return own
    rows = _Rows(clients)
    target = {p: rows.lead(str(merged.cell(p)), p) for p in np.flatnonzero(merged.filled).tolist()}
    target = {p: t for p, t in target.items() if t != p}
    for position in target:
        seen = {position}
        end = position
        while end in target and (end := target[end]) not in seen:
            seen.add(end)
        own[position] = position if end in target else end
    return own


class _Rows:
    """Where the row of an id leads: its own, or that of whom it was merged into before it was deleted."""

    def __init__(self, clients: Cleaned) -> None:
        self._merges = clients.merges
        self._places: dict[str, int] = {}
        self._twice: set[str] = set()
        for position, cell in enumerate(clients.texts("client_id").cells()):
            if cell and self._places.setdefault(str(cell), position) != position:
                self._twice.add(str(cell))

    def lead(self, client_id: str, nowhere: int) -> int:
        """Return the position of a row, along merges of which nothing but the memory is left."""
        seen: set[str] = set()
        while self.is_gone(client_id) and client_id not in seen:
            seen.add(client_id)
            client_id = self._merges[client_id].into
        return nowhere if client_id in self._twice else self._places.get(client_id, nowhere)

    def is_gone(self, client_id: str) -> bool:
        """Tell whether a row was merged and is not there any more."""
        return client_id not in self._places and client_id in self._merges

    def is_there(self, client_id: str) -> bool:
        """Tell whether a row has this id."""
        return client_id in self._places


def deleted(clients: Cleaned) -> dict[str, int]:
    """Return by their ids the rows that were merged and deleted since, and where she stands who they live on in.

    What was typed and sent under such an id is hers still: the owner deleted a grey row, not its visits.
    """
    if not clients.merges:
        return {}
    rows, ends = _Rows(clients), survivors(clients).tolist()
    found = {one: rows.lead(one, -1) for one in clients.merges if rows.is_gone(one)}
    return {one: ends[position] for one, position in found.items() if position >= 0}


def astray(clients: Cleaned) -> list[int]:
    """Return the positions of rows that say that they were merged into an id which leads to no row: it was deleted by hand."""
    merged = clients.texts("merged_into")
    if not merged.filled.any():
        return []
    rows = _Rows(clients)
    every = ((at, str(merged.cell(at))) for at in np.flatnonzero(merged.filled).tolist())
    return [at for at, into in every if not rows.is_there(into) and rows.lead(into, -1) < 0]


def is_alive(clients: Cleaned) -> npt.NDArray[np.bool_]:
    """Tell which rows stand for a client: those that were not merged into another."""
    alive: npt.NDArray[np.bool_] = survivors(clients) == np.arange(len(clients))
    return alive


def merged_ids(clients: Cleaned) -> dict[str, tuple[str, ...]]:
    """Return by client id the ids of the rows that live on in hers, in their order; who has none is not there.

    Behind them stand those of rows that were deleted since: also of the one into whom she had been merged, for that was the same person.
    """
    if not clients.merges and not clients.texts("merged_into").filled.any():
        return {}
    ids, found = clients.texts("client_id"), dict[str, tuple[str, ...]]()
    pairs = [(ids.cell(at), end) for at, end in enumerate(survivors(clients).tolist()) if at != end]
    pairs += deleted(clients).items()
    pairs += [(clients.texts("merged_into").cell(at), at) for at in astray(clients)]
    for one, end in pairs:
        into = ids.cell(end)
        if one and into:
            found[str(into)] = (*found.get(str(into), ()), str(one))
    return found
