"""The extension behind a phone number: who has another one on the same number is a colleague as probably."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sheetcrm.crm.tables import Cell

_EXTENSION = re.compile(
    r"(?:(?<![^\W\d_])(?:w|wew|wewn|ext|extn|extension|x|вн|внутр|доб|дод|int|interno)\.?|#):?\s*0*(\d{1,5})\)?\s*$",
    re.IGNORECASE,
)


def extension(cell: Cell) -> str:
    """Return the extension behind a phone number, without leading zeros; empty where there is none.

    >>> extension("22 123 45 67 w. 12"), extension("0044 20 7946 0958 ext 7"), extension("22 123 45 67"), extension(221234567.0)
    ('12', '7', '', '')
    """
    found = _EXTENSION.search(cell) if isinstance(cell, str) else None
    return found[1] if found else ""
