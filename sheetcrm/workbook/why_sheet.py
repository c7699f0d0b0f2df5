"""The sheet Why: for each client and each active campaign whether it was sent, is due, is held, or is not due, and for what reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from sheetcrm.crm.approval import WAITING
from sheetcrm.crm.fields import WHY
from sheetcrm.crm.tables import Cell
from sheetcrm.workbook.program_sheets import AMBER, PLAIN, QUIET, Content, Row

if TYPE_CHECKING:
    from sheetcrm.crm.outcome import Plan
    from sheetcrm.crm.why import WhyLine

MOST = 5000
"""Lines that are written; the last one says how many more there are."""

SAID: Mapping[str, str] = {"sent": "sent", "due": "queued", "held": "held", "not-due": "not-due"}
"""The word that stands in the sheet for what became of a line."""

_TONES = {"held": AMBER, "not-due": QUIET}


def why_content(plan: Plan) -> Content:
    """Return the Why sheet: what was sent on the day, what is due, who is held and why, then who is not due."""
    rows: list[Row] = []
    tones: list[str] = []
    stopped = _stopped(plan)
    for line in islice(plan.why_lines(MOST), MOST):
        status, reason = line.status, line.reason
        if why := stopped.get((line.client, line.campaign, line.due), "") if status in ("due", "held") else "":
            status, reason = "due" if why in WAITING else "held", why
        rows.append(_row(plan, line, status, reason))
        tones.append(_TONES.get(status, PLAIN))
    if len(rows) == MOST and (rest := plan.why_count - MOST) > 0:
        rows[-1] = {"reason": plan.words.say("page_more", count=rest + 1)}
        tones[-1] = QUIET
    return Content(WHY.name, WHY.names, tuple(rows), tuple(tones))


def _row(plan: Plan, line: WhyLine, status: str, reason: str) -> Row:
    words = plan.words
    cells: dict[str, Cell] = {
        "client_id": plan.client_ids[line.client] or None,
        "client": plan.reasons.world.names[line.client] or None if plan.reasons else None,
        "campaign": line.campaign,
        "due": line.due,
        "status": words.choice(SAID[status]),
        "channel": words.choice(line.channel) if line.channel else None,
        "reason": words.reason(reason, detail=line.detail if reason == line.reason else "") if reason else None,
    }
    return cells


def _stopped(plan: Plan) -> dict[tuple[int, str, date | None], str]:
    """Return why messages that are due do not go by her word or for want of it, by her place in the list, campaign and day."""
    if not plan.stopped:
        return {}
    places = {row: at for at, row in enumerate(plan.tables["Clients"].rows.tolist())}
    return {
        (places[m.row], m.key.campaign, m.due): plan.stopped[m.key]
        for m in (*plan.message_list, *plan.later)
        if m.key in plan.stopped and m.row in places
    }
