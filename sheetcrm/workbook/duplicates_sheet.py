"""The sheet Duplicates: who may stand in the list twice, both side by side, and what the owner decided about them.

A pair is known again by its two ids, whichever stands first; where she or we have it in one order, it keeps it. What she typed
beside a pair stays with it: a word on one that is no longer found stays until it is carried out or she empties its cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sheetcrm.crm.deciding import is_certain
from sheetcrm.crm.fields import COMPARED, DECISIONS
from sheetcrm.crm.merge_groups import Refused
from sheetcrm.crm.tables import Cell, Table
from sheetcrm.languages import LANGUAGES, choices_named, language
from sheetcrm.workbook.pair_rows import PairKey, PairRows, says_merge
from sheetcrm.workbook.program_sheets import PLAIN, QUIET, Content
from sheetcrm.workbook.side_by_side import SAME, SIDES, People

if TYPE_CHECKING:
    from sheetcrm.crm.linkage.clients import Pair
    from sheetcrm.crm.outcome import Plan

MOST = 2000
"""Pairs that are written; the rest is counted."""

FIELDS = (
    *("decision", "left_name", "right_name", "tier", "reasons", "keep"),
    *(f"{side}_{name}" for name in COMPARED[1:] for side in SIDES),
    *("left", "right", "score"),
)
"""The columns in their order: what she needs to decide, then what she may want to look at."""
FROZEN = 3
"""Columns that stay in sight: her decision, and the two names."""

_TIERS = ("certain", "likely", "maiden-name", "household")
ASKED = "asked"
"""What a cell is told by that she is to fill."""


class _Shown(NamedTuple):
    """A row of the sheet on its way: its cells, the accents of some of them, its tone, and its Excel row so far."""

    cells: dict[str, Cell]
    accents: dict[str, str]
    tone: str = PLAIN
    kept: int | None = None


def duplicates_content(
    plan: Plan,
    existing: Table | None = None,
    noted: Callable[[set[int]], set[int]] = lambda _rows: set(),
    day_month: str = "dd.mm",
) -> Content:
    """Return the Duplicates sheet: the pairs of a plan, strongest first, with what the owner typed beside them.

    `existing` is the sheet as it stands; `noted` tells beside which of some Excel rows she has something in columns of her own;
    `day_month` is how her country writes a birthday without its year.
    """
    stands = PairRows(existing)
    sheet = _Sheet(plan, People(plan, day_month), stands, noted)
    rows = list(sheet.rows())
    return Content(
        "Duplicates",
        FIELDS,
        tuple(row.cells for row in rows),
        tuple(row.tone for row in rows),
        () if existing is None else tuple(row.kept for row in rows),
        accents=tuple(row.accents for row in rows),
        note=plan.words.say("pairs_note"),
        frozen=FROZEN,
        joined={int(existing.rows[at]): int(existing.rows[own]) for at, own in stands.joined.items()}
        if existing
        else {},
    )


def filled_in(columns: Mapping[str, int], rows: Iterable[tuple[int, Mapping[int, Cell]]]) -> Iterator[tuple[int, int]]:
    """Give those cells of hers, by row and column, that hold what we fill in: the sentence on top, and `merge` where we are certain.

    `columns` are the sheet's by field, `rows` its rows by number, values by column.
    """
    notes = {language(code).say("pairs_note") for code in LANGUAGES}
    decision, tier = (columns.get(name, 0) for name in ("decision", "tier"))
    for number, cells in rows:
        yield from ((number, column) for column, cell in cells.items() if cell in notes)
        if says_merge(cells.get(decision)) and is_certain(cells.get(tier)):
            yield number, decision


@dataclass(frozen=True)
class _Sheet:
    """What the sheet is made from: the plan, and the rows that stand in it."""

    plan: Plan
    people: People
    stands: PairRows
    noted: Callable[[set[int]], set[int]]

    def rows(self) -> Iterator[_Shown]:
        """Give the rows: the strongest pairs, all that she has a word on, what she has a word on and is no pair; the count of the rest."""
        there, rest = dict(self.stands.there), 0
        for number, pair in enumerate(self._pairs()):
            ids = (self.people.ids[pair.left], self.people.ids[pair.right])
            at = there.get(frozenset(ids))
            if number < MOST or (at is not None and (self.stands.has_word(at) or self._row(at) in self.noted_rows)):
                there.pop(frozenset(ids), None)
                yield self._of_pair(pair, ids, at)
            else:
                rest += 1
        remark = there.pop(frozenset(), None)
        yield from self._of_no_pair(there)
        if rest:
            cells: dict[str, Cell] = {"reasons": self.plan.words.say("more_pairs", count=rest)}
            yield _Shown(cells, {}, QUIET, self._row(remark))
        elif remark is not None and self._row(remark) in self.noted_rows:
            yield _Shown({}, {}, PLAIN, self._row(remark))

    def _pairs(self) -> list[Pair]:
        """Return the pairs tier by tier, within one the strongest first."""
        return sorted(self.plan.pair_list, key=lambda pair: _TIERS.index(pair.tier))

    def _of_pair(self, pair: Pair, ids: tuple[str, str], at: int | None) -> _Shown:
        words = self.plan.words
        reasons = "; ".join(reason.said(words) for reason in pair.reasons)
        swapped = at is not None and ids[0] != ids[1] and self._cell(at, "left") == ids[1]
        places = (pair.right, pair.left) if swapped else (pair.left, pair.right)
        cells, accents = self.people.side_by_side(places)
        if accents.get("left_name") == SAME:
            accents |= {"left_name": PLAIN, "right_name": PLAIN}  # who they are is to be read first
        before = self.plan.settled.get(frozenset(ids))  # her word on what their data were then
        cells |= {
            "left": ids[swapped],
            "right": ids[not swapped],
            "score": pair.score,
            "tier": words.choice(pair.tier),
            "reasons": reasons
            if before is None
            else f"{words.say('settled_before', word=words.choice(before.word))}; {reasons}",
            "decision": words.choice("merge") if at is None and before is None and pair.tier == "certain" else None,
        }
        if at is not None:
            cells |= {"decision": self._raw(at, "decision"), "keep": self._raw(at, "keep")}
            if pair.tier != "certain" and self.stands.is_prefilled(at):
                cells["decision"] = None
        asked = dict.fromkeys(("decision", "keep"), ASKED)
        return _Shown(cells, accents | asked | {"tier": pair.tier}, PLAIN, self._row(at))

    def _of_no_pair(self, there: Mapping[PairKey, int]) -> Iterator[_Shown]:
        """Give the rows of the sheet that are no pairs any more, or no pair's only one: those with her word, and those with a note of hers.

        Her word still counts, but where the ids are gone that tell whom it is about, or where another one speaks against it:
        there it is only kept.
        """
        stands, words = self.stands, self.plan.words
        known = [
            (at, self._why_kept(key, at)) for key, at in (*there.items(), *((k, a) for a, k in stands.against.items()))
        ]
        nobodys = [(at, words.say("pair_unknown")) for at in stands.nobodys]
        for at, said in sorted([*known, *nobodys, *((at, "") for at in stands.joined)]):
            if said or self._row(at) in self.noted_rows:
                yield self._stale(at, said)

    def _why_kept(self, key: PairKey, at: int) -> str:
        """Return why her word stays in a row that is not that of a pair found; "" where none does."""
        if not self.stands.waits(at) or self._is_carried_out(key, at):
            return ""
        if key not in self.stands.against.values():
            return self.plan.words.say("pair_gone")
        ids = {side: self._cell(at, side) for side in SIDES}
        return Refused("contradiction", tuple(ids.values()), ids).said(self.plan.words)

    def _stale(self, at: int, said: str) -> _Shown:
        """Give a row that is no pair any more, as its two people are now; those who are gone as they were. `said` is why her word stays."""
        words, fields = self.plan.words, FIELDS
        cells: dict[str, Cell] = {name: self._raw(at, name) for name in fields}
        places = [self.people.places.get(self._cell(at, side)) for side in SIDES]
        if None not in places:
            cells |= self.people.side_by_side((places[0] or 0, places[1] or 0))[0]
        cells |= {"score": 0.0, "tier": None}  # a score tells our rows in the sheet
        cells["reasons"] = said or words.say("no_longer_there")
        if not said:
            cells |= {"decision": None, "keep": None}
        return _Shown(cells, {}, QUIET, self._row(at))

    # what stands in the sheet

    @cached_property
    def noted_rows(self) -> set[int]:
        """The Excel rows beside which she has something in columns of her own."""
        existing = self.stands.existing
        return set() if existing is None else self.noted(set(map(int, existing.rows)))

    def _raw(self, at: int, name: str) -> Cell:
        return self.stands.raw(at, name)

    def _cell(self, at: int, name: str) -> str:
        return self.stands.text(at, name)

    def _row(self, at: int | None) -> int | None:
        return self.stands.number(at)

    def _is_carried_out(self, key: PairKey, at: int) -> bool:
        """Tell whether what she decided is done: it is remembered that they are two, or one of them was merged away."""
        word = choices_named(str(self._raw(at, "decision") or ""))
        settled = self.plan.settled.get(key)
        if settled is not None and settled.word in word and key not in self.stands.against.values():
            return True
        merged = self.plan.figures["merged_into"]
        places = [place for one in key if (place := self.people.places.get(one)) is not None]
        return any(one in DECISIONS for one in word) and any(merged[place] != "" for place in places)
