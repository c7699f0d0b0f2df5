"""The commands that make one client of two rows, and two again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sheetcrm.cli import output
from sheetcrm.cli.differing import receipt_object
from sheetcrm.cli.options import Book, DryRun, Json, On

if TYPE_CHECKING:
    from sheetcrm.running.merging import MergeReport

OK, WAITS = 0, 1

Keep = Annotated[
    list[str] | None,
    typer.Option(
        "--keep", metavar="CLIENT_ID", help="Keep this client of those that become one. May be given several times."
    ),
]
ClientId = Annotated[
    str,
    typer.Argument(metavar="CLIENT_ID", help="The id of the row that was merged into another.", show_default=False),
]


def merge(book: Book, keep: Keep = None, on: On = None, dry_run: DryRun = False, json: Json = False) -> int:
    """Carry out the decisions in the sheet Duplicates. Every value is kept, and every merge can be taken back."""
    from sheetcrm.running.merging import merge_book  # noqa: PLC0415 - loaded when the command runs

    return _told(merge_book(book, keep=keep or (), on=on, dry_run=dry_run, receipts=json), json=json)


def unmerge(book: Book, client_id: ClientId, on: On = None, dry_run: DryRun = False, json: Json = False) -> int:
    """Take the merge of one client back. What was typed since stays."""
    from sheetcrm.running.merging import unmerge_book  # noqa: PLC0415 - loaded when the command runs

    return _told(unmerge_book(book, client_id, on=on, dry_run=dry_run, receipts=json), json=json)


def _told(report: MergeReport, *, json: bool) -> int:
    for line in (*report.refused, *report.unread, *report.conflicts, *report.notes):
        output.note(line)
    if json:
        output.as_json(
            {
                "merged": [{"survivor": survivor, "merged": merged} for survivor, merged in report.merged],
                "noted": [{"left": left, "right": right, "decision": word} for left, right, word in report.noted],
                "refused": list(report.refused),
                "unread": list(report.unread),
                "conflicts": list(report.conflicts),
                "written": report.written,
                "receipt": next(map(receipt_object, report.receipts), None),
            }
        )
    else:
        for line in (*report.lines, report.summary):
            output.say(line)
    return WAITS if report.waiting or report.refused or report.unread else OK


COMMANDS = ((merge, "merge"), (unmerge, "unmerge"))
