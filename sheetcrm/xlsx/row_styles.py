"""How the cells of a column are to look row by row, as those beside them do."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sheetcrm.xlsx.markup import attributes
from sheetcrm.xlsx.searching import column_styles

_ROW = re.compile(rb"<(?:[^\s/>!?:<]+:)?row\s([^<>]*customFormat[^<>]*)>")
_LONGEST_TAG = 4000


@dataclass(frozen=True, slots=True)
class RowStyles:
    """The styles of cells that are made new: `distinct[codes[i]]` is that of the i-th one.

    `shown` tells of each whether it is to be seen in a cell that holds nothing, too: then one is made.
    """

    codes: npt.NDArray[np.int32]
    distinct: Sequence[int | None]
    shown: Sequence[bool]

    def at(self, place: int) -> tuple[int | None, bool]:
        """Give the style of one cell, and whether also an empty one gets it."""
        code = int(self.codes[place])
        return self.distinct[code], self.shown[code]


def styles_beside(
    chunks: Iterable[bytes], column: int, *, among: Collection[int] | None = None, usual: bool = False
) -> tuple[dict[int, int], dict[int, int]]:
    """Give the styles of one column's cells, and those of whole rows, by row: one pass. What has none is left out.

    `among` and `usual` as `column_styles` takes them, which concern cells alone.
    """
    rows: dict[int, int] = {}
    return column_styles(_noting_rows(chunks, rows), column, among=among, usual=usual), rows


def _noting_rows(chunks: Iterable[bytes], rows: dict[int, int]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        buffer = rest + chunk
        if b"customFormat" in buffer:
            for found in _ROW.finditer(buffer):
                said = attributes(found[1])
                number, style = said.get("r", ""), said.get("s", "")
                if said.get("customFormat") in {"1", "true", "on"} and number.isdecimal() and style.isdecimal():
                    rows[int(number)] = int(style)
        rest = buffer[max(buffer.rfind(b"<"), len(buffer) - _LONGEST_TAG, 0) :]
        yield chunk
