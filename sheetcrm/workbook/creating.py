"""A workbook made from nothing: what `sheetcrm new` gives, and what the demo and the samples fill.

Every sheet is in her language and holds one Excel table under the contract's name; program tables (Problems, Outbox, …)
come with the first refresh.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import xlsxwriter

from sheetcrm.crm.fields import Kind
from sheetcrm.languages import Language, language
from sheetcrm.workbook import starters
from sheetcrm.workbook.arrangement import Cell, ColumnPlan, Sheet, arrange
from sheetcrm.workbook.looks import ACCENT, HEADER, HEADER_COMPUTED, Looks, number_formats
from sheetcrm.workbook.signals import Lists, add_choices, add_colours
from sheetcrm.workbook.welcome import write_instructions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHEETS = ("Clients", "Visits", "Services", "Campaigns", "Segments", "Texts", "Holidays", "Settings")
_ALWAYS = tuple(name for name in SHEETS if name != "Holidays")
_FROZEN = {"Clients": 2, "Visits": 0, "Campaigns": 1, "Services": 1, "Segments": 1, "Settings": 1}
_TAB = {
    "Clients": HEADER,
    "Visits": HEADER,
    "Services": HEADER,
    "Campaigns": ACCENT,
    "Segments": ACCENT,
    "Texts": ACCENT,
}
_IN_SIGHT = 24  # rows
_WRAPPED = frozenset({"body"})


def create_workbook(
    target: str | Path | IO[bytes],
    code: str,
    *,
    tables: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    settings: Mapping[str, Any] | None = None,
    on: date | None = None,
) -> None:
    """Write a new workbook in the language `code` to a path or a binary buffer, replacing what is there.

    `tables` has rows by the contract's table name, each a mapping of field (or of a header of one's own) to value: str,
    number, bool, date, time or `Cell`; values stand in the cells as given. Missing tables are empty, Campaigns and
    Segments the starter ones, Holidays is left out. `settings` fills the Settings sheet and decides formats by
    `country` and `currency`. `on` is the day of making, which makes the bytes reproducible; without it they carry the
    clock's.
    """
    tongue = language(code)
    given = {"language": tongue.code, "country": starters.COUNTRY[tongue.code], **(settings or {})}
    numbers = number_formats(str(given["country"]), tongue.code, str(given.get("currency") or ""))
    given = {"currency": numbers.currency, **given}
    # Names beginning with = or a web address are text: nothing that a client list holds may become a formula or a link.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(str(target) if isinstance(target, Path) else target, options) as book:
        if on is not None:
            book.set_properties({"created": datetime(on.year, on.month, on.day)})  # noqa: DTZ001 - a document property has no zone
        looks = Looks(book, numbers)
        welcome = book.add_worksheet(tongue.sheet("Instructions"))
        contents = _contents(tongue.code, tables or {}, given)
        sheets = [_add_sheet(book, looks, tongue, name, rows) for name, rows in contents.items()]
        lists = Lists(book, tongue, sheets)
        for sheet in sheets:
            add_choices(sheet, lists, tongue)
            add_colours(sheet, looks, tongue)
        write_instructions(welcome, looks, tongue, str(given.get("business") or ""))


def _contents(
    code: str, tables: Mapping[str, Sequence[Mapping[str, Any]]], settings: Mapping[str, Any]
) -> dict[str, Sequence[Mapping[str, Any]]]:
    """Return the rows of every sheet to be made, in the order of the sheets."""
    starter: dict[str, Sequence[Mapping[str, Any]]] = {
        "Campaigns": starters.campaigns(code),
        "Segments": starters.segments(code),
        "Settings": starters.settings(code, settings),
    }
    return {name: tables.get(name, starter.get(name, ())) for name in SHEETS if name in _ALWAYS or name in tables}


def _add_sheet(book: Any, looks: Looks, tongue: Language, table: str, rows: Sequence[Mapping[str, Any]]) -> Sheet:
    page = book.add_worksheet(tongue.sheet(table))
    sheet = Sheet(table, tongue.sheet(table), arrange(table, rows, tongue), rows, page)
    page.hide_gridlines(2)
    page.set_tab_color(_TAB.get(table, HEADER_COMPUTED))
    _freeze(sheet)
    page.set_row(0, 32)
    if not any(c.key in _WRAPPED for c in sheet.columns):
        page.set_default_row(18)
    _set_columns(sheet, looks)
    headers = [{"header": c.header, "header_format": looks.header(computed=c.computed)} for c in sheet.columns]
    page.add_table(0, 0, sheet.last_row, len(headers) - 1, {"name": table, "columns": headers, "style": None})
    _write_rows(sheet, looks)
    _add_notes(sheet, tongue)
    page.ignore_errors({"number_stored_as_text": f"A1:XFD{sheet.last_ready_row + 1}"})
    _set_printing(page)
    return sheet


def _freeze(sheet: Sheet) -> None:
    """Keep the header in sight; Visits open at their end, where the next one is typed."""
    below = len(sheet.rows) + 1
    top = below - _IN_SIGHT if sheet.table == "Visits" and below > _IN_SIGHT else 1
    sheet.page.freeze_panes(1, _FROZEN.get(sheet.table, 0), top)
    if top > 1:
        sheet.page.set_selection(below, 0, below, 0)


def _format(column: ColumnPlan, looks: Looks, number_format: str = "") -> Any:
    wanted = number_format or ("@" if column.text_only else "")
    return looks.body(
        column.field.kind,
        computed=column.computed,
        faint=column.key == "client_id",
        number_format=wanted,
        wrap=column.key in _WRAPPED,
    )


def _set_columns(sheet: Sheet, looks: Looks) -> None:
    """Widths, formats and folding; the column right of a folded group carries its + sign."""
    after_folded = False
    for position, column in enumerate(sheet.columns):
        options: dict[str, Any] = {"level": 1, "hidden": True} if column.folded else {}
        if after_folded and not column.folded:
            options = {"collapsed": True}
        after_folded = column.folded
        sheet.page.set_column(position, position, column.width, _format(column, looks), options)
    if after_folded:
        sheet.page.set_column(len(sheet.columns), len(sheet.columns), None, None, {"collapsed": True})


def _write_rows(sheet: Sheet, looks: Looks) -> None:
    for row, cells in enumerate(sheet.rows, 1):
        for position, column in enumerate(sheet.columns):
            value = cells.get(column.key)
            if value is not None and value != "":
                _write(sheet.page, (row, position), value, column, looks)


def _write(page: Any, at: tuple[int, int], value: Any, column: ColumnPlan, looks: Looks) -> None:
    given = value if isinstance(value, Cell) else Cell(value)
    cell_format = _format(column, looks, given.number_format)
    if given.formula:
        page.write_formula(*at, given.formula, cell_format, given.value)
    elif isinstance(given.value, str):
        page.write_string(*at, given.value, cell_format)
    elif isinstance(given.value, date) or type(given.value).__name__ == "time":
        if column.text_only and not given.number_format:
            cell_format = looks.body(Kind.DATE)
        page.write_datetime(*at, given.value, cell_format)
    else:
        page.write(*at, given.value, cell_format)


def _add_notes(sheet: Sheet, tongue: Language) -> None:
    """Put notes on the headers that need one: the id, the folded columns, the first computed one."""
    first_folded = next((i for i, c in enumerate(sheet.columns) if c.folded and not c.computed), None)
    first_computed = next((i for i, c in enumerate(sheet.columns) if c.computed and not c.folded), None)
    words = starters.words(tongue.code)
    look = {"author": "sheetcrm", "x_scale": 1.6, "y_scale": 0.9, "color": "#FFFDF3", "font_size": 9}
    if sheet.table == "Clients":
        sheet.page.write_comment(0, 0, words["id_note"], look)
        if first_folded:
            sheet.page.write_comment(0, first_folded - 1, words["more_note"], look)
        if first_computed is not None:
            sheet.page.write_comment(0, first_computed, tongue.say("grey_note"), look)


def _set_printing(page: Any) -> None:
    page.set_landscape()
    page.set_paper(9)  # A4
    page.set_margins(0.4, 0.4, 0.5, 0.5)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.set_footer("&L&8&A&R&8&P / &N")
