"""Settings written into the owner's Settings table: into the row of that name, else into a new one at its end."""

from __future__ import annotations

from collections.abc import Mapping

from sheetcrm.crm.cells import shown
from sheetcrm.errors import UsageError
from sheetcrm.languages.folding import fold
from sheetcrm.workbook.book import Workbook
from sheetcrm.workbook.columns import is_protected
from sheetcrm.workbook.edge import sheet_protected
from sheetcrm.xlsx.cells import CellValue
from sheetcrm.xlsx.editor import Editor
from sheetcrm.xlsx.sheet_spec import Column, SheetSpec


def put_settings(book: Workbook, editor: Editor, settings: Mapping[str, str | int]) -> None:
    """Write settings; a workbook without a Settings table gets one.

    Raises UsageError where the table has no value column, WorkbookError where she protects it.
    """
    words = book.words
    placement = book.raw.placements.get("Settings")
    if placement is None:
        columns = [Column(words.header("setting"), 22), Column(words.header("value"), 34)]
        rows = [[name, value] for name, value in settings.items()]
        editor.put_sheet(words.sheet("Settings"), SheetSpec("Settings", columns, rows))
        return
    if "value" not in placement.columns or "setting" not in placement.columns:
        raise UsageError(
            f"{book.path.name}: the sheet {placement.sheet} has no column for the value of a setting.",
            f"Name two columns {words.header('setting')} and {words.header('value')}.",
            text="no-value-column",
            params={"sheet": placement.sheet, "setting": words.header("setting"), "value": words.header("value")},
        )
    part = next(s.part for s in editor.document.sheets if s.title == placement.sheet)
    rows_by_name = {fold(setting.name): setting.row for setting in book.raw.settings}
    cells: dict[tuple[int, int], CellValue] = {}
    new: list[dict[int, CellValue]] = []
    for name, value in settings.items():
        row = rows_by_name.get(fold(name))
        if row is not None:
            cells[row, placement.columns["value"]] = value
        else:
            new.append({placement.columns["setting"]: name, placement.columns["value"]: value})
    known = {fold(setting.name): shown(setting.value) for setting in book.raw.settings}
    if is_protected(book, placement.sheet):
        if any(known.get(fold(name)) != shown(value) for name, value in settings.items()):
            raise sheet_protected(book.path.name, placement.sheet)
        return
    editor.set_cells(part, cells)
    last = max((s.row for s in book.raw.settings), default=placement.header_row)
    excel_table = editor.document.table(placement.excel_table) if placement.excel_table else None
    if new:
        editor.append_rows(part, new, table=excel_table, after=last)
