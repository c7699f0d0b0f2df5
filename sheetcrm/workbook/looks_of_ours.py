"""How that looks which the program adds to an owner's workbook: grey columns, and sheets in the colours of `looks`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from sheetcrm.crm.fields import BY_HAND, DECISIONS, KEEPS, TABLES, YES_NO, Kind
from sheetcrm.crm.settings import Settings
from sheetcrm.languages import Language
from sheetcrm.workbook.duplicates_sheet import ASKED
from sheetcrm.workbook.looks import (
    ACCENT,
    AMBER,
    AMBER_INK,
    BLUE,
    BLUE_INK,
    COMPUTED,
    FAINT,
    GREEN,
    GREEN_INK,
    HEADER,
    HEADER_COMPUTED,
    LILAC,
    LILAC_INK,
    LINE,
    MUTED,
    PALE,
    PAPER,
    ROSE,
    ROSE_INK,
    NumberFormats,
    number_formats,
)
from sheetcrm.workbook.program_sheets import AMBER as AMBER_ROW
from sheetcrm.workbook.program_sheets import LINK_TO, QUIET, RED, Content, Row
from sheetcrm.workbook.side_by_side import DIFFERS, SAME
from sheetcrm.workbook.today_sheet import AGAIN, RED_AFTER, TOPIC
from sheetcrm.xlsx.cells import fitting
from sheetcrm.xlsx.editor import Editor
from sheetcrm.xlsx.sheet_spec import Accent, Column, SheetSpec

_RATE = "0%"
_WIDEST_HEADER = 28
_TEXT = "@"
_WIDTHS = {
    "severity": 17, "code": 20, "sheet": 18, "row": 9, "column": 10, "value": 26, "message": 52, "hint": 60,
    "key": 13, "campaign": 22, "client_id": 9, "client": 30, "due": 12, "channel": 12, "to": 34, "subject": 44, "text": 60,
    "send": 11, "status": 16, "reason": 42, "occasion": 16, "at": 18, "detail": 30,
    "left": 10, "right": 10, "score": 14, "tier": 20, "reasons": 56, "decision": 16, "keep": 15,
    **{f"{side}_{name}": width for side in ("left", "right") for name, width in (
        ("name", 24), ("phone", 17), ("email", 27), ("birthday", 12), ("city", 15), ("visits", 9), ("last_visit", 12))},
    "visits": 10, "total_spend": 13, "average_ticket": 13, "first_visit": 12, "last_visit": 12, "next_visit": 12, "age": 7,
    "visit_interval": 12, "expected_visit": 13, "rfm": 7, "value_class": 10, "favourite_service": 22, "no_show_rate": 11,
    "link": 16, "parts": 9, "contact_time": 26, "done": 13,
    "shown": 12, "topic": 24, "when": 23,
    "merged_into": 12, "problems": 44, "action": 16, "other_id": 12, "other": 30, "field": 22, "before": 32, "after": 32,
}  # fmt: skip
_FILLS = {RED: ROSE, AMBER_ROW: AMBER, QUIET: COMPUTED}
_TABS = {
    "Problems": ROSE_INK,
    "Duplicates": HEADER_COMPUTED,
    "Outbox": GREEN_INK,
    "Calls": BLUE_INK,
    "Sent": GREEN_INK,
    "Changes": HEADER_COMPUTED,
    "Today": ACCENT,
    "Why": HEADER_COMPUTED,
}
_ONE_LINE = {"Outbox": 18.0, "Sent": 18.0, "Changes": 18.0}
"""Heights of rows, in points, in sheets whose texts have many lines: the first one is a preview."""
_AS_TEXT = frozenset(
    {"key", "client_id", "occasion", "to", "value", "other_id", "left", "right", "left_phone", "right_phone", "shown"}
)
_HIDDEN = frozenset({"shown"})
_DAYS = frozenset({"due", "left_birthday", "right_birthday", "left_last_visit", "right_last_visit"})
_LONG_AGO = f"AND(ISNUMBER({{cell}}),TODAY()-{{cell}}>{RED_AFTER})"
_PROMPTS = {"decision": DECISIONS, "keep": KEEPS}
_ACCENTS = {
    DIFFERS: (ROSE, ROSE_INK),
    SAME: ("", MUTED),
    ASKED: (PALE, ""),
    TOPIC: ("", HEADER),
    AGAIN: ("", FAINT),
    "certain": (GREEN, GREEN_INK),
    "likely": (AMBER, AMBER_INK),
    "maiden-name": (LILAC, LILAC_INK),
    "household": (BLUE, BLUE_INK),
}
"""The fill and the letters of a cell by what it is to be told by."""
_WRAPPED = frozenset({"message", "hint", "reasons"})
_WRAPPED_THERE = frozenset({("Calls", "text"), ("Today", "text")})
_LEFT = frozenset(
    {"when", "row", "column", "due", "at", "before", "after", "score", "left_visits", "right_visits", *_DAYS}
)
_WORDS = re.compile(r"\s+(?!\d$)")  # the number of `Phone 1` stays with it
_LINE = 15.0  # points
_TALLEST = 409.0  # points: no row of Excel's is taller
_PER_WIDTH = 1.05  # letters of a common text per unit of a column's width


def program_column(table: str, name: str, header: str, words: Language, formats: NumberFormats, *, at: int) -> Column:
    """Return a column of a program sheet: its width, format, and the drop-down of a field that the owner fills."""
    choices: tuple[str, ...] = ()
    if (table, name) == ("Outbox", "send"):
        choices = tuple(words.choice(word) for word in (*YES_NO, BY_HAND))
    elif (table, name) == ("Calls", "done"):
        choices = tuple(words.choice(word) for word in YES_NO)
    prompt = ""
    if table == "Duplicates" and name in _PROMPTS:
        choices = tuple(words.choice(word) for word in _PROMPTS[name])
        prompt = words.say(f"{name}_note")
    number_format = _TEXT if name in _AS_TEXT else None
    if name in _DAYS or (table, name) == ("Today", "when"):
        number_format = formats.date
    elif name == "score":
        number_format = _RATE
    elif name == "at":
        number_format = f"{formats.date} {formats.time}"
    return Column(
        header,
        max(_WIDTHS.get(name, 16), max(map(len, _WORDS.split(header))) + 2),  # it wraps between words only
        number_format=number_format,
        choices=choices,
        wrap=name in _WRAPPED or (table, name) in _WRAPPED_THERE,
        left=name in _LEFT,
        hidden=name in _HIDDEN,
        alarm=_LONG_AGO if (table, name) == ("Today", "when") else "",
        color=rgb(MUTED) if name in _HIDDEN else rgb(BLUE_INK) if name == "link" else None,
        at=at,
        prompt=prompt,
    )


def program_spec(
    content: Content, columns: Sequence[Column], *, excel_table: str, header_row: int, read_to: int = 0
) -> SheetSpec:
    """Return a program sheet in the colours of the workbooks that we make; its rows were read down to the row `read_to`."""
    linked = [at for at, name in enumerate(content.fields) if name == "link"]
    return SheetSpec(
        table=excel_table,
        columns=columns,
        rows=[[fitting(row.get(name)) for name in content.fields] for row in content.rows],
        fills=[rgb(_FILLS[tone]) if tone else None for tone in content.tones],
        accents=[
            {at: _accent(told) for at, name in enumerate(content.fields) if (told := cells.get(name))}
            for cells in content.accents
        ],
        links=[{at: str(row.get(LINK_TO) or "") for at in linked} for row in content.rows],
        linked_columns=linked,
        note=content.note,
        header_height=_LINE * lines + 4 if (lines := max(map(_header_lines, columns))) > 1 else None,
        kept=content.kept,
        bare=content.bare,
        header_row=header_row,
        read_to=read_to,
        frozen_columns=content.frozen,
        tab_color=rgb(_TABS[content.table]),
        header_fill=rgb(HEADER),
        header_color=rgb(PAPER),
        line=rgb(LINE),
        row_height=_ONE_LINE.get(content.table),
        heights=[_height(row, content.table) for row in content.rows],
    )


def _header_lines(column: Column) -> int:
    """Return how many lines a header takes, broken between words."""
    lines, room = 1, column.width - 1.5
    for word in _WORDS.split(column.header):
        room -= len(word) + 1
        if room < -1:
            lines, room = lines + 1, column.width - 2.5 - len(word)
    return lines


def _accent(told: str) -> Accent:
    fill, color = _ACCENTS[told]
    return Accent(rgb(fill) or None, rgb(color) or None, bold=bool(fill and color) or told == TOPIC or None)


def _height(row: Row, table: str) -> float | None:
    """Return the height of a row whose wrapped texts take more than a line."""
    wrapped = _WRAPPED | {name for where, name in _WRAPPED_THERE if where == table}
    lines = max((_lines(str(row.get(name) or ""), _WIDTHS[name]) for name in wrapped & row.keys()), default=1)
    return min(lines * _LINE, _TALLEST) if lines > 1 else None


def _lines(text: str, width: float) -> int:
    return sum(max(1, math.ceil(len(line) / (width * _PER_WIDTH))) for line in text.split("\n"))


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
