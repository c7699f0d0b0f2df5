"""Visits typed by a name that two clients had until one was erased: whose they were nobody knows, and no other is guessed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.people import name_key
from sheetcrm.crm.short_hashes import short_hashes
from sheetcrm.crm.tables import Column
from sheetcrm.crm.values import Problem

if TYPE_CHECKING:
    from collections.abc import Collection

    from sheetcrm.crm.resolving import Resolution
    from sheetcrm.crm.tables import Cleaned

_CODE = "ambiguous-client"


def _marks(visits: Cleaned) -> npt.NDArray[np.int64]:
    """Return a short hash of each line's day and name: the name of who is erased cannot be kept."""
    names = visits.texts("client").map(lambda text: name_key(str(text))).objects("").tolist()
    days = visits.days("date").astype(str).tolist()
    return short_hashes([f"{day} {name}" for day, name in zip(days, names, strict=True)])


def doubtful_lines(visits: Cleaned, resolution: Resolution, names: Collection[str]) -> frozenset[int]:
    """Return marks of the lines that one of these names (`name_key`) leaves between several clients."""
    hers = {p.row for p in resolution.problems if p.code == _CODE and name_key(p.value) in names}
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
