"""Rows of a program sheet that are written anew, while the owner's own columns in them go along to their new places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sheetcrm.xlsx.markup import attributes, escape, unescape
from sheetcrm.xlsx.refs import cell_name
from sheetcrm.xlsx.rows import RowPatcher

_KEPT_ROW_ATTRIBUTES = ("ht", "customHeight", "outlineLevel")
_SHARED = re.compile(
    rb"<(?:[^\s/>!?:<]+:)?c\s([^<>]*)><(?:[^\s/>!?:<]+:)?f\s([^<>]{0,500}?\bt\s*=\s*[\"']shared[\"'][^<>]{0,500})(?<!/)>([^<]+)<"
)


class Master(NamedTuple):
    """A shared formula's text, and the cell it is written for."""

    text: str
    origin: str


class KeptRow(NamedTuple):
    """What of an old row goes along: its height, and the raw cells of other columns."""

    attributes: bytes
    cells: dict[int, bytes]


def shared_masters(rows: Iterable[bytes]) -> dict[str, Master]:
    """Find the formulas that other cells share, by their `si`."""
    found = {}
    for row in rows:
        if b"shared" in row:
            for match in _SHARED.finditer(row):
                found[attributes(match[2]).get("si", "")] = Master(
                    unescape(match[3]), attributes(match[1]).get("r", "A1")
                )
    return found


def keep_row(
    row: bytes, old: int, new: int, skip: set[int], rows: RowPatcher, masters: Mapping[str, Master]
) -> KeptRow:
    """Take an old row's other cells to a new place: names anew, formulas shifted as a move of the row shifts them."""
    raw_attributes = attributes(row[: row.index(b">")])
    extra = b"".join(
        b' %b="%b"' % (k.encode(), escape(raw_attributes[k])) for k in _KEPT_ROW_ATTRIBUTES if k in raw_attributes
    )
    cells = {}
    for place in rows.places(row):
        if place.column in skip:
            continue
        raw = row[place.start : place.end]
        if old != new or b"<" + rows.writer.prefix + b"f" in raw:
            raw = _moved(place.column, place.raw, place.inner, old, new, rows, masters)
        cells[place.column] = raw
    return KeptRow(extra, cells)


def _moved(
    column: int, raw: bytes, inner: bytes, old: int, new: int, rows: RowPatcher, masters: Mapping[str, Master]
) -> bytes:
    from openpyxl.formula.translate import Translator, TranslatorError  # noqa: PLC0415 - 0.4 s, and seldom needed

    p = rows.writer.prefix
    found = attributes(raw)
    close = inner.find(b"</" + p + b"f>")
    start = inner.find(b"<" + p + b"f")
    style = b' s="%b"' % found["s"].encode() if "s" in found else b""
    kind = b' t="%b"' % found["t"].encode() if "t" in found else b""
    if start >= 0:
        tag_end = inner.index(b">", start)
        tag = attributes(inner[start:tag_end])
        rest = inner[close + len(p) + 4 :] if close >= 0 else inner[tag_end + 1 :]
        formula = ""
        if tag.get("t", "normal") in {"normal", "shared"}:
            origin, text = cell_name(old, column), ""
            if close >= 0:
                text = unescape(inner[tag_end + 1 : close])
            if not text and tag.get("si") in masters:
                master = masters[tag["si"]]
                origin, text = master.origin, master.text
            try:
                formula = (
                    Translator("=" + text, origin=origin).translate_formula(cell_name(new, column))[1:] if text else ""
                )
            except TranslatorError:
                formula = ""
        f = b"<%bf>%b</%bf>" % (p, escape(formula), p) if formula else b""
        inner = f + rest
    name = cell_name(new, column).encode()
    return (
        b'<%bc r="%b"%b%b>%b</%bc>' % (p, name, style, kind, inner, p)
        if inner
        else b'<%bc r="%b"%b/>' % (p, name, style)
    )


def renumbered(row: bytes, old: int, new: int, rows: RowPatcher) -> bytes:
    """Give a row under another number; its formulas keep their words, as those of a moved range do."""
    if old == new:
        return row
    pieces, at = [], row.index(b">") + 1
    tag = re.sub(rb"\sr\s*=\s*[\"']\d+[\"']", b' r="%d"' % new, row[:at], count=1)
    pieces.append(tag)
    for place in rows.places(row):
        end = row.index(b">", place.start) + 1
        pieces += (
            row[at : place.start],
            re.sub(
                rb"\sr\s*=\s*[\"'][A-Za-z]+\d+[\"']",
                b' r="%b"' % cell_name(new, place.column).encode(),
                row[place.start : end],
                count=1,
            ),
        )
        at = end
    return b"".join(pieces) + row[at:]
