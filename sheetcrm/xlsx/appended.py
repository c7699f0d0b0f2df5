"""The proof of columns that were added at the rows' ends, at the speed of bytes.

Such a write puts cells of its own behind the last cell of rows, and does nothing else. So each row must begin with all that it was
before; what follows must be the cells that were meant for that very row, in their order; and each distinct one must read back as what
was meant. That is more than well-formedness proves, in a fifth of the time. Any other write is left to the general proof.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
import numpy.typing as npt

from sheetcrm.xlsx.cells import CellValue, meant, unescape_text
from sheetcrm.xlsx.markup import unescape
from sheetcrm.xlsx.refs import column_number, letters
from sheetcrm.xlsx.rows import Coded
from sheetcrm.xlsx.sheet import SheetEdits

Meant = tuple[str, str | float | None]
_Codes = npt.NDArray[np.int64]

_CELL, _ROW, _ROW_END = b'<c r="', b'<row r="', b"</row>"
_DATA, _DATA_END = b"<sheetData>", b"</sheetData>"
_SPANS = re.compile(rb"(<row r=\"\d+\") spans=\"[^\"]*\"")
_WRITTEN = re.compile(
    rb"(?: s=\"\d+\")?(?:/>|(?: t=\"(inlineStr|b)\")?>"
    rb"(?:<v>([^<&]+)</v>|<is><t(?: xml:space=\"preserve\")?>((?:[^<&]|&(?:amp|lt|gt|quot|#\d+);)+)</t></is>)</c>)"
)


class AppendedColumns:
    """What was to be appended to the rows of one sheet. `is_simple` tells whether its edits are of that kind at all."""

    def __init__(self, edits: SheetEdits, *, date1904: bool) -> None:
        self._date1904 = date1904
        self._single = dict(edits.cells)
        columns = sorted(edits.columns, key=lambda patch: patch.column)
        rows = columns[0].rows if columns else ()
        self._places = {b"%d" % row: at for at, row in enumerate(rows)}
        self.is_simple = len({id(patch.rows) for patch in columns}) == 1 and not any(
            b"%d" % row in self._places for row in edits.cells
        )
        if not self.is_simple:
            return
        self._letters = [letters(patch.column).encode() for patch in columns]
        self._first = columns[0].column
        self._meant: list[Meant] = []
        self._codes = np.stack([self._coded(patch.values) for patch in columns], axis=1)
        self._seen = np.zeros(len(rows), dtype=bool)
        self._pairs: set[tuple[bytes, int]] = set()

    def _coded(self, values: Iterable[CellValue]) -> _Codes:
        """Return a number for each value, -1 where the cell is empty; what each number means is kept."""
        if not isinstance(values, Coded):
            known: dict[tuple[type, CellValue], int] = {}
            codes = np.array([known.setdefault((type(v), v), len(known)) for v in values], dtype=np.int32)
            values = Coded(codes, [value for _, value in known])
        found = [meant(value, date1904=self._date1904) for value in values.distinct]
        table = np.arange(len(found) + 1) + len(self._meant)
        table[[at for at, content in enumerate(found) if content[0] == "empty"]] = -1
        table[-1] = -1  # where a code of -1 looks
        self._meant += found
        return table[values.codes].astype(np.int64)

    def are_all_that_changed(self, old: Iterable[bytes], new: SheetRows) -> bool:
        """Compare a sheet's rows before and after; False where one is not as it must be, or that cannot be told here."""
        was = _Rows(SheetRows(old))
        for stretch in new:
            rows = stretch.split(_ROW_END)
            before = was.take(len(rows) - 1)
            if rows.pop().strip() or len(before) != len(rows) or not all(map(bytes.startswith, rows, before)):
                return False
            grown = [(then, now[len(then) :]) for then, now in zip(before, rows, strict=True) if len(then) != len(now)]
            if not self._take([then for then, _ in grown], [added for _, added in grown]):
                return False
        unseen = self._codes[~self._seen]
        return (
            was.is_over()
            and not self._single
            and bool((unseen < 0).all())
            and all(_reads(raw, self._meant[code]) for raw, code in self._pairs)
        )

    def _take(self, rows: list[bytes], added: list[bytes]) -> bool:
        """Take in rows as they were, and what stands behind that now."""
        last = {row[(at := row.rfind(_CELL) + len(_CELL)) : at + 3].rstrip(b'"0123456789') for row in rows}
        if any(not name.isalpha() or column_number(name) >= self._first for name in last):
            return False
        numbers = [row[len(_ROW) : row.find(b'"', len(_ROW))] for row in rows]
        if self._single:
            several = [pair for pair in zip(numbers, added, strict=True) if not self._is_single(*pair)]
            numbers, added = [number for number, _ in several], [cells for _, cells in several]
        found = [self._places.get(number, -1) for number in numbers]
        if -1 in found or self._seen[found].any():
            return False
        self._seen[found] = True
        return not numbers or self._stand_in_order(numbers, added, self._codes[found])

    def _stand_in_order(self, numbers: list[bytes], added: list[bytes], codes: _Codes) -> bool:
        """Tell whether each row got its own cells in the columns' order, and note what stands for each value."""
        filled = codes >= 0
        each = filled.sum(axis=1)
        places = [[name + number + b'"' for number in numbers] for name in self._letters]
        row, column = (found.tolist() for found in np.nonzero(filled))
        names = [places[c][r] for r, c in zip(row, column, strict=True)]
        firsts = [names[at] for at in (np.cumsum(each) - each)[each > 0].tolist()]
        cells = b"".join(added).split(_CELL)[1:]
        if not each.all() or len(cells) != len(names) or not all(map(bytes.startswith, cells, names)):
            return False
        if not all(run.startswith(_CELL + name) for run, name in zip(added, firsts, strict=True)):
            return False
        raws = [cell[len(name) :] for cell, name in zip(cells, names, strict=True)]
        self._pairs.update(zip(raws, codes[filled].tolist(), strict=True))
        return True

    def _is_single(self, number: bytes, added: bytes) -> bool:
        """Tell whether a row got the single cells that were meant for it."""
        row = int(number) if number.isdigit() else 0
        edits = sorted(self._single.get(row, {}).items())
        names = [letters(column).encode() + number + b'"' for column, _ in edits]
        cells = added.split(_CELL)[1:]
        if not edits or len(cells) != len(names) or not all(map(bytes.startswith, cells, names)):
            return False
        del self._single[row]
        return all(
            _reads(cell[len(name) :], meant(edit.value, date1904=self._date1904))
            for cell, name, (_, edit) in zip(cells, names, edits, strict=True)
        )


def _reads(raw: bytes, content: Meant) -> bool:
    """Tell whether what stands behind a cell's name is written as we write, and holds a content."""
    found = _WRITTEN.fullmatch(raw)
    if found is None:
        return False
    kind, number, text = found.groups()
    if text is not None:
        return content == ("text", unescape_text(unescape(text))) and kind == b"inlineStr"
    return number is not None and content == ("b" if kind else "n", float(number)) and kind != b"inlineStr"


class SheetRows:
    """The rows of a sheet in stretches of whole ones, without the hint `spans`; what stands around them is in `frame` at the end."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.frame = b""

    def __iter__(self) -> Iterator[bytes]:
        """Give the stretches; of a sheet that is written in another way, all of it."""
        source = iter(self._pieces)
        buffer = b""
        for piece in source:
            buffer += piece
            if (at := buffer.find(_DATA)) >= 0:
                break
        else:
            yield buffer
            return
        self.frame, buffer = buffer[: at + len(_DATA)], buffer[at + len(_DATA) :]
        for piece in chain(source, (b"",)):
            buffer += piece
            end = buffer.find(_DATA_END)
            cut = end if end >= 0 else buffer.rfind(_ROW)
            if cut > 0:
                stretch = buffer[:cut]
                hinted = stretch.find(b' spans="', 0, stretch.find(b">")) >= 0  # all rows of a program have it, or none
                yield _SPANS.sub(rb"\1", stretch) if hinted else stretch
                buffer = buffer[cut:]
            if end >= 0:
                break
        self.frame += buffer + b"".join(source)


class _Rows:
    """Rows without their end tags, so many at a time."""

    def __init__(self, stretches: Iterable[bytes]) -> None:
        self._source = iter(stretches)
        self._rows: list[bytes] = []

    def take(self, count: int) -> list[bytes]:
        """Give the next rows, fewer where there are no more."""
        while len(self._rows) < count and (stretch := next(self._source, None)) is not None:
            rows = stretch.split(_ROW_END)
            if rows.pop().strip():
                return []
            self._rows += rows
        found, self._rows = self._rows[:count], self._rows[count:]
        return found

    def is_over(self) -> bool:
        """Tell whether all are taken."""
        return not self._rows and not any(self._source)
