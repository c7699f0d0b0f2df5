"""What a row of another list says of a client that her row does not: cells to be filled, and where the two differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.crm.cells import shown
from sheetcrm.crm.client_rows import NAMES
from sheetcrm.crm.people import name_key
from sheetcrm.crm.uniting_rows import CONSENTS, TOGETHER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sheetcrm.crm.client_rows import Row
    from sheetcrm.crm.tables import Cell
    from sheetcrm.crm.uniting_rows import Uniter

STOP = "no_contact"
"""A yes to it is the strictest no."""
_REFUSALS = {**dict.fromkeys(CONSENTS, "no"), STOP: "yes"}
_OF_CONSENTS = ("consent_date", "consent_source")
_NEVER = frozenset({"client_id", "merged_into", "problems"})


class Meanings:
    """Whether two cells of a field say the same, each pair looked at once."""

    def __init__(self, uniter: Uniter) -> None:
        self._uniter = uniter
        self._known: dict[tuple[str, type, Cell, type, Cell], bool] = {}

    def within(self, name: str, theirs: Cell, hers: Cell) -> bool:
        """Tell whether a cell says nothing that hers does not: hers may hold more phones, words of a list, notes."""
        if theirs == hers and type(theirs) is type(hers):  # nearly all, of a list that is brought in again
            return True
        key = (name, type(theirs), theirs, type(hers), hers)
        if key not in self._known:
            one, other = self._uniter.meaning(name, hers), self._uniter.meaning(name, theirs)
            several = isinstance(one, frozenset) and isinstance(other, frozenset) and bool(other) and other <= one
            self._known[key] = several or self._uniter.same(name, hers, theirs)
        return self._known[key]

    def word(self, name: str, cell: Cell) -> str:
        """Return the English word of a choice; one that is not understood as it stands."""
        meant = None if cell is None else self._uniter.meaning(name, cell)
        return shown(cell).casefold() if meant is None else str(meant)


class Update:
    """A row of hers and one of the file. `differing` has, once `cells` were asked for, what the file says otherwise."""

    def __init__(self, row: Row, theirs: Mapping[str, Cell], meanings: Meanings, *, overwrite: bool = False) -> None:
        self.differing: dict[str, Cell] = {}
        self._row, self._theirs, self._meanings, self._overwrite = row, theirs, meanings, overwrite
        self._new: dict[str, Cell] = {}

    def cells(self) -> dict[str, Cell]:
        """Return what is to be written into her row; a formula of hers stays."""
        self._together(NAMES, said=self._is_her_name())
        for block in TOGETHER:
            self._together(block)
        self._consents()
        done = {*NAMES, *CONSENTS, *_OF_CONSENTS, STOP, *_NEVER, *(name for block in TOGETHER for name in block)}
        for name in self._theirs:
            if name not in done:
                self._take(name)
        return {name: cell for name, cell in self._new.items() if name not in self._row.locked}

    def refusals(self) -> dict[str, Cell]:
        """Return what of the file refuses messages where her row does not."""
        return {
            name: self._theirs[name]
            for name, refusal in _REFUSALS.items()
            if name in self._theirs and name not in self._row.locked and self._refuses(name, refusal)
        }

    def _refuses(self, name: str, refusal: str) -> bool:
        hers, theirs = (self._meanings.word(name, cells.get(name)) for cells in (self._row.cells, self._theirs))
        return theirs == refusal != hers

    def _is_empty(self, name: str) -> bool:
        return self._row.cells.get(name) is None

    def _says_so(self, name: str) -> bool:
        return self._meanings.within(name, self._theirs[name], self._row.cell(name))

    def _take(self, name: str, *, fills: bool = True) -> None:
        """Fill an empty cell; where something else stands, it stays unless the file counts."""
        if self._is_empty(name):
            if fills or self._overwrite:
                self._new[name] = self._theirs[name]
        elif not self._says_so(name):
            (self._new if self._overwrite else self.differing)[name] = self._theirs[name]

    def _together(self, names: Sequence[str], *, said: bool = False) -> None:
        """Take what says one thing together: half of another address would make one that nobody has."""
        here = [name for name in names if name in self._theirs]
        agree = all(self._is_empty(name) or self._says_so(name) for name in here)
        for name in here:
            if not said:
                self._take(name, fills=agree)

    def _is_her_name(self) -> bool:
        """Tell whether the file has the name that stands there, in whatever order and columns."""
        theirs, hers = (
            name_key(" ".join(shown(cell) for name in NAMES if (cell := cells.get(name)) is not None))
            for cells in (self._theirs, self._row.cells)
        )
        return bool(hers) and theirs == hers

    def _consents(self) -> None:
        """Take consents: a “no” wins, whoever says it; a “yes” goes where nothing stands, and never in the place of anything."""
        won, agree = False, True
        for name, refusal in _REFUSALS.items():
            if name not in self._theirs:
                continue
            if self._is_empty(name) or self._refuses(name, refusal):
                self._new[name] = self._theirs[name]
                won |= name != STOP
            elif not self._says_so(name):
                self.differing[name] = self._theirs[name]
                agree = False
        for name in _OF_CONSENTS:
            if name in self._theirs and won and agree:
                self._new[name] = self._theirs[name]
            elif name in self._theirs:
                self._take(name, fills=agree)
