"""The sheet Calls: whom the owner is to call, why, with which words, and when it suits; she notes beside it that it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.crm.fields import CALLS, TRIGGERS
from sheetcrm.languages import choices_named
from sheetcrm.languages.folding import name_alike
from sheetcrm.workbook.program_sheets import AMBER, PLAIN, Content, Row

if TYPE_CHECKING:
    from sheetcrm.crm.outcome import Plan
    from sheetcrm.crm.values import Message

FROZEN = 4
"""Columns that stay in sight: up to the name."""


def calls_content(plan: Plan) -> Content:
    """Return the Calls sheet: those due in the plan's days and those that are late, the most urgent first.

    A call stays until she has said that it is done or not wanted, or until it is too late.
    """
    calls = sorted(plan.calls, key=lambda call: call.due)
    reasons = _reasons(plan) if calls else {}
    rows = tuple(_row(call, reasons.get(name_alike(call.key.campaign), call.key.campaign)) for call in calls)
    tones = tuple(AMBER if call.due < plan.on else PLAIN for call in calls)
    return Content(CALLS.name, CALLS.names, rows, tones, frozen=FROZEN)


def _row(call: Message, reason: str) -> Row:
    return {
        "key": call.key.short,
        "campaign": call.key.campaign,
        "client_id": call.key.client_id,
        "client": call.client,
        "due": call.due,
        "to": call.to,
        "reason": reason,
        "text": call.text,
        "contact_time": call.contact_time or None,
    }


def _reasons(plan: Plan) -> dict[str, str]:
    """Return what each campaign is about, in a word, by `name_alike`."""
    table = plan.tables.get("Campaigns")
    if table is None:
        return {}
    found: dict[str, str] = {}
    for name, trigger in zip(table.column("campaign").cells(), table.column("trigger").cells(), strict=True):
        word = next((one for one in choices_named(str(trigger or "")) if one in TRIGGERS), "")
        if word:
            found.setdefault(name_alike(str(name or "")), plan.words.choice(word))
    return found
