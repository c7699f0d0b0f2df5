"""Which sheet of a workbook is which of an earlier version of it, whatever she called it since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from itertools import islice

from sheetcrm.xlsx.document import Document, Sheet
from sheetcrm.xlsx.sides import Side

Pair = tuple[Sheet | None, Sheet | None]

_LOOKED_AT = 100  # filled rows of a sheet
_SURE = 2.0
_ENOUGH = 0.5
"""The share of the cells of the shorter sheet that stand in the other one as well."""


def paired(old: Side, new: Side) -> list[Pair]:
    """Pair sheets by title, else by what shows that one was renamed; the present ones in their order, then those that are gone.

    Raises Damaged, Hostile.
    """
    before = {sheet.title.casefold(): sheet for sheet in old.sheets}
    pairs = {sheet: before.pop(sheet.title.casefold(), None) for sheet in new.sheets}
    fresh = [sheet for sheet, was in pairs.items() if was is None]
    if fresh and before:
        for now, was in _renamed(old, list(before.values()), new, fresh):
            pairs[now] = before.pop(was.title.casefold())
    return [*((was, now) for now, was in pairs.items()), *((was, None) for was in before.values())]


def fingerprint(side: Side, part: str) -> tuple[int, int]:
    """Return the checksum and the size of a part."""
    entry = side.package.entry(part)
    return entry.crc, entry.size


def _renamed(old: Side, gone: list[Sheet], new: Side, fresh: list[Sheet]) -> list[tuple[Sheet, Sheet]]:
    """Return (sheet now, sheet before) of those that most likely are one under another title, the likeliest first."""
    then, now = _pointed_to(old.document), _pointed_to(new.document)
    told = {(then[name], title) for name, title in now.items() if name in then}
    cells = {(side, sheet): _cells(side, sheet) for side, sheets in ((old, gone), (new, fresh)) for sheet in sheets}
    likely: list[tuple[float, Sheet, Sheet]] = []
    for sheet in fresh:
        for was in gone:
            if was.kind != sheet.kind:
                continue
            if fingerprint(old, was.part) == fingerprint(new, sheet.part) or (was.title, sheet.title) in told:
                likelihood = _SURE
            else:
                likelihood = _in_common(cells[old, was], cells[new, sheet])
            if likelihood >= _ENOUGH:
                likely.append((likelihood + (was.sheet_id == sheet.sheet_id), sheet, was))
    found: dict[Sheet, Sheet] = {}
    for _, sheet, was in sorted(likely, key=lambda each: -each[0]):
        if sheet not in found and was not in found.values():
            found[sheet] = was
    return list(found.items())


def _pointed_to(document: Document) -> dict[str, str]:
    """Return the titles of the sheets that names and Excel tables stand on: those follow a sheet to its new title."""
    titles = {sheet.part: sheet.title for sheet in document.sheets}
    places = {f"table {table.display_name.casefold()}": titles[table.sheet] for table in document.tables}
    for name in document.defined_names:
        sheet, sign, _ = name.value.removeprefix("=").partition("!")
        if name.sheet is None and sign:
            title = sheet[1:-1].replace("''", "'") if sheet[:1] == "'" else sheet
            places[f"name {name.name.casefold()}"] = title
    return places


def _cells(side: Side, sheet: Sheet) -> Counter[tuple[int, Hashable]]:
    """Count what stands in the first filled rows, by row among these: columns may have been put in."""
    if sheet.kind != "worksheet":
        return Counter()
    rows = ([cell.key for cell in side.cells(row).values() if cell.kind != "empty"] for _, row in side.rows(sheet.part))
    filled = islice((row for row in rows if row), _LOOKED_AT)
    return Counter((number, key) for number, row in enumerate(filled) for key in row)


def _in_common(one: Counter[tuple[int, Hashable]], other: Counter[tuple[int, Hashable]]) -> float:
    shorter = min(one.total(), other.total())
    return (one & other).total() / shorter if shorter else 0.0
