"""The owner's word beside a message in Outbox or Calls, read: yes, no, done. A word that is none of these lets nothing go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.crm.cells import parse_choice
from sheetcrm.crm.fields import ANSWERS, BY_HAND, OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sheetcrm.crm.tables import Cell

UNREAD = "unread"
"""She has written something, and what it means is not known."""

MESSAGE = "message"
"""Under this name a problem with such a word has the short key of the message that it is about."""


def spoken(cell: Cell, choices: Mapping[str, str], *, in_doubt: bool = False, goes: bool = False) -> str:
    """Return `yes`, `no` or `done`, `UNREAD` for a word that is none of these, "" where there is none.

    A question is no answer. Of a message `in_doubt` (its outcome is not known) `sent` and `not sent` are words on what became of it, not on
    whether it is to go. Beside one that `goes`, and of which nothing is asked, `not sent` may mean a no: it is not known.
    `choices` are the owner's own words.
    """
    if cell is None:
        return ""
    outcome = parse_choice(cell, OUTCOMES, choices)
    if outcome == "failed" or (outcome and in_doubt):
        return UNREAD if goes and not in_doubt else ""
    word = parse_choice(cell, (*ANSWERS, BY_HAND), choices)
    return "done" if word == BY_HAND or (not word and outcome) else word or UNREAD
