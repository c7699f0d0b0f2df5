"""A workbook of a few clients whose birthdays are greeted, and what is read from its sheets and typed into them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl

from sheetcrm.testing import make_workbook

CAMPAIGNS = """
    Campaign  | Active | Trigger
    Birthdays | yes    | birthday
"""
SETTINGS = """
    Setting  | Value
    business | Malva
    sender   | malva@example.com
    language | en
"""


def birthday_book(folder: Path, people: str, *, settings: str = SETTINGS, campaigns: str = CAMPAIGNS) -> Path:
    """Make the workbook; all three are tables as text."""
    return make_workbook(folder / "salon.xlsx", people, campaigns=campaigns, settings=settings)


def rows(book: Path, title: str, *fields: str) -> list[Any]:
    """The cells beneath some headers of a sheet whose headers stand in its first row; none where there is no such sheet."""
    opened = openpyxl.load_workbook(book)
    if title not in opened.sheetnames:
        return []
    heads = _heads(opened[title])
    lines = opened[title].iter_rows(min_row=2)
    return [tuple(row[heads[field]].value for field in fields) for row in lines if row[0].value]


def mark(book: Path, client: str, word: Any, title: str = "Outbox", field: str = "Send?") -> None:
    """Type a word beside all messages to a client."""
    opened = openpyxl.load_workbook(book)
    heads = _heads(opened[title])
    for row in opened[title].iter_rows(min_row=2):
        if row[heads["Client"]].value == client:
            row[heads[field]].value = word
    opened.save(book)


def _heads(sheet: Any) -> dict[str, int]:
    return {str(cell.value): at for at, cell in enumerate(sheet[1])}
