"""What only the cells can tell: which derived column is hers, whether `Имя` is a full name, which row is a total.

Pure: a placement and its encoded columns in, the same settled out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.fields import TABLES, Kind
from sheetcrm.crm.tables import EMPTY, Column, LeftOut, runs
from sheetcrm.crm.values import Problem
from sheetcrm.languages.folding import fold
from sheetcrm.languages.lists import TOTALS
from sheetcrm.workbook.fillers import NAMES, without_fillers
from sheetcrm.workbook.footing import without_notes
from sheetcrm.workbook.headers import slug, spec_of
from sheetcrm.workbook.headings import Headings, Rearranged

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import numpy.typing as npt

    from sheetcrm.workbook.placement import Placement

    Positions = npt.NDArray[np.int64]

CELLWISE = frozenset({"next_visit"})
"""Derived fields that belong to her and to us cell by cell: no column of it is ever hers alone."""

FOREIGN = frozenset({"status", "problems", "rfm"})
"""Words that head many another column: one that she filled is not read as the field (LANGUAGE, rule 7)."""

_RATE = "no_show_rate"
_PERCENT = re.compile(r"\d{1,3}(?:[.,]\d+)?\s*%")

_TOTAL = re.compile(r"([^\d]*)(\d[\d\s.,]*\D{0,5})?")  # `Razem: 3`, `Total 1 200,50 zł`
_LONGEST_TOTAL = 60
_SUMS = {
    table: frozenset(f.name for f in TABLES[table].fields if f.kind in (Kind.MONEY, Kind.NUMBER))
    for table in ("Clients", "Visits")
}
"""Where a last row with nothing but numbers in these columns is a sum: no row of a client or visit has only them."""


def foreign(placement: Placement, columns: Mapping[int, Column]) -> frozenset[str]:
    """Return the derived fields whose header may well mean something else: `FOREIGN`, and a rate that is none by its cells.

    `No-shows` counts them as often as it says how many of hundred they are; what is no share of one is no rate.
    """
    column = columns.get(placement.columns.get(_RATE, 0))
    cells = [] if column is None else [cell for cell in column.values if cell not in (None, "")]
    texts = [cell for cell in cells if isinstance(cell, str) and _PERCENT.fullmatch(cell.strip())]
    shares = [cell for cell in cells if isinstance(cell, float) and 0 <= cell <= 1]
    is_rate = len(texts) + len(shares) == len(cells) and (texts or any(0 < share < 1 for share in shares))
    return FOREIGN if is_rate else FOREIGN | {_RATE}


def settled(placement: Placement, filled: Collection[str], foreign: Collection[str] = FOREIGN) -> Placement:
    """Decide for each derived column without our mark whether it is ours or hers.

    `filled` are the fields with anything beneath their header, a formula included. A column without anything becomes
    ours; one that she filled stays readable as that field (`hers`), or as her own column where its header is too
    common a word (`foreign`).
    """
    spec = spec_of(placement.table)
    columns, headers = dict(placement.columns), dict(placement.headers)
    ours, own = dict(placement.ours), list(placement.own)
    hers: set[str] = set()
    for known in spec.fields:
        name = known.name
        if not known.derived or name not in columns or columns[name] == ours.get(name):
            continue
        if name in filled and name not in {*foreign, *CELLWISE}:
            hers.add(name)
        elif (name in filled and name in foreign) or name in ours:
            new = slug(headers[name], {*spec.names, *own})
            columns[new], headers[new] = columns.pop(name), headers.pop(name)
            own.append(new)
            if name in ours:
                columns[name] = ours[name]
                headers[name] = headers.get(name, "")
        else:
            ours[name] = columns[name]
    own.sort(key=columns.__getitem__)
    return replace(placement, columns=columns, headers=headers, ours=ours, own=tuple(own), hers=frozenset(hers))


def taken_columns(before: Placement, after: Placement, foreign: frozenset[str] = FOREIGN) -> tuple[Problem, ...]:
    """Return the warnings for columns that we cannot write or do not read because another holds that field.

    `field` is the name under which her column is read, `value` its header; for a second header `params` hold the one
    that counts (`kept`).
    """
    found = [
        Problem("column-taken", after.table, field=name, value=after.headers[name], params={"kind": "typed"})
        for name in spec_of(after.table).names
        if name in after.hers
    ]
    found += [
        Problem("column-taken", after.table, field=own, value=after.headers[own], params={"kind": "typed"})
        for name in sorted(foreign & before.columns.keys())
        for own in after.own
        if after.columns[own] == before.columns[name]
    ]
    found += [
        Problem("column-taken", after.table, field=s.slug, value=s.header, params={"kind": "second", "kept": s.kept})
        for s in after.seconds
    ]
    return tuple(found)


def name_field(placement: Placement, columns: Mapping[str, Column]) -> tuple[str, str] | None:
    """Return (field, what it really is) where a name column is not what its header says.

    `Имя`, `Nome`, `Imię` without a surname column is a full name if most cells have two words; `Name` beside a surname
    is a first name.
    """
    fields = placement.columns.keys()
    if placement.table != "Clients":
        return None
    if "first_name" in fields and not fields & {"last_name", "name"} and _mostly_two_words(columns["first_name"]):
        return ("first_name", "name")
    bare = "name" in fields and fold(placement.headers["name"]) == "name"
    if bare and "last_name" in fields and "first_name" not in fields and not _mostly_two_words(columns["name"]):
        return ("name", "first_name")
    return None


def _mostly_two_words(column: Column) -> bool:
    words = column.lookup(lambda value: len(str(value).split()), 0, np.int64)
    filled = int((words > 0).sum())
    return filled > 0 and 2 * int((words > 1).sum()) > filled


def renamed(placement: Placement, old: str, new: str) -> Placement:
    """Return the placement with one column under another field's name."""
    columns, headers = dict(placement.columns), dict(placement.headers)
    columns[new], headers[new] = columns.pop(old), headers.pop(old)
    return replace(placement, columns=columns, headers=headers)


@dataclass(frozen=True)
class KeptRows:
    """Which rows of a table are rows of it. Positions count from the first row below the headers.

    `left_out` have something in a column that we know, and are none; `rearranged` say where headers stand again in
    another order: what is below them is left out with them.
    """

    positions: Positions
    left_out: Positions
    rearranged: tuple[Rearranged, ...] = ()

    def left_out_of(self, header_row: int) -> LeftOut:
        """Return what is left out by Excel rows."""
        first = header_row + 1
        rearranged = tuple((one.position + first, one.headers) for one in self.rearranged)
        return LeftOut(runs(self.left_out + first), rearranged)


def across(placement: Placement, merged: Sequence[tuple[int, int, int, int]]) -> set[int]:
    """Return the positions of rows in which one merged cell covers all columns that are hers, or from the first on most.

    `merged` are (first row, first column, last row, last column) of merged areas.
    """
    hers = set(placement.columns.values()) - set(placement.ours.values())
    names = {column for name, column in placement.columns.items() if name in NAMES.get(placement.table, ())}
    first, covered = placement.header_row + 1, dict[int, set[int]]()
    for top, left, bottom, right in merged:
        if top == bottom and top >= first and len(hers) > 1 and left <= min(hers):
            covered[top - first] = {column for column in hers if column <= right}
    return {
        row for row, columns in covered.items() if columns == hers or (columns - names and 2 * len(columns) > len(hers))
    }


def kept_rows(
    placement: Placement,
    columns: Mapping[str, Column],
    formulas: Mapping[str, Collection[int]],
    merged: Collection[int] = (),
) -> KeptRows:
    """Return which of a table's rows are rows: those with a known cell of the owner's filled, and not ahead of anybody.

    Neither a row of totals is one, nor what stands below a plain list as a legend (`footing`) or between its rows as a
    heading (`headings`). `columns` by field or slug, all of one length; `formulas` positions of formula cells by field;
    `merged` positions of rows that are one cell across. Rows right below an Excel table (`open_end`) count up to the
    first empty one.
    """
    spec = spec_of(placement.table)
    owner = [f.name for f in spec.fields if not f.derived and f.name in columns] or list(columns)
    length = len(next(iter(columns.values()))) if columns else 0
    filled = np.zeros(length, dtype=bool)
    for name in owner:
        filled |= columns[name].codes != EMPTY
    inside = 0
    if placement.open_end and placement.last_row is not None:
        inside = max(placement.last_row - placement.header_row, 0)
        gaps = np.flatnonzero(~filled[inside:])
        if len(gaps):
            filled[inside + gaps[0] :] = False
    known, none, rearranged = filled, list[int](), tuple[Rearranged, ...]()
    if (
        spec.name in NAMES
    ):  # also in an Excel table: a list with headings between its rows becomes one when it is adopted
        headings = _headings(placement, columns, filled, formulas, frozenset(merged))
        none, rearranged = headings.sure(), tuple(headings.rearranged())
        filled = filled.copy()
        filled[none] = False
        for one in rearranged:
            filled[one.position : one.end] = False
    bare, filled = without_fillers(spec.name, {name: columns[name] for name in owner}, formulas, placement.ours, filled)
    if not placement.excel_table or placement.open_end:
        prepared = _prepared({name: columns[name] for name in bare}, bare, formulas)
        filled = without_notes(spec.name, bare, filled, inside=inside, headings=none, prepared=prepared)
    positions = np.flatnonzero(filled)
    if len(positions) > 1 and not spec.program and _is_total(spec.name, int(positions[-1]), owner, columns, formulas):
        positions = positions[:-1]
    left_out = known.copy()
    left_out[positions] = False
    return KeptRows(positions, np.flatnonzero(left_out), rearranged)


def _prepared(
    columns: Mapping[str, Column], bare: Mapping[str, Column], formulas: Mapping[str, Collection[int]]
) -> frozenset[int]:
    """Return the positions at which anything but a formula was filled in ahead; `bare` are the columns without it.

    Beside a formula its word may stand: `Average`.
    """
    return frozenset(
        row
        for name, column in columns.items()
        if bare[name] is not column
        for row in np.flatnonzero(bare[name].codes != column.codes).tolist()
        if row not in formulas.get(name, ())
    )


def _headings(
    placement: Placement,
    columns: Mapping[str, Column],
    filled: npt.NDArray[np.bool_],
    formulas: Mapping[str, Collection[int]],
    merged: frozenset[int],
) -> Headings:
    """Return the headings of a list, told by all columns that are hers; an id that we wrote is somebody's."""
    ours = {name for name in placement.ours if placement.columns.get(name) == placement.ours[name]} - {"client_id"}
    hers = {name: columns[name] for name in sorted(columns, key=placement.columns.__getitem__) if name not in ours}
    return Headings(placement.table, hers, placement.headers, filled, formulas, merged)


def _is_total(
    table: str, row: int, owner: list[str], columns: Mapping[str, Column], formulas: Mapping[str, Collection[int]]
) -> bool:
    """Tell whether the last row sums the others up: a word for it beside numbers, or nothing but sums."""
    filled = {name: cell for name, column in columns.items() if (cell := column.cell(row)) is not None}
    texts = [cell for name, cell in filled.items() if name in owner and isinstance(cell, str)]
    if not texts:
        sums = _SUMS.get(table, frozenset())
        return all(row in formulas.get(name, ()) or name in sums for name in filled if name in owner)
    if table == "Clients":
        return False  # told where a phone is told from a sum (`headings`): Mrs Suma may stand last
    # a formula that was never computed has no value
    has_number = any(isinstance(cell, float) for cell in filled.values()) or any(row in at for at in formulas.values())
    found = _TOTAL.fullmatch(texts[0].strip()[:_LONGEST_TOTAL])
    return len(texts) == 1 and found is not None and fold(found[1]) in TOTALS and (has_number or bool(found[2]))
