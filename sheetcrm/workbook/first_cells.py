"""Which cells `adopt` wrote for the owner to go on with: headers that she fills below, starters, the list of settings.

No mark tells them from hers, so they are known by what they say: it is what we write there in the language of its headers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sheetcrm.languages import LANGUAGES, language
from sheetcrm.workbook import starters
from sheetcrm.workbook.added_columns import ADDED, SECOND
from sheetcrm.workbook.headers import languages_of
from sheetcrm.workbook.placement import Placement

Place = tuple[int, int]
"""Row and column, from 1."""

_KEYS = {"Campaigns": "campaign", "Segments": "segment", "Settings": "setting"}
_SAID = frozenset({"language", "country", "currency"})
"""Settings that are told when a list is adopted, beside her headers."""
_COLUMN = "column."


def added_headers(placement: Placement) -> Iterator[Place]:
    """Give the header cells of a list that are our own words for fields that a list gets where it lacks them."""
    words = {language(code).header(name) for code in LANGUAGES for name in ADDED.get(placement.table, ())}
    for name, column in placement.columns.items():
        if placement.headers.get(name, "").removesuffix(SECOND) in words:
            yield placement.header_row, column


def cells_of_new_sheet(placement: Placement, rows: Iterable[tuple[int, Mapping[int, Any]]]) -> Iterator[Place]:
    """Give the cells of a sheet made by us that hold what we wrote there. `rows` are its rows by number, with values by column."""
    code = languages_of(placement.headers.values())[0]
    words = language(code)
    what = starters.words(code)["what"]
    for name, column in placement.columns.items():
        if placement.headers.get(name) in {words.header(name), what}:
            yield placement.header_row, column
    key = _KEYS.get(placement.table, "")
    first = _first_rows(placement.table, code, key)
    for number, values in rows:
        said = values.get(placement.columns.get(key, 0))
        ours = first.get(said, _of_a_header(said))
        for name, column in placement.columns.items():
            wrote = ours.get(name, ours.get(placement.headers.get(name, "")))
            if _is_said(ours, name) or (wrote is not None and values.get(column) == wrote):
                yield number, column


def _first_rows(table: str, code: str, key: str) -> dict[Any, dict[str, Any]]:
    """Return the rows that we write into a new sheet, by what stands in their first column."""
    rows: list[dict[str, Any]] = []
    if table == "Campaigns":
        rows = starters.campaigns(code)
    elif table == "Segments":
        rows = starters.segments(code)
    elif table == "Settings":
        rows = starters.settings(code, {})
    return {row[key]: row for row in rows}


def _of_a_header(said: object) -> dict[str, Any]:
    """Return the row of a setting that tells one of her headers."""
    return {"setting": said} if isinstance(said, str) and said.startswith(_COLUMN) else {}


def _is_said(row: Mapping[str, Any], name: str) -> bool:
    """Tell whether a value was settled by `adopt`."""
    setting = str(row.get("setting", ""))
    return name == "value" and (setting in _SAID or setting.startswith(_COLUMN))
