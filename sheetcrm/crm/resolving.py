"""Whose visit a line is: by client id, phone, e-mail or full name, never by a guess.

Looked up is each distinct (client, phone, stored id), not each line: a million visits hold a few thousand of them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.directory import Directory
from sheetcrm.crm.people import name_key, phone_key
from sheetcrm.crm.tables import EMPTY, Column
from sheetcrm.crm.values import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sheetcrm.crm.directory import Found
    from sheetcrm.crm.tables import Cleaned

_ALIKE = 0.8  # of two words of a name: Kowlska and Kowalska
_MOST_SUGGESTIONS = 200  # a list typed in another spelling throughout is not searched name by name
_MOST_NAMED = 5


@dataclass(frozen=True)
class Resolution:
    """Whose visits they are.

    `client` has per line a position in Clients or -1; `client_ids` is what belongs into `Visits.client_id`: the id of
    that client, where the cell `client` is not the id itself.
    """

    client: npt.NDArray[np.int32]
    client_ids: Column
    problems: tuple[Problem, ...]


class _Asked(NamedTuple):
    """One distinct combination of cells: the text in `client`, the phone beside it, the id we stored beside it."""

    text: str
    phone: str
    stored: str


@dataclass(slots=True)
class _Answer:
    """What became of it: a client's position or -1, the id to stand beside it, and what is wrong."""

    client: int = EMPTY
    stored: str = ""
    code: str = ""
    found: Found = ()
    by_name: bool = False


def resolve(visits: Cleaned, clients: Cleaned, written: Column | None = None) -> Resolution:
    """Find the client of each line of Visits.

    `written` is the id stored beside each line, as text (default: the `client_id` column of Visits). It settles which
    of several clients a text means, and it keeps a client's visits when she was renamed and the text means nobody any
    more (`_let_go`). A text that means exactly one other client was retyped, and wins. Visits of a merged client are
    her survivor's. An empty `client` is nobody's, and no problem here.
    """
    stored = visits.texts("client_id") if written is None else written
    columns = (visits.texts("client"), visits.texts("phone"), stored)
    firsts, number = _distinct(*(c.codes for c in columns))
    asked = list(map(_Asked, *(map(str, c.take(firsts).objects("").tolist()) for c in columns)))
    people = Directory(clients)
    answers = [_answer(people, question) for question in asked]
    _let_go(people, visits, number, asked, answers)

    client = np.array([a.client for a in answers], dtype=np.int32)
    ids = Column.encode([a.stored for a in answers])
    return Resolution(client[number], ids.take(number), tuple(_problems(people, visits, number, asked, answers)))


def _distinct(*codes: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return (position of one row of each distinct combination, number of the combination per row).

    Nearly always the first column decides the others: only rows that stand out are sorted.
    """
    lead = codes[0] + 1
    row_of = np.full(int(lead.max(initial=0)) + 1, -1, dtype=np.int64)
    row_of[lead] = np.arange(len(lead))
    usual = np.logical_and.reduce([column == column[row_of[lead]] for column in codes])
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


def _is_contact(text: str) -> bool:
    return "@" in text or bool(phone_key(text))


def _answer(people: Directory, asked: _Asked) -> _Answer:
    """Decide on one combination of cells; `_let_go` looks again at a stored id that holds against the text."""
    if not asked.text:
        return _Answer(stored=asked.stored)
    found, by_name = _look_up(people, asked.text)
    answer = _Answer(found=found, by_name=by_name)
    if len(found) > 1 and asked.phone:
        narrowed = set(found) & set(people.by_phone.get(phone_key(asked.phone), ()))
        found = tuple(narrowed) if len(narrowed) == 1 else found
    held = people.stored(asked.stored) if asked.stored else EMPTY
    if len(found) == 1:
        answer.client = found[0]
    elif held != EMPTY and (held in found or not found):
        answer.client = held
    else:
        answer.code = "ambiguous-client" if found else "unknown-client"
    answer.stored = _to_store(people, asked, answer.client, held)
    return answer


def _look_up(people: Directory, text: str) -> tuple[Found, bool]:
    """Return whom a text means, and whether it is a name that says so."""
    found = people.by_id.get(text)
    if not found and (key := phone_key(text)):
        found = people.by_phone.get(key)
    if not found and "@" in text:
        found = people.by_email.get(text.casefold())
    if found:
        return found, False
    return people.named(text), True


def _to_store(people: Directory, asked: _Asked, client: int, held: int) -> str:
    if client == EMPTY:
        return "" if held != EMPTY else asked.stored  # the id of a row that is gone says whose visit it was
    if held == client:
        return asked.stored  # also the id of a row merged into hers: a merge can be taken back
    return "" if asked.text == people.ids[client] else people.ids[client]


def _let_go(
    people: Directory, visits: Cleaned, number: npt.NDArray[np.int64], asked: list[_Asked], answers: list[_Answer]
) -> None:
    """Let go of stored ids whose text means nobody and can be no earlier name of that client.

    Such a line is a renamed client's, or somebody new was typed over it. It stays hers where its text has a word in
    common with her name, or where further visits of hers carry the same text: renaming leaves all of them behind. A
    name typed over copies of her row is told by an earlier visit that does carry her name: after renaming it is the
    earlier ones that carry the old one.
    """
    doubtful = [i for i, a in enumerate(answers) if a.client != EMPTY and not a.found]
    doubtful = [i for i in doubtful if not _related(asked[i].text, people.names[answers[i].client])]
    if not doubtful:
        return
    lines = np.bincount(number, minlength=len(asked))
    alike: Counter[tuple[int, str]] = Counter()
    for i in doubtful:
        alike[answers[i].client, _compared(asked[i].text)] += int(lines[i])
    named, earliest = _named_since(visits, number, asked, answers)
    for i in doubtful:
        client, text = answers[i].client, asked[i].text
        copied = not _is_contact(text) and named.get(client, len(visits)) < earliest[i]
        if copied or alike[client, _compared(text)] < 2:  # noqa: PLR2004 - itself and another
            answers[i] = _Answer(code="unknown-client")


def _compared(text: str) -> str:
    return phone_key(text) or name_key(text)


def _named_since(
    visits: Cleaned, number: npt.NDArray[np.int64], asked: list[_Asked], answers: list[_Answer]
) -> tuple[dict[int, int], npt.NDArray[np.int64]]:
    """Return the place in time of the first visit that carries each client's name, and of each combination's first."""
    order = np.lexsort((np.arange(len(visits)), visits.days("date")))
    rank = np.empty(len(visits), dtype=np.int64)
    rank[order] = np.arange(len(visits))
    earliest = np.full(len(asked), len(visits), dtype=np.int64)
    np.minimum.at(earliest, number, rank)
    named: dict[int, int] = {}
    for i, answer in enumerate(answers):
        if answer.by_name and answer.found == (answer.client,) and asked[i].stored:
            named[answer.client] = min(int(earliest[i]), named.get(answer.client, len(visits)))
    return named, earliest


def _related(text: str, name: str) -> bool:
    """Tell whether two names have a word in common, or nearly."""
    if _is_contact(text):
        return False
    words, others = ([w for w in name_key(n).split() if len(w) > 1] for n in (text, name))  # no initials
    return any(SequenceMatcher(None, a, b).ratio() >= _ALIKE for a in words for b in others)


def _problems(
    people: Directory, visits: Cleaned, number: npt.NDArray[np.int64], asked: list[_Asked], answers: list[_Answer]
) -> Iterable[Problem]:
    wrong = {i: a for i, a in enumerate(answers) if a.code}
    if not wrong:
        return
    params = {i: _params(people, asked[i].text, a, search=len(wrong) <= _MOST_SUGGESTIONS) for i, a in wrong.items()}
    is_wrong = np.array([bool(a.code) for a in answers])
    lines = np.flatnonzero(is_wrong[number])
    for row, i in zip(visits.table.rows[lines].tolist(), number[lines].tolist(), strict=True):
        yield Problem(wrong[i].code, "Visits", row, "client", asked[i].text, params[i])


def _params(people: Directory, text: str, answer: _Answer, *, search: bool) -> Mapping[str, str]:
    if answer.found:
        named = (people.ids[p] or people.names[p] for p in answer.found[:_MOST_NAMED])
        return {"candidates": ", ".join(named)}
    suggestion = people.like(text) if search and not _is_contact(text) else ""
    return {"suggestion": suggestion} if suggestion else {}
