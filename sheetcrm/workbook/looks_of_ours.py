"""How that looks which the program adds to an owner's workbook: grey columns, and sheets in the colours of `looks`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sheetcrm.crm.fields import DECISIONS, TABLES, YES_NO, Kind
from sheetcrm.crm.settings import Settings
from sheetcrm.languages import Language
from sheetcrm.workbook.looks import (
    AMBER,
    COMPUTED,
    GREEN_INK,
    HEADER,
    HEADER_COMPUTED,
    LINE,
    MUTED,
    PAPER,
    ROSE,
    ROSE_INK,
    NumberFormats,
    number_formats,
)
from sheetcrm.workbook.program_sheets import AMBER as AMBER_ROW
from sheetcrm.workbook.program_sheets import QUIET, RED, Content, Row
from sheetcrm.xlsx.cells import fitting
from sheetcrm.xlsx.editor import Editor
from sheetcrm.xlsx.newsheet import Column, SheetSpec

_RATE = "0%"
_WIDEST_HEADER = 28
_TEXT = "@"
_WIDTHS = {
    "severity": 17, "code": 20, "sheet": 18, "row": 9, "column": 10, "value": 26, "message": 52, "hint": 60,
    "key": 13, "campaign": 22, "client_id": 9, "client": 30, "due": 12, "channel": 12, "to": 34, "subject": 44, "text": 60,
    "send": 11, "status": 16, "reason": 42, "occasion": 16, "at": 18, "detail": 30,
    "left": 24, "right": 24, "score": 11, "tier": 16, "reasons": 50, "decision": 16,
    "visits": 10, "total_spend": 13, "average_ticket": 13, "first_visit": 12, "last_visit": 12, "next_visit": 12, "age": 7,
    "visit_interval": 12, "expected_visit": 13, "rfm": 7, "value_class": 10, "favourite_service": 22, "no_show_rate": 11,
    "merged_into": 12, "problems": 44,
}  # fmt: skip
_FILLS = {RED: ROSE, AMBER_ROW: AMBER, QUIET: COMPUTED}
_TABS = {"Problems": ROSE_INK, "Duplicates": HEADER_COMPUTED, "Outbox": GREEN_INK, "Sent": GREEN_INK}
_ONE_LINE = {"Outbox": 18.0, "Sent": 18.0}
"""Heights of rows, in points, in sheets whose texts have many lines: the first one is a preview."""
_AS_TEXT = frozenset({"key", "client_id", "occasion", "to", "value", "left", "right"})
_WRAPPED = frozenset({"message", "hint", "reasons"})
_LEFT = frozenset({"row", "column", "due", "at", "score"})
_LINE = 15.0  # points
_TALLEST = 409.0  # points: no row of Excel's is taller
_PER_WIDTH = 1.05  # letters of a common text per unit of a column's width


def program_column(table: str, name: str, header: str, words: Language, formats: NumberFormats, *, at: int) -> Column:
    """Return a column of a program sheet: its width, format, and the drop-down of a field that the owner fills."""
    choices: tuple[str, ...] = ()
    if (table, name) == ("Outbox", "send"):
        choices = tuple(words.choice(word) for word in YES_NO)
    if (table, name) == ("Duplicates", "decision"):
        choices = tuple(words.choice(word) for word in DECISIONS)
    number_format = _TEXT if name in _AS_TEXT else None
    if name == "due":
        number_format = formats.date
    elif name == "at":
        number_format = f"{formats.date} {formats.time}"
    return Column(
        header,
        max(_WIDTHS.get(name, 16), max(map(len, header.split())) + 2),  # it wraps between words only
        number_format=number_format,
        choices=choices,
        wrap=name in _WRAPPED,
        left=name in _LEFT,
        at=at,
    )


def program_spec(content: Content, columns: Sequence[Column], *, excel_table: str, header_row: int) -> SheetSpec:
    """Return a program sheet in the colours of the workbooks that we make."""
    return SheetSpec(
        table=excel_table,
        columns=columns,
        rows=[[fitting(row.get(name)) for name in content.fields] for row in content.rows],
        fills=[rgb(_FILLS[tone]) if tone else None for tone in content.tones],
        kept=content.kept,
        header_row=header_row,
        frozen_columns=0,
        tab_color=rgb(_TABS[content.table]),
        header_fill=rgb(HEADER),
        header_color=rgb(PAPER),
        line=rgb(LINE),
        row_height=_ONE_LINE.get(content.table),
        heights=[_height(row) for row in content.rows],
    )


def _height(row: Row) -> float | None:
    """Return the height of a row whose wrapped texts take more than a line."""
    lines = max(
        (math.ceil(len(str(row.get(n) or "")) / (_WIDTHS[n] * _PER_WIDTH)) for n in _WRAPPED & row.keys()), default=1
    )
    return min(lines * _LINE, _TALLEST) if lines > 1 else None


def width_of(name: str, header: str) -> float:
    """Return the width of a column that is added, in characters: its header is to be read in one line."""
    return float(max(_WIDTHS.get(name, 14), min(len(header) + 3, _WIDEST_HEADER)))


def formats_of(settings: Settings) -> NumberFormats:
    """Return the number formats of the owner's country."""
    return number_formats(settings.country, settings.language, settings.currency)


def style_of(editor: Editor, table: str, name: str, settings: Settings) -> int:
    """Return the style of a computed cell: grey letters, and by its kind a date, money or rate as her country writes it.

    No fill: her own bands and colours stay in sight, and cells that hold nothing are not made.
    """
    formats = formats_of(settings)
    field = TABLES[table].field(name)
    kind = field.kind if field is not None else Kind.TEXT
    number_format: str | None = None
    if kind is Kind.DATE:
        number_format = formats.date
    elif kind is Kind.MONEY:
        number_format = formats.money
    elif name == "no_show_rate":
        number_format = _RATE
    elif kind is Kind.NUMBER:
        number_format = "0"
    elif kind is Kind.ID:
        number_format = _TEXT
    return editor.style(number_format=number_format, font_color=rgb(MUTED))


def header_style(editor: Editor) -> int:
    """Return the style of a computed column's header where the owner's own headers have none."""
    return editor.style(bold=True, font_color=rgb(MUTED))


def rgb(colour: str) -> str:
    """Return a colour as the file format writes it: RRGGBB."""
    return colour.removeprefix("#")
