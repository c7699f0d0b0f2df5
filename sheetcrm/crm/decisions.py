"""What the owner decided about pairs of clients in the sheet Duplicates, and what of it is settled."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Self

from sheetcrm.crm.acts import DIFFERENT, ERASED, HOUSEHOLD, MERGE, OPTED_OUT, UNMERGE, Act, new_act, still_done
from sheetcrm.crm.cells import id_text
from sheetcrm.crm.linkage.known_names import known_names
from sheetcrm.crm.linkage.person_names import Name, split_apart, split_name
from sheetcrm.crm.linkage.records import date_key, email_key, phone_end
from sheetcrm.crm.linkage.shadows import plain, shadow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sheetcrm.crm.linkage.clients import Pair
    from sheetcrm.crm.tables import Cell, Table

_BYTES, _TWO = 5, 2
_BETWEEN_PHONES = re.compile(r"[,;\n]")


@dataclass(frozen=True, slots=True)
class Decision:
    """What she typed for a pair: `left` and `right` are client ids, `word` one of `fields.DECISIONS`, `keep` "", left or right."""

    left: str
    right: str
    word: str
    keep: str = ""
    prefilled: bool = False  # it may be our own word, which she left as it was: `merge` where we are certain


class Settled(NamedTuple):
    """That two clients are two (`word`: different, household), and what their data were like then (`mark`, "": not known)."""

    word: str
    mark: str


def settled_by(acts: Iterable[Act]) -> dict[frozenset[str], Settled]:
    """Return by their two ids the pairs that are two people, by the last word on each; `acts` are in order of time.

    Who was merged and taken apart again is told to be two by that; what an undo took back tells nothing.
    """
    found: dict[frozenset[str], Settled] = {}
    for act in still_done(acts):
        if act.kind == MERGE:
            found.pop(act.pair, None)
        elif act.kind not in (OPTED_OUT, ERASED):
            found[act.pair] = Settled(DIFFERENT if act.kind == UNMERGE else act.kind, act.mark)
    return found


class Clients:
    """The clients as decisions know them: by id, with a mark of what matters of their data. `ids` are by position, "" for none."""

    def __init__(self, table: Table, ids: Sequence[str]) -> None:
        self.table = table
        self.ids = ids
        self._marks: dict[int, str] = {}

    @classmethod
    def of(cls, table: Table) -> Self:
        """Return the clients by the ids that stand in the table."""
        return cls(table, ["" if cell is None else id_text(cell) for cell in table.column("client_id").cells()])

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each client stands; an id that two rows have is nobody's."""
        several = {one for one, count in Counter(self.ids).items() if count > 1}
        return {one: at for at, one in enumerate(self.ids) if one and one not in several}

    def mark(self, left: int, right: int) -> str:
        """Return what the data of two clients are like, whichever stands first.

        It is the same for as long as nobody gets another name, phone, e-mail address, birthday or tax number; how they are written,
        where the rows stand and what the columns are called makes no difference.
        """
        return _hash(sorted((self._of(left), self._of(right))))

    def _of(self, position: int) -> str:
        if position not in self._marks:
            self._marks[position] = _hash(_material(self.table, position))
        return self._marks[position]


def _material(table: Table, position: int) -> list[list[str]]:
    """Return what tells a person from another, in the forms in which the finder compares it."""

    def cell(field: str) -> Cell:
        return table.column(field).cell(position)

    def text(field: str) -> str:
        return str(found) if (found := cell(field)) is not None else ""

    first, last = text("first_name"), text("last_name")
    name: Name = split_apart(first, last) if first or last else split_name(text("name"), known_names())
    words = {shadow(word) for word in f"{name.given} {name.family} {name.extra} {name.kin}".split()}
    numbers = (_BETWEEN_PHONES.split(id_text(cell(field))) for field in ("phone", "other_phone"))
    phones = {phone_end(number) for each in numbers for number in each}
    mails = {email_key(found) for field in ("email", "other_email") if (found := cell(field)) is not None}
    born = date_key(found) if (found := cell("birthday")) is not None else ""
    return [sorted(filter(None, one)) for one in (words, phones, mails, {born}, {plain(text("tax_id"))})]


def _hash(value: object) -> str:
    return hashlib.blake2b(json.dumps(value).encode(), digest_size=_BYTES).hexdigest()


def contradicting(decisions: Sequence[Decision]) -> list[Decision]:
    """Return the first decision on each pair on which there are others that say something else."""
    first: dict[frozenset[str], Decision] = {}
    found: dict[frozenset[str], Decision] = {}
    for one in decisions:
        earlier = first.setdefault(frozenset((one.left, one.right)), one)
        if earlier.word != one.word:
            found[frozenset((one.left, one.right))] = earlier
    return list(found.values())


def new_acts(decisions: Sequence[Decision], clients: Clients, acts: Sequence[Act]) -> tuple[Act, ...]:
    """Return what she has told of pairs since, to be remembered: `different` and `household`, each pair once.

    Two words for one pair, and an id that no row has, or two, tell nothing.
    """
    told: dict[frozenset[str], list[Decision]] = {}
    for decision in decisions:
        told.setdefault(frozenset((decision.left, decision.right)), []).append(decision)
    known, found = settled_by(acts), []
    for pair, said in told.items():
        left, right = (clients.places.get(one) for one in (said[0].left, said[0].right))
        if (
            {one.word for one in said} not in ({DIFFERENT}, {HOUSEHOLD})
            or left is None
            or right is None
            or left == right
        ):
            continue
        mark = clients.mark(left, right)
        if known.get(pair) != (said[0].word, mark):
            found.append(new_act(said[0].word, said[0].left, said[0].right, mark=mark, before=acts))
    return tuple(found)


def without_ours(
    decisions: tuple[Decision, ...], settled: Mapping[frozenset[str], Settled], table: Table
) -> tuple[Decision, ...]:
    """Leave out the merges that we filled in ourselves and on which she has said since that they are two: an older copy has them still.

    `table` is Clients. Where the data of the two have changed we fill in nothing: a word there is hers.
    """
    doubtful = [d for d in decisions if d.prefilled and frozenset((d.left, d.right)) in settled]
    if not doubtful:
        return decisions
    clients = Clients.of(table)

    def is_ours(decision: Decision) -> bool:
        left, right = (clients.places.get(one) for one in (decision.left, decision.right))
        word = settled[frozenset((decision.left, decision.right))]
        return left is not None and right is not None and stands(word, clients.mark(left, right))

    ours = [decision for decision in doubtful if is_ours(decision)]
    return tuple(decision for decision in decisions if decision not in ours)


def upheld(
    acts: Sequence[Act], settled: Mapping[frozenset[str], Settled], before: Table, after: Table
) -> tuple[Act, ...]:
    """Return anew the words that still stood before a merge, or one taken back, and that the data would not uphold after it.

    What the survivor gets from a row of her own makes her nobody else, so her daughter is not to be asked about again. `acts` are all so
    far, those of the merge last; `before` and `after` are Clients.
    """
    changed = {one for act in acts if act.kind in (MERGE, UNMERGE) for one in act.pair}
    those = {pair: word for pair, word in settled.items() if len(pair) == _TWO and pair & changed}
    if not those:
        return ()
    return _anew(acts, those, Clients.of(before), Clients.of(after))


def upheld_as_filled(
    acts: Sequence[Act], settled: Mapping[frozenset[str], Settled], before: Table, after: Table
) -> tuple[Act, ...]:
    """Return anew the words that still stood before cells of Clients were filled, and that the data would not uphold after it.

    Who gets what her row lacked is who she was. A word is open again where something that told her is gone, or where the two have
    something in common that they did not have; `before` and `after` are Clients.
    """
    then, now = Clients.of(before), Clients.of(after)

    def are_who_they_were(pair: frozenset[str]) -> bool:
        one, other = ([_material(side.table, side.places[each]) for each in sorted(pair)] for side in (then, now))
        return all(
            set(was) <= set(told)
            for each, later in zip(one, other, strict=True)
            for was, told in zip(each, later, strict=True)
        ) and _common(one) == _common(other)

    here = then.places.keys() & now.places.keys()
    those = {pair: word for pair, word in settled.items() if len(pair) == _TWO and pair <= here}
    return tuple(act for act in _anew(acts, those, then, now) if are_who_they_were(act.pair))


def _common(two: Sequence[Sequence[Sequence[str]]]) -> list[set[str]]:
    return [set(one) & set(other) for one, other in zip(*two, strict=True)]


def _anew(acts: Sequence[Act], words: Mapping[frozenset[str], Settled], then: Clients, now: Clients) -> tuple[Act, ...]:
    """Return for the data that are now the words on pairs that stood for those that were, where the two differ."""
    found = []
    for pair, word in words.items():
        one, other = sorted(pair)
        left, right = then.places.get(one), then.places.get(other)
        if left is None or right is None or not word.mark or word.mark != then.mark(left, right):
            continue
        mark = now.mark(now.places[one], now.places[other])
        if mark != word.mark:
            found.append(new_act(word.word, one, other, mark=mark, before=acts))
    return tuple(found)


def stands(settled: Settled | None, mark: str) -> bool:
    """Tell whether a word on a pair still holds for its data as they are."""
    return settled is not None and settled.mark in ("", mark)


def unsettled(pairs: Sequence[Pair], clients: Clients, settled: Mapping[frozenset[str], Settled]) -> tuple[Pair, ...]:
    """Return the pairs on which no word of hers stands."""
    if not settled:
        return tuple(pairs)
    ids = clients.ids

    def is_open(pair: Pair) -> bool:
        word = settled.get(frozenset((ids[pair.left], ids[pair.right])))
        return word is None or not stands(word, clients.mark(pair.left, pair.right))

    return tuple(pair for pair in pairs if is_open(pair))
