"""Look at a workbook without writing anything, anywhere."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from sheetcrm.crm.cells import is_yes_cell
from sheetcrm.crm.fields import CONSENT_OF_CHANNEL
from sheetcrm.crm.formats import locale, short_date
from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.planning import plan as make_plan
from sheetcrm.crm.values import Doubt, Ledger, key_of
from sheetcrm.crm.why import NOT_DUE
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.records import SentRow, parse_at
from sheetcrm.delivery.state import state_folder
from sheetcrm.errors import UsageError
from sheetcrm.languages import choices_named
from sheetcrm.running.answered import answered, asked
from sheetcrm.running.carriers import channels_of
from sheetcrm.running.clock import moment
from sheetcrm.running.erasable import asked_notes, gone_notes
from sheetcrm.running.identity import remembered_id
from sheetcrm.running.leaving_out import rearranged
from sheetcrm.running.likeness import remembered
from sheetcrm.running.merges import astray_notes
from sheetcrm.running.passwords import password_for
from sheetcrm.running.reports import Look, typed
from sheetcrm.running.rivals import rivals, two_versions
from sheetcrm.workbook.book import Workbook, read_workbook
from sheetcrm.workbook.lost_keys import with_keys_found
from sheetcrm.workbook.room import ids_apart_in

_UNSEEN = timedelta(14)
"""How long at least a workbook may have run before its journal was lost, where it does not say since when: that time is asked about.

As long as most messages may be late: one that is neither sent nor held would be lost without a word.
"""


def ledger_of(journal: Journal) -> Ledger:
    """Return what the journal knows, for planning, and what is in doubt because an earlier one was lost."""
    until = journal.get("doubt_until")
    ledger = replace(journal.ledger(), asked=asked(journal))
    if not until:
        return ledger
    return replace(ledger, doubt=Doubt(_day(until) or date.max, ledger.confirmed))


def begin(journal: Journal, book: Workbook, on: date) -> None:
    """Note the first day of a journal; in one that takes the place of a lost one, that all up to this day is in doubt besides.

    Lost it was if this id was not made together with it: the workbook may have sent, and may be an older copy by now.
    """
    if _day(journal.get("first_run")):
        return
    known = {"first_run": on.isoformat()}
    if not journal.get("fresh"):
        known["doubt_until"] = on.isoformat()
        known["first_run"] = _first_run(book, on).isoformat()
    journal.record_plan(meta=known)  # at once: a killed run leaves no journal that looks as if none had been lost


def _first_run(book: Workbook, on: date) -> date:
    """Return the day of the first run by what the workbook says, of itself and in Sent."""
    sent = [at.date() for row in _sent_rows(book) if (at := parse_at(row.at))]
    return min([on, _day(book.identity.since) or on - _UNSEEN, *sent])


def unite(journal: Journal, book: Workbook) -> None:
    """Take in what the tables Sent and Changes know."""
    journal.unite(_sent_rows(book))
    journal.unite_acts(book.acts_told(), sealed=book.raw.encrypted)


def _sent_rows(book: Workbook) -> list[SentRow]:
    return [row for cells in book.sent_cells() if (row := SentRow.from_cells(cells)) is not None]


def _day(text: str) -> date | None:
    at = parse_at(text)
    return at.date() if at else None


def open_workbook(path: str | os.PathLike[str], password: str | None = None) -> Workbook:
    """Open a workbook: a snapshot of its tables as DataFrames, with the journal's keys. Writes nothing.

    `clients`, `visits` and `services` are DataFrames indexed by Excel row number (the index is named "row"): dates datetime64, money
    and numbers float64, text str.

    Where a password is wanted and none given, the environment's or the keyring's is taken (`SHEETCRM_WORKBOOK_PASSWORD`). Raises
    WorkbookUnreadable, WorkbookPassword, TablesNotFound.
    """
    return _opened(Path(path), None, password)


def _opened(path: Path, on: date | None, password: str | None) -> Workbook:
    password = password_for(path, password)
    return with_memory(read_workbook(path, password=password), on, password)


def with_memory(book: Workbook, on: date | None, password: str | None) -> Workbook:
    """Return a workbook with what is recorded of it, and of what was done to its clients; nothing is noted."""
    state = state_folder(os.environ)
    known = book.identity.id or remembered_id(state, book.path, book.data, password)
    if not known:
        return book
    with Journal.read(state, known) as journal:
        begin(journal, book, moment(book.zone, on).on)
        answered(journal, book)
        unite(journal, book)
        known_book = book.with_ledger(ledger_of(journal), journal.acts())
        return known_book.with_likeness(remembered(journal, state, known))


def reading_journal(book: Workbook, password: str | None = None) -> Journal:
    """Return a copy in memory of what is recorded of a workbook, whatever is done to it; empty where nothing is."""
    state, password = state_folder(os.environ), password_for(book.path, password)
    return Journal.read(state, book.identity.id or remembered_id(state, book.path, book.data, password))


def look(
    path: Path,
    *,
    on: date | None = None,
    days: int | None = 1,
    why: bool = False,
    password: str | None = None,
    any_hour: bool = False,
) -> Look:
    """Open a workbook and plan from it, so many days ahead; None: as far as Outbox looks.

    The day itself is judged by the hour as a run would, a day that is named by its noon; with `any_hour` no hour makes a difference.
    """
    book = _opened(path, on, password)
    at = moment(book.zone, on)
    ahead = book.settings.outbox_days if days is None else days
    now, channels = None if any_hour else at.now.time(), channels_of(book, os.environ)
    plan = make_plan(book, on=at.on, days=ahead, why=why, channels=channels, now=now)
    if (keyed := with_keys_found(book, plan)) is not book:
        book, plan = keyed, make_plan(keyed, on=at.on, days=ahead, why=why, channels=channels, now=now)
    notes = [
        *other_versions(book, password),
        *rearranged(book.raw.tables, book.words.code),
        *astray_notes(plan),
        *gone_notes(plan, path),
        *asked_notes(book),
    ]
    return Look(book, plan, tuple(why_nothing(book, plan)), tuple(notes))


def of_channel(seen: Look, channel: str) -> Look:
    """Return the same with the messages of one channel only, those held that are written for it too. Raises UsageError."""
    word = next((w for w in (channel.strip().casefold(), *choices_named(channel)) if w in CONSENT_OF_CHANNEL), "")
    if not word:
        raise UsageError(
            f"“{channel}” is no channel.",
            f"Write one of {', '.join(CONSENT_OF_CHANNEL)}.",
            text="no-channel",
            params={"value": channel, "choices": ", ".join(CONSENT_OF_CHANNEL)},
        )
    plan = seen.plan
    by_hand = tuple(message for message in plan.by_hand if message.channel == word)
    later = tuple(message for message in plan.later if message.channel == word)
    keys = {message.key for message in (*by_hand, *later)}
    those = replace(
        plan,
        message_list=tuple(message for message in plan.message_list if message.channel == word),
        by_hand=by_hand,
        later=later,
        held_list=tuple(held for held in plan.held_list if key_of(held) in keys),
    )
    return replace(seen, plan=those)


def other_versions(book: Workbook, password: str | None = None) -> list[str]:
    """Say that there are other versions of the workbook beside it, in one line; nothing where there is none."""
    state, password = state_folder(os.environ), password_for(book.path, password)
    known = book.identity.id or remembered_id(state, book.path, book.data, password)
    found = rivals(book, known, os.environ, password)
    if not found:
        return []
    problem = two_versions(book.path, found)
    spoken = book.words.error(problem.text, book=typed(book.path), **problem.params)
    return [" ".join(spoken or (problem.message, problem.hint))]


def ids_apart_note(book: Workbook) -> list[str]:
    """Say that the clients' ids stand where her sorting leaves them behind, in one line; nothing where they do not."""
    area = ids_apart_in(book)
    if not area:
        return []
    place = book.raw.placements["Clients"]
    return [book.words.say("ids_apart", table=place.sheet, area=area, headers=place.headers.get("client_id", ""))]


def why_nothing(book: Workbook, plan: Plan) -> list[str]:
    """Say, where no message is due, why that is so and what to do next: the owner never sees a bare 0."""
    if plan.message_list:
        return []
    words = plan.words
    clients = book.snapshot.tables["Clients"]
    lines = [words.say("nothing_due", date=short_date(plan.on, locale(words.code, book.settings.country)))]
    if not len(clients):
        return [*lines, words.say("why_no_clients", sheet=clients.sheet or words.sheet("Clients"))]
    campaigns = book.active_campaigns()
    if campaigns == 0:
        lines.append(words.say("why_no_campaigns"))
    consents = sum(is_yes_cell(cell, book.settings.choices) for cell in clients.column("email_consent").cells())
    if not consents:
        field = clients.headers.get("email_consent") or words.header("email_consent")
        lines.append(words.say("why_no_consent", count=0, total=len(clients), field=field))
    if not clients.column("birthday").filled.any():
        lines.append(words.say("why_no_birthdays", field=clients.headers.get("birthday") or words.header("birthday")))
    held = any(h.reason not in NOT_DUE for h in plan.held_list)
    if len(lines) == 1 and not held:
        sent_today = any(record.due == plan.on for record in book.ledger.sent.values())
        lines.append(words.say("why_all_sent" if sent_today else "why_none_today"))
    lines.append(words.say("next_days", book=typed(book.path)))
    return lines
