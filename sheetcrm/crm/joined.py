"""Cells that hold several values: phones, addresses, words of a list, notes. What is added to one can be taken out of it again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sheetcrm.crm.cells import bare, id_text
from sheetcrm.crm.linkage.records import email_key, phone_end
from sheetcrm.crm.people import phone_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from sheetcrm.crm.tables import Cell

LONGEST = 32_767
"""Letters that a cell can hold (Excel specifications and limits)."""


class Joining(NamedTuple):
    """How the values of a cell stand beside each other: what parts them, what we put between, and by what two are the same."""

    between: re.Pattern[str]
    joint: str
    key: Callable[[str], str]
    joints: tuple[str, ...] = ()  # that we put between where the cell has such already

    def parts(self, cell: Cell) -> list[str]:
        """Return the values of a cell as they are spelt."""
        return [part for part in self.between.split(_text(cell)) if part.strip()]

    def keys(self, cell: Cell) -> dict[str, str]:
        """Return the values of a cell by their keys, those of one key once; what is no such value has none."""
        found: dict[str, str] = {}
        for part in self.parts(cell):
            if key := self.key(part):
                found.setdefault(key, part)
        return found

    def added(self, cell: Cell, parts: Iterable[str]) -> str:
        """Return a cell with more values at its end; all of them are new."""
        text = _text(cell)
        joint = next((one for one in self.joints if one.strip(" ") in text), self.joint)
        return joint.join([text, *parts] if text else parts)

    def without(self, cell: Cell, keys: Collection[str]) -> str | None:
        """Return a cell without the values of these keys; None where nothing is left. What else stands there stays as it is."""
        text = _text(cell)
        for key in keys:
            text = self._without(text, key)
        return text if text.strip() else None

    def _without(self, text: str, key: str) -> str:
        start, found = 0, list(self.between.finditer(text))
        for number in range(len(found) + 1):
            gap = found[number] if number < len(found) else None
            end = gap.start() if gap else len(text)
            if self.key(text[start:end]) == key:
                if number:
                    return text[: found[number - 1].start()] + text[end:]
                return text[gap.end() :] if gap else ""
            start = gap.end() if gap else end
        return text


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else id_text(cell)


def _phone(part: str) -> str:
    return phone_key(part) or phone_end(part)


def _words(part: str) -> str:
    return bare(part).casefold()


_NUMBERS_APART = re.compile(r"\s*[;,|\n]\s*|\s+/\s+|\s+(?:lub|або|или|or|o|oppure)\s+", re.IGNORECASE)
PHONES = Joining(_NUMBERS_APART, "; ", _phone)
EMAILS = Joining(re.compile(r"\s*[;,|\s]\s*"), "; ", email_key)
LISTS = Joining(re.compile(r"\s*[,;\n]\s*"), ", ", _words, ("; ",))
NOTES = Joining(re.compile(r"\s*\n\s*| · "), " · ", _words, ("\n",))
