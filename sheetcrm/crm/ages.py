"""How old somebody is on a day. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datetime import date

    from sheetcrm.crm.tables import Dates, Numbers

_LEAP_DAY = 229


def ages(birthday: Dates, on: date, leap_birthday: tuple[int, int]) -> Numbers:
    """Return whole years, NaN without a day or before it.

    Who was born on 29 February turns on the `leap_birthday` day (month, day) of other years.
    """
    months = birthday.astype("datetime64[M]")
    year = birthday.astype("datetime64[Y]").astype(np.int64) + 1970
    day = (birthday - months.astype("datetime64[D]")).astype(np.int64) + 1
    turns = (months.astype(np.int64) % 12 + 1) * 100 + day
    leap = on.year % 4 == 0 and (on.year % 100 != 0 or on.year % 400 == 0)
    if not leap:
        turns = np.where(turns == _LEAP_DAY, leap_birthday[0] * 100 + leap_birthday[1], turns)
    known = ~np.isnat(birthday)
    age = np.where(known, on.year - np.where(known, year, 0) - (turns > on.month * 100 + on.day), -1)
    return np.where(age >= 0, age.astype(np.float64), np.nan)
