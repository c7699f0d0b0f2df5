"""Real workbooks of many producers: edited, and everything else as it was."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import ooxml_validator
import openpyxl
import pytest
from conftest import ROOT
from invariants import new_complaints
from xlsx_books import SHEET, book, by_calamine, edited, part, set_cells

from sheetcrm.xlsx import (
    CellValue,
    Column,
    ColumnPatch,
    Document,
    Editor,
    Package,
    ProofFailed,
    Range,
    SheetSpec,
    XlsxError,
    verify,
)

SPEC = SheetSpec(
    "Problems",
    [Column("Code", choices=["a", "b"]), Column("When", 12, 14)],
    [["a", date(2026, 1, 2)]],
    fills=["red"],
    frozen_columns=1,
)
LOCKED = {"PhpSpreadsheet--form_pass_print.xlsm", "PhpSpreadsheet--issue.3720.xlsx"}


@pytest.fixture(scope="module")
def corpus(shared_dir: Path) -> Iterator[Corpus]:
    places = [str(ROOT / "benchmarks"), str(shared_dir / "tools")]
    sys.path[:0] = places
    yield Corpus(*map(importlib.import_module, ("corpus_books", "inject_clients", "untouched")))
    for place in places:
        sys.path.remove(place)


class Corpus(NamedTuple):
    """The two tools, and what makes them know entries whose names have backslashes."""

    books: ModuleType
    inject: ModuleType
    untouched: ModuleType

    def with_list(self, source: Path, target: Path) -> None:
        self.books.with_list(self.inject, source, target, owners=False)

    def differences(self, before: Path, after: Path) -> list[str]:
        slashed = [str(self.books.with_slashes(path)) for path in (before, after)]
        return list(self.untouched.differences(*slashed))


def edit(editor: Editor, *, sheets: bool = True) -> None:
    """What a refresh does: derived columns filled, two added, a program sheet, names, properties."""
    found = editor.document.sheet("Clients")
    assert found is not None
    rows = [2, 3, 4]
    new = [
        column.column
        for column in editor.add_table_columns(
            found.part, ["Age", "Next visit"], first_column=12, last_row=4, widths=[8, 12]
        )
    ]
    editor.set_column(found.part, ColumnPatch(8, rows, [2, 1, None]))
    editor.set_column(found.part, ColumnPatch(new[0], rows, [36, 41, None]))
    editor.set_column(found.part, ColumnPatch(new[1], rows, [date(2026, 3, 8), None, None]))
    editor.set_cells(found.part, {(3, 1): "C2", (4, 6): "no & <yes>"})
    if sheets:
        editor.put_sheet("Problems", SPEC)
    editor.define_name("_sheetcrm_id", '"abc"')
    editor.set_property("sheetcrm", "abc")
    editor.full_calc_on_load()


def sources(shared_dir: Path) -> list[Path]:
    return sorted(path for path in (shared_dir / "data" / "workbooks").glob("*.xls?"))


def values(data: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sheet = openpyxl.load_workbook(BytesIO(data))["Clients"]
    return [sheet[name].value for name in ("H2", "L1", "L3", "M2", "F4", "B2")]


def readable(read: Any, data: bytes) -> bool:
    try:
        read(data)
    except Exception:  # noqa: BLE001 - other libraries raise anything
        return False
    return True


def clients_by_calamine(data: bytes) -> list[Any]:
    return by_calamine(data, [s.title for s in Document(Package(data)).sheets].index("Clients"))[1]


@pytest.mark.slow
def test_a_refresh_of_any_workbook_touches_nothing_but_its_own(
    shared_dir: Path, corpus: Corpus, tmp_path: Path
) -> None:
    before_path, after_path = tmp_path / "before.xlsx", tmp_path / "after.xlsx"
    wrong: list[Any] = []
    done = 0
    for path in sources(shared_dir):
        corpus.with_list(path, before_path)
        before = before_path.read_bytes()
        after, _ = edited(before, partial(edit, sheets=path.name not in LOCKED))
        after_path.write_bytes(after)
        wrong += [(path.name, line) for line in corpus.differences(before_path, after_path)]
        wrong += [(path.name, line) for line in new_complaints(before, after)]
        if readable(values, before) and values(after)[:5] != [
            2,
            "Age",
            41,
            datetime(2026, 3, 8),
            "no & <yes>",
        ]:
            wrong.append((path.name, values(after)))
        if readable(clients_by_calamine, before) and clients_by_calamine(after)[7:13] != [
            2,
            "",
            "",
            "",
            36,
            date(2026, 3, 8),
        ]:
            wrong.append((path.name, clients_by_calamine(after)))
        again, receipt = edited(after, partial(again_, sheets=path.name not in LOCKED))
        if receipt.changed or again != after:
            wrong.append((path.name, receipt))
        done += 1
    assert wrong == []
    assert done > 140


def again_(editor: Editor, *, sheets: bool) -> None:
    """The same refresh on the next day."""
    found = editor.document.sheet("Clients")
    assert found is not None
    for column, made in ((8, [2, 1, None]), (12, [36, 41, None]), (13, [date(2026, 3, 8), None, None])):
        editor.set_column(found.part, ColumnPatch(column, [2, 3, 4], made))
    editor.set_cells(found.part, {(3, 1): "C2", (4, 6): "no & <yes>"})
    if sheets:
        editor.put_sheet("Anything", replace(SPEC))
    editor.define_name("_sheetcrm_id", '"abc"')
    editor.set_property("sheetcrm", "abc")
    editor.full_calc_on_load()


@pytest.mark.slow
def test_the_first_sheet_of_any_workbook_takes_cells(shared_dir: Path) -> None:
    wrong: list[Any] = []
    for path in sources(shared_dir):
        before = path.read_bytes()
        document = Document(Package(before))
        for sheet in [sheet for sheet in document.sheets if sheet.kind == "worksheet"][:2]:
            cells: dict[tuple[int, int], CellValue] = {(2, 2): "x", (40, 3): 5, (3, 60): date(2026, 1, 1)}
            after, receipt = edited(before, partial(Editor.set_cells, sheet=sheet.part, cells=cells))
            wrong += [(path.name, line) for line in new_complaints(before, after)]
            if receipt.cells != {sheet.part: 3 - len(receipt.left)}:
                wrong.append((path.name, receipt))
    assert wrong == []


@pytest.mark.slow
def test_the_open_xml_sdk_finds_nothing_new(shared_dir: Path, corpus: Corpus, tmp_path: Path) -> None:
    before_path, after_path = tmp_path / "before.xlsx", tmp_path / "after.xlsx"
    for path in [path for path in sources(shared_dir) if path.suffix == ".xlsx" and path.name not in LOCKED][::12]:
        corpus.with_list(path, before_path)

        def everything(editor: Editor) -> None:
            edit(editor)
            found = editor.document.sheet("Clients")
            assert found is not None
            headers = [*corpus.inject.CLIENTS[0], "Age", "Next visit"]
            editor.add_table(found.part, "Clients", Range(1, 1, 4, 13), headers)
            editor.add_drop_down(found.part, Range(2, 6, 4, 6), ["yes", "no"])

        after_path.write_bytes(edited(before_path.read_bytes(), everything)[0])
        assert (path.name, ooxml_validator.new_errors(before_path, after_path)) == (path.name, [])


@pytest.mark.slow
def test_libreoffice_shows_what_was_written(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("no LibreOffice on this machine")
    data = book('<row r="1"><c r="A1" t="str"><v>Name</v></c></row><row r="2"><c r="A2" t="str"><v>Anna</v></c></row>')

    def everything(editor: Editor) -> None:
        editor.set_cells(SHEET, {(2, 2): date(2026, 3, 8), (2, 3): "=1+1", (2, 4): 1234.5, (2, 5): "_x0041_ ą\x0b"})
        editor.put_sheet("Problems", SPEC)

    (path := tmp_path / "book.xlsx").write_bytes(edited(data, everything)[0])
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    filters = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,false,false,false,-1"
    subprocess.run(
        [office, profile, "--headless", "--convert-to", filters, "--outdir", str(tmp_path), str(path)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    assert (tmp_path / "book-S.csv").read_text().splitlines()[1].startswith("Anna;03/08/2026;=1+1;1234.5;_x0041_ ą")
    assert (tmp_path / "book-Problems.csv").read_text().splitlines() == ["Code;When", "a;01/02/2026"]


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (lambda sheet: sheet.replace("<v>7</v>", "<v>8</v>"), "cell"),
        (lambda sheet: sheet.replace('<c r="B2"><v>7</v></c>', ""), "cell"),
        (lambda sheet: sheet.replace('<row r="9"><c r="A9"><v>9</v></c></row>', ""), "cell"),
        (lambda sheet: sheet.replace("</row>", "", 1), "malformed"),
        (lambda sheet: sheet.replace('r="9"', 'r="1"'), "row-order"),
        (
            lambda sheet: f'<?xml version="1.0" encoding="{"x" * 5000}"?>{sheet[sheet.index("<worksheet") :]}',
            "malformed",
        ),
    ],
)
def test_the_proof_finds_a_cell_that_is_not_what_was_meant(break_it: Any, reason: str) -> None:
    before = book('<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>')
    after, receipt = edited(before, lambda editor: editor.set_cells(SHEET, {(2, 2): 7, (9, 1): 9}))
    out = BytesIO()
    Package(after).write(out, replaced={SHEET: break_it(part(after)).encode()})
    with pytest.raises(ProofFailed) as caught:
        verify(before, out.getvalue(), receipt)
    assert caught.value.reason == reason


def test_the_proof_finds_a_part_that_was_not_to_change() -> None:
    before = book(parts={"xl/media/a.bin": b"picture"})
    after, receipt = edited(before, lambda editor: editor.set_cells(SHEET, {(2, 2): 7}))
    for changes in (
        {"replaced": {"xl/media/a.bin": b"Picture"}},
        {"removed": ["xl/media/a.bin"]},
        {"added": {"new": b""}},
    ):
        Package(after).write(out := BytesIO(), **changes)
        with pytest.raises(ProofFailed):
            verify(before, out.getvalue(), receipt)
    with pytest.raises(ProofFailed):
        verify(before, after[:-30], receipt)


def test_a_signed_workbook_is_not_changed() -> None:
    data = book(parts={"_xmlsignatures/sig1.xml": "<Signature/>"})
    with pytest.raises(XlsxError) as caught:
        set_cells(data, {(1, 1): 5})
    assert caught.value.reason == "signed"
    assert edited(data, lambda _: None)[0] == data


def test_the_room_imports_no_other() -> None:
    code = "import sys, sheetcrm.xlsx; print([m for m in sys.modules if m.startswith('sheetcrm.') and not m.startswith('sheetcrm.xlsx')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    package = ROOT / "sheetcrm"
    ours = {
        line
        for path in (package / "xlsx").glob("*.py")
        for line in path.read_text().splitlines()
        if "import sheetcrm" in line or "from sheetcrm" in line
    }
    assert [line for line in ours if "sheetcrm.xlsx" not in line] == []
    assert done.returncode == 0
