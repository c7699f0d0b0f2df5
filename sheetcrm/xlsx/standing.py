"""A workbook as it stands while it is edited: its parts with those made anew, its rows, texts and styles."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence

from sheetcrm.xlsx import workbook
from sheetcrm.xlsx.cells import CellValue, Formula, Writer
from sheetcrm.xlsx.document import Document
from sheetcrm.xlsx.markup import MAIN, STRICT_MAIN, attributes, whole_number
from sheetcrm.xlsx.number_codes import DATE_AND_TIME, SHORT_DATE, shows_date, shows_day
from sheetcrm.xlsx.package import Package
from sheetcrm.xlsx.parts import Parts
from sheetcrm.xlsx.reading import SharedStrings, iter_rows, row_contents
from sheetcrm.xlsx.rows import Blocked, RowPatcher
from sheetcrm.xlsx.sheet import sheet_prefix
from sheetcrm.xlsx.styles import StyleSheet

_COL = re.compile(rb"<(?:[^\s/>!?:<]+:)?col\s([^<>]*?)/?>")


class Standing:
    """What is there to be looked at, and the styles that are added to it."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.document = Document(package)
        self.parts = Parts(package)
        self.strict = workbook.is_strict(self.document)
        self._styles: StyleSheet | None = None
        self._fitting: dict[tuple[int | None, str], int | None] = {}
        self._shared = SharedStrings(self._shared_strings)

    # styles

    @property
    def styles(self) -> StyleSheet:
        """The style sheet; begun where the workbook has none."""
        if self._styles is None:
            part = self.document.part_by_kind("styles")
            namespace = STRICT_MAIN if self.strict else MAIN
            self._styles = StyleSheet(self.package.read(part) if part else None, part or "styles.xml", namespace)
        return self._styles

    @property
    def styles_borrowed(self) -> bool:
        """Tell whether a style was asked for that a full style sheet had no room for."""
        return self._styles is not None and self._styles.borrowed

    def style(
        self,
        *,
        number_format: str | int | None = None,
        fill: str | None = None,
        bold: bool | None = None,
        font_color: str | None = None,
        wrap: bool | None = None,
        base: int | None = None,
    ) -> int:
        """Give the index of a cell style, `base` with what is named changed (see StyleSheet.add)."""
        return self.styles.add(
            number_format=number_format, fill=fill, bold=bold, font_color=font_color, wrap=wrap, base=base
        )

    def fitting_style(self, style: int | None, kind: str) -> int | None:
        """Give the style that shows a kind of value (date, moment, number) in a cell of some style: that one where it does.

        A number in a cell without a style needs one only where the workbook's default shows dates.
        """
        key = (style, kind)
        if key not in self._fitting:
            self._fitting[key] = self._make_fitting(style, kind)
        return self._fitting[key]

    def _make_fitting(self, style: int | None, kind: str) -> int | None:
        if kind == "number":
            has_styles = self.document.part_by_kind("styles") is not None
            return self.styles.add(number_format=0) if has_styles and shows_date(self.styles.format_of(None)) else None
        code = self.styles.format_of(style)
        if style is not None and (shows_date(code) if kind == "moment" else shows_day(code)):
            return style
        return self.styles.add(number_format=DATE_AND_TIME if kind == "moment" else SHORT_DATE, base=style)

    def put_styles(self) -> None:
        """Write the style sheet, where styles were added."""
        if self._styles is None or not (self._styles.changed or self._styles.is_new):
            return
        part = self.document.part_by_kind("styles")
        if part is None:
            folder = self.document.part.rpartition("/")[0]
            part = f"{folder}/styles.xml" if folder else "styles.xml"
        if part not in self.parts:
            self.parts.declare(part, "styles")
            self.parts.relate(self.document.part, "styles", part, strict=self.strict)
        self.parts.put(part, self._styles.content())

    # reading

    def read_row(self, sheet: str, row: int) -> dict[int, tuple[CellValue, int | None]]:
        """Give a row's cells by column: (content, style). Formulas as `Formula`, dates as their numbers."""
        for _, raw in iter_rows(self.chunks(sheet), {row}):
            prefix = raw[1 : raw.index(b"row")]
            found = row_contents(raw, prefix, self._shared)
            return {
                column: (Formula(str(content.value)) if content.kind == "formula" else content.value, style)
                for column, (content, style) in found.items()
            }
        return {}

    def column_style(self, sheet: str, column: int, row: int) -> int | None:
        """Give the style that a cell of a column has: that of the cell in `row`, else that of the whole column."""
        found = self.read_row(sheet, row).get(column)
        if found is not None:
            return found[1]
        return self.whole_column_style(sheet, column)

    def whole_column_style(self, sheet: str, column: int) -> int | None:
        """Give the style that a sheet says a whole column has."""
        for raw in _COL.findall(self._head(sheet)):
            span = attributes(raw)
            first, last = (whole_number(span.get(end) or "0", f"col {end}") for end in ("min", "max"))
            if first <= column <= last:
                return whole_number(span["style"], "col style") if "style" in span else None
        return None

    def chunks(self, sheet: str) -> Iterable[bytes]:
        """Give a sheet's present bytes."""
        new = self.parts.new(sheet)
        return self.package.open(sheet) if new is None else (new,)

    def patcher(
        self, prefix: str, own_formulas: Container[str] = frozenset(), blocked: Sequence[Blocked] = ()
    ) -> RowPatcher:
        """Give a patcher of rows with this workbook's dates, texts and styles."""
        writer = Writer(prefix, date1904=self.document.date1904)
        return RowPatcher(
            writer, shared=self._shared, fitting_style=self.fitting_style, own_formulas=own_formulas, blocked=blocked
        )

    @property
    def shared(self) -> Callable[[int], str]:
        """Gives the shared strings by index."""
        return self._shared

    def prefix(self, sheet: str) -> str:
        """Give the prefix, with its colon, that a sheet's elements have."""
        return sheet_prefix(self._head(sheet, until=b"worksheet"))

    def _head(self, sheet: str, until: bytes = b"sheetData") -> bytes:
        head = b""
        for chunk in self.chunks(sheet):
            head += chunk
            if until in head:
                break
        return head

    def _shared_strings(self) -> bytes:
        part = self.document.part_by_kind("sharedStrings")
        return self.package.read(part, 1_000_000_000) if part else b""
