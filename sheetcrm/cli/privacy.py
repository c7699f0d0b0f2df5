"""The commands for what a person may ask of whoever keeps her data: to be forgotten, and to see what is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sheetcrm.cli import output
from sheetcrm.cli.differing import receipt_object
from sheetcrm.cli.options import Book, DryRun, Force, Json, On

if TYPE_CHECKING:
    from sheetcrm.running.erasing import ErasureReport

OK, WAITS = 0, 1

ClientId = Annotated[str, typer.Argument(metavar="CLIENT_ID", help="The client's id.", show_default=False)]


def erase(book: Book, client_id: ClientId, on: On = None, dry_run: DryRun = False, json: Json = False) -> int:
    """Forget a client for good. Her visits stay in the figures, without her; it cannot be taken back."""
    from sheetcrm.running.erasing import erase_book  # noqa: PLC0415 - loaded when the command runs

    return _told(erase_book(book, client_id, on=on, dry_run=dry_run, receipts=json), json=json)


def dossier(
    book: Book,
    client_id: ClientId,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The file to write, .xlsx or .html.", show_default=False)
    ],
    on: On = None,
    force: Force = False,
    json: Json = False,
) -> int:
    """Write down all that is kept of a client. For a person who asks to see it; nothing else is written."""
    from sheetcrm.running.showing import show_client  # noqa: PLC0415 - loaded when the command runs

    report = show_client(book, client_id, file, on=on, force=force)
    if json:
        rows, versions = dict(report.rows), report.versions
        output.as_json({"client_id": report.client_id, "file": str(report.file), "rows": rows, "versions": versions})
    else:
        output.say(report.summary)
    return OK


def _told(report: ErasureReport, *, json: bool) -> int:
    for line in report.notes:
        output.note(line)
    if json:
        output.as_json(
            {
                "erased": list(report.erased),
                "visits": report.visits,
                "versions": report.versions,
                "remains": list(report.remains),
                "written": report.written,
                "receipt": next(map(receipt_object, report.receipts), None),
            }
        )
    elif report.summary:
        output.say(report.summary)
    return WAITS if report.waiting else OK


COMMANDS = ((erase, "erase"), (dossier, "dossier"))
