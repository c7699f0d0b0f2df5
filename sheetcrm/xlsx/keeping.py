"""Rows of a program sheet that are written anew, while the owner's own columns in them go along to their new places.

A formula of hers keeps its bytes where it keeps its place. Where its row is taken elsewhere it is shifted as Excel shifts a copy;
where all rows below the table move together its words stay, as those of a moved range do.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sheetcrm.xlsx.markup import attributes, escape, unescape
from sheetcrm.xlsx.pinning import Pinned
from sheetcrm.xlsx.places import Place
from sheetcrm.xlsx.refs import Range, cell_name, parse_cell
from sheetcrm.xlsx.rows import RowPatcher

_KEPT_ROW_ATTRIBUTES = ("ht", "customHeight", "outlineLevel")
_SHARED = re.compile(
    rb"<(?:[^\s/>!?:<]+:)?c\s([^<>]*)><(?:[^\s/>!?:<]+:)?f\s([^<>]{0,500}?\bt\s*=\s*[\"']shared[\"'][^<>]{0,500})(?<!/)>([^<]+)<"
)
_NAME = re.compile(rb"\sr\s*=\s*[\"'][$A-Za-z]+\d+[\"']")
_REF = re.compile(rb"(\sref\s*=\s*[\"'])([^\"']*)([\"'])")


class Master(NamedTuple):
    """A shared formula's text, and the cell it is written for."""

    text: str
    origin: str


class KeptRow(NamedTuple):
    """What of an old row goes along: its height, and the raw cells of other columns."""

    attributes: bytes
    cells: dict[int, bytes]


@dataclass(frozen=True, slots=True)
class Moves:
    """Where a sheet's rows go. `rows` are the new numbers of all that stay in the sheet, by their old ones."""

    rows: Mapping[int, int]
    rewritten: range
    """The table's rows, whose cells in `ours` are written anew."""
    ours: Collection[int]
    masters: Mapping[str, Master]
    """The formulas that other cells share, by their `si`."""

    def shares(self, si: str, shift: int) -> bool:
        """Tell whether a shared formula still stands in its place, seen from a cell that goes down by `shift`."""
        if si not in self.masters:
            return False
        row, column = parse_cell(self.masters[si].origin)
        if self.rows.get(row) != row + shift:
            return False
        return row not in self.rewritten or (not shift and column not in self.ours)

    def together(self, area: Range, shift: int) -> bool:
        """Tell whether all rows of an area that are there go down by `shift`."""
        return all(self.rows.get(row, row + shift) == row + shift for row in range(area.first_row, area.last_row + 1))


def shared_masters(rows: Iterable[bytes]) -> dict[str, Master]:
    """Find the formulas that other cells share, by their `si`."""
    found = {}
    for row in rows:
        if b"shared" in row:
            for match in _SHARED.finditer(row):
                origin = attributes(match[1]).get("r", "A1").replace("$", "")
                found[attributes(match[2]).get("si", "")] = Master(unescape(match[3]), origin)
    return found


def keep_row(
    row: bytes, old: int, new: int, rows: RowPatcher, moves: Moves, pinned: Pinned, *, bare: Collection[int] = ()
) -> KeptRow:
    """Take an old row's other cells, but for those that stay, to a new place: names anew, formulas shifted as a move of the row does.

    Those in the columns `bare` come without what stands in them.
    """
    raw_attributes = attributes(row[: row.index(b">")])
    extra = b"".join(
        b' %b="%b"' % (k.encode(), escape(raw_attributes[k])) for k in _KEPT_ROW_ATTRIBUTES if k in raw_attributes
    )
    cells = {}
    for place in rows.places(row):
        if place.column in moves.ours or pinned.holds(old, place.column):
            continue
        formula = _Formula.of(place, rows.writer.prefix)
        raw = row[place.start : place.end]
        if place.column in bare:
            raw = _moved(place._replace(inner=b""), None, old, new, rows, moves)
        elif formula is not None and pinned.dissolves(old, place.column):
            raw = _moved(place._replace(inner=formula.rest), None, old, new, rows, moves)
        elif old != new or not _NAME.search(place.raw) or (formula is not None and formula.is_orphan(moves, 0)):
            raw = _moved(place, formula, old, new, rows, moves)
        cells[place.column] = raw
    return KeptRow(extra, cells)


class _Formula(NamedTuple):
    """A cell's `<f>`: its attributes, its words, and its tag and all of it as written; `rest` is the cell's content without it."""

    attributes: dict[str, str]
    text: str
    tag: bytes
    rest: bytes

    @classmethod
    def of(cls, place: Place, p: bytes) -> _Formula | None:
        """Read a cell's formula."""
        found = re.search(rb"<%bf(?:\s[^<>]*)?>" % re.escape(p), place.inner)
        if found is None:
            return None
        close = b"</" + p + b"f>"
        empty = found[0].endswith(b"/>")
        end = found.end() if empty else place.inner.find(close, found.end())
        text = "" if empty else unescape(place.inner[found.end() : max(end, found.end())])
        rest = place.inner[: found.start()] + place.inner[end if empty else end + len(close) :]
        return cls(attributes(found[0]), text, found[0], rest)

    @property
    def kind(self) -> str:
        """The formula's `t`."""
        return self.attributes.get("t", "normal")

    def is_orphan(self, moves: Moves, shift: int) -> bool:
        """Tell whether it has its words from another cell, which they leave."""
        return self.kind == "shared" and not self.text and not moves.shares(self.attributes.get("si", ""), shift)


def _moved(place: Place, formula: _Formula | None, old: int, new: int, rows: RowPatcher, moves: Moves) -> bytes:
    """Give a cell for a new row; of a formula that cannot go there its last result."""
    p = rows.writer.prefix
    inner, kept = place.inner, ["s", "t", "vm", "ph"]
    if formula is not None:
        f = _shifted(place.column, formula, old, new, p, moves)
        if f and formula.kind == "array":
            kept.append("cm")
        inner = f + formula.rest
    found = attributes(place.raw)
    kept = kept if inner else ["s"]  # of nothing there is no kind
    tag = b'<%bc r="%b"' % (p, cell_name(new, place.column).encode())
    tag += b"".join(b' %b="%b"' % (name.encode(), escape(found[name])) for name in kept if name in found)
    return b"%b>%b</%bc>" % (tag, inner, p) if inner else tag + b"/>"


def _shifted(column: int, formula: _Formula, old: int, new: int, p: bytes, moves: Moves) -> bytes:
    """Give a formula for a cell in another row; nothing where it cannot stand there."""
    origin, text, tag = cell_name(old, column), formula.text, b"<%bf>" % p
    if formula.kind == "shared" and not text and formula.attributes.get("si") in moves.masters:
        origin, text = moves.masters[formula.attributes["si"]][::-1]
    if formula.kind == "array":
        area = _area(formula)
        if area is None or not moves.together(area, new - old):
            return b""
        tag = _with_ref(formula.tag, new - old)
    elif formula.kind not in {"normal", "shared"}:
        return b""
    text = _translated(text, origin, cell_name(new, column))
    return b"%b%b</%bf>" % (tag, escape(text), p) if text else b""


def _translated(text: str, origin: str, target: str) -> str:
    """Give a formula as it is in another cell; empty where it would point outside of the sheet."""
    from openpyxl.formula.translate import Translator, TranslatorError  # noqa: PLC0415 - 0.4 s, and seldom needed

    if not text or origin == target:
        return text
    try:
        return str(Translator("=" + text, origin=origin).translate_formula(target))[1:]
    except TranslatorError:
        return ""


def _area(formula: _Formula) -> Range | None:
    try:
        return Range.parse(formula.attributes.get("ref", ""))
    except ValueError:
        return None


def _with_ref(tag: bytes, shift: int) -> bytes:
    """Give a formula's tag with the area that it names further down."""
    found = _REF.search(tag)
    try:
        area = Range.parse(found[2].decode()) if found else None
    except ValueError:
        area = None
    if found is None or area is None:
        return tag
    moved = area._replace(first_row=area.first_row + shift, last_row=area.last_row + shift)
    return tag[: found.start(2)] + str(moved).encode() + tag[found.end(2) :]


def renumbered(row: bytes, old: int, new: int, rows: RowPatcher, moves: Moves, pinned: Pinned) -> bytes:
    """Give a row under another number; its formulas keep their words, as those of a moved range do.

    Only one that shares the words of a cell which leaves it gets them for itself, and one whose area cannot stay is its value.
    """
    if old == new and b"shared" not in row and not pinned.dissolved:
        return row
    shift = new - old
    at = row.index(b">") + 1
    pieces = [re.sub(rb"\sr\s*=\s*[\"']\d+[\"']", b' r="%d"' % new, row[:at], count=1) if shift else row[:at]]
    for place in rows.places(row):
        raw = row[place.start : place.end]
        formula = _Formula.of(place, rows.writer.prefix) if b"<" in place.inner else None
        end = raw.index(b">") + 1
        tag, inner = raw[:end], raw[end:]
        if formula is not None and pinned.dissolves(old, place.column):
            raw = _moved(place._replace(inner=formula.rest), None, old, new, rows, moves)
            tag, inner, formula = b"", raw, None
        elif shift:
            tag = _NAME.sub(b' r="%b"' % cell_name(new, place.column).encode(), tag, count=1)
        if formula is not None:
            f = formula.tag if not shift else _with_ref(formula.tag, shift)
            if formula.is_orphan(moves, shift):
                f = _own_words(place.column, formula, old, rows.writer.prefix, moves)
            inner = inner.replace(formula.tag, f, 1)
        pieces += (row[at : place.start], tag, inner)
        at = place.end
    return b"".join(pieces) + row[at:]


def _own_words(column: int, formula: _Formula, old: int, p: bytes, moves: Moves) -> bytes:
    """Give the words that a formula shares for itself; its tag as it is where they are not known."""
    master = moves.masters.get(formula.attributes.get("si", ""))
    text = _translated(master.text, master.origin, cell_name(old, column)) if master is not None else ""
    if not text:
        return formula.tag
    return b"<%bf>%b" % (p, escape(text)) + (b"</%bf>" % p if formula.tag.endswith(b"/>") else b"")
