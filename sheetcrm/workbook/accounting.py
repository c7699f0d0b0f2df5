"""What a save changed, for whoever asks: part by part, and cell by cell as far as a list can be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from sheetcrm.workbook.writing import Writing
from sheetcrm.xlsx.comparing import changed_places, count_filled
from sheetcrm.xlsx.document import Document, Sheet
from sheetcrm.xlsx.errors import XlsxError
from sheetcrm.xlsx.package import Package
from sheetcrm.xlsx.receipt import Receipt
from sheetcrm.xlsx.refs import cell_name
from sheetcrm.xlsx.sides import Looks, Side

LISTED = 1000
"""Cells that are listed, over all sheets; so many, too, of those that were left."""


@dataclass(frozen=True)
class SheetAccount:
    """Cells written in one sheet: how many, and the first of them by name. `new`: the sheet was added."""

    sheet: str
    part: str
    cells: int
    listed: tuple[str, ...]
    new: bool = False


@dataclass(frozen=True)
class Account:
    """What a save changed.

    `more`: not all cells are listed. `left`: cells of ours that were not written (sheet, cell, why: formula, array, data-table,
    merged), `left_count` of them. `not_grown`: ranges of drop-downs and formats that stay as they are though their table has grown.
    """

    sheets: tuple[SheetAccount, ...]
    more: bool
    changed: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    left: tuple[tuple[str, str, str], ...]
    left_count: int
    not_grown: tuple[str, ...]
    full_calculation: bool

    @property
    def cells(self) -> int:
        """The number of cells written."""
        return sum(sheet.cells for sheet in self.sheets)


def account_of(before: bytes, writing: Writing, *, limit: int = LISTED) -> Account | None:
    """Return what a save changed in the package `before`; None where it changed nothing, or is a whole older file put back.

    Cells are found by reading both versions, not by asking who wrote them; no further than the list goes.
    """
    receipt = writing.receipt
    if receipt is None:
        return None
    document = Document(Package(writing.data))
    titles = {sheet.part: sheet.title for sheet in document.sheets}
    left = [(titles.get(c.sheet, c.sheet), cell_name(c.row, c.column), c.reason) for c in receipt.left]
    sheets = tuple(_sheets(before, writing.data, receipt, document.sheets, limit))
    return Account(
        sheets,
        sum(len(sheet.listed) for sheet in sheets) < sum(sheet.cells for sheet in sheets),
        receipt.replaced,
        receipt.added,
        receipt.removed,
        tuple(left[:limit]),
        len(left),
        tuple(receipt.not_grown),
        receipt.full_calculation,
    )


def _sheets(
    before: bytes, after: bytes, receipt: Receipt, sheets: tuple[Sheet, ...], room: int
) -> Iterator[SheetAccount]:
    looks = Looks()
    old, new = Side(before, looks), Side(after, looks)
    then = {sheet.part for sheet in old.sheets}
    for sheet in sheets:
        added = sheet.part not in then
        if sheet.part not in _written(receipt):
            continue
        count = receipt.cells.get(sheet.part, 0)
        places = changed_places(old, None if added else sheet.part, new, sheet.part)
        listed: list[str] = []
        with suppress(XlsxError):  # the save was proven and has been made: a list that breaks off takes nothing back
            listed = [cell_name(row, column) for row, column in islice(places, room)]
            count = count or (count_filled(new, sheet.part) if added else 0)
            count = count or len(listed) + sum(1 for _ in places)
        room -= len(listed)
        yield SheetAccount(sheet.title, sheet.part, count, tuple(listed), added)


def counts_of(before: bytes, writing: Writing) -> dict[str, int]:
    """Return how many cells a save wrote in the package `before`, by the titles of their sheets: the counts of `account_of`."""
    receipt = writing.receipt
    if receipt is None:
        return {}
    sheets = Document(Package(writing.data)).sheets
    return {one.sheet: one.cells for one in _sheets(before, writing.data, receipt, sheets, 0)}


def _written(receipt: Receipt) -> frozenset[str]:
    return frozenset((*receipt.cells, *receipt.replaced, *receipt.added))
