"""What changed: `diff`, and the receipt of a save."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import groupby, islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sheetcrm.cli import output
from sheetcrm.cli.grids import MANY, Column, table
from sheetcrm.cli.options import Book, Json
from sheetcrm.cli.speaking import typed
from sheetcrm.cli.unlocking import with_earlier

if TYPE_CHECKING:
    from sheetcrm.running.differing import Comparison
    from sheetcrm.workbook.accounting import Account
    from sheetcrm.workbook.differences import BookDifferences, CellChange, SheetDifference, Things

SHOWN = {"hand": 20, "program": 5}
"""Lines that are shown of a sheet, unless all are asked for."""

_PARTS = {
    "styles": r"/styles\.xml$",
    "theme": r"/theme/",
    "charts": r"/(charts|chartsheets|chartEx)/",
    "media": r"/media/",
    "comments": r"omments|/persons/",
    "drawings": r"/(drawings|ctrlProps|slicers|slicerCaches)/",
    "pivot": r"/pivot",
    "macros": r"vba",
    "links": r"/(externalLinks|queryTables)/|/connections\.xml$",
    "properties": r"^docProps/custom|^customXml/",
}
"""What a part of the file is to an owner, by its name."""
_SAID_OTHERWISE = re.compile(
    r"\.rels$|^\[Content_Types\]|/(worksheets|tables)/|/(workbook|sharedStrings|calcChain|metadata)\.xml$|^docProps/(app|core|thumb)"
)


def diff(
    book: Book,
    backup: Annotated[
        str | None,
        typer.Argument(
            metavar="BACKUP", help="A version by number, day or name, as undo --list shows it, or any workbook's path."
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="List every cell.")] = False,
    json: Json = False,
) -> int:
    """Show what is different between the workbook and an earlier version of it, by default the last one."""
    from sheetcrm.running.differing import compare_book  # noqa: PLC0415 - loaded when the command runs
    from sheetcrm.workbook.differences import LISTED  # noqa: PLC0415

    limit = None if everything else LISTED
    found = with_earlier(book, lambda: compare_book(book, backup, limit=limit), json=json)
    if json:
        output.as_json(_object(found))
    else:
        _tell(found, everything=everything)
    return 0


def _tell(found: Comparison, *, everything: bool) -> None:
    if found.differences is None:
        from sheetcrm.cli.speaking import words_for  # noqa: PLC0415 - only on the way out

        output.say(words_for([str(found.book)])[0].say("diff_no_version"))
        return
    told = found.differences
    words, what = told.words, told.found
    if found.version is not None:
        output.say(words.say("diff_version", when=found.version.at[:16].replace("T", " ")))
    else:
        output.say(words.say("diff_file", file=found.other))
    if not what:
        output.say(words.say("diff_same"))
        return
    _sheets(told)
    for sheet in what.sheets:
        if sheet.state != "gone" and not _is_alike(told, sheet):
            _sheet(told, sheet, typed(found.book), everything=everything)
    _things(words.say("diff_tables"), what.tables)
    _things(words.say("diff_names"), _hers(what.names))
    parts = list(dict.fromkeys(_part_words(told, (*what.parts.changed, *what.parts.added, *what.parts.gone))))
    if parts:
        output.say()
        output.say(words.say("diff_parts", parts=", ".join(parts)))


def _sheets(told: BookDifferences) -> None:
    """Say which sheets are new or gone, have another title, or are the same but for their bytes."""
    words, what = told.words, told.found
    for state, key in (("added", "diff_new_sheets"), ("gone", "diff_gone_sheets")):
        titles = [sheet.title for sheet in what.sheets if sheet.state == state]
        if titles:
            output.say(words.say(key, sheets=", ".join(titles)))
    for sheet in what.sheets:
        if sheet.was:
            output.say(words.say("diff_renamed", was=sheet.was, sheet=sheet.title))
    alike = [
        sheet.title for sheet in what.sheets if sheet.state == "changed" and _is_alike(told, sheet) and not sheet.was
    ]
    if alike:
        output.say(words.say("diff_other", sheets=", ".join(alike)))


def _is_alike(told: BookDifferences, sheet: SheetDifference) -> bool:
    return not (sheet.cells or sheet.looks or sheet.rows_moved or told.moved.get(sheet.title))


def _columns_moved(told: BookDifferences, sheet: SheetDifference) -> list[str]:
    """Return the headers of columns that the owner has put in another place among hers."""
    headers = told.headers.get(sheet.title, {})
    return [headers[column] for column in told.moved.get(sheet.title, ()) if column in headers]


def _sheet(told: BookDifferences, sheet: SheetDifference, book: str, *, everything: bool) -> None:
    words = told.words
    output.say()
    output.say(words.say("diff_sheet", sheet=sheet.title, hers=sheet.hers, ours=sheet.ours))
    if sheet.rows_added or sheet.rows_gone or sheet.rows_moved:
        counts = {"added": sheet.rows_added, "gone": sheet.rows_gone, "moved": sheet.rows_moved}
        output.say(words.say("diff_rows", **counts))
    if moved := _columns_moved(told, sheet):
        output.say(words.say("diff_columns", columns=", ".join(moved)))
    if sheet.looks:
        output.say(words.say("diff_looks", count=sheet.looks))
    lines, shown = [], 0
    for who, most in SHOWN.items():
        changes = [c for c in sheet.changes if not c.look and c.ours is (who == "program")]
        some = list(islice(_lines(told, sheet, changes), None if everything else most))
        lines += [line for line, _ in some]
        shown += sum(count for _, count in some)
    columns = [Column("", 8), Column("", 24), Column(words.say("diff_before"), 28), Column(words.say("diff_after"), 28)]
    for start in range(0, len(lines), MANY):
        table([*columns, Column("")], lines[start : start + MANY])
    if shown < sheet.cells:
        output.say(words.say("diff_more", count=sheet.cells - shown, book=book))


def _lines(
    told: BookDifferences, sheet: SheetDifference, changes: Sequence[CellChange]
) -> Iterator[tuple[tuple[str, ...], int]]:
    """Give lines of a table and how many cells each tells of: a cell, or a whole row that was added or is gone."""
    from sheetcrm.workbook.differences import cell_at  # noqa: PLC0415 - loaded when the command runs

    headers = told.headers.get(sheet.title, {})
    for (whole, row), group in groupby(changes, lambda change: (change.whole, change.row if change.whole else 0)):
        cells = list(group)
        who = told.words.say("diff_program" if cells[0].ours else "diff_hand")
        if whole == "added":
            yield (f"+ {row}", "", "", " · ".join(_shown(cell.after, told) for cell in cells), who), len(cells)
        elif whole:
            yield (f"− {row}", "", " · ".join(_shown(cell.before, told) for cell in cells), "", who), len(cells)
        else:
            for cell in cells:
                line = (cell_at(cell.row, cell.column), headers.get(cell.column, ""))
                yield (*line, _shown(cell.before, told), _shown(cell.after, told), who), 1


def _shown(value: object, told: BookDifferences) -> str:
    """Return a cell's value as the owner's Excel shows it, more or less: days in her country's order, numbers plain."""
    from sheetcrm.cli.looking import in_words  # noqa: PLC0415 - loaded when the command runs
    from sheetcrm.crm.cells import shown  # noqa: PLC0415

    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return f"{in_words(value.date(), told.words, told.country)} {value:%H:%M}"
    if isinstance(value, date):
        return in_words(value, told.words, told.country)
    if isinstance(value, float):
        return shown(round(value, 10))
    return value.isoformat("minutes") if isinstance(value, time) else str("" if value is None else value)


def _things(title: str, things: Things) -> None:
    marks = (("+", things.added), ("−", things.gone), ("~", things.changed))
    said = "; ".join(f"{mark} {', '.join(names)}" for mark, names in marks if names)
    if said:
        output.say()
        output.say(f"{title}: {said}")


def _hers(names: Things) -> Things:
    """Return names without those that only programs see."""
    from sheetcrm.workbook.differences import OUR_NAMES  # noqa: PLC0415 - loaded when the command runs

    return type(names)(*(tuple(n for n in kind if OUR_NAMES not in n and "_xlnm._Filter" not in n) for kind in names))


def _part_words(told: BookDifferences, parts: Iterable[str]) -> Iterator[str]:
    """Say what the parts of a file are; those that are cells, tables and names have been told of already."""
    for part in parts:
        if not _SAID_OTHERWISE.search(part):
            kind = next((kind for kind, pattern in _PARTS.items() if re.search(pattern, part)), "")
            yield told.words.say(f"diff_part_{kind}") if kind else part


def _object(found: Comparison) -> dict[str, Any]:
    """Return a comparison as it stands in JSON."""
    told, version = found.differences, found.version
    against: dict[str, Any] | None = None
    if version is not None:
        against = {"number": version.number, "at": version.at, "bytes": version.size, "file": str(version.path)}
    elif found.other is not None:
        against = {"file": str(found.other)}
    if told is None:
        return {"against": None, "same": True, "sheets": [], "tables": {}, "names": {}, "parts": {}}
    what = told.found
    return {
        "against": against,
        "same": not what,
        "sheets": [_sheet_object(told, sheet) for sheet in what.sheets],
        "tables": what.tables._asdict(),
        "names": what.names._asdict(),
        "parts": what.parts._asdict(),
    }


def _sheet_object(told: BookDifferences, sheet: SheetDifference) -> dict[str, Any]:
    from sheetcrm.workbook.differences import cell_at  # noqa: PLC0415 - loaded when the command runs

    headers = told.headers.get(sheet.title, {})
    return {
        "sheet": sheet.title,
        "was": sheet.was or sheet.title,
        "state": sheet.state,
        "kept_by_program": sheet.title in told.program,
        "cells": sheet.cells,
        "by_program": sheet.ours,
        "by_hand": sheet.hers,
        "looks": sheet.looks,
        "rows_added": sheet.rows_added,
        "rows_gone": sheet.rows_gone,
        "rows_moved": sheet.rows_moved,
        "columns_moved": _columns_moved(told, sheet),
        "changes": [
            {
                "cell": cell_at(change.row, change.column),
                "header": headers.get(change.column),
                "before": change.before,
                "after": change.after,
                "look": change.look,
                "row": change.whole or None,
                "by": "program" if change.ours else "hand",
            }
            for change in sheet.changes
        ],
        "more": sheet.more,
    }


def receipt_object(account: Account) -> dict[str, Any]:
    """Return the receipt of a save as it stands in JSON."""
    return {
        "cells": account.cells,
        "sheets": [
            {"sheet": s.sheet, "part": s.part, "new": s.new, "cells": s.cells, "listed": s.listed}
            for s in account.sheets
        ],
        "more": account.more,
        "parts": {"changed": account.changed, "added": account.added, "gone": account.removed},
        "left": [dict(zip(("sheet", "cell", "reason"), cell, strict=True)) for cell in account.left],
        "left_count": account.left_count,
        "ranges_not_grown": account.not_grown,
        "full_calculation": account.full_calculation,
    }


COMMANDS = ((diff, "diff"),)
