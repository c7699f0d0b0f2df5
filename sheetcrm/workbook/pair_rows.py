"""The rows that stand in the sheet Duplicates: which of them tells of which pair, and what of hers stands in it.

What she typed of a pair into a row of her own belongs into the pair's row; two words of hers that do not go together stay each in its own.
"""

from __future__ import annotations

from sheetcrm.crm.cells import id_text
from sheetcrm.crm.deciding import is_certain
from sheetcrm.crm.fields import COMPARED
from sheetcrm.crm.tables import Cell, Table
from sheetcrm.languages import choices_named
from sheetcrm.workbook.side_by_side import SIDES

PairKey = frozenset[str]

_HERS = ("decision", "keep")
_TWO = 2


class PairRows:
    """The rows of the sheet as it stands, by position.

    `there` has the row of each pair by its ids, `nobodys` are those with a word of hers beside ids that are gone, `against` those with one
    that does not go together with the word in the pair's row, `joined` those whose words go into the row of their pair.
    """

    def __init__(self, existing: Table | None) -> None:
        self.existing = existing
        self.there: dict[PairKey, int] = {}
        self.nobodys: list[int] = []
        self.against: dict[int, PairKey] = {}
        self.joined: dict[int, int] = {}
        self._cells: dict[tuple[int, str], Cell] = {}  # of a pair's row, as they are with what she typed elsewhere
        several: dict[PairKey, list[int]] = {}
        for position in range(0 if existing is None else len(existing)):
            ids = [self.text(position, side) for side in SIDES]
            if not all(ids) and self.waits(position):
                self.nobodys.append(position)
            else:
                several.setdefault(frozenset(ids) - {""}, []).append(position)
        for key, positions in several.items():
            self.there[key] = own = min(positions, key=lambda at: self.raw(at, "tier") is None)
            for at in positions if len(key) == _TWO else ():
                if at != own:
                    self._join(at, own, key)

    def raw(self, at: int, name: str) -> Cell:
        """Return a cell of a row."""
        if (at, name) in self._cells:
            return self._cells[at, name]
        return None if self.existing is None else self.existing.column(name).cell(at)

    def text(self, at: int, name: str) -> str:
        """Return a cell as an id is read."""
        return id_text(self.raw(at, name))

    def number(self, at: int | None) -> int | None:
        """Return a row's number in Excel."""
        return None if at is None or self.existing is None else int(self.existing.rows[at])

    def has_word(self, at: int) -> bool:
        """Tell whether a word stands there, hers or ours."""
        return any(self.raw(at, name) is not None for name in _HERS)

    def waits(self, at: int) -> bool:
        """Tell whether a word stands there that is hers."""
        return self.has_word(at) and not self.is_prefilled(at)

    def is_prefilled(self, at: int) -> bool:
        """Tell whether the word may be the one that we filled in: it falls with what it was founded on."""
        return (
            (at, "decision") not in self._cells
            and says_merge(self.raw(at, "decision"))
            and self.raw(at, "keep") is None
            and is_certain(self.raw(at, "tier"))
        )

    def _join(self, at: int, own: int, key: PairKey) -> None:
        """Put what she typed in a row into the row of its pair, where nothing of hers there speaks against it."""
        typed, there = self._hers(at), self._hers(own)
        turned = self.text(at, "left") != self.text(own, "left")
        both = typed.keys() & there.keys()
        if any(not _alike(typed[name], there[name]) for name in both) or (turned and "keep" in both):
            self.against[at] = key
            return
        self.joined[at] = own
        self._cells |= {(own, name): cell for name, cell in typed.items()}
        if turned and "keep" in typed:  # which is the first of the two is as she typed it there
            for one, other in (SIDES, *([f"{side}_{name}" for side in SIDES] for name in COMPARED)):
                cells = self.raw(own, one), self.raw(own, other)
                self._cells[own, other], self._cells[own, one] = cells

    def _hers(self, at: int) -> dict[str, Cell]:
        if self.is_prefilled(at):
            return {}
        return {name: cell for name in _HERS if (cell := self.raw(at, name)) is not None}


def says_merge(decision: Cell) -> bool:
    """Tell whether a decision says `merge`, in any language."""
    return "merge" in choices_named(str(decision or ""))


def _alike(one: Cell, other: Cell) -> bool:
    words = [set(choices_named(str(cell))) for cell in (one, other)]
    return bool(words[0] & words[1]) or id_text(one).casefold() == id_text(other).casefold()
