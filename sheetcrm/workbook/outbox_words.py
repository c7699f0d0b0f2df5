"""What stands in Outbox of a message that waits for her word, and of one that is held for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.crm.approval import CHANGED

if TYPE_CHECKING:
    from sheetcrm.crm.approval import Shown, Standing
    from sheetcrm.crm.tables import Cell
    from sheetcrm.languages import Language

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
