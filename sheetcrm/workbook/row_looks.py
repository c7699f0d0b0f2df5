"""How new cells of ours look in a list that the owner has coloured or ruled by hand: as hers do in the same row, with our number format.

Where she colours a whole row or a whole column, that counts; else the cell beside. Letters are grey only in a column none of whose
cells has a colour of hers behind it: on a dark one grey could not be read, and letters of two colours in one column are stripes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple, overload

import numpy as np
import numpy.typing as npt

from sheetcrm.workbook.looks import MUTED
from sheetcrm.workbook.looks_of_ours import header_style, rgb
from sheetcrm.xlsx.editor import Editor
from sheetcrm.xlsx.row_styles import RowStyles, styles_beside

_MODEL_ROWS = 6
_MOST_CELLS = 500_000
"""Cells of a sheet that is gone through for the looks of a few cells, at each save that writes them."""


def model_of(editor: Editor, part: str, columns: Collection[int], rows: Sequence[int]) -> int:
    """Return which column of hers shows how the list looks: of those that look alike in its first rows most ones' last one.

    A single one that she has coloured, say the last one, is no model for twenty others.
    """
    seen: dict[int, list[object]] = {column: [] for column in columns}
    for row in rows[:_MODEL_ROWS]:
        cells = editor.read_row(part, row)
        for column, looks in seen.items():
            looks.append(editor.styles.decoration(cells[column][1] if column in cells else None)[1:])
    counts = Counter(map(tuple, seen.values()))
    return max(columns, key=lambda column: (counts[tuple(seen[column])], column))


class NewLooks:
    """The looks of cells that are made new in some rows of a sheet. A column of hers is read once for all that are to look like it."""

    def __init__(self, editor: Editor, part: str, rows: Sequence[int]) -> None:
        self._editor = editor
        self._part = part
        self._rows = rows
        self._read: dict[tuple[int, bool], tuple[dict[int, int], dict[int, int]]] = {}
        self._of_hers: dict[tuple[int, bool, int | None], _Hers] = {}

    def of(self, column: int, neighbour: int, ours: int | None) -> RowStyles | None:
        """Return the looks of a new column's cells; None where nothing is to be seen beside it. `ours` is its style by itself.

        `column` is its own number, `neighbour` that of the column of hers that it is to look like.
        Also cells that hold nothing get a fill or lines: the list is to look whole.
        """
        whole = self._editor.whole_column_style(self._part, column)
        covered = is_shown(self._editor, whole)
        general = whole if covered else self._editor.whole_column_style(self._part, neighbour)
        key = (neighbour, covered, general)
        if key not in self._of_hers:
            self._of_hers[key] = self._hers(*key)
        return _looks(self._editor, self._of_hers[key], ours, blank=True)

    def _hers(self, neighbour: int, covered: bool, general: int | None) -> _Hers:
        editor = self._editor
        decorated = (
            None if general is not None and any(editor.styles.decoration(general)) else editor.styles.decorated()
        )
        if decorated is not None and not decorated:
            return _Hers(np.zeros(len(self._rows), dtype=np.int32), [general])
        key = (neighbour, decorated is None)
        if key not in self._read:
            scan = editor.scans.get(self._part)
            usual = scan is not None and scan.is_usual
            self._read[key] = styles_beside(editor.chunks(self._part), neighbour, among=decorated, usual=usual)
        beside, of_rows = self._read[key]
        found = {} if covered else beside
        return _Hers.of([of_rows.get(row, found.get(row, general)) for row in self._rows])


class _Hers(NamedTuple):
    """The styles of cells of hers: the distinct ones, and which one each row has."""

    codes: npt.NDArray[np.int32]
    distinct: list[int | None]

    @classmethod
    def of(cls, styles: Sequence[int | None]) -> _Hers:
        distinct = list(dict.fromkeys(styles))
        places = {style: at for at, style in enumerate(distinct)}
        return cls(np.fromiter(map(places.__getitem__, styles), dtype=np.int32, count=len(styles)), distinct)


def looks_of_more(
    editor: Editor, part: str, columns: tuple[int, int], rows: Sequence[int], ours: int | None, *, first_row: int
) -> RowStyles | None:
    """Return the looks of further cells in a column of ours; None where all its cells look alike, as the new ones will, too.

    They may be alike only because so far there are none but in rows that she has coloured: then they say nothing of other rows.
    """
    column, neighbour = columns
    scan = editor.scans.get(part)
    if scan is None or scan.cells > _MOST_CELLS:
        return None
    own, of_rows = styles_beside(editor.chunks(part), column)
    own = {row: style for row, style in own.items() if row >= first_row}
    if not own:
        return NewLooks(editor, part, rows).of(column, neighbour, ours)
    alike = len(set(own.values())) == 1
    if alike and not of_rows and not is_shown(editor, next(iter(own.values()))):
        return None
    beside, _ = styles_beside(editor.chunks(part), neighbour)
    if alike and not of_rows and any(not _is_like(editor, style, beside.get(row)) for row, style in own.items()):
        return None
    others = {*own.values(), *beside.values()}
    hers = _Hers.of([of_rows.get(row, beside.get(row)) for row in rows])
    return _looks(editor, hers, ours, blank=False, others=others)


def is_shown(editor: Editor, style: int | None) -> bool:
    """Tell whether a style is to be seen in an empty cell."""
    return style is not None and editor.styles.decoration(style).shown


def _is_like(editor: Editor, style: int, hers: int | None) -> bool:
    """Tell whether a cell has the colour and the lines of one of hers."""
    return editor.styles.decoration(style)[1:] == editor.styles.decoration(hers)[1:]


def _looks(
    editor: Editor, hers: _Hers, ours: int | None, *, blank: bool, others: Collection[int] = ()
) -> RowStyles | None:
    """Return the looks of cells by those of hers; `others` are those of further cells in the same column."""
    distinct = hers.distinct
    coloured = any(editor.styles.decoration(style).fill for style in (*distinct, *others) if style is not None)
    if not coloured and not any(style is not None and any(editor.styles.decoration(style)) for style in distinct):
        return None
    return RowStyles(
        hers.codes,
        [dressed(editor, style, ours, coloured=coloured) for style in distinct],
        [blank and is_shown(editor, style) for style in distinct],
    )


@overload
def dressed(
    editor: Editor, hers: int | None, ours: int, *, bold: bool | None = None, coloured: bool = False
) -> int: ...
@overload
def dressed(
    editor: Editor, hers: int | None, ours: int | None, *, bold: bool | None = None, coloured: bool = False
) -> int | None: ...
def dressed(
    editor: Editor, hers: int | None, ours: int | None, *, bold: bool | None = None, coloured: bool = False
) -> int | None:
    """Return the style of a cell beside one of hers, with the number format of ours.

    Its letters are grey where those of ours are, but not where she has `coloured` this cell or others of the column.
    """
    look = editor.styles.decoration(hers)
    grey = ours is not None and editor.styles.decoration(ours).letters
    coloured = coloured or bool(look.fill)
    if not any(look) and not (coloured and grey) and not is_shown(editor, ours):
        return ours
    colour = rgb(MUTED) if grey and not coloured else None
    code = editor.styles.format_of(ours)
    return editor.styles.add(number_format=code, font_color=colour, bold=bold, base=hers, beside=ours or 0)


def header_in(editor: Editor, part: str, column: int) -> int:
    """Return the style of a header of ours where the owner's have none, in the colour that she has given to the whole column."""
    return dressed(editor, editor.whole_column_style(part, column), header_style(editor), bold=True)
