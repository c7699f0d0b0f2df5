"""What only the cells tell `adopt`: ids that are none, contacts under a header nobody knows, rows that are no whole visits.

Pure: an owner's list as it was read in, headers out.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sheetcrm.crm.cells import id_text
from sheetcrm.crm.contacts import parse_email
from sheetcrm.crm.months import is_day, lacks_year
from sheetcrm.crm.people import phone_key

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sheetcrm.crm.tables import Cell, Table

REACH = ("phone", "email")
"""By which a client can be written to; without either she gets nothing."""

_PERSONAL = (
    *("name", "first_name", "middle_name", "last_name", "birthday"),
    *("phone", "other_phone", "email", "other_email"),
)
_MOSTLY = 0.5  # of the filled cells
_FEWEST, _MOST = 9, 15  # digits of a phone: fewer may be a day or any number, more an account
_WEEKDAY = re.compile(r"^[^\W\d_]{2,12}[.,]?,?\s+(?=\d)")
_EPOCH = date(1899, 12, 30)
_FIRST_DAY, _LAST_DAY = 36526.0, 54789.0  # 2000 to 2049


def shared_number(table: Table) -> bool:
    """Tell whether rows that differ in anything of a person's have one client number.

    All but the first of them would get a new number over the one that she typed (`crm.numbering`).
    """
    holders: dict[str, tuple[str, ...]] = {}
    persons = zip(*(table.column(field).cells() for field in _PERSONAL), strict=True)
    for cell, person in zip(table.column("client_id").cells(), persons, strict=True):
        number, told = id_text(cell), tuple(map(_told, person))
        if number and any(told) and holders.setdefault(number, told) != told:
            return True
    return False


def _told(cell: Cell) -> str:
    text = id_text(cell)
    return re.sub(r"\D", "", text) if phone_key(text) else text


def unreached(table: Table, own: Collection[str]) -> list[tuple[str, str]]:
    """Return (header, field) of the owner's own columns that hold mostly phones or addresses, where the list knows neither.

    `own` are the slugs of columns that no field is known for. Nothing is returned where any client has a phone or an
    e-mail address.
    """
    if any(cell not in (None, "") for field in REACH for cell in table.column(field).cells()):
        return []
    found = []
    for slug in own:
        values = [cell for cell in table.column(slug).values if cell not in (None, "")]
        field = _held(values)
        if field:
            found.append((table.headers[slug], field))
    return found


def lacking(visits: Table) -> list[tuple[str, list[int]]]:
    """Return (header, Excel rows) for the lines of a journal without a date, and for those without a client: no visits, both."""
    found = []
    for field in ("date", "client"):
        cells = visits.column(field).cells() if field in visits else []
        rows = [int(row) for row, cell in zip(visits.rows, cells, strict=True) if cell in (None, "")] if cells else []
        if rows:
            found.append((visits.headers[field], rows))
    return found


def day_rows(rows: Sequence[Sequence[Cell]]) -> list[str]:
    """Return the days that stand alone in a row, with lines of several cells below: a journal that has no column for them.

    `rows` are the first below the headers, days as numbers as they stand in the file.
    """
    lines = [[cell for cell in row if cell not in (None, "")] for row in rows]
    lines = [line for line in lines if line]
    alone = [at for at, line in enumerate(lines) if len(line) == 1 and _is_day(line[0])]
    headed = [at for at in alone if at + 1 < len(lines) and len(lines[at + 1]) > 1]
    return [_as_day(lines[at][0]) for at in headed] if len(headed) > 1 or 0 in headed else []


def _is_day(cell: Cell) -> bool:
    if isinstance(cell, str):
        text = _WEEKDAY.sub("", cell.strip(), count=1)
        return any(char.isdigit() for char in text) and (is_day(text) or (lacks_year(text) and not text.isdigit()))
    return isinstance(cell, float) and _FIRST_DAY <= cell <= _LAST_DAY


def _as_day(cell: Cell) -> str:
    return (_EPOCH + timedelta(days=int(cell))).isoformat() if isinstance(cell, float) else str(cell).strip()


def _held(values: Sequence[Cell]) -> str:
    """Return `email` or `phone` where most values are that, else ""."""
    kinds = {"email": lambda cell: parse_email(cell) is not None, "phone": _is_phone}
    counts = {field: sum(map(is_one, values)) for field, is_one in kinds.items()}
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] > _MOSTLY * len(values) else ""


def _is_phone(cell: Cell) -> bool:
    text = id_text(cell)
    return bool(phone_key(text)) and _FEWEST <= sum(map(str.isdigit, text)) <= _MOST
