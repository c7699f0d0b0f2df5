"""Commands that send, or say what became of what was sent: send, run, resolve."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sheetcrm.cli import output
from sheetcrm.cli.options import Book, DryRun, Json, Limit, On, Outbox, To, Yes
from sheetcrm.cli.speaking import translated, words_for
from sheetcrm.errors import UsageError

if TYPE_CHECKING:
    from sheetcrm.running import RunReport

OK, WAITS, FAILED = 0, 1, 4


def send(
    book: Book,
    on: On = None,
    limit: Limit = None,
    to: To = None,
    outbox: Outbox = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Plan anew and send what is due, each message once."""
    return _send(book, on, limit, to, outbox, yes=yes, dry_run=dry_run, json=json)


def run(
    book: Book,
    on: On = None,
    limit: Limit = None,
    to: To = None,
    outbox: Outbox = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Bring the workbook up to date, then send: what a scheduler calls, as often as it likes."""
    return _send(book, on, limit, to, outbox, yes=yes, dry_run=dry_run, json=json)


def _send(
    book: Path,
    on: date | None,
    limit: int | None,
    to: str | None,
    outbox: Path | None,
    *,
    yes: bool,
    dry_run: bool,
    json: bool,
) -> int:
    from sheetcrm.running import SendOptions, run_book  # noqa: PLC0415 - loaded when the command runs

    options = SendOptions(limit=limit, to=to, outbox=outbox, yes=yes, dry_run=dry_run)
    with output.progress() as step:
        report = run_book(book, on=on, options=options, progress=step)
    for line in report.notes:
        output.note(line)
    spoken = None if report.trouble is None else translated(report.trouble, *words_for([str(book)]))
    if json:
        counts = {name: getattr(report, name) for name in ("sent", "failed", "unknown", "held", "written")}
        if dry_run:
            counts["would_send"] = report.would_send
        # exit 4 is an outcome, not a refusal to begin: the counts stand, and beside them why nothing went
        output.as_json(counts if spoken is None else {**counts, "error": output.error_object(spoken)})
    elif spoken is None:
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
    from sheetcrm.running import resolve_message  # noqa: PLC0415 - loaded when the command runs

    if outcome not in ("sent", "failed"):
        raise UsageError(f"{outcome!r} is no outcome.", "Write sent or failed.")
    report = resolve_message(book, key, outcome, on=on, dry_run=dry_run)
    for line in report.notes:
        output.note(line)
    if json:
        output.as_json({"key": key, "status": outcome, "written": report.written})
    else:
        output.say(report.summary)
    return OK


COMMANDS = ((send, "send"), (run, "run"), (resolve, "resolve"))
