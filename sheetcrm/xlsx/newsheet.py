"""A program's own sheet: written whole the first time; later only its rows, so that what the owner built around them stays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from sheetcrm.xlsx.cells import CellValue, Content, Writer, meant
from sheetcrm.xlsx.conditional import alarms
from sheetcrm.xlsx.drop_downs import drop_downs
from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.keeping import KeptRow
from sheetcrm.xlsx.markup import MAIN, RELATIONSHIPS, STRICT_MAIN, STRICT_RELATIONSHIPS
from sheetcrm.xlsx.reading import row_contents
from sheetcrm.xlsx.refs import Range, cell_name
from sheetcrm.xlsx.rows import RowPatcher, is_empty
from sheetcrm.xlsx.sameness import same_number
from sheetcrm.xlsx.styles import StyleSheet

FILLS = {"red": "FFC7CE", "amber": "FFEB9C", "green": "C6EFCE", "grey": "F2F2F2"}
HEADER_FILL = "D9E1F2"
_NOTE_HEIGHT = 24.0  # points


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a program sheet.

    `choices` makes a drop-down: the words themselves, or a formula (a range, a name) that gives them. `at` is the column's number
    in the sheet where the owner has moved it; otherwise the columns follow each other.
    """

    header: str
    width: float = 14
    number_format: str | int | None = None
    choices: Sequence[str] | str = ()
    wrap: bool = False
    left: bool = False
    """Whether also numbers and dates stand at the left."""
    hidden: bool = False
    color: str | None = None
    """The colour of its cells' letters, RRGGBB."""
    at: int | None = None
    alarm: str = ""
    """A formula for which a cell of a new sheet turns red by itself; `{cell}` in it stands for that cell."""
    prompt: str = ""
    """What is said beside a cell of a drop-down that is chosen, under the header as its title."""


@dataclass(frozen=True, slots=True)
class Accent:
    """How a cell looks that is to be told from the others of its row; colours are RRGGBB, None as the row has it."""

    fill: str | None = None
    color: str | None = None
    bold: bool | None = None


_PLAIN = Accent()


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """A program sheet. `fills` names a colour per row (red, amber, green, grey, RRGGBB, or None).

    `kept` gives, per row, the number of the row in the sheet as it is whose other cells (columns of the owner's own) go along.
    """

    table: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[CellValue]]
    fills: Sequence[str | None] = ()
    accents: Sequence[Mapping[int, Accent]] = ()
    """Per row, the cells that look otherwise than it, by their column's position in `columns`."""
    note: str = ""
    """A sentence above the headers of a sheet that is made new; `header_row` is below it then."""
    kept: Sequence[int | None] = ()
    header_row: int = 1
    read_to: int = 0
    """The last row that was read as one of these: beneath a table, too, where a program did not let it grow with what was typed."""
    frozen_columns: int = 0
    tab_color: str | None = None
    state: str = "visible"
    header_fill: str = HEADER_FILL
    header_color: str | None = None
    """The colour of the header's letters, RRGGBB."""
    line: str | None = None
    """The colour of a line below each cell, RRGGBB, in place of the grid."""
    header_height: float | None = None
    """The height of the header row in points, where its words take more than a line."""
    row_height: float | None = None
    """The height of each row in points: where texts of several lines are to show their first one only."""
    links: Sequence[Mapping[int, str]] = ()
    """Per row, the addresses that its cells open when they are clicked, by their column's position in `columns`."""
    linked_columns: Collection[int] = ()
    """The positions of columns in which links stand, or may have stood before."""
    heights: Sequence[float | None] = ()
    """The height in points that a row is going to need: not every program measures wrapped texts when it opens a file."""

    @property
    def places(self) -> list[int]:
        """The columns' numbers in the sheet."""
        places: list[int] = []
        for column in self.columns:
            places.append(column.at if column.at is not None else max(places, default=0) + 1)
        if len(set(places)) != len(places):
            raise Unsupported("two columns of a program sheet stand in one place", "columns")
        return places

    def ref(self) -> Range:
        """Give the table's extent: header and at least one row (Excel takes no table without)."""
        places = self.places
        return Range(self.header_row, min(places), self.header_row + max(1, len(self.rows)), max(places))

    def table_columns(self) -> list[str]:
        """Give the names of the table's columns, those of the spec and any between them."""
        headers = dict(zip(self.places, (column.header for column in self.columns), strict=True))
        ref = self.ref()
        names = [headers.get(at, f"Column{at}") for at in range(ref.first_column, ref.last_column + 1)]
        if len({name.casefold() for name in names}) != len(names) or not all(names):
            raise Unsupported(f"two columns of {self.table} have one header", "columns")
        return names

    def fill(self, index: int) -> str | None:
        """Give the colour of a row as RRGGBB."""
        name = self.fills[index] if index < len(self.fills) else None
        return FILLS.get(name, name) if name else None

    def accent(self, index: int, column: int) -> Accent:
        """Give how a cell looks otherwise than its row."""
        return self.accents[index].get(column, _PLAIN) if index < len(self.accents) else _PLAIN


class Painter:
    """Gives the styles of a program sheet's cells."""

    def __init__(self, styles: Callable[[], StyleSheet], spec: SheetSpec) -> None:
        self._styles = styles
        self._spec = spec
        self._known: dict[tuple[int, str | None, Accent], int | None] = {}

    def cell(self, column: int, fill: str | None, accent: Accent = _PLAIN) -> int | None:
        """Give the style of a cell by its column's position in the spec, its row's colour, and what is its own."""
        key = (column, fill, accent)
        if key not in self._known:
            it, line = self._spec.columns[column], self._spec.line
            usual = (it.number_format, it.color, fill, line) == (None,) * 4 and not (it.wrap or it.left)
            self._known[key] = None if usual and accent == _PLAIN else self._made(it, fill, accent, line)
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
        drop_downs(spec),
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
