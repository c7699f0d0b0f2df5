"""Commands that send, or say what became of what was sent: send, run, resolve."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from sheetcrm.cli import output
from sheetcrm.cli.differing import receipt_object
from sheetcrm.cli.options import Book, DryRun, Json, Limit, NotBefore, On, Outbox, To, Yes
from sheetcrm.cli.speaking import translated, words_for
from sheetcrm.errors import WorkbookError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from sheetcrm.running import RunReport, SendOptions
    from sheetcrm.running.run_log import Entry

OK, WAITS, FAILED = 0, 1, 4


def run(
    book: Book,
    on: On = None,
    limit: Limit = None,
    to: To = None,
    outbox: Outbox = None,
    yes: Yes = False,
    not_before: NotBefore = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Bring the workbook up to date, then send. What a scheduler calls, as often as it likes."""
    from sheetcrm.running import SendOptions  # noqa: PLC0415 - loaded when the command runs

    options = SendOptions(limit=limit, to=to, outbox=outbox, yes=yes, dry_run=dry_run)
    if not_before is not None and on is None and (early := _early(not_before)):
        return _told(early, book, json=json)
    if not options.is_recorded:
        return _run(book, on, options, json=json)
    from sheetcrm.running.run_log import logged  # noqa: PLC0415 - as above

    with logged("run", book) as entry:
        try:
            return _run(book, on, options, entry, json=json)
        except WorkbookError as error:
            if not sys.stderr.isatty():  # nobody is there to read it
                _write_home(book, error)
            raise


def _write_home(book: Path, error: WorkbookError) -> None:
    """Let the owner know by mail that a run could do nothing, if she wants reports."""
    from sheetcrm.running.mail_report import report_unreachable  # noqa: PLC0415 - only where a run fails

    report_unreachable(book, error)


def _early(hour: str) -> RunReport | None:
    """Return the report of a run before the hour from which one is wanted, None where that has come."""
    from sheetcrm.cli.speaking import words_here  # noqa: PLC0415 - as above
    from sheetcrm.running import RunReport  # noqa: PLC0415
    from sheetcrm.running.clock import parse_time, time_here  # noqa: PLC0415

    at = parse_time(hour)
    return RunReport(summary=words_here().say("too_early", time=at)) if time_here() < at else None


def _run(book: Path, on: date | None, options: SendOptions, entry: Entry | None = None, *, json: bool) -> int:
    from sheetcrm.running import run_book  # noqa: PLC0415 - as above

    with output.progress() as step:
        report = run_book(book, on=on, options=options, progress=step, receipts=json)
    code = _told(report, book, options, json=json)
    if entry is not None:
        entry.tell(report, code)
    return code


def _told(report: RunReport, book: Path, options: SendOptions | None = None, *, json: bool) -> int:
    """Say what came of a run, and return the exit code."""
    for line in report.notes:
        output.note(line)
    spoken = None if report.trouble is None else translated(report.trouble, *words_for([str(book)]))
    if json:
        counts = {name: getattr(report, name) for name in ("sent", "failed", "unknown", "held", "written")}
        if options is not None and options.dry_run:
            counts["would_send"] = report.would_send
        counts["receipts"] = [receipt_object(account) for account in report.receipts]
        if report.notes:
            counts["notes"] = report.notes
        # exit 4 is an outcome, not a refusal to begin: the counts stand, and beside them why nothing went
        output.as_json(counts if spoken is None else {**counts, "error": output.error_object(spoken)})
    elif spoken is None or report.sent + report.failed + report.unknown:  # some went before the trouble
        output.say(report.summary)
    if spoken is not None:
        output.error_line(spoken)
        return spoken.exit_code
    return _code(report)


def _code(report: RunReport) -> int:
    if report.failed or report.unknown:
        return FAILED
    return WAITS if report.waiting else OK


def resolve(
    book: Book,
    key: Annotated[str, typer.Argument(metavar="KEY", help="The message's key, as it stands in Sent.")],
    outcome: Annotated[str, typer.Argument(metavar="sent|failed", help="What really became of it.")],
    on: On = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Say what became of a message whose outcome is unknown."""
    from sheetcrm.delivery.answers import outcome_of  # noqa: PLC0415 - loaded when the command runs
    from sheetcrm.running import resolve_message  # noqa: PLC0415

    status = outcome_of(outcome)
    report = resolve_message(book, key, status, on=on, dry_run=dry_run)
    for line in report.notes:
        output.note(line)
    if json:
        output.as_json({"key": key, "status": str(status), "written": report.written})
    else:
        output.say(report.summary)
    return OK


SEND = "Plan anew and send what is due, each message once."
"""To send is to run: nothing may go that the workbook does not know of."""

COMMANDS = ((run, "send", SEND), (run, "run"), (resolve, "resolve"))
