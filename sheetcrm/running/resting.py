"""What is left when a run is over: what it says each time until it is seen to, and until when nothing more is to be done."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sheetcrm.crm.approval import STOPPED
from sheetcrm.crm.hours import HOURS
from sheetcrm.running import first_send
from sheetcrm.running.answered import doubtful
from sheetcrm.running.erasable import first_of
from sheetcrm.running.leaving_out import rearranged
from sheetcrm.running.reports import RunReport, report_fields, typed
from sheetcrm.running.unchanged import Standing, remember
from sheetcrm.running.upkeep import left_notes, open_note

if TYPE_CHECKING:
    from sheetcrm.crm.outcome import Plan
    from sheetcrm.crm.values import Held
    from sheetcrm.running.saved import Saved
    from sheetcrm.running.session import Session
    from sheetcrm.workbook.book import Workbook

RESTING = "resting"  # `Journal.refusal`
_LIMIT = "limit"
_CLOCK = re.compile(r"\b(\d\d):(\d\d)\b")
_LOOK = timedelta(hours=2)
"""How often one looks for what no file and no plan tells: that a reply has come, that there is room in the day's limit again."""


def held_of_day(plan: Plan) -> int:
    """Return how many messages of the day do not go, for a reason, for want of a tick or by her no."""
    later = sum(message.due <= plan.on < message.day for message in plan.message_list)
    held = sum(held.has_come(plan.on) for held in plan.held_list)  # among them those for a later hour of the day
    refused = sum(m.day <= plan.on and plan.stopped.get(m.key) == STOPPED for m in plan.message_list)
    return held + later + refused + plan.waiting - plan.unread_later


def waits_for_her(plan: Plan, asked: int, not_done: Collection[str]) -> bool:
    """Tell whether something waits for the owner: her yes to the first sending, ticks, decisions, replies, what may have gone."""
    return bool(asked or plan.waiting or _doubtful(plan) or not_done or plan.undecided.asked or plan.opt_outs.forget)


def _doubtful(plan: Plan) -> int:
    return sum(held.has_come(plan.on) for held in doubtful(plan))


def owed_notes(plan: Plan, book: Workbook, path: Path, asked: int, *, named: bool = True) -> list[str]:
    """Say what waits for the owner: her yes to the first sending to many (`asked` messages), ticks, her word on unknown outcomes.

    And on replies: whose, where clients may be `named` (by their ids).
    """
    words, notes = plan.words, []
    if asked:
        notes.append(words.say("first_send_wanted", count=asked))
    if plan.waiting:
        notes.append(words.say("messages_waiting", count=plan.waiting))
    if may_have_gone := _doubtful(plan):
        notes.append(words.say("today_unknown", count=may_have_gone, sheet=title_in(book, "Outbox")))
    unknown = sum(held.reason == "unknown-outcome" for held in plan.held_list)
    if unknown:
        notes.append(words.say("unknown_waiting", count=unknown, book=typed(path)))
    return [*notes, *_reply_notes(plan, book, named=named)]


def _reply_notes(plan: Plan, book: Workbook, *, named: bool) -> list[str]:
    """Say whose replies wait for her word in the client's row."""
    unclear = [plan.client_ids[position] for position, _ in plan.undecided.asked]
    forget = [plan.client_ids[position] for position, _ in plan.opt_outs.forget]
    notes = [unclear_note(book, unclear, named=named)] if unclear else []
    return [*notes, *([forget_note(book, forget, named=named)] if forget else [])]


def unclear_note(book: Workbook, ids: Sequence[str], *, named: bool = True) -> str:
    """Say that replies of these clients may mean no more messages, and where it stands how she decides."""
    clients, sheet = first_of(ids) if named else "…", title_in(book, "Today")
    return book.words.say("replies_unclear", count=len(ids), clients=clients, sheet=sheet)


def forget_note(book: Workbook, ids: Sequence[str], *, named: bool = True) -> str:
    """Say that these clients want all that is kept of them deleted, and how that is done; how many they are, where nobody is named."""
    column = book.raw.tables["Clients"].headers.get("no_contact") or book.words.header("no_contact")
    return book.words.say("replies_forget", clients=first_of(ids) if named else str(len(ids)), column=column)


def resting_notes(plan: Plan, book: Workbook, resting: int) -> list[str]:
    """Say that messages failed for a passing reason and rest until their next try."""
    return [plan.words.say("resting", count=resting, sheet=title_in(book, "Outbox"))] if resting else []


def inbox_folder(book: Workbook) -> Path | None:
    """Return the folder in which replies are looked for, as seen from the workbook; None where none is set."""
    named = book.settings.inbox.strip()
    return book.path.resolve().parent / Path(named).expanduser() if named else None


def title_in(book: Workbook, table: str) -> str:
    """Return the title of the sheet that a table stands in, as the owner has it."""
    placement = book.raw.placements.get(table)
    return placement.sheet if placement else book.words.sheet(table)


def remember_run(session: Session, plan: Plan, saved: Saved, apart: Mapping[str, Collection[str]]) -> None:
    """Note what the next run will find where nothing is changed: nothing to do; unless it has to look again.

    It looks again where something can go, where an id given just now may settle whose a visit is, and where it is not known when a
    message that waits for its hour may go. `apart` as in `deliver`.
    """
    book, journal, now = session.book, session.journal, session.moment.now
    sendable = [m for m in plan.due if saved.ids_stand or m.key.client_id not in plan.new_names.unsure]
    resting = [why for m in sendable if (why := journal.refusal(m, now, apart.get(m.key.client_id, ())))]
    answers = session.environ.get("SHEETCRM_IMAP", "").strip() or book.settings.gateway_status_url
    until = next_moment(plan, journal.next_try(now), now, answers=bool(answers))
    if session.looks_again or saved.conflict or len(resting) < len(sendable) or (until is not None and until <= now):
        return
    if plan.new_names.ids and saved.open_by is None:
        return
    asked, not_done = first_send.waiting(plan), session.merges.not_done(plan)
    unsure = len(plan.due) - len(sendable)
    held = held_of_day(plan) + unsure + asked + len(resting)
    words = plan.words
    report = RunReport(
        held=held,
        waiting=waits_for_her(plan, asked, not_done),
        notes=(
            *([open_note(words, saved.open_by, session.path)] if saved.open_by is not None else ()),
            *left_notes(words, saved),
            *not_done,
            *rearranged(book.raw.tables, words.code),
            *owed_notes(plan, book, session.path, asked),
            *resting_notes(plan, book, resting.count(RESTING)),
        ),
        summary=words.say("run_summary", sent=0, failed=0, unknown=0, held=held),
    )
    found = Standing(
        session.identity.id,
        book.zone.key,
        report_fields(report),
        open_by=saved.open_by,
        until="" if until is None else until.isoformat(),
        inbox=str(inbox_folder(book) or ""),
    )
    remember("run", session.path, book.data, session.moment, found, session.environ)


def next_moment(plan: Plan, next_try: datetime | None, now: datetime, *, answers: bool = False) -> datetime | None:
    """Return when something may become due by the clock alone within the day; None where nothing does.

    `next_try` is that of a message that rests; `answers`: a mailbox or a gateway may have some, of which no file tells.
    """
    waits = [held for held in plan.held_list if held.has_come(plan.on)]
    moments = [] if next_try is None else [next_try]
    moments += [at for held in waits if held.reason in HOURS and (at := _hour(held, plan, now)) is not None]
    if answers or any(held.reason == _LIMIT for held in waits):
        moments.append(now + _LOOK)
    return min(moments, default=None)


def _hour(held: Held, plan: Plan, now: datetime) -> datetime | None:
    """Return the hour of this day for which a message waits; None where that is one of another day."""
    for hour, minute in _CLOCK.findall(held.detail):
        if held.detail == plan.words.say("until_time", when=f"{hour}:{minute}"):
            return now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    return None
