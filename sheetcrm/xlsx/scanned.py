"""What a pass over a sheet's bytes found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sheetcrm.xlsx.refs import parse_cell


@dataclass(slots=True)
class SheetScan:
    """What one sheet holds. Rows and columns count from 1; 0 where there is no cell with a value."""

    rows: int = 0
    cells: int = 0
    max_row: int = 0
    max_column: int = 0
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    """(row, column, text) of cells that hold an error value, at most 100,000."""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """(first row, first column, last row, last column) of merged areas."""
    protected: bool = False
    """Whether the owner protects the sheet against changes."""
    table_ids: list[str] = field(default_factory=list)
    """The relationships of the Excel tables that it lists."""
    is_usual: bool = True
    """Whether each cell begins with its name: `<c r="B7"`."""
    own_filter: bytes = b""
    """The attributes of the sheet's own filter, which is no table's."""
    has_formulas: bool = False
    """Whether any of its cells may hold one, however it is written."""
    formula_refs: list[bytes] = field(default_factory=list)
    uncached_refs: list[bytes] = field(default_factory=list)

    @property
    def area(self) -> int:
        """The cells of the rectangle from A1 that a reader of values lays out."""
        return self.max_row * self.max_column

    @property
    def last_column(self) -> int:
        """The last column in which anything stands, a formula without a stored result included."""
        return max([self.max_column, *(column for _, column in self.uncached)])

    @property
    def formulas(self) -> Iterator[tuple[int, int]]:
        """(row, column) of the cells that hold a formula."""
        return (parse_cell(ref.decode()) for ref in self.formula_refs)

    @property
    def uncached(self) -> Iterator[tuple[int, int]]:
        """(row, column) of formulas whose result is not stored: readers see nothing there."""
        return (parse_cell(ref.decode()) for ref in self.uncached_refs)
