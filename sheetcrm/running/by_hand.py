"""What the owner has seen to herself: a message that she sent by a link, a call that she made. Recorded like any that went out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from sheetcrm.crm.approval import Shown
from sheetcrm.crm.fields import CALL
from sheetcrm.crm.values import Held, Key, Message, Status, key_of
from sheetcrm.delivery.answers import BY_HAND
from sheetcrm.delivery.records import SentRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sheetcrm.crm.outcome import Plan
    from sheetcrm.delivery.journal import Journal
    from sheetcrm.workbook.book import Workbook

DONE, NO = "done", "no"


def record_by_hand(journal: Journal, book: Workbook, plan: Plan, at: datetime) -> bool:
    """Record what she has marked in Outbox and Calls; return whether anything is new, so that the plan is another now.

    `done` in Outbox or Calls is a message that reached its reader; `no` in Calls one that is not to come again.
    """
    words = {short: word for short, word in book.snapshot.ticks.items() if word == DONE}
    words |= {short: word for short, word in book.her_words.called.items() if word in (DONE, NO)}
    if not words:
        return False
    new = False
    for message in _known(plan, book):
        if word := words.pop(message.key.short, ""):
            new |= journal.record_by_hand(message, at, word)
    lost = [_line(book, short, at) for short, word in words.items() if word == DONE]
    return bool(journal.unite(line for line in lost if line is not None)) or new


def _known(plan: Plan, book: Workbook) -> Iterator[Message]:
    """Yield the messages of a plan, those held too: what she did, she did, whatever speaks against it today."""
    whole = (*plan.message_list, *plan.by_hand, *plan.later)
    yield from whole
    told = {message.key for message in whole}
    for held in plan.held_list:
        if (key := key_of(held)) not in told and held.due is not None:
            yield _of_held(held, held.due, key, book)


def _of_held(held: Held, due: date, key: Key, book: Workbook) -> Message:
    row = book.snapshot.shown.get(key.short, Shown())
    channel = row.channel or (CALL if key.short in book.her_words.called else "")
    return Message(key, held.client, due, channel, row.to, row.subject, row.text, row=held.row)


def _line(book: Workbook, short: str, at: datetime) -> SentRow | None:
    """Return the line of a message that the plan does not know any more: its campaign is off, its day has moved. None: no such row."""
    row = book.her_words.row_of(short)
    if row is None:
        return None
    # the occasion is not told in the sheet: the short key stands for it, so that each has a line of its own
    key = Key(str(row["campaign"]), str(row["client_id"]), short)
    if not (key.campaign and key.client_id):
        return None
    line = SentRow.from_cells({**row, "occasion": short, "status": str(Status.SENT), "at": None})
    if line is None:
        return None
    channel = line.channel or CALL
    return replace(line, key=key, short=short, at=at.isoformat(timespec="seconds"), channel=channel, detail=BY_HAND)
