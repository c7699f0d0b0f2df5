"""Cell references: A1, $B$2, A1:C9. Rows and columns count from 1."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from sheetcrm.xlsx.errors import Damaged

MAX_ROW = 1_048_576
MAX_COLUMN = 16_384

_MOST_LETTERS = 3
_REF = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})\Z")


@cache
def letters(column: int) -> str:
    """Give the letters of a column: 1 is A, 27 is AA."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


@lru_cache(maxsize=65_536)
def column_number(text: str | bytes) -> int:
    """Give the number of a column by its letters, either case. Raises Damaged."""
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    if not (text.isascii() and text.isalpha() and len(text) <= _MOST_LETTERS):
        raise Damaged(f"a cell stands in the column {text[:20]!r}, which no sheet has", "reference")
    number = 0
    for letter in text.upper():
        number = number * 26 + ord(letter) - 64
    return number


def cell_name(row: int, column: int) -> str:
    """Write a reference: (3, 2) is B3."""
    return f"{letters(column)}{row}"


def parse_cell(text: str) -> tuple[int, int]:
    """Read a reference into (row, column); ValueError where it is none."""
    found = _REF.match(text)
    if not found:
        raise ValueError(f"not a cell reference: {text!r}")
    return int(found[2]), column_number(found[1])


class Range(NamedTuple):
    """A rectangle of cells, both ends included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    @classmethod
    def parse(cls, text: str) -> Range:
        """Read `B2:D9` or `B2`; ValueError where it is neither (whole rows and columns, several areas)."""
        first, _, last = text.partition(":")
        top, left = parse_cell(first)
        bottom, right = parse_cell(last) if last else (top, left)
        return cls(min(top, bottom), min(left, right), max(top, bottom), max(left, right))

    def __str__(self) -> str:
        first = cell_name(self.first_row, self.first_column)
        last = cell_name(self.last_row, self.last_column)
        return first if first == last else f"{first}:{last}"

    @property
    def area(self) -> int:
        """The number of cells."""
        return (self.last_row - self.first_row + 1) * (self.last_column - self.first_column + 1)

    def holds(self, row: int, column: int) -> bool:
        """Tell whether a cell lies inside."""
        return self.first_row <= row <= self.last_row and self.first_column <= column <= self.last_column

    def meets(self, other: Range) -> bool:
        """Tell whether two rectangles share a cell."""
        return (
            self.first_row <= other.last_row
            and other.first_row <= self.last_row
            and self.first_column <= other.last_column
            and other.first_column <= self.last_column
        )

    def joined(self, other: Range) -> Range:
        """Give the smallest rectangle around both."""
        return Range(
            min(self.first_row, other.first_row),
            min(self.first_column, other.first_column),
            max(self.last_row, other.last_row),
            max(self.last_column, other.last_column),
        )
