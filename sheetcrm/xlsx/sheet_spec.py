"""What a program's own sheet is to be: its columns, rows and looks, apart from how they are written."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sheetcrm.xlsx.cells import CellValue
from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.refs import Range

FILLS = {"red": "FFC7CE", "amber": "FFEB9C", "green": "C6EFCE", "grey": "F2F2F2"}
HEADER_FILL = "D9E1F2"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a program sheet.

    `choices` makes a drop-down: the words themselves, or a formula (a range, a name) that gives them. `at` is the column's number
    in the sheet where the owner has moved it; otherwise the columns follow each other.
    """

    header: str
    width: float = 14
    number_format: str | int | None = None
    choices: Sequence[str] | str = ()
    wrap: bool = False
    left: bool = False
    """Whether also numbers and dates stand at the left."""
    hidden: bool = False
    color: str | None = None
    """The colour of its cells' letters, RRGGBB."""
    at: int | None = None
    alarm: str = ""
    """A formula for which a cell of a new sheet turns red by itself; `{cell}` in it stands for that cell."""
    prompt: str = ""
    """What is said beside a cell of a drop-down that is chosen, under the header as its title."""


@dataclass(frozen=True, slots=True)
class Accent:
    """How a cell looks that is to be told from the others of its row; colours are RRGGBB, None as the row has it."""

    fill: str | None = None
    color: str | None = None
    bold: bool | None = None


PLAIN = Accent()


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """A program sheet. `fills` names a colour per row (red, amber, green, grey, RRGGBB, or None).

    `kept` gives, per row, the number of the row in the sheet as it is whose other cells (columns of the owner's own) go along, but for
    what stands in the columns that `bare` has for that row, by its index: of these the looks stay.
    """

    table: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[CellValue]]
    fills: Sequence[str | None] = ()
    accents: Sequence[Mapping[int, Accent]] = ()
    """Per row, the cells that look otherwise than it, by their column's position in `columns`."""
    note: str = ""
    """A sentence above the headers of a sheet that is made new; `header_row` is below it then."""
    kept: Sequence[int | None] = ()
    bare: Mapping[int, Collection[int]] = field(default_factory=dict)
    header_row: int = 1
    read_to: int = 0
    """The last row that was read as one of these: beneath a table, too, where a program did not let it grow with what was typed."""
    frozen_columns: int = 0
    tab_color: str | None = None
    state: str = "visible"
    header_fill: str = HEADER_FILL
    header_color: str | None = None
    """The colour of the header's letters, RRGGBB."""
    line: str | None = None
    """The colour of a line below each cell, RRGGBB, in place of the grid."""
    header_height: float | None = None
    """The height of the header row in points, where its words take more than a line."""
    row_height: float | None = None
    """The height of each row in points: where texts of several lines are to show their first one only."""
    links: Sequence[Mapping[int, str]] = ()
    """Per row, the addresses that its cells open when they are clicked, by their column's position in `columns`."""
    linked_columns: Collection[int] = ()
    """The positions of columns in which links stand, or may have stood before."""
    heights: Sequence[float | None] = ()
    """The height in points that a row is going to need: not every program measures wrapped texts when it opens a file."""

    @property
    def places(self) -> list[int]:
        """The columns' numbers in the sheet."""
        places: list[int] = []
        for column in self.columns:
            places.append(column.at if column.at is not None else max(places, default=0) + 1)
        if len(set(places)) != len(places):
            raise Unsupported("two columns of a program sheet stand in one place", "columns")
        return places

    def ref(self) -> Range:
        """Give the table's extent: header and at least one row (Excel takes no table without)."""
        places = self.places
        return Range(self.header_row, min(places), self.header_row + max(1, len(self.rows)), max(places))

    def table_columns(self) -> list[str]:
        """Give the names of the table's columns, those of the spec and any between them."""
        headers = dict(zip(self.places, (column.header for column in self.columns), strict=True))
        ref = self.ref()
        names = [headers.get(at, f"Column{at}") for at in range(ref.first_column, ref.last_column + 1)]
        if len({name.casefold() for name in names}) != len(names) or not all(names):
            raise Unsupported(f"two columns of {self.table} have one header", "columns")
        return names

    def fill(self, index: int) -> str | None:
        """Give the colour of a row as RRGGBB."""
        name = self.fills[index] if index < len(self.fills) else None
        return FILLS.get(name, name) if name else None

    def accent(self, index: int, column: int) -> Accent:
        """Give how a cell looks otherwise than its row."""
        return self.accents[index].get(column, PLAIN) if index < len(self.accents) else PLAIN
