"""Whose visits the lines of another list are: a client's of hers, somebody's who is new with name and phone, or nobody's yet. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.cells import id_text
from sheetcrm.crm.incoming.fitting import fit
from sheetcrm.crm.incoming.matching import HERS, NEW, matched
from sheetcrm.crm.journal import people_of
from sheetcrm.crm.normalise import clean
from sheetcrm.crm.people import name_key, phone_key
from sheetcrm.crm.resolving import resolve
from sheetcrm.crm.tables import Column, Table
from sheetcrm.crm.uniting_rows import Uniter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from sheetcrm.crm.journal import Person
    from sheetcrm.crm.tables import Cell, Cleaned, Reading
    from sheetcrm.languages import Language

Whose = tuple[str, object]
"""Whose a line is, in a form in which two are compared: ("hers", position), ("new", number of the new client) or ("", what is typed)."""


@dataclass(frozen=True)
class Lines:
    """Whose the lines are: `whose` of each, the cell under `client` by which it is found again, and the new clients' rows.

    `alone` tells of which lines nothing but that text says it: no id, and no phone beside it.
    """

    whose: Sequence[Whose]
    client: Sequence[Cell]
    people: Sequence[Mapping[str, Cell]]
    alone: Sequence[bool]


def whose_lines(theirs: Cleaned, beside: Cleaned, clients: Cleaned, reading: Reading, words: Language) -> Lines:
    """Tell whose the lines of another list are.

    `theirs` are the lines as they will stand in her Visits, `beside` the same with all that tells whose they are (a phone, an id).
    Somebody new with name and phone becomes a client; a name alone does not: it may be a slip, and stays a question for the owner.
    """
    told, standing = resolve(beside, clients), _by_text(theirs, clients)
    typed = typed_under_client(beside.table.column("client"))
    whose: list[Whose] = [
        ("hers", at) if at >= 0 else ("", text) for at, text in zip(told.client.tolist(), typed, strict=True)
    ]
    ids = clients.texts("client_id").objects("").tolist()
    cells = beside.table.column("client").cells()
    client: list[Cell] = [
        ids[at] if at >= 0 and here != at and ids[at] else cell
        for at, here, cell in zip(told.client.tolist(), standing.tolist(), cells, strict=True)
    ]
    unsure = {problem.row for problem in told.problems if problem.code == "ambiguous-client"}
    rows = beside.table.rows.tolist()
    open_ = [line for line, at in enumerate(told.client.tolist()) if at < 0 and rows[line] not in unsure]
    people = _people(beside, open_)
    new: list[Mapping[str, Cell]] = []
    found, fitted = _matched(people, clients, reading, words)
    for person, (position, cells_of) in zip(people, zip(found, fitted, strict=True), strict=True):
        lines = [open_[at] for at in person.lines]
        if position == _NEW:
            new.append(cells_of)
        elif position == _NOBODY:
            continue
        for line in lines:
            whose[line] = ("hers", position) if position >= 0 else ("new", len(new))
            if position >= 0 and ids[position]:
                client[line] = ids[position]
    _by_phone_where_needed(client, whose, beside, clients, has_phone="phone" in theirs.table)
    return Lines(whose, client, new, _alone(beside, cells))


_NEW, _NOBODY = -1, -2


def _alone(lines: Cleaned, texts: Sequence[Cell]) -> list[bool]:
    beside = (lines.table.column(name).cells() for name in ("client_id", "phone"))
    return [
        one is None and (phone is None or id_text(phone) == text)
        for one, phone, text in zip(*beside, texts, strict=True)
    ]


def _by_text(lines: Cleaned, clients: Cleaned) -> npt.NDArray[np.int32]:
    """Return whose the lines are by what will stand in them; nobody's where that means one client only until a merge is taken back."""
    found = resolve(lines, clients).client
    if not clients.texts("merged_into").filled.any():
        return found
    texts = {name: column for name, column in clients.text.items() if name != "merged_into"}
    apart = resolve(lines, replace(clients, text=texts, merges={})).client
    return np.where(apart < 0, apart, found)


def typed_under_client(column: Column) -> list[object]:
    """Return what stands in each cell under `client`, in the form in which two are compared where they are nobody's; "" where nothing."""
    return list(column.lookup(lambda cell: _as_typed(id_text(cell)), "", np.object_))


def _as_typed(text: str) -> str:
    return phone_key(text) or name_key(text) or text


def _people(lines: Cleaned, open_: Sequence[int]) -> list[Person]:
    """Return who stands in some lines with name and phone."""
    names, phones = (lines.table.column(name).cells() for name in ("client", "phone"))
    found = people_of([names[at] for at in open_], [phones[at] for at in open_])
    return [person for person in found if person.phone]


def _matched(
    people: Sequence[Person], clients: Cleaned, reading: Reading, words: Language
) -> tuple[list[int], list[dict[str, Cell]]]:
    """Return for each whose she is (a position, `_NEW`, `_NOBODY` where she may be somebody), and her row as it would stand."""
    if not people:
        return [], []
    columns = {"name": Column.encode([p.name for p in people]), "phone": Column.encode([p.phone for p in people])}
    table = Table("Clients", np.arange(len(people)), columns)
    fitted = fit(table, clients.table, reading, words).table
    theirs = replace(clean(fitted, reading)[0], table=fitted)
    matches = matched(theirs, clients, Uniter(clients.table, reading))
    positions = [match.client if match.kind == HERS else _NEW if match.kind == NEW else _NOBODY for match in matches]
    cells = {name: column.cells() for name, column in fitted.columns.items()}
    rows = [{name: cell[at] for name, cell in cells.items() if cell[at] is not None} for at in range(len(people))]
    return positions, rows


def _by_phone_where_needed(
    client: list[Cell], whose: Sequence[Whose], lines: Cleaned, clients: Cleaned, *, has_phone: bool
) -> None:
    """Let a new client's lines name her by her phone where several have her name and nothing else beside it would tell them apart."""
    new = {line: which for line, (kind, which) in enumerate(whose) if kind == "new"}
    if has_phone or not new:
        return
    phones = lines.table.column("phone").cells()
    bearers: dict[str, set[object]] = {}
    for line, which in new.items():
        bearers.setdefault(name_key(id_text(client[line])), set()).add(which)
    from sheetcrm.crm.directory import Directory  # noqa: PLC0415 - hardly ever

    people = Directory(clients)
    for line in new:
        text = id_text(client[line])
        if (len(bearers[name_key(text)]) > 1 or people.named(text)) and phones[line] is not None:
            client[line] = id_text(phones[line])
