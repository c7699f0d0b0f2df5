"""Add one column of numbers to a long sheet: `one_column.py WAY SOURCE TARGET ROWS`. Needs only what its way needs.

Prints the seconds that the work took, the start of Python and its imports left out.
"""

from __future__ import annotations

import mmap
import sys
import time
import zipfile
import zlib
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

PART = "xl/worksheets/sheet1.xml"
COLUMN = 13
_RAW = -15


def floor(source: Path, target: Path, rows: int) -> float:
    """Inflate the sheet and deflate it again, level 1, and nothing else: what no program can do without."""
    del rows
    with zipfile.ZipFile(source) as archive, source.open("rb") as file, target.open("wb") as out:
        entry = archive.getinfo(PART)
        file.seek(entry.header_offset + 30 + len(PART))  # our own file: its local header has no extra field
        begun = time.perf_counter()
        inflating, deflating = zlib.decompressobj(_RAW), zlib.compressobj(1, zlib.DEFLATED, _RAW)
        left = entry.compress_size
        while left and (piece := file.read(min(1 << 16, left))):
            left -= len(piece)
            out.write(deflating.compress(inflating.decompress(piece)))
        out.write(deflating.flush())
    return time.perf_counter() - begun


def ours(source: Path, target: Path, rows: int, *, proof: bool = False) -> float:
    """Patch the sheet's bytes; with `proof`, read every changed cell back and compare all else."""
    from sheetcrm.xlsx.editor import Editor
    from sheetcrm.xlsx.proof import verify
    from sheetcrm.xlsx.rows import ColumnPatch

    begun = time.perf_counter()
    before = _mapped(source)
    editor = Editor(before)
    values = array("d", (number * 1.25 for number in range(rows)))
    editor.set_column(PART, ColumnPatch(COLUMN, range(2, rows + 2), values))
    with target.open("wb") as out:
        receipt = editor.write(out)
    if proof:
        verify(before, _mapped(target), receipt)
    return time.perf_counter() - begun


def ours_with_proof(source: Path, target: Path, rows: int) -> float:
    """Do the same, proven."""
    return ours(source, target, rows, proof=True)


def _mapped(path: Path) -> memoryview:
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def openpyxl(source: Path, target: Path, rows: int) -> float:
    """Load, set each cell, save: openpyxl, and paper-xlsx, which takes its name."""
    from openpyxl import load_workbook

    return _as_openpyxl(lambda: load_workbook(source), target, rows)


def wolfxl(source: Path, target: Path, rows: int) -> float:
    """Do the same with wolfxl, in the mode that keeps what it does not change."""
    from wolfxl import load_workbook  # type: ignore[import-not-found,unused-ignore]

    return _as_openpyxl(lambda: load_workbook(str(source), modify=True), target, rows)


def _as_openpyxl(load: Callable[[], Any], target: Path, rows: int) -> float:
    begun = time.perf_counter()
    book = load()
    sheet = book["Data"]
    for number in range(rows):
        sheet.cell(number + 2, COLUMN).value = number * 1.25
    book.save(str(target))
    return time.perf_counter() - begun


def xlsxedit(source: Path, target: Path, rows: int) -> float:
    """Do the same with xlsxedit, all rows in one call: cell by cell it takes minutes for 3,000."""
    from xlsxedit import Workbook  # type: ignore[import-not-found,unused-ignore]

    begun = time.perf_counter()
    book = Workbook.open(str(source), large=True)
    book["Data"].write_rows([[number * 1.25] for number in range(rows)], at_cell="M2")
    book.save(str(target))
    return time.perf_counter() - begun


def check(source: Path, target: Path, rows: int) -> float:
    """Leave with an error where the column's last cell is not there."""
    del source
    with zipfile.ZipFile(target) as archive:
        sheet = archive.read(next(name for name in archive.namelist() if name.endswith("sheet1.xml")))
    if b'r="M%d"' % (rows + 1) not in sheet:
        raise SystemExit(1)
    return 0.0


WAYS = {way.__name__: way for way in (floor, ours, ours_with_proof, openpyxl, wolfxl, xlsxedit, check)}

if __name__ == "__main__":
    way, source, target, rows = sys.argv[1:]
    print(WAYS[way](Path(source), Path(target), int(rows)))
