"""What must hold in every workbook, and what other readers do not notice: they open broken files without a word.

complaints(data)        a list of sentences; empty where all holds
new_complaints(before, after)
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import unquote

from lxml import etree

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
_REF = re.compile(r"([A-Z]+)(\d+)\Z")
_SHEET_ORDER = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection", "protectedRanges",
    "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting",
    "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks",
    "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture",
    "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
)  # fmt: skip


def new_complaints(before: bytes, after: bytes) -> list[str]:
    """What is wrong in a file and was not in the one it was made from."""
    old = set(complaints(before))
    return [line for line in complaints(after) if line not in old]


def complaints(data: bytes) -> list[str]:
    """Everything that does not hold in a workbook."""
    book = _Book(data)
    return [*book.zip_layer(), *book.types(), *book.relations(), *book.workbook(), *book.sheets()]


def column_number(letters: str) -> int:
    """A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _children(element: etree._Element | None, local: str) -> list[etree._Element]:
    return [child for child in element if _local(child) == local] if element is not None else []


def _child(element: etree._Element, local: str) -> etree._Element | None:
    return next(iter(_children(element, local)), None)


def _text(cell: etree._Element, shared: list[str]) -> str:
    inner = _child(cell, "is")
    if inner is not None:
        text = "".join(node.text or "" for node in inner.iter() if _local(node) == "t")
    else:
        value = _child(cell, "v")
        text = (value.text or "") if value is not None else ""
        if cell.get("t") == "s" and text:
            text = shared[int(text)]
    return _unescaped(text)


def _unescaped(text: str) -> str:
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), text)


def _area(ref: str) -> tuple[int, int, int, int]:
    corners = [_REF.match(corner) for corner in ref.split(":")]
    top, bottom = corners[0], corners[-1]
    assert top is not None
    assert bottom is not None
    return int(top[2]), column_number(top[1]), int(bottom[2]), column_number(bottom[1])


def _out_of_order(part: str, root: etree._Element) -> Iterator[str]:
    places = [_SHEET_ORDER.index(_local(child)) for child in root if _local(child) in _SHEET_ORDER]
    if places != sorted(places):
        yield f"{part}: {[_SHEET_ORDER[place] for place in places]} is out of order"


class _Book:
    def __init__(self, data: bytes) -> None:
        self.zip = zipfile.ZipFile(BytesIO(data))
        self.names = {name.replace("\\", "/").casefold(): name for name in self.zip.namelist()}

    def read(self, part: str) -> etree._Element:
        return etree.fromstring(self.zip.read(self.names[part.casefold()]), _PARSER)

    def named(self, target: str) -> str:
        """The name of the part that markup calls so: as it stands, or with its quoting (`%20`) resolved, there or here."""
        name = target.lstrip("/")
        if name.casefold() in self.names:
            return name
        bare = unquote(name).casefold()
        return next((entry for entry in self.names if unquote(entry).casefold() == bare), name)

    def zip_layer(self) -> Iterator[str]:
        if bad := self.zip.testzip():
            yield f"checksum of {bad}"
        if len(self.names) != len(self.zip.namelist()):
            yield "two entries of one name"
        for name in self.zip.namelist():
            if name.endswith((".xml", ".rels")):
                try:
                    etree.fromstring(self.zip.read(name), _PARSER)
                except etree.XMLSyntaxError as error:
                    yield f"{name} is not well-formed: {error}"

    def types(self) -> Iterator[str]:
        root = self.read("[Content_Types].xml")
        defaults = {node.get("Extension", "").casefold() for node in _children(root, "Default")}
        overrides = [node.get("PartName", "").casefold() for node in _children(root, "Override")]
        if len(set(overrides)) != len(overrides):
            yield "a part has two content types"
        for name in self.names:
            known = "/" + name in overrides or name.rpartition(".")[2] in defaults
            if not (known or name.endswith("/") or name == "[content_types].xml"):
                yield f"{name} has no content type"
        for name in overrides:
            if name.lstrip("/") not in self.names:
                yield f"a content type for {name}, which is missing"

    def rels(self, part: str) -> dict[str, tuple[str, str]]:
        folder, _, base = part.rpartition("/")
        name = f"{folder}/_rels/{base}.rels".lstrip("/")
        if name.casefold() not in self.names:
            return {}
        return {
            node.get("Id", ""): (
                node.get("Type", "").rpartition("/")[2],
                self.named(posixpath.normpath(posixpath.join("/" + folder, node.get("Target", "").replace("\\", "/")))),
            )
            for node in self.read(name)
            if node.get("TargetMode") != "External"
        }

    def relations(self) -> Iterator[str]:
        for name in self.names:
            if name.endswith(".rels"):
                root = self.read(name)
                ids = [node.get("Id") for node in root]
                if len(set(ids)) != len(ids):
                    yield f"{name}: two relationships of one id"
                folder = posixpath.dirname(posixpath.dirname(name))
                part = posixpath.join(folder, posixpath.basename(name)[:-5])
                for kind, target in self.rels(part).values():
                    if target.casefold() not in self.names and "#" not in target and kind != "hyperlink":
                        yield f"{name}: {target} is missing"

    def main(self) -> str:
        return next(target for kind, target in self.rels("").values() if kind == "officeDocument")

    def workbook(self) -> Iterator[str]:
        root = self.read(self.main())
        sheets = _children(_child(root, "sheets"), "sheet")
        for what, values in (
            ("title", [sheet.get("name", "").casefold() for sheet in sheets]),
            ("sheetId", [sheet.get("sheetId", "") for sheet in sheets]),
            (
                "name",
                [
                    (n.get("name", "").casefold() + "|" + n.get("localSheetId", ""))
                    for n in _children(_child(root, "definedNames"), "definedName")
                ],
            ),
        ):
            if len(set(values)) != len(values):
                yield f"two sheets or names of one {what}"
        for sheet in sheets:
            if len(sheet.get("name", "")) > 31 or re.search(r"[\[\]:*?/\\]", sheet.get("name", "")):
                yield f"the title {sheet.get('name')}"

    def sheets(self) -> Iterator[str]:
        rels = self.rels(self.main())
        shared: list[str] = []
        styles = dxfs = 1
        for kind, target in rels.values():
            if kind == "sharedStrings":
                shared = [
                    "".join(t.text or "" for t in si.iter() if _local(t) == "t" and _local(t.getparent()) != "rPh")  # type: ignore[arg-type]
                    for si in _children(self.read(target), "si")
                ]
            elif kind == "styles":
                root = self.read(target)
                styles = len(_children(_child(root, "cellXfs"), "xf"))
                dxfs = len(_children(_child(root, "dxfs"), "dxf"))
                yield from self._style_lists(target, root)
        names: list[str] = []
        ids: list[str] = []
        sheets = _children(_child(self.read(self.main()), "sheets"), "sheet")
        listed = {value for sheet in sheets for key, value in sheet.attrib.items() if str(key).endswith("}id")}
        for rel_id, (kind, target) in rels.items():
            if kind == "worksheet":
                known = (names, ids) if rel_id in listed else ([], [])  # a sheet that is not listed is not loaded
                yield from self._sheet(target, shared, styles, dxfs, *known)
        if len(set(names)) != len(names):
            yield "two tables of one name"
        if len(set(ids)) != len(ids):
            yield "two tables of one id"

    def _style_lists(self, part: str, root: etree._Element) -> Iterator[str]:
        lists = {name: _child(root, name) for name in ("fonts", "fills", "borders")}
        sizes = {name: len(node) for name, node in lists.items() if node is not None}
        for child in root:
            count = child.get("count")
            if count is not None and int(count) != len([c for c in child if isinstance(c.tag, str)]):
                yield f"{part}: count of {_local(child)}"
        for xf in _children(_child(root, "cellXfs"), "xf"):
            for attribute, name in (("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders")):
                if int(xf.get(attribute, "0")) >= sizes.get(name, 1):
                    yield f"{part}: {attribute} {xf.get(attribute)}"

    def _sheet(
        self, part: str, shared: list[str], styles: int, dxfs: int, names: list[str], ids: list[str]
    ) -> Iterator[str]:
        root = self.read(part)
        yield from _out_of_order(part, root)
        texts: dict[tuple[int, int], str] = {}
        rows = columns = 0
        last_row = 0
        for row in _children(_child(root, "sheetData"), "row"):
            number = int(row.get("r", last_row + 1))
            if number <= last_row:
                yield f"{part}: row {number} after {last_row}"
            last_row = number
            last = 0
            for cell in _children(row, "c"):
                found = _REF.match(cell.get("r", ""))
                column = column_number(found[1]) if found else last + 1
                if column <= last:
                    yield f"{part}: cell {cell.get('r')} out of order"
                if found and int(found[2]) != number:
                    yield f"{part}: cell {cell.get('r')} in row {number}"
                last = column
                if int(cell.get("s", "0")) >= styles:
                    yield f"{part}: style {cell.get('s')} of {cell.get('r')}"
                texts[number, column] = _text(cell, shared)
                columns = max(columns, column)
            rows = max(rows, number)
        for node in root.iter():
            if _local(node) == "cfRule" and node.get("dxfId") is not None and int(node.get("dxfId", "0")) >= dxfs:
                yield f"{part}: dxf {node.get('dxfId')}"
        rel_ids = self.rels(part)
        areas: list[tuple[int, int, int, int]] = []
        for node in _children(_child(root, "tableParts"), "tablePart"):
            rel_id = next(value for key, value in node.attrib.items() if str(key).endswith("}id"))
            yield from self._table(str(rel_ids[str(rel_id)][1]), texts, rows, names, ids, areas)

    def _table(
        self,
        part: str,
        texts: dict[tuple[int, int], str],
        rows: int,
        names: list[str],
        ids: list[str],
        areas: list[tuple[int, int, int, int]],
    ) -> Iterator[str]:
        table = self.read(part)
        names.append(table.get("displayName", "").casefold())
        ids.append(table.get("id", ""))
        area = _area(table.get("ref", ""))
        if any(
            area[0] <= other[2] and other[0] <= area[2] and area[1] <= other[3] and other[1] <= area[3]
            for other in areas
        ):
            yield f"{part}: overlaps another table"
        areas.append(area)
        columns = _children(_child(table, "tableColumns"), "tableColumn")
        titles = [_unescaped(column.get("name", "")) for column in columns]
        if len({title.casefold() for title in titles}) != len(titles):
            yield f"{part}: two columns of one name"
        if len({column.get("id") for column in columns}) != len(columns):
            yield f"{part}: two columns of one id"
        if len(columns) != area[3] - area[1] + 1:
            yield f"{part}: {len(columns)} columns in {table.get('ref')}"
        if area[2] > rows:
            yield f"{part}: reaches to row {area[2]}, the sheet to {rows}"
        if table.get("headerRowCount", "1") != "0":
            for at, title in enumerate(titles):
                if texts.get((area[0], area[1] + at), "") != title:
                    yield f"{part}: the header is {texts.get((area[0], area[1] + at), '')!r}, the column {title!r}"
        filter_node = _child(table, "autoFilter")
        covered = (*area[:2], area[2] - int(table.get("totalsRowCount", "0")), area[3])
        if filter_node is not None and _area(filter_node.get("ref", "")) != covered:
            yield f"{part}: the filter covers {filter_node.get('ref')} of {table.get('ref')}"
