"""What is different between two versions of a workbook: sheets, rows, cells, tables, names, and other parts by name.

    differences = compare(before, after)

Parts with the same checksum are not opened. Memory is bounded: cells are counted, and listed up to a limit.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sheetcrm.xlsx.cells import CellValue
from sheetcrm.xlsx.document import DefinedName, Document, Sheet
from sheetcrm.xlsx.pairing import Block, RowPair, Scheme, SheetPair, changed_cells, differing_rows
from sheetcrm.xlsx.sameness import name_key
from sheetcrm.xlsx.sheet_pairs import fingerprint, paired
from sheetcrm.xlsx.sides import Looks, Seen, Side

_END_OF_CELL = b"</c>"
LISTED = 1000
"""Cells of a sheet that are listed, of the program's and of the others each."""


class CellChange(NamedTuple):
    """A cell that is not the same; `row` and `column` are where it stands now, or stood if its row is gone (`whole`: added, gone).

    Of a column that is no more, `column` is the number that it had, below zero.

    `look`: it holds and shows the same, in another look. `ours`: the program's own.
    """

    row: int
    column: int
    before: CellValue
    after: CellValue
    look: bool = False
    ours: bool = False
    whole: str = ""


@dataclass(slots=True)
class SheetDifference:
    """What is different in a sheet. `state`: changed, added, gone; `was`: its title before, where that was another one."""

    title: str
    state: str = "changed"
    was: str = ""
    part: str = ""
    ours: int = 0
    """Cells of the program's."""
    hers: int = 0
    """All other cells."""
    looks: int = 0
    """Cells of both that only look different."""
    rows_added: int = 0
    rows_gone: int = 0
    rows_moved: int = 0
    changes: list[CellChange] = field(default_factory=list)
    """The first of them, the program's and the others."""
    more: bool = False
    """Whether there are cells that are not listed."""

    @property
    def cells(self) -> int:
        """The number of cells that hold or show something else than before."""
        return self.ours + self.hers


class Things(NamedTuple):
    """Tables, names or parts by what became of them."""

    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.gone or self.changed)


_NOTHING = Things()


@dataclass(frozen=True, slots=True)
class Differences:
    """All that is different. `parts` are all parts of the file that are not the same, those of sheets and tables too."""

    sheets: tuple[SheetDifference, ...] = ()
    tables: Things = _NOTHING
    names: Things = _NOTHING
    parts: Things = _NOTHING

    def __bool__(self) -> bool:
        return bool(self.sheets or self.tables or self.names or self.parts)


Schemes = Callable[[str, str], Scheme]
"""What is known of a sheet, by its title before and now ("" where it was not there)."""


def compare(
    before: bytes | Side,
    after: bytes | Side,
    schemes: Schemes = lambda _was, _now: Scheme(),
    *,
    limit: int | None = LISTED,
) -> Differences:
    """Return what is different between two versions; with `limit` None all cells are listed.

    Raises NotAWorkbook, Encrypted, Damaged, Hostile or Unsupported.
    """
    old, new = sides(before, after)
    if old.package.data == new.package.data:
        return Differences()
    trusting = _same_meaning(old, new)
    found = []
    for was, now in paired(old, new):
        if was and now and trusting and fingerprint(old, was.part) == fingerprint(new, now.part):
            if was.title != now.title:
                found.append(SheetDifference(now.title, was=was.title, part=now.part))
            continue
        scheme = schemes(was.title if was else "", now.title if now else "")
        sheet = compare_sheets(old, was, new, now, scheme, trusting=trusting, limit=limit)
        if not _is_the_same(sheet, old, was, new, now):
            found.append(sheet)
    return Differences(
        tuple(found),
        _things(_tables(old.document), _tables(new.document)),
        _things(_names(old.document), _names(new.document)),
        changed_parts(old, new),
    )


def sides(before: bytes | Side, after: bytes | Side) -> tuple[Side, Side]:
    """Return both versions opened, their looks numbered alike."""
    if isinstance(before, Side) and isinstance(after, Side):
        return before, after
    looks = Looks()
    old, new = (each.package if isinstance(each, Side) else each for each in (before, after))
    return Side(old, looks), Side(new, looks)


def compare_sheets(
    old: Side, was: Sheet | None, new: Side, now: Sheet | None, scheme: Scheme, *, trusting: bool, limit: int | None
) -> SheetDifference:
    """Return what is different between two versions of a sheet, one of which may be missing."""
    title, part = (now.title, now.part) if now else (was.title, was.part) if was else ("", "")
    state = "changed" if was and now else "added" if now else "gone"
    earlier = was.title if was and now and was.title != now.title else ""
    pair = SheetPair(old, _cells_part(was), new, _cells_part(now), trusting)
    block = Block(scheme)
    aligned = scheme.aligned and pair.old_part and pair.new_part
    tally = _Tally(SheetDifference(title, state, earlier, part), pair, scheme, limit)
    for rows in differing_rows(pair, scheme):
        tally.take(rows)
        if aligned:
            block.look_at(rows)
    if block.is_wanted:
        tally = _Tally(SheetDifference(title, state, earlier, part), pair, scheme, limit)
        for rows in differing_rows(pair, scheme, block):
            tally.take(rows)
    return tally.found


def changed_places(old: Side, was: str | None, new: Side, now: str) -> Iterator[tuple[int, int]]:
    """Give (row, column) of the cells of a sheet that are not the same after a patch, or all of a new one, one by one."""
    pair = SheetPair(old, was, new, now, trusting=_same_meaning(old, new))
    for rows in differing_rows(pair, Scheme(aligned=False)):
        number = rows.new or rows.old or 0
        for column, before, after in changed_cells(rows):
            if not before.means(after) or before.look != after.look:
                yield number, column


def count_filled(side: Side, part: str) -> int:
    """Count the cells of a sheet that hold anything. Of one that this program made new: there each of them has an end tag."""
    count, rest = 0, b""
    for piece in side.chunks(part):
        count += (rest + piece).count(_END_OF_CELL)
        rest = piece[1 - len(_END_OF_CELL) :]
    return count


class _Tally:
    """Counts what is different in a sheet, and lists the first of it."""

    def __init__(self, found: SheetDifference, pair: SheetPair, scheme: Scheme, limit: int | None) -> None:
        self.found = found
        self._pair = pair
        self._scheme = scheme
        self._room = {True: limit, False: limit}

    def take(self, rows: RowPair) -> None:
        found = self.found
        whole = "added" if rows.old is None else "gone" if rows.new is None else ""
        found.rows_added += whole == "added"
        found.rows_gone += whole == "gone"
        found.rows_moved += rows.moved
        number = rows.new or rows.old or 0
        for column, before, after in changed_cells(rows):
            look = before.means(after)
            if look and before.look == after.look:
                continue
            ours = self._scheme.is_ours(number, column, was_empty=before.kind == "empty")
            if look:
                found.looks += 1
            elif ours:
                found.ours += 1
            else:
                found.hers += 1
            self._list(number, column, before, after, whole, look=look, ours=ours)

    def _list(self, row: int, column: int, before: Seen, after: Seen, whole: str, *, look: bool, ours: bool) -> None:
        room = self._room[ours]
        if room is not None:
            if room <= 0:
                self.found.more = True
                return
            self._room[ours] = room - 1
        values = self._pair.old.value(before), self._pair.new.value(after)
        self.found.changes.append(CellChange(row, column, *values, look, ours, whole))


def changed_parts(old: Side, new: Side) -> Things:
    """Return the parts of the file that are not the same, by their checksums."""
    then, now = old.package.entries, new.package.entries
    return Things(
        tuple(entry.name for key, entry in now.items() if key not in then),
        tuple(entry.name for key, entry in then.items() if key not in now),
        tuple(e.name for k, e in now.items() if k in then and (e.crc, e.size) != (then[k].crc, then[k].size)),
    )


def _same_meaning(old: Side, new: Side) -> bool:
    """Tell whether texts and styles have the same numbers in both versions, as far as the earlier one goes."""
    if old.document.date1904 != new.document.date1904 or new.styles[: len(old.styles)] != old.styles:
        return False
    one, other = old.strings_part, new.strings_part
    if one is None or (other is not None and fingerprint(old, one) == fingerprint(new, other)):
        return True
    return other is not None and new.read_strings().startswith(old.read_strings().rpartition(b"</")[0])


def _cells_part(sheet: Sheet | None) -> str | None:
    return sheet.part if sheet is not None and sheet.kind == "worksheet" else None


def _is_the_same(sheet: SheetDifference, old: Side, was: Sheet | None, new: Side, now: Sheet | None) -> bool:
    """Tell whether nothing at all was found in a sheet whose bytes are the same, or were only written in another way."""
    if sheet.was or not was or not now or sheet.cells or sheet.looks or sheet.rows_moved:
        return False
    return fingerprint(old, was.part) == fingerprint(new, now.part)


def _things(before: Mapping[str, Hashable], after: Mapping[str, Hashable]) -> Things:
    return Things(
        tuple(name for name in after if name not in before),
        tuple(name for name in before if name not in after),
        tuple(name for name, value in after.items() if name in before and before[name] != value),
    )


def _tables(document: Document) -> dict[str, Hashable]:
    titles = {sheet.part: sheet.title for sheet in document.sheets}
    return {t.display_name: (titles[t.sheet], t.ref, t.columns, t.totals_rows) for t in document.tables}


def _names(document: Document) -> dict[str, Hashable]:
    sheets = document.sheets
    return {_local(name, sheets): name_key(name.value) for name in document.defined_names}


def _local(name: DefinedName, sheets: tuple[Sheet, ...]) -> str:
    if name.sheet is None or name.sheet >= len(sheets):
        return name.name
    return f"{sheets[name.sheet].title}!{name.name}"
