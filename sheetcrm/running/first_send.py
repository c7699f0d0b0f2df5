"""The first live sending of a workbook to many people waits for the owner's yes; until then Outbox says so."""

from __future__ import annotations

from dataclasses import replace

from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.settings import Settings
from sheetcrm.delivery.journal import Journal

MANY = 20
"""A first live sending to more people than this wants the owner's yes."""

FIRST_SEND = "first-send"
"""Why messages of a first live sending to many do not go."""

_DONE = "first_live"


def marked(plan: Plan, settings: Settings, journal: Journal) -> Plan:
    """Return the plan with the messages of the day stopped, where they are many and nothing like that has gone out yet.

    It says what a plain run would do; a run that has her yes, or sends only a few of them, takes the mark off (`unmarked`).
    """
    if settings.first_send or journal.get(_DONE) or len(plan.due) <= MANY:
        return plan
    return replace(plan, stopped={**plan.stopped, **dict.fromkeys((m.key for m in plan.due), FIRST_SEND)})


def unmarked(plan: Plan) -> Plan:
    """Return the plan without that mark."""
    return replace(plan, stopped={key: why for key, why in plan.stopped.items() if why != FIRST_SEND})


def waiting(plan: Plan) -> int:
    """Return how many messages wait for her yes."""
    return sum(why == FIRST_SEND for why in plan.stopped.values())


def note(journal: Journal, sent: int, day: str) -> None:
    """Remember that many have gone out: the next ones need no yes."""
    if sent > MANY:
        journal.set(_DONE, day)
