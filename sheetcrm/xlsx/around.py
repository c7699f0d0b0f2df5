"""What stands around a list that is no Excel table: the sheet's own filter, formulas of several cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sheetcrm.xlsx.framing import MERGED, ranges
from sheetcrm.xlsx.markup import Markup, attributes, escape
from sheetcrm.xlsx.parts import Parts
from sheetcrm.xlsx.refs import Range, letters

FILTER = re.compile(rb"<(?:[^\s/>!?:<]+:)?autoFilter(\s[^<>]*?)/?>")
_AREA = re.compile(rb"<(?:[^\s/>!?:<]+:)?f(\s[^<>]{0,500}?\bt\s*=\s*[\"'](?:array|dataTable)[\"'][^<>]{0,500}?)/?>")
_SEAM = 1000  # bytes: longer than either tag
FILTER_NAME = "_xlnm._FilterDatabase"
_LAST_CORNER = re.compile(r"(.*:\$?)([A-Za-z]{1,3})(\$?\d+)\Z")


@dataclass(slots=True)
class Around:
    """What a sheet holds beside values. Excel takes no table over a filter of the sheet's own or over a formula of several cells."""

    filter: Range | None = None
    areas: list[Range] = field(default_factory=list)
    """Cells that one formula fills together."""

    def forbids_table(self, ref: Range) -> bool:
        """Tell whether no Excel table may be made of these cells."""
        return self.filter is not None or any(area.area > 1 and area.meets(ref) for area in self.areas)


def look_around(chunks: Iterable[bytes]) -> Around:
    """Look through a sheet's bytes."""
    found = Around()
    seen: set[Range] = set()
    rest = b""
    for chunk in chunks:
        piece = rest + chunk
        if b"autoFilter" in piece and (own := FILTER.search(piece)):
            found.filter = ref_in(own[1])
        if b"array" in piece or b"dataTable" in piece:
            seen.update(area for match in _AREA.finditer(piece) if (area := ref_in(match[1])))
        rest = piece[-_SEAM:]
    found.areas = sorted(seen)
    return found


def merged_areas(chunks: Iterable[bytes]) -> Iterator[Range]:
    """Give the merged areas of a sheet, one that the chunks cut in two maybe twice."""
    rest = b""
    for chunk in chunks:
        piece = rest + chunk
        if b"mergeCell" in piece:
            yield from ranges(MERGED.findall(piece))
        rest = piece[-_SEAM:]


def ref_in(raw: bytes) -> Range | None:
    """Read the area that a tag's attributes name; nothing where they name none."""
    try:
        return Range.parse(attributes(raw).get("ref", ""))
    except ValueError:
        return None


def grow_filter(markup: Markup, last_column: int) -> None:
    """Let the sheet's filter, and what it is sorted by, reach further right."""
    node = markup.root.find("autoFilter")
    for each in (node, markup.root.find("sortState"), node.find("sortState") if node is not None else None):
        try:
            ref = Range.parse(each.get("ref")) if each is not None else None
        except ValueError:
            continue
        if each is not None and ref is not None and ref.last_column < last_column:
            markup.set_attribute(each, "ref", str(ref._replace(last_column=last_column)))


def grow_filter_name(parts: Parts, workbook: str, position: int, last_column: int) -> None:
    """Let the hidden name by which LibreOffice and older Excels know the filter of the sheet at `position` reach as far."""
    with parts.edit(workbook) as markup:
        names = markup.root.find("definedNames")
        for node in names.children if names is not None else ():
            if node.get("name").casefold() == FILTER_NAME.casefold() and node.get("localSheetId") == str(position):
                corner = _LAST_CORNER.match(markup.text(node))
                if corner is not None:
                    markup.fill(node, escape(f"{corner[1]}{letters(last_column)}{corner[3]}"))
