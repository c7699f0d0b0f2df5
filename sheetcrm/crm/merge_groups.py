"""Which clients are to become one, by the owner's word: pairs that hang together, where nobody of them speaks against it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from sheetcrm.crm.acts import DIFFERENT, HOUSEHOLD, MERGE
from sheetcrm.crm.decisions import contradicting
from sheetcrm.crm.linkage.judging import two_people
from sheetcrm.crm.numbering import counted
from sheetcrm.crm.people import full_names, survivors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import numpy.typing as npt

    from sheetcrm.crm.decisions import Decision, Settled
    from sheetcrm.crm.tables import Cleaned
    from sheetcrm.languages import Language

Pair = frozenset[str]

_TWO = frozenset({DIFFERENT, HOUSEHOLD})
_SIDES = {"left": 0, "right": 1}


@dataclass(frozen=True)
class Refused:
    """What was not carried out: `code` is why (`languages`, section `merging`), `ids` whom it is about, `params` what the words quote."""

    code: str
    ids: tuple[str, ...]
    params: Mapping[str, str] = field(default_factory=dict)

    def said(self, words: Language) -> str:
        """Return it in words."""
        said = {"all": ", ".join(self.ids), "merged_into": words.header("merged_into"), **self.params}
        return str(words.section("merging")[self.code]).format_map(said)


@dataclass(frozen=True)
class Group:
    """Clients that become one, by position: the survivor, and the others, most visits first."""

    survivor: int
    others: tuple[int, ...]


class People:
    """The clients as merging knows them: by id, who lives on in whom, what they are called; whose ids are `astray` (`ids_astray`)."""

    def __init__(self, clients: Cleaned, astray: Collection[str] = ()) -> None:
        self.clients = clients
        self._astray = astray
        self.ids = [str(one) for one in clients.texts("client_id").objects("").tolist()]
        self.survivors = survivors(clients)
        self._several = {one for one, count in Counter(self.ids).items() if count > 1}
        self._places = {one: at for at, one in enumerate(self.ids) if one and one not in self._several}
        self._names = full_names(clients)
        self._merged = clients.texts("merged_into")

    def place(self, client_id: str) -> int | None:
        """Return where a client stands; None for an id that no row has, or two."""
        return self._places.get(client_id)

    def shown(self, client_id: str) -> str:
        """Return a client as a person is told of her: id and name."""
        place = self.place(client_id)
        name = "" if place is None else self._names[place]
        return f"{client_id} ({name})" if name else client_id

    def target(self, position: int) -> int | None:
        """Return the row that this one says it was merged into, by itself; None where it says none, or one that is not there."""
        cell = self._merged.cell(position)
        return None if cell is None else self.place(str(cell))

    def flaw(self, client_id: str) -> str:
        """Return why a client cannot be merged, "" where she can."""
        place = self.place(client_id)
        if place is None:
            return "id-twice" if client_id in self._several else "unknown-id"
        if client_id in self._astray:
            return "astray"
        if self.survivors[place] != place:
            return "already-merged"
        return "loop" if self.target(place) not in (None, place) else ""

    def lived_on(self, position: int) -> str:
        """Return the id of the row that a client lives on in."""
        return self.ids[int(self.survivors[position])]


def groups(
    people: People,
    visits: npt.NDArray[Any],
    decisions: Sequence[Decision],
    settled: Mapping[Pair, Settled],
    keep: Sequence[str] = (),
) -> tuple[list[Group], list[Refused]]:
    """Return who becomes one by her decisions, and which of them are not carried out, with the reason.

    `visits` has their number by position (NaN: none), `settled` the pairs that are two people by an earlier word, `keep` ids that are
    to be the survivors.
    """
    work = _Groups(people, visits, decisions, settled, keep)
    return work.found(), work.refused


class _Groups:
    def __init__(
        self,
        people: People,
        visits: npt.NDArray[Any],
        decisions: Sequence[Decision],
        settled: Mapping[Pair, Settled],
        keep: Sequence[str],
    ) -> None:
        self.refused: list[Refused] = []
        self._people, self._visits, self._decisions, self._keep = people, visits, decisions, keep
        self._said: dict[Pair, set[str]] = {}
        for one in decisions:
            self._said.setdefault(frozenset((one.left, one.right)), set()).add(one.word)
        self._two = {pair: next(iter(words & _TWO)) for pair, words in self._said.items() if words & _TWO}
        self._two_before = {pair: one.word for pair, one in settled.items()}

    def found(self) -> list[Group]:
        for told in contradicting(self._decisions):
            self._refuse("contradiction", told.left, told.right)
        wanted = [one for one in self._decisions if one.word == MERGE and self._can(one)]
        clusters = _together((one.left, one.right) for one in wanted)
        whom = set().union(*clusters)
        for one in dict.fromkeys(self._keep):
            if one not in whom:
                self._refuse_one(self._people.flaw(one) or "keep-alone", one)
        vetoed = self._vetoed(clusters)
        found = []
        for number, cluster in enumerate(clusters):
            if number in vetoed:
                continue
            survivor = self._survivor(cluster, wanted)
            if survivor is not None:
                others = tuple(one for one in self._by_visits(cluster) if one != survivor)
                found.append(Group(survivor, others))
        return found

    def _refuse(self, code: str, *ids: str, **params: str) -> None:
        shown = {name: self._people.shown(one) for name, one in zip(("left", "right"), ids, strict=False)}
        refused = Refused(code, ids, {**shown, **params})
        if refused not in self.refused:
            self.refused.append(refused)

    def _refuse_one(self, code: str, client_id: str) -> None:
        place = self._people.place(client_id)
        into = "" if place is None else self._people.shown(self._people.lived_on(place))
        self._refuse(code, client_id, into=into)

    def _can(self, decision: Decision) -> bool:
        """Tell whether a decision can be carried out at all; what was carried out already is passed over in silence."""
        pair = (decision.left, decision.right)
        if decision.left == decision.right:
            self._refuse("itself", decision.left)
            return False
        if len(self._said[frozenset(pair)]) > 1:
            return False
        places = [self._people.place(one) for one in pair]
        ends = [None if place is None else self._people.lived_on(place) for place in places]
        if None not in ends and ends[0] == ends[1]:
            return False
        for one in pair:
            if code := self._people.flaw(one):
                self._refuse_one(code, one)
                return False
        return True

    def _vetoed(self, clusters: Sequence[set[str]]) -> set[int]:
        """Find the clusters of which two are two people; say of each who, the first two if there are more."""
        asked: list[tuple[int, str, str]] = []
        vetoed = set()
        for number, cluster in enumerate(clusters):
            for left, right in combinations(sorted(cluster, key=self._place), 2):
                said = self._said.get(frozenset((left, right)), set())
                if said == {MERGE}:
                    continue
                if number not in vetoed and (word := self._word(left, right)):
                    vetoed.add(number)
                    self._refuse(f"veto-{word}", left, right, all=self._all(cluster))
                asked.append((number, left, right))
        asked = [one for one in asked if one[0] not in vetoed]
        apart = self._people.survivors != np.arange(len(self._people.ids))
        pairs = [(self._place(left), self._place(right)) for _, left, right in asked]
        judged = two_people(self._people.clients.table, pairs, apart)
        for (number, left, right), two in zip(asked, judged, strict=True):
            if two and number not in vetoed:
                vetoed.add(number)
                self._refuse("veto-finder", left, right, all=self._all(clusters[number]))
        return vetoed

    def _word(self, left: str, right: str) -> str:
        """Return her word that two clients are two; it counts for whoever was merged into them before, too."""
        families = [self._family(one) for one in (left, right)]
        for one in families[0]:
            for other in families[1]:
                pair = frozenset((one, other))
                if word := self._two.get(pair) or self._two_before.get(pair):
                    return word
        return ""

    def _family(self, client_id: str) -> list[str]:
        place = self._place(client_id)
        return [self._people.ids[at] for at in np.flatnonzero(self._people.survivors == place).tolist()]

    def _place(self, client_id: str) -> int:
        place = self._people.place(client_id)
        return -1 if place is None else place

    def _all(self, cluster: Iterable[str]) -> str:
        return ", ".join(self._people.shown(one) for one in sorted(cluster, key=self._place))

    def _survivor(self, cluster: set[str], wanted: Sequence[Decision]) -> int | None:
        """Return who lives on: whom she named now, else whom she chose in the sheet, else who has more visits, else the older id."""
        chosen = [(one, other) for one in self._keep if one in cluster for other in cluster - {one}]
        for decision in () if chosen else wanted:
            if decision.keep in _SIDES and decision.left in cluster:
                pair = (decision.left, decision.right)
                chosen.append((pair[_SIDES[decision.keep]], pair[1 - _SIDES[decision.keep]]))
        if not chosen:
            return self._by_visits(cluster)[0]
        best = {one for one, _ in chosen} - {other for _, other in chosen}
        if len(best) != 1:
            self._refuse("keep-contradiction", *sorted(cluster, key=self._place), all=self._all(cluster))
            return None
        return self._place(best.pop())

    def _by_visits(self, cluster: Iterable[str]) -> list[int]:
        """Return positions: more visits first, then the older id, which is the lower number, else the upper row."""
        places = [self._place(one) for one in cluster]
        numbers = [counted(self._people.ids[place]) for place in places]
        alike = len({None if one is None else one[0] for one in numbers}) == 1 and None not in numbers
        age = {p: n[1] if alike and n is not None else p for p, n in zip(places, numbers, strict=True)}
        return sorted(places, key=lambda place: (-np.nan_to_num(self._visits[place]), age[place], place))


def _together(pairs: Iterable[tuple[str, str]]) -> list[set[str]]:
    """Return the sets of ids that pairs connect."""
    found: list[set[str]] = []
    for pair in pairs:
        joined = [one for one in found if one & set(pair)]
        found = [one for one in found if not one & set(pair)] + [set(pair).union(*joined)]
    return found
