"""Excel tables: their part grows to the right and downwards; a new one is written."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sheetcrm.xlsx.cells import escape_text
from sheetcrm.xlsx.document import Table, read_table
from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.markup import MAIN, STRICT_MAIN, Markup, Node, escape
from sheetcrm.xlsx.refs import MAX_ROW, Range

STYLE = "TableStyleLight1"
"""Quiet bands; LibreOffice paints no table styles at all, so nothing relies on it."""
_NAMED = re.compile(r"\"[^\"]*\"|\[(?:[^\[\]]|\[[^\[\]]*\])*\]")
_BY_NUMBER = re.compile(r"(?<![\w.])\$?[A-Za-z]{1,3}\d+(?![\w.(])")
_MOVING = {"mergeCell": "ref", "hyperlink": "ref", "conditionalFormatting": "sqref", "dataValidation": "sqref"}
_STYLE_INFO = (
    b'<tableStyleInfo name="%b" showFirstColumn="0" showLastColumn="0" showRowStripes="1" showColumnStripes="0"/>'
)


def column_name(text: str) -> bytes:
    """Write a column's name for `tableColumn@name`: line breaks and control characters as `_xHHHH_`, then as markup."""
    return escape(escape_text(text).replace("\n", "_x000a_").replace("\t", "_x0009_"))


def unique_names(wanted: Sequence[str], taken: Sequence[str]) -> list[str]:
    """Give names for new columns: an empty or taken one (case ignored) gets a number, as Excel does."""
    seen = {name.casefold() for name in taken}
    names = []
    for number, text in enumerate(wanted, len(taken) + 1):
        base = name = text or f"Column{number}"
        tail = 2
        while name.casefold() in seen:
            name, tail = f"{base}{tail}", tail + 1
        seen.add(name.casefold())
        names.append(name)
    return names


def table_xml(
    number: int, name: str, ref: Range, columns: Sequence[str], *, strict: bool = False, style: str = STYLE
) -> bytes:
    """Write a table part with a header row and a filter; without a `style` the cells look as they did."""
    namespace = STRICT_MAIN if strict else MAIN
    lines = b"".join(
        b'<tableColumn id="%d" name="%b"/>' % (at, column_name(text)) for at, text in enumerate(columns, 1)
    )
    quoted = escape(name)
    return (
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        b'<table xmlns="%b" id="%d" name="%b" displayName="%b" ref="%b" totalsRowShown="0"><autoFilter ref="%b"/>'
        b'<tableColumns count="%d">%b</tableColumns>%b</table>'
    ) % (
        namespace.encode(),
        number,
        quoted,
        quoted,
        str(ref).encode(),
        str(ref).encode(),
        len(columns),
        lines,
        _STYLE_INFO % style.encode() if style else b"",
    )


def check_growable(table: Table) -> None:
    """Raise Unsupported for a table whose columns or rows belong to a query or an XML map."""
    if table.kind != "worksheet":
        raise Unsupported(
            f"the table {table.display_name} is filled by a query: nothing can be added to it", "query-table"
        )


def check_free(ref: Range, table: Table | None, others: Sequence[Table]) -> None:
    """Raise Unsupported where a grown table would reach into another of its sheet."""
    for other in others:
        if other is not table and (table is None or other.part != table.part) and other.ref.meets(ref):
            message = f"the table {other.display_name} is in the way at {other.ref}"
            raise Unsupported(message, "table-collision", place=str(other.ref))


def resize(data: bytes, part: str, ref: Range, new_columns: Sequence[str] = ()) -> bytes:
    """Give a table part with another extent, and columns added at its right end.

    The filter's extent and that of what the table is sorted by go along (a totals row is no part of them); ids are new and unique;
    what others are stays.
    """
    markup = Markup(data, part)
    table = read_table(markup, part, "")
    markup.set_attribute(markup.root, "ref", str(ref))
    node = markup.root.find("autoFilter")
    if node is not None:
        markup.set_attribute(node, "ref", str(ref._replace(last_row=ref.last_row - table.totals_rows)))
    if table.data is not None:
        grown = ref._replace(first_row=table.data.first_row, last_row=ref.last_row - table.totals_rows)
        for sorted_by in (markup.root.find("sortState"), node.find("sortState") if node is not None else None):
            if sorted_by is not None:
                _resize_sort(markup, sorted_by, table.data, grown)
    list_node = markup.root.find("tableColumns")
    if new_columns and list_node is not None:
        number = max(table.column_ids, default=0)
        p = list_node.prefix.encode()
        for at, text in enumerate(new_columns, 1):
            markup.append(list_node, b'<%btableColumn id="%d" name="%b"/>' % (p, number + at, column_name(text)))
        markup.set_attribute(list_node, "count", str(len(table.columns) + len(new_columns)))
    return bytes(markup)


def _resize_sort(markup: Markup, state: Node, old: Range, new: Range) -> None:
    """Let an order of rows hold for all of a table that has grown: sorted again by half its columns, rows would be torn apart."""
    for node in (state, *state.all("sortCondition")):
        try:
            ref = Range.parse(node.get("ref"))
        except ValueError:
            continue
        if (ref.first_row, ref.last_row) == (old.first_row, old.last_row):
            whole = (ref.first_column, ref.last_column) == (old.first_column, old.last_column)
            grown = new if whole and node is state else ref._replace(last_row=new.last_row)
            markup.set_attribute(node, "ref", str(grown))


def calculated_columns(data: bytes, part: str) -> dict[int, str]:
    """Give the formulas that Excel puts into each new row, by the column's position in the table (from 0).

    Without those that name cells of a row by its number: which row's words they are is not said.
    """
    markup = Markup(data, part)
    list_node = markup.root.find("tableColumns")
    formulas = {}
    for at, column in enumerate(list_node.all("tableColumn") if list_node is not None else ()):
        node = column.find("calculatedColumnFormula")
        if node is not None and node.get("array") not in {"1", "true"}:
            text = markup.text(node)
            if not _BY_NUMBER.search(_NAMED.sub("", text)):
                formulas[at] = text
    return formulas


def move_areas(markup: Markup, below: int, shift: int) -> None:
    """Let what is tied to rows that moved, those below `below`, go along: merged areas, links, drop-downs, conditional formats.

    Left behind, a merged area would lie over the rows of the table above it, and Excel would repair the file.
    """
    for node in markup.root.walk():
        name = _MOVING.get(node.local)
        if name is not None and node.get(name):
            markup.set_attribute(node, name, _moved(node.get(name), below, shift))
        elif node.local == "sqref" and not node.children:
            text = markup.text(node)
            if (moved := _moved(text, below, shift)) != text:
                markup.fill(node, escape(moved))


def moved_table(data: bytes, part: str, below: int, shift: int) -> bytes:
    """Give a table part whose rows below `below` went `shift` rows down, or up; one that begins above them grows."""
    markup = Markup(data, part)
    for node in markup.root.walk():  # the table itself, its filter, and what it is sorted by
        try:
            ref = Range.parse(node.get("ref"))
        except ValueError:
            continue
        first, last = (row + shift * (row > below) for row in (ref.first_row, ref.last_row))
        if first <= last:
            markup.set_attribute(node, "ref", str(ref._replace(first_row=first, last_row=last)))
    return bytes(markup)


def _moved(areas: str, below: int, shift: int) -> str:
    found = []
    for area in areas.split():
        try:
            ref = Range.parse(area)
        except ValueError:
            return areas
        moves = ref.first_row > below and ref.last_row + shift <= MAX_ROW
        moved = ref._replace(first_row=ref.first_row + shift, last_row=ref.last_row + shift)
        found.append(str(moved) if moves else area)
    return " ".join(found)


def grow_ranges(markup: Markup, old: Range, last_row: int) -> list[str]:
    """Let drop-downs and conditional formats that cover exactly a table's rows cover its new ones, too.

    `old` are the table's data rows before. Everything else keeps its extent; areas that cover some of the rows otherwise are
    given back.
    """
    others: list[str] = []
    for node in markup.root.walk():
        if node.local in {"conditionalFormatting", "dataValidation"} and node.get("sqref"):
            markup.set_attribute(node, "sqref", _grown(node.get("sqref"), old, last_row, others))
        elif node.local == "sqref" and not node.children:
            text = markup.text(node)
            grown = _grown(text, old, last_row, others)
            if grown != text:
                markup.fill(node, escape(grown))
    return others


def _grown(sqref: str, old: Range, last_row: int, others: list[str]) -> str:
    return " ".join(_grown_area(area, old, last_row, others) for area in sqref.split())


def _grown_area(area: str, old: Range, last_row: int, others: list[str]) -> str:
    try:
        found = Range.parse(area)
    except ValueError:
        return area
    inside = old.first_column <= found.first_column and found.last_column <= old.last_column
    if inside and found.first_row == old.first_row and found.last_row == old.last_row:
        return str(found._replace(last_row=last_row))
    if found.meets(old) and found.last_row < last_row:
        others.append(area)
    return area
