"""The command `adopt`: what it takes as options, and what it tells of a list."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sheetcrm.cli import output
from sheetcrm.cli.adopt_cells import tell_cells
from sheetcrm.cli.options import Book, DryRun, Json, On, check_language, whole_number
from sheetcrm.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sheetcrm.running.adopting import Adopted, Outlook
    from sheetcrm.workbook.surveying import Unclear

OK, WAITS = 0, 1
_FIGURES_OF_DAY = 5  # 1927 to 2173
_DAYS_ACROSS = 3

HeaderRow = Annotated[
    int | None,
    typer.Option("--header-row", metavar="N", parser=whole_number("--header-row", 1), help="The row of its headers."),
]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="HEADER=FIELD", help="What a column holds; without a field it stays yours."),
]
Clients = Annotated[bool, typer.Option("--clients", help="Each row of the list is a client.")]
Visits = Annotated[bool, typer.Option("--visits", help="Each row of the list is a visit.")]


def adopt(
    book: Book,
    language: Annotated[str | None, typer.Option("--language", metavar="xx", help="en, pl, uk, ru, it or es.")] = None,
    country: Annotated[str | None, typer.Option("--country", metavar="XX", help="PL, UA, IT, ES, GB, …")] = None,
    sheet: Annotated[
        list[str] | None,
        typer.Option("--sheet", metavar="NAME", help="The sheet that holds the list; again for more sheets of visits."),
    ] = None,
    header_row: HeaderRow = None,
    column: Columns = None,
    clients: Clients = False,
    visits: Visits = False,
    apart: Annotated[
        bool, typer.Option("--apart", help="New columns may stand beyond what is beside the list.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    on: On = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Make an existing list of clients or visits fit: find out what is what, add what is missing, change nothing else."""
    from sheetcrm.cli.adopt_dialogue import complete, talks  # noqa: PLC0415 - loaded when the command runs
    from sheetcrm.running.adopting import adopt_book  # noqa: PLC0415
    from sheetcrm.workbook.choosing import Wishes  # noqa: PLC0415

    check_one_kind(clients=clients, visits=visits)
    wishes = Wishes(
        language=check_language(language) if language else "",
        country=country or "",
        sheet=sheet[0] if sheet and len(sheet) == 1 else "",
        header_row=header_row or 0,
        columns=columns_of(column),
        kind="Clients" if clients else "Visits" if visits else "",
        sheets=tuple(sheet) if sheet and len(sheet) > 1 else (),
        apart=apart,
    )
    asks = talks() and not (yes or json)
    if asks:
        agreed = complete(book, wishes, tell, dry_run=dry_run)
        if agreed is None:
            return OK
        wishes = agreed
    done = adopt_book(book, wishes, on=on, dry_run=dry_run)
    if json:
        output.as_json(as_json(done))
    elif not asks and not _is_complete(done):
        tell(done.outlook)
    return _tell_end(done, book, dry_run=dry_run, json=json)


def _is_complete(done: Adopted) -> bool:
    """Tell whether it is a client workbook that lacks nothing: then that is all there is to say."""
    return done.outlook.already and not done.outlook.adoption.changed


def check_one_kind(*, clients: bool, visits: bool) -> None:
    """Raise UsageError where both kinds of rows are named."""
    if clients and visits:
        raise UsageError(
            "A row is a client or a visit, not both.", "Leave --clients or --visits out.", text="both-kinds"
        )


def columns_of(options: Sequence[str] | None) -> dict[str, str]:
    """Return which column holds which field, as the owner says. Raises UsageError."""
    return dict(_column(text) for text in options or ())


def _column(text: str) -> tuple[str, str]:
    """Read `Header=field`; the field may be named in any language."""
    from sheetcrm.crm.fields import TABLES  # noqa: PLC0415 - loaded when the command runs
    from sheetcrm.languages import fields_named  # noqa: PLC0415
    from sheetcrm.workbook.surveying import no_field  # noqa: PLC0415

    header, equals, word = (part.strip() for part in text.rpartition("="))
    if not equals or not header:
        raise UsageError(
            f"--column {text!r} does not say which field it is.",
            'Write it like --column "Kontakt=phone".',
            text="column-option",
            params={"value": text},
        )
    names = [name for table in ("Clients", "Visits") for name in TABLES[table].names]
    if not word or word in names:
        return header, word
    found = next((name for name in fields_named(word) if name in names), None)
    if found is None:
        raise no_field(word, list(dict.fromkeys(names)))
    return header, found


def as_json(done: Adopted) -> dict[str, Any]:
    """Return the command's one object."""
    outlook = done.outlook
    found = outlook.found
    return {
        "sheet": found.placement.sheet,
        "sheets": list(found.joined.sheets) if found.joined else [],
        "left_out": [list(rows) for rows in found.table.left_out.rows],
        "header_row": found.placement.header_row,
        "mapping": dict(found.mapping),
        "unknown": list(found.unknown),
        "added": outlook.adoption.added,
        "written": done.written,
        "table": found.kind,
        "unclear": {one.header: list(one.fields) for one in found.unclear},
        "unreached": dict(found.unreached),
        "lacking": {header: list(rows) for header, rows in found.lacking},
        "day_rows": list(found.day_rows),
        "language": outlook.words.code,
        "country": outlook.country or None,
        "clients": outlook.clients,
        "consents": outlook.consents,
        "copy": str(done.copy) if done.copy else None,
        "apart": any(added.torn for added in outlook.adoption.columns.values()),
    }


def tell(outlook: Outlook) -> None:
    """Say what was taken for what, what is unclear, what is added."""
    from sheetcrm.languages.adopting import say  # noqa: PLC0415 - loaded when the command runs
    from sheetcrm.running.leaving_out import left_out  # noqa: PLC0415

    found, words = outlook.found, outlook.words
    code, placement = words.code, found.placement
    _tell_lists(outlook)
    for line in left_out(found.raw.tables, code):
        output.say("  " + line)
    for header, known in found.mapping.items():
        output.say("  " + words.say("adopt_column", header=header, field=words.header(known)))
    _tell_seconds(outlook)
    for one in found.unclear:
        output.say("  " + _unclear(one, outlook))
    tell_cells(outlook)
    asked = {one.header for one in found.unclear} | {second.header for second in placement.seconds}
    asked |= {found.no_id} | {header for header, _ in found.unreached}
    if rest := [header for header in found.unknown if header not in asked]:
        shown = ", ".join(_as_day(header) or header for header in rest)
        output.say("  " + words.say("adopt_unknown", headers=shown).replace("..", "."))  # `Lp.` ends with one
    days = [day for header in rest if (day := _as_day(header))]
    if len(days) >= _DAYS_ACROSS and (title := outlook.adoption.sheets.get("Visits")):
        output.say("  " + say(code, "days_across", days=f"{days[0]} … {days[-1]}", title=title))
    if not outlook.already and placement.table == "Clients":
        output.say(words.say("adopt_consent", count=outlook.consents, total=outlook.clients))
    if outlook.adoption.changed:
        _tell_added(outlook)
    if not outlook.country_known:
        key = "country" if outlook.country else "country_unknown"
        output.say(say(code, key, country=outlook.country))


def _tell_lists(outlook: Outlook) -> None:
    """Say which sheets were taken for the list."""
    from sheetcrm.languages.adopting import say  # noqa: PLC0415 - loaded when the command runs

    found, code = outlook.found, outlook.words.code
    where = {"sheet": found.placement.sheet, "row": found.placement.header_row, "count": outlook.clients}
    if found.kind == "Clients":
        output.say(outlook.words.say("adopt_found", **where))
    elif not found.joined:
        output.say(say(code, "journal_found", lines=outlook.lines, **where))
    if found.joined:
        _tell_journals(outlook)
    elif found.passed:
        output.say(say(code, "took_sheet", others=", ".join(found.passed)))


def _tell_journals(outlook: Outlook) -> None:
    """Say which journals are told together, what comes of their lines, and which are not taken."""
    from sheetcrm.cli.speaking import typed  # noqa: PLC0415 - loaded when the command runs
    from sheetcrm.languages.adopting import say  # noqa: PLC0415

    code, found = outlook.words.code, outlook.found
    joined = found.joined
    if joined is None:
        return
    sheets = ", ".join(joined.sheets)
    output.say(say(code, "journals_found", sheets=sheets, lines=len(joined.lines)))
    if found.kind == "Visits":
        output.say(say(code, "journals_people", count=outlook.clients))
    output.say(say(code, "journals_copied", title=outlook.adoption.sheets.get("Visits", ""), sheets=sheets))
    if joined.doubles:
        output.say(say(code, "journals_doubles", sheets=", ".join(joined.doubles)))
    for key, count in (("journals_dated", joined.dated), ("journals_left_out", joined.left_out)):
        if count:
            output.say(say(code, key, count=count))
    if joined.yearless:
        title, sheets = outlook.adoption.sheets.get("Visits", ""), ", ".join(joined.yearless)
        output.say(say(code, "journals_yearless", count=sum(joined.yearless.values()), sheets=sheets, title=title))
    if found.passed:
        options = " ".join(f"--sheet {typed(Path(sheet))}" for sheet in (*joined.sheets, *found.passed))
        output.say(say(code, "journals_passed", sheets=", ".join(found.passed), options=options))


def _as_day(header: str) -> str:
    """Return the day that a header of five figures is, as spreadsheets keep days; "" for any other."""
    is_day = len(header) == _FIGURES_OF_DAY and header.isdecimal() and header.isascii()
    return (date(1899, 12, 30) + timedelta(days=int(header))).isoformat() if is_day else ""


def _tell_seconds(outlook: Outlook) -> None:
    from sheetcrm.languages.adopting import say  # noqa: PLC0415 - loaded when the command runs

    words, placement = outlook.words, outlook.found.placement
    for second in placement.seconds:
        if second.field == "phone":
            output.say("  " + words.say("adopt_phone", header=second.kept))
        said = {"header": second.header, "field": words.header(second.field), "kept": second.kept}
        output.say("  " + say(words.code, "second", **said))


def _unclear(one: Unclear, outlook: Outlook) -> str:
    from sheetcrm.languages.adopting import say  # noqa: PLC0415 - loaded when the command runs

    words = outlook.words
    said = {"header": one.header, "field": words.header(one.fields[0]), "word": one.fields[0]}
    if one.kind == "bulk":
        return say(words.code, "bulk_day", count=one.count, total=one.total, **said)
    return say(words.code, "unclear", **said)


def _tell_added(outlook: Outlook) -> None:
    from sheetcrm.languages.adopting import say  # noqa: PLC0415 - loaded when the command runs

    code, adoption = outlook.words.code, outlook.adoption
    if outlook.already:
        output.say(say(code, "completed"))
    for added in adoption.columns.values():
        for key, headers in (("added_columns", added.shown), ("added_folded", added.folded)):
            if headers:
                output.say(say(code, key, headers=", ".join(headers.values())))
        if added.plain and added.shown:
            output.say(say(code, "plain_range", reason=say(code, f"reason_{added.plain}")))
        if added.unheaded:
            output.say(say(code, "unheaded", columns=", ".join(added.unheaded)))
        if added.torn:
            output.say(say(code, "columns_apart"))
    if adoption.sheets:
        output.say(say(code, "added_sheets", sheets=", ".join(adoption.sheets.values())))
    if adoption.missing:
        output.say(outlook.words.say("structure_locked", sheets=", ".join(adoption.missing)))


def _tell_end(done: Adopted, book: Path, *, dry_run: bool, json: bool) -> int:
    """Say what came of it; on stderr why nothing was written."""
    from sheetcrm.cli.speaking import typed  # noqa: PLC0415 - loaded when the command runs
    from sheetcrm.languages.adopting import say  # noqa: PLC0415

    words = done.outlook.words
    code = words.code
    if done.open_by is not None:
        output.note(say(code, "open_by", who=done.open_by) if done.open_by else say(code, "open"))
        return OK
    if done.conflict:
        output.note(words.say("workbook_conflict", book=book.name))
        return WAITS
    if json:
        return OK
    if dry_run and done.outlook.adoption.changed:
        output.say(say(code, "would"))
    elif done.written:
        output.say(words.say("adopt_copy", path=done.copy))
        output.say(say(code, "written", book=typed(book)))
        for note in done.notes:
            output.say(note)
        if done.outlook.found.joined:
            output.say(say(code, "journals_next", title=done.outlook.adoption.sheets["Visits"]))
        output.copyable(words.say("next_check", book=typed(book)))
        output.copyable(words.say("next_plan", book=typed(book)))
        output.copyable(words.say("next_setup", book=typed(book)))
    else:
        output.say(say(code, "nothing"))
    return OK


COMMANDS = ((adopt, "adopt"),)
