"""What edited cells are to hold, and what cells do hold: for the proof of a write."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sheetcrm.xlsx.cells import CellValue, meant, read_content
from sheetcrm.xlsx.dense import place_of
from sheetcrm.xlsx.markup import attributes
from sheetcrm.xlsx.places import CellFinder
from sheetcrm.xlsx.refs import column_number, letters
from sheetcrm.xlsx.rows import Coded
from sheetcrm.xlsx.sheet import SheetEdits

Meant = tuple[str, str | float | None]
EMPTY: Meant = ("empty", None)
_CELL = re.compile(rb"<c r=\"([A-Z]+)\d+\"([^<>]*?(?:/>|>.*?</c>))", re.DOTALL)
_EMPTY_CELL = re.compile(rb"<c r=\"([A-Z]+)\d+\"([^<>]*?/>)")


def keeps_style(was: bytes | None, now: bytes | None, styles: int | None) -> bool:
    """Tell whether an edited cell has not lost its look: its style is the one it had, or another one that there is.

    The cells are as `CellReader` has them; `styles` is how many there are, None where that is not known.
    """
    before, after = _style(was), _style(now)
    if now is None or after == before:
        return True
    return after is not None and (styles is None or (after.isdecimal() and int(after) < styles))


def _style(cell: bytes | None) -> str | None:
    return None if cell is None else attributes(cell.partition(b">")[0]).get("s")


class Expected:
    """What each edited cell must hold, each distinct value looked at once."""

    def __init__(self, edits: SheetEdits, *, date1904: bool) -> None:
        self._date1904 = date1904
        self._cells = edits.cells
        columns = sorted(edits.columns, key=lambda patch: patch.column)
        self._columns = [(letters(patch.column).encode(), patch.rows, self._meant(patch.values)) for patch in columns]

    def row(self, number: int) -> list[tuple[bytes, Meant]]:
        """Give a row's cells: the letters of the column, and the content."""
        wanted = [
            (name, values[at]) for name, rows, values in self._columns if (at := place_of(rows, number)) is not None
        ]
        single = self._cells.get(number)
        if not single:
            return wanted
        merged = {column_number(name): content for name, content in wanted}
        merged.update({column: meant(edit.value, date1904=self._date1904) for column, edit in single.items()})
        return [(letters(column).encode(), merged[column]) for column in sorted(merged)]

    def _meant(self, values: Sequence[CellValue]) -> list[Meant]:
        if isinstance(values, Coded):
            return values.mapped([meant(value, date1904=self._date1904) for value in values.distinct], EMPTY)
        known = {key: meant(key[1], date1904=self._date1904) for key in {(type(value), value) for value in values}}
        return [known[type(value), value] for value in values]


class CellReader:
    """Reads cells back from rows' bytes; equal cells are read once."""

    def __init__(self, shared: Callable[[int], str]) -> None:
        self._shared = shared
        self._known: dict[bytes, Meant] = {}

    def cells(self, row: bytes, first: str) -> dict[bytes, bytes]:
        """Give cells as they stand behind their names, by column, from the one named `first` on: those written in the usual way."""
        start, closed = max(0, row.find(b'<c r="' + first.encode() + b'"')), row.rfind(b"</c>") + len(b"</c>")
        return dict(_CELL.findall(row, start, closed) + _EMPTY_CELL.findall(row, max(start, closed)))

    def all_cells(self, row: bytes) -> dict[bytes, bytes]:
        """Give the same of all cells, however they are written."""
        finder = CellFinder(row[1 : row.index(b"row")])
        return {letters(place.column).encode(): place.raw + b">" + place.inner for place in finder.all(row)}

    def content(self, raw: bytes | None) -> Meant:
        """Read what a cell holds."""
        if raw is None:
            return EMPTY
        found = self._known.get(raw)
        if found is None:
            tag, _, inner = raw.partition(b">")
            try:
                content = read_content(attributes(tag).get("t", "n"), inner, self._shared)
            except ValueError:  # no number where one should be
                return "unreadable", None
            found = self._known[raw] = (content.kind, content.value)
        return found
