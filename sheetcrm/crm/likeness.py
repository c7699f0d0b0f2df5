"""Who in a client list may be one person: searched for once, when it is asked for, and with what is remembered of an earlier run."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.values import Problem

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy.typing as npt

    from sheetcrm.crm.linkage.clients import Pair
    from sheetcrm.crm.linkage.memory import Memory
    from sheetcrm.crm.tables import Table
    from sheetcrm.languages import Language

_TIERS = frozenset({"certain", "likely", "maiden-name"})
_TOLD = 2  # reasons; the sheet Duplicates has all


class Search:
    """The pairs of a client table that may be one person; rows in `apart` (a mask: those merged into another) are in none.

    `memory` is what an earlier run remembered; without one all rows are compared, and nothing is remembered.
    """

    def __init__(self, clients: Table, apart: npt.NDArray[np.bool_], memory: Memory | None = None) -> None:
        self._clients, self._apart, self._before = clients, apart, memory

    @cached_property
    def _found(self) -> tuple[list[Pair], Memory | None]:
        from sheetcrm.crm.linkage.clients import pairs_recalled  # noqa: PLC0415 - looked for when asked for

        return pairs_recalled(self._clients, self._apart, self._before)

    @property
    def pairs(self) -> list[Pair]:
        """The pairs, strongest first."""
        return self._found[0]

    @property
    def news(self) -> Memory | None:
        """What is to be remembered for the next run: nothing if nobody has asked for the pairs, or what was remembered still serves."""
        if "_found" not in self.__dict__ or self._found[1] is self._before:
            return None
        return self._found[1]


def probable_duplicates(clients: Table, new: Collection[int], search: Search, words: Language) -> tuple[Problem, ...]:
    """Return a warning for each new client (by position) who may be one that is there: who that is, and why.

    `new` are rows to which an id is yet to be given. Where no row has one, the list itself is new, and warns of nothing.
    """
    known = clients.column("client_id").filled
    if not new or not known.any():
        return ()
    from sheetcrm.crm.linkage.reasons import shown_name  # noqa: PLC0415 - where there is somebody new

    rows = clients.rows.tolist()
    new, warned = set(new), {}
    for pair in search.pairs:
        for one, other in ((pair.left, pair.right), (pair.right, pair.left)):
            if pair.tier in _TIERS and one in new and known[other] and one not in warned:
                reasons = [reason.text(words) for reason in pair.reasons if reason.points > 0]
                params = {
                    "other_row": str(rows[other]),
                    "client": shown_name(clients.columns, other),
                    "reasons": "; ".join(reasons[:_TOLD]),
                }
                value = shown_name(clients.columns, one)
                warned[one] = Problem("probable-duplicate", "Clients", rows[one], None, value, params)
    return tuple(warned[position] for position in sorted(warned))
