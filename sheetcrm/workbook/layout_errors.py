"""What is said where a workbook's tables are not found, or found twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.errors import TablesNotFound
from sheetcrm.workbook.placement import BY_HEADERS, BY_TITLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sheetcrm.workbook.placement import ExcelTable, Placement
    from sheetcrm.xlsx.refs import Range

_RULE_WORDS = {BY_TITLE: "by its title", BY_HEADERS: "by its headers"}
_TABLE_WORDS = {"Clients": "client list", "Visits": "list of visits", "Services": "price list"}


def two_tables(table: str, rule: str, sheets: Sequence[str]) -> TablesNotFound:
    """Return the error for several sheets that fit a table by the same rule."""
    what = _TABLE_WORDS.get(table, f"table {table}")
    named = " and ".join(f"'{sheet}'" for sheet in sheets)
    return TablesNotFound(
        f"More than one sheet could be the {what} {_RULE_WORDS[rule]}: {named}.",
        f"Format the right one as an Excel table (Ctrl+T) and name that table {table}, or rename the other sheet.",
        code="two-client-tables" if table == "Clients" else "two-tables",
        params={"table": table, "sheets": ", ".join(sheets)},
    )


def left_behind(table: ExcelTable, now: Range) -> TablesNotFound:
    """Return the error for an Excel table whose extent a program has left behind; `now` is where its headers stand."""
    return TablesNotFound(
        f"In '{table.sheet}' the table {table.name} covers {table.area}, but its headings stand in {now}: "
        "a program has moved the cells.",
        "In Excel: Table Design, Convert to Range; then run again.",  # Resize Table keeps the row of headings
        code="table-left-behind",
        params={"sheet": table.sheet, "table": table.name, "area": str(table.area), "cells": str(now)},
    )


def no_clients(visits: Placement | None, rows: int) -> TablesNotFound:
    """Return the error for a workbook without clients; `visits` is where its visits stand, `rows` how many were looked at."""
    if visits:
        return TablesNotFound(
            f"There is no client list in this workbook, only visits in '{visits.sheet}'.",
            "Add a sheet with a header row such as Name and Phone.",
            text="only-visits",
            params={"sheet": visits.sheet},
        )
    return TablesNotFound(
        "There is no client list in this workbook: "
        f"no sheet has headers such as Name and Phone in its first {rows} rows.",
        "Write such headers above the list, or say in a sheet Settings which header is which (column.phone = …).",
        params={"count": str(rows)},
    )
