"""Clients whose reply may mean that they want nothing more, until the owner has read it and says what is meant. Pure.

She says so in the client's own row: “no” in each consent or a yes under `no_contact`, or the day of the client's yes, not before that of
the reply, under `consent_date`. Until then nothing of marketing goes there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.fields import CONSENT_OF_CHANNEL
from sheetcrm.crm.values import mark_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import numpy.typing as npt

    from sheetcrm.crm.tables import Cleaned

    Mask = npt.NDArray[np.bool_]

EMAILS = ("email", "other_email")


@dataclass(frozen=True)
class Undecided:
    """Rows of clients (positions) with the day of the reply that nobody has decided about; and the marks that are decided by now."""

    asked: tuple[tuple[int, date], ...] = ()
    decided: frozenset[str] = frozenset()


def undecided(clients: Cleaned, unclear: Mapping[str, str]) -> Undecided:
    """Return what is open of the replies in `unclear` (mark of the address → ISO moment). An address that no row has stays as it is."""
    if not unclear:
        return Undecided()
    asked: dict[int, date] = {}
    seen, unsettled = set[str](), set[str]()
    may_be_asked, agreed = _may_be_asked(clients), clients.days("consent_date")
    for position, mark in _marks(clients, unclear):
        seen.add(mark)
        day = date.fromisoformat(unclear[mark][:10])
        if may_be_asked[position] and not agreed[position] >= np.datetime64(day):  # NaT is never later
            unsettled.add(mark)
            asked[position] = max(day, asked.get(position, day))
    return Undecided(tuple(sorted(asked.items())), frozenset(seen - unsettled))


def with_email_among(clients: Cleaned, marks: Collection[str]) -> Mask:
    """Tell in which rows an e-mail address with one of these marks stands."""
    found: Mask = np.zeros(len(clients), dtype=np.bool_)
    if marks:
        for name in EMAILS:
            found |= clients.texts(name).lookup(lambda address: mark_of(address) in marks, False, np.bool_)
    return found


def _marks(clients: Cleaned, unclear: Collection[str]) -> list[tuple[int, str]]:
    """Return (position, mark) of the addresses that are meant."""
    rows = np.flatnonzero(with_email_among(clients, unclear)).tolist()
    cells = ((row, clients.texts(name).cell(row)) for row in rows for name in EMAILS)
    return [(row, mark) for row, cell in cells if cell is not None and (mark := mark_of(str(cell))) in unclear]


def _may_be_asked(clients: Cleaned) -> Mask:
    """Tell to whom marketing could go."""
    some: Mask = np.zeros(len(clients), dtype=np.bool_)
    for name in CONSENT_OF_CHANNEL.values():
        some |= clients.texts(name).objects("") == "yes"
    reached: Mask = some & (clients.texts("no_contact").objects("") != "yes")
    return reached
