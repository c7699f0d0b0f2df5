"""The journal and the Sent table, each made whole by the other.

Neither an older copy of the workbook nor a lost state folder may make anybody be greeted twice: what either of them
knows to have gone out has gone out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from sheetcrm.crm.lineage import bare_id
from sheetcrm.crm.values import Key, Status, mark_of
from sheetcrm.delivery.erasing import bare_line, erased
from sheetcrm.delivery.records import RANK, SentRow, is_final, parse_at

_COLUMNS = "campaign, client_id, occasion, status, at, client, due, channel, address, subject, text, detail, short"
_PLACES = ", ".join("?" * 14)
_INSERT = f"INSERT INTO messages ({_COLUMNS}, mark, attempts, next_try) VALUES ({_PLACES}, 1, ?)"  # noqa: S608 - our words


class _Mine(NamedTuple):
    """What the journal has about a message."""

    seq: int
    status: str
    answered: str | None
    detail: str = ""


def read(db: sqlite3.Connection) -> list[SentRow]:
    """Return all messages of the journal as lines of the Sent table, in the order in which they were begun."""
    return [
        SentRow(
            Key(*row[:3]),
            Status(row[3]),
            row[4],
            row[5],
            _day(row[6]),
            row[7],
            row[8],
            row[9],
            row[10],
            row[11],
            row[12],
        )
        for row in db.execute(f"SELECT {_COLUMNS} FROM messages ORDER BY seq")  # noqa: S608 - our own words
    ]


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def unite(db: sqlite3.Connection, lines: Iterable[SentRow]) -> int:
    """Take in what these lines know better; return how many. A line is met by its short key first.

    She may have edited the ids in the sheet; the short key is a hash of what they were.
    """
    known: dict[Key | str, _Mine] = {}
    for row in db.execute("SELECT campaign, client_id, occasion, short, seq, status, answered, detail FROM messages"):
        known[Key(*row[:3])] = known[row[3]] = _Mine(*row[4:])
    taken, gone = 0, erased(db)
    for given in lines:
        if given.status not in RANK:
            continue  # queued: nothing was decided
        line = _with_whole_key(given)
        short = line.short or line.key.short
        mine = known.get(short) or known.get(line.key)
        if mine is None:
            seq = db.execute(_INSERT, _values(line, short, bare=bare_id(line.key.client_id) in gone)).lastrowid or 0
            mine = _Mine(seq, line.status, None)
        elif _knows_better(line, mine):
            line = bare_line(line) if bare_id(line.key.client_id) in gone else line
            db.execute(
                "UPDATE messages SET status = ?, at = ?, detail = ?, next_try = NULL WHERE seq = ?",
                (line.status, line.at, line.detail, mine.seq),
            )
            mine = mine._replace(status=line.status)
        else:
            continue
        known[short] = known[line.key] = mine
        taken += 1
    return taken


def _with_whole_key(line: SentRow) -> SentRow:
    """Give a line whose ids were wiped a key of its own; its short key still keeps the message from going again."""
    if line.key.campaign and line.key.client_id:
        return line
    return replace(line, key=Key("", "", line.short or line.key.short))


def _values(line: SentRow, short: str, *, bare: bool) -> tuple[str | None, ...]:
    due = line.due.isoformat() if line.due else ""
    mark = mark_of(line.to) if line.to else ""
    line = bare_line(line) if bare else line  # of who was erased since: the sheet is an older copy
    again = "" if line.status == Status.FAILED and not is_final(line.detail) else None
    words = (line.client, due, line.channel, line.to, line.subject, line.text, line.detail)
    return (*line.key, line.status, line.at, *words, short, mark, again)


def _knows_better(line: SentRow, mine: _Mine) -> bool:
    if mine.status == Status.FAILED and mine.answered is not None and line.status in _overruled(mine):
        then, known = parse_at(line.at), parse_at(mine.answered)
        # that attempt is known to have failed, or a later one: the sheet is older than what we were told
        return then is not None and known is not None and (then - known).total_seconds() > 1
    return RANK[line.status] > RANK[Status(mine.status)]


def _overruled(mine: _Mine) -> tuple[Status, ...]:
    """Return what the sheet may say of an attempt that has failed by the owner's word, or because the mail came back."""
    more = (Status.SENT,) if is_final(mine.detail) else ()
    return (Status.UNKNOWN, Status.SKIPPED, *more)
