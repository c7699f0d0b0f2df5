"""What `corpus.py` asks of a workbook before and after: is anything lost, is anything wrong that was not wrong before?"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from lxml import etree

from sheetcrm.xlsx.refs import Range

EVERY_SHEET = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
AT_ONCE = 48
"""Workbooks in one call of LibreOffice: one that makes it stop costs the rest of them, which are tried alone then."""

VISIBLE = {
    "shapes": {"sp", "cxnSp", "grpSp"},
    "pictures": {"pic"},
    "chart series": {"ser"},
    "charts": {"chartSpace"},
    "sparklines": {"sparkline"},
    "drop-downs": {"dataValidation"},
    "conditional formats": {"cfRule"},
    "rich text": {"rPr"},
    "pivot tables": {"pivotTableDefinition"},
    "slicers": {"slicer"},
    "comments": {"comment", "threadedComment"},
    "form controls": {"control"},
    "embedded objects": {"oleObject"},
    "links": {"hyperlink"},
    "merged cells": {"mergeCell"},
    "tables": {"table"},
    "names": {"definedName"},
    "header pictures": {"legacyDrawingHF"},
    "sheets": {"sheet"},
    "connections": {"connection"},
}
"""What a person sees, or works with, by the local names of its elements anywhere in the workbook."""

_LABELS = {local: label for label, locals_ in VISIBLE.items() for local in locals_}
_NOT_COUNTED = ("theme/", "docProps/", "calcChain")

Grid = dict[tuple[int, int], str]


class Office:
    """LibreOffice, which shows every sheet of a workbook as CSV."""

    def __init__(self, command: str, folder: Path) -> None:
        self.command = command
        self.folder = folder
        self.version = subprocess.run([command, "--version"], check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - the command that was named

    def shown(self, books: Sequence[Path], pass_: str) -> dict[Path, dict[str, bytes]]:
        """Convert workbooks of different stems; those that it cannot open get no sheets."""
        found = {}
        for at in range(0, len(books), AT_ONCE):
            found.update(self._converted(books[at : at + AT_ONCE], self.folder / f"{pass_}{at}"))
        for book in books:
            if not found[book]:
                found.update(self._converted([book], self.folder / f"{pass_}-{book.stem}"))
        return found

    def _converted(self, books: Sequence[Path], out: Path) -> dict[Path, dict[str, bytes]]:
        profile = f"-env:UserInstallation={(self.folder / 'profile').absolute().as_uri()}"
        command = [self.command, profile, "--headless", "--convert-to", EVERY_SHEET, "--outdir", str(out)]
        with suppress(subprocess.TimeoutExpired):  # what it has not made by then is tried alone
            subprocess.run([*command, *map(str, books)], check=False, capture_output=True, timeout=60 + 5 * len(books))  # noqa: S603
        found: dict[Path, dict[str, bytes]] = {book: {} for book in books}
        for file in sorted(out.glob("*.csv")):
            for book in books:
                if file.name.startswith(f"{book.stem}-"):
                    found[book][file.stem.removeprefix(f"{book.stem}-")] = file.read_bytes()
        return found


def grid(data: bytes) -> Grid:
    """The filled cells of a sheet's CSV, by row and column from 1."""
    lines = csv.reader(data.decode("utf-8").splitlines(keepends=True))
    return {(row, at): cell for row, line in enumerate(lines, 1) for at, cell in enumerate(line, 1) if cell}


def differing(before: bytes, after: bytes, moved: Range | None = None) -> Grid:
    """The cells that are not shown as before, as they are shown now; those of `moved` are to be one row lower."""
    if before == after:
        return {}
    old, new = grid(before), grid(after)
    if moved is not None:
        old = {(row + moved.holds(row, column), column): cell for (row, column), cell in old.items()}
    return {at: new.get(at, "") for at in sorted(old.keys() | new.keys()) if old.get(at) != new.get(at)}


@cache
def sdk_errors(command: str, book: Path) -> Counter[tuple[str, str]]:
    """What the Open XML SDK's validator finds, and how often: (error id, description)."""
    done = subprocess.run([command, str(book)], capture_output=True, text=True, timeout=300, check=False)  # noqa: S603 - the command that was named
    if done.returncode not in {0, 1}:
        raise SystemExit(f"the validator does not run: {done.stderr[:200]}")
    errors = json.loads(done.stdout)["errors"]
    return Counter((error["id"] or error["errorType"], error["description"]) for error in errors)


def new_sdk_errors(command: str, before: Path, after: Path) -> list[str]:
    """What it finds after, and did not before; where a thing stands does not count, how often does."""
    new = sdk_errors(command, after) - sdk_errors(command, before)
    return [f"{error}: {description}" for error, description in new]


@cache
def census(book: Path) -> Counter[str]:
    """How many there are of all that a person sees, and of formulas whose result is kept."""
    found: Counter[str] = Counter()
    with zipfile.ZipFile(book) as package:
        for name in package.namelist():
            if name.lower().endswith("vbaproject.bin"):
                found["macros"] += 1
            elif name.lower().endswith((".xml", ".vml")) and not any(part in name for part in _NOT_COUNTED):
                found.update(_counted(package.read(name)))
    return found


def _counted(data: bytes) -> Iterable[str]:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=True, recover=True
    )  # VML is often no XML
    root = etree.fromstring(data, parser)
    for node in root.iter() if root is not None else ():
        local = etree.QName(node).localname if isinstance(node.tag, str) else ""
        if local == "c" and any(child.tag.endswith("}f") for child in node if isinstance(child.tag, str)):
            if any(child.text for child in node if isinstance(child.tag, str) and child.tag.endswith("}v")):
                yield CACHED
        elif local in _LABELS and not (local == "rPr" and etree.QName(node.getparent()).localname != "r"):
            yield _LABELS[local]


CACHED = "cached results"


def lost(before: Path, after: Path) -> dict[str, str]:
    """What there is less of: its kind, and `from → to`."""
    old, new = census(before), census(after)
    return {kind: f"{old[kind]} → {new[kind]}" for kind in sorted(old) if new[kind] < old[kind]}


def find_office() -> str | None:
    """The LibreOffice of this machine."""
    return shutil.which("soffice") or shutil.which("libreoffice")
