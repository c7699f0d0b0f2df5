"""What a package says of itself as a workbook: sheets, names, tables, dates, protection. Read only."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sheetcrm.xlsx.archive import folded
from sheetcrm.xlsx.cells import unescape_text
from sheetcrm.xlsx.errors import Damaged, Hostile, NotAWorkbook
from sheetcrm.xlsx.markup import Markup, Node
from sheetcrm.xlsx.package import Package
from sheetcrm.xlsx.refs import Range

_SHEET_KINDS = {"worksheet", "chartsheet", "dialogsheet", "xlMacrosheet", "xlIntlMacrosheet"}
_NAME_TAG = re.compile(rb"<(?:[^\s/>!?:<]+:)?definedName\s")
MOST_NAMES = 100_000
"""Names of cells in a workbook. Copies of copies of sheets have brought tens of thousands into some, each of which is laid out."""
_OTHER_DOCUMENTS = {"word/document.xml": "a Word document", "ppt/presentation.xml": "a presentation"}


@dataclass(frozen=True, slots=True)
class Relationship:
    """One line of a `.rels` part; `target` is a part name without leading slash, or the address of something outside."""

    id: str
    type: str
    target: str
    external: bool

    @property
    def kind(self) -> str:
        """The last word of the type, the same in transitional and strict files."""
        return self.type.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as the workbook lists it. `state`: visible, hidden, veryHidden."""

    title: str
    part: str
    rel_id: str
    state: str
    kind: str
    sheet_id: int


@dataclass(frozen=True, slots=True)
class DefinedName:
    """A name. `sheet` is the position of the sheet it is local to, None for the whole workbook."""

    name: str
    value: str
    hidden: bool
    sheet: int | None


@dataclass(frozen=True, slots=True)
class Table:
    """An Excel table. `columns` are the names as tableColumn gives them, escapes resolved."""

    name: str
    display_name: str
    id: int
    part: str
    sheet: str
    """The part of its sheet."""
    ref: Range
    header_rows: int
    totals_rows: int
    columns: tuple[str, ...]
    column_ids: tuple[int, ...]
    kind: str
    """worksheet, queryTable or xml."""

    @property
    def data(self) -> Range | None:
        """The cells between header and totals; None where there are none."""
        first, last = self.ref.first_row + self.header_rows, self.ref.last_row - self.totals_rows
        return None if last < first else self.ref._replace(first_row=first, last_row=last)


def rels_part(part: str) -> str:
    """Name the part that holds a part's relationships; of the package itself for ''."""
    folder, _, base = part.rpartition("/")
    return f"{folder}/_rels/{base}.rels" if folder else f"_rels/{base}.rels"


def resolve_target(part: str, target: str) -> str:
    """Give the part a relationship points to: targets are absolute, relative to the part's folder, sometimes with backslashes.

    Quoted as it is there: the package knows under which name it holds the part.
    """
    target = target.replace("\\", "/").partition("#")[0]
    folder = part.rpartition("/")[0]
    return posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")


def relationships(package: Package, part: str) -> list[Relationship]:
    """Give a part's relationships; none where it has no such part."""
    name = rels_part(part)
    if name not in package:
        return []
    found = []
    for node in Markup(package.read(name), name).root.all("Relationship"):
        external = node.get("TargetMode").lower() == "external"
        target = node.get("Target")
        found.append(
            Relationship(
                node.get("Id"),
                node.get("Type"),
                target if external else package.named(resolve_target(part, target)),
                external,
            )
        )
    return found


class Document:
    """A workbook's own account of itself. Raises NotAWorkbook or Damaged where it gives none."""

    def __init__(self, package: Package) -> None:
        self.package = package
        main = next((r.target for r in relationships(package, "") if r.kind == "officeDocument"), "")
        if not main or main not in package:
            raise Damaged("the file lacks its workbook part", "missing-part")
        for part, words in _OTHER_DOCUMENTS.items():
            if main.lower() == part:
                raise NotAWorkbook(f"the file is {words}, not a workbook", "docx")
        if main.lower().endswith(".bin"):
            raise NotAWorkbook("the file is a binary workbook (.xlsb): save it as .xlsx in Excel", "xlsb")
        self.part = package.entry(main).name.replace("\\", "/").lstrip("/")
        data = package.read(main)
        if sum(1 for _ in _NAME_TAG.finditer(data)) > MOST_NAMES:
            raise Hostile(f"the workbook has more than {MOST_NAMES:,} names", "names")
        self.workbook = Markup(data, main)
        if self.workbook.root.local != "workbook":
            raise Damaged(f"{main} is no workbook", "malformed")

    @cached_property
    def rels(self) -> dict[str, Relationship]:
        """The workbook's relationships by id."""
        return {rel.id: rel for rel in relationships(self.package, self.part)}

    @property
    def literal_rels(self) -> dict[str, bytes]:
        """The workbook's relationships with each target as its entry is named; nothing where they are so: not all readers resolve `%20`."""
        name = rels_part(self.part)
        markup = Markup(self.package.read(name), name)
        for node in markup.root.all("Relationship"):
            target = resolve_target(self.part, node.get("Target"))
            if target not in self.package and (found := self.package.named(target)) in self.package:
                markup.set_attribute(node, "Target", f"/{found}")
        return {name: bytes(markup)} if markup.changed else {}

    @cached_property
    def sheets(self) -> tuple[Sheet, ...]:
        """All sheets in their order. Raises Damaged where one has no part."""
        sheets = []
        known = {""}
        for node in self._list("sheets"):
            rel = self.rels.get(next((v for k, v in node.attributes.items() if k.endswith(":id")), ""))
            title = node.get("name")
            if rel is None or rel.target not in self.package:
                raise Damaged(f"the sheet {title} has no part in the file", "missing-part")
            if {title.casefold(), folded(rel.target) + "/"} & known:
                raise Damaged(f"two sheets are one, or one has no title: {title!r}", "duplicate-sheet")
            known |= {title.casefold(), folded(rel.target) + "/"}
            kind = rel.kind if rel.kind in _SHEET_KINDS else "other"
            number = node.get("sheetId")
            sheet_id = int(number) if number.isdecimal() else 0
            sheets.append(Sheet(title, rel.target, rel.id, node.get("state", "visible"), kind, sheet_id))
        return tuple(sheets)

    def sheet(self, title: str) -> Sheet | None:
        """Give the sheet of that title, case ignored."""
        return next((sheet for sheet in self.sheets if sheet.title.casefold() == title.casefold()), None)

    def sheet_of(self, part: str) -> Sheet:
        """Give the sheet of that part. Raises Damaged where it is none."""
        wanted = part.lstrip("/").casefold()
        for sheet in self.sheets:
            if sheet.part.casefold() == wanted:
                return sheet
        raise Damaged(f"the workbook has no sheet in {part}", "missing-part")

    @property
    def date1904(self) -> bool:
        """Tell whether day 0 is 1 January 1904."""
        node = self.workbook.root.find("workbookPr")
        return node is not None and node.get("date1904").lower() in {"1", "true", "on"}

    @cached_property
    def defined_names(self) -> tuple[DefinedName, ...]:
        """All names, hidden ones and those of single sheets too."""
        return tuple(_read_name(node.attributes, self.workbook.text(node)) for node in self._list("definedNames"))

    def name(self, name: str) -> str | None:
        """Give the value of a name of the whole workbook."""
        return self._values.get(name.casefold())

    @cached_property
    def _values(self) -> dict[str, str]:
        """The values of the names of the whole workbook; of two that differ in case alone, the first."""
        return {n.name.casefold(): n.value for n in reversed(self.defined_names) if n.sheet is None}

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The Excel tables of all sheets."""
        return tuple(
            read_table(Markup(self.package.read(rel.target), rel.target), rel.target, sheet.part)
            for sheet in self.sheets
            for rel in relationships(self.package, sheet.part)
            if rel.kind == "table" and not rel.external and rel.target in self.package
        )

    def table(self, name: str) -> Table | None:
        """Give a table by its display name, case ignored."""
        return next((table for table in self.tables if table.display_name.casefold() == name.casefold()), None)

    @property
    def structure_locked(self) -> bool:
        """Tell whether sheets may not be added."""
        node = self.workbook.root.find("workbookProtection")
        return node is not None and node.get("lockStructure").lower() in {"1", "true", "on"}

    @property
    def has_signature(self) -> bool:
        """Tell whether the package is signed: any edit breaks the signature."""
        return any(name.startswith("_xmlsignatures/") for name in self.package.entries)

    @cached_property
    def properties(self) -> dict[str, str]:
        """The custom document properties as text, by name."""
        part = self.properties_part
        if part is None:
            return {}
        markup = Markup(self.package.read(part), part)
        values = {}
        for node in markup.root.all("property"):
            inner = next((child for child in node.children if not child.children), None)
            values[node.get("name")] = markup.text(inner) if inner is not None else ""
        return values

    @property
    def properties_part(self) -> str | None:
        """The part of custom document properties; strict files name it in another way."""
        return self.part_by_kind("custom-properties") or self.part_by_kind("customProperties")

    def part_by_kind(self, kind: str) -> str | None:
        """Give the part the workbook (or the package) points to by a relationship's kind, such as `styles`."""
        rels = [*self.rels.values(), *relationships(self.package, "")]
        return next(
            (rel.target for rel in rels if rel.kind == kind and not rel.external and rel.target in self.package), None
        )

    def _list(self, local: str) -> list[Node]:
        node = self.workbook.root.find(local)
        return [] if node is None else node.children


def _read_name(attributes: Mapping[str, str], value: str) -> DefinedName:
    """Read a name, whose attributes are looked at once: a workbook may have very many."""
    sheet, hidden = attributes.get("localSheetId", ""), attributes.get("hidden", "").lower() in {"1", "true"}
    return DefinedName(attributes.get("name", ""), value, hidden, int(sheet) if sheet.isdecimal() else None)


def read_table(markup: Markup, part: str, sheet: str) -> Table:
    """Read a table part. Raises Damaged."""
    root = markup.root
    list_node = root.find("tableColumns")
    columns = [] if list_node is None else list_node.all("tableColumn")
    try:
        table = Table(
            root.get("name") or root.get("displayName"),
            root.get("displayName") or root.get("name"),
            int(root.get("id")),
            part,
            sheet,
            Range.parse(root.get("ref")),
            int(root.get("headerRowCount", "1")),
            int(root.get("totalsRowCount", "0")),
            tuple(unescape_text(column.get("name")) for column in columns),
            tuple(int(column.get("id")) for column in columns),
            root.get("tableType", "worksheet"),
        )
    except ValueError as error:
        raise Damaged(f"{part} is no table that could be read ({error})", "malformed") from error
    if len(columns) != table.ref.last_column - table.ref.first_column + 1:
        raise Damaged(f"{part} has {len(columns)} columns in {table.ref}", "malformed")
    return table
