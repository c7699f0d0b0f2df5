"""From a plan to the workbook's new bytes: which cells, which sheets, which marks. Nothing is saved here."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from sheetcrm.crm.acts import Act
from sheetcrm.crm.fields import CHANGES, TABLES
from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.spoken import UNREAD
from sheetcrm.crm.tables import Cell
from sheetcrm.crm.values import DOUBTFUL, key_of
from sheetcrm.languages import Language
from sheetcrm.workbook import program_sheets
from sheetcrm.workbook.beside import bare_rows, noted_rows
from sheetcrm.workbook.book import Workbook
from sheetcrm.workbook.calls_sheet import calls_content
from sheetcrm.workbook.changes_sheet import HEADER_OF, changes_content
from sheetcrm.workbook.columns import ColumnWriter, is_protected
from sheetcrm.workbook.duplicates_sheet import duplicates_content
from sheetcrm.workbook.edge import mapped_errors
from sheetcrm.workbook.kept_out import Crowded, Withheld
from sheetcrm.workbook.looks_of_ours import formats_of, program_column, program_spec
from sheetcrm.workbook.marks import (
    FORMAT,
    FORMAT_NAME,
    ID,
    MACHINE,
    PROPERTY,
    SINCE,
    Identity,
    column_mark,
    quoted_text,
    reference,
    table_mark,
)
from sheetcrm.workbook.merged_rows import grey_merged
from sheetcrm.workbook.moved_rows import MovedRows, moved_rows
from sheetcrm.workbook.outbox_words import rows_with_her_words
from sheetcrm.workbook.program_sheets import Content
from sheetcrm.workbook.setting_rows import put_settings
from sheetcrm.workbook.today_sheet import LastRun, today_of
from sheetcrm.workbook.why_sheet import why_content
from sheetcrm.xlsx.editor import Editor
from sheetcrm.xlsx.proof import verify
from sheetcrm.xlsx.reading import iter_rows, row_contents
from sheetcrm.xlsx.receipt import LeftCell, Receipt
from sheetcrm.xlsx.refs import letters
from sheetcrm.xlsx.workbook import safe_title


@dataclass(frozen=True)
class Writing:
    """A workbook's new bytes, and what is different in them. `changed` counts cells; it is 0 only where the bytes are the old ones."""

    data: bytes
    changed: int
    verify: Callable[[bytes], None]
    left: tuple[str, ...] = ()  # cells of ours that were left: they hold the owner's formulas
    receipt: Receipt | None = None
    missing: tuple[str, ...] = ()  # sheets of ours that a protected structure keeps out
    crowded: tuple[Crowded, ...] = ()  # columns of ours for which there is no room
    merged: tuple[str, ...] = ()  # cells of ours that were left: they stand in a merged area
    withheld: tuple[Withheld, ...] = ()  # sheets that she protects
    signed: bool = False  # it had a digital signature, which no longer holds
    dissolved: tuple[str, ...] = ()  # cells of hers from which a formula filled several, whose results are values now
    borrowed: bool = False  # it holds as many cell styles as it can: ours are the nearest of them
    beside: tuple[
        str, ...
    ] = ()  # cells of hers that stay in rows of ours in which nothing of hers was to stay (`Workbook.bare`)
    moved: MovedRows = field(default_factory=MovedRows)  # where the rows of our sheets stand now


def compose(
    book: Workbook,
    plan: Plan,
    *,
    identity: Identity,
    sent: Sequence[Mapping[str, Cell]],
    acts: Sequence[Act] = (),
    settings: Mapping[str, str | int] | None = None,
    last: LastRun | None = None,
) -> Writing:
    """Make the bytes that the workbook should have.

    `last` is the last run that is known of here. `sent` are the journal's lines, cells by field of the Sent table; `acts` are all that
    was done about pairs of clients, in order of time: those of the journal and those of the plan.

    Raises WorkbookError where the workbook cannot be written (signed, a sheet in the way).
    """
    with mapped_errors(book.path.name):
        editor = Editor(book.raw.data, book.raw.report.sheets, edit_signed=book.settings.edit_signed)
        columns = ColumnWriter(book, editor, plan.words)
        for table in ("Clients", "Visits"):
            columns.write(table, [change for change in plan.column_changes if change.table == table])
        grey_merged(book, editor, plan, columns.places.get("Clients", {}))
        taken = {sheet.title.casefold() for sheet in editor.document.sheets}
        missing: list[str] = []
        beside: list[str] = []
        left: list[Crowded | Withheld] = [*columns.crowded, *columns.withheld]
        kept_out = {(one.table, field) for one in left for field in one.fields}
        mends = ("Clients", "client_id") not in kept_out
        contents, moved = _contents(book, editor, plan, sent, acts, last=last or LastRun(), mends=mends)
        for content in contents:
            placement = book.raw.placements.get(content.table)
            bare, stays = bare_rows(book, editor, content)
            beside += stays
            if placement is None and editor.document.structure_locked:
                missing.append(plan.words.sheet(content.table))
            elif placement is not None and is_protected(book, placement.sheet):
                columns.withheld.append(Withheld(content.table, placement.sheet))
            else:
                put_content(book, editor, plan.words, replace(content, bare=bare), taken)
        if settings:
            put_settings(book, editor, settings)
        _mark(editor, identity)
        if any(scan.formula_refs for scan in book.raw.report.sheets.values()):
            editor.full_calc_on_load()
        out = io.BytesIO()
        receipt = editor.write(out)
    changed = bool(receipt.changed)
    return Writing(
        out.getvalue() if changed else book.data,
        max(1, sum(receipt.cells.values())) if changed else 0,
        proof(book, receipt) if changed else lambda _data: None,
        left=_left(book, receipt, merged=False),
        merged=_left(book, receipt, merged=True),
        receipt=receipt if changed else None,
        missing=tuple(missing),
        crowded=tuple(columns.crowded),
        withheld=tuple(columns.withheld),
        signed=changed and editor.document.has_signature,
        borrowed=changed and editor.styles_borrowed,
        dissolved=_named(book, receipt.dissolved),
        beside=tuple(beside),
        moved=moved,
    )


def _left(book: Workbook, receipt: Receipt, *, merged: bool) -> tuple[str, ...]:
    """Return the cells that were left alone, as `Sheet!A1`: those of merged areas, or those that hold her formulas."""
    return _named(book, [cell for cell in receipt.left if (cell.reason == "merged") is merged])


def _named(book: Workbook, cells: Sequence[LeftCell]) -> tuple[str, ...]:
    titles = book.raw.document.sheet_of
    return tuple(f"{titles(cell.sheet).title}!{letters(cell.column)}{cell.row}" for cell in cells)


def proof(book: Workbook, receipt: Receipt) -> Callable[[bytes], None]:
    """Return the check that a write has to pass before it counts."""

    def check(written: bytes) -> None:
        with mapped_errors(book.path.name):
            verify(book.raw.data, written, receipt)

    return check


def _contents(
    book: Workbook,
    editor: Editor,
    plan: Plan,
    sent: Sequence[Mapping[str, Cell]],
    acts: Sequence[Act],
    *,
    last: LastRun,
    mends: bool,
) -> tuple[list[Content], MovedRows]:
    """Return what the program's sheets should say, with what the owner added to them; and where their rows go."""
    tables = book.raw.tables
    duplicates = duplicates_content(
        plan,
        tables.get("Duplicates"),
        partial(noted_rows, book, editor, "Duplicates"),
        formats_of(book.settings).day_month,
    )
    contents = [
        today_of(book, plan, sent, last),
        program_sheets.outbox_content(plan, _statuses(book, sent, plan.words), book.snapshot.shown, _stale(book, plan)),
        program_sheets.sent_content(sent, plan.words),
    ]
    calls = calls_content(plan)
    if calls.rows or calls.table in tables:
        contents.append(calls)
    if acts or CHANGES.name in tables:  # nobody has an empty sheet of these
        contents.append(changes_content(acts, plan.tables["Clients"], plan.client_ids, plan.words))
    why = why_content(plan)
    if why.rows or why.table in tables:
        contents.append(why)
    spoken, refused = rows_with_her_words(book, plan.on)

    def noted(table: str, rows: set[int]) -> set[int]:
        rows = rows - book.bare.get(table, frozenset())
        return noted_rows(book, editor, table, rows) | (rows & spoken if table == "Outbox" else set())

    def with_hers(content: Content) -> Content:
        return program_sheets.with_hers(
            content,
            tables.get(content.table),
            keep_order=content.table in ("Sent", CHANGES.name),
            noted=partial(noted, content.table),
            farewell=program_sheets.farewell_of(content.table, plan.words, sent, refused),
            deciding=book.her_words.deciding if content.table == "Outbox" else {},
        )

    today, *others = map(with_hers, contents)
    moved = moved_rows(book, (duplicates, *others))
    problems = with_hers(program_sheets.problems_content(plan, mends=mends, moved=moved))
    return [today, problems, duplicates, *others], moved


def _stale(book: Workbook, plan: Plan) -> set[str]:
    """Return the short keys of rows of Outbox in which her word under Send? is older than what is asked there, or was carried out.

    A tick from before the question does not answer it.
    """
    keys = {key_of(held).short for held in plan.held_list if held.reason in DOUBTFUL}
    unread = {short for short, word in book.her_words.ticks.items() if word == UNREAD}  # those she is asked about
    return (book.her_words.outcomes("send").keys() - unread) | (keys - book.ledger.asked)


def _statuses(book: Workbook, sent: Sequence[Mapping[str, Cell]], words: Language) -> dict[str, tuple[str, str]]:
    """Return, by a key's digest, what stands in Outbox of a message that failed: a passing reason is told, and that it is tried again."""
    told = {
        (line["campaign"], line["client_id"], line["occasion"]): words.reason(
            "tried-again", detail=words.detail(str(line["detail"] or "…"))
        )
        for line in sent
        if line["status"] == "failed"
    }
    return {
        record.key.digest: (record.status, told.get(record.key, "") if record.status == "queued" else "")
        for record in book.ledger.sent.values()
        if record.status in ("failed", "queued")
    }


def put_content(book: Workbook, editor: Editor, words: Language, content: Content, taken: set[str]) -> None:
    """Write one program sheet where it stands, or a new one at the end, and mark it and its columns."""
    placement = book.raw.placements.get(content.table)
    places = dict(placement.columns) if placement else {}
    headers = dict(placement.headers) if placement else {}
    sheet = next((s for s in editor.document.sheets if placement and s.title == placement.sheet), None)
    free = max([*places.values(), placement.last_col if placement else 0])
    if sheet and set(content.fields) - places.keys():  # beside it something of hers may stand
        free = max(free, _last_filled(editor, sheet.part))
    columns = []
    formats = formats_of(book.settings)
    for name in content.fields:
        if name not in places:
            free += 1
            places[name] = free
        header = headers.get(name) or words.header(HEADER_OF.get((content.table, name), name))
        columns.append(program_column(content.table, name, header, words, formats, at=places[name]))
    header_row = placement.header_row if placement else 2 if content.note else 1
    excel_table = placement.excel_table if placement and placement.excel_table else free_name(editor, content.table)
    read_to = _read_to(book, editor, content.table, excel_table)
    spec = program_spec(content, columns, excel_table=excel_table, header_row=header_row, read_to=read_to)
    title = placement.sheet if placement else safe_title(words.sheet(content.table), taken)
    taken.add(title.casefold())
    editor.put_sheet(title, spec, sheet=sheet.part if sheet else None)
    first = min(places[name] for name in content.fields)
    _define(editor, table_mark(content.table), reference(title, f"${letters(first)}${header_row}"))
    for name in content.fields:
        _define(editor, column_mark(content.table, name), reference(title, f"${letters(places[name])}${header_row}"))


def _read_to(book: Workbook, editor: Editor, name: str, excel_table: str) -> int:
    """Return the last row, right below a table of ours, that was typed there as one of it (0: none); her remarks beneath stay there."""
    table, stood = book.raw.tables.get(name), editor.document.table(excel_table)
    if table is None or stood is None:
        return 0
    columns = [table.column(field).filled for field in program_sheets.IDENTITY[name]]
    known = (
        np.any(columns, axis=0) if name == "Duplicates" else np.all(columns, axis=0)
    )  # one id, and the other forgotten
    last = 0
    for row, is_one in sorted(zip(table.rows.tolist(), known.tolist(), strict=True)):
        if row > stood.ref.last_row:
            if not is_one:
                break
            last = row
    return last


def _last_filled(editor: Editor, part: str) -> int:
    """Return the last column of a sheet in which anything stands, formats alone apart."""
    prefix = editor.prefix(part).encode()
    cells = (row_contents(row, prefix, editor.shared).items() for _, row in iter_rows(editor.chunks(part)))
    return max((c for each in cells for c, (cell, _) in each if cell.value not in (None, "")), default=0)


def free_name(editor: Editor, table: str) -> str:
    """Return the name for a new Excel table: the contract's, unless the owner has given it to something of her own."""
    taken = {t.display_name.casefold() for t in editor.document.tables}
    taken |= {n.name.casefold() for n in editor.document.defined_names}
    return table if table.casefold() not in taken else f"sheetcrm_{table}"


def _mark(editor: Editor, identity: Identity) -> None:
    """Write the workbook's id, the machine that sends for it, and the format."""
    _define(editor, ID, quoted_text(identity.id))
    if identity.machine:
        _define(editor, MACHINE, quoted_text(identity.machine))
    if identity.since:
        _define(editor, SINCE, quoted_text(identity.since))
    _define(editor, FORMAT_NAME, quoted_text(str(FORMAT)))
    if editor.document.properties.get(PROPERTY) != identity.id:
        editor.set_property(PROPERTY, identity.id)


def _define(editor: Editor, name: str, value: str) -> None:
    if editor.document.name(name) != value:
        editor.define_name(name, value)


assert set(program_sheets.IDENTITY) <= set(TABLES)
