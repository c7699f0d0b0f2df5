"""What stands in for a cell style that a full style sheet cannot take: the nearest one of those that are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from sheetcrm.xlsx.markup import attributes
from sheetcrm.xlsx.number_codes import shows_date, shows_day

_LOOKS = (("fillId", 8), ("borderId", 4), ("fontId", 2))
"""How much it matters that a look is that of the wanted style's base: a white cell in a coloured row is seen first."""
_SAME_CODE, _SAME_KIND = 64, 32


class Lender:
    """The cell styles of a full style sheet. `code_of` gives a number format by its number."""

    def __init__(self, entries: Sequence[bytes], code_of: Callable[[int], str]) -> None:
        self._entries: list[tuple[str, tuple[str, ...]]] = []
        for entry in entries:
            said = attributes(entry[: entry.find(b">")])
            number = said.get("numFmtId", "")
            looks = tuple(said.get(name, "0") for name, _ in _LOOKS)
            self._entries.append((code_of(int(number) if number.isdecimal() else 0), looks))

    def nearest(self, wanted: str | None, base: int) -> int:
        """Give the style that is nearest to `base` with the number format `wanted`; of equals `base` itself, else the first one.

        The same format counts most, then one of the same kind (days, moments, numbers), then the looks.
        """
        base_code, base_looks = self._entries[base]
        wanted = base_code if wanted is None else wanted
        kind = _kind(wanted)

        def score(at: int) -> int:
            code, looks = self._entries[at]
            found = _SAME_CODE if code == wanted else _SAME_KIND if _kind(code) == kind else 0
            if looks == base_looks:
                return found + sum(worth for _, worth in _LOOKS) + (at == base)
            return found + sum(
                worth for (_, worth), one, other in zip(_LOOKS, looks, base_looks, strict=True) if one == other
            )

        return max(range(len(self._entries)), key=score)


@cache
def _kind(code: str) -> tuple[bool, bool]:
    return shows_day(code), shows_date(code)
