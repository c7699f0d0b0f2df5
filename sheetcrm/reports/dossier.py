"""What is kept of one client as a file to be handed to her: a workbook, or a page."""

from __future__ import annotations

import io
from datetime import date, datetime, time
from html import escape
from typing import TYPE_CHECKING

from sheetcrm.crm.cells import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sheetcrm.crm.dossiers import Section
    from sheetcrm.crm.tables import Cell

_WIDEST = 60
_PAGE = """<!doctype html>
<html lang="{code}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}}
table{{border-collapse:collapse;width:100%;margin-bottom:2rem}}
th,td{{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #ccc;white-space:pre-wrap;overflow-wrap:anywhere}}
th{{color:#555;font-weight:600}}</style></head>
<body><h1>{title}</h1>
{body}
</body></html>
"""


def dossier_page(sections: Sequence[Section], *, title: str, code: str) -> bytes:
    """Return a page that holds all by itself, in UTF-8: nothing is loaded from elsewhere."""
    body = "\n".join(f"<h2>{escape(one.title)}</h2>\n{_table(one)}" for one in sections)
    return _PAGE.format(code=code, title=escape(title), body=body).encode()


def _table(section: Section) -> str:
    head = "".join(f'<th scope="col">{escape(header)}</th>' for header in section.headers)
    rows = ("".join(f"<td>{escape(_text(cell))}</td>" for cell in row) for row in section.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody></table>"


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else shown(cell)


def dossier_workbook(sections: Sequence[Section]) -> bytes:
    """Return a workbook with a sheet for each part. Texts stay texts, whatever they begin with."""
    import xlsxwriter  # noqa: PLC0415 - only where one is written

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        bold = book.add_format({"bold": True})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top", "align": "left"})
        for section in sections:
            sheet = book.add_worksheet(section.title[:31])
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, section.headers, bold)
            for number, row in enumerate(section.rows, 1):
                for column, cell in enumerate(row):
                    if isinstance(cell, datetime) and cell.time() != time():
                        sheet.write_datetime(number, column, cell.replace(tzinfo=None), moment)
                    elif isinstance(cell, date):
                        sheet.write_datetime(number, column, cell, day)
                    elif isinstance(cell, bool | int | float):
                        sheet.write(number, column, cell, wrapped)
                    elif cell is not None:
                        sheet.write_string(number, column, _text(cell), wrapped)
            for column, header in enumerate(section.headers):
                longest = max([len(header), *(len(_text(row[column])) for row in section.rows)])
                sheet.set_column(column, column, min(longest + 2, _WIDEST))
    return out.getvalue()
