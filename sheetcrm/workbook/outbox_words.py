"""What stands in Outbox of a message that waits for her word, and of one that is held for a while."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sheetcrm.crm.approval import CHANGED, edited_by_her
from sheetcrm.crm.cells import id_text

if TYPE_CHECKING:
    from sheetcrm.crm.approval import Shown, Standing
    from sheetcrm.crm.tables import Cell
    from sheetcrm.languages import Language
    from sheetcrm.workbook.book import Workbook

_KEPT = timedelta(days=31)
_QUOTED = 200  # letters of what was made in place of her words


def stopped_words(words: Language, why: str, standing: Standing) -> str:
    """Return in words why a message does not go; of one that came back what stands there, which names what changed."""
    if why != CHANGED:
        return words.reason(why)
    if standing.reason.startswith(words.reason(CHANGED)):
        return standing.reason
    changed = ", ".join(words.header(name) for name in standing.fresh)
    made = f"{changed}: {_cut(standing.made)}" if standing.made else changed
    return words.reason(CHANGED, detail=f"({made})" if made else "")


def rows_with_her_words(book: Workbook, on: date) -> tuple[set[int], set[str]]:
    """Return the Excel rows of Outbox that hold a no or words of hers, and the short keys of those with a no.

    A row may leave the plan for a day: the campaign is off, a cell is empty. What she said of the message must be there when it comes back,
    so such a row stays for a month beyond its day, or until the message has gone.
    """
    table = book.raw.tables.get("Outbox")
    if table is None:
        return set(), set()
    gone = {key.short for key in book.ledger.sent}
    refused = {short for short, word in book.snapshot.ticks.items() if word == "no"} - gone
    edited = edited_by_her(book.snapshot.shown) - gone
    found = set()
    for row, key, due in zip(
        table.rows.tolist(), table.column("key").cells(), table.column("due").cells(), strict=True
    ):
        day = due.date() if isinstance(due, datetime) else due
        if id_text(key) in refused | edited and isinstance(day, date) and day >= on - _KEPT:
            found.add(int(row))
    return found, refused


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED else f"{line[:_QUOTED].rstrip()}…"


def shown_before(row: Shown | None, words: Language) -> dict[str, Cell]:
    """Return the cells of what she was shown of a message: held for a while, it must not want a second tick."""
    if row is None or not row.mark:
        return {}
    cells = {"to": row.to, "subject": row.subject, "text": row.text, "shown": row.mark}
    return {"channel": words.choice(row.channel) if row.channel else None} | {
        n: cell or None for n, cell in cells.items()
    }
