"""The command that lists who may stand in the workbook twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.cli import output
from sheetcrm.cli.options import Book, Json, On

if TYPE_CHECKING:
    from sheetcrm.crm.outcome import Plan


def duplicates(book: Book, on: On = None, json: Json = False) -> int:
    """Show which rows may be one person, and why. Merges nothing."""
    from sheetcrm.crm.outcome import DUPLICATE_COLUMNS  # noqa: PLC0415 - loaded when the command runs
    from sheetcrm.running import look  # noqa: PLC0415

    seen = look(book, on=on)
    for line in seen.notes:
        output.note(line)
    if json:
        rows = seen.plan.duplicate_rows
        output.as_json({"pairs": [dict(zip(DUPLICATE_COLUMNS, row, strict=True)) for row in rows]})
    else:
        _pairs(seen.plan)
    return 0


def _pairs(plan: Plan) -> None:
    from sheetcrm.cli.grids import Column, table  # noqa: PLC0415 - only where a table is printed
    from sheetcrm.crm.linkage.reasons import shown_name  # noqa: PLC0415 - where there is a plan

    words, clients = plan.words, plan.tables["Clients"].columns
    pairs = plan.duplicate_rows
    if not pairs:
        output.say(words.say("no_duplicates"))
        return
    columns = [Column(words.header(name), 30) for name in ("left", "right", "tier")]
    shown = [
        (
            f"{left} {shown_name(clients, pair.left)}",
            f"{right} {shown_name(clients, pair.right)}",
            words.choice(tier),
            "; ".join(reasons),
        )
        for pair, (left, right, _score, tier, reasons) in zip(plan.pair_list, pairs, strict=True)
    ]
    table([*columns, Column(words.header("reasons"), sentence=True)], shown)
    output.say()
    output.say(words.say("duplicates_found", count=len(pairs)))


COMMANDS = ((duplicates, "duplicates"),)
