"""What a run would not fail by, and what would still keep messages from going: told by `doctor`, a line each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sheetcrm.crm.cells import is_yes_cell
from sheetcrm.crm.formats import locale, short_date
from sheetcrm.crm.planning import plan as make_plan
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.mail import mailbox
from sheetcrm.delivery.providers import provider_of_host
from sheetcrm.delivery.state import state_folder
from sheetcrm.errors import SheetcrmError
from sheetcrm.running import first_send, system_jobs
from sheetcrm.running.clock import moment
from sheetcrm.running.last_run import day_of
from sheetcrm.running.looking import reading_journal
from sheetcrm.running.other_files import other_files
from sheetcrm.running.reports import typed
from sheetcrm.running.resting import title_in
from sheetcrm.running.scheduling import Job

if TYPE_CHECKING:
    from sheetcrm.crm.outcome import Plan
    from sheetcrm.delivery.journal import Journal
    from sheetcrm.workbook.book import Workbook

_OF_TEXTS = frozenset({"template-error", "unknown-template", "unknown-field"})
_TOKEN_COMMAND = "SHEETCRM_SMTP_TOKEN_COMMAND"  # noqa: S105 - the name of a variable


def advice(book: Workbook, password: str | None = None, environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return what the owner should know before the first run, in her language."""
    plan = make_plan(book, on=moment(book.zone).on)
    with reading_journal(book, password) as journal:
        lines = (
            *_last_run(book, journal),
            *other_files(state_folder(environ), book, book.identity.id, journal),
            *_job(book, environ),
            *_campaigns(book, plan),
            *_consents(book),
            *_first_send(book, plan, journal),
        )
    return (*lines, *_sender(book, environ))


def _last_run(book: Workbook, journal: Journal) -> Iterator[str]:
    day = day_of(journal)
    if day is None:
        yield book.words.say("doctor_never_ran")
    else:
        yield book.words.say("doctor_last_run", date=short_date(day, locale(book.words.code, book.settings.country)))


def _job(book: Workbook, environ: Mapping[str, str]) -> Iterator[str]:
    try:
        job = Job.of(book.path, "08:30", environ)
    except SheetcrmError:  # a path that no scheduler takes: `schedule` says so
        return
    if not system_jobs.is_installed(job, system_jobs.default_system()):
        yield book.words.say("doctor_no_job", book=typed(book.path))


def _campaigns(book: Workbook, plan: Plan) -> Iterator[str]:
    if not book.active_campaigns():
        yield book.words.say("why_no_campaigns")
    if wrong := sum(problem.code in _OF_TEXTS for problem in plan.problem_list):
        yield book.words.say("doctor_texts", count=wrong, sheet=title_in(book, "Problems"))


def _consents(book: Workbook) -> Iterator[str]:
    clients = book.raw.tables["Clients"]
    cells = clients.column("email_consent").cells()
    agreed = sum(is_yes_cell(cell, book.settings.choices) for cell in cells)
    if len(clients) and not agreed:
        field = clients.headers.get("email_consent") or book.words.header("email_consent")
        yield book.words.say("why_no_consent", count=0, total=len(clients), field=field)


def _first_send(book: Workbook, plan: Plan, journal: Journal) -> Iterator[str]:
    if count := first_send.waiting(first_send.marked(plan, book.settings, journal)):
        yield book.words.say("first_send_wanted", count=count)


def _sender(book: Workbook, environ: Mapping[str, str]) -> Iterator[str]:
    """Say what a mail server may make of this login: it refuses passwords, or the sender, or replaces that."""
    try:
        config = SmtpConfig.load(book.settings, environ)
        address = mailbox(book.settings.sender or config.user).addr_spec
    except SheetcrmError:  # said by the checks
        return
    provider = provider_of_host(config.host)
    if provider is not None and not provider.password_login and not environ.get(_TOKEN_COMMAND, "").strip():
        yield book.words.say("outlook_com" if provider.name == "Outlook.com" else "microsoft_365")
    if "@" in config.user and config.user.casefold() != address.casefold():
        yield book.words.say("doctor_sender", sender=address, user=config.user)
