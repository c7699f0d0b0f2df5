"""The Instructions sheet: what the owner sees first, in her language."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from sheetcrm.workbook import starters
from sheetcrm.workbook.looks import (
    ACCENT,
    AMBER,
    AMBER_INK,
    BLUE_INK,
    COMPUTED,
    HEADER,
    INK,
    LINE,
    MUTED,
    PAPER,
    ROSE,
    ROSE_INK,
    Looks,
)

if TYPE_CHECKING:
    from sheetcrm.languages import Language

_WIDTH = 100  # characters of 12 points that fit a line of the text column
_LONGEST_SUBJECT = 30  # characters before a colon that name what a step is about
_LINE = 19  # points


def write_instructions(page: Any, looks: Looks, tongue: Language, business: str) -> None:
    """Fill the sheet: a title, the language's steps one by one, what the colours mean."""
    words = starters.words(tongue.code)
    page.hide_gridlines(2)
    page.set_tab_color(ACCENT)
    for position, width in enumerate((3, 6, 96, 3)):
        page.set_column(position, position, width)
    row = _title(page, looks, tongue.say("instructions_title"), business or "sheetcrm")
    for number, step in enumerate(_steps(tongue), 1):
        badge = looks.make(bold=True, font_size=12, font_color=ACCENT, align="center", valign="top")
        text = looks.make(font_size=12, font_color=INK, text_wrap=True, valign="top")
        page.set_row(row, _LINE * math.ceil(len(step) / _WIDTH) + 8)
        page.write_string(row, 1, f"{number}.", badge)
        subject, colon, rest = step.partition(":")
        if colon and len(subject) < _LONGEST_SUBJECT:
            plain, bold = (
                looks.make(font_size=12, font_color=INK),
                looks.make(font_size=12, font_color=HEADER, bold=True),
            )
            page.write_rich_string(row, 2, bold, subject + colon, plain, rest, text)
        else:
            page.write_string(row, 2, step, text)
        row += 1
    _legend(page, looks, words, row + 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 1)


def _steps(tongue: Language) -> list[str]:
    """Return the sentences `instructions_1`, `instructions_2`, … in order."""
    says = tongue.section("says")
    numbers = sorted(int(m[1]) for key in says if (m := re.fullmatch(r"instructions_(\d+)", key)))
    return [tongue.say(f"instructions_{n}") for n in numbers]


def _title(page: Any, looks: Looks, title: str, business: str) -> int:
    band = {"bg_color": HEADER, "font_color": PAPER, "valign": "vcenter"}
    page.set_row(0, 34)
    page.set_row(1, 24)
    for column in range(4):
        page.write_blank(0, column, None, looks.make(**band))
        page.write_blank(1, column, None, looks.make(**band))
    page.write_string(0, 1, business, looks.make(**band, font_size=20, bold=True))
    page.write_string(1, 1, title, looks.make(**band, font_size=12))
    page.set_row(2, 14)
    return 3


def _legend(page: Any, looks: Looks, words: Any, row: int) -> None:
    page.write_string(row, 1, words["legend"], looks.make(bold=True, font_size=12, font_color=HEADER))
    frame = {"border": 1, "border_color": LINE, "align": "center", "valign": "vcenter"}
    text = looks.make(font_size=11, font_color=MUTED, valign="vcenter", indent=1)
    swatches = (
        ("legend_yours", "Aa", {"bg_color": PAPER, "font_color": INK}),
        ("legend_computed", "12", {"bg_color": COMPUTED, "font_color": MUTED}),
        ("legend_problem", "!", {"bg_color": ROSE, "font_color": ROSE_INK}),
        ("legend_unknown", "?", {"bg_color": AMBER, "font_color": AMBER_INK}),
        ("legend_future", "Aa", {"bg_color": PAPER, "font_color": BLUE_INK}),
    )
    for offset, (key, sign, colours) in enumerate(swatches, 1):
        page.set_row(row + offset, 20)
        page.write_string(row + offset, 1, sign, looks.make(**frame, **colours))
        page.write_string(row + offset, 2, words[key], text)
