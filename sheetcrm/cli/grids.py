"""Tables on a terminal: what is short stays whole, what is long is cut with an ellipsis, only sentences are broken."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sheetcrm.cli import output

if TYPE_CHECKING:
    from rich.console import OverflowMethod
    from rich.text import Text

MANY = 2000
"""Rows beyond this are only counted: nobody reads them on a terminal."""

_GAP = 2  # blanks between columns
_LEAST = 24  # what the last column gets in any case


@dataclass(frozen=True, slots=True)
class Column:
    """A column, cut at `most` characters on a terminal. The last one takes what room is left; a `sentence` is broken between words."""

    header: str
    most: int = 40
    sentence: bool = False


def table(columns: Sequence[Column], rows: Sequence[Sequence[object]], *, title: str = "") -> None:
    """Print rows in columns, as wide as the terminal; elsewhere (a file, a pipe) each row is one line and nothing is cut."""
    from rich.cells import cell_len  # noqa: PLC0415 - only where a table is printed

    texts = [[_cell(value) for value in row] for row in rows[:MANY]]
    natural = [max((t.cell_len for t in cells), default=0) for cells in zip(*texts, strict=True)] or [0] * len(columns)
    natural = [max(width, cell_len(column.header)) for width, column in zip(natural, columns, strict=True)]
    if title:
        output.put(title)
    if sys.stdout.isatty():
        _draw(columns, texts, natural)
    else:
        headers = [_cell(column.header) for column in columns]
        for row in ([headers] if any(c.header for c in columns) else []) + texts:
            cells = (t.plain + " " * (width - t.cell_len) for t, width in zip(row, natural, strict=True))
            output.put((" " * _GAP).join(cells).rstrip())
    if len(rows) > MANY:
        output.put(f"… +{len(rows) - MANY}")


def _draw(columns: Sequence[Column], rows: Sequence[Sequence[Text]], natural: Sequence[int]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only where a table is drawn
    from rich.table import Table  # noqa: PLC0415

    console = Console(highlight=False)
    grid = Table(box=None, pad_edge=False, header_style="bold", show_header=any(c.header for c in columns))
    for column, width in zip(columns, _fitted(natural, columns, console.width), strict=True):
        overflow: OverflowMethod = "fold" if column.sentence else "ellipsis"
        grid.add_column(column.header, no_wrap=not column.sentence, overflow=overflow, width=width)
    for row in rows:
        grid.add_row(*row)
    with output.printing(sys.stdout):
        console.print(grid, crop=False)


def _fitted(natural: Sequence[int], columns: Sequence[Column], room: int) -> list[int]:
    """Return widths that fit: the columns before the last keep theirs, up to their `most`; the widest gives way first."""
    *before, last = [min(width, c.most) for width, c in zip(natural[:-1], columns[:-1], strict=True)] + [natural[-1]]
    left = room - _GAP * (len(columns) - 1)
    while before and max(before) > 1 and left - sum(before) < min(last, _LEAST):
        before[before.index(max(before))] -= 1
    return [*before, max(1, min(last, left - sum(before)))]


def _cell(value: object) -> Text:
    from rich.text import Text  # noqa: PLC0415 - only where a table is printed

    if isinstance(value, Text):
        return value
    return Text("" if value is None else " ".join(str(value).split()))  # a client's name is text, never markup
