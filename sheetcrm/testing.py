"""For tests of programs that use sheetcrm: a transport that keeps its messages, and workbooks written as text.

>>> from pathlib import Path
>>> from tempfile import TemporaryDirectory
>>> folder = TemporaryDirectory()
>>> book = make_workbook(
...     Path(folder.name, "salon.xlsx"),
...     clients='''
...         Client ID | Name          | Phone        | Birthday   | Email consent
...         C1        | Anna Kowalska | 600 000 101  | 1990-03-08 | yes
...         "2"       | Ola Nowak     | +48600000102 | 8 March    |
...     ''',
...     visits='''
...         Date       | Client        | Service | Amount
...         2026-11-20 | Anna Kowalska | Cut     | 52.50
...     ''',
... )
>>> book.name
'salon.xlsx'
>>> folder.cleanup()
"""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from sheetcrm.crm.fields import TABLES
from sheetcrm.delivery.memory import MemoryTransport
from sheetcrm.languages import language

__all__ = ["MemoryTransport", "make_workbook"]

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")  # 0600 keeps its zero, so it is text
_BAR = re.compile(r"(?<!\\)\|")
_PARTS = (_BAR, re.compile(r"\t"), re.compile(";"), re.compile(","), re.compile(r" {2,}"))
_RULE = re.compile(r"[|\s]*:?-+:?[|\s:-]*")  # of Markdown, below the headers
_FRAME = re.compile(r"(?<!\\)\|\Z")
_QUOTED = re.compile(r' *"(?:[^"]|"")*"')
_TITLES = {name.lower(): name for name in TABLES}


def make_workbook(
    path: str | os.PathLike[str],
    clients: str = "",
    visits: str = "",
    *,
    tables: bool = False,
    **more: str,
) -> Path:
    r"""Write a workbook from tables given as text, one sheet each, and return its path; a file there is replaced.

    A table is lines of cells, the first line the headers, as an owner would type them. What parts the cells is seen in the
    header line: `|` (also as in Markdown, with bars at both ends and a line of dashes), else tabs, `;`, `,`, else two blanks
    or more; a line without any of them is one header. Blanks around a cell and empty lines do not count, `\|` is a bar
    within a cell, and between double quotes nothing parts. An ISO date becomes a date, a plain number a number,
    "text in double quotes" stays text whatever it looks like, all else is text (so is a phone with `+` or a leading
    zero). `more` are further tables by keyword: `services`, `segments`, `campaigns`, `texts`, `settings`, `holidays`.
    Sheets have English titles; with `tables` they are Excel tables under the contract's names. Raises ValueError where
    a row has more cells than there are headers, TypeError for an unknown table.
    """
    texts = {"clients": clients, "visits": visits, **more}
    unknown = [name for name in more if name not in _TITLES]
    if unknown:
        raise TypeError(f"make_workbook() knows no table {unknown[0]!r}; it knows {', '.join(_TITLES)}")
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(os.fspath(path), options) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, text in texts.items():
            if text.strip():
                _write_sheet(book, _TITLES[name], parse_table(text), day, as_table=tables)
        if not book.worksheets():
            book.add_worksheet()
    return Path(path)


def parse_table(text: str) -> list[list[Any]]:
    """Return the rows of a table written as text, the headers first; empty cells are None.

    >>> parse_table('''
    ...     Name | Since      | Spent | Phone
    ...     Anna | 2024-02-29 | 52.5  | "600000101"
    ... ''')
    [['Name', 'Since', 'Spent', 'Phone'], ['Anna', datetime.date(2024, 2, 29), 52.5, '600000101']]
    """
    lines = [line.strip(" \r") for line in text.strip("\n\r ").splitlines() if line.strip()]
    parts = next((one for one in _PARTS if one.search(lines[0])), None)
    framed = parts is _BAR and lines[0].startswith("|")
    headers = _unquoted(_cells(lines[0], parts, framed=framed))
    rows: list[list[Any]] = [headers]
    for number, line in enumerate(lines[1:], 1):
        if number == 1 and parts is _BAR and _RULE.fullmatch(line):
            continue
        cells = [_value(cell) for cell in _cells(line, parts, framed=framed)]
        if len(cells) > len(headers):
            raise ValueError(f"{len(cells)} cells under {len(headers)} headers: {line}")
        rows.append(cells)
    return rows


def _cells(line: str, parts: re.Pattern[str] | None, *, framed: bool) -> list[str]:
    """Cut a line where it is parted, but not within double quotes that begin a cell."""
    if framed:
        line = _FRAME.sub("", line.removeprefix("|"))
    cells, start = [], 0
    while parts is not None and (end := parts.search(line, _after_quotes(line, start, parts))):
        cells.append(line[start : end.start()])
        start = end.end()
    return [cell.strip().replace(r"\|", "|") for cell in (*cells, line[start:])]


def _after_quotes(line: str, start: int, parts: re.Pattern[str]) -> int:
    """Return where a cell's end may be looked for: behind its closing quote, if it has one."""
    found = _QUOTED.match(line, start)
    if found is None:
        return start
    after = len(line) - len(line[found.end() :].lstrip(" "))
    closed = after == len(line) or parts.match(line, found.end()) or parts.match(line, after)
    return found.end() if closed else start


def _unquoted(headers: list[str]) -> list[Any]:
    return [h[1:-1] if len(h) > 1 and h[0] == h[-1] == '"' else h for h in headers]


def _value(text: str) -> Any:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    if _ISO_DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:  # 2026-02-30 is what somebody typed, and a test may want just that
            return text
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text or None


def _write_sheet(book: Any, name: str, rows: list[list[Any]], day: Any, *, as_table: bool) -> None:
    page = book.add_worksheet(language("en").sheet(name))
    headers = rows[0]
    if as_table:
        columns = [{"header": header} for header in headers]
        page.add_table(0, 0, max(len(rows) - 1, 1), len(headers) - 1, {"name": name, "columns": columns})
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            if isinstance(value, date):
                page.write_datetime(row, column, value, day)
            elif isinstance(value, str):
                page.write_string(row, column, value)
            elif value is not None:
                page.write_number(row, column, value)
