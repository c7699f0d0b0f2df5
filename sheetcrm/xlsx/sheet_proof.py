"""The general proof of one sheet's patch, however it is written: its rows read side by side with those that were there.

A row that was not edited has its very bytes; an edited one its other cells and its attributes, and in the edited cells what was
meant. What stands around the rows is what was there, with what was asked of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property

from sheetcrm.xlsx.errors import ProofFailed
from sheetcrm.xlsx.expected import CellReader, Expected, Meant, keeps_style
from sheetcrm.xlsx.framing import Framing, stands_around
from sheetcrm.xlsx.lockstep import Rows, all_rows
from sheetcrm.xlsx.markup import TOKEN, attributes
from sheetcrm.xlsx.package import Package
from sheetcrm.xlsx.reading import iter_rows
from sheetcrm.xlsx.refs import column_number
from sheetcrm.xlsx.sheet import SheetEdits


class SheetProof:
    """The proof of one sheet. `left` are cells (row, column) that could not be written and stay as they were.

    `styles` is how many cell styles the workbook has, None where it has no style sheet.
    """

    def __init__(
        self,
        part: str,
        edits: SheetEdits,
        left: Collection[tuple[int, int]],
        shared: Callable[[int], str],
        *,
        date1904: bool,
        styles: int | None,
    ) -> None:
        self._part = part
        self._edits = edits
        self._left = left
        self._styles = styles
        self._date1904 = date1904
        self._reader = CellReader(shared)

    @cached_property
    def _expected(self) -> Expected:
        return Expected(self._edits, date1904=self._date1904)

    def check(self, old: Package, new: Package, prefix: str) -> None:
        """Raise ProofFailed unless the sheet is what it was with exactly what was asked of it."""
        self.check_frame(
            *stands_around(old.open(self._part), prefix.encode()),
            *stands_around(new.open(self._part), prefix.encode()),
            prefix=prefix,
        )
        edited = set(self._edits.rows())
        last = 0
        for rows in all_rows(old.open(self._part), new.open(self._part)):
            if rows.now is not None and rows.number <= last:
                raise ProofFailed(f"row {rows.number} of {self._part} does not stand in its order", "row-order")
            last = rows.number if rows.now is not None else last
            if rows.number in edited:
                edited.discard(rows.number)
                self._check_edited(rows, self._expected.row(rows.number))
            elif rows.was != rows.now:
                raise ProofFailed(f"row {rows.number} of {self._part} was not to change, and did", "row")
        for number in edited:
            self._check_edited(Rows(number, None, None), self._expected.row(number))

    def check_cells(self, new: Package) -> None:
        """Raise ProofFailed unless the edited cells of a sheet that was made anew hold what was meant."""
        rows = dict(iter_rows(new.open(self._part), set(self._edits.rows())))
        for number in self._edits.rows():
            cells = self._cells(rows.get(number))
            for name, content in self._expected.row(number):
                found = self._reader.content(cells.get(name))
                if found != content and (number, column_number(name)) not in self._left:
                    raise ProofFailed(
                        f"{name.decode()}{number} of {self._part} holds {found[1]!r}, not {content[1]!r}", "cell"
                    )

    def check_frame(self, head: bytes, tail: bytes, new_head: bytes, new_tail: bytes, *, prefix: str = "") -> None:
        """Raise ProofFailed unless what stands around the rows now is what stood there, with what was asked of it."""
        framing = Framing(self._edits, prefix.encode(), self._part)
        meant = framing.head(head), framing.tail(head, tail)
        if not tail.startswith(b"</" + prefix.encode() + b"sheetData"):  # there was only `<sheetData/>`
            new_tail = new_tail[new_tail.find(b">") + 1 :] if new_tail.startswith(b"</") else new_tail
        if meant != (new_head, new_tail):
            raise ProofFailed(f"what stands around the rows of {self._part} is not what it should be", "frame")

    def _check_edited(self, rows: Rows, wanted: list[tuple[bytes, Meant]]) -> None:
        if rows.was is not None and rows.now is None:
            raise ProofFailed(f"row {rows.number} of {self._part} is gone", "row")
        before, after = self._cells(rows.was), self._cells(rows.now)
        for name, content in wanted:
            was, now = before.pop(name, None), after.pop(name, None)
            found = self._reader.content(now)
            if found == content and keeps_style(was, now, self._styles):
                continue
            if was != now or (rows.number, column_number(name)) not in self._left:
                place = f"{name.decode()}{rows.number} of {self._part}"
                if found == content:
                    raise ProofFailed(f"{place} has lost its look", "style")
                raise ProofFailed(f"{place} holds {found[1]!r}, not {content[1]!r}", "cell")
        if before != after or (rows.was is not None and _tag(rows.was) != _tag(rows.now)):
            raise ProofFailed(
                f"row {rows.number} of {self._part} has other cells changed than those that were meant", "row"
            )

    def _cells(self, row: bytes | None) -> dict[bytes, bytes]:
        return {} if row is None else self._reader.all_cells(row)


def _tag(row: bytes | None) -> dict[str, str]:
    """Give a row's attributes without `spans`, a hint that is left out where it would be too narrow."""
    token = TOKEN.match(row or b"")
    return (
        {} if token is None else {k: v for k, v in attributes(token["attributes"]).items() if k not in {"spans", "r"}}
    )
