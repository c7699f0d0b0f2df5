"""Whether all rows of a list stand under the same headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.errors import TablesNotFound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sheetcrm.crm.tables import Table


def check_order(tables: Iterable[Table], name: str) -> None:
    """Raise TablesNotFound where headers stand again between the rows in another order: what is below would be misread."""
    for table in tables:
        for row, headers in table.left_out.rearranged:
            raise TablesNotFound(
                f"{name}: row {row} of '{table.sheet}' has headings again, in another order: {', '.join(headers)}.",
                "Bring the columns below it into the order of the first headings, or move that part to another sheet; "
                "then run again.",
                code="headings-again",
                text="headings-again",
                params={"file": name, "row": str(row), "sheet": table.sheet, "headers": ", ".join(headers)},
            )
