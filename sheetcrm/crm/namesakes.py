"""Visits typed by a name that two clients had until one was erased: whose they were nobody knows, and no other is guessed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.people import full_names, name_key, phone_key
from sheetcrm.crm.short_hashes import short_hashes
from sheetcrm.crm.tables import Column
from sheetcrm.crm.values import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sheetcrm.crm.resolving import Resolution
    from sheetcrm.crm.tables import Cleaned

_CODE = "ambiguous-client"
_ADDRESSES = ("phone", "other_phone", "email", "other_email")


def _marks(visits: Cleaned) -> npt.NDArray[np.int64]:
    """Return a short hash of each line's day and name: the name of who is erased cannot be kept."""
    names = visits.texts("client").map(lambda text: name_key(str(text))).objects("").tolist()
    days = visits.days("date").astype(str).tolist()
    return short_hashes([f"{day} {name}" for day, name in zip(days, names, strict=True)])


def _key(text: str) -> str:
    """Return a name or an address in the form in which two of them are equal."""
    return phone_key(text) or name_key(text)


def shared_texts(clients: Cleaned, places: Sequence[int]) -> tuple[set[str], list[int]]:
    """Return the names and addresses of some clients that others have too, and the positions of these others."""
    names, found, whose = full_names(clients), set[str](), set[int]()
    columns = [names, *(clients.texts(field).cells() for field in _ADDRESSES)]
    keys = [{at: _key(str(cell)) for at, cell in enumerate(cells) if cell} for cells in columns]
    hers = [
        {known[at]: str(cells[at]) for at in places if at in known} for known, cells in zip(keys, columns, strict=True)
    ]
    for known, own in zip(keys, hers, strict=True):
        those = {at for at, key in known.items() if key in own and at not in places}
        found |= {own[known[at]] for at in those}
        whose |= those
    return found, sorted(whose)


def lines_under(visits: Cleaned, texts: Collection[str]) -> npt.NDArray[np.bool_]:
    """Tell which lines have one of these names and addresses as their client."""
    known = set(map(_key, texts))
    found: npt.NDArray[np.bool_] = visits.texts("client").lookup(lambda cell: _key(str(cell)) in known, False, np.bool_)
    return found


def doubtful_lines(visits: Cleaned, resolution: Resolution, texts: Collection[str]) -> frozenset[int]:
    """Return marks of the lines that one of these names and addresses leaves between several clients."""
    known = set(map(_key, texts))
    hers = {p.row for p in resolution.problems if p.code == _CODE and _key(p.value) in known}
    if not hers:
        return frozenset()
    return frozenset(_marks(visits)[np.isin(visits.table.rows, list(hers))].tolist())


def kept_open(resolution: Resolution, visits: Cleaned, clients: Cleaned, doubtful: Collection[int]) -> Resolution:
    """Return a resolution in which lines of these marks are nobody's, until an id or a phone beside the name says whose."""
    free = (resolution.client >= 0) & ~visits.texts("client_id").filled & ~visits.texts("phone").filled
    if not doubtful or not free.any():
        return resolution
    lines = np.flatnonzero(free & np.isin(_marks(visits), list(doubtful)))
    if not len(lines):
        return resolution
    ids, texts = clients.texts("client_id"), visits.texts("client")
    client, stored = resolution.client.copy(), resolution.client_ids.cells()
    found = []
    for line in lines.tolist():
        params = {"candidates": str(ids.cell(int(client[line])) or "")}
        row = int(visits.table.rows[line])
        found.append(Problem(_CODE, "Visits", row, "client", str(texts.cell(line)), params))
        client[line], stored[line] = -1, None
    problems = (*resolution.problems, *found)
    return replace(resolution, client=client, client_ids=Column.encode(stored), problems=problems)
