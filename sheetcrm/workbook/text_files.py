"""A text table (csv) as rows of text, and as a workbook in memory, so that its list is found by the same rules as any other.

All cells are text: what a leading zero, a + or an id mean is told by the column, later, and never by how the text looks.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence

import xlsxwriter

from sheetcrm.errors import WorkbookUnreadable
from sheetcrm.languages import fields_named
from sheetcrm.workbook.edge import not_a_workbook
from sheetcrm.workbook.opening import is_workbook, kind_of
from sheetcrm.workbook.text_encoding import decoded
from sheetcrm.xlsx.refs import MAX_COLUMN, MAX_ROW
from sheetcrm.xlsx.workbook import safe_title

_DELIMITERS = ";,\t|"
_SEP = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_LOOKED_AT = 50  # rows
_LONGEST = 32_767  # letters of a cell; a longer one is a quotation mark that nobody closed
_GUARDED = re.compile(r'="([^"]*)"')
_APOSTROPHE = re.compile(r"'(?=[=+\-@])")
_TEXTS = ("csv", "unknown")


def as_table_file(data: bytes, name: str, *, title: str, language: str = "en", country: str = "") -> bytes:
    """Return a file that holds a list as the bytes of a workbook: those of a workbook as they are, a text table in a sheet `title`.

    Row numbers are those that the rows have in Excel. `name` is what errors call the file. Raises WorkbookUnreadable.
    """
    if is_workbook(data):
        return data
    if (kind := kind_of(data)) not in _TEXTS:
        raise not_a_workbook(name, kind)
    if not (text := decoded(data, language, country) or "").strip():
        raise _no_table(name)
    rows = table_rows(text)
    if len(rows) > MAX_ROW:
        raise _too_long(name, len(rows))
    return _package(rows, title)


def table_rows(text: str) -> list[list[str]]:
    r"""Return the rows of a text table, blank ones too; what parts the cells is found out, or told by a first line `sep=;`.

    >>> table_rows('sep=;\nName;Phone\n"Smith; Anna";0044 20'), table_rows("Name,Phone\nAnna,")
    ([['Name', 'Phone'], ['Smith; Anna', '0044 20']], [['Name', 'Phone'], ['Anna', '']])
    """
    said = _SEP.match(text)
    if said:
        return _parsed(text[said.end() :], said[1])
    return _parsed(text, _delimiter(text))


def _parsed(text: str, delimiter: str) -> list[list[str]]:
    rows = _split(text, delimiter, csv.QUOTE_MINIMAL)
    if any(len(cell) > _LONGEST for row in rows for cell in row):
        rows = _split(text, delimiter, csv.QUOTE_NONE)
    return [[_cell(cell) for cell in row] for row in rows]


def _split(text: str, delimiter: str, quoting: int) -> list[list[str]]:
    before = csv.field_size_limit(max(len(text), 1))
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting))  # type: ignore[arg-type]
    finally:
        csv.field_size_limit(before)


def _cell(text: str) -> str:
    """Return a cell without what only keeps spreadsheets from making something else of it: `="0012"`, `'+48`."""
    text = text.strip()
    if found := _GUARDED.fullmatch(text):
        return found[1]
    return _APOSTROPHE.sub("", text, count=1) if text.startswith("'") else text


def _delimiter(text: str) -> str:
    """Return what parts the cells: that under which most headers are known, else under which most rows are of one length."""
    head = "".join(text.splitlines(keepends=True)[:_LOOKED_AT])
    return max(_DELIMITERS, key=lambda delimiter: _evidence(_split(head, delimiter, csv.QUOTE_MINIMAL)))


def _evidence(rows: Sequence[Sequence[str]]) -> tuple[int, float]:
    known = max((sum(bool(fields_named(cell)) for cell in row) for row in rows), default=0)
    lengths = Counter(len(row) for row in rows if row)
    length, count = max(lengths.items(), key=lambda each: (each[0] > 1, each[1]), default=(0, 0))
    return known, length * count / max(len(rows), 1)


def _package(rows: Sequence[Sequence[str]], title: str) -> bytes:
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(out, options) as book:
        page = book.add_worksheet(safe_title(title, set()))
        for at, row in enumerate(rows):
            for column, cell in enumerate(row[:MAX_COLUMN]):
                if cell:
                    page.write_string(at, column, cell[:_LONGEST])
    return out.getvalue()


def _no_table(name: str) -> WorkbookUnreadable:
    return WorkbookUnreadable(
        f"{name} is neither a workbook nor a text table.",
        "Save the list as .xlsx or .csv and try with that.",
        code="not-a-workbook",
        text="no-text-table",
        params={"file": name},
    )


def _too_long(name: str, count: int) -> WorkbookUnreadable:
    return WorkbookUnreadable(
        f"{name} has {count} rows, more than a sheet can hold.",
        "Cut it into several files and import one after the other.",
        code="too-large",
        text="too-many-rows",
        params={"file": name, "count": str(count)},
    )
