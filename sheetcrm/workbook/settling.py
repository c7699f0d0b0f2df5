"""What only the cells can tell: which derived column is hers, whether `Имя` is a full name, which row is a total.

Pure: a placement and its encoded columns in, the same settled out.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.fields import TABLES, Kind
from sheetcrm.crm.tables import EMPTY, Column
from sheetcrm.crm.values import Problem
from sheetcrm.languages.folding import fold
from sheetcrm.workbook.footing import TOTALS, without_notes
from sheetcrm.workbook.headers import slug, spec_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import numpy.typing as npt

    from sheetcrm.workbook.placement import Placement

CELLWISE = frozenset({"next_visit"})
"""Derived fields that belong to her and to us cell by cell: no column of it is ever hers alone."""

FOREIGN = frozenset({"status", "problems", "rfm"})
"""Words that head many another column: one that she filled is not read as the field (LANGUAGE, rule 7)."""

_TOTAL = re.compile(r"([^\d]*)(\d[\d\s.,]*\D{0,5})?")  # `Razem: 3`, `Total 1 200,50 zł`
_LONGEST_TOTAL = 60
_SUMS = {
    table: frozenset(f.name for f in TABLES[table].fields if f.kind in (Kind.MONEY, Kind.NUMBER))
    for table in ("Clients", "Visits")
}
"""Where a last row with nothing but numbers in these columns is a sum: no row of a client or visit has only them."""


def settled(placement: Placement, filled: Collection[str]) -> Placement:
    """Decide for each derived column without our mark whether it is ours or hers.

    `filled` are the fields with anything beneath their header, a formula included. A column without anything becomes
    ours; one that she filled stays readable as that field (`hers`), or as her own column where its header is too
    common a word (`FOREIGN`).
    """
    spec = spec_of(placement.table)
    columns, headers = dict(placement.columns), dict(placement.headers)
    ours, own = dict(placement.ours), list(placement.own)
    hers: set[str] = set()
    for known in spec.fields:
        name = known.name
        if not known.derived or name not in columns or columns[name] == ours.get(name):
            continue
        if name in filled and name not in FOREIGN | CELLWISE:
            hers.add(name)
        elif (name in filled and name in FOREIGN) or name in ours:
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


def taken_columns(before: Placement, after: Placement) -> tuple[Problem, ...]:
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
        for name in sorted(FOREIGN & before.columns.keys())
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


def kept_rows(
    placement: Placement, columns: Mapping[str, Column], formulas: Mapping[str, Collection[int]]
) -> npt.NDArray[np.int64]:
    """Return the positions of the table's rows: those with a known cell of the owner's filled.

    Neither a row of totals is one, nor what stands below a plain list as a legend (`footing`). `columns` by field or
    slug, all of one length; `formulas` positions of formula cells by field. Rows right below an Excel table
    (`open_end`) count up to the first empty one.
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
    if not placement.excel_table or placement.open_end:
        filled = without_notes(
            spec.name, {name: columns[name] for name in owner}, placement.headers, filled, inside=inside
        )
    positions = np.flatnonzero(filled)
    if len(positions) > 1 and not spec.program and _is_total(spec.name, int(positions[-1]), owner, columns, formulas):
        positions = positions[:-1]
    return positions


def _is_total(
    table: str, row: int, owner: list[str], columns: Mapping[str, Column], formulas: Mapping[str, Collection[int]]
) -> bool:
    """Tell whether the last row sums the others up: a word for it beside numbers, or nothing but sums."""
    filled = {name: cell for name, column in columns.items() if (cell := column.cell(row)) is not None}
    texts = [cell for name, cell in filled.items() if name in owner and isinstance(cell, str)]
    if not texts:
        sums = _SUMS.get(table, frozenset())
        return all(row in formulas.get(name, ()) or name in sums for name in filled if name in owner)
    # a formula that was never computed has no value
    has_number = any(isinstance(cell, float) for cell in filled.values()) or any(row in at for at in formulas.values())
    found = _TOTAL.fullmatch(texts[0].strip()[:_LONGEST_TOTAL])
    return len(texts) == 1 and found is not None and fold(found[1]) in TOTALS and (has_number or bool(found[2]))
