"""Whose visit a line is: by client id, phone, e-mail or full name, never by a guess.

Looked up is each distinct text, not each line. One that means exactly one client decides by itself; only where it means
nobody or several are the phone and the stored id weighed, once per distinct (text, phone, stored id): a case.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.directory import Directory
from sheetcrm.crm.people import name_key, phone_key
from sheetcrm.crm.short_hashes import short_hashes
from sheetcrm.crm.tables import EMPTY, Column
from sheetcrm.crm.values import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from sheetcrm.crm.acts import Merged
    from sheetcrm.crm.directory import Found
    from sheetcrm.crm.tables import Cleaned

_ALIKE = 0.8  # of two words of a name: Kowlska and Kowalska
_MOST_SUGGESTIONS = 200  # a list typed in another spelling throughout is not searched name by name
_MOST_NAMED = 5
_UNDATED, _NEVER = 2**40, 2**62  # after every day, and after every line of a sheet


@dataclass(frozen=True)
class Resolution:
    """Whose visits they are.

    `client` has per line a position in Clients or -1; `client_ids` is what belongs into `Visits.client_id`: the id of
    that client, where the cell `client` is not the id itself. `named` are by such an id short hashes of the texts beside it
    that mean her: to be remembered for when they do so no longer.
    """

    client: npt.NDArray[np.int32]
    client_ids: Column
    problems: tuple[Problem, ...]
    named: Mapping[str, frozenset[int]] = field(default_factory=dict)


def resolve(
    visits: Cleaned,
    clients: Cleaned,
    written: Column | None = None,
    *,
    named: Mapping[str, Collection[int]] | None = None,
    still_names: Callable[[str, str], bool] | None = None,
) -> Resolution:
    """Find the client of each line of Visits.

    `written` is the id stored beside each line, as text (default: the `client_id` column of Visits). It settles which
    of several clients a text means, and it keeps a client's visits when she was renamed and the text means nobody any
    more (`let_go`). `named` are short hashes of the texts that have meant the client of an id before (`Ledger.named`): what
    changed since is her row, not the cell. A text that means exactly one other client was retyped, and wins, unless it has
    meant her before: then the other one has got that name or number since. `still_names` is asked then (`astray.still_names`).
    Visits of a merged client are her survivor's. An empty `client` is nobody's, and no problem here.
    """
    stored = visits.texts("client_id") if written is None else written
    cases = _Cases(Directory(clients), visits, stored, clients.merges)
    cases.weigh()
    cases.let_go(named or {})
    cases.keep(named or {}, still_names or (lambda _one, _other: True))
    to_store = cases.to_store()
    return Resolution(
        cases.client[cases.number],
        to_store.take(cases.number),
        tuple(cases.problems()),
        cases.named(to_store),
    )


def _distinct(*codes: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return (position of one row of each distinct combination, number of the combination per row).

    Nearly always the first column decides the others: only rows that stand out are sorted.
    """
    lead = codes[0] + 1
    row_of = np.full(int(lead.max(initial=0)) + 1, -1, dtype=np.int64)
    row_of[lead] = np.arange(len(lead))
    usual = np.ones(len(lead), dtype=np.bool_)
    for column in codes[1:]:
        if column.max(initial=EMPTY) != EMPTY:
            usual &= column == column[row_of[lead]]
    seen = row_of >= 0
    number = (np.cumsum(seen) - 1)[lead]

    others = np.flatnonzero(~usual)
    key = np.zeros(len(others), dtype=np.int64)
    for column in codes:
        width = int(column.max(initial=EMPTY)) + 2
        key = key * width + (column[others] + 1)  # three columns of a million distinct values are 60 bits
    _, firsts, number_of_other = np.unique(key, return_index=True, return_inverse=True)
    number[others] = np.count_nonzero(seen) + number_of_other
    return np.concatenate([row_of[seen], others[firsts]]), number


def _as_text(column: Column) -> Column:
    return column if set(map(type, column.values)) <= {str} else Column(column.codes, [str(v) for v in column.values])


def _is_contact(text: str) -> bool:
    return "@" in text or bool(phone_key(text))


def _sole(found: Iterable[Found | None]) -> npt.NDArray[np.int32]:
    """Return the one client of each, EMPTY where there is none or several, and behind them for an empty cell."""
    return np.array([*(those[0] if those and len(those) == 1 else EMPTY for those in found), EMPTY], dtype=np.int32)


def _look_up(people: Directory, text: str) -> tuple[Found, bool]:
    """Return whom a text that is no id means, and whether it is a name that says so."""
    found = None
    if key := phone_key(text):
        found = people.by_phone.get(key)
    if not found and "@" in text:
        found = people.by_email.get(text.casefold())
    return (found, False) if found else (people.named(text), True)


class _Cases:
    """The distinct combinations of cells, and what becomes of each.

    Per case `text`, the `phone` and the `stored` id beside it, `held`, the client whose id that is, and `client`, whose
    visits they are (positions, or EMPTY). `found` and `by_name` (a name says so) are per code of `text`, `number` is
    the case of each line, `weighed` has the cases where the text alone does not decide, `is_id` tells where it is an id, also a merged
    row's.
    """

    def __init__(self, people: Directory, visits: Cleaned, stored: Column, merges: Mapping[str, Merged]) -> None:
        self.people = people
        self.merges = merges
        self.visits = visits
        columns = [_as_text(c) for c in (visits.texts("client"), visits.texts("phone"), stored)]
        firsts, self.number = _distinct(*(c.codes for c in columns))
        self.text, self.phone, self.stored = (c.take(firsts) for c in columns)
        self.held = _sole(map(people.by_id.get, self.stored.values))[self.stored.codes]
        self.found, self.by_name = self._look_up()
        self.client = _sole(self.found)[self.text.codes]
        self.weighed = np.flatnonzero((self.client == EMPTY) & self.text.filled).tolist()
        self.wrong: dict[int, str] = {}  # problem code by case

    def _look_up(self) -> tuple[list[Found], list[bool]]:
        people, texts = self.people, self.text.values
        by_id = [*map(people.by_id.get, texts)]
        by_name = [those is None for those in by_id]
        self.is_id = np.array([*(those is not None for those in by_id), False])[self.text.codes]
        listed = map(people.as_listed.get, texts)
        known = [alike if those is None else those for those, alike in zip(by_id, listed, strict=True)]
        for code in [code for code, those in enumerate(known) if those is None]:
            known[code], by_name[code] = _look_up(people, texts[code])
        return cast("list[Found]", known), by_name

    def _found(self, case: int) -> Found:
        return self.found[int(self.text.codes[case])]

    def _text(self, case: int) -> str:
        return str(self.text.cell(case))

    def weigh(self) -> None:
        """Decide where the text means nobody or several; `let_go` looks again at a stored id that holds against it."""
        for case in self.weighed:
            found, phone, held = self._found(case), self.phone.cell(case), int(self.held[case])
            if len(found) > 1 and phone:
                narrowed = set(found) & set(self.people.by_phone.get(phone_key(phone), ()))
                found = tuple(narrowed) if len(narrowed) == 1 else found
            if len(found) == 1:
                self.client[case] = found[0]
            elif held != EMPTY and (held in found or not found):
                self.client[case] = held
            else:
                self.wrong[case] = "ambiguous-client" if found else "unknown-client"

    def let_go(self, known: Mapping[str, Collection[int]]) -> None:
        """Let go of stored ids whose text means nobody and can be no earlier name of that client.

        Such a line is a renamed client's, or somebody new was typed over it. It stays hers where its text has meant her before
        (`known`), where it has a word in common with her name, or where further visits of hers carry the same text: renaming
        leaves all of them behind. A name typed over copies of her row is told by an earlier visit that does carry her name:
        after renaming it is the earlier ones that carry the old one.
        """
        held = [(case, int(self.client[case])) for case in self.weighed if not self._found(case)]
        names = self.people.names
        doubtful = {
            c: client
            for c, client in held
            if client != EMPTY
            and not self._has_meant(c, known)
            and not any(_related(self._text(c), name) for name in (names[client], self._merged_name(c)))
        }
        if not doubtful:
            return
        lines = np.bincount(self.number, minlength=len(self.client))
        alike: Counter[tuple[int, str]] = Counter()
        for case, client in doubtful.items():
            alike[client, _compared(self._text(case))] += int(lines[case])
        named, earliest = self._named_since()
        for case, client in doubtful.items():
            text = self._text(case)
            copied = not _is_contact(text) and named[client] < earliest[case]
            if copied or alike[client, _compared(text)] < 2:  # noqa: PLR2004 - itself and another
                self.client[case] = EMPTY
                self.wrong[case] = "unknown-client"

    def keep(self, known: Mapping[str, Collection[int]], still_names: Callable[[str, str], bool]) -> None:
        """Leave to whose id is stored what meant her before and means one other client now, unless the phone beside it is that one's."""
        other = (self.client != self.held) & (self.client != EMPTY) & (self.held != EMPTY) & self.text.filled
        other &= ~self.is_id
        ids = self.people.ids
        for case in np.flatnonzero(other).tolist() if known else ():
            held, now, phone = int(self.held[case]), int(self.client[case]), self.phone.cell(case)
            reached = self.people.by_phone.get(phone_key(str(phone)), ()) if phone is not None else ()
            if (
                (now not in reached or held in reached)
                and self._has_meant(case, known)
                and still_names(ids[held], ids[now])
            ):
                self.client[case] = held

    def _has_meant(self, case: int, known: Mapping[str, Collection[int]]) -> bool:
        """Tell whether a text has meant the client whose id is stored: then that is not what was typed anew."""
        texts = known.get(str(self.stored.cell(case)), ())
        return bool(texts) and int(short_hashes([self._text(case)])[0]) in texts

    def _merged_name(self, case: int) -> str:
        """Return the name of the merged row whose id is stored, "" where that is nobody's: deleted, it names them no more."""
        merged = self.merges.get(str(self.stored.cell(case)))
        return "" if merged is None else merged.name

    def _is_retyped(self, client_id: str) -> bool:
        """Tell whether an id is one that a client had before she got another one."""
        merged = self.merges.get(client_id)
        return merged is not None and merged.retyped

    def _named_since(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the place in time of the first visit that carries each client's name, and of each case's first."""
        size, day = len(self.visits), self.visits.days("date")
        place = np.where(np.isnat(day), _UNDATED, day.astype(np.int64)) * size + np.arange(size)
        earliest = np.full(len(self.client), _NEVER, dtype=np.int64)
        np.minimum.at(earliest, self.number, place)
        by_name = np.array([*self.by_name, False])[self.text.codes] & self.stored.filled
        by_name[self.weighed] = False
        named = np.full(len(self.people.ids), _NEVER, dtype=np.int64)
        np.minimum.at(named, self.client[by_name], earliest[by_name])
        return named, earliest

    def to_store(self) -> Column:
        """Return the id that belongs beside each case: her client's, where the text is not the id itself.

        What is stored stays where it is hers (also the id of a row merged into hers: a merge can be taken back; not one that she had
        before she got another), where
        there is no text, and where it is of a row that is gone: it says whose visit it was. Where the text means her only
        since a merge, nothing is stored for that reason: taken back, it means two again, and nobody knows which.
        """
        stays = (
            (self.held == self.client) & ~self.stored.lookup(self._is_retyped, False, np.bool_)
        ) | ~self.text.filled
        if self.people.shared:
            by_merging = self.text.lookup(self.people.is_by_merging, empty=False, dtype=np.bool_)
            stays |= by_merging & ~self.stored.filled
        people = self.people
        itself = self.text.objects("") == np.array([*people.ids, ""], dtype=object)[self.client]
        # hers by position, then those stored by code; EMPTY picks the blank behind them
        ids = Column.encode([*people.ids, "", *self.stored.values, ""])
        stored = ids.codes[len(people.ids) + 1 + self.stored.codes]
        return Column(np.where(stays, stored, np.where(itself, EMPTY, ids.codes[self.client])), ids.values)

    def named(self, stored: Column) -> dict[str, frozenset[int]]:
        """Return by each id that is to stand beside them short hashes of the texts that mean her; `stored` are `to_store`'s."""
        sure = stored.filled & self.text.filled & (self.client != EMPTY)
        sure[self.weighed] = False  # the stored id, or a phone, spoke for her
        cases = np.flatnonzero(sure)
        texts = short_hashes(self.text.values)[self.text.codes[cases]].tolist() if len(cases) else []
        found: dict[str, set[int]] = {}
        for client_id, text in zip(stored.take(cases).cells(), texts, strict=True):
            found.setdefault(str(client_id), set()).add(text)
        return {client_id: frozenset(each) for client_id, each in found.items()}

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong, line by line."""
        search = len(self.wrong) <= _MOST_SUGGESTIONS
        params = {case: self._params(case, search=search) for case in self.wrong}
        is_wrong = np.zeros(len(self.client), dtype=np.bool_)
        is_wrong[list(self.wrong)] = True
        lines = np.flatnonzero(is_wrong[self.number])
        for row, case in zip(self.visits.table.rows[lines].tolist(), self.number[lines].tolist(), strict=True):
            yield Problem(self.wrong[case], "Visits", row, "client", self._text(case), params[case])

    def _params(self, case: int, *, search: bool) -> Mapping[str, str]:
        people, text = self.people, self._text(case)
        if found := self._found(case):
            return {"candidates": ", ".join(people.ids[p] or people.names[p] for p in found[:_MOST_NAMED])}
        suggestion = people.like(text) if search and not _is_contact(text) else ""
        return {"suggestion": suggestion} if suggestion else {}


def _compared(text: str) -> str:
    return phone_key(text) or name_key(text)


def _related(text: str, name: str) -> bool:
    """Tell whether two names have a word in common, or nearly."""
    if _is_contact(text):
        return False
    words, others = ([w for w in name_key(n).split() if len(w) > 1] for n in (text, name))  # no initials
    return any(SequenceMatcher(None, a, b).ratio() >= _ALIKE for a in words for b in others)
