"""Tables as typed DataFrames, for notebooks and scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sheetcrm.crm.cells import lines_text
from sheetcrm.crm.fields import Field, Kind
from sheetcrm.workbook.headers import spec_of

if TYPE_CHECKING:
    import pandas as pd

    from sheetcrm.crm.tables import Cleaned, Table

_OWN = Field("", Kind.ANY)


def frame_of(table: Table, cleaned: Cleaned) -> pd.DataFrame:
    """Return a table as a DataFrame; its index has the Excel row numbers and is named `row`.

    Dates are `datetime64[s]`, money and numbers `float64`, times of day `HH:MM`, choices their English word; all other
    fields text as the owner typed it (a phone stored as a number has its digits). Her own columns stand under their
    slugs, numbers as numbers. Empty cells are missing values (None, NaN, NaT). A birthday without a year is NaT in
    `birthday`; `birth_day` has `MM-DD` for all.
    """
    import pandas as pd  # noqa: PLC0415 - a second to import, and most commands show no frame

    index = pd.Index(table.rows, name="row")
    spec = spec_of(table.name)
    data: dict[str, pd.Series[Any]] = {}
    for name in table.columns:
        data[name] = pd.Series(_values(table, cleaned, spec.field(name) or _OWN, name), index=index)
        if name == "birthday" and cleaned.birthday is not None:
            data["birth_day"] = pd.Series(_birth_days(cleaned.birthday), index=index, dtype=object)
    for own in table.own:
        data[own] = data[own].infer_objects()
    return pd.DataFrame(data, index=index)


def _values(table: Table, cleaned: Cleaned, field: Field, name: str) -> Any:
    match field.kind:
        case Kind.DATE | Kind.BIRTHDAY:
            return cleaned.days(name).astype("datetime64[s]")
        case Kind.MONEY | Kind.NUMBER:
            return cleaned.amounts(name)
        case Kind.TIME if name in cleaned.minutes:
            return _clock_times(cleaned.minutes[name])
        case Kind.CHOICE:
            return cleaned.texts(name).objects()
        case Kind.ANY:
            return table.column(name).objects()
        case _:
            return table.column(name).map(lines_text).objects()


def _birth_days(days: Any) -> list[str | None]:
    return [f"{day // 100:02d}-{day % 100:02d}" if day else None for day in days.tolist()]


def _clock_times(minutes: Any) -> Any:
    texts = [f"{m // 60:02d}:{m % 60:02d}" if m >= 0 else None for m in minutes.tolist()]
    out = np.empty(len(texts), dtype=object)
    out[:] = texts
    return out
