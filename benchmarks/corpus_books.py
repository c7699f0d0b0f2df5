"""The workbooks that `corpus.py` works on: real ones with a client list put into them, and what stands in their own sheets."""

from __future__ import annotations

import importlib.util
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from lxml import etree

from sheetcrm.xlsx.document import Document
from sheetcrm.xlsx.package import Package
from sheetcrm.xlsx.refs import MAX_COLUMN, MAX_ROW, Range, letters, parse_cell

OWNERS_LIST: list[list[Any]] = [
    ["Moje klientki 2026"],
    [],
    ["Imię", "Nazwisko", "Telefon komórkowy", "Adres e-mail", "Data urodzenia", "Uwagi"],
    ["Anna", "Kowalska", "+48 601 234 567", "anna@example.com", date(1990, 3, 8), "herbata"],
    ["Olena", "Шевченко", "+380 50 123 45 67", "olena@example.com", date(1985, 12, 24), ""],
    ["Maria", "Rossi", "601 765 432", "maria(at)example.com", "", "nie przed 10"],
]
PRICES: list[list[Any]] = [["Usługa", "Cena"], ["Strzyżenie", 120], ["Manicure", 80]]
OWNERS_TITLE = "Baza"
TITLES = {"Clients": OWNERS_TITLE, "Visits": "Cennik"}
"""What the sheets are called where the list is one that an owner made."""

_COLUMN = re.compile(r"(?<![A-Za-z])\$?([A-Z]{1,3})(?=\$?\d|:)")
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


def loaded(path: Path) -> Any:
    """A script that is no package, as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.exists():
        raise SystemExit(f"there is no {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def with_list(tool: Any, source: Path, target: Path, *, owners: bool) -> None:
    """Put a client list into a workbook: ours with its Visits, or one that an owner made, with her prices.

    Where names of entries are written otherwise than the tool knows them, it gets them its way and they are put back.
    Raises ValueError or KeyError where the tool takes the file for no workbook.
    """
    with zipfile.ZipFile(source) as package:
        names = {_usual(name): name for name in package.namelist()}
    odd = any(usual != name for usual, name in names.items())
    slashed = target.with_name(f"slashed{source.suffix}")
    before = tool.CLIENTS, tool.VISITS
    try:
        if owners:
            tool.CLIENTS, tool.VISITS = OWNERS_LIST, PRICES
        if odd:
            repacked(source, slashed, rename=_usual)
        _, workbook = tool.inject(slashed if odd else source, target)
    finally:
        tool.CLIENTS, tool.VISITS = before
        slashed.unlink(missing_ok=True)
    if owners or odd:
        unpacked = target.with_name(f"unpacked{source.suffix}")
        target.rename(unpacked)
        repacked(unpacked, target, rename=_as_in(names) if odd else str, retitle=workbook if owners else "")
        unpacked.unlink()


def _usual(name: str) -> str:
    name = name.replace("\\", "/")
    known = {"[content_types].xml": "[Content_Types].xml", "xl/sharedstrings.xml": "xl/sharedStrings.xml"}
    return known.get(name.casefold(), name)


def _as_in(names: dict[str, str]) -> Callable[[str], str]:
    backslashes = any("\\" in name for name in names.values())
    return lambda name: names.get(name, name.replace("/", "\\") if backslashes else name)


def repacked(source: Path, target: Path, *, rename: Callable[[str], str] = str, retitle: str = "") -> None:
    """Write a workbook's entries anew under other names; in the part `retitle` the put-in sheets get an owner's titles."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == retitle:
                for title, owners in TITLES.items():
                    data = data.replace(f'name="{title}"'.encode(), f'name="{owners}"'.encode())
            new.writestr(rename(entry.filename), data)


def with_slashes(path: Path) -> Path:
    """The same workbook for a check that knows no other names of entries: itself, or a copy beside it."""
    with zipfile.ZipFile(path) as package:
        if all(_usual(name) == name for name in package.namelist()):
            return path
    copy = path.with_name(f"{path.stem}.slashes{path.suffix}")
    repacked(path, copy, rename=_usual)
    return copy


@dataclass
class OwnSheet:
    """A workbook's largest sheet of cells: which cells hold something, where any cell stands, which areas are taken."""

    title: str
    part: str
    filled: dict[int, set[int]] = field(default_factory=dict)
    """Columns with a value or formula, by row."""
    last_column: int = 0
    areas: list[Range] = field(default_factory=list)
    """Merged cells, and what an array formula or a data table fills."""
    formulas: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many cells hold something."""
        return sum(map(len, self.filled.values()))

    def free_column(self) -> int | None:
        """The first column right of all, of which no formula says anything; None where there is none."""
        last = max([self.last_column, *(area.last_column for area in self.areas)])
        named = {found for formula in self.formulas for found in _COLUMN.findall(formula)}
        return next((c for c in range(last + 1, MAX_COLUMN + 1) if letters(c) not in named), None)

    def free_cell(self) -> tuple[int, int]:
        """The first free cell of the row in the middle, or of the next below it that has one."""
        rows = sorted(self.filled) or [1]
        return next(
            (row, column)
            for row in range(rows[len(rows) // 2], MAX_ROW + 1)
            for column in range(1, MAX_COLUMN + 1)
            if column not in self.filled.get(row, ()) and not any(area.holds(row, column) for area in self.areas)
        )


def largest_sheet(path: Path) -> OwnSheet | None:
    """The sheet with most filled cells; None where there is no sheet of cells."""
    package = Package(path.read_bytes())
    sheets = [sheet for sheet in Document(package).sheets if sheet.kind == "worksheet"]
    read = [_read(OwnSheet(sheet.title, sheet.part), package.read(sheet.part)) for sheet in sheets]
    return max(read, key=lambda sheet: sheet.size, default=None)


def _read(sheet: OwnSheet, data: bytes) -> OwnSheet:
    row = column = 0
    for node in etree.fromstring(data, _PARSER).iter():
        local = etree.QName(node).localname if isinstance(node.tag, str) else ""
        if local == "row":
            row, column = int(node.get("r", row + 1)), 0
        elif local == "c":
            column = parse_cell(str(node.get("r")))[1] if node.get("r") else column + 1
            sheet.last_column = max(sheet.last_column, column)
            if len(node):
                sheet.filled.setdefault(row, set()).add(column)
        elif local == "f" and node.text:
            sheet.formulas.append(node.text)
        if local == "mergeCell" or (local == "f" and node.get("ref") and node.get("t") in {"array", "dataTable"}):
            sheet.areas.append(Range.parse(node.get("ref", "")))
    return sheet
