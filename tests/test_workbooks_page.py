"""The page of real workbooks (docs/workbooks.md): what it says is good, and what makes it would see it if it were not."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import openpyxl
import pytest
import xlsxwriter
from conftest import ROOT

PAGE = (ROOT / "docs" / "workbooks.md").read_text("utf-8")
OURS = ("refresh", "adopt, refresh", "ours")


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("corpus_checks")


def columns(page: str) -> list[tuple[str, dict[str, str]]]:
    """Every column of every table: its heading, and its cells by their line."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        head, _, *lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in block.splitlines()]
        found += [(name, {line[0]: line[at] for line in lines}) for at, name in enumerate(head) if at]
    return found


def whole(cell: str) -> bool:
    """`140 of 140`."""
    held, _, asked = cell.partition(" of ")
    return held == asked


def test_the_page_says_of_ours_that_nothing_failed_and_nothing_was_lost() -> None:
    ours = [cells for name, cells in columns(PAGE) if name in OURS]
    assert [(cells["workbooks"] != "0", cells["failed"]) for cells in ours] == [(True, "0")] * 4
    assert [(line, cell) for cells in ours for line, cell in cells.items() if " of " in cell and not whole(cell)] == []


@pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")
def test_a_workbook_that_lost_something_is_seen(checks: ModuleType, tmp_path: Path) -> None:
    before, after = tmp_path / "before.xlsx", tmp_path / "after.xlsx"
    with xlsxwriter.Workbook(before) as book:
        page = book.add_worksheet("S")
        page.write_column("A1", [3, 4])
        page.write_formula("A3", "=SUM(A1:A2)", value=7)
        page.write_rich_string("B1", "a", book.add_format({"bold": True}), "b")
        page.add_sparkline("C1", {"range": "A1:A2"})
        page.insert_textbox("E5", "hello")
        page.merge_range("A9:B9", "kept")
    assert checks.lost(before, before) == {}
    openpyxl.load_workbook(before).save(after)
    assert checks.lost(before, after) == {
        "cached results": "1 → 0",
        "rich text": "2 → 0",  # also the letters in the box
        "shapes": "1 → 0",
        "sparklines": "1 → 0",
    }


def test_cells_that_are_shown_otherwise_are_seen(checks: ModuleType) -> None:
    before = b'name,"a\nb"\n1,2\n'
    assert checks.differing(before, b'name,"a\nb"\n1,2,\n') == {}
    assert checks.differing(before, b'name,"a\nc"\n1,,x\n') == {(1, 2): "a\nc", (2, 2): "", (2, 3): "x"}


@pytest.mark.slow
def test_the_script_makes_the_page_of_a_few_workbooks(shared_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "books"
    folder.mkdir()
    for name in ("PhpSpreadsheet--issue.3730", "calamine--strict_iso_paths", "XlsxWriter--table38"):
        shutil.copy(shared_dir / "data" / "workbooks" / f"{name}.xlsx", folder)
    command = [ROOT / "benchmarks" / "corpus.py", folder, "--tools", shared_dir / "tools", "--without-sdk"]
    done = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, check=True, timeout=300)
    made = columns(done.stdout)
    names = [name.partition(" ")[0].rstrip(",") for name, _ in made]
    assert names == ["refresh", "adopt", "openpyxl", "ours", "openpyxl", "ours"]
    ours = [cells for name, cells in made if name in OURS]
    assert [cells["served"] for cells in ours] == ["3"] * 4
    assert [(line, cell) for cells in ours for line, cell in cells.items() if " of " in cell and not whole(cell)] == []
