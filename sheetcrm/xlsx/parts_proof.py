"""The proof of the small parts that a write goes through: what the owner has in them stands there as it did.

The workbook keeps its sheets, its names and all else; the style sheet its entries at their places; relationships and content types
each of their lines, but for those of parts that are gone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import unquote

from sheetcrm.xlsx.archive import folded
from sheetcrm.xlsx.document import Document
from sheetcrm.xlsx.errors import ProofFailed
from sheetcrm.xlsx.markup import Markup, Node
from sheetcrm.xlsx.package import Package

_STYLE_LISTS = {"numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs"}
_OF_THE_WORKBOOK = {"sheets", "definedNames", "calcPr"}


def check_workbook(old: Document, new: Document, names: Mapping[str, str | None]) -> None:
    """Raise ProofFailed unless the workbook part is what it was, but for sheets behind the others and some names.

    `names` are those that were defined, folded, with their values; None for one that was taken out.
    """
    if new.sheets[: len(old.sheets)] != old.sheets:
        raise ProofFailed("the workbook's sheets are not those that were there", "sheets")
    if {table.part for table in old.tables} - {table.part for table in new.tables}:
        raise ProofFailed("a table of the workbook is gone", "tables")
    before = [name for name in old.defined_names if name.name.casefold() not in names]
    after = [name for name in new.defined_names if name.name.casefold() not in names]
    if before != after:
        raise ProofFailed("a name of the workbook is not what it was", "names")
    found = {name.name.casefold(): name.value for name in new.defined_names if name.sheet is None}
    ours = (name for name in names if not name.startswith("_xlnm."))  # those are of single sheets
    wrong = next((name for name in ours if found.get(name) != names[name]), None)
    if wrong is not None:
        raise ProofFailed(f"the name {wrong} is not what was meant", "names")
    if _others(old.workbook, _OF_THE_WORKBOOK) != _others(new.workbook, _OF_THE_WORKBOOK):
        raise ProofFailed(f"{old.part} has changed in what was not to change", "workbook")
    _ = new.properties


def check_styles(part: str, old: bytes, new: bytes) -> None:
    """Raise ProofFailed unless every list of the style sheet begins as it did, and all else in it is the same."""
    before, after = Markup(old, part), Markup(new, part)
    if _others(before, _STYLE_LISTS) != _others(after, _STYLE_LISTS):
        raise ProofFailed(f"{part} has changed in what was not to change", "styles")
    for node in before.root.children:
        if node.local in _STYLE_LISTS:
            entries = _entries(before, node)
            if _entries(after, after.root.find(node.local))[: len(entries)] != entries:
                raise ProofFailed(f"an entry of {node.local} in {part} is not what it was", "styles")


def check_lines(part: str, old: bytes, new: bytes, gone: Collection[str], unlinked: Collection[bytes] = ()) -> None:
    """Raise ProofFailed unless each line of a part of relationships or content types stands there still.

    But for those of parts that are `gone`, and those of our own links that were taken out (`unlinked`).
    """
    before, after = Markup(old, part), Markup(new, part)
    left = set(_entries(after, after.root)) | set(unlinked)
    bases = {_base(name) for name in gone}
    for node in before.root.children:
        target = node.get("Target") or node.get("PartName")
        if before.data[node.start : node.end] not in left and _base(target) not in bases:
            raise ProofFailed(f"{part} has lost {target or node.get('Extension')}", "lines")


def _base(name: str) -> str:
    return folded(unquote(name)).rpartition("/")[2]


def count_styles(package: Package, document: Document) -> int | None:
    """Count the workbook's cell styles; None where it has no style sheet."""
    part = document.part_by_kind("styles")
    node = Markup(package.read(part), part).root.find("cellXfs") if part else None
    return None if node is None else len(node.children)


def _others(markup: Markup, without: Collection[str]) -> list[bytes]:
    """Give the elements of a part, but for some, as bytes; and the root's own tag."""
    return [
        markup.data[markup.root.start : markup.root.opened],
        *(markup.data[node.start : node.end] for node in markup.root.children if node.local not in without),
    ]


def _entries(markup: Markup, node: Node | None) -> list[bytes]:
    return [] if node is None else [markup.data[child.start : child.end] for child in node.children]
