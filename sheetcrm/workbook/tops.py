"""A look at the first rows of each sheet before anything is parsed: most sheets hold none of our tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sheetcrm.crm.tables import Cell, CellError
from sheetcrm.workbook.layout import TOP_ROWS
from sheetcrm.workbook.placement import SheetTop
from sheetcrm.xlsx.cells import unescape_text
from sheetcrm.xlsx.errors import XlsxError
from sheetcrm.xlsx.markup import Markup, Node
from sheetcrm.xlsx.refs import parse_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sheetcrm.xlsx.document import Document, Sheet

_SHEET_DATA = re.compile(rb"<((?:[^\s/>!?:<]+:)?)sheetData\s*(/?)>")
_STRINGS = re.compile(rb"<((?:[^\s/>!?:<]+:)?)sst(?=[\s>])[^<>]*>")
_ODD_ITEMS = (b"<si/>", b"<si />", b":si/>", b":si />", b"si >")
_ITEM = re.compile(
    rb"<(?:[^\s/>:<]+:)?si\s*/>|<(?:[^\s/>:<]+:)?si[\s>][^<]*(?:<(?!/?(?:[^\s/>:<]+:)?si[\s>/])[^<]*)*</(?:[^\s/>:<]+:)?si\s*>"
)
_LONGEST = 16_000_000  # twenty rows of 16,384 columns are about as long
_Shared = dict[int, str]


def sheet_tops(document: Document) -> list[SheetTop]:
    """Return the top rows of every worksheet, in the workbook's order. A sheet that cannot be looked at has none."""
    looks = [(sheet, _top_rows(document, sheet)) for sheet in document.sheets if sheet.kind == "worksheet"]
    wanted = {int(i) for _, rows in looks for row in rows.values() for i in row.values() if type(i) is _SharedIndex}
    texts = _shared_texts(document, wanted)
    return [SheetTop(sheet.title, _filled_in(rows, texts)) for sheet, rows in looks]


class _SharedIndex(int):
    """A text that stands in the shared strings."""


def _filled_in(rows: dict[int, dict[int, Cell]], texts: _Shared) -> Sequence[Sequence[Cell]]:
    height = max(rows, default=0)
    return [
        [
            texts.get(cell, "") if type(cell := row.get(column)) is _SharedIndex else cell
            for column in range(1, max(row, default=0) + 1)
        ]
        for row in (rows.get(number, {}) for number in range(1, height + 1))
    ]


def _top_rows(document: Document, sheet: Sheet) -> dict[int, dict[int, Cell]]:
    try:
        return _cells(_fragment(document.package.open(sheet.part)), sheet.part)
    except (XlsxError, ValueError):
        return {}


def _fragment(pieces: Iterable[bytes]) -> bytes:
    """Return the first row elements, at most `TOP_ROWS`, inside an element of our own."""
    buffer, start = b"", None
    row = close = re.compile(rb"(?!)")
    for piece in pieces:
        buffer += piece
        if start is None:
            found = _SHEET_DATA.search(buffer)
            if found is None:
                if len(buffer) > _LONGEST:
                    break
                continue
            if found[2]:
                break
            start = found.end()
            row = re.compile(rb"<" + re.escape(found[1]) + rb"row[\s/>]")
            close = re.compile(rb"</" + re.escape(found[1]) + rb"sheetData")
        rows = [found.start() for found in row.finditer(buffer, start)]
        end = close.search(buffer, start)
        if end or len(rows) > TOP_ROWS:
            stop = rows[TOP_ROWS] if len(rows) > TOP_ROWS else (end.start() if end else 0)
            return b"<top>" + buffer[start:stop] + b"</top>"
        if len(buffer) > _LONGEST:
            break
    return b"<top/>"


def _cells(fragment: bytes, part: str) -> dict[int, dict[int, Cell]]:
    markup = Markup(fragment, part)
    rows: dict[int, dict[int, Cell]] = {}
    number = 0
    for row in markup.root.all("row"):
        number = int(row.get("r") or number + 1)
        column = 0
        for cell in row.all("c"):
            ref = cell.get("r")
            column = parse_cell(ref)[1] if ref else column + 1
            value = _value(markup, cell)
            if value is not None and number <= TOP_ROWS:
                rows.setdefault(number, {})[column] = value
    return rows


def _value(markup: Markup, cell: Node) -> Cell:
    kind, value = cell.get("t", "n"), cell.find("v")
    if kind == "inlineStr":
        inner = cell.find("is")
        return _text(markup, inner) if inner else None
    if value is None or not (text := markup.text(value)):
        return None
    if kind == "s":
        return _SharedIndex(text)
    if kind == "b":
        return text == "1"
    if kind == "e":
        return CellError(text)
    return float(text) if kind == "n" else unescape_text(text)


def _text(markup: Markup, item: Node) -> str:
    """Return the text of a string item: plain or in runs; readings of Japanese (rPh) are none of it."""
    return unescape_text(
        "".join(
            markup.text(node)
            for child in item.children
            if child.local in ("t", "r")
            for node in child.walk()
            if node.local == "t" and not node.children
        )
    )


def _shared_texts(document: Document, wanted: set[int]) -> _Shared:
    """Return the shared strings of these indexes, inflating no further than the last of them."""
    part = document.part_by_kind("sharedStrings")
    if part is None or not wanted:
        return {}
    pieces, items, tags = list[bytes](), list[bytes](), 0
    enough = 2 * max(wanted)  # an opening and a closing tag for each item
    for piece in document.package.open(part):
        pieces.append(piece)
        tags += piece.count(b"si>")
        if tags > enough:  # now they may all be there
            items = _items(b"".join(pieces))
            if len(items) > max(wanted):
                break
            enough = 2 * tags
    else:
        items = _items(b"".join(pieces))
    return {index: _shared_text(items[index], part) for index in wanted if 0 <= index < len(items)}


def _items(strings: bytes) -> list[bytes]:
    """Cut the shared strings into their items; what breaks off at the end is left out."""
    root = _STRINGS.search(strings)
    if root is None:
        return []
    close = b"</" + root[1] + b"si>"
    if not any(odd in strings for odd in _ODD_ITEMS):
        return [item + close for item in strings[root.end() :].split(close)[:-1]]
    return [found[0] for found in _ITEM.finditer(strings, root.end())]


def _shared_text(item: bytes, part: str) -> str:
    try:
        markup = Markup(item, part)
    except XlsxError:
        return ""
    return _text(markup, markup.root)
