"""An owner's list made into a client workbook: columns beside hers, sheets behind hers, nothing of hers changed.

Nothing is saved here: bytes in, bytes out, and the proof that goes with them.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sheetcrm.crm.journal import Person, people_of
from sheetcrm.crm.settings import Settings
from sheetcrm.crm.tables import Cell
from sheetcrm.languages import Language, fields_named
from sheetcrm.workbook import starters
from sheetcrm.workbook.added_columns import Added, ListWriter
from sheetcrm.workbook.added_sheets import put_new_sheet
from sheetcrm.workbook.book import Workbook
from sheetcrm.workbook.choosing import CLIENTS, VISITS
from sheetcrm.workbook.edge import mapped_errors, sheet_protected
from sheetcrm.workbook.placement import Placement
from sheetcrm.workbook.raw_book import RawBook
from sheetcrm.workbook.setting_rows import put_settings
from sheetcrm.workbook.surveying import Survey
from sheetcrm.xlsx.editor import Editor
from sheetcrm.xlsx.proof import verify

_NEW_SHEETS = ("Visits", "Services", "Campaigns", "Segments", "Texts")


@dataclass(frozen=True)
class Adoption:
    """A workbook's new bytes and what is new in them. `data` are the old bytes where nothing was missing.

    `columns` are the fields added to her own sheets, by table; `sheets` the titles of the tables added, `missing` of those
    that a protected structure keeps out; `people` how many clients a journal gave; `verify` raises unless bytes are the
    old ones with exactly these edits.
    """

    data: bytes
    changed: bool
    columns: Mapping[str, Added]
    sheets: Mapping[str, str]
    people: int
    verify: Callable[[bytes], None]
    missing: tuple[str, ...] = ()

    @property
    def added(self) -> list[str]:
        """The fields and tables that are new, fields of her list first."""
        return [f for added in self.columns.values() for f in (*added.shown, *added.folded)] + list(self.sheets)


def adopt(book: Workbook, found: Survey, wished: Mapping[str, str], *, apart: bool = False) -> Adoption:
    """Make what a list lacks. `book` is the workbook as the survey read it, `wished` settings to be written.

    `apart`: new columns may stand beyond what is beside her list. Raises WorkbookError where it cannot be written: signed,
    protected, something in the way.
    """
    raw, name, words = book.raw, book.path.name, book.words
    with mapped_errors(name):
        editor = Editor(raw.data, raw.report.sheets, edit_signed=book.settings.edit_signed)
        columns, settings = dict[str, Added](), dict(found.columns)
        for table in (CLIENTS, VISITS):
            if table in raw.placements:
                placement = raw.placements[table]
                _check_unprotected(raw, placement, name)
                dropped = found.dropped if table == found.kind else frozenset()
                writer = ListWriter(book, editor, placement, dropped, apart=apart)
                columns[table] = writer.write()
                settings |= columns[table].settings
        wanted = {**wished, **_column_settings(settings)}
        sheets, people, missing = dict[str, str](), list[Person](), tuple[str, ...]()
        if _may_be_left_out(editor, raw, settings):
            missing = tuple(words.sheet(table) for table in (*_NEW_SHEETS, "Settings") if table not in raw.placements)
        else:
            if CLIENTS not in raw.placements:
                people = _people(found)
                sheets[CLIENTS] = put_new_sheet(editor, CLIENTS, _client_rows(found, people), book.settings, words)
            sheets |= _sheets(book, editor, columns, found.joined.lines if found.joined else [])
            if title := _settings(book, editor, wanted, words):
                sheets["Settings"] = title
        out = io.BytesIO()
        receipt = editor.write(out)

    def check(written: bytes) -> None:
        with mapped_errors(name):
            verify(raw.data, written, receipt)

    columns = {table: added for table, added in columns.items() if added.shown or added.folded or added.plain}
    if receipt.changed:
        check(out.getvalue())
    return Adoption(out.getvalue(), receipt.changed, columns, sheets, len(people), check, missing)


def _may_be_left_out(editor: Editor, raw: RawBook, columns: Mapping[str, str]) -> bool:
    """Tell whether the workbook takes no new sheets, and does without: her columns are known by the vocabulary alone."""
    return editor.document.structure_locked and CLIENTS in raw.placements and not columns


def _column_settings(columns: Mapping[str, str]) -> dict[str, str]:
    return {f"column.{known}": header for known, header in columns.items()}


def _check_unprotected(raw: RawBook, placement: Placement, name: str) -> None:
    part = next(sheet.part for sheet in raw.document.sheets if sheet.title == placement.sheet)
    if raw.report.sheets[part].protected:
        raise sheet_protected(name, placement.sheet)


def _sheets(
    book: Workbook, editor: Editor, columns: Mapping[str, Added], lines: Sequence[Mapping[str, Cell]]
) -> dict[str, str]:
    """Add the owner's sheets that are missing; return their titles by table. `lines` are the visits of her journals."""
    code = book.words.code
    rows: dict[str, Sequence[Mapping[str, Cell]]] = {
        VISITS: lines,
        "Campaigns": starters.campaigns(code),
        "Segments": starters.segments(code),
    }
    missing = [table for table in _NEW_SHEETS if table not in book.raw.placements]
    names = columns[CLIENTS].names if CLIENTS in columns else ""
    lists = {(VISITS, "client"): names} if names else {}
    return {
        table: put_new_sheet(editor, table, rows.get(table, []), book.settings, book.words, lists) for table in missing
    }


def _settings(book: Workbook, editor: Editor, given: Mapping[str, str], words: Language) -> str:
    """Write settings; a workbook without a sheet for them gets one that lists them all, whose title is returned."""
    if "Settings" not in book.raw.placements:
        rows = starters.settings(words.code, given)
        return put_new_sheet(editor, "Settings", rows, book.settings, words)
    said = {s.name.casefold(): str(s.value or "") for s in book.raw.settings}
    new = {name: value for name, value in given.items() if said.get(name.casefold()) != value}
    if new:
        put_settings(book, editor, new)
    return ""


def _people(found: Survey) -> list[Person]:
    table = found.table
    return people_of(table.column("client").cells(), table.column("phone").cells())


def _client_rows(found: Survey, people: list[Person]) -> list[dict[str, Cell]]:
    """Return the clients of a journal, with an e-mail address and a birthday where it has columns of these."""
    table = found.table
    columns = {field: table.column(own).cells() for own in table.own for field in _told(table.headers[own])}
    rows = []
    for person in people:
        told = {
            f: next((cells[at] for at in person.lines if cells[at] is not None), None) for f, cells in columns.items()
        }
        row: dict[str, Cell] = {"name": person.name, "phone": person.phone, **told}
        rows.append({name: cell for name, cell in row.items() if cell not in (None, "")})
    return rows


def _told(header: str) -> list[str]:
    return [field for field in fields_named(header) if field in ("email", "birthday")]


def with_settings(book: Workbook, language: str, country: str) -> Workbook:
    """Return the workbook as it is in a language and country, for what is written into it."""
    settings: Settings = replace(book.settings, language=language, country=country)
    return replace(book, settings=settings)
