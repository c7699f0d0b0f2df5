"""Which rows of her sheets do not count, said in the owner's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.languages.adopting import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sheetcrm.crm.tables import Table

LISTS = ("Clients", "Visits")
_MOST_ROWS = 12  # runs of rows in one sentence


def left_out(tables: Mapping[str, Table], code: str) -> list[str]:
    """Say in a line for each list which of its filled rows are none, in the language `code`; nothing where all are."""
    return [
        say(code, "left_out", sheet=tables[name].sheet, rows=listed(tables[name].left_out.rows))
        for name in LISTS
        if name in tables and tables[name].left_out.rows
    ]


def rearranged(tables: Mapping[str, Table], code: str) -> list[str]:
    """Say in which rows headers stand again in another order, so that what is below them is not read."""
    return [
        say(code, "rearranged", sheet=tables[name].sheet, row=row, headers=", ".join(headers))
        for name in LISTS
        if name in tables
        for row, headers in tables[name].left_out.rearranged
    ]


def listed(rows: Sequence[tuple[int, int]]) -> str:
    """Return runs of rows as people write them: `5, 7–9`."""
    shown = [str(first) if first == last else f"{first}–{last}" for first, last in rows[:_MOST_ROWS]]
    return ", ".join(shown) + (" …" if len(rows) > _MOST_ROWS else "")
