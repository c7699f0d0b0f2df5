"""What of ours found no place in her tables, and why."""

from __future__ import annotations

from typing import NamedTuple


class Crowded(NamedTuple):
    """Columns that found no room at a table: her name for its sheet, the area in which something stands, fields and their headers.

    `reason`: `occupied`; `query`, which fills the table; `no-header`, the table has no row of headers and none fits above it; `filter`,
    which covers `area` and cannot grow; `apart`: they stand in `area`, but where her sorting does not reach.
    """

    table: str
    sheet: str
    area: str
    fields: tuple[str, ...]
    headers: tuple[str, ...]
    reason: str = "occupied"


class Withheld(NamedTuple):
    """A sheet that she protects, into which nothing was written: the table on it, and which of its fields wait for her."""

    table: str
    sheet: str
    fields: tuple[str, ...] = ()
