"""The command that lists who may stand in the workbook twice."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from sheetcrm.cli import output
from sheetcrm.cli.options import Book, Json, On

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sheetcrm.crm.outcome import Plan
    from sheetcrm.crm.tables import Table

_GAP = 2  # blanks between columns
_WIDEST = 30  # characters of one cell on a terminal
_LEAST = 2  # columns: id and name
_BESIDE = ("phone", "email", "birthday", "city")


class _Listed(NamedTuple):
    """A pair as it is listed: ids, names and contacts of both, one above the other; then how sure it is, and why."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    tier: str
    reasons: str


def duplicates(book: Book, on: On = None, json: Json = False) -> int:
    """Show which rows may be one person, and why. Merges nothing."""
    from sheetcrm.crm.output_frames import DUPLICATE_COLUMNS  # noqa: PLC0415 - loaded when the command runs
    from sheetcrm.running import look  # noqa: PLC0415
    from sheetcrm.running.reports import typed  # noqa: PLC0415

    seen = look(book, on=on)
    for line in seen.notes:
        output.note(line)
    if json:
        rows = seen.plan.duplicate_rows
        output.as_json({"pairs": [dict(zip(DUPLICATE_COLUMNS, row, strict=True)) for row in rows]})
    else:
        _pairs(seen.plan, typed(book))
    return 0


def _pairs(plan: Plan, book: str) -> None:
    from sheetcrm.running.merges import pairs_sheet  # noqa: PLC0415 - where there is a plan

    words = plan.words
    listed = _listed(plan)
    if not listed:
        output.say(words.say("no_duplicates"))
        return
    if sys.stdout.isatty():
        _draw(listed)
    else:
        _one_line_each(plan, listed)
    output.say()
    output.say(words.say("duplicates_found", count=len(listed)))
    output.say(words.say("duplicates_next", sheet=pairs_sheet(plan), book=book))


def _listed(plan: Plan) -> list[_Listed]:
    clients = plan.tables["Clients"]
    return [
        _Listed(
            _person(clients, left, pair.left),
            _person(clients, right, pair.right),
            plan.words.choice(tier),
            "; ".join(reasons),
        )
        for pair, (left, right, _score, tier, reasons) in zip(plan.pair_list, plan.duplicate_rows, strict=True)
    ]


def _person(clients: Table, known_as: str, position: int) -> tuple[str, ...]:
    from sheetcrm.crm.cells import id_text  # noqa: PLC0415 - where there is a plan
    from sheetcrm.crm.linkage.reasons import shown_name  # noqa: PLC0415

    cells = (clients.column(name).cell(position) for name in _BESIDE)
    return (known_as, shown_name(clients.columns, position), *map(id_text, cells))


def _one_line_each(plan: Plan, listed: Sequence[_Listed]) -> None:
    from sheetcrm.cli.grids import Column, table  # noqa: PLC0415 - only where a table is printed

    columns = [Column(plan.words.header(name), 30) for name in ("left", "right", "tier")]
    rows = [(" ".join(one.left[:2]), " ".join(one.right[:2]), one.tier, one.reasons) for one in listed]
    table([*columns, Column(plan.words.header("reasons"), sentence=True)], rows)


def _draw(listed: Sequence[_Listed]) -> None:
    """Print each pair on a terminal: the two people one above the other, so that what differs is seen, and below them why."""
    from rich.cells import cell_len  # noqa: PLC0415 - only on a terminal
    from rich.console import Console  # noqa: PLC0415

    from sheetcrm.cli.grids import MANY  # noqa: PLC0415

    people = [person for one in listed[:MANY] for person in (one.left, one.right)]
    widths = [min(max(map(cell_len, cells)), _WIDEST) for cells in zip(*people, strict=True)]
    room = Console().width
    while sum(widths) + _GAP * (len(widths) - 1) > room and len(widths) > _LEAST:
        widths.pop()  # what has no room is left out: half a date tells nothing
    for number, one in enumerate(listed[:MANY]):
        if number:
            output.put("")
        for person in (one.left, one.right):
            cells = (_cut(cell, width) for cell, width in zip(person, widths, strict=False))
            output.put((" " * _GAP).join(cells).rstrip())
        output.say(f"{' ' * (widths[0] + _GAP)}{one.tier}: {one.reasons}")
    if len(listed) > MANY:
        output.put(f"… +{len(listed) - MANY}")


def _cut(text: str, width: int) -> str:
    from rich.cells import cell_len, set_cell_size  # noqa: PLC0415 - only on a terminal

    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"


COMMANDS = ((duplicates, "duplicates"),)
