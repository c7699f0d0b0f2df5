"""Who of another list stands in hers already: by id, by name and a contact, else by what the finder of duplicates says.

Only who is certainly somebody there is taken for her. Who probably is, is not merged with anybody and not added a second time: the
owner says which. A couple, a mother and a daughter are two, however much they share.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.directory import Directory
from sheetcrm.crm.incoming.past import Past
from sheetcrm.crm.linkage.finding import find
from sheetcrm.crm.linkage.memory import verdicts_of
from sheetcrm.crm.linkage.reasons import worded
from sheetcrm.crm.linkage.records import RAW_FIELDS
from sheetcrm.crm.linkage.tiers import Tier
from sheetcrm.crm.people import full_names, is_alive, name_key
from sheetcrm.crm.tables import Column
from sheetcrm.crm.uniting_rows import CONTACTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from sheetcrm.crm.joined import Joining
    from sheetcrm.crm.linkage.reasons import Reason
    from sheetcrm.crm.tables import Cell, Cleaned, Table
    from sheetcrm.crm.uniting_rows import Uniter
    from sheetcrm.languages import Language

NEW, HERS, PROBABLE, TWICE, REFUSED = "new", "hers", "probable", "twice", "refused"

_TELLING = ("birthday", "tax_id")
_TOLD = 2  # reasons


@dataclass(frozen=True)
class Match:
    """What a row of another list is: `NEW`, `HERS`, `PROBABLE`, `TWICE` or `REFUSED`.

    `client` is the position of whose it is, certainly or probably, `row` that of the earlier row, `reason` why it is refused.
    `alike` are all whose it may be where her list has her several times.
    """

    kind: str
    client: int = -1
    row: int = -1
    reason: str = ""
    reasons: tuple[Reason, ...] = ()
    alike: tuple[int, ...] = ()


@dataclass
class _Pairs:
    """Who a row probably or certainly is, by the finder: clients by position, and earlier rows of the file."""

    certain: list[int] = field(default_factory=list)
    probable: list[tuple[int, tuple[Reason, ...]]] = field(default_factory=list)
    earlier: list[int] = field(default_factory=list)


def matched(theirs: Cleaned, hers: Cleaned, uniter: Uniter, past: Past | None = None) -> list[Match]:
    """Return what each row of another list is; both are read, `theirs` in the columns of hers. Rows are looked at in their order."""
    return _Matching(theirs, hers, uniter, past or Past()).run()


class _Matching:
    def __init__(self, theirs: Cleaned, hers: Cleaned, uniter: Uniter, past: Past) -> None:
        self.theirs, self.hers, self.uniter, self.past = theirs, hers, uniter, past
        self.people = Directory(hers)
        self.names = full_names(theirs)
        self.keys = [name_key(name) for name in self.names]
        self.ids = theirs.texts("client_id").objects("").tolist()
        self.may_have = past.may_have(theirs)
        self.alive = is_alive(hers)
        self._first_of_name: dict[str, int] = {}  # of those who are new, by the row of the file
        self._cells: dict[str, tuple[list[Cell], list[Cell]]] = {}
        self._known: dict[tuple[str, Cell, Cell], bool] = {}

    def run(self) -> list[Match]:
        found = {at: match for at in range(len(self.theirs)) if (match := self._settled(at)) is not None}
        open_ = [at for at in range(len(self.theirs)) if at not in found]
        pairs = self._pairs(open_)
        claimed: dict[int, int] = {}
        new_ids: dict[str, int] = {}
        matches: list[Match] = []
        for at in range(len(self.theirs)):
            match = found.get(at) or self._judged(pairs.get(at, _Pairs()), matches)
            match = self._once(at, match, claimed, new_ids)
            matches.append(match)
        return matches

    def _once(self, at: int, match: Match, claimed: dict[int, int], new_ids: dict[str, int]) -> Match:
        """Return a match, that of a row which stands in the file before as such: one client is brought up to date by one row."""
        if match.kind == HERS:
            client = next((one for one in match.alike if one not in claimed), match.client)
            first = claimed.setdefault(client, at)
            return Match(HERS, client) if first == at else Match(TWICE, client, first)
        if match.kind != NEW:
            return match
        if own := self.ids[at]:
            if not self.may_have[at]:
                return Match(REFUSED, reason="id-used")
            first = new_ids.setdefault(own, at)
            alike = self.keys[first] == self.keys[at]
            return (
                match
                if first == at
                else Match(TWICE, row=first)
                if alike
                else Match(REFUSED, row=first, reason="id-twice")
            )
        first = self._first_of_name.setdefault(self.keys[at], at)
        return match if first == at or self._telling(at) else Match(TWICE, row=first)

    def _settled(self, at: int) -> Match | None:
        """Return what a row is as far as no likeness has to be weighed."""
        if not self.keys[at]:
            return Match(REFUSED, reason="no-name")
        clients = self.people.by_id.get(self.ids[at], ()) if self.ids[at] else ()
        if len(clients) > 1:
            return Match(REFUSED, reason="id-twice")
        if clients:
            return self._of_id(at, clients[0])
        alike = [client for client in self.people.named(self.names[at]) if self.alive[client]]
        telling = self._telling(at)
        if not telling:
            return self._by_name_alone(at, alike)
        sure = [client for client in alike if self._agree(at, client, telling)]
        if len(sure) > 1:
            sure = [client for client in sure if self._is_exactly(at, client)]
        return Match(HERS, sure[0], alike=tuple(sure)) if sure else None

    def _of_id(self, at: int, client: int) -> Match:
        """Return the client of an id, unless everything else says that it is somebody else's: other lists count from 1, too."""
        merged = self.hers.merges.get(self.ids[at])
        if client in self.people.named(self.names[at]) or (merged and name_key(merged.name) == self.keys[at]):
            return Match(HERS, client)
        if any(self._shares(at, client, main, second, how) for main, second, how in CONTACTS):
            return Match(HERS, client)
        return Match(REFUSED, client, reason="id-of-another")

    def _by_name_alone(self, at: int, alike: Sequence[int]) -> Match | None:
        """Return what a row is that has nothing but a name to tell her by: hers if it says nothing new, else only probably."""
        same = [client for client in alike if self._says_nothing_new(at, client)]
        same.sort(key=lambda client: not self._is_exactly(at, client))
        if same:
            return Match(HERS, same[0], alike=tuple(same))
        return Match(PROBABLE, alike[0]) if alike else None

    def _telling(self, at: int) -> list[str]:
        """Return the fields of a row that tell somebody beside the name."""
        return [name for name in self._names_that_tell() if self._pair(name)[0][at] is not None]

    @staticmethod
    def _names_that_tell() -> tuple[str, ...]:
        return (*(name for main, second, _ in CONTACTS for name in (main, second)), *_TELLING)

    def _agree(self, at: int, client: int, telling: Sequence[str]) -> bool:
        """Tell whether a client of that name has all that tells this one, and nothing that tells another."""
        for main, second, how in CONTACTS:
            if (main in telling or second in telling) and not self._shares(at, client, main, second, how):
                return False
        return all(self._same(name, at, client) for name in _TELLING if name in telling)

    def _shares(self, at: int, client: int, main: str, second: str, how: Joining) -> bool:
        """Tell whether a phone number, or an e-mail address, is one of those of a client."""
        if (typed := self._pair(main)[0][at]) is not None and typed == self._pair(main)[1][client]:
            return bool(how.keys(typed))
        theirs, mine = (
            {key for name in (main, second) for key in how.keys(self._pair(name)[side][row])}
            for side, row in ((0, at), (1, client))
        )
        return bool(mine & theirs)

    def _says_nothing_new(self, at: int, client: int) -> bool:
        names = [
            name for name in self.theirs.table.columns if name not in ("name", "first_name", "last_name", "middle_name")
        ]
        return all(self._pair(name)[0][at] is None or self._same(name, at, client) for name in names)

    def _is_exactly(self, at: int, client: int) -> bool:
        """Tell whether a row says what a client's does, and the client has nothing further to tell her by."""
        telling = self._telling(at)
        further = (name for name in self._names_that_tell() if name not in telling)
        return self._says_nothing_new(at, client) and all(self._pair(name)[1][client] is None for name in further)

    def _same(self, name: str, at: int, client: int) -> bool:
        theirs, hers = self._pair(name)
        one, other = hers[client], theirs[at]
        if one == other and type(one) is type(other):
            return one is not None
        key = (name, one, other)
        if key not in self._known:
            self._known[key] = self.uniter.same(name, one, other)
        return self._known[key]

    def _pair(self, name: str) -> tuple[list[Cell], list[Cell]]:
        """Return a column of theirs and of hers as raw cells."""
        if name not in self._cells:
            self._cells[name] = (self.theirs.table.column(name).cells(), self.hers.table.column(name).cells())
        return self._cells[name]

    def _pairs(self, open_: Sequence[int]) -> dict[int, _Pairs]:
        """Return by row who the finder says that it is, of those whose row is still open."""
        if not open_:
            return {}
        standing = np.flatnonzero(self.alive)
        rows = np.array(open_, dtype=np.int64)
        columns = _together(self.hers.table, standing, self.theirs.table, rows)
        length, count = len(standing) + len(rows), len(standing)
        only = np.arange(length) >= count
        found = verdicts_of(find(columns, length, only), columns)
        reasons = worded(found.why, columns, found.left, found.right)
        pairs: dict[int, _Pairs] = {}
        for left, right, tier, why in zip(
            found.left.tolist(), found.right.tolist(), found.tier.tolist(), reasons, strict=True
        ):
            if tier == Tier.HOUSEHOLD:
                continue
            of = pairs.setdefault(open_[right - count], _Pairs())
            if left >= count:
                of.earlier.append(open_[left - count])
            elif tier == Tier.CERTAIN:
                of.certain.append(int(standing[left]))
            else:
                of.probable.append((int(standing[left]), why))
        return pairs

    def _judged(self, pairs: _Pairs, before: Sequence[Match]) -> Match:
        """Return what a row is by the finder. One that may be two clients of hers, however surely, is nobody's."""
        if len(pairs.certain) == 1 and not pairs.probable:
            return Match(HERS, pairs.certain[0])
        if pairs.certain:
            return Match(PROBABLE, pairs.certain[0])
        if pairs.probable:
            client, why = pairs.probable[0]
            return Match(PROBABLE, client, reasons=why)
        for earlier in sorted(
            pairs.earlier
        ):  # one that was not taken in makes no difference: nor will it the next time
            if before[earlier].kind == NEW:
                return Match(TWICE, row=earlier)
            if before[earlier].kind == HERS:
                return Match(PROBABLE, before[earlier].client)
        return Match(NEW)


def _together(
    hers: Table, standing: npt.NDArray[np.intp], theirs: Table, rows: npt.NDArray[np.int64]
) -> Mapping[str, Column]:
    """Return some rows of two lists below each other, in the columns that the finder looks at."""
    return {
        name: Column.encode([*hers.column(name).take(standing).cells(), *theirs.column(name).take(rows).cells()])
        for name in RAW_FIELDS
        if name in hers or name in theirs
    }


def told(reasons: Sequence[Reason], words: Language) -> str:
    """Return the weightiest reasons for a match in words."""
    return "; ".join([reason.text(words) for reason in reasons if reason.points > 0][:_TOLD])
