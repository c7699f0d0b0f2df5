"""What an editor tells of its work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sheetcrm.xlsx.sheet import SheetEdits


class NewColumn(NamedTuple):
    """A column that was added: its number, and its header as written (a taken name gets a number)."""

    column: int
    header: str


class LeftCell(NamedTuple):
    """A cell that was not written: the part of its sheet, its place, and why (formula, array, data-table, merged)."""

    sheet: str
    row: int
    column: int
    reason: str


@dataclass(slots=True)
class Receipt:
    """What a write did."""

    changed: bool = False
    replaced: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    cells: dict[str, int] = field(default_factory=dict)
    """Cells written, by the part of their sheet."""
    left: list[LeftCell] = field(default_factory=list)
    dissolved: list[LeftCell] = field(default_factory=list)
    """Cells, where they were, whose formula filled several: its results are values now."""
    not_grown: list[str] = field(default_factory=list)
    """Ranges of drop-downs and formats that cover part of a table's rows, and stay as they are though it has grown."""
    full_calculation: bool = False
    """Whether Excel will compute everything when it opens the file next."""
    edits: dict[str, SheetEdits] = field(default_factory=dict, repr=False)
    """What was asked of each sheet that changed, for the proof."""
    tails: dict[str, list[Sequence[bytes]]] = field(default_factory=dict, repr=False)
    """What whole columns became in it, as `DenseColumns.tails`."""
    made: set[str] = field(default_factory=set, repr=False)
    """Patched sheets that were made anew before: what was there is not what they were patched from."""
    names: dict[str, str | None] = field(default_factory=dict, repr=False)
    """Names of the workbook that were defined, folded, with their values; None for one that was taken out."""
    date1904: bool = False
    unlinked: dict[str, set[bytes]] = field(default_factory=dict, repr=False)
    """Links of ours that were taken out: the lines of their relationships, by the part that they stood in."""
