"""What came of a save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sheetcrm.crm.fields import CONSENT_OF_CHANNEL
from sheetcrm.workbook.kept_out import Crowded, Withheld
from sheetcrm.workbook.writing import Writing


@dataclass(frozen=True)
class Saved:
    """What came of a save: cells changed, whether the file was written, and why not where it was to be."""

    changed: int = 0
    written: bool = False
    open_by: str | None = None  # somebody has it open: the changes wait
    conflict: bool = False  # somebody kept saving: the changes wait
    left: tuple[str, ...] = ()  # cells of ours that hold her formulas
    merged: tuple[str, ...] = ()  # cells of ours that stand in a merged area
    missing: tuple[str, ...] = ()  # sheets of ours that a protected structure keeps out
    crowded: tuple[Crowded, ...] = ()  # columns of ours for which there is no room
    withheld: tuple[Withheld, ...] = ()  # sheets that she protects
    signed: bool = False  # it had a digital signature, which no longer holds
    dissolved: tuple[str, ...] = ()  # cells of hers from which a formula filled several, whose results are values now
    borrowed: bool = False  # it holds as many cell styles as it can: ours are the nearest of them

    @property
    def ids_stand(self) -> bool:
        """Whether new ids stand in the file now."""
        return self.written and ("Clients", "client_id") not in kept_out((*self.crowded, *self.withheld))


def with_what_was_left(saved: Saved, writing: Writing) -> Saved:
    """Return what came of a save, with what of ours it left out and what it broke."""
    return replace(
        saved,
        left=writing.left,
        merged=writing.merged,
        missing=writing.missing,
        crowded=writing.crowded,
        withheld=writing.withheld,
        signed=writing.signed and saved.written,
        borrowed=writing.borrowed and saved.written,
        dissolved=writing.dissolved if saved.written else (),
    )


def left_out(writing: Writing) -> set[tuple[str, str]]:
    """Return the fields, by table, of which it is not certain that they were written: a formula of hers may stand in a consent."""
    found = kept_out((*writing.crowded, *writing.withheld))
    if writing.left or writing.merged:
        found |= {("Clients", field) for field in CONSENT_OF_CHANNEL.values()}
    return found


def kept_out(places: Sequence[Crowded | Withheld]) -> set[tuple[str, str]]:
    """Return the fields, by table, that stand in no cell."""
    return {(one.table, field) for one in places for field in one.fields}
