"""The frames in which a plan is handed out: their columns, and how they are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.fields import DERIVED, Kind
from sheetcrm.crm.values import Message

if TYPE_CHECKING:
    import pandas as pd

PROBLEM_COLUMNS = ("severity", "code", "table", "sheet", "row", "column", "field", "value", "message", "hint")
MESSAGE_COLUMNS = ("key", "campaign", "client_id", "occasion", "due", "channel", "to", "subject", "text", "html")
HELD_COLUMNS = ("campaign", "client_id", "due", "reason")
CHANGE_COLUMNS = ("table", "row", "field", "old", "new")
DUPLICATE_COLUMNS = ("left", "right", "score", "tier", "reasons")


def message_tuple(message: Message) -> tuple[Any, ...]:
    """Return a message in the order of `MESSAGE_COLUMNS`."""
    key = message.key
    return (
        key.short,
        key.campaign,
        key.client_id,
        key.occasion,
        message.due,
        message.channel,
        message.to,
        message.subject,
        message.text,
        message.html,
    )


def derived_frame(figures: Mapping[str, npt.NDArray[Any]], rows: npt.NDArray[Any]) -> pd.DataFrame:
    """Build the frame of derived fields from their arrays; index `rows`, named "row"."""
    import pandas as pd  # noqa: PLC0415 - takes long to import, used here only

    index = pd.Index(rows.tolist(), name="row")
    data: dict[str, Any] = {}
    for spec in DERIVED:
        if spec.name not in figures:
            continue
        values = figures[spec.name]
        if spec.kind is Kind.DATE:
            data[spec.name] = pd.Series(values.astype("datetime64[s]"), index=index).astype("datetime64[ns]")
        elif spec.kind is Kind.MONEY or spec.name == "no_show_rate":
            data[spec.name] = pd.Series(values.astype(np.float64), index=index)
        elif spec.kind is Kind.NUMBER:
            data[spec.name] = pd.Series(values.astype(np.float64), index=index).astype("Int64")
        else:
            data[spec.name] = pd.Series(values.tolist(), index=index, dtype="str")
    return pd.DataFrame(data, index=index)


def frame(rows: Sequence[tuple[Any, ...]], columns: Sequence[str]) -> pd.DataFrame:
    """Build a frame of rows."""
    import pandas as pd  # noqa: PLC0415 - takes long to import, used here only

    return pd.DataFrame(list(rows), columns=list(columns))


def html_table(heads: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    """Return a table for a notebook; what stands in the cells stays text."""

    def row(tag: str, cells: Iterable[str]) -> str:
        return "<tr>" + "".join(f'<{tag} style="text-align:left">{escape(cell)}</{tag}>' for cell in cells) + "</tr>"

    body = "".join(row("td", line) for line in lines)
    return f"<table><thead>{row('th', heads)}</thead><tbody>{body}</tbody></table>"
