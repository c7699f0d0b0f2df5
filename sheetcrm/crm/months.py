"""Journals kept month by month: which month a sheet's title names, and which day of it was typed without month or year.

Pure: titles and cells in, months and days out.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from sheetcrm.crm.typed_dates import month_named, real_day, typed_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sheetcrm.crm.tables import Cell

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_FIGURES = re.compile(
    r"(?<![^\W_])(?:(0?[1-9]|1[0-2])[.\-_ /]+(?:((?:19|20)\d\d)|(\d\d))|((?:19|20)\d\d)[.\-_ /]+(0?[1-9]|1[0-2]))(?!\d)"
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_SHORT_YEAR = re.compile(r"(?<!\d)['’]?(\d\d)(?!\d)")
_DAY = re.compile(r"(?:[^\W\d_]{1,12}\.?,?\s+)?([1-9]|[12]\d|3[01])\.?(?:,?\s*\(?[^\W\d_]{1,12}\.?\)?)?")
_LEAST_SERIAL = 1000.0
_MOST_DAYS = 32


class Month(NamedTuple):
    """A month or a year that a text names; 0 for what it leaves open."""

    year: int = 0
    month: int = 0


def month_of(text: str) -> Month:
    """Return the month that a text names, in words of any of the six languages or in figures.

    >>> month_of("Styczeń 2026"), month_of("03.26"), month_of("Записи 2025"), month_of("Январь")
    (Month(year=2026, month=1), Month(year=2026, month=3), Month(year=2025, month=0), Month(year=0, month=1))
    >>> month_of("Anna"), month_of("Arkusz1")
    (Month(year=0, month=0), Month(year=0, month=0))
    """
    years = set(_YEAR.findall(text))
    year = int(years.pop()) if len(years) == 1 else 0
    months = {number for word in _WORD.findall(text) if (number := month_named(word))}
    if len(months) == 1:
        short = _SHORT_YEAR.findall(text)
        return Month(year or (2000 + int(short[0]) if len(short) == 1 else 0), months.pop())
    found = list(_FIGURES.finditer(text))
    if not months and len(found) == 1:
        first, long, short_, before, second = found[0].groups()
        return Month(int(long or before or f"20{short_}"), int(first or second))
    return Month(year)


def with_years(months: Sequence[Month]) -> list[Month]:
    """Return the months of a workbook's sheets, in their order, those without a year with that of all others.

    Only where these agree on one, and all follow each other then: nothing tells which year a December before January 2026 is of.

    >>> with_years([Month(2026, 1), Month(2026, 2), Month(0, 3)])[2], with_years([Month(0, 12), Month(2026, 1)])[0]
    (Month(year=2026, month=3), Month(year=0, month=12))
    """
    years = {month.year for month in months if month.year}
    if len(years) != 1:
        return list(months)
    year = years.pop()
    order = [month.month for month in months if month.month]
    rising = all(before < after for before, after in pairwise(order))
    falling = all(before > after for before, after in pairwise(order))
    return [Month(year, m.month) if m.month and not m.year and (rising or falling) else m for m in months]


def day_in(cell: Cell, month: Month, country: str) -> Cell:
    """Return the day that a cell means in a sheet of one month or year: `17`, `17.`, `17.03`, `Mon 17`; any other cell as it is.

    >>> march = Month(2026, 3)
    >>> [day_in(cell, march, "PL") for cell in (17.0, "17.", "3.03", "pt 6", "31.04", "2026-03-01", "later")]
    ... # doctest: +NORMALIZE_WHITESPACE
    [datetime.date(2026, 3, 17), datetime.date(2026, 3, 17), datetime.date(2026, 3, 3), datetime.date(2026, 3, 6),
     '31.04', '2026-03-01', 'later']
    """
    if not month.year or isinstance(cell, bool | date):
        return cell
    if isinstance(cell, int | float):
        return _of_number(float(cell), month) or cell
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    typed = typed_day(text, country)
    if typed is not None:
        made = real_day(month.year, typed.month, typed.day) if typed.year is None and typed.minutes < 0 else None
        return made or cell
    found = _DAY.fullmatch(text)
    return (real_day(month.year, month.month, int(found[1])) if found and month.month else None) or cell


def _of_number(number: float, month: Month) -> date | None:
    """Read a number as the day of a month; 3.03 is what a spreadsheet makes of `3.03`, the third of March."""
    if not 1 <= number < _MOST_DAYS or not month.month:
        return None
    day, rest = int(number), round((number - int(number)) * 100)
    if rest not in (0, month.month, month.month * 10):
        return None
    return real_day(month.year, month.month, day)


def lacks_year(cell: Cell) -> bool:
    """Tell whether a text is a day whose month or year is not known: `17`, `pt 6`, `3.03`."""
    if not isinstance(cell, str):
        return False
    typed = typed_day(cell.strip(), "")
    return _DAY.fullmatch(cell.strip()) is not None or (typed is not None and typed.year is None and typed.minutes < 0)


def is_day(cell: Cell) -> bool:
    """Tell whether a cell holds a whole date: a real one, its serial number, or a text with a year."""
    if isinstance(cell, date | datetime):
        return True
    if isinstance(cell, bool) or cell is None:
        return False
    if isinstance(cell, int | float):
        return float(cell) >= _LEAST_SERIAL
    typed = typed_day(cell, "") if isinstance(cell, str) else None
    return typed is not None and typed.year is not None
