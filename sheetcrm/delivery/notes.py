"""What the journal remembers beside the messages: ids, members of segments, values it wrote, dates of runs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from sheetcrm.crm.values import Key, Ledger, SentRecord, Status, Trace
from sheetcrm.delivery import optouts

_ORDER, _RETYPED = "id_order", "retyped_ids"


def ledger(db: sqlite3.Connection) -> Ledger:
    """Return what planning needs to know, as pure data."""
    inside: dict[str, set[str]] = {campaign: set() for (campaign,) in db.execute("SELECT campaign FROM watched")}
    for campaign, client_id in db.execute("SELECT campaign, client_id FROM inside"):
        inside.setdefault(campaign, set()).add(client_id)
    entered = db.execute("SELECT campaign, client_id, day FROM entered")
    pending = db.execute("SELECT fingerprint, client_id FROM pending")
    written = db.execute("SELECT client_id, field, text FROM written")
    persons: dict[str, int] = dict(db.execute("SELECT client_id, person FROM ids"))
    return Ledger(
        sent=_messages(db),
        first_run=_day(meta(db, "first_run")),
        inside={campaign: frozenset(ids) for campaign, ids in inside.items()},
        entered={(campaign, client_id): date.fromisoformat(day) for campaign, client_id, day in entered},
        ids_used=frozenset(persons),
        ids_pending={tuple(json.loads(fingerprint)): client_id for fingerprint, client_id in pending},
        written={(client_id, field): text for client_id, field, text in written},
        campaigns=_campaigns(db),
        confirmed=frozenset(meta(db, "confirmed").split()),
        persons={client_id: mark for client_id, mark in persons.items() if mark},
        named=_named(db),
        id_order=tuple(json.loads(meta(db, _ORDER, "[]"))),
        retyped=_retyped(db),
        suppressed=optouts.suppressed(db),
        bounced=frozenset(optouts.bounced(db)),
        unclear=optouts.unclear(db),
    )


def _campaigns(db: sqlite3.Connection) -> dict[str, Trace]:
    rows = db.execute("SELECT alike, name, trigger, definition, former, perhaps, since, gone FROM campaigns")
    return {
        alike: Trace(
            name, trigger, told, tuple(json.loads(former)), tuple(json.loads(perhaps)), _day(since), bool(gone)
        )
        for alike, name, trigger, told, former, perhaps, since, gone in rows
    }


def _messages(db: sqlite3.Connection) -> dict[Key, SentRecord]:
    found = {}
    for row in db.execute(
        "SELECT campaign, client_id, occasion, status, next_try, due, at, address, channel, purpose, mark,"
        " status = 'skipped' AND detail = 'by hand' FROM messages"
        " ORDER BY seq"
    ):
        key, status, again = Key(*row[:3]), row[3], row[4]
        if status == Status.FAILED and again is not None:
            status = Status.QUEUED
        at, to, channel, purpose, mark, declined = row[6:]
        found[key] = SentRecord(key, str(status), _day(row[5]), at, to, channel, purpose, mark, bool(declined))
    return found


def gone_since(db: sqlite3.Connection, since: datetime) -> list[str]:
    """Return the channel of each message that went out after that moment, or may have, other than by hand or as a file.

    A line made again from the sheet has no zone: it is taken for the business's own, as `since` has it.
    """
    rows = db.execute(
        "SELECT channel, at FROM messages WHERE status IN ('sent', 'unknown', 'sending') AND at >= ?"
        " AND detail NOT IN ('by hand', 'written to a file')",
        ((since - timedelta(days=2)).date().isoformat(),),  # text that sorts, whatever the zone
    )
    return [channel for channel, at in rows if (went := _moment(at, since)) is not None and went > since]


def _moment(at: str, like: datetime) -> datetime | None:
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=like.tzinfo)


def meta(db: sqlite3.Connection, name: str, default: str = "") -> str:
    """Return a remembered value."""
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else default


def replace_pending(db: sqlite3.Connection, pending: Mapping[tuple[str, ...], str]) -> None:
    """Make the ids that wait for their cell exactly these."""
    wanted = {(json.dumps(list(parts), ensure_ascii=False), client_id) for parts, client_id in pending.items()}
    present = set(db.execute("SELECT fingerprint, client_id FROM pending"))
    # only what differs is touched: an unchanged plan writes nothing
    db.executemany("DELETE FROM pending WHERE fingerprint = ? AND client_id = ?", present - wanted)
    db.executemany("INSERT INTO pending VALUES (?, ?)", wanted - present)


def replace_members(db: sqlite3.Connection, inside: Mapping[str, Collection[str]]) -> None:
    """Make the members of each of these campaigns' segments exactly these."""
    for campaign, members in inside.items():
        db.execute("INSERT OR IGNORE INTO watched VALUES (?)", (campaign,))
        wanted = {(campaign, client_id) for client_id in members}
        present = set(db.execute("SELECT campaign, client_id FROM inside WHERE campaign = ?", (campaign,)))
        db.executemany("DELETE FROM inside WHERE campaign = ? AND client_id = ?", present - wanted)
        db.executemany("INSERT INTO inside VALUES (?, ?)", wanted - present)


# an upsert that changes nothing would still write the page, and sync it: hence the WHERE


def keep_entries(db: sqlite3.Connection, entered: Mapping[tuple[str, str], date]) -> None:
    """Remember the days on which clients entered the segments of campaigns."""
    db.executemany(
        "INSERT INTO entered VALUES (?, ?, ?)"
        " ON CONFLICT (campaign, client_id) DO UPDATE SET day = excluded.day WHERE day != excluded.day",
        ((campaign, client_id, day.isoformat()) for (campaign, client_id), day in entered.items()),
    )


def keep_written(db: sqlite3.Connection, written: Mapping[tuple[str, str], str | None]) -> None:
    """Remember what we wrote into cells; None forgets."""
    gone = [place for place, text in written.items() if text is None]
    db.executemany("DELETE FROM written WHERE client_id = ? AND field = ?", gone)
    db.executemany(
        "INSERT INTO written VALUES (?, ?, ?)"
        " ON CONFLICT (client_id, field) DO UPDATE SET text = excluded.text WHERE text != excluded.text",
        ((*place, text) for place, text in written.items() if text is not None),
    )


def keep_campaigns(db: sqlite3.Connection, campaigns: Mapping[str, Trace]) -> None:
    """Remember campaigns of the table, by `name_alike`."""
    lines = (
        (
            *(alike, one.name, one.trigger, one.definition),
            *(json.dumps(list(names), ensure_ascii=False) for names in (one.former, one.perhaps)),
            one.since.isoformat() if one.since else "",
            one.gone,
        )
        for alike, one in campaigns.items()
    )
    db.executemany(
        "INSERT INTO campaigns VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (alike) DO UPDATE SET"
        " name = excluded.name, trigger = excluded.trigger, definition = excluded.definition,"
        " former = excluded.former, perhaps = excluded.perhaps, since = excluded.since, gone = excluded.gone WHERE"
        " (name, trigger, definition, former, perhaps, since, gone) != (excluded.name, excluded.trigger,"
        " excluded.definition, excluded.former, excluded.perhaps, excluded.since, excluded.gone)",
        lines,
    )


def keep_persons(db: sqlite3.Connection, persons: Mapping[str, int]) -> None:
    """Remember ids as used, each with a mark of whom it names now."""
    db.executemany(
        "INSERT INTO ids VALUES (?, ?)"
        " ON CONFLICT (client_id) DO UPDATE SET person = excluded.person WHERE person != excluded.person",
        persons.items(),
    )


def keep_named(db: sqlite3.Connection, named: Mapping[str, Collection[int]]) -> None:
    """Remember by which texts visits name each client id, as short hashes."""
    pairs = ((client_id, text) for client_id, texts in named.items() for text in texts)
    db.executemany("INSERT OR IGNORE INTO named VALUES (?, ?)", pairs)


def _named(db: sqlite3.Connection) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for client_id, text in db.execute("SELECT client_id, text FROM named"):
        found.setdefault(client_id, set()).add(text)
    return {client_id: frozenset(texts) for client_id, texts in found.items()}


def keep_order(db: sqlite3.Connection, ids: Sequence[str] | None) -> None:
    """Remember in which order client ids stand in the list; None leaves it as it was."""
    if ids is not None:
        keep_meta(db, {_ORDER: json.dumps(ids, ensure_ascii=False)})


def keep_retyped(db: sqlite3.Connection, retyped: Mapping[str, str]) -> None:
    """Remember under which ids clients stand whose ids are gone, beside those that are known."""
    if retyped:
        keep_meta(db, {_RETYPED: json.dumps(_retyped(db) | dict(retyped), ensure_ascii=False)})


def _retyped(db: sqlite3.Connection) -> dict[str, str]:
    return dict(json.loads(meta(db, _RETYPED, "{}")))


def keep_meta(db: sqlite3.Connection, values: Mapping[str, str]) -> None:
    """Remember values by name."""
    db.executemany(
        "INSERT INTO meta VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value != excluded.value",
        values.items(),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:  # none, or what an earlier version left: no reason to stop all sending
        return None
