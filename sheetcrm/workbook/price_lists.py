"""A list of services and prices: told by its headers, and told from the list that it stands beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.crm.fields import SERVICES, VISITS
from sheetcrm.workbook.headers import read_headers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sheetcrm.crm.tables import Cell


def is_price_list(texts: Mapping[int, str], settings: Mapping[str, str] | None = None) -> bool:
    """Tell whether a header row without a known title can only be that of Services."""
    fields = read_headers(texts, SERVICES, settings).fields
    other = read_headers(texts, VISITS, settings).fields
    return bool(fields & {"price", "return_days"}) and not other & {"date", "client"}


def without_price_list(
    texts: Mapping[int, str], rows: Sequence[Sequence[Cell]], ours: Collection[int] = ()
) -> Mapping[int, str]:
    """Return a row of headers without those of a price list beside the list, an empty column between them.

    `rows` are the first rows below it, `ours` columns that we wrote. What stands beyond an empty column is the list's own where it fills
    the very same rows: many leave a narrow column blank to look at.
    """
    filled = {at for cells in rows for at, cell in enumerate(cells, 1) if cell is not None} | set(texts)
    blocks: list[list[int]] = []
    for column in sorted(texts):
        if blocks and filled.issuperset(range(blocks[-1][-1] + 1, column)):
            blocks[-1].append(column)
        else:
            blocks.append([column])
    prices = [block for block in blocks if not set(block) & set(ours) and _is_price_block(texts, block)]
    rest = [column for block in blocks if block not in prices for column in block]
    apart = [column for block in prices if _filled_rows(rows, block) != _filled_rows(rows, rest) for column in block]
    return {column: text for column, text in texts.items() if column not in apart} if rest else texts


def _is_price_block(texts: Mapping[int, str], block: Sequence[int]) -> bool:
    headers = {column: texts[column] for column in block}
    return is_price_list(headers) and "service" in read_headers(headers, SERVICES).fields


def _filled_rows(rows: Sequence[Sequence[Cell]], columns: Collection[int]) -> list[bool]:
    return [any(at in columns for at, cell in enumerate(cells, 1) if cell is not None) for cells in rows]
