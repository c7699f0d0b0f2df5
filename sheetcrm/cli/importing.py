"""The command `import`: what it takes as options, and what it tells of each row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sheetcrm.cli import output
from sheetcrm.cli.adopting import Clients, Columns, HeaderRow, Visits, check_one_kind, columns_of
from sheetcrm.cli.differing import receipt_object
from sheetcrm.cli.options import Book, DryRun, Json, On

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sheetcrm.crm.incoming.fates import Fate
    from sheetcrm.running.importing import Imported

OK, WAITS = 0, 1
_TOLD = 20  # lines of one kind

File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="The file to read from: .csv, .xlsx or .xlsm.", show_default=False, readable=False
    ),
]


def import_(
    book: Book,
    file: File,
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="NAME", help="The sheet of the file that holds the list.")
    ] = None,
    header_row: HeaderRow = None,
    column: Columns = None,
    clients: Clients = False,
    visits: Visits = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Where a cell says something else, the file counts.")
    ] = False,
    add_duplicates: Annotated[
        bool, typer.Option("--add-duplicates", help="Add also those who are probably there already.")
    ] = False,
    on: On = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Add clients or visits from a csv or Excel file. Empty cells are filled, nothing is lost, and undo takes it back."""
    from sheetcrm.crm.incoming.clients import Rules  # noqa: PLC0415 - loaded when the command runs
    from sheetcrm.running.importing import import_file  # noqa: PLC0415
    from sheetcrm.workbook.choosing import Wishes  # noqa: PLC0415

    check_one_kind(clients=clients, visits=visits)
    wishes = Wishes(
        sheet=sheet or "",
        header_row=header_row or 0,
        columns=columns_of(column),
        kind="Clients" if clients else "Visits" if visits else "",
    )
    rules = Rules(overwrite=overwrite, duplicates=add_duplicates)
    done = import_file(book, file, wishes, rules, on=on, dry_run=dry_run, receipts=json)
    for line in done.notes:
        output.note(line)
    if json:
        output.as_json(_as_json(done))
    else:
        _tell(done, dry_run=dry_run)
    return WAITS if done.waiting else OK


def _as_json(done: Imported) -> dict[str, Any]:
    brought, fitted = done.incoming.brought, done.incoming.fitted
    told = [fate for fate in brought.fates if fate.reason]
    return {
        **done.counts,
        "table": brought.table,
        "written": done.written,
        "new_clients": brought.people if brought.table == "Visits" else done.counts["added"],
        "unknown_clients": brought.unknown,
        "rows": [
            {"outcome": f.outcome, "client": f.client, "reason": f.reason, **_params(f, done), **_place(f.row, done)}
            for f in told
        ],
        "differences": [{**one._asdict(), **_place(one.row, done)} for one in brought.differences],
        "mapping": dict(done.incoming.found.mapping),
        "left_out": [*fitted.left_out, *fitted.calculated, *fitted.computed],
        "left_out_rows": [list(rows) for rows in done.incoming.found.table.left_out.rows],
        "damaged": done.incoming.damaged,
        "cut_phones": [_place(row, done) for row, _ in done.incoming.cut_phones],
        "receipt": next(map(receipt_object, done.receipts), None),
        **({"notes": done.notes} if done.notes else {}),
    }


def _place(row: int, done: Imported) -> dict[str, Any]:
    """Return where a row stands in the file; of one that is read from several sheets, on which."""
    sheet, number = done.incoming.place(row)
    return {"row": number} | ({"sheet": sheet} if sheet else {})


def _params(fate: Fate, done: Imported) -> dict[str, str]:
    """Return what the words on a row quote, another row of the file as it is told."""
    other = fate.params.get("other_row")
    return {**fate.params} | ({"other_row": done.incoming.row_told(int(other))} if other else {})


def _tell(done: Imported, *, dry_run: bool) -> None:
    from sheetcrm.languages.importing import say  # noqa: PLC0415 - loaded when the command runs

    brought, words = done.incoming.brought, done.words
    code = words.code
    for line in (*_columns_told(done), *_rows_told(done)):
        output.say(line)
    _tell_rows([fate for fate in brought.fates if fate.outcome == "refused"], done)
    duplicates = [fate for fate in brought.fates if fate.outcome == "duplicate"]
    _tell_rows(duplicates, done)
    if duplicates:
        output.say(say(code, "how_to_add"))
    _tell_differences(done)
    if brought.people:
        output.say(say(code, "people", count=brought.people))
    if brought.unknown:
        places = done.incoming.sheet, words.sheet("Problems")
        output.say(say(code, "unknown", count=brought.unknown, sheet=places[0], problems=places[1]))
    waits = brought.changes and not done.written and not dry_run
    output.say(say(code, "would_summary" if dry_run or waits else "summary", **done.counts))


def _columns_told(done: Imported) -> list[str]:
    """Say which columns and sheets of the file were not taken."""
    from sheetcrm.languages.importing import say  # noqa: PLC0415 - loaded when the command runs

    incoming, code, lines = done.incoming, done.words.code, list[str]()
    if incoming.others:
        place = incoming.found.placement.sheet
        lines.append(say(code, "others", sheet=place, others=", ".join(incoming.others)))
    not_ids = incoming.not_ids
    if not_ids:
        lines.append(say(code, "not_ids", header=not_ids))
    if left_out := [header for header in incoming.fitted.left_out if header != not_ids]:
        lines.append(say(code, "left_out", sheet=incoming.sheet, headers=", ".join(left_out)))
    if incoming.fitted.calculated:
        lines.append(say(code, "calculated", sheet=incoming.sheet, headers=", ".join(incoming.fitted.calculated)))
    if incoming.damaged:
        lines.append(say(code, "damaged", rows=_listed([*map(incoming.row_told, incoming.damaged)])))
    if incoming.fitted.computed:
        lines.append(say(code, "computed", headers=", ".join(incoming.fitted.computed)))
    return lines


def _rows_told(done: Imported) -> list[str]:
    """Say which rows of the file are nobody's (headings, sums, lines drawn below a list) and which have a phone cut off."""
    from sheetcrm.languages import importing  # noqa: PLC0415
    from sheetcrm.languages.adopting import say  # noqa: PLC0415 - loaded when the command runs
    from sheetcrm.running.leaving_out import left_out  # noqa: PLC0415

    found, code = done.incoming.found, done.words.code
    joined = found.joined if found.joined and found.table is found.joined.table else None
    sums = [say(code, "journals_left_out", count=joined.left_out)] if joined and joined.left_out else []
    lines = [*left_out({found.kind: found.table}, code), *sums]
    if cut := done.incoming.cut_phones:
        rows = _listed([done.incoming.row_told(row) for row, _ in cut])
        lines.append(importing.say(code, "cut_phones", example=cut[0][1], rows=rows))
    return lines


def _listed(rows: Sequence[str]) -> str:
    return ", ".join(rows[:_TOLD]) + (" …" if rows[_TOLD:] else "")


def _tell_rows(fates: Sequence[Fate], done: Imported) -> None:
    """Say of rows that were not brought in why not, a line each."""
    from sheetcrm.languages.importing import say  # noqa: PLC0415 - loaded when the command runs

    code = done.words.code
    for fate in fates[:_TOLD]:
        row = done.incoming.row_told(fate.row)
        params = {"client": fate.client, **_params(fate, done), "row": row}
        if fate.outcome == "refused":
            reason = "id-in-file" if fate.reason == "id-twice" and "other_row" in params else fate.reason
            output.say(say(code, "refused", row=row, why=say(code, reason, **params)))
        else:
            bare = fate.reason == "probable" and not fate.params.get("why")
            line = say(code, "probable_bare" if bare else fate.reason, **params)
            output.say(f"{line} {say(code, 'refuses')}" if fate.params.get("refuses") else line)
    _tell_more(len(fates), done)
    headers = done.incoming.found.placement.headers
    if any(fate.reason in ("id-of-another", "id-used") for fate in fates) and "client_id" in headers:
        output.say(say(code, "how_not_id", header=headers["client_id"]))


def _tell_differences(done: Imported) -> None:
    """Say where hers stayed although the file says something else."""
    from sheetcrm.languages.importing import say  # noqa: PLC0415 - loaded when the command runs

    code, differences = done.words.code, done.incoming.brought.differences
    for one in differences[:_TOLD]:
        header = done.incoming.headers.get(one.field) or done.words.header(one.field)
        said = {"row": done.incoming.row_told(one.row), "client": one.client, "hers": one.hers, "theirs": one.theirs}
        output.say(say(code, "differs", header=header, **said))
    _tell_more(len(differences), done)
    if differences:
        output.say(say(code, "how_to_overwrite"))


def _tell_more(count: int, done: Imported) -> None:
    if count > _TOLD:
        output.say(done.words.say("more_problems", count=count - _TOLD))


COMMANDS = ((import_, "import"),)
