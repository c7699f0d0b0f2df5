"""One pass over a sheet's bytes for what a reader of values hides, and for whether that reader may be let at it at all.

python-calamine gives errors, blanks and formulas without a cached value all as empty text, and lays out the rectangle around all
cells that hold a value: two cells, A1 and XFD1048576, abort the process (tafia/calamine#693). A far cell that only has a style is
common in real files and harmless; calamine does not count it, nor do we.

Searching bytes costs about what inflating them does; a step of Python per cell would cost ten times that. So the usual writing
(`<c r="B7" …`) is searched for with patterns that match only what is rare, and any other writing goes a slower way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from sheetcrm.xlsx.errors import Damaged, Hostile, Unsupported
from sheetcrm.xlsx.markup import attributes, unescape
from sheetcrm.xlsx.refs import MAX_COLUMN, MAX_ROW, cell_name, letters, parse_cell
from sheetcrm.xlsx.scanned import SheetScan
from sheetcrm.xlsx.scanned_tail import note_tail
from sheetcrm.xlsx.searching import columns_up_to, count_pairs

LONGEST_CELL = 8_000_000
"""Bytes of the longest cell believed: Excel's limit is 32,767 characters, and formats of rich text beside them."""
LONGEST_ROW = 64_000_000
LONGEST_HEAD = 16_000_000
MAX_ERRORS = 100_000

_VALUE = re.compile(rb"<(?:[^\s/>!?:<]+:)?v(?:\s[^<>]*)?(?<!/)>[^<]|\st\s*=\s*[\"'](?:str|inlineStr)[\"']")
_TEXT = re.compile(rb"<(?:[^\s/>!?:<]+:)?v(?:\s[^<>]*)?>([^<]*)<")
_FORMULA = re.compile(rb"<(?:[^\s/>!?:<]+:)?f[\s>/]")
_ANY_TAG = re.compile(rb"<(?:[^\s/>!?:<]+:)?(row|c)((?=[\s>/])(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)>")
_NOT_CELLS = re.compile(rb"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)", re.DOTALL)
_COUNTED = {
    "rows": b"<r",
    "cells": b"<c",
    "formulas": b"<f",
    "comments": b"<!",
    "errors": b'"e',
    "odd errors": b"'e",
    "ends": b"/s",
}
"""Pairs of bytes that are in a stretch of cells wherever such a thing is: what does not occur need not be looked for."""
_DATA = re.compile(rb"<((?:[^\s/>!?:<]+:)?)sheetData\s*(/?)>")


def scan_sheet(chunks: Iterable[bytes], part: str = "the sheet") -> SheetScan:
    """Scan a sheet part handed over in pieces. Raises Hostile, Damaged or Unsupported."""
    scanner = SheetScanner(part)
    for chunk in chunks:
        scanner.feed(chunk)
    return scanner.finish()


class SheetScanner:
    """`feed` it a sheet's bytes as they are inflated, then `finish`."""

    def __init__(self, part: str, *, max_cells: int = 100_000_000, max_merges: int = 500_000) -> None:
        self.part = part
        self.scan = SheetScan()
        self._max_cells = max_cells
        self._max_merges = max_merges
        self._prefix = b""
        self._rest = b""
        self._stage = self._head
        self._looked = 0
        self._row = 0
        self._column = 0
        self._row_size = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        if b"\0" in chunk:
            raise Unsupported(f"{self.part} is no UTF-8 text (zero bytes)", "encoding")
        buffer = self._rest + chunk if self._rest else chunk
        self._rest = self._stage(buffer)

    def finish(self) -> SheetScan:
        """Say what was found. Raises Damaged where the sheet breaks off."""
        if self._stage == self._head and b"worksheet" not in self._rest:
            raise Damaged(f"{self.part} is no worksheet, or breaks off", "malformed")
        if self._stage == self._data:
            raise Damaged(f"{self.part} breaks off in its cells", "malformed")
        if self._stage == self._tail:
            self._take_tail(self._rest)
        self._rest = b""
        return self.scan

    def _head(self, buffer: bytes) -> bytes:
        found = _DATA.search(buffer, self._looked)
        if not found:
            self._looked = max(buffer.rfind(b"<"), 0)  # its tag may be cut in two
            if len(buffer) > LONGEST_HEAD:
                raise Hostile(f"{self.part} has no cells in its first {LONGEST_HEAD // 1_000_000} MB", "size")
            return buffer
        self._prefix = found[1]
        self._make_patterns()
        self._stage = self._tail if found[2] else self._data
        return self._stage(buffer[found.end() :])

    def _make_patterns(self) -> None:
        p = re.escape(self._prefix)
        self._close_data = b"</" + self._prefix + b"sheetData"
        self._open_cell, self._usual_cell = b"<" + self._prefix + b"c ", b"<" + self._prefix + b'c r="'
        self._open_row = b"<" + self._prefix + b"row"
        self._formula = re.compile(rb"<" + p + rb"c r=\"([A-Z]+\d+)\"[^<>]*><" + p + rb"f[ >/]")
        self._uncached = re.compile(
            rb"<%bc r=\"([A-Z]+\d+)\"[^<>]*><%bf(?:[^<>]*/>|[^<>]*>[^<]*</%bf>)(?:<%bv ?/>|<%bv></%bv>)?</%bc>"
            % ((p,) * 7)
        )
        self._error = re.compile(
            rb"<%bc r=\"([A-Z]+\d+)\"[^<>]{0,500}? t=\"e\"[^<>]{0,500}>(?:<%bf(?:[^<>]*/>|[^<>]*>[^<]*</%bf>))?<%bv>([^<]*)<"
            % ((p,) * 4)
        )
        self._make_far(rb"(?!)")

    def _make_far(self, inside: bytes) -> None:
        """Make the pattern that finds any cell but empty ones in the usual writing, and those whose name is `inside`.

        It asserts what is *not* there, so a cell written in any odd way is found, too, and looked at.
        """
        p = re.escape(self._prefix)
        self._far = re.compile(
            rb"<%bc(?![:A-Za-z])(?! r=\"%b)(?! r=\"[A-Z]+\d+\"(?: s=\"\d+\")? ?/>)" % (p, inside)
            if self._prefix
            else rb"<c(?! r=\"%b)(?! r=\"[A-Z]+\d+\"(?: s=\"\d+\")? ?/>)" % inside
        )

    def _rectangle(self) -> bytes:
        """Give the pattern of names in the rectangle so far: exact in columns, by leading digit in rows (few updates)."""
        number = str(self.scan.max_row).encode()
        rows = rb"[1-%c]\d{%d}+\"" % (number[0], len(number) - 1)
        if len(number) > 1:
            rows += rb"|\d{1,%d}+\"" % (len(number) - 1)  # most rows of a long sheet have as many digits as its last
        return rb"(?:%b)(?:%b)" % (columns_up_to(letters(self.scan.max_column).encode()), rows)

    def _data(self, buffer: bytes) -> bytes:
        counts = self._counted(buffer)
        if counts["ends"] and (end := buffer.find(self._close_data)) >= 0:
            if counts["comments"] and buffer.rfind(b"<!--", 0, end) > buffer.rfind(b"-->", 0, end):
                raise Damaged(f"{self.part} has the end of its cells in a comment", "malformed")
            self._cells(buffer[:end], self._counted(buffer[:end]))
            self._stage = self._tail
            return self._tail(buffer[end:])
        cut = max(
            buffer.rfind(self._open_cell), buffer.rfind(self._open_row), buffer.rfind(b"</" + self._prefix + b"row")
        )
        if counts["comments"]:  # a comment is not cut in two
            comment = buffer.rfind(b"<!--", 0, max(cut, 0))
            if comment >= 0 and not 0 <= buffer.find(b"-->", comment) < cut:
                cut = comment
        if cut <= 0:
            if len(buffer) > LONGEST_CELL:
                raise Hostile(f"{self.part} has a cell of more than {LONGEST_CELL // 1_000_000} MB", "cell-size")
            return buffer
        rest = buffer[cut:]
        self._cells(buffer[:cut], counts - self._counted(rest))
        return rest

    def _counted(self, data: bytes) -> Counter[str]:
        """Count what stands in a stretch of cells: rows, cells, formulas, comments, perhaps errors, perhaps its end."""
        if not self._prefix:
            return Counter(dict(zip(_COUNTED, count_pairs(data, _COUNTED.values()), strict=True)))
        marks = {kind: b"<" + self._prefix + mark[1:] if mark[:1] == b"<" else mark for kind, mark in _COUNTED.items()}
        marks |= {"comments": b"<!", "ends": self._close_data}
        return Counter({kind: data.count(mark) for kind, mark in marks.items()})

    def _cells(self, data: bytes, counts: Counter[str]) -> None:
        scan = self.scan
        scan.rows += counts["rows"]
        if scan.rows > MAX_ROW:
            raise Hostile(f"{self.part} has more rows than Excel can hold", "rows")
        if scan.cells + counts["cells"] > self._max_cells:
            raise Hostile(f"{self.part} has more than {self._max_cells:,} cells", "cells")
        self._row_size = 0 if counts["rows"] else self._row_size + len(data)
        if self._row_size > LONGEST_ROW:
            raise Hostile(f"{self.part} has a row of more than {LONGEST_ROW // 1_000_000} MB", "row-size")
        foreign = not self._prefix and b":" in data and b":c " in data
        odd = counts["odd errors"] and b"='e'" in data
        if counts["comments"] or foreign or odd or not self._extent(data):
            self._unusual(data)
            return
        scan.cells += counts["cells"]
        if counts["errors"]:
            self._errors((m[1].decode(), m[2]) for m in self._error.finditer(data))
        if counts["formulas"]:
            scan.has_formulas = True
            scan.formula_refs += self._formula.findall(data)
            scan.uncached_refs += self._uncached.findall(data)
        self._follow(data)

    def _errors(self, found: Iterable[tuple[str, bytes]]) -> None:
        for ref, text in found:
            if len(self.scan.errors) < MAX_ERRORS:
                self.scan.errors.append((*parse_cell(ref), unescape(text)))

    def _extent(self, data: bytes) -> bool:
        """Grow the rectangle of valued cells: the last one, and any that lies beyond all before it.

        False where a cell is not written in the usual way: as `c`, then its name.
        """
        at = 0
        while found := self._far.search(data, at):
            if not data.startswith(self._usual_cell, found.start()):
                return False
            at = found.start() + len(self._usual_cell)
            following = data.find(self._open_cell, at)
            if _VALUE.search(data, found.start(), following if following >= 0 else len(data)):
                self._grow(data, at)
                row_end = data.find(self._open_row, at)
                self._grow_to_last(
                    data, at, row_end if row_end >= 0 else len(data)
                )  # else a pattern for each of its cells
                self._make_far(self._rectangle())
        self._grow_to_last(data, 0, len(data))
        return True

    def _grow_to_last(self, data: bytes, start: int, end: int) -> None:
        last = data.rfind(self._usual_cell, start, max(self._last_value(data, start, end), 0))
        if last >= 0:
            self._grow(data, last + len(self._usual_cell))

    def _last_value(self, data: bytes, start: int, end: int) -> int:
        """Find the last `<v>` that is not empty, or the last `<is>`."""
        mark = b"<" + self._prefix + b"v>"
        at = data.rfind(mark, start, end)
        while at >= 0 and data.startswith(b"<", at + len(mark)):
            at = data.rfind(mark, start, at)
        return max(at, data.rfind(b"<" + self._prefix + b"is>", start, end))

    def _follow(self, data: bytes) -> None:
        """Keep in mind where this stretch ends, for cells without a name that may come."""
        row, cell = data.rfind(self._open_row), data.rfind(self._usual_cell)
        if cell >= 0:
            start = cell + len(self._usual_cell)
            self._row, self._column = self._position(data[start : data.find(b'"', start)])
        if row > cell:
            number = attributes(data[row : data.find(b">", row)]).get("r", "")
            self._row, self._column = int(number) if number.isdecimal() else self._row + 1, 0

    def _grow(self, data: bytes, at: int) -> None:
        row, column = self._position(data[at : data.find(b'"', at)])
        self.scan.max_row, self.scan.max_column = max(self.scan.max_row, row), max(self.scan.max_column, column)

    def _position(self, ref: bytes) -> tuple[int, int]:
        try:
            row, column = parse_cell(ref[:20].decode("latin-1"))
        except ValueError:
            row, column = 0, 0
        if not (0 < row <= MAX_ROW and 0 < column <= MAX_COLUMN):
            raise Damaged(
                f"{self.part} has a cell named {ref[:20].decode(errors='replace')}, outside any sheet", "reference"
            )
        return row, column

    def _unusual(self, data: bytes) -> None:
        """Go cell by cell: names after other attributes, in other quotes, or left out (then a cell follows the one before it)."""
        self.scan.is_usual = False
        if re.search(rb"<[!?]", data):
            data = _NOT_CELLS.sub(b"", data)
        tags = list(_ANY_TAG.finditer(data))
        self.scan.cells += sum(tag[1] == b"c" for tag in tags)
        for tag, following in zip(tags, [*tags[1:], None], strict=False):
            found = attributes(tag[2])
            ref = found.get("r", "")
            if tag[1] == b"row":
                self._row, self._column = int(ref) if ref.isdecimal() else self._row + 1, 0
                continue
            row, column = self._position(ref.replace("$", "").encode()) if ref else (self._row, self._column + 1)
            self._row, self._column = row, column
            content = data[tag.start() : following.start() if following else len(data)]
            self._take(row, column, found.get("t", "n"), content)

    def _take(self, row: int, column: int, kind: str, content: bytes) -> None:
        scan = self.scan
        if _VALUE.search(content):
            scan.max_row, scan.max_column = max(scan.max_row, row), max(scan.max_column, column)
        ref = cell_name(row, column).encode()
        value = _TEXT.search(content)
        if kind == "e" and value and len(scan.errors) < MAX_ERRORS:
            scan.errors.append((row, column, unescape(value[1])))
        if _FORMULA.search(content):
            scan.has_formulas = True
            scan.formula_refs.append(ref)
            if not (value and value[1]):
                scan.uncached_refs.append(ref)

    def _tail(self, buffer: bytes) -> bytes:
        cut = buffer.rfind(b"<")
        if cut <= 0 and len(buffer) > LONGEST_CELL:
            raise Hostile(f"{self.part} has an element of more than {LONGEST_CELL // 1_000_000} MB", "size")
        self._take_tail(buffer[: max(cut, 0)])
        return buffer[max(cut, 0) :]

    def _take_tail(self, data: bytes) -> None:
        note_tail(self.scan, data)
        if len(self.scan.merged) > self._max_merges:
            raise Hostile(f"{self.part} has more than {self._max_merges:,} merged areas", "merges")
