"""Why a message may not go now: what the journal knows of it, of its address, and of who reads that."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from datetime import datetime

from sheetcrm.crm.lineage import bare_id
from sheetcrm.crm.values import Message, Status, mark_of
from sheetcrm.delivery import erasing, optouts
from sheetcrm.delivery.records import moment
from sheetcrm.languages.folding import name_alike

_GONE = (Status.SENT, Status.SENDING, Status.UNKNOWN)  # what reached a person, or may have
_SETTLED = (*_GONE, Status.SKIPPED)

_ALIKE = "campaign IN (SELECT value FROM json_each(?)) AND occasion = ?"
# from one name to the next in the index: DISTINCT would walk over all messages for each one that is sent
_CAMPAIGNS = """
WITH RECURSIVE names (name) AS (
    SELECT min(campaign) FROM messages
    UNION ALL SELECT (SELECT min(campaign) FROM messages WHERE campaign > name) FROM names WHERE name IS NOT NULL
) SELECT name FROM names WHERE name IS NOT NULL
"""


def refusal(db: sqlite3.Connection, message: Message, at: datetime, apart: Collection[str] | None) -> str:
    """Do what `Journal.refusal` says."""
    key = message.key
    campaigns = _spellings(db, key.campaign)
    # the short key too: a line united from a sheet in which she edited the ids has no other
    known = db.execute(
        f"SELECT status, next_try FROM messages WHERE ({_ALIKE} AND client_id = ?) OR short = ?",  # noqa: S608 - our own words
        (campaigns, key.occasion, key.client_id, key.short),
    )
    for status, again in known.fetchall():
        if status in _SETTLED:
            return "done"
        if again is None:
            return "failed"
        if again > moment(at):
            return "resting"
    gone = bare_id(key.client_id) in erasing.erased(db)
    if why := "erased" if gone else optouts.refusal(db, message):
        return why
    if apart is None:
        return ""
    same = db.execute(
        f"SELECT client_id FROM messages WHERE mark = ? AND {_ALIKE} AND client_id != ? AND status IN (?, ?, ?)",  # noqa: S608 - same
        (mark_of(message.to), campaigns, key.occasion, key.client_id, *_GONE),
    )
    return "same-address" if any(client_id not in apart for (client_id,) in same.fetchall()) else ""


def _spellings(db: sqlite3.Connection, campaign: str) -> str:
    """Return, as JSON, all names under which that campaign was sent: another case or blank makes no other one."""
    alike = name_alike(campaign)
    names = db.execute(_CAMPAIGNS).fetchall()
    return json.dumps([campaign, *(name for (name,) in names if name_alike(name) == alike)])
