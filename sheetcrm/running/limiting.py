"""What is too much for this day: held in the plan, and gone with a later run by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.settings import Settings
from sheetcrm.crm.values import Held
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.limits import LIMIT, Limits, beyond
from sheetcrm.errors import SheetcrmError


def limits_of(settings: Settings, environ: Mapping[str, str]) -> Limits:
    """Return the limits that the owner has set, else those of the provider whose mail server sends."""
    try:
        server = SmtpConfig.load(settings, environ)
    except SheetcrmError:  # none, or one that cannot be meant: said where it is to be used
        server = None
    return Limits.of(settings, server)


def limited(plan: Plan, settings: Settings, journal: Journal, environ: Mapping[str, str], at: datetime) -> Plan:
    """Return the plan with those messages held that are too many for the 24 hours up to `at`; the first ones in it go."""
    kept = beyond(plan.due, limits_of(settings, environ), journal, at)
    if not kept:
        return plan
    rest = [m for m in plan.message_list if m.key in kept]
    held = [Held(m.key.campaign, m.key.client_id, m.client, m.key.occasion, m.due, LIMIT, row=m.row) for m in rest]
    those = tuple(m for m in plan.message_list if m.key not in kept)
    return replace(plan, message_list=those, held_list=(*plan.held_list, *held))
