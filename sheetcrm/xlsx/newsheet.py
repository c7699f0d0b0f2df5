"""A program's own sheet: written whole the first time; later only its rows, so that what the owner built around them stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sheetcrm.xlsx.cells import CellValue, Content, Writer, meant
from sheetcrm.xlsx.conditional import alarms
from sheetcrm.xlsx.drop_downs import drop_downs, validations
from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.keeping import KeptRow
from sheetcrm.xlsx.markup import MAIN, RELATIONSHIPS, STRICT_MAIN, STRICT_RELATIONSHIPS
from sheetcrm.xlsx.reading import row_contents
from sheetcrm.xlsx.refs import Range, cell_name
from sheetcrm.xlsx.rows import RowPatcher, is_empty
from sheetcrm.xlsx.sameness import same_number
from sheetcrm.xlsx.sheet_spec import PLAIN, Accent, Column, SheetSpec
from sheetcrm.xlsx.styles import StyleSheet

_NOTE_HEIGHT = 24.0  # points


class Painter:
    """Gives the styles of a program sheet's cells."""

    def __init__(self, styles: Callable[[], StyleSheet], spec: SheetSpec) -> None:
        self._styles = styles
        self._spec = spec
        self._known: dict[tuple[int, str | None, Accent], int | None] = {}

    def cell(self, column: int, fill: str | None, accent: Accent = PLAIN) -> int | None:
        """Give the style of a cell by its column's position in the spec, its row's colour, and what is its own."""
        key = (column, fill, accent)
        if key not in self._known:
            it, line = self._spec.columns[column], self._spec.line
            usual = (it.number_format, it.color, fill, line) == (None,) * 4 and not (it.wrap or it.left)
            self._known[key] = None if usual and accent == PLAIN else self._made(it, fill, accent, line)
        return self._known[key]

    def _made(self, it: Column, fill: str | None, accent: Accent, line: str | None) -> int:
        return self._styles().add(
            number_format=it.number_format,
            fill=accent.fill or fill,
            bold=accent.bold,
            font_color=accent.color or it.color,
            wrap=it.wrap
            if line is not None
            else it.wrap or None,  # also an unwrapped cell stands at the top of its row
            border=line,
            horizontal="left" if it.left else None,
        )

    def alarm(self, fill: str, font_color: str) -> int:
        """Give the place of what a rule makes of a cell."""
        return self._styles().alarm(fill, font_color)

    def note(self) -> int:
        """Give the style of the sentence above the headers."""
        return self._styles().add(bold=True, font_color=self._spec.header_fill)

    def header(self) -> int:
        """Give the style of header cells."""
        spec = self._spec
        return self._styles().add(bold=True, fill=spec.header_fill, font_color=spec.header_color, wrap=True)


def sheet_xml(spec: SheetSpec, painter: Painter, rows: RowPatcher, *, strict: bool = False) -> bytes:
    """Write a sheet. The table part's relationship must be `rId1` of the sheet."""
    namespace, r = (STRICT_MAIN, STRICT_RELATIONSHIPS) if strict else (MAIN, RELATIONSHIPS)
    pieces = [
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{namespace}" xmlns:r="{r}">'.encode(),
        b'<sheetPr>%b<pageSetUpPr fitToPage="1"/></sheetPr>'
        % (b'<tabColor rgb="FF%b"/>' % spec.tab_color.encode() if spec.tab_color else b""),
        b'<dimension ref="%b"/>' % str(_extent(spec)).encode(),
        _views(spec),
        b'<sheetFormatPr defaultRowHeight="15"/>',
        _cols(spec),
        b"<sheetData>",
        _note_row(spec, painter, rows.writer),
        header_row(spec, painter, rows.writer),
        *body(spec, painter, rows, {}, {}),
        b"</sheetData>",
        alarms(spec, painter.alarm),
        validations(drop_downs(spec).values()),
        b'<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>',
        b'<pageSetup orientation="landscape" fitToHeight="0"/>',
        b'<tableParts count="1"><tablePart r:id="rId1"/></tableParts></worksheet>',
    ]
    return b"".join(pieces)


def _extent(spec: SheetSpec) -> Range:
    """Give the table's extent with the sentence above it."""
    return spec.ref()._replace(first_row=1, first_column=1) if spec.note else spec.ref()


def _note_row(spec: SheetSpec, painter: Painter, writer: Writer) -> bytes:
    if not spec.note:
        return b""
    cell = writer.cell(b"A1", spec.note, painter.note())
    return b'<%brow r="1" ht="%g" customHeight="1">%b</%brow>' % (p := writer.prefix, _NOTE_HEIGHT, cell, p)


def header_row(spec: SheetSpec, painter: Painter, writer: Writer) -> bytes:
    """Write the row of headers; every column of the table has one."""
    style = painter.header()
    cells = [
        writer.cell(cell_name(spec.header_row, column).encode(), name, style)
        for column, name in enumerate(spec.table_columns(), spec.ref().first_column)
    ]
    p = writer.prefix
    height = b' ht="%g" customHeight="1"' % spec.header_height if spec.header_height else b""
    return b'<%brow r="%d"%b>%b</%brow>' % (p, spec.header_row, height, b"".join(cells), p)


def body(
    spec: SheetSpec,
    painter: Painter,
    rows: RowPatcher,
    kept: Mapping[int, KeptRow],
    calculated: Mapping[int, CellValue],
) -> list[bytes]:
    """Write the data rows, one per row of the spec and at least one.

    `kept` are other cells of rows, by index of the row; `calculated` those of rows that have none, by column.
    """
    places = spec.places
    writer = rows.writer
    p = writer.prefix
    order = sorted(range(len(places)), key=places.__getitem__)
    written = []
    for index in range(max(1, len(spec.rows))):
        number = spec.header_row + 1 + index
        values = spec.rows[index] if index < len(spec.rows) else [None] * len(places)
        if len(values) != len(places):
            raise Unsupported(
                f"row {index} of {spec.table} has {len(values)} values for {len(places)} columns", "columns"
            )
        fill = spec.fill(index)
        cells: dict[int, bytes] = {}
        for at in order:
            style = rows.style_for(painter.cell(at, fill, spec.accent(index, at)), values[at])
            if not is_empty(values[at]) or style is not None:
                cells[places[at]] = writer.cell(cell_name(number, places[at]).encode(), values[at], style)
        old = kept.get(index)
        if old is not None:
            cells.update({column: raw for column, raw in old.cells.items() if column not in cells})
        elif index < len(spec.rows):
            made = {c: writer.cell(cell_name(number, c).encode(), value, None) for c, value in calculated.items()}
            cells.update(made)
        inner = b"".join(cells[column] for column in sorted(cells))
        extra = (old.attributes if old is not None else b"") or _height(spec, index)
        written.append(b'<%brow r="%d"%b>%b</%brow>' % (p, number, extra, inner, p))
    return written


def _height(spec: SheetSpec, index: int) -> bytes:
    if spec.row_height:
        return b' ht="%g" customHeight="1"' % spec.row_height
    wanted = spec.heights[index] if index < len(spec.heights) else None
    return b' ht="%g"' % wanted if wanted else b""


def same_rows(
    spec: SheetSpec, old: Mapping[int, bytes], prefix: bytes, shared: Callable[[int], str], *, date1904: bool
) -> bool:
    """Tell whether a sheet's rows hold the spec's values already, whoever wrote them: then nothing needs to be done."""
    places = spec.places
    empty = (Content("empty", None), None)
    for index, values in enumerate(spec.rows):
        cells = row_contents(old.get(spec.header_row + 1 + index, b""), prefix, shared)
        for place, value in zip(places, values, strict=True):
            if not _holds(cells.get(place, empty)[0], meant(value, date1904=date1904)):
                return False
    return True


def _holds(content: Content, wanted: tuple[str, str | float | None]) -> bool:
    """Tell whether a cell holds what it should; a moment of the day has more digits than some programs write."""
    now, then = content.value, wanted[1]
    if isinstance(now, float) and isinstance(then, float):
        return content.kind == wanted[0] and same_number(now, then)
    return (content.kind, now) == wanted


def _views(spec: SheetSpec) -> bytes:
    below, right = spec.header_row, spec.frozen_columns
    grid = ' showGridLines="0"' if spec.line else ""
    pane = "bottomRight" if right else "bottomLeft"
    split = (
        f' xSplit="{right}"' if right else ""
    ) + f' ySplit="{below}" topLeftCell="{cell_name(below + 1, right + 1)}"'
    return (
        f'<sheetViews><sheetView{grid} workbookViewId="0"><pane{split} activePane="{pane}" state="frozen"/>'
        f'<selection pane="{pane}" activeCell="{cell_name(below + 1, right + 1)}" sqref="{cell_name(below + 1, right + 1)}"/>'
        "</sheetView></sheetViews>"
    ).encode()


def _cols(spec: SheetSpec) -> bytes:
    lines = []
    for place, column in sorted(zip(spec.places, spec.columns, strict=True), key=lambda pair: pair[0]):
        hidden = ' hidden="1"' if column.hidden else ""
        lines.append(f'<col min="{place}" max="{place}" width="{column.width:g}"{hidden} customWidth="1"/>')
    return f"<cols>{''.join(lines)}</cols>".encode()
